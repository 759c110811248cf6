"""Yield from the photon energy at which light begins to heat: the photothermal threshold needs no calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import units
from antistokes.analysis.heat_fit import MOST, HeatFit, fit_heat
from antistokes.analysis.heat_points import Per
from antistokes.analysis.result import described, number
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.estimate import Estimate, Kind, normal
from antistokes.units import FloatArray, Medium

_BENT = 0.05  # p-value below which points are said to bend


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThresholdYield:
    """External yield from heat against photon energy.

    ``extrapolated_mev``: how far the threshold lies outside the points; ``bend``: p-value of a term quadratic in
    energy; ``misfit``: chi-square per degree of freedom, None without stated sd; ``correlation`` of scale, yield and
    background. ``curves`` over ``energy`` [eV]: heat, model, residual.
    """

    title: ClassVar[str] = "Yield from the photothermal threshold"
    external_yield: Estimate = number("external yield")
    threshold_ev: Estimate = number("photon energy without heat (background aside)")
    threshold_nm: Estimate = number("wavelength of it")
    mean_emission_ev: Estimate = number("mean energy of the photons that leave, as stated")
    background_per_cm: Estimate | None = number("background absorption", optional=True)
    scale: Estimate = number("signal per absorbed energy that stays")
    extrapolated_mev: float
    bend: float
    misfit: float | None
    correlation: dict[str, dict[str, float]] = field(repr=False)
    curves: xr.Dataset = field(repr=False)
    warnings: tuple[str, ...] = ()

    __str__ = described


def threshold_yield(
    excitation_nm: ArrayLike,
    heat: ArrayLike,
    heat_sd: ArrayLike | None = None,
    *,
    mean_emission_ev: Uncertain,
    absorption_per_cm: ArrayLike | None = None,
    per: Per = "photon",
    medium: Medium = "air",
    level: float = 0.95,
) -> ThresholdYield:
    r"""External yield from the photon energy at which a sample neither heats nor cools.

    .. math:: \text{heat per absorbed photon}=K\,(E-E_0),\qquad \eta_\mathrm{ext}=E_0/E_f

    The instrument's scale K is fitted and drops out, so that absorbed power need only be known relative between
    wavelengths, and hardly that near E_0.

    Parameters
    ----------
    excitation_nm : array_like
        Wavelengths of the excitation in ``medium``, two different ones at least, three without ``heat_sd``, one more
        with absorption, shape (n,) [nm].
    heat : array_like
        Photothermal signal over what was absorbed, shape (n,); negative where it cools [any].
    heat_sd : array_like, optional
        Its standard uncertainties; without them scatter makes the interval (Student's t) [unit of ``heat``].
    mean_emission_ev : float or (value, sd)
        Mean energy of the photons that *leave the sample as it is measured*, which a dilute spectrum overstates and
        so makes the yield too small [eV].
    absorption_per_cm : array_like, optional
        Absorption coefficient of the emitter at each wavelength: then a parasitic background is fitted too [cm^-1].
    per : {"photon", "energy"}
        Whether ``heat`` is over the number of absorbed photons or over absorbed energy.
    medium : {"air", "vacuum"}
        What the wavelengths were measured in.
    level : float
        Coverage probability of the intervals [1].

    Returns
    -------
    ThresholdYield
        Yield (one above one is a legal result; with absorption up to 1.2, and a limit where that or 0 is met),
        threshold, and what to doubt.

    References
    ----------
    analysis/heat_fit.py; the balance is that of Sheik-Bahae and Epstein, Nat. Photonics 1, 693 (2007),
    doi:10.1038/nphoton.2007.244.
    """
    energy = units.energy_from_wavelength(excitation_nm, medium)
    found = fit_heat(
        energy,
        heat,
        heat_sd,
        mean_emission_ev=mean_emission_ev,
        absorption_per_cm=absorption_per_cm,
        per=per,
        level=level,
    )
    value, sd = value_and_sd(mean_emission_ev, "mean_emission_ev")
    zero = found.threshold_ev.value
    outside = 1e3 * max(float(energy.min()) - zero, zero - float(energy.max()), 0.0)
    return ThresholdYield(
        external_yield=found.external_yield,
        threshold_ev=found.threshold_ev,
        threshold_nm=_in_nm(found.threshold_ev, medium),
        mean_emission_ev=normal(value, sd, "eV", "as stated", level),
        background_per_cm=found.background_per_cm,
        scale=found.scale,
        extrapolated_mev=outside,
        bend=found.bend,
        misfit=None if heat_sd is None or found.freedom == 0 else found.chi2 / found.freedom,
        correlation=found.correlation,
        curves=_curves(energy, np.asarray(heat, dtype=float), heat_sd, found.model),
        warnings=tuple(_doubts(found, energy, outside, (value, sd), absorption_per_cm is None)),
    )


def yield_from_heat(heat_share: ArrayLike, excitation_ev: ArrayLike, mean_emission_ev: ArrayLike) -> FloatArray:
    r"""External yield from the share of the absorbed energy that stays as heat, at one excitation.

    .. math:: \eta_\mathrm{ext}=(1-h)\,E/E_f

    Its uncertainty is that of h times E/E_f: a tenth known to 2 % gives .002, where a sphere gives .02.

    Parameters
    ----------
    heat_share : array_like
        Heat h over absorbed energy, from a calibrated calorimeter [1].
    excitation_ev : array_like
        Photon energy of the excitation [eV].
    mean_emission_ev : array_like
        Mean energy of the photons that leave the sample [eV].

    Returns
    -------
    ndarray
        External yield; numbers or draws [1].

    References
    ----------
    Energy balance of physics/cooling.py, without a background.
    """
    left = 1 - np.asarray(heat_share, dtype=float)
    return np.asarray(left * np.asarray(excitation_ev, dtype=float) / np.asarray(mean_emission_ev, dtype=float))


def _in_nm(threshold: Estimate, medium: Medium) -> Estimate:
    """Wavelength of an energy; low and high change places, and so do limits."""

    def at(energy: float) -> float:
        if energy <= 0:
            return math.inf
        return 0.0 if math.isinf(energy) else float(units.wavelength_from_energy(energy, medium))

    value = at(threshold.value)
    if threshold.kind != "value":
        kind: Kind = "upper limit" if threshold.kind == "lower limit" else "lower limit"
        return Estimate(value, level=threshold.level, unit="nm", how=threshold.how, kind=kind)
    sd = threshold.sd * value / threshold.value if math.isfinite(value) else math.nan
    return Estimate(value, sd, at(threshold.high), at(threshold.low), threshold.level, "nm", threshold.how)


def _doubts(
    found: HeatFit, energy: FloatArray, outside_mev: float, mean: tuple[float, float], no_absorption: bool
) -> list[str]:
    """Say what the interval does not hold."""
    doubts = []
    span = 1e3 * float(np.ptp(energy))
    if outside_mev > 0:
        side = "above" if found.threshold_ev.value < energy.min() else "below"
        doubts.append(
            f"All points lie {side} the threshold: it is extrapolated by {outside_mev:.1f} meV, "
            f"{outside_mev / span:.0%} of their span. That heat is straight so far is assumed; measure on both sides."
        )
    if found.bend < _BENT:
        doubts.append(
            f"The heat bends against photon energy (p = {found.bend:.2g}): a background, or a yield or an absorbed "
            "power that changes with wavelength. The threshold of a straight line is not to be trusted to its interval."
        )
    if found.scale.high < 0:
        doubts.append(
            "The heat falls as the photon energy rises, so that the sample would heat below the threshold and cool "
            "above it: the sign of the heat is wrong, or its energies are in the wrong order. The sign alone moves no "
            "threshold."
        )
    if math.isinf(found.threshold_ev.low) or math.isinf(found.threshold_ev.high):
        doubts.append("The slope of the heat is not told from zero: these data do not bound the yield on both sides.")
    if found.threshold_ev.kind != "value":
        side = "above" if found.threshold_ev.kind == "lower limit" else "below"
        doubts.append(
            f"The threshold is not resolved against a background: nothing bounds it from {side} within 0 to "
            f"{MOST:g} times the mean emission energy, and a limit stands for it."
        )
    if no_absorption:
        doubts.append(
            "No absorption is given: parasitic absorption is taken as none. It lowers the yield found by its share of "
            "what is absorbed, and heat that is the same per photon at all wavelengths is not told from it."
        )
    least = found.external_yield.value if found.external_yield.kind == "lower limit" else found.external_yield.low
    if least > 1:
        doubts.append(
            "The yield lies above one: the mean emission energy is too small, or the absorbed power is wrong."
        )
    if mean[1] == 0:
        per_mev = 1e-3 * found.external_yield.value / mean[0]
        doubts.append(
            f"The mean emission energy has no uncertainty stated: each meV of it is {per_mev:.5f} of the yield. It has "
            "to be that of the light that leaves the sample."
        )
    return doubts


def _curves(energy: FloatArray, heat: FloatArray, heat_sd: ArrayLike | None, model: FloatArray) -> xr.Dataset:
    order = np.argsort(energy, kind="stable")
    series = {"heat": heat, "model": model, "residual": heat - model}
    if heat_sd is not None:
        series["heat_sd"] = np.broadcast_to(np.asarray(heat_sd, dtype=float), heat.shape)
    return xr.Dataset(
        {name: ("energy", values[order], {"units": "arb. units"}) for name, values in series.items()},
        coords={"energy": ("energy", energy[order], {"units": "eV"})},
    )
