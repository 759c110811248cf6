"""Where a spectrum lies and how wide it is: peak, width, centroid, mean photon energy, Stokes shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.result import number
from antistokes.estimate import Estimate, from_draws, normal
from antistokes.physics.moments import integration_weights, mean_energy_and_gradient
from antistokes.units import FloatArray

DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionSummary:
    """Numbers of one emission spectrum. Positions in nm are those of photons per nm, in eV of photons per eV."""

    title: ClassVar[str] = "Emission"
    peak_nm: Estimate = number("emission maximum (photons per nm)")
    peak_ev: Estimate = number("emission maximum (photons per eV)")
    fwhm_nm: Estimate | None = number("emission width, FWHM (photons per nm)", optional=True)
    fwhm_mev: Estimate | None = number("emission width, FWHM (photons per eV)", optional=True)
    centroid_nm: Estimate = number("emission centroid (photons per nm)")
    mean_energy_ev: Estimate = number("mean photon energy")
    mean_wavelength_nm: Estimate = number("wavelength of the mean photon energy")
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorptionSummary:
    """Numbers of one absorption spectrum."""

    title: ClassVar[str] = "Absorption"
    first_peak_nm: Estimate | None = number("first absorption maximum", optional=True)
    first_peak_ev: Estimate | None = number("first absorption maximum (energy)", optional=True)
    warnings: tuple[str, ...] = ()


def describe_emission(emission: xr.Dataset, *, level: float = 0.95, seed: int = 0) -> EmissionSummary:
    """Locate an emission spectrum.

    Parameters
    ----------
    emission : xarray.Dataset
        Emission that declares its quantity.
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the noise draws.

    Returns
    -------
    EmissionSummary
        Peak of the smoothed spectrum; width between the half-maximum crossings;
        intervals from noise draws around the smoothed spectrum (linear propagation for the means).
    """
    band = emission_band(emission)
    rng = np.random.default_rng(seed)
    noise = band.draws(rng, DRAWS)
    density = units.nm_per_ev(band.wavelength_nm, band.medium)
    order = slice(None, None, -1)
    per_nm = Shape(band.wavelength_nm[order], (band.value / density)[order], (band.sd / density)[order])
    peak_nm, fwhm_nm = _peak_and_width(per_nm, (noise / density)[:, order], "nm", level)
    peak_ev, fwhm_ev = _peak_and_width(Shape(band.energy_ev, band.value, band.sd), noise, "eV", level)
    mean, gradient = mean_energy_and_gradient(band.energy_ev, band.value)
    sd = band.variance_of(gradient) ** 0.5
    how = "integral over the whole spectrum, photons per eV (trapezoid rule); noise propagated linearly"
    wavelength = float(units.wavelength_from_energy(mean, band.medium))
    centroid, centroid_sd = _centroid_nm(band, density)
    cut = [f"{band.name}: the emission does not fall to half of its maximum within the data: it has no width."]
    cut = cut if fwhm_nm is None or fwhm_ev is None else []
    return EmissionSummary(
        peak_nm=peak_nm,
        peak_ev=peak_ev,
        fwhm_nm=fwhm_nm,
        fwhm_mev=fwhm_ev and fwhm_ev.scaled(1e3, "meV"),
        centroid_nm=normal(centroid, centroid_sd, "nm", "first moment of photons per nm", level),
        mean_energy_ev=normal(mean, sd, "eV", how, level),
        mean_wavelength_nm=normal(
            wavelength, sd * wavelength / mean, "nm", "hc over the mean photon energy, in the medium", level
        ),
        warnings=(*band.warnings, *cut),
    )


def describe_absorption(
    absorption: xr.Dataset, *, near_nm: float | None = None, level: float = 0.95, seed: int = 0
) -> AbsorptionSummary:
    """Locate the first (lowest-energy) absorption maximum.

    Parameters
    ----------
    absorption : xarray.Dataset
        Absorption that declares its quantity.
    near_nm : float, optional
        Take the maximum closest to this wavelength instead of the first one [nm].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the noise draws.

    Returns
    -------
    AbsorptionSummary
        Without numbers, and with a warning, where the spectrum has only a shoulder.
    """
    band = absorption_band(absorption)
    near_ev = None if near_nm is None else float(units.energy_from_wavelength(near_nm, band.medium))
    found = first_peak(band, near_ev, level, seed)
    if found is None:
        return AbsorptionSummary(
            warnings=(*band.warnings, f"{band.name}: no absorption maximum stands out (a shoulder?).")
        )
    return AbsorptionSummary(first_peak_nm=in_nm(found, band), first_peak_ev=found, warnings=band.warnings)


@dataclass(frozen=True, slots=True)
class Shape:
    """Samples of a curve over any ascending axis."""

    x: FloatArray
    y: FloatArray
    sd: FloatArray


def first_peak(band: Band, near_ev: float | None = None, level: float = 0.95, seed: int = 0) -> Estimate | None:
    """First absorption maximum of a band, or the one nearest to an energy; None where none stands out [eV]."""
    smoother = curves.smooth(band.energy_ev, band.value, band.sd)
    found = curves.first_maximum(band.energy_ev, smoother.values, band.sd, near_ev)
    if found is None:
        return None
    noise = band.draws(np.random.default_rng(seed), DRAWS)
    return peak_estimate(band.energy_ev, band.value, smoother, found[1], noise, "eV", level)


def peak_estimate(
    x: FloatArray, y: FloatArray, smoother: curves.Smoother, around: slice, noise: FloatArray, unit: str, level: float
) -> Estimate:
    """Highest point of a smoothed curve among the samples ``around`` it; interval from noise draws [unit of x].

    The curve is smoothed twice over (the smoothed residual is added back), which takes away most of the shift that
    smoothing gives the maximum of a skew band. The position is the median of the draws' (bagging): on a flat top, where
    the highest point jumps with the noise, it stays.

    References
    ----------
    L. Breiman, Mach. Learn. 24, 123 (1996), doi:10.1007/BF00058655.
    """
    twice = smoother.values + smoother.apply((y - smoother.values)[None])[0]
    once = smoother.apply(noise)
    draws = curves.highest(x[around], (twice + 2 * once - smoother.apply(once))[:, around])
    how = f"highest point of the smoothed spectrum, median and interval of {len(noise)} equally smoothed noise draws"
    return from_draws(float(np.median(draws)), draws, unit, how, level)


def in_nm(estimate: Estimate, band: Band) -> Estimate:
    """The same position as a wavelength in the band's medium; low and high change places."""
    ends = units.wavelength_from_energy(np.array([estimate.value, estimate.high, estimate.low]), band.medium)
    sd = estimate.sd * float(ends[0]) / estimate.value
    return Estimate(float(ends[0]), sd, float(ends[1]), float(ends[2]), estimate.level, "nm", estimate.how)


