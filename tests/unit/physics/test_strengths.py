"""Kernels from what is computed once, against those that are computed anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from antistokes.physics import cumulant, lineshape, presets, strengths
from antistokes.physics.coupling import Coupling, Mode, reorganisation_mev
from antistokes.units import FloatArray, thermal_energy_mev

SET_B = presets.preset("cdse-cds-zb").coupling
TEMPERATURES = [80.0, 150.0, 300.0, 400.0]
EVEN_SHARES = {
    "set B": SET_B,
    "with a slow bath": SET_B._replace(slow_mev=5.0),
    "InP": presets.preset("inp-znse-zns").coupling,
    "CsPbBr3": presets.preset("cspbbr3").coupling,
}


def shares(count: int, bath: float) -> FloatArray:
    """Shares of modes, which come first, and of one bath."""
    return np.append(np.full(count - 1, (1 - bath) / (count - 1)), bath)


def whole(coupling: Coupling, strength: FloatArray, variance_mev2: float, temperature_k: float) -> Coupling:
    """The coupling with these strengths; a slow bath stands for the Gaussian, which it moves by its own energy."""
    m, b = len(coupling.modes), len(coupling.baths)
    return Coupling(
        tuple(k._replace(huang_rhys=s / k.energy_mev) for k, s in zip(coupling.modes, strength, strict=False)),
        tuple(k._replace(reorganisation_mev=s) for k, s in zip(coupling.baths, strength[m:], strict=False)),
        float(strength[m + b :].sum()) + moved_by(variance_mev2, temperature_k),
    )


def moved_by(variance_mev2: float, temperature_k: float) -> float:
    return variance_mev2 / (2 * thermal_energy_mev(temperature_k))


def worst(coupling: Coupling, strength: FloatArray, variance_mev2: float, temperature_k: float, engine: str) -> float:
    """Largest difference of ln within 8 standard deviations."""
    components = strengths.unit_components(coupling)
    found = strengths.kernel(components, strength, variance_mev2, temperature_k)
    sd = (variance_mev2 + strength @ strengths.variances_mev2(components, temperature_k)) ** 0.5
    inside = np.abs(found.detuning_mev - strength.sum()) < 8 * sd
    assert found.detuning_mev[inside][0] < strength.sum() - 7.9 * sd
    assert found.detuning_mev[inside][-1] > strength.sum() + 7.9 * sd
    x = found.detuning_mev[inside] + moved_by(variance_mev2, temperature_k)
    expected = lineshape.absorption_kernel(
        x, whole(coupling, strength, variance_mev2, temperature_k), temperature_k, engine
    )
    return float(np.abs(found.log[inside] - np.log(expected)).max())


@pytest.mark.parametrize("temperature_k", TEMPERATURES)
@pytest.mark.parametrize("variance_mev2", [9.0, 100.0, 900.0])
@pytest.mark.parametrize("total_mev", [5.0, 18.0, 60.0])
@pytest.mark.parametrize("name", list(EVEN_SHARES))
def test_it_is_the_bank_of_tilts(name: str, total_mev: float, variance_mev2: float, temperature_k: float) -> None:
    coupling = EVEN_SHARES[name]
    strength = total_mev * shares(len(strengths.unit_components(coupling)), 0.6)
    faint = (temperature_k, variance_mev2, total_mev) == (80.0, 9.0, 5.0)  # between lines there is next to nothing
    assert worst(coupling, strength, variance_mev2, temperature_k, "tilted") < (1e-3 if faint else 1e-6)


@pytest.mark.parametrize("temperature_k", TEMPERATURES)
@pytest.mark.parametrize("variance_mev2", [9.0, 100.0, 900.0])
@pytest.mark.parametrize("bath", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("total_mev", [5.0, 18.0, 60.0])
def test_modes_that_hold_nearly_all(total_mev: float, bath: float, variance_mev2: float, temperature_k: float) -> None:
    assert worst(SET_B, total_mev * shares(3, bath), variance_mev2, temperature_k, "tilted") < 1e-6


@pytest.mark.parametrize("temperature_k", TEMPERATURES)
def test_sharp_modes_are_those_of_the_recursion(temperature_k: float) -> None:
    coupling = Coupling((Mode(3.1, 0.8), Mode(25.9, 0.2), Mode(37.6, 0.06)))
    strength = np.array([mode.energy_mev * mode.huang_rhys for mode in coupling.modes])
    assert worst(coupling, strength, 64.0, temperature_k, "panjer") < 1e-9


@pytest.mark.parametrize("blue_tail_mev", [0.0, 4.0, -4.0])
@pytest.mark.parametrize("temperature_k", TEMPERATURES)
def test_area_mean_variance_and_third_moment(temperature_k: float, blue_tail_mev: float) -> None:
    components, strength = strengths.unit_components(SET_B), np.array([3.0, 2.0, 12.0])
    homogeneous = strength @ strengths.variances_mev2(components, temperature_k)
    third = []
    for tail_mev in (0.0, blue_tail_mev):
        found = strengths.kernel(components, strength, 60.0, temperature_k, tail_mev)
        x, weight = found.detuning_mev, np.exp(found.log) * (found.detuning_mev[1] - found.detuning_mev[0])
        mean = weight @ x
        assert weight.sum() == pytest.approx(1, abs=1e-5)
        assert mean == pytest.approx(strength.sum(), abs=2e-3)
        assert weight @ (x - mean) ** 2 == pytest.approx(60 + tail_mev**2 + homogeneous, rel=1e-3)
        third.append(weight @ (x - mean) ** 3)
    assert third[1] - third[0] == pytest.approx(2 * blue_tail_mev**3, abs=5)


@pytest.mark.parametrize("temperature_k", TEMPERATURES)
def test_variances_are_those_of_the_cumulants(temperature_k: float) -> None:
    components = strengths.unit_components(SET_B._replace(slow_mev=5.0))
    found = strengths.variances_mev2(components, temperature_k)
    expected = [cumulant.mean_and_variance(component, temperature_k) for component in components]
    np.testing.assert_allclose(found, [variance for _, variance in expected], rtol=1e-9)
    np.testing.assert_allclose([mean for mean, _ in expected], 1.0, rtol=1e-9)


@pytest.mark.parametrize("blue_tail_mev", [6.0, -6.0])
def test_an_exponential_tail_of_the_ensemble(blue_tail_mev: float) -> None:
    """Against a sum over dots whose shifts have that exponential distribution, of mean zero."""
    components, strength = strengths.unit_components(SET_B), np.array([3.0, 2.0, 12.0])
    plain = strengths.kernel(components, strength, 60.0, 300.0)
    node, weight = np.polynomial.laguerre.laggauss(60)
    shifts = blue_tail_mev * (node - 1)
    found = strengths.kernel(components, strength, 60.0, 300.0, blue_tail_mev)
    x = np.linspace(-60, 90, 61)
    log = CubicSpline(plain.detuning_mev, plain.log)
    apart = x[:, np.newaxis] - shifts
    inside = np.abs(apart) < 200
    expected = np.where(inside, np.exp(log(np.clip(apart, -200, 200))), 0.0) @ weight
    np.testing.assert_allclose(np.exp(CubicSpline(found.detuning_mev, found.log)(x)), expected, rtol=1e-5)


def test_components_are_of_one_mev_and_in_order() -> None:
    components = strengths.unit_components(SET_B._replace(slow_mev=5.0))
    assert [bool(c.modes) for c in components] == [True, True, False, False]
    assert components[-1] == Coupling(slow_mev=1.0)
    assert [reorganisation_mev(c) for c in components] == pytest.approx([1.0] * 4)


@pytest.mark.parametrize(
    ("coupling", "message"),
    [
        (Coupling(), "neither modes nor baths; a fit needs one"),
        (Coupling((Mode(25.0, 0.2, 0.0, 24.0),)), "changes its energy .* leave excited_energy_mev out"),
    ],
)
def test_what_no_strength_multiplies_is_refused(coupling: Coupling, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        strengths.unit_components(coupling)


@pytest.mark.parametrize("variance_mev2", [0.0, 0.5, float("nan")])
def test_too_narrow_a_gaussian_is_refused(variance_mev2: float) -> None:
    with pytest.raises(ValueError, match="variance_mev2 must be 1 or more, found"):
        strengths.kernel(strengths.unit_components(SET_B), [1.0, 1.0, 1.0], variance_mev2, 300.0)
