r"""The kernel as lines on a lattice, exact to rounding over hundreds of decades: for the far tail.

Phonons made and phonons taken are independent Poisson counts, S_k (n_k + 1) and S_k n_k for each mode. With all
energies multiples of a lattice step, the energy made is compound Poisson, with Panjer's recursion

.. math:: p_0 = e^{-\sum_k\lambda_k},\qquad p_i = \frac1i\sum_k j_k\,\lambda_k\,p_{i-j_k}

and so is the energy taken; the kernel is the direct convolution of the one with the other reversed. Every term is
positive, so that no digit is lost however faint the line. Modes that change their energy bring their own lines
(:mod:`antistokes.physics.franck_condon`), a slow bath a Gaussian.

References
----------
.. [1] H. H. Panjer, ASTIN Bulletin 12, 22 (1981), doi:10.1017/S0515036100006796 (the recursion).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from scipy.special import voigt_profile

from antistokes.physics import distorted, franck_condon, tilted
from antistokes.physics.coupling import (
    Coupling,
    Mode,
    broad_modes,
    excited_mev,
    is_distorted,
    narrowest_mev,
    sharp_modes,
    snapped_modes,
)
from antistokes.physics.cumulant import mean_and_variance, saddle_tilts
from antistokes.units import FloatArray, thermal_energy_mev

__all__ = ["compound_poisson", "density", "lattice_for", "lattice_weights"]

IntArray = NDArray[np.int64]
FINEST_MEV = 0.01  # a lattice is refined to this step at most
ON_LATTICE = 1e-6  # of a step
NEGLECTED = 39.0  # -ln of what a sum loses relative to what is around it (1e-17)
ALL = 660.0  # -ln of what double precision holds
MOST_PHONONS = 600.0  # e^-600 is the weight of no phonon that double precision still holds with all its digits
FAINTEST = 1e-290  # below, numbers lose their digits
MOST_LINES = 100_000
FEW_PHASES = 8
SMOOTH = 1e-3  # ln of a line against its neighbours'


def compound_poisson(jump: IntArray, rate: FloatArray, size: int) -> FloatArray:
    """Distribution of a sum of Poisson numbers of jumps, by Panjer's recursion.

    Parameters
    ----------
    jump : ndarray of int
        Sizes of the jumps, above 0 and ascending, shape (m,) [lattice steps].
    rate : ndarray
        Mean numbers of each, shape (m,) [1].
    size : int
        Number of probabilities wanted.

    Returns
    -------
    ndarray
        Probability of the sums 0 ... size - 1, shape (size,) [1].

    References
    ----------
    [1]_ of the module; the equation in its head.
    """
    from antistokes.physics.panjer_kernel import recursion  # numba takes half a second to import

    return np.asarray(recursion(float(np.exp(-rate.sum())), jump, rate, size))


def lattice_for(coupling: Coupling, temperature_k: float, lattice_mev: float) -> float:
    """Return the step, refined so that every sharp mode lies on it and the slow Gaussian is resolved [meV]."""
    if not FINEST_MEV <= lattice_mev < np.inf:
        raise ValueError(f"lattice_mev must be {FINEST_MEV:g} meV or more, not {lattice_mev}")
    _refuse_coarse(coupling, lattice_mev)
    energies = [e for m in coupling.modes if not m.width_mev for e in (m.energy_mev, excited_mev(m))]
    finest = lattice_mev
    if coupling.slow_mev and broad_modes(coupling)[0].size:
        finest = _slow_sd(coupling, temperature_k) / 1.3  # the comb of lines of a bath leaves no ripple above 1e-14
    for parts in range(int(np.ceil(lattice_mev / finest)), max(1, int(lattice_mev / FINEST_MEV + 1e-9)) + 1):
        step = lattice_mev / parts
        if all(abs(e / step - np.rint(e / step)) < ON_LATTICE and e / step > 0.5 for e in energies):
            return step
    raise ValueError(
        f"the sharp modes at {', '.join(f'{e:g}' for e in energies)} meV lie on no lattice between {lattice_mev:g} and"
        f" {FINEST_MEV:g} meV (a slow bath asks for {finest:.3g} meV or finer): round their energies, give them a width"
        " (width_mev), or use engine='tilted', which needs no lattice."
    )


def _refuse_coarse(coupling: Coupling, lattice_mev: float) -> None:
    width = narrowest_mev(coupling)
    if width is not None and lattice_mev > width / 2:
        raise ValueError(
            f"a lattice of {lattice_mev:g} meV is too coarse for a mode or bath {width:g} meV wide: "
            f"pass lattice_mev={width / 4:.2g} or less."
        )


def _slow_sd(coupling: Coupling, temperature_k: float) -> float:
    return float(np.sqrt(2 * coupling.slow_mev * thermal_energy_mev(temperature_k)))


def lattice_weights(coupling: Coupling, temperature_k: float, lattice_mev: float, low: int, high: int) -> FloatArray:
    """Weights of the absorption kernel's lines on a lattice, without the slow bath.

    Parameters
    ----------
    coupling : Coupling
        Modes and baths; sharp modes lie on the lattice.
    temperature_k : float
        Temperature [K].
    lattice_mev : float
        Step of the lattice [meV].
    low, high : int
        First and last line wanted, as multiples of the step from the 0-0 line.

    Returns
    -------
    ndarray
        Weights; over all lines they sum to 1, shape (high - low + 1,) [1].

    References
    ----------
    [1]_ of the module; the equations in its head.
    """
    if high - low > MOST_LINES:
        raise ValueError(
            f"{high - low} lines on a lattice of {lattice_mev:g} meV are asked for, more than {MOST_LINES}: pass fewer"
            " detunings, or a larger lattice_mev."
        )
    return _weights(coupling, temperature_k, lattice_mev, low, high, _neglected(coupling, temperature_k))


def _weights(
    coupling: Coupling, temperature_k: float, lattice_mev: float, low: int, high: int, neglected: float
) -> FloatArray:
    """Return the lines of linear modes, or convolve those of a mode that changes its energy with the rest."""
    from antistokes.physics.panjer_kernel import correlate

    mode = next(filter(is_distorted, coupling.modes), None)
    if mode is None:
        return _linear_weights(coupling, temperature_k, lattice_mev, low, high, neglected)
    rest = coupling._replace(modes=tuple(m for m in coupling.modes if m is not mode))
    lowest, highest = _ends(rest, temperature_k, lattice_mev, neglected)
    below, above = _own_ends(mode, temperature_k, lattice_mev, neglected)
    lowest, highest = min(low - above, lowest), max(high - below, highest)
    others = _weights(rest, temperature_k, lattice_mev, lowest, highest, neglected)
    own_range = low - highest, high - lowest  # line m of the sum: own line d, line m - d of the others
    own = franck_condon.lattice_weights(mode, temperature_k, lattice_mev, *own_range)
    if own is None:
        own = tilted.lattice_weights(mode, temperature_k, lattice_mev, *own_range)
    return np.asarray(correlate(own, np.ascontiguousarray(others[::-1])))


def _neglected(coupling: Coupling, temperature_k: float) -> float:
    """Return -ln of the weight that may be left out: with sharp modes alone, nothing that a number can hold.

    A faint line between strong ones is seen unless the wings of their Gaussians cover it: half the largest distance of
    lines, in standard deviations of what broadens them, is how faint the cover may be.
    """
    energy, _ = sharp_modes(coupling)
    energies = [*energy, *(max(m.energy_mev, excited_mev(m)) for m in coupling.modes if is_distorted(m))]
    smooth = coupling._replace(modes=tuple(m for m in coupling.modes if m.width_mev))
    if not _is_without_zero_phonon_line(smooth, temperature_k):
        smooth = Coupling(slow_mev=coupling.slow_mev)
    sd = np.sqrt(mean_and_variance(smooth, temperature_k)[1])
    farthest = max(energies, default=0.0) / 2
    return float(min(ALL, NEGLECTED + 0.5 * (farthest / sd) ** 2)) if sd > 0.01 * farthest else ALL


def _is_without_zero_phonon_line(smooth: Coupling, temperature_k: float) -> bool:
    energy, factor = broad_modes(smooth)
    return bool((factor / np.tanh(energy / (2 * thermal_energy_mev(temperature_k)))).sum() > NEGLECTED)


def _ends(coupling: Coupling, temperature_k: float, lattice: float, neglected: float) -> tuple[int, int]:
    """Return two lines between which all but nothing of the weight lies."""
    made, taken, jump = _rates(coupling, temperature_k, lattice)
    lowest, highest = -_most(jump, taken, neglected), _most(jump, made, neglected)
    for mode in filter(is_distorted, coupling.modes):
        below, above = _own_ends(mode, temperature_k, lattice, neglected)
        lowest, highest = lowest + below, highest + above
    return lowest, highest


def _own_ends(mode: Mode, temperature_k: float, lattice: float, neglected: float) -> tuple[int, int]:
    below, above = distorted.ends_mev(mode, thermal_energy_mev(temperature_k), neglected)
    return int(np.floor(below / lattice)), int(np.ceil(above / lattice))


def _rates(coupling: Coupling, temperature_k: float, lattice: float) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return mean numbers of phonons made and taken of each energy, and the energies in steps of the lattice."""
    jump, factor = snapped_modes(coupling, lattice)
    cold = jump * lattice / thermal_energy_mev(temperature_k)
    made = factor / -np.expm1(-cold)
    return made, made * np.exp(-cold), jump


