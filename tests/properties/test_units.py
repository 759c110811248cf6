import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes import units

wavelengths = st.floats(200.0, 5000.0)
media = st.sampled_from(["air", "vacuum"])


@given(wavelengths)
def test_air_and_vacuum_round_trip(wavelength_nm):
    assert_allclose(units.vacuum_to_air_nm(units.air_to_vacuum_nm(wavelength_nm)), wavelength_nm, rtol=1e-14)
    assert_allclose(units.air_to_vacuum_nm(units.vacuum_to_air_nm(wavelength_nm)), wavelength_nm, rtol=1e-14)


@given(wavelengths, media)
def test_wavelength_and_energy_round_trip(wavelength_nm, medium):
    energy = units.energy_from_wavelength(wavelength_nm, medium)
    assert_allclose(units.wavelength_from_energy(energy, medium), wavelength_nm, rtol=1e-14)


@given(st.lists(wavelengths, min_size=2, max_size=20, unique=True), media)
def test_energy_falls_as_wavelength_rises(wavelengths_nm, medium):
    energy = units.energy_from_wavelength(np.sort(wavelengths_nm), medium)
    assert np.all(np.diff(energy) <= 0)


@given(wavelengths, media)
def test_jacobian_is_the_finite_difference(wavelength_nm, medium):
    energy, step = float(units.energy_from_wavelength(wavelength_nm, medium)), 1e-4
    ends = units.wavelength_from_energy(np.array([energy * (1 - step), energy * (1 + step)]), medium)
    assert_allclose(units.nm_per_ev(wavelength_nm, medium), (ends[0] - ends[1]) / (2 * step * energy), rtol=1e-7)


@pytest.mark.parametrize("medium", ["air", "vacuum"])
@given(centre_ev=st.floats(1.2, 3.0), width_ev=st.floats(0.01, 0.08))
def test_jacobian_conserves_photons(medium, centre_ev, width_ev):
    """A line of unit area per eV has unit area per nm."""
    energy = np.linspace(centre_ev - 8 * width_ev, centre_ev + 8 * width_ev, 4001)
    per_ev = np.exp(-0.5 * ((energy - centre_ev) / width_ev) ** 2) / (width_ev * np.sqrt(2 * np.pi))
    wavelength = units.wavelength_from_energy(energy, medium)
    per_nm = per_ev / units.nm_per_ev(wavelength, medium)
    assert_allclose(np.trapezoid(per_nm[::-1], wavelength[::-1]), 1.0, rtol=1e-5)


@given(st.floats(0.0, 6.0))
def test_absorbance_and_absorptance_round_trip(absorbance):
    back = units.absorbance_from_absorptance(units.absorptance_from_absorbance(absorbance))
    assert_allclose(back, absorbance, rtol=1e-9, atol=1e-15)


@given(st.floats(0.0, 6.0), st.floats(0.0, 6.0))
def test_transmittances_multiply(first, second):
    whole = 1 - units.absorptance_from_absorbance(first + second)
    parts = (1 - units.absorptance_from_absorbance(first)) * (1 - units.absorptance_from_absorbance(second))
    assert_allclose(whole, parts, atol=1e-15)
