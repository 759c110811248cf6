from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import andor_text
from antistokes.io.andor_text import is_andor_text, read_andor_text
from antistokes.io.head import head_of

SAID = {
    "Date and Time": "Fri Sep  8 15:03:52 2017",
    "Software Version": "4.30.30013.0",
    "Temperature (C)": "-50",
    "Model": "DU888_BV",
    "Data Type": "Counts",
    "Acquisition Mode": "Single Scan",
    "Exposure Time (secs)": "0.1",
    "Readout Mode": "Full Vertical Binning",
    "SR193i": "",
    "Serial Number": "",
    "Wavelength (nm)": "430",
}
X = 429.25 + 0.5 * np.arange(4)
AREA = "{left,right,bottom,top}"


def said(**changed: str) -> list[str]:
    words = {**SAID, **{k.replace("_", " "): v for k, v in changed.items()}}
    return [f"{key}: {value}".strip() for key, value in words.items()]


def rows(x: np.ndarray, values: np.ndarray, mark: str = "\t") -> list[str]:
    return [mark.join(f"{v:.9g}" for v in (a, *b)) + mark for a, b in zip(x, values, strict=True)]


def text(lines: list[str], words: list[str], end: str = "\r\n") -> bytes:
    return end.join([*lines, "", "", *words, ""]).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.asc"


def read(path: Path, raw: bytes, strict: bool = False) -> xr.Dataset:
    path.write_bytes(raw)
    assert is_andor_text(head_of(path))
    (ds,) = read_andor_text(path, strict)
    return ds


COLUMN = np.arange(4.0)[:, None] + 28099


@pytest.mark.parametrize("mark", ["\t", ",", ";", " "])
def test_a_spectrum_whatever_stands_between_the_numbers(path: Path, mark: str) -> None:
    ds = read(path, text(rows(X, COLUMN, mark), said()), strict=True)
    assert np.array_equal(ds["wavelength"], X) and np.array_equal(ds["signal"], COLUMN[:, 0])
    assert ds.attrs["quantity"] == "counts" and ds.attrs["integration_time_s"] == 0.1
    assert ds.attrs["acquired_at"] == "2017-09-08T15:03:52" and ds.attrs["instrument"] == "DU888_BV, SR193i"
    assert "axis not named, read as wavelength in nm, as it holds the spectrograph's 430 nm" in data.notes_of(ds)
    assert data.json_attr(ds, "raw_metadata", [])[0] == "Date and Time: Fri Sep  8 15:03:52 2017"


def test_decimal_commas_and_a_header_above(path: Path) -> None:
    lines = [line.replace(".", ",") for line in rows(X, COLUMN + 0.5)]
    ds = read(path, "\n".join([*said(Exposure_Time_="1"), *lines, ""]).encode())
    assert np.array_equal(ds["wavelength"], X) and np.array_equal(ds["signal"], COLUMN[:, 0] + 0.5)


def test_rows_of_the_sensor(path: Path) -> None:
    values = np.arange(12.0).reshape(4, 3)
    ds = read(path, text(rows(X, values), said(**{"Readout_Mode": "Image", AREA: "1,4,1,3"})))
    assert ds["signal"].dims == ("frame", "y", "wavelength") and np.array_equal(ds["signal"][0], values.T)
    assert not any("read as rows" in note for note in data.notes_of(ds))
    unknown = read(path, text(rows(X, values), said()))
    assert "the 3 values of each position were read as rows of the sensor" in data.notes_of(unknown)


def test_a_kinetic_series_of_spectra(path: Path) -> None:
    values = np.arange(12.0).reshape(4, 3)
    words = said(Acquisition_Mode="Kinetics", Number_in_Kinetics_Series="3")
    ds = read(path, text(rows(X, values), words))
    assert ds["signal"].dims == ("frame", "wavelength") and np.array_equal(ds["signal"], values.T)


