import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.stats import norm, t

from antistokes.analysis.yields import yield_from_integrals
from antistokes.errors import DataError
from antistokes.physics.cooling import external_yield
from antistokes.physics.sphere import Integrals, collected


def two(absorptance, phi=1.0):
    return collected(absorptance, phi)._replace(laser_indirect=None, emission_indirect=None)


def hinkley(p, absorptance, laser_sd, emission_sd):
    """Quantile of a ratio of independent normals whose denominator is above zero, in closed form."""
    mean, sd = absorptance, laser_sd * np.hypot(1, 1 - absorptance)

    def beyond(q):  # P(N <= q D)
        return norm.cdf((q * mean - absorptance) / np.hypot(emission_sd * absorptance, q * sd)) - p

    return brentq(beyond, 0.1, 10)


def said(found, words):
    return [w for w in found.warnings if words in w]


def test_the_skew_interval_of_a_yield_of_one_at_one_per_cent():
    """Reference: +.16/-.12 at 68 %, and no symmetric bar."""
    q = yield_from_integrals(two(0.01), laser_sd=1e-3, emission_sd=2e-3, level=0.6827).observed_yield
    assert_allclose([q.high - 1, 1 - q.low, q.value], [0.16, 0.12, 1.0], atol=0.01)
    assert abs(q.value - 1) < 0.005
    expected = [hinkley(p, 0.01, 1e-3, 2e-3) for p in (0.15865, 0.5, 0.84135)]
    assert_allclose([q.low, q.value, q.high], expected, atol=0.005)
    assert np.isnan(q.sd)


@pytest.mark.parametrize(
    ("absorptance", "laser_sd", "up", "down"),
    [
        (0.5, 1e-3, 0.003, 0.003),
        (0.1, 1e-3, 0.014, 0.014),
        (0.1, 1e-4, 0.002, 0.002),
        (0.02, 1e-3, 0.075, 0.065),
        (0.02, 2e-4, 0.014, 0.014),
        (0.01, 5e-4, 0.075, 0.065),
        (0.01, 1e-4, 0.014, 0.014),
        (0.005, 1e-3, 0.39, 0.22),
        (0.005, 2e-4, 0.060, 0.053),
    ],
)
def test_the_table_of_intervals(absorptance, laser_sd, up, down):
    """68 % of a yield of one with .2 % on the emission: the reference's table, and the closed form."""
    q = yield_from_integrals(two(absorptance), laser_sd=laser_sd, emission_sd=2e-3, level=0.6827).observed_yield
    assert_allclose([q.high - 1, 1 - q.low], [up, down], rtol=0.05, atol=0.0006)
    low, high = (hinkley(p, absorptance, laser_sd, 2e-3) for p in (0.15865, 0.84135))
    assert_allclose([q.high - 1, 1 - q.low], [high - 1, 1 - low], rtol=0.03)
    assert np.isnan(q.sd) == (laser_sd * np.hypot(1, 1 - absorptance) / absorptance > 0.1)


@pytest.mark.parametrize(
    ("absorptance", "three_sd", "two_sd"),
    [(0.05, 0.080, 0.052), (0.1, 0.037, 0.031), (0.3, 0.010, 0.012), (0.6, 0.005, 0.006)],
)
def test_the_table_of_both_estimators(absorptance, three_sd, two_sd):
    """.3 % on each of five integrals, L_b = .97 L_a, .99 with self-absorption of .15: within 15 %."""
    seen = collected(absorptance, external_yield(0.99, 0.15), 0.03)
    found = yield_from_integrals(seen, laser_sd=0.003, emission_sd=0.003)
    assert found.method == "three"
    assert_allclose([found.observed_yield.sd, found.other_yield.sd], [three_sd, two_sd], rtol=0.15)
    by_two = yield_from_integrals(seen, laser_sd=0.003, emission_sd=0.003, method="two")
    assert_allclose(by_two.absorptance.value, 1 - 0.97 * (1 - absorptance), rtol=1e-3)
    assert by_two.method == "two" and by_two.observed_yield.sd == pytest.approx(found.other_yield.sd)
    assert_allclose(found.indirect.value, 0.03, atol=1e-4)


