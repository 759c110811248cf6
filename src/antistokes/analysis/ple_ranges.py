"""Which samples of an excitation spectrum may be compared with absorption, and why not the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.ple_signal import Absorbance, Measured, Signal
from antistokes.errors import DataError
from antistokes.units import FloatArray

LARGEST_UNCERTAINTY = 0.3  # of predicted signal, relative: the end of the range of up-conversion
LOST = 0.5  # of the same: beyond, the prediction is not told from nothing
FEWEST = 3
SCATTER = "scatter of the excitation reaches the detection"
SECOND_ORDER = "second order of the excitation passes the emission monochromator"
SATURATED = "excitation spectrum saturated or missing"
UNKNOWN = "absorption unknown or saturated"
DARK = "lamp unknown or too weak"
WEAK = "absorption less than 3.3 times its uncertainty"
Range = tuple[float, float]


class Ranges(NamedTuple):
    """The samples of both ranges, their ends [nm], why each other is left out, where the prediction is lost [nm]."""

    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    down_nm: Range
    up_nm: Range
    masks: dict[str, NDArray[np.bool_]]
    lost_from_nm: float


def find_ranges(
    m: Measured,
    f: Signal,
    known: NDArray[np.bool_],
    a: Absorbance,
    detection_nm: float,
    reach_nm: Range,
    up_nm: Range | None,
    down_nm: Range | None,
) -> Ranges:
    """Sort the samples into down-conversion, up-conversion and what is left out.

    ``reach_nm`` are the reaches of excitation and detection slits: their full half-widths at the base.
    """
    x = m.wavelength_nm
    down_nm = _checked(down_nm, "down_nm") or (float(x[0]), _down_end(m, a, detection_nm))
    up_nm = _checked(up_nm, "up_nm") or (detection_nm, float(x[-1]))
    masks = {
        SCATTER: np.abs(x - detection_nm) <= sum(reach_nm),
        SECOND_ORDER: np.abs(x - detection_nm / 2) <= reach_nm[0] + reach_nm[1] / 2,
        SATURATED: m.saturated,
        UNKNOWN: ~known,
        DARK: m.dark,
    }
    start = max(detection_nm, up_nm[0])
    masks[WEAK] = known & (x >= _tail_end(x, f, known, start, LARGEST_UNCERTAINTY))
    bad = np.any(list(masks.values()), axis=0)
    down = ~bad & (x >= down_nm[0]) & (x <= down_nm[1])
    up = ~bad & (x >= up_nm[0]) & (x <= up_nm[1])
    for name, ours, ends in (("down", down, down_nm), ("up", up, up_nm)):
        if ours.sum() < FEWEST:
            if ends[0] >= ends[1]:
                raise DataError(
                    f"{m.name}: nothing is left for {name}-conversion: {_backwards(name, ends)} State {name}_nm, or "
                    "scan further."
                )
            why = "; ".join(f"{k}, {np.sum(v & (x >= ends[0]) & (x <= ends[1]))} samples" for k, v in masks.items())
            raise DataError(
                f"{m.name}: {ours.sum()} samples are left for {name}-conversion, {ends[0]:.1f}-{ends[1]:.1f} nm; "
                f"expected at least {FEWEST}. Left out: {why}. Scan further, measure a more concentrated sample, or "
                f"state {name}_nm."
            )
    return Ranges(down, up, _ends(x[down]), _ends(x[up]), masks, _tail_end(x, f, known, start, LOST))


def _backwards(name: str, ends: Range) -> str:
    if name == "down":
        return f"the scan begins at {ends[0]:.1f} nm, red of {ends[1]:.1f} nm, the first maximum or the detection."
    return f"the scan ends at {ends[1]:.1f} nm, blue of the detection, {ends[0]:.1f} nm."


def named_ranges(x: FloatArray, masks: dict[str, NDArray[np.bool_]]) -> dict[str, tuple[Range, ...]]:
    """Return the ranges [nm] that each reason leaves out, as (first, last) sample."""
    out = {}
    for why, mask in masks.items():
        runs = np.split(np.flatnonzero(mask), np.flatnonzero(np.diff(np.flatnonzero(mask)) > 1) + 1)
        found = tuple(_ends(x[run]) for run in runs if run.size)
        if found:
            out[why] = found
    return out


def _ends(x: FloatArray) -> Range:
    return float(x[0]), float(x[-1])


def _checked(given: Range | None, name: str) -> Range | None:
    if given is None:
        return None
    low, high = (float(v) for v in given)
    if not 0 < low < high < np.inf:
        raise ValueError(f"{name} must be (low, high) in nm, found {given!r}.")
    return low, high


def _down_end(m: Measured, a: Absorbance, detection_nm: float) -> float:
    """Return the first absorption maximum if one stands out blue of the detection, else the detection."""
    at = float(units.energy_from_wavelength(detection_nm, m.medium))
    smoothed = curves.smooth(a.energy_ev, a.value, a.sd).values
    found = curves.first_maximum(a.energy_ev, smoothed, a.sd, at)
    if found is None or a.energy_ev[found[0]] <= at:
        return detection_nm
    return float(units.wavelength_from_energy(a.energy_ev[found[0]], m.medium))


def _tail_end(x: FloatArray, f: Signal, known: NDArray[np.bool_], start_nm: float, most: float) -> float:
    """Return the wavelength from which on the predicted signal has a larger relative uncertainty than ``most``.

    It is the smoothed signal that decides: sample by sample, those that noise raised would stay and those that it
    lowered go, and the sum would be too high.
    """
    red = known & (x >= start_nm)
    if red.sum() < FEWEST:
        return np.inf
    here = f.cut(red)
    smoothed = curves.smooth(x[red], here.value, here.noise_sd).values
    end = float(curves.outward_crossing(x[red], smoothed[None] - here.sd[None] / most)[0])
    return start_nm if np.isnan(end) else end
