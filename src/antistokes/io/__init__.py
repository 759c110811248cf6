"""Files <-> measurements: ``read``, ``read_all``, ``write``. One module a family of formats, one dict to choose."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.netcdf import read_netcdf, write_netcdf
from antistokes.io.table import read_table, write_table
from antistokes.io.whole import replace

READERS: dict[str, Callable[..., list[xr.Dataset]]] = {"netcdf": read_netcdf, "table": read_table}
WRITERS: dict[str, Callable[[xr.Dataset, Path], None]] = {".csv": write_table, ".nc": write_netcdf}

_MAGIC = {b"\x89HDF\r\n\x1a\n": "netcdf", b"CDF\x01": "netcdf", b"CDF\x02": "netcdf", b"CDF\x05": "netcdf"}


def read(path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **hints: Any) -> xr.Dataset:
    """Read the one measurement of a file.

    Parameters
    ----------
    path : path-like
        The file; its content decides how it is read.
    kind : {"absorption", "emission", "spectrum"}, optional
        What was measured, where the quantity does not tell.
    strict : bool
        Make an error of everything that would be left out with a note.
    **hints
        What the caller knows; it overrules the file. ``x``, ``y``: names of columns. ``quantity``: what the numbers
        are. ``medium``: "air" or "vacuum". ``excitation_nm``, ``detection_nm``, ``bandpass_nm`` [nm],
        ``temperature_k`` [K], ``path_cm`` [cm].

    Returns
    -------
    xarray.Dataset
        The measurement; ``attrs["notes"]`` holds every guess.

    Raises
    ------
    ReadError
        The file cannot be read, or holds several measurements.
    ValueError
        A hint is unknown or has no sense.
    """
    found = read_all(path, kind=kind, strict=strict, **hints)
    if len(found) != 1:
        names = ", ".join(repr(data.json_attr(ds, "source", {}).get("column")) for ds in found)
        advice = "use read_all(), or name one with y=..."
        raise ReadError(path, "", "one measurement", f"{len(found)}, the columns {names}", advice)
    return found[0]


def read_all(
    path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **hints: Any
) -> list[xr.Dataset]:
    """Read every measurement of a file; the arguments are those of :func:`read`.

    Returns
    -------
    list of xarray.Dataset
        The measurements in the order of the file.
    """
    return READERS[format_of(path)](path, kind=kind, strict=strict, **hints)


def write(ds: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Write a measurement; the file appears whole or not at all.

    Parameters
    ----------
    ds : xarray.Dataset
        A measurement.
    path : path-like
        Where to; the suffix .csv or .nc chooses the format.

    Raises
    ------
    ValueError
        The suffix is another one, or the folder does not exist.
    DataError
        The Dataset breaks the contract.
    """
    target = Path(path)
    if target.suffix.lower() not in WRITERS:
        raise ValueError(f"{target.name}: the suffix must be one of {', '.join(WRITERS)}, got {target.suffix!r}.")
    if not target.parent.is_dir():
        raise ValueError(f"{target}: the folder does not exist; make it first.")
    replace(target, lambda part: WRITERS[target.suffix.lower()](ds, part))


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the name of the format of a file, from its first bytes: a key of READERS."""
    file = Path(path)
    if not file.exists():
        near = "" if file.parent.is_dir() else f" (the folder {str(file.parent)!r} does not exist either)"
        raise ReadError(path, "", "a file", f"nothing there{near}", "Check the name and the folder you are in.")
    if file.is_dir():
        raise ReadError(path, "", "a file", "a folder", "Name one of the files in it.")
    try:
        with file.open("rb") as opened:
            start = opened.read(8)
    except OSError as error:
        raise ReadError(path, "", "a file that can be read", f"{error.strerror}") from error
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "table")
