import numpy as np
from numpy.testing import assert_allclose
from scipy.stats import norm

from antistokes.analysis.draws import density, internal_draws, spread
from antistokes.physics.cooling import external_yield
from antistokes.physics.moments import integration_weights

RNG = np.random.default_rng(0)


def test_spread_is_a_standard_deviation_where_there_is_one():
    assert_allclose(spread(RNG.normal(3.0, 0.2, 200_000)), 0.2, rtol=0.01)
    assert_allclose(spread(RNG.standard_cauchy(200_000)), np.tan(np.pi * (norm.cdf(1) - 0.5)), rtol=0.02)
    assert spread(np.array([1.0, 2.0, np.inf, np.inf])) == np.inf


def test_density_of_a_normal_distribution():
    found = density(RNG.normal(0.9, 0.05, 100_000), "ratio")
    assert_allclose(found["density"], norm.pdf(found["ratio"], 0.9, 0.05), atol=0.03 * norm.pdf(0, 0, 0.05))


def test_infinite_draws_have_their_mass():
    draws = np.concatenate([RNG.normal(0.9, 0.05, 75_000), np.full(25_000, np.inf)])
    found = density(draws, "ratio")
    assert_allclose(integration_weights(found["ratio"].values) @ found["density"].values, 0.75, atol=0.01)


def test_internal_draws_undo_the_loss_and_keep_what_is_not_resolved():
    inner = np.array([0.2, 0.9, 1.1])
    observed = np.append(external_yield(inner, 0.3), [np.inf, -5.0])
    assert_allclose(internal_draws(observed, np.full(5, 0.3)), [*inner, np.inf, -np.inf])
