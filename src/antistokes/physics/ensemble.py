r"""What a flask of unequal dots shows: their transition energies differ, their couplings do not.

With shifts x of E_00 of probability p(x),

.. math:: \sigma(E) = E\sum_x p(x)\,A(E-x),\qquad R(E) = E^3\sum_x w(x)\,F(E-x),\qquad
          w(x)\propto p(x)\,A(E_\mathrm{ex}-x)

with the sums A and F over the states of one dot: its cross-section over E, its photon rate over E^3.

Each dot emits as much as *it* absorbs of the excitation; far above the gap w = p. Excited in its tail, an ensemble
emits from its red side: for a tail of slope 1/E_U and a Gaussian p the emission moves by s_i^2/E_U and keeps its width.

References
----------
.. [1] Derived in docs/models/ensemble.md; the spectra of one dot are those of :mod:`antistokes.physics.lineshape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from antistokes.physics import dots, lineshape
from antistokes.physics.coupling import Coupling
from antistokes.physics.dots import CDSE_CDS, Materials
from antistokes.physics.lineshape import Engine
from antistokes.physics.marcus import State
from antistokes.units import FloatArray

__all__ = [
    "Ensemble",
    "Shifts",
    "cross_section",
    "exponential_shifts",
    "gaussian_shifts",
    "histogram_shifts",
    "photon_rate",
    "size_energies_ev",
    "size_mean_ev",
    "size_shifts",
]

MOST_SHIFTS = 200  # of a sample of sizes; what more there are is put in bins
KNOTS = 64  # sizes of dots through which a spline goes
STEP_MEV = 0.5  # of the grid on which the logarithm of a dot's kernels is held


class Shifts(NamedTuple):
    """Shifts of E_00 in an ensemble [meV] and their probabilities, which sum to 1; shapes (m,), (m,)."""

    shift_mev: FloatArray
    weight: FloatArray


class Ensemble(NamedTuple):
    """Dots that differ in E_00 only: mean [eV], coupling, temperature [K], shifts, states (offset [meV], strength)."""

    e00_ev: float
    coupling: Coupling
    temperature_k: float
    shifts: Shifts
    states: Sequence[State] = ((0.0, 1.0),)
    engine: Engine = "panjer"


def cross_section(energy_ev: ArrayLike, ensemble: Ensemble) -> FloatArray:
    """Mean absorption cross-section of the dots, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy, shape (n,) [eV].
    ensemble : Ensemble
        The dots.

    Returns
    -------
    ndarray
        Cross-section, shape (n,) [eV/meV].

    References
    ----------
    Equation in the module's head.
    """
    energy = np.asarray(energy_ev, dtype=float)
    return np.asarray(energy * _summed(energy, ensemble, ensemble.shifts.weight, emission=False))


def photon_rate(energy_ev: ArrayLike, ensemble: Ensemble, excitation_ev: float | None = None) -> FloatArray:
    """Photons that the dots emit per time and energy, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy, shape (n,) [eV].
    ensemble : Ensemble
        The dots.
    excitation_ev : float, optional
        Photon energy of the excitation; without it all dots are excited alike, as far above the gap [eV].

    Returns
    -------
    ndarray
        Photons per energy, shape (n,) [eV^3/meV].

    References
    ----------
    Equation in the module's head.
    """
    energy, shifts = np.asarray(energy_ev, dtype=float), ensemble.shifts
    weight = shifts.weight
    if excitation_ev is not None:
        weight = excited_weights(ensemble, excitation_ev)
    return np.asarray(energy**3 * _summed(energy, ensemble, weight, emission=True))


def excited_weights(ensemble: Ensemble, excitation_ev: float) -> FloatArray:
    """Share of the excited dots at each shift, each weighed by what it absorbs; shape (m,) [1]."""
    energy = excitation_ev - ensemble.shifts.shift_mev / 1e3
    weight = ensemble.shifts.weight * _of_one_dot(energy, ensemble, emission=False)
    if not weight.sum() > 0:
        raise ValueError(f"no dot absorbs at {excitation_ev:g} eV: E_00 is {ensemble.e00_ev:g} eV")
    return np.asarray(weight / weight.sum())


def _summed(energy: FloatArray, ensemble: Ensemble, weight: FloatArray, emission: bool) -> FloatArray:
    """Return the sum of the kernels of all states and shifts; ln of the dot's sum is interpolated by a spline."""
    detuning = 1e3 * (energy - ensemble.e00_ev)[..., np.newaxis] - ensemble.shifts.shift_mev
    low, high = detuning.min() - 3 * STEP_MEV, detuning.max() + 3 * STEP_MEV
    grid = np.linspace(low, high, int((high - low) / STEP_MEV) + 2)
    total = _of_one_dot(ensemble.e00_ev + grid / 1e3, ensemble, emission)
    return np.asarray(np.exp(CubicSpline(grid, np.log(total))(detuning)) @ weight)


