"""Do the peaks of two temperature series of emission move alike? Up-converted against down-converted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from scipy.special import chdtrc

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, emission_band, open_end
from antistokes.analysis.comparison_window import laser_range, red_end, refuse_cut, refuse_unfit, without
from antistokes.analysis.equivalence import Equivalence, equivalence
from antistokes.analysis.filter_edge import filter_edge_nm
from antistokes.analysis.result import described, number
from antistokes.analysis.series import SAME_K, Step, steps
from antistokes.analysis.spectra import DRAWS, peak_estimate
from antistokes.analysis.yield_points import each_usable
from antistokes.analysis.yield_words import alike
from antistokes.errors import DataError
from antistokes.estimate import Estimate, quantile
from antistokes.units import FloatArray

EDGE = 3  # samples: a peak that close to an end of the data is no peak; assumed
TURNED = 0.9  # of the maximum: a band that stands higher at an end of the data has not turned there; assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftComparison:
    """How the emission maxima (photons per eV) of two series move with temperature.

    ``same`` tests whether they move alike; ``offset_mev`` is what lies between them, which unequal dots explain and a
    difference of slopes does not. ``curves`` holds each peak along ``step``.
    """

    title: ClassVar[str] = "Peak shifts with temperature"
    up_mev_per_k: Estimate = number("shift of the up-converted emission")
    down_mev_per_k: Estimate = number("shift of the down-converted emission")
    same: Equivalence
    offset_mev: Estimate = number("up-converted minus down-converted peak, at the mean temperature")
    temperature_k: float
    reduced_chi2: float
    curves: xr.Dataset
    warnings: tuple[str, ...] = ()
    __str__ = described


def compare_shifts(
    up: Sequence[xr.Dataset],
    down: Sequence[xr.Dataset],
    *,
    cut_nm: float | None = None,
    margin_mev_per_k: float = 0.02,
    level: float = 0.95,
    seed: int = 0,
) -> ShiftComparison:
    r"""Slopes of the emission maxima of two series over temperature, and whether they are the same.

    .. math:: E_s(T) = E_s + b_s\,(T-\bar T) + c\,(T-\bar T)^2,\qquad s = \mathrm{up, down}

    The bend c is common to both, so that series over different temperatures can be compared though a gap does not close
    linearly; it is left out where there are fewer than four temperatures. Weighted least squares; scatter beyond the
    noise of the peaks widens the intervals (Student's t).

    Parameters
    ----------
    up, down : sequence of xarray.Dataset
        Emission excited below and above the gap, with ``temperature_k``.
    cut_nm : float, optional
        Where a short-pass filter begins to cut ``up``; what is redder is not used, and steps whose maximum lies there,
        within a bandpass of it or at an end of the data are left out [nm].
    margin_mev_per_k : float
        Up to which difference the slopes count as the same [meV/K].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the noise draws of the peaks.

    Returns
    -------
    ShiftComparison
        Both slopes at the mean temperature, their difference as an equivalence, the offset, curves. The equivalence is
        left open where a filter's edge is found that is not stated.

    Raises
    ------
    DataError
        Where fewer than two temperatures of a series have a peak, a spectrum was completed with the other, or up is not
        excited at the longer wavelength.

    References
    ----------
    Derived here, see docs/models/yield-over-temperature.md.
    """
    if not margin_mev_per_k > 0:
        raise ValueError(f"margin_mev_per_k must be above 0, got {margin_mev_per_k!r}.")
    above, said = steps(up, "up-converted emission")
    below, said_too = steps(down, "down-converted emission")
    refuse_unfit([s.spectrum for s in above], [s.spectrum for s in below])
    refuse_cut([s.spectrum for s in above], cut_nm)
    ups, left_out = _with_peak(above, "up", lambda s: _peaked(s, cut_nm, level, seed))
    downs, left_out_too = _with_peak(below, "down", lambda s: _peaked(s, None, level, seed))
    used = [*ups, *downs]
    both, peaks, is_up = [p.step for p in used], [p.peak for p in used], np.arange(len(used)) < len(ups)
    t = np.array([step.temperature_k for step in both])
    line = _fit(t, is_up, np.array([1e3 * p.value for p in peaks]), np.array([1e3 * p.sd for p in peaks]))
    how = "maxima (photons per eV) over temperature, weighted least squares" + line.words

    def estimate(weights: Sequence[float], unit: str) -> Estimate:
        value, sd = line.along(np.array(weights, dtype=float))
        half = quantile(0.5 + level / 2, line.freedom) * sd
        return Estimate(value, sd, value - half, value + half, level, unit, how)

    difference, sd = line.along(np.array([0.0, 0.0, 1.0, -1.0]))
    margin = (-margin_mev_per_k, margin_mev_per_k)
    title = "up- and down-converted peaks move alike with temperature"
    same = equivalence(title, difference, sd, margin, "meV/K", how, freedom=line.freedom)
    at_edge = _behind_a_filter(used)
    warnings = [*said, *said_too, *left_out, *left_out_too, *at_edge, *line.warnings]
    return ShiftComparison(
        up_mev_per_k=estimate((0, 0, 1, 0), "meV/K"),
        down_mev_per_k=estimate((0, 0, 0, 1), "meV/K"),
        same=dataclasses.replace(same, outcome="inconclusive") if at_edge else same,
        offset_mev=estimate((1, -1, 0, 0), "meV"),
        temperature_k=float(t.mean()),
        reduced_chi2=line.reduced_chi2,
        curves=_curves(both, is_up, peaks, line),
        warnings=tuple(dict.fromkeys([*warnings, *alike([w for p in used for w in p.band.warnings])])),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Two lines: (peak up, peak down, slope up, slope down) at the mean temperature, perhaps the bend."""

    value: FloatArray
    covariance: FloatArray
    freedom: float
    reduced_chi2: float
    model: FloatArray
    words: str
    warnings: tuple[str, ...]

    def along(self, weights: FloatArray) -> tuple[float, float]:
        """Return a sum of the four parameters with its standard uncertainty."""
        return float(weights @ self.value[:4]), math.sqrt(float(weights @ self.covariance[:4, :4] @ weights))


def _fit(t: FloatArray, is_up: np.ndarray, peak_mev: FloatArray, sd: FloatArray) -> _Lines:
    x = t - t.mean()
    columns = [1.0 * is_up, 1.0 * ~is_up, x * is_up, x * ~is_up]
    if np.unique(np.round(t / SAME_K)).size >= 4 and t.size > 5:
        columns.append(x**2)
    sd = np.maximum(sd, 1e-6)  # data without noise
    design = np.column_stack(columns)
    covariance = np.linalg.inv((design.T / sd**2) @ design)
    value = covariance @ ((design.T / sd**2) @ peak_mev)
    chi2, freedom = float(np.sum(((peak_mev - design @ value) / sd) ** 2)), t.size - len(columns)
    inflation = max(1.0, chi2 / freedom) if freedom else 1.0
    widened = inflation > 1
    words = (
        f"; widened {math.sqrt(inflation):.2f} times for scatter, Student's t" if widened else "; noise of the peaks"
    )
    warnings = []
    if freedom and chdtrc(freedom, chi2) < 0.01:
        warnings.append(
            f"The peaks scatter about their lines {math.sqrt(inflation):.1f} times as much as their noise; the "
            "intervals are widened by that."
        )
    return _Lines(
        value,
        covariance * inflation,
        float(freedom) if widened else math.inf,
        chi2 / freedom if freedom else math.nan,
        design @ value,
        words,
        tuple(warnings),
    )


class _Peaked(NamedTuple):
    """A step with its band, blue of a cut, and the maximum of it, which is a peak or lies ``at_end``."""

    step: Step
    band: Band
    peak: Estimate
    at_end: bool


def _peaked(step: Step, cut_nm: float | None, level: float, seed: int) -> _Peaked:
    ds = step.spectrum
    band = emission_band(without(ds, (), red_end(ds, cut_nm)))
    peak = _peak(band, level, seed)
    red_nm = float(band.wavelength_nm.max()) - (0.0 if cut_nm is None else float(ds.attrs.get("bandpass_nm", 0.0)))
    red_ev = max(float(units.energy_from_wavelength(red_nm, band.medium)), float(band.energy_ev[EDGE]))
    pinned = peak.sd == 0 and bool(np.any(band.sd > 0))  # noise that does not move a maximum is no noise
    pinned = pinned or open_end(band) > TURNED
    return _Peaked(step, band, peak, pinned or not red_ev < peak.value < band.energy_ev[-1 - EDGE])


def _with_peak(step: Sequence[Step], which: str, make: Callable[[Step], _Peaked]) -> tuple[list[_Peaked], list[str]]:
    """Return the steps that have a peak, and words about those that have none."""
    _, found, unusable = each_usable(step, make, None)
    kept, lost = [p for p in found if not p.at_end], [p.step.name for p in found if p.at_end]
    t = np.array([p.step.temperature_k for p in kept])
    where = "highest at an end of the data or at the cut, which is no peak"
    if not kept or np.ptp(t) <= SAME_K:
        found_so = f"; {len(lost)} spectra are {where}" if lost else ""
        raise DataError(f"the {which}-converted emission is all of one temperature{found_so}: a slope needs two.")
    return kept, [*unusable, *(f"{name}: the emission is {where}: left out." for name in lost)]


def _behind_a_filter(used: Sequence[_Peaked]) -> list[str]:
    """Name what falls to the red as behind a short-pass filter."""
    masks = [laser_range(p.step.spectrum) for p in used]
    edges = [filter_edge_nm(p.band, [] if m is None else [m]) for p, m in zip(used, masks, strict=True)]
    places = [e for e in edges if e is not None]
    if not places:
        return []
    return [
        f"{len(places)} of {len(used)} spectra fall more than twice as steeply on their red side as on their blue one, "
        f"at {min(places):.0f}-{max(places):.0f} nm: as behind a short-pass filter, which holds the peaks back. The "
        "comparison of the slopes is left open; state where the filter begins to cut (cut_nm)."
    ]


def _peak(band: Band, level: float, seed: int) -> Estimate:
    """Return the maximum of photons per eV, as :func:`antistokes.describe_emission` gives it."""
    smoother = curves.smooth(band.energy_ev, band.value, band.sd)
    noise = band.draws(np.random.default_rng(seed), DRAWS)
    around = curves.main_maximum(smoother.values)[1]
    return peak_estimate(band.energy_ev, band.value, smoother, around, noise, "eV", level)


def _curves(both: Sequence[Step], is_up: np.ndarray, peaks: Sequence[Estimate], line: _Lines) -> xr.Dataset:
    columns = {
        "peak_ev": [p.value for p in peaks],
        "peak_sd": [p.sd for p in peaks],
        "peak_low": [p.low for p in peaks],
        "peak_high": [p.high for p in peaks],
        "model": line.model / 1e3,
        "residual": [p.value - m / 1e3 for p, m in zip(peaks, line.model, strict=True)],
    }
    coords = {
        "temperature": ("step", [s.temperature_k for s in both], {"units": "K"}),
        "branch": ("step", [s.branch for s in both]),
        "conversion": ("step", np.where(is_up, "up", "down")),
    }
    return xr.Dataset({k: ("step", np.asarray(v), {"units": "eV"}) for k, v in columns.items()}, coords=coords)
