import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.physics.moments import integration_weights, mean_energy, mean_energy_and_gradient

UNEVEN = np.array([1.5, 1.6, 1.62, 1.75, 1.9, 2.0])


def test_weights_of_a_straight_line_are_exact():
    """The trapezoid rule knows straight lines: integral of 3 - x."""
    weights = integration_weights(UNEVEN)
    assert_allclose(weights @ (3 - UNEVEN), 3 * 0.5 - (2.0**2 - 1.5**2) / 2, rtol=1e-14)
    assert_allclose(weights.sum(), 0.5, rtol=1e-14)


@pytest.mark.parametrize(
    ("low", "high"),
    [(1.55, 1.97), (1.61, 1.615), (1.62, 1.75), (-math.inf, 1.7), (1.7, math.inf), (1.5, 2.0), (0.0, 1.51)],
)
def test_weights_between_ends_integrate_the_broken_line(low, high):
    """Against the trapezoid rule on the samples with both ends put in by linear interpolation."""
    y = np.array([1.0, 4.0, -2.0, 3.0, 0.5, 2.0])
    a, b = max(low, UNEVEN[0]), min(high, UNEVEN[-1])
    x = np.unique(np.concatenate([[a], UNEVEN[(UNEVEN > a) & (UNEVEN < b)], [b]]))
    assert_allclose(integration_weights(UNEVEN, low, high) @ y, np.trapezoid(np.interp(x, UNEVEN, y), x), rtol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(2.1, 3.0), (0.0, 1.4), (1.8, 1.7), (1.7, 1.7)])
def test_nothing_is_added_outside_the_data_or_in_an_empty_range(low, high):
    assert_allclose(integration_weights(UNEVEN, low, high), 0.0, atol=0)


def test_mean_of_a_flat_spectrum_is_its_middle():
    """E N is then straight, so the trapezoid rule is exact."""
    assert_allclose(mean_energy(UNEVEN, np.full(6, 7.0)), 1.75, rtol=1e-14)
    assert_allclose(mean_energy(UNEVEN, np.full(6, 7.0), above_ev=1.6), 1.8, rtol=1e-14)


def test_mean_of_a_gaussian():
    """On an even grid the trapezoid rule of a Gaussian converges faster than any power of the step."""
    energy = np.linspace(1.6, 2.4, 201)
    photons = np.exp(-0.5 * ((energy - 1.97) / 0.03) ** 2)
    assert_allclose(mean_energy(energy, photons), 1.97, rtol=1e-13)


def test_mean_does_not_ask_for_a_scale():
    photons = np.array([0.1, 0.5, 2.0, 1.0, 0.3, 0.0])
    assert_allclose(mean_energy(UNEVEN, 1e18 * photons), mean_energy(UNEVEN, photons), rtol=1e-14)


@pytest.mark.parametrize("above_ev", [-math.inf, 1.65])
def test_gradient_is_the_finite_difference(above_ev):
    photons = np.array([0.1, 0.5, 2.0, 1.0, 0.3, 0.2])
    mean, gradient = mean_energy_and_gradient(UNEVEN, photons, above_ev)
    step = 1e-6
    changed = [
        mean_energy(UNEVEN, photons + step * row, above_ev) - mean_energy(UNEVEN, photons - step * row, above_ev)
        for row in np.eye(6)
    ]
    assert mean == mean_energy(UNEVEN, photons, above_ev)
    assert_allclose(gradient, np.array(changed) / (2 * step), atol=1e-9)


@pytest.mark.parametrize(
    ("photons", "above_ev"), [(np.zeros(6), -math.inf), (-np.ones(6), -math.inf), (np.ones(6), 2.5)]
)
def test_no_photons_no_mean(photons, above_ev):
    with pytest.raises(ValueError, match="no photons to take a mean of"):
        mean_energy(UNEVEN, photons, above_ev)
