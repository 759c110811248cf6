"""Ratios of a tail over temperature, against other ways to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from antistokes.physics import ensemble, pekar, phonon_ladder, presets, strengths, tail_activation
from antistokes.physics.coupling import Coupling

T = np.linspace(300, 360, 7)
KELVIN_PER_MEV = 8.617333262e-2


@pytest.mark.parametrize("huang_rhys", [0.05, 0.8, 3.0])
@pytest.mark.parametrize("phonons", [1, 2, 4])
def test_one_mode_is_that_of_the_pekar_lines(huang_rhys: float, phonons: int) -> None:
    lines = [pekar.line_weights([-phonons, 0], 25.0, huang_rhys, float(t)) for t in T]
    expected = np.log([low / top for low, top in lines])
    found = tail_activation.huang_rhys_log_ratio([25.0 * phonons], 25.0, huang_rhys, T)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_weak_coupling_is_the_power_of_the_population() -> None:
    found = tail_activation.huang_rhys_log_ratio([37.0], 25.0, 1e-6, T)[:, 0]
    bose = phonon_ladder.relative_absorption(37.0, 25.0, T, "bose_fc", huang_rhys=1e-6)
    np.testing.assert_allclose(found, np.log(bose), atol=1e-5)


@pytest.mark.parametrize(("huang_rhys", "apparent"), [(0.35, 80), (0.5, 75), (0.8, 65), (1.5, 48), (3, 36)])
def test_apparent_energy_of_two_phonons_depends_on_the_coupling(huang_rhys: float, apparent: float) -> None:
    """The narrow-line limit, known to the meV; 85 for S to 0 is that of n^2."""
    log = tail_activation.huang_rhys_log_ratio([50.0], 25.0, huang_rhys, T)
    assert tail_activation.apparent_energies_mev(log, T)[0] == pytest.approx(apparent, abs=0.7)


@pytest.mark.parametrize("width", [3.0, 12.0])
@pytest.mark.parametrize("temperature", [77.0, 300.0, 360.0])
def test_line_shape_is_that_of_the_ensemble(width: float, temperature: float) -> None:
    """The same ratio by sums over dots, in the other engine, its maximum found on a fine grid."""
    dot = presets.preset("cdse-cds-zb").coupling
    states, below = presets.CDSE_STATES[:5], np.array([25.0, 50.0, 100.0])
    flask = ensemble.Ensemble(1.9834, dot, temperature, ensemble.gaussian_shifts(width, 121), states, "panjer")
    energy = np.arange(1.975, 2.02, 1e-3)
    sigma = ensemble.cross_section(energy, flask)
    top = int(np.flatnonzero((sigma[1:-1] > sigma[:-2]) & (sigma[1:-1] >= sigma[2:]))[0]) + 1
    around = (energy[top - 1], energy[top], energy[top + 1])
    peak = minimize_scalar(lambda e: -ensemble.cross_section([e], flask)[0], around, tol=1e-12).x
    expected = np.log(ensemble.cross_section(peak - below / 1e3, flask) / ensemble.cross_section([peak], flask))
    held = [m.huang_rhys * m.energy_mev for m in dot.modes] + [b.reorganisation_mev for b in dot.baths]
    found = tail_activation.line_shape_log_ratio(
        below, temperature, strengths.unit_components(dot), held, width**2, states, peak
    )
    np.testing.assert_allclose(found, expected, atol=2e-5, rtol=1e-5)  # the ensemble ends at six s.d.


def test_gaussian_limit_and_its_solution() -> None:
    """A slow bath has the closed form, up to the factor E; from ratio and energy the start finds the truth back."""
    coupling, width, depth, temperature = 20.0, 8.0, 50.0, 330.0
    slow = (Coupling(slow_mev=1.0),)
    log = [
        tail_activation.line_shape_log_ratio([depth], float(t), slow, [coupling], width**2, peak_ev=200.0)[0] for t in T
    ]
    homogeneous = 2 * coupling * KELVIN_PER_MEV * T
    np.testing.assert_allclose(log, -(depth**2) / 2 / (homogeneous + width**2), rtol=2e-3)
    share = homogeneous[3] / (homogeneous[3] + width**2)
    energy = float(tail_activation.apparent_energies_mev(np.array(log)[:, None], T)[0])
    assert energy == pytest.approx(depth**2 / 4 / coupling * share**2, rel=0.01)
    found = tail_activation.gaussian_start(depth, log[3], energy, temperature)
    assert found[0] == pytest.approx(coupling, rel=0.02)
    assert found[1] ** 0.5 == pytest.approx(width, rel=0.05)


def test_apparent_energies_are_slopes() -> None:
    log = np.outer(-1 / (KELVIN_PER_MEV * T), [48.0, 110.0]) + np.array([3.0, -2.0])
    np.testing.assert_allclose(tail_activation.apparent_energies_mev(log, T), [48.0, 110.0], rtol=1e-9)
