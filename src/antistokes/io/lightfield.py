"""Princeton Instruments SPE 3.0 (LightField): the header of SPE, the frames, and a footer of XML that describes them.

A frame is one region of interest after the other, then what the camera says of the frame; its stride covers all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import xarray as xr
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io import camera, dates, spe
from antistokes.io.binary import Binary
from antistokes.io.head import Head
from antistokes.io.source import source

XML_AT = 678  # where the header says at which byte the footer begins
MOST_XML = 8 << 20  # bytes; the footers of real files have some 40 000
TYPES = {"MonochromeUnsigned16": "<u2", "MonochromeUnsigned32": "<u4", "MonochromeFloating32": "<f4"}


class _Region(NamedTuple):
    """Rows and columns of a region, where it lies in a frame [bytes], and the ids of its calibrations."""

    rows: int
    columns: int
    at: int
    calibrations: tuple[str, ...]


class _Layout(NamedTuple):
    dtype: str
    frames: int
    stride: int
    regions: list[_Region]


def is_lightfield(head: Head) -> bool:
    """Tell whether a file is SPE of version 3."""
    return spe.is_spe(head) and spe.version(head.start) >= 3


def read_lightfield(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read every frame and region of a file of LightField.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a file that lacks frames or its footer.

    Returns
    -------
    list of xarray.Dataset
        One for each region of interest: shape (columns,) for one row of one frame, (frames, columns) for one row,
        (frames, rows, columns) for images; along wavelength where the file is calibrated.

    Raises
    ------
    ReadError
        The footer is damaged or disagrees with the file, or there is no whole frame.
    """
    raw = Path(path).read_bytes()
    file = Binary(path, raw)
    xml_at = file.number("<Q", XML_AT)
    root, notes = _footer(file, xml_at, strict)
    layout = _layout(file, root) if root is not None else _layout_of_header(file, xml_at)
    held = (min(xml_at, len(raw)) - spe.HEADER) // layout.stride
    count, short = camera.whole_frames(path, layout.frames, held, "the footer's DataBlock", strict)
    frames = file.array(np.uint8, spe.HEADER, count * layout.stride).reshape(count, layout.stride)
    about, about_notes = _about(root, layout) if root is not None else ({"quantity": "counts"}, [])
    if root is not None:
        about["raw_metadata"] = {"xml": raw[xml_at:].decode("utf-8", errors="replace").rstrip("\0")}
    origin = source(path, raw, "lightfield")
    return [
        camera.measurement(
            _counts(frames, region, layout.dtype),
            _axis(root, region),
            notes=[*notes, *short, *about_notes],
            source={**origin, "column": f"region {i}"} if len(layout.regions) > 1 else origin,
            **about,
        )
        for i, region in enumerate(layout.regions, 1)
    ]


def _footer(file: Binary, at: int, strict: bool) -> tuple[Element | None, list[str]]:
    """Return the footer; None with a note where the file is cut off before its end."""
    xml = file.raw[at:].rstrip(b"\0 \r\n") if spe.HEADER <= at else b""
    where, expected = f"byte {at}", "the footer of a LightField file"
    if len(xml) > MOST_XML:
        raise ReadError(file.path, where, f"{expected} of at most {MOST_XML} bytes", f"{len(xml)} bytes")
    try:
        return ElementTree.fromstring(xml, forbid_dtd=True), []
    except DefusedXmlException as error:
        raise ReadError(file.path, where, expected, "XML with definitions of its own") from error
    except ParseError as error:
        if strict or xml.endswith(b"</SpeFormat>"):
            raise ReadError(file.path, where, expected, f"broken XML ({error})", "Is the file cut off?") from error
    return None, ["the footer is cut off: size of the frames by the header, no wavelength, no description"]


def _layout(file: Binary, root: Element) -> _Layout:
    """Return how the frames lie in the file, by the footer."""
    frame = root.find("{*}DataFormat/{*}DataBlock[@type='Frame']")
    if frame is None:
        raise ReadError(file.path, "the footer", "a DataBlock of the type Frame", "none")
    pixel = frame.get("pixelFormat", "")
    if pixel not in TYPES:
        raise ReadError(file.path, "the footer", f"a pixelFormat among {', '.join(TYPES)}", repr(pixel[:40]))
    stride, at = _whole(file, frame, "stride"), 0
    regions: list[_Region] = []
    for block in frame.findall("{*}DataBlock[@type='Region']"):
        rows, columns = _whole(file, block, "height"), _whole(file, block, "width")
        size = rows * columns * np.dtype(TYPES[pixel]).itemsize
        step = _whole(file, block, "stride") if block.get("stride") else size
        for _ in range(min(_whole(file, block, "count") if block.get("count") else 1, stride)):
            regions.append(_Region(rows, columns, at, tuple(_ids(frame, block))))
            if size > step or at + size > stride:
                found = f"a region of {size} bytes at byte {at}"
                raise ReadError(file.path, "the footer", f"regions within a frame of {stride} bytes", found)
            at += step
    if not regions:
        raise ReadError(file.path, "the footer", "a DataBlock of the type Region", "none")
    return _Layout(TYPES[pixel], _whole(file, frame, "count"), stride, regions)


def _layout_of_header(file: Binary, xml_at: int) -> _Layout:
    """Return how the frames lie where the footer is lost: one region, if sizes agree."""
    frame = spe.frame_of(file)
    size = frame.rows * frame.columns * np.dtype(frame.dtype).itemsize
    if xml_at - spe.HEADER != frame.frames * size:
        expected, found = "the footer, which alone tells where the regions lie", f"a file of {len(file.raw)} bytes"
        raise ReadError(file.path, f"byte {xml_at}", expected, found, "Is it cut off?")
    return _Layout(frame.dtype, frame.frames, size, [_Region(frame.rows, frame.columns, 0, ())])


