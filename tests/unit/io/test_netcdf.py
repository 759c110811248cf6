from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io.netcdf import read_netcdf, write_netcdf


@pytest.fixture
def ds() -> xr.Dataset:
    return data.build(
        "energy",
        [1.9, 2.0, 2.1],
        [1 / 3, 2, 3],
        kind="emission",
        signal_sd=[0.1, 0.2, 0.3],
        signal_modes=[[1, 2, 3]],
        quantity="photons_per_ev",
        medium="air",
        excitation_nm=660.0,
        scans=25,
        instrument="µ-PL",
        comment="",
        notes=["a guess"],
    )


def refused(path: Path, **hints: object) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_netcdf(path, **hints)
    return caught.value


def test_comes_back_identical_with_plain_attributes(ds: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(ds, tmp_path / "a.nc")
    (back,) = read_netcdf(tmp_path / "a.nc")
    xr.testing.assert_identical(back, ds)
    assert {k: type(v) for k, v in back.attrs.items()} == {k: type(v) for k, v in ds.attrs.items()}
    assert back["signal"].dtype == ds["signal"].dtype


def test_hints_overrule(ds: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(ds, tmp_path / "a.nc")
    assert read_netcdf(tmp_path / "a.nc", temperature_k=77)[0].attrs["temperature_k"] == 77.0
    assert refused(tmp_path / "a.nc", y="If").advice == "Leave y= out."


def test_a_damaged_file_is_named(ds: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_netcdf(ds, path)
    whole = path.read_bytes()
    for damaged in (whole[:100], whole[: len(whole) // 2], whole[:8] + bytes(len(whole) - 8)):
        path.write_bytes(damaged)
        assert "cannot be opened" in refused(path).found


@pytest.mark.parametrize(
    "other",
    [
        xr.Dataset({"t": ("x", [1.0, 2.0])}),
        xr.Dataset({"signal": ("pixel", [1.0, 2.0])}, attrs={"kind": "emission"}),
        xr.Dataset(
            {"signal": ("wavelength", [1.0, 2.0])}, coords={"wavelength": [1.0, 2.0]}, attrs={"kind": "emission"}
        ),
        xr.Dataset({"signal": 1.0}, attrs={"kind": np.array([1, 2])}),
    ],
)
def test_what_is_no_measurement_is_told_what_was_expected(other: xr.Dataset, tmp_path: Path) -> None:
    other.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    error = refused(tmp_path / "a.nc")
    assert "variable 'signal' along wavelength [nm] or energy [eV]" in error.expected


def test_only_a_measurement_is_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'signal'"):
        write_netcdf(xr.Dataset(), tmp_path / "a.nc")


@pytest.mark.parametrize("size", [0, 128, 2**31, 2**63])
def test_a_damaged_heap_is_not_searched_for_ever(ds: xr.Dataset, tmp_path: Path, size: int) -> None:
    """With 128 bytes for the first string of the heap, libhdf5 looks for the others without end."""
    path = tmp_path / "a.nc"
    write_netcdf(ds, path)
    raw = bytearray(path.read_bytes())
    heap = raw.find(b"GCOL")
    struct.pack_into("<Q", raw, heap + 16 + 8, size)
    path.write_bytes(raw)
    error = refused(path)
    assert (error.where, error.found) == (f"byte {heap}", "a damaged list")


def test_classic_netcdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    xr.Dataset({"signal": ("wavelength", np.ones(3))}).to_netcdf(tmp_path / "a.nc", engine="scipy")
    error = refused(tmp_path / "a.nc")
    assert error.found == "classic NetCDF" and "nccopy -k nc4" in error.advice
