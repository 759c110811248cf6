r"""The kernel by Fourier transforms along shifted contours: fast, for fits.

For a real tilt theta, A(x) e^{theta x} / e^{K(theta)} is a probability density whose mean K'(theta) lies in the tail.
Its Fourier transform finds it to 1e-16 of its own peak, so that

.. math:: A(x) = e^{K(\theta)-\theta x}\,\frac1{2\pi}\int e^{itx}\,e^{K(\theta-it)-K(\theta)}\,dt

is exact near K'(theta) however deep that is; each point takes the tilt nearest to its saddle point. The integrand must
die: there has to be a slow bath, or broad modes strong enough.

References
----------
.. [1] H. E. Daniels, Ann. Math. Stat. 25, 631 (1954), doi:10.1214/aoms/1177728652 (tilted densities).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len

from antistokes.physics import distorted
from antistokes.physics.coupling import REACH, Coupling, Mode, broad_modes, is_distorted, narrowest_mev, sharp_modes
from antistokes.physics.cumulant import tilt_grid
from antistokes.physics.distorted import ComplexArray
from antistokes.units import FloatArray, thermal_energy_mev

__all__ = ["density", "lattice_weights"]

SPACING = 2.5  # of neighbouring tilts, in standard deviations of the tilted density
DEAD = 32.0  # -ln of what is left out, of the integrand at the end of its support and of densities beyond the period
MOST_TIMES, MOST_TILTS = 2**15, 400
TURNING = 500.0  # phase of the widest bath at the end of the time, up to which its nodes cost nothing
FAINTEST_LINE = 1e-13  # of the strongest of a tilted density
FLOOR = 1e-8  # of the tilted density's peak; a fainter point has lost half of its digits
_CHANGES = np.concatenate([-np.geomspace(20, 0.02, 40), np.geomspace(0.02, 20, 40)])  # of a tilt, in 1/sd
_TOO_NARROW = (
    "the engine 'tilted' needs a Gaussian (slow_mev, or broad modes that are strong enough): {}. Use engine='panjer'."
)


class _Modes(NamedTuple):
    """Linear modes, shapes (modes,): energies [meV], strengths S(n + 1) and S n; the slow bath; the distorted modes."""

    energy: FloatArray
    made: FloatArray
    taken: FloatArray
    sharp: int  # of the modes, the first, are sharp
    shift: float  # reorganisation energy of the slow bath [meV]
    variance: float  # of its Gaussian [meV^2]
    distorted: tuple[Mode, ...]
    kt: float  # [meV]

    def weights(self, tilt: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return S(n + 1)e^(theta w) and S n e^(-theta w), shapes (tilts, modes)."""
        phase = tilt[:, np.newaxis] * self.energy
        return self.made * np.exp(phase), self.made * np.exp(-self.energy / self.kt - phase)


class _Bank(NamedTuple):
    """Tilts [1/meV], mean [meV], standard deviation [meV] of each tilted density, and K, shapes (tilts,)."""

    tilt: FloatArray
    mean: FloatArray
    sd: FloatArray
    cumulant: FloatArray


def density(detuning_mev: FloatArray, coupling: Coupling, temperature_k: float) -> FloatArray:
    """Absorption kernel at given detunings, by tilted Fourier transforms.

    Parameters
    ----------
    detuning_mev : ndarray
        E - E_00, shape (n,); evenly spaced values are done by fast Fourier transform [meV].
    coupling : Coupling
        What the transition is coupled to, a slow bath or strong broad modes among it.
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        Kernel, shape (n,) [1/meV].

    References
    ----------
    [1]_ of the module; the equation in its head.
    """
    if detuning_mev[0] > detuning_mev[-1]:
        return density(detuning_mev[::-1], coupling, temperature_k)[::-1]
    kt = thermal_energy_mev(temperature_k)
    grid = tilt_grid(coupling, kt, float(np.abs(detuning_mev).max()))
    modes, bank, end = _alive(coupling, kt, grid, detuning_mev)
    period = _period(modes, bank)
    nearest = _nearest(bank, detuning_mev)
    step = _even_step(detuning_mev)
    if step:
        tilted = _by_fft(modes, bank, detuning_mev, step, end, period)
        found, peak = tilted[nearest, np.arange(detuning_mev.size)], tilted.max(axis=1)
    else:
        found, peak = _by_sums(modes, bank, detuning_mev, nearest, end, period)
    _refuse_faint(found, peak[nearest], detuning_mev)
    return np.asarray(found * np.exp(bank.cumulant[nearest] - bank.tilt[nearest] * detuning_mev))


