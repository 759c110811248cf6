import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.bands import emission_band
from antistokes.analysis.power_bounds import bounds_at, light_of
from antistokes.physics.flux_temperature import flux_temperature, weinstein_bound
from antistokes.physics.moments import integration_weights

EV = np.linspace(1.70, 2.25, 551)
SHAPE = np.exp(-0.5 * ((EV - 1.9617) / 0.0318) ** 2)


def noisy(seed, sd, **shared):
    y = SHAPE + sd * np.random.default_rng(seed).standard_normal(EV.size)
    stated = {"kind": "emission", "quantity": "photons_per_ev", "medium": "vacuum"}
    return emission_band(data.build("energy", EV, y, signal_sd=np.full(EV.size, sd), **stated))


@pytest.mark.parametrize("sd", [0.01, 0.05, 0.1])
def test_noise_does_not_make_the_bound_stricter(sd):
    """Light below three times its noise, left out, would raise the flux temperature by .24, 1.1 and 2.2 %."""
    true = float(flux_temperature(EV, SHAPE, 100.0))
    found = [bounds_at(light_of(noisy(seed, sd)), 100.0, 300.0, np.inf) for seed in range(20)]
    kelvin = np.array([f.flux_temperature_k.value for f in found])
    assert -0.004 < kelvin.mean() / true - 1 < 0.001
    loose = np.array([f.weinstein.value for f in found]) - float(weinstein_bound(true, 300.0))
    assert -1e-4 < loose.mean() < 2e-3


def test_no_light_is_lost_and_none_is_negative():
    band = noisy(0, 0.05)
    light = light_of(band).photons_per_ev
    weights = integration_weights(EV)
    assert light.min() >= 0
    assert_allclose(weights @ light, weights @ band.value, rtol=3e-3)  # but for what lies below zero at the ends


def test_a_spectrum_without_noise_is_itself():
    band = noisy(0, 1e-12)
    assert_allclose(light_of(band).photons_per_ev, band.value, atol=1e-11)
