"""results.json and results.nc."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import xarray as xr

from antistokes.analysis.result import as_dict
from antistokes.io.whole import replace
from antistokes.verdict.study import Study

SCHEMA = "antistokes-results/1"


def results_dict(study: Study) -> dict[str, Any]:
    """Return a study as plain JSON types, as results.schema.json describes them."""
    return {
        "schema": SCHEMA,
        "version": study.versions["antistokes"],
        "margins_version": study.margins["version"],
        "name": study.name,
        "verdicts": {"mechanism": as_dict(study.mechanism), "cooling": as_dict(study.cooling)},
        "evidence": [as_dict(e) for e in study.evidence],
        "results": {name: as_dict(result) for name, result in study.results.items()},
        "notes": list(study.notes),
        "warnings": list(study.warnings),
        "inputs": list(study.inputs),
        "settings": _settings(study.config),
        "margins": study.margins,
        "versions": study.versions,
    }


def curves_dataset(study: Study) -> xr.Dataset:
    """Return all curves of a study in one Dataset; each variable and axis is prefixed by its analysis."""
    parts = {"emission_input": study.emission, "absorption_input": study.absorption}
    parts |= {name: getattr(result, "curves", None) for name, result in study.results.items()}
    variables = {
        f"{name}_{variable}": (tuple(f"{name}_{d}" for d in array.dims), array.values, array.attrs)
        for name, part in parts.items()
        if part is not None
        for variable, array in part.variables.items()
    }
    named = {"schema": SCHEMA, "version": study.versions["antistokes"], "name": study.name}
    return xr.Dataset(variables, attrs=named)


def write_results(study: Study, folder: str | Path) -> list[Path]:
    """Write results.json and results.nc; an interrupted run leaves the old files or the new ones.

    Parameters
    ----------
    study : Study
        What was found.
    folder : path-like
        Where to write; made if absent.

    Returns
    -------
    list of Path
        The two files.
    """
    out = Path(folder)
    text = json.dumps(results_dict(study), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    curves = curves_dataset(study)
    replace(out / "results.json", lambda path: path.write_text(text, encoding="utf-8"))
    replace(out / "results.nc", lambda path: curves.to_netcdf(path, engine="h5netcdf"))
    return [out / "results.json", out / "results.nc"]


def _settings(config: Any) -> Any:
    """Return a Config as nested dicts; what was not stated is left out."""
    if dataclasses.is_dataclass(config):
        pairs = ((f.name, getattr(config, f.name)) for f in dataclasses.fields(config))
        return {k: _settings(v) for k, v in pairs if v is not None}
    return [_settings(item) for item in config] if isinstance(config, tuple) else config
