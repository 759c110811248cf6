import numpy as np
import pytest
from numpy.testing import assert_allclose

import antistokes as ans
from antistokes import data, units
from antistokes.analysis.correction import correct_response
from antistokes.analysis.escape import depth_scale, escaped_emission, many_passes, one_pass
from antistokes.analysis.factors import response_from_factors
from antistokes.analysis.self_absorption import self_absorption
from antistokes.errors import DataError
from antistokes.lab.sample import Sample, emission_after
from antistokes.lab.spectra import measure_absorption, measure_emission
from antistokes.physics import cooling
from antistokes.physics.moments import mean_energy

MEAN, SIGMA = 1.962, 0.031
STEP_EV, WIDTH_EV, MOST = 1.96, 0.012, 0.6
NM = np.arange(540.0, 760.5, 0.5)
GRID_EV = np.linspace(1.6, 2.4, 8001)
SAMPLE = Sample()


def gaussian(ev):
    return np.exp(-0.5 * ((ev - MEAN) / SIGMA) ** 2)


def again(ev):
    """Chance to be absorbed again: none in the red, MOST in the blue."""
    return MOST / (1 + np.exp(-(ev - STEP_EV) / WIDTH_EV))


def seen(ev):
    return gaussian(ev) * (1 - again(ev))


TRUTH = float(np.trapezoid(gaussian(GRID_EV) * again(GRID_EV)) / np.trapezoid(gaussian(GRID_EV)))
TAIL_NM = (660.0, 685.0)  # where less than 1e-3 of it is absorbed again
TAIL = (GRID_EV <= units.energy_from_wavelength(TAIL_NM[0])) & (GRID_EV >= units.energy_from_wavelength(TAIL_NM[1]))
EXPECTED = 1 - float(
    seen(GRID_EV).sum() / gaussian(GRID_EV).sum() * np.sum(gaussian(GRID_EV)[TAIL]) / np.sum(seen(GRID_EV)[TAIL])
)


def spectrum(shape, nm=NM, peak=1e6, seed=None, **attrs):
    """Photons per nm; counted with a seed, with next to no noise without one."""
    y = shape(units.energy_from_wavelength(nm)) / units.nm_per_ev(nm)
    y = peak * y / (gaussian(GRID_EV) / units.nm_per_ev(units.wavelength_from_energy(GRID_EV))).max()
    sd = np.full(nm.size, 1e-7 * peak) if seed is None else np.sqrt(np.maximum(y, 1.0))
    y = y if seed is None else np.random.default_rng(seed).poisson(y).astype(float)
    known = {"kind": "emission", "quantity": "photons_per_nm", "medium": "air"} | attrs
    return data.build("wavelength", nm, y, signal_sd=sd, **known)


def corrected(shape, nm, relative_sd):
    """Return counts divided by a response of 1 whose two factors, at 500 and 800 nm, have errors of their own."""
    factors = data.build("wavelength", [500.0, 800.0], [1.0, 1.0], medium="air", source={"file": "lamp.csv"})
    response = response_from_factors(factors, gives="photons_per_nm", relative_sd=relative_sd)
    return correct_response(data.with_attrs(spectrum(shape, nm), quantity="counts"), response)


# --- the probability


def test_the_probability_comes_back():
    found = self_absorption(spectrum(seen), spectrum(gaussian), tail_nm=TAIL_NM)
    assert_allclose(found.probability.value, EXPECTED, atol=5e-5)
    assert_allclose(found.probability.value, TRUTH, atol=3e-4)
    assert_allclose(found.mean_observed_ev.value, mean_energy(GRID_EV, seen(GRID_EV)), atol=1e-6)
    assert_allclose(found.mean_dilute_ev.value, MEAN, atol=1e-6)
    shift = 1e3 * (found.mean_observed_ev.value - found.mean_dilute_ev.value)
    assert_allclose(found.shift_mev.value, shift, atol=1e-9)
    assert shift < -5


def test_scale_grid_and_quantity_do_not_matter():
    best = self_absorption(spectrum(seen), spectrum(gaussian), tail_nm=TAIL_NM).probability.value
    others = (
        (spectrum(seen, peak=7.0), spectrum(gaussian)),
        (spectrum(seen, np.arange(530.2, 771.0, 1.1)), spectrum(gaussian, np.arange(545.0, 760.0, 0.7))),
        (ans.convert(spectrum(seen), "power_per_ev"), spectrum(gaussian)),
        (spectrum(seen), ans.convert(spectrum(gaussian), "power_per_nm")),
    )
    for observed, dilute in others:
        assert_allclose(self_absorption(observed, dilute, tail_nm=TAIL_NM).probability.value, best, atol=2e-4)


