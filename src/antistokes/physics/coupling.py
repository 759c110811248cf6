"""What couples a transition to vibrations: sharp and broad modes, acoustic baths, a slow bath, a change of energy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, ndtr, roots_jacobi, roots_legendre

from antistokes.units import FloatArray

__all__ = ["Bath", "Coupling", "Mode", "check", "reorganisation_mev", "reverse"]

REACH = 6.5  # a bath ends at this many cutoffs (e^-42), a broad mode at this many standard deviations but above zero
SLOWEST_MEV = 0.1
_SLOWER = f"what is slower than {SLOWEST_MEV:g} meV belongs to slow_mev"
MOST_NODES = 3000
NODES = 64  # of a broad mode or bath, and more where its phases turn


class Mode(NamedTuple):
    """A vibration: energy [meV], Huang-Rhys factor [1], spread of energies (standard deviation) [meV].

    ``excited_energy_mev`` is its energy in the excited state, where that is another one (quadratic coupling); such a
    mode is sharp, and its Huang-Rhys factor is counted in the ground state's coordinate.
    """

    energy_mev: float
    huang_rhys: float
    width_mev: float = 0.0
    excited_energy_mev: float | None = None


class Bath(NamedTuple):
    r"""Vibrations with a density :math:`J(w)\propto w^s e^{-(w/w_c)^2}`: reorganisation energy, w_c [meV], s [1]."""

    reorganisation_mev: float
    cutoff_mev: float
    exponent: float = 3.0


class Coupling(NamedTuple):
    """All that a transition is coupled to; ``slow_mev`` is the reorganisation energy of a slow (classical) bath."""

    modes: tuple[Mode, ...] = ()
    baths: tuple[Bath, ...] = ()
    slow_mev: float = 0.0


def check(coupling: Coupling, temperature_k: float) -> None:
    """Raise a ValueError where a coupling or a temperature has no meaning."""
    if np.ndim(temperature_k):
        raise ValueError(f"temperature_k is one number, call once a temperature; found {temperature_k!r}")
    if not (np.isfinite(temperature_k) and temperature_k > 0):
        raise ValueError(f"temperature_k must be above 0, not {temperature_k}: for the limit of no heat, pass 1")
    _require_tuple("modes", coupling.modes, Mode)
    _require_tuple("baths", coupling.baths, Bath)
    for mode in coupling.modes:
        _require("a Huang-Rhys factor must be 0 or more", mode.huang_rhys >= 0, mode)
        _require(f"energies are in meV: {_SLOWER}", min(mode.energy_mev, excited_mev(mode)) >= SLOWEST_MEV, mode)
        _require("the width of a mode must be 0 or more and below a third of its energy", _is_narrow(mode), mode)
        _require("a mode that changes its energy is sharp: width_mev must be 0", _is_sharp_if_distorted(mode), mode)
    for bath in coupling.baths:
        _require("a reorganisation energy must be 0 or more", bath.reorganisation_mev >= 0, bath)
        _require(f"cutoffs are in meV: {_SLOWER}", bath.cutoff_mev >= SLOWEST_MEV, bath)
        _require("the exponent of a bath must be 1 (ohmic) or more", bath.exponent >= 1, bath)
    _require("slow_mev must be 0 or more", coupling.slow_mev >= 0, coupling)


def _require(rule: str, kept: bool, found: NamedTuple) -> None:
    if not all(np.isfinite(value) for value in found if isinstance(value, int | float | np.floating)):
        raise ValueError(f"all numbers of a coupling must be finite; found {found}")
    if not kept:
        raise ValueError(f"{rule}; found {found}")


def _require_tuple(name: str, found: object, kind: type[NamedTuple]) -> None:
    if isinstance(found, kind) or not isinstance(found, Sequence) or not all(isinstance(item, kind) for item in found):
        raise ValueError(f"{name} must be a tuple of {kind.__name__}, as ({kind.__name__}(...),); found {found!r}")


def _is_narrow(mode: Mode) -> bool:
    return 0 <= mode.width_mev < mode.energy_mev / 3


def _is_sharp_if_distorted(mode: Mode) -> bool:
    return not is_distorted(mode) or mode.width_mev == 0


def is_distorted(mode: Mode) -> bool:
    """Tell whether a mode has another energy in the excited state."""
    return excited_mev(mode) != mode.energy_mev


def excited_mev(mode: Mode) -> float:
    """Energy of a mode in the excited state [meV]."""
    return mode.energy_mev if mode.excited_energy_mev is None else mode.excited_energy_mev


def reverse(coupling: Coupling) -> Coupling:
    """Return the coupling seen from the excited state: its absorption kernel at -x is the emission kernel at x.

    For linear coupling it is the same; a mode of two energies w, w' becomes w', w with S w'/w.
    """
    return coupling._replace(modes=tuple(_reverse(m) if is_distorted(m) else m for m in coupling.modes))


def _reverse(mode: Mode) -> Mode:
    factor = excited_mev(mode) / mode.energy_mev
    return Mode(excited_mev(mode), mode.huang_rhys * factor, 0.0, mode.energy_mev)


def reorganisation_mev(coupling: Coupling) -> float:
    """Reorganisation energy of the linear coupling, the sum of S w, baths and slow bath [meV]."""
    linear = sum(m.huang_rhys * m.energy_mev for m in coupling.modes if not is_distorted(m))
    return float(linear + sum(b.reorganisation_mev for b in coupling.baths) + coupling.slow_mev)


def narrowest_mev(coupling: Coupling) -> float | None:
    """Width of the narrowest broad mode or bath [meV], None where there is none."""
    widths = [m.width_mev for m in coupling.modes if m.width_mev] + [b.cutoff_mev / 2 for b in coupling.baths]
    return min(widths, default=None)


def sharp_modes(coupling: Coupling) -> tuple[FloatArray, FloatArray]:
    """Energies [meV] and Huang-Rhys factors of the linear modes without a width, shapes (m,), (m,)."""
    found = [(m.energy_mev, m.huang_rhys) for m in coupling.modes if not m.width_mev and not is_distorted(m)]
    both = np.asarray(found, dtype=float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def broad_modes(coupling: Coupling, longest_time: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Energies [meV] and Huang-Rhys factors of quadrature nodes that stand for the broad modes and the baths.

    There are as many as integrate e^(iwt) up to t = ``longest_time`` [1/meV].
    """
    parts = [_mode_nodes(m, longest_time) for m in coupling.modes if m.width_mev]
    parts += [_bath_nodes(b, longest_time) for b in coupling.baths]
    both = np.concatenate([np.empty((2, 0)), *parts], axis=1)
    return both[0], both[1]


