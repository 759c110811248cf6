"""Ways to a quantum yield, and how far what each of them measures lies around the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.analysis.heat_fit import fit_heat
from antistokes.analysis.uncertain import Uncertain
from antistokes.physics import sphere
from antistokes.units import FloatArray

DRAWS = 2**13  # points of a Sobol sequence
RATIO_NOISE = 0.0028  # of .2 % PL and .2 % absorptance above the gap: assumed
RATIO_FLOOR = 0.0065  # of .5 % power's calibration, .2 % stray light, .3 % inner filter, .2 % linearity: assumed
Spread = Callable[[float, float, float], tuple[float, float, float]]


class Way(NamedTuple):
    """One way: its name; ``spread`` of (steadiness, absorptance, 1/sqrt(runs)): low end, median, high end of results.

    ``steady`` is what is stated of what has to be steady, ``name`` that in a word and ``words`` in a sentence;
    ``floor`` names what none of the three mends; ``missing`` what is not stated, empty where all is; ``runs`` what a
    run has to be. Without a spread nothing can be said of the way.
    """

    title: str
    spread: Spread | None
    steady: float | None
    name: str
    words: str
    floor: str
    missing: str
    runs: str = "runs"

    def arm(self, steady: float, absorptance: float, runs: float) -> float:
        """Return the longer arm of the interval; infinite where an end is."""
        if self.spread is None:
            return math.inf
        low, middle, high = self.spread(steady, absorptance, runs**-0.5)
        return max(high - middle, middle - low) if math.isfinite(low) and math.isfinite(high) else math.inf


def normals(columns: int, seed: int) -> FloatArray:
    """Evenly spread normal numbers, shape (DRAWS, columns): the same for every question, so that answers compare."""
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    points = Sobol(columns, rng=seed).random_base2(round(math.log2(DRAWS)))
    return np.asarray(ndtri(np.clip(points, 1e-12, 1 - 1e-12)))


class Sphere(NamedTuple):
    """What is expected of a sphere: yield, relative sd of emission and bands, and m of the absorptance stated."""

    quantum_yield: float
    emission_sd: float
    band_sd: float
    indirect: float
    absorptance: float

    def indirect_at(self, absorptance: float) -> float:
        """Part of the walls' light that another sample absorbs: its chance against the walls' goes as its absorptance.

        m = fA/(fA + w) with the part f of the light that meets the sample and the walls' loss w; derived here.
        """
        odds = self.indirect / (1 - self.indirect) * absorptance / self.absorptance
        return odds / (1 + odds)


def sphere_spread(method: str, known: Sphere, level: float, seed: int) -> Spread:
    """Spread of the yield that a sphere gives, over the relative sd of each laser integral.

    Laser and emission integrals have independent relative noise that runs average away; ``band_sd``, of the response in
    one band over that in the other, they do not.
    """
    z = normals(6, seed)
    formula = sphere.yield_three if method == "three" else sphere.yield_two

    def spread(laser_sd: float, absorptance: float, share: float) -> tuple[float, float, float]:
        at = (absorptance, known.quantum_yield, known.indirect_at(absorptance))
        true = (np.asarray(v, dtype=float) for v in sphere.collected(*at))
        empty, direct, light_direct, beside, light_beside, _ = true
        laser, light = 1 + laser_sd * share * z[:, :3], 1 + known.emission_sd * share * z[:, 3:5]
        measured = sphere.Integrals(
            laser_empty=laser[:, 0] * empty,
            laser_direct=laser[:, 1] * direct,
            laser_indirect=laser[:, 2] * beside,
            emission_direct=light[:, 0] * light_direct,
            emission_indirect=light[:, 1] * light_beside,
        )
        return _quantiles(formula(measured) * (1 + known.band_sd * z[:, 5]), level)

    return spread


def ratio_spread(
    quantum_yield: float, noise_sd: float, floor_sd: float, yield_sd: float, level: float, seed: int
) -> Spread:
    """Spread of a yield below the gap from its ratio to one above it, over the sd of the absorptance below the gap.

    Runs average that sd as if each took a blank of its own; what calibrates the power they share.
    """
    z = normals(3, seed)

    def spread(absorptance_sd: float, absorptance: float, share: float) -> tuple[float, float, float]:
        absorbed = 1 + absorptance_sd / absorptance * share * z[:, 0]
        kept = 1 + noise_sd * share * z[:, 1] + math.hypot(floor_sd, yield_sd) * z[:, 2]
        ratio = np.divide(kept, absorbed, out=np.full(DRAWS, np.inf), where=absorbed > 0)
        return _quantiles(quantum_yield * ratio, level)

    return spread


def heat_spread(
    quantum_yield: float, excitation_ev: ArrayLike, mean_emission_ev: Uncertain, absorptance: float, level: float
) -> Spread:
    """Spread of the yield from the photothermal threshold, over the sd of heat as a share of absorbed energy.

    That sd is of the absorptance stated; the same thermometer sees a share of more absorbed light better.
    """
    energy = np.asarray(excitation_ev, dtype=float)
    mean = mean_emission_ev[0] if isinstance(mean_emission_ev, tuple | list) else mean_emission_ev
    heat = 1 - quantum_yield * mean / energy

    def spread(heat_sd: float, absorbed: float, share: float) -> tuple[float, float, float]:
        sd = heat_sd * share * absorptance / absorbed
        found = fit_heat(energy, heat, sd, mean_emission_ev=mean_emission_ev, per="energy", level=level)
        q = found.external_yield
        return float(q.low), float(q.value), float(q.high)

    return spread


def _quantiles(draws: FloatArray, level: float) -> tuple[float, float, float]:
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2], method="nearest")
    return float(low), float(middle), float(high)


def by_sphere(known: Sphere, laser_sd: float | None, level: float, seed: int) -> list[Way]:
    """Return the sphere's two ways."""
    return [
        Way(
            f"sphere, {method} measurements",
            sphere_spread(method, known, level, seed),
            laser_sd,
            "laser",
            "each laser integral to {}",
            "the response between its bands (band_sd)",
            "" if laser_sd is not None else "laser_sd",
        )
        for method in ("two", "three")
    ]


