from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.ocean import is_ocean, read_ocean

SUITE = """SpectraSuite Data File
++++++++++++++++++++++++++++++++++++
Date: Mon Jan 14 17:36:35 GMT 2008
User: someone
Spectrometers: ABC1
Integration Time (usec): 20000 (ABC1)
Spectra Averaged: 50 (ABC1)
Boxcar Smoothing: 30 (ABC1)
Number of Pixels in Processed Spectrum: {pixels}
>>>>>Begin Processed Spectral Data<<<<<
{rows}"""
END = ">>>>>End Processed Spectral Data<<<<<\n"
ROWS = "500.00\t1.000\n500.50\t-2.000\n501.00\t3.500\n501.50\t4.000\n"


def suite(tmp_path: Path, rows: str = ROWS + END, pixels: int = 4, name: str = "a.txt", **words: str) -> Path:
    text = SUITE.format(rows=rows, pixels=pixels)
    for old, new in words.items():
        text = text.replace(old, new)
    (tmp_path / name).write_text(text, encoding="latin-1", newline="")
    return tmp_path / name


def test_spectrasuite(tmp_path: Path) -> None:
    path = suite(tmp_path)
    assert is_ocean(head_of(path))
    (ds,) = read_ocean(path, strict=True)
    assert data.json_attr(ds, "source", {})["column"] == "processed"
    assert list(ds["wavelength"].values) == [500, 500.5, 501, 501.5] and list(ds["signal"].values) == [1, -2, 3.5, 4]
    wanted = {"integration_time_s": 0.02, "scans": 50, "boxcar": 30, "instrument": "ABC1", "kind": "spectrum"}
    assert {k: ds.attrs[k] for k in wanted} == wanted
    assert ds.attrs["acquired_at"] == "2008-01-14T17:36:35+00:00" and "quantity" not in ds.attrs
    assert data.notes_of(ds) == ("medium not stated, read as air",)


def test_a_header_in_another_language(tmp_path: Path) -> None:
    rows = ROWS.replace(".", ",") + ">>>>> Data<<<<< Espectral Procesado Extremo\n"
    text = SUITE.format(rows=rows, pixels=4)
    for old, new in {
        "Spectrometers": "Espectrómetros",
        "Integration Time": "Tempo d'integração",
        "Spectra Averaged": "Médias",
        "Boxcar Smoothing": "Alisamento",
        "Number of Pixels in Processed Spectrum": "Número de píxeles",
        ">>>>>Begin Processed Spectral Data<<<<<": ">>>>> Comienza Data<<<<< Espectral Procesado Del EL",
    }.items():
        text = text.replace(old, new)
    path = tmp_path / "a.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    assert is_ocean(head_of(path))
    (ds,) = read_ocean(path)
    assert list(ds["signal"].values) == [1, -2, 3.5, 4]
    wanted = {"integration_time_s": 0.02, "scans": 50, "boxcar": 30, "instrument": "ABC1"}
    assert {k: ds.attrs[k] for k in wanted} == wanted
    assert any("their place in the header" in note for note in data.notes_of(ds))


def test_data_are_trusted_more_than_the_header(tmp_path: Path) -> None:
    (ds,) = read_ocean(suite(tmp_path, pixels=3), strict=True)
    assert ds.sizes["wavelength"] == 4
    assert "the header says 3 pixels, the file holds 4 rows" in data.notes_of(ds)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = suite(tmp_path, rows=ROWS[:-7])  # within the fourth row
    (ds,) = read_ocean(path)
    assert ds.sizes["wavelength"] == 3
    notes = " ".join(data.notes_of(ds))
    assert "may be cut, left out" in notes and "holds 3 rows, the file may be cut off" in notes
    for rows in (ROWS[:-7], ROWS, ROWS[:40] + END):
        with pytest.raises(ReadError, match="cut off"):
            read_ocean(suite(tmp_path, rows=rows, pixels=5), strict=True)


