"""Andor .sif (Solis, SDK): lines of text, some with binary bytes among them, then the frames as numbers of 32 bits.

The number of lines differs between versions, so the image is found by what all versions share: three texts, each with
its length before it (axis, kind of data, axis), and the line of the frame's size. The calibration stands above them.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io import camera, dates, headers
from antistokes.io.head import Head
from antistokes.io.rates import rate_of
from antistokes.io.source import source
from antistokes.io.text import number

MAGIC = b"Andor Technology Multi-Channel File"
NOT_STATED = -999.0
SECTIONS = ("reference", "background", "live spectrum", "source")  # what may follow the signal
END = b"0\n0\n0\n0\n"  # none of them
CALIBRATION_LINES = 10  # at most, from the calibration to the size of the image

_LENGTH = re.compile(rb"(?<=\n)[0-9]{1,3}\n")
_SIZE = re.compile(rb"(655[0-9]{2})((?: +-?[0-9]{1,18}){8}) *\n")
_PART = re.compile(rb"655[0-9]{2}((?: +-?[0-9]{1,18}){7}) *\n")
_STAMP = re.compile(rb" *(-?[0-9]{1,18}) *\n")
_CALIBRATION = re.compile(rb"(?<=\n)655[0-9]{2}(?: [\s\S]){6}\n(?=([^\n]*)\n[^\n]*\n[^\n]*\n([^\n]*)\n)")
_SETTINGS = re.compile(rb"(655[0-9]{2}) 0 0 1 (\d+) (\S+)(?: [\s\S]){5} \S+ (\S+) (\S+) (\S+) (\d+) ")
_DETECTOR = re.compile(rb"(?<=\n)([\w .:-]{2,40}?) *\n +([0-9]+) ([0-9]+) ([0-9]+)\n")
_SPECTROGRAPH = re.compile(rb"(?<=\n)0 ([A-Z][\w ./-]{2,40})\n")
_OF_FRAME = re.compile(rb"Calibration data for frame +([0-9]+)[ :,]*([-+0-9.eE, ]+)")
_BACKGROUND = re.compile(r"\b(?:bg|background)[ -]corrected", re.IGNORECASE)
_PLAIN = ((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))  # the calibrations that say: pixels


class _Part(NamedTuple):
    """A track or an image within each frame: left column of the sensor, columns binned, and its size."""

    left: int
    binning: int
    rows: int
    columns: int


class _Image(NamedTuple):
    """What stands above the numbers: axis and kind of data, the frames, and where the numbers begin."""

    at: int
    axis: str
    quantity: str
    frames: int
    length: int
    parts: list[_Part]
    stamps: list[int]
    start: int


def is_sif(head: Head) -> bool:
    """Tell whether a file begins as one of Andor."""
    return head.start.startswith(MAGIC)


def read_sif(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the signal of a file of Andor: every frame, every track.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that holds fewer frames than its header promises.

    Returns
    -------
    list of xarray.Dataset
        One for each track, or for each frame where every frame has its own wavelengths: shape (columns,) for one row
        of one frame, (frames, columns) for one row, (frames, rows, columns) for images; along wavelength where the
        file is calibrated.

    Raises
    ------
    ReadError
        No image can be found, its sizes disagree, or the file holds no whole frame.
    """
    raw = Path(path).read_bytes()
    image = _image(path, raw)
    held = _held(raw, image)
    count, notes = camera.whole_frames(path, image.frames, held, f"byte {image.at}", strict)
    block = np.frombuffer(raw, "<f4", count * image.length, image.start).reshape(count, image.length)
    about, about_notes = _about(raw, image)
    notes += [*about_notes, *([] if count < image.frames else _leftovers(raw, image))]
    found: list[xr.Dataset] = []
    origin = source(path, raw, "sif")
    for name, counts, coefficients, part in _measurements(raw, image, block):
        column = camera.calibrated("wavelength", _wavelengths(coefficients, part)) if coefficients else None
        axis = column or camera.pixels(part.columns)
        said = origin if name is None else {**origin, "column": name}
        found.append(camera.measurement(counts, axis, notes=notes, source=said, **about))
    return found


def numbers_of(kind: str) -> tuple[dict[str, Any], list[str]]:
    """Return what the numbers are, by what Solis calls them, with a note where they are no plain counts."""
    stated = headers.read_quantity(kind)
    about = {
        "quantity": stated.quantity,
        "factor": stated.factor,
        "rate": rate_of(kind),
        "corrections": camera.dark_subtracted("Andor Solis") if _BACKGROUND.search(kind) else None,
    }
    return about, [*([] if kind in ("", "Counts") else [f"the numbers are {kind}"]), *stated.notes]