def test_against_measurements_made_again_and_again():
    """Brute force: the formula of de Mello written out, 10^6 measurements with that noise."""
    rng = np.random.default_rng(1)
    a, b, c, pb, pc = (v * (1 + 0.003 * rng.standard_normal(10**6)) for v in (1, 0.97, 0.97 * 0.9, 0.0295, 0.1251))
    again = (pc - c / b * pb) / ((1 - c / b) * a)
    q = yield_from_integrals(Integrals(1, 0.97 * 0.9, 0.1251, 0.97, 0.0295), laser_sd=0.003, emission_sd=0.003)
    assert_allclose(
        [q.observed_yield.low, q.observed_yield.value, q.observed_yield.high],
        np.quantile(again, [0.025, 0.5, 0.975]),
        atol=0.002,
    )


def test_drift_is_common_to_laser_and_emission_of_a_configuration():
    """Closed form: of Q = P_c/(L_a - L_c), d ln Q = drift_c - (L_a drift_a - L_c drift_c)/(L_a - L_c)."""
    found = yield_from_integrals(two(0.5, 0.8), drift_sd=1e-3)
    expected = np.hypot(1 / 0.5, 1 + 0.5 / 0.5) * 1e-3
    assert_allclose(found.observed_yield.sd / 0.8, expected, rtol=0.02)
    assert list(found.budget) == ["power of the laser", "all together"]


def test_a_systematic_of_the_band_moves_the_yield_alone():
    found = yield_from_integrals(two(0.5, 0.8), band_sd=0.03)
    assert_allclose(found.observed_yield.sd, 0.024, rtol=0.02)
    assert found.absorptance.value == pytest.approx(0.5) and np.isnan(found.absorptance.low)
    assert not said(found, "National laboratories")
    assert said(yield_from_integrals(two(0.5), laser_sd=1e-3), "National laboratories")


def test_self_absorption_after_ahn():
    observed = float(external_yield(0.95, 0.3))
    found = yield_from_integrals(two(0.5, observed), laser_sd=1e-4, self_absorption=(0.3, 0.05))
    assert_allclose(found.internal_yield.value, 0.95, atol=5e-4)
    slope = 0.95 * 0.05 / 0.7  # d phi / d a = phi (1 - phi) / (1 - a)
    assert_allclose(found.internal_yield.sd, slope * 0.05, rtol=0.05)
    assert_allclose(found.budget["self-absorption"].value, 100 * slope * 0.05 / 0.95, rtol=0.05)
    assert_allclose(np.median(found.drawn), found.internal_yield.value)
    assert_allclose(np.median(found.observed_drawn), found.observed_yield.value)
    assert yield_from_integrals(two(0.5), laser_sd=1e-3).internal_yield is None


def test_an_internal_yield_of_draws_far_off_stays_a_number():
    found = yield_from_integrals(two(0.002, 0.5), laser_sd=2e-3, emission_sd=0.9, self_absorption=(0.8, 0.15))
    assert not np.isnan(found.drawn).any()


