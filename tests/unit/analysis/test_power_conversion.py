import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri

from antistokes import data, units
from antistokes.analysis.power_conversion import power_conversion
from antistokes.physics import cooling
from antistokes.physics.flux_temperature import flux_temperature, second_law_bound, weinstein_bound

MEAN, SIGMA = 1.96, 0.032
EV = np.linspace(1.70, 2.25, 1101)
SHAPE = np.exp(-0.5 * ((EV - MEAN) / SIGMA) ** 2)
LASER_NM = units.HC_EV_NM / 1.848


def emission(y=SHAPE, sd=1e-9):
    noise = np.full(EV.size, sd)
    return data.build("energy", EV, y, kind="emission", quantity="photons_per_ev", medium="vacuum", signal_sd=noise)


def test_it_is_one_plus_the_cooling_efficiency():
    found = power_conversion(emission(), LASER_NM, quantum_yield=0.99, absorption_efficiency=0.995, self_absorption=0.4)
    external = float(cooling.external_yield(0.99, 0.4))
    expected = 1 + float(cooling.cooling_efficiency(1.848, MEAN, external, 0.995))
    assert_allclose([found.efficiency.value, found.lower_limit.value], expected, rtol=1e-9)
    assert found.above_unity and any("no stated uncertainty" in w for w in found.warnings)


def test_interval_and_limit_are_those_of_the_stated_yield():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(0.99, 0.01), draws=200_000)
    ratio = MEAN / 1.848
    assert_allclose(found.efficiency.value, 0.99 * ratio, atol=1e-4)
    assert_allclose(found.efficiency.low, (0.99 - 1.95996 * 0.01) * ratio, atol=3e-4)
    assert_allclose(found.lower_limit.value, (0.99 + 0.01 * ndtri(0.05)) * ratio, atol=3e-4)
    assert found.lower_limit.kind == "lower limit" and found.efficiency.high > ratio  # yields above one are not cut off


def test_noise_of_the_spectrum_moves_its_mean():
    """The s.d. of the mean energy is that of white noise: sd dE sqrt(sum (E - mean)^2) over the integral."""
    found = power_conversion(emission(sd=0.01), LASER_NM, quantum_yield=1.0)
    expected = 0.01 * np.sqrt(np.sum((EV - MEAN) ** 2)) / SHAPE.sum()
    assert_allclose(found.mean_emission_ev.sd, expected, rtol=0.01)
    assert_allclose(found.efficiency.sd, expected / 1.848, rtol=0.03)


def test_it_says_where_the_yield_comes_from():
    draws = np.linspace(0.95, 0.99, 100)
    stated, again, drawn = (
        power_conversion(emission(), LASER_NM, quantum_yield=q, self_absorption=a).external_yield.how
        for q, a in (((0.97, 0.01), 0.0), ((0.97, 0.01), 0.1), (draws, 0.0))
    )
    assert stated.startswith("as stated; ") and again.startswith("as stated, with self-absorption; ")
    assert drawn.startswith("as measured; ")


def test_above_unity_is_said_of_the_limit_only():
    for value, said, above in (
        (0.99, "Above unity", True),
        (0.95, "Not shown", False),
        (0.90, "Below unity", False),
    ):
        found = power_conversion(emission(), LASER_NM, quantum_yield=(value, 0.01))
        assert found.says[0].startswith(said) and found.above_unity is above


def test_bounds_are_those_of_physics():
    found = power_conversion(
        emission(), LASER_NM, quantum_yield=(0.99, 0.01), exitance_w_per_m2=30.0, pump_temperature_k=5000.0
    )
    light = float(flux_temperature(EV, SHAPE, 30.0))
    assert_allclose(found.flux_temperature_k.value, light, rtol=2e-4)
    assert_allclose(found.weinstein_bound.value, weinstein_bound(light, 300.0), rtol=2e-4)
    assert_allclose(found.second_law_bound.value, 1 + second_law_bound(light, 300.0, 5000.0), rtol=2e-4)
    assert found.says[1].startswith("Possible") and not found.impossible
    assert found.curves.sizes == {"exitance": 41} and np.all(np.diff(found.curves.weinstein_bound) < 0)


def test_a_claim_above_the_bound_is_an_error_of_the_data_with_the_numbers():
    claim = {"quantum_yield": (1.2, 0.02), "exitance_w_per_m2": 1e4}
    found = power_conversion(emission(), LASER_NM, **claim)
    assert found.impossible and found.says[1].startswith("Impossible: at 10000 W/m^2 the flux temperature is 21")
    assert any("external yield is above one" in w for w in found.warnings)
    assert_allclose(
        1 + second_law_bound(flux_temperature(EV, SHAPE, found.brightest_w_per_m2.value), 300.0),
        found.lower_limit.value,
        rtol=1e-3,
    )
    assert not power_conversion(emission(), LASER_NM, **claim | {"exitance_w_per_m2": 1e-2}).impossible


def test_a_median_above_the_bound_is_doubtful():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(1.12, 0.05), exitance_w_per_m2=1e4)
    assert found.says[1].startswith("Doubtful") and not found.impossible


def test_without_an_exitance_nothing_is_called_impossible():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(1.3, 0.01))
    assert not found.impossible and not found.exitance_stated and found.exitance_w_per_m2 == 100.0
    assert "The exitance is not stated: at 100 W/m^2 (assumed)" in found.says[1]
    assert f"is possible up to {found.brightest_w_per_m2.value:.3g} W/m^2" in found.says[1]


