"""Flux temperatures and bounds of a band at 632 nm, 75 meV wide: the numbers that a claim is held against."""

import numpy as np
import pytest

from antistokes.physics.flux_temperature import exitance_of_bound, flux_temperature, weinstein_bound
from antistokes.units import HC_EV_NM

EV = np.linspace(HC_EV_NM / 632 - 0.3, HC_EV_NM / 632 + 0.3, 1201)
POWER = np.exp(-4 * np.log(2) * ((EV - HC_EV_NM / 632) / 0.075) ** 2)


@pytest.mark.parametrize(
    ("exitance", "kelvin", "bound"), [(1e-2, 929, 1.48), (1.0, 1144, 1.36), (1e2, 1490, 1.25), (1e4, 2133, 1.16)]
)
def test_the_band_of_the_paper(exitance: float, kelvin: float, bound: float) -> None:
    found = float(flux_temperature(EV, POWER / EV, exitance))
    assert found == pytest.approx(kelvin, rel=0.0015)
    assert float(weinstein_bound(found, 300.0)) == pytest.approx(bound, abs=0.0051)


def test_sources_of_practical_brightness_stay_below_160_per_cent() -> None:
    """M. A. Weinstein, J. Opt. Soc. Am. 50, 597 (1960), doi:10.1364/JOSA.50.000597, at room temperature.

    This band meets them at .2 mW/m^2, dimmer than any that pumps or lights.
    """
    at = exitance_of_bound(EV, POWER / EV, 0.6, 300.0)
    assert at == pytest.approx(1.9e-4, rel=0.03)
    assert float(flux_temperature(EV, POWER / EV, at)) == pytest.approx(300.0 * 1.6 / 0.6, rel=1e-6)
