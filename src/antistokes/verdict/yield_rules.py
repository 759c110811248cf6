"""What the values of the tables [yield], [yield.sphere] and [yield_ratio] have to be."""

from __future__ import annotations

from typing import Any

from antistokes.data import EMISSION_QUANTITIES
from antistokes.verdict.tables import Config, File, SphereScan, SphereSource, Yield, YieldRatioSource

Rule = tuple[bool, str, str, Any]  # whether it is kept, where, what is expected, what was found

CONFIGURATIONS = ("empty", "direct", "indirect")  # of an integrating sphere
SPREADS = ("band_sd", "laser_sd", "emission_sd", "drift_sd", "self_absorption_sd")
RATIO_SPREADS = (
    *("up_absorptance_sd", "down_absorptance_sd", "power_sd", "stray_sd", "inner_filter_sd", "linearity_sd"),
    "baseline_sd",
)
RELATIVE = "a fraction from 0 to below 1"
GEOMETRIES = ("front-face", "right-angle", "sphere")
PART = "[from, to] with 0 <= from <= to <= 1"
METHODS = (None, "two", "three")
GIVES = ("power_per_nm", "photons_per_nm")


def sources_of_yields(config: Config) -> dict[str, File | None]:
    """Return every measurement that the tables of yields name, by the name of its place."""
    r, y = config.yield_ratio, config.quantum_yield
    sources: dict[str, File | None] = {} if r is None else {"yield_ratio.absorption": r.absorption}
    if y is not None and y.sphere is not None:
        sources["yield.sphere.correction"] = y.sphere.correction
        sources |= scans(y.sphere)
        sources |= {f"{at}.dark": scan.dark for at, scan in scans(y.sphere).items()}
    return sources


def of_yield(y: Yield) -> list[Rule]:
    """What the table [yield] has to keep."""
    given = "both" if y.sphere else "none"
    fraction, bright = y.value is None or 0 < y.value <= 1.5, y.exitance_w_per_m2
    return [
        ((y.value is None) != (y.sphere is None), "[yield]", "either a value or a table [yield.sphere]", given),
        (fraction, "[yield] value", "a yield as a fraction, above 0 and at most 1.5", y.value),
        (0 <= y.sd < 1, "[yield] sd", RELATIVE, y.sd),
        (y.sd == 0 or y.value is not None, "[yield] sd", "a value that it belongs to", "none"),
        (0 <= y.self_absorption < 1, "[yield] self_absorption", "a number from 0 to below 1", y.self_absorption),
        (bright is None or bright > 0, "[yield] exitance_w_per_m2", "a number above 0", bright),
        *([] if y.sphere is None else _of_sphere(y.sphere)),
    ]


def _of_sphere(s: SphereSource) -> list[Rule]:
    bands = {n: getattr(s, n) for n in ("laser_nm", "emission_nm")}
    spreads = {n: getattr(s, n) for n in SPREADS}
    apart = s.laser_nm[1] <= s.emission_nm[0] or s.emission_nm[1] <= s.laser_nm[0]
    share, through, through_sd = s.self_absorption, s.laser_transmission, s.laser_transmission_sd
    runs = [(f"[yield.sphere.run {i}] {n}", getattr(r, n)) for i, r in enumerate(s.run, 1) for n in CONFIGURATIONS[:2]]
    times = [(f"[{at}] integration_time_s", scan.integration_time_s) for at, scan in scans(s).items()]
    c, at_laser = s.correction, "[yield.sphere] laser_transmission"
    return [
        *(
            (0 < b[0] < b[1], f"[yield.sphere] {n}", "[low, high] with 0 < low < high", list(b))
            for n, b in bands.items()
        ),
        (apart, "[yield.sphere] laser_nm, emission_nm", "bands that do not overlap", [list(b) for b in bands.values()]),
        *((0 <= v < 1, f"[yield.sphere] {n}", RELATIVE, v) for n, v in spreads.items()),
        (0 < through <= 1, at_laser, "a number above 0, at most 1", through),
        (0 <= through_sd < through, f"{at_laser}_sd", "0 or more, below laser_transmission itself", through_sd),
        (0 <= share < 1, "[yield.sphere] self_absorption", "a number from 0 to below 1", share),
        (s.quantity in (None, *EMISSION_QUANTITIES), "[yield.sphere] quantity", "a quantity of emission", s.quantity),
        (s.method in METHODS, "[yield.sphere] method", "'two' or 'three'", s.method),
        (len(s.run) > 0, "[yield.sphere]", "one [[yield.sphere.run]] or more", "none"),
        *((len(v) > 0, at, "one file or more", list(v)) for at, v in runs),
        *((v is None or v > 0, at, "a number above 0", v) for at, v in times),
        (c is None or c.gives in GIVES, "[yield.sphere.correction] gives", f"one of {', '.join(GIVES)}", c and c.gives),
        (c is None or 0 <= c.relative_sd < 1, "[yield.sphere.correction] relative_sd", RELATIVE, c and c.relative_sd),
        (
            c is None or c.correlation_nm >= 0,
            "[yield.sphere.correction] correlation_nm",
            "0 or more",
            c and c.correlation_nm,
        ),
    ]


def scans(s: SphereSource) -> dict[str, SphereScan]:
    """Return every spectrum of a sphere by the name of its place in study.toml."""
    return {
        f"yield.sphere.run {i}.{name} {j}": scan
        for i, run in enumerate(s.run, start=1)
        for name in CONFIGURATIONS
        for j, scan in enumerate(getattr(run, name), start=1)
    }


def of_yield_ratio(r: YieldRatioSource) -> list[Rule]:
    """What the table [yield_ratio] has to keep."""
    spreads = {n: getattr(r, n) for n in RATIO_SPREADS}
    absorbed = {n: getattr(r, n) for n in ("up_absorptance", "down_absorptance")}
    powers = {n: getattr(r, n) for n in ("up_power_w", "down_power_w")}
    both = len([v for v in powers.values() if v is None]) != 1
    leaks = {f"[yield_ratio.contaminant {i}]": c for i, c in enumerate(r.contaminant, start=1)}
    names = [c.name for c in r.contaminant]
    return [
        *((0 <= v < 1, f"[yield_ratio] {n}", RELATIVE, v) for n, v in spreads.items()),
        *((c.wavelength_nm > 0, f"{at} wavelength_nm", "a number above 0", c.wavelength_nm) for at, c in leaks.items()),
        *((0 <= c.fraction < 1, f"{at} fraction", RELATIVE, c.fraction) for at, c in leaks.items()),
        (len(set(names)) == len(names), "[[yield_ratio.contaminant]] name", "different names", names),
        *((v is None or 0 < v < 1, f"[yield_ratio] {n}", "a number between 0 and 1", v) for n, v in absorbed.items()),
        *((v is None or v > 0, f"[yield_ratio] {n}", "a number above 0", v) for n, v in powers.items()),
        (both, "[yield_ratio] up_power_w, down_power_w", "both or none", list(powers.values())),
        (r.geometry in (None, *GEOMETRIES), "[yield_ratio] geometry", f"one of {', '.join(GEOMETRIES)}", r.geometry),
        (0 <= r.window[0] <= r.window[1] <= 1, "[yield_ratio] window", PART, r.window),
        (0 < r.margin < 1, "[yield_ratio] margin", "a number between 0 and 1", r.margin),
    ]
