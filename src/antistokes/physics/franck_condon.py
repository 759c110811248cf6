r"""Lines of one mode whose energy and rest position change with the electronic state, at any temperature.

.. math:: A(x) = \sum_{m,n} p_n\,|\langle m'|n\rangle|^2\,\delta(x - m w' + n w),\qquad p_n=(1-e^{-w/kT})e^{-nw/kT}

The overlaps follow from the operators of the excited state, written in those of the ground state,
:math:`b = c\,a + s\,a^\dagger - \gamma` with :math:`c,s=\tfrac12(\sqrt r\pm1/\sqrt r)`, :math:`\gamma=\sqrt{rS}`
and r = w'/w:

.. math::
   \langle m|n{+}1\rangle &= \frac{\sqrt m\,\langle m{-}1|n\rangle - s\sqrt n\,\langle m|n{-}1\rangle
                             + \gamma\,\langle m|n\rangle}{c\,\sqrt{n+1}}\\
   \langle m{+}1|0\rangle &= \frac{s\sqrt m\,\langle m{-}1|0\rangle + \gamma(s-c)\,\langle m|0\rangle}{c\,\sqrt{m+1}}

from :math:`\langle0|0\rangle^2=\frac{2\sqrt r}{1+r}\,e^{-2Sr/(1+r)}`.

References
----------
.. [1] E. V. Doktorov, I. A. Malkin and V. I. Man'ko, J. Mol. Spectrosc. 64, 302 (1977),
   doi:10.1016/0022-2852(77)90269-X (recurrence relations of this kind).
"""

from __future__ import annotations

import numpy as np

from antistokes.physics.coupling import Mode
from antistokes.units import FloatArray, thermal_energy_ev

FAINTEST = 1e-60  # of the strongest line; what is fainter is left out
MAX_LEVELS = 4000


def overlaps(mode: Mode, excited_levels: int, ground_levels: int) -> FloatArray:
    """Overlaps of the vibrational states of one mode in the two electronic states.

    Parameters
    ----------
    mode : Mode
        A mode with an excited energy.
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
    r = (mode.energy_mev if mode.excited_energy_mev is None else mode.excited_energy_mev) / mode.energy_mev
    c, s = (np.sqrt(r) + 1 / np.sqrt(r)) / 2, (np.sqrt(r) - 1 / np.sqrt(r)) / 2
    gamma = np.sqrt(r * mode.huang_rhys)
    roots = np.sqrt(np.arange(max(excited_levels, ground_levels) + 1.0))
    out = np.zeros((excited_levels, ground_levels))
    out[0, 0] = np.sqrt(2 * np.sqrt(r) / (1 + r)) * np.exp(-mode.huang_rhys * r / (1 + r))
    for m in range(excited_levels - 1):
        before = s * roots[m] * out[m - 1, 0] if m else 0.0
        out[m + 1, 0] = (before + gamma * (s - c) * out[m, 0]) / (c * roots[m + 1])
    up = roots[1:excited_levels]
    for n in range(ground_levels - 1):
        new = gamma * out[:, n]
        new[1:] += up * out[:-1, n]
        if n:
            new -= s * roots[n] * out[:, n - 1]
        out[:, n + 1] = new / (c * roots[n + 1])
    return out


def lines(mode: Mode, temperature_k: float) -> tuple[FloatArray, FloatArray]:
    """Lines of a mode that changes its energy, the 0-0 line at zero.

    Parameters
    ----------
    mode : Mode
        A mode with an excited energy.
    temperature_k : float
        Temperature [K].

    Returns
    -------
    detuning, weight : ndarray
        Positions m w' - n w [meV] and weights that sum to 1, shapes (k,), (k,).

    References
    ----------
    Equation in the module's head.
    """
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    excited = mode.energy_mev if mode.excited_energy_mev is None else mode.excited_energy_mev
    ground_levels = int(-np.log(FAINTEST) * kt / mode.energy_mev) + 2
    excited_levels = ground_levels + int(20 + 12 * np.sqrt((1 + mode.huang_rhys) * ground_levels))
    if excited_levels > MAX_LEVELS:
        raise ValueError(
            f"{mode} at {temperature_k} K needs {excited_levels} levels, more than {MAX_LEVELS}: take a mode as low as"
            " this as linear (no excited_energy_mev), or engine='tilted'."
        )
    population = -np.expm1(-mode.energy_mev / kt) * np.exp(-np.arange(ground_levels) * mode.energy_mev / kt)
    weight = population * overlaps(mode, excited_levels, ground_levels) ** 2
    detuning = np.arange(excited_levels)[:, np.newaxis] * excited - np.arange(ground_levels) * mode.energy_mev
    kept = weight > FAINTEST * weight.max()
    return detuning[kept], weight[kept]
