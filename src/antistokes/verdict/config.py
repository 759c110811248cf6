"""study.toml: what it may hold, and how it becomes a checked Config. Documented in docs/study-toml.md."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from antistokes.data import QUANTITIES
from antistokes.errors import ReadError

Range = tuple[float, float]


Rule = tuple[bool, str, str, Any]  # whether it is kept, where, what is expected, what was found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One measurement: where it is and what its file does not say. All a dark needs, for its samples are another's."""

    file: str
    x: str | None = None
    column: str | None = None
    quantity: str | None = None
    cosmic_rays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Scan):
    """One measured spectrum."""

    medium: str | None = None
    range_nm: Range | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorptionSource(Source):
    """Absorption, with what gives it a scale, and the spectra that extend it into the tail."""

    dark: Scan | None = None
    bandpass_nm: float | None = None
    path_cm: float | None = None
    number_density_per_cm3: float | None = None
    near_nm: float | None = None
    max_absorbance: float | None = None
    transparent_nm: Range | None = None
    scattering: bool = False
    blank: Source | None = None
    concentrated: Source | None = None
    concentrated_blank: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionSource(Source):
    """Emission."""

    dark: Scan | None = None
    excitation_nm: float | None = None  # of this spectrum; those of [study] are where numbers are asked for
    bandpass_nm: float | None = None
    detection_floor: float = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSource(Source):
    """A lamp as the spectrometer of the emission sees it, and what the lamp emits."""

    dark: Scan | None = None
    certificate: Source | None = None
    correlation_nm: float = 0.0
    colour_temperature_k: float | None = None
    colour_temperature_sd_k: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """Quantum yield, and what the sample does to its own light."""

    value: float
    sd: float = 0.0
    self_absorption: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Parasitic absorption at the concentration of the absorption spectrum."""

    per_cm: float
    sd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineshape:
    """That the line shape is fitted, and how."""

    coupling: str = "cdse-cds-zb"
    higher_states: int = 1
    free_shares: bool = True
    free_skewness: bool = True
    baseline: bool = True
    absorption_nm: Range | None = None
    emission_nm: Range | None = None
    exclude_nm: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """What concerns the whole study."""

    name: str = ""
    temperature_k: float | None = None
    medium: str | None = None
    excitation_nm: tuple[float, ...] = ()
    window_fraction: float = 0.05
    level: float = 0.95
    draws: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole study.toml."""

    emission: EmissionSource
    study: General = field(default_factory=General)
    absorption: AbsorptionSource | None = None
    calibration: CalibrationSource | None = None
    quantum_yield: Yield | None = None
    background: Background | None = None
    lineshape: Lineshape | None = None


_TABLES = {"yield": "quantum_yield"}  # a Python keyword cannot name a field


