import dataclasses

import numpy as np
import pytest
import xarray as xr

from antistokes.analysis.cooling import AtExcitation, CoolingWindow
from antistokes.analysis.reciprocity import Reciprocity
from antistokes.estimate import Estimate, exact, normal
from antistokes.verdict import verdicts

RULES = verdicts.margins()
NM = np.array([640.0, 650.0, 660.0, 670.0])


def test_margins_are_versioned():
    assert RULES["version"] and 0 < RULES["reciprocity"]["temperature_fraction"] < 1


def test_nothing_is_said_of_the_mechanism():
    assert verdicts.mechanism_verdict().verdict == "not tested yet"


# --- detailed balance


def balance(value=301.0, low=295.0, high=307.0, *, misfit=0.01, non_emitting_below_ev=None):
    dark = None if non_emitting_below_ev is None else Estimate(non_emitting_below_ev, unit="eV")
    return Reciprocity(
        temperature_k=Estimate(value, (high - low) / 4, low, high, unit="K"),
        window_low_ev=1.9,
        window_high_ev=2.0,
        residual_rms=Estimate(2 * misfit),
        misfit_rms=Estimate(misfit),
        reduced_chi2=Estimate(1.0),
        non_emitting_below_ev=dark,
        checked_down_to_ev=1.85,
        curves=xr.Dataset(),
        correlation={},
    )


@pytest.mark.parametrize(
    ("numbers", "outcome", "says"),
    [
        ((301.0, 295.0, 307.0), "supports", "The spectra agree with detailed balance"),
        ((300.0, 285.0, 315.0), "supports", "agree with detailed balance"),  # the margin of 5 % belongs to it
        ((300.0, 284.0, 314.0), "inconclusive", "crosses the margin"),
        ((330.0, 316.0, 345.0), "contradicts", "this is what unequal dots do"),
        ((330.0, 314.0, 345.0), "inconclusive", "crosses the margin"),
        ((270.0, 260.0, 284.0), "contradicts", "Unequal dots rarely do that"),
        ((270.0, 240.0, 300.0), "inconclusive", "crosses the margin"),
        ((900.0, 200.0, np.inf), "inconclusive", "unbounded"),
        ((900.0, 400.0, np.inf), "contradicts", "hot emitters or an uncorrected response"),
    ],
)
def test_detailed_balance(numbers, outcome, says):
    evidence = verdicts.detailed_balance(balance(*numbers), 300.0, RULES)
    assert evidence.outcome == outcome
    assert says in evidence.says and "1.900-2.000 eV" in evidence.says
    assert evidence.margin == "within 5% of 300 K, misfit of the ratio below 5%"
    assert evidence.statistic.value == numbers[0]


@pytest.mark.parametrize(
    ("numbers", "misfit", "outcome", "says"),
    [
        ((301.0, 295.0, 307.0), 0.05, "supports", "agree with detailed balance"),  # the margin belongs to it
        ((301.0, 295.0, 307.0), 0.051, "contradicts", "is no Boltzmann factor over 1.900-2.000 eV: it strays by 5%"),
        ((301.0, 240.0, 360.0), 0.2, "contradicts", "it strays by 20% (rms) from one, whatever its mean slope"),
        ((330.0, 316.0, 345.0), 0.2, "contradicts", "this is what unequal dots do"),
        ((270.0, 260.0, 284.0), 0.2, "contradicts", "Unequal dots rarely do that"),
    ],
)
def test_a_ratio_that_is_no_boltzmann_factor_obeys_nothing(numbers, misfit, outcome, says):
    evidence = verdicts.detailed_balance(balance(*numbers, misfit=misfit), 300.0, RULES)
    assert evidence.outcome == outcome and says in evidence.says


@pytest.mark.parametrize("numbers", [(301.0, 295.0, 307.0), (330.0, 316.0, 345.0), (270.0, 260.0, 284.0)])
@pytest.mark.parametrize("misfit", [0.01, 0.2])
def test_an_uncorrected_emission_tests_nothing(numbers, misfit):
    evidence = verdicts.detailed_balance(balance(*numbers, misfit=misfit), 300.0, RULES, uncorrected=True)
    assert evidence.outcome == "inconclusive"
    assert "of an emission whose response was not corrected: no test" in evidence.says


def test_an_unknown_temperature_decides_nothing():
    evidence = verdicts.detailed_balance(balance(301.0, 295.0, 307.0), None, RULES)
    assert evidence.outcome == "inconclusive" and evidence.margin == "temperature unknown"
    assert "is not known to compare it with" in evidence.says


