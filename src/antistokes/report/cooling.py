"""The cooling that two spectra and a yield predict, in the report."""

from __future__ import annotations

import numpy as np

from antistokes.estimate import Estimate
from antistokes.report.panel import Axis, Curve, Mark, Panel
from antistokes.report.view import View, contradiction, edges, lasers, marked, series, span


def efficiency(v: View) -> Panel | None:
    """Return the figure of the cooling efficiency against the excitation."""
    w = v.study.cooling_window
    if w is None or "efficiency" not in w.curves:
        return None
    wavelength, value, low, high = series(w.curves, "wavelength", "efficiency", "efficiency_low", "efficiency_high")
    value, low, high = 100 * value, 100 * low, 100 * high
    best = float(np.nanmax(value))
    top = max(float(np.nanmax(high)), 0.0)
    bottom = max(float(np.nanmin(low)), min(best, 0.0) - max(5.0, 4 * top))
    marks = [
        Mark(name="neither cools nor heats", low=0.0, axis="y", role="model"),
        *edges(w.blue_edge_nm, w.red_edge_nm, v.level),
        *lasers(v, in_ev=False),
    ]
    return Panel(
        key="efficiency",
        title=marked("Predicted cooling efficiency", v.study),
        caption=(
            f"{contradiction(v.study)}Heat removed per absorbed power, against excitation wavelength; band: {v.level} "
            f"interval, point by point. Absorption is resolved up to {w.resolved_to_nm:.1f} nm; nothing is said beyond."
        ),
        x=Axis(name=f"Excitation wavelength in {v.emission.medium}", unit="nm", show=span(wavelength)),
        y=Axis(name="Cooling efficiency", unit="%", show=span(np.array([bottom, max(top, 0.02 * abs(bottom))]))),
        curves=(
            Curve(
                name="cooling efficiency",
                x=wavelength,
                y=value,
                low=low,
                high=high,
                band=f"{v.level} interval",
                role="result",
            ),
        ),
        marks=tuple(marks),
    )


def yield_needed(v: View) -> Panel | None:
    """Return the figure of the external yield that it takes to cool."""
    w = v.study.cooling_window
    if w is None:
        return None
    wavelength, needed = series(w.curves, "wavelength", "break_even_yield")
    used = w.external_yield
    marks = [
        Mark(name="every photon comes out", low=1.0, axis="y", style="dotted", role="reference"),
        *lasers(v, in_ev=False),
    ]
    ends = [float(np.nanmin(needed)), 1.0]
    caption = (
        "External quantum yield above which the sample would cool, at the best estimates of spectra and background."
    )
    if used is not None:
        ends += [e for e in (used.low, used.value) if np.isfinite(e)]
        marks.insert(0, _yield_mark(used, v.level))
        caption = f"{contradiction(v.study)}{caption} Where the curve lies below the band, it would cool."
    bottom, top = min(ends), max(max(ends), min(float(np.nanmax(needed)), 1.1))
    return Panel(
        key="yield_needed",
        title="External yield needed to break even",
        caption=caption,
        x=Axis(name=f"Excitation wavelength in {v.emission.medium}", unit="nm", show=span(wavelength)),
        y=Axis(name="External yield", unit="photons per photon", show=span(np.array([bottom, top]))),
        curves=(Curve(name="yield to break even", x=wavelength, y=needed, role="emission"),),
        marks=tuple(marks),
    )


def _yield_mark(used: Estimate, level: str) -> Mark:
    if np.isfinite([used.low, used.high]).all():
        return Mark(name=f"yield of this sample ({level})", low=used.low, high=used.high, axis="y", role="result")
    return Mark(name=f"yield of this sample, {used}", low=used.value, axis="y", style="dashed", role="result")
