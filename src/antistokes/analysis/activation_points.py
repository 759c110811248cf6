"""From the spectra of a temperature series to ratios below the maximum, with all that they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data, units
from antistokes.analysis.bands import Band, absorption_band, red_of_saturation
from antistokes.analysis.edge import Edge, measure_edge
from antistokes.analysis.line import fit_line, slope_estimate
from antistokes.analysis.series import Step
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.units import FloatArray, thermal_energy_ev

FEWEST_TO_STRAY = 5  # maxima
STRAY_MEV, STRAY_SD = 5.0, 5.0  # off the line of the others, and in their scatter about it; assumed


class Points(NamedTuple):
    """Ratios of a series: temperatures (n,) [K], energies below the maximum (m,) [meV], ln r and its covariance.

    ``log_ratio`` is of shape (n, m), NaN where it is not resolved; ``covariance``, at each temperature, (n, m, m);
    ``per_offset`` is what an offset of absorbance of 1, common to all spectra, makes of ln r, (n, m) [1], and
    ``offset_sd`` the standard uncertainty of that offset.
    """

    temperature_k: FloatArray
    below_mev: FloatArray
    log_ratio: FloatArray
    covariance: FloatArray
    per_offset: FloatArray | None = None
    offset_sd: float = 0.0

    def at(self, depths: NDArray[np.bool_]) -> Points:
        """Return the ratios at some of the depths."""
        per_offset = None if self.per_offset is None else self.per_offset[:, depths]
        covariance = self.covariance[:, depths][:, :, depths]
        return self._replace(
            below_mev=self.below_mev[depths],
            log_ratio=self.log_ratio[:, depths],
            covariance=covariance,
            per_offset=per_offset,
        )

    @property
    def shared(self) -> FloatArray:
        """What the common offset, one standard uncertainty of it, makes of ln r, shape (n, m)."""
        return np.zeros(self.log_ratio.shape) if self.per_offset is None else self.offset_sd * self.per_offset

    @property
    def per_mev(self) -> FloatArray:
        """Inverse thermal energy at each temperature, shape (n,) [1/meV]."""
        return np.asarray(1e-3 / thermal_energy_ev(self.temperature_k))


def measured_edges(
    found: Sequence[Step], below: FloatArray, near_nm: float | None, baseline_sd: float
) -> tuple[list[tuple[Step, Edge]], list[str]]:
    """Return the edge of every spectrum that has one, and words about the others."""
    measured: list[tuple[Step, Edge]] = []
    warnings: list[str] = []
    for step in found:
        try:
            spectrum, cut = red_of_saturation(step.spectrum)
            warnings += cut
            band = _with_baseline(absorption_band(spectrum), spectrum, baseline_sd)
            near = None if near_nm is None else float(units.energy_from_wavelength(near_nm, band.medium))
            measured.append((step, measure_edge(band, below, near)))
        except DataError as error:
            warnings.append(f"{step.name} is left out: {error}")
            continue
        warnings += [w for w in band.warnings if w not in warnings]
    if len(measured) < 2:
        raise DataError("fewer than two spectra of the series have a first maximum. " + " ".join(warnings))
    return measured, warnings


def _with_baseline(band: Band, spectrum: xr.Dataset, baseline_sd: float) -> Band:
    """Return the band with an error of its baseline that all samples share."""
    if baseline_sd == 0:
        return band
    scale = _per_absorbance(band, spectrum)
    if scale is None or baseline_sd < 0:
        raise ValueError(f"{band.name}: baselines are 0 or more, and those of an absorbance.")
    return band._replace(modes=np.concatenate([band.modes, np.full((1, band.value.size), baseline_sd * scale)]))


def _per_absorbance(band: Band, spectrum: xr.Dataset) -> float | None:
    """Return how much of the band's unit an absorbance of 1 is; None where the spectrum is none of absorbance."""
    if spectrum.attrs["quantity"] != "absorbance":
        return None
    return float(np.max(band.value) / np.max(spectrum["signal"].values))


