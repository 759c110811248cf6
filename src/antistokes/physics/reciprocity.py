r"""Reciprocity of absorption and emission (Kennard-Stepanov, van Roosbroeck-Shockley, McCumber).

An emitter whose excited manifold is in equilibrium at temperature T obeys

.. math:: \ln\frac{R(E)}{E^2\,\sigma(E)} = \mathrm{const} - \frac{E}{k T}

with the emitted photon rate per energy R and the absorption cross-section sigma. Per wavelength and in power units
the same law reads I(lambda) ~ lambda^-5 sigma exp(-hc/(lambda kT)).

References
----------
.. [1] E. H. Kennard, Phys. Rev. 11, 29 (1918), doi:10.1103/PhysRev.11.29; B. I. Stepanov, Sov. Phys. Dokl. 2, 81
   (1957).
.. [2] D. E. McCumber, Phys. Rev. 136, A954 (1964), doi:10.1103/PhysRev.136.A954.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import BOLTZMANN_EV_PER_K, FloatArray, thermal_energy_ev


def log_reciprocity_ratio(energy_ev: ArrayLike, photons_per_ev: ArrayLike, cross_section: ArrayLike) -> FloatArray:
    r"""The quantity that is a straight line of slope -1/kT, :math:`\ln[R/(E^2\sigma)]`.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy [eV].
    photons_per_ev : array_like
        Emitted photon rate per energy, positive [photons/eV, any scale].
    cross_section : array_like
        Cross-section, absorption coefficient or absorbance, positive [any scale].

    Returns
    -------
    ndarray
        Natural logarithm of the ratio [1].

    References
    ----------
    [1]_, [2]_.
    """
    energy = np.asarray(energy_ev, dtype=float)
    return np.asarray(np.log(np.asarray(photons_per_ev) / (energy**2 * np.asarray(cross_section))))


def emission_from_absorption(energy_ev: ArrayLike, cross_section: ArrayLike, temperature_k: float) -> FloatArray:
    """Photon rate per energy that a cross-section demands at a temperature, up to a constant.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy [eV].
    cross_section : array_like
        Cross-section [any scale].
    temperature_k : float
        Temperature of the emitter [K].

    Returns
    -------
    ndarray
        E^2 sigma exp(-(E - E_0)/kT) with E_0 the lowest energy given [photons/eV, any scale].

    References
    ----------
    [1]_, [2]_.
    """
    energy = np.asarray(energy_ev, dtype=float)
    boltzmann = np.exp(-(energy - energy.min()) / thermal_energy_ev(temperature_k))
    return np.asarray(energy**2 * np.asarray(cross_section) * boltzmann)


def inhomogeneous_variance_ev2(
    apparent_temperature_k: ArrayLike, temperature_k: float, displacement_ev: ArrayLike
) -> FloatArray:
    r"""Static (inhomogeneous) variance that raises the apparent temperature of an ensemble, in the Gaussian limit.

    Gaussian lines of homogeneous variance s_h^2 = D kT, displaced by D between absorption and emission, in an
    ensemble of variance s_i^2 obey reciprocity at T_KS = T (1 + s_i^2/s_h^2), hence

    .. math:: s_i^2 = D\,k\,(T_\mathrm{KS} - T)

    Parameters
    ----------
    apparent_temperature_k : array_like
        Apparent reciprocity temperature T_KS [K].
    temperature_k : float
        Temperature of the sample [K].
    displacement_ev : array_like
        Distance D between the maxima of sigma/E and of R/E^3 [eV].

    Returns
    -------
    ndarray
        Variance; negative where the apparent temperature is below the real one [eV^2].

    References
    ----------
    Derived on the page docs/models/reciprocity.md and checked against Gaussian ensembles in tests/unit/test_docs.py.
    """
    excess_k = np.asarray(apparent_temperature_k, dtype=float) - temperature_k
    return np.asarray(np.asarray(displacement_ev, dtype=float) * BOLTZMANN_EV_PER_K * excess_k)
