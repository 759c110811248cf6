from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.ocean import is_ocean, read_ocean

FOLDER = Path("formats/ocean_avantes")


def ends(ds: xr.Dataset) -> tuple[float, ...]:
    x, y = ds["wavelength"].values, ds["signal"].values
    return len(x), x[0], x[-1], y[0], y[-1], y.min(), y.max(), y.sum()


@pytest.mark.parametrize(
    ("name", "expected", "seconds", "scans", "boxcar", "instrument", "acquired_at"),
    [
        (
            "FMNH6834.00000001.Master.Transmission",
            (3648, 178.53, 889.03, 0.9538, 0.25753, -4.17232, 50.02289, 750.74699),
            *(0.062, 20, 5, "USB4C01507", "2011-03-23T12:15:51"),
        ),
        (
            "OOusb4000.txt",
            (3648, 178.65, 888.37, 0, -12.792, -11720, 33575, 87744.106),
            *(0.02, 50, 30, "USB4A00428", "2008-01-14T17:36:35+00:00"),
        ),
        (
            "OceanView.txt",
            (2389, 187.92, 2116.5, 18.995, 4.6991, -13555, 155.17, -4773.0215064),
            *(0.02, 10, 10, "USB2+H09794", "2014-03-18T08:44:17"),
        ),
        (
            "OceanView_nonEN.txt",
            (2048, 190.74, 889.44, 133.333, 47.588, -1850, 2433.333, 50433.271),
            *(3.0, 1, 12, "JAZA1465", "2017-04-20T21:15:04"),
        ),
    ],
)
def test_files_of_one_spectrum(
    real_data: Path,
    name: str,
    expected: tuple[float, ...],
    seconds: float,
    scans: int,
    boxcar: int,
    instrument: str,
    acquired_at: str,
) -> None:
    path = real_data / FOLDER / name
    assert is_ocean(head_of(path))
    (ds,) = read_ocean(path, strict=True)
    assert ends(ds) == pytest.approx(expected, rel=1e-12)
    wanted = [seconds, scans, boxcar, instrument, acquired_at]
    assert [ds.attrs[k] for k in ("integration_time_s", "scans", "boxcar", "instrument", "acquired_at")] == wanted
    assert ds.attrs.get("quantity") == ("transmittance" if name.endswith("Transmission") else None)


def test_the_spliced_file_says_that_its_header_is_wrong(real_data: Path) -> None:
    (ds,) = read_ocean(real_data / FOLDER / "OceanView.txt")
    assert "the header says 2048 pixels, the file holds 2389 rows" in data.notes_of(ds)


def test_jaz(real_data: Path) -> None:
    path = real_data / FOLDER / "jazspec.jaz"
    assert is_ocean(head_of(path))
    found = {data.json_attr(ds, "source", {})["column"]: ds for ds in read_ocean(path, strict=True)}
    assert list(found) == ["dark", "reference", "scope", "processed"]
    assert ends(found["dark"])[:5] == pytest.approx((2048, 190.8535, 886.439331, 0, 1193.673218))
    assert ends(found["dark"])[5:7] == pytest.approx((0, 1341.126953))
    assert ends(found["reference"])[3:] == pytest.approx((0, 1689.866699, 0, 52683.117188, 19849427.420112))
    assert ends(found["scope"])[3:] == pytest.approx((0, 1261.548706, 0, 19810.292969, 8064072.132599))
    assert ends(found["processed"])[3:] == pytest.approx((0, 13.679238, -5099.911133, 440.001343, 41911.282472))
    dark, reference, scope, processed = (ds["signal"].values for ds in found.values())
    bright = reference - dark > 5000  # the columns are what their names say: P = (S - D) / (R - D)
    ratio = 100 * (scope - dark)[bright] / (reference - dark)[bright]
    assert bright.sum() > 500
    np.testing.assert_allclose(processed[bright], ratio, atol=1e-3)


def test_a_part_of_each_is_read_or_refused(real_data: Path, tmp_path: Path) -> None:
    for name in ("FMNH6834.00000001.Master.Transmission", "OceanView.txt", "OceanView_nonEN.txt", "jazspec.jaz"):
        whole = (real_data / FOLDER / name).read_bytes()
        full = read_ocean(real_data / FOLDER / name)
        for size in np.linspace(1, len(whole) - 40, 12, dtype=int):
            (tmp_path / name).write_bytes(whole[:size])
            try:
                found = read_ocean(tmp_path / name)
            except ReadError:
                continue
            for part, all_of_it in zip(found, full, strict=False):
                n = part.sizes["wavelength"]
                np.testing.assert_array_equal(part["signal"].values, all_of_it["signal"].values[:n])
                assert any("cut" in note or "holds" in note for note in data.notes_of(part))
