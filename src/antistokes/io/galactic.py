"""Galactic (GRAMS) .spc files: the new format of either byte order, and the old one of Spectra Calc and Lab Calc."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import headers
from antistokes.io.axis_check import checked
from antistokes.io.binary import Binary
from antistokes.io.galactic_file import (
    NEW,
    OLD,
    OLD_BYTES,
    ORDERED_Z,
    OWN_X,
    RANDOM_Z,
    SUB_BYTES,
    X_VALUES,
    Header,
    Subfile,
    header_of,
    log_of,
    subfiles_of,
    values_of,
)
from antistokes.io.head import Head
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.instrument_table import missing_flag
from antistokes.io.rates import rate_of
from antistokes.io.source import source
from antistokes.units import HC_EV_NM, FloatArray

NAME = "galactic"  # its key in FORMATS

CM = HC_EV_NM * 1e-7
X_TYPES = {  # axis, factor, unit for an axis of unknown kind
    1: ("energy", CM, "cm^-1"),
    2: ("wavelength", 1e3, "um"),
    3: ("wavelength", 1.0, "nm"),
    4: ("time", 1.0, "s"),
    5: ("time", 60.0, "min"),
    11: ("time", 86400.0, "d"),
    13: ("raman_shift", 1.0, "cm^-1"),
    14: ("energy", 1.0, "eV"),
    23: ("time", 1e-3, "ms"),
    24: ("time", 1e-6, "us"),
    25: ("decay_time", 1.0, "ns"),
    30: ("time", 3600.0, "h"),
}
X_UNITS = {
    **{0: "arbitrary", 6: "Hz", 7: "kHz", 8: "MHz", 9: "m/z", 10: "ppm", 12: "a", 16: "diode number", 17: "channel"},
    **{18: "degree", 19: "degF", 20: "degC", 21: "K", 22: "point", 26: "GHz", 27: "cm", 28: "m", 29: "mm"},
    255: "double interferogram",
}
Y_TYPES = {
    **{0: "arbitrary", 1: "interferogram", 2: "absorbance", 3: "Kubelka-Munk", 4: "counts", 5: "V", 6: "degree"},
    **{7: "mA", 8: "mm", 9: "mV", 10: "log(1/R)", 11: "percent", 12: "intensity", 13: "relative intensity"},
    **{14: "energy", 16: "dB", 19: "degF", 20: "degC", 21: "K", 22: "refractive index", 23: "extinction coefficient"},
    **{24: "real", 25: "imaginary", 26: "complex", 128: "transmission", 129: "reflectance", 130: "single beam"},
    131: "emission",
}
TECHNIQUES = {11: "raman", 12: "emission"}
SATURATED = "saturated: yes"  # in the log
TRANSMISSION = 128  # the type of values that may be in percent or a fraction
MIN_PERCENT, MAX_FRACTION = 2.0, 1.5  # a median above the one is percent, a maximum up to the other a fraction


class _Axis(NamedTuple):
    """An axis: its name, the factor to our unit, the unit of the file, whether it is stated, and what was guessed."""

    name: str
    factor: float
    unit: str
    stated: bool
    notes: tuple[str, ...] = ()


def is_galactic(head: Head) -> bool:
    """Tell whether a file begins with the header of a Galactic .spc file of version 4B, 4C or 4D.

    One byte is not enough: the counts, the ends of the axis and the types must have sense too, and a text is none.
    """
    start = head.start
    if len(start) < OLD_BYTES + SUB_BYTES or start[1] not in (*NEW, OLD):
        return False
    try:
        said = header_of(Binary(head.path, start))
    except ReadError:
        return False
    plain = all(end == 0 or 1e-12 < abs(end) < 1e20 for end in (said.first, said.last))  # False for NaN too
    known = said.x_type in (*X_TYPES, *X_UNITS, 15) and said.y_type in Y_TYPES
    return plain and known and 0 < said.points < head.size and said.subfiles <= head.size // SUB_BYTES


def read_galactic(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every measurement in a Galactic .spc file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that is cut off.

    Returns
    -------
    list of xarray.Dataset
        Subfiles on one axis are one measurement, shape (frame or time, axis); subfiles with an axis each are one
        measurement each, shape (axis,).

    Raises
    ------
    ReadError
        The file is no .spc file, is damaged, or is cut off before the end of its first subfile.
    """
    file = Binary(path, Path(path).read_bytes())
    said = header_of(file)
    found, notes = subfiles_of(file, said)
    if notes and strict:
        raise ReadError(path, "", f"{said.subfiles} subfiles", notes[-1])
    if not found:
        raise ReadError(path, f"byte {said.end}", "a subfile with values", "none", "Is it cut off?")
    own = bool(said.flags & OWN_X) and len(found) > 1
    log, origin = log_of(file, said), source(path, file.raw, NAME)
    if SATURATED in log.lower():
        notes.append("the log says that the detector was saturated, not at which samples")
    if not own:
        return [_measurement(path, said, found, log, notes, origin)]
    logs = [log] * len(found) if len(log) * len(found) <= len(file.raw) else [log] + [""] * (len(found) - 1)
    names = [f"subfile {n}" for n in range(1, len(found) + 1)]
    return [
        _measurement(path, said, [one], text, notes, origin | {"column": name})
        for one, text, name in zip(found, logs, names, strict=True)
    ]


