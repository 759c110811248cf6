"""Tables of text -> measurements: any csv with an axis of light or power; our own csv is handed on to ``own_csv``.

The first column that names a wavelength or an energy is the axis of the columns after it; every further column is a
measurement, or the standard uncertainty of the one before it. What had to be guessed is in ``notes``.
"""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io import axes, headers, hints
from antistokes.io.headers import Column
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.own_csv import OWN, read_own
from antistokes.io.rates import rate_of
from antistokes.io.source import source
from antistokes.io.stated_power import EXPECTED, names_power, read_power
from antistokes.io.text import MIN_ROWS, Block, decode, find_block
from antistokes.units import FloatArray

LIKELY_NM, LIKELY_EV = (150.0, 20000.0), (0.05, 10.0)
_SCANS_EXCITATION = re.compile(r"\bexc(?:itation|\.)?\b", re.IGNORECASE)  # an axis of this name is that of a PLE
_DARK = "Leave the dark out, and give it to ans.power_law as background."
_REPEATS = "Give the columns as arrays, ans.power_law(power, counts), which may hold a power more than once."
MOST_COLUMNS = 5000  # each becomes a measurement
MOST_LEFT_OUT = 20  # columns that are named in the notes


class _Spectrum(NamedTuple):
    """Which columns of the block make one measurement, by their index there."""

    x: int
    y: int
    sd: int | None
    how: headers.Uncertainty = headers.Uncertainty()


class _Axis(NamedTuple):
    """An axis, and the order that makes it ascend; spectra share it."""

    name: str
    x: FloatArray
    medium: str | None
    notes: list[str]
    order: slice | NDArray[np.intp]


class _File(NamedTuple):
    """A file in hand: where it is, how it was read, and what it holds; ``raw_metadata`` is JSON text."""

    path: str
    source: dict[str, str]
    notes: tuple[str, ...]
    leftover_notes: tuple[str, ...]
    raw_metadata: str | None
    block: Block
    columns: list[Column]
    strict: bool

    def line(self, row: int, column: int | None = None) -> str:
        """Return the place of a cell, for a message."""
        name = "" if column is None else f", column {self.columns[column].name!r}"
        return f"line {self.block.lines[row]}{name}"


def read_table(
    path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **said: Any
) -> list[xr.Dataset]:
    """Read every measurement in a table of text.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str, optional
        What was measured, where the quantity does not tell; one of ``data.KINDS``.
    strict : bool
        Make an error of everything that would be left out with a note: text beside or below the numbers, empty cells
        at the ends of a column.
    **said
        What the caller knows; see :func:`antistokes.io.read`.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values, in the order of the file.

    Raises
    ------
    ReadError
        The file is no such table; the message says where, what was expected and what was found.
    """
    known = hints.checked(kind, said)
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    if text.lines[0].startswith(OWN):
        return [hints.apply(read_own(path, text.lines, strict), _without_columns(path, known))]
    origin = source(path, raw, "table", encoding=text.encoding)
    del raw  # text of UTF-16 was put into other bytes
    block = find_block(path, text.lines)
    guessed = (*text.notes, *block.notes)
    del text  # a large file may go before the measurements come
    return measurements(path, block, origin, guessed, known, strict)


