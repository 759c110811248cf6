"""How the absorption edge moves, broadens and comes back with temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.activation_points import strays
from antistokes.analysis.bands import Band, absorption_band, red_of_saturation
from antistokes.analysis.edge import NEWTON, TAIL_DEGREE, TAIL_EV, local_fit, maximum
from antistokes.analysis.equivalence import Equivalence, paired_equivalence
from antistokes.analysis.line import slope_estimate
from antistokes.analysis.result import described, number
from antistokes.analysis.series import Step, matched, mean_difference, steps
from antistokes.errors import DataError
from antistokes.estimate import Estimate, normal
from antistokes.physics.dots import varshni_shift_ev
from antistokes.units import FloatArray

OVERLAP_MEV = np.arange(-250.0, 101.0, 1.0)  # around the maximum: where overlapped spectra are given
SEARCH_EV = 0.25  # below the maximum: as far as half of it is looked for
PEAK = "maximum of the exponential of a quartic through the top; noise propagated linearly"
HALF = "distance from the maximum to half of its height on the red side; noise propagated linearly"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EdgeSeries:
    """First absorption maximum over temperature.

    ``curves``: over ``step`` temperature, branch, maximum, height, red half-width, with their sd; ``overlapped``, over
    ``step`` and ``offset`` [meV], are the spectra over the height of their maximum, against the distance from it.
    """

    title: ClassVar[str] = "Absorption edge over temperature"
    shift_mev_per_k: Estimate = number("shift of the first maximum")
    varshni_ev_per_k: Estimate = number("Varshni's a of the maximum, with b held")
    broadening_mev_per_k: Estimate = number("growth of the red half-width")
    peaks_ev: dict[str, Estimate] = field(default_factory=dict)
    half_widths_mev: dict[str, Estimate] = field(default_factory=dict)
    reversibility: tuple[Equivalence, ...] = ()
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    __str__ = described


def track_edge(
    series: Sequence[xr.Dataset],
    *,
    near_nm: float | None = None,
    varshni_offset_k: float = 220.0,
    margin_mev: float = 1.0,
    level: float = 0.95,
) -> EdgeSeries:
    r"""Follow the first absorption maximum and the half-width of its red side over a temperature series.

    .. math:: E_{1S}(T) = E_0 - \frac{aT^2}{T+b}

    A series over some tens of kelvin does not tell a from b: b is held, a fitted, and the straight slope given beside.
    The law is that of a gap. The maximum also moves within the line as the line broadens (some hundredths of a meV per
    kelvin to the blue for a typical coupling), which is in both numbers; a fit of line shapes tells the two apart.

    Parameters
    ----------
    series : sequence of xarray.Dataset
        Absorption spectra with ``temperature_k``, in the order they were taken.
    near_nm : float, optional
        The maximum closest to this wavelength; by default the first [nm].
    varshni_offset_k : float
        Varshni's b; the default is that of CdSe in :mod:`antistokes.materials` (assumed) [K].
    margin_mev : float
        Difference of the maxima on heating and cooling within which they count as equal [meV].
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    EdgeSeries
        Slopes, reversibility, overlapped spectra.

    Raises
    ------
    DataError
        When fewer than two spectra have a first maximum.

    References
    ----------
    Y. P. Varshni, Physica 34, 149 (1967), doi:10.1016/0031-8914(67)90062-6.
    """
    found, warnings = steps(series, "absorption")
    rows, left_out = [], []
    for step in found:
        try:
            rows.append(_row(step, near_nm))
        except DataError as error:
            left_out.append(f"{step.name} is left out: {error}")
    if len(rows) < 2:
        raise DataError("fewer than two spectra of the series have a first maximum. " + " ".join(left_out))
    t, peak, half = (np.array(column, dtype=float) for column in zip(*map(_numbers, rows), strict=True))
    law = varshni_shift_ev(t, 1.0, varshni_offset_k, 0.0)
    shift = slope_estimate(t, peak[:, 0], peak[:, 1], "meV/K", "shift of the maximum per kelvin", level)
    return EdgeSeries(
        shift_mev_per_k=shift,
        varshni_ev_per_k=slope_estimate(
            law,
            peak[:, 0] / 1e3,
            peak[:, 1] / 1e3,
            "eV/K",
            f"with b = {varshni_offset_k:g} K held, which decides its value",
            level,
        ),
        broadening_mev_per_k=slope_estimate(
            t, half[:, 0], half[:, 1], "meV/K", "growth of the red half-width per kelvin", level
        ),
        peaks_ev={_at("first maximum", r): normal(r.peak_ev, r.peak_sd_ev, "eV", PEAK, level) for r in rows},
        half_widths_mev={_at("half-width", r): normal(r.half_mev, r.half_sd_mev, "meV", HALF, level) for r in rows},
        reversibility=_reversibility(rows, shift.value, margin_mev),
        curves=_curves(rows),
        warnings=(
            *warnings,
            *left_out,
            *strays([(r.step, r.peak_ev) for r in rows]),
            *dict.fromkeys(w for r in rows for w in r.band.warnings),
        ),
    )


class _Row(NamedTuple):
    """What one spectrum says: maximum [eV], height, red half-width [meV], standard uncertainties of first and last."""

    step: Step
    band: Band
    peak_ev: float
    peak_sd_ev: float
    height: float
    half_mev: float
    half_sd_mev: float


def _row(step: Step, near_nm: float | None) -> _Row:
    spectrum, cut = red_of_saturation(step.spectrum)
    band = absorption_band(spectrum)
    band = band._replace(warnings=(*cut, *band.warnings))
    near = None if near_nm is None else float(units.energy_from_wavelength(near_nm, band.medium))
    peak_ev, top = maximum(band, near)
    moves = -top.at(peak_ev, 1)[1] / top.at(peak_ev, 2)[0]
    height, height_moves = top.at(peak_ev)
    red_ev, red_moves = _half(band, peak_ev, height, height_moves)
    sd = band.variance_of(moves) ** 0.5
    half_sd = 1e3 * band.variance_of(moves - red_moves) ** 0.5
    return _Row(step, band, peak_ev, sd, float(np.exp(height)), 1e3 * (peak_ev - red_ev), half_sd)


def _at(what: str, r: _Row) -> str:
    return f"{what}, {r.step.name}"


def _numbers(r: _Row) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """Return temperature [K], maximum and red half-width with their standard uncertainties [meV]."""
    return r.step.temperature_k, (1e3 * r.peak_ev, 1e3 * r.peak_sd_ev), (r.half_mev, r.half_sd_mev)


def _half(band: Band, peak_ev: float, height: float, height_moves: FloatArray) -> tuple[float, FloatArray]:
    """Return where the red side falls to half of the maximum, and how that moves with the samples [eV]."""
    red = (band.energy_ev < peak_ev) & (band.energy_ev > peak_ev - SEARCH_EV)
    x, y = band.energy_ev[red][::-1], band.value[red][::-1]
    at = float(curves.outward_crossing(x, (y - 0.5 * np.exp(height))[None])[0])
    if not np.isfinite(at):
        raise DataError(f"{band.name}: the absorption does not fall to half of its first maximum within the data.")
    fit = local_fit(band, at, TAIL_EV, TAIL_DEGREE)
    for _ in range(NEWTON):
        at -= (fit.at(at)[0] - height + np.log(2)) / fit.at(at, 1)[0]
    return at, (height_moves - fit.at(at)[1]) / fit.at(at, 1)[0]


def _reversibility(rows: Sequence[_Row], slope_mev_per_k: float, margin_mev: float) -> tuple[Equivalence, ...]:
    """Return whether the maximum comes back on cooling, from pairs of one temperature."""
    pairs = matched([r.step for r in rows])
    if len(pairs) < 2:
        return ()
    moved = np.array([1e3 * r.peak_ev - slope_mev_per_k * r.step.temperature_k for r in rows])
    variance = np.array([(1e3 * r.peak_sd_ev) ** 2 for r in rows])
    difference, noise = zip(*(mean_difference(pair, moved, variance) for pair in pairs), strict=True)
    title = "first maximum, cooling against heating"
    return (paired_equivalence(title, difference, noise, (-margin_mev, margin_mev), "meV"),)


def _curves(rows: Sequence[_Row]) -> xr.Dataset:
    """Return what was found over the steps, and the spectra overlapped at their maxima."""
    overlapped = np.full((len(rows), OVERLAP_MEV.size), np.nan)
    for i, r in enumerate(rows):
        at = r.peak_ev + OVERLAP_MEV / 1e3
        inside = (at >= r.band.energy_ev[0]) & (at <= r.band.energy_ev[-1])
        overlapped[i, inside] = curves.interpolate(r.band.energy_ev, r.band.value, r.band.sd, at[inside])[0] / r.height
    columns = {
        "temperature": ([r.step.temperature_k for r in rows], "K"),
        "maximum": ([r.peak_ev for r in rows], "eV"),
        "maximum_sd": ([r.peak_sd_ev for r in rows], "eV"),
        "height": ([r.height for r in rows], rows[0].band.unit),
        "half_width": ([r.half_mev for r in rows], "meV"),
        "half_width_sd": ([r.half_sd_mev for r in rows], "meV"),
    }
    return xr.Dataset(
        {
            **{name: ("step", values, {"units": unit}) for name, (values, unit) in columns.items()},
            "branch": ("step", [r.step.branch for r in rows]),
            "overlapped": (("step", "offset"), overlapped, {"units": "1"}),
        },
        coords={"offset": ("offset", OVERLAP_MEV, {"units": "meV"})},
    )
