"""Quantum yield against that of a reference: light per absorbed photon of both, with a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import yield_budget as budgets
from antistokes.analysis import yield_doubts as doubts
from antistokes.analysis import yield_pair as pairs
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.series import SAME_K
from antistokes.analysis.uncertain import Uncertain, ratio_of_draws, truncated_normal, value_and_sd
from antistokes.analysis.yield_budget import DRAWS, Term
from antistokes.analysis.yield_pair import Caught
from antistokes.analysis.yield_points import Beam, Light, Windows, beam_of
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.materials import load, solvent
from antistokes.materials.optics import refractive_index
from antistokes.physics.cooling import external_yield, internal_yield
from antistokes.physics.inner_filter import Geometry
from antistokes.units import FloatArray

SAME_NM = 0.05  # excitations that are no further apart are one; assumed
MOST_REABSORBED = 0.999

Index = Uncertain | str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeYield:
    """The yield of a sample against that of a reference.

    ``observed_yield`` is what leaves the sample per absorbed photon, ``internal_yield`` that without self-absorption,
    where one was stated. ``budget`` is one standard deviation of the observed yield in per cent of it by source.
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
    curves: xr.Dataset
    drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()
    __str__ = described


class Cuvette(NamedTuple):
    """One of the two: what to call it, its emission, absorption or stated absorptance, index, self-absorption."""

    name: str
    emission: xr.Dataset
    absorption: xr.Dataset | None
    absorptance: Uncertain | None
    solvent_index: Index | None
    self_absorption: Uncertain


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
        Observed and internal yield, absorptances, budget, density of the draws of the observed yield.

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
    said = beam_of([pairs.step_of(c.emission) for c in both], geometry, window, 0.0)
    beam = said if said.stated else said._replace(geometry="front-face")
    guesses = _checked(both, beam)
    rng = np.random.default_rng(seed)
    lights = (pairs.light_between(sample, exclude_nm), pairs.light_between(reference, exclude_nm))
    caught = _caught(both, lights, beam, baseline_sd, level, rng, draws)
    stated = {"power": power_sd, "stray light": stray_sd, "inner filter": inner_filter_sd, "linearity": linearity_sd}
    correlation, told = pairs.shared_response(sample, reference, lights)
    terms = [
        _of_reference(reference_yield, both[1], rng, draws),
        pairs.light_term(*lights, correlation, rng, draws),
        *budgets.stated_terms(stated, rng, draws),
        *_refraction(both, lights, beam, rng, draws),
    ]
    observed = np.prod([t.drawn for t in terms], axis=0) * caught[1].drawn * pairs.over(caught[0].drawn)
    terms += pairs.absorptance_terms(("sample", caught[0]), ("reference", caught[1]))
    named = tuple((c.name, part) for c, part in zip(both, caught, strict=True))
    from_spectrum = any(c.absorptance is None for c in both)
    warnings = [
        *guesses,
        *told,
        *doubts.of_counts(sample, reference, lights),
        *doubts.of_light([(c.name, light) for c, light in zip(both, lights, strict=True)]),
        *doubts.of_depth(named, beam),
        *doubts.of_absorption(named, baseline_sd, from_spectrum),
        *(w for c in caught for w in c.warnings),
        *budgets.unsaid(stated),
    ]
    reabsorbed = _reabsorbed(both[0], rng, draws)
    return _result(lights, caught, terms, (np.asarray(observed), reabsorbed), level, warnings)


def _checked(both: tuple[Cuvette, Cuvette], beam: Beam) -> list[str]:
    """Refuse what cannot be compared; return what was guessed."""
    emissions = [c.emission for c in both]
    pairs.require_one_scale(*emissions)
    told = []
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


