"""Repeated frames of one spectrum: cosmic rays found, and the mean with its noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import betainc

from antistokes import data
from antistokes.errors import DataError
from antistokes.units import FloatArray

MIN_SAMPLES = 16
MAX_PASSES = 20
_MEDIAN_OF_CHI2_8 = 0.918  # median of chi-square with 8 degrees of freedom, over 8
_LEAST_SKEW = 0.02  # below it a count is as good as normal


def find_cosmic_rays(ds: xr.Dataset, *, false_alarms: float = 0.01) -> xr.Dataset:
    r"""Flag the samples of repeated frames that are too bright for what the other frames say.

    Counts are brought to the scale on which their variance equals their mean, :math:`y' = (y-y_0)/b + a/b^2` for a
    variance of :math:`a + b\,(y-y_0)` found from the scatter between frames; offset and gain need not be known. For a
    steady light the count of one of n frames is then binomial given the sum over the frames that are left, whatever
    the light is:

    .. math:: k_i \mid K \sim \mathrm{Binomial}(K, s_i/\textstyle\sum s)

    with the relative brightness s of the frames. The largest excess of each position is tested and flagged until none
    is left, so that one ray does not hide another.

    Parameters
    ----------
    ds : xarray.Dataset
        At least two ``frame`` of a spectrum of at least 16 samples.
    false_alarms : float
        Probability that a measurement without rays gets any flag, shared among all its samples [1].

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
    brightness = _brightness(y, good)
    limit, rays = false_alarms / y.size, np.zeros(y.shape, dtype=bool)
    for _ in range(MAX_PASSES):
        law = _variance_law(y, good & ~rays, brightness)
        alarms = _too_bright(y, good & ~rays, brightness, law) < limit
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
        One spectrum. A sample that is saturated, clipped or missing in any frame keeps that flag. ``signal_sd`` follows
        a variance of a + b y, the same for all samples, divided by the number of frames that count; a single frame has
        none.
    """
    y = _frames(ds, least=1)
    bad = data.flagged(ds, "saturated", "clipped", "missing")
    good = np.isfinite(y) & ~data.flagged(ds, "cosmic", "missing")
    count = good.sum(axis=0)
    mean = np.where(count > 0, np.where(good, y, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    out = ds.isel(frame=0, drop=True).drop_vars(["signal_sd", "signal_modes", "flag"], errors="ignore")
    axis = data.axis_of(ds)
    out = out.assign(signal=(axis, mean, ds["signal"].attrs))
    if len(y) > 1 and y.shape[1] >= MIN_SAMPLES:
        brightness = _brightness(y, good)
        law = _variance_law(y, good, brightness)
        variance = law.variance(np.nan_to_num(mean)) / np.maximum(count, 1)
        out = out.assign(signal_sd=(axis, np.sqrt(variance), ds["signal"].attrs))
    flag = np.where(bad, ds["flag"].values, 0) if "flag" in ds else np.zeros(y.shape, np.uint8)
    combined = np.bitwise_or.reduce(flag.astype(np.uint8), axis=0) | np.where(count == 0, data.FLAGS["missing"], 0)
    if combined.any():
        out = out.assign(flag=(axis, combined.astype(np.uint8), {"flag_meanings": " ".join(data.FLAGS)}))
    left = int(data.flagged(ds, "cosmic").sum())
    return data.with_attrs(out, notes=[f"mean of {len(y)} frames" + (f", {left} cosmic rays left out" if left else "")])


def _frames(ds: xr.Dataset, least: int = 2) -> FloatArray:
    data.check(ds)
    dims = ds["signal"].dims
    if (
        len(dims) != 2
        or dims[0] != "frame"
        or ds.sizes["frame"] < least
        or (least > 1 and ds.sizes[dims[1]] < MIN_SAMPLES)
    ):
        raise DataError(
            f"{data.label(ds)}: expected at least {least} frames of a spectrum of at least {MIN_SAMPLES} samples, "
            f"found {dict(ds['signal'].sizes)}."
        )
    return np.asarray(ds["signal"].values, dtype=float)


class _Law(NamedTuple):
    """Variance of a count, ``a + b (y - lowest)`` with a, b >= 0."""

    a: float
    b: float
    lowest: float

    def variance(self, y: FloatArray) -> FloatArray:
        return np.asarray(self.a + self.b * np.maximum(y - self.lowest, 0.0))

    def per_count(self) -> float:
        """Signal of one count on the scale on which variance equals mean."""
        return max(self.b, _LEAST_SKEW * float(np.sqrt(self.a)), 1e-300)


def _typical(y: FloatArray, good: NDArray[np.bool_]) -> FloatArray:
    """Median over the frames that count; of two the lower, for a ray is never dark."""
    kept = np.where(good | ~good.any(axis=0), y, np.nan)
    return np.asarray(np.nanmin(kept, axis=0) if len(y) == 2 else np.nanmedian(kept, axis=0))


def _brightness(y: FloatArray, good: NDArray[np.bool_]) -> FloatArray:
    """Light of each frame against their mean: its bright quarter less its dim one, rays cut off; 1 where it is weak."""
    typical = _typical(y, good)
    step = np.median(np.abs(y - typical), axis=0)
    cut = np.clip(y, typical - 6 * step, typical + 6 * step)
    order, quarter = np.argsort(typical), max(typical.size // 4, 1)
    dim, bright = order[:quarter], order[-quarter:]
    light = cut[:, bright].mean(axis=1) - cut[:, dim].mean(axis=1)
    spread = 1.5 * float(np.sqrt((np.mean(step[dim] ** 2) + np.mean(step[bright] ** 2)) / quarter))
    return np.asarray(light / light.mean()) if light.min() > 40 * spread else np.ones(len(y))


def _variance_law(y: FloatArray, good: NDArray[np.bool_], brightness: FloatArray) -> _Law:
    """Find the law from the squared differences of neighbouring frames, in bins of brightness.

    In a bin the median over means of eight is taken, so that the rays in some of them do not count.
    """
    level = _typical(y, good)
    parts = np.array_split(np.argsort(level), max(min(level.size // 16, 24), 2))
    lowest = float(level[parts[0]].mean())
    same = lowest + (y - lowest) / brightness[:, None]
    squared = np.where(good[1:] & good[:-1], np.diff(same, axis=0), np.nan) ** 2 / 2
    spread = np.array([_median_of_means(squared[:, part]) for part in parts])
    height = np.array([float(level[part].mean()) for part in parts]) - lowest
    spread = np.maximum(spread, 1e-12 * max(float(np.nanmax(np.abs(y))), 1.0) ** 2)
    weight = 1 / np.maximum(spread, np.median(spread) * 1e-3)
    for _ in range(8):
        (a, b), _ = nnls(np.stack([weight, weight * height], axis=1), weight * spread)
        weight = 1 / np.maximum(a + b * height, 1e-300)
    return _Law(float(a), float(b), lowest)


def _median_of_means(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    groups = max(known.size // 8, 1)
    if known.size == 0:
        return 0.0
    shuffled = np.random.default_rng(0).permutation(known)[: groups * 8].reshape(groups, -1)
    return float(np.median(shuffled.mean(axis=1))) / (_MEDIAN_OF_CHI2_8 if groups > 1 else 1.0)


def _too_bright(y: FloatArray, good: NDArray[np.bool_], brightness: FloatArray, law: _Law) -> FloatArray:
    """Probability that chance makes the brightest frame of each position as bright as it is; 1 for all others."""
    unit = law.per_count()
    dark = law.a / unit**2
    counts = np.where(good, np.maximum((y - law.lowest) / unit + dark, 0.0), 0.0)
    frames, total = good.sum(axis=0), counts.sum(axis=0)
    light = np.maximum(total - frames * dark, 0.0) / np.maximum(
        np.where(good, brightness[:, None], 0).sum(axis=0), 1e-9
    )
    expected = np.where(good, dark + brightness[:, None] * light, 0.0)
    brightest = np.argmax(np.where(good, counts - expected, -np.inf), axis=0)
    column = np.arange(y.shape[1])
    k, share = counts[brightest, column], expected[brightest, column] / np.maximum(expected.sum(axis=0), 1e-300)
    tested = (frames > 1) & (k > 0) & (share < 1)
    tail = betainc(np.maximum(k, 1e-9), np.maximum(total - k, 0.0) + 1, np.clip(share, 0.0, 1.0))
    chance = np.ones(y.shape)
    chance[brightest, column] = np.where(tested, tail, 1.0)
    return chance
