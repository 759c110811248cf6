import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data, quantities, units
from antistokes.analysis.reciprocity import reciprocity
from antistokes.errors import DataError
from antistokes.lab import spectra as lab

ONE = ((0.0, 1.0),)
SAMPLE = lab.Sample(states=ONE)
NM = np.arange(590.0, 680.5, 0.5)


def pair(sample=SAMPLE, nm=NM, **noise):
    noise = {"photons": np.inf, "peak_photons": np.inf} | noise
    return lab.absorption_and_emission(sample, absorption_nm=nm, emission_nm=nm, **noise)


def without_temperature(*datasets):
    return (data.with_attrs(ds, temperature_k=None) for ds in datasets)


def test_a_gaussian_ensemble_has_one_apparent_temperature():
    found = reciprocity(*pair())
    expected = 300 * (1 + 3.0**2 / (2 * 18.4 * 8.617333262e-2 * 300))
    assert_allclose(found.temperature_k.value, expected, rtol=1e-9)
    assert found.temperature_k.unit == "K" and found.residual_rms.value < 1e-9
    local = found.curves["local_temperature"].values
    assert_allclose(local[np.isfinite(local)], expected, rtol=1e-6)


def test_the_static_width_comes_back():
    sample = lab.Sample(states=ONE, inhomogeneous_width_mev=15.0)
    assert_allclose(reciprocity(*pair(sample)).inhomogeneous_width_mev.value, 15.0, rtol=0.01)


def test_no_static_width_is_an_upper_limit():
    sample = lab.Sample(states=ONE, inhomogeneous_width_mev=0.0)
    found = reciprocity(*pair(sample, photons=1e8, peak_photons=1e4)).inhomogeneous_width_mev
    assert found.kind == "upper limit" and found.low == 0.0 and 0 < found.value < 15


def test_an_apparent_temperature_below_the_sample_s_has_no_width():
    found = reciprocity(*pair(), temperature_k=400.0)
    assert found.inhomogeneous_width_mev is None
    (told,) = (w for w in found.warnings if "apparent temperature" in w)
    assert told.startswith("The apparent temperature lies below the sample's 400 K: unequal dots rarely do that")
    assert not any("lies below the sample's" in w for w in reciprocity(*pair(), temperature_k=300.0).warnings)


WAVE = 0.1 * np.sin(2 * np.pi * (NM - 632) / 12)


def wavy(**noise):
    """An emission with a ripple of 7 % rms in it."""
    absorption, emission = pair(**noise)
    return absorption, emission.copy(data={"signal": emission["signal"].values * np.exp(WAVE)})


def test_without_noise_the_misfit_is_all_of_the_scatter():
    straight, bent = reciprocity(*pair()), reciprocity(*wavy())
    assert straight.misfit_rms.value < 1e-9
    assert_allclose(bent.misfit_rms.value, bent.residual_rms.value, rtol=1e-6)
    assert_allclose(bent.misfit_rms.value, 0.1 / np.sqrt(2), rtol=0.1)


def test_noise_is_taken_off_the_misfit():
    """Scatter of 1.5 % leaves a ripple of 7 % as it is, and next to nothing where there is none."""
    noise = {"photons": 1e9, "peak_photons": 1e4}
    bent, straight = reciprocity(*wavy(**noise)), reciprocity(*pair(**noise))
    assert straight.residual_rms.value > 0.012
    assert_allclose(bent.misfit_rms.value, 0.1 / np.sqrt(2), rtol=0.2)
    assert straight.misfit_rms.value < 0.012


def test_without_a_temperature_no_width_is_inferred():
    found = reciprocity(*without_temperature(*pair()))
    assert found.inhomogeneous_width_mev is None
    assert any("temperature is not known: no static width is inferred" in w for w in found.warnings)


def test_a_stated_temperature_goes_before_the_file_s():
    """Read as 250 K, s_i^2 = 2 lambda k (T_KS - 250)."""
    found = reciprocity(*pair(), temperature_k=250.0).inhomogeneous_width_mev
    assert_allclose(found.value, np.sqrt(36.8 * 8.617333262e-2 * 50 + 9.0), rtol=0.01)


