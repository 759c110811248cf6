"""Princeton Instruments SPE 2.x (WinSpec, WinView): a header of 4100 bytes, then the frames."""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import units
from antistokes.errors import ReadError
from antistokes.io import camera, dates
from antistokes.io.binary import Binary
from antistokes.io.head import Head
from antistokes.io.source import source

HEADER = 4100
VERSION_AT, MARK_AT, MARK, END_AT, END = 1992, 2996, 0x01234567, 4098, 0x5555
TYPES = {0: "<f4", 1: "<i4", 2: "<i2", 3: "<u2", 8: "<u4"}
CEILINGS = {"<i2": 32767, "<u2": camera.ADC_CEILING}  # what the type can hold; wider types hold sums of exposures
MOST_REGIONS = 10  # of which the header has room for
NM, WAVENUMBER, RAMAN = 4, 5, 6  # units of the calibration
FIELDS = {  # what is kept in raw_metadata: names of the header's description, form and byte
    **{"xDimDet": ("H", 6), "exp_sec": ("f", 10), "yDimDet": ("H", 18), "date": ("10s", 20)},
    **{"DetTemperature": ("f", 36), "xdim": ("H", 42), "AbsorbLive": ("h", 52), "SpecCenterWlNm": ("f", 72)},
    **{"SpecGlueFlag": ("h", 76), "datatype": ("h", 108), "BackGrndApplied": ("h", 150)},
    **{"ExperimentTimeLocal": ("7s", 172), "ExperimentTimeUTC": ("7s", 179), "ADCoffset": ("H", 188)},
    **{"ADCrate": ("H", 190), "ADCtype": ("H", 192), "ADCresolution": ("H", 194), "gain": ("H", 198)},
    **{f"Comments{i + 1}": ("80s", 200 + 80 * i) for i in range(5)},
    **{"geometric": ("H", 600), "SpecGrooves": ("f", 650), "ydim": ("H", 656), "lavgexp": ("i", 668)},
    **{"ReadoutTime": ("f", 672), "sw_version": ("16s", 688), "flatFieldApplied": ("h", 706), "dlabel": ("16s", 726)},
    **{"BlemishApplied": ("h", 1436), "CosmicApplied": ("h", 1438), "NumFrames": ("i", 1446), "ylabel": ("16s", 1458)},
    **{"NumROI": ("h", 1510), "background": ("120s", 1752), "file_header_ver": ("f", VERSION_AT)},
    **{"xcal_current_unit": ("b", 3016), "xcal_display_string": ("40s", 3018), "xcal_calib_valid": ("b", 3098)},
    **{"xcal_input_unit": ("b", 3099), "xcal_polynounit": ("b", 3100), "xcal_polynoorder": ("b", 3101)},
    **{f"xcal_polynocoeff{i}": ("d", 3263 + 8 * i) for i in range(6)},
    **{"xcal_laser_position": ("d", 3311)},
}
SHAPE = ("xdim", "ydim", "datatype", "NumFrames")


class Frame(NamedTuple):
    """What one frame is by the header: its columns, rows and type of number, and how many there are."""

    columns: int
    rows: int
    dtype: str
    frames: int


def is_spe(head: Head) -> bool:
    """Tell whether a file has the header of SPE, of whatever version."""
    if len(head.start) < HEADER:
        return False
    if struct.unpack_from("<I", head.start, MARK_AT)[0] == MARK:
        return True
    return head.suffix == ".spe" and (struct.unpack_from("<H", head.start, END_AT)[0] == END or _adds_up(head))


def is_winspec(head: Head) -> bool:
    """Tell whether a file is SPE of a version before 3."""
    return is_spe(head) and not version(head.start) >= 3


def version(start: bytes) -> float:
    """Return the version of the header."""
    return float(struct.unpack_from("<f", start, VERSION_AT)[0])


