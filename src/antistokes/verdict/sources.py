"""The spectra of a study as its analyses take them: read, averaged over frames, corrected, spliced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from antistokes import data, io
from antistokes.analysis.calibration import Calibration, calibrate_response
from antistokes.analysis.correction import correct_response
from antistokes.analysis.dark import ADDITIVE, subtract_dark
from antistokes.analysis.frames import average_frames, find_cosmic_rays
from antistokes.analysis.splice import Splice, splice_absorption
from antistokes.errors import DataError, ReadError
from antistokes.verdict import config as settings

STEPS = (settings.AbsorptionStep, settings.EmissionStep)
STATED = (
    "excitation_nm",
    "bandpass_nm",
    "detection_nm",
    "geometry",
    "branch",
    "power_w",
    "integration_time_s",
)  # where a table has them


class Read(NamedTuple):
    """What was read on the way: every file, and every note of what it held."""

    files: list[Path]
    notes: list[str]


def emission(config: settings.Config, folder: Path, read: Read) -> tuple[xr.Dataset, Calibration | None]:
    """Return the emission spectrum, corrected where there is a lamp; what was read is added to ``read``."""
    ds = spectrum(config.emission, "emission", "emission", folder, config.study, read)
    c = config.calibration
    if c is None:
        return ds, None
    lamp = spectrum(c, "calibration", "emission", folder, config.study, read)
    certificate = None
    if c.certificate is not None:
        certificate = spectrum(c.certificate, "calibration.certificate", "emission", folder, config.study, read)
    temperature = None if c.colour_temperature_k is None else (c.colour_temperature_k, c.colour_temperature_sd_k)
    calibration = calibrate_response(
        lamp, certificate=certificate, correlation_nm=c.correlation_nm, colour_temperature_k=temperature
    )
    return correct_response(ds, calibration), _with_lamp(calibration, lamp)


def corrected(ds: xr.Dataset, calibration: Calibration | None) -> xr.Dataset:
    """Return other light seen by the spectrometer of the emission, divided by its response if it is in counts."""
    return ds if calibration is None or ds.attrs["quantity"] != "counts" else correct_response(ds, calibration)


def _with_lamp(calibration: Calibration, lamp: xr.Dataset) -> Calibration:
    """Return a calibration whose curves also hold what the response was made of, the lamp's counts and its light."""
    curves = calibration.curves
    counts = np.interp(curves["wavelength"].values, lamp["wavelength"].values, lamp["signal"].values.astype(float))
    light = counts / curves["response"].values
    more = {"lamp_counts": ("wavelength", counts, {"units": "counts"})}
    more |= {"lamp_light": ("wavelength", light / light.max(), {"units": "photons/nm"})}
    return replace(calibration, curves=curves.assign(more))


def absorption(config: settings.Config, folder: Path, read: Read) -> tuple[xr.Dataset | None, Splice | None]:
    """Return the absorption spectrum to analyse, spliced where there is a concentrated one."""
    a, g = config.absorption, config.study
    if a is None:
        return None, None
    dilute = only_scan(a, folder, g, read)
    others = {
        name: None if source is None else spectrum(source, f"absorption.{name}", "absorption", folder, g, read)
        for name, source in (
            ("blank", a.blank),
            ("concentrated", a.concentrated),
            ("concentrated_blank", a.concentrated_blank),
        )
    }
    if others["concentrated"] is None:
        if others["blank"] is not None or a.scattering or a.transparent_nm is not None:
            raise DataError(
                "blank, transparent_nm and scattering serve the splice: they need [absorption.concentrated]."
            )
        return dilute, None
    concentrated = others["concentrated"]
    if a.path_cm is not None and "path_cm" not in concentrated.attrs:
        concentrated = data.with_attrs(concentrated, path_cm=a.path_cm)  # the scale of the joined spectrum
    splice = splice_absorption(
        dilute,
        concentrated,
        blank_dilute=others["blank"],
        blank_concentrated=others["concentrated_blank"],
        transparent_nm=a.transparent_nm,
        scattering=a.scattering,
        max_absorbance=a.max_absorbance or 3.0,
        level=g.level,
    )
    return splice.absorption, splice


