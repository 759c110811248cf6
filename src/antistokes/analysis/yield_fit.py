"""A straight line through ln yield over 1/kT, where the light is known well and the absorption, at times, is not."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from antistokes import units
from antistokes.estimate import quantile
from antistokes.units import FloatArray

STEPS = 50
CLOSE = 1e-10  # of ln yield: the line has come to rest
FAINTEST = 1e-18  # of relative variance, so that data without noise have an inverse


class Series(NamedTuple):
    """What the points of a series are, n of them.

    ``photons`` are emitted per exciting photon, any scale, (n,), with ``relative_sd``; ``signal`` is what unit yield
    would give, (n,), with its ``covariance``; ``shared`` are errors of ln yield that all points have in common, (k, n).
    """

    temperature_k: FloatArray
    photons: FloatArray
    relative_sd: FloatArray
    signal: FloatArray
    covariance: FloatArray
    shared: FloatArray


class Fit(NamedTuple):
    """A line through ln yield: its parameters, their covariance by noise and by shared errors, and its scatter."""

    value: FloatArray
    noise: FloatArray
    shared: FloatArray
    chi2: float
    freedom: int
    weights: FloatArray  # of ln yield at each point in each parameter
    model: FloatArray  # ln yield at each point
    deviation: FloatArray  # signal measured over expected, less 1
    covariance: FloatArray  # that of the deviations by noise

    @property
    def inflation(self) -> float:
        """Factor of the variance, for scatter beyond the noise that is known."""
        return max(1.0, self.chi2 / self.freedom) if self.freedom else 1.0

    def spread(self, noise: float, shared: float) -> tuple[float, float]:
        """Return the standard uncertainty of two variances together, and its degrees of freedom (Satterthwaite's)."""
        inflated = noise * self.inflation
        total = inflated + shared
        freedom = math.inf if self.inflation == 1.0 else self.freedom * (total / inflated) ** 2
        return math.sqrt(total), freedom


def inverse_kt(temperature_k: FloatArray) -> FloatArray:
    """Return 1/kT [1/meV]."""
    return np.asarray(1e-3 / units.thermal_energy_ev(temperature_k))


def fit_yield(series: Series, *extra: FloatArray) -> Fit:
    r"""Fit ln Q = a - E_a (x - mean x), x = 1/kT, and what ``extra`` columns ask for, by generalised least squares.

    The noise of the signal F is added to F. With what the line expects, :math:`F_m = I e^{-\ln Q}`, the deviations
    :math:`F/F_m-1` are linear in the noise and weighted by what is expected, not by what was found: a faint signal
    that fell low is neither overweighted nor biased, and one below zero can stay. Iterated to rest.
    """
    x = inverse_kt(series.temperature_k)
    design = np.column_stack([np.ones_like(x), x.mean() - x, *extra])
    noise = np.sqrt(np.diag(series.covariance))
    clear = np.maximum(series.signal, 2 * noise)
    value = np.linalg.lstsq(design, np.log(series.photons / clear), rcond=None)[0]
    for _ in range(STEPS):
        model = design @ value
        deviation, covariance = _deviation(series, model)
        solve = np.linalg.solve(covariance, design)
        cov = np.linalg.inv(design.T @ solve)
        step = -cov @ (solve.T @ deviation)
        far = float(np.abs(design @ step).max())
        value = value + step / max(1.0, far)
        if far < CLOSE:
            break
    model = design @ value
    deviation, covariance = _deviation(series, model)
    weights = cov @ np.linalg.solve(covariance, design).T
    through = weights @ series.shared.T
    chi2 = float(deviation @ np.linalg.solve(covariance, deviation))
    freedom = len(x) - design.shape[1]
    return Fit(value, cov, through @ through.T, chi2, freedom, weights, model, deviation, covariance)


def _deviation(series: Series, model: FloatArray) -> tuple[FloatArray, FloatArray]:
    expected = series.photons * np.exp(-model)
    covariance = series.covariance / np.outer(expected, expected)
    return series.signal / expected - 1, covariance + np.diag(series.relative_sd**2 + FAINTEST)


def end_ratio(series: Series, fit: Fit, tolerance_k: float, level: float) -> tuple[float, float, float, float]:
    """Yield at the highest over that at the lowest temperature, its s.d., and the ends of its interval.

    The mean deviation at either end is taken from the line; the interval is that of a quotient of two normal numbers.

    References
    ----------
    E. C. Fieller, J. R. Stat. Soc. B 16, 175 (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.
    """
    t = series.temperature_k
    noise = fit.covariance * fit.inflation
    weights = np.array([_mean_of(noise, t - t.min() <= tolerance_k), _mean_of(noise, t.max() - t <= tolerance_k)])
    cold, hot = 1 + weights @ fit.deviation
    through = weights @ series.shared.T
    covariance = weights @ noise @ weights.T + through @ through.T
    line = float(np.exp(weights[1] @ fit.model - weights[0] @ fit.model))
    freedom = math.inf if fit.inflation == 1.0 else float(fit.freedom)
    low, high = fieller(cold, hot, covariance, quantile(0.5 + level / 2, freedom))
    sd = math.sqrt(float(np.array([1 / hot, -cold / hot**2]) @ covariance @ np.array([1 / hot, -cold / hot**2])))
    return line * cold / hot, line * sd, line * low, line * high


def _mean_of(noise: FloatArray, chosen: np.ndarray) -> FloatArray:
    weights = chosen / np.diag(noise)
    return np.asarray(weights / weights.sum())


def fieller(above: float, below: float, covariance: FloatArray, z: float) -> tuple[float, float]:
    """Interval of the quotient of two normal numbers; unbounded above where the lower one may be zero."""
    a = below**2 - z**2 * covariance[1, 1]
    b = above * below - z**2 * covariance[0, 1]
    c = above**2 - z**2 * covariance[0, 0]
    inside = b**2 - a * c
    if inside < 0 or (a <= 0 and b <= 0):
        return -math.inf, math.inf
    root = math.sqrt(inside)
    return (c / (b + root), math.inf) if a <= 0 else ((b - root) / a, (b + root) / a)
