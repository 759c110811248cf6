"""Our own csv: flags in a column of their own, and what a table cannot hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data, io
from antistokes.errors import DataError
from antistokes.io.own_csv import write_table

NM = np.array([500.0, 501.0, 502.0])


def flagged() -> xr.Dataset:
    """One sample saturated and uncalibrated, one missing."""
    flag = [0, data.FLAGS["saturated"] | data.FLAGS["uncalibrated"], data.FLAGS["missing"]]
    return data.build("wavelength", NM, [1.0, 2.0, np.nan], kind="emission", quantity="counts", flag=flag)


def test_flags_come_back(tmp_path: Path) -> None:
    io.write(flagged(), tmp_path / "a.csv")
    back = io.read(tmp_path / "a.csv")
    xr.testing.assert_identical(back, flagged())
    assert back["flag"].dtype == np.uint8


def test_the_column_says_what_its_bits_mean(tmp_path: Path) -> None:
    io.write(flagged(), tmp_path / "a.csv")
    _, names, *rows = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert names == (
        "wavelength [nm],counts [counts],flag [1 saturated + 2 clipped + 4 cosmic + 8 missing + 16 uncalibrated]"
    )
    assert rows == ["500.0,1.0,0", "501.0,2.0,17", "502.0,nan,8"]


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    ds = data.build("pixel", [0.0, 1.0], np.array([2**53, -3]), kind="spectrum", quantity="counts")
    io.write(ds, tmp_path / "a.csv")
    xr.testing.assert_identical(io.read(tmp_path / "a.csv"), ds)
    assert "0.0,9007199254740992\n" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    with pytest.raises(DataError, match=r"whole numbers beyond 2\^53; write it as .nc"):
        write_table(data.build("pixel", [0.0], np.array([2**53 + 2]), quantity="counts"), tmp_path / "b.csv")


@pytest.mark.parametrize("along", [{"frame": [0, 1]}, {"frame": [0], "y": [0.0, 1.0]}])
def test_several_axes_are_refused_with_the_way_out(along: dict, tmp_path: Path) -> None:
    shape = (*(len(v) for v in along.values()), 3)
    ds = data.build("wavelength", NM, np.ones(shape), along=along, source={"file": "cam.spe"})
    with pytest.raises(DataError) as caught:
        io.write(ds, tmp_path / "a.csv")
    said = str(caught.value)
    assert said.startswith("cam.spe: a csv cannot hold several axes (") and "3 wavelength)" in said
    assert said.endswith("write it as .nc (on the command line: antistokes inspect FILE --to nc).")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("bits", ["x", "300", "-1", "0.5", "nan"])
def test_a_damaged_flag_is_named(bits: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    io.write(flagged(), path)
    path.write_text(path.read_text(encoding="utf-8").replace(",17\n", f",{bits}\n"), encoding="utf-8")
    with pytest.raises(io.ReadError, match="a.csv"):
        io.read(path)
