"""Could leaked light fake the up-conversion? A budget of the spectral purity of the excitation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis import curves, limits
from antistokes.analysis.bands import Band, absorption_band
from antistokes.analysis.result import described, number
from antistokes.analysis.spectra import first_peak
from antistokes.analysis.uncertain import Uncertain, value_and_sd
from antistokes.errors import DataError
from antistokes.estimate import Estimate, from_draws
from antistokes.units import FloatArray

DRAWS = 20_000
_RESOLVED = 3.0  # standard deviations
_RED_END, _STANDS_OUT = 20, 0.3  # reddest samples, and the part of the value at the excitation that is doubted; assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One contaminant of the excitation.

    ``faked_share`` is the light that it excites over that of the excitation itself, ``allowed_fraction`` the part of
    the excitation's photons that it may be. ``flagged``: it is not shown to fake less than is allowed.
    """

    title: str
    wavelength_nm: float
    fraction: float | None
    absorptance: Estimate = number("absorptance there")
    faked_share: Estimate | None = number("light that it excites, over that of the excitation itself", optional=True)
    allowed_fraction: Estimate = number("part of the photons that it may be")
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurityBudget:
    """What contaminants of the excitation at one wavelength may fake."""

    title: ClassVar[str] = "Spectral purity of the excitation"
    excitation_nm: float
    signal_share: float
    absorptance: Estimate = number("absorptance at the excitation")
    faked_share: Estimate | None = number(
        "light that all of them excite, over that of the excitation itself", optional=True
    )
    leaks: tuple[Leak, ...]
    warnings: tuple[str, ...] = ()

    __str__ = described


