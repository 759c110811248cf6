"""What the slits of a spectrometer do: an average over a triangle of wavelengths."""

from __future__ import annotations

import numpy as np

from antistokes.units import FloatArray

__all__ = ["triangle"]


def triangle(bandpass_nm: float, nodes: int = 4) -> tuple[FloatArray, FloatArray]:
    r"""Wavelengths and weights that average over the slit function of equal entrance and exit slits.

    .. math:: \int f(\lambda+\delta)\,\frac{B-|\delta|}{B^2}\,d\delta \approx \sum_k w_k f(\lambda+\delta_k)

    Parameters
    ----------
    bandpass_nm : float
        Full width at half maximum B, 0 for none [nm].
    nodes : int
        Nodes of Gauss's rule on either side.

    Returns
    -------
    offset, weight : ndarray
        Offsets from the nominal wavelength [nm] and weights that sum to 1, exact for polynomials of degree
        2 ``nodes`` - 2 on either side; shapes (k,), (k,), k = 1 without a slit.

    References
    ----------
    Convolution of two equal slits; its variance is B^2/6.
    """
    if not 0 <= bandpass_nm < np.inf:
        raise ValueError(f"bandpass_nm must be 0 or more, found {bandpass_nm!r}")
    if bandpass_nm == 0:
        return np.zeros(1), np.ones(1)
    x, w = np.polynomial.legendre.leggauss(nodes)
    x = (x + 1) / 2
    offset, weight = x * bandpass_nm, w / 2 * (1 - x)
    return np.concatenate([-offset[::-1], offset]), np.concatenate([weight[::-1], weight])
