import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import truncnorm

from antistokes.analysis.uncertain import truncated_normal, value_and_sd


@pytest.mark.parametrize(
    ("stated", "expected"), [(0.9, (0.9, 0.0)), (1, (1.0, 0.0)), ((0.9, 0.1), (0.9, 0.1)), ([2, 1], (2.0, 1.0))]
)
def test_value_and_sd(stated, expected):
    assert value_and_sd(stated, "quantum_yield") == expected


@pytest.mark.parametrize("stated", [(0.9, -0.1), np.nan, (0.9, np.nan), np.inf, (0.9, np.inf)])
def test_what_is_no_uncertain_number(stated):
    with pytest.raises(ValueError, match=r"quantum_yield must be a number or \(value, sd\) with sd >= 0, got"):
        value_and_sd(stated, "quantum_yield")


@pytest.mark.parametrize(
    ("value", "sd", "low", "high"),
    [
        (0.99, 0.01, 0.0, 1.0),
        (0.5, 0.01, 0.0, 1.0),
        (0.5, 10.0, 0.0, 1.0),
        (1.05, 0.05, 0.0, 1.0),
        (1.3, 0.01, 0.0, 1.0),  # thirty standard deviations above one
        (-0.3, 0.01, 0.0, 1.0),  # and below zero
        (-1e-4, 1e-4, 0.0, np.inf),
        (2e-4, 5e-5, 0.0, np.inf),
    ],
)
def test_draws_are_one_from_each_slice_of_the_truncated_normal(value, sd, low, high):
    """Stratified: the i-th smallest lies between the quantiles i/n and (i+1)/n."""
    n = 400
    drawn = truncated_normal(np.random.default_rng(0), value, sd, low, high, n)
    a, b = (low - value) / sd, (high - value) / sd
    ends = truncnorm.ppf(np.arange(n + 1) / n, a, b, loc=value, scale=sd)
    slack = 1e-9 * sd
    assert np.all(np.sort(drawn) >= ends[:-1] - slack) and np.all(np.sort(drawn) <= ends[1:] + slack)
    assert drawn.min() >= low and drawn.max() <= high
    assert not np.all(np.diff(drawn) >= 0)  # in random order


@pytest.mark.parametrize(("value", "edge"), [(1.5, 1.0), (-0.5, 0.0)])
def test_beyond_what_floats_hold_every_draw_is_the_edge(value, edge):
    drawn = truncated_normal(np.random.default_rng(0), value, 0.01, 0.0, 1.0, 50)
    assert_allclose(drawn, edge, atol=1e-3)
    assert np.all((drawn >= 0) & (drawn <= 1))


def test_without_uncertainty_it_is_the_value_wherever_it_lies():
    assert_allclose(truncated_normal(np.random.default_rng(0), 1.2, 0.0, 0.0, 1.0, 5), 1.2, atol=0)


def test_two_draws_are_independent():
    rng = np.random.default_rng(0)
    one, other = (truncated_normal(rng, 0.5, 0.1, 0.0, 1.0, 4000) for _ in range(2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 3.3 / np.sqrt(4000)
