import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.physics import cooling


@pytest.mark.parametrize(
    ("phi", "a", "expected"),
    [(0.9, 0.0, 0.9), (1.0, 0.7, 1.0), (0.0, 0.3, 0.0), (0.5, 0.5, 1 / 3), (0.98, 0.5, 0.49 / 0.51)],
)
def test_external_yield(phi, a, expected):
    assert_allclose(cooling.external_yield(phi, a), expected, rtol=1e-14)


def test_external_yield_of_arrays():
    out = cooling.external_yield([[0.5], [1.0]], [0.0, 0.5])
    assert_allclose(out, [[0.5, 1 / 3], [1.0, 1.0]], rtol=1e-14)


@pytest.mark.parametrize("a", [-0.1, 1.0, 1.5, [0.2, 1.0]])
def test_self_absorption_is_a_probability(a):
    with pytest.raises(ValueError, match=r"self_absorption must be in \[0, 1\), got"):
        cooling.external_yield(0.9, a)


@pytest.mark.parametrize(
    ("alpha", "background", "expected"),
    [(3.0, 1.0, 0.75), (3.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-2.0, 1.0, 0.0), (-2.0, 0.0, 1.0)],
)
def test_absorption_efficiency(alpha, background, expected):
    assert cooling.absorption_efficiency(alpha, background) == expected


def test_absorption_efficiency_of_arrays_takes_integers():
    assert_allclose(cooling.absorption_efficiency([[1], [3]], [0, 1]), [[1.0, 0.5], [1.0, 0.75]])


def test_efficiency_by_hand():
    assert_allclose(cooling.cooling_efficiency(1.9, 2.0, 0.98, 0.99), 0.98 * 0.99 * 2.0 / 1.9 - 1, atol=1e-15)
    assert cooling.cooling_efficiency(1.9, 1.9, 1.0) == 0.0
    assert_allclose(cooling.cooling_efficiency([1.0, 2.0], 2.0, [1.0, 0.5]), [1.0, -0.5])


def test_dark_sample_turns_everything_into_heat():
    assert cooling.cooling_efficiency(1.9, 2.0, 0.0) == -1.0


@pytest.mark.parametrize(
    ("gain", "mean", "share", "expected"), [(0.1, 2.0, 1.0, 0.95), (0.0, 2.0, 1.0, 1.0), (-0.1, 2.0, 0.5, 2.1)]
)
def test_break_even_yield(gain, mean, share, expected):
    assert_allclose(cooling.break_even_yield(gain, mean, share), expected, rtol=1e-14)


def test_no_yield_breaks_even_where_nothing_is_absorbed():
    with np.errstate(divide="ignore"):
        assert cooling.break_even_yield(0.1, 2.0, 0.0) == np.inf


def test_break_even_background():
    assert_allclose(cooling.break_even_background_per_cm(2.0, 1.9, 2.0, 0.98), 2 * (0.98 * 2 / 1.9 - 1), rtol=1e-14)
    assert cooling.break_even_background_per_cm(2.0, 2.0, 1.9, 1.0) < 0


def test_at_the_break_even_background_the_efficiency_is_zero():
    alpha = np.array([0.01, 1.0, 30.0])
    background = cooling.break_even_background_per_cm(alpha, 1.9, 2.0, 0.98)
    share = cooling.absorption_efficiency(alpha, background)
    assert_allclose(cooling.cooling_efficiency(1.9, 2.0, 0.98, share), 0.0, atol=1e-15)