def purity_budget(
    absorption: xr.Dataset,
    excitation_nm: float,
    *,
    absorptance: Uncertain | None = None,
    contaminants: Mapping[str, tuple[float, float]] | None = None,
    signal_share: float = 0.01,
    baseline_sd: float = 0.0,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> PurityBudget:
    r"""What light of other wavelengths in the excitation would add to the up-converted signal.

    .. math:: s=f\,\frac{a(\lambda_c)}{a(\lambda_{ex})},\qquad f_\max=s_\max\frac{a(\lambda_{ex})}{a(\lambda_c)}

    f is the fraction of the photons, a the absorptance, and the quantum yield is taken as the same at both wavelengths.
    s is relative to the light of the excitation itself; its share of the whole signal is s/(1+s).
    Intervals are of Monte Carlo draws of the measured absorption: the ratio is skew where its denominator is small.

    Parameters
    ----------
    absorption : xarray.Dataset
        Absorption of the sample as it is excited: absorbance, absorptance or transmittance through the path of the
        excitation, or absorption per cm with the attribute ``path_cm``.
    excitation_nm : float
        Excitation wavelength, in the medium of the absorption [nm].
    absorptance : float or (float, float), optional
        Absorptance at the excitation with its standard uncertainty, where it is known better than by the spectrum [1].
    contaminants : mapping of str to tuple of float, optional
        Name of each, and its wavelength and its fraction of the excitation's photons: above-gap light, the pedestal of
        amplified spontaneous emission, a plasma line, the second order of a monochromator. Default: for light at the
        first maximum, at the strongest absorption, and at half of the wavelength, what is allowed [nm, 1].
    signal_share : float
        Faked light that is allowed, over that of the excitation itself [1].
    baseline_sd : float
        Standard uncertainty of an offset of the absorbance, common to all samples [1].
    level : float
        Coverage of the intervals and level of the limits [1].
    draws : int
        Number of Monte Carlo draws.
    seed : int
        Seed of the draws.

    Returns
    -------
    PurityBudget
        Absorptance at the excitation and at each contaminant, the share each fakes, the fraction allowed.

    References
    ----------
    Derived here; intervals by JCGM 101:2008 (GUM supplement 1).
    """
    if not 0 < signal_share < 1:
        raise ValueError(f"signal_share must be between 0 and 1, got {signal_share!r}.")
    if not 0 <= baseline_sd < math.inf:
        raise ValueError(f"baseline_sd must be 0 or more, got {baseline_sd!r}.")
    band = _absorbance(absorption)
    band = band._replace(modes=np.vstack([band.modes, np.full(band.value.size, baseline_sd)])) if baseline_sd else band
    asked = _checked(contaminants) if contaminants is not None else _defaults(band, excitation_nm)
    places = np.array([excitation_nm, *(nm for nm, _ in asked.values())])
    first, last = float(band.wavelength_nm.min()), float(band.wavelength_nm.max())
    inside = (places >= first) & (places <= last)
    if not inside[0] and absorptance is None:
        raise DataError(
            f"{band.name}: the excitation, {excitation_nm:g} nm, lies outside the data, {first:.1f} to {last:.1f} nm."
        )
    best, drawn = _absorptances(band, np.where(inside, places, first), draws, seed)
    best[~inside], drawn[~inside] = 1.0, 1.0  # nothing absorbs more
    best[0], drawn[0], own = _at_excitation((best[0], drawn[0]), absorptance, level, seed)
    warnings = list(band.warnings)
    warnings += [
        f"{name}: {nm:g} nm lies outside the data, absorptance taken as 1, the most there can be."
        for (name, (nm, _)), known in zip(asked.items(), inside[1:], strict=True)
        if not known
    ]
    if own.kind == "upper limit":
        warnings.append("The absorptance at the excitation is not resolved: no upper end of what is faked.")
    warnings += [] if absorptance is not None else _doubt_of_baseline(band, float(best[0]), baseline_sd)
    leaks = tuple(
        _leak(name, nm, fraction, (best[[0, i]], drawn[[0, i]]), bool(inside[i]), signal_share, level)
        for i, (name, (nm, fraction)) in enumerate(asked.items(), start=1)
    )
    fractions = np.array([f or 0.0 for _, f in asked.values()])
    total = None
    if contaminants is not None:
        parts = float(fractions @ best[1:]), fractions @ drawn[1:]
        total = _ratio(parts[0], best[0], parts[1], drawn[0], level, "sum of the shares")
        if max(total.value, total.high) >= signal_share and not any(leak.flagged for leak in leaks):
            warnings.append(f"All of them together may fake {signal_share:.2g} of the signal or more.")
    return PurityBudget(
        excitation_nm=float(excitation_nm),
        signal_share=signal_share,
        absorptance=own,
        faked_share=total,
        leaks=leaks,
        warnings=(*warnings, *(_flag(leak, signal_share) for leak in leaks if leak.flagged)),
    )


def _at_excitation(
    measured: tuple[float, FloatArray], stated: Uncertain | None, level: float, seed: int
) -> tuple[float, FloatArray, Estimate]:
    """Return the absorptance at the excitation, draws of it, and both as an estimate: as stated or else as measured."""
    if stated is None:
        return *measured, absorptance_estimate(*measured, level)
    value, sd = value_and_sd(stated, "absorptance")
    if not 0 < value < 1:
        raise ValueError(f"absorptance is a part of the exciting light, between 0 and 1, got {stated!r}.")
    drawn = value + sd * np.random.default_rng([seed, 1]).standard_normal(measured[1].size)
    return value, drawn, from_draws(value, drawn, "1", "as stated", level)


def _flag(leak: Leak, signal_share: float) -> str:
    return f"{leak.title}: it may fake {signal_share:.2g} of the signal or more; filter the excitation, or measure it."


def _doubt_of_baseline(band: Band, own: float, baseline_sd: float) -> list[str]:
    """Return a warning where the excitation absorbs hardly more than the red end of the data, where nothing should."""
    floor = float(np.median(np.abs(band.value[np.argsort(band.energy_ev)[:_RED_END]]))) * units.LN10
    if baseline_sd or floor < _STANDS_OUT * own:
        return []
    return [
        f"{band.name}: the reddest samples absorb {floor:.2g}, the excitation {own:.2g}: a baseline left in the "
        "absorbance makes a leak seem harmless. Subtract it, or state baseline_sd."
    ]


def _absorbance(absorption: xr.Dataset) -> Band:
    """Return the absorption as absorbance through the path of the excitation."""
    data.check(absorption)
    quantity = data.require_quantity(absorption, data.ABSORPTION_QUANTITIES)
    path = absorption.attrs.get("path_cm")
    if quantity == "cross_section_cm2" or (quantity == "absorption_per_cm" and path is None):
        raise DataError(
            f"{data.label(absorption)}: {quantity} gives no absorptance; expected absorbance, absorptance or "
            "transmittance, or absorption_per_cm with attrs['path_cm']."
        )
    band = absorption_band(absorption)
    if band.unit == "absorbance":
        return band
    factor = path / units.LN10  # type: ignore[operator]
    return band._replace(value=band.value * factor, sd=band.sd * factor, modes=band.modes * factor, unit="absorbance")


def _checked(contaminants: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float | None]]:
    for name, given in contaminants.items():
        pair = np.ravel(given)
        if pair.size != 2 or not (0 < pair[0] < math.inf and 0 <= pair[1] < 1):
            raise ValueError(
                f"contaminants[{name!r}] is (wavelength in nm, fraction of the photons below 1), got {given!r}; leave "
                "contaminants out to see which fractions are allowed."
            )
    return {name: (float(nm), float(fraction)) for name, (nm, fraction) in contaminants.items()}


