"""The numbers of a study, grouped and in words, as the page and the terminal show them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from antistokes.analysis.result import as_tables
from antistokes.estimate import Estimate
from antistokes.report.panel import typeset
from antistokes.report.view import window_of
from antistokes.verdict.study import Study

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
    """The numbers of one analysis."""

    title: str
    rows: tuple[Row, ...]


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
    tables = [table for result in study.results.values() for table in as_tables(result)]
    return [Group(title=title, rows=tuple(row(*r) for r in rows)) for title, rows in tables if rows]


def key_numbers(study: Study) -> list[Row]:
    """Return the few numbers to read first."""
    keys: list[tuple[str, Estimate | None]] = []
    for g in study.gains:
        keys += [
            (f"gain by mean, {g.excitation_nm:g} nm, of the measured emission", g.mean_mev),
            (f"gain by peak, {g.excitation_nm:g} nm, of the measured emission", g.peak_mev),
        ]
    w, r = study.cooling_window, study.reciprocity
    if w is not None:
        keys += [("cooling window, blue edge", w.blue_edge_nm), ("cooling window, red edge", w.red_edge_nm)]
        keys += [("largest cooling efficiency", w.best_efficiency and w.best_efficiency.scaled(100, "%"))]
        keys += [
            (f"cooling efficiency, {a.excitation_nm:g} nm", a.efficiency and a.efficiency.scaled(100, "%"))
            for a in w.at
        ]
        keys += [(f"break-even yield, {a.excitation_nm:g} nm", a.break_even_yield) for a in w.at]
    if r is not None:
        keys.append((f"reciprocity temperature T_KS over {window_of(r)}", r.temperature_k))
    keys += _of_the_line(study)
    return [row(label, e) for label, e in keys if e is not None]


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
            (f"cooling window by the line shape (prediction), {side} edge", edge)
            for side, edge in (("blue", tail.blue_edge_nm), ("red", tail.red_edge_nm))
        ]
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
        plain = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items() if not isinstance(v, dict)]
        out.append("\n".join([f"[{prefix}{name}]", *plain]))
        out += _tables({k: v for k, v in table.items() if isinstance(v, dict)}, f"{prefix}{name}.")
    return out
