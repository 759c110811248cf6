"""A solvent over temperature: its refractive index and its density, and how each changes from one temperature on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.materials import SODIUM_D_NM
from antistokes.materials.form import Material, Number
from antistokes.materials.formulas import FloatArray
from antistokes.materials.optics import refractive_index

INDEX_K = 293.15  # of the dispersion formulas of liquids, 20-22 °C; 2 K move a ratio of indices by less than 5e-5
DENSITY_K = 298.15  # of the densities
RANGE_K = (273.15, 373.15)  # assumed: where straight lines through room temperature serve


class Known(NamedTuple):
    """A quantity over temperature, and the error it has at each for one standard deviation of what it rests on.

    The errors of all temperatures are one, of either sign: they rise and fall together.
    """

    value: FloatArray
    error: FloatArray


def index(of: Material, temperature_k: ArrayLike, wavelength_nm: float = SODIUM_D_NM) -> FloatArray:
    r"""Refractive index of a liquid at a temperature.

    .. math:: n(T) = n(T_n) + \frac{dn}{dT}(T-T_n),\qquad T_n = 293.15\,\mathrm{K}

    Parameters
    ----------
    of : Material
        A liquid with a dispersion formula and a thermo-optic coefficient, such as toluene.
    temperature_k : array_like
        Temperatures, 273.15 to 373.15 [K].
    wavelength_nm : float
        Wavelength of the light [nm].

    Returns
    -------
    ndarray
        Index, shape of the temperatures [1].

    Raises
    ------
    ValueError
        Outside the ranges, or for a material without these numbers.

    References
    ----------
    Straight line; the thermo-optic coefficient is taken as that of all wavelengths (assumed).
    """
    change = _checked(temperature_k, of) - INDEX_K
    return np.asarray(refractive_index(of, wavelength_nm) + _number(of, "thermo_optic_coefficient").value * change)


def index_ratio(
    of: Material, temperature_k: ArrayLike, reference_k: float, wavelength_nm: float = SODIUM_D_NM
) -> Known:
    """Refractive index relative to that at another temperature, n(T)/n(T0), with the error of dn/dT.

    Parameters
    ----------
    of : Material
        A liquid with a dispersion formula and a thermo-optic coefficient.
    temperature_k : array_like
        Temperatures, 273.15 to 373.15 [K].
    reference_k : float
        Temperature of the ratio 1 [K].
    wavelength_nm : float
        Wavelength of the light [nm].

    Returns
    -------
    Known
        Ratio and its error for one standard deviation of the coefficient [1].
    """
    n, n0 = index(of, temperature_k, wavelength_nm), float(index(of, reference_k, wavelength_nm))
    slope, change = _number(of, "thermo_optic_coefficient"), np.asarray(temperature_k, dtype=float) - reference_k
    return Known(n / n0, slope.uncertainty * change / n0)  # what the slope does to n(T0) itself is of second order


def density(of: Material, temperature_k: ArrayLike) -> FloatArray:
    r"""Density of a liquid at a temperature.

    .. math:: \rho(T) = \rho(T_\rho)\,[1-\beta\,(T-T_\rho)],\qquad T_\rho = 298.15\,\mathrm{K}

    Parameters
    ----------
    of : Material
        A liquid with a density and a volumetric expansion, such as toluene.
    temperature_k : array_like
        Temperatures, 273.15 to 373.15 [K].

    Returns
    -------
    ndarray
        Density, shape of the temperatures [kg/m^3].

    Raises
    ------
    ValueError
        Outside the range, or for a material without these numbers.

    References
    ----------
    Straight line: the density of liquids far from their critical point falls nearly so, while the expansion
    coefficient itself rises with temperature.
    """
    change = _checked(temperature_k, of) - DENSITY_K
    return np.asarray(_number(of, "density").value * (1 - _number(of, "thermal_expansion_volumetric").value * change))


def density_ratio(of: Material, temperature_k: ArrayLike, reference_k: float) -> Known:
    """Density relative to that at another temperature, which is also the ratio of concentrations of what is dissolved.

    Parameters
    ----------
    of : Material
        A liquid with a density and a volumetric expansion.
    temperature_k : array_like
        Temperatures, 273.15 to 373.15 [K].
    reference_k : float
        Temperature of the ratio 1 [K].

    Returns
    -------
    Known
        Ratio and its error for one standard deviation of the expansion coefficient [1].
    """
    rho, rho0 = density(of, temperature_k), float(density(of, reference_k))
    change = np.asarray(temperature_k, dtype=float) - reference_k
    scale = _number(of, "density").value / rho0
    return Known(rho / rho0, -scale * _number(of, "thermal_expansion_volumetric").uncertainty * change)


def _checked(temperature_k: ArrayLike, of: Material) -> FloatArray:
    t = np.asarray(temperature_k, dtype=float)
    outside = ~((t >= RANGE_K[0]) & (t <= RANGE_K[1]))
    if outside.any():
        raise ValueError(
            f"Index and density of {of.name} are taken as straight lines at {RANGE_K[0]:g}-{RANGE_K[1]:g} K, got "
            f"{t[outside].flat[0]:g} K."
        )
    return t


def _number(of: Material, quantity: str) -> Number:
    if quantity not in of.numbers:
        raise ValueError(f"{of.name} has no {quantity}: take a solvent that has one, such as 'toluene'.")
    return of.numbers[quantity]
