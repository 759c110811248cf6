"""What an excitation spectrum says and what absorption predicts for it, each with the covariance of its samples."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from antistokes import data, quantities, units
from antistokes.analysis import curves
from antistokes.analysis.bands import MAX_ABSORBANCE, MIN_SAMPLES, saturated_somewhere
from antistokes.analysis.noise import noise_sd
from antistokes.errors import DataError
from antistokes.physics.inner_filter import Geometry, collected
from antistokes.physics.slit import triangle
from antistokes.units import FloatArray, Medium

LAMP_SIGNAL_TO_NOISE = 10.0
_STEP = 1e-4  # of absorbance, for a derivative
_UNUSABLE = ("saturated", "clipped", "missing")


class Signal(NamedTuple):
    """Samples with the part of their uncertainty that is each sample's own, and their whole covariance (n, n)."""

    value: FloatArray
    noise_sd: FloatArray
    covariance: FloatArray

    @property
    def sd(self) -> FloatArray:
        """Standard uncertainty of each sample, all parts together."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def cut(self, keep: NDArray[np.bool_]) -> Signal:
        """Keep the samples of a mask."""
        return Signal(self.value[keep], self.noise_sd[keep], self.covariance[np.ix_(keep, keep)])


class Measured(NamedTuple):
    """An excitation spectrum in ascending wavelength, over its lamp; ``light`` is the lamp, 1 without one."""

    wavelength_nm: FloatArray
    energy_ev: FloatArray
    medium: Medium
    signal: Signal
    raw: NDArray[Any]
    light: FloatArray
    saturated: NDArray[np.bool_]
    dark: NDArray[np.bool_]
    name: str
    warnings: tuple[str, ...]


class Absorbance(NamedTuple):
    """Absorbance in ascending energy without its saturated samples; ``gap`` marks those on ``all_ev``."""

    energy_ev: FloatArray
    value: FloatArray
    sd: FloatArray
    modes: FloatArray
    all_ev: FloatArray
    gap: NDArray[np.bool_]
    bandpass_nm: float
    name: str
    warnings: tuple[str, ...]
    offset_known: bool = False  # whether an offset of all samples is counted: stated, or in the scan's own modes


def measured(ple: xr.Dataset, lamp: xr.Dataset | None) -> Measured:
    """Read an excitation spectrum, divided by the photons of its lamp.

    Its quantity may be any of emission: at one detection wavelength they differ by a constant.
    """
    _refuse_names(ple, "ple")
    data.check(ple)
    name = data.label(ple)
    if ple.attrs["kind"] != "ple":
        raise DataError(
            f"{name}: expected an excitation spectrum, kind 'ple', found kind {ple.attrs['kind']!r}. If it is one, "
            'read it with ans.read(..., kind="ple").'
        )
    if "quantity" not in ple.attrs:
        raise DataError(
            f"{name}: nothing says what the numbers are. Declare quantity = one of "
            f"{', '.join(data.EMISSION_QUANTITIES)}"
            ' (any of them serves here), such as ans.read(..., quantity="counts").'
        )
    data.require_quantity(ple, data.EMISSION_QUANTITIES)
    wavelength, energy, medium = data.wavelength_and_energy(ple)
    order = np.argsort(wavelength)
    wavelength, energy, raw = wavelength[order], energy[order], ple["signal"].values[order]
    value = np.asarray(raw, dtype=float)
    bad = data.flagged(ple, *_UNUSABLE)[order] | (_flat_top(value, 30) & (ple.attrs["quantity"] == "counts"))
    if np.sum(~bad) < MIN_SAMPLES:
        raise DataError(f"{name}: {np.sum(~bad)} samples can be used; expected at least {MIN_SAMPLES}.")
    warnings = saturated_somewhere(ple)
    sd, said = _noise(ple, order, wavelength, value, bad)
    modes = _modes(ple, order)
    value, sd, modes = (np.where(bad, 0.0, a) for a in (value, sd, modes))
    light, lamp_covariance, lit = _light(lamp, energy)
    value, sd, modes = value / light, sd / light, modes / light
    covariance = np.diag(sd**2) + modes.T @ modes + value[:, None] * lamp_covariance * value
    signal = Signal(value, np.sqrt(sd**2 + value**2 * np.diag(lamp_covariance)), covariance)
    return Measured(wavelength, energy, medium, signal, raw, light, bad, ~lit, name, (*warnings, *said))


def _refuse_names(given: object, what: str) -> None:
    if not isinstance(given, xr.Dataset):
        raise TypeError(f"{what} must be a measurement, found {given!r:.60}; read a file with ans.read(...).")


def _flat_top(y: FloatArray, above: float) -> NDArray[np.bool_]:
    """Return the samples that equal the maximum, where three in a row do: the end of an instrument's range."""
    top = y == np.nanmax(y)
    runs = top[2:] & top[1:-1] & top[:-2]
    return top if runs.any() and np.nanmax(y) > above else np.zeros_like(top)


