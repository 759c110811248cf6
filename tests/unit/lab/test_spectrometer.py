import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from antistokes import data, units
from antistokes.lab import counterfeits as fakes
from antistokes.lab import spectra
from antistokes.lab.optics import grating_and_detector, xenon
from antistokes.lab.sample import Sample
from antistokes.lab.spectrometer import IDEAL, Spectrometer, even, measure_lamp, measure_ple, measure_raw_emission
from antistokes.physics import ensemble
from antistokes.physics.coupling import Coupling

SAMPLE = Sample()
SELECTING = Sample(coupling=Coupling(slow_mev=18.4), inhomogeneous_width_mev=12.0)
NM = np.arange(520.0, 780.0, 1.0)
EXCITING = np.arange(460.0, 690.0, 5.0)
DETECTION_NM = 632.0
PLAIN = IDEAL._replace(emission_bandpass_nm=1.0, excitation_bandpass_nm=1.0)
SHARP = PLAIN._replace(excitation_bandpass_nm=0.0)


def absorptance(nm, source=SAMPLE, **size):
    return 1 - 10 ** -fakes.absorbance(source, nm, **size)


def emission(by, sample=SAMPLE, at=NM, nm=500.0, rng=None, **settings):
    return measure_raw_emission(sample, by, at, nm, rng, **settings)["signal"].values


def excitation(by, sample=SAMPLE, at=EXCITING, nm=DETECTION_NM, rng=None, **settings):
    return measure_ple(sample, by, at, nm, rng, **settings)["signal"].values


# --- the ideal instrument


@pytest.mark.parametrize(("sample", "nm"), [(SAMPLE, 500.0), (SELECTING, 500.0), (SELECTING, 660.0)])
def test_the_ideal_instrument_counts_what_the_plain_one_measures(sample, nm):
    found = emission(IDEAL, sample, nm=nm, quantum_yield=0.9)
    selects = None if sample.coupling is None else nm
    plain = spectra.measure_emission(sample, NM, np.random.default_rng(0), peak_photons=np.inf, excitation_nm=selects)
    assert_allclose(found / found.max(), plain["signal"].values, rtol=1e-7, atol=1e-14)
    assert_allclose(found.sum(), 1e8 * 0.9 * absorptance(nm, sample), rtol=1e-4)


@pytest.mark.parametrize("bandpass_nm", [1.0, 6.0])
def test_a_slit_averages_as_that_of_the_plain_instrument(bandpass_nm):
    found = emission(IDEAL._replace(emission_bandpass_nm=bandpass_nm))
    plain = spectra.measure_emission(
        SAMPLE, NM, np.random.default_rng(0), peak_photons=np.inf, bandpass_nm=bandpass_nm
    )["signal"].values
    assert_allclose(found / found.max(), plain, rtol=1e-6, atol=1e-14)


def test_excitation_of_dots_alike_is_absorptance():
    found = excitation(IDEAL, path_cm=2.0)
    assert_allclose(found / found[0], absorptance(EXCITING, path_cm=2.0) / absorptance(EXCITING, path_cm=2.0)[0])


def test_excitation_of_unequal_dots_is_a_sum_over_dots():
    """Each dot's share of the absorbed light times its emission at the detection, added up dot by dot."""
    flask = SELECTING._flask()
    grid = SELECTING.e00_ev + np.linspace(-0.5, 0.5, 2001)
    detected_ev = float(units.energy_from_wavelength(DETECTION_NM))
    one = [ensemble.gaussian_shifts(0.0)._replace(shift_mev=np.array([x])) for x in flask.shifts.shift_mev]
    rate, total = np.transpose(
        [
            [
                float(ensemble.photon_rate(np.array([detected_ev]), flask._replace(shifts=s))[0]),
                np.trapezoid(ensemble.photon_rate(grid, flask._replace(shifts=s)), grid),
            ]
            for s in one[::8]
        ]
    )
    some = ensemble.histogram_shifts(flask.shifts.shift_mev[::8], flask.shifts.weight[::8])
    few = Sample(coupling=SELECTING.coupling, shifts=some)
    at = np.array([520.0, 620.0, 650.0, 665.0])
    expected = []
    for nm in at:
        share = ensemble.excited_weights(few._flask(), float(units.energy_from_wavelength(nm)))
        expected.append(absorptance(nm, few) * (share @ rate) / (share @ total))
    found = excitation(IDEAL, few, at=at)
    assert_allclose(found, 1e8 * np.array(expected) / units.nm_per_ev(DETECTION_NM), rtol=1e-6)


