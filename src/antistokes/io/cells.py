"""Cells of text -> numbers, many at a time where they are plain: nothing but digits, signs, points and exponents."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from antistokes.units import FloatArray

BUNDLE, MOST_LINES = 1 << 16, 1024  # characters and lines that are tried together
CHUNK = 10_000  # rows that are padded at a time
_NUMBER = {
    ".": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eEdD][+-]?[0-9]+)?"),
}
_MISSING = re.compile(r"|[+-]?nan|n\.?/?a\.?|#n/a|null|none|-{1,3}|[+-]?1[.,]#(?:qnan|ind|snan)\w*", re.IGNORECASE)
_TO_PYTHON = str.maketrans("dD,", "ee.")
STARTS = re.compile(r"""[\s"]*[-+−]?[.,]?[0-9]""")


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
    plain = cell.replace("−", "-")
    if _NUMBER[decimal].fullmatch(plain):
        return float(plain.translate(_TO_PYTHON))
    return math.nan if _MISSING.fullmatch(cell) else None


def bundles(lines: Sequence[str], start: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield lines in bundles, each with the index of its first: 16, and then more if they are short.

    Parameters
    ----------
    lines : sequence of str
        The text, line by line.
    start : int
        Index of the first line.
    """
    rest, size = islice(lines, start, None), 16
    while bundle := list(islice(rest, size)):
        yield start, bundle
        longest = BUNDLE * len(bundle) // (1 + sum(map(len, bundle)))
        start, size = start + len(bundle), max(1, min(2 * size, MOST_LINES, longest * 3 // 4))


def plain_columns(lines: Sequence[str], delimiter: str, decimal: str) -> list[list[float] | None] | None:
    """Return the columns of lines of plain numbers: None for one of empty cells, None for all where one is mixed.

    Parameters
    ----------
    lines : sequence of str
        Lines of a table.
    delimiter, decimal : str
        What stands between the cells, and the decimal sign.
    """
    counts, text = {line.count(delimiter) for line in lines}, "\n".join(lines)
    if len(counts) != 1 or not plain_row(delimiter, decimal)(text):
        return None
    cells, width = text.replace("\n", delimiter).split(delimiter), counts.pop() + 1
    columns: list[list[float] | None] = []
    for place in range(width):
        column = cells[place::width]
        numbers = plain_column(column, decimal) if any(map(str.strip, column)) else None
        if numbers is None and any(map(str.strip, column)):
            return None
        columns.append(numbers)
    return columns


def plain_column(cells: Sequence[str], decimal: str) -> list[float] | None:
    """Return the numbers of cells that are nothing but plain numbers, else None."""
    if not plain_row(" ", decimal)(" ".join(cells)):
        return None
    try:
        return [float(cell.replace(",", ".")) for cell in cells]
    except ValueError:
        return None


@cache
def plain_row(delimiter: str, decimal: str) -> Callable[[str], object]:
    """Return a test whether a text holds nothing but plain numbers between delimiters, blanks and ends of lines."""
    return re.compile(rf"[-+0-9eE\s{re.escape(decimal)}{re.escape(delimiter)}]*").fullmatch


def padded(values: array[float], widths: NDArray[np.signedinteger]) -> FloatArray:
    """Return rows of numbers as a matrix; short rows end with NaN, rows of one width stay where they are.

    Parameters
    ----------
    values : array of float
        All numbers, row by row.
    widths : ndarray
        How many there are in each row, shape (rows,).
    """
    flat, count = np.frombuffer(values), int(widths.max())
    if len(flat) == len(widths) * count:
        return flat.reshape(-1, count)
    matrix, done = np.full((len(widths), count), math.nan), 0
    for at in range(0, len(widths), CHUNK):
        part = widths[at : at + CHUNK]
        filled = np.arange(count) < part[:, np.newaxis]
        matrix[at : at + CHUNK][filled] = flat[done : (done := done + int(part.sum()))]
    return matrix
