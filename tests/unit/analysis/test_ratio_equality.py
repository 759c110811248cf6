"""What no interval of a ratio of yields holds: leaks, light that is filled in, what nobody stated."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

from antistokes import data
from antistokes.analysis.purity import purity_budget
from antistokes.analysis.ratio_ends import is_level
from antistokes.analysis.ratio_equality import FILLED, Doubt, equality
from antistokes.analysis.ratio_open import of_filled, of_leak, of_powers
from antistokes.analysis.yield_ratio import yield_ratio
from tests.unit.analysis.yield_bench import absorptance, absorption, emission, tail

UP_NM, DOWN_NM = 760.0, 480.0  # beyond the data and before them: no laser line is filled in
STATED = {
    "up_absorptance": (0.01, 1e-5),
    "down_absorptance": (0.7, 7e-4),
    "power_sd": 1e-3,
    "geometry": "front-face",
}


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
    found, words = equality(draws(ratio), 0.03, of_powers(power_sd))
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
        found = yield_ratio(*pair, thin, power_sd=1e-3, geometry="front-face")
        assert found.equal.outcome == outcome
        assert any("(baseline_sd)" in w and "left open" in w for w in found.warnings) == (outcome == "inconclusive")
        vouched = yield_ratio(*pair, thin, power_sd=1e-3, baseline_sd=1e-6, geometry="front-face")
        assert vouched.equal.outcome != "inconclusive"


def test_a_baseline_lower_than_measured_weighs_more_than_one_that_is_higher():
    """.68 at an absorbance of .003: with .001 less of it the same light makes 1.02."""

    def found(ratio, moved=0.0, **options):
        thin = absorption(lambda nm: np.where(nm < 600, 0.5, 0.003) + moved, noise=1e-8)
        light = emission(660.0, ratio * (1 - 10**-0.003)), emission(DOWN_NM, 1 - 10**-0.5)
        return yield_ratio(*light, thin, power_sd=1e-3, geometry="front-face", **options)

    assert_allclose(found(0.68, -1e-3, baseline_sd=1e-7).ratio.value, 1.018, atol=2e-3)
    assert found(0.68).equal.outcome == "inconclusive"
    assert found(0.5).equal.outcome == "contradicts"


def test_doubts_count_together():
    """Powers 5 % and a baseline of .001 off: 1.16 is 1.007, though neither alone makes it so; a leak and powers."""
    thin = absorption(lambda nm: np.where(nm < 600, 0.5, 0.01), noise=1e-7)
    pair = emission(660.0, 1.16 * (1 - 10**-0.01)), emission(DOWN_NM, 1 - 10**-0.5)
    given = {"geometry": "front-face", "power_sd": 1e-3, "baseline_sd": 1e-6}
    for left_out, outcome in ((["power_sd"], "contradicts"), (["baseline_sd"], "contradicts")):
        stated = {k: v for k, v in given.items() if k not in left_out}
        assert yield_ratio(*pair, thin, **stated).equal.outcome == outcome
    both = yield_ratio(*pair, thin, geometry="front-face")
    assert both.equal.outcome == "inconclusive"
    (said,) = (w for w in both.warnings if "left open" in w)
    assert "(power_sd)" in said and "(baseline_sd)" in said and said.endswith("(all together).")
    leaked = [Doubt("a leak", 1 / 1.04, 1.0), *of_powers(0.0)]
    assert equality(draws(1.1), 0.03, leaked)[0].outcome == "inconclusive"
    assert equality(draws(1.1), 0.03, leaked[:1])[0].outcome == "contradicts"
    assert equality(draws(1.1), 0.03, leaked[1:])[0].outcome == "contradicts"
    assert equality(draws(0.9), 0.03, leaked[:1])[0].outcome == "contradicts"
    assert equality(draws(0.9), 0.03, [Doubt("no upper end", 1.0, np.inf)])[0].outcome == "inconclusive"
    assert equality(draws(1.1), 0.03, [Doubt("no upper end", 1.0, np.inf)])[0].outcome == "contradicts"


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


def dark_from(ds, at_nm, width_nm=0.0):
    """Light behind a short-pass filter, sharp or blurred."""
    nm = data.wavelength_and_energy(ds)[0]
    passed = expit((at_nm - nm) / width_nm) if width_nm else nm < at_nm
    return ds.assign(signal=(data.spectral_axis(ds), ds["signal"].values * passed, ds["signal"].attrs))


@pytest.mark.parametrize("excitation_nm", [UP_NM, 660.0])
def test_a_filter_that_nobody_stated_leaves_equality_open(excitation_nm):
    """Dark from 645 nm on, with the laser line in the data and without: left so .88; 37 % are filled in."""
    up, down = emission(excitation_nm, 0.01), emission(DOWN_NM, 0.7)
    dark = dark_from(up, 645.0)
    found = yield_ratio(dark, down, **STATED)
    assert_allclose(found.ratio.value, 1.0, atol=1e-3)
    assert any(w.startswith("up has less than half of the light of down beyond 64") for w in found.warnings)
    assert found.equal.outcome == "inconclusive" and any("left open" in w for w in found.warnings)
    assert yield_ratio(dark, down, cut_nm=644.0, **STATED).equal.outcome == "supports"
    half = dark.assign(signal=dark["signal"] / 2)
    assert yield_ratio(half, down, **STATED).equal.outcome == "contradicts"  # all of the light would not make it 1


def test_dark_from_650_nm_on_is_as_ended_there():
    """An edge far out in the wing is seen by what the other spectrum has there; left so the ratio would be .951."""
    up, down = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    dark, short = (yield_ratio(ds, down, **STATED) for ds in (dark_from(up, 650.0), ended(up, 650.0)))
    assert_allclose([dark.ratio.value, short.ratio.value], 1.0, rtol=1e-3)
    assert dark.equal.outcome == short.equal.outcome == "supports"
    assert any("is filled in from 64" in w and "State cut_nm" in w for w in dark.warnings)


@pytest.mark.parametrize(("at_nm", "width_nm"), [(645.0, 2.0), (640.0, 3.0), (640.0, 5.0), (650.0, 5.0), (655.0, 5.0)])
def test_a_blurred_filter_is_never_a_difference(at_nm, width_nm):
    """Left so .87, .74, .71, .90, .95; it takes light already where it is filled in from."""
    up, down = emission(UP_NM, 0.01), emission(DOWN_NM, 0.7)
    found = yield_ratio(dark_from(up, at_nm, width_nm), down, **STATED)
    assert found.equal.outcome == "inconclusive"
    assert any("as behind a filter that is not stated" in w for w in found.warnings)


@pytest.mark.parametrize("centre_ev", [1.955, 1.965])
def test_a_band_that_is_moved_is_not_taken_for_a_filtered_one(centre_ev):
    found = yield_ratio(emission(UP_NM, 0.01, centre_ev=centre_ev), emission(DOWN_NM, 0.7), **STATED)
    assert found.equal.outcome == "supports"
    assert not any("filled in" in w for w in found.warnings)


def test_what_cannot_be_filled_in_is_a_doubt_and_no_error():
    """Steps of 16 meV: fewer samples are shared than the fit asks for."""
    found = []
    for ratio in (1.0, 0.5):
        light = ended(emission(UP_NM, 0.01 * ratio), 652.0), emission(DOWN_NM, 0.7)
        found.append(yield_ratio(*(ds.isel(energy=slice(0, None, 8)) for ds in light), **STATED))
    assert any(w.startswith("up ends at 6") and "could not be filled in: " in w for w in found[0].warnings)
    assert [f.equal.outcome for f in found] == ["inconclusive", "contradicts"]


def test_level_light_beyond_an_end_is_a_background_and_not_filled_in():
    """.1 % of the maximum left under the other spectrum; without it nothing lies beyond 680 nm."""
    up, down = ended(emission(UP_NM, 0.01), 680.0), emission(DOWN_NM, 0.7)
    level = down.assign(signal=down["signal"] + 3e-3 * down["signal"].max())
    energy_ev = float(data.wavelength_and_energy(up)[1].min())
    assert is_level(level, energy_ev) and not is_level(down, 1.907)
    found = yield_ratio(up, level, **STATED)
    assert not any("filled in" in w for w in found.warnings)
    assert any("up ends at 680 nm" in w and "level as a background" in w for w in found.warnings)


@pytest.mark.parametrize(
    ("name", "first_nm", "last_nm", "ratio"),
    [
        *(("down", 500.0, 650.0, 1.055), ("down", 500.0, 640.0, 1.326), ("down", 615.0, 800.0, 1.042)),
        *(("up", 615.0, 800.0, 0.960), ("up", 620.0, 800.0, 0.882)),
    ],
)
def test_light_that_one_spectrum_shows_beyond_the_other_leaves_equality_open(name, first_nm, last_nm, ratio):
    """On either side, of either; a ratio of a third stays different."""

    def found(part):
        light = {"up": emission(UP_NM, 0.01 * part), "down": emission(DOWN_NM, 0.7)}
        nm = data.wavelength_and_energy(light[name])[0]
        light[name] = light[name].isel(energy=(nm > first_nm) & (nm < last_nm))
        return yield_ratio(light["up"], light["down"], **STATED)

    same = found(1.0)
    assert_allclose(same.ratio.value, ratio, atol=2e-3)
    assert same.equal.outcome == "inconclusive"
    assert any(w.startswith((f"{name} begins at 6", f"{name} ends at 6")) for w in same.warnings)
    assert found(1 / 3).equal.outcome == "contradicts"


def test_every_size_that_is_told_counts():
    """No geometry; counts whose maxima lie apart; a tail at another temperature; a stated absorptance that is wrong."""
    known = {"power_sd": 1e-3, "baseline_sd": 1e-6}
    a, down = absorption(tail), emission(DOWN_NM, absorptance(DOWN_NM))
    up = emission(660.0, absorptance(660.0))
    assert yield_ratio(up, down, a, **known).equal.outcome == "inconclusive"  # 5.6 % too much
    known |= {"geometry": "front-face"}
    assert yield_ratio(up, down, a, **known).equal.outcome == "supports"
    counts = [
        data.with_attrs(ds, quantity="counts", integration_time_s=1.0)
        for ds in (emission(660.0, absorptance(660.0), centre_ev=1.948), down)
    ]
    assert yield_ratio(*counts, a, **known).equal.outcome == "inconclusive"  # 3.9 nm
    warm = data.with_attrs(up, temperature_k=300.0), data.with_attrs(down, temperature_k=300.0)
    assert yield_ratio(*warm, absorption(tail, temperature_k=293.0), **known).equal.outcome == "inconclusive"
    for part, stated in ((1.0, 0.9), (1.2, 1.2)):
        light = emission(660.0, absorptance(660.0) * part), down
        given = (float(absorptance(660.0)) * stated, 1e-5)
        found = yield_ratio(*light, a, up_absorptance=given, **known)
        assert found.equal.outcome == "inconclusive"
        assert any("left open" in w and "by the spectrum" in w for w in found.warnings)


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
        found = yield_ratio(up, down, spectrum, **stated, **leaked, power_sd=1e-3, geometry="front-face")
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
