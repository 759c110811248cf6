"""Core diameters counted by microscopy <-> a list: one particle a line, or a diameter and how many have it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from antistokes.errors import ReadError
from antistokes.io.cells import STARTS, number, split_cells
from antistokes.io.decoding import decode
from antistokes.io.head import head_of
from antistokes.physics.dots import CALIBRATED_NM, SIZES_NM
from antistokes.units import FloatArray

FEWEST = 3  # particles
NOT_SAID = "not said to be of cores: a microscope shows core and shell together; read as diameters of cores"
DIALECTS = ((";", "."), ("\t", "."), (",", "."), (" ", "."), (";", ","), ("\t", ","), (" ", ","), (",", ","))
_PER_NM = {
    "nm": (r"(?<![a-z])nm\b|nanomet", 1.0),
    "angstrom": (r"Å|Å|\b[åa]ngstr[oö]ms?\b|(?-i:\bA\b)", 0.1),
}
_UNIT_ALONE = r"\W*(?:nm|Å|Å|A|[åa]ngstr[oö]ms?)\W*"
_OTHER_UNIT = re.compile(r"\b(?:px|pixels?|[pu]m|inch(?:es)?)\b|[µμ]m\b", re.IGNORECASE)
_POWER = re.compile(r"(?:(?<![a-z])nm|Å|Å|(?-i:\bA))(?:\^|\*\*)?[23²³](?!\d)|\b(?:square|cubic)\b", re.IGNORECASE)
_NO_LENGTH = re.compile(r"(?<![a-z])area|fläche|flaeche|volum", re.IGNORECASE)
_RADIUS = re.compile(r"radi(?:us|i)\b|(?<![a-z])r(?![a-z])", re.IGNORECASE)
_DIAMETER = re.compile(r"diam|durchm|size|gr(?:ö|oe)(?:ß|ss)e|(?<![a-z])d(?![a-z])|Ø|feret", re.IGNORECASE)
_COUNT = re.compile(
    r"count|number|frequen|amount|(?<![a-z])n(?![a-z])|\b(?:particles|dots|cores)\b|percent|%|share|fraction|"
    r"probability|anzahl|h(?:ä|ae)ufigkeit|anteil|teilchen",
    re.IGNORECASE,
)
_INDEX = re.compile(r"(?<![a-z])(?:nr|no|id|idx|index|label|lfd|particle|partikel|dot)(?![a-z])|#", re.IGNORECASE)
_CORE = re.compile(r"(?<![a-z])core|kern", re.IGNORECASE)
_SHELL = re.compile(r"shell|total|schale|hülle|gesamt", re.IGNORECASE)


class Sizes(NamedTuple):
    """Diameters of cores [nm] and how many have each, shapes (m,), (m,), and what had to be guessed or is doubtful."""

    diameter_nm: FloatArray
    particles: FloatArray
    notes: tuple[str, ...]


class _Rows(NamedTuple):
    """The names in the header, the numbers of each row (one or two), and the line of each."""

    names: list[str]
    values: list[list[float]]
    lines: list[int]


def read_sizes(path: str | os.PathLike[str]) -> Sizes:
    """Read the diameters of cores that were counted in a microscope.

    One column holds single particles, two hold a diameter and how many have it. The header, if there is one, says which
    column is which, and the unit: nm or angstrom; a radius is doubled. What is no count by its name is no count: a
    width, an error, an area are refused, a number of the particle is left out. Microscopes show core and shell together
    unless the contrast parts them: these must be diameters of cores.

    Parameters
    ----------
    path : path-like
        A csv or text file; comma, semicolon, tab or blanks between the columns, and any decimal sign.

    Returns
    -------
    Sizes
        Diameters [nm], how many particles have each [1], notes.

    Raises
    ------
    ReadError
        There is no such file, it holds anything but diameters of 2 to 8 nm and counts of 0 or more, or fewer than 3
        particles.
    """
    head_of(path)  # raises where there is no file
    raw = Path(path).read_bytes()
    if not raw.strip():
        raise _without_numbers(path, "an empty file")
    text = decode(path, raw)
    rows = _rows(path, text.lines)
    size, counted, left = _columns(path, rows)
    paired = len(rows.values[0]) == len(rows.names) == 2
    factor, notes = _unit(path, rows.names[size] if paired else " ".join(rows.names))
    values = np.array([row[size] for row in rows.values])
    count = np.ones(len(values)) if counted is None else np.array([row[counted] for row in rows.values])
    _refuse_wrong(path, rows, values, count, factor)
    diameter = values * factor
    low, high = CALIBRATED_NM
    outside = count[(diameter < low) | (diameter > high)].sum() / count.sum()
    if outside:
        notes += (
            f"{100 * outside:.2g} % of the particles lie outside {low:g} to {high:g} nm, for which the"
            " energies of CdSe dots are calibrated",
        )
    return Sizes(diameter, count, (*text.notes, *left, *notes))


def _rows(path: str | os.PathLike[str], lines: Sequence[str]) -> _Rows:
    """Return header and numbers of the lines under the dialect that suits them best."""
    filled = [(n, line) for n, line in enumerate(lines, 1) if line.strip(" \t,;") and not line.lstrip().startswith("#")]
    first = next((i for i, (_, line) in enumerate(filled) if STARTS.match(line)), None)
    if first is None:
        raise _without_numbers(path, "no number")
    above, below = filled[:first], filled[first:]
    delimiter, decimal = _dialect(path, [line for _, line in below], above[-1][1] if above else "")
    values: list[list[float]] = []
    for n, line in below:
        cells = split_cells(line, delimiter)
        if len(cells) > 2 and not values:
            raise _too_many(path, n, cells, _header(above, delimiter, len(cells)), delimiter)
        read = [number(cell, decimal) for cell in cells]
        row = [value for value in read if value is not None and np.isfinite(value)]
        if len(row) < len(cells):
            at = next(i for i, value in enumerate(read) if value is None or not np.isfinite(value))
            advice = "Take the line out, or mend it; separators of thousands are not read."
            raise ReadError(path, f"line {n}, column {at + 1}", "a number", repr(cells[at][:60]), advice)
        if len(row) not in (1, 2) or len(row) != len(values[0] if values else row):
            expected = f"{len(values[0])} numbers, as above" if values else "a diameter, or a diameter and a count"
            advice = "If the comma is the decimal sign, put semicolons between the columns."
            raise ReadError(path, f"line {n}", expected, f"{len(row)} numbers", advice if "," in line else "")
        values.append(row)
    return _Rows(_header(above, delimiter, len(values[0])), values, [n for n, _ in below])


def _header(above: Sequence[tuple[int, str]], delimiter: str, width: int) -> list[str]:
    """Return the names in the last line above the numbers: one a column if it is divided as these are."""
    if not above:
        return []
    cells = [cell.strip(' "') for cell in split_cells(above[-1][1], delimiter)]
    return cells if len(cells) == width else _names(above[-1][1])


def _too_many(path: str | os.PathLike[str], n: int, cells: list[str], names: list[str], delimiter: str) -> ReadError:
    found = ", ".join(map(repr, names if len(names) == len(cells) else cells))
    advice = "Keep the column of diameters, or those of diameters and counts, and their names."
    if delimiter == "," and not names:
        advice += " If the comma is the decimal sign, put semicolons between the columns."
    expected = "one column (diameters) or two (diameters and counts)"
    return ReadError(path, f"line {n}", expected, f"{len(cells)} columns: {found[:200]}", advice)


def _without_numbers(path: str | os.PathLike[str], found: str) -> ReadError:
    advice = "Write one diameter a line, or a diameter and a count, with 'diameter (nm)' above."
    return ReadError(path, "", "diameters of particles", found, advice)


def _dialect(path: str | os.PathLike[str], lines: Sequence[str], header: str) -> tuple[str, str]:
    """Return delimiter and decimal sign under which most lines are one or two numbers.

    Lines such as 3,52 are two columns or one with a decimal comma: a line such as 4 tells, or one name or two above.
    """
    commas = {line.count(",") for line in lines}
    if max(commas) == 1 and all(re.fullmatch(r"\s*[0-9]+(?:,[0-9]+)?\s*", line) for line in lines):
        names = _names(header)
        if 0 in commas:
            return ";", ","
        if not names:
            found, advice = repr(lines[0].strip()), "Put a line above: 'diameter (nm)', or 'diameter (nm), count'."
            raise ReadError(path, "", "one column or two", f"{found}, which could be a number or two", advice)
        return (",", ".") if len(names) > 1 else (";", ",")

    def fit(dialect: tuple[str, str]) -> tuple[int, int]:
        delimiter, decimal = dialect
        rows = ([number(cell, decimal) for cell in split_cells(line, delimiter)] for line in lines)
        widths = [len(row) for row in rows if None not in row]
        return sum(0 < width <= 2 for width in widths), len(widths)

    fits: list[tuple[int, int]] = []
    for dialect in DIALECTS:
        fits.append(fit(dialect))
        if fits[-1][0] == len(lines):
            break
    if not any(any(found) for found in fits):  # text among the numbers: the message should name its column
        delimiter = max(";\t,", key=lines[0].count)
        return (delimiter if delimiter in lines[0] else ";"), "."
    return DIALECTS[fits.index(max(fits))]  # the first of several as good


def _names(header: str) -> list[str]:
    """Return the names in a line, whatever is between them; a unit that stands alone belongs to the name before."""
    names: list[str] = []
    for part in re.split(r"[;,\t]|\s{2,}|(?<=[)\]])\s+", header):
        name = part.strip(' "')
        if name and names and re.fullmatch(_UNIT_ALONE, name, re.IGNORECASE):
            names[-1] += f" {name}"
        elif name:
            names.append(name)
    return names


def _columns(path: str | os.PathLike[str], rows: _Rows) -> tuple[int, int | None, tuple[str, ...]]:
    """Return which column holds the diameters, which the counts, and a note on one that is neither.

    A column is a count by its name only; a number of the particle is left out.
    """
    if len(rows.values[0]) == 1:
        _refuse_names(path, rows.names)
        return 0, None, ()
    names = [*rows.names, "", ""][:2]
    size = [_is_length(name) for name in names]
    if all(size):
        advice = "Keep one column of diameters, or name the second 'count', without a unit of length."
        raise ReadError(path, "header", "a diameter and a count", f"{names[0]!r}, {names[1]!r}", advice)
    at = int(size[1])
    _refuse_names(path, [names[at]])
    other = names[1 - at]
    numbered = at == 1 and [row[0] for row in rows.values] == list(range(1, len(rows.values) + 1))
    if _COUNT.search(other) and not numbered:
        return at, 1 - at, ()
    if not other:
        return at, 1 - at, ("columns not named, read as diameter and count",)
    if numbered or _INDEX.search(other):
        return at, None, (f"column {other!r} is no count, left out",)
    advice = "Name it 'count' if it is one, else take the column out."
    expected = "a count beside the diameters (count, number, frequency ...), or the number of the particle"
    raise ReadError(path, "header", expected, f"the column {other!r}", advice)


def _is_length(name: str) -> bool:
    """Whether a name is that of a diameter or a radius, or bears a unit of length; then it is no count."""
    units = (*(pattern for pattern, _ in _PER_NM.values()), _OTHER_UNIT.pattern)
    return bool(
        _DIAMETER.search(name) or _RADIUS.search(name) or any(re.search(unit, name, re.IGNORECASE) for unit in units)
    )


def _refuse_names(path: str | os.PathLike[str], names: Sequence[str]) -> None:
    """Raise where the names above what should be diameters say that it is something else."""
    words = " ".join(names)
    power = _POWER.search(words)
    other = power or (None if _DIAMETER.search(words) else _NO_LENGTH.search(words))
    if other:
        advice = "Write diameters: of an area A 2 sqrt(A/pi), of a volume V the cube root of 6 V/pi."
        raise ReadError(path, "header", "diameters in nm or angstrom", f"{other[0]!r} in {words!r}", advice)
    if not _is_length(words) and not _CORE.search(words) and (_COUNT.search(words) or _INDEX.search(words)):
        advice = "Write 'diameter (nm)' above, if these are diameters."
        raise ReadError(path, "header", "a column of diameters", repr(words), advice)


def _unit(path: str | os.PathLike[str], words: str) -> tuple[float, tuple[str, ...]]:
    """Return what makes diameters in nm of the numbers, from the words above them, with notes."""
    units = [factor for pattern, factor in _PER_NM.values() if re.search(pattern, words, re.IGNORECASE)]
    other = _OTHER_UNIT.search(words)
    if other and not units:
        advice = "Convert them to nm and say so in the header."
        raise ReadError(path, "header", "diameters in nm or angstrom", repr(other[0]), advice)
    notes: tuple[str, ...] = () if units else ("unit of the diameters not stated, read as nm",)
    notes += () if _CORE.search(words) and not _SHELL.search(words) else (NOT_SAID,)
    if _RADIUS.search(words) and not _DIAMETER.search(words):
        return 2 * (units or [1.0])[0], (*notes, f"column {words!r} holds radii, doubled")
    return (units or [1.0])[0], notes


def _refuse_wrong(
    path: str | os.PathLike[str], rows: _Rows, values: FloatArray, count: FloatArray, factor: float
) -> None:
    """Raise for what no dot and no count can be."""
    low, high = SIZES_NM
    diameter = values * factor
    for wrong, expected, shown, advice in (
        (values <= 0, "a diameter above 0", values, "Take the line out."),
        (count < 0, "a count of 0 or more", count, "Take the line out."),
        (
            (diameter < low) | (diameter > high),
            f"a core diameter of {low:g} to {high:g} nm",
            diameter,
            "Is the unit in the header, and is it the core alone? Take out what is no dot.",
        ),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ReadError(path, f"line {rows.lines[at]}", expected, f"{shown[at]:g}", advice)
    whole = bool(np.all(count == np.round(count)))
    particles = count.sum() if whole else np.count_nonzero(count)
    if particles < FEWEST:
        advice = "A distribution of sizes takes some hundred."
        raise ReadError(path, "", f"{FEWEST} particles or more", f"{particles:g}", advice)
