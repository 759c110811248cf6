"""What would it take to know a quantum yield to a wanted uncertainty, and by which way?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes.analysis.cooling_yield import MAX_YIELD
from antistokes.analysis.heat_points import refuse_energies
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.design.plan_words import Route, advice, doubts, percent, reached, table
from antistokes.design.yield_routes import RATIO_FLOOR, RATIO_NOISE, Sphere, Way, by_heat, by_ratio, by_sphere
from antistokes.estimate import Estimate

_STEADIEST, _UNSTEADIEST = 1e-8, 1.0  # looked among
_LEAST_ABSORPTANCE, _MOST_ABSORPTANCE = 1e-4, 0.999
_MOST_RUNS = 1e6
_STEPS = 24
_ABSORPTANCES = np.geomspace(1e-3, 0.95, 25)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YieldPlan:
    """What each way to a yield gives, and what it takes; ``reached_by`` names those that do with what is stated.

    ``curves``: half-width of each way over ``absorptance``, the rest as stated.
    """

    uncertainty: float
    quantum_yield: float
    level: float
    stated: str
    routes: tuple[Route, ...]
    reached_by: tuple[str, ...]
    says: tuple[str, ...]
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a table of it bears."""
        wanted = f"a yield of {self.quantum_yield:g} to ± {self.uncertainty:g}"
        return f"What it takes to know {wanted} ({100 * self.level:g} % interval)"

    def __str__(self) -> str:
        """Return a table, one way a line, and what it says."""
        return "\n".join(
            [
                self.title,
                self.stated,
                "",
                *table(self.routes),
                "",
                *self.says,
                *(f"Warning: {w}" for w in self.warnings),
            ]
        )


