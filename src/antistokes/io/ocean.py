"""Ocean Optics (Ocean Insight) text: SpectraSuite, OceanView, OOIBase32, Jaz.

The header is in the language of the machine; what it says is found by its units and its place. The numbers stand
below a line ``>>>>>...<<<<<``, in two columns or, from a Jaz, in those named W, D, R, S and P.
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
from antistokes.io import dates, instrument_table
from antistokes.io.axis_check import checked
from antistokes.io.head import Head
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import Block, decode
from antistokes.units import FloatArray

_MARK = re.compile(r"^[ \t]*>>>>>.*<<<<<", re.MULTILINE)
_IN_A_SECOND = {"usec": 1e6, "msec": 1e3, "sec": 1.0}
_TIME = re.compile(r"\((usec|msec|sec)\)\s*:\s*(.*)")
_VALUE = re.compile(r"([0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?)(?:\s*\(([^)]*)\))?")
_SCANS = re.compile(r"^\s*(?:spectra averaged|scans to average|promedio)[^:]*:\s*(\d+)", re.IGNORECASE)
_BOXCAR = re.compile(r"^\s*(?:boxcar|el alisar)[^:]*:\s*(\d+)", re.IGNORECASE)
_SERIAL = re.compile(r"^\s*(?:spectrometers?|spectrometer serial number)\s*:\s*(\S+)\s*$", re.IGNORECASE)
_PIXELS = re.compile(r"pix[^:]*:\s*(\d+)\s*$", re.IGNORECASE)
_DAY_FIRST = re.compile(r":\s*(\d\d-\d\d-\d{4}, .*)$")
_X_MODE = re.compile(r"^\s*XAxis mode\s*:\s*(.*?)\s*$", re.IGNORECASE)
_ABSENT = re.compile(r"^\s*(Dark|Reference|Processed) Spectrum Present\s*:\s*No\s*$", re.IGNORECASE)
_JAZ = {"D": "dark", "R": "reference", "S": "scope", "P": "processed"}
_MOST_COLUMNS = 9
_LONGEST = 300  # of a line of the header, so that no search in it takes long
_MODES = {  # the suffix by which OOIBase32 tells what it wrote: kind, quantity, factor
    ".transmission": ("absorption", "transmittance", 0.01),
    ".absorbance": ("absorption", "absorbance", 1.0),
}


class _Said(NamedTuple):
    """What a header says: None where it says nothing."""

    integration_s: float | None
    scans: int | None
    boxcar: int | None
    serial: str | None
    acquired_at: str | None
    pixels: int | None
    x_mode: str
    notes: list[str]


def is_ocean(head: Head) -> bool:
    """Tell whether this is a text of Ocean Optics: a line ``>>>>>...<<<<<`` below lines of names and values."""
    mark = _MARK.search(head.text)
    return mark is not None and head.text.count(":", 0, mark.start()) >= 3


def read_ocean(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectra of a text of Ocean Optics.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that is cut off.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values ("dark", "reference", "scope", "processed"), shape (wavelength,). Only
        transmission and absorbance of OOIBase32, told by the suffix of the file, have a quantity.

    Raises
    ------
    ReadError
        There are no numbers below the mark, text stands among them, or a wavelength stands twice.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    marks = [n for n, line in enumerate(text.lines) if _MARK.match(line)]
    if not marks or len(marks) > 2:
        raise ReadError(path, "", "one spectrum between lines >>>>>...<<<<<", f"{len(marks)} such lines")
    lines: Sequence[str] = text.lines
    cut: list[str] = []
    if len(marks) == 1:
        lines, cut = instrument_table.whole_lines(path, raw, lines, strict)
    block = instrument_table.numbers_between(path, lines, marks[0] + 1, marks[1] if len(marks) == 2 else len(lines))
    header = list(lines[: marks[0]])
    said = _header([line[:_LONGEST] for line in header])
    notes = [*text.notes, *said.notes, *cut, *_end_notes(path, header, len(marks), len(block.values), said, strict)]
    about = source(path, raw, "ocean", encoding=text.encoding)
    return _spectra(path, block, header, text.lines[marks[0]], said, notes, about)


def _header(lines: list[str]) -> _Said:
    """Read what can be read in any language: units, numbers and their order, dates."""
    times = [n for n, line in enumerate(lines) if _TIME.search(line)]
    integration, serial, notes = _integration(lines[times[0]]) if times else (None, None, [])
    scans, boxcar = _first(_SCANS, lines), _first(_BOXCAR, lines)
    if times and scans is None and any(line.startswith("+++") for line in lines):
        # SpectraSuite writes both below the integration time, whatever it calls them
        scans, boxcar = (_number_of(lines, times[0] + i) for i in (1, 2))
        notes.append("spectra averaged and boxcar taken from their place in the header")
    dated = [day.group(1) for line in lines if (day := _DAY_FIRST.search(line))]
    notes += dates.doubt(dated[0]) if dated else []
    pixels, mode = _first(_PIXELS, lines), _first(_X_MODE, lines)
    return _Said(
        integration,
        int(scans) if scans else None,
        int(boxcar) if boxcar else None,
        serial or _first(_SERIAL, lines),
        next((when for text in (*dated, *lines) if (when := dates.iso(text))), None),
        int(pixels) if pixels and len(pixels) < 10 else None,
        (mode or "").casefold(),
        notes,
    )


def _integration(line: str) -> tuple[float | None, str | None, list[str]]:
    """Return the integration time [s] that all spectrometers share, and the serial numbers behind it."""
    found = _TIME.search(line)
    if not found:
        return None, None, []
    pairs = _VALUE.findall(found.group(2).replace(", ", ";"))
    values = {float(number.replace(",", ".")) for number, _ in pairs if number.count(",") + number.count(".") < 2}
    serials = [serial for _, serial in pairs if serial]
    if len(values) > 1:
        return None, " ".join(serials) or None, ["several spectrometers with different integration times"]
    seconds = values.pop() / _IN_A_SECOND[found.group(1)] if values else None
    return instrument_table.positive(seconds), " ".join(serials) or None, []


def _first(pattern: re.Pattern[str], lines: list[str]) -> str | None:
    return next((found.group(1) for line in lines if (found := pattern.search(line))), None)


def _number_of(lines: list[str], at: int) -> str | None:
    found = re.search(r":\s*(\d{1,6})(?:\s*\(.*)?\s*$", lines[at]) if at < len(lines) else None
    return found.group(1) if found else None


def _end_notes(
    path: str | os.PathLike[str], header: list[str], marks: int, count: int, said: _Said, strict: bool
) -> list[str]:
    """Say where the file may be cut off: no mark at the end, where one is written, or fewer rows than pixels."""
    notes = []
    if marks == 1 and any(line.startswith("+++") for line in header):
        notes.append("the mark at the end of the data is missing, the file may be cut off")
    if said.pixels is not None and said.pixels != count:
        less = ", the file may be cut off" if count < said.pixels else ""
        notes.append(f"the header says {said.pixels} pixels, the file holds {count} rows{less}")
    if strict and any("cut off" in note for note in notes):
        raise ReadError(path, f"row {count}", "a whole file", notes[-1], "Read it without strict to keep it.")
    return notes


def _spectra(
    path: str | os.PathLike[str],
    block: Block,
    header: list[str],
    mark: str,
    said: _Said,
    notes: list[str],
    about: dict[str, str],
) -> list[xr.Dataset]:
    """Make a Dataset of each column of values."""
    width = block.values.shape[1]
    if width > _MOST_COLUMNS:
        advice = "A series in time is not read; export single spectra."
        raise ReadError(path, f"line {block.lines[0]}", "two to five columns", f"{width}", advice)
    names, left = _names(block, header, mark)
    axis, x, axis_notes = _axis(path, block, said.x_mode)
    kind, quantity, factor = "raman" if axis == "raman_shift" else "spectrum", None, 1.0
    if any(line.startswith("OOIBase32") for line in header) and width == 2:
        kind, quantity, factor = _MODES.get(Path(path).suffix.lower(), (kind, None, 1.0))
    common = [*notes, *block.notes, *axis_notes, *left]
    if quantity:
        common.append(f"{quantity}, as the suffix of the file says")
    if factor != 1.0:
        common.append("percent divided by 100")
    if any("Absolute Irradiance" in line for line in header[:1]):
        common.append("processed is an absolute irradiance whose unit the file does not state")
    out = []
    for i, name in names.items():
        column = block.values[:, i] if factor == 1.0 else block.values[:, i] * factor
        values, flag, missing = instrument_table.missing_flag(column)
        out.append(
            data.build(
                axis,
                x,
                values,
                kind=kind,
                quantity=quantity,
                medium=instrument_table.medium_of(axis),
                axis_units={"abscissa": said.x_mode or "unknown"},
                flag=flag,
                notes=[*common, *missing],
                integration_time_s=said.integration_s,
                scans=said.scans,
                boxcar=said.boxcar,
                instrument=said.serial,
                acquired_at=said.acquired_at,
                source={**about, **({"column": name} if name else {})},
                raw_metadata=[line for line in header if line.strip()],
            )
        )
    return out


def _names(block: Block, header: list[str], mark: str) -> tuple[dict[int, str], list[str]]:
    """Return place and name of the columns of values, and notes on those left out because they were not measured."""
    width = block.values.shape[1]
    cells = block.header[-1].split("\t") if block.header else []
    if len(cells) != width:
        name = "processed" if re.search("process|procesado", mark, re.IGNORECASE) else ""
        return {1: name} if width == 2 else {i: f"column {i + 1}" for i in range(1, width)}, []
    names = distinct([_JAZ.get(cell.strip().upper(), cell.strip()) for cell in cells])
    absent = {found.group(1).lower() for line in header if (found := _ABSENT.match(line[:_LONGEST]))}
    empty = [i for i in range(1, width) if names[i] in absent and not np.any(np.nan_to_num(block.values[:, i]))]
    left = [f"column {names[i]!r} left out: the header says it was not measured" for i in empty]
    return {i: names[i] for i in range(1, width) if i not in empty}, left


def _axis(path: str | os.PathLike[str], block: Block, mode: str) -> tuple[str, FloatArray, list[str]]:
    """Return name and positions of the axis, wavelengths unless OceanView says another one."""
    x = block.values[:, 0]
    if mode in ("", "wavelength", "wavelengths"):
        return instrument_table.axis_of_wavelengths(path, x, lambda n: f"line {block.lines[n]}")
    axis = "raman_shift" if "raman" in mode else "pixel" if "pixel" in mode else "abscissa"
    axis, x, notes = checked(axis, x, path, lambda n: f"line {block.lines[n]}")
    return axis, x, [*notes, *([f"the axis is in the mode {mode!r}"] if axis == "abscissa" else [])]
