"""Text that Andor Solis exports (.asc, .csv, gzipped or not): numbers, and below or above them the acquisition.

A row is a column of the sensor: its position, then a value for each row of the sensor, or for each spectrum of a
kinetic series; images of a kinetic series stand one below the other, so that the positions begin anew. The axis has no
name. Without the acquisition's lines such a file is a table like any other, which :mod:`antistokes.io.table` reads.
"""

from __future__ import annotations

import os
import re
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from antistokes.errors import ReadError
from antistokes.io import axes, camera, dates
from antistokes.io.andor import numbers_of
from antistokes.io.axis_check import checked
from antistokes.io.head import START_BYTES, Head
from antistokes.io.instrument_table import ends_whole
from antistokes.io.source import source
from antistokes.io.text import decode
from antistokes.units import FloatArray

GZIP = b"\x1f\x8b\x08"
MOST_UNPACKED = 256 << 20  # bytes
FREE_UNPACKED, MOST_RATIO = 4 << 20, 20  # numbers that differ are packed ten to one or less
CHUNK, TAIL = 1 << 20, 8192
LONGEST_WRAP = 200  # lines that one row may take
KEYS = ("Date and Time", "Software Version", "Model", "Data Type", "Acquisition Mode", "Trigger Mode", "Readout Mode")

_KEY = re.compile(rf"^(?:{'|'.join(KEYS)}):", re.MULTILINE)
_ROW = re.compile(r"\s*[-+]?[0-9][-+0-9.eE]*[,;\t ]")


def is_andor_text(head: Head) -> bool:
    """Tell whether a text has lines of an acquisition by Solis, at its beginning or at its end."""
    if not head.start.startswith(GZIP):
        return _is_solis(head.text, _end_of_file(head) if head.size > START_BYTES and _ROW.match(head.text) else "")
    start = _loose(next(iter(_unpacked([head.start])), b""))
    if not _ROW.match(start):
        return _is_solis(start)
    return head.path.lower().endswith(".asc.gz") or _is_solis(_end_of_gzip(head))