def plan_yield(
    uncertainty: float,
    *,
    absorptance: float,
    quantum_yield: float = 1.0,
    laser_sd: float | None = None,
    emission_sd: float = 0.002,
    band_sd: float = 0.0,
    indirect: float = 0.0,
    repeats: int = 1,
    absorptance_sd: float | None = None,
    ratio_noise_sd: float = RATIO_NOISE,
    ratio_floor_sd: float = RATIO_FLOOR,
    reference_yield_sd: float = 0.0,
    heat_excitation_ev: ArrayLike = (),
    heat_sd: float | None = None,
    mean_emission_ev: Uncertain | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> YieldPlan:
    r"""Say which way reaches a wanted uncertainty of a yield, and what the others lack.

    The half-width is the longer arm of the equal-tailed interval of what the measurement would give: of the sphere and
    of the ratio by quasi-Monte Carlo of the very estimators, since first order is wrong where u(A)/A is large; of the
    threshold by Fieller. All noise counts as known: where it is taken from the scatter of a few runs, Student's t makes
    it wider.

    Parameters
    ----------
    uncertainty : float
        Wanted half-width of the interval [1].
    absorptance : float
        Part of the beam that the sample absorbs at the excitation in question [1].
    quantum_yield : float
        Yield expected, as the way observes it [1].
    laser_sd : float, optional
        Relative s.d. of each integral of the laser in a sphere; without it only what it must be is found [1].
    emission_sd : float
        Relative s.d. of each integral of the emission in a sphere [1].
    band_sd : float
        Relative s.d. of the response in the emission's band over that in the laser's, which runs do not average [1].
    indirect : float
        Part of the light from the walls of the sphere that the sample absorbs at the absorptance stated; with another
        absorptance its odds m/(1 - m) change in proportion [1].
    repeats : int
        Runs, averaged as the ratio of means; each with an empty sphere or a blank of its own [1].
    absorptance_sd : float, optional
        S.d. of the absorptance below the gap where it is measured by itself, for the ratio. Runs average it only where
        each takes a new blank; what they share belongs to ``ratio_floor_sd`` [1].
    ratio_noise_sd : float
        Relative s.d. of all else in the ratio that runs average: by default .2 % PL, .2 % absorptance above the gap
        [1].
    ratio_floor_sd : float
        Relative s.d. of what they do not: by default .5 % power (its calibration), .2 % stray light, .3 % inner
        filter, .2 % linearity [1].
    reference_yield_sd : float
        Relative s.d. of the yield above the gap that the ratio multiplies [1].
    heat_excitation_ev : array_like
        Photon energies of a photothermal series, shape (n,) [eV].
    heat_sd : float, optional
        S.d. of each of its heats as a share of the absorbed energy, at the absorptance stated [1].
    mean_emission_ev : float or (value, sd), optional
        Mean energy of the photons that leave [eV].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the points.

    Returns
    -------
    YieldPlan
        A route each for the sphere by two and by three measurements, the ratio of up- to down-converted light, and the
        photothermal threshold. Print it.

    References
    ----------
    physics/sphere.py; skewness: B. van Dam et al., arXiv 1711.06200; the default budget of the ratio is assumed.
    """
    _check(uncertainty, absorptance, quantum_yield, indirect, repeats, level)
    noises = {
        "laser_sd": laser_sd,
        "emission_sd": emission_sd,
        "band_sd": band_sd,
        "absorptance_sd": absorptance_sd,
        "ratio_noise_sd": ratio_noise_sd,
        "ratio_floor_sd": ratio_floor_sd,
        "reference_yield_sd": reference_yield_sd,
        "heat_sd": heat_sd,
    }
    for name, sd in noises.items():
        if sd is not None and not 0 <= sd < 1:
            raise ValueError(f"{name} must be at least 0 and below 1 (a fraction, not per cent), got {sd!r}.")
    if heat_sd == 0:
        raise ValueError("heat_sd must be above 0, got 0.")
    if np.size(heat_excitation_ev):
        refuse_energies(np.asarray(heat_excitation_ev, dtype=float), "heat_excitation_ev")
    if mean_emission_ev is not None:
        refuse_energies(np.array([value_and_sd(mean_emission_ev, "mean_emission_ev")[0]]), "mean_emission_ev")
    ways = [
        *by_sphere(Sphere(quantum_yield, emission_sd, band_sd, indirect, absorptance), laser_sd, level, seed),
        by_ratio(quantum_yield, absorptance_sd, ratio_noise_sd, ratio_floor_sd, reference_yield_sd, level, seed),
        by_heat(quantum_yield, heat_excitation_ev, heat_sd, mean_emission_ev, absorptance, level),
    ]
    routes = tuple(_route(w, uncertainty, absorptance, repeats, level) for w in ways)
    laser = "laser not stated" if laser_sd is None else f"laser {percent(laser_sd)}"
    runs = f"{repeats} run{'s' if repeats > 1 else ''}"
    return YieldPlan(
        uncertainty=uncertainty,
        quantum_yield=quantum_yield,
        level=level,
        stated=f"with absorptance {absorptance:.3g}, {laser}, emission {percent(emission_sd)}, {runs}",
        routes=routes,
        reached_by=tuple(r.title for r in routes if r.reaches),
        says=(reached(routes), *(r.says for r in routes)),
        curves=_curves(ways, repeats),
        warnings=doubts(band_sd, ratio_noise_sd, ratio_floor_sd),
    )


def _check(
    uncertainty: float, absorptance: float, quantum_yield: float, indirect: float, repeats: int, level: float
) -> None:
    if not 0 < uncertainty < 1:
        raise ValueError(f"uncertainty must be between 0 and 1 (a half-width, as a fraction), got {uncertainty!r}.")
    if not 0 < absorptance < 1:
        raise ValueError(f"absorptance must be between 0 and 1, got {absorptance!r}.")
    if not 0 < quantum_yield <= MAX_YIELD:
        raise ValueError(f"quantum_yield must be above 0 and at most {MAX_YIELD} (a fraction), got {quantum_yield!r}.")
    if not 0 <= indirect < 1:
        raise ValueError(f"indirect must be at least 0 and below 1, got {indirect!r}.")
    if not 1 <= repeats < math.inf:
        raise ValueError(f"repeats must be at least 1 and finite, got {repeats!r}.")
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be at least .5 and below 1, got {level!r}.")


def _route(way: Way, wanted: float, absorptance: float, repeats: int, level: float) -> Route:
    """Say what one way gives, and what it takes: each of three things changed alone."""
    route = Route(title=way.title, name=way.name, half_width=None, reaches=False, possible=False, says="")
    if way.spread is None:
        return replace(route, possible=None, says=f"{way.title}: state {way.missing}.")
    steady = _last(lambda s: way.arm(s, absorptance, repeats) <= wanted, _STEADIEST, _UNSTEADIEST)
    least = way.arm(_STEADIEST, _MOST_ABSORPTANCE, _MOST_RUNS)
    route = replace(route, possible=least <= wanted, steady_needed=_exact(steady, f"s.d.: {way.words.format('this')}"))
    if way.steady is not None:
        known = way.steady
        low, middle, high = way.spread(known, absorptance, repeats**-0.5)
        half = way.arm(known, absorptance, repeats)
        a = _last(lambda x: way.arm(known, x, repeats) <= wanted, _MOST_ABSORPTANCE, _LEAST_ABSORPTANCE)
        n = _last(lambda x: way.arm(known, absorptance, x) <= wanted, _MOST_RUNS, 1.0)
        route = replace(
            route,
            expected=Estimate(middle, low=low, high=high, level=level, how="median, interval of what it would give"),
            half_width=half,
            reaches=half <= wanted,
            absorptance_needed=_exact(a, "least absorptance"),
            repeats_needed=_exact(None if n is None else math.ceil(n - 1e-9), "runs"),
        )
    return replace(route, says=advice(route, way, least))


def _exact(value: float | None, how: str) -> Estimate | None:
    return None if value is None else Estimate(value, how=f"{how}; the rest as stated")


def _last(reached: Callable[[float], bool], best: float, worst: float) -> float | None:
    """Return what is nearest to the worst and still reaches it; None where not even the best does."""
    if not reached(best):
        return None
    if reached(worst):
        return worst
    good, bad = math.log(best), math.log(worst)
    for _ in range(_STEPS):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if reached(math.exp(middle)) else (good, middle)
    return math.exp(good)


def _curves(ways: list[Way], repeats: int) -> xr.Dataset:
    names = ("sphere_two", "sphere_three", "ratio", "threshold")
    arms = {
        name: np.array([way.arm(way.steady, float(a), repeats) for a in _ABSORPTANCES])
        for name, way in zip(names, ways, strict=True)
        if way.steady is not None
    }
    return xr.Dataset(
        {n: ("absorptance", np.where(np.isfinite(v), v, np.nan), {"units": "1"}) for n, v in arms.items()},
        coords={"absorptance": ("absorptance", _ABSORPTANCES, {"units": "1"})},
    )
