"""Refractive index and absorption over wavelength, of a material of this package or of a refractiveindex.info file.

Wavelengths are those of the measurement, in nm: in air where the source says nothing else; a formula then gives the
index relative to air, 3e-4 below the absolute one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.materials.form import Dispersion, Material
from antistokes.materials.formulas import FloatArray, check_count, index_by_formula

TABLES = {"tabulated n": 2, "tabulated k": 2, "tabulated nk": 3}
LARGEST_FILE = 20_000_000  # bytes; the largest of the database holds less than a tenth


class Table(NamedTuple):
    """Tabulated values over wavelength [nm]."""

    wavelength_nm: FloatArray
    values: FloatArray

    @property
    def lowest_nm(self) -> float:
        """Where the table begins [nm]."""
        return float(self.wavelength_nm[0])

    @property
    def highest_nm(self) -> float:
        """Where the table ends [nm]."""
        return float(self.wavelength_nm[-1])


class OpticalConstants(NamedTuple):
    """What a file states: index n and extinction coefficient k, each in pieces, and where they come from."""

    name: str
    references: str
    comments: str
    dispersion: tuple[Dispersion | Table, ...]
    extinction: tuple[Table, ...]


def refractive_index(of: Material | OpticalConstants, wavelength_nm: ArrayLike) -> FloatArray:
    """Refractive index; where several formulas hold, the first that is stated.

    Parameters
    ----------
    of : Material or OpticalConstants
        From :func:`antistokes.materials.load` or :func:`read_refractive_index`.
    wavelength_nm : array_like
        Wavelengths [nm].

    Returns
    -------
    ndarray
        Index, same shape [1].

    Raises
    ------
    ValueError
        Where no formula or table holds; the message names the ranges.
    """
    return _piecewise(f"The refractive index of {of.name}", of.dispersion, wavelength_nm)


def extinction(of: OpticalConstants, wavelength_nm: ArrayLike) -> FloatArray:
    """Extinction coefficient k, the imaginary part of the refractive index.

    Parameters
    ----------
    of : OpticalConstants
        From :func:`read_refractive_index`.
    wavelength_nm : array_like
        Wavelengths [nm].

    Returns
    -------
    ndarray
        Extinction coefficient, same shape [1].

    Raises
    ------
    ValueError
        Outside the tables of the file.
    """
    return _piecewise(f"The extinction coefficient of {of.name}", of.extinction, wavelength_nm)


def absorption_per_cm(of: Material | OpticalConstants, wavelength_nm: ArrayLike) -> FloatArray:
    r"""Absorption coefficient: of a material from its overtone bands, of a file from k.

    .. math:: \alpha(\tilde\nu)=\sum_i\alpha_i\,
       2^{-4(\tilde\nu-\tilde\nu_i)^2/\Gamma_i^2},\qquad \alpha=\frac{4\pi k}{\lambda}

    Parameters
    ----------
    of : Material or OpticalConstants
        A liquid with overtone bands, or a file that states k.
    wavelength_nm : array_like
        Wavelengths [nm].

    Returns
    -------
    ndarray
        Napierian absorption coefficient, same shape [cm^-1].

    Raises
    ------
    ValueError
        Where no bands are known, and outside their range.
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if isinstance(of, OpticalConstants):
        return np.asarray(4e7 * math.pi * extinction(of, wavelength) / wavelength)
    if of.overtones is None:
        raise ValueError(
            f"No absorption bands are known of {of.name}; read_refractive_index takes a file that states k."
        )
    low, high = of.overtones.lowest_nm, of.overtones.highest_nm
    if not np.all((wavelength >= low) & (wavelength <= high)):
        raise ValueError(
            f"The absorption of {of.name} is known at {low:g}-{high:g} nm, got {_outside(wavelength, low, high)}."
        )
    total = np.zeros_like(wavelength)
    for band in of.overtones.bands:
        off = (1e7 / wavelength - 1e7 / band.centre.value) / band.fwhm.value
        total += band.peak.value * np.exp2(-4 * off**2)
    return total


