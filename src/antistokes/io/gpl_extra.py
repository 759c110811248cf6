"""Formats that the optional package rosettasciio reads: TriVista, LabSpec XML, Hamamatsu streak images, Renishaw WiRE.

The package is under GPL-3.0 and is an extra: it is imported when such a file is read, never before. The files are
always recognised; what could harm (a document type in XML, counts that go beyond the file) is refused before they are
handed on.
"""

from __future__ import annotations

import html
import importlib
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io import axes, dates, hints, renishaw
from antistokes.io.binary import Binary
from antistokes.io.head import Head
from antistokes.io.instrument_table import missing_flag, positive
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.units import FloatArray

INSTALL = "It is read by rosettasciio (GPL-3.0), an extra: pip install 'antistokes[gpl]'."
MAX_DEPTH = 100  # of elements in XML
_TAG = re.compile(r"<(/?)[A-Za-z_](?:[^<>]*?)(/?)>")
MAX_LISTED = 200  # numbers of one entry that raw_metadata keeps
_LENGTHS_UM = {"µm": 1.0, "μm": 1.0, "um": 1.0, "nm": 1e-3, "mm": 1e3, "m": 1e6}


def is_trivista(head: Head) -> bool:
    """Tell whether a text begins as the XML of TriVista."""
    return "TriVista-File" in head.text[:200] and "<XmlMain" in head.text


def is_labspec_xml(head: Head) -> bool:
    """Tell whether a text begins as the XML of LabSpec."""
    return re.match(r"\s*(?:<\?xml[^>]*>\s*)?<LSX_Data\b", head.text) is not None


def is_hamamatsu_streak(head: Head) -> bool:
    """Tell whether a file begins as an image of HPD-TA, with its sections of settings behind 64 bytes."""
    return head.start.startswith(b"IM") and head.start[64:].lstrip(b"\0 \r\n").startswith(b"[Application]")


def is_renishaw_wdf(head: Head) -> bool:
    """Tell whether a file begins as a spectrum file of Renishaw WiRE."""
    return head.start.startswith(b"WDF1")