def _reabsorbed(cuvette: Cuvette, rng: np.random.Generator, n: int) -> FloatArray | None:
    """Return draws of the probability that an emitted photon is absorbed again; None where there is none."""
    value, sd = value_and_sd(cuvette.self_absorption, f"{cuvette.name}_self_absorption")
    if not 0 <= value < 1:
        raise ValueError(f"{cuvette.name}_self_absorption must be in [0, 1), got {cuvette.self_absorption!r}.")
    return None if value == sd == 0 else truncated_normal(rng, value, sd, 0.0, MOST_REABSORBED, n)


def _of_reference(stated: Uncertain, cuvette: Cuvette, rng: np.random.Generator, n: int) -> Term:
    """Return draws of what leaves the reference per absorbed photon."""
    value, sd = value_and_sd(stated, "reference_yield")
    if not 0 < value <= 1:
        raise ValueError(f"reference_yield must be above 0 and at most 1, got {stated!r}.")
    drawn = truncated_normal(rng, value, sd, 0.0, 1.0, n)
    again = _reabsorbed(cuvette, rng, n)
    leaving = drawn if again is None else external_yield(drawn, again)
    return Term("reference", leaving, "take a reference whose yield is known better, or several")


def _refraction(
    both: tuple[Cuvette, Cuvette], lights: tuple[Light, Light], beam: Beam, rng: np.random.Generator, n: int
) -> list[Term]:
    """Return the squared ratio of the indices; a sphere collects all light, whatever the index."""
    if beam.geometry == "sphere" or both[0].solvent_index is None:
        return []
    own, other = (
        value + sd * budgets.standard_normal(rng, n)
        for value, sd in (_index(c, light) for c, light in zip(both, lights, strict=True))
    )
    return [Term("index", (own / other) ** 2, "measure the indices, or use one solvent for both")]


def _index(cuvette: Cuvette, light: Light) -> tuple[float, float]:
    """Return the index of a solvent at the emission, as stated or by the material's formula."""
    if not isinstance(cuvette.solvent_index, str):
        value, sd = value_and_sd(cuvette.solvent_index or 0.0, f"{cuvette.name}_index")
        if not value >= 1:
            raise ValueError(f"{cuvette.name}_index must be 1 or more, or a material, got {cuvette.solvent_index!r}.")
        return value, sd
    material, wavelength = load(cuvette.solvent_index), float(units.wavelength_from_energy(light.peak_ev))
    t = cuvette.emission.attrs.get("temperature_k")
    if t is None or "thermo_optic_coefficient" not in material.numbers:
        return float(refractive_index(material, wavelength)), 0.0
    slope = material.numbers["thermo_optic_coefficient"].uncertainty
    return float(solvent.index(material, t, wavelength)), abs(float(t) - solvent.INDEX_K) * slope


def _result(
    lights: tuple[Light, Light],
    caught: tuple[Caught, Caught],
    terms: Sequence[Term],
    drawn: tuple[FloatArray, FloatArray | None],
    level: float,
    warnings: Sequence[str],
) -> RelativeYield:
    observed, again = drawn
    spread = lights[1].sd / lights[1].photons
    below = float(np.hypot(caught[0].relative_sd, spread)) if np.isfinite(observed).all() else np.inf
    budget, how = budgets.budget_of(terms, observed), "light per absorbed photon against that of the reference"
    inside = None if again is None else internal_yield(observed, again)
    return RelativeYield(
        observed_yield=ratio_of_draws(observed, below, how, level=level),
        internal_yield=None
        if inside is None
        else ratio_of_draws(inside, below, f"{how}, less self-absorption", level=level),
        sample_absorptance=caught[0].absorptance,
        reference_absorptance=caught[1].absorptance,
        light_ratio=ratio_of_draws(terms[1].drawn, spread, "integrals of both spectra", level=level),
        budget=budget,
        dominant=budgets.largest(budget, terms).name,
        says=budgets.ways_out(budget, terms),
        curves=budgets.density(observed, "quantum_yield"),
        drawn=observed if inside is None else inside,
        warnings=tuple(dict.fromkeys(warnings)),
    )
