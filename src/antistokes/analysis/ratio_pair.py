"""Two emission spectra whose yields are compared: their light, what absorbs the exciting light, and draws of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.comparison_window import laser_range, without
from antistokes.analysis.correction import shared_rows
from antistokes.analysis.exposure import exposure_s
from antistokes.analysis.purity import absorptance_estimate
from antistokes.analysis.ratio_budget import CLEARER_TAIL, Term, standard_normal
from antistokes.analysis.series import SAME_K, Step
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.analysis.yield_points import (
    Beam,
    Light,
    Windows,
    light_of,
    reaches,
    refuse_unlike,
    unsaturated,
)
from antistokes.errors import DataError
from antistokes.estimate import Estimate, from_draws
from antistokes.physics.inner_filter import collected
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

BELOW_ZERO = 3.0  # standard deviations at which an absorptance below zero is no noise any more
WORTH = 0.002  # of the light: less is not told; assumed
OPAQUE = 1 - 1e-12  # no draw of an absorptance is more


class Caught(NamedTuple):
    """Signal that unit yield would give at one excitation, as :func:`antistokes.physics.inner_filter.collected` says.

    ``alone`` are draws of it by the noise at this excitation, ``baseline`` by a baseline alone, ``drawn`` by all, with
    what it shares with another excitation of the same spectrum; shapes (n,).
    """

    signal: float
    absorbance: float
    absorptance: Estimate
    alone: FloatArray
    baseline: FloatArray
    drawn: FloatArray
    warnings: tuple[str, ...]

    @property
    def relative_sd(self) -> float:
        """Relative standard uncertainty; infinite where nothing stands above zero [1]."""
        return float(np.std(self.drawn)) / self.signal if self.signal > 0 else np.inf


def over(signal: FloatArray) -> FloatArray:
    """Return 1 over draws of what a yield is divided by; infinite where noise left nothing above zero."""
    return np.asarray(np.divide(1.0, signal, out=np.full(signal.shape, np.inf), where=signal > 0))


def step_of(ds: xr.Dataset, role: str) -> Step:
    """Return one spectrum as the step of a series, with its excitation stated."""
    data.check(ds)
    name = _named(role, ds)
    if "excitation_nm" not in ds.attrs:
        raise DataError(
            f"{name}: the wavelength of the exciting light is not stated; expected "
            "attrs['excitation_nm'] [nm] (ans.read(..., excitation_nm=...))."
        )
    return Step(float(ds.attrs.get("temperature_k", np.nan)), "", ds, name)


def _named(role: str, ds: xr.Dataset) -> str:
    return f"{role} ({data.label(ds)})"


def exciting_ev(ds: xr.Dataset) -> float:
    """Return the photon energy of the exciting light [eV]."""
    return float(units.energy_from_wavelength(float(ds.attrs["excitation_nm"]), ds.attrs.get("medium", "air")))


def require_power(**spectra: xr.Dataset) -> None:
    """Raise where a spectrum, named by its part, does not state how many exciting photons there were."""
    for role, ds in spectra.items():
        if "power_w" not in ds.attrs:
            raise DataError(
                f"{_named(role, ds)}: the power of the exciting light is not stated, and with it the number of "
                "exciting photons; expected attrs['power_w'] [W], at the sample (ans.read(..., power_w=...))."
            )


def require_one_scale(**spectra: xr.Dataset) -> list[str]:
    """Raise where intensities of spectra cannot be compared; return what had to be guessed."""
    return refuse_unlike([step_of(ds, role) for role, ds in spectra.items()])


def checked_ranges(ranges: Windows) -> tuple[tuple[float, float], ...]:
    """Return ranges in ascending order; what is no range, or overlaps another, is refused."""
    found = sorted((float(low), float(high)) for low, high in ranges)
    for low, high in found:
        if not 0 < low < high:
            raise ValueError(f"exclude_nm takes (low, high) in nm with 0 < low < high, found {(low, high)!r}.")
    for first, second in pairwise(found):
        if second[0] < first[1]:
            raise ValueError(f"exclude_nm: the ranges {first} and {second} overlap; expected ranges apart, or one.")
    return tuple(found)


def lost_ranges(ds: xr.Dataset, exclude_nm: Windows) -> tuple[tuple[float, float], ...]:
    """Return what a straight line bridges: what is excluded, and the laser line where the data hold it."""
    laser, wavelength = laser_range(ds), data.wavelength_and_energy(ds)[0]
    held = laser is not None and wavelength.min() < laser[1] and wavelength.max() > laser[0]
    return (*checked_ranges(exclude_nm), *((laser,) if held and laser is not None else ()))


def light_between(ds: xr.Dataset, role: str, exclude_nm: Windows = ()) -> Light:
    """Return the integrated emission per exciting photon, with straight lines across what is lost."""
    step, lost = step_of(ds, role), lost_ranges(ds, exclude_nm)
    if data.flagged(ds, "saturated", "clipped", "missing").any():
        step = step._replace(spectrum=without(ds, lost, np.inf))  # a saturated laser line is no loss
    return light_of(step, None, lost, None)


def light_of_completed(whole: xr.Dataset, measured: xr.Dataset, edge_nm: float | None) -> Light:
    """Return the light of a spectrum that was filled in; its counts are sums over time still.

    ``edge_nm`` is where what was measured falls as behind a filter that nobody stated; filled in, it is none any more.
    """
    light = light_of(step_of(whole, "up"), None, (), None)
    seconds = exposure_s(measured) / exposure_s(whole)
    filled = data.json_attr(whole, "corrections", {})["completion"]["replaced_nm"]
    left = edge_nm if edge_nm is None or not any(low <= edge_nm <= high for low, high in filled) else None
    return light._replace(photons=light.photons / seconds, sd=light.sd / seconds, edge_nm=left)


def light_term(first: Light, second: Light, correlation: float, rng: np.random.Generator, n: int) -> Term:
    """Return draws of the light of the first over that of the second."""
    own, other = standard_normal(rng, n), standard_normal(rng, n)
    other = correlation * own + (1 - correlation**2) ** 0.5 * other
    drawn = (first.photons + first.sd * own) * over(second.photons + second.sd * other)
    return Term("PL", drawn, "expose longer, or sum more exposures")


def shared_response(first: xr.Dataset, second: xr.Dataset, lights: tuple[Light, Light]) -> float:
    """Return the correlation of two integrals whose spectra were divided by one response.

    What a lamp's certificate gets wrong is wrong in both.
    """
    own, other = shared_rows(first, second)
    if not own.size:
        return 0.0
    spread = [light.sd / light.photons for light in lights]
    together = _of_modes(first)[own] @ _of_modes(second)[other]
    return float(np.clip(together / (spread[0] * spread[1]), -1, 1))


def _of_modes(ds: xr.Dataset) -> FloatArray:
    """Return the relative change of the integral for each shared mode."""
    lost = lost_ranges(ds, ())
    band = emission_band(without(ds, lost, np.inf) if "completion" not in data.json_attr(ds, "corrections", {}) else ds)
    weights = integration_weights(band.energy_ev)
    return np.asarray(band.modes @ weights / (weights @ band.value))


def caught_by_spectrum(
    absorption: xr.Dataset,
    lights: Sequence[Light],
    beam: Beam,
    baseline_sd: float,
    level: float,
    rng: np.random.Generator,
    n: int,
) -> list[Caught]:
    """Return what is absorbed at several excitations of one spectrum, whose noise and baseline they share."""
    if not 0 <= baseline_sd < np.inf:
        raise ValueError(f"baseline_sd must be 0 or more, got {baseline_sd!r}.")
    excitation = np.array([light.excitation_ev for light in lights])
    data.check(absorption)
    band = absorption_band(unsaturated(absorption, [float(e) for e in excitation]))
    _refuse_out_of_reach(band, excitation)
    depth, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, excitation)
    covariance = band.covariance_of(gradient.toarray())
    noise = np.sqrt(np.diag(covariance))
    size, turned = np.linalg.eigh(covariance / np.outer(noise, noise).clip(1e-300))
    root = noise[:, np.newaxis] * turned * np.sqrt(size.clip(0))
    free, common = np.array([standard_normal(rng, n) for _ in lights]), baseline_sd * standard_normal(rng, n)
    return [
        _caught(
            (depth[k], float(np.hypot(noise[k], baseline_sd))),
            (depth[k] + noise[k] * standard_normal(rng, n), depth[k] + common, depth[k] + root[k] @ free + common),
            f"{band.name}, {light.excitation_nm:g} nm",
            (beam, level, band.warnings),
        )
        for k, light in enumerate(lights)
    ]


def _caught(
    depth: tuple[float, float], drawn: tuple[FloatArray, FloatArray, FloatArray], name: str, of: tuple[Any, ...]
) -> Caught:
    beam, level, warnings = of
    if depth[0] < -BELOW_ZERO * depth[1]:
        raise DataError(
            f"{name}: negative absorptance, found an absorbance of {depth[0]:.3g} +- {depth[1]:.2g}; expected a "
            "positive one. The blank or the baseline is wrong; subtract it, or state baseline_sd."
        )
    alone, baseline, everything = (collected(d, beam.geometry, beam.window) for d in drawn)
    value = float(units.absorptance_from_absorbance(depth[0]))
    return Caught(
        signal=float(collected(depth[0], beam.geometry, beam.window)),
        absorbance=float(depth[0]),
        absorptance=absorptance_estimate(value, units.absorptance_from_absorbance(drawn[2]), level),
        alone=alone,
        baseline=baseline,
        drawn=everything,
        warnings=tuple(warnings),
    )


def _refuse_out_of_reach(band: Band, excitation_ev: FloatArray) -> None:
    for energy in excitation_ev:
        if not reaches(band, float(energy), 0.0):
            at = float(units.wavelength_from_energy(energy, band.medium))
            low, high = band.wavelength_nm.min(), band.wavelength_nm.max()
            raise DataError(
                f"{band.name}: the absorption does not reach the excitation at {at:.1f} nm, it covers {low:.1f} to "
                f"{high:.1f} nm as far as it is not saturated. Measure it there, or state the absorptance."
            )


def caught_as_stated(
    stated: Uncertain, name: str, beam: Beam, level: float, rng: np.random.Generator, n: int
) -> Caught:
    """Return what is absorbed where the absorptance itself is stated."""
    value, sd = value_and_sd(stated, name)
    if not 0 < value < 1:
        raise ValueError(f"{name} is the part of the exciting light that is absorbed, between 0 and 1, got {stated!r}.")
    drawn = value + sd * standard_normal(rng, n)
    depth = units.absorbance_from_absorptance(np.minimum(drawn, OPAQUE))
    best = float(units.absorbance_from_absorptance(value))
    signal, of_draws = (collected(a, beam.geometry, beam.window) for a in (best, depth))
    estimate = from_draws(value, drawn, "1", "as stated", level)
    constant = np.full(n, float(signal))
    return Caught(float(signal), best, estimate, np.asarray(of_draws), constant, np.asarray(of_draws), ())


def absorptance_terms(below: tuple[str, Caught], above: tuple[str, Caught]) -> list[Term]:
    """Return the sources among what is absorbed, below the line and above it: noise of each, and the baseline."""
    rows = [
        Term(f"absorptance, {below[0]}", over(below[1].alone), CLEARER_TAIL),
        Term(f"absorptance, {above[0]}", above[1].alone, "average more scans of the absorption"),
    ]
    if not (np.ptp(below[1].baseline) or np.ptp(above[1].baseline)):
        return rows
    way = "measure blanks in turn with the sample, and a sample that absorbs more at the excitation"
    return [*rows, Term("baseline of the absorption", over(below[1].baseline) * above[1].baseline, way)]


def temperatures(*spectra: xr.Dataset) -> tuple[float, ...] | None:
    """Return the temperatures of spectra where all state theirs and they differ [K]."""
    found = tuple(float(ds.attrs.get("temperature_k", np.nan)) for ds in spectra)
    return found if np.isfinite(found).all() and np.ptp(found) > SAME_K else None