def test_repeats_are_the_ratio_of_means_with_fieller_s_interval():
    rng = np.random.default_rng(5)
    runs = [
        Integrals(p, p * 0.9 * (1 + 0.004 * rng.standard_normal()), 0.08 * p * (1 + 0.01 * rng.standard_normal()))
        for p in (1.0, 1.3, 0.8, 1.1, 0.9)
    ]
    values = np.array([[r.laser_empty - r.laser_direct, r.emission_direct] for r in runs])
    d, n = values.mean(axis=0)
    light = np.array([r.laser_empty + r.laser_direct for r in runs])
    apart = values - light[:, None] / light.mean() * np.array([d, n])

    def away(q):  # Fieller: n - q d is Student's t with 4 degrees of freedom
        sd = np.sqrt(np.sum((apart @ [-q, 1.0]) ** 2) / 20)
        return (q * d - n) / sd

    low, high = (brentq(lambda q, p=p: away(q) - t.ppf(p, 4), 0.3, 3) for p in (0.025, 0.975))
    found = yield_from_integrals(runs, draws=100_000, laser_sd=0.5)
    assert_allclose(found.observed_yield.value, n / d, rtol=1e-3)
    arms = [found.observed_yield.value - found.observed_yield.low, found.observed_yield.high - n / d]
    assert_allclose(arms, [n / d - low, high - n / d], rtol=0.05)
    assert said(found, "are not added") and list(found.budget) == ["scatter of the repeats", "all together"]
    assert len(found.repeats) == 5 and "5 repeats" in found.title


def test_few_repeats_have_wild_draws_and_no_alarm_for_them():
    """Of three repeats (two degrees of freedom) some draws leave nothing absorbed, well below the interval's ends."""
    runs = [Integrals(1.0, 0.95 + e, 0.045) for e in (0.001, 0.0, -0.001)]
    found = yield_from_integrals(runs)
    assert np.isinf(found.drawn).any() and np.isfinite(found.observed_yield.high)
    assert not said(found, "not resolved") and not np.isnan(found.observed_yield.sd)
    worse = yield_from_integrals([Integrals(1.0, 0.95 + e, 0.045) for e in (0.009, 0.0, -0.009)])
    assert np.isnan(worse.observed_yield.sd)


def test_power_that_differs_between_repeats_cancels():
    runs = [Integrals(*(p * np.array([1.0, 0.7, 0.24]))) for p in (1.0, 2.0, 5.0)]
    found = yield_from_integrals(runs)
    assert_allclose([found.observed_yield.low, found.observed_yield.high], 0.8, atol=1e-9)


def test_a_systematic_is_added_to_repeats():
    runs = [Integrals(*(p * np.array([1.0, 0.7, 0.24]))) for p in (1.0, 2.0, 5.0)]
    found = yield_from_integrals(runs, band_sd=0.02, draws=100_000)
    assert_allclose(found.observed_yield.sd, 0.016, rtol=0.03)


def test_an_outlier_among_repeats_is_named():
    rng = np.random.default_rng(2)
    runs = [Integrals(1.0, 0.9 + 1e-4 * rng.standard_normal(), 0.09) for _ in range(6)]
    assert not said(yield_from_integrals(runs), "outlier")
    runs[3] = Integrals(1.0, 0.91, 0.09)
    found = yield_from_integrals(runs)
    assert "Repeat 4 is an outlier in absorptance: 0.09 against 0.09996 of the others" in said(found, "outlier")[0]


@pytest.mark.parametrize(("apart", "outlying"), [(1.96, False), (1.98, True)])
def test_an_outlier_of_six_lies_beyond_the_tabulated_1_973_sd(apart, outlying):
    """Grubbs' two-sided critical value at .01 for six, Technometrics 11, 1 (1969), table 1 at .5 %."""

    def values(d):
        return np.array([-1, -0.5, 0.0, 0.5, 1.0, d])

    d = brentq(lambda d: (d - values(d).mean()) / values(d).std(ddof=1) - apart, 1.0, 100.0)
    runs = [Integrals(1.0, 0.5, 0.4 * (1 + 1e-3 * v)) for v in values(d)]
    assert bool(said(yield_from_integrals(runs), "outlier in observed yield")) == outlying


def test_no_standard_uncertainty_where_the_laser_itself_is_noisy():
    """A = .9 is known to .02 then, and the photons absorbed are not."""
    noisy = yield_from_integrals(two(0.9), laser_sd=0.15)
    assert np.isnan(noisy.observed_yield.sd) and np.isfinite(noisy.observed_yield.high)
    assert np.isnan(yield_from_integrals(collected(0.9, 0.9, 0.01), laser_sd=0.15).observed_yield.sd)
    assert yield_from_integrals(two(0.9), laser_sd=0.05).observed_yield.sd > 0


