"""Fit absorption edge and emission together: zero-phonon energy, reorganisation energy, inhomogeneous width, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes.analysis import lineshape_model as model
from antistokes.analysis.lineshape_intervals import Estimates, Intervals, Solution, estimated, solved
from antistokes.analysis.lineshape_model import Layout, Spectrum
from antistokes.analysis.lineshape_window import choose, starting_point
from antistokes.analysis.profile import Box, Optimum, minimise
from antistokes.analysis.result import internal, number
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics import presets, strengths
from antistokes.physics.coupling import Coupling
from antistokes.units import FloatArray, thermal_energy_mev

SLOW = 3.0  # kT over the cutoff of a bath from which on it counts as slow
ROUGH = 10.0  # fall of chi-square at which a start is left, to compare it with the others


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineshapeFit:
    """What spectra say about one dot's line and how unequal the dots are, and what they do not say.

    ``curves``: over ``sample``, all spectra one after the other: ``spectrum`` (its number, as in ``spectra``), photon
    energy, wavelength, data, sd, model, baseline, residual in standard deviations. ``shares``: of the reorganisation
    energy, those that the spectra determine; ``undetermined`` says what holds for the others.
    """

    title: ClassVar[str] = "Line shape"
    e00_ev: Estimate = number("transition without phonons, E_00")
    reorganisation_mev: Estimate = number("reorganisation energy")
    inhomogeneous_width_mev: Estimate = number("inhomogeneous width (s.d. of E_00)")
    skewness: Estimate = number("skewness of the distribution of E_00 (above 0: a blue tail)")
    homogeneous_width_mev: Estimate = number("width of one dot's line (s.d.)")
    higher_states: dict[str, Estimate] = field(default_factory=dict)
    e00_at_ev: dict[str, Estimate] = field(default_factory=dict)
    shares: dict[str, Estimate] = field(default_factory=dict)
    undetermined: tuple[str, ...] = ()
    reduced_chi2: Estimate = number("reduced chi-square")
    spectra: tuple[str, ...]
    curves: xr.Dataset = field(repr=False)
    correlation: dict[str, dict[str, float]] = field(repr=False)
    warnings: tuple[str, ...] = ()
    solution: Solution = internal()


def fit_lineshape(
    absorption: xr.Dataset | Sequence[xr.Dataset],
    emission: xr.Dataset | Sequence[xr.Dataset],
    *,
    temperature_k: float | None = None,
    coupling: Coupling | str = "cdse-cds-zb",
    free_shares: bool = True,
    free_skewness: bool = True,
    higher_states: int = 1,
    absorption_nm: tuple[float, float] | None = None,
    emission_nm: tuple[float, float] | None = None,
    exclude_nm: Sequence[tuple[float, float]] = (),
    bounds: dict[str, tuple[float, float]] | None = None,
    baseline: bool = True,
    intervals: Intervals = "profile",
    level: float = 0.95,
) -> LineshapeFit:
    r"""Fit the electron-phonon line shape of an ensemble to its absorption edge and emission at once.

    Every spectrum is :math:`s\,f(E) + b` with its own scale and baseline, averaged over its bandpass, where f is the
    cross-section or the photon rate of dots whose E_00 has a Gaussian distribution, or one with an exponential tail. An
    excitation weighs each dot by what it absorbs: in the fitted edge and below by the model, above it by how the
    measured absorption runs there. Spectra at several temperatures share all but E_00.

    Parameters
    ----------
    absorption : xarray.Dataset or sequence of xarray.Dataset
        Absorption spectra that declare their quantity; an empty sequence for none.
    emission : xarray.Dataset or sequence of xarray.Dataset
        Emission spectra that declare their quantity; ``excitation_nm`` and ``bandpass_nm`` of each are used.
    temperature_k : float, optional
        Temperature of all spectra; it goes before what they state, with a warning, and is refused where they state
        several [K].
    coupling : Coupling or str
        Which modes and baths there are, or the name of a preset; their strengths are only where the fit starts.
    free_shares : bool
        Whether the shares of modes and baths in the reorganisation energy are fitted, or held at those of ``coupling``.
    free_skewness : bool
        Whether the distribution of E_00 may have an exponential tail to the blue or the red, or is a Gaussian.
    higher_states : int
        Number of electronic states above the lowest that the absorption's window reaches into.
    absorption_nm, emission_nm : tuple of float, optional
        Windows; by default the edge up to a little beyond the first maximum, and the emission band [nm].
    exclude_nm : sequence of tuple of float
        Ranges to leave out of every emission spectrum: a laser line, a Raman line [nm].
    bounds : dict, optional
        (low, high) of ``e00_ev``, ``reorganisation_mev``, ``inhomogeneous_width_mev``; equal ends hold one.
    baseline : bool
        Whether every spectrum has a baseline of its own: a constant, and for absorption a straight line in energy.
    intervals : {'profile', 't'}
        Intervals from the profile of the likelihood, or from the curvature at the best fit and Student's t (quicker).
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    LineshapeFit
        Estimates, what cannot be told apart, curves, correlation matrix, warnings.

    Raises
    ------
    DataError
        Where spectra do not overlap, a laser line lies in a window, or no temperature is known.
    FitError
        Where the fit does not end.

    References
    ----------
    physics/lineshape.py; derivation, checks and limits on the page docs/models/lineshape-fit.md.
    """
    if intervals not in ("profile", "t"):
        raise ValueError(f"intervals must be 'profile' or 't', not {intervals!r}.")
    if not (0 < level < 1 and higher_states in range(5)):
        raise ValueError(
            f"level lies between 0 and 1 and higher_states from 0 to 4; found {level!r}, {higher_states!r}."
        )
    template = presets.preset(coupling).coupling if isinstance(coupling, str) else coupling
    chosen = choose(absorption, emission, temperature_k, absorption_nm, emission_nm, tuple(exclude_nm))
    names, components, share = _components(template, free_shares, min(chosen.temperatures_k))
    order, origin = tuple(range(len(components))), float(np.mean(chosen.centre_ev))
    layout = Layout(chosen.temperatures_k, origin, components, order, higher_states, baseline)
    box = _bounded(layout, model.box(layout, chosen.width_mev), bounds or {})
    if not free_skewness:
        box.low[layout.skewness] = box.high[layout.skewness] = 0.0
    if not free_shares:
        box.low[layout.sticks] = box.high[layout.sticks] = model.sticks_of(share, layout)
    best = _best(layout, chosen.spectra, box, starting_point(chosen, layout, share))
    freedom = best.residual.size - layout.size - len(chosen.spectra) * (1 + baseline)
    if freedom < 1:
        raise DataError(f"{best.residual.size} samples are too few for {best.residual.size - freedom} parameters.")
    solution = solved(layout, chosen.spectra, box, best, names, freedom)
    solution, estimates = estimated(solution, intervals, level)
    return _result(solution, estimates, chosen.warnings)


def _components(
    template: Coupling, free_shares: bool, coldest_k: float
) -> tuple[tuple[str, ...], tuple[Coupling, ...], FloatArray]:
    """Return names, unit components and shares of a coupling.

    Where shares are free, baths far below kT are one slow bath: how slow they are no spectrum tells, and a line without
    skewness has to be among what can be fitted.
    """
    if free_shares:
        far = [b for b in template.baths if b.cutoff_mev < thermal_energy_mev(coldest_k) / SLOW]
        kept = tuple(b for b in template.baths if b not in far)
        slow = template.slow_mev + sum(b.reorganisation_mev for b in far)
        template = template._replace(baths=kept, slow_mev=slow)
    names = [f"mode of {m.energy_mev:g} meV" for m in template.modes]
    names += [f"bath of {b.cutoff_mev:g} meV" for b in template.baths] + (["slow bath"] if template.slow_mev else [])
    components, energy = strengths.unit_components(template), np.array(_held(template))
    if not (np.all(energy >= 0) and energy.sum() > 0):
        raise ValueError(f"the coupling needs strengths to start from, 0 or more and not all 0; found {template!r}.")
    return tuple(names), components, energy / energy.sum()


def _held(template: Coupling) -> list[float]:
    """Return the reorganisation energies of modes, baths and slow bath, if there is one [meV]."""
    held = [m.huang_rhys * m.energy_mev for m in template.modes] + [b.reorganisation_mev for b in template.baths]
    return held + ([template.slow_mev] if template.slow_mev else [])


def _bounded(layout: Layout, box: Box, bounds: dict[str, tuple[float, float]]) -> Box:
    """Return the box with the caller's bounds in it."""
    low, high = box.low.copy(), box.high.copy()
    where: dict[str, slice | int] = {
        "e00_ev": slice(0, layout.reorganisation),
        "reorganisation_mev": layout.reorganisation,
        "inhomogeneous_width_mev": layout.variance,
    }
    for name, pair in bounds.items():
        if name not in where or not isinstance(pair, list | tuple) or len(pair) != 2 or not pair[0] <= pair[1]:
            raise ValueError(f"bounds are (low, high) of {', '.join(where)}; found {name!r}: {pair!r}.")
        ends = np.asarray(pair, dtype=float)
        if name == "e00_ev":
            ends = 1e3 * (ends - layout.origin_ev)
        elif name == "inhomogeneous_width_mev":
            ends = np.maximum(ends, model.LEAST_WIDTH_MEV) ** 2
        i = where[name]
        if np.any((ends[1] < box.low[i]) | (ends[0] > box.high[i])):
            raise ValueError(
                f"bounds of {name} lie outside what these spectra allow a fit to look for: found {pair!r}. Check "
                "their unit; leave bounds out to see where the fit ends."
            )
        low[i], high[i] = (np.clip(end, box.low[i], box.high[i]) for end in ends)
    return box._replace(low=low, high=high)


