"""Draws Panels as Bokeh plots, in the JSON that Bokeh's page library reads; the only file that knows Bokeh.

Bokeh's Python models are not used: to import them and to make and write eight plots takes a second and a half. The
tests read what is written here back through those models, which check each name and value.
"""

from __future__ import annotations

import base64
import gzip
import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antistokes.report.panel import Axis, Curve, Mark, Panel, Style
from antistokes.units import FloatArray

Json = dict[str, Any]
Columns = dict[str, FloatArray]

# Okabe and Ito's palette, safe for colour-blind readers; every role differs in line style or marker as well.
COLOURS = {
    "absorption": "#0072B2",
    "emission": "#D55E00",
    "result": "#007A5A",  # their bluish green, darkened to 4.5:1 on white
    "model": "#000000",
    "window": "#56B4E9",
    "edge": "#E69F00",
    "laser": "#CC79A7",
    "reference": "#555555",
}
DASHES: dict[Style, str | list[int]] = {
    "line": "solid",
    "dashed": [7, 4],
    "dotted": [2, 3],
    "dotdash": [8, 3, 2, 3],
    "points": "solid",
    "dots": "solid",
    "bars": "solid",
    "rings": "solid",
    "across": "solid",
}
POINTS: dict[Style, tuple[float, float]] = {"points": (4, 0.55), "dots": (6, 0.3), "bars": (8, 0.9), "rings": (9, 0.0)}
BARS: tuple[Style, ...] = ("bars", "rings")  # whose intervals are upright lines; above: size [px] and opacity
THICKNESS = 0.6  # of bars that lie, of the step from one to the next
FONT = "Helvetica, Arial, sans-serif"


def embedded(panels: Iterable[Panel], version: str) -> Json:
    """Draw panels for a page.

    Parameters
    ----------
    panels : iterable of Panel
        What the figures hold.
    version : str
        Of Bokeh.

    Returns
    -------
    dict
        ``documents`` and ``places``, the two arguments of ``Bokeh.embed.embed_items``; plain data for JSON. The
        plot of a panel goes to the element with the id "plot-" and its key.
    """
    plots = {f"plot-{panel.key}": draw(panel) for panel in panels}
    ids = {plot["id"]: place for place, plot in plots.items()}
    places = {"docid": "report", "roots": ids, "root_ids": list(ids)}
    documents = {"report": {"version": version, "title": "", "roots": list(plots.values())}}
    return {"documents": documents, "places": [places]}


def page_library() -> str:
    """Return the JavaScript of Bokeh; its Python is not imported."""
    spec = importlib.util.find_spec("bokeh")
    assert spec is not None and spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    return (folder / "server" / "static" / "js" / "bokeh.min.js").read_text(encoding="utf-8")


def draw(panel: Panel, height: int = 400) -> Json:
    """Draw a panel.

    Parameters
    ----------
    panel : Panel
        What the figure holds.
    height : int
        Height; the width follows the page [px].

    Returns
    -------
    dict
        A Bokeh Plot with hover, zoom and save; plain data for JSON.
    """
    make = _Maker(panel.key)
    renderers: list[Json] = []
    hovers: list[Json] = []
    legend: dict[str, Json] = {}
    for mark in panel.marks:
        renderers.append(_draw_mark(make, mark))
        legend.setdefault(mark.name, renderers[-1])
    for curve in panel.curves:
        renderers += [*_draw_band(make, curve), _draw_curve(make, curve)]
        legend.setdefault(curve.name, renderers[-1])
        if curve.style != "dotted":
            hovers.append(_hover(make, renderers[-1], curve, panel))
    axes = (_axis(make, panel.x, ticks=5), _axis(make, panel.y, ticks=6))
    # Canvas, not SVG: with a legend beside the frame, Bokeh's SVG backend gives the frame no height; canvas is also
    # quicker to hover. "Save" gives a PNG at the resolution of the screen.
    return make(
        "Plot",
        height=height,
        sizing_mode="stretch_width",
        output_backend="canvas",
        x_scale=_scale(make, panel.x),
        y_scale=_scale(make, panel.y),
        x_range=make("Range1d", start=panel.x.show[0], end=panel.x.show[1]),
        y_range=make("Range1d", start=panel.y.show[0], end=panel.y.show[1]),
        title=None,  # the page has it as a heading; a paper has its own
        toolbar_location="above",
        background_fill_color=None,
        border_fill_color="white",
        border_line_color=None,
        outline_line_color=None,
        renderers=renderers,
        left=[axes[1]],
        below=[axes[0], _legend(make, legend)],
        center=[make("Grid", axis=_the(a), dimension=d, grid_line_color="#ebebeb") for d, a in enumerate(axes)],
        toolbar=_toolbar(make, hovers, panel.key),
    )


