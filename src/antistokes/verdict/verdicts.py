"""The rules: from results to evidence and to the two verdicts. Margins come from margins.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from antistokes.analysis.cooling import CoolingWindow
from antistokes.analysis.reciprocity import Reciprocity
from antistokes.analysis.result import number
from antistokes.estimate import Estimate
from antistokes.units import FloatArray, thermal_energy_ev, wavelength_from_energy

ROOM_K = 295.0

Outcome = Literal["supports", "contradicts", "inconclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One test: what it found, by which margin, and in plain words."""

    test: str
    outcome: Outcome
    statistic: Estimate = number("statistic")
    margin: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One of the two verdicts: the word, the sentence, and what it rests on."""

    verdict: str
    says: str
    conditions: tuple[str, ...] = ()


def margins() -> dict[str, Any]:
    """Return the margins, with their version."""
    return tomllib.loads(resources.files("antistokes.verdict").joinpath("margins.toml").read_text(encoding="utf-8"))


def mechanism_verdict() -> Verdict:
    """Say what two spectra can say about the mechanism: nothing yet."""
    says = "Two spectra and a yield do not tell phonon-assisted up-conversion from its rivals; nothing was tested."
    return Verdict(verdict="not tested yet", says=says)


def detailed_balance(
    result: Reciprocity, temperature_k: float | None, rules: dict[str, Any], uncorrected: bool = False
) -> Evidence:
    """Judge whether the pair of spectra obeys detailed balance at the temperature of the sample.

    ``uncorrected`` says that the emission is in counts, with the response of the instrument in it.
    """
    part, bend = (float(rules["reciprocity"][k]) for k in ("temperature_fraction", "misfit"))
    t, window = result.temperature_k, f"{result.window_low_ev:.3f}-{result.window_high_ev:.3f} eV"
    outcome, margin, says = "inconclusive", "temperature unknown", ""
    if temperature_k is None:
        says = f"Apparent temperature {t} over {window}; the sample's temperature is not known to compare it with."
    else:
        low, high = temperature_k * (1 - part), temperature_k * (1 + part)
        margin = f"within {part:.0%} of {temperature_k:g} K, misfit of the ratio below {bend:.0%}"
        if uncorrected:
            says = f"Apparent temperature {t} over {window}, of an emission whose response was not corrected: no test."
        elif t.low > high:
            outcome, says = "contradicts", _too_hot(t, window, temperature_k)
        elif t.high < low:
            outcome, says = "contradicts", _too_cold(t, window, temperature_k)
        elif result.misfit_rms.value > bend:
            outcome = "contradicts"
            says = (
                f"The ratio of emission to absorption is no Boltzmann factor over {window}: it strays by "
                f"{result.misfit_rms.value:.0%} (rms) from one, whatever its mean slope ({t})."
            )
        elif low <= t.low and t.high <= high:
            outcome = "supports"
            says = (
                f"The spectra agree with detailed balance: apparent temperature {t} over {window}, {margin}. A margin "
                f"of {part:.0%} does not tell photons from power in the emission."
            )
        else:
            says = f"Apparent temperature {t} over {window}: its interval crosses the margin, {margin}."
    test = "detailed balance of absorption and emission"
    return Evidence(test=test, outcome=outcome, statistic=t, margin=margin, says=says)  # type: ignore[arg-type]


def _too_hot(t: Estimate, window: str, temperature_k: float) -> str:
    return (
        f"The ensemble does not obey detailed balance at {temperature_k:g} K: apparent temperature {t} over {window}. "
        "Above the sample's temperature this is what unequal dots do; hot emitters or an uncorrected response would "
        "look alike."
    )


def _too_cold(t: Estimate, window: str, temperature_k: float) -> str:
    return (
        f"The spectra do not obey detailed balance: apparent temperature {t} over {window}, below {temperature_k:g} K. "
        "Unequal dots rarely do that; check the response correction, the declared quantities and the baselines."
    )


def cooling_verdict(
    result: CoolingWindow | None,
    rules: dict[str, Any],
    balance: Reciprocity | None = None,
    uncorrected: bool = False,
    temperature_k: float | None = None,
    without: str = "No quantum yield is given",
) -> Verdict:
    """Say what the spectra predict: could cool in this window, would heat, or undecided.

    ``balance`` tells where absorption does not emit (a window there is none), ``uncorrected`` that the emission is in
    counts, ``without`` why there is no yield where there is none. What the verdict rests on is listed with it, but for
    "would heat", which holds all the more without.
    """
    if result is None:
        return Verdict(verdict="undecided", says="Without an absorption spectrum there is no prediction.")
    if result.external_yield is None or result.best_efficiency is None:
        needed = "; ".join(f"{a.break_even_yield} at {a.excitation_nm:g} nm" for a in result.at)
        says = f"{without}, so there is no prediction."
        return Verdict(verdict="undecided", says=says + (f" Needed to break even: {needed}." if needed else ""))
    conditions = _conditions(result, uncorrected)
    if says := _above_one(result.external_yield, result.stated_yield):
        return Verdict(verdict="undecided", says=says, conditions=conditions)
    curve, largest = result.curves, f"{result.best_efficiency} at {_text(result.best_nm)}"
    wavelength, low, high = (np.asarray(curve[k].values) for k in ("wavelength", "efficiency_low", "efficiency_high"))
    dark_nm = _does_not_emit_from(balance)
    surely = _run_around_maximum(np.where(wavelength < dark_nm, low, -1.0))
    if surely is not None and result.emission_end > float(rules["cooling"]["emission_end"]):
        says = (
            "The emission is cut off, or stands on a background: at an end of the data it is "
            f"{result.emission_end:.0%} of its maximum, so that its mean energy is not known. Measure the whole band."
        )
        return Verdict(verdict="undecided", says=says, conditions=conditions)
    if surely is not None:
        edges = f"{_text(result.blue_edge_nm)} to {_text(result.red_edge_nm)}"
        sure = f"{wavelength[surely[0]]:.1f} to {wavelength[surely[1]]:.1f} nm"
        says = (
            f"Prediction from spectra: could cool in the window {edges}; its efficiency is above zero with the stated "
            f"confidence from {sure}. Largest efficiency {largest}."
        )
        if result.red_edge_nm is not None and result.red_edge_nm.value > dark_nm:
            conditions = (
                *conditions,
                f"red of {dark_nm:.1f} nm absorption does not emit as it should: no window there",
            )
        return Verdict(verdict="could cool in this window", says=says, conditions=conditions)
    if np.any(low > 0):
        says = (
            f"The efficiency would be above zero, but only red of {dark_nm:.1f} nm, where absorption is more than "
            "twice what its emission demands: a baseline, or absorption that does not emit. Correct it, or state it as "
            "background."
        )
        return Verdict(verdict="undecided", says=says, conditions=conditions)
    if np.all(high < 0):
        return _below_zero(result, largest, rules, uncorrected, temperature_k)
    says = (
        f"The interval of the efficiency contains zero ({largest}); {result.window_probability:.0%} of the draws have "
        f"a window. {_would_decide(result)}"
    )
    return Verdict(verdict="undecided", says=says, conditions=conditions)


def _above_one(used: Estimate, stated: tuple[float, float] | None) -> str:
    """Say what is wrong with a yield that cannot be; nothing where it can."""
    if used.value > 1:
        return (
            f"The stated yield {used.value:g} is above one, without uncertainty; an external yield cannot be. State "
            "its s.d."
        )
    if stated is not None and stated[0] - 2 * stated[1] > 1:
        return (
            f"The yield {stated[0]:.4g} lies more than two of its s.d. ({stated[1]:.2g}) above one; an external yield "
            "cannot be there."
        )
    return ""


def _below_zero(
    result: CoolingWindow,
    largest: str,
    rules: dict[str, Any],
    uncorrected: bool,
    temperature_k: float | None,
) -> Verdict:
    """Say "would heat" where nothing further in the red could cool; else how far that is known."""
    assert result.external_yield is not None
    wavelength, low, high = (result.curves[k].values for k in ("wavelength", "efficiency_low", "efficiency_high"))
    span = f"from {wavelength[0]:.0f} to {wavelength[-1]:.0f} nm, as far as absorption is resolved"
    needed_ev = result.mean_emission_ev.value * (1 - _highest(result.external_yield))
    too_far = needed_ev > float(rules["cooling"]["heats_beyond_kt"]) * float(thermal_energy_ev(temperature_k or ROOM_K))
    background = result.background_per_cm is not None and result.background_per_cm.value > 0
    top = int(np.argmax(high))
    turned = background and top < high.size - 1 and high[-1] < low[top]
    if too_far or turned:
        gain = f"with this yield a photon would have to gain {1e3 * needed_ev:.0f} meV to break even"
        why = gain if too_far else "beyond its largest efficiency the background takes over"
        says = f"Prediction from spectra: would heat {span}, and further on: {why}. Largest efficiency {largest}."
        return Verdict(verdict="would heat", says=says, conditions=_conditions(result, uncorrected, heats=True))
    begins = result.mean_emission_nm.value / _highest(result.external_yield)
    says = (
        f"Prediction from spectra: would heat {span}. What lies beyond is not known: with this yield cooling could "
        f"begin at {begins:.1f} nm. Measure absorption further into the red, and state the background."
    )
    return Verdict(verdict="undecided", says=says, conditions=_conditions(result, uncorrected))


def _highest(e: Estimate) -> float:
    return e.high if np.isfinite(e.high) else e.value


def _does_not_emit_from(balance: Reciprocity | None) -> float:
    """Wavelength from which on absorption does not emit; infinite where it does as far as is known [nm]."""
    found = None if balance is None else balance.non_emitting_below_ev
    return np.inf if found is None else float(wavelength_from_energy(found.value))


def with_doubts(verdict: Verdict, evidence: tuple[Evidence, ...]) -> Verdict:
    """Add to the conditions of a verdict what the evidence contradicts."""
    doubts = tuple(f"contradicted: {e.test}; see the evidence" for e in evidence if e.outcome == "contradicts")
    return replace(verdict, conditions=(*verdict.conditions, *doubts))


def with_contradictions(verdict: Verdict, reasons: tuple[str, ...]) -> Verdict:
    """Take back what rests on a yield whose measurement contradicts itself, for the ``reasons`` given."""
    if not reasons:
        return verdict
    conditions = (*(f"contradicted: {reason}" for reason in reasons), *verdict.conditions)
    if verdict.verdict == "undecided":
        return replace(verdict, says=f"{verdict.says} Before all else: {doubt(reasons)}", conditions=conditions)
    says = f"{doubt(reasons)} Taken as it stands it would say: {verdict.says}"
    return Verdict(verdict="undecided", says=says, conditions=conditions)


def doubt(reasons: tuple[str, ...]) -> str:
    """Say that the measurement of a yield contradicts itself, for the ``reasons`` given."""
    return f"The measurement of the yield contradicts itself: {'; '.join(reasons)}. Nothing follows from it."


def doubted(result: Any, reasons: tuple[str, ...]) -> Any:
    """Return a window or a power that says before all else that the yield it rests on, if any, contradicts itself.

    The study warns of it already, where it speaks of the sphere.
    """
    if not reasons or getattr(result, "external_yield", None) is None:
        return result
    words = {k: (doubt(reasons), *getattr(result, k)) for k in ("says", "warnings") if hasattr(result, k)}
    return replace(result, **words)


def _run_around_maximum(low: FloatArray) -> tuple[int, int] | None:
    """First and last index of the unbroken run above zero that holds the maximum; None where the maximum is not."""
    top = int(np.argmax(low))
    if not low[top] > 0:
        return None
    left, right = np.flatnonzero(low[:top] <= 0), np.flatnonzero(low[top:] <= 0)
    return int(left[-1]) + 1 if left.size else 0, top + int(right[0]) - 1 if right.size else low.size - 1


def _would_decide(result: CoolingWindow) -> str:
    """What the yield's uncertainty would have to be, where the yield is what blurs the answer."""
    used, best = result.external_yield, result.best_efficiency
    if used is None or best is None or not used.sd > 0 or best.value == 0:
        return "Absorption further into the tail, or a smaller background, would decide."
    sigmas = float(ndtri(0.5 + used.level / 2))
    needed = abs(best.value) / (1 + best.value) * used.value / sigmas
    if needed >= used.sd:
        return "Absorption further into the tail, or a better known background, would decide."
    return f"A yield known to {needed:.2g} instead of {used.sd:.2g} (s.d.) would decide, if its value stays."


def _conditions(result: CoolingWindow, uncorrected: bool, heats: bool = False) -> tuple[str, ...]:
    out = ["the emission is uncorrected counts; its mean energy is that of the instrument"] if uncorrected else []
    if not heats and (result.background_per_cm is None or result.background_per_cm.value == 0):
        limits = [
            f"below {a.break_even_background} at {a.excitation_nm:g} nm"
            if a.break_even_background.low > 0
            else f"so small at {a.excitation_nm:g} nm that these data cannot tell it from none"
            for a in result.at
            if a.break_even_background is not None and a.break_even_background.value > 0
        ]
        out.append(
            "background absorption was taken as none" + (f"; it has to stay {'; '.join(limits)}" if limits else "")
        )
    return tuple(out)


def _text(e: Estimate | None) -> str:
    return "not resolved" if e is None else str(e)
