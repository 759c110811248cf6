"""Draws a Panel as a Bokeh plot; the only file, with html.py, that knows Bokeh.

Built from ``bokeh.models``: ``bokeh.plotting`` takes longer to import and makes twice as many models of a curve.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import (
    BasicTicker,
    BasicTickFormatter,
    BoxZoomTool,
    CDSView,
    ColumnDataSource,
    Grid,
    HoverTool,
    HSpan,
    HStrip,
    LinearAxis,
    LinearScale,
    LogAxis,
    LogScale,
    LogTicker,
    LogTickFormatter,
    PanTool,
    Plot,
    Range1d,
    ResetTool,
    SaveTool,
    Scatter,
    UnionRenderers,
    VArea,
    VSpan,
    VStrip,
    WheelZoomTool,
)
from bokeh.models.annotations import Legend, LegendItem
from bokeh.models.glyphs import Line
from bokeh.models.renderers import GlyphRenderer
from numpy.typing import NDArray

from antistokes.report.panel import Axis, Curve, Mark, Panel, Style

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
}
FONT = "Helvetica, Arial, sans-serif"


def draw(panel: Panel, height: int = 400) -> Any:
    """Draw a panel.

    Parameters
    ----------
    panel : Panel
        What the figure holds.
    height : int
        Height; the width follows the page [px].

    Returns
    -------
    bokeh.models.Plot
        A figure with hover, zoom and save.
    """
    # Canvas, not SVG: with a legend beside the frame, Bokeh's SVG backend gives the frame no height; canvas is also
    # quicker to hover. "Save" gives a PNG at the resolution of the screen.
    plot: Any = Plot(
        height=height,
        sizing_mode="stretch_width",
        output_backend="canvas",
        x_scale=_scale(panel.x),
        y_scale=_scale(panel.y),
        x_range=Range1d(start=panel.x.show[0], end=panel.x.show[1]),
        y_range=Range1d(start=panel.y.show[0], end=panel.y.show[1]),
        title=None,  # the page has it as a heading; a paper has its own
        toolbar_location="above",
        background_fill_color=None,
        border_fill_color="white",
        border_line_color=None,
        outline_line_color=None,
    )
    items: dict[str, Any] = {}
    shared: dict[str, Any] = {"view": CDSView(), "policy": UnionRenderers()}
    for mark in panel.marks:
        items.setdefault(mark.name, _draw_mark(plot, mark, shared))
    for curve in panel.curves:
        items.setdefault(curve.name, _draw_curve(plot, curve, panel, shared))
    _axes(plot, panel)
    plot.add_layout(_legend(items), "below")
    _tools(plot, panel)
    return plot


def _add(plot: Any, columns: dict[str, Any], glyph: Any, shared: dict[str, Any], level: str = "glyph") -> Any:
    source = ColumnDataSource(columns, selection_policy=shared["policy"])
    plain: dict[str, Any] = {"nonselection_glyph": None, "muted_glyph": None, "view": shared["view"], "level": level}
    renderer = GlyphRenderer(data_source=source, glyph=glyph, **plain)
    plot.renderers.append(renderer)
    return renderer


def _draw_mark(plot: Any, mark: Mark, shared: dict[str, Any]) -> Any:
    line: dict[str, Any] = {"line_color": COLOURS[mark.role], "line_dash": DASHES[mark.style], "line_width": 1.6}
    fill: dict[str, Any] = {"fill_color": COLOURS[mark.role], "fill_alpha": 0.22, "line_color": None}
    if mark.high is None:
        glyph: Any = VSpan(x="x", **line) if mark.axis == "x" else HSpan(y="x", **line)
        return _add(plot, {"x": [mark.low]}, glyph, shared)
    strip: Any = VStrip(x0="x0", x1="x1", **fill) if mark.axis == "x" else HStrip(y0="x0", y1="x1", **fill)
    return _add(plot, {"x0": [mark.low], "x1": [mark.high]}, strip, shared, "underlay")


def _draw_curve(plot: Any, curve: Curve, panel: Panel, shared: dict[str, Any]) -> Any:
    """Draw a curve and its band; NaN leaves a gap."""
    columns = {"x": np.asarray(curve.x), "y": np.asarray(curve.y)}
    colour = COLOURS[curve.role]
    if curve.low is not None and curve.high is not None:
        columns |= {"low": np.asarray(curve.low), "high": np.asarray(curve.high)}
        for run in _runs(np.all(np.isfinite(list(columns.values())), axis=0)):
            part = {k: columns[k][run] for k in ("x", "low", "high")}
            band = VArea(x="x", y1="low", y2="high", fill_color=colour, fill_alpha=0.25)
            _add(plot, part, band, shared, "underlay")
    if curve.style == "points":
        glyph: Any = Scatter(x="x", y="y", size=4, fill_color=colour, line_color=None, fill_alpha=0.55)
    else:
        width = 1.3 if curve.style == "dotted" or curve.role == "model" else 2.0
        glyph = Line(x="x", y="y", line_color=colour, line_width=width, line_dash=DASHES[curve.style])
    drawn = _add(plot, columns, glyph, shared)
    if curve.style != "dotted":
        plot.add_tools(_hover(drawn, curve, panel))
    return drawn


def _runs(there: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Indices of each stretch without a gap."""
    index = np.flatnonzero(there)
    return [run for run in np.split(index, np.flatnonzero(np.diff(index) > 1) + 1) if run.size > 1]


