"""Fine structure of the exciton: the closed form against matrices of spins and Bloch functions, limits, balance."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import fine_structure, lineshape
from antistokes.physics.coupling import Coupling
from antistokes.physics.fine_structure import EXCITONS, Level
from antistokes.units import BOLTZMANN_EV_PER_K, thermal_energy_ev


def spin(j: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices of a momentum j over m = j, j - 1 ... -j."""
    m = np.arange(j, -j - 1, -1)
    up = np.diag(np.sqrt(j * (j + 1) - m[1:] * (m[1:] + 1)), 1)
    return (up + up.T) / 2, (up - up.T) / 2j, np.diag(m)


def bloch_functions() -> np.ndarray:
    """Valence states j = 3/2 as rows over p orbitals (x, y, z) times spin (up, down), from the matrix of j^2."""
    l_matrices = [np.zeros((3, 3), dtype=complex) for _ in range(3)]
    for i, j, k, sign in ((0, 1, 2, 1), (1, 2, 0, 1), (2, 0, 1, 1), (0, 2, 1, -1), (1, 0, 2, -1), (2, 1, 0, -1)):
        l_matrices[i][j, k] = -1j * sign
    total = [np.kron(m, np.eye(2)) + np.kron(np.eye(3), s) for m, s in zip(l_matrices, spin(0.5), strict=True)]
    top = np.array([-1, -1j, 0]) / np.sqrt(2)  # |1, 1> is -(x + iy)/sqrt 2
    states = [np.kron(top, [1, 0])]
    lower = total[0] - 1j * total[1]
    for m in (1.5, 0.5, -0.5):
        states.append(lower @ states[-1] / np.sqrt(15 / 4 - m * (m - 1)))
    return np.array(states)


def by_matrices(eta: float, delta: float) -> tuple[np.ndarray, np.ndarray]:
    """Energies of all eight states, ascending, and strengths summed over the three directions of light."""
    electron, hole = spin(0.5), spin(1.5)
    exchange = -2 * eta * sum(np.kron(f, s) for f, s in zip(hole, electron, strict=True))
    crystal = delta / 2 * np.kron(np.diag([-1, 1, 1, -1]), np.eye(2))
    energy, vectors = np.linalg.eigh(exchange + crystal)
    # A hole m is a missing valence electron -m, up to the sign of time reversal; p keeps the spin.
    valence = bloch_functions()
    dipole = np.zeros((3, 4, 2), dtype=complex)
    for at, m in enumerate((1.5, 0.5, -0.5, -1.5)):
        missing = valence[3 - at].reshape(3, 2)  # orbital, spin
        for direction in range(3):
            for s in range(2):
                dipole[direction, at, s] = (-1) ** round(1.5 - m) * np.conj(missing[direction, s])
    moments = dipole.reshape(3, 8).conj() @ vectors
    return energy, np.sum(np.abs(moments) ** 2, axis=0)


