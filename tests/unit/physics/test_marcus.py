import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.physics import marcus
from antistokes.units import BOLTZMANN_EV_PER_K

ENERGY = np.linspace(1.2, 3.0, 3601)
STEP = ENERGY[1] - ENERGY[0]
LINE = (2.0, 25.0, 300.0)
KT = BOLTZMANN_EV_PER_K * 300.0


def moments(y):
    """Area, mean and variance; sums on an even grid are exact for Gaussians."""
    area = y.sum() * STEP
    mean = (y * ENERGY).sum() * STEP / area
    return area, mean, (y * (ENERGY - mean) ** 2).sum() * STEP / area


@pytest.mark.parametrize("inhomogeneous", [0.0, 20.0])
def test_reduced_line_shapes_are_gaussians_of_marcus_width(inhomogeneous):
    variance = 2 * 0.025 * KT + (inhomogeneous / 1e3) ** 2
    absorbed = moments(marcus.cross_section(ENERGY, *LINE, inhomogeneous) / ENERGY)
    emitted = moments(marcus.photon_rate(ENERGY, *LINE, inhomogeneous) / ENERGY**3)
    assert_allclose(absorbed, (1.0, 2.025, variance), rtol=1e-10)
    assert_allclose(emitted, (1.0, 1.975, variance), rtol=1e-10)


def test_absorption_and_emission_mirror_each_other_at_e00():
    offset = np.array([0.01, 0.05, 0.1])
    absorbed = marcus.cross_section(2.0 + offset, *LINE) / (2.0 + offset)
    emitted = marcus.photon_rate(2.0 - offset, *LINE) / (2.0 - offset) ** 3
    assert_allclose(absorbed, emitted, rtol=1e-12)


def test_states_add_up_and_emit_by_their_population():
    states = ((0.0, 1.0), (60.0, 2.5))
    shifted = (2.06, *LINE[1:])
    absorbed = marcus.cross_section(ENERGY, *LINE) + 2.5 * marcus.cross_section(ENERGY, *shifted)
    emitted = marcus.photon_rate(ENERGY, *LINE) + 2.5 * np.exp(-0.06 / KT) * marcus.photon_rate(ENERGY, *shifted)
    assert_allclose(marcus.cross_section(ENERGY, *LINE, states=states), absorbed, rtol=1e-12)
    assert_allclose(marcus.photon_rate(ENERGY, *LINE, states=states), emitted, rtol=1e-12)


def test_the_line_narrows_as_the_root_of_temperature():
    """Cold, with a sharp ensemble: all that is left of absorption lies at E_00 + lambda."""
    widths = [moments(marcus.cross_section(ENERGY, 2.0, 25.0, t) / ENERGY)[2] for t in (300.0, 75.0)]
    assert_allclose(widths[0] / widths[1], 4.0, rtol=1e-9)


def test_a_scalar_gives_a_scalar():
    value = marcus.cross_section(2.025, *LINE)
    assert value.shape == ()
    assert_allclose(value, 2.025 / np.sqrt(2 * np.pi * 2 * 0.025 * KT), rtol=1e-12)


@pytest.mark.parametrize("shape", [marcus.cross_section, marcus.photon_rate])
@pytest.mark.parametrize(
    ("reorganisation", "temperature", "message"),
    [
        (0.0, 300.0, "reorganisation_mev"),
        (-5.0, 300.0, "reorganisation_mev"),
        (np.nan, 300.0, "reorganisation_mev"),
        (25.0, 0.0, "temperature_k"),
        (25.0, -300.0, "temperature_k"),
    ],
)
def test_what_is_not_positive_is_refused(shape, reorganisation, temperature, message):
    with pytest.raises(ValueError, match=f"{message} must be above 0"):
        shape(ENERGY, 2.0, reorganisation, temperature)
