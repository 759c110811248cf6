"""One photon or two? The power law of up-converted light, whether it is one, and what would decide it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes.analysis import power_fit
from antistokes.analysis.equivalence import Equivalence, equivalence
from antistokes.analysis.line import aicc
from antistokes.analysis.power_fit import Fit, Points
from antistokes.analysis.power_points import points_of
from antistokes.analysis.result import described, number
from antistokes.estimate import Estimate, quantile
from antistokes.units import FloatArray

MOST_POINTS = 1000  # beyond it "more points" is no advice
_RESOLVED = 3.0  # standard deviations
_FLAT = 0.5  # of the other slope: a low end this flat looks like a background; assumed
_SURE = 0.995
_SURE_MISFIT = 0.9987  # one-sided, three standard deviations of normal noise


class Comparison(NamedTuple):
    """A bent line against a straight one; positive is in favour of the bent one. NaN where there are too few points."""

    aicc: float
    bic: float


class Needed(NamedTuple):
    """What would show a slope of 1 within the margin in 80 % of series; infinite where it cannot."""

    decades: float
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """Power law of a signal, with the test that it is linear.

    ``linear`` is the equivalence test of the slope with 1; its outcome already says "inconclusive" where the range is
    too short or the line bends, and ``reason`` says why. ``comparison`` is AICc and BIC of the straight line less those
    of the bent one; ``bent`` where both are positive: then there is no one slope. ``needed`` are the decades (with as
    many points of the same noise) or the points (over the same range) that would decide. ``quadratic_share`` is None
    where the signal is no sum of a linear and a quadratic part, as where it saturates. ``decades`` counts only points
    that hold a signal, three times its noise.
    """

    title: ClassVar[str] = "Power law of the signal"
    slope: Estimate = number("slope of ln signal over ln power")
    signal_at_middle: Estimate = number("signal at the geometric mean of the powers")
    curvature: Estimate | None = number("curvature, factor of (ln power)^2", optional=True)
    slope_low: Estimate | None = number("slope at the lowest power, of the bent line", optional=True)
    slope_high: Estimate | None = number("slope at the highest power, of the bent line", optional=True)
    quadratic_share: Estimate | None = number("share quadratic in power, at the highest power", optional=True)
    middle_power: float
    power_unit: str
    decades: float
    reduced_chi2: float | None
    scatter: float
    comparison: Comparison
    bent: bool
    linear: Equivalence
    reason: str
    needed: Needed
    curves: xr.Dataset
    warnings: tuple[str, ...] = ()

    __str__ = described


def power_law(
    series: xr.Dataset | Sequence[xr.Dataset] | ArrayLike,
    intensity: ArrayLike | None = None,
    *,
    intensity_sd: ArrayLike | None = None,
    power_sd: ArrayLike | None = None,
    background: float | None = None,
    background_sd: float | None = None,
    margin: float = 0.05,
    least_decades: float = 1.5,
    level: float = 0.95,
) -> PowerLaw:
    r"""Fit :math:`I=AP^k` to a power series, with errors in both, and test whether k is 1.

    Logarithms are fitted by orthogonal distance regression; whole numbers of counts by maximum Poisson likelihood, so
    that counts of zero stay in. Where no uncertainty is stated, or where the data scatter more than what is stated, the
    scatter about the line is what counts, with Student's t at n - 2 degrees of freedom.

    Parameters
    ----------
    series : xarray.Dataset, sequence of xarray.Dataset, or array_like
        A power series (along power or irradiance); or emission spectra of one window, each with attrs["power_w"],
        which are integrated; or powers, shape (n,), n >= 4 [any].
    intensity : array_like, optional
        Signals that belong to an array of powers, shape (n,); integers are counts of photons [any].
    intensity_sd : array_like, optional
        Their standard uncertainty, one or n; default that of the series [unit of the signal].
    power_sd : array_like, optional
        Standard uncertainty of each power, independent, one or n; default the attribute ``power_sd_relative`` times
        power [unit of the powers].
    background, background_sd : float, optional
        What every signal contains beside the sample's light, and its standard uncertainty, which all share; default
        the attributes of these names, else 0 [unit of the signal].
    margin : float
        A slope within 1 +- margin counts as linear [1].
    least_decades : float
        Range of power, over points that hold a signal, below which linearity is not concluded [decades].
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    PowerLaw
        Slope, curvature, slopes at both ends, share of a quadratic part, the test, and what would decide it.

    References
    ----------
    See :func:`antistokes.analysis.power_fit.fit`. AICc: C. M. Hurvich and C.-L. Tsai, Biometrika 76, 297 (1989),
    doi:10.1093/biomet/76.2.297; BIC: G. Schwarz, Ann. Stat. 6, 461 (1978), doi:10.1214/aos/1176344136.
    """
    if not 0 < margin < 1 or not 0 <= least_decades < math.inf:
        raise ValueError(
            f"margin must lie between 0 and 1 and least_decades be a range, got {margin!r}, {least_decades!r}."
        )
    points = points_of(series, intensity, intensity_sd, power_sd, background, background_sd)
    middle = float(np.exp(np.mean(np.log(points.power))))
    straight, bent = (power_fit.fit(points, middle, order) for order in (1, 2))
    comparison = _compare(bent)
    is_bent = comparison.aicc > 0 and comparison.bic > 0
    how = _how(points, straight)
    slope = _estimate(straight, np.array([0.0, 1.0]), how, level)
    decades = _decades(points, straight)
    why_not = _why_not(points, decades, least_decades, is_bent, is_bent and _is_flat_below(bent))
    linear, reason = _linear(slope, straight, margin, why_not)
    low, high = (_estimate(bent, np.array([0.0, 1.0, 2 * x]), how, level) for x in bent.x[[0, -1]])
    return PowerLaw(
        slope=slope,
        signal_at_middle=_signal(points, straight, how, level),
        curvature=_estimate(bent, np.array([0.0, 0.0, 1.0]), how, level),
        slope_low=low,
        slope_high=high,
        quadratic_share=_share(points, bent, level),
        middle_power=middle,
        power_unit=points.unit,
        decades=decades,
        reduced_chi2=_reduced_chi2(points, straight),
        scatter=math.sqrt(straight.extra),
        comparison=comparison,
        bent=is_bent,
        linear=linear,
        reason=reason,
        needed=_needed(straight, slope.sd, margin, decades, least_decades),
        curves=_curves(points, straight, bent),
        warnings=(*points.warnings, *_warnings(points, straight, bent, is_bent, low, high)),
    )


def _how(points: Points, found: Fit) -> str:
    if points.counted:
        way = "maximum Poisson likelihood of the counts"
        noise = (
            f"which scatter by {math.sqrt(found.extra):.1%} more than counts do, estimated about the line"
            if found.extra
            else "which scatter no more than counts do"
        )
    else:
        way = "orthogonal distance regression of logarithms" if points.logarithmic else "weighted fit of the signal"
        noise = "noise estimated from the scatter about the line"
        if points.sd is not None:
            noise = f"stated noise times {math.sqrt(found.scale):.2g}" if found.scale > 1 else "stated noise"
    interval = "normal interval" if math.isinf(found.freedom) else f"t-interval, {found.freedom:g} degrees of freedom"
    return f"{way}, {noise}; {interval}"


def _estimate(found: Fit, gradient: FloatArray, how: str, level: float) -> Estimate:
    value, sd = float(gradient @ found.theta), math.sqrt(float(gradient @ found.covariance @ gradient))
    half = quantile(0.5 + level / 2, found.freedom) * sd
    return Estimate(value, sd, value - half, value + half, level, "1", how)


def _signal(points: Points, found: Fit, how: str, level: float) -> Estimate:
    log = _estimate(found, np.array([1.0, 0.0]), how, level)
    value, low, high = (math.exp(v) for v in (log.value, log.low, log.high))
    return Estimate(value, value * log.sd, low, high, level, points.signal_unit, how)


def _reduced_chi2(points: Points, straight: Fit) -> float | None:
    """Reduced chi-square against the noise that is known: stated, or that of counts; None where none is."""
    if points.sd is None and not points.counted:
        return None
    return float(np.sum(straight.deviation**2 / (straight.variance - straight.extra))) / (straight.x.size - 2)


def _compare(bent: Fit) -> Comparison:
    r"""Criteria of the straight line less those of the bent one, from t^2 of the curvature.

    Leaving the curvature out raises chi-square by t^2 where the noise is known, n ln chi-square by n ln(1 + t^2/nu)
    where it is estimated; parameters are the coefficients, and the noise where it is estimated.
    """
    n, sd = bent.x.size, math.sqrt(bent.covariance[2, 2])
    estimated = math.isfinite(bent.freedom)
    if sd == 0 or n - 4 - estimated <= 0:
        return Comparison(math.nan, math.nan)
    t2 = float(bent.theta[2] / sd) ** 2
    gain = n * math.log1p(t2 / bent.freedom) if estimated else t2
    bigger, smaller = (aicc(0.0, p + estimated, n) for p in (3, 2))
    return Comparison(gain - (bigger - smaller), gain - math.log(n))


def _decades(points: Points, straight: Fit) -> float:
    """Return the range of power over which there is a signal: dark points below it are no range."""
    noise = straight.variance - straight.extra
    there = points.power[(noise * _RESOLVED**2 < 1) | (straight.scale == 0)]
    return float(np.log10(there[-1] / there[0])) if there.size else 0.0


def _why_not(points: Points, decades: float, least: float, bent: bool, flat: bool) -> tuple[str, bool]:
    """Return why linearity cannot be concluded, if so, and whether a difference from it can be."""
    if points.selected:
        return "points that noise made negative are left out, which lifts the low end: state intensity_sd", False
    if decades < least:
        return f"the points with a signal span {decades:.2f} decades; {least:g} are needed to show linearity", True
    if flat:
        return "the low end is flat, as with a background that was not subtracted", False
    return ("the line bends: there is no one slope", True) if bent else ("", True)


def _linear(slope: Estimate, found: Fit, margin: float, why_not: tuple[str, bool]) -> tuple[Equivalence, str]:
    """Test that the slope is 1; what bends, or spans too little, is not concluded to be linear."""
    test = equivalence(
        "The signal is linear in power",
        slope.value,
        slope.sd,
        (1 - margin, 1 + margin),
        "1",
        slope.how,
        freedom=found.freedom,
    )
    low, high = test.difference.low, test.difference.high
    place = {"supports": "lies within", "contradicts": "lies outside", "inconclusive": "reaches beyond"}[test.outcome]
    found_so = f"the 90 % interval of the slope, {low:.3f} to {high:.3f}, {place} 1 +- {margin:g}"
    why, differs = why_not
    if why and not (differs and test.outcome == "contradicts"):
        return dataclasses.replace(test, outcome="inconclusive"), f"{why}; {found_so}"
    return test, found_so


def _needed(found: Fit, sd: float, margin: float, decades: float, least: float) -> Needed:
    """Range, or number of evenly spaced points, at which a slope of 1 passes in 80 % of series."""
    n = found.x.size

    def reach(m: int) -> float:
        freedom = math.inf if math.isinf(found.freedom) else m - 2.0
        return quantile(0.95, freedom) + quantile(0.9, freedom)

    wide = max(decades * sd * reach(n) / margin, least)
    if decades < least:
        return Needed(wide, math.inf)
    spread = n * (n + 1) / (n - 1)
    for m in range(4, MOST_POINTS + 1):
        if sd * math.sqrt(spread * (m - 1) / (m * (m + 1))) * reach(m) <= margin:
            return Needed(wide, m)
    return Needed(wide, math.inf)


def _share(points: Points, bent: Fit, level: float) -> Estimate | None:
    """Quadratic share: a value where it stands three standard deviations above zero, else an upper limit.

    None where the data have no noise, or where they are no sum of a linear and a quadratic part.
    """
    if bent.scale == 0 or not bent.variance.max() > 1e-20:
        return None
    share = power_fit.quadratic_share(points, bent, level)
    if share.misfit > quantile(_SURE_MISFIT, bent.freedom):
        return None
    how = "signal linear and quadratic in power, profile of chi-square"
    if share.significance > _RESOLVED:
        return Estimate(share.value, math.nan, share.low, share.high, level, "1", how)
    return Estimate(share.limit, level=level, unit="1", how=f"{how}; CLs limit", kind="upper limit")


def _curves(points: Points, straight: Fit, bent: Fit) -> xr.Dataset:
    columns = {
        "signal": points.net,
        "model": np.exp(straight.log_signal),
        "bent_model": np.exp(bent.log_signal),
        "log_signal_sd": np.sqrt(straight.variance),
        "residual_in_sd": straight.deviation / np.sqrt(straight.variance),
    }
    coords = {"power": ("power", points.power, {"units": points.unit})}
    return xr.Dataset({name: ("power", values) for name, values in columns.items()}, coords=coords)


def _warnings(
    points: Points, straight: Fit, bent: Fit, is_bent: bool, low: Estimate, high: Estimate
) -> tuple[str, ...]:
    out = []
    if is_bent:
        out.append(
            f"The line bends: there is no one slope, it goes from {low.value:.3f} at the lowest power to "
            f"{high.value:.3f} at the highest."
        )
    if is_bent and _is_flat_below(bent):
        out.append("The low end is flat: a background that was not subtracted does that; give background=.")
    if math.isfinite(straight.freedom) and straight.scale > 4:
        out.append(f"The data scatter {math.sqrt(straight.scale):.1f} times as much as their stated uncertainty says.")
    if points.counted and straight.extra > 0.1**2:
        out.append(f"The counts scatter by {math.sqrt(straight.extra):.0%} beyond shot noise.")
    return tuple(out)


def _is_flat_below(bent: Fit) -> bool:
    """Whether the lowest third of the points has a far smaller slope than the others."""
    n = bent.x.size
    m = max(3, n // 3)
    if n - m < 3 or bent.scale == 0:
        return False
    y, weight = bent.log_signal + bent.deviation, 1 / bent.variance
    (low, low_sd), (rest, rest_sd) = (_slope(bent.x[p], y[p], weight[p]) for p in (slice(m), slice(m, n)))
    sure = quantile(_SURE, bent.freedom) * math.sqrt(bent.scale) * math.hypot(low_sd, rest_sd)
    return rest - low > sure and low < _FLAT * rest


def _slope(x: FloatArray, y: FloatArray, weight: FloatArray) -> tuple[float, float]:
    centred = x - weight @ x / weight.sum()
    spread = float(weight @ centred**2)
    return (float(weight @ (centred * y)) / spread, spread**-0.5) if spread > 0 else (0.0, math.inf)
