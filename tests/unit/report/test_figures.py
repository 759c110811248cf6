"""What the panels hold: data, not pixels."""

import json

import bokeh
import numpy as np
import pytest
from bokeh.core.serialization import Deserializer
from bokeh.models import Legend, Plot

from antistokes.report.bokeh import draw, embedded
from antistokes.report.figures import panels
from antistokes.report.panel import Axis, Curve, Panel

SPECTRA = ["spectra", "spectra_log"]
PAIR = ["tail", "reciprocity", "reciprocity_residual", "local_temperature"]
LINE = ["lineshape", "lineshape_residual", "lineshape_tail", "lineshape_gain"]
SERIES = ["emission_comparison", "ple", "ple_ratio", "power_law", "tail_activation", "yield_over_temperature"]
COOLING = ["efficiency", "yield_needed", "power_conversion"]
YIELDS = ["absolute_yield", "yield_budget", "yield_ratio", "ratio_budget", "power_conversion"]
KEYS = {
    "whole": [*SPECTRA, *PAIR, *COOLING, *LINE, "lineshape_efficiency"],
    "heats": [*SPECTRA, *PAIR, *COOLING],
    "no yield": [*SPECTRA, *PAIR, "yield_needed"],
    "emission": SPECTRA,
    "cross-section": [*SPECTRA, *PAIR, *COOLING],
    "calibrated": [*SPECTRA, "response", *PAIR, *COOLING],
    "series": [*SPECTRA, *PAIR, "yield_needed", *SERIES],
    "sphere": [*SPECTRA, *PAIR, "efficiency", "yield_needed", *YIELDS, "emission_comparison"],
}


def by_key(study):
    return {panel.key: panel for panel in panels(study)}


@pytest.mark.parametrize("name", KEYS)
def test_only_what_was_measured_has_a_panel(studies, name):
    assert [panel.key for panel in panels(studies[name])] == KEYS[name]


@pytest.mark.parametrize("name", KEYS)
def test_every_axis_has_a_unit_and_a_sane_range(studies, name):
    for panel in panels(studies[name]):
        for axis in (panel.x, panel.y):
            assert axis.label == f"{axis.name} ({axis.unit})" and axis.unit
            assert np.isfinite(axis.show).all() and axis.show[0] < axis.show[1]
        for axis in (a for a in (panel.x, panel.y) if a.scale == "log"):
            assert axis.show[0] > 0
        if panel.y.scale == "log":
            assert 1 < panel.y.show[1] / panel.y.show[0] < 1e11


@pytest.mark.parametrize("name", KEYS)
def test_curves_fit_together_and_show_something(studies, name):
    for panel in panels(studies[name]):
        assert panel.curves and panel.title and panel.caption
        for curve in panel.curves:
            assert curve.x.shape == curve.y.shape
            assert np.all(np.diff(curve.x) > 0)
            assert (curve.low is None) == (curve.high is None) == (not curve.band)
            if panel.y.scale == "log":
                assert not np.any(curve.y <= 0)
        low, high = panel.y.show
        assert any(np.any((c.y >= low) & (c.y <= high)) for c in panel.curves)


@pytest.mark.parametrize("name", ["whole", "calibrated", "series", "sphere"])
def test_legend_tells_curves_apart(studies, name):
    for panel in panels(studies[name]):
        looks = {}
        for curve in panel.curves:
            looks.setdefault((curve.role, curve.style), set()).add(curve.name)
        assert all(len(names) == 1 for names in looks.values())


def test_spectra_are_scaled_to_one(studies):
    absorption, emission = by_key(studies["whole"])["spectra"].curves
    assert emission.y.max() == 1.0
    first = studies["whole"].absorption_summary.first_peak_nm.value
    assert np.interp(first, absorption.x, absorption.y) == pytest.approx(1.0, abs=1e-3)


