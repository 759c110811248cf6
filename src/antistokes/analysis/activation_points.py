"""From the spectra of a temperature series to ratios below the maximum, with all that they share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import units
from antistokes.analysis.bands import Band, absorption_band, red_of_saturation
from antistokes.analysis.edge import Edge, measure_edge
from antistokes.analysis.line import slope_estimate
from antistokes.analysis.series import Step
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.units import FloatArray, thermal_energy_ev


class Points(NamedTuple):
    """Ratios of a series: temperatures (n,) [K], energies below the maximum (m,) [meV], ln r and its covariance.

    ``log_ratio`` is of shape (n, m), NaN where it is not resolved; ``covariance``, at each temperature, (n, m, m).
    """

    temperature_k: FloatArray
    below_mev: FloatArray
    log_ratio: FloatArray
    covariance: FloatArray

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
    if spectrum.attrs["quantity"] != "absorbance" or baseline_sd < 0:
        raise DataError(f"{band.name}: baseline_sd is 0 or more, and that of an absorbance.")
    scale = float(np.max(band.value) / np.max(spectrum["signal"].values))  # from absorbance to what the band holds
    return band._replace(modes=np.concatenate([band.modes, np.full((1, band.value.size), baseline_sd * scale)]))


def ratios(measured: Sequence[tuple[Step, Edge]], below: FloatArray) -> Points:
    """Return the ratios of all steps and their covariance."""
    covariance = np.array([edge.covariance[2:, 2:] for _, edge in measured])
    least = 1e-12 * np.eye(below.size)  # spectra without noise have some all the same
    log_ratio = np.array([edge.log_ratio for _, edge in measured])
    return Points(np.array([step.temperature_k for step, _ in measured]), below, log_ratio, covariance + least)


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
    return slope_estimate(
        -points.per_mev[known], y, sd, "meV", "weighted line through ln of the ratio over 1/kT", level
    )
