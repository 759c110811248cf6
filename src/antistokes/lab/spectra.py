"""A spectrophotometer and a spectrofluorometer looking at an ensemble that obeys detailed balance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import data, units
from antistokes.lab.counterfeits import Counterfeit
from antistokes.lab.sample import CDSE_STATES, Sample
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray, Medium

__all__ = ["CDSE_STATES", "Sample", "absorption_and_emission", "measure_absorption", "measure_emission"]

DEFAULT = Sample()
NODES = 16  # of Gauss's rule on each side of a slit


def measure_absorption(
    sample: Sample | Counterfeit,
    wavelength_nm: ArrayLike,
    rng: np.random.Generator,
    *,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    photons: float = 1e8,
    read_photons: float = 500.0,
    offset: float = 0.0,
    scattering: float = 0.0,
    max_absorbance: float = 4.0,
    bandpass_nm: float = 0.0,
    medium: Medium = "air",
) -> xr.Dataset:
    """Measure absorbance against a blank: shot noise of both beams, detector noise, baseline, an upper end.

    Parameters
    ----------
    sample : Sample or Counterfeit
        What is in the cuvette.
    wavelength_nm : array_like
        Where to measure, shape (n,) [nm].
    rng : numpy.random.Generator
        Source of noise.
    path_cm : float
        Path length [cm].
    concentration : float
        Factor on the sample's absorption coefficient [1].
    photons : float
        Photons counted per sample of the blank; ``inf`` for no noise [1].
    read_photons : float
        Detector noise, standard deviation in photons [1].
    offset, scattering : float
        Baseline: constant, and a Rayleigh part (its value at 600 nm, falling as lambda^-4) [1].
    max_absorbance : float
        What the instrument clips at [1].
    bandpass_nm : float
        Full width at half maximum of the triangle that two equal slits let through; transmittance is averaged [nm].
    medium : {"air", "vacuum"}
        Medium of ``wavelength_nm``.

    Returns
    -------
    xarray.Dataset
        Absorbance, without stated uncertainty, as an instrument gives it.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)

    def true(nm: FloatArray) -> FloatArray:
        alpha = sample.alpha_per_cm(units.energy_from_wavelength(nm, medium)) * concentration
        return alpha * path_cm / units.LN10 + offset + scattering * (600.0 / nm) ** 4

    absorbance = _absorbance_of_mean(true, wavelength, bandpass_nm)
    if np.isfinite(photons):
        absorbance = _against_blank(absorbance, rng, photons, read_photons, max_absorbance)
    return data.build(
        "wavelength",
        wavelength,
        np.minimum(absorbance, max_absorbance),
        kind="absorption",
        quantity="absorbance",
        medium=medium,
        path_cm=path_cm,
        bandpass_nm=bandpass_nm or None,
        temperature_k=sample.temperature_k,
        instrument="virtual spectrophotometer",
    )


def _against_blank(
    absorbance: FloatArray, rng: np.random.Generator, photons: float, read_photons: float, max_absorbance: float
) -> FloatArray:
    """Return absorbance as two noisy beams give it."""
    bright = photons * 10.0**-absorbance
    noise = np.sqrt(bright + read_photons**2) * rng.standard_normal(bright.size)
    blank = photons + np.sqrt(photons + read_photons**2) * rng.standard_normal(bright.size)
    return np.asarray(-np.log10(np.maximum(bright + noise, photons * 10.0**-max_absorbance) / blank))


