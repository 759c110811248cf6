"""Shimadzu UVProbe .spc: an OLE2 file (a file system in a file) with one storage for each data set.

The positions and values are streams of little-endian float64, "X Data.1" and "Y Data.1"; the settings are lists of
Pascal strings, keys and values. The streams are found by their names, as the files themselves show them.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import olefile
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import axes, instrument_table
from antistokes.io.head import Head
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.units import FloatArray

NAME = "shimadzu"  # its key in FORMATS
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STORAGE = "DataStorage1".encode("utf-16-le")
VALUES = re.compile(r"Y Data\.(\d+)")
MOST, LONGEST = 2000, 65536  # data sets in a file; bytes of a stream of settings
EPOCH = datetime(1899, 12, 30)  # dates are days after it
DAYS = (29_000.0, 73_000.0)  # 1979 to 2099: a number outside is no date
MODES = {"absorbance": ("absorbance", 1.0), "transmittance": ("transmittance", 0.01)}


class _Set(NamedTuple):
    """A data set: its storage, its own name, its numbers, when it was made, and the settings."""

    storage: str
    name: str
    x: FloatArray
    y: FloatArray
    made: str | None
    said: dict[str, str]


def is_shimadzu(head: Head) -> bool:
    """Tell whether a file is an OLE2 file with the storages of UVProbe."""
    return head.start.startswith(MAGIC) and (STORAGE in head.start or head.suffix == ".spc")


def read_shimadzu(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every data set of a Shimadzu UVProbe .spc file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of positions and values that are not of one number.

    Returns
    -------
    list of xarray.Dataset
        One for each data set, in the order of their names, shape (wavelength,).

    Raises
    ------
    ReadError
        The file is no OLE2 file, is damaged, or holds no spectrum.
    """
    raw = Path(path).read_bytes()
    _check_counts(path, raw)
    try:
        with olefile.OleFileIO(BytesIO(raw), raise_defects=olefile.DEFECT_INCORRECT) as ole:
            found = list(_sets(path, ole, len(raw)))
    except ReadError:
        raise
    except Exception as error:  # olefile raises what the damage leads it to
        raise ReadError(path, "", "a whole OLE2 file", f"a damaged one ({type(error).__name__})") from error
    if not found:
        raise ReadError(path, "", "a Shimadzu file with spectra", "an OLE2 file without", "Is it of another program?")
    if strict and any(len(one.x) != len(one.y) for one in found):
        raise ReadError(path, "", "as many positions as values", "another number")
    labels = distinct([one.name if one.name != "RawData" else one.storage for one in found])
    origin = source(path, raw, NAME)
    return [_measurement(path, one, origin | {"column": label}) for one, label in zip(found, labels, strict=True)]


def _check_counts(path: str | os.PathLike[str], raw: bytes) -> None:
    """Raise unless the tables that the header announces fit into the file, before olefile makes room for them."""
    if not raw.startswith(MAGIC) or len(raw) < 1536:
        raise ReadError(path, "byte 0", "an OLE2 file of 1536 bytes at least", f"another one of {len(raw)} bytes")
    shift = struct.unpack_from("<H", raw, 30)[0]
    if shift not in (9, 12):
        raise ReadError(path, "byte 30", "sectors of 512 or 4096 bytes", f"2^{shift}")
    for at in (40, 44, 64, 72):  # sectors of the directory, the table, the small table, the table of tables
        count = struct.unpack_from("<I", raw, at)[0]
        if count << shift > len(raw):
            raise ReadError(path, f"byte {at}", f"a table in a file of {len(raw)} bytes", f"{count} sectors")


def _sets(path: str | os.PathLike[str], ole: Any, size: int) -> Iterator[_Set]:
    """Yield the data sets; together they take no more than the file."""
    budget = size
    streams = {"/".join(parts): parts for parts in ole.listdir()}
    names = [name for name in streams if VALUES.fullmatch(streams[name][-1])]
    if len(names) > MOST:
        raise ReadError(path, "", f"at most {MOST} data sets", f"{len(names)}")
    for name in sorted(names, key=_natural):
        parts = streams[name]
        other = "/".join([*parts[:-1], parts[-1].replace("Y", "X", 1)])
        if other not in streams:
            raise ReadError(path, f"stream {name!r}", f"a stream {other!r} beside it", "none")
        budget -= ole.get_size(name) + ole.get_size(other)
        if budget < 0:
            raise ReadError(path, f"stream {name!r}", f"streams within a file of {size} bytes", "larger ones")
        y, x = (_floats(path, ole, stream) for stream in (name, other))
        root = "/".join(parts[:-3])
        own, made = _own_name(_small(ole, f"{root}/DataSetHeaderInfo"))
        yield _Set(parts[-4] if len(parts) > 3 else name, own, x, y, made, _settings(ole, root, streams))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(digits or 0), word) for word, digits in re.findall(r"(\D*)(\d*)", name)]


