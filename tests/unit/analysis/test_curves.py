import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import make_smoothing_spline

from antistokes.analysis import curves

X = np.sort(np.random.default_rng(5).uniform(0, 100, 120))
BAND = np.exp(-0.5 * ((X - 50) / 12) ** 2)


# --- smooth


@pytest.mark.parametrize("log_stiffness", [-3.0, 0.0, 2.0, 5.0])
@pytest.mark.parametrize("even", [True, False])
def test_reinsch_is_the_smoothing_spline(log_stiffness, even):
    rng = np.random.default_rng(0)
    x = np.arange(120.0) if even else np.cumsum(rng.uniform(0.3, 1.5, 120))
    y = np.sin(x / 9) + 0.1 * rng.standard_normal(120)
    error = rng.uniform(0.05, 0.2, 120)
    expected = make_smoothing_spline(x, y, w=error**-2, lam=10.0**log_stiffness)(x)
    assert_allclose(curves._reinsch(x, error)(log_stiffness, y), expected, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_smooth_reaches_its_chi_square(seed):
    """The stiffness is found to 0.02 decades; chi-square changes by well under 1 % over that."""
    sd = 0.02 + 0.03 * BAND
    y = BAND + sd * np.random.default_rng(seed).standard_normal(X.size)
    chi2 = np.sum(((y - curves.smooth(X, y, sd).values) / sd) ** 2)
    assert_allclose(chi2, X.size - np.sqrt(2 * X.size), rtol=0.01)


def test_smooth_comes_closer_to_the_truth():
    rng = np.random.default_rng(0)
    errors = [
        curves.smooth(X, BAND + 0.05 * rng.standard_normal(X.size), np.full(X.size, 0.05)).values - BAND for _ in "123"
    ]
    assert np.std(errors) < 0.025


def test_a_noisy_straight_line_becomes_straight():
    """Where even a straight line fits within the noise, the stiffest spline is the least-squares line."""
    y = 3 + 0.1 * X + 0.01 * np.random.default_rng(2).standard_normal(X.size)
    line = np.polyval(np.polyfit(X, y, 1), X)
    assert_allclose(curves.smooth(X, y, np.full(X.size, 0.02)).values, line, atol=1e-5)


def test_scale_and_place_of_the_axes_do_not_matter():
    sd = np.full(X.size, 0.05)
    y = BAND + sd * np.random.default_rng(0).standard_normal(X.size)
    expected = curves.smooth(X, y, sd).values
    assert_allclose(curves.smooth(X, 1e18 * y, 1e18 * sd).values, 1e18 * expected, rtol=1e-6, atol=1e12)
    assert_allclose(curves.smooth(2 + 1e-3 * X, y, sd).values, expected, atol=1e-6)


def test_errors_that_differ_by_decades_do_not_stop_it():
    """As counts that are exactly zero over most of a spectrum give."""
    rng = np.random.default_rng(0)
    for decades in (4, 8, 14):
        x = np.linspace(1.55, 2.48, 601)
        band = np.exp(-0.5 * ((x - 1.92) / 0.05) ** 2)
        sd = 0.01 * np.maximum(np.sqrt(band), 10.0**-decades)
        y = band + sd * rng.standard_normal(x.size)
        found = (y - curves.smooth(x, y, sd).values) / np.maximum(sd, 1e-4 * sd.max())
        assert_allclose(np.sum(found**2), x.size - np.sqrt(2 * x.size), rtol=0.03)


def test_without_noise_nothing_is_smoothed():
    assert_allclose(curves.smooth(X, BAND, np.zeros(X.size)).values, BAND, atol=0)
    assert_allclose(curves.smooth(X, BAND, np.full(X.size, 1e-12)).values, BAND, atol=0)
    assert_allclose(curves.smooth(X[:7], BAND[:7], np.ones(7)).values, BAND[:7], atol=0)
    assert_allclose(curves.smooth(X, 0 * X, np.zeros(X.size)).values, 0, atol=0)


def test_a_sample_of_large_error_has_little_pull():
    sd, y = np.full(X.size, 0.01), BAND + 0.01 * np.random.default_rng(0).standard_normal(X.size)
    sd[60], y[60] = 10.0, y[60] + 20.0
    assert_allclose(curves.smooth(X, y, sd).values[60], BAND[60], atol=0.03)


def test_other_samples_are_smoothed_alike():
    """The smoothing is linear: what it does to the samples it was made from, and to a sum."""
    rng = np.random.default_rng(0)
    sd = np.full(X.size, 0.05)
    y = BAND + sd * rng.standard_normal(X.size)
    smoother = curves.smooth(X, y, sd)
    rows = np.stack([y, np.cos(X), y + 2 * np.cos(X)])
    out = smoother.apply(rows)
    assert_allclose(out[0], smoother.values, atol=1e-12)
    assert_allclose(out[2], out[0] + 2 * out[1], atol=1e-12)
    assert_allclose(smoother.apply(3 - 0.1 * X[None]), 3 - 0.1 * X[None], atol=1e-8)  # straight lines pass


def test_where_nothing_is_smoothed_other_samples_are_left_alone_too():
    rows = np.random.default_rng(0).standard_normal((2, X.size))
    assert_allclose(curves.smooth(X, BAND, np.zeros(X.size)).apply(rows), rows, atol=0)


# --- interpolation


def test_cubics_are_interpolated_exactly():
    at = np.concatenate([np.linspace(X[0], X[-1], 301), X[:5]])
    matrix = curves.interpolation_matrix(X, at)
    assert matrix.shape == (at.size, X.size)
    for power in range(4):
        assert_allclose(matrix @ (X / 50 - 1) ** power, (at / 50 - 1) ** power, atol=1e-10)


def test_on_the_nodes_nothing_is_mixed():
    assert_allclose(curves.interpolation_matrix(X, X).toarray(), np.eye(X.size), atol=1e-12)


def test_interpolation_error_falls_with_the_fourth_power():
    worst = []
    for n in (51, 101):
        x = np.linspace(0, 100, n)
        at = np.linspace(20, 80, 999)
        exact = np.exp(-0.5 * ((at - 50) / 12) ** 2)
        found = curves.interpolation_matrix(x, at) @ np.exp(-0.5 * ((x - 50) / 12) ** 2)
        worst.append(np.abs(found - exact).max())
    assert 12 < worst[0] / worst[1] < 20


# --- interpolation along the logarithm

STEPS = np.linspace(0.0, 40.0, 21)
BETWEEN = np.array([0.7, 3.1, 11.0, 20.9, 39.9])


@pytest.mark.parametrize("log_of", [lambda x: 2 - x / 3, lambda x: -0.5 * ((x - 15) / 4) ** 2, lambda x: (x / 20) ** 3])
def test_exponentials_and_gaussians_are_interpolated_exactly(log_of):
    value, gradient = curves.interpolate(STEPS, np.exp(log_of(STEPS)), np.zeros(STEPS.size), BETWEEN)
    assert_allclose(value, np.exp(log_of(BETWEEN)), rtol=1e-9)
    assert gradient.shape == (BETWEEN.size, STEPS.size)


def test_on_the_nodes_samples_are_left_alone():
    y = np.exp(-STEPS / 3)
    value, gradient = curves.interpolate(STEPS, y, 1e-9 * y, STEPS)
    assert_allclose(value, y, rtol=1e-12)
    assert_allclose(gradient.toarray(), np.eye(y.size), atol=1e-12)


def resolved_in_part():
    """Noise of .02: samples up to 6.9 stand five times above it."""
    y = np.exp(-STEPS / 3)
    return y, np.full(y.size, 0.02)


@pytest.mark.parametrize("noisy", [False, True])
def test_the_gradient_is_the_finite_difference(noisy):
    y, sd = resolved_in_part() if noisy else (np.exp(-STEPS / 3), np.zeros(STEPS.size))
    _, gradient = curves.interpolate(STEPS, y, sd, BETWEEN)
    for i in range(y.size):
        step = np.where(np.arange(y.size) == i, 1e-5 * y[i], 0.0)
        up, down = (curves.interpolate(STEPS, y + s, sd, BETWEEN)[0] for s in (step, -step))
        assert_allclose((up - down) / (2e-5 * y[i]), gradient.toarray()[:, i], rtol=1e-5, atol=1e-8)


def test_where_noise_is_large_the_samples_themselves_are_interpolated():
    """The stencil of 3.1 (0 to 6) is clear; those of 5.1 (2 to 8) and beyond are not."""
    y, sd = resolved_in_part()
    at = np.array([3.1, 5.1, 20.9])
    value, gradient = curves.interpolate(STEPS, y, sd, at)
    matrix = curves.interpolation_matrix(STEPS, at)
    assert_allclose(value[0], np.exp(-3.1 / 3), rtol=1e-9)
    assert abs(value[0] - (matrix @ y)[0]) > 1e-4
    assert_allclose(value[1:], (matrix @ y)[1:], rtol=1e-12)
    assert_allclose(gradient.toarray()[1:], matrix.toarray()[1:], atol=0)


@pytest.mark.parametrize("y", [0 * STEPS, -np.ones(STEPS.size), np.where(STEPS == 10, 0.0, 1.0)])
def test_samples_without_a_logarithm_are_no_trouble(y):
    value, gradient = curves.interpolate(STEPS, y, np.zeros(y.size), BETWEEN)
    assert_allclose(value, curves.interpolation_matrix(STEPS, BETWEEN) @ y, atol=1e-12)
    assert np.isfinite(gradient.toarray()).all()


@pytest.mark.parametrize("factor", [1e-20, 3.0, 1e18])
def test_interpolation_is_homogeneous(factor):
    """Of degree 1: a factor passes, and the gradient times the samples is the value."""
    y, sd = resolved_in_part()
    value, gradient = curves.interpolate(STEPS, y, sd, BETWEEN)
    scaled, same = curves.interpolate(STEPS, factor * y, factor * sd, BETWEEN)
    assert_allclose(scaled, factor * value, rtol=1e-10)
    assert_allclose(same.toarray(), gradient.toarray(), rtol=1e-10, atol=1e-13)
    assert_allclose(gradient @ y, value, rtol=1e-10)


# --- maxima


def test_main_maximum_is_the_highest_with_all_above_sixty_percent():
    y = np.array([0.0, 0.7, 0.8, 0.5, 0.59, 0.61, 1.0, 0.9, 0.6, 0.3, 0.7])
    assert curves.main_maximum(y) == (6, slice(5, 9))


def test_main_maximum_has_three_samples_at_least():
    assert curves.main_maximum(np.array([0.0, 0.1, 1.0, 0.1, 0.0])) == (2, slice(1, 4))


@pytest.mark.parametrize("y", [[1.0, 0.1, 0.0, 0.0], [0.0, 0.0, 0.1, 1.0]])
def test_main_maximum_at_an_end_has_three_samples_too(y):
    _, around = curves.main_maximum(np.array(y))
    assert around.stop - around.start >= 3


def two_peaks(height, x=X):
    return height * np.exp(-0.5 * ((x - 25) / 6) ** 2) + np.exp(-0.5 * ((x - 70) / 8) ** 2)


def test_first_maximum_is_the_one_of_lowest_energy():
    y = two_peaks(0.3)
    top, around = curves.first_maximum(X, y, np.zeros(X.size))
    assert abs(X[top] - 25) < 1 and around.start < top < around.stop
    assert np.all(y[around] >= 0.55 * y[top])


@pytest.mark.parametrize(("near", "expected"), [(-1e3, 25), (46.0, 25), (49.0, 70), (99.0, 70)])
def test_first_maximum_near_a_position(near, expected):
    """Nearest is meant along the axis, however unevenly it is sampled: halfway lies at 47.5."""
    assert abs(X[curves.first_maximum(X, two_peaks(0.3), np.zeros(X.size), near=near)[0]] - expected) < 1
    uneven = np.concatenate([np.arange(0, 30, 3.0), np.arange(30, 100, 0.5)])
    found = curves.first_maximum(uneven, two_peaks(0.3, uneven), np.zeros(uneven.size), near=near)
    assert abs(uneven[found[0]] - expected) < 2


def test_first_maximum_passes_by_what_does_not_stand_out():
    ripple = two_peaks(0.0) + 0.2 + 0.002 * np.cos(X)  # 2 % of the background: below 3 %
    assert abs(X[curves.first_maximum(X, ripple, np.zeros(X.size))[0]] - 70) < 2
    noisy = np.full(X.size, 0.2)
    assert abs(X[curves.first_maximum(X, two_peaks(0.3), noisy)[0]] - 70) < 1  # 0.3 is below three times 0.2


def test_a_shoulder_is_no_maximum():
    assert curves.first_maximum(X, 1 / (1 + np.exp(-(X - 50) / 5)), np.zeros(X.size)) is None


@pytest.mark.parametrize("n", [3, 5, 12])
def test_highest_point_of_a_parabola_is_exact(n):
    x = np.sort(np.random.default_rng(n).uniform(1.9, 2.1, n))
    x[[0, -1]] = 1.9, 2.1
    rows = np.stack([5 - (x - 2.013) ** 2, 3 - 3 * (x - 1.96) ** 2])
    assert_allclose(curves.highest(x, rows), [2.013, 1.96], rtol=1e-9)
    assert_allclose(curves.highest(x, 1e-12 * rows), [2.013, 1.96], rtol=1e-9)


@pytest.mark.parametrize("offset", [0.0, 0.13, 0.5])
def test_highest_point_of_a_gaussian(offset):
    """Exact where the samples lie evenly around it; else the fourth derivative counts, (1/10)^2/10 of a sample."""
    x = np.arange(-10.0, 11.0)
    y = np.exp(-0.5 * ((x - offset) / 10) ** 2)
    assert_allclose(curves.highest(x, y[None]), offset, atol=1e-9 if offset in (0.0, 0.5) else 1e-3)


def test_highest_point_may_be_an_end():
    x = np.linspace(0, 1, 9)
    assert_allclose(curves.highest(x, np.stack([x**2, -x, np.ones(9)])), [1.0, 0.0, 0.0], atol=0)


# --- crossings


def test_crossing_of_a_line_is_exact():
    x = np.array([0.0, 1.0, 3.0, 4.0])
    rows = np.array([[2.0, 1.0, -1.0, -2.0], [4.0, 3.0, 1.0, -0.5], [1.0, 0.0, -1.0, -1.0]])
    assert_allclose(curves.outward_crossing(x, rows), [2.0, 3 + 2 / 3, 1.0], rtol=1e-14)


def test_crossing_towards_falling_positions():
    x = np.array([4.0, 3.0, 1.0])
    assert_allclose(curves.outward_crossing(x, np.array([1.0, 1.0, -1.0])), [2.0])
    assert curves.outward_crossing(x, np.ones(3)) == -np.inf


def test_never_positive_never_negative_and_cut_short():
    x = np.arange(4.0)
    rows = np.array([[-1.0, -1, -1, -1], [1, 1, 1, 1], [1, 1, np.nan, np.nan], [1, -1, np.nan, np.nan]])
    assert_allclose(curves.outward_crossing(x, rows), [np.nan, np.inf, np.inf, 0.5])


def test_one_wrong_sign_does_not_move_the_crossing():
    f = np.array([3.0, 2, -0.1, 1, 0.5, -0.5, -1, 0.1, -2, -3])
    assert_allclose(curves.outward_crossing(np.arange(10.0), f), [4.5])


@pytest.mark.parametrize("true", [0.3, 0.5])
def test_crossing_is_not_biased_by_noise(true):
    """Below .05 s.d.; the mean of 8000 rows is known to .011 s.d."""
    x = np.linspace(0, 1, 101)
    noisy = true - x + 0.05 * np.random.default_rng(0).standard_normal((8000, x.size))
    found = curves.outward_crossing(x, noisy)
    assert abs(found.mean() - true) < 0.05 * found.std()


def test_equally_good_change_points_are_averaged():
    """Crossing at .5 leaves one wrong sign beyond it, crossing at 2.5 one before it."""
    assert_allclose(curves.outward_crossing(np.arange(4.0), np.array([1.0, -1.0, 1.0, -1.0])), [1.5])
    assert_allclose(curves.outward_crossing(-np.arange(4.0), np.array([1.0, -1.0, 1.0, -1.0])), [-1.5])


def test_crossing_is_far_less_biased_than_the_first_wrong_sign():
    x = np.linspace(0, 1, 201)
    noisy = 0.5 - x + 0.05 * np.random.default_rng(0).standard_normal((3000, x.size))
    first = x[np.argmax(noisy < 0, axis=1)].mean() - 0.5
    assert abs(curves.outward_crossing(x, noisy).mean() - 0.5) < 0.1 * abs(first)


def test_the_first_sample_alone_may_be_the_data():
    """A maximum at the very end of the data has nothing beyond it."""
    assert not np.isfinite(curves.outward_crossing(np.array([2.0]), np.array([[1.0]])))[0]
