"""Virtual lab -> comparison and completion -> the truth comes back, and the intervals cover it as often as they say.

The up-converted truth is the emission of a known sample, moved and stretched by known amounts, or that of unequal dots
at 660 nm. Seeds are 0...n-1; the accepted region is the 99.9 % binomial one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr
from scipy.interpolate import CubicSpline
from scipy.stats import binom

import antistokes as ans
from antistokes import data, units
from antistokes.analysis.comparison_fit import moved
from antistokes.analysis.comparison_window import choose
from antistokes.analysis.equivalence import equivalence
from antistokes.estimate import quantile
from antistokes.lab import spectra as lab
from antistokes.physics import presets
from antistokes.physics.ensemble import exponential_shifts
from antistokes.physics.moments import mean_energy

SET_B = presets.preset("cdse-cds-zb").coupling
LASER_NM = 660.0
GRID_EV = np.linspace(1.6, 2.3, 7001)


class Setting(NamedTuple):
    """Filter [nm], light in both spectra, true shift [meV] and width ratio, whether the file states its noise."""

    cut_nm: float | None
    up_photons: float = 1e4
    down_photons: float = 1e5
    shift_mev: float = -2.0
    width_ratio: float = 0.99
    stated: bool = False


SETTINGS = {
    "full": Setting(None),
    "cut at 640 nm": Setting(640.0),
    "cut at 625 nm": Setting(625.0),
    "dim, full": Setting(None, 1e3, 1e3),
    "dim, cut at 640 nm": Setting(640.0, 1e3, 1e4),
    "narrow, cut at 640 nm": Setting(640.0, shift_mev=-6.0, width_ratio=0.95),
    "narrow, noise stated": Setting(640.0, shift_mev=-6.0, width_ratio=0.95, stated=True),
}
# Noise taken from the scatter of half a band comes out 8 % too large where the band is high: sd of the shift .155 meV
# for .143 with the true noise. Its intervals hold the truth too often.
CAREFUL = ("narrow, cut at 640 nm",)


@lru_cache
def line() -> tuple[CubicSpline, float]:
    """Photons per eV of the sample, and where they are highest."""
    rate = lab.Sample(coupling=SET_B).photons_per_ev(GRID_EV)
    curve = CubicSpline(GRID_EV, rate)
    top = int(np.argmax(rate))
    return curve, float(GRID_EV[top])


def spectrum(
    rng: np.random.Generator, wavelength: np.ndarray, photons: float, nm: float, shift: float = 0.0, width: float = 1.0
) -> xr.Dataset:
    curve, top = line()
    energy = units.energy_from_wavelength(wavelength)
    shape = curve(top + (energy - top - shift / 1e3) / width) / units.nm_per_ev(wavelength)
    expected = photons * shape / shape.max()
    counted = rng.poisson(expected) + 5 * rng.standard_normal(wavelength.size)
    known = {"kind": "emission", "quantity": "photons_per_nm", "medium": "air", "excitation_nm": nm}
    return data.build("wavelength", wavelength, counted, signal_sd=np.sqrt(expected + 25), **known)


def pair(seed: int, setting: Setting) -> tuple[xr.Dataset, xr.Dataset]:
    """Two spectra on two grids; the laser line stands in the one that it excites, a filter takes its red side."""
    rng = np.random.default_rng(seed)
    down = spectrum(rng, np.arange(560.0, 720.25, 0.5), setting.down_photons, 450.0)
    x = np.arange(565.2, 700.0, 0.7)
    up = spectrum(rng, x, setting.up_photons, LASER_NM, setting.shift_mev, setting.width_ratio)
    passed = 1.0 if setting.cut_nm is None else 1 / (1 + np.exp((x - setting.cut_nm - 5) / 0.6))
    line_of_laser = 2 * setting.up_photons * np.exp(-0.5 * (x - LASER_NM) ** 2)
    up = up.assign(signal=("wavelength", up["signal"].values * passed + line_of_laser, up["signal"].attrs))
    return (up, down) if setting.stated else (up.drop_vars("signal_sd"), down.drop_vars("signal_sd"))


def region(n: int, p: float = 0.95) -> tuple[float, float]:
    return binom.ppf(0.0005, n, p) / n, binom.ppf(0.9995, n, p) / n


def one_fit(seed: int, setting: Setting) -> tuple[bool, bool, float, float]:
    """Whether the intervals of shift and width ratio hold the truth; the shift and its sd."""
    fit, chosen = moved(choose(*pair(seed, setting), setting.cut_nm, None, (), False))
    true_shift = setting.shift_mev + 1e3 * (setting.width_ratio - 1) * (chosen.pivot_ev - line()[1])
    sd = np.sqrt(np.diag(fit.covariance))
    half = quantile(0.975, fit.freedom) * sd
    held = abs(fit.at[1] - true_shift) <= half[1], abs(fit.at[2] - setting.width_ratio) <= half[2]
    return *held, float(fit.at[1]), float(sd[1])


def count(name: str, n: int) -> None:
    found = np.array([one_fit(seed, SETTINGS[name]) for seed in range(n)])
    shift, width = found[:, :2].mean(axis=0)
    low, high = region(n)
    high = max(high, 0.999) if name in CAREFUL else high
    assert low <= shift <= high and low <= width <= high


@pytest.mark.parametrize("name", ["full", "cut at 640 nm"])
def test_intervals_of_shift_and_width_ratio(name):
    count(name, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_intervals_of_shift_and_width_ratio_counted(name):
    count(name, 200)


def supported(shift: float, n: int) -> float:
    """How often the shift of a dim, cut spectrum is found to be none within 3 meV."""
    setting = Setting(640.0, 1e3, 1e4, shift, 1.0)
    outcomes = []
    for seed in range(n):
        fit, _ = moved(choose(*pair(seed, setting), setting.cut_nm, None, (), False))
        sd = float(fit.covariance[1, 1]) ** 0.5
        test = equivalence("shift", float(fit.at[1]), sd, (-3.0, 3.0), "meV", "fit", freedom=fit.freedom)
        outcomes.append(test.outcome == "supports")
    return float(np.mean(outcomes))


def test_equality_at_the_edge_of_its_margin_is_seldom_claimed():
    assert supported(3.0, 40) <= binom.ppf(0.999, 40, 0.05) / 40
    assert supported(0.0, 10) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shift", "most", "least"), [(3.0, 0.05, 0.0), (-3.0, 0.05, 0.0), (0.0, 1.0, 0.95), (1.0, 1.0, 0.95)]
)
def test_error_and_power_of_the_equality_of_shifts(shift, most, least):
    found = supported(shift, 200)
    assert least <= found <= binom.ppf(0.999, 200, most) / 200


def unequal(blue_tail: bool) -> lab.Sample:
    """Set B: a Gaussian of 3 meV, or a sharp red edge with a blue tail."""
    shifts = exponential_shifts(2, 8) if blue_tail else None
    return lab.Sample(e00_ev=1.9833, coupling=SET_B, inhomogeneous_width_mev=3.0, shifts=shifts)


def one_completion(seed: int, sample: lab.Sample, cut_nm: float) -> tuple[bool, float, float, float]:
    """Whether the gain's interval holds the truth; errors of the completed and of the cut spectrum [meV], sd."""
    wavelength = np.arange(560.0, 740.25, 0.5)
    rng = np.random.default_rng(seed)
    down = lab.measure_emission(sample, wavelength, rng, excitation_nm=450.0, peak_photons=1e5)
    whole = lab.measure_emission(sample, wavelength, rng, excitation_nm=LASER_NM, peak_photons=1e4)
    passed = 1 / (1 + np.exp((wavelength - cut_nm - 5) / 0.6)) + 2 * np.exp(-0.5 * (wavelength - LASER_NM) ** 2)
    up = whole.assign(signal=("wavelength", whole["signal"].values * passed, whole["signal"].attrs))
    ends = units.energy_from_wavelength(wavelength[[-1, 0]])
    grid = np.linspace(*ends, 4001)
    truth = 1e3 * (mean_energy(grid, sample.photons_per_ev(grid, LASER_NM)) - units.energy_from_wavelength(LASER_NM))
    gain = ans.energy_gain(ans.complete_emission(up, down, cut_nm), LASER_NM).mean_mev
    cut = ans.energy_gain(up.sel(wavelength=slice(None, cut_nm)), LASER_NM).mean_mev.value
    return gain.low <= truth <= gain.high, gain.value - truth, cut - truth, gain.sd


def completed(blue_tail: bool, cut_nm: float, n: int) -> np.ndarray:
    return np.array([one_completion(seed, unequal(blue_tail), cut_nm) for seed in range(n)])


def test_mean_energy_of_a_completed_spectrum():
    found = completed(False, 640.0, 12)
    assert found[:, 0].mean() >= binom.ppf(0.0005, 12, 0.95) / 12
    assert abs(found[:, 1].mean()) < 0.2 < 9 < found[:, 2].mean()


@pytest.mark.slow
@pytest.mark.parametrize("cut_nm", [650.0, 640.0, 630.0, 620.0])
def test_mean_energy_of_a_completed_spectrum_counted(cut_nm):
    low, high = region(200)
    assert low <= completed(False, cut_nm, 200)[:, 0].mean() <= high


@pytest.mark.slow
@pytest.mark.parametrize("cut_nm", [650.0, 640.0, 630.0])
def test_what_no_stretch_describes_is_within_the_allowance(cut_nm):
    """Dots with a sharp red edge: the error is one of the model, the same in every run."""
    assert completed(True, cut_nm, 50)[:, 0].mean() >= region(50)[0]
