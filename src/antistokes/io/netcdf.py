"""NetCDF (HDF5) <-> measurements, through xarray: what is written comes back identical."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.io import hints
from antistokes.io.head import Head

EXPECTED = "NetCDF with a measurement (variable 'signal' along wavelength [nm] or energy [eV], attribute 'kind')"


MAGIC = (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05")


def is_netcdf(head: Head) -> bool:
    """Tell whether a file begins as HDF5 or as classic NetCDF."""
    return head.start.startswith(MAGIC)


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
        with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as opened:
            ds = opened.load().drop_encoding()
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


def _plain(value: Any) -> Any:
    """Return an attribute as str, int or float where it is one of them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    return value.item() if isinstance(value, np.generic) else value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
