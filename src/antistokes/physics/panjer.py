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

from antistokes.physics import franck_condon
from antistokes.physics.coupling import Coupling, Mode, broad_modes, is_distorted, snapped_modes
from antistokes.physics.cumulant import saddle_tilts
from antistokes.units import FloatArray, thermal_energy_ev

__all__ = ["compound_poisson", "density", "lattice_for", "lattice_weights"]

IntArray = NDArray[np.int64]
FINEST_MEV = 0.01  # a lattice is refined to this step at most
ON_LATTICE = 1e-6  # of a step
NEGLECTED = 39.0  # -ln of the weight beyond which a tail adds nothing to a sum (1e-17)
MOST_PHONONS = 600.0  # e^-600 is the weight of no phonon that double precision still holds with all its digits
FAINTEST = 1e-290  # below, numbers lose their digits
GAUSSIAN_REACH = 9.5  # standard deviations
MOST_LINES = 100_000
BLOCK = 32  # numbers in a row of the matrices that a correlation is done with
SMOOTH = 1e-3  # ln of a line against its neighbours'


def compound_poisson(jump: IntArray, rate: FloatArray, size: int, compiled: bool = True) -> FloatArray:
    """Distribution of a sum of Poisson numbers of jumps, by Panjer's recursion.

    Parameters
    ----------
    jump : ndarray of int
        Sizes of the jumps, above 0 and ascending, shape (m,) [lattice steps].
    rate : ndarray
        Mean numbers of each, shape (m,) [1].
    size : int
        Number of probabilities wanted.
    compiled : bool
        False takes the array form instead of the compiled loop.

    Returns
    -------
    ndarray
        Probability of the sums 0 ... size - 1, shape (size,) [1].

    References
    ----------
    [1]_ of the module; the equation in its head.
    """
    first = float(np.exp(-rate.sum()))
    if compiled:
        from antistokes.physics.panjer_kernel import recursion  # numba takes half a second to import

        return np.asarray(recursion(first, jump, rate, size))
    p = np.zeros(size)
    p[0] = first
    for i in range(1, size):
        reach = jump <= i
        p[i] = (jump[reach] * rate[reach]) @ p[i - jump[reach]] / i
    return p


def lattice_for(coupling: Coupling, temperature_k: float, lattice_mev: float) -> float:
    """Return the step, refined so that every sharp mode lies on it and the slow Gaussian is resolved [meV]."""
    if not lattice_mev > 0:
        raise ValueError(f"lattice_mev must be above 0, not {lattice_mev}")
    _refuse_coarse(coupling, lattice_mev)
    energies = [e for m in coupling.modes if not m.width_mev for e in (m.energy_mev, m.excited_energy_mev) if e]
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
    widths = [m.width_mev for m in coupling.modes if m.width_mev] + [b.cutoff_mev / 2 for b in coupling.baths]
    if widths and lattice_mev > min(widths) / 2:
        raise ValueError(
            f"a lattice of {lattice_mev:g} meV is too coarse for a mode or bath {min(widths):g} meV wide: "
            f"pass lattice_mev={min(widths) / 4:.2g} or less."
        )


def _slow_sd(coupling: Coupling, temperature_k: float) -> float:
    return float(np.sqrt(2e3 * coupling.slow_mev * float(thermal_energy_ev(temperature_k))))


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
    distorted = [m for m in coupling.modes if is_distorted(m)]
    if not distorted:
        return _linear_weights(coupling, temperature_k, lattice_mev, low, high)
    rest = coupling._replace(modes=tuple(m for m in coupling.modes if m is not distorted[0]))
    lowest, highest = _ends(rest, temperature_k, lattice_mev)
    first, weight = _dense_lines(distorted[0], temperature_k, lattice_mev)
    below, above = _quantiles(first, weight)
    lowest, highest = min(low - above, lowest), max(high - below, highest)
    others = lattice_weights(rest, temperature_k, lattice_mev, lowest, highest)
    wanted = np.arange(low - highest, high - lowest + 1) - first  # line m of the sum: own line d, another one m - d
    inside = (wanted >= 0) & (wanted < weight.size)
    own = np.where(inside, weight[np.where(inside, wanted, 0)], 0.0)
    return correlate(own, others[::-1])


