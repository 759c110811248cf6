import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtri

from antistokes.analysis.result import as_dict, as_tables
from antistokes.design.yield_plan import plan_yield
from antistokes.design.yield_routes import RATIO_FLOOR, RATIO_NOISE, Sphere, by_heat, by_ratio, by_sphere, sphere_spread
from antistokes.physics import sphere

SIXTY_EIGHT = 0.6827
TWO, THREE, RATIO, HEAT = 0, 1, 2, 3
SERIES = {"heat_excitation_ev": 1.96 + np.linspace(-0.03, 0.1, 8), "mean_emission_ev": (1.96, 1e-3)}


def arms(expected):
    return expected.value - expected.low, expected.high - expected.value


def test_the_sphere_s_two_measurements_against_the_closed_form():
    """P/D of independent normal numbers, P far above 0: P(Q <= q) = Phi((q D - P)/sqrt(s_P^2 + q^2 s_D^2))."""
    for a, laser_sd in ((0.01, 1e-3), (0.05, 1e-3), (0.3, 3e-3)):
        spread = sphere_spread("two", Sphere(1.0, 0.002, 0.0, 0.0, a), 0.95, 0)
        low, middle, high = spread(laser_sd, a, 1.0)
        sd = laser_sd * math.hypot(1, 1 - a)
        for q, p in ((low, 0.025), (middle, 0.5), (high, 0.975)):
            assert_allclose((q * a - a) / math.hypot(0.002 * a, q * sd), ndtri(p), atol=0.01)


def test_low_absorptance_against_brute_force():
    """Three measurements at A = .03 with .1 % on each laser integral, a million pseudo-random draws."""
    rng, n = np.random.default_rng(0), 1_000_000
    true = sphere.collected(0.03, 0.98, 0.03)

    def noisy(value, sd):
        return float(value) * (1 + sd * rng.standard_normal(n))

    drawn = sphere.yield_three(
        sphere.Integrals(
            noisy(true.laser_empty, 1e-3),
            noisy(true.laser_direct, 1e-3),
            noisy(true.emission_direct, 2e-3),
            noisy(true.laser_indirect, 1e-3),
            noisy(true.emission_indirect, 2e-3),
        )
    )
    expected = np.quantile(drawn, [0.025, 0.5, 0.975])
    found = plan_yield(0.01, absorptance=0.03, quantum_yield=0.98, laser_sd=1e-3, indirect=0.03).routes[THREE].expected
    assert_allclose([found.low, found.value, found.high], expected, rtol=4e-3)


def test_high_absorptance_against_first_order():
    """u^2 = u_P^2 + (u_Lc^2 (1-A)^2 + u_La^2)/A^2 for two measurements at A = .8, and runs divide it."""
    first = 1.959964 * math.sqrt(0.002**2 + 0.001**2 * (1 + 0.2**2) / 0.8**2)
    for runs in (1, 25):
        found = plan_yield(0.01, absorptance=0.8, laser_sd=1e-3, repeats=runs).routes[TWO]
        assert_allclose(arms(found.expected), first / math.sqrt(runs), rtol=0.02)
        assert_allclose(found.half_width, max(arms(found.expected)))


@pytest.mark.parametrize(
    ("a", "three", "two"), [(0.05, 0.080, 0.052), (0.1, 0.037, 0.031), (0.3, 0.010, 0.012), (0.6, 0.005, 0.006)]
)
def test_the_table_of_five_integrals_to_a_third_of_a_per_cent(a, three, two):
    """.3 % on each of five integrals, L_b = .97 L_a, yield .99 observed after self-absorption .15."""
    observed = 0.99 * 0.85 / (1 - 0.15 * 0.99)
    noise = {"laser_sd": 0.003, "emission_sd": 0.003, "indirect": 0.03, "level": SIXTY_EIGHT}
    plan = plan_yield(0.01, absorptance=a, quantum_yield=observed, **noise)
    for route, sd in ((THREE, three), (TWO, two)):
        assert_allclose(sum(arms(plan.routes[route].expected)) / 2, sd, rtol=0.05)


