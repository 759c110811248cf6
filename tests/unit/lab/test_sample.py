"""Samples with the full line shape: the slow-bath limit, up-conversion, cold dots, what a sample holds."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import units
from antistokes.lab import spectra as lab
from antistokes.lab.sample import emission_after
from antistokes.physics import ensemble, marcus, presets
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.ensemble import Ensemble

SLOW = Coupling(slow_mev=18.4)
SET_B = presets.preset("cdse-cds-zb").coupling
ONE = ((0.0, 1.0),)
ENERGY = units.energy_from_wavelength(np.arange(480.0, 720.5, 1.0))


def assert_equal_where_bright(found, expected, rtol):
    bright = expected > 1e-8 * expected.max()
    assert_allclose(found[bright], expected[bright], rtol=rtol)


# --- the limit of a slow bath


@pytest.mark.parametrize(("states", "rtol"), [(ONE, 1e-9), (lab.CDSE_STATES, 1e-8)])  # a spline between many states
@pytest.mark.parametrize(("width_mev", "temperature_k"), [(0, 300), (3, 300), (30, 300), (30, 10)])
def test_a_slow_bath_is_the_closed_form(states, rtol, width_mev, temperature_k):
    closed = lab.Sample(inhomogeneous_width_mev=width_mev, temperature_k=temperature_k, states=states)
    full = replace(closed, coupling=SLOW)
    assert_equal_where_bright(full.alpha_per_cm(ENERGY), closed.alpha_per_cm(ENERGY), rtol)
    assert_equal_where_bright(full.photons_per_ev(ENERGY), closed.photons_per_ev(ENERGY), rtol)
    assert full.apparent_temperature_k == closed.apparent_temperature_k


def selected_by_hand(energy, sample, excitation_ev):
    """Gaussian dots with Gaussian lines: each absorbing state selects a Gaussian, of another mean and width."""
    line = sample.reorganisation_mev, sample.temperature_k
    static, dot = sample.inhomogeneous_width_mev**2, 2e3 * line[0] * units.thermal_energy_ev(line[1])
    total = np.zeros(energy.shape)
    for offset, strength in sample.states:
        whole = marcus.cross_section(
            excitation_ev, sample.e00_ev, *line, sample.inhomogeneous_width_mev, ((offset, strength),)
        )
        centre_mev = 1e3 * (excitation_ev - sample.e00_ev) - offset - line[0]
        mean, width = centre_mev * static / (static + dot), np.sqrt(static * dot / (static + dot))
        total += whole * marcus.photon_rate(energy, sample.e00_ev + mean / 1e3, *line, width, sample.states)
    return total


@pytest.mark.parametrize(
    ("excitation_nm", "states"), [*((nm, ONE) for nm in (602, 660)), *((nm, lab.CDSE_STATES) for nm in (532, 655, 680))]
)
def test_selected_gaussian_dots_by_hand(excitation_nm, states):
    sample = lab.Sample(inhomogeneous_width_mev=10.0, states=states, coupling=SLOW)
    expected = selected_by_hand(ENERGY, sample, float(units.energy_from_wavelength(excitation_nm)))
    found = sample.photons_per_ev(ENERGY, excitation_nm)
    assert_equal_where_bright(found / found.max(), expected / expected.max(), 1e-7)


# --- up-conversion


def test_the_full_line_shape_is_that_of_the_ensemble():
    sample = lab.Sample(coupling=SET_B, inhomogeneous_width_mev=10.0, temperature_k=280.0)
    flask = Ensemble(sample.e00_ev, SET_B, 280.0, ensemble.gaussian_shifts(10.0), sample.states, "tilted")
    for excitation_nm in (None, 660.0):
        excitation_ev = excitation_nm and float(units.energy_from_wavelength(excitation_nm))
        expected = ensemble.photon_rate(ENERGY, flask, excitation_ev)
        found = sample.photons_per_ev(ENERGY, excitation_nm)
        assert_allclose(found / found.max(), expected / expected.max(), rtol=1e-5, atol=1e-8)
    found, expected = sample.alpha_per_cm(ENERGY), ensemble.cross_section(ENERGY, flask)
    assert_allclose(found / found.max(), expected / expected.max(), rtol=1e-5, atol=1e-8)


def peak_nm(sample, excitation_nm):
    grid = np.arange(620.0, 650.0, 0.02)
    ds = lab.measure_emission(
        sample, grid, np.random.default_rng(0), peak_photons=np.inf, excitation_nm=excitation_nm, medium="vacuum"
    )
    assert ds.attrs["excitation_nm"] == excitation_nm
    return grid[np.argmax(ds["signal"].values)]


@pytest.mark.parametrize(("width_mev", "shift_nm"), [(3, 0.3), (6, 1.2), (10, 3.1), (15, 7.0)])
def test_up_conversion_moves_to_the_red(width_mev, shift_nm):
    """By as much as docs/models/ensemble.md says; excited at 400 nm, all dots emit alike."""
    sample = lab.Sample(1.9833, inhomogeneous_width_mev=width_mev, states=lab.CDSE_STATES[:5], coupling=SET_B)
    assert_allclose(peak_nm(sample, 660.0) - peak_nm(sample, 400.0), shift_nm, rtol=0.1, atol=0.03)


def test_an_excitation_above_all_states_selects_nothing():
    sample = lab.Sample(states=ONE, coupling=SLOW, inhomogeneous_width_mev=20.0)
    alike = sample.photons_per_ev(ENERGY)
    assert np.array_equal(sample.photons_per_ev(ENERGY, 590.0), alike)
    assert not np.allclose(sample.photons_per_ev(ENERGY, 600.0), alike)


def test_an_excitation_is_in_a_medium():
    """632 nm of air is 0.54 meV from 632 nm of vacuum."""
    sample = lab.Sample(coupling=SLOW, inhomogeneous_width_mev=20.0)
    vacuum_nm = float(units.air_to_vacuum_nm(655.0))
    assert_allclose(sample.photons_per_ev(ENERGY, 655.0), sample.photons_per_ev(ENERGY, vacuum_nm, "vacuum"), rtol=1e-6)
    assert not np.allclose(sample.photons_per_ev(ENERGY, 655.0), sample.photons_per_ev(ENERGY, 655.0, "vacuum"))


def test_without_a_coupling_an_excitation_is_for_the_record():
    measured = [
        lab.measure_emission(lab.Sample(), np.arange(600.0, 650.0), np.random.default_rng(0), excitation_nm=nm)
        for nm in (None, 660.0)
    ]
    assert np.array_equal(*(ds["signal"].values for ds in measured))
    assert measured[1].attrs["excitation_nm"] == 660.0
    with pytest.raises(ValueError, match=r"coupling=Coupling\(slow_mev=18.4\)"):
        lab.Sample().photons_per_ev(ENERGY, 660.0)


# --- how far it reaches


@pytest.mark.parametrize(
    ("name", "temperature_k"), [*((name, 300.0) for name in sorted(presets.PRESETS)), ("inp-znse-zns", 80.0)]
)
def test_every_preset_over_the_default_ranges(name, temperature_k):
    """The last one is out of the fast engine's reach."""
    family = presets.preset(name)
    width_mev = family.inhomogeneous_width_mev
    sample = lab.Sample(coupling=family.coupling, temperature_k=temperature_k, inhomogeneous_width_mev=width_mev)
    for ds in lab.absorption_and_emission(sample, photons=np.inf, peak_photons=np.inf, excitation_nm=655.0):
        assert np.all(np.isfinite(ds["signal"].values)) and ds["signal"].values.min() > 0


