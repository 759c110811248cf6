"""A straight line through a sampled curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import FloatArray


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
