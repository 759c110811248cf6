"""The response of a spectrometer from a lamp, and spectra corrected by it with its uncertainty."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis.bands import refuse_flat_top, saturated_somewhere
from antistokes.analysis.curves import interpolate
from antistokes.analysis.noise import noise_sd
from antistokes.analysis.result import number
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.physics.planck import blackbody_photons_per_ev, blackbody_slope_per_k
from antistokes.quantities import convert
from antistokes.units import FloatArray, Medium

MIN_SIGNAL_TO_NOISE = 10.0
MIN_SAMPLES = 8
RESPONSE = ("response", "response_sd", "response_modes")
DENSE_NM = 4.9  # a certificate's own steps are 5 nm and more


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
    lowest_nm: Estimate = number("response known from")
    highest_nm: Estimate = number("response known to")
    weakest: Estimate = number("weakest response")
    lamp_noise: Estimate = number("noise of the lamp")
    light_uncertainty: Estimate = number("uncertainty of its light")
    largest_uncertainty: Estimate = number("both, where largest")
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    def identity(self) -> str:
        """Return what tells this response and its errors from any other."""
        digest = hashlib.sha256(self.medium.encode())
        for values in (self.curves["wavelength"], *(self.curves[k] for k in RESPONSE)):
            digest.update(np.ascontiguousarray(values.values, dtype=float).tobytes())
        return digest.hexdigest()[:16]


def calibrate_response(
    lamp: xr.Dataset,
    *,
    certificate: xr.Dataset | None = None,
    correlation_nm: float = 0.0,
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
        What the lamp emits: power or photons, per nm or per eV; a column of uncertainties is carried on.
    correlation_nm : float
        Over how many nm the errors of the certificate hang together: those of two nodes correlate as
        :math:`e^{-|\Delta\lambda|/\ell}` (assumed); 0 is an error of its own for each node [nm].
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
    if not 0 <= correlation_nm < np.inf or (correlation_nm and certificate is None):
        raise ValueError(f"correlation_nm is the certificate's, finite and not negative; got {correlation_nm!r}.")
    wavelength, counts, sd, medium, doubts = _lamp_counts(lamp)
    if certificate is not None:
        wavelength, counts, sd, light, modes = _certified(certificate, correlation_nm, wavelength, counts, sd, medium)
        warnings = _doubts_of_certificate(certificate, correlation_nm, modes)
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
    if lamp.attrs.get("saturated") == "somewhere":
        curves.attrs["saturated"] = "somewhere"
    noise, shared = 100 * sd / counts, 100 * np.sqrt(np.sum(modes**2, axis=0))
    typical = "median over its samples, 1 s.d."
    return Calibration(
        lamp=data.label(lamp),
        medium=medium,
        range_nm=(float(wavelength[0]), float(wavelength[-1])),
        lowest_nm=Estimate(float(wavelength[0]), unit="nm", how=f"of the lamp {data.label(lamp)}"),
        highest_nm=Estimate(float(wavelength[-1]), unit="nm"),
        weakest=Estimate(100 * float(response.min() / response.max()), unit="%", how="of its maximum"),
        lamp_noise=Estimate(float(np.median(noise)), unit="%", how=typical),
        light_uncertainty=Estimate(float(np.median(shared)), unit="%", how=typical),
        largest_uncertainty=Estimate(float(np.hypot(noise, shared).max()), unit="%", how="1 s.d. of the response"),
        curves=curves,
        warnings=(*doubts, *warnings),
    )


def _lamp_counts(lamp: xr.Dataset) -> tuple[FloatArray, FloatArray, FloatArray, Medium, list[str]]:
    """Return wavelength, counts and their sd where the lamp stands well above its noise, the medium, and doubts."""
    name = data.label(lamp)
    quantity = data.require_quantity(lamp, data.EMISSION_QUANTITIES)
    if quantity != "counts" or data.spectral_axis(lamp) != "wavelength":
        advice = "Are lamp and certificate swapped?" if quantity != "counts" else "They are counted along wavelength."
        raise DataError(f"{name}: the lamp must be counts along wavelength, found {quantity}. {advice}")
    wavelength, _, medium = data.wavelength_and_energy(lamp)
    there = ~data.flagged(lamp, "missing")
    wavelength, counts = wavelength[there], np.asarray(lamp["signal"].values, dtype=float)[there]
    if wavelength.size < MIN_SAMPLES:
        raise DataError(f"{name}: {wavelength.size} samples are too few; expected at least {MIN_SAMPLES}.")
    sd = np.asarray(lamp["signal_sd"].values, float)[there] if "signal_sd" in lamp else noise_sd(wavelength, counts)[0]
    refuse_flat_top(name, wavelength, counts)
    ended = data.flagged(lamp, "saturated", "clipped")[there]
    clear = (counts > MIN_SIGNAL_TO_NOISE * sd) & (counts > 0) & ~ended
    runs = np.split(np.arange(clear.size), np.flatnonzero(np.diff(clear.astype(int))) + 1)
    longest = max((run for run in runs if clear[run[0]]), key=len, default=np.arange(0))
    if longest.size < MIN_SAMPLES:
        raise DataError(
            f"{name}: the lamp stands nowhere {MIN_SIGNAL_TO_NOISE:g} times above its noise over {MIN_SAMPLES} "
            "samples, or is saturated there."
        )
    doubts = saturated_somewhere(lamp)
    if ended.any():
        doubts.append(f"{name}: {ended.sum()} samples are saturated; the response is known beside them only.")
    subtracted = "dark" in data.json_attr(lamp, "corrections", {})
    if not subtracted and counts[longest].min() > 0.02 * counts.max() and longest.size > 0.95 * counts.size:
        doubts.append(
            f"{name}: the lamp nowhere falls below {counts[longest].min() / counts.max():.0%} of its maximum: if a "
            "dark level is left in it, the response is wrong by that; name its dark ([calibration] dark in study.toml)."
        )
    return wavelength[longest], counts[longest], sd[longest], medium, doubts


def _doubts_of_certificate(certificate: xr.Dataset, correlation_nm: float, modes: FloatArray) -> list[str]:
    name = data.label(certificate)
    if not modes.size:
        return [f"{name} states no uncertainty: none is carried."]
    step = float(np.median(np.abs(np.diff(data.wavelength_and_energy(certificate)[0]))))
    if step < DENSE_NM and not correlation_nm:
        return [
            f"{name}: its samples lie closer than {DENSE_NM:g} nm; each is carried as an error of its own, though "
            "neighbours surely share theirs. State correlation_nm, or give the samples that the laboratory measured."
        ]
    return []


def _certified(
    certificate: xr.Dataset,
    correlation_nm: float,
    wavelength: FloatArray,
    counts: FloatArray,
    sd: FloatArray,
    medium: Medium,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the lamp's samples inside the certificate, its photons per nm there, and relative modes."""
    if data.flagged(certificate, *data.FLAGS).any():
        raise DataError(
            f"{data.label(certificate)}: a certificate cannot have flagged samples; leave them out "
            "(range_nm in study.toml)."
        )
    quantity = data.require_quantity(certificate, data.EMISSION_QUANTITIES)
    if quantity == "counts":
        raise DataError(
            f"{data.label(certificate)}: a certificate is power or photons, found counts. Are lamp and certificate "
            "swapped ([calibration] and [calibration.certificate] in study.toml)?"
        )
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
        nodes_nm = np.asarray(units.wavelength_from_energy(x, medium))
        modes = (slope @ (node_sd[:, None] * _root_of_correlation(nodes_nm, correlation_nm)) / light[:, None]).T
        modes = modes[np.any(modes != 0, axis=1)]
    return wavelength[inside], counts[inside], sd[inside], light, modes


def _root_of_correlation(x: FloatArray, length: float) -> FloatArray:
    """Return the lower root of the nodes' correlation, shape (n, n): that of an autoregressive series, in closed form.

    The nodes stand in order, up or down.
    """
    root = np.eye(x.size)
    if length == 0:
        return root
    apart = np.abs(np.diff(x)) / length
    for i, step in enumerate(apart, 1):
        root[i] = np.exp(-step) * root[i - 1]
        root[i, i] = np.sqrt(-np.expm1(-2 * step))
    return root


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
