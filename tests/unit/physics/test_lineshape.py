"""Kernels and spectra: detailed balance, several states, the Lorentzian that is refused, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import lineshape
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.cumulant import free_energy_mev
from antistokes.units import thermal_energy_ev

THREE = (Mode(3.1, 0.8), Mode(25.9, 0.2), Mode(37.6, 0.06))
SMOOTH = Coupling((Mode(25, 0.2, 1.2), Mode(38, 0.05, 1.5)), (Bath(11.5, 3.0),))
STATES = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9))
WIDE = np.linspace(-330, 330, 1321)


def kt_mev(temperature_k: float) -> float:
    return 1e3 * float(thermal_energy_ev(temperature_k))


@pytest.mark.parametrize("temperature_k", [80, 150, 284, 400])
@pytest.mark.parametrize("coupling", [Coupling(THREE, slow_mev=2.0), SMOOTH], ids=["sharp", "smooth"])
def test_detailed_balance_of_linear_coupling(coupling: Coupling, temperature_k: float) -> None:
    absorbed = lineshape.absorption_kernel(WIDE, coupling, temperature_k)
    emitted = lineshape.emission_kernel(WIDE, coupling, temperature_k)
    assert np.abs(np.log(absorbed / emitted) - WIDE / kt_mev(temperature_k)).max() < 1e-10


@pytest.mark.parametrize("engine", ["panjer", "tilted"])
@pytest.mark.parametrize("temperature_k", [80, 300, 400])
@pytest.mark.parametrize("mode", [Mode(25, 0.2, 0.0, 23.0), Mode(25, 1e-4, 0.0, 24.9), Mode(5, 0.3, 0.0, 4.0)])
def test_detailed_balance_with_a_change_of_energy(engine: lineshape.Engine, temperature_k: float, mode: Mode) -> None:
    """Emission is found from the thermal excited state; the free energy is in neither of the two kernels' code."""
    coupling = Coupling((*THREE[:2], mode), slow_mev=64 / (2 * kt_mev(temperature_k)))
    absorbed = lineshape.absorption_kernel(WIDE, coupling, temperature_k, engine)
    emitted = lineshape.emission_kernel(WIDE, coupling, temperature_k, engine)
    expected = (WIDE - free_energy_mev(coupling, temperature_k)) / kt_mev(temperature_k)
    assert np.abs(np.log(absorbed / emitted) - expected).max() < (1e-10 if engine == "panjer" else 4e-9)


def test_detailed_balance_of_several_states() -> None:
    """R/(E^2 sigma) = e^(-(E - E00)/kT), all states together."""
    energy = np.linspace(1.7, 2.2, 501)
    absorbed = lineshape.cross_section(energy, 1.98, SMOOTH, 300, STATES)
    emitted = lineshape.photon_rate(energy, 1.98, SMOOTH, 300, STATES)
    found = np.log(emitted / (energy**2 * absorbed))
    np.testing.assert_allclose(found, -1e3 * (energy - 1.98) / kt_mev(300), rtol=0, atol=1e-10)


def test_spectra_are_sums_of_kernels() -> None:
    energy = np.array([1.9, 2.0, 2.1])
    kernels = [lineshape.absorption_kernel(1e3 * (energy - 1.98) - d, SMOOTH, 300) for d, _ in STATES]
    expected = energy * (kernels[0] + 0.45 * kernels[1] + 0.9 * kernels[2])
    np.testing.assert_allclose(lineshape.cross_section(energy, 1.98, SMOOTH, 300, STATES), expected, rtol=1e-12)
    one = energy**3 * lineshape.emission_kernel(1e3 * (energy - 1.98), SMOOTH, 300)
    np.testing.assert_allclose(lineshape.photon_rate(energy, 1.98, SMOOTH, 300), one, rtol=1e-12)


