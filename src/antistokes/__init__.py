"""antistokes: from measurements of anti-Stokes photoluminescence to two verdicts with honest uncertainty.

The names below are loaded on first use, so that ``import antistokes`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "DataError": "antistokes.errors",
    "Estimate": "antistokes.estimate",
    "FitError": "antistokes.errors",
    "ReadError": "antistokes.errors",
    "build": "antistokes.data",
    "check": "antistokes.data",
    "convert": "antistokes.data",
    "cooling_window": "antistokes.analysis.cooling",
    "describe_absorption": "antistokes.analysis.spectra",
    "describe_emission": "antistokes.analysis.spectra",
    "energy_gain": "antistokes.analysis.gain",
    "read": "antistokes.io",
    "read_all": "antistokes.io",
    "reciprocity": "antistokes.analysis.reciprocity",
    "splice_absorption": "antistokes.analysis.splice",
    "study": "antistokes.verdict.study",
    "write": "antistokes.io",
    "write_report": "antistokes.report.html",
    "write_results": "antistokes.verdict.output",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in (
        "analysis",
        "data",
        "errors",
        "estimate",
        "io",
        "lab",
        "physics",
        "report",
        "scale",
        "units",
        "verdict",
    ):
        value = import_module(f"antistokes.{name}")
    else:
        raise AttributeError(f"module 'antistokes' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
