"""The door of the analyses: a Dataset becomes plain arrays in ascending photon energy, refused if it cannot be used."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, quantities, units
from antistokes.analysis.noise import counting_sd, noise_sd
from antistokes.errors import DataError
from antistokes.physics.moments import integration_weights, mean_energy_and_gradient
from antistokes.units import FloatArray, Medium

NEGATIVE_ABSORBANCE = -0.05
MAX_ABSORBANCE = 4.0
MIN_SAMPLES = 8


class Band(NamedTuple):
    """A spectrum as arrays, ascending in energy.

    ``value`` is photons per eV for emission; absorption per cm, cross-section or absorbance for absorption.
    """

    energy_ev: FloatArray
    wavelength_nm: FloatArray
    medium: Medium
    value: FloatArray
    sd: FloatArray
    modes: FloatArray
    unit: str
    name: str
    warnings: tuple[str, ...]

    @property
    def total_sd(self) -> FloatArray:
        """Standard uncertainty of each sample, independent and shared parts together."""
        return np.asarray(np.sqrt(self.sd**2 + np.sum(self.modes**2, axis=0)))

    def draws(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draw n realisations of the noise alone, shape (n, samples)."""
        noise = rng.standard_normal((n, self.sd.size)) * self.sd
        return noise + rng.standard_normal((n, len(self.modes))) @ self.modes if len(self.modes) else noise

    def cut(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Band:
        """Keep the samples of a mask, or of indices in their order."""
        fields = {k: getattr(self, k)[keep] for k in ("energy_ev", "wavelength_nm", "value", "sd")}
        return self._replace(**fields, modes=self.modes[:, keep])

    def covariance_of(self, gradients: FloatArray) -> FloatArray:
        """Covariance of linear functionals of the samples, one gradient a row, shape (k, k)."""
        shared = gradients @ self.modes.T
        return np.asarray((gradients * self.sd**2) @ gradients.T + shared @ shared.T)

    def variance_of(self, gradient: FloatArray) -> float:
        """Variance of a linear functional of the samples with this gradient."""
        return float(np.sum((gradient * self.sd) ** 2) + np.sum((self.modes @ gradient) ** 2))


def emission_band(ds: xr.Dataset) -> Band:
    """Return an emission spectrum as photons per eV, scaled to a maximum near 1.

    ``counts`` are taken as photons per sample of constant width on their own axis, with a warning: they carry the
    response of the instrument.
    """
    data.check(ds)
    quantity = data.require_quantity(ds, data.EMISSION_QUANTITIES)
    refuse_flagged(ds)
    warnings = saturated_somewhere(ds)
    if quantity == "counts":
        ds = with_counting_noise(ds)
        refuse_flat_top(data.label(ds), data.wavelength_and_energy(ds)[0], np.asarray(ds["signal"].values))
        per = "photons_per_nm" if data.spectral_axis(ds) == "wavelength" else "photons_per_ev"
        ds = data.with_attrs(ds, quantity=per)
        warnings.append(
            f"{data.label(ds)}: counts carry the response of the instrument; they are read as {per}. Mean energies and "
            "the apparent temperature are those of the uncorrected spectrum."
        )
    band = _band(quantities.convert(ds, "photons_per_ev"), "photons/eV", warnings)
    top, light = float(band.value.max()), float(integration_weights(band.energy_ev) @ band.value)
    if not (top > 0 and light > 0):
        raise DataError(
            f"{band.name}: the emission has no light to speak of; expected a spectrum, found at most {top:.3g} and an "
            f"integral of {light:.3g}."
        )
    if band.value.min() < -0.1 * top - 6 * float(np.median(band.sd)):
        where = band.wavelength_nm[band.value.argmin()]
        raise DataError(
            f"{band.name}: at {where:.1f} nm the emission is {band.value.min() / top:.0%} of its maximum; expected a "
            "spectrum that is not negative. Check the background that was subtracted."
        )
    band = band._replace(value=band.value / top, sd=band.sd / top, modes=band.modes / top)
    ones = quantities.convert(ds.assign(signal=ds["signal"].copy(data=np.ones(band.value.size))), "photons_per_ev")
    offset = _band(ones, "photons/eV", [], noise=False).value
    return band._replace(warnings=(*band.warnings, *_open_ends(band, offset / offset[int(np.argmax(band.value))])))


def is_counted(ds: xr.Dataset, *, with_sd: bool = False) -> bool:
    """Tell whether the numbers are counts of single photons.

    They are whole, of this quantity, no rate, and without a stated uncertainty unless that is allowed: it may be that
    of the counts.
    """
    values = np.asarray(ds["signal"].values, dtype=float)
    there = values[np.isfinite(values)]
    whole = bool(there.size and np.all(there == np.round(there)) and there.min() >= 0)
    counts = ds.attrs.get("quantity") == "counts" and "rate" not in ds.attrs
    return whole and counts and (with_sd or "signal_sd" not in ds)


def with_counting_noise(ds: xr.Dataset) -> xr.Dataset:
    """Return counts of single photons with their noise stated, where so few were counted that scatter hides it."""
    if not is_counted(ds):
        return ds
    axis = data.spectral_axis(ds)
    sd = counting_sd(ds[axis].values, ds["signal"].values)
    return ds if sd is None else ds.assign(signal_sd=(axis, sd, dict(ds["signal"].attrs)))


def open_end(band: Band) -> float:
    """Height of the higher end of an emission band, as a part of its maximum [1]."""
    return float(max(np.median(band.value[:3]), np.median(band.value[-3:])))


def absorption_band(ds: xr.Dataset, path_cm: float | None = None, number_density_per_cm3: float | None = None) -> Band:
    """Return an absorption spectrum as absorption per cm where the scale is known, else as it is proportional to it.

    Parameters
    ----------
    ds : xarray.Dataset
        Absorption measurement of any quantity. Its attribute ``max_absorbance`` says from which absorbance on it counts
        as saturated (default 4); a spliced spectrum is not asked.
    path_cm : float, optional
        Path length, for absorbance; default the attribute ``path_cm`` [cm].
    number_density_per_cm3 : float, optional
        Absorbers per volume, for a cross-section [cm^-3].
    """
    data.check(ds)
    quantity = data.require_quantity(ds, data.ABSORPTION_QUANTITIES)
    refuse_flagged(ds)
    for name, given in (("path_cm", path_cm), ("number_density_per_cm3", number_density_per_cm3)):
        if given is not None and not 0 < given < math.inf:
            raise ValueError(f"{name} must be a positive number, got {given!r}.")
    warnings = saturated_somewhere(ds)
    unit, factor = {"cross_section_cm2": "cm^2", "absorption_per_cm": "cm^-1"}.get(quantity, "absorbance"), 1.0
    if unit == "absorbance":
        spliced = "splice" in data.json_attr(ds, "corrections", {})
        limit = math.inf if spliced else float(ds.attrs.get("max_absorbance", MAX_ABSORBANCE))
        _refuse_dark(ds, quantity, limit)
        ds = quantities.convert(ds, "absorbance")
        _refuse_saturated(ds, limit)
        path = path_cm if path_cm is not None else ds.attrs.get("path_cm")
        if path is not None:
            unit, factor = "cm^-1", float(units.absorption_per_cm_from_absorbance(1.0, path))
    elif unit == "cm^2" and number_density_per_cm3 is not None:
        unit, factor = "cm^-1", number_density_per_cm3
    band = _band(ds, unit, warnings)
    if quantity in ("absorbance", "absorptance", "transmittance"):
        _refuse_negative(band)
    if not band.value.max() > 0:
        raise DataError(
            f"{band.name}: nothing is absorbed; expected positive values, found at most {band.value.max():.3g}."
        )
    return band._replace(value=band.value * factor, sd=band.sd * factor, modes=band.modes * factor)


def _refuse_dark(ds: xr.Dataset, quantity: str, max_absorbance: float) -> None:
    """Absorptance of 1 or transmittance of 0 has no logarithm: say so with the place."""
    if quantity == "absorbance":
        return
    values = np.asarray(ds["signal"].values)
    transmittance = values if quantity == "transmittance" else 1 - values
    if transmittance.min() <= 10.0**-max_absorbance:
        wavelength = data.wavelength_and_energy(ds)[0][transmittance.argmin()]
        raise DataError(
            f"{data.label(ds)}, {wavelength:.1f} nm: {quantity} is saturated, found "
            f"{values[transmittance.argmin()]:.4g}; expected light that still comes through (absorbance below "
            f"{max_absorbance:g}). Dilute, or splice."
        )


def red_of_saturation(ds: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Return the part of an absorption spectrum that is redder than all of it that is saturated, and words about that.

    An edge is the reddest that a sample absorbs, and what saturates is the blue of it: that need not spoil the edge.
    """
    wavelength = data.wavelength_and_energy(ds)[0]
    bad = data.flagged(ds, "saturated", "clipped")
    if ds.attrs.get("quantity") == "absorbance":
        bad |= ds["signal"].values >= float(ds.attrs.get("max_absorbance", MAX_ABSORBANCE))
    if not bad.any():
        return ds, ()
    last = float(wavelength[bad].max())
    if (wavelength > last).sum() < MIN_SAMPLES:
        return ds, ()
    said = f"{data.label(ds)}: saturated up to {last:.1f} nm; what is bluer is left out."
    return ds.isel({data.spectral_axis(ds): wavelength > last}), (said,)


def _refuse_saturated(ds: xr.Dataset, max_absorbance: float) -> None:
    values, (wavelength, _, _) = np.asarray(ds["signal"].values), data.wavelength_and_energy(ds)
    highest = int(values.argmax())
    flat = np.flatnonzero(values == values[highest])
    clipped = (
        np.isfinite(max_absorbance) and flat.size >= 3 and np.any((flat[2:] - flat[:-2]) == 2) and values[highest] > 1
    )
    if values[highest] >= max_absorbance or clipped:
        raise DataError(
            f"{data.label(ds)}, {wavelength[highest]:.1f} nm: saturated absorbance, found {values[highest]:.4g}"
            f"{' on three samples in a row' if clipped else ''}; expected less than {max_absorbance:g}. Measure a "
            "dilute sample for the peak and splice the concentrated one to it ([absorption.concentrated] in "
            "study.toml), cut the saturated range away (range_nm there), or raise max_absorbance if the instrument is "
            "linear up there."
        )


def _refuse_negative(band: Band) -> None:
    """Refuse absorbance further below zero than a baseline or noise explains."""
    limit = np.minimum(NEGATIVE_ABSORBANCE, -6 * band.sd)
    lowest = int(np.argmin(band.value - limit))
    if band.value[lowest] < limit[lowest]:
        raise DataError(
            f"{band.name}, {band.wavelength_nm[lowest]:.1f} nm: negative absorbance, found {band.value[lowest]:.4g}; "
            f"expected at least {limit[lowest]:.3g}. The blank or the baseline is wrong."
        )


def refuse_flagged(ds: xr.Dataset) -> None:
    """Raise where the detector was at its end: such samples are wrong by an unknown amount."""
    bad = data.flagged(ds, "saturated", "clipped", "missing")
    if bad.any():
        wavelength = data.wavelength_and_energy(ds)[0][bad]
        raise DataError(
            f"{data.label(ds)}: {bad.sum()} samples between {wavelength.min():.1f} and {wavelength.max():.1f} nm are "
            "flagged as saturated, clipped or missing; expected none. Measure with less light or a shorter exposure, "
            "or leave that range out (range_nm in study.toml)."
        )


def saturated_somewhere(ds: xr.Dataset) -> list[str]:
    """Warn of a spectrum whose file says that it is saturated, and not where."""
    if ds.attrs.get("saturated") != "somewhere":
        return []
    return [f"{data.label(ds)}: the file says that the spectrum is saturated, and not where: do not rely on it."]


def refuse_flat_top(name: str, wavelength: FloatArray, counts: FloatArray) -> None:
    """Raise where three neighbours or more equal the maximum exactly, which counts of light do not do by chance."""
    top = np.flatnonzero(counts == counts.max())
    if counts.max() > 30 and top.size >= 3 and np.any(top[2:] - top[:-2] == 2):
        raise DataError(
            f"{name}: {top.size} samples around {wavelength[top[0]]:.1f} nm equal the maximum, {counts.max():.6g}: the "
            "detector was saturated. Measure with less light or a shorter exposure, or leave that range out (range_nm "
            "in study.toml)."
        )


def _band(ds: xr.Dataset, unit: str, warnings: list[str], noise: bool = True) -> Band:
    wavelength, energy, medium = data.wavelength_and_energy(ds)
    name = data.label(ds)
    if energy.size < MIN_SAMPLES:
        raise DataError(f"{name}: {energy.size} samples are too few for a spectrum; expected at least {MIN_SAMPLES}.")
    order = np.argsort(energy)
    value = np.asarray(ds["signal"].values, dtype=float)[order]
    energy, wavelength = energy[order], wavelength[order]
    modes = np.empty((0, energy.size))
    if "signal_modes" in ds:
        modes = np.asarray(ds["signal_modes"].values, dtype=float)[:, order]
    if "signal_sd" in ds:
        sd = np.asarray(ds["signal_sd"].values, dtype=float)[order]
    elif not noise:
        sd = np.zeros_like(value)
    else:
        sd, smoothed = noise_sd(energy, value, absorbance=ds.attrs["quantity"] == "absorbance")
        if smoothed:
            warnings.append(
                f"{name}: neighbouring samples are alike beyond the spectrum's shape (smoothed or oversampled), so "
                "noise taken from their scatter is too small and so are the intervals. Give raw data or a column of "
                "uncertainties."
            )
    return Band(energy, wavelength, medium, value, sd, modes, unit, name, tuple(warnings))


def _open_ends(band: Band, offset: FloatArray) -> tuple[str, ...]:
    """Warn of an emission that does not end at zero, as far as that moves its mean by more than noise does.

    ``offset`` is a constant of the file's own axis and quantity, as it comes out in the band (1 at the maximum).
    """
    gradient = mean_energy_and_gradient(band.energy_ev, band.value)[1]
    per_offset, noise = 1e3 * float(gradient @ offset), 1e3 * band.variance_of(gradient) ** 0.5
    ends, end_sd = open_end(band), float(max(np.median(band.sd[:3]), np.median(band.sd[-3:])))
    if ends < 0.01 and not (ends > 4 * end_sd and ends * abs(per_offset) > 3 * noise):
        return ()
    return (
        f"{band.name}: at an end of the data the emission stands at {ends:.1%} of its maximum: it is cut off, or a "
        f"background is left. A background of that size would move mean energies by {ends * per_offset:+.2f} meV, each "
        f"0.1 % of the maximum by {1e-3 * per_offset:+.2f} meV; no interval holds this.",
    )
