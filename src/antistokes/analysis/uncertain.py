"""Numbers that a user states with an uncertainty, and draws from what they mean."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from antistokes.estimate import Estimate, from_draws
from antistokes.units import FloatArray

Uncertain = float | tuple[float, float]
SKEW = 0.1  # relative sd of a denominator above which a symmetric bar misleads (B. van Dam et al., arXiv:1711.06200)


def ratio_of_draws(
    draws: FloatArray, relative_sd: float, how: str, *, unit: str = "1", level: float = 0.95
) -> Estimate:
    """Return median and interval of draws of a ratio.

    A standard uncertainty goes with them only where the denominator is known to a tenth: beyond, the ratio is skew and
    has no moments.

    Parameters
    ----------
    draws : ndarray
        Draws of the ratio, infinite where the denominator's is not above zero, shape (n,) [unit].
    relative_sd : float
        Relative standard uncertainty of the denominator [1].
    how : str
        Estimator and origin of the draws.
    unit : str
        Unit of the ratio.
    level : float
        Coverage probability [1].

    References
    ----------
    JCGM 101:2008 (GUM supplement 1).
    """
    found = from_draws(float(np.median(draws)), draws, unit, f"{how}; median of draws", level)
    return found if relative_sd <= SKEW else replace(found, sd=math.nan)


def value_and_sd(stated: Uncertain, name: str) -> tuple[float, float]:
    """Return value and standard uncertainty of a stated number; 0 where none was stated."""
    value, sd = (float(v) for v in (stated if isinstance(stated, tuple | list) else (stated, 0.0)))
    if not np.isfinite([value, sd]).all() or sd < 0:
        raise ValueError(f"{name} must be a number or (value, sd) with sd >= 0, got {stated!r}.")
    return value, sd


def truncated_normal(rng: np.random.Generator, value: float, sd: float, low: float, high: float, n: int) -> FloatArray:
    """Draw from a normal distribution conditioned on low...high.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    value, sd : float
        Mean and standard deviation before conditioning; with sd = 0 every draw is the value, wherever it lies.
    low, high : float
        Ends of what is possible.
    n : int
        Number of draws; they are stratified (one in each of n slices of equal probability, in random order).

    Returns
    -------
    ndarray
        Draws, shape (n,).
    """
    if sd == 0:
        return np.full(n, value)
    u = (rng.permutation(n) + rng.uniform(size=n)) / n
    sign = -1.0 if value < low else 1.0  # mirrored, so that the far tail is the lower one, where digits are kept
    a, b = sorted((sign * (low - value) / sd, sign * (high - value) / sd))
    drawn = ndtri(ndtr(a) + u * (ndtr(b) - ndtr(a)))
    return np.clip(value + sign * sd * np.where(np.isfinite(drawn), drawn, b), low, high)
