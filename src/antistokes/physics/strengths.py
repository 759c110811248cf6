r"""Kernels of couplings that differ in their strengths only, for fits: what a strength multiplies is computed once.

With components k of unit reorganisation energy and cumulant generating functions K_k
(:mod:`antistokes.physics.cumulant`), and unequal dots whose E_00 is the sum of a Gaussian of variance v and an
exponential of decay b and mean zero,

.. math:: A(x) = \frac1{2\pi}\int e^{-zx}\,
          \exp\Big[\sum_k\lambda_kK_k(z) + \tfrac v2z^2 - bz - \ln(1-bz)\Big]\,dt,\qquad z=\theta-it

for any real tilt theta with b theta < 1; each x takes the tilt nearest to its saddle point, as in
:mod:`antistokes.physics.tilted`, which finds tilts and times anew for every coupling. Here they are fixed for a range
of widths, so that a kernel costs one exponential and one fast transform a tilt.

References
----------
.. [1] H. E. Daniels, Ann. Math. Stat. 25, 631 (1954), doi:10.1214/aoms/1177728652 (tilted densities).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft, next_fast_len

from antistokes.physics.coupling import Coupling, broad_modes, is_distorted, sharp_modes
from antistokes.physics.distorted import ComplexArray
from antistokes.units import FloatArray, thermal_energy_mev

__all__ = ["LEAST_VARIANCE_MEV2", "Kernel", "kernel", "unit_components", "variances_mev2"]

LEAST_VARIANCE_MEV2 = 1.0  # without some Gaussian the integrand of sharp modes never ends
FINE = 0.4  # step of the grid, in standard deviations of the ensemble: at pi/step their Gaussian is dead
COARSEST = 1 / 24  # step, in standard deviations of the kernel, so that a spline of the logarithm serves
DEAD = 32.0  # -ln of what is left out
LEAST_TO_POLE = 0.1  # of 1 - b theta: beyond there is no moment
REACH, SPACING = 11.0, 3.0  # of the kernel and of the tilts it takes, in standard deviations
OFFERED = 1.0  # spacing of the tilts that it takes them from, fine: strong modes move a tilted density far


class Kernel(NamedTuple):
    """Absorption kernel on an even grid of detunings [meV], as its logarithm [ln 1/meV]."""

    detuning_mev: FloatArray
    log: FloatArray


class _Exponents(NamedTuple):
    """Tilts (m,), times (n,); K_k with two derivatives there (3, c, m), K_k(theta - it) - K_k(theta) (c, m, n)."""

    tilt: FloatArray
    time: FloatArray
    static: FloatArray
    moving: ComplexArray


def unit_components(coupling: Coupling) -> tuple[Coupling, ...]:
    """Every mode, bath and slow bath of a coupling by itself, scaled to a reorganisation energy of 1 meV.

    Parameters
    ----------
    coupling : Coupling
        Linear coupling.

    Returns
    -------
    tuple of Coupling
        Modes, then baths, then the slow bath if there is one.

    Raises
    ------
    ValueError
        For a mode that changes its energy, which no strength multiplies, and for a coupling to nothing.

    References
    ----------
    Module's head.
    """
    if any(is_distorted(mode) for mode in coupling.modes):
        raise ValueError(
            "a mode that changes its energy cannot be fitted by its strength: leave excited_energy_mev out"
        )
    modes = tuple(Coupling((m._replace(huang_rhys=1 / m.energy_mev),)) for m in coupling.modes)
    baths = tuple(Coupling(baths=(b._replace(reorganisation_mev=1.0),)) for b in coupling.baths)
    found = modes + baths + ((Coupling(slow_mev=1.0),) if coupling.slow_mev else ())
    if not found:
        raise ValueError("the coupling has neither modes nor baths; a fit needs one at least")
    return found


def variances_mev2(components: tuple[Coupling, ...], temperature_k: float) -> FloatArray:
    """Variance of the kernel that 1 meV of reorganisation energy in each component makes, shape (c,) [meV^2]."""
    kt = thermal_energy_mev(temperature_k)
    parts = [_modes(c, 0.0) for c in components]
    slow = np.array([2 * c.slow_mev * kt for c in components])
    quick = np.array([float(np.sum(s * w**2 / np.tanh(w / (2 * kt)))) for w, s in parts])
    return np.asarray(slow + quick)


def kernel(
    components: tuple[Coupling, ...],
    reorganisation_mev: ArrayLike,
    variance_mev2: float,
    temperature_k: float,
    blue_tail_mev: float = 0.0,
) -> Kernel:
    """Absorption kernel of a weighted sum of unit components, and of unequal dots.

    Parameters
    ----------
    components : tuple of Coupling
        As :func:`unit_components` gives them.
    reorganisation_mev : array_like
        Reorganisation energy of each, 0 or more, shape (c,) [meV].
    variance_mev2 : float
        Variance of the Gaussian part of E_00, at least ``LEAST_VARIANCE_MEV2`` [meV^2].
    temperature_k : float
        Temperature [K].
    blue_tail_mev : float
        Decay b of the exponential part of E_00, towards the red where it is negative [meV].

    Returns
    -------
    Kernel
        Of unit area, over 11 standard deviations on either side of its mean.

    References
    ----------
    [1]_; equation in the module's head.
    """
    strength = np.asarray(reorganisation_mev, dtype=float)
    if not variance_mev2 >= LEAST_VARIANCE_MEV2:
        raise ValueError(f"variance_mev2 must be {LEAST_VARIANCE_MEV2:g} or more, found {variance_mev2!r}")
    homogeneous = float(strength @ _variances(components, temperature_k))
    sd = float(np.sqrt(variance_mev2 + blue_tail_mev**2 + homogeneous))
    octave = int(np.ceil(2 * np.log2(sd)))  # tilts and period serve a range of widths
    halvings = int(np.ceil(-np.log2(min(FINE * variance_mev2**0.5, COARSEST * sd))))
    step, size = 2.0**-halvings, _size(octave, halvings)
    e = _exponents(components, temperature_k, octave, halvings)
    mean = float(strength.sum())
    chosen, static = _chosen(strength @ e.static, e.tilt, variance_mev2, blue_tail_mev, sd)
    tilt = e.tilt[chosen, np.newaxis]
    last = min(int(np.sqrt(2 * DEAD / variance_mev2) / e.time[1]) + 2, e.time.size)
    time, first = e.time[:last], round(mean / step) - size // 2
    log = np.tensordot(strength, e.moving[:, chosen, :last], axes=1)
    log += variance_mev2 * (-1j * tilt * time - time**2 / 2)
    log += 1j * blue_tail_mev * time
    log += 1j * first * step * time
    integrand = np.exp(log)
    if blue_tail_mev:
        integrand /= 1 + 1j * blue_tail_mev * time / (1 - blue_tail_mev * tilt)
    tilted = np.maximum(irfft(integrand, size, axis=1) / step, 1e-300)
    x = (first + np.arange(size)) * step
    exponent = static[:, np.newaxis] - tilt * x
    nearest = np.argmin(exponent, axis=0)
    found = np.log(tilted[nearest, np.arange(size)]) + exponent[nearest, np.arange(size)]
    inside = np.abs(x - mean) <= REACH * sd
    return Kernel(x[inside], found[inside])


def _chosen(
    exponent: FloatArray, tilt: FloatArray, variance_mev2: float, blue_tail_mev: float, sd_mev: float
) -> tuple[NDArray[np.intp], FloatArray]:
    """Return which tilts to take, and K at them, from K of the vibrations, its slope and its curvature (3, m).

    Their densities lie SPACING standard deviations apart; one that lies beyond the kernel's reach would come round.
    """
    to_pole = np.maximum(1 - blue_tail_mev * tilt, LEAST_TO_POLE)
    static = exponent[0] + variance_mev2 * tilt**2 / 2 - blue_tail_mev * tilt - np.log(to_pole)
    mean = exponent[1] + variance_mev2 * tilt + blue_tail_mev * (1 / to_pole - 1)
    sd = np.sqrt(exponent[2] + variance_mev2 + (blue_tail_mev / to_pole) ** 2)
    reached = np.abs(mean - mean[tilt.size // 2]) <= REACH * sd_mev  # the one in the middle is no tilt
    within = np.flatnonzero(reached & (to_pole > LEAST_TO_POLE))
    between = 2 * np.diff(mean[within]) / (sd[within][1:] + sd[within][:-1])
    length = np.concatenate([[0.0], np.cumsum(between)])
    wanted = np.linspace(0, length[-1], int(np.ceil(length[-1] / SPACING)) + 1)
    chosen = within[np.unique(np.searchsorted(length, wanted * (1 - 1e-12)))]
    return chosen, static[chosen]


def _size(octave: int, halvings: int) -> int:
    """Return how many points a period has: a tilted density may come round to where another tilt is used."""
    return int(next_fast_len(int(2 * (REACH + 10) * 2.0 ** (octave / 2 + halvings)), real=True))


@lru_cache(maxsize=64)
def _exponents(components: tuple[Coupling, ...], temperature_k: float, octave: int, halvings: int) -> _Exponents:
    size = _size(octave, halvings)
    widest = 2.0 ** (octave / 2)
    narrowest = widest / 2**0.5
    count = 2 * int(np.ceil(REACH / OFFERED)) + 1
    tilt = np.linspace(-REACH, REACH, count) / narrowest
    time = np.arange(size // 2 + 1) * 2 * np.pi * 2.0**halvings / size
    pairs = [_exponent(c, temperature_k, tilt, time) for c in components]
    return _Exponents(tilt, time, np.stack([p[0] for p in pairs], axis=1), np.stack([p[1] for p in pairs]))


def _exponent(
    component: Coupling, temperature_k: float, tilt: FloatArray, time: FloatArray
) -> tuple[FloatArray, ComplexArray]:
    kt = thermal_energy_mev(temperature_k)
    energy, factor = _modes(component, float(time[-1]))
    made = factor / -np.expm1(-energy / kt)
    up = made * np.exp(tilt[:, np.newaxis] * energy)
    down = made * np.exp(-energy / kt - tilt[:, np.newaxis] * energy)
    static = np.stack([(up + down).sum(axis=1), (up - down) @ energy, (up + down) @ energy**2])
    static[0] -= (made * (1 + np.exp(-energy / kt))).sum()
    phase = np.outer(energy, time)
    moving = -2 * (up + down) @ np.sin(phase / 2) ** 2 - 1j * ((up - down) @ np.sin(phase))
    slow, z = component.slow_mev, tilt[:, np.newaxis] - 1j * time
    static += slow * np.stack([tilt * (1 + kt * tilt), 1 + 2 * kt * tilt, np.full(tilt.size, 2 * kt)])
    return static, moving + slow * (z * (1 + kt * z) - (tilt * (1 + kt * tilt))[:, np.newaxis])


@lru_cache(maxsize=64)
def _variances(components: tuple[Coupling, ...], temperature_k: float) -> FloatArray:
    return variances_mev2(components, temperature_k)


def _modes(component: Coupling, longest_time: float) -> tuple[FloatArray, FloatArray]:
    """Energies [meV] and Huang-Rhys factors of a component, broad ones as nodes."""
    both = zip(sharp_modes(component), broad_modes(component, longest_time), strict=True)
    energy, factor = (np.concatenate(pair) for pair in both)
    return energy, factor
