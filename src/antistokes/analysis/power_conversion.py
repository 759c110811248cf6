"""Does more power leave as light than was absorbed? Power-conversion efficiency, and what thermodynamics allows."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import power_bounds as limits
from antistokes.analysis.bands import emission_band
from antistokes.analysis.cooling_yield import MAX_YIELD, MIN_DRAWS
from antistokes.analysis.draws import spread
from antistokes.analysis.result import described, internal, number
from antistokes.analysis.uncertain import Uncertain, truncated_normal, value_and_sd
from antistokes.estimate import Estimate, exact, from_draws, normal
from antistokes.physics.moments import mean_energy_and_gradient
from antistokes.units import FloatArray

PRACTICAL_W_PER_M2 = 100.0  # exitance at which bounds are given where none is stated: assumed
MOST_SD = 0.5  # a standard uncertainty of the yield beyond it is taken for a percentage
COLD_K = 77.0  # of liquid nitrogen: a sample said to be colder is asked about
_NM = (124.0, 12_400.0)  # 10 to .1 eV: what is taken for a wavelength in nanometres


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PowerConversion:
    """Power-conversion efficiency at one excitation, its one-sided limits, and the bounds of thermodynamics.

    ``above_unity``: the lower limit is above one. ``impossible``: it is above what the second law allows at the stated
    exitance, so that a number that went in is wrong. ``exitance_w_per_m2`` is the one that the bounds are for;
    ``share_above_one`` is that of the draws; ``says``: all of it in words. ``curves``: flux temperature and bounds over
    ``exitance`` [W/m^2].
    """

    excitation_nm: float
    efficiency: Estimate = number("emitted over absorbed power, as measured")
    lower_limit: Estimate = number("emitted over absorbed power, as measured, lower limit")
    above_unity: bool
    share_above_one: float
    external_yield: Estimate = number("external yield used")
    absorption_efficiency: Estimate = number("absorption efficiency used")
    mean_emission_ev: Estimate = number("mean photon energy of the emission")
    exitance_w_per_m2: float
    exitance_stated: bool
    flux_temperature_k: Estimate = number("flux temperature of the emission")
    weinstein_bound: Estimate = number("largest emitted over absorbed power (Weinstein)")
    second_law_bound: Estimate = number("largest emitted over absorbed power (second law, with the pump's temperature)")
    brightest_w_per_m2: Estimate | None = number("exitance at which the lower limit meets that bound", optional=True)
    impossible: bool
    says: tuple[str, ...]
    curves: xr.Dataset = field(repr=False)
    drawn: FloatArray = internal()
    warnings: tuple[str, ...] = ()

    __str__ = described

    @property
    def title(self) -> str:
        """What a table of it bears."""
        return f"Power conversion at {self.excitation_nm:g} nm excitation"


def power_conversion(
    emission: xr.Dataset,
    excitation_nm: float,
    *,
    quantum_yield: Uncertain | FloatArray,
    absorption_efficiency: Uncertain = 1.0,
    self_absorption: Uncertain = 0.0,
    exitance_w_per_m2: float | None = None,
    temperature_k: float = 300.0,
    pump_temperature_k: float = math.inf,
    level: float = 0.95,
    draws: int = 20_000,
    seed: int = 0,
) -> PowerConversion:
    r"""Emitted over absorbed power, its lower limit, and an alarm on what cannot be.

    .. math:: \eta=\eta_\mathrm{ext}\,\eta_\mathrm{abs}\,\frac{E_f}{E}\;\le\;1+\frac{T\,(1-T_F/T_p)}{T_F-T}

    It is "above unity" only where the one-sided lower limit is. Unlike in :func:`cooling_window`, draws of the yield
    are *not* conditioned on at most one: here a number is reported as it was measured, and one above what physics
    allows has to show; there what follows for a cooler is predicted, which takes a yield that can be.

    Parameters
    ----------
    emission : xarray.Dataset
        Light that leaves the sample, as it is excited, that declares its quantity. The dilute spectrum of a dense
        sample has too large a mean energy.
    excitation_nm : float
        Excitation wavelength, in the medium of the emission; 124 to 12400 nm [nm].
    quantum_yield : float, (value, sd) or array_like
        Photons that leave the sample of ``emission`` over photons absorbed: the *observed* (external) yield, as a
        sphere gives it before any correction for self-absorption; draws of it are an array of 100 or more, infinite
        ones included. An internal yield is for ``self_absorption`` above 0 only: with the emission as observed and
        without it, what is absorbed again would count as light that left [1].
    absorption_efficiency : float or (value, sd)
        Share of the absorbed light that the emitter absorbs; draws are conditioned on 0...1, as a share is [1].
    self_absorption : float or (value, sd)
        Mean probability that a photon emitted in that same sample is absorbed again, 0 for an observed yield; draws
        are conditioned on 0...1 [1].
    exitance_w_per_m2 : float, optional
        Power of the emission that leaves per area of the sample's surface. Without it the bounds are those of
        100 W/m^2, and no claim is called impossible [W/m^2].
    temperature_k : float
        Temperature of the sample; below 77 K a warning [K].
    pump_temperature_k : float
        Flux temperature of the exciting light; infinite for a narrow, collimated laser [K].
    level : float
        Coverage of the interval, and level of the one-sided limit [1].
    draws : int
        Monte Carlo draws.
    seed : int
        Their seed.

    Returns
    -------
    PowerConversion
        Efficiency (median and interval of draws), lower limit, bounds, and what they say.

    References
    ----------
    physics/cooling.py; physics/flux_temperature.py; JCGM 101:2008 (GUM supplement 1).
    """
    _check(excitation_nm, exitance_w_per_m2, level, draws)
    band = emission_band(emission)
    rng = np.random.default_rng(seed)
    warnings = list(band.warnings)
    mean, gradient = mean_energy_and_gradient(band.energy_ev, band.value)
    mean_sd = band.variance_of(gradient) ** 0.5
    external = _external(rng, quantum_yield, self_absorption, draws, warnings)
    least_yield = float(np.quantile(external, 1 - level, method="lower"))
    if least_yield > 1:
        warnings.append(
            f"The external yield is above one (lower limit {least_yield:.4f}): one photon absorbed cannot give more "
            "than one, so the yield or its uncertainty is wrong."
        )
    share = _share(rng, absorption_efficiency, "absorption_efficiency", draws)
    drawn_mean = mean + mean_sd * rng.standard_normal(draws)
    drawn = external * share * drawn_mean / float(units.energy_from_wavelength(excitation_nm, band.medium))
    least = float(np.quantile(drawn, 1 - level, method="lower"))
    how = "eta_ext eta_abs E_f/E; median of draws"
    heavy = isinstance(quantum_yield, np.ndarray)
    of_yield = "as measured" if heavy else "as stated"
    of_yield += "" if value_and_sd(self_absorption, "self_absorption") == (0.0, 0.0) else ", with self-absorption"
    above = float(np.mean(drawn > 1))
    if 0 < temperature_k < COLD_K:
        warnings.append(
            f"The sample is said to be at {temperature_k:g} K, below liquid nitrogen: there is hardly any heat there "
            "for light to carry off, and the bounds are hardly above one. Degrees Celsius for kelvin?"
        )
    light = limits.light_of(band)
    bounds = limits.bounds_at(light, exitance_w_per_m2 or PRACTICAL_W_PER_M2, temperature_k, pump_temperature_k)
    brightest = limits.brightest(light, least, temperature_k, pump_temperature_k)
    stated = exitance_w_per_m2 is not None
    return PowerConversion(
        excitation_nm=float(excitation_nm),
        efficiency=_of_draws(drawn, how, level, heavy),
        lower_limit=Estimate(least, level=level, how=f"one-sided, at {level:.4g}; of draws", kind="lower limit"),
        above_unity=least > 1,
        share_above_one=above,
        external_yield=_of_draws(external, f"{of_yield}; median of draws", level, heavy),
        absorption_efficiency=_of_draws(share, "as stated, conditioned on 0...1; median of draws", level, False),
        mean_emission_ev=normal(mean, mean_sd, "eV", "integral over the whole spectrum, photons per eV", level),
        exitance_w_per_m2=exitance_w_per_m2 or PRACTICAL_W_PER_M2,
        exitance_stated=stated,
        flux_temperature_k=bounds.flux_temperature_k,
        weinstein_bound=bounds.weinstein,
        second_law_bound=bounds.second_law,
        brightest_w_per_m2=brightest,
        impossible=stated and least > bounds.second_law.value,
        says=_says(drawn, least, level, bounds, brightest, exitance_w_per_m2),
        curves=limits.curves(light, temperature_k, pump_temperature_k),
        drawn=drawn,
        warnings=tuple(warnings),
    )


def _check(excitation_nm: float, exitance_w_per_m2: float | None, level: float, draws: int) -> None:
    if not _NM[0] <= excitation_nm <= _NM[1]:
        raise ValueError(
            f"excitation_nm must be a wavelength from {_NM[0]:g} to {_NM[1]:g} nm, got {excitation_nm!r}. Micrometres "
            "or electronvolts for nanometres?"
        )
    if exitance_w_per_m2 is not None and not 0 < exitance_w_per_m2 < math.inf:
        raise ValueError(f"exitance_w_per_m2 must be above 0 and finite, got {exitance_w_per_m2!r}.")
    if not 0.5 < level < 1:
        raise ValueError(f"level must be above .5 and below 1, got {level!r}.")
    if draws < MIN_DRAWS:
        raise ValueError(f"draws must be at least {MIN_DRAWS}, got {draws!r}.")


def _external(
    rng: np.random.Generator,
    quantum_yield: Uncertain | FloatArray,
    self_absorption: Uncertain,
    n: int,
    warnings: list[str],
) -> FloatArray:
    """Draws of the external yield, above one where those of the internal one are."""
    internal_yield = _yields(rng, quantum_yield, n, warnings)
    again = _share(rng, self_absorption, "self_absorption", n)
    if np.ptp(again) == 0 and again[0] == 0:
        return internal_yield
    with np.errstate(invalid="ignore", divide="ignore"):
        inverse = 1 / internal_yield  # so that an infinite draw, of either sign, has its limit
        external = np.where((internal_yield <= 0) | (inverse > again), (1 - again) / (inverse - again), np.inf)
    if np.isinf(external).any():
        warnings.append(
            f"In {np.mean(np.isinf(external)):.2%} of draws yield times self-absorption is one or more: they have no "
            "finite external yield."
        )
    return external


def _yields(rng: np.random.Generator, quantum_yield: Uncertain | FloatArray, n: int, warnings: list[str]) -> FloatArray:
    if isinstance(quantum_yield, np.ndarray):
        if quantum_yield.ndim != 1 or quantum_yield.size < MIN_DRAWS or np.isnan(quantum_yield).any():
            raise ValueError(
                f"quantum_yield as an array is draws of it: expected {MIN_DRAWS} or more, none NaN; found "
                f"shape {quantum_yield.shape}. A value with its uncertainty is a tuple."
            )
        return np.asarray(rng.choice(quantum_yield.astype(float), n))
    value, sd = value_and_sd(quantum_yield, "quantum_yield")
    if not 0 < value <= MAX_YIELD:
        hint = f" As a fraction: {value / 100:g}?" if value > MAX_YIELD else ""
        raise ValueError(f"quantum_yield must be above 0 and at most {MAX_YIELD}, got {value!r}.{hint}")
    if sd > MOST_SD:
        raise ValueError(
            f"the s.d. of quantum_yield must be at most {MOST_SD}, got {sd!r}. Per cent? As a fraction: {sd / 100:g}?"
        )
    if sd == 0:
        warnings.append("The yield has no stated uncertainty: the interval and the limit do not contain it.")
    return np.asarray(value + sd * rng.standard_normal(n))


def _share(rng: np.random.Generator, stated: Uncertain, name: str, n: int) -> FloatArray:
    value, sd = value_and_sd(stated, name)
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}.")
    return truncated_normal(rng, value, sd, 0.0, 1.0, n)


def _says(
    drawn: FloatArray,
    least: float,
    level: float,
    bounds: limits.Bounds,
    brightest: Estimate | None,
    exitance: float | None,
) -> tuple[str, ...]:
    most = float(np.quantile(drawn, level, method="higher"))
    if least > 1:
        first = (
            f"Above unity: with a confidence of {level:.4g} at least {least:.4f} of the absorbed power leaves as light."
        )
    elif most < 1:
        first = (
            f"Below unity: with a confidence of {level:.4g} at most {most:.4f} of the absorbed power leaves as light."
        )
    else:
        first = f"Not shown to be above unity, nor below: one-sided limits are {least:.4f} and {most:.4f}."
    first += f" Of the draws {np.mean(drawn > 1):.1%} are above one."
    bound, light, median = bounds.second_law.value, bounds.flux_temperature_k.value, float(np.median(drawn))
    if exitance is None:
        possible = (
            "" if brightest is None or least <= 1 else f"; {least:.4f} is possible up to {brightest.value:.3g} W/m^2"
        )
        return (
            first,
            f"The exitance is not stated: at {PRACTICAL_W_PER_M2:g} W/m^2 (assumed) light of this spectrum has "
            f"{light:.0f} K and at most {bound:.4g} is possible{possible}.",
        )
    at = f"at {exitance:g} W/m^2 the flux temperature is {light:.0f} K, and the second law allows {bound:.4g}"
    if least > bound:
        return (
            first,
            f"Impossible: {at}, less than the lower limit of {least:.4g}. A yield, spectrum or power is wrong.",
        )
    if median > bound:
        return (first, f"Doubtful: {at}, less than the median of {median:.4g}; the interval still reaches below.")
    return (first, f"Possible: {at}.")


def _of_draws(draws: FloatArray, how: str, level: float, heavy: bool) -> Estimate:
    """Return median and interval; ``heavy``: draws of a measured yield, maybe of Student's t without a variance."""
    if np.ptp(draws) == 0:
        return exact(float(draws[0]), "1", "as stated, without uncertainty")
    found = from_draws(float(np.median(draws)), draws, "1", how, level)
    if not heavy:
        return found
    half = spread(draws)
    return replace(found, sd=half if math.isfinite(half) else math.nan, how=f"{how}; s.d. half of the central 68 %")
