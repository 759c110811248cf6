"""Unequal dots: sums by brute force, red shift and width of up-conversion, what shifts do to reciprocity."""

from __future__ import annotations

import numpy as np
import pytest

from antistokes.physics import dots, ensemble, lineshape
from antistokes.physics.coupling import Bath, Coupling, Mode
from antistokes.physics.ensemble import Ensemble, Shifts
from antistokes.physics.well import Layers
from antistokes.units import HC_EV_NM, FloatArray, thermal_energy_ev

SET_B = Coupling((Mode(25, 0.20, 1.2), Mode(38, 0.05, 1.5)), (Bath(11.5, 3.0),))
STATES = ((0.0, 1.0), (85.0, 0.45), (190.0, 0.9), (300.0, 1.6), (420.0, 2.5))
WEAK = Layers(0.13, 0.20, 0.13, 0.03, 0.1)
ENERGY = np.arange(1.80, 2.15, 2e-4)


def flask(shifts: Shifts) -> Ensemble:
    return Ensemble(1.9833, SET_B, 300.0, shifts, STATES)


def peak_and_width_nm(rate: FloatArray) -> tuple[float, float]:
    """Peak and full width at half maximum of photons per nm."""
    per_nm, wavelength = rate * ENERGY**2, HC_EV_NM / ENERGY
    at = int(np.argmax(per_nm))
    a, b, _ = np.polyfit(np.arange(-8, 9), per_nm[at - 8 : at + 9], 2)
    above = np.flatnonzero(per_nm > per_nm.max() / 2)
    rise, fall = slice(above[0] - 1, above[0] + 1), slice(above[-1], above[-1] + 2)
    red = np.interp(per_nm.max() / 2, per_nm[rise], wavelength[rise])
    blue = np.interp(-per_nm.max() / 2, -per_nm[fall], wavelength[fall])
    return HC_EV_NM / (ENERGY[at] - 2e-4 * b / (2 * a)), float(red - blue)


def test_sums_by_brute_force() -> None:
    shifts = ensemble.histogram_shifts([-10, 0, 25], [2, 3, 1])
    sample, at = flask(shifts), np.array([1.85, 1.95, 2.05])
    dots = [lineshape.cross_section(at - x / 1e3, 1.9833, SET_B, 300, STATES) / (at - x / 1e3) for x in (-10, 0, 25)]
    expected = at * (2 * dots[0] + 3 * dots[1] + dots[2]) / 6
    np.testing.assert_allclose(ensemble.cross_section(at, sample), expected, rtol=1e-6)
    absorbed = [
        sum(f * lineshape.absorption_kernel(1e3 * (1.88 - 1.9833) - x - d, SET_B, 300) for d, f in STATES)
        for x in (-10, 0, 25)
    ]
    weight = np.array([2, 3, 1]) * np.ravel(absorbed)
    np.testing.assert_allclose(ensemble.excited_weights(sample, 1.88), weight / weight.sum(), rtol=1e-9)


def test_one_dot_is_an_ensemble() -> None:
    sample = flask(ensemble.gaussian_shifts(0))
    expected = lineshape.photon_rate(ENERGY, 1.9833, SET_B, 300, STATES)
    np.testing.assert_allclose(ensemble.photon_rate(ENERGY, sample), expected, rtol=1e-7)
    one, other = ensemble.photon_rate(ENERGY, sample), ensemble.photon_rate(ENERGY, sample, 1.88)
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(("width_mev", "shift_nm"), [(3, 0.29), (6, 1.16), (10, 3.15), (15, 6.76)])
def test_gaussian_widths_shift_to_the_red_and_do_not_narrow(width_mev: float, shift_nm: float) -> None:
    sample = flask(ensemble.gaussian_shifts(width_mev))
    plain = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample))
    up = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample, HC_EV_NM / 660))
    assert up[0] - plain[0] == pytest.approx(shift_nm, abs=0.01)
    assert -0.01 < up[1] - plain[1] < 0.3


def test_a_gaussian_narrows_where_the_tail_curves() -> None:
    sample = flask(ensemble.gaussian_shifts(30))
    plain = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample))
    up = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample, HC_EV_NM / 660))
    assert (up[0] - plain[0], up[1] - plain[1]) == pytest.approx((20.0, -2.0), abs=0.15)


