"""JCAMP-DX files of several makers; where the library jcamp reads one right, it must say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.jcamp import is_jcamp, read_jcamp
from antistokes.units import HC_EV_NM

pytestmark = pytest.mark.real
EV_PER_CM = HC_EV_NM * 1e-7

# first and last position as the file has them, number of points, signal there, smallest and largest (MANIFEST.md)
ROWS = {
    "jcamp/br_1.DX": ("energy", 3030, 600, 1216, 0.0, 0.0, 0.0, 0.06744546),
    "jcamp/isopropanol_ASDF.jdx": ("energy", 400.1963, 5000.042, 9541, 0.03005191, 0.001874694, -0.0855258, 0.368917),
    "jcamp/sqzdec1.jdx": ("abscissa", 24038.5, 0, 16384, 2259260, 1505988, -2.759353e07, 9.722018e08),
}


@pytest.mark.parametrize("name", ROWS)
def test_spectra(real_data: Path, name: str) -> None:
    axis, first, last, size, *expected = ROWS[name]
    file = real_data / "formats" / name
    assert is_jcamp(head_of(file))
    (ds,) = read_jcamp(file, strict=True)
    assert ds["signal"].dims == (axis,)
    x, y = ds[axis].values / (EV_PER_CM if axis == "energy" else 1.0), ds["signal"].values
    if first > last:
        x, y = x[::-1], y[::-1]
    np.testing.assert_allclose([x[0], x[-1]], [first, last], rtol=1e-6)
    np.testing.assert_allclose([y[0], y[-1], y.min(), y.max()], expected, rtol=1e-6)
    assert (x.size, np.isfinite(y).all()) == (size, True)
    assert ds.attrs.get("quantity") == ("absorbance" if axis == "energy" else None)


def test_compound_file(real_data: Path) -> None:
    found = read_jcamp(real_data / "formats/jcamp/example_compound_file.jdx", strict=True)
    assert [ds.sizes["energy"] for ds in found] == [2074, 2074]
    assert [data.json_attr(ds, "source", {})["column"] for ds in found] == ["block 1", "block 2"]
    np.testing.assert_allclose([float(ds["signal"].max()) for ds in found], [0.529274, 1.205558])
    np.testing.assert_allclose([float(ds["signal"].min()) for ds in found], [0.032038, 0.190318], atol=2e-6)
    np.testing.assert_allclose(found[0]["energy"][[0, -1]] / EV_PER_CM, [3999.691, 11995.21], rtol=1e-9)


def test_a_damaged_file_keeps_what_fits_its_abscissa(real_data: Path) -> None:
    """The middle of this copy was overwritten by seven lines of another file: 42 of its 298 points are lost."""
    file = real_data / "formats/jcamp/xyinc2.jdx"
    foreign = [line for line in file.read_text().splitlines()[18:-1] if "B2" in line]
    assert len(foreign) == 7
    with pytest.raises(ReadError, match="line 35: expected the abscissa 2814, found 28"):
        read_jcamp(file, strict=True)
    (ds,) = read_jcamp(file)
    np.testing.assert_array_equal(ds["abscissa"], np.linspace(2750, 3938, 298))
    assert ds["abscissa"].attrs["units"] == "GAUSS"
    lost = data.flagged(ds, "missing")
    np.testing.assert_array_equal(ds["abscissa"].values[lost], np.arange(2814, 2979, 4))
    own = [line.split() for line in file.read_text().splitlines()[18:-1] if len(line.split()) == 2 and "B" not in line]
    np.testing.assert_array_equal(ds["signal"].values[~lost], [float(y) for _, y in own])
    np.testing.assert_array_equal(ds["abscissa"].values[~lost], [float(x) for x, _ in own])


@pytest.mark.parametrize("sign", ["comma", "period"])
def test_ocean_optics(real_data: Path, sign: str) -> None:
    file = real_data / f"formats/ocean_avantes/OceanOptics_{sign}.jdx"
    found = read_jcamp(file, strict=True)
    titles = [data.json_attr(ds, "source", {})["column"].rsplit(": ")[-1] for ds in found]
    assert titles == ["PROCESSED SPECTRUM", "DARK SPECTRUM", "REFERENCE SPECTRUM"]
    text = file.read_text().replace(", ", " ").replace(",", ".").splitlines()
    numbers = np.array([line.split() for line in text if line[:1].isdigit()], dtype=float).reshape(3, 3648, 2)
    for ds, expected in zip(found, numbers, strict=True):
        np.testing.assert_array_equal(ds["wavelength"], expected[:, 0])
        np.testing.assert_array_equal(ds["signal"], expected[:, 1])
        assert ds["wavelength"].values[[0, -1]].tolist() == [176.36, 893.69]
        assert "quantity" not in ds.attrs  # the file says transmission, the numbers are counts
        assert any("quantity left out" in note for note in data.notes_of(ds))
    if sign == "comma":
        np.testing.assert_array_equal([float(ds["signal"].min()) for ds in found], [1479.043, 1483.549, 1506.486])


@pytest.mark.parametrize("name", [*ROWS, "jcamp/example_compound_file.jdx", "ocean_avantes/OceanOptics_period.jdx"])
def test_the_library_says_the_same(real_data: Path, name: str) -> None:
    jcamp = pytest.importorskip("jcamp", reason="the library jcamp is not installed")
    file = real_data / "formats" / name
    said = jcamp.readfile(str(file))
    blocks = said.get("children") or [said]
    found = read_jcamp(file)
    assert len(found) == len(blocks)
    for ds, block in zip(found, blocks, strict=True):
        axis = data.axis_of(ds)
        order = np.argsort(block["x"])
        scale = EV_PER_CM if axis == "energy" else 1.0
        np.testing.assert_allclose(ds[axis], np.asarray(block["x"])[order] * scale, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(ds["signal"], np.asarray(block["y"])[order], rtol=1e-9, atol=1e-12)
