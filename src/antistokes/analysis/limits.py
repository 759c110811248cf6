"""How much may hide in the noise? Upper limits of what cannot be negative, for counts and for normal noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc, gammaln, log_ndtr, ndtri_exp

from antistokes.units import FloatArray

_NEGLIGIBLE = 40.0  # ln of what is left out of a sum


def poisson_upper_limit(counts: int, background: float = 0.0, background_sd: float = 0.0, level: float = 0.95) -> float:
    r"""Upper limit of the signal in counts above a background.

    .. math:: 1-\mathrm{CL}=\frac{\sum_{k\le n}q_k\,Q(n-k+1,s)}{\sum_{k\le n}q_k}

    q is the distribution of the background's counts: Poisson for a known background, negative binomial (Poisson with a
    mean that is gamma distributed) for one with an uncertainty; Q is the upper incomplete gamma function. For a known
    background this is the CLs limit and that of Bayes with a flat prior for s >= 0 alike. It is never negative, and
    covers at least as often as it says.

    Parameters
    ----------
    counts : int
        Counts found, signal and background together [counts].
    background, background_sd : float
        Expected counts of the background, and their standard uncertainty [counts].
    level : float
        Confidence level [1].

    Returns
    -------
    float
        Limit of the mean of the signal [counts].

    References
    ----------
    O. Helene, Nucl. Instrum. Methods 212, 319 (1983), doi:10.1016/0167-5087(83)90709-3; A. L. Read, J. Phys. G 28, 2693
    (2002), doi:10.1088/0954-3899/28/10/313. The negative binomial is derived here.
    """
    return _quantile(_posterior(counts, background, background_sd), counts, level)


def poisson_interval(
    counts: int, background: float = 0.0, background_sd: float = 0.0, level: float = 0.95
) -> tuple[float, float]:
    """Equal-tailed interval of the signal in counts above a background; the arguments are those of the upper limit.

    Returns
    -------
    tuple of float
        Low and high end, from the distribution whose quantile is :func:`poisson_upper_limit` [counts].
    """
    posterior = _posterior(counts, background, background_sd)
    tail = (1 - _checked_level(level)) / 2
    return _quantile(posterior, counts, tail), _quantile(posterior, counts, 1 - tail)


def gaussian_upper_limit(value: float, sd: float, level: float = 0.95) -> float:
    r"""Upper limit of a quantity that cannot be negative, measured with normal noise.

    .. math:: 1-\mathrm{CL}=\frac{\Phi[(x-u)/\sigma]}{\Phi(x/\sigma)}

    The CLs limit, and that of Bayes with a flat prior for u >= 0. A value far below zero does not make it zero.

    Parameters
    ----------
    value, sd : float
        Measured value, which may be negative, and its standard uncertainty [any].
    level : float
        Confidence level [1].

    Returns
    -------
    float
        The limit, above zero [unit of value].

    References
    ----------
    A. L. Read, J. Phys. G 28, 2693 (2002), doi:10.1088/0954-3899/28/10/313.
    """
    if not (math.isfinite(value) and 0 < sd < math.inf):
        raise ValueError(f"a limit needs a finite value and an sd above zero, got {value!r} and {sd!r}.")
    tail = math.log1p(-_checked_level(level)) + float(log_ndtr(value / sd))
    return float(value - sd * ndtri_exp(tail))


def _posterior(counts: int, background: float, background_sd: float) -> Callable[[float], float]:
    """Return the probability that the signal lies below s, as a function of s."""
    if not (math.isfinite(counts) and counts % 1 == 0 and counts >= 0):
        raise ValueError(f"counts must be a whole number, not negative, got {counts!r}.")
    if not (0 <= background < math.inf and 0 <= background_sd < math.inf):
        raise ValueError(
            f"background and background_sd must be finite and not negative, got {background!r} and {background_sd!r}."
        )
    if background == 0 and background_sd > 0:
        raise ValueError(f"a background of 0 +- {background_sd:g} counts has no shape; give its expected counts.")
    k = np.arange(int(counts) + 1.0)
    logs = _log_background(k, background, background_sd)
    keep = logs > logs.max() - _NEGLIGIBLE
    k, weight = k[keep], np.exp(logs[keep] - logs.max())
    return lambda s: float(weight @ gammainc(counts - k + 1, s) / weight.sum())


def _log_background(k: FloatArray, mean: float, sd: float) -> FloatArray:
    """Logarithm of the probability of k background counts."""
    if mean == 0:
        return np.where(k == 0, 0.0, -np.inf)
    if sd < 1e-6 * mean:
        return np.asarray(k * math.log(mean) - mean - gammaln(k + 1))
    shape, rate = (mean / sd) ** 2, mean / sd**2
    steps = shape * math.log(rate / (1 + rate)) - k * math.log1p(rate)
    return np.asarray(gammaln(k + shape) - gammaln(shape) - gammaln(k + 1) + steps)


def _quantile(posterior: Callable[[float], float], counts: int, p: float) -> float:
    _checked_level(p)
    high = 10.0 + counts + 10 * math.sqrt(counts + 1)
    while posterior(high) < p:
        high *= 2
    return float(brentq(lambda s: posterior(s) - p, 0.0, high, xtol=1e-9, rtol=1e-12))


def _checked_level(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}.")
    return level
