"""The door of power series: a table, spectra at several powers, or two arrays become the points of a fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from antistokes import data, quantities
from antistokes.analysis.bands import is_counted, refuse_flagged
from antistokes.analysis.noise import noise_sd
from antistokes.analysis.power_fit import Points
from antistokes.errors import DataError
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

FEWEST = 4
AXES = ("power", "irradiance")
_LEAST_COUNTS = 10
_LARGEST_POWER_SD = 0.5  # relative: beyond it a logarithm of the power has no normal error


class _Raw(NamedTuple):
    """What was given, before bad points are left out; ``power_sd`` is relative."""

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
    warnings: list[str]


def points_of(
    series: xr.Dataset | Sequence[xr.Dataset] | ArrayLike,
    intensity: ArrayLike | None,
    intensity_sd: ArrayLike | None,
    power_sd: ArrayLike | None,
    background: float | None,
    background_sd: float | None,
) -> Points:
    """Return the points of a power series; the arguments are those of :func:`antistokes.analysis.power.power_law`.

    Raises
    ------
    DataError, ValueError
        There are too few points, or the arguments do not fit together.
    """
    if isinstance(series, xr.Dataset):
        _refuse_intensity(intensity)
        raw = _of_table(series)
    elif isinstance(series, Sequence) and len(series) and all(isinstance(s, xr.Dataset) for s in series):
        _refuse_intensity(intensity)
        raw = _of_spectra([s for s in series if isinstance(s, xr.Dataset)])
    else:
        raw = _of_arrays(series, intensity)
    n = raw.power.size
    if intensity_sd is not None:
        raw = raw._replace(sd=_like("intensity_sd", intensity_sd, n), counted=False)
    if power_sd is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            raw = raw._replace(power_sd=_like("power_sd", power_sd, n) / np.abs(raw.power))
    raw = raw._replace(
        background=_number("background", background, raw.background, negative=not raw.counted),
        background_sd=_number("background_sd", background_sd, raw.background_sd, negative=False),
    )
    return _good(raw)


def _refuse_intensity(intensity: ArrayLike | None) -> None:
    if intensity is not None:
        raise ValueError("intensity goes with an array of powers; a measurement brings its own, leave it out.")


def _of_table(series: xr.Dataset) -> _Raw:
    data.check(series)
    name, dims = data.label(series), [str(d) for d in series["signal"].dims]
    if len(dims) != 1 or dims[0] not in AXES:
        raise DataError(f"{name}: a power series lies along power or irradiance alone, found dims {dims}.")
    signal, attrs = np.asarray(series["signal"].values), series.attrs
    sd = np.asarray(series["signal_sd"].values, dtype=float) if "signal_sd" in series else None
    flagged = data.flagged(series, "saturated", "clipped", "cosmic", "missing")
    values = np.where(flagged, np.nan, signal.astype(float))
    power = np.asarray(series[dims[0]].values, dtype=float)
    relative = float(attrs.get("power_sd_relative", 0.0))
    return _Raw(
        power,
        data.AXES[dims[0]][0],
        values,
        sd,
        is_counted(series),
        np.ones(power.size),
        float(attrs.get("background", 0.0)),
        float(attrs.get("background_sd", 0.0)),
        np.full(power.size, relative),
        name,
        str(series["signal"].attrs["units"]),
        [f"{name}: the points at {_list(power[flagged])} are flagged."] if flagged.any() else [],
    )


def _of_spectra(spectra: list[xr.Dataset]) -> _Raw:
    """Integrate each spectrum: the sum of its counts, or its photons."""
    warnings: list[str] = []
    for ds in spectra:
        data.check(ds)
        data.require_quantity(ds, data.EMISSION_QUANTITIES)
        if "power_w" not in ds.attrs:
            raise DataError(f"{data.label(ds)}: a spectrum of a power series needs attrs['power_w'] [W].")
    counted = all(is_counted(ds) for ds in spectra)
    rows = [_integral(ds, counted, warnings) for ds in spectra]
    warnings += _windows_differ(spectra)
    exposure = _exposures(spectra, warnings)
    power = np.array([float(ds.attrs["power_w"]) for ds in spectra])
    ranges = [data.wavelength_and_energy(ds)[0] for ds in spectra]
    if any(w.min() < ds.attrs.get("excitation_nm", -1.0) < w.max() for ds, w in zip(spectra, ranges, strict=True)):
        warnings.append(
            "The excitation lies within the spectra: laser light in them is linear in power. Cut that range away."
        )
    signal, sd = (np.array(column) for column in zip(*rows, strict=True))
    background = [float(ds.attrs.get("background", 0.0)) for ds in spectra]
    if len(set(background)) > 1:
        raise DataError("The spectra state different backgrounds; subtract them, or give background= for all.")
    return _Raw(
        power,
        "W",
        signal,
        None if counted else sd,
        counted,
        exposure,
        background[0],
        max(float(ds.attrs.get("background_sd", 0.0)) for ds in spectra),
        np.array([float(ds.attrs.get("power_sd_relative", 0.0)) for ds in spectra]),
        "the power series",
        "counts" if counted else "photons",
        warnings,
    )


def _integral(ds: xr.Dataset, counted: bool, warnings: list[str]) -> tuple[float, float]:
    """Return the integral of a spectrum and its sd; NaN, with a warning, for one that is saturated."""
    try:
        refuse_flagged(ds)
    except DataError as error:
        warnings.append(str(error))
        return math.nan, math.nan
    values = np.asarray(ds["signal"].values, dtype=float)
    if counted:
        return float(values.sum()), math.nan
    if ds.attrs["quantity"] != "counts":
        ds = quantities.convert(ds, "photons_per_ev")
    axis = data.spectral_axis(ds)
    x, y = np.asarray(ds[axis].values, dtype=float), np.asarray(ds["signal"].values, dtype=float)
    weights = np.ones_like(x) if ds.attrs["quantity"] == "counts" else integration_weights(_energies(ds))
    sd = np.asarray(ds["signal_sd"].values, dtype=float) if "signal_sd" in ds else noise_sd(x, y)[0]
    modes = np.asarray(ds["signal_modes"].values) if "signal_modes" in ds else np.zeros((0, x.size))
    return float(weights @ y), math.sqrt(float(np.sum((weights * sd) ** 2) + np.sum((modes @ weights) ** 2)))


def _energies(ds: xr.Dataset) -> FloatArray:
    """Return energies that ascend with the samples, up to their sign: weights of an integral do not mind it."""
    energy = data.wavelength_and_energy(ds)[1]
    return energy if energy[-1] > energy[0] else -energy


def _exposures(spectra: list[xr.Dataset], warnings: list[str]) -> FloatArray:
    """Return how long each spectrum was measured, relative to the longest; ones where that does not matter."""
    rates = ["rate" in ds.attrs for ds in spectra]
    if any(rates) and not all(rates):
        raise DataError("Some of the spectra are rates and others are not; expected all of one kind.")
    seconds = np.array([ds.attrs.get("integration_time_s", np.nan) for ds in spectra], dtype=float)
    if all(rates) or np.isnan(seconds).all():
        return np.ones(len(spectra))
    if np.isnan(seconds).any():
        warnings.append("Not every spectrum states its integration time: all are taken as measured equally long.")
        return np.ones(len(spectra))
    total = seconds * np.array([float(ds.attrs.get("exposures", 1)) for ds in spectra])
    if np.ptp(total) > 0 and any(ds.attrs["quantity"] != "counts" for ds in spectra):
        warnings.append(
            f"The spectra are divided by their integration times, {total.min():g} to {total.max():g} s; where they are "
            "per second already, state it: attrs['rate'] = 'per second'."
        )
    return np.asarray(total / total.max())


def _windows_differ(spectra: list[xr.Dataset]) -> list[str]:
    ends = np.array([data.wavelength_and_energy(ds)[0][[0, -1]] for ds in spectra])
    if np.all(np.abs(ends - ends[0]) < 0.5):
        return []
    return ["The spectra do not cover the same wavelengths: their integrals are not those of one window."]


def _of_arrays(power: object, intensity: ArrayLike | None) -> _Raw:
    if intensity is None:
        raise ValueError("an array of powers needs intensity=, one value for each power.")
    powers, signal = np.asarray(power), np.asarray(intensity)
    if powers.ndim != 1 or powers.shape != signal.shape:
        raise ValueError(
            f"series and intensity must be as long as each other, found {powers.size} powers and {signal.size} "
            f"intensities (shapes {powers.shape} and {signal.shape})."
        )
    counted = signal.dtype.kind in "iu"
    warnings = ["Whole numbers are taken as counted photons; give floats or intensity_sd if they are not."]
    ones = np.ones(powers.size)
    values = signal.astype(float)
    return _Raw(
        powers.astype(float),
        "unit of the powers",
        values,
        None,
        counted,
        ones,
        0.0,
        0.0,
        0 * ones,
        "the power series",
        "counts" if counted else "unit of the signal",
        warnings if counted else [],
    )


def _like(name: str, given: ArrayLike, n: int) -> FloatArray:
    values = np.asarray(given, dtype=float)
    if values.ndim and values.shape != (n,):
        raise ValueError(f"{name} must be one number or one for each of the {n} points, found {values.size} values.")
    if not np.all(np.isfinite(values) & (values >= 0)):
        raise ValueError(f"{name} must be finite and not negative, found {values.min():g}.")
    return np.broadcast_to(values, (n,)).astype(float)


def _number(name: str, given: float | None, default: float, *, negative: bool) -> float:
    value = default if given is None else float(given)
    if not math.isfinite(value) or (value < 0 and not negative):
        raise ValueError(f"{name} must be a finite number{'' if negative else ', not negative'}, got {value!r}.")
    return value


def _good(raw: _Raw) -> Points:
    """Leave single bad points out, each named, and refuse what is no series then."""
    warnings = list(raw.warnings)
    reasons = [
        (~np.isfinite(raw.power), "no number as power"),
        (raw.power <= 0, "a power that is not positive"),
        (~np.isfinite(raw.signal), "no number as signal"),
    ]
    if raw.counted:
        reasons.append((raw.signal < 0, "a negative number of counts"))
    elif raw.sd is None:
        reasons.append((raw.signal <= raw.background, "nothing above the background, and no sd to weigh it by"))
    else:
        reasons.append((~(raw.sd > 0), "no sd above zero"))
    if np.ptp(raw.exposure) > 0 and raw.background:
        warnings.append(
            "One background is taken from every spectrum, though they were not measured equally long: if it grows with "
            "time, subtract it from each."
        )
    selected = not raw.counted and raw.sd is None and bool(np.any(raw.signal <= raw.background))
    bad = np.zeros(raw.power.size, dtype=bool)
    for wrong, why in reasons:
        for i in np.flatnonzero(wrong & ~bad):
            warnings.append(f"Point {i + 1} (power {raw.power[i]:g}, signal {raw.signal[i]:g}) left out: {why}.")
        bad |= wrong
    order = np.flatnonzero(~bad)[np.argsort(raw.power[~bad], kind="stable")]
    power, signal = raw.power[order], raw.signal[order]
    _refuse_few(raw, order, warnings)
    repeated = np.unique(power[1:][np.diff(power) == 0])
    if repeated.size:
        warnings.append(f"Measured more than once and all used: power {_list(repeated)}.")
    relative = raw.power_sd[order]
    if relative.max() >= _LARGEST_POWER_SD:
        raise ValueError(
            f"power_sd is {relative.max():.0%} of a power; expected less than {_LARGEST_POWER_SD:.0%}. It is in the "
            "unit of the powers: 3 % are power_sd=0.03 * power."
        )
    sd = None if raw.sd is None else raw.sd[order]
    return Points(
        power=power,
        unit=raw.unit,
        signal=signal,
        sd=sd,
        counted=raw.counted,
        exposure=raw.exposure[order],
        background=raw.background,
        background_sd=raw.background_sd,
        power_sd=relative,
        name=raw.name,
        signal_unit=raw.signal_unit,
        warnings=tuple(warnings),
        selected=selected,
    )


def _refuse_few(raw: _Raw, order: NDArray[np.intp], warnings: list[str]) -> None:
    power, net = raw.power[order], raw.signal[order] - raw.background
    left = " ".join([w for w in warnings if "left out" in w][:3])
    powers = np.unique(power).size
    if power.size < FEWEST or powers < FEWEST - 1:
        raise DataError(
            f"{raw.name}: {power.size} usable points at {powers} powers; expected at least {FEWEST} at {FEWEST - 1}. "
            f"{left}".rstrip()
        )
    clear = net > (0 if raw.sd is None or raw.counted else 2 * raw.sd[order])
    if clear.sum() < FEWEST - 1 or (raw.counted and net.sum() < _LEAST_COUNTS):
        raise DataError(
            f"{raw.name}: {clear.sum()} points with a signal, {net.sum():g} in all above the background; expected "
            f"{FEWEST - 1} points{f' and {_LEAST_COUNTS} counts' if raw.counted else ''} or more. {left}".rstrip()
        )


def _list(values: FloatArray) -> str:
    return ", ".join(f"{v:g}" for v in values)
