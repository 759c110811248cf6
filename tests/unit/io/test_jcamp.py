"""JCAMP-DX: every form of numbers, checked against its header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.jcamp import is_jcamp, read_jcamp
from antistokes.units import HC_EV_NM

# 29 ordinates, the same in every form of McDonald and Wilks (1988).
ORDINATES = [1, 2, 3, 3, 2, 1, 0, -1, -2, -3, -3, -2, -1, 0, 1, 2, 3, 3, 2, 1, 0, -1, -2, -3, -3, -2, -1, 0, 1]
FORMS = {
    "AFFN": "0 1 2 3 3 2 1 0 -1 -2 -3 -3 -2 -1 0\n14 1 2 3 3 2 1 0 -1 -2 -3 -3 -2 -1 0 1",
    "PAC": "0+1+2+3+3+2+1+0-1-2-3-3-2-1+0\n14+1+2+3+3+2+1+0-1-2-3-3-2-1+0+1",
    "SQZ": "0ABCCBA@abccba@\n14ABCCBA@abccba@A",
    "DIF": "0AJJ%jjjjjj%JJJ\n13@JJJ%jjjjjj%JJJJ\n28A",
    "DIFDUP": "0AJT%jX%JU\n13@JU%jX%JV\n28A",
}


def dx(tmp_path: Path, body: str, name: str = "a.jdx", **labels: str) -> Path:
    said = {"TITLE": "t", "JCAMP-DX": "4.24", "DATA TYPE": "INFRARED SPECTRUM", **labels}
    file = tmp_path / name
    file.write_text("".join(f"##{key}= {value}\n" for key, value in said.items()) + body, encoding="utf-8")
    return file


def steps(tmp_path: Path, lines: str, end: str = "\n##END=\n", **labels: str) -> Path:
    said = {"XUNITS": "HZ", "YUNITS": "ARBITRARY UNITS", "FIRSTX": "0", "LASTX": "28", "NPOINTS": "29", **labels}
    return dx(tmp_path, "##XYDATA= (X++(Y..Y))\n" + lines + end, **said)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_numbers(tmp_path: Path, form: str) -> None:
    file = steps(tmp_path, FORMS[form])
    assert is_jcamp(head_of(file))
    (ds,) = read_jcamp(file, strict=True)
    np.testing.assert_array_equal(ds["signal"], ORDINATES)
    np.testing.assert_array_equal(ds["abscissa"], np.arange(29.0))
    assert ds["abscissa"].attrs["units"] == "HZ"
    assert "flag" not in ds


def test_runs_of_equal_differences_and_values(tmp_path: Path) -> None:
    lines = "0A5J2U@3V\n8@3\n"
    (ds,) = read_jcamp(steps(tmp_path, lines, LASTX="8", NPOINTS="9", end="##END=\n"))
    np.testing.assert_array_equal(ds["signal"], [15, 27, 39, 51, 3, 3, 3, 3, 3])


def test_check_value_of_differences(tmp_path: Path) -> None:
    damaged = FORMS["DIF"].replace("13@", "13A")
    with pytest.raises(ReadError, match="line 11: expected the check value 0, found 1"):
        read_jcamp(steps(tmp_path, damaged))


def test_abscissa_of_every_line_is_checked(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="expected the abscissa 14, found 13"):
        read_jcamp(steps(tmp_path, FORMS["AFFN"].replace("\n14 ", "\n13 ")))


def test_count_is_checked(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="NPOINTS=30 points, found 29"):
        read_jcamp(steps(tmp_path, FORMS["AFFN"], NPOINTS="30", LASTX="29"))
    with pytest.raises(ReadError, match="28 points as the header says"):
        read_jcamp(steps(tmp_path, FORMS["AFFN"], NPOINTS="28", LASTX="27"))


def test_lost_and_foreign_lines_leave_missing_points(tmp_path: Path) -> None:
    lines = [f"{2 * i} {i}" for i in range(20)]
    lines[5:8] = ["733.5B2B3B4"]
    file = steps(tmp_path, "\n".join(lines), LASTX="38", NPOINTS="20")
    (ds,) = read_jcamp(file)
    assert np.flatnonzero(data.flagged(ds, "missing")).tolist() == [5, 6, 7]
    assert np.isnan(ds["signal"].values[5:8]).all()
    assert ds["signal"].values[[4, 8]].tolist() == [4.0, 8.0]
    assert any("3 of 20 points are missing" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="line 15: expected the abscissa 10"):
        read_jcamp(file, strict=True)


def test_more_than_half_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="expected 20 points, found 4"):
        read_jcamp(steps(tmp_path, "0 1\n2 1\n36 1\n38 1", LASTX="38", NPOINTS="20"))


def test_cut_off_file_keeps_whole_lines(tmp_path: Path) -> None:
    whole = "\n".join(f"{i} {i + 0.25}" for i in range(29))
    file = steps(tmp_path, whole[: whole.index("20 20")] + "20 2", end="")
    (ds,) = read_jcamp(file)
    np.testing.assert_array_equal(ds["signal"], np.arange(20) + 0.25)
    np.testing.assert_allclose(ds["abscissa"], np.arange(20.0))
    assert any("cut off" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="##END="):
        read_jcamp(file, strict=True)


def test_missing_ordinates_are_flagged(tmp_path: Path) -> None:
    (ds,) = read_jcamp(steps(tmp_path, "0+1+2?+4\n", LASTX="3", NPOINTS="4", end="##END=\n"))
    assert data.flagged(ds, "missing").tolist() == [False, False, True, False]


def test_scale_and_infrared_axis(tmp_path: Path) -> None:
    labels = {"XUNITS": "1/CM", "YUNITS": "PERCENT TRANSMITTANCE", "FIRSTX": "400", "LASTX": "404", "NPOINTS": "3"}
    (ds,) = read_jcamp(steps(tmp_path, "200 900 800\n202 700", XFACTOR="2", YFACTOR="0.1", **labels), strict=True)
    np.testing.assert_allclose(ds["energy"], np.array([400.0, 402, 404]) * HC_EV_NM * 1e-7)
    np.testing.assert_allclose(ds["signal"], [0.9, 0.8, 0.7])
    assert (ds.attrs["quantity"], ds.attrs["kind"]) == ("transmittance", "absorption")


def test_raman_shifts_and_metadata(tmp_path: Path) -> None:
    labels = {"DATA TYPE": "RAMAN SPECTRUM", "XUNITS": "1/CM", "YUNITS": "COUNTS", "LONGDATE": "2023/8/02 9:05:10"}
    labels |= {"SPECTROMETER/DATA SYSTEM": "X1", "FIRSTX": "-1", "LASTX": "1", "NPOINTS": "3"}
    (ds,) = read_jcamp(steps(tmp_path, "-1 5 6 7", **labels), strict=True)
    assert (ds.attrs["kind"], ds.attrs["quantity"]) == ("raman", "counts")
    assert ds["raman_shift"].values.tolist() == [-1.0, 0.0, 1.0]
    assert (ds.attrs["instrument"], ds.attrs["acquired_at"]) == ("X1", "2023-08-02T09:05:10")
    assert "##XUNITS= 1/CM" in data.json_attr(ds, "raw_metadata", [])


def test_ordinates_unlike_the_header_are_noted(tmp_path: Path) -> None:
    (ds,) = read_jcamp(steps(tmp_path, FORMS["AFFN"], MAXY="6", MINY="-3.0", FIRSTY="1"))
    assert data.notes_of(ds) == ("MAXY is 6 in the header, 3 in the numbers",)


def test_pairs(tmp_path: Path) -> None:
    labels = {"XUNITS": "NANOMETERS", "YUNITS": "ABSORBANCE", "FIRSTX": "700", "LASTX": "500", "NPOINTS": "4"}
    file = dx(tmp_path, "##XYPOINTS=(XY..XY)\n700, 1; 650.5, 2;\n600 3\n500,\t4\n##END=\n", YFACTOR="0.5", **labels)
    (ds,) = read_jcamp(file, strict=True)
    assert ds["wavelength"].values.tolist() == [500.0, 600.0, 650.5, 700.0]
    assert ds["signal"].values.tolist() == [2.0, 1.5, 1.0, 0.5]
    assert ds.attrs["quantity"] == "absorbance"


def test_pairs_with_decimal_comma(tmp_path: Path) -> None:
    labels = {"XUNITS": "NANOMETERS", "YUNITS": "COUNTS", "FIRSTX": "176,36", "LASTX": "176,80", "NPOINTS": "3"}
    file = dx(tmp_path, "##XYPOINTS= (XY..XY)\n176,36, 32822,795\n176,58, 1,5\n176,80, 2\n##END=\n", **labels)
    (ds,) = read_jcamp(file, strict=True)
    assert ds["wavelength"].values.tolist() == [176.36, 176.58, 176.8]
    assert ds["signal"].values.tolist() == [32822.795, 1.5, 2.0]


def test_decimal_comma_without_its_header_is_refused(tmp_path: Path) -> None:
    body = "##XYPOINTS= (XY..XY)\n176,36, 32822,795\n177,58, 1,5\n178,80, 2,5\n##END=\n"
    with pytest.raises(ReadError, match="NPOINTS=3 points, found 6"):
        read_jcamp(dx(tmp_path, body, NPOINTS="3"))


def test_ends_of_pairs_are_checked(tmp_path: Path) -> None:
    body = "##XYPOINTS= (XY..XY)\n1, 1\n2, 1\n3, 1\n##END=\n"
    (ds,) = read_jcamp(dx(tmp_path, body, FIRSTX="3", LASTX="1", XUNITS="M/Z"))  # written the other way round
    assert ds.sizes["abscissa"] == 3
    with pytest.raises(ReadError, match="FIRSTX to LASTX: 1 to 5, found 1 to 3"):
        read_jcamp(dx(tmp_path, body, FIRSTX="1", LASTX="5", XUNITS="M/Z"))


def test_peaks_are_noted(tmp_path: Path) -> None:
    (ds,) = read_jcamp(dx(tmp_path, "##PEAK TABLE= (XY..XY)\n41,1 43,9\n58,3\n##END=\n", XUNITS="M/Z"))
    assert ds["abscissa"].values.tolist() == [41.0, 43.0, 58.0]
    assert "a table of peaks, not a spectrum" in data.notes_of(ds)


def test_linked_blocks(tmp_path: Path) -> None:
    block = "##TITLE= {}\n##JCAMP-DX= 5\n##XUNITS= HZ\n##XYPOINTS= (XY..XY)\n1, {}\n2, 7\n##END=\n"
    body = "##BLOCKS= 2\n" + block.format("dark", 1) + block.format("dark", 2) + "##END= $$ of all\n"
    first, second = read_jcamp(dx(tmp_path, body, **{"DATA TYPE": "LINK"}), strict=True)
    assert [data.json_attr(ds, "source", {})["column"] for ds in (first, second)] == ["dark", "dark (2)"]
    assert [float(ds["signal"][0]) for ds in (first, second)] == [1.0, 2.0]


def test_lacking_blocks_are_noted(tmp_path: Path) -> None:
    body = "##BLOCKS= 2\n##TITLE=\n##XUNITS= HZ\n##XYPOINTS= (XY..XY)\n1, 1\n2, 7\n##END=\n"
    file = dx(tmp_path, body, **{"DATA TYPE": "LINK"})
    (ds,) = read_jcamp(file)
    assert "1 of BLOCKS=2 linked blocks found" in data.notes_of(ds)
    with pytest.raises(ReadError, match="BLOCKS=2"):
        read_jcamp(file, strict=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("##END=\n", "expected a table XYDATA"),
        ("##XYDATA= (X++(Y..Y))\n##END=\n", "lines of numbers, found none"),
        ("##XYDATA= (XYW..XYW)\n1 2 3\n##END=\n", "found '\\(XYW..XYW\\)'"),
        ("##DATA TABLE= (X++(R..R)), XYDATA\n1 2\n##END=\n", "NTUPLES"),
        ("##XYDATA= (X++(Y..Y))\n0 1 2 3\n##END=\n", "LASTX or DELTAX"),
        ("##LASTX= 0\n##XYDATA= (X++(Y..Y))\n0 1 2 3\n##END=\n", "first and a last abscissa that differ"),
        ("##NPOINTS= 999999999999\n##XYDATA= (X++(Y..Y))\n0 1 2\n##END=\n", "as many numbers as NPOINTS says"),
        ("##DELTAX= 1\n##XYDATA= (X++(Y..Y))\n0A1s99999999\n##END=\n", "fit the number of points"),
        ("##DELTAX= 1\n##XYDATA= (X++(Y..Y))\n0J1\n##END=\n", "fit the number of points"),
        ("##DELTAX= 1\n##XYDATA= (X++(Y..Y))\n0A1~2\n##END=\n", "character 4: expected a number"),
        ("##DELTAX= 1\n##XYDATA= (X++(Y..Y))\n?A1A2\n##END=\n", "an abscissa and ordinates"),
        ("##XYPOINTS= (XY..XY)\n1 2 3\n##END=\n", "pairs of numbers"),
        ("##XYPOINTS= (XY..XY)\n1 2\n1 3\n##END=\n", "every position once"),
        ("##XYPOINTS= (XY..XY)\n1 2\n2 1e999\n##END=\n", "too large to hold"),
    ],
)
def test_damaged_files_say_why(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_jcamp(dx(tmp_path, body, XUNITS="HZ"))


def test_other_texts_are_not_recognised(tmp_path: Path) -> None:
    for text in ("TITLE\tx\nXUNITS\tNANOMETERS\n1 2\n", "##TITLE= x\n1 2\n", "# ##JCAMP-DX=\n"):
        file = tmp_path / "a.dx"
        file.write_text(text)
        assert not is_jcamp(head_of(file))