def measurements(
    path: str | os.PathLike[str],
    block: Block,
    origin: dict[str, str],
    guessed: Sequence[str] = (),
    known: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> list[xr.Dataset]:
    """Make every measurement in a block of numbers, whatever file it stood in.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    block : Block
        What ``find_block`` found in it.
    origin : dict
        What ``source`` says of the file.
    guessed : sequence of str
        What had to be guessed so far.
    known : mapping, optional
        Checked hints of the caller.
    strict : bool
        Make an error of everything that would be left out with a note.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values, in the order of the file.

    Raises
    ------
    ReadError
        The columns are no spectra.
    """
    known = dict(known or {})
    file = _file(path, origin, tuple(guessed), block, strict)
    _refuse_leftovers(file)
    layout, left = _layout(file, known.get("x"), known.get("y"))
    axes: dict[tuple[int, int, int], _Axis] = {}
    return [_measurement(file, spectrum, known, left, axes, len(layout) == 1) for spectrum in layout]


def _file(
    path: str | os.PathLike[str], origin: dict[str, str], guessed: tuple[str, ...], block: Block, strict: bool
) -> _File:
    """Name the columns of a block and say what holds for all of them."""
    if len(block.columns) > MOST_COLUMNS:
        where, found = f"line {block.lines[0]}", f"{len(block.columns)}"
        raise ReadError(path, where, f"at most {MOST_COLUMNS} columns of numbers", found, "Is it an image?")
    whole = block.delimiter == "," and _whole(block.values)
    names = headers.count_names(block)
    if whole:
        _refuse_loose_commas(path, block, names)
    said = [*block.header, *block.aside, *block.tail]
    return _File(
        os.fspath(path),
        origin,
        guessed,
        tuple(_leftover_notes(block, whole and not names)),
        json.dumps(said) if said else None,
        block,
        headers.name_columns(block),
        strict,
    )


def _without_columns(path: str | os.PathLike[str], known: dict[str, Any]) -> dict[str, Any]:
    for name in hints.COLUMNS:
        if name in known:
            raise ReadError(
                path, "", "no choice of columns", f"{name}={known[name]!r}", "The file holds one measurement."
            )
    return known


def _refuse_loose_commas(path: str | os.PathLike[str], block: Block, names: int) -> None:
    """Refuse a table cut by decimal commas: whole numbers only, and more columns than names."""
    width = block.columns[-1] + 1
    if 0 < names < width:
        raise ReadError(
            path,
            f"line {block.lines[0]}",
            f"{names} numbers, as the header has names",
            f"{width} whole numbers",
            "If the comma is the decimal sign, save it with tabs or semicolons between the columns.",
        )


def _refuse_leftovers(file: _File) -> None:
    if file.strict and (file.block.tail or file.block.aside):
        what = file.block.tail[0].strip() if file.block.tail else file.block.aside[0]
        where = f"below line {file.block.lines[-1]}" if file.block.tail else "beside the numbers"
        raise ReadError(
            file.path, where, "nothing but numbers", repr(what[:60]), "Read it without strict to keep it as a note."
        )


def _layout(file: _File, x: str | None, y: str | None) -> tuple[list[_Spectrum], list[str]]:
    """Say which columns are axes, values and uncertainties; with notes on what is left out."""
    axes = [_find(file, x)] if x is not None else _axes(file)
    spectra: list[_Spectrum] = []
    left: list[str] = []
    for i, column in enumerate(file.columns):
        after = bisect_left(axes, i)
        if axes[after : after + 1] == [i]:
            continue
        axis = axes[max(after - 1, 0)]
        if not np.isfinite(file.block.values[:, i]).any():
            left += [f"column {column.name!r} holds no numbers, left out"] if column.words else []
        elif _is_other_axis(column) or (i < axes[0] and headers.is_index(column.words)):
            left.append(f"column {column.name!r} is not a measurement, left out")
        elif spectra and spectra[-1][:2] == (axis, i - 1) and (how := _how_sd(file, i)):
            if how.odd:
                left.append(f"column {column.name!r} left out: an uncertainty, but {how.odd}")
            else:
                spectra[-1] = spectra[-1]._replace(sd=i, how=how)
        else:
            spectra.append(_Spectrum(axis, i, None))
    if not spectra:
        raise ReadError(file.path, "", "a column of values beside the axis", "none")
    if len(left) > MOST_LEFT_OUT:
        left[MOST_LEFT_OUT:] = [f"{len(left) - MOST_LEFT_OUT} more columns left out"]
    return (spectra if y is None else [spectra[_find(file, y, [s.y for s in spectra])]]), left


def _how_sd(file: _File, i: int) -> headers.Uncertainty | None:
    """Return how a column gives the uncertainty of the one before it, if it does."""
    column, value = file.columns[i], file.columns[i - 1]
    how = headers.read_sd(column.name, column.words, value.name, value.words)
    if how and how.odd and file.strict:
        expected = "an uncertainty in the unit of its value, or in percent"
        raise ReadError(file.path, f"column {column.name!r}", expected, f"{column.words!r}: {how.odd}")
    return how


def _axes(file: _File) -> list[int]:
    """Return the columns that are axes; of two side by side only the first, of none at all the first column."""
    found = [i for i, column in enumerate(file.columns) if _is_other_axis(column)]
    beside = {i + 1 for i in found}
    return [i for i in found if i not in beside and i + 1 < len(file.columns)] or [0]


def _is_other_axis(column: Column) -> bool:
    return headers.read_axis(column.words, sure=True).axis is not None and headers.read_quantity(
        column.words
    ) == headers.Quantity(None)


def _find(file: _File, name: str, among: Sequence[int] | None = None) -> int:
    """Return the position in ``among`` (default: all columns) of the column a caller names."""
    places = list(range(len(file.columns))) if among is None else list(among)
    names = [file.columns[i].name for i in places]
    wanted = name.strip()
    exact = [i for i, n in enumerate(names) if n == wanted]
    alike = exact or [i for i, n in enumerate(names) if n.casefold() == wanted.casefold()]
    if len(alike) != 1:
        listed = ", ".join(map(repr, names[:50])) + (" ..." if len(names) > 50 else "")
        raise ReadError(
            file.path, "", f"a column named {wanted!r}", f"the columns {listed}{hints.nearest(wanted, names)}"
        )
    return alike[0]


def _measurement(
    file: _File,
    spectrum: _Spectrum,
    known: dict[str, Any],
    left: Sequence[str],
    axes: dict[tuple[int, int, int], _Axis],
    alone: bool,
) -> xr.Dataset:
    """Make a measurement of a column; one of many is a view of the block, so that memory holds the numbers once."""
    name = file.columns[spectrum.y].name
    rows, trimmed = _filled(file, spectrum)
    place = (spectrum.x, rows.start, rows.stop)
    axis = axes[place] = axes.get(place) or _axis(file, spectrum.x, rows, "x" in known, known.get("kind"))
    stated = headers.read_quantity(file.columns[spectrum.y].words)
    if "quantity" not in known:
        stated = _doubted(stated, name, file.block.values[rows, spectrum.y])
    quantity = known.get("quantity", stated.quantity)
    factor = stated.factor if quantity == stated.quantity else 1.0
    notes = [*file.notes, *left, *axis.notes, *trimmed, *(stated.notes if quantity == stated.quantity else ())]
    if stated.quantity not in (None, quantity):
        notes.append(f"quantity {quantity} as the caller says, the header says {stated.quantity}")
    spectral = axis.name in data.SPECTRAL
    kind = _kind(quantity, known.get("kind"), file.columns[spectrum.x].words, notes) if spectral else "power_series"
    medium = known.get("medium", axis.medium or ("air" if spectral else None))
    notes += [NO_MEDIUM] if spectral and not (axis.medium or "medium" in known) else []
    signal = file.block.values[rows, spectrum.y][axis.order]
    sd = None if spectrum.sd is None else _sd(file, spectrum.sd, rows)[axis.order]
    notes += spectrum.how.notes
    with np.errstate(over="ignore"):  # what is too large then is refused by build
        signal = signal if factor == 1 else signal * factor
        scale = spectrum.how.factor * (np.abs(signal) if spectrum.how.relative else abs(factor))
        sd = sd if sd is None or (not spectrum.how.relative and scale == 1) else sd * scale
    try:
        return data.build(
            axis.name,
            axis.x,
            np.ascontiguousarray(signal) if alone else signal,
            kind=kind,
            signal_sd=sd,
            notes=[*notes, *file.leftover_notes],
            quantity=quantity,
            medium=medium,
            rate=rate_of(file.columns[spectrum.y].words) if quantity else None,
            **{key: known.get(key) for key in hints.NUMBERS},
            source={**file.source, "column": name},
            raw_metadata=file.raw_metadata,
        )
    except DataError as error:
        raise ReadError(file.path, f"column {name!r}", "a spectrum", str(error).rstrip(".")) from error


def _kind(quantity: str | None, said: str | None, axis_words: str, notes: list[str]) -> str:
    """Return what was measured: what the caller says, else what the axis and the quantity tell; a quarrel is noted."""
    told = hints.kind_of(quantity, said)
    if said in (None, *hints.BY_QUANTITY):
        if said not in (None, "spectrum", told):
            notes.append(f"kind {told}, for its quantity is {quantity}; the caller says {said}")
        scanned = told == "emission" or (told == "spectrum" and said is None)
        return "ple" if scanned and _SCANS_EXCITATION.search(axis_words) else told
    if told != said and quantity is not None:
        notes.append(f"kind {said} as the caller says; its quantity, {quantity}, tells {told}")
    return str(said)


def _doubted(stated: headers.Quantity, name: str, values: FloatArray) -> headers.Quantity:
    """Return no quantity, with a note that asks, where half of a transmittance or absorptance is far beyond 1."""
    if stated.quantity not in ("transmittance", "absorptance"):
        return stated
    middle = float(np.median(values))
    if middle * stated.factor <= 2:
        return stated
    note = f"column {name!r} is said to be {stated.quantity}, but half of it is above {middle:.3g}: quantity left out"
    return headers.Quantity(None, 1.0, (note + ("; is it in percent?" if stated.factor == 1 else ""),))


def _filled(file: _File, spectrum: _Spectrum) -> tuple[slice, list[str]]:
    """Return the rows that a column fills; empty cells at its ends are noted, others are an error."""
    values = file.block.values
    filled = np.isfinite(values[:, spectrum.y])
    count = int(np.count_nonzero(filled))
    name = file.columns[spectrum.y].name
    if count < MIN_ROWS:
        raise ReadError(file.path, f"column {name!r}", f"at least {MIN_ROWS} values", f"{count}")
    rows = slice(int(np.argmax(filled)), len(filled) - int(np.argmax(filled[::-1])))
    for column in (spectrum.y, spectrum.x, spectrum.sd):
        if column is None:
            continue
        gaps = np.flatnonzero(np.isnan(values[rows, column]))
        if len(gaps):
            where = file.line(rows.start + int(gaps[0]), column)
            raise ReadError(
                file.path, where, "a number", "an empty cell or NaN", "Only the ends of a column may be empty."
            )
    empty = ~filled & np.isfinite(values[:, spectrum.x])
    ends = [(int(empty[: rows.start].sum()), "start"), (int(empty[rows.stop :].sum()), "end")]
    notes = [f"column {name!r}: {n} empty cell{'s' * (n > 1)} at the {end} left out" for n, end in ends if n]
    if notes and file.strict:
        raise ReadError(file.path, f"column {name!r}", "no empty cell", notes[0].split(": ")[1])
    return rows, notes


def _axis(file: _File, column: int, rows: slice, chosen: bool, kind: str | None) -> _Axis:
    """Return the axis [nm, eV; of a power series W, W/cm^2], ascending, with notes on what was guessed."""
    x = file.block.values[rows, column]  # no copy: the index of the measurement will be one
    name, factor, medium, notes = _power(file, column, kind) or _meaning(file, column, x, chosen)
    with np.errstate(over="ignore"):
        x = x if factor == 1 else x * factor if factor > 1 else x / (1 / factor)
    is_power = name in ("power", "irradiance")
    _check_axis(file, column, x, rows, is_power)
    order: slice | NDArray[np.intp] = slice(None, None, -1 if x[0] > x[-1] else None)
    if is_power and not np.all(x[order][1:] > x[order][:-1]):
        order, notes = np.argsort(x), [*notes, "the points were not in order of power, sorted"]
    return _Axis(name, x[order], medium, notes, order)


def _power(file: _File, column: int, kind: str | None) -> tuple[str, float, str | None, list[str]] | None:
    """Return the meaning of an axis of power; None for another axis, an error where it is said to be one."""
    words, asked = file.columns[column].words, kind == "power_series"
    found = None if headers.read_axis(words).axis else read_power(words, sure=not asked)
    if found is None and (asked or (names_power(words) and headers.is_not_spectral(words))):
        advice = "State it in the header, such as 'power [mW]', and name the column with x=... if it is not the first."
        raise ReadError(file.path, f"column {file.columns[column].name!r}", EXPECTED, repr(words[:60]), advice)
    if found is None:
        return None
    notes = [] if found.factor == 1 else [f"axis converted from {found.unit} to {data.AXES[found.axis][0]}"]
    return found.axis, found.factor, None, notes


def _meaning(file: _File, column: int, x: FloatArray, chosen: bool) -> tuple[str, float, str | None, list[str]]:
    """Return name, factor to nm or eV and medium of the axis, with notes."""
    words, name = file.columns[column].words, file.columns[column].name
    said = headers.read_axis(words)
    if said.axis is None:
        if not chosen and headers.is_not_spectral(words):
            raise ReadError(
                file.path, f"column {name!r}", "a wavelength or an energy", "another axis", "Name it with x=..."
            )
        low, high = LIKELY_NM if chosen else axes.UNNAMED_NM
        if not _within(x, (low, high)):
            advice = "Name the axis and its unit in the header, such as 'wavelength [nm]' or 'energy [eV]'"
            more = "." if chosen else ", or say with x=... that this column is the wavelength in nm; is it cm^-1?"
            found = f"{x.min():g} to {x.max():g} and no name of the axis"
            expected = f"wavelengths of {low:g} to {high:g} nm"
            raise ReadError(file.path, f"column {name!r}", expected, found, advice + more)
        return "wavelength", 1.0, said.medium, [f"axis not named, column {name!r} read as wavelength in nm"]
    if said.unit is None:
        unit, likely = ("nm", LIKELY_NM) if said.axis == "wavelength" else ("eV", LIKELY_EV)
        if not _within(x, likely):
            expected, found = f"{said.axis} in {unit} or a stated unit", f"{x.min():g} to {x.max():g} and no unit"
            raise ReadError(file.path, f"column {name!r}", expected, found)
        return said.axis, 1.0, said.medium, [f"unit of column {name!r} not stated, read as {unit}"]
    notes = [] if said.unit in ("nm", "eV") else [f"axis converted from {said.unit} to {data.AXES[said.axis][0]}"]
    return said.axis, said.factor, said.medium, notes


def _check_axis(file: _File, column: int, x: FloatArray, rows: slice, is_power: bool) -> None:
    """Raise unless the axis is positive and runs one way without repeats; powers may come in any order."""
    start = rows.start
    if x.min() <= 0 or not np.isfinite(x).all():
        row = int(np.argmax((x <= 0) | ~np.isfinite(x)))
        raise ReadError(
            file.path, file.line(start + row, column), "a positive number", f"{x[row]:g}", _DARK if is_power else ""
        )
    if np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1]):
        return
    order = np.argsort(x, kind="stable")
    same = np.flatnonzero(np.diff(x[order]) == 0)
    if len(same):
        first, second = sorted((int(order[same[0]]), int(order[same[0] + 1])))
        found = f"{x[second]:.10g}, which stands in line {file.block.lines[start + first]} too"
        advice = _REPEATS if is_power else ""
        raise ReadError(file.path, file.line(start + second, column), "every position once", found, advice)
    if is_power:
        return
    signs: NDArray[np.float64] = np.sign(np.diff(x))
    way = 1.0 if signs.sum() >= 0 else -1.0
    row = int(np.argmax(signs != way)) + 1
    found = f"{x[row]:.10g} after {x[row - 1]:.10g}"
    raise ReadError(file.path, file.line(start + row, column), "an axis that ascends or descends throughout", found)


def _sd(file: _File, column: int, rows: slice) -> FloatArray:
    sd = file.block.values[rows, column]
    if sd.min() < 0:
        row = int(np.argmax(sd < 0))
        raise ReadError(file.path, file.line(rows.start + row, column), "an uncertainty, not negative", f"{sd[row]:g}")
    return sd


def _leftover_notes(block: Block, loose: bool) -> list[str]:
    kept = (("line", len(block.tail), "below"), ("cell", len(block.aside), "beside"))
    notes = [
        f"{n} {what}{'s' * (n > 1)} of text {where} the numbers kept in raw_metadata" for what, n, where in kept if n
    ]
    if loose and block.values.shape[1] > 2:
        notes.append("every number is whole: the comma was read as the delimiter, not as a decimal sign")
    return notes


def _whole(values: FloatArray) -> bool:
    """Tell whether every number is whole, looking at some rows at a time."""
    parts = (values[at : at + 10_000] for at in range(0, len(values), 10_000))
    return all(bool(np.all(np.isnan(part) | (part == np.round(part)))) for part in parts)


def _within(x: FloatArray, limits: tuple[float, float]) -> bool:
    return bool(limits[0] <= x.min() and x.max() <= limits[1])
