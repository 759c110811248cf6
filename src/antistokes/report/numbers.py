"""The numbers of a study, grouped and in words, as the page and the terminal show them."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

from antistokes.analysis.equivalence import Equivalence
from antistokes.analysis.result import as_tables
from antistokes.estimate import Estimate
from antistokes.report.panel import typeset
from antistokes.report.view import marked, window_of
from antistokes.verdict.study import Study

OF = {
    "red_tail": "[emission]",
    "red_tail_up": "[up_emission]",
    "yield_activation": "up-conversion",
    "yield_activation_down": "down-conversion",
}
SIGNS = {"value": "", "upper limit": "< ", "lower limit": "> "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number as text."""

    label: str
    value: str
    interval: str
    level: str
    unit: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The numbers of one analysis, and what it says in words."""

    title: str
    rows: tuple[Row, ...]
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A correlation matrix: names, and cells as text."""

    title: str
    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


def row(label: str, estimate: Estimate) -> Row:
    """Return an Estimate in the columns of a table; limits show as < or >."""
    value, low, high = estimate.texts()
    bounded = estimate.kind == "value" and not (math.isnan(estimate.low) or math.isnan(estimate.high))
    known = bounded or estimate.kind != "value"
    return Row(
        label=label,
        value=SIGNS[estimate.kind] + value,
        interval=f"{low} to {high}" if bounded else "",
        level=f"{100 * estimate.level:.3g} %" if known else "",
        unit="" if estimate.unit == "1" else typeset(estimate.unit),
        how=estimate.how,
    )


def groups(study: Study) -> list[Group]:
    """Return every number of a study, grouped by analysis; numbers at one excitation make a group of their own."""
    found = []
    for name, result in study.results.items():
        (first, *others), said = as_tables(result), sentences(result)
        claimed = {test.title for test in _claims(result)}  # which the sentences hold
        tables = [(_titled(name, first[0]), first[1], said)]
        tables += [(title, rows, ()) for title, rows in others if title not in claimed]
        rests = _rests_on_the_yield(name, result)
        found += [_group(marked(title, study) if rests else title, rows, said) for title, rows, said in tables]
    return [group for group in found if group.rows or group.says]


def _rests_on_the_yield(name: str, result: Any) -> bool:
    used = ("external_yield", "blue_edge_nm", "red_edge_nm")  # as far as an analysis had a yield
    return name == "absolute_yield" or any(getattr(result, k, None) is not None for k in used)


def _group(title: str, rows: list[tuple[str, Estimate]], says: tuple[str, ...]) -> Group:
    return Group(title=title, rows=tuple(row(*r) for r in rows), says=says)


def _titled(name: str, title: str) -> str:
    """Return the title of an analysis, told apart from the same analysis of another measurement."""
    return f"{title} ({OF[name]})" if name in OF else title


def sentences(result: Any) -> tuple[str, ...]:
    """Return what a result says in words: its own sentences, and what became of its claims of equality."""
    told = [str(getattr(result, k)).rstrip(".") for k in ("claim", "reason") if hasattr(result, k)]
    if isinstance(getattr(result, "outcome", None), str):
        told = [f"that no light of defects is there: {result.outcome}; {text}" for text in told]
    own = (*getattr(result, "says", ()), *(f"{text[0].upper()}{text[1:]}." for text in told))
    scores = tuple(f"{item.title}: {item.standing}." for item in _items(result) if hasattr(item, "standing"))
    return (*own, *scores, *(_claim(test) for test in _claims(result)))


def _items(result: Any) -> list[Any]:
    values = [getattr(result, f.name) for f in dataclasses.fields(result)]
    return [item for v in values for item in (v if isinstance(v, tuple) else (v,))]


def _claims(result: Any) -> list[Equivalence]:
    return [item for item in _items(result) if isinstance(item, Equivalence)]


def _claim(test: Equivalence) -> str:
    low, high = test.margin_low, test.margin_high
    equal = f"from {low:g} on" if math.isinf(high) else f"within {low:g} to {high:g}"
    unit = "" if test.difference.unit == "1" else f" {typeset(test.difference.unit)}"
    found = f"{test.difference} at {100 * test.difference.level:.3g} %"
    title = f"{test.title[0].upper()}{test.title[1:]}"
    return f"{title}: {test.outcome} (found {found}; counts as equal {equal}{unit})."


