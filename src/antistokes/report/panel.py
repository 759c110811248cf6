"""The words of figures.py: a panel, its axes, curves and marks, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from antistokes.units import FloatArray

Role = Literal["absorption", "emission", "result", "model", "window", "edge", "laser", "reference"]
# "dots" are small and pale points, for data under a line; "bars" and "rings" are large ones, each with its interval;
# "across" are bars that lie, from 0 to x, one at each y
Style = Literal["line", "dashed", "dotted", "dotdash", "points", "dots", "bars", "rings", "across"]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: what it shows, its unit, its scale, and the range that is shown first (the data may go on).

    ``names`` stand at 0, 1, 2 ... instead of numbers.
    """

    name: str
    unit: str
    scale: Literal["linear", "log"] = "linear"
    show: Range
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name with unit."""
        return f"{self.name} ({self.unit})"


def typeset(unit: str) -> str:
    """Return a unit with its powers raised."""
    return unit.replace("^-1", "⁻¹").replace("^2", "²")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve, perhaps with an interval; NaN where there is nothing to show."""

    name: str
    x: FloatArray
    y: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    band: str = ""  # what low...high is
    style: Style = "line"
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across the figure at ``low``, or, with ``high``, a span; upright on "x", level on "y"."""

    name: str
    low: float
    high: float | None = None
    axis: Literal["x", "y"] = "x"
    style: Style = "line"
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One figure."""

    key: str
    title: str
    caption: str
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...] = ()
