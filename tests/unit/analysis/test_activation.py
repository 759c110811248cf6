"""Growth of a tail with temperature: what is told, what is tied, what is left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data, lab
from antistokes.analysis import activation_models as rivals
from antistokes.analysis.activation_points import Points, apparent
from antistokes.errors import DataError
from antistokes.lab.sample import Sample
from antistokes.physics import dots, presets

T = np.linspace(300, 360, 7)
NM = np.arange(520.0, 721.0, 1.0)
DOT = presets.preset("cdse-cds-zb").coupling
STATES = presets.CDSE_STATES[:5]


def measured(temperature_k: float, seed: int, photons: float = 1e6, width_mev: float = 0.0) -> xr.Dataset:
    e00 = 1.9834 + float(dots.varshni_shift_ev(temperature_k, 3.2e-4, 220.0))
    sample = Sample(e00, 18.4, width_mev, float(temperature_k), STATES, coupling=DOT)
    return lab.spectra.measure_absorption(sample, NM, np.random.default_rng(seed), photons=photons)


def series(photons: float = 1e6, width_mev: float = 0.0) -> list[xr.Dataset]:
    up = [measured(t, i, photons, width_mev) for i, t in enumerate(T)]
    return up + [measured(t, 100 + i, photons, width_mev) for i, t in enumerate(T[-2::-1])]


def points(log_ratio: np.ndarray, below: list[float], sd: float = 0.01) -> Points:
    covariance = np.broadcast_to(sd**2 * np.eye(len(below)), (len(T), len(below), len(below)))
    return Points(T, np.array(below), log_ratio, covariance)


def test_the_typical_sample_is_degenerate_and_it_is_said_what_would_tell() -> None:
    """48 meV at 50 meV: no mechanism is named, coupling and disorder are not told apart, and three things would."""
    found = ans.tail_activation(series(), 50.0, phonon_mev=25.0, states=STATES)
    energy = found.apparent_mev["apparent energy 50 meV below the maximum"]
    assert energy.low < 47.6 < energy.high
    assert found.chosen is None
    assert set(found.tied) == {m.title for m in found.models if not m.title.startswith("power")}
    rejected = next(m for m in found.models if m.title.startswith("power"))
    assert rejected.standing == "rejected"
    said = " ".join(found.says)
    assert "No model is named" in said and "counts no phonons" in said
    assert "does not tell coupling from disorder" in said
    for what in ("apparent energy at 100 meV", "shift of emission", "T_KS"):
        assert what in said
    assert "LO" not in said
    widths = [a.inhomogeneous_width_mev.value for a in found.alternatives]
    assert min(widths) <= 1 and max(widths) >= 12
    for a in found.alternatives:
        assert a.reorganisation_mev.value < 25


def test_alternatives_have_the_energy_they_claim_and_differ_elsewhere() -> None:
    found = ans.tail_activation(series(np.inf), 50.0, states=STATES)
    energy = next(iter(found.apparent_mev.values())).value
    shape = rivals.shape_of(DOT, STATES, 2.0)
    for a in found.alternatives:
        at = np.array([a.reorganisation_mev.value, a.inhomogeneous_width_mev.value])
        log = rivals.line_shape(at, points(np.zeros((7, 2)), [50.0, 100.0]), shape)
        own = points(log, [50.0, 100.0])
        assert apparent(own, 0, 0.95).value == pytest.approx(energy, abs=0.7)
        assert apparent(own, 1, 0.95).value == pytest.approx(a.twice_mev.value, abs=1.5)
    first, last = found.alternatives[0], found.alternatives[-1]
    assert last.shift_mev.value < first.shift_mev.value - 3
    assert last.apparent_temperature_k.value > first.apparent_temperature_k.value + 50


def test_red_shift_of_an_alternative_is_that_of_the_ensemble() -> None:
    """The slope of ln A times the variance, against the dots that such an excitation chooses."""
    sample = Sample(1.9834, 18.4, 8.0, 300.0, STATES, coupling=DOT)
    energy = 1.95
    step = 1e-4
    slope = np.diff(np.log(sample.alpha_per_cm([energy - step, energy + step])))[0] / (2e3 * step)
    from antistokes.physics import ensemble

    flask = sample._flask()
    weight = ensemble.excited_weights(flask, energy)
    assert float(weight @ flask.shifts.shift_mev) == pytest.approx(-(8.0**2) * slope, rel=0.01)


def test_several_depths_name_the_line_shape_and_reject_a_straight_line() -> None:
    found = ans.tail_activation(
        series(1e8), [50.0, 25.0, 75.0, 100.0], phonon_mev=25.0, states=STATES, common_baseline_sd=1e-6
    )
    standing = {m.title: m.standing for m in found.models}
    assert found.chosen == "full line shape"
    assert standing["straight line, E_a in proportion to D"] == "rejected"
    full = next(m for m in found.models if m.title == "full line shape")
    assert full.parameters["reorganisation_mev"] == pytest.approx(18.4, abs=0.3)
    curve = found.curves["apparent_energy"].sel(model="full line shape")
    expected = {25: 12.6, 50: 47.6, 75: 94.2, 100: 143.0}
    for depth, energy in expected.items():
        assert float(curve.sel(depth=depth)) == pytest.approx(energy, abs=1.0)
        e = found.apparent_mev[f"apparent energy {depth:g} meV below the maximum"]
        assert e.low - 0.5 < energy < e.high + 0.5
    assert found.reversibility[0].outcome == "supports"


def test_what_cannot_be_used_is_named_and_the_rest_is_used() -> None:
    """An absurd temperature, an array of another length, a missing branch, a repeated temperature, a flat spectrum."""
    good = [measured(t, i) for i, t in enumerate(T)]
    absurd = data.with_attrs(measured(310.0, 20), temperature_k=4040.4)
    short = measured(340.0, 21).isel(wavelength=slice(20, None))
    again = measured(330.0, 22)
    flat = data.with_attrs(good[0], temperature_k=355.0)
    flat = data.check(flat.assign(signal=flat["signal"].copy(data=np.linspace(0.4, 0.1, NM.size))))
    given = [*(data.with_attrs(ds, branch="heating") for ds in [*good, absurd, short, again, flat])]
    found = ans.tail_activation(given, 50.0, states=STATES)
    assert found.curves.sizes["step"] == 9
    said = " ".join(found.warnings)
    assert "absorption 8" in said and "4040.4 K is absurd" in said
    assert "absorption 9" in said and "181 samples, most have 201" in said
    assert "absorption 10" in said and "repeats the temperature of absorption 4" in said
    assert "absorption 11" in said and "is left out" in said
    assert "no cooling branch" in said
    assert found.reversibility == ()
    energy = next(iter(found.apparent_mev.values()))
    assert abs(energy.value - 47.6) < 4 * energy.sd


def test_thermometer_and_baseline_widen_the_interval() -> None:
    plain, thermometer, baseline = (
        next(iter(ans.tail_activation(series(1e8), 75.0, states=STATES, **more).apparent_mev.values()))
        for more in ({}, {"temperature_sd_k": 1.0}, {"baseline_sd": 1e-3})
    )
    assert thermometer.sd > 2 * plain.sd
    assert baseline.sd > 2 * plain.sd
    with pytest.raises(ValueError, match="baselines are 0 or more"):
        ans.tail_activation(series(), 50.0, baseline_sd=-1.0)
    with pytest.raises(ValueError, match="temperature_sd_k"):
        ans.tail_activation(series(), 50.0, temperature_sd_k=-1.0)


def test_scatter_beyond_the_noise_is_told_and_compared_with() -> None:
    rng = np.random.default_rng(0)
    log = -48.0 / (8.617333262e-2 * T) + 0.05 * rng.standard_normal(7)
    wide = apparent(points(log[:, None], [50.0]), 0, 0.95)
    assert "scatter" in wide.how
    assert wide.sd > 2 * apparent(points((-48.0 / (8.617333262e-2 * T))[:, None], [50.0]), 0, 0.95).sd


def test_too_few_temperatures_name_no_model() -> None:
    """Three: only the model of one parameter has a finite AICc, and it misses by a chi-square of hundreds."""
    found = ans.tail_activation(series(1e7)[:7:3], 50.0, phonon_mev=25.0, states=STATES)
    assert found.chosen is None
    assert any("too few to compare" in w for w in found.warnings)


@pytest.mark.parametrize("sd", [0.1, 0.3])
def test_noise_that_rejects_nothing_names_nothing(sd: float) -> None:
    shape = rivals.shape_of(DOT, STATES, 2.0)
    truth = rivals.line_shape(np.array([18.4, 1.0]), points(np.zeros((7, 1)), [50.0]), shape)
    for seed in range(5):
        noisy = points(truth + sd * np.random.default_rng(seed).standard_normal(truth.shape), [50.0], sd)
        fits = [rivals.fit(model, noisy) for model in rivals.models(noisy, shape, 25.0)]
        assert rivals.chosen(fits) is None


def test_an_offset_of_the_baseline_is_warned_of_and_names_nothing() -> None:
    """5e-4 of absorbance: unstated none is named (it was one mode of 25 meV), stated the truth is inside."""
    moved = [data.check(ds.assign(signal=ds["signal"] + 5e-4)) for ds in series(1e7)]
    plain = ans.tail_activation(moved, [50.0, 100.0], phonon_mev=25.0, states=STATES)
    assert plain.chosen is None
    assert any("An offset of absorbance of 0.001" in w and "no model is named" in w for w in plain.warnings)
    stated = ans.tail_activation(moved, [50.0, 100.0], phonon_mev=25.0, states=STATES, common_baseline_sd=5e-4)
    energy = stated.apparent_mev["apparent energy 100 meV below the maximum"]
    assert energy.low < 142 < energy.high
    assert next(m for m in stated.models if m.title == "full line shape").standing != "rejected"


def test_a_depth_that_is_not_resolved_is_left_out_by_name() -> None:
    found = ans.tail_activation(series(), [50.0, 400.0], states=STATES)
    assert list(found.apparent_mev) == ["apparent energy 50 meV below the maximum"]
    assert any("400 meV below the maximum: left out" in w for w in found.warnings)


def test_a_maximum_off_the_line_of_the_others_is_told() -> None:
    scans = [measured(t, i, 1e7) for i, t in enumerate(T)]
    other = Sample(1.95, 18.4, 3.0, 330.0, STATES, coupling=DOT)
    scans[3] = lab.spectra.measure_absorption(other, NM, np.random.default_rng(9), photons=1e7)
    assert any("absorption 4" in w and "off the line of the others" in w for w in ans.track_edge(scans).warnings)


def test_one_unusable_spectrum_does_not_stop_a_series_at_one_wavelength() -> None:
    scans = [measured(t, i, 1e8) for i, t in enumerate(T)]
    scans[2] = scans[2].isel(wavelength=slice(0, 80))
    found = ans.absorption_activation(scans, 640.0)
    assert found.curves.sizes["step"] == 6
    assert any("absorption 3" in w and "left out" in w for w in found.warnings)


def test_a_depth_beyond_the_data_is_an_error_that_says_so() -> None:
    with pytest.raises(DataError, match="No absorption is resolved at two temperatures 400 meV"):
        ans.tail_activation(series(), 400.0, states=STATES)
    with pytest.raises(ValueError, match="different energies of 1 meV or more"):
        ans.tail_activation(series(), [50.0, 50.0])
    with pytest.raises(ValueError, match="phonon_mev must be 1 or more.*in eV"):
        ans.tail_activation(series(), 50.0, phonon_mev=0.025)


def test_alternatives_stand_beside_what_was_measured() -> None:
    found = ans.tail_activation(series(1e8), [50.0, 100.0], states=STATES)
    ratio = float(np.exp(found.curves["log_ratio"].values[found.curves["temperature"].values == 300.0][0, 0]))
    assert f"(measured: {ratio:.3f}" in found.says[-1]
    assert f"(measured: {found.apparent_mev['apparent energy 100 meV below the maximum']})" in found.says[-1]


def test_a_line_shape_that_does_not_describe_offers_no_alternatives() -> None:
    """Another law than any of its members: a tail of traps, of which no coupling and no disorder can be told."""
    log = np.log(0.02) - 30.0 * (1 / (8.617333262e-2 * T) - 1 / (8.617333262e-2 * 300.0))
    scans = []
    for value, scan in zip(np.exp(log), series(np.inf), strict=False):
        energy = 1239.842 / NM
        peak = energy[np.argmax(scan.signal.values[80:]) + 80]
        tail = 0.43 * value * np.exp((energy - peak + 0.05) / 0.1) * (energy < peak - 0.02)
        rng = np.random.default_rng(len(scans))
        scans.append(data.check(scan.assign(signal=scan.signal + 5 * tail + 1e-4 * rng.standard_normal(NM.size))))
    found = ans.tail_activation(scans, [50.0, 75.0, 100.0], phonon_mev=25.0, states=STATES)
    assert next(m for m in found.models if m.title == "full line shape").standing == "rejected"
    assert found.alternatives == ()
    assert any("does not describe the ratios" in s for s in found.says)


def test_a_saturated_band_in_the_blue_does_not_spoil_the_edge() -> None:
    scans = [data.check(ds.assign(signal=ds["signal"].where(ds["wavelength"] > 540.0, 4.0))) for ds in series(1e7)]
    found = ans.tail_activation(scans, 50.0, states=STATES)
    assert next(iter(found.apparent_mev.values())).value == pytest.approx(47.6, abs=2.0)
    assert any("saturated up to 540.0 nm; what is bluer is left out" in w for w in found.warnings)
    assert any("saturated up to 540.0 nm" in w for w in ans.track_edge(scans).warnings)


def test_choice_asks_for_a_simpler_model_that_is_best_and_for_rejected_rivals() -> None:
    none = np.zeros(0)

    def fit(name: str, chi2: float, size: int, covers: tuple[str, ...] = (), count: int = 12) -> rivals.Fit:
        return rivals.Fit(name, chi2, size, rivals.aicc(chi2, size, count), none, none, covers)

    simple, form, other = fit("simple", 9.0, 1), fit("rich", 8.9, 2, ("simple",)), fit("other", 9.0, 2)
    bad = fit("bad", 60.0, 2)
    assert rivals.chosen((simple, form, bad)) == "simple"
    assert rivals.chosen((simple, form)) is None  # nothing was rejected
    assert rivals.chosen((simple, other, bad)) is None  # another mechanism, not another form of this one
    assert rivals.chosen((simple, other._replace(covers=("",)), bad)) == "simple"  # a description of anything
    assert rivals.chosen((simple, form, bad, fit("few", 0.0, 11))) is None  # not compared
    assert rivals.tied((simple, other, bad)) == ("simple", "other")
    few = fit("few", 5.0, 2, count=4)._replace(aicc=rivals.aicc(5.0, 2, 4))
    assert not rivals.is_rejected("few", (fit("best", 5.0, 1, count=4), few))  # by the correction alone


def test_aicc_is_that_of_the_formula() -> None:
    assert rivals.aicc(5.0, 2, 7) == pytest.approx(5 + 4 + 12 / 4)
    assert rivals.aicc(5.0, 2, 3) == np.inf


def test_correlated_depths_count_less() -> None:
    """Two depths that share all of their noise are one: chi-square of a common error is that of one point a step."""
    log = np.log(0.3) + np.zeros((7, 2)) + 0.01 * np.array([1, -1, 1, -1, 1, -1, 1])[:, None]
    shared = np.broadcast_to(1e-4 * (np.ones((2, 2)) + 1e-6 * np.eye(2)), (7, 2, 2))
    model = rivals.Model("constant", lambda at, p: np.zeros(p.log_ratio.shape), "scale", *_no_parameters())
    together = rivals.fit(model, Points(T, np.array([25.0, 50.0]), log, shared))
    alone = rivals.fit(model, Points(T, np.array([25.0]), log[:, :1], shared[:, :1, :1]))
    assert together.chi2 == pytest.approx(alone.chi2, rel=1e-3)


def _no_parameters() -> tuple[rivals.Box, tuple[np.ndarray, ...], tuple[str, ...]]:
    none = np.zeros(0)
    return rivals.Box(none, none, none), (none,), ()


def test_result_is_plain_json_and_tables() -> None:
    from antistokes.analysis.result import as_dict, as_tables

    found = ans.tail_activation(series(), 50.0, phonon_mev=25.0, states=STATES)
    assert as_dict(found)["chosen"] is None
    titles = [title for title, _ in as_tables(found)]
    assert "Growth of the absorption tail with temperature" in titles and "full line shape" in titles
    assert dataclasses.asdict(found.models[0])["title"] == found.models[0].title
