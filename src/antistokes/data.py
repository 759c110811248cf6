"""The one data type: a measurement is an ``xarray.Dataset``; this module builds and checks it.

A measurement has one main variable, ``signal``, whose last dimension is its main axis::

    <xarray.Dataset>  dims: ..., wavelength [nm] ascending
        signal        attrs: units; integers stay integers
        signal_sd     optional: independent standard uncertainty of each sample, same units
        signal_modes  optional, (mode, axis), of a 1-d signal: shared uncertainty;
                      covariance = diag(sd^2) + modes^T modes
        flag          optional, uint8, bits of FLAGS; a sample flagged as missing is NaN, every other one is finite,
                      so whole numbers have none that is missing
    attrs: kind, quantity, medium, excitation_nm, detection_nm, bandpass_nm, temperature_k, path_cm, instrument, ...
           and as JSON text: source, corrections, raw_metadata, notes

attrs hold only str, int and finite float; what is unknown is absent. ``integration_time_s`` is that of one exposure;
``exposures`` says of how many the signal is the sum, where of more than one; ``branch`` is "heating" or "cooling" in a
series of temperatures; ``rate`` is "per second" where the file gives numbers per second; ``saturated`` is "somewhere"
where a file says so and not at which samples. ``quantity`` says what the numbers are: a spectrum that does not declare
it can be read and looked at, but not analysed. Analyses of spectra take one spectral axis; frames, positions and
excitations come as further dimensions before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from antistokes import units
from antistokes.errors import DataError
from antistokes.units import FloatArray, Medium

SPECTRAL = ("wavelength", "energy")
AXES = {  # the units an axis may have; an abscissa is of a kind we do not know and has the unit of the file
    "wavelength": ("nm",),
    "energy": ("eV",),
    "raman_shift": ("cm^-1",),
    "excitation": ("nm",),
    "decay_time": ("ns",),
    "time": ("s",),
    "power": ("W",),
    "irradiance": ("W/cm^2",),
    "frame": ("1",),
    "y": ("px", "um"),
    "x": ("px", "um"),
    "pixel": ("px",),
    "abscissa": (),
}
POSITIVE_AXES = ("wavelength", "energy", "excitation", "power", "irradiance")
KINDS = (
    "absorption",
    "emission",
    "ple",
    "power_series",
    "sphere",
    "raman",
    "gated_pl",
    "movie",
    "power_log",
    "spectrum",
)
FLAGS = {"saturated": 1, "clipped": 2, "cosmic": 4, "missing": 8, "uncalibrated": 16}
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
QUANTITIES = EMISSION_QUANTITIES | ABSORPTION_QUANTITIES | {"power": "W"}
JSON_ATTRS = ("source", "corrections", "raw_metadata", "notes")
POSITIVE_ATTRS = (
    *("excitation_nm", "detection_nm", "bandpass_nm", "temperature_k", "path_cm", "max_absorbance"),
    *("integration_time_s", "exposures", "power_w"),
)
RATE = "per second"


class Sphere(NamedTuple):
    """One run of an integrating sphere: the spectra of each configuration, which show laser and emission.

    A configuration has one spectrum that shows both, or one of each; more of a band are refused. ``empty`` is the
    sphere without the sample, or with the blank (cuvette and solvent); ``direct`` has the sample in the beam;
    ``indirect`` beside it, and is left out where only two measurements were made. Repeats are a list of these.
    """

    empty: tuple[xr.Dataset, ...]
    direct: tuple[xr.Dataset, ...]
    indirect: tuple[xr.Dataset, ...] = ()


def build(
    axis: str,
    x: ArrayLike,
    signal: ArrayLike,
    *,
    kind: str = "spectrum",
    along: Mapping[str, ArrayLike] | None = None,
    axis_units: Mapping[str, str] | None = None,
    signal_sd: ArrayLike | None = None,
    signal_modes: ArrayLike | None = None,
    flag: ArrayLike | None = None,
    notes: Sequence[str] = (),
    **attrs: Any,
) -> xr.Dataset:
    """Make a measurement Dataset; samples are put in ascending order, then everything is checked.

    Parameters
    ----------
    axis : str
        Meaning of ``x``, the main axis: a key of ``AXES``, for spectra "wavelength" or "energy".
    x : array_like
        Positions, shape (n,), distinct [unit of the axis: nm, eV, ...].
    signal : array_like
        Measured values, shape (..., n), one dimension before the last for each entry of ``along`` [unit of
        ``quantity``].
    kind : {"absorption", "emission", "spectrum", ...}
        What was measured; one of ``KINDS``.
    along : mapping of str to array_like, optional
        The dimensions before the main axis, in order, with their positions, such as ``{"frame": range(10)}``.
    axis_units : mapping of str to str, optional
        Units of axes that may have several: "px" or "um" for ``x`` and ``y`` (default "px"), any for ``abscissa``.
    signal_sd : array_like, optional
        Standard uncertainty of each sample, independent of its neighbours, shape of ``signal`` [unit of ``signal``].
    signal_modes : array_like, optional
        Shared uncertainty of a 1-d signal, shape (m, n): covariance = diag(sd^2) + modes^T modes [unit of ``signal``].
    flag : array_like, optional
        Bits of ``FLAGS``, shape of ``signal``; left out where none is set.
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
    positions = {**{d: np.asarray(v) for d, v in (along or {}).items()}, axis: _floats(axis, x)}
    values = _numbers(signal)
    for name in positions:
        if name not in AXES:
            raise DataError(f"axis must be one of {', '.join(AXES)}, got {name!r}.")
    shape = tuple(p.size for p in positions.values())
    if any(p.ndim != 1 for p in positions.values()) or values.shape != shape:
        raise DataError(f"axis and signal must fit together, got axes of {shape} and a signal of {values.shape}.")
    stated = axis_units or {}
    unit_of = {d: stated.get(d, next(iter(AXES[d]), "")) for d in positions}
    dims, unit = tuple(positions), QUANTITIES.get(str(attrs.get("quantity")), "arb. units")
    variables: dict[str, Any] = {"signal": (dims, values, {"units": unit})}
    if signal_sd is not None:
        variables["signal_sd"] = (dims, _floats("signal_sd", signal_sd), {"units": unit})
    if signal_modes is not None:
        modes = np.atleast_2d(_floats("signal_modes", signal_modes))
        if modes.ndim > 2:
            raise DataError(f"signal_modes must be rows of one value per sample, got shape {modes.shape}.")
        variables["signal_modes"] = (("mode", axis), modes, {"units": unit})
    if flag is not None and np.any(flag):
        variables["flag"] = (dims, _bits(flag), {"flag_meanings": " ".join(FLAGS)})
    for name, (_, given, _) in variables.items():
        if given.shape[-1:] != shape[-1:] or (name in ("signal_sd", "flag") and given.shape != shape):
            raise DataError(f"{name} must have one value per sample, {shape}, got shape {given.shape}.")
    coords = {d: (d, p, {"units": unit_of[d]}) for d, p in positions.items()}
    merged = {"kind": kind, **{k: _plain(v) for k, v in attrs.items() if v is not None}}
    if notes:
        merged["notes"] = _plain(list(notes))
    return check(_ascending(xr.Dataset(variables, coords=coords, attrs=merged)))


