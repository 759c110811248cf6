import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq, curve_fit
from scipy.special import ndtri, stdtrit

from antistokes import units
from antistokes.analysis.heat_fit import fieller, fit_heat
from antistokes.errors import DataError

MEAN, YIELD, SCALE = 1.96, 0.99, 5.0
EV = MEAN + np.linspace(-0.04, 0.10, 12)
LINE = SCALE * (EV - YIELD * MEAN)
ALPHA = 0.3 * np.exp((EV - 1.96) / 0.02)
RNG = np.random.default_rng


def with_background(background, energy=EV, alpha=ALPHA):
    return SCALE * (1 - YIELD * MEAN / energy * alpha / (alpha + background))


@pytest.mark.parametrize("scale", [5.0, -2e-6])
@pytest.mark.parametrize("per", ["photon", "energy"])
def test_a_line_comes_back(per, scale):
    heat = scale * (EV - YIELD * MEAN) / (EV if per == "energy" else 1)
    found = fit_heat(EV, heat, abs(scale) * 1e-3, mean_emission_ev=MEAN, per=per)
    assert_allclose([found.external_yield.value, found.scale.value / scale], [YIELD, 1.0], rtol=1e-10)
    assert_allclose(found.threshold_ev.value, YIELD * MEAN, rtol=1e-10)
    assert found.background_per_cm is None and found.freedom == 10
    assert_allclose(found.model, heat, atol=1e-10 * abs(scale))


def test_sd_is_that_of_a_fit_in_threshold_and_slope():
    """The same line, written as k (E - e0), by scipy's curve_fit."""
    heat = LINE + 0.01 * RNG(1).standard_normal(EV.size)
    found = fit_heat(EV, heat, mean_emission_ev=(MEAN, 5e-4))
    best, covariance = curve_fit(lambda x, k, zero: k * (x - zero), EV, heat, p0=[SCALE, 1.94], xtol=1e-14, ftol=1e-14)
    sd = np.sqrt(np.diag(covariance))
    assert_allclose([found.scale.value, found.threshold_ev.value], best, rtol=1e-8)
    assert_allclose([found.scale.sd, found.threshold_ev.sd], sd, rtol=1e-5)
    expected = np.hypot(sd[1] / MEAN, found.external_yield.value * 5e-4 / MEAN)
    assert_allclose(found.external_yield.sd, expected, rtol=1e-5)


def test_interval_is_the_profile_of_chi_square():
    """Fieller's ends are where chi-square, the slope refitted, rises by the square of the quantile; they are skew."""
    far = EV[EV > 2.0]
    heat, sd = SCALE * (far - 1.94) + 0.02 * RNG(0).standard_normal(far.size), 0.025
    found = fit_heat(far, heat, sd, mean_emission_ev=MEAN)

    def chi2(zero):
        x = far - zero
        return float(np.sum((heat - x * (x @ heat) / (x @ x)) ** 2)) / sd**2

    best, best_at = found.chi2, found.threshold_ev.value
    ends = [
        brentq(lambda z: chi2(z) - best - 1.959964**2, *bracket, xtol=1e-12)
        for bracket in ((best_at - 1, best_at), (best_at, far.min()))
    ]
    assert_allclose([found.threshold_ev.low, found.threshold_ev.high], ends, atol=1e-7)
    assert found.threshold_ev.value - found.threshold_ev.low > 1.2 * (
        found.threshold_ev.high - found.threshold_ev.value
    )


def test_the_ratio_of_two_numbers():
    """Fieller's interval of independent N and D, against the definition."""
    low, high = fieller(2.0, 4.0, np.diag([0.3, 0.5]))
    for end in (low, high):
        assert_allclose((2 - end * 4) ** 2, 0.3 + end**2 * 0.5)
    assert fieller(2.0, 0.5, np.diag([0.3, 0.5])) == (-math.inf, math.inf)


def test_an_interval_much_smaller_than_the_ratio_keeps_its_digits():
    low, high = fieller(2.0, 4.0, 1e-24 * np.array([[0.3, -0.1], [-0.1, 0.5]]))
    assert_allclose(high - low, 2e-12 * math.sqrt(0.3 + 0.5 * 0.1 * 2 + 0.25 * 0.5) / 4, rtol=1e-3)


def test_a_slope_not_told_from_zero_bounds_nothing():
    found = fit_heat(EV, RNG(0).standard_normal(EV.size), mean_emission_ev=MEAN)
    assert math.isinf(found.external_yield.low) and math.isinf(found.external_yield.high)
    assert math.isnan(found.external_yield.sd)


