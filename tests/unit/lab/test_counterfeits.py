"""Each counterfeit is given away by the observable that its docstring names, by as much as it says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import units
from antistokes.lab import counterfeits as fakes
from antistokes.lab import stages
from antistokes.lab.counterfeits import Cascade, Counterfeit, Heating, Leak, Traps, TwoPhoton
from antistokes.lab.sample import Sample
from antistokes.lab.spectrometer import IDEAL, measure_ple
from antistokes.physics.coupling import Coupling

SAMPLE = Sample()
SELECTING = Sample(coupling=Coupling(slow_mev=18.4), inhomogeneous_width_mev=12.0)
NM = np.arange(500.0, 800.0, 0.5)
LASER_NM = 665.0
FAR_NM = 730.0  # dots absorb 1e-17 here


def absorptance(source, nm, **size):
    return float(1 - 10 ** -fakes.absorbance(source, nm, **size))


def light(source, nm=LASER_NM, **settings):
    return fakes.emitted_per_nm(source, NM, [nm], **settings)[0]


def photons(source, nm=LASER_NM, **settings):
    return float(np.trapezoid(light(source, nm, **settings), NM))


def exponent(source, power_w, nm=LASER_NM):
    """Slope of ln(signal) over ln(power), by a difference of 1 %, of the steady state."""
    powers = power_w * np.array([0.995, 1.005])
    signal = [p * photons(fakes.heated(source, nm, p), nm, power_w=p) for p in powers]
    return float(np.diff(np.log(signal))[0] / np.diff(np.log(powers))[0])


def mean_ev(spectrum):
    return float(spectrum @ units.energy_from_wavelength(NM) / spectrum.sum())


# --- honest


@pytest.mark.parametrize("sample", [SAMPLE, SELECTING])
@pytest.mark.parametrize("nm", [500.0, LASER_NM])
def test_photons_of_an_honest_sample_are_absorptance_times_yield(sample, nm):
    assert_allclose(photons(sample, nm, quantum_yield=0.8), 0.8 * absorptance(sample, nm), rtol=1e-6)
    assert_allclose(light(sample, nm), light(Counterfeit(sample), nm), rtol=0)
    assert_allclose(exponent(sample, 1e-3, nm), 1, rtol=1e-12)


def test_many_excitations_at_once_are_each_of_them():
    at = np.array([500.0, 640.0, 700.0])
    both = fakes.emitted_per_nm(SELECTING, NM, at)
    assert_allclose(both, [light(SELECTING, nm) for nm in at], rtol=1e-6, atol=1e-12)


def test_another_temperature_moves_the_gap_as_varshni_says():
    warm = fakes.at_temperature(SAMPLE, 360.0)
    moved = 3.2e-4 * (300.0**2 / 520.0 - 360.0**2 / 580.0)
    assert_allclose(warm.sample.e00_ev - SAMPLE.e00_ev, moved, rtol=1e-12)
    assert moved < -0.016
    back = fakes.at_temperature(warm, 300.0).sample
    assert_allclose([back.e00_ev, back.temperature_k], [SAMPLE.e00_ev, 300.0], rtol=1e-15)


# --- traps


@pytest.mark.parametrize(("depth_mev", "change"), [(50.0, 1.38), (90.0, 1.79), (110.0, 2.03)])
def test_traps_are_told_by_signal_over_absorptance_at_two_temperatures(depth_mev, change):
    fake = Counterfeit(SAMPLE, traps=Traps(depth_mev))
    yields = []
    for kelvin in (300.0, 360.0):
        of = fakes.at_temperature(fake, kelvin)
        yields.append(photons(of, FAR_NM) / absorptance(of, FAR_NM))
    assert_allclose(yields[1] / yields[0], change, atol=0.005)


def test_traps_absorb_a_tail_that_the_spectrophotometer_sees():
    fake = Counterfeit(SAMPLE, traps=Traps(90.0, absorption_per_cm=0.02, urbach_mev=30.0))
    energy = SAMPLE.e00_ev + np.array([-0.25, -0.22, 0.05])
    extra = fake.alpha_per_cm(energy) - SAMPLE.alpha_per_cm(energy)
    assert_allclose(extra, 0.02 * np.exp([-0.25 / 0.03, -0.22 / 0.03, 0.0]), rtol=1e-9)
    assert fake.temperature_k == 300.0


def test_traps_are_told_by_excitation_over_absorptance_at_one_temperature():
    fake = Counterfeit(SAMPLE, traps=Traps(50.0, absorption_per_cm=1e-5))
    at = [500.0, FAR_NM]
    ratio = measure_ple(fake, IDEAL, at, 632.0, None)["signal"].values / [absorptance(fake, nm) for nm in at]
    assert_allclose(ratio[1] / ratio[0], np.exp(-0.05 / units.thermal_energy_ev(300.0)), rtol=1e-4)


def test_traps_fill():
    fake = Counterfeit(SAMPLE, traps=Traps(90.0, saturation_w=1e-3))
    assert_allclose(exponent(fake, 1e-7, FAR_NM), 1, atol=1e-3)
    assert_allclose(exponent(fake, 1e-3, FAR_NM), 0.5, atol=1e-3)  # d ln[P/(1 + P/Ps)]/d ln P at Ps


def test_dots_emit_as_before_beside_traps():
    fake = Counterfeit(SAMPLE, traps=Traps(500.0))  # too deep to be activated
    assert_allclose(photons(fake, 620.0, concentration=1e-4), photons(SAMPLE, 620.0, concentration=1e-4), rtol=1e-4)


# --- two photons, leak


def test_two_photons_are_told_by_the_square_of_power_and_by_no_link_to_absorptance():
    fake = Counterfeit(SAMPLE, two_photon=TwoPhoton(0.1))
    assert_allclose(exponent(fake, 1e-3, FAR_NM), 2, rtol=1e-9)
    assert_allclose(photons(fake, 720.0, power_w=1e-3), photons(fake, 740.0, power_w=1e-3), rtol=1e-6)
    beside = photons(fake, LASER_NM, power_w=1e-3) - photons(SAMPLE, LASER_NM)
    assert_allclose(beside, 1e-4, rtol=1e-5)
    thin = photons(fake, 740.0, power_w=1e-3, path_cm=0.5, concentration=0.1)
    assert_allclose(thin, 0.05 * photons(fake, 740.0, power_w=1e-3), rtol=1e-6)


def test_a_leak_is_told_by_signal_over_absorptance():
    fake = Counterfeit(SAMPLE, leak=Leak(1e-4, 500.0))
    for nm in (650.0, 665.0, 680.0):
        ratio = photons(fake, nm) / absorptance(SAMPLE, nm)
        assert_allclose(ratio, 1 + 1e-4 * absorptance(SAMPLE, 500.0) / absorptance(SAMPLE, nm), rtol=1e-5)
    assert_allclose(exponent(fake, 1e-3), 1, rtol=1e-12)


def test_a_leak_of_1e_4_is_one_per_cent_of_the_signal_at_an_absorptance_of_one_per_cent():
    dense = {"concentration": 20.0}
    grid = np.arange(640.0, 690.0, 0.01)
    at = float(grid[np.argmin(np.abs(10 ** -fakes.absorbance(SAMPLE, grid, **dense) - 0.99))])
    fake = Counterfeit(SAMPLE, leak=Leak(1e-4, 500.0))
    assert_allclose(photons(fake, at, **dense) / photons(SAMPLE, at, **dense), 1.01, atol=2e-4)


# --- cascade


@pytest.mark.parametrize("sample", [SAMPLE, SELECTING])
def test_a_cascade_conserves_photons_and_loses_what_its_yield_loses(sample):
    fake = Counterfeit(sample, cascade=Cascade(2.0))
    assert_allclose(photons(fake), photons(sample), rtol=1e-4)
    plain = light(sample, quantum_yield=1.0)
    taken = np.trapezoid(plain * (1 - 10 ** -fakes.absorbance(sample, NM, path_cm=2.0)), NM) / np.trapezoid(plain, NM)
    assert taken > 0.05
    expected = 0.7 * (1 - taken + 0.7 * taken) * absorptance(sample, LASER_NM)
    assert_allclose(photons(fake, quantum_yield=0.7), expected, rtol=1e-4)


def test_a_cascade_is_told_by_dilution():
    def shift(concentration):
        fake = Counterfeit(SELECTING, cascade=Cascade(1.0))
        both = [light(s, 500.0, concentration=concentration) for s in (fake, SELECTING)]
        return mean_ev(both[0]) - mean_ev(both[1])

    assert shift(1.0) < -0.002  # red side left, blue side emitted anew
    assert_allclose(shift(2e-3) / shift(1e-3), 2, rtol=0.01)
    honest = [light(SELECTING, 500.0, concentration=c) for c in (1e-3, 1.0)]
    assert_allclose(mean_ev(honest[0]), mean_ev(honest[1]), rtol=1e-12)


def test_after_up_conversion_a_cascade_brings_back_the_dots_that_the_laser_left_out():
    """Large dots were excited; smaller ones absorb the blue side of what they emit, so that a part comes back bluer."""
    fake = Counterfeit(SELECTING, cascade=Cascade(1.0))
    plain, again = light(SELECTING, LASER_NM), light(fake, LASER_NM)
    leaves = plain * 10 ** -fakes.absorbance(SELECTING, NM)
    anew = again - leaves
    assert anew.min() > -1e-9 * anew.max()
    assert mean_ev(anew) > mean_ev(plain) + 0.002


# --- heating


def test_heat_is_that_of_the_absorbed_power_at_the_temperature_it_makes():
    fake = Counterfeit(SAMPLE, heating=Heating(5e4))
    hot = fakes.heated(fake, LASER_NM, 1.0)
    assert hot.temperature_k > 305
    assert_allclose(hot.temperature_k, 300 + 5e4 * 1.0 * absorptance(hot, LASER_NM), atol=2e-3)
    assert fakes.heated(fake, LASER_NM, 0.0) == fake
    assert fakes.heated(SAMPLE, LASER_NM, 1.0).sample == SAMPLE


def test_heat_is_told_by_the_reciprocity_temperature():
    one = Sample(inhomogeneous_width_mev=0.0)
    hot = fakes.heated(Counterfeit(one, heating=Heating(5e4)), LASER_NM, 1.0)
    energy = units.energy_from_wavelength(NM)
    seen = (energy > one.e00_ev - 0.05) & (energy < one.e00_ev + 0.05)
    rate = light(hot) * units.nm_per_ev(NM)
    log = np.log(rate[seen] / (energy[seen] ** 2 * hot.alpha_per_cm(energy[seen])))
    kt = -1 / np.polyfit(energy[seen], log, 1)[0]
    assert_allclose(kt / units.BOLTZMANN_EV_PER_K, hot.temperature_k, rtol=1e-6)
    assert kt / units.BOLTZMANN_EV_PER_K > 305


def test_heat_is_told_by_an_exponent_that_grows():
    """At weak light k - 1 = d ln a/dT times the warming."""
    fake = Counterfeit(SAMPLE, heating=Heating(5e4))
    warm = [absorptance(fakes.at_temperature(SAMPLE, t), LASER_NM) for t in (299.0, 301.0)]
    slope = np.log(warm[1] / warm[0]) / 2
    weak_w = 0.5 / (5e4 * absorptance(SAMPLE, LASER_NM))  # 0.5 K
    assert_allclose(exponent(fake, weak_w) - 1, 0.5 * slope, rtol=0.1)
    assert exponent(fake, 10 * weak_w) > 1.05


def test_a_sample_that_heats_itself_without_end_is_refused():
    with pytest.raises(ValueError, match="without end"):
        fakes.heated(Counterfeit(SAMPLE, heating=Heating(1e9)), LASER_NM, 1.0)


def test_a_power_series_tells_two_photons_from_one():
    powers = np.geomspace(1e-4, 1e-2, 10)
    slopes = []
    for source in (SAMPLE, Counterfeit(SAMPLE, two_photon=TwoPhoton(1.0))):
        at = 640.0 if source is SAMPLE else FAR_NM
        ds = stages.power_series(source, powers, at, np.random.default_rng(0), photons_per_w=1e12)
        slopes.append(np.polyfit(np.log(ds["power"].values), np.log(ds["signal"].values), 1)[0])
    assert_allclose(slopes, [1, 2], atol=0.01)
