"""Least squares within bounds, and intervals from the profile of the likelihood: what else may change, does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from antistokes.errors import FitError
from antistokes.units import FloatArray

Residual = Callable[[FloatArray], FloatArray]
MOST_STEPS = 500
LEAST_DAMPING = 1e-9  # so that parameters of which only a sum is known do no harm
FINE = 1e-3  # of a step: what derivatives are taken over
MOST_TRIES = 12  # of values at which a profile is asked for, on one side
CLOSE = 0.02  # of the threshold: where a profile meets it


class Box(NamedTuple):
    """What parameters may be: lowest, highest, and a size of step that matters; shapes (p,)."""

    low: FloatArray
    high: FloatArray
    step: FloatArray


class Optimum(NamedTuple):
    """Best parameters (p,), residuals there (n,), their derivatives (n, p), twice the cost."""

    at: FloatArray
    residual: FloatArray
    jacobian: FloatArray
    chi2: float


class Side(NamedTuple):
    """One end of a profile interval: where, and whether the bound was reached before the likelihood fell."""

    at: float
    unbounded: bool


def minimise(
    residual: Residual, start: FloatArray, box: Box, close: float = 1e-4, known: FloatArray | None = None
) -> Optimum:
    """Least squares within bounds, by Levenberg and Marquardt's steps.

    Derivatives are differences; between them the matrix is kept up by Broyden's rank-one update, so that a refit that
    begins near its end costs few evaluations.

    Parameters
    ----------
    residual : callable
        Residuals in standard deviations, shape (n,), of parameters, shape (p,).
    start : ndarray
        Where to begin, shape (p,).
    box : Box
        Bounds and steps; where low equals high a parameter is held.
    close : float
        Fall of chi-square that a further step must promise [1].
    known : ndarray, optional
        Derivatives near the start, shape (n, p); by default they are found first.

    Raises
    ------
    FitError
        Where the residuals are not finite, or it does not end.

    References
    ----------
    J. J. More, Lect. Notes Math. 630, 105 (1978), doi:10.1007/BFb0067700; C. G. Broyden, Math. Comp. 19, 577 (1965),
    doi:10.1090/S0025-5718-1965-0198670-6.
    """
    at = np.clip(start, box.low, box.high)
    here = residual(at)
    if not np.all(np.isfinite(here)):
        raise FitError("the model is not finite where the fit begins", at)
    fresh = known is None
    jacobian = differences(residual, at, here, box) if known is None else known.copy()
    damping = 1e-3
    for _ in range(MOST_STEPS):
        step, promised = bounded_step(jacobian, here, at, box, damping)
        if promised < close:
            if fresh:
                return Optimum(at, here, jacobian, float(here @ here))
            jacobian, fresh = differences(residual, at, here, box), True
            continue
        moved = np.clip(at + step, box.low, box.high)
        there = residual(moved)
        fall = float(here @ here - there @ there) if np.all(np.isfinite(there)) else -np.inf
        if fall > 0:
            jacobian = jacobian + np.outer(there - here - jacobian @ step, step / box.step**2) / np.sum(
                (step / box.step) ** 2
            )
            at, here = moved, there
        if fall > 0.75 * promised:
            damping, fresh = max(damping / 10, LEAST_DAMPING), False
        elif fresh or (fall <= 0 and damping > 1e3):
            damping *= 10
            if fall > 0:
                jacobian, fresh = differences(residual, at, here, box), True
            elif damping > 1e12:  # no digit is left in which to fall
                return Optimum(at, here, jacobian, float(here @ here))
        else:
            jacobian, fresh = differences(residual, at, here, box), True
    raise FitError(f"the fit did not end after {MOST_STEPS} steps; its last parameters are in last_estimate", at)


def bounded_step(
    jacobian: FloatArray, residual: FloatArray, at: FloatArray, box: Box, damping: float
) -> tuple[FloatArray, float]:
    """Return a damped step that stays within the bounds, and the fall of chi-square that it promises."""
    free = box.high > box.low
    scaled = jacobian[:, free] * box.step[free]
    normal, slope = scaled.T @ scaled, scaled.T @ residual
    normal += damping * np.diag(np.maximum(np.diag(normal), 1e-9 * float(np.diag(normal).max(initial=1e-9))))
    low, high = ((end - at)[free] / box.step[free] for end in (box.low, box.high))
    step = np.zeros(at.size)
    step[free] = box.step[free] * bounded_minimum(normal, slope, low, high)
    after = residual + jacobian @ step
    return step, float(residual @ residual - after @ after)


def bounded_minimum(matrix: FloatArray, slope: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    r"""Least of :math:`\tfrac12 x^TMx + g^Tx` within bounds that hold 0, by active sets.

    Parameters
    ----------
    matrix : ndarray
        Positive definite M, shape (p, p).
    slope : ndarray
        g, shape (p,).
    low, high : ndarray
        Bounds, at most 0 and at least 0, shape (p,).

    References
    ----------
    J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (Springer, 2006), algorithm 16.3.
    """
    x, free = np.zeros(slope.size), np.ones(slope.size, dtype=bool)
    for _ in range(10 * slope.size):
        target = x.copy()
        held = slope[free] + matrix[np.ix_(free, ~free)] @ x[~free]
        target[free] = -np.linalg.solve(matrix[np.ix_(free, free)], held)
        change = target - x
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(change > 0, (high - x) / change, np.where(change < 0, (low - x) / change, np.inf))
        nearest = int(np.argmin(room))
        if room[nearest] < 1:
            x = x + max(room[nearest], 0.0) * change
            x[nearest] = high[nearest] if change[nearest] > 0 else low[nearest]
            free[nearest] = False
            continue
        x = target
        gradient = slope + matrix @ x
        inward = np.where(free | (low == high), 0.0, np.where(x >= high, gradient, -gradient))
        if inward.max(initial=0.0) <= 1e-12 * float(np.abs(slope).max(initial=1e-300)):
            break
        free[int(np.argmax(inward))] = True
    return np.asarray(np.clip(x, low, high))


def differences(residual: Residual, at: FloatArray, here: FloatArray, box: Box) -> FloatArray:
    """Derivatives of the residuals by one-sided differences that stay within the bounds, shape (n, p)."""
    out = np.zeros((here.size, at.size))
    for i in np.flatnonzero(box.high > box.low):
        h = FINE * min(box.step[i], (box.high[i] - box.low[i]) / 4)
        h = -h if at[i] + h > box.high[i] else h
        moved = at.copy()
        moved[i] += h
        there = residual(moved)
        if not np.all(np.isfinite(there)) and box.low[i] <= at[i] - h <= box.high[i]:
            h, moved[i] = -h, at[i] - h
            there = residual(moved)
        if not np.all(np.isfinite(there)):
            raise FitError(f"the model is not finite beside parameter {i}", at)
        out[:, i] = (there - here) / h
    return out


def covariance(best: Optimum, box: Box, inflation: float = 1.0) -> FloatArray:
    """Covariance of the parameters where the model is straight; each is taken as uniform within its bounds before.

    Parameters
    ----------
    best : Optimum
        Where the fit ended.
    box : Box
        Bounds; a held parameter has no variance.
    inflation : float
        Factor on the variance of the residuals [1].
    """
    free = np.flatnonzero(box.high > box.low)
    j = best.jacobian[:, free]
    prior = 12 / (box.high - box.low)[free] ** 2
    out = np.zeros((box.low.size, box.low.size))
    out[np.ix_(free, free)] = np.linalg.inv(j.T @ j / inflation + np.diag(prior))
    return out


def profile(
    residual: Residual, best: Optimum, box: Box, which: int, threshold: float, spread: float
) -> tuple[Side, Side, Optimum]:
    """Ends of the values of one parameter at which chi-square, all others refitted, rises by threshold squared.

    Parameters
    ----------
    residual : callable
        As for :func:`minimise`.
    best : Optimum
        The best fit.
    box : Box
        Bounds and steps.
    which : int
        Index of the parameter.
    threshold : float
        Square root of the rise of chi-square [1].
    spread : float
        A guess of the standard deviation of the parameter [its unit].

    Returns
    -------
    low, high : Side
        The two ends.
    better : Optimum
        The best fit met on the way: ``best`` itself, unless another was found that is better.

    References
    ----------
    D. J. Venzon and S. H. Moolgavkar, Appl. Stat. 37, 87 (1988), doi:10.2307/2347496.
    """
    sides, better = [], best
    for sign in (-1, 1):
        side, met = _walk(residual, best, box, which, threshold, sign * max(spread, 1e-6 * float(box.step[which])))
        sides.append(side)
        better = met if met.chi2 < better.chi2 else better
    return sides[0], sides[1], better


def _walk(
    residual: Residual, best: Optimum, box: Box, which: int, threshold: float, spread: float
) -> tuple[Side, Optimum]:
    bound = float(box.high[which] if spread > 0 else box.low[which])
    centre = float(best.at[which])
    inside, outside = (centre, 0.0), (np.nan, np.nan)  # value and root of the rise, below and above the threshold
    at, near, better = centre + threshold * spread, best, best
    for _ in range(MOST_TRIES):
        at = min(at, bound) if spread > 0 else max(at, bound)
        last = _held(residual, near, box, which, at, 1e-3 * threshold**2)
        better = last if last.chi2 < better.chi2 else better
        root = float(np.sqrt(max(last.chi2 - best.chi2, 0.0)))
        if abs(root - threshold) < CLOSE * threshold:
            return Side(at, False), better
        if root < threshold:
            inside, near = (at, root), last  # from beyond the threshold a refit may not find its way back
            if at == bound:
                return Side(bound, True), better
        else:
            outside = (at, root)
        at = _next(inside, outside, threshold, centre)
    if np.isfinite(outside[0]):
        return Side(float(outside[0]), False), better  # the careful end
    return Side(bound, True), better  # it never rose so far: what lies further is not known


def _next(inside: tuple[float, float], outside: tuple[float, float], threshold: float, centre: float) -> float:
    """Return where the root of the rise should meet the threshold, by a straight line."""
    if np.isnan(outside[0]):
        slope = max(inside[1], 0.05 * threshold) / (inside[0] - centre)
        return float(centre + min(threshold * 1.02 / abs(slope), 2.5 * abs(inside[0] - centre)) * np.sign(slope))
    share = (threshold - inside[1]) / (outside[1] - inside[1])
    return float(inside[0] + np.clip(share, 0.05, 0.95) * (outside[0] - inside[0]))


def _held(residual: Residual, near: Optimum, box: Box, which: int, value: float, close: float) -> Optimum:
    """Best fit with one parameter held, from another that is near."""
    low, high, begin = box.low.copy(), box.high.copy(), near.at.copy()
    low[which] = high[which] = begin[which] = value
    return minimise(residual, begin, box._replace(low=low, high=high), close, near.jacobian)
