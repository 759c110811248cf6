import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from antistokes import data, units
from antistokes.lab.optics import IDEAL, grating_and_detector
from antistokes.lab.sample import Sample, emission_after
from antistokes.lab.sphere import IntegratingSphere, measure_sphere, sphere_truth
from antistokes.physics import sphere as estimators
from antistokes.physics.coupling import Coupling

SAMPLE = Sample()
NM = np.arange(430.0, 800.5, 1.0)
LASER_NM = 450.0
PLAIN = IntegratingSphere(IDEAL._replace(emission_bandpass_nm=2.0, counts=1e7))
MADE = {"concentration": 1.5, "quantum_yield": 0.9}


def integral(spectra, low, high):
    (found,) = (s for s in spectra if s["wavelength"].values[0] <= low + 5 and s["wavelength"].values[-1] >= high - 5)
    return float(found["signal"].sel(wavelength=slice(low, high)).sum())


def integrals(run):
    laser, emission = (
        [integral(part, *band) for part in (run.empty, run.indirect, run.direct)]
        for band in ((440.0, 460.0), (465.0, 800.0))
    )
    return estimators.Integrals(laser[0], laser[2], emission[2], laser[1], emission[1], emission[0])


def counts(part):
    return part[0]["signal"].values


@pytest.mark.parametrize("concentration", [0.01, 1.0, 10.0])
@pytest.mark.parametrize("laser_nm", [450.0, 451.3])
def test_the_ideal_sphere_gives_back_the_truth(concentration, laser_nm):
    made = {"concentration": concentration, "quantum_yield": 0.95}
    truth = sphere_truth(SAMPLE, PLAIN, laser_nm, **made)
    found = integrals(measure_sphere(SAMPLE, PLAIN, NM, laser_nm, None, **made))
    assert_allclose(estimators.yield_three(found), truth.observed_yield, rtol=1e-6)
    assert_allclose(estimators.yield_two(found), truth.observed_yield, rtol=1e-6)
    assert_allclose(estimators.absorptance(found), truth.absorptance, rtol=1e-9)
    assert_allclose(1 - found.laser_indirect / found.laser_empty, truth.indirect, rtol=1e-9)


def test_the_beam_is_absorbed_by_beers_law():
    alpha = float(SAMPLE.alpha_per_cm(units.energy_from_wavelength(LASER_NM)))
    truth = sphere_truth(SAMPLE, PLAIN, LASER_NM, path_cm=0.4, concentration=1.5)
    assert_allclose(truth.absorptance, 1 - np.exp(-alpha * 0.6), rtol=1e-12)


