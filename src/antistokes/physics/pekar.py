r"""One linearly coupled mode in closed form: the thermal Pekar (Huang-Rhys) progression.

.. math:: W_p = e^{-S(2n+1)}\left(\frac{n+1}{n}\right)^{p/2} I_p\!\left(2S\sqrt{n(n+1)}\right)
              = e^{-S(2n+1)}\sum_k\frac{[S(n+1)]^{p+k}\,[Sn]^k}{(p+k)!\,k!}

at E_00 + p w. The sum is of positive terms and is taken in logarithms: at low temperature the Bessel function itself
underflows long before the line does.

References
----------
.. [1] K. Huang and A. Rhys, Proc. R. Soc. A 204, 406 (1950), doi:10.1098/rspa.1950.0184.
.. [2] S. I. Pekar, Zh. Eksp. Teor. Fiz. 20, 510 (1950).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, logsumexp

from antistokes.units import FloatArray, thermal_energy_mev


def line_weights(order: ArrayLike, energy_mev: float, huang_rhys: float, temperature_k: float) -> FloatArray:
    """Weights of the phonon lines of one mode in absorption.

    Parameters
    ----------
    order : array_like of int
        Phonons made less phonons taken, p; the line lies at E_00 + p w, negative for anti-Stokes absorption.
    energy_mev : float
        Energy w of the mode [meV].
    huang_rhys : float
        Huang-Rhys factor S, above 0 [1].
    temperature_k : float
        Temperature [K].

    Returns
    -------
    ndarray
        Weights, shape of ``order``; over all orders they sum to 1 [1].

    References
    ----------
    [1]_, [2]_; equation in the module's head.
    """
    if not (huang_rhys > 0 and energy_mev > 0):
        raise ValueError(f"energy_mev and huang_rhys must be above 0, found {energy_mev} and {huang_rhys}")
    p = np.asarray(order)
    if not np.all(p == np.rint(p)):
        raise ValueError(f"order must hold whole numbers, found {order!r}")
    kt = thermal_energy_mev(temperature_k)
    log_n = -energy_mev / kt - np.log(-np.expm1(-energy_mev / kt))
    log_made, log_taken = np.log(huang_rhys) + log_n + energy_mev / kt, np.log(huang_rhys) + log_n
    most = int(30 + 12 * np.sqrt(np.exp(log_made)) + 2 * np.exp(log_made))
    k = np.arange(most)
    up = np.maximum(p, 0)[..., np.newaxis] + k
    down = np.maximum(-p, 0)[..., np.newaxis] + k
    terms = up * log_made + down * log_taken - gammaln(up + 1) - gammaln(down + 1)
    return np.asarray(np.exp(logsumexp(terms, axis=-1) - np.exp(log_made) - np.exp(log_taken)))
