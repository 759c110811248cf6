"""Quantum yield against that of a reference: light per absorbed photon of both, with a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import ratio_budget as budgets
from antistokes.analysis import ratio_doubts as doubts
from antistokes.analysis import ratio_pair as pairs
from antistokes.analysis.draws import density, internal_draws
from antistokes.analysis.ratio_budget import DRAWS, Term
from antistokes.analysis.ratio_pair import Caught
from antistokes.analysis.relative_cuvette import Cuvette, Index, of_reference, reabsorbed, refraction
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.series import SAME_K
from antistokes.analysis.uncertain import Uncertain, ratio_of_draws
from antistokes.analysis.yield_points import Beam, Light, Windows, beam_of
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics.inner_filter import Geometry
from antistokes.units import FloatArray

SAME_NM = 0.05  # excitations that are no further apart are one; assumed
REABSORBED = "dilute, or measure the self-absorption against a dilute sample (self_absorption)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeYield:
    """The yield of a sample against that of a reference.

    ``observed_yield`` is what leaves the sample per absorbed photon, ``internal_yield`` that without self-absorption,
    where one was stated. Budget, density and ``drawn`` are of the internal yield, of the observed one where no
    self-absorption was stated; ``budget`` is one standard deviation in per cent by source. ``observed_drawn``: draws of
    the observed yield, always.
    """

    title: ClassVar[str] = "Yield against a reference"
    observed_yield: Estimate = number("observed yield")
    internal_yield: Estimate | None = number("internal yield", optional=True)
    sample_absorptance: Estimate = number("absorptance of the sample")
    reference_absorptance: Estimate = number("absorptance of the reference")
    light_ratio: Estimate = number("photons emitted per exciting photon, sample over reference")
    budget: dict[str, Estimate]
    dominant: str
    says: tuple[str, ...] = ()
    curves: xr.Dataset = field(repr=False)
    drawn: FloatArray = internal()
    observed_drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()
    __str__ = described


class Drawn(NamedTuple):
    """Draws of the observed yield, and of the probability that an emitted photon is absorbed again, where one is."""

    observed: FloatArray
    again: FloatArray | None


def relative_yield(
    sample: xr.Dataset,
    reference: xr.Dataset,
    *,
    reference_yield: Uncertain,
    sample_absorption: xr.Dataset | None = None,
    reference_absorption: xr.Dataset | None = None,
    sample_absorptance: Uncertain | None = None,
    reference_absorptance: Uncertain | None = None,
    sample_index: Index | None = None,
    reference_index: Index | None = None,
    sample_self_absorption: Uncertain = 0.0,
    reference_self_absorption: Uncertain = 0.0,
    power_sd: float = 0.0,
    stray_sd: float = 0.0,
    inner_filter_sd: float = 0.0,
    linearity_sd: float = 0.0,
    baseline_sd: float = 0.0,
    geometry: Geometry | None = None,
    window: tuple[float, float] = (0.5, 0.5),
    exclude_nm: Windows = (),
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> RelativeYield:
    r"""Quantum yield of a sample from its emission and absorption and those of a reference.

    .. math:: Q=Q_r\,\frac{I}{I_r}\,\frac{F_r}{F}\,\frac{q_r}{q}\,\frac{n^2}{n_r^2}

    I are all photons of a spectrum, F what is absorbed (the absorptance, never the absorbance, or what
    :func:`antistokes.physics.inner_filter.collected` makes of it), q the exciting photons :math:`P\lambda/hc`, n the
    index. Q_r is what leaves the reference, its internal yield less its self-absorption; the internal yield of the
    sample follows from Q likewise (:func:`antistokes.physics.cooling.internal_yield`). Monte Carlo of all sources at
    once. A yield above one is legal.

    Parameters
    ----------
    sample, reference : xarray.Dataset
        Emission of both on one scale of intensity, with ``excitation_nm``, and ``power_w`` where the excitations
        differ; of counts, divided by a response or not, ``integration_time_s`` and ``exposures`` are divided out.
    reference_yield : float or (float, float)
        Internal yield of the reference, with its standard uncertainty [1].
    sample_absorption, reference_absorption : xarray.Dataset, optional
        Absorbance (absorptance, transmittance) of each on the path of the exciting light.
    sample_absorptance, reference_absorptance : float or (float, float), optional
        Absorptance at the excitation with its standard uncertainty, instead of the spectrum [1].
    sample_index, reference_index : float or (float, float) or str, optional
        Index of each at its emission, or the material of its solvent; default equal for both [1].
    sample_self_absorption, reference_self_absorption : float or (float, float)
        Probability that an emitted photon is absorbed again [1].
    power_sd, stray_sd, inner_filter_sd, linearity_sd : float
        Relative standard uncertainty that the ratio has by the ratio of the powers, by light that is no emission, by
        what the geometry does beside F, by detectors that are not linear [1].
    baseline_sd : float
        Standard uncertainty of the baseline of each absorption spectrum, independent of the other's [1].
    geometry : {"front-face", "right-angle", "sphere"}, optional
        Where the detector stands, default as the spectra say, else the absorptance serves. In a sphere the index does
        not matter.
    window : (float, float)
        Part of the beam's path that a detector at right angles sees [1].
    exclude_nm : sequence of (float, float)
        Ranges of the emission that a straight line bridges; those of the lasers are, where the data hold them [nm].
    level : float
        Coverage of the intervals [1].
    draws : int
        Number of Monte Carlo draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    RelativeYield
        Observed and internal yield, absorptances, budget, density of the draws.

    Raises
    ------
    DataError
        Where an excitation is not stated, or excitations differ and no power is; where the absorption does not reach.

    References
    ----------
    A. M. Brouwer, Pure Appl. Chem. 83, 2213 (2011), doi:10.1351/PAC-REP-10-09-31; JCGM 101:2008 (GUM supplement 1).
    """
    budgets.check_draws(draws, level)
    both = (
        Cuvette("sample", sample, sample_absorption, sample_absorptance, sample_index, sample_self_absorption),
        Cuvette(
            *("reference", reference, reference_absorption, reference_absorptance),
            *(reference_index, reference_self_absorption),
        ),
    )
    said = beam_of([pairs.step_of(c.emission, c.name) for c in both], geometry, window, 0.0)
    beam = said if said.stated else said._replace(geometry="front-face")
    guesses = _checked(both, beam)
    rng = np.random.default_rng(seed)
    lights = (
        pairs.light_between(sample, "sample", exclude_nm),
        pairs.light_between(reference, "reference", exclude_nm),
    )
    caught = _caught(both, lights, beam, baseline_sd, level, rng, draws)
    stated = {"power": power_sd, "stray light": stray_sd, "inner filter": inner_filter_sd, "linearity": linearity_sd}
    correlation = pairs.shared_response(sample, reference, lights)
    terms = [
        of_reference(reference_yield, both[1], rng, draws),
        pairs.light_term(*lights, correlation, rng, draws),
        *budgets.stated_terms(stated, rng, draws),
        *refraction(both, lights, beam, rng, draws),
    ]
    observed = np.prod([t.drawn for t in terms], axis=0) * caught[1].drawn * pairs.over(caught[0].drawn)
    terms += pairs.absorptance_terms(("sample", caught[0]), ("reference", caught[1]))
    named = tuple((c.name, part) for c, part in zip(both, caught, strict=True))
    absorptances = {c.name: c.absorptance for c in both}
    owed = [
        0.0 if baseline_sd or c.absorptance is not None else doubts.by_baseline(part, beam)
        for c, part in zip(both, caught, strict=True)
    ]
    warnings = [
        *guesses,
        *doubts.of_counts(sample, reference, lights),
        *doubts.of_light([(c.name, light) for c, light in zip(both, lights, strict=True)]),
        *doubts.of_depth(named, beam),
        *doubts.of_absorption(named, owed),
        *(
            w
            for c, light in zip(both, lights, strict=True)
            for w in doubts.of_statement(c.absorption, [light], {c.name: c.absorptance}, baseline_sd)
        ),
        *(w for c in caught for w in c.warnings),
        *budgets.unsaid(stated, absorptances),
    ]
    drawn = Drawn(np.asarray(observed), reabsorbed(both[0], rng, draws))
    return _result(lights, caught, terms, drawn, level, warnings)


def _checked(both: tuple[Cuvette, Cuvette], beam: Beam) -> list[str]:
    """Refuse what cannot be compared; return what was guessed."""
    emissions = [c.emission for c in both]
    told = pairs.require_one_scale(**{c.name: c.emission for c in both})
    energy = [pairs.exciting_ev(ds) for ds in emissions]
    apart = abs(float(np.diff(units.wavelength_from_energy(np.array(energy)))[0]))
    if "power_w" not in emissions[0].attrs:
        if apart > SAME_NM:
            nm = " and ".join(f"{ds.attrs['excitation_nm']:g} nm" for ds in emissions)
            raise DataError(
                f"sample and reference are excited at {nm}, and no power is stated: the ratio of exciting photons is "
                "not known. Expected attrs['power_w'] [W] of both (ans.read(..., power_w=...)), or one excitation."
            )
        told.append("No power is stated (power_w): sample and reference are taken as excited by equally many photons.")
    if (both[0].solvent_index is None) != (both[1].solvent_index is None):
        raise ValueError("give the index of sample and reference, or of neither (then they are taken as equal).")
    if both[0].solvent_index is None and beam.geometry != "sphere":
        told.append("No index is stated: sample and reference are taken as of one; its ratio enters squared.")
    t = [float(ds.attrs.get("temperature_k", np.nan)) for ds in emissions]
    if np.isfinite(t).all() and np.ptp(t) > SAME_K:
        told.append(f"The sample was measured at {t[0]:g} K, the reference at {t[1]:g} K: its yield must hold there.")
    media = [str(ds.attrs.get("medium", "air")) for ds in emissions]
    if media[0] != media[1]:
        told.append(f"Wavelengths of the sample are of {media[0]}, those of the reference of {media[1]}: one file?")
    return told


def _caught(
    both: tuple[Cuvette, Cuvette],
    lights: tuple[Light, Light],
    beam: Beam,
    baseline_sd: float,
    level: float,
    rng: np.random.Generator,
    n: int,
) -> tuple[Caught, Caught]:
    found = []
    for c, light in zip(both, lights, strict=True):
        if c.absorptance is not None:
            found.append(pairs.caught_as_stated(c.absorptance, f"{c.name}_absorptance", beam, level, rng, n))
        elif c.absorption is not None:
            found += pairs.caught_by_spectrum(c.absorption, [light], beam, baseline_sd, level, rng, n)
        else:
            raise ValueError(f"the light that the {c.name} absorbs: give {c.name}_absorption or {c.name}_absorptance.")
    return found[0], found[1]


def _inside(drawn: Drawn, terms: Sequence[Term]) -> tuple[FloatArray, list[Term]]:
    """Return draws of the internal yield, and what each source does to it beside the medians of all others."""
    if drawn.again is None:
        return drawn.observed, list(terms)
    observed, held = float(np.median(drawn.observed)), np.full(drawn.again.size, np.median(drawn.again))

    def alone(term: Term) -> Term:
        middle = float(np.median(term.drawn))
        scaled = term.drawn * (observed / middle) if np.isfinite([observed, middle]).all() else term.drawn * np.inf
        return term._replace(drawn=internal_draws(scaled, held))

    source = Term("self-absorption", internal_draws(np.full(held.size, observed), drawn.again), REABSORBED)
    return internal_draws(drawn.observed, drawn.again), [*map(alone, terms), source]


def _result(
    lights: tuple[Light, Light],
    caught: tuple[Caught, Caught],
    terms: Sequence[Term],
    drawn: Drawn,
    level: float,
    warnings: Sequence[str],
) -> RelativeYield:
    spread = lights[1].sd / lights[1].photons
    below = float(np.hypot(caught[0].relative_sd, spread))
    how = "light per absorbed photon against that of the reference"
    observed, unresolved = budgets.resolved(drawn.observed, below, how, "of the sample", level)
    inside, sources = _inside(drawn, terms)
    budget = budgets.budget_of(sources, inside)
    internal_yield = None
    if drawn.again is not None:
        internal_yield, _ = budgets.resolved(inside, below, f"{how}, less self-absorption", "of the sample", level)
    return RelativeYield(
        observed_yield=observed,
        internal_yield=internal_yield,
        sample_absorptance=caught[0].absorptance,
        reference_absorptance=caught[1].absorptance,
        light_ratio=ratio_of_draws(terms[1].drawn, spread, "integrals of both spectra", level=level),
        budget=budget,
        dominant=budgets.largest(budget, sources).name,
        says=budgets.ways_out(budget, sources),
        curves=density(inside, "quantum_yield"),
        drawn=inside,
        observed_drawn=drawn.observed,
        warnings=tuple(dict.fromkeys([*unresolved, *warnings])),
    )
