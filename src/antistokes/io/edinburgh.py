"""Edinburgh Instruments text (F900, F980, Fluoracle): key and value a line, a blank line, then numbers.

::

    Labels,EmScan1,EmScan2,
    Type,Emission Scan,Emission Scan,
    Start,450.00,450.00,
    Fixed/Offset,367.00,380.00,
    Xaxis,Wavelength,Wavelength,
    Yaxis,Counts,Counts,
    Scan Corr. by File,True,True,

    450.00,5.52895813E+2,4.11E+2,

Each further column is a scan. ``Fixed/Offset`` is the wavelength of the monochromator that stands still: the
excitation of an emission scan, the detection of an excitation scan. A scan that was corrected by file is no longer one
of counts, and the export does not say of what.
"""

from __future__ import annotations

import math
import os
import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import headers
from antistokes.io.axis_check import order_note
from antistokes.io.cells import bundles, number, padded, plain_columns
from antistokes.io.head import Head
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.instrument_table import ends_whole, positive_text
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import Text, decode
from antistokes.units import FloatArray

NAME = "edinburgh"  # its key in FORMATS
DIALECTS = ((",", "."), ("\t", "."), (";", "."), ("\t", ","), (";", ","))
KEYS = {"type", "start", "stop", "step", "xaxis", "yaxis"}
MOST_KEYS, MOST = 100, 5000  # lines of header; columns of numbers
CORRECTIONS = {"Scan Corr. by File": "scan_file", "Corr. by Ref. Det.": "reference_detector"}
CORRECTIONS |= {"Fixed/Offset Corr. by File": "fixed_file"}
CORRECTED = (
    "the numbers are corrected by a file and no longer raw counts; whether in photons or in power, the unit of that "
    "file, is not stated: declare the quantity"
)
SAMPLE_K = (273.0, 330.0)  # a "Temp" in here is one in K; others may be in degrees Celsius
TIME_RESOLVED = re.compile(r"tcspc|decay|\btime\b|response|kinetic|lifetime", re.IGNORECASE)


class _Sheet(NamedTuple):
    """The text of a file, cut: the entries of the header (one a scan), and the numbers with the lines they stand in.

    ``values`` has shape (rows, 1 + scans), NaN where a cell is empty; the first column is the axis.
    """

    path: str
    entries: dict[str, list[str]]
    lines: array[int]
    values: FloatArray
    notes: list[str]


def is_edinburgh(head: Head) -> bool:
    """Tell whether a text begins with the keys of an Edinburgh Instruments export."""
    lines = head.text.split("\n", MOST_KEYS)[:MOST_KEYS]
    return _delimiter(lines) is not None


