"""Edinburgh Instruments text as F980 and Fluoracle write it, made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io.edinburgh import is_edinburgh, read_edinburgh
from antistokes.io.head import head_of

EMISSION = {
    "Labels": "EmScan1",
    "Type": "Emission Scan",
    "Comment": "",
    "Start": "450.00",
    "Stop": "452.00",
    "Step": "1.00",
    "Fixed/Offset": "367.00",
    "Xaxis": "Wavelength",
    "Yaxis": "Counts",
    "Scan Corr. by File": "True",
    "Corr. by Ref. Det.": "False",
    "Dwell Time": "0.50",
    "Temp": "295.86",
    "Scan Slit": "4.0",
    "Detector": "Ext Red PMT",
}
ROWS = ["450.00,5.5E+2", "451.00,-5.6E+1", "452.00,5.4E+2"]


def text(rows: Any = ROWS, delimiter: str = ",", **changed: Any) -> str:
    said = EMISSION | {{"Fixed": "Fixed/Offset", "Corr": "Scan Corr. by File"}.get(k, k): v for k, v in changed.items()}
    lines = [delimiter.join([key, *([v] if isinstance(v, str) else v), ""]) for key, v in said.items()]
    return "\n".join([*lines, "", *(row.replace(",", delimiter) + delimiter for row in rows), ""])


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "a.csv") -> Path:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_emission_scan(make: Any, delimiter: str) -> None:
    path = make(text(delimiter=delimiter))
    assert is_edinburgh(head_of(path))
    (ds,) = read_edinburgh(path)
    assert ds["wavelength"].values.tolist() == [450, 451, 452]
    assert ds["signal"].values.tolist() == [550, -56, 540]
    expected = {"kind": "emission", "excitation_nm": 367.0, "bandpass_nm": 4.0}
    expected |= {"integration_time_s": 0.5, "temperature_k": 295.86}
    assert {key: ds.attrs.get(key) for key in expected} == expected
    assert "detection_nm" not in ds.attrs
    assert data.json_attr(ds, "corrections", {}) == {"edinburgh": {"scan_file": True}}
    assert any("corrected by the instrument's software (Scan Corr. by File)" in note for note in data.notes_of(ds))
    assert data.json_attr(ds, "raw_metadata", {})["Detector"] == "Ext Red PMT"
    assert data.json_attr(ds, "source", {})["column"] == "EmScan1"


def test_excitation_scan(make: Any) -> None:
    (ds,) = read_edinburgh(make(text(Type="Excitation Scan", Fixed="520.00", Corr="False")))
    assert (ds.attrs["kind"], ds.attrs["detection_nm"]) == ("ple", 520.0)
    assert "excitation_nm" not in ds.attrs
    assert "corrections" not in ds.attrs


@pytest.mark.parametrize(("scan", "kind"), [("Emission Scan", "emission"), ("Excitation Scan", "ple")])
def test_a_corrected_scan_is_not_one_of_counts(make: Any, scan: str, kind: str) -> None:
    (raw,) = read_edinburgh(make(text(Type=scan, Corr="False")))
    assert (raw.attrs["kind"], raw.attrs["quantity"]) == (kind, "counts")
    (ds,) = read_edinburgh(make(text(Type=scan, Corr="True")))
    assert ds.attrs["kind"] == kind and "quantity" not in ds.attrs
    assert any("photons or in power" in note and "declare the quantity" in note for note in data.notes_of(ds))
    with pytest.raises(DataError, match="nothing says what the numbers are"):
        data.require_quantity(ds, data.EMISSION_QUANTITIES)


def test_of_several_scans_those_that_were_corrected(make: Any) -> None:
    rows = ["450,1,10", "451,2,20", "452,3,30"]
    first, second = read_edinburgh(make(text(rows, Labels=["a", "b"], Corr=["False", "True"])))
    assert first.attrs["quantity"] == "counts" and "quantity" not in second.attrs


def test_synchronous_scan_has_no_excitation(make: Any) -> None:
    (ds,) = read_edinburgh(make(text(Type="Synchronous Scan", Fixed="20.00")))
    assert ds.attrs["kind"] == "spectrum"
    assert not {"excitation_nm", "detection_nm"} & set(ds.attrs)
    assert any("both monochromators" in note for note in data.notes_of(ds))


@pytest.mark.parametrize(
    ("temp", "kelvin"), [("295.86", 295.86), ("25.20", None), ("77.0", None), ("0.00", None), ("", None)]
)
def test_a_temperature_is_taken_only_where_its_unit_is_clear(make: Any, temp: str, kelvin: float | None) -> None:
    (ds,) = read_edinburgh(make(text(Temp=temp, Fixed="-100.00")))
    assert ds.attrs.get("temperature_k") == kelvin
    assert "excitation_nm" not in ds.attrs


def test_several_scans(make: Any) -> None:
    rows = ["450,1,10,", "451,2,,", "452,3,30,", "453,,40,"]  # and a column of nothing
    (first, second) = read_edinburgh(make(text(rows, Labels=["a", "a"], Fixed=["360", "370"], Temp=["295", "25"])))
    assert [data.json_attr(ds, "source", {})["column"] for ds in (first, second)] == ["a", "a (2)"]
    assert [ds.attrs["excitation_nm"] for ds in (first, second)] == [360, 370]
    assert first["wavelength"].values.tolist() == [450, 451, 452]
    assert second["wavelength"].values.tolist() == [450, 451, 452, 453]
    assert second["flag"].values.tolist() == [0, data.FLAGS["missing"], 0, 0]
    assert "flag" not in first
    (ds,) = read_edinburgh(make(text(["450,1", "451,1e999", "452,2"])))
    assert data.flagged(ds, "missing").tolist() == [False, True, False]
    with pytest.raises(ReadError, match="no value missing"):
        read_edinburgh(make(text(rows, Labels=["a", "b"])), strict=True)
    path = make(text(rows, Labels=["a", "b", "c"]))
    assert any("'c' holds no numbers" in note for note in data.notes_of(read_edinburgh(path)[0]))
    with pytest.raises(ReadError, match="scan 'c'"):
        read_edinburgh(path, strict=True)


def test_gbk(make: Any) -> None:
    content = text(Comment="测量样品的光谱").encode("gbk")
    path = make(content)
    assert is_edinburgh(head_of(path))
    (ds,) = read_edinburgh(path)
    assert data.json_attr(ds, "raw_metadata", {})["Comment"] == "测量样品的光谱"
    assert any("GB18030" in note for note in data.notes_of(ds))


def test_decimal_commas(make: Any) -> None:
    content = text(["450.5,1.5", "451.5,2.5", "452.5,3.5"], "\t").replace(".", ",")
    content = content.replace("Corr, by File", "Corr. by File").replace("Ref, Det,", "Ref. Det.")
    (ds,) = read_edinburgh(make(content))
    assert ds["signal"].values.tolist() == [1.5, 2.5, 3.5]
    assert ds.attrs["excitation_nm"] == 367.0


def test_other_axes_and_quantities(make: Any) -> None:
    (ds,) = read_edinburgh(make(text(Xaxis="Energy (eV)", rows=["2.0,1", "2.1,2", "2.2,3"])))
    assert data.axis_of(ds) == "energy"
    (ds,) = read_edinburgh(make(text(Type="Absorbance Scan", Yaxis="Absorbance")))  # corrected, it stays absorbance
    assert (ds.attrs["kind"], ds.attrs["quantity"]) == ("absorption", "absorbance")


@pytest.mark.parametrize(
    "changed",
    [{"Type": "TCSPC Decay"}, {"Type": "Time Scan"}, {"Type": "Instrument Response Time Scan"}, {"Xaxis": "Time(ns)"}],
)
def test_time_resolved_files_are_refused(make: Any, changed: dict[str, str]) -> None:
    path = make(text(**changed))
    assert is_edinburgh(head_of(path))
    with pytest.raises(ReadError, match="Time-resolved files of this kind are not read yet"):
        read_edinburgh(path)


def test_a_cut_off_line_is_left_out_with_a_note(make: Any) -> None:
    path = make(text()[:-4])
    (ds,) = read_edinburgh(path)
    assert ds.sizes["wavelength"] == 2
    assert any("cut off" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="cut off"):
        read_edinburgh(path, strict=True)
    (ds,) = read_edinburgh(make(text(delimiter="\t")[:-1]))  # whole, but for the end of the line
    assert ds.sizes["wavelength"] == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text([]), "rows of numbers below"),
        (text(["450,1", "abc,2"]), "a number"),
        (text(["450,1", ",2"]), "a number"),
        (text(["450,1", "451,x"]), "a number"),
        (text(["450,1", "450,2"]), "each once"),
        (text(["0,1", "450,2"]), "positive"),
        (text(["450", "451"]), "columns of numbers"),
        (text(["450" + ",1" * 6000]), "5000 columns"),
        (text(["450,1"] * 100 + ["451" + ",1" * 4000]), "lines of one length"),
        (text(["450,,", "451,,"], Labels=["a", "b"]), "numbers"),
        (text(Xaxis="Temperature"), "a wavelength or an energy"),
        (text().replace("\n\n", "\nkey,1" * 200 + "\n\n"), "lines of header"),
        ("Labels,a\nType,Emission Scan\n450,1\n", "the keys Labels"),
    ],
)
def test_damage_is_a_read_error(make: Any, content: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_edinburgh(make(content))


def test_every_cut_ends_well(make: Any) -> None:
    whole = text()
    for length in range(len(whole)):
        path = make(whole[:length])
        is_edinburgh(head_of(path))
        try:
            found = read_edinburgh(path)
        except ReadError:
            continue
        assert sum(ds["signal"].size for ds in found) <= 3


def test_other_texts_are_not_taken(make: Any) -> None:
    for content in ("", "Labels,a\nb,c\n", "Type,Emission Scan\nStart,1\n450,1\n", "wavelength,counts\n450,1\n"):
        assert not is_edinburgh(head_of(make(content)))
