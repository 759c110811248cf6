import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.cooling import cooling_window
from antistokes.errors import DataError

NM = np.arange(600.0, 701.0)
EV = np.linspace(1.75, 2.20, 451)
MEAN_EV = units.HC_EV_NM / 635.0
TAIL = np.exp(-(NM - 600) / 10)  # per cm; 1e-3 at 669 nm


def emission(noise=1e-9):
    y = np.exp(-0.5 * ((EV - MEAN_EV) / 0.03) ** 2)
    sd = np.full(EV.size, noise)
    return data.build("energy", EV, y, kind="emission", quantity="photons_per_ev", medium="vacuum", signal_sd=sd)


def narrow():
    """Emission that ends at 655 nm."""
    x = np.linspace(1.90, 2.10, 201)
    y = np.exp(-0.5 * ((x - MEAN_EV) / 0.01) ** 2)
    sd = np.full(x.size, 1e-9)
    return data.build("energy", x, y, kind="emission", quantity="photons_per_ev", medium="vacuum", signal_sd=sd)


def absorption(alpha=TAIL, nm=NM, sd=1e-12, quantity="absorption_per_cm", **attrs):
    return data.build(
        "wavelength",
        nm,
        alpha,
        kind="absorption",
        quantity=quantity,
        medium="vacuum",
        signal_sd=np.full(nm.size, sd),
        **attrs,
    )


def edges_by_hand(eta, background):
    fine = np.arange(600.0, 700.0, 1e-3)
    alpha = np.exp(-(fine - 600) / 10)
    efficiency = eta * alpha / (alpha + background) * fine / 635.0 - 1
    above = fine[efficiency > 0]
    return above[0], above[-1], fine[efficiency.argmax()], efficiency.max()


# --- by hand


@pytest.mark.parametrize(("eta", "background"), [(0.99, 1e-5), (1.0, 1e-4), (0.97, 1e-6)])
def test_window_by_hand(eta, background):
    found = cooling_window(absorption(), emission(), quantum_yield=eta, background_per_cm=background)
    blue, red, best, top = edges_by_hand(eta, background)
    assert_allclose([found.blue_edge_nm.value, found.red_edge_nm.value], [blue, red], atol=0.02)  # 1 nm apart
    assert_allclose(found.best_efficiency.value, top, atol=1e-4)
    assert_allclose(found.best_nm.value, best, atol=0.51)
    assert_allclose(found.mean_emission_nm.value, 635.0, atol=1e-5)
    assert_allclose(found.mean_emission_ev.value, MEAN_EV, atol=1e-8)
    assert found.window_probability == 1.0
    assert found.external_yield.value == eta and found.background_per_cm.value == background


def test_numbers_at_two_excitations():
    found = cooling_window(
        absorption(), emission(), quantum_yield=0.99, background_per_cm=1e-3, excitation_nm=[650.0, 660.0]
    )
    assert [a.excitation_nm for a in found.at] == [650.0, 660.0]
    for a in found.at:
        alpha = np.exp(-(a.excitation_nm - 600) / 10)
        share = alpha / (alpha + 1e-3)
        assert_allclose(a.absorption.value, alpha, rtol=1e-9)
        assert_allclose(a.efficiency.value, 0.99 * share * a.excitation_nm / 635 - 1, atol=1e-8)
        assert_allclose(a.break_even_yield.value, 635 / a.excitation_nm / share, rtol=1e-7)
        assert_allclose(a.break_even_background.value, alpha * (0.99 * a.excitation_nm / 635 - 1), rtol=1e-6)


def test_one_excitation_between_samples():
    """A tail is exponential: between samples a cubic through its logarithm."""
    (a,) = cooling_window(absorption(), emission(), quantum_yield=0.99, excitation_nm=650.25).at
    assert_allclose(a.absorption.value, np.exp(-5.025), rtol=1e-8)


