r"""What a spectrofluorometer is made of: lamp, two monochromators, a detector, and what they do besides.

With L the photons per nm that the sample gives off (:mod:`antistokes.lab.counterfeits`), r the detector's response, g
the triangle of the slits, p a factor for polarisation, S the part of the laser that is scattered towards the detector,
and the part :math:`\rho` of that in the wings that a grating gives to a line, a setting :math:`\lambda` gives

.. math:: \frac{N(\lambda)}{C} = M(\lambda) + \tfrac{q}{2}M(\lambda/2) + z\int rpL\,d\lambda',\qquad
          M = \overline{rpL} + S\,r(\lambda_\mathrm{ex})\left[(1-\rho)g(\lambda-\lambda_\mathrm{ex})
          + \tfrac{\rho}{\pi}\tfrac{b}{(\lambda-\lambda_\mathrm{ex})^2+b^2}\right]

counts, with the share z of all light that falls on the detector at any setting, the second order q of the grating over
its first, and the bandpass b. The scattered laser is part of the integral too. Derived here; every number of an
instrument is the caller's, the two default shapes of lamp and response are assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes import units
from antistokes.lab.counterfeits import Source, as_counterfeit
from antistokes.lab.sample import EMITTED_EV
from antistokes.physics.planck import blackbody_photons_per_ev
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray, Medium

__all__ = [
    "IDEAL",
    "Seen",
    "Spectrometer",
    "counted",
    "detected",
    "even",
    "excited",
    "lamp_photons",
    "where_emitted_nm",
]

Spectrum = Callable[[FloatArray], FloatArray]
NODES = 8  # of Gauss's rule on each side of a slit
LAMP_NM = np.linspace(300.0, 800.0, 126)  # the light of the lamp that strays
REFERENCE_NM = 550.0  # where a lamp of some colour temperature is 1


def xenon(wavelength_nm: FloatArray) -> FloatArray:
    """Photons per nm like those of a xenon lamp, about 1 at 550 nm; assumed: a smooth shape with its hump at 467 nm."""
    falling = _of_temperature(wavelength_nm, 6000.0) / (1 + np.exp((290.0 - wavelength_nm) / 15))
    return np.asarray(falling * (1 + 0.3 * np.exp(-0.5 * ((wavelength_nm - 467.0) / 8) ** 2)))


def grating_and_detector(wavelength_nm: FloatArray) -> FloatArray:
    """Response like that of a grating blazed at 500 nm and a photomultiplier; assumed: a smooth shape, 1 at most."""
    blaze = np.exp(-0.5 * ((wavelength_nm - 500.0) / 180) ** 2)
    return np.asarray(blaze / (1 + np.exp((wavelength_nm - 820.0) / 30)))


def even(wavelength_nm: FloatArray) -> FloatArray:
    """Return 1 at every wavelength: an ideal lamp or response."""
    return np.ones_like(wavelength_nm)


class Spectrometer(NamedTuple):
    """A lamp, two monochromators and a detector, polarisers where they are wanted.

    ``lamp`` is photons per nm over wavelength in nm, or a colour temperature in K. ``stray_light`` is the share of all
    light behind the sample, ``lamp_stray`` of all light of the lamp from 300 to 800 nm, that passes at any setting
    [1/nm]. ``second_order`` is that of both gratings over the first, ``line_wings`` the share of a line in a Lorentzian
    as wide as the slit. ``polarisation`` is the G factor, the response to vertical over that to horizontal light, a
    number or over wavelength. ``dark_counts`` are counted at each setting, ``read_noise`` is a standard deviation.
    ``counts`` would be counted at response 1 were all exciting photons given off again within 1 nm: of the laser, or of
    the lamp where it is 1.
    """

    lamp: Spectrum | float = xenon
    response: Spectrum = grating_and_detector
    excitation_bandpass_nm: float = 2.0
    emission_bandpass_nm: float = 1.0
    stray_light: float = 0.0
    lamp_stray: float = 0.0
    second_order: float = 0.0
    line_wings: float = 0.0
    polarisation: Spectrum | float = 1.0
    dark_counts: float = 0.0
    read_noise: float = 0.0
    counts: float = 1e8


IDEAL = Spectrometer(lamp=even, response=even, excitation_bandpass_nm=0.0, emission_bandpass_nm=0.0)


class Seen(NamedTuple):
    """What a detector is shown: the sample's light over (emission, excitation), where it lies, what scatters."""

    spectrometer: Spectrometer
    given_off: Callable[[FloatArray, FloatArray], FloatArray]
    around_nm: FloatArray
    scatter: float
    anisotropy: float
    magic_angle: bool


def where_emitted_nm(source: Source, medium: Medium) -> FloatArray:
    """Return wavelengths over all that is emitted, ascending [nm]."""
    energy = as_counterfeit(source).sample.e00_ev + np.linspace(EMITTED_EV, -EMITTED_EV, 401)
    return units.wavelength_from_energy(energy, medium)


