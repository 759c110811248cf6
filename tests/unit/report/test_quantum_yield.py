"""Panels, key numbers and sentences of the yields."""

import dataclasses

import numpy as np
import pytest

from antistokes.estimate import Estimate
from antistokes.report import numbers, quantum_yield
from antistokes.report.figures import panels
from antistokes.report.html import report_html
from antistokes.report.terminal import _numbers
from antistokes.report.view import look


@pytest.fixture(scope="module")
def study(studies):
    return studies["sphere"]


@pytest.fixture(scope="module")
def by_key(study):
    return {panel.key: panel for panel in panels(study)}


def with_yields(study, **changes):
    return look(dataclasses.replace(study, yields=study.yields._replace(**changes)))


def test_the_density_stands_with_median_interval_one_and_what_breaks_even(study, by_key):
    panel, found = by_key["absolute_yield"], study.yields.absolute_yield
    marks = {m.name: m for m in panel.marks}
    observed = found.observed_yield
    assert marks["median"].low == observed.value and marks["one photon each"].low == 1
    assert (marks["95 % interval"].low, marks["95 % interval"].high) == (observed.low, observed.high)
    assert marks["by two measurements"].low == found.other_yield.value
    for a in study.cooling_window.at:
        assert marks[f"breaks even at {a.excitation_nm:g} nm"].low == a.break_even_yield.value
    density, runs = panel.curves
    assert np.trapezoid(density.y, density.x) == pytest.approx(1, abs=0.02)
    assert list(runs.x) == sorted(r.observed_yield for r in found.repeats) and len(runs.x) == 3
    assert panel.x.show[0] < min(m.low for m in panel.marks) and panel.x.show[1] > 1
    assert panel.x.name.endswith("observed") and str(observed) in panel.title


def test_a_corrected_yield_is_the_internal_one(study):
    found = study.yields.absolute_yield
    internal = dataclasses.replace(found.observed_yield, value=0.97)
    panel = quantum_yield.absolute(
        with_yields(study, absolute_yield=dataclasses.replace(found, internal_yield=internal, other_yield=None))
    )
    assert panel.x.name.endswith("internal") and str(internal) in panel.title
    assert not [m for m in panel.marks if m.name.startswith("by ")]


def test_what_stands_on_an_axis_of_the_internal_yield_is_corrected_like_it(study):
    a, found = 0.2, study.yields.absolute_yield
    panel = quantum_yield.absolute(with_yields(study, absolute_yield=dataclasses.replace(found, self_absorption=a)))
    by_two, runs = next(m.low for m in panel.marks if m.name.startswith("by two")), panel.curves[1].x
    observed = np.array([found.other_yield.value, *sorted(r.observed_yield for r in found.repeats)])
    np.testing.assert_allclose([by_two, *runs], observed / (1 - a + a * observed), rtol=1e-12)


def test_a_contradicted_yield_is_marked(study):
    found = dataclasses.replace(study.yields.absolute_yield, contradicted=("it adds light",))
    view = with_yields(study, absolute_yield=found)
    panel = quantum_yield.absolute(view)
    assert panel.title.endswith("(contradicted)") and "contradicts itself: it adds light." in panel.caption
    assert "quantum yield in the sphere, CONTRADICTED" in [r.label for r in numbers.key_numbers(view.study)]


def test_what_rests_on_a_contradicted_yield_is_marked(study):
    found = dataclasses.replace(study.yields.absolute_yield, contradicted=("it adds light",))
    bad = with_yields(study, absolute_yield=found).study
    rests = ("cooling window, blue edge", "largest cooling efficiency", "cooling efficiency, 640 nm")
    labels, before = ([r.label for r in numbers.key_numbers(s)] for s in (bad, study))
    assert set(rests) <= set(before) and {f"{label}, CONTRADICTED" for label in rests} <= set(labels)
    assert "break-even yield, 640 nm" in labels  # which takes no yield
    shown, plain = ({p.key: p for p in panels(s)} for s in (bad, study))
    for key in ("power_conversion", "efficiency", "yield_needed"):
        assert "contradicts itself: it adds light. Nothing follows" in shown[key].caption
        assert "contradict" not in plain[key].caption + plain[key].title
    assert shown["power_conversion"].title == "Power conversion (contradicted)"
    assert "from a yield that contradicts itself" in shown["spectra"].caption
    titles = {g.title for g in numbers.groups(bad)}
    assert {
        "Cooling window, predicted from spectra (contradicted)",
        "Cooling at 640 nm excitation (contradicted)",
        "Power conversion at 640 nm excitation (contradicted)",
    } <= titles
    rows = dict(_numbers(bad))
    assert rows["cooling window"].endswith(", CONTRADICTED") and "CONTRADICTED" not in rows["yield needed at 640 nm"]


