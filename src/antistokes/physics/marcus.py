r"""Gaussian (high-temperature, Marcus) limit of the electron-phonon line shape, with several states and an ensemble.

One dot whose electronic states j lie d_j above E_00 with strength f_j, linearly coupled with reorganisation energy
lambda to classical vibrations, has s_h^2 = 2 lambda kT and

.. math:: \sigma(E) \propto E \sum_j f_j\,G(E;\,E_{00}+d_j+\lambda,\,s^2), \qquad
          R(E) \propto E^3 \sum_j f_j e^{-d_j/kT}\,G(E;\,E_{00}+d_j-\lambda,\,s^2)

which obey detailed balance exactly when s = s_h. An ensemble with Gaussian E_00 of width s_i, all dots emitting
alike, has s^2 = s_h^2 + s_i^2.

References
----------
.. [1] R. A. Marcus, J. Phys. Chem. 93, 3078 (1989), doi:10.1021/j100345a040 (spectral band shapes in the classical
   limit).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import FloatArray, thermal_energy_ev

State = tuple[float, float]


def cross_section(
    energy_ev: ArrayLike,
    e00_ev: float,
    reorganisation_mev: float,
    temperature_k: float,
    inhomogeneous_width_mev: float = 0.0,
    states: Sequence[State] = ((0.0, 1.0),),
) -> FloatArray:
    """Absorption cross-section of the ensemble, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy [eV].
    e00_ev : float
        Electronic (zero-phonon) transition energy of the lowest state [eV].
    reorganisation_mev : float
        Reorganisation energy lambda, above 0 [meV].
    temperature_k : float
        Temperature [K].
    inhomogeneous_width_mev : float
        Standard deviation of E_00 over the ensemble [meV].
    states : sequence of (offset_mev, strength)
        Electronic states: offset above the lowest one [meV] and strength [1].

    Returns
    -------
    ndarray
        E times the sum of Gaussians of unit area [1].

    References
    ----------
    [1]_; the equation in the module's head.
    """
    energy = np.asarray(energy_ev, dtype=float)
    width = _width_ev(reorganisation_mev, temperature_k, inhomogeneous_width_mev)
    centre = e00_ev + reorganisation_mev / 1e3
    return np.asarray(energy * sum(f * _gaussian(energy, centre + d / 1e3, width) for d, f in states))


def photon_rate(
    energy_ev: ArrayLike,
    e00_ev: float,
    reorganisation_mev: float,
    temperature_k: float,
    inhomogeneous_width_mev: float = 0.0,
    states: Sequence[State] = ((0.0, 1.0),),
) -> FloatArray:
    """Emitted photon rate per energy of the ensemble, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy [eV].
    e00_ev : float
        Electronic (zero-phonon) transition energy of the lowest state [eV].
    reorganisation_mev : float
        Reorganisation energy lambda, above 0 [meV].
    temperature_k : float
        Temperature [K].
    inhomogeneous_width_mev : float
        Standard deviation of E_00 over the ensemble [meV].
    states : sequence of (offset_mev, strength)
        Electronic states: offset above the lowest one [meV] and strength [1].

    Returns
    -------
    ndarray
        E^3 times the sum of thermally weighted Gaussians [photons/eV, any scale].

    References
    ----------
    [1]_; the equation in the module's head.
    """
    energy, kt = np.asarray(energy_ev, dtype=float), float(thermal_energy_ev(temperature_k))
    width = _width_ev(reorganisation_mev, temperature_k, inhomogeneous_width_mev)
    centre = e00_ev - reorganisation_mev / 1e3
    weighted = [(d / 1e3, f * np.exp(-d / 1e3 / kt)) for d, f in states]
    return np.asarray(energy**3 * sum(f * _gaussian(energy, centre + d, width) for d, f in weighted))


def _width_ev(reorganisation_mev: float, temperature_k: float, inhomogeneous_width_mev: float) -> float:
    if not reorganisation_mev > 0:
        raise ValueError(f"reorganisation_mev must be above 0, got {reorganisation_mev!r}.")
    homogeneous = 2 * reorganisation_mev / 1e3 * float(thermal_energy_ev(temperature_k))
    return float(np.sqrt(homogeneous + (inhomogeneous_width_mev / 1e3) ** 2))


def _gaussian(x: FloatArray, centre: float, width: float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * ((x - centre) / width) ** 2) / (width * np.sqrt(2 * np.pi)))
