"""The lines of numbers of JCAMP-DX: plain (AFFN), packed (PAC), squeezed (SQZ), difference (DIF) and duplicate (DUP).

A line is an abscissa and the ordinates that follow it. A line that ends in difference form is checked by the next one,
whose first ordinate repeats its last.

References
----------
.. [1] R. S. McDonald and P. A. Wilks, Appl. Spectrosc. 42, 151 (1988), doi:10.1366/0003702884428734.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator
from decimal import Decimal
from os import PathLike
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.units import FloatArray

Path = str | PathLike[str]
Lines = Callable[[], Iterator[tuple[int, str]]]  # gives number and text of each line, as often as it is asked

_TOKEN = re.compile(
    r"[ \t,;]*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]\d{1,3})?)"
    r"|(?P<sign>[@A-Ia-i%J-Rj-rS-Zs])(?P<digits>\d*\.?\d*)|(?P<missing>\?))"
)
_PLAIN = re.compile(r"[-+.\deE?,;\s]*")
_SQZ = {**{c: str(i) for i, c in enumerate("@ABCDEFGHI")}, **{c: f"-{i}" for i, c in enumerate("abcdefghi", 1)}}
_DIF = {**{c: str(i) for i, c in enumerate("%JKLMNOPQR")}, **{c: f"-{i}" for i, c in enumerate("jklmnopqr", 1)}}
_DUP = {c: str(i) for i, c in enumerate("STUVWXYZs", 1)}


class Rows(NamedTuple):
    """Lines of numbers: for each its number, its abscissa, the last digit of that (its resolution), and what follows.

    ``size`` says how many ordinates of ``y`` are of this line; ``checked`` that its abscissa belongs to the ordinate
    before those, which the line repeats.
    """

    line: NDArray[np.int64]
    x: FloatArray
    digit: FloatArray
    size: NDArray[np.int64]
    checked: NDArray[np.bool_]
    y: FloatArray


class _Collected(NamedTuple):
    """Rows while they are read, in little memory."""

    line: array[int]
    x: array[float]
    digit: array[float]
    size: array[int]
    checked: array[int]
    y: array[float]

    def add(self, line: int, abscissa: str, y: array[float], checked: bool) -> None:
        """Append a line."""
        self.line.append(line)
        self.x.append(float(abscissa))
        self.digit.append(last_digit(abscissa))
        self.size.append(len(y))
        self.checked.append(checked)
        self.y.extend(y)


def rows(path: Path, lines: Lines, limit: int) -> Rows:
    """Decode lines of the form (X++(Y..Y)).

    Parameters
    ----------
    path : path-like
        The file, for messages.
    lines : callable
        Gives an iterator over number and text of each line.
    limit : int
        How many ordinates there may be at most.

    Raises
    ------
    ReadError
        Something else than numbers stands there, there are more than the limit, or a check value disagrees.
    """
    found = _plain_rows(lines)
    if found is None:
        found = _packed_rows(path, lines, limit)
    if len(found.y) > limit:
        raise ReadError(path, f"line {found.line[-1]}", f"{limit} ordinates at most", f"{len(found.y)}")
    line, x, digit, size, checked, y = (np.array(part) for part in found)
    return Rows(line, x, digit, size, checked.astype(bool), y)


def last_digit(token: str) -> float:
    """Return the value of one unit in the last digit of a number as it is written."""
    exponent = Decimal(token).as_tuple().exponent
    return float(f"1e{exponent}")


def _collected() -> _Collected:
    return _Collected(array("q"), array("d"), array("d"), array("q"), array("b"), array("d"))


def _plain_rows(lines: Lines) -> _Collected | None:
    """Return rows of numbers apart from each other, or None where they are packed."""
    out = _collected()
    for at, line in lines():
        cells = line.replace(",", " ").replace(";", " ").split()
        try:
            values = [math.nan if cell == "?" else float(cell) for cell in cells]
        except ValueError:
            return None
        if len(values) < 2 or not math.isfinite(values[0]) or not _PLAIN.fullmatch(line):
            return None
        out.add(at, cells[0], array("d", values[1:]), False)
    return out


def _packed_rows(path: Path, lines: Lines, limit: int) -> _Collected:
    out = _collected()
    carried: float | None = None  # the last ordinate of a line that ended in difference form
    for at, line in lines():
        abscissa, y, ends_in_dif = _decoded(path, at, line, limit + 1 - len(out.y))
        checked = carried is not None and bool(y)
        if carried is not None and y and not math.isclose(y[0], carried, rel_tol=1e-9, abs_tol=1e-9):
            advice = "A line of differences is damaged, or numbers are missing."
            raise ReadError(path, f"line {at}", f"the check value {carried:.10g}", f"{y[0]:.10g}", advice)
        carried = y[-1] if ends_in_dif and y else None
        out.add(at, abscissa, y[1:] if checked else y, checked)
    return out


def _decoded(path: Path, at: int, line: str, room: int) -> tuple[str, array[float], bool]:
    """Return the abscissa as it is written, the ordinates, and whether the last one is a difference."""
    tokens = _tokens(path, at, line)
    first = next(tokens, None)
    abscissa = _abscissa(first) if first else None
    if abscissa is None:
        raise ReadError(path, f"line {at}", "an abscissa and ordinates", repr(line.strip()[:40]))
    y = array("d")
    form, value = "", 0.0
    for token in tokens:
        sign, digits = token["sign"], token["digits"]
        times = 1
        if token["number"]:
            form, value = "number", float(token["number"])
        elif token["missing"]:
            form, value = "missing", math.nan
        elif sign in _SQZ:
            form, value = "number", float(_SQZ[sign] + digits)
        elif sign in _DIF:
            form, value = "dif", float(_DIF[sign] + digits)
        else:
            times = int(float(_DUP[sign] + digits[:9])) - 1
        if not form or (form == "dif" and not y) or times > room:
            raise ReadError(path, f"line {at}", "ordinates that fit the number of points", repr(token[0].strip()[:40]))
        for _ in range(times):
            y.append(y[-1] + value if form == "dif" else value)
    return abscissa, y, form == "dif"


def _abscissa(token: re.Match[str]) -> str | None:
    """Return the first number of a line; a few programs squeeze it too."""
    if token["number"]:
        return token["number"]
    return _SQZ[token["sign"]] + token["digits"] if token["sign"] in _SQZ else None


def _tokens(path: Path, at: int, line: str) -> Iterator[re.Match[str]]:
    place, line = 0, line.rstrip(" \t,;")
    while place < len(line):
        token = _TOKEN.match(line, place)
        if token is None:
            raise ReadError(path, f"line {at}, character {place + 1}", "a number", repr(line[place : place + 20]))
        yield token
        place = token.end()
