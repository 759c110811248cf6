"""The kernel by quadrature along the contour through its saddle point, in 40 digits: slow, and right."""

from __future__ import annotations

import mpmath as mp
import numpy as np

from antistokes.units import FloatArray, thermal_energy_ev

DIGITS = 40


def density(
    detuning_mev: float,
    energy_mev: FloatArray,
    huang_rhys: FloatArray,
    slow_mev: float,
    temperature_k: float,
    period_mev: float = 3000.0,
) -> float:
    """Return A(detuning) [1/meV] of linear modes and a slow bath; the trapezoid's aliases lie a period away."""
    with mp.workdps(DIGITS):
        kt = 1000 * mp.mpf(float(thermal_energy_ev(temperature_k)))
        modes = []
        for w, s in zip(map(mp.mpf, energy_mev.tolist()), map(mp.mpf, huang_rhys.tolist()), strict=True):
            n = 1 / mp.expm1(w / kt)
            modes.append((w, s * (n + 1), s * n))
        slow, x = mp.mpf(slow_mev), mp.mpf(detuning_mev)

        def exponent(z: mp.mpc) -> mp.mpc:
            total = (slow - x) * z + slow * kt * z * z
            for w, made, taken in modes:
                grown = mp.exp(w * z)
                total += made * (grown - 1) + taken * (1 / grown - 1)
            return total

        low, high = mp.mpf(-1), mp.mpf(1)
        for _ in range(50):  # the exponent is convex; any tilt near its minimum serves
            tilt = (low + high) / 2
            slope = slow - x + 2 * slow * kt * tilt
            slope += sum(w * (up * mp.exp(w * tilt) - down * mp.exp(-w * tilt)) for w, up, down in modes)
            low, high = (low, tilt) if slope > 0 else (tilt, high)
        step = 2 * mp.pi / period_mev
        top = exponent(tilt)
        total, t = mp.mpf(1) / 2, mp.mpf(0)
        while slow * kt * t * t < 80:  # e^-80 is below the 34th digit
            t += step
            total += mp.re(mp.exp(exponent(mp.mpc(tilt, t)) - top))
        return float(mp.exp(top) * total * step / mp.pi)


def line_weight(index: int, lattice_mev: float, energy_mev: FloatArray, huang_rhys: FloatArray, kt_mev: float) -> float:
    """Return the weight of one line of two linear modes, as a sum over all ways to make it, in 40 digits."""
    with mp.workdps(DIGITS):
        jumps = np.rint(energy_mev / lattice_mev).astype(int)
        total = mp.mpf(0)
        for first in range(-60, 61):
            rest = index - first * int(jumps[0])
            if rest % int(jumps[1]):
                continue
            second = rest // int(jumps[1])
            product = mp.mpf(1)
            for p, w, s in zip((first, second), energy_mev.tolist(), huang_rhys.tolist(), strict=True):
                n = 1 / mp.expm1(mp.mpf(w) / mp.mpf(kt_mev))
                bessel = mp.besseli(abs(p), 2 * s * mp.sqrt(n * (n + 1)))
                product *= mp.exp(-s * (2 * n + 1)) * ((n + 1) / n) ** (mp.mpf(p) / 2) * bessel
            total += product
        return float(total)
