"""What rosettasciio reads: recognised and refused without it, mapped with it."""

from __future__ import annotations

import importlib.util
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import gpl_extra
from antistokes.io.head import head_of

Reader = Callable[..., list[xr.Dataset]]
TRIVISTA = '<!--TriVista-File. (c) S&I GmbH, all rights reserved. -->\n<XmlMain Version="1.0.1">\n</XmlMain>\n'
LABSPEC = '<?xml version="1.0" encoding="UTF-8"?>\n<LSX_Data>\n</LSX_Data>\n'


def streak(width: int = 4, height: int = 3, kind: int = 2, comment: str = '[Application],Date="20/01/2023"') -> bytes:
    head = b"IM" + struct.pack("<6h", len(comment), width, height, 0, 0, kind)
    return head.ljust(64, b"\0") + comment.encode() + b"\0" * min(width * height * 2, 5000)  # not 2 GB


def wdf(points: int = 4, capacity: int = 1, count: int = 1, size: int = 512) -> bytes:
    head = b"WDF1" + struct.pack("<IQ", 1, size)
    head = head.ljust(60, b"\0") + struct.pack("<I2Q", points, capacity, count)
    return (head.ljust(88, b"\0") + struct.pack("<2I", points, 1)).ljust(512, b"\0")


FILES: dict[str, tuple[bytes, Callable[..., bool], Reader]] = {
    "a.tvf": (TRIVISTA.encode("utf-8-sig"), gpl_extra.is_trivista, gpl_extra.read_trivista),
    "a.xml": (LABSPEC.encode(), gpl_extra.is_labspec_xml, gpl_extra.read_labspec_xml),
    "a.img": (streak(), gpl_extra.is_hamamatsu_streak, gpl_extra.read_hamamatsu_streak),
    "a.wdf": (wdf(), gpl_extra.is_renishaw_wdf, gpl_extra.read_renishaw_wdf),
}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide rosettasciio, whether it is there or not."""
    for name in ("rsciio", *(f"rsciio.{part}" for part in ("trivista", "jobinyvon", "hamamatsu", "renishaw"))):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.usefixtures("without")
def test_recognised_and_refused_with_the_way_to_install(tmp_path: Path, name: str) -> None:
    content, recognises, read = FILES[name]
    file = tmp_path / name
    file.write_bytes(content)
    assert recognises(head_of(file))
    with pytest.raises(ReadError, match=r"pip install 'antistokes\[gpl\]'"):
        read(file)


def test_each_is_recognised_by_one(tmp_path: Path) -> None:
    for name, (content, _, _) in FILES.items():
        file = tmp_path / name
        file.write_bytes(content)
        assert [other for other, (_, recognises, _) in FILES.items() if recognises(head_of(file))] == [name]


def test_the_package_is_not_imported_before_it_is_needed() -> None:
    if importlib.util.find_spec("rsciio") is None:
        assert "rsciio" not in sys.modules
    assert not any(name.startswith("rsciio") for name in vars(gpl_extra))


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        "<Info a='&lt;!DOCTYPE a&gt;'/>",
        "<Info a='&#60;&#33;DOCTYPE a&#62;'/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(tmp_path: Path, bomb: str, encoding: str) -> None:
    for name, text in (("a.tvf", TRIVISTA), ("a.xml", LABSPEC)):
        file = tmp_path / name
        file.write_bytes((text + bomb).encode(encoding))
        with pytest.raises(ReadError, match="XML without a document type"):
            FILES[name][2](file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (streak(width=-4), "an image of 1, 2 or 4 bytes"),
        (streak(kind=9), "an image of 1, 2 or 4 bytes"),
        (streak()[:-3], "a file of"),
        (streak(width=32767, height=32767)[:5000], "a file of 5000 bytes"),
        (b"IM", "a file of 2 bytes"),
    ],
)
def test_damaged_streak_images_are_refused_before_they_are_handed_on(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.img"
    file.write_bytes(content)
    with pytest.raises(ReadError, match=said):
        gpl_extra.read_hamamatsu_streak(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (wdf(points=0), "spectra and points"),
        (wdf(count=2), "spectra and points"),
        (wdf(capacity=2**60), "a file of 512 bytes"),
        (wdf(points=2**31), "a file of 512 bytes"),
        (wdf(size=600), "a file of 512 bytes"),
        (wdf(size=8), "a block of 16 bytes"),
        (wdf(size=500), "Is it cut off"),
        (b"WDF1", "a file of 4 bytes"),
    ],
)
def test_damaged_wire_files_are_refused_before_they_are_handed_on(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "a.wdf"
    file.write_bytes(content)
    with pytest.raises(ReadError, match=said):
        gpl_extra.read_renishaw_wdf(file)


def signal(shape: Sequence[int], axes: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    values = np.arange(float(np.prod(shape))).reshape(shape)
    numbered = [{"navigate": False, "index_in_array": i, **axis} for i, axis in enumerate(axes)]
    return {"data": values, "axes": numbered, "metadata": {}, **more}


def mapped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *items: Mapping[str, Any]) -> list[xr.Dataset]:
    """Return what becomes of signals as rosettasciio gives them back."""
    fake = ModuleType("rsciio.jobinyvon")
    monkeypatch.setattr(fake, "file_reader", lambda path: list(items), raising=False)
    monkeypatch.setitem(sys.modules, "rsciio", ModuleType("rsciio"))
    monkeypatch.setitem(sys.modules, "rsciio.jobinyvon", fake)
    file = tmp_path / "a.xml"
    file.write_text(LABSPEC)
    return gpl_extra.read_labspec_xml(file)


def test_map_with_its_metadata(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    axes = [
        {"name": "Y", "units": "µm", "offset": 1.0, "scale": 0.5, "navigate": True},
        {"name": "X", "units": "mm", "offset": 0.0, "scale": 1.0, "navigate": True},
        {"name": "Raman Shift", "units": "1/cm", "axis": np.array([300.0, 200.0, 100.0])},
    ]
    about = {
        "Acquisition_instrument": {
            "Laser": {"wavelength": np.float64(532.0)},
            "Detector": {"integration_time": 2.0, "temperature": -70},
            "Spectrometer": {"model": "HR"},
        },
        "General": {"date": "27.06.2022", "time": "16:36:48", "title": "a"},
        "Signal": {"quantity": "Intensity (Counts/s)"},
    }
    raw = {"long": np.zeros(500), "short": np.arange(2), "bad": np.nan, "object": object, 3: (np.int64(4), None)}
    (ds,) = mapped(monkeypatch, tmp_path, signal((2, 2, 3), axes, metadata=about, original_metadata=raw))
    assert ds["signal"].dims == ("y", "x", "raman_shift")
    assert ds["y"].values.tolist() == [1.0, 1.5]
    assert ds["x"].values.tolist() == [0.0, 1000.0]
    assert [ds[d].attrs["units"] for d in ("y", "x", "raman_shift")] == ["um", "um", "cm^-1"]
    assert ds["signal"].values[0, 0].tolist() == [2.0, 1.0, 0.0]
    assert (ds.attrs["kind"], ds.attrs["quantity"], ds.attrs["instrument"]) == ("raman", "counts", "HR")
    assert (ds.attrs["excitation_nm"], ds.attrs["integration_time_s"]) == (532.0, 2.0)
    assert ds.attrs["acquired_at"] == "2022-06-27T16:36:48"
    assert "temperature_k" not in ds.attrs
    kept = data.json_attr(ds, "raw_metadata", {})
    assert (kept["long"], kept["short"], kept["bad"], kept["3"]) == ("500 numbers", [0, 1], "nan", [4, None])
    assert any("counts per second" in note for note in data.notes_of(ds))


def test_streak_image_in_microseconds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    axes = [
        {"name": "Time", "units": "µs", "axis": np.array([0.0, 1.5])},
        {"name": "Wavelength", "units": "nm", "axis": np.array([500.0, 501.0, 502.0])},
    ]
    (ds,) = mapped(monkeypatch, tmp_path, signal((2, 3), axes))
    assert ds["signal"].dims == ("decay_time", "wavelength")
    assert ds["decay_time"].values.tolist() == [0.0, 1500.0]
    assert "axis converted from µs to ns" in data.notes_of(ds)
    assert "quantity" not in ds.attrs


def test_axes_without_a_calibration_or_a_meaning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {"name": "Vertical CCD Position", "units": "px"}
    column = {"name": "Uncalibrated X axis", "units": "px"}
    depth = {"name": "Z", "units": "µm", "navigate": True, "offset": 5.0, "scale": 2.0}
    seconds = {"name": "time", "units": "s", "navigate": True, "scale": 0.1}
    image, stack = mapped(
        monkeypatch,
        tmp_path,
        signal((2, 3), [row, column]),
        signal((2, 2, 3), [depth, seconds, {"units": "nm", "offset": 500.0}]),
    )
    assert image["signal"].dims == ("y", "pixel")
    assert any("not calibrated" in note for note in data.notes_of(image))
    assert stack["signal"].dims == ("frame", "time", "wavelength")
    assert any("from 5 to 7 read as frames" in note for note in data.notes_of(stack))
    assert [data.json_attr(ds, "source", {})["column"] for ds in (image, stack)] == ["signal 1", "signal 2"]


def test_missing_values_are_flagged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    item = signal((3,), [{"units": "nm", "offset": 500.0}])
    item["data"][1] = np.nan
    (ds,) = mapped(monkeypatch, tmp_path, item)
    assert data.flagged(ds, "missing").tolist() == [False, True, False]


@pytest.mark.parametrize("item", [{}, signal((3,), [{"units": "nm", "axis": np.array([1.0, 1.0, 2.0])}])])
def test_what_cannot_be_mapped_is_a_read_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, item: Mapping[str, Any]
) -> None:
    with pytest.raises(ReadError):
        mapped(monkeypatch, tmp_path, item)


@pytest.mark.parametrize("name", FILES)
def test_files_that_hold_nothing(tmp_path: Path, name: str) -> None:
    pytest.importorskip("rsciio", reason="rosettasciio is not installed")
    content, _, read = FILES[name]
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ReadError, match="a damaged one"):
        read(file)
