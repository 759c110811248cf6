"""The fit of line shapes on spectra of the virtual lab: what comes back, what stays open, and what is refused."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data, quantities
from antistokes.analysis import lineshape_model as model
from antistokes.analysis.lineshape import LineshapeFit, fit_lineshape
from antistokes.analysis.result import as_dict
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.lab import spectra as lab
from antistokes.physics import presets
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.ensemble import exponential_shifts

SET_B = presets.preset("cdse-cds-zb").coupling
ABSORPTION_NM = np.arange(570.0, 720.5)
SHARES = {"mode of 25 meV": 5.0 / 18.4, "mode of 38 meV": 1.9 / 18.4, "bath of 3 meV": 11.5 / 18.4}


@cache
def sample(width_mev: float = 10.0, temperature_k: float = 300.0) -> lab.Sample:
    return lab.Sample(
        inhomogeneous_width_mev=width_mev, temperature_k=temperature_k, coupling=SET_B, absorption_per_cm=3.0
    )


def measure(of: lab.Sample, seed: int = 1, **settings: Any) -> tuple[xr.Dataset, xr.Dataset]:
    settings = {"photons": 1e7, "peak_photons": 1e4, "absorption_nm": ABSORPTION_NM, **settings}
    return lab.absorption_and_emission(of, seed=seed, **settings)


def fit(*spectra: Any, **settings: Any) -> LineshapeFit:
    return fit_lineshape(*spectra, **{"intervals": "t", **settings})


@cache
def plain() -> LineshapeFit:
    return fit(*measure(sample()))


def width_of(e: Estimate) -> float:
    return e.high - e.low


def holds(e: Estimate, true: float) -> bool:
    low = -np.inf if e.kind == "upper limit" else e.low
    return bool(low <= true <= (np.inf if e.kind == "lower limit" else e.high))


def upconverted(laser_nm: float) -> xr.Dataset:
    """What a laser in the tail excites, blue of its line."""
    grid, rng = np.arange(560.0, laser_nm - 7.75, 0.5), np.random.default_rng([1, int(laser_nm)])
    return lab.measure_emission(sample(), grid, rng, peak_photons=1e4, excitation_nm=laser_nm)


# --- what comes back


@pytest.mark.parametrize("width_mev", [3.0, 10.0, 30.0])
def test_the_truth_comes_back_where_there_is_next_to_no_noise(width_mev: float) -> None:
    found = fit(*measure(sample(width_mev), seed=0, photons=1e11, peak_photons=1e8))
    assert found.e00_ev.value == pytest.approx(sample().e00_ev, abs=1e-4)
    assert found.reorganisation_mev.value == pytest.approx(18.4, abs=0.05)
    assert found.inhomogeneous_width_mev.value == pytest.approx(width_mev, rel=5e-3)
    assert found.skewness.value == pytest.approx(0, abs=0.1)


def test_noise_alone_is_left_and_every_number_has_its_unit() -> None:
    found = plain()
    assert 0.7 < found.reduced_chi2.value < 1.3
    assert not any("is not noise" in said for said in found.warnings)
    assert [e.unit for e in (found.e00_ev, found.reorganisation_mev, found.inhomogeneous_width_mev)] == [
        "eV",
        "meV",
        "meV",
    ]
    assert holds(found.reorganisation_mev, 18.4) and holds(found.inhomogeneous_width_mev, 10.0)
    c = found.curves
    np.testing.assert_allclose((c["data"] - c["model"]) / c["data_sd"], c["residual"], atol=1e-9)
    assert set(np.unique(c["spectrum"])) == {0.0, 1.0} and len(found.spectra) == 2


def test_it_is_plain_json() -> None:
    found = as_dict(plain())
    assert "solution" not in found and "curves" not in found
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["reorganisation_mev"]["unit"] == "meV"


def test_correlations_are_those_of_a_covariance() -> None:
    names = list(plain().correlation)
    matrix = np.array([[plain().correlation[a][b] for b in names] for a in names])
    np.testing.assert_allclose(np.diag(matrix), 1)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)
    assert np.linalg.eigvalsh(matrix).min() > -1e-9


# --- what narrows, what stays open


@pytest.mark.parametrize("laser_nm", [650.0, 660.0])
def test_upconversion_narrows_the_width(laser_nm: float) -> None:
    absorption, emission = measure(sample())
    found = fit(absorption, [emission, upconverted(laser_nm)])
    assert width_of(found.inhomogeneous_width_mev) < 0.95 * width_of(plain().inhomogeneous_width_mev)
    assert found.inhomogeneous_width_mev.value == pytest.approx(10, abs=0.4)


def test_emission_alone_leaves_reorganisation_energy_and_width_open() -> None:
    found = fit_lineshape([], measure(sample())[1])
    for e, true in ((found.reorganisation_mev, 18.4), (found.inhomogeneous_width_mev, 10.0)):
        assert holds(e, true)
        assert width_of(e) > 10
    assert found.inhomogeneous_width_mev.kind == "upper limit"


def test_a_series_of_temperatures_gives_the_shares() -> None:
    pairs = [measure(sample(10.0, kelvin), seed=50 + i) for i, kelvin in enumerate((80.0, 150.0, 220.0, 300.0))]
    absorption, emission = zip(*pairs, strict=True)
    found = fit(absorption, emission)
    optical = {name: true for name, true in SHARES.items() if name.startswith("mode")}
    assert len(optical) == 2
    for name, true in optical.items():
        assert found.shares[name].low - 0.01 < true < found.shares[name].high + 0.01
        assert width_of(found.shares[name]) < 0.1
    slow = [name for name in ("bath of 3 meV", "slow bath") if name in found.shares]
    assert len(slow) < 2 or all(width_of(found.shares[name]) < 1 / 3 for name in slow)
    assert len(found.e00_at_ev) == 4
    assert all(e.value == pytest.approx(sample().e00_ev, abs=3e-4) for e in found.e00_at_ev.values())


def test_one_room_temperature_gives_no_shares_but_a_sentence() -> None:
    assert plain().shares == {}
    assert any("Which vibrations hold the reorganisation energy" in said for said in plain().undetermined)


@pytest.mark.parametrize(
    ("template", "apart"),
    [("cdse-cds-wz", 0.004), ("inp-znse-zns", 0.02), (SET_B._replace(baths=(Bath(12.0, 9.0),)), 0.02)],
    ids=["wurtzite", "InP", "bath of 9 meV"],
)
def test_other_vibrations_fit_as_well_and_agree_in_the_reorganisation_energy(
    template: Coupling | str, apart: float
) -> None:
    found = fit(*measure(sample()), coupling=template)
    assert found.reduced_chi2.value == pytest.approx(plain().reduced_chi2.value, abs=0.05)
    assert found.reorganisation_mev.value == pytest.approx(plain().reorganisation_mev.value, rel=0.01)
    shares = [model.shares(f.solution.best.at, f.solution.layout) for f in (found, plain())]
    assert np.abs(shares[0] - shares[1]).max() > apart


# --- slits, errors that are shared, what is held


def slit_spectra() -> tuple[xr.Dataset, xr.Dataset]:
    """Of a dilute sample: what slits do to transmittance they do to absorbance."""
    first, second = np.random.default_rng(1), np.random.default_rng(2)
    absorption = lab.measure_absorption(sample(), ABSORPTION_NM, first, path_cm=0.01, photons=1e11, bandpass_nm=6.0)
    return absorption, lab.measure_emission(
        sample(), np.arange(560.0, 720.25, 0.5), second, peak_photons=1e4, bandpass_nm=6.0
    )


def test_slits_are_taken_into_account_where_they_are_known() -> None:
    known = slit_spectra()
    unknown = [data.with_attrs(ds, bandpass_nm=None) for ds in known]
    widths = [fit(*pair).inhomogeneous_width_mev for pair in (known, unknown)]
    assert widths[0].value == pytest.approx(10, abs=0.6)
    assert widths[1].value > 11.5


def test_errors_that_are_shared_widen_the_intervals() -> None:
    absorption, emission = measure(sample())
    truth = measure(sample(), photons=np.inf)[0]["signal"].values
    moved = 0.3 * np.gradient(truth)[np.newaxis]  # of a wavelength scale that is .3 nm off
    shared = absorption.assign(signal_modes=(("mode", "wavelength"), moved, absorption["signal"].attrs))
    found = fit(shared, emission)
    assert width_of(found.reorganisation_mev) > 1.2 * width_of(plain().reorganisation_mev)


def test_bounds_hold_a_parameter_or_end_it() -> None:
    spectra = measure(sample())
    held = fit(*spectra, bounds={"inhomogeneous_width_mev": (12.0, 12.0)})
    assert held.inhomogeneous_width_mev.value == pytest.approx(12.0)
    assert "width squared" not in held.correlation
    ended = fit(*spectra, bounds={"reorganisation_mev": (0.5, 17.0), "e00_ev": (1.9, 2.0)})
    assert ended.reorganisation_mev.value <= 17.0 + 1e-9
    assert ended.reorganisation_mev.kind == "lower limit" or ended.reorganisation_mev.high == pytest.approx(17.0)


def test_shares_and_skewness_may_be_held() -> None:
    found = fit(*measure(sample()), free_shares=False, free_skewness=False)
    solution = found.solution
    np.testing.assert_allclose(model.shares(solution.best.at, solution.layout), list(SHARES.values()), atol=1e-9)
    assert found.skewness.value == 0
    assert width_of(found.inhomogeneous_width_mev) < width_of(plain().inhomogeneous_width_mev)


def test_emission_in_power_per_nm_is_converted() -> None:
    absorption, emission = measure(sample())
    found = fit(absorption, quantities.convert(emission, "power_per_nm"))
    assert found.reorganisation_mev.value == pytest.approx(plain().reorganisation_mev.value, abs=0.05)
    assert found.inhomogeneous_width_mev.value == pytest.approx(plain().inhomogeneous_width_mev.value, abs=0.1)


def test_the_name_a_user_types() -> None:
    assert ans.fit_lineshape is fit_lineshape


# --- a laser line


def with_laser(laser_nm: float = 625.0) -> tuple[xr.Dataset, xr.Dataset]:
    absorption, emission = measure(sample())
    return absorption, data.with_attrs(emission, excitation_nm=laser_nm)


def test_a_laser_line_in_the_window_is_refused() -> None:
    with pytest.raises(DataError, match=r"625 nm, lies inside the window .* exclude_nm=\[\(620, 630\)\]"):
        fit(*with_laser())


@pytest.mark.parametrize("cure", [{"exclude_nm": [(620.0, 630.0)]}, {"emission_nm": (630.0, 680.0)}])
def test_a_laser_line_may_be_left_out(cure: dict[str, Any]) -> None:
    absorption, emission = with_laser()
    emission = data.with_attrs(emission, excitation_nm=625.0)
    found = fit(absorption, emission, **cure)
    used = found.curves["wavelength"].values[found.curves["spectrum"].values == 1]
    assert not np.any((used > 621) & (used < 629))


# --- what is refused


def cut(ds: xr.Dataset, low_nm: float, high_nm: float) -> xr.Dataset:
    return ds.sel(wavelength=slice(low_nm, high_nm))


DISTORTED = Coupling((Mode(25.0, 0.2, 0.0, 24.0),))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coupling": "cdse-cds-xb"}, "There is no preset 'cdse-cds-xb'. Did you mean 'cdse-cds-"),
        ({"coupling": DISTORTED}, "changes its energy cannot be fitted .* leave excited_energy_mev out"),
        ({"coupling": Coupling()}, "neither modes nor baths"),
        ({"coupling": Coupling((Mode(25.0, 0.0),))}, "needs strengths to start from"),
        ({"level": 1.0}, "level lies between 0 and 1"),
        ({"level": 0.0}, "level lies between 0 and 1"),
        ({"intervals": "bootstrap"}, "intervals must be 'profile' or 't', not 'bootstrap'"),
        ({"higher_states": 5}, "higher_states from 0 to 4; found .* 5"),
        ({"higher_states": -1}, "higher_states from 0 to 4"),
        ({"bounds": {"width": (1.0, 2.0)}}, "bounds are .low, high. of e00_ev, .* found 'width'"),
        ({"bounds": {"e00_ev": (2.0, 1.0)}}, "found 'e00_ev': .2.0, 1.0."),
        ({"absorption_nm": (640.0, 610.0)}, "absorption_nm must be .low, high."),
        ({"absorption_nm": (610.0, 615.0)}, "6 samples lie in absorption_nm = 610 to 615 nm; expected 12"),
        ({"emission_nm": (630.0, 633.0)}, "7 samples lie in emission_nm = 630 to 633 nm; expected 12"),
        ({"exclude_nm": [(500.0, 800.0)]}, "0 samples lie in its window; expected 12"),
    ],
)
def test_an_argument_without_meaning_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(*measure(sample()), **settings)


def test_without_a_temperature_nothing_is_fitted() -> None:
    bare = [data.with_attrs(ds, temperature_k=None) for ds in measure(sample())]
    with pytest.raises(DataError, match="its temperature is not known, .* Give temperature_k"):
        fit(*bare)
    assert fit(*bare, temperature_k=300.0).e00_ev.value == pytest.approx(plain().e00_ev.value, abs=1e-6)


def test_a_temperature_beyond_all_cryostats_is_refused() -> None:
    bare = [data.with_attrs(ds, temperature_k=3.0) for ds in measure(sample())]
    with pytest.raises(DataError, match="expected a temperature_k of 4 to 2000 K, found 3"):
        fit(*bare)


def test_spectra_that_do_not_overlap_are_refused() -> None:
    absorption, emission = measure(sample(), absorption_nm=np.arange(560.0, 600.5))
    with pytest.raises(DataError, match="do not overlap: .* expected absorption from its first maximum"):
        fit(absorption, emission)


def test_without_an_emission_nothing_is_fitted() -> None:
    with pytest.raises(ValueError, match="needs one emission spectrum at least"):
        fit(measure(sample())[0], [])


def test_too_few_samples_for_the_parameters_are_refused() -> None:
    emission = cut(measure(sample())[1], 628.0, 634.0)
    with pytest.raises(DataError, match="expected a band|samples .* too few|samples lie in"):
        fit([], emission, higher_states=4)


def test_the_temperature_asked_for_is_used_and_said() -> None:
    cold = fit(*measure(sample()), temperature_k=290.0)
    assert any("taken as 290 K as asked, not as 300 K" in said for said in cold.warnings)
    assert cold.inhomogeneous_width_mev.value > plain().inhomogeneous_width_mev.value + 0.5
    with pytest.raises(ValueError, match="4 to 2000 K, found -5"):
        fit(*measure(sample()), temperature_k=-5.0)
    absorption, emission = measure(sample())
    with pytest.raises(ValueError, match="state several temperatures"):
        fit(absorption, data.with_attrs(emission, temperature_k=80.0), temperature_k=300.0)


def test_a_skew_ensemble_is_told_from_a_gaussian() -> None:
    truth = lab.Sample(coupling=SET_B, shifts=exponential_shifts(3.0, 10.0))
    absorption, emission = lab.absorption_and_emission(truth, seed=2, photons=1e7, peak_photons=1e4)
    found = fit(absorption, emission)
    assert found.skewness.low > 0.5
    for name in ("e00_ev", "reorganisation_mev", "inhomogeneous_width_mev"):
        e, true = getattr(found, name), getattr(truth, name)
        assert e.low - width_of(e) / 2 < true < e.high + width_of(e) / 2  # one seed
    forced = fit(absorption, emission, free_skewness=False)
    assert forced.reduced_chi2.value > 1.3 * found.reduced_chi2.value
    assert forced.skewness.how == "held"


def test_an_excitation_above_the_edge_selects_dots() -> None:
    """By Tweedie's formula the measured absorption tells which; without it a sentence says what may be wrong."""
    truth, rng = sample(15.0), np.random.default_rng(8)
    absorption = lab.measure_absorption(truth, np.arange(500.0, 720.5), rng, photons=1e7)
    emission = lab.measure_emission(truth, np.arange(560.0, 720.25, 0.5), rng, peak_photons=1e4, excitation_nm=532.0)
    found = fit(absorption, emission)
    for name in ("e00_ev", "reorganisation_mev", "inhomogeneous_width_mev"):
        e, true = getattr(found, name), getattr(truth, name)
        assert e.low - width_of(e) / 2 < true < e.high + width_of(e) / 2  # one seed
    assert not any("selects among unequal dots" in said for said in found.undetermined)
    blind = fit(absorption.sel(wavelength=slice(570, None)), emission)
    assert any("not measured at its excitation, 532 nm" in said for said in blind.warnings)
    assert any("selects among unequal dots" in said for said in blind.undetermined)
    off = abs(blind.reorganisation_mev.value - truth.reorganisation_mev)
    assert off > 3 * abs(found.reorganisation_mev.value - truth.reorganisation_mev)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bounds": {"e00_ev": (2.5, 2.6)}}, "bounds of e00_ev lie outside"),
        ({"bounds": {"reorganisation_mev": (200.0, 300.0)}}, "bounds of reorganisation_mev lie outside"),
        ({"bounds": {"e00_ev": 2.0}}, "bounds are .low, high."),
        ({"exclude_nm": (620.0, 630.0)}, "list of pairs"),
        ({"exclude_nm": [(630.0, 620.0)]}, "list of pairs"),
        ({"absorption_nm": 600.0}, "absorption_nm must be .low, high. in nm"),
        ({"higher_states": 1.5}, "higher_states from 0 to 4"),
    ],
)
def test_what_would_be_ignored_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(*measure(sample()), **settings)


@pytest.mark.parametrize("given", [None, "absorption.csv"])
def test_what_is_no_spectrum_is_named(given: Any) -> None:
    with pytest.raises(ValueError, match="absorption must be a Dataset"):
        fit(given, measure(sample())[1])