def read_edinburgh(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every scan of an Edinburgh Instruments text export.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last line that is cut off and of values that are missing.

    Returns
    -------
    list of xarray.Dataset
        One for each scan, in the order of the file, shape (axis,).

    Raises
    ------
    ReadError
        The file is no such export, or a time-resolved one; text stands among the numbers, or the axis has repeats.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    origin = source(path, raw, NAME, encoding=text.encoding)
    sheet = _sheet(os.fspath(path), text, ends_whole(raw))
    _refuse_time(sheet)
    if strict and len(sheet.notes) > len(text.notes):
        raise ReadError(path, "", "whole lines", sheet.notes[-1])
    del raw, text  # a large file may go before the measurements come
    count = sheet.values.shape[1] - 1
    labels = distinct([_entry(sheet, "labels", n) for n in range(count)])
    filled = np.asarray(np.isfinite(sheet.values[:, 1:]).any(axis=0))
    empty = [label for n, label in enumerate(labels) if not filled[n] and _entry(sheet, "labels", n)]
    if not filled.any() or (strict and empty):
        raise ReadError(path, f"scan {(empty or labels)[0]!r}", "numbers", "none")
    sheet.notes.extend(f"scan {label!r} holds no numbers, left out" for label in empty)
    found = [_measurement(sheet, n, origin | {"column": labels[n]}) for n in range(count) if filled[n]]
    if strict and any("flag" in ds for ds in found):
        raise ReadError(path, "", "no value missing", "empty cells among the numbers")
    return found


def _delimiter(lines: Sequence[str]) -> tuple[str, str] | None:
    """Return delimiter and decimal sign of the header, None where it is none of Edinburgh Instruments."""
    head = [line for line in lines if line.strip()][:MOST_KEYS]
    if not head or not re.match(r"[\"\s]*labels?\b", head[0], re.IGNORECASE):
        return None
    for delimiter in dict.fromkeys(d for d, _ in DIALECTS):
        if {_cells(line, delimiter)[0].casefold() for line in head if delimiter in line} >= KEYS:
            first = next((line for line in head if re.match(r"\s*[-+]?[0-9]", line)), "")
            comma = delimiter != "," and "," in first
            return delimiter, "," if comma else "."
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    """Split a line; one delimiter at its end makes no cell."""
    cells = [cell.strip().strip('"').strip() for cell in line.split(delimiter)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _sheet(path: str, text: Text, ended: bool) -> _Sheet:
    lines = text.lines
    dialect = _delimiter(lines[:MOST_KEYS])
    if dialect is None:
        expected = "the keys Labels, Type, Start, Stop, Step, Xaxis, Yaxis of an Edinburgh Instruments export"
        raise ReadError(path, "line 1", expected, "others")
    delimiter, decimal = dialect
    beginning = lines[: MOST_KEYS + 1]
    at = next(
        (n for n, line in enumerate(beginning) if _is_number(_cells(line, delimiter)[0], decimal)), len(beginning)
    )
    if at > MOST_KEYS:
        raise ReadError(path, f"line {MOST_KEYS}", f"numbers after at most {MOST_KEYS} lines of header", "none")
    entries: dict[str, list[str]] = {}
    for line in lines[:at]:
        key, *given = _cells(line, delimiter)
        if key:
            entries.setdefault(key, given)
    values, widths, where, cut = _rows(path, lines, at, dialect, ended)
    notes = [*text.notes, *([f"the file is cut off in line {cut}, which is left out"] if cut else [])]
    return _Sheet(path, entries, where, _matrix(path, values, widths, where), notes)


def _is_number(cell: str, decimal: str) -> bool:
    value = number(cell, decimal)
    return value is not None and not math.isnan(value)


def _rows(
    path: str, lines: Sequence[str], start: int, dialect: tuple[str, str], ended: bool
) -> tuple[array[float], array[int], array[int], int]:
    """Return all numbers row by row, the width of each row, its line, and the last line where that is cut off, or 0."""
    delimiter, decimal = dialect
    values, widths, where = array("d"), array("i"), array("i")
    before = 0
    for first, bundle in bundles(lines, start):
        whole = first + len(bundle) < len(lines)  # the last line may be cut off
        matrix = _plain_rows(bundle, delimiter, decimal) if whole else None
        if matrix is not None:
            values.frombytes(matrix.tobytes())
            widths.extend([matrix.shape[1]] * len(bundle))
            where.extend(range(first + 1, first + 1 + len(bundle)))
            before = bundle[-1].rstrip("\t").count(delimiter)
            continue
        for n, line in enumerate(bundle, first):
            if not line.strip(" \t,;"):
                continue
            last = line.rstrip("\t").count(delimiter)  # tabs at the end of the text are stripped
            if n == len(lines) - 1 and not ended and last < before:
                return values, widths, where, n + 1
            before = last
            row = _row(path, n, _cells(line, delimiter), decimal)
            values.extend(row)
            widths.append(len(row))
            where.append(n + 1)
    return values, widths, where, 0


def _plain_rows(lines: Sequence[str], delimiter: str, decimal: str) -> FloatArray | None:
    """Return the numbers of lines that are all alike, shape (rows, columns); None where one is another."""
    columns = plain_columns(lines, delimiter, decimal)
    if columns is None or columns[0] is None or not all(map(math.isfinite, columns[0])):
        return None
    if columns[-1] is None:  # one delimiter at the end makes no cell
        columns.pop()
    empty = [math.nan] * len(lines)
    return np.array([column or empty for column in columns]).T


def _row(path: str, n: int, cells: Sequence[str], decimal: str) -> list[float]:
    row = []
    for column, cell in enumerate(cells):
        value = number(cell, decimal)
        if value is None or (column == 0 and not math.isfinite(value)):
            raise ReadError(path, f"line {n + 1}, column {column + 1}", "a number", repr(cell[:40]))
        row.append(value)
    return row


def _matrix(path: str, values: array[float], widths: array[int], where: Sequence[int]) -> FloatArray:
    """Return the numbers, shape (rows, columns), with NaN at the end of rows that are shorter than others."""
    if not widths:
        return np.empty((0, 0))
    width = max(widths)
    if not 2 <= width <= MOST:
        found = "one" if width < 2 else f"{width}"
        raise ReadError(path, f"line {where[0]}", f"2 to {MOST} columns of numbers", found)
    if width * len(widths) > 4 * len(values):  # before one long line makes a table of it
        raise ReadError(path, f"line {where[0]}", "lines of one length", f"some of {width} cells among shorter ones")
    return padded(values, np.frombuffer(widths, dtype=np.intc))


def _refuse_time(sheet: _Sheet) -> None:
    for key in ("type", "xaxis"):
        said = next((v for v in _all(sheet, key) if TIME_RESOLVED.search(v)), None)
        if said is not None:
            expected, advice = "a scan along the wavelength", "Time-resolved files of this kind are not read yet."
            raise ReadError(sheet.path, f"entry {key.capitalize()}", expected, repr(said[:40]), advice)
    if not len(sheet.values):
        raise ReadError(sheet.path, "", "rows of numbers below the header", "none", "Is it cut off?")


def _all(sheet: _Sheet, key: str) -> list[str]:
    return next((values for name, values in sheet.entries.items() if name.casefold() == key), [])


def _entry(sheet: _Sheet, key: str, scan: int) -> str:
    """Return an entry of a scan; one that stands once holds for all scans, but for their names."""
    values = _all(sheet, key)
    if len(values) == 1 and key != "labels":
        return values[0]
    return values[scan] if scan < len(values) else ""


def _measurement(sheet: _Sheet, scan: int, origin: dict[str, str]) -> xr.Dataset:
    x, y = sheet.values[:, 0], sheet.values[:, scan + 1]
    filled = np.isfinite(y)
    kept = slice(int(np.argmax(filled)), len(y) - int(np.argmax(filled[::-1])))
    axis, x, axis_notes = _axis(sheet, scan, x[kept])
    y, missing = y[kept], ~filled[kept]
    stated = headers.read_quantity(_entry(sheet, "yaxis", scan))
    kind, attrs, notes = _said(sheet, scan)
    notes = [*sheet.notes, *axis_notes, *stated.notes, *notes]
    if stated.quantity == "counts" and "scan_file" in attrs.get("corrections", {}).get("edinburgh", {}):
        stated = headers.Quantity(None, stated.factor)
        notes.append(CORRECTED)
    if missing.any():
        notes.append(f"{int(missing.sum())} values missing or infinite, flagged")
        y[missing] = np.nan
    y *= stated.factor  # in its place in the table: a copy of each scan would take as much room again
    way = slice(None, None, -1 if x[0] > x[-1] else None)
    return data.build(
        axis,
        x[way],
        y[way],
        kind="absorption" if stated.quantity in data.ABSORPTION_QUANTITIES else kind,
        flag=missing[way] * np.uint8(data.FLAGS["missing"]),
        notes=[*notes, NO_MEDIUM],
        quantity=stated.quantity,
        medium="air",
        instrument="Edinburgh Instruments",
        source=origin,
        raw_metadata={key: _entry(sheet, key.casefold(), scan) for key in sheet.entries},
        **attrs,
    )


def _axis(sheet: _Sheet, scan: int, x: FloatArray) -> tuple[str, FloatArray, list[str]]:
    """Return name and positions [nm or eV] of the axis, with what had to be guessed."""
    said = _entry(sheet, "xaxis", scan)
    read = headers.read_axis(said)
    if read.axis is None:
        raise ReadError(sheet.path, "entry Xaxis", "a wavelength or an energy", repr(said[:40]))
    one_way = np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1])
    if x.min() <= 0 or not (one_way or np.unique(x).size == x.size):
        order = np.argsort(x, kind="stable")
        at = int(order[0]) if x.min() <= 0 else int(order[1:][np.diff(x[order]) == 0][0])
        raise ReadError(sheet.path, f"line {sheet.lines[at]}", "positive positions, each once", f"{x[at]:g}")
    unit = data.AXES[read.axis][0]
    notes = [] if read.unit else [f"unit of {said!r} not stated, read as {unit}"]
    notes += order_note(read.axis, x)
    notes += [f"axis converted from {read.unit} to {unit}"] if read.unit not in (None, unit) else []
    return read.axis, x if read.factor == 1 else x * read.factor, notes