def test_an_absorbance_takes_its_path():
    ds = absorption(TAIL * 0.5 / np.log(10), quantity="absorbance", path_cm=0.5)
    (a,) = cooling_window(ds, emission(), quantum_yield=0.99, background_per_cm=1e-3, excitation_nm=660.0).at
    assert a.absorption.unit == "cm^-1"
    assert_allclose(a.absorption.value, np.exp(-6.0), rtol=1e-9)


def test_self_absorption_lowers_the_yield():
    found = cooling_window(absorption(), emission(), quantum_yield=0.99, self_absorption=0.5, background_per_cm=0.0)
    assert_allclose(found.external_yield.value, 0.495 / 0.505, rtol=1e-12)
    assert_allclose(found.blue_edge_nm.value, 635 * 0.505 / 0.495, atol=2e-3)


def test_curves_by_hand():
    c = cooling_window(absorption(), emission(), quantum_yield=0.99, background_per_cm=1e-5).curves
    x = c["wavelength"].values
    share = 1 / (1 + 1e-5 * np.exp((x - 600) / 10))
    assert x[0] >= 635 / 1.02 - 1 and x[-1] == 700.0
    assert_allclose(c["efficiency"].values, 0.99 * share * x / 635 - 1, atol=1e-8)
    assert_allclose(c["absorption_efficiency"].values, share, rtol=1e-8)
    assert_allclose(c["break_even_yield"].values, 635 / x / share, rtol=1e-7)
    assert c["useful_power"].values.max() == 1.0 and c["useful_power"].values.min() == 0.0


# --- what is not given


def test_without_a_yield_only_what_it_takes_is_said():
    found = cooling_window(absorption(), emission(), background_per_cm=1e-3, excitation_nm=660.0)
    assert found.external_yield is None and found.blue_edge_nm is None and found.window_probability is None
    assert found.at[0].efficiency is None
    assert_allclose(found.at[0].break_even_yield.value, 635 / 660 * (1 + 1e-3 * np.exp(6.0)), rtol=1e-7)
    assert "efficiency" not in found.curves and "break_even_yield" in found.curves
    assert any("No quantum yield is given" in w for w in found.warnings)


def test_without_a_background_the_window_does_not_end():
    found = cooling_window(absorption(), emission(), quantum_yield=0.99)
    assert_allclose(found.blue_edge_nm.value, 635 / 0.99, atol=1e-3)
    assert found.red_edge_nm.kind == "lower limit" and found.red_edge_nm.value == 700.0
    assert found.background_per_cm is None
    assert any("No background absorption is given" in w for w in found.warnings)


def test_absorption_that_drowns_in_noise_ends_what_is_known():
    """Noise of 1e-3 per cm: three times that is reached at 658 nm."""
    rng = np.random.default_rng(0)
    found = cooling_window(
        absorption(TAIL + 1e-3 * rng.standard_normal(NM.size), sd=1e-3), emission(), quantum_yield=0.995
    )
    resolved = 600 - 10 * np.log(3e-3)
    assert_allclose(found.resolved_to_nm, resolved, atol=3)
    assert found.red_edge_nm.kind == "lower limit" and found.red_edge_nm.value == found.resolved_to_nm
    assert not found.measured_to_the_end


@pytest.mark.parametrize("end_nm", [640.0, 660.0, 700.0])
def test_where_the_data_end_that_is_said(end_nm):
    found = cooling_window(absorption(TAIL[NM <= end_nm], NM[NM <= end_nm]), emission(), quantum_yield=0.99)
    assert found.measured_to_the_end and found.resolved_to_nm == end_nm


def test_only_the_resolved_run_around_the_largest_absorption_counts():
    """Nothing from 650 to 680 nm, then a bump (a baseline, dust) that is resolved again."""
    bump = 0.01 * np.exp(-0.5 * ((NM - 690) / 4) ** 2)
    alpha = np.where(NM < 650, TAIL, 0.0) + np.where(NM > 680, bump, 0.0)
    found = cooling_window(absorption(alpha, sd=2e-5), emission(), quantum_yield=0.99)
    assert not found.measured_to_the_end
    assert_allclose(found.resolved_to_nm, 649.0, atol=2)
    assert found.curves["wavelength"].values[-1] == found.resolved_to_nm


