"""The yields in the report: how sure each is, what blurs it, and the power that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from antistokes.analysis.draws import TOGETHER
from antistokes.estimate import Estimate
from antistokes.report.panel import Axis, Curve, Mark, Panel
from antistokes.report.view import View, contradiction, marked, series, span
from antistokes.units import FloatArray

if TYPE_CHECKING:  # a study without these tables does not wait for the imports
    from antistokes.analysis.power_conversion import PowerConversion
    from antistokes.analysis.sphere_result import AbsoluteYield

OTHER = {"three": "two", "two": "three"}


def absolute(v: View) -> Panel | None:
    """Return the figure of the yield in the sphere: the density of its draws, and what they are to be held against."""
    found = v.study.yields.absolute_yield
    if found is None or "density" not in found.curves:
        return None
    x, density = series(found.curves, "quantum_yield", "density")
    which, value = _used(found)
    marks = [*_interval(value, v.level), *_of_one(), *_others(found), *_break_even(v)]
    top = float(np.nanmax(density))
    curves = [Curve(name="density", x=x, y=density, role="result")]
    if len(found.repeats) > 1:
        alone = np.sort([found.as_drawn(r.observed_yield) for r in found.repeats])
        curves.append(Curve(name="each run", x=alone, y=np.full(alone.size, 0.04 * top), style="bars", role="edge"))
    shown = np.concatenate([x, [m.low for m in marks], *(c.x for c in curves[1:])])
    return Panel(
        key="absolute_yield",
        title=marked(f"Quantum yield in the sphere: {value}", v.study),
        caption=(
            f"{contradiction(v.study)}"
            f"Density of the draws of the {which} yield, with their median and {v.level} interval: the ratio is skew "
            f"where little is absorbed (here {found.absorptance}). A measured yield may lie above one; draws that do "
            "are left out where cooling is predicted."
        ),
        x=Axis(name=f"Quantum yield, {which}", unit="photons per photon", show=span(shown[np.isfinite(shown)])),
        y=Axis(name="Density", unit="dimensionless", show=(0.0, 1.1 * top)),
        curves=tuple(curves),
        marks=tuple(marks),
    )


def absolute_budget(v: View) -> Panel | None:
    """Return the figure of what blurs the yield in the sphere."""
    found = v.study.yields.absolute_yield
    return None if found is None else _budget("yield_budget", "Quantum yield in the sphere", found.budget)


def ratio(v: View) -> Panel | None:
    """Return the figure of the yield below the gap over that above it, and what counts as equal."""
    found = v.study.yields.yield_ratio
    if found is None or "density" not in found.curves:
        return None
    x, density = series(found.curves, "ratio", "density")
    same = found.equal
    marks = [
        Mark(name="counts as equal", low=same.margin_low, high=same.margin_high, role="window"),
        *_interval(found.ratio, v.level),
        Mark(name="equal yields", low=1.0, style="dotted", role="reference"),
    ]
    shown = np.concatenate([x, [same.margin_low, same.margin_high]])
    return Panel(
        key="yield_ratio",
        title=f"Yield below the gap over that above it: {found.ratio}",
        caption=(
            f"Density of the draws, excited at {found.up_nm:g} over {found.down_nm:g} nm, with their median and "
            f"{v.level} interval. That the two are equal: {same.outcome}."
        ),
        x=Axis(name="Ratio of the yields", unit="dimensionless", show=span(shown)),
        y=Axis(name="Density", unit="dimensionless", show=(0.0, 1.1 * float(np.nanmax(density)))),
        curves=(Curve(name="density", x=x, y=density, role="result"),),
        marks=tuple(marks),
    )


def ratio_budget(v: View) -> Panel | None:
    """Return the figure of what blurs the ratio of the yields."""
    found = v.study.yields.yield_ratio
    if found is None:
        return None
    return _budget("ratio_budget", "Yield below the gap over that above it", found.budget)


def power(v: View) -> Panel | None:
    """Return the figure of the power conversion at each excitation, and the most that thermodynamics allows."""
    found = sorted(v.study.yields.power_conversion, key=lambda p: p.excitation_nm)
    if not found:
        return None
    nm = np.array([p.excitation_nm for p in found])
    value, low, high = (np.array([getattr(p.efficiency, k) for p in found]) for k in ("value", "low", "high"))
    least, most = (np.array([getattr(p, k).value for p in found]) for k in ("lower_limit", "second_law_bound"))
    ends = np.concatenate([value, low, high, least, most, [1.0]])
    return Panel(
        key="power_conversion",
        title=marked("Power conversion", v.study),
        caption=(
            f"{contradiction(v.study)}Emitted over absorbed power; bars: {v.level} intervals. Above unity only where "
            f"the one-sided lower limit is (open points). {_bounds(found[0])}"
        ),
        x=Axis(name=f"Excitation wavelength in {v.emission.medium}", unit="nm", show=_around(nm)),
        y=Axis(name="Emitted over absorbed power", unit="dimensionless", show=span(ends[np.isfinite(ends)])),
        curves=(
            Curve(
                name="measured",
                x=nm,
                y=value,
                low=low,
                high=high,
                band=f"{v.level} interval",
                style="bars",
                role="result",
            ),
            Curve(name=f"lower limit, {v.level}", x=nm, y=least, style="rings", role="emission"),
        ),
        marks=(
            Mark(name="unity", low=1.0, axis="y", role="model"),
            Mark(name="upper bound", low=float(most.min()), axis="y", style="dashed", role="edge"),
        ),
    )


# ---- what several of them need


def _used(found: AbsoluteYield) -> tuple[str, Estimate]:
    """Return which yield the draws are of, and its estimate."""
    if found.internal_yield is not None:
        return "internal", found.internal_yield
    return "observed", found.observed_yield


def _interval(value: Estimate, level: str) -> list[Mark]:
    """Mark median and interval, as far as it has ends."""
    marks = [Mark(name="median", low=value.value, role="result")] if np.isfinite(value.value) else []
    if np.isfinite([value.low, value.high]).all():
        marks.insert(0, Mark(name=f"{level} interval", low=value.low, high=value.high, role="result"))
    return marks


def _of_one() -> list[Mark]:
    return [Mark(name="one photon each", low=1.0, style="dotted", role="reference")]


def _others(found: AbsoluteYield) -> list[Mark]:
    at = np.nan if found.other_yield is None else found.as_drawn(found.other_yield.value)
    if not np.isfinite(at):
        return []
    return [Mark(name=f"by {OTHER[found.method]} measurements", low=at, style="dashed", role="absorption")]


def _break_even(v: View) -> list[Mark]:
    """Mark the yields to break even, which are external ones: only where nothing lies between."""
    w, asked = v.study.cooling_window, v.study.config.quantum_yield
    if w is None or asked is None or asked.self_absorption > 0:
        return []
    return [
        Mark(name=f"breaks even at {a.excitation_nm:g} nm", low=a.break_even_yield.value, style="dotdash", role="laser")
        for a in w.at
        if np.isfinite(a.break_even_yield.value)
    ]


def _budget(key: str, of: str, budget: dict[str, Estimate]) -> Panel | None:
    """Return a budget as bars, the largest on top and all together below."""
    known = {name: e.value for name, e in budget.items() if np.isfinite(e.value) and e.value > 0}
    exact = [name for name, e in budget.items() if e.value == 0]
    parts = sorted(((value, name) for name, value in known.items() if name != TOGETHER), reverse=True)
    rows = [*parts, *((known[n], n) for n in (TOGETHER,) if n in known)][::-1]
    if len(parts) < 2:
        return None
    width, at = np.array([value for value, _ in rows]), np.arange(len(rows), dtype=float)
    whole = np.array([name == TOGETHER for _, name in rows])
    curves = [Curve(name="each source alone", x=width[~whole], y=at[~whole], style="across", role="absorption")]
    if whole.any():
        curves.append(Curve(name=TOGETHER, x=width[whole], y=at[whole], style="across", role="emission"))
    return Panel(
        key=key,
        title=f"{of}: what its uncertainty is made of",
        caption="One standard deviation of the result, in per cent of it, that each source makes by itself."
        + (f" Taken as exact: {', '.join(exact)}." if exact else ""),
        x=Axis(name="Uncertainty", unit="%", show=(0.0, 1.05 * float(width.max()) or 1.0)),
        y=Axis(name="Source", unit="each alone", show=(-0.6, len(rows) - 0.4), names=tuple(name for _, name in rows)),
        curves=tuple(curves),
    )


def _bounds(p: PowerConversion) -> str:
    light = f"light of {p.exitance_w_per_m2:g} W/m² has a flux temperature of {p.flux_temperature_k.value:.0f} K"
    most = f"at most {p.second_law_bound.value:.3g} times the absorbed power can leave"
    if p.exitance_stated:
        return f"A claim above the dashed line breaks the second law: {light}, and {most}."
    return (
        f"The dashed line is only that of an assumed {p.exitance_w_per_m2:g} W/m², for none is stated: {light}, and "
        f"{most}. Dimmer light may have more, brighter light less: state exitance_w_per_m2 of [yield] to hold a claim "
        "against it."
    )


def _around(nm: FloatArray) -> tuple[float, float]:
    low, high = float(nm.min()), float(nm.max())
    room = max(0.15 * (high - low), 5.0)
    return low - room, high + room
