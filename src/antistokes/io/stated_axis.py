"""What the words above a column say of an axis: wavelength or energy, its unit and scale, its medium."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from antistokes.io.english import plain
from antistokes.units import HC_EV_NM

NM = r"(?:nm|nanomet(?:er|re)s?)"
_AXIS_UNITS = {  # axis, factor to nm or eV
    "nm": (rf"\b{NM}\b", "wavelength", 1.0),
    "um": (r"\b(?:[uµμ]m|microns?|micromet(?:er|re)s?)\b", "wavelength", 1e3),
    "angstrom": (r"Å|Å|\b[åa]ngstr[oö]ms?\b|(?-i:\bA\b)", "wavelength", 0.1),
    "meV": (r"\bmev\b", "energy", 1e-3),
    "eV": (r"\bev\b", "energy", 1.0),
    "cm^-1": (r"\bcm\s*\^?\s*[-−]\s*1\b|\bcm⁻¹|1/cm\b|\bwave ?numbers?\b", "energy", HC_EV_NM * 1e-7),
}
_AXIS_WORDS = {
    "wavelength": r"wave ?lengths?|lambda|λ|wl",
    "energy": r"photon energy|energy|wave ?numbers?|hv|hν",
}
_AXIS_START = rf"^\W*(?:(?:emission|excitation|em|ex|detection)\W+)?(?:{'|'.join(_AXIS_WORDS.values())})(?![^\W_])"
_AXIS_BARE = rf"^\W*(?:{NM}|m?ev|[uµμ]m)\W*$"
_NOT_SPECTRAL = r"\b(?:time|delay|pixel|raman|shift|frequency|temperature|power|current|voltage|position|channel)\b"
_UNIT_NEXT = r"(?=(?:nm|nano|[uµμ]m|micro|Å|[åa]ngstr|m?ev|cm|1/cm|wave ?number)|(?-i:A)\b)"
_SCALE = re.compile(  # a power of ten right before the unit; a plain 1000 behind a sign, or alone with it: (1000 cm-1)
    r"(?:[x×*·]\s*)?(?:(?<!\d)10\s*(?:\^|\*\*)\s*(?P<power>[-+−]?\s?\d{1,2})"
    r"|(?<!\d)10(?P<raised>[⁻⁺]?[⁰¹²³⁴-⁹]{1,2})|(?<![\d.])1e(?P<e>[-+−]?\d{1,2})"
    r"|(?<=[x×*·])\s?(?P<signed>10+)|(?<=[\[(/])\s?(?P<alone>10{3,})(?=\s*(?:1/)?cm[^\s\])]*\s*(?:[\])]|$)))\s*(?:[x×*·]\s*)?"
    + _UNIT_NEXT,
    re.I,
)
_ODD = re.compile(  # scales elsewhere, and units whose inverse is meant
    r"(?<!\d)10\s*(?:\^|\*\*)|(?<!\d)10[⁻⁺⁰¹²³⁴-⁹]|(?<![a-z\d.])\d+e[-+−]?\d|[×*·]\s*\d|(?<![a-z\d])x\s*10{2,}"
    r"|[/÷]\s*10+(?!\d)|\b10{2,}\s?[x×*·]|\b(?:log(?:10|2)?|lg|ln)\b|\blogarithm|\bnormali[sz]ed|\b(?:re)?scaled\b"
    r"|\bkk\b|\bk(?:ilo)?\s?(?:cm|kayser)|\b10 0{3}\b"
    r"|(?<![a-z])[nuµμm]?m\s*(?:\^?\s*[-−]\s*1\b|⁻¹)|\b1\s*/\s*[nuµμm]?m\b",
    re.I,
)
_SUPERSCRIPT = str.maketrans("⁻−⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "--+0123456789")
_INDEX = r"^\W*(?:index|no|nr|number|point|row|unnamed.*)?\W*$"


class Axis(NamedTuple):
    """What a header cell says of the axis: None where it says nothing; ``factor`` is from its unit to nm or eV."""

    axis: str | None
    factor: float
    unit: str | None
    medium: str | None


@lru_cache(maxsize=1000)
def read_axis(words: str, sure: bool = False) -> Axis:
    """Read the axis from a header cell; with ``sure`` only a cell that starts like an axis counts.

    A power of ten before the unit (``10^3 cm-1``) is part of it; with any other scale the cell names no axis.
    """
    text = plain(words)
    scale, rest = _scaled(text)
    medium = (
        "vacuum" if re.search(r"\bvac(?:uum)?\b", text, re.I) else "air" if re.search(r"\bair\b", text, re.I) else None
    )
    named = re.search(_AXIS_START, text, re.I) or re.search(_AXIS_BARE, text, re.I)
    if scale is None or (sure and not named):
        return Axis(None, 1.0, None, None)
    for unit, (pattern, axis, factor) in _AXIS_UNITS.items():
        if re.search(pattern, rest, re.I) and not re.search(r"\braman\b", text, re.I):
            return Axis(axis, factor * scale, unit if scale == 1 else f"{scale:g} {unit}", medium)
    for axis, pattern in _AXIS_WORDS.items():
        if re.search(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", text, re.I):
            return Axis(axis, 1.0, None, medium)
    return Axis(None, 1.0, None, medium)


def is_not_spectral(words: str) -> bool:
    """Tell whether a header cell names an axis that is neither wavelength nor energy, or one on an unknown scale."""
    text = plain(words)
    return re.search(_NOT_SPECTRAL, text, re.I) is not None or _scaled(text)[0] is None


def is_index(words: str) -> bool:
    """Tell whether a header cell names nothing but a running number."""
    return re.match(_INDEX, plain(words), re.I) is not None


def scale_of(words: str) -> float | None:
    """Return the power of ten before the unit of an axis, 1 where there is none, None for a scale that is not read."""
    return _scaled(plain(words))[0]


def _scaled(text: str) -> tuple[float | None, str]:
    """Return the scale of a unit, None where it is not understood, and the words without it."""
    found = _SCALE.search(text)
    scale = 1.0
    if found:
        power = found["power"] or found["raised"] or found["e"] or ""
        plain_one = found["signed"] or found["alone"]
        scale = float(plain_one or f"1e{power.translate(_SUPERSCRIPT).replace(' ', '')}")
        text = f"{text[: found.start()]} {text[found.end() :]}"
    return (None if _ODD.search(text) else scale), text
