import json
import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.estimate import Estimate, exact, from_draws, normal


def test_an_estimate_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        exact(1.0, "nm", "given").value = 2.0


def test_exact_has_no_interval():
    number = exact(660, "nm", "set by the user")
    assert (number.value, number.unit, number.how, number.kind) == (660.0, "nm", "set by the user", "value")
    assert math.isnan(number.sd) and math.isnan(number.low) and math.isnan(number.high)


def test_normal_interval():
    number = normal(10.0, 2.0, "meV", "propagated")
    assert_allclose([number.low, number.high], [10 - 3.919928, 10 + 3.919928], rtol=1e-6)
    narrow = normal(10.0, 2.0, "meV", "propagated", level=0.6826894921)
    assert_allclose([narrow.low, narrow.high, narrow.level], [8.0, 12.0, 0.6826894921])


def test_interval_of_draws_is_equal_tailed_and_may_be_skew():
    number = from_draws(1.0, np.arange(101)[::-1] ** 2, "nm", "Monte Carlo", level=0.9)
    assert (number.low, number.high) == (25.0, 95.0**2)
    assert_allclose(number.sd, np.std(np.arange(101.0) ** 2, ddof=1))


def test_draws_beyond_the_data_leave_an_end_open():
    number = from_draws(1000.0, [990.0, 995.0, 1000.0, 1005.0, math.inf], "nm", "Monte Carlo")
    assert number.high == math.inf and number.low == 990.0 and math.isnan(number.sd)
    assert str(number) == "1000 (990 to unbounded) nm"
    below = from_draws(0.0, [-math.inf, 0.0, 1.0], "nm", "Monte Carlo")
    assert str(below) == "0.0 (-unbounded to 1.0) nm"


@pytest.mark.parametrize("draws", [[], [1.0], [1.0, math.nan, 2.0]])
def test_draws_must_be_at_least_two_and_numbers(draws):
    with pytest.raises(ValueError, match="at least two draws and no NaN"):
        from_draws(1.0, draws, "nm", "Monte Carlo")


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (normal(300.05, 0.31, "K", ""), "300.05 (299.44 to 300.66) K"),
        (normal(0.9872, 0.00123, "1", ""), "0.9872 (0.9848 to 0.9896)"),
        (normal(1234.5, 61.0, "cm^-1", ""), "1234 (1115 to 1354) cm^-1"),
        (exact(0.0001, "cm^-1", ""), "1.000e-04 cm^-1"),
        (exact(0.001, "cm^-1", ""), "0.001000 cm^-1"),
        (normal(1e-4, 1e-5, "cm^-1", ""), "1.00e-04 (8.04e-05 to 1.20e-04) cm^-1"),
        (exact(660, "nm", ""), "660.0 nm"),
        (exact(0, "nm", ""), "0 nm"),
        (Estimate(5.0, low=-math.inf, high=5.0, unit="meV", kind="upper limit"), "< 5.000 meV"),
        (Estimate(5.0, unit="meV", kind="lower limit"), "> 5.000 meV"),
        (Estimate(1021.5, low=1011.2, high=1021.8, unit="nm"), "1021.50 (1011.20 to 1021.80) nm"),
    ],
)
def test_text_shows_two_digits_of_the_smaller_arm(estimate, text):
    assert str(estimate) == text


def test_as_dict_is_json_without_nan():
    number = Estimate(1.0, low=0.5, high=math.inf, unit="eV", how="fit")
    assert json.loads(json.dumps(number.as_dict(), allow_nan=False)) == {
        "value": 1.0,
        "sd": None,
        "low": 0.5,
        "high": None,
        "level": 0.95,
        "unit": "eV",
        "how": "fit",
        "kind": "value",
    }


def test_scaled_changes_all_four_numbers_and_the_unit():
    number = normal(0.11, 0.01, "eV", "fit", level=0.9).scaled(1e3, "meV")
    assert_allclose([number.value, number.sd, number.low, number.high], [110, 10, 93.5515, 126.4485], rtol=1e-6)
    assert (number.unit, number.level, number.how) == ("meV", 0.9, "fit")


def test_scaled_keeps_the_kind_and_open_ends():
    number = Estimate(5.0, low=-math.inf, high=5.0, unit="eV", kind="upper limit").scaled(1e3, "meV")
    assert (number.kind, number.low, number.high) == ("upper limit", -math.inf, 5e3)
