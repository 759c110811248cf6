"""Cary WinUV (and Eclipse) csv: a pair of columns for each scan, two lines of header, a log of text below.

::

    600LP,,600LP1,,
    Wavelength (nm),Abs,Wavelength (nm),%T,
    800.054,0.0288,650.053,93.92,
    795.058,0.0310,,,
                                            <- a blank line ends the numbers
    600LP,
    600LP
    Collection Time: 5/10/2018 5:14:12 PM
    Instrument                        Cary 50

The scans may have ranges, lengths and quantities of their own, and names that repeat.
"""

from __future__ import annotations

import csv
import math
import os
import re
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import headers, rows
from antistokes.io.head import Head
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import decode, number
from antistokes.units import FloatArray

NAME = "cary"  # its key in FORMATS
DIALECTS = ((",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","))
QUANTITIES = {"abs": ("absorbance", 1.0), "%t": ("transmittance", 0.01)}
MOST = 5000  # scans; a measurement takes more memory than its cells in the file
CEILING = 10.0  # what the software writes where the absorbance is beyond its range
BEYOND = re.compile(r"over\w*|ovr|ovfl\w*|sat\w*|#+|\*+", re.IGNORECASE)
SCAN_MODES = {"emission": ("emission", "Ex. Wavelength (nm)"), "excitation": ("ple", "Em. Wavelength (nm)")}


class _Scan(NamedTuple):
    """The numbers of one scan in the order of the file; a value that is no number is NaN and flagged."""

    x: array[float]
    y: array[float]
    flag: bytearray


class _Sheet(NamedTuple):
    """A file, cut: the names of its scans, the words above their columns, their numbers, and the text below."""

    path: str
    names: list[str]
    words: list[tuple[str, str]]
    scans: list[_Scan]
    below: list[str]
    notes: list[str]


def is_cary(head: Head) -> bool:
    """Tell whether a text begins with names of scans above pairs of columns, each with a spectral axis."""
    return _dialect(head.text.split("\n", 3)[:3]) is not None


def read_cary(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every scan of a Cary WinUV or Eclipse csv file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last line that is cut off, and of values that are missing or beyond the range.

    Returns
    -------
    list of xarray.Dataset
        One for each scan, in the order of the file, shape (axis,). An absorbance of exactly 10 is flagged "clipped".

    Raises
    ------
    ReadError
        The file is no such csv; text stands among the numbers, or an axis has gaps, repeats or values below 0.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    sheet = _sheet(os.fspath(path), text.lines, raw.endswith((b"\n", b"\r", b"\n\0")))
    logs, rest = _logs(sheet)
    origin = source(path, raw, NAME, encoding=text.encoding)
    labels = distinct(sheet.names)
    empty = [label for label, scan in zip(labels, sheet.scans, strict=True) if not scan.x]
    if len(empty) == len(labels):
        raise ReadError(path, "line 3", "rows of numbers", "none", "Is it cut off?")
    sheet.notes.extend(f"scan {label!r} holds no numbers, left out" for label in empty)
    if strict and sheet.notes:
        raise ReadError(path, "", "nothing but whole scans", sheet.notes[-1])
    found: list[xr.Dataset] = []
    for place, label in enumerate(labels):
        if sheet.scans[place].x:
            notes, below = [*text.notes, *sheet.notes], [] if found else rest
            found.append(_measurement(sheet, place, label, notes, logs[place], below, origin))
    if strict and any(data.flagged(ds, "missing").any() for ds in found):
        raise ReadError(path, "", "no value missing or beyond the range", "one or more")
    return found


def _dialect(lines: Sequence[str]) -> tuple[str, str] | None:
    """Return delimiter and decimal sign, or None where the two first lines are not those of a Cary csv."""
    if len(lines) < 2:
        return None
    for delimiter, decimal in DIALECTS:
        names, words = _cells(lines[0], delimiter), _cells(lines[1], delimiter)
        pairs = len(words) // 2
        if not pairs or any(words[2 * pairs :]) or len(names) > len(words) + 1:
            continue
        axes, values = words[: 2 * pairs : 2], words[1 : 2 * pairs : 2]
        spectral = all(_is_axis(cell) for cell in axes) and all(v and not _is_axis(v) for v in values)
        rows = [line for line in lines[2:3] if line.strip()]
        numeric = all(_starts_row(line, delimiter, decimal) for line in rows)
        if spectral and numeric and any(names[::2]) and not any(names[1::2]):
            return delimiter, decimal
    return None


def _is_axis(cell: str) -> bool:
    return "(" in cell and headers.read_axis(cell, sure=True).unit is not None


def _starts_row(line: str, delimiter: str, decimal: str) -> bool:
    """Tell whether the first cell that says something is a number."""
    first = next(filter(None, _cells(line, delimiter)), "")
    return bool(first) and number(first, decimal) is not None


def _cells(line: str, delimiter: str) -> list[str]:
    quoted = '"' in line and len(line) < csv.field_size_limit()
    cells = next(csv.reader([line], delimiter=delimiter), []) if quoted else line.split(delimiter)
    return [cell.strip() for cell in cells]


def _sheet(path: str, lines: Sequence[str], ended: bool) -> _Sheet:
    """Cut the lines; ``ended`` says that the last one has its end."""
    dialect = _dialect(lines)
    if dialect is None:
        raise ReadError(path, "line 1", "names of scans above pairs of columns, as Cary WinUV writes them", "others")
    delimiter, decimal = dialect
    words = _cells(lines[1], delimiter)
    pairs = [(words[i], words[i + 1]) for i in range(0, len(words) - 1, 2)]
    names = (_cells(lines[0], delimiter)[::2] + [""] * len(pairs))[: len(pairs)]
    if len(pairs) > MOST:
        raise ReadError(path, "line 2", f"at most {MOST} scans", f"{len(pairs)}", "Split the file.")
    scans = [_Scan(array("d"), array("d"), bytearray()) for _ in pairs]
    end, blank, before = len(lines), None, 0
    notes: list[str] = []
    for n, line in enumerate(lines):
        if n < 2:
            continue
        if not line.strip(" \t,;"):
            blank = n if blank is None else blank
            continue
        cells = _cells(line, delimiter)
        if blank is not None and not _is_row(cells, decimal):
            end = blank
            break
        blank, last = None, line.rstrip("\t").count(delimiter)  # tabs at the end of the text are stripped
        if n == len(lines) - 1 and not ended and last < before:
            notes.append(f"the file is cut off in line {n + 1}, which is left out")
            break
        before = last
        _take_row(path, n + 1, cells, scans, names, decimal)
    return _Sheet(path, names, pairs, scans, [line.rstrip(f" {delimiter}") for line in lines[end:]], notes)


def _is_row(cells: Sequence[str], decimal: str) -> bool:
    """Tell whether a line after a blank one goes on with the numbers."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(number(cell, decimal) is not None for cell in filled)


def _take_row(
    path: str, line: int, cells: Sequence[str], scans: Sequence[_Scan], names: Sequence[str], decimal: str
) -> None:
    """Add the numbers of a row to the scans that it holds."""
    if any(cells[2 * len(scans) :]):
        raise ReadError(path, f"line {line}", f"{2 * len(scans)} cells", "more", "Is a delimiter among the names?")
    for place in range(min(len(scans), (len(cells) + 1) // 2)):
        first, second = cells[2 * place], (cells[2 * place + 1] if 2 * place + 1 < len(cells) else "")
        if not first and not second:
            continue
        x, y = number(first, decimal), number(second, decimal)
        beyond = y is None and BEYOND.fullmatch(second)
        if x is None or math.isnan(x) or (y is None and not beyond):
            bad = first if x is None or math.isnan(x) else second
            raise ReadError(path, f"line {line}, scan {names[place]!r}", "a number", repr(bad[:40]))
        scan, missing = scans[place], y is None or not math.isfinite(y)
        scan.x.append(x)
        scan.y.append(math.nan if missing or y is None else y)
        scan.flag.append(data.FLAGS["missing"] * missing | (data.FLAGS["saturated"] if beyond else 0))


def _check_axis(path: str, label: str, x: FloatArray) -> None:
    order = np.argsort(x, kind="stable")
    same = np.flatnonzero(np.diff(x[order]) == 0)
    if len(same):
        raise ReadError(path, f"scan {label!r}", "every position once", f"{x[order[same[0]]]:g} twice")
    if not (x[order[0]] > 0 and math.isfinite(x[order[-1]])):
        raise ReadError(path, f"scan {label!r}", "positive positions", f"{x[order[0]]:g}")


def _logs(sheet: _Sheet) -> tuple[list[list[str]], list[str]]:
    """Return the log of each scan, [] where there is none, and what belongs to no scan.

    The logs stand in the order of the scans; of scans of one name the first takes the first.
    """
    logs: list[list[str]] = [[] for _ in sheet.names]
    free: dict[str, list[int]] = {}
    for place in reversed(range(len(logs))):
        free.setdefault(sheet.names[place], []).append(place)
    rest: list[str] = []
    for name, block in _blocks(sheet):
        if name is not None and free.get(name):
            logs[free[name].pop()] = block
        else:
            rest += block
    return logs, rest


def _blocks(sheet: _Sheet) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the text below the numbers in pieces that begin with the name of a scan."""
    names = set(filter(None, sheet.names))
    name: str | None = None
    block: list[str] = []
    for before, line in zip(["", *sheet.below], sheet.below, strict=False):
        title = line.strip().strip('"').strip()
        if title in names and not before.strip():
            yield name, block
            name, block = title, []
        if line.strip():
            block.append(line)
    yield name, block


def _measurement(
    sheet: _Sheet, place: int, label: str, notes: list[str], log: list[str], rest: list[str], origin: dict[str, str]
) -> xr.Dataset:
    x_words, y_words = sheet.words[place]
    axis = headers.read_axis(x_words, sure=True)
    name, unit = str(axis.axis), str(axis.unit)
    quantity, factor = QUANTITIES.get(y_words.casefold().replace(" ", ""), (None, 1.0))
    x, y, flag = (np.asarray(column) for column in sheet.scans[place])
    _check_axis(sheet.path, label, x)
    clipped = (y == CEILING) & (quantity == "absorbance")
    count = int(np.isnan(y).sum())
    notes += [f"{count} value{'s' * (count > 1)} missing or beyond the range, flagged"] if count else []
    notes += [] if unit in ("nm", "eV") else [f"axis converted from {unit} to {data.AXES[name][0]}"]
    notes += [f"{y_words!r}: percent divided by 100"] if factor != 1 else []
    if clipped.any():
        notes.append(
            f"{int(clipped.sum())} values of exactly {CEILING:g}, the limit of the software, flagged as clipped"
        )
    attrs, attr_notes = _said(log)
    notes += [*attr_notes, *([] if log else ["the file holds no log of this scan"])]
    notes += [f"{len(rest)} lines of text that belong to no scan kept in raw_metadata"] if rest else []
    default = "spectrum" if quantity is None else "absorption"
    raw: dict[str, Any] = {"header": [sheet.names[place], x_words, y_words], "log": log}
    return data.build(
        name,
        x * axis.factor,
        y * factor,
        flag=flag | (clipped * np.uint8(data.FLAGS["clipped"])),
        notes=[*notes, *([] if axis.medium else [NO_MEDIUM])],
        quantity=quantity,
        medium=axis.medium or "air",
        source=origin | {"column": label},
        raw_metadata=raw | ({"rest": rest} if rest else {}),
        **({"kind": default} | attrs),
    )


def _said(log: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that a log states, with what had to be guessed."""
    entries = dict(map(_entry, reversed(log)))  # where a key stands twice, the first counts
    attrs: dict[str, Any] = {"instrument": entries.get("Instrument") or None}
    averaged = [v for k, v in entries.items() if re.fullmatch(r"(?:\S+ )?Ave\. Time \(sec\)", k)]
    widths = [v for k, v in entries.items() if re.fullmatch(r"(?:\S+ )?SBW \(nm\)", k)]
    attrs["integration_time_s"] = rows.positive_text(averaged[0]) if len(averaged) == 1 else None
    attrs["bandpass_nm"] = rows.positive_text(widths[0]) if len(widths) == 1 else None
    mode = SCAN_MODES.get(entries.get("Scan mode", "").casefold())
    if mode is not None:
        fixed = "excitation_nm" if mode[0] == "emission" else "detection_nm"
        attrs |= {"kind": mode[0], fixed: rows.positive_text(entries.get(mode[1], ""))}
    attrs["acquired_at"], notes = _time(entries.get("Collection Time", ""))
    return attrs, notes


def _entry(line: str) -> tuple[str, str]:
    """Return key and value of a line of a log: a colon or two blanks stand between them."""
    found = re.match(r"\s*(.+?)(?:\s*:\s+|\s{2,}|\t)(.*)", line)
    return (found.group(1).strip(), found.group(2).strip()) if found else (line.strip(), "")


def _time(text: str) -> tuple[str | None, list[str]]:
    """Return a time as ISO text; of day and month the order is told by AM/PM, or by a number above 12."""
    found = re.match(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\s*([AP])M)?", text, re.I)
    if not found:
        return None, []
    first, second, year, hour, minute, secs = map(int, found.groups()[:6])
    half = (found.group(7) or "").upper()
    notes: list[str] = []
    if first > 12 or (second <= 12 and "." in text.split()[0]):
        day, month = first, second
    elif second > 12 or half:
        day, month = second, first
        notes = [] if second > 12 else [f"the date {text.split()[0]} read as month/day/year"]
    else:
        return None, [f"the order of day and month in {text.split()[0]} is not known; the time is in raw_metadata"]
    hour = hour % 12 + 12 * (half == "P") if half else hour
    try:
        return datetime(year, month, day, hour, minute, secs).isoformat(), notes
    except ValueError:
        return None, []
