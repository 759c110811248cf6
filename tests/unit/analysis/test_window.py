import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes.analysis.bands import Band
from antistokes.analysis.window import Draws, Scan, crossings, efficiency, find_window

NM = np.arange(600.0, 701.0)


def rows(*curves):
    return np.array(curves)


def cross(smooth, noisy=None):
    """With twice the energy emitted, were there no background, ln(alpha/alpha_b) is 2 artanh f: straight around 0."""
    return crossings(NM, smooth, smooth if noisy is None else noisy, np.full(smooth.shape, 2.0))


# --- crossings


def test_crossings_of_a_parabola():
    f = rows(0.04 * (1 - ((NM - 640) / 20.5) ** 2))
    blue, red, best, top = cross(f)[:, 0]
    assert (best, top) == (640.0, 0.04)
    assert_allclose([blue, red], [619.5, 660.5], atol=0.02)  # a straight line between samples 1 nm apart


def test_no_window_has_a_largest_efficiency_below_zero():
    f = rows(-0.01 - ((NM - 640) / 100) ** 2)
    _, _, best, top = cross(f)[:, 0]
    assert best == 640.0 and top == pytest.approx(-0.01)


def test_a_window_that_the_data_do_not_close():
    f = rows((NM - 620.5) / 1e3, (679.5 - NM) / 1e3)
    found = cross(f)
    assert_allclose(found[:2, 0], [620.5, np.inf])
    assert_allclose(found[:2, 1], [-np.inf, 679.5])
    assert found[2].tolist() == [700.0, 600.0]


def test_a_real_dip_ends_the_window():
    """A second maximum, lower than the first, beyond a dip of the smooth curve: not part of the window."""
    f = rows(0.05 * np.exp(-0.5 * ((NM - 630) / 6) ** 2) + 0.03 * np.exp(-0.5 * ((NM - 670) / 6) ** 2) - 0.01)
    blue, red = cross(f)[:2, 0]
    half = 6 * np.sqrt(2 * np.log(5))
    assert_allclose([blue, red], [630 - half, 630 + half], atol=0.1)


def test_the_noise_of_a_far_tail_begins_no_window():
    """The tail hovers just below zero in noise as large as the maximum."""
    rng = np.random.default_rng(0)
    smooth = np.where(NM < 650, 0.02 * (1 - ((NM - 630) / 20) ** 2), -0.002 * (NM - 650))
    noise = np.where(NM > 655, 0.03, 0.0) * rng.standard_normal((300, NM.size))
    found = cross(np.broadcast_to(smooth, noise.shape), smooth + noise)
    assert_allclose(np.median(found[1]), 650.0, atol=0.5)
    assert np.mean(found[1] > 670) < 0.01


def test_noise_of_a_row_moves_its_edges_with_little_bias():
    """Below .1 s.d., of which the bend of the parabola has .04; the mean of 4000 rows is known to .016 s.d."""
    rng = np.random.default_rng(0)
    smooth = np.broadcast_to(0.02 * (1 - ((NM - 640) / 20.5) ** 2), (4000, NM.size))
    found = cross(smooth, smooth + 0.004 * rng.standard_normal(smooth.shape))
    for edge, truth in zip(found[:2], (619.5, 660.5), strict=True):
        assert abs(edge.mean() - truth) < 0.1 * edge.std()


@pytest.mark.parametrize("first_nm", [600.0, 601.3, 602.9])
def test_the_red_edge_of_an_exponential_tail_is_exact_on_a_coarse_grid(first_nm):
    """C alpha/(alpha + b) - 1 = 0 where alpha (C - 1) = b; a straight line in the efficiency would be .2 nm off."""
    x = np.arange(first_nm, 701.0, 4.0)
    ideal = np.full((1, x.size), 1.05)
    share = 1 / (1 + 1e-3 * np.exp((x - 600) / 10))
    f = ideal * share - 1
    red = 600 + 10 * np.log(0.05 / 1e-3)
    assert_allclose(crossings(x, f, f, ideal)[1, 0], red, atol=1e-9)


def test_without_background_nothing_ends_the_window():
    ideal = rows(NM / 620.0)
    assert crossings(NM, ideal - 1, ideal - 1, ideal)[1, 0] == np.inf


def test_where_noise_takes_all_absorption_the_efficiency_is_below_zero():
    """A sample that absorbs nothing (or less) ends the window between it and its neighbour."""
    ideal = rows(NM / 620.0)
    smooth = np.where(NM < 660.5, ideal - 1, -1.0)
    for lost in (-1.0, -1.5):  # absorbed share of 0 and below
        _, red, _, _ = crossings(NM, smooth, np.where(NM < 660.5, smooth, lost), ideal)[:, 0]
        assert 660 <= red <= 661


# --- efficiency and window


def test_efficiency_by_hand():
    energy, alpha = np.array([2.0, 1.9]), np.array([3.0, 1.0])
    d = Draws(np.array([1.0, 0.9]), np.array([0.0, 1.0]), np.array([2.0, 1.95]))
    expected = [[0.0, 2.0 / 1.9 - 1], [0.9 * 0.75 * 1.95 / 2.0 - 1, 0.9 * 0.5 * 1.95 / 1.9 - 1]]
    assert_allclose(efficiency(energy, alpha, d), expected, rtol=1e-14)
    assert_allclose(efficiency(energy, np.stack([alpha, alpha]), d), expected, rtol=1e-14)