def test_the_engines_agree_on_a_spectrum() -> None:
    energy = np.linspace(1.7, 2.3, 601)
    one, other = (lineshape.photon_rate(energy, 1.98, SMOOTH, 300, STATES, engine) for engine in ("panjer", "tilted"))
    np.testing.assert_allclose(one, other, rtol=1e-4)  # the bath is snapped to the lattice in one of them


def test_one_point_and_the_shape_of_the_answer() -> None:
    assert lineshape.absorption_kernel(-50.0, SMOOTH, 300).shape == ()
    assert lineshape.emission_kernel([[-50.0, 0.0]], SMOOTH, 300).shape == (1, 2)
    one, other = (lineshape.absorption_kernel(-50.0, SMOOTH, 300, engine) for engine in ("panjer", "tilted"))
    assert one == pytest.approx(float(other), rel=1e-4)


@pytest.mark.parametrize("depth", [-310.0, -200.0, -120.0, 0.0])
def test_the_snapping_error_is_that_to_the_other_engine(depth: float) -> None:
    exact = lineshape.absorption_kernel(depth, SMOOTH, 300, "tilted")
    for lattice in (0.1, 0.3):
        found = lineshape.absorption_kernel(depth, SMOOTH, 300, lattice_mev=lattice) / exact - 1
        said = lineshape.snapping_error(depth, SMOOTH, 300, lattice)
        assert said == pytest.approx(float(found), rel=0.02, abs=1e-9)


def test_the_snapping_error_of_a_kernel_with_structure() -> None:
    """A saddle point would say 2e-9 here: the kernel has lines."""
    coupling = Coupling((Mode(12.9, 0.472, 0.606),), slow_mev=0.658)
    x = np.linspace(-30, 60, 19)
    found = lineshape.absorption_kernel(x, coupling, 77) / lineshape.absorption_kernel(x, coupling, 77, "tilted") - 1
    np.testing.assert_allclose(lineshape.snapping_error(x, coupling, 77), found, rtol=0.05, atol=2e-8)


def test_the_snapping_error_is_small_in_the_far_tail() -> None:
    assert abs(lineshape.snapping_error(-310, SMOOTH, 300)) < 1e-3
    assert abs(lineshape.snapping_error(-310, Coupling(THREE, slow_mev=2.0), 300)) < 1e-12


def test_lines_are_those_that_a_slow_bath_broadens() -> None:
    x, weight = lineshape.lines(Coupling(THREE), 300, -400, 600)
    assert weight.sum() == pytest.approx(1, abs=1e-10)
    slow = 32 / kt_mev(300)
    shape = np.exp(-0.5 * ((-80 - slow - x) / 8) ** 2) / (8 * np.sqrt(2 * np.pi))
    found = lineshape.absorption_kernel(-80, Coupling(THREE, slow_mev=slow), 300)
    assert found == pytest.approx(shape @ weight, rel=1e-10)


def test_a_kernel_at_one_kelvin() -> None:
    """Nothing is absorbed below the 0-0 line but what the slow bath carries there; the area is kept."""
    coupling = Coupling((Mode(25.9, 0.2), Mode(37.6, 0.06)), slow_mev=1.0)
    x = np.linspace(-20, 250, 27001)
    found = lineshape.absorption_kernel(x, coupling, 1)
    assert found.sum() * 0.01 == pytest.approx(1, abs=1e-9)
    assert found[x < -5].max() < 1e-30 * found.max()


@pytest.mark.parametrize(("depth", "factor"), [(-120.0, "41"), (-180.0, "3.5e+04"), (-310.0, "1.2e+12")])
def test_a_lorentzian_is_refused_in_the_tail(depth: float, factor: str) -> None:
    coupling = Coupling(THREE, slow_mev=32 / kt_mev(284))
    with pytest.raises(ValueError) as caught:
        lineshape.absorption_kernel(depth, coupling, 284, lorentzian_mev=1.0)
    assert f"multiplies the kernel at {depth:g} meV by {factor}" in str(caught.value)
    assert "slow_mev" in str(caught.value)