def read_trivista(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the measurements of a TriVista file (.tvf), by rosettasciio.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Has no effect: a damaged file is an error.

    Returns
    -------
    list of xarray.Dataset
        Spectra along wavelength; line scans and maps with x and y [um] before it, series with time or frame.

    Raises
    ------
    ReadError
        rosettasciio is not installed, or the file is damaged.
    """
    raw = Path(path).read_bytes()
    _refuse_dangers(path, raw)
    return _read(path, raw, "trivista", "trivista")


def read_labspec_xml(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the measurements of a HORIBA LabSpec file (.xml), by rosettasciio.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Has no effect: a damaged file is an error.

    Returns
    -------
    list of xarray.Dataset
        Spectra along wavelength, raman_shift or energy; line scans and maps with x and y [um] before it.

    Raises
    ------
    ReadError
        rosettasciio is not installed, or the file is damaged.
    """
    raw = Path(path).read_bytes()
    _refuse_dangers(path, raw)
    return _read(path, raw, "jobinyvon", "labspec_xml")


def read_hamamatsu_streak(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read a streak image of Hamamatsu HPD-TA (.img), by rosettasciio.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Has no effect: a damaged file is an error.

    Returns
    -------
    list of xarray.Dataset
        One, along (decay_time [ns], wavelength), or y and pixel where an axis is not calibrated.

    Raises
    ------
    ReadError
        rosettasciio is not installed, or the file is damaged.
    """
    file = Binary(path, Path(path).read_bytes())
    comment, width, height = file.numbers("<3h", 2)
    kind = file.number("<h", 12)
    size = {0: 1, 2: 2, 3: 4}.get(kind)
    if size is None or min(comment, width, height) < 1:
        raise ReadError(path, "byte 2", "a comment and an image of 1, 2 or 4 bytes a pixel", f"{width} x {height}")
    file.require(64 + comment, width * height * size)
    return _read(path, file.raw, "hamamatsu", "hamamatsu_streak")


def read_renishaw_wdf(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the measurement of a Renishaw WiRE file (.wdf), by rosettasciio.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Has no effect: a damaged file is an error.

    Returns
    -------
    list of xarray.Dataset
        Spectra along raman_shift, wavelength or energy; maps with x and y [um] before it, series with frame.

    Raises
    ------
    ReadError
        rosettasciio is not installed, or the file is damaged.
    """
    file = Binary(path, Path(path).read_bytes())
    blocks = renishaw.check(file)
    if all(block.name != renishaw.IMAGE for block in blocks):
        return _read(path, file.raw, "renishaw", "renishaw_wdf")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(path).name
        copy.write_bytes(renishaw.without_images(file, blocks))
        found = _read(path, file.raw, "renishaw", "renishaw_wdf", copy)
    return [data.with_attrs(ds, notes=["the white-light image is left out"]) for ds in found]


def _read(
    path: str | os.PathLike[str], raw: bytes, module: str, name: str, copy: Path | None = None
) -> list[xr.Dataset]:
    """Hand a file, or a copy of it without what must not be looked into, on to rosettasciio; map what it gives back."""
    try:
        reader = importlib.import_module(f"rsciio.{module}").file_reader
    except ImportError as error:
        raise ReadError(path, "", "the package rosettasciio", f"none ({error})", INSTALL) from error
    try:
        with _quiet():
            found = reader(os.fspath(path if copy is None else copy))
        names = distinct([_title(item, i) for i, item in enumerate(found, 1)])
        origin, several = source(path, raw, name), len(found) > 1
        return [
            _measurement(item, {**origin, "column": title} if several else origin)
            for item, title in zip(found, names, strict=True)
        ]
    except DataError as error:
        raise ReadError(path, "", "a measurement", str(error).rstrip(".")) from error
    except Exception as error:  # it raises whatever the damage leads it to
        said = (str(error).splitlines() or [""])[0][:80]
        raise ReadError(path, "", f"a file of {name}", f"a damaged one ({type(error).__name__}: {said})") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the package from writing to the screen, which tells of packages of its own that are not there."""
    logger = logging.getLogger("rsciio")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _measurement(item: Mapping[str, Any], about: dict[str, str]) -> xr.Dataset:
    """Map one signal of rosettasciio: its last axis that is no position is the main one."""
    values = np.asarray(item["data"])
    given = sorted(item["axes"], key=lambda axis: int(axis["index_in_array"]))
    main = max(i for i, axis in enumerate(given) if not axis["navigate"])
    values = np.moveaxis(values, main, -1)
    others = [axis for i, axis in enumerate(given) if i != main]
    axis = _main_axis(given[main], values.shape[-1])
    along: dict[str, FloatArray] = {}
    units: dict[str, str] = dict(axis.axis_units)
    notes = [*axis.notes]
    for other, size in zip(others, values.shape[:-1], strict=True):
        dim, x, unit, note = _other_axis(other, size, along)
        along[dim] = x
        units |= {dim: unit} if dim in ("x", "y") else {}
        notes += note
    values, flag, missing = missing_flag(values)
    meta, words = item.get("metadata", {}), str(_at(item, "metadata", "Signal", "quantity") or "")
    quantity = "counts" if re.search(r"\bcounts?\b", words, re.IGNORECASE) else None
    notes += [f"the file says {words}: counts per second"] if quantity and "/s" in words else []
    return data.build(
        axis.axis,
        axis.x,
        values,
        kind="raman" if axis.axis == "raman_shift" else hints.kind_of(quantity, "spectrum"),
        along=along,
        axis_units=units,
        flag=flag,
        medium=axis.medium,
        quantity=quantity,
        notes=[*notes, *missing],
        source=about,
        raw_metadata=_plain(item.get("original_metadata", {})),
        **_attrs(meta),
    )


def _main_axis(given: Mapping[str, Any], size: int) -> axes.Positions:
    name, unit, x = str(given.get("name") or ""), str(given.get("units") or ""), _x(given, size)
    if unit in ("px", ""):
        return axes.Positions("pixel", np.arange(float(size)), {}, None, (f"{name or 'the axis'} is not calibrated",))
    found = axes.positions(unit, x, raman="raman" in name.lower())
    return found if "axis" in given else axes.computed(found)


def _other_axis(
    given: Mapping[str, Any], size: int, taken: Mapping[str, Any]
) -> tuple[str, FloatArray, str, Sequence[str]]:
    """Return name, positions, unit and notes of an axis before the main one; what has no meaning here is a frame."""
    name, unit, x = str(given.get("name") or "").lower(), str(given.get("units") or ""), _x(given, size)
    if name in ("x", "y") and name not in taken:
        return (name, x * _LENGTHS_UM[unit], "um", ()) if unit in _LENGTHS_UM else (name, x, "px", ())
    if unit == "px" and "y" not in taken:
        return "y", x, "px", (f"{name} is not calibrated, read as rows of the image",)
    found = axes.positions(unit, x)
    if found.axis in ("time", "decay_time") and found.axis not in taken:
        return found.axis, found.x, "", found.notes
    said = f"the axis {name or '(not named)'} [{unit}] from {x[0]:g} to {x[-1]:g} read as frames"
    return "frame", np.arange(float(size)), "", (said,)


def _x(given: Mapping[str, Any], size: int) -> FloatArray:
    if "axis" in given:
        return np.asarray(given["axis"], dtype=float)
    return float(given.get("offset", 0.0)) + float(given.get("scale", 1.0)) * np.arange(size, dtype=np.float64)


def _attrs(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that analysis asks for, as far as they are known."""
    instrument = _at(meta, "Acquisition_instrument") or {}
    model = _at(instrument, "Spectrometer", "model") or _at(instrument, "Detector", "model")
    return {
        "excitation_nm": _positive(_at(instrument, "Laser", "wavelength")),
        "integration_time_s": _positive(_at(instrument, "Detector", "integration_time")),
        "instrument": str(model) if model else None,
        "acquired_at": _date(str(_at(meta, "General", "date") or ""), str(_at(meta, "General", "time") or "")),
    }


def _date(day: str, clock: str) -> str | None:
    return dates.iso(f"{day} {clock}") or dates.iso(day)


def _at(mapping: Any, *keys: str) -> Any:
    for key in keys:
        mapping = mapping.get(key) if isinstance(mapping, Mapping) else None
    return mapping


def _positive(value: Any) -> float | None:
    try:
        return positive(float(value))
    except (TypeError, ValueError):
        return None


def _title(item: Mapping[str, Any], number: int) -> str:
    return str(_at(item, "metadata", "General", "title") or f"signal {number}")


def _plain(value: Any) -> Any:
    """Return what JSON can hold; long rows of numbers are left out, as they are the data or images."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.size <= MAX_LISTED else f"{value.size} numbers"
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value[:MAX_LISTED]]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _refuse_dangers(path: str | os.PathLike[str], raw: bytes) -> None:
    """Refuse a document type, also within a text that is XML again: it could define entities; and elements too deep."""
    text = raw.replace(b"\0", b"").decode("latin-1")
    if "!DOCTYPE" in text or ("&#" in text and "!DOCTYPE" in html.unescape(text)):
        raise ReadError(path, "", "XML without a document type", "<!DOCTYPE", "Save it again from the instrument.")
    depth = 0
    for tag in _TAG.finditer(text):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > MAX_DEPTH:
            raise ReadError(path, f"byte {tag.start()}", f"XML at most {MAX_DEPTH} elements deep", "more")
