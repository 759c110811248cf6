"""Lines of text -> runs of numeric rows, under the delimiter and the decimal sign that suit them best.

Lines are passed by one after the other, or in bundles, and numbers kept as 8 bytes each, so that a large table takes
little more memory than its numbers.
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

DIALECTS = ((",", "."), ("\t", "."), (";", "."), (" ", "."), ("\t", ","), (";", ","), (" ", ","))
LONGEST_ROW = 400_000  # characters; a longer line is text
MOST_RUNS = 10_000  # numbers in more pieces are no table
KEPT_TEXTS = 10_000  # cells of text beside the numbers, or lines of text above and below them
_NUMBER = {
    ".": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
}
_MISSING = re.compile(r"|[+-]?nan|n\.?/?a\.?|#n/a|null|none|-{1,3}|[+-]?1[.,]#(?:qnan|ind|snan)\w*", re.IGNORECASE)
_DOUBLE_D = str.maketrans("dD−", "ee-")
STARTS = re.compile(r"""[\s"]*[-+−]?[.,]?[0-9]""")
_DECIMAL_COMMA = re.compile(r",[0-9]")


class Run(NamedTuple):
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


class Brief(NamedTuple):
    """What is kept of a run that is not the largest: its size, its lines, and where its first column goes."""

    rows: int
    width: int
    lines: tuple[int, int]
    x: tuple[float, float]


class Found(NamedTuple):
    """The runs of a text under one dialect: the largest, the others, and how good the best of them is."""

    main: Run
    others: list[Brief]
    size: tuple[int, int]


def best_dialect(lines: Sequence[str]) -> tuple[Found, str, str]:
    """Return what the lines hold under the dialect that suits them best, its delimiter and its decimal sign.

    Parameters
    ----------
    lines : sequence of str
        The text, line by line.
    """
    numeric = array("i", (n for n, line in enumerate(lines) if STARTS.match(line)))
    sample = [lines[n] for n in numeric[len(numeric) // 2 :][:9]]
    likely = sorted(DIALECTS, key=lambda dialect: _size_under(sample, *dialect), reverse=True)
    best, chosen = Found(_new_run(), [], (0, 0)), DIALECTS[0]
    can_hold: dict[str, int] = {}
    few = len(numeric) < len(lines) // 8  # then look at them first
    commas: bool | None = None
    for delimiter, decimal in likely:
        if best.size[0] >= len(numeric):
            break  # no other can hold more
        if decimal == "," and commas is None:
            commas = any(map(_DECIMAL_COMMA.search, lines))
        if (few or best.size[1]) and delimiter not in can_hold:
            can_hold[delimiter] = sum(map(_holds(delimiter), map(lines.__getitem__, numeric)))
        if can_hold.get(delimiter, 1) <= best.size[0] or (decimal == "," and not commas):
            continue
        found = _scan(lines, delimiter, decimal)
        if found.size > best.size:
            best, chosen = found, (delimiter, decimal)
    return best, *chosen


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


def brief_of(run: Run) -> Brief:
    """Return what is worth keeping of a run."""
    x = run.values[0], run.values[-run.widths[-1]]
    return Brief(len(run.lines), width_of(run), (run.lines[0], run.lines[-1]), x)


def width_of(run: Run) -> int:
    """Return the usual number of cells in a row."""
    return Counter(run.widths).most_common(1)[0][0] if run.widths else 0


def _size_under(sample: Sequence[str], delimiter: str, decimal: str) -> tuple[int, int]:
    """Return how good a dialect is for a few lines."""
    return _scan(sample, delimiter, decimal).size if any(map(_holds(delimiter), sample)) else (0, 0)


def _holds(delimiter: str) -> Callable[[str], bool]:
    """Return a quick test whether a line can have two cells."""
    if delimiter == " ":
        return lambda line: len(line.split(None, 1)) > 1
    return lambda line: delimiter in line


def _scan(lines: Sequence[str], delimiter: str, decimal: str) -> Found:
    """Find the largest run of numeric rows, and note where others are."""
    main, others, size = _new_run(), [], (0, 0)
    for run in _runs(lines, delimiter, decimal):
        # rows without text first: text beside numbers may be numbers cut at the wrong sign
        size = max(size, (len(run.lines) - len(run.texted), len(run.lines)))
        smaller = run
        if len(run.lines) > len(main.lines):
            main, smaller = run, main
        if smaller.lines:
            others.append(brief_of(smaller))
        if len(others) > MOST_RUNS:
            return Found(_new_run(), [], (0, 0))
    return Found(main, sorted(others, key=lambda brief: brief.lines), size)


def _runs(lines: Sequence[str], delimiter: str, decimal: str) -> Iterator[Run]:
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


def _append(run: Run, at: int, row: list[float], texts: Sequence[tuple[int, int, str]]) -> None:
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


def _new_run() -> Run:
    return Run(array("d"), array("i"), array("i"), array("i"), [], {})