def test_a_gap_blue_of_the_largest_absorption_is_left_out():
    """The mean emission lies at 635 nm; absorption is resolved at 625-630 nm, and higher at 645-700 nm."""
    alpha = np.where(NM < 631, 1e-3, np.where(NM < 645, 0.0, 1e-2))
    found = cooling_window(absorption(alpha, sd=2e-5), emission(), quantum_yield=0.99)
    assert_allclose(found.curves["wavelength"].values[[0, -1]], [645.0, 700.0], atol=1)


@pytest.mark.parametrize("seed", range(10))
def test_noise_alone_is_not_resolved(seed):
    """An edge far in the blue, and nothing but noise where the sample emits."""
    nm = np.arange(480.0, 701.0)
    noise = 1e-3 * np.random.default_rng(seed).standard_normal(nm.size)
    ds = absorption(1 / (1 + np.exp((nm - 510) / 5)) + noise, nm, sd=1e-3)
    with pytest.raises(DataError, match="is resolved at fewer than 4 samples red of the mean emission"):
        cooling_window(ds, emission(), quantum_yield=0.99, background_per_cm=1e-4)


def test_an_unresolved_excitation_is_told():
    rng = np.random.default_rng(0)
    ds = absorption(TAIL + 1e-3 * rng.standard_normal(NM.size), sd=1e-3)
    found = cooling_window(ds, emission(), quantum_yield=0.99, background_per_cm=1e-4, excitation_nm=[640.0, 690.0])
    told = [w for w in found.warnings if "absorption is below three times its noise" in w]
    assert len(told) == 1 and told[0].startswith("At 690 nm")
    assert found.at[1].break_even_yield.high == np.inf


# --- uncertainty


def test_a_yield_near_one_gives_skew_intervals():
    found = cooling_window(absorption(), emission(), quantum_yield=(0.99, 0.01), background_per_cm=1e-5)
    edge, used = found.blue_edge_nm, found.external_yield
    assert 635.0 <= edge.low + 0.01 and used.high <= 1.0
    assert edge.high - edge.value > 1.3 * (edge.value - edge.low)
    assert used.value - used.low > 1.3 * (used.high - used.value)


def test_the_interval_of_an_edge_is_that_of_the_yield():
    """Without background the blue edge is 635/eta; .95 +- .005 is far from one."""
    edge = cooling_window(absorption(), emission(), quantum_yield=(0.95, 0.005)).blue_edge_nm
    z = 1.959964
    expected = [635 / 0.95, 635 / (0.95 + z * 0.005), 635 / (0.95 - z * 0.005)]
    assert_allclose([edge.value, edge.low, edge.high], expected, atol=0.05)  # 2000 stratified draws


def test_the_interval_of_the_red_edge_is_that_of_the_background():
    eta = 0.99
    found = cooling_window(absorption(), emission(), quantum_yield=eta, background_per_cm=(1e-5, 1e-6)).red_edge_nm
    low, high = (edges_by_hand(eta, 1e-5 + k * 1.959964e-6)[1] for k in (1, -1))
    assert_allclose([found.low, found.high], [low, high], atol=0.1)


def test_noise_of_the_emission_blurs_the_mean():
    found = cooling_window(absorption(), emission(noise=0.01), quantum_yield=0.99, excitation_nm=650.0)
    step = EV[1] - EV[0]
    area = 0.03 * np.sqrt(2 * np.pi)
    sd = 0.01 * np.sqrt(np.sum((EV - MEAN_EV) ** 2)) * step / area  # linear propagation, straight lines ignored
    assert_allclose(found.mean_emission_ev.sd, sd, rtol=0.02)
    assert_allclose(found.at[0].efficiency.sd, 0.99 * 650 / units.HC_EV_NM * sd, rtol=0.06)


