"""Repeated frames of one spectrum: cosmic rays found, and the mean with its noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.optimize import nnls
from scipy.special import betainc, chdtrc

from antistokes import data
from antistokes.errors import DataError
from antistokes.units import FloatArray

MIN_SAMPLES = 16
MAX_PASSES = 20
NEIGHBOURS = 21  # samples of one frame over which light that changed its shape is told from a ray
_MEDIAN_OF_CHI2 = 0.4549364  # of one degree of freedom
_UPPER_OF_CHI2_8 = 1.2774  # upper quartile of eight degrees of freedom, over eight
_OUTLYING = 16.0  # squares that are larger than this times the variance are no noise
TRIMS = 4
CHANCE = 1e-3  # that steady frames are taken as of different brightness
_LEAST_SKEW = 0.02  # below it a count is as good as normal


def find_cosmic_rays(ds: xr.Dataset, *, false_alarms: float = 0.01) -> xr.Dataset:
    r"""Flag the samples of repeated frames that are too bright for what the other frames say.

    Each frame is taken as an offset and a brightness times one spectrum, found by regression. Counts are brought to the
    scale on which their variance equals their mean, :math:`y' = (y-y_0)/b + a/b^2` for a variance of
    :math:`a + b\,(y-y_0)` found from the scatter between frames; offset and gain need not be known. The count of one
    of n frames is then binomial given the sum over the frames that are left, whatever the light is:

    .. math:: k_i \mid K \sim \mathrm{Binomial}(K, e_i/\textstyle\sum e)

    with the expected counts e of the frames. What neighbouring samples of a frame have in common (light that changed
    its shape) is added to e first, and where it leaves more scatter than noise, the excess is divided by that. The
    largest excess of each position is tested and flagged until none is left, so that one ray does not hide another.

    Parameters
    ----------
    ds : xarray.Dataset
        At least two ``frame`` of a spectrum of at least 16 samples.
    false_alarms : float
        Probability that a measurement without rays gets any flag, shared among all its samples; for frames that differ
        by brightness, offset and noise alone [1].

    Returns
    -------
    xarray.Dataset
        The measurement with the flag "cosmic" set; no value is changed.

    Raises
    ------
    DataError
        There are no frames to compare.

    References
    ----------
    Conditional test of Poisson means: J. Przyborowski and H. Wilenski, Biometrika 31, 313 (1940),
    doi:10.1093/biomet/31.3-4.313.
    """
    if not 0 < false_alarms < 1:
        raise ValueError(f"false_alarms must be between 0 and 1, got {false_alarms!r}.")
    y = _frames(ds)
    good = np.isfinite(y) & ~data.flagged(ds, "saturated", "clipped", "missing")
    limit, rays = false_alarms / y.size, np.zeros(y.shape, dtype=bool)
    for _ in range(MAX_PASSES):
        fit = _fit(y, good & ~rays)
        alarms = _too_bright(y, good & ~rays, fit) < limit
        if not alarms.any():
            break
        rays |= alarms
    notes = [f"{int(rays.sum())} samples flagged as cosmic rays (false alarm probability {false_alarms:g})"]
    old = ds["flag"].values if "flag" in ds else np.zeros(y.shape, np.uint8)
    flag = old | (rays * data.FLAGS["cosmic"]).astype(np.uint8)
    out = ds if not flag.any() else ds.assign(flag=(ds["signal"].dims, flag, {"flag_meanings": " ".join(data.FLAGS)}))
    return data.with_attrs(out, notes=notes)


def average_frames(ds: xr.Dataset) -> xr.Dataset:
    """Mean of repeated frames without their cosmic rays, with the standard uncertainty from the scatter between frames.

    Parameters
    ----------
    ds : xarray.Dataset
        ``frame`` and one further axis.

    Returns
    -------
    xarray.Dataset
        One spectrum, of the mean brightness of all frames also where some of them are left out. A sample that is
        saturated or clipped in any frame keeps that flag; one that no frame has is missing. ``signal_sd`` follows a
        variance of a + b y, the same for all samples, over the frames that count; a single frame has none.
    """
    y = _frames(ds, least=1)
    good = np.isfinite(y) & ~data.flagged(ds, "cosmic", "missing")
    out = ds.isel(frame=0, drop=True).drop_vars(["signal_sd", "signal_modes", "flag"], errors="ignore")
    axis, count = data.axis_of(ds), good.sum(axis=0)
    several = len(y) > 1 and y.shape[1] >= MIN_SAMPLES and np.all(good.any(axis=1))
    fit = _fit(y, good) if several else _Fit(np.ones(len(y)), np.zeros(len(y)), _Law(0.0, 0.0, 0.0, 0.0))
    weight = np.where(good, fit.brightness[:, None], 0.0).sum(axis=0)
    light = np.where(good, y - fit.offset[:, None], 0.0).sum(axis=0)
    mean = np.where(count > 0, light / np.where(count > 0, weight, 1.0), np.nan)
    out = out.assign(signal=(axis, mean, ds["signal"].attrs))
    if several:
        each = fit.law.variance(fit.offset[:, None] + fit.brightness[:, None] * mean)
        variance = np.where(good, each, 0.0).sum(axis=0) / np.where(count > 0, weight, 1.0) ** 2
        sd = np.where(count > 0, np.sqrt(np.nan_to_num(variance)), np.nan)
        out = out.assign(signal_sd=(axis, sd, ds["signal"].attrs))
    ends = data.FLAGS["saturated"] | data.FLAGS["clipped"] | data.FLAGS["uncalibrated"]
    kept = np.bitwise_or.reduce(ds["flag"].values & np.uint8(ends), axis=0) if "flag" in ds else np.zeros_like(count)
    flag = (kept | np.where(count == 0, data.FLAGS["missing"], 0)).astype(np.uint8)
    if flag.any():
        out = out.assign(flag=(axis, flag, {"flag_meanings": " ".join(data.FLAGS)}))
    left = int(data.flagged(ds, "cosmic").sum())
    return data.with_attrs(out, notes=[f"mean of {len(y)} frames" + (f", {left} cosmic rays left out" if left else "")])


def _frames(ds: xr.Dataset, least: int = 2) -> FloatArray:
    data.check(ds)
    dims, sizes = ds["signal"].dims, dict(ds["signal"].sizes)
    fits = len(dims) == 2 and dims[0] == "frame" and sizes["frame"] >= least
    if not fits or (least > 1 and sizes[dims[1]] < MIN_SAMPLES):
        raise DataError(
            f"{data.label(ds)}: expected at least {least} frames of a spectrum of at least {MIN_SAMPLES} samples, "
            f"found {sizes}."
        )
    return np.asarray(ds["signal"].values, dtype=float)


class _Law(NamedTuple):
    """Variance of a count, ``a + b (y - lowest)`` with a, b >= 0; counts at ``highest`` are the brightest."""

    a: float
    b: float
    lowest: float
    highest: float

    def variance(self, y: FloatArray) -> FloatArray:
        return np.asarray(self.a + self.b * np.maximum(y - self.lowest, 0.0))

    def per_count(self, step: float) -> float:
        """Signal of one count on the scale on which variance equals mean.

        Where the light is too dim or too even to tell it, it is the step in which the signal comes, if it does: few
        photons are as skew as that.
        """
        told = self.b * (self.highest - self.lowest) > 3 * self.a
        return max(self.b, _LEAST_SKEW * float(np.sqrt(self.a)), 0.0 if told else step, 1e-300)


class _Fit(NamedTuple):
    """Frames as ``offset + brightness * spectrum``, their means 0 and 1, and the law of their noise."""

    brightness: FloatArray
    offset: FloatArray
    law: _Law


def _typical(y: FloatArray, good: NDArray[np.bool_]) -> FloatArray:
    """Median over the frames that count; of two the lower, for a ray is never dark."""
    kept = np.where(good | ~good.any(axis=0), y, np.nan)
    return np.asarray(np.nanmin(kept, axis=0) if len(y) == 2 else np.nanmedian(kept, axis=0))


def _fit(y: FloatArray, good: NDArray[np.bool_]) -> _Fit:
    """Fit all frames to one spectrum, in turns with the spectrum and the noise; single outliers do not count."""
    n = len(y)
    fit = _Fit(np.ones(n), np.zeros(n), _Law(0.0, 0.0, 0.0, 0.0))
    scale = float(np.nanmax(np.abs(np.where(good, y, 0.0)))) or 1.0
    least = max(_step(y, good) ** 2 / 12, 1e-12 * scale**2)  # variance of rounding
    for _ in range(4):
        same = (y - fit.offset[:, None]) / fit.brightness[:, None]
        spectrum = np.nan_to_num(_typical(same, good))
        fit = fit._replace(law=_variance_law(same, good, fit.brightness, spectrum, least))
        lines = [_line(spectrum, y[i], good[i], fit.law) for i in range(n)]
        if any(line is None for line in lines):  # too weak to tell brightness: it stays as it was
            break
        known = [line for line in lines if line is not None]
        if _are_alike(known):  # else few samples would give their own noise to each frame
            fit = fit._replace(brightness=np.ones(n), offset=np.zeros(n))
            continue
        brightness, offset = np.array([[line.slope, line.intercept] for line in known]).T
        offset = offset - brightness / brightness.mean() * offset.mean()
        fit = fit._replace(brightness=brightness / brightness.mean(), offset=offset - offset.mean())
    return fit


class _Line(NamedTuple):
    """One frame against the spectrum: a line, its middle, and the weights of slope and middle (1 / variance)."""

    slope: float
    intercept: float
    above: float  # of the middle of the frame over that of the spectrum
    slope_weight: float
    weight: float


def _are_alike(lines: list[_Line]) -> bool:
    """Whether chance alone makes frames of one brightness and offset differ as they do, at one in a thousand."""
    n = len(lines)
    slope, _, above, slope_weight, weight = np.array(lines).T
    squares = slope_weight * (slope - np.average(slope, weights=slope_weight)) ** 2
    squares += weight * (above - np.average(above, weights=weight)) ** 2
    return bool(chdtrc(2 * (n - 1), squares.sum()) > CHANCE)


def _line(x: FloatArray, y: FloatArray, good: NDArray[np.bool_], law: _Law) -> _Line | None:
    """Line of one frame against the spectrum, outliers cut; None where the slope is not resolved."""
    variance = np.maximum(law.variance(x), 1e-300)
    use, slope, intercept = good, 1.0, 0.0
    for _ in range(6):
        w = np.where(use, 1 / variance, 0.0)
        total = w.sum()
        mean_x, mean_y = w @ x / total, w @ np.where(use, y, 0.0) / total
        spread = float(w @ (x - mean_x) ** 2)
        if use.sum() < MIN_SAMPLES // 2 or not spread > 400:  # slope known to a twentieth
            return None
        slope = float(w @ ((x - mean_x) * np.where(use, y - mean_y, 0.0))) / spread
        intercept = mean_y - slope * mean_x
        rest = (y - intercept - slope * x) ** 2 / variance
        cut = 16 * max(float(np.median(rest[good])) / _MEDIAN_OF_CHI2, 1.0)
        use = good & (rest < cut)
    return _Line(slope, float(intercept), float(mean_y - mean_x), spread, float(total)) if slope > 0 else None


def _variance_law(
    same: FloatArray, good: NDArray[np.bool_], brightness: FloatArray, level: FloatArray, least: float
) -> _Law:
    """Find the law from the squared differences of neighbouring frames, in bins of brightness.

    The start is robust: in a bin the upper quartile over means of eight, so that the rays in some of them do not count,
    scaled to the mean; the median would be too low for few counts, whose squares are skew. It tells what is no noise,
    and the plain mean of the rest is as precise as the data allow: the test is far out in the tail, where a tenth in
    the standard deviation is a factor of seven in the probability.
    """
    parts = np.array_split(np.argsort(level, kind="stable"), max(min(level.size // 48, 24), 2))
    weights = 1 / brightness[1:] + 1 / brightness[:-1]
    squared = np.where(good[1:] & good[:-1], np.diff(same, axis=0), np.nan) ** 2 / weights[:, None]
    lowest = float(level[parts[0]].mean())
    height = np.array([float(level[part].mean()) for part in parts]) - lowest
    spread = np.array([_robust_mean(squared[:, part]) for part in parts])
    law = _law_of_bins(np.maximum(spread, least), height, lowest)
    for _ in range(TRIMS):
        kept = np.where(squared < _OUTLYING * law.variance(level), squared, np.nan)
        spread = np.array([_mean(kept[:, part]) for part in parts])
        law = _law_of_bins(np.maximum(spread, least), height, lowest)
    return law


def _law_of_bins(spread: FloatArray, height: FloatArray, lowest: float) -> _Law:
    """Least squares with weights of the fit itself, for a mean square scatters as much as it is large."""
    weight = 1 / np.maximum(spread, np.median(spread) * 1e-3)
    for _ in range(8):
        (a, b), _ = nnls(np.stack([weight, weight * height], axis=1), weight * spread)
        weight = 1 / np.maximum(a + b * height, 1e-300)
    return _Law(max(float(a), 0.25 * float(spread[0])), float(b), lowest, lowest + height[-1])  # none is without noise


def _robust_mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    groups = known.size // 8
    if groups < 2:
        return _mean(known)
    shuffled = np.random.default_rng(0).permutation(known)[: groups * 8].reshape(groups, -1)
    return float(np.quantile(shuffled.mean(axis=1), 0.75)) / _UPPER_OF_CHI2_8


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else 0.0


def _too_bright(y: FloatArray, good: NDArray[np.bool_], fit: _Fit) -> FloatArray:
    """Probability that chance makes the brightest frame of each position as bright as it is; 1 for all others."""
    unit, law = fit.law.per_count(_step(y, good)), fit.law
    dark = law.a / unit**2 + (fit.offset + (fit.brightness - 1) * law.lowest)[:, None] / unit
    brightness = np.where(good, fit.brightness[:, None], 0.0)
    counts = np.where(good, (y - law.lowest) / unit + law.a / unit**2, 0.0)
    light = np.maximum(counts.sum(axis=0) - np.where(good, dark, 0.0).sum(axis=0), 0.0)
    light = light / np.maximum(brightness.sum(axis=0), 1e-9)
    expected = np.where(good, np.maximum(dark + brightness * light, 0.0), 0.0)
    common, excess_scatter = _shape_change(counts - expected, expected, good)
    expected = np.where(good, np.maximum(expected + common, 1.0), 0.0)  # less than one count cannot be relied on
    counts = np.maximum(expected + (counts - expected) / np.sqrt(excess_scatter), 0.0)
    total, frames = counts.sum(axis=0), good.sum(axis=0)
    brightest = np.argmax(np.where(good, counts - expected, -np.inf), axis=0)
    column = np.arange(y.shape[1])
    k, share = counts[brightest, column], expected[brightest, column] / np.maximum(expected.sum(axis=0), 1e-300)
    tested = (frames > 1) & (k > 0) & (share < 1)
    tail = betainc(np.maximum(k, 1e-9), np.maximum(total - k, 0.0) + 1, np.clip(share, 0.0, 1.0))
    chance = np.ones(y.shape)
    chance[brightest, column] = np.where(tested, tail, 1.0)
    return chance


def _step(y: FloatArray, good: NDArray[np.bool_]) -> float:
    """Step in which the signal comes: what all differences between frames are multiples of; 0 where there is none."""
    change, times = np.unique(np.abs(np.diff(y, axis=0))[good[1:] & good[:-1]], return_counts=True)
    change, times = change[change > 0], times[change > 0]
    if change.size == 0:
        return 0.0
    step = change[0] if times[0] > 2 else 1.0  # one ray in a frame is two differences, and no step
    multiples = change / step
    return float(step) if np.all(np.abs(multiples - np.round(multiples)) < 0.01) else 0.0


def _shape_change(excess: FloatArray, expected: FloatArray, good: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """What neighbouring samples of a frame have in common, and by what factor they scatter more than noise (>= 1)."""
    sd = np.sqrt(np.maximum(expected, 1.0))
    pull = np.where(good, excess / sd, 0.0)
    size = (1, min(NEIGHBOURS, pull.shape[1] // 2 * 2 - 1))
    middle = _running_median(pull, size[1])
    common = np.where(np.abs(middle) > 3 * 1.25 / np.sqrt(size[1]), middle, 0.0)
    scatter = _running_median((pull - common) ** 2, size[1]) / _MEDIAN_OF_CHI2
    chance = 1 + 4 * np.sqrt(2.7 * 2 / size[1])  # a median of so few scatters by itself
    return common * sd, np.where(scatter > chance, scatter, 1.0)


def _running_median(values: FloatArray, width: int) -> FloatArray:
    """Return the median of as many neighbours along a frame; at its ends that of the last whole window."""
    out, half = median_filter(values, size=(1, width), mode="nearest"), width // 2
    out[:, :half], out[:, -half:] = out[:, half : half + 1], out[:, -half - 1 : -half]
    return np.asarray(out)
