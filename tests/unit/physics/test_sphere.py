import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from antistokes.physics import sphere
from antistokes.physics.sphere import Integrals

PART = st.floats(0.001, 0.99)


@given(a=PART, q=st.floats(0, 1.2), m=st.floats(0, 0.9))
def test_both_estimators_return_what_was_put_in(a, q, m):
    seen = sphere.collected(a, q, m)
    assert_allclose(sphere.absorptance(seen), a, rtol=1e-9)
    assert_allclose(sphere.yield_three(seen), q, rtol=1e-9, atol=1e-12)
    assert_allclose(sphere.yield_two(seen), q, rtol=1e-9, atol=1e-12)


@given(a=PART, q=PART, m=st.floats(0, 0.9))
def test_a_photon_is_seen_or_absorbed(a, q, m):
    """What is absorbed in each configuration is what is missing of the laser; of it the part q is emitted."""
    seen = sphere.collected(a, q, m)
    assert_allclose(seen.emission_direct, q * (seen.laser_empty - seen.laser_direct), rtol=1e-9)
    assert_allclose(seen.emission_indirect, q * (seen.laser_empty - seen.laser_indirect), rtol=1e-9, atol=1e-15)


def test_photons_that_walk_through_a_sphere():
    """One by one: the beam is absorbed by A, what is left by m after the walls; 10^6 photons."""
    rng, n, a, q, m = np.random.default_rng(0), 1_000_000, 0.3, 0.8, 0.1
    absorbed = (rng.random(n) < a) | (rng.random(n) < m)
    emitted = absorbed & (rng.random(n) < q)
    seen = sphere.collected(a, q, m)
    assert_allclose([np.mean(~absorbed), np.mean(emitted)], [seen.laser_direct, seen.emission_direct], atol=2e-3)


def test_without_indirect_excitation_the_absorptance_holds_the_walls_light():
    seen = sphere.collected(0.2, 0.9, 0.05)
    two = seen._replace(laser_indirect=None, emission_indirect=None)
    assert_allclose(sphere.absorptance(two), 1 - 0.8 * 0.95)
    with pytest.raises(ValueError, match="indirect"):
        sphere.yield_three(two)


def test_what_the_blank_emits_is_subtracted():
    seen = sphere.collected(0.2, 0.9, 0.05)
    blank = 0.03
    lit = seen._replace(
        emission_direct=seen.emission_direct + blank,
        emission_indirect=seen.emission_indirect + blank,
        emission_empty=blank,
    )
    assert_allclose([sphere.yield_three(lit), sphere.yield_two(lit)], 0.9)


def test_nothing_absorbed_bounds_no_yield():
    found = sphere.yield_two(Integrals(np.array([1.0, 1.0, 1.0]), np.array([0.9, 1.0, 1.1]), np.array([0.05] * 3)))
    assert_allclose(found, [0.5, np.inf, np.inf])


def test_shapes_are_broadcast():
    seen = sphere.collected(np.full((3, 1), 0.1), np.full(4, 0.9), 0.0)
    assert sphere.yield_three(seen).shape == (3, 4)
    assert_allclose(sphere.yield_three(seen), 0.9)
