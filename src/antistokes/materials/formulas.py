"""The nine dispersion formulas of the refractiveindex.info database."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def index_by_formula(formula: int, coefficients: Sequence[float], wavelength_um: ArrayLike) -> FloatArray:
    r"""Index by one of the nine formulas of the refractiveindex.info database.

    With coefficients :math:`c_1, c_2, \dots`: 1 (Sellmeier) :math:`n^2=1+c_1+\sum c_i\lambda^2/(\lambda^2-c_{i+1}^2)`;
    2 the same with :math:`c_{i+1}` unsquared; 3 (polynomial) :math:`n^2=c_1+\sum c_i\lambda^{c_{i+1}}`;
    4 :math:`n^2=c_1+\sum_{i=2,6}c_i\lambda^{c_{i+1}}/(\lambda^2-c_{i+2}^{c_{i+3}})+\sum_{i\ge10}c_i\lambda^{c_{i+1}}`;
    5 (Cauchy) :math:`n=c_1+\sum c_i\lambda^{c_{i+1}}`; 6 (gases) :math:`n=1+c_1+\sum c_i/(c_{i+1}-\lambda^{-2})`;
    7 (Herzberger) :math:`n=c_1+c_2L+c_3L^2+\sum_{i\ge4}c_i\lambda^{2(i-3)},\ L=1/(\lambda^2-0.028)`;
    8 (retro) :math:`(n^2-1)/(n^2+2)=c_1+c_2\lambda^2/(\lambda^2-c_3)+c_4\lambda^2`;
    9 (exotic) :math:`n^2=c_1+c_2/(\lambda^2-c_3)+c_4(\lambda-c_5)/((\lambda-c_5)^2+c_6)`.

    Parameters
    ----------
    formula : int
        Number of the formula, 1 to 9.
    coefficients : sequence of float
        Its coefficients, for wavelengths in micrometres.
    wavelength_um : array_like
        Wavelengths [um].

    Returns
    -------
    ndarray
        Index, same shape [1].

    Raises
    ------
    ValueError
        For an unknown formula, too few coefficients, or a square of the index that is not positive.

    References
    ----------
    M. N. Polyanskiy, refractiveindex.info database, "Dispersion formulas".
    """
    c, x = tuple(coefficients), np.asarray(wavelength_um, dtype=float)
    check_count(formula, len(c))
    if formula in (5, 6, 7):
        return _index(formula, c, x)
    squared = _squared_index(formula, c, x)
    if not np.all(squared > 0):
        raise ValueError(f"Formula {formula} gives no positive square of the index; are its coefficients right?")
    return np.sqrt(squared)


def _index(formula: int, c: tuple[float, ...], x: FloatArray) -> FloatArray:
    if formula == 5:
        return c[0] + _powers(c[1:], x)
    if formula == 6:
        return 1 + c[0] + sum((a / (b - x**-2.0) for a, b in _pairs(c[1:])), np.zeros_like(x))
    pole = 1 / (x**2 - 0.028)
    return (
        c[0] + c[1] * pole + c[2] * pole**2 + sum((a * x ** (2 * i) for i, a in enumerate(c[3:], 1)), np.zeros_like(x))
    )


def _squared_index(formula: int, c: tuple[float, ...], x: FloatArray) -> FloatArray:
    if formula in (1, 2):
        poles = ((a, b**2 if formula == 1 else b) for a, b in _pairs(c[1:]))
        return 1 + c[0] + sum((a * x**2 / (x**2 - b) for a, b in poles), np.zeros_like(x))
    if formula == 3:
        return c[0] + _powers(c[1:], x)
    if formula == 4:
        resonances = [c[i : i + 4] for i in (1, 5) if len(c) > i]
        terms = (a * x**p / (x**2 - b**q) for a, p, b, q in resonances)
        return c[0] + sum(terms, np.zeros_like(x)) + _powers(c[9:], x)
    if formula == 8:
        ratio = c[0] + c[1] * x**2 / (x**2 - c[2]) + c[3] * x**2
        return (1 + 2 * ratio) / (1 - ratio)
    return c[0] + c[1] / (x**2 - c[2]) + c[3] * (x - c[4]) / ((x - c[4]) ** 2 + c[5])


def _powers(c: tuple[float, ...], x: FloatArray) -> FloatArray:
    return sum((a * x**p for a, p in _pairs(c)), np.zeros_like(x))


def _pairs(c: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(c[::2], c[1::2], strict=True))


def check_count(formula: int, n: int) -> None:
    """Raise a ValueError where the formula is unknown or cannot have ``n`` coefficients."""
    odd = n >= 1 and n % 2 == 1
    fits = {1: odd, 2: odd, 3: odd, 4: odd and n not in (3, 7), 5: odd, 6: odd, 7: n >= 3, 8: n == 4, 9: n == 6}
    if formula not in fits:
        raise ValueError(f"Formula {formula} is unknown; the database numbers them 1 to 9.")
    if not fits[formula]:
        raise ValueError(f"Formula {formula} cannot have {n} coefficients.")
