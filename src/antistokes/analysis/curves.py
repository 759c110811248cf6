"""Smoothing, interpolation, maxima and crossings of sampled curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solveh_banded
from scipy.optimize import brentq
from scipy.sparse import csr_array

from antistokes.units import FloatArray


class Smoother(NamedTuple):
    """A smoothed curve, and the same (linear) smoothing for other samples, shape (rows, n), on its grid."""

    values: FloatArray
    apply: Callable[[FloatArray], FloatArray]


def smooth(x: ArrayLike, y: ArrayLike, sd: ArrayLike) -> Smoother:
    r"""Stiffest natural cubic smoothing spline that the noise allows.

    The stiffness is raised until :math:`\sum[(y-s)/\mathrm{sd}]^2` reaches :math:`n - \sqrt{2n}`, the careful end of
    Reinsch's range.

    Parameters
    ----------
    x, y, sd : array_like
        Ascending positions, samples and their standard deviation, shape (n,).

    Returns
    -------
    Smoother
        Smoothed samples, shape (n,), and the smoothing itself; both leave samples alone where there is no noise.

    References
    ----------
    C. H. Reinsch, Numer. Math. 10, 177 (1967), doi:10.1007/BF02162161.
    """
    x, y, sd = (np.asarray(v, dtype=float) for v in (x, y, sd))
    scale = float(np.max(np.abs(y))) or 1.0
    if x.size < 8 or not np.any(sd > 1e-9 * scale):
        return Smoother(y, lambda rows: rows)
    error = np.maximum(sd / scale, max(1e-9, 1e-4 * float(np.max(sd)) / scale))  # counts of zero seem exact
    spline = _reinsch((x - x[0]) * ((x.size - 1) / (x[-1] - x[0])), error / np.median(error))
    target = x.size - float(np.sqrt(2 * x.size))

    def excess(log_stiffness: float) -> float:
        return float(np.sum(((y / scale - spline(log_stiffness, y / scale)) / error) ** 2)) - target

    low, high = -6.0, 12.0
    if excess(low) >= 0:
        return Smoother(y, lambda rows: rows)
    stiffness = high if excess(high) <= 0 else float(brentq(excess, low, high, xtol=0.02))
    return Smoother(scale * spline(stiffness, y / scale), lambda rows: spline(stiffness, rows.T).T)


def _reinsch(x: FloatArray, error: FloatArray) -> Callable[[float, FloatArray], FloatArray]:
    """Smoothing by a natural cubic spline of stiffness 10**log_stiffness: (R + p Q^T D^2 Q) c = Q^T y, columnwise."""
    h = np.diff(x)
    q = np.stack([1 / h[:-1], -1 / h[:-1] - 1 / h[1:], 1 / h[1:]])  # the three diagonals of Q, column by column
    d2 = error**2
    r = np.zeros((3, x.size - 2))
    r[2], r[1, 1:] = (h[:-1] + h[1:]) / 3, h[1:-1] / 6
    m = np.zeros_like(r)
    m[2] = q[0] ** 2 * d2[:-2] + q[1] ** 2 * d2[1:-1] + q[2] ** 2 * d2[2:]
    m[1, 1:] = q[1, :-1] * q[0, 1:] * d2[1:-2] + q[2, :-1] * q[1, 1:] * d2[2:-1]
    m[0, 2:] = q[2, :-2] * q[0, 2:] * d2[2:-2]

    def spline(log_stiffness: float, y: FloatArray) -> FloatArray:
        p, columns = 10.0**log_stiffness, y.reshape(x.size, -1)
        bent = q[0][:, None] * columns[:-2] + q[1][:, None] * columns[1:-1] + q[2][:, None] * columns[2:]
        try:
            c = solveh_banded(r + p * m, bent)
        except np.linalg.LinAlgError:  # errors that differ by decades leave it indefinite in double precision
            c = solveh_banded(r + p * m * np.array([[1.0], [1.0], [1 + 1e-11]]), bent)
        pull = np.zeros_like(columns)
        for i in range(3):
            pull[i : x.size - 2 + i] += q[i][:, None] * c
        return np.asarray((columns - p * d2[:, None] * pull).reshape(y.shape))

    return spline


def interpolation_matrix(x: FloatArray, at: FloatArray) -> csr_array:
    """Return the sparse matrix, (len(at), len(x)), that takes samples at x to values at ``at`` by local cubics."""
    first = np.clip(np.searchsorted(x, at) - 2, 0, x.size - 4)
    nodes = x[first[:, None] + np.arange(4)]
    weights = np.ones_like(nodes)
    for i in range(4):
        for j in range(4):
            if i != j:
                weights[:, i] *= (at - nodes[:, j]) / (nodes[:, i] - nodes[:, j])
    rows = np.repeat(np.arange(at.size), 4)
    columns = (first[:, None] + np.arange(4)).ravel()
    return csr_array((weights.ravel(), (rows, columns)), shape=(at.size, x.size))


def interpolate(x: FloatArray, y: FloatArray, sd: FloatArray, at: FloatArray) -> tuple[FloatArray, csr_array]:
    """Values at ``at`` and their derivative with respect to the samples, shape (len(at), len(x)).

    Local cubics through ln y where all four samples stand five times above their noise (an absorption edge falls
    exponentially; a cubic through it would be too high between samples), through y elsewhere.
    """
    matrix = interpolation_matrix(x, at)
    clear = y > 5 * sd
    logs = np.where(clear, np.log(np.where(clear, y, 1.0)), 0.0)
    safe = np.asarray(matrix.astype(bool).astype(float) @ (~clear).astype(float)) == 0
    value = np.where(safe, np.exp(np.where(safe, np.asarray(matrix @ logs), 0.0)), np.asarray(matrix @ y))
    row, column = np.repeat(np.arange(at.size), np.diff(matrix.indptr)), matrix.indices
    factor = np.where(safe[row], value[row] / np.where(clear[column], y[column], 1.0), 1.0)
    return value, csr_array((matrix.data * factor, matrix.indices, matrix.indptr), shape=matrix.shape)


def main_maximum(y: FloatArray) -> tuple[int, slice]:
    """Index of the highest maximum of a smooth curve, and the contiguous samples above 60 % of it."""
    top = int(np.argmax(y))
    return top, _around(y, top, 0.6 * y[top])


def first_maximum(x: FloatArray, y: FloatArray, sd: FloatArray, near: float | None = None) -> tuple[int, slice] | None:
    """Lowest-energy maximum of a smooth curve that stands out, and the samples around it.

    A maximum stands out when it is at least 3 % above both valleys beside it and above three times the noise.
    With ``near`` (a position) the maximum closest to it is taken.
    """
    peaks = 1 + np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]))
    prominences = np.array([_prominence(y, int(i)) for i in peaks])
    keep = (prominences > 0.03 * y[peaks]) & (y[peaks] > 0.02 * y.max()) & (prominences > 3 * sd[peaks])
    if not keep.any():
        return None
    peaks, prominences = peaks[keep], prominences[keep]
    which = 0 if near is None else int(np.argmin(np.abs(x[peaks] - near)))
    top = int(peaks[which])
    return top, _around(y, top, y[top] - 0.4 * float(prominences[which]))


def _prominence(y: FloatArray, top: int) -> float:
    """Height of a maximum above the higher of the two valleys between it and higher ground (or the end)."""
    higher_left, higher_right = np.flatnonzero(y[:top] > y[top]), np.flatnonzero(y[top + 1 :] > y[top])
    low = int(higher_left[-1]) + 1 if higher_left.size else 0
    high = top + 1 + int(higher_right[0]) if higher_right.size else y.size
    return float(y[top] - max(y[low : top + 1].min(), y[top:high].min()))


def highest(x: FloatArray, y: FloatArray) -> FloatArray:
    """Position of the highest point of each row, by the parabola through the highest sample and its neighbours.

    Parameters
    ----------
    x : ndarray
        Ascending positions, shape (m,), m >= 3.
    y : ndarray
        Curves without noise of their own (smoothed), shape (n, m).

    Returns
    -------
    ndarray
        Positions, shape (n,); the end itself where a curve is highest there.
    """
    top = np.argmax(y, axis=1)
    inner = np.clip(top, 1, x.size - 2)
    rows = np.arange(len(y))
    x0, x1, x2 = x[inner - 1], x[inner], x[inner + 1]
    left = (y[rows, inner] - y[rows, inner - 1]) / (x1 - x0)
    right = (y[rows, inner + 1] - y[rows, inner]) / (x2 - x1)
    bend = np.minimum((right - left) / (x2 - x0), -1e-300)
    vertex = 0.5 * (x0 + x1) - 0.5 * left / bend
    return np.asarray(np.where(top == inner, np.clip(vertex, x0, x2), x[top]))


def outward_crossing(x: FloatArray, f: FloatArray) -> FloatArray:
    """Where f, positive at its first samples, becomes negative: one crossing per row.

    The crossing lies at the change point that leaves the fewest wrong signs on either side, and there between the two
    samples by a straight line; where several change points are equally good, at the mean of their crossings. (The
    first sample of the wrong sign would lie too early in noise, by chance alone.)

    Parameters
    ----------
    x : ndarray
        Positions in outward order, shape (m,).
    f : ndarray
        Values, shape (n, m); NaN ends a row's data.

    Returns
    -------
    ndarray
        Crossings, shape (n,): NaN where f is never positive, infinite (of the outward sign) where it stays so.
    """
    f = np.atleast_2d(f)
    if x.size < 2:
        return np.full(len(f), np.nan)
    wrong_inside = np.cumsum(f <= 0, axis=1)  # number of negatives among the first k + 1 samples
    wrong_outside = np.cumsum((f > 0)[:, ::-1], axis=1)[:, ::-1]  # positives from sample k on
    none, everything = wrong_outside[:, 0], wrong_inside[:, -1]  # errors when f is taken to cross before, after all
    errors = wrong_inside[:, :-1] + wrong_outside[:, 1:]
    down = (f[:, :-1] > 0) & (f[:, 1:] <= 0)
    best = np.min(np.where(down, errors, f.shape[1] + 1), axis=1)
    chosen = down & (errors == best[:, None])
    with np.errstate(invalid="ignore", divide="ignore"):
        between = x[:-1] + (x[1:] - x[:-1]) * f[:, :-1] / (f[:, :-1] - f[:, 1:])
        crossing = np.sum(np.where(chosen, between, 0.0), axis=1) / chosen.sum(axis=1)
    crossing = np.where(everything < best, np.sign(x[-1] - x[0]) * np.inf, crossing)
    return np.asarray(np.where((none < best) & (none <= everything), np.nan, crossing))


def _around(y: FloatArray, top: int, level: float) -> slice:
    below_left = np.flatnonzero(y[:top] < level)
    below_right = np.flatnonzero(y[top + 1 :] < level)
    low = int(below_left[-1]) + 1 if below_left.size else 0
    high = top + 1 + int(below_right[0]) if below_right.size else y.size
    if high - low < 3:
        low = int(np.clip(top - 1, 0, y.size - 3))
        high = low + 3
    return slice(low, high)