def test_a_yield_to_a_hundredth_takes_a_third_absorbed():
    """.99 +- .01 (1 s.d.) by integrals to .3 % and L_b = .97 L_a needs A > .3 or so; as a 95 % interval twice that."""
    noise = {"laser_sd": 0.003, "emission_sd": 0.003, "indirect": 0.03, "quantum_yield": 0.988}
    needed = plan_yield(0.01, absorptance=0.31, level=SIXTY_EIGHT, **noise).routes[THREE].absorptance_needed
    assert 0.29 < needed.value < 0.34
    assert 0.5 < plan_yield(0.01, absorptance=0.58, **noise).routes[THREE].absorptance_needed.value < 0.6


@pytest.mark.parametrize(
    ("a", "laser_sd", "up", "down"),
    [
        (0.5, 1e-3, 0.003, 0.003),
        (0.1, 5e-4, 0.007, 0.007),
        (0.02, 1e-3, 0.075, 0.065),
        (0.01, 1e-3, 0.16, 0.12),
        (0.01, 2e-4, 0.028, 0.028),
        (0.005, 1e-3, 0.39, 0.22),
    ],
)
def test_the_table_of_absorptance_and_laser_noise(a, laser_sd, up, down):
    """68 % arms at a yield of one, .2 % on the emission."""
    found = plan_yield(0.01, absorptance=a, laser_sd=laser_sd, level=SIXTY_EIGHT).routes[TWO].expected
    assert_allclose(arms(found), (down, up), rtol=0.05, atol=1e-3)


def test_one_per_cent_absorbed_asks_a_laser_steady_to_two_parts_in_ten_thousand():
    """For +- .028 (1 s.d.); for a hundredth to seven parts in a hundred thousand."""
    for wanted, steady in ((0.029, 2e-4), (0.01, 7e-5)):
        plan = plan_yield(wanted, absorptance=0.01, level=SIXTY_EIGHT)
        assert_allclose(plan.routes[TWO].steady_needed.value, steady, rtol=0.05)
        assert plan.routes[TWO].expected is None and "state laser_sd; takes" in plan.routes[TWO].says


def test_what_is_needed_is_what_reaches_it():
    """Each of the three, put in the place of what was stated, gives the half-width wanted; a little less does not."""
    wanted, a = 0.02, 0.05
    ways = [
        *by_sphere(Sphere(1.0, 0.002, 0.0, 0.0, a), 1e-3, 0.95, 0),
        by_ratio(1.0, 2e-3, 0.002, 0.001, 0.0, 0.95, 0),
        by_heat(1.0, SERIES["heat_excitation_ev"], 0.02, SERIES["mean_emission_ev"], a, 0.95),
    ]
    noise = {
        "laser_sd": 1e-3,
        "absorptance_sd": 2e-3,
        "ratio_noise_sd": 0.002,
        "ratio_floor_sd": 0.001,
        "heat_sd": 0.02,
    }
    plan = plan_yield(wanted, absorptance=a, **noise, **SERIES)
    assert plan.reached_by == ()
    for way, route in zip(ways, plan.routes, strict=True):
        steady, least, n = (getattr(route, k).value for k in ("steady_needed", "absorptance_needed", "repeats_needed"))
        assert_allclose([way.arm(steady, a, 1), way.arm(way.steady, least, 1)], wanted, rtol=2e-3)
        assert way.arm(way.steady, a, n) <= wanted < way.arm(way.steady, a, n - 1)


def test_a_floor_is_said_and_nothing_is_asked_against_it():
    plan = plan_yield(0.005, absorptance=0.3, laser_sd=1e-3, band_sd=0.01, absorptance_sd=1e-4)
    for i in (TWO, THREE):
        route = plan.routes[i]
        assert (
            route.possible is False and route.steady_needed is route.absorptance_needed is route.repeats_needed is None
        )
        assert "not by this way, the response between its bands (band_sd) leaves ± 0.02" in route.says
    assert "ratio_floor_sd, reference_yield_sd) leaves ± 0.013" in plan.routes[RATIO].says
    assert str(plan).count("never") == 9


