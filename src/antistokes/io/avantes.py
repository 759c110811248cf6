"""Avantes AvaSoft: its text exports are read, its binary files are recognised and refused with the export to use."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import headers, instrument_table
from antistokes.io.head import Head
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import Block, decode

_NAMES = re.compile(r"^[ \t]*Wave\w*[ \t]*;", re.MULTILINE | re.IGNORECASE)
_DEVICE = re.compile(r"^Data measured with spectrometer[^:\n]*:\s*(\S+)", re.MULTILINE)
_INTEGRATION = re.compile(r"^Integration time(?:\s*\[ms\])?\s*:\s*([0-9.,]{1,30})\s*(?:ms\s*)?$", re.MULTILINE)
_SCANS = re.compile(r"^Averag\w+[^:\n]*:\s*([0-9]+)", re.MULTILINE)
_SMOOTHING = re.compile(r"^(?:Smoothing|Nr of pixels used for smoothing)[^:\n]*:\s*([0-9]+)", re.MULTILINE)
_MAGIC = (b"AVS82", b"AVS84")
_SERIAL_AT = {60.0: 24, 70.0: 4}  # AvaSoft 6 and 7 write all in float32: a version, and here a serial number


def is_avantes(head: Head) -> bool:
    """Tell whether this is a text of AvaSoft: its line on the spectrometer, and names between semicolons."""
    return _DEVICE.search(head.text) is not None and _NAMES.search(head.text) is not None


def is_avantes_binary(head: Head) -> bool:
    """Tell whether this is a binary file of AvaSoft 8 (RAW8, RFL8, ...), or of 6 and 7 (ROH, TRM, ...)."""
    if head.start.startswith(_MAGIC):
        return True
    if len(head.start) < 60 or head.size % 4:
        return False
    at = _SERIAL_AT.get(struct.unpack_from("<f", head.start)[0])
    if at is None:
        return False
    serial = struct.unpack_from("<9f", head.start, at)
    return all(32 <= n < 127 and n == int(n) and chr(int(n)).isalnum() for n in serial)


def read_avantes(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectra of a text of AvaSoft.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last line that may be cut.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values (Sample, Dark, Reference and what was computed of them), shape (wavelength,);
        the quantity where the unit of the column states one.

    Raises
    ------
    ReadError
        There are no numbers below the names, text stands among them, or a wavelength stands twice.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    lines, cut = instrument_table.whole_lines(path, raw, text.lines, strict)
    start = next((n for n, line in enumerate(lines) if _NAMES.match(line)), None)
    if start is None:
        raise ReadError(path, "", "a line of names, 'Wave ;Sample ;...'", "none")
    block = instrument_table.numbers_between(path, lines, start + 1, len(lines))
    header = [line for line in lines[: block.lines[0] - 1] if line.strip()]
    names, units = _names(block, lines[start]), _names(block, block.header[-1] if block.header else "")
    x = block.values[:, 0]
    axis, x, axis_notes = instrument_table.axis_of_wavelengths(path, x, lambda n: f"line {block.lines[n]}")
    said, about = "\n".join(header), source(path, raw, "avantes", encoding=text.encoding)
    out = []
    for i, (name, unit) in enumerate(zip(names, units, strict=True)):
        if i == 0:
            continue
        stated = headers.read_quantity(f"{name} {unit}"[:200])
        values, flag, missing = instrument_table.missing_flag(block.values[:, i] * stated.factor)
        out.append(
            data.build(
                axis,
                x,
                values,
                kind=_kind(stated.quantity),
                quantity=stated.quantity,
                medium=instrument_table.medium_of(axis),
                flag=flag,
                notes=[*text.notes, *cut, *block.notes, *axis_notes, *stated.notes, *missing],
                integration_time_s=_seconds(said),
                scans=_count(_SCANS, said),
                smoothing=_count(_SMOOTHING, said),
                instrument=_found(_DEVICE, said),
                source={**about, "column": name},
                raw_metadata=header,
            )
        )
    return out


def _names(block: Block, line: str) -> list[str]:
    """Return the cells of a line of names (made distinct) or units, as many as there are columns."""
    width = block.values.shape[1]
    cells = [cell.strip() for cell in line.split(";")][:width]
    cells += [""] * (width - len(cells))
    return (
        cells
        if any(cell.startswith("[") for cell in cells)
        else distinct([cell or f"column {i + 1}" for i, cell in enumerate(cells)])
    )


def _kind(quantity: str | None) -> str:
    if quantity in data.ABSORPTION_QUANTITIES:
        return "absorption"
    return "emission" if quantity in ("power_per_nm", "power_per_ev") else "spectrum"


def _seconds(said: str) -> float | None:
    text = _found(_INTEGRATION, said)
    try:
        return None if text is None else instrument_table.positive(float(text.replace(",", ".")) / 1e3)
    except ValueError:
        return None


def _count(pattern: re.Pattern[str], said: str) -> int | None:
    text = _found(pattern, said)
    return int(text) if text and len(text) < 10 else None


def _found(pattern: re.Pattern[str], said: str) -> str | None:
    found = pattern.search(said)
    return found.group(1) if found else None
