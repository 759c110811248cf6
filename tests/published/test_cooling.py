"""Break-even yields and gains that papers state or that follow from their numbers."""

from __future__ import annotations

import numpy as np
import pytest

import antistokes as ans
from antistokes import units
from antistokes.physics import cooling


@pytest.mark.parametrize(
    ("gain_mev", "needed"), [(25, 0.9872), (50, 0.9745), (75, 0.9617), (100, 0.9490), (110, 0.9439), (150, 0.9235)]
)
def test_break_even_yield_of_the_paper_s_emission(gain_mev: float, needed: float) -> None:
    """E_f = 1.96 eV, 632 nm (Ye et al. 2021): yield needed at these gains, to the digits printed."""
    assert float(cooling.break_even_yield(gain_mev / 1e3, 1.96)) == pytest.approx(needed, abs=5.1e-5)


def test_cds_dots_of_mungan() -> None:
    """CdS dots, 514.5 -> 475 nm: 8 % if ideal (Mungan); 8.3 % recomputed."""
    pump, light = (float(units.energy_from_wavelength(x)) for x in (514.5, 475.0))
    assert float(cooling.cooling_efficiency(pump, light, 1.0)) == pytest.approx(0.083, abs=5e-4)


def test_caesium_lead_bromide_of_2018_heats() -> None:
    """23 meV at 2.4 eV needs .990; the published 75 % heats."""
    assert float(cooling.break_even_yield(0.023, 2.4)) == pytest.approx(0.990, abs=5e-4)
    assert float(cooling.cooling_efficiency(2.4 - 0.023, 2.4, 0.75)) < 0


@pytest.mark.parametrize(("excitation_nm", "peak_nm", "gain_mev"), [(671.0, 632.0, 114.0), (660.0, 630.0, 89.5)])
def test_gain_by_peak_of_the_paper(excitation_nm: float, peak_nm: float, gain_mev: float) -> None:
    """Ye et al. 2021: 671 -> 632 nm and 660 -> 630 nm, by peak of photons per nm."""
    x = np.arange(560.0, 720.0, 0.5)
    emission = ans.build(
        "wavelength", x, np.exp(-0.5 * ((x - peak_nm) / 9) ** 2), kind="emission", quantity="photons_per_nm"
    )
    assert ans.energy_gain(emission, excitation_nm).peak_mev.value == pytest.approx(gain_mev, abs=0.1)
