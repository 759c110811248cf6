"""The cumulant generating function: its moments, its detailed balance, its limits."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import coupling as couplings
from antistokes.physics import cumulant, distorted
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.units import thermal_energy_ev

ALL = Coupling((Mode(25, 0.2, 1.2), Mode(38, 0.05), Mode(20, 0.3, 0.0, 17.0)), (Bath(6, 3),), 2.0)


def kt_mev(temperature_k: float) -> float:
    return 1e3 * float(thermal_energy_ev(temperature_k))


@pytest.mark.parametrize("temperature_k", [1.0, 80.0, 300.0, 400.0])
def test_its_derivatives_are_the_moments(temperature_k: float) -> None:
    small, step = 1e-20, 1e-5
    slope = [cumulant.cumulant(np.array(d + 1j * small), ALL, temperature_k).imag / small for d in (0.0, -step, step)]
    mean, variance = cumulant.mean_and_variance(ALL, temperature_k)
    assert cumulant.cumulant(0.0, ALL, temperature_k) == pytest.approx(0, abs=1e-14)
    assert slope[0] == pytest.approx(mean, rel=1e-10)
    assert (slope[2] - slope[1]) / (2 * step) == pytest.approx(variance, rel=1e-7)


@pytest.mark.parametrize("temperature_k", [80.0, 300.0])
def test_detailed_balance(temperature_k: float) -> None:
    """Emission has the moments of absorption times e^(-(x - dF)/kT): K_F(z) = K_A(z - 1/kT) + dF/kT."""
    kt = kt_mev(temperature_k)
    tilt = np.linspace(-0.02, 0.02, 9)
    emission = cumulant.cumulant(-tilt, couplings.reverse(ALL), temperature_k)
    shifted = cumulant.cumulant(tilt - 1 / kt, ALL, temperature_k) + cumulant.free_energy_mev(ALL, temperature_k) / kt
    np.testing.assert_allclose(emission, shifted, rtol=0, atol=1e-11)


def test_free_energy_of_a_softer_mode_at_room_temperature() -> None:
    """The 0-0 line moves by .051 in ln units where 25 meV becomes 23 meV."""
    coupling = Coupling((Mode(25, 0.2, 0.0, 23.0),))
    assert cumulant.free_energy_mev(coupling, 300) / kt_mev(300) == pytest.approx(-0.051, abs=0.0005)
    assert cumulant.free_energy_mev(Coupling((Mode(25, 0.2),), slow_mev=3), 300) == 0


def test_a_mode_that_hardly_changes_is_a_linear_one() -> None:
    z = np.linspace(-0.05, 0.05, 7) + 0.02j
    linear = cumulant.cumulant(z, Coupling((Mode(25, 0.4),)), 300)
    almost = cumulant.cumulant(z, Coupling((Mode(25, 0.4, 0.0, 25 * (1 + 1e-9)),)), 300)
    np.testing.assert_allclose(almost, linear, rtol=0, atol=1e-8)


def test_a_slow_bath_is_the_limit_of_a_slow_mode() -> None:
    tilt = np.linspace(-0.05, 0.05, 7)
    slow = cumulant.cumulant(tilt, Coupling(slow_mev=3.0), 300)
    mode = cumulant.cumulant(tilt, Coupling((Mode(1e-3, 3.0 / 1e-3),)), 300)
    np.testing.assert_allclose(mode, slow, rtol=0, atol=1e-6)


def test_where_a_mode_that_changes_its_energy_has_moments() -> None:
    mode, kt = Mode(25, 0.2, 0.0, 23.0), kt_mev(300)
    tilt = np.array([-1 / kt - 0.2, -1 / kt - 0.09, 0.0, 0.1, 0.2])
    assert distorted.is_inside(tilt, mode, kt).tolist() == [False, True, True, True, False]


def test_no_jump_of_the_square_root_along_a_contour() -> None:
    """A soft mode at high temperature winds round the origin; its transform stays smooth and bounded."""
    time = np.linspace(0, 3, 20_001)
    k = distorted.cumulant(-1j * time, Mode(5, 0.3, 0.0, 3.5), kt_mev(400))
    assert np.abs(np.diff(k)).max() < 0.01
    assert k.real.max() <= 1e-12


@pytest.mark.parametrize("temperature_k", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("energy_mev", [25.0, 100.0, 360.0])
def test_nothing_overflows_where_it_is_cold(temperature_k: float, energy_mev: float) -> None:
    coupling = Coupling((Mode(energy_mev, 0.1), Mode(4, 0.2, 0.5)), slow_mev=5.0)
    tilt = cumulant.saddle_tilts([-20, 0, 20], coupling, temperature_k)
    assert np.all(np.isfinite(cumulant.cumulant(tilt, coupling, temperature_k)))


def test_edges_of_the_moments() -> None:
    mode, kt = Mode(3, 0.8, 0.0, 2.7), kt_mev(300)
    low, high = distorted.edges(mode, kt)
    assert distorted.is_inside(np.array([0.999 * low, 0.999 * high]), mode, kt).all()
    assert not distorted.is_inside(np.array([1.001 * low, 1.001 * high]), mode, kt).any()
    below, above = distorted.ends_mev(mode, kt, 39)
    assert below < -50 < 50 < above
