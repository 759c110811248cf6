"""How long does reading take? Small text spectra by the thousand, and one large table with the memory it needs."""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np

from antistokes import io, scale

FILES, ROWS, GOAL = 10_000, 500, 30.0
LARGE = 30_000_000  # bytes


def main() -> None:
    """Write the files, time the readings and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=FILES, help=f"number of small spectra (default {FILES})")
    files = parser.parse_args().n
    with tempfile.TemporaryDirectory() as folder:
        paths = write_spectra(Path(folder), files)
        print(f"{files} spectra of {ROWS} rows, {paths[0].stat().st_size / 1e3:.1f} kB each")
        print(f"{'':<28}{'time [s]':>10}{'each [ms]':>11}{'goal [s]':>10}")
        for name, how, workers, goal in (("one process", "serial", 1, ""), ("two processes", "processes", 2, GOAL)):
            seconds = seconds_for(paths, how, workers)
            print(f"{name:<28}{seconds:>10.1f}{1e3 * seconds / files:>11.2f}{goal:>10}")
        for columns in (2, 20):
            path = Path(folder) / f"large{columns}.csv"
            write_large(path, columns)
            seconds, factor = seconds_and_memory(path)
            print(f"{f'30 MB, {columns} columns':<28}{seconds:>10.1f}   peak memory {factor:.1f} times the file")


def write_spectra(folder: Path, files: int) -> list[Path]:
    """Write small spectra with a header, every one with other numbers."""
    rng = np.random.default_rng(0)
    x = [f"{value:.3f}" for value in np.linspace(400, 900, ROWS)]
    paths = [folder / f"{n:05d}.csv" for n in range(files)]
    for path in paths:
        rows = (f"{a},{b:.6g}" for a, b in zip(x, 1e4 * rng.random(ROWS), strict=True))
        path.write_text("\n".join(["wavelength (nm),counts", *rows, ""]), encoding="utf-8")
    return paths


def write_large(path: Path, columns: int) -> None:
    rng = np.random.default_rng(1)
    rows = LARGE // (9 * columns + 2)
    with path.open("w", encoding="utf-8") as opened:
        opened.write(",".join(["wavelength (nm)", *(f"{n} s" for n in range(columns - 1))]) + "\n")
        for x in np.linspace(400, 900, rows):
            opened.write(",".join(f"{v:.6f}" for v in (x, *rng.random(columns - 1))) + "\n")


def seconds_for(paths: list[Path], how: str, workers: int) -> float:
    """Return the wall time of reading all files, starting the processes included."""
    start = time.perf_counter()
    with scale.mapper(how, workers=workers) as each:  # type: ignore[arg-type]
        total = sum(each(size_of, paths))
    assert total == ROWS * len(paths)
    return time.perf_counter() - start


def size_of(path: Path) -> int:
    return int(io.read(path).sizes["wavelength"])


def seconds_and_memory(path: Path) -> tuple[float, float]:
    """Return the time of reading a file, and the peak of memory as a multiple of its size."""
    start = time.perf_counter()
    io.read_all(path)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    io.read_all(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / path.stat().st_size


if __name__ == "__main__":
    main()
