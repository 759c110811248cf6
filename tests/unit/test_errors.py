import pickle
from pathlib import Path

import pytest

from antistokes import errors
from antistokes.errors import DataError, FitError, ReadError


def test_every_own_error_is_a_value_error_and_stands_in_the_tree():
    own = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert {e.__name__ for e in own} == {"ReadError", "DataError", "FitError"}
    assert all(issubclass(e, ValueError) and e.__name__ in errors.__doc__ for e in own)


def test_read_error_says_where_expected_found_and_what_to_do():
    error = ReadError(Path("pl.csv"), "line 3, column 'If'", "a number", "'abc'", "Remove the line.")
    assert str(error) == "pl.csv, line 3, column 'If': expected a number, found 'abc'. Remove the line."
    assert (error.path, error.where, error.expected, error.found) == (
        "pl.csv",
        "line 3, column 'If'",
        "a number",
        "'abc'",
    )


def test_read_error_without_place_or_advice():
    assert str(ReadError("pl.csv", "", "a table", "nothing")) == "pl.csv: expected a table, found nothing."


def test_fit_error_carries_the_last_estimate():
    with pytest.raises(FitError, match="did not converge") as caught:
        raise FitError("did not converge", {"temperature_k": 301.0})
    assert caught.value.last_estimate == {"temperature_k": 301.0}


@pytest.mark.parametrize(
    "error", [ReadError("a.csv", "line 1", "x", "y", "z"), DataError("bad"), FitError("bad", last_estimate=[1.0])]
)
def test_errors_come_back_from_another_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
