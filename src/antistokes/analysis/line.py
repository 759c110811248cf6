"""Straight lines: through a sampled curve, and through points of known uncertainty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.errors import DataError
from antistokes.estimate import Estimate, normal
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


def slope_estimate(x: ArrayLike, y: ArrayLike, sd: ArrayLike, unit: str, how: str, level: float) -> Estimate:
    """Slope of the weighted line through points of known uncertainty.

    Where they scatter more than their uncertainties say, their scatter makes the interval, by Student's t.

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
    if not float(np.ptp(x)) > 1e-6 * float(np.max(np.abs(x))):
        raise DataError(f"{how}: all points are at one place; a slope needs two.")
    found, weight = fit_line(x, y, 1 / sd**2), 1 / sd**2
    spread = float(weight @ (x - found.centre) ** 2)
    chi2, freedom = float(weight @ (y - found.at(x)) ** 2), x.size - 2
    if freedom < 1:
        why = "two points leave no scatter to judge their uncertainties by"
    elif chi2 > freedom:
        why = (
            f"{(chi2 / freedom) ** 0.5:.2g} times the uncertainties of the points, as their scatter says (Student's t)"
        )
        return normal(found.slope, (chi2 / freedom / spread) ** 0.5, unit, f"{how}; interval {why}", level, freedom)
    else:
        why = "from the uncertainties of the points"
    return normal(found.slope, spread**-0.5, unit, f"{how}; interval {why}", level)


def aicc(chi2: float, size: int, count: int) -> float:
    r"""Akaike's criterion with its correction for few points.

    .. math:: \mathrm{AICc} = \chi^2 + 2k + \frac{2k(k+1)}{n-k-1}

    The correction is that of an unknown variance; where the noise is known it is careful, on the simpler model's side.

    Parameters
    ----------
    chi2 : float
        Weighted sum of squares [1].
    size, count : int
        Numbers k of parameters and n of points.

    Returns
    -------
    float
        Infinite where n < k + 2.

    References
    ----------
    C. M. Hurvich and C.-L. Tsai, Biometrika 76, 297 (1989), doi:10.1093/biomet/76.2.297.
    """
    room = count - size - 1
    return float(chi2 + 2 * size + 2 * size * (size + 1) / room) if room > 0 else float("inf")
