"""Constants and the refractive index of air against published numbers."""

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import units


def test_hc():
    """CODATA 2018 and 2022 list hc = 1.239 841 984... e-6 eV m, exact since the SI of 2019 (NIST SP 961)."""
    assert_allclose(units.HC_EV_NM, 1239.841984, atol=5e-7)
    with mpmath.workdps(30):  # Brochure of the SI, 9th edition: h, c and e as integers
        exact = mpmath.mpf(662607015) * 299792458 / mpmath.mpf(1602176634) * mpmath.mpf("1e-5")
        assert float(abs(units.HC_EV_NM / exact - 1)) < 4e-16


def test_boltzmann_constant():
    """CODATA 2018 and 2022: k = 8.617 333 262... e-5 eV/K."""
    assert_allclose(units.BOLTZMANN_EV_PER_K, 8.617333262e-5, atol=5e-15)


def dry_air_density(temperature_c: float, pressure_pa: float) -> float:
    """p / (Z T), with Z of dry air after Ciddor (1996), appendix A (CIPM 1981/91 coefficients)."""
    t, ratio = temperature_c, pressure_pa / (temperature_c + 273.15)
    virial = 1.58123e-6 - 2.9331e-8 * t + 1.1043e-10 * t**2
    return ratio / (1 - ratio * virial + 1.83e-11 * ratio**2)


@pytest.mark.parametrize(
    ("temperature_c", "pressure_pa", "refractivity"),
    [
        (20, 80e3, 21458.0e-8),
        (20, 100e3, 26824.4e-8),
        (20, 120e3, 32191.6e-8),
        (10, 100e3, 27774.7e-8),
        (30, 100e3, 25937.2e-8),
    ],
)
def test_air_at_633_nm_against_the_table_of_ciddor(temperature_c, pressure_pa, refractivity):
    """Ciddor, Appl. Opt. 35, 1566 (1996), Table 1: dry air, 450 ppm CO2, 633 nm. Ours is standard air: n - 1 scales
    with the density, whose equation is not that of the dispersion."""
    density = dry_air_density(temperature_c, pressure_pa) / dry_air_density(15.0, 101325.0)
    assert_allclose((units.refractive_index_air(633.0) - 1) * density, refractivity, atol=0.1e-8)


def test_standard_air_at_633_nm():
    """The same in standard air, for the eye: 1.000 276 518."""
    assert_allclose(units.refractive_index_air(633.0), 1.000276518, atol=1e-9)


@pytest.mark.parametrize("wavelength_nm", [404.7, 546.1, 632.8, 1013.9])
def test_air_against_peck_and_reeder(wavelength_nm):
    """Peck & Reeder, J. Opt. Soc. Am. 62, 958 (1972), Eq. (3), standard air of their time (330 ppm CO2), brought to 450
    ppm by the factor of Ciddor (1996), Eq. (2). The two agree within the 1e-8 both claim."""
    s2 = (1e3 / wavelength_nm) ** 2
    peck = 1e-8 * (8060.51 + 2480990 / (132.274 - s2) + 17455.7 / (39.32957 - s2)) * (1 + 0.534e-6 * (450 - 330))
    assert_allclose(units.refractive_index_air(wavelength_nm) - 1, peck, atol=1e-8)


def test_what_reading_air_as_vacuum_costs_at_632_nm():
    """E (1 - 1/n) = 1.96178 eV x 2.7646e-4 = 0.542 meV; "0.55 meV" is this number with its second digit rounded up."""
    shift_mev = 1e3 * (units.energy_from_wavelength(632.0, "vacuum") - units.energy_from_wavelength(632.0, "air"))
    assert_allclose(shift_mev, 0.5424, atol=1e-4)
    assert abs(shift_mev - 0.55) < 0.01


def test_absorptance_of_thin_samples():
    """Series a = x - x^2/2 + x^3/6, x = A ln 10: what "a = 2.303 A" leaves out is 1.1 % at A = .01 and 11 % at .1."""
    absorbance = np.array([0.001, 0.01, 0.1])
    absorptance = units.absorptance_from_absorbance(absorbance)
    assert_allclose(absorptance, [0.00229994, 0.02276278, 0.20567177], atol=5e-9)
    assert_allclose(absorbance * np.log(10) / absorptance - 1, [0.00115, 0.01156, 0.11954], atol=1e-5)
