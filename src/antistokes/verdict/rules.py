"""What the values of a study.toml have to be; their types are right by then."""

from __future__ import annotations

import difflib
import math
from pathlib import Path

from antistokes.data import QUANTITIES
from antistokes.errors import ReadError
from antistokes.verdict.tables import (
    AbsorptionSource,
    Background,
    CalibrationSource,
    Config,
    EmissionSource,
    File,
    General,
    Lineshape,
    PleSource,
    PowerSource,
    Range,
    Temperature,
    UpEmissionSource,
)
from antistokes.verdict.yield_rules import GEOMETRIES, PART, Rule, of_yield, of_yield_ratio, sources_of_yields


def check(config: Config, path: Path) -> None:
    """Raise where a value has no sense; the types are right by now."""
    for where, source in _sources(config).items():
        if source is not None:
            _check_source(source, where, path)
    if config.lineshape is not None:
        _check_coupling(config.lineshape.coupling, "lineshape", path)
    if config.temperature is not None:
        _check_temperature(config.temperature, path)
    if config.yield_ratio is not None:
        _check_solvent(config.yield_ratio.solvent, "yield_ratio", path)
    rules = [
        *_of_study(config.study),
        *_of_emission(config.emission),
        *([] if config.quantum_yield is None else of_yield(config.quantum_yield)),
        *([] if config.background is None else _of_background(config.background)),
        *([] if config.calibration is None else _of_calibration(config.calibration)),
        *([] if config.absorption is None else _of_absorption(config.absorption)),
        *([] if config.lineshape is None else _of_lineshape(config.lineshape)),
        *([] if config.up_emission is None else _of_up_emission(config.up_emission)),
        *([] if config.yield_ratio is None else of_yield_ratio(config.yield_ratio)),
        *([] if config.ple is None else _of_ple(config.ple)),
        *([] if config.power is None else _of_power(config.power)),
        *([] if config.temperature is None else _of_temperature(config.temperature)),
    ]
    for kept, where, expected, found in rules:
        if not kept:
            raise ReadError(path, where, expected, repr(found))


def _sources(config: Config) -> dict[str, File | None]:
    """Return every measurement that a study may name, by the name of its table."""
    e, a, c = config.emission, config.absorption, config.calibration
    sources: dict[str, File | None] = {"emission": e, "emission.dark": e.dark, "absorption": a, "calibration": c}
    if a is not None:
        names = ("dark", "blank", "concentrated", "concentrated_blank")
        sources |= {f"absorption.{name}": getattr(a, name) for name in names}
    if c is not None:
        sources |= {f"calibration.{name}": getattr(c, name) for name in ("dark", "certificate")}
    return sources | _sources_of_series(config)


def _sources_of_series(config: Config) -> dict[str, File | None]:
    u, p = config.up_emission, config.ple
    sources: dict[str, File | None] = {"up_emission": u, "ple": p, "power": config.power}
    if u is not None:
        sources["up_emission.dark"] = u.dark
    if p is not None:
        sources |= {"ple.lamp": p.lamp, "ple.absorption": p.absorption}
    return sources | sources_of_yields(config) | _sources_of_steps(config)


def _sources_of_steps(config: Config) -> dict[str, File | None]:
    t, sources = config.temperature, dict[str, File | None]()
    if t is not None:
        steps = [(name, i, s) for name in SERIES for i, s in enumerate(getattr(t, name), start=1)]
        sources |= {f"temperature.{name} {i}": step for name, i, step in steps}
        sources |= {f"temperature.{name} {i}.dark": getattr(step, "dark", None) for name, i, step in steps}
    return sources


def _of_study(g: General) -> list[Rule]:
    warm = g.temperature_k is None or g.temperature_k > 0
    part = "a number between 0 and 1"
    return [
        (all(x > 0 for x in g.excitation_nm), "[study] excitation_nm", "positive wavelengths", list(g.excitation_nm)),
        (0 < g.level < 1, "[study] level", part, g.level),
        (0 < g.window_fraction < 1, "[study] window_fraction", part, g.window_fraction),
        (100 <= g.draws <= 1_000_000, "[study] draws", "100 to 1000000", g.draws),
        (g.seed >= 0, "[study] seed", "a whole number from 0", g.seed),
        (warm, "[study] temperature_k", "a temperature above 0 K", g.temperature_k),
        (g.medium in (None, "air", "vacuum"), "[study] medium", "'air' or 'vacuum'", g.medium),
    ]


