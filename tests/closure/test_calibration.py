"""A corrected spectrum's intervals hold the truth as often as they say, with lamp and sample counted."""

import numpy as np
import pytest

from antistokes import data
from antistokes.analysis.calibration import calibrate_response
from antistokes.analysis.correction import correct_response
from tests.unit.analysis.test_calibration import EMITTED, NM, mean_ev, planck_per_nm, seen


@pytest.mark.parametrize("step", [1, 4])  # the lamp on the emission's samples, and on every fourth
@pytest.mark.parametrize("stated", [True, False])
def test_mean_energy_is_covered(step, stated):
    """Lamp and sample with counting noise, colour temperature off by its sd: 95 % intervals of the mean energy."""
    hits, n = 0, 100
    true = mean_ev(data.build("wavelength", NM, EMITTED, quantity="photons_per_nm", kind="emission")).value
    for seed in range(n):
        temperature_k = 2900.0 + 5.0 * np.random.default_rng([seed, 1]).standard_normal()
        lamp = seen(planck_per_nm(NM, 2900.0), photons=2e3, seed=seed).isel(wavelength=slice(None, None, step))
        sample = seen(EMITTED, photons=3e4, seed=1000 + seed)
        if stated:
            lamp, sample = with_sd(lamp), with_sd(sample)
        ds = correct_response(sample, calibrate_response(lamp, colour_temperature_k=(temperature_k, 5.0)))
        found = mean_ev(ds)
        hits += found.low <= true <= found.high
    assert 86 <= hits  # the 99.9 % binomial region of .95


def with_sd(ds):
    level = np.maximum(ds["signal"].values, 1.0)
    return ds.assign(signal_sd=("wavelength", np.sqrt(level), dict(ds["signal"].attrs)))