def _image(path: str | os.PathLike[str], raw: bytes) -> _Image:
    """Find the image by its three texts and the line of its size; check all counts against each other."""
    for candidate in _LENGTH.finditer(raw):
        texts = _texts(raw, candidate.start(), 3)
        size = texts and _SIZE.match(raw, texts[1])
        if texts and size:
            break
    else:
        raise ReadError(path, "", "the texts and the size of an Andor image", "none", "Is the file cut off?")
    version, numbers = int(size[1]), list(map(int, size[2].split()))
    frames, tracks, total, length = numbers[4:]
    where, at = f"byte {size.start()}", size.end()
    parts: list[_Part] = []
    while len(parts) < tracks and (line := _PART.match(raw, at)):
        parts.append(_part(path, f"byte {at}", list(map(int, line[1].split()))))
        at = line.end()
    if not parts or len(parts) < tracks or sum(p.rows * p.columns for p in parts) != length or total != frames * length:
        held = " + ".join(f"{p.rows} x {p.columns}" for p in parts[:3]) or "none"
        expected = f"{tracks} areas of {length} numbers in each of {frames} frames, {total} in all"
        raise ReadError(path, where, expected, f"{held}{' ...' if len(parts) > 3 else ''}")
    stamps: list[int] = []
    while len(stamps) < frames and (line := _STAMP.match(raw, at)):
        stamps.append(int(line[1]))
        at = line.end()
    if len(stamps) < frames:
        raise ReadError(path, f"byte {at}", f"{frames} time stamps", f"{len(stamps)}", "Is the file cut off?")
    start = at if version <= 65538 else _past_more_stamps(raw, at, frames)
    return _Image(size.start(), texts[0][0], texts[0][1], frames, length, parts, stamps, start)


def _texts(raw: bytes, at: int, count: int) -> tuple[list[str], int] | None:
    """Return texts that each have their length in a line before them, and where the last one ends."""
    found: list[str] = []
    for _ in range(count):
        length = re.compile(rb"[0-9]{1,3}\n").match(raw, at)
        if not length:
            return None
        at = length.end() + int(length[0])
        text = raw[length.end() : at]
        if b"\n" in text or b"\0" in text:
            return None
        found.append(text.decode("latin-1"))
    return found, at


