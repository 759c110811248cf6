"""In which window could a sample cool? Cooling efficiency from spectra, a yield and a background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band, open_end
from antistokes.analysis.cooling_yield import possible_draws, stated_yield
from antistokes.analysis.result import number
from antistokes.analysis.uncertain import Uncertain, truncated_normal, value_and_sd
from antistokes.analysis.window import Draws, Scan, Window, efficiency, find_window
from antistokes.errors import DataError
from antistokes.estimate import Estimate, exact, from_draws, normal
from antistokes.physics import cooling as law
from antistokes.physics.moments import mean_energy_and_gradient
from antistokes.units import FloatArray, Medium

MIN_SAMPLES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AtExcitation:
    """Cooling numbers at one excitation wavelength."""

    excitation_nm: float
    absorption: Estimate = number("absorption at the excitation")
    break_even_yield: Estimate = number("external yield to break even at the excitation")
    efficiency: Estimate | None = number("cooling efficiency at the excitation", optional=True)
    break_even_background: Estimate | None = number(
        "background absorption to break even at the excitation", optional=True
    )

    @property
    def title(self) -> str:
        """What a table of it bears."""
        return f"Cooling at {self.excitation_nm:g} nm excitation"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoolingWindow:
    """Where a sample could cool, predicted from spectra.

    ``resolved_to_nm`` is how far red absorption was resolved; ``measured_to_the_end`` whether the data end there, and
    do not drown in noise; ``emission_end`` the height of the higher end of the emission. ``window_probability`` is
    the share of draws with a window; edges are those of the draws that have one. ``curves``: over ``wavelength`` [nm],
    cooling efficiency with interval, break-even yield, useful power (absorption times efficiency, relative).
    """

    title: ClassVar[str] = "Cooling window, predicted from spectra"
    mean_emission_ev: Estimate = number("mean photon energy of the emission")
    mean_emission_nm: Estimate = number("wavelength of that mean photon energy")
    external_yield: Estimate | None = number("external yield used", optional=True)
    background_per_cm: Estimate | None = number("background absorption used", optional=True)
    blue_edge_nm: Estimate | None = number("cooling window, blue edge", optional=True)
    red_edge_nm: Estimate | None = number("cooling window, red edge", optional=True)
    best_nm: Estimate | None = number("excitation of the largest cooling efficiency", optional=True)
    best_efficiency: Estimate | None = number("largest cooling efficiency", optional=True)
    window_probability: float | None
    resolved_to_nm: float
    measured_to_the_end: bool
    stated_yield: tuple[float, float] | None
    emission_end: float
    at: tuple[AtExcitation, ...]
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()


def cooling_window(
    absorption: xr.Dataset,
    emission: xr.Dataset,
    *,
    quantum_yield: Uncertain | FloatArray | None = None,
    self_absorption: float = 0.0,
    background_per_cm: Uncertain | None = None,
    path_cm: float | None = None,
    number_density_per_cm3: float | None = None,
    excitation_nm: float | Sequence[float] = (),
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> CoolingWindow:
    r"""Cooling efficiency against excitation wavelength, its window, and what yield it takes.

    :math:`\eta_c = \eta_\mathrm{ext}\eta_\mathrm{abs}E_f/E - 1`. Intervals by Monte Carlo over the yield (normal, or
    as its draws, conditioned on 0...1: an external yield above one is not physical), the background (normal,
    conditioned on >= 0), the mean emission energy and the noise of absorption.

    Parameters
    ----------
    absorption, emission : xarray.Dataset
        A pair that declares its quantities.
    quantum_yield : float or (value, sd) or ndarray, optional
        Internal quantum yield, or the external one with ``self_absorption`` left at 0; an array holds draws of a
        measured one, shape (m,), 100 or more. Without it only the yield needed is computed [1].
    self_absorption : float
        Mean probability that an emitted photon is absorbed again [1].
    background_per_cm : float or (value, sd), optional
        Parasitic absorption at the concentration of the absorption spectrum; not given is read as none, with a
        warning [cm^-1].
    path_cm : float, optional
        Path length, for absorbance; default the attribute of the Dataset [cm].
    number_density_per_cm3 : float, optional
        Absorbers per volume, for a cross-section [cm^-3].
    excitation_nm : float or sequence of float
        Wavelengths at which to state numbers, in the medium of the emission [nm].
    level : float
        Coverage probability of the intervals [1].
    draws : int
        Monte Carlo draws.
    seed : int
        Their seed.

    Returns
    -------
    CoolingWindow
        Edges are limits where absorption is not resolved, or the data end, before the efficiency crosses zero.

    References
    ----------
    physics/cooling.py; JCGM 101:2008 (GUM supplement 1).
    """
    band_a = absorption_band(absorption, path_cm, number_density_per_cm3)
    band_e = emission_band(emission)
    scan = _scan(band_a, band_e)
    stated, yield_notes = stated_yield(quantum_yield)
    measured = possible_draws(quantum_yield) if isinstance(quantum_yield, np.ndarray) else None
    origin = "stated" if measured is None else "measured"
    background, background_notes = _stated_background(background_per_cm, band_a)
    warnings = [*dict.fromkeys((*band_a.warnings, *band_e.warnings)), *yield_notes, *background_notes]
    if stated is not None and self_absorption == 0:
        warnings.append(_self_absorption(origin, absorption, band_a, band_e, path_cm))
    if draws < 100:
        raise ValueError(f"draws must be at least 100, got {draws!r}.")
    rng = np.random.default_rng(seed)
    d = _draw(rng, scan, stated if measured is None else measured, self_absorption, background, draws)
    wanted = np.atleast_1d(np.asarray(excitation_nm, dtype=float))
    at = tuple(_at(float(x), band_a, band_e.medium, scan, d, stated is not None, level, rng) for x in wanted)
    warnings += [_unresolved(a, scan) for a in at if not a.absorption.value > 3 * a.absorption.sd]
    window = None if stated is None else find_window(scan, d, rng, level)
    used = "conditioned on 0...1" + (f", self-absorption {self_absorption:g}" if self_absorption else "")
    return CoolingWindow(
        mean_emission_ev=normal(
            scan.mean_ev, scan.mean_sd, "eV", "integral over the whole spectrum, photons per eV", level
        ),
        mean_emission_nm=_mean_nm(scan, level),
        external_yield=None if stated is None else _used(d.external_yield, origin, stated, "1", used, level),
        background_per_cm=None
        if background_per_cm is None
        else _used(d.background, "stated", background, "cm^-1", "conditioned on >= 0", level),
        blue_edge_nm=window and window.blue_edge_nm,
        red_edge_nm=window and window.red_edge_nm,
        best_nm=window and window.best_nm,
        best_efficiency=window and window.best_efficiency,
        window_probability=window and window.probability,
        resolved_to_nm=float(scan.band.wavelength_nm[-1]),
        measured_to_the_end=scan.cut_off,
        stated_yield=stated,
        emission_end=open_end(band_e),
        at=at,
        curves=_curves(scan, d, window),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _scan(absorption: Band, emission: Band) -> Scan:
    """Absorption from just blue of the mean emission (nothing can cool there) to where it drowns in noise."""
    mean, gradient = mean_energy_and_gradient(emission.energy_ev, emission.value)
    smoother = curves.smooth(absorption.energy_ev, absorption.value, absorption.sd)
    smooth, clear = smoother.values, smoother.values > 3 * absorption.total_sd
    order = np.arange(absorption.energy_ev.size)[::-1]  # ascending wavelength
    relevant = order[absorption.energy_ev[order] <= 1.02 * mean]
    start = int(np.argmax(np.where(clear[relevant], smooth[relevant], -np.inf))) if relevant.size else 0
    dark = np.flatnonzero(~clear[relevant])
    first = int(dark[dark < start][-1]) + 1 if np.any(dark < start) else 0
    last = int(dark[dark >= start][0]) if np.any(dark >= start) else relevant.size
    keep = relevant[first:last]
    if np.sum(absorption.energy_ev[keep] < mean) < MIN_SAMPLES:
        raise DataError(
            f"the spectra do not overlap: {absorption.name} is resolved at fewer than {MIN_SAMPLES} samples red of the "
            f"mean emission ({mean:.4f} eV; it covers {absorption.wavelength_nm.min():.1f}-"
            f"{absorption.wavelength_nm.max():.1f} nm). Measure absorption (concentrated, long path) through the "
            "emission band."
        )

    def noise(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
        drawn = absorption.draws(rng, n)
        return drawn[:, keep], smoother.apply(drawn)[:, keep]

    mean_sd = emission.variance_of(gradient) ** 0.5
    return Scan(absorption.cut(keep), smooth[keep], noise, mean, mean_sd, last == relevant.size)


def _stated_background(background: Uncertain | None, band: Band) -> tuple[tuple[float, float], list[str]]:
    if background is None:
        return (0.0, 0.0), ["No background absorption is given: it is taken as none, which is the best case."]
    value, sd = value_and_sd(background, "background_per_cm")
    if value < 0:
        raise ValueError(f"background_per_cm must not be negative, got {value!r}.")
    if (value > 0 or sd > 0) and band.unit != "cm^-1":
        missing = "number_density_per_cm3" if band.unit == "cm^2" else "path_cm"
        raise DataError(f"{band.name}: a background per cm needs absorption per cm; give {missing}.")
    return (value, sd), []


def _self_absorption(origin: str, absorption: xr.Dataset, band_a: Band, band_e: Band, path_cm: float | None) -> str:
    """Say what taking self-absorption as none means for this sample, as far as its absorbance tells."""
    says = (
        f"Self-absorption is taken as none: the {origin} yield is read as the external one, the spectrum as what "
        "escapes."
    )
    if absorption.attrs.get("quantity") not in ("absorbance", "absorptance", "transmittance"):
        return says
    length = path_cm if path_cm is not None else float(absorption.attrs.get("path_cm", 1.0))
    path = 1.0 if band_a.unit == "absorbance" else length / units.LN10
    inside = (band_e.energy_ev >= band_a.energy_ev[0]) & (band_e.energy_ev <= band_a.energy_ev[-1])
    light = np.where(inside, band_e.value, 0.0)
    absorbed = units.absorptance_from_absorbance(np.interp(band_e.energy_ev, band_a.energy_ev, band_a.value * path))
    share = float(np.sum(light * absorbed)) / max(float(np.sum(band_e.value)), 1e-300)
    if share < 0.02:
        return says
    lost = f"its light would lose {share:.0%} crossing the path of the absorption measurement"
    return f"{says} Yet {lost}: state self_absorption."


def _draw(
    rng: np.random.Generator,
    scan: Scan,
    known: tuple[float, float] | FloatArray | None,
    self_absorption: float,
    background: tuple[float, float],
    n: int,
) -> Draws:
    if isinstance(known, np.ndarray):  # as many as are asked for: one in each of n slices of equal probability
        internal = np.quantile(known, (rng.permutation(n) + rng.uniform(size=n)) / n)
    else:
        internal = truncated_normal(rng, *(known or (1.0, 0.0)), 0.0, 1.0, n)
    parasitic = truncated_normal(rng, *background, 0.0, np.inf, n)
    mean = scan.mean_ev + scan.mean_sd * rng.standard_normal(n)
    return Draws(law.external_yield(internal, self_absorption), parasitic, mean)


def _at(
    excitation_nm: float,
    band: Band,
    medium: Medium,
    scan: Scan,
    d: Draws,
    with_yield: bool,
    level: float,
    rng: np.random.Generator,
) -> AtExcitation:
    energy, mean_ev = float(units.energy_from_wavelength(excitation_nm, medium)), scan.mean_ev
    alpha, weights = _absorption_at(band, energy)
    drawn = np.maximum(alpha + band.draws(rng, d.mean_ev.size) @ weights, 0.0)
    centre, share = d.centre(mean_ev), law.absorption_efficiency(drawn, d.background)
    share_0 = law.absorption_efficiency(np.array([alpha]), centre.background)
    with np.errstate(divide="ignore"):
        needed = law.break_even_yield(d.mean_ev - energy, d.mean_ev, share)
        needed_0 = law.break_even_yield(mean_ev - energy, mean_ev, share_0)
    absorbed = normal(alpha, band.variance_of(weights) ** 0.5, band.unit, "interpolated between samples", level)
    to_break_even = from_draws(float(needed_0[0]), needed, "1", "E/(E_f eta_abs)", level)
    if not with_yield:
        return AtExcitation(excitation_nm=excitation_nm, absorption=absorbed, break_even_yield=to_break_even)
    lifted = law.cooling_efficiency(energy, d.mean_ev, d.external_yield, share)
    value = float(law.cooling_efficiency(energy, mean_ev, centre.external_yield, share_0)[0])
    tolerable = law.break_even_background_per_cm(drawn, energy, d.mean_ev, d.external_yield)
    tolerable_0 = float(law.break_even_background_per_cm(alpha, energy, mean_ev, centre.external_yield)[0])
    return AtExcitation(
        excitation_nm=excitation_nm,
        absorption=absorbed,
        break_even_yield=to_break_even,
        efficiency=from_draws(value, lifted, "1", "eta_ext eta_abs E_f/E - 1", level),
        break_even_background=from_draws(tolerable_0, tolerable, band.unit, "alpha (eta_ext E_f/E - 1)", level),
    )


def _absorption_at(band: Band, energy_ev: float) -> tuple[float, FloatArray]:
    """Absorption at an energy and its gradient, or an error that says where the data lie."""
    if not band.energy_ev[0] <= energy_ev <= band.energy_ev[-1]:
        wavelength = float(units.wavelength_from_energy(energy_ev, band.medium))
        raise DataError(
            f"excitation at {wavelength:.6g} nm lies outside the data: {band.name} covers "
            f"{band.wavelength_nm.min():.1f} to {band.wavelength_nm.max():.1f} nm. Measure absorption there, or choose "
            "another excitation."
        )
    value, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, np.array([energy_ev]))
    return float(value[0]), np.asarray(gradient.toarray()[0])


def _unresolved(at: AtExcitation, scan: Scan) -> str:
    return (
        f"At {at.excitation_nm:g} nm absorption is below three times its noise (resolved to "
        f"{scan.band.wavelength_nm[-1]:.1f} nm): how much is absorbed there, and its share over the background, are "
        "not known from these data."
    )


def _mean_nm(scan: Scan, level: float) -> Estimate:
    wavelength = float(units.wavelength_from_energy(scan.mean_ev, scan.band.medium))
    sd = scan.mean_sd * wavelength / scan.mean_ev
    return normal(wavelength, sd, "nm", "hc over the mean photon energy, in the medium", level)


def _used(draws: FloatArray, origin: str, given: tuple[float, float], unit: str, how: str, level: float) -> Estimate:
    if np.ptp(draws) == 0:
        return exact(float(draws[0]), unit, f"as {origin}, without uncertainty")
    said = f"{origin} {given[0]:.6g} with s.d. {given[1]:.3g}, {how}; median of draws"
    return from_draws(float(np.median(draws)), draws, unit, said, level)


def _curves(scan: Scan, d: Draws, window: Window | None) -> xr.Dataset:
    energy, centre = scan.band.energy_ev, d.centre(scan.mean_ev)
    share = law.absorption_efficiency(scan.smooth, centre.background)
    with np.errstate(divide="ignore"):
        needed = law.break_even_yield(scan.mean_ev - energy, scan.mean_ev, share)
    series = {
        "absorption": (scan.band.value, scan.band.unit),
        "absorption_smooth": (scan.smooth, scan.band.unit),
        "absorption_efficiency": (share, "1"),
        "break_even_yield": (np.where(np.isfinite(needed), needed, np.nan), "1"),
    }
    if window is not None:
        value = efficiency(energy, scan.smooth, centre)[0]
        series |= {
            "efficiency": (value, "1"),
            "efficiency_low": (window.low, "1"),
            "efficiency_high": (window.high, "1"),
        }
        useful = np.maximum(value, 0) * scan.smooth
        series["useful_power"] = (useful / max(float(useful.max()), 1e-300), "1")
    return xr.Dataset(
        {name: ("wavelength", values, {"units": unit}) for name, (values, unit) in series.items()},
        coords={"wavelength": ("wavelength", scan.band.wavelength_nm, {"units": "nm"})},
    )
