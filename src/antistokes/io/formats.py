"""The one dict of formats: how each is recognised, who reads it, and what kinds of measurement it can hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import xarray as xr

from antistokes.errors import ReadError
from antistokes.io.head import Head
from antistokes.io.netcdf import is_netcdf, read_netcdf
from antistokes.io.table import read_table

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
    """Return the suffixes that files of known formats usually have, for looking through folders."""
    found = {".csv", ".tsv", ".txt", ".dat", ".nc"} | {s for form in FORMATS.values() for s in form.suffixes}
    return tuple(sorted(found))


def read_file(path: str | os.PathLike[str], head: Head, kind: str | None, strict: bool) -> list[xr.Dataset]:
    """Read a file of a format that takes no hints; whatever damage leads a reader to is a ReadError."""
    name = choose(head, kind)
    try:
        return format_named(name).read(path, strict=strict)
    except ReadError:
        raise
    except Exception as error:  # readers of others raise what the damage leads them to
        said = (str(error).splitlines() or [""])[0][:120]
        found = f"a damaged one ({type(error).__name__}{': ' if said else ''}{said})"
        raise ReadError(path, "", f"a file of the format {name}", found) from error
