"""The response of an instrument that came as factors: counts times factor is light."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import xarray as xr

from antistokes import data, units
from antistokes.analysis.calibration import DENSE_NM, Calibration
from antistokes.analysis.gaps import gaps
from antistokes.errors import DataError
from antistokes.estimate import Estimate
from antistokes.units import FloatArray

EXACT = 1e-5  # largest relative error by which a curve that is dense enough departs from straight lines between nodes


def response_from_factors(
    factors: xr.Dataset,
    *,
    gives: Literal["power_per_nm", "photons_per_nm"],
    relative_sd: float = 0.0,
    correlation_nm: float = 0.0,
) -> Calibration:
    r"""Response of a spectrometer from factors that turn its counts into light.

    .. math:: R(\lambda)\propto\frac{1}{f(\lambda)}\ \text{(photons)},\quad\frac{E(\lambda)}{f(\lambda)}\ \text{(power)}

    with the photon energy E, and f on a straight line between its nodes. A :class:`Calibration` goes on straight lines
    of the logarithm, so f is sampled densely enough for both to agree within 1e-5. Factors that are not above zero are
    left out, with a warning where they lie between others: a band that reaches beyond them is an error.

    Parameters
    ----------
    factors : xarray.Dataset
        Factors along wavelength, two or more, which declare no quantity; a column of uncertainties is one of each node.
    gives : {"power_per_nm", "photons_per_nm"}
        What counts times factor are; files do not say it and it has to be known.
    relative_sd : float
        Relative standard uncertainty of each factor, instead of a column [1].
    correlation_nm : float
        Over how many nm the errors of the factors hang together: those of two nodes correlate as
        :math:`e^{-|\Delta\lambda|/\ell}` (assumed); 0 is an error of its own for each node [nm].

    Returns
    -------
    Calibration
        For :func:`absolute_yield` and :func:`correct_response`.

    Raises
    ------
    DataError
        The factors lie along no wavelength, declare a quantity, or fewer than two are above zero.
    ValueError
        ``gives``, ``relative_sd`` or ``correlation_nm`` is none of what is allowed.
    """
    if gives not in ("power_per_nm", "photons_per_nm"):
        raise ValueError(f"gives must be 'power_per_nm' or 'photons_per_nm', got {gives!r}.")
    if not (0 <= relative_sd < 1 and 0 <= correlation_nm < np.inf):
        raise ValueError(
            f"relative_sd must be from 0 to less than 1 (not in per cent) and correlation_nm finite and not negative, "
            f"got {relative_sd!r} and {correlation_nm!r}."
        )
    nodes, factor, node_sd, medium, warnings = _nodes(data.check(factors), relative_sd)
    name = data.label(factors)
    grid, share = _dense(nodes, factor)
    dense = share @ factor
    response = 1 / dense
    if gives == "power_per_nm":
        response = response * units.energy_from_wavelength(grid, medium)
    modes = np.empty((0, grid.size))
    if node_sd.any():
        root = np.eye(nodes.size)
        if correlation_nm:
            root = np.linalg.cholesky(np.exp(-np.abs(nodes[:, None] - nodes) / correlation_nm))
        modes = (share @ ((factor * node_sd)[:, None] * root) / dense[:, None]).T
        step = float(np.median(np.diff(nodes)))
        if not correlation_nm and step < DENSE_NM:
            warnings.append(
                f"{name}: its factors lie closer than {DENSE_NM:g} nm; each is carried as an error of its own, though "
                "neighbours surely share theirs. State correlation_nm."
            )
    else:
        warnings.append(f"{name} states no uncertainty: none is carried. State relative_sd where it is known.")
    curves = xr.Dataset(
        {
            "response": ("wavelength", response / response.max(), {"units": "1"}),
            "response_sd": ("wavelength", np.zeros(grid.size), {"units": "1"}),
            "response_modes": (("mode", "wavelength"), modes, {"units": "1"}),
        },
        {"wavelength": ("wavelength", grid, {"units": "nm"})},
    )
    shared, typical = 100 * np.sqrt(np.sum(modes**2, axis=0)), "median over its samples, 1 s.d."
    return Calibration(
        lamp=name,
        medium=medium,
        range_nm=(float(grid[0]), float(grid[-1])),
        lowest_nm=Estimate(float(grid[0]), unit="nm", how=f"of the factors {name}"),
        highest_nm=Estimate(float(grid[-1]), unit="nm"),
        weakest=Estimate(100 * float(response.min() / response.max()), unit="%", how="of its maximum"),
        lamp_noise=Estimate(0.0, unit="%", how="in the uncertainty of the factors"),
        light_uncertainty=Estimate(float(np.median(shared)), unit="%", how=typical),
        largest_uncertainty=Estimate(float(shared.max()), unit="%", how="1 s.d. of the response"),
        curves=curves,
        warnings=tuple(warnings),
    )


def _nodes(
    factors: xr.Dataset, relative_sd: float
) -> tuple[FloatArray, FloatArray, FloatArray, units.Medium, list[str]]:
    """Return wavelengths, factors above zero, their relative sd, the medium, and what was left out."""
    name = data.label(factors)
    if data.spectral_axis(factors) != "wavelength":
        raise DataError(f"{name}: factors must lie along wavelength, found energy.")
    if "quantity" in factors.attrs:
        raise DataError(
            f"{name}: factors have no quantity, but this declares {factors.attrs['quantity']!r}. Is it a spectrum?"
        )
    wavelength, _, medium = data.wavelength_and_energy(factors)
    value = np.asarray(factors["signal"].values, dtype=float)
    there = value > 0  # NaN is none
    if there.sum() < 2:
        raise DataError(f"{name}: expected at least two factors above zero, found {there.sum()} of {value.size}.")
    node_sd = np.full(value.size, float(relative_sd))
    if not relative_sd and "signal_sd" in factors:
        node_sd[there] = np.asarray(factors["signal_sd"].values, dtype=float)[there] / value[there]
    warnings = []
    kept = wavelength[there]
    within = wavelength[~there & (wavelength > kept[0]) & (wavelength < kept[-1])]  # beyond, the range says it
    if within.size:
        left_out = ", ".join(f"{x:g}" for x in within[:5])
        more = f" and {within.size - 5} more" if within.size > 5 else ""
        warnings.append(
            f"{name}: factors at {left_out} nm{more} are not above zero and are left out; the response is known over "
            f"{kept[0]:g}-{kept[-1]:g} nm."
        )
    wide = gaps(kept)
    missing = [
        f"{low:g} and {high:g} nm"
        for i, (low, high) in enumerate(pairwise(kept))
        if i in wide or np.any((wavelength[~there] > low) & (wavelength[~there] < high))
    ]
    if missing:
        warnings.append(f"{name}: no factors between {', '.join(missing)}, which straight lines bridge.")
    return kept, value[there], node_sd[there], medium, warnings


def _dense(nodes: FloatArray, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a grid on which straight lines of the logarithm follow those of f, and the nodes' shares in it.

    Between two samples they differ by at most an eighth of (step of ln f)^2 + (step of ln wavelength)^2, the latter for
    the photon energy that makes power photons: so f goes in equal steps of its logarithm.
    """
    parts = []
    for (a, b), (low, high) in zip(pairwise(nodes), pairwise(factor), strict=True):
        log = float(np.log(high / low))
        count = int(np.ceil((abs(log) + (b - a) / a * max(1.0, abs(log) + 1)) / (8 * EXACT) ** 0.5))
        at = np.arange(count) / count
        parts.append(a + (b - a) * (np.expm1(log * at) / np.expm1(log) if abs(log) > 1e-6 else at))
    grid = np.concatenate([*parts, nodes[-1:]])
    share = np.array([np.interp(grid, nodes, row) for row in np.eye(nodes.size)]).T
    return grid, share
