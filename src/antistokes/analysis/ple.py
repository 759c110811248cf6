"""Does a photon absorbed below the emission count as much as one above it? Excitation spectrum against absorption."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, cast, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.analysis.equivalence import Equivalence, equivalence, equivalence_of_draws
from antistokes.analysis.ple_defect import red_of_the_tail
from antistokes.analysis.ple_doubts import Setting, doubts_of, doubts_of_detection
from antistokes.analysis.ple_ranges import Range, Ranges, find_ranges, named_ranges
from antistokes.analysis.ple_signal import Measured, Signal, absorbance, measured, predicted
from antistokes.analysis.ple_slope import PER_100_MEV, slope_of_quotient
from antistokes.analysis.result import described, number
from antistokes.estimate import Estimate, from_draws
from antistokes.physics.inner_filter import Geometry
from antistokes.units import FloatArray

DRAWS = 20_000
MISFIT = 2.0  # reduced chi-square of a straight line that is said to be none; assumed
SURE = 1e-3  # probability of a chi-square that large by noise, below which a bend leaves the equality open; assumed
EMISSION_SLOPE = 100.0  # %/100 meV: beyond, a quotient that bends is not that of one sample's spectra; assumed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PleRatio:
    """Excitation spectrum over what absorption predicts for it.

    ``curves``: over ``wavelength`` [nm], ``energy``, ``measured`` (over its lamp, the largest 1), ``predicted`` (scaled
    to it over the range of down-conversion), ``ratio`` and ``ratio_sd`` (1 in the mean of that range), ``mask`` (bits,
    named in its attributes) and ``range`` (1 down, 2 up, 0 neither).
    """

    title: ClassVar[str] = "Excitation spectrum over absorption"
    ratio: Estimate = number("yield of up- over that of down-conversion")
    down_slope: Estimate = number("slope of ln ratio in down-conversion")
    up_slope: Estimate = number("slope of ln ratio in up-conversion")
    defect: Estimate | None = number("signal red of the absorption tail, of the largest", optional=True)
    equivalences: tuple[Equivalence, ...]
    geometry: Geometry
    window: tuple[float, float] | None
    detection_nm: float
    bandpass_nm: float
    down_nm: Range
    up_nm: Range
    defect_nm: Range | None
    masked: dict[str, tuple[Range, ...]]
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    __str__ = described


def ple_ratio(
    ple: xr.Dataset,
    absorption: xr.Dataset,
    *,
    geometry: Geometry | None = None,
    window: tuple[float, float] | None = None,
    detection_nm: float | None = None,
    bandpass_nm: float | None = None,
    lamp: xr.Dataset | None = None,
    absorption_blank: xr.Dataset | None = None,
    baseline_sd: float = 0.0,
    emission: xr.Dataset | None = None,
    order_filter_nm: float | None = None,
    up_nm: Range | None = None,
    down_nm: Range | None = None,
    defect_nm: Range | None = None,
    margin: float = 0.05,
    slope_margin: float = 1.0,
    level: float = 0.95,
    seed: int = 0,
) -> PleRatio:
    r"""Compare an excitation spectrum with absorption in up- and in down-conversion.

    .. math:: Q=\frac{\sum_\mathrm{up}S}{\sum_\mathrm{up}F}\bigg/\frac{\sum_\mathrm{down}S}{\sum_\mathrm{down}F},\qquad
              \ln\frac{S}{F}=\mathrm{const}+bE

    with the signal S over the photons of its lamp and what the detector collects at unit yield, F(A), averaged over
    the slit. Q is the yield of up-conversion over that of down-conversion.

    Parameters
    ----------
    ple : xarray.Dataset
        Excitation spectrum, kind "ple", over excitation wavelength, at one detection wavelength.
    absorption : xarray.Dataset
        Absorbance, absorptance or transmittance of the same solution, along the same path as the exciting beam's.
    geometry : {"front-face", "right-angle", "sphere"}, optional
        Where the detector stands; default the attribute ``geometry`` of ``ple``.
    window : (float, float), optional
        The part of the path that a detector at right angles sees, as fractions of it; default the attribute (JSON),
        else its middle [1].
    detection_nm : float, optional
        Where the emission is detected; default the attribute [nm].
    bandpass_nm : float, optional
        Bandpass of the excitation; default the attribute. That of the detection, the attribute
        ``detection_bandpass_nm``, is taken as the same where it is not stated [nm].
    lamp : xarray.Dataset, optional
        Light of the excitation at each wavelength, photons or power, to divide by.
    absorption_blank : xarray.Dataset, optional
        Scan of the solvent in the same cuvette; subtracted.
    baseline_sd : float
        Standard uncertainty of an offset of the absorbance, common to all samples [1].
    emission : xarray.Dataset, optional
        Emission of the solution: tells whether the detection stands on its maximum.
    order_filter_nm : float, optional
        What a filter in the exciting beam blocks, light shorter than this; default the attribute [nm].
    up_nm, down_nm : (float, float), optional
        Ranges of excitation. Default: red of the detection; blue of the first absorption maximum or, if none stands
        out blue of it, of the detection [nm].
    defect_nm : (float, float), optional
        Where to look for a signal of defects; default red of where the prediction is below twice its uncertainty [nm].
    margin : float
        Q counts as 1 within 1 - margin and 1 + margin [1].
    slope_margin : float
        A slope counts as zero within this [%/100 meV].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the draws.

    Returns
    -------
    PleRatio
        Q, both slopes, the upper limit of a signal of defects, and three tests of equality. That of Q never supports
        where the ratio bends over up-conversion or a signal is found red of the tail.

    Raises
    ------
    ValueError
        Nobody states the geometry or the detection wavelength, or numbers make no sense.
    DataError
        A spectrum cannot be used, or too few samples are left in a range.

    References
    ----------
    Derived in docs/models/ple.md.
    """
    for name, number_, most in (("margin", margin, 1.0), ("slope_margin", slope_margin, np.inf)):
        if not 0 < number_ < most:
            raise ValueError(f"{name} must be above 0 and below {most:g}, found {number_!r}.")
    if not 0 <= baseline_sd < np.inf:
        raise ValueError(f"baseline_sd must be 0 or more, found {baseline_sd!r}.")
    m, a = measured(ple, lamp), absorbance(absorption, absorption_blank, baseline_sd)
    s = _setting(ple, geometry, window, detection_nm, bandpass_nm, order_filter_nm)
    slit_nm = math.sqrt(max(s.bandpass_nm**2 - a.bandpass_nm**2, 0.0))
    f, known = predicted(a, m.wavelength_nm, m.medium, slit_nm, s.geometry, s.window)
    r = find_ranges(m, f, known, a, s.detection_nm, s.reach_nm, up_nm, down_nm)
    ratio, same = _ratio(m, f, r, margin, level, seed)
    (down_slope, up_slope), flat, bent, bends = _slopes(m, f, r, slope_margin, level)
    defect, defect_range, odd = red_of_the_tail(m, f, known, r, ple, defect_nm, level)
    same, odd = _left_open(same, bends, defect, odd)
    doubts = doubts_of(m, a, f, r, s, lamp is not None or "lamp" in data.json_attr(ple, "corrections", {}), margin)
    doubts += doubts_of_detection(emission, s.detection_nm, m.medium)
    return PleRatio(
        ratio=ratio,
        down_slope=down_slope,
        up_slope=up_slope,
        defect=defect,
        equivalences=(same, *flat),
        geometry=s.geometry,
        window=s.window if s.geometry == "right-angle" else None,
        detection_nm=s.detection_nm,
        bandpass_nm=s.bandpass_nm,
        down_nm=r.down_nm,
        up_nm=r.up_nm,
        defect_nm=defect_range,
        masked=named_ranges(m.wavelength_nm, r.masks),
        curves=_curves(m, f, known, r),
        warnings=(*m.warnings, *a.warnings, *odd, *bent, *doubts),
    )


def _setting(
    ple: xr.Dataset,
    geometry: Geometry | None,
    window: tuple[float, float] | None,
    detection_nm: float | None,
    bandpass_nm: float | None,
    order_filter_nm: float | None,
) -> Setting:
    """Return what is declared, by argument or else by attribute."""
    name, allowed = data.label(ple), get_args(Geometry)
    stated = ple.attrs.get("geometry") if geometry is None else geometry
    if stated not in allowed:
        raise ValueError(
            f"{name}: geometry must be declared, as argument or attribute, one of {', '.join(allowed)}; found "
            f"{stated!r}. A detector at right angles sees the middle of the cuvette, where part of the beam is gone: "
            "absorptance would overstate its signal by 2, 6 and 24 % at absorbance .3, .5 and 1."
        )

    def declared(given: float | None, key: str) -> float | None:
        value = ple.attrs.get(key) if given is None else given
        if value is not None and not 0 < float(value) < np.inf:
            raise ValueError(f"{key} must be a positive number, found {value!r}.")
        return None if value is None else float(value)

    detection = declared(detection_nm, "detection_nm")
    if detection is None:
        raise ValueError(f"{name}: detection_nm must be declared: it parts down- from up-conversion.")
    part = data.json_attr(ple, "window", None) if window is None else window
    return Setting(
        geometry=cast(Geometry, stated),
        window=(0.5, 0.5) if part is None else (float(part[0]), float(part[1])),
        window_declared=part is not None,
        detection_nm=detection,
        bandpass_nm=declared(bandpass_nm, "bandpass_nm") or 0.0,
        detection_bandpass_nm=declared(None, "detection_bandpass_nm") or 0.0,
        order_filter_nm=declared(order_filter_nm, "order_filter_nm") or 0.0,
    )


def _ratio(m: Measured, f: Signal, r: Ranges, margin: float, level: float, seed: int) -> tuple[Estimate, Equivalence]:
    """Return the quotient of quotients of sums, and whether it is 1 within the margin.

    Draws around both pairs of sums give Fieller's interval; where the tail's sum may be zero, an end is infinite.
    """
    rows = np.stack([r.up, r.down]).astype(float)
    rng = np.random.default_rng(seed)
    up_s, down_s = _drawn_sums(m.signal, rows, rng)
    up_f, down_f = _drawn_sums(f, rows, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = (up_s / down_s) / (up_f / down_f)
    draws = np.where((up_f > 0) & (down_s > 0), draws, np.inf)
    sums = rows @ m.signal.value, rows @ f.value
    value = float(sums[0][0] / sums[0][1] * sums[1][1] / sums[1][0])
    how = (
        f"sum of signal over sum of prediction, {r.up_nm[0]:.1f}-{r.up_nm[1]:.1f} nm, over the same at "
        f"{r.down_nm[0]:.1f}-{r.down_nm[1]:.1f} nm; draws of both"
    )
    title = "up- and down-conversion have one yield (PLE)"
    same = equivalence_of_draws(title, value, draws, (1 - margin, 1 + margin), how)
    return from_draws(value, draws, "1", how, level), same


def _drawn_sums(s: Signal, rows: FloatArray, rng: np.random.Generator) -> FloatArray:
    covariance = rows @ s.covariance @ rows.T
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray((rows @ s.value)[:, None] + root @ rng.standard_normal((len(rows), DRAWS)))


def _slopes(
    m: Measured, f: Signal, r: Ranges, margin: float, level: float
) -> tuple[list[Estimate], list[Equivalence], list[str], bool]:
    """Return the slopes, their tests, what is to be said, and whether the ratio surely bends over up-conversion."""
    slopes, flat, warnings = [], [], []
    for name, keep in (("down", r.down), ("up", r.up)):
        s = slope_of_quotient(m.energy_ev[keep], m.signal.cut(keep), f.cut(keep), level)
        value, sd, low, high = (PER_100_MEV * v for v in (s.value, s.sd, s.low, s.high))
        unit, how = "%/100 meV", f"least squares with errors of both; reduced chi-square {s.reduced_chi2:.2f}"
        slopes.append(Estimate(value, sd, low, high, level, unit, how))
        title = f"the yield does not change over {name}-conversion (PLE)"
        flat.append(equivalence(title, value, sd, (-margin, margin), unit, how))
        if s.reduced_chi2 > MISFIT:
            asks = " Is it an emission spectrum that was read as an excitation spectrum?"
            warnings.append(
                f"The ratio over {name}-conversion is no straight line (reduced chi-square {s.reduced_chi2:.1f}): its "
                f"slope is a summary only. Look at the curve.{asks if abs(value) > EMISSION_SLOPE else ''}"
            )
    return slopes, flat, warnings, s.reduced_chi2 > MISFIT and s.p_value < SURE


def _left_open(
    same: Equivalence, bends: bool, defect: Estimate | None, said: list[str]
) -> tuple[Equivalence, list[str]]:
    """Leave equality open where the data show that the signal is not the sample's alone."""
    found = defect is not None and defect.kind == "value"
    if same.outcome != "supports" or not (found or bends):
        return same, said
    why = "there is signal red of the absorption tail" if found else "the ratio bends over up-conversion"
    left = f"Whether both yields are one is left open: {why}, so that the signal is not that of the sample alone."
    return replace(same, outcome="inconclusive"), [*said, left]