def test_efficiency_is_that_of_the_window(studies):
    window = studies["whole"].cooling_window
    panel = by_key(studies["whole"])["efficiency"]
    np.testing.assert_allclose(panel.curves[0].y, 100 * window.curves["efficiency"].values)
    edges = [m for m in panel.marks if m.role == "edge"]
    assert [(m.low, m.high) for m in edges] == [(e.low, e.high) for e in (window.blue_edge_nm, window.red_edge_nm)]
    assert panel.y.show[0] > -30 and panel.y.show[1] > 100 * window.best_efficiency.high
    assert any(m.role == "laser" and m.low == 660 for m in panel.marks)


def test_efficiency_of_a_sample_that_heats_shows_zero(studies):
    panel = by_key(studies["heats"])["efficiency"]
    assert panel.y.show[0] < panel.curves[0].y.max() < 0 < panel.y.show[1]
    assert not [m for m in panel.marks if m.role == "edge"]


def test_reciprocity_names_the_temperature_and_shades_its_window(studies):
    study = studies["whole"]
    panel = by_key(study)["reciprocity"]
    assert str(study.reciprocity.temperature_k) in panel.title
    (window,) = panel.marks
    assert (window.low, window.high) == (study.reciprocity.window_low_ev, study.reciprocity.window_high_ev)
    line = next(c for c in panel.curves if c.name == "fitted line")
    inside = np.isfinite(line.y)
    assert line.x[inside][0] == window.low and line.x[inside][-1] == window.high


def test_yield_is_a_level_band_only_where_it_is_given(studies):
    used = studies["whole"].cooling_window.external_yield
    (band,) = (m for m in by_key(studies["whole"])["yield_needed"].marks if m.axis == "y" and m.high is not None)
    assert (band.low, band.high) == (used.low, used.high)
    assert all(m.high is None for m in by_key(studies["no yield"])["yield_needed"].marks)


@pytest.mark.parametrize("name", ["whole", "cross-section"])
def test_measured_and_demanded_absorption_have_one_unit(studies, name):
    study = studies[name]
    panel = by_key(study)["tail"]
    assert panel.y.unit == {"whole": "cm⁻¹", "cross-section": "cm²"}[name]
    measured, demanded = (next(c for c in panel.curves if c.role == role) for role in ("absorption", "emission"))
    inside = (demanded.x >= study.reciprocity.window_low_ev) & (demanded.x <= study.reciprocity.window_high_ev)
    expected = np.interp(demanded.x[inside], measured.x, measured.y)
    np.testing.assert_allclose(demanded.y[inside], expected, rtol=0.1)


def test_local_temperature_has_the_sample_temperature(studies):
    marks = by_key(studies["whole"])["local_temperature"].marks
    assert 300.0 in [m.low for m in marks if m.role == "reference"]


def test_response_shows_lamp_light_and_their_ratio_with_its_band(studies):
    study = studies["calibrated"]
    panel = by_key(study)["response"]
    counted, light, ratio = panel.curves
    assert light.name == "lamp's light, certificate" and counted.y.max() == light.y.max() == ratio.y.max() == 1
    product = light.y * ratio.y
    np.testing.assert_allclose(product / product.max(), counted.y, rtol=1e-12)
    c = study.calibration.curves
    relative = np.hypot(c["response_sd"], np.sqrt((c["response_modes"] ** 2).sum("mode"))).values
    np.testing.assert_allclose((ratio.high - ratio.low) / 2, relative * ratio.y)
    assert ratio.band == "± 1 s.d." and "lamp.csv" in panel.caption and "certificate.csv" in panel.caption
    assert study.calibration.range_nm == (ratio.x[0], ratio.x[-1])


