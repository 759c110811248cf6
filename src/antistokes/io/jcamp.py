"""JCAMP-DX: blocks of ``##LABEL= value`` around one table of numbers each, or several linked blocks in a file.

Read are (X++(Y..Y)) in all its forms and (XY..XY), as XYDATA, XYPOINTS or PEAK TABLE. What the header promises is held
against the numbers: NPOINTS, FIRSTX, LASTX, the abscissa of every line, and the check values of differences.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path as FilePath
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import axes, dates, hints, jcamp_numbers
from antistokes.io.axis_check import order_note
from antistokes.io.decoding import decode
from antistokes.io.head import Head
from antistokes.io.instrument_table import ends_whole
from antistokes.io.jcamp_numbers import Path
from antistokes.io.runs import KEPT_TEXTS
from antistokes.io.scan_names import distinct
from antistokes.io.source import source
from antistokes.units import FloatArray

TABLES = ("XYDATA", "XYPOINTS", "PEAKTABLE")
POINTS_PER_BYTE = 32  # more than real packing reaches; runs of equal numbers could claim any count

_LABEL = re.compile(r"\s*##(.*?)=(.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[Ee][+-]?\d{1,3})?")
_CELLS = re.compile(r"[-+.\deE?,;\s]*")
_STEPS, _PAIRS = re.compile(r"\(X\+\+\(Y\.\.Y\)?\)?"), re.compile(r"\(XY\.\.XY\)")


class _Table(NamedTuple):
    """A table and the header it stands under: its labels as they compare, the lines of its block as they are.

    The numbers stand in the lines ``begun + 1`` to ``last`` of the text; ``ended`` says that a label follows them.
    """

    name: str
    labels: dict[str, str]
    header: list[str]
    form: str
    text: Sequence[str]
    begun: int
    last: int
    ended: bool

    def numbers(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line, with decimal points where the header writes its numbers with commas."""
        labels = ("FIRSTX", "LASTX", "DELTAX", "FIRSTY", "MINY", "MAXY", "XFACTOR", "YFACTOR")
        commas = any(re.match(r"[+-]?\d+,\d+\s*$", self.labels.get(label, "")) for label in labels)
        for at in range(self.begun + 1, self.last + 1):
            line = _plain(self.text[at - 1])
            if line.strip():
                yield at, re.sub(r",(?=\s|;|$)", " ", line).replace(",", ".") if commas else line


class _Points(NamedTuple):
    """The numbers of a table, scaled, and what was found on the way."""

    x: FloatArray
    y: FloatArray
    flag: NDArray[np.uint8] | None
    notes: list[str]


def is_jcamp(head: Head) -> bool:
    """Tell whether a file begins with ##TITLE= and names JCAMP-DX."""
    started = re.match(r"(?:\s*\$\$[^\n]*\n)*\s*##\s*TITLE\s*=", head.text, re.IGNORECASE)
    return bool(started and re.search(r"^\s*##\s*JCAMP[-_ ]*DX\s*=", head.text, re.IGNORECASE | re.MULTILINE))


def read_jcamp(path: Path, strict: bool = False) -> list[xr.Dataset]:
    """Read every table of a JCAMP-DX file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of lines that are missing, and of a file that ends within its numbers.

    Returns
    -------
    list of xarray.Dataset
        One for each table, in the order of the file, with one axis: wavelength, energy, raman_shift, time, or an
        abscissa in the unit of the file.

    Raises
    ------
    ReadError
        The numbers disagree with what the header promises, or the file holds no table of a known form.
    """
    raw = FilePath(path).read_bytes()
    text = decode(path, raw)
    limit = POINTS_PER_BYTE * len(raw)
    tables = list(_tables(path, text.lines, ends_whole(raw)))
    lacking = _lacking(path, text.lines, strict)
    names = distinct([_name(table, i) for i, table in enumerate(tables, 1)])
    about = source(path, raw, "jcamp", encoding=text.encoding)
    del raw
    out = []
    for table, name in zip(tables, names, strict=True):
        said = {**about, "column": name} if len(tables) > 1 else about
        out.append(_measurement(path, table, limit, strict, said, [*text.notes, *lacking]))
    if not out:
        raise ReadError(path, "", "a table XYDATA, XYPOINTS or PEAK TABLE", "none")
    return out


