"""Whether the positions that a file gives can be an axis: one rule for those that repeat, in text and in binary files.

A position that is missing or stands twice is refused where the file writes each one down beside its value, as values
would be given to the wrong place. Where positions are computed (from a polynomial, from first and last), the values are
still in order: they are numbered as pixels, with a note. So are wavelengths of zero and below, which no light has.
Positions that run both ways are put in order, with a note; only a table of which nobody knows what wrote it is refused
for that, as a digit in it may be wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from antistokes import data
from antistokes.errors import ReadError
from antistokes.units import FloatArray


def checked(
    name: str, x: FloatArray, path: str | os.PathLike[str] = "", where: Callable[[int], str] | None = None
) -> tuple[str, FloatArray, list[str]]:
    """Return name, positions and notes of an axis; "pixel" and running numbers where the positions cannot be one.

    Parameters
    ----------
    name : str
        Key of ``data.AXES``.
    x : ndarray
        Positions, shape (n,) [unit of the axis].
    path : path-like
        The file, for the message.
    where : callable, optional
        Returns the place in the file of a position, by its number: they are written down one by one. None where they
        are computed.

    Raises
    ------
    ReadError
        There are no positions, or one of those written down is missing or stands twice.
    """
    finite = np.isfinite(x)
    if len(x) == 0:
        raise ReadError(path, "", f"positions of the {name} axis", "none")
    if not finite.all():
        if where:
            raise ReadError(path, where(int(np.argmin(finite))), f"a {name}", "none")
        return _numbered(x, f"the {name} axis of the file is not finite throughout, the axis is in pixels")
    if name in data.POSITIVE_AXES and x.min() <= 0:
        unit = data.AXES[name][0]
        return _numbered(x, f"the {name} axis is not positive ({x.min():g} to {x.max():g} {unit}), it is in pixels")
    if np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1]):
        return name, x, []
    if not where:
        return _numbered(x, f"the {name} axis of the file does not run one way, the axis is in pixels")
    order = np.argsort(x, kind="stable")
    same = np.flatnonzero(np.diff(x[order]) == 0)
    if len(same):
        second = int(order[same[0] + 1])
        unit = next(iter(data.AXES[name]), "")
        found, advice = f"{x[second]:.10g} {unit}".rstrip() + " twice", "Export it with more digits."
        raise ReadError(path, where(second), f"every {name} once", found, advice)
    return name, x, order_note(name, x)


def order_note(name: str, x: FloatArray) -> list[str]:
    """Return the note on positions that run both ways, none where they run one way."""
    one_way = np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1])
    return [] if one_way else [f"the {name} axis does not run one way, put in ascending order"]


def _numbered(x: FloatArray, note: str) -> tuple[str, FloatArray, list[str]]:
    return "pixel", np.arange(len(x), dtype=float), [note]
