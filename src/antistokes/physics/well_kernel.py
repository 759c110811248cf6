"""The search for the lowest level of a spherical well, compiled."""

from __future__ import annotations

import math

import numpy as np

from antistokes.physics.compiled import compiled
from antistokes.units import FloatArray

__all__: list[str] = []


def _is_below_level(
    energy: float, core: float, outer: float, shell_v: float, ligand_v: float, scaled: FloatArray, hard: bool
) -> bool:  # pragma: no cover
    """Tell whether an energy lies below the lowest level: no node, and a tail that turns up. See physics/well.py."""
    q = scaled[0] * energy
    k = math.sqrt(abs(q))
    if q > 0:
        if k * core >= math.pi:
            return False
        u, slope = math.sin(k * core), k * math.cos(k * core)
    elif q < 0:
        u, slope = math.sinh(k * core), k * math.cosh(k * core)
    else:
        u, slope = core, 1.0
    slope = scaled[1] / scaled[0] * (slope - u / core) + u / core
    width = outer - core
    q = scaled[1] * (energy - shell_v)
    k = math.sqrt(abs(q))
    if k * width < 1e-9:
        u = u + slope * width
    elif q > 0:
        if k * width >= math.atan2(slope, k * u) + math.pi / 2:
            return False
        cos, sin = math.cos(k * width), math.sin(k * width)
        u, slope = u * cos + slope * sin / k, slope * cos - u * k * sin
    else:
        cosh, sinh = math.cosh(k * width), math.sinh(k * width)
        u, slope = u * cosh + slope * sinh / k, slope * cosh + u * k * sinh
    if u <= 0 or hard:
        return bool(u > 0)
    slope = scaled[2] / scaled[1] * (slope - u / outer) + u / outer
    return bool(slope + math.sqrt(scaled[2] * (ligand_v - energy)) * u > 0)


_is_below = compiled(_is_below_level)


def _lowest_levels(
    core: FloatArray, outer: FloatArray, shell_v: FloatArray, ligand_v: FloatArray, scaled: FloatArray, hard: bool
) -> FloatArray:  # pragma: no cover
    """Return the lowest level of each well, NaN where none is bound; ``scaled`` is 2m/hbar^2 of the three layers."""
    out = np.empty(core.size)
    for i in range(core.size):
        low = min(0.0, shell_v[i])
        high = ligand_v[i]
        if hard:
            high = low + math.pi**2 / (min(scaled[0], scaled[1]) * core[i] ** 2) + abs(shell_v[i])
        if not hard and _is_below(high * (1 - 1e-15), core[i], outer[i], shell_v[i], ligand_v[i], scaled, hard):
            out[i] = np.nan
            continue
        while True:
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            if _is_below(middle, core[i], outer[i], shell_v[i], ligand_v[i], scaled, hard):
                low = middle
            else:
                high = middle
        out[i] = 0.5 * (low + high)
    return out


lowest_levels = compiled(_lowest_levels)
