from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data, io
from antistokes.errors import ReadError
from antistokes.io.avantes import is_avantes, is_avantes_binary, read_avantes
from antistokes.io.head import head_of
from antistokes.io.refused import read_refused

FOLDER = Path("formats/ocean_avantes")


def test_avasoft_8(real_data: Path) -> None:
    path = real_data / FOLDER / "avasoft8.txt"
    assert is_avantes(head_of(path))
    found = {data.json_attr(ds, "source", {})["column"]: ds for ds in read_avantes(path, strict=True)}
    assert [ds.attrs.get("quantity") for ds in found.values()] == ["counts", "counts", "counts", None]
    expected = {
        "Sample": (-6.893, 63.696, -16.64, 788.252, 23670.426),
        "Dark": (-10.335, -41.841, -43.906, -6.483, -10471.982),
        "Reference": (-9.339, 67.747, -16.27, 2558.978, 139202.724),
        "Reflectance": (252.16336, 96.33834, 0, 357.86928, 13936.03164),
    }
    assert list(found) == list(expected)
    for name, ds in found.items():
        y = ds["signal"].values
        assert (y[0], y[-1], y.min(), y.max(), y.sum()) == pytest.approx(expected[name])
        np.testing.assert_array_equal(ds["wavelength"].values, np.arange(300.0, 701))
        wanted = {"integration_time_s": 0.006, "scans": 79, "smoothing": 1, "instrument": "1209167U1"}
        assert {k: ds.attrs[k] for k in wanted} == wanted


def test_the_binary_named_txt_is_refused(real_data: Path) -> None:
    """It is a binary file of AvaSoft 7: the version 70, then a serial number, all in float32."""
    path = real_data / FOLDER / "failfile.txt"
    assert is_avantes_binary(head_of(path)) and not is_avantes(head_of(path))
    with pytest.raises(ReadError, match="Export it as text"):
        read_refused(path)
    with pytest.raises(ReadError, match="found .*binary"):
        io.read(path)
