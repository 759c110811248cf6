"""What unequal dots do to an up-converted spectrum: shift and width ratio on the window of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline

from antistokes import data, units
from antistokes.analysis import lineshape_model as model
from antistokes.analysis.comparison_fit import Moved, solve
from antistokes.analysis.comparison_window import Pair
from antistokes.analysis.lineshape import LineshapeFit
from antistokes.analysis.lineshape_intervals import Solution
from antistokes.analysis.lineshape_model import Selection
from antistokes.errors import DataError
from antistokes.estimate import Estimate, exact, from_draws
from antistokes.physics import ensemble
from antistokes.physics.ensemble import Ensemble
from antistokes.units import FloatArray

DRAWS = 60
NEAR_K = 5.0  # that a spectrum may be from the temperature of a fit; assumed
AROUND_EV = 0.06  # beyond the window: how far the predicted spectra are computed
STEP_EV = 1e-3
ABOVE_MEV = 100.0  # above the highest state an excitation excites all dots alike, as in the laboratory's samples

Prediction = LineshapeFit | Ensemble
Rates = Callable[[FloatArray, bool], FloatArray]  # photons per energy; whether up-converted


class Predicted(NamedTuple):
    """Shift [meV] and width ratio, None without a prediction; ``moves`` (1 + draws, 2) holds both, the best first."""

    shift_mev: Estimate | None
    width_ratio: Estimate | None
    moves: FloatArray
    warnings: tuple[str, ...]


def predicted(
    prediction: Prediction | None,
    pair: Pair,
    fit: Moved,
    up: xr.Dataset,
    down: xr.Dataset,
    level: float,
    seed: int,
) -> Predicted:
    """Return what a fitted line shape or a known ensemble says of the pair, by the fit that the data went through."""
    if prediction is None:
        return Predicted(None, None, np.array([[0.0, 1.0]]), (_UNPREDICTED,))
    laser = up.attrs.get("excitation_nm")
    if laser is None:
        raise DataError(
            f"{data.label(up)}: its excitation (excitation_nm) is not stated, on which the shift of unequal dots "
            "hangs; expected the wavelength of the laser. State it, or leave the prediction out."
        )
    up_ev = float(units.energy_from_wavelength(laser, pair.up.medium))
    other = down.attrs.get("excitation_nm")
    down_ev = None if other is None else float(units.energy_from_wavelength(other, pair.down.medium))
    said = ["The excitation of the down-converted spectrum is not stated: all dots are taken as excited alike."]
    warnings = said if other is None else []
    if isinstance(prediction, Ensemble):
        at = _moved(_of_ensemble(prediction, up_ev, down_ev), pair, fit)
        how = "computed for a given ensemble, on the same window, by the same fit"
        return Predicted(
            exact(float(at[1]), "meV", how), exact(float(at[2]), "1", how), at[np.newaxis, 1:3], tuple(warnings)
        )
    s = prediction.solution
    t = _temperature(up, s.layout.temperatures_k)
    if any(x.excitation_ev is not None and abs(x.excitation_ev - up_ev) < STEP_EV for x in s.spectra):
        warnings.append("The line shape was fitted to a spectrum of this excitation too: the prediction has seen it.")
    if any(x.emission and x.excitation_ev is None and not x.selection.known for x in s.spectra):
        warnings.append(
            "The line shape was fitted as if the excitation of its emission excited all dots alike, because absorption "
            "there was not known: if it does not, width and prediction are off by more than the interval says."
        )
    rng = np.random.default_rng(seed)
    spread = rng.multivariate_normal(s.best.at, s.covariance, DRAWS, method="eigh")
    every = (s.best.at, *np.clip(spread, s.box.low, s.box.high))
    rows = np.array([_moved(_of_fit(s, at, t, up_ev, down_ev), pair, fit) for at in every])
    how = f"fitted line shape, each dot weighed by what it absorbs, on the same window; {DRAWS} draws of its parameters"
    shift, width = (from_draws(float(rows[0, i]), rows[1:, i], u, how, level) for i, u in ((1, "meV"), (2, "1")))
    return Predicted(shift, width, rows[:, 1:3], tuple(warnings))


_UNPREDICTED = (
    "No prediction was given: the shift is held against 0. Excited in its tail, an ensemble of unequal dots emits from "
    "its red side, so that a shift to the red is no contradiction; give a fit_lineshape result as prediction."
)


def _temperature(up: xr.Dataset, fitted_k: Sequence[float]) -> int:
    """Return which of the fitted temperatures is that of a spectrum."""
    stated = up.attrs.get("temperature_k")
    if stated is None and len(fitted_k) == 1:
        return 0
    known = ", ".join(f"{t:g}" for t in fitted_k)
    if stated is None:
        raise DataError(f"{data.label(up)}: its temperature_k is not stated, and the prediction has several ({known}).")
    nearest = int(np.argmin(np.abs(np.array(fitted_k) - stated)))
    if abs(fitted_k[nearest] - stated) > NEAR_K:
        raise DataError(
            f"{data.label(up)} was taken at {stated:g} K, the line shape fitted at {known} K: expected one within "
            f"{NEAR_K:g} K. Fit spectra of that temperature, or leave the prediction out."
        )
    return nearest


def _moved(rates: Rates, pair: Pair, fit: Moved) -> FloatArray:
    """Return scale, shift and width ratio of computed spectra on the pair's window, with the pair's weights."""
    energy = pair.up.energy_ev
    ends = energy[0] - AROUND_EV, energy[-1] + AROUND_EV
    grid = np.arange(*ends, STEP_EV)
    below, above = rates(grid, False), rates(energy, True)
    curve = CubicSpline(grid, below / below.max())
    start = np.array([1.0, 0.0, 1.0, *np.zeros(pair.background.shape[1])])
    return solve(energy, above / above.max(), fit.whitener, curve, pair.pivot_ev, pair.background, start)


def _of_ensemble(dots: Ensemble, up_ev: float, down_ev: float | None) -> Rates:
    highest = dots.e00_ev + (max(offset for offset, _ in dots.states) + ABOVE_MEV) / 1e3
    low = down_ev if down_ev is not None and down_ev < highest else None
    return lambda energy, is_up: ensemble.photon_rate(energy, dots, up_ev if is_up else low)


def _of_fit(s: Solution, at: FloatArray, t: int, up_ev: float, down_ev: float | None) -> Rates:
    """Return rates of a fitted line shape; above the fitted edge the selection is that of the fit's own emission."""
    edge = max((float(x.band.energy_ev[-1]) for x in s.spectra if not x.emission), default=0.0)
    low = down_ev if down_ev is not None and down_ev < edge else None
    above = [x.selection for x in s.spectra if x.emission and x.excitation_ev is None]
    selection: Selection | None = above[0] if above and low is None else None

    def rates(energy: FloatArray, is_up: bool) -> FloatArray:
        if is_up:
            return model.photons(at, s.layout, t, energy, up_ev)
        return model.photons(at, s.layout, t, energy, low, selection)

    return rates
