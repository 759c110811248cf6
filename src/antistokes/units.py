"""Every conversion of units, in one place.

Wavelengths are in nm and are those of ``medium``: ``"air"`` (standard dry air, what a spectrometer is calibrated in) or
``"vacuum"``. Energies are in eV and belong to the photon, whatever the medium. A spectral *density* changes its value
with its axis: the factor is ``nm_per_ev``; a variance takes its square.

References
----------
.. [1] SI Brochure, 9th edition (2019): exact values of h, c, e, k.
.. [2] P. E. Ciddor, Appl. Opt. 35, 1566 (1996), Eq. (1), doi:10.1364/AO.35.001566 (standard air: dry, 15 degC,
   101325 Pa, 450 ppm CO2).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Medium = Literal["air", "vacuum"]

PLANCK_J_S = 6.62607015e-34
LIGHT_SPEED_M_PER_S = 299792458.0
ELEMENTARY_CHARGE_C = 1.602176634e-19
BOLTZMANN_EV_PER_K = 1.380649e-23 / ELEMENTARY_CHARGE_C
HC_EV_NM = PLANCK_J_S * LIGHT_SPEED_M_PER_S / ELEMENTARY_CHARGE_C * 1e9
LN10 = float(np.log(10.0))

_MEDIA = ("air", "vacuum")


def refractive_index_air(vacuum_wavelength_nm: ArrayLike) -> FloatArray:
    r"""Phase refractive index of standard air.

    .. math:: 10^8 (n-1) = \frac{5792105}{238.0185-\sigma^2} + \frac{167917}{57.362-\sigma^2},
              \quad \sigma = 1/\lambda_\mathrm{vac}\ [\mu m^{-1}]

    Parameters
    ----------
    vacuum_wavelength_nm : array_like
        Wavelength in vacuum [nm].

    Returns
    -------
    ndarray
        Refractive index, same shape [1].

    References
    ----------
    Ciddor (1996), Eq. (1), doi:10.1364/AO.35.001566; stated for 300-1690 nm, and not to be used below 200 nm.
    """
    s2 = (1e3 / np.asarray(vacuum_wavelength_nm, dtype=float)) ** 2
    return 1.0 + 1e-8 * (5792105.0 / (238.0185 - s2) + 167917.0 / (57.362 - s2))


def air_to_vacuum_nm(air_wavelength_nm: ArrayLike) -> FloatArray:
    """Vacuum wavelength of a wavelength measured in standard air.

    Parameters
    ----------
    air_wavelength_nm : array_like
        Wavelength in air [nm].

    Returns
    -------
    ndarray
        Wavelength in vacuum, same shape [nm]. Solved by fixed-point iteration to rounding error.
    """
    air = np.asarray(air_wavelength_nm, dtype=float)
    vacuum = air * 1.0003
    for _ in range(4):  # the map contracts by 1e-5 a step
        vacuum = air * refractive_index_air(vacuum)
    return vacuum


def vacuum_to_air_nm(vacuum_wavelength_nm: ArrayLike) -> FloatArray:
    """Wavelength in standard air of a vacuum wavelength.

    Parameters
    ----------
    vacuum_wavelength_nm : array_like
        Wavelength in vacuum [nm].

    Returns
    -------
    ndarray
        Wavelength in air, same shape [nm].
    """
    vacuum = np.asarray(vacuum_wavelength_nm, dtype=float)
    return vacuum / refractive_index_air(vacuum)


def energy_from_wavelength(wavelength_nm: ArrayLike, medium: Medium = "air") -> FloatArray:
    """Photon energy of a wavelength, E = hc / (n lambda).

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelength in ``medium`` [nm].
    medium : {"air", "vacuum"}
        What the wavelength was measured in. Reading 632 nm of air as vacuum costs 0.54 meV.

    Returns
    -------
    ndarray
        Photon energy, same shape [eV].
    """
    _check_medium(medium)
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if np.any(wavelength <= 0):
        raise ValueError(f"wavelength_nm must be above 0, got {float(wavelength.min()):g}.")
    return np.asarray(HC_EV_NM / (air_to_vacuum_nm(wavelength) if medium == "air" else wavelength))


def wavelength_from_energy(energy_ev: ArrayLike, medium: Medium = "air") -> FloatArray:
    """Wavelength in a medium of a photon energy.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy [eV].
    medium : {"air", "vacuum"}
        The medium of the wavelength wanted.

    Returns
    -------
    ndarray
        Wavelength, same shape [nm].
    """
    _check_medium(medium)
    vacuum = np.asarray(HC_EV_NM / np.asarray(energy_ev, dtype=float))
    return vacuum_to_air_nm(vacuum) if medium == "air" else vacuum


def nm_per_ev(wavelength_nm: ArrayLike, medium: Medium = "air") -> FloatArray:
    r"""The Jacobian :math:`|d\lambda/dE|` at a wavelength.

    A density per nm times this factor is the density per eV; a variance takes the square of the factor.

    .. math:: \left|\frac{d\lambda}{dE}\right| = \frac{\lambda}{E}\,\left(1 - \frac{\lambda_v}{n}\frac{dn}{d\lambda_v}
              \right)

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelength in ``medium`` [nm].
    medium : {"air", "vacuum"}
        What the wavelength was measured in.

    Returns
    -------
    ndarray
        Jacobian, same shape [nm/eV].
    """
    _check_medium(medium)
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if medium == "vacuum":
        return np.asarray(wavelength**2 / HC_EV_NM)
    vacuum = air_to_vacuum_nm(wavelength)
    s2 = (1e3 / vacuum) ** 2
    slope = -2e-8 * s2 * (5792105.0 / (238.0185 - s2) ** 2 + 167917.0 / (57.362 - s2) ** 2)  # lambda dn/dlambda
    return np.asarray(wavelength * vacuum / HC_EV_NM * (1.0 - slope / refractive_index_air(vacuum)))


def absorptance_from_absorbance(absorbance: ArrayLike) -> FloatArray:
    """Fraction of light absorbed, a = 1 - 10^-A, without loss of digits at small A.

    Parameters
    ----------
    absorbance : array_like
        Decadic absorbance (optical density) [1].

    Returns
    -------
    ndarray
        Absorptance, same shape [1].
    """
    return -np.expm1(-LN10 * np.asarray(absorbance, dtype=float))


def absorbance_from_absorptance(absorptance: ArrayLike) -> FloatArray:
    """Decadic absorbance, A = -log10(1 - a).

    Parameters
    ----------
    absorptance : array_like
        Fraction of light absorbed, below 1 [1].

    Returns
    -------
    ndarray
        Decadic absorbance, same shape [1].
    """
    return np.asarray(-np.log1p(-np.asarray(absorptance, dtype=float)) / LN10)


def absorption_per_cm_from_absorbance(absorbance: ArrayLike, path_cm: float) -> FloatArray:
    """Absorption coefficient, alpha = A ln(10) / L.

    Parameters
    ----------
    absorbance : array_like
        Decadic absorbance [1].
    path_cm : float
        Path length in the sample [cm].

    Returns
    -------
    ndarray
        Natural absorption coefficient, same shape [cm^-1].
    """
    if not path_cm > 0:
        raise ValueError(f"path_cm must be a positive length, got {path_cm!r}.")
    return np.asarray(absorbance, dtype=float) * (LN10 / path_cm)


def thermal_energy_ev(temperature_k: ArrayLike) -> FloatArray:
    """Thermal energy kT.

    Parameters
    ----------
    temperature_k : array_like
        Temperature, above 0 [K].

    Returns
    -------
    ndarray
        kT, same shape [eV].
    """
    temperature = np.asarray(temperature_k, dtype=float)
    if not np.all(temperature > 0):
        raise ValueError(f"temperature_k must be above 0 K, got {temperature_k!r}.")
    return np.asarray(BOLTZMANN_EV_PER_K * temperature)


def thermal_energy_mev(temperature_k: float) -> float:
    """Thermal energy kT of one temperature.

    Parameters
    ----------
    temperature_k : float
        Temperature, above 0 [K].

    Returns
    -------
    float
        kT [meV].
    """
    return 1e3 * float(thermal_energy_ev(temperature_k))


def _check_medium(medium: str) -> None:
    if medium not in _MEDIA:
        raise ValueError(f"medium must be 'air' or 'vacuum', got {medium!r}.")
