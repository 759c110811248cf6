"""Our own csv <-> one measurement: a line of JSON keeps what a table cannot say, so that all comes back."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.errors import DataError, ReadError
from antistokes.units import FloatArray

OWN = "# antistokes "
COLUMNS = ("signal", "signal_sd", "signal_modes", "flag")
EXACT = 2**53  # a whole number beyond it is not one of floating point


def write_table(ds: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Write a measurement as csv: one line of JSON with its attributes, a line of names, and the numbers in full.

    Flags are a column of their own, the sum of the bits that its name explains.

    Parameters
    ----------
    ds : xarray.Dataset
        A measurement along one axis.
    path : path-like
        The file to write.

    Raises
    ------
    DataError
        The Dataset breaks the contract, or holds what a table cannot.
    """
    data.check(ds)
    axis = data.axis_of(ds)
    order = [axis, *map(str, ds.data_vars)]
    _refuse_what_a_table_cannot_hold(ds, axis)
    head = {
        "version": 1,
        "rows": int(ds.sizes[axis]),
        "axis": axis,
        "modes": int(ds.sizes["mode"]) if "signal_modes" in ds else None,
        "variables": {name: {"dtype": str(ds[name].dtype), "attrs": dict(ds[name].attrs)} for name in order},
        "attrs": dict(ds.attrs),
    }
    columns = [row.tolist() for name in order for row in np.atleast_2d(ds[name].values)]
    names = [name for v in order for name in _names(ds, v)]
    rows = (",".join(map(repr, row)) for row in zip(*columns, strict=True))
    lines = [OWN + json.dumps(head), ",".join(names), *rows]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _refuse_what_a_table_cannot_hold(ds: xr.Dataset, axis: str) -> None:
    """Raise where a row a position of one axis does not hold all, and say which format does."""
    way = "write it as .nc (on the command line: antistokes inspect FILE --to nc)"
    if ds["signal"].ndim > 1:
        shape = " x ".join(f"{n} {d}" for d, n in ds["signal"].sizes.items())
        raise DataError(f"{data.label(ds)}: a csv cannot hold several axes ({shape}); {way}.")
    extra = set(map(str, ds.variables)) - {axis, *COLUMNS}
    if extra:
        raise DataError(f"{data.label(ds)}: a csv cannot hold {', '.join(sorted(extra))}; {way}.")
    whole = [ds[name].values for name in ds.variables if ds[name].dtype.kind in "iu"]
    if any(v.max(initial=0) > EXACT or v.min(initial=0) < -EXACT for v in whole):
        raise DataError(f"{data.label(ds)}: a csv cannot hold whole numbers beyond 2^53; {way}.")


def read_own(path: str | os.PathLike[str], lines: Sequence[str], strict: bool) -> xr.Dataset:
    """Read back what write_table wrote.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    lines : sequence of str
        Its text.
    strict : bool
        Make an error of missing rows.
    """
    expected = "a csv as antistokes writes it"
    try:
        head = json.loads(lines[0][len(OWN) :])
        rows, variables = int(head["rows"]), dict(head["variables"])
        counts = [int(head["modes"]) if name == "signal_modes" else 1 for name in variables]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        found, advice = "a damaged line of attributes", "Take line 1 out to read the numbers."
        raise ReadError(path, "line 1", expected, found, advice) from error
    values = _numbers(path, lines, sum(counts))
    if len(values) != rows and (strict or len(values) == 0):
        raise ReadError(path, f"line {len(lines)}", f"{rows} rows of numbers", f"{len(values)}")
    try:
        ds = data.check(_dataset(head, np.split(values.T, np.cumsum(counts)[:-1])))
    except Exception as error:  # xarray raises whatever the damage leads it to
        raise ReadError(path, "", expected, str(error)[:300].rstrip(".")) from error
    short = f"the file was written with {rows} rows and has {len(values)}"
    return ds if len(values) == rows else data.with_attrs(ds, notes=[short])


def _dataset(head: dict[str, Any], blocks: Sequence[FloatArray]) -> xr.Dataset:
    axis = head["axis"]
    made = {}
    for (name, about), block in zip(head["variables"].items(), blocks, strict=True):
        dims, values = (("mode", axis), block) if name == "signal_modes" else ((axis,), block[0])
        dtype = np.dtype(about["dtype"])
        if dtype.kind not in "iuf" or dtype.itemsize > 8:
            raise DataError(f"{name} must hold numbers, found {dtype}.")
        if dtype.kind in "iu" and np.any(values != np.round(values)):
            raise DataError(f"{name} must hold whole numbers.")
        with np.errstate(invalid="raise", over="raise"):  # NaN is no integer
            made[name] = (dims, np.ascontiguousarray(values).astype(dtype), about["attrs"])
    return xr.Dataset({n: v for n, v in made.items() if n != axis}, coords={axis: made[axis]}, attrs=head["attrs"])


def _numbers(path: str | os.PathLike[str], lines: Sequence[str], width: int) -> FloatArray:
    values = array("d")
    for at, line in enumerate(lines, 1):
        if at <= 2 or not line.strip():
            continue
        row: list[float] = []
        if line.count(",") == width - 1:
            try:
                row = list(map(float, line.split(",")))
            except ValueError:
                row = []
        if not row:
            raise ReadError(path, f"line {at}", f"{width} numbers separated by commas", repr(line[:60]))
        values.fromlist(row)
    return np.frombuffer(values).reshape(-1, max(width, 1)) if values else np.empty((0, width))


def _names(ds: xr.Dataset, name: str) -> list[str]:
    """Names of the columns of a variable; that of flags says what each bit means."""
    if name == "signal_modes":
        return [f"mode {i + 1}" for i in range(ds.sizes["mode"])]
    if name == "flag":
        return [f"flag [{' + '.join(f'{bit} {word}' for word, bit in data.FLAGS.items())}]"]
    quantity = str(ds.attrs.get("quantity", "signal"))
    shown = {"signal": quantity, "signal_sd": f"{quantity} sd"}.get(name, name)
    return [f"{shown} [{ds[name].attrs.get('units', '')}]".replace(",", " ").replace("\n", " ")]
