from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.luqy import is_luqy, read_luqy

ONE = """Time\t8/27/2025 1:59:10 PM
LuQY (%)\t0.4968
QFLS (eV)\t1.008
Integration Time (ms)\t33
Laser spot size (cm²)\t0.4
----------------------------  \t
Wavelength (nm)\tLuminescence flux density (photons/(s cm² nm))\tRaw spectrum (counts)\tDark spectrum (counts)
5.500E+2\t0.0E+0\t-5.1E+1\t1.390E+3
5.504E+2\t1.0E+13\t-5.0E+1\t1.387E+3
5.508E+2\t2.0E+13\t-4.9E+1\tNaN
"""
SWEEP = """3/4/2025\t2:04:04 PM\t2:04:06 PM
LuQY (%)\t0.420000\t0.421000
Integration Time (ms)\t165.000000\t200.000000
Subcell\t--\t--
----------------------------  \t\t
Wavelength (nm)\tLuminescence Flux Density (photons/s/cm²/nm)\t
\t\t
550.0\t0.0\t1.0
550.4\t2.0\t3.0
550.8\t4.0\t5.0
"""


def write(tmp_path: Path, text: str, encoding: str = "latin-1") -> Path:
    (tmp_path / "a.txt").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return tmp_path / "a.txt"


def column(ds: object) -> str:
    return data.json_attr(ds, "source", {})["column"]  # type: ignore[arg-type]


def test_one_measurement(tmp_path: Path) -> None:
    path = write(tmp_path, ONE)
    assert is_luqy(head_of(path))
    flux, raw, dark = read_luqy(path, strict=True)
    assert [ds.attrs["quantity"] for ds in (flux, raw, dark)] == ["photons_per_nm", "counts", "counts"]
    assert [ds.attrs["kind"] for ds in (flux, raw, dark)] == ["emission", "emission", "spectrum"]
    assert list(flux["signal"].values) == [0, 1e13, 2e13] and list(raw["signal"].values) == [-51, -50, -49]
    assert np.isnan(dark["signal"].values[2]) and list(dark["flag"].values) == [0, 0, 8]
    assert flux.attrs["integration_time_s"] == 0.033 and flux.attrs["acquired_at"] == "2025-08-27T13:59:10"
    assert data.json_attr(flux, "raw_metadata", {})["LuQY (%)"] == "0.4968"
    assert any("per s and cm^2" in note for note in data.notes_of(flux))


def test_a_sweep_has_a_column_a_step(tmp_path: Path) -> None:
    for encoding in ("latin-1", "utf-8"):
        path = write(tmp_path, SWEEP, encoding)
        assert is_luqy(head_of(path))
        one, two = read_luqy(path)
        assert column(two) == f"{column(one)} (2)" and one.attrs["quantity"] == "photons_per_nm"
        assert list(one["signal"].values) == [0, 2, 4] and list(two["signal"].values) == [1, 3, 5]
        assert [ds.attrs["integration_time_s"] for ds in (one, two)] == [0.165, 0.2]
        assert "acquired_at" not in two.attrs
        assert data.json_attr(two, "raw_metadata", {})["LuQY (%)"] == "0.421000"
        assert any("'3/4/2025 2:04:06 PM' is not certain" in note for note in data.notes_of(two))


def test_a_continuous_measurement_has_times_in_full(tmp_path: Path) -> None:
    first = "Time\t8/27/2025 1:59:27 PM\t8/27/2025 1:59:28 PM"
    _, two = read_luqy(write(tmp_path, SWEEP.replace(SWEEP.split("\n")[0], first)))
    assert two.attrs["acquired_at"] == "2025-08-27T13:59:28"


def test_a_sweep_of_sixteen_steps(tmp_path: Path) -> None:
    lines = SWEEP.split("\n")
    steps = range(16)
    head = ["8/27/2025\t" + "\t".join(f"2:04:{n:02d} PM" for n in steps)]
    head += ["LuQY (%)\t" + "\t".join(f"0.4{n:02d}" for n in steps), *lines[3:6], "\t" * 16]
    body = [f"{550 + 0.4 * row:.1f}\t" + "\t".join(f"{row}.{n:02d}" for n in steps) for row in range(4)]
    found = read_luqy(write(tmp_path, "\n".join([*head, *body, ""])), strict=True)
    assert len(found) == 16 and len({column(ds) for ds in found}) == 16
    for n, ds in zip(steps, found, strict=True):
        assert np.allclose(ds["signal"], np.arange(4) + n / 100) and ds.attrs["acquired_at"].endswith(f"14:04:{n:02d}")
        assert data.json_attr(ds, "raw_metadata", {})["LuQY (%)"] == f"0.4{n:02d}"


def test_a_percentage_is_scaled_with_a_note(tmp_path: Path) -> None:
    words = ONE.split("Wavelength (nm)")[1].split("\n")[0]
    (ds, *_) = read_luqy(write(tmp_path, ONE.replace(words, "\tTransmittance (%)\tRaw\tDark")))
    assert ds.attrs["quantity"] == "transmittance" and ds["signal"].values[1] == 1e11
    assert any("percent divided by 100" in note for note in data.notes_of(ds))


def test_a_unit_of_another_kind_states_no_quantity(tmp_path: Path) -> None:
    (flux, *_) = read_luqy(write(tmp_path, ONE.replace("(photons/(s cm² nm))", "(a.u.)")))
    assert "quantity" not in flux.attrs


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path, SWEEP + "551.2\t6.0")
    assert all(ds.sizes["wavelength"] == 3 for ds in read_luqy(path))
    with pytest.raises(ReadError, match="cut off"):
        read_luqy(path, strict=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SWEEP.replace("-----", "====="), "line of dashes"),
        (SWEEP.split("Wavelength")[0], "names of the columns.*end of the file"),
        (SWEEP.replace("Wavelength", "Energy"), "line 6.*names of the columns"),
        (SWEEP.split("550.0")[0], "a table of numbers"),
        (ONE.replace("\tDark spectrum (counts)", ""), "a name for each of 3 columns"),
        (SWEEP.replace("550.4", "550.0"), "line 9.*twice"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_luqy(write(tmp_path, text))
