"""NetCDF (HDF5) <-> measurements, through xarray: what is written comes back identical."""

from __future__ import annotations

import mmap
import os
import struct
from typing import Any

import h5py
import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io import hints
from antistokes.io.head import Head

EXPECTED = "NetCDF with a measurement (variable 'signal' along wavelength [nm] or energy [eV], attribute 'kind')"
HDF5, CLASSIC = b"\x89HDF\r\n\x1a\n", (b"CDF\x01", b"CDF\x02", b"CDF\x05")
_HEAP = b"GCOL\x01\0\0\0"  # begins a collection of strings and lists


def is_netcdf(head: Head) -> bool:
    """Tell whether a file begins as HDF5 or as classic NetCDF."""
    return head.start.startswith((HDF5, *CLASSIC))


def read_netcdf(
    path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **said: Any
) -> list[xr.Dataset]:
    """Read the measurement in a NetCDF file.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str, optional
        What was measured, where the quantity does not tell; one of ``data.KINDS``.
    strict : bool
        Has no effect: a NetCDF file is either whole or an error.
    **said
        What the caller knows; see :func:`antistokes.io.read`.

    Returns
    -------
    list of xarray.Dataset
        One measurement.

    Raises
    ------
    ReadError
        The file is damaged, or holds no measurement.
    """
    known = hints.checked(kind, said)
    for name in hints.COLUMNS:
        if name in known:
            raise ReadError(path, "", "a table to choose columns from", "NetCDF", f"Leave {name}= out.")
    try:
        _check_heaps(path)
        with h5py.File(path, "r") as file:  # what fails here would make h5netcdf print that its own end failed, too
            file.attrs.get("_nc3_strict")
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as opened:
            ds = opened.load().drop_encoding()
    except ReadError:
        raise
    except Exception as error:  # h5py raises whatever the damage leads it to
        raise ReadError(path, "", EXPECTED, f"a file that cannot be opened ({_first_line(error)})") from error
    ds.attrs = {str(key): _plain(value) for key, value in ds.attrs.items()}
    for variable in map(ds.__getitem__, ds.variables):
        variable.attrs = {str(key): _plain(value) for key, value in variable.attrs.items()}
    try:
        data.check(ds)
    except DataError as error:
        raise ReadError(path, "", EXPECTED, str(error).rstrip(".")) from error
    return [hints.apply(ds, known)]


def write_netcdf(ds: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Write a measurement as NetCDF.

    Parameters
    ----------
    ds : xarray.Dataset
        A measurement.
    path : path-like
        The file to write.

    Raises
    ------
    DataError
        The Dataset breaks the contract.
    """
    data.check(ds).to_netcdf(path, engine="h5netcdf")


def _check_heaps(path: str | os.PathLike[str]) -> None:
    """Refuse what is no HDF5, and damaged heaps in it, in which its library would look for an object without end.

    A heap is ``GCOL``, version 1, its size, and objects: index, count, size, data in steps of eight bytes; index 0 is
    the free space at the end, its size with the head of 16 bytes (HDF5 file format specification 3.0, III.E).
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        if raw[:4] in CLASSIC:
            raise ReadError(path, "", "NetCDF-4", "classic NetCDF", "Convert it, as with nccopy -k nc4.")
        start = raw.find(_HEAP)
        while start >= 0:
            end = _end_of_heap(raw, start)
            if end is None:
                raise ReadError(
                    path, f"byte {start}", "a whole list of strings", "a damaged list", "Is the file whole?"
                )
            start = raw.find(_HEAP, end)


def _end_of_heap(raw: mmap.mmap, start: int) -> int | None:
    """Return where the heap that begins at a place ends; None where its objects do not fill it."""
    at = start + 16
    if at > len(raw):
        return None
    end = start + int(struct.unpack_from("<Q", raw, start + 8)[0])
    while at + 16 <= end <= len(raw):
        index, size = struct.unpack_from("<H6xQ", raw, at)
        step = 16 + (size + 7) // 8 * 8 if index else size
        if step < 16:
            return None
        at += step
    return end if at <= end <= len(raw) else None


def _plain(value: Any) -> Any:
    """Return an attribute as str, int or float where it is one of them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    return value.item() if isinstance(value, np.generic) else value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
