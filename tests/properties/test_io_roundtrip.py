"""What is written comes back; one table reads equal however it is dressed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antistokes import data, io

NUMBERS = st.floats(-1e300, 1e300, allow_nan=False)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FREE = st.dictionaries(
    st.sampled_from(["instrument", "acquired_at", "operator", "scans"]),
    st.one_of(WORDS, st.integers(-(2**62), 2**62), st.floats(allow_nan=False, allow_infinity=False)),
)
KNOWN = st.dictionaries(st.sampled_from(["excitation_nm", "temperature_k"]), st.floats(1e-3, 1e6))


@st.composite
def measurements(draw: st.DrawFn) -> xr.Dataset:
    size = draw(st.integers(1, 20))
    x = draw(hnp.arrays(float, size, elements=st.floats(1e-3, 1e5), unique=True))
    quantity = draw(st.sampled_from([None, *data.QUANTITIES]))
    signal = draw(signals(size))
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["signal_sd"] = draw(hnp.arrays(float, size, elements=st.floats(0, 1e300)))
    if draw(st.booleans()):
        more["signal_modes"] = draw(hnp.arrays(float, (draw(st.integers(1, 3)), size), elements=NUMBERS))
    if draw(st.booleans()):
        most = sum(data.FLAGS.values()) - (data.FLAGS["missing"] if signal.dtype.kind in "iu" else 0)
        flag = draw(hnp.arrays(np.uint8, size, elements=st.integers(0, 31))) & np.uint8(most)
        missing = (flag & data.FLAGS["missing"]) > 0
        signal = np.where(missing, np.nan, signal) if missing.any() else signal
        more["flag"] = flag
        if "signal_sd" in more and draw(st.booleans()):
            more["signal_sd"] = np.where(missing, np.nan, more["signal_sd"])  # unknown where the value is
    return data.build(
        draw(st.sampled_from(["wavelength", "energy"])),
        x,
        signal,
        kind=draw(st.sampled_from(data.KINDS)),
        quantity=quantity,
        notes=draw(st.lists(WORDS, max_size=3)),
        **more,
        **draw(FREE),
        **draw(KNOWN),
    )


@st.composite
def signals(draw: st.DrawFn, size: int) -> np.ndarray:
    """Real numbers, or whole ones as cameras write them, as far as floating point holds them."""
    dtype = np.dtype(draw(st.sampled_from([float, np.float32, np.uint16, np.int32, np.int64])))
    if dtype.kind == "f":
        elements = NUMBERS if dtype.itemsize == 8 else st.floats(-(2.0**99), 2.0**99, width=32)
        return draw(hnp.arrays(dtype, size, elements=elements))
    ends = np.iinfo(dtype)
    return draw(hnp.arrays(dtype, size, elements=st.integers(max(ends.min, -(2**53)), min(ends.max, 2**53))))


@pytest.mark.parametrize("suffix", [".csv", ".nc"])
@settings(max_examples=60)
@given(ds=measurements())
def test_written_and_read_back_is_identical(suffix: str, ds: xr.Dataset) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        io.write(ds, path)
        back = io.read(path)
    xr.testing.assert_identical(back, ds)
    assert {k: type(v) for k, v in back.attrs.items()} == {k: type(v) for k, v in ds.attrs.items()}
    assert {n: v.dtype for n, v in back.variables.items()} == {n: v.dtype for n, v in ds.variables.items()}
    for name in ds.variables:
        came, went = back[name].values, ds[name].values
        np.testing.assert_array_equal(came, went)
        there = ~np.isnan(went)
        np.testing.assert_array_equal(np.signbit(came)[there], np.signbit(went)[there])  # -0.0 stays


ENGLISH, CHINESE, GERMAN = ("Wavelength (nm)", "run"), ("波长(nm)", "强度"), ("Wellenlänge (nm)", "Höhe_25°_")
DRESSES = [
    *((encoding, ENGLISH) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")),
    *((encoding, CHINESE) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")),
    *((encoding, GERMAN) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")),
]


@given(
    values=hnp.arrays(float, st.tuples(st.integers(3, 12), st.integers(1, 4)), elements=st.floats(-1e6, 1e6)),
    first=st.floats(200, 900),
    dialect=st.sampled_from([(",", "."), ("\t", "."), (";", "."), (" ", "."), ("\t", ","), (";", ","), ("  ", ",")]),
    dress=st.sampled_from(DRESSES),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    trailing=st.booleans(),
    descending=st.booleans(),
)
def test_one_table_in_every_dress(
    values: np.ndarray,
    first: float,
    dialect: tuple[str, str],
    dress: tuple[str, tuple[str, str]],
    end: str,
    trailing: bool,
    descending: bool,
) -> None:
    (delimiter, decimal), (encoding, (axis, name)) = dialect, dress
    x = first + np.arange(len(values))
    rows = [[repr(float(v)).replace(".", decimal) for v in row] for row in np.column_stack([x, values])]
    names = [axis, *(f"{name}{n}" for n in range(values.shape[1]))]
    tail = delimiter if trailing else ""
    lines = [delimiter.join(row) + tail for row in [names, *(rows[::-1] if descending else rows)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes((end.join(lines) + end).encode(encoding))
        found = io.read_all(path, medium="air")
    assert [data.json_attr(ds, "source", {})["column"] for ds in found] == names[1:]
    for ds, column in zip(found, values.T, strict=True):
        np.testing.assert_array_equal(ds["wavelength"], x)
        np.testing.assert_array_equal(ds["signal"], column)


@given(raw=st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_a_read_error(raw: bytes) -> None:
    check_reads_or_refuses(raw)


@given(
    cells=st.lists(
        st.lists(
            st.sampled_from(["400", "401", "402.5", "1,5", "1e3", "", "x", "nm", '"', "nan", "-", "1D2", "9" * 400]),
            max_size=4,
        ),
        max_size=8,
    ),
    delimiter=st.sampled_from([",", "\t", ";", " "]),
)
def test_no_table_leads_to_anything_but_a_read_error(cells: list[list[str]], delimiter: str) -> None:
    check_reads_or_refuses("\n".join(delimiter.join(row) for row in cells).encode())


def check_reads_or_refuses(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(raw)
        try:
            found = io.read_all(path)
        except io.ReadError as error:
            assert error.expected
            assert error.found
        else:
            assert all(data.check(ds) is ds for ds in found)