def test_a_run_given_twice_is_no_repeat():
    """Integrals may be equal by rounding, and are taken; of spectra see test_sphere_integrals.py."""
    found = yield_from_integrals([two(0.3), two(0.31), two(0.3)])
    assert said(found, "Runs 1 and 3 are equal to the last digit: given twice, or rounded")
    assert_allclose(found.absorptance.value, 0.91 / 3, rtol=1e-3)
    assert not said(yield_from_integrals([two(0.3), two(0.31), two(0.302)]), "last digit")


def test_an_absorptance_that_is_not_resolved_leaves_the_yield_unbounded():
    found = yield_from_integrals(two(0.0015), laser_sd=1e-3, emission_sd=2e-3)
    assert found.observed_yield.high == np.inf and "unbounded" in str(found.observed_yield)
    assert said(found, "absorptance is not resolved")
    less = yield_from_integrals(Integrals(1.0, 1.0001, 1e-3), laser_sd=1e-3, emission_sd=2e-3)
    assert less.observed_yield.kind == "lower limit"
    expected = 1e-3 / (-1e-4 + 1.645 * 1e-3 * 2**0.5)
    assert_allclose(less.observed_yield.value, expected, rtol=0.02)


def test_an_emission_that_is_not_resolved_is_an_upper_limit():
    found = yield_from_integrals(Integrals(1.0, 0.5, 0.001, emission_empty=0.001), emission_sd=0.1)
    assert found.observed_yield.kind == "upper limit"
    assert_allclose(found.observed_yield.value, 1.645 * 1e-4 * 2**0.5 / 0.5, rtol=0.03)


def test_an_internal_yield_is_as_unresolved_as_the_observed_one():
    """Ahn's formula would make 1/a of an infinite yield, and a bound of what has none."""
    open_end = yield_from_integrals(two(0.0015), laser_sd=1e-3, emission_sd=2e-3, self_absorption=(0.1, 0.02))
    assert open_end.observed_yield.high == open_end.internal_yield.high == np.inf
    assert said(open_end, "absorptance is not resolved")
    less = yield_from_integrals(
        Integrals(1.0, 1.0001, 1e-3), laser_sd=1e-3, emission_sd=2e-3, self_absorption=(0.1, 0.02)
    )
    assert less.observed_yield.kind == less.internal_yield.kind == "lower limit"
    assert np.isinf(less.budget["all together"].value)


def test_an_upper_limit_is_never_below_zero():
    found = yield_from_integrals(Integrals(1.0, 0.5, 0.001, emission_empty=0.002), emission_sd=0.05)
    assert found.observed_yield.kind == "upper limit" and found.observed_yield.value == 0
    assert "zero is taken" in found.observed_yield.how
    assert said(found, "below zero as a whole, -0.002")


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_alarms_do_not_hang_on_the_level_of_the_interval(level):
    """At 2 sd none of them speaks; at 4 sd each does."""

    def found(integrals):
        return yield_from_integrals(integrals, laser_sd=1e-3, emission_sd=1e-3, level=level)

    above = np.hypot(1e-3, 1e-3 * np.hypot(1, 0.5) / 0.5)  # sd of a yield of one by two measurements
    light = 1e-3 * 2**0.5
    for sds in (2, 4):
        assert bool(said(found(two(0.5, 1 + sds * above)), "above one")) == (sds > 3)
        seen = collected(0.5, 0.9)._replace(laser_indirect=1 + sds * light, emission_indirect=0.0)
        assert bool(said(found(seen), "CANNOT ADD LIGHT")) == (sds > 3)
    found(Integrals(1.0, 1 + 2 * light, 0.01))
    with pytest.raises(DataError, match="swapped"):
        found(Integrals(1.0, 1 + 4 * light, 0.01))