def _numbers(signal: ArrayLike) -> NDArray[Any]:
    """Return the values in the type they have where that is one of numbers; else as floats."""
    values = np.asarray(signal)
    return values if values.dtype.kind in "iuf" and values.dtype.isnative else _floats("signal", values)


def _floats(name: str, given: ArrayLike) -> FloatArray:
    """Return as floats what is one of real numbers; of complex ones numpy would drop the half."""
    values = np.asarray(given)
    if values.dtype.kind == "c":
        raise DataError(f"{name} must hold real numbers, found {values.dtype}.")
    return values.astype(float, copy=False)


def _bits(flag: ArrayLike) -> NDArray[np.uint8]:
    """Return flags as bytes, after a look at whether they are sums of ``FLAGS``: a cast would wrap them around."""
    values, most = np.asarray(flag), sum(FLAGS.values())
    if values.dtype.kind not in "biu":
        raise DataError(f"flag must hold whole numbers, found {values.dtype}.")
    outside = (values < 0) | (values > most)
    if outside.any():
        raise DataError(f"flag must be a sum of {', '.join(map(str, FLAGS.values()))}, found {values[outside][0]}.")
    return values.astype(np.uint8)


def _ascending(ds: xr.Dataset) -> xr.Dataset:
    for d in ds["signal"].dims:
        x = np.asarray(ds[d].values)
        if np.any(np.diff(x) < 0):
            ds = ds.isel({d: np.argsort(x, kind="stable")})
    return ds


def check(ds: xr.Dataset) -> xr.Dataset:
    """Return ``ds`` unchanged, or raise a DataError that says what breaks the contract.

    Called once, at the door; what lies behind it trusts the Dataset.
    """
    if not isinstance(ds, xr.Dataset):
        raise DataError(f"expected a measurement, found {str(ds)[:60]!r}; read a file with ans.read(...).")
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
    if ds.attrs.get("rate", RATE) != RATE:
        raise DataError(f"{name}: attrs['rate'] must be {RATE!r} or left out, found {ds.attrs['rate']!r}.")
    _check_attrs(ds, name)
    _check_axes(ds, name)
    dims = ds["signal"].dims
    expected = {"signal": dims, "signal_sd": dims, "signal_modes": ("mode", axis), "flag": dims}
    unit = QUANTITIES.get(str(quantity), "arb. units")
    for variable, wanted in expected.items():
        if variable in ds and ds[variable].dims != wanted:
            raise DataError(f"{name}: {variable} must lie along {wanted}, found {ds[variable].dims}.")
        if variable in ds and variable != "flag" and ds[variable].attrs.get("units") != unit:
            raise DataError(f"{name}: {variable} must be in {unit!r}, found {ds[variable].attrs.get('units')!r}.")
    if "signal_modes" in ds and len(dims) > 1:
        raise DataError(f"{name}: signal_modes are for a 1-d signal, found one along {dims}.")
    _check_values(ds, name)
    return ds


