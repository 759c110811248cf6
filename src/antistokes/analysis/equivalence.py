"""Equality claimed is equality shown: two one-sided tests against a margin (TOST)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from antistokes.analysis.result import number
from antistokes.estimate import Estimate, from_draws, normal

Outcome = Literal["supports", "contradicts", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """One claim of equality: the difference with its interval, the margin, and which of three answers the data give.

    ``supports``: the interval lies within the margin, equality is shown; ``contradicts``: it lies outside, a difference
    is shown; ``inconclusive``: neither.
    """

    title: str
    outcome: Outcome
    difference: Estimate = number("difference")
    margin_low: float
    margin_high: float
    p_value: float

    def __str__(self) -> str:
        """Say the claim, the answer, the difference and what counts as equal."""
        margin = f"{self.margin_low:g} to {self.margin_high:g}"
        return f"{self.title}: {self.outcome}, {self.difference} (equal: {margin})"


def equivalence(
    title: str,
    value: float,
    sd: float,
    margin: tuple[float, float],
    unit: str,
    how: str,
    *,
    freedom: float = math.inf,
    alpha: float = 0.05,
) -> Equivalence:
    r"""Two one-sided t-tests that a quantity lies within a margin.

    .. math:: t_l=\frac{x-l}{s},\quad t_h=\frac{h-x}{s},\qquad p=\max[1-F_\nu(t_l),\,1-F_\nu(t_h)]

    Equality is shown at the level alpha where p < alpha, which is where the interval of coverage 1 - 2 alpha lies
    within the margin.

    Parameters
    ----------
    title : str
        What is claimed to be equal.
    value, sd : float
        Estimate of the difference (or of the ratio) and its standard uncertainty [unit].
    margin : tuple of float
        Low and high end of what counts as equal [unit].
    unit : str
        Their unit.
    how : str
        Estimator and origin of the uncertainty.
    freedom : float
        Degrees of freedom of ``sd``; infinite where it is known.
    alpha : float
        Level of the test [1].

    Returns
    -------
    Equivalence
        The outcome, with the interval of coverage 1 - 2 alpha.

    References
    ----------
    D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15, 657 (1987), doi:10.1007/BF01068419.
    """
    low, high = margin
    if not (math.isfinite(value) and sd >= 0 and low < high and 0 < alpha < 0.5 and freedom > 0):
        raise ValueError(
            f"{title}: needs a finite value, sd >= 0, a rising margin, alpha below .5 and freedom above 0; found "
            f"{value!r}, {sd!r}, {margin!r}, {alpha!r}, {freedom!r}."
        )
    estimate = normal(value, sd, unit, how, 1 - 2 * alpha, freedom)
    p = max(_upper_tail(value - low, sd, freedom), _upper_tail(high - value, sd, freedom))
    return _answered(title, estimate, margin, p)


def paired_equivalence(
    title: str, difference: ArrayLike, noise: ArrayLike, margin: tuple[float, float], unit: str, alpha: float = 0.05
) -> Equivalence:
    """Two one-sided tests of the mean of paired differences.

    Their uncertainty is that of their noise or of their scatter (with its degrees of freedom), whichever is larger.

    Parameters
    ----------
    title : str
        What is claimed to be equal.
    difference, noise : array_like
        Differences of the pairs and their standard uncertainties, shape (n,), n >= 2 [unit].
    margin : tuple of float
        Low and high end of what counts as equal [unit].
    unit : str
        Their unit.
    alpha : float
        Level of the test [1].
    """
    found = np.asarray(difference, dtype=float)
    count = found.size
    known = float(np.sqrt(np.sum(np.asarray(noise, dtype=float) ** 2))) / count
    scatter = float(np.std(found, ddof=1)) / count**0.5
    how = f"mean difference of {count} pairs; {'their scatter' if scatter > known else 'noise propagated'}"
    freedom = count - 1 if scatter > known else math.inf
    sd = max(scatter, known)
    return equivalence(title, float(found.mean()), sd, margin, unit, how, freedom=freedom, alpha=alpha)


def equivalence_of_draws(
    title: str, value: float, draws: ArrayLike, margin: tuple[float, float], how: str, alpha: float = 0.05
) -> Equivalence:
    """Return the same two tests of a ratio whose distribution is skew, from Monte Carlo draws.

    Parameters
    ----------
    title : str
        What is claimed to be equal.
    value : float
        Best estimate [1].
    draws : array_like
        Draws of it, shape (n,) [1].
    margin : tuple of float
        Low and high end of what counts as equal [1].
    how : str
        Estimator and origin of the draws.
    alpha : float
        Level of the test [1].
    """
    low, high = margin
    drawn = np.asarray(draws, dtype=float)
    estimate = from_draws(value, drawn, "1", how, 1 - 2 * alpha)
    p = float(max(np.sum(drawn <= low), np.sum(drawn >= high)) + 1) / (drawn.size + 1)
    return _answered(title, estimate, margin, p)


def _answered(title: str, estimate: Estimate, margin: tuple[float, float], p_value: float) -> Equivalence:
    """Return which of the three answers an interval gives."""
    low, high = margin
    return Equivalence(
        title=title,
        outcome=_outcome(estimate, low, high),
        difference=estimate,
        margin_low=low,
        margin_high=high,
        p_value=p_value,
    )


def _upper_tail(distance: float, sd: float, freedom: float) -> float:
    if sd == 0:
        return 0.0 if distance > 0 else 1.0
    return float(stdtr(min(freedom, 1e10), -distance / sd))


def _outcome(interval: Estimate, low: float, high: float) -> Outcome:
    if low < interval.low and interval.high < high:
        return "supports"
    return "contradicts" if interval.low > high or interval.high < low else "inconclusive"
