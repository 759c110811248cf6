import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.analysis.tail import BLOCK_EV, non_emitting_below

ENERGY = np.arange(1.70, 2.00, 1e-3)
EMITTING = np.exp((ENERGY - 2.0) / 0.02)
START = 1.95


def look(absorption, sd=1e-6, predicted=EMITTING, predicted_sd=1e-9, log_sd=0.01, **options):
    full = (np.full(ENERGY.size, v) for v in (sd, predicted_sd, log_sd))
    sd, predicted_sd, log_sd = full
    return non_emitting_below(ENERGY, absorption, sd, predicted, predicted_sd, log_sd, start_ev=START, **options)


def test_reciprocal_absorption_has_no_excess():
    found, lowest = look(EMITTING, sd=1e-9)
    assert found is None
    assert_allclose(lowest, 1.70, atol=BLOCK_EV)


@pytest.mark.parametrize("edge", [1.90, 1.82, 1.75])
def test_a_plateau_is_found_where_it_exceeds_twice_the_prediction(edge):
    """A constant equal to the prediction at ``edge``: measured is twice predicted there."""
    plateau = np.exp((edge - 2.0) / 0.02)
    found, lowest = look(EMITTING + plateau)
    assert_allclose(found.value, edge, atol=2 * BLOCK_EV)
    assert_allclose(lowest, 1.70, atol=BLOCK_EV)
    assert found.low < found.value < found.high and found.unit == "eV"


def test_less_than_twice_the_prediction_is_no_excess():
    assert look(1.9 * EMITTING, sd=1e-9)[0] is None
    assert look(2.2 * EMITTING, sd=1e-9)[0] is not None


def test_the_prediction_s_own_uncertainty_counts():
    assert look(2.5 * EMITTING, sd=1e-9, log_sd=0.01)[0] is not None
    assert look(2.5 * EMITTING, sd=1e-9, log_sd=0.1)[0] is None  # 0.5 excess against 3 x 2 x 0.1


def test_an_excess_that_does_not_reach_the_last_resolved_block_is_a_feature_of_its_own():
    bump = 0.05 * np.exp(-0.5 * ((ENERGY - 1.88) / 0.005) ** 2)
    assert look(EMITTING + bump, sd=1e-9)[0] is None


def test_absorption_is_followed_only_as_far_as_it_is_resolved():
    """The walk ends where five samples no longer stand three standard deviations of their mean above zero."""
    found, lowest = look(EMITTING, sd=1e-3)
    resolved = 2.0 + 0.02 * np.log(3 * 1e-3 / 5**0.5)
    assert found is None
    assert_allclose(lowest, resolved, atol=2 * BLOCK_EV)


def test_noise_is_not_called_absorption():
    """100 runs of pure noise below the band; a false excess needs a block of 3 s.d. next to the last resolved one."""
    rng = np.random.default_rng(0)
    found = [look(EMITTING + 1e-3 * rng.standard_normal(ENERGY.size), sd=1e-3)[0] for _ in range(100)]
    assert sum(f is not None for f in found) <= 2


def test_blocks_hold_two_samples_on_a_coarse_grid():
    """At 8 meV a block is 2.5 samples, 20 meV, wide: a plateau is found to within one, and followed to the end."""
    energy = np.arange(1.70, 2.00, 8e-3)
    emitting = np.exp((energy - 2.0) / 0.02)
    full = (np.full(energy.size, v) for v in (1e-9, 1e-9, 0.01))
    sd, predicted_sd, log_sd = full
    plateau = np.exp((1.85 - 2.0) / 0.02)
    found, lowest = non_emitting_below(energy, emitting + plateau, sd, emitting, predicted_sd, log_sd, start_ev=START)
    assert_allclose(found.value, 1.85, atol=0.02)
    assert_allclose([found.low, found.high], [found.value - 0.02, found.value + 0.02], rtol=1e-9)
    assert_allclose(lowest, 1.70, atol=0.02)


def test_the_level_is_written_down():
    assert look(EMITTING + 1e-3, level=0.68)[0].level == 0.68
