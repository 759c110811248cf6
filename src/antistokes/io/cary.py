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
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import headers
from antistokes.io.axis_check import order_note
from antistokes.io.cary_log import said
from antistokes.io.cells import bundles, number, plain_columns
from antistokes.io.head import Head
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.instrument_table import ends_whole
from antistokes.io.runs import KEPT_TEXTS
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import decode
from antistokes.units import FloatArray

NAME = "cary"  # its key in FORMATS
DIALECTS = ((",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","))
QUANTITIES = {"abs": ("absorbance", 1.0), "%t": ("transmittance", 0.01)}
MOST = 5000  # scans; a measurement takes more memory than its cells in the file
CEILING = 10.0  # what the software writes where the absorbance is beyond its range
BEYOND = re.compile(r"over\w*|ovr|ovfl\w*|sat\w*|#+|\*+", re.IGNORECASE)


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
    origin = source(path, raw, NAME, encoding=text.encoding)
    sheet = _sheet(os.fspath(path), text.lines, ends_whole(raw))
    guessed = text.notes
    del raw, text  # a large file may go before the measurements come
    logs, rest = _logs(sheet)
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
            notes, below = [*guessed, *sheet.notes], [] if found else rest
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
    delimiter = dialect[0]
    words = _cells(lines[1], delimiter)
    pairs = [(words[i], words[i + 1]) for i in range(0, len(words) - 1, 2)]
    names = (_cells(lines[0], delimiter)[::2] + [""] * len(pairs))[: len(pairs)]
    if len(pairs) > MOST:
        raise ReadError(path, "line 2", f"at most {MOST} scans", f"{len(pairs)}", "Split the file.")
    scans = [_Scan(array("d"), array("d"), bytearray()) for _ in pairs]
    sheet = _Sheet(path, names, pairs, scans, [], [])
    end = _read_rows(sheet, lines, dialect, ended)
    sheet.below.extend(line.rstrip(f" {delimiter}") for line in islice(lines, end, end + KEPT_TEXTS))
    if end + KEPT_TEXTS < len(lines):
        sheet.notes.append(f"only the first {KEPT_TEXTS} lines below the numbers are kept")
    return sheet


def _read_rows(sheet: _Sheet, lines: Sequence[str], dialect: tuple[str, str], ended: bool) -> int:
    """Add all numbers to the scans; returns the index of the line below them."""
    delimiter, decimal = dialect
    blank, before = None, 0
    for start, bundle in bundles(lines, 2):
        whole = start + len(bundle) < len(lines)  # the last line may be cut off
        if whole and _take_rows(sheet.scans, plain_columns(bundle, delimiter, decimal)):
            blank, before = None, bundle[-1].rstrip("\t").count(delimiter)
            continue
        for n, line in enumerate(bundle, start):
            if not line.strip(" \t,;"):
                blank = n if blank is None else blank
                continue
            cells = _cells(line, delimiter)
            if blank is not None and not _is_row(cells, decimal):
                return blank
            blank, last = None, line.rstrip("\t").count(delimiter)  # tabs at the end of the text are stripped
            if n == len(lines) - 1 and not ended and last < before:
                sheet.notes.append(f"the file is cut off in line {n + 1}, which is left out")
                return len(lines)
            before = last
            _take_row(sheet, n + 1, cells, decimal)
    return len(lines)


def _take_rows(scans: Sequence[_Scan], columns: Sequence[list[float] | None] | None) -> bool:
    """Add rows that are all alike, given as columns; False, and nothing added, where a pair is not whole or finite."""
    if columns is None or not any(columns) or any(columns[2 * len(scans) :]):
        return False
    pairs = [(columns[i], columns[i + 1] if i + 1 < len(columns) else None) for i in range(0, len(columns), 2)]
    pairs = pairs[: len(scans)]
    if any((x is None) != (y is None) or not all(map(math.isfinite, y or ())) for x, y in pairs):
        return False
    for scan, (x, y) in zip(scans, pairs, strict=False):
        if x and y:
            scan.x.fromlist(x)
            scan.y.fromlist(y)
            scan.flag.extend(bytes(len(y)))
    return True


def _is_row(cells: Sequence[str], decimal: str) -> bool:
    """Tell whether a line after a blank one goes on with the numbers."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(number(cell, decimal) is not None for cell in filled)


def _take_row(sheet: _Sheet, line: int, cells: Sequence[str], decimal: str) -> None:
    """Add the numbers of a row to the scans that it holds."""
    path, scans, names = sheet.path, sheet.scans, sheet.names
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
    if x.min() > 0 and math.isfinite(x.max()) and (np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1])):
        return
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
    scan = sheet.scans[place]
    x, y, flag = np.frombuffer(scan.x), np.frombuffer(scan.y), np.frombuffer(scan.flag, dtype=np.uint8)
    _check_axis(sheet.path, label, x)
    way = slice(None, None, -1 if x[0] > x[-1] else None)
    clipped = (y == CEILING) & (quantity == "absorbance")
    count = int(np.isnan(y).sum())
    notes += [f"{count} value{'s' * (count > 1)} missing or beyond the range, flagged"] if count else []
    notes += order_note(name, x)
    notes += [] if unit in ("nm", "eV") else [f"axis converted from {unit} to {data.AXES[name][0]}"]
    notes += [f"{y_words!r}: percent divided by 100"] if factor != 1 else []
    if clipped.any():
        notes.append(
            f"{int(clipped.sum())} values of exactly {CEILING:g}, the limit of the software, flagged as clipped"
        )
    flag |= clipped * np.uint8(data.FLAGS["clipped"])
    x *= axis.factor  # in its place: a copy of a large scan would take as much room again
    y *= factor
    attrs, attr_notes = said(log)
    notes += [*attr_notes, *([] if log else ["the file holds no log of this scan"])]
    notes += [f"{len(rest)} lines of text that belong to no scan kept in raw_metadata"] if rest else []
    default = "spectrum" if quantity is None else "absorption"
    raw: dict[str, Any] = {"header": [sheet.names[place], x_words, y_words], "log": log}
    return data.build(
        name,
        x[way],
        y[way],
        flag=flag[way],
        notes=[*notes, *([] if axis.medium else [NO_MEDIUM])],
        quantity=quantity,
        medium=axis.medium or "air",
        source=origin | {"column": label},
        raw_metadata=raw | ({"rest": rest} if rest else {}),
        **({"kind": default} | attrs),
    )
