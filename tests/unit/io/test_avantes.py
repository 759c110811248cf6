from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.avantes import is_avantes, is_avantes_binary, read_avantes
from antistokes.io.head import head_of
from antistokes.io.refused import read_refused

NEW = """
Integration time [ms]:    6.50
Averaging Nr. [scans]: 79
Smoothing Nr. [pixels]: 1
Data measured with spectrometer [name]: 1234567U1
Wave   ;Sample   ;Dark     ;Reference;{name}
[nm]   ;[counts] ;[counts] ;[counts] ;{unit}

 300.00;   10.500;   -0.500;   20.250; 50.000
 301.00;   11.500;   -0.250;   20.500; 55.000
 302.00;   12.500;    0.500;   20.750; 60.000

"""
OLD = """a comment
Integration time: 175 ms
Average: 20 scans
Nr of pixels used for smoothing: 0
Data measured with spectrometer serial number: 0411041S1
Wave   ;Dark     ;Ref      ;Sample   ;Transmittance
[nm]   ;[counts] ;[counts] ;[counts] ;[% transmittance]
299,87;3,4050;6429,1;124,99;1,8921
300,16;-18,870;6876,0;178,64;2,8646
300,45;68,625;10102;191,64;1,9726
"""


def write(tmp_path: Path, text: str) -> Path:
    (tmp_path / "a.txt").write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    return tmp_path / "a.txt"


def test_avasoft_8(tmp_path: Path) -> None:
    path = write(tmp_path, NEW.format(name="Reflectance", unit="[%]"))
    assert is_avantes(head_of(path)) and not is_avantes_binary(head_of(path))
    found = read_avantes(path, strict=True)
    assert [data.json_attr(ds, "source", {})["column"] for ds in found] == [
        "Sample",
        "Dark",
        "Reference",
        "Reflectance",
    ]
    assert [ds.attrs.get("quantity") for ds in found] == ["counts", "counts", "counts", None]
    assert list(found[0]["signal"].values) == [10.5, 11.5, 12.5] and list(found[3]["signal"].values) == [50, 55, 60]
    wanted = {"integration_time_s": 0.0065, "scans": 79, "smoothing": 1, "instrument": "1234567U1"}
    assert {k: found[0].attrs[k] for k in wanted} == pytest.approx(wanted)


def test_avasoft_7_with_decimal_commas(tmp_path: Path) -> None:
    path = write(tmp_path, OLD)
    assert is_avantes(head_of(path))
    found = {data.json_attr(ds, "source", {})["column"]: ds for ds in read_avantes(path)}
    assert list(found["Ref"]["signal"].values) == [6429.1, 6876, 10102]
    ds = found["Transmittance"]
    assert ds.attrs["quantity"] == "transmittance" and ds.attrs["kind"] == "absorption"
    np.testing.assert_allclose(ds["signal"].values, [0.018921, 0.028646, 0.019726])
    assert ds.attrs["integration_time_s"] == 0.175 and ds.attrs["scans"] == 20
    assert data.json_attr(ds, "raw_metadata", [])[0] == "a comment"


@pytest.mark.parametrize(
    ("name", "unit", "kind", "quantity", "factor"),
    [
        ("Absorbance", "[A.U.]", "absorption", "absorbance", 1.0),
        ("Transmittance", "[%]", "absorption", "transmittance", 0.01),
        ("Absolute irradiance", "[uW/cm2/nm]", "emission", "power_per_nm", 1e-6),
        ("", "", "spectrum", None, 1.0),
    ],
)
def test_quantities_come_from_the_units(
    tmp_path: Path, name: str, unit: str, kind: str, quantity: str | None, factor: float
) -> None:
    ds = read_avantes(write(tmp_path, NEW.format(name=name, unit=unit)))[-1]
    assert (ds.attrs["kind"], ds.attrs.get("quantity")) == (kind, quantity)
    np.testing.assert_allclose(ds["signal"].values, np.array([50, 55, 60]) * factor)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path, OLD + "300,75;1,0\n"[:-1])
    ds = read_avantes(path)[0]
    assert ds.sizes["wavelength"] == 3 and any("may be cut" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="cut off"):
        read_avantes(path, strict=True)


def test_text_without_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="numbers"):
        read_avantes(write(tmp_path, NEW.split("\n 300")[0] + "\n"))
    with pytest.raises(ReadError, match="line of names"):
        read_avantes(write(tmp_path, "a\nb\n"))


def test_binary_files_are_refused_with_the_export_to_use(tmp_path: Path) -> None:
    serial = struct.pack("<9f", *b"1234567U1")
    rest = bytes(400)
    for start in (
        b"AVS82\x01",
        b"AVS84\x01",
        struct.pack("<f", 70) + serial,
        struct.pack("<6f", 60, *[1.0] * 5) + serial,
    ):
        (tmp_path / "a.bin").write_bytes(start + rest[: 400 - len(start) % 4])
        assert is_avantes_binary(head_of(tmp_path / "a.bin"))
    with pytest.raises(ReadError, match="Export it as text"):
        read_refused(tmp_path / "a.bin")
    for other in (b"", b"AVS", struct.pack("<f", 70) + rest, struct.pack("<20f", 70, *[65.5] * 19), rest):
        (tmp_path / "b.bin").write_bytes(other)
        assert not is_avantes_binary(head_of(tmp_path / "b.bin"))