def read_andor_text(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read a text that Solis exported.

    Parameters
    ----------
    path : path-like
        The file; it may be packed by gzip.
    strict : bool
        Make an error of a row or an image that is cut off.

    Returns
    -------
    list of xarray.Dataset
        One measurement: shape (columns,) for one spectrum, (frames, columns) for a kinetic series of spectra,
        (frames, rows, columns) for images; along wavelength, or in pixels.

    Raises
    ------
    ReadError
        The numbers are no table, text stands among them, or the file unpacks to more than 256 MB.
    """
    raw = Path(path).read_bytes()
    plain, notes = _plain(path, raw, strict)
    text, ends = decode(path, plain), ends_whole(plain)
    del plain
    first, last = _span(path, text.lines)
    if last == len(text.lines) and not ends:  # the last number may lack digits
        if strict:
            raise ReadError(path, f"line {last}", "a line end", "the end of the file", "Is the file cut off?")
        last, notes = last - 1, [*notes, "the last line has no line end, it is left out"]
    said = [line for line in (*text.lines[:first], *text.lines[last:]) if line.strip() and not _ROW.match(line)]
    about = _keys(said)
    numbers, counts = _numbers(path, text.lines, first, last)
    table, more = _table(path, numbers, counts, _area(about)[0], first, strict)
    block, x, yet_more = _frames(path, table, about, strict)
    axis = _axis(path, x, about)
    attrs, about_notes = _attrs(said, about)
    found = camera.measurement(
        block,
        axis,
        notes=[*text.notes, *notes, *more, *yet_more, *about_notes],
        source=source(path, raw, "andor_text", encoding=text.encoding),
        raw_metadata=said,
        **attrs,
    )
    return [found]


def _is_solis(*texts: str) -> bool:
    return len({key for text in texts for key in _KEY.findall(text)}) >= 3


def _loose(data: bytes) -> str:
    return data.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _end_of_file(head: Head) -> str:
    with Path(head.path).open("rb") as opened:
        opened.seek(-min(TAIL, head.size), os.SEEK_END)
        return _loose(opened.read())


def _end_of_gzip(head: Head) -> str:
    """Return the end of what a file unpacks to; nothing is kept but the end."""
    end, size = b"", 0
    with Path(head.path).open("rb") as opened:
        for part in _unpacked(iter(lambda: opened.read(CHUNK), b"")):
            end, size = (end + part)[-TAIL:], size + len(part)
            if size > MOST_UNPACKED:
                return ""
    return _loose(end)


def _unpacked(parts: Any) -> Iterator[bytes]:
    """Unpack gzip in pieces of at most 1 MiB, up to where it is cut off or damaged."""
    unpacker = zlib.decompressobj(wbits=31)
    for part in parts:
        while part and not unpacker.eof:
            try:
                yield unpacker.decompress(part, CHUNK)
            except zlib.error:
                return
            part = unpacker.unconsumed_tail


def _plain(path: str | os.PathLike[str], raw: bytes, strict: bool) -> tuple[bytes, list[str]]:
    """Return the text of a file, unpacked if need be."""
    if not raw.startswith(GZIP):
        return raw, []
    unpacked = bytearray()
    for part in _unpacked([raw]):
        unpacked += part
        if len(unpacked) > min(MOST_UNPACKED, FREE_UNPACKED + MOST_RATIO * len(raw)):
            expected = f"a text of at most {MOST_UNPACKED >> 20} MB and {MOST_RATIO} times its packed size"
            raise ReadError(path, "", expected, "one that unpacks to more", "Unpack it, and cut it to what you need.")
    whole = len(unpacked) % (1 << 32) == int.from_bytes(raw[-4:], "little")
    if not whole and (strict or not unpacked):
        raise ReadError(path, f"byte {len(raw)}", "a whole gzip file", "one that is cut off or damaged")
    return bytes(unpacked), [] if whole else ["the gzip file is cut off or damaged, what could be unpacked is read"]


def _span(path: str | os.PathLike[str], lines: Sequence[str]) -> tuple[int, int]:
    """Return the range of lines that hold the numbers; all else stands above or below."""
    first, last, odd = -1, 0, (0, "")
    for i, line in enumerate(lines):
        if not _ROW.match(line):
            odd = odd if odd[1] or first < 0 else (i, line.strip())
            continue
        if odd[1]:
            raise ReadError(path, f"line {odd[0] + 1}", "a row of numbers", repr(odd[1][:40]))
        first, last = first if first >= 0 else i, i + 1
    if first < 0:
        raise ReadError(path, "", "rows of numbers", "none")
    return first, last


def _numbers(
    path: str | os.PathLike[str], lines: Sequence[str], first: int, last: int
) -> tuple[FloatArray, NDArray[np.signedinteger]]:
    """Return all numbers one after the other, and how many stand in each line; blank lines have none."""
    mark = next((d for d in "\t;" if d in lines[first]), "" if re.search(r"[0-9]\s+[-+0-9]", lines[first]) else ",")
    decimal = mark != "," and any("," in line for line in islice(lines, first, last))
    words = {mark: " "} if mark else {}
    table = str.maketrans(words | ({",": "."} if decimal else {}))
    numbers, counts = array("d"), array("i")
    for i, line in enumerate(islice(lines, first, last), first + 1):
        cells = line.translate(table).split()
        try:
            numbers.extend(map(float, cells))
        except ValueError as error:
            raise ReadError(path, f"line {i}", "numbers only", str(error).split(": ")[-1][:40]) from error
        if cells:
            counts.append(len(cells))
    return np.frombuffer(numbers), np.frombuffer(counts, dtype=np.intc)


def _table(
    path: str | os.PathLike[str],
    numbers: FloatArray,
    counts: NDArray[np.signedinteger],
    width: int | None,
    first: int,
    strict: bool,
) -> tuple[FloatArray, list[str]]:
    """Return the rows, each of one or several lines, as shape (rows, 1 + values)."""
    if len(counts) < 2:
        raise ReadError(path, f"line {first + 1}", "two rows of numbers or more", f"{len(counts)}")
    for cut in (0, 1):
        kept = counts[: len(counts) - cut]
        lines = next((k for k in range(1, min(LONGEST_WRAP, len(kept)) + 1) if _repeats(kept, k)), None)
        if lines is not None and not (cut and counts[-1] >= kept[lines - 1]):
            break
    else:
        odd = int(np.argmax(counts != counts[0]))
        place, expected = f"line {first + odd + 1}", f"{counts[0]} numbers, as in the first row"
        raise ReadError(path, place, expected, f"{counts[odd]}", "The rows are neither of one length nor wrapped.")
    if cut and strict:
        raise ReadError(path, f"line {first + len(counts)}", f"{kept[0]} numbers", f"{counts[-1]}")
    notes = [f"the last row is cut off, its {counts[-1]} numbers are left out"] if cut else []
    table = numbers[: int(kept.sum())].reshape(len(kept) // lines, -1)
    wrap = len(table) // width if lines == 1 and width and len(table) % width == 0 else 1
    if wrap > 1 and not _starts_anew(table[:, 0], width or 1):
        table, lines = table.reshape(width or 1, -1), wrap
    notes += [f"{lines} lines were read as one row"] if lines > 1 else []
    if table.shape[1] < 2 or len(table) < 2:
        raise ReadError(path, f"line {first + 1}", "two rows and two numbers in each", f"{table.shape}")
    return table, notes


def _repeats(counts: NDArray[np.signedinteger], lines: int) -> bool:
    """Tell whether the lengths of the lines repeat, so that each row takes this number of lines."""
    if len(counts) % lines or (lines > 1 and len(counts) == lines):
        return False
    return bool(np.all(counts.reshape(-1, lines) == counts[:lines]))


def _starts_anew(x: FloatArray, period: int) -> bool:
    return bool(np.all(x.reshape(-1, period) == x[:period]))


def _frames(
    path: str | os.PathLike[str], table: FloatArray, about: dict[str, str], strict: bool
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return the values as shape (frames, rows, columns), and the positions of the columns."""
    again = np.flatnonzero(table[1:, 0] == table[0, 0])
    period = int(again[0]) + 1 if len(again) else len(table)
    frames, more = divmod(len(table), period)
    if more and strict:
        raise ReadError(path, "", f"images of {period} rows", f"{more} rows in the last one")
    notes = [f"the last image is cut off, its {more} rows are left out"] if more else []
    table = table[: frames * period]
    if not _starts_anew(table[:, 0], period):
        expected = "positions that are all different, or the same in every image"
        raise ReadError(path, "", expected, f"{table[0, 0]:g} again after {period} rows")
    values = table[:, 1:].reshape(frames, period, -1).transpose(0, 2, 1)
    if frames > 1 or values.shape[1] == 1:
        return values, table[:period, 0], notes
    kinetic = "kinetic" in about.get("Acquisition Mode", "").lower()
    if kinetic and about.get("Number in Kinetics Series") == str(values.shape[1]) and _area(about)[1] in (None, 1):
        return values.transpose(1, 0, 2), table[:period, 0], notes
    if _area(about)[1] != values.shape[1] and (kinetic or "Image" not in about.get("Readout Mode", "")):
        notes.append(f"the {values.shape[1]} values of each position were read as rows of the sensor")
    return values, table[:period, 0], notes


def _axis(path: str | os.PathLike[str], x: FloatArray, about: dict[str, str]) -> camera.Axis:
    """Return the axis, which the file does not name: running numbers are pixels, the rest is wavelength if likely."""
    checked("abscissa", x, path, lambda n: f"row {n + 1} of the numbers")
    if np.array_equal(np.diff(x), np.ones(len(x) - 1)) and np.array_equal(x, np.round(x)):
        return camera.pixels(len(x))
    if not (axes.UNNAMED_NM[0] <= x.min() and x.max() <= axes.UNNAMED_NM[1]):
        note = f"the axis is not named, and {x.min():g} to {x.max():g} may be others than nm"
        return camera.Axis("abscissa", x, (note,))
    centre = _number(about.get("Wavelength (nm)"))
    if centre and not x.min() <= centre <= x.max():
        note = f"the axis is not named and does not hold the spectrograph's {centre:g} nm: it may be a Raman shift"
        return camera.Axis("abscissa", x, (note,))
    why = f", as it holds the spectrograph's {centre:g} nm" if centre else ""
    return camera.Axis("wavelength", x, (f"axis not named, read as wavelength in nm{why}",))


def _keys(said: Sequence[str]) -> dict[str, str]:
    """Return what the lines of the acquisition say; of a key that repeats, the first."""
    pairs = [(key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in said)]
    return dict(reversed(pairs))


def _area(about: dict[str, str]) -> tuple[int | None, int | None]:
    """Return how many columns and rows an image has, by the area of the sensor and its binning."""
    found = re.fullmatch(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", about.get("{left,right,bottom,top}", ""))
    bins = [int(_number(about.get(f"{way} Binning")) or 1) for way in ("Horizontal", "Vertical")]
    if not found:
        return None, 1 if about.get("Readout Mode", "").startswith(("Full Vertical", "Single")) else None
    left, right, bottom, top = map(int, found.groups())
    return max((right - left + 1) // bins[0], 0) or None, max((top - bottom + 1) // bins[1], 0) or None


def _attrs(said: Sequence[str], about: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the acquisition gives, with notes."""
    kind = about.get("Data Type", "")
    numbers, more = numbers_of(kind)
    sums = camera.exposures(_number(about.get("Number of Accumulations")))
    notes = [*camera.summed(sums), *more]
    bits = re.match(r"(\d{1,2})-bit", about.get("Pre-Amplifier Gain", ""))
    full = 2 ** int(bits[1]) - 1 if bits and 8 <= int(bits[1]) <= 16 else camera.ADC_CEILING
    spectrograph = [
        line.strip()[:-1] for line in said if re.fullmatch(r"\w[\w .-]*:\s*", line) and "Serial" not in line
    ]
    attrs = {
        **numbers,
        "exposures": sums if sums > 1 else None,
        "integration_time_s": _number(about.get("Exposure Time (secs)")),
        "acquired_at": dates.iso(about.get("Date and Time", "")),
        "instrument": ", ".join([about["Model"], *spectrograph]) if about.get("Model") else None,
        "ceiling": full * sums if kind == "Counts" else None,
    }
    return attrs, notes


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < 1e9 else None
