"""Points of heat against photon energy: their check, the columns of the fit, their noise, whether they bend."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from antistokes.errors import DataError
from antistokes.estimate import quantile
from antistokes.units import FloatArray

Per = Literal["photon", "energy"]
_LOWEST_EV, _HIGHEST_EV = 0.1, 10.0  # what is taken for a photon energy: 12.4 um to 124 nm


class Heat(NamedTuple):
    """What is fitted, shape (n,): heat over absorbed photons or energy, its sd (ones where only scatter tells)."""

    energy_ev: FloatArray
    heat: FloatArray
    sd: FloatArray
    stated: bool
    absorption_per_cm: FloatArray | None
    per: Per

    def columns(self, background_per_cm: ArrayLike) -> FloatArray:
        """Columns whose coefficients are K and K E_0, E_0 = eta E_f, in standard deviations, shape (..., n, 2)."""
        share = np.ones_like(self.energy_ev)
        if self.absorption_per_cm is not None:
            share = self.absorption_per_cm / (self.absorption_per_cm + np.asarray(background_per_cm)[..., np.newaxis])
        both = np.stack(np.broadcast_arrays(self.energy_ev, -share), axis=-1)
        return np.asarray(both / (self._unit * self.sd)[:, np.newaxis])

    def slopes(self, scale: float, zero_ev: float, background_per_cm: float) -> FloatArray:
        """Derivatives of the model in standard deviations by K, E_0 and the background, shape (n, 3)."""
        of_scale, of_product = self.columns(background_per_cm).T
        absorption = np.asarray(self.absorption_per_cm)
        fading = -of_product / (absorption + background_per_cm)
        return np.stack([of_scale + zero_ev * of_product, scale * of_product, scale * zero_ev * fading], axis=1)

    @property
    def _unit(self) -> FloatArray:
        """What makes heat per photon out of heat in the unit given."""
        return self.energy_ev if self.per == "energy" else np.ones_like(self.energy_ev)

    @property
    def bent(self) -> FloatArray:
        """A column that is quadratic in energy, in standard deviations, shape (n,)."""
        return np.asarray((self.energy_ev - self.energy_ev.mean()) ** 2 / (self._unit * self.sd))


class Noise(NamedTuple):
    """Factor on the sd, quantiles of two-sided and one-sided intervals, and where they come from."""

    factor: float
    times: float
    one_sided: float
    how: str


def checked(
    energy_ev: ArrayLike, heat: ArrayLike, heat_sd: ArrayLike | None, absorption_per_cm: ArrayLike | None, per: Per
) -> Heat:
    """Return the points as arrays, or raise and say what is wrong with them."""
    if per not in ("photon", "energy"):
        raise ValueError(f"per must be 'photon' or 'energy', got {per!r}.")
    energy, signal = np.asarray(energy_ev, dtype=float), np.asarray(heat, dtype=float)
    sd = np.ones_like(signal) if heat_sd is None else np.broadcast_to(np.asarray(heat_sd, dtype=float), signal.shape)
    absorption = None if absorption_per_cm is None else np.asarray(absorption_per_cm, dtype=float)
    everything = [energy, signal, sd] if absorption is None else [energy, signal, sd, absorption]
    if energy.ndim != 1 or any(v.shape != energy.shape or not np.isfinite(v).all() for v in everything):
        raise DataError("heat: expected one finite value of each per photon energy, all of one length.")
    parameters = 2 if absorption is None else 3
    least = parameters + (heat_sd is None)
    if np.unique(energy).size < least:
        raise DataError(
            f"heat: {np.unique(energy).size} photon energies; expected at least {least}. Measure at more wavelengths"
            f"{', or state heat_sd' if heat_sd is None else ''}."
        )
    refuse_energies(energy, "excitation of the heat")
    if sd.min() <= 0:
        raise DataError(f"heat: sd must be above 0, found {sd.min():g}.")
    if not signal.any():
        raise DataError("heat: it is zero at every photon energy; expected a signal.")
    if absorption is not None and absorption.min() <= 0:
        raise DataError(
            f"absorption_per_cm must be above 0, found {absorption.min():.3g} at {energy[absorption.argmin()]:.4f} eV. "
            "Leave out what is not clear of its noise: absorption that is negative makes crossings of its own."
        )
    return Heat(energy, signal, sd, heat_sd is not None, absorption, per)


def refuse_energies(energy_ev: FloatArray, name: str) -> None:
    """Raise where numbers are no photon energies of light from the far infrared to the vacuum ultraviolet."""
    if not np.all((energy_ev >= _LOWEST_EV) & (energy_ev <= _HIGHEST_EV)):
        raise DataError(
            f"{name}: expected photon energies from {_LOWEST_EV:g} to {_HIGHEST_EV:g} eV, found "
            f"{np.min(energy_ev):.4g} to {np.max(energy_ev):.4g} eV. Nanometres for electronvolts, or the reverse?"
        )


def noise_of(given: Heat, chi2: float, freedom: int, level: float) -> Noise:
    """Return how far to trust the sd of the points."""
    ratio = chi2 / freedom if freedom else 1.0
    scattered = not given.stated or ratio > 1
    degrees = freedom if scattered else math.inf
    said = "sd of the points"
    if scattered:
        origin = f"sd of the points times {ratio**0.5:.2g}, as they scatter" if given.stated else "scatter"
        said = f"{origin}, Student's t of {freedom}"
    least = 1e-10 * float(np.max(np.abs(given.heat / given.sd)))  # points without any scatter are not known exactly
    return Noise(
        max(ratio**0.5, least) if scattered else 1.0, quantile(0.5 + level / 2, degrees), quantile(level, degrees), said
    )


def bend(columns: FloatArray, residual: FloatArray, given: Heat) -> float:
    """Return the p-value of one more column, by the fall of chi-square over what is left of it."""
    freedom = residual.size - columns.shape[1] - 1
    if freedom < 1:
        return math.nan
    more = np.column_stack([columns, given.bent])
    rest = residual - more @ np.linalg.lstsq(more, residual, rcond=None)[0]
    left, fall = float(rest @ rest), float(residual @ residual - rest @ rest)
    per_degree = max(left / freedom, 1.0 if given.stated else 0.0, 1e-300)
    return float(fdtrc(1, freedom, max(fall, 0.0) / per_degree))