def _of_one_dot(energy: FloatArray, ensemble: Ensemble, emission: bool) -> FloatArray:
    """Return the sum of the kernels of all states, by their strengths and populations."""
    spectrum, power = (lineshape.photon_rate, 3) if emission else (lineshape.cross_section, 1)
    _, coupling, temperature_k, _, states, engine = ensemble
    return spectrum(energy, ensemble.e00_ev, coupling, temperature_k, states, engine) / energy**power


def gaussian_shifts(width_mev: float, count: int = 61) -> Shifts:
    """Gaussian distribution of E_00; a width of 0 is one dot.

    Parameters
    ----------
    width_mev : float
        Standard deviation [meV].
    count : int
        Number of shifts, evenly spaced over +-6 standard deviations.
    """
    _require_width(width_mev)
    if width_mev == 0:
        return Shifts(np.zeros(1), np.ones(1))
    x = np.linspace(-6, 6, count)
    return histogram_shifts(width_mev * x, np.exp(-0.5 * x**2))


def exponential_shifts(width_mev: float, blue_tail_mev: float, count: int = 241) -> Shifts:
    r"""Gaussian edge on the red side, exponential tail to the blue: an exponentially modified Gaussian of mean zero.

    .. math:: p(x) \propto \int_0^\infty e^{-y/b}\,e^{-(x+b-y)^2/2s^2}\,dy

    Parameters
    ----------
    width_mev : float
        Standard deviation s of the Gaussian, above 0 [meV].
    blue_tail_mev : float
        Decay b of the tail [meV].
    count : int
        Number of shifts.
    """
    from scipy.stats import exponnorm

    _require_width(width_mev)
    _require_width(blue_tail_mev)
    if not (width_mev > 0 and blue_tail_mev > 0):
        raise ValueError(f"width_mev and blue_tail_mev must be above 0, found {width_mev} and {blue_tail_mev}")
    x = np.linspace(-6 * width_mev, 6 * width_mev + 20 * blue_tail_mev, count) - blue_tail_mev
    return histogram_shifts(x, exponnorm.pdf(x, blue_tail_mev / width_mev, loc=-blue_tail_mev, scale=width_mev))


def histogram_shifts(shift_mev: ArrayLike, weight: ArrayLike) -> Shifts:
    """Any distribution of E_00.

    Parameters
    ----------
    shift_mev : array_like
        Shifts, shape (m,) [meV].
    weight : array_like
        How many dots have each, in any unit, shape (m,).
    """
    x, w = np.asarray(shift_mev, dtype=float), np.asarray(weight, dtype=float)
    if x.shape != w.shape or x.ndim != 1 or not (np.all(np.isfinite(x)) and np.all(w >= 0) and 0 < w.sum() < np.inf):
        raise ValueError(
            f"shifts and weights must be finite rows of one length, weights 0 or more, found {shift_mev!r}, {weight!r}"
        )
    return Shifts(x, w / w.sum())


