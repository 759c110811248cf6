from __future__ import annotations

import hashlib
import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io.own_csv import write_table
from antistokes.io.table import read_table

THREE = "500,1\n501,2\n502,3\n"


@pytest.fixture
def put(tmp_path: Path):
    def write(content: str | bytes, name: str = "pl.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path: Path, **hints: object) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_table(path, **hints)
    return caught.value


def test_a_stated_table_is_read_whole(put) -> None:
    path = put("wavelength (air) [nm],photons_per_nm,photons_per_nm sd\n502,3,.3\n501,2,.2\n500,1,.1\n")
    (ds,) = read_table(path, temperature_k=295, excitation_nm=660)
    np.testing.assert_array_equal(ds["wavelength"], [500, 501, 502])
    np.testing.assert_array_equal(ds["signal"], [1, 2, 3])
    np.testing.assert_array_equal(ds["signal_sd"], [0.1, 0.2, 0.3])
    assert (ds.attrs["kind"], ds.attrs["quantity"], ds.attrs["medium"]) == ("emission", "photons_per_nm", "air")
    assert (ds.attrs["temperature_k"], ds.attrs["excitation_nm"]) == (295.0, 660.0)
    assert data.notes_of(ds) == ()
    assert data.json_attr(ds, "raw_metadata", None) == [path.read_text().split("\n")[0]]
    assert data.json_attr(ds, "source", None) == {
        "file": "pl.csv",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "reader": "table",
        "encoding": "utf-8",
        "column": "photons_per_nm",
    }


def test_without_a_header_every_guess_is_noted(put) -> None:
    (ds,) = read_table(put(THREE))
    assert (ds.attrs["kind"], ds.attrs["medium"]) == ("spectrum", "air")
    assert "quantity" not in ds.attrs
    assert "raw_metadata" not in ds.attrs
    assert data.notes_of(ds) == (
        "axis not named, column 'column 1' read as wavelength in nm",
        "medium not stated, read as air",
    )


def test_columns_are_measurements_and_names_are_stripped(put) -> None:
    found = read_table(put("Wavelength (nm),30 s , 60 s,error\n500,1,2,.1\n501,2,3,.1\n502,3,4,.1\n"))
    assert [data.json_attr(ds, "source", {})["column"] for ds in found] == ["30 s", "60 s"]
    assert ["signal_sd" in ds for ds in found] == [False, True]


def test_scaled_units(put) -> None:
    (ds,) = read_table(put("wavelength [um],%T,%T sd\n0.5,50,1\n0.6,60,1\n0.7,70,1\n"))
    np.testing.assert_allclose(ds["wavelength"], [500, 600, 700])
    np.testing.assert_allclose(ds["signal"], [0.5, 0.6, 0.7])
    np.testing.assert_allclose(ds["signal_sd"], [0.01] * 3)
    assert "axis converted from um to nm" in data.notes_of(ds)
    (energy,) = read_table(put("Energy (meV)\tmW/eV\n1500\t1\n1501\t2\n1502\t3\n"))
    np.testing.assert_allclose(energy["energy"], [1.5, 1.501, 1.502])
    np.testing.assert_allclose(energy["signal"], [1e-3, 2e-3, 3e-3])
    (angstrom,) = read_table(put("wavelength_A,abs_xs\n5001,1\n5002,2\n5003,3\n"))
    assert angstrom["wavelength"].values.tolist() == [500.1, 500.2, 500.3]


def test_hints_overrule_the_file(put) -> None:
    path = put("wavelength (vacuum) [nm],%T\n" + THREE)
    (ds,) = read_table(path, quantity="absorbance", medium="air")
    assert (ds.attrs["quantity"], ds.attrs["medium"]) == ("absorbance", "air")
    np.testing.assert_array_equal(ds["signal"], [1, 2, 3])
    assert data.notes_of(ds) == ("quantity absorbance as the caller says, the header says transmittance",)
    (same,) = read_table(path, quantity="transmittance")
    np.testing.assert_allclose(same["signal"], [0.01, 0.02, 0.03])
    assert read_table(put("nm,If\n" + THREE), kind="emission")[0].attrs["kind"] == "emission"


def test_columns_by_name(put) -> None:
    path = put("no,Wavelength (nm),Energy (eV),If ,Abs\n1,500,2.5,1,4\n2,501,2.4,2,5\n3,502,2.3,3,6\n")
    (ds,) = read_table(path, y=" if")
    np.testing.assert_array_equal(ds["signal"], [1, 2, 3])
    assert "column 'no' is not a measurement, left out" in data.notes_of(ds)
    assert "column 'Energy (eV)' is not a measurement, left out" in data.notes_of(ds)
    (energy,) = read_table(path, x="ENERGY (eV)", y="Abs")
    np.testing.assert_array_equal(energy["energy"], [2.3, 2.4, 2.5])
    error = refused(path, y="Abz")
    assert error.found == "the columns 'If', 'Abs' (nearest: 'Abs')"
    assert "'Wavelength (nm)'" in refused(path, x="wavelenth").found


def test_pairs_of_axis_and_values(put) -> None:
    rows = "".join(f"{800 - n},.{n},{900 - n},{'' if n > 3 else n},\n" for n in range(6))
    first, second = read_table(put("30 s,,60 s,,\nWavelength (nm),Abs,Wavelength (nm),Abs,\n" + rows))
    assert (first.sizes["wavelength"], second.sizes["wavelength"]) == (6, 4)
    assert (first["wavelength"].values[-1], second["wavelength"].values[-1]) == (800, 900)
    assert data.json_attr(second, "source", {})["column"] == "60 s Abs"


def test_empty_ends_are_trimmed_and_an_empty_column_left_out(put) -> None:
    path = put("nm,A,B,C\n500,,1,\n501,1,2,\n502,2,3,\n503,3,4,\n504,,5,\n505,NaN,6,\n")
    a, b = read_table(path)
    np.testing.assert_array_equal(a["wavelength"], [501, 502, 503])
    assert data.notes_of(a)[:2] == (
        "column 'A': 1 empty cell at the start left out",
        "column 'A': 2 empty cells at the end left out",
    )
    assert b.sizes["wavelength"] == 6
    assert refused(path, strict=True).expected == "no empty cell"
    (c,) = read_table(put("nm,A,B\n500,1,\n501,2,\n502,3,nan\n"))
    assert "column 'B' holds no numbers, left out" in data.notes_of(c)


def test_log_text_is_kept_unless_strict(put) -> None:
    path = put("nm,Abs\n" + THREE + ",\nMethod log:\nSlit 2, 5 nm\n")
    (ds,) = read_table(path)
    assert data.json_attr(ds, "raw_metadata", None) == ["nm,Abs", "Method log:", "Slit 2, 5 nm"]
    assert "2 lines of text below the numbers kept in raw_metadata" in data.notes_of(ds)
    assert (refused(path, strict=True).where, refused(path, strict=True).found) == ("below line 4", "'Method log:'")
    beside = put("nm,A,,made by\n500,1,,X\n501,2\n502,3\n")
    assert "1 cell of text beside the numbers kept in raw_metadata" in data.notes_of(read_table(beside)[0])
    assert refused(beside, strict=True).where == "beside the numbers"


def test_whole_numbers_between_commas(put) -> None:
    error = refused(put("nm,Abs\n500,1,5\n501,2,5\n502,3,5\n"))
    assert (error.where, error.found) == ("line 2", "3 whole numbers")
    assert "not as a decimal sign" in data.notes_of(read_table(put("500,1,5\n501,2,5\n502,3,5\n"))[0])[-1]
    assert len(read_table(put("nm,A,B\n500,1,5\n501,2,5\n502,3,5\n"))) == 2


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ("nm,If\n500,1\n501,2\n501,3\n502,4\n", "line 4, column 'nm'", "501, which stands in line 3 too"),
        ("nm,If\n500,1\n501,2\n500,3\n499,4\n", "line 4, column 'nm'", "500, which stands in line 2 too"),
        ("500,1\n501,2\n500,1\n501,3\n", "line 3, column 'column 1'", "500, which stands in line 1 too"),
        ("nm,If\n500,1\n501,2\n500.5,3\n503,4\n", "line 4, column 'nm'", "500.5 after 501"),
        ("nm,If\n0,1\n501,2\n502,3\n", "line 2, column 'nm'", "0"),
        ("nm,If\n-5,1\n501,2\n502,3\n", "line 2, column 'nm'", "-5"),
        ("nm,If\n500,1\n501,nan\n502,3\n503,3\n", "line 3, column 'If'", "an empty cell or NaN"),
        ("nm,If\n500,1\n501,\n502,3\n503,3\n", "line 3, column 'If'", "an empty cell or NaN"),
        ("nm,If,sd\n500,1,1\n501,2,\n502,3,1\n", "line 3, column 'sd'", "an empty cell or NaN"),
        ("nm,If,sd\n500,1,1\n501,2,-1\n502,3,1\n", "line 3, column 'sd'", "-1"),
        ("nm,A,B\n500,1,1\n501,2,\n502,3,\n503,3,\n", "column 'B'", "1"),
        ("time (ns),If\n" + THREE, "column 'time (ns)'", "another axis"),
        ("Raman shift (cm-1),If\n" + THREE, "column 'Raman shift (cm-1)'", "another axis"),
        ("x,y\n1,1\n2,2\n3,3\n", "column 'x'", "1 to 3 and no name of the axis"),
        ("Wavelength,y\n.1,1\n.2,2\n.3,3\n", "column 'Wavelength'", "0.1 to 0.3 and no unit"),
        ("Wavelength (nm),Energy (eV)\n" + THREE, "", "none"),
    ],
)
def test_a_bad_table_is_named(put, content: str, where: str, found: str) -> None:
    error = refused(put(content))
    assert (error.where, error.found) == (where, found)
    assert "pl.csv" in str(error)


