"""Bytes -> text -> one block of numbers, whatever the delimiter, the decimal sign, the line ends and the encoding.

Nothing is known here of spectra: a block is rows of numbers with the text above, below and beside them. The pair of
delimiter and decimal sign is the one under which the largest block parses. A comma is a delimiter or a decimal sign,
never something to strip: ``9,99`` is two numbers or 9.99, but not 999.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from os import PathLike
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.units import FloatArray

Path = str | PathLike[str]
DIALECTS = ((",", "."), ("\t", "."), (";", "."), (" ", "."), ("\t", ","), (";", ","), (" ", ","))
MIN_ROWS = 3

_NUMBER = {
    ".": re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
}
_MISSING = re.compile(r"|[+-]?nan|n\.?/?a\.?|#n/a|null|none|-{1,3}|[+-]?1[.,]#(?:qnan|ind|snan)\w*", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_DOUBLE_D = str.maketrans("dD−", "ee-")
_STARTS = re.compile(r"""[\s"]*[-+−]?[.,]?[0-9]""")
_LINE_END = re.compile(r"\r\n|\n|\r")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")


class Text(NamedTuple):
    """A decoded file: its lines, the encoding, and what had to be guessed."""

    lines: list[str]
    encoding: str
    notes: tuple[str, ...]


class Block(NamedTuple):
    """The largest block of numbers in a text.

    ``values`` has shape (rows, columns) with NaN where a cell is empty; ``columns`` are the places of the columns in
    the file (columns of text are left out); ``lines`` the line number of each row; ``header``, ``tail`` and ``aside``
    the text above, below and beside the numbers; ``notes`` what had to be guessed.
    """

    values: FloatArray
    columns: tuple[int, ...]
    lines: NDArray[np.int_]
    header: list[str]
    tail: list[str]
    aside: list[str]
    delimiter: str
    notes: tuple[str, ...]


class _Run(NamedTuple):
    rows: list[list[float]]
    lines: list[int]
    texts: list[tuple[int, int, str]]  # line, column, what stands there


def decode(path: Path, data: bytes) -> Text:
    """Turn the bytes of a file into lines of text.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    data : bytes
        Its content: UTF-8 or UTF-16, with or without byte-order mark, else cp1252.

    Raises
    ------
    ReadError
        The file is empty, or it is no text.
    """
    if not data.strip(b" \t\r\n\x00\x1a"):
        raise ReadError(path, "", "a table of numbers", "an empty file")
    text, encoding, notes = _decoded(path, data)
    whole = text.rstrip("\0")
    if len(whole) < len(text):
        text, notes = whole, (*notes, "zero bytes at the end left out")
    if len(_CONTROL.findall(text, 0, 100_000)) > 0.002 * min(len(text), 100_000) or "\0" in text:
        raise _binary(path)
    return Text(_LINE_END.split(text.rstrip("\x1a \t\r\n")), encoding, notes)


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
    runs, delimiter, decimal = _best_dialect(lines)
    main = max(runs, key=lambda run: len(run.rows), default=_Run([], [], []))
    width = Counter(map(len, main.rows)).most_common(1)[0][0] if main.rows else 0
    if len(main.rows) < MIN_ROWS:
        _refuse_one_column(path, lines, len(main.rows))
    values = _matrix(main.rows)
    if np.isinf(values).any():
        row, column = (int(i[0]) for i in np.nonzero(np.isinf(values)))
        place = _place(lines, main, main.lines[row], column, delimiter)
        raise ReadError(path, place, "a finite number", "one too large to hold")
    for other in runs:
        if other is not main:
            _refuse_if_torn(path, lines, (main, other), width, delimiter)
    if len(main.rows) < MIN_ROWS:
        raise _no_block(path, lines, main)
    notes = _comma_notes(path, lines, main, delimiter) if decimal == "," else ()
    columns, aside = _set_text_aside(path, lines, main, values, width, delimiter)
    header, tail = _said(lines[: main.lines[0] - 1]), _said(lines[main.lines[-1] :])
    return Block(values[:, columns], tuple(columns), np.asarray(main.lines), header, tail, aside, delimiter, notes)


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


