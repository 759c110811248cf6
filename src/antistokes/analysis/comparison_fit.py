"""One emission spectrum as another that is moved, stretched and scaled: generalised least squares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import least_squares

from antistokes.analysis.comparison_window import FEWEST, Pair
from antistokes.errors import FitError
from antistokes.units import FloatArray

FURTHEST_MEV = 100.0
STRETCH = (0.4, 2.5)
DEGENERATE = 0.8  # correlation of shift and width ratio from which on it is said


class Moved(NamedTuple):
    """Scale, shift [meV], width ratio and, if there is one, baseline; their covariance; what is left."""

    at: FloatArray
    covariance: FloatArray
    chi2: float  # per degree of freedom
    inflation: float  # of the variance
    freedom: int
    model: FloatArray
    gain: FloatArray  # derivative of the parameters with respect to the samples in the window (p, n)
    whitener: FloatArray  # lower Cholesky factor (n, n)

    @property
    def correlation(self) -> float:
        """Correlation of shift and width ratio."""
        return float(self.covariance[1, 2] / np.sqrt(self.covariance[1, 1] * self.covariance[2, 2]))


def moved(pair: Pair) -> tuple[Moved, Pair]:
    """Fit the up-converted spectrum by the template; samples that would look beyond the template's ends are dropped."""
    at = np.array([1.0, 0.0, 1.0, *np.zeros(pair.background.shape[1])])
    for _ in range(3):
        factor = _whitener(pair, at)
        at = solve(pair.up.energy_ev, pair.up.value, factor, pair.template.curve, pair.pivot_ev, pair.background, at)
        there = seen(pair.up.energy_ev, at, pair.pivot_ev)
        keep = (there >= pair.template.energy_ev[0]) & (there <= pair.template.energy_ev[-1])
        if keep.sum() < FEWEST:
            raise FitError("the two spectra lie so far apart that they share no window.", at)
        if not keep.all():
            band = pair.up.cut(keep)
            ends = (float(band.wavelength_nm.min()), float(band.wavelength_nm.max()))
            pair = pair._replace(up=band, background=pair.background[keep], window_nm=ends)
    if abs(at[1]) > 0.999 * FURTHEST_MEV or not 1.001 * STRETCH[0] < at[2] < 0.999 * STRETCH[1]:
        low, high = pair.window_nm
        raise FitError(
            f"{low:.1f}-{high:.1f} nm does not tell where the band lies and how wide it is: the fit ran to a shift of "
            f"{at[1]:+.3g} meV and a width ratio of {at[2]:.3g}. Use a wider window, or more light.",
            at,
        )
    factor = _whitener(pair, at)
    found, jacobian = model(pair.up.energy_ev, at, pair.template.curve, pair.pivot_ev, pair.background)
    whitened = solve_triangular(factor, jacobian, lower=True)
    residual = solve_triangular(factor, pair.up.value - found, lower=True)
    freedom = residual.size - at.size
    chi2 = float(residual @ residual) / freedom
    covariance = np.asarray(np.linalg.inv(whitened.T @ whitened), dtype=float)
    gain = covariance @ solve_triangular(factor, whitened, lower=True, trans="T").T
    inflation = max(chi2, 1.0) if pair.noise_stated else chi2
    return Moved(at, covariance * inflation, chi2, inflation, freedom, found, gain, factor), pair


def _whitener(pair: Pair, at: FloatArray) -> FloatArray:
    """Lower Cholesky factor of the covariance of data minus model, noise of both spectra in it."""
    band = pair.up
    least = max(1e-3 * float(np.median(band.sd)), 1e-9 * float(np.abs(band.value).max()))
    noise = at[0] * pair.template.noise_at(seen(band.energy_ev, at, pair.pivot_ev))
    shared = band.modes.T @ band.modes if len(band.modes) else 0.0
    return np.asarray(cholesky(np.diag(np.maximum(band.sd, least) ** 2) + noise @ noise.T + shared, lower=True))


def seen(energy_ev: FloatArray, at: FloatArray, pivot_ev: float) -> FloatArray:
    """Energies of the template that answer to those of the up-converted spectrum."""
    return np.asarray(pivot_ev + (energy_ev - pivot_ev - at[1] / 1e3) / at[2])


def model(
    energy_ev: FloatArray, at: FloatArray, curve: CubicSpline, pivot_ev: float, background: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the moved, stretched and scaled template and its derivatives, shapes (n,), (n, p)."""
    there = seen(energy_ev, at, pivot_ev)
    value, slope = curve(there), curve(there, 1)
    moves = [value, -at[0] * slope / at[2] / 1e3, -at[0] * slope * (there - pivot_ev) / at[2]]
    return np.asarray(at[0] * value + background @ at[3:]), np.concatenate(
        [np.stack(moves, axis=1), background], axis=1
    )


def solve(
    energy_ev: FloatArray,
    value: FloatArray,
    factor: FloatArray,
    curve: CubicSpline,
    pivot_ev: float,
    background: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """Return the best parameters by least squares with this Cholesky factor of the covariance, shape (p,)."""

    def whitened(rows: FloatArray) -> FloatArray:
        return np.asarray(solve_triangular(factor, rows, lower=True))

    extra = start.size - 3
    low = [-np.inf, -FURTHEST_MEV, STRETCH[0], *extra * [-np.inf]]
    high = [np.inf, FURTHEST_MEV, STRETCH[1], *extra * [np.inf]]

    def residual(at: FloatArray) -> FloatArray:
        return whitened(value - model(energy_ev, at, curve, pivot_ev, background)[0])

    def jacobian(at: FloatArray) -> FloatArray:
        return np.asarray(-whitened(model(energy_ev, at, curve, pivot_ev, background)[1]))

    found = least_squares(
        residual,
        start,
        jac=jacobian,
        bounds=(low, high),
        x_scale="jac",
    )
    if not found.success:
        raise FitError("the up-converted spectrum could not be fitted by the down-converted one.", found.x)
    return np.asarray(found.x)
