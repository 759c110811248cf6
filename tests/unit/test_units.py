import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import units


def test_photon_energy_and_wavelength_by_hand():
    assert_allclose(units.energy_from_wavelength(632.0, "vacuum"), 1.9617753, rtol=1e-7)
    assert_allclose(units.wavelength_from_energy(1.96, "vacuum"), 632.57244, rtol=1e-7)


def test_the_medium_is_air_unless_stated():
    assert units.energy_from_wavelength(632.0) == units.energy_from_wavelength(632.0, "air")
    assert units.energy_from_wavelength(632.0) < units.energy_from_wavelength(632.0, "vacuum")


def test_vacuum_wavelength_is_longer_than_that_in_air():
    assert_allclose(units.air_to_vacuum_nm(632.0) - 632.0, 0.17477, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shapes_are_kept(shape):
    x = np.full(shape, 600.0)
    for function in (
        units.refractive_index_air,
        units.air_to_vacuum_nm,
        units.vacuum_to_air_nm,
        units.energy_from_wavelength,
        units.wavelength_from_energy,
        units.nm_per_ev,
        units.absorptance_from_absorbance,
        units.thermal_energy_ev,
    ):
        assert np.shape(function(x)) == shape


def test_integers_and_lists_are_taken():
    assert_allclose(units.energy_from_wavelength([500, 600], "vacuum"), [2.4796840, 2.0664033], rtol=1e-7)


@pytest.mark.parametrize("function", [units.energy_from_wavelength, units.wavelength_from_energy, units.nm_per_ev])
def test_an_unknown_medium_is_named(function):
    with pytest.raises(ValueError, match=r"'air' or 'vacuum', got 'water'"):
        function(600.0, "water")


def test_jacobian_in_vacuum_is_wavelength_over_energy():
    assert_allclose(units.nm_per_ev(632.0, "vacuum"), 632.0 / 1.9617753, rtol=1e-7)


def test_absorptance_of_one_absorbance_unit():
    assert_allclose(units.absorptance_from_absorbance(1.0), 0.9)
    assert_allclose(units.absorbance_from_absorptance(0.99), 2.0)


def test_absorptance_keeps_its_digits_at_small_absorbance():
    assert_allclose(units.absorptance_from_absorbance(1e-12), np.log(10) * 1e-12, rtol=1e-11)
    assert_allclose(units.absorbance_from_absorptance(1e-12), 1e-12 / np.log(10), rtol=1e-11)


def test_negative_absorbance_of_noise_passes_through():
    assert_allclose(units.absorptance_from_absorbance(-0.01), 1 - 10**0.01)


def test_absorption_coefficient():
    assert_allclose(units.absorption_per_cm_from_absorbance(0.5, path_cm=2.0), 0.575646273)


@pytest.mark.parametrize("path_cm", [0.0, -1.0, float("nan")])
def test_a_path_must_be_positive(path_cm):
    with pytest.raises(ValueError, match="path_cm must be a positive length"):
        units.absorption_per_cm_from_absorbance(0.5, path_cm)


def test_thermal_energy_at_room_temperature():
    assert_allclose(units.thermal_energy_ev(300.0), 0.0258519998, rtol=1e-8)


@pytest.mark.parametrize("temperature_k", [0.0, -4.0, float("nan"), [300.0, 0.0]])
def test_temperature_must_be_above_zero(temperature_k):
    with pytest.raises(ValueError, match="above 0 K"):
        units.thermal_energy_ev(temperature_k)
