"""Panels, key numbers and sentences of the ensemble's series."""

import dataclasses
import re

import numpy as np
import pytest

from antistokes.report import ensemble, numbers
from antistokes.report.figures import panels
from antistokes.report.html import report_html
from antistokes.report.view import look

DEEP = "apparent energy 50 meV below the maximum"


@pytest.fixture(scope="module")
def study(studies):
    return studies["series"]


@pytest.fixture(scope="module")
def by_key(study):
    return {panel.key: panel for panel in panels(study)}


def curve(panel, name):
    (found,) = (c for c in panel.curves if c.name == name)
    return found


def with_results(study, **changes):
    return look(dataclasses.replace(study, ensemble=study.ensemble._replace(**changes)))


def test_both_emissions_are_shown_on_the_common_window_only(study, by_key):
    panel, c = by_key["emission_comparison"], study.ensemble.emission_comparison
    up = curve(panel, "up-converted")
    np.testing.assert_array_equal(up.y, c.curves["up"].values)
    moved = curve(panel, "down-converted, moved")
    assert np.isnan(moved.y).sum() == len(c.masked_nm) == len(panel.marks) == 1  # no line across the laser
    np.testing.assert_allclose(up.high - up.low, 2 * c.curves["up_sd"].values)
    assert {c.name for c in panel.curves} == {"up-converted", "down-converted, scaled", "down-converted, moved"}
    assert f"{c.window_nm[0]:.1f} to {c.window_nm[1]:.1f} nm" in panel.caption and str(c.shift_mev) in panel.caption


def test_what_was_left_out_of_the_comparison_is_shaded(study):
    c = dataclasses.replace(study.ensemble.emission_comparison, masked_nm=((630.0, 635.0),))
    panel = ensemble.comparison(with_results(study, emission_comparison=c))
    (mark,) = panel.marks
    nm, ev = c.curves["wavelength"].values, c.curves["energy"].values
    assert mark.low == pytest.approx(np.interp(-635.0, -nm, ev)) and mark.low < mark.high


def test_the_excitation_spectrum_stands_against_its_prediction(study, by_key):
    p = study.ensemble.ple_ratio
    measured, expected = curve(by_key["ple"], "measured"), curve(by_key["ple"], "predicted by absorption")
    inside = (measured.x >= p.down_nm[0]) & (measured.x <= p.down_nm[1])
    np.testing.assert_allclose(measured.y[inside], expected.y[inside], rtol=0.05)
    marks = {m.name: (m.low, m.high) for m in by_key["ple"].marks}
    assert marks == {"down-conversion": p.down_nm, "up-conversion": p.up_nm}
    ratio = by_key["ple_ratio"]
    shown = np.isfinite(ratio.curves[0].y)
    x = ratio.curves[0].x[shown]
    assert np.all(((x >= p.down_nm[0]) & (x <= p.down_nm[1])) | ((x >= p.up_nm[0]) & (x <= p.up_nm[1])))
    assert str(p.ratio) in ratio.title
    (band,) = (m for m in ratio.marks if m.name == "one yield")
    assert (band.low, band.high) == (0.95, 1.05)


def test_the_power_law_is_straight_on_two_logarithmic_axes(study, by_key):
    panel, p = by_key["power_law"], study.ensemble.power_law
    assert (panel.x.scale, panel.y.scale, panel.x.unit, panel.y.unit) == ("log", "log", "W", "counts")
    line = curve(panel, "straight line")
    slope = np.diff(np.log(line.y)) / np.diff(np.log(line.x))
    np.testing.assert_allclose(slope, p.slope.value, rtol=1e-6)
    assert str(p.slope) in panel.title and "bent line" not in {c.name for c in panel.curves}
    bent = ensemble.power(with_results(study, power_law=dataclasses.replace(p, bent=True)))
    np.testing.assert_array_equal(curve(bent, "bent line").y, p.curves["bent_model"].values)


