"""The response of a spectrometer from a lamp, and spectra corrected by it with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis.curves import interpolate
from antistokes.analysis.noise import noise_sd
from antistokes.errors import DataError
from antistokes.physics.planck import blackbody_photons_per_ev, blackbody_slope_per_k
from antistokes.quantities import convert
from antistokes.units import FloatArray, Medium

MIN_SIGNAL_TO_NOISE = 10.0
MIN_SAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Relative response of a spectrometer: counts for a photon, over wavelength.

    ``curves``: over ``wavelength`` [nm], ``response`` (1 at its maximum), ``response_sd`` (the lamp's noise, relative
    to the response) and, over ``mode``, ``response_modes`` (the lamp's own uncertainty, relative, shared by
    neighbours).
    """

    title: ClassVar[str] = "Response of the spectrometer"
    lamp: str
    medium: Medium
    range_nm: tuple[float, float]
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()


def calibrate_response(
    lamp: xr.Dataset,
    *,
    certificate: xr.Dataset | None = None,
    colour_temperature_k: float | tuple[float, float] | None = None,
) -> Calibration:
    r"""Response of a spectrometer from a lamp whose light is known.

    .. math:: R(\lambda) = N_\mathrm{lamp}(\lambda) / L(\lambda)

    with the counts of the lamp and its photons per nm, from its certificate or from Planck's law at its colour
    temperature. Samples with less than ten times their noise are left out.

    Parameters
    ----------
    lamp : xarray.Dataset
        The lamp as the spectrometer sees it, dark subtracted; ``counts`` along wavelength.
    certificate : xarray.Dataset, optional
        What the lamp emits: power or photons, per nm or per eV; a column of uncertainties is carried on, each node of
        the table as an error of its own.
    colour_temperature_k : float or (float, float), optional
        Colour temperature of the lamp, with its standard uncertainty [K].

    Returns
    -------
    Calibration
        Response with its uncertainty; for :func:`correct_response`.

    Raises
    ------
    DataError
        The lamp is not in counts, is too weak, or lies outside its certificate.
    ValueError
        Neither certificate nor colour temperature, or both.
    """
    if (certificate is None) == (colour_temperature_k is None):
        raise ValueError("state either the lamp's certificate or its colour_temperature_k.")
    wavelength, counts, sd, medium = _lamp_counts(lamp)
    if certificate is not None:
        wavelength, counts, sd, light, modes = _certified(certificate, wavelength, counts, sd, medium)
        warnings = [] if modes.size else [f"{data.label(certificate)} states no uncertainty: none is carried."]
    else:
        light, modes = _planck(colour_temperature_k, wavelength, medium)
        warnings = [
            "A colour temperature stands for a lamp's light only as well as Planck's law does: tungsten departs from "
            "it by some percent over the visible, and no interval holds that. A certificate is better."
        ]
        if not modes.any():
            warnings.append("The colour temperature is taken as exact.")
    response = counts / light
    curves = xr.Dataset(
        {
            "response": ("wavelength", response / response.max(), {"units": "1"}),
            "response_sd": ("wavelength", sd / counts, {"units": "1"}),
            "response_modes": (("mode", "wavelength"), modes, {"units": "1"}),
        },
        {"wavelength": ("wavelength", wavelength, {"units": "nm"})},
    )
    return Calibration(
        lamp=data.label(lamp),
        medium=medium,
        range_nm=(float(wavelength[0]), float(wavelength[-1])),
        curves=curves,
        warnings=tuple(warnings),
    )


def correct_response(emission: xr.Dataset, calibration: Calibration) -> xr.Dataset:
    """Divide counts by the response: photons per nm, with the uncertainty of the calibration.

    Parameters
    ----------
    emission : xarray.Dataset
        ``counts`` along wavelength, dark subtracted, measured as the lamp was.
    calibration : Calibration
        From :func:`calibrate_response`.

    Returns
    -------
    xarray.Dataset
        ``photons_per_nm`` in the range of the calibration; what lies outside is left out, with a note. The lamp's own
        uncertainty is in ``signal_modes``. Its noise is added to ``signal_sd`` where there is one; where there is none
        it is in the scatter of the samples, from which noise is taken.

    Raises
    ------
    DataError
        The spectrum is not in counts, or does not overlap the calibration.
    """
    if data.require_quantity(emission, data.EMISSION_QUANTITIES) != "counts":
        raise DataError(f"{data.label(emission)}: only counts can be corrected, found {emission.attrs['quantity']}.")
    wavelength, energy, _ = data.wavelength_and_energy(emission)
    at = wavelength if calibration.medium == emission.attrs.get("medium", "air") else _same_light(energy, calibration)
    low, high = calibration.range_nm
    inside = (at >= low * (1 - 1e-9)) & (at <= high * (1 + 1e-9))
    if inside.sum() < MIN_SAMPLES:
        raise DataError(
            f"{data.label(emission)}: {inside.sum()} samples lie where the response is known, {low:.1f}-{high:.1f} nm; "
            f"expected at least {MIN_SAMPLES}."
        )
    ds, at = emission.isel({data.spectral_axis(emission): inside}), at[inside]
    c = calibration.curves
    grid = c["wavelength"].values
    response = np.exp(np.interp(at, grid, np.log(c["response"].values)))
    relative = np.interp(at, grid, c["response_sd"].values)
    shared = np.array([np.interp(at, grid, mode) for mode in c["response_modes"].values]).reshape(-1, at.size)
    return _corrected(ds, response, relative, shared, calibration, int(np.sum(~inside)))


