"""What has to be said of two yields that are compared: guesses, what is missing, and how much each of them weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.special import ndtr

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import absorption_band
from antistokes.analysis.ratio_equality import FILLED
from antistokes.analysis.ratio_pair import WORTH, Caught, temperatures
from antistokes.analysis.uncertain import SKEW, Uncertain, value_and_sd
from antistokes.analysis.yield_bias import SLOPE_PER_NM
from antistokes.analysis.yield_points import Beam, Light, reaches, unsaturated
from antistokes.errors import DataError
from antistokes.physics.inner_filter import collected

THIN = 0.1  # absorbance up to which absorptance serves wherever the detector stands; assumed
BASELINE = 1e-3  # of absorbance: what is told where none is stated; assumed
OPEN = 0.02  # of the maximum: a Gaussian that ends there lacks .3 % of its light
APART = 3.0  # standard deviations at which a stated absorptance contradicts a measured one


def response_apart(first: xr.Dataset, second: xr.Dataset, lights: tuple[Light, Light]) -> tuple[float, float]:
    """Return how far the maxima lie apart, and what a response that was not corrected may make of it [nm, 1]."""
    if not any(ds.attrs["quantity"] == "counts" for ds in (first, second)):
        return 0.0, 0.0
    peaks = [float(units.wavelength_from_energy(light.peak_ev)) for light in lights]
    apart = peaks[0] - peaks[1]
    return apart, SLOPE_PER_NM * apart


def of_counts(first: xr.Dataset, second: xr.Dataset, lights: tuple[Light, Light]) -> list[str]:
    """Say what a response that was not corrected does to the ratio of two integrals."""
    if not any(ds.attrs["quantity"] == "counts" for ds in (first, second)):
        return []
    apart, part = response_apart(first, second, lights)
    return [
        "Counts carry the response of the instrument, which cancels only where the spectra are of one shape. The "
        f"maxima lie {apart:+.1f} nm apart: a response that rises by {SLOPE_PER_NM:.0%} per nm adds "
        f"{part:+.1%} to the ratio, one that falls as much {-part:+.1%}; no interval "
        "holds this. Correct the spectra (correct_response)."
    ]


def lacking(open_end: float) -> float:
    """Return what a Gaussian that ends at a height, of its maximum, lacks beyond [1]."""
    return float(ndtr(-((-2 * np.log(min(open_end, 1.0))) ** 0.5))) if open_end > OPEN else 0.0


def of_light(named: Sequence[tuple[str, Light]]) -> list[str]:
    """Say what is wrong with the light of a spectrum as far as its integral matters."""
    told = []
    for name, light in named:
        if light.bridged > WORTH:
            told.append(f"{name}: straight lines across what is left out stand for {light.bridged:.1%} of its light.")
        if light.edge_nm is not None:
            told.append(
                f"{name}: the emission falls at {light.edge_nm:.0f} nm as behind a short-pass filter that is not "
                "stated; light is missing from the integral."
            )
        if light.open_end > OPEN:
            told.append(
                f"{name}: the data end where the emission stands at {light.open_end:.1%} of its maximum: light beyond "
                f"is missing from the integral, {lacking(light.open_end):.1%} of a Gaussian, and no interval holds "
                "this."
            )
        told += [w for w in light.warnings if "at an end of the data" not in w]  # a matter of mean energies
    return told


def of_filled(share: float) -> list[str]:
    """Say where too much of the light of a spectrum is another spectrum's."""
    if share <= FILLED:
        return []
    return [
        f"up: {share:.0%} of its light is filled in from down, by a shape fitted to the rest: nothing measured "
        "shows that it is so, and no interval holds this."
    ]


def too_deep(caught: Caught, beam: Beam) -> float:
    """Return by what part the whole path is more than its middle, where no geometry is stated; 0 for a thin one [1]."""
    if beam.stated or not caught.absorbance > THIN:
        return 0.0
    return float(caught.signal / collected(caught.absorbance, "right-angle", (0.5, 0.5))) - 1


def of_depth(named: Sequence[tuple[str, Caught]], beam: Beam) -> list[str]:
    """Say what a geometry that nobody stated may do, where the sample is not thin."""
    return [
        f"{name}: absorbance {caught.absorbance:.2g} at the excitation, and no geometry is stated: what is "
        f"absorbed on the whole path is used. A detector at right angles that sees the middle makes that {off:.1%} "
        "too much; state geometry."
        for name, caught in named
        if (off := too_deep(caught, beam))
    ]


def by_baseline(caught: Caught, beam: Beam) -> float:
    """Return by what part a baseline of ``BASELINE`` moves the light absorbed; infinite where none is [1]."""
    return moved_by(caught, beam, BASELINE) - 1 if caught.signal > 0 else np.inf


def moved_by(caught: Caught, beam: Beam, baseline: float) -> float:
    """Return by which factor another baseline changes the light absorbed; 0 where nothing is left."""
    if not caught.signal > 0:
        return 0.0
    return max(float(collected(caught.absorbance + baseline, beam.geometry, beam.window)), 0.0) / caught.signal


