r"""Fine structure of the band-edge exciton of a dot: bright and dark levels, what they shift, how fast they radiate.

An electron (spin 1/2) and a hole (momentum 3/2) make eight states. Exchange eta and the crystal field (or shape) Delta,
which parts the hole's |m| = 3/2 from 1/2, give with m the total projection

.. math:: E_{2} = -\tfrac32\eta-\tfrac12\Delta,\quad E_{0L,0U} = \tfrac12\eta+\tfrac12\Delta\mp2\eta,\quad
          E_{1L,1U} = \tfrac12\eta\mp\sqrt{\tfrac14(2\eta-\Delta)^2+3\eta^2}

Of a bright state of strength 1, averaged over all directions, 0U has all, 2 and 0L nothing, and

.. math:: f_{1U,1L} = \frac12\left(1\pm\frac{2\eta-\Delta/4}{\sqrt{(2\eta-\Delta)^2/4+3\eta^2}}\right)

References
----------
.. [1] Al. L. Efros, M. Rosen, M. Kuno, M. Nirmal, D. J. Norris and M. Bawendi, Phys. Rev. B 54, 4843 (1996),
   doi:10.1103/PhysRevB.54.4843.
.. [2] S. Brovelli, R. D. Schaller, S. A. Crooker, F. Garcia-Santamaria, Y. Chen, R. Viswanatha, J. A. Hollingsworth,
   H. Htoon and V. I. Klimov, Nature Communications 2, 280 (2011), doi:10.1038/ncomms1281.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.physics.marcus import State
from antistokes.units import FloatArray, thermal_energy_ev

__all__ = [
    "EXCITONS",
    "Exciton",
    "Level",
    "electronic_states",
    "fine_levels",
    "fine_stokes_shift_mev",
    "radiative_lifetime_ns",
]


class Level(NamedTuple):
    """States of one energy: name, energy [meV], how many there are, strength of each (1 is fully bright).

    Energies count from that of the pair without exchange and crystal field.
    """

    name: str
    energy_mev: float
    degeneracy: int
    strength: float


class Exciton(NamedTuple):
    """Exchange and crystal field [meV], strength of a dark state [1], and what they rest on."""

    title: str
    exchange_mev: float
    crystal_field_mev: float
    dark_strength: float
    note: str


_EXCHANGE = (
    "exchange assumed: it parts dark from bright by 2 to 20 meV in bare CdSe and by less than .25 meV under a thick"
    " shell (doi:10.1038/ncomms1281), and this core has a thin one; strength of the dark states from lifetimes of 10"
    " to 20 ns at 300 K and 1 us at 1 K (same), that is 3/8 of 15 ns over 1 us"
)
EXCITONS: dict[str, Exciton] = {
    "cdse-cds-zb": Exciton(
        "CdSe/CdS, zinc blende, core of 3.5 nm, 3 to 4 monolayers",
        0.5,
        0.0,
        0.0056,
        f"{_EXCHANGE}; no crystal field in a cubic sphere (doi:10.1103/PhysRevB.54.4843)",
    ),
    "cdse-cds-wz": Exciton(
        "CdSe/CdS, wurtzite, core of 3.5 nm, 3 to 4 monolayers",
        0.5,
        25.0,
        0.0056,
        f"{_EXCHANGE}; crystal field assumed to be the splitting of the A and B bands of bulk CdSe, dot a sphere",
    ),
}


def fine_levels(exchange_mev: float, crystal_field_mev: float = 0.0, dark_strength: float = 0.0) -> tuple[Level, ...]:
    """Five levels of the band-edge exciton, the lowest first.

    Parameters
    ----------
    exchange_mev : float
        Exchange eta; without a crystal field bright and dark states are 4 eta apart [meV].
    crystal_field_mev : float
        Splitting Delta of the hole by crystal and shape, below 0 for a prolate dot that outdoes the crystal [meV].
    dark_strength : float
        What other processes lend a dark state, relative to a bright one; 0 to 1 [1].

    Returns
    -------
    tuple of Level
        Levels 2, 1L, 1U, 0L and 0U in ascending order of energy.

    Raises
    ------
    ValueError
        The exchange is negative, a number is not finite, or the strength lies beyond 0 to 1.

    References
    ----------
    [1]_ of the module; the equations in its head.
    """
    eta, delta = float(exchange_mev), float(crystal_field_mev)
    if not (np.isfinite(eta) and np.isfinite(delta) and eta >= 0):
        raise ValueError(
            f"exchange_mev must be 0 or more and both finite, found {exchange_mev} and {crystal_field_mev}"
        )
    if not 0 <= dark_strength <= 1:
        raise ValueError(f"dark_strength must be 0 to 1, found {dark_strength}")
    root = float(np.hypot((2 * eta - delta) / 2, np.sqrt(3) * eta))
    share = (2 * eta - delta / 4) / root if root > 0 else 1.0
    bright = {"2": 0.0, "1L": (1 - share) / 2, "1U": (1 + share) / 2, "0L": 0.0, "0U": 1.0}
    energy = {
        "2": -1.5 * eta - delta / 2,
        "1L": eta / 2 - root,
        "1U": eta / 2 + root,
        "0L": delta / 2 - 1.5 * eta,
        "0U": delta / 2 + 2.5 * eta,
    }
    found = (Level(n, e, 1 if n[0] == "0" else 2, max(bright[n], dark_strength)) for n, e in energy.items())
    return tuple(sorted(found, key=lambda level: level.energy_mev))


def electronic_states(levels: Sequence[Level]) -> tuple[State, ...]:
    """Levels as the states of :mod:`antistokes.physics.lineshape`, whose E_00 is then that of the lowest level.

    Parameters
    ----------
    levels : sequence of Level
        Fine structure.

    Returns
    -------
    tuple of (offset_mev, strength)
        Offset above the lowest level [meV] and strength of all its states [1]; levels without strength are left out.

    References
    ----------
    Strength of a level in absorption is the sum over its states; emission takes the same, times the Boltzmann factor.
    """
    energy, degeneracy, strength = _columns(levels)
    offset = energy - energy.min()
    return tuple((float(d), float(f)) for d, f in zip(offset, degeneracy * strength, strict=True) if f > 0)


def fine_stokes_shift_mev(levels: Sequence[Level], temperature_k: ArrayLike) -> FloatArray:
    r"""Share of the Stokes shift that is due to the fine structure: mean of absorption minus mean of emission.

    .. math:: \Delta_s = \frac{\sum g_if_iE_i}{\sum g_if_i}
              - \frac{\sum g_if_iE_ie^{-E_i/kT}}{\sum g_if_ie^{-E_i/kT}}

    Parameters
    ----------
    levels : sequence of Level
        Fine structure; some level must have strength.
    temperature_k : array_like
        Temperature, above 0 [K].

    Returns
    -------
    ndarray
        Shift, same shape [meV].

    References
    ----------
    Means of the kernels sigma/E and R/E^3, to which vibrations add twice the reorganisation energy.
    """
    energy, degeneracy, strength = _columns(levels)
    light = degeneracy * strength
    energy, light = energy[light > 0], light[light > 0]  # near 0 K the factors over a dark level would vanish
    emitting = _boltzmann(energy, temperature_k) * light
    return np.asarray(light @ energy / light.sum() - emitting @ energy / emitting.sum(axis=-1))


def radiative_lifetime_ns(levels: Sequence[Level], temperature_k: ArrayLike, bright_lifetime_ns: float) -> FloatArray:
    r"""Radiative lifetime of the exciton with its levels in equilibrium.

    .. math:: \frac1\tau = \frac1{\tau_b}\,\frac{\sum g_if_ie^{-E_i/kT}}{\sum g_ie^{-E_i/kT}}

    Parameters
    ----------
    levels : sequence of Level
        Fine structure; some level must have strength.
    temperature_k : array_like
        Temperature, above 0 [K].
    bright_lifetime_ns : float
        Lifetime of a state of strength 1 [ns].

    Returns
    -------
    ndarray
        Lifetime, same shape; infinite where only a level without strength is populated [ns].

    Raises
    ------
    ValueError
        The bright lifetime is not above 0.

    References
    ----------
    [1]_ of the module for the strengths; the mean rate of a manifold in equilibrium.
    """
    if not (np.isfinite(bright_lifetime_ns) and bright_lifetime_ns > 0):
        raise ValueError(f"bright_lifetime_ns must be above 0, found {bright_lifetime_ns}")
    energy, degeneracy, strength = _columns(levels)
    population = _boltzmann(energy, temperature_k) * degeneracy
    with np.errstate(divide="ignore"):  # a level that is dark throughout, near 0 K
        return np.asarray(bright_lifetime_ns * population.sum(axis=-1) / (population @ strength))


def _columns(levels: Sequence[Level]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return energies, degeneracies and strengths."""
    energy, degeneracy, strength = np.array([level[1:] for level in levels], dtype=float).reshape(-1, 3).T
    if not (np.all(np.isfinite(energy)) and np.all(degeneracy > 0) and np.all(strength >= 0) and strength.sum() > 0):
        raise ValueError(f"levels must be finite, one of them with a strength above 0; found {tuple(levels)}")
    return energy, degeneracy, strength


def _boltzmann(energy: FloatArray, temperature_k: ArrayLike) -> FloatArray:
    """Return the Boltzmann factors of levels over the lowest, the levels along the last axis."""
    kt = 1e3 * thermal_energy_ev(temperature_k)[..., np.newaxis]
    return np.asarray(np.exp(-(energy - energy.min()) / kt))
