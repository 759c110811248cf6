"""Whatever the modes: detailed balance, area, energy balance, and one answer from two engines."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from antistokes.physics import lineshape
from antistokes.physics.coupling import Coupling, Mode
from antistokes.physics.cumulant import free_energy_mev, mean_and_variance
from antistokes.units import thermal_energy_ev

energies = st.integers(20, 500).map(lambda tenths: tenths / 10)
modes = st.tuples(energies, st.floats(0, 0.8)).map(lambda pair: Mode(*pair))
distorted = st.builds(
    lambda w, s, ratio: Mode(w, s, 0.0, round(w * ratio, 1)),
    st.integers(10, 40),
    st.floats(0, 0.5),
    st.floats(0.8, 1.2),
)
couplings = st.builds(
    lambda linear, other, slow: Coupling((*linear, *other), slow_mev=slow),
    st.lists(modes, max_size=3),
    st.lists(distorted, max_size=1),
    st.floats(2, 30),
)
temperatures = st.floats(80, 450)


@settings(max_examples=40, deadline=None)
@given(couplings, temperatures)
def test_detailed_balance(coupling, temperature_k):
    x = np.linspace(-200, 200, 41)
    absorbed, emitted = (
        f(x, coupling, temperature_k) for f in (lineshape.absorption_kernel, lineshape.emission_kernel)
    )
    kt = 1e3 * float(thermal_energy_ev(temperature_k))
    expected = (x - free_energy_mev(coupling, temperature_k)) / kt
    seen = (absorbed > 0) & (emitted > 0)
    assert np.all(seen[np.abs(x) <= 20])
    assert np.abs(np.log(absorbed[seen] / emitted[seen]) - expected[seen]).max() < 1e-10


@settings(max_examples=30, deadline=None)
@given(couplings, temperatures)
def test_area_and_mean(coupling, temperature_k):
    mean, variance = mean_and_variance(coupling, temperature_k)
    sd = np.sqrt(variance)
    step = min(1.0, np.sqrt(2e3 * coupling.slow_mev * float(thermal_energy_ev(temperature_k))) / 2)
    x = np.arange(mean - 14 * sd - 60, mean + 18 * sd + 120, step)
    kernel = lineshape.absorption_kernel(x, coupling, temperature_k)
    assert abs(kernel.sum() * step - 1) < 1e-9
    assert abs(kernel @ x * step - mean) < 1e-7 * (abs(mean) + sd)


@settings(max_examples=30, deadline=None)
@given(couplings, temperatures)
def test_the_engines_agree(coupling, temperature_k):
    x = np.linspace(-150, 100, 26)
    try:
        tilted = lineshape.absorption_kernel(x, coupling, temperature_k, "tilted")
    except ValueError as error:
        assume("below the floor" not in str(error))
        raise
    np.testing.assert_allclose(lineshape.absorption_kernel(x, coupling, temperature_k), tilted, rtol=1e-7)
