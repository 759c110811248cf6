"""Yields of the literature, and what power conversion they mean."""

import numpy as np
import pytest

import antistokes as ans
from antistokes import units

EV = np.linspace(1.75, 2.17, 841)
EMISSION = ans.build(
    "energy",
    EV,
    np.exp(-4 * np.log(2) * ((EV - 1.96) / 0.075) ** 2),
    kind="emission",
    quantity="photons_per_ev",
    medium="vacuum",
    signal_sd=np.full(EV.size, 1e-6),
)


@pytest.mark.parametrize(("gain_mev", "median", "limit"), [(8, True, False), (16, True, True), (7, False, False)])
def test_99_6_per_cent_of_hanifi(gain_mev: float, median: bool, limit: bool) -> None:
    """Hanifi et al., Science 363, 1199 (2019): 99.6 +- .2 %. At 1.96 eV that is above unity from 8 meV on as it stands,
    and with a one-sided confidence of 97.5 % from 16 meV on."""
    excitation = units.HC_EV_NM / (1.96 - 1e-3 * gain_mev)
    found = ans.power_conversion(EMISSION, excitation, quantum_yield=(0.996, 0.002), level=0.975)
    assert (found.efficiency.value > 1) is median and found.above_unity is limit


def test_the_paper_s_1_06_is_within_the_bound() -> None:
    """671 nm at an exitance of 100 W/m^2: 1490 K and 1.25 allow it."""
    found = ans.power_conversion(EMISSION, 671.0, quantum_yield=(1.0, 0.01), exitance_w_per_m2=100.0)
    assert found.efficiency.value == pytest.approx(1.06, abs=0.005)
    assert found.flux_temperature_k.value == pytest.approx(1490, rel=0.01)
    assert found.weinstein_bound.value == pytest.approx(1.25, rel=0.01)
    assert found.above_unity and not found.impossible