@pytest.mark.parametrize(
    ("edge_mev", "blue_tail_mev", "shift_nm", "narrower_nm"),
    [(2, 6, 0.80, 0.22), (2, 8, 1.15, 0.44), (2, 10, 1.50, 0.72), (3, 8, 1.31, 0.43)],
)
def test_a_blue_tail_shifts_to_the_red_and_narrows(
    edge_mev: float, blue_tail_mev: float, shift_nm: float, narrower_nm: float
) -> None:
    sample = flask(ensemble.exponential_shifts(edge_mev, blue_tail_mev, 401))
    plain = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample))
    up = peak_and_width_nm(ensemble.photon_rate(ENERGY, sample, HC_EV_NM / 660))
    assert up[0] - plain[0] == pytest.approx(shift_nm, abs=0.02)
    assert plain[1] - up[1] == pytest.approx(narrower_nm, abs=0.02)


@pytest.mark.parametrize("width_mev", [5.0, 12.0])
def test_gaussian_dots_have_the_apparent_temperature_of_gaussians(width_mev: float) -> None:
    """T_KS = T (1 + s_i^2/s_h^2), s_h^2 = 2 lambda kT, wherever one looks."""
    kt = 1e3 * float(thermal_energy_ev(300))
    sample = Ensemble(2.0, Coupling(slow_mev=20.0), 300.0, ensemble.gaussian_shifts(width_mev, 241))
    energy = np.linspace(1.92, 2.08, 33)
    ratio = ensemble.photon_rate(energy, sample) / (energy**2 * ensemble.cross_section(energy, sample))
    slope = np.polyfit(energy, np.log(ratio), 1)[0]
    expected = 300 * (1 + width_mev**2 / (2 * 20.0 * kt))
    assert -1e3 / slope * 300 / kt == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("width_mev", "kernels_k", "spectra_k"),
    [(3, 302.6, 302.5), (10, 328.1, 327.2), (20, 402.4, 399.0), (30, 509.5, 503.1)],
)
def test_apparent_temperature_with_its_window(width_mev: float, kernels_k: float, spectra_k: float) -> None:
    """Least squares where both bands exceed 5 % of their (first) maxima: sigma/E and R/E^3, or sigma and R."""
    energy = np.arange(1.75, 2.3, 5e-4)
    sample = flask(ensemble.gaussian_shifts(width_mev, 41))._replace(engine="tilted")
    sigma, rate = ensemble.cross_section(energy, sample), ensemble.photon_rate(energy, sample)
    for absorbed, emitted, expected in ((sigma / energy, rate / energy**3, kernels_k), (sigma, rate, spectra_k)):
        tops = np.flatnonzero((absorbed[1:-1] > absorbed[:-2]) & (absorbed[1:-1] >= absorbed[2:])) + 1
        window = (absorbed > 0.05 * absorbed[tops[0]]) & (emitted > 0.05 * emitted.max())
        slope = np.polyfit(energy[window], np.log(rate / (energy**2 * sigma))[window], 1)[0]
        assert -1 / (8.617333262e-5 * slope) == pytest.approx(expected, rel=0.003)


def test_distributions_are_what_they_say() -> None:
    for shifts, variance in ((ensemble.gaussian_shifts(7), 49), (ensemble.exponential_shifts(3, 8), 9 + 64)):
        assert shifts.weight.sum() == pytest.approx(1)
        assert shifts.weight @ shifts.shift_mev == pytest.approx(0, abs=0.02)
        assert shifts.weight @ shifts.shift_mev**2 == pytest.approx(variance, rel=2e-3)
    skew = ensemble.exponential_shifts(3, 8)
    assert skew.weight @ skew.shift_mev**3 > 0


def test_sizes_become_shifts_of_their_transitions() -> None:
    diameters, counts = [3.0, 3.5, 4.2, 3.5], [2, 3, 1, 4]
    energy = np.array([dots.transition(d / 2, 1.0).energy_ev for d in (4.2, 3.5, 3.0)])
    weight = np.array([1, 7, 2]) / 10
    shifts = ensemble.size_shifts(diameters, counts, 1.0)
    assert ensemble.size_mean_ev(diameters, counts, 1.0) == pytest.approx(weight @ energy, rel=1e-12)
    np.testing.assert_allclose(shifts.shift_mev, 1e3 * (energy - weight @ energy), atol=1e-9)
    np.testing.assert_allclose(shifts.weight, weight)