def test_stated_noise_is_scaled_up_by_scatter_only():
    quiet = fit_heat(EV, LINE, 0.01, mean_emission_ev=MEAN)
    loud = fit_heat(EV, LINE + 0.1 * RNG(0).standard_normal(EV.size), 0.01, mean_emission_ev=MEAN)
    assert "sd of the points times" in loud.external_yield.how and loud.scale.sd > 5 * quiet.scale.sd
    x = EV - EV.mean()
    assert_allclose(quiet.scale.sd, 0.01 / np.sqrt(x @ x), rtol=1e-8)


def test_yield_and_scale_are_one_number_far_from_the_threshold():
    found = fit_heat(EV, LINE, 0.01, mean_emission_ev=MEAN)
    x, zero = EV - EV.mean(), YIELD * MEAN
    covariance = -(EV.mean() - zero) / (x @ x)  # of slope and its zero, times -1 over the slope, in units of the noise
    variance = 1 / EV.size + (EV.mean() - zero) ** 2 / (x @ x)
    expected = -covariance / np.sqrt(variance / (x @ x))
    assert_allclose(found.correlation["scale"]["external_yield"], expected, rtol=1e-6)
    assert found.correlation["scale"]["scale"] == pytest.approx(1.0)


@pytest.mark.parametrize("background", [1e-3, 3e-2])
@pytest.mark.parametrize("per", ["photon", "energy"])
def test_a_background_comes_back(per, background):
    heat = with_background(background) * (EV if per == "photon" else 1)
    found = fit_heat(EV, heat, 1e-4, mean_emission_ev=(MEAN, 1e-4), absorption_per_cm=ALPHA, per=per)
    assert_allclose(found.external_yield.value, YIELD, rtol=1e-6)
    assert_allclose(found.background_per_cm.value, background, rtol=1e-4)
    assert_allclose(found.scale.value, SCALE, rtol=1e-5)
    assert found.background_per_cm.low < background < found.background_per_cm.high
    assert set(found.correlation) == {"scale", "external_yield", "background_per_cm"}


def test_the_closed_form_of_two_wavelengths_without_heat():
    """alpha_b = (r - 1)/(1/alpha_2 - r/alpha_1), eta = (1 + alpha_b/alpha_1) E_1/E_f, r = E_1/E_2 (Tanaka 2024)."""
    background = 1e-4

    def net(energy):
        alpha = 0.3 * np.exp((energy - 1.96) / 0.02)
        return float(with_background(background, energy, alpha))

    grid = np.linspace(1.80, 1.98, 2001)
    roots = grid[:-1][np.diff(np.sign([net(e) for e in grid])) != 0]
    assert roots.size == 2
    cold, hot = (brentq(net, r, r + grid[1] - grid[0], xtol=1e-14) for r in roots)
    first, second = (0.3 * np.exp((e - 1.96) / 0.02) for e in (hot, cold))
    r = hot / cold
    assert_allclose((r - 1) / (1 / second - r / first), background, rtol=1e-9)
    assert_allclose((1 + background / first) * hot / MEAN, YIELD, rtol=1e-9)
    found = fit_heat(
        EV, with_background(background), 1e-4, mean_emission_ev=MEAN, absorption_per_cm=ALPHA, per="energy"
    )
    assert_allclose(found.external_yield.value, (1 + background / first) * hot / MEAN, rtol=1e-6)


def test_a_background_that_is_not_resolved_is_a_limit():
    heat = with_background(0.0) + 1e-3 * RNG(0).standard_normal(EV.size)
    found = fit_heat(EV, heat, 1e-3, mean_emission_ev=MEAN, absorption_per_cm=ALPHA, per="energy")
    assert found.background_per_cm.kind == "upper limit" and 0 < found.background_per_cm.value < 1e-3


def brute(energy, alpha, heat, threshold_share, background):
    """Least chi-square on a fine grid of E_0/E_f and background, the scale solved for; shape of the first."""
    column = 1 - MEAN * threshold_share[:, None, None] / energy * alpha / (alpha + background[:, None])
    chi2 = heat @ heat - (column @ heat) ** 2 / np.sum(column**2, axis=-1)
    return chi2.min(axis=1)


