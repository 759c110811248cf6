"""Integrals and mean energies of a sampled spectrum, as linear weights, so that uncertainty propagates exactly."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import FloatArray


def integration_weights(x: ArrayLike, low: float = -math.inf, high: float = math.inf) -> FloatArray:
    r"""Weights w with :math:`\sum_i w_i y_i = \int_{low}^{high} y\,dx` for y linear between samples (trapezoid rule).

    Parameters
    ----------
    x : array_like
        Ascending positions, shape (n,), n >= 2 [any].
    low, high : float
        Ends of the integral; outside the data nothing is added [unit of x].

    Returns
    -------
    ndarray
        Weights, shape (n,) [unit of x].
    """
    x = np.asarray(x, dtype=float)
    left, right = x[:-1], x[1:]
    a, b = np.clip(low, left, right), np.clip(high, left, right)
    length = np.maximum(b - a, 0.0)
    share_right = (a + b - 2 * left) / (2 * (right - left))  # mean position of the piece within its interval
    weights = np.zeros_like(x)
    weights[:-1] += length * (1 - share_right)
    weights[1:] += length * share_right
    return weights


def mean_energy(energy_ev: ArrayLike, photons_per_ev: ArrayLike, above_ev: float = -math.inf) -> float:
    r"""Mean photon energy of a spectrum, the one that enters an energy balance.

    .. math:: E_f = \frac{\int E\,N(E)\,dE}{\int N(E)\,dE}

    Parameters
    ----------
    energy_ev : array_like
        Photon energies, ascending, shape (n,) [eV].
    photons_per_ev : array_like
        Photon number density, shape (n,) [photons/eV, any scale].
    above_ev : float
        Only photons above this energy count [eV].

    Returns
    -------
    float
        Mean photon energy [eV].

    References
    ----------
    Sheik-Bahae and Epstein, Laser Photon. Rev. 3, 67 (2009), doi:10.1002/lpor.200810038: the mean fluorescence
    wavelength is hc over this energy.
    """
    value, _ = mean_energy_and_gradient(energy_ev, photons_per_ev, above_ev)
    return value


def mean_energy_and_gradient(
    energy_ev: ArrayLike, photons_per_ev: ArrayLike, above_ev: float = -math.inf
) -> tuple[float, FloatArray]:
    """Mean photon energy and its derivative with respect to every sample.

    Parameters
    ----------
    energy_ev : array_like
        Photon energies, ascending, shape (n,) [eV].
    photons_per_ev : array_like
        Photon number density, shape (n,) [photons/eV, any scale].
    above_ev : float
        Only photons above this energy count [eV].

    Returns
    -------
    mean : float
        Mean photon energy [eV].
    gradient : ndarray
        Its derivative, shape (n,) [eV per unit of ``photons_per_ev``].
    """
    energy, photons = np.asarray(energy_ev, dtype=float), np.asarray(photons_per_ev, dtype=float)
    weights = integration_weights(energy, low=above_ev)
    total = float(weights @ photons)
    if not total > 0:
        raise ValueError(f"the spectrum integrates to {total:.3g}: there are no photons to take a mean of.")
    mean = float(weights @ (energy * photons)) / total
    return mean, weights * (energy - mean) / total
