"""What the numbers of a measurement are, and the way from one quantity to another, with Jacobian and uncertainty."""

from __future__ import annotations

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.data import (
    EMISSION_QUANTITIES,
    QUANTITIES,
    label,
    require_quantity,
    spectral_axis,
    wavelength_and_energy,
    with_attrs,
)
from antistokes.errors import DataError
from antistokes.units import FloatArray


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
    axis = spectral_axis(ds)
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