def test_cold_dots_are_dark_where_no_number_can_hold_them():
    """One dot at 10 K has a standard deviation of 5.6 meV; 480 nm is 600 meV above it."""
    sample = lab.Sample(coupling=SLOW, temperature_k=10.0, states=ONE)
    closed = replace(sample, coupling=None)
    for found, expected in (
        (sample.alpha_per_cm(ENERGY), closed.alpha_per_cm(ENERGY)),
        (sample.photons_per_ev(ENERGY), closed.photons_per_ev(ENERGY)),
    ):
        assert found.min() == 0
        assert_equal_where_bright(found, expected, 1e-9)


def test_one_dot_obeys_detailed_balance():
    sample = lab.Sample(coupling=SET_B, inhomogeneous_width_mev=0.0)
    ratio = np.log(sample.photons_per_ev(ENERGY) / (ENERGY**2 * sample.alpha_per_cm(ENERGY)))
    expected = -(ENERGY - ENERGY[0]) / units.thermal_energy_ev(300.0)
    assert_allclose(ratio - ratio[0], expected, atol=1e-7)


def test_scale_is_that_of_the_first_maximum():
    one = lab.Sample(states=ONE, absorption_per_cm=7.0, coupling=SET_B)
    grid = one.e00_ev + np.linspace(0, 0.05, 50_001)
    alpha = one.alpha_per_cm(grid)
    assert_allclose(alpha[np.argmax(alpha / grid)], 7.0, rtol=1e-6)
    assert_allclose(one.photons_per_ev(grid - 0.05).max(), 1.0, rtol=1e-5)


def test_shape_of_what_is_asked():
    sample = lab.Sample(coupling=SLOW)
    pair = sample.alpha_per_cm([[1.9, 2.0], [2.0, 1.9]])
    assert pair.shape == (2, 2)
    assert_allclose(pair[0], pair[1, ::-1], rtol=1e-12)
    assert sample.photons_per_ev(1.95).shape == ()
    pair[0] = 0  # what is returned is the caller's
    assert sample.alpha_per_cm([[1.9, 2.0], [2.0, 1.9]]).min() > 0


# --- what a sample holds