def measure_emission(
    sample: Sample,
    wavelength_nm: ArrayLike,
    rng: np.random.Generator,
    *,
    peak_photons: float = 1e5,
    read_photons: float = 10.0,
    excitation_nm: float | None = None,
    bandpass_nm: float = 0.0,
    medium: Medium = "air",
) -> xr.Dataset:
    """Measure a response-corrected PL spectrum: shot and read noise on photons per nm.

    Parameters
    ----------
    sample : Sample
        What emits.
    wavelength_nm : array_like
        Where to measure, shape (n,) [nm].
    rng : numpy.random.Generator
        Source of noise.
    peak_photons : float
        Photons at the maximum; ``inf`` for no noise [photons/nm].
    read_photons : float
        Read noise, standard deviation [photons/nm].
    excitation_nm : float, optional
        Excitation wavelength, in ``medium``. It selects dots where the sample has a coupling
        (:meth:`Sample.photons_per_ev`), and is for the record where it has none [nm].
    bandpass_nm : float
        Full width at half maximum of the triangle that two equal slits let through; photons are averaged [nm].
    medium : {"air", "vacuum"}
        Medium of ``wavelength_nm``.

    Returns
    -------
    xarray.Dataset
        Photons per nm, background subtracted, without stated uncertainty.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    selecting_nm = None if sample.coupling is None else excitation_nm

    def per_nm(nm: FloatArray) -> FloatArray:
        energy = units.energy_from_wavelength(nm, medium)
        return sample.photons_per_ev(energy, selecting_nm, medium) / units.nm_per_ev(nm, medium)

    shape = _mean(per_nm, wavelength, bandpass_nm)
    shape = shape / shape.max()
    if np.isfinite(peak_photons):
        counted = rng.poisson(peak_photons * shape) + read_photons * rng.standard_normal(wavelength.size)
    else:
        counted = shape
    return data.build(
        "wavelength",
        wavelength,
        counted,
        kind="emission",
        quantity="photons_per_nm",
        medium=medium,
        temperature_k=sample.temperature_k,
        excitation_nm=excitation_nm,
        bandpass_nm=bandpass_nm or None,
        instrument="virtual spectrofluorometer",
    )


def absorption_and_emission(
    sample: Sample = DEFAULT,
    *,
    seed: int | Sequence[int] = 0,
    absorption_nm: ArrayLike | None = None,
    emission_nm: ArrayLike | None = None,
    photons: float = 1e8,
    peak_photons: float = 1e5,
    excitation_nm: float | None = None,
    bandpass_nm: float = 0.0,
) -> tuple[xr.Dataset, xr.Dataset]:
    """Measure a pair of spectra of one sample.

    Parameters
    ----------
    sample : Sample
        The truth.
    seed : int or sequence of int
        Seed of the noise.
    absorption_nm, emission_nm : array_like, optional
        Where to measure; by default 480-720 nm every 1 nm and 560-720 nm every 0.5 nm [nm].
    photons, peak_photons : float
        Light in the two instruments, see the two functions above; ``inf`` for no noise [1], [photons/nm].
    excitation_nm : float, optional
        Excitation of the emission [nm].
    bandpass_nm : float
        Bandpass of both instruments [nm].

    Returns
    -------
    absorption, emission : xarray.Dataset
        The two measurements.
    """
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    where_a = np.arange(480.0, 720.5, 1.0) if absorption_nm is None else absorption_nm
    where_e = np.arange(560.0, 720.25, 0.5) if emission_nm is None else emission_nm
    return (
        measure_absorption(sample, where_a, first, photons=photons, bandpass_nm=bandpass_nm),
        measure_emission(
            sample,
            where_e,
            second,
            peak_photons=peak_photons,
            excitation_nm=excitation_nm,
            bandpass_nm=bandpass_nm,
        ),
    )


def _mean(spectrum: Callable[[FloatArray], FloatArray], wavelength_nm: FloatArray, bandpass_nm: float) -> FloatArray:
    """Return the mean of a spectrum under the slit at each wavelength."""
    if not bandpass_nm:
        return spectrum(wavelength_nm)
    under, weight = _slit(wavelength_nm, bandpass_nm)
    return np.asarray(spectrum(under) @ weight)


def _absorbance_of_mean(
    absorbance: Callable[[FloatArray], FloatArray], wavelength_nm: FloatArray, bandpass_nm: float
) -> FloatArray:
    """Return the absorbance that belongs to the mean transmittance under the slit at each wavelength."""
    if not bandpass_nm:
        return absorbance(wavelength_nm)
    under, weight = _slit(wavelength_nm, bandpass_nm)
    true = absorbance(under)
    least = true.min(axis=1)  # taken out, or a dark sample's transmittance is no number
    return np.asarray(least - np.log10(10.0 ** (least[:, np.newaxis] - true) @ weight))


def _slit(wavelength_nm: FloatArray, bandpass_nm: float) -> tuple[FloatArray, FloatArray]:
    """Return wavelengths under a triangular slit, shape (n, nodes) [nm], and their weights, which sum to 1."""
    if not 0 < bandpass_nm < wavelength_nm.min():
        raise ValueError(f"bandpass_nm must be 0 or more, and below the wavelengths; found {bandpass_nm}")
    offset, weight = triangle(bandpass_nm, NODES)
    return wavelength_nm[:, np.newaxis] + offset, weight