@pytest.mark.parametrize("name", KEYS)
def test_bokeh_reads_every_plot_and_knows_each_name_and_value(studies, name):
    shown = panels(studies[name])
    written = json.loads(json.dumps(embedded(shown, bokeh.__version__), allow_nan=False))
    plots = Deserializer().decode(written["documents"]["report"]["roots"])
    assert list(written["places"][0]["roots"].values()) == [f"plot-{panel.key}" for panel in shown]
    for panel, plot in zip(shown, plots, strict=True):
        assert (plot.xaxis.axis_label, plot.yaxis.axis_label) == (panel.x.label, panel.y.label)
        assert (plot.x_range.start, plot.x_range.end) == panel.x.show
        assert isinstance(plot, Plot)
        kinds = [type(tool).__name__ for tool in plot.tools]
        assert {"HoverTool", "BoxZoomTool", "WheelZoomTool", "ResetTool", "SaveTool"} <= set(kinds)
        assert plot.toolbar.logo is None and plot.toolbar.active_drag in plot.tools
        (legend,) = (item for item in plot.below if isinstance(item, Legend))
        names = {c.name for c in panel.curves} | {m.name for m in panel.marks}
        assert {item.label.value for item in legend.items} == names
        sources = [renderer.data_source for renderer in plot.renderers]
        for curve in panel.curves:
            (drawn,) = (s for s in sources if "y" in s.data and np.array_equal(s.data["y"], curve.y.astype("f4"), True))
            np.testing.assert_array_equal(drawn.data["x"], curve.x.astype("f4"))


def test_gaps_of_a_band_stay_gaps():
    x = np.arange(6.0)
    y = np.array([1, 2, np.nan, 4, 5, 6])
    curve = Curve(name="c", x=x, y=y, low=y - 1, high=y + 1, band="b", role="result")
    axis = Axis(name="n", unit="u", show=(0, 1))
    plot = draw(Panel(key="k", title="t", caption="c", x=axis, y=axis, curves=(curve,)))
    bands = [r for r in plot["attributes"]["renderers"] if r["attributes"]["glyph"]["name"] == "VArea"]
    ends = [dict(r["attributes"]["data_source"]["attributes"]["data"]["entries"])["x"]["shape"] for r in bands]
    assert ends == [[2], [3]]


def test_intervals_of_single_points_are_upright_lines():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    curve = Curve(name="c", x=x, y=y, low=y - 1, high=y + 2, band="b", style="rings", role="result")
    axis = Axis(name="n", unit="u", show=(0, 1))
    plot = draw(Panel(key="k", title="t", caption="c", x=axis, y=axis, curves=(curve,)))
    (read,) = Deserializer().decode(json.loads(json.dumps([plot], allow_nan=False)))
    (bars,) = (r for r in read.renderers if type(r.glyph).__name__ == "Segment")
    found = {name: list(values) for name, values in bars.data_source.data.items()}
    assert found == {"x0": [1, 2], "x1": [1, 2], "y0": [2, 3], "y1": [5, 6]}
    (points,) = (r for r in read.renderers if type(r.glyph).__name__ == "Scatter")
    assert points.glyph.fill_alpha == 0 and points.glyph.line_color is not None


def test_bars_that_lie_begin_at_zero_and_bear_names():
    curve = Curve(name="c", x=np.array([0.5, 2.0]), y=np.array([0.0, 1.0]), style="across", role="result")
    x, y = Axis(name="n", unit="%", show=(0, 3)), Axis(name="m", unit="u", show=(-1, 2), names=("small", "large"))
    plot = draw(Panel(key="k", title="t", caption="c", x=x, y=y, curves=(curve,)))
    (read,) = Deserializer().decode(json.loads(json.dumps([plot], allow_nan=False)))
    (bars,) = (r for r in read.renderers if type(r.glyph).__name__ == "HBar")
    assert (bars.glyph.left, bars.glyph.right.field, bars.glyph.y.field) == (0, "x", "y")
    assert list(read.yaxis.ticker.ticks) == [0, 1] and dict(read.yaxis.major_label_overrides) == {
        0: "small",
        1: "large",
    }
    assert type(read.xaxis.ticker).__name__ == "BasicTicker" and not read.xaxis.major_label_overrides
    (hover,) = (tool for tool in read.tools if type(tool).__name__ == "HoverTool")
    assert hover.tooltips == [["c", "@x{%.3g} %"]] and hover.mode == "mouse"
