"""A spectrophotometer and a spectrofluorometer looking at an ensemble that obeys detailed balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import data, units
from antistokes.physics import marcus
from antistokes.units import FloatArray, Medium

CDSE_STATES: tuple[marcus.State, ...] = (
    (0.0, 1.0),
    (85.0, 0.45),
    (190.0, 0.9),
    (300.0, 1.6),
    (420.0, 2.5),
    (540.0, 3.5),
    (670.0, 4.5),
    (810.0, 6.0),
    (960.0, 8.0),
)
"""Offsets [meV] and strengths of a typical CdSe absorption edge; assumed, no source: a shape, not a material."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The truth behind a simulated pair of spectra.

    Parameters
    ----------
    e00_ev : float
        Zero-phonon energy [eV]. The default puts the emission maximum (photons per nm) at 632 nm in air.
    reorganisation_mev : float
        Reorganisation energy [meV].
    inhomogeneous_width_mev : float
        Standard deviation of the transition energy over the ensemble [meV].
    temperature_k : float
        Temperature [K].
    states : tuple of (offset_mev, strength)
        Electronic states.
    absorption_per_cm : float
        Absorption coefficient at the maximum of the lowest state [cm^-1].
    """

    e00_ev: float = 1.9771
    reorganisation_mev: float = 18.4
    inhomogeneous_width_mev: float = 3.0
    temperature_k: float = 300.0
    states: tuple[marcus.State, ...] = CDSE_STATES
    absorption_per_cm: float = 1.0

    @property
    def apparent_temperature_k(self) -> float:
        """Reciprocity temperature of the ensemble in the Gaussian limit with a single state [K]."""
        kt = float(units.thermal_energy_ev(self.temperature_k))
        ratio = (self.inhomogeneous_width_mev / 1e3) ** 2 / (2 * self.reorganisation_mev / 1e3 * kt)
        return self.temperature_k * (1 + ratio)

    def alpha_per_cm(self, energy_ev: ArrayLike) -> FloatArray:
        """Absorption coefficient [cm^-1] at photon energies [eV]."""
        line = (self.e00_ev, self.reorganisation_mev, self.temperature_k, self.inhomogeneous_width_mev)
        peak = marcus.cross_section(self.e00_ev + self.reorganisation_mev / 1e3, *line, states=self.states[:1])
        return self.absorption_per_cm * marcus.cross_section(energy_ev, *line, states=self.states) / peak

    def photons_per_ev(self, energy_ev: ArrayLike) -> FloatArray:
        """Emitted photons per energy, relative to their maximum, at photon energies [eV]."""
        line = (self.e00_ev, self.reorganisation_mev, self.temperature_k, self.inhomogeneous_width_mev)
        grid = np.linspace(self.e00_ev - 0.3, self.e00_ev + 0.3, 2401)
        top = float(np.max(marcus.photon_rate(grid, *line, states=self.states)))
        return marcus.photon_rate(energy_ev, *line, states=self.states) / top


def measure_absorption(
    sample: Sample,
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
    medium: Medium = "air",
) -> xr.Dataset:
    """Measure absorbance against a blank: shot noise of both beams, detector noise, baseline, an upper end.

    Parameters
    ----------
    sample : Sample
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
    medium : {"air", "vacuum"}
        Medium of ``wavelength_nm``.

    Returns
    -------
    xarray.Dataset
        Absorbance, without stated uncertainty, as an instrument gives it.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    alpha = sample.alpha_per_cm(units.energy_from_wavelength(wavelength, medium)) * concentration
    absorbance = alpha * path_cm / units.LN10 + offset + scattering * (600.0 / wavelength) ** 4
    if np.isfinite(photons):
        bright = photons * 10.0**-absorbance
        noise = np.sqrt(bright + read_photons**2) * rng.standard_normal(wavelength.size)
        blank = photons + np.sqrt(photons + read_photons**2) * rng.standard_normal(wavelength.size)
        absorbance = -np.log10(np.maximum(bright + noise, photons * 10.0**-max_absorbance) / blank)
    absorbance = np.minimum(absorbance, max_absorbance)
    return data.build(
        "wavelength",
        wavelength,
        absorbance,
        kind="absorption",
        quantity="absorbance",
        medium=medium,
        path_cm=path_cm,
        temperature_k=sample.temperature_k,
        instrument="virtual spectrophotometer",
    )


def measure_emission(
    sample: Sample,
    wavelength_nm: ArrayLike,
    rng: np.random.Generator,
    *,
    peak_photons: float = 1e5,
    read_photons: float = 10.0,
    excitation_nm: float | None = None,
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
        Excitation wavelength, for the record [nm].
    medium : {"air", "vacuum"}
        Medium of ``wavelength_nm``.

    Returns
    -------
    xarray.Dataset
        Photons per nm, background subtracted, without stated uncertainty.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    energy = units.energy_from_wavelength(wavelength, medium)
    shape = sample.photons_per_ev(energy) / units.nm_per_ev(wavelength, medium)
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
        instrument="virtual spectrofluorometer",
    )


def absorption_and_emission(
    sample: Sample = Sample(),
    *,
    seed: int | Sequence[int] = 0,
    absorption_nm: ArrayLike | None = None,
    emission_nm: ArrayLike | None = None,
    photons: float = 1e8,
    peak_photons: float = 1e5,
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

    Returns
    -------
    absorption, emission : xarray.Dataset
        The two measurements.
    """
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    where_a = np.arange(480.0, 720.5, 1.0) if absorption_nm is None else absorption_nm
    where_e = np.arange(560.0, 720.25, 0.5) if emission_nm is None else emission_nm
    return (
        measure_absorption(sample, where_a, first, photons=photons),
        measure_emission(sample, where_e, second, peak_photons=peak_photons),
    )
