import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import gamma, norm

from antistokes import data, units
from antistokes.analysis import limits, result
from antistokes.analysis.red_tail import red_tail_limit
from antistokes.errors import DataError

MEAN, SIGMA = 1.96, 0.03
NM = np.arange(560.0, 860.0, 0.5)
EV = units.energy_from_wavelength(NM, "vacuum")
BAND = np.exp(-0.5 * ((EV - MEAN) / SIGMA) ** 2) * EV**2  # photons per nm, up to a factor
BAND /= BAND.sum()
DEFECT = np.exp(-0.5 * ((NM - 760) / 25) ** 2)
DEFECT /= DEFECT.sum()
BLUE = (560.0, 585.0)
EDGE_NM = float(units.wavelength_from_energy(MEAN - 6 * SIGMA, "vacuum"))


def counted(seed=0, light=1e6, share=0.0, dark=2.0, **attrs):
    mean = light * ((1 - share) * BAND + share * DEFECT) + dark
    counts = np.random.default_rng(seed).poisson(mean)
    attrs = {"excitation_nm": 532.0, **attrs}
    return data.build("wavelength", NM, counts, kind="emission", quantity="counts", medium="vacuum", **attrs)


def measured(seed=0, noise=2e-6, share=0.0, offset=0.0, nm=NM, axis="wavelength"):
    y = (1 - share) * BAND + share * DEFECT + noise * np.random.default_rng(seed).standard_normal(NM.size) + offset
    keep = np.isin(NM, nm)
    sd = np.full(keep.sum(), noise)
    return data.build(
        *("wavelength", nm, y[keep]),
        **{
            "kind": "emission",
            "quantity": "photons_per_nm",
            "medium": "vacuum",
            "signal_sd": sd,
            "excitation_nm": 532.0,
        },
    )


def test_counts_without_a_defect_give_the_poisson_limit():
    ds = counted()
    found = red_tail_limit(ds, background_nm=BLUE)
    counts, tail = ds["signal"].values, NM >= found.window_nm[0]
    blue = (NM >= BLUE[0]) & (NM <= BLUE[1])
    ratio = tail.sum() / blue.sum()
    expected = limits.poisson_upper_limit(
        counts[tail].sum(), ratio * counts[blue].sum(), ratio * np.sqrt(counts[blue].sum())
    )
    light = counts.sum() - counts[blue].mean() * NM.size
    assert_allclose(found.limit.value, expected / light, rtol=1e-9)
    assert found.share.kind == "upper limit" and found.outcome == "supports" and not found.laser_in_window
    assert_allclose(found.edge_ev, MEAN - 6 * SIGMA, atol=2e-3)  # the width of a noisy band
    assert found.window_nm[1] == NM[-1] and found.limit.value < 0.001


def test_a_defect_is_found_with_its_share():
    found = red_tail_limit(counted(share=0.02), background_nm=BLUE)
    true = 0.02 * DEFECT[NM >= EDGE_NM].sum() + 0.98 * BAND[NM >= EDGE_NM].sum()
    assert found.share.kind == "value" and found.share.low < true < found.share.high
    assert found.outcome == "contradicts" and found.limit.value > true
    dim = red_tail_limit(counted(light=1500, share=0.003, dark=0.05), background_nm=BLUE)
    assert dim.outcome == "inconclusive" and "may be there, more than 0.005" in dim.reason


def test_dark_counts_are_no_light_of_defects():
    with_dark = red_tail_limit(counted(dark=20.0), background_nm=BLUE)
    taken_in = red_tail_limit(counted(dark=20.0))
    assert with_dark.outcome == "supports" and taken_in.outcome == "inconclusive"
    assert "counts without a background" in taken_in.reason
    assert any("No background_nm" in w for w in taken_in.warnings)


def test_a_measured_spectrum_gives_the_normal_limit():
    found = red_tail_limit(measured())
    tail = NM >= found.window_nm[0]
    value, sd = (measured()["signal"].values * tail).sum(), 2e-6 * np.sqrt(tail.sum())  # of an integral of 1
    assert_allclose(found.limit.value, limits.gaussian_upper_limit(value, sd), rtol=0.02)  # trapezoid rule over energy
    assert found.share.kind == "upper limit" and found.outcome == "supports"


