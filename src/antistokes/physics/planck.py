"""Light of a black body, as photons; what a lamp of a stated colour temperature gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import BOLTZMANN_EV_PER_K, FloatArray


def blackbody_photons_per_ev(energy_ev: ArrayLike, temperature_k: float) -> FloatArray:
    r"""Photon radiance of a black body per photon energy, up to a constant factor.

    .. math:: L(E) \propto \frac{E^2}{e^{E/kT}-1}

    Parameters
    ----------
    energy_ev : array_like
        Photon energies [eV].
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        Relative photons per eV, same shape [eV^2].

    References
    ----------
    M. Planck, Ann. Phys. 309, 553 (1901), doi:10.1002/andp.19013090310.
    """
    energy = np.asarray(energy_ev, dtype=float)
    return energy**2 / np.expm1(energy / (BOLTZMANN_EV_PER_K * temperature_k))


def blackbody_slope_per_k(energy_ev: ArrayLike, temperature_k: float) -> FloatArray:
    r"""Relative change of that radiance with temperature.

    .. math:: \frac{\partial \ln L}{\partial T} = \frac{x}{T}\,\frac{1}{1-e^{-x}},\quad x=\frac{E}{kT}

    Parameters
    ----------
    energy_ev : array_like
        Photon energies [eV].
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        Slope, same shape [K^-1].

    References
    ----------
    Derivative of :func:`blackbody_photons_per_ev`.
    """
    x = np.asarray(energy_ev, dtype=float) / (BOLTZMANN_EV_PER_K * temperature_k)
    return x / temperature_k / -np.expm1(-x)
