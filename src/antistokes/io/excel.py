"""Excel workbooks (.xlsx): every sheet is turned into lines of text, which are read as a table of text is.

Old .xls files are refused. A workbook is a zip file of XML: its uncompressed size is checked before it is opened, and a
document type, which could define entities, is refused.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import hints, table
from antistokes.io.decoding import lines_of
from antistokes.io.head import Head
from antistokes.io.source import source
from antistokes.io.text import find_block

ZIP, OLE2, BIFF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08"
WORKBOOK = "xl/workbook.xml"
MAX_RATIO, FREE_BYTES, MAX_BYTES = 60, 10_000_000, 1_000_000_000  # of the uncompressed parts; bombs go beyond 1000:1
CHUNK = 1 << 20
MOST_BLANK = 10_000  # rows in a row without a cell


def is_excel(head: Head) -> bool:
    """Tell whether a zip file holds a workbook."""
    if not head.start.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(head.path) as opened:
            return WORKBOOK in opened.namelist()
    except Exception:  # zipfile raises whatever the damage leads it to
        return b"xl/work" in head.start


def is_xls(head: Head) -> bool:
    """Tell whether a file is an old binary workbook."""
    name = "Workbook".encode("utf-16-le")
    ole = head.start.startswith(OLE2) and (name in head.start or head.suffix == ".xls")
    return ole or (head.start.startswith(BIFF) and head.suffix == ".xls")


def read_excel(
    path: str | os.PathLike[str], kind: str | None = None, strict: bool = False, **said: Any
) -> list[xr.Dataset]:
    """Read every measurement in the sheets of a workbook.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str, optional
        What was measured, where the quantity does not tell; one of ``data.KINDS``.
    strict : bool
        Make an error of everything that would be left out with a note: a sheet that holds no table, text beside or
        below the numbers, empty cells at the ends of a column.
    **said
        What the caller knows; see :func:`antistokes.io.read`. Where several sheets hold measurements, a column is named
        ``"sheet: column"``.

    Returns
    -------
    list of xarray.Dataset
        One for each column of values, sheet by sheet.

    Raises
    ------
    ReadError
        The file is no workbook, is damaged, or has no sheet with such a table.
    """
    known = hints.checked(kind, said)
    raw = Path(path).read_bytes()
    about, size = source(path, raw, "excel"), len(raw)
    del raw
    chosen, known = _chosen(list(_sheets(path, size)), known)
    found: list[tuple[str, list[xr.Dataset]]] = []
    failed: list[tuple[str, ReadError]] = []
    while chosen:
        name, lines = chosen.pop(0)  # a large sheet may go before the measurements come
        try:
            block = find_block(path, lines)
            del lines
            found.append((name, table.measurements(path, block, about, block.notes, known, strict)))
        except ReadError as error:
            failed.append((name, error))
    if failed and (strict or not found):
        name, first = failed[0]
        where = f"sheet {name!r}, {first.where}" if first.where else f"sheet {name!r}"
        raise ReadError(path, where, first.expected, first.found, first.advice) from first
    if not found:
        raise ReadError(path, "", "a sheet with a table of numbers", "empty sheets only")
    notes = [f"sheet {name!r} left out: expected {why.expected}, found {why.found}" for name, why in failed]
    several = len(found) > 1
    return [_named(ds, name, several, notes) for name, measurements in found for ds in measurements]


def _chosen(
    sheets: list[tuple[str, Sequence[str]]], known: dict[str, Any]
) -> tuple[list[tuple[str, Sequence[str]]], dict[str, Any]]:
    """Return the sheets to look at; a column named "sheet: column" is looked for in that sheet only."""
    for name, lines in sheets:
        if known.get("y", "").startswith(f"{name}: "):
            return [(name, lines)], {**known, "y": known["y"][len(name) + 2 :]}
    return sheets, known


def _named(ds: xr.Dataset, sheet: str, several: bool, notes: Sequence[str]) -> xr.Dataset:
    about = data.json_attr(ds, "source", {})
    column = f"{sheet}: {about['column']}" if several else about["column"]
    return data.with_attrs(ds, notes=notes, source={**about, "column": column, "sheet": sheet})


def _sheets(path: str | os.PathLike[str], size: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield name and lines of each sheet that holds anything."""
    from openpyxl import load_workbook  # it takes a third of a second, which only workbooks need

    try:
        total = _require_harmless(path, size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and links, which are not read
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                lines = _lines(path, sheet.iter_rows(values_only=True), total)
                if lines:
                    yield str(sheet.title), lines
            book.close()
    except ReadError:
        raise
    except Exception as error:  # openpyxl raises whatever the damage leads it to
        said = (str(error).splitlines() or [""])[0][:80]
        raise ReadError(path, "", "a workbook .xlsx", f"a damaged one ({type(error).__name__}: {said})") from error


def _require_harmless(path: str | os.PathLike[str], size: int) -> int:
    """Return the uncompressed size, or raise where it is out of proportion, or a part has a document type."""
    with zipfile.ZipFile(path) as opened:
        parts = opened.infolist()
        total = sum(part.file_size for part in parts)
        if total > min(MAX_BYTES, FREE_BYTES + MAX_RATIO * size):
            raise ReadError(path, "", "a workbook of a sensible size", f"one that unpacks to {total} bytes")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                _refuse_doctype(path, opened, part)
    return total


def _refuse_doctype(path: str | os.PathLike[str], opened: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with opened.open(part) as stream:
        before = b""
        while chunk := stream.read(CHUNK).replace(b"\0", b""):
            if b"<!DOCTYPE" in before + chunk:
                raise ReadError(path, part.filename, "XML without a document type", "<!DOCTYPE")
            before = chunk[-16:]


def _lines(path: str | os.PathLike[str], rows: Iterator[tuple[Any, ...]], total: int) -> Sequence[str]:
    """Return the rows as lines of cells between tabs; rows are as long as their last cell, so their sum is bounded."""
    out, cells, blank = BytesIO(), 0, 0
    for n, row in enumerate(rows, 1):
        cells, blank = cells + len(row), 0 if any(cell is not None for cell in row) else blank + 1
        if cells > FREE_BYTES + total or blank > MOST_BLANK:
            raise ReadError(path, f"row {n}", "cells with something in them", "far more empty ones")
        out.write("\t".join(map(_text, row)).rstrip("\t").encode("utf-8") + b"\n")
    text = out.getvalue()
    return [] if text.isspace() or not text else lines_of(path, text, "utf-8")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return repr(cell)
    return " ".join(str(cell).replace('"', "'").split())
