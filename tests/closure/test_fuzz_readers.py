"""Damaged files and bombs: a reader ends soon, with a ReadError or data, and takes no more memory than it may.

Every sample file, and some that are made here, is truncated, overwritten, cut up and sewn together at random, and read
by ``io.read_all`` in a process of its own. The case ``number`` of the file ``name`` is always the same; to see one::

    from tests.closure import test_fuzz_readers as fuzz
    raw, what = fuzz.damaged(name, fuzz.samples(real_data)[name], number)
"""

from __future__ import annotations

import gc
import gzip
import random
import re
import struct
import tempfile
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from antistokes import data, io

SECONDS = 5.0  # of processor time for one file; a worker that is silent for longer than PATIENCE is ended
PATIENCE, START = 20.0, 300.0
MEMORY, FREE_MEMORY = 3, 64 * 2**20  # peak <= MEMORY * max(size, what is given) + FREE_MEMORY, for packed bombs too
LARGEST_SAMPLE = 3 * 2**20
WORKERS = 2
# Bytes of signal a file may give for each of its bytes. A number in text takes two bytes at least and becomes one of
# eight; one in a binary file takes one byte at least, and an image may be stored as it is and as an axis. What is
# compressed may give more: deflate reaches 1030:1, and a DUP of JCAMP-DX stands for up to 99 equal numbers.
FREE_SIGNAL = 2**16
MOST_SIGNAL = {"table": 4.0, "netcdf": 1030 * 8.0, "jcamp": 8 * 99 / 2, "excel": 60 * 4.0, "procspec": 60 * 4.0}
MOST_SIGNAL_ELSE = 8.0


class Case(NamedTuple):
    """One damaged file: what it is made of, and the number of the damage."""

    name: str
    number: int


class Verdict(NamedTuple):
    """How reading a file went: what was wrong with that, whether it gave data, and the message if it was refused."""

    error: str
    read: bool = False
    message: str = ""


class Outcome(NamedTuple):
    """What became of a case; ``what`` is the damage."""

    case: Case | Path
    what: str
    verdict: Verdict


def samples(folder: Path | None) -> dict[str, bytes]:
    """Return the files to damage: those of a folder of sample files, or our own."""
    if folder is None:
        return own_samples()
    files = sorted(path for path in (folder / "formats").rglob("*") if path.is_file() and path.suffix != ".md")
    return {str(f.relative_to(folder)): f.read_bytes() for f in files if f.stat().st_size <= LARGEST_SAMPLE}


def own_samples() -> dict[str, bytes]:
    """Return small files as we write them, and tables in other dresses."""
    rng = np.random.default_rng(5)
    x = np.linspace(700, 500, 120)
    signal = 1e4 * np.exp(-0.5 * ((x - 600) / 20) ** 2) + rng.normal(size=x.size)
    common = {"kind": "emission", "quantity": "counts", "medium": "air", "notes": ["a guess"], "excitation_nm": 450.0}
    one = data.build("wavelength", x, signal, signal_sd=np.full(x.size, 2.0), signal_modes=[0.1 * x, 0 * x], **common)
    frames = rng.integers(0, 4000, (6, x.size)).astype(np.uint16)
    many = data.build("wavelength", x, frames, along={"frame": range(6)}, flag=frames > 3990, **common)
    out: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as made:
        for name, ds in (("own.csv", one), ("own.nc", one), ("frames.nc", many)):
            io.write(ds, Path(made) / name)
            out[name] = (Path(made) / name).read_bytes()
    rows = [[f"{v:.6g}" for v in row] for row in np.column_stack([x, signal, signal / 2, np.sqrt(np.abs(signal))])]
    comma = [[cell.replace(".", ",") for cell in row] for row in rows]
    names = ["Wavelength (nm)", "A (counts)", "B (counts)", "B (counts) sd"]
    log = ["", "Method log", "Slit 2, 5 nm", "Peaks", "601.5,3.02"]
    out["plain.csv"] = "\r\n".join([",".join(row) for row in [names, *rows]] + log).encode()
    out["comma.txt"] = "\n".join([";".join(row) for row in [names, *comma]]).encode("utf-8-sig")
    out["utf16.txt"] = "\r\n".join(["\t".join(row) for row in [names, *comma]]).encode("utf-16")
    out["old.dat"] = "\r".join(["Température 25 °C", *("  ".join(row) for row in rows)]).encode("cp1252")
    chinese = ["波长(nm)", "吸光度", "强度", "强度2"]
    out["chinese.txt"] = "\n".join(["\t".join(row) for row in [chinese, *rows]]).encode("gb18030")
    out["pairs.csv"] = "\n".join(",".join(row[:2] * 3) + "," for row in [names, *rows]).encode()
    return out