def _peak_and_width(shape: Shape, noise: FloatArray, unit: str, level: float) -> tuple[Estimate, Estimate | None]:
    smoother = curves.smooth(shape.x, shape.y, shape.sd)
    smoothed = smoother.values
    top, around = curves.main_maximum(smoothed)
    peak = peak_estimate(shape.x, shape.y, smoother, around, noise, unit, level)
    value = _width(shape, shape.y[None], smoothed, top)[0]
    draws = _width(shape, smoothed + noise, smoothed, top)
    finite = draws[np.isfinite(draws)]
    reference = _width(shape, smoothed[None], smoothed, top)[0]
    shift = value - reference if np.isfinite(value) and np.isfinite(reference) else np.nan
    if not np.isfinite(shift) or finite.size < 0.9 * draws.size:
        return peak, None
    how = f"distance of the half-maximum crossings; interval from {finite.size} noise draws"
    return peak, from_draws(value, finite + shift, unit, how, level)


def _width(shape: Shape, y: FloatArray, smoothed: FloatArray, top: int) -> FloatArray:
    """Full width at half maximum of each row; the height is that of the smoothed curve plus the row's mean change."""
    crest = np.flatnonzero(smoothed[max(top - 2, 0) : top + 3]) + max(top - 2, 0)
    half = 0.5 * (smoothed[top] + np.mean(y[:, crest] - smoothed[crest], axis=1))
    far = np.flatnonzero(smoothed < 0.2 * smoothed[top])
    low = int(far[far < top].max(initial=0))
    high = int(far[far > top].min(initial=shape.x.size - 1))
    if not low < top < high:
        return np.full(len(y), np.nan)
    f = y - half[:, None]
    right = curves.outward_crossing(shape.x[top : high + 1], f[:, top : high + 1])
    left = curves.outward_crossing(shape.x[low : top + 1][::-1], f[:, low : top + 1][:, ::-1])
    with np.errstate(invalid="ignore"):
        return np.asarray(right - left)


def _centroid_nm(band: Band, density: FloatArray) -> tuple[float, float]:
    order = slice(None, None, -1)
    x, y = band.wavelength_nm[order], (band.value / density)[order]
    weights = integration_weights(x)
    total = float(weights @ y)
    centroid = float(weights @ (x * y)) / total
    gradient = (weights * (x - centroid) / total)[order] / density
    return centroid, band.variance_of(gradient) ** 0.5