def only_scan(a: settings.AbsorptionSource, folder: Path, g: settings.General, read: Read) -> xr.Dataset:
    """Return the scan of [absorption] itself, the dilute one where there are two."""
    stated: dict[str, Any] = {"path_cm": a.path_cm, "max_absorbance": a.max_absorbance}
    scan = spectrum(a, "absorption", "absorption", folder, g, read)
    return data.with_attrs(scan, **{k: v for k, v in stated.items() if v is not None})


def power_series(source: settings.PowerSource, folder: Path, read: Read) -> xr.Dataset:
    """Return the power series of a study."""
    path = folder / source.file
    ds = _only(source, "power", path, kind="power_series")
    read.files.append(path)
    names = ("background", "background_sd", "power_sd_relative")
    ds = data.with_attrs(ds, **{n: getattr(source, n) for n in names if getattr(source, n) is not None})
    read.notes.extend(f"{data.label(ds)}: {note}" for note in data.notes_of(ds))
    return ds


def factors(source: settings.Factors, section: str, folder: Path, read: Read) -> xr.Dataset:
    """Return what counts are multiplied by, which are of no quantity."""
    path = folder / source.file
    read.files.append(path)
    ds = _only(source, section, path)
    read.notes.extend(f"{data.label(ds)}: {note}" for note in data.notes_of(ds))
    return ds


def spectrum(
    source: settings.Source,
    section: str,
    kind: str,
    folder: Path,
    g: settings.General,
    read: Read,
    otherwise: str | None = None,
) -> xr.Dataset:
    """Read one spectrum of a declared quantity; frames are averaged, a range is cut out, a dark subtracted.

    ``otherwise`` is the quantity of a file that says none, and of which its table says none.
    """
    path = folder / source.file
    read.files.append(path)
    # a step of a series has a temperature of its own, or its file has one
    kelvin = source.temperature_k if isinstance(source, STEPS) else g.temperature_k
    asked = "ple" if kind == "ple" else None  # what a table calls emission may be over the excitation
    known = {"medium": source.medium or g.medium, "temperature_k": kelvin, "kind": asked}
    ds = _only(source, section, path, **known)
    if otherwise is not None and "quantity" not in ds.attrs:
        ds = _only(replace(source, quantity=otherwise), section, path, **known)
    also = ("emission",) if kind == "sphere" else ()  # a spectrometer does not know of the sphere before it
    if ds.attrs["kind"] not in (kind, "spectrum", *also):
        advice = "Are two files swapped?" if ds.attrs["kind"] in ("emission", "absorption") else ""
        raise ReadError(path, "", f"{kind} for [{section}]", f"a measurement of the kind {ds.attrs['kind']!r}", advice)
    ds = data.with_attrs(ds, kind=kind)
    family = data.ABSORPTION_QUANTITIES if kind == "absorption" else data.EMISSION_QUANTITIES
    _require(ds, family, path, section, kind)
    ds = _stated(_cut(_single(ds, source, section, path), source.range_nm, path), source)
    dark = getattr(source, "dark", None)
    if dark is not None:
        ds = subtract_dark(ds, _dark(dark, ds, section, folder, source.range_nm, read))
    read.notes.extend(f"{data.label(ds)}: {note}" for note in data.notes_of(ds))
    return ds


