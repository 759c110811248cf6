"""From integrals of a sphere, one run or repeats, to the yield with its interval, its budget and its doubts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes.analysis import sphere_checks
from antistokes.analysis.draws import density, internal_draws, relative_spread
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.said import joined
from antistokes.analysis.sphere_draws import (
    LASER,
    as_integrals,
    budget,
    estimate_of,
    normal_source,
    power_of_runs,
    relative_rows,
    scatter_source,
    share_of,
)
from antistokes.analysis.sphere_run import FIELDS, Known, Method, Run
from antistokes.analysis.uncertain import truncated_normal
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics import sphere as physics
from antistokes.physics.sphere import Integrals
from antistokes.units import FloatArray

BLANK = FIELDS.index("emission_empty")
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
    in % of it. ``curves``: ``density`` of the draws over ``quantum_yield``. ``contradicted``: why the measurement
    contradicts itself, in few words, where it does; the warnings say more. ``drawn``: draws of the internal yield, of
    the observed one where no self-absorption was given; ``observed_drawn``: of the observed one, always;
    ``self_absorption``: the mean probability that was given.
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
    observed_drawn: FloatArray = internal()
    self_absorption: float = internal()
    contradicted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a table of it bears."""
        count = f", mean of {len(self.repeats)} repeats" if len(self.repeats) > 1 else ""
        return f"Absolute quantum yield by {self.method} measurements{count}"

    def as_drawn(self, observed: float) -> float:
        """Return an observed yield as ``drawn`` has it, corrected for the self-absorption given; NaN for none."""
        drawn = float(internal_draws(np.array([observed]), np.array([self.self_absorption]))[0])
        return drawn if np.isfinite(drawn) else np.nan

    def __str__(self) -> str:
        """Say everything in lines."""
        return described(self)


def yield_of_runs(runs: Sequence[Run], known: Known, warnings: Sequence[str] = ()) -> AbsoluteYield:
    """Return the result of one run, or of repeats that all measured the same."""
    values = _aligned(runs)
    method = _method(values, known)
    rng, mean, heavy = np.random.default_rng(known.seed), values.mean(axis=0), len(runs) > 1
    sources = _sources(runs, values, known, rng)
    x = mean + sum(sources.values(), np.zeros((known.draws, len(FIELDS))))
    a, q = _absorptance(x, method), _observed(x, method)
    _refuse_negative(a, method)
    how = "errors of the repeats' means by their scatter" if heavy else "errors drawn"
    before = "b" if method == "three" else "a"
    absorptance = estimate_of(a, 0.0, f"1 - L_c/L_{before}; {how}", known.level, heavy=heavy, limits=False)
    relative = _denominator_sd(x, method)
    observed = estimate_of(q, relative, f"{method} measurements; {how}", known.level, heavy=heavy)
    drawn, corrected, rows = q, None, budget(mean, sources, lambda v: _observed(v, method), q)
    if any(known.self_absorption):
        again = np.minimum(truncated_normal(rng, *known.self_absorption, 0.0, 1.0, known.draws), 1 - 1e-12)
        drawn, centre = internal_draws(q, again), np.full(known.draws, known.self_absorption[0])
        corrected = estimate_of(drawn, relative, f"{observed.how}; Ahn's correction", known.level, heavy=heavy)
        rows = budget(mean, sources, lambda v: internal_draws(_observed(v, method), centre), drawn)
        alone = internal_draws(np.full(known.draws, np.median(q)), again)
        rows = {"self-absorption": share_of(alone, drawn)} | rows
    indirect, other, contradicted, doubts = _beside(x, observed, method, known, heavy)
    records = tuple(
        SphereRepeat(absorptance=float(_absorptance(v, method)), observed_yield=float(_observed(v, method)))
        for v in values
    )
    alarm, unresolved = sphere_checks.ALARM_OF_REPEATS if heavy else sphere_checks.ALARM, float(np.mean(a <= 0))
    doubts += sphere_checks.doubts_of_result(
        drawn, corrected or observed, absorptance, unresolved=unresolved, alarm=alarm
    )
    variance = np.array([run.variance for run in runs])
    noise = sphere_checks.blank_noise(values[:, BLANK], variance[:, BLANK])
    doubts += sphere_checks.doubts_of_blank(as_integrals(mean), noise, float(np.median(q)), method)
    neighbours = any(run.neighbours for run in runs)
    doubts += sphere_checks.doubts_of_scatter(values, variance, power_of_runs(values), neighbours=neighbours)
    for name in ("absorptance", "observed_yield"):
        doubts += sphere_checks.doubts_of_repeats(np.array([getattr(r, name) for r in records]), name.replace("_", " "))
    doubts += [*_doubts_of_equal_runs(values), *_doubts_of_statement(runs, known, sources, doubts)]
    return AbsoluteYield(
        method=method,
        absorptance=absorptance,
        observed_yield=observed,
        internal_yield=corrected,
        indirect=indirect,
        other_yield=other,
        budget=rows,
        repeats=records,
        curves=density(drawn, "quantum_yield"),
        drawn=drawn,
        observed_drawn=q,
        self_absorption=known.self_absorption[0],
        contradicted=contradicted,
        warnings=tuple(dict.fromkeys([*warnings, *_said_by(runs, a), *doubts])),
    )