def test_direct_that_transmits_more_is_refused():
    with pytest.raises(DataError, match="are direct and indirect swapped"):
        yield_from_integrals(Integrals(1.0, 0.97, 0.03, 0.87, 0.12), laser_sd=1e-3)
    with pytest.raises(DataError, match="are direct and empty swapped"):
        yield_from_integrals(Integrals(0.9, 1.0, 0.03), laser_sd=1e-3)


def test_light_that_a_sample_cannot_add():
    found = yield_from_integrals(Integrals(1.0, 0.6, 0.3, 1.05, 0.0), laser_sd=1e-3)
    (words,) = said(found, "CANNOT ADD LIGHT")
    assert "1.050" in words
    assert found.contradicted[0] == "the sample adds laser light, beyond noise"
    noisy = yield_from_integrals(Integrals(1.0, 0.6, 0.3, 1.0005, 0.0), laser_sd=1e-3)
    assert not said(noisy, "CANNOT ADD LIGHT")


def test_three_repeats_are_enough_to_see_light_that_a_sample_cannot_add():
    """A step of 1.17 in 1 % of noise; with two degrees of freedom .998 of the draws would reach down to one."""
    rng, seen, told = np.random.default_rng(0), collected(0.65, 0.79), []
    power = {"empty": 1.0, "direct": 1.17, "indirect": 1.17}
    for _ in range(40):
        runs = [
            Integrals(
                **{
                    k: float(v) * power[k.split("_")[1]] * (1 + 0.01 * rng.standard_normal())
                    for k, v in seen._asdict().items()
                }
            )
            for _ in range(3)
        ]
        told.append(bool(said(yield_from_integrals(runs, draws=1000), "CANNOT ADD LIGHT")))
    assert np.mean(told) > 0.9


def test_the_ceiling_holds_where_the_power_stepped_once():
    """Power 1.1 times higher with the sample in, 1 % noise, no light absorbed after the walls: 95 % stay below."""
    rng, below = np.random.default_rng(0), []
    seen = collected(0.65, 0.79)
    power = {"empty": 1.0, "direct": 1.1, "indirect": 1.1}
    for _ in range(100):
        noisy = {
            k: float(v) * power[k.split("_")[1]] * (1 + 0.01 * rng.standard_normal()) for k, v in seen._asdict().items()
        }
        found = yield_from_integrals(Integrals(**noisy), laser_sd=0.01, emission_sd=0.01, draws=1000)
        (words,) = said(found, "stepped once")
        below.append(float(re.search(r"the yield is ([\d.]+) or less", words)[1]) >= 0.79)
    assert 0.88 <= np.mean(below) <= 0.99


def test_estimators_that_disagree_are_told():
    agree = collected(0.3, 0.9, 0.05)
    assert not said(yield_from_integrals(agree, laser_sd=2e-3, emission_sd=2e-3), "disagree")
    drifted = agree._replace(laser_empty=1.03)
    found = yield_from_integrals(drifted, laser_sd=2e-3, emission_sd=2e-3)
    assert said(found, "disagree")
    assert found.contradicted == ("two and three measurements disagree beyond their joint noise",)
    assert yield_from_integrals(agree, laser_sd=2e-3, emission_sd=2e-3).contradicted == ()