def of_absorption(named: Sequence[tuple[str, Caught]], moved: Sequence[float]) -> list[str]:
    """Say where an absorptance makes the result skew, and what a baseline that nobody stated does to it: ``moved``."""
    told = []
    for name, caught in named:
        if caught.relative_sd > SKEW:
            spread = f"{caught.relative_sd:.0%}" if np.isfinite(caught.relative_sd) else "nothing"
            told.append(
                f"{name}: the absorptance is known to {spread}: the result is skew, its interval is that of the draws, "
                "and no standard uncertainty goes with it."
            )
    parts = [f"{name} by {part:.1%}" for (name, _), part in zip(named, moved, strict=True) if 0 < part < np.inf]
    if parts:
        told.append(
            f"No uncertainty of the baseline is stated (baseline_sd): one of {BASELINE:g} in absorbance moves what is "
            f"absorbed, {', '.join(parts)}; no interval holds this."
        )
    return told


class Contradiction(NamedTuple):
    """Absorptance as stated and as measured at an excitation, and how many standard uncertainties lie between."""

    stated: float
    measured: float
    apart: float


def contradiction(
    absorption: xr.Dataset | None, light: Light, given: Uncertain | None, name: str, baseline_sd: float
) -> Contradiction | None:
    """Return what is stated against what the spectrum says, where that is more than their uncertainties; else None."""
    at = None if given is None or absorption is None else _measured(absorption, light.excitation_ev, baseline_sd)
    if given is None or at is None:
        return None
    value, sd = value_and_sd(given, name)
    apart, both = abs(value - at[0]), float(np.hypot(sd, at[1]))
    if apart <= max(APART * both, WORTH * value):
        return None
    return Contradiction(value, at[0], apart / both if both > 0 else np.inf)


def of_statement(
    absorption: xr.Dataset | None,
    lights: Sequence[Light],
    stated: Mapping[str, Uncertain | None],
    baseline_sd: float,
) -> list[str]:
    """Say where an absorptance that is stated contradicts the absorption spectrum."""
    told = []
    for light, (name, given) in zip(lights, stated.items(), strict=True):
        found = contradiction(absorption, light, given, name, baseline_sd)
        if found is not None:
            times = f", {found.apart:.3g} standard uncertainties apart" if np.isfinite(found.apart) else ""
            told.append(
                f"{name}: the stated absorptance, {found.stated:.3g}, contradicts the absorption spectrum, "
                f"{found.measured:.3g} at {light.excitation_nm:g} nm{times}; the stated one is used. Were both of one "
                "sample and one path?"
            )
    return told


def _measured(absorption: xr.Dataset, excitation_ev: float, baseline_sd: float) -> tuple[float, float] | None:
    """Return the absorptance by the spectrum and its uncertainty; None where it is saturated or not measured."""
    try:
        band = absorption_band(unsaturated(absorption, [excitation_ev]))
    except DataError:
        return None
    if not reaches(band, excitation_ev, 0.0):
        return None
    depth, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, np.array([excitation_ev]))
    absorptance = float(units.absorptance_from_absorbance(depth[0]))
    sd = float(np.hypot(band.covariance_of(gradient.toarray())[0, 0] ** 0.5, baseline_sd))
    return absorptance, units.LN10 * (1 - absorptance) * sd


def of_temperature(
    up: xr.Dataset,
    down: xr.Dataset,
    absorption: xr.Dataset | None,
    lights: tuple[Light, Light],
    name: str | None,
    beam: Beam,
) -> list[str]:
    """Say what differing temperatures do that nothing corrects for."""
    told = []
    apart = temperatures(up, down)
    if apart is not None:
        left = "" if name is not None or beam.geometry == "sphere" else "; state the solvent to correct for its index"
        told.append(
            f"up was measured at {apart[0]:g} K, down at {apart[1]:g} K: a yield that depends on temperature is taken "
            f"for one that depends on the excitation{left}."
        )
    apart, moved = tail_moved(up, absorption, lights)
    if apart is not None:
        told.append(
            f"up was measured at {apart[0]:g} K, the absorption at {apart[1]:g} K: a tail that is thermally activated "
            f"absorbs {moved:+.1%} by that; no interval holds this."
        )
    return told


def tail_moved(
    up: xr.Dataset, absorption: xr.Dataset | None, lights: tuple[Light, Light]
) -> tuple[tuple[float, ...] | None, float]:
    """Return the temperatures of emission and absorption where they differ, and what that adds to the tail [K, 1]."""
    apart = None if absorption is None else temperatures(up, absorption)
    if apart is None:
        return None, 0.0
    kt = float(units.thermal_energy_ev(apart[1]))
    return apart, max(lights[1].peak_ev - lights[0].excitation_ev, 0.0) / kt * (apart[0] - apart[1]) / apart[1]
