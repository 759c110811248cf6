"""A spectrofluorometer that gives what its detector counts: emission, excitation spectra and the light of its lamp."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import data, units
from antistokes.lab.counterfeits import Source, as_counterfeit, emitted_per_nm, heated
from antistokes.lab.optics import (
    IDEAL,
    Seen,
    Spectrometer,
    counted,
    detected,
    even,
    excited,
    lamp_photons,
    where_emitted_nm,
)
from antistokes.physics.inner_filter import Geometry
from antistokes.units import Medium

__all__ = ["IDEAL", "Spectrometer", "even", "measure_lamp", "measure_ple", "measure_raw_emission"]


def measure_raw_emission(
    source: Source,
    spectrometer: Spectrometer,
    wavelength_nm: ArrayLike,
    excitation_nm: float,
    rng: np.random.Generator | None,
    *,
    scatter: float = 0.0,
    anisotropy: float = 0.0,
    magic_angle: bool = False,
    power_w: float = 0.0,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    medium: Medium = "air",
) -> xr.Dataset:
    """Measure an emission spectrum under a laser as a detector gives it, its response not corrected.

    Parameters
    ----------
    source : Sample or Counterfeit
        What emits.
    spectrometer : Spectrometer
        With what; its lamp takes no part.
    wavelength_nm : array_like
        Settings of the emission monochromator, shape (n,) [nm].
    excitation_nm : float
        The laser, in the same medium [nm].
    rng : numpy.random.Generator or None
        Source of noise; None gives the expected counts.
    scatter : float
        Part of the laser's photons that is scattered towards the detector, vertically polarised [1].
    anisotropy : float
        That of the emission, excited by vertically polarised light [1].
    magic_angle : bool
        Whether polarisers stand at the magic angle, where nothing of the anisotropy is seen.
    power_w : float
        Power of the laser, for what is not linear [W].
    path_cm, concentration, quantum_yield : float
        Path length [cm], factor on the absorption coefficient, photons per photon absorbed by dots [1].
    medium : {"air", "vacuum"}
        Medium of the wavelengths.

    Returns
    -------
    xarray.Dataset
        Counts, whole numbers unless there is read noise, of kind "emission".
    """
    settings = np.asarray(wavelength_nm, dtype=float)
    hot = heated(source, excitation_nm, power_w, path_cm, concentration, medium)

    given_off = partial(
        emitted_per_nm,
        hot,
        power_w=power_w,
        path_cm=path_cm,
        concentration=concentration,
        quantum_yield=quantum_yield,
        medium=medium,
    )
    seen = Seen(spectrometer, given_off, where_emitted_nm(hot, medium), scatter, anisotropy, magic_angle)
    return data.build(
        "wavelength",
        settings,
        counted(spectrometer, detected(seen, settings, np.array([excitation_nm]))[0], rng),
        kind="emission",
        quantity="counts",
        medium=medium,
        excitation_nm=float(excitation_nm),
        bandpass_nm=spectrometer.emission_bandpass_nm or None,
        temperature_k=source.temperature_k,
        power_w=power_w or None,
        geometry="front-face",
        instrument="virtual spectrofluorometer",
    )


def measure_ple(
    source: Source,
    spectrometer: Spectrometer,
    excitation_nm: ArrayLike,
    detection_nm: float,
    rng: np.random.Generator | None,
    *,
    geometry: Geometry = "front-face",
    window: tuple[float, float] = (0.5, 0.5),
    scatter: float = 0.0,
    anisotropy: float = 0.0,
    magic_angle: bool = False,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    medium: Medium = "air",
) -> xr.Dataset:
    r"""Measure an excitation spectrum: the lamp through one monochromator, counts at one setting of the other.

    .. math:: N(\lambda_x) = \overline{lD}(\lambda_x) + \tfrac{q}{2}\overline{lD}(\lambda_x/2) + z_l\int lD\,d\lambda

    with the lamp l and the counts D at the detection for one photon of the excitation (:mod:`antistokes.lab.optics`).
    Light of the second order that is bluer than the highest state of the sample is taken to be absorbed as there.

    Parameters
    ----------
    source : Sample or Counterfeit
        What emits, in weak light.
    spectrometer : Spectrometer
        With what.
    excitation_nm : array_like
        Settings of the excitation monochromator, shape (n,) [nm].
    detection_nm : float
        Setting of the emission monochromator, in the same medium [nm].
    rng : numpy.random.Generator or None
        Source of noise; None gives the expected counts.
    geometry, window
        As in :func:`antistokes.physics.inner_filter.collected`.
    scatter, anisotropy, magic_angle, path_cm, concentration, quantum_yield, medium
        As in :func:`measure_raw_emission`.

    Returns
    -------
    xarray.Dataset
        Counts over the wavelength of the excitation, of kind "ple"; ``bandpass_nm`` is that of the excitation,
        ``detection_bandpass_nm`` that of the emission.
    """
    settings, of = np.asarray(excitation_nm, dtype=float), as_counterfeit(source).sample

    given_off = partial(
        emitted_per_nm,
        source,
        path_cm=path_cm,
        concentration=concentration,
        quantum_yield=quantum_yield,
        geometry=geometry,
        window=window,
        medium=medium,
    )
    seen = Seen(spectrometer, given_off, where_emitted_nm(source, medium), scatter, anisotropy, magic_angle)
    highest_ev = of.e00_ev + (max(offset for offset, _ in of.states) + of.reorganisation_mev) / 1e3
    bluest_nm = float(units.wavelength_from_energy(highest_ev, medium))
    return data.build(
        "wavelength",
        settings,
        counted(spectrometer, excited(seen, settings, detection_nm, bluest_nm), rng),
        kind="ple",
        quantity="counts",
        medium=medium,
        detection_nm=float(detection_nm),
        bandpass_nm=spectrometer.excitation_bandpass_nm or None,
        detection_bandpass_nm=spectrometer.emission_bandpass_nm or None,
        geometry=geometry,
        window=list(window) if geometry == "right-angle" else None,
        temperature_k=source.temperature_k,
        instrument="virtual spectrofluorometer",
    )


def measure_lamp(
    spectrometer: Spectrometer,
    excitation_nm: ArrayLike,
    rng: np.random.Generator | None,
    *,
    photons: float = 1e8,
    medium: Medium = "air",
) -> xr.Dataset:
    """Measure the exciting light of :func:`measure_ple` with a quantum counter, which counts photons of any wavelength.

    Parameters
    ----------
    spectrometer : Spectrometer
        Its lamp and excitation monochromator.
    excitation_nm : array_like
        Settings of the excitation monochromator, shape (n,) [nm].
    rng : numpy.random.Generator or None
        Source of noise; None gives the expected numbers.
    photons : float
        Counted where the lamp is 1 [photons/nm].
    medium : {"air", "vacuum"}
        Medium of the wavelengths.

    Returns
    -------
    xarray.Dataset
        Photons per nm over the wavelength of the excitation, second order and stray light of the lamp among them.
    """
    settings = np.asarray(excitation_nm, dtype=float)
    mean = photons * lamp_photons(spectrometer, settings)
    return data.build(
        "wavelength",
        settings,
        mean if rng is None else rng.poisson(mean),
        kind="spectrum",
        quantity="photons_per_nm",
        medium=medium,
        bandpass_nm=spectrometer.excitation_bandpass_nm or None,
        instrument="virtual quantum counter",
    )
