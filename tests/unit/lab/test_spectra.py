import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from antistokes import data, quantities, units
from antistokes.lab import spectra as lab
from antistokes.physics.coupling import Coupling

SAMPLE = lab.Sample()
WAVELENGTH = np.arange(500.0, 721.0, 4.0)
RUNS = 100
AS_BEFORE = [
    [0.6982225735609348, 0.21533621040363105, 1.0576597450456124e-05],
    [13.555990062571395, 94708.03396702155, -35.273711573632085],
]  # of seed 7


def absorbance(seed, **settings):
    return lab.measure_absorption(SAMPLE, WAVELENGTH, np.random.default_rng(seed), **settings)["signal"].values


def photons(seed, **settings):
    return lab.measure_emission(SAMPLE, WAVELENGTH, np.random.default_rng(seed), **settings)["signal"].values


def assert_unit_variance(z):
    """Sum of squares of independent normal numbers: within the 99.9 % interval of chi-square."""
    low, high = chi2.ppf([0.0005, 0.9995], z.size) / z.size
    assert low < np.mean(z**2) < high
    assert abs(z.mean()) < 3.3 / np.sqrt(z.size)


# --- absorption


@pytest.mark.parametrize(("concentration", "read"), [(0.01, 0.0), (1.0, 500.0), (4.0, 500.0), (4.0, 2e4)])
def test_absorbance_noise_has_the_variance_of_both_beams(concentration, read):
    truth = absorbance(0, concentration=concentration, photons=np.inf)
    bright, blank = 1e8 * 10.0**-truth, 1e8
    sd = np.sqrt((bright + read**2) / bright**2 + (blank + read**2) / blank**2) / np.log(10)
    use = read / bright < 0.03  # where a logarithm of the noise is linear
    assert use.sum() > 20
    runs = [absorbance(seed, concentration=concentration, read_photons=read) for seed in range(RUNS)]
    assert_unit_variance(((np.array(runs) - truth) / sd)[:, use])


def test_absorbance_is_clipped_where_no_light_is_left():
    dark = absorbance(0, concentration=1e3, max_absorbance=3.0)
    assert dark.max() == 3.0
    assert np.mean(dark[:20] == 3.0) > 0.2  # the blank's own noise leaves the rest a trace below
    assert_allclose(dark[:20], 3.0, atol=1e-3)
    assert absorbance(0, concentration=1e3, photons=np.inf).max() == 4.0


def test_baseline_is_a_constant_and_a_rayleigh_part():
    plain, raised = (absorbance(0, photons=np.inf, **k) for k in ({}, {"offset": 0.01, "scattering": 0.02}))
    assert_allclose(raised - plain, 0.01 + 0.02 * (600 / WAVELENGTH) ** 4, rtol=1e-9)


def test_beer_and_lambert():
    truth = absorbance(0, photons=np.inf)
    assert_allclose(absorbance(0, photons=np.inf, concentration=0.5, path_cm=0.2), 0.1 * truth, rtol=1e-12)
    alpha = SAMPLE.alpha_per_cm(units.energy_from_wavelength(WAVELENGTH))
    assert_allclose(10.0**-truth, np.exp(-alpha), rtol=1e-12)


def test_scale_is_that_of_the_first_maximum():
    """sigma/E of one state peaks at E_00 + lambda."""
    one = lab.Sample(states=((0.0, 1.0),), absorption_per_cm=7.0)
    assert_allclose(one.alpha_per_cm(one.e00_ev + one.reorganisation_mev / 1e3), 7.0, rtol=1e-12)


# --- emission


@pytest.mark.parametrize(("peak", "read"), [(1e5, 10.0), (100.0, 50.0), (1e4, 0.0)])
def test_emission_noise_has_the_variance_of_shots_and_read_out(peak, read):
    truth = peak * photons(0, peak_photons=np.inf)
    runs = np.array([photons(seed, peak_photons=peak, read_photons=read) for seed in range(RUNS)])
    use = truth + read**2 > 30  # enough photons for a normal distribution
    assert use.sum() > 8
    assert_unit_variance(((runs - truth) / np.sqrt(truth + read**2))[:, use])


