"""Peaks of two series over temperature, of Gaussians whose peaks are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import curve_fit

from antistokes import data
from antistokes.analysis.result import as_dict, as_tables
from antistokes.analysis.shifts import compare_shifts
from antistokes.errors import DataError

EV = np.linspace(1.75, 2.15, 201)
T = (300.0, 310.0, 320.0, 330.0, 340.0, 350.0, 360.0)


def emission(t, slope=-0.3, bend=0.0, offset=0.0, noise=1e-3, seed=0, **attrs):
    centre = 1.96 + 1e-3 * (offset + slope * (t - 300) + bend * (t - 300) ** 2)
    rng = np.random.default_rng([seed, int(10 * t)])
    y = np.exp(-0.5 * ((EV - centre) / 0.03) ** 2) + noise * rng.standard_normal(EV.size)
    stated = {"kind": "emission", "quantity": "photons_per_ev", "medium": "vacuum", "temperature_k": t}
    return data.build("energy", EV, y, signal_sd=np.full(EV.size, noise), **stated | attrs)


def test_slopes_offset_and_difference():
    up = [emission(t, slope=-0.32, offset=-2.0) for t in T]
    down = [emission(t, slope=-0.30, seed=1) for t in T]
    result = compare_shifts(up, down)
    assert_allclose(result.up_mev_per_k.value, -0.32, atol=2e-3)
    assert_allclose(result.down_mev_per_k.value, -0.30, atol=2e-3)
    assert_allclose(result.same.difference.value, -0.02, atol=3e-3)
    assert_allclose(result.offset_mev.value, -2.0 - 0.02 * 30, atol=0.1)
    assert result.temperature_k == 330.0


@pytest.mark.parametrize(
    ("slope", "outcome"), [(-0.30, "supports"), (-0.32, "inconclusive"), (-0.35, "contradicts"), (-0.25, "contradicts")]
)
def test_equivalence_has_three_answers(slope, outcome):
    down = [emission(t, seed=1) for t in T]
    assert compare_shifts([emission(t, slope=slope) for t in T], down).same.outcome == outcome


def test_slopes_are_those_of_curve_fit():
    up, down = [emission(t, noise=5e-3) for t in T], [emission(t, seed=1, noise=5e-3) for t in T]
    result = compare_shifts(up, down)
    curves = result.curves
    x, y, sd = curves.temperature.values - 330, 1e3 * curves.peak_ev.values, 1e3 * curves.peak_sd.values
    is_up = curves.conversion.values == "up"

    def lines(_, a, b, c, d, bend):
        return np.where(is_up, a + c * x, b + d * x) + bend * x**2

    best, covariance = curve_fit(lines, x, y, [1960, 1960, -0.3, -0.3, 0], sd, absolute_sigma=True)
    assert_allclose([result.up_mev_per_k.value, result.down_mev_per_k.value], best[2:4], rtol=1e-5)
    spread = np.sqrt(covariance[2, 2] + covariance[3, 3] - 2 * covariance[2, 3]) * max(1.0, result.scatter) ** 0.5
    assert_allclose(result.same.difference.sd, spread, rtol=1e-3)


def test_a_gap_that_closes_ever_faster_does_not_split_series_over_other_temperatures():
    bend = -2e-3  # meV/K^2, ten times that of CdSe
    up = [emission(t, bend=bend) for t in T[:5]]
    down = [emission(t, bend=bend, seed=1) for t in T]
    result = compare_shifts(up, down)
    assert result.same.outcome == "supports"
    assert_allclose(result.up_mev_per_k.value, -0.3 + 2 * bend * (result.temperature_k - 300), atol=5e-3)


def test_three_temperatures_make_straight_lines():
    result = compare_shifts([emission(t) for t in T[::3]], [emission(t, seed=1) for t in T[::3]])
    assert_allclose(result.down_mev_per_k.value, -0.3, atol=3e-3)


def test_scatter_of_the_temperature_widens_the_interval():
    jitter = np.random.default_rng(4).normal(0, 3.0, 7)
    up = [data.with_attrs(emission(t + d), temperature_k=t) for t, d in zip(T, jitter, strict=True)]
    result = compare_shifts(up, [emission(t, seed=1) for t in T])
    assert result.scatter > 5 and any("scatter about their lines" in w for w in result.warnings)
    calm = compare_shifts([emission(t) for t in T], [emission(t, seed=1) for t in T])
    assert result.same.difference.sd > 3 * calm.same.difference.sd


def test_what_cannot_be_used_is_named():
    up = [*(emission(t) for t in T), data.with_attrs(emission(305.0), temperature_k=4040.4)]
    result = compare_shifts(up, [emission(t, seed=1) for t in T])
    assert any("4040.4 K is absurd" in w for w in result.warnings)


def test_a_peak_at_the_end_is_named():
    cut = [emission(t).sel(energy=slice(1.97, 2.15)) for t in T]
    result = compare_shifts(cut, [emission(t, seed=1) for t in T])
    assert sum("highest at an end" in w for w in result.warnings) >= 5


def test_one_temperature_has_no_slope():
    up = [emission(300.0), emission(300.2, seed=3)]
    with pytest.raises(DataError, match="up-converted emission is all of one temperature"):
        compare_shifts(up, [emission(t, seed=1) for t in T])
    with pytest.raises(ValueError, match="margin_mev_per_k"):
        compare_shifts(up, up, margin_mev_per_k=0.0)


def test_result_goes_to_tables_and_json():
    result = compare_shifts([emission(t) for t in T], [emission(t, seed=1) for t in T])
    assert "shift of the up-converted emission" in [label for _, rows in as_tables(result) for label, _ in rows]
    assert as_dict(result)["same"]["outcome"] == "supports"
    assert set(result.curves.conversion.values) == {"up", "down"}