def test_the_window_found_is_the_red_side_from_a_tenth_to_a_hundredth():
    found = self_absorption(spectrum(seen), spectrum(gaussian))
    ends = units.wavelength_from_energy(MEAN - SIGMA * np.sqrt(2 * np.log([10.0, 100.0])))
    assert_allclose(found.tail_nm, ends, atol=0.5)


def test_noise_is_that_of_the_counts():
    """Of a share W of all light T that is counted, 1/W - 1/T is the relative variance; in both spectra."""
    found = self_absorption(spectrum(seen, peak=1e4, seed=1), spectrum(gaussian, peak=3e4, seed=2), tail_nm=TAIL_NM)
    variance = 0.0
    for shape, peak in ((seen, 1e4), (gaussian, 3e4)):
        y = spectrum(shape, peak=peak)["signal"]
        variance += 1 / float(y.sel(wavelength=slice(*TAIL_NM)).sum()) - 1 / float(y.sum())
    assert_allclose(found.probability.sd, (1 - TRUTH) * variance**0.5, rtol=0.05)
    assert found.probability.low < TRUTH < found.probability.high
    assert_allclose(np.median(found.drawn), found.probability.value)


def test_counts_bring_their_own_noise():
    stated = spectrum(seen, peak=1e4, seed=1)
    counts = data.build(
        "wavelength", NM, stated["signal"].values.astype(int), kind="sphere", quantity="counts", medium="air"
    )
    dilute = spectrum(gaussian)
    one, other = (self_absorption(ds, dilute, tail_nm=TAIL_NM).probability for ds in (stated, counts))
    assert_allclose((one.value, one.low, one.high), (other.value, other.low, other.high), rtol=2e-3)


@pytest.mark.parametrize("step", [0.5, 0.8])
def test_errors_of_one_response_cancel_and_those_of_two_do_not(step):
    """On other samples too; another response of the same file is another one."""
    grid, sd = np.arange(540.0, 760.5, step), 0.05
    observed = corrected(seen, NM, sd)
    one = self_absorption(observed, corrected(gaussian, grid, sd), tail_nm=TAIL_NM).probability
    two = self_absorption(observed, corrected(gaussian, grid, sd * (1 + 1e-6)), tail_nm=TAIL_NM).probability
    modes = sd * np.stack([(800 - NM) / 300, (NM - 500) / 300])
    each = []
    for shape in (seen, gaussian):
        y = spectrum(shape)["signal"].values
        window = (NM >= TAIL_NM[0]) & (NM <= TAIL_NM[1])
        each.append(modes @ y / y.sum() - modes @ (y * window) / (y @ window))
    assert_allclose(one.sd, (1 - TRUTH) * np.linalg.norm(each[0] - each[1]), rtol=0.05)
    assert_allclose(two.sd, (1 - TRUTH) * np.hypot(*np.linalg.norm(each, axis=1)), rtol=0.05)
    assert one.sd < 0.3 * two.sd


def test_a_probability_below_zero_is_a_number():
    found = self_absorption(spectrum(gaussian, seed=1), spectrum(seen, seed=2), tail_nm=TAIL_NM)
    assert_allclose(found.probability.value, 1 - 1 / (1 - TRUTH), atol=0.03)
    assert any("swapped" in w for w in found.warnings)


def test_the_ratio_is_what_is_not_absorbed():
    found = self_absorption(spectrum(seen, seed=1), spectrum(gaussian, seed=2), tail_nm=TAIL_NM).curves
    bright = found["dilute"].values > 0.2
    expected = 1 - again(found["energy"].values)
    scaled = found["ratio"].values[bright] * found["dilute"].values[bright]
    assert_allclose(scaled, found["observed"].values[bright], rtol=1e-12)
    inside = (found["ratio_low"] <= expected) & (expected <= found["ratio_high"])
    assert inside.values[bright].mean() > 0.85
    assert_allclose(found["ratio"].values[bright], expected[bright], atol=0.03)
    assert np.isnan(found["ratio"].values[found["dilute"].values < 1e-6]).all()


