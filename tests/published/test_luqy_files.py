from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.luqy import is_luqy, read_luqy

FOLDER = Path("formats/plqy_relatives")


def ends(ds: xr.Dataset) -> tuple[float, ...]:
    x, y = ds["wavelength"].values, ds["signal"].values
    return len(x), x[0], x[-1], y[0], y[-1], y.min(), y.max(), y.sum()


def test_one_measurement(real_data: Path) -> None:
    path = real_data / FOLDER / "Standard_Avg.txt"
    assert is_luqy(head_of(path))
    flux, raw, dark = read_luqy(path, strict=True)
    assert ends(flux) == pytest.approx((1300, 550.0331, 999.7001, 0, 0, 0, 2.478313e13, 1.941967333e15))
    assert ends(raw)[3:] == pytest.approx((-51.66606, -48.39939, -67.33273, 6992.667, 525572.992823))
    assert ends(dark)[3:] == pytest.approx((1390.733, 1410.8, 1387.067, 1466.8, 1820278.795))
    assert [ds.attrs["quantity"] for ds in (flux, raw, dark)] == ["photons_per_nm", "counts", "counts"]
    assert flux.attrs["integration_time_s"] == 0.033 and flux.attrs["acquired_at"] == "2025-08-27T13:59:10"
    said = data.json_attr(flux, "raw_metadata", {})
    assert said["LuQY (%)"] == "0.4968" and said["QFLS (eV)"] == "1.008" and said["Laser spot size (cm²)"] == "0.4"


def test_a_sweep(real_data: Path) -> None:
    path = real_data / FOLDER / "Power_Avg_sweep.txt"
    assert is_luqy(head_of(path))
    found = read_luqy(path, strict=True)
    assert ends(found[0])[:7] == pytest.approx((1300, 550.033, 999.7, 0, 0, 0, 2.221237e13))
    sums = [ds["signal"].values.sum() for ds in found]
    assert sums == pytest.approx([1746333104736861.5, 1543061755928623.8, 1306187446075012.5])
    assert {ds.attrs["quantity"] for ds in found} == {"photons_per_nm"}
    said = [data.json_attr(ds, "raw_metadata", {}) for ds in found]
    assert [s["LuQY (%)"] for s in said] == ["0.420000", "0.421000", "0.419000"]
    assert [s["Laser intensity (mW/cm²)"] for s in said] == ["1.033000", "0.835000", "0.729000"]
    assert [ds.attrs["acquired_at"][11:] for ds in found] == ["14:04:04", "14:04:06", "14:04:10"]
    # the flux goes with the intensity of the laser, as the nearly equal yields say
    assert sums[0] / sums[2] == pytest.approx(1.033 * 0.42 / (0.729 * 0.419), rel=0.08)


def test_a_part_of_each_is_read_or_refused(real_data: Path, tmp_path: Path) -> None:
    for name in ("Standard_Avg.txt", "Power_Avg_sweep.txt"):
        whole = (real_data / FOLDER / name).read_bytes()
        full = read_luqy(real_data / FOLDER / name)
        for size in np.linspace(1, len(whole) - 1, 15, dtype=int):
            (tmp_path / name).write_bytes(whole[:size])
            try:
                found = read_luqy(tmp_path / name)
            except ReadError:
                continue
            for part, all_of_it in zip(found, full, strict=True):
                n = part.sizes["wavelength"]
                np.testing.assert_array_equal(part["signal"].values, all_of_it["signal"].values[:n])
