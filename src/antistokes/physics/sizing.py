r"""Published curves of CdSe dots: diameter against the 1S absorption, and absorption cross-sections.

The curves are of bare cores; they differ by 23 meV in the root mean square, and are not valid with a shell.

References
----------
.. [1] W. W. Yu, L. Qu, W. Guo and X. Peng, Chemistry of Materials 15, 2854 (2003), doi:10.1021/cm034081k.
.. [2] J. Jasieniak, L. Smith, J. van Embden, P. Mulvaney and M. Califano, J. Phys. Chem. C 113, 19468 (2009),
   doi:10.1021/jp906827m.
.. [3] C. A. Leatherdale, W.-K. Woo, F. V. Mikulec and M. G. Bawendi, J. Phys. Chem. B 106, 7619 (2002),
   doi:10.1021/jp025698c.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import HC_EV_NM, LN10, FloatArray

Curve = Literal["yu_2003", "jasieniak_2009"]
_SHORTEST_NM, _LONGEST_NM = 350.0, 700.0
AVOGADRO_PER_MOL = 6.02214076e23


class _Polynomial(NamedTuple):
    """Diameter [nm] as a polynomial in the wavelength [nm], lowest order first, and the diameters it holds for [nm]."""

    coefficients: tuple[float, ...]
    lowest_nm: float
    highest_nm: float


_CURVES: dict[str, _Polynomial] = {
    "yu_2003": _Polynomial((41.57, -0.4277, 1.6242e-3, -2.6575e-6, 1.6122e-9), 1.5, 8.0),
    "jasieniak_2009": _Polynomial((59.60816, -0.54736, 1.8873e-3, -2.85743e-6, 1.62974e-9), 2.0, 8.0),
}


def diameter_nm(wavelength_nm: ArrayLike, curve: Curve) -> FloatArray:
    """Diameter of a bare CdSe dot from its 1S absorption.

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelength of the first absorption maximum [nm].
    curve : {'yu_2003', 'jasieniak_2009'}
        Which published curve.

    Returns
    -------
    ndarray
        Diameter, same shape [nm].

    Raises
    ------
    ValueError
        The diameter lies beyond the range of the curve.

    References
    ----------
    [1]_, [2]_ of the module.
    """
    wanted, found = np.asarray(wavelength_nm, dtype=float), _curve(curve)
    low, high = wavelength_of_nm([found.lowest_nm, found.highest_nm], curve)
    if not np.all((wanted >= low) & (wanted <= high)):
        raise ValueError(
            f"{curve} holds for {found.lowest_nm:g} to {found.highest_nm:g} nm, absorbing at {low:.0f} to {high:.0f}"
            f" nm; found {wavelength_nm!r} nm"
        )
    return np.asarray(np.polynomial.polynomial.polyval(wanted, found.coefficients))


def wavelength_of_nm(diameter_nm: ArrayLike, curve: Curve) -> FloatArray:
    """Wavelength of the 1S absorption of a bare CdSe dot of a diameter, the curve turned round.

    Parameters
    ----------
    diameter_nm : array_like
        Diameter [nm].
    curve : {'yu_2003', 'jasieniak_2009'}
        Which published curve.

    Returns
    -------
    ndarray
        Wavelength, same shape [nm].

    Raises
    ------
    ValueError
        The diameter lies beyond the range of the curve.

    References
    ----------
    [1]_, [2]_ of the module.
    """
    wanted, found = np.asarray(diameter_nm, dtype=float), _curve(curve)
    if not np.all((wanted >= found.lowest_nm) & (wanted <= found.highest_nm)):
        raise ValueError(
            f"{curve} holds for diameters of {found.lowest_nm:g} to {found.highest_nm:g} nm, found {diameter_nm!r}"
        )
    low, high = np.full(wanted.shape, _SHORTEST_NM), np.full(wanted.shape, _LONGEST_NM)
    for _ in range(60):  # the curves rise all along
        middle = (low + high) / 2
        short = np.polynomial.polynomial.polyval(middle, found.coefficients) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray((low + high) / 2)


def _curve(name: str) -> _Polynomial:
    if name not in _CURVES:
        raise ValueError(f"curve must be one of {', '.join(get_args(Curve))}, not {name!r}")
    return _CURVES[name]


def cross_section_350_cm2(radius_nm: ArrayLike) -> FloatArray:
    r"""Absorption cross-section of a CdSe dot at 350 nm, in hexane.

    .. math:: \sigma = 5.501\times10^5\,a^3

    Parameters
    ----------
    radius_nm : array_like
        Radius a of the dot [nm].

    Returns
    -------
    ndarray
        Cross-section, same shape [cm^2].

    References
    ----------
    [3]_ of the module, a in cm.
    """
    return np.asarray(5.501e5 * (np.asarray(radius_nm, dtype=float) * 1e-7) ** 3)


def cross_section_1s_cm2(wavelength_nm: ArrayLike, half_width_mev: float = 60.0) -> FloatArray:
    r"""Absorption cross-section of a bare CdSe dot at the maximum of its 1S absorption.

    .. math:: \sigma = \frac{10^3\ln10}{N_A}\,\varepsilon,\qquad
              \varepsilon = \left(155507 + 6.67054\times10^{13}\,e^{-E/105.51\,\mathrm{meV}}\right)
              \frac{60\,\mathrm{meV}}{w}

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelength of the 1S maximum [nm].
    half_width_mev : float
        Half width at half maximum w of the sample's 1S band: a broader band of the same strength is lower [meV].

    Returns
    -------
    ndarray
        Cross-section, same shape [cm^2].

    References
    ----------
    [2]_ of the module. That the published values are for w = 60 meV is as in public code; the direction is that which
    keeps the area of the band.
    """
    if not half_width_mev > 0:
        raise ValueError(f"half_width_mev must be above 0, not {half_width_mev}")
    energy = HC_EV_NM / np.asarray(wavelength_nm, dtype=float)
    molar = (155507 + 6.67054e13 * np.exp(-energy / 0.10551)) * 60.0 / half_width_mev
    return np.asarray(1e3 * LN10 / AVOGADRO_PER_MOL * molar)


def bulk_like_cross_section_cm2(
    core_radius_nm: float, shell_nm: float, core_absorption_per_cm: float, shell_absorption_per_cm: float
) -> float:
    r"""Absorption cross-section far above the gap: volumes times what a dot's material absorbs per length.

    .. math:: \sigma = V_\mathrm{core}\,\mu_\mathrm{core} + V_\mathrm{shell}\,\mu_\mathrm{shell}

    Parameters
    ----------
    core_radius_nm, shell_nm : float
        Radius of the core and thickness of the shell [nm].
    core_absorption_per_cm, shell_absorption_per_cm : float
        Intrinsic absorption coefficients of a *dot*, the local field in the solvent included [cm^-1].

    Returns
    -------
    float
        Cross-section [cm^2].

    References
    ----------
    As in [3]_ of the module for one material.
    """
    core = 4 / 3 * np.pi * (core_radius_nm * 1e-7) ** 3
    whole = 4 / 3 * np.pi * ((core_radius_nm + shell_nm) * 1e-7) ** 3
    return float(core * core_absorption_per_cm + (whole - core) * shell_absorption_per_cm)