class _Maker:
    """Makes the models of one plot, each with an id of its own on the page."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.made = prefix, 0

    def __call__(self, name: str, **attributes: Any) -> Json:
        self.made += 1
        return {"type": "object", "name": name, "id": f"{self.prefix}-{self.made}", "attributes": attributes}


def _the(model: Json) -> Json:
    """Refer to a model that stands earlier in the plot."""
    return {"id": model["id"]}


def _array(values: FloatArray) -> Json:
    """Single precision: six digits are shown."""
    content = gzip.compress(np.ascontiguousarray(values, dtype="<f4").tobytes(), compresslevel=1, mtime=0)
    data = {"type": "bytes", "data": base64.b64encode(content).decode("ascii")}
    return {"type": "ndarray", "array": data, "shape": [len(values)], "dtype": "float32", "order": "little"}


def _map(entries: dict[str, Any]) -> Json:
    return {"type": "map", "entries": [[k, v] for k, v in entries.items()]}


def _render(make: _Maker, columns: Columns, kind: str, level: str = "glyph", **style: Any) -> Json:
    """Draw columns as a glyph whose coordinates bear the columns' names; "low" and "high" are for the hover only."""
    ends = {"x": "right"} if kind == "HBar" else {}  # a bar that lies has no x
    place = {ends.get(k, k): {"type": "field", "field": k} for k in columns if k not in ("low", "high")}
    return make(
        "GlyphRenderer",
        data_source=make("ColumnDataSource", data=_map({k: _array(np.atleast_1d(v)) for k, v in columns.items()})),
        glyph=make(kind, **place, **style),
        nonselection_glyph=None,
        muted_glyph=None,
        level=level,
    )


def _draw_mark(make: _Maker, mark: Mark) -> Json:
    colour = COLOURS[mark.role]
    low = np.asarray(mark.low)
    if mark.high is None:
        kind, name = ("VSpan", "x") if mark.axis == "x" else ("HSpan", "y")
        return _render(make, {name: low}, kind, line_color=colour, line_dash=DASHES[mark.style], line_width=1.6)
    kind, name = ("VStrip", "x") if mark.axis == "x" else ("HStrip", "y")
    ends = {f"{name}0": low, f"{name}1": np.asarray(mark.high)}
    return _render(make, ends, kind, "underlay", fill_color=colour, fill_alpha=0.22, line_color=None)


def _draw_band(make: _Maker, curve: Curve) -> list[Json]:
    """Draw the interval of a curve; NaN leaves a gap."""
    if curve.low is None or curve.high is None:
        return []
    if curve.style in BARS:
        ends = {"x0": curve.x, "y0": curve.low, "x1": curve.x, "y1": curve.high}
        return [_render(make, ends, "Segment", line_color=COLOURS[curve.role], line_width=1.6)]
    style = {"fill_color": COLOURS[curve.role], "fill_alpha": 0.25}
    there = np.isfinite(curve.y) & np.isfinite(curve.low) & np.isfinite(curve.high)
    return [
        _render(make, {"x": curve.x[run], "y1": curve.low[run], "y2": curve.high[run]}, "VArea", "underlay", **style)
        for run in _runs(there)
    ]


