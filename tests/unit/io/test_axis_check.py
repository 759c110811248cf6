from __future__ import annotations

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io.axis_check import checked

X = [500.0, 501.0, 502.0]


@pytest.mark.parametrize("where", [None, "line {}".format])
def test_positions_that_run_one_way_are_kept(where) -> None:  # type: ignore[no-untyped-def]
    for x in (X, X[::-1], X[:1]):
        name, kept, notes = checked("wavelength", np.array(x), "a", where)
        assert (name, list(kept), notes) == ("wavelength", x, [])


@pytest.mark.parametrize(
    ("x", "says"),
    [([500, 500, 501], "one way"), ([500, 502, 501], "one way"), ([500, np.inf, 501], "not finite")],
)
def test_computed_positions_that_are_no_axis_become_pixels(x: list[float], says: str) -> None:
    name, kept, notes = checked("wavelength", np.array(x))
    assert name == "pixel" and list(kept) == [0, 1, 2] and says in notes[0]


def test_positions_written_one_by_one_are_refused_where_they_repeat_or_are_missing() -> None:
    for x, message in (
        ([500, 501, 500], "line 2.*every wavelength once, found 500 nm twice"),
        ([500, np.nan, 501], "line 1.*expected a wavelength, found none"),
        ([], "positions of the wavelength axis"),
    ):
        with pytest.raises(ReadError, match=message):
            checked("wavelength", np.array(x, dtype=float), "a.txt", "line {}".format)
    name, kept, notes = checked("wavelength", np.array([500.0, 502, 501]), "a.txt", "line {}".format)
    assert (name, list(kept)) == ("wavelength", [500, 502, 501]) and "ascending" in notes[0]


@pytest.mark.parametrize("where", [None, "line {}".format])
def test_no_light_has_a_wavelength_of_zero(where) -> None:  # type: ignore[no-untyped-def]
    assert checked("wavelength", np.array([-1.0, 0, 1]), "a", where)[0] == "pixel"
    assert checked("raman_shift", np.array([-1.0, 0, 1]), "a", where)[0] == "raman_shift"