def by_ratio(
    quantum_yield: float,
    absorptance_sd: float | None,
    noise_sd: float,
    floor_sd: float,
    yield_sd: float,
    level: float,
    seed: int,
) -> Way:
    """Return the ratio of up- to down-converted light, times the yield above the gap."""
    return Way(
        "ratio UC/DC",
        ratio_spread(quantum_yield, noise_sd, floor_sd, yield_sd, level, seed),
        absorptance_sd,
        "absorptance",
        "the absorptance below the gap to {} of the beam",
        "what runs do not average (ratio_floor_sd, reference_yield_sd)",
        "" if absorptance_sd is not None else "absorptance_sd",
        "runs, each with a blank of its own",
    )


def by_heat(
    quantum_yield: float,
    excitation_ev: ArrayLike,
    heat_sd: float | None,
    mean_emission_ev: Uncertain | None,
    absorptance: float,
    level: float,
) -> Way:
    """Return the photothermal threshold."""
    given = {
        "heat_excitation_ev": np.size(excitation_ev) > 0,
        "heat_sd": heat_sd is not None,
        "mean_emission_ev": mean_emission_ev is not None,
    }
    spread = None
    if mean_emission_ev is not None and given["heat_excitation_ev"]:
        spread = heat_spread(quantum_yield, excitation_ev, mean_emission_ev, absorptance, level)
    return Way(
        "photothermal threshold",
        spread,
        heat_sd,
        "heat",
        "each heat to {} of the absorbed energy",
        "the mean energy of the emission (mean_emission_ev)",
        ", ".join(name for name, there in given.items() if not there),
    )
