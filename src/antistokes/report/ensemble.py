"""The ensemble's evidence in the report: up-converted light, excitation spectrum, power and temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from antistokes.report.panel import Axis, Curve, Mark, Panel, Role, Style
from antistokes.report.view import View, positive, series, span, with_gaps
from antistokes.units import FloatArray

if TYPE_CHECKING:  # a study without these tables does not wait for the imports
    from antistokes.analysis.ple import PleRatio
    from antistokes.analysis.yield_series import YieldActivation

LINES: tuple[Style, ...] = ("line", "dashed", "dotdash", "dotted")
BRANCHES: dict[str, Style] = {"heating": "bars", "cooling": "rings", "": "bars"}
SHOWN_SD = 0.5  # of a ratio: samples with more tell nothing


def comparison(v: View) -> Panel | None:
    """Return the figure of up- against down-converted emission on the window that both show."""
    c = v.study.ensemble.emission_comparison
    if c is None:
        return None
    energy, up, sd, down, model = series(c.curves, "energy", "up", "up_sd", "down", "model")
    low, high = c.window_nm
    left = [Mark(name="left out", low=a, high=b, role="laser") for a, b in _energies(c.masked_nm, c.curves)]
    predicted = "" if c.predicted_shift_mev is None else f" Unequal dots predict {c.predicted_shift_mev}."
    return Panel(
        key="emission_comparison",
        title="Up- against down-converted emission",
        caption=(
            f"Photons per eV from {low:.1f} to {high:.1f} nm, where both were measured and no filter cuts; nothing is "
            "said of what lies outside. Points: up-converted, band: ± 1 s.d. Dashed: down-converted, scaled to it. "
            f"Black: the same moved by {c.shift_mev} and {c.width_ratio} times as wide.{predicted}"
        ),
        x=Axis(name="Photon energy", unit="eV", show=span(energy)),
        y=Axis(name="Emission", unit="scaled to 1", show=span(np.concatenate([[0.0], up, down]))),
        curves=(
            _line("down-converted, scaled", energy, down, "dashed", "reference"),
            _line("down-converted, moved", energy, model, "line", "model"),
            Curve(
                name="up-converted",
                x=energy,
                y=up,
                low=up - sd,
                high=up + sd,
                band="± 1 s.d.",
                style="points",
                role="emission",
            ),
        ),
        marks=tuple(left),
    )


def excitation(v: View) -> Panel | None:
    """Return the figure of the excitation spectrum and what absorption predicts for it."""
    p = v.study.ensemble.ple_ratio
    if p is None:
        return None
    nm, measured, sd, expected, expected_sd = series(
        p.curves, "wavelength", "measured", "measured_sd", "predicted", "predicted_sd"
    )
    top = float(np.nanmax(measured))
    resolved = (expected > expected_sd) & (expected > 0)
    bottom = float(np.nanmin(np.where(resolved, expected, top)))
    low = np.where(measured - sd > 0, measured - sd, np.nan)
    return Panel(
        key="ple",
        title="Excitation spectrum and absorption",
        caption=(
            f"Points: signal at {p.detection_nm:g} nm over the light of the lamp, its largest 1; line: what the "
            f"absorption predicts, {_where(p)}, scaled to it in down-conversion; bands: ± 1 s.d. {_ranges_text(p)}"
        ),
        x=Axis(name=f"Excitation wavelength in {v.emission.medium}", unit="nm", show=span(nm)),
        y=Axis(name="Signal", unit="scaled to 1", scale="log", show=(max(bottom / 5, 1e-9 * top), 2 * top)),
        curves=(
            Curve(
                name="measured",
                x=nm,
                y=positive(measured),
                low=low,
                high=measured + sd,
                band="± 1 s.d.",
                style="points",
                role="emission",
            ),
            Curve(
                name="predicted by absorption",
                x=nm,
                y=np.where(resolved, expected, np.nan),
                low=np.where(resolved, expected - expected_sd, np.nan),
                high=np.where(resolved, expected + expected_sd, np.nan),
                band="± 1 s.d. of the prediction",
                role="absorption",
            ),
        ),
        marks=_ranges(p),
    )


def excitation_ratio(v: View) -> Panel | None:
    """Return the figure of the excitation spectrum over its prediction."""
    p = v.study.ensemble.ple_ratio
    if p is None:
        return None
    nm, ratio, sd, used = series(p.curves, "wavelength", "ratio", "ratio_sd", "range")
    shown = np.isfinite(ratio) & (sd < SHOWN_SD) & (used > 0)
    y, low, high = (np.where(shown, w, np.nan) for w in (ratio, ratio - sd, ratio + sd))
    same = p.equivalences[0]
    return Panel(
        key="ple_ratio",
        title=f"Excitation spectrum over absorption: up over down {p.ratio}",
        caption=(
            "Signal over prediction, 1 in the mean of down-conversion; bars: ± 1 s.d. Only samples of the two ranges, "
            f"and none with more than {SHOWN_SD:g}. Shaded: counts as one yield. That {same.title}: {same.outcome}."
        ),
        x=Axis(name=f"Excitation wavelength in {v.emission.medium}", unit="nm", show=span(nm)),
        y=Axis(
            name="Ratio",
            unit="dimensionless",
            show=span(np.concatenate([low[shown], high[shown], [same.margin_low, same.margin_high]])),
        ),
        curves=(Curve(name="ratio", x=nm, y=y, low=low, high=high, band="± 1 s.d.", style="bars", role="result"),),
        marks=(
            Mark(name="one yield", low=same.margin_low, high=same.margin_high, axis="y", role="window"),
            Mark(name="the same at every wavelength", low=1.0, axis="y", style="dashed", role="model"),
            Mark(name=f"detection, {p.detection_nm:g} nm", low=p.detection_nm, style="dotdash", role="laser"),
        ),
    )


def power(v: View) -> Panel | None:
    """Return the figure of the power law, both axes logarithmic."""
    p = v.study.ensemble.power_law
    if p is None:
        return None
    axis = str(next(iter(p.curves.dims)))
    watt, signal, model, bent, misses = series(p.curves, axis, "signal", "model", "bent_model", "residual_in_sd")
    arm = np.exp(series(p.curves, "log_signal_sd")[0])
    curves = [
        Curve(
            name="measured",
            x=watt,
            y=positive(signal),
            low=positive(signal / arm),
            high=positive(signal * arm),
            band="± 1 s.d.",
            style="bars",
            role="emission",
        ),
        Curve(name="straight line", x=watt, y=positive(model), role="model"),
    ]
    if p.bent:
        curves.append(Curve(name="bent line", x=watt, y=positive(bent), style="dashed", role="result"))
    seen = np.concatenate([positive(signal), positive(model)])
    worst = float(np.abs(misses).max())
    return Panel(
        key="power_law",
        title=f"Power law: exponent {p.slope}",
        caption=(
            f"Signal less its background; bars: ± 1 s.d. The points lie up to {worst:.2g} standard deviations off the "
            f"line. {p.linear.title}: {p.linear.outcome}; {p.reason}."
        ),
        x=Axis(
            name="Power" if p.power_unit == "W" else "Irradiance",
            unit=p.power_unit.replace("^2", "²"),
            scale="log",
            show=_wide(watt),
        ),
        y=Axis(name="Signal", unit=p.signal_at_middle.unit, scale="log", show=_wide(seen)),
        curves=tuple(curves),
    )


def tail_energies(v: View) -> Panel | None:
    """Return the figure of apparent energies over depth, with what each model says."""
    t = v.study.ensemble.tail_activation
    if t is None:
        return None
    found = list(t.apparent_mev.values())
    depth, below = series(t.curves, "depth", "below")
    order = np.argsort(below)
    value, low, high = (np.array([getattr(e, k) for e in found])[order] for k in ("value", "low", "high"))
    curves = [
        Curve(
            name="measured",
            x=below[order],
            y=value,
            low=low,
            high=high,
            band=f"{v.level} interval",
            style="bars",
            role="result",
        )
    ]
    styles: dict[Role, list[Style]] = {"model": list(LINES), "reference": list(LINES)}
    for score, energy in zip(t.models, t.curves["apparent_energy"].values, strict=True):
        role: Role = "model" if score.title in t.tied else "reference"
        if np.isfinite(energy).any() and styles[role]:
            name = score.title.split(",")[0].replace("power of the population of", "power of n,")  # legends are narrow
            curves.append(Curve(name=name, x=depth, y=energy, style=styles[role].pop(0), role=role))
    return Panel(
        key="tail_activation",
        title="Apparent energy of the tail over its depth",
        caption=(
            f"Points: −∂ ln r/∂(1/kT) of the absorption below its first maximum, with {v.level} intervals. Black: "
            "models that the data do not tell from the best; grey: the others. A model that takes any energy at each "
            "depth has no curve. An apparent energy counts no phonons: coupling and unequal dots make it."
        ),
        x=Axis(name="Depth below the first maximum", unit="meV", show=(0.0, float(depth[-1]))),
        y=Axis(name="Apparent energy", unit="meV", show=span(np.concatenate([[0.0], 1.3 * high, low]))),
        curves=tuple(curves),
    )


def yields(v: View) -> Panel | None:
    """Return the figure of the yield over temperature."""
    e = v.study.ensemble
    rows: tuple[tuple[str, Role, YieldActivation | None], ...] = (
        ("up-conversion", "emission", e.yield_activation),
        ("down-conversion", "absorption", e.yield_activation_down),
    )
    both = [(name, role, y) for name, role, y in rows if y is not None]
    if not both:
        return None
    curves = [c for name, role, y in both for c in _yield_curves(name, role, y, v.level)]
    ends = np.concatenate([w for c in curves for w in (c.y, c.low, c.high) if w is not None] + [np.array([0.9, 1.1])])
    inside = np.isfinite(ends) & (ends < 5) & (ends > -1)
    every = np.concatenate([c.x for c in curves])
    said = " ".join(f"Activation energy in {name}: {y.activation_mev}." for name, _, y in both)
    return Panel(
        key="yield_over_temperature",
        title="Yield over temperature",
        caption=(
            "Emitted over absorbed light, 1 at the lowest temperature of the fitted line, which is drawn; the points "
            f"bear {v.level} intervals of their own noise. Full: heating; open: cooling. {said}"
        ),
        x=Axis(name="Temperature", unit="K", show=span(every)),
        y=Axis(name="Yield", unit="relative to the coldest", show=span(ends[inside])),
        curves=tuple(curves),
        marks=(Mark(name="no change", low=1.0, axis="y", style="dotted", role="reference"),),
    )


# ---- what several of them need


def _yield_curves(name: str, role: Role, y: YieldActivation, level: str) -> list[Curve]:
    """Return the points of each branch, and the fitted line."""
    branch = y.curves["branch"].values
    kelvin, value, low, high, model = series(y.curves, "temperature", "yield_ratio", "yield_low", "yield_high", "model")
    curves = []
    for which in dict.fromkeys(branch.tolist()):
        at = np.flatnonzero(branch == which)
        at = at[np.argsort(kelvin[at], kind="stable")]
        curves.append(
            Curve(
                name=f"{name}, {which}".removesuffix(", "),
                x=kelvin[at],
                y=value[at],
                low=low[at],
                high=high[at],
                band=f"{level} interval",
                style=BRANCHES[which],
                role=role,
            )
        )
    line, first = np.unique(kelvin, return_index=True)
    return [*curves, Curve(name=f"{name}, fitted", x=line, y=model[first], style="line", role=role)]


def _line(name: str, energy: FloatArray, y: FloatArray, style: Style, role: Role) -> Curve:
    x, broken = with_gaps(energy, y)
    return Curve(name=name, x=x, y=broken, style=style, role=role)


def _energies(ranges_nm: tuple[tuple[float, float], ...], curves: xr.Dataset) -> list[tuple[float, float]]:
    """Return ranges of wavelength as photon energies, by the samples that the curves have of both."""
    energy, nm = series(curves, "energy", "wavelength")
    return [(float(np.interp(-b, -nm, energy)), float(np.interp(-a, -nm, energy))) for a, b in ranges_nm]


def _where(p: PleRatio) -> str:
    if p.window is None:
        return p.geometry
    return f"{p.geometry}, seen from {p.window[0]:g} to {p.window[1]:g} of the path"


def _ranges(p: PleRatio) -> tuple[Mark, ...]:
    return (
        Mark(name="down-conversion", low=p.down_nm[0], high=p.down_nm[1], role="reference"),
        Mark(name="up-conversion", low=p.up_nm[0], high=p.up_nm[1], role="edge"),
    )


def _ranges_text(p: PleRatio) -> str:
    left = [f"{why} ({', '.join(f'{a:.4g}–{b:.4g} nm' for a, b in at)})" for why, at in p.masked.items()]
    return f"Left out: {'; '.join(left)}." if left else "No sample was left out."


def _wide(x: FloatArray) -> tuple[float, float]:
    """Return a range of a logarithmic axis that shows all that is above zero."""
    return float(np.nanmin(x)) / 1.5, 1.5 * float(np.nanmax(x))
