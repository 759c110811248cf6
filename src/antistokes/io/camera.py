"""Frames of a camera -> one measurement: which dimensions it has, its axis, its saturated samples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.axis_check import checked
from antistokes.io.hints import NO_MEDIUM
from antistokes.io.instrument_table import positive
from antistokes.units import FloatArray

ADC_CEILING = 65535  # of 16 bits, what nearly every camera for spectra has
MOST_EXPOSURES = 10**9  # summed in one spectrum; a header that says more is damaged


class Axis(NamedTuple):
    """The axis along the columns of a frame: a key of ``data.AXES``, its positions, and what had to be guessed."""

    name: str
    x: FloatArray
    notes: tuple[str, ...] = ()


def pixels(columns: int, note: str = "no wavelength calibration, the axis is in pixels") -> Axis:
    """Return the axis of a frame that has no calibration."""
    return Axis("pixel", np.arange(columns, dtype=float), (note,))


def calibrated(name: str, x: FloatArray, notes: Sequence[str] = ()) -> Axis:
    """Return an axis that comes out of a calibration, or pixels where that cannot be one.

    Parameters
    ----------
    name : str
        Key of ``data.AXES``.
    x : array of float
        Positions, shape (columns,) [unit of the axis].
    notes : sequence of str
        What had to be guessed on the way to ``x``.
    """
    found, x, more = checked(name, x)
    return Axis(found, x, tuple(more or notes))


def whole_frames(
    path: str | os.PathLike[str], promised: int, held: int, where: str, strict: bool
) -> tuple[int, list[str]]:
    """Return how many frames to read, with a note where the file holds fewer than its header promises.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    promised, held : int
        Whole frames by the header, and by the size of the file.
    where : str
        Where the header says it, for messages.
    strict : bool
        Make an error of what would be a note.

    Raises
    ------
    ReadError
        The file holds no whole frame, or fewer than promised and ``strict``.
    """
    expected = f"{max(promised, 1)} whole frame{'s' * (promised > 1)}"
    if held < 1 or (promised > held and strict):
        raise ReadError(path, where, expected, f"{max(held, 0)}", "Is the file cut off?")
    if promised < 1:
        return held, [f"the header promises no frame, the size of the file tells {held}"]
    short = [f"the file is cut off: the header promises {promised} frames, {held} are whole"] if promised > held else []
    return min(promised, held), short


def exposures(stated: float | None) -> int:
    """Return of how many exposures counts are the sum: 1 where a header states no number, or one that cannot be."""
    return int(stated) if stated is not None and 1 <= stated <= MOST_EXPOSURES else 1


def dark_subtracted(by: str) -> dict[str, dict[str, str]]:
    """Return the attribute ``corrections`` of counts from which a program took the background before it wrote them."""
    return {"dark": {"by": by}}


def summed(exposures: int) -> list[str]:
    """Return the note on counts that are the sum of several exposures, none for those of one.

    Whether the sum reaches its end tells nothing of an exposure that did alone.
    """
    if exposures <= 1:
        return []
    return [f"the counts are the sum of {exposures} exposures, single ones may have been saturated unseen"]


def measurement(
    block: NDArray[Any],
    axis: Axis,
    *,
    kind: str = "spectrum",
    ceiling: float | None = None,
    factor: float = 1.0,
    notes: Sequence[str] = (),
    **attrs: Any,
) -> xr.Dataset:
    """Make a measurement of frames: 1-d for one row of one frame, else along frame, and along y where rows are many.

    Parameters
    ----------
    block : array
        Counts, shape (frames, rows, columns); if it can be written to, it becomes part of the measurement.
    axis : Axis
        The axis along the columns; frames of many rows in pixels are images, their axis is ``x``.
    kind : str
        What was measured; images are a "movie".
    ceiling : float, optional
        The count at which a sample is saturated.
    factor : float
        From the numbers to the unit of the quantity.
    notes : sequence of str
        What had to be guessed.
    **attrs
        Further attributes for :func:`antistokes.data.build`.
    """
    frames, height, _ = block.shape
    notes = [*notes, *axis.notes]
    name = axis.name
    if name == "pixel" and height > 1:
        name, kind = "x", "movie"
    along = {"frame": np.arange(frames)} if frames > 1 or height > 1 else {}
    along |= {"y": np.arange(height)} if height > 1 else {}
    if kind == "spectrum" and attrs.get("quantity") in data.ABSORPTION_QUANTITIES:
        kind = "absorption"
    own = block.flags.writeable  # a view of the bytes of a file is not, and is copied
    values = block.astype(block.dtype.newbyteorder("="), copy=not own)
    flag = _flags(values, ceiling)
    values = values if factor == 1 else values * factor
    shape = (*map(len, along.values()), values.shape[-1])
    if name in data.SPECTRAL:
        attrs = {"medium": "air", **attrs}
        notes.append(NO_MEDIUM)
    return data.build(
        name,
        axis.x,
        values.reshape(shape),
        kind=kind,
        along=along,
        flag=None if flag is None else flag.reshape(shape),
        notes=notes,
        **{k: v for k, v in attrs.items() if k not in data.POSITIVE_ATTRS or positive(v)},
    )


def _flags(values: NDArray[Any], ceiling: float | None) -> NDArray[np.uint8] | None:
    """Flag saturated and missing samples; missing ones become NaN."""
    saturated = values >= ceiling if ceiling is not None else None
    missing = ~np.isfinite(values) if values.dtype.kind == "f" else None
    flag = None
    for found, name in ((saturated, "saturated"), (missing, "missing")):
        if found is not None and found.any():
            flag = np.zeros(values.shape, dtype=np.uint8) if flag is None else flag
            flag[found] = data.FLAGS[name]
    if missing is not None and missing.any():
        values[missing] = np.nan
    return flag