def _measurement(
    path: str | os.PathLike[str], said: Header, found: list[Subfile], log: str, notes: list[str], origin: dict[str, str]
) -> xr.Dataset:
    axis, x, axis_notes = _positions(path, said, _x_axis(said), found[0].x)
    along, z_notes = _along(said, found)
    y, flag, missing = missing_flag(values_of(found))
    quantity, factor, y_notes = _quantity(said, y)
    if factor != 1:
        y *= factor
    notes = [*notes, *axis_notes, *y_notes, *z_notes]
    if axis.name in data.SPECTRAL:
        notes.append(NO_MEDIUM)
    notes += missing
    if x[0] > x[-1]:  # turned here, it is not copied behind
        x, y, flag = x[::-1], y[:, ::-1], flag[:, ::-1]
    if along is None:
        y, flag = y[0], flag[0]
    z = [one.z if np.isfinite(one.z) else None for one in found]
    lines = [line.strip() for line in re.split(r"[\r\n]+", log) if line.strip()]
    labels = {"x": axis.unit, "y": Y_TYPES.get(said.y_type, "unknown"), "labels": said.labels}
    return data.build(
        axis.name,
        x if axis.factor == 1 else x * axis.factor,
        y,
        kind=_kind(said, axis.name, quantity),
        along=along,
        axis_units={"abscissa": axis.unit} if axis.name == "abscissa" else None,
        flag=flag,
        notes=notes,
        quantity=quantity,
        rate=rate_of(said.labels[1]) if quantity and len(said.labels) > 1 else None,
        medium="air" if axis.name in data.SPECTRAL else None,
        saturated="somewhere" if SATURATED in log.lower() else None,
        instrument=said.said.get("instrument") or None,
        acquired_at=said.date,
        source=origin,
        raw_metadata={**said.said, **labels, "z": z, "log": lines},
    )


def _x_axis(said: Header) -> _Axis:
    """Return what the axis is; the wavenumbers of a Raman file are those of its shift, not of the light."""
    axis = _stated_axis(said)
    if TECHNIQUES.get(said.technique) == "raman" and axis.name == "energy" and axis.unit.endswith("cm^-1"):
        note = "a Raman file: its wavenumbers read as Raman shift"
        return _Axis("raman_shift", axis.factor / CM, axis.unit, True, (note,))
    return axis


def _stated_axis(said: Header) -> _Axis:
    """Return what the axis is: as its label says, else as its type says."""
    label = said.labels[0] if said.labels else ""
    scale = headers.scale_of(label)
    if scale is None:
        return _Axis("abscissa", 1.0, label, True, (f"the scale of the axis {label!r} is not understood",))
    if re.search(r"raman", label, re.I):
        return _Axis("raman_shift", scale, "cm^-1" if scale == 1 else f"{scale:g} cm^-1", True)
    read = headers.read_axis(label, sure=True)
    if read.axis and read.unit:
        return _Axis(read.axis, read.factor, read.unit, True)
    if said.x_type in X_TYPES:
        return _Axis(*X_TYPES[said.x_type], True)
    return _Axis("abscissa", 1.0, label or X_UNITS.get(said.x_type, "arbitrary"), bool(label) or said.x_type != 0)