def _linear_weights(
    coupling: Coupling, temperature_k: float, lattice: float, low: int, high: int, neglected: float
) -> FloatArray:
    from antistokes.physics.panjer_kernel import correlate

    made, taken, jump = _rates(coupling, temperature_k, lattice)
    if made.sum() > MOST_PHONONS:
        raise ValueError(
            f"the coupling makes {made.sum():.0f} phonons in the mean, and e^-{made.sum():.0f} is below the floor of"
            " the engine 'panjer': use engine='tilted', or take the slowest modes together as slow_mev."
        )
    most_made, most_taken = _most(jump, made, neglected), _most(jump, taken, neglected)
    up = compound_poisson(jump, made, max(high, 0) + most_taken + 1)
    down = compound_poisson(jump, taken, max(-low, 0) + most_made + 1)
    out = np.empty(high - low + 1)
    if low < 0:  # a line below zero: all that was made is counted, as far as it adds to the sum
        last = min(high, -1)
        part = correlate(_part(down, -last, -low + most_made), _part(up, 0, most_made))
        out[: last - low + 1] = part[::-1]
    if high >= 0:
        first = max(low, 0)
        out[first - low :] = correlate(_part(up, first, high + most_taken), _part(down, 0, most_taken))
    return out


def _part(p: FloatArray, first: int, last: int) -> FloatArray:
    return np.pad(p[first : last + 1], (0, max(0, last + 1 - p.size)))


