"""Lines of text -> one block of numbers, whatever the delimiter and the decimal sign.

Nothing is known here of spectra: a block is rows of numbers with the text above, below and beside them. The pair of
delimiter and decimal sign is the one under which the largest block parses. A comma is a delimiter or a decimal sign,
never something to strip: ``9,99`` is two numbers or 9.99, but not 999.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io.decoding import Path, Text, decode
from antistokes.io.runs import (
    KEPT_TEXTS,
    STARTS,
    Brief,
    Found,
    Run,
    best_dialect,
    brief_of,
    number,
    split_cells,
    width_of,
)
from antistokes.units import FloatArray

__all__ = ["MIN_ROWS", "Block", "Path", "Text", "decode", "find_block", "number", "split_cells"]

MIN_ROWS = 3
KEPT_CHARACTERS = 1_000_000  # of the text around the numbers; what is left out is noted
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


class Block(NamedTuple):
    """The largest block of numbers in a text.

    ``values`` has shape (rows, columns) with NaN where a cell is empty; ``columns`` are the places of the columns in
    the file (columns of text are left out); ``lines`` the line number of each row; ``header``, ``tail`` and ``aside``
    the text above, below and beside the numbers; ``notes`` what had to be guessed.
    """

    values: FloatArray
    columns: tuple[int, ...]
    lines: NDArray[np.signedinteger]
    header: list[str]
    tail: list[str]
    aside: list[str]
    delimiter: str
    notes: tuple[str, ...]


def find_block(path: Path, lines: Sequence[str]) -> Block:
    """Find the largest block of numbers with two columns or more.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    lines : sequence of str
        The text, line by line.

    Raises
    ------
    ReadError
        There is no such block, text stands among its numbers, or a number is beyond double precision.
    """
    found, delimiter, decimal = best_dialect(lines)
    main = found.main
    if len(main.lines) < MIN_ROWS:
        _refuse_one_column(path, lines, len(main.lines))
    values = _matrix(path, main)
    if np.isinf(values).any():
        row, column = (int(i[0]) for i in np.nonzero(np.isinf(values)))
        place = _place(lines, main.lines[0], main.lines[row], column, delimiter)
        raise ReadError(path, place, "a finite number", "one too large to hold")
    _refuse_if_torn(path, lines, found, values, delimiter)
    if len(main.lines) < MIN_ROWS:
        raise _no_block(path, lines, main)
    notes = list(_comma_notes(path, lines, main, delimiter) if decimal == "," else ())
    columns, aside = _set_text_aside(path, lines, main, values, delimiter)
    header = _said(lines, range(main.lines[0] - 2, -1, -1), "above", notes)[::-1]
    tail = _said(lines, range(main.lines[-1], len(lines)), "below", notes)
    if len(aside) > KEPT_TEXTS:
        notes.append(f"only the first {KEPT_TEXTS} cells of text beside the numbers are kept")
    kept = values[:, : len(columns)] if columns == list(range(len(columns))) else values[:, columns]
    lines_of_rows = np.frombuffer(main.lines, dtype=np.intc)
    return Block(kept, tuple(columns), lines_of_rows, header, tail, aside[:KEPT_TEXTS], delimiter, tuple(notes))


def _matrix(path: Path, run: Run) -> FloatArray:
    """Return the numbers of a run as rows and columns; short rows end with NaN."""
    flat, widths = np.frombuffer(run.values), np.frombuffer(run.widths, dtype=np.intc)
    if not len(widths):
        return np.empty((0, 0))
    count = int(widths.max())
    if np.all(widths == count):
        return flat.reshape(-1, count)
    if len(widths) * count > 4 * len(flat) + 4_000_000:  # a few long rows, and nearly all would be padding
        where = f"line {run.lines[int(np.argmax(widths))]}"
        raise ReadError(path, where, f"about {width_of(run)} numbers, as in the other rows", f"{count}")
    values = np.full((len(widths), count), math.nan)
    values[np.arange(count) < widths[:, np.newaxis]] = flat
    return values


def _set_text_aside(
    path: Path, lines: Sequence[str], run: Run, values: FloatArray, delimiter: str
) -> tuple[list[int], list[str]]:
    """Keep the columns of numbers; text beside them is set aside, text among them is an error."""
    count, width = values.shape[1], width_of(run)
    cut = width if any(column >= width for column in run.wordy) else count
    wordy = sorted(column for column in run.wordy if column < cut)
    for column in wordy:
        if np.isfinite(values[:, column]).any():
            line, cell = run.wordy[column]
            place = _place(lines, run.lines[0], line, column, delimiter)
            raise ReadError(path, place, "a number", _short(cell))
    aside = [f"line {line}, column {column + 1}: {cell}" for line, column, cell in sorted(run.texts)]
    if cut < count:
        rows, columns = (places[: KEPT_TEXTS + 1] for places in np.nonzero(np.isfinite(values[:, cut:])))
        beside = zip(rows, columns + cut, strict=True)
        aside += [f"line {run.lines[row]}, column {column + 1}: {values[row, column]:g}" for row, column in beside]
    kept = [column for column in range(cut) if column not in run.wordy]
    return kept, aside


def _refuse_if_torn(path: Path, lines: Sequence[str], found: Found, values: FloatArray, delimiter: str) -> None:
    """Raise if another run is a part of the first (its first column goes on there), or a table of its own."""
    main, width = found.main, width_of(found.main)
    others = [other for other in found.others if other.width == width]
    if len(values) < 2 or not others:
        return
    steps = np.diff(values[:, 0])
    way, step = float(np.sign(np.sum(steps))), float(np.median(np.abs(steps)))
    this = brief_of(main)
    for other in others:
        first, last = sorted((this, other), key=lambda brief: brief.lines)
        goes_on = 0 < (last.x[0] - first.x[1]) * way <= 20 * step
        if goes_on or other.rows >= max(MIN_ROWS, this.rows / 10):
            raise _torn(path, lines, first, last, delimiter)


def _torn(path: Path, lines: Sequence[str], first: Brief, last: Brief, delimiter: str) -> ReadError:
    at = next(n for n in range(first.lines[1] + 1, last.lines[0] + 1) if lines[n - 1].strip(" \t,;"))
    where, what = f"line {at}", lines[at - 1]
    texts = [(i, cell) for i, cell in enumerate(split_cells(what, delimiter)) if number(cell) is None]
    if texts and texts[0][0] > 0:
        where, what = _place(lines, first.lines[0], at, texts[0][0], delimiter), texts[0][1]
    spans = [f"{brief.lines[0]}-{brief.lines[1]}" for brief in (first, last)]
    found = f"{_short(what)} between the numbers of lines {spans[0]} and {spans[1]}"
    expected = f"{first.width} numbers"
    return ReadError(path, where, expected, found, "Mend or remove that line; keep one table in a file.")


def _refuse_one_column(path: Path, lines: Sequence[str], rows: int) -> None:
    cells = (line.strip(" \t,;") for line in lines if STARTS.match(line.lstrip(" \t,;")))
    if sum(any(number(cell, sign) is not None for sign in ".,") for cell in cells) >= max(MIN_ROWS, rows):
        expected = "a table of numbers with two columns or more"
        raise ReadError(path, "", expected, "one column only", "The first column must be the wavelength or energy.")


def _no_block(path: Path, lines: Sequence[str], main: Run) -> ReadError:
    expected = f"a table of numbers with two columns or more and at least {MIN_ROWS} rows"
    if main.lines:
        rows = len(main.lines)
        return ReadError(path, f"line {main.lines[0]}", expected, f"{rows} row{'s' * (rows > 1)}")
    said = next((n for n, text in enumerate(lines, 1) if text.strip()), 1)
    at = next((n for n, text in enumerate(lines, 1) if re.match(r"\s*[-+.]?[0-9]", text)), said)
    advice = "Columns are separated by comma, tab, semicolon or blanks; separators of thousands are not read."
    return ReadError(path, f"line {at}", expected, _short(lines[at - 1]), advice)


def _comma_notes(path: Path, lines: Sequence[str], run: Run, delimiter: str) -> tuple[str, ...]:
    """Refuse commas that can only separate thousands: each has three digits after it, and smaller numbers have none."""
    comma = plain = ""
    for n in run.lines:
        for cell in split_cells(lines[n - 1], delimiter)[1:]:
            if "," not in cell:
                plain = plain or cell
            elif _THOUSANDS.fullmatch(cell):
                comma = comma or cell
            else:
                return ()
    if comma and plain:
        advice = "Export it without separators of thousands."
        found = f"{comma!r} and {_short(plain)}, where the comma seems to separate thousands"
        raise ReadError(path, f"line {run.lines[0]}", "one form of numbers", found, advice)
    return (f"the comma in {comma!r} was read as the decimal sign",) if comma else ()


def _place(lines: Sequence[str], first: int, at: int, column: int, delimiter: str) -> str:
    """Return line and column of a cell, for a message; the column by its name where the line above has one."""
    above = next((lines[n] for n in range(first - 2, -1, -1) if lines[n].strip()), "")
    cells = split_cells(above, delimiter)
    name = _short(cells[column]) if 1 < len(cells) > column else str(column + 1)
    return f"line {at}, column {name}"


def _said(lines: Sequence[str], places: range, where: str, notes: list[str]) -> list[str]:
    """Return the lines that say something, nearest to the numbers first; a note tells if there are too many."""
    said: list[str] = []
    size = 0
    for n in places:
        if lines[n].strip(" \t,;"):
            said.append(lines[n])
            size += len(lines[n])
        if len(said) > KEPT_TEXTS or size > KEPT_CHARACTERS:
            notes.append(f"only the {len(said) - 1} lines of text next to the numbers are kept of those {where} them")
            return said[:-1]
    return said


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 60 else text[:57] + "...")