def _draw_curve(make: _Maker, curve: Curve) -> Json:
    """Draw a curve; its interval rides along for the hover; NaN leaves a gap."""
    columns = {"x": curve.x, "y": curve.y}
    if curve.low is not None and curve.high is not None:
        columns |= {"low": curve.low, "high": curve.high}
    colour = COLOURS[curve.role]
    if curve.style == "across":
        return _render(make, columns, "HBar", height=THICKNESS, fill_color=colour, line_color=None)
    if curve.style in POINTS:
        size, alpha = POINTS[curve.style]
        edge = colour if curve.style in BARS else None
        return _render(make, columns, "Scatter", size=size, fill_color=colour, line_color=edge, fill_alpha=alpha)
    width = 1.3 if curve.style == "dotted" or curve.role == "model" else 2.0
    return _render(make, columns, "Line", line_color=colour, line_width=width, line_dash=DASHES[curve.style])


def _runs(there: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Indices of each stretch without a gap."""
    index = np.flatnonzero(there)
    return [run for run in np.split(index, np.flatnonzero(np.diff(index) > 1) + 1) if run.size > 1]


def _hover(make: _Maker, drawn: Json, curve: Curve, panel: Panel) -> Json:
    rows = [[panel.x.name, f"@x{{%.6g}} {_unit(panel.x)}"], [curve.name, f"@y{{%.4g}} {_unit(panel.y)}"]]
    if curve.style == "across":
        rows = [[curve.name, f"@x{{%.3g}} {_unit(panel.x)}"]]
    if curve.band:
        rows.append([curve.band, f"@low{{%.4g}} to @high{{%.4g}} {_unit(panel.y)}"])
    return make(
        "HoverTool",
        renderers=[_the(drawn)],
        tooltips=rows,
        formatters=_map({f"@{name}": "printf" for name in ("x", "y", "low", "high")}),
        mode="mouse" if curve.style in (*POINTS, "across") else "vline",
        line_policy="nearest",
        visible=False,
    )


def _unit(axis: Axis) -> str:
    return "" if axis.unit.startswith(("scaled", "dimensionless", "photons", "relative")) else axis.unit


def _legend(make: _Maker, items: dict[str, Json]) -> Json:
    """Make the legend that stands under the figure, where it covers no data, and fits a narrow page."""
    return make(
        "Legend",
        items=[
            make("LegendItem", label={"type": "value", "value": name}, renderers=[_the(drawn)])
            for name, drawn in items.items()
        ],
        orientation="vertical",
        ncols=1 if len(items) < 3 else 2,
        location="left",
        border_line_color=None,
        background_fill_alpha=0,
        label_text_font=FONT,
        label_text_font_size="12px",
        label_text_color="#222222",
        glyph_width=26,
        glyph_height=14,
        label_height=14,
        spacing=8,
        margin=4,
    )


def _scale(make: _Maker, axis: Axis) -> Json:
    return make("LogScale" if axis.scale == "log" else "LinearScale")


def _axis(make: _Maker, what: Axis, ticks: int) -> Json:
    log = what.scale == "log"
    ticker = make("LogTicker") if log else make("BasicTicker", desired_num_ticks=ticks)
    if what.names:
        ticker = make("FixedTicker", ticks=list(range(len(what.names))))
    return make(
        "LogAxis" if log else "LinearAxis",
        ticker=ticker,
        major_label_overrides={"type": "map", "entries": [list(pair) for pair in enumerate(what.names)]},
        formatter=make("LogTickFormatter") if log else make("BasicTickFormatter", use_scientific=False),
        axis_label=what.label,
        axis_label_text_font=FONT,
        axis_label_text_font_style="normal",
        axis_label_text_font_size="14px",
        axis_label_text_color="#222222",
        major_label_text_font=FONT,
        major_label_text_font_size="13px",
        major_label_text_color="#222222",
        major_tick_in=6,
        major_tick_out=0,
        minor_tick_in=3,
        minor_tick_out=0,
    )


def _toolbar(make: _Maker, hovers: list[Json], filename: str) -> Json:
    """Zoom by dragging a box, or by the wheel with ctrl held, so that the page still scrolls."""
    box, wheel = make("BoxZoomTool"), make("WheelZoomTool", modifiers=_map({"ctrl": True}))
    others = (make("PanTool"), make("ResetTool"), make("SaveTool", filename=filename))
    return make(
        "Toolbar",
        tools=[*hovers, box, wheel, *others],
        active_drag=_the(box),
        active_scroll=_the(wheel),
        logo=None,
    )
