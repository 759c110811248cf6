"""How much memory and time does reading a large file of each family take? One file a family, made here."""

from __future__ import annotations

import argparse
import gc
import gzip
import struct
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from antistokes import data, io

SIZE, SMALL = 25_000_000, 50_000  # bytes, more or less
WORKBOOK = 5  # a workbook is made of this part of the size: it is packed, and takes long to make and to read
TIMES, FREE = 3, 32 * 2**20  # the limit: TIMES * the larger of the file and what it gives, and FREE
POOL = 2003  # different cells; a prime, so that columns differ


class Cost(NamedTuple):
    """What reading a file took: bytes of the file, of what it gave, and of memory at the peak; seconds."""

    size: int
    returned: int
    peak: int
    seconds: float

    @property
    def ratio(self) -> float:
        """The peak as a multiple of the larger of the file and what it gave."""
        return self.peak / max(self.size, self.returned)


def main() -> None:
    """Make a file of each family, read it, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", help=f"which ones (default: all): {', '.join(FAMILIES)}")
    parser.add_argument("-n", type=int, default=SIZE, help=f"bytes of each file (default {SIZE})")
    said = parser.parse_args()
    print(f"{'':<22}{'file [MB]':>10}{'gives [MB]':>12}{'peak [MB]':>11}{'ratio':>7}{'cpu [s]':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in said.families or FAMILIES:
            cost = cost_of(name, Path(folder), said.n)
            sizes = "".join(f"{n / 1e6:>{width}.1f}" for n, width in zip(cost[:3], (10, 12, 11), strict=True))
            over = "" if cost.peak <= TIMES * max(cost.size, cost.returned) + FREE else "   over the limit"
            print(f"{name:<22}{sizes}{cost.ratio:>7.2f}{cost.seconds:>10.1f}{over}", flush=True)


def cost_of(name: str, folder: Path, size: int) -> Cost:
    """Make a file of a family and measure what reading it takes: the time first, then memory, which takes longer."""
    path = folder / FAMILIES[name].file
    FAMILIES[name].write(path, size)
    start = time.process_time()
    io.read_all(path)
    seconds = time.process_time() - start
    returned, peak = returned_and_peak(name, folder, size)
    return Cost(path.stat().st_size, returned, peak, seconds)


def returned_and_peak(name: str, folder: Path, size: int) -> tuple[int, int]:
    """Make a file of a family, read it, and return the bytes that it gives and the peak of memory.

    A small one is read before, for what is imported on the way.
    """
    path = folder / FAMILIES[name].file
    FAMILIES[name].write(path, SMALL)
    io.read_all(path)
    FAMILIES[name].write(path, size)
    gc.collect()
    tracemalloc.start()
    try:
        found = io.read_all(path)
        return returned_bytes(found), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def returned_bytes(found: Iterable[xr.Dataset]) -> int:
    """Return the bytes of all variables; of those that are one in memory, such as a shared axis, once."""
    arrays = [ds[name].values for ds in found for name in ds.variables]
    places = {(a.__array_interface__["data"][0], a.shape, a.strides): a.nbytes for a in arrays}
    return sum(places.values())


# ------------------------------------------------------------------------------------------------------------ the text


def cells(form: str, seed: int = 0, low: float = 0.0, high: float = 1.0) -> Iterator[str]:
    """Yield numbers as text without end, from a pool."""
    return map(form.format, cycle(np.random.default_rng(seed).uniform(low, high, POOL).tolist()))


def rows_of(size: int, columns: list[Iterator[str]], delimiter: str, form: str = "{:.5f}") -> list[str]:
    """Return about ``size`` bytes of rows: an axis from 400 to 900 and other columns."""
    different = min(POOL, 50_000 // len(columns))
    beside = [delimiter.join(row) for row in islice(zip(*columns, strict=False), different)]
    mean = sum(map(len, beside)) / len(beside) + len(delimiter) + len(form.format(400.0)) + 1
    count = int(size / mean)
    axis = (form.format(x) for x in np.linspace(400, 900, count))
    return [f"{x}{delimiter}{row}" for x, row in zip(axis, cycle(beside), strict=False)]


def save(
    path: Path, head: list[str], rows: list[str], below: Iterable[str] = (), end: str = "\n", encoding: str = "utf-8"
) -> None:
    """Write lines of text."""
    path.write_bytes(end.join([*head, *rows, *below, ""]).encode(encoding))


def table(path: Path, size: int) -> None:
    save(path, ["wavelength (nm),counts"], rows_of(size, [cells("{:.7f}")], ","))


def wide(path: Path, size: int) -> None:
    head = "\t".join(["wavelength (nm)", *(f"s{n}" for n in range(1, 501))])
    save(path, [head], rows_of(size, [cells("{:.0f}", n, 0, 200) for n in range(500)], "\t"))


def digits(path: Path, size: int) -> None:
    head = ",".join(["wavelength (nm)", *(f"s{n}" for n in range(1, 201))])
    save(path, [head], rows_of(size, [cells("{:.0f}", n, 0, 9) for n in range(200)], ",", "{:.4f}"))


def narrow(path: Path, size: int) -> None:
    save(path, ["nm,counts"], rows_of(size, [cells("{:.0f}", 0, 0, 9)], ","))


def text_column(path: Path, size: int) -> None:
    words = cycle(["ok", "low", "ok", "saturated"])
    head = "wavelength (nm),remark,counts"
    save(path, [head], rows_of(size, [words, cells("{:.4f}")], ","))


def utf16(path: Path, size: int) -> None:
    save(path, ["wavelength (nm)\tcounts"], rows_of(size // 2, [cells("{:.6f}")], "\t"), encoding="utf-16")


def comma(path: Path, size: int) -> None:
    rows = [row.replace(".", ",") for row in rows_of(size, [cells("{:.6f}"), cells("{:.3f}", 1)], ";")]
    save(path, ["wavelength (nm);a;b"], rows, end="\r\n")


def own_csv(path: Path, size: int) -> None:
    count = max(size // 55, 10)
    x, y = np.linspace(400, 900, count), np.random.default_rng(0).random((2, count))
    io.write(data.build("wavelength", x, y[0], signal_sd=y[1], kind="emission", quantity="counts"), path)


def cary(path: Path, size: int) -> None:
    names = ",,".join(["one", "two", "three", ""])
    axis = (f"{v:.4f}" for v in np.linspace(900, 300, size // 48 + 10))
    values = zip(cells("{:.5f}"), cells("{:.5f}", 1), cells("{:.5f}", 2), strict=True)
    rows = [",".join(f"{x},{y}" for y in row) + "," for x, row in zip(axis, values, strict=False)]
    save(path, [names, "Wavelength (nm),Abs," * 3], rows, ["", "one", "Instrument   Cary 50"], "\r\n")


def edinburgh(path: Path, size: int) -> None:
    said = {"Labels": "a,b,c", "Type": "Emission Scan", "Start": "400", "Stop": "900", "Step": "1"}
    said |= {"Fixed/Offset": "367.00", "Xaxis": "Wavelength", "Yaxis": "Counts"}
    rows = rows_of(size, [cells("{:.4E}", n) for n in range(3)], ",")
    save(path, [*(f"{key},{value}," for key, value in said.items()), ""], [f"{row}," for row in rows])


def labspec(path: Path, size: int) -> None:
    head = ["#Acq. time (s)=\t1", "#Accumulations=\t2", "#Range (nm)=\t500"]
    save(path, head, rows_of(size, [cells("{:.0f}", 0, 0, 9999)], "\t"))


def labspec_map(path: Path, size: int) -> None:
    head = ["#Acq. time (s)=\t1", "#Accumulations=\t2", "#AxisType[1]=\tSpectr", "#AxisUnit[1]=\tnm"]
    head += ["#AxisType[2]=\tY", "#AxisUnit[2]=\tµm", "\t" + "\t".join(f"{x:.3f}" for x in np.linspace(500, 600, 1000))]
    save(path, head, rows_of(size, [cells("{:.0f}", n, 0, 9999) for n in range(1000)], "\t"), encoding="latin-1")


def matrix_rows(size: int) -> list[str]:
    """Return about ``size`` bytes of an excitation-emission matrix."""
    excitation = "\t".join(f"{x:.3f}" for x in np.linspace(250, 380, 200))
    return [f"\t{excitation}", *rows_of(size, [cells("{:.2f}", n, 0, 9000) for n in range(200)], "\t")]


def fluoressence(path: Path, size: int) -> None:
    save(path, [], matrix_rows(size), end="\r\n")


def hitachi(path: Path, size: int) -> None:
    head = ["Model:\tF-7000 FL Spectrophotometer", "Measurement type:\t3-D Scan", "", "Data Points"]
    save(path, head, matrix_rows(size), end="\r\n")


def ocean(path: Path, size: int) -> None:
    head = ["SpectraSuite Data File", "++++", "Date: x", "User: y", "Spectrometers: ABC1", ">>>>>Begin Data<<<<<"]
    save(path, head, rows_of(size, [cells("{:.3f}", 0, 0, 9999)], "\t"), [">>>>>End Data<<<<<"], "\r\n")


def luqy(path: Path, size: int) -> None:
    head = ["Time\t8/27/2025 1:59:10 PM", "LuQY (%)\t0.5", "Integration Time (ms)\t33", "-" * 20]
    head += ["Wavelength (nm)\tLuminescence flux density (photons/(s cm² nm))\tRaw spectrum (counts)\tDark (counts)"]
    save(path, head, rows_of(size, [cells("{:.3E}", n) for n in range(3)], "\t"), end="\r\n")


def avantes(path: Path, size: int) -> None:
    head = ["", "Integration time [ms]: 6.50", "Data measured with spectrometer [name]: 1U1"]
    head += ["Wave   ;Sample   ;Dark", "[nm]   ;[counts] ;[counts]", ""]
    rows = rows_of(size, [cells("{:>9.3f}", n, 0, 9999) for n in range(2)], ";", "{:>9.5f}")
    save(path, head, rows, end="\r\n")


def thorlabs(path: Path, size: int) -> None:
    head = ["Optical Power Monitor", "5.0", "Delimiter Used: , ','", "", "Sample Interval , 1 s", ",,,PM1 1,"]
    head += ["Samples ,Date (MM/dd/yyyy) ,Time of day (hh:mm:ss) ,Power (W),"]
    days, power = max(size // 44 // 86_400, 1), cells("{:.6E}")
    clock = [f"{h:02d}:{m:02d}:{s:02d}.000" for h in range(24) for m in range(60) for s in range(60)]
    moments = [(day, when) for day in range(days) for when in clock][: size // 44]
    rows = [f"{n}, 11/{day + 1:02d}/2024, {when},{next(power)}" for n, (day, when) in enumerate(moments)]
    save(path, head, rows)


ANDOR = [
    *("", "", "Date and Time: Fri Sep  8 15:03:52 2017", "Software Version: 4.30", "Model: DU888_BV"),
    *("Data Type: Counts", "Acquisition Mode: Single Scan", "Readout Mode: Full Vertical Binning"),
]


def andor(path: Path, size: int) -> None:
    save(path, [], rows_of(size, [cells("{:.0f}", 0, 0, 65000)], "\t"), ANDOR, "\r\n")


def andor_image(path: Path, size: int) -> None:
    rows = rows_of(size, [cells("{:.0f}", n, 300, 999) for n in range(256)], ",")
    save(path, [], rows, [line.replace("Full Vertical Binning", "Image") for line in ANDOR])


def andor_gz(path: Path, size: int) -> None:
    rng = np.random.default_rng(0)
    count = max(size // 160, 50)
    values = rng.integers(300, 9000, (count, 64))
    rows = [f"{x:.4f}\t" + "\t".join(map(str, r)) for x, r in zip(np.linspace(400, 900, count), values, strict=True)]
    with gzip.open(path, "wb", compresslevel=1) as made:
        made.write("\n".join([*rows, *(line.replace("Full Vertical Binning", "Image") for line in ANDOR), ""]).encode())


def perkinelmer(path: Path, size: int) -> None:
    count = max(size // 22, 10)
    y = islice(cells("{:.6f}"), count)
    head = ["PE UV       SUBTECH     SPECTRUM    ASCII       PEDS        4.00        ", "   -1", "a.asc", "24/02/27"]
    head += ["16:45:12.00", "24/02/27", "16:45:12.00", "", "", "Lambda 950", "#HDR", "-1", "-1", "#GR", "nm", "A"]
    head += ["1.0", "0.0", "800.000000", "-0.0005", str(count), "8", "1.0", "0.0", "#DATA"]
    save(path, head, [f"{800 - 0.0005 * i:.4f}    \t{v}" for i, v in enumerate(y)], end="\r\n")


def jdx(path: Path, body: list[str], count: int, table: str = "##XYDATA= (X++(Y..Y))") -> None:
    said = {"TITLE": "t", "JCAMP-DX": "4.24", "DATA TYPE": "INFRARED SPECTRUM", "XUNITS": "HZ", "YUNITS": "ARBITRARY"}
    said |= {"FIRSTX": "0", "LASTX": f"{count - 1}", "NPOINTS": f"{count}"}
    save(path, [*(f"##{key}= {value}" for key, value in said.items()), table], body, ["##END="])


def pool_of(columns: list[Iterator[str]], between: str) -> list[str]:
    return [between.join(row) for row in islice(zip(*columns, strict=True), POOL)]


def jcamp_affn(path: Path, size: int) -> None:
    lines = max(size // 71, 3)
    pool = pool_of([cells("{:.9E}", n) for n in range(4)], " ")
    jdx(path, [f"{4 * n} {row}" for n, row in zip(range(lines), cycle(pool), strict=False)], 4 * lines)


def jcamp_pac(path: Path, size: int) -> None:
    lines = max(size // 60, 3)
    pool = pool_of([cells("{:+.0f}", n, -99, 9999) for n in range(11)], "")
    jdx(path, [f"{11 * n}{row}" for n, row in zip(range(lines), cycle(pool), strict=False)], 11 * lines)


def jcamp_dif(path: Path, size: int) -> None:
    """Write packed differences of one to three digits, every fifth of them doubled."""
    rng, form = np.random.default_rng(0), "%JKLMNOPQR%jklmnopqr"
    pool = []
    for steps in rng.integers(-400, 400, (POOL, 20)).tolist():
        coded = [form[int(str(abs(s))[0]) + 10 * (s < 0)] + str(abs(s))[1:] for s in steps]
        coded[::5] = [f"{difference}T" for difference in coded[::5]]
        pool.append(("".join(coded), sum(steps) + sum(steps[::5])))
    lines, value, body = max(size // 77, 3), 0, []
    for n, (coded_steps, change) in zip(range(lines), cycle(pool), strict=False):
        body.append(f"{24 * n}{squeezed(value)}{coded_steps}")
        value += change
    jdx(path, [*body, f"{24 * lines}{squeezed(value)}"], 24 * lines + 1)


def squeezed(value: int) -> str:
    digits = str(abs(value))
    return ("@ABCDEFGHI" if value >= 0 else "@abcdefghi")[int(digits[0])] + digits[1:]


def jcamp_pairs(path: Path, size: int) -> None:
    count = max(size // 53 * 4, 8)
    y = cells("{:.0f}", 0, 0, 9999)
    body = ["; ".join(f"{n + i}, {next(y)}" for i in range(4)) for n in range(0, count, 4)]
    jdx(path, body, count, "##XYPOINTS= (XY..XY)")


def workbook(path: Path, size: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("a")
    sheet.append(["wavelength (nm)", "a", "b"])
    rng = np.random.default_rng(0)
    count = max(size // WORKBOOK // 29, 10)
    for x, *row in np.column_stack([np.linspace(400, 900, count), rng.random((count, 2)).round(6)]).round(6).tolist():
        sheet.append([x, *row])
    book.save(path)


# ------------------------------------------------------------------------------------------------------------- binary


def netcdf(path: Path, size: int) -> None:
    x = np.linspace(400, 900, 1000)
    frames = np.random.default_rng(0).integers(0, 4000, (max(size // 2000, 2), 1000)).astype(np.uint16)
    io.write(data.build("wavelength", x, frames, along={"frame": np.arange(len(frames))}, kind="emission"), path)


def spe(path: Path, size: int) -> None:
    frames = max(size // 20_000, 1)
    head = bytearray(4100)
    fields = [("H", 42, 1000), ("H", 656, 10), ("i", 1446, frames), ("h", 108, 3), ("f", 1992, 2.2)]
    for form, at, value in [*fields, ("I", 2996, 0x01234567), ("H", 4098, 0x5555), ("f", 10, 0.1), ("i", 668, 1)]:
        struct.pack_into(f"<{form}", head, at, value)
    counts = np.random.default_rng(0).integers(0, 4000, (frames, 10, 1000)).astype("<u2")
    path.write_bytes(bytes(head) + counts.tobytes())


def galactic(path: Path, size: int) -> None:
    count = max(size // 4, 4)
    head = bytearray(512)
    struct.pack_into("<BBBbIddI", head, 0, 0, 0x4B, 0, -128, count, 500.0, 900.0, 1)
    struct.pack_into("<BBBBI", head, 28, 3, 0, 0, 0, 0)
    sub = struct.pack("<BbHfffIIf4x", 0, -128, 0, 0.0, 0.0, 0.0, count, 0, 0.0)
    path.write_bytes(bytes(head) + sub + np.random.default_rng(0).random(count).astype("<f4").tobytes())


class Family(NamedTuple):
    """A file to read: its name, and who writes it to a path with about so many bytes."""

    file: str
    write: Callable[[Path, int], None]


FAMILIES: dict[str, Family] = {
    "table": Family("a.csv", table),
    "narrow table": Family("a.csv", narrow),
    "500 columns": Family("a.txt", wide),
    "one-digit cells": Family("a.csv", digits),
    "text column": Family("a.csv", text_column),
    "UTF-16": Family("a.txt", utf16),
    "decimal comma": Family("a.csv", comma),
    "own csv": Family("a.csv", own_csv),
    "cary": Family("a.csv", cary),
    "edinburgh": Family("a.csv", edinburgh),
    "labspec_text": Family("a.txt", labspec),
    "labspec_text map": Family("a.txt", labspec_map),
    "fluoressence": Family("a.dat", fluoressence),
    "hitachi_eem": Family("a.txt", hitachi),
    "ocean": Family("a.txt", ocean),
    "avantes": Family("a.txt", avantes),
    "thorlabs": Family("a.csv", thorlabs),
    "luqy": Family("a.txt", luqy),
    "andor_text": Family("a.asc", andor),
    "andor_text image": Family("a.asc", andor_image),
    "andor_text gz": Family("a.asc.gz", andor_gz),
    "perkinelmer_asc": Family("a.asc", perkinelmer),
    "jcamp AFFN": Family("a.jdx", jcamp_affn),
    "jcamp PAC": Family("a.jdx", jcamp_pac),
    "jcamp DIFDUP": Family("a.jdx", jcamp_dif),
    "jcamp pairs": Family("a.jdx", jcamp_pairs),
    "excel": Family("a.xlsx", workbook),
    "netcdf": Family("a.nc", netcdf),
    "winspec": Family("a.spe", spe),
    "galactic": Family("a.spc", galactic),
}

if __name__ == "__main__":
    main()
