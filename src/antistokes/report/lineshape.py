"""The line shape in the report: its fit, what the fit misses, and what it predicts where the measured tail ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from antistokes import units
from antistokes.report.panel import Axis, Curve, Mark, Panel, Role, Style, typeset
from antistokes.report.view import View, contradiction, edges, lasers, marked, positive, series, span, with_gaps
from antistokes.units import FloatArray

if TYPE_CHECKING:  # a study that does not fit does not wait for the import
    from antistokes.analysis.lineshape import LineshapeFit
    from antistokes.analysis.lineshape_tail import LineshapeTail

LEAST = 1e-9  # of the largest: nothing below is shown on a logarithmic axis
RED_OF_END_EV = 0.06  # how far beyond the measured tail the prediction is shown first
RED_OF_END_NM = 15.0  # the same, over wavelength
LOWEST_PERCENT = 5.0  # of the efficiency: how far below its largest, or below 0, is shown first
SPECTRA: tuple[tuple[Role, Style], ...] = (("absorption", "line"), ("emission", "dashed"))  # as the study fits them


class _Part(NamedTuple):
    """One spectrum of the fit, without its baseline and scaled to the maximum of its model."""

    energy: FloatArray
    data: FloatArray
    sd: FloatArray
    model: FloatArray
    residual: FloatArray


def spectra(v: View) -> Panel | None:
    """Return the figure of data and model over the decades."""
    fit = v.study.lineshape
    if fit is None:
        return None
    curves: list[Curve] = []
    floors: list[float] = []
    parts = [_part(fit, number) for number in range(len(SPECTRA))]
    for (role, _), p in zip(SPECTRA, parts, strict=True):
        curves += [
            Curve(name=f"{role} data", x=p.energy, y=positive(p.data), style="dots", role=role),
            Curve(name=f"{role} noise", x=p.energy, y=positive(p.sd), style="dotted", role=role),
        ]
        floors.append(float(np.quantile(p.sd, 0.05)) / 3)
    for (role, style), p in zip(SPECTRA, parts, strict=True):  # above all data
        energy, model = with_gaps(p.energy, p.model)
        curves.append(Curve(name=f"{role} model", x=energy, y=positive(model), style=style, role="model"))
    e00 = fit.e00_ev.value
    caption = (
        "Absorption, and emission as photons per eV. "
        "Points: data less the baseline fitted to them; black: model. Each spectrum is scaled to the maximum of its "
        "model in the window of the fit, and what is not above zero is left out. Dotted: one standard deviation of a "
        f"sample. {_ladder_text(v.study.lineshape_tail)}"
    )
    return Panel(
        key="lineshape",
        title="Line shape: absorption and emission over the decades",
        caption=caption.rstrip(),
        x=Axis(name="Photon energy", unit="eV", show=span(np.concatenate([p.energy for p in parts]))),
        y=Axis(
            name="Absorption; photons/eV",
            unit="scaled to 1",
            scale="log",
            show=(max(min(floors), LEAST), 2.0),
        ),
        curves=tuple(curves),
        marks=(Mark(name=f"E_00, {e00:.4f} eV", low=e00, role="result"), *_ladder(v.study.lineshape_tail)),
    )


def residual(v: View) -> Panel | None:
    """Return the figure of what the fit misses."""
    fit = v.study.lineshape
    if fit is None:
        return None
    parts = [_part(fit, number) for number in range(len(SPECTRA))]
    every = np.concatenate([p.residual for p in parts])
    top = 1.08 * max(float(np.abs(every).max()), 3.0)
    return Panel(
        key="lineshape_residual",
        title="Line shape: residual",
        caption=f"Data minus model over the standard deviation of a sample. {_chi2_text(fit)}",
        x=Axis(name="Photon energy", unit="eV", show=span(np.concatenate([p.energy for p in parts]))),
        y=Axis(name="Residual", unit="standard deviations", show=(-top, top)),
        curves=tuple(
            Curve(name=role, x=p.energy, y=p.residual, style="points", role=role)
            for (role, _), p in zip(SPECTRA, parts, strict=True)
        ),
        marks=(
            Mark(name="model", low=0.0, axis="y", role="model"),
            *(Mark(name="± 2 s.d.", low=at, axis="y", style="dashed", role="reference") for at in (-2.0, 2.0)),
        ),
    )


def tail(v: View) -> Panel | None:
    """Return the figure of absorption where the measured tail ends."""
    t, fit = v.study.lineshape_tail, v.study.lineshape
    if t is None or fit is None:
        return None
    energy, value, low, high = series(t.curves, "energy", "absorption", "absorption_low", "absorption_high")
    measured = _part(fit, 0, scaled=False)
    resolved = measured.energy >= t.resolved_to_ev
    parasitic = _background(v, t)
    marks = [*_ladder(t), *_end(t), *lasers(v, in_ev=True), *parasitic]
    left = min([t.resolved_to_ev - RED_OF_END_EV, *(m.low - 0.02 for m in marks if m.role == "laser")])
    left = float(np.clip(left, energy[0], energy[-2]))
    top = float(value.max())
    bottom = max(float(positive(low)[energy >= left].min(initial=top, where=low[energy >= left] > 0)), LEAST * top)
    bottom = min([bottom, *(m.low / 2 for m in parasitic)])
    return Panel(
        key="lineshape_tail",
        title="Absorption beyond the data (prediction)",
        caption=(
            f"Points: measured absorption less its baseline, down to {t.resolved_to_ev:.4f} eV where it still stands "
            f"clear of baseline and noise. Line: fitted line shape; band: {v.level} interval from draws of its "
            "parameters, with no error of the model in it: where points leave it, what it says further in the red is "
            "worth little. That only these dots absorb there is taken for granted, not measured. "
            f"{'Level line: the background that was stated. ' if parasitic else ''}{_ladder_text(t)}"
        ),
        x=Axis(name="Photon energy", unit="eV", show=(left, float(energy[-1]) + 0.01)),
        y=Axis(
            name="Absorption", unit=typeset(t.curves["absorption"].attrs["units"]), scale="log", show=(bottom, 2 * top)
        ),
        curves=(
            Curve(
                name="measured",
                x=measured.energy,
                y=np.where(resolved, positive(measured.data), np.nan),
                style="points",
                role="absorption",
            ),
            _predicted("fitted line shape", energy, positive(value), positive(low), positive(high), v.level),
        ),
        marks=tuple(marks),
    )


def gain(v: View) -> Panel | None:
    """Return the figure of the energy gain against the excitation."""
    t = v.study.lineshape_tail
    if t is None:
        return None
    wavelength, value, low, high = _over_wavelength(v, t, "gain")
    mean = v.study.emission_summary.mean_energy_ev
    measured = 1e3 * (mean.value - units.energy_from_wavelength(wavelength, _medium(v)))
    return Panel(
        key="lineshape_gain",
        title="Energy gain against excitation (prediction)",
        caption=(
            "Mean photon energy of the light less that of the excitation. Each dot emits as much as it absorbs, so "
            f"that light excited further in the red comes from smaller gaps. Band: {v.level} interval from draws of "
            f"the fitted parameters. Dashed: the same of the emission as it was measured, {mean}, {_excited(v)}. "
            f"{_gains_text(v, t)}{_end_text(t)}"
        ),
        x=Axis(name=f"Excitation wavelength in {_medium(v)}", unit="nm", show=span(wavelength)),
        y=Axis(name="Gain by mean", unit="meV", show=span(np.concatenate([low, high]))),
        curves=(
            _predicted("of light excited there", wavelength, value, low, high, v.level),
            Curve(name="of the measured emission", x=wavelength, y=measured, style="dashed", role="emission"),
        ),
        marks=(
            Mark(name="no gain", low=0.0, axis="y", style="dotted", role="reference"),
            *_end(t, _medium(v)),
            *lasers(v, in_ev=False),
        ),
    )


def efficiency(v: View) -> Panel | None:
    """Return the figure of the cooling efficiency where the measured tail ends."""
    t = v.study.lineshape_tail
    if t is None or "efficiency" not in t.curves:
        return None
    wavelength, value, low, high = _over_wavelength(v, t, "efficiency")
    value, low, high = 100 * value, 100 * low, 100 * high
    lowest, top = float(low[int(np.argmax(value))]), max(float(high.max()), 0.0)
    bottom = max(float(low.min()), min(lowest, 0.0) - LOWEST_PERCENT)
    shown = wavelength[high >= bottom]
    beyond = [m.low + RED_OF_END_NM for m in _end(t, _medium(v))]
    shown = np.append(shown, np.minimum(beyond, wavelength[-1]))
    return Panel(
        key="lineshape_efficiency",
        title=marked("Cooling efficiency beyond the data (prediction)", v.study),
        caption=(
            f"{contradiction(v.study)}Heat removed per absorbed power by the fitted line shape, with the yield and the "
            f"background of the study; band: {v.level} interval from draws of all of them, with no error of the model "
            f"in it. {_window_text(t)} {_at_end_text(t)}{_end_text(t)}"
        ),
        x=Axis(name=f"Excitation wavelength in {_medium(v)}", unit="nm", show=span(shown)),
        y=Axis(name="Cooling efficiency", unit="%", show=span(np.array([bottom, max(top, 0.02 * abs(bottom))]))),
        curves=(_predicted("cooling efficiency", wavelength, value, low, high, v.level),),
        marks=(
            Mark(name="neither cools nor heats", low=0.0, axis="y", role="model"),
            *edges(t.blue_edge_nm, t.red_edge_nm, v.level, "predicted edges"),
            *_end(t, _medium(v)),
            *lasers(v, in_ev=False),
        ),
    )


# ---- what several of them need


def _part(fit: LineshapeFit, number: int, *, scaled: bool = True) -> _Part:
    here = fit.curves["spectrum"].values == number
    names = ("energy", "data", "data_sd", "model", "baseline", "residual")
    energy, data, sd, model, baseline, misses = (values[here] for values in series(fit.curves, *names))
    top = float((model - baseline).max()) if scaled else 1.0
    return _Part(energy, (data - baseline) / top, sd / top, (model - baseline) / top, misses)


def _over_wavelength(v: View, t: LineshapeTail, name: str) -> tuple[FloatArray, ...]:
    energy, *values = series(t.curves, "energy", name, f"{name}_low", f"{name}_high")
    return units.wavelength_from_energy(energy, _medium(v))[::-1], *(y[::-1] for y in values)


def _medium(v: View) -> units.Medium:
    return v.emission.medium if v.absorption is None else v.absorption.medium


def _predicted(name: str, x: FloatArray, y: FloatArray, low: FloatArray, high: FloatArray, level: str) -> Curve:
    return Curve(name=name, x=x, y=y, low=low, high=high, band=f"{level} interval", role="result")


def _end(t: LineshapeTail, medium: units.Medium | None = None) -> list[Mark]:
    """Mark where the measured tail ends, as photon energy or as wavelength in a medium, if the prediction goes on."""
    if t.resolved_to_ev <= float(t.curves["energy"].values[0]):
        return []
    at = t.resolved_to_ev if medium is None else float(units.wavelength_from_energy(t.resolved_to_ev, medium))
    unit = f"{at:.4f} eV" if medium is None else f"{at:.1f} nm"
    return [Mark(name=f"tail ends, {unit}", low=at, style="dashed", role="edge")]


def _end_text(t: LineshapeTail) -> str:
    if not _end(t):
        return f"The absorption was measured as far as this goes, and on to {t.resolved_to_ev:.4f} eV."
    return "Red of the mark absorption was not measured; there the line shape alone speaks."


def _background(v: View, t: LineshapeTail) -> list[Mark]:
    """Mark the stated background, where the absorption has its scale."""
    window, unit = v.study.cooling_window, t.curves["absorption"].attrs["units"]
    lost = None if window is None else window.background_per_cm
    if lost is None or lost.value <= 0 or unit != "cm^-1":
        return []
    name = f"background, {lost.value:.3g} {typeset(unit)}"
    return [Mark(name=name, low=lost.value, axis="y", style="dashed", role="model")]


def _excited(v: View) -> str:
    stated = v.study.emission.attrs.get("excitation_nm")
    return "excited where its file does not say" if stated is None else f"excited at {stated:g} nm"


def _gains_text(v: View, t: LineshapeTail) -> str:
    """Say both gains at each excitation, which lie close together on the scale of the figure."""
    said = ""
    for g in v.study.gains:
        nm = f"{g.excitation_nm:g} nm"
        predicted = t.gain_mev[f"gain by mean, {nm}"]
        said += f"At {nm}: {g.mean_mev} of the measured emission, {predicted} of light excited there. "
    return said


def _at_end_text(t: LineshapeTail) -> str:
    """Say the efficiency where the measured tail ends, which may lie below the figure."""
    if not _end(t):
        return ""
    energy, value = series(t.curves, "energy", "efficiency")
    return f"At the mark it is {100 * float(np.interp(t.resolved_to_ev, energy, value)):.2g} %. "


def _ladder(t: LineshapeTail | None) -> list[Mark]:
    if t is None:
        return []
    first = Mark(
        name=f"first maximum, {t.first_maximum_ev:.4f} eV",
        low=t.first_maximum_ev,
        style="dashed",
        role="reference",
    )
    name = f"n × {t.phonon_mev:g} meV below"
    return [first, *(Mark(name=name, low=at, style="dotted", role="reference") for at in t.ladder_ev)]


def _ladder_text(t: LineshapeTail | None) -> str:
    if t is None or not t.ladder_ev:
        return ""
    return (
        f"The lines at n × {t.phonon_mev:g} meV below the fitted first maximum are a scale to read by, no evidence "
        "that whole phonons make this tail."
    )


def _chi2_text(fit: LineshapeFit) -> str:
    chi2 = fit.reduced_chi2.value
    says = f"Reduced chi-square {chi2:.3g}; noise alone would give 1. "
    wider = f"The intervals were made {fit.solution.inflation**0.5:.2g} times as wide for it"
    if fit.solution.is_systematic:
        return says + (
            "It is more than noise: where neighbours lie on one side together, the model misses what the data hold (or "
            f"the noise is larger than stated). {wider}, and hold no error of the model."
        )
    if fit.solution.inflation > 1:
        return says + f"It is within what the noise, itself an estimate, leaves open. {wider}."
    if chi2 < 0.7:
        return says + "It is less: the noise that was stated or estimated is larger than the scatter of the data."
    return says + "The data show nothing that the model misses."


def _window_text(t: LineshapeTail) -> str:
    known = [f"{name} edge {e}" for name, e in (("blue", t.blue_edge_nm), ("red", t.red_edge_nm)) if e is not None]
    return f"Predicted window: {', '.join(known)}." if known else "No edge of a window is predicted."