def _hover(drawn: Any, curve: Curve, panel: Panel) -> HoverTool:
    rows = [(panel.x.name, f"@x{{%.6g}} {_unit(panel.x)}"), (curve.name, f"@y{{%.4g}} {_unit(panel.y)}")]
    if curve.band:
        rows.append((curve.band, f"@low{{%.4g}} to @high{{%.4g}} {_unit(panel.y)}"))
    return HoverTool(
        renderers=[drawn],
        tooltips=rows,
        formatters={f"@{name}": "printf" for name in ("x", "y", "low", "high")},
        mode="mouse" if curve.style == "points" else "vline",
        line_policy="nearest",
        visible=False,
    )


def _unit(axis: Axis) -> str:
    return "" if axis.unit.startswith(("scaled", "dimensionless", "photons")) else axis.unit


def _legend(items: dict[str, Any]) -> Legend:
    """Make the legend that stands under the figure, where it covers no data, and fits a narrow page."""
    return Legend(
        items=[LegendItem(label=name, renderers=[drawn]) for name, drawn in items.items()],
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


def _scale(axis: Axis) -> Any:
    return LogScale() if axis.scale == "log" else LinearScale()


def _axes(plot: Any, panel: Panel) -> None:
    kinds: dict[bool, Any] = {True: LogAxis, False: LinearAxis}
    sides: tuple[Any, ...] = ((panel.x, "below", 0), (panel.y, "left", 1))
    for what, place, dimension in sides:
        log = what.scale == "log"
        ticker: Any = LogTicker() if log else BasicTicker(desired_num_ticks=5 if place == "below" else 6)
        axis = kinds[log](
            ticker=ticker,
            formatter=LogTickFormatter() if log else BasicTickFormatter(use_scientific=False),
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
        plot.add_layout(axis, place)
        plot.center.append(Grid(axis=axis, dimension=dimension, grid_line_color="#ebebeb"))


def _tools(plot: Any, panel: Panel) -> None:
    """Zoom by dragging a box, or by the wheel with ctrl held, so that the page still scrolls."""
    box, wheel = BoxZoomTool(), WheelZoomTool(modifiers="ctrl")
    plot.add_tools(box, wheel, PanTool(), ResetTool(), SaveTool(filename=panel.key))
    plot.toolbar.active_drag, plot.toolbar.active_scroll = box, wheel
    plot.toolbar.logo = None
