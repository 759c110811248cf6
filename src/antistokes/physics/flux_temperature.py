r"""How much entropy does light carry, and what efficiency does it allow? Flux temperature and the bounds that follow.

Light of n photons per mode that leaves a surface into a half-space carries, with :math:`g(E)=2\Omega E^2/(h^3c^2)`
modes per area, time and energy (both polarisations; :math:`\Omega=\pi` for a Lambertian surface),

.. math::
    I_E=\int E\,n\,g\,dE,\qquad I_S=k\int[(1+n)\ln(1+n)-n\ln n]\,g\,dE,\qquad T_F=I_E/I_S

References
----------
.. [1] M. A. Weinstein, J. Opt. Soc. Am. 50, 597 (1960), doi:10.1364/JOSA.50.000597.
.. [2] P. T. Landsberg and G. Tonge, J. Appl. Phys. 51, R1 (1980), doi:10.1063/1.328187.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from antistokes.physics.moments import integration_weights
from antistokes.units import BOLTZMANN_EV_PER_K, ELEMENTARY_CHARGE_C, LIGHT_SPEED_M_PER_S, PLANCK_J_S, FloatArray

HEMISPHERE_SR = math.pi  # projected solid angle of a half-space
_MODES = 2 * ELEMENTARY_CHARGE_C**3 / (PLANCK_J_S**3 * LIGHT_SPEED_M_PER_S**2)  # per m^2, s, sr, eV and eV^2
_WIDEST = 600.0  # of ln exitance: as far as numbers go


def flux_temperature(
    energy_ev: ArrayLike,
    photons_per_ev: ArrayLike,
    exitance_w_per_m2: ArrayLike,
    *,
    solid_angle_sr: float = HEMISPHERE_SR,
) -> FloatArray:
    r"""Flux temperature of light, its energy over its entropy.

    .. math:: T_F = I_E/I_S

    It rises with the exitance. A black body of temperature T has :math:`T_F=\tfrac34T`.

    Parameters
    ----------
    energy_ev : array_like
        Photon energies, ascending, above 0, shape (n,) [eV].
    photons_per_ev : array_like
        Photon number density, not negative, shape (n,) [photons/eV, any scale].
    exitance_w_per_m2 : array_like
        Power that leaves per area of the surface, above 0 [W/m^2].
    solid_angle_sr : float
        Projected solid angle that the light fills evenly; pi for a half-space [sr].

    Returns
    -------
    ndarray
        Flux temperature, shape of ``exitance_w_per_m2`` [K].

    References
    ----------
    [2]_, energy and entropy flux of bosons.
    """
    exitance = np.asarray(exitance_w_per_m2, dtype=float)
    if not np.all((exitance > 0) & np.isfinite(exitance)):
        raise ValueError(f"exitance_w_per_m2 must be above 0 and finite, got {exitance_w_per_m2!r}.")
    if not 0 < solid_angle_sr <= HEMISPHERE_SR:
        raise ValueError(f"solid_angle_sr must be above 0 and at most pi, got {solid_angle_sr!r}.")
    weights, occupation = _per_watt(energy_ev, photons_per_ev)
    entropy = [float(weights @ _entropy_of_mode(occupation * (e / solid_angle_sr))) for e in exitance.ravel()]
    carried = BOLTZMANN_EV_PER_K * ELEMENTARY_CHARGE_C * solid_angle_sr * np.reshape(entropy, exitance.shape)
    return np.asarray(exitance / carried)


def _per_watt(energy_ev: ArrayLike, photons_per_ev: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Modes per m^2, s and sr that each sample stands for, and photons per mode for 1 W/m^2 into 1 sr."""
    energy, photons = np.asarray(energy_ev, dtype=float), np.asarray(photons_per_ev, dtype=float)
    if energy.ndim != 1 or energy.shape != photons.shape or energy.size < 2 or np.any(np.diff(energy) <= 0):
        raise ValueError(f"expected rising energies and one value each, got {energy.shape} and {photons.shape}.")
    weights = integration_weights(energy)
    power = float(weights @ (energy * photons)) * ELEMENTARY_CHARGE_C
    if energy[0] <= 0 or photons.min() < 0 or not 0 < power < math.inf:
        raise ValueError("expected energies above 0 and a spectrum that is not negative and not empty.")
    density = _MODES * energy**2
    return weights * density, photons / power / density


