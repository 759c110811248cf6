import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.correction import correct_response
from antistokes.analysis.factors import EXACT, response_from_factors
from antistokes.errors import DataError
from antistokes.quantities import convert

NODES = np.arange(300.0, 801.0, 20.0)
FACTOR = 2000 + 1500 * np.cos(NODES / 30) + 3 * (NODES - 300)


def factors(value=FACTOR, nodes=NODES, **more):
    return data.build("wavelength", nodes, value, medium="air", **more)


def counts(x):
    y = 1000 + 300 * np.sin(x / 25)
    return data.build("wavelength", x, y, kind="emission", quantity="counts", medium="air", signal_sd=np.ones(x.size))


@pytest.mark.parametrize("gives", ["photons_per_nm", "power_per_nm"])
def test_counts_times_factor_is_light(gives):
    """On samples between the nodes, factors on straight lines; the scale is free."""
    x = np.linspace(305, 795, 1471)
    light = correct_response(counts(x), response_from_factors(factors(), gives=gives))
    stated = data.with_attrs(counts(x), quantity=gives)
    expected = convert(stated.assign(signal=stated["signal"] * np.interp(x, NODES, FACTOR)), "photons_per_nm")
    ratio = light["signal"].values / expected["signal"].values
    assert np.ptp(ratio) / ratio.mean() < 2 * EXACT


def test_a_factor_that_jumps_is_followed():
    value = np.where(NODES == 500, 100.0, 5000.0)
    x = np.linspace(481, 519, 400)
    light = correct_response(counts(x), response_from_factors(factors(value), gives="photons_per_nm"))
    ratio = light["signal"].values / (counts(x)["signal"].values * np.interp(x, NODES, value))
    assert np.ptp(ratio) / ratio.mean() < 2 * EXACT


def test_factors_that_are_none_are_left_out():
    bad = FACTOR.copy()
    bad[0], bad[10] = -630.0, 0.0
    found = response_from_factors(factors(bad), gives="power_per_nm", relative_sd=0.01)
    assert found.range_nm == (320.0, 800.0)
    said, gap = found.warnings
    assert "factors at 500 nm are" in said and "320-800 nm" in said  # that 300 is none no band can need
    assert "no factors between 480 and 520 nm" in gap


def test_a_hole_in_the_factors_is_said():
    keep = (NODES < 500) | (NODES > 580)
    found = response_from_factors(factors(FACTOR[keep], NODES[keep]), gives="power_per_nm", relative_sd=0.01)
    assert "no factors between 480 and 600 nm" in found.warnings[0]
    nodes = np.concatenate([np.arange(300, 400, 2.0), np.arange(400, 801, 20.0)])  # finer steps in part: no hole
    assert not response_from_factors(
        factors(np.ones(nodes.size), nodes), gives="power_per_nm", relative_sd=0.01, correlation_nm=50
    ).warnings


def test_uncertainty_of_the_factors_with_and_without_correlation():
    alone = response_from_factors(factors(), gives="photons_per_nm", relative_sd=0.02).curves
    at_node = alone.sel(wavelength=500.0)["response_modes"].values
    assert_allclose(np.linalg.norm(at_node), 0.02, rtol=1e-9)
    assert np.sum(at_node > 0) == 1
    hung = response_from_factors(factors(), gives="photons_per_nm", relative_sd=0.02, correlation_nm=50).curves
    a, b = (hung.sel(wavelength=w)["response_modes"].values for w in (500.0, 540.0))
    assert_allclose([a @ a, a @ b], [4e-4, 4e-4 * np.exp(-0.8)], rtol=1e-9)
    column = response_from_factors(factors(signal_sd=0.02 * FACTOR), gives="photons_per_nm").curves
    assert_allclose(column["response_modes"].values, alone["response_modes"].values)
    instead = response_from_factors(factors(signal_sd=0.3 * FACTOR), gives="photons_per_nm", relative_sd=0.02).curves
    assert_allclose(instead["response_modes"].values, alone["response_modes"].values)  # stated, not the column


def test_no_uncertainty_is_said_and_so_are_close_factors():
    assert "no uncertainty" in response_from_factors(factors(), gives="power_per_nm").warnings[0]
    close = factors(np.ones(50), np.linspace(400, 500, 50))
    assert "correlation_nm" in response_from_factors(close, gives="power_per_nm", relative_sd=0.01).warnings[0]


def test_what_is_no_file_of_factors_is_refused():
    with pytest.raises(ValueError, match="gives"):
        response_from_factors(factors(), gives="counts")
    with pytest.raises(ValueError, match="relative_sd"):
        response_from_factors(factors(), gives="power_per_nm", relative_sd=-1)
    with pytest.raises(ValueError, match="not in per cent"):
        response_from_factors(factors(), gives="power_per_nm", relative_sd=2.0)
    with pytest.raises(DataError, match="declares 'counts'"):
        response_from_factors(factors(quantity="counts"), gives="power_per_nm")
    with pytest.raises(DataError, match="two factors above zero, found 1"):
        response_from_factors(factors([-1, 2.0], [300, 400]), gives="power_per_nm")
    with pytest.raises(DataError, match="wavelength"):
        response_from_factors(data.build("energy", [1.0, 2.0], [1.0, 2.0]), gives="power_per_nm")
