"""What each source of uncertainty costs a yield: the terms that it is a product of, as draws, and the rows they make.

A row is one standard deviation of the result in per cent of it: half of the central 68 % of the draws of that source
alone, which for a small uncertainty is its standard deviation and for a large one still means something.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from antistokes.analysis.draws import TOGETHER, UNRESOLVED, spread
from antistokes.analysis.uncertain import Uncertain, ratio_of_draws, truncated_normal, value_and_sd
from antistokes.estimate import Estimate, quantile
from antistokes.units import FloatArray

DRAWS = 20_000
FEWEST_DRAWS = 200  # the ends of a 95 % interval are then 5 draws from an end
POWER = 0.8  # of an equivalence test, which is asked for where nothing else is said
WORTH_ADVICE = 0.1  # per cent: where all together is less, nothing needs to be made smaller; assumed


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


def unsaid(sds: Mapping[str, float], absorptances: Mapping[str, Uncertain | None]) -> list[str]:
    """Say which sources the user states no uncertainty of, bare absorptances among them."""
    zero = [name for name, sd in sds.items() if sd == 0]
    zero += [
        f"absorptance, {name}"
        for name, given in absorptances.items()
        if given is not None and value_and_sd(given, name)[1] == 0
    ]
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
    half = spread(drawn)
    return 100 * half / abs(float(np.median(drawn))) if np.isfinite(half) else math.inf


def largest(budget: Mapping[str, Estimate], terms: Sequence[Term]) -> Term:
    """Return the source that costs most."""
    return max(terms, key=lambda t: budget[t.name].value)


def ways_out(budget: Mapping[str, Estimate], terms: Sequence[Term]) -> tuple[str, ...]:
    """Say which source costs most, and what makes it smaller; nothing where all together costs hardly anything."""
    worst = largest(budget, terms)
    if not budget[worst.name].value > 0:
        return ("No uncertainty is known of any source.",)
    whole = budget[TOGETHER].value
    if whole < WORTH_ADVICE:
        return ()
    of = f"{budget[worst.name].value:.2g} % of {whole:.3g} %" if np.isfinite(whole) else "beyond what the draws hold"
    return (f"Largest source: {worst.name}, {of}. To lower it, {worst.remedy}.",)


def resolved(drawn: FloatArray, relative_sd: float, how: str, where: str, level: float) -> tuple[Estimate, list[str]]:
    """Return a yield or a ratio of yields, or its lower limit where an absorptance is not told from nothing.

    Parameters
    ----------
    drawn : ndarray
        Draws, infinite where the absorptance's is not above zero, shape (n,) [1].
    relative_sd : float
        Relative standard uncertainty of what was divided by [1].
    how : str
        Estimator and origin of the draws.
    where : str
        Whose absorptance it is.
    level : float
        Coverage of the interval [1].
    """
    share = float(np.mean(~np.isfinite(drawn)))
    if share == 0:
        return ratio_of_draws(drawn, relative_sd, how, level=level), []
    words = [
        f"The absorptance {where} is not resolved: {share:.1%} of its draws lie at or below zero, where there is no "
        "upper end of the result."
    ]
    if np.isfinite(np.median(drawn)):
        found = ratio_of_draws(drawn, np.inf, how, level=level)
        return found, words if share >= UNRESOLVED or np.isinf(found.high) else []
    limit = float(np.quantile(drawn, 1 - level, method="nearest"))
    return Estimate(limit, level=level, how=f"{how}; quantile of draws", kind="lower limit"), words


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
