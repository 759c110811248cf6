"""What each source of uncertainty costs a yield: the terms that it is a product of, as draws, and the rows they make.

A row is one standard deviation of the result in per cent of it: half of the central 68 % of the draws of that source
alone, which for a small uncertainty is its standard deviation and for a large one still means something.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes.analysis.uncertain import truncated_normal
from antistokes.estimate import Estimate, quantile
from antistokes.units import FloatArray

DRAWS = 20_000
FEWEST_DRAWS = 200  # the ends of a 95 % interval are then 5 draws from an end
ONE_SD = 0.6826895  # of a normal distribution lies within one standard deviation
TOGETHER = "all together"
POWER = 0.8  # of an equivalence test, which is asked for where nothing else is said
BINS = 120


class Term(NamedTuple):
    """A source of uncertainty: draws of the factor it puts on the result, shape (n,), and what makes it smaller."""

    name: str
    drawn: FloatArray
    remedy: str


REMEDIES = {
    "power": "use one power meter in one place for both beams, and its calibration at both wavelengths",
    "stray light": "subtract a blank of solvent and ligands under the same excitation",
    "inner filter": "dilute, or measure the yield against the absorbance and go to zero",
    "linearity": "bring both signals to the same count rate with neutral filters of known transmittance",
}
CLEARER_TAIL = (
    "measure the absorptance at 100 times the concentration or path and scale it, checking Beer's law; by photothermal "
    "deflection or a thermal lens; or do without it: the slope of an excitation spectrum against absorption asks for "
    "relative data only, the zero crossings of a photothermal signal for no scale of power"
)


def standard_normal(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw from a standard normal distribution, stratified: quantiles of one source come out nearly exact."""
    return truncated_normal(rng, 0.0, 1.0, -math.inf, math.inf, n)


def check_draws(draws: int, level: float) -> None:
    """Refuse what gives no interval."""
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}.")
    if not draws >= FEWEST_DRAWS:
        raise ValueError(f"draws must be {FEWEST_DRAWS} or more, got {draws!r}.")


def stated_terms(sds: Mapping[str, float], rng: np.random.Generator, n: int) -> list[Term]:
    """Return a term for each relative standard uncertainty that the user states; log-normal, so that none is negative.

    Parameters
    ----------
    sds : mapping of str to float
        Name, one of ``REMEDIES``, and relative standard uncertainty of the result [1].
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        Number of draws.
    """
    for name, sd in sds.items():
        if not 0 <= sd < 1:
            given = name.replace(" ", "_").replace("stray_light", "stray") + "_sd"
            raise ValueError(f"{given} is a relative standard uncertainty, 0 <= sd < 1, got {sd!r}.")
    return [Term(name, np.exp(sd * standard_normal(rng, n)), REMEDIES[name]) for name, sd in sds.items()]


def unsaid(sds: Mapping[str, float]) -> list[str]:
    """Say which sources the user states no uncertainty of."""
    zero = [name for name, sd in sds.items() if sd == 0]
    return [f"Taken as exact, for nothing was stated: {', '.join(zero)}."] if zero else []


def budget_of(terms: Sequence[Term], result: FloatArray) -> dict[str, Estimate]:
    """Return one standard deviation of the result in per cent of it, by source, and for all of them together.

    Parameters
    ----------
    terms : sequence of Term
        The sources.
    result : ndarray
        Draws of the result, shape (n,) [any].
    """
    alone = "half of the central 68 % of draws of this source alone, over their median"
    rows = {t.name: Estimate(_percent(t.drawn), unit="%", how=alone) for t in terms}
    together = "half of the central 68 % of all draws, over their median"
    return {**rows, TOGETHER: Estimate(_percent(result), unit="%", how=together)}


def _percent(drawn: FloatArray) -> float:
    low, middle, high = np.quantile(drawn, [0.5 - ONE_SD / 2, 0.5, 0.5 + ONE_SD / 2], method="nearest")
    return math.inf if not np.isfinite(high) else 100 * float(high - low) / 2 / abs(float(middle))


def largest(budget: Mapping[str, Estimate], terms: Sequence[Term]) -> Term:
    """Return the source that costs most."""
    return max(terms, key=lambda t: budget[t.name].value)


def ways_out(budget: Mapping[str, Estimate], terms: Sequence[Term]) -> tuple[str, ...]:
    """Say which source costs most, and what makes it smaller."""
    worst = largest(budget, terms)
    if not budget[worst.name].value > 0:
        return ("No uncertainty is known of any source.",)
    whole = budget[TOGETHER].value
    of = f"{budget[worst.name].value:.2g} % of {whole:.3g} %" if np.isfinite(whole) else "beyond what the draws hold"
    return (f"Largest source: {worst.name}, {of}. To lower it, {worst.remedy}.",)


def needed_for(margin: float, alpha: float = 0.05) -> float:
    r"""Return the relative standard uncertainty that shows equality within a margin, in 80 % of measurements.

    .. math:: s = \frac{m}{z_{1-\alpha}+z_{1-(1-p)/2}}

    Parameters
    ----------
    margin : float
        Half of the range that counts as equal [1].
    alpha : float
        Level of each of the two tests [1].

    References
    ----------
    Both tests pass where :math:`|x|<m-z_{1-\alpha}s`; of a ratio that is 1, that happens with probability p.
    """
    return margin / (quantile(1 - alpha) + quantile((1 + POWER) / 2))


def density(drawn: FloatArray, coordinate: str) -> xr.Dataset:
    """Return the density of draws over the quantity that they are of, between their .1 and 99.9 % quantiles.

    Parameters
    ----------
    drawn : ndarray
        Draws, shape (n,) [1].
    coordinate : str
        Name of the quantity.
    """
    finite = drawn[np.isfinite(drawn)]
    if not finite.size:
        return xr.Dataset()
    ends = np.quantile(finite, [0.001, 0.999])
    count, edge = np.histogram(finite, BINS, range=tuple(ends) if ends[0] < ends[1] else None)
    value = count / np.diff(edge) / drawn.size
    centre = (coordinate, (edge[1:] + edge[:-1]) / 2, {"units": "1"})
    return xr.Dataset({"density": (coordinate, value, {"units": "1"})}, coords={coordinate: centre})
