"""What a caller may say about a file, checked; it overrules what the file says."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import xarray as xr

from antistokes import data

NO_MEDIUM = "medium not stated, read as air"
COLUMNS = ("x", "y")
NUMBERS = (
    *("excitation_nm", "detection_nm", "bandpass_nm", "temperature_k", "path_cm"),
    *("integration_time_s", "power_w"),
)
WORDS = {
    "quantity": tuple(data.QUANTITIES),
    "medium": ("air", "vacuum"),
    "kind": data.KINDS,
    "branch": ("heating", "cooling"),
}
BY_QUANTITY = ("absorption", "emission", "spectrum")  # kinds that the quantity tells apart
KNOWN = (*COLUMNS, "quantity", "medium", "branch", *NUMBERS)


def checked(kind: str | None, hints: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hints that say something (``kind`` among them), or raise a ValueError that names the way out.

    Parameters
    ----------
    kind : str, optional
        What was measured: one of ``data.KINDS``.
    hints : mapping
        ``x``, ``y`` (names of columns), ``quantity``, ``medium``, and numbers whose unit is in their name.
    """
    said = {name: value for name, value in {"kind": kind, **hints}.items() if value is not None}
    for name, value in said.items():
        if name not in (*KNOWN, "kind"):
            raise ValueError(f"unknown hint {name!r}{nearest(name, KNOWN)}; known are {', '.join(KNOWN)}.")
        if name in WORDS and value not in WORDS[name]:
            choice = ", ".join(WORDS[name])
            raise ValueError(f"{name} must be one of {choice}, got {value!r}{nearest(str(value), WORDS[name])}.")
        if name in COLUMNS and not isinstance(value, str):
            raise ValueError(f"{name} must be the name of a column, got {value!r}.")
    return {name: _positive(name, value) if name in NUMBERS else value for name, value in said.items()}


def kind_of(quantity: str | None, default: str | None) -> str:
    """Return what was measured, from the quantity where there is one."""
    if quantity in data.EMISSION_QUANTITIES:
        return "emission"
    return "absorption" if quantity in data.ABSORPTION_QUANTITIES else default or "spectrum"


def apply(ds: xr.Dataset, said: Mapping[str, Any]) -> xr.Dataset:
    """Return a measurement with checked hints laid over its attributes; what overrules the file is noted."""
    changed = {name: value for name, value in said.items() if ds.attrs.get(name) != value}
    kept = [n for n in data.notes_of(ds) if n != NO_MEDIUM or "medium" not in said]
    if len(kept) < len(data.notes_of(ds)):
        ds = ds.assign_attrs(notes=json.dumps(kept))
    if not changed:
        return ds
    have, quantity, was = ds.attrs.get("quantity"), changed.get("quantity"), ds.attrs["kind"]
    notes = []
    if quantity and have:
        notes.append(f"quantity {quantity} as the caller says, the file says {have}; the numbers are scaled as {have}")
    kind = str(changed.get("kind", was))
    changed["kind"] = kind_of(quantity or have, kind) if kind in BY_QUANTITY else kind
    if was not in ("spectrum", changed["kind"]) and "quantity" not in changed:
        notes.append(f"kind {changed['kind']} as the caller says, the file says {was}")
    return data.with_attrs(ds, notes=notes, **changed)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return " (nearest: ...)" or nothing, for a message about a name that is not known."""
    by_fold = {n.casefold(): n for n in names}
    close = difflib.get_close_matches(name.strip().casefold(), list(by_fold), n=1, cutoff=0.4)
    return f" (nearest: {by_fold[close[0]]!r})" if close else ""


def _positive(name: str, value: Any) -> float:
    try:
        result = float(value)
    except (TypeError, ValueError):
        result = math.nan
    if not (math.isfinite(result) and result > 0):
        raise ValueError(f"{name} must be a positive number, got {value!r}.")
    return result
