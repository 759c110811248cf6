"""What every analysis returns, and the one way to JSON and the one way to a table.

A result is a frozen dataclass: Estimates (made with :func:`number`, which gives each its label), nested results,
``curves`` (an xarray.Dataset), ``correlation`` (a dict), ``warnings``, and a ``title`` that a table of it bears. What
only other analyses need is marked by :func:`internal` and stays out of files.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import xarray as xr

from antistokes.estimate import Estimate


def number(label: str, *, optional: bool = False) -> Any:
    """Declare a field that holds an Estimate; ``label`` is what tables and reports call it."""
    if optional:
        return dataclasses.field(default=None, metadata={"label": label})
    return dataclasses.field(metadata={"label": label})


def internal() -> Any:
    """Declare a field that serves other analyses and is written to no file."""
    return dataclasses.field(repr=False, metadata={"internal": True})


def as_dict(result: Any) -> dict[str, Any]:
    """Return a result as plain JSON types; curves are left to the netCDF file, what is not finite becomes None."""
    return {
        f.name: _plain(getattr(result, f.name))
        for f in dataclasses.fields(result)
        if not isinstance(getattr(result, f.name), xr.Dataset) and "internal" not in f.metadata
    }


def as_tables(result: Any) -> list[tuple[str, list[tuple[str, Estimate]]]]:
    """Return the title and the labelled numbers of a result, in the order of its fields; then those nested in it."""
    rows: list[tuple[str, Estimate]] = []
    tables = [(str(result.title), rows)]
    for f in dataclasses.fields(result):
        value = getattr(result, f.name)
        if isinstance(value, Estimate):
            rows.append((f.metadata.get("label", f.name), value))
        elif isinstance(value, dict):
            rows.extend((str(k), v) for k, v in value.items() if isinstance(v, Estimate))
        for item in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(item) and not isinstance(item, Estimate):
                tables.extend(as_tables(item))
    return tables


def described(result: Any) -> str:
    """Return a result as text to print: its own numbers, what its tests and its words say, its warnings."""
    title, rows = as_tables(result)[0]
    lines = [title, *(f"  {label}: {estimate}" for label, estimate in rows)]
    lines += [f"  {test}" for test in _tests(result)]
    for name in ("claim", "reason", "says"):
        said = getattr(result, name, None) or ()
        lines += [said] if isinstance(said, str) else said
    return "\n".join([*lines, *(f"Warning: {warning}" for warning in result.warnings)])


def _tests(result: Any) -> list[Any]:
    """Return the equivalence tests among the fields of a result."""
    found = []
    for f in dataclasses.fields(result):
        value = getattr(result, f.name)
        found += [v for v in (value if isinstance(value, tuple) else (value,)) if hasattr(v, "margin_low")]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate):
        return value.as_dict()
    if dataclasses.is_dataclass(value):
        return as_dict(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
