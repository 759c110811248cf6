"""From the fit of line shapes to Estimates: intervals, correlations, and what the spectra cannot tell apart."""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import stdtrit

from antistokes.analysis import lineshape_model as model
from antistokes.analysis.lineshape_model import Layout, Selection, Spectrum
from antistokes.analysis.profile import Box, Optimum, Side, bounded_step, covariance, minimise, profile
from antistokes.estimate import Estimate, exact, normal
from antistokes.physics import strengths
from antistokes.units import FloatArray

SYSTEMATIC = 5.0  # standard deviations of chi-square beyond which the residual is not noise
ALIKE = 3.5  # the same of the correlation of neighbours
DETERMINED = 1 / 3  # a share whose interval is wider than this says nothing
APART = 1.5  # ratio of temperatures that tells slow vibrations from quick ones
ROOM_K = 295.0
STEEP_PER_MEV = 0.01  # slope of ln absorption for which it is said what an excitation does
BETTER = 0.02  # of chi-square over its inflation: a profile that meets so much less has found another optimum

Intervals = Literal["profile", "t"]


class Solution(NamedTuple):
    """The fit as arrays, for those who predict from it."""

    layout: Layout
    spectra: tuple[Spectrum, ...]
    box: Box
    best: Optimum
    covariance: FloatArray
    names: tuple[str, ...]  # of the components
    freedom: int
    reduced_chi2: float
    inflation: float  # of the variance of the residuals
    is_systematic: bool  # whether the residual is no noise
    assumed: FloatArray  # variance of the parameters by what was taken from the absorption at an excitation (p,)


class How(NamedTuple):
    """How intervals are made: Student's t, and the root of the rise of chi-square that answers to it."""

    intervals: Intervals
    t: float
    threshold: float
    level: float


class Estimates(NamedTuple):
    """What the spectra say, and in words what they do not."""

    e00_ev: Estimate
    reorganisation_mev: Estimate
    inhomogeneous_width_mev: Estimate
    skewness: Estimate
    homogeneous_width_mev: Estimate
    higher_states: dict[str, Estimate]
    e00_at_ev: dict[str, Estimate]
    shares: dict[str, Estimate]
    undetermined: tuple[str, ...]
    correlation: dict[str, dict[str, float]]


class _Span(NamedTuple):
    """A parameter, its interval, and whether it ends at a bound."""

    value: float
    low: Side
    high: Side


def solved(
    layout: Layout, spectra: tuple[Spectrum, ...], box: Box, best: Optimum, names: tuple[str, ...], freedom: int
) -> Solution:
    """Return the fit with its covariance, wider where the residual is not noise."""
    parts = np.split(best.residual, np.cumsum([s.energy.shape[1] for s in spectra])[:-1])
    inflation, chi2, systematic = _inflation(parts, freedom)
    moves = _responses(layout, spectra, box, best)
    spread = covariance(best, box, inflation) + moves.T @ moves
    assumed = np.sum(moves**2, axis=0)
    return Solution(layout, spectra, box, best, spread, names, freedom, chi2, inflation, systematic, assumed)


def _responses(layout: Layout, spectra: tuple[Spectrum, ...], box: Box, best: Optimum) -> FloatArray:
    """Return how the parameters move with each derivative of the absorption at an excitation, by its sd (m, p)."""
    moves = [np.zeros(layout.size)]
    for i, spectrum in enumerate(spectra):
        for k, sd in enumerate(spectrum.selection.sd):
            if sd > 0:
                derivatives = np.array(spectrum.selection.derivatives)
                derivatives[k] += sd
                other = spectrum._replace(
                    selection=spectrum.selection._replace(derivatives=tuple(derivatives.tolist()))
                )
                moves.append(_moved(layout, (*spectra[:i], other, *spectra[i + 1 :]), box, best))
    return np.stack(moves)


def _moved(layout: Layout, spectra: tuple[Spectrum, ...], box: Box, best: Optimum) -> FloatArray:
    """Return by how much the best parameters move if layout or spectra are others, to first order."""
    changed = model.residual(best.at, layout, spectra)
    step, _ = bounded_step(best.jacobian, changed, best.at, box, 1e-6)
    back, _ = bounded_step(best.jacobian, best.residual, best.at, box, 1e-6)  # what was left of the way to the best
    return np.asarray(np.clip(best.at + step - back, box.low, box.high) - best.at)


def _most_by_chance(freedom: int) -> float:
    """Return the reduced chi-square up to which a residual may be noise."""
    return float(1 + SYSTEMATIC * (2 / freedom) ** 0.5)