def _tables(path: Path, lines: Sequence[str], whole: bool) -> Iterator[_Table]:
    """Yield each table with the header of its block; a line that may be cut is left out."""
    labels: dict[str, str] = {}
    header: list[str] = []
    label, begun = "", 0
    for at, line in chain(enumerate(lines, 1), [(len(lines) + 1, "")]):
        found = _LABEL.match(line)
        if found is None and at <= len(lines):
            if label not in TABLES and len(header) < KEPT_TEXTS:
                header += [line] if line.strip() else []
            continue
        if label in TABLES:
            last = at - 1 if found or whole else at - 2
            yield _Table(label, dict(labels), list(header), labels[label], lines, begun, last, found is not None)
        if found is None:
            return
        label, begun = re.sub(r"[\s\-/_]", "", found[1]).upper(), at
        if label == "TITLE":
            labels, header = {}, []
        if label == "DATATABLE":
            advice = "Export it as XYDATA or XYPOINTS."
            raise ReadError(path, f"line {at}", "XYDATA, XYPOINTS or PEAK TABLE", "a DATA TABLE of NTUPLES", advice)
        header.append(line.strip())
        labels.setdefault(label, _plain(found[2]).strip())


def _lacking(path: Path, lines: Sequence[str], strict: bool) -> list[str]:
    """Return a note where linked blocks are missing."""
    said = [m for m in (re.match(r"\s*##\s*BLOCKS\s*=\s*(\d{1,9})", line, re.I) for line in lines[:1000]) if m]
    found = sum("##" in line and re.match(r"\s*##\s*TITLE\s*=", line, re.I) is not None for line in lines) - 1
    if not said or found >= int(said[0][1]):
        return []
    if strict:
        raise ReadError(path, "", f"BLOCKS={said[0][1]} linked blocks", f"{found}", "Is it cut off?")
    return [f"{found} of BLOCKS={said[0][1]} linked blocks found"]


def _measurement(
    path: Path, table: _Table, limit: int, strict: bool, about: dict[str, str], notes: Sequence[str]
) -> xr.Dataset:
    form = re.sub(r"\s", "", table.form).upper()
    if not (_STEPS.match(form) or _PAIRS.match(form)):
        raise ReadError(path, f"line {table.begun}", "(X++(Y..Y)) or (XY..XY)", repr(table.form[:30]))
    if next(table.numbers(), None) is None:
        raise ReadError(path, f"line {table.begun}", "lines of numbers", "none")
    count = _value(table, "NPOINTS")
    if count is not None and not 1 <= count <= limit:
        raise ReadError(
            path, f"line {table.begun}", "as many numbers as NPOINTS says", f"NPOINTS={count:g}", "Cut off?"
        )
    points = _steps(path, table, limit, strict) if _STEPS.match(form) else _pairs(path, table, strict)
    _check_points(path, table, points)
    kind = _kind(table)
    axis = axes.positions(table.labels.get("XUNITS", ""), points.x, raman=kind == "raman")
    notes = [*notes, *order_note(axis.axis, axis.x)]
    stated = axes.doubted(axes.signal(table.labels.get("YUNITS", "")), points.y)
    peaks = ["a table of peaks, not a spectrum"] if table.name == "PEAKTABLE" else []
    peaks += [f"only the first {KEPT_TEXTS} lines of the header are kept"] if len(table.header) >= KEPT_TEXTS else []
    extremes, way = _extremes(table, points.y), slice(None, None, -1 if axis.x[0] > axis.x[-1] else None)
    y, flag, points = points.y, points.flag, points._replace(x=axis.x)  # the positions of the file may go
    y *= stated.factor
    return data.build(
        axis.axis,
        axis.x[way],
        y[way],
        kind=hints.kind_of(stated.quantity, kind) if kind == "spectrum" else kind,
        flag=None if flag is None else flag[way],
        quantity=stated.quantity,
        instrument=table.labels.get("SPECTROMETERDATASYSTEM") or None,
        acquired_at=_date(table),
        source=about,
        raw_metadata=table.header,
        notes=[*notes, *peaks, *points.notes, *extremes, *axis.notes, *stated.notes],
        **axes.as_build(axis),
    )


