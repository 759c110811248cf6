"""How far is the light up-converted? Energy gain of anti-Stokes emission at an excitation wavelength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis import curves
from antistokes.analysis.bands import Band, absorption_band, emission_band
from antistokes.analysis.result import number
from antistokes.analysis.spectra import DRAWS, describe_emission, first_peak
from antistokes.estimate import Estimate, from_draws, normal
from antistokes.physics.moments import integration_weights, mean_energy_and_gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyGain:
    """Energy gains at one excitation; positive is up-conversion."""

    excitation_nm: float
    mean_mev: Estimate = number("energy gain by mean, all photons, of the measured emission")
    mean_above_mev: Estimate | None = number("energy gain by mean, photons above the laser", optional=True)
    fraction_above: Estimate | None = number("share of photons above the laser", optional=True)
    peak_mev: Estimate | None = number("energy gain by peak (of photons per nm)", optional=True)
    max_mev: Estimate | None = number("largest energy gain at the detection floor", optional=True)
    absorption_mev: Estimate | None = number("first absorption maximum above the laser", optional=True)
    stokes_shift_mev: Estimate | None = number("Stokes shift (absorption maximum - emission maximum)", optional=True)
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a table of it bears."""
        return f"Energy gain of the measured emission at {self.excitation_nm:g} nm excitation"