def detected(
    seen: Seen, settings_nm: FloatArray, exciting_nm: FloatArray, absorbed_as_nm: FloatArray | None = None
) -> FloatArray:
    """Return the counts at each setting for a photon of each excitation over C, shape (k, n) [1]."""
    by, k, n = seen.spectrometer, exciting_nm.size, settings_nm.size
    offset, weight = triangle(by.emission_bandpass_nm, NODES)
    under = (settings_nm[:, np.newaxis] + offset).ravel()
    nm = np.concatenate([under, under / 2 if by.second_order else [], seen.around_nm if by.stray_light else []])
    light = seen.given_off(nm, exciting_nm if absorbed_as_nm is None else absorbed_as_nm)
    light = light * by.response(nm) * _polarised(seen, nm, 1 + 2 * seen.anisotropy, 1 - seen.anisotropy)
    out = light[:, : under.size].reshape(k, n, -1) @ weight
    if by.second_order:
        out += by.second_order / 2 * light[:, under.size : 2 * under.size].reshape(k, n, -1) @ weight
    if by.stray_light:
        of_all = light[:, -seen.around_nm.size :]
        out += by.stray_light * np.reshape(np.trapezoid(of_all, seen.around_nm, axis=1), (k, 1))
    return np.asarray(out + _scattered(seen, settings_nm, exciting_nm) if seen.scatter else out)


def _scattered(seen: Seen, settings_nm: FloatArray, exciting_nm: FloatArray) -> FloatArray:
    """Return what :func:`detected` does of the exciting light alone; a slit of the second order is half as wide."""
    by, line_nm = seen.spectrometer, exciting_nm[:, np.newaxis]
    if not by.emission_bandpass_nm > 0:
        raise ValueError("scattered light is a line as wide as the slit: emission_bandpass_nm must be above 0")
    seen_of_it = seen.scatter * by.response(line_nm) * _polarised(seen, line_nm, 2, 0)
    both = _line(by, settings_nm - line_nm) + by.second_order * _line(by, settings_nm - 2 * line_nm)
    return np.asarray(seen_of_it * (both + by.stray_light))


def _line(by: Spectrometer, from_centre_nm: FloatArray) -> FloatArray:
    """Return a line of area 1 under the slit, with its wings [1/nm]."""
    b = by.emission_bandpass_nm
    core = np.maximum(1 - np.abs(from_centre_nm) / b, 0) / b
    return np.asarray((1 - by.line_wings) * core + by.line_wings / np.pi * b / (from_centre_nm**2 + b**2))


def excited(seen: Seen, settings_nm: FloatArray, detection_nm: float, bluest_nm: float) -> FloatArray:
    """Return the counts at each setting of the excitation monochromator over C, shape (n,) [1]."""
    by, at = seen.spectrometer, np.array([detection_nm])
    offset, weight = triangle(by.excitation_bandpass_nm, NODES)
    under = (settings_nm[:, np.newaxis] + offset).ravel()
    light = _lamp(by, under) * detected(seen, at, under)[:, 0]
    if by.second_order:
        half = under / 2
        of_half = detected(seen, at, half, np.maximum(half, bluest_nm))[:, 0]
        light = light + by.second_order / 2 * _lamp(by, half) * of_half
    out = light.reshape(settings_nm.size, -1) @ weight
    if by.lamp_stray:
        emitted = detected(seen._replace(scatter=0.0), at, LAMP_NM, np.maximum(LAMP_NM, bluest_nm))[:, 0]
        line = seen.scatter * by.response(at) * _polarised(seen, at, 2, 0) * _lamp(by, at)
        out = out + by.lamp_stray * (np.trapezoid(_lamp(by, LAMP_NM) * emitted, LAMP_NM) + line[0])
    return np.asarray(out)


def _polarised(seen: Seen, wavelength_nm: FloatArray, vertical: float, horizontal: float) -> FloatArray:
    """Return the response to the two parts of some light, in the mean of the two responses."""
    if seen.magic_angle:
        return np.ones_like(wavelength_nm)
    factor = seen.spectrometer.polarisation
    g = factor(wavelength_nm) if callable(factor) else np.full_like(wavelength_nm, factor)
    return np.asarray((g * vertical + horizontal) / (1 + g))


def lamp_photons(by: Spectrometer, settings_nm: FloatArray) -> FloatArray:
    """Return the photons that leave the excitation monochromator at each setting, relative to the lamp's 1."""
    offset, weight = triangle(by.excitation_bandpass_nm, NODES)
    under = settings_nm[:, np.newaxis] + offset
    light = _lamp(by, under) + by.second_order / 2 * _lamp(by, under / 2)
    strayed = by.lamp_stray * np.trapezoid(_lamp(by, LAMP_NM), LAMP_NM)
    return np.asarray(light @ weight + strayed)


def _lamp(by: Spectrometer, wavelength_nm: FloatArray) -> FloatArray:
    return by.lamp(wavelength_nm) if callable(by.lamp) else _of_temperature(wavelength_nm, by.lamp)


def _of_temperature(wavelength_nm: FloatArray, temperature_k: float) -> FloatArray:
    """Return photons per nm of a black body, 1 at 550 nm."""

    def per_nm(nm: FloatArray) -> FloatArray:
        energy = units.energy_from_wavelength(nm, "vacuum")
        return blackbody_photons_per_ev(energy, temperature_k) / units.nm_per_ev(nm, "vacuum")

    return np.asarray(per_nm(wavelength_nm) / per_nm(np.array(REFERENCE_NM)))


def counted(by: Spectrometer, per_count: FloatArray, rng: np.random.Generator | None) -> NDArray[Any]:
    """Return counts of light and dark: whole numbers, unless there is read noise or no noise at all."""
    mean = by.counts * per_count + by.dark_counts
    if rng is None:
        return mean
    counted = rng.poisson(mean)
    return counted + by.read_noise * rng.standard_normal(mean.size) if by.read_noise else counted
