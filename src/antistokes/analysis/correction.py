"""Spectra divided by the response of a spectrometer, with its uncertainty, and which errors they then share."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, units
from antistokes.analysis.bands import refuse_flagged, with_counting_noise
from antistokes.analysis.calibration import MIN_SAMPLES, Calibration
from antistokes.analysis.noise import noise_sd
from antistokes.errors import DataError
from antistokes.units import FloatArray

NODE = 1_000_000  # labels of nodes begin here, beyond those of modes


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
        uncertainty is in ``signal_modes``. Its noise, on the samples of the emission, is added to ``signal_sd`` where
        there is one, and else is in their scatter; on other samples the response is interpolated, and its noise is in
        ``signal_modes``, for neighbours share it.

    Raises
    ------
    DataError
        The spectrum is not in counts, or does not overlap the calibration.
    """
    name = data.label(emission)
    if data.require_quantity(emission, data.EMISSION_QUANTITIES) != "counts":
        advice = "It is corrected already: leave the calibration out."
        raise DataError(f"{name}: only counts can be corrected, found {emission.attrs['quantity']}. {advice}")
    if data.spectral_axis(emission) != "wavelength":
        raise DataError(
            f"{name}: counts are corrected along wavelength, where the spectrometer took them; found energy."
        )
    if "response" in data.json_attr(emission, "corrections", {}):
        raise DataError(f"{name}: it was divided by a response already.")
    refuse_flagged(emission)
    emission = with_counting_noise(emission)
    at = in_medium_of(emission, calibration)
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
    response = response_at(calibration, at)
    relative = c["response_sd"].values
    shared = np.array([np.interp(at, grid, mode) for mode in c["response_modes"].values]).reshape(-1, at.size)
    rows, first = len(shared), 0
    own_samples = at.size <= grid.size and np.all(np.min(np.abs(at[:, None] - grid), axis=1) < 1e-3 * np.diff(at).min())
    if own_samples:
        relative = np.interp(at, grid, relative)
    else:  # an interpolated response shares the lamp's noise among neighbours
        hats = np.array([np.interp(at, grid, row) for row in np.diag(relative)])
        reached = np.flatnonzero(np.any(hats != 0, axis=1))
        if reached.size:
            first, hats = int(reached[0]), hats[reached[0] : reached[-1] + 1]
            shared = np.concatenate([shared, hats])
        relative = np.zeros(at.size)
        ds = _with_own_noise(ds)
    said: dict[str, str | int] = {
        "lamp": calibration.lamp,
        "identity": calibration.identity(),
        "modes": rows,
        "first_node": first,
    }
    return _corrected(ds, response, relative, shared, said, calibration, int(np.sum(~inside)))


def shared_rows(first: xr.Dataset, second: xr.Dataset) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which rows of ``signal_modes`` of two spectra are errors of one response, pair by pair.

    Both are empty where the spectra were not divided by the same response, whatever it is called.
    """
    labels, identities = zip(*(_labels(ds) for ds in (first, second)), strict=True)
    if not identities[0] or identities[0] != identities[1]:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    _, own, other = np.intersect1d(*labels, return_indices=True)
    kept = labels[0][own] >= 0
    return own[kept], other[kept]


def _labels(ds: xr.Dataset) -> tuple[NDArray[np.intp], str]:
    """Number the rows of modes by what they are of a response, the others below zero, and say which response."""
    count = ds.sizes.get("mode", 0)
    said = data.json_attr(ds, "corrections", {}).get("response", {})
    labels = -1 - np.arange(count)
    if "identity" in said:
        own, modes, total = (int(said[k]) for k in ("own", "modes", "rows"))
        nodes = total - modes
        labels[own : own + modes] = np.arange(modes)
        labels[own + modes : own + total] = NODE + int(said["first_node"]) + np.arange(nodes)
    return labels, str(said.get("identity", ""))


def in_medium_of(ds: xr.Dataset, calibration: Calibration) -> FloatArray:
    """Return the wavelengths of a spectrum in the medium in which the response is known [nm]."""
    wavelength, energy, medium = data.wavelength_and_energy(ds)
    if medium == calibration.medium:
        return wavelength
    return np.asarray(units.wavelength_from_energy(energy, calibration.medium))


def response_at(calibration: Calibration, wavelength_nm: FloatArray) -> FloatArray:
    """Return the response, its logarithm interpolated linearly between its samples."""
    known = calibration.curves
    return np.asarray(np.exp(np.interp(wavelength_nm, known["wavelength"].values, np.log(known["response"].values))))


def _with_own_noise(ds: xr.Dataset) -> xr.Dataset:
    """Return counts with their noise stated, as it is before a response without scatter divides them."""
    if "signal_sd" in ds:
        return ds
    axis = data.spectral_axis(ds)
    sd = noise_sd(ds[axis].values, np.asarray(ds["signal"].values, dtype=float))[0]
    return ds.assign(signal_sd=(axis, sd, dict(ds["signal"].attrs)))


def _corrected(
    ds: xr.Dataset,
    response: FloatArray,
    relative: FloatArray,
    shared: FloatArray,
    said: dict[str, str | int],
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
    said = {**said, "own": len(own), "rows": len(shared)} if modes.any() else {**said, "own": 0, "modes": 0, "rows": 0}
    if modes.any():
        out = out.assign(signal_modes=(("mode", axis), modes))
    notes = [f"divided by the response of the spectrometer (lamp: {calibration.lamp})"]
    if left_out:
        low, high = calibration.range_nm
        notes.append(f"{left_out} samples outside the calibration, {low:.1f}-{high:.1f} nm, left out")
    corrections = data.json_attr(ds, "corrections", {}) | {"response": said}
    saturated = ds.attrs.get("saturated", calibration.curves.attrs.get("saturated"))
    return data.with_attrs(
        out, quantity="photons_per_nm", kind="emission", corrections=corrections, saturated=saturated, notes=notes
    )