def _stated(ds: xr.Dataset, source: settings.Source) -> xr.Dataset:
    """Return a spectrum with what study.toml states of its measurement; a note where the file differs."""
    said = {name: getattr(source, name, None) for name in STATED}
    changed = {name: value for name, value in said.items() if value not in (None, ds.attrs.get(name))}
    notes = [
        f"{name} {_shown(value)} as study.toml says, the file says {_shown(ds.attrs[name])}"
        for name, value in changed.items()
        if name in ds.attrs
    ]
    return data.with_attrs(ds, notes=notes, **changed)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _dark(
    source: settings.Scan, of: xr.Dataset, section: str, folder: Path, range_nm: settings.Range | None, read: Read
) -> xr.Dataset:
    """Read the dark of a spectrum; what its file does not say is taken as that of the spectrum, and noted."""
    path, where, quantity = folder / source.file, f"{section}.dark", str(of.attrs["quantity"])
    if quantity not in ADDITIVE:
        advice = "Export transmittance, or give the scan of the solvent as a blank." if section == "absorption" else ""
        raise ReadError(path, f"[{where}]", f"a dark of {', '.join(ADDITIVE)}", f"one of {quantity}", advice)
    read.files.append(path)
    ds = _only(source, where, path, medium=of.attrs.get("medium"))
    if "quantity" not in ds.attrs:
        ds = data.with_attrs(ds, quantity=quantity, notes=[f"quantity not stated, taken as {quantity}"])
    ds = _cut(_single(ds, source, where, path), range_nm, path)
    read.notes.extend(f"{data.label(ds)}: {note}" for note in data.notes_of(ds))
    return ds


def _only(source: settings.File, section: str, path: Path, **known: Any) -> xr.Dataset:
    """Read the one measurement of a file, with what the settings say of it."""
    hints = {"x": source.x, "y": source.column, "quantity": source.quantity, **known}
    found = io.read_all(path, **{k: v for k, v in hints.items() if v is not None})
    if len(found) != 1:
        names = ", ".join(repr(_column(ds)) for ds in found)
        raise ReadError(path, "", "one measurement", f"the columns {names}", _advice("Name one", "column", section))
    return data.with_source(found[0], path.name)


def _single(ds: xr.Dataset, source: settings.Scan, section: str, path: Path) -> xr.Dataset:
    """Return one spectrum, the mean of frames where there are several; anything else is refused."""
    dims, sizes = ds["signal"].dims, ds["signal"].sizes
    if dims[-1] not in data.SPECTRAL or dims[:-1] not in ((), ("frame",)):
        expected = f"one spectrum along {' or '.join(data.SPECTRAL)}, or repeated frames of one"
        found = " x ".join(f"{n} {d}" for d, n in sizes.items())
        raise ReadError(path, f"[{section}]", expected, found, "Export the one spectrum that is meant.")
    several = sizes.get("frame", 1) > 1
    if source.cosmic_rays and not several:
        raise ReadError(path, f"[{section}] cosmic_rays", "repeated frames to compare", "one spectrum")
    if len(dims) == 1:
        return ds
    return average_frames(find_cosmic_rays(ds) if source.cosmic_rays else ds)


def _require(ds: xr.Dataset, family: Mapping[str, str], path: Path, section: str, kind: str) -> None:
    """Raise unless the spectrum says what it holds, and that is what its section is for."""
    quantity, column = ds.attrs.get("quantity"), _column(ds)
    if quantity in family:
        return
    found = "a column that does not say what it holds" if quantity is None else repr(quantity)
    what = {"ple": "an excitation spectrum", "sphere": "light in a sphere"}.get(kind, kind)
    expected = f"{what} as one of {', '.join(family)}"
    place = f"column {column!r}" if column else ""
    raise ReadError(path, place, expected, found, _advice("Declare it", "quantity", section))


def _cut(ds: xr.Dataset, range_nm: settings.Range | None, path: Path) -> xr.Dataset:
    if range_nm is None:
        return ds
    wavelength = data.wavelength_and_energy(ds)[0]
    keep = (wavelength >= range_nm[0]) & (wavelength <= range_nm[1])
    if not keep.any():
        found = f"{wavelength.min():.1f}-{wavelength.max():.1f} nm"
        raise ReadError(path, "range_nm", f"data within {list(range_nm)}", found)
    note = f"only {range_nm[0]:g}-{range_nm[1]:g} nm is used"
    return data.with_attrs(ds.isel({data.spectral_axis(ds): keep}), notes=[note])


def _column(ds: xr.Dataset) -> str:
    return str(data.json_attr(ds, "source", {}).get("column", ""))


def _advice(what: str, key: str, section: str) -> str:
    option = f", or --{section}-{key} on the command line" if section in ("emission", "absorption") else ""
    return f"{what}: {key} in study.toml under [{section}]{option}."
