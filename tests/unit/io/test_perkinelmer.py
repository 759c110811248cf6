"""PerkinElmer ASCII and binary files, made here by the layout they are known to have."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.perkinelmer import (
    is_perkinelmer_asc,
    is_perkinelmer_sp,
    read_perkinelmer_asc,
    read_perkinelmer_sp,
)
from antistokes.units import HC_EV_NM

UV = "PE UV       SUBTECH     SPECTRUM    ASCII       PEDS        4.00        "
FL = "PE FL                   SPECTRUM    ASCII       PEDS        1.60        "


def asc(
    tmp_path: Path,
    *,
    first: str = UV,
    units: tuple[str, str] = ("nm", "A"),
    about: tuple[str, ...] = ("Lambda 950", "950N"),
    start: float = 800.0,
    step: float = -2.0,
    y: tuple[float, ...] = (0.1, 0.5, 0.25),
    count: int | None = None,
    date: str = "24/02/27",
) -> Path:
    header = [first, "   -1", "Sample, 1.asc", date, "16:45:12.00", date, "16:45:12.00", "M\u00fcller", "", *about]
    graph = ["#HDR", "-1", "-1", "#GR", *units, "1.0", "0.0", f"{start:f}", f"{step:f}", f"{count or len(y)}", "8"]
    rows = [f"{start + step * i:f}\t{value:f}" for i, value in enumerate(y)]
    lines = [*header, *graph, f"{max(y):f}", f"{min(y):f}", "#DATA", *rows]
    file = tmp_path / "Sample, 1.asc"
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
    return file


def test_absorbance(tmp_path: Path) -> None:
    file = asc(tmp_path)
    assert is_perkinelmer_asc(head_of(file))
    (ds,) = read_perkinelmer_asc(file, strict=True)
    assert ds["wavelength"].values.tolist() == [796.0, 798.0, 800.0]
    assert ds["signal"].values.tolist() == [0.25, 0.5, 0.1]
    assert (ds.attrs["quantity"], ds.attrs["kind"]) == ("absorbance", "absorption")
    assert (ds.attrs["instrument"], ds.attrs["acquired_at"]) == ("Lambda 950", "2024-02-27T16:45:12")
    assert data.json_attr(ds, "source", {})["file"] == "Sample, 1.asc"
    assert "M\u00fcller" in data.json_attr(ds, "raw_metadata", [])


def test_percent_transmittance_may_be_noisy(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_asc(asc(tmp_path, units=("nm", "%T"), y=(183.4, -49.0, 686.8)), strict=True)
    np.testing.assert_allclose(ds["signal"], [6.868, -0.49, 1.834])
    assert ds.attrs["quantity"] == "transmittance"
    assert "'%T': percent divided by 100" in data.notes_of(ds)


def test_a_date_that_cannot_be_is_none(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_asc(asc(tmp_path, date="24/02/31"), strict=True)
    assert "acquired_at" not in ds.attrs and "24/02/31" in data.json_attr(ds, "raw_metadata", [])


def test_a_binary_range_that_stands_still_is_numbered(tmp_path: Path) -> None:
    raw = bytearray(sp(tmp_path).read_bytes())
    at = raw.index(struct.pack("<d", 897.0))
    raw[at : at + 8] = struct.pack("<d", 900.0)
    step = raw.index(struct.pack("<d", -1.0))
    raw[step : step + 8] = struct.pack("<d", 0.0)
    (tmp_path / "a.sp").write_bytes(raw)
    (ds,) = read_perkinelmer_sp(tmp_path / "a.sp")
    assert ds["pixel"].values.tolist() == [0, 1, 2, 3] and ds["signal"].values.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert any("does not run one way" in note for note in data.notes_of(ds))


def test_reflectance_states_no_quantity_and_german_dates_stay_raw(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_asc(asc(tmp_path, units=("NM", "%R"), date="27.02.2024"), strict=True)
    assert "quantity" not in ds.attrs
    assert "acquired_at" not in ds.attrs
    assert "27.02.2024" in data.json_attr(ds, "raw_metadata", [])


def test_infrared(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_asc(asc(tmp_path, first=UV.replace("UV", "IR"), units=("cm-1", "A")))
    np.testing.assert_allclose(ds["energy"], np.array([796.0, 798.0, 800.0]) * HC_EV_NM * 1e-7)


@pytest.mark.parametrize(
    ("fixed", "kind", "attr"),
    [("350.00", "emission", "excitation_nm"), ("900.0", "ple", "detection_nm"), ("798", "emission", None)],
)
def test_fluorescence_scans(tmp_path: Path, fixed: str, kind: str, attr: str | None) -> None:
    (ds,) = read_perkinelmer_asc(asc(tmp_path, first=FL, units=("NM", ""), about=("LS50-B", fixed, "4.5")))
    assert (ds.attrs["kind"], ds.attrs["instrument"]) == (kind, "LS50-B")
    assert "quantity" not in ds.attrs
    assert any("fixed wavelength" in note for note in data.notes_of(ds))
    assert [name for name in ("excitation_nm", "detection_nm") if name in ds.attrs] == ([attr] if attr else [])
    if attr:
        assert ds.attrs[attr] == float(fixed)


def test_cut_off_text(tmp_path: Path) -> None:
    file = asc(tmp_path, y=(0.1, 0.2, 0.3, 0.4))
    file.write_bytes(file.read_bytes()[:-6])  # within the last number
    (ds,) = read_perkinelmer_asc(file)
    assert ds["signal"].values.tolist() == [0.3, 0.2, 0.1]
    assert "the file is cut off: 3 of 4 points" in data.notes_of(ds)
    with pytest.raises(ReadError, match="expected 4 points, found 3"):
        read_perkinelmer_asc(file, strict=True)


def test_the_last_line_end_may_be_missing(tmp_path: Path) -> None:
    file = asc(tmp_path)
    file.write_bytes(file.read_bytes().rstrip())
    (ds,) = read_perkinelmer_asc(file, strict=True)
    assert ds.sizes["wavelength"] == 3


def test_numbers_unlike_the_header(tmp_path: Path) -> None:
    file = asc(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"0.500000\r\n0.100000\r\n#DATA", b"0.700000\r\n0.100000\r\n#DATA"))
    (ds,) = read_perkinelmer_asc(file)
    assert any("the header says 0.1 to 0.7" in note for note in data.notes_of(ds))
    file.write_bytes(file.read_bytes().replace(b"798.000000\t", b"797.000000\t"))
    with pytest.raises(ReadError, match="expected the position 798, found 797"):
        read_perkinelmer_asc(file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"#DATA", b"#DAT", "the marks #GR and #DATA"),
        (b"#GR\r\nnm", b"#GR", "10 lines below #GR, found 9"),
        (b"\r\n-2.000000\r\n", b"\r\nx\r\n", "start, step, count"),
        (b"\t0.500000", b"\tabc", "two numbers"),
        (b"\t0.500000", b"", "two numbers"),
        (b"\r\n8\r\n", b"\r\n", "10 lines below #GR"),
        (b"-2.000000\r\n3\r\n", b"-2.000000\r\n1\r\n", "1 finite points"),
    ],
)
def test_damaged_texts_say_why(tmp_path: Path, old: bytes, new: bytes, said: str) -> None:
    file = asc(tmp_path)
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    with pytest.raises(ReadError, match=said):
        read_perkinelmer_asc(file)


def member(kind: int, body: bytes) -> bytes:
    return struct.pack("<hi", kind, len(body)) + body


def text(value: str) -> bytes:
    encoded = value.encode("latin-1")
    return struct.pack("<hh", 29987, len(encoded)) + encoded


def sp(tmp_path: Path, *, x: tuple[str, str] = ("nm", "A"), count: int = 4, size: int = 4, step: float = -1.0) -> Path:
    y = np.array([0.1, 0.2, 0.3, 0.4])
    body = b"".join(
        [
            member(-29838, struct.pack("<h2d", 29981, 900.0, 897.0)),
            member(-29836, struct.pack("<hd", 29980, step)),
            member(-29835, struct.pack("<hi", 29995, count)),
            member(-29833, text(x[0])),
            member(-29832, text(x[1])),
            member(-29827, text("M\u00e4rz 2024")),
            member(-29825, text("Dienstag, 12. M\u00e4rz 2024")),  # a history that is stepped over
            member(-29828, struct.pack("<hi", 29974, 8 * size) + y.tobytes()),
        ]
    )
    file = tmp_path / "a.sp"
    file.write_bytes(b"PEPE" + b"2D constant interval DataSet file".ljust(40, b"\0") + member(120, body))
    return file


def test_binary(tmp_path: Path) -> None:
    file = sp(tmp_path)
    assert is_perkinelmer_sp(head_of(file))
    (ds,) = read_perkinelmer_sp(file, strict=True)
    assert ds["wavelength"].values.tolist() == [897.0, 898.0, 899.0, 900.0]
    assert ds["signal"].values.tolist() == [0.4, 0.3, 0.2, 0.1]
    assert ds.attrs["quantity"] == "absorbance"
    assert data.json_attr(ds, "raw_metadata", {})["name"] == "M\u00e4rz 2024"


def test_binary_infrared_transmittance(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_sp(sp(tmp_path, x=("cm-1", "%T")))
    np.testing.assert_allclose(ds["energy"][-1], 900 * HC_EV_NM * 1e-7)
    np.testing.assert_allclose(ds["signal"], [0.004, 0.003, 0.002, 0.001])


def test_binary_cut_off(tmp_path: Path) -> None:
    file = sp(tmp_path)
    file.write_bytes(file.read_bytes()[:-12])
    (ds,) = read_perkinelmer_sp(file)
    assert ds["wavelength"].values.tolist() == [899.0, 900.0]
    assert "the file is cut off: 2 of 4 points" in data.notes_of(ds)
    with pytest.raises(ReadError, match="4 numbers, found 2"):
        read_perkinelmer_sp(file, strict=True)


def test_binary_counts_beyond_the_file_take_no_memory(tmp_path: Path) -> None:
    (ds,) = read_perkinelmer_sp(sp(tmp_path, count=2**27, size=2**27, step=3.0 / (2**27 - 1)))
    assert ds.sizes["wavelength"] == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"count": 5}, "5 numbers of 8 bytes, found 32 bytes"),
        ({"count": -1}, "bytes"),
        ({"step": -2.0}, "steps of -2"),
    ],
)
def test_damaged_binaries_say_why(tmp_path: Path, changes: dict[str, int], said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_perkinelmer_sp(sp(tmp_path, **changes))  # type: ignore[arg-type]


def test_binary_without_members(tmp_path: Path) -> None:
    file = sp(tmp_path)
    whole = file.read_bytes()
    for length, said in ((44, "range of the axis"), (110, "a member with the numbers"), (2, "expected PEPE")):
        file.write_bytes(whole[:length])
        with pytest.raises(ReadError, match=said):
            read_perkinelmer_sp(file)
    file.write_bytes(whole[:44] + struct.pack("<hi", 5, -3))
    with pytest.raises(ReadError, match="not negative"):
        read_perkinelmer_sp(file)
