"""Straight lines: through a sampled curve, and through points of known uncertainty."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from antistokes.analysis.equivalence import quantile
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.units import FloatArray

BY_CHANCE = 0.05  # of a chi-square, below which points scatter more than their uncertainties say


class Line(NamedTuple):
    """y = intercept + slope (x - centre); ``slope_weights`` c give slope = sum c y, so that noise can be propagated."""

    intercept: float
    slope: float
    centre: float
    slope_weights: FloatArray
    scatter: float
    correlation: float

    def at(self, x: FloatArray) -> FloatArray:
        """Evaluate the line."""
        return np.asarray(self.intercept + self.slope * (x - self.centre))


def fit_line(x: ArrayLike, y: ArrayLike, weights: ArrayLike) -> Line:
    """Weighted least-squares line.

    Parameters
    ----------
    x, y : array_like
        Points, shape (n,), n >= 3.
    weights : array_like
        Positive weights, shape (n,). Weights that do not depend on the noise make the slope a property of the curve:
        another noise changes its uncertainty, not its meaning, also where the curve is no straight line.

    Returns
    -------
    Line
        The line, the rms of its residuals, and the correlation of slope and intercept at x = 0 (for equal errors).
    """
    x, y, w = (np.asarray(a, dtype=float) for a in (x, y, weights))
    w = w / w.sum()
    centre = float(w @ x)
    spread = float(w @ (x - centre) ** 2)
    slope_weights = w * (x - centre) / spread
    slope, intercept = float(slope_weights @ y), float(w @ y)
    scatter = float(np.sqrt(w @ (y - intercept - slope * (x - centre)) ** 2))
    return Line(intercept, slope, centre, slope_weights, scatter, float(-centre / np.sqrt(centre**2 + spread)))


def slope_estimate(x: ArrayLike, y: ArrayLike, sd: ArrayLike, unit: str, how: str, level: float) -> Estimate:
    """Slope of the weighted line through points of known uncertainty.

    Where they scatter more than chance allows (5 %), their scatter makes the interval, by Student's t.

    Parameters
    ----------
    x, y, sd : array_like
        Points and the standard uncertainties of y, shape (n,), two different x at least.
    unit : str
        Unit of the slope.
    how : str
        What it is; how the interval came about is added.
    level : float
        Coverage probability [1].
    """
    x, y, sd = (np.asarray(a, dtype=float) for a in (x, y, sd))
    w = 1 / sd**2
    centre = float(w @ x / w.sum())
    spread = float(w @ (x - centre) ** 2)
    if not spread > 1e-12 * float(w @ (x**2)):
        raise DataError(f"{how}: all points are at one place, {centre:g}; a slope needs two.")
    slope = float(w @ ((x - centre) * y)) / spread
    left = y - float(w @ y) / float(w.sum()) - slope * (x - centre)
    error, chi2, freedom = spread**-0.5, float(w @ left**2), x.size - 2
    factor, among, why = 1.0, math.inf, "interval from the uncertainties of the points"
    if freedom > 0 and float(gammaincc(freedom / 2, chi2 / 2)) < BY_CHANCE:
        factor, among = (chi2 / freedom) ** 0.5, float(freedom)
        why = f"interval from the scatter of the points, {factor:.2g} times their uncertainties (Student's t)"
    half = quantile((1 + level) / 2, among) * factor * error
    return Estimate(slope, factor * error, slope - half, slope + half, level, unit, f"{how}; {why}")
