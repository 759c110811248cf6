import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.reciprocity import reciprocity
from antistokes.physics import marcus
from antistokes.physics import reciprocity as law

K = 8.617333262e-5  # eV/K, CODATA 2018
e00s = st.floats(1.2, 3.0)
reorganisations = st.floats(5.0, 80.0)
couplings = st.floats(0.2, 5.0)  # reorganisation energy over kT; from 10 on the bands no longer overlap at 5 %
temperatures = st.floats(60.0, 600.0)
media = st.sampled_from(["air", "vacuum"])


def ensemble(
    e00_ev, reorganisation_mev, temperature_k, width_mev, *, n=401, emission_n=None, medium="vacuum", on="energy"
):
    """Absorption and emission of one state, without noise, from 4 s.d. below one maximum to 4 above the other."""
    line = (e00_ev, reorganisation_mev, temperature_k, width_mev)
    s = np.sqrt(2 * reorganisation_mev / 1e3 * K * temperature_k + (width_mev / 1e3) ** 2)
    reach = 4 * s + reorganisation_mev / 1e3
    out = []
    for kind, quantity, shape, samples in (
        ("absorption", "absorption_per_cm", marcus.cross_section, n),
        ("emission", "photons_per_ev", marcus.photon_rate, emission_n or n),
    ):
        energy = np.linspace(e00_ev - reach, e00_ev + reach, samples)
        y = shape(energy, *line)
        x = energy if on == "energy" else units.wavelength_from_energy(energy, medium)
        sd = np.full(samples, 1e-12 * y.max())
        ds = data.build(on, x, y, kind=kind, quantity=quantity, medium=medium, signal_sd=sd)
        out.append(ds)
    return out


@settings(max_examples=20)
@given(e00s, couplings, temperatures, st.floats(0.0, 2.0))
def test_apparent_temperature_of_gaussian_ensembles(e00_ev, coupling, temperature_k, ratio):
    """T_KS = T (1 + s_i^2/s_h^2), exact in every sample: a straight line, so rounding is all that is left."""
    reorganisation_mev = coupling * K * 1e3 * temperature_k
    homogeneous = 2 * reorganisation_mev * K * 1e3 * temperature_k  # meV^2
    pair = ensemble(e00_ev, reorganisation_mev, temperature_k, np.sqrt(ratio * homogeneous))
    found = reciprocity(*pair, temperature_k=temperature_k)
    assert_allclose(found.temperature_k.value, temperature_k * (1 + ratio), rtol=1e-8)


@settings(max_examples=10)
@given(e00s, couplings, temperatures)
def test_apparent_temperature_on_two_grids(e00_ev, coupling, temperature_k):
    """Local cubics between absorption samples s/50 apart: an error of 3/128 (1/50)^4 x 3, some 1e-8, times a few."""
    reorganisation_mev = coupling * K * 1e3 * temperature_k
    s = np.sqrt(2 * reorganisation_mev / 1e3 * K * temperature_k)
    n = int(50 * 2 * (4 * s + reorganisation_mev / 1e3) / s)
    pair = ensemble(e00_ev, reorganisation_mev, temperature_k, 0.0, n=n, emission_n=int(1.37 * n))
    assert_allclose(reciprocity(*pair).temperature_k.value, temperature_k, rtol=1e-6)


@settings(max_examples=10)
@given(e00s, couplings, temperatures, media)
def test_the_axis_does_not_matter(e00_ev, coupling, temperature_k, medium):
    """Given over wavelength, in air or vacuum, as photons per eV: the same temperature."""
    reorganisation_mev = coupling * K * 1e3 * temperature_k
    pair = ensemble(e00_ev, reorganisation_mev, temperature_k, 0.0, medium=medium, on="wavelength")
    assert_allclose(reciprocity(*pair).temperature_k.value, temperature_k, rtol=1e-8)


@settings(max_examples=10)
@given(e00s, couplings, temperatures, st.floats(0.1, 1.5))
def test_the_static_width_comes_back(e00_ev, coupling, temperature_k, ratio):
    """The displacement is that of two maxima, read off parabolas through three samples: parts in a thousand."""
    reorganisation_mev = coupling * K * 1e3 * temperature_k
    width = np.sqrt(ratio * 2 * reorganisation_mev * K * 1e3 * temperature_k)
    pair = ensemble(e00_ev, reorganisation_mev, temperature_k, width, n=601)
    found = reciprocity(*pair, temperature_k=temperature_k)
    assert_allclose(found.inhomogeneous_width_mev.value, width, rtol=0.01)


