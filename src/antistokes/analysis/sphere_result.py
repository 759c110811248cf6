"""From integrals of a sphere, one run or repeats, to the yield with its interval, its budget and its doubts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import xarray as xr

from antistokes.analysis import sphere_checks
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.sphere_draws import (
    LASER,
    as_integrals,
    budget,
    density,
    estimate_of,
    normal_source,
    relative_rows,
    relative_spread,
    scatter_source,
    share_of,
)
from antistokes.analysis.sphere_integrals import FIELDS, Run
from antistokes.analysis.uncertain import Uncertain, truncated_normal, value_and_sd
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics import cooling
from antistokes.physics import sphere as physics
from antistokes.units import FloatArray

Method = Literal["three", "two"]
MIN_DRAWS = 1000
UNKNOWN_RESPONSE = (
    "The response between laser and emission is taken as exact. National laboratories agree on corrected spectra to "
    "2.4-4.2 % relative standard uncertainty, which no interval here holds: state band_sd, or the uncertainty of the "
    "correction."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SphereRepeat:
    """What one run gives by itself [1]."""

    title: ClassVar[str] = "One run of the sphere"
    absorptance: float
    observed_yield: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbsoluteYield:
    """Yield and absorptance by an integrating sphere.

    ``observed_yield`` is what leaves the sphere per photon absorbed; ``internal_yield`` is corrected for
    self-absorption where that was given. ``budget``: what each source alone does to the yield, one standard deviation
    in % of it. ``curves``: ``density`` of the draws over ``quantum_yield``. ``drawn``: draws of the internal yield,
    of the observed one where no self-absorption was given.
    """

    method: Method
    absorptance: Estimate = number("absorptance of the beam")
    observed_yield: Estimate = number("observed yield")
    internal_yield: Estimate | None = number("internal yield", optional=True)
    indirect: Estimate | None = number("part of the walls' light that is absorbed", optional=True)
    other_yield: Estimate | None = number("observed yield by the other estimator", optional=True)
    budget: dict[str, Estimate]
    repeats: tuple[SphereRepeat, ...]
    curves: xr.Dataset = field(repr=False)
    drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a table of it bears."""
        count = f", mean of {len(self.repeats)} repeats" if len(self.repeats) > 1 else ""
        return f"Absolute quantum yield by {self.method} measurements{count}"

    def __str__(self) -> str:
        """Say everything in lines."""
        return described(self)


class Known(NamedTuple):
    """What is stated about a measurement beside its integrals."""

    laser_sd: float
    emission_sd: float
    drift_sd: float
    band_sd: float
    transmission_sd: float
    self_absorption: tuple[float, float]
    method: Method | None
    level: float
    draws: int
    seed: int


def stated(
    *,
    laser_sd: float,
    emission_sd: float,
    drift_sd: float,
    band_sd: float,
    self_absorption: Uncertain,
    method: Method | None,
    level: float,
    draws: int,
    seed: int,
    transmission_sd: float = 0.0,
) -> Known:
    """Return what is stated, refused where it cannot be; the uncertainties are relative."""
    relative = {
        "laser_sd": laser_sd,
        "emission_sd": emission_sd,
        "drift_sd": drift_sd,
        "band_sd": band_sd,
        "the relative sd of laser_transmission": transmission_sd,
    }
    for name, value in relative.items():
        if not 0 <= value < 1:
            raise ValueError(f"{name} must be from 0 to less than 1, got {value!r}.")
    absorbed = value_and_sd(self_absorption, "self_absorption")
    if not 0 <= absorbed[0] < 1:
        raise ValueError(f"self_absorption must be in [0, 1), got {self_absorption!r}.")
    if method not in (None, "three", "two"):
        raise ValueError(f"method must be 'three' or 'two', got {method!r}.")
    if not 0 < level < 1 or draws < MIN_DRAWS:
        raise ValueError(f"level must lie in (0, 1) and draws be {MIN_DRAWS} or more; got {level!r} and {draws!r}.")
    return Known(laser_sd, emission_sd, drift_sd, band_sd, transmission_sd, absorbed, method, level, draws, seed)


