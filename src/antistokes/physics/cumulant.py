r"""What a coupling makes of a transition, as moments: the cumulant generating function of the absorption kernel.

A mode of energy w whose Huang-Rhys factor is S, at thermal occupation n = 1/(e^{w/kT} - 1), gives the absorption kernel
A(x) at detuning x = E - E_00 the cumulant generating function

.. math:: K(z) = \ln\int A(x)\,e^{zx}\,dx = S\left[(n+1)(e^{zw}-1) + n(e^{-zw}-1)\right]

and independent modes add theirs. A slow bath (w much below kT) of reorganisation energy lambda gives
:math:`\lambda z + \lambda kT z^2`: a Gaussian of variance 2 lambda kT around +lambda.

A mode whose energy is w in the ground state and w' in the excited state (quadratic coupling), a = w'/w, displaced so
that S = d^2/2 in the dimensionless coordinate of the ground state, gives with :math:`x=e^{-w(\beta+z)}, y=e^{w'z}`

.. math:: K(z) = \ln(1-e^{-\beta w}) + \tfrac12\ln\frac{4a}{f_+f_-} - \frac{2S\,a\,(1-x)(1-y)}{f_+},\qquad
          f_\pm=(1+a)(1-xy)\pm(1-a)(y-x)

from the trace of two Gaussian propagators (derived in docs/models/lineshape.md; E_00 is the 0-0 line, zero-point
energies within it).

References
----------
.. [1] R. Kubo and Y. Toyozawa, Prog. Theor. Phys. 13, 160 (1955), doi:10.1143/PTP.13.160 (generating function).
.. [2] K. Huang and A. Rhys, Proc. R. Soc. A 204, 406 (1950), doi:10.1098/rspa.1950.0184.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from antistokes.physics.coupling import (
    Coupling,
    Mode,
    broad_modes,
    is_distorted,
    reorganisation_mev,
    sharp_modes,
    snapped_modes,
)
from antistokes.units import FloatArray, thermal_energy_ev

__all__ = ["cumulant", "free_energy_mev", "mean_and_variance", "saddle_tilts"]

ComplexArray = NDArray[np.complex128]
_SIDES = np.concatenate([-np.geomspace(1, 1e-4, 120), [0.0], np.geomspace(1e-4, 1, 120)])


def cumulant(
    tilt: ArrayLike, coupling: Coupling, temperature_k: float, snapped_mev: float | None = None
) -> ComplexArray:
    """Cumulant generating function of the absorption kernel; the equation is in the module's head.

    Parameters
    ----------
    tilt : array_like
        The argument z, real or complex, shape (...) [1/meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].
    snapped_mev : float, optional
        Take the linear modes as they lie on a lattice of this step [meV].

    Returns
    -------
    ndarray
        K(z), complex, shape (...) [1]. NaN or infinite where the kernel has no such moment.

    References
    ----------
    [1]_, [2]_ of the module.
    """
    z = np.asarray(tilt, dtype=complex)
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    energy, factor = linear_modes(coupling, snapped_mev)
    n = 1 / np.expm1(energy / kt)
    phase = z[..., np.newaxis] * energy
    total = (np.expm1(phase) * (factor * (n + 1)) + np.expm1(-phase) * (factor * n)).sum(axis=-1)
    total = total + coupling.slow_mev * z * (1 + kt * z)
    for mode in coupling.modes:
        if is_distorted(mode):
            total = total + distorted_cumulant(z, mode, kt)
    return np.asarray(total)


def linear_modes(coupling: Coupling, snapped_mev: float | None = None) -> tuple[FloatArray, FloatArray]:
    """Energies [meV] and Huang-Rhys factors of all linear modes, broad ones as nodes or as they lie on a lattice."""
    if snapped_mev is not None:
        index, factor = snapped_modes(coupling, snapped_mev)
        return np.asarray(index * snapped_mev, dtype=np.float64), factor
    sharp, broad = sharp_modes(coupling), broad_modes(coupling)
    energy, factor = (np.concatenate(both) for both in zip(sharp, broad, strict=True))
    return energy, factor


def distorted_cumulant(z: ComplexArray, mode: Mode, kt_mev: float) -> ComplexArray:
    """K(z) of one mode that changes its energy; along a line of z that begins on the real axis it has no jumps."""
    assert mode.excited_energy_mev is not None
    ground, excited = mode.energy_mev, mode.excited_energy_mev
    a = excited / ground
    x, y = np.exp(-ground * (1 / kt_mev + z)), np.exp(excited * z)
    plus, minus = ((1 + a) * (1 - x * y) + sign * (1 - a) * (y - x) for sign in (1, -1))
    logs = np.log(plus * minus)
    logs = logs.real + 1j * np.unwrap(logs.imag, axis=-1) if z.ndim else logs
    shift = 2 * mode.huang_rhys * a * (1 - x) * (1 - y) / plus
    return np.asarray(np.log(-np.expm1(-ground / kt_mev)) + 0.5 * (np.log(4 * a) - logs) - shift)


def distorted_domain(tilt: FloatArray, mode: Mode, kt_mev: float) -> NDArray[np.bool_]:
    """Tell at which real tilts the kernel of a mode that changes its energy has a finite moment."""
    assert mode.excited_energy_mev is not None
    with np.errstate(over="ignore", invalid="ignore"):
        a = mode.excited_energy_mev / mode.energy_mev
        x, y = np.exp(-mode.energy_mev * (1 / kt_mev + tilt)), np.exp(mode.excited_energy_mev * tilt)
        return np.asarray((1 + a) * (1 - x * y) > np.abs((1 - a) * (y - x)))


def distorted_derivatives(tilt: FloatArray, mode: Mode, kt_mev: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """K and its first two derivatives at real tilts, of a mode that changes its energy."""
    small, step = 1e-20, 1e-5 / mode.energy_mev
    value, below, above = (
        distorted_cumulant(np.asarray(tilt + d + 1j * small, dtype=complex), mode, kt_mev) for d in (0.0, -step, step)
    )
    return value.real, value.imag / small, (above.imag - below.imag) / small / (2 * step)


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
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    tilt = tilt_grid(coupling, kt, float(np.abs(x).max()))
    for mode in coupling.modes:
        if is_distorted(mode):
            tilt = tilt[distorted_domain(tilt, mode, kt)]
    slope = cumulant(tilt + 1j * small, coupling, temperature_k).imag / small
    return np.asarray(np.interp(x, slope, tilt))


def tilt_grid(coupling: Coupling, kt_mev: float, farthest_mev: float) -> FloatArray:
    """Tilts of both signs whose means reach as far as a detuning, shape (n,) [1/meV]."""
    energy, factor = linear_modes(coupling)
    far = farthest_mev + reorganisation_mev(coupling)
    # one mode, or the slow bath, brings the mean there by itself: theta w = ln(far / S n w), theta = far / variance
    with np.errstate(divide="ignore", over="ignore"):
        alone = np.log1p(far * np.expm1(energy / kt_mev) / (factor * energy)) / energy
    ends = [float(alone.min(initial=np.inf))]
    if coupling.slow_mev:
        ends.append(far / (2 * coupling.slow_mev * kt_mev))
    for mode in coupling.modes:
        if is_distorted(mode) and mode.excited_energy_mev is not None:
            ends.append(60 / max(mode.energy_mev, mode.excited_energy_mev))
    end = min(ends)
    return np.asarray((1.01 * end if np.isfinite(end) else 0.0) * _SIDES)


def mean_and_variance(coupling: Coupling, temperature_k: float) -> tuple[float, float]:
    """Mean [meV] and variance [meV^2] of the absorption kernel over its detuning E - E_00, in closed form."""
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    energy, factor = linear_modes(coupling)
    mean = float((factor * energy).sum()) + coupling.slow_mev
    variance = float((factor * energy**2 / np.tanh(energy / (2 * kt))).sum()) + 2 * coupling.slow_mev * kt
    for mode in coupling.modes:
        if is_distorted(mode):
            more = _distorted_moments(mode, kt)
            mean, variance = mean + more[0], variance + more[1]
    return mean, variance


def _distorted_moments(mode: Mode, kt: float) -> tuple[float, float]:
    """Return mean and variance of H_e - H_g = w/2 [(a^2 - 1) q^2 - 2 a^2 d q + a^2 d^2] in the thermal ground state.

    They are those of x, since sum_m |<m|n>|^2 (E_m - E_n)^2 = <n|(H_e - H_g)^2|n>.
    """
    assert mode.excited_energy_mev is not None
    w, a2 = mode.energy_mev, (mode.excited_energy_mev / mode.energy_mev) ** 2
    q2 = 0.5 / np.tanh(w / (2 * kt))  # the thermal variance of the coordinate
    mean = w / 2 * ((a2 - 1) * q2 + a2 * 2 * mode.huang_rhys) - (mode.excited_energy_mev - w) / 2
    variance = (w / 2) ** 2 * (2 * (a2 - 1) ** 2 * q2**2 + 8 * a2**2 * mode.huang_rhys * q2)
    return float(mean), float(variance)


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
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    pairs = [(m.energy_mev, m.excited_energy_mev) for m in coupling.modes if m.excited_energy_mev is not None]
    return float(kt * sum(np.log(np.expm1(-e / kt) / np.expm1(-g / kt)) for g, e in pairs))