def size_energies_ev(diameter_nm: ArrayLike, shell_nm: float, materials: Materials = CDSE_CDS) -> FloatArray:
    """1S transition of dots of many sizes under one shell: each distinct size once, or a spline through some.

    Parameters
    ----------
    diameter_nm : array_like
        Diameters of the cores, 2 to 8 nm [nm].
    shell_nm : float
        Thickness of the shell, 0 for none [nm].
    materials : Materials
        What the dots are made of.

    Returns
    -------
    ndarray
        Energies, same shape [eV].

    Raises
    ------
    ValueError
        A diameter lies beyond 2 to 8 nm, or electron or hole is not bound in a dot.

    References
    ----------
    :func:`antistokes.physics.dots.transition`; the spline is within 1e-6 eV of it.
    """
    diameter = np.asarray(diameter_nm, dtype=float)
    low, high = dots.SIZES_NM
    wrong = diameter[~((diameter >= low) & (diameter <= high))]
    if wrong.size:
        raise ValueError(f"the model of a dot is for cores of {low:g} to {high:g} nm; found a diameter of {wrong[0]:g}")
    sizes, places = np.unique(diameter, return_inverse=True)
    knots = sizes if sizes.size <= KNOTS else np.geomspace(sizes[0], sizes[-1], KNOTS)
    energy = np.array([dots.transition(d / 2, shell_nm, materials).energy_ev for d in knots])
    return np.asarray((energy if knots is sizes else CubicSpline(knots, energy)(sizes))[places]).reshape(diameter.shape)


def size_mean_ev(diameter_nm: ArrayLike, count: ArrayLike, shell_nm: float, materials: Materials = CDSE_CDS) -> float:
    """Mean 1S transition of a sample of sizes, from which its shifts count.

    Parameters
    ----------
    diameter_nm : array_like
        Diameters of the cores, shape (m,) [nm].
    count : array_like
        How many dots have each, in any unit, shape (m,).
    shell_nm : float
        Thickness of the shell, 0 for none [nm].
    materials : Materials
        What the dots are made of.

    Returns
    -------
    float
        Mean energy [eV].

    References
    ----------
    :func:`size_energies_ev`.
    """
    energy, weight = _energies(diameter_nm, count, shell_nm, materials)
    return float(weight @ energy)


def size_shifts(diameter_nm: ArrayLike, count: ArrayLike, shell_nm: float, materials: Materials = CDSE_CDS) -> Shifts:
    """Distribution of E_00 of a sample of sizes, as microscopy counts them; all else of the dots is alike.

    Parameters
    ----------
    diameter_nm : array_like
        Diameters of the cores, shape (m,) [nm].
    count : array_like
        How many dots have each, in any unit, shape (m,).
    shell_nm : float
        Thickness of the shell, 0 for none [nm].
    materials : Materials
        What the dots are made of.

    Returns
    -------
    Shifts
        Shifts from the mean energy, ascending, of equal ones one; of more than 200 the means of 200 bins.

    Raises
    ------
    ValueError
        A diameter lies beyond 2 to 8 nm, a shell has no meaning, or counts are negative or none.

    References
    ----------
    :func:`size_energies_ev`. The calibration of the dots is for diameters of 3 to 6 nm.
    """
    energy, weight = _energies(diameter_nm, count, shell_nm, materials)
    shift, places = np.unique(1e3 * (energy - weight @ energy), return_inverse=True)
    if shift.size > MOST_SHIFTS:
        edges = np.linspace(shift[0], shift[-1], MOST_SHIFTS + 1)
        places = np.searchsorted(edges[1:-1], shift, side="right")[places]
    total = np.asarray(np.bincount(places, weight), dtype=float)
    moment = np.bincount(places, weight * 1e3 * (energy - weight @ energy))
    return Shifts(moment[total > 0] / total[total > 0], total[total > 0])


def _energies(diameter_nm: ArrayLike, count: ArrayLike, shell_nm: float, materials: Materials) -> Shifts:
    """Return the energy of each size [eV] and its share."""
    sizes, counts = np.size(diameter_nm), np.size(count)
    if sizes != counts:
        raise ValueError(f"diameter_nm and count must be of one length, found {sizes} and {counts}")
    return histogram_shifts(np.ravel(size_energies_ev(diameter_nm, shell_nm, materials)), np.ravel(count))


def _require_width(width_mev: float) -> None:
    if not (np.isfinite(width_mev) and width_mev >= 0):
        raise ValueError(f"a width must be 0 or more, found {width_mev}")