def test_the_margin_is_that_of_the_rules():
    rules = {"reciprocity": {"temperature_fraction": 0.2, "misfit": 0.01}}
    assert verdicts.detailed_balance(balance(330.0, 316.0, 345.0), 300.0, rules).outcome == "supports"
    bent = balance(330.0, 316.0, 345.0, misfit=0.011)
    assert verdicts.detailed_balance(bent, 300.0, rules).outcome == "contradicts"


# --- cooling


def window(low, high, *, external_yield=None, best=0.02, at=(), background=None, edges=True, sd=0.01, **more):
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return CoolingWindow(
        mean_emission_ev=exact(1.97, "eV", ""),
        mean_emission_nm=exact(629.0, "nm", ""),
        external_yield=external_yield or normal(0.98, sd, "1", "stated"),
        background_per_cm=background,
        blue_edge_nm=normal(645.0, 1.0, "nm", "") if edges else None,
        red_edge_nm=Estimate(670.0, unit="nm", kind="lower limit") if edges else None,
        best_nm=exact(660.0, "nm", ""),
        best_efficiency=Estimate(best, 0.01, best - 0.02, best + 0.02),
        window_probability=0.7,
        at=at,
        curves=xr.Dataset(
            {"efficiency_low": ("wavelength", low), "efficiency_high": ("wavelength", high)}, {"wavelength": NM}
        ),
        **{"resolved_to_nm": 670.0, "measured_to_the_end": False, "stated_yield": None, "emission_end": 0.0} | more,
    )


def cooling(result, **more):
    return verdicts.cooling_verdict(result, RULES, **more)


def test_could_cool_with_its_edges_and_where_it_is_sure():
    v = cooling(window([-0.1, 0.01, 0.02, -0.01], [0.0, 0.02, 0.03, 0.02]))
    assert v.verdict == "could cool in this window"
    assert "in the window 645.0 (643.0 to 647.0) nm to > 670.0 nm" in v.says
    assert "from 650.0 to 660.0 nm" in v.says


def test_could_cool_up_to_the_ends_of_the_data():
    v = cooling(window([0.01, 0.01, 0.02, 0.01], [1, 1, 1, 1]))
    assert v.verdict == "could cool in this window" and "from 640.0 to 670.0 nm" in v.says


def test_only_the_run_that_holds_the_best_excitation_is_named():
    v = cooling(window([0.005, -0.01, 0.02, 0.01], [1, 1, 1, 1]))
    assert "from 660.0 to 670.0 nm" in v.says


# what heats wherever it was measured: 12 kT at 295 K are 305.1 meV, 15.49 % of 1.97 eV


def heats(low=(-0.2,) * 4, high=(-0.05,) * 4, **more):
    return cooling(window(low, high, best=-0.05, edges=False, **more))


@pytest.mark.parametrize(("external_yield", "says"), [(0.844, "would heat"), (0.846, "undecided"), (0.98, "undecided")])
def test_would_heat_where_a_photon_would_have_to_gain_too_much(external_yield, says):
    assert RULES["cooling"]["heats_beyond_kt"] == 12
    v = heats(external_yield=exact(external_yield, "1", ""))
    assert v.verdict == says and "would heat from 640 to 670 nm, as far as absorption is resolved" in v.says
    assert ("a photon would have to gain 307 meV to break even" in v.says) == (says == "would heat")
    none = ("background absorption was taken as none",)
    assert v.conditions == (() if says == "would heat" else none)  # a background would only heat more


@pytest.mark.parametrize(("sd", "says"), [(0.02, "would heat"), (0.03, "undecided")])
def test_the_gain_is_counted_with_the_highest_yield_of_the_interval(sd, says):
    """.80 +- 1.96 s.d. ends at .8392 and .8588, on either side of .8451."""
    assert heats(external_yield=normal(0.80, sd, "1", "stated")).verdict == says


@pytest.mark.parametrize(("heats_beyond_kt", "says"), [(1.5, "would heat"), (1.6, "undecided")])
def test_the_largest_gain_is_that_of_the_rules(heats_beyond_kt, says):
    """A yield of .98 asks for 39.4 meV: 1.55 kT."""
    rules = RULES | {"cooling": {"heats_beyond_kt": heats_beyond_kt}}
    result = window([-0.2] * 4, [-0.05] * 4, best=-0.05, edges=False, external_yield=exact(0.98, "1", ""))
    assert verdicts.cooling_verdict(result, rules).verdict == says