def _ends(coupling: Coupling, temperature_k: float, lattice: float) -> tuple[int, int]:
    """Return two lines between which all but nothing of the weight lies."""
    made, taken, jump = _rates(coupling, temperature_k, lattice)
    lowest, highest = -_most(jump, taken), _most(jump, made)
    for mode in coupling.modes:
        if is_distorted(mode):
            below, above = _quantiles(*_dense_lines(mode, temperature_k, lattice))
            lowest, highest = lowest + below, highest + above
    return lowest, highest


def _dense_lines(mode: Mode, temperature_k: float, lattice: float) -> tuple[int, FloatArray]:
    """Return the first line of a mode that changes its energy, and the weights from there on."""
    detuning, weight = franck_condon.lines(mode, temperature_k)
    index = np.rint(detuning / lattice).astype(np.int64)
    return int(index.min()), np.bincount(index - index.min(), weights=weight).astype(np.float64)


def _quantiles(first: int, weight: FloatArray) -> tuple[int, int]:
    """Return the lines, below and above zero, outside of which next to nothing lies."""
    outside = np.exp(-NEGLECTED) * weight.sum()
    below = first + int(np.searchsorted(np.cumsum(weight), outside))
    above = first + weight.size - 1 - int(np.searchsorted(np.cumsum(weight[::-1]), outside))
    return min(below, 0), max(above, 0)


