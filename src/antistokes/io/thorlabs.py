"""Logs of the Thorlabs Optical Power Monitor: power over time, one column for each power meter."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import dates, instrument_table
from antistokes.io.head import Head
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import decode, number
from antistokes.units import FloatArray

_DELIMITER = re.compile(r"^Delimiter Used:.*'(.|\\t)'\s*$", re.MULTILINE)
_WATTS = {"W": 1.0, "mW": 1e-3, "uW": 1e-6, "µW": 1e-6, "μW": 1e-6, "nW": 1e-9, "kW": 1e3}
_INTERVAL_S = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0}
_OVER_RANGE = 9e36  # what meters answer for "over range" (9.9E37) and "no number" (9.91E37)


class _Columns(NamedTuple):
    """Where things stand in a row, which line names them, the order of the date where it is stated."""

    line: int
    names: tuple[str, ...]
    date: int
    time: int
    order: dates.Order | None
    values: tuple[int, ...]


class _Table(NamedTuple):
    """The rows of a log: seconds since the first, numbers of the samples, ``values`` of shape (columns, rows).

    ``first`` is the moment of the first row; ``notes`` say what of its date is in doubt.
    """

    first: datetime
    seconds: FloatArray
    samples: FloatArray
    values: FloatArray
    lines: array[int]
    notes: list[str]


def is_thorlabs(head: Head) -> bool:
    """Tell whether this is a log of the Optical Power Monitor, which says so in its first line."""
    return head.text.startswith("Optical Power Monitor") and "Delimiter Used" in head.text


def read_thorlabs(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read a log of the Optical Power Monitor.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last line that may be cut.

    Returns
    -------
    list of xarray.Dataset
        One for each power meter, kind "power_log", shape (time,) [s] from the first sample; quantity "power" where the
        column is in watts. ``wavelength_nm`` is what the meter was set to.

    Raises
    ------
    ReadError
        The header does not name the columns, a row does not fit them, or the times do not go on.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    lines, cut = instrument_table.whole_lines(path, raw, text.lines, strict)
    stated = _DELIMITER.search("\n".join(line[:200] for line in lines[:20]))
    delimiter = stated.group(1).replace("\\t", "\t") if stated else ","
    columns = _columns(path, lines, delimiter)
    table = _table(path, lines, delimiter, columns)
    header = lines[: columns.line]
    seconds, time_notes = _seconds(path, header, table, delimiter)
    guessed = [] if stated else ["the delimiter is not stated, read as a comma"]
    notes = [*text.notes, *guessed, *cut, *table.notes, *time_notes]
    meters, settings = _meters(lines, columns, delimiter), _said(header, "wavelength", delimiter)
    names = distinct([m or columns.names[i] for m, i in zip(meters, columns.values, strict=True)])
    about = source(path, raw, "thorlabs", encoding=text.encoding)
    out = []
    for i, place in enumerate(columns.values):
        factor = _WATTS.get(_unit(columns.names[place]))
        values, flag, left = _flagged(table.values[i])
        unknown = [] if factor else [f"the unit of {columns.names[place]!r} is not one of power"]
        setting = settings[i] if len(settings) == len(names) else "".join(settings[:1])
        out.append(
            data.build(
                "time",
                seconds,
                values * (factor or 1.0),
                kind="power_log",
                quantity="power" if factor else None,
                flag=flag,
                notes=[*notes, *unknown, *left],
                acquired_at=None if table.notes else dates.text_of(table.first),
                instrument=meters[i] or None,
                wavelength_nm=_nanometres(setting),
                source={**about, "column": names[i]},
                raw_metadata=[line for line in lines[: columns.line + 1] if line.strip(f"{delimiter} ")],
            )
        )
    return out


def _columns(path: str | os.PathLike[str], lines: Sequence[str], delimiter: str) -> _Columns:
    """Find the line that names the columns: sample number, date, time of day, values."""
    for n, line in enumerate(lines[:200]):
        names = tuple(cell.strip() for cell in line.split(delimiter))
        low = [name.lower() for name in names]
        date = next((i for i, name in enumerate(low) if name.startswith("date")), None)
        time = next((i for i, name in enumerate(low) if name.startswith("time")), None)
        if not low[0].startswith("sample") or date is None or time is None:
            continue
        values = tuple(i for i, name in enumerate(names) if i > max(date, time) and name)
        if not values:
            raise ReadError(path, f"line {n + 1}", "a column of values beside date and time", "none")
        return _Columns(n, names, date, time, dates.order_of(_unit(names[date])), values)
    found = f"none between {delimiter!r}"
    raise ReadError(path, "", "a line of names 'Samples, Date, Time of day, Power (W)'", found)


def _table(path: str | os.PathLike[str], lines: Sequence[str], delimiter: str, columns: _Columns) -> _Table:
    """Read the rows; the days are parsed once each."""
    order, notes = _order(path, lines, delimiter, columns)
    days: dict[str, datetime | None] = {}
    first: datetime | None = None
    seconds, samples, values, places = array("d"), array("d"), array("d"), array("q")
    for n, cells in _rows(path, lines, delimiter, columns):
        date = cells[columns.date]
        if date not in days:
            days[date] = dates.moment(date, order)
        day, clock = days[date], dates.clock(cells[columns.time])
        if day is None or clock is None:
            found = repr(f"{date} {cells[columns.time]}"[:60])
            raise ReadError(path, f"line {n + 1}", f"{columns.names[columns.date]} and a time of day", found)
        first = first or day + clock
        values.extend(_number(path, n, cells[i], columns.names[i], delimiter) for i in columns.values)
        seconds.append((day + clock - first).total_seconds())
        samples.append(_number(path, n, cells[0], columns.names[0], delimiter))
        places.append(n + 1)
    if first is None:
        raise ReadError(path, f"line {len(lines)}", "rows of measured values", "none")
    matrix = np.frombuffer(values).reshape(len(places), -1).T
    return _Table(first, np.frombuffer(seconds), np.frombuffer(samples), matrix, places, notes)


def _rows(
    path: str | os.PathLike[str], lines: Sequence[str], delimiter: str, columns: _Columns
) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line below the names that says something."""
    for n, line in enumerate(islice(lines, columns.line + 1, None), columns.line + 1):
        cells = [cell.strip() for cell in line.split(delimiter)]
        if not any(cells):
            continue
        if len(cells) <= columns.values[-1] or any(cells[len(columns.names) :]):
            found = f"{len(cells)}"
            raise ReadError(path, f"line {n + 1}", f"{columns.values[-1] + 1} cells as named in the header", found)
        yield n, cells