def _corrected(
    ds: xr.Dataset,
    response: FloatArray,
    relative: FloatArray,
    shared: FloatArray,
    calibration: Calibration,
    left_out: int,
) -> xr.Dataset:
    axis = data.spectral_axis(ds)
    value = np.asarray(ds["signal"].values, dtype=float) / response
    out = ds.assign(signal=(axis, value))
    if "signal_sd" in ds:
        sd = np.hypot(np.asarray(ds["signal_sd"].values, dtype=float) / response, value * relative)
        out = out.assign(signal_sd=(axis, sd))
    own = ds["signal_modes"].values / response if "signal_modes" in ds else np.empty((0, value.size))
    modes = np.concatenate([own, value * shared])
    out = out.drop_vars("signal_modes", errors="ignore")
    if modes.any():
        out = out.assign(signal_modes=(("mode", axis), modes))
    notes = [f"divided by the response of the spectrometer (lamp: {calibration.lamp})"]
    if left_out:
        low, high = calibration.range_nm
        notes.append(f"{left_out} samples outside the calibration, {low:.1f}-{high:.1f} nm, left out")
    corrections = data.json_attr(ds, "corrections", {}) | {"response": {"lamp": calibration.lamp}}
    return data.with_attrs(out, quantity="photons_per_nm", kind="emission", corrections=corrections, notes=notes)


def _lamp_counts(lamp: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray, Medium]:
    """Return wavelength, counts and their sd where the lamp stands well above its noise."""
    if data.require_quantity(lamp, data.EMISSION_QUANTITIES) != "counts" or data.spectral_axis(lamp) != "wavelength":
        raise DataError(f"{data.label(lamp)}: the lamp must be counts along wavelength; quantity = 'counts' says so.")
    wavelength, _, medium = data.wavelength_and_energy(lamp)
    counts = np.asarray(lamp["signal"].values, dtype=float)
    if wavelength.size < MIN_SAMPLES:
        raise DataError(f"{data.label(lamp)}: {wavelength.size} samples are too few; expected at least {MIN_SAMPLES}.")
    sd = np.asarray(lamp["signal_sd"].values, float) if "signal_sd" in lamp else noise_sd(wavelength, counts)[0]
    clear = (counts > MIN_SIGNAL_TO_NOISE * sd) & (counts > 0) & ~data.flagged(lamp, "saturated", "clipped", "missing")
    runs = np.split(np.arange(clear.size), np.flatnonzero(np.diff(clear.astype(int))) + 1)
    longest = max((run for run in runs if clear[run[0]]), key=len, default=np.arange(0))
    if longest.size < MIN_SAMPLES:
        raise DataError(
            f"{data.label(lamp)}: the lamp stands nowhere {MIN_SIGNAL_TO_NOISE:g} times above its noise over "
            f"{MIN_SAMPLES} samples, or is saturated there."
        )
    return wavelength[longest], counts[longest], sd[longest], medium


def _certified(
    certificate: xr.Dataset, wavelength: FloatArray, counts: FloatArray, sd: FloatArray, medium: Medium
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the lamp's samples inside the certificate, its photons per nm there, and a relative mode a node."""
    known = convert(certificate, "photons_per_nm")
    energy = units.energy_from_wavelength(wavelength, medium)
    nodes, order = data.wavelength_and_energy(known)[1], slice(None)
    if nodes[0] > nodes[-1]:
        order = slice(None, None, -1)
    x, y = nodes[order], np.asarray(known["signal"].values, dtype=float)[order]
    if x.size < 4 or np.any(y <= 0):
        raise DataError(f"{data.label(certificate)}: expected at least 4 wavelengths with light, all positive.")
    inside = (energy >= x[0] * (1 - 1e-9)) & (energy <= x[-1] * (1 + 1e-9))
    if inside.sum() < MIN_SAMPLES:
        raise DataError(f"{data.label(certificate)}: does not overlap the measured lamp; expected the same range.")
    light, slope = interpolate(x, y, np.zeros_like(y), energy[inside])
    modes = np.empty((0, light.size))
    if "signal_sd" in known:
        node_sd = np.asarray(known["signal_sd"].values, dtype=float)[order]
        modes = (slope.multiply(node_sd).toarray() / light[:, None]).T
        modes = modes[np.any(modes != 0, axis=1)]
    return wavelength[inside], counts[inside], sd[inside], light, modes


def _planck(
    stated: float | tuple[float, float] | None, wavelength: FloatArray, medium: Medium
) -> tuple[FloatArray, FloatArray]:
    """Return photons per nm of a lamp of a colour temperature, and the relative mode of its uncertainty."""
    temperature, sd = stated if isinstance(stated, tuple) else (float(stated or 0), 0.0)
    if not (1000 <= temperature <= 10000 and sd >= 0):
        raise ValueError(f"colour_temperature_k must be 1000 to 10000 K with sd >= 0, got {stated!r}.")
    energy = units.energy_from_wavelength(wavelength, medium)
    light = blackbody_photons_per_ev(energy, temperature) / units.nm_per_ev(wavelength, medium)
    slope = blackbody_slope_per_k(energy, temperature)
    return light, (sd * (slope - slope.mean()))[None]  # a common factor says nothing of a relative response


def _same_light(energy: FloatArray, calibration: Calibration) -> FloatArray:
    return np.asarray(units.wavelength_from_energy(energy, calibration.medium))
