"""The panels of the line shape: what the fit holds, and every prediction called one."""

import dataclasses
import re

import numpy as np
import pytest

from antistokes import data, units
from antistokes.report import lineshape, numbers, terminal
from antistokes.report.figures import panels
from antistokes.report.html import report_html
from antistokes.report.view import look


@pytest.fixture(scope="module")
def study(studies):
    return studies["whole"]


@pytest.fixture(scope="module")
def shown(study):
    return {panel.key: panel for panel in panels(study) if panel.key.startswith("lineshape")}


def of(study, number, name):
    curves = study.lineshape.curves
    return curves[name].values[curves["spectrum"].values == number]


def test_fit_is_shown_without_baseline_and_scaled_to_its_model(study, shown):
    panel = shown["lineshape"]
    found = {c.name: c for c in panel.curves}
    assert panel.y.scale == "log" and "less the baseline" in panel.caption
    for number, role in enumerate(("absorption", "emission")):
        model = of(study, number, "model") - of(study, number, "baseline")
        data = of(study, number, "data") - of(study, number, "baseline")
        np.testing.assert_allclose(found[f"{role} model"].y, model / model.max())
        assert np.nanmax(found[f"{role} model"].y) == 1
        above = data > 0
        np.testing.assert_allclose(found[f"{role} data"].y[above], data[above] / model.max())
        assert np.isnan(found[f"{role} data"].y[~above]).all() and found[f"{role} data"].style == "dots"
        np.testing.assert_allclose(found[f"{role} noise"].y, of(study, number, "data_sd") / model.max())
    assert [c.role for c in panel.curves][-2:] == ["model", "model"]  # drawn above all data
    assert panel.y.label == "Absorption; photons/eV (scaled to 1)"
    assert [m.low for m in panel.marks if m.name.startswith("E_00")] == [study.lineshape.e00_ev.value]


def test_ladder_is_a_scale_and_no_evidence(study, shown):
    tail = study.lineshape_tail
    for key in ("lineshape", "lineshape_tail"):
        first, *steps = (m for m in shown[key].marks if m.role == "reference")
        assert first.low == tail.first_maximum_ev
        assert [m.low for m in steps] == list(tail.ladder_ev)
        assert {m.name for m in steps} == {f"n × {tail.phonon_mev:g} meV below"}
        assert "no evidence" in shown[key].caption


def test_residual_is_in_standard_deviations_with_its_chi_square(study, shown):
    panel = shown["lineshape_residual"]
    for number, curve in enumerate(panel.curves):
        np.testing.assert_array_equal(curve.y, of(study, number, "residual"))
        assert panel.y.show[0] < curve.y.min() and curve.y.max() < panel.y.show[1]
    assert [m.low for m in panel.marks] == [0.0, -2.0, 2.0] and panel.y.unit == "standard deviations"
    assert f"Reduced chi-square {study.lineshape.reduced_chi2.value:.3g}" in panel.caption


@pytest.mark.parametrize(
    ("chi2", "inflation", "systematic", "says"),
    [
        (4.0, 9.0, True, "It is more than noise: where neighbours lie"),
        (4.0, 9.0, True, "3 times as wide for it, and hold no error of the model"),
        (1.21, 1.21, False, "leaves open. The intervals were made 1.1 times as wide for it."),
        (0.3, 1.0, False, "the noise that was stated"),
        (1.1, 1.0, False, "nothing that the model misses"),
    ],
)
def test_chi_square_is_explained(study, chi2, inflation, systematic, says):
    fit = study.lineshape
    estimate = dataclasses.replace(fit.reduced_chi2, value=chi2)
    solution = fit.solution._replace(inflation=inflation, is_systematic=systematic)
    changed = dataclasses.replace(fit, reduced_chi2=estimate, solution=solution)
    caption = lineshape.residual(look(dataclasses.replace(study, lineshape=changed))).caption
    assert says in caption and ("the model misses what" in caption) == systematic


def test_tail_shows_points_only_where_they_are_resolved(study, shown):
    measured, predicted = shown["lineshape_tail"].curves
    tail = study.lineshape_tail
    assert measured.x[np.isfinite(measured.y)].min() >= tail.resolved_to_ev
    np.testing.assert_array_equal(predicted.y, tail.curves["absorption"].values)
    np.testing.assert_array_equal(predicted.high, tail.curves["absorption_high"].values)
    assert shown["lineshape_tail"].y.unit == "cm⁻¹"
    marks = {m.role: m.low for m in shown["lineshape_tail"].marks if m.role != "reference"}
    laser = float(units.energy_from_wavelength(660.0))
    assert marks == pytest.approx({"edge": tail.resolved_to_ev, "laser": laser, "model": 2e-4}, rel=0.02)
    (level,) = (m for m in shown["lineshape_tail"].marks if m.axis == "y")
    assert level.name == "background, 0.0002 cm⁻¹" and shown["lineshape_tail"].y.show[0] < level.low
    inside = (predicted.x > tail.resolved_to_ev) & (predicted.x < tail.first_maximum_ev)
    np.testing.assert_allclose(predicted.y[inside], np.interp(predicted.x[inside], measured.x, measured.y), rtol=1)


