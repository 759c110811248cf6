"""How long does a user wait? The two help pages, and a study of two spectra, each the best of n runs."""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = (
    "study --absorption a.csv --emission b.csv --excitation 660 --yield 0.99:0.01 --emission-quantity photons_per_nm"
).split()
TASKS = (("antistokes --help", ["--help"], 0.3), ("antistokes study --help", ["study", "--help"], 0.3))


def main() -> None:
    """Time the commands and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5, help="runs of each command (default 5, after one to warm up)")
    runs = parser.parse_args().n
    command = find_command()
    print(f"{'command':<28}{'best [s]':>10}{'worst [s]':>11}{'goal [s]':>10}   (n = {runs})")
    with tempfile.TemporaryDirectory() as folder:
        write_spectra(Path(folder))
        for name, arguments, goal in (*TASKS, ("study of two spectra", STUDY, 3.0)):
            times = sorted(seconds([command, *arguments], folder) for _ in range(runs + 1))
            print(f"{name:<28}{times[0]:>10.2f}{times[-2]:>11.2f}{goal:>10.1f}")


def find_command() -> str:
    """Return the antistokes of the running environment, or the one on the PATH."""
    beside = Path(sys.executable).with_name("antistokes")
    found = str(beside) if beside.exists() else shutil.which("antistokes")
    if not found:
        sys.exit("antistokes is not installed here: run it as .venv/bin/python bench/startup.py")
    return found


def seconds(command: list[str], folder: str) -> float:
    """Return the wall time of one run."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr or done.stdout}")
    return time.perf_counter() - start


def write_spectra(folder: Path) -> None:
    """Write two Gaussians that obey detailed balance at 295 K: their centres differ by variance / kT."""
    width_ev, thermal_ev, emission_ev = 0.034, 0.02542, 1.96
    absorption_ev = emission_ev + width_ev**2 / thermal_ev

    def gaussian(nm: float, centre_ev: float) -> float:
        return math.exp(-0.5 * ((1239.84198 / nm - centre_ev) / width_ev) ** 2)

    grid = [540 + 0.25 * i for i in range(841)]
    absorbance = [f"{x},{0.1 * gaussian(x, absorption_ev):.9f}" for x in grid]
    photons = [f"{x},{1e5 * gaussian(x, emission_ev) * (632 / x) ** 2:.6f}" for x in grid]
    (folder / "a.csv").write_text("\n".join(["wavelength (nm),absorbance", *absorbance, ""]), encoding="utf-8")
    (folder / "b.csv").write_text("\n".join(["wavelength (nm),signal", *photons, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