def _order(
    path: str | os.PathLike[str], lines: Sequence[str], delimiter: str, columns: _Columns
) -> tuple[dates.Order | None, list[str]]:
    """Return the order of the dates: as stated, or as the dates tell; within one day it does not matter."""
    if columns.order:
        return columns.order, []
    found = dict.fromkeys(cells[columns.date] for _, cells in _rows(path, lines, delimiter, columns))
    told = dates.order_among(found)
    if told or not found:
        return told, []
    if len(found) > 1:
        expected, advice = "dates whose order is stated", "Write 'Date (MM/dd/yyyy)' or 'Date (dd/MM/yyyy)' there."
        raise ReadError(path, f"line {columns.line + 1}", expected, f"{len(found)} days such as {min(found)!r}", advice)
    return dates.MONTH_FIRST, dates.doubt(min(found))


def _number(path: str | os.PathLike[str], at: int, cell: str, name: str, delimiter: str) -> float:
    value = number(cell)
    if value is None and delimiter != ",":
        value = number(cell, ",")
    if value is None:
        raise ReadError(path, f"line {at + 1}, column {name!r}", "a number", repr(cell[:60]))
    return value


def _seconds(
    path: str | os.PathLike[str], header: Sequence[str], table: _Table, delimiter: str
) -> tuple[FloatArray, list[str]]:
    """Return the time of each sample from the first [s]; where the clock stood or was set back, from the interval."""
    seconds, samples = table.seconds, table.samples
    gaps = int(np.sum(np.diff(samples) > 1))
    notes = [f"the sample numbers have {gaps} gap{'s' * (gaps > 1)}"] if gaps else []
    wrong = np.flatnonzero(np.diff(seconds) <= 0)
    if not len(wrong):
        return seconds, notes
    stated = re.match(r"([0-9.]+)\s*(ms|s|min|h)\b", "".join(_said(header, "sample interval", delimiter)[:1]))
    interval = float(stated.group(1)) * _INTERVAL_S[stated.group(2)] if stated else 0.0
    if interval <= 0 or not np.isfinite(samples).all() or np.any(np.diff(samples) <= 0):
        at = int(wrong[0]) + 1
        this, before = (dates.text_of(table.first + timedelta(seconds=seconds[i])) for i in (at, at - 1))
        found = f"{this} after {before}"
        raise ReadError(path, f"line {table.lines[at]}", "a time after the one before", found)
    said = f"{len(wrong)} times repeat or run back, the time is the sample number times the interval of {interval:g} s"
    return (samples - samples[0]) * interval, [*notes, said]


def _flagged(values: FloatArray) -> tuple[FloatArray, NDArray[np.uint8], list[str]]:
    """Return the values with NaN where the meter gave none, their flags, and a note on them."""
    over = np.abs(values) > _OVER_RANGE
    values, flag, notes = instrument_table.missing_flag(np.where(over, np.nan, values))
    flag[over] |= data.FLAGS["saturated"]
    said = [f"{int(over.sum())} of them beyond the range of the meter, flagged saturated"] if over.any() else []
    return values, flag, [*notes, *said]


def _meters(lines: Sequence[str], columns: _Columns, delimiter: str) -> list[str]:
    """Return the name of the meter above each column of values."""
    cells = [cell.strip() for cell in lines[columns.line - 1].split(delimiter)] if columns.line else []
    return [cells[i] if i < len(cells) else "" for i in columns.values]


def _said(header: Sequence[str], name: str, delimiter: str) -> list[str]:
    """Return what the header says behind a name."""
    for line in header:
        if line.lower().startswith(name):
            return [cell.strip() for cell in line.split(delimiter)[1:] if cell.strip()]
    return []


def _unit(name: str) -> str:
    found = re.search(r"\(([^)]*)\)\s*$", name[-200:])
    return found.group(1).strip() if found else ""


def _nanometres(text: str) -> float | None:
    found = re.match(r"([0-9]+(?:[.,][0-9]+)?)\s*nm\b", text)
    return instrument_table.positive(float(found.group(1).replace(",", "."))) if found else None
