"""Is the yield below the gap that above it? One sample under two excitations, with a budget of what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis import ratio_budget as budgets
from antistokes.analysis import ratio_doubts as doubts
from antistokes.analysis import ratio_ends as ends
from antistokes.analysis import ratio_equality as equality
from antistokes.analysis import ratio_leak as leaks
from antistokes.analysis import ratio_open as opened
from antistokes.analysis import ratio_pair as pairs
from antistokes.analysis.draws import TOGETHER, density
from antistokes.analysis.equivalence import Equivalence
from antistokes.analysis.purity import PurityBudget
from antistokes.analysis.ratio_budget import DRAWS, Term
from antistokes.analysis.ratio_pair import Caught
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.uncertain import Uncertain, ratio_of_draws
from antistokes.analysis.yield_points import Beam, Light, Windows, beam_of
from antistokes.estimate import Estimate
from antistokes.materials import load, solvent
from antistokes.physics.inner_filter import Geometry
from antistokes.units import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YieldRatio:
    """The yield under excitation below the gap over that above it.

    ``budget`` is one standard deviation of the ratio in per cent of it by source. What leaked light may fake is a row
    of it, a doubt of one side that is neither corrected for nor part of the last row. Where that, what nobody stated,
    and all else that no interval holds could together turn the test of equality round, it is left open.
    """

    title: ClassVar[str] = "Yield below the gap over that above it"
    up_nm: float
    down_nm: float
    ratio: Estimate = number("ratio of the yields")
    equal: Equivalence
    light_ratio: Estimate = number("photons emitted per exciting photon, below over above")
    up_absorptance: Estimate = number("absorptance at the excitation below the gap")
    down_absorptance: Estimate = number("absorptance at the excitation above the gap")
    budget: dict[str, Estimate]
    dominant: str
    purity: PurityBudget | None = None
    says: tuple[str, ...] = ()
    curves: xr.Dataset = field(repr=False)
    drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()
    __str__ = described


class Parts(NamedTuple):
    """What a ratio is made of: light and absorbed light of both, and the sources of uncertainty."""

    lights: tuple[Light, Light]
    caught: tuple[Caught, Caught]
    terms: list[Term]
    drawn: FloatArray


def yield_ratio(
    up: xr.Dataset,
    down: xr.Dataset,
    absorption: xr.Dataset | None = None,
    *,
    up_absorptance: Uncertain | None = None,
    down_absorptance: Uncertain | None = None,
    power_sd: float = 0.0,
    stray_sd: float = 0.0,
    inner_filter_sd: float = 0.0,
    linearity_sd: float = 0.0,
    baseline_sd: float = 0.0,
    geometry: Geometry | None = None,
    window: tuple[float, float] = (0.5, 0.5),
    solvent: str | None = None,
    cut_nm: float | None = None,
    exclude_nm: Windows = (),
    contaminants: Mapping[str, tuple[float, float]] | None = None,
    margin: float = 0.03,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> YieldRatio:
    r"""Ratio of the quantum yields of one sample under excitation below and above its gap.

    .. math:: R=\frac{I_u}{I_d}\,\frac{q_d}{q_u}\,\frac{F_d}{F_u}\,\frac{n_u^2}{n_d^2}

    I are all photons of a spectrum, q the exciting photons :math:`P\lambda/hc`, F what is absorbed (the absorptance,
    or what :func:`antistokes.physics.inner_filter.collected` makes of it), n the solvent's index where the temperatures
    differ. What a filter or the laser line has taken from the up-converted spectrum is filled in from the other one
    (:func:`antistokes.analysis.completion.complete_emission`). Monte Carlo of all sources at once; the ratio is the
    median of the draws, and skew where the absorptance is not known well.

    Parameters
    ----------
    up, down : xarray.Dataset
        Emission of one sample excited below and above the gap, on one scale of intensity, with ``excitation_nm`` and
        ``power_w``; of counts, divided by a response or not, ``integration_time_s`` and ``exposures`` are divided out.
    absorption : xarray.Dataset, optional
        Absorbance (absorptance, transmittance) of the sample on the path of the exciting light.
    up_absorptance, down_absorptance : float or (float, float), optional
        Absorptance at either excitation with its standard uncertainty, instead of that of the spectrum [1].
    power_sd, stray_sd, inner_filter_sd, linearity_sd : float
        Relative standard uncertainty that the ratio has by the ratio of the powers, by light that is no emission, by
        what the geometry does beside F, by detectors that are not linear [1].
    baseline_sd : float
        Standard uncertainty of the absorbance's baseline, one and the same at both excitations [1].
    geometry : {"front-face", "right-angle", "sphere"}, optional
        Where the detector stands, default as the spectra say, else the absorptance serves.
    window : (float, float)
        Part of the beam's path that a detector at right angles sees [1].
    solvent : str, optional
        Material of the solvent, such as "toluene", for spectra at two temperatures.
    cut_nm : float, optional
        Where a short-pass filter begins to cut ``up`` [nm]. Not stated, an early end or a dark red wing is looked for
        and filled in, with a warning.
    exclude_nm : sequence of (float, float)
        Further ranges of ``up`` to fill in [nm].
    contaminants : mapping of str to (float, float), optional
        Light beside the excitation below the gap: name to wavelength and fraction of its photons, see
        :func:`antistokes.analysis.purity.purity_budget` [nm, 1].
    margin : float
        Up to which difference from 1 the yields count as equal [1].
    level : float
        Coverage of the intervals [1].
    draws : int
        Number of Monte Carlo draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    YieldRatio
        The ratio, its equivalence to 1, absorptances, budget, purity, density of the draws.

    Raises
    ------
    DataError
        Where power or excitation is not stated, the absorption does not reach an excitation or is negative there.

    References
    ----------
    Derived here, see docs/models/yield-ratio.md; absorptance and index as in A. M. Brouwer, Pure Appl. Chem. 83, 2213
    (2011), doi:10.1351/PAC-REP-10-09-31; JCGM 101:2008 (GUM supplement 1).
    """
    budgets.check_draws(draws, level)
    if not 0 < margin < 1:
        raise ValueError(f"margin must be between 0 and 1, got {margin!r}.")
    steps = [pairs.step_of(ds, role) for role, ds in (("up", up), ("down", down))]
    pairs.require_power(up=up, down=down)
    told = pairs.require_one_scale(up=up, down=down)
    said = beam_of(steps, geometry, window, 0.0)
    beam = said if said.stated else said._replace(geometry="front-face")
    rng = np.random.default_rng(seed)
    lost = pairs.checked_ranges(exclude_nm)
    whole, notes, left = ends.completed(up, down, cut_nm, lost)
    lights = _lights(whole, up, down, cut_nm, lost)
    stated = {"power": power_sd, "stray light": stray_sd, "inner filter": inner_filter_sd, "linearity": linearity_sd}
    absorptances = {"up": up_absorptance, "down": down_absorptance}
    caught = _caught(absorption, lights, (up_absorptance, down_absorptance), beam, baseline_sd, level, rng, draws)
    owed = tuple(
        0.0 if baseline_sd or given is not None else doubts.by_baseline(c, beam)
        for c, given in zip(caught, absorptances.values(), strict=True)
    )
    correlation = pairs.shared_response(whole, down, lights)
    terms = [
        pairs.light_term(*lights, correlation, rng, draws),
        *budgets.stated_terms(stated, rng, draws),
        *_refraction(up, down, lights, None if beam.geometry == "sphere" else solvent, rng, draws),
    ]
    parts = Parts(lights, caught, terms, _product(terms) * caught[1].drawn * pairs.over(caught[0].drawn))
    purity, fears = leaks.purity_of(absorption, lights, up_absorptance, contaminants, baseline_sd, level, seed)
    short = ends.of_ends(whole, up, down)
    open_to = [
        *left,
        *opened.of_leak(purity),
        *opened.of_filled(ends.filled_share(whole)),
        *opened.of_lights(lights, up, down, short),
        *opened.of_response(up, down, lights),
        *opened.of_absorption(absorption, lights, absorptances, up, beam, baseline_sd),
        *opened.of_depth(caught, beam),
        *opened.of_powers(power_sd),
        *opened.of_baseline(baseline_sd, caught, absorptances, beam),
    ]
    named = (("up", caught[0]), ("down", caught[1]))
    warnings = [
        *notes,
        *told,
        *(f"{d.words}; no interval holds this." for of in short.values() for d in of),
        *doubts.of_counts(up, down, lights),
        *doubts.of_light((("up", lights[0]), ("down", lights[1]))),
        *doubts.of_temperature(up, down, absorption, lights, None if beam.geometry == "sphere" else solvent, beam),
        *doubts.of_depth(named, beam),
        *doubts.of_absorption(named, owed),
        *doubts.of_statement(absorption, lights, absorptances, baseline_sd),
        *(w for c in caught for w in c.warnings),
        *budgets.unsaid(stated, absorptances),
        *fears,
    ]
    return _result(parts, purity, open_to, margin, level, warnings)


def _lights(
    whole: xr.Dataset, up: xr.Dataset, down: xr.Dataset, cut_nm: float | None, exclude_nm: Windows
) -> tuple[Light, Light]:
    """Return the light of both spectra."""
    above = pairs.light_between(down, "down")
    if "completion" in data.json_attr(up, "corrections", {}) or cut_nm is not None:
        return pairs.light_of_completed(whole, up, None), above
    measured = pairs.light_between(up, "up", exclude_nm)
    return (measured if whole is up else pairs.light_of_completed(whole, up, measured.edge_nm)), above


def _caught(
    absorption: xr.Dataset | None,
    lights: tuple[Light, Light],
    stated: tuple[Uncertain | None, Uncertain | None],
    beam: Beam,
    baseline_sd: float,
    level: float,
    rng: np.random.Generator,
    n: int,
) -> tuple[Caught, Caught]:
    """Return what is absorbed at both excitations, as stated or else by the spectrum."""
    asked = [light for light, given in zip(lights, stated, strict=True) if given is None]
    measured: list[Caught] = []
    if asked:
        if absorption is None:
            raise ValueError(
                "the light absorbed at both excitations is needed: give the absorption spectrum, or up_absorptance and "
                "down_absorptance."
            )
        measured = pairs.caught_by_spectrum(absorption, asked, beam, baseline_sd, level, rng, n)
    names = ("up_absorptance", "down_absorptance")
    first, second = (
        measured.pop(0) if given is None else pairs.caught_as_stated(given, name, beam, level, rng, n)
        for given, name in zip(stated, names, strict=True)
    )
    return first, second


def _product(terms: Sequence[Term]) -> FloatArray:
    return np.asarray(np.prod([t.drawn for t in terms], axis=0))


def _refraction(
    up: xr.Dataset, down: xr.Dataset, lights: tuple[Light, Light], name: str | None, rng: np.random.Generator, n: int
) -> list[Term]:
    """Return what the solvent's index does where the temperatures differ: a small aperture sees the share 1/n^2."""
    found = pairs.temperatures(up, down)
    if name is None or found is None:
        return []
    wavelength = float(units.wavelength_from_energy(lights[1].peak_ev))
    ratio = solvent.index_ratio(load(name), found[0], found[1], wavelength)
    drawn = (float(ratio.value) + abs(float(ratio.error)) * budgets.standard_normal(rng, n)) ** 2
    return [Term("solvent index", drawn, "measure both spectra at one temperature")]


