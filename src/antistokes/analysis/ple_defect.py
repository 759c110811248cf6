"""Does anything emit that is excited red of the absorption tail? A limit, or what is found."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes.analysis.bands import is_counted
from antistokes.analysis.limits import gaussian_upper_limit, poisson_interval, poisson_upper_limit
from antistokes.analysis.ple_ranges import SATURATED, SCATTER, Range, Ranges
from antistokes.analysis.ple_signal import Measured, Signal
from antistokes.estimate import Estimate, normal

FOUND = 3.0  # standard uncertainties; a signal below is limited, not stated; assumed


def red_of_the_tail(
    m: Measured, f: Signal, known: NDArray[np.bool_], r: Ranges, ple: xr.Dataset, defect_nm: Range | None, level: float
) -> tuple[Estimate | None, Range | None, list[str]]:
    """Return the mean signal red of the tail: a limit, or its value where it exceeds what absorption explains.

    Nothing is subtracted from it; Poisson where the samples are whole counts.
    """
    x = m.wavelength_nm
    low, high = defect_nm or (r.lost_from_nm, np.inf)
    here = (x >= low) & (x <= high) & known & ~r.masks[SCATTER] & ~r.masks[SATURATED] & ~m.dark
    if not here.any():
        if defect_nm is not None:
            raise ValueError(f"{m.name}: no samples to use in defect_nm = {defect_nm}.")
        end = "The scan does not go beyond the absorption tail: nothing limits a signal of defects there."
        return None, None, [end]
    ends = (float(x[here][0]), float(x[here][-1]))
    top, row, down = float(np.max(m.signal.value[r.down | r.up])), here / here.sum(), r.down.astype(float)
    scale = float(down @ m.signal.value) / float(down @ f.value)
    value, variance = float(row @ m.signal.value), float(row @ m.signal.covariance @ row)
    excess = value - scale * float(row @ f.value)
    excess_sd = float(np.sqrt(variance + scale**2 * (row @ f.covariance @ row)))
    found = excess > FOUND * excess_sd
    mean, limit, interval, how = _limits(m, here, ple, value, variance, level)
    how = f"mean of {here.sum()} samples, {ends[0]:.1f}-{ends[1]:.1f} nm, over the largest, nothing subtracted; {how}"
    if not found:
        return Estimate(limit / top, level=level, how=how, kind="upper limit"), ends, []
    low, high = (v / top for v in interval)
    said = (
        f"At {ends[0]:.1f}-{ends[1]:.1f} nm the excitation spectrum exceeds what absorption explains by "
        f"{100 * excess / top:.2g} % of its maximum, {excess / excess_sd:.1f} times the uncertainty: another emitter, "
        "second order of the excitation, stray light or a dark level that is left."
    )
    return Estimate(mean / top, variance**0.5 / top, low, high, level, how=how), ends, [said]


def _limits(
    m: Measured, here: NDArray[np.bool_], ple: xr.Dataset, value: float, variance: float, level: float
) -> tuple[float, float, tuple[float, float], str]:
    """Return the mean signal of some samples, its upper limit and its interval; of counts, all over all light."""
    if is_counted(ple, with_sd=True):
        counts, light = int(m.raw[here].sum()), float(m.light[here].sum())
        low, high = poisson_interval(counts, level=level)
        limit = poisson_upper_limit(counts, level=level)
        return counts / light, limit / light, (low / light, high / light), "Poisson"
    sd = max(variance**0.5, 1e-12 * float(m.signal.value.max()))
    e = normal(value, sd, "1", "", level)
    return value, gaussian_upper_limit(value, sd, level), (e.low, e.high), "normal noise"
