"""What the tables of instruments have in common: whole rows, an axis without repeats, flags for what is missing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.axis_check import checked
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.text import Block, find_block, number
from antistokes.units import FloatArray

Path = str | os.PathLike[str]
_NO_NUMBER = re.compile(r"(?<![^\s;,])[+-]?(?:Infinity|∞|\?+|�)(?![^\s;,])")


def ends_whole(raw: bytes) -> bool:
    """Tell whether a text ends with the end of a line, or with blanks and zero bytes behind one."""
    return raw[-4096:].rstrip(b"\0\x1a \t").endswith((b"\n", b"\r"))


def whole_lines(path: Path, raw: bytes, lines: Sequence[str], strict: bool) -> tuple[Sequence[str], list[str]]:
    """Return the lines without a last one that has no line end, which may be cut, and the note that says so.

    Parameters
    ----------
    path : path-like
        The file, for the message.
    raw : bytes
        Its content.
    lines : sequence of str
        The same as lines of text.
    strict : bool
        Make an error of the line left out.
    """
    if ends_whole(raw):
        return lines, []
    said = "the last line has no line end and may be cut, left out"
    if strict:
        raise ReadError(path, f"line {len(lines)}", "a line end", "the end of the file", "Is it cut off?")
    return Part(lines, 0, len(lines) - 1), [said]


class Part(Sequence[str]):
    """The lines from ``start`` to ``stop`` at their own places; no copy is made of them.

    Nothing stands in the places before, but ``above`` in the last of them. ``change`` is applied to each line that is
    asked for.
    """

    def __init__(
        self,
        lines: Sequence[str],
        start: int,
        stop: int,
        change: Callable[[str], str] = lambda line: line,
        above: str = "",
    ) -> None:
        self._lines, self._start, self._stop, self._change, self._above = lines, start, stop, change, above

    def __len__(self) -> int:
        return self._stop

    def __iter__(self) -> Iterator[str]:
        before = (self[i] for i in range(self._start))
        return chain(before, map(self._change, islice(self._lines, self._start, self._stop)))

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(self._stop))]
        n = range(self._stop)[at]
        return self._change(self._lines[n]) if n >= self._start else self._above if n == self._start - 1 else ""


def numbers_between(path: Path, lines: Sequence[str], start: int, stop: int) -> Block:
    """Return the block of numbers in ``lines[start:stop]``, its line numbers those of the file.

    What Java writes for infinity counts as missing.

    Raises
    ------
    ReadError
        There is no such block, or text stands among its numbers.
    """
    return find_block(path, Part(lines, start, stop, lambda line: _NO_NUMBER.sub("nan", line)))


def axis_of_wavelengths(path: Path, x: FloatArray, where: Callable[[int], str]) -> tuple[str, FloatArray, list[str]]:
    """Return name and positions of the axis, with notes: pixels where the wavelengths are none.

    Parameters
    ----------
    path : path-like
        The file, for the message.
    x : ndarray
        Wavelengths, shape (n,) [nm].
    where : callable
        Returns the place in the file of a wavelength, by its number.

    Raises
    ------
    ReadError
        A wavelength is missing, or stands twice.
    """
    axis, x, notes = checked("wavelength", x, path, where)
    return axis, x, [*notes, NO_MEDIUM] if axis == "wavelength" else notes


def medium_of(axis: str) -> str | None:
    """Return the medium of an axis that does not state it; a pixel has none."""
    return "air" if axis in data.SPECTRAL else None


def missing_flag(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.uint8], list[str]]:
    """Return the values with NaN for all that is no finite number, their flags, and a note where there are some."""
    bad = ~np.isfinite(values)
    count = int(bad.sum())
    if not count:
        return values, bad.view(np.uint8), []
    flag = bad * np.uint8(data.FLAGS["missing"])
    return np.where(bad, np.nan, values), flag, [f"{count} value{'s' * (count > 1)} missing or infinite"]


def positive(value: float | None) -> float | None:
    """Return a positive finite number, None for any other."""
    return value if value is not None and np.isfinite(value) and value > 0 else None


def positive_text(text: str) -> float | None:
    """Return the positive number that a text is, with a point or a comma; None for any other text."""
    return positive(number(text.strip().replace(",", ".")))
