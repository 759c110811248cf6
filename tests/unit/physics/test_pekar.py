"""The thermal progression of one mode, against Bessel functions in high precision."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from antistokes.physics import pekar
from antistokes.units import thermal_energy_ev


@pytest.mark.parametrize("temperature_k", [4.0, 77.0, 300.0, 1000.0])
@pytest.mark.parametrize("huang_rhys", [0.05, 0.5, 5.0])
def test_against_bessel_functions(temperature_k: float, huang_rhys: float) -> None:
    order = np.arange(-12, 30)
    with mp.workdps(40):
        n = 1 / mp.expm1(25 / (1000 * mp.mpf(float(thermal_energy_ev(temperature_k)))))
        z, s = 2 * huang_rhys * mp.sqrt(n * (n + 1)), mp.mpf(huang_rhys)
        expected = [
            float(mp.exp(-s * (2 * n + 1)) * ((n + 1) / n) ** (mp.mpf(p) / 2) * mp.besseli(abs(p), z))
            for p in order.tolist()
        ]
    found = pekar.line_weights(order, 25, huang_rhys, temperature_k)
    kept = np.asarray(expected) > 1e-290
    np.testing.assert_allclose(found[kept], np.asarray(expected)[kept], rtol=1e-12)


def test_area_and_moments() -> None:
    order = np.arange(-200, 400)
    weight = pekar.line_weights(order, 25, 2.0, 300)
    n = 1 / np.expm1(25 / (1e3 * float(thermal_energy_ev(300))))
    assert weight.sum() == pytest.approx(1, abs=1e-12)
    assert weight @ order == pytest.approx(2.0, rel=1e-12)
    assert weight @ (order - 2.0) ** 2 == pytest.approx(2.0 * (2 * n + 1), rel=1e-12)


def test_without_heat_it_is_poisson() -> None:
    found = pekar.line_weights(np.arange(-2, 5), 25, 0.5, 1)
    expected = [0, 0] + [np.exp(-0.5) * 0.5**p / np.prod(np.arange(1.0, p + 1)) for p in range(5)]
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-100)


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0, found 25 and -1"):
        pekar.line_weights(0, 25, -1, 300)
    with pytest.raises(ValueError, match="order must hold whole numbers"):
        pekar.line_weights(0.5, 25, 1, 300)
    with pytest.raises(ValueError, match="temperature_k must be above 0"):
        pekar.line_weights(0, 25, 1, 0)