def test_a_background_is_subtracted_with_its_own_uncertainty():
    """All samples share what the mean over the range is off by: 51 samples for 290 of the tail."""
    plain, less = red_tail_limit(measured()), red_tail_limit(measured(offset=1e-5), background_nm=BLUE)
    assert less.outcome == "supports" and red_tail_limit(measured(offset=3e-5)).outcome == "contradicts"
    tail, blue = int(np.sum(NM >= EDGE_NM)), 51
    wider = np.sqrt(1 + tail / blue)
    assert_allclose(less.limit.value / plain.limit.value, wider, rtol=0.5)
    assert less.limit.value > 1.3 * plain.limit.value


def test_the_defect_in_a_measured_spectrum():
    found = red_tail_limit(measured(share=0.02), background_nm=BLUE)
    true = 0.02 * DEFECT[NM >= EDGE_NM].sum()
    assert found.share.low < true < found.share.high and found.outcome == "contradicts"


def test_an_energy_axis_gives_the_same():
    ds = measured(share=0.01)
    per_ev = ds["signal"].values * units.nm_per_ev(NM, "vacuum")
    order = np.argsort(EV)
    turned = data.build(
        *("energy", EV[order], per_ev[order]),
        **{"kind": "emission", "quantity": "photons_per_ev", "medium": "vacuum", "excitation_nm": 532.0},
        signal_sd=(2e-6 * units.nm_per_ev(NM, "vacuum"))[order],
    )
    one, other = red_tail_limit(ds), red_tail_limit(turned)
    assert_allclose(other.share.value, one.share.value, rtol=1e-3)
    assert_allclose(other.share.sd, one.share.sd, rtol=1e-2)


@pytest.mark.parametrize("stated", ["argument", "attribute"])
def test_the_laser_line_in_the_tail_is_refused_until_it_is_left_out(stated):
    ds = counted(excitation_nm=720.0) if stated == "attribute" else counted()
    values = ds["signal"].values.copy()
    values[np.abs(NM - 720) < 2] += 50_000
    ds = ds.assign(signal=("wavelength", values, ds["signal"].attrs))
    laser = {} if stated == "attribute" else {"excitation_nm": 720.0}
    with pytest.raises(DataError, match=r"laser line at 720 nm lies in the red tail.*exclude_nm=\(715, 725\)"):
        red_tail_limit(ds, background_nm=BLUE, **laser)
    found = red_tail_limit(ds, background_nm=BLUE, exclude_nm=(710.0, 730.0), **laser)
    assert found.outcome == "supports" and found.laser_in_window
    assert any("samples of the tail are left out" in w for w in found.warnings)
    several = red_tail_limit(ds, background_nm=BLUE, exclude_nm=[(710.0, 730.0), (800.0, 810.0)], **laser)
    assert several.outcome == "supports"


def test_what_is_not_known_is_said():
    none = counted()
    del none.attrs["excitation_nm"]
    assert any("No excitation is stated" in w for w in red_tail_limit(none, background_nm=BLUE).warnings)
    inside = red_tail_limit(counted(), background_nm=BLUE, excitation_nm=660.0)
    assert any("laser line at 660 nm lies in the data" in w for w in inside.warnings) and not inside.laser_in_window
    beside = red_tail_limit(counted(), background_nm=BLUE, excitation_nm=BLUE[0] + 6)  # where there is no light
    assert not any("laser line" in w for w in beside.warnings)
    short = red_tail_limit(measured(nm=NM[NM < EDGE_NM + 8]))
    assert short.outcome == "inconclusive" and "less than the band is wide" in short.reason
    assert short.limit.value < short.margin and "redder than 704 nm is not covered" in short.reason
    assert "redder than 860 nm is not covered" in red_tail_limit(counted(), background_nm=BLUE).reason


def test_data_that_end_before_the_tail_decide_nothing():
    found = red_tail_limit(measured(nm=NM[NM < 690]))
    assert found.share is None and found.limit is None and found.window_nm is None
    assert found.outcome == "inconclusive" and "the data end at 689.5 nm and the tail begins at" in found.reason
    assert any("the data end at" in w for w in found.warnings)