def _most(jump: IntArray, rate: FloatArray, neglected: float) -> int:
    """Return a sum that is exceeded with a probability of e^-neglected at most (Chernoff's bound)."""
    if not rate.sum() > 0:
        return 0
    tilt = np.geomspace(1e-4, 600, 400)[:, np.newaxis] / jump.max()
    cumulant = (rate * np.expm1(np.minimum(tilt * jump, 600))).sum(axis=1)
    return int(np.ceil(np.min((cumulant + neglected) / tilt[:, 0])))


def density(
    detuning_mev: FloatArray, coupling: Coupling, temperature_k: float, lattice_mev: float, lorentzian_mev: float = 0.0
) -> FloatArray:
    """Absorption kernel at given detunings, from lines on a lattice.

    Parameters
    ----------
    detuning_mev : ndarray
        E - E_00, shape (n,) [meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].
    lattice_mev : float
        Step of the lattice, refined where the modes ask for it [meV].
    lorentzian_mev : float
        Full width of a Lorentzian to convolve with, which breaks detailed balance [meV].

    Returns
    -------
    ndarray
        Kernel, shape (n,); 0 where it is below 1e-290 [1/meV].

    References
    ----------
    [1]_ of the module; without a slow bath, cubic interpolation of ln A between the lines of a smooth density.
    """
    step = lattice_for(coupling, temperature_k, lattice_mev)
    return density_on(step, detuning_mev, coupling, temperature_k, lorentzian_mev)


