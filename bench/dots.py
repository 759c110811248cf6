"""How long do levels of core/shell dots take? The closed form beside finite differences, in CPU seconds.

50 x 50 radii of the core and thicknesses of the shell, electron and hole. The peer takes the radial equation on an even
grid to a tridiagonal matrix and asks SciPy for its lowest eigenvalue, a dot at a time: a few dots are timed, and their
time is multiplied. Its error is that against the closed form, which agrees with extrapolated differences to 2e-5 eV
and with roots in 40 digits to 1e-12 (tests/unit/physics/test_well.py).
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: CPU time counts idle threads

import numpy as np
from scipy.linalg import eigh_tridiagonal
from timing import best

from antistokes.physics import dots, ensemble, well
from antistokes.physics.well import HBAR2_2M_EV_NM2, Layers

CARRIERS = (dots.CDSE_CDS.electron, dots.CDSE_CDS.hole)
CORES, SHELLS = np.linspace(1.0, 4.0, 50), np.linspace(0.1, 2.5, 50)
FEW = [(core, shell) for core in CORES[::12] for shell in SHELLS[::12]]


def by_differences(core: float, shell: float, layers: Layers, step: float) -> float:
    """Lowest level on an even grid: harmonic means of the mass between its points, 3 nm of ligand."""
    r = step * (np.arange(round((core + shell + 3.0) / step)) + 0.5)
    mass = np.where(r < core, layers.core_mass, np.where(r < core + shell, layers.shell_mass, layers.ligand_mass))
    v = np.where(r < core, 0.0, np.where(r < core + shell, layers.shell_ev, layers.ligand_ev))
    flux = HBAR2_2M_EV_NM2 * (r[:-1] + step / 2) ** 2 / step**2 * 2 / (mass[:-1] + mass[1:])
    diagonal = v + np.append(flux, 0) / r**2 + np.append(0, flux) / r**2
    off = -flux / (r[:-1] * r[1:])
    return float(eigh_tridiagonal(diagonal, off, eigvals_only=True, select="i", select_range=(0, 0))[0])


def main() -> None:
    """Time the methods and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5, help="runs of each, after one to warm up (default 5)")
    runs = parser.parse_args().n
    print(f"{'method':<44}{'[ms]':>10}{'goal':>7}   largest error [meV]")
    seconds = best(lambda: [well.level_ev(CORES[:, np.newaxis], SHELLS, c) for c in CARRIERS], runs)
    print(f"{'closed form, 50 x 50, electron and hole':<44}{1e3 * seconds:>10.1f}{'100':>7}")
    for step in (0.02, 0.01, 0.002):
        seconds = best(lambda h=step: [by_differences(*dot, c, h) for dot in FEW for c in CARRIERS], runs)
        wrong = [by_differences(*dot, c, step) - float(well.level_ev(*dot, c)) for dot in FEW for c in CARRIERS]
        name = f"differences of {step:g} nm, {len(FEW)} dots x {2500 / len(FEW):g}"
        print(f"{name:<44}{1e3 * seconds * 2500 / len(FEW):>10.0f}{'':>7}   {1e3 * np.abs(wrong).max():.2g}")
    seconds = best(lambda: dots.transition(1.75, 1.0), runs)
    print(f"{'transition of one dot, with overlap':<44}{1e3 * seconds:>10.2f}")
    sizes = np.random.default_rng(0).normal(3.5, 0.2, 10_000)
    seconds = best(lambda: ensemble.size_shifts(sizes, np.ones(sizes.size), 1.18), runs)
    print(f"{'shifts of 10,000 particles':<44}{1e3 * seconds:>10.1f}{'1000':>7}")


if __name__ == "__main__":
    main()
