"""Is there absorption that does not emit?"""

from __future__ import annotations

import numpy as np

from antistokes.estimate import Estimate
from antistokes.units import FloatArray

BLOCK_EV = 5e-3


def non_emitting_below(
    energy_ev: FloatArray,
    absorption: FloatArray,
    absorption_sd: FloatArray,
    predicted: FloatArray,
    predicted_sd: FloatArray,
    log_sd: FloatArray,
    *,
    start_ev: float,
    level: float = 0.95,
) -> tuple[Estimate | None, float]:
    """Find the energy below which absorption is more than twice what its emission demands.

    Blocks of 5 meV (or of 2.5 samples, if that is wider) are walked down from ``start_ev`` as far as absorption stands
    three standard deviations above zero. A block is in excess when absorption minus twice the prediction is more than
    three of its standard deviations. The answer is the top of the unbroken run of such blocks that reaches the last
    resolved one.

    Parameters
    ----------
    energy_ev : ndarray
        Ascending photon energies, shape (n,) [eV].
    absorption, absorption_sd : ndarray
        Measured absorption and its noise, shape (n,).
    predicted, predicted_sd : ndarray
        Absorption that the emission demands by reciprocity, and its noise, shape (n,).
    log_sd : ndarray
        Relative uncertainty of the prediction common to a block (extrapolated temperature), shape (n,) [1].
    start_ev : float
        Where to begin, the low end of the reciprocity window [eV].
    level : float
        Nominal level written into the Estimate; its ends are one block either way [1].

    Returns
    -------
    estimate : Estimate or None
        None where no such absorption was found.
    lowest_ev : float
        How far down absorption was resolved [eV].
    """
    lowest, top = start_ev, None
    block = max(BLOCK_EV, 2.5 * float(np.median(np.diff(energy_ev))))
    for low in np.arange(start_ev - block, energy_ev[0] - 1e-9, -block):
        inside = (energy_ev >= low) & (energy_ev < low + block)
        n = int(inside.sum())
        if n < 2:
            break
        measured, model = float(absorption[inside].mean()), float(predicted[inside].mean())
        error = float(np.sqrt(np.sum(absorption_sd[inside] ** 2))) / n
        if measured < 3 * error:
            break
        model_error = np.hypot(np.sqrt(np.sum(predicted_sd[inside] ** 2)) / n, model * float(log_sd[inside].mean()))
        lowest = float(low)
        if measured - 2 * model > 3 * np.hypot(error, 2 * model_error):
            top = float(low + block) if top is None else top
        else:
            top = None
    if top is None:
        return None, lowest
    how = f"absorption exceeds twice the reciprocal prediction by 3 s.d. from here down to {lowest:.4f} eV"
    return Estimate(top, block / 12**0.5, top - block, top + block, level, "eV", how), lowest