def test_noise_free_emission_has_a_maximum_of_one():
    assert photons(0, peak_photons=np.inf).max() == 1.0


def test_default_sample_emits_at_632_nm_of_air():
    grid = np.arange(630.0, 634.0, 0.01)
    ds = lab.measure_emission(SAMPLE, grid, np.random.default_rng(0), peak_photons=np.inf)
    assert_allclose(grid[np.argmax(ds["signal"].values)], 632.0, atol=0.02)


# --- slits


def triangle(offset_nm, bandpass_nm):
    weight = np.clip(1 - np.abs(offset_nm) / bandpass_nm, 0, None)
    return weight / weight.sum()


FINE = np.arange(-30.0, 30.005, 0.01)  # the kinks of every triangle below lie on it
NARROW = lab.Sample(states=((0.0, 1.0),), coupling=Coupling(slow_mev=3.0))


@pytest.mark.parametrize("bandpass_nm", [1.0, 5.0, 20.0])
@pytest.mark.parametrize("sample", [SAMPLE, NARROW])
def test_transmittance_is_averaged_before_the_logarithm(bandpass_nm, sample):
    settings = {"photons": np.inf, "path_cm": 5.0, "offset": 0.01, "scattering": 0.02}
    at = np.array([600.0, 612.0, 626.0, 640.0])
    found = lab.measure_absorption(sample, at, np.random.default_rng(0), bandpass_nm=bandpass_nm, **settings)
    assert found.attrs["bandpass_nm"] == bandpass_nm
    for one, value in zip(at, found["signal"].values, strict=True):
        sharp = lab.measure_absorption(sample, one + FINE, np.random.default_rng(0), max_absorbance=np.inf, **settings)[
            "signal"
        ].values
        assert_allclose(value, -np.log10(10.0**-sharp @ triangle(FINE, bandpass_nm)), rtol=1e-5)


def test_a_dark_sample_is_clipped_under_a_slit():
    assert absorbance(0, photons=np.inf, concentration=1e5, bandpass_nm=3.0).max() == 4.0


@pytest.mark.parametrize("bandpass_nm", [2.0, 6.0])
@pytest.mark.parametrize("sample", [lab.Sample(states=((0.0, 1.0),)), NARROW])
def test_emission_under_a_slit_is_wider_by_the_variance_of_the_triangle(bandpass_nm, sample):
    grid = np.arange(540.0, 800.0, 0.1)

    def mean_and_variance(bandpass_nm):
        ds = lab.measure_emission(sample, grid, np.random.default_rng(0), peak_photons=np.inf, bandpass_nm=bandpass_nm)
        share = ds["signal"].values / ds["signal"].values.sum()
        return share @ grid, share @ (grid - share @ grid) ** 2

    (mean, variance), (slit_mean, slit_variance) = mean_and_variance(0.0), mean_and_variance(bandpass_nm)
    assert_allclose(slit_mean, mean, atol=1e-4)
    assert_allclose(slit_variance - variance, bandpass_nm**2 / 6, rtol=1e-4)


def test_without_a_slit_nothing_is_recorded():
    for ds in lab.absorption_and_emission(bandpass_nm=0.0):
        assert "bandpass_nm" not in ds.attrs


@pytest.mark.parametrize("bandpass_nm", [-1.0, np.nan, 600.0])
def test_a_slit_without_meaning_is_refused(bandpass_nm):
    with pytest.raises(ValueError, match="bandpass_nm must be 0 or more"):
        absorbance(0, bandpass_nm=bandpass_nm)


# --- pairs


def test_a_pair_passes_on_what_it_is_asked():
    sample = lab.Sample(coupling=Coupling(slow_mev=18.4), inhomogeneous_width_mev=10.0)
    a, e = lab.absorption_and_emission(sample, seed=5, excitation_nm=660.0, bandpass_nm=2.0)
    first, second = (np.random.default_rng(s) for s in np.random.SeedSequence(5).spawn(2))
    x, y = a["wavelength"].values, e["wavelength"].values
    assert a.identical(lab.measure_absorption(sample, x, first, bandpass_nm=2.0))
    assert e.identical(lab.measure_emission(sample, y, second, excitation_nm=660.0, bandpass_nm=2.0))


