"""Two spectra that are compared: what one response does to both, and what counts say of their noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.calibration import calibrate_response
from antistokes.analysis.correction import correct_response
from antistokes.analysis.yield_ratio import yield_ratio
from tests.unit.analysis.yield_bench import LAMP, emission

UP_NM, DOWN_NM = 660.0, 480.0
STATED = {"up_absorptance": 0.01, "down_absorptance": 0.7}


def test_what_one_response_gets_wrong_is_wrong_in_both():
    """A slope of 3 % over the band, one mode: it cancels for one shape, and half of it for two that are apart."""
    shape = emission(UP_NM, 1.0)["energy"].values
    mode = 0.03 * (1 + (shape - 1.96) / 0.1)

    def with_mode(ds):
        out = ds.assign(signal_modes=(("mode", "energy"), (mode * ds["signal"].values)[np.newaxis]))
        return data.with_attrs(out, corrections=LAMP)

    red_nm = 740.0  # beyond the data, so that nothing is filled in
    alike = [with_mode(emission(red_nm, 0.01)), with_mode(emission(DOWN_NM, 0.7))]
    assert yield_ratio(*alike, **STATED).budget["PL"].value < 0.01
    apart = [with_mode(emission(red_nm, 0.01, centre_ev=1.95)), with_mode(emission(DOWN_NM, 0.7))]
    assert_allclose(yield_ratio(*apart, **STATED).budget["PL"].value, 0.3, rtol=0.02)
    other = data.with_attrs(alike[0], corrections={"response": LAMP["response"] | {"identity": "b2"}})
    assert_allclose(yield_ratio(other, alike[1], **STATED).budget["PL"].value, 3 * 2**0.5, rtol=0.02)


def calibration(seed):
    """A lamp whose certificate is wrong by 3 %, in one piece over 100 nm, and a response that rises by e in 150 nm."""
    at, nm = np.arange(510.0, 771.0, 20.0), np.arange(520.0, 760.0, 1.0)
    light = np.exp((at - 640) / 150)
    stated = {"kind": "emission", "medium": "air"}
    certificate = data.build("wavelength", at, light, quantity="photons_per_nm", signal_sd=0.03 * light, **stated)
    wrong = np.interp(nm, at, 1 + 0.03 * np.random.default_rng(seed).standard_normal(at.size))
    counts = 1e6 * np.exp((nm - 640) / 75) * wrong
    lamp = data.build("wavelength", nm, counts, quantity="counts", signal_sd=1e-5 * counts, **stated)
    return calibrate_response(lamp, certificate=certificate, correlation_nm=100.0)


def counted(excitation_nm, photons, nm, centre_nm=632.0):
    y = 1e9 * photons * excitation_nm * np.exp((nm - 640) / 150 - 0.5 * ((nm - centre_nm) / 10.5) ** 2)
    stated = {"excitation_nm": excitation_nm, "power_w": 1e-3, "integration_time_s": 1.0}
    sd = np.full(nm.size, 1e-5 * y.max())
    return data.build("wavelength", nm, y, kind="emission", quantity="counts", medium="air", signal_sd=sd, **stated)


def test_one_response_cancels_on_any_grid_and_another_one_does_not():
    """Both bands of one shape: of one calibration nothing is left, of two 3 % each is, and their names say nothing."""
    own, other = calibration(1), calibration(2)
    fine, coarse = np.arange(560.0, 720.0, 0.7), np.arange(555.0, 725.0, 1.3)
    up, down = counted(780.0, 0.01, fine), counted(DOWN_NM, 0.7, coarse)
    one = yield_ratio(correct_response(up, own), correct_response(down, own), **STATED)
    two = yield_ratio(correct_response(up, own), correct_response(down, other), **STATED)
    assert own.lamp == other.lamp
    assert one.budget["PL"].value < 0.1
    assert 2.5 < two.budget["PL"].value < 3 * 2**0.5
    assert_allclose(one.ratio.value, 1.0, rtol=2e-3)
    assert two.ratio.low < 1 < two.ratio.high and abs(two.ratio.value - 1) > 2e-3


@pytest.mark.parametrize(("noise", "skew"), [(0.1, False), (0.5, True)])
def test_light_above_the_gap_that_is_not_known_to_a_tenth_makes_the_ratio_skew(noise, skew):
    """It stands below the line as the absorptance does: to 4 %, and to 21 %."""
    found = yield_ratio(emission(760.0, 0.01), emission(DOWN_NM, 0.7, noise=noise), **STATED)
    assert np.isnan(found.ratio.sd) == np.isnan(found.light_ratio.sd) == skew