def test_detection_on_the_red_side_sees_the_dots_that_up_conversion_excites():
    for nm, side in ((655.0, 1), (610.0, -1)):
        ratio = excitation(IDEAL, SELECTING, at=np.array([520.0, 665.0]), nm=nm) / absorptance(
            [520.0, 665.0], SELECTING
        )
        assert side * np.log(ratio[1] / ratio[0]) > 0.1


@pytest.mark.parametrize("window", [(0.4, 0.6), (0.0, 1.0)])
def test_a_detector_at_right_angles_sees_a_piece_of_the_path(window):
    """Against what is absorbed in thin slices of the path."""
    found = excitation(IDEAL, geometry="right-angle", window=window, concentration=1.5)
    x = np.linspace(*window, 20001)
    alpha = SAMPLE.alpha_per_cm(units.energy_from_wavelength(EXCITING)) * 1.5
    absorbed = np.trapezoid(alpha[:, np.newaxis] * np.exp(-alpha[:, np.newaxis] * x), x, axis=1) / np.ptp(window)
    front = excitation(IDEAL, concentration=1.5)
    assert_allclose(found / front, absorbed / -np.expm1(-alpha), rtol=1e-6)
    ds = measure_ple(SAMPLE, IDEAL, EXCITING, DETECTION_NM, None, geometry="right-angle", window=window)
    assert data.json_attr(ds, "window", None) == list(window)
    assert ds.attrs["geometry"] == "right-angle"


# --- lamp, response, slits


def test_response_and_lamp_are_factors():
    shape = grating_and_detector(NM)
    assert_allclose(emission(IDEAL._replace(response=grating_and_detector)), emission(IDEAL) * shape, rtol=1e-12)
    assert_allclose(excitation(IDEAL._replace(lamp=xenon)), excitation(IDEAL) * xenon(EXCITING), rtol=1e-12)
    assert 0 < shape.min() < shape.max() <= 1
    lit = xenon(np.arange(300.0, 800.0))
    assert 0 < lit.min() < lit.max() < 2


def test_a_lamp_of_a_colour_temperature_is_a_black_body():
    found = measure_lamp(IDEAL._replace(lamp=2856.0), [450.0, 550.0, 650.0], None, photons=1.0)["signal"].values
    x = units.HC_EV_NM / (np.array([450.0, 550.0, 650.0]) * units.BOLTZMANN_EV_PER_K * 2856.0)
    planck = np.array([450.0, 550.0, 650.0]) ** -4 / np.expm1(x)
    assert_allclose(found, planck / planck[1], rtol=1e-9)


def test_the_quantum_counter_corrects_the_lamp():
    by = IDEAL._replace(lamp=xenon, excitation_bandpass_nm=2.0)
    lamp = measure_lamp(by, EXCITING, None, photons=1.0)["signal"].values
    narrow = excitation(by) / lamp / (excitation(IDEAL._replace(excitation_bandpass_nm=2.0)))
    assert_allclose(narrow, 1, rtol=2e-3)  # what is left is the slope of the lamp under the slit
    counted = measure_lamp(by, EXCITING, np.random.default_rng(0), photons=1e6)["signal"].values
    assert_allclose((counted - 1e6 * lamp) / np.sqrt(1e6 * lamp), 0, atol=4)


def test_the_quantum_counter_counts_second_order_and_stray_light_too():
    by, grid = IDEAL._replace(lamp=xenon, second_order=0.02, lamp_stray=1e-6), np.arange(300.0, 801.0)
    found = measure_lamp(by, [500.0, 700.0], None, photons=1.0)["signal"].values
    stray = 1e-6 * np.trapezoid(xenon(grid), grid)
    expected = [xenon(np.array(nm)) + 0.01 * xenon(np.array(nm / 2)) + stray for nm in (500.0, 700.0)]
    assert_allclose(found, expected, rtol=1e-6)
    assert stray > 1e-4


def test_the_slit_of_the_excitation_averages_lamp_times_absorptance():
    fine = np.arange(-8.0, 8.005, 0.01)
    weight = np.clip(8.0 - np.abs(fine), 0, None)
    found = excitation(IDEAL._replace(lamp=xenon, excitation_bandpass_nm=8.0), at=np.array([600.0, 660.0]))
    plain = excitation(IDEAL, at=np.array([500.0]))[0] / absorptance(500.0)
    for value, nm in zip(found, (600.0, 660.0), strict=True):
        expected = (xenon(nm + fine) * absorptance(nm + fine)) @ weight / weight.sum() * plain
        assert_allclose(value, expected, rtol=1e-5)


