"""Materials: numbers with unit, uncertainty and source, one TOML each; optical constants; colour tables.

The uncertainty of every number is one standard deviation. A number for which no source was read (from memory, or
resting on such a number or on a model) is ``assumed``, and :func:`describe` says so in its last column.
``docs/materials.md`` lists what there is.
"""

from __future__ import annotations

import math
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from antistokes.materials.form import (
    INDEX_UNIT,
    QUANTITIES,
    Band,
    Dispersion,
    Material,
    Number,
    Overtones,
    material,
)
from antistokes.materials.optics import refractive_index

__all__ = [
    "QUANTITIES",
    "Band",
    "Dispersion",
    "Material",
    "Number",
    "Overtones",
    "Row",
    "assumed",
    "describe",
    "load",
    "names",
]

SODIUM_D_NM = 589.3


class Row(NamedTuple):
    """One line of a table of a material: texts to show as they are; ``status`` is "assumed" or empty."""

    quantity: str
    value: str
    source: str
    note: str
    status: str


def names() -> tuple[str, ...]:
    """Return the names that :func:`load` takes, sorted."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def load(name: str) -> Material:
    """Return a material by its name.

    Parameters
    ----------
    name : str
        One of :func:`names`; capitals do not matter, a space is an underscore.

    Returns
    -------
    Material
        Its numbers by quantity, dispersion formulas and absorption bands.

    Raises
    ------
    ValueError
        For a name that is not there.
    """
    plain = name.strip().lower().replace(" ", "_")
    if plain not in names():
        near = get_close_matches(plain, names(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no material {name!r}.{hint} Known: {', '.join(names())}.")
    found = _read(plain)
    return found._replace(numbers=dict(found.numbers))  # the caller's own: what is cached stays as it is


@cache
def _read(plain: str) -> Material:
    text = files(__name__).joinpath(f"{plain}.toml").read_text(encoding="utf-8")
    return material(plain, tomllib.loads(text))


def assumed(of: Material) -> dict[str, Number]:
    """Return the numbers of a material for which no source was read, by what they are.

    Parameters
    ----------
    of : Material
        From :func:`load`.
    """
    return {label: number for label, number in _all(of).items() if number.assumed}


def describe(of: Material) -> list[Row]:
    """Return a table of all that is known of a material, for a report or a terminal.

    Parameters
    ----------
    of : Material
        From :func:`load`.
    """
    rows = [
        Row(label, plus_minus(n.value, n.uncertainty, n.unit), n.source, n.note, _status(n.assumed))
        for label, n in _all(of).items()
    ]
    if of.overtones:
        bands = of.overtones
        span = f"{bands.lowest_nm:g}-{bands.highest_nm:g} nm"
        rows.append(Row("range of the bands", span, bands.source, bands.note, _status(bands.assumed)))
    return rows


def _status(is_assumed: bool) -> str:
    return "assumed" if is_assumed else ""


def plus_minus(value: float, uncertainty: float, unit: str) -> str:
    """Return "value ± uncertainty unit" with two digits of the uncertainty; the unit "1" is left out.

    Parameters
    ----------
    value, uncertainty : float
        The number and its standard deviation [unit].
    unit : str
        Their unit.
    """
    suffix = "" if unit == "1" else f" {unit}"
    power = math.floor(math.log10(abs(value))) if value else 0
    scale = 0 if -3 <= power < 5 else power
    digits = max(1 - math.floor(math.log10(uncertainty)) + scale, 0)
    text = f"{value / 10**scale:.{digits}f} ± {uncertainty / 10**scale:.{digits}f}"
    return (f"({text})e{scale}" if scale else text) + suffix


def _all(of: Material) -> dict[str, Number]:
    """Flatten a material: its numbers, one index of each dispersion formula, the three numbers of each band."""
    found = dict(of.numbers)
    for piece in of.dispersion:
        at_nm = SODIUM_D_NM if piece.lowest_nm <= SODIUM_D_NM <= piece.highest_nm else piece.lowest_nm
        value = float(refractive_index(of._replace(dispersion=(piece,)), at_nm))
        label = f"refractive index at {at_nm:g} nm (formula for {piece.lowest_nm:g}-{piece.highest_nm:g} nm)"
        found[label] = Number(value, INDEX_UNIT, piece.uncertainty, piece.source, piece.assumed, piece.note)
    for band in of.overtones.bands if of.overtones else ():
        found |= {f"band at {band.centre.value:.0f} nm, {part}": n for part, n in band._asdict().items()}
    return found
