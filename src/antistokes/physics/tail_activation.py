r"""How an absorption falls a fixed energy D below its maximum, and what temperature makes of that.

.. math:: r(D,T) = \frac{\sigma(E_{1S}-D)}{\sigma(E_{1S})},\qquad
          E_a(D) = -\frac{\partial\ln r}{\partial(1/kT)}

The apparent energy E_a measures a line's coupling and the disorder of the dots; it does not count phonons. In the
Gaussian limit, with homogeneous variance :math:`s_h^2 = 2\lambda kT` and inhomogeneous variance s_i^2,

.. math:: \ln r = -\frac{D^2}{2(s_h^2+s_i^2)},\qquad
          E_a = \frac{D^2}{4\lambda}\left[\frac{s_h^2}{s_h^2+s_i^2}\right]^2

References
----------
.. [1] Derived in docs/models/tail-activation.md.
.. [2] K. Huang and A. Rhys, Proc. R. Soc. A 204, 406 (1950), doi:10.1098/rspa.1950.0184.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import map_coordinates
from scipy.special import gammaln, ive

from antistokes.physics import strengths
from antistokes.physics.coupling import Coupling
from antistokes.physics.marcus import State
from antistokes.units import FloatArray, thermal_energy_ev, thermal_energy_mev

__all__ = ["apparent_energies_mev", "gaussian_start", "huang_rhys_log_ratio", "line_shape_log_ratio"]

STEP_MEV = 1.0  # of the grid on which the maximum is looked for
WINDOW = (-1.0, 2.5)  # around the mean of the lowest state, in standard deviations: where its maximum may lie


def apparent_energies_mev(log_ratio: ArrayLike, temperature_k: ArrayLike) -> FloatArray:
    """Apparent energies of several ratios: minus the slope of each logarithm over 1/kT, by least squares.

    Parameters
    ----------
    log_ratio : array_like
        ln r at each temperature, shape (n, m) [1].
    temperature_k : array_like
        Temperatures, shape (n,) [K].

    Returns
    -------
    ndarray
        Energies, shape (m,) [meV].

    References
    ----------
    Module's head.
    """
    beta = 1e-3 / thermal_energy_ev(temperature_k)
    centred = beta - beta.mean()
    return np.asarray(-centred @ np.asarray(log_ratio, dtype=float) / (centred @ centred))


def huang_rhys_log_ratio(
    below_mev: ArrayLike, phonon_mev: float, huang_rhys: float, temperature_k: ArrayLike
) -> FloatArray:
    r"""Logarithm of the line of a single mode that takes p = D/w phonons over its zero-phonon line, p any real number.

    .. math:: \ln\frac{W_{-p}}{W_0} = -\frac{D}{2kT} + \ln\frac{I_p(z)}{I_0(z)},\qquad z=\frac{S}{\sinh(w/2kT)}

    Parameters
    ----------
    below_mev : array_like
        Energies D below the zero-phonon line, shape (m,) [meV].
    phonon_mev : float
        Energy w of the mode [meV].
    huang_rhys : float
        Huang-Rhys factor S, above 0 [1].
    temperature_k : array_like
        Temperatures, shape (n,) [K].

    Returns
    -------
    ndarray
        ln of the ratio, shape (n, m) [1]. For S to 0 it is that of ``bose_fc`` in
        :mod:`antistokes.physics.phonon_ladder`.

    References
    ----------
    [2]_ of the module; between whole p the Bessel function of real order, a continuation without lines of its own.
    """
    kt = 1e3 * thermal_energy_ev(temperature_k)[:, np.newaxis]
    d = np.asarray(below_mev, dtype=float)
    z = huang_rhys / np.sinh(phonon_mev / (2 * kt))
    p = d / phonon_mev
    with np.errstate(divide="ignore"):
        log = np.log(ive(p, z))
    log = np.where(np.isfinite(log), log, p * np.log(z / 2) - gammaln(p + 1) - z)  # its first term, where it underflows
    return np.asarray(-d / (2 * kt) + log - np.log(ive(0, z)))


def line_shape_log_ratio(
    below_mev: ArrayLike,
    temperature_k: float,
    components: tuple[Coupling, ...],
    reorganisation_mev: ArrayLike,
    variance_mev2: float,
    states: Sequence[State] = ((0.0, 1.0),),
    peak_ev: float = 2.0,
) -> FloatArray:
    """Logarithm of the ratio of the electron-phonon line shape of unequal dots, its maximum looked for.

    Parameters
    ----------
    below_mev : array_like
        Energies D below the first maximum, shape (m,) [meV].
    temperature_k : float
        Temperature [K].
    components : tuple of Coupling
        As :func:`antistokes.physics.strengths.unit_components` gives them.
    reorganisation_mev : array_like
        Reorganisation energy of each, shape (c,) [meV].
    variance_mev2 : float
        Variance of E_00 over the dots (Gaussian), at least 1 [meV^2].
    states : sequence of (offset_mev, strength)
        Electronic states, the lowest first.
    peak_ev : float
        Where the maximum lies, for the factor E of the cross-section [eV].

    Returns
    -------
    ndarray
        ln[sigma(E - D)/sigma(E)], shape (m,) [1].

    References
    ----------
    :mod:`antistokes.physics.strengths`; [1]_ of the module.
    """
    found = strengths.kernel(components, reorganisation_mev, variance_mev2, temperature_k)
    low, high = found.detuning_mev[[0, -1]]
    mean, sd = (low + high) / 2, (high - low) / (2 * strengths.REACH)
    offset, strength = np.array(states, dtype=float).T

    def log_sigma(x: FloatArray, peak: float) -> FloatArray:
        at = x[:, np.newaxis] - offset
        inside = (at > low) & (at < high)
        kernels = np.where(inside, np.exp(_between(found, np.clip(at, low, high))), 0.0)
        return np.asarray(np.log(np.maximum(kernels @ strength, 1e-300)) + np.log(1e3 * peak_ev + x - peak))

    x = np.arange(mean + WINDOW[0] * sd, mean + WINDOW[1] * sd + STEP_MEV, STEP_MEV)
    at = float(x[_first_maximum(log_sigma(x, mean))])
    for step in (STEP_MEV, STEP_MEV / 10):
        y = log_sigma(at + step * np.arange(-1.0, 2.0), at)
        bend = y[0] - 2 * y[1] + y[2]
        at += step * float(np.clip((y[0] - y[2]) / 2 / bend, -1, 1)) if bend < 0 else 0.0
    log = log_sigma(at - np.append(0.0, np.asarray(below_mev, dtype=float)), at)
    return np.asarray(log[1:] - log[0])


def _between(kernel: strengths.Kernel, detuning_mev: FloatArray) -> FloatArray:
    """Logarithm of a kernel between the points of its even grid, by a quintic spline."""
    x, log = kernel
    at = (detuning_mev - x[0]) / (x[1] - x[0])
    return np.asarray(map_coordinates(log, at[np.newaxis], order=5, mode="mirror"))


def _first_maximum(y: FloatArray) -> int:
    """Index of the first maximum that is no end; of a shoulder, of where it is flattest."""
    inner = 1 + np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]))
    return int(inner[0]) if inner.size else 1 + int(np.argmin(np.abs(y[2:] - y[:-2])))


def gaussian_start(
    below_mev: float, log_ratio: float, apparent_mev: float, temperature_k: float
) -> tuple[float, float]:
    r"""Reorganisation energy and disorder that the Gaussian limit gives to a ratio and its apparent energy.

    .. math:: s^2 = -\frac{D^2}{2\ln r},\qquad \lambda = \frac{E_as^4}{D^2(kT)^2},\qquad s_i^2 = s^2 - 2\lambda kT

    Parameters
    ----------
    below_mev : float
        Energy D below the maximum [meV].
    log_ratio : float
        ln r in the middle of the series [1].
    apparent_mev : float
        Apparent energy there [meV].
    temperature_k : float
        Temperature in the middle of the series [K].

    Returns
    -------
    reorganisation_mev, variance_mev2 : float
        Reorganisation energy [meV] and variance of E_00, 1 or more [meV^2].

    References
    ----------
    Module's head, solved.
    """
    kt = thermal_energy_mev(temperature_k)
    total = below_mev**2 / (2 * max(-log_ratio, 0.05))
    coupling = float(np.clip(apparent_mev * total**2 / (below_mev * kt) ** 2, 1.0, total / (2 * kt)))
    return coupling, max(total - 2 * coupling * kt, strengths.LEAST_VARIANCE_MEV2)
