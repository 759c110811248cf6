"""Virtual lab -> analysis -> the truth comes back, and the intervals cover it as often as they say.

The truth is what the same analysis finds on spectra without noise. Seeds are 0...n-1. The accepted region is the
99.9 % binomial one of the nominal 95 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import binom

import antistokes as ans
from antistokes import scale
from antistokes.estimate import Estimate
from antistokes.lab import spectra as lab

EXCITATION_NM, YIELD, YIELD_SD, BACKGROUND, BACKGROUND_SD = 655.0, 0.985, 0.004, 1e-4, 1e-5
WAVELENGTHS = np.arange(580.0, 720.5, 1.0)
ASKED = ("mean gain", "apparent temperature", "blue edge", "red edge")
LIGHT = {"bright": (1e9, 1e5), "dim": (1e8, 3e3)}


def sample(states: str) -> lab.Sample:
    return lab.Sample(absorption_per_cm=3.5, states=((0.0, 1.0),) if states == "one state" else lab.CDSE_STATES)


def analyse(absorption, emission, quantum_yield, background) -> dict[str, Estimate | None]:
    gain = ans.energy_gain(emission, EXCITATION_NM, absorption)
    window = ans.cooling_window(
        absorption,
        emission,
        quantum_yield=quantum_yield,
        background_per_cm=background,
        excitation_nm=EXCITATION_NM,
        draws=1000,
    )
    return {
        "mean gain": gain.mean_mev,
        "apparent temperature": ans.reciprocity(absorption, emission).temperature_k,
        "blue edge": window.blue_edge_nm,
        "red edge": window.red_edge_nm,
        "efficiency": window.at[0].efficiency,
        "peak gain": gain.peak_mev,
    }


def one_run(task: tuple[int, str, str]) -> dict[str, Estimate | None]:
    """Measure and analyse once; what the user states about yield and background is off by its own uncertainty."""
    seed, light, states = task
    photons, peak_photons = LIGHT[light]
    pair = lab.absorption_and_emission(
        sample(states), seed=seed, absorption_nm=WAVELENGTHS, photons=photons, peak_photons=peak_photons
    )
    stated = np.random.default_rng([seed, 1]).standard_normal(2)
    quantum_yield = YIELD + YIELD_SD * stated[0]
    background = max(BACKGROUND + BACKGROUND_SD * stated[1], 0.0)
    return analyse(*pair, (quantum_yield, YIELD_SD), (background, BACKGROUND_SD))


def truth(states: str) -> dict[str, float]:
    pair = lab.absorption_and_emission(sample(states), absorption_nm=WAVELENGTHS, photons=np.inf, peak_photons=np.inf)
    return {name: e.value for name, e in analyse(*pair, YIELD, BACKGROUND).items() if e is not None}


def covered(light: str, states: str, n: int) -> Iterator[tuple[str, int, int]]:
    """Number of intervals that hold the truth, and of intervals, for each quantity that is a value and not a limit."""
    true, hits = truth(states), defaultdict(list)
    with scale.mapper("processes" if n > 200 else "serial") as mapped:
        for found in mapped(one_run, [(seed, light, states) for seed in range(n)]):
            for name, e in found.items():
                if e is not None and e.kind == "value":
                    hits[name].append(e.low <= true[name] <= e.high)
    yield from ((name, sum(held), len(held)) for name, held in hits.items())


def check(light: str, states: str, n: int) -> None:
    failures, seen = [], set()
    for name, held, runs in covered(light, states, n):
        low, high = binom.interval(0.999, runs, 0.95)
        seen.add(name)
        if not low <= held <= high:
            failures.append(f"{name}: {held} of {runs}")
        if name in ASKED:
            assert runs >= 0.95 * n, f"{name} was resolved in only {runs} of {n} runs"
    assert seen >= set(ASKED)
    assert not failures


@pytest.mark.parametrize(("light", "states"), [("bright", "one state"), ("dim", "many states")])
def test_intervals_cover(light: str, states: str) -> None:
    check(light, states, 200)


@pytest.mark.slow
@pytest.mark.parametrize("states", ["one state", "many states"])
@pytest.mark.parametrize("light", list(LIGHT))
def test_intervals_cover_large(light: str, states: str) -> None:
    check(light, states, 1000)


def test_the_truth_is_the_physics() -> None:
    """Without noise the apparent temperature is T (1 + s_i^2/s_h^2), and the gain that of the line shape."""
    true, s = truth("one state"), sample("one state")
    assert true["apparent temperature"] == pytest.approx(s.apparent_temperature_k, abs=2e-3)


def test_a_yield_near_one_gives_a_skew_edge() -> None:
    absorption, emission = lab.absorption_and_emission(sample("many states"), absorption_nm=WAVELENGTHS, photons=1e9)
    edge = ans.cooling_window(
        absorption, emission, quantum_yield=(0.99, 0.01), background_per_cm=(BACKGROUND, BACKGROUND_SD)
    ).blue_edge_nm
    assert edge.high - edge.value > 1.2 * (edge.value - edge.low)
