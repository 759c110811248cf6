r"""The integrating sphere: what it collects, and the yields that follow from it.

A sphere is run with the laser into the empty sphere or on the blank (a), with the sample beside the beam (b, indirect)
and in the beam (c, direct). L are the photons of the laser that are seen, P those of the emission. A sample that
absorbs the part A of the beam, and the part m of the light that the walls send back, gives per exciting photon

.. math::
    L_a = 1,\quad L_b = 1-m,\quad L_c = (1-A)(1-m),\qquad P_b = m\,Q,\quad P_c = [A + (1-A)\,m]\,Q

with Q the yield that is observed, what is left of the internal one after self-absorption
(:func:`antistokes.physics.cooling.external_yield`).

References
----------
.. [1] J. C. de Mello, H. F. Wittmann, R. H. Friend, Adv. Mater. 9, 230 (1997), doi:10.1002/adma.19970090308.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from antistokes.units import FloatArray


class Integrals(NamedTuple):
    """Photons of laser and emission in the configurations of a sphere, numbers or draws, response corrected [photons].

    ``emission_empty`` is what the empty sphere or the blank shows in the emission's band; zero where not measured.
    """

    laser_empty: ArrayLike
    laser_direct: ArrayLike
    emission_direct: ArrayLike
    laser_indirect: ArrayLike | None = None
    emission_indirect: ArrayLike | None = None
    emission_empty: ArrayLike = 0.0


def collected(absorptance: ArrayLike, quantum_yield: ArrayLike, indirect: ArrayLike = 0.0) -> Integrals:
    r"""Photons that a sphere collects, per photon of the laser.

    Parameters
    ----------
    absorptance : array_like
        Part A of the beam that the sample absorbs [1].
    quantum_yield : array_like
        Yield Q that is observed: what leaves the sphere for one photon absorbed [1].
    indirect : array_like
        Part m of the light from the walls that the sample absorbs [1].

    Returns
    -------
    Integrals
        All six.

    References
    ----------
    Derived here; inverted by [1]_.
    """
    a, q, m = (np.asarray(v, dtype=float) for v in (absorptance, quantum_yield, indirect))
    return Integrals(
        laser_empty=np.ones_like(a * m),
        laser_direct=(1 - a) * (1 - m),
        emission_direct=(a + (1 - a) * m) * q,
        laser_indirect=(1 - m) * np.ones_like(a),
        emission_indirect=m * q * np.ones_like(a),
    )


def absorptance(integrals: Integrals) -> FloatArray:
    r"""Absorptance of the beam, from direct and indirect excitation, or from direct excitation and the empty sphere.

    .. math:: A = 1 - L_c/L_b\quad\text{or}\quad A' = 1 - L_c/L_a

    The second holds the light absorbed after the walls too, and is the one used where nothing was measured indirectly.

    Parameters
    ----------
    integrals : Integrals
        Photons of the laser; see there.

    Returns
    -------
    ndarray
        Absorptance; may be negative by noise [1].

    References
    ----------
    [1]_.
    """
    before = integrals.laser_empty if integrals.laser_indirect is None else integrals.laser_indirect
    return np.asarray(1 - np.asarray(integrals.laser_direct, dtype=float) / np.asarray(before, dtype=float))


def yield_three(integrals: Integrals) -> FloatArray:
    r"""Observed yield by three measurements.

    .. math:: Q = \frac{(P_c-P_a) - (1-A)(P_b-P_a)}{A\,L_a},\qquad A = 1-L_c/L_b

    Parameters
    ----------
    integrals : Integrals
        Photons in all three configurations.

    Returns
    -------
    ndarray
        Yield, above one too; infinite where noise leaves no absorptance [1].

    References
    ----------
    [1]_; subtraction of P_a added here.
    """
    if integrals.laser_indirect is None or integrals.emission_indirect is None:
        raise ValueError("three measurements ask for laser and emission with the sample beside the beam (indirect).")
    absorbed = absorptance(integrals)
    blank = np.asarray(integrals.emission_empty, dtype=float)
    direct, indirect = (
        np.asarray(p, dtype=float) - blank for p in (integrals.emission_direct, integrals.emission_indirect)
    )
    return _ratio(direct - (1 - absorbed) * indirect, absorbed * np.asarray(integrals.laser_empty, dtype=float))


def yield_two(integrals: Integrals) -> FloatArray:
    r"""Observed yield by two measurements, which hold what is absorbed and emitted after the walls alike.

    .. math:: Q = \frac{P_c-P_a}{L_a-L_c}

    Parameters
    ----------
    integrals : Integrals
        Photons in the empty sphere and with direct excitation.

    Returns
    -------
    ndarray
        Yield, above one too; infinite where noise leaves nothing absorbed [1].

    References
    ----------
    L. Porrès et al., J. Fluoresc. 16, 267 (2006), doi:10.1007/s10895-005-0054-8.
    """
    emitted = np.asarray(integrals.emission_direct, dtype=float) - np.asarray(integrals.emission_empty, dtype=float)
    return _ratio(
        emitted, np.asarray(integrals.laser_empty, dtype=float) - np.asarray(integrals.laser_direct, dtype=float)
    )


def _ratio(emitted: FloatArray, absorbed: FloatArray) -> FloatArray:
    """Divide; what noise left without any absorption is no bound on the yield."""
    emitted, absorbed = np.broadcast_arrays(emitted, absorbed)
    return np.asarray(np.divide(emitted, absorbed, out=np.full(absorbed.shape, np.inf), where=absorbed > 0))