def _curves(m: Measured, f: Signal, known: NDArray[np.bool_], r: Ranges) -> xr.Dataset:
    """Return what a figure shows; NaN where the prediction is not known, and the ratio where it is not above noise."""
    rows = r.down.astype(float)
    top = float(np.max(m.signal.value[r.down | r.up]))
    scale = float(rows @ m.signal.value) / float(rows @ f.value)
    there = known & ~m.dark
    model, model_sd = scale * f.value, scale * f.sd
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(there & (model > model_sd), m.signal.value / model, np.nan)
        ratio_sd = np.hypot(m.signal.sd / model, ratio * model_sd / model)
    bits = sum((mask.astype(np.uint8) << i for i, mask in enumerate(r.masks.values())), np.zeros(known.size, np.uint8))
    one = {"units": "1"}
    return xr.Dataset(
        {
            "energy": ("wavelength", m.energy_ev, {"units": "eV"}),
            "measured": ("wavelength", np.where(m.saturated | m.dark, np.nan, m.signal.value / top), one),
            "measured_sd": ("wavelength", m.signal.sd / top, one),
            "predicted": ("wavelength", np.where(known, model / top, np.nan), one),
            "predicted_sd": ("wavelength", np.where(known, model_sd / top, np.nan), one),
            "ratio": ("wavelength", ratio, one),
            "ratio_sd": ("wavelength", ratio_sd, one),
            "mask": ("wavelength", bits, {"flag_meanings": "; ".join(r.masks)}),
            "range": ("wavelength", (r.down + 2 * r.up).astype(np.uint8), {"flag_meanings": "0 none; 1 down; 2 up"}),
        },
        {"wavelength": ("wavelength", m.wavelength_nm, {"units": "nm"})},
    )
