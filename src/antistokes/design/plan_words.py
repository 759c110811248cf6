"""A plan for a yield in words and as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from antistokes.analysis.result import number
from antistokes.design.yield_routes import RATIO_FLOOR, RATIO_NOISE, Way
from antistokes.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to the yield.

    ``name``: what has to be steady. ``expected``: what it would give with what is stated, with its interval; None where
    too little is stated. ``half_width``: the longer arm of that, infinite where it is not bounded. The three needed are
    what reaches the wanted one, each alone, all else as stated; None where it does not alone. ``possible``: all three
    together could; None where too little is stated.
    """

    title: str
    name: str
    expected: Estimate | None = number("what it gives with what is stated", optional=True)
    half_width: float | None
    reaches: bool
    possible: bool | None
    steady_needed: Estimate | None = number("steadiness that reaches what is wanted", optional=True)
    absorptance_needed: Estimate | None = number("absorptance that reaches it", optional=True)
    repeats_needed: Estimate | None = number("runs that reach it", optional=True)
    says: str


def advice(route: Route, way: Way, least: float) -> str:
    """Say in words what one way takes; ``least`` is the half-width that is left at its best."""
    if route.reaches:
        return f"{way.title}: reaches it."
    if not route.possible:
        return f"{way.title}: not by this way, {way.floor} leaves ± {least:.2g}."
    options = []
    if route.steady_needed is not None:
        options.append(way.words.format(percent(route.steady_needed.value)))
    if route.absorptance_needed is not None:
        options.append(f"an absorptance of {route.absorptance_needed.value:.2g}")
    if route.repeats_needed is not None:
        options.append(f"{route.repeats_needed.value:.0f} {way.runs}")
    unknown = f"state {way.missing}; " if way.missing else ""
    if options:
        return f"{way.title}: {unknown}takes {', or '.join(options)}."
    if unknown:
        return f"{way.title}: {unknown}however small, it does not reach it alone."
    return f"{way.title}: no one thing reaches it; steadier, more absorbed and more runs together could."


def reached(routes: Sequence[Route]) -> str:
    """Say which ways reach what is wanted."""
    names = [r.title for r in routes if r.reaches]
    return f"Reached with what is stated by: {'; '.join(names) or 'none'}."


def table(routes: Sequence[Route]) -> list[str]:
    """Return the lines of the table."""
    head = ("", "gives", "or steady to", "or absorptance", "or runs")
    rows = [head, *(_cells(r) for r in routes)]
    width = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  " + "   ".join(c.ljust(w) for c, w in zip(row, width, strict=True)).rstrip() for row in rows]


def _cells(route: Route) -> tuple[str, str, str, str, str]:
    if route.possible is None:
        return (route.title, "state it", "-", "-", "-")
    lacking = "not alone" if route.possible else "never"
    steady = f"{route.name} {percent(route.steady_needed.value)}" if route.steady_needed else lacking
    if route.expected is None:
        rest = "-" if route.possible else lacking
        return (route.title, "state it", steady, rest, rest)
    a = f"{route.absorptance_needed.value:.2g}" if route.absorptance_needed else lacking
    n = f"{route.repeats_needed.value:.0f}" if route.repeats_needed else lacking
    return (route.title, arms(route.expected), steady, a, n)


def arms(expected: Estimate) -> str:
    """Return both arms of an interval, one number where they are alike."""
    up, down = expected.high - expected.value, expected.value - expected.low
    if not (math.isfinite(up) and math.isfinite(down)):
        return "not bounded"
    return f"± {(up + down) / 2:.2g}" if abs(up - down) < 0.1 * max(up, down) else f"+{up:.2g} / -{down:.2g}"


def percent(share: float) -> str:
    """Return a share as per cent."""
    return f"{100 * share:.2g} %"


def doubts(band_sd: float, noise_sd: float, floor_sd: float) -> tuple[str, ...]:
    """Say what was assumed."""
    said = []
    if band_sd == 0:
        said.append(
            "band_sd is 0: corrected spectra of national laboratories agree to 2.4 to 4.2 % (1 s.d.). A sphere that is "
            "not calibrated better than that between its bands does not give a yield to 1 %."
        )
    if (noise_sd, floor_sd) == (RATIO_NOISE, RATIO_FLOOR):
        said.append("What else is in the ratio's budget is assumed; state ratio_noise_sd and ratio_floor_sd.")
    return tuple(said)
