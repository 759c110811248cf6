import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from antistokes import data, units
from antistokes.lab import counterfeits as fakes
from antistokes.lab import spectra
from antistokes.lab.sample import Sample
from antistokes.lab.stages import Stage, emission_series, power_series, temperature_series
from antistokes.physics.coupling import Coupling

SAMPLE = Sample()
SELECTING = Sample(coupling=Coupling(slow_mev=18.4), inhomogeneous_width_mev=12.0)
KELVIN = [300.0, 330.0, 360.0]
FILM = Stage(solvent=None)
NM = np.arange(520.0, 780.5, 1.0)
TOLUENE = {"expansion": 1.08e-3, "density": 862.0, "thermo_optic": -5.6e-4}  # as materials/toluene.toml states them
PURE = {"photons": np.inf}
BRIGHT = {"photons_per_w": 1e18, "read_photons": 0.0}  # noise of 1e-6


def rng(seed=0):
    return np.random.default_rng(seed)


def absorptance(temperature_k, nm, source=SAMPLE, concentration=1.0):
    return float(1 - 10 ** -fakes.absorbance(fakes.at_temperature(source, temperature_k), nm, 1.0, concentration))


def emission(source=SAMPLE, kelvin=KELVIN, seed=0, **settings):
    return emission_series(source, kelvin, rng(seed), wavelength_nm=NM, **{**BRIGHT, **settings})


def totals(series):
    return np.array([float(ds["signal"].sum()) for ds in series])


def assert_poisson(counts):
    """Variance over mean of repeated counts, shape (runs, n): within the 99.9 % interval of chi-square."""
    mean = counts.mean(axis=0)
    found = ((counts - mean) ** 2 / mean).sum() / (counts.size - counts.shape[1])
    low, high = chi2.ppf([0.0005, 0.9995], counts.size - counts.shape[1]) / (counts.size - counts.shape[1])
    assert low < found < high


# --- temperature


def test_a_film_at_one_temperature_is_what_the_plain_instruments_measure():
    (ds,) = temperature_series(SAMPLE, [300.0], rng(), stage=Stage(solvent="toluene", cools=False), **PURE)
    plain = spectra.measure_absorption(SAMPLE, ds["wavelength"].values, rng(), photons=np.inf)
    assert_allclose(ds["signal"].values, plain["signal"].values, rtol=1e-12)
    (lit,) = emission(kelvin=[300.0], stage=Stage(cools=False), excitation_nm=640.0)
    shape = spectra.measure_emission(SAMPLE, NM, rng(), peak_photons=np.inf)["signal"].values
    assert_allclose(lit["signal"].values / lit["signal"].values.max(), shape, atol=1e-6)


def test_branches_and_their_readings():
    series = temperature_series(SAMPLE, KELVIN, rng(), stage=FILM)
    assert [ds.attrs["branch"] for ds in series] == ["heating"] * 3 + ["cooling"] * 3
    assert [ds.attrs["temperature_k"] for ds in series] == KELVIN + KELVIN[::-1]
    for ds in (*series, *emission(excitation_nm=640.0)):
        data.check(ds)


@pytest.mark.parametrize("sample", [SAMPLE, SELECTING])
@pytest.mark.parametrize("moves", [{"excitation_nm": 655.0}, {"excitation_nm": 500.0}, {"detuning_mev": 60.0}])
def test_light_over_absorptance_is_the_same_at_all_temperatures(sample, moves):
    series = emission(sample, stage=FILM, **moves)
    used = [ds.attrs["excitation_nm"] for ds in series]
    share = [absorptance(t, nm, sample) for t, nm in zip(KELVIN + KELVIN[::-1], used, strict=True)]
    assert_allclose(totals(series) / share, 1e15, rtol=1e-4)
    power = [ds.attrs["power_w"] for ds in series]
    assert_allclose(np.multiply(power, used), 1e-3 * used[0], rtol=1e-12)  # photons stay


def test_the_gap_closes_as_varshni_says():
    cold, _, hot, *_ = temperature_series(
        SAMPLE, KELVIN, rng(), stage=FILM, wavelength_nm=[610.0, 620.0, 630.0], **PURE
    )
    moved = Sample(e00_ev=SAMPLE.e00_ev + 3.2e-4 * (300**2 / 520 - 360**2 / 580), temperature_k=360.0)
    for ds, of in ((cold, SAMPLE), (hot, moved)):
        expected = of.alpha_per_cm(units.energy_from_wavelength(ds["wavelength"].values)) / units.LN10
        assert_allclose(ds["signal"].values, expected, rtol=1e-9)


def test_the_solvent_expands_and_its_index_falls():
    wet, dry = (temperature_series(SAMPLE, KELVIN, rng(), stage=s, **PURE) for s in (Stage(), FILM))
    thinner = np.mean(wet[2]["signal"].values / dry[2]["signal"].values)
    by_hand = (1 - TOLUENE["expansion"] * 61.85) / (1 - TOLUENE["expansion"] * 1.85)  # from 25 °C
    assert_allclose(thinner, by_hand, rtol=1e-6)
    series = emission(stage=Stage(), excitation_nm=655.0)
    seen = totals(series)[2] / absorptance(360.0, 655.0, concentration=thinner)
    n_300 = 1.4969 + TOLUENE["thermo_optic"] * 6.85  # at the sodium line, 20 °C, without the formula
    assert_allclose(seen / 1e15, (n_300 / (n_300 + TOLUENE["thermo_optic"] * 60)) ** 2, rtol=3e-4)
    assert seen / 1e15 > 1.04


