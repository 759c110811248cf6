"""A cuvette and its excitation spectrum, summed slice by slice along the beam and line by line over the slit."""

from functools import lru_cache

import numpy as np

from antistokes import data
from antistokes.physics import ensemble
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.units import LN10, energy_from_wavelength

DOT = Coupling(modes=(Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), baths=(Bath(11.5, 3.0),))
STATES = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9), (300.0, 1.6), (420.0, 2.5))
DETECTION_NM = 630.0
WINDOW = (0.45, 0.55)
SLICES, LINES = 400, 41


@lru_cache
def _log_absorbance():
    """ln of the absorbance of unequal dots over wavelength, 0 at the first maximum; their yield is one and the same."""
    nm = np.arange(490.0, 740.0, 0.1)
    dots = ensemble.Ensemble(1.9833, DOT, 300.0, ensemble.gaussian_shifts(10.0), STATES)
    y = ensemble.cross_section(energy_from_wavelength(nm), dots)
    return nm, np.log(y / y[(nm > 610) & (nm < 630)].max())


def true_absorbance(nm, peak):
    return peak * np.exp(np.interp(nm, *_log_absorbance()))


def seen(absorbance, geometry, window=WINDOW):
    """Light that the seen part of the path absorbs, by Beer's law in slices."""
    near, far = window if geometry == "right-angle" else (0.0, 1.0)
    depth = near + (far - near) * (np.arange(SLICES) + 0.5) / SLICES
    a = np.asarray(absorbance)[..., None]
    return np.mean(LN10 * a * 10 ** (-a * depth), axis=-1)


def lamp_photons(nm):
    return 1 + 0.4 * np.sin(nm / 17) + (nm - 600) / 400


@lru_cache
def clean(peak, geometry, bandpass, step=1.0):
    """Wavelengths, and the signal at unit yield and light."""
    nm, tooth = np.arange(520.0, 690.0, step), np.linspace(-1, 1, LINES)
    weight = (1 - np.abs(tooth)) / np.sum(1 - np.abs(tooth))
    return nm, seen(true_absorbance(nm[:, None] + tooth * bandpass, peak), geometry) @ weight


def measure(
    seed, peak, geometry, *, bandpass=2.0, photons=2e6, offset_sd=2e-4, up=1.0, slope=0.0, extra=None, step=1.0
):
    """Return PLE (counts), absorption, lamp; ``up`` is the yield red of the detection, ``slope`` that of ln [1/eV]."""
    rng = np.random.default_rng(seed)
    nm, signal = clean(peak, geometry, bandpass, step)
    energy = energy_from_wavelength(nm)
    light = signal * np.where(nm > DETECTION_NM, up, 1.0) * np.exp(slope * (energy - energy.mean()))
    light = (light + (0.0 if extra is None else extra(nm))) * lamp_photons(nm)
    counts = rng.poisson(photons * light / light.max())
    instrument = {"detection_nm": DETECTION_NM, "bandpass_nm": bandpass, "geometry": geometry}
    ple = data.build(
        "wavelength", nm, counts, kind="ple", quantity="counts", signal_sd=np.sqrt(np.maximum(counts, 1)), **instrument
    )
    return ple, _absorption(rng, peak, offset_sd, step / 2), _lamp(rng, nm)


def _absorption(rng, peak, offset_sd, step):
    nm = np.arange(500.0, 720.0, step)
    true = true_absorbance(nm, peak)
    sd = 1e-4 * np.sqrt((1 + 10**true) / 2)
    found = true + sd * rng.standard_normal(nm.size) + offset_sd * rng.standard_normal()
    return data.build("wavelength", nm, found, kind="absorption", quantity="absorbance", signal_sd=sd)


def _lamp(rng, nm):
    power = lamp_photons(nm) * energy_from_wavelength(nm)
    found = power * (1 + 2e-3 * rng.standard_normal(nm.size))
    return data.build("wavelength", nm, found, quantity="power_per_nm", signal_sd=2e-3 * power)