def _decoded(path: Path, data: bytes) -> tuple[str, str, tuple[str, ...]]:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), "utf-16", ()
        if data.startswith(b"\xef\xbb\xbf"):
            return data.decode("utf-8-sig"), "utf-8-sig", ()
        for encoding, zeros in (("utf-16-le", data[1:4000:2]), ("utf-16-be", data[0:4000:2])):
            if zeros.count(0) > 0.7 * len(zeros):
                return data.decode(encoding), encoding, (f"no byte-order mark, read as {encoding}",)
    except UnicodeDecodeError as error:
        raise _binary(path) from error
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252", ("the text is not UTF-8, read as cp1252",)


def _binary(path: Path) -> ReadError:
    return ReadError(path, "", "text with a table of numbers", "binary data", "Export the measurement as text or csv.")


def _best_dialect(lines: Sequence[str]) -> tuple[list[_Run], str, str]:
    text = "\n".join(lines)
    comma = re.search(r"[0-9],[0-9]|(?<![0-9]),[0-9]", text) is not None
    numeric = [line for line in lines if _STARTS.match(line)]
    can_hold = {d: sum(map(_holds(d), numeric)) for d in ",\t; "}
    best: tuple[list[_Run], str, str] = ([], ",", ".")
    most = (0, 0)
    sample = numeric[len(numeric) // 2 :][:9]
    likely = sorted(
        DIALECTS, key=lambda dialect: max(map(_size, _scan(sample, *dialect)), default=(0, 0)), reverse=True
    )
    for delimiter, decimal in likely:
        if can_hold[delimiter] <= most[0] or (decimal == "," and not comma):
            continue
        runs = _scan(lines, delimiter, decimal)
        size = max(map(_size, runs), default=(0, 0))
        if size > most:
            best, most = (runs, delimiter, decimal), size
    return best


def _size(run: _Run) -> tuple[int, int]:
    """Return the rows without text, and all rows: text beside numbers may be numbers cut at the wrong sign."""
    return len(run.rows) - len({line for line, _, _ in run.texts}), len(run.rows)


def _holds(delimiter: str) -> Callable[[str], bool]:
    """Return a quick test whether a line can have two cells."""
    if delimiter == " ":
        return lambda line: len(line.split(None, 1)) > 1
    return lambda line: delimiter in line


def _scan(lines: Sequence[str], delimiter: str, decimal: str) -> list[_Run]:
    """Collect the runs of numeric rows; blank lines do not end a run."""
    plain = re.compile(rf"[-+0-9eE\s{re.escape(decimal)}{re.escape(delimiter)}]*").fullmatch
    edge, splitter = f" \t{delimiter}", None if delimiter == " " else delimiter
    runs: list[_Run] = []
    run: _Run | None = None
    for at, line in enumerate(lines, 1):
        kept = line.rstrip(edge)
        if not kept:
            continue
        row: list[float] | None = None
        texts: list[tuple[int, int, str]] = []
        if plain(kept):
            try:
                row = list(map(float, (kept.replace(",", ".") if decimal == "," else kept).split(splitter)))
            except ValueError:
                row = None
        if row is None or len(row) < 2:
            row, texts = _slow_row(at, line, delimiter, decimal)
        if row is None:
            run = None
            continue
        if run is None or (delimiter == " " and len(row) != len(run.rows[-1])):
            run = _Run([], [], [])
            runs.append(run)
        run.rows.append(row)
        run.lines.append(at)
        run.texts.extend(texts)
    return runs


def _slow_row(
    at: int, line: str, delimiter: str, decimal: str
) -> tuple[list[float] | None, list[tuple[int, int, str]]]:
    """Read a row that has empty cells, quotes, D exponents or text: a number first, and not only text after it."""
    if delimiter != " " and delimiter not in line:
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


def _matrix(rows: list[list[float]]) -> FloatArray:
    width = max(map(len, rows), default=0)
    return np.array([row if len(row) == width else row + [math.nan] * (width - len(row)) for row in rows], dtype=float)


def _set_text_aside(
    path: Path, lines: Sequence[str], run: _Run, values: FloatArray, width: int, delimiter: str
) -> tuple[list[int], list[str]]:
    """Keep the columns of numbers; text beside them is set aside, text among them is an error."""
    texts = sorted(run.texts)
    count = values.shape[1]
    cut = width if any(column >= width for _, column, _ in texts) else count
    wordy = {column for _, column, _ in texts if column < cut}
    for column in wordy:
        if np.isfinite(values[:, column]).any():
            line, _, cell = next(text for text in texts if text[1] == column)
            raise ReadError(path, _place(lines, run, line, column, delimiter), "a number", repr(cell))
    aside = [f"line {line}, column {column + 1}: {cell}" for line, column, cell in texts]
    aside += [
        f"line {run.lines[row]}, column {column + 1}: {values[row, column]:g}"
        for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True)
        if column >= cut
    ]
    return [column for column in range(cut) if column not in wordy], aside