def _positions(
    path: str | os.PathLike[str], said: Header, axis: _Axis, x: FloatArray
) -> tuple[_Axis, FloatArray, list[str]]:
    """Return the axis and its positions; positions that cannot be are replaced by the number of the sample.

    Those that the file writes one by one are refused where they repeat.
    """
    ours = next(iter(data.AXES[axis.name]), axis.unit)
    notes = [f"axis converted from {axis.unit} to {ours}"] if axis.unit != ours else list(axis.notes)
    if not axis.stated:
        notes.append("the file does not say what the axis is")
    written = said.flags & (OWN_X | X_VALUES)
    name, x, more = checked(axis.name, x, path, (lambda n: f"position {n + 1}") if written else None)
    return (
        (axis if name == axis.name else _Axis(name, 1.0, "px", True)),
        x,
        [*notes, *more] if name == axis.name else more,
    )


def _quantity(said: Header, y: NDArray[Any]) -> tuple[str | None, float, list[str]]:
    """Return the quantity where the label or the type states it, and the factor to its unit."""
    label = said.labels[1] if len(said.labels) > 1 else ""
    if label:
        read = headers.read_quantity(label)
        return read.quantity, read.factor, list(read.notes)
    if said.y_type == 1:
        return None, 1.0, ["the values are an interferogram, not a spectrum"]
    if said.y_type != TRANSMISSION:
        return {2: "absorbance", 4: "counts"}.get(said.y_type), 1.0, []
    return _transmission(y)


def _transmission(y: NDArray[Any]) -> tuple[str | None, float, list[str]]:
    """Return quantity and factor of a transmission whose file does not say whether it is in percent.

    The median decides for percent: one wild sample, where the reference is dark, moves the maximum as far as it likes.
    """
    finite = y[np.isfinite(y)]
    middle, top = (float(np.median(finite)), float(finite.max())) if finite.size else (np.nan, np.nan)
    found = f"transmission with a median of {middle:g} and up to {top:g}"
    if middle > MIN_PERCENT:
        return "transmittance", 0.01, [f"{found} read as percent, divided by 100"]
    if top <= MAX_FRACTION:
        return "transmittance", 1.0, [f"{found} read as a fraction, not as percent"]
    return None, 1.0, [f"{found} may be percent or a fraction: declare the quantity, divide percent by 100"]


def _kind(said: Header, axis: str, quantity: str | None) -> str:
    if axis == "raman_shift":
        return "raman"
    if quantity in data.ABSORPTION_QUANTITIES or (quantity is None and said.y_type == TRANSMISSION):
        return "absorption"
    if said.technique in TECHNIQUES and axis in data.SPECTRAL:
        return TECHNIQUES[said.technique]
    return "emission" if axis in data.SPECTRAL and (said.y_type == 131 or quantity == "counts") else "spectrum"


def _along(said: Header, found: list[Subfile]) -> tuple[dict[str, NDArray[Any]] | None, list[str]]:
    """Return the dimension along the subfiles: the time where it is one, else their number."""
    if len(found) == 1:
        return None, []
    z = np.array(list(_z_values(said, found)))
    name, factor, _ = X_TYPES.get(said.z_type, ("", 1.0, ""))
    if name == "time" and np.isfinite(z).all() and np.unique(z).size == z.size:
        return {"time": z * factor}, []
    unit = X_TYPES.get(said.z_type, ("", 1.0, X_UNITS.get(said.z_type, "arbitrary")))[2]
    return {"frame": np.arange(len(found))}, [f"subfiles numbered; their z values ({unit}) are in raw_metadata"]


def _z_values(said: Header, found: list[Subfile]) -> Iterator[float]:
    """Yield where each subfile lies: as it says itself, or evenly after the first."""
    step = said.z_step or found[0].z_next - found[0].z
    for number, one in enumerate(found):
        yield one.z if said.flags & (ORDERED_Z | RANDOM_Z) else found[0].z + number * step
