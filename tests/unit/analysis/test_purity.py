import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis import result
from antistokes.analysis.purity import purity_budget
from antistokes.errors import DataError

NM = np.arange(310.0, 720.0, 1.0)
ABSORBANCE = 3.0 / (1 + np.exp((NM - 600) / 8)) + 1.5 * np.exp(-0.5 * ((NM - 625) / 7) ** 2)


def absorption(noise=1e-5, seed=0, y=ABSORBANCE, **attrs):
    y = y + noise * np.random.default_rng(seed).standard_normal(NM.size)
    attrs = {"quantity": "absorbance", "medium": "air", **attrs}
    return data.build("wavelength", NM, y, kind="absorption", signal_sd=np.full(NM.size, noise), **attrs)


def absorptance(nm):
    return 1 - 10.0 ** -np.interp(nm, NM, ABSORBANCE)


ONE_PERCENT = float(NM[np.argmin(np.abs(absorptance(NM) - 0.01))])  # 645 nm or so


def test_a_leak_of_1e_4_at_one_percent_absorptance_is_one_percent_of_the_signal():
    found = purity_budget(absorption(1e-4), ONE_PERCENT, contaminants={"pump": (500.0, 1e-4)})
    (leak,) = found.leaks
    expected = 1e-4 * absorptance(500.0) / absorptance(ONE_PERCENT)
    assert_allclose(expected, 0.01, rtol=0.1)
    assert_allclose(leak.faked_share.value, expected, rtol=0.03)
    assert leak.faked_share.low < expected < leak.faked_share.high
    assert_allclose(leak.allowed_fraction.value, 0.01 * absorptance(ONE_PERCENT) / absorptance(500.0), rtol=0.03)
    assert_allclose(leak.faked_share.value / 1e-4 * leak.allowed_fraction.value, 0.01)
    half = purity_budget(absorption(1e-4), ONE_PERCENT, contaminants={"pump": (500.0, 5e-5)})
    twice = purity_budget(absorption(1e-4), ONE_PERCENT, contaminants={"pump": (500.0, 2e-4)})
    assert twice.leaks[0].flagged and any("pump: it may fake 0.01 of the signal or more" in w for w in twice.warnings)
    assert not half.leaks[0].flagged and not half.warnings


def test_exactly_one_percent_is_flagged():
    flat = np.where(NM < 600, 8.0, -np.log10(0.99))
    found = purity_budget(absorption(1e-9, y=flat, max_absorbance=20.0), 650.0, contaminants={"leak": (500.0, 1.01e-4)})
    assert_allclose(found.leaks[0].faked_share.value, 0.0101, rtol=1e-6)
    assert found.leaks[0].flagged


def test_shares_add_up():
    both = {"pump": (500.0, 2e-5), "pedestal": (625.0, 1e-4)}
    found = purity_budget(absorption(), 660.0, contaminants=both)
    assert_allclose(found.faked_share.value, sum(leak.faked_share.value for leak in found.leaks), rtol=1e-9)
    assert [leak.title for leak in found.leaks] == list(both)


def test_many_small_leaks_are_told_together():
    each = 0.009 * absorptance(660.0) / absorptance(500.0)
    found = purity_budget(absorption(1e-6), 660.0, contaminants={f"leak {i}": (500.0, each) for i in range(5)})
    assert not any(leak.flagged for leak in found.leaks) and found.faked_share.value > 0.04
    assert any("All of them together may fake 0.01" in w for w in found.warnings)
    one = purity_budget(absorption(1e-6), 660.0, contaminants={"leak": (500.0, each)})
    assert not one.warnings


def test_a_baseline_left_in_is_doubted_until_its_uncertainty_is_stated():
    """At 700 nm the sample absorbs 1e-5; an offset of 1e-3 makes that a hundred times more."""
    lifted = absorption(y=ABSORBANCE + 1e-3)
    found = purity_budget(lifted, 700.0, contaminants={"pump": (500.0, 1e-6)})
    assert any("a baseline left in the absorbance makes a leak seem harmless" in w for w in found.warnings)
    stated = purity_budget(lifted, 700.0, contaminants={"pump": (500.0, 1e-6)}, baseline_sd=1e-3)
    assert stated.leaks[0].faked_share.high == np.inf and stated.leaks[0].flagged
    assert_allclose(stated.absorptance.value, 3 * 1e-3 * np.log(10), rtol=0.2)  # a limit, the offset being one sd
    assert not any("baseline left" in w for w in (*stated.warnings, *purity_budget(absorption(), 660.0).warnings))
    with pytest.raises(ValueError, match="baseline_sd must be 0 or more"):
        purity_budget(lifted, 700.0, baseline_sd=-1.0)


def test_the_interval_of_a_ratio_is_skew_where_its_denominator_is_small():
    noise = 0.2 * -np.log10(1 - absorptance(680.0))
    found = purity_budget(absorption(noise, seed=3), 680.0, contaminants={"pump": (500.0, 1e-6)}).leaks[0].faked_share
    assert found.high - found.value > 1.3 * (found.value - found.low)


