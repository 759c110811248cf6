"""An emission scan of an Edinburgh Instruments fluorimeter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from antistokes.io.edinburgh import is_edinburgh, read_edinburgh
from antistokes.io.head import head_of

FILE = "formats/edinburgh_f900/HZB_AlFl_20231009_Solarcells-Batch-2-varyHTL_1_0.pl.csv"


def test_emission_scan(real_data: Path) -> None:
    assert is_edinburgh(head_of(real_data / FILE))
    (ds,) = read_edinburgh(real_data / FILE, strict=True)
    truth = np.loadtxt(real_data / FILE, delimiter=",", skiprows=22, usecols=(0, 1))
    assert np.array_equal(ds["wavelength"].values, truth[:, 0])
    assert np.array_equal(ds["signal"].values, truth[:, 1])
    y = ds["signal"].values
    assert (ds["wavelength"].values[0], ds["wavelength"].values[-1], y.size) == (450, 900, 451)
    assert [y[0], y[-1], y.min(), y.max()] == pytest.approx([552.895813, 572.16626, -1181.8728, 54638.8633], rel=1e-9)
    assert y.sum() == pytest.approx(truth[:, 1].sum())
    assert (ds.attrs["kind"], ds.attrs["excitation_nm"]) == ("emission", 367.0)
    assert "quantity" not in ds.attrs  # the file says Counts, but also that they were corrected
    assert any("declare the quantity" in note for note in data.notes_of(ds))
    assert (ds.attrs["temperature_k"], ds.attrs["integration_time_s"]) == (295.86, 0.5)
    assert data.json_attr(ds, "corrections", {}) == {"edinburgh": {"scan_file": True, "reference_detector": True}}
    assert data.json_attr(ds, "source", {})["column"] == "MAPI_2PACz_ITO_sample3_EmScan1"
