"""Workbooks, made here with openpyxl and by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from antistokes import data, io
from antistokes.errors import ReadError
from antistokes.io.excel import is_excel, is_xls, read_excel
from antistokes.io.head import head_of
from antistokes.io.refused import read_refused

ROWS = [["wavelength [nm]", "Abs", "Abs sd"], [500.5, 0.1, 0.01], [501.5, 0.25, 0.02], [502.5, 1 / 3, 0.03]]


def book(tmp_path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = tmp_path / "a.xlsx"
    made.save(file)
    return file


def test_a_sheet_reads_as_a_table_does(tmp_path: Path) -> None:
    file = book(tmp_path, Sheet1=[["made", datetime(2024, 5, 6, 7, 8)], [], *ROWS])
    assert is_excel(head_of(file))
    (ds,) = read_excel(file, strict=True)
    assert ds["wavelength"].values.tolist() == [500.5, 501.5, 502.5]
    assert ds["signal"].values.tolist() == [0.1, 0.25, 1 / 3]
    assert ds["signal_sd"].values.tolist() == [0.01, 0.02, 0.03]
    assert ds.attrs["quantity"] == "absorbance"
    assert data.json_attr(ds, "source", {})["column"] == "Abs"
    assert data.json_attr(ds, "source", {})["sheet"] == "Sheet1"
    assert any("2024-05-06T07:08:00" in line for line in data.json_attr(ds, "raw_metadata", []))


def test_hints_choose_columns(tmp_path: Path) -> None:
    rows = [["x", "y", "z"], *([float(i), 500.0 + i, 2.0 * i] for i in range(5))]
    (ds,) = read_excel(book(tmp_path, Sheet1=rows), x="y", y="z", quantity="counts", excitation_nm=400)
    assert ds["wavelength"].values.tolist() == [500.0, 501.0, 502.0, 503.0, 504.0]
    assert ds["signal"].values.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert (ds.attrs["kind"], ds.attrs["excitation_nm"]) == ("emission", 400.0)


def test_several_sheets(tmp_path: Path) -> None:
    other = [["wavelength [nm]", "counts"], [500, 5], [501, 6], [502, 7]]
    file = book(tmp_path, one=ROWS, empty=[], two=other, notes=[["made by", "me"]])
    first, second = read_excel(file)
    assert [data.json_attr(ds, "source", {})["column"] for ds in (first, second)] == ["one: Abs", "two: counts"]
    assert any("sheet 'notes' left out" in note for note in data.notes_of(second))
    (chosen,) = read_excel(file, y="two: counts")
    np.testing.assert_array_equal(chosen["signal"], second["signal"])
    (chosen,) = read_excel(file, y="Abs")
    assert data.json_attr(chosen, "source", {})["sheet"] == "one"
    with pytest.raises(ReadError, match="sheet 'notes'"):
        read_excel(file, strict=True)


def test_cells_of_other_types(tmp_path: Path) -> None:
    rows = [
        ["wavelength [nm]", "counts", "remark"],
        [500, 5, 'a "b"\tc'],
        [501, 6, True],
        [502, 7, None],
        [503, None, "x"],
    ]
    (ds,) = read_excel(book(tmp_path, Sheet1=rows))
    assert ds["signal"].values.tolist() == [5.0, 6.0, 7.0]
    assert any("a 'b' c" in line for line in data.json_attr(ds, "raw_metadata", []))


def test_sheets_without_numbers_say_so(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="sheet 'a', line 1: expected a table of numbers"):
        read_excel(book(tmp_path, a=[["nothing", "here"]]))
    with pytest.raises(ReadError, match="empty sheets only"):
        read_excel(book(tmp_path, a=[]))
    with pytest.raises(ValueError, match="unknown hint"):
        read_excel(book(tmp_path, a=ROWS), nothing=1)


def rebuilt(file: Path, name: str, content: bytes) -> Path:
    """Return the workbook with one part replaced or added."""
    out = file.with_name("b.xlsx")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out


def test_bombs_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    file = rebuilt(book(tmp_path, a=ROWS), "xl/media/big.bin", b"\0" * 30_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(ReadError, match="one that unpacks to 300"):
        read_excel(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(tmp_path: Path, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><sst>&b;</sst>'
    file = rebuilt(book(tmp_path, a=ROWS), "xl/sharedStrings.xml", xml.encode(encoding))
    with pytest.raises(ReadError, match=r"sharedStrings.xml: expected XML without a document type"):
        read_excel(file)


def test_cells_far_out_do_not_hang(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 2000))
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    )
    file = rebuilt(book(tmp_path, a=ROWS), "xl/worksheets/sheet1.xml", sheet.encode())
    with pytest.raises(ReadError, match="far more empty ones"):
        read_excel(file)


def test_damaged_workbooks(tmp_path: Path) -> None:
    file = book(tmp_path, a=ROWS)
    whole = file.read_bytes()
    for length in (40, len(whole) // 2, len(whole) - 30):
        file.write_bytes(whole[:length])
        with pytest.raises(ReadError, match="a workbook .xlsx, found a damaged one"):
            read_excel(file)
    file = rebuilt(book(tmp_path, a=ROWS), "xl/workbook.xml", b"<not closed")
    with pytest.raises(ReadError, match="a damaged one"):
        read_excel(file)


def test_other_zip_files_are_not_recognised(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.xml", "<a/>")
    assert not is_excel(head_of(file))
    assert not is_xls(head_of(file))


def test_old_workbooks_are_refused_with_advice(tmp_path: Path) -> None:
    file = tmp_path / "a.xls"
    for content in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"\x09\x08\x10\0\0\x06\x05\0" * 9):
        file.write_bytes(content)
        assert is_xls(head_of(file))
    with pytest.raises(ReadError, match="Save it as .xlsx or as csv"):
        read_refused(file)
    file.write_text("wavelength\tcounts\n")  # many programs call a text so
    assert not is_xls(head_of(file))


def test_a_zip_whose_names_are_damaged_is_a_read_error(tmp_path: Path) -> None:
    """Names said to be UTF-8 that are not: zipfile raises UnicodeDecodeError, which the recogniser met first."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xl/workbook-é.xml", "<a/>")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xc5\x28"))
    with pytest.raises(UnicodeDecodeError):
        zipfile.ZipFile(path)
    with pytest.raises(ReadError):
        io.read_all(path)