def test_coverage_of_the_faked_share():
    """200 absorption spectra whose tail is known to 20 %: a first-order interval would be too short on one side."""
    noise, hits = 0.2 * -np.log10(1 - absorptance(680.0)), 0
    truth = 1e-6 * absorptance(500.0) / absorptance(680.0)
    for seed in range(200):
        share = purity_budget(absorption(noise, seed), 680.0, contaminants={"pump": (500.0, 1e-6)}, draws=2000)
        hits += share.leaks[0].faked_share.low <= truth <= share.leaks[0].faked_share.high
    assert 0.895 <= hits / 200 <= 0.990


def test_what_is_not_resolved_is_an_upper_limit_and_leaves_the_share_open():
    found = purity_budget(absorption(1e-2), 715.0, contaminants={"pump": (500.0, 1e-6)})
    assert found.absorptance.kind == "upper limit" and 0 < found.absorptance.value < 0.2
    assert found.leaks[0].faked_share.high == np.inf and found.leaks[0].flagged
    assert any("not resolved" in w for w in found.warnings)


def test_a_contaminant_outside_the_data_is_taken_to_be_absorbed_wholly():
    found = purity_budget(absorption(), ONE_PERCENT, contaminants={"second harmonic": (300.0, 1e-5)})
    assert found.leaks[0].absorptance.kind == "upper limit" and found.leaks[0].absorptance.value == 1
    assert_allclose(found.leaks[0].faked_share.value, 1e-5 / absorptance(ONE_PERCENT), rtol=0.01)
    assert any("300 nm lies outside the data" in w for w in found.warnings)


def test_without_contaminants_it_says_what_is_allowed():
    found = purity_budget(absorption(), 660.0)
    names = [leak.title for leak in found.leaks]
    assert names == [
        "light at the first maximum",
        "light at the strongest absorption",
        "second order of a monochromator",
    ]
    assert_allclose(found.leaks[2].wavelength_nm, 330.0)
    assert found.faked_share is None and all(k.faked_share is None and not k.flagged for k in found.leaks)
    assert 610 < found.leaks[0].wavelength_nm < 625
    assert_allclose(found.leaks[1].allowed_fraction.value, 0.01 * absorptance(660.0), rtol=0.01)


def test_half_of_the_wavelength_is_budgeted_where_the_data_end_before_it():
    short = absorption().isel(wavelength=NM > 400)
    found = purity_budget(short, 660.0)
    second = found.leaks[2]
    assert (second.title, second.wavelength_nm) == ("second order of a monochromator", 330.0)
    assert second.absorptance.kind == "upper limit" and second.absorptance.value == 1
    assert_allclose(second.allowed_fraction.value, 0.01 * absorptance(660.0), rtol=0.02)
    assert any("330 nm lies outside the data" in w for w in found.warnings)


@pytest.mark.parametrize("given", [532.0, (532.0,), (532.0, 1.5), (-1.0, 1e-4)])
def test_a_contaminant_is_a_wavelength_and_a_fraction(given):
    with pytest.raises(ValueError, match=r"contaminants\['pump'\] is \(wavelength in nm, fraction.*leave contaminants"):
        purity_budget(absorption(), 660.0, contaminants={"pump": given})


def test_quantities_that_are_one_absorption_give_one_budget():
    base = absorption()
    per_cm = data.build(
        *("wavelength", NM, base["signal"].values * np.log(10) / 0.5),
        **{"kind": "absorption", "quantity": "absorption_per_cm", "path_cm": 0.5, "medium": "air"},
        signal_sd=np.full(NM.size, 1e-5 * np.log(10) / 0.5),
    )
    with_path = data.with_attrs(base, path_cm=0.5)
    shares = [
        purity_budget(ds, 660.0, contaminants={"a": (500.0, 1e-5)}).leaks[0].faked_share.value
        for ds in (base, per_cm, with_path)
    ]
    assert_allclose(shares, shares[0], rtol=1e-6)


def test_tables():
    tables = result.as_tables(purity_budget(absorption(), 660.0, contaminants={"pump": (500.0, 1e-5)}))
    assert [title for title, _ in tables] == ["Spectral purity of the excitation", "pump"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"excitation_nm": 900.0}, "the excitation, 900 nm, lies outside the data, 310.0 to 719.0 nm"),
        ({"excitation_nm": np.nan}, "lies outside the data"),
        ({"excitation_nm": 660.0, "signal_share": 0.0}, "signal_share must be between 0 and 1"),
        (
            {"excitation_nm": 660.0, "contaminants": {"a": (500.0, -1.0)}},
            "contaminants\\['a'\\] is \\(wavelength in nm",
        ),
        ({"excitation_nm": 660.0, "contaminants": {"a": (-5.0, 0.1)}}, "contaminants\\['a'\\]"),
    ],
)
def test_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        purity_budget(absorption(), **arguments)


@pytest.mark.parametrize("quantity", ["cross_section_cm2", "absorption_per_cm"])
def test_without_a_path_there_is_no_absorptance(quantity):
    with pytest.raises(DataError, match="gives no absorptance"):
        purity_budget(absorption(quantity=quantity), 660.0)