def _mode_nodes(mode: Mode, longest_time: float) -> FloatArray:
    low, high = _mode_ends(mode)
    energy, weight = _nodes(low, high, longest_time)
    share = weight * np.exp(-0.5 * ((energy - mode.energy_mev) / mode.width_mev) ** 2)
    return np.stack([energy, mode.huang_rhys * share / share.sum()])


def _mode_ends(mode: Mode) -> tuple[float, float]:
    reach = min(REACH * mode.width_mev, 0.999 * mode.energy_mev)
    return mode.energy_mev - reach, mode.energy_mev + reach


@lru_cache(maxsize=32)
def _rule(count: int, power: float) -> tuple[FloatArray, FloatArray]:
    """Return Gauss's rule on (-1, 1) for the weight (1 + x)^power."""
    x, weight = roots_jacobi(count, 0.0, power) if power else roots_legendre(count)
    return x, weight


def _nodes(low: float, high: float, longest_time: float, power: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Return nodes from low to high and weights for the measure (energy - low)^power, to a common factor."""
    count = NODES + int(longest_time * (high - low) / 2)
    if count > MOST_NODES:
        raise ValueError(
            f"a mode or bath {high - low:g} meV wide turns too often within {longest_time:g} 1/meV, the time that the"
            " rest asks for: use engine='panjer', or give the narrowest mode more width."
        )
    x, weight = _rule(count, power)
    return (high + low) / 2 + (high - low) / 2 * x, weight


def _bath_nodes(bath: Bath, longest_time: float) -> FloatArray:
    whole = int(bath.exponent) - 1  # a power that is no polynomial belongs to the rule
    energy, weight = _nodes(0.0, REACH * bath.cutoff_mev, longest_time, bath.exponent - 1 - whole)
    share = weight * energy**whole * np.exp(-((energy / bath.cutoff_mev) ** 2))
    return np.stack([energy, bath.reorganisation_mev * share / share.sum() / energy])


def snapped_modes(coupling: Coupling, lattice_mev: float) -> tuple[NDArray[np.int64], FloatArray]:
    """Linear modes moved to multiples of ``lattice_mev``: multiples and Huang-Rhys factors, shapes (m,), (m,).

    Each bin of a broad mode or a bath keeps its reorganisation energy. Sharp modes must lie on the lattice.
    """
    energy, huang_rhys = sharp_modes(coupling)
    parts = [(np.rint(energy / lattice_mev), huang_rhys)]
    for mode in coupling.modes:
        if mode.width_mev:
            low, high = (int(end / lattice_mev) for end in _mode_ends(mode))
            parts.append(_binned(lattice_mev, max(low, 1), high + 1, partial(_mode_integral, mode)))
    for bath in coupling.baths:
        last = int(REACH * bath.cutoff_mev / lattice_mev) + 1
        parts.append(_binned(lattice_mev, 1, last, partial(_bath_integral, bath)))
    index, factor = (np.concatenate(both) for both in zip(*parts, strict=True))
    where, inverse = np.unique(index.astype(np.int64), return_inverse=True)
    return where, np.bincount(inverse, weights=factor, minlength=where.size).astype(np.float64)


def _binned(
    lattice: float, first: int, last: int, integral: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return multiples of the lattice, and what a reorganisation energy up to each edge makes of their bins."""
    where = np.arange(first, last + 1, dtype=np.float64)
    edges = np.append(where - 0.5, last + 0.5) * lattice
    edges[0] = 0.0  # what lies below the first bin belongs to it
    return where, np.diff(integral(edges)) / (where * lattice)


def _mode_integral(mode: Mode, energy: FloatArray) -> FloatArray:
    """Reorganisation energy of a broad mode below an energy."""
    low, high = _mode_ends(mode)
    t = (np.clip(energy, low, high) - mode.energy_mev) / mode.width_mev
    ends = (np.array([low, high]) - mode.energy_mev) / mode.width_mev
    gauss, end_gauss = (np.exp(-0.5 * v**2) / np.sqrt(2 * np.pi) for v in (t, ends))
    part = mode.energy_mev * (ndtr(t) - ndtr(ends[0])) - mode.width_mev * (gauss - end_gauss[0])
    return np.asarray(mode.huang_rhys * part / (ndtr(ends[1]) - ndtr(ends[0])))


def _bath_integral(bath: Bath, energy: FloatArray) -> FloatArray:
    """Reorganisation energy of a bath below an energy."""
    upto = np.minimum(energy, REACH * bath.cutoff_mev) / bath.cutoff_mev
    share = gammainc(bath.exponent / 2, upto**2) / gammainc(bath.exponent / 2, REACH**2)
    return np.asarray(bath.reorganisation_mev * share)
