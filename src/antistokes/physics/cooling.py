r"""Energy balance of anti-Stokes emission: when does it cool?

An absorbed photon of energy E returns as a photon of mean energy E_f with probability eta_ext, and only the share
eta_abs of the absorbed light went into the emitter:

.. math:: \eta_c = \eta_\mathrm{ext}\,\eta_\mathrm{abs}\,\frac{E_f}{E} - 1

References
----------
.. [1] Sheik-Bahae and Epstein, Nat. Photonics 1, 693 (2007), doi:10.1038/nphoton.2007.244.
.. [2] Sheik-Bahae and Epstein, Laser Photon. Rev. 3, 67 (2009), doi:10.1002/lpor.200810038.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import FloatArray


def external_yield(quantum_yield: ArrayLike, self_absorption: ArrayLike = 0.0) -> FloatArray:
    r"""External yield of an emitter that re-absorbs part of its own light.

    .. math:: \eta_\mathrm{ext} = \frac{\phi\,(1-a)}{1 - a\,\phi}

    Parameters
    ----------
    quantum_yield : array_like
        Internal quantum yield phi [1].
    self_absorption : array_like
        Mean probability a that an emitted photon is absorbed again by the emitter, 0 <= a < 1 [1].

    Returns
    -------
    ndarray
        External yield [1].

    References
    ----------
    [2]_: eta_ext = eta_e W_r / (eta_e W_r + W_nr) with the escape efficiency eta_e = 1 - a.
    """
    phi, a = np.asarray(quantum_yield, dtype=float), np.asarray(self_absorption, dtype=float)
    if np.any((a < 0) | (a >= 1)):
        raise ValueError(f"self_absorption must be in [0, 1), got {self_absorption!r}.")
    if np.any(a * phi >= 1):
        raise ValueError(f"a yield of {np.max(phi):g} with self_absorption {np.max(a):g} has no finite external yield.")
    return np.asarray(phi * (1 - a) / (1 - a * phi))


def internal_yield(observed: ArrayLike, self_absorption: ArrayLike = 0.0) -> FloatArray:
    r"""Internal yield of an emitter from the yield that is observed: the inverse of :func:`external_yield`.

    .. math:: \phi = \frac{Q}{1 - a + a\,Q}

    Parameters
    ----------
    observed : array_like
        Observed (external) yield Q, which noise may put above one [1].
    self_absorption : array_like
        Mean probability a that an emitted photon is absorbed again by the emitter, 0 <= a < 1 [1].

    Returns
    -------
    ndarray
        Internal yield; 1/a for an infinite observed one [1].

    References
    ----------
    T.-S. Ahn et al., Rev. Sci. Instrum. 78, 086105 (2007), doi:10.1063/1.2768926.
    """
    q, a = (np.asarray(v, dtype=float) for v in (observed, self_absorption))
    if np.any((a < 0) | (a >= 1)):
        raise ValueError(f"self_absorption must be in [0, 1), got {self_absorption!r}.")
    if np.any(1 - a + a * q <= 0):
        raise ValueError(
            f"an observed yield of {np.min(q):g} with self_absorption {np.max(a):g} has no internal yield."
        )
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        internal = np.where(np.isinf(q), 1 / a, q / (1 - a + a * q))
    return np.asarray(internal)


def absorption_efficiency(absorption_per_cm: ArrayLike, background_per_cm: ArrayLike) -> FloatArray:
    r"""Share of the absorbed light that the emitter absorbs, alpha / (alpha + alpha_b).

    Parameters
    ----------
    absorption_per_cm : array_like
        Absorption coefficient of the emitter; what noise made negative counts as none [cm^-1].
    background_per_cm : array_like
        Parasitic absorption, >= 0 [cm^-1].

    Returns
    -------
    ndarray
        Absorption efficiency; 1 where there is no background [1].

    References
    ----------
    [1]_.
    """
    alpha, background = np.maximum(absorption_per_cm, 0.0), np.asarray(background_per_cm, dtype=float)
    total = alpha + background
    return np.asarray(np.divide(alpha, total, out=np.ones_like(total), where=(total > 0) & (background > 0)))


def cooling_efficiency(
    excitation_ev: ArrayLike,
    mean_emission_ev: ArrayLike,
    external_yield: ArrayLike,
    absorption_efficiency: ArrayLike = 1.0,
) -> FloatArray:
    r"""Heat lifted per absorbed energy; above 0 the sample cools.

    .. math:: \eta_c = \eta_\mathrm{ext}\,\eta_\mathrm{abs}\,E_f/E - 1

    Parameters
    ----------
    excitation_ev : array_like
        Photon energy of the excitation E [eV].
    mean_emission_ev : array_like
        Mean energy of the photons that leave the sample, E_f [eV].
    external_yield : array_like
        External yield eta_ext [1].
    absorption_efficiency : array_like
        Share of the absorbed light that the emitter absorbs [1].

    Returns
    -------
    ndarray
        Cooling efficiency [1].

    References
    ----------
    [1]_.
    """
    ratio = np.asarray(mean_emission_ev, dtype=float) / np.asarray(excitation_ev, dtype=float)
    return np.asarray(np.asarray(external_yield) * np.asarray(absorption_efficiency) * ratio - 1.0)


def break_even_yield(
    energy_gain_ev: ArrayLike, mean_emission_ev: ArrayLike, absorption_efficiency: ArrayLike = 1.0
) -> FloatArray:
    r"""External yield at which heating turns into cooling.

    .. math:: \eta_\mathrm{ext}^{*} = \frac{E}{E_f\,\eta_\mathrm{abs}} = \frac{1 - \Delta E/E_f}{\eta_\mathrm{abs}}

    Parameters
    ----------
    energy_gain_ev : array_like
        Mean energy gain E_f - E [eV].
    mean_emission_ev : array_like
        Mean energy of the photons that leave the sample, E_f [eV].
    absorption_efficiency : array_like
        Share of the absorbed light that the emitter absorbs [1].

    Returns
    -------
    ndarray
        Break-even yield; above 1 no yield suffices [1].

    References
    ----------
    [2]_.
    """
    share = 1.0 - np.asarray(energy_gain_ev, dtype=float) / np.asarray(mean_emission_ev, dtype=float)
    return np.asarray(share / np.asarray(absorption_efficiency, dtype=float))


def break_even_background_per_cm(
    absorption_per_cm: ArrayLike, excitation_ev: ArrayLike, mean_emission_ev: ArrayLike, external_yield: ArrayLike
) -> FloatArray:
    r"""Parasitic absorption at which cooling stops, alpha (eta_ext E_f/E - 1).

    Parameters
    ----------
    absorption_per_cm : array_like
        Absorption coefficient of the emitter at the excitation [cm^-1].
    excitation_ev : array_like
        Photon energy of the excitation [eV].
    mean_emission_ev : array_like
        Mean energy of the photons that leave the sample [eV].
    external_yield : array_like
        External yield [1].

    Returns
    -------
    ndarray
        Largest tolerable background; negative where it heats even without any [cm^-1].
    """
    lifted = cooling_efficiency(excitation_ev, mean_emission_ev, external_yield)
    return np.asarray(np.asarray(absorption_per_cm, dtype=float) * lifted)