def _entropy_of_mode(n: FloatArray) -> FloatArray:
    """(1 + n) ln(1 + n) - n ln n, without loss of digits at few and at many photons per mode."""
    return np.asarray(np.log1p(n) + n * np.log1p(1 / np.maximum(n, 1e-300)))


def weinstein_bound(flux_temperature_k: ArrayLike, temperature_k: float) -> FloatArray:
    r"""Largest power-conversion efficiency of a sample that is driven by work, or by a laser.

    .. math:: \eta\le 1+\frac{T}{T_F-T}

    Parameters
    ----------
    flux_temperature_k : array_like
        Flux temperature of the light that leaves [K].
    temperature_k : float
        Temperature of the sample [K].

    Returns
    -------
    ndarray
        Emitted over absorbed power; infinite where the light is no hotter than the sample [1].

    References
    ----------
    [1]_.
    """
    return np.asarray(1 + second_law_bound(flux_temperature_k, temperature_k))


def second_law_bound(
    flux_temperature_k: ArrayLike, temperature_k: float, pump_temperature_k: float = math.inf
) -> FloatArray:
    r"""Largest cooling efficiency that the second law allows.

    .. math:: \eta_c\le\frac{T\,(1-T_F/T_p)}{T_F-T}

    Parameters
    ----------
    flux_temperature_k : array_like
        Flux temperature T_F of the light that leaves [K].
    temperature_k : float
        Temperature T of the sample [K].
    pump_temperature_k : float
        Flux temperature T_p of the light that is absorbed; infinite for a narrow, collimated laser [K].

    Returns
    -------
    ndarray
        Cooling efficiency; negative for a pump colder than the light, which must heat; infinite where the light that
        leaves is no hotter than the sample [1].

    References
    ----------
    [2]_; from P/T_p + Q/T <= (P + Q)/T_F with the heat Q = eta_c P.
    """
    if not (0 < temperature_k < math.inf and pump_temperature_k > 0):
        raise ValueError(f"temperatures must be above 0 K, got {temperature_k!r} and {pump_temperature_k!r}.")
    light = np.asarray(flux_temperature_k, dtype=float)
    lift = temperature_k * (1 - light / pump_temperature_k)
    return np.asarray(
        np.divide(lift, light - temperature_k, out=np.full(light.shape, np.inf), where=light > temperature_k)
    )


def exitance_of_bound(
    energy_ev: ArrayLike,
    photons_per_ev: ArrayLike,
    cooling_efficiency: float,
    temperature_k: float,
    pump_temperature_k: float = math.inf,
) -> float:
    r"""Exitance at which the second law just allows a cooling efficiency: light that is brighter cannot have it.

    .. math:: T_F=\frac{T\,(1+\eta_c)}{\eta_c+T/T_p}

    Parameters
    ----------
    energy_ev : array_like
        Photon energies, ascending, above 0, shape (n,) [eV].
    photons_per_ev : array_like
        Photon number density, not negative, shape (n,) [photons/eV, any scale].
    cooling_efficiency : float
        Heat lifted per absorbed energy [1].
    temperature_k : float
        Temperature of the sample [K].
    pump_temperature_k : float
        Flux temperature of the light that is absorbed [K].

    Returns
    -------
    float
        Power per area into a half-space; infinite where nothing is too bright [W/m^2].

    References
    ----------
    The bound of :func:`second_law_bound`, solved for T_F, which rises with the exitance.
    """
    from scipy.optimize import brentq

    if not cooling_efficiency > -1:
        raise ValueError(f"cooling_efficiency must be above -1 (some light leaves), got {cooling_efficiency!r}.")
    pressing = cooling_efficiency + temperature_k / pump_temperature_k
    if pressing <= 0:
        return math.inf
    wanted = temperature_k * (1 + cooling_efficiency) / pressing

    def excess(log_exitance: float) -> float:
        return math.log(float(flux_temperature(energy_ev, photons_per_ev, math.exp(log_exitance))) / wanted)

    if excess(-_WIDEST) > 0:
        return 0.0
    return math.inf if excess(_WIDEST) < 0 else math.exp(brentq(excess, -_WIDEST, _WIDEST, xtol=1e-10))
