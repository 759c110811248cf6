"""Photothermal threshold of a known truth: how often intervals hold it. Seeds are 0...n-1."""

import numpy as np
import pytest

from antistokes import units
from antistokes.analysis.heat_threshold import threshold_yield

MEAN, YIELD, BACKGROUND = 1.96, 0.99, 2e-3


def line(low: float, high: float, n: int, sd: float, stated: bool):
    """A straight line of heat per photon, with a mean emission energy that was measured."""
    energy = np.linspace(low, high, n)

    def run(rng):
        heat = 5 * (energy - YIELD * MEAN + sd * rng.standard_normal(n))
        mean = MEAN + 5e-4 * rng.standard_normal()
        nm = units.wavelength_from_energy(energy)
        return threshold_yield(nm, heat, 5 * sd if stated else None, mean_emission_ev=(mean, 5e-4))

    return run


def dense(n: int, sd: float, background: float = BACKGROUND, lowest_ev: float = -0.06, stated: bool = False):
    """An absorption edge over a background, heat per absorbed energy."""
    energy = np.linspace(MEAN + lowest_ev, MEAN + (0.08 if lowest_ev else 0.10), n)
    alpha = 0.3 * np.exp((energy - 1.96) / 0.02)
    heat = 5 * (1 - YIELD * MEAN / energy * alpha / (alpha + background))

    def run(rng):
        noisy = heat + 5 * sd * rng.standard_normal(n)
        nm = units.wavelength_from_energy(energy)
        mean = (MEAN + 2e-4 * rng.standard_normal(), 2e-4)
        given = 5 * sd if stated else None
        return threshold_yield(nm, noisy, given, mean_emission_ev=mean, absorption_per_cm=alpha, per="energy")

    return run


CASES = {
    "both sides": line(1.90, 2.05, 10, 2e-3, False),
    "five points": line(1.90, 2.05, 5, 2e-3, False),
    "extrapolated": line(2.00, 2.15, 8, 5e-3, False),
    "slope known to a third": line(2.00, 2.15, 6, 4e-2, False),
    "stated noise": line(2.00, 2.15, 8, 5e-3, True),
}
DENSE = {  # background, run
    "background": (BACKGROUND, dense(14, 3e-3)),
    "weak background": (3e-4, dense(14, 3e-3, 3e-4)),
    "background at the edge of what is seen": (1e-4, dense(14, 3e-3, 1e-4)),
    "background from above alone": (BACKGROUND, dense(8, 1e-2, lowest_ev=0.0)),
    "no background and much noise": (0.0, dense(14, 3e-2, 0.0, stated=True)),
}
RESOLVED = ("background", "weak background")


def holds(found, truth: float) -> bool:
    if found.kind == "value":
        return bool(found.low <= truth <= found.high)
    return bool(truth <= found.value if found.kind == "upper limit" else truth >= found.value)


def coverage(case: str, n: int):
    found = [CASES[case](np.random.default_rng(seed)) for seed in range(n)]
    return float(np.mean([holds(f.external_yield, YIELD) for f in found])), found


def dense_coverage(case: str, n: int) -> tuple[float, float]:
    """Of intervals and limits together, of the yield and of the background."""
    background, run = DENSE[case]
    found = [run(np.random.default_rng(seed)) for seed in range(n)]
    return (
        float(np.mean([holds(f.external_yield, YIELD) for f in found])),
        float(np.mean([holds(f.background_per_cm, background) for f in found])),
    )


@pytest.mark.parametrize("case", ["both sides", "extrapolated"])
def test_a_yield_is_covered(case):
    inside, found = coverage(case, 200)
    assert 0.895 <= inside <= 0.990
    bent = np.mean([any("bends" in w for w in f.warnings) for f in found])
    assert 0.01 <= bent <= 0.11  # one in twenty, by chance


def test_a_yield_and_a_weak_background_are_covered():
    """40 runs: below .875 in two of a hundred where 95 % are covered; a second valley took a sixth of them."""
    inside, held = dense_coverage("weak background", 40)
    assert inside >= 0.875 and held >= 0.875


@pytest.mark.slow
@pytest.mark.parametrize("case", DENSE)
def test_yields_and_backgrounds_are_covered(case):
    """A background is an interval where its low end is above nothing, else a one-sided limit.

    Near nothing both together cover 92.5 to 97.5 % by that choice: 5 % are lost to the limit and 2.5 % to the interval.
    """
    inside, held = dense_coverage(case, 1000)
    assert 0.926 <= inside <= 0.971
    assert (0.926 <= held <= 0.971) if case in RESOLVED else (0.901 <= held <= 0.990)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_yields_are_covered(case):
    """Where stated noise is only ever scaled up, 97.5 % are covered, and 95 % are asked for at least."""
    inside, _ = coverage(case, 1000)
    assert 0.926 <= inside <= (0.99 if case == "stated noise" else 0.971)
