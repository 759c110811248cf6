from __future__ import annotations

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io import rows


def test_a_last_line_without_end_is_left_out() -> None:
    assert rows.whole_lines("a", b"1\n2\n", ["1", "2"], strict=True) == (["1", "2"], [])
    lines, notes = rows.whole_lines("a", b"1\n2", ["1", "2"], strict=False)
    assert lines == ["1"] and "may be cut" in notes[0]
    with pytest.raises(ReadError, match="line 2"):
        rows.whole_lines("a", b"1\n2", ["1", "2"], strict=True)


def test_infinities_of_java_are_missing() -> None:
    block = rows.numbers_between("a", ["x", "1\t-Infinity", "2\t?", "3\t∞", "4\t5"], 1, 5)
    assert list(block.lines) == [2, 3, 4, 5]
    values, flag, notes = rows.missing_flag(block.values[:, 1])
    assert np.isnan(values[:3]).all() and values[3] == 5 and list(flag) == [8, 8, 8, 0]
    assert notes == ["3 values missing or infinite"]


def test_axes() -> None:
    where = ["line 1", "line 2", "line 3"]
    assert rows.axis_of_wavelengths("a", np.array([3.0, 2, 1]), where)[2] == ["medium not stated, read as air"]
    assert "do not run one way" in rows.axis_of_wavelengths("a", np.array([1.0, 3, 2]), where)[2][0]
    axis, x, notes = rows.axis_of_wavelengths("a", np.array([-1.0, 0, 1]), where)
    assert axis == "pixel" and list(x) == [0, 1, 2] and "not all positive" in notes[0]
    for bad, message in (([1.0, 2, 1], "line 3.*1 nm twice"), ([1.0, np.nan, 2], "line 2"), ([], "wavelengths")):
        with pytest.raises(ReadError, match=message):
            rows.axis_of_wavelengths("a", np.array(bad), where)
