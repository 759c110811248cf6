"""Does the red side of an emission fall as behind a short-pass filter, though no filter is stated?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.integrate import cumulative_trapezoid

from antistokes.analysis.bands import Band
from antistokes.units import FloatArray

BOX_EV = 8e-3  # over which samples are averaged on either side of a step, about 2.6 nm at 630 nm; assumed
STEEPER = 2.0  # times the steepest of the blue side: no band of dots is that lopsided; assumed
SIGMAS = 4.0  # that a step has to stand above its noise


def filter_edge_nm(band: Band, lost: Sequence[tuple[float, float]] = ()) -> float | None:
    """Return where the red side falls more than twice as steeply as the blue one does anywhere; None where it does not.

    Means over two neighbouring boxes of 8 meV are compared; ``lost`` are ranges that hold a laser line [nm]. An edge
    far out in the red wing, or wider than the band's own flank, is not seen.
    """
    hit = np.any([(band.wavelength_nm >= low) & (band.wavelength_nm <= high) for low, high in lost], axis=0)
    band = band.cut(~hit) if len(lost) else band
    energy = band.energy_ev
    at = energy[(energy >= energy[0] + BOX_EV) & (energy <= energy[-1] - BOX_EV)]
    if not at.size:
        return None
    sums = np.concatenate([[0.0], cumulative_trapezoid(band.value, energy)])
    step = (_between(energy, sums, at, at + BOX_EV) - _between(energy, sums, at - BOX_EV, at)) / BOX_EV
    noise = _noise_of_step(band, at)
    means = _between(energy, sums, at - BOX_EV / 2, at + BOX_EV / 2)
    top = int(means.argmax())
    red, blue = step[: top + 1], -step[top:]
    i, j = int(red.argmax()), int(blue.argmax())
    doubt = float(np.hypot(noise[i], STEEPER * noise[top + j]))
    if red[i] <= STEEPER * max(blue[j], 0.0) + SIGMAS * doubt:
        return None
    return float(np.interp(at[i], energy, band.wavelength_nm))


def _between(energy_ev: FloatArray, sums: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    return np.asarray(np.interp(high, energy_ev, sums) - np.interp(low, energy_ev, sums))


def _noise_of_step(band: Band, at: FloatArray) -> FloatArray:
    """Return the standard uncertainty of the difference of the means of two boxes."""
    inside = np.abs(band.energy_ev - at[:, np.newaxis]) <= BOX_EV
    count = np.maximum(inside.sum(axis=1), 1)
    return np.asarray(2 * np.sqrt(inside @ band.sd**2) / count)  # n/2 samples in each box