@pytest.mark.parametrize("eta", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("delta", [-20.0, 0.0, 1.0, 6.0, 25.0])
def test_levels_against_matrices(eta: float, delta: float) -> None:
    energy, strength = by_matrices(eta, delta)
    levels = fine_structure.fine_levels(eta, delta)
    np.testing.assert_allclose(np.repeat([v.energy_mev for v in levels], [v.degeneracy for v in levels]), energy)
    for at in np.unique(np.round(energy, 6)):
        found = sum(v.degeneracy * v.strength for v in levels if abs(v.energy_mev - at) < 1e-5)
        matrices = strength[np.abs(energy - at) < 1e-5].sum() / strength.sum()
        assert found / 3 == pytest.approx(matrices, abs=1e-9)


def test_a_cubic_sphere_has_a_dark_quintet_below_a_bright_triplet() -> None:
    levels = fine_structure.fine_levels(0.7)
    dark, bright = levels[:3], levels[3:]
    assert [v.energy_mev for v in dark] == pytest.approx([-1.05] * 3)
    assert [v.energy_mev for v in bright] == pytest.approx([1.75] * 2)
    assert bright[0].energy_mev - dark[0].energy_mev == pytest.approx(4 * 0.7)
    assert (sum(v.degeneracy for v in dark), sum(v.degeneracy for v in bright)) == (5, 3)
    assert [v.strength for v in bright] == pytest.approx([1, 1])
    assert [v.strength for v in dark] == pytest.approx([0, 0, 0], abs=1e-15)


def test_a_strong_crystal_field_parts_heavy_from_light_holes() -> None:
    """Then 2 and 1L differ by three exchanges, and of the light 3/4 go to the heavy and 1/4 to the light holes."""
    levels = {v.name: v for v in fine_structure.fine_levels(0.1, 1e4)}
    assert levels["1L"].energy_mev - levels["2"].energy_mev == pytest.approx(3 * 0.1, rel=1e-3)
    assert levels["1L"].strength == pytest.approx(0.75, rel=1e-4)
    assert levels["1U"].strength == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize("name", EXCITONS)
def test_lifetimes_and_shift_in_their_limits(name: str) -> None:
    about = EXCITONS[name]
    levels = fine_structure.fine_levels(about.exchange_mev, about.crystal_field_mev, about.dark_strength)
    cold, hot = fine_structure.radiative_lifetime_ns(levels, [0.05, 1e7], 5.6)
    assert cold == pytest.approx(5.6 / about.dark_strength, rel=1e-6)
    assert cold == pytest.approx(1000, rel=1e-3)  # what the strength was chosen for
    assert 5.6 / hot == pytest.approx(sum(v.degeneracy * v.strength for v in levels) / 8, rel=1e-5)
    assert 10 < fine_structure.radiative_lifetime_ns(levels, 300, 5.6) < 20
    falling = fine_structure.radiative_lifetime_ns(levels, np.geomspace(0.5, 1000, 40), 5.6)
    assert np.all(np.diff(falling) < 0)
    light = np.array([v.degeneracy * v.strength for v in levels])
    energy = np.array([v.energy_mev for v in levels])
    mean = light @ energy / light.sum()
    assert fine_structure.fine_stokes_shift_mev(levels, 0.05) == pytest.approx(mean - energy.min(), rel=1e-9)
    variance = light @ (energy - mean) ** 2 / light.sum()
    expected = variance / (1e3 * BOLTZMANN_EV_PER_K * 1e5)
    assert fine_structure.fine_stokes_shift_mev(levels, 1e5) == pytest.approx(expected, rel=0.01)


def test_figures_of_the_page() -> None:
    zinc_blende, wurtzite = (fine_structure.fine_levels(*EXCITONS[f"cdse-cds-{k}"][1:4]) for k in ("zb", "wz"))
    for levels, shift, lifetimes in (
        (zinc_blende, [1.49, 0.0064, 0.0015], [757, 18.0, 15.5]),
        (wurtzite, [13.5, 12.4, 5.7], [361, 17.3, 15.6]),
    ):
        np.testing.assert_allclose(fine_structure.fine_stokes_shift_mev(levels, [4, 77, 300]), shift, rtol=0.02)
        np.testing.assert_allclose(
            fine_structure.radiative_lifetime_ns(levels, [4, 77, 300], 5.6), lifetimes, rtol=3e-3
        )


def test_without_a_dark_strength_the_cold_dot_does_not_radiate() -> None:
    levels = fine_structure.fine_levels(0.5)
    assert fine_structure.radiative_lifetime_ns(levels, 1e-4, 5.6) == np.inf
    assert fine_structure.fine_stokes_shift_mev(levels, 1e-4) == pytest.approx(0)


def test_two_levels_by_hand() -> None:
    levels = (Level("dark", 0.0, 2, 0.1), Level("bright", 3.0, 1, 1.0))
    boltzmann = np.exp(-3.0 / (1e3 * float(thermal_energy_ev(40))))
    expected = 7.0 * (2 + boltzmann) / (0.2 + boltzmann)
    assert fine_structure.radiative_lifetime_ns(levels, 40, 7.0) == pytest.approx(expected)
    shift = 3 / 1.2 - 3 * boltzmann / (0.2 + boltzmann)
    assert fine_structure.fine_stokes_shift_mev(levels, 40) == pytest.approx(shift)
    assert fine_structure.electronic_states(levels) == ((0.0, 0.2), (3.0, 1.0))


def test_as_states_they_keep_detailed_balance_and_the_shift() -> None:
    """ln(sigma E^2/R) rises by 1/kT; the means of the kernels are twice lambda and the fine shift apart."""
    levels = fine_structure.fine_levels(0.5, 25.0, 0.0056)
    states, coupling = fine_structure.electronic_states(levels), Coupling(slow_mev=15.0)
    energy = np.arange(1.75, 2.25, 1e-4)
    absorbed = lineshape.cross_section(energy, 2.0, coupling, 300, states) / energy
    emitted = lineshape.photon_rate(energy, 2.0, coupling, 300, states) / energy**3
    band = (energy > 1.9) & (energy < 2.1)
    slope = np.diff(np.log(absorbed / emitted)[band]) / np.diff(energy[band])
    np.testing.assert_allclose(slope, 1 / float(thermal_energy_ev(300)), rtol=1e-8)
    means = [float(energy @ kernel / kernel.sum()) for kernel in (absorbed, emitted)]
    fine = float(fine_structure.fine_stokes_shift_mev(levels, 300))
    assert 1e3 * (means[0] - means[1]) == pytest.approx(2 * 15.0 + fine, rel=1e-5)


@pytest.mark.parametrize("name", EXCITONS)
def test_every_number_says_what_it_rests_on(name: str) -> None:
    assert "assumed" in EXCITONS[name].note and "doi:" in EXCITONS[name].note


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fine_structure.fine_levels(-0.1), "exchange_mev must be 0 or more"),
        (lambda: fine_structure.fine_levels(np.nan), "both finite, found nan"),
        (lambda: fine_structure.fine_levels(1, np.inf), "both finite, found 1 and inf"),
        (lambda: fine_structure.fine_levels(1, 0, 1.5), "dark_strength must be 0 to 1, found 1.5"),
        (lambda: fine_structure.electronic_states([]), "one of them with a strength above 0"),
        (lambda: fine_structure.fine_stokes_shift_mev([Level("a", 0, 1, 0)], 300), "one of them with a strength"),
        (lambda: fine_structure.radiative_lifetime_ns(fine_structure.fine_levels(1), 0, 5), "above 0 K"),
        (
            lambda: fine_structure.radiative_lifetime_ns(fine_structure.fine_levels(1), 300, 0),
            "bright_lifetime_ns must",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
