"""FluorEssence and Hitachi matrices, LabSpec text."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.io.head import head_of
from antistokes.io.hitachi import is_hitachi_eem, read_hitachi_eem
from antistokes.io.horiba import is_fluoressence, is_labspec_text, read_fluoressence, read_labspec_text

pytestmark = pytest.mark.real


def test_fluoromax_matrix(real_data: Path) -> None:
    file = real_data / "formats/horiba/f1.dat"
    assert is_fluoressence(head_of(file))
    (ds,) = read_fluoressence(file, strict=True)
    assert ds["signal"].dims == ("excitation", "wavelength")
    assert ds["signal"].shape == (43, 116)
    assert ds["wavelength"].values[[0, -1]].tolist() == [320.0, 550.0]
    assert ds["excitation"].values[[0, -1]].tolist() == [240.0, 450.0]
    first = ds["signal"].values[0]
    np.testing.assert_allclose(
        [first[0], first[-1], first.min(), first.max()], [5665.562, 2468.226, 2424.617, 191378.3], rtol=1e-6
    )
    truth = np.loadtxt(file, skiprows=1, delimiter="\t")
    np.testing.assert_array_equal(ds["signal"], truth[:, 1:].T)


def test_hitachi_matrix(real_data: Path) -> None:
    file = real_data / "formats/generic/hitachi1.TXT"
    assert is_hitachi_eem(head_of(file))
    (ds,) = read_hitachi_eem(file, strict=True)
    assert ds["signal"].shape == (51, 176)
    assert ds["wavelength"].values[[0, -1]].tolist() == [250.0, 600.0]
    assert ds["excitation"].values[[0, -1]].tolist() == [200.0, 450.0]
    first = ds["signal"].values[0]
    assert [first[0], first[-1], first.min(), first.max()] == [140.4, 2426.0, 140.4, 6185.0]
    saturated = data.flagged(ds, "saturated")
    assert saturated.sum() == 289
    np.testing.assert_array_equal(saturated, ds["signal"].values == 9999.9)
    assert any(note.startswith("corrected spectra") for note in data.notes_of(ds))


LABSPEC = {
    "spectrum_nm": ("wavelength", 425.071, 624.94, 1877, 116.535, 14.298),
    "spectrum_wn": ("raman_shift", 24.8558, 541.36, 1020, 564.25, 20266.0),
}


def unpacked(real_data: Path, tmp_path: Path, name: str) -> Path:
    file = tmp_path / f"{name}.txt"
    file.write_bytes(gzip.decompress((real_data / f"data/raman-wright/{name}.txt.gz").read_bytes()))
    assert is_labspec_text(head_of(file))
    return file


@pytest.mark.parametrize("name", LABSPEC)
def test_labspec_spectra(real_data: Path, tmp_path: Path, name: str) -> None:
    axis, first, last, size, *ends = LABSPEC[name]
    (ds,) = read_labspec_text(unpacked(real_data, tmp_path, name), strict=True)
    x, y = ds[axis].values, ds["signal"].values
    assert [x[0], x[-1], x.size, y[0], y[-1]] == [first, last, size, *ends]


def test_labspec_line_scan(real_data: Path, tmp_path: Path) -> None:
    file = unpacked(real_data, tmp_path, "raman_linescan")
    (ds,) = read_labspec_text(file, strict=True)
    assert ds["signal"].dims == ("y", "raman_shift")
    assert (ds["y"].attrs["units"], ds.attrs["quantity"], ds.attrs["excitation_nm"]) == ("um", "counts", 532.0)
    rows = [line.split("\t") for line in file.read_text("latin-1").splitlines() if not line.startswith("#")]
    truth = np.array(rows[1:], dtype=float)[::-1]
    np.testing.assert_array_equal(ds["y"], truth[:, 0])
    np.testing.assert_array_equal(ds["raman_shift"], np.array(rows[0][1:], dtype=float)[::-1])
    np.testing.assert_array_equal(ds["signal"], truth[:, :0:-1])
    assert ds["signal"].shape == (100, 1020)