SERIES = ("absorption", "emission", "up_emission")  # what a [temperature] may have a list of
_BRANCHES = (None, "heating", "cooling")


def _of_emission(e: EmissionSource) -> list[Rule]:
    floor, named = e.detection_floor, {n: getattr(e, n) for n in ("excitation_nm", "bandpass_nm")}
    return [
        (0 < floor < 1, "[emission] detection_floor", "a number between 0 and 1", floor),
        *((v is None or v > 0, f"[emission] {n}", "a number above 0", v) for n, v in named.items()),
    ]


def _of_background(b: Background) -> list[Rule]:
    return [
        (b.per_cm >= 0, "[background] per_cm", "0 or more", b.per_cm),
        (b.sd >= 0, "[background] sd", "0 or more", b.sd),
    ]


def _of_calibration(c: CalibrationSource) -> list[Rule]:
    kelvin, sd = c.colour_temperature_k, c.colour_temperature_sd_k
    one, given = (c.certificate is None) != (kelvin is None), "both" if c.certificate else "none"
    known = sd >= 0 and (sd == 0 or kelvin is not None)
    warm = kelvin is None or 1000 <= kelvin <= 10000
    hangs = 0 <= c.correlation_nm < math.inf and (c.correlation_nm == 0 or c.certificate is not None)
    return [
        (one, "[calibration]", "either a certificate or a colour_temperature_k", given),
        (warm, "[calibration] colour_temperature_k", "1000 to 10000", kelvin),
        (known, "[calibration] colour_temperature_sd_k", "0 or more, of a colour temperature", sd),
        (hangs, "[calibration] correlation_nm", "0 or more, of a certificate", c.correlation_nm),
    ]


_POSITIVE = ("bandpass_nm", "path_cm", "number_density_per_cm3", "near_nm", "max_absorbance")


def _of_absorption(a: AbsorptionSource) -> list[Rule]:
    named = {n: getattr(a, n) for n in _POSITIVE}
    told = not a.scattering or a.transparent_nm is not None
    return [
        *((v is None or v > 0, f"[absorption] {n}", "a number above 0", v) for n, v in named.items()),
        (told, "[absorption] scattering", "transparent_nm as well", "none"),
    ]


def _of_up_emission(u: UpEmissionSource) -> list[Rule]:
    named = {n: getattr(u, n) for n in ("excitation_nm", "bandpass_nm", "cut_nm")}
    return [
        *((v is None or v > 0, f"[up_emission] {n}", "a number above 0", v) for n, v in named.items()),
        *_excluded(u.exclude_nm, "up_emission"),
    ]


def _of_ple(p: PleSource) -> list[Rule]:
    named = {n: getattr(p, n) for n in ("detection_nm", "bandpass_nm", "order_filter_nm")}
    return [
        *((v is None or v > 0, f"[ple] {n}", "a number above 0", v) for n, v in named.items()),
        *_of_cuvette(p.geometry, p.window, p.baseline_sd, "ple"),
    ]


def _of_power(p: PowerSource) -> list[Rule]:
    named = {n: getattr(p, n) for n in ("background_sd", "power_sd_relative")}
    return [(v is None or v >= 0, f"[power] {n}", "0 or more", v) for n, v in named.items()]


