"""How long do line shapes take? Both engines beside a sum over Franck-Condon factors and beside QuTiP, in CPU seconds.

Twelve temperatures from 80 to 400 K, three modes (3.1, 25.9, 37.6 meV; S = .8, .2, .06) and a Gaussian of 8 meV. QuTiP
does one mode at one temperature, for three modes are beyond it; it is left out where it is not installed. The errors
are those at 284 K, against the recursion, whose own error is below 1e-10 (tests/unit/physics/test_panjer.py).
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: CPU time counts idle threads

import numpy as np
from scipy.signal import fftconvolve
from timing import best

from antistokes.physics import franck_condon, panjer, pekar, tilted
from antistokes.physics.coupling import Coupling, Mode
from antistokes.units import FloatArray, thermal_energy_ev

MODES = (Mode(3.1, 0.8), Mode(25.9, 0.2), Mode(37.6, 0.06))
TEMPERATURES = np.linspace(80, 400, 12)
FIT_GRID = -600 + 0.25 * np.arange(4096)
TAIL_GRID = np.linspace(-380, 150, 1061)
DEPTHS = np.array([-120.0, -240.0, -310.0, -380.0])
SD = 8.0


def coupling_at(temperature_k: float) -> Coupling:
    """Return the modes and the slow bath whose Gaussian has 8 meV at this temperature."""
    return Coupling(MODES, slow_mev=SD**2 / (2e3 * float(thermal_energy_ev(temperature_k))))


def by_tilts(x: FloatArray, temperature_k: float) -> FloatArray:
    return tilted.density(x, coupling_at(temperature_k), temperature_k)


def by_recursion(x: FloatArray, temperature_k: float) -> FloatArray:
    return panjer.density(x, coupling_at(temperature_k), temperature_k, 0.1)


def by_franck_condon(x: FloatArray, temperature_k: float) -> FloatArray:
    """Sum over all vibrational states of each mode, product of the modes, sticks to a grid, Gaussian."""
    lines = np.array([1.0])
    first = 0
    for mode in MODES:
        cold = mode.energy_mev / (1e3 * float(thermal_energy_ev(temperature_k)))
        levels, step = int(40 / cold) + 20, int(np.rint(mode.energy_mev / 0.1))
        population = -np.expm1(-cold) * np.exp(-cold * np.arange(levels))
        weight = population * franck_condon.overlaps(mode, levels + 150, levels) ** 2
        order = np.arange(levels + 150)[:, np.newaxis] - np.arange(levels)
        by_order = np.bincount((order + levels).ravel(), weights=weight.ravel())
        sticks = np.zeros(step * by_order.size)
        sticks[::step] = by_order
        lines = fftconvolve(lines, sticks)
        first -= step * levels
    slow = coupling_at(temperature_k).slow_mev
    out = np.empty(x.size)
    for i, at in enumerate(x):
        low = int((at - slow - 12 * SD) / 0.1) - first
        part = lines[max(low, 0) : max(low + int(24 * SD / 0.1), 0)]
        away = at - slow - 0.1 * (first + max(low, 0) + np.arange(part.size))
        out[i] = part @ np.exp(-0.5 * (away / SD) ** 2)
    return out / (SD * np.sqrt(2 * np.pi))


def by_fft(x: FloatArray, temperature_k: float) -> FloatArray:
    """The textbook: one transform of e^(-g(t)), which has a floor."""
    kt, n = 1e3 * float(thermal_energy_ev(temperature_k)), 4096
    t = np.fft.fftfreq(n, 1 / n) * 2 * np.pi / (n * 0.25)
    g = (SD * t) ** 2 / 2 + 1j * SD**2 / (2 * kt) * t
    for mode in MODES:
        occupation, phase = 1 / np.expm1(mode.energy_mev / kt), mode.energy_mev * t
        g = g + mode.huang_rhys * ((occupation + 1) * (1 - np.exp(-1j * phase)) + occupation * (1 - np.exp(1j * phase)))
    density = np.fft.fftshift(np.fft.ifft(np.exp(-g))).real / 0.25
    return np.interp(x, (np.arange(n) - n // 2) * 0.25, density)


def by_qutip(levels: int, temperature_k: float = 284.0) -> FloatArray:
    """One mode of 25.9 meV, S = .2: the dipole's correlation by QuTiP's master equation, then a transform."""
    import qutip

    kt, w, s = 1e3 * float(thermal_energy_ev(temperature_k)), 25.9, 0.2
    a = qutip.tensor(qutip.qeye(2), qutip.destroy(levels))
    excited = qutip.tensor(qutip.fock_dm(2, 1), qutip.qeye(levels))
    up = qutip.tensor(qutip.basis(2, 1) * qutip.basis(2, 0).dag(), qutip.qeye(levels))
    hamiltonian = w * (a.dag() * a + excited * (np.sqrt(s) * (a + a.dag()) + s))
    start = qutip.tensor(qutip.fock_dm(2, 0), qutip.thermal_dm(levels, 1 / np.expm1(w / kt), method="analytic"))
    times = np.linspace(0, 1.2, 400)
    options = {"atol": 1e-13, "rtol": 1e-11, "nsteps": 100_000, "method": "vern7"}
    found = qutip.correlation_2op_1t(hamiltonian, start, times, [], up.dag(), up, options=options)
    energies = np.arange(-10, 11) * w
    damped = np.asarray(found) * np.exp(-((SD * times) ** 2) / 2)
    damped[0] /= 2
    return (np.exp(1j * np.outer(energies, times)) @ damped).real * (times[1] - times[0]) / np.pi


def closed_form() -> FloatArray:
    """The same one mode, in closed form."""
    order = np.arange(-30, 40)
    weight = pekar.line_weights(order, 25.9, 0.2, 284.0)
    away = 25.9 * (np.arange(-10, 11)[:, np.newaxis] - order)
    return np.exp(-0.5 * (away / SD) ** 2) @ weight / (SD * np.sqrt(2 * np.pi))


def main() -> None:
    """Time the methods and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5, help="runs of each, after one to warm up (default 5)")
    runs = parser.parse_args().n
    exact = by_recursion(DEPTHS, 284.0)
    print(f"{'method':<34}{'12 T [ms]':>10}{'goal':>7}   relative error at -120, -240, -310, -380 meV, 284 K")
    for name, method, x, goal in (
        ("tilted FFT, 4096 points", by_tilts, FIT_GRID, "25"),
        ("Panjer, -380...150 at .5 meV", by_recursion, TAIL_GRID, "100"),
        ("one FFT, 4096 points", by_fft, FIT_GRID, ""),
        ("Franck-Condon sum, same points", by_franck_condon, TAIL_GRID, ""),
    ):
        seconds = best(lambda m=method, p=x: [m(p, t) for t in TEMPERATURES], runs if goal else 1)
        wrong = np.abs(method(DEPTHS, 284.0) / exact - 1)
        print(f"{name:<34}{1e3 * seconds:>10.1f}{goal:>7}   " + "  ".join(f"{e:.0e}" for e in wrong))
    for count in (1024, 4096, 16384):
        x = -600 + 1024 / count * np.arange(count)
        seconds = best(lambda p=x: [by_tilts(p, t) for t in TEMPERATURES], runs)
        print(f"{f'tilted FFT, {count} points':<34}{1e3 * seconds:>10.1f}")
    for step in (0.2, 0.1, 0.05):
        tasks = [(coupling_at(t), t) for t in TEMPERATURES]
        seconds = best(lambda p=tasks, h=step: [panjer.density(TAIL_GRID, c, t, h) for c, t in p], runs)
        print(f"{f'Panjer, lattice {step} meV':<34}{1e3 * seconds:>10.1f}")
    try:
        import qutip
    except ImportError:
        print("QuTiP is not installed here: pip install qutip (an environment of its own will do)")
        return
    for levels in (12, 20, 30):
        seconds = best(lambda n=levels: by_qutip(n), 1)
        wrong = np.abs(by_qutip(levels) - closed_form()).max() / closed_form().max()
        said = f"one mode, one T; error {wrong:.0e} of the peak"
        print(f"{f'QuTiP {qutip.__version__}, {levels} levels':<34}{1e3 * seconds:>10.1f}          {said}")


if __name__ == "__main__":
    main()
