"""PerkinElmer: the ASCII files of UV WinLab, FL WinLab and Spectrum ("PE UV ... ASCII"), and binary .sp files.

The ASCII files have a header of about 90 lines whose place is their meaning, ``#HDR``, ``#GR`` with the axes, ``#DATA``
and the numbers. The binary ones are members of type, size and value one after the other, behind ``PEPE``. The reader of
the binary ones was checked on one real file, an infrared spectrum of a Spectrum One, against specio 0.1.0.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import axes, dates, hints
from antistokes.io.binary import Binary
from antistokes.io.decoding import decode
from antistokes.io.head import Head
from antistokes.io.instrument_table import ends_whole
from antistokes.io.source import source
from antistokes.io.text import number
from antistokes.units import FloatArray

MAGIC, WRAPPER = b"PEPE", 120
RANGE, INTERVAL, POINTS, X_LABEL, Y_LABEL, DATA, NAME, ALIAS = (
    *(-29838, -29836, -29835, -29833, -29832),
    *(-29828, -29827, -29823),
)
TEXTS = {X_LABEL: "x label", Y_LABEL: "y label", NAME: "name", ALIAS: "alias"}
QUANTITIES = {"a": "absorbance", "abs": "absorbance", "t": "transmittance"}  # what the instruments call them
MAX_GR = 10


class _Graph(NamedTuple):
    """What the lines below #GR say: units, first position, step, count, and the extremes of the numbers."""

    x_unit: str
    y_unit: str
    start: float
    step: float
    points: int
    high: float
    low: float


def is_perkinelmer_asc(head: Head) -> bool:
    """Tell whether a file begins as PerkinElmer's ASCII files do: "PE UV", "PE FL", ... and "ASCII"."""
    return re.match(r"PE (?:UV|FL|IR|NIR|LS)\b[^\n]*\bASCII\b[^\n]*\bPEDS\b", head.text) is not None


def is_perkinelmer_sp(head: Head) -> bool:
    """Tell whether a file begins as a block file of PerkinElmer that holds one spectrum."""
    return head.start.startswith(MAGIC + b"2D constant interval DataSet")


