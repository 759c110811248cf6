"""What has to be said of two yields that are compared: guesses, what is missing, and how much each of them weighs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis.uncertain import SKEW
from antistokes.analysis.yield_bias import SLOPE_PER_NM
from antistokes.analysis.yield_pair import Caught, temperatures
from antistokes.analysis.yield_points import Beam, Light
from antistokes.physics.inner_filter import collected

THIN = 0.1  # absorbance up to which absorptance serves wherever the detector stands; assumed
BASELINE = 1e-3  # of absorbance: what is told where none is stated; assumed
WORTH = 0.002  # of a yield: less is not told; assumed


def of_counts(first: xr.Dataset, second: xr.Dataset, lights: tuple[Light, Light]) -> list[str]:
    """Say what a response that was not corrected does to the ratio of two integrals."""
    if not any(ds.attrs["quantity"] == "counts" for ds in (first, second)):
        return []
    peaks = [float(units.wavelength_from_energy(light.peak_ev)) for light in lights]
    apart = peaks[0] - peaks[1]
    return [
        "Counts carry the response of the instrument, which cancels only where the spectra are of one shape. The "
        f"maxima lie {apart:+.1f} nm apart: a response that rises by {SLOPE_PER_NM:.0%} per nm adds "
        f"{SLOPE_PER_NM * apart:+.1%} to the ratio, one that falls as much {-SLOPE_PER_NM * apart:+.1%}; no interval "
        "holds this. Correct the spectra (correct_response)."
    ]


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
        told += light.warnings
    return told


def of_depth(named: Sequence[tuple[str, Caught]], beam: Beam) -> list[str]:
    """Say what a geometry that nobody stated may do, where the sample is not thin."""
    told = []
    for name, caught in named:
        if beam.stated or not caught.absorbance > THIN:
            continue
        off = float(caught.signal / collected(caught.absorbance, "right-angle", (0.5, 0.5))) - 1
        told.append(
            f"{name}: absorbance {caught.absorbance:.2g} at the excitation, and no geometry is stated: what is "
            f"absorbed on the whole path is used. A detector at right angles that sees the middle makes that {off:.1%} "
            "too much; state geometry."
        )
    return told


def of_absorption(named: Sequence[tuple[str, Caught]], baseline_sd: float, from_spectrum: bool) -> list[str]:
    """Say where an absorptance makes the result skew, and what a baseline that nobody stated would do."""
    told = []
    for name, caught in named:
        if caught.relative_sd > SKEW:
            spread = f"{caught.relative_sd:.0%}" if np.isfinite(caught.relative_sd) else "nothing"
            told.append(
                f"{name}: the absorptance is known to {spread}: the result is skew, its interval is that of the draws, "
                "and no standard uncertainty goes with it."
            )
    if from_spectrum and baseline_sd == 0:
        parts = ", ".join(f"{name} by {BASELINE * units.LN10 / c.signal:.1%}" for name, c in named if c.signal > 0)
        if parts:
            told.append(
                f"No uncertainty of the baseline is stated (baseline_sd): one of {BASELINE:g} in absorbance moves what "
                f"is absorbed, {parts}; no interval holds this."
            )
    return told


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
    apart = None if absorption is None else temperatures(up, absorption)
    if apart is not None:
        kt = float(units.thermal_energy_ev(apart[1]))
        moved = max(lights[1].peak_ev - lights[0].excitation_ev, 0.0) / kt * (apart[0] - apart[1]) / apart[1]
        told.append(
            f"up was measured at {apart[0]:g} K, the absorption at {apart[1]:g} K: a tail that is thermally activated "
            f"absorbs {moved:+.1%} by that; no interval holds this."
        )
    return told