def _inflation(parts: list[FloatArray], freedom: int) -> tuple[float, float, bool]:
    """Return the factor on the variance, chi-square, and whether the residuals (one row a spectrum) are no noise.

    They are none where chi-square is beyond chance or neighbours are alike. Then neighbours that are alike count as
    one: the factor is reduced chi-square times 1 + 2 sum of their correlations. Else it is reduced chi-square, where
    that is above 1: the level of the noise is itself an estimate, and this is one of it.
    """
    total = float(sum(p @ p for p in parts))
    chi2, count = total / freedom, sum(p.size for p in parts)
    alike = []
    for lag in range(1, max(p.size for p in parts)):
        rho = sum(float(p[lag:] @ p[:-lag]) for p in parts if p.size > lag) / max(total, 1e-300)
        if rho < 2 / count**0.5:
            break
        alike.append(rho)
    systematic = chi2 > _most_by_chance(freedom) or bool(alike and alike[0] > ALIKE / count**0.5)
    return max(1.0, chi2) * (1 + 2 * sum(alike) if systematic else 1.0), chi2, systematic


def estimated(solution: Solution, intervals: Intervals, level: float) -> tuple[Solution, Estimates]:
    """Return the Estimates; and the solution, a better one where a profile came upon it."""
    layout, t = solution.layout, float(stdtrit(solution.freedom, 0.5 + level / 2))
    for _ in range(4):
        how = How(intervals, t, t * solution.inflation**0.5, level)
        quick = how._replace(intervals="t")
        spans = {i: _span(solution, i, quick)[0] for i in (*range(layout.reorganisation), layout.skewness)}
        better = solution.best
        for which in (layout.reorganisation, layout.variance):
            spans[which], met = _span(solution, which, how)
            better = met if met.chi2 < better.chi2 else better
        if better.chi2 > solution.best.chi2 - BETTER * solution.inflation:
            break
        residual = partial(model.residual, layout=layout, spectra=solution.spectra)
        best = minimise(residual, better.at, solution.box)
        solution = solved(layout, solution.spectra, solution.box, best, solution.names, solution.freedom)
    told = max(layout.temperatures_k) > APART * min(layout.temperatures_k)
    return solution, _estimates(solution, how, spans, _share_spans(solution, how) if told else [])


def _span(solution: Solution, which: int, how: How) -> tuple[_Span, Optimum]:
    """Return the interval of one parameter, and the best fit met."""
    layout, best, box = solution.layout, solution.best, solution.box
    at, sd = float(best.at[which]), float(np.sqrt(solution.covariance[which, which]))
    low, high = float(box.low[which]), float(box.high[which])
    if low == high:
        return _Span(at, Side(at, False), Side(at, False)), best
    if how.intervals == "t":
        ends = at - how.t * sd, at + how.t * sd
        return _Span(at, Side(max(ends[0], low), ends[0] < low), Side(min(ends[1], high), ends[1] > high)), best
    residual = partial(model.residual, layout=layout, spectra=solution.spectra)
    below, above, met = profile(residual, best, box, which, how.threshold, sd * how.t / how.threshold)
    more = how.t**2 * float(solution.assumed[which])
    below, above = (_further(side, at, more, low, high) for side in (below, above))
    return _Span(at, below, above), met


def _further(side: Side, at: float, more: float, low: float, high: float) -> Side:
    """Return an end moved outward by a square that adds to that of its distance, at most to the bound."""
    moved = at + np.sign(side.at - at) * float(np.hypot(side.at - at, np.sqrt(more)))
    return Side(float(np.clip(moved, low, high)), side.unbounded or not low < moved < high)


def _share_spans(solution: Solution, how: How) -> list[_Span]:
    """Return the interval of every share that is free, each as the first of the sticks in its turn."""
    layout, box = solution.layout, solution.box
    first = layout.sticks.start
    if first == layout.sticks.stop or box.low[first] == box.high[first]:
        return []
    share, sd = model.shares(solution.best.at, layout), _share_sd(solution)
    if how.intervals == "t":
        ends = zip(share, share - how.t * sd, share + how.t * sd, strict=True)
        return [_Span(float(v), Side(max(a, 0.0), a < 0), Side(min(b, 1.0), b > 1)) for v, a, b in ends]
    spans = []
    for k in range(share.size):
        turned = layout._replace(order=(k, *(i for i in range(share.size) if i != k)))
        at = solution.best.at.copy()
        at[layout.sticks] = model.sticks_of(share, turned)
        residual = partial(model.residual, layout=turned, spectra=solution.spectra)
        best = minimise(residual, at, box, BETTER * solution.inflation)
        below, above, _ = profile(residual, best, box, first, how.threshold, float(sd[k]) * how.t / how.threshold)
        spans.append(_Span(float(share[k]), below, above))
    return spans


