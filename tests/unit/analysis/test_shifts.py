"""Peaks of two series over temperature, of Gaussians whose peaks are known."""

import json

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
    spread = np.sqrt(covariance[2, 2] + covariance[3, 3] - 2 * covariance[2, 3]) * max(1.0, result.reduced_chi2) ** 0.5
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
    assert result.reduced_chi2 > 5 and any("scatter about their lines" in w for w in result.warnings)
    calm = compare_shifts([emission(t) for t in T], [emission(t, seed=1) for t in T])
    assert result.same.difference.sd > 3 * calm.same.difference.sd


def test_what_cannot_be_used_is_named():
    up = [*(emission(t) for t in T), data.with_attrs(emission(305.0), temperature_k=4040.4)]
    result = compare_shifts(up, [emission(t, seed=1) for t in T])
    assert any("4040.4 K is absurd" in w for w in result.warnings)


def test_a_peak_at_the_end_is_left_out_and_named():
    """Cut at 1.937 eV the peaks of the hot steps are lost; those left move as they did."""
    cut = [emission(t).sel(energy=slice(1.937, 2.15)) for t in T]
    result = compare_shifts(cut, [emission(t, seed=1) for t in T])
    lost = [w for w in result.warnings if "highest at an end" in w]
    assert 2 <= len(lost) <= 4 and all("left out" in w for w in lost)
    assert result.curves.sizes["step"] == 14 - len(lost)
    assert abs(result.up_mev_per_k.value + 0.3) < 3 * result.up_mev_per_k.sd < 0.03
    none = [emission(t).sel(energy=slice(1.97, 2.15)) for t in T]
    with pytest.raises(DataError, match="highest at an end of the data"):
        compare_shifts(none, [emission(t, seed=1) for t in T])


def filtered(ds, cut_nm, width_nm=0.7):
    wavelength = data.wavelength_and_energy(ds)[0]
    passed = 1 / (1 + np.exp(np.clip((wavelength - cut_nm - 4 * width_nm) / width_nm, -300, 300)))
    return ds.assign(signal=ds.signal.copy(data=ds.signal.values * passed))


def test_peaks_behind_a_filter():
    """An edge holds the peaks of the hot steps back; nobody says so, then somebody does."""
    up, down = [filtered(emission(t), 632.0) for t in T], [emission(t, seed=1) for t in T]
    unsaid = compare_shifts(up, down)
    assert unsaid.same.difference.low > 0.02 and unsaid.same.outcome == "inconclusive"
    assert any("short-pass filter" in w for w in unsaid.warnings)
    assert not any("filter" in w for w in compare_shifts([emission(t) for t in T], down).warnings)
    up = [data.with_attrs(filtered(emission(t), 642.0), bandpass_nm=1.0) for t in T]
    said = compare_shifts(up, down, cut_nm=642.0)
    assert any("left out" in w for w in said.warnings)
    assert abs(said.same.difference.value) < 3 * said.same.difference.sd < 0.05
    with pytest.raises(DataError, match="samples are left"):
        compare_shifts(up, down, cut_nm=1.93)


def test_a_spectrum_that_cannot_be_used_is_left_out():
    up = [emission(t) for t in T]
    up[2] = up[2].assign(signal=up[2].signal * 0)
    result = compare_shifts(up, [emission(t, seed=1) for t in T])
    assert result.curves.sizes["step"] == 13 and any("left out" in w for w in result.warnings)


def test_swapped_or_completed_series_are_refused():
    up, down = [emission(t, excitation_nm=660.0) for t in T], [emission(t, excitation_nm=400.0, seed=1) for t in T]
    with pytest.raises(DataError, match="up is excited at 400 nm, down at 660 nm: are they swapped"):
        compare_shifts(down, up)
    up[0] = data.with_attrs(up[0], corrections=json.dumps({"completion": {}}))
    with pytest.raises(DataError, match="with itself"):
        compare_shifts(up, down)


def test_one_temperature_has_no_slope():
    up = [emission(300.0), emission(300.2, seed=3)]
    with pytest.raises(DataError, match="up-converted emission is all of one temperature"):
        compare_shifts(up, [emission(t, seed=1) for t in T])
    with pytest.raises(ValueError, match="margin_mev_per_k"):
        compare_shifts(up, up, margin_mev_per_k=0.0)


def test_result_goes_to_tables_and_json():
    result = compare_shifts([emission(t) for t in T], [emission(t, seed=1) for t in T])
    assert str(result).startswith(result.title) and "supports" in str(result)
    assert "shift of the up-converted emission" in [label for _, rows in as_tables(result) for label, _ in rows]
    assert as_dict(result)["same"]["outcome"] == "supports"
    assert set(result.curves.conversion.values) == {"up", "down"}