@pytest.fixture
def full() -> xr.Dataset:
    return data.build(
        "wavelength",
        [500, 501.1, 502.7],
        [1 / 3, -2e-30, 4e200],
        kind="emission",
        signal_sd=[0.1, 0.2, 1e-300],
        signal_modes=[[1, 2, 3], [0.1, 0.2, -0.3]],
        quantity="photons_per_nm",
        medium="vacuum",
        excitation_nm=660.0,
        scans=25,
        instrument='a "quoted", name\nof µ two lines',
        source={"file": "x.csv", "column": "If"},
        notes=["a guess"],
    )


def test_own_csv_comes_back_identical(full: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    single = full.assign(signal=full["signal"].clip(-1, 1)).astype("float32")
    for ds in (full, full.drop_vars("signal_modes"), full[["signal"]], single, full.isel(wavelength=[0])):
        write_table(ds, path)
        (back,) = read_table(path)
        xr.testing.assert_identical(back, ds)
        assert {n: back[n].dtype for n in back.variables} == {n: ds[n].dtype for n in ds.variables}


def test_own_csv_is_legible(full: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    write_table(full, path)
    lines = path.read_text(encoding="ascii").splitlines()
    assert lines[0].startswith('# antistokes {"version": 1')
    assert lines[1] == "wavelength [nm],photons_per_nm [photons/nm],photons_per_nm sd [photons/nm],mode 1,mode 2"
    path.write_text("\n".join(lines[1:]))
    assert read_table(path)[0].attrs["quantity"] == "photons_per_nm"


def test_hints_overrule_our_own_csv(full: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    write_table(full, path)
    assert read_table(path, excitation_nm=655)[0].attrs["excitation_nm"] == 655.0
    assert refused(path, y="If").found == "y='If'"


def test_a_damaged_csv_of_ours_is_named(full: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    write_table(full, path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]))
    assert data.notes_of(read_table(path)[0])[-1] == "the file was written with 3 rows and has 2"
    assert refused(path, strict=True).found == "2"
    path.write_text("\n".join([*lines[:3], "501,x,1,1,1", lines[4]]))
    assert (refused(path).where, refused(path).found) == ("line 4", "'501,x,1,1,1'")
    path.write_text("\n".join(lines[:2]))
    assert refused(path).found == "0"
    path.write_text("\n".join([lines[0][:-5], *lines[1:]]))
    assert refused(path).where == "line 1"
    path.write_text("\n".join([lines[0].replace('"modes": 2', '"modes": null'), *lines[1:]]))
    assert refused(path).where == "line 1"
    path.write_text("\n".join([lines[0].replace('"emission"', '"nonsense"'), *lines[1:]]))
    assert "kind" in refused(path).found


def test_a_table_cannot_hold_everything(full: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot hold weight; write it as \.nc"):
        write_table(full.assign(weight=full["signal"]), tmp_path / "own.csv")


def test_reading_is_quick(put) -> None:
    x = np.linspace(800, 350, 5000)
    rows = "\n".join(",".join(f"{v:.9f}" for v in (w, *np.sin(w + np.arange(20)))) for w in x)
    path = put("Wavelength (nm)," + ",".join(f"{n} s" for n in range(20)) + "\n" + rows)
    start = time.perf_counter()
    assert len(read_table(path)) == 20
    assert time.perf_counter() - start < 3.0  # 0.1 s on a quiet machine; this only guards against a change of order


def test_a_chinese_table(put) -> None:
    content = "样品：硒化镉\n波长(nm)\t吸光度\t强度\n" + "".join(f"{n}\t0.{n}\t{n}\n" for n in range(400, 420))
    absorbance, intensity = read_table(put(content.encode("gb18030"), "谱.txt"))
    assert absorbance.attrs["quantity"] == "absorbance"
    assert "quantity" not in intensity.attrs
    assert data.json_attr(intensity, "source", {})["column"] == "强度"
    assert data.json_attr(intensity, "raw_metadata", [])[0] == "样品：硒化镉"
    assert data.notes_of(intensity)[0] == "the text is not UTF-8, read as GB18030"
    np.testing.assert_array_equal(absorbance["wavelength"], range(400, 420))


def test_too_many_columns(put) -> None:
    row = ",".join(["1"] * 6000)
    error = refused(put("\n".join(f"{n},{row}" for n in (500, 501, 502))))
    assert (error.expected, error.found) == ("at most 5000 columns of numbers", "6001")


def test_columns_left_out_are_counted(put) -> None:
    names = ",".join(f"c{n}" for n in range(100))
    ds, _ = read_table(put(f"nm,A,{names},B\n" + "".join(f"{n},1{',' * 101}5\n" for n in (500, 501, 502))))
    assert len([note for note in data.notes_of(ds) if "left out" in note]) == 21
    assert "80 more columns left out" in data.notes_of(ds)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("wavelength (um),A\n1e306,1\n2e306,1\n3e306,1\n", "inf"),
        ("nm,cross section (m^2)\n500,1e306\n501,1\n502,1\n", "signal must be finite, found NaN or infinity"),
    ],
)
def test_what_is_beyond_double_precision_in_our_units(put, content: str, found: str) -> None:
    assert found in refused(put(content)).found


def test_descending_tables_ascend(put) -> None:
    a, b = read_table(put("nm,A,B,B sd\n502,3,6,.3\n501,2,5,.2\n500,1,4,.1\n"))
    np.testing.assert_array_equal(a["wavelength"], [500, 501, 502])
    np.testing.assert_array_equal(a["signal"], [1, 2, 3])
    np.testing.assert_array_equal(b["signal_sd"], [0.1, 0.2, 0.3])


OWN_HEAD = {
    "version": 1,
    "rows": 3,
    "axis": "wavelength",
    "modes": None,
    "variables": {
        "wavelength": {"dtype": "float64", "attrs": {"units": "nm"}},
        "signal": {"dtype": "float64", "attrs": {"units": "arb. units"}},
    },
    "attrs": {"kind": "spectrum"},
}


def own(**changed: object) -> str:
    return "# antistokes " + json.dumps(OWN_HEAD | changed) + "\nwavelength,signal\n" + THREE


def signal_as(dtype: object) -> dict[str, object]:
    return {**OWN_HEAD["variables"], "signal": {"dtype": dtype, "attrs": {}}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "content",
    [
        "# antistokes " + "[" * 100_000 + "\na\n" + THREE,
        own(rows=1e999),
        own(modes=10**9, variables={**OWN_HEAD["variables"], "signal_modes": {"dtype": "float64", "attrs": {}}}),
        own(modes=-5, variables={**OWN_HEAD["variables"], "signal_modes": {"dtype": "float64", "attrs": {}}}),
        own(variables=[["wavelength", 1], ["signal", 2]]),
        own(variables=signal_as("S1000000000")),
        own(variables=signal_as("O")),
        own(variables=signal_as("longdouble")),
        own(variables=signal_as(None)),
        own(axis=["wavelength"]),
        own(axis="mode"),
        own(attrs=[1]),
        own(attrs={"kind": ["a"]}),
        own(variables=signal_as("uint8")).replace("502,3", "502,nan"),
        own(variables={}),
        own().replace("501,2", "501,2,3"),
        own().replace("501,2", "501," + "9" * 400),
    ],
)
def test_a_csv_of_ours_with_absurd_attributes_is_refused(put, content: str) -> None:
    tracemalloc.start()
    assert len(str(refused(put(content, "own.csv")))) < 1000
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


@pytest.mark.parametrize("columns", [2, 20])
def test_reading_takes_no_more_than_three_times_the_file(put, columns: int) -> None:
    rng = np.random.default_rng(0)
    rows = 3_000_000 // (9 * columns)
    table = np.column_stack([np.linspace(400, 900, rows), rng.random((rows, columns - 1))])
    path = put("\n".join(",".join(f"{v:.6f}" for v in row) for row in table))
    tracemalloc.start()
    assert len(read_table(path)) == columns - 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * path.stat().st_size + 8 * 2**20  # 8 MB: a piece of the text, and its lines as Python holds them


@pytest.mark.parametrize(("first", "last"), [(14200, 14700), (450, 4000), (1, 3), (2400, 2501)])
@pytest.mark.parametrize("header", ["", "x,y\n"])
def test_an_axis_without_a_name_is_asked_for(put, header: str, first: int, last: int) -> None:
    error = refused(put(f"{header}{first},1.5\n{(first + last) / 2},2.5\n{last},3.5\n"))
    assert error.expected == "wavelengths of 150 to 2500 nm"
    assert error.advice.endswith("say with x=... that this column is the wavelength in nm; is it cm^-1?")


@pytest.mark.parametrize(("content", "hints"), [("Wavelength,y\n", {}), ("x,y\n", {"x": "x"})])
def test_an_axis_that_is_named_may_go_far(put, content: str, hints: dict[str, str]) -> None:
    (ds,) = read_table(put(content + "14200,1\n14500,2\n14700,3\n"), **hints)
    assert "read as" in data.notes_of(ds)[0]
    assert float(ds["wavelength"][-1]) == 14700


@pytest.mark.parametrize("name", ["Transmittance", "transmission", "Absorptance"])
def test_percent_that_is_not_stated_is_asked_for(put, name: str) -> None:
    path = put(f"nm,{name}\n500,90\n501,1\n502,91\n503,92\n")
    (ds,) = read_table(path)
    assert "quantity" not in ds.attrs
    assert any(note.endswith("quantity left out; is it in percent?") for note in data.notes_of(ds))
    np.testing.assert_array_equal(ds["signal"], [90, 1, 91, 92])
    (plain,) = read_table(put(f"nm,{name}\n500,.9\n501,2.5\n502,.8\n"))
    assert "quantity" in plain.attrs
    (said,) = read_table(path, quantity="transmittance")
    assert said.attrs["quantity"] == "transmittance"


@pytest.mark.parametrize(
    ("name", "factor", "quantity"), [("Abs (mOD)", 1e-3, "absorbance"), ("wavelength-normalised counts", 1.0, None)]
)
def test_scales_of_a_column(put, name: str, factor: float, quantity: str | None) -> None:
    (ds,) = read_table(put(f"nm,{name}\n500,100\n501,200\n502,300\n"))
    np.testing.assert_allclose(ds["signal"], np.array([100, 200, 300]) * factor)
    assert ds.attrs.get("quantity") == quantity
    assert any(name in note for note in data.notes_of(ds))


def test_uncertainties_in_percent_are_of_the_scaled_value(put) -> None:
    rows = "500,-10,1\n501,20,2\n502,40,5\n"
    (ds,) = read_table(put("wavelength (nm),power (mW/nm),uncertainty (%)\n" + rows))
    np.testing.assert_allclose(ds["signal_sd"], [1e-4, 4e-4, 2e-3])
    assert any("percent of the value" in note for note in data.notes_of(ds))
    (ds,) = read_table(put("wavelength (nm),T (%),U(k=2) (%)\n" + rows.replace("-", "")))
    np.testing.assert_allclose(ds["signal_sd"], [0.005, 0.01, 0.025])


def test_an_uncertainty_of_another_unit_is_left_out_with_a_note(put) -> None:
    path = put("wavelength (nm),power (mW/nm),sd (ppm)\n500,1,1\n501,2,2\n502,4,5\n")
    (ds,) = read_table(path)
    assert "signal_sd" not in ds
    assert "column 'sd (ppm)' left out: an uncertainty, but its unit is not that of the value" in data.notes_of(ds)
    assert "ppm" in refused(path, strict=True).found


def test_a_comma_in_brackets_of_a_header_cuts_no_name(put) -> None:
    (ds,) = read_table(put("wavelength (nm, vac),counts\n500,1\n501,2\n502,3\n"))
    assert (ds.attrs["medium"], ds.attrs["quantity"]) == ("vacuum", "counts")
    assert data.json_attr(ds, "source", {})["column"] == "counts"