@pytest.mark.parametrize("beside", [True, False])
def test_photons_followed_one_by_one(beside):
    """Every photon's way: the beam, walls and sample, emission somewhere on a chord, again and again."""
    sphere = PLAIN._replace(wall_reflectance=0.95, sample_share=0.05)
    phi, dense, n = 0.8, 4.0, 200_000
    rng = np.random.default_rng(0)
    grid = SAMPLE.e00_ev + np.linspace(-0.3, 0.3, 1201)
    cumulative = np.cumsum(emission_after(SAMPLE, grid, [units.energy_from_wavelength(LASER_NM)])[0])
    going_on, chord = 0.95 * (1 - sphere.port_share), sphere.chord

    def by_walls(alpha):
        """Return which photons the sample absorbs on their way, before a wall or a port has them."""
        absorbed, alive = np.zeros(alpha.size, dtype=bool), np.ones(alpha.size, dtype=bool)
        while alive.any():
            alive &= rng.uniform(size=alpha.size) < going_on
            met = alive & (rng.uniform(size=alpha.size) < sphere.sample_share)
            taken = met & (rng.uniform(size=alpha.size) < -np.expm1(-alpha * chord))
            absorbed |= taken
            alive &= ~taken
        return absorbed

    alpha = np.full(n, dense * float(SAMPLE.alpha_per_cm(units.energy_from_wavelength(LASER_NM))))
    absorbed = np.zeros(n, dtype=bool) if beside else rng.uniform(size=n) < -np.expm1(-alpha)
    absorbed[~absorbed] = by_walls(alpha[~absorbed])
    laser, emitted, again, left = int(np.sum(~absorbed)), 0, 0, int(absorbed.sum())
    while left:
        energy = np.interp(rng.uniform(size=rng.binomial(left, phi)) * cumulative[-1], cumulative, grid)
        own = dense * SAMPLE.alpha_per_cm(energy)
        taken = rng.uniform(size=energy.size) < -np.expm1(-own * chord * rng.uniform(size=energy.size))
        taken[~taken] = by_walls(own[~taken])
        emitted, again, left = emitted + energy.size, again + int(taken.sum()), int(taken.sum())
    truth = sphere_truth(SAMPLE, sphere, LASER_NM, concentration=dense, quantum_yield=phi)
    shares = estimators.collected(truth.absorptance, truth.observed_yield, truth.indirect)
    expected = (
        (shares.laser_indirect, shares.emission_indirect) if beside else (shares.laser_direct, shares.emission_direct)
    )
    assert 0.3 < truth.self_absorption < 0.6
    for seen, share in zip((laser, emitted - again), expected, strict=True):
        assert_allclose(seen / n, share, atol=4 * np.sqrt(share * (1 - share) / n))
    assert_allclose(again / emitted, truth.self_absorption, atol=4 * np.sqrt(0.25 / emitted))


def test_the_emission_that_leaves_has_lost_its_blue():
    run = measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, None, **MADE)
    thin = measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, None, concentration=1e-4)
    tail = slice(690.0, 720.0)
    scale = float(
        thin.direct[0]["signal"].sel(wavelength=tail).sum() / run.direct[0]["signal"].sel(wavelength=tail).sum()
    )
    seen, dilute = (x.direct[0]["signal"].sel(wavelength=slice(470.0, 800.0)) for x in (run, thin))
    truth = sphere_truth(SAMPLE, PLAIN, LASER_NM, **MADE)
    assert_allclose(1 - scale * seen.sum() / dilute.sum(), truth.self_absorption, atol=1e-4)
    ratio = (scale * seen / dilute).sel(wavelength=slice(625.0, 680.0)).values
    assert np.all(np.diff(ratio) > 0)  # red of the first maximum of absorption


def test_it_says_what_it_is():
    run = measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, np.random.default_rng(0), **MADE)
    assert isinstance(run, data.Sphere)
    for name in ("empty", "direct", "indirect"):
        (ds,) = getattr(run, name)
        assert (ds.attrs["kind"], ds.attrs["quantity"], ds.attrs["configuration"]) == ("sphere", "counts", name)
        assert (ds.attrs["excitation_nm"], ds.attrs["bandpass_nm"]) == (LASER_NM, 2.0)
        assert ds["signal"].dtype.kind == "i"


def test_noise_is_that_of_counts():
    rng, expected = np.random.default_rng(0), counts(measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, None, **MADE).direct)
    bright = expected > 100
    found = [counts(measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, rng, **MADE).direct) for _ in range(20)]
    square = np.sum((np.array(found)[:, bright] - expected[bright]) ** 2 / expected[bright])
    assert 0.001 < chi2.sf(square, 20 * bright.sum()) < 0.999


def test_drift_is_common_to_laser_and_emission():
    still = integrals(measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, None, **MADE))
    runs = [
        integrals(
            measure_sphere(
                SAMPLE,
                PLAIN._replace(drift_sd=0.02, spectrometer=PLAIN.spectrometer._replace(counts=1e12)),
                NM,
                LASER_NM,
                np.random.default_rng(seed),
                **MADE,
            )
        )
        for seed in range(60)
    ]
    laser = np.array([r.laser_direct for r in runs]) / (1e5 * still.laser_direct)
    emission = np.array([r.emission_direct for r in runs]) / (1e5 * still.emission_direct)
    assert_allclose(laser, emission, rtol=1e-4)
    assert_allclose(np.std(laser), 0.02, rtol=0.3)
    before = np.array([r.laser_empty for r in runs]) / (1e5 * still.laser_empty)
    assert abs(np.corrcoef(before, laser)[0, 1]) < 0.4


