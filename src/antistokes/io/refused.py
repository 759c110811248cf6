"""Files that are recognised and not read, each with the export that is.

A message that names the instrument and the way out is worth more than "binary data". When a format gets a reader, its
line here goes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import xarray as xr

from antistokes.errors import ReadError
from antistokes.io.avantes import is_avantes_binary
from antistokes.io.becker_hickl import is_becker_hickl
from antistokes.io.excel import is_xls
from antistokes.io.head import Head, head_of
from antistokes.io.horiba import is_datastation


class Refused(NamedTuple):
    """How a kind of file is recognised, what it is, and what to export instead."""

    recognises: Callable[[Head], bool]
    what: str
    export: str


def _starts(*magics: bytes) -> Callable[[Head], bool]:
    return lambda head: head.start.startswith(magics)


def _is_edinburgh_binary(head: Head) -> bool:
    """Tell whether a file is a binary one of Edinburgh Instruments: by its name, no magic number of .fs being known."""
    return head.start.startswith(b"EAI ") or (head.suffix in (".fs", ".fl") and b"\0" in head.start)


def _is_becker_hickl_setup(head: Head) -> bool:
    """Tell whether a file has the header of an .sdt or .set file: a mark, and the place of the identification."""
    at = int.from_bytes(head.start[2:6], "little")
    return head.start[32:34] == b"UU" and head.start[at : at + 15] == b"*IDENTIFICATION"


def _is_nikon(head: Head) -> bool:
    old = head.suffix == ".nd2" and head.start[4:8] == b"jP  "
    return old or (head.start.startswith(b"\xda\xce\xbe\x0a") and head.start[16:34] == b"ND2 FILE SIGNATURE")


_AS_TEXT = "Export the spectrum as text or csv."
_DECAY = "Photon streams and histograms are not read yet, spectra are: export those as text or csv."
_MOVIE = "Movies are not read yet: export the spectrum or the trace of a region as csv."

REFUSED: dict[str, Refused] = {
    "edinburgh binary": Refused(
        _is_edinburgh_binary,
        "a binary file of Edinburgh Instruments",
        "Export it from F980 or Fluoracle as ASCII, csv or txt.",
    ),
    "cary binary": Refused(
        _starts(b"\x11Varian UV-VIS-NIR"),
        "a binary file of Cary WinUV (.dsw, .bsw or .csw)",
        "Save it from Cary WinUV as csv (Save Data As, type Spreadsheet Ascii).",
    ),
    "origin": Refused(
        _starts(b"CPYA ", b"CPYUA "), "an Origin project", "Export the worksheet from Origin as csv or ASCII."
    ),
    "picoquant unified": Refused(
        _starts(b"PQTTTR\0", b"PQHISTO\0"), "a PicoQuant photon stream or histogram (.ptu, .phu)", _DECAY
    ),
    "picoquant": Refused(
        _starts(*(name.ljust(16, b"\0") for name in (b"PicoHarp 300", b"HydraHarp", b"TimeHarp 200"))),
        "a PicoQuant photon stream or histogram (.pt2, .pt3, .phd, .ht2, .ht3, .hhd, .t3r, .thd)",
        _DECAY,
    ),
    "becker & hickl": Refused(_is_becker_hickl_setup, "a Becker & Hickl .sdt or .set file", _DECAY),
    "becker & hickl stream": Refused(is_becker_hickl, "a photon stream of a Becker & Hickl card (.spc)", _DECAY),
    "datastation": Refused(is_datastation, "a histogram of HORIBA DataStation", _DECAY),
    "avantes binary": Refused(is_avantes_binary, "a binary file of AvaSoft", "Export it as text (ASCII) in AvaSoft."),
    "old excel": Refused(is_xls, "an old binary workbook .xls", "Save it as .xlsx or as csv."),
    "nd2": Refused(_is_nikon, "a Nikon movie (.nd2)", _MOVIE),
    "tiff": Refused(
        _starts(b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"), "a TIFF image or movie", _MOVIE
    ),
}


REFUSED_SUFFIXES = (
    *(".fs", ".fl", ".dsw", ".bsw", ".csw", ".opj", ".opju", ".xls", ".raw8", ".rfl8", ".ptu", ".phu", ".pt2", ".pt3"),
    *(".ht2", ".ht3", ".t3r", ".phd", ".thd", ".sdt", ".set", ".nd2", ".tif", ".tiff"),
)


def is_refused(head: Head) -> bool:
    """Tell whether a file is of a kind that is recognised and not read."""
    return any(kind.recognises(head) for kind in REFUSED.values())


def read_refused(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Raise a ReadError that says what a file is and what to export instead.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Has no effect.

    Returns
    -------
    list of xarray.Dataset
        Never.

    Raises
    ------
    ReadError
        Always.
    """
    head = head_of(path)
    expected = "a format that can be read"
    for kind in REFUSED.values():
        if kind.recognises(head):
            raise ReadError(path, "", expected, kind.what, kind.export)
    raise ReadError(path, "", expected, "an unknown one", _AS_TEXT)
