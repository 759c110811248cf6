"""antistokes: from measurements of anti-Stokes photoluminescence to two verdicts with honest uncertainty.

The names below are loaded on first use, so that ``import antistokes`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names for editors and type checkers
    from antistokes.analysis.activation import absorption_activation as absorption_activation
    from antistokes.analysis.activation import tail_activation as tail_activation
    from antistokes.analysis.calibration import calibrate_response as calibrate_response
    from antistokes.analysis.comparison import compare_emission as compare_emission
    from antistokes.analysis.completion import complete_emission as complete_emission
    from antistokes.analysis.cooling import cooling_window as cooling_window
    from antistokes.analysis.correction import correct_response as correct_response
    from antistokes.analysis.dark import subtract_dark as subtract_dark
    from antistokes.analysis.edge_series import track_edge as track_edge
    from antistokes.analysis.escape import escaped_emission as escaped_emission
    from antistokes.analysis.factors import response_from_factors as response_from_factors
    from antistokes.analysis.frames import average_frames as average_frames
    from antistokes.analysis.frames import find_cosmic_rays as find_cosmic_rays
    from antistokes.analysis.gain import energy_gain as energy_gain
    from antistokes.analysis.heat_threshold import threshold_yield as threshold_yield
    from antistokes.analysis.heat_threshold import yield_from_heat as yield_from_heat
    from antistokes.analysis.lineshape import fit_lineshape as fit_lineshape
    from antistokes.analysis.lineshape_tail import predict_tail as predict_tail
    from antistokes.analysis.ple import ple_ratio as ple_ratio
    from antistokes.analysis.power import power_law as power_law
    from antistokes.analysis.power_conversion import power_conversion as power_conversion
    from antistokes.analysis.purity import purity_budget as purity_budget
    from antistokes.analysis.reciprocity import reciprocity as reciprocity
    from antistokes.analysis.red_tail import red_tail_limit as red_tail_limit
    from antistokes.analysis.relative_yield import relative_yield as relative_yield
    from antistokes.analysis.self_absorption import self_absorption as self_absorption
    from antistokes.analysis.shifts import compare_shifts as compare_shifts
    from antistokes.analysis.spectra import describe_absorption as describe_absorption
    from antistokes.analysis.spectra import describe_emission as describe_emission
    from antistokes.analysis.splice import splice_absorption as splice_absorption
    from antistokes.analysis.yield_ratio import yield_ratio as yield_ratio
    from antistokes.analysis.yield_series import yield_activation as yield_activation
    from antistokes.analysis.yields import absolute_yield as absolute_yield
    from antistokes.analysis.yields import yield_from_integrals as yield_from_integrals
    from antistokes.data import Sphere as Sphere
    from antistokes.data import build as build
    from antistokes.data import check as check
    from antistokes.design.yield_plan import plan_yield as plan_yield
    from antistokes.errors import DataError as DataError
    from antistokes.errors import FitError as FitError
    from antistokes.errors import ReadError as ReadError
    from antistokes.estimate import Estimate as Estimate
    from antistokes.io import read as read
    from antistokes.io import read_all as read_all
    from antistokes.io import write as write
    from antistokes.io.sizes import read_sizes as read_sizes
    from antistokes.quantities import convert as convert
    from antistokes.report.html import write_report as write_report
    from antistokes.verdict.output import write_results as write_results
    from antistokes.verdict.study import study as study


_HOMES = {
    "DataError": "antistokes.errors",
    "Estimate": "antistokes.estimate",
    "FitError": "antistokes.errors",
    "ReadError": "antistokes.errors",
    "Sphere": "antistokes.data",
    "absolute_yield": "antistokes.analysis.yields",
    "absorption_activation": "antistokes.analysis.activation",
    "average_frames": "antistokes.analysis.frames",
    "build": "antistokes.data",
    "calibrate_response": "antistokes.analysis.calibration",
    "check": "antistokes.data",
    "compare_emission": "antistokes.analysis.comparison",
    "compare_shifts": "antistokes.analysis.shifts",
    "complete_emission": "antistokes.analysis.completion",
    "convert": "antistokes.quantities",
    "cooling_window": "antistokes.analysis.cooling",
    "correct_response": "antistokes.analysis.correction",
    "describe_absorption": "antistokes.analysis.spectra",
    "describe_emission": "antistokes.analysis.spectra",
    "energy_gain": "antistokes.analysis.gain",
    "escaped_emission": "antistokes.analysis.escape",
    "find_cosmic_rays": "antistokes.analysis.frames",
    "fit_lineshape": "antistokes.analysis.lineshape",
    "plan_yield": "antistokes.design.yield_plan",
    "ple_ratio": "antistokes.analysis.ple",
    "power_conversion": "antistokes.analysis.power_conversion",
    "power_law": "antistokes.analysis.power",
    "predict_tail": "antistokes.analysis.lineshape_tail",
    "purity_budget": "antistokes.analysis.purity",
    "read": "antistokes.io",
    "read_all": "antistokes.io",
    "read_sizes": "antistokes.io.sizes",
    "reciprocity": "antistokes.analysis.reciprocity",
    "red_tail_limit": "antistokes.analysis.red_tail",
    "relative_yield": "antistokes.analysis.relative_yield",
    "response_from_factors": "antistokes.analysis.factors",
    "self_absorption": "antistokes.analysis.self_absorption",
    "splice_absorption": "antistokes.analysis.splice",
    "study": "antistokes.verdict.study",
    "subtract_dark": "antistokes.analysis.dark",
    "tail_activation": "antistokes.analysis.activation",
    "threshold_yield": "antistokes.analysis.heat_threshold",
    "track_edge": "antistokes.analysis.edge_series",
    "write": "antistokes.io",
    "write_report": "antistokes.report.html",
    "write_results": "antistokes.verdict.output",
    "yield_activation": "antistokes.analysis.yield_series",
    "yield_from_heat": "antistokes.analysis.heat_threshold",
    "yield_from_integrals": "antistokes.analysis.yields",
    "yield_ratio": "antistokes.analysis.yield_ratio",
}

__all__ = sorted(_HOMES)
_MODULES = (
    "analysis",
    "data",
    "design",
    "errors",
    "estimate",
    "io",
    "lab",
    "materials",
    "physics",
    "quantities",
    "report",
    "scale",
    "units",
    "verdict",
)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _MODULES:
        value = import_module(f"antistokes.{name}")
    else:
        raise AttributeError(f"module 'antistokes' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_MODULES])