def test_power_that_grows_in_time_grows_from_empty_to_indirect_to_direct():
    still, growing = (
        integrals(measure_sphere(SAMPLE, PLAIN._replace(drift_per_step=d), NM, LASER_NM, None, **MADE))
        for d in (0, 0.01)
    )
    for name, factor in (("empty", 1.0), ("indirect", 1.01), ("direct", 1.02)):
        assert_allclose(getattr(growing, f"laser_{name}"), factor * getattr(still, f"laser_{name}"), rtol=1e-12)
    assert_allclose(growing.emission_direct, 1.02 * still.emission_direct, rtol=1e-12)


def test_an_attenuator_makes_two_spectra_of_each_configuration():
    whole = measure_sphere(SAMPLE, PLAIN, NM, LASER_NM, None, **MADE)
    run = measure_sphere(SAMPLE, PLAIN._replace(attenuator=1e-3), NM, LASER_NM, None, **MADE)
    for part, both in zip(run, whole, strict=True):
        laser, emission = (x["signal"] for x in part)
        assert laser["wavelength"].values[[0, -1]].tolist() == [442.0, 458.0]
        assert emission["wavelength"].values[[0, -1]].tolist() == [459.0, 800.0]
        both = both[0]["signal"]
        assert_allclose(laser, 1e-3 * both.sel(wavelength=slice(442.0, 458.0)))
        assert_allclose(emission, both.sel(wavelength=slice(459.0, 800.0)))


def test_in_the_tail_the_emission_is_scanned_blue_of_the_laser():
    run = measure_sphere(SAMPLE, PLAIN._replace(attenuator=1e-3), NM, 671.0, None, **MADE)
    assert run.direct[1]["wavelength"].values[[0, -1]].tolist() == [430.0, 662.0]


def test_response_dark_and_stray_light_are_those_of_the_spectrometer():
    plain = PLAIN.spectrometer

    def seen(**settings):
        by = PLAIN._replace(spectrometer=plain._replace(**settings))
        return measure_sphere(SAMPLE, by, NM, LASER_NM, None, **MADE)

    ideal, darker, answered = seen(), seen(dark_counts=50.0), seen(response=grating_and_detector)
    assert_allclose(counts(darker.direct), counts(ideal.direct) + 50, rtol=1e-12)
    at = (NM > 615) & (NM < 650)  # further out, a slit of 2 nm sees both slopes at once
    assert_allclose(counts(answered.direct)[at] / grating_and_detector(NM[at]), counts(ideal.direct)[at], rtol=1e-3)
    strayed = counts(seen(stray_light=1e-6).empty)
    assert_allclose(strayed[NM > 500], 1e-6 * plain.counts, rtol=1e-9)


def test_unequal_dots_emit_as_after_the_excitation():
    uneven = Sample(coupling=Coupling(slow_mev=18.4), inhomogeneous_width_mev=12.0)
    run = {nm: measure_sphere(uneven, PLAIN, NM, nm, None, concentration=1e-4) for nm in (450.0, 660.0)}
    for nm, found in run.items():
        light = found.direct[0]["signal"].sel(wavelength=slice(560.0, 640.0))
        energy = units.energy_from_wavelength(light["wavelength"].values)
        own = emission_after(uneven, energy, [units.energy_from_wavelength(nm)])[0]
        own = own / units.nm_per_ev(light["wavelength"].values)
        assert_allclose(light / light.sum(), own / own.sum(), rtol=2e-2, atol=1e-5)


def test_a_line_without_a_slit_is_refused():
    with pytest.raises(ValueError, match="emission_bandpass_nm must be above 0"):
        measure_sphere(SAMPLE, IntegratingSphere(IDEAL), NM, LASER_NM, None)