def _said_by(runs: Sequence[Run], a: FloatArray) -> list[str]:
    """Return the warnings of runs, each once, with the runs where not all say it; noise only where it is used.

    Of what differs in numbers only the first is said in full, the others by their runs and spectra.
    """
    found: dict[str, list[str]] = {}
    for i, run in enumerate(runs, 1):
        said = [*run.warnings, *sphere_checks.doubts_of_laser_edges(run.laser_edges, a)]
        for words in dict.fromkeys(said if len(runs) > 1 else [*said, *run.of_noise]):
            found.setdefault(words, []).append(str(i))
    each = [w if len(where) == len(runs) else f"Run {', '.join(where)}: {w}" for w, where in found.items()]
    return [words for _, words in joined([("", words) for words in each])]


def _doubts_of_equal_runs(values: FloatArray) -> list[str]:
    """Warn of runs that are equal to the last digit."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for i, row in enumerate(np.nan_to_num(values), 1):
        alike.setdefault(tuple(row), []).append(str(i))
    return [
        f"Runs {', '.join(same[:-1])} and {same[-1]} are equal to the last digit: given twice, or rounded; rounding is "
        "in no scatter."
        for same in alike.values()
        if len(same) > 1
    ]


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
    measured = Integrals(*there[0])
    needed = (measured.laser_empty, measured.laser_direct, measured.emission_direct)
    if not all(needed) or measured.laser_indirect != measured.emission_indirect:
        missing = ", ".join(np.array(FIELDS)[~there[0]])
        raise DataError(f"expected laser and emission of each configuration, missing: {missing}.")
    values[:, BLANK] = np.nan_to_num(values[:, BLANK])  # a blank that was not measured emits nothing
    return values


def _method(values: FloatArray, known: Known) -> Method:
    three = as_integrals(values).laser_indirect is not None
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


def _denominator_sd(rows: FloatArray, method: Method) -> float:
    """Relative standard uncertainty of what stands below the line: of the absorptance, or of the photons absorbed."""
    x = as_integrals(rows)
    absorbed = np.asarray(x.laser_empty) - np.asarray(x.laser_direct)
    if method == "three":
        absorbed = _absorptance(rows, method) * np.asarray(x.laser_empty)
    return max(relative_spread(_absorptance(rows, method)), relative_spread(absorbed))


def _refuse_negative(a: FloatArray, method: Method) -> None:
    """Raise where more is transmitted than there was, by more than noise."""
    high = sphere_checks.beyond_noise(a)[1]
    if high <= 0:
        raise DataError(
            f"negative absorptance, {np.median(a):.4g} and at most {high:.4g} within noise: direct transmits more than "
            f"{'indirect' if method == 'three' else 'the empty sphere'}; are direct and "
            f"{'indirect' if method == 'three' else 'empty'} swapped?"
        )


def _beside(
    x: FloatArray, observed: Estimate, method: Method, known: Known, heavy: bool
) -> tuple[Estimate | None, Estimate | None, tuple[str, ...], list[str]]:
    """Return the part m absorbed after the walls, the yield by the other estimator, contradictions, doubts of both."""
    drawn, level = as_integrals(x), known.level
    if drawn.laser_indirect is None:
        return None, None, (), []
    left, how = np.asarray(drawn.laser_indirect) / np.asarray(drawn.laser_empty), "L_b/L_a"
    ratio = estimate_of(left, 0.0, how, level, heavy=heavy, limits=False)
    indirect = estimate_of(1 - left, 0.0, f"1 - {how}", level, heavy=heavy, limits=False)
    another: Method = "two" if method == "three" else "three"
    other = estimate_of(
        _observed(x, another), _denominator_sd(x, another), f"{another} measurements", level, heavy=heavy
    )
    pair = (observed, other) if method == "three" else (other, observed)
    shown, drift = (ratio, *pair), known.drift_sd > 0
    found = sphere_checks.contradictions(drawn, shown, method, level=level, repeats=heavy, drift=drift)
    return indirect, other, *found


def _doubts_of_statement(
    runs: Sequence[Run], known: Known, sources: dict[str, FloatArray], told: Sequence[str]
) -> list[str]:
    """Warn of what was not stated, and of what was and is not used."""
    doubts = []
    if not {"response", "emission's band against the laser's"} & set(sources):
        doubts.append(UNKNOWN_RESPONSE)
    if len(runs) > 1 and (known.laser_sd or known.emission_sd or known.drift_sd):
        doubts.append("laser_sd, emission_sd and drift_sd are not added: the scatter of the repeats holds them.")
    unstated = len(runs) == 1 and not {"integrals of the laser", "power of the laser"} & set(sources)
    if unstated and not any(sphere_checks.UNSTATED in words for words in told):
        doubts.append(
            "One run, and neither laser_sd nor drift_sd is stated: the interval holds the noise of the samples, not "
            "what the laser does between the configurations. Repeat the measurement, or state them."
        )
    return doubts
