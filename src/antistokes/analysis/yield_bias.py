"""What shifts an activation energy of the yield beside noise: a filter's cut, an unknown response; and what follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from antistokes import units
from antistokes.analysis.equivalence import Equivalence, equivalence
from antistokes.analysis.series import Step
from antistokes.analysis.yield_fit import inverse_kt
from antistokes.analysis.yield_points import Light

SLOPE_PER_NM = 0.01  # of a response that nobody stated, per nm; assumed
OPEN = 0.05  # of the maximum: an emission that ends higher is cut off; assumed
WORTH_MEV = 0.5  # of activation energy: less is not told
ADVICE = "Complete the spectra first (complete_emission)"


class Bias(NamedTuple):
    """What is in an activation energy and in no interval: [meV] each, 0 where there is none.

    ``cut_mev`` is what a band that moves across the end of the light adds at least, ``slope_mev`` what a response of
    1 % per nm does, of either sign; ``baseline_mev`` the same of a baseline that nobody stated. ``hidden`` is why the
    test is left open whatever its number.
    """

    cut_mev: float
    slope_mev: float
    baseline_mev: float
    hidden: tuple[str, ...]
    words: tuple[str, ...]


def bias_of(
    step: Sequence[Step], light: Sequence[Light], cut_nm: float | None, baseline_mev: float, freedom: int
) -> Bias:
    """Return what the measurement does to the activation energy of its yield, with words."""
    t = np.array([s.temperature_k for s in step])
    cold, hot = int(t.argmin()), int(t.argmax())
    x = inverse_kt(t)
    span = float(x[cold] - x[hot])
    moved = 1e3 * (light[hot].peak_ev - light[cold].peak_ev)
    across = moved * (light[hot].at_cut + light[cold].at_cut) / 2
    slope, words = 0.0, list(_of_cut(moved, across, across / span, cut_nm))
    if any(s.spectrum.attrs["quantity"] == "counts" for s in step):
        wavelength = [float(units.wavelength_from_energy(light[k].peak_ev)) for k in (cold, hot)]
        apart = wavelength[1] - wavelength[0]
        slope = SLOPE_PER_NM * apart / span
        words.append(
            f"Counts carry the response of the instrument, and the peak moves by {apart:+.1f} nm: a response that "
            f"rises by {SLOPE_PER_NM:.0%} per nm adds {slope:+.1f} meV to the activation energy, one that falls as "
            f"much {-slope:+.1f} meV; no interval holds this. Correct the spectra (correct_response)."
        )
    hidden = [] if freedom else ["two points show no scatter"]
    if max(i.open_end for i in light) > OPEN:
        hidden.append(f"the emission is cut off by an end of the data, above {OPEN:.0%} of its maximum")
    places = [i.edge_nm for i in light if i.edge_nm is not None]
    if places:
        hidden.append("the emission falls as behind a filter that is not stated")
        words.append(
            f"{len(places)} of {len(light)} emission spectra fall more than twice as steeply on their red side as on "
            f"their blue one, at {min(places):.0f}-{max(places):.0f} nm: as behind a short-pass filter that is not "
            f"stated. The band moves across it, and no yield can be told. {ADVICE}."
        )
    return Bias(across / span, slope, baseline_mev, tuple(hidden), tuple(words))


def _of_cut(moved_mev: float, across: float, adds_mev: float, cut_nm: float | None) -> list[str]:
    if cut_nm is None and abs(adds_mev) < WORTH_MEV:
        return []
    which = f"Only light bluer than {cut_nm:g} nm counts." if cut_nm else "The spectra end where there still is light."
    return [
        f"{which} The band moves by {moved_mev:+.1f} meV over the series, which takes {across:+.1%} of that light "
        f"across the cut and adds at least {adds_mev:+.1f} meV to the activation energy; no interval holds this. "
        f"{ADVICE}."
    ]


def constant_yield(
    energy_mev: float, sd: float, freedom: float, margin_mev: float, how: str, bias: Bias
) -> tuple[Equivalence, tuple[str, ...]]:
    """Test that the yield does not depend on temperature; what a named bias could turn round is not decided."""
    title, margin = "the yield does not depend on temperature", (-margin_mev, margin_mev)

    def test(removed: float) -> Equivalence:
        return equivalence(title, energy_mev - removed, sd, margin, "meV", how, freedom=freedom)

    found = test(0.0)
    if found.outcome == "inconclusive":
        return found, ()
    why = list(bias.hidden)
    if abs(bias.cut_mev) > margin_mev or test(bias.cut_mev).outcome != found.outcome:
        why.append(f"the light that is cut is worth {bias.cut_mev:+.1f} meV at least")
    for name, moved in (("a response of 1 % per nm", bias.slope_mev), ("a baseline of .001", bias.baseline_mev)):
        if {test(moved).outcome, test(-moved).outcome} != {found.outcome}:
            why.append(f"{name} is worth {abs(moved):.1f} meV of either sign")
    if not why:
        return found, ()
    return dataclasses.replace(found, outcome="inconclusive"), (
        f"Whether the yield is constant is left open, though its interval alone {found.outcome} it: {'; '.join(why)}.",
    )
