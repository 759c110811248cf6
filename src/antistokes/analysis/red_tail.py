"""Is there light of defects in the red tail of the emission? Its share, or how much there can be at most."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, units
from antistokes.analysis import limits
from antistokes.analysis.bands import Band, emission_band, is_counted
from antistokes.analysis.comparison_window import red_end
from antistokes.analysis.equivalence import Outcome
from antistokes.analysis.filter_edge import filter_edge_nm
from antistokes.analysis.result import described, number
from antistokes.analysis.spectra import EmissionSummary, describe_emission
from antistokes.errors import DataError
from antistokes.estimate import Estimate, normal
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

Range = tuple[float, float]
_FWHM_OF_SIGMA = math.sqrt(8 * math.log(2))
_RESOLVED = 3.0  # standard deviations
_LINE_NM = 5.0  # on either side of the laser: assumed for finding peak and width only
_FAINT = 0.01  # of all light: a line of the laser below it lowers the tail's share by as little; assumed
_BELOW_ZERO = "The tail is below zero by more than its noise: too much was subtracted, and the limit is too low."
_FEWEST = 3  # samples of the window, or of a background
_CLEAR_BAND = 10.0  # standard deviations of the whole emission: below, a share has no denominator; assumed
_HARMLESS = 0.5  # of the margin: a tail that is below zero by less hides nothing that matters; assumed
_HALF = 0.5  # of the tail's samples: with fewer left its light may well be among those left out; assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class RedTail:
    """Share of the photons that lie redder than ``sigmas`` standard deviations below the maximum.

    ``share`` is a value where it stands three standard deviations above zero, else the upper limit; ``limit`` is the
    upper limit in both cases. ``window_nm`` is where it was looked for, None where the data, or the light, end before.
    """

    title: ClassVar[str] = "Light in the red tail"
    share: Estimate | None = number("share of photons in the red tail", optional=True)
    limit: Estimate | None = number("upper limit of that share", optional=True)
    edge_ev: float
    window_nm: Range | None
    laser_in_window: bool
    margin: float
    outcome: Outcome
    reason: str
    warnings: tuple[str, ...] = ()

    __str__ = described


class _Part(NamedTuple):
    """What of an emission is looked at: masks of the tail, of all that counts, of the background; shape (n,)."""

    tail: NDArray[np.bool_]
    used: NDArray[np.bool_]
    background: NDArray[np.bool_]
    left_out: NDArray[np.bool_]  # samples of the tail

    @property
    def spoilt(self) -> bool:
        """Whether the background was taken where the answer is looked for."""
        return bool(np.any(self.background & self.tail))


def red_tail_limit(
    emission: xr.Dataset,
    *,
    sigmas: float = 6.0,
    background_nm: Range | None = None,
    exclude_nm: Range | Sequence[Range] | None = None,
    excitation_nm: float | None = None,
    cut_nm: float | None = None,
    margin: float = 0.005,
    level: float = 0.95,
) -> RedTail:
    r"""Share of the emission beyond :math:`E_\mathrm{peak}-n\sigma`, or its upper limit.

    Peak and width are those of photons per eV, :math:`\sigma` = FWHM/2.3548. Counts that are whole numbers get Poisson
    limits, with the background scaled from the range given; other spectra normal ones, with the noise of the spectrum
    and of the mean over that range.

    Parameters
    ----------
    emission : xarray.Dataset
        Emission that declares its quantity, as it was measured.
    sigmas : float
        Where the tail begins, in standard deviations of the band below its maximum [1].
    background_nm : tuple of float, optional
        (low, high) where there is no emission; what is found there is subtracted everywhere. Default: nothing is, with
        a warning [nm].
    exclude_nm : tuple or sequence of tuples, optional
        Ranges to leave out, such as the laser line [nm].
    excitation_nm : float, optional
        Excitation, in the medium of the emission; default the attribute ``excitation_nm`` [nm].
    cut_nm : float, optional
        Where a short-pass filter begins to cut the emission: light redder than this, less the bandpass, is not seen,
        and the tail ends there [nm].
    margin : float
        A share up to this is no defect emission to speak of [1].
    level : float
        Coverage of the interval and level of the limit [1].

    Returns
    -------
    RedTail
        "supports" (no defect emission) where the upper limit is at most the margin, "contradicts" where the interval
        of a resolved share lies above it. "inconclusive" else, and where the background was taken in the tail; never
        "supports" of a tail shorter than the width of the band, mostly left out, below zero, or behind what looks like
        a filter; never "contradicts" of counts without a background. The reason says which.

    Raises
    ------
    DataError
        The laser line lies in the window and is not excluded, the emission has no width, or its red side is that of
        another spectrum.
    """
    if not (sigmas > 0 and 0 < margin < 1):
        raise ValueError(f"sigmas must be above 0 and margin between 0 and 1, got {sigmas!r} and {margin!r}.")
    if cut_nm is not None and not 0 < cut_nm < math.inf:
        raise ValueError(f"cut_nm must be a positive wavelength, got {cut_nm!r}.")
    wavelength = data.wavelength_and_energy(data.check(emission))[0]
    _refuse_completed(emission)
    laser = excitation_nm if excitation_nm is not None else emission.attrs.get("excitation_nm")
    asked, second = _within(wavelength, exclude_nm), np.abs(wavelength - 2 * (laser or -np.inf)) < _LINE_NM
    excluded = asked | second
    shape = _shape(emission, excluded | (np.abs(wavelength - (laser or -np.inf)) < _LINE_NM))
    summary, band = describe_emission(shape, level=level), emission_band(shape)
    edge_ev = _edge(summary, band, sigmas)
    edge_nm = float(units.wavelength_from_energy(edge_ev, band.medium))
    end_nm, beyond = red_end(emission, cut_nm), wavelength >= edge_nm
    seen = ~excluded & (wavelength <= end_nm)
    background = _within(wavelength, background_nm) & ~excluded
    part = _Part(beyond & seen, seen, background, beyond & excluded & (wavelength <= end_nm))
    in_window = laser is not None and edge_nm <= laser <= min(wavelength.max(), end_nm)
    out = RedTail(
        edge_ev=edge_ev,
        window_nm=None,
        laser_in_window=in_window,
        margin=margin,
        outcome="inconclusive",
        reason=f"{_end(wavelength, cut_nm)} and the tail begins at {edge_nm:.1f} nm",
    )
    warnings = list(summary.warnings)
    if part.tail.sum() < _FEWEST:
        return dataclasses.replace(out, warnings=(*warnings, f"{band.name}: {out.reason}."))
    _refuse_laser(emission, wavelength, laser, part.used, in_window, warnings)
    if laser and np.any(second & ~asked & beyond):
        warnings.append(f"Left out around {2 * laser:g} nm, where the second order of the excitation would lie.")
    if laser and cut_nm is None and units.energy_from_wavelength(laser, band.medium) < summary.peak_ev.value:
        warnings.append(
            f"The excitation, {laser:g} nm, is redder than the maximum: light redder than a filter that keeps the "
            "laser out is not seen, and its absence says nothing. State where it cuts, cut_nm."
        )
    warnings += _doubts(part, background_nm)
    if is_counted(emission):
        share, limit = _of_counts(np.asarray(emission["signal"].values), part, background_nm, level, band.name)
    else:
        share, limit = _of_noise(emission, part, background_nm, level, _HARMLESS * margin, warnings)
    window = (edge_nm, float(wavelength[part.tail].max()))
    filter_nm = None if cut_nm is not None else filter_edge_nm(band)
    outcome, reason = _judged(share, limit, margin)
    why_not = _why_not(outcome, part, summary, window, filter_nm, warnings)
    if not why_not and outcome == "contradicts" and background_nm is None and emission.attrs["quantity"] == "counts":
        why_not = "counts without a background: what the detector gives without light is in the tail too"
    outcome, reason = ("inconclusive", f"{why_not}; {reason}") if why_not else (outcome, reason)
    reason += f"; redder than {window[1]:.0f} nm is not covered"
    return dataclasses.replace(
        out,
        share=share,
        limit=limit,
        window_nm=window,
        outcome=outcome,
        reason=reason,
        warnings=tuple(warnings),
    )


def _refuse_completed(emission: xr.Dataset) -> None:
    if "completion" in data.json_attr(emission, "corrections", {}):
        raise DataError(
            f"{data.label(emission)}: its red side is that of the down-converted spectrum (complete_emission); "
            "expected the spectrum as it was measured, with cut_nm."
        )


def _end(wavelength: FloatArray, cut_nm: float | None) -> str:
    """Return what ends the data, in words."""
    if cut_nm is not None and cut_nm < wavelength.max():
        return f"a filter cuts at {cut_nm:g} nm"
    return f"the data end at {wavelength.max():.1f} nm"


def _edge(summary: EmissionSummary, band: Band, sigmas: float) -> float:
    if summary.fwhm_mev is None:
        raise DataError(f"{band.name}: the emission has no width, so that nobody knows where its tail begins.")
    edge = summary.peak_ev.value - sigmas * 1e-3 * summary.fwhm_mev.value / _FWHM_OF_SIGMA
    if not edge > 0:
        raise DataError(
            f"{band.name}: {sigmas:g} standard deviations below the maximum there is no photon energy left."
        )
    return float(edge)


def _within(wavelength: FloatArray, ranges: Range | Sequence[Range] | None) -> NDArray[np.bool_]:
    """Return which samples lie in one of the ranges."""
    out = np.zeros(wavelength.size, dtype=bool)
    for row in () if ranges is None else np.atleast_2d(np.asarray(ranges, dtype=float)):
        if row.shape != (2,) or not row[0] < row[1]:
            raise ValueError(f"a range is (low, high) in nm, got {tuple(row)!r}.")
        out |= (wavelength >= row[0]) & (wavelength <= row[1])
    return out


def _refuse_laser(
    emission: xr.Dataset,
    wavelength: FloatArray,
    laser: float | None,
    used: NDArray[np.bool_],
    in_window: bool,
    warnings: list[str],
) -> None:
    if laser is None:
        warnings.append("No excitation is stated: a laser line in the spectrum would count as emission.")
    elif wavelength.min() <= laser <= wavelength.max() and used[np.argmin(np.abs(wavelength - laser))]:
        if in_window:
            raise DataError(
                f"{data.label(emission)}: the laser line at {laser:g} nm lies in the red tail; leave it out, such as "
                f"exclude_nm=({laser - _LINE_NM:g}, {laser + _LINE_NM:g})."
            )
        light = np.where(used, emission["signal"].values, 0.0)
        if light[np.abs(wavelength - laser) < _LINE_NM].sum() > _FAINT * light.sum():
            warnings.append(f"The laser line at {laser:g} nm lies in the data: what is left of it counts as emission.")


def _doubts(part: _Part, background_nm: Range | None) -> list[str]:
    out = []
    if background_nm is None:
        out.append("No background_nm: what the detector gives without light counts as emission.")
    elif part.spoilt:
        out.append("The background is taken in the red tail itself: defect emission there is subtracted too.")
    if part.left_out.any():
        out.append(f"{part.left_out.sum()} of {(part.left_out | part.tail).sum()} samples of the tail are left out.")
    return out


def _why_not(
    outcome: Outcome, part: _Part, summary: EmissionSummary, window: Range, filter_nm: float | None, warnings: list[str]
) -> str:
    """Return why the tail cannot be judged as its numbers alone would, if so."""
    if part.spoilt:
        return "the background was taken in the red tail itself"
    if outcome != "supports":
        return ""
    if _BELOW_ZERO in warnings:
        return "the tail is below zero"
    if filter_nm is not None:
        return (
            f"the red side falls at {filter_nm:.1f} nm as behind a filter, beyond which nothing is seen: state cut_nm"
        )
    if part.left_out.sum() > _HALF * (part.left_out | part.tail).sum():
        return "most of the tail is left out"
    width, long = 0.0 if summary.fwhm_nm is None else summary.fwhm_nm.value, window[1] - window[0]
    if long < width:
        return f"the tail is seen over {long:.0f} nm, less than the band is wide, {width:.0f} nm"
    return ""


def _shape(emission: xr.Dataset, leave_out: NDArray[np.bool_]) -> xr.Dataset:
    """Return what peak and width are taken from: no laser line; of counts, empty samples do not seem exact."""
    out = emission.isel({data.spectral_axis(emission): ~leave_out})
    if not is_counted(emission):
        return out
    signal = out["signal"]
    return out.assign(signal_sd=(signal.dims, np.sqrt(np.maximum(signal.values, 1.0)), signal.attrs))


def _of_counts(
    counts: FloatArray, part: _Part, background_nm: Range | None, level: float, name: str
) -> tuple[Estimate, Estimate]:
    found, samples, m = int(counts[part.tail].sum()), int(part.tail.sum()), int(part.background.sum())
    _refuse_background(background_nm, m, name)
    beside = float(counts[part.background].sum())
    ratio = samples / m if m else 0.0
    total = float(counts[part.used].sum()) - beside * part.used.sum() / max(m, 1)
    total_sd = math.sqrt(counts[part.used].sum() + beside * (part.used.sum() / max(m, 1)) ** 2)
    _refuse_dim(total, total_sd, name)
    expected = (beside * ratio, math.sqrt(beside) * ratio)
    net = found - expected[0]
    how = f"{found} counts where {expected[0]:.4g} +- {expected[1]:.2g} are background, over {total:.6g}; Poisson"
    limit = Estimate(
        limits.poisson_upper_limit(found, *expected, level) / total, level=level, how=how, kind="upper limit"
    )
    # A few samples without a count do not make the background exactly zero: a flat prior gives them one count more.
    careful = ((beside + 1) * ratio, math.sqrt(beside + 1) * ratio)
    sd = math.hypot(math.sqrt(found), careful[1])
    if found - careful[0] <= _RESOLVED * sd:
        return limit, limit
    low, high = limits.poisson_interval(found, *careful, level)
    return Estimate(net / total, sd / total, low / total, high / total, level, "1", how), limit


def _of_noise(
    emission: xr.Dataset, part: _Part, background_nm: Range | None, level: float, least: float, warnings: list[str]
) -> tuple[Estimate, Estimate]:
    band = emission_band(_less_background(emission, part.background, background_nm))
    rising = slice(None, None, -1 if data.spectral_axis(emission) == "wavelength" else None)
    weights = integration_weights(band.energy_ev) * part.used[rising]
    tail = weights * part.tail[rising]
    total = float(weights @ band.value)
    _refuse_dim(total, band.variance_of(weights) ** 0.5, band.name)
    share = float(tail @ band.value) / total
    sd = band.variance_of((tail - share * weights) / total) ** 0.5
    how = "integral over the tail over the whole integral, noise propagated linearly"
    if not sd > 0:
        raise DataError(f"{band.name}: the spectrum has no noise; a limit needs signal_sd.")
    if share < -_RESOLVED * sd:
        warnings.append(_BELOW_ZERO if share < -least else f"{_BELOW_ZERO} It is less than matters for the margin.")
    limit = limits.gaussian_upper_limit(share, sd, level)
    bound = Estimate(limit, level=level, how=f"{how}; CLs limit", kind="upper limit")
    return (normal(share, sd, "1", how, level) if share > _RESOLVED * sd else bound), bound


def _less_background(emission: xr.Dataset, where: NDArray[np.bool_], background_nm: Range | None) -> xr.Dataset:
    """Subtract the mean over a range; its uncertainty is one that all samples share."""
    name, n = data.label(emission), int(where.sum())
    _refuse_background(background_nm, n, name)
    if not n:
        return emission
    axis, values = data.spectral_axis(emission), np.asarray(emission["signal"].values, dtype=float)
    sd = float(np.std(values[where], ddof=1)) / math.sqrt(n)
    modes = [np.full(values.size, sd)]
    if "signal_modes" in emission:
        modes = [*np.asarray(emission["signal_modes"].values), *modes]
    attrs = emission["signal"].attrs
    return emission.assign(
        signal=(axis, values - values[where].mean(), attrs), signal_modes=(("mode", axis), np.array(modes), attrs)
    )


def _refuse_background(background_nm: Range | None, samples: int, name: str) -> None:
    if background_nm is not None and samples < _FEWEST:
        raise DataError(f"{name}: {samples} samples in background_nm {background_nm}; expected {_FEWEST} or more.")


def _refuse_dim(total: float, sd: float, name: str) -> None:
    if not total > _CLEAR_BAND * sd:
        raise DataError(
            f"{name}: the whole emission is {total:.4g} +- {sd:.2g}; a share of it needs {_CLEAR_BAND:g} times its sd."
        )


def _judged(share: Estimate, limit: Estimate, margin: float) -> tuple[Outcome, str]:
    if limit.value <= margin:
        return "supports", f"at most {limit.value:.2g} of the photons, within {margin:g}"
    if share.kind == "value" and share.low > margin:
        return "contradicts", f"{share.value:.2g} of the photons, more than {margin:g}"
    return "inconclusive", f"up to {limit.value:.2g} of the photons may be there, more than {margin:g}"