def test_gain_and_efficiency_are_those_predicted_over_wavelength(study, shown):
    tail = study.lineshape_tail
    nm = units.wavelength_from_energy(tail.curves["energy"].values)[::-1]
    for key, name, factor in (("lineshape_gain", "gain", 1), ("lineshape_efficiency", "efficiency", 100)):
        curve = shown[key].curves[0]
        np.testing.assert_allclose(curve.x, nm)
        np.testing.assert_allclose(curve.y, factor * tail.curves[name].values[::-1])
        np.testing.assert_allclose(curve.low, factor * tail.curves[f"{name}_low"].values[::-1])
        (end,) = (m for m in shown[key].marks if m.name.startswith("tail ends"))
        assert end.low == pytest.approx(float(units.wavelength_from_energy(tail.resolved_to_ev)))
        assert "95 % interval" in shown[key].caption and any(m.role == "laser" for m in shown[key].marks)
    spans = [(m.low, m.high) for m in shown["lineshape_efficiency"].marks if m.high is not None]
    assert spans == [(e.low, e.high) for e in (tail.blue_edge_nm, tail.red_edge_nm)]
    assert str(tail.red_edge_nm) in shown["lineshape_efficiency"].caption


def test_the_gain_of_the_measured_emission_is_shown_as_another(study, shown):
    panel, (gain,) = shown["lineshape_gain"], study.gains
    _, measured = panel.curves
    assert (measured.name, measured.style, measured.role) == ("of the measured emission", "dashed", "emission")
    assert np.interp(660.0, measured.x, measured.y) == pytest.approx(gain.mean_mev.value, abs=0.01)
    predicted = study.lineshape_tail.gain_mev["gain by mean, 660 nm"]
    assert f"At 660 nm: {gain.mean_mev} of the measured emission, {predicted} of light" in panel.caption
    assert "excited at 532 nm" in panel.caption
    silent = dataclasses.replace(study, emission=data.with_attrs(study.emission, excitation_nm=None))
    assert "excited where its file does not say" in lineshape.gain(look(silent)).caption


def test_the_efficiency_is_shown_beyond_the_measured_tail(study, shown):
    panel, tail = shown["lineshape_efficiency"], study.lineshape_tail
    assert panel.x.show[1] > float(units.wavelength_from_energy(tail.resolved_to_ev)) + 10
    assert -7 < panel.y.show[0] < -4
    assert "At the mark it is -" in panel.caption


def test_every_prediction_is_called_one(shown):
    for key in ("lineshape_tail", "lineshape_gain", "lineshape_efficiency"):
        assert shown[key].title.endswith("(prediction)")


def test_a_tail_measured_all_the_way_has_no_end(study):
    tail = dataclasses.replace(study.lineshape_tail, resolved_to_ev=1.5, blue_edge_nm=None, red_edge_nm=None)
    view = look(dataclasses.replace(study, lineshape_tail=tail))
    for panel in (lineshape.tail(view), lineshape.gain(view), lineshape.efficiency(view)):
        assert not [m for m in panel.marks if m.name.startswith("tail ends")]
    assert "as far as this goes, and on to 1.5000 eV" in lineshape.gain(view).caption
    assert "No edge of a window is predicted." in lineshape.efficiency(view).caption


def test_a_fit_without_a_prediction_has_its_panels(study):
    view = look(dataclasses.replace(study, lineshape_tail=None))
    (mark,) = lineshape.spectra(view).marks
    assert mark.name.startswith("E_00") and "scale to read by" not in lineshape.spectra(view).caption
    assert [make(view) for make in (lineshape.tail, lineshape.gain, lineshape.efficiency)] == [None] * 3


def test_without_a_yield_there_is_no_efficiency(study):
    tail = study.lineshape_tail
    bare = dataclasses.replace(tail, curves=tail.curves[["absorption", "absorption_low", "absorption_high"]])
    assert lineshape.efficiency(look(dataclasses.replace(study, lineshape_tail=bare))) is None


def test_a_line_is_broken_where_a_range_was_left_out(study):
    fit = study.lineshape
    keep = np.abs(fit.curves["energy"].values - 1.95) > 0.01
    cut = dataclasses.replace(fit, curves=fit.curves.isel(sample=keep))
    panel = lineshape.spectra(look(dataclasses.replace(study, lineshape=cut)))
    for curve in panel.curves:
        assert np.all(np.diff(curve.x) > 0)
        if curve.role == "model":
            assert np.isnan(np.interp(1.95, curve.x, curve.y))


WINDOW = re.compile(r"(\d\.\d{3,4})[-–](\d\.\d{3,4}) eV")


@pytest.mark.parametrize("name", ["whole", "heats", "no yield", "calibrated", "cross-section"])
def test_the_apparent_temperature_is_never_printed_without_its_window(studies, name):
    study = studies[name]
    r = study.reciprocity
    value = r.temperature_k.texts()[0]
    rows = [f"{row.label} {row.value} {row.how}" for row in numbers.key_numbers(study)]
    rows += [f"{row.label} {row.value} {row.how}" for group in numbers.groups(study) for row in group.rows]
    rows += [f"{panel.title} {panel.caption}" for panel in panels(study)] + [panel.title for panel in panels(study)]
    cells = zip(*(column.cells for column in terminal.summary(study).columns), strict=True)
    rows += [f"{what.plain} {which.plain}" for what, which in cells]
    rows += [
        re.sub(r"<[^>]*>", " ", p)
        for p in re.findall(r"<(?:p|li|figcaption|h3)\b.*?</(?:p|li|figcaption|h3)>", report_html(study))
    ]
    printed = [row for row in rows if re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", row)]
    assert len(printed) >= 7
    for row in printed:
        windows = [tuple(map(float, found)) for found in WINDOW.findall(row)]
        assert any(w == pytest.approx((r.window_low_ev, r.window_high_ev), abs=6e-4) for w in windows), row
