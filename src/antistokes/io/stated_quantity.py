"""What the words above a column say of its numbers: quantity and scale, or that they are an uncertainty.

What they do not state is not guessed; a scale that is not understood leaves the quantity out, with a note.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

from antistokes.io.english import plain
from antistokes.io.stated_axis import NM

LONGEST_NAME = 200  # characters of a header cell that are kept
_PER_NM = rf"(?:/|\bper)\s*{NM}\b|\b{NM}\s*\^?\s*[-−]\s*1\b|\b{NM}⁻¹"
_PER_EV = r"(?:/|\bper)\s*ev\b|\bev\s*\^?\s*[-−]\s*1\b|\bev⁻¹"
_PER_LENGTH = r"(?:/|\bper)\s*(c|m)?m\b|\b(c|m)?m\s*\^?\s*[-−]\s*1\b|\b(c|m)?m⁻¹"
_WATT = r"(?:^|[^a-z])([munpµμ]?)w(?![a-z])"
_AREA = r"(?:/|\bper)\s*[cm]?m\s*(?:\^?\s*2|²)|\b[cm]?m\s*\^?\s*(?:[-−]\s*2|⁻²)"
_AREA_UNIT = r"\bcm\s*\^?\s*(?:2|²)"
_PREFIX = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12}
_POWER_OF_TEN = r"10\s*\^?\s*([-−]\s*\d+|⁻[⁰¹²³⁴-⁹]+)\s*(?=[cm]*m)|\b1e([-−]\d+)\s*(?=[cm]*m)"
_SUPERSCRIPT = str.maketrans("⁻−⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
_PERCENT = r"\b(?:per\s?cent(?!il)(?:age)?|pct\b|prozent|pour\s?cent(?:age)?)|％"
_MILLI_OD = (
    r"(?<![a-z])(?:m|milli[\s-]?|(?<=[\[(])\s*m\s)(?:o\.?d\.?|a\.?u\.?|abs(?:orbance)?|optical density)(?![a-z])"
)
_MILLI_NAMED = r"(?<![A-Za-z])m(?:OD|O\.D\.|A[Bb][Ss])(?![A-Za-z])|\bmilli[\s-]?(?i:OD|absorbance|optical density)\b"
_DIFFERENCE = r"\b(?:delta|diff\w*|derivative|transient|pump|ta|d(?:m?od|a|abs|t))\b|δ|∆"
_UNITS_OF_SIGNAL = r"(?:counts?|cts|cps|photons?|watts?|o\.?d\.?|a\.?u\.?|abs(?:orbance)?|units?)"
_SCALES = "|".join(  # words that change the numbers by what is not read here
    (
        r"(?<!\d)10\s*(?:\^|\*\*)\s*\W?\s*\d*|(?<!\d)10[⁻⁺⁰¹²³⁴-⁹]+|(?<![\d.-])10\s?[-−]\s?\d{1,2}(?![\d-])",
        r"(?<![a-z\d.])(?:\d+(?:\.\d+)?e[-+−]?|e[-+−])\d+\b",
        r"(?:(?<![a-z\d])x|[×*])\s*\d+(?:\s*(?:\^|\*\*)\s*[-−]?\d+)?|\b10+\s?[x×](?![a-z\d])",
        r"[/÷]\s*10+(?![\d.])(?!\s*[a-zµμ])|[\[(]\s*10+s?\s*[\])]|\b10{2,}\s*(?=counts|photons|od\b)",
        rf"\b(?:[kmg]|[nuµμ](?=counts|cps|od\b|abs\b))[\s-]?{_UNITS_OF_SIGNAL}(?![a-z])|[\[(]\s*(?:ma|µa|μa)\s*[\])]",
        rf"\b(?:kilo|mega|giga|milli|micro|nano|pico)[\s-]?{_UNITS_OF_SIGNAL}(?![a-z])|\b(?:thousand|million|billion)s?\b",
        r"[\[(]\s*[kmgnuµμ]\s*(?:[\])]|/)|\bcounts?\s*[,/]\s*[kmg]\b|‰",
        r"(?<![a-z])(?:log\s?(?:10|2|e)?|lg|ln)(?![a-z\d])|\blogarithm\w*|\bn[ae]p[ie]+rian\b|\bbase e\b|\bdbm?\b",
        r"\bsqrt\b|√|\bsquare root\b|\bsquared\b|\b(?:counts?|absorbance|od)\s*(?:\^|\*\*|²|³)",
        r"\b(?:norm(?!al\b)|re-?norm|(?:re)?scaled\b|inverse\b|reciprocal\b)\w*|\b[kg]w\b|\bergs?\b",
        r"\bmolar\b|\b[munpµμk]?mol\b|\bm\s*\^?\s*(?:[-−]\s*1|⁻¹)\W*cm\b",
    )
)
_SD = r"(?:sd|s\.d\.|std|st\.?\s?dev\.?|std\.?\s?dev\.?|standard deviation|sigma|σ|error|err|uncertainty|unc|±|\+/?-)"
_COVERAGE = r"(?:\bk|\bcoverage factor(?:\s*k)?)\s*[=:]\s*(\d+(?:[.,]\d+)?)|(?<![\d.])(\d+(?:\.\d+)?)\s*-?(?=σ|sigma\b)"
_LEVEL = r"(?<![\d.])([5-9]\d(?:\.\d+)?)\s*%"
_INTERVAL = r"\b(?:confidence(?:\s+(?:interval|level|limits?))?|interval|ci|level of confidence)\b"
_RELATIVE = r"\b(?:relative|rel\b\.?|fractional)"
_KIND_OF_SD = rf"{_RELATIVE}|\b(?:expanded|combined)\b|\bstandard\b(?!\s+dev)"
_NO_UNIT = (  # in brackets
    rf"(?:{_SD}|a\.?u\.?|arb\.?(?:\s?units?|\s?u\.?)?|abs(?:olute)?"
    r"|n\s*=\s*\d+|\d+\s*(?:scans?|runs?|repeats?|spectra)|\W*)"
)
_PREFIXED = r"([pnuµμmkM]?)((?:W|OD|O\.D\.|A[Bb][Ss]|Abs|A|V|counts?|cps|photons?)(?![a-z]).*)"
_DECADIC = r"\bdecadic\b|\bbase[\s-]?(?:10|ten)\b|[\[(]\s*(?:log\s?10|lg)\s*[\])]|\blog\s?10[\s-]based\b"
_NATURAL = r"\bnatural\s+(?:log\w*\s+)?(?:abs|o\.?d|optical)|[\[(]\s*(?:natural|e)\s*[\])]|\be-based\b|\bbase-e\b"


class Uncertainty(NamedTuple):
    """How the numbers of a column give the standard uncertainty of the column before it.

    ``factor`` multiplies them; with ``relative`` the product is a part of the value. ``odd`` says what is not
    understood: then they are left out.
    """

    factor: float = 1.0
    relative: bool = False
    notes: tuple[str, ...] = ()
    odd: str = ""


class Quantity(NamedTuple):
    """What a header cell states of the numbers, the factor to our unit, and why."""

    quantity: str | None
    factor: float = 1.0
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=1000)
def read_quantity(words: str) -> Quantity:
    """Read the quantity from a header cell, where it is stated."""
    text = re.sub(_PERCENT, "%", plain(words).lower())
    if re.search(_DIFFERENCE, text):
        return Quantity(None)
    found = _absorption(text, words) or _emission(text, words) or Quantity(None)
    odd = _not_understood(found.quantity, text, words)
    if odd:
        return Quantity(None, 1.0, (f"{cut(words, LONGEST_NAME)!r}: {odd!r} is not understood, quantity left out",))
    return found


def is_sd(name: str, value_name: str) -> bool:
    """Tell whether a column holds the standard uncertainty of the column before it."""
    value = _bare(value_name)
    if _bare(name) in ("sigma", "σ") and value in ("pi", "π"):  # polarisations
        return False
    for text in (_bare(name), re.sub(r"[\[\]()]", " ", plain(name)).casefold()):
        found = re.fullmatch(rf"(.*?)\W*{_SD}\W*", text)
        if found and found.group(1).strip() in ("", value):
            return True
    return False


@lru_cache(maxsize=1000)
def read_sd(name: str, words: str, value_name: str, value_words: str) -> Uncertainty | None:
    """Read how a column states the uncertainty of the column before it; None where it holds none.

    Parameters
    ----------
    name, words : str
        Name of the column, and all the words above it.
    value_name, value_words : str
        Those of the column before it.
    """
    own = _beyond(name, value_name)
    text = _beyond(words, value_words)
    bare = _without_coverage(own)
    if not (is_sd(name, value_name) or (bare != own and is_sd(f"{_bare(value_name)} {bare}", value_name))):
        return None
    divisor, notes, odd = _coverage(text, words)
    text = re.sub(_LEVEL, " ", re.sub(_COVERAGE, " ", text))
    percent = "%" in text and "%" not in _with_percent(value_words)
    relative = percent or re.search(_RELATIVE, text) is not None
    scale = 0.01 if relative and "%" in text else 1.0
    if relative:
        notes.append(f"{words!r}: read as {'percent' if '%' in text else 'a fraction'} of the value")
    of_unit = None if odd else _scale_of_sd(words, value_words)
    if of_unit is None:
        odd = odd or "its unit is not that of the value"
    elif of_unit != 1:
        notes.append(f"{words!r}: multiplied by {of_unit:g} to give the unit of the value")
    return Uncertainty(scale * (of_unit or 1.0) / divisor, relative, tuple(notes), odd)


def _with_percent(words: str) -> str:
    return re.sub(_PERCENT, "%", plain(words).casefold())


def _beyond(words: str, value: str) -> str:
    """Return what words say after the name of the value."""
    return _with_percent(words).removeprefix(_bare(value))


def _without_coverage(text: str) -> str:
    """Return the words of an uncertainty without its kind, its coverage factor and its level of confidence."""
    rest = re.sub(_KIND_OF_SD, " ", re.sub(_COVERAGE, " ", text))
    if re.search(_COVERAGE, text):
        rest = re.sub(r"^\W*u\b", " sd ", rest)
    if re.search(_LEVEL, rest):
        rest = re.sub(_INTERVAL, " sd ", re.sub(_LEVEL, " ", rest))
        rest = re.sub(rf"({_SD})[\W]+sd\b|\bsd[\W]+({_SD})", " sd ", rest)
    return rest


def _coverage(text: str, words: str) -> tuple[float, list[str], str]:
    """Return what an expanded uncertainty is divided by, with a note; and what is not understood of it."""
    found = re.search(_COVERAGE, text)
    if found:
        k = float((found[1] or found[2]).replace(",", "."))
        return (k, [f"{words!r}: divided by {k:g}"] if k != 1 else [], "") if k > 0 else (1.0, [], "k is zero")
    level = re.search(_LEVEL, text)
    if level:
        k = round(NormalDist().inv_cdf(0.5 + float(level[1]) / 200), 2)
        return k, [f"{words!r}: divided by {k:g}, assumed normal, half the interval of {level[1]} %"], ""
    if re.search(r"\bexpanded\b|\bconfidence\b", text):
        return 1.0, [], "its coverage factor is not stated"
    return 1.0, [], ""


def _units(words: str) -> list[str]:
    """Return what stands in brackets in the words above a column, and is a unit, without blanks and signs of powers."""
    text = re.sub(_PERCENT, "%", plain(words))
    inside = re.findall(r"[\[(]([^\[\]()]*)[\])]", text)
    kept = [
        re.sub(rf"{_COVERAGE}|{_LEVEL}|{_RELATIVE}|{_INTERVAL}", "", cell, flags=re.I).strip(" ,;") for cell in inside
    ]
    return [
        re.sub(r"[\s^*·]", "", cell.translate(_SUPERSCRIPT).replace("−", "-"))
        for cell in kept
        if not re.fullmatch(_NO_UNIT, cell, re.I)
    ]


def _scale_of_sd(words: str, value_words: str) -> float | None:
    """Return the factor from the unit of an uncertainty to that of its value, None where it is not known."""
    of_value = _units(value_words)
    named = re.sub(r"[\s^*·]", "", plain(value_words).translate(_SUPERSCRIPT).replace("−", "-"))
    odd = [
        unit
        for unit in _units(words)
        if unit not in of_value and not re.search(rf"(?<![^\W_]){re.escape(unit)}(?![^\W_])", named)
    ]
    if not odd:
        return 1.0
    value, own = read_quantity(value_words), read_quantity(odd[0])
    if len(odd) == 1 and value.quantity == own.quantity == "absorbance":
        return own.factor / value.factor
    mine = re.fullmatch(_PREFIXED, odd[0])
    for theirs in filter(None, (re.fullmatch(_PREFIXED, unit) for unit in of_value)):
        if len(odd) == 1 and mine and mine[2] == theirs[2]:
            known = {**_PREFIX, "k": 1e3, "M": 1e6}
            return known[mine[1]] / known[theirs[1]]
    return None


def cut(words: str, longest: int) -> str:
    """Return words with dots for what is beyond the longest."""
    return words if len(words) <= longest else words[: longest - 3] + "..."


def _not_understood(quantity: str | None, text: str, words: str) -> str | None:
    """Return the word that changes the numbers of a stated quantity in a way that is not read."""
    if quantity is None:
        return None
    if quantity == "absorbance":
        text = re.sub(_MILLI_OD, " ", text, count=1)
        natural = re.search(_NATURAL, text)  # absorbance here is decadic
        if natural:
            return natural.group().strip(" [()]")
    if quantity == "absorption_per_cm":
        text = re.sub(_DECADIC, " ", text)
    if quantity == "cross_section_cm2":
        text = re.sub(_POWER_OF_TEN, " ", text, count=1)
    odd = re.search(_SCALES, text)
    if odd is None and quantity == "cross_section_cm2":
        odd = re.search(r"(?<![a-z])(?:[nuµμpk]?m|å)\s*(?:\^|\*\*)?\s*[2²]|\b[mk]?barns?\b|\b[mk]b\b", text)
        odd = None if odd and re.match(r"m\s*\^?\s*[2²]", odd.group()) else odd
    if odd is None and quantity == "counts":
        odd = re.search(r"[\[(]\s*%\s*[\])]", text)
    if odd is None and quantity.startswith("power"):  # MW is not mW
        odd = re.search(r"(?<![A-Za-z])[KMG]W(?![A-Za-z])", words)
    return odd.group().strip(" [(])/,") or odd.group() if odd else None


def _absorption(text: str, words: str) -> Quantity | None:
    percent = "%" in text
    scaled = Quantity("", 0.01, (f"{words!r}: percent divided by 100",)) if percent else Quantity("")
    if re.search(r"\breflect", text):
        return None
    if re.search(r"\btransmi(?:ttance|ssion)\b|%\s*t\b|\bt\s*[\[(]?\s*%", text):
        return scaled._replace(quantity="transmittance")
    if re.search(r"\babsorptance\b", text):
        return scaled._replace(quantity="absorptance")
    if re.search(r"\bcross.?sections?\b|\bxs\b|\bxsec\b", text) or re.fullmatch(rf"\W*{_AREA_UNIT}\W*", text):
        return _cross_section(text, words)
    if re.search(r"\bsigma\b|σ", text):
        return _cross_section(text, words) if re.search(r"\babs", text) and re.search(_AREA_UNIT, text) else None
    if re.search(r"\b(?:abs|absorption|attenuation|extinction)\b\W*coeff|\balpha\b|α", text):
        return _coefficient(text, words)
    loose = re.search(r"intens|irrad|flux|photon|counts|power|emission|err|unc|value|%", text) or re.search(
        _PER_LENGTH, text
    )
    named = re.search(r"\babs\b|\babsorbance\b|\bod\b|\bo\.d\.|\boptical density\b", text)
    if loose or not (named or re.search(_MILLI_NAMED, words)):
        return None
    if re.search(_MILLI_OD, text):
        return Quantity("absorbance", 1e-3, (f"{words!r}: multiplied by 0.001 to give absorbance",))
    return Quantity("absorbance")


def _cross_section(text: str, words: str) -> Quantity:
    if re.search(r"\bem\b|\bemission\b|\bstimulated\b|\bgain\b", text):
        return Quantity(None)
    factor, notes = 1.0, ()
    power = re.search(_POWER_OF_TEN, text)
    if power:
        exponent = (power.group(1) or power.group(2)).translate(_SUPERSCRIPT).replace(" ", "")
        factor = float(f"1e{exponent}")
    elif re.search(r"10\s*\^|\b1e\d|[×]|\barb|\ba\.?\s?u\.", text):
        return Quantity(None, 1.0, (f"{words!r}: the scale of the cross section is not understood",))
    if re.search(r"(?<![a-z])m\s*\^?\s*(?:2|²)", text):
        factor *= 1e4
    said: tuple[str, ...] = (f"{words!r}: multiplied by {factor:g} to give cm^2",) if factor != 1 else notes
    return Quantity("cross_section_cm2", factor, said)


def _coefficient(text: str, words: str) -> Quantity:
    found = re.search(_PER_LENGTH, text)
    if found is None:
        return Quantity(None)
    factor = {"c": 1.0, "m": 10.0, None: 0.01}[next((g for g in found.groups() if g), None)]
    said = (f"{words!r}: multiplied by {factor:g} to give cm^-1",) if factor != 1 else ()
    if re.search(_DECADIC, text):  # absorption_per_cm is that of exp(-alpha x)
        return Quantity(
            "absorption_per_cm", factor * math.log(10), (*said, f"{words!r}: multiplied by ln 10, for it is decadic")
        )
    return Quantity("absorption_per_cm", factor, said)


def _emission(text: str, words: str) -> Quantity | None:
    per = "nm" if re.search(_PER_NM, text) else "ev" if re.search(_PER_EV, text) else None
    watt = re.search(_WATT, text)
    if per and re.search(r"\b[kmg]?photons?\b", text) and "counts" not in text:
        return Quantity(f"photons_per_{per}")
    if per and (watt or re.search(r"\b(?:power|irradiance)\b", text)):
        prefix = watt.group(1) if watt else ""
        notes = [f"{words!r}: multiplied by {_PREFIX[prefix]:g} to give W"] if prefix else []
        if re.search(_AREA, text):
            notes.append(f"{words!r}: power per area, its absolute scale is not W/{per.replace('ev', 'eV')}")
        return Quantity(f"power_per_{per}", _PREFIX[prefix], tuple(notes))
    if re.search(r"\b(?:kilo|mega|[kmg])?(?:counts?|cps)\b", text):
        return Quantity("counts")
    return None


def _bare(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\[(][^\])]*[\])]", " ", plain(name)).strip()).casefold() or plain(name)
