"""Draws of a yield or of a ratio of yields: their spread, their density, and what self-absorption makes of them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import ndtr

from antistokes.physics import cooling
from antistokes.units import FloatArray

BELOW_ONE_SD = float(ndtr(-1.0))  # of a normal distribution lies more than one standard deviation below its mean
UNRESOLVED = 0.025  # of the draws without absorption: from there on a 95 % interval has no upper end
TOGETHER = "all together"  # the last row of a budget


def spread(draws: FloatArray) -> float:
    """Half of the central 68 % of draws; infinite where they are."""
    low, high = np.quantile(draws, [BELOW_ONE_SD, 1 - BELOW_ONE_SD], method="nearest")
    return float(high - low) / 2 if np.isfinite([low, high]).all() else np.inf


def relative_spread(draws: FloatArray) -> float:
    """Standard uncertainty of a denominator over its value; infinite where that is not above zero."""
    middle = float(np.median(draws))
    return spread(draws) / middle if middle > 0 else np.inf


def internal_draws(observed: FloatArray, again: FloatArray) -> FloatArray:
    """Ahn's correction of draws, infinite where the observed yield is, for noise left no absorptance there.

    Of an observed yield too far below zero to have an internal one it is minus infinity.
    """
    bounded = np.isfinite(observed)
    there = 1 - again + again * np.where(bounded, observed, 0.0) > 0
    internal = cooling.internal_yield(np.where(there & bounded, observed, 0.0), again)
    return np.where(bounded, np.where(there, internal, -np.inf), observed)


def density(draws: FloatArray, coordinate: str, points: int = 201) -> xr.Dataset:
    """Return a smooth density of draws over their central 99 %; the mass of all draws is one, infinite ones too.

    Parameters
    ----------
    draws : ndarray
        Draws, shape (n,) [1].
    coordinate : str
        Name of what they are of.
    points : int
        Samples of the density.
    """
    finite = np.sort(draws[np.isfinite(draws)])
    if finite.size < 2:
        return _over(np.empty(0), np.empty(0), coordinate)
    low, high, q1, q3 = np.quantile(finite, [0.005, 0.995, 0.25, 0.75])
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # nothing but rounding
        return _over(np.empty(0), np.empty(0), coordinate)
    width = 1.06 * max((q3 - q1) / 1.349, (high - low) / 1e3) * finite.size**-0.2  # the normal reference rule
    edges = np.linspace(low - 5 * width, high + 5 * width, max(4 * points, int(5 * (high - low) / width)) + 1)
    step = edges[1] - edges[0]
    heights: NDArray[np.float64] = np.histogram(finite, edges)[0] / (draws.size * step)
    reach = np.arange(-int(5 * width / step) - 1, int(5 * width / step) + 2) * step
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    smooth = np.convolve(heights, kernel / kernel.sum(), mode="same")
    x = np.linspace(low, high, points)
    return _over(x, np.interp(x, (edges[1:] + edges[:-1]) / 2, smooth), coordinate)


def _over(x: FloatArray, height: FloatArray, coordinate: str) -> xr.Dataset:
    positions = {coordinate: (coordinate, x, {"units": "1"})}
    return xr.Dataset({"density": (coordinate, height, {"units": "1"})}, positions)
