"""Set B: the line shape that was fitted to the sample of Ye et al., doi:10.1038/s41467-021-24560-4 (PL at 630 nm).

Definitions, which matter at this accuracy: 620 nm is the first local maximum of sigma = E A of the ensemble at 300 K;
the PL peak is that of photons per nm, excited far above the gap; its width is that of photons per eV; the gain is the
mean energy of all photons, excited at 660 nm, less that of the excitation. The apparent energy is that of
sigma(peak - D)/sigma(peak), the peak tracked. Inhomogeneity: a Gaussian of E_00; excited at 660 nm, each dot emits as
much as it absorbs there.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize_scalar

from antistokes.physics import lineshape, phonon_ladder
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.units import HC_EV_NM, FloatArray, thermal_energy_ev

SET_B = Coupling((Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), (Bath(11.5, 3.0),))
STATES = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9), (300.0, 1.6), (420.0, 2.5))
TEMPERATURES = np.arange(300, 361, 10.0)
X = np.arange(-700, 700.1, 0.5)


class Ensemble(NamedTuple):
    """Logarithms of the kernels of all states together as splines over E - E_00, and shifts with their weights."""

    absorption: CubicSpline
    emission: CubicSpline
    shift: FloatArray
    weight: FloatArray

    def cross_section(self, energy: FloatArray, e00: float) -> FloatArray:
        detuning = 1e3 * (energy - e00)[:, np.newaxis] - self.shift
        return np.asarray(energy * (np.exp(self.absorption(detuning)) @ self.weight))

    def photon_rate(self, energy: FloatArray, e00: float, weight: FloatArray) -> FloatArray:
        detuning = 1e3 * (energy - e00)[:, np.newaxis] - self.shift
        return np.asarray(energy**3 * (np.exp(self.emission(detuning)) @ weight))


@cache
def kernels(temperature_k: float) -> tuple[CubicSpline, CubicSpline]:
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    inside = X[(X > -250) & (X < 200)]
    absorbed, emitted = np.zeros(inside.size), np.zeros(inside.size)
    for offset, strength in STATES:
        absorbed += strength * lineshape.absorption_kernel(inside - offset, SET_B, temperature_k)
        emitted += strength * np.exp(-offset / kt) * lineshape.emission_kernel(inside - offset, SET_B, temperature_k)
    return CubicSpline(inside, np.log(absorbed)), CubicSpline(inside, np.log(emitted))


def ensemble(width_mev: float, temperature_k: float) -> Ensemble:
    shift = width_mev * np.linspace(-5, 5, 41) if width_mev else np.zeros(1)
    weight = np.exp(-0.5 * (shift / width_mev) ** 2) if width_mev else np.ones(1)
    return Ensemble(*kernels(temperature_k), shift, weight)


def first_maximum(sample: Ensemble, e00: float) -> float:
    energy = np.linspace(e00 - 0.06, e00 + 0.1, 1601)
    sigma = sample.cross_section(energy, e00)
    at = int(np.flatnonzero((sigma[1:-1] > sigma[:-2]) & (sigma[1:-1] >= sigma[2:]))[0]) + 1
    found = minimize_scalar(
        lambda e: -sample.cross_section(np.array([e]), e00)[0],
        bounds=(energy[at - 1], energy[at + 1]),
        options={"xatol": 1e-9},
    )
    return float(found.x)


def half_width_mev(energy: FloatArray, rate: FloatArray) -> float:
    above = np.flatnonzero(rate > rate.max() / 2)
    rise, fall = slice(above[0] - 1, above[0] + 1), slice(above[-1], above[-1] + 2)
    ends = [np.interp(rate.max() / 2, rate[rise], energy[rise]), np.interp(-rate.max() / 2, -rate[fall], energy[fall])]
    return float(1e3 * (ends[1] - ends[0]))


@pytest.mark.parametrize(
    ("width_mev", "peak_nm", "fwhm_mev", "gain_mev"), [(0, 629.34, 69.15, 89.7), (3, 629.36, 69.56, 88.7)]
)
def test_emission(width_mev: float, peak_nm: float, fwhm_mev: float, gain_mev: float) -> None:
    sample = ensemble(width_mev, 300)
    e00 = brentq(lambda e: first_maximum(sample, e) - HC_EV_NM / 620, 1.95, 2.02, xtol=1e-9)
    energy = np.arange(1.80, 2.15, 1e-4)
    above_gap = sample.photon_rate(energy, e00, sample.weight)
    at = int(np.argmax(above_gap * energy**2))
    peak = energy[at] + 1e-4 * np.roots(
        np.polyder(np.polyfit(np.arange(-8, 9), (above_gap * energy**2)[at - 8 : at + 9], 2))
    )
    assert HC_EV_NM / peak[0] == pytest.approx(peak_nm, abs=0.05)
    assert half_width_mev(energy, above_gap) == pytest.approx(fwhm_mev, abs=0.1)
    absorbs = np.exp(sample.absorption(1e3 * (HC_EV_NM / 660 - e00) - sample.shift))
    excited = sample.photon_rate(energy, e00, sample.weight * absorbs)
    gain = 1e3 * ((energy @ excited) / excited.sum() - HC_EV_NM / 660)
    assert gain == pytest.approx(gain_mev, abs=0.2)


def apparent_energy(width_mev: float, deficit_mev: float) -> float:
    ratio = []
    for temperature in TEMPERATURES:
        sample = ensemble(width_mev, temperature)
        peak = first_maximum(sample, 1.9834)
        below, on = sample.cross_section(np.array([peak - deficit_mev / 1e3, peak]), 1.9834)
        ratio.append(below / on)
    return phonon_ladder.apparent_energy_mev(ratio, TEMPERATURES)


@pytest.mark.parametrize(("width_mev", "energy_mev"), [(0, 47.6), (3, 46.6), (15, 30.3), (30, 11.1)])
def test_apparent_energy_falls_with_inhomogeneity(width_mev: float, energy_mev: float) -> None:
    assert apparent_energy(width_mev, 50) == pytest.approx(energy_mev, abs=0.2)


@pytest.mark.parametrize(("deficit_mev", "energy_mev"), [(25, 12.3), (50, 46.6), (75, 92.7), (100, 141.2)])
def test_apparent_energy_does_not_count_phonons(deficit_mev: float, energy_mev: float) -> None:
    assert apparent_energy(3, deficit_mev) == pytest.approx(energy_mev, rel=0.01)