def test_the_emission_s_noise_is_a_floor_that_only_runs_lower():
    route = plan_yield(0.003, absorptance=0.3, laser_sd=1e-4, emission_sd=0.002).routes[TWO]
    assert route.steady_needed is None and route.absorptance_needed is None and route.possible
    assert route.repeats_needed.value == 2 and "takes 2 runs" in route.says


def test_where_noise_reaches_no_absorption_nothing_is_bounded():
    route = plan_yield(0.01, absorptance=1e-3, laser_sd=1e-3).routes[TWO]
    assert math.isinf(route.half_width) and math.isinf(route.expected.high) and not route.reaches
    text = str(plan_yield(0.01, absorptance=1e-3, laser_sd=1e-3))
    assert "not bounded" in text and "nan" not in text


def test_the_threshold_does_not_care_how_little_is_absorbed_if_heat_is_seen():
    """Fieller's half-width, against first order: sd of the zero of a line through K E (1 - E_0/E)."""
    found = plan_yield(0.01, absorptance=0.01, quantum_yield=0.99, heat_sd=0.002, **SERIES).routes[HEAT]
    energy = SERIES["heat_excitation_ev"]
    columns = np.stack([np.ones(8), -1 / energy], 1) / 0.002
    covariance = np.linalg.inv(columns.T @ columns)
    slope = np.array([-0.99 * 1.96, 1.0]) / 1.96
    sd = math.hypot(math.sqrt(slope @ covariance @ slope), 0.99 * 1e-3 / 1.96)
    assert_allclose(sum(arms(found.expected)) / 2, 1.959964 * sd, rtol=0.03)
    assert found.reaches and found.says == "photothermal threshold: reaches it."


def test_what_is_not_stated_is_asked_for():
    plan = plan_yield(0.02, absorptance=0.3, laser_sd=1e-3)
    assert plan.routes[HEAT].says == "photothermal threshold: state heat_excitation_ev, heat_sd, mean_emission_ev."
    assert plan.routes[RATIO].says.startswith("ratio UC/DC: state absorptance_sd; takes the absorptance below")
    assert set(plan.curves.data_vars) == {"sphere_two", "sphere_three"}
    assert plan.reached_by == ("sphere, two measurements", "sphere, three measurements")
    assert plan.says[0] == "Reached with what is stated by: sphere, two measurements; sphere, three measurements."


def test_what_calibrates_the_power_is_shared_by_all_runs():
    """PL and absorptance above the gap, .2 % each, are averaged; power .5, stray light, inner filter, linearity not."""
    assert_allclose(RATIO_NOISE, math.hypot(0.002, 0.002), rtol=0.02)
    assert_allclose(RATIO_FLOOR, math.hypot(0.005, 0.002, 0.003, 0.002), rtol=0.005)
    known = {"absorptance": 0.3, "absorptance_sd": 1e-5}
    for runs, known_sd in ((1, 0.0), (10_000, 0.0), (10_000, 0.01)):
        found = plan_yield(0.01, repeats=runs, reference_yield_sd=known_sd, **known).routes[RATIO].expected
        expected = math.hypot(RATIO_NOISE / runs**0.5, RATIO_FLOOR, known_sd)
        assert_allclose(sum(arms(found)) / 2, 1.959964 * expected, rtol=0.02)


def test_a_sample_that_absorbs_more_absorbs_more_beside_the_beam_too():
    """The odds m/(1 - m) go with A: what a plan says of another absorptance is the plan of that one."""
    known = {"laser_sd": 3e-3, "emission_sd": 0.003}
    needed = plan_yield(0.1, absorptance=0.05, indirect=0.03, **known).routes[THREE].absorptance_needed.value
    odds = 0.03 / 0.97 * needed / 0.05
    there = plan_yield(0.1, absorptance=needed, indirect=odds / (1 + odds), **known).routes[THREE]
    assert_allclose(there.half_width, 0.1, rtol=1e-3)