def axis_of(ds: xr.Dataset) -> str:
    """Return the name of the main axis of a measurement, the last dimension of its signal."""
    dims = [str(d) for d in ds["signal"].dims]
    if not dims or not set(dims) <= set(AXES):
        raise DataError(f"{label(ds)}: signal must lie along axes among {', '.join(AXES)}, found dims {dims}.")
    return dims[-1]


def spectral_axis(ds: xr.Dataset) -> str:
    """Return the axis of one spectrum, "wavelength" or "energy"; a measurement of another shape is refused."""
    dims = [str(d) for d in ds["signal"].dims]
    if len(dims) != 1 or dims[0] not in SPECTRAL:
        advice = " Choose one of them, or average its frames." if len(dims) > 1 else ""
        raise DataError(f"{label(ds)}: expected one spectrum along {' or '.join(SPECTRAL)}, found dims {dims}.{advice}")
    return dims[0]


def flagged(ds: xr.Dataset, *names: str) -> NDArray[np.bool_]:
    """Return which samples bear one of these flags, shape of the signal."""
    if "flag" not in ds:
        return np.zeros(ds["signal"].shape, dtype=bool)
    bits = sum(FLAGS[name] for name in names)
    return np.asarray(ds["flag"].values & np.uint8(bits)) > 0


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
    axis = spectral_axis(ds)
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


def _check_attrs(ds: xr.Dataset, name: str) -> None:
    for key, value in ds.attrs.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise DataError(f"{name}: attrs[{key!r}] must be str, int or float, found {type(value).__name__}.")
        if key not in POSITIVE_ATTRS and isinstance(value, float) and not np.isfinite(value):
            raise DataError(f"{name}: attrs[{key!r}] must be finite, found {value!r}; what is unknown is left out.")
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


def _check_axes(ds: xr.Dataset, name: str) -> None:
    for d in map(str, ds["signal"].dims):
        if d not in ds.coords:
            raise DataError(f"{name}: the axis {d} has no positions.")
        x, unit = np.asarray(ds[d].values), ds[d].attrs.get("units")
        if not isinstance(unit, str) or (AXES[d] and unit not in AXES[d]):
            raise DataError(f"{name}: {d} must be in {' or '.join(AXES[d]) or 'a stated unit'}, found {unit!r}.")
        if x.dtype.kind not in "iuf":
            raise DataError(f"{name}: {d} must hold numbers, found {x.dtype}.")
        if x.size == 0:
            raise DataError(f"{name}: no samples.")
        if not np.isfinite(x).all() or (d in POSITIVE_AXES and x.min() <= 0):
            positive = "positive and " if d in POSITIVE_AXES else ""
            raise DataError(f"{name}: {d} must be {positive}finite, found {_first(x, ~np.isfinite(x) | (x <= 0))}.")
        if np.any(np.diff(x) <= 0):
            where = _first(x[1:], np.diff(x) <= 0)
            raise DataError(f"{name}: {d} must ascend without repeats, found {where} twice or out of order.")


def _check_values(ds: xr.Dataset, name: str) -> None:
    x = np.asarray(ds[axis_of(ds)].values)
    if "flag" in ds and ds["flag"].dtype != np.uint8:
        raise DataError(f"{name}: flag must be uint8, found {ds['flag'].dtype}.")
    if "flag" in ds and ds["flag"].values.max() > sum(FLAGS.values()):
        raise DataError(f"{name}: flag must be at most {sum(FLAGS.values())}, found {ds['flag'].values.max()}.")
    missing = flagged(ds, "missing")
    for variable in ("signal", "signal_sd", "signal_modes"):
        if variable not in ds:
            continue
        values = ds[variable].values
        if values.dtype.kind not in "iuf":
            raise DataError(f"{name}: {variable} must hold numbers, found {values.dtype}.")
        bad = False if values.dtype.kind in "iu" else ~(np.isfinite(values) | missing)
        if np.any(bad):
            at = _first(x, np.reshape(bad, (-1, x.size)).any(axis=0))
            raise DataError(f"{name}: {variable} must be finite, found NaN or infinity at {axis_of(ds)} {at}.")
    values = ds["signal"].values
    there = missing if values.dtype.kind in "iu" else missing & ~np.isnan(values)
    if there.any():
        at, found = _first(x, np.reshape(there, (-1, x.size)).any(axis=0)), values[there][0]
        raise DataError(f"{name}: a sample flagged as missing must be NaN, found {found:g} at {axis_of(ds)} {at}.")
    if "signal_sd" in ds and np.any(ds["signal_sd"].values < 0):
        raise DataError(f"{name}: signal_sd must not be negative.")


def _first(x: FloatArray, where: Any) -> str:
    return f"{float(x[where][0]):g}"


def _plain(value: Any) -> Any:
    """Return what attrs may hold: a mapping or a sequence becomes JSON text, a numpy scalar a Python one."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, allow_nan=False, default=lambda v: v.tolist())
    return value.item() if isinstance(value, np.generic) else value