def test_a_background_taken_in_the_tail_decides_nothing():
    ds = counted(share=0.034, dark=50.0)
    beside = red_tail_limit(ds, background_nm=BLUE)
    within = red_tail_limit(ds, background_nm=(740.0, 769.0))  # where the defect is brightest
    assert beside.outcome == "contradicts"
    assert within.outcome == "inconclusive" and within.reason.startswith(
        "the background was taken in the red tail itself"
    )
    assert any("The background is taken in the red tail itself" in w for w in within.warnings)


def behind_a_filter(cut_nm, dark, **more):
    """A filter keeps light away, not the dark."""
    ds, rng = counted(dark=0.0, **more), np.random.default_rng(1)
    passed = rng.binomial(ds["signal"].values, 1 / (1 + np.exp((NM - cut_nm) / 0.5))) + rng.poisson(dark, NM.size)
    return ds.assign(signal=("wavelength", passed, ds["signal"].attrs))


def test_a_filter_that_cuts_before_the_tail_leaves_nothing_to_say():
    cut = behind_a_filter(645.0, share=0.035, dark=0.0)
    blind, told = red_tail_limit(cut), red_tail_limit(cut, cut_nm=643.0)
    assert red_tail_limit(counted(share=0.035, dark=0.0), background_nm=BLUE).outcome == "contradicts"
    assert blind.limit.value < 1e-4 and blind.outcome == "inconclusive"
    assert "as behind a filter" in blind.reason and "state cut_nm" in blind.reason
    assert told.outcome == "inconclusive" and told.limit is None and told.window_nm is None
    assert "a filter cuts at 643 nm and the tail begins at" in told.reason


def test_the_window_ends_where_the_filter_begins():
    cut = behind_a_filter(780.0, share=0.02, dark=2.0).assign_attrs(bandpass_nm=2.0)
    found = red_tail_limit(cut, background_nm=BLUE, cut_nm=775.0)
    assert found.window_nm[1] == 773.0  # slits reach a bandpass beside
    seen = (NM >= found.window_nm[0]) & (NM <= 773)
    true = (0.02 * DEFECT + 0.98 * BAND)[seen].sum() / (0.02 * DEFECT + 0.98 * BAND)[NM <= 773].sum()
    assert found.share.low < true < found.share.high
    dark = red_tail_limit(cut, background_nm=(800.0, 860.0), cut_nm=775.0)  # there the filter leaves the dark alone
    assert dark.outcome == "contradicts" and dark.share.low < true < dark.share.high


def test_an_up_converted_spectrum_is_asked_for_its_filter():
    up = counted(excitation_nm=660.0)
    asked = [w for w in red_tail_limit(up, background_nm=BLUE).warnings if "State where it cuts, cut_nm" in w]
    assert len(asked) == 1 and "660 nm, is redder than the maximum" in asked[0]
    for ds, more in ((up, {"cut_nm": 850.0}), (counted(), {})):
        assert not any("State where it cuts" in w for w in red_tail_limit(ds, background_nm=BLUE, **more).warnings)


def test_a_laser_that_the_filter_hides_need_not_be_left_out():
    found = red_tail_limit(counted(excitation_nm=800.0), background_nm=BLUE, cut_nm=780.0)
    assert found.outcome == "supports" and not found.laser_in_window


def test_no_counts_in_a_short_background_do_not_make_it_zero():
    """Three samples of .3 counts are often all zero: 40 to 59 of 100 tails of nothing but dark were called defects."""
    wrong = 0
    for seed in range(60):
        ds = counted(seed, light=10_000, dark=0.3)
        wrong += red_tail_limit(ds, background_nm=(560.0, 561.0)).outcome == "contradicts"
    assert wrong <= 3


def test_a_tail_that_is_mostly_left_out_supports_nothing():
    found = red_tail_limit(counted(), background_nm=BLUE, exclude_nm=(720.0, 840.0))
    assert found.limit.value < found.margin
    assert found.outcome == "inconclusive" and "most of the tail is left out" in found.reason


