"""What a detector gives without light, subtracted from what it gave with light."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from antistokes import data
from antistokes.analysis.bands import refuse_flat_top
from antistokes.errors import DataError

ADDITIVE = {**data.EMISSION_QUANTITIES, "transmittance": "1"}  # quantities to which a dark adds
SAME_GRID = 1e-6
SAME_TIME = 0.01


def subtract_dark(ds: xr.Dataset, dark: xr.Dataset) -> xr.Dataset:
    """Subtract a dark spectrum, sample by sample.

    Where both state the uncertainty of their samples, the two add in quadrature. Otherwise the difference states none:
    its scatter holds the noise of both, and the analyses find it there (the scatter of a dark alone would count the
    fixed pattern of a detector, which the difference does not have). Shared uncertainties of both are kept.

    Parameters
    ----------
    ds : xarray.Dataset
        One spectrum: counts, photons, power, or transmittance (then the dark is a scan with the beam blocked).
    dark : xarray.Dataset
        The same quantity on the same samples, within 1e-6 of their position, in the same integration time, summed over
        as many exposures.

    Returns
    -------
    xarray.Dataset
        The difference, with the flags of both; saturated somewhere if one of them is.

    Raises
    ------
    DataError
        Quantities, samples, integration times or numbers of exposures are not those of one instrument in one setting;
        or a dark was subtracted already, by whatever program, from either; or the spectrum is saturated, which its
        difference would no longer show.
    """
    data.check(ds)
    data.check(dark)
    name, quantity = data.label(ds), data.require_quantity(ds, ADDITIVE)
    if dark.attrs.get("quantity") != quantity:
        found = dark.attrs.get("quantity", "nothing stated")
        raise DataError(f"{data.label(dark)}: the dark of {name} must be in {quantity} as well, found {found}.")
    for one in (ds, dark):
        if "dark" in data.json_attr(one, "corrections", {}):
            raise DataError(f"{data.label(one)}: a dark was subtracted from it already.")
    axis = data.spectral_axis(ds)
    _refuse_another_grid(ds, dark)
    values = [np.asarray(d["signal"].values, dtype=float) for d in (ds, dark)]
    if quantity == "counts":
        refuse_flat_top(name, data.wavelength_and_energy(ds)[0], values[0])
    out = ds.drop_vars(["signal_sd", "signal_modes", "flag"], errors="ignore")
    out = out.assign(signal=(axis, values[0] - values[1], ds["signal"].attrs), **_uncertainty(ds, dark, axis))
    flag = np.bitwise_or(*(d["flag"].values if "flag" in d else np.zeros(values[0].size, np.uint8) for d in (ds, dark)))
    if flag.any():
        out = out.assign(flag=(axis, flag, {"flag_meanings": " ".join(data.FLAGS)}))
    corrections = data.json_attr(ds, "corrections", {}) | {"dark": {"measurement": data.label(dark)}}
    notes = [f"dark subtracted: {data.label(dark)}", *_time_notes(ds, dark)]
    saturated = ds.attrs.get("saturated", dark.attrs.get("saturated"))
    return data.with_attrs(out, corrections=corrections, saturated=saturated, notes=notes)


def _uncertainty(ds: xr.Dataset, dark: xr.Dataset, axis: str) -> dict[str, Any]:
    """Return ``signal_sd`` where both state theirs, and all modes."""
    both, unit = (ds, dark), {"units": ds["signal"].attrs["units"]}
    found: dict[str, Any] = {}
    if all("signal_sd" in d for d in both):
        found["signal_sd"] = (axis, np.hypot(ds["signal_sd"].values, dark["signal_sd"].values), unit)
    modes = [d["signal_modes"].values for d in both if "signal_modes" in d]
    if modes:
        found["signal_modes"] = (("mode", axis), np.concatenate(modes), unit)
    return found


def _refuse_another_grid(ds: xr.Dataset, dark: xr.Dataset) -> None:
    axes = [data.spectral_axis(d) for d in (ds, dark)]
    x, there = (np.asarray(d[axis].values, dtype=float) for d, axis in zip((ds, dark), axes, strict=True))
    apart = ""
    if axes[0] == axes[1] and x.size == there.size:
        if np.all(np.abs(there - x) <= SAME_GRID * np.abs(x)):
            return
        apart = f", up to {np.max(np.abs(there - x)):.3g} {ds[axes[0]].attrs['units']} apart"
    raise DataError(
        f"{data.label(dark)}: the dark has {_grid(dark, axes[1])}; expected those of {data.label(ds)}, "
        f"{_grid(ds, axes[0])}{apart}. Measure it in the same setting, and export both alike."
    )


def _grid(ds: xr.Dataset, axis: str) -> str:
    x = ds[axis].values
    return f"{x.size} samples along {axis} from {x[0]:.7g} to {x[-1]:.7g} {ds[axis].attrs['units']}"


def _time_notes(ds: xr.Dataset, dark: xr.Dataset) -> list[str]:
    """Raise where the integration times differ, or what was summed over them; say where they are not known."""
    own_rate, its_rate = (" ".join([d.attrs["quantity"], d.attrs.get("rate", "as summed")]) for d in (ds, dark))
    if own_rate != its_rate:
        raise DataError(
            f"{data.label(dark)} holds {its_rate}, {data.label(ds)} {own_rate}; expected both alike. "
            "Export both in the same unit."
        )
    sums = [d.attrs.get("exposures", 1) for d in (ds, dark)]
    if sums[0] != sums[1]:
        raise DataError(
            f"{data.label(dark)} sums {sums[1]} exposure{'s' * (sums[1] > 1)}, {data.label(ds)} sums {sums[0]}; "
            "expected as many. A dark is not scaled: each exposure adds its offset and its noise."
        )
    own, its = (d.attrs.get("integration_time_s") for d in (ds, dark))
    if own is None or its is None:
        return ["the integration time of spectrum or dark is not stated: taken as equal"]
    if abs(own - its) > SAME_TIME * own:
        raise DataError(
            f"{data.label(dark)}: the dark was integrated for {its:g} s, {data.label(ds)} for {own:g} s; "
            "expected the same time within 1 %. A dark is not scaled: part of it, the offset, does not grow with time."
        )
    return []
