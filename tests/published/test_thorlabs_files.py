from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.thorlabs import is_thorlabs, read_thorlabs

LOG = Path("formats/thorlabs_power/Power455nm_CH3CN_10pct_1.csv")


def test_a_log(real_data: Path) -> None:
    assert is_thorlabs(head_of(real_data / LOG))
    (ds,) = read_thorlabs(real_data / LOG, strict=True)
    t, y = ds["time"].values, ds["signal"].values
    assert len(t) == 223 and (t[0], t[-1]) == (0, 222.258) and np.median(np.diff(t)) == pytest.approx(1.01)
    assert (y[0], y[-1], y.min(), y.max()) == (1.3075e-05, 0.00025461, -5.4008e-05, 0.0023236)
    assert y.sum() == pytest.approx(0.15698463396) and (y < 0).any()
    wanted = {"kind": "power_log", "quantity": "power", "wavelength_nm": 505.0, "instrument": "PM16-401 1925331"}
    assert {k: ds.attrs[k] for k in wanted} == wanted
    assert ds.attrs["acquired_at"] == "2024-11-20T10:59:31.196" and data.notes_of(ds) == ()
    assert "Sensor, Thermopile" in data.json_attr(ds, "raw_metadata", [])


def test_a_part_of_it_is_read_or_refused(real_data: Path, tmp_path: Path) -> None:
    whole = (real_data / LOG).read_bytes()
    (full,) = read_thorlabs(real_data / LOG)
    for size in np.linspace(1, len(whole) - 1, 40, dtype=int):
        (tmp_path / "a.csv").write_bytes(whole[:size])
        try:
            (ds,) = read_thorlabs(tmp_path / "a.csv")
        except ReadError:
            continue
        np.testing.assert_array_equal(ds["signal"].values, full["signal"].values[: ds.sizes["time"]])