def test_jaz_has_a_column_for_each_spectrum(tmp_path: Path) -> None:
    rows = "W\tD\tR\tS\tP\n400.0\t1\t10\t5\t44\n401.0\t1\t10\t6\t55\n402.0\t1\t10\t7\tNaN\n" + END
    found = read_ocean(suite(tmp_path, rows=rows, pixels=3))
    columns = [data.json_attr(ds, "source", {})["column"] for ds in found]
    assert columns == ["dark", "reference", "scope", "processed"]
    assert list(found[2]["signal"].values) == [5, 6, 7]
    assert np.isnan(found[3]["signal"].values[2]) and list(found[3]["flag"].values) == [0, 0, 8]
    rows = rows.replace("\t10\t", "\t0\t")
    found = read_ocean(suite(tmp_path, rows=rows, pixels=3, User="Reference Spectrum Present: No\nUser"))
    assert len(found) == 3 and any("'reference' left out" in note for note in data.notes_of(found[0]))


def test_ooibase_tells_by_its_suffix_what_it_wrote(tmp_path: Path) -> None:
    (ds,) = read_ocean(suite(tmp_path, name="a.Master.Transmission", **{"SpectraSuite Data": "OOIBase32 Data"}))
    assert ds.attrs["quantity"] == "transmittance" and ds.attrs["kind"] == "absorption"
    assert list(ds["signal"].values) == [0.01, -0.02, 0.035, 0.04]
    assert "percent divided by 100" in data.notes_of(ds)
    (ds,) = read_ocean(suite(tmp_path, name="a.Master.Absorbance", **{"SpectraSuite Data": "OOIBase32 Data"}))
    assert ds.attrs["quantity"] == "absorbance" and ds["signal"].values[0] == 1
    (ds,) = read_ocean(suite(tmp_path, name="b.Transmission"))
    assert "quantity" not in ds.attrs


def test_an_ambiguous_date_and_two_spectrometers_are_noted(tmp_path: Path) -> None:
    words = {"Mon Jan 14 17:36:35 GMT 2008": "03-04-2011, 12:15:51", "20000 (ABC1)": "20000 (ABC1), 30000 (ABC2)"}
    (ds,) = read_ocean(suite(tmp_path, **words))
    assert "acquired_at" not in ds.attrs and "integration_time_s" not in ds.attrs
    assert any("03-04-2011" in line for line in data.json_attr(ds, "raw_metadata", []))
    notes = " ".join(data.notes_of(ds))
    assert (
        "'03-04-2011, 12:15:51' is not certain" in notes
        and "several spectrometers" in notes
        and ds.attrs["instrument"] == "ABC1 ABC2"
    )


def test_other_axes(tmp_path: Path) -> None:
    for mode, axis in (("Wavelengths", "wavelength"), ("Raman Shifts", "raman_shift"), ("Pixels", "pixel")):
        (ds,) = read_ocean(suite(tmp_path, User=f"XAxis mode: {mode}\nUser"))
        assert data.axis_of(ds) == axis and ("medium" in ds.attrs) == (axis == "wavelength")
    (ds,) = read_ocean(suite(tmp_path, User="XAxis mode: GigaHertz\nUser"))
    assert data.axis_of(ds) == "abscissa" and ds["abscissa"].attrs["units"] == "gigahertz"
    (ds,) = read_ocean(suite(tmp_path, rows="-1.0\t1\n0.0\t2\n1.0\t3\n2.0\t4\n" + END))
    assert data.axis_of(ds) == "pixel"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "a table of numbers"),
        (END, "a table of numbers"),
        ("500\t1\n500\t2\n501\t3\n" + END, "line 12.*500 nm twice"),
        ("500\t1\n501\tx\n502\t3\n503\t3\n504\t4\n" + END, "line 12"),
        (ROWS + END + ">>>>>Begin Spectral Data<<<<<\n", "3 such lines"),
        ("\n".join("\t".join(str(i + j) for j in range(20)) for i in range(5)) + "\n" + END, "series in time"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_ocean(suite(tmp_path, rows=rows))


def test_other_texts_are_not_recognised(tmp_path: Path) -> None:
    for text in ("", "a,b\n1,2\n", "# >>>>> a\n>>>>>merge<<<<<\n", ROWS):
        (tmp_path / "b.txt").write_text(text)
        assert not is_ocean(head_of(tmp_path / "b.txt"))