def test_a_lorentzian_is_a_convolution_near_the_line() -> None:
    coupling = Coupling((Mode(25.9, 0.2),), slow_mev=0.5)
    x, wide = np.linspace(-3, 3, 7), np.linspace(-60, 200, 26_001)
    plain = lineshape.absorption_kernel(wide, coupling, 40)
    expected = [0.1 / np.pi / ((at - wide) ** 2 + 0.1**2) @ plain * 0.01 for at in x]
    np.testing.assert_allclose(lineshape.absorption_kernel(x, coupling, 40, lorentzian_mev=0.2), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0.0], Coupling((Mode(25, -0.2),)), 300), "Huang-Rhys factor must be 0 or more"),
        (([0.0], SMOOTH, 0), "temperature_k must be above 0"),
        (([0.0], SMOOTH, 300, "fft"), "engine must be 'panjer' or 'tilted', not 'fft'"),
        (([np.nan], SMOOTH, 300), "finite numbers"),
        (([], SMOOTH, 300), "finite numbers"),
        (([0.0], SMOOTH, 300, "tilted", 0.1, 1.0), "needs engine='panjer'"),
        (([0.0], SMOOTH, 300, "panjer", 0.1, -1.0), "lorentzian_mev must be 0 or more"),
        (([0.0], SMOOTH, 300, "panjer", 0.1, np.nan), "lorentzian_mev must be 0 or more"),
        (([0.0], SMOOTH, 300, "panjer", 2.0), "too coarse for a mode or bath 1.2 meV wide"),
    ],
)
def test_bad_input_is_named(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        lineshape.absorption_kernel(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("energy_ev", "e00_ev", "states", "said"),
    [
        ([620.0], 1.98, STATES, "photon energies in eV, below 20.*found .620.0. and 1.98"),
        ([1.9], 1980.0, STATES, "photon energies in eV"),
        ([1.9], 1.98, (), "states must be pairs"),
        ([1.9], 1.98, (0.0, 1.0), "states must be pairs"),
        ([1.9], 1.98, ((0.0, np.nan),), "states must be pairs"),
        ([1.9], 1.98, ((0.0, -1.0),), "strengths of states must be 0 or more"),
    ],
)
def test_spectra_that_have_no_meaning(
    energy_ev: list[float], e00_ev: float, states: tuple[tuple[float, float], ...], said: str
) -> None:
    for spectrum in (lineshape.cross_section, lineshape.photon_rate):
        with pytest.raises(ValueError, match=said):
            spectrum(energy_ev, e00_ev, SMOOTH, 300, states)


def test_lines_and_snapping_of_no_meaning() -> None:
    with pytest.raises(ValueError, match="low_mev must be at most high_mev"):
        lineshape.lines(SMOOTH, 300, 50, -50)
    with pytest.raises(ValueError, match="finite numbers"):
        lineshape.snapping_error([np.nan], SMOOTH, 300)


def test_the_wings_of_all_lines_reach_a_single_point() -> None:
    coupling = Coupling((Mode(25.9, 2.0),), slow_mev=0.5)
    wide = np.linspace(-200, 500, 70_001)
    plain = lineshape.absorption_kernel(wide, coupling, 40)
    expected = 2.0 / np.pi / ((39.0 - wide) ** 2 + 2.0**2) @ plain * 0.01
    with pytest.raises(ValueError, match="multiplies the kernel at 39 meV") as caught:
        lineshape.absorption_kernel(39.0, coupling, 40, lorentzian_mev=4.0)
    factor = float(str(caught.value).split(" by ")[1].split(":")[0])
    assert factor == pytest.approx(expected / float(lineshape.absorption_kernel(39.0, coupling, 40)), rel=0.05)


def test_a_mode_of_a_bond_at_one_kelvin() -> None:
    found = lineshape.absorption_kernel([-1.0, 5.0, 365.0], Coupling((Mode(360, 0.1),), slow_mev=5.0), 1)
    assert found[2] / found[1] == pytest.approx(0.1, rel=1e-6)