def _refuse_if_torn(path: Path, lines: Sequence[str], runs: tuple[_Run, _Run], width: int, delimiter: str) -> None:
    """Raise if the second run is a part of the first (its first column goes on there), or a table of its own."""
    main, other = runs
    if len(main.rows) < 2 or Counter(map(len, other.rows)).most_common(1)[0][0] != width:
        return
    first, last = sorted(runs, key=lambda run: run.lines[0])
    steps = np.diff([row[0] for row in main.rows])
    gap = (last.rows[0][0] - first.rows[-1][0]) * float(np.sign(np.sum(steps)))
    goes_on = 0 < gap <= 20 * float(np.median(np.abs(steps)))
    if not goes_on and len(other.rows) < max(MIN_ROWS, len(main.rows) / 10):
        return
    at = next(n for n in range(first.lines[-1] + 1, last.lines[0] + 1) if lines[n - 1].strip(" \t,;"))
    where, what = f"line {at}", lines[at - 1]
    texts = [(i, cell) for i, cell in enumerate(split_cells(what, delimiter)) if number(cell) is None]
    if texts and texts[0][0] > 0:
        where, what = _place(lines, first, at, texts[0][0], delimiter), texts[0][1]
    spans = [f"{run.lines[0]}-{run.lines[-1]}" for run in (first, last)]
    found = f"{_short(what)} between the numbers of lines {spans[0]} and {spans[1]}"
    raise ReadError(path, where, f"{width} numbers", found, "Mend or remove that line; keep one table in a file.")


def _refuse_one_column(path: Path, lines: Sequence[str], rows: int) -> None:
    single = sum(any(number(line.strip(" \t,;") or "x", sign) is not None for sign in ".,") for line in lines)
    if single >= max(MIN_ROWS, rows):
        expected = "a table of numbers with two columns or more"
        raise ReadError(path, "", expected, "one column only", "The first column must be the wavelength or energy.")


def _no_block(path: Path, lines: Sequence[str], main: _Run) -> ReadError:
    expected = f"a table of numbers with two columns or more and at least {MIN_ROWS} rows"
    if main.rows:
        return ReadError(path, f"line {main.lines[0]}", expected, f"{len(main.rows)} row{'s' * (len(main.rows) > 1)}")
    said = next((n for n, text in enumerate(lines, 1) if text.strip()), 1)
    at = next((n for n, text in enumerate(lines, 1) if re.match(r"\s*[-+.]?[0-9]", text)), said)
    advice = "Columns are separated by comma, tab, semicolon or blanks; separators of thousands are not read."
    return ReadError(path, f"line {at}", expected, _short(lines[at - 1]), advice)


def _comma_notes(path: Path, lines: Sequence[str], run: _Run, delimiter: str) -> tuple[str, ...]:
    """Refuse commas that can only separate thousands: each has three digits after it, and smaller numbers have none."""
    cells = [split_cells(lines[n - 1], delimiter)[1:] for n in run.lines]
    with_comma = [cell for row in cells for cell in row if "," in cell]
    if not with_comma or not all(map(_THOUSANDS.fullmatch, with_comma)):
        return ()
    plain = [cell for row in cells for cell in row if cell and "," not in cell]
    if plain:
        advice = "Export it without separators of thousands."
        found = f"{with_comma[0]!r} and {plain[0]!r}, where the comma seems to separate thousands"
        raise ReadError(path, f"line {run.lines[0]}", "one form of numbers", found, advice)
    return (f"the comma in {with_comma[0]!r} was read as the decimal sign",)


def _place(lines: Sequence[str], run: _Run, at: int, column: int, delimiter: str) -> str:
    """Return line and column of a cell, for a message; the column by its name where the line above has one."""
    above = next((line for line in reversed(lines[: run.lines[0] - 1]) if line.strip()), "")
    cells = split_cells(above, delimiter)
    return f"line {at}, column {cells[column]!r}" if 1 < len(cells) > column else f"line {at}, column {column + 1}"


def _said(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.strip(" \t,;")]


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 60 else text[:57] + "...")