def _floats(path: str | os.PathLike[str], ole: Any, name: str) -> FloatArray:
    content = ole.openstream(name).read()
    if len(content) % 8 or not content:
        raise ReadError(path, f"stream {name!r}", "numbers of 8 bytes", f"{len(content)} bytes")
    return np.frombuffer(content, dtype="<f8").astype(float)


def _small(ole: Any, name: str) -> bytes:
    """Return a stream of settings, empty where there is none or where it is too long to be one."""
    if not ole.exists(name) or ole.get_type(name) != olefile.STGTY_STREAM or ole.get_size(name) > LONGEST:
        return b""
    return bytes(ole.openstream(name).read())


def _own_name(content: bytes) -> tuple[str, str | None]:
    """Return name and date that a data set gives itself."""
    found = _pascal(content, 0)
    if found is None:
        return "", None
    name, at = found
    if len(content) < at + 12:
        return name, None
    days = struct.unpack_from("<d", content, at + 4)[0]
    return name, (EPOCH + timedelta(days=days)).isoformat(timespec="seconds") if DAYS[0] < days < DAYS[1] else None


def _settings(ole: Any, root: str, streams: dict[str, list[str]]) -> dict[str, str]:
    """Return the keys and values on the pages of the method."""
    pages = sorted(name for name in streams if name.startswith(f"{root}/MethodStorage/PageTexts"))
    return {key: value for page in pages[:32] for key, value in _page(_small(ole, page))}


def _page(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the pairs on a page: two numbers, a title, a count, then keys and values."""
    title = _pascal(content, 8)
    if title is None or len(content) < title[1] + 4:
        return
    count, at = struct.unpack_from("<I", content, title[1])[0], title[1] + 4
    for _ in range(min(count, len(content) // 2)):
        key = _pascal(content, at)
        value = _pascal(content, key[1]) if key else None
        if key is None or value is None:
            return
        yield key[0].rstrip(":"), value[0]
        at = value[1]


def _pascal(content: bytes, at: int) -> tuple[str, int] | None:
    """Return a string with its length before it, and where it ends; None beyond the end."""
    if at >= len(content) or at + 1 + content[at] > len(content):
        return None
    end = at + 1 + content[at]
    return content[at + 1 : end].decode("cp1252", errors="replace"), end


def _measurement(path: str | os.PathLike[str], one: _Set, origin: dict[str, str]) -> xr.Dataset:
    count = min(len(one.x), len(one.y))
    x, y = one.x[:count], one.y[:count]
    mode = one.said.get("Measuring Mode", "")
    quantity, factor = MODES.get(mode.casefold(), (None, 1.0))
    notes = []
    if len(one.x) != len(one.y):
        notes.append(f"{len(one.x)} positions and {len(one.y)} values: only the first {count} read")
    if quantity and one.name != "RawData":
        notes.append(f"the data set {one.name!r} was computed from a measurement of {mode.lower()}: quantity not taken")
        quantity, factor = None, 1.0
    if factor != 1:
        notes.append(f"{mode.lower()} read as percent, divided by 100")
    axis, x, axis_notes = _axis(path, one, x)
    values, flag, missing = instrument_table.missing_flag(y if factor == 1 else y * factor)
    turned = -1 if x[0] > x[-1] else 1  # turned here, it is not copied behind
    return data.build(
        axis,
        x[::turned],
        values[::turned],
        kind="absorption" if quantity else "spectrum",
        axis_units={"abscissa": "unknown"},
        flag=flag[::turned],
        notes=[*notes, *axis_notes, *missing],
        quantity=quantity,
        medium=instrument_table.medium_of(axis),
        instrument=one.said.get("Instrument Type") or None,
        acquired_at=one.made,
        bandpass_nm=instrument_table.positive_text(one.said.get("Slit Width", "")),
        integration_time_s=instrument_table.positive_text(one.said.get("Accumulation time", "").removesuffix("sec.")),
        source=origin,
        raw_metadata={"name": one.name, **one.said},
    )


def _axis(path: str | os.PathLike[str], one: _Set, x: FloatArray) -> tuple[str, FloatArray, list[str]]:
    """Return the axis, nm where the settings say so or where it is likely, with what had to be guessed."""
    axis, x, notes = instrument_table.axis_of_wavelengths(path, x, lambda n: f"{one.storage}, position {n + 1}")
    if axis != "wavelength" or any(key.startswith("Wavelength Range (nm") for key in one.said):
        return axis, x, notes
    if axes.UNNAMED_NM[0] <= x.min() and x.max() <= axes.UNNAMED_NM[1]:
        return axis, x, ["unit of the axis not stated, read as nm", *notes]
    return "abscissa", x, [f"the unit of the axis is not stated, and {x.min():g} to {x.max():g} may be others than nm"]
