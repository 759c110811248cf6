import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.correction import correct_response, response_at, shared_rows
from antistokes.analysis.factors import response_from_factors


def response(slope=0.004, name="factors.csv", **stated):
    nodes = np.arange(480.0, 721.0, 20.0)
    factors = data.build("wavelength", nodes, 1 / (1 + slope * (nodes - 480)), medium="air", source={"file": name})
    return response_from_factors(factors, gives="photons_per_nm", relative_sd=0.02, **stated)


def counts(low, high, step=1.0):
    x = np.arange(low, high, step)
    return data.build(
        "wavelength", x, 1e4 + 0 * x, kind="emission", quantity="counts", medium="air", signal_sd=np.ones(x.size)
    )


@pytest.mark.parametrize("correlation_nm", [0.0, 60.0])
def test_errors_of_one_response_are_the_same_on_every_grid(correlation_nm):
    known = response(correlation_nm=correlation_nm)
    blue, red = correct_response(counts(500, 640), known), correct_response(counts(560.5, 700, 0.7), known)
    own, other = shared_rows(blue, red)
    modes = [np.asarray(ds["signal_modes"].values / ds["signal"].values) for ds in (blue, red)]
    at, grid = known.curves["response_modes"].values, known.curves["wavelength"].values
    for ds, rows, there in ((blue, own, modes[0]), (red, other, modes[1])):
        expected = [np.interp(ds["wavelength"], grid, row) for row in at]
        assert_allclose(there[rows], expected, atol=1e-12)
    middle = [m[:, np.argmin(np.abs(ds["wavelength"].values - 600))] for m, ds in zip(modes, (blue, red), strict=True)]
    assert_allclose(middle[0][own] @ middle[1][other], middle[0] @ middle[0], rtol=0.02)  # within .3 nm


def test_a_name_does_not_make_two_responses_one():
    first, second = correct_response(counts(500, 600), response()), correct_response(counts(500, 600), response(0.005))
    assert shared_rows(first, second)[0].size == 0
    again = correct_response(counts(500, 600), response(name="a copy of the file.csv"))
    assert shared_rows(first, again)[0].size == first.sizes["mode"]


def test_errors_that_are_not_of_the_response_are_not_shared():
    ds = counts(500, 600)
    own = ds.assign(signal_modes=(("mode", "wavelength"), np.full((2, 100), 5.0), {"units": "counts"}))
    known = response()
    rows, others = shared_rows(correct_response(own, known), correct_response(ds, known))
    assert rows.min() == 2 and others.min() == 0 and rows.size == others.size


def test_the_response_between_its_samples():
    known = response()
    assert_allclose(response_at(known, np.array([500.0, 660.0])), np.array([1.08, 1.72]) / 1.96, rtol=1e-9)
