"""Spheres with a known yield: the intervals cover it as often as they say. Seeds are 0...n-1."""

import numpy as np
import pytest

from antistokes import data
from antistokes.analysis.factors import response_from_factors
from antistokes.analysis.yields import absolute_yield, yield_from_integrals
from antistokes.physics.sphere import Integrals, collected

PHI, M = 0.95, 0.03
FIVE = ("laser_empty", "laser_direct", "emission_direct", "laser_indirect", "emission_indirect")


def repeats(n, absorptance, noise, power=0.05, three=True):
    """Integrals of n runs: the laser's power differs between runs, each integral has noise."""
    seen = collected(absorptance, PHI, M if three else 0.0)

    def run(rng, draws):
        runs = []
        for _ in range(n):
            scale = 1 + power * rng.standard_normal()
            fields = {k: scale * getattr(seen, k) * (1 + noise * rng.standard_normal()) for k in FIVE}
            if not three:
                fields |= {"laser_indirect": None, "emission_indirect": None}
            runs.append(Integrals(**fields))
        return yield_from_integrals(runs, draws=draws)

    return run


def one_run(absorptance, noise, drift):
    """One run with noise and drift of the laser, both stated."""
    seen = collected(absorptance, PHI, M)

    def run(rng, draws):
        power = {k: 1 + drift * rng.standard_normal() for k in ("empty", "direct", "indirect")}
        fields = {k: getattr(seen, k) * power[k.split("_")[1]] * (1 + noise * rng.standard_normal()) for k in FIVE}
        return yield_from_integrals(Integrals(**fields), laser_sd=noise, emission_sd=noise, drift_sd=drift, draws=draws)

    return run


def spectra(absorptance, photons, band_sd):
    """Counts of photons through a response that is known but for the band's factor; whole spectra."""
    x = np.arange(500.0, 700.0, 1.0)
    line = np.exp(-0.5 * ((x - 532) / 3) ** 2)
    band = np.exp(-0.5 * ((x - 625) / 12) ** 2)
    response = 1 + 0.004 * (x - 500)
    factors = data.build("wavelength", x, 1 / response, medium="air")
    correction = response_from_factors(factors, gives="photons_per_nm")
    seen = collected(absorptance, PHI, M)

    def run(rng, draws):
        bias = 1 + band_sd * rng.standard_normal()

        def take(laser, emission):
            light = photons * (laser * line / line.sum() + bias * emission * band / band.sum())
            return (
                data.build(
                    "wavelength", x, rng.poisson(light * response), kind="sphere", quantity="counts", medium="air"
                ),
            )

        sphere = data.Sphere(
            take(1.0, 0.0),
            take(seen.laser_direct, seen.emission_direct),
            take(seen.laser_indirect, seen.emission_indirect),
        )
        bands = {"laser_nm": (515, 549), "emission_nm": (565, 690)}
        return absolute_yield(sphere, correction=correction, band_sd=band_sd, draws=draws, **bands)

    return run


CASES = {
    f"{n} repeats, A = {a:g}": repeats(n, a, noise)
    for n in (3, 5)
    for a, noise in ((0.01, 3e-4), (0.05, 2e-3), (0.3, 3e-3))
} | {
    "5 repeats, two measurements, A = .01": repeats(5, 0.01, 1e-3, three=False),
    "3 repeats, A = .01, hardly resolved": repeats(3, 0.01, 3e-3),
    "one run, A = .01": one_run(0.01, 5e-4, 5e-4),
    "one run, A = .05": one_run(0.05, 2e-3, 3e-3),
    "one run, A = .3": one_run(0.3, 3e-3, 3e-3),
    "spectra, A = .02": spectra(0.02, 3e6, 0.0),
    "spectra, A = .3, band to 2 %": spectra(0.3, 1e6, 0.02),
}


def covered(estimate, truth):
    if estimate.kind == "lower limit":
        return estimate.value <= truth
    return truth <= estimate.value if estimate.kind == "upper limit" else estimate.low <= truth <= estimate.high


def coverage(case, n, draws):
    found = [CASES[case](np.random.default_rng(seed), draws).observed_yield for seed in range(n)]
    values = np.array([e.value for e in found])
    return np.mean([covered(e, PHI) for e in found]), values


@pytest.mark.parametrize("case", ["3 repeats, A = 0.01", "5 repeats, A = 0.3", "one run, A = .05", "spectra, A = .02"])
def test_the_yield_is_covered(case):
    inside, values = coverage(case, 200, 1000)
    assert 0.895 <= inside <= 0.990
    low, high = np.quantile(values, [0.4, 0.6])
    assert low < PHI < high  # the median of 200 medians: 2.8 standard errors either way


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_yields_are_covered(case):
    inside, _ = coverage(case, 400, 2000)
    assert 0.910 <= inside <= 0.983  # the 99.9 % region of 400


def test_absorptance_and_indirect_part_are_covered():
    truth, seeds = 0.05, range(200)
    found = [CASES["5 repeats, A = 0.05"](np.random.default_rng(seed), 1000) for seed in seeds]
    for inside in (
        np.mean([f.absorptance.low <= truth <= f.absorptance.high for f in found]),
        np.mean([f.indirect.low <= M <= f.indirect.high for f in found]),
        np.mean([f.other_yield.low <= PHI <= f.other_yield.high for f in found]),
    ):
        assert 0.895 <= inside <= 0.990


def test_warnings_do_not_cry_wolf():
    """Without a flaw, few runs are called drifted, disagreeing or outlying."""
    words = ("CANNOT ADD LIGHT", "disagree", "outlier", "above one as a whole")
    found = [CASES["5 repeats, A = 0.3"](np.random.default_rng(seed), 1000) for seed in range(200)]
    for word in words:
        assert np.mean([any(word in w for w in f.warnings) for f in found]) < 0.1
