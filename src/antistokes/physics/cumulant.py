r"""What a coupling makes of a transition, as moments: the cumulant generating function of the absorption kernel.

A mode of energy w whose Huang-Rhys factor is S, at thermal occupation n = 1/(e^{w/kT} - 1), gives the absorption kernel
A(x) at detuning x = E - E_00 the cumulant generating function

.. math:: K(z) = \ln\int A(x)\,e^{zx}\,dx = S\left[(n+1)(e^{zw}-1) + n(e^{-zw}-1)\right]

and independent modes add theirs. A slow bath (w much below kT) of reorganisation energy lambda gives
:math:`\lambda z + \lambda kT z^2`: a Gaussian of variance 2 lambda kT around +lambda.

Modes that change their energy: see :mod:`antistokes.physics.distorted`.

References
----------
.. [1] R. Kubo and Y. Toyozawa, Prog. Theor. Phys. 13, 160 (1955), doi:10.1143/PTP.13.160 (generating function).
.. [2] K. Huang and A. Rhys, Proc. R. Soc. A 204, 406 (1950), doi:10.1098/rspa.1950.0184.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from antistokes.physics import distorted
from antistokes.physics.coupling import (
    Coupling,
    broad_modes,
    excited_mev,
    is_distorted,
    reorganisation_mev,
    sharp_modes,
)
from antistokes.physics.distorted import ComplexArray
from antistokes.units import FloatArray, thermal_energy_mev

__all__ = ["cumulant", "free_energy_mev", "linear_modes", "mean_and_variance", "saddle_tilts", "tilt_grid"]

_TO_AN_EDGE = np.concatenate([np.geomspace(1e-4, 0.9, 60), 1 - np.geomspace(0.1, 1e-4, 60)])
_TO_AN_END = np.geomspace(1e-4, 1, 120)


def cumulant(tilt: ArrayLike, coupling: Coupling, temperature_k: float) -> ComplexArray:
    """Cumulant generating function of the absorption kernel; the equation is in the module's head.

    Parameters
    ----------
    tilt : array_like
        The argument z, real or complex, shape (...) [1/meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        K(z), complex, shape (...) [1]. NaN or infinite where the kernel has no such moment.

    References
    ----------
    [1]_, [2]_ of the module.
    """
    z = np.asarray(tilt, dtype=complex)
    kt = thermal_energy_mev(temperature_k)
    energy, factor = linear_modes(coupling)
    made = factor / -np.expm1(-energy / kt)  # S(n + 1); S n is this times e^(-w/kT)
    phase, cold = z[..., np.newaxis] * energy, energy / kt
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.exp(-cold) * np.expm1(-phase)
    taken = np.where(np.abs(phase.real) < 1, near, np.exp(-cold - phase) - np.exp(-cold))
    total = (made * (np.expm1(phase) + taken)).sum(axis=-1)
    total = total + coupling.slow_mev * z * (1 + kt * z)
    for mode in coupling.modes:
        if is_distorted(mode):
            total = total + distorted.cumulant(z, mode, kt)
    return np.asarray(total)


def linear_modes(coupling: Coupling) -> tuple[FloatArray, FloatArray]:
    """Energies [meV] and Huang-Rhys factors of all linear modes, broad ones as nodes."""
    sharp, broad = sharp_modes(coupling), broad_modes(coupling)
    energy, factor = (np.concatenate(both) for both in zip(sharp, broad, strict=True))
    return energy, factor


def saddle_tilts(detuning_mev: ArrayLike, coupling: Coupling, temperature_k: float) -> FloatArray:
    """Tilts at which the mean of the tilted absorption kernel lies at given detunings, K'(tilt) = detuning.

    Parameters
    ----------
    detuning_mev : array_like
        E - E_00, shape (n,) [meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        Tilts, interpolated, good to about a percent, shape (n,) [1/meV].

    References
    ----------
    H. E. Daniels, Ann. Math. Stat. 25, 631 (1954), doi:10.1214/aoms/1177728652.
    """
    x, small = np.asarray(detuning_mev, dtype=float), 1e-20
    kt = thermal_energy_mev(temperature_k)
    tilt = tilt_grid(coupling, kt, float(np.abs(x).max()))
    slope = cumulant(tilt + 1j * small, coupling, temperature_k).imag / small
    return np.asarray(np.interp(x, slope, tilt))


def tilt_grid(coupling: Coupling, kt_mev: float, farthest_mev: float) -> FloatArray:
    """Tilts of both signs whose means reach as far as a detuning, shape (n,) [1/meV]."""
    energy, factor = linear_modes(coupling)
    far = farthest_mev + reorganisation_mev(coupling)
    # one mode, or the slow bath, brings the mean there by itself: theta w = ln(1 + far/rate w), theta = far/variance
    cold = energy / kt_mev
    with np.errstate(divide="ignore"):
        grown = np.log(far * -np.expm1(-cold)) - np.log(factor * energy)
    tilts = [np.zeros(1)]
    for sign, rise in ((1.0, grown), (-1.0, grown + cold)):
        ends = [float((np.logaddexp(0.0, rise) / energy).min(initial=np.inf))]
        if coupling.slow_mev:
            ends.append(far / (2 * coupling.slow_mev * kt_mev))
        if np.isfinite(min(ends)):
            tilts.append(sign * 1.01 * min(ends) * _TO_AN_END)
    for mode in filter(is_distorted, coupling.modes):
        tilts += [edge * _TO_AN_EDGE for edge in distorted.edges(mode, kt_mev)]
    found = np.unique(np.concatenate(tilts))
    for mode in filter(is_distorted, coupling.modes):
        found = found[distorted.is_inside(found, mode, kt_mev)]
    return found


def mean_and_variance(coupling: Coupling, temperature_k: float) -> tuple[float, float]:
    """Mean [meV] and variance [meV^2] of the absorption kernel over its detuning E - E_00, in closed form."""
    kt = thermal_energy_mev(temperature_k)
    energy, factor = linear_modes(coupling)
    mean = float((factor * energy).sum()) + coupling.slow_mev
    variance = float((factor * energy**2 / np.tanh(energy / (2 * kt))).sum()) + 2 * coupling.slow_mev * kt
    for mode in coupling.modes:
        if is_distorted(mode):
            more = distorted.mean_and_variance(mode, kt)
            mean, variance = mean + more[0], variance + more[1]
    return mean, variance


def free_energy_mev(coupling: Coupling, temperature_k: float) -> float:
    r"""Free energy of the vibrations in the excited state less that in the ground state, counted from E_00.

    .. math:: \Delta F = kT\sum\ln\frac{1-e^{-w'/kT}}{1-e^{-w/kT}}

    over the modes that change their energy. Detailed balance reads ln(A/F) = (E - E_00 - Delta F)/kT.

    Parameters
    ----------
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].

    Returns
    -------
    float
        Difference, 0 for linear coupling [meV].
    """
    kt = thermal_energy_mev(temperature_k)
    pairs = [(m.energy_mev, excited_mev(m)) for m in coupling.modes]
    return float(kt * sum(np.log(np.expm1(-e / kt) / np.expm1(-g / kt)) for g, e in pairs))
