"""The calibrated CdSe/CdS dot, its gap over temperature, and the emission rate of an absorption band."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import dots, sizing
from antistokes.units import HC_EV_NM


def test_the_calibration_lies_within_both_sizing_curves() -> None:
    """25 meV is what they differ by; the fit is within 17.5 meV of both for diameters of 3 to 6 nm."""
    worst = 0.0
    for diameter in np.arange(3, 6.01, 0.25):
        energy = dots.transition(diameter / 2, 0).energy_ev
        for curve in ("yu_2003", "jasieniak_2009"):
            worst = max(worst, abs(energy - HC_EV_NM / float(sizing.wavelength_of_nm(diameter, curve))))
    assert worst == pytest.approx(17.5e-3, abs=0.1e-3)


@pytest.mark.parametrize(("monolayers", "wavelength_nm"), [(3, 603), (4, 608)])
def test_a_core_with_a_shell(monolayers: int, wavelength_nm: float) -> None:
    found = dots.transition(1.75, 0.337 * monolayers)
    assert found.wavelength_nm == pytest.approx(wavelength_nm, abs=3)
    assert found.energy_ev == pytest.approx(dots.CDSE_CDS.gap_ev + found.electron_ev + found.hole_ev - found.coulomb_ev)
    assert dots.confinement_ev(1.75, 0.337 * monolayers) == pytest.approx(found.electron_ev + found.hole_ev, rel=1e-12)


def test_the_electron_leaves_the_core_with_the_shell() -> None:
    overlaps = [dots.transition(1.75, shell).overlap for shell in (0, 0.5, 1, 2)]
    assert overlaps == sorted(overlaps, reverse=True)


def test_varshni() -> None:
    assert dots.varshni_shift_ev(300, 3.2e-4, 220) == 0
    step = dots.varshni_shift_ev([299, 301], 3.2e-4, 220)
    t, b = 300, 220
    assert (step[1] - step[0]) / 2 == pytest.approx(-3.2e-4 * t * (t + 2 * b) / (t + b) ** 2, rel=1e-5)
    assert dots.varshni_shift_ev(400, -3e-4, 100) > 0


def test_the_rate_of_a_line_in_vacuum_is_einsteins() -> None:
    """A = 8 pi h nu^3/c^3 B with B = c/(h nu) int sigma dnu: sodium-like numbers in SI, done by hand."""
    h, c, e = 6.62607015e-34, 299792458.0, 1.602176634e-19
    energy = np.linspace(2.099, 2.101, 2001)
    sigma = 1e-12 * np.exp(-0.5 * ((energy - 2.1) / 1e-4) ** 2)
    nu = 2.1 * e / h
    area_m2_hz = 1e-16 * 1e-4 * np.sqrt(2 * np.pi) * e / h
    expected = 8 * np.pi * nu**2 / c**2 * area_m2_hz
    assert dots.radiative_rate_per_s(energy, sigma, 1.0) == pytest.approx(expected, rel=1e-6)
    assert dots.radiative_rate_per_s(energy, sigma, 1.5, 0.25) == pytest.approx(expected * 2.25 / 4, rel=1e-6)


def test_a_shell_that_is_no_layer_is_refused() -> None:
    assert dots.transition(1.75, 0).energy_ev > dots.transition(1.75, 0.05).energy_ev
    for call in (dots.transition, dots.confinement_ev):
        with pytest.raises(ValueError, match=r"shell_nm 0.02 is thinner than half an atomic plane .* 0 for no shell"):
            call(1.75, 0.02)
    with pytest.raises(ValueError, match="shell_nm must be 0 or more"):
        dots.transition(1.75, -1)


@pytest.mark.parametrize("diameter", [1.0, 9.0])
def test_a_dot_beyond_the_sizing_curve_is_refused_with_range_and_value(diameter: float) -> None:
    with pytest.raises(ValueError, match=f"yu_2003 holds for diameters of 1.5 to 8 nm, found {diameter}"):
        sizing.wavelength_of_nm(diameter, "yu_2003")
    with pytest.raises(ValueError, match=r"jasieniak_2009 holds for 2 to 8 nm, absorbing at .*; found 900 nm"):
        sizing.diameter_nm(900, "jasieniak_2009")
