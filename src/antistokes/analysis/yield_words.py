"""What has to be said of a yield over temperature: guesses, what was left out, and how much each of them weighs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from antistokes.analysis.series import Step
from antistokes.analysis.yield_fit import Fit, Series, inverse_kt
from antistokes.analysis.yield_points import Absorbed, Beam, Light
from antistokes.materials import load, solvent
from antistokes.physics.inner_filter import collected
from antistokes.units import FloatArray

UNCERTAIN = 0.3  # of the absorbed light: a yield has next to no upper end; assumed
BASELINE = 1e-3  # what is told where none is stated; assumed
FADES = 0.01  # of the light from step to step, what is told of it; assumed
WORTH_MEV = 0.5  # of activation energy: less is not told
EXAMPLE = "toluene"


def without_partner(
    emitted: Sequence[Step], kept: Sequence[int], absorbing: Sequence[Step], of: Sequence[Sequence[int]]
) -> list[str]:
    """Name the emission that has no absorption, and the absorption that serves no emission."""
    alone = [step.name for k, step in enumerate(emitted) if k not in kept]
    used = {j for js in of for j in js}
    unused = [step.name for j, step in enumerate(absorbing) if j not in used]
    return [
        *(
            f"{name}: no absorption of its temperature and branch that reaches its excitation: left out."
            for name in alone
        ),
        *(f"{name}: no emission of its temperature and branch: not used." for name in unused),
    ]


def of_light(step: Sequence[Step], light: Sequence[Light], series: Series) -> list[str]:
    """Return words on the integrals of the emission and on the exciting light."""
    told = []
    if (share := max(i.bridged for i in light)) > 0:
        told.append(f"Straight lines across what is excluded stand for up to {share:.2%} of the light of a spectrum.")
    if (share := max(i.laser for i in light)) > 0:
        told.append(
            f"{sum(i.laser > 0 for i in light)} of {len(light)} emission spectra: up to {share:.2%} of the light "
            "stands out at the excitation. Scattered laser light is no emission: replace it by the down-converted "
            "shape (complete_emission), or bridge it by exclude_nm."
        )
    cold, hot, span = _ends(series)
    if not any("power_w" in s.spectrum.attrs for s in step):
        moved_mev = float(np.log(light[hot].excitation_ev / light[cold].excitation_ev)) / span
        more = f" If their power was, {moved_mev:+.1f} meV are to be added." if abs(moved_mev) > WORTH_MEV / 5 else ""
        told.append(f"No power (power_w) is stated: the exciting photons are taken as equally many at all steps.{more}")
    return told


def of_absorption(step: Sequence[Step], absorbed: Absorbed, series: Series, fit: Fit, beam: Beam) -> list[str]:
    """Return words on points whose absorption is hardly known, and on a geometry that nobody stated."""
    told = []
    relative = np.sqrt(np.diag(series.covariance)) / _expected(series, fit)
    vague = [s.name for s, u in zip(step, relative, strict=True) if u > UNCERTAIN]
    if vague:
        told.append(
            f"The absorbed light is known to no better than {UNCERTAIN:.0%} for {', '.join(vague)}: these points "
            "hardly count. Absorption of a more concentrated sample would help."
        )
    ends = np.array([absorbed.absorbance.min(), absorbed.absorbance.max()])
    if not beam.stated and ends[0] > 0:
        apart = collected(ends, "front-face") / collected(ends, "right-angle")
        told.append(
            f"No geometry is stated: taken as {beam.geometry}, window {beam.window}. At absorbances of {ends[0]:.2g} "
            f"to {ends[1]:.2g} front face and right angle differ by {abs(np.log(apart[1] / apart[0])):.2%} over the "
            "series."
        )
    return told


def baseline_moves(absorbed: Absorbed, series: Series, fit: Fit, stated: float) -> float:
    """Return what an error of the baseline does to the activation energy where nobody stated one [meV]."""
    return 0.0 if stated > 0 else abs(float(fit.weights[1] @ (absorbed.slope * BASELINE / _expected(series, fit))))


def of_baseline(moved: float) -> list[str]:
    """Say what an error of the baseline does."""
    if moved < WORTH_MEV:
        return []
    return [
        f"No uncertainty of the baseline is stated (baseline_sd, common_baseline_sd). One of {BASELINE:g} in "
        f"absorbance, common to all spectra, moves the activation energy by {moved:.1f} meV; no interval holds this."
    ]


def of_one_branch(step: Sequence[Step], fit: Fit) -> list[str]:
    """Say what a sample that fades does, where no second branch would show it."""
    if {"heating", "cooling"} <= {s.branch for s in step}:
        return []
    moved = float(fit.weights[1] @ (-FADES * np.arange(len(step))))
    return [
        "Heating and cooling are not both measured: a sample that fades cannot be told from one whose yield falls. A "
        f"loss of {FADES:.0%} from step to step would be {moved:+.1f} meV; no interval holds this."
    ]


def of_one_temperature(series: Series, gained: float) -> list[str]:
    """Say what absorption at one temperature leaves out; ``gained``: ln of its rise, if it moves with the emission."""
    added = gained / _ends(series)[2]
    return [
        "Absorption was measured at one temperature: how its shape goes with temperature is missing, and what is shown "
        "is emission per light absorbed there, no yield."
        + (f" Moving with the emission alone would add {added:+.1f} meV." if np.isfinite(added) else "")
    ]


def of_solvent(absorbed: Absorbed, series: Series, name: str | None, beam: Beam, at_one: bool) -> list[str]:
    """Say what is corrected for the solvent, on which assumption, and how much a missing correction weighs."""
    if name is not None:
        numbers = load(name).numbers
        used = ["thermal_expansion_volumetric"] if at_one else []
        used += ["thermo_optic_coefficient"] if beam.geometry != "sphere" else []
        guessed = [q.replace("_", " ") for q in used if numbers[q].assumed]
        return [f"The {q} of {name} is assumed; its uncertainty is in the intervals." for q in guessed]
    t, (_, _, span) = series.temperature_k, _ends(series)
    if t.min() < solvent.RANGE_K[0] or t.max() > solvent.RANGE_K[1]:
        return ["No solvent is stated: neither its index nor its density is corrected for."]
    low, high, of = float(t.min()), float(t.max()), load(EXAMPLE)
    light = -2 * float(np.log(solvent.index_ratio(of, high, low).value))
    thinner = float(np.log(solvent.density_ratio(of, high, low).value)) if at_one else 0.0
    in_sphere = beam.geometry == "sphere"
    parts = [] if in_sphere else [f"the collected light by {np.expm1(light):+.1%}"]
    parts += [f"the concentration by {np.expm1(thinner):+.1%}"] if at_one else []
    if not parts:
        return []
    as_much = float(np.median(absorbed.slope * absorbed.absorbance / absorbed.signal))  # 1 for a thin sample
    total = thinner * as_much + (0.0 if in_sphere else light)
    return [
        f"No solvent is stated and nothing is corrected for it: between {low:g} and {high:g} K {EXAMPLE} would change "
        f"{' and '.join(parts)}: of the energy above, {total / span:+.1f} meV would be the solvent's."
    ]


def of_scatter(fit: Fit) -> list[str]:
    """Return words on scatter beyond the noise, or on too few points to see any."""
    if not fit.freedom:
        return ["Two points make a line: whether they scatter beyond their noise cannot be seen."]
    if chdtrc(fit.freedom, fit.chi2) > 0.01:
        return []
    return [
        f"The points scatter about the line {np.sqrt(fit.inflation):.1f} times as much as their noise: power, position "
        "and temperature may vary, or the line is bent. The intervals are widened by that."
    ]


def inflated(fit: Fit) -> str:
    """Return what an interval rests on."""
    if fit.inflation == 1.0:
        return "; interval by the noise that is known"
    return f"; widened {np.sqrt(fit.inflation):.2f} times for scatter beyond the noise, Student's t"


def alike(warnings: Sequence[str]) -> list[str]:
    """Return each warning once; of those that differ in numbers only, the first, with how many there are."""
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(warnings):
        groups.setdefault(re.sub(r"[\d.,+%-]+", "#", text), []).append(text)
    return [
        texts[0] + (f" (And {len(texts) - 1} more of this kind.)" if texts[1:] else "") for texts in groups.values()
    ]


def _expected(series: Series, fit: Fit) -> FloatArray:
    return np.asarray(series.photons * np.exp(-fit.model))


def _ends(series: Series) -> tuple[int, int, float]:
    """Return the coldest point, the hottest, and by how much 1/kT falls between them [1/meV]."""
    cold, hot = int(series.temperature_k.argmin()), int(series.temperature_k.argmax())
    x = inverse_kt(series.temperature_k)
    return cold, hot, float(x[cold] - x[hot])