def density_on(
    step: float, detuning_mev: FloatArray, coupling: Coupling, temperature_k: float, lorentzian_mev: float = 0.0
) -> FloatArray:
    """Return the kernel from a lattice of exactly this step [meV]."""
    sd = _slow_sd(coupling, temperature_k)
    x = detuning_mev - coupling.slow_mev
    reach = _reach(detuning_mev, coupling, temperature_k, sd) + 4 * step
    low, high = int(np.floor((x.min() - reach) / step)), int(np.ceil((x.max() + reach) / step))
    weight = lattice_weights(coupling, temperature_k, step, low, high)
    if lorentzian_mev:
        return _sum_of_profiles(x, weight, low, step, sd, lorentzian_mev)
    found = _smeared(x, weight, low, step, sd, reach) if sd else _interpolated(x, weight, low, step)
    return np.where(found < FAINTEST, 0.0, found)


def _reach(detuning: FloatArray, coupling: Coupling, temperature_k: float, sd: float) -> float:
    """Return how far the Gaussian of the slow bath carries: in the tail it shifts by its variance times the tilt.

    Where nothing covers the faint lines between strong ones, it carries as far as a number can hold.
    """
    if not sd:
        return 0.0
    ends = np.array([detuning.min(), detuning.max()])
    tilt = float(np.abs(saddle_tilts(ends, coupling, temperature_k)).max())
    return float(sd * np.sqrt(2 * max(45.0, _neglected(coupling, temperature_k))) + 1.05 * sd**2 * tilt)


def _smeared(x: FloatArray, weight: FloatArray, low: int, step: float, sd: float, reach: float) -> FloatArray:
    """Return the sum of Gaussians on the lines."""
    from antistokes.physics.panjer_kernel import products, smear

    half = int(reach / step)
    nearest = np.rint(x / step).astype(np.int64)
    offset = x / step - nearest
    padded, place = np.pad(weight, half + 1), nearest - low + half + 1
    phases = np.unique(np.round(offset, 11))
    if phases.size > FEW_PHASES:
        table = np.exp(-0.5 * (np.arange(half + 1) * step / sd) ** 2)
        out = smear(place, offset, padded, table, step / sd)
    else:  # points that lie alike between two lines share a table
        out = np.empty(x.size)
        for phase in phases:
            chosen = np.flatnonzero(np.round(offset, 11) == phase)
            table = np.exp(-0.5 * ((np.arange(-half, half + 1) - phase) * step / sd) ** 2)
            out[chosen] = products(place[chosen] - half, padded, table)
    return np.asarray(out / (sd * np.sqrt(2 * np.pi)))


def _sum_of_profiles(
    x: FloatArray, weight: FloatArray, low: int, step: float, sd: float, lorentzian: float
) -> FloatArray:
    lines = (low + np.arange(weight.size)) * step
    return np.array([voigt_profile(at - lines, sd, lorentzian / 2) @ weight for at in x])


def _interpolated(x: FloatArray, weight: FloatArray, low: int, step: float) -> FloatArray:
    """Return weight/step between lines whose logarithm is smooth, 0 beyond the ends; refuse where it is not smooth."""
    seen = np.flatnonzero(weight > FAINTEST)
    if seen.size < 5:
        return np.zeros(x.size)
    first, last = seen[0], seen[-1]
    if seen.size <= last - first:
        gap = first + int(np.argmin(weight[first : last + 1] > FAINTEST))
        raise ValueError(_NOT_SMOOTH.format((low + gap) * step))
    log = np.log(weight[first : last + 1])
    rough = np.abs(log[2:-2] - (4 * (log[1:-3] + log[3:-1]) - log[:-4] - log[4:]) / 6)
    if rough.max() > SMOOTH:
        raise ValueError(_NOT_SMOOTH.format((low + first + 2 + int(np.argmax(rough))) * step))
    where = (low + first + np.arange(log.size)) * step
    found = np.exp(make_interp_spline(where, log - np.log(step), k=3)(np.clip(x, where[0], where[-1])))
    return np.asarray(np.where((x >= where[0]) & (x <= where[-1]), found, 0.0))


_NOT_SMOOTH = (
    "this kernel is lines, not a density: a sharp (zero-phonon) line is left at {:.2f} meV. Add a slow bath (slow_mev,"
    " .5 meV or so), give sharp modes a width, or take the lines themselves (physics.lineshape.lines); a finer lattice"
    " or a Lorentzian does not help."
)
