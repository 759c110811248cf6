"""Colour tables as plain arrays, read from the package colour-science: observer, illuminants, test samples."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from antistokes.materials.formulas import FloatArray

OBSERVER = "CIE 1931 2 Degree Standard Observer"
ILLUMINANTS = ("A", "D50", "D55", "D65", "D75", "E", *(f"F{i}" for i in range(1, 13)))
SAMPLES = 14  # of CIE 13.3; the general index Ra takes the first eight


def colour_matching_functions(wavelength_nm: ArrayLike) -> FloatArray:
    """CIE 1931 2-degree colour matching functions; zero outside the 360-830 nm of their table.

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelengths, shape (n,) [nm].

    Returns
    -------
    ndarray
        Columns x, y, z, shape (n, 3); the maximum of y is 1 at 555 nm [1].

    References
    ----------
    CIE 018:2019, table of 1 nm, as in colour-science; between its rows linear.
    """
    table = _tables("colour").MSDS_CMFS[OBSERVER]
    wavelength = np.asarray(wavelength_nm, dtype=float)
    columns = (np.interp(wavelength, table.wavelengths, column, left=0.0, right=0.0) for column in table.values.T)
    return np.stack(list(columns), axis=-1)


def illuminant(name: str, wavelength_nm: ArrayLike) -> FloatArray:
    """Relative spectral power of a standard illuminant.

    Parameters
    ----------
    name : str
        One of ``ILLUMINANTS``: A, D50, D55, D65, D75, E, F1 to F12.
    wavelength_nm : array_like
        Wavelengths, shape (n,); 300-780 nm for A and the daylights, 380-780 nm for F [nm].

    Returns
    -------
    ndarray
        Power per nm as tabulated (A and daylights 100 at 560 nm), shape (n,) [1].

    Raises
    ------
    ValueError
        For an unknown name, or wavelengths outside its table.

    References
    ----------
    CIE 015:2018, tables of 5 nm, as in colour-science; between their rows linear.
    """
    if name not in ILLUMINANTS:
        raise ValueError(f"There is no illuminant {name!r}. Known: {', '.join(ILLUMINANTS)}.")
    table = _tables("colour").SDS_ILLUMINANTS[f"FL{name[1:]}" if name.startswith("F") else name]
    return _within(f"Illuminant {name}", table, wavelength_nm)


def sample_reflectances(wavelength_nm: ArrayLike) -> FloatArray:
    """Reflectance of the 14 test samples of CIE 13.3; the general index Ra takes the first eight.

    Parameters
    ----------
    wavelength_nm : array_like
        Wavelengths, shape (n,); within 360-830 nm [nm].

    Returns
    -------
    ndarray
        Spectral radiance factor, shape (14, n) [1].

    Raises
    ------
    ValueError
        For wavelengths outside the tables.

    References
    ----------
    CIE 13.3-1995, tables of 5 nm, as in colour-science; between their rows linear.
    """
    tables = _tables("colour.quality.datasets").SDS_TCS["CIE 1995"]
    picked = (tables[f"TCS{i:02d}"] for i in range(1, SAMPLES + 1))
    return np.stack([_within(f"Test sample {i}", table, wavelength_nm) for i, table in enumerate(picked, start=1)])


def _within(what: str, table: Any, wavelength_nm: ArrayLike) -> FloatArray:
    wavelength, grid = np.asarray(wavelength_nm, dtype=float), np.asarray(table.wavelengths, dtype=float)
    outside = ~((wavelength >= grid[0]) & (wavelength <= grid[-1]))
    if outside.any():
        raise ValueError(f"{what} is known at {grid[0]:g}-{grid[-1]:g} nm, got {wavelength[outside].flat[0]:g} nm.")
    return np.asarray(np.interp(wavelength, grid, table.values))


@cache
def _tables(module: str) -> Any:
    """Import a module of colour-science, which else would change numpy's print options and the warning filters."""
    with warnings.catch_warnings(), np.printoptions():
        warnings.simplefilter("ignore")  # it warns of packages for plots, which are not needed here
        return importlib.import_module(module)
