"""Cary csv as WinUV and Eclipse write it, made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antistokes import data, units
from antistokes.errors import ReadError
from antistokes.io.cary import is_cary, read_cary
from antistokes.io.head import head_of

HEAD = "600LP,,600LP1,,\r\nWavelength (nm),Abs,Wavelength (nm),%T,\r\n"
ROWS = "700,0.1,650,93.5,\r\n699,10,649,94,\r\n698,0.2,,,\r\n"


def log(name: str, when: str = "5/30/2018 5:14:12 PM", more: str = "") -> str:
    return (
        f"\r\n{name},\r\n{name}\r\nCollection Time: {when}\r\nOperator Name  :\r\n"
        "Instrument                        Cary 50\r\nUV-Vis Ave. Time (sec)            0.1000\r\n" + more
    )


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


def names(found: list[Any]) -> list[str]:
    return [data.json_attr(ds, "source", {})["column"] for ds in found]


def test_ragged_pairs_of_either_quantity(make: Any) -> None:
    path = make(HEAD + ROWS + log("600LP") + log("600LP1", more="Scan Software Version: 3.00(182)\r\n"))
    assert is_cary(head_of(path))
    absorbance, transmittance = read_cary(path)
    assert absorbance["wavelength"].values.tolist() == [698, 699, 700]
    assert absorbance["signal"].values.tolist() == [0.2, 10, 0.1]
    assert absorbance["flag"].values.tolist() == [0, data.FLAGS["clipped"], 0]
    assert transmittance["signal"].values == pytest.approx([0.94, 0.935])
    assert [ds.attrs["quantity"] for ds in (absorbance, transmittance)] == ["absorbance", "transmittance"]
    assert names([absorbance, transmittance]) == ["600LP", "600LP1"]
    assert "'%T': percent divided by 100" in data.notes_of(transmittance)
    assert absorbance.attrs["instrument"] == "Cary 50"
    assert absorbance.attrs["integration_time_s"] == 0.1
    assert absorbance.attrs["acquired_at"] == "2018-05-30T17:14:12"
    said = [data.json_attr(ds, "raw_metadata", {})["log"] for ds in (absorbance, transmittance)]
    assert (len(said[0]), len(said[1])) == (6, 7)
    assert said[0][0] == "600LP"


def test_names_that_repeat_and_logs_that_are_not_there(make: Any) -> None:
    text = "a,,a,,,,\r\nWavelength (nm),Abs,Wavelength (nm),Abs,Wavelength (nm),Abs,\r\n" + "700,1,700,2,700,3,\r\n"
    found = read_cary(make(text + "699,1,699,2,699,3,\r\n" + log("a") + log("b", "7/30/2019 5:14:12 PM")))
    assert names(found) == ["a", "a (2)", "scan 3"]
    assert found[0].attrs["acquired_at"] == "2018-05-30T17:14:12"
    logs = [data.json_attr(ds, "raw_metadata", {})["log"] for ds in found]
    assert [len(entries) for entries in logs] == [12, 0, 0]  # a name that is none of the scans does not end a log
    assert "the file holds no log of this scan" in data.notes_of(found[1])


def test_a_name_in_quotes(make: Any) -> None:
    path = make('"dots, 3 mg",,"b",,\r\n"Wavelength (nm)","Abs","Wavelength (nm)",Abs,\r\n700,1,700,"2",\r\n')
    assert is_cary(head_of(path))
    assert names(read_cary(path)) == ["dots, 3 mg", "b"]


def test_text_that_belongs_to_no_scan_is_kept(make: Any) -> None:
    ds = read_cary(make("a,,\r\nWavelength (nm),Abs,\r\n700,1,\r\n\r\nreport\r\nmore\r\n"))[0]
    assert data.json_attr(ds, "raw_metadata", {})["rest"] == ["report", "more"]
    assert any("2 lines of text" in note for note in data.notes_of(ds))


@pytest.mark.parametrize(
    ("when", "iso", "noted"),
    [
        ("5/30/2018 5:14:12 PM", "2018-05-30T17:14:12", False),
        ("5/10/2018 12:14:12 AM", None, True),
        ("23/10/2025 09:43:32", "2025-10-23T09:43:32", False),
        ("05.10.2025 09:43:32", "2025-10-05T09:43:32", False),
        ("5/10/2025 09:43:32", None, True),
        ("31/31/2025 09:43:32", None, False),
        ("yesterday", None, False),
    ],
)
def test_dates(make: Any, when: str, iso: str | None, noted: bool) -> None:
    ds = read_cary(make("a,,\r\nWavelength (nm),Abs,\r\n700,1,\r\n" + log("a", when)))[0]
    assert ds.attrs.get("acquired_at") == iso
    assert any("order of day, month" in note for note in data.notes_of(ds)) is noted


def test_eclipse(make: Any) -> None:
    more = "Scan mode                         Emission\r\nEx. Wavelength (nm)               387.00\r\n"
    text = "dots,,\r\nWavelength (nm),Intensity (a.u.),\r\n400,1,\r\n401,2,\r\n"
    ds = read_cary(make(text + log("dots", more=more)))[0]
    assert (ds.attrs["kind"], ds.attrs["excitation_nm"]) == ("emission", 387.0)
    assert "quantity" not in ds.attrs
    more = "Scan mode                         Excitation\r\nEm. Wavelength (nm)               520.00\r\n"
    ds = read_cary(make(text + log("dots", more=more)))[0]
    assert (ds.attrs["kind"], ds.attrs["detection_nm"]) == ("ple", 520.0)


def test_decimal_commas_units_and_encodings(make: Any) -> None:
    text = "a;;b;;\r\nWavelength (nm);Abs;Wavelength (nm);%R;\r\n700,5;0,25;600;50;\r\n699,5;0,5;599;51;\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = make(text, encoding=encoding)
        assert is_cary(head_of(path))
        first, second = read_cary(path)
        assert first["wavelength"].values.tolist() == [699.5, 700.5]
        assert first["signal"].values.tolist() == [0.5, 0.25]
        assert "quantity" not in second.attrs
    ds = read_cary(make("a,,\nWavenumber (cm-1),Abs,\n20000,1,\n10000,2,\n"))[0]
    assert ds["energy"].values == pytest.approx(units.HC_EV_NM * 1e-7 * np.array([1e4, 2e4]))


def test_words_for_numbers(make: Any) -> None:
    path = make("a,,\r\nWavelength (nm),Abs,\r\n700,1,\r\n699,OVER,\r\n698,,\r\n697,2,\r\n")
    ds = read_cary(path)[0]
    missing, saturated = data.FLAGS["missing"], data.FLAGS["saturated"]
    assert ds["flag"].values.tolist() == [0, missing, missing | saturated, 0]
    assert np.isnan(ds["signal"].values).tolist() == [False, True, True, False]
    with pytest.raises(ReadError, match="missing or beyond"):
        read_cary(path, strict=True)


def test_blank_lines_among_the_numbers_end_nothing(make: Any) -> None:
    ds = read_cary(make("a,,\r\nWavelength (nm),Abs,\r\n700,1,\r\n,,\r\n\r\n699,2,\r\n" + log("a")))[0]
    assert ds.sizes["wavelength"] == 2


def test_a_cut_off_line_is_left_out_with_a_note(make: Any) -> None:
    path = make(HEAD + "700,0.1,650,93.5,\r\n699,0.2,649,9")
    found = read_cary(path)
    assert [ds.sizes["wavelength"] for ds in found] == [1, 1]
    assert any("cut off in line 4" in note for note in data.notes_of(found[0]))
    with pytest.raises(ReadError, match="cut off"):
        read_cary(path, strict=True)


def test_an_empty_scan_is_left_out_with_a_note(make: Any) -> None:
    path = make(HEAD + "700,0.1,,,\r\n699,0.2,,,\r\n")
    (ds,) = read_cary(path)
    assert any("'600LP1' holds no numbers" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError):
        read_cary(path, strict=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "rows of numbers"),
        (HEAD + ROWS + "abc,1,2,3,\r\n", "line 6, scan '600LP'"),
        (HEAD + ROWS + "697,?,,,\r\n", "'\\?'"),
        (HEAD + ROWS + ",1,,,\r\n", "a number"),
        (HEAD + ROWS + "697,1,,,5\r\n", "more"),
        (HEAD + ROWS + "700,1,,,\r\n", "every position once"),
        (HEAD + ROWS + "-3,1,,,\r\n", "positive positions"),
        (HEAD + ROWS + "1e999,1,,,\r\n", "positive positions"),
        ("a,b\n1,2\n3,4\n", "names of scans"),
        (",".join(["a,"] * 5001) + "\n" + ",".join(["Wavelength (nm),Abs"] * 5001) + "\n1,2\n", "at most 5000"),
    ],
)
def test_damage_is_a_read_error(make: Any, text: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_cary(make(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Wavelength (nm),30 s,60 s\n600,1,2\n599,1,2\n",
        "sample,\nWL/nm,Abs\n800,0.1\n",
        "a,,\nTime (min),Abs,\n0,1,\n",
        "a,b,\nWavelength (nm),Abs,\n1,2,\n",
        "a,,\nWavelength (nm),Wavelength (nm),\n1,2,\n",
        ",,\nWavelength (nm),Abs,\n1,2,\n",
    ],
)
def test_other_texts_are_not_taken(make: Any, text: str) -> None:
    assert not is_cary(head_of(make(text)))


def test_every_cut_ends_well(make: Any) -> None:
    whole = HEAD + ROWS + log("600LP") + log("600LP1")
    for length in range(len(whole)):
        path = make(whole[:length])
        is_cary(head_of(path))
        try:
            found = read_cary(path)
        except ReadError:
            continue
        assert sum(ds["signal"].size for ds in found) <= 5
