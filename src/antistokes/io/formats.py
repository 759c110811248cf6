"""The one dict of formats: how each is recognised, who reads it, and what kinds of measurement it can hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import xarray as xr

from antistokes.errors import ReadError
from antistokes.io.andor import is_sif, read_sif
from antistokes.io.andor_text import is_andor_text, read_andor_text
from antistokes.io.avantes import is_avantes, read_avantes
from antistokes.io.cary import is_cary, read_cary
from antistokes.io.edinburgh import is_edinburgh, read_edinburgh
from antistokes.io.excel import is_excel, read_excel
from antistokes.io.galactic import is_galactic, read_galactic
from antistokes.io.gpl_extra import (
    is_hamamatsu_streak,
    is_labspec_xml,
    is_renishaw_wdf,
    is_trivista,
    read_hamamatsu_streak,
    read_labspec_xml,
    read_renishaw_wdf,
    read_trivista,
)
from antistokes.io.head import Head
from antistokes.io.hitachi import is_hitachi_eem, read_hitachi_eem
from antistokes.io.horiba import is_fluoressence, is_labspec_text, read_fluoressence, read_labspec_text
from antistokes.io.jcamp import is_jcamp, read_jcamp
from antistokes.io.lightfield import is_lightfield, read_lightfield
from antistokes.io.luqy import is_luqy, read_luqy
from antistokes.io.netcdf import is_netcdf, read_netcdf
from antistokes.io.ocean import is_ocean, read_ocean
from antistokes.io.perkinelmer import is_perkinelmer_asc, is_perkinelmer_sp, read_perkinelmer_asc, read_perkinelmer_sp
from antistokes.io.procspec import is_procspec, read_procspec
from antistokes.io.refused import REFUSED_SUFFIXES, is_refused, read_refused
from antistokes.io.shimadzu import is_shimadzu, read_shimadzu
from antistokes.io.spe import is_winspec, read_winspec
from antistokes.io.table import read_table
from antistokes.io.thorlabs import is_thorlabs, read_thorlabs

CAMERA = ("emission", "raman", "spectrum", "movie")
SPECTRA = ("absorption", "emission", "ple", "raman", "spectrum")


class Format(NamedTuple):
    """A family of files.

    ``recognises`` looks at the beginning of a file; ``read`` returns every measurement in it; ``kinds`` is what the
    family can hold, and tells families apart whose files look alike; ``suffixes`` decides last; a reader that
    ``takes_hints`` chooses columns itself.
    """

    recognises: Callable[[Head], bool]
    read: Callable[..., list[xr.Dataset]]
    kinds: tuple[str, ...] = SPECTRA
    suffixes: tuple[str, ...] = ()
    takes_hints: bool = False


FORMATS: dict[str, Format] = {
    "netcdf": Format(is_netcdf, read_netcdf, takes_hints=True),
    # cameras and spectrographs
    "winspec": Format(is_winspec, read_winspec, CAMERA, (".spe",)),
    "lightfield": Format(is_lightfield, read_lightfield, CAMERA, (".spe",)),
    "sif": Format(is_sif, read_sif, CAMERA, (".sif",)),
    "andor_text": Format(is_andor_text, read_andor_text, CAMERA, (".asc", ".gz")),
    "ocean": Format(
        is_ocean, read_ocean, ("spectrum", "absorption", "raman"), (".jaz", ".jazirrad", ".transmission", ".absorbance")
    ),
    "procspec": Format(is_procspec, read_procspec, ("spectrum", "absorption"), (".procspec",)),
    "avantes": Format(is_avantes, read_avantes, ("spectrum", "absorption", "emission"), (".ttt", ".trt")),
    "fluoressence": Format(is_fluoressence, read_fluoressence, ("emission",), (".dat",)),
    "labspec_text": Format(is_labspec_text, read_labspec_text, ("raman", "emission", "spectrum"), (".txt",)),
    "labspec_xml": Format(is_labspec_xml, read_labspec_xml, CAMERA, (".xml",)),
    "trivista": Format(is_trivista, read_trivista, CAMERA, (".tvf",)),
    "renishaw_wdf": Format(is_renishaw_wdf, read_renishaw_wdf, CAMERA, (".wdf",)),
    "hamamatsu_streak": Format(is_hamamatsu_streak, read_hamamatsu_streak, ("gated_pl", "spectrum"), (".img",)),
    # spectrophotometers and spectrofluorometers
    "cary": Format(is_cary, read_cary, ("absorption", "emission", "ple", "spectrum"), (".csv",)),
    "edinburgh": Format(is_edinburgh, read_edinburgh, ("absorption", "emission", "ple", "spectrum"), (".csv", ".txt")),
    "shimadzu": Format(is_shimadzu, read_shimadzu, ("absorption", "spectrum"), (".spc",)),
    "galactic": Format(is_galactic, read_galactic, SPECTRA, (".spc",)),
    "perkinelmer_asc": Format(
        is_perkinelmer_asc, read_perkinelmer_asc, ("absorption", "emission", "ple", "spectrum"), (".asc",)
    ),
    "perkinelmer_sp": Format(is_perkinelmer_sp, read_perkinelmer_sp, ("absorption", "emission", "spectrum"), (".sp",)),
    "hitachi_eem": Format(is_hitachi_eem, read_hitachi_eem, ("emission",), (".txt",)),
    "jcamp": Format(is_jcamp, read_jcamp, SPECTRA, (".jdx", ".dx", ".jcm")),
    "excel": Format(is_excel, read_excel, SPECTRA, (".xlsx", ".xlsm"), takes_hints=True),
    # power and yield
    "thorlabs": Format(is_thorlabs, read_thorlabs, ("power_log",)),
    "luqy": Format(is_luqy, read_luqy, ("emission", "spectrum")),
    # what is known and cannot be read
    "refused": Format(is_refused, read_refused, ()),
}
TABLE = Format(lambda head: True, read_table, takes_hints=True)  # what no other family recognises


def choose(head: Head, kind: str | None = None) -> str:
    """Return the name of the format of a file: a key of FORMATS, or "table".

    Parameters
    ----------
    head : Head
        The beginning of the file.
    kind : str, optional
        What was measured; it decides between families that look alike.

    Raises
    ------
    ReadError
        Several families could have written it; the message names them and the ``kind=`` to pass.
    """
    found = [name for name, form in FORMATS.items() if form.recognises(head)]
    if len(found) > 1 and kind is not None:
        found = [name for name in found if kind in FORMATS[name].kinds] or found
    if len(found) > 1:
        found = [name for name in found if head.suffix in FORMATS[name].suffixes] or found
    if len(found) > 1:
        told = {name: [k for k in FORMATS[name].kinds if _only(k, name, found)] for name in found}
        ways = [f"kind={kinds[0]!r} reads it as {name}" for name, kinds in told.items() if kinds]
        raise ReadError(
            head.path, "", "a file of one known format", f"one that may be {' or '.join(found)}", "; ".join(ways)
        )
    return found[0] if found else "table"


def _only(kind: str, name: str, among: list[str]) -> bool:
    return not any(kind in FORMATS[other].kinds for other in among if other != name)


def format_named(name: str) -> Format:
    """Return a format by its name."""
    return TABLE if name == "table" else FORMATS[name]


def known_suffixes() -> tuple[str, ...]:
    """Return the suffixes of files that are read, or refused with advice, for looking through folders."""
    found = {".csv", ".tsv", ".txt", ".dat", ".abs", ".nc"} | {s for form in FORMATS.values() for s in form.suffixes}
    return tuple(sorted(found | set(REFUSED_SUFFIXES)))


def read_file(path: str | os.PathLike[str], name: str, **known: Any) -> list[xr.Dataset]:
    """Read a file of a format; whatever damage leads a reader to is a ReadError."""
    try:
        return format_named(name).read(path, **known)
    except (ReadError, NameError):  # a name that is not there is our fault, and no damage
        raise
    except Exception as error:  # readers of others raise what the damage leads them to
        said = (str(error).splitlines() or [""])[0][:120]
        found = f"a damaged one ({type(error).__name__}{': ' if said else ''}{said})"
        raise ReadError(path, "", f"a file of the format {name}", found) from error
