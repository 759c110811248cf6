"""LuQY Pro of QYB: the absolute photoluminescence of one measurement, or of the steps of a sweep.

Above a line of dashes stand names and values, a value for each step; below it the spectra. One measurement has a column
for the flux, the raw and the dark spectrum; a sweep has only fluxes, one column a step.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import dates, headers, instrument_table
from antistokes.io.head import Head
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.io.text import decode

_YIELD = re.compile(r"^LuQY \(%\)\s*\t", re.MULTILINE)
_DASHES = re.compile(r"^-{5,}[ \t]*$", re.MULTILINE)
_FLUX = re.compile(r"\(photons[^)]*(?:\([^)]*)?\bnm\)*\s*$", re.IGNORECASE)


def is_luqy(head: Head) -> bool:
    """Tell whether this is a text of LuQY Pro: its yield in the header, and the line of dashes."""
    return _YIELD.search(head.text) is not None and _DASHES.search(head.text) is not None


def read_luqy(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectra of a text of LuQY Pro.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a last line that may be cut.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values, shape (wavelength,): flux (quantity "photons_per_nm", per s and cm^2), raw and
        dark spectrum (quantity "counts"). ``raw_metadata`` holds yield, splitting of the quasi Fermi levels and all
        else that the header says of that column.

    Raises
    ------
    ReadError
        The line of dashes or the names below it are missing, text stands among the numbers, or a wavelength stands
        twice.
    """
    raw = Path(path).read_bytes()
    text = decode(path, raw)
    lines, cut = instrument_table.whole_lines(path, raw, text.lines, strict)
    dashes = next((n for n, line in enumerate(lines) if _DASHES.match(line)), None)
    if dashes is None:
        raise ReadError(path, "", "a line of dashes below the header", "none")
    named = next((n for n in range(dashes + 1, len(lines)) if lines[n].strip()), None)
    if named is None or not lines[named].startswith("Wavelength (nm)"):
        found = "the end of the file" if named is None else repr(lines[named][:60])
        raise ReadError(path, f"line {(named or dashes) + 1}", "the names of the columns, 'Wavelength (nm) ...'", found)
    block = instrument_table.numbers_between(path, lines, named + 1, len(lines))
    names, sweep = _names(path, lines[named], named, block.values.shape[1])
    axis, x, axis_notes = instrument_table.axis_of_wavelengths(
        path, block.values[:, 0], lambda n: f"line {block.lines[n]}"
    )
    about = source(path, raw, "luqy", encoding=text.encoding)
    out = []
    for i, (name, column) in enumerate(zip(names, distinct(names), strict=True)):
        said = _said(lines[:dashes], i if sweep else 0)
        when, date_notes = _when(lines[0], i if sweep else 0)
        stated = _quantity(name)
        values, flag, missing = instrument_table.missing_flag(block.values[:, i + 1] * stated.factor)
        out.append(
            data.build(
                axis,
                x,
                values,
                kind="spectrum" if name.lower().startswith("dark") else "emission",
                quantity=stated.quantity,
                medium=instrument_table.medium_of(axis),
                flag=flag,
                notes=[*text.notes, *cut, *block.notes, *axis_notes, *stated.notes, *date_notes, *missing],
                integration_time_s=_seconds(said),
                acquired_at=when,
                source={**about, "column": column},
                raw_metadata=said,
            )
        )
    return out


def _names(path: str | os.PathLike[str], line: str, at: int, width: int) -> tuple[list[str], bool]:
    """Return the names of the columns of values, and whether one name stands for the steps of a sweep."""
    names = [cell.strip() for cell in line.split("\t")[1:] if cell.strip()]
    if len(names) == width - 1:
        return names, False
    if len(names) == 1:
        return names * (width - 1), True
    raise ReadError(path, f"line {at + 1}", f"a name for each of {width - 1} columns, or one for all", f"{len(names)}")


def _said(lines: Sequence[str], step: int) -> dict[str, str]:
    """Return the header of one step: name and value of each line."""
    pairs = [line.split("\t") for line in lines if line.strip()]
    return {p[0].strip(): p[min(step + 1, len(p) - 1)].strip() if len(p) > 1 else "" for p in pairs}


def _when(line: str, step: int) -> tuple[str | None, list[str]]:
    """Return the time of a step: date and time behind "Time", or times behind a date."""
    cells = [cell.strip() for cell in line.split("\t")]
    own = cells[step + 1] if step + 1 < len(cells) else ""
    text = own if cells[0].lower() == "time" else f"{cells[0]} {own}".strip()
    return dates.iso(text), dates.doubt(text)


def _quantity(name: str) -> headers.Quantity:
    """Return the quantity that a unit states; both generations write the flux per s, cm^2 and nm, in other words."""
    if len(name) < 200 and _FLUX.search(name):
        return headers.Quantity("photons_per_nm", 1.0, (f"{name!r}: its absolute scale is per s and cm^2",))
    return headers.read_quantity(name[:200])


def _seconds(said: dict[str, str]) -> float | None:
    text = next((value for key, value in said.items() if key.lower() == "integration time (ms)"), "")
    try:
        return instrument_table.positive(float(text.replace(",", ".")) / 1e3)
    except ValueError:
        return None
