"""What the words above a column say: axis, quantity, uncertainty. What they do not state is not guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from antistokes.io.text import Block, number, split_cells
from antistokes.units import HC_EV_NM

LONGEST_NAME, LONGEST_WORDS = 200, 1000  # characters of a header cell that are kept and looked at
_CHINESE = {  # words with one meaning in spectroscopy; those of Japanese are written alike
    "wavelength": "波长|波長",
    "wavenumber": "波数|波數",
    "photon energy": "光子能量",
    "energy": "能量|エネルギー",
    "absorbance": "吸光度",
    "transmittance": "透过率|透射率|透過率",
    "reflectance": "反射率",
    "intensity": "强度|強度",
    "counts": "计数|計數",
    "emission": "发射|發射",
    "excitation": "激发|激發|励起",
    "raman shift": "拉曼位移|拉曼频移",
    "time": "时间|時間",
}
_EUROPEAN = {
    "wavelength": "(?:emissions|anregungs)?wellenlängen?|longitud de onda|longueurs? d['’]ondes?|lunghezza d['’]onda",
    "wavenumber": "wellenzahl(?:en)?|n[uú]mero de onda|nombres? d['’]ondes?|numero d['’]onda",
    "photon energy": "photonenenergie|energ[ií]a del fotón|[ée]nergie du photon",
    "energy": "energie|énergie|energía",
    "absorbance": "absorbanz|absorbancia|assorbanza|extinktion",
    "transmittance": "transmissionsgrad|transmitancia|trasmittanza",
    "intensity": "intensität|intensité|intensidad|intensità",
    "raman shift": "raman-?verschiebung|déplacement raman|desplazamiento raman",
    "time": "zeit|temps|tiempo",
}
_FOREIGN = re.compile(
    "|".join([*_CHINESE.values(), *(rf"(?<![^\W_])(?:{words})(?![^\W_])" for words in _EUROPEAN.values())]), re.I
)

_NM = r"(?:nm|nanomet(?:er|re)s?)"
_AXIS_UNITS = {  # axis, factor to nm or eV
    "nm": (rf"\b{_NM}\b", "wavelength", 1.0),
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
_AXIS_BARE = rf"^\W*(?:{_NM}|m?ev|[uµμ]m)\W*$"
_BELOW_NAMES = rf"^\W*(?:{_NM}|m?ev|[uµμ]m|units?|comments?|long name)?\W*$"
_NOT_SPECTRAL = r"\b(?:time|delay|pixel|raman|shift|frequency|temperature|power|current|voltage|position|channel)\b"
_INDEX = r"^\W*(?:index|no|nr|number|point|row|unnamed.*)?\W*$"

_MARK = r"#+|//+|!+|;+|%+"

_PER_NM = rf"(?:/|\bper)\s*{_NM}\b|\b{_NM}\s*\^?\s*[-−]\s*1\b|\b{_NM}⁻¹"
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


class Axis(NamedTuple):
    """What a header cell says of the axis: None where it says nothing."""

    axis: str | None
    factor: float
    unit: str | None
    medium: str | None


class Quantity(NamedTuple):
    """What a header cell states of the numbers, the factor to our unit, and why."""

    quantity: str | None
    factor: float = 1.0
    notes: tuple[str, ...] = ()


class Column(NamedTuple):
    """A column of numbers: its place in the file, its name, and all the words above it."""

    place: int
    name: str
    words: str


@lru_cache(maxsize=1000)
def read_axis(words: str, sure: bool = False) -> Axis:
    """Read the axis from a header cell; with ``sure`` only a cell that starts like an axis counts."""
    text = _plain(words)
    medium = (
        "vacuum" if re.search(r"\bvac(?:uum)?\b", text, re.I) else "air" if re.search(r"\bair\b", text, re.I) else None
    )
    named = re.search(_AXIS_START, text, re.I) or re.search(_AXIS_BARE, text, re.I)
    if sure and not named:
        return Axis(None, 1.0, None, None)
    for unit, (pattern, axis, factor) in _AXIS_UNITS.items():
        if re.search(pattern, text, re.I) and not re.search(r"\braman\b", text, re.I):
            return Axis(axis, factor, unit, medium)
    for axis, pattern in _AXIS_WORDS.items():
        if re.search(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", text, re.I):
            return Axis(axis, 1.0, None, medium)
    return Axis(None, 1.0, None, medium)


def is_not_spectral(words: str) -> bool:
    """Tell whether a header cell names an axis that is neither wavelength nor energy."""
    return re.search(_NOT_SPECTRAL, _plain(words), re.I) is not None


def is_index(words: str) -> bool:
    """Tell whether a header cell names nothing but a running number."""
    return re.match(_INDEX, _plain(words), re.I) is not None


@lru_cache(maxsize=1000)
def read_quantity(words: str) -> Quantity:
    """Read the quantity from a header cell, where it is stated."""
    text = re.sub(_PERCENT, "%", _plain(words).lower())
    if re.search(_DIFFERENCE, text):
        return Quantity(None)
    found = _absorption(text, words) or _emission(text, words) or Quantity(None)
    odd = _not_understood(found.quantity, text, words)
    if odd:
        return Quantity(None, 1.0, (f"{_cut(words, LONGEST_NAME)!r}: {odd!r} is not understood, quantity left out",))
    return found


def is_sd(name: str, value_name: str) -> bool:
    """Tell whether a column holds the standard uncertainty of the column before it."""
    value = _bare(value_name)
    if _bare(name) in ("sigma", "σ") and value in ("pi", "π"):  # polarisations
        return False
    for text in (_bare(name), re.sub(r"[\[\]()]", " ", _plain(name)).casefold()):
        found = re.fullmatch(rf"(.*?)\W*{_SD}\W*", text)
        if found and found.group(1).strip() in ("", value):
            return True
    return False


def name_columns(block: Block) -> list[Column]:
    """Name the columns of a block from the lines above it; a name that occurs twice is numbered."""
    width = block.columns[-1] + 1
    rows = _header_rows(block, width)
    columns: list[Column] = []
    for place in block.columns:
        cells = [row[place] if place < len(row) else "" for row in rows]
        name, words = (cells[0] if cells else ""), " ".join(f"[{c}]" if i else c for i, c in enumerate(cells) if c)
        columns.append(Column(place, _cut(name, LONGEST_NAME), _cut(words, LONGEST_WORDS)))
    return _distinct(columns, _row_above(block, len(rows), width))


def count_names(block: Block) -> int:
    """Return how many cells the header line has (0 where there is none)."""
    rows = _header_rows(block, block.columns[-1] + 1)
    return len(rows[0]) if rows else 0


def _not_understood(quantity: str | None, text: str, words: str) -> str | None:
    """Return the word that changes the numbers of a stated quantity in a way that is not read."""
    if quantity is None:
        return None
    if quantity == "absorbance":
        text = re.sub(_MILLI_OD, " ", text, count=1)
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


def _header_rows(block: Block, width: int) -> list[list[str]]:
    """Return the cells of the line of names, and of lines of units and comments below it."""
    lines = [line for line in block.header if re.search(r"\w", line)]
    if not lines:
        return []
    rows: list[list[str]] = []
    for line in reversed(lines[-3:]):
        cells = _cells(line, block.delimiter, width)
        if len(cells) < 2:
            break
        rows.insert(0, cells)
        first = cells[1] if re.fullmatch(_MARK, cells[0]) else cells[0]
        if not re.match(_BELOW_NAMES, _plain(first), re.I):
            return rows
    return rows[-1:] or _labelled(lines, block.delimiter)


def _labelled(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the units that JCAMP-like headers give one a line: XUNITS, YUNITS."""
    pairs = [split_cells(line.lstrip("#").replace("=", delimiter, 1), delimiter) for line in lines]
    said = {cells[0].upper(): " ".join(cells[1:]) for cells in pairs if len(cells) >= 2}
    return [[said["XUNITS"], said["YUNITS"]]] if {"XUNITS", "YUNITS"} <= set(said) else []