def _whole(file: Binary, element: Element, name: str) -> int:
    """Return an attribute that is a whole number of one or more."""
    text = element.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < 1:
        raise ReadError(file.path, "the footer", f"{name} as a whole number of 1 or more", repr(text[:40]))
    return int(text)


def _ids(*elements: Element) -> Iterable[str]:
    return (i.strip() for element in elements for i in element.get("calibrations", "").split(",") if i.strip())


def _counts(frames: NDArray[np.uint8], region: _Region, dtype: str) -> NDArray[Any]:
    size = region.rows * region.columns * np.dtype(dtype).itemsize
    cut = np.ascontiguousarray(frames[:, region.at : region.at + size])
    return cut.view(dtype).reshape(len(frames), region.rows, region.columns)


def _axis(root: Element | None, region: _Region) -> camera.Axis:
    """Return the wavelength of a region: the map covers the whole sensor, the region a part of it, maybe binned."""
    known = {} if root is None else {e.get("id"): e for e in root.iterfind("{*}Calibrations/*")}
    own = {_tag(known[i]): known[i] for i in region.calibrations if i in known}
    of_sensor = own.get("SensorMapping")
    mapping = own.get("WavelengthMapping")
    if mapping is None:
        mapping = next((e for e in known.values() if _tag(e) == "WavelengthMapping"), None)
    wavelength, notes = ([], []) if mapping is None else _wavelengths(mapping)
    if mapping is None or not len(wavelength):
        return camera.pixels(region.columns)
    place = of_sensor.attrib if of_sensor is not None else {}
    try:
        x, width, binning = (int(place.get(name, d)) for name, d in (("x", 0), ("width", 0), ("xBinning", 1)))
    except ValueError:
        x, width, binning = -1, 0, 1
    if x >= 0 and binning > 0 and width // binning == region.columns and x + width <= len(wavelength):
        part = np.asarray(wavelength[x : x + region.columns * binning])
        return camera.calibrated("wavelength", part.reshape(region.columns, binning).mean(axis=1), notes)
    if len(wavelength) == region.columns:
        notes = [*notes, "no place of the region on the sensor, the wavelength map is taken as it is"]
        return camera.calibrated("wavelength", np.asarray(wavelength), notes)
    return camera.pixels(region.columns, "the wavelength map does not fit the region, the axis is in pixels")


def _wavelengths(mapping: Element) -> tuple[list[float], list[str]]:
    """Return the map [nm] of each column of the sensor; that of WavelengthError has pairs of value and error."""
    plain, pairs = mapping.find("{*}Wavelength"), mapping.find("{*}WavelengthError")
    try:
        if plain is not None:
            return [float(v) for v in re.split(r"[\s,]+", (plain.text or "").strip()) if v], []
        if pairs is not None:
            first = [pair.split(",")[0] for pair in (pairs.text or "").split()]
            return [float(v) for v in first], ["the errors of the wavelength map are not read"]
    except ValueError:
        pass
    return [], []


def _about(root: Element, layout: _Layout) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the footer gives, with notes on what was done to the counts."""
    done = [_tag(e) for e in root.iter() if _on(e)]
    other: list[str] = [name for name in ("FlatfieldCorrection", "IntensityCalibration", "Formulas") if name in done]
    notes = [f"{name} is enabled: the numbers may not be counts" for name in other]
    if len(root.findall("{*}DataHistories/{*}DataHistory")) > 1:
        other.append("DataHistory")
        notes.append("the file was processed after the experiment: the numbers may not be counts")
    notes += ["the camera's background was subtracted"] if "BackgroundCorrection" in done else []
    sums = _sums(root)
    notes += camera.summed(sums)
    mapping = root.find("{*}Calibrations/{*}WavelengthMapping")
    laser = _number(mapping.get("laserLine") if mapping is not None else None)
    notes += [f"excitation is the laser line of the wavelength map, {laser:g} nm"] if laser else []
    exposure, origin = _number(_text(root, "ExposureTime")), root.find(".//{*}Origin")
    models = [e.get("model") for name in ("Camera", "Spectrometer") for e in root.iter() if _tag(e) == name]
    about = {
        "quantity": None if other else "counts",
        "integration_time_s": exposure / 1000 if exposure else None,
        "exposures": sums if sums > 1 else None,
        "corrections": camera.dark_subtracted("LightField") if "BackgroundCorrection" in done else None,
        "excitation_nm": laser,
        "instrument": ", ".join(dict.fromkeys(model for model in models if model)) or None,
        "acquired_at": dates.iso(origin.get("created", "")) if origin is not None else None,
        "ceiling": _ceiling(root, layout.dtype, done),
    }
    return about, notes


def _sums(root: Element) -> int:
    """Return how many exposures were summed; those of which the mean was taken are as one."""
    summed = _text(root, "FrameCombination/{*}Method") == "Sum"
    return camera.exposures(_number(_text(root, "FramesCombined")) if summed else None)


def _ceiling(root: Element, dtype: str, done: list[str]) -> float | None:
    """Return the count of a saturated sample: that of the converter, unless the numbers were changed after it."""
    bits = _number(_text(root, "BitDepth"))
    if {"BackgroundCorrection", "FlatfieldCorrection", "IntensityCalibration", "Formulas"} & set(done):
        return camera.ADC_CEILING if dtype == "<u2" else None
    return (2.0 ** (bits if bits and 8 <= bits <= 32 else 16) - 1) * _sums(root)


def _on(element: Element) -> bool:
    found = element.find("{*}Enabled")
    return found is not None and (found.text or "").strip() == "True"


def _text(root: Element, path: str) -> str | None:
    found = root.find(f".//{{*}}{path}")
    return None if found is None else (found.text or "").strip()


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
