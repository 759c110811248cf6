"""Lines of a mode that changes its energy, against overlaps of oscillator functions and sum rules."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from antistokes.physics import cumulant, franck_condon, pekar, tilted
from antistokes.physics.coupling import Coupling, Mode
from antistokes.units import thermal_energy_ev

MODE = Mode(25, 0.3, 0.0, 21.0)


def overlap(mode: Mode, m: int, n: int) -> float:
    """Return |<m|n>| by quadrature of Hermite functions, in 30 digits."""
    assert mode.excited_energy_mev is not None
    with mp.workdps(30):
        r, d = mp.mpf(mode.excited_energy_mev) / mode.energy_mev, mp.sqrt(2 * mp.mpf(mode.huang_rhys))

        def state(k: int, q: mp.mpf) -> mp.mpf:
            return mp.hermite(k, q) * mp.exp(-q * q / 2) / mp.sqrt(mp.mpf(2) ** k * mp.factorial(k) * mp.sqrt(mp.pi))

        both = mp.quad(lambda q: state(n, q) * mp.root(r, 4) * state(m, mp.sqrt(r) * (q - d)), mp.linspace(-12, 12, 13))
        return float(abs(both))


@pytest.mark.parametrize(("m", "n"), [(0, 0), (1, 0), (0, 1), (2, 1), (3, 3), (0, 6), (6, 0), (2, 9)])
def test_overlaps_are_those_of_the_functions(m: int, n: int) -> None:
    assert abs(franck_condon.overlaps(MODE, 12, 12)[m, n]) == pytest.approx(overlap(MODE, m, n), rel=1e-11)


def test_overlaps_far_from_the_diagonal_keep_their_digits() -> None:
    """The recursion in double precision, against itself in 60 digits: 21 phonons taken at once."""
    assert MODE.excited_energy_mev is not None
    with mp.workdps(60):
        r, s_factor = mp.mpf(MODE.excited_energy_mev) / MODE.energy_mev, mp.mpf(MODE.huang_rhys)
        c, s = (mp.sqrt(r) + 1 / mp.sqrt(r)) / 2, (mp.sqrt(r) - 1 / mp.sqrt(r)) / 2
        gamma = mp.sqrt(r * s_factor)
        row = [mp.sqrt(2 * mp.sqrt(r) / (1 + r)) * mp.exp(-s_factor * r / (1 + r))]
        for n in range(24):
            before = s * mp.sqrt(n) * row[n - 1] if n else 0
            row.append((gamma * row[n] - before) / (c * mp.sqrt(n + 1)))
        expected = [float(v) for v in row]
    np.testing.assert_allclose(franck_condon.overlaps(MODE, 3, 25)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("ratio", [0.5, 0.7, 0.9, 1.1, 1.5, 2.0])
@pytest.mark.parametrize("energy_mev", [3, 8, 25])
def test_columns_stay_normal_or_the_answer_is_none(energy_mev: float, ratio: float) -> None:
    """The recursion grows noise at high levels of low modes; it must not be handed on."""
    mode = Mode(energy_mev, 0.3, 0.0, round(energy_mev * ratio, 1))
    found = franck_condon.lattice_weights(mode, 300, 0.1, -3000, 4000)
    if found is not None:
        other = tilted.lattice_weights(mode, 300, 0.1, -3000, 4000)
        around = np.maximum.reduce([np.roll(other, k) for k in range(-300, 301)])
        seen = (found > 0) & (other > 1e-9 * around)
        np.testing.assert_allclose(found[seen], other[seen], rtol=2e-5)
        assert found.sum() == pytest.approx(other.sum(), abs=1e-9)
    assert energy_mev < 25 or found is not None


@pytest.mark.parametrize("mode", [MODE, Mode(25, 0.2, 0.0, 27.0), Mode(10, 1.0, 0.0, 8.0), Mode(38, 0.0, 0.0, 30.0)])
@pytest.mark.parametrize("temperature_k", [1.0, 300.0])
def test_sum_rules(mode: Mode, temperature_k: float) -> None:
    weight = franck_condon.lattice_weights(mode, temperature_k, 1.0, -900, 1500)
    assert weight is not None
    x = np.arange(-900.0, 1501)
    mean, variance = cumulant.mean_and_variance(Coupling((mode,)), temperature_k)
    assert weight.sum() == pytest.approx(1, abs=1e-12)
    assert weight @ x == pytest.approx(mean, rel=1e-10, abs=1e-12)
    assert weight @ (x - mean) ** 2 == pytest.approx(variance, rel=1e-10)
    tilt = -0.5 / (1e3 * float(thermal_energy_ev(max(temperature_k, 100))))
    expected = cumulant.cumulant(tilt, Coupling((mode,)), temperature_k).real
    assert np.log(weight @ np.exp(tilt * x)) == pytest.approx(expected, abs=1e-11)


def test_without_a_change_they_are_pekars_lines() -> None:
    weight = franck_condon.lattice_weights(Mode(25, 0.3, 0.0, 25.0), 300, 25.0, -12, 9)
    assert weight is not None
    np.testing.assert_allclose(weight, pekar.line_weights(np.arange(-12, 10), 25, 0.3, 300), rtol=1e-11)
