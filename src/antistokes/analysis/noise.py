"""How noisy is a spectrum? Asked of the spectrum itself, where nobody stated it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from antistokes.units import FloatArray

NEIGHBOURS = 3
TINY = 1e-32
ROUNDING = 1e-12  # of the mean: a median below it is that of samples exactly alike
FEW = 5.0  # counts a sample below which their scatter does not tell their noise; assumed
COUNTED_OVER = 41  # samples of a running mean of counts; assumed
_VARIANCE_INFLATION = 3.17  # of a mean of squared residuals by their correlation, 1 + 2 sum rho_k^2


def noise_sd(x: ArrayLike, y: ArrayLike, *, absorbance: bool = False) -> tuple[FloatArray, bool]:
    r"""Standard deviation of the noise of each sample, from the scatter of neighbours.

    Each sample is compared with the quintic through its three neighbours on either side, which removes any locally
    quintic shape. The squared residuals are fitted by a variance of :math:`a + b|y| + c\,y^2` (read, shot and
    proportional noise, all >= 0; iterated weighted non-negative least squares, the likelihood equations of a scaled
    chi-square), times a slowly varying factor of position (lamp and detector are weaker at their ends): the running
    mean of what the first model leaves, shrunk towards 1 by as much of its variation as chance explains. Structure
    finer than six samples is counted as noise.

    Parameters
    ----------
    x : array_like
        Ascending positions, shape (n,), n >= 8 [any].
    y : array_like
        Samples, shape (n,) [any].
    absorbance : bool
        ``y`` is a decadic absorbance: its noise grows as the light goes, :math:`a + b\,10^A + c\,10^{2A}`.

    Returns
    -------
    sd : ndarray
        Standard deviation, shape (n,) [unit of y].
    smoothed : bool
        Whether samples further apart scatter more than neighbours do, so that ``sd`` is too small.

    References
    ----------
    Derived here; difference-based variance estimation: Gasser, Sroka and Jennen-Steinmetz, Biometrika 73, 625 (1986),
    doi:10.1093/biomet/73.3.625.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    residual = _quintic_residual(x, y)
    scale = float(np.max(np.abs(y))) or 1.0
    squared = (residual / scale) ** 2
    level = _running_mean(y, 7)  # not y itself: a sample that fell low would be called quiet
    basis = _basis(level[NEIGHBOURS:-NEIGHBOURS], scale, absorbance)
    typical = float(np.median(squared)) / 0.455  # median of chi-square(1)
    if typical < ROUNDING * np.mean(squared):  # most samples are exactly alike, as where no photon came
        typical = float(np.mean(squared))
    variance = np.full(squared.size, max(typical, TINY))
    for _ in range(12):
        coefficients, _ = nnls(basis / variance[:, None], np.minimum(squared, 16 * variance) / variance)
        variance = np.maximum(basis @ coefficients, TINY)
    factor = _position_factor(np.minimum(squared / variance, 16.0))
    everywhere = np.interp(x, x[NEIGHBOURS:-NEIGHBOURS], factor)
    model = np.maximum(_basis(level, scale, absorbance) @ coefficients * everywhere, TINY)
    return scale * np.sqrt(model), _is_smoothed(x, y / scale, model)


def counting_sd(x: ArrayLike, counts: ArrayLike) -> FloatArray | None:
    r"""Standard deviation of single photons counted, where some part has so few that their scatter does not tell it.

    Where most samples hold no photon the scatter of neighbours is mostly nothing. The variance is then no less than
    that of Poisson's law, :math:`\bar n`, with the mean of the samples around: of 7, or of 41 where they hold few.

    Parameters
    ----------
    x : array_like
        Ascending positions, shape (n,), n >= 8 [any].
    counts : array_like
        Whole numbers, shape (n,) [1].

    Returns
    -------
    ndarray or None
        Standard deviation, shape (n,) [1]; None where there are nowhere few counts.
    """
    y = np.asarray(counts, dtype=float)
    around = _running_mean(y, min(COUNTED_OVER, y.size))
    if not (around < FEW).any():
        return None
    near = _running_mean(y, 2 * NEIGHBOURS + 1)
    return np.maximum(noise_sd(x, y)[0], np.sqrt(np.where(near < FEW, around, near)))


def _is_smoothed(x: FloatArray, y: FloatArray, variance: FloatArray) -> bool:
    """Whether every 2nd, 3rd or 5th sample scatters more than all do, where the spectrum itself is low.

    White noise scatters alike at any distance; smoothed noise is alike between neighbours and not further apart. Only
    residuals whose seven samples are all low are used (the shape has no part in them), each against the variance of
    those seven; their median is compared, so that a few do not decide.
    """
    low = np.abs(_running_mean(y, 7)) < 0.1 * np.max(np.abs(y))
    for stride in (2, 3, 5):
        at, quiet = x[::stride], low[::stride]
        if at.size < 2 * NEIGHBOURS + 1:
            continue
        weights, nodes = _quintic_weights(at)
        values, spread = y[::stride], variance[::stride]
        inner = slice(NEIGHBOURS, at.size - NEIGHBOURS)
        residual = values[inner] - np.sum(weights * values[nodes], axis=0)
        expected = spread[inner] + np.sum(weights**2 * spread[nodes], axis=0)
        ratio = (residual**2 / expected)[quiet[inner] & quiet[nodes].all(axis=0)]
        if ratio.size >= 12 and np.median(ratio) / 0.455 > 1.8 + 7.5 * (2 * _VARIANCE_INFLATION / ratio.size) ** 0.5:
            return True
    return False


def _basis(y: FloatArray, scale: float, absorbance: bool) -> FloatArray:
    size = 10.0 ** (np.clip(y, 0, 8)) if absorbance else np.abs(y / scale)
    return np.stack([np.ones_like(y), size, size**2], axis=1)


def _position_factor(ratio: FloatArray) -> FloatArray:
    """Running mean of squared residuals over their model, shrunk to 1 as far as its spread is that of chance."""
    width = min(max(41, ratio.size // 8), ratio.size)
    factor = _running_mean(ratio, width)
    by_chance = 2 * _VARIANCE_INFLATION / width
    return np.asarray(1 + (factor - 1) * max(0.0, 1 - by_chance / max(float(np.mean((factor - 1) ** 2)), TINY)))


def _running_mean(values: FloatArray, width: int) -> FloatArray:
    """Mean over a centred window, cut at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(values.size)
    low, high = np.maximum(index - width // 2, 0), np.minimum(index + width // 2 + 1, values.size)
    return np.asarray((total[high] - total[low]) / (high - low))


def _quintic_residual(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance from the quintic through the neighbours, scaled to the variance of one sample."""
    weights, nodes = _quintic_weights(x)
    distance = y[NEIGHBOURS : x.size - NEIGHBOURS] - np.sum(weights * y[nodes], axis=0)
    return np.asarray(distance / np.sqrt(1 + np.sum(weights**2, axis=0)))


def _quintic_weights(x: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Weights of the six neighbours of each inner sample, and their indices, shape (6, n - 6)."""
    k, n = NEIGHBOURS, x.size
    centre = np.arange(k, n - k)
    nodes = np.stack([centre + i for i in range(-k, k + 1) if i])
    weights = np.ones(nodes.shape)
    for i in range(2 * k):
        for j in range(2 * k):
            if i != j:
                weights[i] *= (x[centre] - x[nodes[j]]) / (x[nodes[i]] - x[nodes[j]])
    return weights, nodes
