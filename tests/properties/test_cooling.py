import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes import data, quantities, units
from antistokes.analysis.cooling import cooling_window
from antistokes.analysis.gain import energy_gain
from antistokes.physics import cooling
from antistokes.physics.moments import mean_energy

yields = st.floats(0.01, 1.0)
probabilities = st.floats(0.0, 0.99)
energies = st.floats(0.5, 4.0)
absorptions = st.floats(1e-6, 1e3)
backgrounds = st.floats(0.0, 10.0)


def heat_by_counting(excitation_ev, mean_ev, phi, a, alpha, background):
    """Follow 1e6 absorbed photons, generation by generation: heat that stays, per absorbed energy.

    The background turns its share into heat. An excited emitter emits with probability phi, else its energy stays;
    an emitted photon leaves with probability 1 - a, else it is absorbed by an emitter again.
    """
    absorbed = 1e6
    energy_in = absorbed * excitation_ev
    excited = absorbed * alpha / (alpha + background)
    energy_out = 0.0
    while excited > 1e-12:
        emitted = excited * phi
        energy_out += emitted * (1 - a) * mean_ev
        excited = emitted * a
    return (energy_in - energy_out) / energy_in


@settings(max_examples=40)
@given(energies, st.floats(0.8, 1.2), yields, st.floats(0.0, 0.9), absorptions, backgrounds)
def test_efficiency_is_the_balance_of_energy(excitation, ratio, phi, a, alpha, background):
    mean = ratio * excitation
    external, share = cooling.external_yield(phi, a), cooling.absorption_efficiency(alpha, background)
    lifted = cooling.cooling_efficiency(excitation, mean, external, share)
    assert_allclose(lifted, -heat_by_counting(excitation, mean, phi, a, alpha, background), atol=1e-12)


@settings(max_examples=40)
@given(yields, st.floats(0.0, 0.95))
def test_external_yield_is_the_series_of_reabsorption(phi, a):
    """phi (1-a) + phi a phi (1-a) + ...: light that leaves at once, after one re-absorption, after two."""
    series = sum(phi * (1 - a) * (a * phi) ** k for k in range(800))
    assert_allclose(cooling.external_yield(phi, a), series, rtol=1e-12)


@settings(max_examples=40)
@given(yields, st.floats(0.0, 0.95))
def test_internal_yield_undoes_self_absorption(phi, a):
    assert_allclose(cooling.internal_yield(cooling.external_yield(phi, a), a), phi, rtol=1e-9)


@settings(max_examples=40)
@given(energies, st.floats(-0.2, 0.2), st.floats(0.1, 1.0))
def test_at_the_break_even_yield_nothing_is_lifted(mean, part, share):
    gain = part * mean
    needed = cooling.break_even_yield(gain, mean, share)
    assert_allclose(cooling.cooling_efficiency(mean - gain, mean, needed, share), 0.0, atol=1e-13)


@settings(max_examples=40)
@given(energies, st.floats(0.12, 0.5), st.floats(0.9, 1.0), absorptions)
def test_at_the_break_even_background_nothing_is_lifted(excitation, part, eta, alpha):
    mean = excitation * (1 + part)
    background = float(cooling.break_even_background_per_cm(alpha, excitation, mean, eta))
    assert background > 0
    share = cooling.absorption_efficiency(alpha, background)
    assert_allclose(cooling.cooling_efficiency(excitation, mean, eta, share), 0.0, atol=1e-12)


@settings(max_examples=40)
@given(energies, energies, st.lists(yields, min_size=2, max_size=6), absorptions, backgrounds)
def test_more_yield_never_lifts_less(excitation, mean, several, alpha, background):
    share = cooling.absorption_efficiency(alpha, background)
    lifted = cooling.cooling_efficiency(excitation, mean, np.sort(several), share)
    assert np.all(np.diff(lifted) >= 0)


@settings(max_examples=40)
@given(energies, energies, yields, absorptions, st.lists(backgrounds, min_size=2, max_size=6))
def test_more_background_never_lifts_more(excitation, mean, eta, alpha, several):
    share = cooling.absorption_efficiency(alpha, np.sort(several))
    assert np.all(np.diff(cooling.cooling_efficiency(excitation, mean, eta, share)) <= 0)