# --- what spoils it


def test_what_the_tail_absorbs_is_put_back():
    alpha = measure_absorption(SAMPLE, np.arange(480.0, 760.5), np.random.default_rng(0), photons=np.inf)
    dilute = measure_emission(SAMPLE, NM, np.random.default_rng(0), peak_photons=np.inf)
    dilute = dilute.assign(signal_sd=1e-6 + 0 * dilute["signal"])
    for law in (many_passes, one_pass):
        energy = units.energy_from_wavelength(NM)
        r = law(3.0 * SAMPLE.alpha_per_cm(energy))
        photons = SAMPLE.photons_per_ev(energy)
        truth = float(np.trapezoid(r * photons, energy) / np.trapezoid(photons, energy))
        observed = dilute.assign(signal=dilute["signal"] * (1 - r))
        tail = (645.0, 665.0)
        without = self_absorption(observed, dilute, tail_nm=tail)
        found = self_absorption(observed, dilute, tail_nm=tail, absorption=alpha)
        assert without.probability.value < truth - 0.005
        assert found.drawn.min() - 3e-4 < truth < found.drawn.max() + 3e-4  # each law is an end of what is drawn
        if law is many_passes:  # it is the law that the shapes are compared by, at a probability between the two
            assert without.tail_p_value < 1e-12 and found.tail_p_value > 1e-4
        assert any("is given" in w for w in without.warnings)
        assert not any("is given" in w for w in found.warnings)
    much = self_absorption(observed, dilute, tail_nm=(635.0, 665.0), absorption=alpha)
    assert any("Choose a redder tail_nm" in w for w in much.warnings)


def test_a_shift_of_one_wavelength_scale_does_what_is_said():
    best = self_absorption(spectrum(seen), spectrum(gaussian), tail_nm=TAIL_NM)
    moved = spectrum(gaussian).assign_coords(wavelength=("wavelength", NM + 0.1, {"units": "nm"}))
    change = self_absorption(spectrum(seen), moved, tail_nm=TAIL_NM).probability.value - best.probability.value
    assert_allclose(change, 0.1 * best.per_nm.value, rtol=0.03)
    unsure = self_absorption(spectrum(seen), spectrum(gaussian), tail_nm=TAIL_NM, wavelength_sd_nm=0.1)
    assert_allclose(unsure.probability.sd, abs(change), rtol=0.05)


def test_unequal_slits_do_what_is_said():
    rng = np.random.default_rng(0)
    narrow, wide = (measure_emission(SAMPLE, NM, rng, peak_photons=np.inf, bandpass_nm=b) for b in (1.0, 4.0))
    found = self_absorption(wide, narrow)
    (said,) = (w for w in found.warnings if "Bandpasses differ" in w)
    assert_allclose(float(said.split("by ")[1].split(",")[0]), found.probability.value, rtol=0.15)


def test_spectra_that_differ_in_the_tail_are_said():
    fine = self_absorption(spectrum(seen, seed=1), spectrum(gaussian, seed=2), tail_nm=TAIL_NM)
    assert fine.tail_p_value > 0.01
    assert not any("differ in shape" in w for w in fine.warnings)

    def with_background(ev):
        return seen(ev) + 0.003

    spoilt = self_absorption(spectrum(with_background, seed=1), spectrum(gaussian, seed=2), tail_nm=TAIL_NM)
    assert spoilt.tail_p_value < 1e-6
    assert any("differ in shape" in w for w in spoilt.warnings)