def _rates(coupling: Coupling, temperature_k: float, lattice: float) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return mean numbers of phonons made and taken of each energy, and the energies in steps of the lattice."""
    jump, factor = snapped_modes(coupling, lattice)
    n = 1 / np.expm1(jump * lattice / (1e3 * float(thermal_energy_ev(temperature_k))))
    return factor * (n + 1), factor * n, jump


def _linear_weights(coupling: Coupling, temperature_k: float, lattice: float, low: int, high: int) -> FloatArray:
    made, taken, jump = _rates(coupling, temperature_k, lattice)
    if made.sum() > MOST_PHONONS:
        raise ValueError(
            f"the coupling makes {made.sum():.0f} phonons in the mean, and e^-{made.sum():.0f} is below the floor of"
            " the engine 'panjer': use engine='tilted', or take the slowest modes together as slow_mev."
        )
    most_made, most_taken = _most(jump, made), _most(jump, taken)
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


def correlate(long: FloatArray, short: FloatArray) -> FloatArray:
    r"""Direct correlation :math:`c_m = \sum_k l_{m+k}\,s_k` as a product of matrices, with all digits.

    Parameters
    ----------
    long, short : ndarray
        Sequences, shapes (n + k - 1,), (k,).

    Returns
    -------
    ndarray
        c, shape (n,).

    References
    ----------
    With k = b q + r it is :math:`\sum_r G_{m+r,r}`, :math:`G_{sr}=\sum_q l_{s+bq}\,s_{bq+r}`; equal to numpy.correlate.
    """
    wanted, rows = long.size - short.size + 1, -(-short.size // BLOCK)
    long = np.pad(long, (0, rows * BLOCK - short.size + BLOCK))
    block = np.pad(short, (0, rows * BLOCK - short.size)).reshape(rows, BLOCK)
    windows = np.lib.stride_tricks.sliding_window_view(long, (rows - 1) * BLOCK + 1)[: wanted + BLOCK - 1, ::BLOCK]
    product = np.ascontiguousarray(windows) @ block
    step, along = product.strides
    diagonals = np.lib.stride_tricks.as_strided(product, (wanted, BLOCK), (step, step + along), writeable=False)
    return np.asarray(diagonals.sum(axis=1))


def _part(p: FloatArray, first: int, last: int) -> FloatArray:
    return np.pad(p[first : last + 1], (0, max(0, last + 1 - p.size)))


def _most(jump: IntArray, rate: FloatArray) -> int:
    """Return a sum that is exceeded with a probability of e^-NEGLECTED at most (Chernoff's bound)."""
    if not rate.sum() > 0:
        return 0
    tilt = np.geomspace(1e-4, 600, 400)[:, np.newaxis] / jump.max()
    cumulant = (rate * np.expm1(np.minimum(tilt * jump, 600))).sum(axis=1)
    return int(np.ceil(np.min((cumulant + NEGLECTED) / tilt[:, 0])))


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
    sd = _slow_sd(coupling, temperature_k)
    x = detuning_mev - coupling.slow_mev
    reach = _reach(detuning_mev, coupling, temperature_k, sd) + 4 * step
    low, high = int(np.floor((x.min() - reach) / step)), int(np.ceil((x.max() + reach) / step))
    if high - low > MOST_LINES:
        raise ValueError(
            f"detunings from {detuning_mev.min():g} to {detuning_mev.max():g} meV ask for {high - low} lines"
            f" on the lattice of {step:g} meV, more than {MOST_LINES}: pass fewer, or a larger lattice_mev."
        )
    weight = lattice_weights(coupling, temperature_k, step, low, high)
    if lorentzian_mev:
        return _sum_of_profiles(x, weight, low, step, sd, lorentzian_mev)
    found = _smeared(x, weight, low, step, sd, reach) if sd else _interpolated(x, weight, low, step)
    return np.where(found < FAINTEST, 0.0, found)


def _reach(detuning: FloatArray, coupling: Coupling, temperature_k: float, sd: float) -> float:
    """Return how far the Gaussian of the slow bath carries: in the tail it shifts by its variance times the tilt."""
    if not sd:
        return 0.0
    ends = np.array([detuning.min(), detuning.max()])
    tilt = float(np.abs(saddle_tilts(ends, coupling, temperature_k)).max())
    return GAUSSIAN_REACH * sd + 1.05 * sd**2 * tilt


def _smeared(x: FloatArray, weight: FloatArray, low: int, step: float, sd: float, reach: float) -> FloatArray:
    """Return the sum of Gaussians on the lines; points that lie alike between two lines share a table."""
    half = int(reach / step)
    nearest = np.rint(x / step).astype(np.int64)
    offset = np.round(x / step - nearest, 11)
    padded, start = np.pad(weight, half + 1), low - half - 1
    out = np.empty(x.size)
    for phase in np.unique(offset):
        table = np.exp(-0.5 * ((np.arange(-half, half + 1) - phase) * step / sd) ** 2)
        chosen = np.flatnonzero(offset == phase)
        at = nearest[chosen] - half - start
        if at.size > (at.max() - at.min()) / 20:  # the lines lie close: all of them at once is quicker
            out[chosen] = correlate(padded[at.min() : at.max() + table.size], table)[at - at.min()]
        else:
            out[chosen] = np.lib.stride_tricks.sliding_window_view(padded, table.size)[at] @ table
    return np.asarray(out / (sd * np.sqrt(2 * np.pi)))


def _sum_of_profiles(
    x: FloatArray, weight: FloatArray, low: int, step: float, sd: float, lorentzian: float
) -> FloatArray:
    lines = (low + np.arange(weight.size)) * step
    return np.array([voigt_profile(at - lines, sd, lorentzian / 2) @ weight for at in x])


def _interpolated(x: FloatArray, weight: FloatArray, low: int, step: float) -> FloatArray:
    """Return weight/step between lines whose logarithm is smooth; refuse where it is not."""
    if not np.all(weight > 0):
        raise ValueError(_NOT_SMOOTH.format("with nothing between them"))
    log = np.log(weight)
    rough = np.abs(log[2:-2] - (4 * (log[1:-3] + log[3:-1]) - log[:-4] - log[4:]) / 6)
    if rough.max() > SMOOTH:
        at = (low + 2 + int(np.argmax(rough))) * step
        raise ValueError(_NOT_SMOOTH.format(f"at {at:.1f} meV ({rough.max():.2g} in ln of the weight)"))
    return np.asarray(np.exp(make_interp_spline((low + np.arange(weight.size)) * step, log - np.log(step), k=3)(x)))


_NOT_SMOOTH = (
    "this kernel is lines, not a density: neighbours on the lattice differ {}. Give it a slow bath (slow_mev), modes"
    " with a width, or a finer lattice_mev; or take the lines themselves (physics.lineshape.lines)."
)
