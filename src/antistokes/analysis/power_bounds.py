"""What thermodynamics allows light of a measured spectrum: its flux temperature, and bounds on power conversion."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes.analysis.bands import Band
from antistokes.estimate import Estimate, exact
from antistokes.physics import flux_temperature as flux
from antistokes.units import FloatArray

_CLEAR = 3.0  # times its noise: light below it is averaged with its neighbours before its entropy is taken
_EXITANCES = np.geomspace(1e-4, 1e6, 41)


class Light(NamedTuple):
    """Spectrum of which entropy is taken, shape (n,), never negative."""

    energy_ev: FloatArray
    photons_per_ev: FloatArray


class Bounds(NamedTuple):
    """Flux temperature, and the two bounds as emitted over absorbed power."""

    flux_temperature_k: Estimate
    weinstein: Estimate
    second_law: Estimate


def light_of(band: Band) -> Light:
    """Return the light of a noisy spectrum: what is not clear of its noise is averaged until it is.

    Outwards from the maximum, samples are put together until their sum is clear of its noise or the spectrum ends. No
    light is left out, and evenly spread light has the most entropy: the flux temperature is rather too low, and the
    bound too wide, than the reverse. Noise that counts as light by itself would do that without limit.
    """
    out = band.value.copy()
    top, last = int(np.argmax(out)), out.size
    for side in (np.arange(top, last), np.arange(top, -1, -1)):
        begin, light, variance, shared = 0, 0.0, 0.0, np.zeros(len(band.modes))
        for j, i in enumerate(side, start=1):
            light, variance, shared = light + band.value[i], variance + band.sd[i] ** 2, shared + band.modes[:, i]
            if light > _CLEAR * math.sqrt(variance + float(shared @ shared)) or j == side.size:
                out[side[begin:j]] = max(light, 0.0) / (j - begin)
                begin, light, variance, shared = j, 0.0, 0.0, np.zeros(len(band.modes))
    return Light(band.energy_ev, out)


def bounds_at(light: Light, exitance: float, temperature_k: float, pump_temperature_k: float) -> Bounds:
    """Bounds where the light leaves with this exitance [W/m^2]."""
    kelvin = float(flux.flux_temperature(light.energy_ev, light.photons_per_ev, exitance))
    at = f"at {exitance:g} W/m^2 into a half-space"
    return Bounds(
        exact(kelvin, "K", f"energy over entropy of the emission {at}"),
        exact(float(flux.weinstein_bound(kelvin, temperature_k)), "1", f"1 + T/(T_F - T), {at}"),
        exact(
            1 + float(flux.second_law_bound(kelvin, temperature_k, pump_temperature_k)),
            "1",
            f"1 + T (1 - T_F/T_p)/(T_F - T), {at}, T_p = {pump_temperature_k:g} K",
        ),
    )


def brightest(light: Light, least: float, temperature_k: float, pump_temperature_k: float) -> Estimate | None:
    """Exitance beyond which the lower limit would be above the bound; None where there is no such exitance."""
    if not 0 < least < math.inf:
        return None
    found = flux.exitance_of_bound(light.energy_ev, light.photons_per_ev, least - 1, temperature_k, pump_temperature_k)
    if math.isinf(found):
        return None
    how = f"where the second law allows {least:.4g}; a brighter sample cannot have it"
    return Estimate(found, unit="W/m^2", how=how, kind="upper limit")


def curves(light: Light, temperature_k: float, pump_temperature_k: float) -> xr.Dataset:
    """Flux temperature and both bounds over exitance."""
    kelvin = flux.flux_temperature(light.energy_ev, light.photons_per_ev, _EXITANCES)
    series = {
        "flux_temperature": (kelvin, "K"),
        "weinstein_bound": (flux.weinstein_bound(kelvin, temperature_k), "1"),
        "second_law_bound": (1 + flux.second_law_bound(kelvin, temperature_k, pump_temperature_k), "1"),
    }
    return xr.Dataset(
        {name: ("exitance", np.where(np.isfinite(v), v, np.nan), {"units": u}) for name, (v, u) in series.items()},
        coords={"exitance": ("exitance", _EXITANCES, {"units": "W/m^2"})},
    )