def test_a_laser_far_from_the_band_is_left_out_and_one_in_it_is_refused():
    nm = np.arange(430.0, 760.5, 0.5)
    observed = spectrum(seen, nm, excitation_nm=450.0, kind="sphere")
    line = observed["signal"] + 1e8 * np.exp(-0.5 * (observed["wavelength"] - 450.0) ** 2)
    observed = observed.assign(signal=line.assign_attrs(observed["signal"].attrs))
    assert_allclose(
        self_absorption(observed, spectrum(gaussian), tail_nm=TAIL_NM).probability.value, EXPECTED, atol=1e-4
    )
    wide = spectrum(gaussian, nm)
    with pytest.raises(DataError, match=r"450 nm, lies within the common range, by 446.0-454.0 nm.*State emission_nm"):
        self_absorption(observed, wide)
    found = self_absorption(observed, wide, tail_nm=TAIL_NM, emission_nm=(520.0, 750.0))
    assert_allclose(found.probability.value, EXPECTED, atol=1e-4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tail_nm": (685.0, 660.0)}, "tail_nm takes (low, high)"),
        ({"emission_nm": (700.0, 600.0)}, "emission_nm takes (low, high)"),
        ({"emission_nm": (400.0, 500.0)}, "have no range in common"),
        ({"tail_nm": (800.0, 900.0)}, "0 samples lie in the red tail; expected 4"),
        ({"tail_nm": (735.0, 750.0)}, "in the red tail, 735.0-750.0 nm, the light is"),
        ({"wavelength_sd_nm": -1.0}, "wavelength_sd_nm must be 0 or more"),
        ({"draws": 5}, "draws at least 100"),
    ],
)
def test_what_cannot_be_is_named(changed, said):
    with pytest.raises((ValueError, DataError)) as caught:
        self_absorption(spectrum(seen, peak=1e4, seed=1), spectrum(gaussian, peak=1e4, seed=2), **changed)
    assert said in str(caught.value)


# --- what it does to a yield


def test_near_one_the_correction_is_small():
    assert_allclose(cooling.external_yield(0.99, 0.5), 0.980, atol=5e-4)
    for phi in (0.99, 0.95):
        a, step = np.linspace(0.0, 0.5, 11)[1:], 1e-5
        seen_as = cooling.external_yield(phi, a)
        slope = (cooling.internal_yield(seen_as, a + step) - cooling.internal_yield(seen_as, a - step)) / (2 * step)
        assert_allclose(slope, phi * (1 - phi) / (1 - a), rtol=1e-6)
        assert slope.max() <= {0.99: 0.02, 0.95: 0.1}[phi]


# --- the spectrum that escapes


ALPHA = measure_absorption(SAMPLE, np.arange(480.0, 760.5), np.random.default_rng(0), photons=np.inf)
DILUTE = measure_emission(SAMPLE, np.arange(540.0, 760.5, 0.5), np.random.default_rng(0), peak_photons=np.inf)


def photons(ds):
    per_ev = ans.convert(ds, "photons_per_ev")
    energy = units.energy_from_wavelength(per_ev["wavelength"].values)[::-1]
    return energy, per_ev["signal"].values[::-1]


@pytest.mark.parametrize("a", [0.01, 0.3, 0.586, 0.9])
def test_the_escaped_spectrum_has_lost_what_is_absorbed(a):
    out = escaped_emission(DILUTE, ALPHA, a)
    (energy, thin), (_, left) = photons(DILUTE), photons(out)
    assert_allclose(np.trapezoid(left, energy) / np.trapezoid(thin, energy), 1 - a, rtol=1e-6)
    bright = thin > 1e-4 * thin.max()
    r = 1 - left[bright] / thin[bright]
    of_alpha = r / (1 - r) / SAMPLE.alpha_per_cm(energy[bright])  # x, the same for all
    assert_allclose(of_alpha, np.median(of_alpha), rtol=2e-3)
    assert out.attrs["quantity"] == "photons_per_nm"
    assert len(out["signal_modes"]) == 1  # that of the law


def test_many_passes_are_ways_of_exponential_length_and_one_pass_is_equal_ones():
    lengths = np.random.default_rng(0).exponential(2.0, 400_000)
    alpha = np.array([0.03, 0.3, 3.0])
    drawn = np.array([np.mean(1 - np.exp(-lengths * a)) for a in alpha])
    assert_allclose(many_passes(2.0 * alpha), drawn, atol=2e-3)
    assert_allclose(one_pass(2.0 * alpha), 1 - np.exp(-2.0 * alpha))


def test_for_little_absorption_the_law_does_not_matter():
    """To first order in a, both spectra lose a times what a spectrum of S alpha is bluer by."""
    energy, thin = photons(DILUTE)
    a = 1e-4
    expected = -a * (mean_energy(energy, thin * SAMPLE.alpha_per_cm(energy)) - mean_energy(energy, thin))
    said = data.json_attr(escaped_emission(DILUTE, ALPHA, a), "corrections", {})["self_absorption"]
    assert_allclose([said["shift_mev"], said["shift_one_pass_mev"]], 1e3 * expected, rtol=1e-3)