def stepped(up, noise, seed=0):
    """A run in which the power rose between empty and sample."""
    rng, seen = np.random.default_rng(seed), collected(0.3, 0.95)
    power = {name: 1.0 if name.endswith("empty") else up for name in seen._fields}
    return Integrals(
        **{k: float(v) * power[k] * (1 + noise * rng.standard_normal()) for k, v in seen._asdict().items()}
    )


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_what_is_small_beside_the_interval_contradicts_nothing(level):
    """A drift of .1 %, seen at ten standard deviations: L_b/L_a - 1 is .001, Q3 - Q2 -.0022, the interval .09 wide."""
    stated = {"laser_sd": 1e-4, "emission_sd": 1e-4, "level": level}
    found = yield_from_integrals(stepped(1.001, 1e-4), band_sd=0.024, **stated)
    assert found.contradicted == ()
    (light,) = said(found, "L_b/L_a = 1.00")
    assert light.endswith("no interval holds that. No drift is stated: drift_sd of about 0.001 would explain it.")
    drifting = yield_from_integrals(stepped(1.001, 1e-4), band_sd=0.024, drift_sd=1e-4, **stated)
    assert said(drifting, "L_b/L_a = 1.00")[0].endswith("it is more than drift_sd says.")
    assert said(found, "Three minus two measurements is -0.0022 (-0.003")
    assert not said(found, "CANNOT ADD") and not said(found, "estimators disagree")
    assert len(yield_from_integrals(stepped(1.001, 1e-4), **stated).contradicted) == 2  # there it weighs
    assert len(yield_from_integrals(stepped(1.17, 1e-4), band_sd=0.024, **stated).contradicted) == 2
    repeats = yield_from_integrals([stepped(1.001, 1e-4, seed) for seed in range(5)], band_sd=0.024, level=level)
    assert repeats.contradicted == () and said(repeats, "no scatter of repeats holds that")
    assert not said(repeats, "No drift is stated")


@pytest.mark.parametrize("indirect", [0.0, 0.05])
def test_a_drift_that_would_explain_it_is_named(indirect):
    """Stated, it makes the difference of both estimators one standard deviation, and the warnings are gone."""
    seen = collected(0.3, 0.95, indirect)
    seen = seen._replace(laser_empty=seen.laser_empty / 1.02)
    known = {"laser_sd": 1e-4, "emission_sd": 1e-4}
    (apart,) = said(yield_from_integrals(seen, **known), "estimators disagree")
    drift = float(re.search(r"drift_sd of about ([\d.]+) would", apart)[1])
    stated = yield_from_integrals(seen, drift_sd=drift, **known)
    assert not said(stated, "disagree") and not stated.contradicted
    draws = yield_from_integrals(seen, drift_sd=drift, method="two").observed_drawn
    apart = yield_from_integrals(seen, drift_sd=drift).observed_drawn - draws  # the same draws
    assert_allclose(apart.std() / abs(np.median(apart)), 1, rtol=0.08)
    alone = yield_from_integrals(seen, emission_sd=1e-4)
    assert said(alone, "No drift is stated") and not said(alone, "One run, and neither")


@pytest.mark.parametrize("stated", [{}, {"band_sd": 0.02}])
def test_without_noise_nothing_is_beyond_noise(stated):
    """The estimators differ by .0013, and what is stated moves them together."""
    found = yield_from_integrals(Integrals(1.0, 0.665, 0.305, 0.95, 0.045), **stated)
    assert abs(np.median(found.observed_drawn) - found.other_yield.value) > 0.001
    assert not said(found, "disagree")


def test_a_yield_above_one_is_kept_and_said_to_be_impossible_where_it_is():
    found = yield_from_integrals(two(0.3, 1.1), laser_sd=1e-3, emission_sd=2e-3)
    assert_allclose(found.observed_yield.value, 1.1, atol=1e-3)
    assert said(found, "above one as a whole")
    assert not said(yield_from_integrals(two(0.3, 1.01), laser_sd=1e-2, emission_sd=2e-2), "above one")


def test_a_blank_that_matters_is_told():
    seen = two(0.1, 0.9)
    lit = seen._replace(emission_direct=seen.emission_direct + 0.005, emission_empty=0.005)
    found = yield_from_integrals(lit, laser_sd=1e-3)
    assert_allclose(found.repeats[0].observed_yield, 0.9)
    (words,) = said(found, "The blank shows")
    assert "moves the yield by -0.050" in words
    dark = yield_from_integrals(Integrals(1.0, 0.5, 0.0), laser_sd=1e-3)
    assert not said(dark, "The blank shows")  # a yield of zero, no blank


