"""What a fitted line shape predicts in the red, against the truth of the virtual lab."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import antistokes as ans
from antistokes import units
from antistokes.analysis.lineshape import LineshapeFit, fit_lineshape
from antistokes.analysis.lineshape_tail import LineshapeTail, predict_tail
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.lab import spectra as lab
from antistokes.physics import presets

YIELD, BACKGROUND = 0.99, 1e-4
LASERS = (650.0, 660.0, 680.0)
SAMPLE = lab.Sample(
    inhomogeneous_width_mev=10.0, coupling=presets.preset("cdse-cds-zb").coupling, absorption_per_cm=3.0
)
EV = np.linspace(1.6, 2.4, 1601)


@cache
def fitted() -> LineshapeFit:
    spectra = lab.absorption_and_emission(
        SAMPLE, seed=1, photons=1e7, peak_photons=1e4, absorption_nm=np.arange(570.0, 720.5)
    )
    return fit_lineshape(*spectra, intervals="t")


@cache
def tail() -> LineshapeTail:
    return predict_tail(
        fitted(), excitation_nm=LASERS, external_yield=(YIELD, 1e-4), background_per_cm=(BACKGROUND, 1e-6)
    )


def energy(nm: float) -> float:
    return float(units.energy_from_wavelength(nm))


def mean_ev(nm: float) -> float:
    light = SAMPLE.photons_per_ev(EV, nm)
    return float(EV @ light / light.sum())


@cache
def efficiency() -> CubicSpline:
    """Of wavelength; the mean energy turns so slowly that a few values of it serve."""
    nm, coarse = np.arange(622.0, 716.0, 0.25), np.arange(620.0, 721.0, 10.0)
    mean = CubicSpline(coarse, [mean_ev(x) for x in coarse])(nm)
    ev = units.energy_from_wavelength(nm)
    alpha = SAMPLE.alpha_per_cm(ev)
    return CubicSpline(nm, YIELD * alpha / (alpha + BACKGROUND) * mean / ev - 1)


def holds(e: Estimate, true: float, widened: float = 0.5) -> bool:
    """Within the interval, widened by a part of itself on either side: one seed is no count."""
    room = widened * (e.high - e.low)
    return bool(e.low - room <= true <= e.high + room)


@pytest.mark.parametrize("nm", LASERS)
def test_gain_is_that_of_the_dots_which_the_laser_selects(nm: float) -> None:
    found = tail().gain_mev[f"gain by mean, {nm:g} nm"]
    assert holds(found, 1e3 * (mean_ev(nm) - energy(nm)))
    assert found.high - found.low < 10


@pytest.mark.parametrize("nm", LASERS)
def test_absorption_is_that_of_the_tail(nm: float) -> None:
    found = tail().relative_absorption[f"absorption over the first maximum's, {nm:g} nm"]
    first = float(SAMPLE.alpha_per_cm(tail().first_maximum_ev))
    assert holds(found, float(SAMPLE.alpha_per_cm(energy(nm))) / first)
    assert 0 < found.low < found.value < found.high


def test_window_ends_where_the_truth_stops_to_cool() -> None:
    blue, red = tail().blue_edge_nm, tail().red_edge_nm
    ends = efficiency().roots(extrapolate=False)
    assert len(ends) == 2 and efficiency()(ends.mean()) > 0
    assert blue is not None and red is not None
    assert holds(blue, ends[0]) and holds(red, ends[1])
    assert blue.high < red.low


def test_curves_and_ladder() -> None:
    found = tail()
    c = found.curves
    for name in ("absorption", "gain", "efficiency"):
        assert np.all(c[f"{name}_low"] <= c[f"{name}_high"])
    assert np.all(np.diff(c["absorption"]) > 0)
    assert c["absorption"][-1] == pytest.approx(float(SAMPLE.alpha_per_cm(found.first_maximum_ev)), rel=0.02)
    assert found.phonon_mev == 25.0
    np.testing.assert_allclose(-np.diff(found.ladder_ev), 0.025)
    assert found.ladder_ev[0] == pytest.approx(found.first_maximum_ev - 0.025)
    assert energy(720.0) < found.resolved_to_ev < found.first_maximum_ev


def test_without_a_yield_nothing_is_said_of_cooling() -> None:
    found = predict_tail(fitted(), excitation_nm=650.0, draws=20)
    assert found.blue_edge_nm is None and found.red_edge_nm is None
    assert "efficiency" not in found.curves
    assert list(found.gain_mev) == ["gain by mean, 650 nm"]


def test_a_seed_makes_it_come_back() -> None:
    first, again, other = (predict_tail(fitted(), excitation_nm=650.0, draws=20, seed=s) for s in (1, 1, 2))
    name = "gain by mean, 650 nm"
    assert first.gain_mev[name].low == again.gain_mev[name].low != other.gain_mev[name].low


def test_without_an_absorption_there_is_no_tail() -> None:
    emission = lab.absorption_and_emission(SAMPLE, seed=1, photons=1e7, peak_photons=1e4)[1]
    alone = fit_lineshape([], emission, intervals="t")
    with pytest.raises(DataError, match="the fit had no absorption spectrum: expected one"):
        predict_tail(alone)


def test_the_name_a_user_types() -> None:
    assert ans.predict_tail is predict_tail


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"excitation_nm": 900.0}, "lies more than 400 meV from the first maximum"),
        ({"excitation_nm": 1.85}, "are they wavelengths in nm"),
        ({"external_yield": 98.0}, "external_yield is a fraction"),
        ({"reach_mev": -1.0}, "reach_mev is above 0"),
        ({"draws": 0}, "draws 10 or more"),
    ],
)
def test_what_cannot_be_predicted_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predict_tail(fitted(), **settings)  # type: ignore[arg-type]


def test_a_tail_that_contradicts_the_line_shape_is_told() -> None:
    absorption, emission = lab.absorption_and_emission(
        SAMPLE, seed=1, photons=1e7, peak_photons=1e4, absorption_nm=np.arange(570.0, 720.5)
    )
    bump = 0.02 * np.exp(-0.5 * ((absorption["wavelength"].values - 675) / 6) ** 2)
    found = predict_tail(fit_lineshape(absorption.assign(signal=absorption["signal"] + bump), emission, intervals="t"))
    assert any("contradicts the line shape" in said for said in found.warnings)
    assert not tail().warnings


def test_a_background_without_a_scale_is_left_out_and_said() -> None:
    absorption, emission = lab.absorption_and_emission(
        SAMPLE, seed=1, photons=1e7, peak_photons=1e4, absorption_nm=np.arange(570.0, 720.5)
    )
    bare = fit_lineshape(ans.data.with_attrs(absorption, path_cm=None), emission, intervals="t")
    found = predict_tail(bare, external_yield=(YIELD, 1e-3), background_per_cm=1e-4)
    assert any("no scale in 1/cm" in said for said in found.warnings)