def test_noise_of_the_absorption_blurs_the_efficiency():
    """d eta/d alpha = eta_ext (x/635) b/(alpha + b)^2, between samples with the weights of ln alpha."""
    found = cooling_window(
        absorption(sd=1e-5), emission(), quantum_yield=0.99, background_per_cm=1e-3, excitation_nm=650.5
    ).at[0]
    alpha = np.exp(-5.05)
    weights = np.array([-1, 9, 9, -1]) / 16 * alpha / np.exp(-np.array([4.9, 5.0, 5.1, 5.2]))
    sd = 1e-5 * np.sqrt(np.sum(weights**2))
    assert_allclose(found.absorption.sd, sd, rtol=3e-3)  # equal steps in wavelength, not quite in energy
    assert_allclose(found.efficiency.sd, 0.99 * 650.5 / 635 * 1e-3 / (alpha + 1e-3) ** 2 * sd, rtol=0.06)


@pytest.mark.parametrize(("eta", "background"), [(1.0, 1e-4), pytest.param(0.99, 1e-5)], ids=["peaked", "flat"])
def test_the_largest_efficiency_carries_the_noise_of_absorption(eta, background):
    """Noise of 3e-5 per cm; a 95 % interval holds the truth in 50 to 60 of 60 runs (99.9 %)."""
    _, _, nm, top = edges_by_hand(eta, background)
    held = []
    for seed in range(60):
        alpha = TAIL + 3e-5 * np.random.default_rng(seed).standard_normal(NM.size)
        found = cooling_window(
            absorption(alpha, sd=3e-5), emission(), quantum_yield=eta, background_per_cm=background, draws=400
        )
        held.append([e.low <= v <= e.high for e, v in ((found.best_efficiency, top), (found.best_nm, nm))])
    assert np.all(np.sum(held, axis=0) >= 50), np.sum(held, axis=0)


def test_seed_and_level():
    arguments = {"quantum_yield": (0.98, 0.01), "background_per_cm": (1e-5, 2e-6)}
    one, same = (cooling_window(absorption(sd=1e-6), emission(1e-3), **arguments) for _ in range(2))
    other = cooling_window(absorption(sd=1e-6), emission(1e-3), **arguments, seed=1)
    wide = cooling_window(absorption(sd=1e-6), emission(1e-3), **arguments, level=0.99)
    assert one.blue_edge_nm == same.blue_edge_nm != other.blue_edge_nm
    assert wide.blue_edge_nm.low < one.blue_edge_nm.low and wide.blue_edge_nm.level == 0.99


# --- yields


def test_a_yield_above_one_is_allowed_with_a_note():
    found = cooling_window(absorption(), emission(), quantum_yield=(1.02, 0.02))
    assert any("The stated yield 1.02 is above one" in w for w in found.warnings)
    assert found.external_yield.high <= 1.0 and found.blue_edge_nm.low >= 634.99


def test_a_yield_far_above_one_is_called_too_certain():
    found = cooling_window(absorption(), emission(), quantum_yield=(1.3, 0.01))
    assert any("lies 30.0 s.d. above one: its uncertainty is too small" in w for w in found.warnings)
    assert 0.99 < found.external_yield.low <= 1.0


def test_a_yield_above_one_without_uncertainty_is_used_as_it_stands():
    found = cooling_window(absorption(), emission(), quantum_yield=1.02)
    assert found.external_yield.value == 1.02
    assert any("it is used as it stands" in w for w in found.warnings)


def test_a_poor_yield_has_no_window():
    found = cooling_window(absorption(), emission(), quantum_yield=0.5, background_per_cm=1e-3)
    assert found.blue_edge_nm is None and found.red_edge_nm is None and found.window_probability == 0.0
    assert found.best_efficiency.value < -0.4


