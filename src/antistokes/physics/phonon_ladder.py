r"""The n-phonon population model of up-conversion ("Eq. S33", reconstructed), in the three readings it can have.

A photon that lacks an energy D is said to be absorbed with the help of p = D/w phonons of one energy w, in
proportion to

=========== ================================= ==========================================================
reading     relative absorption               what it says
=========== ================================= ==========================================================
bose        :math:`n^p`                       p quanta, each with the Bose number n as its probability
boltzmann   :math:`e^{-D/kT}`                 the thermal weight of a state D above the lowest
bose_fc     :math:`(Sn)^p/\Gamma(p+1)`        the first, with the Franck-Condon factor of p quanta for small S
=========== ================================= ==========================================================

With phonons below kT ln 2 (17.9 meV at 300 K) bose is above 1. None is a line shape: there is no width, no other
mode, and only bose_fc knows the coupling. They are here to be
compared with data and with :mod:`antistokes.physics.lineshape`. The supplement that states the equation was not at
hand; the readings are reconstructions, and they contradict each other: a fit of bose with p = 2, w = 25 meV over
300-360 K has an apparent activation energy of 85 meV, of boltzmann 50 meV.

References
----------
.. [1] Ye et al., Nature Communications 12, 4283 (2021), doi:10.1038/s41467-021-24560-4 (supplementary equation 33).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from antistokes.units import FloatArray, thermal_energy_ev

Reading = Literal["bose", "boltzmann", "bose_fc"]


def relative_absorption(
    deficit_mev: ArrayLike,
    phonon_mev: float,
    temperature_k: ArrayLike,
    reading: Reading,
    huang_rhys: float | None = None,
) -> FloatArray:
    """Absorption of photons that lack some energy, relative to those that lack none.

    Parameters
    ----------
    deficit_mev : array_like
        Energy D that the photon lacks, 0 or more [meV].
    phonon_mev : float
        Energy of one phonon [meV].
    temperature_k : array_like
        Temperature, of a shape that broadcasts with the deficit [K].
    reading : {'bose', 'boltzmann', 'bose_fc'}
        Which of the readings in the module's head.
    huang_rhys : float, optional
        Huang-Rhys factor, asked for by bose_fc only [1].

    Returns
    -------
    ndarray
        Relative absorption, 1 at D = 0 [1].

    References
    ----------
    [1]_, reconstructed.
    """
    if reading not in get_args(Reading):
        raise ValueError(f"reading must be one of {', '.join(get_args(Reading))}, not {reading!r}")
    if reading == "bose_fc" and huang_rhys is None:
        raise ValueError("the reading bose_fc asks for huang_rhys")
    if reading != "bose_fc" and huang_rhys is not None:
        raise ValueError(f"huang_rhys belongs to the reading bose_fc, found {huang_rhys!r} with {reading}")
    deficit, kt = np.asarray(deficit_mev, dtype=float), 1e3 * thermal_energy_ev(temperature_k)
    if not (phonon_mev >= 0.1 and np.all(deficit >= 0)):
        raise ValueError(
            f"phonon_mev must be .1 meV or more and deficit_mev 0 or more, found {phonon_mev} and {deficit_mev!r}"
        )
    if reading == "boltzmann":
        return np.asarray(np.exp(-deficit / kt))
    phonons = deficit / phonon_mev
    log = -phonons * np.log(np.expm1(phonon_mev / kt))
    if huang_rhys is not None:
        if not huang_rhys > 0:
            raise ValueError(f"huang_rhys must be above 0, not {huang_rhys}")
        log = log + phonons * np.log(huang_rhys) - gammaln(phonons + 1)
    return np.asarray(np.exp(log))


def apparent_energy_mev(ratio: ArrayLike, temperature_k: ArrayLike) -> float:
    r"""Apparent activation energy of a ratio: minus the slope of its logarithm over 1/kT, by least squares.

    .. math:: E_a = -\frac{\partial\ln r}{\partial(1/kT)}

    Parameters
    ----------
    ratio : array_like
        A(peak - D)/A(peak) at each temperature, shape (n,) [1].
    temperature_k : array_like
        Temperatures, shape (n,) [K].

    Returns
    -------
    float
        Energy [meV].

    References
    ----------
    [1]_, as in its Fig. 2b. What it means depends on the line shape: see docs/models/lineshape.md.
    """
    temperatures, ratios = np.asarray(temperature_k, dtype=float), np.asarray(ratio, dtype=float)
    if temperatures.shape != ratios.shape or np.unique(temperatures).size < 2 or not np.all(ratios > 0):
        raise ValueError(
            f"one ratio above 0 a temperature, and two temperatures at least, are needed; found {ratio!r} at"
            f" {temperature_k!r}"
        )
    beta, log = 1 / (1e3 * thermal_energy_ev(temperatures)), np.log(ratios)
    return float(-((beta - beta.mean()) @ log) / ((beta - beta.mean()) @ (beta - beta.mean())))
