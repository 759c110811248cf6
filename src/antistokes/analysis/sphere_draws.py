"""Draws of the six integrals of a sphere, source by source, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from antistokes.analysis.draws import TOGETHER, spread
from antistokes.analysis.sphere_run import FIELDS
from antistokes.analysis.uncertain import SKEW, ratio_of_draws
from antistokes.estimate import Estimate, Kind, exact
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

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


def power_of_runs(values: FloatArray) -> FloatArray:
    """Return the sum of laser light of each run over that of their mean, shape (runs,) [1]."""
    light = np.nansum(values[:, LASER], axis=1)
    return np.asarray(light / light.mean())


def scatter_source(rng: np.random.Generator, n: int, values: FloatArray) -> FloatArray:
    """Draw the error of the mean of repeats: multivariate t with one chi-square a draw, shape (n, 6).

    Every linear combination of the means is then Student's t with as many degrees of freedom as repeats less one, and
    the quantiles of a ratio are those of Fieller's theorem where absorption and emission are resolved. The power that
    all integrals of a run share moves no yield and is taken out: each run is compared with the mean at its own sum of
    laser light.
    """
    count = len(values)
    expected = power_of_runs(values)[:, None] * values.mean(axis=0)
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
    if limits and np.isinf(found.value):
        return _limit(draws, 1 - level, how, level, "lower limit") or found
    if limits and found.low <= 0:
        return _limit(draws, level, how, level, "upper limit") or found
    return found


def _limit(draws: FloatArray, p: float, how: str, level: float, kind: Kind) -> Estimate | None:
    """Return a one-sided limit of what is not negative; None where the draws have none."""
    end = float(np.quantile(draws, p, method="nearest"))
    if not np.isfinite(end):
        return None
    below = "; that of the draws is below zero, and zero is taken" if end < 0 else ""
    return Estimate(max(end, 0.0), level=level, how=f"{how}; one-sided{below}", kind=kind)


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
    return rows | {TOGETHER: share_of(together, together)}
