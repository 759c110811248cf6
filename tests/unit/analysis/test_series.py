"""The door of the temperature series: what cannot be used is named, the rest is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.analysis.series import matched, mean_difference, steps
from antistokes.errors import DataError


def spectrum(temperature_k: float | None, samples: int = 50, offset: float = 0.0, **attrs: Any) -> xr.Dataset:
    x = np.linspace(550.0, 650.0, samples)
    value = np.exp(-(((x - 620) / 20) ** 2)) + (temperature_k or 0.0) * 1e-5 + offset
    more = {} if temperature_k is None else {"temperature_k": temperature_k}
    return data.build("wavelength", x, value, kind="absorption", quantity="absorbance", **more, **attrs)


def test_a_rise_and_a_fall_are_two_branches() -> None:
    found, warnings = steps([spectrum(t, offset=i) for i, t in enumerate((300, 330, 360, 330, 300))], "absorption")
    assert [s.branch for s in found] == ["heating", "heating", "heating", "cooling", "cooling"]
    assert warnings == ()


def test_a_missing_branch_is_named() -> None:
    found, warnings = steps([spectrum(t, branch="heating") for t in (300, 330, 360)], "absorption")
    assert [s.branch for s in found] == ["heating"] * 3
    assert warnings == ("absorption: there is no cooling branch, so whether it is reversible is not tested.",)


@pytest.mark.parametrize("order", [(300, 330, 360), (360, 330, 300)])
def test_a_single_pass_has_no_branch(order: tuple[float, ...]) -> None:
    """So that a series listed downwards goes with one that is listed upwards."""
    found, warnings = steps([spectrum(t) for t in order], "absorption")
    assert {s.branch for s in found} == {""}
    assert len(warnings) == 1 and "a single pass" in warnings[0] and "not tested" in warnings[0]


def test_both_branches_in_the_order_of_file_names_ask_for_the_branch() -> None:
    _, warnings = steps([spectrum(t, offset=i) for i, t in enumerate((300, 300, 330, 330, 360, 360))], "absorption")
    assert any("state branch='heating' or 'cooling'" in w for w in warnings)


def test_an_absurd_temperature_is_named_and_the_rest_is_used() -> None:
    found, warnings = steps([spectrum(t) for t in (300, 4040.4, 360)], "absorption")
    assert [s.temperature_k for s in found] == [300, 360]
    assert "absorption 2" in warnings[0] and "4040.4 K is absurd" in warnings[0]


def test_an_array_of_another_length_is_named_and_used_on_its_own_grid() -> None:
    found, warnings = steps([spectrum(300), spectrum(330, samples=70), spectrum(360)], "absorption")
    assert len(found) == 3
    assert any("absorption 2" in w and "70 samples, most have 50" in w for w in warnings)


def test_repeated_temperatures_are_named_and_used() -> None:
    found, warnings = steps([spectrum(300), spectrum(330), spectrum(330.2), spectrum(360)], "absorption")
    assert len(found) == 4
    assert any("absorption 3" in w and "repeats the temperature of absorption 2" in w for w in warnings)


def test_a_copy_is_named_and_left_out() -> None:
    copy = data.with_attrs(spectrum(300), temperature_k=330.0)
    found, warnings = steps([spectrum(300), copy, spectrum(360)], "absorption")
    assert len(found) == 2
    assert "absorption 2" in warnings[0] and "same numbers as absorption 1" in warnings[0]


def test_a_spectrum_without_temperature_is_named() -> None:
    found, warnings = steps([spectrum(300), spectrum(None), spectrum(360)], "absorption")
    assert len(found) == 2
    assert "absorption 2" in warnings[0] and "states no temperature" in warnings[0]


def test_stated_branches_go_before_the_order() -> None:
    series = [spectrum(300, branch="cooling"), spectrum(360, branch="heating"), spectrum(330)]
    found, warnings = steps(series, "absorption")
    assert [s.branch for s in found] == ["cooling", "heating", ""]
    assert "1 of 3 spectra state no branch" in warnings[0]
    with pytest.raises(DataError, match="'heating' or 'cooling', found 'up'"):
        steps([spectrum(300, branch="up"), spectrum(330)], "absorption")


def test_an_order_that_is_neither_has_no_branches() -> None:
    found, warnings = steps([spectrum(t) for t in (300, 360, 330, 350)], "absorption")
    assert {s.branch for s in found} == {""}
    assert "neither rise nor fall" in warnings[0]


def test_degrees_celsius_are_suspected() -> None:
    assert any("degrees Celsius" in w for w in steps([spectrum(t) for t in (27, 57, 87)], "absorption")[1])


def test_too_few_is_an_error_that_says_why() -> None:
    with pytest.raises(DataError, match="1 of 2 spectra can be used.*absurd"):
        steps([spectrum(300), spectrum(4040.4)], "absorption")
    with pytest.raises(DataError, match="a list of spectra.*found a single spectrum"):
        steps(spectrum(300), "absorption")
    with pytest.raises(DataError, match="as ans.read.*found str"):
        steps(["abs_300K.csv"], "absorption")  # type: ignore[list-item]


def test_degrees_celsius_among_kelvins_are_left_out_and_a_cold_series_is_not() -> None:
    found, warnings = steps([spectrum(t) for t in (27, 310, 330, 360)], "absorption")
    assert [s.temperature_k for s in found] == [310, 330, 360]
    assert "27 K stands alone beside 310-360 K; degrees Celsius?" in warnings[0]
    cold, _ = steps([spectrum(t) for t in (20, 80, 150, 220, 300)], "absorption")
    assert len(cold) == 5


def test_repeats_are_averaged_before_branches_are_compared() -> None:
    """Two temperatures, four spectra each way: two pairs, not thirty-two."""
    given = [spectrum(t, offset=0.01 * i, branch=b) for i, (b, t) in enumerate(
        (b, t) for b in ("heating", "cooling") for t in (300, 360) for _ in range(4))]  # fmt: skip
    found, _ = steps(given, "absorption")
    pairs = matched(found)
    assert pairs == [([0, 1, 2, 3], [8, 9, 10, 11]), ([4, 5, 6, 7], [12, 13, 14, 15])]
    value = np.arange(16.0)
    assert mean_difference(pairs[0], value, np.ones(16)) == pytest.approx((8.0, 0.5**0.5))