def yield_of_runs(runs: Sequence[Run], known: Known, warnings: Sequence[str] = ()) -> AbsoluteYield:
    """Return the result of one run, or of repeats that all measured the same."""
    values = _aligned(runs)
    method = _method(values, known)
    rng, mean, heavy = np.random.default_rng(known.seed), values.mean(axis=0), len(runs) > 1
    sources = _sources(runs, values, known, rng)
    x = mean + sum(sources.values(), np.zeros((known.draws, len(FIELDS))))
    a, q = _absorptance(x, method), _observed(x, method)
    _refuse_negative(a, method, known.level)
    how = "errors of the repeats' means by their scatter" if heavy else "errors drawn"
    before = "b" if method == "three" else "a"
    absorptance = estimate_of(a, 0.0, f"1 - L_c/L_{before}; {how}", known.level, heavy=heavy, limits=False)
    relative = relative_spread(a)
    observed = estimate_of(q, relative, f"{method} measurements; {how}", known.level, heavy=heavy)
    drawn, corrected, rows = q, None, budget(mean, sources, lambda v: _observed(v, method), q)
    if any(known.self_absorption):
        again = np.minimum(truncated_normal(rng, *known.self_absorption, 0.0, 1.0, known.draws), 1 - 1e-12)
        drawn, centre = internal_draws(q, again), np.full(known.draws, known.self_absorption[0])
        corrected = estimate_of(drawn, relative, f"{observed.how}; Ahn's correction", known.level, heavy=heavy)
        rows = budget(mean, sources, lambda v: internal_draws(_observed(v, method), centre), drawn)
        alone = internal_draws(np.full(known.draws, np.median(q)), again)
        rows = {"self-absorption": share_of(alone, drawn)} | rows
    indirect, other, doubts = _beside(x, mean, observed, method, known.level, heavy)
    records = tuple(
        SphereRepeat(absorptance=float(_absorptance(v, method)), observed_yield=float(_observed(v, method)))
        for v in values
    )
    doubts += sphere_checks.doubts_of_result(corrected or observed, absorptance, float(np.mean(a <= 0)), known.level)
    doubts += sphere_checks.doubts_of_blank(mean, float(np.median(q)), method)
    for name in ("absorptance", "observed_yield"):
        doubts += sphere_checks.doubts_of_repeats(np.array([getattr(r, name) for r in records]), name.replace("_", " "))
    doubts += _doubts_of_statement(runs, known, sources)
    grid, height = density(drawn)
    coordinate = {"quantum_yield": ("quantum_yield", grid, {"units": "1"})}
    return AbsoluteYield(
        method=method,
        absorptance=absorptance,
        observed_yield=observed,
        internal_yield=corrected,
        indirect=indirect,
        other_yield=other,
        budget=rows,
        repeats=records,
        curves=xr.Dataset({"density": ("quantum_yield", height, {"units": "1"})}, coordinate),
        drawn=drawn,
        warnings=tuple(dict.fromkeys([*warnings, *_said_by(runs), *doubts])),
    )


def internal_draws(observed: FloatArray, again: FloatArray) -> FloatArray:
    """Ahn's correction of draws; of an observed yield too far below zero to have an internal one, minus infinity."""
    there = 1 - again + again * np.where(np.isinf(observed), 0.0, observed) > 0
    internal = cooling.internal_yield(np.where(there, observed, 0.0), again)
    return np.where(there, internal, -np.inf)


def _said_by(runs: Sequence[Run]) -> list[str]:
    """Return the warnings of runs, each once, with the runs where not all say it; noise only where it is used."""
    found: dict[str, list[str]] = {}
    for i, run in enumerate(runs, 1):
        for words in dict.fromkeys(run.warnings if len(runs) > 1 else (*run.warnings, *run.of_noise)):
            found.setdefault(words, []).append(str(i))
    return [w if len(where) == len(runs) else f"Run {', '.join(where)}: {w}" for w, where in found.items()]


def _aligned(runs: Sequence[Run]) -> FloatArray:
    """Return the integrals of all runs, shape (runs, 6), refused where they did not measure the same."""
    if not runs:
        raise ValueError("expected one run of a sphere or more, found none.")
    values = np.array([run.values for run in runs])
    there = ~np.isnan(values)
    for i, found in enumerate(there, 1):
        if (found != there[0]).any():
            names = ", ".join(np.array(FIELDS)[found != there[0]])
            raise DataError(
                f"run {i} and run 1 did not measure the same ({names}); expected repeats of one measurement."
            )
    if not there[0][:3].all() or there[0][3] != there[0][4]:
        missing = ", ".join(np.array(FIELDS)[~there[0]])
        raise DataError(f"expected laser and emission of each configuration, missing: {missing}.")
    values[:, 5] = np.nan_to_num(values[:, 5])  # a blank that was not measured emits nothing
    return values


