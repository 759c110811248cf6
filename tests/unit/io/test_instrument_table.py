from __future__ import annotations

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io import instrument_table


def test_a_last_line_without_end_is_left_out() -> None:
    assert instrument_table.whole_lines("a", b"1\n2\n", ["1", "2"], strict=True) == (["1", "2"], [])
    lines, notes = instrument_table.whole_lines("a", b"1\n2", ["1", "2"], strict=False)
    assert list(lines) == ["1"] and lines[0] == lines[-1] == "1" and "may be cut" in notes[0]
    with pytest.raises(ReadError, match="line 2"):
        instrument_table.whole_lines("a", b"1\n2", ["1", "2"], strict=True)


def test_a_part_of_the_lines_keeps_their_places() -> None:
    part = instrument_table.Part(["a", "b", "c", "d", "e"], 2, 4, str.upper, above="x")
    assert list(part) == [part[i] for i in range(len(part))] == ["", "x", "C", "D"]
    assert part[1:] == ["x", "C", "D"] and part[-1] == "D"
    with pytest.raises(IndexError):
        part[4]


def test_infinities_of_java_are_missing() -> None:
    block = instrument_table.numbers_between("a", ["x", "1\t-Infinity", "2\t?", "3\t∞", "4\t5"], 1, 5)
    assert list(block.lines) == [2, 3, 4, 5]
    values, flag, notes = instrument_table.missing_flag(block.values[:, 1])
    assert np.isnan(values[:3]).all() and values[3] == 5 and list(flag) == [8, 8, 8, 0]
    assert notes == ["3 values missing or infinite"]


def test_axes() -> None:
    where = "line {}".format
    assert instrument_table.axis_of_wavelengths("a", np.array([3.0, 2, 1]), where)[2] == [
        "medium not stated, read as air"
    ]
    assert "does not run one way" in instrument_table.axis_of_wavelengths("a", np.array([1.0, 3, 2]), where)[2][0]
    axis, x, notes = instrument_table.axis_of_wavelengths("a", np.array([-1.0, 0, 1]), where)
    assert axis == "pixel" and list(x) == [0, 1, 2] and "not positive" in notes[0]
    for bad, message in (
        ([1.0, 2, 1], "line 2.*1 nm twice"),
        ([1.0, np.nan, 2], "line 1"),
        ([], "positions of the wavelength axis"),
    ):
        with pytest.raises(ReadError, match=message):
            instrument_table.axis_of_wavelengths("a", np.array(bad), where)
