"""What a fitted line shape says where the measured tail ends: absorption, energy gain and cooling further in the red.

A prediction: that absorption goes on as the line shape of the dots and nothing else absorbs there is not measured.
Light from states above those that were fitted is left out: .15 meV of the mean in the laboratory's sample at 300 K. How
often the intervals of the gain hold the truth: docs/models/lineshape-fit.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import lineshape_model as model
from antistokes.analysis.lineshape import LineshapeFit
from antistokes.analysis.lineshape_intervals import Solution
from antistokes.analysis.result import number
from antistokes.analysis.uncertain import Uncertain, truncated_normal, value_and_sd
from antistokes.errors import DataError
from antistokes.estimate import Estimate, from_draws
from antistokes.physics import cooling as law
from antistokes.units import FloatArray

CLEAR = 3.0  # standard deviations above the baseline: where the measured tail ends
EXCESS, FEWEST = 1.5, 4  # of the measured tail over the line shape, and at how many samples, before it is said
FURTHEST_MEV = 400.0  # from the first maximum
LADDER = 8  # phonons below the first maximum, at most, that are marked
ONE_DOT_EV = (-0.45, 0.35)  # of the emission of one dot, around its E_00


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineshapeTail:
    """Predictions from a fit, red of what was measured.

    ``curves``: over ``energy`` [eV] of the excitation, the model's absorption (in the unit of the spectrum, without its
    baseline), energy gain by mean [meV] and, where a yield was given, cooling efficiency; each with ``_low`` and
    ``_high``. ``ladder_ev``: energies below the first maximum by whole numbers of ``phonon_mev``, a scale to read by.
    """

    title: ClassVar[str] = "Line shape beyond the data (prediction)"
    resolved_to_ev: float
    first_maximum_ev: float
    phonon_mev: float
    ladder_ev: tuple[float, ...]
    gain_mev: dict[str, Estimate] = field(default_factory=dict)
    relative_absorption: dict[str, Estimate] = field(default_factory=dict)
    blue_edge_nm: Estimate | None = number("predicted cooling window, blue edge", optional=True)
    red_edge_nm: Estimate | None = number("predicted cooling window, red edge", optional=True)
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()


class _Rows(NamedTuple):
    """A quantity over excitations: best (m,), of each draw (n, m), unit."""

    best: FloatArray
    drawn: FloatArray
    unit: str

    def cut(self, size: int) -> _Rows:
        """Return the first columns."""
        return self._replace(best=self.best[:size], drawn=self.drawn[:, :size])


def predict_tail(
    fit: LineshapeFit,
    *,
    excitation_nm: float | tuple[float, ...] = (),
    external_yield: Uncertain | None = None,
    background_per_cm: Uncertain = 0.0,
    reach_mev: float = 250.0,
    draws: int = 100,
    seed: int = 0,
) -> LineshapeTail:
    r"""Absorption, energy gain and cooling that a fitted line shape predicts where the measured tail ends.

    Intervals come from draws of the parameters with their covariance, shares of the vibrations included, which
    spectra at room temperature leave open and on which the far tail hangs. Each dot emits as much as it absorbs of the
    excitation, so that unequal dots emit redder the further in the tail they are excited.

    Parameters
    ----------
    fit : LineshapeFit
        A fit that had an absorption spectrum.
    excitation_nm : float or tuple of float
        Excitations to give numbers at, in the medium of the absorption spectrum [nm].
    external_yield : float or (value, sd), optional
        External quantum yield; without it no cooling is predicted [1].
    background_per_cm : float or (value, sd)
        Parasitic absorption; used where the absorption is in cm^-1 [cm^-1].
    reach_mev : float
        How far below the first maximum to predict [meV].
    draws : int
        Number of draws of the parameters.
    seed : int
        Seed of the draws.

    Returns
    -------
    LineshapeTail
        Numbers and curves.

    Raises
    ------
    DataError
        Where the fit had no absorption spectrum.

    References
    ----------
    physics/ensemble.py for the weights of the dots, physics/cooling.py for the balance.
    """
    s = fit.solution
    index = next((i for i, spectrum in enumerate(s.spectra) if not spectrum.emission), None)
    if index is None:
        raise DataError("the fit had no absorption spectrum: expected one, to predict its tail.")
    band, t, level = s.spectra[index].band, s.spectra[index].temperature, fit.e00_ev.level
    first = _first_maximum(s, t, band.energy_ev)
    grid = np.linspace(first - reach_mev / 1e3, first, 101)
    lasers = np.atleast_1d(np.asarray(excitation_nm, dtype=float))
    asked = units.energy_from_wavelength(lasers, band.medium) if lasers.size else np.empty(0)
    _check(lasers, asked, first, reach_mev, draws, external_yield)
    rng = np.random.default_rng(seed)
    relative, gain = _drawn(s, t, np.concatenate([grid, asked, [first]]), draws, rng)
    top = _scale(s, index) * float(model.cross_section(s.best.at, s.layout, t, np.array([first]))[0])
    absorption = _Rows(top * relative.best, top * relative.drawn, band.unit).cut(grid.size)
    rows = {"absorption": absorption, "gain": gain.cut(grid.size)}
    edges: tuple[Estimate | None, Estimate | None] = (None, None)
    warnings = _contradicted(s, index)
    if external_yield is not None:
        if band.unit != "cm^-1" and value_and_sd(background_per_cm, "background_per_cm")[0] > 0:
            warnings += ("The absorption has no scale in 1/cm: the background is left out of the prediction.",)
            background_per_cm = 0.0
        rows["efficiency"] = _efficiency(grid, rows["absorption"], rows["gain"], external_yield, background_per_cm, rng)
        edges = _edges(units.wavelength_from_energy(grid, band.medium), rows["efficiency"], level)
    phonon = _phonon(s)
    at = {f"{nm:g} nm": grid.size + i for i, nm in enumerate(lasers)}
    how = f"fitted line shape, each dot weighed by what it absorbs; interval from {draws} draws of the parameters"
    return LineshapeTail(
        resolved_to_ev=_resolved_to(s, index),
        first_maximum_ev=first,
        phonon_mev=phonon,
        ladder_ev=tuple(float(e) for e in first - np.arange(1, LADDER + 1) * phonon / 1e3 if e > grid[0]),
        gain_mev={f"gain by mean, {name}": _estimate(gain, i, how, level) for name, i in at.items()},
        relative_absorption={
            f"absorption over the first maximum's, {name}": _estimate(relative, i, how, level) for name, i in at.items()
        },
        blue_edge_nm=edges[0],
        red_edge_nm=edges[1],
        curves=_curves(grid, rows, level),
        warnings=warnings,
    )


def _check(
    lasers_nm: FloatArray,
    lasers_ev: FloatArray,
    first_ev: float,
    reach_mev: float,
    draws: int,
    external_yield: Uncertain | None,
) -> None:
    """Raise where nothing can be predicted."""
    if not (0 < reach_mev <= FURTHEST_MEV and draws >= 10):
        limits = f"reach_mev is above 0 and at most {FURTHEST_MEV:g}, draws 10 or more"
        raise ValueError(f"{limits}; found {reach_mev!r}, {draws!r}.")
    far = ~(np.abs(lasers_ev - first_ev) <= FURTHEST_MEV / 1e3)
    if far.any():
        raise ValueError(
            f"excitation_nm: {lasers_nm[far].tolist()} lies more than {FURTHEST_MEV:g} meV from the first maximum at "
            f"{first_ev:.3f} eV; the line shape says nothing there (are they wavelengths in nm?)."
        )
    if external_yield is not None and not 0 < value_and_sd(external_yield, "external_yield")[0] <= 1.5:
        raise ValueError(f"external_yield is a fraction, above 0 and at most 1.5; found {external_yield!r}.")


def _drawn(s: Solution, t: int, excitation_ev: FloatArray, draws: int, rng: np.random.Generator) -> tuple[_Rows, _Rows]:
    """Return absorption over that of the last excitation, and gain by mean [meV]."""
    spread = rng.multivariate_normal(s.best.at, s.covariance, draws, method="eigh")
    every = [_one(s, at, t, excitation_ev) for at in (s.best.at, *np.clip(spread, s.box.low, s.box.high))]
    absorption, gain = (np.stack(column) for column in zip(*every, strict=True))
    return _Rows(absorption[0], absorption[1:], "1"), _Rows(gain[0], gain[1:], "meV")


def _one(s: Solution, at: FloatArray, t: int, excitation_ev: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return relative absorption, and gain by the mean photon energy of the dots that each excitation excites."""
    layout = s.layout
    absorption = model.cross_section(at, layout, t, excitation_ev)
    moved, weight = model.shifts(at, layout)
    moved = moved / 1e3
    equal = at.copy()
    equal[layout.variance] = model.LEAST_WIDTH_MEV**2
    seen = excitation_ev[:, np.newaxis] - moved  # by a dot that is moved
    weight = weight * model.cross_section(equal, layout, t, seen) / seen
    grid = layout.origin_ev + at[t] / 1e3 + np.linspace(*ONE_DOT_EV, 801)
    light = model.photons(equal, layout, t, grid) / grid**3
    energy = grid + moved[:, np.newaxis]
    photons, power = (np.sum(light * energy**k, axis=1) for k in (3, 4))
    return absorption / absorption[-1], 1e3 * ((weight @ power) / (weight @ photons) - excitation_ev)


