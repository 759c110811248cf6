"""Fit of a power law with errors in power and signal, counted or measured; straight or bent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import stdtr

from antistokes.errors import FitError
from antistokes.estimate import quantile
from antistokes.units import FloatArray

MOST_ROUNDS = 200
_LEAST_PART = 1 / 16  # of a step, where whole ones do not close in
_CLOSE = 1e-10  # of ln signal: the last step
_CLEAR = 5.0  # times its sd: from there on the logarithm of a signal is close to normal
_LONGEST_STEP = 2.0  # of ln signal in one round
_LOWEST_SHARE = -20.0  # of the quadratic part: saturation so strong is far from any limit


class Points(NamedTuple):
    """A power series as arrays, shape (n,), ascending in power.

    ``power`` in ``unit``; ``signal`` as measured, with its ``sd`` where one is stated; ``counted``: whole numbers of
    photons; ``exposure``: how long each was counted, relative; ``background`` is in every signal, with an uncertainty
    that all share; ``power_sd`` is relative; ``selected``: points were left out because noise made them negative;
    ``as_logarithm``: which form is fitted, where that was decided before.
    """

    power: FloatArray
    unit: str
    signal: FloatArray
    sd: FloatArray | None
    counted: bool
    exposure: FloatArray
    background: float
    background_sd: float
    power_sd: FloatArray
    name: str
    signal_unit: str
    warnings: tuple[str, ...]
    selected: bool = False
    as_logarithm: bool | None = None

    @property
    def net(self) -> FloatArray:
        """Signal less background per exposure."""
        return np.asarray((self.signal - self.background) / self.exposure)

    @property
    def logarithmic(self) -> bool:
        """Whether the logarithm of the signal is fitted; else the signal itself, as it may be zero or below."""
        if self.as_logarithm is not None:
            return self.as_logarithm
        if self.counted or (self.net - self.background_sd / self.exposure).min() <= 0:
            return False
        return self.sd is None or bool(np.all(self.net * self.exposure > _CLEAR * self.sd))


class Fit(NamedTuple):
    """ln signal = theta . (1, x, x^2, ...) of x = ln(power / middle).

    ``covariance`` holds the noise (scaled where it was estimated) and the background; ``log_signal`` is the model,
    ``deviation`` what the data are above it as a part of it, and ``variance`` what that has by noise, all shape (n,);
    ``chi2`` is the sum of squared deviations over variance, ``scale`` what the covariance was multiplied by, ``extra``
    the variance of further relative scatter, ``freedom`` the degrees of freedom of the noise, infinite where it is
    known.
    """

    theta: FloatArray
    covariance: FloatArray
    x: FloatArray
    log_signal: FloatArray
    deviation: FloatArray
    variance: FloatArray
    chi2: float
    scale: float
    extra: float
    freedom: float


def fit(points: Points, middle: float, order: int) -> Fit:
    r"""Fit a polynomial to ln signal over ln power, with errors in both.

    The deviation is :math:`z=\ln I-\eta` or, where the signal itself is fitted, :math:`z=(I-b-\mu)/\mu` with
    :math:`\mu=e^\eta`; its variance is :math:`v=\sigma_I^2/\mu^2+k^2\sigma_x^2+\rho^2` with
    :math:`\sigma_I^2=\mu+b` for counts. The equations solved are
    :math:`\sum z\,(x^j+j\,x^{j-1}\delta)/v=0`, with the power adjusted along the line by
    :math:`\delta=k\sigma_x^2z/v`: those of York for logarithms (orthogonal distance regression), and of maximum
    Poisson likelihood (Cash) for counts with nothing but shot noise. k is the slope of the straight line in both fits:
    with its own, a bent line could make its noise as large as it likes. Where no sd is stated
    or counts scatter more than counts do, :math:`\rho^2` is that which makes :math:`\sum z^2/v` the number of degrees
    of freedom; where an sd is stated the covariance is multiplied by :math:`\chi^2_\nu` where that exceeds 1.

    Parameters
    ----------
    points : Points
        The series.
    middle : float
        Power at which x is zero [unit of the powers].
    order : int
        1 for a power law, 2 for one that bends.

    Raises
    ------
    FitError
        Where it does not end.

    References
    ----------
    D. York et al., Am. J. Phys. 72, 367 (2004), doi:10.1119/1.1632486; W. Cash, Astrophys. J. 228, 922 (1979),
    doi:10.1086/156922; N. E. Breslow, Appl. Stat. 33, 38 (1984), doi:10.2307/2347661 (extra scatter of counts).
    """
    straight = None if order == 1 else fit(points._replace(background_sd=0.0), middle, 1)
    steepness, held = None if straight is None else float(straight.theta[1]), None
    try:
        best = _solve(points, middle, order, steepness)
    except FitError:
        if not points.counted:
            raise
        # Where the low end is noise, relative scatter can grow without bound: chi-square scales the covariance instead.
        held = 0.0 if straight is None else straight.extra
        best = _solve(points, middle, order, steepness, held)
    if points.background_sd == 0:
        return best
    form = points.logarithmic  # one form for all three, or their difference is that of the forms
    shifted = [
        _solve(
            points._replace(background=points.background + s * points.background_sd, as_logarithm=form),
            middle,
            order,
            steepness,
            held,
        ).theta
        for s in (-1.0, 1.0)
    ]
    mode = (shifted[1] - shifted[0]) / 2
    return best._replace(covariance=best.covariance + np.outer(mode, mode))


def _solve(points: Points, middle: float, order: int, steepness: float | None, held: float | None = None) -> Fit:
    """Fit a line of one order; ``held`` is the extra variance, where it is not to be found."""
    x = np.log(points.power / middle)
    design = np.vander(x, order + 1, increasing=True)
    freedom = x.size - order - 1
    state = _settled(points, design, _begin(points, x, order), steepness, held or 0.0)
    if held is not None:
        found = _finished(points, design, *state, held)
        more = max(1.0, found.chi2 / freedom)
        known = more == 1 and held == 0
        return found._replace(
            covariance=more * found.covariance, scale=more, freedom=math.inf if known else float(freedom)
        )
    if points.sd is not None and not points.counted:
        return _finished(points, design, *state, 0.0)

    def excess(extra: float) -> float:
        nonlocal state
        state = _settled(points, design, state[0], steepness, extra)
        z, noise = _deviation(points, design @ state[0], state[1])
        return float(np.sum(z**2 / (noise + extra))) - freedom

    z, noise = _deviation(points, design @ state[0], state[1])
    if not np.any(noise > 0):  # all weigh alike, whatever the scatter
        return _finished(points, design, *state, float(z @ z) / freedom)
    least, high = (0.0 if noise.min() > 0 else 1e-30), float(z @ z) / freedom
    if excess(least) <= 0:
        return _finished(points, design, *state, 0.0)
    while excess(high) > 0:
        high *= 2
    extra = float(brentq(excess, least, high, xtol=1e-12 * high, rtol=1e-9))
    excess(extra)
    return _finished(points, design, *state, extra)


def _settled(
    points: Points, design: FloatArray, theta: FloatArray, steepness: float | None, extra: float
) -> tuple[FloatArray, float]:
    """Return the line for a given extra variance, and the slope by which errors in power count."""
    x, powers = design[:, 1], np.arange(theta.size)
    along = powers * x[:, None] ** np.maximum(powers - 1, 0)  # derivative of the design
    last, part = math.inf, 1.0
    for _ in range(MOST_ROUNDS):
        slope = float(theta[1]) if steepness is None else steepness
        z, noise = _deviation(points, design @ theta, slope)
        variance = noise + extra
        if not np.all(variance > 0):  # no noise at all: every point weighs alike
            variance = np.ones_like(variance)
        adjusted = design + (slope * points.power_sd**2 * z / variance)[:, None] * along
        inverse = _inverse(design.T @ (design / variance[:, None]), points.name, theta)
        step = inverse @ (adjusted.T @ (z / variance))
        longest = float(np.abs(design @ step).max())
        # Weights that follow the line can make it swing.
        part = max(part / 2, _LEAST_PART) if longest >= last else min(1.5 * part, 1.0)
        theta, last = theta + step * min(part, _LONGEST_STEP / max(longest, 1e-300)), longest
        if longest < _CLOSE:
            return theta, slope
    raise FitError(f"{points.name}: the power law did not settle after {MOST_ROUNDS} rounds.", theta)


def _inverse(information: FloatArray, name: str, theta: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.inv(information), dtype=float)
    except np.linalg.LinAlgError:
        raise FitError(f"{name}: too few points hold a signal for a power law.", theta) from None


def _finished(points: Points, design: FloatArray, theta: FloatArray, slope: float, extra: float) -> Fit:
    log_signal, freedom = design @ theta, len(design) - theta.size
    z, noise = _deviation(points, log_signal, slope)
    exact = not np.any(noise + extra > 0)
    variance = np.ones_like(noise) if exact else noise + extra
    inverse = _inverse(design.T @ (design / variance[:, None]), points.name, theta)
    chi2 = float(np.sum(z**2 / variance))
    stated = points.sd is not None and not points.counted
    scale = 0.0 if exact else max(1.0, chi2 / freedom) if stated else 1.0
    known = (stated and scale == 1) or (points.counted and extra == 0)
    nu = math.inf if known else float(freedom)
    return Fit(theta, scale * inverse, design[:, 1], log_signal, z, variance, chi2, scale, extra, nu)


def _begin(points: Points, x: FloatArray, order: int) -> FloatArray:
    floor = points.net[points.net > 0].min(initial=np.inf)
    logs = np.log(np.maximum(points.net, floor / 2))
    theta = np.zeros(order + 1)
    theta[:2] = np.polyfit(x, logs, 1)[::-1]
    return theta


def _deviation(points: Points, log_signal: FloatArray, slope: float) -> tuple[FloatArray, FloatArray]:
    """Return how far the data lie above the model, as a part of it, and the variance of that without extra scatter."""
    mean = points.exposure * np.exp(np.clip(log_signal, -300, 300))
    if points.logarithmic:
        z = np.log(points.net) - log_signal
    else:
        z = (points.signal - points.background) / mean - 1
    noise = mean + points.background if points.counted else (np.zeros_like(mean) if points.sd is None else points.sd**2)
    return z, np.asarray(noise / mean**2 + (slope * points.power_sd) ** 2)


class Share(NamedTuple):
    """Share of the quadratic part at the highest power: best value, and the ends that were asked for.

    ``misfit``: by how many standard deviations the data are not such a sum, the best share between 0 and 1 against the
    bent line.
    """

    value: float
    low: float
    high: float
    limit: float
    significance: float
    misfit: float


def quadratic_share(points: Points, bent: Fit, level: float) -> Share:
    r"""Share of a signal :math:`\propto P^2` beside one :math:`\propto P`, at the highest power.

    .. math:: I=A\,[(1-s)u+s\,u^2],\qquad u=P/P_\max

    Least squares with the noise of the bent fit; A is eliminated. Ends are where chi-square has risen by the square of
    the quantile; the upper limit is the CLs one, which never excludes what the data cannot tell from zero.

    Parameters
    ----------
    points : Points
        The series.
    bent : Fit
        Its fit of order 2.
    level : float
        Coverage of the interval and level of the limit [1].

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross and O. Vitells, Eur. Phys. J. C 71, 1554 (2011), doi:10.1140/epjc/s10052-011-1554-0.
    """
    chi2 = _share_chi2(points, bent)
    best = float(minimize_scalar(chi2, bounds=(_LOWEST_SHARE, 1.0), method="bounded", options={"xatol": 1e-7}).x)
    best = 1.0 if chi2(1.0) <= chi2(best) else best
    least, scale = chi2(best), max(bent.scale, 1e-12)

    def root(share: float) -> float:
        return math.copysign(math.sqrt(max(chi2(share) - least, 0.0) / scale), share - best)

    def below(share: float) -> float:
        return float(stdtr(min(bent.freedom, 1e10), -root(share)))

    tail, zero = 1 - level, float(stdtr(min(bent.freedom, 1e10), -root(0.0)))
    start = max(best, 0.0)
    limit = 1.0 if below(1.0) > tail * zero else float(brentq(lambda s: below(s) - tail * zero, start, 1.0))
    half = quantile(1 - tail / 2, bent.freedom)
    low = _crossing(root, -half, best, _LOWEST_SHARE)
    misfit = math.sqrt(max(chi2(min(max(best, 0.0), 1.0)) - bent.chi2, 0.0) / scale)
    return Share(best, low, _crossing(root, half, best, 1.0), limit, -root(0.0), misfit)


def _crossing(root: Callable[[float], float], wanted: float, best: float, end: float) -> float:
    """Return where the signed root of the rise meets a value, or the end of the range."""
    if abs(root(end)) < abs(wanted) or best == end:
        return end
    return float(brentq(lambda s: root(s) - wanted, min(best, end), max(best, end)))


def _share_chi2(points: Points, bent: Fit) -> Callable[[float], float]:
    """Return chi-square as a function of the share, the scale of the signal being the best one."""
    u = points.power / points.power.max()
    mean = points.exposure * np.exp(bent.log_signal)

    def chi2(share: float) -> float:
        shape = (1 - share) * u + share * u**2
        if points.logarithmic:
            y, weight = np.log(points.net / shape), 1 / bent.variance
            return float(weight @ (y - weight @ y / weight.sum()) ** 2)
        shape, weight = shape * points.exposure, 1 / (bent.variance * mean**2)
        y = points.signal - points.background
        size = (weight @ (shape * y)) / (weight @ shape**2)
        return float(weight @ (y - size * shape) ** 2)

    return chi2
