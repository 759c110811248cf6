"""The lines of numbers of JCAMP-DX: plain (AFFN), packed (PAC), squeezed (SQZ), difference (DIF) and duplicate (DUP).

A line is an abscissa and the ordinates that follow it. A line that ends in difference form is checked by the next one,
whose first ordinate repeats its last. Lines are decoded in bundles; those of a bundle that holds anything but whole
numbers without blanks, or is damaged, one by one.

References
----------
.. [1] R. S. McDonald and P. A. Wilks, Appl. Spectrosc. 42, 151 (1988), doi:10.1366/0003702884428734.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, chain, islice, repeat
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
_QUICK = re.compile(r"[ \t]*([+-]?(?:\d+\.?\d*|\.\d+))([@A-Ia-i+-][@A-Za-s%+\-\d]*)[ \t]*", re.ASCII)
_EXPONENT = re.compile(r"[Ee][+-]")
_DECIMALS = str.maketrans(
    {c: f" {digits}" for form in (_SQZ, _DIF, _DUP) for c, digits in form.items()} | {"+": " +", "-": " -"}
)
_NO_DIGITS = str.maketrans("", "", "0123456789")
_SEPARATORS = str.maketrans(",;", "  ")
_NUMBER, _DIFFERENCE, _DUPLICATE = range(3)
_KINDS = np.full(128, _NUMBER, dtype=np.uint8)
_KINDS[[ord(c) for c in _DIF]] = _DIFFERENCE
_KINDS[[ord(c) for c in _DUP]] = _DUPLICATE
BUNDLE, MOST_POINTS, LARGEST = 256, 100_000, 2**40  # lines, ordinates and the largest number of a bundle


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

    def add(self, lines: Sequence[int], abscissas: Sequence[str], sizes: Sequence[int], checked: Sequence[int]) -> None:
        """Append lines, but for their ordinates."""
        self.line.extend(lines)
        self.x.extend(map(float, abscissas))
        self.digit.extend(map(last_digit, abscissas))
        self.size.extend(sizes)
        self.checked.extend(checked)


class _Decoded(NamedTuple):
    """What a bundle of packed lines holds; ``carried`` is its last ordinate if that is a difference."""

    abscissas: list[str]
    sizes: NDArray[np.int64]
    checked: NDArray[np.bool_]
    y: FloatArray
    carried: float | None


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
    line, x, digit, size, checked, y = (np.frombuffer(part, dtype=part.typecode) for part in found)
    return Rows(line, x, digit, size, checked.astype(bool), y)


def last_digit(token: str) -> float:
    """Return the value of one unit in the last digit of a number as it is written."""
    exponent = Decimal(token).as_tuple().exponent
    return float(f"1e{exponent}")


def _collected() -> _Collected:
    return _Collected(array("q"), array("d"), array("d"), array("q"), array("b"), array("d"))


def _bundles(lines: Lines) -> Iterator[tuple[list[int], list[str]]]:
    """Yield numbers and texts of some lines at a time."""
    rest = iter(lines())
    while bundle := list(islice(rest, BUNDLE)):
        yield [at for at, _ in bundle], [line for _, line in bundle]


def _plain_rows(lines: Lines) -> _Collected | None:
    """Return rows of numbers apart from each other, or None where they are packed."""
    out = _collected()
    for places, texts in _bundles(lines):
        if not all(map(_PLAIN.fullmatch, texts)):
            return None
        cells = [text.translate(_SEPARATORS).split() for text in texts]
        sizes = list(map(len, cells))
        try:
            values = np.array([math.nan if cell == "?" else float(cell) for cell in chain.from_iterable(cells)])
        except ValueError:
            return None
        begins = np.cumsum(sizes) - sizes
        if min(sizes) < 2 or not np.isfinite(values[begins]).all():
            return None
        out.add(places, [row[0] for row in cells], [size - 1 for size in sizes], [False] * len(sizes))
        out.y.frombytes(np.delete(values, begins.tolist()).tobytes())
    return out


def _packed_rows(path: Path, lines: Lines, limit: int) -> _Collected:
    out = _collected()
    carried: float | None = None  # the last ordinate of a line that ended in difference form
    for places, texts in _bundles(lines):
        quick = _decoded_bundle(texts, carried)
        if quick is not None and len(out.y) + len(quick.y) <= limit:
            out.add(places, quick.abscissas, quick.sizes.tolist(), quick.checked.tolist())
            out.y.frombytes(quick.y.tobytes())
            carried = quick.carried
            continue
        for at, line in zip(places, texts, strict=True):
            abscissa, y, ends_in_dif = _decoded(path, at, line, limit + 1 - len(out.y))
            checked = carried is not None and bool(y)
            if carried is not None and y and not math.isclose(y[0], carried, rel_tol=1e-9, abs_tol=1e-9):
                advice = "A line of differences is damaged, or numbers are missing."
                raise ReadError(path, f"line {at}", f"the check value {carried:.10g}", f"{y[0]:.10g}", advice)
            carried = y[-1] if ends_in_dif and y else None
            out.add([at], [abscissa], [len(y) - checked], [checked])
            out.y.extend(y[1:] if checked else y)
    return out


def _decoded_bundle(texts: Sequence[str], carried: float | None) -> _Decoded | None:
    """Decode lines of whole numbers packed without blanks; None where they are others, too many or damaged."""
    found = [None if _EXPONENT.search(text) else _QUICK.fullmatch(text) for text in texts]
    parts = [(match[1], match[2]) for match in found if match]
    if len(parts) < len(texts):
        return None
    packed = "".join(part for _, part in parts)
    try:
        values = np.array(list(map(int, packed.translate(_DECIMALS).split())), dtype=np.int64)
    except (ValueError, OverflowError):
        return None
    if np.abs(values).max() > LARGEST:
        return None
    kinds = _KINDS[np.frombuffer(packed.translate(_NO_DIGITS).encode("ascii"), dtype=np.uint8)]
    of_line = np.repeat(np.arange(len(parts)), [len(part.translate(_NO_DIGITS)) for _, part in parts])
    expanded = _expanded(values, kinds, of_line)
    if expanded is None:
        return None
    y, sizes, in_dif = expanded
    ends = np.cumsum(sizes)
    last = np.concatenate([[math.nan if carried is None else carried], y[ends[:-1] - 1]])
    checked = np.concatenate([[carried is not None], in_dif[:-1]])
    first = y[ends - sizes]
    if np.any(checked & (first != last)):
        return None
    kept = np.delete(y, (ends - sizes)[checked])
    return _Decoded([x for x, _ in parts], sizes - checked, checked, kept, float(y[-1]) if in_dif[-1] else None)


def _expanded(
    values: NDArray[np.int64], kinds: NDArray[np.uint8], of_line: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.bool_]] | None:
    """Return the ordinates that tokens stand for, how many each line has, and which lines end in a difference.

    None where they are too many, or a duplicate follows another.
    """
    doubled = np.flatnonzero(kinds == _DUPLICATE)
    times = np.ones(len(values), dtype=np.int64)
    if np.any(kinds[doubled - 1] == _DUPLICATE) or np.any(values[doubled] > MOST_POINTS):
        return None
    times[doubled - 1], times[doubled] = values[doubled], 0
    if times.sum() > MOST_POINTS:
        return None
    is_difference = np.repeat(kinds == _DIFFERENCE, times)
    values = np.repeat(values, times)
    sums = np.cumsum(np.where(is_difference, values, 0))
    anchors = np.maximum.accumulate(np.where(is_difference, 0, np.arange(len(values))))
    y = (values[anchors] + sums - sums[anchors]).astype(float)
    sizes = np.bincount(of_line, weights=times).astype(np.int64)
    return y, sizes, is_difference[np.cumsum(sizes) - 1]


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
        if form == "dif":
            y.extend(islice(accumulate(repeat(value, times), initial=y[-1]), 1, None))
        else:
            y.extend(repeat(value, times))
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