def _best(layout: Layout, spectra: tuple[Spectrum, ...], box: Box, starts: list[FloatArray]) -> Optimum:
    """Return the best of the fits from several starts; all but the best go on a little only."""
    residual = partial(model.residual, layout=layout, spectra=spectra)
    best = min((minimise(residual, start, box, ROUGH) for start in starts), key=lambda found: found.chi2)
    return minimise(residual, best.at, box, 1e-4 * max(1.0, best.chi2 / best.residual.size))


def _result(solution: Solution, found: Estimates, warnings: tuple[str, ...]) -> LineshapeFit:
    chi2, inflation, freedom = solution.reduced_chi2, solution.inflation, solution.freedom
    if solution.is_systematic:
        warnings = (
            *warnings,
            f"The residual of the line-shape fit is not noise (reduced chi-square {chi2:.3g}): the model misses "
            f"something. The intervals are {inflation**0.5:.2g} times as wide as noise alone would make them, and hold "
            "no error of the model.",
        )
    return LineshapeFit(
        e00_ev=found.e00_ev,
        reorganisation_mev=found.reorganisation_mev,
        inhomogeneous_width_mev=found.inhomogeneous_width_mev,
        skewness=found.skewness,
        homogeneous_width_mev=found.homogeneous_width_mev,
        higher_states=found.higher_states,
        e00_at_ev=found.e00_at_ev,
        shares=found.shares,
        undetermined=found.undetermined,
        reduced_chi2=Estimate(chi2, how=f"squared residuals over their noise variance, {freedom} degrees of freedom"),
        spectra=tuple(s.band.name for s in solution.spectra),
        curves=_curves(solution),
        correlation=found.correlation,
        warnings=warnings,
        solution=solution,
    )


def _curves(solution: Solution) -> xr.Dataset:
    """Return all spectra in their windows, one after the other, with model, baseline and residual."""
    columns: dict[str, list[FloatArray]] = {}
    for i, s in enumerate(solution.spectra):
        fitted, base, residual = model.scaled(solution.best.at, solution.layout, s)
        band = s.band
        one = {
            "spectrum": np.full(band.value.size, float(i)),
            "energy": band.energy_ev,
            "wavelength": band.wavelength_nm,
            "data": band.value,
            "data_sd": band.total_sd,
            "model": fitted,
            "baseline": base,
            "residual": residual,
        }
        for name, values in one.items():
            columns.setdefault(name, []).append(values)
    units_of = {"energy": "eV", "wavelength": "nm", "residual": "s.d.", "spectrum": "1"}
    return xr.Dataset(
        {n: ("sample", np.concatenate(v), {"units": units_of.get(n, "of the data")}) for n, v in columns.items()}
    )