def test_the_excitation_keeps_its_distance_from_the_mean_energy():
    for detuning in (60.0, -200.0):
        for ds in emission(SELECTING, stage=FILM, detuning_mev=detuning):
            of = fakes.at_temperature(SELECTING, ds.attrs["temperature_k"]).sample
            energy = of.e00_ev + np.linspace(-0.4, 0.4, 4001)
            rate = of.photons_per_ev(energy)
            exciting = float(units.energy_from_wavelength(ds.attrs["excitation_nm"]))
            assert_allclose(1e3 * (energy @ rate / rate.sum() - exciting), detuning, atol=0.01)
    with pytest.raises(ValueError, match="either"):
        emission(excitation_nm=600.0, detuning_mev=60.0)
    with pytest.raises(ValueError, match="either"):
        emission()


def test_the_thermometer_errs_as_stated():
    stage = Stage(thermometer_sd_k=0.3, solvent=None)
    few = {"wavelength_nm": [600.0, 620.0], "photons": np.inf}
    read = [
        ds.attrs["temperature_k"]
        for s in range(50)
        for ds in temperature_series(SAMPLE, KELVIN, rng(s), stage=stage, **few)
    ]
    error = np.reshape(read, (-1, 6)) - (KELVIN + KELVIN[::-1])
    low, high = chi2.ppf([0.0005, 0.9995], error.size) / error.size
    assert low < np.mean((error / 0.3) ** 2) < high


def test_a_sample_that_lags_is_told_by_its_branches():
    at = {"wavelength_nm": [640.0, 650.0], "photons": np.inf}
    series = temperature_series(SAMPLE, [320.0], rng(), stage=Stage(lag_k=4.0, solvent=None), **at)
    for ds, true_k in zip(series, (316.0, 324.0), strict=True):
        expected = fakes.absorbance(fakes.at_temperature(SAMPLE, true_k), [640.0, 650.0])
        assert_allclose(ds["signal"].values, expected, rtol=1e-12)
        assert ds.attrs["temperature_k"] == 320.0


def test_bleached_dots_neither_absorb_nor_emit():
    stage = Stage(bleached_per_step=0.02, solvent=None)
    series, intact = (temperature_series(SAMPLE, KELVIN, rng(), stage=s, **PURE) for s in (stage, FILM))
    ratio = [np.mean(a["signal"].values / b["signal"].values) for a, b in zip(series, intact, strict=True)]
    assert_allclose(ratio, 0.98 ** np.arange(6), rtol=1e-9)
    left = [absorptance(t, 655.0, concentration=0.98**k) for k, t in enumerate(KELVIN + KELVIN[::-1])]
    assert_allclose(totals(emission(stage=stage, excitation_nm=655.0)) / left, 1e15, rtol=1e-4)


def test_a_yield_that_falls_with_temperature():
    series = emission(stage=FILM, excitation_nm=500.0, quantum_yield=lambda kelvin: 300.0 / kelvin)
    share = [absorptance(t, 500.0) for t in KELVIN + KELVIN[::-1]]
    assert_allclose(totals(series) / share / 1e15, 300.0 / np.array(KELVIN + KELVIN[::-1]), rtol=1e-4)


def test_emission_is_counted_as_poisson_says():
    few = {"excitation_nm": 640.0, "photons_per_w": 1e7, "stage": FILM}
    runs = [[ds["signal"].values[80:140] for ds in emission(kelvin=[300.0], seed=s, **few)] for s in range(100)]
    assert_poisson(np.array(runs).reshape(200, -1))


def test_traps_change_the_light_over_absorptance_of_a_series():
    """The table of the paper's test: 90 meV, 300 to 360 K, 1.79."""
    fake = fakes.Counterfeit(SAMPLE, traps=fakes.Traps(90.0, absorption_per_cm=1.0))
    series = emission(fake, stage=Stage(solvent=None, cools=False), excitation_nm=730.0)
    share = [absorptance(t, 730.0, fake) for t in KELVIN]
    ratio = totals(series) / share
    assert_allclose(ratio[2] / ratio[0], 1.79, atol=0.005)


# --- power


POWERS = np.geomspace(1e-4, 1e-2, 10)


def counts(seed=0, source=SAMPLE, **settings):
    return power_series(source, POWERS, 655.0, rng(seed), **settings)


def test_power_counts_are_absolute_and_poisson():
    ds = counts(quantum_yield=0.9)
    assert ds["signal"].dtype.kind == "i"
    assert ds.attrs["kind"] == "power_series"
    assert ds.attrs["quantity"] == "counts"
    expected = 1e10 * POWERS * 0.9 * absorptance(300.0, 655.0)
    many = np.array([counts(seed, quantum_yield=0.9)["signal"].values for seed in range(200)])
    assert_poisson(many)
    assert_allclose((many.mean(axis=0) - expected) / np.sqrt(expected / 200), 0, atol=3.9)
    assert "signal_sd" not in ds  # whole numbers of photons say how sure they are


def test_background_and_saturation():
    bright = {"photons_per_w": 1e15}
    plain = counts(**bright)["signal"].values
    half = power_series(SAMPLE, POWERS, 655.0, rng(), saturation_w=1e-3, **bright)["signal"].values
    assert_allclose(half / plain, 1 / (1 + POWERS / 1e-3), rtol=3e-3)
    dark = counts(photons_per_w=1e-20, background_counts=50.0)
    assert dark.attrs["background"] == 50.0
    assert_allclose(dark["signal"].values.mean(), 50, atol=3.3 * np.sqrt(5))


def test_each_reading_of_the_power_errs_as_stated():
    read = np.array([counts(seed, power_sd_relative=0.03)["power"].values for seed in range(60)])
    error = np.log(read / POWERS) / 0.03
    low, high = chi2.ppf([0.0005, 0.9995], error.size) / error.size
    assert low < np.mean(error**2) < high
    assert counts(power_sd_relative=0.03).attrs["power_sd_relative"] == 0.03