def test_the_window_is_where_both_bands_exceed_the_fraction():
    """sigma ~ E G(E00 + lambda), R ~ E^3 G(E00 - lambda): both above 20 % within sqrt(-2 ln .2) s of their maxima."""
    found = reciprocity(*pair(), window_fraction=0.2)
    s = np.sqrt(2 * 0.0184 * 8.617333262e-5 * 300 + 0.003**2)
    reach = s * np.sqrt(-2 * np.log(0.2))
    step = 0.002  # a sample is 1.6 meV wide; the powers of E move the maxima by as much
    assert_allclose(found.window_low_ev, 1.9771 + 0.0184 - reach, atol=step)
    assert_allclose(found.window_high_ev, 1.9771 - 0.0184 + reach, atol=step)
    inside = found.curves["in_window"].values > 0
    assert_allclose(found.curves["energy"].values[inside][[0, -1]], [found.window_low_ev, found.window_high_ev])


def test_curves_belong_together():
    c = reciprocity(*pair(photons=1e8, peak_photons=1e4)).curves
    inside = c["in_window"].values > 0
    assert_allclose((c["log_ratio"] - c["line"]).values, c["residual"].values, atol=1e-12)
    assert_allclose(c["absorption_from_emission"].values[inside], c["absorption"].values[inside], rtol=0.2)
    assert np.nanmean((c["residual"] / c["log_ratio_sd"]).values[inside] ** 2) == pytest.approx(1, abs=0.6)


def test_the_interval_is_the_scatter_and_chi_square_is_one():
    """20 pairs: z of mean 0 and s.d. 1, both within their 99.8 % region; chi-square of 20 x 80 samples within 15 %."""
    found = [reciprocity(*pair(seed=seed, photons=1e8, peak_photons=3e3)) for seed in range(20)]
    z = [(f.temperature_k.value - SAMPLE.apparent_temperature_k) / f.temperature_k.sd for f in found]
    assert abs(np.mean(z)) < 3.1 / np.sqrt(20)
    assert_allclose(np.std(z), 1.0, atol=0.5)
    assert_allclose(np.mean([f.reduced_chi2.value for f in found]), 1.0, atol=0.15)


def test_bent_lines_are_told():
    """An ensemble with several states has no single apparent temperature."""
    sample = lab.Sample(inhomogeneous_width_mev=30.0)
    found = reciprocity(*pair(sample, photons=1e10, peak_photons=1e7))
    assert any("is no straight line" in w for w in found.warnings)
    assert not any("is no straight line" in w for w in reciprocity(*pair(photons=1e8, peak_photons=1e4)).warnings)


@pytest.mark.parametrize("quantity", ["power_per_nm", "photons_per_ev", "power_per_ev"])
def test_the_quantity_of_the_emission_does_not_matter(quantity):
    a, e = pair()
    found = reciprocity(a, quantities.convert(e, quantity)).temperature_k.value
    assert_allclose(found, reciprocity(a, e).temperature_k.value, rtol=1e-9)


def test_a_missing_jacobian_shows():
    """Declared as per eV what is per nm: the ratio gains lambda^2 too few, 2 kT^2/E = 7 K at 300 K."""
    a, e = pair()
    wrong = data.with_attrs(e, quantity="photons_per_ev")
    shift = reciprocity(a, wrong).temperature_k.value / reciprocity(a, e).temperature_k.value - 1
    assert_allclose(abs(shift), 2 * 0.02585 / 1.98, rtol=0.1)


def test_a_shared_baseline_error_widens_the_interval():
    a, e = pair(photons=1e8, peak_photons=1e4)
    plain = reciprocity(a, e).temperature_k
    a = a.assign(signal_modes=(("mode", "wavelength"), np.full((1, NM.size), 0.005), {"units": "1"}))
    assert reciprocity(a, e).temperature_k.sd > 2 * plain.sd


