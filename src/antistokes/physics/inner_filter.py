"""How much of the emission a detector collects: the exciting beam fades on its way through the sample."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import LN10, FloatArray

__all__ = ["Geometry", "collected"]

Geometry = Literal["front-face", "right-angle", "sphere"]


def collected(absorbance: ArrayLike, geometry: Geometry, window: tuple[float, float] = (0.5, 0.5)) -> FloatArray:
    r"""Relative signal of a detector at unit yield and unit exciting light, against absorbance.

    .. math:: F = \frac{10^{-Ax_1}-10^{-Ax_2}}{x_2-x_1}\ \text{(right angle)},\qquad
              F = 1-10^{-A}\ \text{(front face, sphere)}

    A detector at right angles sees the part :math:`x_1` to :math:`x_2` of the beam's path, so that what is absorbed
    before it is lost to it: in the limit of a narrow window at x, :math:`F = \ln 10\, A\, 10^{-Ax}`. Front face and
    sphere take the light of the whole path. In every geometry :math:`F \to \ln 10\, A` for a thin sample, so that
    absorptance overstates the middle of a cuvette by :math:`(1-10^{-A})/(\ln 10\,A\,10^{-A/2})`: 2, 6 and 24 % at
    absorbance .3, .5 and 1.

    Reabsorption of the emission on its way out is left out. At right angles it is one factor for every excitation, for
    the way out is the same at any depth, and an excitation spectrum at one detection wavelength does not see it. At
    the front face the way out is as long as the depth, so that the factor depends on A: with an absorbance
    :math:`A_\mathrm{em}` at the detection wavelength the signal straight back is
    :math:`F = A\,(1-10^{-(A+A_\mathrm{em})})/(A+A_\mathrm{em})`. In a sphere, light that comes back to the sample is
    left out.

    Parameters
    ----------
    absorbance : array_like
        Decadic absorbance along the whole path of the beam; noise below zero is allowed [1].
    geometry : {"front-face", "right-angle", "sphere"}
        Where the detector stands.
    window : (float, float)
        The part of the path that a detector at right angles sees, as fractions of it from the side where the beam
        enters; equal for a narrow one [1].

    Returns
    -------
    ndarray
        Relative signal, same shape [1].

    References
    ----------
    Derived here from Beer's law; J. R. Lakowicz, Principles of Fluorescence Spectroscopy, 3rd edition (2006),
    chapter 2, doi:10.1007/978-0-387-46312-4, gives 10^(-A/2) for the middle of a cuvette.
    """
    natural = LN10 * np.asarray(absorbance, dtype=float)
    if geometry not in get_args(Geometry):
        raise ValueError(f"geometry must be one of {', '.join(get_args(Geometry))}, found {geometry!r}.")
    near, far = window if geometry == "right-angle" else (0.0, 1.0)
    if not 0 <= near <= far <= 1:
        raise ValueError(f"window must be two fractions of the path, 0 <= x1 <= x2 <= 1, found {window!r}.")
    if near == far:
        return np.asarray(natural * np.exp(-natural * near))
    return np.asarray(-np.exp(-natural * near) * np.expm1(-natural * (far - near)) / (far - near))