@pytest.mark.parametrize("shell_nm", [0.0, 1.0])
def test_many_sizes_take_a_spline_and_bins(shell_nm: float) -> None:
    rng = np.random.default_rng(0)
    diameters = np.concatenate([[2.0, 8.0], rng.uniform(2, 8, 9998)])
    found = ensemble.size_energies_ev(diameters, shell_nm)
    exact = np.array([dots.transition(d / 2, shell_nm).energy_ev for d in diameters[:100]])
    np.testing.assert_allclose(found[:100], exact, atol=1e-6)
    shifts = ensemble.size_shifts(diameters, np.ones(10_000), shell_nm)
    assert shifts.shift_mev.size <= 200
    assert np.all(np.diff(shifts.shift_mev) > 0)
    assert shifts.weight @ shifts.shift_mev == pytest.approx(0, abs=1e-9)
    step = 1e3 * np.ptp(found) / 200
    deviation = np.sqrt(shifts.weight @ shifts.shift_mev**2)
    assert deviation == pytest.approx(1e3 * found.std(), abs=step)


@pytest.mark.parametrize(
    ("sd_nm", "width_mev", "skewness", "shift_nm", "width_nm"),
    [(0.05, 4.2, 0.08, 0.55, 0.03), (0.10, 8.3, 0.17, 2.08, 0.01), (0.15, 12.6, 0.25, 4.26, -0.26)],
)
def test_a_gaussian_of_diameters_narrows_little(
    sd_nm: float, width_mev: float, skewness: float, shift_nm: float, width_nm: float
) -> None:
    x = np.linspace(-4, 4, 161)
    shifts = ensemble.size_shifts(3.5 + sd_nm * x, np.exp(-0.5 * x**2), 1.18)
    width = np.sqrt(shifts.weight @ shifts.shift_mev**2)
    assert width == pytest.approx(width_mev, abs=0.06)
    assert shifts.weight @ shifts.shift_mev**3 / width**3 == pytest.approx(skewness, abs=0.01)
    plain = peak_and_width_nm(ensemble.photon_rate(ENERGY, flask(shifts)))
    up = peak_and_width_nm(ensemble.photon_rate(ENERGY, flask(shifts), HC_EV_NM / 660))
    assert (up[0] - plain[0], up[1] - plain[1]) == pytest.approx((shift_nm, width_nm), abs=0.02)


def test_sizes_that_are_alike_are_one_dot() -> None:
    shifts = ensemble.size_shifts([3.5] * 4, [1] * 4, 1.0)
    assert (shifts.shift_mev.tolist(), shifts.weight.tolist()) == ([pytest.approx(0, abs=1e-9)], [pytest.approx(1)])
    assert ensemble.size_mean_ev([3.5] * 4, [1] * 4, 1.0) == pytest.approx(dots.transition(1.75, 1.0).energy_ev)


def test_the_slope_of_the_energy_is_what_a_width_of_sizes_makes() -> None:
    """A tenth of a nanometre on 3.5 nm: 8.3 meV under 3.5 monolayers, 15.4 meV without a shell."""
    x = np.linspace(-4, 4, 81)
    for shell, mev in ((1.18, 8.34), (0.0, 15.40)):
        shifts = ensemble.size_shifts(3.5 + 0.1 * x, np.exp(-0.5 * x**2), shell)
        assert np.sqrt(shifts.weight @ shifts.shift_mev**2) == pytest.approx(mev, abs=0.01)
        assert shifts.weight @ shifts.shift_mev**3 > 0  # small dots reach further to the blue


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ensemble.size_shifts([1.9, 3], [1, 1], 0), "cores of 2 to 8 nm; found a diameter of 1.9"),
        (lambda: ensemble.size_shifts([3, np.nan], [1, 1], 0), "found a diameter of nan"),
        (lambda: ensemble.size_shifts([3, 4], [1, -1], 0), "weights 0 or more"),
        (
            lambda: ensemble.size_shifts([3.5, 3.6], [1], 1.0),
            "diameter_nm and count must be of one length, found 2 and 1",
        ),
        (lambda: ensemble.size_shifts([3, 4], [1, 1], 0.01), "thinner than half an atomic plane"),
        (
            lambda: ensemble.size_shifts([2, 4], [1, 1], 0, dots.CDSE_CDS._replace(electron=WEAK)),
            "no electron is bound in a core of 1 nm",
        ),
        (lambda: ensemble.gaussian_shifts(-1), "a width must be 0 or more, found -1"),
        (lambda: ensemble.exponential_shifts(0, 5), "must be above 0, found 0 and 5"),
        (lambda: ensemble.histogram_shifts([1, 2], [1]), "finite rows of one length"),
        (lambda: ensemble.histogram_shifts([1, 2], [1, -1]), "weights 0 or more"),
        (lambda: ensemble.histogram_shifts([1], [0]), "weights 0 or more"),
        (
            lambda: ensemble.photon_rate(
                [1.9], Ensemble(2.0, Coupling(slow_mev=1.0), 20.0, ensemble.gaussian_shifts(1)), 1.2
            ),
            "no dot absorbs at 1.2 eV",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