def test_an_external_yield_is_not_held_against_an_internal_one(study):
    lost = dataclasses.replace(study.config.quantum_yield, self_absorption=0.1)
    changed = dataclasses.replace(study, config=dataclasses.replace(study.config, quantum_yield=lost))
    panel = quantum_yield.absolute(look(changed))
    assert not [m for m in panel.marks if m.name.startswith("breaks even")]


def test_an_interval_without_an_end_is_no_band(study):
    found = study.yields.absolute_yield
    open_end = dataclasses.replace(found.observed_yield, high=np.inf)
    panel = quantum_yield.absolute(
        with_yields(study, absolute_yield=dataclasses.replace(found, observed_yield=open_end))
    )
    assert all(m.high is None for m in panel.marks) and np.isfinite(panel.x.show).all()


def test_a_budget_is_bars_with_all_together_below(study, by_key):
    for key, budget in (
        ("yield_budget", study.yields.absolute_yield.budget),
        ("ratio_budget", study.yields.yield_ratio.budget),
    ):
        each, whole = by_key[key].curves
        names = by_key[key].y.names
        assert names[0] == whole.name == "all together" and list(whole.y) == [0]
        assert whole.x[0] == budget["all together"].value
        assert list(each.x) == sorted(each.x) == [budget[names[int(i)]].value for i in each.y]
        exact = {name for name, e in budget.items() if e.value == 0}
        assert set(names) | exact == set(budget) and not set(names) & exact
        assert all(name in by_key[key].caption for name in exact)
    assert "stray light" in by_key["ratio_budget"].caption


def test_one_source_is_no_budget(study):
    found = dataclasses.replace(
        study.yields.absolute_yield, budget={"noise": Estimate(1.0), "all together": Estimate(1.0)}
    )
    assert quantum_yield.absolute_budget(with_yields(study, absolute_yield=found)) is None


def test_the_ratio_stands_on_what_counts_as_equal(study, by_key):
    panel, found = by_key["yield_ratio"], study.yields.yield_ratio
    (equal,) = (m for m in panel.marks if m.name == "counts as equal")
    assert (equal.low, equal.high) == (found.equal.margin_low, found.equal.margin_high)
    assert str(found.ratio) in panel.title and "supports" in panel.caption


def test_power_stands_at_each_excitation_below_what_can_be(study, by_key):
    panel, found = by_key["power_conversion"], study.yields.power_conversion
    power, least = panel.curves
    assert list(power.x) == [640, 655] and list(power.y) == [p.efficiency.value for p in found]
    assert list(least.y) == [p.lower_limit.value for p in found]
    most = {m.name: m.low for m in panel.marks}
    assert most == {
        "unity": 1.0,
        "upper bound": min(p.second_law_bound.value for p in found),
    }
    assert "only that of an assumed 100 W/m², for none is stated" in panel.caption
    assert "state exitance_w_per_m2" in panel.caption and "breaks the second law" not in panel.caption
    stated = tuple(dataclasses.replace(p, exitance_stated=True) for p in found)
    caption = quantum_yield.power(with_yields(study, power_conversion=stated)).caption
    assert "A claim above the dashed line breaks the second law" in caption and "assumed" not in caption


def test_what_was_not_measured_has_no_panel(studies):
    view = look(studies["emission"])
    makers = ("absolute", "absolute_budget", "ratio", "ratio_budget", "power")
    assert [getattr(quantum_yield, name)(view) for name in makers] == [None] * 5


def test_the_yields_are_key_numbers(study):
    rows = {row.label: row.value for row in numbers.key_numbers(study)}
    assert rows["quantum yield in the sphere"] == study.yields.absolute_yield.observed_yield.texts()[0]
    assert rows["yield below the gap over that above it"] == study.yields.yield_ratio.ratio.texts()[0]


def test_the_page_holds_their_tables_and_sentences(study):
    text = report_html(study)
    for title in (
        "Absolute quantum yield by three measurements",
        "Power conversion at 640 nm",
        "Largest source: power",
    ):
        assert title in text