def scan(alpha, sd=0.0, mean_nm=630.0):
    energy = 1240.0 / NM
    band = Band(energy, NM, "vacuum", alpha, np.full(NM.size, sd), np.empty((0, NM.size)), "cm^-1", "a.csv", ())

    def noise(rng, n):
        drawn = band.draws(rng, n)
        return drawn, drawn  # nothing is smoothed

    return Scan(band, alpha, noise, 1240.0 / mean_nm, 0.0, True)


def constant(n, external_yield, background, mean_ev=1240.0 / 630):
    return Draws(np.full(n, external_yield), np.full(n, background), np.full(n, mean_ev))


def test_window_without_uncertainty():
    """alpha = exp(-(x-630)/8), background 1e-3, yield 1: alpha/(alpha + b) x/630 = 1 at both edges."""
    alpha = np.exp(-(NM - 630) / 8)
    window = find_window(scan(alpha), constant(50, 0.99, 1e-3), np.random.default_rng(0), 0.95)
    fine = np.arange(600, 700, 1e-3)
    eta = 0.99 * fine / 630 / (1 + 1e-3 * np.exp((fine - 630) / 8)) - 1
    truth = fine[eta > 0][[0, -1]]
    for edge, value in zip((window.blue_edge_nm, window.red_edge_nm), truth, strict=True):
        assert_allclose([edge.value, edge.low, edge.high], value, atol=0.03)  # samples 1 nm apart
        assert edge.kind == "value"
    assert window.probability == 1.0
    assert_allclose(window.best_efficiency.value, eta.max(), atol=1e-4)
    assert_allclose(window.best_nm.value, fine[eta.argmax()], atol=0.5)
    assert_allclose(window.high - window.low, 0.0, atol=0)


def test_without_background_the_red_edge_is_a_lower_limit():
    window = find_window(scan(np.exp(-(NM - 630) / 8)), constant(50, 0.99, 0.0), np.random.default_rng(0), 0.95)
    assert window.red_edge_nm.kind == "lower limit" and window.red_edge_nm.value == 700.0
    assert window.best_nm.value == 700.0
    assert_allclose(window.blue_edge_nm.value, 630 / 0.99, atol=1e-3)


def test_where_the_data_begin_inside_the_window_the_blue_edge_is_an_upper_limit():
    d = constant(50, 1.0, 1e-2, mean_ev=1240.0 / 590)
    window = find_window(scan(np.exp(-(NM - 630) / 8), mean_nm=590.0), d, np.random.default_rng(0), 0.95)
    assert window.blue_edge_nm.kind == "upper limit" and window.blue_edge_nm.value == 600.0


def test_share_of_draws_with_a_window():
    d = Draws(np.repeat([0.5, 1.0], [30, 70]), np.full(100, 1e-3), np.full(100, 1240.0 / 630))
    window = find_window(scan(np.exp(-(NM - 630) / 8)), d, np.random.default_rng(0), 0.95)
    assert window.probability == 0.7
    assert window.low.max() < 0 < window.high.max()


def test_the_largest_efficiency_is_that_of_the_smoothed_draws():
    """Raw noise moves the curve's interval, smoothed noise the maximum."""
    alpha = np.exp(-(NM - 630) / 8)
    base = scan(alpha, sd=1e-4)

    def noise(rng, n):
        drawn = base.band.draws(rng, n)
        return drawn, 0.0 * drawn

    d = constant(200, 0.99, 1e-3)
    calm, rough = (find_window(s, d, np.random.default_rng(0), 0.95) for s in (base._replace(noise=noise), base))
    assert calm.best_efficiency.sd < 1e-12 < 1e-6 < rough.best_efficiency.sd
    assert_allclose(calm.high - calm.low, rough.high - rough.low, atol=0)
    assert np.ptp(calm.high - calm.low) > 0


def test_no_window_no_edges():
    window = find_window(scan(np.exp(-(NM - 630) / 8)), constant(50, 0.5, 1e-3), np.random.default_rng(0), 0.95)
    assert window.blue_edge_nm is None and window.red_edge_nm is None and window.probability == 0.0


def test_blocks_do_not_change_the_answer(monkeypatch):
    """Draws are worked through in blocks of bounded size."""
    d = Draws(np.linspace(0.97, 1.0, 64), np.full(64, 1e-3), np.full(64, 1240.0 / 630))
    one = find_window(scan(np.exp(-(NM - 630) / 8), sd=1e-4), d, np.random.default_rng(0), 0.95)
    monkeypatch.setattr("antistokes.analysis.window.BLOCK_SIZE", 500)
    many = find_window(scan(np.exp(-(NM - 630) / 8), sd=1e-4), d, np.random.default_rng(0), 0.95)
    assert one.red_edge_nm == many.red_edge_nm
    assert_allclose(one.low, many.low, atol=0)