def read_refractive_index(path: str | PathLike[str]) -> OpticalConstants:
    """Read a file of the refractiveindex.info database (YAML, CC0): its formulas 1 to 9, tabulated n, k and nk.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    OpticalConstants
        For :func:`refractive_index`, :func:`extinction` and :func:`absorption_per_cm`.

    Raises
    ------
    ValueError
        Where the file is not what it should be: file, place, expected, found.
    """
    raw = _read_yaml(Path(path))
    blocks = raw.get("DATA") if isinstance(raw, dict) else None
    if not isinstance(blocks, list) or not blocks:
        raise ValueError(
            f"{path}: expected a list DATA, as in files of refractiveindex.info, found {type(blocks).__name__}."
        )
    index: list[Dispersion | Table] = []
    extinction_tables: list[Table] = []
    for number, block in enumerate(blocks, start=1):
        where = f"{path}, DATA {number}"
        kind = str(block.get("type", "")) if isinstance(block, dict) else ""
        if kind.startswith("formula "):
            index.append(_formula(where, kind, block))
        elif kind in TABLES:
            columns = _columns(where, str(block.get("data", "")), TABLES[kind])
            index += [Table(columns[0], columns[1])] if kind != "tabulated k" else []
            extinction_tables += [Table(columns[0], columns[-1])] if kind != "tabulated n" else []
        else:
            raise ValueError(f"{where}: expected a type 'formula N', {', '.join(map(repr, TABLES))}, found {kind!r}.")
    references, comments = (str(raw.get(key, "")).strip() for key in ("REFERENCES", "COMMENTS"))
    return OpticalConstants(Path(path).name, references, comments, tuple(index), tuple(extinction_tables))


def _read_yaml(path: Path) -> Any:
    import yaml

    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path}: expected at most {LARGEST_FILE} bytes, found {path.stat().st_size}.")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: expected YAML in UTF-8, found {error}.") from error


def _formula(where: str, kind: str, block: dict[str, Any]) -> Dispersion:
    stated = block.get("wavelength_range", block.get("range", ""))
    try:
        formula = int(kind.removeprefix("formula "))
        coefficients = _floats(block.get("coefficients", ""))
        low, high = (1e3 * x for x in _floats(stated))
        check_count(formula, len(coefficients))
    except ValueError as error:
        expected = "expected a known formula, its coefficients and a wavelength_range of two numbers"
        raise ValueError(f"{where}: {expected}, found {error}") from error
    if not 0 < low < high:
        raise ValueError(f"{where}: expected a rising wavelength_range, found {stated!r}.")
    return Dispersion(formula, coefficients, low, high, math.nan, where)


def _columns(where: str, text: str, count: int) -> FloatArray:
    try:
        rows = [_floats(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise ValueError(f"{where}: expected numbers, found {error}") from error
    if not rows or any(len(row) != count for row in rows):
        raise ValueError(
            f"{where}: expected rows of {count} numbers, found {sorted({len(row) for row in rows})} a row."
        )
    columns = np.array(sorted(rows, key=lambda row: row[0])).T
    columns[0] *= 1e3
    return columns


def _floats(text: Any) -> tuple[float, ...]:
    numbers = tuple(float(word) for word in str(text).split())
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError(f"{text!r}, which is not finite.")
    return numbers


def _piecewise(what: str, pieces: Sequence[Dispersion | Table], wavelength_nm: ArrayLike) -> FloatArray:
    wavelength = np.asarray(wavelength_nm, dtype=float)
    result = np.full(wavelength.shape, np.nan)
    for piece in pieces:
        here = np.isnan(result) & (wavelength >= piece.lowest_nm) & (wavelength <= piece.highest_nm)
        result[here] = _evaluate(piece, wavelength[here])
    if np.isnan(result).any():
        ranges = " and ".join(f"{piece.lowest_nm:g}-{piece.highest_nm:g} nm" for piece in pieces)
        missing = wavelength[np.isnan(result)].flat[0]
        if not pieces:
            raise ValueError(f"{what} is known at no wavelength; a file that states it is for read_refractive_index.")
        raise ValueError(f"{what} is known at {ranges}, got {missing:g} nm.")
    return result


def _evaluate(piece: Dispersion | Table, wavelength_nm: FloatArray) -> FloatArray:
    if isinstance(piece, Table):
        return np.interp(wavelength_nm, piece.wavelength_nm, piece.values)
    return index_by_formula(piece.formula, piece.coefficients, wavelength_nm / 1e3)


def _outside(wavelength: FloatArray, low: float, high: float) -> str:
    return f"{wavelength[~((wavelength >= low) & (wavelength <= high))].flat[0]:g} nm"
