"""The spectra of a study as its analyses take them: read, averaged over frames, corrected, spliced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from antistokes import data, io
from antistokes.analysis.calibration import Calibration, calibrate_response, correct_response
from antistokes.analysis.frames import average_frames, find_cosmic_rays
from antistokes.analysis.splice import Splice, splice_absorption
from antistokes.errors import DataError, ReadError
from antistokes.verdict import config as settings


def emission(config: settings.Config, folder: Path, files: list[Path]) -> tuple[xr.Dataset, Calibration | None]:
    """Return the emission spectrum, corrected where there is a lamp; the files read are added to ``files``."""
    ds = _spectrum(config.emission, "emission", folder, config.study, files)
    c = config.calibration
    if c is None:
        return ds, None
    lamp = _spectrum(c, "calibration", folder, config.study, files)
    certificate = None
    if c.certificate is not None:
        certificate = _spectrum(c.certificate, "calibration.certificate", folder, config.study, files)
    temperature = None if c.colour_temperature_k is None else (c.colour_temperature_k, c.colour_temperature_sd_k)
    calibration = calibrate_response(lamp, certificate=certificate, colour_temperature_k=temperature)
    return correct_response(ds, calibration), calibration


def absorption(config: settings.Config, folder: Path, files: list[Path]) -> tuple[xr.Dataset | None, Splice | None]:
    """Return the absorption spectrum to analyse, spliced where there is a concentrated one."""
    a, g = config.absorption, config.study
    if a is None:
        return None, None
    dilute = _spectrum(a, "absorption", folder, g, files)
    stated: dict[str, Any] = {"path_cm": a.path_cm, "max_absorbance": a.max_absorbance}
    dilute = data.with_attrs(dilute, **{k: v for k, v in stated.items() if v is not None})
    others = {
        name: None if source is None else _spectrum(source, f"absorption.{name}", folder, g, files)
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


def _spectrum(
    source: settings.Source, section: str, folder: Path, g: settings.General, files: list[Path]
) -> xr.Dataset:
    """Read one spectrum of a declared quantity; repeated frames are averaged."""
    path, kind = folder / source.file, section.split(".")[0].replace("calibration", "emission")
    files.append(path)
    stated = {"y": source.column, "quantity": source.quantity, "medium": source.medium or g.medium}
    hints: dict[str, Any] = {**stated, "temperature_k": g.temperature_k}
    found = io.read_all(path, **{k: v for k, v in hints.items() if v is not None})
    if len(found) != 1:
        names = ", ".join(repr(_column(ds)) for ds in found)
        raise ReadError(path, "", "one measurement", f"the columns {names}", _advice("Name one", "column", section))
    ds = data.with_source(found[0], path.name)
    if ds.attrs["kind"] not in (kind, "spectrum"):
        advice = "Are two files swapped?" if ds.attrs["kind"] in ("emission", "absorption") else ""
        raise ReadError(path, "", f"{kind} for [{section}]", f"a measurement of the kind {ds.attrs['kind']!r}", advice)
    ds = data.with_attrs(ds, kind=kind)
    _require(ds, data.EMISSION_QUANTITIES if kind == "emission" else data.ABSORPTION_QUANTITIES, path, section)
    if ds["signal"].dims[:-1] == ("frame",):
        ds = average_frames(find_cosmic_rays(ds) if source.cosmic_rays else ds)
    elif source.cosmic_rays:
        raise ReadError(path, f"[{section}] cosmic_rays", "repeated frames to compare", "one spectrum")
    return ds if source.range_nm is None else _cut(ds, source.range_nm, path)


def _require(ds: xr.Dataset, family: Mapping[str, str], path: Path, section: str) -> None:
    """Raise unless the spectrum says what it holds, and that is what its section is for."""
    quantity, column = ds.attrs.get("quantity"), _column(ds)
    if quantity in family:
        return
    found = "a column that does not say what it holds" if quantity is None else repr(quantity)
    expected = f"{section.split('.')[0]} as one of {', '.join(family)}"
    place = f"column {column!r}" if column else ""
    raise ReadError(path, place, expected, found, _advice("Declare it", "quantity", section))


def _cut(ds: xr.Dataset, range_nm: tuple[float, float], path: Path) -> xr.Dataset:
    wavelength = data.wavelength_and_energy(ds)[0]
    keep = (wavelength >= range_nm[0]) & (wavelength <= range_nm[1])
    if not keep.any():
        found = f"{wavelength.min():.1f}-{wavelength.max():.1f} nm"
        raise ReadError(path, "range_nm", f"data within {range_nm}", found)
    note = f"only {range_nm[0]:g}-{range_nm[1]:g} nm is used"
    return data.with_attrs(ds.isel({data.spectral_axis(ds): keep}), notes=[note])


def _column(ds: xr.Dataset) -> str:
    return str(data.json_attr(ds, "source", {}).get("column", ""))


def _advice(what: str, key: str, section: str) -> str:
    option = f", or --{section}-{key} on the command line" if section in ("emission", "absorption") else ""
    return f"{what}: {key} in study.toml under [{section}]{option}."