def test_the_thermometer_of_the_paper():
    """A bore of optical density 2.4 across, light emitted evenly in it and followed out: -17 meV, 637 nm, .976."""
    rng = np.random.default_rng(0)
    energy = SAMPLE.e00_ev + np.arange(-0.35, 0.35, 1e-3)
    emitted = emission_after(SAMPLE, energy, [10.0])[0]
    emitted = emitted / emitted.sum()
    alpha = SAMPLE.alpha_per_cm(energy) * 2.4 * units.LN10 / 2  # per radius
    n = 20_000
    place, way, polar = np.sqrt(rng.uniform(size=n)), rng.uniform(0, 2 * np.pi, n), rng.uniform(-1, 1, n)
    along = place * np.cos(way)
    length = (np.sqrt(along**2 + 1 - place**2) - along) / np.sqrt(1 - polar**2)
    leaves = np.array([np.mean(np.exp(-a * length)) for a in alpha])
    a = 1 - float(emitted @ leaves)
    shift = 1e3 * (mean_energy(energy, emitted * leaves) - mean_energy(energy, emitted))
    assert_allclose(a, 0.586, atol=0.01)
    assert_allclose(cooling.external_yield(0.99, a), 0.976, atol=1e-3)
    assert_allclose(shift, -17.0, atol=0.5)
    said = data.json_attr(escaped_emission(DILUTE, ALPHA, a), "corrections", {})["self_absorption"]
    assert said["shift_one_pass_mev"] < shift < said["shift_mev"]
    assert_allclose([said["shift_mev"], said["shift_one_pass_mev"]], [-16.1, -19.9], atol=0.3)


def test_cooling_takes_the_escaped_spectrum():
    known = {"quantum_yield": (0.99, 0.002), "excitation_nm": 671.0, "path_cm": 1.0, "background_per_cm": 0.0}
    thin = ans.cooling_window(ALPHA, DILUTE, **known)
    out = ans.cooling_window(ALPHA, escaped_emission(DILUTE, ALPHA, (0.586, 0.03)), self_absorption=0.586, **known)
    shift = 1e3 * (out.mean_emission_ev.value - thin.mean_emission_ev.value)
    assert_allclose(shift, -16.1, atol=0.3)
    by_law = 3.8 / 3**0.5
    by_a = 0.03 * 1e3 * 0.0335  # about 33 meV for each 1 of a
    assert_allclose(1e3 * out.mean_emission_ev.sd, np.hypot(by_law, by_a), rtol=0.15)
    assert_allclose(thin.at[0].efficiency.value, 0.99 * 671 / 631.8 - 1, atol=1e-3)
    assert_allclose(out.at[0].efficiency.value, 0.976 * 671 / 637.0 - 1, atol=2e-3)


def test_no_absorption_leaves_the_spectrum():
    out = escaped_emission(DILUTE, ALPHA, 0.0)
    assert_allclose(out["signal"], DILUTE["signal"], rtol=1e-12)
    assert "signal_modes" not in out


def test_depth_and_probability_belong_together():
    alpha, weight = np.array([0.1, 1.0, 2.0]), np.array([0.2, 0.5, 0.3])
    for law in (many_passes, one_pass):
        for a in (1e-6, 0.4, 0.99):
            assert_allclose(weight @ law(alpha * depth_scale(law, alpha, weight, a)), a, rtol=1e-6)


def test_an_escaped_spectrum_cannot_escape_again():
    with pytest.raises(DataError, match="an escaped spectrum already"):
        escaped_emission(escaped_emission(DILUTE, ALPHA, 0.3), ALPHA, 0.3)


@pytest.mark.parametrize("a", [-0.1, 1.0, 1.5])
def test_what_is_no_probability_is_refused(a):
    with pytest.raises(ValueError, match="probability must be at least 0 and below"):
        escaped_emission(DILUTE, ALPHA, a)


def test_absorption_must_cover_the_blue_of_the_emission():
    with pytest.raises(DataError, match="of the emission is bluer than its data"):
        escaped_emission(DILUTE, ALPHA.sel(wavelength=slice(625.0, None)), 0.3)
    out = escaped_emission(DILUTE, ALPHA.sel(wavelength=slice(None, 660.0)), 0.3)
    assert any("ends in the emission" in note for note in data.notes_of(out))