def test_a_yield_as_draws():
    drawn = 0.98 + 0.01 * np.random.default_rng(1).standard_normal(5000)
    found = power_conversion(emission(), LASER_NM, quantum_yield=drawn)
    assert_allclose(found.efficiency.value, np.median(drawn) * MEAN / 1.848, rtol=1e-3)
    drawn[:200] = np.inf  # an absorptance that reaches zero bounds nothing from above
    found = power_conversion(emission(), LASER_NM, quantum_yield=drawn)
    assert np.isinf(found.efficiency.high) and np.isfinite(found.lower_limit.value)


def test_the_sd_of_few_repeats_is_that_of_their_middle():
    """Student's t of one degree has no variance; half of its central 68 % is 1.837 of its scale."""
    drawn = 0.98 + 1e-3 * np.random.default_rng(0).standard_cauchy(200_000)
    found = power_conversion(emission(), LASER_NM, quantum_yield=drawn, draws=200_000)
    for estimate, factor in ((found.efficiency, MEAN / 1.848), (found.external_yield, 1.0)):
        assert_allclose(estimate.sd, 1.837e-3 * factor, rtol=0.03)
        assert estimate.how.endswith("s.d. half of the central 68 %")


def test_an_internal_yield_with_its_self_absorption_is_the_observed_one():
    """One sample: the yield that leaves, and the internal one with what is absorbed again, are the same power."""
    observed = 0.95 + 0.01 * np.random.default_rng(3).standard_normal(20_000)
    internal = observed / (1 - 0.3 * (1 - observed))  # of external = internal (1 - a)/(1 - a internal)
    given = power_conversion(emission(), LASER_NM, quantum_yield=observed)
    undone = power_conversion(emission(), LASER_NM, quantum_yield=internal, self_absorption=0.3)
    assert_allclose([undone.efficiency.value, undone.efficiency.sd], [given.efficiency.value, given.efficiency.sd])
    twice = power_conversion(emission(), LASER_NM, quantum_yield=internal)
    assert twice.efficiency.value > given.efficiency.value + 0.01


def test_an_infinite_draw_of_either_sign_has_its_limit():
    drawn = np.full(1000, 0.9)
    drawn[:100], drawn[100:200] = np.inf, -np.inf
    found = power_conversion(emission(), LASER_NM, quantum_yield=drawn, self_absorption=0.5)
    assert_allclose(
        np.unique(found.drawn.round(9)), np.array([-1.0, 0.9 * 0.5 / 0.55, np.inf]) * MEAN / 1.848, rtol=1e-3
    )


def test_the_share_of_draws_above_one_is_said():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(0.95, 0.01))
    assert_allclose(found.share_above_one, ndtr((0.95 - 1.848 / MEAN) / 0.01), atol=0.01)
    assert found.says[0].endswith(f"Of the draws {found.share_above_one:.1%} are above one.")


def test_celsius_for_kelvin_is_asked():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(0.99, 0.01), temperature_k=22.0)
    assert any("Degrees Celsius for kelvin?" in w for w in found.warnings)
    assert not power_conversion(emission(), LASER_NM, quantum_yield=(0.99, 0.01), temperature_k=80.0).warnings


def test_a_yield_that_self_absorption_makes_infinite_is_said():
    found = power_conversion(emission(), LASER_NM, quantum_yield=(1.0, 0.3), self_absorption=(0.8, 0.05))
    assert any("no finite external yield" in w for w in found.warnings) and np.isinf(found.efficiency.high)


def test_it_prints_its_numbers_and_its_words():
    text = str(power_conversion(emission(), LASER_NM, quantum_yield=(0.99, 0.01)))
    assert text.startswith(
        "Power conversion at 670.91 nm excitation\n  emitted over absorbed power, as measured: 1.050"
    )
    assert "Above unity" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"excitation_nm": 0.0}, "excitation_nm must be a wavelength from 124 to 12400 nm, got 0.0"),
        ({"excitation_nm": 0.671}, "got 0.671. Micrometres or electronvolts"),
        ({"quantum_yield": (0.99, 1.0)}, "s.d. of quantum_yield must be at most 0.5, got 1.0. Per cent.* 0.01"),
        ({"quantum_yield": 99.0}, "quantum_yield must be above 0 and at most 1.5, got 99.0. As a fraction: 0.99"),
        ({"quantum_yield": np.ones(5)}, r"expected 100 or more, none NaN; found shape \(5,\)"),
        ({"quantum_yield": np.full(200, np.nan)}, "none NaN"),
        ({"absorption_efficiency": 1.1}, "absorption_efficiency must be between 0 and 1, got 1.1"),
        ({"self_absorption": -0.1}, "self_absorption must be between 0 and 1, got -0.1"),
        ({"exitance_w_per_m2": 0.0}, "exitance_w_per_m2 must be above 0 and finite, got 0.0"),
        ({"temperature_k": 0.0}, "temperatures must be above 0 K"),
        ({"level": 0.4}, "level must be above .5 and below 1, got 0.4"),
        ({"draws": 10}, "draws must be at least 100, got 10"),
    ],
)
def test_what_makes_no_sense(change, message):
    arguments = {"excitation_nm": LASER_NM, "quantum_yield": 0.99} | change
    with pytest.raises(ValueError, match=message):
        power_conversion(emission(), **arguments)
