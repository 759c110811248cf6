"""Files <-> measurements: ``read``, ``read_all``, ``write``. One module a family of formats, one dict to choose."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import hints
from antistokes.io.formats import choose, format_named, read_file
from antistokes.io.head import head_of
from antistokes.io.netcdf import write_netcdf
from antistokes.io.own_csv import write_table
from antistokes.io.whole import replace

WRITERS: dict[str, Callable[[xr.Dataset, Path], None]] = {".csv": write_table, ".nc": write_netcdf}


def read(path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **said: Any) -> xr.Dataset:
    """Read the one measurement of a file.

    Parameters
    ----------
    path : path-like
        The file; its content decides how it is read.
    kind : {"absorption", "emission", "ple", "raman", "spectrum", ...}, optional
        What was measured, where the file does not tell; it also decides between formats that look alike.
    strict : bool
        Make an error of everything that would be left out with a note.
    **said
        What the caller knows; it overrules the file. ``x``, ``y``: names of columns. ``quantity``: what the numbers
        are. ``medium``: "air" or "vacuum". ``branch``: "heating" or "cooling", in a series of temperatures.
        ``excitation_nm``, ``detection_nm``, ``bandpass_nm`` [nm], ``temperature_k`` [K], ``path_cm`` [cm],
        ``integration_time_s`` [s], ``power_w`` [W].

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
    found = read_all(path, kind=kind, strict=strict, **said)
    if len(found) != 1:
        names = ", ".join(repr(data.json_attr(ds, "source", {}).get("column")) for ds in found)
        advice = "use read_all(), or name one with y=..."
        raise ReadError(path, "", "one measurement", f"{len(found)}, the columns {names}", advice)
    return found[0]


def read_all(
    path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **said: Any
) -> list[xr.Dataset]:
    """Read every measurement of a file; the arguments are those of :func:`read`.

    Returns
    -------
    list of xarray.Dataset
        The measurements in the order of the file.
    """
    known, head = hints.checked(kind, said), head_of(path)
    name = choose(head, kind)
    if format_named(name).takes_hints:
        return read_file(path, name, kind=kind, strict=strict, **said)
    return _selected(path, read_file(path, name, strict=strict), known)


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


def format_of(path: str | os.PathLike[str], kind: str | None = None) -> str:
    """Return the name of the format of a file, from its content: a key of FORMATS, or "table"."""
    return choose(head_of(path), kind)


def _selected(path: str | os.PathLike[str], found: list[xr.Dataset], known: dict[str, Any]) -> list[xr.Dataset]:
    """Return the measurements a caller asks for by column, with what the caller knows laid over them."""
    if "x" in known:
        raise ReadError(path, "", "no choice of an axis", f"x={known['x']!r}", "The format says which axis it has.")
    names = [str(data.json_attr(ds, "source", {}).get("column", "")) for ds in found]
    if "y" in known:
        found = [ds for ds, name in zip(found, names, strict=True) if name.casefold() == known["y"].strip().casefold()]
    if not found:
        listed = ", ".join(map(repr, names))
        raise ReadError(path, "", f"a measurement named {known['y']!r}", f"{listed}{hints.nearest(known['y'], names)}")
    return [hints.apply(ds, {k: v for k, v in known.items() if k not in hints.COLUMNS}) for ds in found]
