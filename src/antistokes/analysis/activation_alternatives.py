"""What else an apparent energy could mean: pairs of coupling and disorder that all have it, and what would tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from antistokes.analysis import activation_models as rivals
from antistokes.analysis.activation_models import Shape
from antistokes.analysis.activation_points import Points
from antistokes.analysis.result import number
from antistokes.estimate import Estimate, exact, normal
from antistokes.physics import strengths, tail_activation
from antistokes.units import FloatArray

WIDTHS_MEV = (1.0, 4.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 40.0)  # of disorder that are tried
COUPLINGS_MEV = np.geomspace(3.0, 60.0, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One pair of coupling and disorder that has the measured apparent energy, and what else it would show."""

    title: str
    reorganisation_mev: Estimate = number("reorganisation energy")
    inhomogeneous_width_mev: Estimate = number("inhomogeneous width (s.d. of E_00)")
    ratio: Estimate = number("ratio itself, at the lowest temperature")
    twice_mev: Estimate = number("apparent energy twice as deep")
    shift_mev: Estimate = number("shift of emission excited there, against emission excited far above")
    apparent_temperature_k: Estimate = number("apparent (reciprocity) temperature, Gaussian limit")


def alternatives(points: Points, shape: Shape, apparent: Estimate, slope_per_mev: float) -> tuple[Alternative, ...]:
    """Return pairs of coupling and disorder that have the apparent energy of the first depth.

    Parameters
    ----------
    points : Points
        The ratios; their temperatures and first depth are used.
    shape : Shape
        Of the line; its shares are held.
    apparent : Estimate
        Apparent energy at the first depth [meV].
    slope_per_mev : float
        Slope of ln A there, from which the shift of the emission follows [1/meV].
    """
    ends = np.array([points.temperature_k.min(), points.temperature_k.max()])
    at = Points(ends, points.below_mev[:1], np.zeros((2, 1)), np.zeros((2, 1, 1)))
    found = []
    for width in WIDTHS_MEV:
        energy = np.array([_energy(c, width, at, shape) for c in COUPLINGS_MEV]) - apparent.value
        for i in np.flatnonzero(energy[:-1] * energy[1:] < 0):
            share = energy[i] / (energy[i] - energy[i + 1])
            coupling = float(COUPLINGS_MEV[i] * (COUPLINGS_MEV[i + 1] / COUPLINGS_MEV[i]) ** share)
            found.append(_alternative(coupling, width, at, shape, slope_per_mev))
    return tuple(found)


def _log_ratio(coupling_mev: float, width_mev: float, at: Points, shape: Shape) -> FloatArray:
    return rivals.line_shape(np.array([coupling_mev, width_mev]), at, shape)


def _energy(coupling_mev: float, width_mev: float, at: Points, shape: Shape) -> float:
    log = _log_ratio(coupling_mev, width_mev, at, shape)
    return float(tail_activation.apparent_energies_mev(log, at.temperature_k)[0])


def _alternative(coupling_mev: float, width_mev: float, at: Points, shape: Shape, slope_per_mev: float) -> Alternative:
    depth, coldest = float(at.below_mev[0]), float(at.temperature_k[0])
    deep = at._replace(below_mev=2 * at.below_mev)
    per_mev = strengths.variances_mev2(shape.components, coldest) @ shape.share
    hotter = coldest * (1 + width_mev**2 / (coupling_mev * float(per_mev)))
    ratio = float(np.exp(_log_ratio(coupling_mev, width_mev, at, shape)[0, 0]))
    computed = "computed from the line shape"
    moved = "minus the variance of E_00 times the measured slope of ln A (Gaussian ensemble); below 0 is red"
    return Alternative(
        title=f"Alternative: {coupling_mev:.1f} meV of coupling, {width_mev:g} meV of disorder",
        reorganisation_mev=exact(coupling_mev, "meV", f"has the measured apparent energy {depth:g} meV below"),
        inhomogeneous_width_mev=exact(width_mev, "meV", "tried"),
        ratio=exact(ratio, "1", computed),
        twice_mev=exact(_energy(coupling_mev, width_mev, deep, shape), "meV", computed),
        shift_mev=exact(-(width_mev**2) * slope_per_mev, "meV", moved),
        apparent_temperature_k=exact(hotter, "K", f"T (1 + s_i^2/s_h^2) at {coldest:g} K"),
    )


