import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.physics import reciprocity
from antistokes.units import BOLTZMANN_EV_PER_K

ENERGY = np.linspace(1.8, 2.1, 61)
SIGMA = 1 + np.sin(20 * ENERGY) ** 2


def test_the_ratio_by_hand():
    assert_allclose(reciprocity.log_reciprocity_ratio(2.0, 12.0, 3.0), 0.0, atol=1e-15)
    assert_allclose(reciprocity.log_reciprocity_ratio([1.0, 2.0], [np.e, 4.0], [1.0, 1.0]), [1.0, 0.0], atol=1e-15)


@pytest.mark.parametrize("temperature", [4.0, 77.0, 300.0])
def test_emission_demanded_by_absorption_is_a_line_of_slope_one_over_kt(temperature):
    photons = reciprocity.emission_from_absorption(ENERGY, SIGMA, temperature)
    keep = photons > 1e-290  # at 4 K the far end underflows
    ratio = reciprocity.log_reciprocity_ratio(ENERGY[keep], photons[keep], SIGMA[keep])
    assert_allclose(np.diff(ratio) / np.diff(ENERGY[keep]), -1 / (BOLTZMANN_EV_PER_K * temperature), rtol=1e-9)


def test_the_ratio_shifts_with_the_scales_and_keeps_its_slope():
    photons = reciprocity.emission_from_absorption(ENERGY, SIGMA, 300.0)
    one, other = (reciprocity.log_reciprocity_ratio(ENERGY, factor * photons, SIGMA * 1e-19) for factor in (1.0, 1e18))
    assert_allclose(other - one, np.log(1e18), rtol=1e-12)


def test_emission_at_the_lowest_energy_is_not_weighted():
    assert reciprocity.emission_from_absorption(2.0, 3.0, 300.0) == 12.0
    assert reciprocity.emission_from_absorption(ENERGY, SIGMA, 300.0)[0] == ENERGY[0] ** 2 * SIGMA[0]


@pytest.mark.parametrize("temperature", [0.0, -5.0, np.nan])
def test_a_temperature_is_above_zero(temperature):
    with pytest.raises(ValueError, match="temperature_k must be above 0 K"):
        reciprocity.emission_from_absorption(ENERGY, SIGMA, temperature)


def test_width_by_hand():
    """D = 36.8 meV, 10 K too warm: s_i^2 = D k 10 K."""
    variance = reciprocity.inhomogeneous_variance_ev2(310.0, 300.0, 0.0368)
    assert_allclose(variance, 0.0368 * 8.617333262e-5 * 10, rtol=1e-9)


def test_no_width_at_the_sample_s_temperature_and_a_negative_variance_below():
    assert_allclose(reciprocity.inhomogeneous_variance_ev2([300.0, 290.0], 300.0, 0.04)[0], 0.0, atol=0)
    assert reciprocity.inhomogeneous_variance_ev2(290.0, 300.0, 0.04) < 0
