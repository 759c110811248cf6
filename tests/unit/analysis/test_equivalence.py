"""Two one-sided tests: against Student's t, for pairs, for draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from antistokes.analysis.equivalence import equivalence, equivalence_of_draws, paired_equivalence


def test_it_is_two_t_tests() -> None:
    found = equivalence("x", 1.0, 2.0, (-5.0, 5.0), "1", "", freedom=6)
    assert found.p_value == pytest.approx(max(t.sf(3.0, 6), t.sf(2.0, 6)))
    assert found.difference.high == pytest.approx(1 + 2 * t.ppf(0.95, 6))
    assert found.outcome == "supports"


@pytest.mark.parametrize(
    ("value", "outcome"), [(0.0, "supports"), (3.0, "inconclusive"), (7.0, "contradicts"), (-7.0, "contradicts")]
)
def test_three_answers(value: float, outcome: str) -> None:
    found = equivalence("x", value, 1.0, (-3.0, 3.0), "1", "")
    assert found.outcome == outcome
    assert (found.p_value < 0.05) == (outcome == "supports")


def test_an_asymmetric_margin_takes_the_worse_side() -> None:
    """The larger of the two p-values: with the smaller one any wide margin on one side would pass."""
    found = equivalence("x", 1.0, 1.0, (-100.0, 2.0), "1", "")
    assert found.p_value == pytest.approx(t.sf(1.0, 1e9), rel=1e-6)
    assert found.outcome == "inconclusive"


def test_level_is_that_of_the_test_at_the_edge_of_the_margin() -> None:
    rng = np.random.default_rng(0)
    claimed = [
        equivalence("x", v, 1.0, (-3.0, 3.0), "1", "").outcome == "supports" for v in 3 + rng.standard_normal(4000)
    ]
    assert 0.037 < np.mean(claimed) < 0.063


@pytest.mark.parametrize(("noise", "freedom"), [(1e-3, 3), (10.0, np.inf)])
def test_pairs_take_the_larger_of_noise_and_scatter(noise: float, freedom: float) -> None:
    d = np.array([0.1, -0.2, 0.3, 0.4])
    found = paired_equivalence("x", d, np.full(4, noise), (-1.0, 1.0), "1")
    sd = max(d.std(ddof=1) / 2, noise / 2)
    assert found.difference.high == pytest.approx(d.mean() + t.ppf(0.95, freedom) * sd)


def test_draws_of_a_ratio_keep_their_skewness() -> None:
    draws = np.exp(np.random.default_rng(0).normal(0.0, 0.1, 20_000))
    found = equivalence_of_draws("x", 1.0, draws, (0.8, 1.25), "")
    assert found.outcome == "supports"
    assert found.difference.low == pytest.approx(np.exp(-0.1645), rel=0.01)
    assert found.difference.high == pytest.approx(np.exp(0.1645), rel=0.01)
    assert found.p_value == pytest.approx(t.sf(np.log(1.25) / 0.1, 1e9), rel=0.2)
    assert equivalence_of_draws("x", 1.0, draws * 2, (0.8, 1.25), "").outcome == "contradicts"


@pytest.mark.parametrize(
    "wrong", [{"value": np.nan}, {"sd": -1.0}, {"margin": (1.0, -1.0)}, {"alpha": 0.7}, {"freedom": 0.0}]
)
def test_what_has_no_sense_is_refused(wrong: dict[str, object]) -> None:
    given = {"value": 0.0, "sd": 1.0, "margin": (-1.0, 1.0), "freedom": 5.0, "alpha": 0.05} | wrong
    rest = {"freedom": given["freedom"], "alpha": given["alpha"]}
    with pytest.raises(ValueError, match="needs a finite value"):
        equivalence("x", given["value"], given["sd"], given["margin"], "1", "", **rest)  # type: ignore[arg-type]
