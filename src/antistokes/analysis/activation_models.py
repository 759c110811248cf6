"""Models of how a tail grows with temperature, fitted to the same ratios and compared as a set by AICc."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from antistokes.analysis.activation_points import Points
from antistokes.analysis.line import aicc
from antistokes.analysis.profile import Box, Optimum, minimise
from antistokes.physics import strengths, tail_activation
from antistokes.physics.coupling import Coupling, reorganisation_mev
from antistokes.physics.marcus import State
from antistokes.units import FloatArray

FULL = "full line shape"
TIED = 4.0  # difference of AICc up to which a model is among those that cannot be told apart
REJECTED = 10.0  # and from which on it is rejected
BY_CHANCE = 0.01  # of a chi-square, below which the scatter is more than the noise that was stated
HUANG_RHYS = (1e-4, 30.0)  # of one mode
COUPLING_MEV = (0.5, 150.0)
WIDTH_MEV = (strengths.LEAST_VARIANCE_MEV2**0.5, 80.0)


class Shape(NamedTuple):
    """What the full line shape is made of: unit components, their shares, states, where the maximum lies [eV]."""

    components: tuple[Coupling, ...]
    share: FloatArray
    states: Sequence[State]
    peak_ev: float


class Fit(NamedTuple):
    """A model at its best: chi-square, number of parameters, AICc (inf where there are too few points), parameters.

    ``linear`` are the factors of the columns that the model's ``freedom`` stands for; ``covers`` as in the model.
    """

    name: str
    chi2: float
    size: int
    aicc: float
    at: FloatArray
    linear: FloatArray
    covers: tuple[str, ...] = ()


Freedom = Literal["none", "scale", "slopes", "line"]


class Model(NamedTuple):
    """ln r = f(p) + X c: f of parameters p that are not linear; X by ``freedom``.

    ``covers`` are beginnings of the names of the models of which this one is the more flexible form.
    ``none``: the ratio itself is predicted; ``scale``: up to a factor at each depth; ``slopes``: a factor and an energy
    at each depth; ``line``: a factor at each depth and one energy in proportion to it.
    """

    name: str
    predict: Callable[[FloatArray, Points], FloatArray]
    freedom: Freedom
    box: Box
    starts: tuple[FloatArray, ...]
    parameters: tuple[str, ...]
    covers: tuple[str, ...] = ()


def shape_of(coupling: Coupling, states: Sequence[State], peak_ev: float) -> Shape:
    """Return a coupling as unit components and shares."""
    held = [m.huang_rhys * m.energy_mev for m in coupling.modes] + [b.reorganisation_mev for b in coupling.baths]
    held += [coupling.slow_mev] if coupling.slow_mev else []
    return Shape(
        strengths.unit_components(coupling), np.array(held) / reorganisation_mev(coupling), tuple(states), peak_ev
    )


def line_shape(at: FloatArray, points: Points, shape: Shape) -> FloatArray:
    """Logarithm of r of the line shape, shape (n, m), for a reorganisation energy and an ensemble width [meV]."""
    strength, variance = at[0] * shape.share, max(at[1] ** 2, strengths.LEAST_VARIANCE_MEV2)
    temperatures, where = np.unique(points.temperature_k, return_inverse=True)
    rows = [
        tail_activation.line_shape_log_ratio(
            points.below_mev, float(t), shape.components, strength, variance, shape.states, shape.peak_ev
        )
        for t in temperatures
    ]
    return np.array(rows)[where]


def models(points: Points, shape: Shape, phonon_mev: float | None) -> tuple[Model, ...]:
    """Return the models that can be fitted to these points.

    Parameters
    ----------
    points : Points
        The ratios.
    shape : Shape
        Of the full line shape; its strength and the disorder are fitted, its shares are held.
    phonon_mev : float or None
        Known energy of a phonon, for the power of its population and for one mode; without it neither is there [meV].
    """
    several = points.below_mev.size > 1
    found = [_linear("Boltzmann factor" + (", each depth its energy" if several else ""), "slopes", covers=("",))]
    if several:
        found.append(_linear("straight line, E_a in proportion to D", "line"))
    if phonon_mev is not None:
        population = partial(_population, phonon_mev=phonon_mev)
        found.append(_linear(f"power of the population of {phonon_mev:g} meV phonons", "scale", population))
        found.append(_one_mode(phonon_mev))
    return (*found, full(points, shape))


def _nothing(at: FloatArray, points: Points) -> FloatArray:
    return np.zeros(points.log_ratio.shape)


def _population(at: FloatArray, points: Points, phonon_mev: float) -> FloatArray:
    """Logarithm of n^(D/w), the reading ``bose`` of :mod:`antistokes.physics.phonon_ladder`."""
    return np.asarray(-np.outer(np.log(np.expm1(phonon_mev * points.per_mev)), points.below_mev / phonon_mev))


def _linear(
    name: str,
    freedom: Freedom,
    predict: Callable[[FloatArray, Points], FloatArray] = _nothing,
    covers: tuple[str, ...] = (),
) -> Model:
    none = np.zeros(0)
    return Model(name, predict, freedom, Box(none, none, none), (none,), (), covers)


def _one_mode(phonon_mev: float) -> Model:
    def predict(at: FloatArray, points: Points) -> FloatArray:
        return tail_activation.huang_rhys_log_ratio(
            points.below_mev, phonon_mev, float(np.exp(at[0])), points.temperature_k
        )

    low, high = (np.log([end]) for end in HUANG_RHYS)
    starts = tuple(np.log([s]) for s in (0.1, 1.0, 3.0))
    name = f"one mode of {phonon_mev:g} meV (Huang-Rhys), any scale"
    return Model(name, predict, "scale", Box(low, high, np.ones(1)), starts, ("ln_huang_rhys",), ("power",))


def full(points: Points, shape: Shape, freedom: Freedom = "none") -> Model:
    """Return the full line shape as a model; with the freedom of a scale only its growth is compared."""
    low, high = np.array([COUPLING_MEV, WIDTH_MEV]).T
    j = int(np.argmin(np.isnan(points.log_ratio).sum(axis=0)))
    known = np.isfinite(points.log_ratio[:, j])
    t, log = points.temperature_k[known], points.log_ratio[known, j]
    energy = float(tail_activation.apparent_energies_mev(log, t))
    first = tail_activation.gaussian_start(float(points.below_mev[j]), float(np.mean(log)), energy, float(np.mean(t)))
    starts = (np.array([first[0], first[1] ** 0.5]), np.array([18.0, 3.0]))
    names = ("reorganisation_mev", "inhomogeneous_width_mev")
    predict = partial(line_shape, shape=shape)
    return Model(FULL, predict, freedom, Box(low, high, np.ones(2)), starts, names)


def columns(freedom: Freedom, points: Points) -> FloatArray:
    """Return what a model may add to ln r with any factor, shape (n, m, k)."""
    n, m = points.log_ratio.shape
    scale = np.broadcast_to(np.eye(m), (n, m, m))
    slope = -points.per_mev[:, None, None]
    if freedom == "none":
        return np.zeros((n, m, 0))
    if freedom == "scale":
        return scale
    more = slope * scale if freedom == "slopes" else slope * points.below_mev[:, None]
    return np.concatenate([scale, more], axis=2)


def fit(model: Model, points: Points) -> Fit:
    """Return a model fitted to all ratios that are resolved, with what they share at each temperature.

    Raises
    ------
    FitError
        Where a fit does not end.
    """
    whiten, known = _whitener(points)
    free = whiten @ columns(model.freedom, points)[known]
    basis = np.linalg.qr(free)[0]

    def left(at: FloatArray) -> FloatArray:
        return np.asarray(whiten @ (points.log_ratio - model.predict(at, points))[known])

    def residual(at: FloatArray) -> FloatArray:
        y = left(at)
        return np.asarray(y - basis @ (basis.T @ y))

    at = model.starts[0]
    if model.parameters:
        at = _best(residual, model, max(known.sum() - model.starts[0].size - free.shape[1], 1)).at
    y = left(at)
    linear = np.asarray(np.linalg.lstsq(free, y, rcond=None)[0] if free.shape[1] else [], dtype=float)
    rest = y - free @ linear
    chi2, size = float(rest @ rest), at.size + linear.size
    return Fit(model.name, chi2, size, aicc(chi2, size, y.size), at, linear, model.covers)


def _best(residual: Callable[[FloatArray], FloatArray], model: Model, freedom: int) -> Optimum:
    """Return the best of the fits from all starts; one that leaves no more than chance ends the search."""
    found = []
    for start in model.starts:
        found.append(minimise(residual, start, model.box))
        if float(gammaincc(freedom / 2, found[-1].chi2 / 2)) > 0.5:
            break
    return min(found, key=lambda optimum: optimum.chi2)


def curve(found: Fit, model: Model, points: Points, depth_mev: FloatArray) -> FloatArray:
    """Return the apparent energy that a fitted model has at any depth, NaN where it says nothing, shape (k,) [meV]."""
    if model.freedom == "slopes":
        return np.full(depth_mev.size, np.nan)
    if model.freedom == "line":
        return np.asarray(found.linear[-1] * depth_mev)
    none = np.zeros((points.temperature_k.size, depth_mev.size))
    deep = points._replace(below_mev=depth_mev, log_ratio=none)
    return tail_activation.apparent_energies_mev(model.predict(found.at, deep), points.temperature_k)


def _whitener(points: Points) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the matrix that gives the known ratios, row by row, unit independent noise; and which are known."""
    known = np.isfinite(points.log_ratio)
    shared = points.shared[known]
    covariance, start = np.outer(shared, shared), 0
    for row, block in zip(known, points.covariance, strict=True):
        end = start + int(row.sum())
        covariance[start:end, start:end] += block[np.ix_(row, row)]
        start = end
    return np.linalg.inv(np.linalg.cholesky(covariance)), known


