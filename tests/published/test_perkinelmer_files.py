"""PerkinElmer ASCII files: a Lambda 1050 and an LS50-B."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.io.head import head_of
from antistokes.io.perkinelmer import is_perkinelmer_asc, read_perkinelmer_asc

pytestmark = pytest.mark.real

# first and last position as the file has them, number of points, signal there, smallest and largest (MANIFEST.md)
ROWS = {
    "3DM_test01.Probe.Raw.asc": (1900, 500, 281, 99.99979, 100.0145, 99.86711, 100.1807),
    "sphere_test01.Probe.Raw.asc": (1200, 800, 41, 183.3671, 686.8137, -451.6482, 686.8137),
    "flu1.txt": (405, 495, 181, 27.15, 45.25633, 27.15, 106.9497),
}


@pytest.mark.parametrize("name", ROWS)
def test_spectra(real_data: Path, name: str) -> None:
    first, last, size, *expected = ROWS[name]
    file = real_data / "formats/perkinelmer" / name
    assert is_perkinelmer_asc(head_of(file))
    (ds,) = read_perkinelmer_asc(file, strict=True)
    x, y = ds["wavelength"].values, ds["signal"].values * (1.0 if name == "flu1.txt" else 100.0)
    if first > last:
        x, y = x[::-1], y[::-1]
    assert (x[0], x[-1], x.size) == (first, last, size)
    np.testing.assert_allclose([y[0], y[-1], y.min(), y.max()], expected, rtol=1e-6)


def test_what_the_headers_say(real_data: Path) -> None:
    (ds,) = read_perkinelmer_asc(real_data / "formats/perkinelmer/3DM_test01.Probe.Raw.asc")
    assert (ds.attrs["quantity"], ds.attrs["instrument"]) == ("transmittance", "Lambda 1050")
    assert ds.attrs["acquired_at"] == "2024-02-27T16:45:12"
    (ds,) = read_perkinelmer_asc(real_data / "formats/perkinelmer/flu1.txt")
    assert (ds.attrs["kind"], ds.attrs["excitation_nm"]) == ("emission", 350.0)
    assert "quantity" not in ds.attrs
    assert any("read as the excitation" in note for note in data.notes_of(ds))