def test_what_lies_beyond_the_data_is_not_known():
    """629 nm/.98 = 641.8 nm with a yield known exactly; with an s.d. of .0049 the interval ends at .9896: 635.6 nm."""
    for used, begins in ((exact(0.98, "1", ""), "641.8"), (normal(0.98, 0.0049, "1", ""), "635.6")):
        v = heats(external_yield=used)
        assert v.verdict == "undecided"
        assert f"What lies beyond is not known: with this yield cooling could begin at {begins} nm" in v.says
        assert "Measure absorption further into the red, and state the background" in v.says


BACKGROUND = normal(1e-3, 1e-4, "cm^-1", "")


@pytest.mark.parametrize(
    ("low", "high", "background", "says"),
    [
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.2, -0.3], BACKGROUND, "would heat"),
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.2, -0.3], None, "undecided"),  # nothing was stated
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.2, -0.3], exact(0.0, "cm^-1", ""), "undecided"),
        ([-0.2, -0.10, -0.1, -0.1], [-0.1, -0.05, -0.04, -0.03], BACKGROUND, "undecided"),  # still rises
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.07, -0.09], BACKGROUND, "undecided"),  # falls within its interval
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.07, -0.10], BACKGROUND, "undecided"),
        ([-0.2, -0.10, -0.3, -0.4], [-0.1, -0.05, -0.07, -0.101], BACKGROUND, "would heat"),
    ],
)
def test_would_heat_where_a_background_takes_over_inside_the_data(low, high, background, says):
    v = heats(low, high, background=background)
    assert v.verdict == says
    assert ("and further on: beyond its largest efficiency the background takes over" in v.says) == (
        says == "would heat"
    )


# absorption that does not emit: 1.9 eV are 652.4 nm in air


def test_a_window_only_where_absorption_does_not_emit_is_undecided():
    result = window([-0.1, -0.1, 0.01, 0.02], [0.0, 0.02, 0.03, 0.04])
    v = cooling(result, balance=balance(non_emitting_below_ev=1.9))
    assert v.verdict == "undecided"
    assert "would be above zero, but only red of 652.4 nm" in v.says
    assert "a baseline, or absorption that does not emit" in v.says
    for other in (None, balance(), balance(non_emitting_below_ev=1.8)):
        assert cooling(result, balance=other).verdict == "could cool in this window"


def test_only_what_emits_is_counted_as_sure():
    v = cooling(window([-0.1, 0.01, 0.01, 0.02], [1, 1, 1, 1]), balance=balance(non_emitting_below_ev=1.9))
    assert v.verdict == "could cool in this window" and "from 650.0 to 650.0 nm" in v.says


@pytest.mark.parametrize("low", [[0.1] * 4, [-0.1] * 4, [-2.0] * 4])
def test_an_uncorrected_emission_is_a_condition(low):
    result = window(low, np.add(low, 0.15), background=BACKGROUND)
    (condition,) = cooling(result, uncorrected=True).conditions
    assert condition.startswith("the emission is uncorrected counts")
    assert cooling(result).conditions == ()


@pytest.mark.parametrize(
    ("low", "high"),
    [([-0.1] * 4, [-0.1, 0.01, -0.1, -0.1]), ([-0.1] * 4, [0.1] * 4), ([-0.1, 0, -0.1, -0.1], [0.1] * 4)],
)
def test_undecided_where_an_interval_holds_zero(low, high):
    v = cooling(window(low, high))
    assert v.verdict == "undecided" and "contains zero" in v.says and "70% of the draws" in v.says


def test_undecided_says_how_well_the_yield_would_have_to_be_known():
    """An efficiency of .02 stands 1.96 s.d. off zero where sd/yield is .02/1.02/1.96: .0098 for a yield of .98."""
    v = cooling(window([-0.1] * 4, [0.1] * 4, best=0.02, sd=0.03))
    assert "A yield known to 0.0098 instead of 0.03 (s.d.) would decide" in v.says


def test_undecided_by_something_else_than_the_yield():
    v = cooling(window([-0.1] * 4, [0.1] * 4, external_yield=exact(0.98, "1", "")))
    assert "Absorption further into the tail, or a smaller background, would decide" in v.says


@pytest.mark.parametrize(("sd", "advice"), [(0.0099, True), (0.0097, False), (1e-4, False)])
def test_a_yield_that_is_known_well_enough_is_not_asked_for(sd, advice):
    """What decides is .0098, as above."""
    v = cooling(window([-0.1] * 4, [0.1] * 4, best=0.02, sd=sd))
    assert ("instead of" in v.says) == advice
    assert ("a better known background, would decide" in v.says) != advice