def load(path: Path) -> Config:
    """Read a study.toml; every key that is not known is refused with the nearest known one."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ReadError(path, "", "a study.toml", "no such file", f"Run: antistokes init {path.parent}") from None
    except UnicodeDecodeError as error:
        raise ReadError(path, f"byte {error.start}", "UTF-8 text", "other bytes") from None
    except tomllib.TOMLDecodeError as error:
        raise ReadError(path, "", "valid TOML", str(error)) from None
    return parse(raw, path)


def parse(raw: dict[str, Any], path: Path) -> Config:
    """Make a Config of what a TOML file holds."""
    renamed = {_TABLES.get(k, f"[{k}]" if k in _TABLES.values() else k): v for k, v in raw.items()}
    config: Config = _build(Config, renamed, path, "")
    _check(config, path)
    return config


def _build(cls: Any, raw: Any, path: Path, where: str) -> Any:
    if not isinstance(raw, dict):
        raise ReadError(path, f"[{where}]", "a table", repr(raw))
    hints = get_type_hints(cls)
    shown = {v: k for k, v in _TABLES.items()}
    known = [shown.get(f.name, f.name) for f in dataclasses.fields(cls)]
    for key in raw:
        if key not in hints or shown.get(key, key) not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            advice = f"Did you mean {near[0]!r}?" if near else ""
            raise ReadError(
                path,
                f"[{where}]" if where else "top level",
                f"one of {', '.join(known)}",
                f"unknown key {key!r}",
                advice,
            )
    for f in dataclasses.fields(cls):
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and f.name not in raw:
            raise ReadError(
                path, f"[{where}]" if where else "top level", f"a key {shown.get(f.name, f.name)!r}", "none"
            )
    return cls(**{k: _value(hints[k], v, path, f"{where}.{shown.get(k, k)}".lstrip(".")) for k, v in raw.items()})


def _value(hint: Any, raw: Any, path: Path, where: str) -> Any:
    options = (
        [t for t in get_args(hint) if t is not type(None)] if get_origin(hint) in (Union, types.UnionType) else [hint]
    )
    wanted = options[0]
    if dataclasses.is_dataclass(wanted) and issubclass(wanted, Scan) and isinstance(raw, str):  # type: ignore[arg-type]
        raw = {"file": raw}
    if dataclasses.is_dataclass(wanted):
        return _build(wanted, raw, path, where)
    if wanted is float and isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return float(raw)
    if wanted in (str, bool, int) and type(raw) is wanted:
        return raw
    if get_origin(wanted) is tuple and get_origin(get_args(wanted)[0]) is tuple:
        if not isinstance(raw, list):
            raise ReadError(path, where, "a list of pairs [[low, high], ...]", repr(raw))
        return tuple(_value(get_args(wanted)[0], pair, path, where) for pair in raw)
    if get_origin(wanted) is tuple:
        many = raw if isinstance(raw, list) else [raw]
        pair = get_args(wanted)[-1] is not Ellipsis
        if all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in many) and (
            not pair or len(many) == 2
        ):
            return tuple(float(v) for v in many)
        raise ReadError(path, where, "two numbers [low, high]" if pair else "a number or a list of numbers", repr(raw))
    raise ReadError(
        path,
        where,
        {float: "a number", str: "text in quotes", bool: "true or false", int: "a whole number"}[wanted],
        repr(raw),
    )


def _check(config: Config, path: Path) -> None:
    """Raise where a value has no sense; the types are right by now."""
    for where, source in _sources(config).items():
        if source is not None:
            _check_source(source, where, path)
    if config.lineshape is not None:
        _check_coupling(config.lineshape.coupling, path)
    rules = [
        *_of_study(config.study),
        *_of_emission(config.emission),
        *([] if config.quantum_yield is None else _of_yield(config.quantum_yield)),
        *([] if config.background is None else _of_background(config.background)),
        *([] if config.calibration is None else _of_calibration(config.calibration)),
        *([] if config.absorption is None else _of_absorption(config.absorption)),
        *([] if config.lineshape is None else _of_lineshape(config.lineshape)),
    ]
    for kept, where, expected, found in rules:
        if not kept:
            raise ReadError(path, where, expected, repr(found))


def _sources(config: Config) -> dict[str, Scan | None]:
    """Return every spectrum that a study may name, by the name of its table."""
    e, a, c = config.emission, config.absorption, config.calibration
    sources: dict[str, Scan | None] = {"emission": e, "emission.dark": e.dark, "absorption": a, "calibration": c}
    if a is not None:
        names = ("dark", "blank", "concentrated", "concentrated_blank")
        sources |= {f"absorption.{name}": getattr(a, name) for name in names}
    if c is not None:
        sources |= {f"calibration.{name}": getattr(c, name) for name in ("dark", "certificate")}
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


def _of_emission(e: EmissionSource) -> list[Rule]:
    floor, named = e.detection_floor, {n: getattr(e, n) for n in ("excitation_nm", "bandpass_nm")}
    return [
        (0 < floor < 1, "[emission] detection_floor", "a number between 0 and 1", floor),
        *((v is None or v > 0, f"[emission] {n}", "a number above 0", v) for n, v in named.items()),
    ]


def _of_yield(y: Yield) -> list[Rule]:
    return [
        (0 < y.value <= 1.5, "[yield] value", "a yield as a fraction, above 0 and at most 1.5", y.value),
        (y.sd >= 0, "[yield] sd", "0 or more", y.sd),
        (0 <= y.self_absorption < 1, "[yield] self_absorption", "a number from 0 to below 1", y.self_absorption),
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


def _check_coupling(coupling: str, path: Path) -> None:
    from antistokes.physics.presets import PRESETS  # only where it is asked for

    _check_name(coupling, tuple(PRESETS), "[lineshape] coupling", path)


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


def _check_source(source: Scan, where: str, path: Path) -> None:
    if source.quantity is not None:
        _check_name(source.quantity, tuple(QUANTITIES), f"[{where}] quantity", path)
    medium = getattr(source, "medium", None)
    if medium not in (None, "air", "vacuum"):
        raise ReadError(path, f"[{where}] medium", "'air' or 'vacuum'", repr(medium))
    for name in ("range_nm", "transparent_nm"):
        span = getattr(source, name, None)
        if span is not None and not 0 < span[0] < span[1]:
            raise ReadError(path, f"[{where}] {name}", "[low, high] with 0 < low < high", repr(list(span)))
