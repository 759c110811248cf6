r"""1S transition of a spherical core/shell dot, calibrated: levels, overlap, Coulomb energy, temperature, rate.

.. math:: E_{1S} = E_g + E_e + E_h - \frac{e^2}{4\pi\epsilon_0\epsilon}\left\langle\frac1r\right\rangle

with the levels of :mod:`antistokes.physics.well`. The effective-mass model does not predict: the published sizing
curves of bare CdSe differ by 23 meV among themselves, and its gap, barriers and dielectric constant are fitted to them.
With a shell, the offset of the conduction band is fitted again.

References
----------
.. [1] L. E. Brus, J. Chem. Phys. 80, 4403 (1984), doi:10.1063/1.447218 (levels and first-order Coulomb energy).
.. [2] Y. P. Varshni, Physica 34, 149 (1967), doi:10.1016/0031-8914(67)90062-6.
.. [3] R. C. Hilborn, Am. J. Phys. 50, 982 (1982), doi:10.1119/1.12937 (cross-section and Einstein coefficients).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.physics.well import Layers, electron_hole_pair, level_ev
from antistokes.units import ELEMENTARY_CHARGE_C, HC_EV_NM, LIGHT_SPEED_M_PER_S, PLANCK_J_S, FloatArray

__all__ = [
    "CDSE_CDS",
    "Materials",
    "Transition",
    "confinement_ev",
    "radiative_rate_per_s",
    "transition",
    "varshni_shift_ev",
]

VACUUM_PERMITTIVITY_F_PER_M = 8.8541878188e-12  # CODATA 2022
CALIBRATED_NM = (3.0, 6.0)  # diameters of bare cores for which CDSE_CDS is fitted
SIZES_NM = (2.0, 8.0)  # below, few unit cells; above, no curve says what is right
THINNEST_NM = 0.05  # of a shell; planes of atoms lie .15 nm apart or more, and half of one is no layer
COULOMB_EV_NM = ELEMENTARY_CHARGE_C / (4 * np.pi * VACUUM_PERMITTIVITY_F_PER_M) * 1e9


class Materials(NamedTuple):
    """What a dot is made of: gap of the core at 300 K [eV], layers for electron and hole, dielectric constant [1]."""

    gap_ev: float
    electron: Layers
    hole: Layers
    dielectric_constant: float


class Transition(NamedTuple):
    """1S transition [eV] and its parts: levels and Coulomb energy [eV]; squared overlap of the envelopes [1]."""

    energy_ev: float
    electron_ev: float
    hole_ev: float
    coulomb_ev: float
    overlap: float

    @property
    def wavelength_nm(self) -> float:
        """Vacuum wavelength of the transition [nm]."""
        return HC_EV_NM / self.energy_ev


# Fitted to the sizing curves of Yu 2003 and Jasieniak 2009 within 17.5 meV for diameters of 3-6 nm (gap, ligand
# barriers, dielectric constant), and, for the offset of the conduction band, to CdSe/CdS dots that absorb near 605 nm.
CDSE_CDS = Materials(1.835, Layers(0.13, 0.20, 1.0, 0.030, 1.30), Layers(0.45, 0.70, 1.0, 0.450, 1.30), 9.5)


def transition(core_radius_nm: float, shell_nm: float, materials: Materials = CDSE_CDS) -> Transition:
    """1S transition of one dot at 300 K.

    Parameters
    ----------
    core_radius_nm : float
        Radius of the core [nm].
    shell_nm : float
        Thickness of the shell, 0 for none [nm].
    materials : Materials
        What the dot is made of.

    Returns
    -------
    Transition
        Energy, its parts and the overlap.

    Raises
    ------
    ValueError
        The shell is thinner than half an atomic plane, or electron or hole is not bound.

    References
    ----------
    [1]_ of the module; the equation in its head.
    """
    _refuse_thin(shell_nm)
    pair = electron_hole_pair(core_radius_nm, shell_nm, materials.electron, materials.hole)
    coulomb = COULOMB_EV_NM / materials.dielectric_constant * pair.inverse_distance_per_nm
    energy = materials.gap_ev + pair.electron_ev + pair.hole_ev - coulomb
    return Transition(energy, pair.electron_ev, pair.hole_ev, coulomb, pair.overlap)


def confinement_ev(core_radius_nm: ArrayLike, shell_nm: ArrayLike, materials: Materials = CDSE_CDS) -> FloatArray:
    """Levels of electron and hole together, without their attraction, for many dots.

    Parameters
    ----------
    core_radius_nm, shell_nm : array_like
        Radii of cores and thicknesses of shells, shapes that broadcast [nm].
    materials : Materials
        What the dots are made of.

    Returns
    -------
    ndarray
        Sum of both levels above the core's band edges, broadcast shape; NaN where one is not bound [eV].

    Raises
    ------
    ValueError
        A shell is thinner than half an atomic plane.

    References
    ----------
    :func:`antistokes.physics.well.level_ev`.
    """
    _refuse_thin(shell_nm)
    return level_ev(core_radius_nm, shell_nm, materials.electron) + level_ev(core_radius_nm, shell_nm, materials.hole)


def varshni_shift_ev(
    temperature_k: ArrayLike, slope_ev_per_k: float, offset_k: float, reference_k: float = 300.0
) -> FloatArray:
    r"""Shift of a gap with temperature.

    .. math:: \Delta E = a\left(\frac{T_0^2}{T_0+b}-\frac{T^2}{T+b}\right)

    Parameters
    ----------
    temperature_k : array_like
        Temperature [K].
    slope_ev_per_k, offset_k : float
        Varshni's a [eV/K] and b [K]; a is negative for a gap that opens as it warms.
    reference_k : float
        Temperature at which the shift is zero [K].

    Returns
    -------
    ndarray
        Shift, same shape [eV].

    References
    ----------
    [2]_ of the module.
    """
    t, t0 = np.asarray(temperature_k, dtype=float), reference_k
    return np.asarray(slope_ev_per_k * (t0**2 / (t0 + offset_k) - t**2 / (t + offset_k)))


def radiative_rate_per_s(
    energy_ev: ArrayLike, cross_section_cm2: ArrayLike, refractive_index: float, degeneracy_ratio: float = 1.0
) -> float:
    r"""Spontaneous emission rate of a narrow transition from its absorption band.

    .. math:: k = \frac{8\pi n^2}{h^3c^2}\,\frac{g_l}{g_u}\int E^2\sigma(E)\,dE

    Parameters
    ----------
    energy_ev : array_like
        Photon energy, ascending, shape (n,) [eV].
    cross_section_cm2 : array_like
        Absorption cross-section of the transition alone, shape (n,) [cm^2].
    refractive_index : float
        Of the surroundings; the cross-section is the one measured in them [1].
    degeneracy_ratio : float
        Of the lower to the upper level, g_l/g_u, with all levels of the upper one equally populated [1].

    Returns
    -------
    float
        Rate [1/s].

    References
    ----------
    [3]_ of the module, with the density of modes of a medium of that index.
    """
    energy = np.asarray(energy_ev, dtype=float) * ELEMENTARY_CHARGE_C
    sigma = np.asarray(cross_section_cm2, dtype=float) * 1e-4
    integral = float(np.trapezoid(energy**2 * sigma, energy))
    modes = 8 * np.pi * refractive_index**2 / (PLANCK_J_S**3 * LIGHT_SPEED_M_PER_S**2)
    return modes * degeneracy_ratio * integral


def _refuse_thin(shell_nm: ArrayLike) -> None:
    """Raise for a shell that no layer of atoms makes: the wells take any thickness, a crystal does not."""
    shell = np.asarray(shell_nm, dtype=float)
    thin = shell[(shell > 0) & (shell < THINNEST_NM)]
    if thin.size:
        raise ValueError(
            f"shell_nm {thin.min():g} is thinner than half an atomic plane ({THINNEST_NM:g} nm): 0 for no shell"
        )