def lattice_weights(mode: Mode, temperature_k: float, lattice_mev: float, first: int, last: int) -> FloatArray:
    """Lines of a mode that changes its energy on a lattice, where the Franck-Condon recursion fails.

    Parameters
    ----------
    mode : Mode
        The mode; both its energies lie on the lattice.
    temperature_k : float
        Temperature [K].
    lattice_mev : float
        Step of the lattice [meV].
    first, last : int
        First and last line wanted, in steps from the 0-0 line.

    Returns
    -------
    ndarray
        Weights; those below 1e-13 of the strongest line around are 0, shape (last - first + 1,) [1].

    References
    ----------
    [1]_ of the module; the transform of lines on a lattice is periodic, and its sum over one period exact.
    """
    kt = thermal_energy_mev(temperature_k)
    modes = _Modes(np.empty(0), np.empty(0), np.empty(0), 0, 0.0, 0.0, (mode,), kt)
    index = np.arange(first, last + 1)
    x = np.asarray(index * lattice_mev, dtype=np.float64)
    bank = _bank(modes, tilt_grid(Coupling((mode,)), kt, float(np.abs(x).max())), x)
    size = next_fast_len(int(_period(modes, bank) / lattice_mev) + 2, real=True)
    out = np.empty(index.size)
    nearest = _nearest(bank, x)
    time = np.asarray(np.arange(size // 2 + 1) * 2 * np.pi / (size * lattice_mev))
    for i in np.unique(nearest):
        one = _Bank(*(column[i : i + 1] for column in bank))
        weight = irfft(_integrand(modes, one, time)[0], size)
        chosen = nearest == i
        found = weight[index[chosen] % size]
        found[found < FAINTEST_LINE * weight.max()] = 0.0
        out[chosen] = found * np.exp(bank.cumulant[i] - bank.tilt[i] * x[chosen])
    return out


def _longest_time(coupling: Coupling, kt: float) -> float:
    """Return a time [1/meV] beyond which nothing can be left of the integrand, or is not worth looking for."""
    if coupling.slow_mev:
        return float(np.sqrt(DEAD / (coupling.slow_mev * kt)))
    narrowest = narrowest_mev(coupling)
    if narrowest is None:
        raise ValueError("the engine 'tilted' needs a Gaussian, and this coupling has sharp modes only: add slow_mev.")
    return 40 / narrowest


def _alive(coupling: Coupling, kt: float, grid: FloatArray, detuning: FloatArray) -> tuple[_Modes, _Bank, float]:
    """Return modes and tilts, and the time [1/meV] at which the integrand of every tilt is dead."""
    longest = _longest_time(coupling, kt)
    widest = REACH * max([2 * m.width_mev for m in coupling.modes] + [b.cutoff_mev for b in coupling.baths], default=0)
    tried = longest / 64 if longest * widest > TURNING else longest
    while True:  # nodes cost time: as few as the strongest of the modes allows
        tried = min(2 * tried, longest)
        modes = _modes(coupling, kt, tried)
        bank = _bank(modes, grid, detuning)
        end = _support(modes, bank, tried)
        if end is not None:
            return modes, bank, end
        if tried == longest:
            if coupling.slow_mev:
                return modes, bank, longest
            raise ValueError(_TOO_NARROW.format("a zero-phonon line is left"))


def _modes(coupling: Coupling, kt: float, longest: float) -> _Modes:
    parts = sharp_modes(coupling), broad_modes(coupling, longest)
    energy, factor = (np.concatenate(both) for both in zip(*parts, strict=True))
    made = factor / -np.expm1(-energy / kt)
    changing = tuple(m for m in coupling.modes if is_distorted(m))
    slow = coupling.slow_mev
    return _Modes(energy, made, made * np.exp(-energy / kt), parts[0][0].size, slow, 2 * slow * kt, changing, kt)


def _moments(modes: _Modes, tilt: FloatArray) -> _Bank:
    """Return mean, standard deviation and K at tilts; infinite where a distorted mode has none."""
    made, taken = modes.weights(tilt)
    mean = modes.shift + modes.variance * tilt + (made - taken) @ modes.energy
    variance = modes.variance + (made + taken) @ modes.energy**2
    total = modes.shift * tilt + modes.variance * tilt**2 / 2
    total += (made + taken).sum(axis=1) - (modes.made + modes.taken).sum()
    for mode in modes.distorted:
        inside = distorted.is_inside(tilt, mode, modes.kt)
        k, slope, curvature = distorted.derivatives(np.where(inside, tilt, 0.0), mode, modes.kt)
        total = total + k
        mean = np.where(inside, mean + slope, np.copysign(np.inf, tilt))
        variance = variance + np.where(inside, curvature, 0.0)
    return _Bank(tilt, mean, np.sqrt(variance), total)


def _bank(modes: _Modes, tilts: FloatArray, detuning: FloatArray) -> _Bank:
    """Choose tilts whose densities lie SPACING standard deviations apart and cover the detunings."""
    low, high = float(detuning.min()), float(detuning.max())
    grid = _moments(modes, tilts)
    grid = _Bank(*(column[np.isfinite(grid.mean)] for column in grid))
    first, last = np.interp([low, high], grid.mean, grid.tilt)
    inner = grid.tilt[(grid.tilt > first) & (grid.tilt < last)]
    path = np.unique(np.concatenate([[first], inner, [last]]))
    sd = np.interp(path, grid.tilt, grid.sd)
    length = np.concatenate([[0.0], np.cumsum(np.diff(path) * (sd[1:] + sd[:-1]) / 2)])
    count = int(np.ceil(length[-1] / SPACING)) + 1
    if count > MOST_TILTS:
        raise ValueError(_TOO_NARROW.format(f"{count} tilts would be needed from {low:g} to {high:g} meV"))
    chosen = np.interp(np.linspace(0, length[-1], count), length, path)
    return _moments(modes, chosen)


def _nearest(bank: _Bank, detuning: FloatArray) -> NDArray[np.intp]:
    """Return the tilt that is nearest to the saddle point of each detuning: the least of K(theta) - theta x."""
    return np.asarray(np.argmin(bank.cumulant[:, np.newaxis] - bank.tilt[:, np.newaxis] * detuning, axis=0))


def _support(modes: _Modes, bank: _Bank, longest: float) -> float | None:
    """Return when the integrand of every tilt is dead [1/meV], None if it still lives; sharp modes never kill it."""
    time = np.linspace(0, longest, 400)
    made, taken = modes.weights(bank.tilt)
    strength = (made + taken)[:, modes.sharp :]
    turned = 2 * np.sin(np.outer(modes.energy[modes.sharp :], time) / 2) ** 2
    damping = modes.variance / 2 * time**2 + strength @ turned
    alive = time[(damping < DEAD).any(axis=0)]
    return None if alive[-1] == time[-1] else float(alive[-1] + time[1])


def _period(modes: _Modes, bank: _Bank) -> float:
    """Return a length [meV] beyond which no tilted density has anything left (Chernoff's bound)."""
    reach = []
    for i in {0, bank.tilt.size - 1}:
        change = _CHANGES / bank.sd[i]
        with np.errstate(over="ignore", invalid="ignore"):  # what is too far to be counted is no bound
            grown = _moments(modes, bank.tilt[i] + change)
        bound = np.abs((grown.cumulant - bank.cumulant[i] + DEAD) / change - bank.mean[i])
        bound[~(np.isfinite(grown.mean) & np.isfinite(grown.cumulant))] = np.inf
        reach += [bound[change < 0].min(), bound[change > 0].min()]
    # in one step of time the root of a distorted mode must turn by less than half a turn, to be followed
    turning = 6 * float(np.abs(bank.mean).max() + bank.sd.max()) if modes.distorted else 0.0
    return max(float(1.2 * max(reach) + 2 * bank.sd.max()), turning)


def _integrand(modes: _Modes, bank: _Bank, time: FloatArray) -> ComplexArray:
    """Return e^(K(theta - it) - K(theta)), shape (tilts, times)."""
    made, taken = modes.weights(bank.tilt)
    phase = np.outer(modes.energy, time)
    log = -2 * (made + taken) @ np.sin(phase / 2) ** 2 - 1j * ((made - taken) @ np.sin(phase))
    slow = modes.shift + modes.variance * bank.tilt
    log += -1j * np.outer(slow, time) - modes.variance / 2 * time**2
    tilt = bank.tilt[:, np.newaxis]
    for mode in modes.distorted:
        along = distorted.cumulant(tilt - 1j * time, mode, modes.kt)
        log += along - along[:, :1]
    return np.asarray(np.exp(log))


def _even_step(detuning: FloatArray) -> float:
    """Return the step of evenly spaced ascending detunings [meV], or 0."""
    if detuning.size < 32:
        return 0.0
    step = float(detuning[-1] - detuning[0]) / (detuning.size - 1)
    even = detuning[0] + step * np.arange(detuning.size)
    return step if step > 0 and np.allclose(detuning, even, rtol=0, atol=1e-9 * step) else 0.0


def _by_fft(
    modes: _Modes,
    bank: _Bank,
    detuning: FloatArray,
    step: float,
    end: float,
    period: float,
) -> FloatArray:
    """Return all tilted densities at evenly spaced detunings, shape (tilts, n) [1/meV]."""
    finer = int(np.ceil(step * end / np.pi))
    size = next_fast_len(max(detuning.size * finer, int(np.ceil(period * finer / step))), real=True)
    time = _times(end, size * step / finer)
    values = _integrand(modes, bank, time) * np.exp(1j * time * detuning[0])
    return np.asarray(irfft(values, size, axis=1)[:, : detuning.size * finer : finer] * finer / step)


def _times(end: float, period: float) -> FloatArray:
    """Return the times [1/meV] that a period in energy asks for."""
    count = int(end * period / (2 * np.pi)) + 2
    if count > MOST_TIMES:
        raise ValueError(_TOO_NARROW.format(f"its narrowest part asks for {count} points in time"))
    return np.asarray(np.arange(count) * 2 * np.pi / period)


def _by_sums(
    modes: _Modes,
    bank: _Bank,
    detuning: FloatArray,
    nearest: NDArray[np.intp],
    end: float,
    period: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the tilted density at each detuning from the tilt that is nearest, and the peak of each [1/meV]."""
    time = _times(end, period)
    values = _integrand(modes, bank, time)
    values[:, 0] /= 2
    found = np.empty(detuning.size)
    for i in range(bank.tilt.size):
        chosen = nearest == i
        found[chosen] = (np.exp(1j * np.outer(detuning[chosen], time)) @ values[i]).real * 2 / period
    return found, 1 / (bank.sd * np.sqrt(2 * np.pi))


def _refuse_faint(found: FloatArray, peak: FloatArray, detuning: FloatArray) -> None:
    faint = ~(found > FLOOR * peak)
    if faint.any():
        at = detuning[faint]
        raise ValueError(
            f"{faint.sum()} of {detuning.size} points, from {at.min():g} to {at.max():g} meV, lie below the floor of"
            " the engine 'tilted' (between narrow lines, or where nothing is absorbed): use engine='panjer'."
        )