def read_winspec(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every frame and region of a file of WinSpec or WinView.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that holds fewer frames than its header promises.

    Returns
    -------
    list of xarray.Dataset
        One for each region of interest: shape (columns,) for one row of one frame, (frames, columns) for one row,
        (frames, rows, columns) for images; along wavelength, energy or raman_shift where the file is calibrated.

    Raises
    ------
    ReadError
        The header makes no sense, or the file holds no whole frame.
    """
    raw = Path(path).read_bytes()
    file = Binary(path, raw)
    frame = frame_of(file)
    size = frame.columns * frame.rows * np.dtype(frame.dtype).itemsize
    held, more = divmod(len(raw) - HEADER, size)
    count, notes = camera.whole_frames(path, frame.frames, held, "byte 1446", strict)
    if count == frame.frames and (held > count or more):
        notes.append(f"{len(raw) - HEADER - count * size} bytes after the last frame are not read")
    block = file.array(frame.dtype, HEADER, count * frame.rows * frame.columns)
    regions, region_notes = _regions(file, block.reshape(count, frame.rows, frame.columns))
    axis, kind, laser = _axis(file, frame.columns)
    about, about_notes = _about(file, frame)
    origin = source(path, raw, "winspec")
    return [
        camera.measurement(
            counts,
            axis,
            kind=kind,
            excitation_nm=laser,
            notes=[*notes, *region_notes, *about_notes],
            source=origin if name is None else {**origin, "column": name},
            **about,
        )
        for name, counts in regions.items()
    ]


def frame_of(file: Binary) -> Frame:
    """Return what a frame is by the header, or raise a ReadError where it makes no sense."""
    columns, rows, kind, count = (file.number(f"<{FIELDS[name][0]}", FIELDS[name][1]) for name in SHAPE)
    if columns < 1 or rows < 1:
        raise ReadError(file.path, "byte 42", "frames of one pixel or more", f"{columns} columns and {rows} rows")
    if kind not in TYPES:
        raise ReadError(file.path, "byte 108", f"a type of data among {sorted(TYPES)}", f"{kind}")
    return Frame(columns, rows, TYPES[kind], count)


def _adds_up(head: Head) -> bool:
    """Tell whether the size of the file is that of its header and its frames."""
    try:
        frame = frame_of(Binary(head.path, head.start))
    except ReadError:
        return False
    return head.size == HEADER + frame.frames * frame.columns * frame.rows * np.dtype(frame.dtype).itemsize


def _regions(file: Binary, block: NDArray[Any]) -> tuple[dict[str | None, NDArray[Any]], list[str]]:
    """Part the frames into their regions of interest: those of one width lie one below the other."""
    count = file.number("<h", 1510)
    if not 1 < count <= MOST_REGIONS:
        return {None: block}, []
    stated = [file.numbers("<6H", 1512 + 12 * i) for i in range(count)]
    spans = [((x1 - x0 + 1) // max(bx, 1), (y1 - y0 + 1) // max(by, 1)) for x0, x1, bx, y0, y1, by in stated]
    ends = np.cumsum([height for _, height in spans])
    if ends[-1] != block.shape[1] or any(width != block.shape[2] or height < 1 for width, height in spans):
        return {None: block}, [f"the {count} regions of interest are given as the one frame that the file stores"]
    shifted = len({x0 for x0, *_ in stated}) > 1
    notes = ["the regions begin at different columns, but the file has one calibration for all"] if shifted else []
    parts = np.split(block, ends[:-1], axis=1)
    return {f"region {i + 1}": part for i, part in enumerate(parts)}, notes


def _axis(file: Binary, columns: int) -> tuple[camera.Axis, str, float | None]:
    """Return the calibrated axis, a polynomial in the pixels 1 to N; and kind and laser [nm] where it is of Raman."""
    valid, _, unit, order = file.numbers("<4b", 3098)
    kind = "raman" if RAMAN in (unit, file.number("<b", 3016)) and valid else "spectrum"
    laser = file.number("<d", 3311)
    laser = laser if kind == "raman" and 150 <= laser <= 3000 else None
    if not valid:
        return camera.pixels(columns), kind, laser
    if unit not in (NM, WAVENUMBER, RAMAN) or not 1 <= order <= 5:
        note = f"the calibration, of order {order} in the unit {unit}, is not understood, the axis is in pixels"
        return camera.pixels(columns, note), kind, laser
    with np.errstate(all="ignore"):  # a damaged polynomial overflows; calibrated() sees it
        x = np.polynomial.polynomial.polyval(np.arange(1.0, columns + 1), file.numbers(f"<{order + 1}d", 3263))
        if unit == WAVENUMBER:
            return (
                camera.calibrated("energy", x * units.HC_EV_NM * 1e-7, ["axis converted from cm^-1 to eV"]),
                kind,
                laser,
            )
    return camera.calibrated("wavelength" if unit == NM else "raman_shift", x), kind, laser


def _about(file: Binary, frame: Frame) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the header gives, with notes on the counts."""
    said = {name: _field(file, form, at) for name, (form, at) in FIELDS.items()}
    said = {name: value for name, value in said.items() if value not in ("", 0)}
    sums = camera.exposures(file.number("<i", 668))  # accumulations: their sum, with as many times the offset of one
    notes = camera.summed(sums)
    notes += ["the camera's background was subtracted"] if said.get("BackGrndApplied") else []
    other = [name for name in ("AbsorbLive", "flatFieldApplied") if said.get(name)]
    notes += [f"{name} is set in the header: the numbers may not be counts" for name in other]
    if frame.dtype == "<f4":
        other.append("datatype")
        notes.append("the numbers are not whole ones as a camera gives: they may not be counts")
    ceiling = CEILINGS.get(frame.dtype)
    if frame.dtype in ("<i4", "<u4") and not said.get("BackGrndApplied"):
        ceiling = camera.ADC_CEILING * sums
    about = {
        "quantity": None if other else "counts",
        "integration_time_s": said.get("exp_sec"),
        "exposures": sums if sums > 1 else None,
        "corrections": camera.dark_subtracted("WinSpec") if said.get("BackGrndApplied") else None,
        "acquired_at": _time(str(said.get("date", "")), str(said.get("ExperimentTimeLocal", ""))),
        "ceiling": ceiling,
        "raw_metadata": said,
    }
    return about, notes


def _field(file: Binary, form: str, at: int) -> str | float:
    """Return a field of the header; a number of single precision with the digits that it has."""
    if form.endswith("s"):
        return file.text(at, int(form[:-1]))
    value = file.number(f"<{form}", at)
    if form in "fd" and not math.isfinite(value):
        return str(value)
    return float(str(np.float32(value))) if form == "f" else value


def _time(date: str, clock: str) -> str | None:
    """Return "4Jul2015" and "172717" as ISO text, the date alone where the clock is none."""
    return dates.iso(f"{date} {clock}") or dates.iso(date)
