"""The yield that a cooling window takes: stated, or as the draws of a measured one."""

from __future__ import annotations

import numpy as np

from antistokes.analysis.draws import BELOW_ONE_SD
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.errors import DataError
from antistokes.units import FloatArray

MAX_YIELD = 1.5
MIN_DRAWS = 100


def stated_yield(quantum_yield: Uncertain | FloatArray | None) -> tuple[tuple[float, float] | None, list[str]]:
    """Return value and standard uncertainty of a stated or measured yield, and what is to be said of it."""
    if quantum_yield is None:
        return None, ["No quantum yield is given: only the yield needed is computed."]
    if isinstance(quantum_yield, np.ndarray):
        return _measured_yield(quantum_yield)
    value, sd = value_and_sd(quantum_yield, "quantum_yield")
    if not 0 < value <= MAX_YIELD:
        hint = f" As a fraction: {value / 100:g}?" if value > MAX_YIELD else ""
        raise ValueError(f"quantum_yield must be above 0 and at most {MAX_YIELD}, got {value!r}.{hint}")
    notes = []
    if value > 1:
        used = "draws are conditioned on at most one" if sd > 0 else "without an uncertainty it is used as it stands"
        notes.append(
            f"The stated yield {value:g} is above one. A measured yield may be, an external one cannot; {used}."
        )
    if sd > 0 and value - 2 * sd > 1:
        notes.append(f"The stated yield lies {(value - 1) / sd:.1f} s.d. above one: its uncertainty is too small.")
    if sd == 0:
        notes.append("The yield has no stated uncertainty: intervals do not contain it.")
    return (value, sd), notes


def _measured_yield(draws: FloatArray) -> tuple[tuple[float, float], list[str]]:
    """Median of the draws of a measured yield, its lower standard uncertainty, and what is to be said of them."""
    if draws.ndim != 1 or draws.size < MIN_DRAWS or np.isnan(draws).any():
        raise ValueError(
            f"quantum_yield as an array holds {MIN_DRAWS} draws or more and no NaN, got shape {draws.shape}. A stated "
            "yield is a number or (value, sd)."
        )
    value, below = (float(q) for q in np.quantile(draws, [0.5, BELOW_ONE_SD], method="nearest"))
    above = float(np.mean(draws > 1))
    left_out = (
        f"{above:.1%} of the draws of the measured yield lie above one. A measured yield may be, an external one "
        "cannot: they are left out."
    )
    return (value, value - below if np.isfinite(value) else np.inf), [left_out] if above > 0 else []


def possible_draws(draws: FloatArray) -> FloatArray:
    """Return the draws of a yield that may be, from 0 to 1, in ascending order."""
    possible = np.sort(draws[(draws >= 0) & (draws <= 1)])
    if possible.size == 0:
        raise DataError(
            f"No draw of the measured yield (median {np.median(draws):.4g}) lies between 0 and 1, where an external "
            "yield is. Look at calibration and drift of its measurement."
        )
    return possible
