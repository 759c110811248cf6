"""Lines of text -> one block of numbers, whatever the delimiter and the decimal sign.

Nothing is known here of spectra: a block is rows of numbers with the text above, below and beside them. The pair of
delimiter and decimal sign is the one under which the largest block parses. A comma is a delimiter or a decimal sign,
never something to strip: ``9,99`` is two numbers or 9.99, but not 999.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io.cells import STARTS, number, padded, split_cells
from antistokes.io.decoding import Path, Text, decode
from antistokes.io.runs import KEPT_TEXTS, Brief, Found, Run, best_dialect, lines_of, width_of, widths_of
from antistokes.units import FloatArray

__all__ = ["MIN_ROWS", "Block", "Path", "Text", "decode", "find_block", "number", "split_cells"]

MIN_ROWS = 3
KEPT_CHARACTERS = 1_000_000  # of the text around the numbers; what is left out is noted
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_DOTTED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_AT_THE_ENDS = "Leave the cell empty at the ends of the column, or export it as a number."
_NO_THOUSANDS = "Export it without separators of thousands."


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
    if main.rows < MIN_ROWS:
        _refuse_broken_row(path, lines, main, delimiter, decimal)
        _refuse_one_column(path, lines, main.rows)
    values = _matrix(path, main)
    if np.isinf(values).any():
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(np.isinf(values))), values.shape))
        place = _place(lines, main.first, int(lines_of(main)[row]), column, delimiter)
        raise ReadError(path, place, "a finite number", "one too large to hold")
    _refuse_if_torn(path, lines, found, values, delimiter)
    _refuse_broken_ends(path, lines, main, values[:, :1], (delimiter, decimal))
    if main.rows < MIN_ROWS:
        raise _no_block(path, lines, main)
    notes = list(_comma_notes(path, lines, main, delimiter) if decimal == "," else ())
    notes += _dot_notes(path, lines, main, values, delimiter) if decimal == "." and delimiter != "," else ()
    columns, aside = _set_text_aside(path, lines, main, values, delimiter)
    header = _said(lines, range(main.first - 2, -1, -1), "above", notes)[::-1]
    tail = _said(lines, range(main.last, len(lines)), "below", notes)
    if len(aside) > KEPT_TEXTS:
        notes.append(f"only the first {KEPT_TEXTS} cells of text beside the numbers are kept")
    for n, column in enumerate(columns):  # moved within the block: a second one would take as much room again
        if n != column:
            values[:, n] = values[:, column]
    kept = values[:, : len(columns)]
    return Block(kept, tuple(columns), lines_of(main), header, tail, aside[:KEPT_TEXTS], delimiter, tuple(notes))


def _matrix(path: Path, run: Run) -> FloatArray:
    """Return the numbers of a run as rows and columns; short rows end with NaN."""
    if not run.rows:
        return np.empty((0, 0))
    count = max(run.stretches[2::3])
    if run.rows * count > 4 * len(run.values) + 4_000_000:  # a few long rows, and nearly all would be padding
        where = f"line {lines_of(run)[int(np.argmax(widths_of(run)))]}"
        raise ReadError(path, where, f"about {width_of(run)} numbers, as in the other rows", f"{count}")
    values, run.values = padded(run.values, widths_of(run)), array("d")
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
            place = _place(lines, run.first, line, column, delimiter)
            raise ReadError(path, place, "a number", _short(cell))
    run.texts.sort()
    aside = [f"line {line}, column {column + 1}: {cell}" for line, column, cell in run.texts]
    if cut < count:
        line_of = lines_of(run)
        rows, columns = (places[: KEPT_TEXTS + 1] for places in np.nonzero(np.isfinite(values[:, cut:])))
        beside = zip(rows, columns + cut, strict=True)
        aside += [f"line {line_of[row]}, column {column + 1}: {values[row, column]:g}" for row, column in beside]
    kept = [column for column in range(cut) if column not in run.wordy]
    return kept, aside


def _refuse_if_torn(path: Path, lines: Sequence[str], found: Found, values: FloatArray, delimiter: str) -> None:
    """Raise if another run is a part of the first (its first column goes on there), or a table of its own."""
    main, width = found.main, width_of(found.main)
    others = [other for other in found.others if other.width == width]
    if len(values) < 2 or not others:
        return
    way, step = float(np.sign(values[-1, 0] - values[0, 0])), _usual_step(values[:, 0])
    this = Brief(main.rows, width, (main.first, main.last), (float(values[0, 0]), float(values[-1, 0])))
    for other in others:
        first, last = sorted((this, other), key=lambda brief: brief.lines)
        goes_on = 0 < (last.x[0] - first.x[1]) * way <= 20 * step
        if goes_on or other.rows >= max(MIN_ROWS, this.rows / 10):
            raise _torn(path, lines, first, last, delimiter)


def _usual_step(x: FloatArray) -> float:
    steps = np.diff(x)
    return float(np.median(np.abs(steps, out=steps), overwrite_input=True))


def _torn(path: Path, lines: Sequence[str], first: Brief, last: Brief, delimiter: str) -> ReadError:
    at = next(n for n in range(first.lines[1] + 1, last.lines[0] + 1) if lines[n - 1].strip(" \t,;"))
    where, what = f"line {at}", lines[at - 1]
    texts = [(i, cell) for i, cell in enumerate(split_cells(what, delimiter)) if number(cell) is None]
    advice = "Mend or remove that line; keep one table in a file."
    if texts and texts[0][0] > 0:
        where, what = _place(lines, first.lines[0], at, texts[0][0], delimiter), texts[0][1]
        advice = _advice(what)
    spans = [f"{brief.lines[0]}-{brief.lines[1]}" for brief in (first, last)]
    found = f"{_short(what)} between the numbers of lines {spans[0]} and {spans[1]}"
    expected = f"{first.width} numbers"
    return ReadError(path, where, expected, found, advice)


def _advice(cell: str) -> str:
    return _NO_THOUSANDS if _THOUSANDS.fullmatch(cell) else _AT_THE_ENDS


def _refuse_broken_ends(path: Path, lines: Sequence[str], run: Run, axis: FloatArray, dialect: tuple[str, str]) -> None:
    """Raise if the line right above or below the numbers begins with a number that continues the axis."""
    if run.rows < 2:
        return
    way = float(np.sign(axis[-1, 0] - axis[0, 0]))
    for at, end, sign in ((run.first - 1, axis[0, 0], -way), (run.last + 1, axis[-1, 0], way)):
        line = lines[at - 1] if 1 <= at <= len(lines) else ""
        if not STARTS.match(line):
            continue
        cells = split_cells(line, dialect[0])
        first = number(cells[0], dialect[1]) if cells else None
        if first is None or not 0 < (first - float(end)) * sign <= 20 * _usual_step(axis[:, 0]):
            continue
        text = next((i for i, cell in enumerate(cells) if number(cell, dialect[1]) is None), 0)
        if text in run.wordy:  # an empty cell, and a remark in a column of such
            continue
        if text:
            place = _place(lines, _top(lines, min(at, run.first)), at, text, dialect[0])
            raise ReadError(path, place, "a number", _short(cells[text]), _advice(cells[text]))
        if at > run.last:
            expected = f"{width_of(run)} numbers, as in the rows above"
            raise ReadError(path, f"line {at}", expected, _short(line), "Mend or remove that line.")


def _refuse_broken_row(path: Path, lines: Sequence[str], run: Run, delimiter: str, decimal: str) -> None:
    """Raise where a short table has a row with text in place of all its values."""
    if not run.rows:
        return
    for n, line in enumerate(lines, 1):
        cells = split_cells(line, delimiter) if STARTS.match(line) else []
        parsed = [number(cell, decimal) for cell in cells]
        if len(cells) >= 2 and parsed[0] is not None and parsed[1:] == [None] * (len(cells) - 1):
            place = _place(lines, _top(lines, n), n, 1, delimiter)
            raise ReadError(path, place, "a number", _short(cells[1]), _advice(cells[1]))


def _refuse_one_column(path: Path, lines: Sequence[str], rows: int) -> None:
    cells = (line.strip(" \t,;") for line in lines if STARTS.match(line.lstrip(" \t,;")))
    if sum(any(number(cell, sign) is not None for sign in ".,") for cell in cells) >= max(MIN_ROWS, rows):
        expected = "a table of numbers with two columns or more"
        raise ReadError(path, "", expected, "one column only", "The first column must be the wavelength or energy.")


def _no_block(path: Path, lines: Sequence[str], main: Run) -> ReadError:
    expected = f"a table of numbers with two columns or more and at least {MIN_ROWS} rows"
    if main.rows:
        return ReadError(path, f"line {main.first}", expected, f"{main.rows} row{'s' * (main.rows > 1)}")
    said = next((n for n, text in enumerate(lines, 1) if text.strip()), 1)
    at = next((n for n, text in enumerate(lines, 1) if re.match(r"\s*[-+.]?[0-9]", text)), said)
    advice = "Columns are separated by comma, tab, semicolon or blanks; separators of thousands are not read."
    return ReadError(path, f"line {at}", expected, _short(lines[at - 1]), advice)


def _comma_notes(path: Path, lines: Sequence[str], run: Run, delimiter: str) -> tuple[str, ...]:
    """Refuse commas that can only separate thousands: each has three digits after it, and smaller numbers have none."""
    comma = plain = ""
    for n in lines_of(run):
        for cell in split_cells(lines[n - 1], delimiter)[1:]:
            if "," not in cell:
                plain = plain or cell
            elif _THOUSANDS.fullmatch(cell):
                comma = comma or cell
            else:
                return ()
    if comma and plain:
        found = f"{comma!r} and {_short(plain)}, where the comma seems to separate thousands"
        raise ReadError(path, f"line {run.first}", "one form of numbers", found, _NO_THOUSANDS)
    return (f"the comma in {comma!r} was read as the decimal sign",) if comma else ()


def _dot_notes(path: Path, lines: Sequence[str], run: Run, values: FloatArray, delimiter: str) -> list[str]:
    """Refuse dots that can only separate thousands, column by column; note where all numbers could be such."""
    dotted: dict[int, str] = {}
    plain: dict[int, tuple[int, str]] = {}
    left = [column for column in range(1, values.shape[1]) if _could_be_thousands(values[:, column])]
    bare = dict.fromkeys(left, 0)
    for n in lines_of(run) if left else ():
        cells = split_cells(lines[n - 1], delimiter)
        for column in [c for c in left if c < len(cells)]:
            cell = cells[column]
            if _DOTTED.fullmatch(cell):
                dotted.setdefault(column, cell)
            elif "." in cell:
                left.remove(column)
            elif cell:
                bare[column] += 1
                if column not in plain and re.fullmatch(r"[+-]?[0-9]{3,}", cell):
                    plain[column] = (int(n), cell)
        if not left:
            return []
    for column in left:
        if column in dotted and column in plain:
            line, cell = plain[column]
            found = f"{dotted[column]!r} and {cell!r}, where the dot seems to separate thousands"
            place = _place(lines, run.first, line, column, delimiter)
            raise ReadError(path, place, "one form of numbers", found, _NO_THOUSANDS)
    sure = [dotted[column] for column in left if column in dotted and not bare[column]]
    told = "." in split_cells(lines[run.first - 1], delimiter)[0]  # a dot in the axis is a decimal sign
    return [f"the dot in {sure[0]!r} was read as the decimal sign"] if sure and not told else []


def _could_be_thousands(values: FloatArray) -> bool:
    """Tell whether some numbers have decimals, and none more than three: a quick look."""
    fraction = False
    for at in range(0, len(values), 10_000):
        part = values[at : at + 10_000]
        part = np.abs(part[np.isfinite(part)])
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(part * 1000)
            if not np.all(np.abs(part * 1000 - whole) <= 1e-9 * whole):
                return False
        fraction = fraction or bool(np.any(part != np.rint(part)))
    return fraction


def _place(lines: Sequence[str], first: int, at: int, column: int, delimiter: str) -> str:
    """Return line and column of a cell, for a message; the column by its name where the line above has one."""
    above = next((lines[n] for n in range(first - 2, -1, -1) if lines[n].strip()), "")
    cells = split_cells(above, delimiter)
    name = _short(cells[column]) if 1 < len(cells) > column else str(column + 1)
    return f"line {at}, column {name}"


def _top(lines: Sequence[str], at: int) -> int:
    """Return the first of the lines from ``at`` upwards that begin with a number."""
    while at > 1 and STARTS.match(lines[at - 2]):
        at -= 1
    return at


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
