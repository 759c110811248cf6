import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.stats import gamma, norm, poisson

from antistokes.analysis.limits import gaussian_upper_limit, poisson_interval, poisson_upper_limit


@pytest.mark.parametrize(("counts", "limit"), [(0, 2.996), (1, 4.744), (3, 7.754), (10, 16.962)])
def test_without_background_it_is_the_quantile_of_a_gamma_distribution(counts, limit):
    assert_allclose(poisson_upper_limit(counts), limit, atol=5e-4)
    assert_allclose(poisson_upper_limit(counts), gamma.ppf(0.95, counts + 1), rtol=1e-9)


def test_no_counts_allow_as_much_above_any_background():
    assert_allclose([poisson_upper_limit(0, b, s) for b, s in ((3.0, 0.0), (50.0, 7.0))], -np.log(0.05), rtol=1e-9)


@pytest.mark.parametrize(("counts", "background"), [(3, 2.0), (5, 9.0), (40, 30.0)])
def test_a_known_background_gives_the_cls_limit(counts, background):
    limit = poisson_upper_limit(counts, background)
    cls = poisson.cdf(counts, limit + background) / poisson.cdf(counts, background)
    assert_allclose(cls, 0.05, rtol=1e-8)


@pytest.mark.parametrize(("counts", "background", "sd"), [(3, 2.0, 1.0), (12, 9.0, 3.0), (0, 1.0, 0.5)])
def test_an_uncertain_background_is_integrated_over(counts, background, sd):
    """Against Bayes by quadrature: a gamma prior of the background, a flat one of the signal."""
    prior = gamma((background / sd) ** 2, scale=sd**2 / background)
    limit = poisson_upper_limit(counts, background, sd)
    b, s = np.linspace(0, background + 15 * sd, 2001)[1:], np.linspace(0, 4 * limit + 20, 2001)
    likelihood = trapezoid(poisson.pmf(counts, s[:, None] + b) * prior.pdf(b), b, axis=1)
    whole, below = trapezoid(likelihood, s), trapezoid(likelihood[s <= limit], s[s <= limit])
    assert_allclose(below / whole, 0.95, atol=1.5e-3)  # a grid of 1/2000


def test_a_background_that_is_nearly_known_is_a_known_one():
    assert_allclose(poisson_upper_limit(30, 25.0, 1e-3), poisson_upper_limit(30, 25.0), rtol=1e-5)


def test_many_counts_are_normal():
    n, b, sd = 1_000_000, 998_000.0, 500.0
    assert_allclose(poisson_upper_limit(n, b, sd), gaussian_upper_limit(n - b, np.hypot(1e3, sd)), rtol=2e-3)


@pytest.mark.parametrize(
    ("mean", "background"), [(0.0, 0.0), (0.5, 0.0), (3.0, 0.0), (3.0, 5.0), (20.0, 5.0), (0.2, 3.0)]
)
def test_the_limit_covers_at_least_as_often_as_it_says(mean, background):
    """Counted exactly: the sum of the probabilities of all counts whose limit lies above the truth."""
    n = np.arange(int(poisson.isf(1e-9, mean + background)) + 2)
    covers = np.array([poisson_upper_limit(int(k), background) >= mean for k in n])
    assert poisson.pmf(n, mean + background)[covers].sum() >= 0.95 - 1e-9


def test_it_covers_with_a_background_from_a_range_beside_it():
    """40 samples of background for 20 of the window, 3 counts each at most: exact sum over both."""
    ratio = 0.5
    for mean, per_range in ((1.0, 4.0), (4.0, 8.0)):
        n, m = np.arange(30), np.arange(30)
        chance = poisson.pmf(n, mean + ratio * per_range)[:, None] * poisson.pmf(m, per_range)
        limit = np.array([[poisson_upper_limit(int(i), ratio * j, ratio * j**0.5) for j in m] for i in n[:15]])
        covers = np.ones(chance.shape, dtype=bool)
        covers[:15] = limit >= mean
        assert chance[covers].sum() >= 0.945


def test_the_interval_is_that_of_the_same_distribution():
    low, high = poisson_interval(9)
    assert_allclose([low, high], gamma.ppf([0.025, 0.975], 10), rtol=1e-8)


def test_gaussian_limit_in_closed_form():
    assert_allclose(gaussian_upper_limit(0.0, 1.0), norm.isf(0.025), rtol=1e-12)
    assert_allclose(gaussian_upper_limit(8.0, 1.0), 8 + norm.isf(0.05), rtol=1e-9)
    for value in (-3.0, -0.5, 1.0):
        limit = gaussian_upper_limit(value, 1.0, 0.9)
        assert_allclose(norm.cdf(value - limit) / norm.cdf(value), 0.1, rtol=1e-9)
    assert_allclose(gaussian_upper_limit(-1e3, 1.0), -np.log(0.05) / 1e3, rtol=1e-4)  # the exponential tail
    assert_allclose(gaussian_upper_limit(-6.0, 2.0), 2 * gaussian_upper_limit(-3.0, 1.0))


@pytest.mark.parametrize(("truth", "least"), [(0.0, 1.0), (0.5, 0.95), (2.0, 0.95), (5.0, 0.949)])
def test_gaussian_limit_covers(truth, least):
    """The limit rises with the value: the coverage is the probability above the value at which it equals the truth."""
    grid = np.linspace(-8, 12, 4001)
    limits = np.array([gaussian_upper_limit(v, 1.0) for v in grid])
    assert np.all(np.diff(limits) > 0)
    assert norm.sf(grid[limits >= truth].min() - truth) >= least - 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: poisson_upper_limit(-1), "counts must be a whole number, not negative, got -1"),
        (lambda: poisson_upper_limit(1.5), "counts must be a whole number"),
        (lambda: poisson_upper_limit(np.nan), "counts must be a whole number"),
        (lambda: poisson_upper_limit(1, -1.0), "background and background_sd must be finite and not negative"),
        (lambda: poisson_upper_limit(1, 0.0, 1.0), "a background of 0 \\+- 1 counts has no shape"),
        (lambda: poisson_upper_limit(1, level=1.0), "level must be between 0 and 1"),
        (lambda: gaussian_upper_limit(1.0, 0.0), "an sd above zero, got 1.0 and 0.0"),
        (lambda: gaussian_upper_limit(np.nan, 1.0), "needs a finite value"),
    ],
)
def test_what_makes_no_sense(call, message):
    with pytest.raises(ValueError, match=message):
        call()
