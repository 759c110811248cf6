"""The bank of tilted transforms, against the recursion and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import panjer, pekar, tilted
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.cumulant import mean_and_variance
from antistokes.units import FloatArray, thermal_energy_ev

THREE = (Mode(3.1, 0.8), Mode(25.9, 0.2), Mode(37.6, 0.06))
GRID = np.linspace(-380, 150, 1061)
RAGGED = np.sort(np.random.default_rng(1).uniform(-380, 150, 60))


def gaussian_of(sd_mev: float, temperature_k: float) -> float:
    return sd_mev**2 / (2e3 * float(thermal_energy_ev(temperature_k)))


@pytest.mark.parametrize("temperature_k", [80, 160, 284, 400])
@pytest.mark.parametrize("sd_mev", [8.0, 25.0])
@pytest.mark.parametrize("x", [GRID, RAGGED, GRID[::-1], GRID[:20]], ids=["even", "ragged", "falling", "few"])
def test_it_is_the_recursion_down_to_the_far_tail(temperature_k: float, sd_mev: float, x: FloatArray) -> None:
    coupling = Coupling(THREE, slow_mev=gaussian_of(sd_mev, temperature_k))
    expected = panjer.density(x, coupling, temperature_k, 0.1)
    np.testing.assert_allclose(tilted.density(x, coupling, temperature_k), expected, rtol=2e-9)


def test_a_mode_that_changes_its_energy() -> None:
    coupling = Coupling((*THREE, Mode(24, 0.3, 0.0, 21.0)), slow_mev=gaussian_of(8, 300))
    expected = panjer.density(GRID, coupling, 300, 0.1)
    np.testing.assert_allclose(tilted.density(GRID, coupling, 300), expected, rtol=2e-9)


def test_a_bath_needs_no_lattice() -> None:
    """The difference to the recursion is what snapping the bath to a lattice does, and falls with its square."""
    coupling = Coupling((Mode(25, 0.2, 1.2),), (Bath(11.5, 3.0),))
    found = tilted.density(GRID, coupling, 300)
    errors = [np.abs(panjer.density(GRID, coupling, 300, step) / found - 1).max() for step in (0.2, 0.1)]
    assert errors[1] < 1e-4
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("temperature_k", [80, 300])
def test_one_mode_and_a_gaussian_in_closed_form(temperature_k: float) -> None:
    """Within 1e-12 of the peak."""
    slow = gaussian_of(8, temperature_k)
    coupling = Coupling((Mode(25, 0.5),), slow_mev=slow)
    order, x = np.arange(-40, 60), np.linspace(-200, 250, 901)
    weight = pekar.line_weights(order, 25, 0.5, temperature_k)
    shape = np.exp(-0.5 * ((x[:, np.newaxis] - 25 * order - slow) / 8) ** 2) / (8 * np.sqrt(2 * np.pi))
    expected = shape @ weight
    assert np.abs(tilted.density(x, coupling, temperature_k) - expected).max() < 1e-12 * expected.max()


@pytest.mark.parametrize("temperature_k", [80, 400])
def test_area_mean_and_variance(temperature_k: float) -> None:
    coupling = Coupling(THREE, slow_mev=gaussian_of(8, temperature_k))
    x = np.linspace(-500, 700, 4801)
    density = tilted.density(x, coupling, temperature_k)
    mean, variance = mean_and_variance(coupling, temperature_k)
    assert density.sum() * 0.25 == pytest.approx(1, abs=1e-10)
    assert density @ x * 0.25 == pytest.approx(mean, rel=1e-10)
    assert density @ (x - mean) ** 2 * 0.25 == pytest.approx(variance, rel=1e-10)


def test_a_slow_bath_alone_is_a_gaussian() -> None:
    x = np.linspace(-300, 300, 601)
    sd = np.sqrt(2 * 5 * 1e3 * float(thermal_energy_ev(300)))
    expected = np.exp(-0.5 * ((x - 5) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(tilted.density(x, Coupling(slow_mev=5), 300), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("coupling", "temperature_k", "said"),
    [
        (Coupling(THREE), 300, "needs a Gaussian.*sharp modes only: add slow_mev"),
        (Coupling(baths=(Bath(5, 3),)), 4, "a zero-phonon line is left. Use engine='panjer'"),
        (
            Coupling(THREE[1:2], slow_mev=gaussian_of(0.6, 20)),
            20,
            "below the floor.*between narrow lines.*engine='panjer'",
        ),
        (Coupling(THREE, slow_mev=1e-7), 300, "narrowest part|tilts would be needed"),
    ],
)
def test_what_it_refuses_names_what_serves(coupling: Coupling, temperature_k: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tilted.density(GRID, coupling, temperature_k)
