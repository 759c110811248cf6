r"""An integrating sphere with a sample that absorbs its own light: photons of laser and emission, as a detector counts.

Light goes about in the sphere from wall to wall. At the wall the part R = rho (1 - f) goes on, with the reflectance rho
and the share f of the ports; the rest is lost, and a fixed share of it falls on the detector. On each way the part s is
absorbed by the sample. Light that comes from outside, or from the sample, meets the wall first, so that before it is
lost the sample absorbs the part

.. math:: m(E) = \sum_{k\ge1} R^k(1-s)^{k-1}s = \frac{R\,s}{1-(1-s)R},\qquad s(E) = g\,(1-e^{-\alpha c})

of it, with the mean chord c of the sample and the chance g that a way crosses it (its surface over that of the sphere,
for convex bodies). What is emitted evenly in the sample comes out of it with the chance p that follows from the same
chord by reciprocity, and so the chance that it is absorbed again is

.. math:: a(E) = 1-p\,(1-m),\qquad p(E) = \frac{1-e^{-\alpha c}}{\alpha c}

What is absorbed again is emitted again with the yield phi and the dilute spectrum S, area 1. All generations together
are

.. math:: \frac{\phi\,S\,(1-a)}{1-\phi\bar a},\qquad \bar a = \int S\,a\,dE

photons per photon absorbed, and the observed yield is their integral, phi (1 - a) / (1 - phi a) with the mean a. Of the
beam the sample absorbs A = 1 - exp(-alpha l), and m of what is left: :func:`antistokes.physics.sphere.collected`.

Derived here; the chance p of a body whose chords are all alike is that of the chord method (K. M. Case, F. de Hoffmann,
G. Placzek, Introduction to the Theory of Neutron Diffusion, vol. 1, Los Alamos 1953).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from antistokes import data, units
from antistokes.lab.optics import Seen, Spectrometer, counted, detected, where_emitted_nm
from antistokes.lab.sample import EMITTED_EV, Sample, emission_after
from antistokes.physics.cooling import external_yield
from antistokes.physics.sphere import collected
from antistokes.units import FloatArray, Medium

__all__ = ["IntegratingSphere", "SphereTruth", "measure_sphere", "sphere_truth"]

STEP_EV = 1e-3  # of the integral over what is absorbed again
LINE = 4.0  # bandpasses on either side of the laser that an attenuated scan covers; assumed
SECONDS = 1.0  # of counting at each setting, in which ``counts`` of the spectrometer are counted; assumed
CONFIGURATIONS = ("empty", "indirect", "direct")  # in the order of measurement


class IntegratingSphere(NamedTuple):
    """A sphere, the spectrometer behind it, and its laser; every number is assumed, the caller's to set.

    ``sample_share`` is the chance that light crosses the sample on its way from wall to wall, ``chord`` the mean chord
    of the sample over the path of the beam (2/3: a cube). Only the detection side of the spectrometer takes part; its
    ``counts`` are those of the laser in the empty sphere at response 1, and its response stands for all that hangs on
    the wavelength. The power of the laser differs by ``drift_sd`` (relative) from configuration to configuration, the
    same for laser and emission, and grows by ``drift_per_step`` from each to the next. With an ``attenuator`` below 1
    the laser is scanned behind it, and the emission without it, as a spectrum of its own.
    """

    spectrometer: Spectrometer = Spectrometer()
    wall_reflectance: float = 0.97
    port_share: float = 0.02
    sample_share: float = 0.01
    chord: float = 2 / 3
    drift_sd: float = 0.0
    drift_per_step: float = 0.0
    attenuator: float = 1.0


class SphereTruth(NamedTuple):
    """What a sphere should find: parts absorbed of the beam and of the light of the walls, a, and both yields [1]."""

    absorptance: float
    indirect: float
    self_absorption: float
    quantum_yield: float
    observed_yield: float


def sphere_truth(
    sample: Sample,
    sphere: IntegratingSphere,
    excitation_nm: float,
    *,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    medium: Medium = "air",
) -> SphereTruth:
    """Return the numbers behind :func:`measure_sphere`, whose parameters it takes."""
    exciting_ev = float(units.energy_from_wavelength(excitation_nm, medium))
    alpha = concentration * sample.alpha_per_cm(np.array([exciting_ev]))
    size = path_cm * sphere.chord
    mean = _mean_reabsorbed(sample, sphere._replace(spectrometer=Spectrometer()), exciting_ev, size, concentration)
    return SphereTruth(
        absorptance=float(-np.expm1(-alpha[0] * path_cm)),
        indirect=float(_by_walls(sphere, alpha * size)[0]),
        self_absorption=mean,
        quantum_yield=quantum_yield,
        observed_yield=float(external_yield(quantum_yield, mean)),
    )


def measure_sphere(
    sample: Sample,
    sphere: IntegratingSphere,
    wavelength_nm: ArrayLike,
    excitation_nm: float,
    rng: np.random.Generator | None,
    *,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    medium: Medium = "air",
) -> data.Sphere:
    """Measure a sample once in an integrating sphere: empty, then beside the beam, then in it.

    Parameters
    ----------
    sample : Sample
        What is in the cuvette. Unequal dots emit in all generations as they do after the excitation.
    sphere : IntegratingSphere
        With what.
    wavelength_nm : array_like
        Settings that cover laser and emission, steps at most the bandpass, shape (n,) [nm].
    excitation_nm : float
        The laser, a line as wide as the slit, in the same medium [nm].
    rng : numpy.random.Generator or None
        Source of drift and noise; None gives the expected counts.
    path_cm, concentration, quantum_yield : float
        Path of the beam [cm], factor on the absorption coefficient, photons emitted per photon absorbed [1].
    medium : {"air", "vacuum"}
        Medium of the wavelengths.

    Returns
    -------
    antistokes.data.Sphere
        Counts of kind "sphere" in 1 s, whole numbers unless there is read noise: one spectrum in each configuration,
        or, with an attenuator, that of the laser and that of the emission.
    """
    settings = np.asarray(wavelength_nm, dtype=float)
    sample_in = {"path_cm": path_cm, "concentration": concentration}
    truth = sphere_truth(sample, sphere, excitation_nm, quantum_yield=quantum_yield, medium=medium, **sample_in)
    shares = collected(truth.absorptance, truth.observed_yield, truth.indirect)
    lasers = (shares.laser_empty, shares.laser_indirect, shares.laser_direct)
    emitted = (shares.emission_empty, shares.emission_indirect, shares.emission_direct)
    exciting_ev = float(units.energy_from_wavelength(excitation_nm, medium))

    def escaped(nm: FloatArray, _: FloatArray) -> FloatArray:
        energy = units.energy_from_wavelength(nm, medium)
        again = _reabsorbed(sphere, concentration * sample.alpha_per_cm(energy) * path_cm * sphere.chord)
        per_ev = emission_after(sample, energy, [exciting_ev]) * (1 - again) / (1 - truth.self_absorption)
        return np.asarray(per_ev / units.nm_per_ev(nm, medium))

    known: dict[str, Any] = {
        "medium": medium,
        "excitation_nm": float(excitation_nm),
        "temperature_k": sample.temperature_k,
    }
    spectra = {}
    for step, (name, laser, light) in enumerate(zip(CONFIGURATIONS, lasers, emitted, strict=True)):
        power = (1 + sphere.drift_per_step * step) * (
            1 + sphere.drift_sd * (0.0 if rng is None else rng.standard_normal())
        )

        def given_off(nm: FloatArray, ex: FloatArray, photons: float = power * float(np.asarray(light))) -> FloatArray:
            return photons * escaped(nm, ex)

        around, scatter = where_emitted_nm(sample, medium), power * float(np.asarray(laser))
        seen = Seen(sphere.spectrometer, given_off, around, scatter, 0.0, True)
        spectra[name] = _scans(sphere, seen, settings, known | {"configuration": name}, rng, float(around.mean()))
    return data.Sphere(**spectra)


def _scans(
    sphere: IntegratingSphere,
    seen: Seen,
    settings_nm: FloatArray,
    known: dict[str, Any],
    rng: np.random.Generator | None,
    emission_nm: float,
) -> tuple[xr.Dataset, ...]:
    """Return what is counted in one configuration: one spectrum, or laser and emission apart."""
    by, laser_nm = sphere.spectrometer, float(known["excitation_nm"])
    per_count = detected(seen, settings_nm, np.array([laser_nm]))[0]

    def spectrum(keep: NDArray[np.bool_], passed: float) -> xr.Dataset:
        return data.build(
            "wavelength",
            settings_nm[keep],
            counted(by, passed * per_count[keep], rng),
            kind="sphere",
            quantity="counts",
            bandpass_nm=by.emission_bandpass_nm or None,
            integration_time_s=SECONDS,
            geometry="integrating sphere",
            instrument="virtual integrating sphere",
            **known,
        )

    if sphere.attenuator == 1:
        return (spectrum(np.ones(settings_nm.size, dtype=bool), 1.0),)
    half = LINE * by.emission_bandpass_nm
    beyond = (settings_nm - laser_nm) * np.sign(emission_nm - laser_nm) > half
    return spectrum(np.abs(settings_nm - laser_nm) <= half, sphere.attenuator), spectrum(beyond, 1.0)


def _by_walls(sphere: IntegratingSphere, depth: FloatArray) -> FloatArray:
    """Return which part of light that meets the wall is absorbed before it is lost, for a depth alpha c [1]."""
    goes_on = sphere.wall_reflectance * (1 - sphere.port_share)
    absorbed = -sphere.sample_share * np.expm1(-depth)
    return np.asarray(goes_on * absorbed / (1 - (1 - absorbed) * goes_on))


def _reabsorbed(sphere: IntegratingSphere, depth: FloatArray) -> FloatArray:
    """Return the chance that emitted light is absorbed again, in the sample at once or after the walls [1]."""
    thin = depth < 1e-8
    safe = np.where(thin, 1.0, depth)
    leaves = np.where(thin, 1 - depth / 2, -np.expm1(-safe) / safe)
    return np.asarray(1 - leaves * (1 - _by_walls(sphere, depth)))


@lru_cache(maxsize=64)  # a truth is measured many times, with other noise
def _mean_reabsorbed(
    sample: Sample, sphere: IntegratingSphere, exciting_ev: float, chord_cm: float, concentration: float
) -> float:
    energy = sample.e00_ev + np.arange(-EMITTED_EV, EMITTED_EV + STEP_EV / 2, STEP_EV)
    again = _reabsorbed(sphere, concentration * sample.alpha_per_cm(energy) * chord_cm)
    spectrum = emission_after(sample, energy, [exciting_ev])[0]
    return float(np.trapezoid(spectrum * again, energy) / np.trapezoid(spectrum, energy))
