from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.thorlabs import is_thorlabs, read_thorlabs

HEAD = """Optical Power Monitor
5.0
Delimiter Used: {d} '{d}'

Start of Measurement {d} 11/20/2024 23:59:59
Sample Interval {d} {interval}
Wavelength / Responsivity{d} 505 nm

{d}{d}{d}PM1 1{d}
Samples {d}Date (MM/dd/yyyy) {d}Time of day (hh:mm:ss) {d}Power ({unit}){d}
"""
ROWS = "0, 11/20/2024, 23:59:59.500,1E-05\n1, 11/21/2024, 00:00:00.500,-2E-05\n2, 11/21/2024, 00:00:01.600,0.5\n"


def log(
    tmp_path: Path, rows: str = ROWS, delimiter: str = ",", interval: str = "1 s", unit: str = "W", **w: str
) -> Path:
    text = HEAD.format(d=delimiter, interval=interval, unit=unit) + rows
    for old, new in w.items():
        text = text.replace(old, new)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    return tmp_path / "a.csv"


def test_a_log(tmp_path: Path) -> None:
    path = log(tmp_path)
    assert is_thorlabs(head_of(path))
    (ds,) = read_thorlabs(path, strict=True)
    assert ds["signal"].dims == ("time",) and ds["time"].attrs["units"] == "s"
    assert list(ds["time"].values) == [0, 1, 2.1] and list(ds["signal"].values) == [1e-5, -2e-5, 0.5]  # over midnight
    wanted = {"kind": "power_log", "quantity": "power", "acquired_at": "2024-11-20T23:59:59.500", "instrument": "PM1 1"}
    assert {k: ds.attrs[k] for k in wanted} == wanted and ds.attrs["wavelength_nm"] == 505
    assert data.notes_of(ds) == () and data.json_attr(ds, "raw_metadata", [])[1] == "5.0"


def test_another_delimiter_decimal_commas_and_pm(tmp_path: Path) -> None:
    rows = "0; 20.11.2024; 11:59:59 AM;1,5\n1; 20.11.2024; 12:00:00 PM;-2,5\n2; 20.11.2024; 1:00:00 PM;3\n"
    (ds,) = read_thorlabs(log(tmp_path, rows, ";", unit="mW", **{"MM/dd/yyyy": "dd.MM.yyyy"}))
    assert list(ds["time"].values) == [0, 1, 3601] and ds.attrs["acquired_at"] == "2024-11-20T11:59:59"
    np.testing.assert_allclose(ds["signal"].values, [1.5e-3, -2.5e-3, 3e-3])
    rows = ROWS.replace(",", "\t")
    assert read_thorlabs(log(tmp_path, rows, "\t"))[0].sizes["time"] == 3
    (ds,) = read_thorlabs(log(tmp_path, rows, "\t", **{"'\t'": r"'\t'"}))
    assert ds.sizes["time"] == 3


def test_two_meters(tmp_path: Path) -> None:
    words = {"Power (W),": "Power (W),Power (W),", "PM1 1,": "PM1 1,PM2 2,", "505 nm": "505 nm, 633 nm"}
    rows = ROWS.replace("\n", ",7\n")
    one, two = read_thorlabs(log(tmp_path, rows, **words))
    assert [data.json_attr(ds, "source", {})["column"] for ds in (one, two)] == ["PM1 1", "PM2 2"]
    assert list(two["signal"].values) == [7, 7, 7]
    assert (one.attrs["wavelength_nm"], two.attrs["wavelength_nm"]) == (505, 633)


def test_what_is_no_power_has_no_quantity(tmp_path: Path) -> None:
    (ds,) = read_thorlabs(log(tmp_path, unit="dBm"))
    assert "quantity" not in ds.attrs and any("not one of power" in note for note in data.notes_of(ds))


def test_missing_and_over_range(tmp_path: Path) -> None:
    (ds,) = read_thorlabs(log(tmp_path, ROWS.replace("1E-05", "9.9E+37").replace("-2E-05", "NaN")))
    assert np.isnan(ds["signal"].values[:2]).all() and list(ds["flag"].values) == [9, 8, 0]


def test_times_that_repeat_are_counted(tmp_path: Path) -> None:
    rows = ROWS.replace("00:00:01.600", "00:00:00.500").replace("2, 11", "4, 11")
    (ds,) = read_thorlabs(log(tmp_path, rows, interval="500 ms"))
    assert list(ds["time"].values) == [0, 0.5, 2]
    notes = " ".join(data.notes_of(ds))
    assert "1 times repeat" in notes and "1 gap" in notes
    with pytest.raises(ReadError, match="line 13.*after the one before"):
        read_thorlabs(log(tmp_path, rows, interval="max"))


def test_a_log_that_is_cut_off(tmp_path: Path) -> None:
    path = log(tmp_path, ROWS[:-2])
    (ds,) = read_thorlabs(path)
    assert ds.sizes["time"] == 2 and any("may be cut" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="line 13"):
        read_thorlabs(path, strict=True)


def test_guesses_are_noted(tmp_path: Path) -> None:
    (ds,) = read_thorlabs(log(tmp_path, **{" (MM/dd/yyyy)": "", "Delimiter Used: , ','": "Delimiter Used:"}))
    assert ds.attrs["acquired_at"].startswith("2024-11-20")  # there is no twentieth month
    assert "read as a comma" in " ".join(data.notes_of(ds))


def test_an_order_of_the_date_that_is_not_stated(tmp_path: Path) -> None:
    unstated = {" (MM/dd/yyyy)": ""}
    rows = "0, 11/10/2024, 10:00:00, 1\n1, 11/10/2024, 10:00:01.5, 1\n"
    (ds,) = read_thorlabs(log(tmp_path, rows, **unstated))
    assert "acquired_at" not in ds.attrs and list(ds["time"].values) == [0, 1.5]
    assert any("'11/10/2024' is not certain" in note for note in data.notes_of(ds))
    told = rows + "2, 11/13/2024, 10:00:00, 1\n"
    (ds,) = read_thorlabs(log(tmp_path, told, **unstated))
    assert ds.attrs["acquired_at"] == "2024-11-10T10:00:00" and ds["time"].values[-1] == 3 * 86400
    with pytest.raises(ReadError, match="line 10.*order is stated"):
        read_thorlabs(log(tmp_path, rows + "2, 12/10/2024, 10:00:00, 1\n", **unstated))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "rows of measured values"),
        ("0, 11/20/2024\n", "line 11.*4 cells"),
        ("0, 11/20/2024, 10:00:00, 1, 2, 3\n", "line 11.*4 cells"),
        ("0, 20/11/2024, 10:00:00, 1\n", "line 11.*time of day"),
        ("0, 11/20/2024, noon, 1\n", "line 11.*noon"),
        ("0, 11/20/2024, 10:00:00, x\n", "line 11, column 'Power .W.'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_thorlabs(log(tmp_path, rows))


def test_a_header_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="a line of names"):
        read_thorlabs(log(tmp_path, Samples="Number"))
    with pytest.raises(ReadError, match="a column of values"):
        read_thorlabs(log(tmp_path, **{"Power (W)": ""}))