def _part(path: str | os.PathLike[str], where: str, numbers: Sequence[int]) -> _Part:
    left, top, right, bottom, high, wide = numbers[:6]
    rows, columns = ((abs(b - a) + 1) // max(n, 1) for a, b, n in ((top, bottom, high), (left, right, wide)))
    if min(left, right, top, bottom, high, wide) < 0 or min(rows, columns) < 1:
        raise ReadError(path, where, "an area of the sensor", f"{left} to {right}, {bottom} to {top}, {wide} x {high}")
    return _Part(min(left, right), max(wide, 1), rows, columns)


def _past_more_stamps(raw: bytes, at: int, frames: int) -> int:
    """Return where the numbers begin: after a line 0, or a line 1 and one more line for each frame."""
    if raw[at : at + 2] != b"1\n":
        return at + 2 if raw[at : at + 2] == b"0\n" else at
    begin, at = at, at + 2
    for _ in range(frames):
        line = _STAMP.match(raw, at)
        if line is None:
            return begin
        at = line.end()
    return at


def _held(raw: bytes, image: _Image) -> int:
    """Return how many whole frames the file holds: what follows the last one is no frame."""
    size = 4 * image.length
    held = (len(raw) - image.start) // size
    after = image.start + size * image.frames
    if held >= image.frames and raw[after : after + 2] in (b"", b"0", b"1", b"0\n", b"1\n"):
        return image.frames
    return next((n for n in range(held + 1) if raw.startswith(END, image.start + n * size)), held)


def _measurements(
    raw: bytes, image: _Image, block: NDArray[Any]
) -> list[tuple[str | None, NDArray[Any], tuple[float, ...] | None, _Part]]:
    """Part the frames: by tracks, and by frames where each frame has its own calibration."""
    ends = np.cumsum([part.rows * part.columns for part in image.parts])
    pieces = zip(np.split(block, ends[:-1], axis=1), image.parts, strict=True)
    tracks = [(piece.reshape(len(block), part.rows, part.columns), part) for piece, part in pieces]
    own = {int(m[1]): _polynomial(m[2].replace(b",", b" ")) for m in _OF_FRAME.finditer(raw, 0, image.at)}
    names = [f"track {i}" if len(tracks) > 1 else None for i in range(1, len(tracks) + 1)]
    if len(own) < 2:
        whole = _of_image(raw, image)[0]
        return [(name, counts, whole, part) for name, (counts, part) in zip(names, tracks, strict=True)]
    return [
        (" ".join(filter(None, (name, f"frame {i + 1}"))), counts[i : i + 1], own.get(i + 1), part)
        for name, (counts, part) in zip(names, tracks, strict=True)
        for i in range(len(block))
    ]


def _of_image(raw: bytes, image: _Image) -> tuple[tuple[float, ...] | None, float | None]:
    """Return the polynomial of the wavelength, None where the axis is in pixels; and the wavelength of the laser."""
    found = list(_CALIBRATION.finditer(raw, 0, image.at))
    if not found or raw.count(b"\n", found[-1].end(), image.at) > CALIBRATION_LINES:
        return None, None
    return _polynomial(found[-1][1]), _number(found[-1][2])


def _polynomial(text: bytes) -> tuple[float, ...] | None:
    try:
        found = tuple(map(float, text.split()))
    except ValueError:
        return None
    return found if found and found not in _PLAIN else None


def _wavelengths(coefficients: Sequence[float], part: _Part) -> NDArray[np.float64]:
    """Return the wavelength [nm] at the middle of each column; the polynomial is in the sensor's pixels 1 to N."""
    middle = part.left + part.binning * np.arange(float(part.columns)) + (part.binning - 1) / 2
    with np.errstate(all="ignore"):  # a damaged polynomial overflows; calibrated() sees it
        return np.asarray(np.polynomial.polynomial.polyval(middle, coefficients), dtype=float)


def _about(raw: bytes, image: _Image) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the header gives, with notes."""
    head = raw[: image.at]
    settings, detector = _SETTINGS.search(head), _DETECTOR.search(head)
    said: dict[str, Any] = {"header": _lines(head), "axis": image.axis, "data": image.quantity, "stamps": image.stamps}
    notes = [] if settings else ["the line of settings is not understood: exposure and date are unknown"]
    sums, about = 1, dict[str, Any]()
    if settings:
        seconds, sums = int(settings[2]), camera.exposures(int(settings[7]))
        about["integration_time_s"] = _number(settings[4])
        about["acquired_at"] = dates.since_1970(seconds)
        temperature = _number(settings[3])
        said["detector_temperature_c"] = temperature if temperature != NOT_STATED else None
    notes += camera.summed(sums)
    polynomial, laser = _of_image(raw, image)
    spectrograph = _SPECTROGRAPH.search(head) if polynomial else None
    names = [found[1].decode("latin-1").strip() for found in (detector, spectrograph) if found]
    about["instrument"] = ", ".join(names) or None
    numbers, more = numbers_of(image.quantity)
    notes += more
    about |= numbers | {"exposures": sums if sums > 1 else None}
    about["ceiling"] = camera.ADC_CEILING * sums if image.quantity == "Counts" else None
    if image.axis.startswith("Raman"):
        notes.append(f"Solis showed the Raman shift from {laser} nm, the axis is the wavelength")
        about |= {"kind": "raman", "excitation_nm": laser}
    elif polynomial and not image.axis.startswith("Wavelength"):
        notes.append(f"Solis showed the axis {image.axis!r}, the axis is the wavelength of its calibration")
    return about | {"raw_metadata": said}, notes


def _number(text: bytes) -> float | None:
    value = number(text.decode("latin-1"))
    return value if value is not None and math.isfinite(value) else None


def _lines(head: bytes) -> list[str]:
    """Return the lines of the header without the block of bytes that stands for a comment."""
    block = re.compile(rb"(?<=\n)65538 ([0-9]{1,7})\n").search(head, len(MAGIC) + len(b"\n65538 1\n"))
    if block:
        comment = head[block.end() : block.end() + int(block[1])].split(b"\0", 1)[0]
        head = head[: block.end()] + comment + head[block.end() + int(block[1]) :]
    return head.decode("latin-1").split("\n")


def _leftovers(raw: bytes, image: _Image) -> list[str]:
    """Note what follows the signal and is not read."""
    at = image.start + 4 * image.length * image.frames
    for name in SECTIONS:
        if raw[at : at + 2] == b"1\n":
            return [f"the file also holds a {name}, which is not read"]
        at += 2
    return []
