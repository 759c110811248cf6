"""Spectra of an integrating sphere become photons of laser and emission, with their noise and what they share."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from antistokes import data, quantities, units
from antistokes.analysis import sphere_band_checks
from antistokes.analysis.bands import is_counted, refuse_flagged, refuse_flat_top, saturated_somewhere
from antistokes.analysis.calibration import Calibration
from antistokes.analysis.correction import in_medium_of, response_at
from antistokes.analysis.exposure import doubts_of_times, exposure_s
from antistokes.analysis.noise import noise_sd
from antistokes.analysis.sphere_run import CONFIGURATIONS, FIELDS, Part, Range, Run, Setup
from antistokes.errors import DataError
from antistokes.physics.moments import integration_weights
from antistokes.units import FloatArray

MIN_SAMPLES = 3
MIN_FOR_NOISE = 8
WIDE_LINE = 7  # samples over half of the maximum; the noise of neighbours takes finer structure for noise


def sphere_integrals(sphere: data.Sphere, setup: Setup, name: str = "") -> Run:
    """Return the integrals of one run.

    Parameters
    ----------
    sphere : Sphere
        Spectra of each configuration.
    setup : Setup
        Bands and what corrects the counts.
    name : str
        What messages put before a configuration, such as "run 2, ".

    Raises
    ------
    DataError
        A band is in no spectrum of a configuration, or in two; a spectrum cannot be made into photons.
    """
    spectra = {key: tuple(data.check(ds) for ds in getattr(sphere, key)) for key in CONFIGURATIONS}
    of_noise: list[str] = []
    parts: dict[str, Part] = {}
    warnings = doubts_of_times([ds for group in spectra.values() for ds in group])
    values, variance = np.full(len(FIELDS), np.nan), np.zeros(len(FIELDS))
    shared: dict[Hashable, FloatArray] = {}
    scales: dict[str, float] = {}
    for key, group in spectra.items():
        if key == "indirect" and not group:
            continue
        where = name + CONFIGURATIONS[key]
        laser = _covering(group, setup.laser_nm, "laser", where)
        optional = key == "empty"
        emission = _covering(group, setup.emission_nm, "emission", where, optional=optional)
        for item in group:
            sphere_band_checks.refuse_spectrum(item, setup, where)
        _check_transmission(laser, emission, setup, where)
        for part, ds, band in (("laser", laser, setup.laser_nm), ("emission", emission, setup.emission_nm)):
            if ds is None:
                warnings.append("The empty sphere shows no emission band: its emission is taken as zero.")
                continue
            found = _part(ds, band, part, where, setup.correction)
            at, factor = FIELDS.index(f"{part}_{key}"), 1 / exposure_s(ds)
            factor /= setup.laser_transmission if part == "laser" else 1.0
            values[at] = factor * found.photons
            variance[at] = factor**2 * float(np.sum((found.weights * found.sd) ** 2))
            for source, rows in found.shared.items():
                column = np.zeros((rows.size, len(FIELDS)))
                column[:, at] = factor * rows
                shared[source] = shared.get(source, 0.0) + column
            of_noise += found.of_noise
            warnings += saturated_somewhere(ds)
            bright = part == "laser" or key == "direct"
            warnings += sphere_band_checks.doubts_of_gaps(part, found, band, where, bright=bright)
            parts[f"{part}_{key}"], scales[f"{part}_{key}"] = found, factor
    warnings += sphere_band_checks.doubts_of_edges(parts["emission_direct"], setup)
    warnings += sphere_band_checks.doubts_of_second_order(parts, scales)
    _refuse_dark(values, variance, setup, name)
    sphere_band_checks.refuse_same_in_two(spectra, name)
    edges, near = tuple(sphere_band_checks.laser_edges(parts, scales)), any(part.neighbours for part in parts.values())
    return Run(values, variance, shared, tuple(dict.fromkeys(warnings)), tuple(dict.fromkeys(of_noise)), near, edges)


def _refuse_dark(values: FloatArray, variance: FloatArray, setup: Setup, name: str) -> None:
    """Raise where the empty sphere shows no laser, or more light in the band of the emission."""
    laser, emission = (float(values[FIELDS.index(field)]) for field in ("laser_empty", "emission_empty"))
    noise = float(variance[FIELDS.index("emission_empty")] ** 0.5)
    where = f"{name}{CONFIGURATIONS['empty']}"
    if emission > max(laser, 0.0) + 5 * noise:
        raise DataError(
            f"{where}: {emission:.4g} photons in the emission's band, {_nm(setup.emission_nm)}, and {laser:.4g} in the "
            f"laser's, {_nm(setup.laser_nm)}; expected the laser's light in its band. Are the bands swapped?"
        )
    if not laser > 0:
        raise DataError(f"{where}: no laser light in {_nm(setup.laser_nm)}, found {laser:.4g}.")


def check_bands(laser_nm: Range, emission_nm: Range) -> None:
    """Raise where a band is empty or falls, or the two overlap."""
    for name, band in (("laser_nm", laser_nm), ("emission_nm", emission_nm)):
        if len(band) != 2 or not 0 < band[0] < band[1] < np.inf:
            raise ValueError(f"{name} must be (low, high), two rising wavelengths, got {band!r}.")
    if max(laser_nm[0], emission_nm[0]) < min(laser_nm[1], emission_nm[1]):
        raise ValueError(
            f"laser_nm and emission_nm must not overlap, or the light between counts twice; got {_nm(laser_nm)} and "
            f"{_nm(emission_nm)}. Cut the emission's band beside the laser and mind what is lost."
        )


def _nm(band: Range) -> str:
    return f"{band[0]:g}-{band[1]:g} nm"


def _covering(
    group: tuple[xr.Dataset, ...], band: Range, part: str, where: str, *, optional: bool = False
) -> xr.Dataset | None:
    """Return the one spectrum of a configuration that covers a band."""
    ranges = [data.wavelength_and_energy(ds)[0] for ds in group]
    slack = 1e-9 * band[1]
    found = [
        ds for ds, x in zip(group, ranges, strict=True) if x.min() <= band[0] + slack and x.max() >= band[1] - slack
    ]
    if len(found) > 1:
        raise DataError(
            f"{where}: {' and '.join(data.label(ds) for ds in found)} both cover the {part}'s band, {_nm(band)}; "
            "expected one. Give repeats as several spheres."
        )
    if found or (optional and group):
        return found[0] if found else None
    if not group:
        blank = "the blank is missing: " if where.endswith(CONFIGURATIONS["empty"]) else ""
        raise DataError(f"{blank}{where} has no spectrum; expected one that covers {_nm(band)} ({part}).")
    there = ", ".join(f"{data.label(ds)} {_nm((x.min(), x.max()))}" for ds, x in zip(group, ranges, strict=True))
    raise DataError(f"{where}: the {part} is missing; no spectrum covers {_nm(band)}, found {there}.")


def _check_transmission(laser: xr.Dataset | None, emission: xr.Dataset | None, setup: Setup, where: str) -> None:
    if setup.laser_transmission != 1 and laser is emission:
        raise DataError(
            f"{where}: laser_transmission = {setup.laser_transmission:g} is that of an attenuator in scans of the "
            "laser alone, but one spectrum shows laser and emission. Give two, or correct each by the attenuator's "
            "spectrum."
        )


def _part(ds: xr.Dataset, band: Range, part: str, where: str, correction: Calibration | None) -> Part:
    """Return the samples that a band uses, as photons, refused where the detector was at its end."""
    name, axis = data.label(ds), data.spectral_axis(ds)
    quantity = data.require_quantity(ds, data.EMISSION_QUANTITIES)
    wavelength, _, medium = data.wavelength_and_energy(ds)
    ends = band if axis == "wavelength" else sorted(float(units.energy_from_wavelength(e, medium)) for e in band)
    weights = integration_weights(ds[axis].values, *ends)
    used = weights > 0
    if used.sum() < MIN_SAMPLES:
        raise DataError(
            f"{where}, {name}: {used.sum()} samples in {_nm(band)} ({part}); expected {MIN_SAMPLES} or more."
        )
    inside, wavelength, weights = ds.isel({axis: used}), wavelength[used], weights[used]
    try:
        refuse_flagged(inside)
        if quantity == "counts":
            refuse_flat_top(name, wavelength, np.asarray(inside["signal"].values))
    except DataError as error:
        raise DataError(f"{where}, {part}: {error}") from None
    sd, words, neighbours = _noise(inside, part)
    inside = inside.assign(signal_sd=(axis, sd, dict(ds["signal"].attrs)))
    key: Hashable = (where, part, "own")
    if "response" in data.json_attr(ds, "corrections", {}):
        raise DataError(
            f"{where}, {name}: it was divided by a response already, whose errors laser and emission share; only "
            "counts with their correction carry that. Give the counts, and correction = the response."
        )
    if quantity != "counts" and correction is not None:
        raise DataError(f"{where}, {name}: only counts can be corrected, found {quantity}. Leave the correction out.")
    if quantity != "counts":
        light = quantities.convert(inside, f"photons_per_{'nm' if axis == 'wavelength' else 'ev'}")
        value, sd = np.asarray(light["signal"].values, dtype=float), np.asarray(light["signal_sd"].values)
        shared = {key: light["signal_modes"].values @ weights} if "signal_modes" in light else {}
    else:
        value, sd, factor, rows = _corrected(inside, band, part, where, correction, sd, weights)
        shared = {"response": rows}
        if "signal_modes" in inside:
            shared[(where, part, "own")] = (inside["signal_modes"].values * factor) @ weights
    position = np.asarray(inside[axis].values, dtype=float)
    return Part(name, position, wavelength, value, sd, weights, shared, tuple(words), neighbours)


def _corrected(
    ds: xr.Dataset,
    band: Range,
    part: str,
    where: str,
    correction: Calibration | None,
    sd: FloatArray,
    weights: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Divide counts by the response: photons per nm, sd, the factor, and modes of the integral that all share."""
    name = data.label(ds)
    if correction is None:
        raise DataError(
            f"{where}, {name}: a yield counts photons, and counts are none until they are divided by the instrument's "
            "response. Give correction = calibrate_response(...) or response_from_factors(...)."
        )
    if data.spectral_axis(ds) != "wavelength":
        raise DataError(f"{where}, {name}: counts are corrected along wavelength, where they were taken; found energy.")
    at = in_medium_of(ds, correction)
    low, high = correction.range_nm
    slack = float(np.abs(at - data.wavelength_and_energy(ds)[0]).max()) + 1e-9 * high  # of air against vacuum
    if low > band[0] + slack or high < band[1] - slack:
        raise DataError(
            f"{where}: the correction ({correction.lamp}) is known over {_nm(correction.range_nm)}, shorter than the "
            f"{part}'s band, {_nm(band)}. Take a narrower band, or a longer correction."
        )
    curves = correction.curves
    grid = np.asarray(curves["wavelength"].values)
    factor = 1 / response_at(correction, at)
    value = np.asarray(ds["signal"].values, dtype=float) * factor
    upper = np.searchsorted(grid, at).clip(1, grid.size - 1)
    share = ((at - grid[upper - 1]) / (grid[upper] - grid[upper - 1])).clip(0, 1)
    per_node = np.bincount(upper, weights * value * share, grid.size)
    per_node += np.bincount(upper - 1, weights * value * (1 - share), grid.size)
    rows = np.concatenate([curves["response_modes"].values @ per_node, curves["response_sd"].values * per_node])
    return value, sd * factor, factor, rows


