"""Yb:YLF, the classic optical refrigerator: spectra of Tanaka and Püschel, Opt. Express 32, 2306 (2024).

The cross-sections were derived from the fluorescence by reciprocity, so the temperatures check this code, not nature.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data

YB_PER_CM3 = 1.4e22 * 0.1 * 1.15  # cations, 10 % doping, correction of the source's params.yaml


def read(folder: Path, polarisation: str, temperature: int, column: str) -> xr.Dataset:
    quantity = "power_per_nm" if column == "If" else "cross_section_cm2"
    path = folder / "data" / "ybylf-cooling-spectra-ikz" / f"YbYLF_{polarisation}_{temperature}K.csv"
    return ans.read(path, y=column, quantity=quantity, medium="air", temperature_k=float(temperature))


def unpolarised(folder: Path, temperature: int) -> xr.Dataset:
    pi, sigma = (read(folder, p, temperature, "If") for p in ("pi", "sigma"))
    on_pi = np.interp(pi.wavelength, sigma.wavelength, sigma.signal)
    return ans.build("wavelength", pi.wavelength, (2 * on_pi + pi.signal) / 3, kind="emission", quantity="power_per_nm")


@pytest.mark.parametrize(("temperature", "mean_nm"), [(300, 994.97), (150, 1000.64), (110, 1002.91), (50, 1006.09)])
def test_mean_fluorescence_wavelength(real_data: Path, temperature: int, mean_nm: float) -> None:
    found = ans.describe_emission(unpolarised(real_data, temperature)).mean_wavelength_nm
    assert found.value == pytest.approx(mean_nm, abs=0.02)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("temperature", "apparent_k"), [(300, 300.05), (250, 250.03), (210, 210.02), (150, 150.01), (110, 110.00)]
)
def test_reciprocity_temperature(real_data: Path, temperature: int, apparent_k: float) -> None:
    result = ans.reciprocity(read(real_data, "pi", temperature, "abs_xs"), read(real_data, "pi", temperature, "If"))
    assert result.temperature_k.value == pytest.approx(apparent_k, abs=0.3)
    assert result.window_low_ev < result.window_high_ev


def test_the_jacobian_is_ours(real_data: Path) -> None:
    """One power of the wavelength less in I lambda^5 / sigma gives 306.4 K, far outside what the right one gives."""
    emission = read(real_data, "pi", 300, "If")
    one_less = emission.assign(signal=emission.signal / emission.wavelength.values * 1e3)
    one_less["signal"].attrs = emission.signal.attrs
    wrong = ans.reciprocity(read(real_data, "pi", 300, "abs_xs"), data.check(one_less))
    assert wrong.temperature_k.value == pytest.approx(306.4, abs=0.3)


@pytest.mark.parametrize(
    ("polarisation", "blue_nm", "red_nm"), [("pi", 999.005, 1077.677), ("sigma", 999.065, 1070.760)]
)
def test_cooling_window(real_data: Path, polarisation: str, blue_nm: float, red_nm: float) -> None:
    result = ans.cooling_window(
        read(real_data, polarisation, 300, "abs_xs"),
        unpolarised(real_data, 300),
        quantum_yield=0.996,
        background_per_cm=1e-4,
        number_density_per_cm3=YB_PER_CM3,
        excitation_nm=1020.0,
    )
    assert result.blue_edge_nm.value == pytest.approx(blue_nm, abs=0.02)
    assert result.red_edge_nm.value == pytest.approx(red_nm, abs=0.02)
    assert result.red_edge_nm.kind == "value"  # the 13 noise crossings beyond 1089 nm make no edge
    assert result.resolved_to_nm > red_nm + 5
    if polarisation == "pi":
        assert result.at[0].efficiency.value == pytest.approx(0.0210, abs=1e-4)