def test_what_no_steadiness_reaches_says_what_to_state():
    """A floor below what is wanted and noise above it: neither an empty cell nor a number."""
    plan = plan_yield(0.01, absorptance=0.01, laser_sd=5e-4, ratio_noise_sd=0.006, ratio_floor_sd=0.003)
    assert plan.routes[RATIO].says == "ratio UC/DC: state absorptance_sd; however small, it does not reach it alone."
    assert str(plan).splitlines()[6].split() == "ratio UC/DC state it not alone - -".split()


def test_the_page_prints_what_the_call_gives(capsys):
    """The example of docs/models/yield-bounds-and-plans.md, run as it stands there."""
    page = (Path(__file__).parents[3] / "docs/models/yield-bounds-and-plans.md").read_text(encoding="utf-8")
    code, _, rest = page.partition("```python\nplan = ")[2].partition("```\n\n```text\n")
    exec(f"import antistokes as ans\nplan = {code}", {})
    assert capsys.readouterr().out == rest.partition("```")[0]


def test_a_person_can_read_it():
    plan = plan_yield(0.01, absorptance=0.01, laser_sd=1e-3, absorptance_sd=1e-4, heat_sd=0.01, **SERIES)
    lines = str(plan).splitlines()
    assert lines[0] == "What it takes to know a yield of 1 to ± 0.01 (95 % interval)"
    assert lines[1] == "with absorptance 0.01, laser 0.1 %, emission 0.2 %, 1 run"
    assert lines[3].split() == "gives or steady to or absorptance or runs".split()
    cells = [lines[3].index(c) for c in ("gives", "or steady", "or absorptance", "or runs")]
    assert all(line[at] != " " and line[at - 1] == " " for line in lines[4:8] for at in cells)
    assert "+0.38 / -0.22" in lines[4] and lines[6].count("never") == 3
    assert any("band_sd is 0" in w for w in plan.warnings) and any("budget is assumed" in w for w in plan.warnings)


def test_it_is_a_result_like_the_others():
    plan = plan_yield(0.01, absorptance=0.3, laser_sd=1e-3)
    assert [t for t, _ in as_tables(plan)][1:] == [r.title for r in plan.routes]
    assert as_dict(plan)["routes"][HEAT]["half_width"] is None
    measured = plan_yield(0.01, absorptance=0.3, laser_sd=1e-3, heat_sd=0.01, **SERIES)
    assert json.loads(json.dumps(as_dict(measured)))["routes"][HEAT]["half_width"] > 0
    arm = plan.curves.sphere_two.values
    assert np.all(np.diff(arm[np.isfinite(arm)]) < 0) and np.isnan(arm[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"uncertainty": 0.0}, "uncertainty must be between 0 and 1"),
        ({"absorptance": 1.0}, "absorptance must be between 0 and 1, got 1.0"),
        ({"quantum_yield": 99.0}, "quantum_yield must be above 0 and at most 1.5"),
        ({"laser_sd": 1.5}, r"laser_sd must be at least 0 and below 1 \(a fraction, not per cent\), got 1.5"),
        ({"heat_sd": -0.1}, "heat_sd must be at least 0"),
        ({"heat_sd": 0.0}, "heat_sd must be above 0"),
        (
            {"heat_sd": 0.1, "heat_excitation_ev": [1.9], "mean_emission_ev": 1.96},
            "1 photon energies; expected at least 2",
        ),
        ({"indirect": 1.0}, "indirect must be at least 0 and below 1"),
        ({"repeats": 0}, "repeats must be at least 1 and finite, got 0"),
        ({"repeats": math.nan}, "repeats must be at least 1 and finite, got nan"),
        ({"heat_excitation_ev": [632.0, 650.0]}, "heat_excitation_ev: expected photon energies .* found 632 to 650 eV"),
        ({"mean_emission_ev": 632.0}, "mean_emission_ev: expected photon energies from 0.1 to 10 eV, found 632"),
        ({"level": 1.0}, "level must be at least .5 and below 1"),
    ],
)
def test_what_makes_no_sense(change, message):
    arguments = {"uncertainty": 0.01, "absorptance": 0.1} | change
    with pytest.raises(ValueError, match=message):
        plan_yield(arguments.pop("uncertainty"), **arguments)
