"""Lines on a lattice: the recursion, its digits in the far tail, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import coupling as couplings
from antistokes.physics import cumulant, panjer, panjer_kernel, pekar, tilted
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.units import thermal_energy_ev
from tests.unit.physics import saddle_oracle

THREE = (Mode(3.1, 0.8), Mode(25.9, 0.2), Mode(37.6, 0.06))
SMOOTH = Coupling((Mode(25, 0.2, 1.2), Mode(38, 0.05, 1.5)), (Bath(11.5, 3.0),))


def kt_mev(temperature_k: float) -> float:
    return 1e3 * float(thermal_energy_ev(temperature_k))


def test_the_compiled_recursion_is_the_array_form() -> None:
    index, factor = couplings.snapped_modes(SMOOTH, 0.5)
    rate = 3 * factor
    expected = np.zeros(900)
    expected[0] = np.exp(-rate.sum())
    for i in range(1, 900):
        inside = index <= i
        expected[i] = (index[inside] * rate[inside]) @ expected[i - index[inside]] / i
    np.testing.assert_allclose(panjer.compound_poisson(index, rate, 900), expected, rtol=1e-12)


@pytest.mark.parametrize(("wanted", "terms"), [(1, 1), (5, 1), (7, 3), (1000, 400)])
def test_compiled_sums_are_those_of_arrays(wanted: int, terms: int) -> None:
    rng = np.random.default_rng(wanted)
    long, short = rng.random(wanted + terms - 1), rng.random(terms)
    expected = np.correlate(long, short, "valid")
    np.testing.assert_allclose(panjer_kernel.correlate(long, short), expected, rtol=1e-13)
    np.testing.assert_allclose(panjer_kernel.products(np.arange(wanted), long, short), expected, rtol=1e-13)


def test_the_gaussian_by_recurrence_is_the_gaussian_by_table() -> None:
    rng = np.random.default_rng(3)
    weight, x = rng.random(400), 100 + rng.uniform(0, 200, 30)
    place = np.rint(x).astype(np.int64)
    table = np.exp(-0.5 * (0.07 * np.arange(90)) ** 2)
    expected = [
        sum(weight[p + k] * np.exp(-0.5 * (0.07 * (p + k - at)) ** 2) for k in range(-89, 90))
        for p, at in zip(place, x, strict=True)
    ]
    np.testing.assert_allclose(panjer_kernel.smear(place, x - place, weight, table, 0.07), expected, rtol=1e-12)


def test_it_is_a_distribution() -> None:
    p = panjer.compound_poisson(np.array([3, 7]), np.array([2.0, 0.5]), 400)
    k = np.arange(400)
    assert p.sum() == pytest.approx(1, abs=1e-13)
    assert p @ k == pytest.approx(9.5, rel=1e-13)
    assert p @ (k - 9.5) ** 2 == pytest.approx(9 * 2 + 49 * 0.5, rel=1e-12)


@pytest.mark.parametrize("temperature_k", [1.0, 80.0, 300.0])
@pytest.mark.parametrize("huang_rhys", [0.05, 1.5])
def test_one_mode_is_pekars_progression(temperature_k: float, huang_rhys: float) -> None:
    weight = panjer.lattice_weights(Coupling((Mode(25, huang_rhys),)), temperature_k, 25, -14, 16)
    expected = pekar.line_weights(np.arange(-14, 17), 25, huang_rhys, temperature_k)
    kept = expected > 1e-290
    np.testing.assert_allclose(weight[kept], expected[kept], rtol=1e-12)
    assert np.all(weight[~kept] < 1e-289)


@pytest.mark.parametrize("temperature_k", [1.0, 80.0, 300.0])
@pytest.mark.parametrize("modes", [THREE, (*THREE, Mode(20, 0.3, 0.0, 17.0))])
def test_area_mean_and_variance(temperature_k: float, modes: tuple[Mode, ...]) -> None:
    coupling = Coupling(modes)
    x = 0.1 * np.arange(-6000, 7001)
    weight = panjer.lattice_weights(coupling, temperature_k, 0.1, -6000, 7000)
    mean, variance = cumulant.mean_and_variance(coupling, temperature_k)
    assert weight.sum() == pytest.approx(1, abs=1e-10)
    assert weight @ x == pytest.approx(mean, rel=1e-10)
    assert weight @ (x - mean) ** 2 == pytest.approx(variance, rel=1e-10)


def test_a_line_in_the_far_tail_keeps_its_digits() -> None:
    """17 and 18 decades below the strongest line at 80 K; against a sum over all ways to make it, in 40 digits."""
    energy, factor = np.array([25.9, 37.6]), np.array([0.2, 0.06])
    weight = panjer.lattice_weights(Coupling(THREE[1:]), 80, 0.1, -3000, 500)
    for index in (-6 * 259, -4 * 259 - 2 * 376, -3 * 259 + 376, 0, 259):
        expected = saddle_oracle.line_weight(index, 0.1, energy, factor, kt_mev(80))
        assert weight[index + 3000] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("temperature_k", "depth"), [(80, -260), (80, -150), (284, -380), (284, -120), (400, -30)])
def test_against_quadrature(temperature_k: float, depth: float) -> None:
    coupling = Coupling(THREE, slow_mev=32 / kt_mev(temperature_k))
    found = panjer.density(np.array([depth]), coupling, temperature_k, 0.1)[0]
    energy, factor = couplings.sharp_modes(coupling)
    expected = saddle_oracle.density(depth, energy, factor, coupling.slow_mev, temperature_k)
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("depth", [-310.0, 40.0])
def test_a_snapped_bath_against_quadrature(depth: float) -> None:
    coupling = SMOOTH._replace(slow_mev=1.0)
    index, factor = couplings.snapped_modes(coupling, 0.6)
    found = panjer.density(np.array([depth]), coupling, 300, 0.6)[0]
    expected = saddle_oracle.density(depth, 0.6 * index, factor, 1.0, 300, period_mev=1600)
    assert found == pytest.approx(expected, rel=1e-10)


def test_how_faint_the_quadrature_goes() -> None:
    """The tests above reach below 1e-24 of the peak."""
    coupling = Coupling(THREE, slow_mev=32 / kt_mev(80))
    tail, peak = panjer.density(np.array([-260.0, 0.0]), coupling, 80, 0.1)
    assert tail / peak < 1e-24


def test_points_between_the_lines_of_the_lattice() -> None:
    coupling = Coupling(THREE, slow_mev=1.3)
    x = np.array([-200.0333, -100.05, -0.001, 33.3333])
    energy, factor = couplings.sharp_modes(coupling)
    expected = [saddle_oracle.density(v, energy, factor, 1.3, 284) for v in x.tolist()]
    np.testing.assert_allclose(panjer.density(x, coupling, 284, 0.1), expected, rtol=1e-10)


def test_a_smooth_kernel_needs_no_slow_bath() -> None:
    """Interpolation between lines: a lattice twice as fine gives the same, but for what snapping changes."""
    x = np.array([-150.03, -60.07, 0.02, 33.33])
    coarse, fine = (panjer.density(x, SMOOTH, 300, step) for step in (0.1, 0.05))
    np.testing.assert_allclose(coarse, fine, rtol=1e-4)


@pytest.mark.parametrize(
    ("coupling", "asked", "step"),
    [
        (Coupling((Mode(25.9, 0.2), Mode(37.6, 0.1))), 0.1, 0.1),
        (Coupling((Mode(25.95, 0.2),)), 0.1, 0.05),
        (Coupling((Mode(25.9, 0.2, 0.0, 24.33),)), 0.1, 0.01),
        (Coupling((Mode(25, 0.2),)), 1.0, 1.0),
        (Coupling(baths=(Bath(5, 3),), slow_mev=1e-4), 0.1, 0.1 / 2),
    ],
)
def test_the_lattice_is_refined_where_it_must(coupling: Coupling, asked: float, step: float) -> None:
    assert panjer.lattice_for(coupling, 300, asked) == pytest.approx(step)


@pytest.mark.parametrize(
    ("coupling", "lattice_mev", "said"),
    [
        (Coupling((Mode(25.9876543, 0.2),)), 0.1, "on no lattice between 0.1 and 0.01.*width_mev.*engine='tilted'"),
        (SMOOTH, 1.0, "too coarse for a mode or bath 1.2 meV wide: pass lattice_mev=0.3"),
        (SMOOTH, 0.0, "lattice_mev must be 0.01 meV or more, not 0.0"),
        (SMOOTH, np.inf, "lattice_mev must be 0.01 meV or more, not inf"),
        (Coupling(baths=(Bath(300, 3),)), 0.1, "phonons in the mean.*below the floor.*engine='tilted'.*slow_mev"),
        (Coupling(THREE), 0.1, "lines, not a density.*slow_mev.*lineshape.lines"),
        (Coupling((Mode(25, 0.2, 1.2),), (Bath(0.5, 3),)), 0.1, "a sharp .zero-phonon. line is left at -?0.00 meV"),
        (Coupling(THREE, slow_mev=1), 1e-4, "lattice_mev must be 0.01 meV or more"),
    ],
)
def test_what_it_refuses_names_what_serves(coupling: Coupling, lattice_mev: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        panjer.density(np.linspace(-100, 100, 21), coupling, 300, lattice_mev)


@pytest.mark.parametrize(
    ("modes", "temperature_k", "line", "expected"),
    [
        (((224, 0.497), (361, 0.1975), (240, 1.335e-4)), 300, 53, 1.39e-28),
        (((117, 0.3982), (174, 0.9458), (268, 2.2655)), 400, 273, 4.665e-24),
        (((25, 0.884), (41, 0.081)), 80, 238, 3.6e-51),
        (((56, 6.08), (19, 0.0129)), 1.8, 37, 1.12e-57),
    ],
)
def test_a_faint_line_between_strong_ones(
    modes: tuple[tuple[float, float], ...], temperature_k: float, line: int, expected: float
) -> None:
    """Nothing covers it, so nothing may be left out: sums over all ways to make it, done by others."""
    coupling = Coupling(tuple(Mode(w, s) for w, s in modes))
    weight = panjer.lattice_weights(coupling, temperature_k, 1.0, line, line)[0]
    assert weight == pytest.approx(expected, rel=0.02)


LOW = [Mode(2, 1.0, 0.0, 1.8), Mode(3, 0.8, 0.0, 2.5), Mode(5, 0.1, 0.0, 3.5), Mode(6, 0.1, 0.0, 4.2)]


@pytest.mark.parametrize("mode", [*LOW, Mode(6, 0.2, 0.0, 12.0), Mode(25, 1e-4, 0.0, 24.9), Mode(10, 2, 0.0, 10.5)])
@pytest.mark.parametrize("temperature_k", [80.0, 400.0])
def test_modes_that_change_their_energy_against_transforms(mode: Mode, temperature_k: float) -> None:
    coupling = Coupling((mode, Mode(25, 0.2)), slow_mev=64 / (2 * kt_mev(temperature_k)))
    x = np.linspace(-250, 150, 81)
    found = panjer.density(x, coupling, temperature_k, 0.1)
    np.testing.assert_allclose(found, tilted.density(x, coupling, temperature_k), rtol=2e-9)


def test_two_modes_that_change_their_energy() -> None:
    coupling = Coupling((Mode(11, 0.3, 0.0, 7.0), Mode(42, 0.19, 0.0, 49.0)), slow_mev=9.27)
    x = np.linspace(-300, 200, 51)
    np.testing.assert_allclose(panjer.density(x, coupling, 600, 0.1), tilted.density(x, coupling, 600), rtol=2e-9)


def test_below_what_a_number_holds_there_is_nothing_and_above_it_all() -> None:
    coupling = Coupling((Mode(25, 0.2),), slow_mev=2.0)
    faint, none = panjer.density(np.array([-250.0, -4500.0]), coupling, 80, 0.1)
    assert 0 < faint < 1e-30
    assert none == 0
    assert panjer.density(np.array([-140.0]), Coupling(slow_mev=2.0), 80, 0.1)[0] == pytest.approx(
        tilted.density(np.array([-140.0]), Coupling(slow_mev=2.0), 80)[0], rel=1e-9
    )


def test_a_smooth_kernel_is_nothing_beyond_its_ends() -> None:
    found = panjer.density(np.array([-4500.0, 0.0]), SMOOTH, 300, 0.1)
    assert found[0] == 0
    assert found[1] > 0.001
