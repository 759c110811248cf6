"""The one data type: a measurement is an ``xarray.Dataset``; this module builds, checks and converts it.

A measurement has one main variable, ``signal``, along one axis (more axes come with their instruments)::

    <xarray.Dataset>  dims: wavelength [nm] ascending
        signal        attrs: units
        signal_sd     optional: independent standard uncertainty of each sample, same units
        signal_modes  optional, (mode, axis): shared uncertainty; covariance = diag(sd^2) + modes^T modes
    attrs: kind, quantity, medium, excitation_nm, detection_nm, bandpass_nm, temperature_k, path_cm, instrument, ...
           and as JSON text: source, corrections, raw_metadata, notes

attrs hold only str, int and float; what is unknown is absent. ``quantity`` says what the numbers are: a spectrum that
does not declare it can be read and looked at, but not analysed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import units
from antistokes.errors import DataError
from antistokes.units import FloatArray, Medium

AXES = {"wavelength": "nm", "energy": "eV"}
KINDS = ("absorption", "emission", "spectrum")
EMISSION_QUANTITIES = {
    "photons_per_nm": "photons/nm",
    "photons_per_ev": "photons/eV",
    "power_per_nm": "W/nm",
    "power_per_ev": "W/eV",
    "counts": "counts",
}
ABSORPTION_QUANTITIES = {
    "absorbance": "1",
    "absorptance": "1",
    "transmittance": "1",
    "absorption_per_cm": "cm^-1",
    "cross_section_cm2": "cm^2",
}
QUANTITIES = EMISSION_QUANTITIES | ABSORPTION_QUANTITIES
JSON_ATTRS = ("source", "corrections", "raw_metadata", "notes")
POSITIVE_ATTRS = ("excitation_nm", "detection_nm", "bandpass_nm", "temperature_k", "path_cm", "max_absorbance")


def build(
    axis: str,
    x: ArrayLike,
    signal: ArrayLike,
    *,
    kind: str = "spectrum",
    signal_sd: ArrayLike | None = None,
    signal_modes: ArrayLike | None = None,
    notes: Sequence[str] = (),
    **attrs: Any,
) -> xr.Dataset:
    """Make a measurement Dataset; samples are put in ascending order, then everything is checked.

    Parameters
    ----------
    axis : {"wavelength", "energy"}
        Meaning of ``x``.
    x : array_like
        Positions, shape (n,), positive and distinct [nm or eV].
    signal : array_like
        Measured values, shape (n,) [unit of ``quantity``].
    kind : {"absorption", "emission", "spectrum"}
        What was measured.
    signal_sd : array_like, optional
        Standard uncertainty of each sample, independent of its neighbours, shape (n,) [unit of ``signal``].
    signal_modes : array_like, optional
        Shared uncertainty, shape (m, n): covariance = diag(sd^2) + modes^T modes [unit of ``signal``].
    notes : sequence of str
        Every guess that was made on the way.
    **attrs
        Further attributes (``quantity``, ``medium``, ``excitation_nm``, ...). None is dropped; dict and list become
        JSON text.

    Returns
    -------
    xarray.Dataset
        A checked measurement.
    """
    if axis not in AXES:
        raise DataError(f"axis must be one of {', '.join(AXES)}, got {axis!r}.")
    position, values = np.asarray(x, dtype=float), np.asarray(signal, dtype=float)
    if position.ndim != 1 or position.shape != values.shape:
        raise DataError(f"axis and signal must be 1-d and of one length, got {position.shape} and {values.shape}.")
    sd = None if signal_sd is None else np.asarray(signal_sd, dtype=float)
    modes = None if signal_modes is None else np.atleast_2d(np.asarray(signal_modes, dtype=float))
    for name, given in (("signal_sd", sd), ("signal_modes", modes)):
        if given is not None and given.shape[-1:] != position.shape:
            raise DataError(f"{name} must have one value per sample, {position.size}, got shape {given.shape}.")
    order = np.argsort(position, kind="stable")
    quantity = attrs.get("quantity")
    signal_units = QUANTITIES.get(str(quantity), "arb. units")
    variables: dict[str, Any] = {"signal": (axis, values[order], {"units": signal_units})}
    if sd is not None:
        variables["signal_sd"] = (axis, sd[order], {"units": signal_units})
    if modes is not None:
        variables["signal_modes"] = (("mode", axis), modes[:, order], {"units": signal_units})
    coords = {axis: (axis, position[order], {"units": AXES[axis]})}
    merged = {"kind": kind, **{k: _plain(v) for k, v in attrs.items() if v is not None}}
    if notes:
        merged["notes"] = _plain(list(notes))
    return check(xr.Dataset(variables, coords=coords, attrs=merged))


def check(ds: xr.Dataset) -> xr.Dataset:
    """Return ``ds`` unchanged, or raise a DataError that says what breaks the contract.

    Called once, at the door; what lies behind it trusts the Dataset.
    """
    name = label(ds)
    if "signal" not in ds.data_vars:
        raise DataError(f"{name}: a measurement needs a variable 'signal', found {sorted(map(str, ds.data_vars))}.")
    axis = axis_of(ds)
    if ds.attrs.get("kind") not in KINDS:
        raise DataError(f"{name}: attrs['kind'] must be one of {', '.join(KINDS)}, found {ds.attrs.get('kind')!r}.")
    quantity = ds.attrs.get("quantity")
    if quantity is not None and quantity not in QUANTITIES:
        raise DataError(f"{name}: unknown quantity {quantity!r}; known are {', '.join(QUANTITIES)}.")
    if ds.attrs.get("medium", "air") not in ("air", "vacuum"):
        raise DataError(f"{name}: attrs['medium'] must be 'air' or 'vacuum', found {ds.attrs['medium']!r}.")
    _check_attrs(ds, name)
    if ds[axis].attrs.get("units") != AXES[axis]:
        raise DataError(f"{name}: {axis} must be in {AXES[axis]}, found {ds[axis].attrs.get('units')!r}.")
    expected = {"signal": (axis,), "signal_sd": (axis,), "signal_modes": ("mode", axis)}
    unit = QUANTITIES.get(str(quantity), "arb. units")
    for variable, dims in expected.items():
        if variable in ds and ds[variable].dims != dims:
            raise DataError(f"{name}: {variable} must lie along {dims}, found {ds[variable].dims}.")
        if variable in ds and ds[variable].attrs.get("units") != unit:
            raise DataError(f"{name}: {variable} must be in {unit!r}, found {ds[variable].attrs.get('units')!r}.")
    _check_values(ds, axis, name)
    return ds


def axis_of(ds: xr.Dataset) -> str:
    """Return the name of the spectral axis of a measurement: "wavelength" or "energy"."""
    dims = [str(d) for d in ds["signal"].dims]
    if len(dims) != 1 or dims[0] not in AXES:
        raise DataError(f"{label(ds)}: signal must lie along one of {', '.join(AXES)}, found dims {dims}.")
    return dims[0]


def label(ds: xr.Dataset) -> str:
    """Return how to call this measurement in a message: its file and column, or its kind."""
    try:
        source = json_attr(ds, "source", {})
    except ValueError:  # this serves messages, also those about broken attrs
        source = {}
    source = source if isinstance(source, dict) else {}
    column = f", column {source['column']!r}" if source.get("column") else ""
    return f"{source['file']}{column}" if source.get("file") else f"{ds.attrs.get('kind', 'measurement')} Dataset"


def json_attr(ds: xr.Dataset, name: str, default: Any) -> Any:
    """Return one of the attributes that are kept as JSON text, decoded."""
    text = ds.attrs.get(name)
    return default if text is None else json.loads(text)


def notes_of(ds: xr.Dataset) -> tuple[str, ...]:
    """Return the notes of a measurement: every guess that was made on the way to it."""
    return tuple(json_attr(ds, "notes", []))


def with_attrs(ds: xr.Dataset, *, notes: Sequence[str] = (), **attrs: Any) -> xr.Dataset:
    """Return a checked copy with attributes set (None removes one) and notes added."""
    merged = {**ds.attrs, **{k: _plain(v) for k, v in attrs.items()}}
    if notes:
        merged["notes"] = _plain([*notes_of(ds), *notes])
    kept = {k: v for k, v in merged.items() if v is not None}
    out = ds.assign_attrs(kept)
    out.attrs = kept
    unit = QUANTITIES.get(str(kept.get("quantity")), "arb. units")
    for name in ("signal", "signal_sd", "signal_modes"):
        if name in out:
            out[name] = out[name].assign_attrs(units=unit)
    return check(out)


def with_source(ds: xr.Dataset, file: str) -> xr.Dataset:
    """Return the measurement with the file it was read from as its source, unless it already names one."""
    return ds if "source" in ds.attrs else with_attrs(ds, source={"file": file})


def wavelength_and_energy(ds: xr.Dataset) -> tuple[FloatArray, FloatArray, Medium]:
    """Return wavelength [nm], photon energy [eV] of each sample, and the medium of the wavelength.

    A medium that is not stated is read as air.
    """
    medium = cast(Medium, ds.attrs.get("medium", "air"))
    axis = axis_of(ds)
    x = np.asarray(ds[axis].values, dtype=float)
    if axis == "wavelength":
        return x, units.energy_from_wavelength(x, medium), medium
    return units.wavelength_from_energy(x, medium), x, medium


def require_quantity(ds: xr.Dataset, allowed: Mapping[str, str]) -> str:
    """Return the declared quantity, or raise a DataError that asks for it."""
    quantity = ds.attrs.get("quantity")
    if quantity is None:
        raise DataError(
            f"{label(ds)}: nothing says what the numbers are. Declare quantity = one of {', '.join(allowed)} "
            "(in the header, as the option quantity, or in study.toml)."
        )
    if quantity not in allowed:
        raise DataError(f"{label(ds)}: needs one of {', '.join(allowed)}, but its quantity is {quantity!r}.")
    return str(quantity)


def convert(ds: xr.Dataset, quantity: str) -> xr.Dataset:
    """Convert a measurement to another quantity of its family, with Jacobian and uncertainty.

    Emission: photons or power, per nm or per eV. Absorption: absorbance, absorptance, transmittance. ``counts`` are
    never made into photons: that needs the response of the instrument.

    Parameters
    ----------
    ds : xarray.Dataset
        A measurement that declares its quantity.
    quantity : str
        The quantity wanted.

    Returns
    -------
    xarray.Dataset
        The same samples in the new quantity; the standard uncertainty takes the local derivative.
    """
    have = require_quantity(ds, QUANTITIES)
    if have == quantity:
        return ds
    signal = np.asarray(ds["signal"].values, dtype=float)
    if {have, quantity} <= set(EMISSION_QUANTITIES) - {"counts"}:
        slope = _emission_factor(ds, have) / _emission_factor(ds, quantity)
        values = signal * slope
    elif {have, quantity} <= {"absorbance", "absorptance", "transmittance"}:
        values, slope = _convert_absorption(signal, have, quantity, label(ds))
    else:
        raise DataError(f"{label(ds)}: {have} cannot be converted to {quantity} without further data.")
    axis = axis_of(ds)
    out = ds.assign(signal=(axis, values))
    if "signal_sd" in ds:
        out = out.assign(signal_sd=(axis, ds["signal_sd"].values * np.abs(slope)))
    if "signal_modes" in ds:
        out = out.assign(signal_modes=(("mode", axis), ds["signal_modes"].values * slope))
    return with_attrs(out, quantity=quantity)


def _emission_factor(ds: xr.Dataset, quantity: str) -> FloatArray:
    """Factor from ``quantity`` to photons per eV, up to the constant e (power in eV/s)."""
    wavelength, energy, medium = wavelength_and_energy(ds)
    factor = units.nm_per_ev(wavelength, medium) if quantity.endswith("per_nm") else np.ones_like(energy)
    return factor / (energy * units.ELEMENTARY_CHARGE_C) if quantity.startswith("power") else factor


def _convert_absorption(signal: FloatArray, have: str, want: str, name: str) -> tuple[FloatArray, FloatArray]:
    """Return the converted values and their local derivative."""
    slopes = {"absorptance": -np.ones_like(signal), "transmittance": np.ones_like(signal)}
    if have == "absorbance":
        transmittance = 10.0**-signal
        slope = -units.LN10 * transmittance
    else:
        transmittance, slope = (1.0 - signal if have == "absorptance" else signal), slopes[have]
    if want == "absorbance":
        if np.any(transmittance <= 0):
            worst = signal[np.argmin(transmittance)]
            raise DataError(f"{name}: {have} reaches {worst:.3g}: no light is left to take a logarithm of.")
        exact = units.absorbance_from_absorptance(signal) if have == "absorptance" else -np.log10(transmittance)
        return exact, slope / (-units.LN10 * transmittance)
    if want == "absorptance":
        exact = units.absorptance_from_absorbance(signal) if have == "absorbance" else 1.0 - transmittance
        return exact, -slope
    return transmittance, slope


def _check_attrs(ds: xr.Dataset, name: str) -> None:
    for key, value in ds.attrs.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise DataError(f"{name}: attrs[{key!r}] must be str, int or float, found {type(value).__name__}.")
    for key in POSITIVE_ATTRS:
        value = ds.attrs.get(key, 1.0)
        if isinstance(value, str) or not np.isfinite(value) or value <= 0:
            raise DataError(f"{name}: attrs[{key!r}] must be a positive number, found {value!r}.")
    for key, kind in zip(JSON_ATTRS, (dict, dict, object, list), strict=True):
        try:
            decoded = json_attr(ds, key, kind())
        except ValueError:
            raise DataError(f"{name}: attrs[{key!r}] must be JSON text, found {str(ds.attrs[key])[:40]!r}.") from None
        if not isinstance(decoded, kind):
            raise DataError(f"{name}: attrs[{key!r}] must hold a JSON {kind.__name__}, found {type(decoded).__name__}.")


def _check_values(ds: xr.Dataset, axis: str, name: str) -> None:
    x = np.asarray(ds[axis].values)
    for variable in (axis, "signal", "signal_sd", "signal_modes"):
        if variable in ds.variables and not np.issubdtype(ds[variable].dtype, np.number):
            raise DataError(f"{name}: {variable} must hold numbers, found {ds[variable].dtype}.")
    if x.size == 0:
        raise DataError(f"{name}: no samples.")
    if not np.isfinite(x).all() or x.min() <= 0:
        raise DataError(f"{name}: {axis} must be positive and finite, found {_first(x, ~np.isfinite(x) | (x <= 0))}.")
    if np.any(np.diff(x) <= 0):
        where = _first(x[1:], np.diff(x) <= 0)
        raise DataError(f"{name}: {axis} must ascend without repeats, found {where} twice or out of order.")
    for variable in ("signal", "signal_sd", "signal_modes"):
        if variable in ds and not np.isfinite(ds[variable].values).all():
            at = _first(x, ~np.isfinite(ds[variable].values).reshape(-1, x.size).all(axis=0))
            raise DataError(f"{name}: {variable} must be finite, found NaN or infinity at {axis} {at}.")
    if "signal_sd" in ds and np.any(ds["signal_sd"].values < 0):
        raise DataError(f"{name}: signal_sd must not be negative.")


def _first(x: FloatArray, where: Any) -> str:
    return f"{float(x[where][0]):g}"


def _plain(value: Any) -> Any:
    """Return what attrs may hold: a mapping or a sequence becomes JSON text, a numpy scalar a Python one."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, allow_nan=False, default=lambda v: v.tolist())
    return value.item() if isinstance(value, np.generic) else value
