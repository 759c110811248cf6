"""Maximum, height and ratios below it: truth without noise, and noise told as it is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from antistokes import data, lab, units
from antistokes.analysis.bands import absorption_band
from antistokes.analysis.edge import local_fit, measure_edge
from antistokes.errors import DataError
from antistokes.lab.sample import Sample
from antistokes.physics import presets

BELOW = np.array([25.0, 50.0, 75.0, 100.0])
NM = np.arange(520.0, 721.0, 1.0)


@cache
def sample(temperature_k: float = 300.0, width_mev: float = 3.0) -> Sample:
    dot = presets.preset("cdse-cds-zb").coupling
    return Sample(1.9834, 18.4, width_mev, temperature_k, presets.CDSE_STATES[:5], coupling=dot)


@pytest.mark.parametrize("temperature_k", [300.0, 360.0])
def test_ratios_without_noise_are_the_truth(temperature_k: float) -> None:
    dot = sample(temperature_k)
    band = absorption_band(lab.spectra.measure_absorption(dot, NM, np.random.default_rng(0), photons=np.inf))
    found = measure_edge(band, BELOW)
    fine = np.linspace(found.peak_ev - 0.01, found.peak_ev + 0.01, 4001)
    alpha = dot.alpha_per_cm(fine)
    top = int(np.argmax(alpha))
    assert found.peak_ev == pytest.approx(fine[top], abs=3e-5)
    truth = np.log(dot.alpha_per_cm(fine[top] - BELOW / 1e3) / alpha[top])
    np.testing.assert_allclose(found.log_ratio, truth, atol=1e-3)
    step = 1e-4
    around = np.log(dot.alpha_per_cm(np.add.outer(fine[top] - BELOW / 1e3, [-step, step])))
    np.testing.assert_allclose(found.slope_per_mev, (around[:, 1] - around[:, 0]) / (2e3 * step), rtol=0.02)


def test_covariance_is_that_of_repeated_measurements() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        scan = lab.spectra.measure_absorption(sample(), NM, rng, photons=2e6, read_photons=0.0)
        found.append(measure_edge(absorption_band(scan), BELOW[:3]))
    seen = np.cov(np.array([[e.peak_ev, e.log_height, *e.log_ratio] for e in found]).T)
    told = np.median([e.covariance for e in found], axis=0)
    ratio = np.sqrt(np.diag(told) / np.diag(seen))
    assert np.all((ratio > 0.85) & (ratio < 1.18)), ratio
    correlation = [c[0, 3] / np.sqrt(c[0, 0] * c[3, 3]) for c in (seen, told)]
    assert correlation[0] == pytest.approx(correlation[1], abs=0.15)
    assert abs(correlation[1]) > 0.5  # an error of the maximum moves the ratio


def test_shared_errors_are_propagated() -> None:
    """A baseline moves the tail by itself over the tail, the maximum by next to nothing."""
    band = absorption_band(lab.spectra.measure_absorption(sample(), NM, np.random.default_rng(0), photons=np.inf))
    offset = 1e-3 * float(band.value.max())
    band = band._replace(sd=np.zeros_like(band.sd), modes=np.full((1, band.sd.size), offset))
    before = measure_edge(band, BELOW[:3])
    after = measure_edge(band._replace(value=band.value + offset), BELOW[:3])
    moved = after.log_ratio - before.log_ratio
    np.testing.assert_allclose(np.sqrt(np.diag(before.covariance))[2:], moved, rtol=0.05)


def test_an_unresolved_tail_is_no_number() -> None:
    band = absorption_band(lab.spectra.measure_absorption(sample(), NM, np.random.default_rng(3), photons=1e7))
    found = measure_edge(band, np.array([50.0, 200.0, 2000.0]))
    assert np.isfinite(found.log_ratio[0])
    assert np.isnan(found.log_ratio[1:]).all()


def test_local_fit_of_an_exponential_is_exact_and_has_no_bias_in_noise() -> None:
    x = np.linspace(1.85, 1.95, 41)
    y, rng = np.exp((x - 1.9) / 0.012), np.random.default_rng(0)
    wavelength = units.wavelength_from_energy(x)

    def fitted(noise: float) -> float:
        noisy = y + noise * rng.standard_normal(y.size)
        ds = data.build(
            "wavelength", wavelength, noisy, kind="absorption", quantity="cross_section_cm2",
            signal_sd=np.full(y.size, max(noise, 1e-12)), medium="air",
        )  # fmt: skip
        fit = local_fit(absorption_band(ds), 1.9, 0.012, 2)
        return fit.at(1.9)[0]

    assert fitted(0.0) == pytest.approx(0.0, abs=1e-6)
    drawn = np.array([fitted(0.2) for _ in range(400)])
    assert abs(drawn.mean()) < 4 * drawn.std() / 20  # noise of a fifth of the value; a fit of logarithms is off


def test_a_shoulder_and_a_place_outside_are_refused() -> None:
    x = np.arange(500.0, 700.0)
    ds = data.build("wavelength", x, np.exp(-(x - 500) / 40), kind="absorption", quantity="absorbance")
    with pytest.raises(DataError, match="no absorption maximum stands out"):
        measure_edge(absorption_band(ds), BELOW)
    with pytest.raises(DataError, match="lies outside the data"):
        local_fit(absorption_band(ds), 1.0, 0.01, 2)
