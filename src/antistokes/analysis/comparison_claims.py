"""What is concluded from two emission spectra: their overlap, tests of equality, and what is left open."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import xarray as xr

from antistokes.analysis.comparison_fit import Moved, seen
from antistokes.analysis.comparison_prediction import Predicted
from antistokes.analysis.comparison_window import Pair
from antistokes.analysis.equivalence import Equivalence, equivalence
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

MISFIT = 5.0  # standard deviations of chi-square beyond which two spectra have two shapes; assumed
ONE_NUMBER = 0.95  # correlation of shift and width ratio beyond which no shift is told; assumed
FAR = 5.0  # margins of the shift that an overlap has to be able to show; assumed
APART_K = 2.0  # of stated temperatures beyond which a shift may be that of the gap; assumed
NO_MOVE = np.array([[0.0, 1.0]])
HOW_OVERLAP = "cosine of both spectra on the window, noise taken out of the denominators; propagated to second order"


def shift_test(fit: Moved, expected: Predicted, margin_mev: float) -> Equivalence:
    """Test that the shift is the predicted one; the prediction's uncertainty counts."""
    foreseen = expected.shift_mev
    value, sd = (0.0, 0.0) if foreseen is None else (foreseen.value, 0.0 if math.isnan(foreseen.sd) else foreseen.sd)
    spread = math.hypot(float(fit.covariance[1, 1]) ** 0.5, sd)
    against = "no shift" if foreseen is None else "the shift that unequal dots predict"
    return equivalence(
        f"shift of up-converted emission equals {against}",
        float(fit.at[1]) - value,
        spread,
        (-margin_mev, margin_mev),
        "meV",
        "fitted shift minus prediction, uncertainties in quadrature",
        freedom=fit.freedom,
    )


def overlap_test(found: tuple[float, float], expected: Predicted, margin: float) -> tuple[Equivalence, ...]:
    """Test that the overlap is that of one spectrum; none where noise leaves no overlap."""
    if not found[1] > 0:
        return ()
    which = "" if expected.shift_mev is None else ", moved as unequal dots predict,"
    title = f"up-converted emission overlaps with down-converted emission{which}"
    return (equivalence(title.rstrip(","), *found, (margin, math.inf), "1", HOW_OVERLAP),)


def overlap(pair: Pair, fit: Moved, moves: FloatArray) -> tuple[float, float]:
    """Return the overlap with the template under the first of some moves, and its sd; the others' scatter counts."""
    each = [_one_overlap(pair, fit, float(shift), float(ratio)) for shift, ratio in moves]
    scatter = float(np.std([value for value, _ in each[1:]], ddof=1)) if len(each) > 2 else 0.0
    return each[0][0], math.hypot(each[0][1], scatter)


def _one_overlap(pair: Pair, fit: Moved, shift_mev: float, width_ratio: float) -> tuple[float, float]:
    r"""Return the overlap of both spectra, and its sd; NaN where noise leaves no light.

    With e the noise of :math:`a/|a|-b/|b|`, of covariance S, the overlap of the noise is lost by tr S / 2, which the
    denominators give back, and scatters by :math:`\tfrac12\mathrm{tr}\,S^2` beside what is linear in e.
    """
    band = pair.up
    there = seen(band.energy_ev, np.array([1.0, shift_mev, width_ratio]), pair.pivot_ev)
    root = _root_of_weights(band.energy_ev)
    a, b = root * (band.value - pair.background @ fit.at[3:]), root * pair.template.curve(there)
    noise = root[:, np.newaxis] * pair.template.noise_at(there)
    shared = (root * band.modes).T
    mine, other = np.diag((root * band.sd) ** 2) + shared @ shared.T, noise @ noise.T
    first, second = float(a @ a - np.trace(mine)), float(b @ b - np.trace(other))
    if not (first > 0 and second > 0):
        return math.nan, math.nan
    value = float(a @ b) / math.sqrt(first * second)
    by_a, by_b = b / math.sqrt(first * second) - value * a / first, a / math.sqrt(first * second) - value * b / second
    mine, other = fit.inflation * mine, fit.inflation * other  # as for the shift
    both = mine / first + other / second
    chance = float(np.sum(both * both))
    linear = float(by_a @ mine @ by_a + by_b @ other @ by_b) - chance
    return value, math.sqrt(max(linear, 0.0) + chance / 2)


def _root_of_weights(energy_ev: FloatArray) -> FloatArray:
    weight = integration_weights(energy_ev)
    return np.asarray(np.sqrt(np.minimum(weight, 1.5 * np.median(weight))))  # a gap is no light


def _shows(pair: Pair, moved_mev: float) -> float:
    """Return the overlap of the template with itself moved by so much, to the side that this window shows worse."""
    root, energy = _root_of_weights(pair.up.energy_ev), pair.up.energy_ev
    still = root * pair.template.curve(energy)
    others = [
        root * pair.template.curve(np.clip(energy + d / 1e3, *pair.template.energy_ev[[0, -1]]))
        for d in (-moved_mev, moved_mev)
    ]
    return max(float(still @ b) / math.sqrt(float(still @ still) * float(b @ b)) for b in others)


def misfits(fit: Moved) -> bool:
    """Tell whether the spectra differ in more than place and width."""
    return bool(fit.chi2 > 1 + MISFIT * (2 / fit.freedom) ** 0.5)


def left_open(
    tests: tuple[Equivalence, ...],
    pair: Pair,
    fit: Moved,
    spectra: tuple[xr.Dataset, xr.Dataset],
    margins: tuple[float, float],
) -> tuple[tuple[Equivalence, ...], tuple[str, ...]]:
    """Return the tests with what cannot be decided left open, shift first, and why; ``margins``: shift, overlap."""
    whole = ["the spectra differ in more than place and width"] if misfits(fit) else []
    shift, overlaps = [*whole], [*whole]
    if abs(fit.correlation) > ONE_NUMBER or not pair.up.energy_ev[0] < pair.pivot_ev < pair.up.energy_ev[-1]:
        shift.append("the window shows one flank of the band, where shift and width ratio are one number")
    stated = [ds.attrs["temperature_k"] for ds in spectra if "temperature_k" in ds.attrs]
    if len(stated) == 2 and abs(stated[0] - stated[1]) > APART_K:
        shift.append(f"they were taken at {stated[0]:g} and {stated[1]:g} K, and the gap moves with temperature")
    if (shown := _shows(pair, FAR * margins[0])) >= margins[1] and tests[-1].outcome == "supports":
        overlaps.append(
            f"this window would show an overlap of {shown:.4f} for a band moved by {FAR * margins[0]:g} meV"
        )
    reasons = [shift, *(overlaps for _ in tests[1:])]
    words = [f"Left open whether {t.title}: {'; '.join(r)}." for t, r in zip(tests, reasons, strict=True) if r]
    kept = [dataclasses.replace(t, outcome="inconclusive") if r else t for t, r in zip(tests, reasons, strict=True)]
    return tuple(kept), tuple(words)


def claim_of(pair: Pair, fit: Moved, tests: tuple[Equivalence, ...]) -> str:
    """Return what the tests found, and of which window."""
    low, high = pair.window_nm
    left = ", ".join(f"{a:.1f}-{b:.1f}" for a, b in pair.masked_nm)
    rest = f" without {left} nm" if left else ""
    found = "; ".join(f"{t.title}: {t.outcome}" for t in tests)
    why = "; the spectra differ in more than place and width" if misfits(fit) else ""
    return f"Of {low:.1f}-{high:.1f} nm{rest} only, nothing is said of what lies outside: {found}{why}."
