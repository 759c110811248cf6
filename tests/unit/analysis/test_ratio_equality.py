"""What no interval of a ratio of yields holds: leaks, light that is filled in, what nobody stated."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.purity import purity_budget
from antistokes.analysis.ratio_equality import FILLED, equality, of_filled, of_leak, of_silence
from antistokes.analysis.yield_ratio import yield_ratio
from tests.unit.analysis.yield_bench import absorptance, absorption, emission, tail

UP_NM, DOWN_NM = 760.0, 480.0  # beyond the data and before them: no laser line is filled in
STATED = {"up_absorptance": (0.01, 1e-5), "down_absorptance": (0.7, 7e-4), "power_sd": 1e-3}


def draws(ratio, sd=0.005):
    return ratio * (1 + sd * np.random.default_rng(0).standard_normal(20_000))


def leak(share):
    """A leak that fakes this share of the light of the excitation itself."""
    flat = absorption(lambda nm: np.where(nm < 600, 0.5, -np.log10(0.99)), noise=1e-8)
    fraction = share * 0.01 / (1 - 10**-0.5)
    return purity_budget(flat, 660.0, contaminants={"pump": (500.0, fraction)})


@pytest.mark.parametrize(
    ("ratio", "share", "outcome"),
    [
        *((1.0, 0.01, "supports"), (1.0, 0.05, "inconclusive")),
        *((1.06, 0.03, "inconclusive"), (1.2, 0.03, "contradicts")),
        *((0.96, 0.03, "contradicts"), (0.96, 0.5, "contradicts")),  # less light of its own: further from 1 still
        *((1.04, 0.01, "inconclusive"), (1.06, 0.01, "contradicts")),
    ],
)
def test_a_leak_makes_the_ratio_too_high_and_never_too_low(ratio, share, outcome):
    (doubt,) = of_leak(leak(share))
    assert_allclose([doubt.low, doubt.high], [1 / (1 + share), 1.0], rtol=1e-3)
    found, words = equality(draws(ratio), 0.03, [doubt])
    assert found.outcome == outcome
    alone, _ = equality(draws(ratio), 0.03, [])
    assert bool(words) == (alone.outcome != outcome)
    assert of_leak(None) == []


@pytest.mark.parametrize(
    ("ratio", "power_sd", "outcome"),
    [
        *((1.0, 0.005, "supports"), (1.0, 0.0, "inconclusive"), (0.8, 0.0, "contradicts")),
        *((0.95, 0.0, "inconclusive"), (1.2, 0.0, "contradicts"), (1.06, 0.0, "inconclusive")),
    ],
)
def test_equality_is_not_shown_by_powers_that_nobody_vouches_for(ratio, power_sd, outcome):
    found, words = equality(draws(ratio), 0.03, of_silence(power_sd, 1e-4, (0.0, 0.0)))
    assert found.outcome == outcome
    assert any("no uncertainty of the powers is stated (power_sd)" in w for w in words) == (
        power_sd == 0 and outcome == "inconclusive"
    )


def test_a_baseline_that_nobody_stated_weighs_as_much_as_it_moves():
    """.001 of absorbance at an absorptance of .0228 is 9.9 %; stated absorptances owe none."""
    up, down = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    stated = yield_ratio(up, down, **STATED)
    assert stated.equal.outcome == "supports"
    thin = absorption(lambda nm: np.where(nm < 600, 0.5, 0.01), noise=1e-7)
    for ratio, outcome in ((1.0, "inconclusive"), (0.95, "inconclusive"), (0.7, "contradicts")):
        pair = emission(660.0, ratio * (1 - 10**-0.01)), emission(DOWN_NM, 1 - 10**-0.5)
        found = yield_ratio(*pair, thin, power_sd=1e-3)
        assert found.equal.outcome == outcome
        assert any("(baseline_sd)" in w and "left open" in w for w in found.warnings) == (outcome == "inconclusive")
        assert yield_ratio(*pair, thin, power_sd=1e-3, baseline_sd=1e-6).equal.outcome != "inconclusive"


# light that is missing, and light that is filled in


def ended(ds, last_nm):
    nm = data.wavelength_and_energy(ds)[0]
    return ds.isel({data.spectral_axis(ds): nm < last_nm})


@pytest.mark.parametrize("last_nm", [655.0, 650.0, 645.0])
def test_a_spectrum_that_ends_early_is_completed(last_nm):
    """Left as it is the ratio would be .980, .948, .870."""
    up, down = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    found = yield_ratio(ended(up, last_nm), down, **STATED)
    assert_allclose(found.ratio.value, 1.0, rtol=1e-3)
    assert any(w.startswith("up ends at 6") and "state cut_nm" in w for w in found.warnings)
    whole = yield_ratio(up, down, **STATED)
    assert not any("up ends" in w or "replaced" in w for w in whole.warnings)
    dark = yield_ratio(ended(up, 700.0), down, **STATED)
    assert not any("up ends" in w for w in dark.warnings)  # 1e-4 of the light lies beyond


def test_much_light_that_is_filled_in_leaves_equality_open():
    """Half of the light and more from the other spectrum: its shape there is believed, not measured."""
    up, down = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    little = yield_ratio(up, down, cut_nm=645.0, **STATED)
    assert little.equal.outcome == "supports" and not any("of its light is filled in" in w for w in little.warnings)
    much = yield_ratio(up, down, cut_nm=632.6, **STATED)
    assert any("up: 50% of its light is filled in from down" in w for w in much.warnings)
    assert much.equal.outcome == "inconclusive" and any("left open" in w for w in much.warnings)
    third = yield_ratio(emission(UP_NM, 0.0033), down, cut_nm=632.6, **STATED)
    assert third.equal.outcome == "contradicts"  # all of that light wrong by half would not make it 1


def test_what_is_filled_in_counts_from_three_tenths_on():
    assert of_filled(FILLED) == []
    (doubt,) = of_filled(0.4)
    assert (doubt.low, doubt.high) == (0.8, 1.2)


@pytest.mark.parametrize("excitation_nm", [UP_NM, 660.0])
def test_a_filter_that_nobody_stated_leaves_equality_open(excitation_nm):
    """Dark from 645 nm on, with the laser line in the data and without: .88, by the interval alone different."""
    up, down = emission(excitation_nm, 0.01), emission(DOWN_NM, 0.7)
    nm = data.wavelength_and_energy(up)[0]
    dark = up.assign(signal=("energy", np.where(nm < 645.0, up["signal"], 0.0), up["signal"].attrs))
    found = yield_ratio(dark, down, **STATED)
    assert_allclose(found.ratio.value, 0.878, atol=0.005)
    assert any(w.startswith("up: the emission falls at 644 nm as behind a short-pass filter") for w in found.warnings)
    assert found.equal.outcome == "inconclusive" and any("light beyond" in w for w in found.warnings)
    assert yield_ratio(dark, down, cut_nm=644.0, **STATED).equal.outcome == "supports"
    half = dark.assign(signal=dark["signal"] / 2)
    assert yield_ratio(half, down, **STATED).equal.outcome == "contradicts"  # all of the light would not make it 1


def test_both_ends_open_are_told():
    up, down = (ended(emission(nm, a), 648.0) for nm, a in ((UP_NM, 0.01), (DOWN_NM, 0.7)))
    found = yield_ratio(up, down, **STATED)
    for name in ("up", "down"):
        assert any(w.startswith(f"{name}: the data end where the emission stands at ") for w in found.warnings)


# absorptances, stated and measured


def test_an_absorptance_that_contradicts_the_spectrum_is_told():
    up, down = emission(660.0, 0.01), emission(DOWN_NM, absorptance(DOWN_NM))
    given = {"down_absorptance": (float(absorptance(DOWN_NM)), 1e-3), "power_sd": 1e-3, "baseline_sd": 1e-4}
    off = yield_ratio(up, down, absorption(tail), up_absorptance=(0.01, 1e-4), **given)
    (said,) = (w for w in off.warnings if "contradicts the absorption spectrum" in w)
    sd = np.hypot(1e-4, np.log(10) * (1 - absorptance(660.0)) * 1e-4)
    assert (
        said.startswith("up: the stated absorptance, 0.01, ") and f"{(absorptance(660.0) - 0.01) / sd:.3g} st" in said
    )
    wide = yield_ratio(up, down, absorption(tail), up_absorptance=(0.01, 5e-3), **given)
    assert not any("contradicts the absorption" in w for w in wide.warnings)
    other = given | {"down_absorptance": (0.9, 1e-3)}
    two = yield_ratio(up, down, absorption(tail), up_absorptance=(float(absorptance(660.0)), 1e-4), **other)
    assert [w[:4] for w in two.warnings if "contradicts the absorption" in w] == ["down"]


def test_leaks_are_weighed_against_the_absorptance_that_is_stated():
    """By a spectrum whose noise hides the tail nothing could be said; and none that ends before it either."""
    up, down = emission(660.0, absorptance(660.0)), emission(DOWN_NM, absorptance(DOWN_NM))
    stated = {"up_absorptance": (float(absorptance(660.0)), 2e-4), "down_absorptance": float(absorptance(DOWN_NM))}
    leaked = {"contaminants": {"pump": (DOWN_NM, 1e-4)}}
    expected = 1e-4 * absorptance(DOWN_NM) / absorptance(660.0)
    noisy = absorption(tail, noise=5e-3, seed=1)
    for spectrum in (noisy, noisy.isel(wavelength=noisy["wavelength"].values < 630)):
        found = yield_ratio(up, down, spectrum, **stated, **leaked, power_sd=1e-3)
        assert_allclose(found.purity.faked_share.value, expected, rtol=0.05)
        assert found.purity.faked_share.high < 1.1 * expected and found.equal.outcome == "supports"
        assert found.purity.absorptance.how == "as stated"


def test_bare_absorptances_are_taken_as_exact_and_said_to_be():
    light = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    bare = yield_ratio(*light, up_absorptance=0.01, down_absorptance=(0.7, 1e-3), power_sd=1e-3)
    (said,) = (w for w in bare.warnings if "Taken as exact" in w)
    assert said.endswith("stray light, inner filter, linearity, absorptance, up.")


def test_no_advice_where_nothing_is_uncertain():
    """2e-4 of the light and nothing else: the largest of the sources is none to make smaller."""
    light = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    small = yield_ratio(*light, up_absorptance=(0.01, 5e-6), down_absorptance=(0.7, 1e-5))
    assert 0 < small.budget["all together"].value < 0.1 and small.says == ()
    large = yield_ratio(*light, up_absorptance=(0.01, 2e-5), down_absorptance=(0.7, 1e-5))
    assert large.says[0].startswith("Largest source: absorptance, up")
