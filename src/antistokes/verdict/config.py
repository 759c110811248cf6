"""study.toml: how it becomes a checked Config. Documented in docs/study-toml.md."""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from antistokes.errors import ReadError
from antistokes.verdict.rules import check
from antistokes.verdict.tables import AbsorptionSource as AbsorptionSource
from antistokes.verdict.tables import AbsorptionStep as AbsorptionStep
from antistokes.verdict.tables import Background as Background
from antistokes.verdict.tables import CalibrationSource as CalibrationSource
from antistokes.verdict.tables import Config as Config
from antistokes.verdict.tables import Contaminant as Contaminant
from antistokes.verdict.tables import EmissionSource as EmissionSource
from antistokes.verdict.tables import EmissionStep as EmissionStep
from antistokes.verdict.tables import Factors as Factors
from antistokes.verdict.tables import File as File
from antistokes.verdict.tables import General as General
from antistokes.verdict.tables import Light as Light
from antistokes.verdict.tables import Lineshape as Lineshape
from antistokes.verdict.tables import PleSource as PleSource
from antistokes.verdict.tables import PowerSource as PowerSource
from antistokes.verdict.tables import Range as Range
from antistokes.verdict.tables import Scan as Scan
from antistokes.verdict.tables import Source as Source
from antistokes.verdict.tables import SphereRun as SphereRun
from antistokes.verdict.tables import SphereScan as SphereScan
from antistokes.verdict.tables import SphereSource as SphereSource
from antistokes.verdict.tables import Temperature as Temperature
from antistokes.verdict.tables import UpEmissionSource as UpEmissionSource
from antistokes.verdict.tables import Yield as Yield
from antistokes.verdict.tables import YieldRatioSource as YieldRatioSource

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
    check(config, path)
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
    if dataclasses.is_dataclass(wanted) and issubclass(wanted, File) and isinstance(raw, str):  # type: ignore[arg-type]
        raw = {"file": raw}
    if dataclasses.is_dataclass(wanted):
        return _build(wanted, raw, path, where)
    if wanted is float and isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return float(raw)
    if wanted in (str, bool, int) and type(raw) is wanted:
        return raw
    if get_origin(wanted) is tuple and dataclasses.is_dataclass(get_args(wanted)[0]):
        if isinstance(raw, str) and issubclass(get_args(wanted)[0], File):
            raw = [raw]
        if not isinstance(raw, list):
            raise ReadError(path, f"[{where}]", f"a list of tables, each under [[{where}]]", repr(raw))
        return tuple(_value(get_args(wanted)[0], one, path, f"{where} {i}") for i, one in enumerate(raw, start=1))
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
