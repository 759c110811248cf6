"""What the tables of instruments have in common: whole rows, an axis without repeats, flags for what is missing."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.text import Block, find_block, number
from antistokes.units import FloatArray

Path = str | os.PathLike[str]
_NO_NUMBER = re.compile(r"(?<![^\s;,])[+-]?(?:Infinity|∞|\?+|�)(?![^\s;,])")


def whole_lines(path: Path, raw: bytes, lines: Sequence[str], strict: bool) -> tuple[list[str], list[str]]:
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
    if raw.rstrip(b"\0\x1a \t").endswith((b"\n", b"\r")):
        return list(lines), []
    said = "the last line has no line end and may be cut, left out"
    if strict:
        raise ReadError(path, f"line {len(lines)}", "a line end", "the end of the file", "Is it cut off?")
    return list(lines[:-1]), [said]


def numbers_between(path: Path, lines: Sequence[str], start: int, stop: int) -> Block:
    """Return the block of numbers in ``lines[start:stop]``, its line numbers those of the file.

    What Java writes for infinity counts as missing.

    Raises
    ------
    ReadError
        There is no such block, or text stands among its numbers.
    """
    kept = [_NO_NUMBER.sub("nan", line) for line in lines[start:stop]]
    return find_block(path, [""] * start + kept)


def axis_of_wavelengths(path: Path, x: FloatArray, where: Sequence[str]) -> tuple[str, FloatArray, list[str]]:
    """Return name and positions of the axis, with notes: pixels where the wavelengths are none.

    Parameters
    ----------
    path : path-like
        The file, for the message.
    x : ndarray
        Wavelengths, shape (n,) [nm].
    where : sequence of str
        The place of each in the file.

    Raises
    ------
    ReadError
        A wavelength is missing, or stands twice.
    """
    if len(x) == 0:
        raise ReadError(path, "", "wavelengths", "none")
    if not np.isfinite(x).all():
        raise ReadError(path, where[int(np.argmin(np.isfinite(x)))], "a wavelength", "none")
    if x.min() <= 0:
        note = f"the wavelengths are not all positive ({x.min():g} to {x.max():g} nm), counted as pixels"
        return "pixel", np.arange(len(x), dtype=float), [note]
    order = np.argsort(x, kind="stable")
    same = np.flatnonzero(np.diff(x[order]) == 0)
    if len(same):
        second = int(order[same[0] + 1])
        found, advice = f"{x[second]:.10g} nm twice", "Export it with more digits."
        raise ReadError(path, where[second], "every wavelength once", found, advice)
    one_way = np.all(np.diff(x) > 0) or np.all(np.diff(x) < 0)
    notes = [] if one_way else ["the wavelengths do not run one way, put in ascending order"]
    return "wavelength", x, [*notes, NO_MEDIUM]


def medium_of(axis: str) -> str | None:
    """Return the medium of an axis that does not state it; a pixel has none."""
    return "air" if axis in data.SPECTRAL else None


def missing_flag(values: FloatArray) -> tuple[FloatArray, NDArray[np.uint8], list[str]]:
    """Return the values with NaN for all that is no finite number, their flags, and a note where there are some."""
    bad = ~np.isfinite(values)
    count = int(bad.sum())
    notes = [f"{count} value{'s' * (count > 1)} missing or infinite"] if count else []
    return np.where(bad, np.nan, values), (bad * data.FLAGS["missing"]).astype(np.uint8), notes


def positive(value: float | None) -> float | None:
    """Return a positive finite number, None for any other."""
    return value if value is not None and np.isfinite(value) and value > 0 else None


def positive_text(text: str) -> float | None:
    """Return the positive number that a text is, with a point or a comma; None for any other text."""
    return positive(number(text.strip().replace(",", ".")))