def test_a_tail_below_zero_supports_nothing():
    found = red_tail_limit(measured(offset=-1e-5))
    assert found.outcome == "inconclusive" and "the tail is below zero" in found.reason
    assert any("too much was subtracted" in w for w in found.warnings)
    little = red_tail_limit(measured(offset=-2e-6))
    assert little.outcome == "supports" and any("less than matters for the margin" in w for w in little.warnings)


def test_second_order_of_the_excitation_is_no_defect():
    ds = counted(excitation_nm=400.0)
    line = 20_000 * (np.abs(NM - 800) < 2)
    found = red_tail_limit(
        ds.assign(signal=("wavelength", ds["signal"].values + line, ds["signal"].attrs)), background_nm=BLUE
    )
    assert found.outcome == "supports"
    assert any("800 nm, where the second order of the excitation" in w for w in found.warnings)


def test_counts_from_a_file_are_counts_though_they_are_floats():
    ds = counted()
    floats = ds.assign(signal=("wavelength", ds["signal"].values.astype(float), ds["signal"].attrs))
    found = red_tail_limit(floats, background_nm=BLUE).limit
    assert "Poisson" in found.how and found.value == red_tail_limit(ds, background_nm=BLUE).limit.value


def test_it_prints():
    assert str(red_tail_limit(counted(), background_nm=BLUE)).startswith("Light in the red tail\n  share of photons")


def test_a_completed_spectrum_is_refused():
    done = counted().assign_attrs(corrections='{"completion": {"from_nm": 640.0}}')
    with pytest.raises(DataError, match="its red side is that of the down-converted spectrum"):
        red_tail_limit(done, background_nm=BLUE)


def test_the_band_itself_is_what_a_gaussian_leaves_there():
    found = red_tail_limit(measured(noise=1e-9), sigmas=2.0, margin=0.5)
    assert_allclose(found.share.value, norm.cdf(-2), rtol=0.05)  # 0.5 nm, and the maximum is that of photons per eV


def test_the_limit_lies_above_the_truth_in_a_few_spectra():
    assert covered(20, 0.003, 0.05) >= 17


@pytest.mark.slow
@pytest.mark.parametrize(("share", "dark"), [(0.0, 0.05), (0.003, 0.05), (0.003, 1.0)])
def test_coverage_of_the_limit_in_counts(share, dark):
    assert covered(200, share, dark) / 200 >= 0.895


def covered(runs, share, dark):
    """Count spectra of 2000 photons whose limit lies above the truth."""
    hits, window = 0, []
    for seed in range(runs):
        found = red_tail_limit(counted(seed, light=2000, share=share, dark=dark), background_nm=BLUE)
        tail = found.window_nm[0] <= NM
        hits += found.limit.value >= (1 - share) * BAND[tail].sum() + share * DEFECT[tail].sum()
        window.append(found.window_nm[0])
    assert_allclose(np.mean(window), EDGE_NM, rtol=0.03)
    return hits


def test_it_becomes_a_table():
    ((title, rows),) = result.as_tables(red_tail_limit(counted(), background_nm=BLUE))
    assert title == "Light in the red tail" and [label for label, _ in rows] == [
        "share of photons in the red tail",
        "upper limit of that share",
    ]
    assert gamma.ppf(0.95, 1) == pytest.approx(limits.poisson_upper_limit(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sigmas": 0.0}, "sigmas must be above 0"),
        ({"margin": 1.0}, "margin between 0 and 1"),
        ({"sigmas": 100.0}, "standard deviations below the maximum there is no photon energy left"),
        ({"cut_nm": 0.0}, "cut_nm must be a positive wavelength"),
        ({"background_nm": (560.0, 560.4)}, "1 samples in background_nm"),
        ({"background_nm": (585.0, 560.0)}, "a range is \\(low, high\\) in nm"),
    ],
)
def test_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        red_tail_limit(counted(), **arguments)


def test_too_little_light_has_no_share():
    with pytest.raises(DataError):
        red_tail_limit(counted(light=20, dark=5.0), background_nm=BLUE)
