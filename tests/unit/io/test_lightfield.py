from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import lightfield
from antistokes.io.head import head_of
from antistokes.io.lightfield import is_lightfield, read_lightfield
from antistokes.io.spe import is_winspec

MAP = 400 + 0.5 * np.arange(16)  # wavelength of each column of the sensor
TYPES = {"u2": "MonochromeUnsigned16", "u4": "MonochromeUnsigned32", "f4": "MonochromeFloating32"}
EXPOSURE = "<ShutterTiming><ExposureTime>250</ExposureTime></ShutterTiming>"
Place = tuple[int, int, int]  # first column, columns of the sensor, binning


def footer(
    regions: list[tuple[int, int]], places: list[Place], frames: int, stride: int, pixel: str, more: str, axis: str
) -> str:
    size = {"u2": 2, "u4": 4, "f4": 4}[pixel]
    blocks = "".join(
        f'<DataBlock type="Region" calibrations="9,{i}" count="1" width="{w}" height="{h}" size="{w * h * size}" '
        f'stride="{w * h * size}"/>'
        for i, (h, w) in enumerate(regions, 10)
    )
    maps = "".join(
        f'<SensorMapping id="{i}" x="{x}" y="0" width="{w}" height="1" xBinning="{b}" yBinning="1"/>'
        for i, (x, w, b) in enumerate(places, 10)
    )
    return (
        '<SpeFormat version="3.0" xmlns="http://www.princetoninstruments.com/spe/2009"><DataFormat>'
        f'<DataBlock type="Frame" count="{frames}" pixelFormat="{TYPES[pixel]}" size="{stride}" stride="{stride}" '
        f'calibrations="1">{blocks}</DataBlock></DataFormat><Calibrations>{axis}'
        f'<SensorInformation id="9" width="16" height="8"/>{maps}</Calibrations><DataHistories>'
        '<Origin created="2018-01-26T16:31:05+01:00"><Experiment '
        'xmlns="http://www.princetoninstruments.com/experiment/2009"><Spectrometer model="LS"/><Camera model="PIXIS"/>'
        f"{EXPOSURE}{more}</Experiment></Origin></DataHistories></SpeFormat>"
    )


def wavelengths(values: np.ndarray = MAP, laser: str = "") -> str:
    text = ",".join(map(repr, values.tolist()))
    return f'<WavelengthMapping id="1"{laser}><Wavelength>{text}</Wavelength></WavelengthMapping>'