def ratios(measured: Sequence[tuple[Step, Edge]], below: FloatArray, offset_sd: float = 0.0) -> Points:
    """Return the ratios of all steps, their covariance, and what an offset common to all spectra makes of them."""
    covariance = np.array([edge.covariance[2:, 2:] for _, edge in measured])
    least = 1e-12 * np.eye(below.size)  # spectra without noise have some all the same
    log_ratio = np.array([edge.log_ratio for _, edge in measured])
    height = np.array([_absorbance(step, edge) for step, edge in measured])[:, None]
    per_offset = (np.exp(-log_ratio) - 1) / height if np.all(height > 0) else None
    if offset_sd and per_offset is None:
        raise ValueError("common_baseline_sd is that of absorbance: all spectra of the series have to be such.")
    t = np.array([step.temperature_k for step, _ in measured])
    return Points(t, below, log_ratio, covariance + least, per_offset, offset_sd)


def _absorbance(step: Step, edge: Edge) -> float:
    """Return the absorbance at the maximum, 0 where the spectrum is none of absorbance."""
    if step.spectrum.attrs["quantity"] != "absorbance":
        return 0.0
    energy = data.wavelength_and_energy(step.spectrum)[1]
    return float(step.spectrum["signal"].values[int(np.argmin(np.abs(energy - edge.peak_ev)))])


def strays(found: Sequence[tuple[Step, float]]) -> tuple[str, ...]:
    """Return words about maxima that lie off the straight line through all others: another maximum was taken there."""
    t, peak = np.array([step.temperature_k for step, _ in found]), np.array([1e3 * e for _, e in found])
    out = []
    for i, (step, _) in enumerate(found):
        rest = np.arange(t.size) != i
        if t.size < FEWEST_TO_STRAY or not np.ptp(t[rest]) > 0:
            continue
        line = fit_line(t[rest], peak[rest], np.ones(t.size - 1))
        off = float(abs(peak[i] - line.at(t[i : i + 1])[0]))
        if off > STRAY_MEV and off > STRAY_SD * line.scatter:
            out.append(
                f"{step.name}: its first maximum lies {off:.1f} meV off the line of the others. A shoulder, or another "
                "state? near_nm says which maximum is meant."
            )
    return tuple(out)


def with_temperature_sd(points: Points, temperature_sd_k: float) -> Points:
    """Return points whose covariance holds the errors of the thermometer: all depths of a step move together."""
    if temperature_sd_k == 0:
        return points
    if not 0 < temperature_sd_k < math.inf:
        raise ValueError(f"temperature_sd_k must be 0 or more, got {temperature_sd_k!r}.")
    energy = np.array([apparent(points, j, 0.95).value for j in range(points.below_mev.size)])
    moved = np.outer(points.per_mev / points.temperature_k * temperature_sd_k, energy)
    return points._replace(covariance=points.covariance + moved[:, :, None] * moved[:, None, :])


def apparent(points: Points, j: int, level: float) -> Estimate:
    """Return the apparent energy at one depth, minus the slope of ln r over 1/kT [meV]."""
    known = np.isfinite(points.log_ratio[:, j])
    y, sd = points.log_ratio[known, j], np.sqrt(points.covariance[known, j, j])
    x, how = -points.per_mev[known], "weighted line through ln of the ratio over 1/kT"
    found = slope_estimate(x, y, sd, "meV", how, level)
    common = abs(fit_line(x, points.shared[known, j], 1 / sd**2).slope)
    if common == 0:
        return found
    widened = math.hypot(found.sd, common) / found.sd
    low, high = (found.value + widened * (end - found.value) for end in (found.low, found.high))
    return replace(found, sd=widened * found.sd, low=low, high=high, how=f"{found.how}; with the common baseline")


def by_offset(points: Points, offset: float) -> FloatArray:
    """Return by how much an offset of absorbance common to all spectra would move each apparent energy [meV]."""
    if points.per_offset is None:
        return np.zeros(points.below_mev.size)
    moved = []
    for j in range(points.below_mev.size):
        known = np.isfinite(points.log_ratio[:, j])
        weight = 1 / points.covariance[known, j, j]
        moved.append(fit_line(-points.per_mev[known], offset * points.per_offset[known, j], weight).slope)
    return np.array(moved)