def _said(sheet: _Sheet, scan: int) -> tuple[str, dict[str, Any], list[str]]:
    """Return kind and attributes as the header states them, with what had to be guessed."""
    kind, fixed, notes = "spectrum", positive_text(_entry(sheet, "fixed/offset", scan)), []
    said = _entry(sheet, "type", scan).casefold()
    attrs: dict[str, Any] = {"integration_time_s": positive_text(_entry(sheet, "dwell time", scan))}
    if "synchronous" in said:
        notes.append("both monochromators moved: Fixed/Offset is their distance, not an excitation")
    elif "emission" in said:
        kind, attrs["excitation_nm"] = "emission", fixed
    elif "excitation" in said:
        kind, attrs["detection_nm"] = "ple", fixed
    slit = positive_text(_entry(sheet, "scan slit", scan))
    if slit:
        attrs["bandpass_nm"] = slit
        notes.append(f"the scan slit of {slit:g} read as the bandpass in nm")
    degrees = positive_text(_entry(sheet, "temp", scan))
    if degrees and SAMPLE_K[0] <= degrees <= SAMPLE_K[1]:
        attrs["temperature_k"] = degrees
        notes.append(f"Temp {degrees:g} read as the temperature of the sample in K")
    elif degrees:
        notes.append(f"Temp {degrees:g} may be in K or in degrees Celsius, not used")
    given = {name: _entry(sheet, key.casefold(), scan) for key, name in CORRECTIONS.items()}
    done = {name: True for name, value in given.items() if value.casefold() == "true"}
    if done:
        attrs["corrections"] = {"edinburgh": done}
        listed = ", ".join(key for key, name in CORRECTIONS.items() if name in done)
        notes.append(f"corrected by the instrument's software ({listed}); what the files hold is not stated")
    return kind, attrs, notes
