"""What the unit of an instrument's axis makes of its positions, and what its name of the signal makes of the numbers.

What these words do not state is not guessed: an unknown unit gives an abscissa in that unit, an unknown name no
quantity.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.io import headers
from antistokes.io.axis_check import checked
from antistokes.io.hints import NO_MEDIUM
from antistokes.units import FloatArray

UNNAMED_NM = (150.0, 2500.0)  # where an axis without a name is one of nm; beyond it wavenumbers are as likely
_DECAY_NS = (  # the unit as files write it, and the factor to ns
    (r"ps|pico-?(?:sec|second)s?", 1e-3),
    (r"ns|nano-?(?:sec|second)s?", 1.0),
    (r"[uµμ]s|micro-?(?:sec|second)s?", 1e3),
    (r"ms|milli-?(?:sec|second)s?", 1e6),
)


class Positions(NamedTuple):
    """An axis in one of our units: its name, its values, and what ``data.build`` wants to know beside them."""

    axis: str
    x: FloatArray
    axis_units: dict[str, str]
    medium: str | None
    notes: tuple[str, ...]


class Signal(NamedTuple):
    """What the numbers are: the quantity where it is stated, the factor to its unit, and why."""

    quantity: str | None
    factor: float = 1.0
    notes: tuple[str, ...] = ()


def positions(words: str, x: ArrayLike, raman: bool = False) -> Positions:
    """Return the axis that a name or unit states.

    Parameters
    ----------
    words : str
        What the file says of the axis ("NANOMETERS", "1/CM", "Raman shift (cm-1)", "HZ").
    x : array_like
        Positions, shape (n,) [the unit of the file].
    raman : bool
        The measurement is a Raman spectrum, its wavenumbers are shifts.
    """
    values, said, unit = np.asarray(x, dtype=float), headers.read_axis(words), words.strip()
    stated = headers.read_axis(re.sub("raman|shift", " ", words, flags=re.IGNORECASE))
    if (stated.unit or "").endswith("cm^-1") and (raman or re.search("raman|shift", words, re.IGNORECASE)):
        scale = headers.scale_of(words) or 1.0
        scaled = () if scale == 1 else (f"axis converted from {stated.unit} to cm^-1",)
        return Positions("raman_shift", values * scale, {}, None, scaled)
    for pattern, factor in _DECAY_NS:
        if re.fullmatch(pattern, unit, re.IGNORECASE):
            note = () if factor == 1 else (f"axis converted from {unit} to ns",)
            return Positions("decay_time", values * factor, {}, None, note)
    if re.fullmatch(r"s|(?:sec|second)s?", unit, re.IGNORECASE):
        return Positions("time", values, {}, None, ())
    if said.axis is None or said.unit is None:
        return Positions("abscissa", values, {"abscissa": unit}, None, ())
    if values.min() <= 0:
        return _not_positive(said.axis, values, unit)
    note = () if said.unit in ("nm", "eV") else (f"axis converted from {said.unit} to {_unit(said.axis)}",)
    medium = () if said.medium else (NO_MEDIUM,)
    return Positions(
        said.axis, values if said.factor == 1 else values * said.factor, {}, said.medium or "air", (*note, *medium)
    )


def computed(found: Positions) -> Positions:
    """Return an axis that comes out of first, last and step; pixels where these make none."""
    name, x, notes = checked(found.axis, found.x)
    return found if name == found.axis else Positions(name, x, {}, None, tuple(notes))


def signal(words: str) -> Signal:
    """Return the quantity that the name or unit of the signal states.

    Parameters
    ----------
    words : str
        What the file says of the signal ("ABSORBANCE", "Transmission (%)", "COUNTS").
    """
    stated = headers.read_quantity(re.sub(r"\bper\s*cent\b", "%", words, flags=re.IGNORECASE))
    return Signal(*stated)


def doubted(stated: Signal, values: ArrayLike) -> Signal:
    """Return no quantity, with a note, where a share of the light is far beyond 1: percent not stated, or counts.

    Parameters
    ----------
    stated : Signal
        What the file says.
    values : array_like
        The numbers as the file gives them.
    """
    if stated.quantity not in ("transmittance", "absorptance"):
        return stated
    middle = float(np.nanmedian(np.asarray(values, dtype=float))) * stated.factor
    if abs(middle) <= 2:
        return stated
    note = f"said to be {stated.quantity}, but half of it is above {middle:.3g}: quantity left out"
    return Signal(None, 1.0, (note,))


def as_build(found: Positions) -> dict[str, Any]:
    """Return medium and units of an axis, as arguments of ``data.build``."""
    return {"medium": found.medium, "axis_units": found.axis_units}


def _not_positive(axis: str, values: FloatArray, unit: str) -> Positions:
    if axis == "wavelength":
        note = f"the wavelengths begin at {values.min():g} {unit}, which is no calibration: samples numbered as pixels"
        return Positions("pixel", np.arange(values.size, dtype=float), {}, None, (note,))
    note = f"the energies begin at {values.min():g} {unit}, which no photon has: axis left in the unit of the file"
    return Positions("abscissa", values, {"abscissa": unit}, None, (note,))


def _unit(axis: str) -> str:
    return "nm" if axis == "wavelength" else "eV"
