"""Photons that are absorbed again and again: the sum over generations is the external yield, and none is lost."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes import units
from antistokes.lab.optics import IDEAL
from antistokes.lab.sample import EMITTED_EV, Sample, emission_after
from antistokes.lab.sphere import IntegratingSphere, measure_sphere, sphere_truth

SAMPLE = Sample()
ENERGY = SAMPLE.e00_ev + np.arange(-EMITTED_EV, EMITTED_EV, 1e-3)
LASER_NM = 450.0
dilute = emission_after(SAMPLE, ENERGY, [units.energy_from_wavelength(LASER_NM)])[0]
spheres = st.tuples(st.floats(0.5, 0.999), st.floats(0.0, 0.2), st.floats(0.0, 0.3), st.floats(0.1, 2.0)).map(
    lambda x: IntegratingSphere(wall_reflectance=x[0], port_share=x[1], sample_share=x[2], chord=x[3])
)
concentrations = st.floats(-4.0, 2.0).map(lambda x: 10.0**x)


@settings(max_examples=40)
@given(spheres, concentrations, st.floats(0.0, 1.0))
def test_all_generations_together_are_the_external_yield(sphere, concentration, phi):
    """The probability of each energy from the two chances of the model, generation after generation."""
    depth = concentration * SAMPLE.alpha_per_cm(ENERGY) * sphere.chord
    onward = sphere.wall_reflectance * (1 - sphere.port_share)
    taken = sphere.sample_share * -np.expm1(-depth)
    walls, pass_on = np.zeros_like(depth), np.full_like(depth, onward)
    for _ in range(20_000):
        walls += pass_on * taken
        pass_on *= onward * (1 - taken)
        if pass_on.max() < 1e-13:
            break
    middle = (np.arange(400) + 0.5) / 400
    leaves = np.mean(np.exp(-depth[:, np.newaxis] * middle), axis=1)
    again = 1 - leaves * (1 - walls)
    weight = dilute / dilute.sum()
    out, emitting = 0.0, phi
    for _ in range(20_000):
        out += emitting * float(weight @ (1 - again))
        emitting *= phi * float(weight @ again)
        if emitting < 1e-12:
            break
    truth = sphere_truth(SAMPLE, sphere, LASER_NM, concentration=concentration, quantum_yield=phi)
    coarse = 1e-6 + 1e-5 * float(weight @ depth**2)  # of the mean over 400 places on a chord
    assert_allclose(truth.self_absorption, float(weight @ again), atol=coarse)
    assert_allclose(truth.observed_yield, out, atol=coarse / max(1 - phi * truth.self_absorption, 1e-3))


@settings(max_examples=40)
@given(spheres, concentrations, st.floats(1.01, 10.0), st.floats(0.05, 0.99))
def test_a_denser_sample_absorbs_more_and_shows_less(sphere, concentration, times, phi):
    thin, dense = (
        sphere_truth(SAMPLE, sphere, LASER_NM, concentration=c, quantum_yield=phi)
        for c in (concentration, times * concentration)
    )
    assert 0 <= thin.self_absorption < dense.self_absorption < 1
    assert 0 <= thin.indirect <= dense.indirect < 1
    assert thin.absorptance < dense.absorptance or dense.absorptance > 1 - 1e-9
    assert 0 < dense.observed_yield < thin.observed_yield < phi
    # what leaves at once, and at most all that is emitted a second time
    first = phi * (1 - dense.self_absorption)
    assert first <= dense.observed_yield <= first + phi**2 * dense.self_absorption + 1e-12


@settings(max_examples=10)
@given(spheres, concentrations)
def test_a_yield_of_one_loses_no_photon(sphere, concentration):
    """Whatever is absorbed again: photons of laser and emission are together those of the laser."""
    by = sphere._replace(spectrometer=IDEAL._replace(emission_bandpass_nm=2.0, counts=1.0))
    run = measure_sphere(SAMPLE, by, np.arange(400.0, 900.0), LASER_NM, None, concentration=concentration)
    for part in run:
        assert_allclose(float(part[0]["signal"].sum()), 1.0, rtol=1e-6)
