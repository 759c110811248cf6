r"""A mode whose energy changes with the electronic state (quadratic coupling), as moments.

Its energy is w in the ground state and w' in the excited state, a = w'/w, and it is displaced so that S = d^2/2 in the
dimensionless coordinate of the ground state. With :math:`x=e^{-w(\beta+z)}, y=e^{w'z}`

.. math:: K(z) = \ln(1-e^{-\beta w}) + \tfrac12\ln\frac{4a}{f_+f_-} - \frac{2S\,a\,(1-x)(1-y)}{f_+},\qquad
          f_\pm=(1+a)(1-xy)\pm(1-a)(y-x)

from the trace of two Gaussian propagators (derived in docs/models/lineshape.md; E_00 is the 0-0 line, zero-point
energies within it).

References
----------
.. [1] R. Kubo and Y. Toyozawa, Prog. Theor. Phys. 13, 160 (1955), doi:10.1143/PTP.13.160 (generating function).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antistokes.physics.coupling import Mode, excited_mev
from antistokes.units import FloatArray

__all__ = ["cumulant", "derivatives", "edges", "ends_mev", "is_inside", "mean_and_variance"]

ComplexArray = NDArray[np.complex128]


def cumulant(z: ComplexArray, mode: Mode, kt_mev: float) -> ComplexArray:
    """K(z) of one mode that changes its energy; along a line of z that begins on the real axis it has no jumps."""
    ground, excited = mode.energy_mev, excited_mev(mode)
    a = excited / ground
    x, y = np.exp(-ground * (1 / kt_mev + z)), np.exp(excited * z)
    plus, minus = ((1 + a) * (1 - x * y) + sign * (1 - a) * (y - x) for sign in (1, -1))
    logs = np.log(plus * minus)
    logs = logs.real + 1j * np.unwrap(logs.imag, axis=-1) if z.ndim else logs
    shift = 2 * mode.huang_rhys * a * (1 - x) * (1 - y) / plus
    return np.asarray(np.log(-np.expm1(-ground / kt_mev)) + 0.5 * (np.log(4 * a) - logs) - shift)


def ends_mev(mode: Mode, kt_mev: float, neglected: float) -> tuple[float, float]:
    """Detunings, below and above zero, beyond which lies e^-neglected of the kernel at most (Chernoff) [meV]."""
    found = []
    for edge in edges(mode, kt_mev):
        tilt = edge * np.geomspace(1e-4, 0.999, 200)
        reach = (cumulant(tilt.astype(complex), mode, kt_mev).real + neglected) / tilt
        found.append(float(reach[np.argmin(np.abs(reach))]))
    return min(found[0], 0.0), max(found[1], 0.0)


def is_inside(tilt: FloatArray, mode: Mode, kt_mev: float) -> NDArray[np.bool_]:
    """Tell at which real tilts the kernel of a mode that changes its energy has a finite moment."""
    with np.errstate(over="ignore", invalid="ignore"):
        a = excited_mev(mode) / mode.energy_mev
        x, y = np.exp(-mode.energy_mev * (1 / kt_mev + tilt)), np.exp(excited_mev(mode) * tilt)
        return np.asarray((1 + a) * (1 - x * y) > np.abs((1 - a) * (y - x)))


def derivatives(tilt: FloatArray, mode: Mode, kt_mev: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """K and its first two derivatives at real tilts, of a mode that changes its energy."""
    small, step = 1e-20, 1e-5 / mode.energy_mev
    value, below, above = (
        cumulant(np.asarray(tilt + d + 1j * small, dtype=complex), mode, kt_mev) for d in (0.0, -step, step)
    )
    return value.real, value.imag / small, (above.imag - below.imag) / small / (2 * step)


def mean_and_variance(mode: Mode, kt_mev: float) -> tuple[float, float]:
    """Return mean and variance of H_e - H_g = w/2 [(a^2 - 1) q^2 - 2 a^2 d q + a^2 d^2] in the thermal ground state.

    They are those of x, since sum_m |<m|n>|^2 (E_m - E_n)^2 = <n|(H_e - H_g)^2|n>.
    """
    w, a2 = mode.energy_mev, (excited_mev(mode) / mode.energy_mev) ** 2
    q2 = 0.5 / np.tanh(w / (2 * kt_mev))  # the thermal variance of the coordinate
    mean = w / 2 * ((a2 - 1) * q2 + a2 * 2 * mode.huang_rhys) - (excited_mev(mode) - w) / 2
    variance = (w / 2) ** 2 * (2 * (a2 - 1) ** 2 * q2**2 + 8 * a2**2 * mode.huang_rhys * q2)
    return float(mean), float(variance)


def edges(mode: Mode, kt_mev: float) -> tuple[float, float]:
    """Tilts, below and above zero, between which the kernel has finite moments [1/meV]."""
    found = []
    for sign in (-1.0, 1.0):
        inside, outside = 0.0, sign / kt_mev
        while is_inside(np.array(outside), mode, kt_mev):
            outside *= 2
        for _ in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if is_inside(np.array(middle), mode, kt_mev) else (inside, middle)
        found.append(inside)
    return found[0], found[1]
