r"""A temperature stage and a power wheel: series of measurements of one sample on one scale of light.

At each step of the stage the sample has a temperature T, with which E_00 moves (Varshni) and the line shape changes;
coupling and inhomogeneity stay. The solvent expands, and the concentration falls with its density; its index falls too,
and a detector behind a plane face sees more: its cone is 1/n^2 of that solid angle inside. With F photons of the
excitation, the same at every step, and L given off for each (:mod:`antistokes.lab.counterfeits`),

.. math:: N(\lambda) = F\,\frac{n(T_0)^2}{n(T)^2}\,L(\lambda; T, c),\qquad c = c_0\rho(T)/\rho(T_0)

so that the integral of N over absorptance is the yield, but for the index. T_0 is the temperature of the sample as it
is given. Derived here; the numbers of the solvent and of Varshni are those of :mod:`antistokes.materials`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from antistokes import data, materials, units
from antistokes.lab.counterfeits import (
    ALIKE_EV,
    Counterfeit,
    Source,
    as_counterfeit,
    at_temperature,
    emitted_per_nm,
    heated,
)
from antistokes.lab.optics import where_emitted_nm
from antistokes.lab.sample import EMITTED_EV, emission_after
from antistokes.lab.spectra import measure_absorption
from antistokes.materials.solvent import density_ratio, index_ratio
from antistokes.units import Medium

__all__ = ["Stage", "emission_series", "power_series", "temperature_series"]

ABSORPTION_NM = np.arange(480.0, 720.5, 1.0)
EMISSION_NM = np.arange(540.0, 760.5, 1.0)


class Stage(NamedTuple):
    """What a temperature stage does to a sample, besides warming it; all but the solvent is an untruth to be found.

    The thermometer errs by ``thermometer_sd_k`` from step to step. The sample is ``lag_k`` colder than the stage while
    it heats and warmer while it cools. At each step a share ``bleached_per_step`` of the dots that are left neither
    absorbs nor emits any more. ``solvent`` and ``core`` are names of materials; without a solvent nothing expands.
    ``cools`` says whether a branch of cooling follows, over the same temperatures from the top.
    """

    thermometer_sd_k: float = 0.0
    lag_k: float = 0.0
    bleached_per_step: float = 0.0
    solvent: str | None = "toluene"
    core: str = "cdse"
    cools: bool = True


STAGE = Stage()


def temperature_series(
    source: Source,
    temperatures_k: ArrayLike,
    rng: np.random.Generator,
    *,
    stage: Stage = STAGE,
    wavelength_nm: ArrayLike = ABSORPTION_NM,
    concentration: float = 1.0,
    **instrument: Any,
) -> list[xr.Dataset]:
    """Measure absorption at each temperature of a stage, heating and then cooling.

    Parameters
    ----------
    source : Sample or Counterfeit
        What is in the cuvette, as it is at its own temperature.
    temperatures_k : array_like
        Settings of the stage, ascending [K].
    rng : numpy.random.Generator
        Source of noise.
    stage : Stage
        What the stage does.
    wavelength_nm : array_like
        Where to measure, shape (n,) [nm].
    concentration : float
        Factor on the sample's absorption coefficient, at its own temperature [1].
    **instrument
        Of :func:`antistokes.lab.spectra.measure_absorption`.

    Returns
    -------
    list of xarray.Dataset
        One a step; ``temperature_k`` as the thermometer reads it, ``branch`` "heating" or "cooling".
    """
    series = []
    for step in _steps(source, temperatures_k, rng, stage):
        ds = measure_absorption(step.source, wavelength_nm, rng, concentration=concentration * step.dense, **instrument)
        series.append(data.with_attrs(ds, temperature_k=step.read_k, branch=step.branch))
    return series


def emission_series(
    source: Source,
    temperatures_k: ArrayLike,
    rng: np.random.Generator,
    *,
    excitation_nm: float | None = None,
    detuning_mev: float | None = None,
    stage: Stage = STAGE,
    wavelength_nm: ArrayLike = EMISSION_NM,
    power_w: float = 1e-3,
    photons_per_w: float = 1e12,
    read_photons: float = 10.0,
    quantum_yield: float | Callable[[float], float] = 1.0,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    medium: Medium = "air",
) -> list[xr.Dataset]:
    """Measure emission at each temperature of a stage, all of it on one scale, heating and then cooling.

    Parameters
    ----------
    source : Sample or Counterfeit
        What is in the cuvette, as it is at its own temperature.
    temperatures_k : array_like
        Settings of the stage, ascending [K].
    rng : numpy.random.Generator
        Source of noise.
    excitation_nm : float, optional
        Excitation of all steps; either this or ``detuning_mev`` [nm].
    detuning_mev : float, optional
        Energy of the excitation below the mean energy of the emission at each temperature, negative for above [meV].
    stage : Stage
        What the stage does.
    wavelength_nm : array_like
        Where to measure, shape (n,) [nm].
    power_w : float
        Power at the sample's own temperature; where the excitation moves, the photons stay and the power does not [W].
    photons_per_w : float
        Photons that would be counted for each watt were every one absorbed and emitted again [1/W].
    read_photons : float
        Read noise, standard deviation [photons/nm].
    quantum_yield : float or callable
        Photons emitted for each one that dots absorb, or that over temperature in K [1].
    path_cm, concentration : float
        Path length [cm] and factor on the absorption coefficient at the sample's own temperature [1].
    medium : {"air", "vacuum"}
        Medium of the wavelengths.

    Returns
    -------
    list of xarray.Dataset
        Photons per nm, response corrected; attributes as of :func:`temperature_series`, and the excitation's.
    """
    wavelength, series = np.asarray(wavelength_nm, dtype=float), []
    first_nm = _excitation_nm(source, excitation_nm, detuning_mev, medium)
    for step in _steps(source, temperatures_k, rng, stage):
        at_nm = _excitation_nm(step.source, excitation_nm, detuning_mev, medium)
        watts, dense = power_w * first_nm / at_nm, concentration * step.dense
        hot = heated(step.source, at_nm, watts, path_cm, dense, medium)
        q = quantum_yield(step.source.temperature_k) if callable(quantum_yield) else quantum_yield
        size: Any = {"path_cm": path_cm, "concentration": dense}
        light = emitted_per_nm(hot, wavelength, [at_nm], power_w=watts, quantum_yield=q, medium=medium, **size)[0]
        mean = power_w * photons_per_w * step.seen * light
        ds = data.build(
            "wavelength",
            wavelength,
            rng.poisson(mean) + read_photons * rng.standard_normal(mean.size),
            kind="emission",
            quantity="photons_per_nm",
            medium=medium,
            temperature_k=step.read_k,
            branch=step.branch,
            excitation_nm=at_nm,
            power_w=watts,
            geometry="front-face",
            instrument="virtual spectrofluorometer",
        )
        series.append(ds)
    return series


def power_series(
    source: Source,
    powers_w: ArrayLike,
    excitation_nm: float,
    rng: np.random.Generator,
    *,
    photons_per_w: float = 1e10,
    power_sd_relative: float = 0.0,
    background_counts: float = 0.0,
    saturation_w: float = np.inf,
    path_cm: float = 1.0,
    concentration: float = 1.0,
    quantum_yield: float = 1.0,
    medium: Medium = "air",
) -> xr.Dataset:
    r"""Measure all of the emission at each position of a power wheel.

    .. math:: N = \mathrm{Poisson}\left[\frac{f P}{1+P/P_s}\int L(\lambda; P)\,d\lambda + B\right],\qquad
              P_\mathrm{read} = P\,e^{\delta}

    Parameters
    ----------
    source : Sample or Counterfeit
        What emits.
    powers_w : array_like
        True powers P, shape (n,) [W].
    excitation_nm : float
        The laser [nm].
    rng : numpy.random.Generator
        Source of noise.
    photons_per_w : float
        Photons f that would be counted for each watt were every one absorbed and emitted again [1/W].
    power_sd_relative : float
        Standard deviation of delta, the relative error of each reading of the power [1].
    background_counts : float
        Mean B of counts without light, which the signal contains; the attribute ``background`` says it [1].
    saturation_w : float
        Power P_s at which the signal is half of what it would be [W].
    path_cm, concentration, quantum_yield : float
        Path length [cm], factor on the absorption coefficient, photons per photon absorbed by dots [1].
    medium : {"air", "vacuum"}
        Medium of ``excitation_nm``.

    Returns
    -------
    xarray.Dataset
        Counts over the power that was read, with the standard deviation of a Poisson count.
    """
    powers = np.asarray(powers_w, dtype=float)
    size: Any = {"path_cm": path_cm, "concentration": concentration}
    exciting: Any = {"quantum_yield": quantum_yield, "medium": medium}

    def photons(power_w: float) -> float:
        hot = heated(source, excitation_nm, power_w, medium=medium, **size)
        nm = where_emitted_nm(hot, medium)
        light = emitted_per_nm(hot, nm, [excitation_nm], power_w=power_w, **size, **exciting)[0]
        return float(photons_per_w * power_w / (1 + power_w / saturation_w) * np.trapezoid(light, nm))

    counts = rng.poisson([photons(float(power)) + background_counts for power in powers])
    return data.build(
        "power",
        powers * np.exp(power_sd_relative * rng.standard_normal(powers.size)),
        counts,
        kind="power_series",
        quantity="counts",
        excitation_nm=float(excitation_nm),
        power_sd_relative=power_sd_relative or None,
        background=background_counts or None,
        temperature_k=source.temperature_k,
        medium=medium,
        instrument="virtual power wheel",
    )


class _Step(NamedTuple):
    """One step: the sample at its temperature, what the thermometer reads, branch, concentration and light relative."""

    source: Counterfeit
    read_k: float
    branch: str
    dense: float
    seen: float


def _steps(source: Source, temperatures_k: ArrayLike, rng: np.random.Generator, stage: Stage) -> Iterator[_Step]:
    up = [float(t) for t in np.atleast_1d(np.asarray(temperatures_k, dtype=float))]
    branches = [("heating", t, t - stage.lag_k) for t in up]
    if stage.cools:
        branches += [("cooling", t, t + stage.lag_k) for t in reversed(up)]
    for i, (branch, set_k, true_k) in enumerate(branches):
        dense, seen = (1.0, 1.0) if stage.solvent is None else _expanded(stage.solvent, true_k, source.temperature_k)
        left = dense * (1 - stage.bleached_per_step) ** i
        read = set_k + stage.thermometer_sd_k * float(rng.standard_normal())
        yield _Step(at_temperature(source, true_k, stage.core), read, branch, left, seen)


def _expanded(solvent: str, temperature_k: float, reference_k: float) -> tuple[float, float]:
    """Return concentration and collected light relative to those at another temperature."""
    of = materials.load(solvent)
    index = float(index_ratio(of, temperature_k, reference_k).value)
    return float(density_ratio(of, temperature_k, reference_k).value), index**-2


def _excitation_nm(source: Source, excitation_nm: float | None, detuning_mev: float | None, medium: Medium) -> float:
    """Return the excitation at a temperature, fixed or below the mean energy of what dots excited alike emit."""
    if (excitation_nm is None) == (detuning_mev is None):
        raise ValueError(f"either excitation_nm or detuning_mev, found {excitation_nm!r} and {detuning_mev!r}")
    if excitation_nm is not None:
        return float(excitation_nm)
    assert detuning_mev is not None
    sample = as_counterfeit(source).sample
    energy = sample.e00_ev + np.linspace(-EMITTED_EV, EMITTED_EV, 1001)
    mean = float(np.trapezoid(energy * emission_after(sample, energy, [ALIKE_EV])[0], energy))
    return float(units.wavelength_from_energy(mean - detuning_mev / 1e3, medium))
