r"""Heat against photon energy: one fit for the photothermal threshold and for LITMoS.

Of each absorbed photon of energy E the part :math:`\eta\,\alpha/(\alpha+\alpha_b)` comes back with the energy E_f, and
the rest is heat:

.. math::
    \frac{\text{heat}}{\text{absorbed energy}}=K\Big[1-\eta\,\frac{\alpha}{\alpha+\alpha_b}\,\frac{E_f}{E}\Big],\qquad
    \frac{\text{heat}}{\text{absorbed photons}}=K\Big[E-\eta\,\frac{\alpha}{\alpha+\alpha_b}\,E_f\Big]

with the scale K of the instrument. Without a background, :math:`\alpha_b=0`, the second is a straight line that meets
zero at :math:`E_0=\eta E_f`, whatever K.

References
----------
.. [1] E. C. Fieller, J. R. Stat. Soc. B 16, 175 (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.
.. [2] H. Tanaka and S. Püschel, Opt. Express 32, 2306 (2024): yield and background from the two wavelengths without
   heat.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.analysis import heat_background as valley
from antistokes.analysis.heat_points import Heat, Noise, Per, bend, checked, noise_of, refuse_energies
from antistokes.analysis.uncertain import SKEW, Uncertain, value_and_sd
from antistokes.errors import DataError
from antistokes.estimate import Estimate, quantile
from antistokes.units import FloatArray

MOST = 1.2  # largest E_0/E_f looked for where there is a background, which can fit noise with any: assumed


class HeatFit(NamedTuple):
    """What heat says: scale, external yield, E_0, background; correlation of the first, second and last.

    ``model`` is the fit at the points, shape (n,); ``chi2`` its squared residuals in the sd stated, ``freedom`` the
    degrees left; ``bend`` the p-value of a further term quadratic in energy, ``nan`` where too few points are left.
    """

    scale: Estimate
    external_yield: Estimate
    threshold_ev: Estimate
    background_per_cm: Estimate | None
    correlation: dict[str, dict[str, float]]
    model: FloatArray
    chi2: float
    freedom: int
    bend: float


def fit_heat(
    energy_ev: ArrayLike,
    heat: ArrayLike,
    heat_sd: ArrayLike | None = None,
    *,
    mean_emission_ev: Uncertain,
    absorption_per_cm: ArrayLike | None = None,
    per: Per = "photon",
    level: float = 0.95,
) -> HeatFit:
    r"""Fit scale, external yield and, where absorption is given, background to heat at several photon energies.

    Without absorption the fit is linear, and intervals are Fieller's: exact, and skew where the points lie far from
    E_0. With it, they are from the profile of the likelihood, searched through for 0 <= E_0 <= 1.2 E_f; where an end of
    the interval meets that box, the yield is a limit (one-sided), and where both do it has no ends.

    Parameters
    ----------
    energy_ev : array_like
        Photon energies of the excitation, shape (n,) [eV].
    heat : array_like
        Photothermal signal over what was absorbed, shape (n,); negative where it cools [any].
    heat_sd : array_like, optional
        Its standard uncertainties; scaled up by the scatter where that is larger. Without them scatter alone makes the
        intervals (Student's t) [unit of ``heat``].
    mean_emission_ev : float or (value, sd)
        Mean energy of the photons that leave the sample [eV].
    absorption_per_cm : array_like, optional
        Absorption coefficient of the emitter at each energy, above 0, taken as exact, shape (n,) [cm^-1].
    per : {"photon", "energy"}
        Whether ``heat`` is over the number of absorbed photons or over absorbed energy.
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    HeatFit
        Estimates, their correlation, the model at the points, and whether it bends.

    References
    ----------
    [1]_; [2]_; profile of the likelihood: analysis/heat_background.py.
    """
    given = checked(energy_ev, heat, heat_sd, absorption_per_cm, per)
    mean, mean_sd = value_and_sd(mean_emission_ev, "mean_emission_ev")
    refuse_energies(np.array([mean]), "mean_emission_ev")
    if given.absorption_per_cm is None:
        return _fit_line(given, mean, mean_sd, level)
    return _fit_background(given, mean, mean_sd, level)


def fieller(numerator: float, denominator: float, spread: FloatArray) -> tuple[float, float]:
    r"""Ends of the interval of a ratio of normal numbers, infinite where the denominator is not told from zero.

    Those q for which :math:`(N-qD)^2\le s_1^2-2q\,s_{12}+q^2s_2^2`.

    Parameters
    ----------
    numerator, denominator : float
        Estimates N and D.
    spread : ndarray
        Their covariance times the square of the quantile (Student's t or normal), shape (2, 2).

    References
    ----------
    E. C. Fieller, J. R. Stat. Soc. B 16, 175 (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.
    """
    (s_nn, s_nd), s_dd = (float(v) for v in spread[0]), float(spread[1, 1])
    square = denominator**2 - s_dd
    if square <= 0:
        return -math.inf, math.inf
    middle = numerator * denominator - s_nd
    # the discriminant, written out so that N^2 D^2 does not swallow it
    slack = denominator**2 * s_nn - 2 * numerator * denominator * s_nd + numerator**2 * s_dd + s_nd**2 - s_nn * s_dd
    root = math.sqrt(max(slack, 0.0))
    return (middle - root) / square, (middle + root) / square


def _fit_line(given: Heat, mean: float, mean_sd: float, level: float) -> HeatFit:
    columns, wanted = given.columns(0.0), given.heat / given.sd
    (scale, product), _, rank, _ = np.linalg.lstsq(columns, wanted, rcond=None)
    if rank < 2 or scale == 0:
        raise DataError("heat: the photon energies are too close together to tell yield from scale.")
    residual = wanted - columns @ [scale, product]
    chi2, freedom = float(residual @ residual), wanted.size - 2
    noise = noise_of(given, chi2, freedom, level)
    covariance = np.linalg.inv(columns.T @ columns) * noise.factor**2  # of K and K E_0
    swapped = covariance[::-1, ::-1]
    zero, skew = float(product / scale), bool(covariance[0, 0] ** 0.5 > SKEW * abs(scale))
    to_zero = np.array([[1.0, 0.0], [-zero / scale, 1 / scale]])
    spread = to_zero @ covariance @ to_zero.T  # of K and E_0
    sd = math.nan if skew else float(spread[1, 1]) ** 0.5
    how = f"zero of the fitted heat; Fieller's interval, {noise.how}"
    threshold = Estimate(zero, sd, *fieller(product, scale, np.asarray(swapped * noise.times**2)), level, "eV", how)
    by_mean = np.diag([1.0, mean]) @ swapped @ np.diag([1.0, mean]) * noise.times**2
    by_mean[1, 1] += (quantile(0.5 + level / 2) * scale * mean_sd) ** 2
    external = Estimate(
        zero / mean,
        math.hypot(sd / mean, zero * mean_sd / mean**2),
        *fieller(product, scale * mean, by_mean),
        level,
        "1",
        f"E_0/E_f; Fieller's interval, {noise.how}, and E_f",
    )
    return HeatFit(
        scale=_scale(float(scale), float(covariance[0, 0]) ** 0.5, noise, level),
        external_yield=external,
        threshold_ev=threshold,
        background_per_cm=None,
        correlation=_named(_with_mean(spread, zero, mean_sd / mean)),
        model=columns @ [scale, product] * given.sd,
        chi2=chi2,
        freedom=freedom,
        bend=bend(columns, residual, given),
    )


def _scale(value: float, sd: float, noise: Noise, level: float) -> Estimate:
    how = f"least squares; {noise.how}"
    return Estimate(value, sd, value - noise.times * sd, value + noise.times * sd, level, "arb. units", how)


def _named(matrix: FloatArray) -> dict[str, dict[str, float]]:
    names = ("scale", "external_yield", "background_per_cm")[: len(matrix)]
    return {a: {b: float(matrix[i, j]) for j, b in enumerate(names)} for i, a in enumerate(names)}


def _fit_background(given: Heat, mean: float, mean_sd: float, level: float) -> HeatFit:
    """Fit K, E_0 and alpha_b; intervals from the profile of the likelihood."""
    best = valley.search(given, MOST * mean)
    slopes = given.slopes(best.scale, best.zero_ev, best.background)
    freedom = given.heat.size - 3
    noise = noise_of(given, best.chi2, freedom, level)
    covariance = _covariance(slopes / noise.factor, best)
    sd = np.sqrt(np.diag(covariance))
    best = valley.closer(best, float(sd[2]))
    how = f"profile of the likelihood, {noise.how}"
    threshold = _threshold(given, best, float(sd[1]), noise, how, level)
    model = given.columns(best.background) @ [best.scale, best.scale * best.zero_ev]
    return HeatFit(
        scale=_scale(best.scale, float(sd[0]), noise, level),
        external_yield=_over_mean(threshold, best.zero_ev, mean, mean_sd),
        threshold_ev=threshold,
        background_per_cm=_background(given, best, float(sd[2]), noise, how, level),
        correlation=_named(_with_mean(covariance, best.zero_ev, mean_sd / mean)),
        model=model * given.sd,
        chi2=best.chi2,
        freedom=freedom,
        bend=bend(slopes, given.heat / given.sd - model, given),
    )


def _covariance(slopes: FloatArray, best: valley.Valley) -> FloatArray:
    """Covariance of K, E_0 and alpha_b where the model is straight; the two with a box are uniform in it before."""
    wide = np.array([best.most_ev, best.looked_at[-1]])
    sizes = np.array([abs(best.scale), *wide])  # so that the matrix has no units
    prior = np.diag([1e-6, 12.0, 12.0])
    scaled = slopes * sizes
    return np.asarray(np.linalg.inv(scaled.T @ scaled + prior) * np.outer(sizes, sizes))


def _threshold(given: Heat, best: valley.Valley, sd: float, noise: Noise, how: str, level: float) -> Estimate:
    """E_0 with its interval; a limit where one end meets the box, and no ends where both do."""
    low, high = valley.zero_ends(given, best, (noise.factor * noise.times) ** 2)
    said = f"zero of the heat without background; {how}"
    open_below, open_above = low <= 0, high >= best.most_ev
    if open_below and open_above:
        return Estimate(best.zero_ev, math.nan, -math.inf, math.inf, level, "eV", said)
    if not (open_below or open_above):
        return Estimate(best.zero_ev, sd, low, high, level, "eV", said)
    ends = valley.zero_ends(given, best, (noise.factor * noise.one_sided) ** 2)
    said = f"zero of the heat without background; one-sided, {how}"
    if open_above:
        return Estimate(ends[0], level=level, unit="eV", how=said, kind="lower limit")
    return Estimate(ends[1], level=level, unit="eV", how=said, kind="upper limit")


def _over_mean(threshold: Estimate, zero: float, mean: float, mean_sd: float) -> Estimate:
    """Yield from E_0, the best of which is ``zero``; the arms of both uncertainties are added in quadrature."""
    level, part = threshold.level, mean_sd / mean
    how = f"E_0/E_f; {threshold.how.partition('; ')[2]}, and E_f"
    if threshold.kind != "value":
        arm = math.hypot((threshold.value - zero) / mean, quantile(level) * zero / mean * part)
        end = zero / mean + math.copysign(arm, threshold.value - zero)
        return Estimate(end, level=level, how=how, kind=threshold.kind)
    value = zero / mean
    reach = quantile(0.5 + level / 2) * value * part
    below, above = (math.hypot((zero - e) / mean, reach) for e in (threshold.low, threshold.high))
    return Estimate(value, math.hypot(threshold.sd / mean, value * part), value - below, value + above, level, "1", how)


def _with_mean(covariance: FloatArray, zero: float, mean_part: float) -> FloatArray:
    """Correlation of scale, yield and the rest, from a covariance that has E_0 as its second entry."""
    spread = covariance.copy()
    spread[1, 1] += (zero * mean_part) ** 2
    sd = np.sqrt(np.diag(spread))
    return np.asarray(spread / np.outer(sd, sd)) if np.all(sd > 0) else np.eye(len(sd))


def _background(given: Heat, best: valley.Valley, sd: float, noise: Noise, how: str, level: float) -> Estimate:
    """Background with its interval, or its upper limit where none is resolved."""
    low, high = valley.background_ends(given, best, (noise.factor * noise.times) ** 2)
    if low > 0:
        return Estimate(best.background, sd, low, high, level, "cm^-1", how)
    limit = valley.background_ends(given, best, (noise.factor * noise.one_sided) ** 2)[1]
    return Estimate(limit, level=level, unit="cm^-1", how=f"one-sided; {how}", kind="upper limit")
