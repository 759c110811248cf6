"""Reading a file takes no more memory than three times the file, or what it gives, and a constant.

The limit is: peak of traced memory (numpy included) <= 3 * max(bytes of the file, bytes of the measurements) + 32 MB.
The file alone cannot be the measure: text of one digit and one comma becomes a number of 8 bytes, a packed one a
thousand times as much. The bytes of the measurements are those of their variables (axis, signal, uncertainty, flags),
of one that several share in memory once. Here the constant is smaller, so that a reader that begins to take more is
seen before it comes near the limit.

A workbook takes 88 bytes a row more while it is read: openpyxl keeps an empty element of each row of XML.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data
from bench import memory

SHORT_AND_LONG = [
    pytest.param(1_000_000, 2_200_000, id="short"),
    pytest.param(25_000_000, 8_000_000, id="long", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("size", "free"), SHORT_AND_LONG)
@pytest.mark.parametrize("name", memory.FAMILIES)
def test_peak_while_reading(name: str, size: int, free: int, tmp_path: Path) -> None:
    returned, peak = memory.returned_and_peak(name, tmp_path, size)
    made = (tmp_path / memory.FAMILIES[name].file).stat().st_size
    assert made > 0.7 * size / (memory.WORKBOOK if name == "excel" else 1)
    free += 88 * 1_048_576 if name == "excel" and size > 10_000_000 else 0
    most = memory.TIMES * max(made, returned) + free
    assert peak <= most, f"{peak / 1e6:.1f} MB for a file of {made / 1e6:.1f} MB that gives {returned / 1e6:.1f} MB"


def test_what_is_shared_counts_once() -> None:
    x = np.linspace(400, 500, 1000)
    one, two = (data.build("wavelength", x, y, kind="emission") for y in (x, 2 * x))
    separate = sum(ds[name].nbytes for ds in (one, two) for name in ds.variables)
    assert memory.returned_bytes([one, one]) <= memory.returned_bytes([one, two]) <= separate
    assert memory.returned_bytes([one, one]) == one.nbytes
