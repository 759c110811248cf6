"""Power conversion of a known truth: how often the lower limit lies below it, and how often "above unity" is wrong."""

import numpy as np
import pytest
from scipy.special import ndtr

from antistokes import data, units
from antistokes.analysis.power_conversion import power_conversion

EV = np.linspace(1.75, 2.17, 421)
SHAPE = np.exp(-0.5 * ((EV - 1.96) / 0.032) ** 2)


def measured(seed: int, efficiency: float, sd: float):
    """A spectrum with noise and a yield that was measured with an s.d., of a sample of this power conversion."""
    rng = np.random.default_rng(seed)
    noise = np.full(EV.size, 0.02)
    y = SHAPE + noise * rng.standard_normal(EV.size)
    ds = data.build("energy", EV, y, kind="emission", quantity="photons_per_ev", medium="vacuum", signal_sd=noise)
    found = efficiency * 1.85 / 1.96 + sd * rng.standard_normal()
    return power_conversion(ds, units.HC_EV_NM / 1.85, quantum_yield=(found, sd), draws=2000)


def count(n: int, efficiency: float, sd: float) -> tuple[float, float, float]:
    runs = [measured(seed, efficiency, sd) for seed in range(n)]
    inside = np.mean([r.efficiency.low <= efficiency <= r.efficiency.high for r in runs])
    below = np.mean([r.lower_limit.value <= efficiency for r in runs])
    return float(inside), float(below), float(np.mean([r.above_unity for r in runs]))


def test_limits_hold_at_unity():
    inside, below, _ = count(200, 1.0, 0.01)
    assert 0.895 <= inside <= 0.990 and 0.895 <= below <= 0.990


def test_above_unity_is_claimed_where_it_is_so():
    """A normal yield known to .0106 of the efficiency: claimed with Phi((eta - 1)/.0106 - 1.645), .985 and .005."""
    assert count(100, 1.04, 0.01)[2] == pytest.approx(ndtr(0.04 / 0.010595 - 1.645), abs=0.03)
    assert count(100, 0.99, 0.01)[2] == pytest.approx(ndtr(-0.01 / 0.010595 - 1.645), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("efficiency", "sd"), [(1.0, 0.01), (1.04, 0.01), (1.04, 0.002), (0.97, 0.005)])
def test_limits_hold(efficiency: float, sd: float):
    inside, below, above = count(1000, efficiency, sd)
    assert 0.926 <= inside <= 0.971 and 0.926 <= below <= 0.971
    assert above >= (0.97 if efficiency > 1.03 else 0.0)  # the power of the claim: 4 s.d.
    assert above <= (0.074 if efficiency <= 1 else 1.0)