def _noise(
    ds: xr.Dataset, order: NDArray[np.intp], x: FloatArray, y: FloatArray, bad: NDArray[np.bool_], od: bool = False
) -> tuple[FloatArray, list[str]]:
    if "signal_sd" in ds:
        sd = np.asarray(ds["signal_sd"].values, dtype=float)[order]
        least = sd[~bad & (sd > 0)]
        return np.where(sd > 0, sd, least.min() if least.size else 0.0), []  # counts of zero are not exact
    found, smoothed = noise_sd(x[~bad], y[~bad], absorbance=od)
    sd = np.zeros_like(y)
    sd[~bad] = found
    said = f"{data.label(ds)}: neighbouring samples are alike beyond the spectrum's shape; intervals are too narrow."
    return sd, [said] if smoothed else []


def _modes(ds: xr.Dataset, order: NDArray[np.intp]) -> FloatArray:
    if "signal_modes" not in ds:
        return np.zeros((0, order.size))
    return np.asarray(ds["signal_modes"].values, dtype=float)[:, order]


def _light(lamp: xr.Dataset | None, at_ev: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return the exciting photons at each sample over their mean, their relative covariance, and where they are known.

    Photons through slits of a fixed bandpass in nm go as photons per nm.
    """
    n = at_ev.size
    if lamp is None:
        return np.ones(n), np.zeros((n, n)), np.ones(n, dtype=bool)
    energy, value, sd, modes = _lamp_photons(lamp)
    light, slope = curves.interpolate(energy, value, sd, np.clip(at_ev, energy[0], energy[-1]))
    own, shared = slope.toarray() * sd, slope @ modes.T
    noise = own @ own.T
    covariance = noise + shared @ shared.T
    known = (at_ev >= energy[0] * (1 - 1e-9)) & (at_ev <= energy[-1] * (1 + 1e-9))
    known &= (light > LAMP_SIGNAL_TO_NOISE * np.sqrt(np.diag(noise))) & (light > 0)
    if not known.any():
        raise DataError(f"{data.label(lamp)}: the lamp has no light where the excitation spectrum lies.")
    light = np.where(known, light, np.inf)
    covariance = np.where(np.outer(known, known), covariance / np.outer(light, light), 0.0)
    return light / light[known].mean(), covariance, known


def _lamp_photons(lamp: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return energy (ascending), photons, their sd and modes of a lamp whose quantity is declared."""
    data.check(lamp)
    name = data.label(lamp)
    if lamp.attrs.get("quantity") == "counts":
        raise DataError(
            f"{name}: counts of a reference detector follow photons (a quantum counter) or power (a photodiode of "
            "known response): state quantity = photons_per_nm or power_per_nm."
        )
    quantity = data.require_quantity(lamp, {**data.EMISSION_QUANTITIES, "power": "W"})
    if data.flagged(lamp, *_UNUSABLE).any():
        raise DataError(f"{name}: the lamp has samples that are saturated or missing; leave them out (range_nm).")
    _, energy, _ = data.wavelength_and_energy(lamp)
    factor = 1 / energy if quantity == "power" else np.ones_like(energy)
    ds = lamp if quantity == "power" else quantities.convert(lamp, "photons_per_nm")
    order = np.argsort(energy)
    energy, factor, value = energy[order], factor[order], np.asarray(ds["signal"].values, dtype=float)[order]
    if energy.size < MIN_SAMPLES:
        raise DataError(f"{name}: {energy.size} samples are too few for a lamp; expected at least {MIN_SAMPLES}.")
    sd, _ = _noise(ds, order, energy, value, np.zeros(value.size, dtype=bool))
    return energy, value * factor, sd * factor, _modes(ds, order) * factor


def absorbance(absorption: xr.Dataset, blank: xr.Dataset | None, baseline_sd: float) -> Absorbance:
    """Read absorption as absorbance less its blank, with an offset of standard uncertainty ``baseline_sd``."""
    a = _scan(absorption)
    a = a._replace(offset_known=bool(baseline_sd or len(a.modes)))
    shared = [a.modes, np.full((1, a.value.size), baseline_sd)] if baseline_sd else [a.modes]
    if blank is None:
        return a._replace(modes=np.concatenate(shared))
    b = _scan(blank)
    known = _known(b, a.energy_ev)
    if not known.all():
        where = units.wavelength_from_energy(a.energy_ev[~known][0])
        raise DataError(f"{b.name}: the blank has no samples near {where:.1f} nm; expected the range of {a.name}.")
    matrix = curves.interpolation_matrix(b.energy_ev, a.energy_ev)
    shared += [(matrix @ b.modes.T).T, (matrix.toarray() * b.sd).T]  # one sample of the blank serves its neighbours
    return a._replace(value=a.value - matrix @ b.value, modes=np.concatenate(shared))


def _scan(ds: xr.Dataset) -> Absorbance:
    _refuse_names(ds, "absorption")
    data.check(ds)
    allowed = {k: "" for k in ("absorbance", "absorptance", "transmittance")}
    quantity, name = data.require_quantity(ds, allowed), data.label(ds)
    spliced = "splice" in data.json_attr(ds, "corrections", {})
    most = math.inf if spliced else float(ds.attrs.get("max_absorbance", MAX_ABSORBANCE))
    axis, energies = data.spectral_axis(ds), data.wavelength_and_energy(ds)[1]
    values = np.asarray(ds["signal"].values, dtype=float)
    if quantity != "absorbance":
        bad = (values if quantity == "transmittance" else 1 - values) <= 10.0**-most
    else:
        bad = (values >= most) | (_flat_top(values, 1) & (not spliced))
    bad |= data.flagged(ds, *_UNUSABLE)
    if np.sum(~bad) < MIN_SAMPLES:
        raise DataError(f"{name}: {np.sum(~bad)} samples can be used; expected at least {MIN_SAMPLES}.")
    used = quantities.convert(ds.isel({axis: ~bad}), "absorbance")
    energy, full = energies[~bad], np.argsort(energies)
    order = np.argsort(energy)
    energy, y = energy[order], np.asarray(used["signal"].values, dtype=float)[order]
    sd, said = _noise(used, order, energy, y, np.zeros(y.size, dtype=bool), od=True)
    warnings = (*saturated_somewhere(ds), *said)
    slit = float(cast(float, ds.attrs.get("bandpass_nm", 0.0)))
    return Absorbance(energy, y, sd, _modes(used, order), energies[full], bad[full], slit, name, warnings)


def _known(a: Absorbance, at_ev: FloatArray) -> NDArray[np.bool_]:
    """Return where absorbance is known: inside its range, and not beside a saturated sample."""
    inside = (at_ev >= a.energy_ev[0] * (1 - 1e-9)) & (at_ev <= a.energy_ev[-1] * (1 + 1e-9))
    return np.asarray(inside & (np.interp(at_ev, a.all_ev, a.gap.astype(float)) == 0))


def absorbance_at(a: Absorbance, energy_ev: float) -> float:
    """Return the absorbance at one energy, NaN where it is not known."""
    at = np.array([energy_ev])
    return float(curves.interpolate(a.energy_ev, a.value, a.sd, at)[0][0]) if _known(a, at)[0] else math.nan


def predicted(
    a: Absorbance,
    wavelength_nm: FloatArray,
    medium: Medium,
    bandpass_nm: float,
    geometry: Geometry,
    window: tuple[float, float],
) -> tuple[Signal, NDArray[np.bool_]]:
    """Return what the detector collects at unit yield, averaged over the slit, and where it is known.

    The noise of the samples of absorption is carried through interpolation and average, so that neighbours that share
    a sample share its error.
    """
    value, known = np.zeros(wavelength_nm.size), np.ones(wavelength_nm.size, dtype=bool)
    gradient = csr_array((wavelength_nm.size, a.value.size))
    for offset, weight in zip(*triangle(bandpass_nm), strict=True):
        at = units.energy_from_wavelength(wavelength_nm + offset, medium)
        known &= _known(a, at)
        y, slope = curves.interpolate(a.energy_ev, a.value, a.sd, np.clip(at, a.energy_ev[0], a.energy_ev[-1]))
        value += weight * collected(y, geometry, window)
        rise = collected(y + _STEP, geometry, window) - collected(y - _STEP, geometry, window)
        gradient = gradient + diags_array(weight * rise / (2 * _STEP)) @ slope
    own, shared = gradient.toarray() * a.sd, gradient @ a.modes.T
    noise = own @ own.T
    return Signal(value, np.sqrt(np.diag(noise)), noise + shared @ shared.T), known
