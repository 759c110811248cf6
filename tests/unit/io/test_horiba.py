"""Matrices with two axes, FluorEssence, LabSpec text, DataStation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import horiba
from antistokes.io.head import head_of
from antistokes.io.matrix import read_matrix
from antistokes.io.refused import read_refused

EMISSION, EXCITATION = np.arange(320.0, 340.0, 2.0), np.arange(240.0, 265.0, 5.0)
VALUES = EMISSION[:, None] / 7 + EXCITATION


def write(tmp_path: Path, text: str, name: str) -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode("latin-1"))
    return file


def matrix(corner: str = "F1", values: np.ndarray = VALUES, end: str = "\r\n", delimiter: str = "\t") -> str:
    rows = [[corner, *(f"{x:g}" for x in EXCITATION)]]
    rows += [[f"{x:g}", *map(repr, row.tolist())] for x, row in zip(EMISSION, values, strict=True)]
    return end.join(map(delimiter.join, rows)) + end


def test_excitation_emission_matrix(tmp_path: Path) -> None:
    file = write(tmp_path, matrix(), "a.dat")
    assert horiba.is_fluoressence(head_of(file))
    (ds,) = horiba.read_fluoressence(file, strict=True)
    assert ds["signal"].dims == ("excitation", "wavelength")
    np.testing.assert_array_equal(ds["signal"], VALUES.T)
    np.testing.assert_array_equal(ds["excitation"], EXCITATION)
    np.testing.assert_array_equal(ds["wavelength"], EMISSION)
    assert ds.attrs["kind"] == "emission"
    assert "quantity" not in ds.attrs
    assert any("names no axes" in note for note in data.notes_of(ds))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (matrix(), "a.txt"),
        (matrix("Time [ps]"), "a.dat"),
        (matrix("T / K"), "a.dat"),
        (matrix(delimiter=","), "a.dat"),
        (matrix("F1").replace("\t250", "\t251"), "a.dat"),  # uneven steps
        (matrix("F1").replace("F1\t240", "F1\tred"), "a.dat"),
        ("\n".join(f"{x}\t{x}" for x in range(300, 400)), "a.dat"),
        ("1\t2\t3\n", "a.dat"),
    ],
)
def test_other_tables_are_no_matrix(tmp_path: Path, text: str, name: str) -> None:
    assert not horiba.is_fluoressence(head_of(write(tmp_path, text, name)))


def test_empty_cells_are_flagged(tmp_path: Path) -> None:
    file = write(tmp_path, matrix().replace(repr(VALUES[2, 1].item()), ""), "a.dat")
    (ds,) = horiba.read_fluoressence(file)
    assert np.argwhere(data.flagged(ds, "missing")).tolist() == [[1, 2]]


def test_last_row_that_is_cut(tmp_path: Path) -> None:
    whole = matrix()
    file = write(tmp_path, whole[: whole.rindex("\t") - 3], "a.dat")
    (ds,) = horiba.read_fluoressence(file)
    assert ds.sizes["wavelength"] == EMISSION.size - 1
    assert "the file is cut off: line 11 left out" in data.notes_of(ds)
    with pytest.raises(ReadError, match="line 11: expected 6 cells"):
        horiba.read_fluoressence(file, strict=True)
    (ds,) = horiba.read_fluoressence(write(tmp_path, whole.rstrip(), "b.dat"))
    assert ds.sizes["wavelength"] == EMISSION.size
    assert any("last number may be cut" in note for note in data.notes_of(ds))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\r\n324", "\r\n324\t1", "line 4: expected 6 cells as in line 1, found 7"),
        ("\r\n324", "\r\nabc", "line 4: expected a number, found 'abc'"),
        ("\r\n324", "\r\n322", "every position of wavelength once"),
        ("\r\n324", "\r\n-5", "positive wavelengths"),
        ("\r\n324", "\r\n", "two axes without gaps"),
        ("\r\n324", "\r\n1e999", "line 4: expected a number"),
    ],
)
def test_damaged_matrices_say_why(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        horiba.read_fluoressence(write(tmp_path, matrix().replace(old, new, 1), "a.dat"))


def test_matrix_with_semicolons_commas_and_text_below() -> None:
    lines = ["x;1,5;2,5;", "1;0,5;;", "2;1,5;3;", "", "made on Monday"]
    found = read_matrix("a.txt", lines, 0)
    assert (found.corner, found.columns.tolist(), found.rows[:, 0].tolist()) == ("x", [1.5, 2.5], [1.0, 2.0])
    np.testing.assert_array_equal(found.values, [[0.5, np.nan], [1.5, 3.0]])
    assert found.notes == ("1 lines below the matrix left out",)
    with pytest.raises(ReadError, match="no rows"):
        read_matrix("a.txt", ["\t1\t2"], 0)


HEADER = [
    *("#Acq. time (s)=\t2", "#Accumulations=\t2", "#Range=\tOff", "#Detector temperature (\xb0C)=\t-75.07"),
    *("#Instrument=\tLabRAM HR Evol", "#Laser (nm)=\t532 ", "#Title=\ts_1", "#Acquired=\t07.03.2022 18:38:00"),
]


def labspec(tmp_path: Path, more: list[str], rows: list[str], name: str = "a.txt") -> Path:
    return write(tmp_path, "\r\n".join([*HEADER, *more, *rows]) + "\r\n", name)


def axis_lines(*axes: tuple[str, str]) -> list[str]:
    given = (("Intens", "Cnt"), *axes)
    return [f"#Axis{key}[{i}]={said[k]}" for i, said in enumerate(given) for k, key in enumerate(("Type", "Unit"))]


def test_labspec_spectrum(tmp_path: Path) -> None:
    file = labspec(tmp_path, axis_lines(("Spectr", "1/cm")), ["-10\t1.5", "10\t2.5", "30\t3"])
    said = "integration time of one of 2 accumulations; the file does not say if it has sum or mean"
    assert horiba.is_labspec_text(head_of(file))
    (ds,) = horiba.read_labspec_text(file, strict=True)
    assert ds["raman_shift"].values.tolist() == [-10.0, 10.0, 30.0]
    assert ds["signal"].values.tolist() == [1.5, 2.5, 3.0]
    assert (ds.attrs["kind"], ds.attrs["quantity"], ds.attrs["excitation_nm"]) == ("raman", "counts", 532.0)
    assert said in data.notes_of(ds) and not {"exposures", "rate"} & set(ds.attrs)
    assert (ds.attrs["integration_time_s"], ds.attrs["instrument"]) == (2.0, "LabRAM HR Evol")
    assert ds.attrs["acquired_at"] == "2022-03-07T18:38:00"
    assert "temperature_k" not in ds.attrs  # the file has that of the detector
    assert "#Detector temperature (\xb0C)=\t-75.07" in data.json_attr(ds, "raw_metadata", [])


def test_labspec_counts_per_second(tmp_path: Path) -> None:
    lines = [line.replace("Cnt", "Cnt/sec") for line in axis_lines(("Spectr", "1/cm"))]
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, lines, ["-10\t1.5", "10\t2.5", "30\t3"]))
    assert (ds.attrs["quantity"], ds.attrs["rate"]) == ("counts", data.RATE)


@pytest.mark.parametrize(
    ("line", "axis"),
    [
        ("#Spectro (cm-\xb9)=\t289.9", "raman_shift"),
        ("#Spectro (nm)=\t500", "wavelength"),
        ("#Range (nm)=\t4...6", "wavelength"),
        ("#Site=", "abscissa"),
    ],
)
def test_unit_of_older_labspec_files(tmp_path: Path, line: str, axis: str) -> None:
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, [line], ["400\t1", "500\t2", "600\t3"]))
    assert data.axis_of(ds) == axis
    assert "quantity" not in ds.attrs
    assert any("unit of the axis" in note for note in data.notes_of(ds))


def test_labspec_line_scan(tmp_path: Path) -> None:
    more = axis_lines(("Spectr", "nm"), ("Y", "\xb5m"))
    file = labspec(tmp_path, more, ["\t600\t500", "3.5\t1\t2", "-1.5\t3\t4"])
    (ds,) = horiba.read_labspec_text(file, strict=True)
    assert ds["signal"].dims == ("y", "wavelength")
    assert (ds["y"].values.tolist(), ds["y"].attrs["units"]) == ([-1.5, 3.5], "um")
    np.testing.assert_array_equal(ds["signal"], [[4, 3], [2, 1]])


def test_labspec_map(tmp_path: Path) -> None:
    more = axis_lines(("Spectr", "nm"), ("X", "\xb5m"), ("Y", "\xb5m"))
    rows = ["\t\t500\t600", "0\t0\t1\t2", "1\t0\t3\t4", "0\t5\t5\t6", "1\t5\t7\t8"]
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, more, rows), strict=True)
    assert ds["signal"].dims == ("y", "x", "wavelength")
    np.testing.assert_array_equal(ds["signal"], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, more, rows[:-1]))
    assert np.argwhere(data.flagged(ds, "missing")).tolist() == [[1, 1, 0], [1, 1, 1]]
    assert "1 positions of the map are missing" in data.notes_of(ds)


@pytest.mark.parametrize(
    "rows",
    [
        ["\t500\t600", "1\t1\t2", "1\t3\t4"],  # one position that is not named, twice
        ["\t\t500\t600", "0\t0\t1\t2", "0\t0\t3\t4"],
        ["\t\t\t500\t600", "0\t0\t1\t1\t2", "1\t0\t2\t3\t4"],
    ],
)
def test_rows_without_a_grid_are_frames(tmp_path: Path, rows: list[str]) -> None:
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, axis_lines(("Spectr", "nm")), rows))
    assert ds["signal"].dims == ("frame", "wavelength")
    np.testing.assert_array_equal(ds["signal"], [[1, 2], [3, 4]])
    assert any(line.startswith("positions: ") for line in data.json_attr(ds, "raw_metadata", []))


def test_labspec_series_in_time(tmp_path: Path) -> None:
    more = axis_lines(("Spectr", "nm"), ("Time", "s"))
    (ds,) = horiba.read_labspec_text(labspec(tmp_path, more, ["\t500\t600", "0\t1\t2", "2.5\t3\t4"]))
    assert ds["time"].values.tolist() == [0.0, 2.5]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "numbers below the header"),
        (["400\t1", "400\t2", "500\t3"], "every position of wavelength once"),
        (["400\t1", "500\tx"], "line 12: expected a number, found 'x'"),
        (["400\t1", "500\t2\t3"], "line 12: expected 2 cells"),
    ],
)
def test_damaged_labspec_files_say_why(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(ReadError, match=said):
        horiba.read_labspec_text(labspec(tmp_path, ["#Spectro (nm)=\t5", "#A=1"], rows))


def test_datastation_is_refused_with_advice(tmp_path: Path) -> None:
    file = write(tmp_path, "Sample 1\nTime calibration: 55E-03ns/ch\n12\n13\n", "a.txt")
    assert horiba.is_datastation(head_of(file))
    with pytest.raises(ReadError, match="histogram of HORIBA DataStation"):
        read_refused(file)
    assert not horiba.is_datastation(head_of(write(tmp_path, "time,counts\n1,2\n", "b.txt")))