def _share_sd(solution: Solution) -> FloatArray:
    """Standard deviations of the shares, by linear propagation."""
    layout, at = solution.layout, solution.best.at
    middle = np.clip(at[layout.sticks], 1e-3, 1 - 1e-3)  # at an end the others would have no share to vary
    columns = []
    for i in range(middle.size):
        ends = []
        for h in (-1e-4, 1e-4):
            moved = at.copy()
            moved[layout.sticks] = middle + h * (np.arange(middle.size) == i)
            ends.append(model.shares(moved, layout))
        columns.append((ends[1] - ends[0]) / 2e-4)
    gradient = np.stack(columns, axis=1)
    inside = solution.covariance[layout.sticks, layout.sticks]
    return np.asarray(np.sqrt(np.diag(gradient @ inside @ gradient.T)))


def _estimates(solution: Solution, how: How, spans: dict[int, _Span], share_spans: list[_Span]) -> Estimates:
    layout = solution.layout
    undetermined: list[str] = []
    quick = "least squares of all spectra, interval from the curvature at the best fit and Student's t"
    text = quick if how.intervals == "t" else quick.replace("curvature at the best fit", "profile of the likelihood")
    profiled = (layout.reorganisation, layout.variance)

    def one(name: str, which: int, unit: str, own: FloatArray) -> Estimate:
        if solution.box.low[which] == solution.box.high[which]:
            return exact(_estimate(spans[which], own, unit, text, how).value, unit, "held")
        found = _estimate(spans[which], own, unit, text if which in profiled else quick, how)
        if spans[which].low.unbounded and spans[which].high.unbounded:
            undetermined.append(f"{name}: any value from {found.low:.3g} to {found.high:.3g} {unit} fits.")
        return found

    energies = {
        kelvin: one("E_00", i, "eV", np.array([layout.origin_ev, 1e-3]))
        for i, kelvin in enumerate(layout.temperatures_k)
    }
    room = min(energies, key=lambda kelvin: abs(kelvin - ROOM_K))
    total = one("reorganisation energy", layout.reorganisation, "meV", np.array([0.0, 1.0]))
    width = one("inhomogeneous width", layout.variance, "meV", np.empty(0))
    shares = {}
    for name, span in zip(solution.names, share_spans, strict=False):
        low, high = span.low.at, span.high.at
        if high - low < DETERMINED:
            shares[name] = Estimate(span.value, (high - low) / (2 * how.t), low, high, how.level, "1", text)
        else:
            undetermined.append(
                f"The {name} may hold anything from {low:.0%} to {high:.0%} of the reorganisation energy."
            )
    if not share_spans and solution.box.high[layout.sticks].sum() > solution.box.low[layout.sticks].sum():
        undetermined.append(
            f"Which vibrations hold the reorganisation energy ({', '.join(solution.names)}) is not determined at one "
            "temperature: other modes or another bath fit as well. Colder spectra, or Raman, would tell."
        )
    undetermined += [_per_kelvin(solution), *_per_slope(solution)]
    return Estimates(
        energies[room],
        total,
        width,
        one("skewness of E_00", layout.skewness, "1", np.array([0.0, 1.0])),
        _homogeneous(solution, room, how),
        _higher(solution, how),
        {f"E_00 at {kelvin:g} K": e for kelvin, e in energies.items()} if len(energies) > 1 else {},
        shares,
        tuple(undetermined),
        _correlation(solution),
    )


def _estimate(span: _Span, own: FloatArray, unit: str, text: str, how: How) -> Estimate:
    """Return an Estimate of a parameter; ``own`` is offset and factor to its unit, empty for the root of a variance."""

    def to_unit(v: float) -> float:
        return float(own[0] + own[1] * v) if own.size else (v**0.5 if v > model.LEAST_WIDTH_MEV**2 * 1.001 else 0.0)

    value, low, high = to_unit(span.value), to_unit(span.low.at), to_unit(span.high.at)
    sd = (high - low) / (2 * how.t)
    if span.low.unbounded and not span.high.unbounded:
        return Estimate(high, low=low, high=high, level=how.level, unit=unit, how=text, kind="upper limit")
    if span.high.unbounded and not span.low.unbounded:
        return Estimate(low, low=low, high=np.inf, level=how.level, unit=unit, how=text, kind="lower limit")
    return Estimate(value, sd, min(low, value), max(high, value), how.level, unit, text)