# --- what they do besides


def test_second_order_of_the_emission():
    """At a setting the grating passes half of it: the same photons, spread over twice the nm."""
    by, at = PLAIN._replace(second_order=0.1), np.arange(1100.0, 1500.0, 1.0)
    assert_allclose(emission(by, at=at).sum() / emission(by).sum(), 0.1, rtol=1e-3)
    assert_allclose(emission(by, at=np.array([1264.0])), 0.05 * emission(by, at=np.array([632.0])), rtol=1e-3)
    assert emission(PLAIN, at=at).max() < 1e-6


def test_the_laser_is_a_line_as_wide_as_the_slit_and_again_at_twice_its_wavelength():
    by = PLAIN._replace(emission_bandpass_nm=2.0, second_order=0.1, line_wings=0.01, response=grating_and_detector)
    scale = 1e8 * 1e-3 * float(grating_and_detector(np.array(500.0)))
    for centre in (500.0, 1000.0):
        at = centre + np.arange(-6.0, 6.005, 0.01)
        expected = np.zeros_like(at)
        for place, order in ((500.0, 1.0), (1000.0, 0.1)):
            core, wings = np.clip(2 - np.abs(at - place), 0, None) / 4, 2 / np.pi / ((at - place) ** 2 + 4)
            expected += order * (0.99 * core + 0.01 * wings)
        line = emission(by, at=at, scatter=1e-3) - emission(by, at=at)
        assert_allclose(line / scale, expected, rtol=1e-7)
    with pytest.raises(ValueError, match="emission_bandpass_nm"):
        emission(IDEAL, scatter=1e-3)


def test_stray_light_is_a_share_of_all_light_at_any_setting():
    by, far = PLAIN._replace(stray_light=1e-5), np.array([400.0, 1900.0])
    floor = 1e8 * 1e-5 * (absorptance(500.0) + 0.02)
    assert_allclose(emission(by, at=far, scatter=0.02), floor, rtol=1e-5)
    assert_allclose(emission(by) - emission(PLAIN), 1e8 * 1e-5 * absorptance(500.0), rtol=1e-5)


def test_the_lamp_strays_into_an_excitation_spectrum():
    """Above-gap light at any setting: far below the gap it is all that is left."""
    by = PLAIN._replace(lamp=xenon, lamp_stray=1e-6)
    extra = excitation(by) - excitation(PLAIN._replace(lamp=xenon))
    grid = np.arange(300.0, 801.0)
    taken = np.maximum(grid, float(units.wavelength_from_energy(SAMPLE.e00_ev + 0.960 + 0.0184)))
    per_photon = excitation(SHARP, at=np.array([500.0]))[0] / absorptance(500.0)
    expected = 1e-6 * np.trapezoid(xenon(grid) * absorptance(taken), grid) * per_photon
    assert_allclose(extra, expected, rtol=1e-3)  # steps of 4 nm
    line = excitation(by, scatter=1e-3) - excitation(by._replace(lamp_stray=0.0), scatter=1e-3) - extra
    assert_allclose(line, 1e8 * 1e-6 * 1e-3 * xenon(np.array(DETECTION_NM)), rtol=1e-6)


def test_second_order_of_the_excitation_fakes_up_conversion():
    """Set at 700 nm it passes 350 nm, which dots absorb as at the highest state: half of q over absorptance."""
    at = np.array([500.0, 700.0])
    without, with_it = (excitation(PLAIN._replace(second_order=q), at=at) for q in (0.0, 0.02))
    bluest = float(units.wavelength_from_energy(SAMPLE.e00_ev + 0.960 + 0.0184))
    per_photon = excitation(SHARP, at=at)[0] / absorptance(500.0)
    expected = 0.02 / 2 * absorptance(bluest) * per_photon
    assert_allclose(with_it[1] - without[1], expected, rtol=1e-6)
    assert with_it[1] > 100 * without[1]