def told(
    points: Points,
    energies: Sequence[Estimate],
    tied: Sequence[str],
    chosen: str | None,
    found: Sequence[Alternative],
    describes: bool,
) -> tuple[str, ...]:
    """Return in words what the series says, what it leaves open, and what would decide.

    ``describes`` says whether the full line shape, of which the alternatives are, is among what describes the ratios.
    """
    sentences = [
        f"{depth:g} meV below its first maximum the absorption grows with an apparent energy of {energy}."
        for depth, energy in zip(points.below_mev, energies, strict=True)
    ]
    sentences.append(
        "An apparent energy by itself counts no phonons: in a line shape it is coupling, and how unequal the dots are."
    )
    if chosen is not None:
        forms = [name for name in tied if name != chosen]
        also = f" More flexible forms of it do as well: {'; '.join(forms)}." if forms else ""
        said = f"Of the models compared the simplest that describes the ratios is: {chosen}; the others are rejected."
        sentences.append(f"{said}{also}{_caveat(chosen)}")
    elif tied:
        sentences.append(f"No model is named. Best, or about as good: {'; '.join(tied)}.")
    if not describes:
        sentences.append(
            "The full line shape does not describe the ratios: coupling, states or distribution are not those of this "
            "sample, or a baseline is left in the tail. So nothing is said of coupling and disorder."
        )
    return (*sentences, *_degenerate(points, energies, found))


def _caveat(chosen: str) -> str:
    if chosen.startswith("Boltzmann"):
        return " It describes and does not explain; those that would explain fit worse."
    return " That holds among these models, and for the shares of modes and the states that were taken for granted."


def _degenerate(points: Points, energies: Sequence[Estimate], found: Sequence[Alternative]) -> tuple[str, ...]:
    if len(found) < 2:
        return ()
    first, last = found[0], found[-1]
    depth, coldest = points.below_mev[0], int(np.argmin(points.temperature_k))
    deep = [e for d, e in zip(points.below_mev, energies, strict=True) if abs(d - 2 * depth) < 1e-9]
    log, sd = points.log_ratio[coldest, 0], points.covariance[coldest, 0, 0] ** 0.5
    measured = normal(float(np.exp(log)), float(np.exp(log) * sd), "1", "measured")
    listed = "; ".join(f"{a.reorganisation_mev.value:.1f} and {a.inhomogeneous_width_mev.value:.0f}" for a in found)
    would = [
        (f"the apparent energy at {2 * depth:g} meV", first.twice_mev, last.twice_mev, deep[0] if deep else None),
        ("the shift of emission excited there (below 0: red)", first.shift_mev, last.shift_mev, None),
        (
            "the apparent temperature T_KS of absorption and emission",
            first.apparent_temperature_k,
            last.apparent_temperature_k,
            None,
        ),
        (f"the ratio itself at {points.temperature_k[coldest]:g} K", first.ratio, last.ratio, measured),
    ]
    return (
        f"The apparent energy at {depth:g} meV alone does not tell coupling from disorder. All these have it "
        f"(reorganisation energy and width of the ensemble, meV; widths up to {WIDTHS_MEV[-1]:g} tried): {listed}.",
        f"What would tell the first of them from the last: {'; '.join(_against(*row) for row in would)}. A ratio tells "
        "them apart only as far as the shares of modes, the higher states and the baseline are known.",
    )


def _against(what: str, one: Estimate, other: Estimate, measured: Estimate | None) -> str:
    """Return what two alternatives would show, and what was measured where it was."""
    unit = "" if one.unit == "1" else f" {one.unit}"
    text = f"{what}, {one.value:.3g} against {other.value:.3g}{unit}"
    return text if measured is None else f"{text} (measured: {measured})"