def key_numbers(study: Study) -> list[Row]:
    """Return the few numbers to read first."""
    keys: list[tuple[str, Estimate | None]] = []
    for g in study.gains:
        keys += [
            (f"gain by mean, {g.excitation_nm:g} nm, of the measured emission", g.mean_mev),
            (f"gain by peak, {g.excitation_nm:g} nm, of the measured emission", g.peak_mev),
        ]
    w, r, mark = study.cooling_window, study.reciprocity, mark_of(study)
    if w is not None:
        keys += [(f"cooling window, {k} edge{mark}", getattr(w, f"{k}_edge_nm")) for k in ("blue", "red")]
        keys += [(f"largest cooling efficiency{mark}", w.best_efficiency and w.best_efficiency.scaled(100, "%"))]
        keys += [
            (f"cooling efficiency, {a.excitation_nm:g} nm{mark}", a.efficiency and a.efficiency.scaled(100, "%"))
            for a in w.at
        ]
        keys += [(f"break-even yield, {a.excitation_nm:g} nm", a.break_even_yield) for a in w.at]
    if r is not None:
        keys.append((f"reciprocity temperature T_KS over {window_of(r)}", r.temperature_k))
    keys += [*_of_the_line(study), *of_the_ensemble(study), *of_the_yields(study)]
    return [row(label, e) for label, e in keys if e is not None]


def mark_of(study: Study) -> str:
    """Return what marks a number that rests on a yield whose measurement contradicts itself; empty elsewhere."""
    return ", CONTRADICTED" if study.yields.contradicted else ""


def _of_the_line(study: Study) -> list[tuple[str, Estimate | None]]:
    fit, tail = study.lineshape, study.lineshape_tail
    keys: list[tuple[str, Estimate | None]] = []
    if fit is not None:
        keys += [
            ("E_00 (line shape)", fit.e00_ev),
            ("reorganisation energy (line shape)", fit.reorganisation_mev),
            ("inhomogeneous width, s.d. (line shape)", fit.inhomogeneous_width_mev),
        ]
    if tail is not None:
        keys += [(f"{name}, of light excited there (prediction)", gain) for name, gain in tail.gain_mev.items()]
        keys += [
            (f"cooling window by the line shape (prediction), {side} edge{mark_of(study)}", edge)
            for side, edge in (("blue", tail.blue_edge_nm), ("red", tail.red_edge_nm))
        ]
    return keys


def of_the_ensemble(study: Study) -> list[tuple[str, Estimate]]:
    """Return the few numbers of the ensemble's series to read first."""
    e = study.ensemble
    keys: list[tuple[str, Estimate]] = []
    if e.emission_comparison is not None:
        keys.append(("shift of up- against down-converted emission", e.emission_comparison.shift_mev))
    if e.ple_ratio is not None:
        keys.append(("yield of up- over down-conversion (PLE)", e.ple_ratio.ratio))
    if e.power_law is not None:
        keys.append(("exponent of the power law", e.power_law.slope))
    if e.tail_activation is not None:
        keys += list(e.tail_activation.apparent_mev.items())[:1]
    if e.yield_activation is not None:
        keys.append(("activation energy of the up-conversion yield", e.yield_activation.activation_mev))
    return keys


def of_the_yields(study: Study) -> list[tuple[str, Estimate]]:
    """Return the yields that were measured."""
    y = study.yields
    keys: list[tuple[str, Estimate]] = []
    if y.absolute_yield is not None:
        found = y.absolute_yield
        used = found.observed_yield if found.internal_yield is None else found.internal_yield
        keys.append((f"quantum yield in the sphere{mark_of(study)}", used))
    if y.yield_ratio is not None:
        keys.append(("yield below the gap over that above it", y.yield_ratio.ratio))
    return keys


def matrices(study: Study) -> list[Matrix]:
    """Return the correlation matrices of all fits."""
    found = []
    for result in study.results.values():
        correlation: dict[str, dict[str, float]] = getattr(result, "correlation", None) or {}
        names = tuple(correlation)
        if names:
            cells = tuple(tuple(f"{correlation[a][b]:.3g}" for b in names) for a in names)
            found.append(Matrix(title=result.title, names=names, cells=cells))
    return found


def settings_text(settings: dict[str, Any]) -> str:
    """Return the settings of a study as TOML, defaults included."""
    return "\n\n".join(_tables({("yield" if k == "quantum_yield" else k): v for k, v in settings.items()})) + "\n"


def _tables(settings: dict[str, Any], prefix: str = "") -> list[str]:
    out = []
    for name, table in settings.items():
        for one in table if isinstance(table, list) else [table]:
            tables = {k: v for k, v in one.items() if _is_table(v)}
            plain = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in one.items() if k not in tables]
            heading = f"[[{prefix}{name}]]" if isinstance(table, list) else f"[{prefix}{name}]"
            out.append("\n".join([heading, *plain]))
            out += _tables(tables, f"{prefix}{name}.")
    return out


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))