def _result(
    parts: Parts,
    purity: PurityBudget | None,
    open_to: Sequence[equality.Doubt],
    margin: float,
    level: float,
    warnings: list[str],
) -> YieldRatio:
    terms = [*parts.terms, *pairs.absorptance_terms(("up", parts.caught[0]), ("down", parts.caught[1]))]
    budget = budgets.budget_of(terms, parts.drawn)
    first, second = parts.lights
    below = float(np.hypot(parts.caught[0].relative_sd, second.sd / second.photons))
    how = "light per exciting photon and absorbed light, below over above the gap"
    ratio, resolved = budgets.resolved(parts.drawn, below, how, "below the gap", level)
    equal, doubt = equality.equality(parts.drawn, margin, open_to)
    worst = budgets.largest(budget, terms)
    light = parts.terms[0].drawn
    return YieldRatio(
        up_nm=first.excitation_nm,
        down_nm=second.excitation_nm,
        ratio=ratio,
        equal=equal,
        light_ratio=ratio_of_draws(light, second.sd / second.photons, "integrals of both spectra", level=level),
        up_absorptance=parts.caught[0].absorptance,
        down_absorptance=parts.caught[1].absorptance,
        budget=leaks.with_leak(budget, purity),
        dominant=worst.name,
        purity=purity,
        says=(
            *budgets.ways_out(budget, terms),
            *equality.needed(equal, margin, budget[TOGETHER].value),
            *leaks.allowed(purity),
        ),
        curves=density(parts.drawn, "ratio"),
        drawn=parts.drawn,
        warnings=tuple(dict.fromkeys([*resolved, *doubt, *warnings])),
    )
