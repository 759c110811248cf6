"""Spherical wells against closed forms, transcendental equations in high precision, and finite differences."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy.linalg import eigh_tridiagonal
from scipy.special import sici

from antistokes.physics import well
from antistokes.physics.well import HBAR2_2M_EV_NM2, Layers

ELECTRON = Layers(0.13, 0.20, 1.0, 0.03, 1.3)
HOLE = Layers(0.45, 0.70, 1.0, 0.45, 1.3)


@pytest.mark.parametrize(("radius", "mass"), [(0.5, 0.13), (2.0, 0.13), (5.0, 0.45)])
def test_a_hard_wall(radius: float, mass: float) -> None:
    expected = HBAR2_2M_EV_NM2 / mass * (np.pi / radius) ** 2
    assert well.level_ev(radius, 0, Layers(mass, mass, 1, 0, 0, True)) == pytest.approx(expected, rel=1e-12)
    assert well.level_ev(radius / 4, 3 * radius / 4, Layers(mass, mass, 1, 0, 0, True)) == pytest.approx(
        expected, rel=1e-12
    )


@pytest.mark.parametrize(("radius", "barrier"), [(1.5, 1.3), (2.0, 1.3), (4.0, 0.2), (2.0, 1e7)])
def test_a_finite_well(radius: float, barrier: float) -> None:
    """Equal masses: k cot(kR) = -kappa."""
    mass = 0.13
    found = float(well.level_ev(radius, 0, Layers(mass, mass, mass, 0, barrier)))
    with mp.workdps(40):
        scale = mp.mpf(mass) / mp.mpf(HBAR2_2M_EV_NM2)
        root = mp.findroot(
            lambda e: mp.sqrt(scale * e) * mp.cot(mp.sqrt(scale * e) * radius) + mp.sqrt(scale * (barrier - e)), found
        )
        assert abs(found / float(mp.re(root)) - 1) < 1e-12


def test_another_mass_outside() -> None:
    """BenDaniel-Duke: (kR cot kR - 1)/m = -(kappa R + 1)/m'."""
    found = float(well.level_ev(1.75, 0, Layers(0.13, 0.5, 1.0, 0.1, 1.3)))
    k, kappa = np.sqrt(0.13 * found / HBAR2_2M_EV_NM2), np.sqrt((1.3 - found) / HBAR2_2M_EV_NM2)
    assert (k * 1.75 / np.tan(k * 1.75) - 1) / 0.13 == pytest.approx(-(kappa * 1.75 + 1), rel=1e-11)


@pytest.mark.parametrize("layers", [ELECTRON, HOLE, Layers(0.13, 0.2, 1, -0.3, 1.3), Layers(0.45, 0.7, 1, -0.1, 2.0)])
def test_core_and_shell_against_finite_differences(layers: Layers) -> None:
    """u/r obeys the same equation as the flux form of finite differences; Richardson's extrapolation of two steps."""
    core, shell = 1.75, 1.0

    def by_differences(steps_in_core: int) -> float:
        h = core / steps_in_core
        r = h * (np.arange(round(9.0 / h)) + 0.5)
        mass = np.where(r < core, layers.core_mass, np.where(r < core + shell, layers.shell_mass, layers.ligand_mass))
        v = np.where(r < core, 0.0, np.where(r < core + shell, layers.shell_ev, layers.ligand_ev))
        flux = HBAR2_2M_EV_NM2 * (r[:-1] + h / 2) ** 2 / h**2 * 2 / (mass[:-1] + mass[1:])
        diagonal = v + np.append(flux, 0) / r**2 + np.append(0, flux) / r**2
        off = -flux / (r[:-1] * r[1:])
        return float(eigh_tridiagonal(diagonal, off, select="i", select_range=(0, 0))[0][0])

    coarse, fine = by_differences(700), by_differences(1400)  # 1.0/1.75 of 700 is a whole number of steps
    assert float(well.level_ev(core, shell, layers)) == pytest.approx(2 * fine - coarse, abs=2e-5)