def _noise(ds: xr.Dataset, part: str) -> tuple[FloatArray, list[str], bool]:
    """Return the sd of samples: stated, of counts, or from the scatter of neighbours; words; whether of neighbours."""
    value, axis = np.asarray(ds["signal"].values, dtype=float), data.spectral_axis(ds)
    if "signal_sd" in ds:
        return np.asarray(ds["signal_sd"].values, dtype=float), [], False
    if is_counted(ds):
        return np.sqrt(value), [], False
    narrow = part == "laser" and np.sum(value > value.max() / 2) < WIDE_LINE
    if narrow or value.size < MIN_FOR_NOISE:
        return (
            np.full(value.size, _foot_noise(value)),
            [
                f"The {part} is too few samples wide for its noise to be told from its shape; that beside it is "
                f"taken. State {part}_sd, or repeat the measurement."
            ],
            True,
        )
    sd, smoothed = noise_sd(ds[axis].values, value)
    words = [f"{data.label(ds)}, {part}: neighbouring samples are alike (smoothed), so their noise is underrated."]
    return sd, words if smoothed else [], True


def _foot_noise(value: FloatArray) -> float:
    """Robust sd of samples beside a line, from triples of neighbours; 0 where there are too few."""
    foot = value < 0.05 * value.max()
    triples = foot[:-2] & foot[1:-1] & foot[2:]
    apart = (value[1:-1] - (value[:-2] + value[2:]) / 2)[triples]
    return float(1.4826 * np.median(np.abs(apart)) / 1.5**0.5) if apart.size >= 5 else 0.0
