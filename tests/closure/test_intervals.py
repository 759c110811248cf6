"""Virtual lab -> analysis -> the truth comes back, and the intervals cover it as often as they say.

The truth comes from the line shape by fine quadrature and root finding, not from the analysis: what a coarse grid does
to a number counts. Seeds are 0...n-1. The accepted region is the 99.9 % binomial one of the nominal 95 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import brentq
from scipy.stats import binom

import antistokes as ans
from antistokes import scale, units
from antistokes.estimate import Estimate
from antistokes.lab import spectra as lab

YIELD, YIELD_SD, BACKGROUND, BACKGROUND_SD = 0.985, 0.004, 1e-4, 1e-5
EMISSION_NM = (560.0, 720.0)
ASKED = ("mean gain", "apparent temperature", "blue edge", "red edge")
LIGHT = {"bright": (1e9, 1e5), "dim": (1e8, 3e3)}
GRIDS = {"1 nm": (1.0, 655.0, False), "4 nm, stated noise": (4.0, 654.6, True)}  # step, excitation between samples


def sample(states: str) -> lab.Sample:
    return lab.Sample(absorption_per_cm=3.5, states=((0.0, 1.0),) if states == "one state" else lab.CDSE_STATES)


def measure(seed: int, light: str, states: str, grid: str) -> tuple[xr.Dataset, xr.Dataset]:
    step, _, stated = GRIDS[grid]
    photons, peak_photons = LIGHT[light]
    absorption, emission = lab.absorption_and_emission(
        sample(states),
        seed=seed,
        absorption_nm=np.arange(580.0, 720.5, step),
        emission_nm=np.arange(EMISSION_NM[0], EMISSION_NM[1] + 0.1, 0.5),
        photons=photons,
        peak_photons=peak_photons,
    )
    if stated:
        path = absorption.attrs["path_cm"] / units.LN10
        a = sample(states).alpha_per_cm(units.energy_from_wavelength(absorption.wavelength.values)) * path
        bright = photons * 10.0**-a
        relative = (bright + 500.0**2) / bright**2 + (photons + 500.0**2) / photons**2
        absorption = absorption.assign(signal_sd=("wavelength", np.sqrt(relative) / units.LN10, {"units": "1"}))
    return absorption, emission


def one_run(task: tuple[int, str, str, str]) -> dict[str, Estimate | None]:
    """Measure and analyse once; what the user states about yield and background is off by its own uncertainty."""
    seed, grid = task[0], task[3]
    absorption, emission = measure(*task)
    excitation_nm = GRIDS[grid][1]
    stated = np.random.default_rng([seed, 1]).standard_normal(2)
    gain = ans.energy_gain(emission, excitation_nm, absorption)
    window = ans.cooling_window(
        absorption,
        emission,
        quantum_yield=(YIELD + YIELD_SD * stated[0], YIELD_SD),
        background_per_cm=(max(BACKGROUND + BACKGROUND_SD * stated[1], 0.0), BACKGROUND_SD),
        excitation_nm=excitation_nm,
        draws=1000,
    )
    return {
        "mean gain": gain.mean_mev,
        "apparent temperature": ans.reciprocity(absorption, emission).temperature_k,
        "blue edge": window.blue_edge_nm,
        "red edge": window.red_edge_nm,
        "efficiency": window.at[0].efficiency,
        "largest efficiency": window.best_efficiency,
        "peak gain": gain.peak_mev,
    }


def truth(states: str, grid: str) -> dict[str, float]:
    """The same numbers from the line shape itself."""
    s, excitation_nm = sample(states), GRIDS[grid][1]
    nm = np.linspace(*EMISSION_NM, 160_001)
    ev = units.energy_from_wavelength(nm)
    light = s.photons_per_ev(ev) / units.nm_per_ev(nm)  # photons per nm
    mean_ev = float(np.sum(ev * light) / np.sum(light))
    laser_ev = float(units.energy_from_wavelength(excitation_nm))

    def efficiency(x: float) -> float:
        energy = float(units.energy_from_wavelength(x))
        alpha = float(s.alpha_per_cm(energy))
        return YIELD * alpha / (alpha + BACKGROUND) * mean_ev / energy - 1

    inside = np.linspace(630.0, 665.0, 3501)
    best = float(inside[np.argmax([efficiency(x) for x in inside])])
    return {
        "mean gain": 1e3 * (mean_ev - laser_ev),
        "apparent temperature": apparent_temperature(states),
        "blue edge": brentq(efficiency, 625.0, best),
        "red edge": brentq(efficiency, best, 680.0),
        "efficiency": efficiency(excitation_nm),
        "largest efficiency": efficiency(best),
        "peak gain": 1e3 * float(units.energy_from_wavelength(nm[np.argmax(light)]) - laser_ev),
    }


def apparent_temperature(states: str) -> float:
    """In closed form for one state; for several, least squares over the window, from the line shape on a fine grid."""
    s = sample(states)
    if states == "one state":
        return s.apparent_temperature_k
    ev = np.arange(1.75, 2.2, 1e-5)
    light, alpha = s.photons_per_ev(ev), s.alpha_per_cm(ev)
    first = alpha[(ev > 1.98) & (ev < 2.02)].max()
    window = (light > 0.05 * light.max()) & (alpha > 0.05 * first)
    slope = np.polyfit(ev[window], np.log(light[window] / (ev[window] ** 2 * alpha[window])), 1)[0]
    return float(-1 / (units.BOLTZMANN_EV_PER_K * slope))


def covered(light: str, states: str, grid: str, n: int) -> Iterator[tuple[str, int, int]]:
    """Number of intervals that hold the truth, and of intervals; a limit counts as holding it if it is right."""
    true, hits = truth(states, grid), defaultdict(list)
    with scale.mapper("processes" if n > 200 else "serial") as mapped:
        for found in mapped(one_run, [(seed, light, states, grid) for seed in range(n)]):
            for name, e in found.items():
                if e is not None:
                    low = e.value if e.kind == "lower limit" else e.low
                    high = np.inf if e.kind == "lower limit" else e.high
                    hits[name].append(low <= true[name] <= high)
    yield from ((name, sum(held), len(held)) for name, held in hits.items())


def check(light: str, states: str, grid: str, n: int) -> None:
    failures, seen = [], set()
    for name, held, runs in covered(light, states, grid, n):
        low, high = binom.interval(0.999, runs, 0.95)
        seen.add(name)
        if not low <= held <= high:
            failures.append(f"{name}: {held} of {runs}")
        if name in ASKED:
            assert runs >= 0.95 * n, f"{name} was resolved in only {runs} of {n} runs"
    assert seen >= set(ASKED)
    assert not failures


SMALL = [("bright", "one state", "1 nm"), ("dim", "many states", "1 nm"), ("dim", "one state", "4 nm, stated noise")]


@pytest.mark.parametrize(("light", "states", "grid"), SMALL)
def test_intervals_cover(light: str, states: str, grid: str) -> None:
    check(light, states, grid, 200)


@pytest.mark.slow
@pytest.mark.parametrize("grid", list(GRIDS))
@pytest.mark.parametrize("states", ["one state", "many states"])
@pytest.mark.parametrize("light", list(LIGHT))
def test_intervals_cover_large(light: str, states: str, grid: str) -> None:
    check(light, states, grid, 1000)


def test_a_yield_near_one_gives_a_skew_edge() -> None:
    absorption, emission = measure(0, "bright", "many states", "1 nm")
    edge = ans.cooling_window(
        absorption, emission, quantum_yield=(0.99, 0.01), background_per_cm=(BACKGROUND, BACKGROUND_SD)
    ).blue_edge_nm
    assert edge.high - edge.value > 1.2 * (edge.value - edge.low)
