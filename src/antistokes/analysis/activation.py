"""How absorption below the gap grows with temperature: apparent energies, and which models could be behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import activation_models as rivals
from antistokes.analysis import curves
from antistokes.analysis.activation_alternatives import Alternative, alternatives, told
from antistokes.analysis.activation_models import FULL, Fit
from antistokes.analysis.activation_points import (
    Points,
    apparent,
    by_offset,
    measured_edges,
    ratios,
    strays,
    with_temperature_sd,
)
from antistokes.analysis.bands import Band, absorption_band
from antistokes.analysis.edge import Edge
from antistokes.analysis.equivalence import Equivalence, paired_equivalence
from antistokes.analysis.result import described, number
from antistokes.analysis.series import Step, matched, mean_difference, steps
from antistokes.errors import DataError, FitError
from antistokes.estimate import Estimate, exact
from antistokes.physics import presets
from antistokes.physics.coupling import Coupling
from antistokes.physics.marcus import State
from antistokes.units import FloatArray

CURVE_MEV = 5.0  # step of the curves of the models
LEAST_MEV = 1.0  # of a depth or a phonon
OFFSET = 1e-3  # of absorbance, what baselines are good for where nobody says (assumed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """One model at its best, and how far it is from the best of all."""

    title: str
    standing: str
    aicc: Estimate = number("AICc")
    behind: Estimate = number("AICc above the best model's")
    chi2: Estimate = number("chi-square")
    size: Estimate = number("parameters")
    parameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TailActivation:
    """Apparent energies of a tail, the models compared on the same ratios, and what cannot be told apart.

    ``tied``: the models that the data do not tell apart; ``chosen``: the one they name, None where they name none.
    ``curves``: over ``step`` (the spectra) and ``below`` [meV] ln of the ratio, its sd and temperatures; over
    ``model`` and ``depth`` [meV] the apparent energy that each model has at any depth.
    """

    title: ClassVar[str] = "Growth of the absorption tail with temperature"
    apparent_mev: dict[str, Estimate] = field(default_factory=dict)
    models: tuple[ModelScore, ...] = ()
    tied: tuple[str, ...] = ()
    chosen: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    reversibility: tuple[Equivalence, ...] = ()
    says: tuple[str, ...] = ()
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    __str__ = described


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbsorptionActivation:
    """Apparent energy of an absorption at one photon energy; ``curves`` over ``step``: temperature, ln A and its sd."""

    title: ClassVar[str] = "Growth of an absorption with temperature"
    apparent_mev: Estimate = number("apparent energy")
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    __str__ = described


def tail_activation(
    series: Sequence[xr.Dataset],
    below_mev: float | Sequence[float] = 50.0,
    *,
    phonon_mev: float | None = None,
    coupling: Coupling | str = "cdse-cds-zb",
    states: Sequence[State] = presets.CDSE_STATES,
    near_nm: float | None = None,
    baseline_sd: float = 0.0,
    common_baseline_sd: float = 0.0,
    temperature_sd_k: float = 0.0,
    margin: float = 0.02,
    level: float = 0.95,
) -> TailActivation:
    r"""Apparent energies of the absorption below its first maximum, and the models that could be behind them.

    .. math:: r = \frac{A(E_{1S}-D)}{A(E_{1S})},\qquad E_a(D) = -\frac{\partial\ln r}{\partial(1/kT)}

    The maximum is found at each temperature and its error propagated into every ratio. The models are fitted to all
    ratios at once: a Boltzmann factor of any energy; energies in proportion to D (several D); a power D/w of the
    population of a phonon, and one mode of any Huang-Rhys factor (both with ``phonon_mev``); and the line shape of
    ``coupling`` with its strength and the disorder free.

    Parameters
    ----------
    series : sequence of xarray.Dataset
        Absorption spectra with ``temperature_k``, in the order they were taken.
    below_mev : float or sequence of float
        Energies D below the maximum; the first is the one that alternatives are given for [meV].
    phonon_mev : float, optional
        Known energy of a phonon [meV].
    coupling : Coupling or str
        Modes and baths of the full line shape, or the name of a preset: their shares are held.
    states : sequence of (offset_mev, strength)
        Electronic states of the line shape; by default a typical edge of CdSe (assumed).
    near_nm : float, optional
        The maximum closest to this wavelength; by default the first [nm].
    baseline_sd : float
        Standard uncertainty of each spectrum's baseline, for spectra of absorbance [absorbance].
    common_baseline_sd : float
        Standard uncertainty of an offset that all of them share; an error of .001 may decide everything, and a warning
        says how much it moves where neither is stated [absorbance].
    temperature_sd_k : float
        Standard uncertainty of each temperature, independent of the others [K].
    margin : float
        Difference of the ratios on heating and cooling within which they count as equal [1].
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    TailActivation
        Apparent energies, models with their AICc, what is tied, alternatives, reversibility, curves.

    Raises
    ------
    DataError
        When fewer than two spectra can be used, or no absorption is resolved where it is asked for.

    References
    ----------
    Ye et al., Nature Communications 12, 4283 (2021), doi:10.1038/s41467-021-24560-4, Fig. 2b; models and limits on the
    page docs/models/tail-activation.md.
    """
    below = _depths(below_mev, phonon_mev)
    found, warnings = steps(series, "absorption")
    measured, left_out = measured_edges(found, below, near_nm, baseline_sd)
    points, unresolved = _resolved(ratios(measured, below, common_baseline_sd))
    points = with_temperature_sd(points, temperature_sd_k)
    energies = [apparent(points, j, level) for j in range(points.below_mev.size)]
    offset, decides = _offset(points, energies, baseline_sd == 0 and common_baseline_sd == 0)
    template = presets.preset(coupling).coupling if isinstance(coupling, str) else coupling
    shape = rivals.shape_of(template, states, float(np.mean([edge.peak_ev for _, edge in measured])))
    candidates = {model.name: model for model in rivals.models(points, shape, phonon_mev)}
    fits, words = _compared(tuple(candidates.values()), points)
    slope = float(np.nanmean([edge.slope_per_mev[list(below).index(points.below_mev[0])] for _, edge in measured]))
    tied, chosen = rivals.tied(fits), None if decides else rivals.chosen(fits)
    describes = not rivals.is_rejected(FULL, fits)
    other = alternatives(points, shape, energies[0], slope) if describes else ()
    return TailActivation(
        apparent_mev={
            f"apparent energy {d:g} meV below the maximum": e for d, e in zip(points.below_mev, energies, strict=True)
        },
        models=tuple(_score(f, candidates[f.name], fits[0].aicc, rivals.is_rejected(f.name, fits)) for f in fits),
        tied=tied,
        chosen=chosen,
        alternatives=other,
        reversibility=_reversibility(measured, points, energies, margin),
        says=told(points, energies, tied, chosen, other, describes),
        curves=_curves(measured, points, candidates, fits),
        warnings=(
            *warnings,
            *left_out,
            *unresolved,
            *strays([(step, edge.peak_ev) for step, edge in measured]),
            *offset,
            *words,
        ),
    )


def absorption_activation(
    series: Sequence[xr.Dataset], at_nm: float, *, temperature_sd_k: float = 0.0, level: float = 0.95
) -> AbsorptionActivation:
    r"""Apparent energy of an absorption at one wavelength, whatever else the spectrum does.

    .. math:: E_a = -\frac{\partial\ln A}{\partial(1/kT)}

    Parameters
    ----------
    series : sequence of xarray.Dataset
        Absorption spectra with ``temperature_k``.
    at_nm : float
        Wavelength, in the medium of the spectra [nm].
    temperature_sd_k : float
        Standard uncertainty of each temperature, independent of the others [K].
    level : float
        Coverage probability of the interval [1].

    Returns
    -------
    AbsorptionActivation
        The energy, and ln A at each temperature.

    Raises
    ------
    DataError
        When fewer than two spectra can be used.
    """
    found, warnings = steps(series, "absorption")
    kept: list[tuple[Step, float, float]] = []
    words: list[str] = []
    for step in found:
        try:
            band = absorption_band(step.spectrum)
            kept.append((step, *_log_absorption(band, at_nm)))
            words += band.warnings
        except DataError as error:
            words.append(f"{step.name} is left out: {error}")
    if len(kept) < 2:
        raise DataError(f"fewer than two spectra hold an absorption at {at_nm:g} nm. " + " ".join(words))
    used, values, sds = zip(*kept, strict=True)
    t, log = np.array([step.temperature_k for step in used]), np.array(values)[:, None]
    points = Points(t, np.zeros(1), log, np.maximum(np.square(sds), 1e-24)[:, None, None])
    points = with_temperature_sd(points, temperature_sd_k)
    sd = np.sqrt(points.covariance[:, 0, 0])
    columns = {"temperature": (t, "K"), "log_absorption": (log[:, 0], "1"), "log_absorption_sd": (sd, "1")}
    return AbsorptionActivation(
        apparent_mev=apparent(points, 0, level),
        curves=xr.Dataset({name: ("step", v, {"units": unit}) for name, (v, unit) in columns.items()}),
        warnings=(*warnings, *dict.fromkeys(words)),
    )


def _log_absorption(band: Band, at_nm: float) -> tuple[float, float]:
    """Return ln of an absorption at a wavelength and its standard uncertainty; lines may be as sharp as they are."""
    at = units.energy_from_wavelength(np.array([at_nm]), band.medium)
    if not band.energy_ev[0] <= at[0] <= band.energy_ev[-1]:
        raise DataError(f"{band.name}: {at_nm:g} nm lies outside the data.")
    value, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, at)
    sd = band.variance_of(gradient.toarray()[0]) ** 0.5
    if not value[0] > 3 * sd:
        raise DataError(
            f"{band.name}: absorption at {at_nm:g} nm is not resolved, {value[0]:.3g} with {sd:.2g} of noise."
        )
    return float(np.log(value[0])), sd / float(value[0])


def _depths(below_mev: float | Sequence[float], phonon_mev: float | None) -> FloatArray:
    below = np.atleast_1d(np.asarray(below_mev, dtype=float))
    if not (below.ndim == 1 and below.size and np.all(below >= LEAST_MEV) and np.unique(below).size == below.size):
        raise ValueError(
            f"below_mev must hold different energies of {LEAST_MEV:g} meV or more, found {below_mev!r}. Is it in eV?"
        )
    if phonon_mev is not None and not phonon_mev >= LEAST_MEV:
        raise ValueError(f"phonon_mev must be {LEAST_MEV:g} or more, found {phonon_mev!r}. Is it in eV?")
    return below


def _resolved(points: Points) -> tuple[Points, list[str]]:
    """Return the depths at which two temperatures are resolved, and words about the others; raise where none is."""
    known = np.isfinite(points.log_ratio).sum(axis=0) >= 2
    missing = ", ".join(f"{d:g}" for d in points.below_mev[~known])
    said = f"No absorption is resolved at two temperatures {missing} meV below the maximum"
    if not known.any():
        raise DataError(f"{said}: ask for less, measure a longer path, or average more scans.")
    return points.at(known), [f"{said}: left out."] if missing else []


def _offset(points: Points, energies: Sequence[Estimate], unstated: bool) -> tuple[list[str], bool]:
    """Return words about what an offset that nobody stated would move, and whether it is more than an interval."""
    moved = np.abs(by_offset(points, OFFSET))
    half = np.array([(e.high - e.low) / 2 for e in energies])
    if not unstated or not np.any(moved > half / 2):
        return [], False
    listed = ", ".join(f"{m:.2g} meV at {d:g}" for d, m in zip(points.below_mev, moved, strict=True))
    decides = bool(np.any(moved > half))
    none = " That is more than an interval, so no model is named." if decides else ""
    return [
        f"No uncertainty of the baselines is stated. An offset of absorbance of {OFFSET:g} common to all spectra would "
        f"move the apparent energies by {listed}; no interval holds this (baseline_sd, common_baseline_sd).{none}"
    ], decides


def _compared(candidates: Sequence[rivals.Model], points: Points) -> tuple[tuple[Fit, ...], list[str]]:
    """Return all models at their best, the lowest AICc first, and what there is to say."""
    fits, words = [], []
    for model in candidates:
        try:
            fits.append(rivals.fit(model, points))
        except FitError as error:
            words.append(f"{model.name}: not fitted ({error}).")
    count = int(np.isfinite(points.log_ratio).sum())
    factor = rivals.inflation(fits, count)
    if factor > 1:
        words.append(
            f"No model leaves only noise: chi-square is {factor:.3g} times what chance allows in the best of them. All "
            "models are compared with noise that is larger by this factor in variance."
        )
    if any(math.isinf(f.aicc) for f in fits):
        words.append(f"{count} ratios are too few to compare all models; 7 temperatures serve well.")
    return rivals.rescored(fits, factor, count), words


def _score(fit: Fit, model: rivals.Model, least: float, rejected: bool) -> ModelScore:
    parameters = dict(zip(model.parameters, fit.at.tolist(), strict=True))
    behind = fit.aicc - least if math.isfinite(fit.aicc) else math.inf
    standing = "not compared: too few ratios"
    if math.isfinite(behind):
        standing = "tied with the best" if behind < rivals.TIED else "weak"
        standing = "rejected" if rejected else standing
    how = "of the ratios at all temperatures and depths"
    return ModelScore(
        title=fit.name,
        standing=standing,
        aicc=exact(fit.aicc, "1", how),
        behind=exact(behind, "1", "difference of AICc"),
        chi2=exact(fit.chi2, "1", how),
        size=exact(fit.size, "1", "number of fitted parameters"),
        parameters=parameters,
    )


def _reversibility(
    measured: Sequence[tuple[Step, Edge]], points: Points, energies: Sequence[Estimate], margin: float
) -> tuple[Equivalence, ...]:
    """Return whether the ratios on heating and on cooling are equal, depth by depth; pairs are of one temperature."""
    pairs = matched([step for step, _ in measured])
    found = []
    for j, energy in enumerate(energies):
        y = points.log_ratio[:, j] + energy.value * points.per_mev  # small differences of temperature taken out
        kept = [pair for pair in pairs if np.isfinite(y[[*pair[0], *pair[1]]]).all()]
        if len(kept) < 2:
            continue
        both = [mean_difference(pair, y, points.covariance[:, j, j]) for pair in kept]
        title = f"ratio {points.below_mev[j]:g} meV below the maximum, cooling against heating (ln)"
        difference, noise = zip(*both, strict=True)
        found.append(paired_equivalence(title, difference, noise, (-margin, margin), "1"))
    return tuple(found)


def _curves(
    measured: Sequence[tuple[Step, Edge]], points: Points, by_name: dict[str, rivals.Model], fits: Sequence[Fit]
) -> xr.Dataset:
    """Return the ratios, and the apparent energy of every model over depth."""
    depth = np.arange(CURVE_MEV, 1.25 * points.below_mev.max() + CURVE_MEV, CURVE_MEV)
    return xr.Dataset(
        {
            "temperature": ("step", points.temperature_k, {"units": "K"}),
            "branch": ("step", [step.branch for step, _ in measured]),
            "peak": ("step", [edge.peak_ev for _, edge in measured], {"units": "eV"}),
            "log_ratio": (("step", "below"), points.log_ratio, {"units": "1"}),
            "log_ratio_sd": (
                ("step", "below"),
                np.sqrt(np.diagonal(points.covariance, axis1=1, axis2=2)),
                {"units": "1"},
            ),
            "apparent_energy": (
                ("model", "depth"),
                np.array([rivals.curve(f, by_name[f.name], points, depth) for f in fits]),
                {"units": "meV"},
            ),
        },
        coords={
            "below": ("below", points.below_mev, {"units": "meV"}),
            "depth": ("depth", depth, {"units": "meV"}),
            "model": ("model", [f.name for f in fits]),
        },
    )
