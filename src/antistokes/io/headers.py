"""The lines above a block of numbers -> names of its columns, and the words that state what they hold.

What the words say is told by :mod:`antistokes.io.stated_axis` and :mod:`antistokes.io.stated_quantity`, whose functions
are at hand here too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from antistokes.io.english import LONGEST_WORDS, plain
from antistokes.io.stated_axis import NM, Axis, is_index, is_not_spectral, read_axis, scale_of
from antistokes.io.stated_quantity import LONGEST_NAME, Quantity, Uncertainty, cut, is_sd, read_quantity, read_sd
from antistokes.io.text import Block, number, split_cells

__all__ = [
    "Axis",
    "Column",
    "Quantity",
    "Uncertainty",
    "count_names",
    "is_index",
    "is_not_spectral",
    "is_sd",
    "name_columns",
    "read_axis",
    "read_quantity",
    "read_sd",
    "scale_of",
]

_BELOW_NAMES = rf"^\W*(?:{NM}|m?ev|[uµμ]m|units?|comments?|long name)?\W*$"
_MARK = r"#+|//+|!+|;+|%+"


class Column(NamedTuple):
    """A column of numbers: its place in the file, its name, and all the words above it."""

    place: int
    name: str
    words: str


def name_columns(block: Block) -> list[Column]:
    """Name the columns of a block from the lines above it; a name that occurs twice is numbered."""
    width = block.columns[-1] + 1
    rows = _header_rows(block, width)
    columns: list[Column] = []
    for place in block.columns:
        cells = [row[place] if place < len(row) else "" for row in rows]
        name, words = (cells[0] if cells else ""), " ".join(f"[{c}]" if i else c for i, c in enumerate(cells) if c)
        columns.append(Column(place, cut(name, LONGEST_NAME), cut(words, LONGEST_WORDS)))
    return _distinct(columns, _row_above(block, len(rows), width))


def count_names(block: Block) -> int:
    """Return how many cells the header line has (0 where there is none)."""
    rows = _header_rows(block, block.columns[-1] + 1)
    return len(rows[0]) if rows else 0


def _header_rows(block: Block, width: int) -> list[list[str]]:
    """Return the cells of the line of names, and of lines of units and comments below it."""
    lines = [line for line in block.header if re.search(r"\w", line)]
    if not lines:
        return []
    rows: list[list[str]] = []
    for line in reversed(lines[-3:]):
        cells = _cells(line, block.delimiter, width)
        if len(cells) < 2:
            break
        rows.insert(0, cells)
        first = cells[1] if re.fullmatch(_MARK, cells[0]) else cells[0]
        if not re.match(_BELOW_NAMES, plain(first), re.I):
            return rows
    return rows[-1:] or _labelled(lines, block.delimiter)


def _labelled(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the units that JCAMP-like headers give one a line: XUNITS, YUNITS."""
    pairs = [split_cells(line.lstrip("#").replace("=", delimiter, 1), delimiter) for line in lines]
    said = {cells[0].upper(): " ".join(cells[1:]) for cells in pairs if len(cells) >= 2}
    return [[said["XUNITS"], said["YUNITS"]]] if {"XUNITS", "YUNITS"} <= set(said) else []


def _row_above(block: Block, used: int, width: int) -> list[str]:
    lines = [line for line in block.header if re.search(r"\w", line)]
    return _cells(lines[-1 - used], block.delimiter, width) if used and len(lines) > used else []


def _cells(line: str, delimiter: str, width: int) -> list[str]:
    """Split a header line; if the delimiter of the numbers does not do, another one may.

    A comment mark before a delimiter is the name of the first column, where there are not too many names then.
    """
    mark = re.match(rf"\s*(?!%\S)({_MARK})[^\S\t]*", line)
    if mark and mark.group(1)[0] != delimiter:
        line = line[mark.end() :]
    tries = [split_cells(line, d) for d in dict.fromkeys((delimiter, "\t", ";", ",")) if d != " "]
    if delimiter == " " and '"' in line:
        tries.insert(0, split_cells(line, " "))
    tries.append([c for c in re.split(r"\s{2,}|\t", line.strip()) if c])
    tries.append(re.findall(r"[^\s\[(]+(?:\s*[\[(][^\])]{0,200}[\])])?", line))
    if delimiter != " " and len(tries[0]) >= 2:
        tries = [tries[0], _split_outside_brackets(line, delimiter)]
    cells = next((c for c in tries if len(c) == width), tries[0])
    if mark and cells and not cells[0]:
        cells = cells[1:] if len(cells) > width else [mark.group(1)[0], *cells[1:]]
    if len(cells) < 2 or _is_key_and_value(cells):
        return []
    return cells


def _split_outside_brackets(line: str, delimiter: str) -> list[str]:
    """Split a line where the delimiter does not stand in brackets: ``wavelength (nm, vac),counts``."""
    hidden = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda found: found.group().replace(delimiter, "\0"), line)
    return [cell.replace("\0", delimiter) for cell in split_cells(hidden, delimiter)]


def _is_key_and_value(cells: Sequence[str]) -> bool:
    first = read_axis(cells[0], sure=True)
    return bool(cells[0]) and first.axis is None and all(number(c) is not None for c in cells[1:] if c)


def _distinct(columns: list[Column], above: Sequence[str]) -> list[Column]:
    """Tell columns of one name apart by the line above (a sample's name), else by a number."""
    shared = Counter(column.name for column in columns)
    out: list[Column] = []
    taken: Counter[str] = Counter()
    for column in columns:
        name = column.name or f"column {column.place + 1}"
        if shared[column.name] > 1 and column.name:
            tags = [above[i] for i in (column.place, column.place - 1) if 0 <= i < len(above) and above[i]]
            name = cut(f"{tags[0]} {name}", LONGEST_NAME) if tags and not read_axis(name, sure=True).axis else name
        base = name
        while taken[name]:
            taken[base] += 1
            name = f"{base} ({taken[base]})"
        taken[name] += 1
        out.append(column._replace(name=name))
    return out
