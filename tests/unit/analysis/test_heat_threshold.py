import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import units
from antistokes.analysis.heat_threshold import threshold_yield, yield_from_heat
from antistokes.errors import DataError
from antistokes.physics.cooling import cooling_efficiency

MEAN, YIELD = 1.96, 0.99
EV = MEAN + np.linspace(-0.04, 0.10, 12)
NM = units.wavelength_from_energy(EV)
HEAT = 5 * (EV - YIELD * MEAN)
NOISE = 2e-3 * np.random.default_rng(0).standard_normal(EV.size)


def test_numbers_and_what_is_not_in_them():
    found = threshold_yield(NM, HEAT + NOISE, mean_emission_ev=(MEAN, 3e-4))
    assert found.external_yield.low < YIELD < found.external_yield.high
    assert_allclose(units.energy_from_wavelength(found.threshold_nm.value), found.threshold_ev.value)
    assert_allclose(units.energy_from_wavelength(found.threshold_nm.low), found.threshold_ev.high)
    assert found.extrapolated_mev == 0.0 and found.misfit is None
    assert len(found.warnings) == 1 and found.warnings[0].startswith("No absorption is given")
    assert_allclose(found.curves.energy, np.sort(EV))
    assert_allclose(found.curves.heat - found.curves.model, found.curves.residual)
    assert str(found).startswith("Yield from the photothermal threshold\n  external yield: 0.989")


def test_heat_is_minus_the_cooling_efficiency():
    """Forward model of physics, a background included, per absorbed energy; the truth comes back."""
    alpha = 0.3 * np.exp((EV - 1.96) / 0.02)
    heat = -cooling_efficiency(EV, MEAN, YIELD, alpha / (alpha + 0.002))
    found = threshold_yield(NM, heat, 1e-4, mean_emission_ev=(MEAN, 1e-4), absorption_per_cm=alpha, per="energy")
    assert_allclose([found.external_yield.value, found.background_per_cm.value], [YIELD, 0.002], rtol=1e-4)
    assert not found.warnings and found.misfit < 1e-3


def test_a_background_that_is_left_out_lowers_the_yield():
    """A flat absorption: the yield found is eta alpha/(alpha + alpha_b), as the warning says."""
    heat = -cooling_efficiency(EV, MEAN, YIELD, 0.98) * EV
    assert_allclose(threshold_yield(NM, heat, mean_emission_ev=MEAN).external_yield.value, 0.98 * YIELD, rtol=1e-6)


@pytest.mark.parametrize(("low", "side"), [(1.99, "above"), (1.80, "below")])
def test_points_on_one_side_are_extrapolated(low, side):
    energy = low + np.linspace(0, 0.1, 8)
    found = threshold_yield(units.wavelength_from_energy(energy), 5 * (energy - 1.94), 0.01, mean_emission_ev=MEAN)
    assert_allclose(found.extrapolated_mev, 50 if side == "above" else 40, atol=1e-6)
    assert any(f"All points lie {side} the threshold: it is extrapolated by" in w for w in found.warnings)
    arms = found.external_yield.value - found.external_yield.low, found.external_yield.high - found.external_yield.value
    assert (arms[0] > arms[1]) == (side == "above")  # the far side is the long one


def test_what_bends_is_said():
    found = threshold_yield(NM, HEAT + NOISE + 10 * (EV - MEAN) ** 2, 2e-3, mean_emission_ev=(MEAN, 3e-4))
    assert any("The heat bends against photon energy" in w for w in found.warnings) and found.misfit > 3


def test_a_slope_that_is_not_resolved_bounds_nothing():
    found = threshold_yield(NM, NOISE, mean_emission_ev=(MEAN, 3e-4))
    assert math.isinf(found.external_yield.high) and found.threshold_nm.low == 0 and math.isinf(found.threshold_nm.high)
    assert any("do not bound the yield on both sides" in w for w in found.warnings)


def test_a_mean_energy_too_small_gives_a_yield_above_one_and_a_doubt():
    found = threshold_yield(NM, HEAT, 1e-3, mean_emission_ev=1.92)
    assert found.external_yield.value > 1
    assert any("The yield lies above one" in w for w in found.warnings)
    assert any("each meV of it is 0.00053 of the yield" in w for w in found.warnings)


def test_a_tenth_of_heat_known_to_two_per_cent():
    """h = .1 +- .002 gives u(eta) = .002 E/E_f."""
    draws = yield_from_heat(0.1 + 0.002 * np.random.default_rng(0).standard_normal(100_000), MEAN, MEAN)
    assert_allclose([draws.mean(), draws.std()], [0.9, 0.002], rtol=0.01)
    heat = -cooling_efficiency(2.1, MEAN, YIELD)
    assert_allclose(yield_from_heat(heat, 2.1, MEAN), YIELD)


def test_a_yield_that_a_background_can_stand_for_is_a_limit():
    """Where absorption is flat a background only scales the yield: no more than a least yield is known."""
    flat = np.full(EV.size, 0.3)
    found = threshold_yield(NM, HEAT, 1e-2, mean_emission_ev=(MEAN, 3e-4), absorption_per_cm=flat)
    line = threshold_yield(NM, HEAT, 1e-2, mean_emission_ev=(MEAN, 3e-4))
    assert found.external_yield.kind == "lower limit" == found.threshold_ev.kind
    assert line.external_yield.low < found.external_yield.value < line.external_yield.value
    assert found.threshold_nm.kind == "upper limit"
    assert_allclose(units.energy_from_wavelength(found.threshold_nm.value), found.threshold_ev.value)
    assert any("nothing bounds it from above within 0 to 1.2 times" in w for w in found.warnings)


def test_heat_of_the_wrong_sign_is_said():
    """The threshold is that of the line whatever its sign; a lens that shows cooling as positive is not an error."""
    found = threshold_yield(NM, -(HEAT + NOISE), 2e-3, mean_emission_ev=(MEAN, 3e-4))
    assert any("sign of the heat is wrong" in w for w in found.warnings)
    assert found.external_yield.low < YIELD < found.external_yield.high
    right = threshold_yield(NM, HEAT + NOISE, 2e-3, mean_emission_ev=(MEAN, 3e-4))
    assert not any("sign of the heat" in w for w in right.warnings)


def test_electronvolts_for_nanometres():
    with pytest.raises(DataError, match="Nanometres for electronvolts, or the reverse"):
        threshold_yield(EV, HEAT, mean_emission_ev=MEAN)


def test_what_makes_no_sense():
    with pytest.raises(DataError, match="2 photon energies; expected at least 3"):
        threshold_yield(NM[:2], HEAT[:2], mean_emission_ev=MEAN)
    with pytest.raises(ValueError, match="wavelength_nm must be above 0"):
        threshold_yield(-NM, HEAT, mean_emission_ev=MEAN)