def _row_above(block: Block, used: int, width: int) -> list[str]:
    lines = [line for line in block.header if re.search(r"\w", line)]
    return _cells(lines[-1 - used], block.delimiter, width) if used and len(lines) > used else []


def _cells(line: str, delimiter: str, width: int) -> list[str]:
    """Split a header line; if the delimiter of the numbers does not do, another one may.

    A comment mark before a delimiter is the name of the first column, where there are not too many names then.
    """
    mark = re.match(rf"\s*(?!%\S)({_MARK})[^\S\t]*", line)
    if mark and mark.group(1)[0] != delimiter:
        line = line[mark.end() :]
    tries = [split_cells(line, d) for d in dict.fromkeys((delimiter, "\t", ";", ",")) if d != " "]
    if delimiter == " " and '"' in line:
        tries.insert(0, split_cells(line, " "))
    tries.append([c for c in re.split(r"\s{2,}|\t", line.strip()) if c])
    tries.append(re.findall(r"[^\s\[(]+(?:\s*[\[(][^\])]{0,200}[\])])?", line))
    if delimiter != " " and len(tries[0]) >= 2:
        tries = tries[:1]
    cells = next((c for c in tries if len(c) == width), tries[0])
    if mark and cells and not cells[0]:
        cells = cells[1:] if len(cells) > width else [mark.group(1)[0], *cells[1:]]
    if len(cells) < 2 or _is_key_and_value(cells):
        return []
    return cells


def _is_key_and_value(cells: Sequence[str]) -> bool:
    first = read_axis(cells[0], sure=True)
    return bool(cells[0]) and first.axis is None and all(number(c) is not None for c in cells[1:] if c)


def _distinct(columns: list[Column], above: Sequence[str]) -> list[Column]:
    """Tell columns of one name apart by the line above (a sample's name), else by a number."""
    shared = Counter(column.name for column in columns)
    out: list[Column] = []
    taken: Counter[str] = Counter()
    for column in columns:
        name = column.name or f"column {column.place + 1}"
        if shared[column.name] > 1 and column.name:
            tags = [above[i] for i in (column.place, column.place - 1) if 0 <= i < len(above) and above[i]]
            name = _cut(f"{tags[0]} {name}", LONGEST_NAME) if tags and not read_axis(name, sure=True).axis else name
        base = name
        while taken[name]:
            taken[base] += 1
            name = f"{base} ({taken[base]})"
        taken[name] += 1
        out.append(column._replace(name=name))
    return out


@lru_cache(maxsize=1000)
def _plain(words: str) -> str:
    """Return the words of a header cell in English, without underscores."""
    return _FOREIGN.sub(_in_english, words[:LONGEST_WORDS].replace("_", " ")).strip()


def _in_english(found: re.Match[str]) -> str:
    for known in (_CHINESE, _EUROPEAN):
        for english, words in known.items():
            if re.fullmatch(words, found.group(), re.I):
                return f" {english} "
    return found.group()


def _bare(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[\[(][^\])]*[\])]", " ", _plain(name)).strip()).casefold() or _plain(name)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 3] + "..."