def test_images_of_a_kinetic_series_begin_anew(path: Path) -> None:
    values = np.arange(24.0).reshape(8, 3)
    x = np.tile(np.arange(1, 5), 2)
    words = said(**{"Acquisition_Mode": "Kinetics", "Readout_Mode": "Image", AREA: "1,4,1,3", "Wavelength (nm)": "0"})
    ds = read(path, text(rows(x, values, ","), words))
    assert ds["signal"].dims == ("frame", "y", "x") and ds.attrs["kind"] == "movie"
    assert np.array_equal(ds["signal"], values.reshape(2, 4, 3).transpose(0, 2, 1))
    cut = rows(x, values, ",")[:-1]
    ds = read(path, text(cut, words))
    assert ds.sizes["frame"] == 1 and "the last image is cut off, its 3 rows are left out" in data.notes_of(ds)
    with pytest.raises(ReadError, match="3 rows in the last one"):
        read_andor_text(path, strict=True)
    odd = rows(np.array([1, 2, 3, 4, 1, 2, 9, 4]), values, ",")
    with pytest.raises(ReadError, match="1 again after 4 rows"):
        read(path, text(odd, said()))


@pytest.mark.parametrize(("width", "lines"), [(3, 2), (4, 2), (2, 4)])
def test_wrapped_rows_are_joined(path: Path, width: int, lines: int) -> None:
    """Rows of 1 + 6 or 1 + 7 numbers in lines of a few; lines of one length are known by the area of the sensor."""
    values = np.arange(28.0).reshape(4, 7) if width != 3 else np.arange(20.0).reshape(4, 5)
    wrapped = []
    for row in rows(X, values, " "):
        cells = row.split()
        wrapped += [" ".join(cells[i : i + width]) for i in range(0, len(cells), width)]
    ds = read(path, text(wrapped, said(**{"Readout_Mode": "Image", AREA: f"1,4,1,{values.shape[1]}"})))
    assert np.array_equal(ds["wavelength"], X) and np.array_equal(ds["signal"][0], values.T)
    assert f"{lines} lines were read as one row" in data.notes_of(ds)


def test_sums_rates_and_a_subtracted_background(path: Path) -> None:
    ds = read(path, text(rows(X, COLUMN), said(**{"Number_of_Accumulations": "5"})))
    assert ds.attrs["exposures"] == 5 and not {"rate", "corrections"} & set(ds.attrs)
    assert "the counts are the sum of 5 exposures, single ones may have been saturated unseen" in data.notes_of(ds)
    ds = read(path, text(rows(X, COLUMN), said(**{"Data_Type": "Counts (Bg corrected per second)"})))
    assert ds.attrs["rate"] == data.RATE and "exposures" not in ds.attrs
    assert data.json_attr(ds, "corrections", {}) == {"dark": {"by": "Andor Solis"}}


@pytest.mark.parametrize(
    ("x", "centre", "axis"),
    [
        (np.arange(5.0, 9.0), "", "pixel"),
        (np.array([100.5, 200.0, 300.0, 400.0]), "", "abscissa"),
        (np.array([1000.5, 1200.0, 1300.0, 1400.0]), "430", "abscissa"),
        (np.array([1000.5, 1200.0, 1300.0, 1400.0]), "0", "wavelength"),
        (np.array([1000.5, 1200.0, 1300.0, 2400.0]), "0", "wavelength"),
        (np.array([1000.5, 1200.0, 1300.0, 2600.0]), "0", "abscissa"),
    ],
)
def test_the_axis_is_judged_by_its_values(path: Path, x: np.ndarray, centre: str, axis: str) -> None:
    ds = read(path, text(rows(x, COLUMN), said(**{"Wavelength (nm)": centre})))
    assert ds["signal"].dims == (axis,)


def test_positions_that_are_missing_or_repeat_are_refused(path: Path) -> None:
    for bad, message in ((1e999, "row 4 of the numbers"), (1200.0, "row 4.*1200 twice")):
        lines = [line.replace("inf", "1e999") for line in rows(np.array([1000.5, 1200.0, 1300.0, bad]), COLUMN)]
        with pytest.raises(ReadError, match=message):
            read(path, text(lines, said()))


def test_the_numbers_are_scaled_as_they_say(path: Path) -> None:
    ds = read(path, text(rows(X, COLUMN), said(Data_Type="% Transmittance")))
    assert ds.attrs["quantity"] == "transmittance" and np.allclose(ds["signal"], COLUMN[:, 0] / 100)
    assert any("percent divided by 100" in note for note in data.notes_of(ds))