def _of_temperature(t: Temperature) -> list[Rule]:
    below, named = t.below_mev, {n: getattr(t, n) for n in ("phonon_mev", "cut_nm")}
    many = len(below) > 0 and min(below) > 0 and len(set(below)) == len(below)
    steps = [(f"[temperature.{name} {i}]", s) for name in SERIES for i, s in enumerate(getattr(t, name), start=1)]
    positive = [
        (f"{at} {n}", getattr(s, n, None)) for at, s in steps for n in ("excitation_nm", "bandpass_nm", "power_w")
    ]
    return [
        (many, "[temperature] below_mev", "different energies above 0", list(below)),
        (t.common_baseline_sd >= 0, "[temperature] common_baseline_sd", "0 or more", t.common_baseline_sd),
        (t.temperature_sd_k >= 0, "[temperature] temperature_sd_k", "0 or more", t.temperature_sd_k),
        *((v is None or v > 0, f"[temperature] {n}", "a number above 0", v) for n, v in named.items()),
        *_of_cuvette(t.geometry, t.window, t.baseline_sd, "temperature"),
        *_excluded(t.exclude_nm, "temperature"),
        *((v is None or v > 0, at, "a number above 0", v) for at, v in positive),
        *((s.branch in _BRANCHES, f"{at} branch", "'heating' or 'cooling'", s.branch) for at, s in steps),
    ]


def _of_cuvette(geometry: str | None, window: Range | None, baseline_sd: float, where: str) -> list[Rule]:
    known, part = geometry in (None, *GEOMETRIES), window is None or 0 <= window[0] <= window[1] <= 1
    return [
        (known, f"[{where}] geometry", f"one of {', '.join(GEOMETRIES)}", geometry),
        (part, f"[{where}] window", PART, window),
        (baseline_sd >= 0, f"[{where}] baseline_sd", "0 or more", baseline_sd),
    ]


def _excluded(ranges: tuple[Range, ...], where: str) -> list[Rule]:
    expected = "[low, high] with 0 < low < high"
    return [(0 < low < high, f"[{where}] exclude_nm", expected, [low, high]) for low, high in ranges]


def _check_temperature(t: Temperature, path: Path) -> None:
    _check_coupling(t.coupling, "temperature", path)
    _check_solvent(t.solvent, "temperature", path)
    if not any(getattr(t, name) for name in SERIES):
        expected = f"at least one of {', '.join(f'[[temperature.{name}]]' for name in SERIES)}"
        raise ReadError(path, "[temperature]", expected, "none")


def _check_solvent(solvent: str | None, table: str, path: Path) -> None:
    if solvent is not None:
        from antistokes.materials import names  # only where it is asked for

        _check_name(solvent, names(), f"[{table}] solvent", path)


def _check_coupling(coupling: str, table: str, path: Path) -> None:
    from antistokes.physics.presets import PRESETS  # only where it is asked for

    _check_name(coupling, tuple(PRESETS), f"[{table}] coupling", path)


def _of_lineshape(s: Lineshape) -> list[Rule]:
    windows = {"absorption_nm": [s.absorption_nm], "emission_nm": [s.emission_nm], "exclude_nm": s.exclude_nm}
    ranges = [(name, span) for name, spans in windows.items() for span in spans if span is not None]
    expected = "[low, high] with 0 < low < high"
    return [
        (0 <= s.higher_states <= 4, "[lineshape] higher_states", "0 to 4", s.higher_states),
        *((0 < low < high, f"[lineshape] {name}", expected, [low, high]) for name, (low, high) in ranges),
    ]


def _check_name(name: str, known: tuple[str, ...], where: str, path: Path) -> None:
    """Raise where a name is not among those known, with the nearest of them."""
    if name not in known:
        longer = [k for k in known if name and k.startswith(name)]
        near = longer or difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        advice = f"Did you mean {near[0]!r}?" if near else ""
        raise ReadError(path, where, f"one of {', '.join(known)}", repr(name), advice)


def _check_source(source: File, where: str, path: Path) -> None:
    if source.quantity is not None:
        _check_name(source.quantity, tuple(QUANTITIES), f"[{where}] quantity", path)
    medium = getattr(source, "medium", None)
    if medium not in (None, "air", "vacuum"):
        raise ReadError(path, f"[{where}] medium", "'air' or 'vacuum'", repr(medium))
    for name in ("range_nm", "transparent_nm", "background_nm"):
        span = getattr(source, name, None)
        if span is not None and not 0 < span[0] < span[1]:
            raise ReadError(path, f"[{where}] {name}", "[low, high] with 0 < low < high", repr(list(span)))
