"""The inner loops of the lattice engine, compiled: the recursion, the correlation, the Gaussian on lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antistokes.physics.compiled import SUMS, compiled
from antistokes.units import FloatArray

__all__: list[str] = []


def _recursion(first: float, jump: NDArray[np.int64], rate: FloatArray, size: int) -> FloatArray:  # pragma: no cover
    """Return p_0 ... p_(size-1) of :func:`antistokes.physics.panjer.compound_poisson`; ``jump`` ascends."""
    p = np.zeros(size)
    p[0] = first
    for i in range(1, size):
        total = 0.0
        for k in range(jump.size):
            if jump[k] > i:
                break
            total += jump[k] * rate[k] * p[i - jump[k]]
        p[i] = total / i
    return p


def _correlate(long: FloatArray, short: FloatArray) -> FloatArray:  # pragma: no cover
    """Return sum_k long[m + k] short[k] for each m that fits: terms of one sign keep their relative accuracy."""
    out = np.empty(long.size - short.size + 1)
    fours = out.size - out.size % 4
    for m in range(0, fours, 4):  # four at a time, so that each number of short is fetched once for them
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for k in range(short.size):
            a += long[m + k] * short[k]
            b += long[m + k + 1] * short[k]
            c += long[m + k + 2] * short[k]
            d += long[m + k + 3] * short[k]
        out[m], out[m + 1], out[m + 2], out[m + 3] = a, b, c, d
    for m in range(fours, out.size):
        a = 0.0
        for k in range(short.size):
            a += long[m + k] * short[k]
        out[m] = a
    return out


def _products(place: NDArray[np.int64], weight: FloatArray, table: FloatArray) -> FloatArray:  # pragma: no cover
    """Return sum_k weight[place + k] table[k] for each place."""
    out = np.empty(place.size)
    for i in range(place.size):
        total = 0.0
        for k in range(table.size):
            total += weight[place[i] + k] * table[k]
        out[i] = total
    return out


def _smear(
    place: NDArray[np.int64], offset: FloatArray, weight: FloatArray, table: FloatArray, step_in_sd: float
) -> FloatArray:  # pragma: no cover
    """Return sum_k weight[place + k] e^(-((k - offset) s)^2/2); table[k] is e^(-(k s)^2/2), k up to its size less one.

    With r = e^(offset s^2), e^(-((k - offset) s)^2/2) = e^(-(offset s)^2/2) table[k] r^k: no exponential per line.
    """
    out = np.empty(place.size)
    for i in range(place.size):
        at, ratio = place[i], np.exp(offset[i] * step_in_sd**2)
        inverse = 1 / ratio
        total, up, down = weight[at], 1.0, 1.0
        for k in range(1, table.size):
            up, down = up * ratio, down * inverse
            total += table[k] * (up * weight[at + k] + down * weight[at - k])
        out[i] = total * np.exp(-0.5 * (offset[i] * step_in_sd) ** 2)
    return out


recursion = compiled(_recursion)
correlate = compiled(_correlate, SUMS)
products = compiled(_products, SUMS)
smear = compiled(_smear)
