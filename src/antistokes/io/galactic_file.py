"""The bytes of a Galactic (GRAMS) .spc file: its header, its subfiles, its log. What they mean is told elsewhere.

Written from the Galactic Universal Data Format Specification (SPC.H, 1997). A file has a header, then one or more
subfiles of a 32-byte header and the values; a log of text may follow. Values are floats, or fixed-point fractions of
16 or 32 bits scaled by a power of two. The positions are even (first, last, count), an array before the subfiles, or
an array in each subfile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io import dates
from antistokes.io.binary import Binary
from antistokes.units import FloatArray

NEW, OLD = {0x4B: "<", 0x4C: ">"}, 0x4D
NEW_BYTES, OLD_BYTES, SUB_BYTES, ENTRY_BYTES = 512, 224, 32, 12
SHORT, MULTI, RANDOM_Z, ORDERED_Z, LABELS, OWN_X, X_VALUES = 1, 4, 8, 16, 32, 64, 128
FLOAT = -128  # the exponent that says: the values are floats
MOST = 5000  # spectra with an axis each; a measurement takes more memory than its bytes in the file


class Header(NamedTuple):
    """What the header says; ``order`` is the byte order, ``end`` where the header ends."""

    order: str
    flags: int
    technique: int
    exponent: int
    points: int
    first: float
    last: float
    subfiles: int
    x_type: int
    y_type: int
    z_type: int
    date: str | None
    labels: list[str]
    said: dict[str, Any]
    log_at: int
    z_step: float
    end: int

    @property
    def old(self) -> bool:
        """Whether the file is of the old format, 4D."""
        return self.end == OLD_BYTES


class Subfile(NamedTuple):
    """Positions and stored values of one trace, its place along the third axis, and that of the next trace.

    The values are ``stored`` * 2**``exponent``.
    """

    x: FloatArray
    stored: NDArray[Any]
    exponent: int
    z: float
    z_next: float


def values_of(found: Sequence[Subfile]) -> NDArray[Any]:
    """Return the values of subfiles of one length, shape (subfiles, samples); 16 bits fit into float32."""
    short = all(one.stored.dtype.itemsize == 2 for one in found)
    out = np.empty((len(found), found[0].stored.size), dtype=np.float32 if short else np.float64)
    for row, one in zip(out, found, strict=True):
        with np.errstate(invalid="ignore"):  # damage may make NaN of the kind that warns
            row[:] = one.stored
        np.ldexp(row, one.exponent, out=row)
    return out


def header_of(file: Binary) -> Header:
    """Return the header of a file of any version, or raise a ReadError."""
    version = file.number("B", 1)
    if version == OLD:
        return _old_header(file)
    if version not in NEW:
        raise ReadError(file.path, "byte 1", "the version 4B, 4C or 4D of Galactic .spc", f"{version:02X}")
    order = NEW[version]
    file.require(0, NEW_BYTES)
    flags, _, technique, exponent, points, first, last, subfiles = file.numbers(order + "BBBbIddI", 0)
    x_type, y_type, z_type, _, date = file.numbers(order + "BBBBI", 28)
    planes, step = file.number(order + "I", 316), file.number(order + "f", 312)
    if flags & X_VALUES and flags & OWN_X:
        directory, points = points, file.number(order + "I", NEW_BYTES + 16) if len(file.raw) > NEW_BYTES + 20 else 0
    else:
        directory, flags = 0, flags & ~OWN_X
    said = {
        "version": f"{version:02X}",
        "technique": technique,
        "resolution": file.text(36, 9),
        "instrument": file.text(45, 9),
        "comment": file.text(88, 130),
        "method": file.text(264, 48),
        "modifications": file.number(order + "I", 252),
        "w_planes": planes,
        "directory": directory,
    }
    parts = (date >> 20, date >> 16 & 15, date >> 11 & 31, date >> 6 & 31, date & 63)
    said["date"] = _written(*parts)
    labels = _labels(file, 218) if flags & LABELS else []
    log_at = file.number(order + "I", 248)
    count = subfiles if flags & MULTI else 1
    return Header(
        *(order, flags, technique, exponent, points, first, last, max(count, 1), x_type, y_type, z_type),
        *(dates.iso(said["date"]), labels, said, log_at, step, NEW_BYTES),
    )


def _old_header(file: Binary) -> Header:
    """Read the header of 224 bytes; the count of points is a float, that of subfiles is not stated."""
    file.require(0, OLD_BYTES)
    flags, _, exponent, points, first, last, x_type, y_type, year = file.numbers("<BBhfffBBH", 0)
    if not (np.isfinite(points) and 0 < points < 2**31 and points == int(points)):
        raise ReadError(file.path, "byte 4", "a count of points", f"{points:g}")
    if not -128 <= exponent <= 128:
        raise ReadError(file.path, "byte 2", "an exponent of at most 128", f"{exponent}")
    size = SUB_BYTES + int(points) * (2 if flags & SHORT else 4)
    subfiles = max((len(file.raw) - OLD_BYTES) // size, 1) if flags & MULTI else 1
    labelled = flags & LABELS or year >> 12 == 15
    said = {"version": "4D", "resolution": file.text(24, 8), "comment": file.text(64, 130)}
    said["date"] = _written(year & 0xFFF, *file.numbers("<BBBB", 20))
    return Header(
        *("<", flags & ~(OWN_X | X_VALUES), 0, exponent, int(points), first, last, subfiles, x_type, y_type),
        *(year >> 12, dates.iso(said["date"]), _labels(file, 194) if labelled else [], said, 0, 0.0, OLD_BYTES),
    )


def _labels(file: Binary, at: int) -> list[str]:
    """Return the names of x, y and z, each empty where the type says it."""
    text = file.raw[at : at + 30].decode("latin-1")
    return [label.strip() for label in text.split("\0")[:3]]


def _written(year: int, month: int, day: int, hour: int, minute: int) -> str:
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"


def subfiles_of(file: Binary, said: Header) -> tuple[list[Subfile], list[str]]:
    """Return the subfiles that are there as a whole, and what is to be said of the others."""
    at = said.end
    if said.flags & OWN_X:
        shared = None
    elif said.flags & X_VALUES:
        shared = _positions(file, said, at, said.points)
        at += 4 * said.points
    else:
        file.require(at, SUB_BYTES + said.points * (2 if said.flags & SHORT else 4))  # before the axis is made
        shared = np.linspace(said.first, said.last, said.points)
    places, found = _directory(file, said), []
    notes: list[str] = []
    budget, empty = len(file.raw), 0
    for number in range(said.subfiles):
        place = places[number] if places else at
        try:
            one, at = _subfile(file, said, place, shared)
        except ReadError:
            notes.append(f"the file is cut off: {number} of {said.subfiles} subfiles read")
            break
        budget -= at - place
        if budget < 0:
            raise ReadError(file.path, f"byte {place}", "subfiles beside each other", "subfiles on top of each other")
        if one.x.size:
            found.append(one)
        empty += not one.x.size
        if shared is None and len(found) > MOST:
            expected, advice = f"at most {MOST} spectra with an axis each", "Split the file."
            raise ReadError(file.path, f"byte {place}", expected, f"{said.subfiles}", advice)
    return found, [*notes, f"{empty} subfiles without values left out"] if empty else notes


def _directory(file: Binary, said: Header) -> list[int]:
    """Return where the subfiles begin, as the directory of a file with an axis in each subfile says; [] without one.

    Where it does not lead to subfiles with the right numbers, they are taken in a row.
    """
    at = said.said.get("directory", 0)
    if not at or at + ENTRY_BYTES * said.subfiles > len(file.raw):
        return []
    entries = file.array(said.order + "u4", at, 3 * said.subfiles)
    places = [int(place) for place in entries[::3]]
    last = len(file.raw) - SUB_BYTES
    right = (p <= last and file.number(said.order + "H", p + 2) == n & 0xFFFF for n, p in enumerate(places))
    return places if all(right) else []


def _subfile(file: Binary, said: Header, at: int, shared: FloatArray | None) -> tuple[Subfile, int]:
    """Return a subfile and where it ends."""
    z, z_next = file.numbers(said.order + "ff", at + 4)
    exponent = file.number("b", at + 1) if said.flags & MULTI else said.exponent
    if said.old and exponent == 0:
        exponent = said.exponent
    if shared is None:
        points = file.number(said.order + "I", at + 16)
        x = _positions(file, said, at + SUB_BYTES, points)
        at += 4 * points
    else:
        points, x = said.points, shared
    start, order = at + SUB_BYTES, said.order
    if exponent == FLOAT:
        stored, exponent = file.array(order + "f4", start, points), 0
    elif said.flags & SHORT:
        stored, exponent = file.array(order + "i2", start, points), exponent - 16
    else:
        stored, exponent = _words(file, said, start, points), exponent - 32
    return Subfile(x, stored, exponent, z, z_next), start + stored.itemsize * points


def _positions(file: Binary, said: Header, at: int, points: int) -> FloatArray:
    with np.errstate(invalid="ignore"):
        return file.array(said.order + "f4", at, points).astype(float)


def _words(file: Binary, said: Header, at: int, points: int) -> NDArray[Any]:
    """Return fixed-point values of 32 bits; the old format has the more significant half first."""
    if not said.old:
        return file.array(said.order + "i4", at, points)
    halves = file.array("<u2", at, 2 * points).astype(np.uint32)
    return (halves[::2] << np.uint32(16) | halves[1::2]).view(np.int32)


def log_of(file: Binary, said: Header) -> str:
    """Return the text of the log, "" where there is none or where it is damaged."""
    at = said.log_at
    if not 0 < at <= len(file.raw) - 20:
        return ""
    size, _, offset = file.numbers(said.order + "III", at)
    return file.raw[at + offset : at + max(size, offset)].decode("latin-1").strip("\0\r\n ")
