import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from antistokes import data, units
from antistokes.analysis.gain import energy_gain

MEAN, SIGMA = 1.96, 0.04
EV = np.linspace(1.70, 2.25, 1101)
SHAPE = np.exp(-0.5 * ((EV - MEAN) / SIGMA) ** 2)


def emission(noise=0.0, seed=0, y=SHAPE, x=EV):
    y = y + noise * np.random.default_rng(seed).standard_normal(x.size)
    sd = np.full(x.size, max(noise, 1e-9))
    return data.build("energy", x, y, kind="emission", quantity="photons_per_ev", medium="vacuum", signal_sd=sd)


def absorption(centre=2.0, sigma=0.03):
    y = np.exp(-0.5 * ((EV - centre) / sigma) ** 2)
    sd = np.full(EV.size, 1e-6)
    return data.build("energy", EV, y, kind="absorption", quantity="absorbance", medium="vacuum", signal_sd=sd)


LASER_NM = units.HC_EV_NM / 1.90


def test_gain_by_mean():
    gain = energy_gain(emission(), LASER_NM)
    assert_allclose(gain.mean_mev.value, 60.0, atol=1e-6)
    assert gain.mean_mev.unit == "meV" and gain.excitation_nm == LASER_NM


def test_photons_above_the_laser_are_a_truncated_gaussian():
    gain = energy_gain(emission(), LASER_NM)
    share = norm.sf(1.90, MEAN, SIGMA)
    mean = MEAN + SIGMA**2 * norm.pdf(1.90, MEAN, SIGMA) / share
    assert_allclose(gain.mean_above_mev.value, 1e3 * (mean - 1.90), atol=0.01)  # trapezoid rule, 0.5 meV
    assert_allclose(gain.fraction_above.value, share, atol=1e-4)


def test_gain_by_peak_is_that_of_photons_per_nm():
    peak = (MEAN + np.sqrt(MEAN**2 + 8 * SIGMA**2)) / 2
    assert_allclose(
        energy_gain(emission(), LASER_NM).peak_mev.value, 1e3 * (peak - 1.90), atol=0.12
    )  # see test_spectra


@pytest.mark.parametrize("floor", [1e-1, 1e-3, 1e-5])
def test_largest_gain_lies_where_the_flank_meets_the_floor(floor):
    gain = energy_gain(emission(), LASER_NM, detection_floor=floor).max_mev
    assert gain.kind == "value"
    assert_allclose(gain.value, 1e3 * (MEAN + SIGMA * np.sqrt(-2 * np.log(floor)) - 1.90), atol=0.05)


def test_largest_gain_ends_at_the_noise_or_at_the_data():
    noisy = energy_gain(emission(noise=0.01), LASER_NM, detection_floor=1e-3).max_mev
    assert noisy.kind == "lower limit" and "noise ends above the floor" in noisy.how
    assert_allclose(noisy.value, 1e3 * (MEAN + SIGMA * np.sqrt(-2 * np.log(0.03)) - 1.90), atol=10)
    keep = EV < 2.02
    cut = energy_gain(emission(y=SHAPE[keep], x=EV[keep]), LASER_NM, detection_floor=1e-3).max_mev
    assert cut.kind == "lower limit" and "the data end" in cut.how
    assert_allclose(cut.value, 1e3 * (EV[keep][-1] - 1.90), atol=1e-9)


def test_absorption_adds_its_maximum_and_the_stokes_shift():
    gain = energy_gain(emission(), LASER_NM, absorption())
    assert_allclose(gain.absorption_mev.value, 100.0, atol=0.01)
    peak = (MEAN + np.sqrt(MEAN**2 + 8 * SIGMA**2)) / 2
    assert_allclose(gain.stokes_shift_mev.value, 1e3 * (2.0 - peak), atol=0.12)


def test_down_conversion_is_negative():
    gain = energy_gain(emission(), units.HC_EV_NM / 2.10)
    assert_allclose(gain.mean_mev.value, -140.0, atol=1e-6)
    assert gain.fraction_above.value < 1e-3


@pytest.mark.parametrize("laser_ev", [1.6, 2.3])
def test_a_laser_outside_the_data_splits_nothing(laser_ev):
    gain = energy_gain(emission(), units.HC_EV_NM / laser_ev)
    assert gain.mean_above_mev is None and gain.fraction_above is None
    assert_allclose(gain.mean_mev.value, 1e3 * (MEAN - laser_ev), atol=1e-6)


def test_intervals_move_with_the_gain_and_keep_their_width():
    one, other = (energy_gain(emission(0.01), x) for x in (LASER_NM, units.HC_EV_NM / 1.80))
    for name in ("mean_mev", "peak_mev"):
        a, b = getattr(one, name), getattr(other, name)
        assert a.low < a.value < a.high
        assert_allclose([b.low - a.low, b.high - a.high, b.sd - a.sd], [100.0, 100.0, 0.0], atol=1e-9)


def test_the_medium_of_the_excitation_is_that_of_the_emission():
    ds = data.with_attrs(emission(), medium="air")
    laser_ev = units.energy_from_wavelength(660.0, "air")
    assert_allclose(energy_gain(ds, 660.0).mean_mev.value, 1e3 * (MEAN - laser_ev), atol=1e-6)


def test_no_maximum_of_absorption_no_stokes_shift():
    shoulder = data.build(
        "energy", EV, 1 / (1 + np.exp((2.0 - EV) / 0.02)), kind="absorption", quantity="absorbance", signal_sd=SHAPE * 0
    )
    gain = energy_gain(emission(), LASER_NM, shoulder)
    assert gain.stokes_shift_mev is None
    assert any("no absorption maximum stands out, so there is no Stokes shift" in w for w in gain.warnings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"excitation_nm": 0.0}, "excitation_nm must be a positive wavelength, got 0.0"),
        ({"excitation_nm": -660.0}, "excitation_nm must be a positive wavelength"),
        ({"excitation_nm": np.nan}, "excitation_nm must be a positive wavelength"),
        ({"excitation_nm": 660.0, "detection_floor": 0.0}, "detection_floor must be between 0 and 1, got 0.0"),
        ({"excitation_nm": 660.0, "detection_floor": 1.0}, "detection_floor must be between 0 and 1"),
    ],
)
def test_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        energy_gain(emission(), **arguments)
