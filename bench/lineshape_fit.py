"""How long does a fit of line shapes take? In CPU seconds, beside SciPy's least squares on the same residual.

Spectra of the virtual lab (set B, dots that differ by 10 meV, 1e7 and 1e4 photons): one pair with both kinds of
intervals, four temperatures, and one with UCPL. The peer begins where the fit begins and has its bounds and scales.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: CPU time counts idle threads

import numpy as np
import xarray as xr
from scipy.optimize import least_squares
from timing import best

from antistokes.analysis import lineshape_model as model
from antistokes.analysis.lineshape import fit_lineshape
from antistokes.analysis.lineshape_intervals import Solution
from antistokes.analysis.profile import minimise
from antistokes.lab import spectra as lab
from antistokes.physics import lineshape, presets, strengths
from antistokes.units import FloatArray, thermal_energy_mev

SET_B = presets.preset("cdse-cds-zb").coupling
TEMPERATURES = (80.0, 150.0, 220.0, 300.0)


def pair(temperature_k: float = 300.0, seed: int = 1) -> tuple[xr.Dataset, xr.Dataset]:
    """Measure one sample at one temperature."""
    sample = lab.Sample(
        inhomogeneous_width_mev=10.0, coupling=SET_B, absorption_per_cm=3.0, temperature_k=temperature_k
    )
    nm = np.arange(570.0, 720.5)
    return lab.absorption_and_emission(sample, seed=seed, photons=1e7, peak_photons=1e4, absorption_nm=nm)


def upconverted() -> xr.Dataset:
    """Measure what a laser at 650 nm excites, blue of its line."""
    sample = lab.Sample(inhomogeneous_width_mev=10.0, coupling=SET_B, absorption_per_cm=3.0)
    rng = np.random.default_rng(2)
    return lab.measure_emission(sample, np.arange(560.0, 642.5, 0.5), rng, peak_photons=1e4, excitation_nm=650.0)


def beside_scipy(solution: Solution, runs: int) -> None:
    """Print evaluations, time and chi-square of both, from a start a little off the best fit."""
    counts = [0]

    def residual(at: FloatArray) -> FloatArray:
        counts[0] += 1
        model._spline.cache_clear()  # or the second run finds its kernels made
        return model.residual(at, solution.layout, solution.spectra)

    box = solution.box
    start = np.clip(solution.best.at + 2 * box.step, box.low + 1e-3 * box.step, box.high - 1e-3 * box.step)

    def peer() -> float:
        found = least_squares(residual, start, bounds=(box.low, box.high), x_scale=box.step, ftol=1e-9)
        return float(2 * found.cost)

    def ours() -> float:
        return minimise(residual, start, box).chi2

    for name, task in (("minimise", ours), ("scipy.optimize.least_squares", peer)):
        counts[0] = 0
        chi2 = task()
        evaluations = counts[0]
        print(f"{name:<34}{best(task, runs):>8.2f} s {evaluations:>6} evaluations, chi-square {chi2:.4f}")


def kernels(runs: int) -> None:
    """Print what one kernel costs that differs in its strengths only, and one made anew."""
    components, strength = strengths.unit_components(SET_B), np.array([5.0, 1.9, 11.5])
    moved = 64 / (2 * thermal_energy_mev(300.0))
    x = strengths.kernel(components, strength, 64.0, 300.0).detuning_mev
    whole = SET_B._replace(slow_mev=moved)

    def held() -> None:
        for i in range(100):
            strengths.kernel(components, strength, 64 + 0.01 * i, 300.0)

    def anew() -> None:
        for i in range(10):
            lineshape.absorption_kernel(x + moved, whole._replace(slow_mev=moved + 1e-4 * i), 300.0, "tilted")

    print(f"{'kernel, strengths.kernel':<34}{10 * best(held, runs):>8.2f} ms")
    print(f"{'kernel, engine tilted':<34}{100 * best(anew, runs):>8.2f} ms, {x.size} points")


def main() -> None:
    """Time the fits and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=3, help="runs of each, after one to warm up (default 3)")
    runs = parser.parse_args().n
    kernels(runs)
    absorption, emission = pair()
    beside_scipy(fit_lineshape(absorption, emission, intervals="t").solution, runs)
    series = [pair(kelvin, i) for i, kelvin in enumerate(TEMPERATURES)]
    for name, task in (
        ("one pair, intervals from the profile", lambda: fit_lineshape(absorption, emission)),
        ("one pair, from the curvature", lambda: fit_lineshape(absorption, emission, intervals="t")),
        ("with UCPL, from the curvature", lambda: fit_lineshape(absorption, [emission, upconverted()], intervals="t")),
        (
            "four temperatures, from the curvature",
            lambda: fit_lineshape([a for a, _ in series], [e for _, e in series], intervals="t"),
        ),
    ):

        def cold(fit: Callable[[], object] = task) -> None:
            model._spline.cache_clear()
            fit()

        print(f"{name:<38}{best(cold, runs):>8.2f} s")


if __name__ == "__main__":
    main()