def inflation(fits: Sequence[Fit], count: int) -> float:
    """Return how much larger the variance is than was stated, 1 where the best model leaves no more than chance.

    The same factor serves all models (a quasi-likelihood).
    """
    factors = [1.0]
    for f in fits:
        freedom = count - f.size
        if freedom > 0:
            by_chance = float(gammaincc(freedom / 2, f.chi2 / 2)) >= BY_CHANCE
            factors.append(1.0 if by_chance else f.chi2 / freedom)
    return min(factors[1:], default=1.0)


def rescored(fits: Sequence[Fit], factor: float, count: int) -> tuple[Fit, ...]:
    """Return fits with their chi-square over a factor, the lowest AICc first."""
    again = [f._replace(chi2=f.chi2 / factor, aicc=aicc(f.chi2 / factor, f.size, count)) for f in fits]
    return tuple(sorted(again, key=lambda f: f.aicc))


def tied(fits: Sequence[Fit]) -> tuple[str, ...]:
    """Return the models that the data do not tell apart, the best first."""
    least = min(f.aicc for f in fits)
    return tuple(f.name for f in sorted(fits, key=lambda f: f.aicc) if f.aicc - least < TIED)


def is_rejected(name: str, fits: Sequence[Fit]) -> bool:
    """Tell whether a model is so far behind the best that it is rejected, or was not fitted.

    Its AIC has to be that far behind as well: the correction for few points alone rejects nothing.
    """
    best = min(fits, key=lambda f: f.aicc)
    found = [f for f in fits if f.name == name]
    behind = [
        min(f.aicc - best.aicc, f.chi2 + 2 * f.size - best.chi2 - 2 * best.size) for f in found if f.name != best.name
    ]
    return not found or any(b > REJECTED for b in behind)


def chosen(fits: Sequence[Fit]) -> str | None:
    """Return the model that the data name, if they do.

    It is the best, and all others are rejected, but for those that have more parameters and are more flexible forms of
    it: that such a one fits about as well is no evidence against the simpler. Where nothing is rejected, nothing is
    named; nor where there are too few points to compare all models.
    """
    best = min(fits, key=lambda f: f.aicc)
    others = [f for f in fits if f.name != best.name]
    forms = [f for f in others if f.size > best.size and best.name.startswith(f.covers)]
    rest = [f for f in others if f not in forms]
    compared = all(np.isfinite(f.aicc) for f in fits)
    return best.name if compared and rest and all(is_rejected(f.name, fits) for f in rest) else None
