"""A study in a few lines, and a small plot, for the terminal; printing is left to cli."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from antistokes import data
from antistokes.units import FloatArray

if TYPE_CHECKING:  # the analyses take a second to import, and a plot needs none of them
    from antistokes.verdict.study import Study

TONES = {"could cool in this window": "bold blue", "would heat": "bold yellow"}
BLANK = " \u2800"
BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # dot of (row, column) in a character


def summary(study: Study) -> Table:
    """Return a study in a few lines: the two verdicts and the numbers to read first.

    Parameters
    ----------
    study : Study
        What was found.

    Returns
    -------
    rich.table.Table
        Two columns, what and which.
    """
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold")
    lines.add_row(Text("study"), Text(study.name, style="bold"))
    for title, v in (("mechanism", study.mechanism), ("cooling", study.cooling)):
        said_below = v.verdict == "could cool in this window"
        parts = ((v.verdict, TONES.get(v.verdict, "bold")), "" if said_below else f". {v.says}")
        lines.add_row(Text(title), Text.assemble(*parts))
    for what, which in _numbers(study):
        lines.add_row(Text(what), Text(which))
    for i, sentence in enumerate(() if study.lineshape is None else study.lineshape.undetermined):
        lines.add_row(Text("not determined" if i == 0 else ""), Text(sentence, style="yellow"))
    for e in study.evidence:
        lines.add_row(Text("evidence"), Text(f"{e.outcome}: {e.says}"))
    if study.warnings:
        for i, warning in enumerate(study.warnings):
            lines.add_row(Text("warnings" if i == 0 else ""), Text(warning, style="yellow"))
    return lines


def _numbers(study: Study) -> list[tuple[str, str]]:
    rows = []
    for g in study.gains:
        peak = "" if g.peak_mev is None else f", {g.peak_mev} by peak"
        rows.append((f"gain at {g.excitation_nm:g} nm", f"{g.mean_mev} by mean{peak}, of the measured emission"))
    from antistokes.report.numbers import mark_of, of_the_ensemble, of_the_yields  # not to plot a file

    w, mark = study.cooling_window, mark_of(study)
    if w is not None:
        if w.blue_edge_nm is not None and w.red_edge_nm is not None:
            rows.append(("cooling window", f"{w.blue_edge_nm} to {w.red_edge_nm}{mark}"))
        if w.best_efficiency is not None:
            rows.append(("largest efficiency", f"{w.best_efficiency.scaled(100, '%')} at {w.best_nm}{mark}"))
        lifted = [(a.excitation_nm, a.efficiency) for a in w.at if a.efficiency is not None]
        rows += [(f"efficiency at {nm:g} nm", f"{e.scaled(100, '%')}{mark}") for nm, e in lifted]
        rows += [(f"yield needed at {a.excitation_nm:g} nm", str(a.break_even_yield)) for a in w.at]
    return [
        *rows,
        *_of_the_line(study, mark),
        *(
            ("series" if i == 0 else "", f"{label}: {number}")
            for i, (label, number) in enumerate(of_the_ensemble(study))
        ),
        *(("yields" if i == 0 else "", f"{name}: {number}") for i, (name, number) in enumerate(of_the_yields(study))),
    ]


def _of_the_line(study: Study, mark: str) -> list[tuple[str, str]]:
    fit, tail = study.lineshape, study.lineshape_tail
    rows = []
    if fit is not None:
        width = f"inhomogeneous width {fit.inhomogeneous_width_mev} (s.d.)"
        rows.append(("line shape", f"E_00 {fit.e00_ev}; reorganisation energy {fit.reorganisation_mev}; {width}"))
    if tail is not None:
        found = [
            (f"{g.excitation_nm:g} nm", tail.gain_mev[f"gain by mean, {g.excitation_nm:g} nm"]) for g in study.gains
        ]
        rows += [(f"predicted gain, {nm}", f"{gain} by mean, of light excited at {nm}") for nm, gain in found]
    if tail is not None and tail.blue_edge_nm is not None and tail.red_edge_nm is not None:
        edges = f"{tail.blue_edge_nm} to {tail.red_edge_nm}"
        rows.append(("window, predicted", f"{edges}, from the line shape: beyond the data it is not measured{mark}"))
    return rows


def inspect_plot(ds: xr.Dataset, width: int = 72, height: int = 12, *, encoding: str = "utf-8") -> str:
    """Return a small plot of a measurement made of characters.

    Parameters
    ----------
    ds : xarray.Dataset
        A measurement; of several frames, positions or excitations the mean is drawn.
    width, height : int
        Columns of the whole; rows of the curve, above the axis and its ends [characters].
    encoding : str
        Encoding of the terminal; what is not UTF-8 gets plain ASCII.

    Returns
    -------
    str
        Lines of text: the curve between its lowest and highest value, and the ends of both axes.
    """
    axis = data.axis_of(ds)
    x, y = _profile(ds)
    fine = encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig", "cp65001")
    wall, corner, floor = ("│", "└", "─") if fine else ("|", "+", "-")
    labels = [f"{y.max():.4g}", *[""] * (height - 2), f"{y.min():.4g}"][:height]
    margin = max(map(len, labels))
    width = max(width - margin - 2, 8)
    lines = _braille(_dots(x, y, 2 * width, 4 * height)) if fine else _ascii(_dots(x, y, width, height))
    rows = [f"{label:>{margin}} {wall}{line.rstrip(BLANK)}" for label, line in zip(labels, lines, strict=True)]
    over = "" if ds["signal"].ndim == 1 else f"mean over {', '.join(map(str, ds['signal'].dims[:-1]))}"
    ends = f"{x[0]:.6g} {ds[axis].attrs['units']}", f"{x[-1]:.6g} {ds[axis].attrs['units']}"
    gap = max(1, width - len(ends[0]) - len(ends[1]))
    below = f"{'':>{margin}}  {ends[0]}{over if len(over) < gap - 1 else '':^{gap}}{ends[1]}"
    return "\n".join([*rows, f"{'':>{margin}} {corner}{floor * width}", below])


def _profile(ds: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """Return the main axis and the mean over all others, without missing samples."""
    x = np.asarray(ds[data.axis_of(ds)].values, dtype=float)
    rows = np.asarray(ds["signal"].values, dtype=float).reshape(-1, x.size)
    there = np.isfinite(rows)
    count = there.sum(axis=0)
    mean = np.where(there, rows, 0.0).sum(axis=0) / np.maximum(count, 1)
    return (x[count > 0], mean[count > 0]) if count.any() else (x, np.zeros(x.size))


def _dots(x: FloatArray, y: FloatArray, columns: int, rows: int) -> NDArray[np.bool_]:
    """Mask of shape (rows, columns): in each column all that the curve passes through."""
    edges = np.linspace(x[0], x[-1], columns + 1)
    at = 0.5 * (edges[1:] + edges[:-1])
    dots = np.zeros((rows, columns), dtype=bool)
    height = (np.interp(at, x, y) - y.min()) / (np.ptp(y) or 1.0)
    for column in range(columns):
        inside = y[(x >= edges[column]) & (x <= edges[column + 1])]
        level = np.append((inside - y.min()) / (np.ptp(y) or 1.0), height[max(column - 1, 0) : column + 1])
        low, high = (round(float(v) * (rows - 1)) for v in (level.min(), level.max()))
        dots[rows - 1 - high : rows - low, column] = True
    return dots


def _braille(dots: NDArray[np.bool_]) -> list[str]:
    rows, columns = dots.shape
    cells = dots.reshape(rows // 4, 4, columns // 2, 2).transpose(0, 2, 1, 3)
    return ["".join(chr(0x2800 + int(code)) for code in line) for line in (cells * BRAILLE).sum(axis=(2, 3))]


def _ascii(dots: NDArray[np.bool_]) -> list[str]:
    return ["".join("*" if dot else " " for dot in line) for line in dots]