def _defaults(band: Band, excitation_nm: float) -> dict[str, tuple[float, float | None]]:
    """Return where leaks are worst: the first maximum, the strongest absorption, half of the wavelength."""
    out: dict[str, tuple[float, float | None]] = {}
    peak = first_peak(band)
    if peak is not None:
        out["light at the first maximum"] = (float(units.wavelength_from_energy(peak.value, band.medium)), None)
    strongest = float(band.wavelength_nm[np.argmax(band.value)])
    out["light at the strongest absorption"] = (strongest, None)
    out["second order of a monochromator"] = (excitation_nm / 2, None)
    return out


def _absorptances(band: Band, places_nm: FloatArray, draws: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return absorptances, shape (m,), and draws of them, shape (m, draws)."""
    at = units.energy_from_wavelength(places_nm, band.medium)
    value, gradient = curves.interpolate(band.energy_ev, band.value, band.sd, np.asarray(at))
    matrix = gradient.toarray()
    covariance = band.covariance_of(matrix)
    normal = np.random.default_rng(seed).multivariate_normal(value, covariance, draws, method="eigh").T
    return 1 - 10.0**-value, 1 - 10.0**-normal


def absorptance_estimate(value: float, drawn: FloatArray, level: float) -> Estimate:
    """Absorptance, or its upper limit where it does not stand three standard deviations above zero."""
    sd, how = float(np.std(drawn)), "measured absorption, local cubic between samples"
    if sd > 0 and value < _RESOLVED * sd:
        limit = limits.gaussian_upper_limit(float(value), sd, level)
        return Estimate(limit, level=level, how=f"{how}; CLs limit", kind="upper limit")
    return from_draws(float(value), drawn, "1", how, level)


def _leak(
    name: str,
    nm: float,
    fraction: float | None,
    pair: tuple[FloatArray, FloatArray],
    inside: bool,
    signal_share: float,
    level: float,
) -> Leak:
    """Return the row of one contaminant; ``pair`` is absorptances at the excitation and there, and their draws."""
    (own, there), (own_drawn, there_drawn) = pair
    how = "absorptance at the excitation over that of the contaminant, times the share of the signal"
    absorptance = Estimate(1.0, level=level, how="outside the data: the most there can be", kind="upper limit")
    if inside:
        absorptance = absorptance_estimate(there, there_drawn, level)
    allowed = _ratio(signal_share * own, there, signal_share * own_drawn, there_drawn, level, how)
    faked, flagged = None, False
    if fraction is not None:
        how = "fraction times absorptance of the contaminant over that at the excitation"
        faked = _ratio(fraction * there, own, fraction * there_drawn, own_drawn, level, how)
        flagged = max(faked.value, faked.high) >= signal_share
    return Leak(
        title=name,
        wavelength_nm=nm,
        fraction=fraction,
        absorptance=absorptance,
        faked_share=faked,
        allowed_fraction=allowed,
        flagged=flagged,
    )


def _ratio(top: float, bottom: float, tops: FloatArray, bottoms: FloatArray, level: float, how: str) -> Estimate:
    """Ratio with the interval of its draws; neither is negative, and a denominator of zero makes it unbounded."""
    tops, bottoms = np.maximum(tops, 0.0), np.maximum(bottoms, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(bottoms > 0, tops / bottoms, np.inf)
        value = max(top, 0.0) / bottom if bottom > 0 else math.inf
    return from_draws(float(value), drawn, "1", how, level)
