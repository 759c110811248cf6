import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.analysis.line import fit_line

X = np.array([1.0, 1.1, 1.3, 1.6, 1.7, 2.0, 2.4, 2.5])
Y = np.array([3.0, 2.9, 2.2, 2.0, 1.1, 0.9, -0.4, -0.2])
WEIGHTS = np.array([1.0, 2.0, 0.5, 4.0, 1.0, 8.0, 2.0, 1.0])


@pytest.mark.parametrize("weights", [np.ones(8), WEIGHTS])
def test_it_is_weighted_least_squares(weights):
    line = fit_line(X, Y, weights)
    slope, intercept = np.polyfit(X, Y, 1, w=np.sqrt(weights))  # polyfit weights the residuals, not their squares
    assert_allclose([line.slope, line.at(np.array([0.0]))[0]], [slope, intercept], rtol=1e-10)
    residual = Y - slope * X - intercept
    assert_allclose(line.scatter, np.sqrt(np.average(residual**2, weights=weights)), rtol=1e-10)


def test_a_perfect_line_leaves_no_scatter():
    line = fit_line(X, 2 - 3 * X, WEIGHTS)
    assert_allclose([line.slope, line.at(np.array([1.0]))[0]], [-3.0, -1.0], rtol=1e-12)
    assert line.scatter < 1e-14


def test_the_scale_of_the_weights_does_not_matter():
    one, other = fit_line(X, Y, WEIGHTS), fit_line(X, Y, 1e-12 * WEIGHTS)
    assert_allclose(one.slope_weights, other.slope_weights, rtol=1e-12)
    assert_allclose(one.scatter, other.scatter, rtol=1e-12)


def test_spacing_as_weights_is_a_fit_over_the_axis():
    """Twice the samples on one side do not pull: the least-squares line of a parabola over 0...2 has slope 2."""
    x = np.concatenate([np.linspace(0, 1, 401)[:-1], np.linspace(1, 2, 801)])
    assert_allclose(fit_line(x, x**2, np.gradient(x)).slope, 2.0, atol=0.01)
    assert abs(fit_line(x, x**2, np.ones(x.size)).slope - 2.0) > 0.05


def test_slope_weights_are_the_derivative_of_the_slope():
    line = fit_line(X, Y, WEIGHTS)
    moved = [fit_line(X, Y + row, WEIGHTS).slope - line.slope for row in np.eye(8)]
    assert_allclose(line.slope_weights, moved, atol=1e-12)


def test_correlation_of_slope_and_intercept():
    """Of errors 1/sqrt(weight), from the normal matrix of 1 and x."""
    design = np.stack([np.ones(8), X], axis=1) * np.sqrt(WEIGHTS)[:, None]
    covariance = np.linalg.inv(design.T @ design)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert_allclose(fit_line(X, Y, WEIGHTS).correlation, expected, rtol=1e-10)


def test_slope_of_points_is_that_of_least_squares() -> None:
    from scipy.optimize import curve_fit
    from scipy.stats import t

    from antistokes.analysis.line import slope_estimate

    x, rng = np.linspace(300, 360, 7), np.random.default_rng(0)
    sd = np.linspace(0.5, 2.0, 7)
    for scatter in (0.3, 3.0):  # less than the stated uncertainties, and more
        y = 0.1 * x + scatter * sd * rng.standard_normal(7)
        found = slope_estimate(x, y, sd, "1", "", 0.95)
        (slope, _), covariance = curve_fit(lambda at, k, a: k * at + a, x, y, sigma=sd, absolute_sigma=scatter < 1)
        assert found.value == pytest.approx(slope)
        half = (1.959964 if scatter < 1 else t.ppf(0.975, 5)) * covariance[0, 0] ** 0.5
        assert found.high - found.value == pytest.approx(half, rel=1e-5)
