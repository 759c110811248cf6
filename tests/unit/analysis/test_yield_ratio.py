"""Ratio of two yields of one sample: closed forms, Fieller's interval, first-order propagation, what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from antistokes import data, units
from antistokes.analysis.completion import complete_emission
from antistokes.analysis.ratio_budget import needed_for
from antistokes.analysis.result import as_dict, as_tables
from antistokes.analysis.yield_ratio import yield_ratio
from antistokes.errors import DataError
from antistokes.materials import load, solvent
from antistokes.physics.inner_filter import collected
from antistokes.quantities import convert
from tests.unit.analysis.yield_bench import LAMP, absorptance, absorption, emission, tail

UP_NM, DOWN_NM = 660.0, 480.0
KNOWN = {"power_sd": 1e-3, "baseline_sd": 1e-6, "geometry": "front-face"}
BUDGET = {"power_sd": 0.005, "stray_sd": 0.002, "inner_filter_sd": 0.003, "linearity_sd": 0.002}


def pair(ratio=1.0, up=None, down=None):
    """Emission of yields whose ratio is known, in front of what the tail absorbs."""
    return (
        emission(UP_NM, ratio * absorptance(UP_NM), **{"power_w": 2e-2} | (up or {})),
        emission(DOWN_NM, absorptance(DOWN_NM), **{"power_w": 3e-4} | (down or {})),
    )


def of_stated(up=(0.01, 1e-4), down=(0.7, 0.0), **options):
    """Absorptances as stated, light that makes the ratio 1."""
    light = emission(UP_NM, up[0]), emission(DOWN_NM, down[0])
    return yield_ratio(*light, up_absorptance=up, down_absorptance=down, **options)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.2])
def test_a_known_ratio_comes_back(ratio):
    found = yield_ratio(*pair(ratio), absorption(tail), **KNOWN)
    assert_allclose(found.ratio.value, ratio, rtol=2e-4)
    assert found.equal.outcome == ("supports" if ratio == 1 else "contradicts")
    assert_allclose(found.up_absorptance.value, absorptance(UP_NM), rtol=1e-4)
    assert_allclose(found.light_ratio.value, ratio * absorptance(UP_NM) / absorptance(DOWN_NM), rtol=1e-4)
    assert (found.up_nm, found.down_nm) == (UP_NM, DOWN_NM)


def test_photons_count_and_not_their_energy():
    """Of power per nm the same photons come out, for spectra 30 meV apart, where energy would give 1.5 % less."""
    apart = {"centre_ev": 1.95}, {"centre_ev": 1.98}
    for quantity in ("photons_per_ev", "photons_per_nm", "power_per_ev", "power_per_nm"):
        up, down = (c | {"quantity": quantity} for c in apart)
        assert_allclose(yield_ratio(*pair(1.0, up, down), absorption(tail)).ratio.value, 1.0, rtol=3e-4)


def test_time_of_counts_is_divided_out_also_where_a_response_divided_them():
    long = {"integration_time_s": 10.0, "exposures": 3}
    corrected = ({**long, "corrections": LAMP}, {"integration_time_s": 1.0, "corrections": LAMP})
    up, down = pair(30.0, *corrected)
    assert_allclose(yield_ratio(up, down, absorption(tail)).ratio.value, 1.0, rtol=2e-4)
    counted = [data.with_attrs(ds, quantity="counts", corrections=None) for ds in (up, down)]
    found = yield_ratio(*counted, absorption(tail))
    assert_allclose(found.ratio.value, 1.0, rtol=2e-4)
    assert any("cancels only where the spectra are of one shape" in w for w in found.warnings)
    filled = yield_ratio(*counted, absorption(tail), cut_nm=640.0)
    assert_allclose(filled.ratio.value, 1.0, rtol=3e-3)
    rates = [data.with_attrs(ds, corrections=None, rate="per second") for ds in (up, down)]
    assert_allclose(yield_ratio(*rates, absorption(tail)).ratio.value, 30.0, rtol=2e-4)  # photons, no sum
    with pytest.raises(DataError, match="sums over an exposure"):
        yield_ratio(up, data.with_attrs(down, corrections=None), absorption(tail))
    with pytest.raises(DataError, match="no integration time is stated"):
        yield_ratio(counted[0], data.with_attrs(counted[1], integration_time_s=None), absorption(tail))


def test_the_budget_of_the_reference_is_1_22_percent():
    """PL .2, power .5, absorptance 1 and .2, stray .2, inner filter .3, linearity .2 %: the root of their squares."""
    spread = 0.002 / 2**0.5
    step = 0.55 / 275
    noise = spread * 0.08 / (step * 275**0.5)  # n equal sd: sd of the sum is their root of n
    up, down = emission(UP_NM, 0.01, noise=noise), emission(DOWN_NM, 0.7, noise=noise)
    caught = {"up_absorptance": (0.01, 1e-4), "down_absorptance": (0.7, 0.0014), "geometry": "front-face"}
    found = yield_ratio(up, down, **caught, **BUDGET)
    expected = {"PL": 0.2, "power": 0.5, "stray light": 0.2, "inner filter": 0.3, "linearity": 0.2}
    expected |= {"absorptance, up": 1.0, "absorptance, down": 0.2}
    for name, row in expected.items():
        assert_allclose(found.budget[name].value, row, rtol=0.01)
    total = sum(v**2 for v in expected.values()) ** 0.5
    assert_allclose(total, 1.22, atol=0.005)
    assert_allclose(found.budget["all together"].value, total, rtol=0.02)
    assert_allclose(100 * found.ratio.sd, total, rtol=0.02)
    assert list(found.budget)[-1] == "all together" and found.dominant == "absorptance, up"
    assert "100 times the concentration" in found.says[0]
    assert found.equal.outcome == "supports" and "within 3%" not in " ".join(found.says)


def test_small_uncertainties_are_those_of_first_order():
    """A baseline common to both: d ln R = ln 10 [(1 - f_d)/f_d - (1 - f_u)/f_u] dA, with the noise of both spectra."""
    noise, baseline = 2e-5, 5e-5
    found = yield_ratio(*pair(), absorption(tail, noise=noise), baseline_sd=baseline, power_sd=0.001)
    per = {nm: units.LN10 * (1 - absorptance(nm)) / absorptance(nm) for nm in (UP_NM, DOWN_NM)}
    by_baseline = baseline * abs(per[DOWN_NM] - per[UP_NM])
    by_noise = np.hypot(noise * per[UP_NM], noise * per[DOWN_NM])
    assert_allclose(found.ratio.sd, np.sqrt(by_baseline**2 + by_noise**2 + 0.001**2), rtol=0.02)
    assert_allclose(found.budget["baseline of the absorption"].value, 100 * by_baseline, rtol=0.01)
    assert_allclose(found.budget["absorptance, up"].value, 100 * noise * per[UP_NM], rtol=0.01)


def test_the_interval_of_a_skew_ratio_is_fieller_s():
    """Absorptance .01 +- .0025, light and powers to 3 %."""
    found = of_stated((0.01, 0.0025), power_sd=0.03, draws=200_000)
    z, top, low = norm.ppf(0.975), (1.0, 0.03), (1.0, 0.25)
    a, b, c = low[0] ** 2 - (z * low[1]) ** 2, top[0] * low[0], top[0] ** 2 - (z * top[1]) ** 2
    ends = [(b + sign * (b**2 - a * c) ** 0.5) / a for sign in (-1, 1)]
    assert_allclose([found.ratio.low, found.ratio.high], ends, rtol=0.01)
    assert found.ratio.high - 1 > 2 * (1 - found.ratio.low)
    assert np.isnan(found.ratio.sd) and any("the result is skew" in w for w in found.warnings)
    assert_allclose(found.ratio.value, 1.0, rtol=5e-3)


def test_an_absorptance_that_is_not_resolved_leaves_no_upper_end():
    found = of_stated((0.01, 0.008))
    assert found.ratio.high == np.inf and found.ratio.low > 0.3 and found.ratio.kind == "value"
    assert any("not resolved" in w for w in found.warnings)
    assert found.equal.outcome == "inconclusive" and as_dict(found)["ratio"]["high"] is None
    noisy = absorption(lambda nm: np.where(nm < 600, 0.5, 0.0), noise=1e-3, offset=-1e-3)
    below = yield_ratio(*pair(), noisy)
    assert below.ratio.kind == "lower limit" and 0 < below.ratio.value < np.inf
    assert below.up_absorptance.kind == "upper limit"
    assert below.budget["absorptance, up"].value == np.inf


def test_density_is_that_of_the_draws():
    found = of_stated((0.01, 0.0015))
    at, density = found.curves["ratio"].values, found.curves["density"].values
    assert_allclose(np.trapezoid(density, at), 0.99, atol=0.005)
    assert_allclose(at[density.argmax()], 0.96, atol=0.06)  # the mode of a ratio this skew lies below its median
    assert found.drawn.shape == (20_000,) and "drawn" not in as_dict(found)


@pytest.mark.parametrize(("part", "relative"), [(0.02, 0.056), (0.1, 0.0104)])
def test_what_the_absorbance_s_noise_makes_of_the_absorptance(part, relative):
    """5e-4 of absorbance: ln 10 (1 - a)/a of it, as reference tables have it."""
    flat_there = absorption(lambda nm: np.where(nm > 600, -np.log10(1 - part), 0.5), noise=5e-4)
    found = yield_ratio(*pair(), flat_there)
    assert_allclose(found.budget["absorptance, up"].value, 100 * relative, rtol=0.02)


# leaked light


def flat(nm):
    return np.where(np.asarray(nm) < 600, 3.5 - 1e-4 * (nm - 440), -np.log10(0.99))


def leaking(fraction, **options):
    light = emission(UP_NM, 0.01), emission(DOWN_NM, 1 - 10**-3.496)
    given = {"contaminants": None if fraction is None else {"pump": (500.0, fraction)}}
    return yield_ratio(*light, absorption(flat, noise=1e-7), **given, **KNOWN, **options)


def test_a_leak_of_1e_4_at_one_percent_absorptance_is_flagged_as_one_percent():
    found = leaking(1.001e-4)
    assert_allclose(found.budget["leaked light (one-sided)"].value, 1.0, rtol=0.02)
    assert found.purity.leaks[0].flagged and any("pump: it may fake 0.01 of the signal" in w for w in found.warnings)
    assert list(found.budget)[-2:] == ["leaked light (one-sided)", "all together"]
    assert_allclose(found.ratio.value, 1.0, rtol=1e-3)  # not corrected for
    half = leaking(5e-5)
    assert not half.purity.leaks[0].flagged and not any("pump" in w for w in half.warnings)


def test_what_a_leak_could_turn_round_is_left_open():
    assert leaking(1e-4).equal.outcome == "supports"
    found = leaking(5e-4)
    assert found.equal.outcome == "inconclusive" and any("left open" in w for w in found.warnings)


def test_without_contaminants_it_says_what_would_matter():
    found = leaking(None)
    (said,) = (s for s in found.says if "A leak fakes 1%" in s)
    assert "1.0e-04 for light at the strongest absorption" in said
    assert "leaked light (one-sided)" not in found.budget
    alone = of_stated()
    assert alone.purity is None and any("which leak" in w for w in alone.warnings)
    with pytest.raises(ValueError, match="contaminants ask for the absorption spectrum"):
        of_stated(contaminants={"pump": (500.0, 1e-4)})


# geometry, filter, temperature


def test_a_detector_at_right_angles_sees_less_of_what_a_thick_sample_absorbs():
    seen = {nm: float(collected(tail(nm), "right-angle", (0.4, 0.6))) for nm in (UP_NM, DOWN_NM)}
    light = emission(UP_NM, seen[UP_NM]), emission(DOWN_NM, seen[DOWN_NM])
    found = yield_ratio(*light, absorption(tail), geometry="right-angle", window=(0.4, 0.6))
    assert_allclose(found.ratio.value, 1.0, rtol=3e-4)
    assert not any("geometry" in w for w in found.warnings)
    unsaid = yield_ratio(*light, absorption(tail))
    off = absorptance(DOWN_NM) / seen[DOWN_NM] / (absorptance(UP_NM) / seen[UP_NM])
    assert_allclose(unsaid.ratio.value, off, rtol=1e-3)
    assert any("no geometry is stated" in w and "down" in w for w in unsaid.warnings)
    by_hand = yield_ratio(
        *light,
        up_absorptance=absorptance(UP_NM),
        down_absorptance=absorptance(DOWN_NM),
        geometry="right-angle",
        window=(0.4, 0.6),
    )
    assert_allclose(by_hand.ratio.value, 1.0, rtol=3e-4)


def test_what_a_filter_took_is_filled_in():
    cut = pair()
    nm = data.wavelength_and_energy(cut[0])[0]
    dark = cut[0].assign(signal=("energy", np.where(nm < 645.0, cut[0]["signal"], 0.0), cut[0]["signal"].attrs))
    found = yield_ratio(dark, cut[1], absorption(tail), cut_nm=645.0)
    assert_allclose(found.ratio.value, 1.0, rtol=2e-3)
    assert any("replaced by" in w for w in found.warnings)
    lost = yield_ratio(dark, cut[1], absorption(tail), exclude_nm=[(644.0, 730.0)])
    assert_allclose(lost.ratio.value, 1.0, rtol=2e-3)


def test_a_spectrum_that_was_filled_in_before_is_taken_as_it_is():
    up, down = pair()
    whole = complete_emission(up, down, 645.0)  # photons per nm
    ready = yield_ratio(whole, convert(down, "photons_per_nm"), absorption(tail))
    by_filter = yield_ratio(up, down, absorption(tail), cut_nm=645.0)
    assert_allclose(ready.ratio.value, by_filter.ratio.value, rtol=1e-3)


def test_temperatures_that_differ_are_told_and_the_index_is_corrected():
    up, down = pair(1.0, {"temperature_k": 340.0}, {"temperature_k": 300.0})
    warm = yield_ratio(up, down, absorption(tail, temperature_k=300.0), solvent="toluene")
    n = solvent.index(load("toluene"), [340.0, 300.0], 632.6)
    assert_allclose(warm.ratio.value, (n[0] / n[1]) ** 2, rtol=5e-4)
    assert 0 < warm.budget["solvent index"].value < 0.5
    assert any("depends on temperature" in w for w in warm.warnings)
    kt = 8.617333e-5 * 300
    moved = (1.96 - 1239.84198 / UP_NM) / kt * 40 / 300
    (said,) = (w for w in warm.warnings if "thermally activated" in w)
    assert f"{moved:+.1%}"[:4] in said
    sphere = yield_ratio(up, down, absorption(tail), solvent="toluene", geometry="sphere")
    assert "solvent index" not in sphere.budget
    same = yield_ratio(*pair(1.0, {"temperature_k": 300.0}, {"temperature_k": 300.2}), absorption(tail))
    assert not any("temperature" in w for w in same.warnings)


# words


def test_what_was_guessed_is_said():
    found = yield_ratio(*pair(), absorption(tail))
    assert any("Taken as exact, for nothing was stated: power, stray light, inner filter" in w for w in found.warnings)
    assert any("No uncertainty of the baseline" in w and "up by 9.9%, down by 0.1%" in w for w in found.warnings)
    full = yield_ratio(*pair(), absorption(tail), baseline_sd=1e-5, geometry="front-face", **BUDGET)
    assert len(full.warnings) == 1 and "replaced by" in full.warnings[0]  # around the laser line
    text = str(full)
    assert "ratio of the yields: 1.00" in text and "absorptance, up" in text and "supports" in text
    assert as_tables(full)[0][0] == "Yield below the gap over that above it"


def test_how_far_equality_is():
    found = of_stated((0.01, 2.5e-4))
    assert found.equal.outcome == "inconclusive"
    assert any("four of five measurements whose uncertainties are 1 %" in s for s in found.says)
    rng = np.random.default_rng(0)
    s = needed_for(0.03)
    shown = np.abs(s * rng.standard_normal(200_000)) + norm.ppf(0.95) * s < 0.03
    assert_allclose(shown.mean(), 0.80, atol=0.005)


def test_the_same_seed_gives_the_same_numbers():
    first, second, other = (of_stated((0.01, 1e-3), seed=s).ratio for s in (1, 1, 2))
    assert first == second and first != other


# what is refused


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("attr", ["power_w", "excitation_nm"])
def test_power_and_excitation_of_both_are_needed(which, attr):
    light = list(pair())
    light[which] = data.with_attrs(light[which], **{attr: None})
    with pytest.raises(DataError, match=rf"^{('up', 'down')[which]} \(emission Dataset\): .*{attr}"):
        yield_ratio(*light, absorption(tail))


def test_bad_input_is_named():
    up, down = pair()
    a = absorption(tail)
    with pytest.raises(DataError, match="are they swapped"):
        yield_ratio(down, up, a)
    short = a.isel(wavelength=a["wavelength"].values < 650)
    with pytest.raises(DataError, match=r"does not reach the excitation at 660.0 nm, it covers 440.0 to 649.0"):
        yield_ratio(up, down, short)
    with pytest.raises(DataError, match=r"660 nm: negative absorptance, found an absorbance of -0.0399"):
        yield_ratio(up, down, absorption(tail, offset=-0.05 + 1e-4))
    with pytest.raises(ValueError, match=r"up_absorptance is the part .* got -0.01"):
        yield_ratio(up, down, up_absorptance=-0.01, down_absorptance=0.5)
    with pytest.raises(ValueError, match="the light absorbed at both excitations is needed"):
        yield_ratio(up, down, up_absorptance=0.01)
    with pytest.raises(ValueError, match=r"overlap"):
        yield_ratio(up, down, a, exclude_nm=[(640.0, 650.0), (645.0, 655.0)])
    with pytest.raises(ValueError, match=r"low < high"):
        yield_ratio(up, down, a, exclude_nm=[(650.0, 640.0)])
    hot = data.build("energy", up["energy"], up["signal"], flag=np.where(up["signal"] > 1e-3, 1, 0), **up.attrs)
    with pytest.raises(DataError, match="saturated"):
        yield_ratio(hot, down, a)
    with pytest.raises(DataError, match="need one quantity"):
        yield_ratio(up, data.with_attrs(down, quantity="power_per_ev"), a)


@pytest.mark.parametrize(
    "option",
    [
        *({"power_sd": -0.1}, {"stray_sd": 1.0}, {"inner_filter_sd": np.nan}, {"linearity_sd": -1}),
        *({"baseline_sd": -1e-3}, {"margin": 0.0}, {"level": 1.0}, {"draws": 10}),
    ],
)
def test_numbers_out_of_range_are_named(option):
    (name,) = option
    with pytest.raises(ValueError, match=name):
        yield_ratio(*pair(), absorption(tail), **option)


def test_a_saturated_band_does_not_matter_where_the_absorptance_above_the_gap_is_stated():
    down = pair()[1]
    thick = absorption(lambda nm: np.minimum(tail(nm) * 20, 4.0))
    found = yield_ratio(emission(UP_NM, 1 - 10.0 ** -(20 * 0.01)), down, thick, down_absorptance=absorptance(DOWN_NM))
    assert_allclose(found.ratio.value, 1.0, rtol=1e-3)
    assert found.purity is not None