def _homogeneous(solution: Solution, kelvin: float, how: How) -> Estimate:
    """Width of one dot's line at a temperature, by linear propagation."""
    layout, at = solution.layout, solution.best.at
    each = strengths.variances_mev2(layout.components, kelvin)

    def width(p: FloatArray) -> float:
        return float(np.sqrt(p[layout.reorganisation] * (model.shares(p, layout) @ each)))

    gradient = np.zeros(layout.size)
    for i in (layout.reorganisation, *range(layout.sticks.start, layout.sticks.stop)):
        moved = at.copy()
        moved[i] += 1e-6
        gradient[i] = (width(moved) - width(at)) / 1e-6
    sd = float(np.sqrt(gradient @ solution.covariance @ gradient))
    text = f"of the fitted reorganisation energy and shares, at {kelvin:g} K; propagated linearly"
    return normal(width(at), sd, "meV", text, how.level)


def _per_kelvin(solution: Solution) -> str:
    """Say what an error of the temperature does, which the spectra cannot tell from a width."""
    layout, at = solution.layout, solution.best.at
    warmer = layout._replace(temperatures_k=tuple(kelvin + 1 for kelvin in layout.temperatures_k))
    moved = at + _moved(warmer, solution.spectra, solution.box, solution.best)
    width = float(np.sqrt(moved[layout.variance]) - np.sqrt(at[layout.variance]))
    energy = float(moved[layout.reorganisation] - at[layout.reorganisation])
    return (
        f"No interval holds an error of the temperature: 1 K more would change the inhomogeneous width by {width:+.2g} "
        f"meV and the reorganisation energy by {energy:+.2g} meV."
    )


def _per_slope(solution: Solution) -> list[str]:
    """Say what an excitation does whose absorption is not known."""
    layout, at = solution.layout, solution.best.at
    if all(s.selection.known for s in solution.spectra):
        return []
    steep = Selection((STEEP_PER_MEV, 0.0, 0.0), known=False)
    spectra = tuple(s if s.selection.known else s._replace(selection=steep) for s in solution.spectra)
    moved = at + _moved(layout, spectra, solution.box, solution.best)
    energy = float(moved[layout.reorganisation] - at[layout.reorganisation])
    return [
        f"No interval holds that an excitation selects among unequal dots: if ln absorption had a slope of "
        f"{STEEP_PER_MEV:g} per meV there, the reorganisation energy would change by {energy:+.2g} meV."
    ]


def _higher(solution: Solution, how: How) -> dict[str, Estimate]:
    """Offsets and strengths of the higher states, by linear propagation: they serve the edge, and are no levels."""
    layout, out = solution.layout, {}
    offset, strength = model.states(solution.best.at, layout)
    text = "curvature at the best fit; stands for all that absorbs above the edge"
    for k in range(1, layout.higher_states + 1):
        sum_of = np.zeros(layout.size)
        sum_of[layout.gaps.start : layout.gaps.start + k] = 1.0
        sd = float(np.sqrt(sum_of @ solution.covariance @ sum_of))
        out[f"state {k} above the lowest"] = normal(float(offset[k]), sd, "meV", text, how.level)
        i = layout.strengths.start + k - 1
        sd = float(np.sqrt(solution.covariance[i, i]))
        out[f"its strength (state {k})"] = normal(float(strength[k]), sd, "1", text, how.level)
    return out


def _correlation(solution: Solution) -> dict[str, dict[str, float]]:
    """Correlation matrix of all parameters that were free."""
    layout, box = solution.layout, solution.box
    names = [f"E_00 ({kelvin:g} K)" for kelvin in layout.temperatures_k]
    names += [
        "reorganisation energy",
        *(f"share, {solution.names[i]}" for i in layout.order[:-1]),
        "width squared",
        "skewness",
    ]
    names += [f"{what} {k}" for what in ("offset", "strength") for k in range(1, layout.higher_states + 1)]
    free = [i for i in range(layout.size) if box.high[i] > box.low[i]]
    sd = np.sqrt(np.diag(solution.covariance))
    return {names[i]: {names[j]: float(solution.covariance[i, j] / (sd[i] * sd[j])) for j in free} for i in free}