def test_apparent_energies_stand_on_their_depths_with_the_models(study, by_key):
    t = study.ensemble.tail_activation
    measured = curve(by_key["tail_activation"], "measured")
    assert list(measured.x) == [25, 50, 75]
    energies = [t.apparent_mev[f"apparent energy {d} meV below the maximum"] for d in (25, 50, 75)]
    assert [list(w) for w in (measured.y, measured.low, measured.high)] == [
        [getattr(e, name) for e in energies] for name in ("value", "low", "high")
    ]
    roles = {c.name: c.role for c in by_key["tail_activation"].curves}
    drawn = t.curves["model"].values[np.isfinite(t.curves["apparent_energy"].values).any(axis=1)]
    names = {
        "full line shape": "full line shape",
        "one mode of 25 meV (Huang-Rhys), any scale": "one mode of 25 meV (Huang-Rhys)",
    }
    names |= {"straight line, E_a in proportion to D": "straight line"}
    names |= {"power of the population of 25 meV phonons": "power of n, 25 meV phonons"}
    assert set(roles) == {"measured", *(names[str(name)] for name in drawn)}
    assert all((roles[names[str(name)]] == "model") == (name in t.tied) for name in drawn)


def test_yields_are_shown_by_branch_with_their_line(study, by_key):
    y = study.ensemble.yield_activation
    names = {c.name for c in by_key["yield_over_temperature"].curves}
    assert names == {f"{c}-conversion, {w}" for c in ("up", "down") for w in ("heating", "cooling", "fitted")}
    heating = curve(by_key["yield_over_temperature"], "up-conversion, heating")
    here = y.curves["branch"].values == "heating"
    assert list(heating.x) == [300, 330, 360]
    np.testing.assert_array_equal(heating.low, y.curves["yield_low"].values[here])
    assert str(y.activation_mev) in by_key["yield_over_temperature"].caption
    only = ensemble.yields(with_results(study, yield_activation=None))
    assert all(c.name.startswith("down") for c in only.curves)


def test_key_numbers_are_a_few(study):
    e = study.ensemble
    rows = {row.label: row.value for row in numbers.key_numbers(study)}
    for label, estimate in (
        ("shift of up- against down-converted emission", e.emission_comparison.shift_mev),
        ("yield of up- over down-conversion (PLE)", e.ple_ratio.ratio),
        ("exponent of the power law", e.power_law.slope),
        (DEEP, e.tail_activation.apparent_mev[DEEP]),
        ("activation energy of the up-conversion yield", e.yield_activation.activation_mev),
    ):
        assert rows[label] == estimate.texts()[0]


def test_sentences_stand_with_their_table_and_count_no_phonons(study):
    text = report_html(study)
    body = text.partition("<script>")[0]
    for result in study.ensemble.results.values():
        for sentence in numbers.sentences(result):
            assert re.sub(r"[<>&'\"]", "", sentence)[:40] in re.sub(r"&\w+;|&#\d+;|[<>&'\"]", "", body)
    says = numbers.sentences(study.ensemble.tail_activation)
    assert any("counts no phonons" in s for s in says)
    assert any(s.endswith((": tied with the best.", ": rejected.", ": weak.")) for s in says)
    assert not re.search(r"2\s*E_?LO|two phonons|\d(\.\d+)? phonons", body)


def test_claims_say_outcome_margin_and_unit(study):
    (linear,) = (s for s in numbers.sentences(study.ensemble.power_law) if s.startswith("The signal is linear"))
    assert ": supports (found " in linear and "counts as equal within 0.95 to 1.05)" in linear
    overlap = [s for s in numbers.sentences(study.ensemble.emission_comparison) if "from 0.98 on" in s]
    assert len(overlap) == 1
    (tail,) = numbers.sentences(study.ensemble.red_tail)
    assert tail.startswith("That no light of defects is there: supports; at most")


def test_titles_tell_the_same_analysis_of_two_measurements_apart(study):
    titles = [g.title for g in numbers.groups(study)]
    assert study.ensemble.power_law.linear.title not in titles  # claims are sentences, no tables
    for name in ("Light in the red tail", "Yield over temperature"):
        assert len([t for t in titles if t.startswith(name)]) == len({t for t in titles if t.startswith(name)}) == 2
