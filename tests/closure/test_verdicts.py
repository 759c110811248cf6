"""What the verdicts must not say: spectra made to mislead, over seeds 0...n-1."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes.lab import spectra as lab
from antistokes.verdict import verdicts

WAVELENGTHS = np.arange(560.0, 760.0, 1.0)
SAMPLE = lab.Sample(absorption_per_cm=3.5)
RULES = verdicts.margins()


def judge(absorption: xr.Dataset, emission: xr.Dataset, quantum_yield, background) -> str:
    """The cooling verdict as a study gives it."""
    balance = ans.reciprocity(absorption, emission, temperature_k=300.0)
    window = ans.cooling_window(
        absorption, emission, quantum_yield=quantum_yield, background_per_cm=background, draws=400
    )
    return verdicts.cooling_verdict(window, RULES, balance).verdict


def pair(seed: int, **more) -> tuple[xr.Dataset, xr.Dataset]:
    first, second = (np.random.default_rng([seed, i]) for i in range(2))
    return (
        lab.measure_absorption(SAMPLE, WAVELENGTHS, first, **more),
        lab.measure_emission(SAMPLE, np.arange(570.0, 720.0, 0.5), second),
    )


@pytest.mark.parametrize("offset", [0.0005, 0.002, 0.005])
@pytest.mark.parametrize("quantum_yield", [(0.97, 0.005), (0.93, 0.01)])
def test_a_baseline_does_not_cool(offset: float, quantum_yield: tuple[float, float]) -> None:
    """An offset of the baseline looks like absorption far in the red, where any yield would cool."""
    said = [judge(*pair(seed, offset=offset), quantum_yield, (1e-4, 2e-5)) for seed in range(10)]
    assert said.count("could cool in this window") == 0


def test_noise_alone_predicts_nothing() -> None:
    """Absorption that is nothing but noise at the emission is refused, not fitted."""
    emission = lab.measure_emission(SAMPLE, np.arange(570.0, 720.0, 0.5), np.random.default_rng(0))
    for seed in range(20):
        noise = 1e-3 * np.random.default_rng([seed, 7]).standard_normal(WAVELENGTHS.size)
        blue = 1 / (1 + np.exp((WAVELENGTHS - 500.0) / 5.0))
        absorption = ans.build(
            "wavelength", WAVELENGTHS, blue + noise, kind="absorption", quantity="absorbance", path_cm=1.0
        )
        with pytest.raises(ans.DataError, match="resolved"):
            ans.cooling_window(absorption, emission, quantum_yield=(0.97, 0.005), background_per_cm=(1e-3, 1e-4))


@pytest.mark.parametrize("end_nm", [636.0, 640.0, 645.0])
def test_what_was_not_measured_is_not_said_to_heat(end_nm: float) -> None:
    """A sample that could cool is not said to heat because its absorption was measured too short."""
    said = []
    for seed in range(10):
        absorption, emission = pair(seed, photons=1e9)
        assert judge(absorption, emission, (0.985, 0.002), (1e-4, 1e-5)) == "could cool in this window"
        said.append(judge(absorption.sel(wavelength=slice(None, end_nm)), emission, (0.985, 0.002), (1e-4, 1e-5)))
    assert said.count("would heat") == 0


@pytest.mark.parametrize(("quantum_yield", "background"), [((0.6, 0.02), None), ((0.93, 0.01), (3e-3, 3e-4))])
def test_what_heats_is_said_to_heat(quantum_yield, background) -> None:
    """Power: a low yield, and a background that no window survives, are decided."""
    said = [judge(*pair(seed, photons=1e9), quantum_yield, background) for seed in range(10)]
    assert said.count("would heat") >= 8


def test_what_could_cool_is_said_so() -> None:
    said = [judge(*pair(seed, photons=1e9), (0.985, 0.003), (1e-4, 1e-5)) for seed in range(20)]
    assert said.count("could cool in this window") >= 16


def bump(wavelength: np.ndarray) -> np.ndarray:
    return 1 + 0.3 * np.exp(-0.5 * ((wavelength - 632.0) / 6.0) ** 2)


def test_a_distorted_pair_does_not_obey_detailed_balance() -> None:
    """A bump of 30 % in the emission leaves the mean slope within 5 %, and is still no Boltzmann factor."""
    for seed in range(10):
        absorption, emission = pair(seed)
        spoilt = emission.assign(signal=emission.signal * bump(emission.wavelength.values))
        spoilt["signal"].attrs = emission.signal.attrs
        found = verdicts.detailed_balance(ans.reciprocity(absorption, spoilt, temperature_k=300.0), 300.0, RULES)
        assert found.outcome == "contradicts"
        honest = verdicts.detailed_balance(ans.reciprocity(absorption, emission, temperature_k=300.0), 300.0, RULES)
        assert honest.outcome == "supports"