def test_noise_narrows_the_window_and_says_so():
    found = reciprocity(*pair(photons=1e8, peak_photons=100.0))
    assert any("was narrowed to samples where both spectra stand five times above" in w for w in found.warnings)
    assert found.window_high_ev < reciprocity(*pair()).window_high_ev


def test_absorption_that_does_not_emit_is_found():
    """A plateau of 2 % of the maximum meets the emitting absorption where that has fallen to 2 %."""
    nm = np.arange(590.0, 700.5, 0.5)
    a, e = pair(nm=nm)
    energy = data.wavelength_and_energy(a)[1]
    level = 0.02 / np.log(10)
    noise = 1e-5 * np.random.default_rng(0).standard_normal(nm.size)
    raised = a.assign(signal=("wavelength", a["signal"].values + level + noise, {"units": "1"}))
    found = reciprocity(raised, e, window_fraction=0.2)
    red = energy < 1.95
    meets = energy[red][np.argmin(np.abs(a["signal"].values[red] - level))]
    assert found.non_emitting_below_ev is not None
    assert_allclose(found.non_emitting_below_ev.value, meets, atol=0.012)
    assert reciprocity(a, e, window_fraction=0.2).non_emitting_below_ev is None


def test_on_a_coarse_grid_the_tail_is_checked_in_wider_blocks():
    """At 2 nm (6 meV) a block of 5 meV would hold no two samples; blocks are 2.5 samples wide, some 15 meV."""
    found = reciprocity(*pair(nm=np.arange(580.0, 700.0, 2.0), photons=1e9, peak_photons=1e6))
    assert found.non_emitting_below_ev is None
    assert found.checked_down_to_ev < found.window_low_ev - 0.03


def test_the_absorption_maximum_can_be_chosen():
    """A second band three times as high lies in the blue; the window counts from the first one."""
    sample = lab.Sample(states=((0.0, 1.0), (250.0, 3.0)))
    nm = np.arange(530.0, 690.5, 0.5)
    near, far = reciprocity(*pair(sample, nm)), reciprocity(*pair(sample, nm), near_nm=556.0)
    assert far.window_low_ev > near.window_low_ev + 0.005


@pytest.mark.parametrize(
    ("a_nm", "e_nm", "message"),
    [
        (
            np.arange(500, 560.0),
            np.arange(600, 660.0),
            "spectra do not overlap: .* covers 500.0-559.0 nm, .* 600.0-659",
        ),
        (np.arange(500, 605.0), np.arange(600, 660.0), "do not overlap: .* at least 6 emission samples inside both"),
        (np.arange(500, 608.0), np.arange(598, 660.0), "do not overlap enough: .* of their maxima"),
    ],
)
def test_spectra_that_do_not_overlap(a_nm, e_nm, message):
    noise = {"photons": 1e8, "peak_photons": 1e4}
    a, e = lab.absorption_and_emission(SAMPLE, absorption_nm=a_nm, emission_nm=e_nm, **noise)
    with pytest.raises(DataError, match=message):
        reciprocity(a, e)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, np.nan])
def test_the_fraction_is_a_part(fraction):
    with pytest.raises(ValueError, match="window_fraction must be between 0 and 1"):
        reciprocity(*pair(), window_fraction=fraction)


@pytest.mark.parametrize("temperature", [-5.0, 0.0, np.nan])
def test_a_temperature_is_above_zero(temperature):
    with pytest.raises(ValueError, match="temperature_k must be above 0"):
        reciprocity(*pair(), temperature_k=temperature)


def test_emission_that_grows_faster_than_absorption_has_no_temperature():
    """The mirror image: the ratio rises with energy, no positive temperature does that."""
    a, e = pair()
    energy = data.wavelength_and_energy(e)[1]
    wrong = np.exp(2 * (energy - 1.9771) / float(units.thermal_energy_ev(300.0))) * e["signal"].values
    keep = (NM > 610) & (NM < 645)
    e = e.assign(signal=("wavelength", wrong, {"units": "photons/nm"})).isel(wavelength=keep)
    found = reciprocity(a, e)
    assert found.temperature_k.value == np.inf
