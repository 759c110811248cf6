"""What a coupling is: its rules, its nodes, its place on a lattice, its reverse."""

from __future__ import annotations

import math

import numpy as np
import pytest

from antistokes.physics import coupling as couplings
from antistokes.physics.coupling import Bath, Coupling, Mode

BATH = Bath(11.5, 3.0)
BROAD = Mode(25.0, 0.2, 1.2)


@pytest.mark.parametrize(
    ("coupling", "temperature_k", "said"),
    [
        (Coupling((Mode(25, -0.1),)), 300, "Huang-Rhys factor must be 0 or more.*-0.1"),
        (Coupling((Mode(0, 0.1),)), 300, "energies are in meV: what is slower than 0.1 meV belongs to slow_mev"),
        (
            Coupling((Mode(25, 0.1, 0.0, -23.0),)),
            300,
            "energies are in meV: what is slower than 0.1 meV belongs to slow_mev",
        ),
        (Coupling((Mode(25, 0.1, 9.0),)), 300, "width of a mode"),
        (Coupling((Mode(25, 0.1, 1.0, 23.0),)), 300, "is sharp: width_mev must be 0"),
        (Coupling((Mode(math.nan, 0.1),)), 300, "must be finite.*energy_mev=nan"),
        (Coupling((Mode(25, math.inf),)), 300, "must be finite.*inf"),
        (Coupling(baths=(Bath(-1, 3),)), 300, "reorganisation energy must be 0 or more"),
        (Coupling(baths=(Bath(1, 0),)), 300, "cutoffs are in meV: what is slower"),
        (Coupling(baths=(Bath(1, 3, 0.5),)), 300, "exponent of a bath"),
        (Coupling(slow_mev=-1), 300, "slow_mev must be 0 or more"),
        (Coupling(), 0, "temperature_k must be above 0, not 0: for the limit of no heat, pass 1"),
        (Coupling(), -5, "temperature_k must be above 0"),
        (Coupling(), math.nan, "temperature_k must be above 0"),
        (Coupling(), [200, 300], "temperature_k is one number, call once a temperature"),
        (Coupling(Mode(25, 0.2)), 300, "modes must be a tuple of Mode, as"),
        (Coupling(((25, 0.2),)), 300, "modes must be a tuple of Mode, as"),
        (Coupling(baths=Bath(5, 3)), 300, "baths must be a tuple of Bath, as"),
        (Coupling((Mode(0.025, 0.2),)), 300, "energies are in meV"),
        (Coupling((Mode(25, np.float32(np.inf)),)), 300, "must be finite"),
    ],
)
def test_what_has_no_meaning_is_refused(coupling: Coupling, temperature_k: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        couplings.check(coupling, temperature_k)


def test_nodes_hold_the_moments_of_a_bath_in_closed_form() -> None:
    energy, factor = couplings.broad_modes(Coupling(baths=(BATH,)))
    scale = 4 * 11.5 / (np.sqrt(np.pi) * 3.0**3)  # J = scale w^3 e^(-(w/wc)^2), with lambda = int J/w
    assert factor @ energy == pytest.approx(11.5, rel=1e-14)
    assert factor.sum() == pytest.approx(scale * 3.0**2 / 2, rel=1e-12)  # int J/w^2
    assert factor @ energy**2 == pytest.approx(scale * 3.0**4 / 2, rel=1e-12)  # int J


@pytest.mark.parametrize("exponent", [1.0, 1.2, 1.5, 1.9, 2.5, 3.0])
def test_nodes_of_any_exponent(exponent: float) -> None:
    """int w^(s-1) e^(-(w/wc)^2) w^p dw is a gamma function; what makes n phonons is as 1/w at the low end."""
    energy, factor = couplings.broad_modes(Coupling(baths=(Bath(11.5, 3.0, exponent),)))
    for power in (0, 1, 2):
        ratio = math.gamma((exponent + power) / 2) / math.gamma(exponent / 2) * 3.0**power
        assert factor @ energy ** (power + 1) == pytest.approx(11.5 * ratio, rel=1e-12)


def test_nodes_hold_the_moments_of_a_broad_mode() -> None:
    energy, factor = couplings.broad_modes(Coupling((BROAD,)))
    assert factor.sum() == pytest.approx(0.2, rel=1e-14)
    assert factor @ energy == pytest.approx(5.0, rel=1e-13)
    assert factor @ (energy - 25) ** 2 == pytest.approx(0.2 * 1.2**2, rel=1e-8)


@pytest.mark.parametrize(
    ("coupling", "close"),
    [(Coupling(baths=(BATH,)), 1e-4), (Coupling((BROAD,)), 1e-4), (Coupling(baths=(Bath(5, 2, 1),)), 3e-3)],
)
def test_a_lattice_keeps_the_reorganisation_energy(coupling: Coupling, close: float) -> None:
    """What is second in the step may move, most in an ohmic bath, which reaches down to no energy at all."""
    index, factor = couplings.snapped_modes(coupling, 0.1)
    assert index.min() >= 1
    assert np.all(np.diff(index) > 0)
    assert np.all(factor >= 0)
    assert factor @ (0.1 * index) == pytest.approx(couplings.reorganisation_mev(coupling), rel=1e-10)
    energy, exact = couplings.broad_modes(coupling)
    assert factor @ (0.1 * index) ** 2 == pytest.approx(exact @ energy**2, rel=close)


def test_sharp_modes_that_fall_together_add_up() -> None:
    index, factor = couplings.snapped_modes(Coupling((Mode(25, 0.2), Mode(25, 0.1), Mode(3, 1))), 0.5)
    assert index.tolist() == [6, 50]
    np.testing.assert_allclose(factor, [1, 0.3])


def test_the_reverse_of_the_reverse_is_the_coupling() -> None:
    coupling = Coupling((Mode(25, 0.2, 0.0, 23.0), BROAD), (BATH,), 1.5)
    back = couplings.reverse(coupling)
    assert back.modes[0] == Mode(23.0, pytest.approx(0.2 * 23 / 25), 0.0, 25)
    assert (back.modes[1], back.baths, back.slow_mev) == (BROAD, (BATH,), 1.5)
    again = couplings.reverse(back).modes[0]
    assert again == Mode(25, pytest.approx(0.2), 0.0, 23.0)


def test_a_bath_that_turns_too_often_is_refused() -> None:
    with pytest.raises(ValueError, match="turns too often.*engine='panjer'"):
        couplings.broad_modes(Coupling(baths=(Bath(30, 30),)), 400)


def test_an_excited_energy_that_is_the_same_is_linear_coupling() -> None:
    couplings.check(Coupling((Mode(25, 0.2, 1.0, 25.0),)), 300)
    assert not couplings.is_distorted(Mode(25, 0.2, 0.0, 25))
    assert couplings.sharp_modes(Coupling((Mode(25, 0.2, 0.0, 25),)))[0].tolist() == [25]
