"""Hitachi F-7000 matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.hitachi import is_hitachi_eem, read_hitachi_eem

TEXT = """Sample:\tx
Run Date:\t10:22:54, 06/01/2016

Model:\tF-7000 FL Spectrophotometer
Measurement type:\t3-D Scan
EX  Start WL:\t200.0 nm
EX  End WL:\t210.0 nm
EM  Start WL:\t250.0 nm
EM  End WL:\t254.0 nm
EM Slit:\t5.0 nm

Data Points
\t200.000\t205.000\t210.000
250.0\t140.4\t 5327\t 1
252.0\t189.4\t9999.9\t 2
254.0\t220.1\t94.59\t 3
"""


def hitachi(tmp_path: Path, old: str = "", new: str = "") -> Path:
    assert old in TEXT
    file = tmp_path / "a.TXT"
    file.write_bytes(TEXT.replace(old, new, 1).replace("\n", "\r\n").encode())
    return file


def test_matrix(tmp_path: Path) -> None:
    file = hitachi(tmp_path)
    assert is_hitachi_eem(head_of(file))
    (ds,) = read_hitachi_eem(file, strict=True)
    assert ds["signal"].dims == ("excitation", "wavelength")
    np.testing.assert_array_equal(ds["signal"], [[140.4, 189.4, 220.1], [5327, 9999.9, 94.59], [1, 2, 3]])
    assert np.argwhere(data.flagged(ds, "saturated")).tolist() == [[1, 1]]
    assert (ds.attrs["kind"], ds.attrs["bandpass_nm"]) == ("emission", 5.0)
    assert "acquired_at" not in ds.attrs  # day and month could be either


def test_corrected_spectra_are_noted(tmp_path: Path) -> None:
    for state, expected in (("On", True), ("Off", False)):
        changed = f"EM Slit:\t5.0 nm\nCorrected spectra:\t{state}\n"
        (ds,) = read_hitachi_eem(hitachi(tmp_path, "EM Slit:\t5.0 nm\n", changed))
        assert any("photons or in power" in note for note in data.notes_of(ds)) is expected
        assert "quantity" not in ds.attrs


def test_matrix_shorter_than_its_header(tmp_path: Path) -> None:
    file = hitachi(tmp_path, "254.0\t220.1\t94.59\t 3\n", "254.0\t22")
    (ds,) = read_hitachi_eem(file)
    assert ds.sizes["wavelength"] == 2
    assert any("the header says EM from 250 to 254 nm" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="4 cells"):
        read_hitachi_eem(file, strict=True)
    with pytest.raises(ReadError, match="EM from 250 to 254 nm"):
        read_hitachi_eem(hitachi(tmp_path, "254.0\t220.1\t94.59\t 3\n", ""), strict=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Data Points\n", "", "below 'Data Points'"),
        ("\n250.0\t", "\n240.0\t", "EM from 250 to 254 nm, found 240 to 254"),
        ("\t189.4", "\t1x", "line 15: expected a number"),
    ],
)
def test_damaged_files_say_why(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_hitachi_eem(hitachi(tmp_path, old, new))


def test_other_scans_are_left_to_others(tmp_path: Path) -> None:
    assert not is_hitachi_eem(head_of(hitachi(tmp_path, "3-D Scan", "Wavelength scan")))