def test_the_noise_of_a_seed_stays():
    """Numbers of numpy's generators, as they were before slits and couplings were there."""
    a, e = lab.absorption_and_emission(seed=7)
    assert_allclose(a["signal"].values[[0, 120, 240]], AS_BEFORE[0], rtol=1e-9)
    assert_allclose(e["signal"].values[[0, 150, 320]], AS_BEFORE[1], rtol=1e-9)


@pytest.mark.parametrize("states", [((0.0, 1.0),), lab.CDSE_STATES])
@pytest.mark.parametrize("temperature", [80.0, 300.0])
def test_without_noise_and_ensemble_detailed_balance_is_exact(states, temperature):
    sample = lab.Sample(inhomogeneous_width_mev=0.0, temperature_k=temperature, states=states)
    grid = np.arange(600.0, 660.5, 0.5)
    a, e = lab.absorption_and_emission(
        sample, absorption_nm=grid, emission_nm=grid, photons=np.inf, peak_photons=np.inf
    )
    energy = data.wavelength_and_energy(e)[1]
    per_ev = quantities.convert(e, "photons_per_ev")["signal"].values
    ratio = np.log(per_ev / energy**2 / a["signal"].values)
    slope = np.polyfit(energy - 1.96, ratio, 1)[0]
    assert_allclose(-1 / (8.617333262e-5 * slope), temperature, rtol=1e-9)
    assert_allclose(ratio - ratio[0], -(energy - energy[0]) / (8.617333262e-5 * temperature), rtol=1e-9)


def test_apparent_temperature_by_hand():
    """s_h^2 = 2 x 20 meV x 25.852 meV = 1034.1 meV^2; an ensemble of the same variance doubles T."""
    width = np.sqrt(2 * 20 * 8.617333262e-2 * 300)
    sample = lab.Sample(reorganisation_mev=20.0, inhomogeneous_width_mev=width)
    assert_allclose(sample.apparent_temperature_k, 600.0, rtol=1e-9)
    assert lab.Sample(inhomogeneous_width_mev=0.0).apparent_temperature_k == 300.0


def test_seeds_reproduce():
    (a, e), (b, f) = (lab.absorption_and_emission(seed=3) for _ in range(2))
    assert a.identical(b) and e.identical(f)
    c, g = lab.absorption_and_emission(seed=4)
    assert not np.any(a["signal"].values == c["signal"].values)
    assert np.mean(e["signal"].values == g["signal"].values) < 0.01
    one, other = (lab.absorption_and_emission(seed=[3, k])[0] for k in (0, 1))
    assert not np.any(one["signal"].values == other["signal"].values)


def test_the_two_instruments_have_noise_of_their_own():
    """What the emission is asked does not change the absorption."""
    a = lab.absorption_and_emission(seed=1)[0]
    b = lab.absorption_and_emission(seed=1, emission_nm=np.arange(600.0, 650.0))[0]
    assert a.identical(b)


@pytest.mark.parametrize("medium", ["air", "vacuum"])
def test_the_medium_is_that_of_the_wavelengths(medium):
    ds = lab.measure_absorption(SAMPLE, WAVELENGTH, np.random.default_rng(0), photons=np.inf, medium=medium)
    assert ds.attrs["medium"] == medium
    alpha = SAMPLE.alpha_per_cm(units.energy_from_wavelength(WAVELENGTH, medium))
    assert_allclose(ds["signal"].values * units.LN10, alpha, rtol=1e-12)


def test_a_measurement_declares_what_it_is():
    a, e = lab.absorption_and_emission()
    assert (a.attrs["quantity"], a.attrs["kind"], a.attrs["path_cm"]) == ("absorbance", "absorption", 1.0)
    assert (e.attrs["quantity"], e.attrs["kind"], e.attrs["temperature_k"]) == ("photons_per_nm", "emission", 300.0)
    assert "signal_sd" not in a and "signal_sd" not in e