@pytest.mark.parametrize(("level", "needed"), [(0.6826894921, "0.019"), (0.95, "0.0098"), (0.99, "0.0075")])
def test_the_yield_that_would_decide_goes_by_the_level_of_the_interval(level, needed):
    """.02/1.02 x .98 = .01922, over 1, 1.96 and 2.576 s.d."""
    used = normal(0.98, 0.03, "1", "stated", level=level)
    assert (
        f"A yield known to {needed} instead of 0.03"
        in cooling(window([-0.1] * 4, [0.1] * 4, best=0.02, external_yield=used)).says
    )


def test_a_negative_best_efficiency_is_decided_by_a_yield_too():
    """-.02 stands 1.96 s.d. off zero where sd/yield is .02/.98/1.96: .0102 for a yield of .98."""
    assert "A yield known to 0.01 instead of 0.03" in cooling(window([-0.1] * 4, [0.1] * 4, best=-0.02, sd=0.03)).says


def test_without_absorption_or_yield_it_is_undecided():
    assert cooling(None).verdict == "undecided"
    assert "Without an absorption spectrum" in cooling(None).says
    at = (AtExcitation(excitation_nm=660.0, absorption=Estimate(1.0), break_even_yield=normal(0.953, 0.01, "1", "")),)
    unknown = {"blue_edge_nm": None, "red_edge_nm": None, "best_nm": None, "best_efficiency": None}
    bare = dataclasses.replace(window([0] * 4, [0] * 4, at=at), external_yield=None, curves=xr.Dataset(), **unknown)
    v = cooling(bare)
    assert v.verdict == "undecided" and "No quantum yield is given" in v.says
    assert "Needed to break even: 0.953 (0.933 to 0.973) at 660 nm" in v.says


def test_a_yield_above_one_decides_nothing():
    v = cooling(window([0.1] * 4, [0.2] * 4, external_yield=exact(1.03, "1", "")))
    assert v.verdict == "undecided" and "1.03 is above one" in v.says


def at_660(background):
    e = Estimate(background, 1e-5, background - 2e-5, background + 2e-5, unit="cm^-1")
    return AtExcitation(
        excitation_nm=660.0, absorption=Estimate(1.0), break_even_yield=Estimate(0.9), break_even_background=e
    )


def test_a_background_taken_as_none_is_a_condition():
    v = cooling(window([0.1] * 4, [0.2] * 4, at=(at_660(1e-3),)))
    (condition,) = v.conditions
    assert condition.startswith("background absorption was taken as none; it has to stay below 0.00100")
    assert condition.endswith("cm^-1 at 660 nm")
    (condition,) = cooling(window([0.1] * 4, [0.2] * 4, at=(at_660(-1e-3),))).conditions
    assert condition == "background absorption was taken as none"


def test_a_stated_background_is_no_condition():
    v = cooling(window([0.1] * 4, [0.2] * 4, background=normal(1e-4, 1e-5, "cm^-1", "")))
    assert v.conditions == ()


def test_what_the_evidence_contradicts_is_a_condition_of_the_verdict():
    said = verdicts.Verdict(verdict="could cool in this window", says="")
    found = [
        verdicts.Evidence(test="balance", outcome=o, statistic=exact(300.0, "K", ""), margin="", says="")
        for o in ("supports", "contradicts")
    ]
    assert verdicts.with_doubts(said, (found[0],)) == said
    assert "balance" in verdicts.with_doubts(said, tuple(found)).conditions[0]


@pytest.mark.parametrize("word", ["could cool in this window", "would heat"])
def test_a_yield_that_contradicts_itself_decides_nothing(word):
    said = verdicts.Verdict(verdict=word, says="As it stands.", conditions=("no background",))
    assert verdicts.with_contradictions(said, ()) == said
    v = verdicts.with_contradictions(said, ("it adds light", "estimators disagree"))
    assert v.verdict == "undecided" and "it adds light; estimators disagree" in v.says and "As it stands." in v.says
    assert v.conditions == ("contradicted: it adds light", "contradicted: estimators disagree", "no background")


def test_why_there_is_no_yield_is_said():
    none = dataclasses.replace(window([0] * 4, [0] * 4), external_yield=None)
    v = verdicts.cooling_verdict(none, RULES, without="The yield was dropped")
    assert v.says.startswith("The yield was dropped, so there is no prediction.")