def test_a_particle_that_is_not_bound() -> None:
    assert np.isnan(well.level_ev(0.3, 0, Layers(0.13, 0.13, 0.13, 0, 0.2)))
    with pytest.raises(ValueError, match="no electron is bound in a core of 0.3 nm"):
        well.electron_hole_pair(0.3, 0, Layers(0.13, 0.13, 0.13, 0, 0.2), HOLE)


def test_many_dots_at_once() -> None:
    radius, shell = np.linspace(1, 4, 5)[:, np.newaxis], np.linspace(0, 2, 4)
    found = well.level_ev(radius, shell, ELECTRON)
    assert found.shape == (5, 4)
    assert found[2, 1] == well.level_ev(radius[2, 0], shell[1], ELECTRON)
    assert np.all(np.diff(found, axis=0) < 0)  # larger dots, lower levels


def test_two_particles_in_a_hard_sphere() -> None:
    """<1/r_>> = (2 - Si(2 pi)/pi + Si(4 pi)/(2 pi))/R = 1.786/R, and full overlap."""
    wall = Layers(0.13, 0.13, 1, 0, 0, True)
    pair = well.electron_hole_pair(2.0, 0, wall, wall._replace(core_mass=0.45))
    expected = (2 - sici(2 * np.pi)[0] / np.pi + sici(4 * np.pi)[0] / (2 * np.pi)) / 2.0
    assert pair.inverse_distance_per_nm == pytest.approx(expected, rel=1e-12)
    assert pair.overlap == pytest.approx(1, abs=1e-12)


def test_the_pair_in_core_and_shell_against_sums_on_a_grid() -> None:
    core, shell = 1.75, 1.011
    pair = well.electron_hole_pair(core, shell, ELECTRON, HOLE)
    r = np.linspace(1e-6, 9, 90_001)
    h, densities = r[1] - r[0], []
    for layers, level in ((ELECTRON, pair.electron_ev), (HOLE, pair.hole_ev)):
        edges = [r[r < core], r[(r >= core) & (r < core + shell)], r[r >= core + shell]]
        nodes = [*edges]
        u = _wave_on(nodes, core, shell, layers, level)
        densities.append(u / np.sqrt(np.sum(u**2) * h))
    electron, hole = densities
    assert pair.overlap == pytest.approx((np.sum(electron * hole) * h) ** 2, rel=1e-4)
    inside = np.cumsum(hole**2) * h
    outside = (np.cumsum((hole**2 / r)[::-1]) * h)[::-1]
    assert pair.inverse_distance_per_nm == pytest.approx(np.sum(electron**2 * (inside / r + outside)) * h, rel=1e-3)


def _wave_on(radii: list[np.ndarray], core: float, shell: float, layers: Layers, level: float) -> np.ndarray:
    """Integrate u'' = 2m(V - E)u step by step, without the module's closed forms."""
    r = np.concatenate(radii)
    h = r[1] - r[0]
    masses, potentials = (
        (layers.core_mass, layers.shell_mass, layers.ligand_mass),
        (0.0, layers.shell_ev, layers.ligand_ev),
    )
    u, slope, out, layer = 1e-6, 1.0, [], 0
    for at in r:
        new = 0 if at < core else 1 if at < core + shell else 2
        if new != layer:
            slope = masses[new] / masses[layer] * (slope - u / at) + u / at
            layer = new
        out.append(u)
        bend = masses[layer] / HBAR2_2M_EV_NM2 * (potentials[layer] - level)
        u, slope = u + h * slope + h * h / 2 * bend * u, slope + h * bend * (u + h / 2 * slope)
        if layer == 2 and (u <= 0 or u > out[-1]):
            break
    return np.append(out, np.zeros(r.size - len(out)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0, 1, ELECTRON), "core_radius_nm must be above 0"),
        ((2, -1, ELECTRON), "shell_nm must be 0 or more"),
        ((2, 1, ELECTRON._replace(core_mass=0)), "masses must be above 0"),
        ((2, 1, ELECTRON._replace(ligand_ev=0.01)), "ligand_ev must lie above"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments: tuple[float, float, Layers], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        well.level_ev(*arguments)
