"""Words of headers in other languages -> English, so that they are looked for in one."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_WORDS = 1000  # characters of a header cell that are looked at
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


@lru_cache(maxsize=1000)
def plain(words: str) -> str:
    """Return the words of a header cell in English, without underscores."""
    return _FOREIGN.sub(_in_english, words[:LONGEST_WORDS].replace("_", " ")).strip()


def _in_english(found: re.Match[str]) -> str:
    for known in (_CHINESE, _EUROPEAN):
        for english, words in known.items():
            if re.fullmatch(words, found.group(), re.I):
                return f" {english} "
    return found.group()
