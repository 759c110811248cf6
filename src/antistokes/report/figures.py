"""What each figure of a study holds, said once, as plain data; ``bokeh.py`` draws it.

Nothing is computed here beyond scaling to 1 or to percent for display and leaving out what a logarithm cannot show.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from antistokes import units
from antistokes.analysis.bands import Band
from antistokes.report import cooling, ensemble, lineshape, quantum_yield
from antistokes.report.panel import Axis, Curve, Mark, Panel, Range, Role, Style, typeset
from antistokes.report.response import response
from antistokes.report.view import View, lasers, look, marked, positive, quiet, series, span, window_of
from antistokes.units import FloatArray
from antistokes.verdict.study import Study


def panels(study: Study) -> list[Panel]:
    """Return the figures of a study, in the order of the report; what was not measured is absent.

    Parameters
    ----------
    study : Study
        What was found.

    Returns
    -------
    list of Panel
        Plain data, nothing drawn.
    """
    view = look(study)
    makers: tuple[Callable[[View], Panel | None], ...] = (
        _spectra,
        _spectra_log,
        response,
        _tail,
        _reciprocity,
        _residual,
        _local_temperature,
        cooling.efficiency,
        cooling.yield_needed,
        quantum_yield.absolute,
        quantum_yield.absolute_budget,
        quantum_yield.ratio,
        quantum_yield.ratio_budget,
        quantum_yield.power,
        lineshape.spectra,
        lineshape.residual,
        lineshape.tail,
        lineshape.gain,
        lineshape.efficiency,
        ensemble.comparison,
        ensemble.excitation,
        ensemble.excitation_ratio,
        ensemble.power,
        ensemble.tail_energies,
        ensemble.yields,
    )
    return [panel for maker in makers if (panel := maker(view)) is not None]


# ---- spectra


def _spectra(v: View) -> Panel:
    e = v.emission
    curves = [_rising("emission", e.wavelength_nm, e.value / e.value.max(), "emission", "dashed")]
    marks = lasers(v, in_ev=False)
    caption = "Emission as photons per eV, scaled to its maximum."
    if v.absorption is not None:
        a = v.absorption
        curves.insert(0, _rising("absorption", a.wavelength_nm, a.value / v.first_maximum, "absorption", "line"))
        caption += f" Absorption scaled to its value at {v.first_ev:.4g} eV, {_what_first(v)}."
    window = _window(v)
    if window is not None:
        marks.insert(0, window)
        doubt = ", from a yield that contradicts itself" if v.study.yields.contradicted else ""
        caption += f" Shaded: the predicted cooling window, at its best estimate{doubt}."
    ends = units.wavelength_from_energy(np.array(v.energy[::-1]), e.medium)
    return Panel(
        key="spectra",
        title="Absorption and emission" if v.absorption is not None else "Emission",
        caption=caption,
        x=Axis(name=f"Wavelength in {e.medium}", unit="nm", show=(float(ends[0]), float(ends[1]))),
        y=Axis(name="Intensity", unit="scaled to 1", show=(-0.05, 1.35 if v.absorption is not None else 1.1)),
        curves=tuple(curves),
        marks=tuple(marks),
    )


def _spectra_log(v: View) -> Panel:
    both: list[tuple[Role, Band, float, Style]] = [("emission", v.emission, float(v.emission.value.max()), "dashed")]
    if v.absorption is not None:
        both.insert(0, ("absorption", v.absorption, v.first_maximum, "line"))
    curves: list[Curve] = []
    floors: list[float] = []
    for name, band, top, style in both:
        curves += _decades(name, band, top, style)
        floors.append(_bottom(band, top, v.energy))
    marks = lasers(v, in_ev=True)
    caption = "The same over the decades the data have. Values at or below zero are left out."
    if len(curves) > len(both):
        caption += (
            " Dotted: one standard deviation of a single sample, shared errors of scale and baseline included; samples "
            "below it are noise and drawn as points."
        )
    if v.study.cooling_window is not None and v.absorption is not None:
        marks.append(_resolved_to(v))
        caption += (
            f" Absorption is resolved down to {marks[-1].low:.4f} eV ({v.study.cooling_window.resolved_to_nm:.1f} nm)."
        )
    return Panel(
        key="spectra_log",
        title="The same, logarithmic",
        caption=caption,
        x=Axis(name="Photon energy", unit="eV", show=v.energy),
        y=Axis(name="Intensity", unit="scaled to 1", scale="log", show=(min(floors), _log_top(v))),
        curves=tuple(curves),
        marks=tuple(marks),
    )


def _decades(name: Role, band: Band, top: float, style: Style) -> list[Curve]:
    """A band where it stands above its noise as a line, below as points, and the noise."""
    y, floor = positive(band.value / top), band.total_sd / top
    above = np.where(band.value / top > floor, y, np.nan)
    curves = [Curve(name=name, x=band.energy_ev, y=above, style=style, role=name)]
    if np.any(floor > 1e-12):
        below = np.where(np.isnan(above), y, np.nan)
        curves.append(Curve(name=name, x=band.energy_ev, y=below, style="points", role=name))
        curves.append(
            Curve(name=f"{name} noise, 1 s.d.", x=band.energy_ev, y=positive(floor), style="dotted", role=name)
        )
    return curves


def _log_top(v: View) -> float:
    if v.absorption is None:
        return 2.0
    inside = (v.absorption.energy_ev >= v.energy[0]) & (v.absorption.energy_ev <= v.energy[1])
    return 2 * max(1.0, float(v.absorption.value[inside].max(initial=0.0)) / v.first_maximum)


def _bottom(band: Band, top: float, shown: Range) -> float:
    """Lowest part of ``top`` worth showing: the noise where there is any, else the smallest positive value."""
    inside = (band.energy_ev >= shown[0]) & (band.energy_ev <= shown[1]) & (band.value > 0)
    spread = band.total_sd[inside]
    spread = spread[spread > 1e-12 * top]
    lowest = float(np.quantile(spread, 0.05)) if spread.size else float(band.value[inside].min(initial=top))
    return max(lowest / top / 3, 1e-9)


def _tail(v: View) -> Panel | None:
    r, a = v.study.reciprocity, v.absorption
    if r is None or a is None:
        return None
    energy, demanded = series(r.curves, "energy", "absorption_from_emission")
    e = v.emission
    relative = np.interp(energy, e.energy_ev, e.sd / np.maximum(e.value, 1e-300))
    demanded = np.where(relative < 0.5, demanded, np.nan)
    scale = r.curves["absorption_from_emission"].attrs["units"]
    curve_measured = Curve(name="measured", x=a.energy_ev, y=positive(a.value), style="points", role="absorption")
    curve_demanded = Curve(name="demanded by emission", x=energy, y=positive(demanded), style="dashed", role="emission")
    floor = Curve(name="its noise, 1 s.d.", x=a.energy_ev, y=positive(a.total_sd), style="dotted", role="absorption")
    low = float(energy[np.isfinite(demanded)].min(initial=v.first_ev))
    marks = [
        Mark(name="reciprocity window", low=r.window_low_ev, high=r.window_high_ev, role="window"),
        *lasers(v, in_ev=True),
    ]
    caption = (
        "Absorption as measured against what reciprocity demands of the emission, by the line fitted in the shaded "
        "window; outside it is extrapolated. Emission weaker than twice its noise is left out."
    )
    e0 = r.non_emitting_below_ev
    if e0 is not None:
        marks.append(Mark(name=f"absorption does not emit below {e0}", low=e0.value, style="dashed", role="edge"))
    else:
        caption += f" No absorption beyond twice the demand was found down to {r.checked_down_to_ev:.4f} eV."
    return Panel(
        key="tail",
        title="Does all absorption emit?",
        caption=caption,
        x=Axis(
            name="Photon energy", unit="eV", show=(max(low - 0.02, v.energy[0]), min(v.first_ev + 0.03, v.energy[1]))
        ),
        y=Axis(
            name="Absorption",
            unit=typeset(scale),
            scale="log",
            show=(v.first_maximum * _bottom(a, v.first_maximum, v.energy), 2 * v.first_maximum),
        ),
        curves=(curve_measured, curve_demanded, *([floor] if np.any(np.isfinite(floor.y)) else [])),
        marks=tuple(marks),
    )


# ---- reciprocity


def _reciprocity(v: View) -> Panel | None:
    r = v.study.reciprocity
    if r is None:
        return None
    energy, ratio, sd, line, inside = series(r.curves, "energy", "log_ratio", "log_ratio_sd", "line", "in_window")
    shown = quiet(sd)
    ratio = np.where(shown, ratio, np.nan)
    window = np.where(inside > 0, line, np.nan)
    return Panel(
        key="reciprocity",
        title=f"Reciprocity: apparent temperature {r.temperature_k} over {window_of(r)}",
        caption=(
            "ln[R/(E² σ)] with R in photons per eV; the slope is −1/(k T_KS). The line is fitted in the shaded window, "
            f"{window_of(r)}, and drawn dashed beyond. Band: ± 1 s.d. of the noise; "
            "samples with more than 0.5 are left out."
        ),
        x=Axis(name="Photon energy", unit="eV", show=span(energy[shown])),
        y=Axis(name="ln[R/(E² σ)]", unit="dimensionless, free offset", show=span(ratio[shown])),
        curves=(
            Curve(
                name="data",
                x=energy,
                y=ratio,
                low=ratio - sd,
                high=ratio + sd,
                band="± 1 s.d.",
                style="points",
                role="result",
            ),
            Curve(name="line, extrapolated", x=energy, y=np.where(shown, line, np.nan), style="dashed", role="model"),
            Curve(name="fitted line", x=energy, y=window, style="line", role="model"),
        ),
        marks=(Mark(name="window of the fit", low=r.window_low_ev, high=r.window_high_ev, role="window"),),
    )


def _residual(v: View) -> Panel | None:
    r = v.study.reciprocity
    if r is None:
        return None
    energy, residual, sd, inside = series(r.curves, "energy", "residual", "log_ratio_sd", "in_window")
    residual = np.where(inside > 0, residual, np.nan)
    return Panel(
        key="reciprocity_residual",
        title="Reciprocity: distance from the line",
        caption=f"Data minus fitted line, in the window only; scatter {r.residual_rms} (rms). A bend is a departure "
        "from one temperature.",
        x=Axis(name="Photon energy", unit="eV", show=span(energy[inside > 0])),
        y=Axis(
            name="Residual of ln[R/(E² σ)]",
            unit="dimensionless",
            show=span(np.concatenate([residual - sd, residual + sd])),
        ),
        curves=(
            Curve(
                name="residual",
                x=energy,
                y=residual,
                low=residual - sd,
                high=residual + sd,
                band="± 1 s.d.",
                style="points",
                role="result",
            ),
        ),
        marks=(Mark(name="fitted line", low=0.0, axis="y", role="model"),),
    )


def _local_temperature(v: View) -> Panel | None:
    r = v.study.reciprocity
    if r is None:
        return None
    energy, value, low, high = series(r.curves, "energy", "local_temperature", "local_low", "local_high")
    there = np.isfinite(value)
    if not there.any():
        return None
    energy, value, low, high = (w[there] for w in (energy, value, low, high))
    middle = float(np.median(value))
    ends = [*low[np.isfinite(low)], *high[np.isfinite(high)], *([v.temperature_k] if v.temperature_k else [])]
    bottom, top = max(min(ends), 0.3 * middle), min(max(ends), 2 * middle)
    marks = [Mark(name="whole window", low=r.temperature_k.value, axis="y", style="dashed", role="model")]
    if v.temperature_k is not None:
        marks.append(
            Mark(name=f"sample, {v.temperature_k:g} K", low=v.temperature_k, axis="y", style="dotted", role="reference")
        )
    return Panel(
        key="local_temperature",
        title="Apparent temperature along the spectrum",
        caption=(
            f"Slope in a sliding window; band: {v.level} interval of each point; neighbours share samples. "
            f"Over the whole window, {window_of(r)}: {r.temperature_k}."
        ),
        x=Axis(name="Photon energy", unit="eV", show=span(energy)),
        y=Axis(name="Local apparent temperature", unit="K", show=span(np.array([bottom, top]))),
        curves=(
            Curve(
                name="sliding window",
                x=energy,
                y=value,
                low=low,
                high=np.minimum(high, 10 * middle),
                band=f"{v.level} interval",
                role="result",
            ),
        ),
        marks=tuple(marks),
    )


# ---- what several of them need


def _rising(name: str, x: FloatArray, y: FloatArray, role: Role, style: Style) -> Curve:
    return Curve(name=name, x=x[::-1], y=y[::-1], style=style, role=role)


def _window(v: View) -> Mark | None:
    w = v.study.cooling_window
    if w is None or w.blue_edge_nm is None or w.red_edge_nm is None:
        return None
    name = marked("cooling window", v.study)
    return Mark(name=name, low=w.blue_edge_nm.value, high=w.red_edge_nm.value, role="window")


def _resolved_to(v: View) -> Mark:
    assert v.study.cooling_window is not None and v.absorption is not None
    at = float(units.energy_from_wavelength(v.study.cooling_window.resolved_to_nm, v.absorption.medium))
    return Mark(name="absorption resolved to", low=at, style="dotted", role="reference")


def _what_first(v: View) -> str:
    found = v.study.absorption_summary and v.study.absorption_summary.first_peak_ev
    return "its first maximum" if found else "the highest in the range of the emission (no maximum stands out)"
