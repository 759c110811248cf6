r"""Electron-phonon line shape: what one dot absorbs and emits, down to the far anti-Stokes tail.

With the absorption kernel A(x) and the emission kernel F(x) of a coupling (:mod:`antistokes.physics.coupling`), each of
unit area over the detuning x = E - E_00, states j at d_j above E_00 with strength f_j give

.. math:: \sigma(E) \propto E\sum_j f_j\,A(E-E_{00}-d_j),\qquad
          R(E) \propto E^3\sum_j f_j\,e^{-d_j/kT}\,F(E-E_{00}-d_j)

at constant refractive index. Detailed balance, :math:`\ln(A/F)=(x-\Delta F)/kT`, holds because both kernels come from
the same modes in thermal equilibrium, never by multiplying one with a Boltzmann factor: F is the kernel of the reversed
transition, from the thermal excited state. Delta F is 0 for linear coupling.

Two engines find the kernels: ``panjer`` (lines on a lattice, exact in the far tail) and ``tilted`` (Fourier transforms
along shifted contours, several times faster; for fits).

References
----------
.. [1] R. Kubo and Y. Toyozawa, Prog. Theor. Phys. 13, 160 (1955), doi:10.1143/PTP.13.160.
.. [2] D. E. McCumber, Phys. Rev. 136, A954 (1964), doi:10.1103/PhysRev.136.A954 (relations between broad bands).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from antistokes.physics import coupling as couplings
from antistokes.physics import cumulant, panjer, tilted
from antistokes.physics.coupling import Coupling
from antistokes.physics.marcus import State
from antistokes.units import FloatArray, thermal_energy_mev

Engine = Literal["panjer", "tilted"]
HIGHEST_EV = 20.0
MOST_LORENTZIAN = 2.0  # factor by which a Lorentzian may raise the kernel; beyond, it is the Lorentzian that is seen


def absorption_kernel(
    detuning_mev: ArrayLike,
    coupling: Coupling,
    temperature_k: float,
    engine: Engine = "panjer",
    lattice_mev: float = 0.1,
    lorentzian_mev: float = 0.0,
) -> FloatArray:
    """Franck-Condon factor per energy of absorption from the thermal ground state.

    Parameters
    ----------
    detuning_mev : array_like
        E - E_00, where E_00 is the transition without phonons, shape (n,) [meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature, above 0 [K].
    engine : {'panjer', 'tilted'}
        Lines on a lattice, or tilted Fourier transforms (needs a slow bath or strong broad modes).
    lattice_mev : float
        Step of the lattice, refined where sharp modes do not lie on it [meV].
    lorentzian_mev : float
        Full width of a Lorentzian to convolve with (engine 'panjer'); refused in the tail [meV].

    Returns
    -------
    ndarray
        Kernel of unit area, shape (n,); 0 below 1e-290, which is the floor of double precision [1/meV].

    Raises
    ------
    ValueError
        A coupling or temperature without meaning, a lattice too coarse, a point below the floor of the engine, or a
        Lorentzian that would hide the tail; the message names what serves.

    References
    ----------
    [1]_; equations in :mod:`antistokes.physics.coupling` and in the module of each engine.
    """
    couplings.check(coupling, temperature_k)
    x = _detunings(detuning_mev)
    if not 0 <= lorentzian_mev < np.inf:
        raise ValueError(f"lorentzian_mev must be 0 or more, not {lorentzian_mev}")
    if engine == "tilted":
        if lorentzian_mev:
            raise ValueError("a Lorentzian needs engine='panjer', which can tell where it hides the tail")
        return tilted.density(x.ravel(), coupling, temperature_k).reshape(x.shape)
    if engine != "panjer":
        raise ValueError(f"engine must be 'panjer' or 'tilted', not {engine!r}")
    found = panjer.density(x.ravel(), coupling, temperature_k, lattice_mev)
    if lorentzian_mev:
        found = _with_lorentzian(found, x.ravel(), coupling, temperature_k, lattice_mev, lorentzian_mev)
    return found.reshape(x.shape)


def emission_kernel(
    detuning_mev: ArrayLike,
    coupling: Coupling,
    temperature_k: float,
    engine: Engine = "panjer",
    lattice_mev: float = 0.1,
    lorentzian_mev: float = 0.0,
) -> FloatArray:
    """Franck-Condon factor per energy of emission from the thermal excited state.

    Parameters
    ----------
    detuning_mev : array_like
        E - E_00, shape (n,) [meV].
    coupling : Coupling
        What the transition is coupled to, as for absorption.
    temperature_k : float
        Temperature, above 0 [K].
    engine : {'panjer', 'tilted'}
        As for :func:`absorption_kernel`.
    lattice_mev : float
        Step of the lattice [meV].
    lorentzian_mev : float
        Full width of a Lorentzian; refused in the tail [meV].

    Returns
    -------
    ndarray
        Kernel of unit area, shape (n,) [1/meV].

    References
    ----------
    [1]_; the absorption kernel of the reversed transition at -x, with phonons made and taken exchanged.
    """
    couplings.check(coupling, temperature_k)
    mirrored, back = -np.asarray(detuning_mev, dtype=float), couplings.reverse(coupling)
    return absorption_kernel(mirrored, back, temperature_k, engine, lattice_mev, lorentzian_mev)


def cross_section(
    energy_ev: ArrayLike,
    e00_ev: float,
    coupling: Coupling,
    temperature_k: float,
    states: Sequence[State] = ((0.0, 1.0),),
    engine: Engine = "panjer",
    lattice_mev: float = 0.1,
) -> FloatArray:
    """Absorption cross-section of one dot, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy, shape (n,) [eV].
    e00_ev : float
        Transition of the lowest state without phonons [eV].
    coupling : Coupling
        What every state is coupled to.
    temperature_k : float
        Temperature [K].
    states : sequence of (offset_mev, strength)
        Electronic states: offset above the lowest one [meV] and strength [1].
    engine : {'panjer', 'tilted'}
        As for :func:`absorption_kernel`.
    lattice_mev : float
        Step of the lattice [meV].

    Returns
    -------
    ndarray
        E times the sum of kernels per meV, shape (n,) [eV/meV].

    References
    ----------
    Equation in the module's head; [2]_.
    """
    energy, offset, strength = _spectrum_of(energy_ev, e00_ev, states)
    detuning = 1e3 * (energy[..., np.newaxis] - e00_ev) - offset
    return np.asarray(energy * (absorption_kernel(detuning, coupling, temperature_k, engine, lattice_mev) @ strength))


def photon_rate(
    energy_ev: ArrayLike,
    e00_ev: float,
    coupling: Coupling,
    temperature_k: float,
    states: Sequence[State] = ((0.0, 1.0),),
    engine: Engine = "panjer",
    lattice_mev: float = 0.1,
) -> FloatArray:
    """Photons that one dot emits per time and energy, its states in thermal equilibrium, on a relative scale.

    Parameters
    ----------
    energy_ev : array_like
        Photon energy, shape (n,) [eV].
    e00_ev : float
        Transition of the lowest state without phonons [eV].
    coupling : Coupling
        What every state is coupled to.
    temperature_k : float
        Temperature [K].
    states : sequence of (offset_mev, strength)
        Electronic states: offset above the lowest one [meV] and strength [1].
    engine : {'panjer', 'tilted'}
        As for :func:`absorption_kernel`.
    lattice_mev : float
        Step of the lattice [meV].

    Returns
    -------
    ndarray
        E^3 times the sum of kernels, photons per energy, shape (n,) [eV^3/meV].

    References
    ----------
    Equation in the module's head; [2]_.
    """
    energy, offset, strength = _spectrum_of(energy_ev, e00_ev, states)
    detuning = 1e3 * (energy[..., np.newaxis] - e00_ev) - offset
    populated = strength * np.exp(-offset / thermal_energy_mev(temperature_k))
    return np.asarray(energy**3 * (emission_kernel(detuning, coupling, temperature_k, engine, lattice_mev) @ populated))


def _spectrum_of(
    energy_ev: ArrayLike, e00_ev: float, states: Sequence[State]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return energies [eV], offsets [meV] and strengths of states, or say what is wrong with them."""
    energy = np.asarray(energy_ev, dtype=float)
    if not (np.all((energy > 0) & (energy < HIGHEST_EV)) and 0 < e00_ev < HIGHEST_EV):
        raise ValueError(
            f"energy_ev and e00_ev are photon energies in eV, below {HIGHEST_EV:g} (units.energy_from_wavelength makes"
            f" them of nm); found {energy_ev!r} and {e00_ev!r}"
        )
    pairs = np.asarray(states, dtype=float)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not pairs.size or not np.all(np.isfinite(pairs)):
        raise ValueError(f"states must be pairs (offset_mev, strength), as ((0, 1), (85, .45)); found {states!r}")
    if not np.all(pairs[:, 1] >= 0):
        raise ValueError(f"strengths of states must be 0 or more, found {states!r}")
    return energy, pairs[:, 0], pairs[:, 1]


def lines(
    coupling: Coupling, temperature_k: float, low_mev: float, high_mev: float, lattice_mev: float = 0.1
) -> tuple[FloatArray, FloatArray]:
    """Lines of the absorption kernel on the lattice, as they are before a slow bath broadens them.

    Parameters
    ----------
    coupling : Coupling
        What the transition is coupled to; slow_mev has no effect.
    temperature_k : float
        Temperature [K].
    low_mev, high_mev : float
        Range of detunings wanted [meV].
    lattice_mev : float
        Step of the lattice, refined where sharp modes do not lie on it [meV].

    Returns
    -------
    detuning, weight : ndarray
        E - E_00 of each line [meV] and its weight; over all lines they sum to 1, shapes (n,), (n,).

    References
    ----------
    :mod:`antistokes.physics.panjer`.
    """
    couplings.check(coupling, temperature_k)
    if not -np.inf < low_mev <= high_mev < np.inf:
        raise ValueError(f"low_mev must be at most high_mev and both finite, found {low_mev} and {high_mev}")
    coupling = coupling._replace(slow_mev=0.0)
    step = panjer.lattice_for(coupling, temperature_k, lattice_mev)
    low, high = int(np.floor(low_mev / step)), int(np.ceil(high_mev / step))
    return step * np.arange(low, high + 1, dtype=np.float64), panjer.lattice_weights(
        coupling, temperature_k, step, low, high
    )


def snapping_error(
    detuning_mev: ArrayLike, coupling: Coupling, temperature_k: float, lattice_mev: float = 0.1
) -> FloatArray:
    r"""What moving a smooth density of modes onto a lattice does to the absorption kernel, relative to it.

    .. math:: \frac{\delta A}{A} \approx \frac43\left(\frac{A_h}{A_{h/2}} - 1\right)

    from two lattices, as the error is of second order in the step h. The engine ``tilted`` has none.

    Parameters
    ----------
    detuning_mev : array_like
        E - E_00, shape (n,) [meV].
    coupling : Coupling
        What the transition is coupled to.
    temperature_k : float
        Temperature [K].
    lattice_mev : float
        Step of the lattice [meV].

    Returns
    -------
    ndarray
        Relative error of the kernel, shape (n,) [1].

    References
    ----------
    Richardson's extrapolation; the deposit of modes is described in :func:`antistokes.physics.coupling.snapped_modes`.
    """
    couplings.check(coupling, temperature_k)
    x = _detunings(detuning_mev)
    step = panjer.lattice_for(coupling, temperature_k, lattice_mev)
    coarse, fine = (panjer.density_on(h, x.ravel(), coupling, temperature_k) for h in (step, step / 2))
    ratio = np.divide(coarse, fine, out=np.ones_like(coarse), where=fine > 0)
    return np.asarray(4 / 3 * (ratio - 1)).reshape(x.shape)


def _detunings(detuning_mev: ArrayLike) -> FloatArray:
    x = np.asarray(detuning_mev, dtype=float)
    if not (x.size and np.all(np.isfinite(x))):
        raise ValueError(f"detuning_mev must hold finite numbers, found {detuning_mev!r}")
    return x


def _with_lorentzian(
    plain: FloatArray, x: FloatArray, coupling: Coupling, temperature_k: float, lattice_mev: float, width_mev: float
) -> FloatArray:
    mean, variance = cumulant.mean_and_variance(coupling, temperature_k)
    around = np.array([mean - 8 * np.sqrt(variance), mean + 8 * np.sqrt(variance)])
    everywhere = np.concatenate([x, around])  # the wings of all lines reach every point
    broad = panjer.density(everywhere, coupling, temperature_k, lattice_mev, width_mev)[: x.size]
    with np.errstate(divide="ignore"):
        factor = broad / plain
    worst = int(np.argmax(factor))
    if not factor[worst] <= MOST_LORENTZIAN:
        raise ValueError(
            f"a Lorentzian of {width_mev:g} meV multiplies the kernel at {x[worst]:g} meV by {factor[worst]:.2g}:"
            " its wing, which no thermal bath has, is all that would be seen, and detailed balance is lost. In the tail"
            " let the phonons broaden (slow_mev, a bath, modes with a width); near the line, ask for fewer detunings."
        )
    return broad