@given(e00s, reorganisations, temperatures, st.lists(st.tuples(st.floats(0, 500), st.floats(0.1, 5)), max_size=4))
def test_marcus_pairs_obey_detailed_balance(e00_ev, reorganisation_mev, temperature_k, more):
    """Any states: ln[R/(E^2 sigma)] falls by 1/kT per energy, all the way."""
    states = ((0.0, 1.0), *more)
    s = np.sqrt(2 * reorganisation_mev / 1e3 * K * temperature_k)
    energy = e00_ev + s * np.linspace(-3, 3, 31)
    line = (e00_ev, reorganisation_mev, temperature_k, 0.0, states)
    ratio = law.log_reciprocity_ratio(energy, marcus.photon_rate(energy, *line), marcus.cross_section(energy, *line))
    expected = -(energy - energy[0]) / (K * temperature_k)
    assert_allclose(ratio - ratio[0], expected, rtol=1e-7, atol=1e-9)


@given(
    e00s,
    reorganisations,
    temperatures,
    st.floats(0.05, 3.0),
    st.lists(st.tuples(st.floats(30, 400), st.floats(0.2, 5))),
)
def test_an_ensemble_looks_too_warm_and_never_too_cold(e00_ev, reorganisation_mev, temperature_k, ratio, more):
    """Between the maxima of the lowest state, whatever the states above it, where the line of one dot is log-concave.

    The ratio carries the mean of exp(shift/kT) over the dots that absorb at E. It rises with E where the line has a
    monotone likelihood ratio, that is where it is log-concave; between two resolved states it need not (other states
    are left out then).
    """
    half, s = reorganisation_mev / 1e3, np.sqrt(2 * reorganisation_mev / 1e3 * K * temperature_k)
    around = np.linspace(e00_ev - half - 5 * s, e00_ev + half + 0.4 + 5 * s, 801)
    one_dot = (e00_ev, reorganisation_mev, temperature_k, 0.0, ((0.0, 1.0), *more))
    line_shape = np.log(np.maximum(marcus.cross_section(around, *one_dot), 1e-290))
    if np.any(np.diff(line_shape, 2) > 1e-9):
        more = []
    width = np.sqrt(ratio * 2 * reorganisation_mev * K * 1e3 * temperature_k)
    energy = np.linspace(e00_ev - half, e00_ev + half, 11)
    line = (e00_ev, reorganisation_mev, temperature_k, width, ((0.0, 1.0), *more))
    ratio = law.log_reciprocity_ratio(energy, marcus.photon_rate(energy, *line), marcus.cross_section(energy, *line))
    assert np.all(-1 / (K * np.diff(ratio) / np.diff(energy)) >= temperature_k * (1 - 1e-6))


def test_resolved_states_can_look_too_cold():
    """A far stronger state 67 meV up stands apart: above the lowest maximum its red-shifted dots take over."""
    width = np.sqrt(0.88 * 2 * 5.25 * K * 1e3 * 377)
    energy = np.linspace(2 - 0.00525, 2 + 0.00525, 11)
    line = (2.0, 5.25, 377.0, width, ((0.0, 1.0), (67.0, 34.5)))
    ratio = law.log_reciprocity_ratio(energy, marcus.photon_rate(energy, *line), marcus.cross_section(energy, *line))
    assert np.min(-1 / (K * np.diff(ratio) / np.diff(energy))) < 0.8 * 377


@given(temperatures, st.floats(1.001, 5.0), st.floats(0.001, 0.5))
def test_width_and_temperature_are_one_number(temperature_k, factor, displacement_ev):
    variance = law.inhomogeneous_variance_ev2(factor * temperature_k, temperature_k, displacement_ev)
    homogeneous = displacement_ev * K * temperature_k
    assert_allclose(temperature_k * (1 + variance / homogeneous), factor * temperature_k, rtol=1e-8)
