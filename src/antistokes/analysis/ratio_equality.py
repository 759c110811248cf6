"""Are two yields equal? Where what no interval holds could turn the answer round, it is left open."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from antistokes.analysis.equivalence import Equivalence, equivalence_of_draws
from antistokes.analysis.ratio_budget import needed_for
from antistokes.units import FloatArray

FILLED = 0.3  # of the light: where more than that is filled in, nothing shows whether both spectra are of one shape


class Doubt(NamedTuple):
    """Why a ratio may be anything from ``low`` to ``high`` times what it is; ``unstated``: nobody said how much."""

    words: str
    low: float
    high: float
    unstated: bool = False


def equality(drawn: FloatArray, margin: float, doubts: Sequence[Doubt]) -> tuple[Equivalence, list[str]]:
    """Test that the ratio is 1, as it is and with all doubts together at either end.

    Equality is not shown where somebody owes an uncertainty; a difference stands where all doubts together do not take
    it away.
    """
    found = _test(drawn, margin)
    if found.outcome == "inconclusive":
        return found, []
    above = found.difference.value > 1

    def same(factor: float) -> bool:
        if not 0 < factor < np.inf:
            return found.outcome == "contradicts" and above == (factor > 1)
        moved = _test(drawn * factor, margin)
        # a ratio that passes 1 was equal on the way
        return moved.outcome == found.outcome and (moved.outcome == "supports" or (moved.difference.value > 1) == above)

    low, high = (not same(float(np.prod(ends))) for ends in ([d.low for d in doubts], [d.high for d in doubts]))
    left = [
        d.words
        for d in doubts
        if (low and d.low < 1) or (high and d.high > 1) or (d.unstated and found.outcome == "supports")
    ]
    if not left:
        return found, []
    words = f"Whether the yields are equal is left open, though the interval alone {found.outcome} it: "
    together = " (all together)" if len(left) > 1 else ""
    return dataclasses.replace(found, outcome="inconclusive"), [f"{words}{'; '.join(left)}{together}."]


def needed(equal: Equivalence, margin: float, whole: float) -> list[str]:
    """Say which uncertainty would show equality, where all together are too many per cent for that."""
    enough = 100 * needed_for(margin)
    if equal.outcome != "inconclusive" or whole <= enough:
        return []
    return [
        f"Equal yields are shown as equal within {margin:.0%} by four of five measurements whose uncertainties are "
        f"{enough:.2g} % all together; here they are {whole:.3g} %."
    ]


def _test(drawn: FloatArray, margin: float) -> Equivalence:
    title, middle = "the yields below and above the gap are equal", float(np.median(drawn))
    return equivalence_of_draws(title, middle, drawn, (1 - margin, 1 + margin), "Monte Carlo draws")