def test_excitation_crosses_detection_in_three_orders():
    by = PLAIN._replace(second_order=0.1, excitation_bandpass_nm=2.0, emission_bandpass_nm=2.0)
    for centre, area in ((632.0, 1.0), (316.0, 0.1), (1264.0, 0.1)):
        at = centre + np.arange(-8.0, 8.05, 0.1)
        line = excitation(by, at=at, scatter=1e-2) - excitation(by, at=at)
        slope = {632.0: 1.0, 316.0: 0.5, 1264.0: 1.0}[centre]  # set at 316.5, the line is seen at 633
        assert_allclose(np.trapezoid(line, at) / (1e8 * 1e-2), area * slope, rtol=0.03)  # nodes under the kinks
        assert abs(at[np.argmax(line)] - centre) < 0.5


def test_polarisation_is_seen_until_the_magic_angle():
    by = IDEAL._replace(polarisation=1.5)
    assert_allclose(emission(by), emission(IDEAL), rtol=1e-12)
    factor = (1.5 * (1 + 2 * 0.2) + 1 - 0.2) / 2.5
    assert_allclose(emission(by, anisotropy=0.2), factor * emission(IDEAL), rtol=1e-12)
    assert_allclose(excitation(by, anisotropy=0.2), factor * excitation(IDEAL), rtol=1e-12)
    assert_allclose(emission(by, anisotropy=0.2, magic_angle=True), emission(IDEAL), rtol=1e-12)
    curved = IDEAL._replace(polarisation=lambda nm: nm / 600.0)
    g = NM / 600.0
    assert_allclose(emission(curved, anisotropy=0.1) / emission(IDEAL), (1.2 * g + 0.9) / (1 + g), rtol=1e-12)


def test_the_factor_of_polarisation_is_that_of_two_components():
    """I_V = (1 + 2r)/3 and I_H = (1 - r)/3 through responses S_V and S_H of mean 1, over the same at r = 0."""
    g, r = 1.7, 0.3
    s_v, s_h = 2 * g / (1 + g), 2 / (1 + g)
    expected = (s_v * (1 + 2 * r) + s_h * (1 - r)) / (s_v + s_h)
    assert_allclose(emission(IDEAL._replace(polarisation=g), anisotropy=r) / emission(IDEAL), expected, rtol=1e-12)


# --- noise


@pytest.mark.parametrize("kind", ["emission", "ple"])
def test_counts_are_whole_and_poisson(kind):
    by = Spectrometer(counts=3e5, dark_counts=3.0)
    measure = emission if kind == "emission" else excitation
    truth = measure(by)
    runs = np.array([measure(by, rng=np.random.default_rng(seed)) for seed in range(200)])
    assert runs.dtype.kind == "i"
    z2 = (runs - truth) ** 2 / truth  # of mean 1 and variance 2 + 1/mean
    assert abs(z2.mean() - 1) < 3.3 * np.sqrt((2 + np.mean(1 / truth)) / z2.size)


def test_read_noise_adds_to_the_variance():
    by = IDEAL._replace(counts=0.0, dark_counts=100.0, read_noise=20.0)
    runs = np.array([emission(by, rng=np.random.default_rng(seed)) for seed in range(40)]) - 100
    low, high = chi2.ppf([0.0005, 0.9995], runs.size) / runs.size
    assert low < np.mean(runs**2) / 500 < high


def test_a_hot_sample_under_a_strong_laser():
    fake = fakes.Counterfeit(SAMPLE, heating=fakes.Heating(5e4))
    hot = fakes.heated(fake, 665.0, 1.0)
    assert_allclose(emission(IDEAL, fake, nm=665.0, power_w=1.0), emission(IDEAL, hot.sample, nm=665.0), rtol=1e-12)


def test_what_the_datasets_say():
    raw = measure_raw_emission(SAMPLE, Spectrometer(), NM, 500.0, np.random.default_rng(0))
    ple = measure_ple(SAMPLE, Spectrometer(), EXCITING[::-1], DETECTION_NM, np.random.default_rng(0))
    lamp = measure_lamp(Spectrometer(), EXCITING, np.random.default_rng(0))
    assert [ds.attrs["kind"] for ds in (raw, ple, lamp)] == ["emission", "ple", "spectrum"]
    assert [ds.attrs["quantity"] for ds in (raw, ple, lamp)] == ["counts", "counts", "photons_per_nm"]
    assert ple["wavelength"].values[0] == EXCITING[0]
    assert (raw.attrs["excitation_nm"], raw.attrs["bandpass_nm"]) == (500.0, 1.0)
    said = {"detection_nm": 632.0, "bandpass_nm": 2.0, "detection_bandpass_nm": 1.0, "geometry": "front-face"}
    assert said.items() <= ple.attrs.items()
    assert_allclose(even(NM), 1)
