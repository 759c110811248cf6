r"""Lowest 1S state of a particle in a spherical core/shell well, in the effective-mass approximation.

With u = r R(r) and a mass and a potential in each layer (core, shell, ligand),

.. math:: -\frac{\hbar^2}{2m_i}u'' + V_iu = Eu,\qquad u(0)=0,\qquad
          R\ \text{and}\ \frac1{m_i}\frac{dR}{dr}\ \text{continuous}

(BenDaniel-Duke). In each layer u is a sine or a hyperbolic sine, so that a trial energy is judged in closed form: it
lies below the level if u has no node and turns up in the ligand. Bisection on that question cannot find a wrong level,
whatever the barrier.

References
----------
.. [1] D. J. BenDaniel and C. B. Duke, Phys. Rev. 152, 683 (1966), doi:10.1103/PhysRev.152.683.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike

from antistokes.units import ELEMENTARY_CHARGE_C, PLANCK_J_S, FloatArray

__all__ = ["Layers", "Pair", "electron_hole_pair", "level_ev"]

ELECTRON_MASS_KG = 9.1093837139e-31  # CODATA 2022
HBAR2_2M_EV_NM2 = (PLANCK_J_S / (2 * np.pi)) ** 2 / (2 * ELECTRON_MASS_KG * ELEMENTARY_CHARGE_C) * 1e18
NODES = 48  # in each layer
TAIL = 20.0  # decay lengths of a wave function in the ligand that are followed


class Layers(NamedTuple):
    """What a particle sees: its masses [m_e] in core, shell and ligand, potentials [eV] of shell and ligand.

    Potentials count from the band edge of the core, for a hole downwards in energy. ``hard_wall`` ends the dot at the
    shell's surface, whatever the ligand.
    """

    core_mass: float
    shell_mass: float
    ligand_mass: float
    shell_ev: float
    ligand_ev: float
    hard_wall: bool = False


class Pair(NamedTuple):
    """Electron and hole in one dot: levels above the core's edges [eV], squared overlap of envelopes [1], <1/r> [1/nm].

    The last is the mean of the inverse of the larger of both radii, the Coulomb integral of two spherical densities.
    """

    electron_ev: float
    hole_ev: float
    overlap: float
    inverse_distance_per_nm: float


def level_ev(core_radius_nm: ArrayLike, shell_nm: ArrayLike, layers: Layers) -> FloatArray:
    """Energy of the lowest 1S level above the core's band edge.

    Parameters
    ----------
    core_radius_nm : array_like
        Radius of the core [nm].
    shell_nm : array_like
        Thickness of the shell, 0 for a bare core, of a shape that broadcasts with the radius [nm].
    layers : Layers
        Masses and potentials.

    Returns
    -------
    ndarray
        Level, broadcast shape; NaN where nothing is bound [eV].

    References
    ----------
    [1]_ of the module; the equation in its head.
    """
    from antistokes.physics.well_kernel import lowest_levels  # numba takes half a second to import

    core, shell = np.broadcast_arrays(np.asarray(core_radius_nm, dtype=float), np.asarray(shell_nm, dtype=float))
    _check(core, shell, layers)
    scaled = np.array([layers.core_mass, layers.shell_mass, layers.ligand_mass]) / HBAR2_2M_EV_NM2
    shell_v, ligand_v = (np.full(core.size, float(v)) for v in (layers.shell_ev, layers.ligand_ev))
    outer = (core + shell).ravel()
    found = lowest_levels(core.ravel(), outer, shell_v, ligand_v, scaled, layers.hard_wall)
    return np.asarray(found).reshape(core.shape)


def electron_hole_pair(core_radius_nm: float, shell_nm: float, electron: Layers, hole: Layers) -> Pair:
    r"""Levels, overlap and Coulomb integral of the lowest electron and hole of one dot.

    .. math:: O = \left|\int u_eu_h\,dr\right|^2,\qquad
              \left\langle\frac1r\right\rangle = \iint\frac{u_e(r)^2\,u_h(r')^2}{\max(r,r')}\,dr\,dr'

    Parameters
    ----------
    core_radius_nm, shell_nm : float
        Radius of the core and thickness of the shell [nm].
    electron, hole : Layers
        Masses and potentials of each.

    Returns
    -------
    Pair
        Levels [eV], overlap [1] and mean inverse distance [1/nm].

    Raises
    ------
    ValueError
        One of the two is not bound.

    References
    ----------
    [1]_ of the module; the density of an s state makes the potential of a shell of charge.
    """
    carriers = {"electron": electron, "hole": hole}
    levels = {name: float(level_ev(core_radius_nm, shell_nm, layers)) for name, layers in carriers.items()}
    for name, level in levels.items():
        if not np.isfinite(level):
            raise ValueError(
                f"no {name} is bound in a core of {core_radius_nm:g} nm with a shell of {shell_nm:g} nm:"
                f" {carriers[name]}"
            )
    decay = [_decay_per_nm(carriers[name], levels[name]) for name in carriers]
    panels = _panels(core_radius_nm, shell_nm, min(decay))
    weight = np.concatenate([w for _, w in panels])
    waves = []
    for name, layers in carriers.items():
        u = _wave([r for r, _ in panels], core_radius_nm, shell_nm, layers, levels[name])
        waves.append(u / np.sqrt(weight @ u**2))
    shared = float((weight @ (waves[0] * waves[1])) ** 2)
    return Pair(levels["electron"], levels["hole"], shared, _inverse_distance(panels, waves[0] ** 2, waves[1] ** 2))


def _decay_per_nm(layers: Layers, level: float) -> float:
    if layers.hard_wall:
        return np.inf
    return float(np.sqrt(layers.ligand_mass / HBAR2_2M_EV_NM2 * (layers.ligand_ev - level)))


def _panels(core: float, shell: float, decay: float) -> list[tuple[FloatArray, FloatArray]]:
    """Return Gauss-Legendre nodes and weights of each layer that has a thickness [nm]."""
    x, w = _rule()
    ends = [0.0, core, core + shell, core + shell + TAIL / decay]
    pairs = [(low, high) for low, high in pairwise(ends) if high > low]
    return [((high - low) / 2 * (x + 1) + low, (high - low) / 2 * w) for low, high in pairs]


def _wave(radii: list[FloatArray], core: float, shell: float, layers: Layers, level: float) -> FloatArray:
    """Return u on the nodes of each layer, not normalised."""
    scaled = np.array(layers[:3]) / HBAR2_2M_EV_NM2
    slope, u = _cosine_and_sine(scaled[0] * level, np.array(core))
    shell_slope = scaled[1] / scaled[0] * (slope - u / core) + u / core
    shell_q = scaled[1] * (level - layers.shell_ev)

    def in_shell(depth: FloatArray) -> FloatArray:
        cosine, sine = _cosine_and_sine(shell_q, depth)
        return np.asarray(u * cosine + shell_slope * sine)

    parts = [_cosine_and_sine(scaled[0] * level, radii[0])[1]]
    if shell > 0:
        parts.append(in_shell(radii[1] - core))
    if len(radii) > len(parts):
        outside = radii[-1] - core - shell
        decay = _decay_per_nm(layers, level)
        parts.append(np.zeros(NODES) if np.isinf(decay) else in_shell(np.array(shell)) * np.exp(-decay * outside))
    return np.concatenate(parts)


def _cosine_and_sine(q: float, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the solutions of u'' = -q u that begin with (1, 0) and (0, 1)."""
    k = np.sqrt(abs(q))
    if k * np.max(x, initial=0.0) < 1e-9:
        return np.ones_like(x), x
    return (np.cos(k * x), np.sin(k * x) / k) if q > 0 else (np.cosh(k * x), np.sinh(k * x) / k)