def test_saturation_by_the_bits_of_the_amplifier(path: Path) -> None:
    values = np.array([[4095], [65535], [8190], [1]])
    saturated = data.FLAGS["saturated"]
    assert read(path, text(rows(X, values), said()))["flag"].values.tolist() == [0, saturated, 0, 0]
    bits = {"Pre-Amplifier Gain": "12-bit (high well capacity)", "Number of Accumulations": "2"}
    ds = read(path, text(rows(X, values), said(**bits)))
    assert ds["flag"].values.tolist() == [0, saturated, saturated, 0]
    assert "the counts are the sum of 2 exposures, single ones may have been saturated unseen" in data.notes_of(ds)
    ds = read(path, text(rows(X, values), said(Data_Type="Counts (Bg corrected)")))
    assert "flag" not in ds and "the numbers are Counts (Bg corrected)" in data.notes_of(ds)


def test_a_missing_value_is_flagged(path: Path) -> None:
    ds = read(path, text([*rows(X[:3], COLUMN[:3]), f"{X[3]}\tnan\t"], said()))
    assert ds["flag"].values.tolist() == [0, 0, 0, data.FLAGS["missing"]]


def test_a_text_cut_off_keeps_its_whole_rows(path: Path) -> None:
    """With the acquisition above, nothing but the end of the file tells."""
    whole = "\n".join([*said(), *rows(X, COLUMN), ""])
    ds = read(path, whole[:-4].encode())
    assert ds.sizes["wavelength"] == 3 and "the last line has no line end, it is left out" in data.notes_of(ds)
    with pytest.raises(ReadError, match="a line end"):
        read_andor_text(path, strict=True)
    values = np.arange(12.0).reshape(4, 3)
    lines = rows(X, values, " ")
    ds = read(path, text([*lines, "431.5 1 2"], said()))
    assert ds.sizes["wavelength"] == 4 and "the last row is cut off, its 3 numbers are left out" in data.notes_of(ds)
    with pytest.raises(ReadError, match="expected 4 numbers, found 3"):
        read_andor_text(path, strict=True)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "rows of numbers, found none"),
        (["429.5\t1"], "two rows of numbers or more"),
        (["429.5\t1", "words", "430\t2"], "line 2: expected a row of numbers"),
        (["429.5\t1", "430\t2\t3", "430.5\t2", "431\t2\t3\t4"], "line 2: expected 2 numbers, as in the first row"),
        (["429.5\t1", "430\tx"], "line 2: expected numbers only, found 'x'"),
        (["429.5\t", "430\t"], "two rows and two numbers in each"),
    ],
)
def test_what_is_no_table_is_refused(path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(ReadError, match=says):
        read(path, text(lines, said()))


def test_one_row_without_a_line_end_is_refused(path: Path) -> None:
    with pytest.raises(ReadError, match="two rows of numbers or more, found 0"):
        read(path, "\n".join([*said(), "429.5\t1"]).encode())


def test_packed_by_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.asc.gz"
    raw = gzip.compress(text(rows(X, COLUMN), said()))
    assert np.array_equal(read(path, raw, strict=True)["signal"], COLUMN[:, 0])
    above = "\n".join([*said(), *rows(np.arange(500.0), np.ones((500, 1))), ""]).encode()
    cut = gzip.compress(above)[:-200]
    ds = read(path, cut)
    assert 2 < ds.sizes["pixel"] < 500 and "cut off or damaged" in " ".join(data.notes_of(ds))
    with pytest.raises(ReadError, match="a whole gzip file"):
        read_andor_text(path, strict=True)
    path.write_bytes(raw[:10] + b"\xff" * 30)
    with pytest.raises(ReadError, match="a whole gzip file"):
        read_andor_text(path)


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"1,2\n" * 1_000_000))
    monkeypatch.setattr(andor_text, "MOST_UNPACKED", 2_000_000)
    assert not is_andor_text(head_of(path))
    with pytest.raises(ReadError, match="one that unpacks to more"):
        read_andor_text(path)


def test_recognised_by_the_acquisition_only(path: Path, tmp_path: Path) -> None:
    many = rows(np.arange(9000.0), np.ones((9000, 1)))
    path.write_bytes(text(many, said()))
    assert is_andor_text(head_of(path))  # its lines are beyond the head
    for raw in (text(many, []), text(rows(X, COLUMN), ["Date and Time: now", "Model: x"]), b"words\n" * 20000, b""):
        path.write_bytes(raw)
        assert not is_andor_text(head_of(path))
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(text(many, said())))
    assert is_andor_text(head_of(packed))
    packed.write_bytes(gzip.compress(b"words"))
    assert not is_andor_text(head_of(packed))
