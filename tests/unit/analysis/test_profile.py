"""Least squares within bounds and profiles, against SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, least_squares, lsq_linear
from scipy.stats import t

from antistokes.analysis.profile import Box, Optimum, bounded_minimum, covariance, minimise, profile
from antistokes.errors import FitError
from antistokes.units import FloatArray

X = np.linspace(0, 4, 60)
WIDE = 1e3


def box(low: list[float], high: list[float], step: list[float] | None = None) -> Box:
    return Box(
        np.array(low, dtype=float), np.array(high, dtype=float), np.array(step or np.ones(len(low)), dtype=float)
    )


# --- a quadratic within bounds


@pytest.mark.parametrize("seed", range(40))
def test_bounded_minimum_is_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    a, b = rng.standard_normal((n + 5, n)) * rng.uniform(0.1, 3, n), rng.standard_normal(n + 5)
    low, high = -rng.uniform(0, 0.5, n) * rng.integers(0, 2, n), rng.uniform(0, 0.5, n)
    found = bounded_minimum(a.T @ a, -a.T @ b, low, high)
    expected = lsq_linear(a, b, (low, high), method="bvls", tol=1e-14)
    np.testing.assert_allclose(found, expected.x, atol=1e-9)
    assert np.all(found >= low) and np.all(found <= high)


def test_bounds_that_leave_no_room() -> None:
    found = bounded_minimum(np.eye(3), np.array([-1.0, -1.0, 1.0]), np.zeros(3), np.array([0.0, 2.0, 2.0]))
    np.testing.assert_allclose(found, [0, 1, 0])


# --- nonlinear problems


def decay(p: FloatArray) -> FloatArray:
    return p[0] * np.exp(-p[1] * X) + p[2]


DATA = decay(np.array([2.0, 1.3, 0.4])) + 0.05 * np.random.default_rng(0).standard_normal(X.size)


def misfit(p: FloatArray) -> FloatArray:
    return (decay(p) - DATA) / 0.05


def rosenbrock(p: FloatArray) -> FloatArray:
    return np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]])


@pytest.mark.parametrize(
    ("residual", "start", "low", "high"),
    [
        (misfit, [1.0, 0.5, 0.0], [0, 0, -5], [10, 10, 5]),
        (misfit, [1.0, 0.5, 0.0], [0, 0, -5], [10, 1.0, 5]),
        (misfit, [1.0, 0.5, 0.3], [0, 0, -5], [10, 10, 0.35]),
        (misfit, [1.0, 1.6, 0.0], [0, 1.5, -5], [1.9, 10, 5]),
        (misfit, [50.0, 30.0, 9.0], [0, 0, -5], [10, 10, 5]),
        (rosenbrock, [-1.2, 1.0], [-5, -5], [5, 5]),
        (rosenbrock, [-1.2, 1.0], [-5, -5], [0.5, 5]),
    ],
    ids=[
        "free",
        "rate at its bound",
        "offset at its bound",
        "two at bounds",
        "start outside",
        "valley",
        "valley's wall",
    ],
)
def test_minimise_is_scipys(residual, start, low, high) -> None:
    bounds = box(low, high)
    found = minimise(residual, np.array(start), bounds, 1e-10)
    expected = least_squares(
        residual, np.clip(start, low, high), bounds=(low, high), xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    assert found.chi2 <= 2 * expected.cost + 1e-6
    np.testing.assert_allclose(found.at, expected.x, atol=1e-3)
    np.testing.assert_allclose(found.residual, residual(found.at))
    assert np.all(found.at >= low) and np.all(found.at <= high)


def test_a_held_parameter_stays() -> None:
    found = minimise(misfit, np.array([1.0, 0.5, 0.0]), box([0, 0.9, -5], [10, 0.9, 5]))
    two = np.stack([np.exp(-0.9 * X), np.ones_like(X)], axis=1)
    assert found.at[1] == 0.9
    np.testing.assert_allclose(found.at[[0, 2]], np.linalg.lstsq(two, DATA, rcond=None)[0], atol=1e-4)
    assert np.all(found.jacobian[:, 1] == 0)
    assert np.all(covariance(found, box([0, 0.9, -5], [10, 0.9, 5]))[1] == 0)


def test_known_derivatives_save_evaluations() -> None:
    counts = []

    def counted(p: FloatArray) -> FloatArray:
        counts.append(1)
        return misfit(p)

    bounds = box([0, 0, -5], [10, 10, 5])
    best = minimise(counted, np.array([1.0, 0.5, 0.0]), bounds)
    fresh = len(counts)
    again = minimise(counted, best.at + 1e-3, bounds, known=best.jacobian)
    assert len(counts) - fresh < fresh
    np.testing.assert_allclose(again.at, best.at, atol=1e-3)


# --- covariance


def line(p: FloatArray) -> FloatArray:
    return (p[0] + p[1] * X - DATA) / 0.3


def line_covariance() -> FloatArray:
    design = np.stack([np.ones_like(X), X], axis=1)
    return np.asarray(0.3**2 * np.linalg.inv(design.T @ design))


def test_covariance_of_a_straight_line() -> None:
    bounds = box([-WIDE, -WIDE], [WIDE, WIDE])
    best = minimise(line, np.zeros(2), bounds)
    np.testing.assert_allclose(covariance(best, bounds), line_covariance(), rtol=1e-4)
    np.testing.assert_allclose(covariance(best, bounds, 4.0), 4 * line_covariance(), rtol=1e-4)


def test_what_the_data_leave_open_is_uniform_within_its_bounds() -> None:
    bounds = box([-1, -WIDE], [2, WIDE])
    best = minimise(lambda p: np.array([1.0, p[1]]), np.zeros(2), bounds)
    np.testing.assert_allclose(covariance(best, bounds), np.diag([9 / 12, 1.0]), rtol=1e-5, atol=1e-9)


# --- profile


@pytest.mark.parametrize("which", [0, 1])
def test_profile_of_a_straight_line_is_students(which: int) -> None:
    bounds = box([-WIDE, -WIDE], [WIDE, WIDE])
    best, quantile = minimise(line, np.zeros(2), bounds), t.ppf(0.975, X.size - 2)
    sd = line_covariance()[which, which] ** 0.5
    for guess in (sd, 0.1 * sd, 10 * sd):
        low, high, better = profile(line, best, bounds, which, quantile, guess)
        np.testing.assert_allclose(
            [low.at, high.at], best.at[which] + quantile * sd * np.array([-1, 1]), atol=0.05 * sd
        )
        assert not low.unbounded and not high.unbounded and better is best


def skew(p: FloatArray) -> FloatArray:
    return np.array([np.exp(p[0]) - 3.0, 0.5 * p[1]])


@pytest.mark.parametrize("threshold", [1.0, 1.96, 2.6])
def test_a_skew_profile_ends_where_brent_says(threshold: float) -> None:
    bounds = box([-20, -5], [20, 5], [0.3, 1])
    best = minimise(skew, np.zeros(2), bounds)
    low, high, _ = profile(skew, best, bounds, 0, threshold, 1 / 3)
    ends = [brentq(lambda x: (np.exp(x) - 3) ** 2 - threshold**2, a, b) for a, b in ((-5, np.log(3)), (np.log(3), 5))]
    assert [low.at, high.at] == pytest.approx(ends, abs=0.06)
    for end in (low, high):  # as near as a profile is asked for
        assert abs(np.exp(end.at) - 3) == pytest.approx(threshold, rel=0.021)
    assert ends[1] - np.log(3) < np.log(3) - ends[0]


def test_a_profile_that_meets_its_bound_first_is_open() -> None:
    bounds = box([0.9, -5], [20, 5], [0.3, 1])
    best = minimise(skew, np.array([1.0, 0.0]), bounds)
    low, high, _ = profile(skew, best, bounds, 0, 1.96, 1 / 3)
    assert low == (0.9, True)
    assert not high.unbounded


def test_a_parameter_without_effect_is_open_on_both_sides() -> None:
    bounds = box([-1, -5], [1, 5])
    best = minimise(lambda p: np.array([p[1] - 1, 2.0]), np.zeros(2), bounds)
    low, high, _ = profile(lambda p: np.array([p[1] - 1, 2.0]), best, bounds, 0, 1.96, 0.5)
    assert (low, high) == ((-1.0, True), (1.0, True))


def test_a_profile_hands_back_a_better_optimum() -> None:
    def two_valleys(p: FloatArray) -> FloatArray:
        return np.array([(p[0] ** 2 - 1) * 3, 0.2 * (p[0] - 1), p[1]])

    bounds = box([-3, -1], [3, 1], [0.1, 0.1])
    best = minimise(two_valleys, np.array([-1.2, 0.0]), bounds)
    assert best.at[0] == pytest.approx(-1, abs=0.05)
    _, _, better = profile(two_valleys, best, bounds, 0, 4.0, 0.5)
    assert better.chi2 < best.chi2
    assert minimise(two_valleys, better.at, bounds).at[0] == pytest.approx(1, abs=1e-3)


# --- what does not end well


def test_a_model_that_is_not_finite_is_refused_with_where_it_began() -> None:
    with pytest.raises(FitError, match="not finite where the fit begins") as caught:
        minimise(lambda p: p / 0.0 if p[0] == 0 else p, np.array([np.nan, 1.0]), box([-1, -1], [1, 1]))
    assert caught.value.last_estimate[1] == 1.0


def test_a_fit_that_does_not_end_says_so_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antistokes.analysis.profile.MOST_STEPS", 3)
    with pytest.raises(FitError, match="did not end after 3 steps") as caught:
        minimise(rosenbrock, np.array([-1.2, 1.0]), box([-5, -5], [5, 5]))
    assert caught.value.last_estimate.shape == (2,)
    assert np.sum(rosenbrock(caught.value.last_estimate) ** 2) < np.sum(rosenbrock(np.array([-1.2, 1.0])) ** 2)


def test_where_the_model_is_not_finite_a_fit_does_not_go() -> None:
    def walled(p: FloatArray) -> FloatArray:
        return np.array([p[0] - 3.0, 0.1]) if p[0] < 2 else np.array([np.nan, np.nan])

    found = minimise(walled, np.zeros(1), box([-5], [5]))
    assert isinstance(found, Optimum)
    assert 1.9 < found.at[0] < 2


def test_parameters_of_which_only_a_sum_is_known_do_no_harm() -> None:
    box = Box(np.full(2, -5.0), np.full(2, 5.0), np.ones(2))
    found = minimise(lambda x: np.array([100 * (x.sum() - 1) ** 3 + x.sum() - 1]), np.array([2.0, 1.0]), box, 1e-12)
    assert found.at.sum() == pytest.approx(1, abs=1e-4)


def test_a_model_that_is_not_finite_beside_the_start_is_an_error_or_seen_from_the_other_side() -> None:
    def residual(x: np.ndarray) -> np.ndarray:
        return np.array([10 * (x[0] - 0.5) if x[0] <= 1 else np.nan, x[1] - 1])

    box = Box(np.zeros(2), np.full(2, 2.0), np.ones(2))
    assert minimise(residual, np.array([1.0, 0.0]), box).at == pytest.approx([0.5, 1], abs=1e-3)
    with pytest.raises(FitError, match="not finite beside parameter 0"):
        minimise(
            lambda x: np.array([x[0] if x[0] == 1 else np.nan]),
            np.ones(1),
            Box(np.zeros(1), np.full(1, 2.0), np.ones(1)),
        )


def test_a_likelihood_that_never_falls_far_enough_is_open_to_the_bound() -> None:
    box = Box(np.full(1, -1000.0), np.full(1, 1000.0), np.ones(1))

    def plateau(x: np.ndarray) -> np.ndarray:
        return 1.8 * np.tanh(x)

    best = minimise(plateau, np.full(1, 0.1), box, 1e-10)
    low, high, _ = profile(plateau, best, box, 0, 1.96, 0.5)
    assert (low.unbounded, high.unbounded) == (True, True)
    assert (low.at, high.at) == (-1000, 1000)