@pytest.mark.parametrize(
    ("seed", "low_ev", "n", "background", "sd"), [(4, -0.06, 14, 3e-4, 3e-3), (20, 0.0, 8, 2e-3, 1e-2)]
)
def test_the_best_of_several_valleys(seed, low_ev, n, background, sd):
    """Few or noisy points have a second best far away, a yield of ten; ends against brute force over both numbers."""
    energy = np.linspace(MEAN + low_ev, MEAN + (0.08 if low_ev else 0.10), n)
    alpha = 0.3 * np.exp((energy - 1.96) / 0.02)
    heat = with_background(background, energy, alpha) + SCALE * sd * RNG(seed).standard_normal(n)
    found = fit_heat(energy, heat, SCALE * sd, mean_emission_ev=MEAN, absorption_per_cm=alpha, per="energy")
    share = np.unique(np.concatenate([np.linspace(0, 1.2, 241), np.linspace(0.95, 1.05, 401)]))
    grid = np.array([0.0, *np.geomspace(1e-6, 10 * alpha.max(), 300)])
    chi2 = brute(energy, alpha, heat, share, grid) / (SCALE * sd) ** 2
    assert found.chi2 == pytest.approx(chi2.min(), rel=0.02)
    factor = max(found.chi2 / (n - 3), 1.0)
    times = stdtrit(n - 3, [0.975, 0.95]) if factor > 1 else ndtri([0.975, 0.95])
    two, one = (share[chi2 - chi2.min() <= factor * t**2] for t in times)
    y = found.external_yield
    if two.max() < 1.2:
        assert_allclose([y.low, y.high], [two.min(), two.max()], atol=1e-3)
    else:
        assert y.kind == "lower limit" and math.isnan(y.high) and y.value == pytest.approx(one.min(), abs=5e-3)


def test_points_without_any_scatter_are_fitted_all_the_same():
    found = fit_heat(EV, with_background(1e-3), mean_emission_ev=MEAN, absorption_per_cm=ALPHA, per="energy")
    assert_allclose(found.external_yield.value, YIELD, rtol=1e-5)
    assert_allclose(fit_heat(EV, LINE, mean_emission_ev=MEAN).external_yield.value, YIELD, rtol=1e-9)


@pytest.mark.parametrize("stated", [True, False])
def test_a_bend_is_seen_and_a_straight_line_is_not_bent(stated):
    sd = 0.005
    noise = sd * RNG(3).standard_normal(EV.size)
    given = sd if stated else None
    assert fit_heat(EV, LINE + noise, given, mean_emission_ev=MEAN).bend > 0.05
    bent = LINE + noise + 10 * (EV - MEAN) ** 2
    assert fit_heat(EV, bent, given, mean_emission_ev=MEAN).bend < 1e-3
    assert math.isnan(fit_heat(EV[:3], LINE[:3], sd, mean_emission_ev=MEAN).bend)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"per": "nothing"}, "per must be 'photon' or 'energy', got 'nothing'"),
        ({"mean_emission_ev": 0.0}, "mean_emission_ev: expected photon energies from 0.1 to 10 eV, found 0"),
        ({"heat": LINE[1:]}, "one finite value of each per photon energy"),
        ({"heat": np.full(12, np.nan)}, "one finite value of each"),
        ({"heat_sd": 0.0}, "sd must be above 0, found 0"),
        ({"energy_ev": units.wavelength_from_energy(EV)}, "found 601.* to 645.* eV. Nanometres for electronvolts"),
        ({"mean_emission_ev": 632.0}, "mean_emission_ev: expected photon energies .* found 632 to 632 eV"),
        ({"energy_ev": EV[:2], "heat": LINE[:2]}, "2 photon energies; expected at least 3.*or state heat_sd"),
        ({"energy_ev": np.full(12, 2.0)}, "1 photon energies; expected at least 3"),
        ({"absorption_per_cm": ALPHA - ALPHA[1]}, "absorption_per_cm must be above 0, found -0.0.* at 1.9200 eV"),
        ({"heat": 0 * LINE, "absorption_per_cm": ALPHA}, "zero at every photon energy"),
        ({"heat": 0 * LINE}, "zero at every photon energy"),
    ],
)
def test_what_makes_no_sense(change, message):
    arguments = {"energy_ev": EV, "heat": LINE, "mean_emission_ev": MEAN} | change
    error = ValueError if {"per", "mean_emission_ev"} & set(change) else DataError
    with pytest.raises(error, match=message):
        fit_heat(**arguments)
