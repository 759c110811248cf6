from __future__ import annotations

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io.matrix import read_matrix, require_distinct

ROWS = ["x\t1\t2", "10\t0.5\t-1e3", "20\t\t4"]


@pytest.mark.parametrize("end", ["", "\t"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_whatever_the_sign_and_the_end_of_the_line(decimal: str, end: str) -> None:
    lines = [line.replace(".", decimal) + end for line in ROWS]
    matrix = read_matrix("f", ["", *lines, "", "below"], 1)
    assert matrix.columns.tolist() == [1, 2] and matrix.rows.tolist() == [[10], [20]] and matrix.corner == "x"
    np.testing.assert_array_equal(matrix.values, [[0.5, -1000], [np.nan, 4]])
    assert matrix.stop == 4 and matrix.notes == ("1 lines below the matrix left out",)


@pytest.mark.parametrize(
    ("line", "found"), [("30\tx\t1", "line 4.*'x'"), ("30\t1", "line 4.*3 cells"), ("30\t1e999\t1", "line 4.*1e999")]
)
def test_a_row_that_does_not_fit_is_named(line: str, found: str) -> None:
    with pytest.raises(ReadError, match=found):
        read_matrix("f", [*ROWS, line, "40\t1\t2"], 0)


def test_a_point_is_no_number_where_the_comma_is_the_sign() -> None:
    with pytest.raises(ReadError, match=r"'1\.5'"):
        read_matrix("f", ["x\t1\t2", "10\t0,5\t1", "20\t3\t1", "30\t1.5\t2"], 0)


def test_positions_that_repeat() -> None:
    require_distinct("f", {"a": np.array([3.0, 1.0, 2.0]), "b": np.array([3.0, 2.0, 1.0])})
    with pytest.raises(ReadError, match="position of a once"):
        require_distinct("f", {"a": np.array([3.0, 1.0, 3.0])})
