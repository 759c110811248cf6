"""Apparent activation energy of the tail of Yb:YLF: cross-sections of Tanaka and Püschel, Opt. Express 32, 2306."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import antistokes as ans


def unpolarised(folder: Path, temperature: int) -> xr.Dataset:
    """(2 sigma + pi)/3, sigma interpolated linearly to the wavelengths of pi."""
    pi, sigma = (
        ans.read(
            folder / "data" / "ybylf-cooling-spectra-ikz" / f"YbYLF_{p}_{temperature}K.csv",
            y="abs_xs",
            quantity="cross_section_cm2",
            medium="air",
            temperature_k=float(temperature),
        )
        for p in ("pi", "sigma")
    )
    inside = (pi.wavelength >= sigma.wavelength.min()) & (pi.wavelength <= sigma.wavelength.max())
    x, on_pi = pi.wavelength.values[inside], pi.signal.values[inside]
    mean = (2 * np.interp(x, sigma.wavelength, sigma.signal) + on_pi) / 3
    return ans.build(
        "wavelength", x, mean, kind="absorption", quantity="cross_section_cm2", temperature_k=float(temperature)
    )


def test_apparent_energy_at_1020_nm(real_data: Path) -> None:
    """Linear interpolation to 1020.00 nm and two temperatures give 43.1 meV; so do local cubics."""
    series = [unpolarised(real_data, t) for t in (150, 300)]
    linear = [np.interp(1020.0, ds.wavelength, ds.signal) for ds in series]
    kt = 8.617333262e-2 * np.array([150.0, 300.0])
    assert np.log(linear[1] / linear[0]) / (1 / kt[0] - 1 / kt[1]) == pytest.approx(43.1, abs=0.2)
    found = ans.absorption_activation(series, 1020.0)
    assert found.apparent_mev.value == pytest.approx(43.1, abs=0.2)
    assert found.apparent_mev.low < found.apparent_mev.value < found.apparent_mev.high