def _method(values: FloatArray, known: Known) -> Method:
    three = not np.isnan(values[0][3])
    if known.method == "three" and not three:
        raise ValueError("method 'three' asks for laser and emission under indirect excitation, which is missing.")
    return known.method or ("three" if three else "two")


def _sources(runs: Sequence[Run], values: FloatArray, known: Known, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Return draws of what moves the mean integrals, shape (draws, 6) each, by source."""
    mean, n = values.mean(axis=0), known.draws
    if len(runs) > 1:
        found = {"scatter of the repeats": scatter_source(rng, n, values)}
    else:
        rows = {"noise of the samples": np.diag(np.sqrt(runs[0].variance))}
        rows |= relative_rows(mean, known.laser_sd, known.emission_sd, known.drift_sd)
        found = {name: normal_source(rng, n, row) for name, row in rows.items()}
    shared: dict[Hashable, FloatArray] = {}
    for run in runs:
        for key, row in run.shared.items():
            shared[key] = shared.get(key, 0.0) + row / len(runs)
    common = {
        "response": np.concatenate([*shared.values(), np.zeros((1, len(FIELDS)))]),
        "emission's band against the laser's": known.band_sd * np.where(LASER, 0.0, mean),
        "attenuator of the laser": known.transmission_sd * np.where(LASER, mean, 0.0),
    }
    found |= {name: normal_source(rng, n, row) for name, row in common.items()}
    return {name: offsets for name, offsets in found.items() if offsets.any()}


def _observed(rows: FloatArray, method: Method) -> FloatArray:
    integrals = as_integrals(rows)
    return physics.yield_three(integrals) if method == "three" else physics.yield_two(integrals)


def _absorptance(rows: FloatArray, method: Method) -> FloatArray:
    integrals = as_integrals(rows)
    return physics.absorptance(integrals if method == "three" else integrals._replace(laser_indirect=None))


def _refuse_negative(a: FloatArray, method: Method, level: float) -> None:
    """Raise where more is transmitted than there was, by more than noise."""
    high = float(np.quantile(a, (1 + level) / 2))
    if high <= 0:
        raise DataError(
            f"negative absorptance, {np.median(a):.4g} and at most {high:.4g} within noise: direct transmits more than "
            f"{'indirect' if method == 'three' else 'the empty sphere'}; are direct and "
            f"{'indirect' if method == 'three' else 'empty'} swapped?"
        )


def _beside(
    x: FloatArray, mean: FloatArray, observed: Estimate, method: Method, level: float, heavy: bool
) -> tuple[Estimate | None, Estimate | None, list[str]]:
    """Return the part m that is absorbed after the walls, the yield by the other estimator, and doubts of both."""
    if np.isnan(mean[3]):
        return None, None, []
    how = "L_b/L_a"
    ratio = estimate_of(x[:, 3] / x[:, 0], 0.0, how, level, heavy=heavy, limits=False)
    indirect = estimate_of(1 - x[:, 3] / x[:, 0], 0.0, f"1 - {how}", level, heavy=heavy, limits=False)
    by: dict[Method, FloatArray] = {"three": _observed(x, "three"), "two": _observed(x, "two")}
    another: Method = "two" if method == "three" else "three"
    denominator = relative_spread(_absorptance(x, another))
    other = estimate_of(by[another], denominator, f"{another} measurements", level, heavy=heavy)
    pair = (observed, other) if method == "three" else (other, observed)
    doubts = sphere_checks.doubts_of_light(mean, ratio, *pair)
    return indirect, other, doubts + sphere_checks.doubts_of_estimators(by["three"], by["two"], level)


def _doubts_of_statement(runs: Sequence[Run], known: Known, sources: dict[str, FloatArray]) -> list[str]:
    """Warn of what was not stated, and of what was and is not used."""
    doubts = []
    if not {"response", "emission's band against the laser's"} & set(sources):
        doubts.append(UNKNOWN_RESPONSE)
    if len(runs) > 1 and (known.laser_sd or known.emission_sd or known.drift_sd):
        doubts.append("laser_sd, emission_sd and drift_sd are not added: the scatter of the repeats holds them.")
    if len(runs) == 1 and not {"integrals of the laser", "power of the laser"} & set(sources):
        doubts.append(
            "One run, and neither laser_sd nor drift_sd is stated: the interval holds the noise of the samples, not "
            "what the laser does between the configurations. Repeat the measurement, or state them."
        )
    return doubts
