"""Lines of text -> runs of numeric rows, under the delimiter and the decimal sign that suit them best.

Lines are passed by one after the other, or in bundles, and numbers kept as 8 bytes each, so that a large table takes
little more memory than its numbers.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.io.cells import BUNDLE, STARTS, bundles, number, plain_column, plain_row, split_cells

DIALECTS = ((",", "."), ("\t", "."), (";", "."), (" ", "."), ("\t", ","), (";", ","), (" ", ","))
LONGEST_ROW = 400_000  # characters; a longer line is text
MOST_RUNS = 10_000  # numbers in more pieces are no table
KEPT_TEXTS = 10_000  # cells of text beside the numbers, or lines of text above and below them
_DECIMAL_COMMA = re.compile(r",[0-9]")


@dataclass
class Run:
    """Rows of numbers with nothing between them: all numbers, row by row, and where they stand.

    ``stretches`` are first line, number of rows and width, one after the other, of rows of one width in adjacent lines.
    ``rows`` is how many rows there are, ``texted`` how many of them also hold text; ``texts`` (line, column, text) the
    first of these texts, ``wordy`` the first text of each column.
    """

    values: array[float] = field(default_factory=lambda: array("d"))
    stretches: array[int] = field(default_factory=lambda: array("i"))
    rows: int = 0
    texted: int = 0
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    wordy: dict[int, tuple[int, str]] = field(default_factory=dict)

    @property
    def first(self) -> int:
        """The number of the first line."""
        return self.stretches[0]

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.stretches[-3] + self.stretches[-2] - 1


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


class _Rows(NamedTuple):
    """Rows of one width from adjacent lines: their numbers, NaN where text stands.

    ``texted`` is how many of them hold text; ``texts`` (row, column, text) are these texts in their order, or the first
    of each column.
    """

    values: list[float] | NDArray[np.float64]
    width: int
    texted: int = 0
    texts: Sequence[tuple[int, int, str]] = ()


def best_dialect(lines: Sequence[str]) -> tuple[Found, str, str]:
    """Return what the lines hold under the dialect that suits them best, its delimiter and its decimal sign.

    Parameters
    ----------
    lines : sequence of str
        The text, line by line.
    """
    numeric = array("i", (n for n, line in enumerate(lines) if STARTS.match(line)))
    sample, count = [lines[n] for n in numeric[len(numeric) // 2 :][:9]], len(numeric)
    del numeric
    likely = sorted(DIALECTS, key=lambda dialect: _size_under(sample, *dialect), reverse=True)
    best, chosen, held = Found(Run(), [], (0, 0)), DIALECTS[0], DIALECTS[0]
    can_hold: dict[str, int] = {}
    few = count < len(lines) // 8  # then look at them first
    commas: bool | None = None
    for delimiter, decimal in likely:
        if best.size[0] >= count:
            break  # no other can hold more
        if decimal == "," and commas is None:
            commas = any(map(_DECIMAL_COMMA.search, lines))
        if (few or best.size[1]) and delimiter not in can_hold:
            can_hold[delimiter] = sum(map(_holds(delimiter), filter(STARTS.match, lines)))
        if can_hold.get(delimiter, 1) <= best.size[0] or (decimal == "," and not commas):
            continue
        found = _scan(lines, delimiter, decimal, keep=not best.size[1])  # the numbers of two would take twice the room
        if found.size > best.size:
            held = (delimiter, decimal) if not best.size[1] else held
            best, chosen = found, (delimiter, decimal)
    if chosen != held:
        del found
        best = Found(Run(), [], (0, 0))
        best = _scan(lines, *chosen)
    return best, *chosen


def brief_of(run: Run) -> Brief:
    """Return what is worth keeping of a run."""
    return Brief(run.rows, width_of(run), (run.first, run.last), (run.values[0], run.values[-run.stretches[-1]]))


def width_of(run: Run) -> int:
    """Return the usual number of cells in a row."""
    counts: Counter[int] = Counter()
    for rows, width in zip(run.stretches[1::3], run.stretches[2::3], strict=True):
        counts[width] += rows
    return counts.most_common(1)[0][0] if counts else 0


def lines_of(run: Run) -> NDArray[np.signedinteger]:
    """Return the number of the line of each row."""
    first, rows, _ = np.frombuffer(run.stretches, dtype=np.intc).reshape(-1, 3).T
    before = np.cumsum(rows, dtype=np.intc) - rows
    lines = np.arange(run.rows, dtype=np.intc)
    lines += np.repeat(first - before, rows) if len(first) > 1 else first
    return lines


def widths_of(run: Run) -> NDArray[np.signedinteger]:
    """Return the number of cells in each row."""
    _, rows, width = np.frombuffer(run.stretches, dtype=np.intc).reshape(-1, 3).T
    return np.repeat(width, rows)


def _size_under(sample: Sequence[str], delimiter: str, decimal: str) -> tuple[int, int]:
    """Return how good a dialect is for a few lines."""
    return _scan(sample, delimiter, decimal).size if any(map(_holds(delimiter), sample)) else (0, 0)


def _holds(delimiter: str) -> Callable[[str], bool]:
    """Return a quick test whether a line can have two cells."""
    if delimiter == " ":
        return lambda line: len(line.split(None, 1)) > 1
    return lambda line: delimiter in line


def _scan(lines: Sequence[str], delimiter: str, decimal: str, keep: bool = True) -> Found:
    """Find the largest run of numeric rows, and note where others are; its numbers are left out unless ``keep``."""
    main, others, size = Run(), [], (0, 0)
    for run in _runs(lines, delimiter, decimal, keep):
        # rows without text first: text beside numbers may be numbers cut at the wrong sign
        size = max(size, (run.rows - run.texted, run.rows))
        smaller = run
        if run.rows > main.rows:
            main, smaller = run, main
        if smaller.rows:
            others.append(brief_of(smaller))
        if len(others) > MOST_RUNS:
            return Found(Run(), [], (0, 0))
    return Found(main, sorted(others, key=lambda brief: brief.lines), size)


def _runs(lines: Sequence[str], delimiter: str, decimal: str, keep: bool) -> Iterator[Run]:
    """Collect rows of numbers until a line is no such row; blank lines do not end a run.

    Lines are tried in bundles first, since most bundles are nothing but plain numbers.
    """
    edge, run = f" \t{delimiter}", Run()
    for done, bundle in bundles(lines):
        kept = [line.rstrip(edge) for line in bundle]
        quick = _quick_rows(kept, delimiter, decimal, len(run.texts) <= KEPT_TEXTS)
        if quick and (delimiter != " " or not run.rows or run.stretches[-1] == quick.width):
            _extend(run, done + 1, quick, len(bundle))
        else:
            for at, line in enumerate(bundle, done + 1):
                if not kept[at - done - 1]:
                    continue
                row = _row(line, delimiter, decimal)
                if run.rows and (row is None or (delimiter == " " and row.width != run.stretches[-1])):
                    yield run
                    run = Run()
                if row is not None:
                    _extend(run, at, row)
        if not keep and run.rows:  # but its first number and its last row, see brief_of
            del run.values[1 : -run.stretches[-1]]
    if run.rows:
        yield run


def _quick_rows(lines: list[str], delimiter: str, decimal: str, all_texts: bool) -> _Rows | None:
    """Return the rows of lines that hold the same count of cells each, most of them plain numbers; else None."""
    counts = {len(line.split()) if delimiter == " " else line.count(delimiter) + 1 for line in lines}
    if len(counts) > 1 or min(counts) < 2 or sum(map(len, lines)) > BUNDLE:
        return None
    text, width = "\n".join(lines), counts.pop()
    plain = plain_row(delimiter, decimal)(text)
    text = text.replace(",", ".") if plain and decimal == "," else text
    cells = text.split() if delimiter == " " else text.replace("\n", delimiter).split(delimiter)
    if not plain:
        return None if '"' in text else _rows_beside_text(cells, width, decimal, all_texts)
    try:
        return _Rows(list(map(float, cells)), width)
    except ValueError:
        return None


def _rows_beside_text(cells: Sequence[str], width: int, decimal: str, all_texts: bool) -> _Rows | None:
    """Return the rows that cells make, column by column.

    None unless the first column and another hold plain numbers only: then each row is looked at by itself.
    """
    values, plain = np.full((len(cells) // width, width), math.nan), 0
    texted, texts = np.zeros(len(values), dtype=bool), list[tuple[int, int, str]]()
    for place in range(width):
        column = cells[place::width]
        numbers = plain_column(column, decimal)
        if numbers is not None:
            values[:, place], plain = numbers, plain + 1
            continue
        known = {cell: number(cell.strip(), decimal) for cell in set(column)}
        words = {
            cell: cell.strip() for cell, value in known.items() if value is None
        }  # one text for all that are alike
        if place == 0 or (place == width - 1 and not all(map(str.strip, known))):
            return None  # an empty cell at the end is no cell
        found = [known[cell] for cell in column]
        values[:, place] = [math.nan if value is None else value for value in found]
        places = [n for n, value in enumerate(found) if value is None]
        texted[places] = True
        texts += [(n, place, words[column[n]]) for n in (places if all_texts else places[:1])]
    return _Rows(values.ravel(), width, int(np.count_nonzero(texted)), sorted(texts)) if plain > 1 else None


def _row(line: str, delimiter: str, decimal: str) -> _Rows | None:
    """Read one line; None where it is no row of numbers."""
    kept = line.rstrip(f" \t{delimiter}")
    if plain_row(delimiter, decimal)(kept) and len(kept) <= LONGEST_ROW:
        cells = (kept.replace(",", ".") if decimal == "," else kept).split(None if delimiter == " " else delimiter)
        try:
            row = list(map(float, cells))
        except ValueError:
            row = []
        if len(row) >= 2:
            return _Rows(row, len(row))
    return _slow_row(line, delimiter, decimal)


def _slow_row(line: str, delimiter: str, decimal: str) -> _Rows | None:
    """Read a row that has empty cells, quotes, D exponents or text: a number first, and not only text after it."""
    if (delimiter != " " and delimiter not in line) or len(line) > LONGEST_ROW:
        return None
    cells = split_cells(line, delimiter)
    first = number(cells[0], decimal) if cells else None
    if first is None or math.isnan(first):
        return None
    if len(cells) == 1:
        return None if delimiter == " " else _Rows([first, math.nan], 2)
    parsed = [first, *(number(cell, decimal) for cell in cells[1:])]
    if all(value is None or not cell for value, cell in zip(parsed[1:], cells[1:], strict=True)):
        return None
    texts = [(0, column, cells[column]) for column, value in enumerate(parsed) if value is None]
    return _Rows([math.nan if value is None else value for value in parsed], len(parsed), bool(texts), texts)


def _extend(run: Run, first: int, found: _Rows, rows: int = 1) -> None:
    """Append rows that begin in line ``first``."""
    if isinstance(found.values, list):
        run.values.fromlist(found.values)
    else:
        run.values.frombytes(found.values.tobytes())
    stretches = run.stretches
    if stretches and stretches[-1] == found.width and run.last + 1 == first:
        stretches[-2] += rows
    else:
        stretches.extend((first, rows, found.width))
    run.rows, run.texted = run.rows + rows, run.texted + found.texted
    for row, column, text in found.texts:
        run.wordy.setdefault(column, (first + row, text))
        if len(run.texts) <= KEPT_TEXTS:
            run.texts.append((first + row, column, text))
