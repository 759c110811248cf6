"""What the words above a column say of an axis of power or irradiance, and its unit."""

from __future__ import annotations

import re
from typing import NamedTuple

from antistokes.io.english import plain

_NAMED = re.compile(
    r"\b(?:power|irradiance|intensity of (?:the )?(?:laser|excitation)|p(?:_?ex(?:c)?)?)\b"
    r"|^(?:excitation|laser|pump)\s*[(\[/,]",  # such as "Excitation (mW)"
    re.I,
)
_UNIT = re.compile(
    r"(?<![a-z])(?P<prefix>[munk]|[µμ]|milli|micro|nano)?\s?(?P<watt>W|watts?)(?![a-z])"
    r"(?P<area>\s*(?:/|per\b|·|\*)?\s*(?P<length>[cmuµμ]?m)\s*(?:(?:\^|\*\*)?\s*\{?\s*[-−]?\s*2\}?|²|⁻²))?",
    re.I,
)
_PREFIX = {"": 1.0, "k": 1e3, "m": 1e-3, "milli": 1e-3, "n": 1e-9, "nano": 1e-9} | dict.fromkeys(
    ("u", "µ", "μ", "micro"), 1e-6
)
_PER_CM2 = {"cm": 1.0, "mm": 1e2, "m": 1e-4, "um": 1e8, "µm": 1e8, "μm": 1e8}
_OTHER = re.compile(r"\s*(?:/|per\b|(?:nm|ev|sr|hz|cm|mm)\b)", re.I)  # a spectral or another density follows
_SCALED = re.compile(
    r"\b(?:log\d*|ln|lg|dbm?|norm\w*|rel\w*|sqrt|percent|arb|max(?:imum)?|error|err|sd|std|uncertainty|od)\b|%"
    r"|\bper\s+W\b|10\s*\^|[x×]\s*10|\b1e",
    re.I,
)
_RAISED = re.compile(r"\s*(?:\^|\*|²|⁻|[-−]\s*\d|\d)|\W*\*\s*\d")  # what makes another quantity of the unit before it
_INVERSE = re.compile(r"(?:^|[^\w])1\s*/|/\s*\d")
EXPECTED = "a power in W, mW, uW or nW, or an irradiance in W/cm^2 or mW/cm^2"


class PowerAxis(NamedTuple):
    """An axis of power: "power" [W] or "irradiance" [W/cm^2], the factor to that unit, and the unit of the file."""

    axis: str
    factor: float
    unit: str


def read_power(words: str, sure: bool = True) -> PowerAxis | None:
    """Read an axis of power from a header cell; None where it states none, or no unit of one.

    Parameters
    ----------
    words : str
        What stands above the column, such as "Power density (mW/cm2)".
    sure : bool
        The cell has to name a power; else a unit of one is enough.
    """
    text = plain(words)
    found = _UNIT.search(text)
    if found is None or (sure and not _NAMED.search(text)) or _SCALED.search(text) or _OTHER.match(text, found.end()):
        return None
    if _RAISED.match(text, found.end()) or _INVERSE.search(text) or re.search(r"\d\s*$", text[: found.start()]):
        return None
    prefix = found["prefix"] or ""
    prefix = prefix if len(prefix) == 1 and prefix != "M" else prefix.lower()
    if prefix not in _PREFIX or (found["prefix"] or "") == "M":
        return None
    unit = found.group().strip()
    if not found["area"]:
        return PowerAxis("power", _PREFIX[prefix], unit)
    return PowerAxis("irradiance", _PREFIX[prefix] * _PER_CM2[found["length"].lower()], unit)


def names_power(words: str) -> bool:
    """Tell whether a header cell names a power or an irradiance, with a unit or without."""
    return re.match(r"(?:\w+\s){0,3}(?:power|irradiance)\b", plain(words), re.I) is not None
