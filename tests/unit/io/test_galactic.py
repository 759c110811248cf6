"""Galactic .spc files made here byte by byte from the specification."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antistokes import data, units
from antistokes.errors import ReadError
from antistokes.io.galactic import is_galactic, read_galactic
from antistokes.io.head import head_of

FLOAT = -128


def header(order: str = "<", **said: Any) -> bytes:
    """A header of 512 bytes of the new format."""
    v = {"flags": 0, "technique": 0, "exponent": FLOAT, "points": 4, "first": 500.0, "last": 503.0, "subfiles": 1}
    v |= {"x_type": 3, "y_type": 0, "z_type": 0, "date": 0, "labels": b"", "log_at": 0, "z_step": 0.0} | said
    out = bytearray(512)
    version = 0x4B if order == "<" else 0x4C
    first = (v["flags"], version, v["technique"], v["exponent"], v["points"], v["first"], v["last"], v["subfiles"])
    struct.pack_into(order + "BBBbIddI", out, 0, *first)
    struct.pack_into(order + "BBBBI", out, 28, v["x_type"], v["y_type"], v["z_type"], 0, v["date"])
    out[45:50] = b"LAMP1"
    out[88:96] = b"a sample"
    out[218 : 218 + len(v["labels"])] = v["labels"]
    struct.pack_into(order + "I", out, 248, v["log_at"])
    struct.pack_into(order + "f", out, 312, v["z_step"])
    return bytes(out)


def sub(
    order: str = "<", exponent: int = 0, index: int = 0, z: float = 0.0, z_next: float = 0.0, points: int = 0
) -> bytes:
    return struct.pack(order + "BbHfffIIf4x", 0, exponent, index, z, z_next, 0.0, points, 0, 0.0)


def floats(values: Any, order: str = "<") -> bytes:
    return np.asarray(values, dtype=order + "f4").tobytes()


def old(points: float = 4, exponent: int = 8, flags: int = 0, year: int = 1990, x_type: int = 1) -> bytes:
    """A header of 224 bytes of the old format."""
    out = bytearray(224)
    struct.pack_into(
        "<BBhfffBBHBBBB", out, 0, flags, 0x4D, exponent, points, 4000.0, 3997.0, x_type, 2, year, 3, 2, 14, 5
    )
    out[64:70] = b"gas IR"
    return bytes(out)


def swapped(values: Any) -> bytes:
    """Integers of 32 bits with the more significant half first, each half with the less significant byte first."""
    v = np.asarray(values, dtype="<i4").tobytes()
    return b"".join(v[i + 2 : i + 4] + v[i : i + 2] for i in range(0, len(v), 4))


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(content: bytes, name: str = "a.spc") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def test_a_date_that_cannot_be_is_none(make: Any) -> None:
    for month, day in ((2, 31), (0, 0)):
        date = (2020 << 20) + (month << 16) + (day << 11)
        (ds,) = read_galactic(make(header(date=date) + sub() + floats([1, 2, 3, 4])))
        assert "acquired_at" not in ds.attrs
        assert data.json_attr(ds, "raw_metadata", {})["date"] == f"2020-{month:02d}-{day:02d} 00:00"


@pytest.mark.parametrize("order", ["<", ">"])
def test_floats_on_an_even_axis_in_either_byte_order(make: Any, order: str) -> None:
    path = make(
        header(order, y_type=2, date=(2020 << 20) + (5 << 16) + (6 << 11) + (7 << 6) + 8)
        + sub(order)
        + floats([1, 2, 3, 4], order)
    )
    assert is_galactic(head_of(path))
    (ds,) = read_galactic(path)
    assert ds["wavelength"].values.tolist() == [500, 501, 502, 503]
    assert ds["signal"].values.tolist() == [1, 2, 3, 4]
    assert (ds.attrs["quantity"], ds.attrs["kind"], ds.attrs["instrument"]) == ("absorbance", "absorption", "LAMP1")
    assert ds.attrs["acquired_at"] == "2020-05-06T07:08"
    assert data.json_attr(ds, "source", {})["reader"] == "galactic"
    assert data.json_attr(ds, "raw_metadata", {})["comment"] == "a sample"
    assert "medium not stated, read as air" in data.notes_of(ds)


@pytest.mark.parametrize("order", ["<", ">"])
def test_fixed_point_values(make: Any, order: str) -> None:
    long = header(order, exponent=2) + sub(order) + np.array([2**30, -(2**30), 1, 0], dtype=order + "i4").tobytes()
    assert read_galactic(make(long))[0]["signal"].values.tolist() == [1.0, -1.0, 2.0**-30, 0.0]
    short = header(order, exponent=16, flags=1) + sub(order) + np.array([7, -7, 32767, 0], dtype=order + "i2").tobytes()
    ds = read_galactic(make(short))[0]
    assert ds["signal"].values.tolist() == [7, -7, 32767, 0]
    assert ds["signal"].dtype == np.float32  # 16 bits fit


def test_positions_before_the_subfile(make: Any) -> None:
    content = header(flags=128, x_type=2) + floats([0.7, 0.6, 0.5, 0.4]) + sub() + floats([1, 2, 3, 4])
    (ds,) = read_galactic(make(content))
    assert ds["wavelength"].values == pytest.approx([400, 500, 600, 700], rel=1e-6)
    assert ds["signal"].values.tolist() == [4, 3, 2, 1]
    assert "axis converted from um to nm" in data.notes_of(ds)


@pytest.mark.parametrize(
    ("x_type", "axis", "factor"),
    [
        (1, "energy", units.HC_EV_NM * 1e-7),
        (3, "wavelength", 1),
        (13, "raman_shift", 1),
        (14, "energy", 1),
        (4, "time", 1),
        (5, "time", 60),
        (25, "decay_time", 1),
        (9, "abscissa", 1),
        (0, "abscissa", 1),
    ],
)
def test_types_of_axes(make: Any, x_type: int, axis: str, factor: float) -> None:
    (ds,) = read_galactic(make(header(x_type=x_type) + sub() + floats([1, 2, 3, 4])))
    assert data.axis_of(ds) == axis
    assert ds[axis].values == pytest.approx(factor * np.arange(500, 504))
    assert ds.attrs["kind"] == ("raman" if axis == "raman_shift" else "spectrum")
    assert ds[axis].attrs["units"] == ({9: "m/z", 0: "arbitrary"}.get(x_type) or data.AXES[axis][0])


def test_labels_overrule_types(make: Any) -> None:
    content = header(flags=32, x_type=0, labels=b"Wavelength (nm)\0%T\0") + sub() + floats([1, 2, 3, 4])
    (ds,) = read_galactic(make(content))
    assert (data.axis_of(ds), ds.attrs["quantity"]) == ("wavelength", "transmittance")
    assert ds["signal"].values == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert "rate" not in ds.attrs
    content = header(flags=32, x_type=0, labels=b"Wavelength (nm)\0Counts/s\0") + sub() + floats([1, 2, 3, 4])
    (ds,) = read_galactic(make(content))
    assert (ds.attrs["quantity"], ds.attrs["rate"]) == ("counts", "per second")
    content = header(flags=32, x_type=0, labels=b"Raman shift (cm-1)\0\0") + sub() + floats([1, 2, 3, 4])
    assert data.axis_of(read_galactic(make(content))[0]) == "raman_shift"


def test_transmission_says_how_it_was_read(make: Any) -> None:
    (percent,) = read_galactic(make(header(y_type=128) + sub() + floats([10, 20, 99, 90])))
    assert float(percent["signal"].max()) == pytest.approx(0.99)
    assert any("read as percent" in note for note in data.notes_of(percent))
    (fraction,) = read_galactic(make(header(y_type=128) + sub() + floats([0.1, 0.2, 0.99, 0.9])))
    assert float(fraction["signal"].max()) == pytest.approx(0.99)
    assert any("read as a fraction" in note for note in data.notes_of(fraction))


@pytest.mark.parametrize(
    ("values", "quantity", "factor"),
    [
        ([0.5, 0.6, 2.2, 0.7], None, 1.0),  # one wild sample makes no percent of a fraction
        ([0.5, 0.6, 1.4, 0.7], "transmittance", 1.0),
        ([1.6, 1.7, 1.8, 1.9], None, 1.0),
        ([0.5, 40.0, 50.0, np.inf], "transmittance", 0.01),
        ([0.5, 0.5, 0.5, 90.0], None, 1.0),
        ([-1.0, -0.5, 0.1, 0.2], "transmittance", 1.0),
        ([np.nan] * 4, None, 1.0),
    ],
)
def test_the_median_tells_percent(make: Any, values: list[float], quantity: str | None, factor: float) -> None:
    (ds,) = read_galactic(make(header(y_type=128) + sub() + floats(values)))
    assert (ds.attrs["kind"], ds.attrs.get("quantity")) == ("absorption", quantity)
    kept = np.where(np.isfinite(values), values, np.nan)
    assert ds["signal"].values == pytest.approx(factor * kept, rel=1e-6, nan_ok=True)
    said = {None: "declare the quantity"}.get(quantity, "percent, divided" if factor < 1 else "read as a fraction")
    assert any(said in note for note in data.notes_of(ds))


@pytest.mark.parametrize("labels", [b"", b"Wavenumber (cm-1)\0Intensity\0\0"])
def test_wavenumbers_of_a_raman_file_are_shifts(make: Any, labels: bytes) -> None:
    said: dict[str, Any] = {"x_type": 1, "first": -100.0, "last": 200.0, "labels": labels}
    said["flags"] = 32 if labels else 0
    (ds,) = read_galactic(make(header(technique=11, **said) + sub() + floats([1, 2, 3, 4])))
    assert ds["raman_shift"].values.tolist() == [-100, 0, 100, 200]
    assert ds.attrs["kind"] == "raman" and "medium" not in ds.attrs
    assert "a Raman file: its wavenumbers read as Raman shift" in data.notes_of(ds)
    (other,) = read_galactic(make(header(technique=12, **(said | {"first": 100.0})) + sub() + floats([1, 2, 3, 4])))
    assert data.axis_of(other) == "energy"


def test_kinds(make: Any) -> None:
    def kind(**said: Any) -> str:
        return str(read_galactic(make(header(**said) + sub() + floats([1, 2, 3, 4])))[0].attrs["kind"])

    assert [kind(y_type=131), kind(y_type=4), kind(technique=12), kind(technique=11)] == ["emission"] * 3 + ["raman"]
    (ds,) = read_galactic(make(header(y_type=1, x_type=0) + sub() + floats([1, 2, 3, 4])))
    assert any("interferogram" in note for note in data.notes_of(ds))


def test_subfiles_on_one_axis_are_frames_or_times(make: Any) -> None:
    content = b"".join(sub(exponent=FLOAT, index=i, z=2.0, z_next=4.5) + floats(i + np.arange(4)) for i in range(3))
    (frames,) = read_galactic(make(header(flags=4, subfiles=3) + content))
    assert dict(frames.sizes) == {"frame": 3, "wavelength": 4}
    assert frames["signal"].values[2].tolist() == [2, 3, 4, 5]
    (times,) = read_galactic(make(header(flags=4, subfiles=3, z_type=5) + content))
    assert times["time"].values.tolist() == [120, 270, 420]  # minutes, evenly from the first
    content = b"".join(sub(exponent=FLOAT, index=i, z=z) + floats(np.arange(4)) for i, z in enumerate((1, 2, 5)))
    (ordered,) = read_galactic(make(header(flags=4 | 16, subfiles=3, z_type=4) + content))
    assert ordered["time"].values.tolist() == [1, 2, 5]


def own_axes(directory: bool = False, moved: bool = False) -> bytes:
    """Three subfiles with axes and lengths of their own; ``moved`` puts the first one last."""
    pieces = [
        sub(exponent=16, index=i, points=2 + i)
        + floats(500 + np.arange(2 + i))
        + np.full(2 + i, 10 * i, "<i2").tobytes()
        for i in range(3)
    ]
    order = [1, 2, 0] if moved else [0, 1, 2]
    places, at = {}, 512
    for i in order:
        places[i] = at
        at += len(pieces[i])
    entries = b"".join(struct.pack("<2If", places[i], len(pieces[i]), 0.0) for i in range(3)) if directory else b""
    body = b"".join(pieces[i] for i in order)
    return header(flags=1 | 4 | 64 | 128, subfiles=3, points=at if directory else 0, exponent=16) + body + entries


def test_subfiles_with_axes_of_their_own(make: Any) -> None:
    for content in (own_axes(), own_axes(directory=True), own_axes(directory=True, moved=True)):
        path = make(content)
        assert is_galactic(head_of(path))
        found = read_galactic(path)
        assert [ds.sizes["wavelength"] for ds in found] == [2, 3, 4]
        assert [float(ds["signal"][0]) for ds in found] == [0, 10, 20]
        assert [data.json_attr(ds, "source", {})["column"] for ds in found] == ["subfile 1", "subfile 2", "subfile 3"]


def test_old_format(make: Any) -> None:
    path = make(old() + sub() + swapped([2**24, -(2**24), 3 * 2**24 + 2**8, 0]))
    assert is_galactic(head_of(path))
    (ds,) = read_galactic(path)
    assert ds["energy"].values[::-1] == pytest.approx(units.HC_EV_NM * 1e-7 * np.array([4000, 3999, 3998, 3997]))
    assert ds["signal"].values[::-1].tolist() == [1, -1, 3 + 2.0**-16, 0]
    assert (ds.attrs["quantity"], ds.attrs["acquired_at"]) == ("absorbance", "1990-03-02T14:05")
    content = old(flags=4) + b"".join(sub(exponent=8, index=i) + swapped(np.full(4, i * 2**24)) for i in range(3))
    (frames,) = read_galactic(make(content))
    assert frames["signal"].values[:, 0].tolist() == [0, 1, 2]
    short = old(flags=1, exponent=16) + sub() + np.array([1, 2, 3, 4], "<i2").tobytes()
    assert read_galactic(make(short))[0]["signal"].values.tolist() == [4, 3, 2, 1]


def test_log(make: Any) -> None:
    text = b"GAIN = 1\r\nDetector saturated: yes\r\n\0"
    content = header(log_at=560) + sub() + floats([1, 2, 3, 4])
    log = struct.pack("<IIIII44x", 64 + len(text), 4096, 64, 0, 0) + text
    (ds,) = read_galactic(make(content + log))
    assert data.json_attr(ds, "raw_metadata", {})["log"] == ["GAIN = 1", "Detector saturated: yes"]
    assert any("saturated" in note for note in data.notes_of(ds)) and ds.attrs["saturated"] == "somewhere"
    (plain,) = read_galactic(make(content + log.replace(b"yes", b"no ")))
    assert "saturated" not in plain.attrs
    for damaged in (log[:30], struct.pack("<IIIII", 2**32 - 1, 0, 2**31, 0, 0), b""):
        assert read_galactic(make(content + damaged))[0].sizes["wavelength"] == 4


def test_values_and_positions_that_are_no_numbers(make: Any) -> None:
    (ds,) = read_galactic(make(header() + sub() + np.array([1, np.nan, np.inf, 4], "<f4").tobytes()))
    (ds,) = read_galactic(make(header(flags=128) + floats([1, 2, 3, 4]) + sub() + b"\1\0\x80\x7f" * 4))  # warns
    assert int((ds["flag"] > 0).sum()) == 4
    with pytest.raises(ReadError, match="position 1"):
        read_galactic(make(header(flags=128) + b"\1\0\x80\x7f" + bytes(12) + sub() + floats([1, 2, 3, 4])))
    (ds,) = read_galactic(make(header() + sub() + floats([1, np.nan, np.inf, 4])))
    assert ds["flag"].values.tolist() == [0, 8, 8, 0]
    assert np.isnan(ds["signal"].values).tolist() == [False, True, True, False]
    for x, said in (
        ([500, 500, 501, 502], "position 2.*500 nm twice"),
        ([1, np.nan, 2, 3], "position 2.*none"),
    ):
        with pytest.raises(ReadError, match=said):
            read_galactic(make(header(flags=128) + floats(x) + sub() + floats([1, 2, 3, 4])))
    turned = floats([500, 502, 501, 503])
    (ds,) = read_galactic(make(header(flags=128) + turned + sub() + floats([1, 2, 3, 4])))
    assert ds["signal"].values.tolist() == [1, 3, 2, 4] and "ascending" in " ".join(data.notes_of(ds))
    (ds,) = read_galactic(make(header(flags=128) + floats([-1, 0, 1, 2]) + sub() + floats([1, 2, 3, 4])))
    assert ds["pixel"].values.tolist() == [0, 1, 2, 3] and "not positive" in " ".join(data.notes_of(ds))


def test_what_is_cut_off_keeps_whole_subfiles(make: Any) -> None:
    pieces = b"".join(sub(exponent=FLOAT, index=i) + floats(np.arange(4)) for i in range(3))
    path = make(header(flags=4, subfiles=3) + pieces[:-5])
    (ds,) = read_galactic(path)
    assert ds.sizes["frame"] == 2
    assert any("cut off: 2 of 3" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="cut off"):
        read_galactic(path, strict=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\0\x4b" + bytes(100),
        header()[:511],
        header(),
        header() + sub() + floats([1, 2, 3]),
        header(points=2**32 - 1) + sub() + floats([1, 2, 3, 4]),
        header(points=0) + sub() + floats([1, 2, 3, 4]),
        header(flags=128, points=2**31) + floats([1, 2, 3, 4]),
        header(flags=4, subfiles=2**32 - 1, points=0) + sub(),
        header(flags=4 | 64 | 128, subfiles=2**31, points=2**31) + sub(points=2**30),
        header(flags=4 | 64 | 128, subfiles=3, points=0) + 3 * sub(exponent=FLOAT, points=0),
        old(points=np.nan),
        old(points=2.0**31),
        old(points=1.5),
        old(exponent=30000) + sub() + swapped([1, 2, 3, 4]),
        old(),
        b"\0\x50" + bytes(600),
    ],
)
def test_damage_is_a_read_error(make: Any, content: bytes) -> None:
    with pytest.raises(ReadError):
        read_galactic(make(content))


def test_a_directory_may_not_multiply_the_file(make: Any) -> None:
    body = sub(exponent=FLOAT, points=50) + floats(np.arange(50)) + floats(np.arange(50))
    entries = struct.pack("<2If", 512, len(body), 0.0) * 60
    content = header(flags=4 | 64 | 128, subfiles=60, points=512 + len(body)) + body + entries
    (ds,) = read_galactic(make(content))  # its numbers are wrong, so the subfiles are taken in a row
    assert ds.sizes["abscissa" if "abscissa" in ds.sizes else data.axis_of(ds)] == 50


def test_too_many_spectra(make: Any) -> None:
    one = floats([500]) + floats([1])
    body = b"".join(sub(exponent=FLOAT, index=i & 0xFFFF, points=1) + one for i in range(5001))
    with pytest.raises(ReadError, match="at most 5000"):
        read_galactic(make(header(flags=4 | 64 | 128, subfiles=5001, points=0) + body))


def test_every_cut_ends_well(make: Any) -> None:
    whole = own_axes(directory=True)
    for length in range(0, len(whole), 7):
        path = make(whole[:length])
        is_galactic(head_of(path))
        try:
            found = read_galactic(path)
        except ReadError:
            continue
        assert sum(ds["signal"].size for ds in found) <= 9


@pytest.mark.parametrize(
    "content", [b"xK,yL\n1,2\n" * 100, b"\0" * 4096, bytes(range(256)) * 8, b"\0K" + b"\xff" * 600, b" M" + b" " * 600]
)
def test_other_files_are_not_taken(make: Any, content: bytes) -> None:
    assert not is_galactic(head_of(make(content)))
