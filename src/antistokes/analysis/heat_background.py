r"""Scale, threshold and background of heat: the likelihood searched through, since it may have several valleys.

For one background the model is linear in K and K E_0. What chi-square rises by at another E_0, the scale refitted, is
then Fieller's quadratic, and only the background is left to be searched for, on a grid that is zoomed in to.

References
----------
.. [1] E. C. Fieller, J. R. Stat. Soc. B 16, 175 (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.
.. [2] G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 413 (1973), doi:10.1137/0710036: linear parameters solved
   for within a search.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from antistokes.analysis.heat_points import Heat
from antistokes.units import FloatArray

_SPARSE = 1e-4  # of the weakest absorption: the smallest background looked for
_WIDEST = 10.0  # times the strongest: the largest
_GRID, _ZOOMED, _ROUNDS = 400, 60, 7


class Solved(NamedTuple):
    """K and K E_0 at each background with nothing held, their chi-square and covariance; shapes (m,), (m, 2, 2)."""

    scale: FloatArray
    product: FloatArray
    chi2: FloatArray
    covariance: FloatArray

    def rise(self, zero_ev: FloatArray) -> FloatArray:
        """Rise of chi-square where E_0 is held, shape (m,)."""
        (kk, kp), pp = (self.covariance[:, 0, i] for i in (0, 1)), self.covariance[:, 1, 1]
        return np.asarray((self.product - zero_ev * self.scale) ** 2 / (zero_ev**2 * kk - 2 * zero_ev * kp + pp))


class Valley(NamedTuple):
    """The best fit within 0 <= E_0 <= ``most_ev``: K, E_0, background, chi-square; where backgrounds were looked at."""

    scale: float
    zero_ev: float
    background: float
    chi2: float
    most_ev: float
    looked_at: FloatArray


def solved(given: Heat, background: FloatArray) -> Solved:
    """Solve for K and K E_0 at each background."""
    columns, wanted = given.columns(background), given.heat / given.sd
    q, r = np.linalg.qr(columns)
    back = np.linalg.inv(r)
    both = np.einsum("mij,mkj,k->mi", back, q, wanted)
    misfit = wanted - np.einsum("mni,mi->mn", columns, both)
    return Solved(both[:, 0], both[:, 1], np.sum(misfit**2, axis=1), back @ np.swapaxes(back, 1, 2))


def best_zero(at: Solved, most_ev: float) -> tuple[FloatArray, FloatArray]:
    """Best E_0 in the box at each background, and chi-square there; outside of it the best lies on one of its ends."""
    ends = np.stack([at.rise(np.zeros_like(at.chi2)), at.rise(np.full_like(at.chi2, most_ev))])
    with np.errstate(divide="ignore", invalid="ignore"):
        free = at.product / at.scale
    inside = (free > 0) & (free < most_ev)
    zero = np.where(inside, free, np.where(ends[0] < ends[1], 0.0, most_ev))
    return zero, at.chi2 + np.where(inside, 0.0, ends.min(axis=0))


def search(given: Heat, most_ev: float) -> Valley:
    """Find the best of all backgrounds, with E_0 and the scale solved for at each."""
    absorption = np.asarray(given.absorption_per_cm)
    grid = np.array([0.0, *np.geomspace(_SPARSE * absorption.min(), _WIDEST * absorption.max(), _GRID)])

    def chi2(background: FloatArray) -> FloatArray:
        return best_zero(solved(given, background), most_ev)[1]

    background, least = _lowest(chi2, grid)
    at = solved(given, np.array([background]))
    zero = float(best_zero(at, most_ev)[0][0])
    column = given.columns(background) @ [1.0, zero]
    scale = float(column @ (given.heat / given.sd) / (column @ column))
    return Valley(scale, zero, background, least, most_ev, grid)


def closer(valley: Valley, sd: float) -> Valley:
    """Look at more backgrounds around the best, as far as six standard deviations."""
    near = valley.background + sd * np.linspace(-6, 6, 121)
    seen = np.concatenate([valley.looked_at, near[(near > 0) & (near < valley.looked_at[-1])], [valley.background]])
    return valley._replace(looked_at=np.unique(seen))


def background_ends(given: Heat, valley: Valley, rise: float) -> tuple[float, float]:
    """Outermost backgrounds at which chi-square, all else refitted, rises by no more; infinite where none is outer."""
    from scipy.optimize import brentq

    def excess(background: FloatArray) -> FloatArray:
        return best_zero(solved(given, background), valley.most_ev)[1] - valley.chi2 - rise

    grid = valley.looked_at
    inside = np.flatnonzero((excess(grid) <= 0) | (grid == valley.background))

    def between(i: int, j: int) -> float:
        ends = (float(grid[i]), float(grid[j]))
        return float(brentq(lambda b: float(excess(np.array([b]))[0]), *ends, rtol=1e-10, xtol=1e-300))

    first, last = int(inside[0]), int(inside[-1])
    low = 0.0 if first == 0 else between(first - 1, first)
    return low, math.inf if last == grid.size - 1 else between(last, last + 1)


def zero_ends(given: Heat, valley: Valley, rise: float) -> tuple[float, float]:
    """Outermost E_0 in the box at which chi-square, all else refitted, rises by no more [eV]."""

    def ends(background: FloatArray) -> tuple[FloatArray, FloatArray]:
        at = solved(given, background)
        return _fieller_in_box(at, valley.chi2 + rise - at.chi2, valley.most_ev)

    low, high = background_ends(given, valley, rise)
    grid = valley.looked_at
    low_at, high_at = low, min(high, float(grid[-1]))
    grid = np.unique(np.concatenate([np.linspace(low_at, high_at, _GRID), grid[(grid > low_at) & (grid < high_at)]]))
    least, most = _lowest(lambda b: ends(b)[0], grid)[1], -_lowest(lambda b: -ends(b)[1], grid)[1]
    return min(least, valley.zero_ev), max(most, valley.zero_ev)


def _fieller_in_box(at: Solved, slack: FloatArray, most_ev: float) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest E_0 in the box whose rise is no more than the slack; inf and -inf where there is none."""
    k, p, room = at.scale, at.product, np.maximum(slack, 0.0)
    kk, kp, pp = room * at.covariance[:, 0, 0], room * at.covariance[:, 0, 1], room * at.covariance[:, 1, 1]
    square, middle = k**2 - kk, k * p - kp
    inner = k**2 * pp - 2 * k * p * kp + p**2 * kk + kp**2 - kk * pp  # the discriminant, as in heat_fit.fieller
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = np.sort(
            [(middle + sign * np.sqrt(np.maximum(inner, 0.0))) / square for sign in (-1, 1)], axis=0
        )
    between = square > 0  # else all but what lies between is allowed, or everything
    empty = (slack < 0) | (between & ((second < 0) | (first > most_ev)))
    empty |= ~between & (inner > 0) & (first < 0) & (second > most_ev)
    from_zero = (inner <= 0) | (first >= 0) | (second <= 0)
    to_most = (inner <= 0) | (second <= most_ev) | (first >= most_ev)
    low = np.where(between, np.maximum(first, 0.0), np.where(from_zero, 0.0, second))
    high = np.where(between, np.minimum(second, most_ev), np.where(to_most, most_ev, first))
    return np.where(empty, np.inf, low), np.where(empty, -np.inf, high)


def _lowest(function: Callable[[FloatArray], FloatArray], grid: FloatArray) -> tuple[float, float]:
    """Place and value of the least of a function, by zooming in between the neighbours of the least on a grid."""
    at, least = 0.0, math.inf
    for _ in range(_ROUNDS):
        values = function(grid)
        best = int(np.argmin(values))
        if values[best] < least:
            at, least = float(grid[best]), float(values[best])
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)], _ZOOMED)
    return at, least