def spe3(
    regions: list[np.ndarray], places: list[Place], *, gap: int = 0, more: str = "", axis: str | None = None
) -> tuple[bytes, int]:
    """Make a file of regions, each of shape (frames, rows, columns), with ``gap`` bytes after each frame."""
    frames, pixel = len(regions[0]), regions[0].dtype.str[1:]
    body = b"".join(b"".join(r[f].tobytes() for r in regions) + b"\xaa" * gap for f in range(frames))
    head = bytearray(4100)
    at = 4100 + len(body)
    fields = [("f", 1992, 3.0), ("I", 2996, 0x01234567), ("Q", 678, at), ("i", 1446, frames)]
    fields += [("H", 42, regions[0].shape[2]), ("H", 656, regions[0].shape[1])]
    fields += [("h", 108, {"u2": 3, "u4": 8, "f4": 0}[pixel])]
    for form, byte, value in fields:
        struct.pack_into(f"<{form}", head, byte, value)
    shapes = [r.shape[1:] for r in regions]
    xml = footer(shapes, places, frames, len(body) // frames, pixel, more, wavelengths() if axis is None else axis)
    return bytes(head) + body + b"\xef\xbb\xbf" + xml.encode(), at


def counts(*shape: int, dtype: str = "<u2") -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.spe"


def read(path: Path, raw: bytes, strict: bool = False) -> list[xr.Dataset]:
    path.write_bytes(raw)
    assert is_lightfield(head_of(path)) and not is_winspec(head_of(path))
    return read_lightfield(path, strict)


@pytest.mark.parametrize("dtype", ["<u2", "<u4", "<f4"])
def test_a_spectrum(path: Path, dtype: str) -> None:
    (ds,) = read(path, spe3([counts(1, 1, 16, dtype=dtype)], [(0, 16, 1)])[0])
    assert ds["signal"].dims == ("wavelength",) and ds["signal"].dtype == np.dtype(dtype)
    assert np.array_equal(ds["wavelength"], MAP) and np.array_equal(ds["signal"], np.arange(16))
    assert ds.attrs["integration_time_s"] == 0.25 and ds.attrs["instrument"] == "PIXIS, LS"
    assert ds.attrs["acquired_at"] == "2018-01-26T16:31:05+01:00" and ds.attrs["quantity"] == "counts"
    assert data.json_attr(ds, "raw_metadata", {})["xml"].lstrip("\ufeff").startswith("<SpeFormat")


def test_frames_and_regions_cut_and_binned_from_the_map(path: Path) -> None:
    """The map covers the sensor: one region begins at column 3, the other is binned by 4; frames have a gap."""
    first, second = counts(3, 2, 5), counts(3, 1, 3) + 500
    upper, lower = read(path, spe3([first, second.astype("<u2")], [(3, 5, 1), (4, 12, 4)], gap=24)[0])
    assert upper["signal"].dims == ("frame", "y", "wavelength") and np.array_equal(upper["signal"], first)
    assert np.array_equal(upper["wavelength"], MAP[3:8])
    assert lower["signal"].dims == ("frame", "wavelength") and np.array_equal(lower["signal"], second[:, 0])
    np.testing.assert_allclose(lower["wavelength"], MAP[4:].reshape(3, 4).mean(axis=1))
    assert [data.json_attr(ds, "source", {})["column"] for ds in (upper, lower)] == ["region 1", "region 2"]


def test_an_odd_width_binned_leaves_columns_over(path: Path) -> None:
    (ds,) = read(path, spe3([counts(1, 1, 3)], [(1, 14, 4)])[0])
    np.testing.assert_allclose(ds["wavelength"], MAP[1:13].reshape(3, 4).mean(axis=1))


@pytest.mark.parametrize(
    ("axis", "says"),
    [
        ("", "no wavelength calibration"),
        (wavelengths(MAP - 403), "not positive"),
        (wavelengths(MAP[:10]), "does not fit"),
        ('<WavelengthMapping id="1"><Wavelength>1,x</Wavelength></WavelengthMapping>', "no wavelength calibration"),
        ('<WavelengthMapping id="1"/>', "no wavelength calibration"),
    ],
)
def test_without_a_map_that_fits_the_axis_is_in_pixels(path: Path, axis: str, says: str) -> None:
    (ds,) = read(path, spe3([counts(1, 1, 16)], [(0, 16, 1)], axis=axis)[0])
    assert ds["signal"].dims == ("pixel",) and any(says in note for note in data.notes_of(ds))
    (image,) = read(path, spe3([counts(1, 2, 16)], [(0, 16, 1)], axis=axis)[0])
    assert image["signal"].dims == ("frame", "y", "x") and image.attrs["kind"] == "movie"


def test_a_map_with_errors_and_one_without_a_place(path: Path) -> None:
    pairs = " ".join(f"{v},0.1" for v in MAP)
    axis = f'<WavelengthMapping id="1"><WavelengthError>{pairs}</WavelengthError></WavelengthMapping>'
    (ds,) = read(path, spe3([counts(1, 1, 16)], [(0, 16, 1)], axis=axis)[0])
    assert np.array_equal(ds["wavelength"], MAP) and "errors" in data.notes_of(ds)[0]
    raw, _ = spe3([counts(1, 1, 16)], [(0, 16, 1)])
    (ds,) = read(path, raw.replace(b"SensorMapping", b"Elsewhere"))
    assert np.array_equal(ds["wavelength"], MAP) and any("as it is" in note for note in data.notes_of(ds))
    (ds,) = read(path, raw.replace(b'xBinning="1"', b'xBinning="?"'))
    assert np.array_equal(ds["wavelength"], MAP)


def test_saturation_by_the_bits_of_the_converter(path: Path) -> None:
    top = np.array([[[4095, 65535, 1, 2]]], "<u2")
    saturated = data.FLAGS["saturated"]
    for more, expected in (
        ("", [0, saturated, 0, 0]),
        ("<Adc><BitDepth>12</BitDepth></Adc>", [saturated, saturated, 0, 0]),
        ("<BackgroundCorrection><Enabled>True</Enabled></BackgroundCorrection>", [0, saturated, 0, 0]),
    ):
        (ds,) = read(path, spe3([top], [(0, 4, 1)], more=more)[0])
        assert ds["flag"].values.tolist() == expected
    combined = "<FrameCombination><FramesCombined>2</FramesCombined><Method>Sum</Method></FrameCombination>"
    (ds,) = read(path, spe3([np.array([[[65535, 131070]]], "<u4")], [(0, 2, 1)], more=combined)[0])
    assert ds["flag"].values.tolist() == [0, saturated] and ds.attrs["exposures"] == 2
    assert "the counts are the sum of 2 exposures, single ones may have been saturated unseen" in data.notes_of(ds)
    mean = combined.replace("Sum", "Average")
    (ds,) = read(path, spe3([np.array([[[65535, 65534]]], "<u4")], [(0, 2, 1)], more=mean)[0])
    assert ds["flag"].values.tolist() == [saturated, 0] and "exposures" not in ds.attrs
    dark = "<BackgroundCorrection><Enabled>True</Enabled></BackgroundCorrection>"
    (ds,) = read(path, spe3([np.array([[[65535, 131070]]], "<f4")], [(0, 2, 1)], more=dark)[0])
    assert "flag" not in ds and "the camera's background was subtracted" in data.notes_of(ds)
    assert data.json_attr(ds, "corrections", {}) == {"dark": {"by": "LightField"}}


def test_corrected_numbers_are_not_called_counts_and_the_laser_is_noted(path: Path) -> None:
    more = "<FlatfieldCorrection><Enabled>True</Enabled></FlatfieldCorrection>"
    axis = wavelengths(laser=' laserLine="532"')
    (ds,) = read(path, spe3([counts(1, 1, 16)], [(0, 16, 1)], more=more, axis=axis)[0])
    assert "quantity" not in ds.attrs and ds.attrs["excitation_nm"] == 532
    assert "excitation is the laser line of the wavelength map, 532 nm" in data.notes_of(ds)
    raw, _ = spe3([counts(1, 1, 16)], [(0, 16, 1)])
    (later,) = read(path, raw.replace(b"<Origin", b"<DataHistory/><DataHistory/><Origin"))
    assert "quantity" not in later.attrs and "processed after the experiment" in data.notes_of(later)[0]


def test_fewer_frames_than_promised(path: Path) -> None:
    raw, _ = spe3([counts(2, 1, 16)], [(0, 16, 1)])
    lying = raw.replace(b'type="Frame" count="2"', b'type="Frame" count="999999999999"')
    (ds,) = read(path, lying)
    assert ds.sizes["frame"] == 2 and "2 are whole" in data.notes_of(ds)[0]
    with pytest.raises(ReadError, match="found 2. Is the file cut off"):
        read_lightfield(path, strict=True)


def test_a_lost_footer_leaves_the_frames_of_the_header(path: Path) -> None:
    raw, at = spe3([counts(2, 1, 16)], [(0, 16, 1)])
    for cut in (raw[:-5], raw[:at], raw[: at - 3]):
        (ds,) = read(path, cut)
        assert ds["signal"].dims == (("pixel",) if ds["signal"].ndim == 1 else ("frame", "pixel"))
        assert np.array_equal(ds["signal"].values.ravel()[:16], np.arange(16))
        assert "the footer is cut off" in data.notes_of(ds)[0]
        with pytest.raises(ReadError, match="broken XML"):
            read_lightfield(path, strict=True)
    two, at = spe3([counts(2, 1, 16), counts(2, 1, 4)], [(0, 16, 1), (0, 4, 1)])
    with pytest.raises(ReadError, match="expected the footer, which alone tells where the regions lie"):
        read(path, two[:at])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'type="Frame"', b'type="Other"', "a DataBlock of the type Frame"),
        (b"MonochromeUnsigned16", b"Coloured", "a pixelFormat among"),
        (b'type="Region"', b'type="Other"', "a DataBlock of the type Region"),
        (b'width="16" height="1" size', b'width="16" height="99999" size', "regions within a frame of 32 bytes"),
        (b'width="16" height="1" size', b'width="-16" height="1" size', "width as a whole number"),
        (b'size="32" stride="32" calibrations="1"', b'size="32" stride="0" calibrations="1"', "stride as a whole"),
        (b"</Calibrations>", b"</Calibration>", "broken XML"),
    ],
)
def test_damaged_footers_are_refused(path: Path, old: bytes, new: bytes, says: str) -> None:
    raw, _ = spe3([counts(1, 1, 16)], [(0, 16, 1)])
    assert old in raw
    with pytest.raises(ReadError, match=says):
        read(path, raw.replace(old, new))


def test_definitions_in_the_footer_are_refused(path: Path) -> None:
    raw, at = spe3([counts(1, 1, 16)], [(0, 16, 1)])
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;">]>'
    with pytest.raises(ReadError, match="definitions of its own"):
        read(path, raw[:at] + bomb + raw[at + 3 :])


def test_a_huge_footer_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, _ = spe3([counts(1, 1, 16)], [(0, 16, 1)])
    monkeypatch.setattr(lightfield, "MOST_XML", 100)
    with pytest.raises(ReadError, match="at most 100 bytes"):
        read(path, raw)


def test_repeats_of_a_region_are_all_read(path: Path) -> None:
    raw, _ = spe3([counts(1, 1, 4), counts(1, 1, 4) + 9], [(0, 4, 1), (0, 4, 1)])
    first = raw.index(b'<DataBlock type="Region"')
    second = raw.index(b'<DataBlock type="Region"', first + 1)
    both = (raw[:second] + raw[raw.index(b"</DataBlock></DataFormat>") :]).replace(
        b'calibrations="9,10" count="1"', b'calibrations="9,10" count="2"'
    )
    assert [ds["signal"].values.tolist() for ds in read(path, both)] == [[0, 1, 2, 3], [9, 10, 11, 12]]