def energy_gain(
    emission: xr.Dataset,
    excitation_nm: float,
    absorption: xr.Dataset | None = None,
    *,
    detection_floor: float = 1e-3,
    near_nm: float | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> EnergyGain:
    """Energy gain of an emission spectrum over the excitation, by mean, by peak and at its blue end.

    Parameters
    ----------
    emission : xarray.Dataset
        Emission that declares its quantity.
    excitation_nm : float
        Excitation wavelength, in the medium of the emission [nm].
    absorption : xarray.Dataset, optional
        Absorption of the same sample: adds E_1S - E_ex and the Stokes shift.
    detection_floor : float
        The largest gain is taken where the emission (photons per eV) falls to this part of its maximum [1].
    near_nm : float, optional
        The absorption maximum to use is the one closest to this wavelength; default closest to the emission [nm].
    level : float
        Coverage probability of the intervals [1].
    seed : int
        Seed of the noise draws.

    Returns
    -------
    EnergyGain
        ``mean_mev``, ``mean_above_mev``, ``peak_mev``, ``max_mev`` and, with absorption, ``absorption_mev`` and
        ``stokes_shift_mev``, as Estimates.
    """
    if not excitation_nm > 0:
        raise ValueError(f"excitation_nm must be a positive wavelength, got {excitation_nm!r}.")
    if not 0 < detection_floor < 1:
        raise ValueError(f"detection_floor must be between 0 and 1, got {detection_floor!r}.")
    band, summary = emission_band(emission), describe_emission(emission, level=level, seed=seed)
    laser_ev = float(units.energy_from_wavelength(excitation_nm, band.medium))
    peak_ev = _in_ev(summary.peak_nm, band)
    peak_1s, warnings = None, list(band.warnings)
    if absorption is not None:
        other = absorption_band(absorption)
        near = summary.peak_ev.value if near_nm is None else float(units.energy_from_wavelength(near_nm, other.medium))
        peak_1s = first_peak(other, near, level, seed)
        warnings += [w for w in other.warnings if w not in warnings]
        if peak_1s is None:
            warnings.append(f"{other.name}: no absorption maximum stands out, so there is no Stokes shift.")
    above, fraction = _above(band, laser_ev, level)
    return EnergyGain(
        excitation_nm=float(excitation_nm),
        mean_mev=_minus(summary.mean_energy_ev, laser_ev),
        mean_above_mev=above,
        fraction_above=fraction,
        peak_mev=_minus(peak_ev, laser_ev),
        max_mev=_largest(band, laser_ev, detection_floor, level, seed),
        absorption_mev=None if peak_1s is None else _minus(peak_1s, laser_ev),
        stokes_shift_mev=None if peak_1s is None else _difference(peak_1s, peak_ev, level),
        warnings=tuple(warnings),
    )


def _minus(e: Estimate, laser_ev: float) -> Estimate:
    value, low, high = (1e3 * (v - laser_ev) for v in (e.value, e.low, e.high))
    return Estimate(value, 1e3 * e.sd, low, high, e.level, "meV", e.how, e.kind)


def _difference(upper: Estimate, lower: Estimate, level: float) -> Estimate:
    sd = float(np.hypot(upper.sd, lower.sd))
    how = "absorption maximum minus emission maximum (of photons per nm); errors added in quadrature"
    return normal(1e3 * (upper.value - lower.value), 1e3 * sd, "meV", how, level)


def _in_ev(estimate: Estimate, band: Band) -> Estimate:
    ends = units.energy_from_wavelength(np.array([estimate.value, estimate.high, estimate.low]), band.medium)
    sd = estimate.sd * float(ends[0]) / estimate.value
    return Estimate(float(ends[0]), sd, float(ends[1]), float(ends[2]), estimate.level, "eV", estimate.how)


def _above(band: Band, laser_ev: float, level: float) -> tuple[Estimate | None, Estimate | None]:
    """Mean gain of the photons above the laser, and their share; None where all or none of the data lie above."""
    if not band.energy_ev[0] < laser_ev < band.energy_ev[-1]:
        return None, None
    weights, part = integration_weights(band.energy_ev), integration_weights(band.energy_ev, low=laser_ev)
    if not part @ band.value > 0:
        return None, None
    mean, gradient = mean_energy_and_gradient(band.energy_ev, band.value, laser_ev)
    how = "as by mean, over photons of more energy than the laser's; noise propagated linearly"
    total = float(weights @ band.value)
    share = float(part @ band.value) / total
    share_sd = band.variance_of((part - share * weights) / total) ** 0.5
    above = normal(1e3 * (mean - laser_ev), 1e3 * band.variance_of(gradient) ** 0.5, "meV", how, level)
    return above, normal(share, share_sd, "1", "integral above the laser over the whole integral", level)


def _largest(band: Band, laser_ev: float, floor: float, level: float, seed: int) -> Estimate:
    """Gain at the energy where the blue flank falls to the floor; a lower limit where noise or the data end first."""
    smoothed = curves.smooth(band.energy_ev, band.value, band.sd).values
    top = int(np.argmax(smoothed))
    height, tail_sd = float(smoothed[top]), float(np.median(band.sd[top:][-max(5, (band.sd.size - top) // 4) :]))
    resolved = max(floor, 3 * tail_sd / height)
    x, f = band.energy_ev[top:], band.value[top:] - resolved * height
    value = float(curves.outward_crossing(x, f[None])[0])
    how = f"blue end of the emission at {resolved:.2g} of its maximum (photons per eV)"
    if not np.isfinite(value):
        why = f"{how}: not reached, the data end"
        return Estimate(1e3 * (float(x[-1]) - laser_ev), level=level, unit="meV", how=why, kind="lower limit")
    if resolved > floor:
        why = f"{how}: the noise ends above the floor asked for, {floor:.2g}"
        return Estimate(1e3 * (value - laser_ev), level=level, unit="meV", how=why, kind="lower limit")
    noise = band.draws(np.random.default_rng(seed), DRAWS)[:, top:]
    draws = curves.outward_crossing(x, smoothed[top:] - resolved * height + noise)
    draws = np.where(np.isfinite(draws), draws, x[-1])
    shift = value - float(curves.outward_crossing(x, (smoothed[top:] - resolved * height)[None])[0])
    shift = shift if np.isfinite(shift) else 0.0
    return from_draws(1e3 * (value - laser_ev), 1e3 * (draws + shift - laser_ev), "meV", how, level)