@pytest.mark.parametrize("indirect", [0.0, 0.05])
def test_a_blank_that_follows_the_laser_is_told_with_its_size(indirect):
    """Stray light of 1 % of the laser in each configuration: by either estimator the yield is too low by .01."""
    seen, stray = collected(0.3, 0.9, indirect), 0.01
    lit = seen._replace(
        emission_empty=stray,
        emission_direct=seen.emission_direct + stray * seen.laser_direct,
        emission_indirect=seen.emission_indirect + stray * seen.laser_indirect,
    )
    for method in ("three", "two"):
        found = yield_from_integrals(lit, laser_sd=1e-3, method=method)
        assert_allclose(found.repeats[0].observed_yield, 0.9 - stray)
        assert "the yield is higher by 0.01." in said(found, "The blank shows")[0]


def test_what_was_not_stated_is_told():
    found = yield_from_integrals(two(0.3))
    assert said(found, "One run")
    assert np.isnan(found.observed_yield.low) and "no uncertainty" in found.observed_yield.how


def test_density_and_text():
    found = yield_from_integrals(two(0.02), laser_sd=1e-3, emission_sd=2e-3)
    x, y = found.curves["quantum_yield"].values, found.curves["density"].values
    assert_allclose(np.trapezoid(y, x), 0.99, atol=0.01)
    assert abs(x[np.argmax(y)] - 1) < 0.03
    assert "observed yield: 1.0" in str(found)
    assert "% " not in str(found.budget["all together"])


def test_what_is_no_measurement_is_refused():
    with pytest.raises(ValueError, match="laser above 0"):
        yield_from_integrals(Integrals(0.0, 0.5, 0.1))
    with pytest.raises(ValueError, match="laser_sd"):
        yield_from_integrals(two(0.1), laser_sd=-0.1)
    with pytest.raises(ValueError, match="self_absorption"):
        yield_from_integrals(two(0.1), self_absorption=1.0)
    with pytest.raises(ValueError, match="its sd below 1"):
        yield_from_integrals(two(0.1), self_absorption=(0.2, 5.0))
    with pytest.raises(ValueError, match="band_sd .*not in per cent"):
        yield_from_integrals(two(0.1), band_sd=3.0)
    with pytest.raises(ValueError, match="indirect"):
        yield_from_integrals(two(0.1), method="three")
    with pytest.raises(ValueError, match="method"):
        yield_from_integrals(two(0.1), method="four")
    with pytest.raises(ValueError, match="draws"):
        yield_from_integrals(two(0.1), draws=10)
    with pytest.raises(ValueError, match="none"):
        yield_from_integrals([])
    with pytest.raises(DataError, match="run 2 and run 1 did not measure the same"):
        yield_from_integrals([two(0.1), collected(0.1, 0.9)])
    with pytest.raises(DataError, match="emission_indirect"):
        yield_from_integrals(collected(0.1, 0.9)._replace(emission_indirect=None))


def test_an_observed_yield_as_the_draws_have_it():
    seen = collected(0.3, 0.9, 0.0)
    found = yield_from_integrals(seen, laser_sd=1e-4, emission_sd=1e-4, self_absorption=0.2)
    assert_allclose(found.as_drawn(0.9), 0.9 / (1 - 0.2 + 0.2 * 0.9))
    assert_allclose(found.as_drawn(float(np.median(found.observed_drawn))), np.median(found.drawn), rtol=1e-6)
    assert np.isnan(found.as_drawn(-5.0)) and np.isnan(found.as_drawn(np.inf))
    plain = yield_from_integrals(seen, laser_sd=1e-4, emission_sd=1e-4)
    assert plain.as_drawn(0.9) == 0.9
