"""What no interval of a ratio of two yields holds, each with its size: what the test of equality has to stand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import ratio_doubts as doubts
from antistokes.analysis.purity import PurityBudget
from antistokes.analysis.ratio_ends import outer_share
from antistokes.analysis.ratio_equality import FILLED, Doubt
from antistokes.analysis.ratio_pair import WORTH, Caught
from antistokes.analysis.uncertain import Uncertain
from antistokes.analysis.yield_points import Beam, Light
from antistokes.physics.inner_filter import collected

WRONG = 0.5  # of what is filled in, where that is much; assumed
POWER = 0.05  # of the ratio of two powers: what it may be off by where nobody states it; assumed


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


def _either(words: str, part: float) -> list[Doubt]:
    """Return a doubt of a part of the ratio, either way."""
    return [Doubt(words, max(1 - part, 0.0), 1 + part)] if part > WORTH else []


def _times(words: str, factor: float) -> list[Doubt]:
    """Return a doubt that the ratio is a factor times what it is."""
    return [Doubt(words, min(factor, 1.0), max(factor, 1.0))] if abs(factor - 1) > WORTH else []


def of_lights(
    lights: tuple[Light, Light], up: xr.Dataset, down: xr.Dataset, short: Mapping[str, list[Doubt]]
) -> list[Doubt]:
    """Return what is wrong with either light: unstated filters, ends that stand open, what is bridged by a line.

    ``short`` is, by spectrum, what the other one shows to be missing; an end that stands open says no more then.
    """
    found = [doubt for doubts_of_one in short.values() for doubt in doubts_of_one]
    for name, light, other, sign in (("up", lights[0], down, 1), ("down", lights[1], up, -1)):
        lacks = {}
        if light.edge_nm is not None:
            beyond_ev = light.excitation_ev * light.excitation_nm / light.edge_nm  # of one medium, dispersion aside
            share = max(outer_share(other, beyond_ev)[0], 0.0)
            words = f"{name} falls at {light.edge_nm:.0f} nm as behind a filter, where the other has {share:.1%} beyond"
            lacks[words] = min(share, 0.999)
        share = 0.0 if short[name] else doubts.lacking(light.open_end)
        lacks[f"{name} ends at {light.open_end:.1%} of its maximum, beyond which a Gaussian has {share:.1%}"] = share
        for words, share in lacks.items():
            found += _times(words, (1 - share) ** -sign)
        found += _either(f"{light.bridged:.1%} of {name} is a straight line", WRONG * light.bridged)
    return found


def of_response(up: xr.Dataset, down: xr.Dataset, lights: tuple[Light, Light]) -> list[Doubt]:
    """Return what a response that was not corrected does to spectra that lie apart."""
    apart, part = doubts.response_apart(up, down, lights)
    return _either(f"counts of no corrected response, with maxima {abs(apart):.1f} nm apart", abs(part))


def of_absorption(
    absorption: xr.Dataset | None,
    lights: tuple[Light, Light],
    stated: Mapping[str, Uncertain | None],
    up: xr.Dataset,
    beam: Beam,
    baseline_sd: float,
) -> list[Doubt]:
    """Return what the absorption spectrum leaves open: a tail at another temperature, and what contradicts it."""
    found = []
    if stated["up"] is None:
        apart, moved = doubts.tail_moved(up, absorption, lights)
        if apart is not None:
            words = f"the tail was measured at {apart[1]:g} K, up at {apart[0]:g} K"
            found += _times(words, 1 / (1 + moved) if moved > -1 else np.inf)
    for light, (name, given), sign in zip(lights, stated.items(), (1, -1), strict=True):
        against = doubts.contradiction(absorption, light, given, name, baseline_sd)
        if against is not None:
            words = (
                f"the absorptance of {name} is {against.stated:.3g} as stated, {against.measured:.3g} by the spectrum"
            )
            found += _times(words, _signals(against, beam) ** sign)
    return found


def _signals(found: doubts.Contradiction, beam: Beam) -> float:
    """Return what is collected by the stated absorptance over that by the measured one; infinite where that is none."""
    own, other = (
        float(collected(units.absorbance_from_absorptance(a), beam.geometry, beam.window))
        for a in (found.stated, found.measured)
    )
    return own / other if other > 0 else np.inf


def of_depth(caught: tuple[Caught, Caught], beam: Beam) -> list[Doubt]:
    """Return what a geometry that nobody stated does: one and the same at both excitations."""
    first, second = (1 + doubts.too_deep(c, beam) for c in caught)
    return _times("no geometry is stated, and the sample is not thin", first / second)


def of_powers(power_sd: float) -> list[Doubt]:
    """Return what powers do that nobody vouches for."""
    words = "no uncertainty of the powers is stated (power_sd)"
    return [Doubt(words, 1 / (1 + POWER), 1 + POWER, True)] if power_sd == 0 else []


def of_baseline(
    baseline_sd: float, caught: tuple[Caught, Caught], stated: Mapping[str, Uncertain | None], beam: Beam
) -> list[Doubt]:
    """Return what a baseline of ``BASELINE`` that nobody stated does, up and down, to all that is of the spectrum."""
    if baseline_sd or all(given is not None for given in stated.values()):
        return []
    factors = []
    for moved in (-doubts.BASELINE, doubts.BASELINE):
        up, down = (
            1.0 if given is not None else doubts.moved_by(c, beam, moved)
            for c, given in zip(caught, stated.values(), strict=True)
        )
        factors.append(down / up if up > 0 else np.inf)
    words = "no uncertainty of the absorption's baseline is stated (baseline_sd)"
    return [Doubt(words, min(*factors, 1.0), max(*factors, 1.0), True)]
