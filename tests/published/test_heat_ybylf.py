"""Heat of Yb:YLF against wavelength (LITMoS); absorption of Tanaka and Püschel, Opt. Express 32, 2306 (2024)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

import antistokes as ans
from antistokes import units
from antistokes.analysis.heat_fit import fit_heat
from antistokes.physics.cooling import absorption_efficiency, cooling_efficiency

YB_PER_CM3 = 1.4e22 * 0.1 * 1.15  # as in test_ybylf
MEAN_NM, YIELD, BACKGROUND = 994.97, 0.996, 1e-4
NM = np.linspace(1005.0, 1085.0, 17)


def absorption(folder: Path, polarisation: str, nm: np.ndarray) -> np.ndarray:
    path = folder / "data" / "ybylf-cooling-spectra-ikz" / f"YbYLF_{polarisation}_300K.csv"
    ds = ans.read(path, y="abs_xs", quantity="cross_section_cm2", medium="air", temperature_k=300.0)
    return np.interp(nm, ds.wavelength, ds.signal) * YB_PER_CM3


def efficiency(nm: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    energy, mean = (units.energy_from_wavelength(x) for x in (nm, MEAN_NM))
    return cooling_efficiency(energy, mean, YIELD, absorption_efficiency(alpha, BACKGROUND))


def test_precision_of_seventeen_wavelengths(real_data: Path) -> None:
    """.2 % noise on the cooling efficiency, scale free: sd .0010 and 2.3 %, correlations -.86 and +.86."""
    alpha = (2 * absorption(real_data, "sigma", NM) + absorption(real_data, "pi", NM)) / 3
    found = fit_heat(
        units.energy_from_wavelength(NM),
        -efficiency(NM, alpha),
        0.002,
        mean_emission_ev=float(units.energy_from_wavelength(MEAN_NM)),
        absorption_per_cm=alpha,
        per="energy",
    )
    assert found.background_per_cm is not None
    assert found.external_yield.value == pytest.approx(YIELD, abs=1e-6)
    assert found.external_yield.sd == pytest.approx(0.0010, rel=0.05)
    assert found.background_per_cm.sd / BACKGROUND == pytest.approx(0.023, rel=0.05)
    assert found.correlation["scale"]["external_yield"] == pytest.approx(-0.86, abs=0.02)
    assert found.correlation["external_yield"]["background_per_cm"] == pytest.approx(0.86, abs=0.02)


def test_two_wavelengths_without_heat_give_yield_and_background(real_data: Path) -> None:
    """The closed form at the crossings of the pi polarisation, 999.01 and 1077.68 nm, and the fit, are one."""

    def net(nm: float) -> float:
        x = np.array([nm])
        return float(efficiency(x, absorption(real_data, "pi", x))[0])

    first, second = (brentq(net, *ends, xtol=1e-10) for ends in ((998.0, 1001.0), (1075.0, 1080.0)))
    assert (first, second) == (pytest.approx(999.01, abs=0.01), pytest.approx(1077.68, abs=0.01))
    at_first, at_second = absorption(real_data, "pi", np.array([first, second]))
    one, other, mean = (float(units.energy_from_wavelength(x)) for x in (first, second, MEAN_NM))
    ratio = one / other
    background = (ratio - 1) / (1 / at_second - ratio / at_first)
    assert background == pytest.approx(BACKGROUND, rel=1e-6)
    assert (1 + background / at_first) * one / mean == pytest.approx(YIELD, abs=1e-7)
