"""Draws of the six integrals of a sphere, source by source, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from antistokes.analysis.sphere_integrals import FIELDS
from antistokes.analysis.uncertain import SKEW, ratio_of_draws
from antistokes.estimate import Estimate, exact
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

ONE_SD = float(ndtr(1.0))  # .841
LASER = np.array([name.startswith("laser") for name in FIELDS])
CONFIGURATION = np.array([name.split("_")[1] for name in FIELDS])


def as_integrals(rows: FloatArray) -> Integrals:
    """Return rows of six as Integrals, None where not measured."""
    columns = [None if np.isnan(column).all() else column for column in np.moveaxis(np.asarray(rows), -1, 0)]
    return Integrals(*columns)  # type: ignore[arg-type]


def normal_source(rng: np.random.Generator, n: int, rows: FloatArray) -> FloatArray:
    """Draw what moves the integrals by these rows, one standard deviation each, shape (n, 6)."""
    rows = np.nan_to_num(np.atleast_2d(rows))
    if len(rows) > len(FIELDS):  # as few draws as there are integrals
        value, vector = np.linalg.eigh(rows.T @ rows)
        rows = (vector * np.sqrt(np.maximum(value, 0))).T
    return np.asarray(rng.standard_normal((n, len(rows))) @ rows)


def scatter_source(rng: np.random.Generator, n: int, values: FloatArray) -> FloatArray:
    """Draw the error of the mean of repeats: multivariate t with one chi-square a draw, shape (n, 6).

    Every linear combination of the means is then Student's t with as many degrees of freedom as repeats less one, and
    the quantiles of a ratio are those of Fieller's theorem. The power that all integrals of a run share moves no yield
    and is taken out: each run is compared with the mean at its own sum of laser light.
    """
    count, light = len(values), np.nansum(values[:, LASER], axis=1)
    expected = (light / light.mean())[:, None] * values.mean(axis=0)
    apart = np.nan_to_num(values - expected) / (count * (count - 1)) ** 0.5
    scale = np.sqrt((count - 1) / rng.chisquare(count - 1, n))
    return np.asarray(scale[:, None] * (rng.standard_normal((n, count)) @ apart))


def relative_rows(mean: FloatArray, laser_sd: float, emission_sd: float, drift_sd: float) -> dict[str, FloatArray]:
    """Return the rows of relative uncertainties of one run, by the name that a budget gives them."""
    each = np.diag(np.nan_to_num(mean))
    drift = np.array([np.where(name == CONFIGURATION, mean, 0.0) for name in ("empty", "direct", "indirect")])
    return {
        "integrals of the laser": laser_sd * each[LASER],
        "integrals of the emission": emission_sd * each[~LASER],
        "power of the laser": drift_sd * drift,
    }


def spread(draws: FloatArray) -> float:
    """Half of the central 68 % of draws; infinite where they are."""
    low, high = np.quantile(draws, [1 - ONE_SD, ONE_SD], method="nearest")
    return float(high - low) / 2 if np.isfinite([low, high]).all() else np.inf


def relative_spread(draws: FloatArray) -> float:
    """Standard uncertainty of a denominator over its value; infinite where that is not above zero."""
    middle = float(np.median(draws))
    return spread(draws) / middle if middle > 0 else np.inf


def estimate_of(
    draws: FloatArray, relative_sd: float, how: str, level: float, *, heavy: bool, limits: bool = True
) -> Estimate:
    """Return the estimate of draws; of a yield, a limit where emission or absorption is not resolved.

    ``heavy``: draws of Student's t, of which few degrees of freedom have no variance: the standard uncertainty is half
    of the central 68 %.
    """
    if draws.min() == draws.max():
        return exact(float(draws[0]), "1", f"{how}; no uncertainty is stated")
    found = ratio_of_draws(draws, relative_sd, how, level=level)
    if heavy and relative_sd <= SKEW:
        found = replace(found, sd=spread(draws), how=f"{found.how}; s.d. half of the central 68 %")
    one_sided = {
        end: float(np.quantile(draws, p, method="nearest")) for end, p in (("low", 1 - level), ("high", level))
    }
    if limits and np.isinf(found.value) and np.isfinite(one_sided["low"]):
        return Estimate(one_sided["low"], level=level, how=f"{how}; one-sided", kind="lower limit")
    if limits and found.low <= 0 and np.isfinite(one_sided["high"]):
        return Estimate(one_sided["high"], level=level, how=f"{how}; one-sided", kind="upper limit")
    return found


def share_of(alone: FloatArray, together: FloatArray) -> Estimate:
    """Return what one source does to a result, in % of it."""
    value = abs(float(np.median(together)))
    how = "half of the central 68 % of the result's draws, this source alone"
    return Estimate(100 * spread(alone) / value if 0 < value < np.inf else np.inf, unit="%", how=how)


def budget(
    mean: FloatArray, sources: dict[str, FloatArray], result: Callable[[FloatArray], FloatArray], together: FloatArray
) -> dict[str, Estimate]:
    """Return what each source alone does to a result, and all together, in % of it."""
    rows = {name: share_of(result(mean + offsets), together) for name, offsets in sources.items()}
    return rows | {"all together": share_of(together, together)}


def density(draws: FloatArray, points: int = 201) -> tuple[FloatArray, FloatArray]:
    """Return a smooth density of draws over their central 99 %; the mass of all draws is one, infinite ones too."""
    finite = np.sort(draws[np.isfinite(draws)])
    if finite.size < 2:
        return np.empty(0), np.empty(0)
    low, high, q1, q3 = np.quantile(finite, [0.005, 0.995, 0.25, 0.75])
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # nothing but rounding
        return np.empty(0), np.empty(0)
    width = 1.06 * max((q3 - q1) / 1.349, (high - low) / 1e3) * finite.size**-0.2  # Silverman's rule
    edges = np.linspace(low - 5 * width, high + 5 * width, max(4 * points, int(5 * (high - low) / width)) + 1)
    step = edges[1] - edges[0]
    heights: NDArray[np.float64] = np.histogram(finite, edges)[0] / (draws.size * step)
    reach = np.arange(-int(5 * width / step) - 1, int(5 * width / step) + 2) * step
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    smooth = np.convolve(heights, kernel / kernel.sum(), mode="same")
    x = np.linspace(low, high, points)
    return x, np.interp(x, (edges[1:] + edges[:-1]) / 2, smooth)