def test_a_coupling_brings_its_reorganisation_energy_and_shifts_their_width():
    coupling = Coupling((Mode(25.0, 0.2),), (Bath(10.0, 3.0),), 2.0)
    sample = lab.Sample(reorganisation_mev=99.0, coupling=coupling, shifts=ensemble.gaussian_shifts(7.0))
    assert sample.reorganisation_mev == 17.0
    assert_allclose(sample.inhomogeneous_width_mev, 7.0, rtol=1e-6)
    assert_allclose(replace(sample, shifts=None).photons_per_ev(1.95), sample.photons_per_ev(1.95), rtol=1e-6)


def test_samples_are_equal_and_hash_by_what_they_say():
    def skewed(tail_mev=8.0):
        return lab.Sample(coupling=SLOW, shifts=ensemble.exponential_shifts(3.0, tail_mev))

    assert lab.Sample() == lab.Sample() != lab.Sample(coupling=SLOW)
    assert skewed() == skewed() != skewed(9.0)
    assert len({skewed(), skewed(), skewed(9.0), lab.Sample()}) == 3
    assert lab.Sample() != "a sample"
    assert pickle.loads(pickle.dumps(skewed())) == skewed() == replace(skewed(), e00_ev=1.9771)


def test_a_sample_does_not_change_with_what_it_was_made_of():
    shifts, modes, states = ensemble.gaussian_shifts(5.0), [Mode(25.0, 0.2, 1.2)], [[0, 1]]
    sample = lab.Sample(coupling=Coupling(modes, (), 10.0), shifts=shifts, states=states)
    before = hash(sample)
    shifts.weight[:] = 0
    modes.clear(), states.clear()
    assert hash(sample) == before and sample.coupling.modes and sample.shifts.weight.any()
    with pytest.raises(ValueError, match="read-only"):
        sample.shifts.weight[0] = 1


def test_what_has_no_meaning_is_refused():
    with pytest.raises(ValueError, match="shifts ask for a coupling"):
        lab.Sample(shifts=ensemble.gaussian_shifts(3.0))
    with pytest.raises(ValueError, match="slow_mev must be 0 or more"):
        lab.Sample(coupling=Coupling(slow_mev=-1.0))
    with pytest.raises(ValueError, match="weights 0 or more"):
        lab.Sample(coupling=SLOW, shifts=ensemble.Shifts(np.zeros(2), np.array([1.0, -1.0])))
    with pytest.raises(ValueError, match="photon energies in eV"):
        lab.Sample(coupling=SLOW).alpha_per_cm(632.0)
    with pytest.raises(ValueError, match="sharp"):
        lab.Sample(coupling=Coupling((Mode(25.0, 0.3),))).alpha_per_cm(1.9)


# --- emission after many excitations, of one photon in all


@pytest.mark.parametrize(("coupling", "temperature_k"), [(SET_B, 300.0), (SLOW, 77.0)])
def test_emission_after_is_that_of_each_excitation_and_one_photon(coupling, temperature_k):
    """Cold and 0.6 eV below is beyond the fast engine."""
    sample = lab.Sample(coupling=coupling, temperature_k=temperature_k, inhomogeneous_width_mev=8.0)
    energy = sample.e00_ev + np.linspace(-0.45, 0.45, 901)
    below_ev = np.array([0.0, 0.15, 0.6])
    found = emission_after(sample, energy, sample.e00_ev - below_ev)
    for spectrum, below in zip(found, below_ev, strict=True):
        excitation_nm = float(units.wavelength_from_energy(sample.e00_ev - below))
        alone = sample.photons_per_ev(energy, excitation_nm)
        assert_equal_where_bright(spectrum / spectrum.max(), alone / alone.max(), 2e-6)
    assert_allclose(np.trapezoid(found, energy, axis=1), 1, atol=1e-7)


def test_emission_after_without_a_coupling_or_far_above_is_that_of_dots_alike():
    energy = 1.9771 + np.linspace(-0.45, 0.45, 901)
    plain = lab.Sample()
    alike = plain.photons_per_ev(energy)
    for sample in (plain, replace(plain, coupling=SLOW)):
        found = emission_after(sample, energy, [5.0, 10.0])
        assert_equal_where_bright(found[0] / found[0].max(), alike / alike.max(), 1e-7)
        assert_allclose(found[1], found[0], rtol=0)
    assert_allclose(emission_after(plain, energy, [1.8, 2.5]), found[:1] * [[1], [1]], rtol=1e-5, atol=1e-7)


def test_emission_after_where_nothing_is_emitted_or_absorbed():
    sample = lab.Sample(coupling=SLOW, temperature_k=10.0)
    at = [sample.e00_ev - 0.51, sample.e00_ev - 0.02, sample.e00_ev + 0.51]
    far, alike = emission_after(sample, at, [sample.e00_ev - 1.5, 10.0])
    assert far[0] == far[2] == 0
    assert far[1] > 1
    assert_allclose(far, alike, rtol=0)
