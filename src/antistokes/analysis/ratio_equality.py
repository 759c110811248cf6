"""Are two yields equal? Where what no interval holds could turn the answer round, it is left open."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes.analysis import ratio_pair as pairs
from antistokes.analysis.equivalence import Equivalence, equivalence_of_draws
from antistokes.analysis.purity import PurityBudget
from antistokes.analysis.ratio_budget import needed_for
from antistokes.analysis.yield_points import Light
from antistokes.units import FloatArray

POWER = 0.05  # of the ratio of two powers: what it may be off by where nobody states it; assumed
FILLED = 0.3  # of the light: where more than that is filled in, nothing shows whether both spectra are of one shape
WRONG = 0.5  # of what is filled in then; assumed


class Doubt(NamedTuple):
    """Why a ratio may be anything from ``low`` to ``high`` times what it is; ``unstated``: nobody said how much."""

    words: str
    low: float
    high: float
    unstated: bool = False


def of_leak(purity: PurityBudget | None) -> list[Doubt]:
    """Return what leaked light adds: it makes the ratio too high, never too low."""
    if purity is None or purity.faked_share is None:
        return []
    faked = max(purity.faked_share.high, purity.faked_share.value)
    words = f"leaked light may fake up to {faked:.2g} of the light of the excitation itself"
    return [Doubt(words, 1 / (1 + faked), 1.0)]


def of_filled(share: float) -> list[Doubt]:
    """Return what it does that much of a spectrum is filled in."""
    if share <= FILLED:
        return []
    return [Doubt(f"{share:.0%} of the light of up is filled in from down", 1 - WRONG * share, 1 + WRONG * share)]


def of_edge(up: Light, down: xr.Dataset) -> list[Doubt]:
    """Return what a filter that nobody stated took: what the other spectrum has beyond it is what the ratio lacks."""
    if up.edge_nm is None:
        return []
    beyond_ev = up.excitation_ev * up.excitation_nm / up.edge_nm  # of one medium, whose dispersion is no matter here
    share = max(pairs.redder_share(down, beyond_ev)[0], 0.0)
    words = f"up falls at {up.edge_nm:.0f} nm as behind a filter, and down has {share:.1%} of its light beyond"
    return [Doubt(words, 1.0, 1 / (1 - min(share, 0.999)))]


def of_silence(power_sd: float, baseline_sd: float, by_baseline: Sequence[float]) -> list[Doubt]:
    """Return what nobody stated.

    Parameters
    ----------
    power_sd, baseline_sd : float
        As stated; 0 says nothing [1].
    by_baseline : sequence of float
        What a baseline may do to the light absorbed below the gap and above it, relative; 0 where that is no matter of
        a spectrum [1].
    """
    found = []
    if power_sd == 0:
        words = "no uncertainty of the powers is stated (power_sd)"
        found.append(Doubt(words, 1 / (1 + POWER), 1 + POWER, True))
    if baseline_sd == 0 and any(by_baseline):
        moved = (1 + by_baseline[0]) / (1 + by_baseline[1]) - 1
        words = "no uncertainty of the absorption's baseline is stated (baseline_sd)"
        found.append(Doubt(words, 1 - abs(moved), 1 + abs(moved), True))
    return found


def equality(drawn: FloatArray, margin: float, doubts: Sequence[Doubt]) -> tuple[Equivalence, list[str]]:
    """Test that the ratio is 1.

    Equality is not shown where somebody owes an uncertainty; a difference stands as long as no doubt takes it away.
    """
    found = _test(drawn, margin)
    if found.outcome == "inconclusive":
        return found, []

    def same(factor: float) -> bool:
        moved = _test(drawn * factor, margin)
        beyond = [t.difference.value > 1 for t in (found, moved)]  # a ratio that passes 1 was equal on the way
        return moved.outcome == found.outcome and (moved.outcome == "supports" or beyond[0] == beyond[1])

    def stands(doubt: Doubt) -> bool:
        if doubt.low <= 0 or (doubt.unstated and found.outcome == "supports"):
            return False
        return same(doubt.low) and same(doubt.high)

    left = [d.words for d in doubts if not stands(d)]
    if not left:
        return found, []
    words = f"Whether the yields are equal is left open, though the interval alone {found.outcome} it: "
    return dataclasses.replace(found, outcome="inconclusive"), [f"{words}{'; '.join(left)}."]


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
