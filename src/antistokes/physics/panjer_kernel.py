"""The inner loop of the compound-Poisson recursion, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from antistokes.units import FloatArray

__all__: list[str] = []


@njit(cache=True)
def recursion(first: float, jump: NDArray[np.int64], rate: FloatArray, size: int) -> FloatArray:  # pragma: no cover
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
