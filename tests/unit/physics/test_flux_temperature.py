import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.physics.flux_temperature import (
    _entropy_of_mode,
    exitance_of_bound,
    flux_temperature,
    second_law_bound,
    weinstein_bound,
)
from antistokes.physics.planck import blackbody_photons_per_ev
from antistokes.units import (
    BOLTZMANN_EV_PER_K,
    ELEMENTARY_CHARGE_C,
    HC_EV_NM,
    LIGHT_SPEED_M_PER_S,
    PLANCK_J_S,
)

EV = np.linspace(HC_EV_NM / 632 - 0.3, HC_EV_NM / 632 + 0.3, 1201)
SD = 0.075 / np.sqrt(8 * np.log(2))
PHOTONS = np.exp(-0.5 * ((EV - HC_EV_NM / 632) / SD) ** 2) / EV  # power is the Gaussian


@pytest.mark.parametrize("temperature", [30.0, 300.0, 6000.0])
def test_a_black_body_has_three_quarters_of_its_temperature(temperature):
    """I_E = sigma T^4 and I_S = (4/3) sigma T^3."""
    kt = BOLTZMANN_EV_PER_K * temperature
    energy = np.linspace(1e-6, 60, 20001) * kt
    exitance = 5.670374419e-8 * temperature**4  # Stefan-Boltzmann, CODATA 2018
    found = flux_temperature(energy, blackbody_photons_per_ev(energy, temperature), exitance)
    assert_allclose(found, 0.75 * temperature, rtol=1e-8)


@pytest.mark.parametrize("n", [1e-200, 1e-40, 1e-9, 1e-3, 1.0, 1e3, 1e9, 1e40])
def test_entropy_of_a_mode_keeps_its_digits(n):
    with mpmath.workdps(300):
        exact = float((1 + mpmath.mpf(n)) * mpmath.log(1 + mpmath.mpf(n)) - mpmath.mpf(n) * mpmath.log(n))
    assert_allclose(_entropy_of_mode(np.array([n])), exact, rtol=1e-14)


def test_a_mode_without_a_photon_has_no_entropy():
    assert _entropy_of_mode(np.array([0.0])) == 0.0


def test_against_quadrature():
    """The Gaussian at 100 W/m^2 into a half-space, by adaptive quadrature in SI units."""
    centre, sd = EV.mean() * ELEMENTARY_CHARGE_C, SD * ELEMENTARY_CHARGE_C
    k = BOLTZMANN_EV_PER_K * ELEMENTARY_CHARGE_C

    def entropy(x):
        power = 100 / (sd * mpmath.sqrt(2 * mpmath.pi)) * mpmath.exp(-0.5 * ((x - centre) / sd) ** 2)
        modes = 2 * mpmath.pi * x**2 / (mpmath.mpf(PLANCK_J_S) ** 3 * LIGHT_SPEED_M_PER_S**2)
        n = power / x / modes
        return k * modes * ((1 + n) * mpmath.log(1 + n) - n * mpmath.log(n))

    with mpmath.workdps(40):
        exact = 100 / mpmath.quad(entropy, [centre - 9 * sd, centre, centre + 9 * sd])
    assert_allclose(flux_temperature(EV, PHOTONS, 100.0), float(exact), rtol=1e-8)


def test_it_rises_with_the_exitance_and_does_not_know_the_scale():
    found = flux_temperature(EV, PHOTONS, np.geomspace(1e-250, 1e200, 91))
    assert np.all(np.diff(found) > 0) and np.all(np.isfinite(found))
    assert_allclose(flux_temperature(EV, 1e7 * PHOTONS, 3.0), flux_temperature(EV, PHOTONS, 3.0), rtol=1e-14)
    assert flux_temperature(EV, PHOTONS, np.ones((2, 3))).shape == (2, 3)


def test_light_in_a_tenth_of_the_solid_angle_is_as_hot_as_light_ten_times_as_bright():
    narrow = flux_temperature(EV, PHOTONS, 7.0, solid_angle_sr=np.pi / 10)
    assert_allclose(narrow, flux_temperature(EV, PHOTONS, 70.0), rtol=1e-14)


def test_the_second_law():
    assert_allclose(weinstein_bound(1490.0, 300.0), 1 + 300 / 1190)
    assert_allclose(second_law_bound(1490.0, 300.0, 3000.0), 300 * (1 - 1490 / 3000) / 1190)
    assert second_law_bound(1490.0, 300.0, 1490.0) == 0.0  # a pump as hot as the light lifts no heat
    assert second_law_bound(1490.0, 300.0, 1000.0) < 0
    assert np.isinf(weinstein_bound(300.0, 300.0)) and np.isinf(second_law_bound(250.0, 300.0, 200.0))


@pytest.mark.parametrize("pump", [np.inf, 6000.0])
@pytest.mark.parametrize("exitance", [1e-6, 1.0, 1e5])
def test_the_exitance_of_a_bound_is_the_one_that_gave_it(exitance, pump):
    bound = second_law_bound(flux_temperature(EV, PHOTONS, exitance), 300.0, pump)
    assert_allclose(exitance_of_bound(EV, PHOTONS, float(bound), 300.0, pump), exitance, rtol=1e-8)


def test_bounds_that_no_exitance_or_every_one_meets():
    assert np.isinf(exitance_of_bound(EV, PHOTONS, 0.0, 300.0))  # no cooling: any light may
    assert exitance_of_bound(EV, PHOTONS, 1e9, 4.0) == 0.0  # beyond what can be written as a number


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exitance_w_per_m2": 0.0}, "exitance_w_per_m2 must be above 0 and finite, got 0.0"),
        ({"exitance_w_per_m2": [1.0, np.inf]}, "exitance_w_per_m2 must be above 0"),
        ({"solid_angle_sr": 4.0}, "solid_angle_sr must be above 0 and at most pi, got 4.0"),
        ({"energy_ev": EV[::-1]}, "expected rising energies"),
        ({"photons_per_ev": PHOTONS[1:]}, r"expected rising energies and one value each, got \(1201,\) and \(1200,\)"),
        ({"photons_per_ev": -PHOTONS}, "not negative and not empty"),
        ({"photons_per_ev": 0 * PHOTONS}, "not negative and not empty"),
        ({"energy_ev": EV - EV[0]}, "energies above 0"),
    ],
)
def test_what_makes_no_sense(change, message):
    arguments = {"energy_ev": EV, "photons_per_ev": PHOTONS, "exitance_w_per_m2": 100.0} | change
    with pytest.raises(ValueError, match=message):
        flux_temperature(**arguments)


def test_temperatures_and_efficiencies_that_make_no_sense():
    with pytest.raises(ValueError, match="temperatures must be above 0 K, got 0.0"):
        weinstein_bound(1000.0, 0.0)
    with pytest.raises(ValueError, match="temperatures must be above 0 K"):
        second_law_bound(1000.0, 300.0, -1.0)
    with pytest.raises(ValueError, match="cooling_efficiency must be above -1"):
        exitance_of_bound(EV, PHOTONS, -1.0, 300.0)
