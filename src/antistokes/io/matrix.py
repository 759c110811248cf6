"""A table of text whose first row and first columns are axes: excitation-emission matrices, maps, line scans."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from itertools import islice
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.text import number, split_cells
from antistokes.units import FloatArray

DELIMITERS = ("\t", ";", ",")
_PLAIN = re.compile(r"[-+0-9eE.,;\s]*")


class Matrix(NamedTuple):
    """A matrix: what stands in its corner, its two axes, the values (rows, columns) with NaN where a cell is empty.

    ``rows`` has shape (rows, k): the k columns before the values; ``stop`` is the number of the line behind the last.
    """

    corner: str
    columns: FloatArray
    rows: FloatArray
    values: FloatArray
    stop: int
    notes: tuple[str, ...]


def read_matrix(
    path: str | PathLike[str], lines: Sequence[str], first: int, leading: int = 1, whole: bool = True
) -> Matrix:
    """Read a matrix of numbers that begins at a line with its column axis.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    lines : sequence of str
        The text.
    first : int
        Index of the line with the column axis.
    leading : int
        How many columns stand before the values.
    whole : bool
        The text ends with the end of a line; if not, a last row that is shorter is left out.

    Raises
    ------
    ReadError
        A row has another length, or a cell holds something else than a number.
    """
    delimiter, decimal = dialect(lines[first : first + 3])
    head = split(lines[first], delimiter)
    columns = _parsed(path, first, head[leading:], decimal)
    width = leading + len(columns)
    values, at = array("d"), first + 1
    for line in islice(lines, first + 1, None):
        row = _plain_row(line, delimiter, decimal, width)
        if row is None:
            cells = split(line, delimiter)
            if not line.strip() or (len(cells) < width and at == len(lines) - 1 and not whole):
                break
            if len(cells) != width:
                raise ReadError(path, f"line {at + 1}", f"{width} cells as in line {first + 1}", f"{len(cells)}")
            row = _parsed(path, at, cells, decimal)
        values.fromlist(row)
        at += 1
    matrix = np.frombuffer(values).reshape(-1, width) if values else np.empty((0, width))
    if not len(matrix) or np.isnan(columns).any() or np.isnan(matrix[:, :leading]).any():
        found = "an empty cell" if len(matrix) else "no rows"
        raise ReadError(path, f"line {first + 1}", "two axes without gaps", found)
    cut = at < len(lines) and lines[at].strip()
    below = sum(bool(line.strip()) for line in islice(lines, at + 1, None))
    notes: tuple[str, ...] = (f"the file is cut off: line {at + 1} left out",) if cut else ()
    notes += ("the file does not end with a line end: its last number may be cut",) if not whole and not cut else ()
    notes += (f"{below} lines below the matrix left out",) if below else ()
    return Matrix(head[0], np.array(columns), matrix[:, :leading], matrix[:, leading:], at, notes)


def dialect(lines: Sequence[str]) -> tuple[str, str]:
    """Return delimiter and decimal sign of the first lines of a matrix."""
    text = "\n".join(lines)
    delimiter = next((d for d in DELIMITERS if d in text), "\t")
    comma = delimiter != "," and re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text)
    return delimiter, "," if comma else "."


def split(line: str, delimiter: str) -> list[str]:
    """Split a line into cells; one delimiter at its end closes the last cell."""
    cells = split_cells(line, delimiter)
    trailing = line.rstrip("\r\n")
    empty = len(trailing.split(delimiter)) - len(cells)
    return cells + [""] * max(0, empty - 1)


def _plain_row(line: str, delimiter: str, decimal: str, width: int) -> list[float] | None:
    """Return the numbers of a line that holds as many plain ones, else None."""
    if not _PLAIN.fullmatch(line) or (decimal == "," and "." in line):
        return None
    cells = (line.replace(",", ".") if decimal == "," else line).removesuffix(delimiter).split(delimiter)
    try:
        row = list(map(float, cells))
    except ValueError:
        return None
    return row if len(row) == width and all(map(math.isfinite, row)) else None


def _parsed(path: str | PathLike[str], at: int, cells: Sequence[str], decimal: str) -> list[float]:
    values = [number(cell, decimal) for cell in cells]
    for column, value in enumerate(values):
        if value is None or np.isinf(value):
            raise ReadError(path, f"line {at + 1}", "a number", repr(cells[column][:40]))
    return [value for value in values if value is not None]


def eem(path: str | PathLike[str], matrix: Matrix, notes: Sequence[str], **attrs: Any) -> xr.Dataset:
    """Return an excitation-emission matrix, along (excitation, wavelength); empty cells are flagged as missing.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    matrix : Matrix
        Emission down, excitation across [nm].
    notes : sequence of str
        What was guessed before.
    **attrs
        Attributes of the measurement.
    """
    emission, excitation = matrix.rows[:, 0], matrix.columns
    require_distinct(path, {"wavelength": emission, "excitation": excitation})
    if min(emission.min(), excitation.min()) <= 0:
        raise ReadError(path, "", "positive wavelengths", f"{min(emission.min(), excitation.min()):g}")
    values = matrix.values.T
    flag = np.isnan(values) * np.uint8(data.FLAGS["missing"])
    flag |= attrs.pop("flag", np.uint8(0))
    return data.build(
        "wavelength",
        emission,
        values,
        kind="emission",
        along={"excitation": excitation},
        flag=flag,
        medium="air",
        notes=[*notes, *matrix.notes, NO_MEDIUM],
        **attrs,
    )


def require_distinct(path: str | PathLike[str], positions: dict[str, FloatArray]) -> None:
    """Raise where an axis has a position twice."""
    for name, x in positions.items():
        one_way = np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1])
        if not one_way and np.unique(x).size < x.size:
            raise ReadError(path, "", f"every position of {name} once", "one of them twice")
