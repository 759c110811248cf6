from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr

from antistokes import data, io
from antistokes.errors import DataError, ReadError
from antistokes.io import formats

TABLE = "nm,If,Abs\n500,1,4\n501,2,5\n502,3,6\n"


@pytest.fixture
def ds() -> xr.Dataset:
    return data.build("wavelength", [500, 501, 502], [1, 2, 3], kind="emission", quantity="counts", medium="air")


def test_one_file_one_measurement(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TABLE)
    assert [d.attrs.get("quantity") for d in io.read_all(path)] == [None, "absorbance"]
    assert io.read(path, y="If", quantity="power_per_nm").attrs["kind"] == "emission"
    with pytest.raises(ReadError, match=r"'If', 'Abs'\. use read_all\(\), or name one with y=\.\.\."):
        io.read(str(path))
    with pytest.raises(ValueError, match=r"unknown hint 'qantity' \(nearest: 'quantity'\)"):
        io.read(path, qantity="counts")


@pytest.mark.parametrize("name", ["a.csv", "a.nc", "A.CSV", "with blank µ.nc"])
def test_write_and_read_back(ds: xr.Dataset, tmp_path: Path, name: str) -> None:
    io.write(ds, tmp_path / name)
    xr.testing.assert_identical(io.read(tmp_path / name), ds)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_content_decides_not_the_suffix(ds: xr.Dataset, tmp_path: Path) -> None:
    io.write(ds, tmp_path / "a.nc")
    (tmp_path / "a.nc").rename(tmp_path / "a.txt")
    assert io.format_of(tmp_path / "a.txt") == "netcdf"
    xr.testing.assert_identical(io.read(tmp_path / "a.txt"), ds)


def test_an_interrupted_write_leaves_the_old_file(
    ds: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    io.write(ds, path)
    before = path.read_bytes()

    def stop(_: xr.Dataset, part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setitem(io.WRITERS, ".csv", stop)
    with pytest.raises(KeyboardInterrupt):
        io.write(ds, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_where_nothing_can_be_written(ds: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"suffix must be one of \.csv, \.nc, got '\.xlsx'"):
        io.write(ds, tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="the folder does not exist"):
        io.write(ds, tmp_path / "none" / "a.csv")
    with pytest.raises(DataError):
        io.write(xr.Dataset(), tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"expected a file, found nothing there\. Check the name"):
        io.read(tmp_path / "none.csv")
    with pytest.raises(ReadError, match="does not exist either"):
        io.read(tmp_path / "none" / "none.csv")
    with pytest.raises(ReadError, match=r"found a folder\. Name one of the files in it"):
        io.read(tmp_path)


@pytest.mark.parametrize(
    "start", [b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x05", b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04\x00\x00"]
)
def test_rubbish_is_a_read_error(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(start + bytes(range(256)))
    with pytest.raises(ReadError):
        io.read(tmp_path / "a.csv")


def test_files_that_look_alike_are_told_apart_by_kind_then_by_suffix(tmp_path: Path, monkeypatch) -> None:
    def form(kinds, *suffixes):
        return formats.Format(lambda head: head.start.startswith(b"??"), lambda path, strict: [], kinds, suffixes)

    monkeypatch.setattr(formats, "FORMATS", {"one": form(("emission",), ".one"), "two": form(("movie",), ".two")})
    for name in ("a.one", "a.two", "a.spc"):
        (tmp_path / name).write_bytes(b"??")
    assert io.format_of(tmp_path / "a.spc", "movie") == "two"
    assert io.format_of(tmp_path / "a.one") == "one"
    message = "may be one or two.*kind='emission' reads it as one; kind='movie' reads it as two"
    with pytest.raises(ReadError, match=message):
        io.format_of(tmp_path / "a.spc")


def test_what_damage_leads_a_reader_to_is_a_read_error(tmp_path: Path, monkeypatch) -> None:
    def fails(path, strict):
        raise IndexError("list index out of range")

    monkeypatch.setattr(formats, "FORMATS", {"one": formats.Format(lambda head: True, fails)})
    (tmp_path / "a").write_bytes(b"?")
    with pytest.raises(ReadError, match=r"a damaged one \(IndexError: list index out of range\)"):
        io.read(tmp_path / "a")