def _inverse_distance(panels: list[tuple[FloatArray, FloatArray]], one: FloatArray, other: FloatArray) -> float:
    """Return the mean of 1/max(r, r') over two radial densities: the charge inside a radius, and the shells outside."""
    (x, _), cumulative = _rule(), _cumulative()
    inside = total = 0.0
    outside = sum(float(w @ (d / r)) for (r, w), d in zip(panels, np.split(other, len(panels)), strict=True))
    for (r, w), a, b in zip(panels, np.split(one, len(panels)), np.split(other, len(panels)), strict=True):
        half = (r[-1] - r[0]) / (x[-1] - x[0])
        within, beyond = half * cumulative @ b, half * cumulative @ (b / r)
        total += float(w @ (a * ((inside + within) / r + outside - beyond)))
        inside, outside = inside + float(w @ b), outside - float(w @ (b / r))
    return total


@cache
def _rule() -> tuple[FloatArray, FloatArray]:
    x, w = legendre.leggauss(NODES)
    return x, w


@cache
def _cumulative() -> FloatArray:
    """Return the matrix that integrates, from -1 to each node, the polynomial through values on the nodes."""
    x, w = _rule()
    order = np.arange(NODES)
    all_orders = legendre.legvander(x, NODES)
    coefficients = (2 * order + 1)[:, np.newaxis] / 2 * all_orders[:, :-1].T * w
    above, below = all_orders[:, 1:], np.column_stack([-np.ones(NODES), all_orders[:, :-2]])
    return np.asarray((above - below) / (2 * order + 1) @ coefficients)


def _check(core: FloatArray, shell: FloatArray, layers: Layers) -> None:
    if not (np.all(np.isfinite(core)) and np.all(core > 0)):
        raise ValueError(f"core_radius_nm must be above 0, found {core.min():g}")
    if not (np.all(np.isfinite(shell)) and np.all(shell >= 0)):
        raise ValueError(f"shell_nm must be 0 or more, found {shell.min():g}")
    if min(layers[:3]) <= 0:
        raise ValueError(f"masses must be above 0, found {layers}")
    if not layers.hard_wall and layers.ligand_ev <= max(0.0, layers.shell_ev):
        raise ValueError(f"ligand_ev must lie above the core and the shell, or hard_wall be True; found {layers}")