@settings(max_examples=40)
@given(yields, st.lists(probabilities, min_size=2, max_size=6))
def test_more_reabsorption_never_lets_more_out(phi, several):
    external = cooling.external_yield(phi, np.sort(several))
    assert np.all(np.diff(external) <= 1e-15) and np.all(external <= phi + 1e-15)


@settings(max_examples=40)
@given(energies, st.floats(0.005, 0.1), st.floats(1e-3, 1e3), st.integers(20, 200))
def test_mean_energy_lies_within_the_spectrum_and_takes_any_scale(centre, width, scale, n):
    energy = centre * (1 + width * np.linspace(-4, 4, n))
    photons = np.exp(-0.5 * ((energy - centre) / (width * centre)) ** 2)
    mean = mean_energy(energy, photons)
    assert energy[0] < mean < energy[-1]
    assert_allclose(mean_energy(energy, scale * photons), mean, rtol=1e-12)
    assert_allclose(mean_energy(scale * energy, photons), scale * mean, rtol=1e-12)


# --- the same spectra in other units


def spectra(centre_ev, sigma_ev, medium="vacuum", axis="energy", quantity="photons_per_ev"):
    """One pair of spectra; where the samples lie does not depend on the axis they are given over."""
    energy = np.linspace(centre_ev - 6 * sigma_ev, centre_ev + 6 * sigma_ev, 401)
    x = energy if axis == "energy" else units.wavelength_from_energy(energy, medium)
    photons = np.exp(-0.5 * ((energy - centre_ev) / sigma_ev) ** 2)
    alpha = np.exp((energy - centre_ev) / (0.5 * sigma_ev))
    per_ev = data.build(
        axis, x, photons, kind="emission", quantity="photons_per_ev", medium=medium, signal_sd=1e-9 + 0 * x
    )
    absorption = data.build(
        axis, x, alpha, kind="absorption", quantity="absorption_per_cm", medium=medium, signal_sd=1e-12 + 0 * x
    )
    return absorption, quantities.convert(per_ev, quantity)


def numbers(centre_ev, sigma_ev, medium, axis, quantity):
    absorption, emission = spectra(centre_ev, sigma_ev, medium, axis, quantity)
    laser_ev = centre_ev - sigma_ev
    laser_nm = float(units.wavelength_from_energy(laser_ev, medium))
    gain = energy_gain(emission, laser_nm)
    window = cooling_window(
        absorption, emission, quantum_yield=0.999, background_per_cm=1e-4, excitation_nm=laser_nm, draws=100
    )
    edges = [window.blue_edge_nm, window.red_edge_nm]
    energies = [float(units.energy_from_wavelength(e.value, medium)) for e in edges]
    scales = [gain.mean_mev.value / 1e3, gain.mean_above_mev.value / 1e3, window.mean_emission_ev.value]
    return [*scales, gain.fraction_above.value, window.at[0].efficiency.value], energies


QUANTITIES = ("photons_per_nm", "power_per_nm", "power_per_ev", "photons_per_ev")
media = st.sampled_from(["air", "vacuum"])


@settings(max_examples=3)
@given(st.floats(1.4, 2.8), st.floats(0.02, 0.06), st.tuples(media, media, media, media))
def test_units_do_not_matter(centre_ev, sigma_ev, several):
    """Over nm of air or vacuum or over eV, photons or power: the same energies. Edges lie on straight lines in nm."""
    expected, edges = numbers(centre_ev, sigma_ev, "vacuum", "energy", "photons_per_ev")
    for quantity, medium in zip(QUANTITIES, several, strict=True):
        found, found_edges = numbers(centre_ev, sigma_ev, medium, "wavelength", quantity)
        assert_allclose(found, expected, rtol=1e-6, atol=1e-7, err_msg=f"{quantity}, {medium}")
        assert_allclose(found_edges, edges, atol=1e-5, err_msg=f"{quantity}, {medium}")