def test_self_absorption_with_a_yield_above_one():
    """Light that is absorbed and emitted again with more than unit yield grows without end: a phi >= 1 is refused."""
    found = cooling_window(absorption(), emission(), quantum_yield=1.2, self_absorption=0.5)
    assert_allclose(found.external_yield.value, 1.2 * 0.5 / (1 - 0.6), rtol=1e-12)
    with pytest.raises(ValueError, match="a yield of 1.2 with self_absorption 0.9 has no finite external yield"):
        cooling_window(absorption(), emission(), quantum_yield=1.2, self_absorption=0.9)


# --- self-absorption is told


def test_self_absorption_taken_as_none_is_told_with_what_the_cuvette_would_take():
    """Absorbance 0.3 all over: half of the light is lost on the way."""
    ds = absorption(np.full(NM.size, np.log10(2)), nm=np.linspace(560, 720, NM.size), quantity="absorbance")
    (told,) = (w for w in cooling_window(ds, emission(), quantum_yield=0.99).warnings if "Self-absorption" in w)
    assert "lose 50% crossing the path" in told
    assert not any(
        "Self-absorption" in w for w in cooling_window(ds, emission(), quantum_yield=0.99, self_absorption=0.1).warnings
    )


@pytest.mark.parametrize("how", [{}, {"path_cm": 0.1}, "argument"])
def test_what_the_cuvette_would_take_does_not_depend_on_how_the_path_is_given(how):
    attrs, arguments = ({}, {"path_cm": 0.1}) if how == "argument" else (how, {})
    ds = absorption(np.full(NM.size, np.log10(2)), np.linspace(560, 720, NM.size), quantity="absorbance", **attrs)
    found = cooling_window(ds, emission(), quantum_yield=0.99, **arguments)
    assert any("lose 50% crossing the path" in w for w in found.warnings)


def test_an_emission_wholly_outside_the_absorption():
    nm = np.arange(670.0, 720.0)
    found = cooling_window(absorption(np.exp(-(nm - 670) / 10), nm, quantity="absorbance"), narrow(), quantum_yield=1.0)
    assert not any("nan" in w for w in found.warnings)


# --- refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"excitation_nm": 590.0}, "excitation at 590 nm lies outside the data: .* covers 600.0 to 700.0 nm"),
        ({"excitation_nm": [650.0, 701.0]}, "excitation at 701 nm lies outside the data"),
        ({"excitation_nm": np.nan}, "lies outside the data"),
        ({"quantum_yield": 0.0}, "quantum_yield must be above 0 and at most 1.5, got 0.0"),
        ({"quantum_yield": 98.0}, "quantum_yield must be above 0 and at most 1.5, got 98.0"),
        ({"quantum_yield": (-0.5, 0.1)}, "quantum_yield must be above 0"),
        ({"quantum_yield": (0.9, -0.1)}, r"quantum_yield must be a number or \(value, sd\)"),
        ({"background_per_cm": -1e-4}, "background_per_cm must not be negative"),
        ({"quantum_yield": 0.9, "self_absorption": 1.0}, r"self_absorption must be in \[0, 1\)"),
    ],
)
def test_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        cooling_window(absorption(), emission(), **arguments)


@pytest.mark.parametrize(
    ("quantity", "missing"), [("absorbance", "path_cm"), ("cross_section_cm2", "number_density_per_cm3")]
)
def test_a_background_per_cm_needs_absorption_per_cm(quantity, missing):
    with pytest.raises(DataError, match=f"a background per cm needs absorption per cm; give {missing}"):
        cooling_window(absorption(quantity=quantity), emission(), quantum_yield=0.99, background_per_cm=1e-4)


