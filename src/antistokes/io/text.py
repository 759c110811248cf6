"""Lines of text -> one block of numbers, whatever the delimiter and the decimal sign.

Nothing is known here of spectra: a block is rows of numbers with the text above, below and beside them. The pair of
delimiter and decimal sign is the one under which the largest block parses. A comma is a delimiter or a decimal sign,
never something to strip: ``9,99`` is two numbers or 9.99, but not 999. Lines are passed by one after the other and
numbers kept as 8 bytes each, so that a block takes little more memory than its numbers.
"""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io.decoding import Path, Text, decode
from antistokes.units import FloatArray

__all__ = ["DIALECTS", "MIN_ROWS", "Block", "Path", "Text", "decode", "find_block", "number", "split_cells"]

DIALECTS = ((",", "."), ("\t", "."), (";", "."), (" ", "."), ("\t", ","), (";", ","), (" ", ","))
MIN_ROWS = 3
LONGEST_ROW = 400_000  # characters; a longer line is text
MOST_RUNS = 10_000  # numbers in more pieces are no table
KEPT_TEXTS, KEPT_CHARACTERS = 10_000, 1_000_000  # of the text around the numbers; what is left out is noted

_NUMBER = {
    ".": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
}
_MISSING = re.compile(r"|[+-]?nan|n\.?/?a\.?|#n/a|null|none|-{1,3}|[+-]?1[.,]#(?:qnan|ind|snan)\w*", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_DOUBLE_D = str.maketrans("dD−", "ee-")
_STARTS = re.compile(r"""[\s"]*[-+−]?[.,]?[0-9]""")
_DECIMAL_COMMA = re.compile(r",[0-9]")


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


class _Run(NamedTuple):
    """Rows of numbers with nothing between them: all numbers in a row, and for each row its width and its line.

    ``texted`` are the lines that also hold text, ``texts`` (line, column, text) the first of these texts, ``wordy``
    the first text of each column.
    """

    values: array[float]
    widths: array[int]
    lines: array[int]
    texted: array[int]
    texts: list[tuple[int, int, str]]
    wordy: dict[int, tuple[int, str]]


class _Brief(NamedTuple):
    """What is kept of a run that is not the largest: its size, its lines, and where its first column goes."""

    rows: int
    width: int
    lines: tuple[int, int]
    x: tuple[float, float]


class _Found(NamedTuple):
    """The runs of a text under one dialect: the largest, the others, and how good the best of them is."""

    main: _Run
    others: list[_Brief]
    size: tuple[int, int]


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
    found, delimiter, decimal = _best_dialect(lines)
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


def split_cells(line: str, delimiter: str) -> list[str]:
    """Split a line into stripped cells; quotes are honoured, empty cells at the end dropped."""
    if '"' in line and len(line) < csv.field_size_limit():
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    else:
        cells = line.split(None if delimiter == " " else delimiter)
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def number(cell: str, decimal: str = ".") -> float | None:
    """Return the number in a cell, NaN for an empty one or a word for nothing, None for any other text."""
    if _MISSING.fullmatch(cell):
        return math.nan
    cell = cell.replace("−", "-")
    if not _NUMBER[decimal].fullmatch(cell):
        return None
    return float(cell.translate(_DOUBLE_D).replace(",", "."))


def _best_dialect(lines: Sequence[str]) -> tuple[_Found, str, str]:
    numeric = array("i", (n for n, line in enumerate(lines) if _STARTS.match(line)))
    sample = [lines[n] for n in numeric[len(numeric) // 2 :][:9]]
    likely = sorted(DIALECTS, key=lambda dialect: _scan(sample, *dialect).size, reverse=True)
    best, chosen = _Found(_new_run(), [], (0, 0)), DIALECTS[0]
    can_hold: dict[str, int] = {}
    commas: bool | None = None
    for delimiter, decimal in likely:
        if best.size[0] >= len(numeric):
            break  # no other can hold more
        if decimal == "," and commas is None:
            commas = any(map(_DECIMAL_COMMA.search, lines))
        if best.size[0] and delimiter not in can_hold:
            holds = _holds(delimiter)
            can_hold[delimiter] = sum(holds(line) for line in lines if _STARTS.match(line))
        if can_hold.get(delimiter, 1) <= best.size[0] or (decimal == "," and not commas):
            continue
        found = _scan(lines, delimiter, decimal)
        if found.size > best.size:
            best, chosen = found, (delimiter, decimal)
    return best, *chosen


def _holds(delimiter: str) -> Callable[[str], bool]:
    """Return a quick test whether a line can have two cells."""
    if delimiter == " ":
        return lambda line: len(line.split(None, 1)) > 1
    return lambda line: delimiter in line


def _scan(lines: Sequence[str], delimiter: str, decimal: str) -> _Found:
    """Find the largest run of numeric rows, and note where others are."""
    main, others, size = _new_run(), [], (0, 0)
    for run in _runs(lines, delimiter, decimal):
        # rows without text first: text beside numbers may be numbers cut at the wrong sign
        size = max(size, (len(run.lines) - len(run.texted), len(run.lines)))
        smaller = run
        if len(run.lines) > len(main.lines):
            main, smaller = run, main
        if smaller.lines:
            others.append(_brief(smaller))
        if len(others) > MOST_RUNS:
            return _Found(_new_run(), [], (0, 0))
    return _Found(main, sorted(others, key=lambda brief: brief.lines), size)


def _runs(lines: Sequence[str], delimiter: str, decimal: str) -> Iterator[_Run]:
    """Collect rows of numbers until a line is no such row; blank lines do not end a run.

    Lines are tried in bundles first, of 16 and then more, since most bundles are nothing but plain numbers.
    """
    edge, run, rest, done, size = f" \t{delimiter}", _new_run(), iter(lines), 0, 16
    while bundle := list(islice(rest, size)):
        kept = [line.rstrip(edge) for line in bundle]
        quick = _quick_rows(kept, delimiter, decimal)
        if quick and (delimiter != " " or not run.lines or run.widths[-1] == quick[1]):
            run.values.fromlist(quick[0])
            run.widths.extend(repeat(quick[1], len(bundle)))
            run.lines.extend(range(done + 1, done + 1 + len(bundle)))
        else:
            for at, line in enumerate(bundle, done + 1):
                if not kept[at - done - 1]:
                    continue
                row, texts = _row(at, line, delimiter, decimal)
                if run.lines and (row is None or (delimiter == " " and len(row) != run.widths[-1])):
                    yield run
                    run = _new_run()
                if row is not None:
                    _append(run, at, row, texts)
        done, size = done + len(bundle), min(2 * size, 1024)
    if run.lines:
        yield run


def _quick_rows(lines: list[str], delimiter: str, decimal: str) -> tuple[list[float], int] | None:
    """Return the numbers of lines that hold the same count of plain numbers each, and that count; else None."""
    counts = {len(line.split()) if delimiter == " " else line.count(delimiter) + 1 for line in lines}
    if len(counts) > 1 or min(counts) < 2 or sum(map(len, lines)) > 1 << 17:
        return None
    text = "\n".join(lines)
    if not _plain_row(delimiter, decimal)(text):
        return None
    text = text.replace(",", ".") if decimal == "," else text
    cells = text.split() if delimiter == " " else text.replace("\n", delimiter).split(delimiter)
    try:
        return list(map(float, cells)), counts.pop()
    except ValueError:
        return None


def _row(at: int, line: str, delimiter: str, decimal: str) -> tuple[list[float] | None, Sequence[tuple[int, int, str]]]:
    """Read one line; None where it is no row of numbers."""
    kept = line.rstrip(f" \t{delimiter}")
    if _plain_row(delimiter, decimal)(kept) and len(kept) <= LONGEST_ROW:
        cells = (kept.replace(",", ".") if decimal == "," else kept).split(None if delimiter == " " else delimiter)
        try:
            row = list(map(float, cells))
        except ValueError:
            row = []
        if len(row) >= 2:
            return row, ()
    return _slow_row(at, line, delimiter, decimal)


def _append(run: _Run, at: int, row: list[float], texts: Sequence[tuple[int, int, str]]) -> None:
    run.values.fromlist(row)
    run.widths.append(len(row))
    run.lines.append(at)
    if texts:
        run.texted.append(at)
        run.texts.extend(texts[: KEPT_TEXTS + 1 - len(run.texts)])
        run.wordy.update({column: (at, text) for _, column, text in texts if column not in run.wordy})


@cache
def _plain_row(delimiter: str, decimal: str) -> Callable[[str], object]:
    return re.compile(rf"[-+0-9eE\s{re.escape(decimal)}{re.escape(delimiter)}]*").fullmatch


def _new_run() -> _Run:
    return _Run(array("d"), array("i"), array("i"), array("i"), [], {})


def _brief(run: _Run) -> _Brief:
    x = run.values[0], run.values[-run.widths[-1]]
    return _Brief(len(run.lines), _width(run), (run.lines[0], run.lines[-1]), x)


def _width(run: _Run) -> int:
    """Return the usual number of cells in a row."""
    return Counter(run.widths).most_common(1)[0][0] if run.widths else 0


def _slow_row(
    at: int, line: str, delimiter: str, decimal: str
) -> tuple[list[float] | None, list[tuple[int, int, str]]]:
    """Read a row that has empty cells, quotes, D exponents or text: a number first, and not only text after it."""
    if (delimiter != " " and delimiter not in line) or len(line) > LONGEST_ROW:
        return None, []
    cells = split_cells(line, delimiter)
    parsed = [number(cell, decimal) for cell in cells]
    if not parsed or parsed[0] is None or math.isnan(parsed[0]):
        return None, []
    if len(parsed) == 1:
        return (None if delimiter == " " else [parsed[0], math.nan]), []
    if all(value is None or not cell for value, cell in zip(parsed[1:], cells[1:], strict=True)):
        return None, []
    texts = [(at, column, cells[column]) for column, value in enumerate(parsed) if value is None]
    return [math.nan if value is None else value for value in parsed], texts


def _matrix(path: Path, run: _Run) -> FloatArray:
    """Return the numbers of a run as rows and columns; short rows end with NaN."""
    flat, widths = np.frombuffer(run.values), np.frombuffer(run.widths, dtype=np.intc)
    if not len(widths):
        return np.empty((0, 0))
    count = int(widths.max())
    if np.all(widths == count):
        return flat.reshape(-1, count)
    if len(widths) * count > 4 * len(flat) + 4_000_000:  # a few long rows, and nearly all would be padding
        where = f"line {run.lines[int(np.argmax(widths))]}"
        raise ReadError(path, where, f"about {_width(run)} numbers, as in the other rows", f"{count}")
    values = np.full((len(widths), count), math.nan)
    values[np.arange(count) < widths[:, np.newaxis]] = flat
    return values


def _set_text_aside(
    path: Path, lines: Sequence[str], run: _Run, values: FloatArray, delimiter: str
) -> tuple[list[int], list[str]]:
    """Keep the columns of numbers; text beside them is set aside, text among them is an error."""
    count, width = values.shape[1], _width(run)
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


def _refuse_if_torn(path: Path, lines: Sequence[str], found: _Found, values: FloatArray, delimiter: str) -> None:
    """Raise if another run is a part of the first (its first column goes on there), or a table of its own."""
    main, width = found.main, _width(found.main)
    others = [other for other in found.others if other.width == width]
    if len(values) < 2 or not others:
        return
    steps = np.diff(values[:, 0])
    way, step = float(np.sign(np.sum(steps))), float(np.median(np.abs(steps)))
    this = _brief(main)
    for other in others:
        first, last = sorted((this, other), key=lambda brief: brief.lines)
        goes_on = 0 < (last.x[0] - first.x[1]) * way <= 20 * step
        if goes_on or other.rows >= max(MIN_ROWS, this.rows / 10):
            raise _torn(path, lines, first, last, delimiter)


def _torn(path: Path, lines: Sequence[str], first: _Brief, last: _Brief, delimiter: str) -> ReadError:
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
    cells = (line.strip(" \t,;") for line in lines if _STARTS.match(line.lstrip(" \t,;")))
    if sum(any(number(cell, sign) is not None for sign in ".,") for cell in cells) >= max(MIN_ROWS, rows):
        expected = "a table of numbers with two columns or more"
        raise ReadError(path, "", expected, "one column only", "The first column must be the wavelength or energy.")


def _no_block(path: Path, lines: Sequence[str], main: _Run) -> ReadError:
    expected = f"a table of numbers with two columns or more and at least {MIN_ROWS} rows"
    if main.lines:
        rows = len(main.lines)
        return ReadError(path, f"line {main.lines[0]}", expected, f"{rows} row{'s' * (rows > 1)}")
    said = next((n for n, text in enumerate(lines, 1) if text.strip()), 1)
    at = next((n for n, text in enumerate(lines, 1) if re.match(r"\s*[-+.]?[0-9]", text)), said)
    advice = "Columns are separated by comma, tab, semicolon or blanks; separators of thousands are not read."
    return ReadError(path, f"line {at}", expected, _short(lines[at - 1]), advice)


def _comma_notes(path: Path, lines: Sequence[str], run: _Run, delimiter: str) -> tuple[str, ...]:
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