def _efficiency(
    grid_ev: FloatArray,
    absorption: _Rows,
    gain: _Rows,
    external_yield: Uncertain,
    background_per_cm: Uncertain,
    rng: np.random.Generator,
) -> _Rows:
    """Return the cooling efficiency, with draws of yield and background."""
    n = len(gain.drawn)
    value, sd = value_and_sd(external_yield, "external_yield")
    yields = truncated_normal(rng, value, sd, 0.0, 1.0, n)
    lost = truncated_normal(rng, *value_and_sd(background_per_cm, "background_per_cm"), 0.0, np.inf, n)

    def one(alpha: FloatArray, gain_mev: FloatArray, eta: FloatArray, parasitic: FloatArray) -> FloatArray:
        share = law.absorption_efficiency(alpha, parasitic[:, np.newaxis])
        return law.cooling_efficiency(grid_ev, grid_ev + gain_mev / 1e3, eta[:, np.newaxis], share)

    middle = (np.median(v, keepdims=True) for v in (yields, lost))
    best = one(absorption.best[np.newaxis], gain.best, *middle)[0]
    return _Rows(best, one(absorption.drawn, gain.drawn, yields, lost), "1")


def _estimate(rows: _Rows, i: int, how: str, level: float) -> Estimate:
    best = float(rows.best[i])
    found = from_draws(best, rows.drawn[:, i], rows.unit, how, level)  # to one side of a best fit at a bound
    return replace(found, low=min(found.low, best), high=max(found.high, best))


