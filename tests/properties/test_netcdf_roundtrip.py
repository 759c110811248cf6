"""Frames, positions, flags and whole numbers come back from NetCDF as they were."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antistokes import data, io

TYPES = [np.uint8, np.uint16, np.int32, np.int64, np.float32, np.float64]


def positions(draw: st.DrawFn, axis: str, size: int) -> np.ndarray:
    low = 1e-3 if axis in data.POSITIVE_AXES else -1e5
    return draw(hnp.arrays(float, size, elements=st.floats(low, 1e5), unique=True))


@st.composite
def measurements(draw: st.DrawFn) -> xr.Dataset:
    dims = draw(st.lists(st.sampled_from(sorted(data.AXES)), min_size=1, max_size=3, unique=True))
    shape = tuple(draw(st.integers(1, 5)) for _ in dims)
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    elements: dict[str, Any] = {"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else {}
    signal = draw(hnp.arrays(dtype, shape, elements=hnp.from_dtype(dtype, **elements)))
    flag = draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, 31)))
    if dtype.kind == "f":
        signal = np.where(flag & data.FLAGS["missing"], np.nan, signal).astype(dtype)
    else:
        flag &= np.uint8(31 - data.FLAGS["missing"])  # a whole number cannot say that it is missing
    units = {"abscissa": draw(st.sampled_from(["Hz", "G", "arb. units"])), "x": "um"}
    return data.build(
        dims[-1],
        positions(draw, dims[-1], shape[-1]),
        signal,
        along={d: positions(draw, d, n) for d, n in zip(dims[:-1], shape[:-1], strict=True)},
        axis_units={d: u for d, u in units.items() if d in dims},
        flag=flag,
        kind=draw(st.sampled_from(data.KINDS)),
        quantity=draw(st.sampled_from([None, *data.QUANTITIES])),
        exposures=draw(st.none() | st.integers(2, 10**9)),
        rate=draw(st.sampled_from([None, data.RATE])),
        raw_metadata=draw(st.dictionaries(st.text("aβ°", max_size=3), st.text("x\n", max_size=3), max_size=2)) or None,
    )


@settings(max_examples=60)
@given(ds=measurements())
def test_written_and_read_back_is_identical(ds: xr.Dataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nc"
        io.write(ds, path)
        back = io.read(path)
    xr.testing.assert_identical(back, ds)
    assert {k: type(v) for k, v in back.attrs.items()} == {k: type(v) for k, v in ds.attrs.items()}
    assert {n: v.dtype for n, v in back.variables.items()} == {n: v.dtype for n, v in ds.variables.items()}