# ---------------------------------------------------------------------------------------------------------- the damage


def damaged(name: str, raw: bytes, number: int) -> tuple[bytes, str]:
    """Return the damaged file, and what was done to it."""
    rng = random.Random(f"{name} {number}")
    said = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        way = rng.choice(WAYS)
        raw, what = way(raw, rng)
        said.append(what)
    return raw, "; ".join(said)


def cut(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at = rng.randrange(len(raw) + 1) if rng.random() < 0.7 else rng.randrange(min(len(raw), 6000) + 1)
    return raw[:at], f"cut off at {at}"


def flip(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    out, places = bytearray(raw), []
    for _ in range(rng.choice((1, 3, 20))):
        if raw:
            places.append(rng.randrange(len(raw)))
            out[places[-1]] ^= 1 << rng.randrange(8)
    return bytes(out), f"bits flipped at {places}"


EXTREMES = (
    *(b"\xff", b"\x7f", b"\x00", b"\x80", b"\xff\xff", b"\xff\x7f", b"\x7f\xff", b"\x00\x80"),
    *(b"\xff" * 4, b"\x7f" * 4, b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff", b"\0" * 4, b"\x00\x00\x00\x80"),
    *(b"\xff" * 8, b"\0" * 8, struct.pack("<d", 1e308), struct.pack("<d", float("nan")), struct.pack("<d", -1e9)),
    *(struct.pack(form, n) for form in ("<i", ">i", "<q", ">q") for n in (2**31 - 1, 10**9, 65537, -1)),
)


def extreme(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at, value = rng.randrange(max(min(len(raw), 4096), 1)), rng.choice(EXTREMES)
    return raw[:at] + value + raw[at + len(value) :], f"{value.hex()} written at {at}"


def noise(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at, value = rng.randrange(max(min(len(raw), 4096), 1)), rng.randbytes(rng.randint(1, 8))
    return raw[:at] + value + raw[at + len(value) :], f"{value.hex()} written at {at}"


def double(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at, size, times = rng.randrange(len(raw) + 1), rng.choice((1, 10, 500, 5000)), rng.choice((1, 1, 3))
    return raw[:at] + raw[at : at + size] * times + raw[at:], f"{size} bytes at {at} doubled {times} times"


def drop(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at, size = rng.randrange(len(raw) + 1), rng.choice((1, 2, 10, 500, 5000))
    return raw[:at] + raw[at + size :], f"{size} bytes at {at} left out"


NUMBERS = (
    b"999999999",
    b"2147483647",
    b"-1",
    b"0",
    b"1e999",
    b"1e308",
    b"nan",
    b"",
    b"99999999999999999999",
    b"x",
    b",",
)


def count(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Write another number in the place of one in text, mostly near the beginning, where counts are."""
    start = rng.randrange(max(len(raw) if rng.random() < 0.3 else min(len(raw), 4096), 1))
    found = re.compile(rb"[0-9]+(?:[.,][0-9]+)?").search(raw, start)
    if found is None:
        return noise(raw, rng)
    number = rng.choice(NUMBERS)
    return raw[: found.start()] + number + raw[
        found.end() :
    ], f"{number.decode()!r} in the place of a number at {start}"


WAYS = (cut, flip, extreme, extreme, noise, double, drop, count)


# -------------------------------------------------------------------------------------------------------- the workers


def judge(path: Path, size: int) -> Verdict:
    """Read a file and say how that went."""
    tracemalloc.start()
    began, found, error, message = time.process_time(), [], "", ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = io.read_all(path)
    except io.ReadError as refused:
        message = str(refused)
        error = "" if refused.expected and refused.found and len(message) < 2000 else f"says nothing: {message[:300]}"
        if isinstance(refused.__cause__, AssertionError):
            error = f"our fault told as damage: {message[:300]}"
    except BaseException as other:  # whatever it is, it is wrong
        error = f"raised {type(other).__name__}: {str(other)[:200]}"
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held, all_held = (sum(sizes) for sizes in ([ds["signal"].nbytes for ds in found], [ds.nbytes for ds in found]))
    given, found = bool(found), []
    if seconds > SECONDS:  # tracing costs time: once more without it
        seconds = seconds_to_read(path)
    if seconds > SECONDS:
        error = error or f"took {seconds:.1f} s"
    if peak > MEMORY * max(size, all_held) + FREE_MEMORY:
        error = error or f"took {peak / 2**20:.0f} MB for a file of {size / 2**20:.3f} MB"
    if given and held > FREE_SIGNAL + MOST_SIGNAL.get(io.format_of(path), MOST_SIGNAL_ELSE) * size:
        error = error or f"gave {held} bytes of signal from a file of {size} ({io.format_of(path)})"
    return Verdict(error, given, message)


def seconds_to_read(path: Path) -> float:
    began = time.process_time()
    try:
        io.read_all(path)
    except io.ReadError:
        pass
    return time.process_time() - began


def work(pipe: Connection, names: set[str], real_data: Path | None, scratch: Path) -> None:
    """Read what the parent names until it names nothing: damaged files, or files that are there."""
    limit_memory()
    files = samples(real_data)
    for name in names:  # what is imported on the way to a first file is no cost of a second
        path = scratch / f"warm{Path(name).suffix}"
        path.write_bytes(files[name])
        seconds_to_read(path)
    gc.freeze()  # so that the collections below have little to look through
    pipe.send(None)
    while (case := pipe.recv()) is not None:
        what, path = "", case
        if isinstance(case, Case):
            raw, what = damaged(case.name, files[case.name], case.number)
            path = scratch / Path(case.name).name
            path.write_bytes(raw)
        gc.collect()
        pipe.send(Outcome(case, what, judge(path, path.stat().st_size)))


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


class Worker:
    """A process that reads files; it is replaced where one ends it."""

    def __init__(self, names: set[str], real_data: Path | None, scratch: Path) -> None:
        self.about = (names, real_data, scratch)
        scratch.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        self.pipe, far = get_context("spawn").Pipe()
        self.process = get_context("spawn").Process(target=work, args=(far, *self.about), daemon=True)
        self.process.start()
        far.close()
        self.case: Case | Path | None = None
        self.ready, self.since = False, time.monotonic()

    def give(self, case: Case | Path | None) -> None:
        """Hand over a case; None tells the process to end."""
        self.case, self.since = case, time.monotonic()
        self.pipe.send(case)

    def is_late(self) -> bool:
        return time.monotonic() - self.since > (PATIENCE if self.ready else START)

    def answer(self) -> Outcome | None:
        """Take what the process says; None where it only says that it is ready."""
        case, self.case = self.case, None
        said = f"no answer in {time.monotonic() - self.since:.0f} s"
        if self.pipe.poll():
            try:
                outcome: Outcome | None = self.pipe.recv()
            except EOFError:
                self.process.join(5)
                said = f"the process ended with {self.process.exitcode}"
            else:
                self.ready = True
                return outcome
        self.end()
        assert case is not None, f"the undamaged samples cannot be read: {said}"
        self.start()
        return Outcome(case, "", Verdict(said))

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def outcomes(cases: list[Case] | list[Path], real_data: Path | None, scratch: Path) -> Iterator[Outcome]:
    """Read all cases in WORKERS processes."""
    queue = iter(cases)
    names = {case.name for case in cases if isinstance(case, Case)}
    workers = [Worker(names, real_data, scratch / str(n)) for n in range(min(WORKERS, len(cases)))]
    try:
        while workers:
            answered = wait([worker.pipe for worker in workers], timeout=1)
            for worker in list(workers):
                if worker.pipe not in answered and not worker.is_late():
                    continue
                outcome = worker.answer()
                if outcome is not None:
                    yield outcome
                if worker.ready and worker.case is None:
                    worker.give(next(queue, None))
                if worker.ready and worker.case is None:  # there are no more
                    worker.process.join(5)
                    worker.end()
                    workers.remove(worker)
    finally:
        for worker in workers:
            worker.end()


def check(cases: list[Case], real_data: Path | None, tmp_path: Path) -> None:
    found = list(outcomes(cases, real_data, tmp_path))
    assert len(found) == len(cases)
    wrong = [o for o in found if o.verdict.error]
    read = sum(o.verdict.read for o in found)
    said = sorted(f"{o.case.name}, case {o.case.number} ({o.what[:200]}): {o.verdict.error}" for o in wrong)
    assert not wrong, f"{len(wrong)} of {len(found)} cases ({read} gave data):\n" + "\n".join(said[:40])
    assert 0 < read < len(found)  # else the damage is too little or too much to tell anything


def spread(names: list[str], total: int) -> list[Case]:
    """Return as many cases of each file."""
    return [Case(names[n % len(names)], n // len(names)) for n in range(total)]


SHORT_AND_LONG = [pytest.param(False, id="short"), pytest.param(True, id="long", marks=pytest.mark.slow)]


# ---------------------------------------------------------------------------------------------------------- the bombs

SECRET = "31415.926"
LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'ha'>{}]>".format(
    "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
)
SQUARE = f"<!DOCTYPE a [<!ENTITY l9 '{'ha' * 50_000}'>]>"


def zipped(path: Path, members: dict[str, bytes | int]) -> None:
    """Write a zip file; a number is the length of a member of blanks."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            with made.open(name, "w", force_zip64=True) as member:
                if isinstance(content, bytes):
                    member.write(content)
                else:
                    for _ in range(content >> 20):
                        member.write(b" " * 2**20)


def procspec(content: bytes | int) -> dict[str, bytes | int]:
    return {"OOIVersion.txt": b"3", "ps_0.xml": content, "OOISignatures.xml": b"<a/>"}


def workbook(sheet: bytes | int) -> dict[str, bytes | int]:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    return {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        f'ContentType="{kind}worksheet+xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/></Types>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
        "xl/worksheets/sheet1.xml": sheet,
    }


def sheet(rows: str, before: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def lightfield(xml: str) -> bytes:
    """Return an SPE 3 file of one frame with this footer."""
    head = bytearray(4100)
    for form, at, value in (("<f", 1992, 3.0), ("<Q", 678, 4100 + 2 * 64), ("<H", 42, 64), ("<H", 656, 1)):
        struct.pack_into(form, head, at, value)
    struct.pack_into("<h", head, 108, 3)
    struct.pack_into("<i", head, 1446, 1)
    return bytes(head) + bytes(2 * 64) + xml.encode()


def carriers(doctype: str, entity: str) -> dict[str, Callable[[Path], object]]:
    """Return files of all formats with XML in them that have this document type."""
    spe = f'<?xml version="1.0"?>{doctype}<SpeFormat version="3.0">{entity}</SpeFormat>'
    lsx = f'<?xml version="1.0"?>\n{doctype}<LSX_Data><LSX Format="0">{entity}</LSX></LSX_Data>'
    omni = "com.oceanoptics.omnidriver.spectra.OmniSpectrum"
    ps = f"{doctype}<{omni}><title>{entity}</title></{omni}>"
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{entity}</t></is></c></row>'
    return {
        "a.spe": lambda path: path.write_bytes(lightfield(spe)),
        "a.xml": lambda path: path.write_text(lsx, encoding="utf-8"),
        "a.ProcSpec": lambda path: zipped(path, procspec(ps.encode())),
        "a.xlsx": lambda path: zipped(path, workbook(sheet(rows, doctype))),
    }


def lying(path: Path) -> None:
    """Write a ProcSpec whose directory says that a member of 256 MB has 1000 bytes."""
    zipped(path, procspec(2**28))
    raw = path.read_bytes()
    for form in ("<Q", "<L"):
        raw = raw.replace(struct.pack(form, 2**28), struct.pack(form, 1000))
    path.write_bytes(raw)


def gzipped(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as made:
        for _ in range(2**8):
            made.write(b"1\t2\r\n" * (2**20 // 5))


def deep(path: Path) -> None:
    path.write_text('<?xml version="1.0"?>\n<LSX_Data>' + "<a>" * 300_000, encoding="utf-8")


BOMBS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "zeros in a ProcSpec": ("a.ProcSpec", lambda path: zipped(path, procspec(2**30))),
    "a zip that lies": ("a.ProcSpec", lying),
    "zeros in a workbook": ("a.xlsx", lambda path: zipped(path, workbook(2**28))),
    "a cell far away": (
        "a.xlsx",
        lambda path: zipped(
            path,
            workbook(sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' * 3)),
        ),
    ),
    "numbers in a gz": ("a.asc.gz", gzipped),
    "deep XML": ("a.xml", deep),
    **{f"laughs in {name}": (name, made) for name, made in carriers(LAUGHS, "&l9;").items()},
    **{f"a square in {name}": (name, made) for name, made in carriers(SQUARE, "&l9;" * 10_000).items()},
}


def test_bombs(tmp_path: Path) -> None:
    """They are refused, soon and in little memory."""
    made = {}
    for n, (what, (name, write)) in enumerate(BOMBS.items()):
        path = tmp_path / str(n) / name
        path.parent.mkdir()
        write(path)
        assert path.stat().st_size < 2**23, what
        made[path] = what
    found = list(outcomes(list(made), None, tmp_path / "scratch"))
    assert len(found) == len(made)
    wrong = [f"{made[o.case]}: {o.verdict.error or 'it was read'}" for o in found if o.verdict.error or o.verdict.read]
    assert not wrong, "\n".join(wrong)


def test_no_other_file_is_read(tmp_path: Path) -> None:
    """An entity that stands for a file is refused, and nothing of the file is told."""
    secret = tmp_path / "secret.txt"
    secret.write_text(f"400 {SECRET}\n401 {SECRET}\n402 {SECRET}\n", encoding="utf-8")
    doctype = f'<!DOCTYPE a [<!ENTITY l9 SYSTEM "{secret.as_uri()}">]>'
    for name, write in carriers(doctype, "&l9;").items():
        write(tmp_path / name)
        with pytest.raises(io.ReadError) as caught:
            io.read_all(tmp_path / name)
        assert SECRET not in str(caught.value)


# ---------------------------------------------------------------------------------------------------------- the tests


@pytest.mark.parametrize("long", SHORT_AND_LONG)
def test_own_files(long: bool, tmp_path: Path) -> None:
    check(spread(sorted(own_samples()), 5000 if long else 400), None, tmp_path)


@pytest.mark.parametrize("long", SHORT_AND_LONG)
def test_real_files(long: bool, tmp_path: Path, real_data: Path) -> None:
    files = samples(real_data)
    names = [name for name in sorted(files) if long or len(files[name]) < 150_000]
    check(spread(names, 15_000 if long else 200), real_data, tmp_path)
