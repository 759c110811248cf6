"""A slope of the logarithm of a quotient whose numerator and denominator are both noisy, and neighbours share noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import brentq, least_squares
from scipy.special import chdtrc, ndtri

from antistokes.analysis.ple_signal import Signal
from antistokes.errors import FitError
from antistokes.units import FloatArray

MOST_BINS = 150
PER_100_MEV = 10.0  # of a slope per eV


class Slope(NamedTuple):
    """Slope of ln R against energy, its sd and interval [1/eV]; chi-square per degree of freedom, and its p-value."""

    value: float
    sd: float
    low: float
    high: float
    reduced_chi2: float
    p_value: float


def slope_of_quotient(energy_ev: FloatArray, over: Signal, under: Signal, level: float) -> Slope:
    r"""Fit over = c exp(b (E - E0)) under, errors of both and their covariances counted.

    .. math:: \chi^2(c,b)=r^T\,[C_s+g\,C_f\,g]^{-1}\,r,\quad r=s-g f,\quad g=c\,e^{b(E-E_0)}

    The true values of ``under`` are eliminated, so that this is the likelihood of both. Neighbours are summed to at
    most 150 bins. The interval is where the profile of chi-square rises by the normal quantile squared, times the
    reduced chi-square where that exceeds 1.

    References
    ----------
    Derived in docs/models/ple.md.
    """
    residuals = _residuals(energy_ev - energy_ev.mean(), over, under)
    start = np.array([np.log(max(over.value.sum(), 1e-3 * over.sd.sum()) / under.value.sum()), 0.0])
    found = least_squares(residuals, start, x_scale=(0.1, 1.0), jac="3-point")
    if not (found.success and np.isfinite(found.x).all()):
        raise FitError("the slope of PLE over absorption could not be fitted.", last_estimate=found.x)
    chi2, jacobian = 2 * float(found.cost), np.asarray(found.jac)
    reduced_chi2 = chi2 / max(found.fun.size - 2, 1)
    best, scale = float(found.x[1]), max(reduced_chi2, 1.0)
    sd = float(np.sqrt(np.linalg.inv(jacobian.T @ jacobian)[1, 1] * scale))
    reach = float(ndtri(0.5 + level / 2))

    def excess(slope: float) -> float:
        return math.sqrt(max(_least(residuals, float(found.x[0]), slope) - chi2, 0.0) / scale) - reach

    p = float(chdtrc(max(found.fun.size - 2, 1), chi2))
    return Slope(best, sd, _end(excess, best, -reach * sd), _end(excess, best, reach * sd), reduced_chi2, p)


def _end(excess: Callable[[float], float], best: float, step: float) -> float:
    """Return where the profile has risen enough, near one step from its minimum; infinite if it never does."""
    inner, outer = best, best + 1.2 * step
    for _ in range(8):
        if excess(outer) > 0:
            return float(brentq(excess, inner, outer, xtol=2e-3 * abs(step)))
        inner, outer = outer, best + 2 * (outer - best)
    return float(np.copysign(np.inf, step))


def _residuals(away_ev: FloatArray, over: Signal, under: Signal) -> Callable[[FloatArray], FloatArray]:
    """Return the whitened residuals of the bins, as a function of ln c and b."""
    n = away_ev.size
    starts = np.linspace(0, n, min(n, MOST_BINS) + 1).astype(int)[:-1]

    def sums(covariance: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(np.add.reduceat(covariance, starts, axis=0), starts, axis=1))

    noise, binned = sums(over.covariance), np.add.reduceat(over.value, starts)

    def residuals(theta: FloatArray) -> FloatArray:
        g = np.exp(np.clip(theta[0] + theta[1] * away_ev, -300, 300))
        root = np.linalg.cholesky(noise + sums(g[:, None] * under.covariance * g))
        rest = binned - np.add.reduceat(g * under.value, starts)
        return np.asarray(solve_triangular(root, rest, lower=True, check_finite=False))

    return residuals


def _least(residuals: Callable[[FloatArray], FloatArray], start: float, slope: float) -> float:
    """Return the least chi-square at one slope, by Gauss and Newton's steps in ln c."""
    at, h = start, 1e-4
    for _ in range(30):
        below, rest, above = (residuals(np.array([at + d, slope])) for d in (-h, 0.0, h))
        rise = (above - below) / (2 * h)
        step = -float(rise @ rest) / float(rise @ rise)
        if abs(step) * float(rise @ rise) ** 0.5 < 1e-3:  # of the standard uncertainty of ln c
            break
        at += max(-1.0, min(1.0, step))
    return float(rest @ rest)
