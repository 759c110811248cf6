"""The rules: from results to evidence and to the two verdicts. Margins come from margins.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from antistokes.analysis.cooling import CoolingWindow
from antistokes.analysis.reciprocity import Reciprocity
from antistokes.analysis.result import number
from antistokes.estimate import Estimate
from antistokes.units import FloatArray

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


def detailed_balance(result: Reciprocity, temperature_k: float | None, rules: dict[str, Any]) -> Evidence:
    """Judge whether the pair of spectra obeys detailed balance at the temperature of the sample."""
    part = float(rules["reciprocity"]["temperature_fraction"])
    t = result.temperature_k
    window = f"{result.window_low_ev:.3f}-{result.window_high_ev:.3f} eV"
    common = {"test": "detailed balance of absorption and emission", "statistic": t}
    if temperature_k is None:
        says = f"Apparent temperature {t} over {window}; the sample's temperature is not known to compare it with."
        return Evidence(**common, outcome="inconclusive", margin="temperature unknown", says=says)  # type: ignore[arg-type]
    low, high = temperature_k * (1 - part), temperature_k * (1 + part)
    margin = f"within {part:.0%} of {temperature_k:g} K"
    if low <= t.low and t.high <= high:
        outcome: Outcome = "supports"
        says = f"The spectra obey detailed balance: apparent temperature {t} over {window}, {margin}."
    elif t.low > high:
        outcome = "contradicts"
        says = (
            f"The ensemble does not obey detailed balance at {temperature_k:g} K: apparent temperature {t} over "
            f"{window}. Above the sample's temperature this is what unequal dots do; hot emitters or an uncorrected "
            "response would look the same."
        )
    elif t.high < low:
        outcome = "contradicts"
        says = (
            f"The spectra do not obey detailed balance: apparent temperature {t} over {window}, below "
            f"{temperature_k:g} K. Unequal dots cannot do that; check the response correction, the declared quantities "
            "and the baselines."
        )
    else:
        outcome = "inconclusive"
        says = f"Apparent temperature {t} over {window}: its interval crosses the margin, {margin}."
    return Evidence(**common, outcome=outcome, margin=margin, says=says)  # type: ignore[arg-type]


def cooling_verdict(result: CoolingWindow | None, rules: dict[str, Any]) -> Verdict:
    """Say what the spectra predict: could cool in this window, would heat, or undecided."""
    if result is None:
        return Verdict(verdict="undecided", says="Without an absorption spectrum there is no prediction.")
    if result.external_yield is None:
        needed = "; ".join(f"{a.break_even_yield} at {a.excitation_nm:g} nm" for a in result.at)
        says = "No quantum yield is given, so there is no prediction."
        return Verdict(verdict="undecided", says=says + (f" Needed to break even: {needed}." if needed else ""))
    conditions = _conditions(result)
    if result.external_yield.value > 1:
        stated = f"{result.external_yield.value:g}"
        says = (
            f"The stated yield {stated} is above one, without uncertainty; an external yield cannot be. State its s.d."
        )
        return Verdict(verdict="undecided", says=says, conditions=conditions)
    curve, largest = result.curves, f"{result.best_efficiency} at {_text(result.best_nm)}"
    wavelength = np.asarray(curve["wavelength"].values)
    surely = _run_around_maximum(np.asarray(curve["efficiency_low"].values))
    if surely is not None:
        edges = f"{_text(result.blue_edge_nm)} to {_text(result.red_edge_nm)}"
        sure = f"{wavelength[surely[0]]:.1f} to {wavelength[surely[1]]:.1f} nm"
        says = (
            f"Prediction from spectra: could cool in the window {edges}; its efficiency is above zero with the stated "
            f"confidence from {sure}. Largest efficiency {largest}."
        )
        return Verdict(verdict="could cool in this window", says=says, conditions=conditions)
    if np.all(np.asarray(curve["efficiency_high"].values) < 0):
        begins = result.mean_emission_nm.value / _highest(result.external_yield)
        far_enough = result.resolved_to_nm > begins or result.resolved_part < float(
            rules["cooling"]["heats_below_part"]
        )
        if not far_enough:
            says = (
                f"Absorption is known only to {result.resolved_to_nm:.1f} nm, where it is still "
                f"{result.resolved_part:.0%} of its largest; with this yield cooling cannot begin before {begins:.1f} "
                "nm. Measure absorption further into the red."
            )
            return Verdict(verdict="undecided", says=says, conditions=conditions)
        span = f"{wavelength[0]:.0f}-{wavelength[-1]:.0f} nm"
        says = (
            "Prediction from spectra: would heat at every excitation at which absorption is resolved "
            f"({span}). Largest efficiency {largest}."
        )
        return Verdict(verdict="would heat", says=says, conditions=conditions)
    says = (
        f"The interval of the efficiency contains zero ({largest}); {result.window_probability:.0%} of the draws have "
        f"a window. {_would_decide(result)}"
    )
    return Verdict(verdict="undecided", says=says, conditions=conditions)


def _highest(e: Estimate) -> float:
    return e.high if np.isfinite(e.high) else e.value


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


def _conditions(result: CoolingWindow) -> tuple[str, ...]:
    out = []
    if result.background_per_cm is None or result.background_per_cm.value == 0:
        at = [a for a in result.at if a.break_even_background is not None and a.break_even_background.value > 0]
        limit = "; ".join(f"below {a.break_even_background} at {a.excitation_nm:g} nm" for a in at)
        out.append("background absorption was taken as none" + (f"; it has to stay {limit}" if limit else ""))
    return tuple(out)


def _text(e: Estimate | None) -> str:
    return "not resolved" if e is None else str(e)
