import mpmath
import numpy as np
from numpy.testing import assert_allclose

from antistokes import units
from antistokes.physics.planck import blackbody_photons_per_ev, blackbody_slope_per_k


def test_wien_displacement():
    """The maximum of photons per eV lies at x = 2 + W(-2 exp(-2)) = 1.5936 (mpmath)."""
    x = float(2 + mpmath.lambertw(-2 * mpmath.exp(-2)).real)
    energy = np.linspace(0.1, 1.0, 90001)
    peak = energy[np.argmax(blackbody_photons_per_ev(energy, 3000.0))]
    assert_allclose(peak, x * units.BOLTZMANN_EV_PER_K * 3000.0, atol=2e-5)


def test_integral_is_that_of_planck():
    """The integral of x^2/(exp(x)-1) is 2 zeta(3)."""
    kt = units.BOLTZMANN_EV_PER_K * 3000.0
    x = np.linspace(1e-9, 60, 400001)
    integral = np.trapezoid(blackbody_photons_per_ev(x * kt, 3000.0), x) / kt**2
    assert_allclose(integral, 2 * float(mpmath.zeta(3)), rtol=1e-8)


def test_slope_is_the_derivative():
    energy = np.array([1.2, 1.9, 3.1])
    up, down = (np.log(blackbody_photons_per_ev(energy, 3000.0 + h)) for h in (0.01, -0.01))
    assert_allclose(blackbody_slope_per_k(energy, 3000.0), (up - down) / 0.02, rtol=1e-7)
