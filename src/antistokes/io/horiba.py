"""HORIBA: excitation-emission matrices of FluorEssence (.dat), and LabSpec text (.txt) with its ``#key=`` header.

A FluorEssence matrix says nothing of what its axes are: the first row is read as excitation, the first column as
emission, if both look like it. LabSpec names axes and units in newer files; in others the unit of the axis is that of
``Spectro (...)`` or ``Range (...)``. DataStation histograms are recognised and refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import axes, dates, hints, instrument_table
from antistokes.io.decoding import Text, decode
from antistokes.io.head import Head
from antistokes.io.matrix import Matrix, dialect, eem, read_matrix, require_distinct, split
from antistokes.io.rates import rate_of
from antistokes.io.source import source
from antistokes.io.text import number
from antistokes.units import FloatArray

LIKELY_NM = (150.0, 1700.0)
MIN_EXCITATIONS, MIN_EMISSIONS = 4, 8
_COUNTS = {"cnt": (), "counts": (), "cnt/sec": ("the file says Cnt/sec: counts per second",)}
_CALIBRATION = re.compile(r"^\s*Time calibration\s*[:=]\s*[-+.\dEe]+\s*[npµu]?s\s*/\s*ch", re.IGNORECASE | re.MULTILINE)


class _LabSpec(NamedTuple):
    """A LabSpec text: its header line by line and by key, and the index of the first line of numbers."""

    header: list[str]
    said: dict[str, str]
    first: int


def is_fluoressence(head: Head) -> bool:
    """Tell whether a .dat file is a matrix of numbers whose axes can only be excitation and emission wavelengths."""
    lines = head.text.split("\n")
    if head.suffix != ".dat" or len(lines) < MIN_EMISSIONS + 1 or "\t" not in lines[0]:
        return False
    cells = [split(line, "\t") for line in lines[: MIN_EMISSIONS + 1]]
    if re.search(r"[\[\]/]|time|delay|temp|power|energy|raman|cm", cells[0][0], re.IGNORECASE):
        return False
    excitation, emission = [number(c) for c in cells[0][1:]], [number(row[0]) for row in cells[1:] if row]
    if len({len(row) for row in cells}) != 1 or len(excitation) < MIN_EXCITATIONS:
        return False
    wide = _even(excitation) and _even(emission)
    return wide and float(emission[0] or 0) >= float(excitation[0] or 0) + 5


def is_labspec_text(head: Head) -> bool:
    """Tell whether a text has the header that LabSpec writes."""
    keys = re.findall(r"^#([^=\n]+)=", head.text, re.MULTILINE)
    return head.text.startswith("#") and "Acq. time (s)" in keys and ("Accumulations" in keys or "Acquired" in keys)


def is_datastation(head: Head) -> bool:
    """Tell whether a text is a histogram of HORIBA DataStation, which states its time per channel."""
    return _CALIBRATION.search(head.text) is not None


def read_fluoressence(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read an excitation-emission matrix of FluorEssence.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last row that is cut off.

    Returns
    -------
    list of xarray.Dataset
        One, along (excitation, wavelength); the file does not say what the numbers are.

    Raises
    ------
    ReadError
        A row has another length than the first, or an axis is no wavelength.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    matrix = read_matrix(path, text.lines, 0, whole=strict or instrument_table.ends_whole(raw))
    guess = "the file names no axes: first row read as excitation, first column as emission wavelength in nm"
    about = source(path, raw, "fluoressence", encoding=text.encoding)
    return [eem(path, matrix, [*text.notes, guess], source=about, raw_metadata=[text.lines[0].split("\t")[0]])]


def read_labspec_text(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read a spectrum, a line scan or a map that LabSpec wrote as text.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last row that is cut off.

    Returns
    -------
    list of xarray.Dataset
        One, along raman_shift, wavelength or energy; before it y, x [um], time [s] or frame.

    Raises
    ------
    ReadError
        There are no numbers below the header, or they are no table.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    file = _labspec(path, text)
    words, notes = _axis_words(file.said)
    row = split(text.lines[file.first], dialect(text.lines[file.first : file.first + 3])[0])
    leading = next((i for i, cell in enumerate(row) if cell), 0)
    if leading:
        matrix = read_matrix(path, text.lines, file.first, leading, strict or instrument_table.ends_whole(raw))
        axis = axes.positions(words, matrix.columns, raman=True)
        along, values, more = _map(file, matrix)
        notes += [*matrix.notes, *more]
        if "frame" in along:
            file.header.append("positions: " + "; ".join(" ".join(map(repr, row)) for row in matrix.rows.tolist()))
    else:
        delimiter = dialect(text.lines[file.first : file.first + 3])[0]
        headed = instrument_table.Part(text.lines, file.first, len(text.lines), above=f"0{delimiter}1")
        pairs = read_matrix(path, headed, file.first - 1, 1, strict or instrument_table.ends_whole(raw))
        axis, along, values = axes.positions(words, pairs.rows[:, 0], raman=True), {}, pairs.values[:, 0]
        notes += [*pairs.notes]
    require_distinct(path, {axis.axis: axis.x, **along})
    about = source(path, raw, "labspec_text", encoding=text.encoding)
    return [_labspec_measurement(axis, along, values, file, [*text.notes, *notes], about)]


def _labspec(path: str | os.PathLike[str], text: Text) -> _LabSpec:
    header = [line for line in text.lines if line.startswith("#")]
    first = next((i for i, line in enumerate(text.lines) if line.strip() and not line.startswith("#")), None)
    if first is None:
        raise ReadError(path, f"line {len(text.lines)}", "numbers below the header", "none", "Is it cut off?")
    said: dict[str, str] = {}
    for line in header:
        key, _, value = line[1:].partition("=")
        said.setdefault(key.strip(), value.strip())
    return _LabSpec(header, said, first)


def _axis_words(said: dict[str, str]) -> tuple[str, list[str]]:
    """Return the unit of the spectral axis, and a note where another line than that of the axis states it."""
    for i in range(1, 5):
        if said.get(f"AxisType[{i}]") == "Spectr":
            return said.get(f"AxisUnit[{i}]", ""), []
    for key in said:
        found = re.fullmatch(r"(?:Spectro|Range) \((.+)\)", key)
        if found:
            unit = re.sub(r"cm.?[⁻¹\x8d\x81¯-].*", "1/cm", found[1])
            return unit, [f"unit of the axis read from {key!r}"]
    return "", ["the file states no unit of the axis"]


def _map(file: _LabSpec, matrix: Matrix) -> tuple[dict[str, FloatArray], FloatArray, list[str]]:
    """Return the dimensions of a line scan or map, its values, and what was guessed."""
    types = [file.said.get(f"AxisType[{i}]", "").lower() for i in range(2, 5)]
    if matrix.rows.shape[1] == 1:
        name = {"x": "x", "y": "y", "time": "time"}.get(types[0], "frame")
        if name != "frame":
            return {name: matrix.rows[:, 0]}, matrix.values, []
        said = f"the rows stand for {types[0] or 'something not named'}, read as frames; positions in raw_metadata"
        return {"frame": np.arange(float(len(matrix.rows)))}, matrix.values, [said]
    if matrix.rows.shape[1] > 2:
        said = "the rows stand for more than two positions, read as frames; positions in raw_metadata"
        return {"frame": np.arange(float(len(matrix.rows)))}, matrix.values, [said]
    pairs = np.unique(matrix.rows, axis=0)
    x, across = np.unique(matrix.rows[:, 0], return_inverse=True)
    y, down = np.unique(matrix.rows[:, 1], return_inverse=True)
    if x.size * y.size > 4 * len(matrix.rows) or len(pairs) < len(matrix.rows):
        said = "the positions make no grid: rows read as frames, positions in raw_metadata"
        return {"frame": np.arange(float(len(matrix.rows)))}, matrix.values, [said]
    values = np.full((y.size, x.size, matrix.columns.size), np.nan)
    values[down, across] = matrix.values
    notes = ["first column read as x, second as y"]
    lacking = x.size * y.size - len(matrix.rows)
    return {"y": y, "x": x}, values, notes + ([f"{lacking} positions of the map are missing"] if lacking > 0 else [])


def _labspec_measurement(
    axis: axes.Positions,
    along: dict[str, FloatArray],
    values: FloatArray,
    file: _LabSpec,
    notes: list[str],
    about: dict[str, str],
) -> xr.Dataset:
    unit = file.said.get("AxisUnit[0]", "").lower()
    quantity = "counts" if unit in _COUNTS else None
    times = number(file.said.get("Accumulations", "1"))
    if times and times > 1:
        notes.append(f"integration time of one of {times:g} accumulations; the file does not say if it has sum or mean")
    values, flag, missing = instrument_table.missing_flag(values)
    build = axes.as_build(axis)
    build["axis_units"] = {**build["axis_units"], **{d: "um" for d in along if d in ("x", "y")}}
    return data.build(
        axis.axis,
        axis.x,
        values,
        kind="raman" if axis.axis == "raman_shift" else hints.kind_of(quantity, "spectrum"),
        along=along,
        flag=flag,
        quantity=quantity,
        rate=rate_of(unit) if quantity else None,
        notes=[*notes, *missing, *axis.notes, *_COUNTS.get(unit, ())],
        excitation_nm=instrument_table.positive_text(file.said.get("Laser (nm)", "")),
        integration_time_s=instrument_table.positive_text(file.said.get("Acq. time (s)", "")),
        instrument=file.said.get("Instrument") or None,
        acquired_at=dates.iso(file.said.get("Acquired") or file.said.get("Date", "")),
        source=about,
        raw_metadata=file.header,
        **build,
    )


def _even(values: Sequence[float | None]) -> bool:
    """Tell whether these are wavelengths in even steps."""
    x = np.array([np.nan if value is None else value for value in values])
    steps = np.diff(x)
    if not np.isfinite(x).all() or x.min() < LIKELY_NM[0] or x.max() > LIKELY_NM[1] or steps[0] <= 0:
        return False
    return bool(np.ptp(steps) <= 0.02 * steps[0])