def _curves(grid_ev: FloatArray, rows: dict[str, _Rows], level: float) -> xr.Dataset:
    """Return best values and the ends of the intervals over the excitation."""
    variables = {}
    for name, r in rows.items():
        low, high = np.quantile(r.drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        ends = np.minimum(low, r.best), np.maximum(high, r.best)
        for end, values in zip(("", "_low", "_high"), (r.best, *ends), strict=True):
            variables[f"{name}{end}"] = ("energy", values, {"units": r.unit})
    return xr.Dataset(variables, coords={"energy": ("energy", grid_ev, {"units": "eV"})})


def _scale(s: Solution, index: int) -> float:
    """Return the factor from the model's cross-section to the measured absorption."""
    spectrum = s.spectra[index]
    fitted, base, _ = model.scaled(s.best.at, s.layout, spectrum)
    plain = model.cross_section(s.best.at, s.layout, spectrum.temperature, spectrum.energy)
    averaged = (plain * spectrum.weight).sum(axis=0)
    return float(np.max(fitted - base) / averaged[int(np.argmax(fitted - base))])


def _first_maximum(s: Solution, t: int, energy_ev: FloatArray) -> float:
    """Return the maximum of the lowest state's band [eV]."""
    alone = s.best.at.copy()
    alone[s.layout.strengths] = 0.0
    grid = np.linspace(energy_ev[0], energy_ev[-1] + 0.2, 4001)
    return float(grid[int(np.argmax(model.cross_section(alone, s.layout, t, grid)))])


def _resolved_to(s: Solution, index: int) -> float:
    """Return how far down absorption stands clear of its baseline and noise, without a gap [eV]."""
    band = s.spectra[index].band
    _, base, _ = model.scaled(s.best.at, s.layout, s.spectra[index])
    lost = np.flatnonzero(band.value - base < CLEAR * band.total_sd)
    return float(band.energy_ev[min(int(lost[-1]) + 1, band.energy_ev.size - 1)] if lost.size else band.energy_ev[0])


def _contradicted(s: Solution, index: int) -> tuple[str, ...]:
    """Warn where the measured tail stands above the line shape, by more than noise: something else absorbs there."""
    band = s.spectra[index].band
    fitted, base, _ = model.scaled(s.best.at, s.layout, s.spectra[index])
    measured, line = band.value - base, fitted - base
    above = (measured > EXCESS * line) & (measured - EXCESS * line > CLEAR * band.total_sd)
    if above.sum() < FEWEST:
        return ()
    worst = int(np.argmax(np.where(above, measured / np.maximum(line, 1e-300), 0.0)))
    times = f"{measured[worst] / line[worst]:.2g} times" if line[worst] > 1e-6 * line.max() else "far above"
    return (
        f"The measured tail contradicts the line shape: at {int(above.sum())} samples it stands more than {EXCESS:g} "
        f"times above it, at {band.wavelength_nm[worst]:.1f} nm {times} what it says. Something else absorbs there, or "
        "the baseline is no constant; the prediction is of the dots alone.",
    )


def _phonon(s: Solution) -> float:
    """Return the energy of the first mode of the coupling, the optical one of the presets [meV]."""
    modes = [c.modes[0].energy_mev for c in s.layout.components if c.modes]
    return float(modes[0]) if modes else 25.0


def _edges(wavelength_nm: FloatArray, efficiency: _Rows, level: float) -> tuple[Estimate | None, Estimate | None]:
    """Return where the efficiency crosses zero on either side of its maximum; None where it does not."""
    found = np.array([_crossings(wavelength_nm, row) for row in (efficiency.best, *efficiency.drawn)])
    out: list[Estimate | None] = []
    for best, drawn in zip(found[0], found[1:].T, strict=True):
        known = drawn[np.isfinite(drawn)]
        how = f"zero of the predicted efficiency; interval from the {known.size} draws of {drawn.size} that have it"
        there = np.isfinite(best) and known.size > 0.5 * drawn.size
        out.append(from_draws(float(best), known, "nm", how, level) if there else None)
    return out[0], out[1]


def _crossings(wavelength_nm: FloatArray, efficiency: FloatArray) -> tuple[float, float]:
    """Return blue and red end of the window around the maximum, NaN where there is none; wavelengths descend."""
    top = int(np.argmax(efficiency))
    below = np.flatnonzero(efficiency < 0)
    blue, red = below[below > top], below[below < top]
    if not efficiency[top] > 0:
        return np.nan, np.nan
    ends = []
    for i in (int(blue[0]) - 1 if blue.size else None, int(red[-1]) if red.size else None):
        if i is None:
            ends.append(np.nan)
            continue
        share = efficiency[i] / (efficiency[i] - efficiency[i + 1])
        ends.append(float(wavelength_nm[i] + share * (wavelength_nm[i + 1] - wavelength_nm[i])))
    return ends[0], ends[1]
