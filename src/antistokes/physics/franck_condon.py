r"""Lines of one mode whose energy and rest position change with the electronic state, at any temperature.

.. math:: A(x) = \sum_{m,n} p_n\,|\langle m'|n\rangle|^2\,\delta(x - m w' + n w),\qquad p_n=(1-e^{-w/kT})e^{-nw/kT}

The overlaps follow from the operators of the excited state, written in those of the ground state,
:math:`b = c\,a + s\,a^\dagger - \gamma` with :math:`c,s=\tfrac12(\sqrt r\pm1/\sqrt r)`, :math:`\gamma=\sqrt{rS}`
and r = w'/w:

.. math::
   \langle m|n{+}1\rangle &= \frac{\sqrt m\,\langle m{-}1|n\rangle - s\sqrt n\,\langle m|n{-}1\rangle
                             + \gamma\,\langle m|n\rangle}{c\,\sqrt{n+1}}\\
   \langle m{+}1|n\rangle &= \frac{\sqrt n\,\langle m|n{-}1\rangle + s\sqrt m\,\langle m{-}1|n\rangle
                             + \gamma(s-c)\,\langle m|n\rangle}{c\,\sqrt{m+1}}

the first for m <= n, the second for m > n: towards the diagonal each grows rounding errors. They begin with
:math:`\langle0|0\rangle^2=\frac{2\sqrt r}{1+r}\,e^{-2Sr/(1+r)}`.

References
----------
.. [1] E. V. Doktorov, I. A. Malkin and V. I. Man'ko, J. Mol. Spectrosc. 64, 302 (1977),
   doi:10.1016/0022-2852(77)90269-X (recurrence relations of this kind).
"""

from __future__ import annotations

import numpy as np

from antistokes.physics.coupling import Mode, excited_mev
from antistokes.units import FloatArray, thermal_energy_mev

MOST_LEVELS = 2500
NOISE = 1e-30  # of all weight: what the recursion may have grown out of rounding


def overlaps(mode: Mode, excited_levels: int, ground_levels: int) -> FloatArray:
    """Overlaps of the vibrational states of one mode in the two electronic states.

    Parameters
    ----------
    mode : Mode
        The mode.
    excited_levels, ground_levels : int
        Numbers of levels.

    Returns
    -------
    ndarray
        <m|n>, shape (excited_levels, ground_levels) [1].

    References
    ----------
    Equations in the module's head; [1]_.
    """
    r = excited_mev(mode) / mode.energy_mev
    c, s = (np.sqrt(r) + 1 / np.sqrt(r)) / 2, (np.sqrt(r) - 1 / np.sqrt(r)) / 2
    gamma = np.sqrt(r * mode.huang_rhys)
    roots = np.sqrt(np.arange(max(excited_levels, ground_levels) + 1.0))
    out = np.zeros((excited_levels, ground_levels))
    out[0, 0] = np.sqrt(2 * np.sqrt(r) / (1 + r)) * np.exp(-mode.huang_rhys * r / (1 + r))
    for k in range(1, max(excited_levels, ground_levels)):  # shells: each recursion away from the diagonal only
        if k < excited_levels:
            n = min(k, ground_levels)
            row = gamma * (s - c) * out[k - 1, :n]
            row[1:] += roots[1:n] * out[k - 1, : n - 1]
            row += s * roots[k - 1] * out[k - 2, :n] if k > 1 else 0.0
            out[k, :n] = row / (c * roots[k])
        if k < ground_levels:
            m = min(k + 1, excited_levels)
            column = gamma * out[:m, k - 1]
            column[1:] += roots[1:m] * out[: m - 1, k - 1]
            column -= s * roots[k - 1] * out[:m, k - 2] if k > 1 else 0.0
            out[:m, k] = column / (c * roots[k])
    return out


def lattice_weights(mode: Mode, temperature_k: float, lattice_mev: float, first: int, last: int) -> FloatArray | None:
    """Lines of a mode that changes its energy, as weights on a lattice on which both its energies lie.

    Parameters
    ----------
    mode : Mode
        The mode.
    temperature_k : float
        Temperature [K].
    lattice_mev : float
        Step of the lattice [meV].
    first, last : int
        First and last line wanted, in steps from the 0-0 line.

    Returns
    -------
    ndarray or None
        Weights, over all lines they sum to 1, shape (last - first + 1,) [1]. None where the recursion grows noise: for
        modes far below kT.

    References
    ----------
    Equation in the module's head.
    """
    kt = thermal_energy_mev(temperature_k)
    up, down = (int(np.rint(e / lattice_mev)) for e in (excited_mev(mode), mode.energy_mev))
    # e^(-nw/kT) against what many levels add: the sum for a loss of k quanta ends here
    quanta = max(-first, 0) / min(up, down) + 1
    ground_levels = int((quanta + 9 * np.sqrt(quanta) + 45) / -np.expm1(-mode.energy_mev / kt)) + 20
    excited_levels = int((max(last, 0) + ground_levels * down) / up) + 20
    if max(excited_levels, ground_levels) > MOST_LEVELS:
        return None
    population = -np.expm1(-mode.energy_mev / kt) * np.exp(-np.arange(ground_levels) * mode.energy_mev / kt)
    weight = population * overlaps(mode, excited_levels, ground_levels) ** 2
    if np.any(weight.sum(axis=0) > population * (1 + 1e-9) + NOISE):  # the squares of a column sum to 1
        return None
    index = np.arange(excited_levels)[:, np.newaxis] * up - np.arange(ground_levels) * down - first
    inside = (index >= 0) & (index <= last - first)
    return np.bincount(index[inside], weights=weight[inside], minlength=last - first + 1).astype(np.float64)