def test_absorption_that_ends_before_the_emission():
    blue = np.arange(500.0, 600.0)
    with pytest.raises(
        DataError, match=r"do not overlap: .* resolved at fewer than 4 samples red of the mean emission \(1.95"
    ):
        cooling_window(absorption(np.exp(-(blue - 500) / 10), blue), emission(), quantum_yield=0.99)


def test_absorption_that_ends_just_before_the_mean_emission_predicts_nothing():
    keep = NM < 634
    with pytest.raises(DataError, match="do not overlap"):
        cooling_window(absorption(TAIL[keep], NM[keep]), emission(), quantum_yield=0.99)


def test_a_hundred_draws_are_enough():
    found = cooling_window(absorption(), emission(), quantum_yield=(0.98, 0.01), draws=100, excitation_nm=650.0)
    assert found.blue_edge_nm.low < found.blue_edge_nm.value < found.blue_edge_nm.high


@pytest.mark.parametrize("draws", [0, 2, 99])
def test_too_few_draws_make_no_interval(draws):
    with pytest.raises(ValueError, match=f"draws must be at least 100, got {draws}"):
        cooling_window(absorption(), emission(), quantum_yield=(0.98, 0.01), draws=draws)


# --- a yield that was measured, as its draws


def test_draws_of_a_normal_yield_agree_with_a_stated_one():
    drawn = np.random.default_rng(1).normal(0.985, 0.01, 50_000)
    by = {"background_per_cm": 1e-5, "excitation_nm": 650.0, "draws": 20_000}
    measured = cooling_window(absorption(), emission(), quantum_yield=drawn, **by)
    stated = cooling_window(absorption(), emission(), quantum_yield=(0.985, 0.01), **by)
    for name in ("external_yield", "blue_edge_nm", "red_edge_nm", "best_efficiency"):
        a, b = getattr(measured, name), getattr(stated, name)
        assert_allclose([a.value, a.low, a.high], [b.value, b.low, b.high], rtol=1e-3, atol=3e-4)
    assert_allclose(measured.stated_yield, (0.985, 0.01), rtol=0.02)
    assert measured.external_yield.how.startswith("measured 0.9849")
    above = float(np.mean(drawn > 1))
    assert any(f"{above:.1%} of the draws of the measured yield lie above one" in w for w in measured.warnings)
    assert not any("of the draws" in w for w in stated.warnings)


def test_skew_draws_keep_their_skewness():
    drawn = 1 - np.random.default_rng(2).gamma(2.0, 0.01, 20_000)
    found = cooling_window(absorption(), emission(), quantum_yield=drawn, draws=5000).external_yield
    assert_allclose([found.low, found.value, found.high], np.quantile(drawn, [0.025, 0.5, 0.975]), atol=2e-4)
    lost = cooling_window(absorption(), emission(), quantum_yield=drawn, self_absorption=0.3).external_yield
    eta = np.median(drawn)
    assert_allclose(lost.value, 0.7 * eta / (1 - 0.3 * eta), atol=5e-4)


def test_unbounded_draws_are_left_out_and_counted():
    drawn = np.append(np.full(300, 0.98), np.full(100, np.inf))
    found = cooling_window(absorption(), emission(), quantum_yield=drawn)
    assert found.external_yield.value == 0.98 and found.external_yield.how == "as measured, without uncertainty"
    assert any("25.0% of the draws" in w for w in found.warnings)


@pytest.mark.parametrize(
    ("drawn", "error", "says"),
    [
        (np.full(400, 1.1), DataError, "No draw of the measured yield .median 1.1. lies between 0 and 1"),
        (np.array([0.9, 0.01]), ValueError, "100 draws or more and no NaN, got shape .2,.. A stated yield is"),
        (np.full((20, 20), 0.9), ValueError, "100 draws or more"),
        (np.full(200, np.nan), ValueError, "no NaN"),
    ],
)
def test_draws_that_are_none(drawn, error, says):
    with pytest.raises(error, match=says):
        cooling_window(absorption(), emission(), quantum_yield=drawn)