def _steps(path: Path, table: _Table, limit: int, strict: bool) -> _Points:
    """Read (X++(Y..Y)): ordinates at equal steps, each line with the abscissa of its first one."""
    rows = jcamp_numbers.rows(path, table.numbers, limit)
    count = len(rows.y)
    stated = _value(table, "NPOINTS")
    size = int(stated) if stated else count
    scale = _value(table, "XFACTOR") or 1.0
    first, last, step = (_value(table, name) for name in ("FIRSTX", "LASTX", "DELTAX"))
    first = float(rows.x[0]) * scale if first is None else first
    if last is None and step is None:
        raise ReadError(path, f"line {table.begun}", "LASTX or DELTAX in the header", "neither")
    step = step if last is None or size < 2 else (last - first) / (size - 1)
    if not step:
        raise ReadError(path, f"line {table.begun}", "a first and a last abscissa that differ", f"both {first:g}")
    y, lost = _placed(path, rows, size, (first, step, scale), strict)
    filled = int(np.isfinite(y).sum()) if lost else count
    notes = [*_cut(path, table, count, stated, strict)]
    if lost:
        if 2 * filled < size:
            raise ReadError(path, f"line {table.begun}", f"{size} points", f"{filled} that fit their abscissa")
        gaps = int((~np.isfinite(y)).sum())
        notes = [f"{gaps} of {size} points are missing: {lost}"]
    else:
        _require_count(path, table, count, stated)
        y = y[:count]
    stop = first + step * (y.size - 1) if last is None or y.size < size else last
    x = np.linspace(first, stop, y.size)
    y *= _value(table, "YFACTOR") or 1.0
    return _Points(x, y, _missing(y), notes)


def _placed(
    path: Path, rows: jcamp_numbers.Rows, size: int, grid: tuple[float, float, float], strict: bool
) -> tuple[FloatArray, str]:
    """Put each line where its abscissa says; returns the ordinates, NaN where none came, and why some did not."""
    first, step, scale = grid
    strange: list[int] = []
    skipped: list[int] = []
    places, allowed = (rows.x * scale - first) / step, np.maximum(0.5, 0.9999 * rows.digit * abs(scale / step))
    starts, at = np.cumsum(rows.size) - rows.size, 0
    if len(rows.y) <= size and np.all(np.abs(places - (starts - rows.checked)) <= allowed):
        return rows.y, ""
    y = np.full(size, np.nan)
    for i, place in enumerate(places):
        line, count, checked = int(rows.line[i]), int(rows.size[i]), bool(rows.checked[i])
        if not abs(place - (at - checked)) <= allowed[i]:
            expected = f"the abscissa {(first + step * (at - checked)) / scale:.10g}"
            if strict or (-0.5 < place < at - 0.5):
                raise ReadError(path, f"line {line}", expected, f"{rows.x[i]:.10g}", "Are points missing or too many?")
            if not -0.5 < place < size - 0.5:
                strange.append(line)
                continue
            skipped.append(line)
            at = round(place) + checked
        if at + count > size:
            raise ReadError(path, f"line {line}", f"{size} points as the header says", "more")
        y[at : at + count] = rows.y[starts[i] : starts[i] + count]
        at += count
    said = [f"lines with an abscissa out of range left out: {_listed(strange)}"] if strange else []
    said += [f"the abscissa jumps at line {_listed(skipped)}"] if skipped else []
    return y, "; ".join(said)


def _pairs(path: Path, table: _Table, strict: bool) -> _Points:
    """Read (XY..XY): pairs of numbers, in any order, with a decimal comma where the header has one."""
    stated = _value(table, "NPOINTS")
    values = array("d")
    for at, line in table.numbers():
        cells = line.replace(",", " ").replace(";", " ").split()
        try:
            values.fromlist([np.nan if cell == "?" else float(cell) for cell in cells])
        except ValueError:
            cells = []
        if not cells or len(cells) % 2 or not _CELLS.fullmatch(line):
            raise ReadError(path, f"line {at}", "pairs of numbers", repr(line.strip()[:40]))
    x, y = np.frombuffer(values).reshape(-1, 2).T
    x *= _value(table, "XFACTOR") or 1.0
    y *= _value(table, "YFACTOR") or 1.0
    notes = _cut(path, table, len(x), stated, strict)
    _require_count(path, table, len(x), stated)
    _check_ends(path, table, x, bool(notes))
    return _Points(x, y, _missing(y), notes)