def read_perkinelmer_asc(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectrum of a PerkinElmer ASCII file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file with fewer numbers than its header says.

    Returns
    -------
    list of xarray.Dataset
        One spectrum along wavelength (or energy).

    Raises
    ------
    ReadError
        The header has no #GR and #DATA, or the numbers disagree with it.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    lines = text.lines
    places = [next((i for i, line in enumerate(lines) if line.strip() == mark), None) for mark in ("#GR", "#DATA")]
    if places[0] is None or places[1] is None or not places[0] < places[1]:
        raise ReadError(path, f"line {len(lines)}", "the marks #GR and #DATA", "not both", "Is it cut off?")
    graph = _graph(path, lines[places[0] + 1 : places[1]], places[0] + 2)
    x, y = _numbers(path, lines, places[1] + 1, graph.points, ends_whole(raw))
    notes = [*text.notes, *_checked(path, x, y, graph, places[1] + 2, strict)]
    header = lines[: places[0]]
    fluorescence = header[0].startswith(("PE FL", "PE LS"))
    kind, about, guessed = _scan(header, x) if fluorescence else ("spectrum", {}, [])
    attrs = {
        "instrument": next((line.strip() for line in header if re.match(r"(?i)lambda \d|LS-?\d", line)), None),
        "acquired_at": _date(header),
        "source": source(path, raw, "perkinelmer_asc", encoding=text.encoding),
        "raw_metadata": lines[: places[1]],
        **about,
    }
    return [_spectrum(x, y, (graph.x_unit, graph.y_unit), kind, [*notes, *guessed], attrs)]


def read_perkinelmer_sp(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectrum of a binary PerkinElmer .sp file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that is cut off within its numbers.

    Returns
    -------
    list of xarray.Dataset
        One spectrum along wavelength (or energy).

    Raises
    ------
    ReadError
        The file has no member with numbers, or they disagree with its range, interval and count.
    """
    file = Binary(path, Path(path).read_bytes())
    if not file.raw.startswith(MAGIC):
        raise ReadError(path, "byte 0", "PEPE", repr(file.raw[:4]))
    members = dict(_members(file))
    for wanted, name in ((RANGE, "the range of the axis"), (DATA, "the numbers")):
        if wanted not in members:
            raise ReadError(path, "", f"a member with {name}", "none", "Is it cut off?")
    first, last = file.numbers("<2d", members[RANGE] + 2)
    at = members[DATA]
    size = file.number("<i", at + 2)
    count = file.number("<i", members[POINTS] + 2) if POINTS in members else size // 8
    if size != 8 * count or count < 1:
        raise ReadError(path, f"byte {at}", f"{count} numbers of 8 bytes", f"{size} bytes")
    held = min(count, (len(file.raw) - at - 6) // 8)
    notes = [f"the file is cut off: {held} of {count} points"] if held < count else []
    if held < 1 or (strict and notes):
        raise ReadError(path, f"byte {at + 6}", f"{count} numbers", f"{held}", "Is it cut off?")
    step = file.number("<d", members[INTERVAL] + 2) if INTERVAL in members else None
    x = _positions(path, members[RANGE], (first, last, step), count, held)
    texts = {name: _text(file, members[member]) for member, name in TEXTS.items() if member in members}
    y = file.array("<f8", at + 6, held)
    if not np.isfinite(y).all():
        raise ReadError(path, f"byte {at + 6}", "finite numbers", "one that is not")
    attrs = {
        "source": source(path, file.raw, "perkinelmer_sp"),
        "raw_metadata": {"description": file.text(4, 40), **texts},
    }
    return [_spectrum(x, y, (texts.get("x label", ""), texts.get("y label", "")), "spectrum", notes, attrs)]


def _spectrum(
    x: FloatArray, y: FloatArray, units: tuple[str, str], kind: str, notes: Sequence[str], attrs: Mapping[str, Any]
) -> xr.Dataset:
    turned = -1 if x[0] > x[-1] else 1  # turned here, it is not copied behind
    axis, y = axes.computed(axes.positions(units[0], x[::turned])), y[::turned]
    name = QUANTITIES.get(units[1].strip().lower())
    stated = axes.Signal(name) if name else axes.signal(units[1])
    return data.build(
        axis.axis,
        axis.x,
        y * stated.factor,
        kind=hints.kind_of(stated.quantity, kind),
        notes=[*notes, *axis.notes, *stated.notes],
        quantity=stated.quantity,
        **axes.as_build(axis),
        **attrs,
    )


def _graph(path: str | os.PathLike[str], lines: Sequence[str], first: int) -> _Graph:
    """Return what stands below #GR; two lines of scale between the units and the start are not applied to the data."""
    said = [line.strip() for line in lines[:MAX_GR]]
    if len(said) < MAX_GR:
        raise ReadError(path, f"line {first}", f"{MAX_GR} lines below #GR", f"{len(said)}")
    values = [number(cell) for cell in said[4:]]
    if any(value is None or not np.isfinite(value) for value in values):
        raise ReadError(path, f"line {first + 4}", "start, step, count, digits, maximum, minimum", repr(said[4:])[:60])
    start, step, count, _, high, low = (float(value or 0.0) for value in values)
    return _Graph(said[0], said[1], start, step, int(count), high, low)


def _numbers(
    path: str | os.PathLike[str], lines: Sequence[str], first: int, count: int, whole: bool
) -> tuple[FloatArray, FloatArray]:
    """Return the pairs below #DATA; a last line that may be cut is left out."""
    pairs = array("d")
    last = len(lines) - (not whole and _is_shorter(lines, first, count))
    for at, line in enumerate(islice(lines, first, last), first + 1):
        cells = line.split()
        values = [value for cell in cells if (value := number(cell)) is not None]
        if cells and not len(cells) == len(values) == 2:
            raise ReadError(path, f"line {at}", "two numbers", repr(line.strip()[:40]))
        pairs.extend(values)
    if not pairs:
        raise ReadError(path, f"line {first}", f"{count} lines of numbers", "none", "Is it cut off?")
    x, y = np.frombuffer(pairs).reshape(-1, 2).T
    return x, y


def _is_shorter(lines: Sequence[str], first: int, count: int) -> bool:
    """Tell whether the last line has fewer digits than the one before it, or lines are missing."""
    digits = [len(line.strip().rpartition(".")[2]) for line in lines[max(first, len(lines) - 2) :]]
    return len(lines) - first < count or len(digits) < 2 or digits[1] < digits[0]


def _checked(
    path: str | os.PathLike[str], x: FloatArray, y: FloatArray, graph: _Graph, line: int, strict: bool
) -> list[str]:
    """Hold the numbers against the header; what is cut off or unlike it is noted."""
    if len(x) > graph.points or np.unique(x).size < x.size or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ReadError(path, f"line {line}", f"{graph.points} finite points at different positions", f"{len(x)} lines")
    expected = graph.start + graph.step * np.arange(len(x))
    if np.abs(x - expected).max() > max(0.01 * abs(graph.step), 1e-5):
        at = int(np.argmax(np.abs(x - expected)))
        raise ReadError(path, f"line {line + at}", f"the position {expected[at]:.10g}", f"{x[at]:.10g}")
    if len(x) < graph.points:
        if strict:
            raise ReadError(path, f"line {line + len(x)}", f"{graph.points} points", f"{len(x)}", "Is it cut off?")
        return [f"the file is cut off: {len(x)} of {graph.points} points"]
    if not np.allclose([y.max(), y.min()], [graph.high, graph.low], rtol=1e-5, atol=1e-5):
        return [f"the header says {graph.low:g} to {graph.high:g}, the numbers reach from {y.min():g} to {y.max():g}"]
    return []


def _scan(header: Sequence[str], x: FloatArray) -> tuple[str, dict[str, float], list[str]]:
    """Return the kind of a fluorescence scan and its fixed wavelength, which stands below the instrument."""
    at = next((i for i, line in enumerate(header) if re.match(r"LS-?\d", line.strip())), None)
    fixed = number(header[at + 1].strip()) if at is not None and at + 1 < len(header) else None
    if fixed is None or not 150 < fixed < 2000:
        return "emission", {}, []
    if fixed <= x.min():
        said = f"the fixed wavelength {fixed:g} nm lies below the scan: read as the excitation of an emission scan"
        return "emission", {"excitation_nm": fixed}, [said]
    if fixed >= x.max():
        said = f"the fixed wavelength {fixed:g} nm lies above the scan: read as the detection of an excitation scan"
        return "ple", {"detection_nm": fixed}, [said]
    return "emission", {}, [f"the fixed wavelength {fixed:g} nm lies within the scan: left in raw_metadata"]


def _date(header: Sequence[str]) -> str | None:
    """Return when it was measured; the layout is yy/mm/dd and hh:mm:ss, other dates stay in raw_metadata."""
    day = re.fullmatch(r"\d\d/\d\d/\d\d", header[3].strip()) if len(header) > 4 else None
    if day is None:
        return None
    return dates.iso(f"{day[0]} {header[4].strip()}", dates.YEAR_FIRST) or dates.iso(day[0], dates.YEAR_FIRST)


def _members(file: Binary) -> Iterator[tuple[int, int]]:
    """Yield type and place of each member; the wrapper around them is gone into, others are stepped over."""
    at = len(MAGIC) + 40
    while at + 6 <= len(file.raw):
        member, size = file.numbers("<hi", at)
        at += 6
        if size < 0:
            raise ReadError(file.path, f"byte {at - 4}", "a size that is not negative", f"{size}")
        if member != WRAPPER:
            yield member, at
            at += size


def _positions(
    path: str | os.PathLike[str], at: int, axis: tuple[float, float, float | None], count: int, held: int
) -> FloatArray:
    """Return the first ``held`` of ``count`` positions; range and interval must agree to a hundredth of a step."""
    first, last, step = axis
    even = (last - first) / (count - 1) if count > 1 else 0.0
    if not np.isfinite([first, last]).all():
        raise ReadError(path, f"byte {at}", "a range of the axis", f"{first:g} to {last:g}")
    if step is not None and count > 1 and not abs(abs(step) - abs(even)) <= max(0.01 * abs(even), 1e-9):
        raise ReadError(path, f"byte {at}", f"steps of {step:g}", f"{count} points from {first:g} to {last:g}")
    return np.linspace(first, first + even * (held - 1), held) if held < count else np.linspace(first, last, count)


def _text(file: Binary, at: int) -> str:
    return file.text(at + 4, file.number("<h", at + 2))
