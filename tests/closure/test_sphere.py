"""Virtual sphere -> self-absorption and yield -> the truth comes back, and the intervals cover it as often as they say.

Seeds are 0...n-1; the accepted region is the 99.9 % binomial one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

import antistokes as ans
from antistokes import data
from antistokes.analysis.calibration import Calibration
from antistokes.lab.optics import IDEAL, Spectrum, even, grating_and_detector
from antistokes.lab.sample import Sample
from antistokes.lab.spectra import measure_absorption, measure_emission
from antistokes.lab.sphere import IntegratingSphere, SphereTruth, measure_sphere, sphere_truth

SAMPLE = Sample()
LASER_NM = 450.0
LASER_BAND, EMISSION_BAND = (440.0, 460.0), (520.0, 780.0)
SPHERE_NM, EMISSION_NM, ABSORPTION_NM = (np.arange(*ends) for ends in ((430.0, 800.5), (520.0, 780.5), (480.0, 780.5)))
BANDPASS_NM = 2.0


class Setting(NamedTuple):
    """Concentration, yield, counts of the laser, photons at the maximum of the dilute spectrum, drift, absorption."""

    concentration: float
    quantum_yield: float = 0.95
    counts: float = 1e6
    peak_photons: float = 1e5
    drift_sd: float = 0.0
    with_absorption: bool = True


THIN = Setting(0.5, with_absorption=False)
DENSE = Setting(3.0)
BRIGHT = Setting(10.0, counts=1e7)
SETTINGS = {"thin, no absorption": THIN, "dense": DENSE, "very dense, bright": BRIGHT}


def measured(
    seed: int, setting: Setting, response: Spectrum = even
) -> tuple[SphereTruth, data.Sphere, xr.Dataset, xr.Dataset | None]:
    rng = np.random.default_rng(seed)
    by = IDEAL._replace(emission_bandpass_nm=BANDPASS_NM, counts=setting.counts, response=response)
    sphere = IntegratingSphere(by, drift_sd=setting.drift_sd)
    made = {"concentration": setting.concentration, "quantum_yield": setting.quantum_yield}
    run = measure_sphere(SAMPLE, sphere, SPHERE_NM, LASER_NM, rng, **made)
    dilute = measure_emission(
        SAMPLE, EMISSION_NM, rng, peak_photons=setting.peak_photons, bandpass_nm=BANDPASS_NM, excitation_nm=LASER_NM
    )
    absorption = measure_absorption(SAMPLE, ABSORPTION_NM, rng) if setting.with_absorption else None
    return sphere_truth(SAMPLE, sphere, LASER_NM, **made), run, dilute, absorption


def covered(hits: int, n: int) -> None:
    low, high = binom.interval(0.999, n, 0.95)
    assert low <= hits <= high, f"{hits} of {n}, accepted {low:.0f} to {high:.0f}"


def count_probability(setting: Setting, n: int) -> None:
    hits, alarms, values, said = 0, 0, [], []
    for seed in range(n):
        truth, run, dilute, absorption = measured(seed, setting)
        found = ans.self_absorption(run.direct[0], dilute, absorption=absorption, draws=4000)
        p = found.probability
        hits += p.low <= truth.self_absorption <= p.high
        alarms += found.tail_p_value < 1e-3
        values.append(p.value)
        said.append(p.sd)
    covered(hits, n)
    assert alarms <= binom.ppf(0.999, n, 5e-3)  # noise taken from scatter is that of the tail to a tenth or so
    assert np.mean(said) < 0.02  # it says something


def test_the_probability_is_covered_in_a_few_runs() -> None:
    count_probability(DENSE, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_the_probability_is_covered(name: str) -> None:
    count_probability(SETTINGS[name], 200)


# --- the whole way: sphere, response, self-absorption, integrals, internal yield

CHAINS = {
    "a third absorbed": Setting(0.2, counts=1e7, drift_sd=0.002),
    "all absorbed": Setting(3.0, quantum_yield=0.9, counts=1e6, drift_sd=0.002),
}


def response() -> Calibration:
    """Return the true response of the virtual sphere, as factors that a maker would give."""
    factors = 1 / grating_and_detector(SPHERE_NM)
    return ans.response_from_factors(data.build("wavelength", SPHERE_NM, factors, medium="air"), gives="photons_per_nm")


def count_yield(setting: Setting, n: int) -> None:
    hits, said, truth, known = 0, [], None, response()
    for seed in range(n):
        truth, run, dilute, absorption = measured(seed, setting, grating_and_detector)
        again = ans.self_absorption(
            ans.correct_response(run.direct[0], known), dilute, absorption=absorption, draws=4000, seed=seed
        )
        found = ans.absolute_yield(
            run,
            laser_nm=LASER_BAND,
            emission_nm=EMISSION_BAND,
            correction=known,
            drift_sd=setting.drift_sd,
            self_absorption=(again.probability.value, again.probability.sd),
            draws=4000,
            seed=seed,
        ).internal_yield
        assert found is not None
        hits += found.low <= truth.quantum_yield <= found.high
        said.append(found.high - found.low)
    covered(hits, n)
    assert np.mean(said) < 0.05  # it says something


def test_the_internal_yield_is_covered_in_a_few_runs() -> None:
    count_yield(CHAINS["a third absorbed"], 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAINS)
def test_the_internal_yield_is_covered(name: str) -> None:
    count_yield(CHAINS[name], 200)