def _missing(y: FloatArray) -> NDArray[np.uint8] | None:
    """Return the flags of ordinates that are not there, None where all are."""
    missing = np.isnan(y)
    return missing * np.uint8(data.FLAGS["missing"]) if missing.any() else None


def _check_ends(path: Path, table: _Table, x: FloatArray, cut: bool) -> None:
    """Raise unless the first and the last abscissa are those of the header, in either order."""
    stated = [_value(table, "FIRSTX"), _value(table, "LASTX")]
    steps = np.diff(x)
    step = float(np.median(np.abs(steps, out=steps), overwrite_input=True)) if x.size > 1 else 0.0
    for names, found in ((stated, x[[0, -1]]), (stated[::-1], x[[0, -1]])):
        near = [s is None or abs(s - f) <= max(0.51 * step, 1e-6 * abs(f)) for s, f in zip(names, found, strict=True)]
        if all(near[: 1 if cut else 2]):
            return
    expected = " to ".join("any" if s is None else f"{s:.10g}" for s in stated)
    raise ReadError(path, f"line {table.begun + 1}", f"FIRSTX to LASTX: {expected}", f"{x[0]:.10g} to {x[-1]:.10g}")


def _check_points(path: Path, table: _Table, points: _Points) -> None:
    x = points.x
    finite = np.isfinite(x).all() and not np.isinf(points.y).any()
    one_way = np.all(x[1:] > x[:-1]) or np.all(x[1:] < x[:-1])
    if not finite or not (one_way or np.unique(x).size == x.size):
        found = "a position twice" if finite else "a number too large to hold"
        raise ReadError(path, f"line {table.begun}", "finite numbers and every position once", found)


def _cut(path: Path, table: _Table, count: int, stated: float | None, strict: bool) -> list[str]:
    """Return a note where the file ends within or right after its numbers."""
    if table.ended:
        return []
    note = f"the file is cut off: no ##END=, {count} of {int(stated) if stated else 'unknown'} points"
    if strict:
        raise ReadError(path, f"line {table.last}", "##END= after the numbers", "the end of the file")
    return [note]


def _require_count(path: Path, table: _Table, count: int, stated: float | None) -> None:
    if stated is not None and count != stated and (table.ended or count > stated):
        advice = "Numbers are missing, or the decimal sign is not the one of the header."
        raise ReadError(path, f"line {table.begun}", f"NPOINTS={stated:g} points", f"{count}", advice)


def _extremes(table: _Table, y: FloatArray) -> list[str]:
    """Return notes where the ordinates are not those that the header promises; headers are rounded, or left at 0."""
    out = []
    found = {"FIRSTY": y[0], "MINY": np.nanmin(y), "MAXY": np.nanmax(y)} if np.isfinite(y).any() else {}
    for name, value in found.items():
        text = _NUMBER.match(table.labels.get(name, ""))
        if text and np.isfinite(value):
            said = text[0].replace(",", ".")
            if abs(float(said) - value) > 1.01 * jcamp_numbers.last_digit(said) + 1e-5 * abs(value):
                out.append(f"{name} is {said} in the header, {value:.6g} in the numbers")
    return out


def _value(table: _Table, label: str) -> float | None:
    """Return a number of the header; None where there is none."""
    found = _NUMBER.match(table.labels.get(label, ""))
    return float(found[0].replace(",", ".")) if found else None


def _kind(table: _Table) -> str:
    said = " ".join(table.labels.get(name, "") for name in ("DATATYPE", "DATACLASS")).lower()
    if "raman" in said:
        return "raman"
    if "excitation" in said:
        return "ple"
    return "emission" if re.search("fluoresc|luminesc|emission", said) else "spectrum"


def _date(table: _Table) -> str | None:
    """Return when it was measured; a date that leaves doubt stays in raw_metadata."""
    said = table.labels.get("LONGDATE") or f"{table.labels.get('DATE', '')} {table.labels.get('TIME', '')}"
    return dates.iso(said) or dates.iso(table.labels.get("DATE", ""))


def _name(table: _Table, number: int) -> str:
    return table.labels.get("TITLE") or f"block {number}"


def _listed(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:5]))
    return f"{shown} and {len(lines) - 5} more" if len(lines) > 5 else shown


def _plain(text: str) -> str:
    return text.split("$$", 1)[0].rstrip()
