"""Index and density of a solvent over temperature, against closed forms and against each other."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import materials
from antistokes.materials import solvent

TOLUENE = materials.load("toluene")


def test_index_is_that_of_the_formula_at_room_temperature_and_falls_by_the_coefficient():
    assert_allclose(solvent.index(TOLUENE, 293.15, 650.0), materials.optics.refractive_index(TOLUENE, 650.0))
    fall = np.diff(solvent.index(TOLUENE, [300.0, 360.0], 650.0))
    assert_allclose(fall, -5.6e-4 * 60)


def test_density_at_20_degrees_is_what_the_file_notes():
    assert_allclose(solvent.density(TOLUENE, [298.15, 293.15]), [862.0, 866.7], atol=0.06)


def test_ratios_are_one_at_the_reference_and_without_error():
    for ratio in (solvent.index_ratio(TOLUENE, [320.0], 320.0), solvent.density_ratio(TOLUENE, [320.0], 320.0)):
        assert ratio.value[0] == 1.0 and ratio.error[0] == 0.0


@pytest.mark.parametrize(
    ("name", "of"), [("thermo_optic_coefficient", "index"), ("thermal_expansion_volumetric", "density")]
)
def test_error_is_the_change_of_the_ratio_when_the_coefficient_moves_by_its_uncertainty(name, of):
    number = TOLUENE.numbers[name]
    step = 0.01
    moved = TOLUENE._replace(
        numbers={**TOLUENE.numbers, name: number._replace(value=number.value + step * number.uncertainty)}
    )
    t = np.array([285.0, 300.0, 330.0, 360.0])
    ratio = solvent.index_ratio if of == "index" else solvent.density_ratio
    change = (ratio(moved, t, 300.0).value - ratio(TOLUENE, t, 300.0).value) / step
    assert_allclose(ratio(TOLUENE, t, 300.0).error, change, rtol=0.03, atol=1e-12)


def test_light_collected_and_concentration_between_300_and_360_kelvin():
    """The figures of docs/models/yield-over-temperature.md."""
    n = solvent.index_ratio(TOLUENE, 360.0, 300.0, 632.0)
    assert_allclose(1 / n.value**2 - 1, 0.0465, atol=2e-4)
    rho = solvent.density_ratio(TOLUENE, 360.0, 300.0)
    assert_allclose(rho.value - 1, -0.0649, atol=2e-4)


def test_index_and_expansion_agree_as_density_says():
    """From the expansion alone: Eykman within 3 %, Lorentz and Lorenz 13 % too steep, as for liquids."""
    n, beta = TOLUENE.numbers["refractive_index_d"].value, TOLUENE.numbers["thermal_expansion_volumetric"].value
    lorentz_lorenz = -beta * (n**2 - 1) * (n**2 + 2) / (6 * n)
    eykman = -beta * (n**2 - 1) * (n + 0.4) / (n**2 + 0.8 * n + 1)
    gladstone_dale = -beta * (n - 1)
    stated = TOLUENE.numbers["thermo_optic_coefficient"]
    assert_allclose([lorentz_lorenz, eykman, gladstone_dale], [-6.33e-4, -5.73e-4, -5.37e-4], atol=0.01e-4)
    assert abs(eykman - stated.value) < stated.uncertainty and abs(gladstone_dale - stated.value) < stated.uncertainty
    assert_allclose(lorentz_lorenz / stated.value, 1.13, atol=0.01)


@pytest.mark.parametrize("function", [solvent.index, solvent.density])
def test_outside_the_range_is_refused(function):
    with pytest.raises(ValueError, match=r"toluene are taken as straight lines at 273.15-373.15 K, got 400 K"):
        function(TOLUENE, [300.0, 400.0])


def test_a_material_without_the_numbers_is_refused():
    with pytest.raises(ValueError, match="oleylamine has no thermal_expansion_volumetric: take a solvent that has"):
        solvent.density(materials.load("oleylamine"), 300.0)
