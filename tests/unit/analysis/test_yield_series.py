"""Yield over temperature: series without noise, where the truth is a closed form; single steps by brute force."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import curve_fit
from scipy.stats import norm

from antistokes import data, units
from antistokes.analysis import yield_points as points
from antistokes.analysis.result import as_dict, as_tables
from antistokes.analysis.series import Step
from antistokes.analysis.yield_fit import Series, end_ratio, fieller, fit_yield, inverse_kt
from antistokes.analysis.yield_series import yield_activation
from antistokes.errors import DataError
from antistokes.materials import load, solvent
from antistokes.physics.inner_filter import collected
from antistokes.physics.phonon_ladder import apparent_energy_mev

TOLUENE = load("toluene")
EDGE_EV, SIGMA_EV, OF_TAIL = 1.98, 0.03, 0.9
EM_EV, ABS_EV = np.linspace(1.7, 2.2, 501), np.linspace(1.8, 2.9, 551)
T = (300.0, 310.0, 320.0, 330.0, 340.0, 350.0, 360.0)
SPAN = float(-np.ptp(inverse_kt(np.array([300.0, 360.0]))))  # 1/kT falls by this


def gap(t):
    return EDGE_EV - 3.3e-4 * (t - 300)


def absorbance(t, energy_ev, peak=0.4):
    """An exponential tail of kT that ends on a plateau (nearly), as dilute as the solvent makes it."""
    below = np.minimum(energy_ev - gap(t), 0.0)
    dense = float(solvent.density_ratio(TOLUENE, t, 300.0).value)
    return peak * dense * (OF_TAIL + 0.1 * (energy_ev - 2.0)) * np.exp(below / float(units.thermal_energy_ev(t)))


def absorption(t, more=1.0, **attrs):
    stated = {"kind": "absorption", "quantity": "absorbance", "medium": "vacuum", "temperature_k": t}
    sd = np.full(ABS_EV.size, 1e-12)
    return data.build("energy", ABS_EV, more * absorbance(t, ABS_EV), signal_sd=sd, **stated | attrs)


def emission(t, trap_mev=0.0, excitation_ev=None, light=1.0, geometry="right-angle", **attrs):
    """Gaussian emission of an area that is the absorbed light times the yield times 1/n^2."""
    laser = gap(t) - 0.068 if excitation_ev is None else excitation_ev
    area = float(collected(absorbance(t, laser), geometry)) * light
    area *= float(np.exp(-trap_mev * (inverse_kt(np.array(t)) - inverse_kt(np.array(300.0)))))
    area /= 1.0 if geometry == "sphere" else float(solvent.index_ratio(TOLUENE, t, 300.0, 632.0).value) ** 2
    shape = np.exp(-0.5 * ((EM_EV - gap(t) + 0.018) / (SIGMA_EV * np.sqrt(t / 300))) ** 2) / np.sqrt(t / 300)
    stated = {"kind": "emission", "quantity": "photons_per_ev", "medium": "vacuum", "temperature_k": t}
    stated["excitation_nm"] = float(units.wavelength_from_energy(laser, "vacuum"))
    sd = np.full(EM_EV.size, 1e-9 * area)
    return data.build("energy", EM_EV, area * shape, signal_sd=sd, **stated | attrs)


def series(temperatures=T, **options):
    return [emission(t, **options) for t in temperatures], [absorption(t) for t in temperatures]


def found(temperatures=T, geometry="right-angle", **options):
    emitted, absorbed = series(temperatures, geometry=geometry, **options)
    return yield_activation(emitted, absorbed, geometry=geometry, solvent="toluene")


@pytest.mark.parametrize(("depth", "ratio"), [(0.0, 1.0), (50.0, 1.38), (90.0, 1.79), (110.0, 2.03)])
@pytest.mark.parametrize("geometry", ["right-angle", "front-face", "sphere"])
def test_traps_come_back_with_their_depth_and_what_they_do_to_the_yield(depth, ratio, geometry):
    result = found(trap_mev=depth, geometry=geometry)
    assert_allclose(result.activation_mev.value, depth, atol=0.02)
    assert_allclose(result.yield_ratio.value, ratio, atol=0.01)
    assert result.constant.outcome == ("supports" if depth == 0 else "contradicts")


def test_what_traps_would_do_is_in_the_result():
    assert_allclose([e.value for e in found().traps.values()], [1.380, 1.786, 2.032], atol=5e-4)
    assert next(iter(found().traps)) == "yield at 360 K over 300 K, traps 50 meV deep"


def test_quenching_is_a_negative_energy():
    result = found(trap_mev=-30.0)
    assert_allclose(result.activation_mev.value, -30.0, atol=0.02)
    assert result.yield_ratio.value < 1


def test_energy_is_that_of_a_straight_line():
    """Without noise all weights are alike, and the fit is the least squares of physics/phonon_ladder."""
    rng = np.random.default_rng(0)
    t, wave = np.array(T), 1 + 1e-4 * rng.standard_normal(7)
    one = Series(t, wave, np.full(7, 1e-3), np.ones(7), np.zeros((7, 7)), np.zeros((1, 7)))
    assert_allclose(fit_yield(one).value[1], apparent_energy_mev(wave, t), rtol=1e-3)


def test_fit_is_the_least_squares_of_the_absorbed_light():
    """With all noise on the absorbed light, it is scipy's curve_fit of F = I exp(-ln Q), to its covariance."""
    rng, t = np.random.default_rng(1), np.array(T)
    x = inverse_kt(t)
    light = np.exp(-60 * (x - x[0]))
    sd = 0.2 * light[0]
    signal = light + sd * rng.standard_normal(7)
    one = Series(t, light, np.zeros(7), signal, np.eye(7) * sd**2, np.zeros((1, 7)))

    def model(_, a, energy):
        return light * np.exp(-a - energy * (x.mean() - x))

    best, covariance = curve_fit(model, x, signal, [0.0, 0.0], np.full(7, sd), absolute_sigma=True, xtol=1e-12)
    fit = fit_yield(one)
    assert fit.value[1] / np.sqrt(covariance[1, 1]) == pytest.approx(best[1] / np.sqrt(covariance[1, 1]), abs=0.25)
    assert_allclose(np.sqrt(np.diag(fit.noise)), np.sqrt(np.diag(covariance)), rtol=0.15)


def test_shared_error_goes_straight_to_the_energy():
    """An error of ln yield that is E/kT at each point is an error of E."""
    t = np.array(T)
    one = Series(t, np.ones(7), np.full(7, 1e-3), np.ones(7), np.zeros((7, 7)), -3.0 * inverse_kt(t)[None])
    fit = fit_yield(one)
    assert_allclose(fit.spread(0.0 * fit.noise[1, 1] + 1e-30, fit.shared[1, 1])[0], 3.0, rtol=1e-9)


def test_interval_of_a_quotient_is_fiellers():
    """All quotients that a normal test does not reject, found by trying them one by one."""
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    low, high = fieller(1.0, 1.2, covariance, 1.96)
    tried = np.linspace(0.0, 4.0, 400001)
    spread = covariance[0, 0] - 2 * tried * covariance[0, 1] + tried**2 * covariance[1, 1]
    kept = tried[(1.0 - tried * 1.2) ** 2 <= 1.96**2 * spread]
    assert_allclose([low, high], [kept.min(), kept.max()], atol=1e-4)
    assert fieller(1.0, 0.5, covariance, 1.96)[1] == np.inf
    assert fieller(0.1, 0.1, covariance, 1.96) == (-np.inf, np.inf)


def test_ratio_of_the_ends_is_a_quotient_of_means():
    t = np.array([300.0, 300.2, 330.0, 360.0])
    photons, signal = np.array([1.0, 1.1, 1.2, 1.5]), np.array([1.0, 1.0, 1.0, 1.1])
    one = Series(t, photons, np.full(4, 0.01), signal, np.zeros((4, 4)), np.zeros((1, 4)))
    value, sd, low, high = end_ratio(one, fit_yield(one), 0.5, 0.95)
    assert_allclose(value, (1.5 / 1.1) / 1.05, rtol=5e-3)
    assert low < value < high and sd > 0.01


# the door: which emission goes with which absorption


def test_what_cannot_be_used_is_named_and_the_rest_is_used():
    emitted, absorbed = series()
    emitted += [emission(355.0), data.with_attrs(emission(330.0), temperature_k=4040.4)]
    short = absorption(320.0).isel(energy=slice(0, 540))
    absorbed = [*absorbed[:2], short, *absorbed[3:], data.with_attrs(absorption(345.0), temperature_k=None)]
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene")
    assert_allclose(result.activation_mev.value, 0.0, atol=0.02)
    said = "\n".join(result.warnings)
    assert "4040.4 K is absurd" in said and "states no temperature" in said
    assert "emission 8 (emission Dataset, 355 K): no absorption of its temperature" in said
    assert "540 samples, most have 551" in said
    assert result.curves.sizes["step"] == 7


def test_order_does_not_matter_and_branches_are_matched():
    both = (("heating", T, 1.0), ("cooling", T[::-1], 1.001))  # as much more light as absorption on the way back
    emitted = [emission(t, branch=b, light=more) for b, ts, more in both for t in ts]
    absorbed = [absorption(t, branch=b, more=more) for b, _, more in both for t in T]
    first = yield_activation(emitted, absorbed[::-1], solvent="toluene")
    assert_allclose(first.activation_mev.value, 0.0, atol=0.02)
    assert first.reversibility is not None and first.reversibility.outcome == "supports"
    assert_allclose(first.reversibility.difference.value, 0.0, atol=1e-4)


def test_a_missing_branch_of_the_absorption_is_named():
    emitted = [emission(t, branch="heating") for t in T]
    emitted += [emission(t, branch="cooling", light=1.001) for t in T[::-1]]
    result = yield_activation(emitted, [absorption(t, branch="heating") for t in T], solvent="toluene")
    assert sum("no absorption of its temperature and branch" in w for w in result.warnings) == 6  # 360 K is of both
    assert "absorption: there is no cooling branch, so whether it is reversible is not tested." in result.warnings
    assert result.curves.sizes["step"] == 8


def test_a_sample_that_bleaches_shows_between_the_branches():
    emitted = [emission(t, branch="heating") for t in T]
    emitted += [emission(t, branch="cooling", light=0.95) for t in T[::-1]]
    absorbed = [absorption(t, more, branch=b) for b, more in (("heating", 1.0), ("cooling", 1 + 1e-6)) for t in T]
    branches = yield_activation(emitted, absorbed, solvent="toluene").reversibility
    assert branches is not None and branches.outcome == "contradicts"
    assert_allclose(branches.difference.value, np.log(0.95), atol=1e-4)


def test_repeats_are_used_as_repeats():
    emitted, absorbed = series()
    again = emission(300.0, light=1.001)
    result = yield_activation([emitted[0], again, *emitted[1:]], absorbed, solvent="toluene")
    assert result.curves.sizes["step"] == 8
    assert any("repeats the temperature" in w for w in result.warnings)


def test_too_little_in_common_is_refused():
    emitted, _ = series()
    with pytest.raises(DataError, match=r"belong together at 0 of 7 steps, a series needs two temperatures"):
        yield_activation(emitted, [absorption(t + 5) for t in T])


# light


def test_power_and_time_are_divided_out():
    rng = np.random.default_rng(2)
    emitted = []
    for t in T:
        power, time = rng.uniform(0.5, 2, 2)
        laser_ev = gap(t) - 0.068
        ds = emission(t, light=power / laser_ev * time * 3, power_w=power, integration_time_s=time, exposures=3)
        emitted.append(data.with_attrs(ds, quantity="counts"))
    result = yield_activation(emitted, [absorption(t) for t in T], geometry="right-angle", solvent="toluene")
    assert_allclose(result.activation_mev.value, 0.0, atol=0.02)
    assert not any(w.startswith("No power") for w in result.warnings)


def test_photons_are_not_divided_by_a_time():
    """Where they are per second; what they are of several times has to be said."""
    emitted = [emission(t, integration_time_s=1 + t - 300) for t in T]
    with pytest.raises(DataError, match="collected over different times"):
        yield_activation(emitted, [absorption(t) for t in T], geometry="right-angle", solvent="toluene")
    emitted = [emission(t, integration_time_s=1 + t - 300, rate="per second") for t in T]
    result = yield_activation(emitted, [absorption(t) for t in T], geometry="right-angle", solvent="toluene")
    assert_allclose(result.activation_mev.value, 0.0, atol=0.02)


def test_power_that_is_not_stated_is_said_with_its_weight():
    plain = found()
    (said,) = [w for w in plain.warnings if w.startswith("No power")]
    emitted = [emission(t, power_w=1e-3) for t in T]
    other = yield_activation(emitted, [absorption(t) for t in T], geometry="right-angle", solvent="toluene")
    assert f"{other.activation_mev.value - plain.activation_mev.value:+.1f} meV are to be added" in said


@pytest.mark.parametrize("key", ["power_w", "quantity"])
def test_intensities_that_cannot_be_compared_are_refused(key):
    emitted, absorbed = series()
    emitted[3] = data.with_attrs(emitted[3], **{key: 1e-3 if key == "power_w" else "power_per_ev"})
    with pytest.raises(DataError, match=key):
        yield_activation(emitted, absorbed)


def test_excitation_is_needed():
    emitted, absorbed = series()
    unknown = [data.with_attrs(ds, excitation_nm=None) for ds in emitted]
    with pytest.raises(DataError, match="no excitation wavelength"):
        yield_activation(unknown, absorbed)


@pytest.mark.parametrize("wrong", ["dark", "no excitation", "negative absorbance", "too hot"])
def test_one_unusable_step_is_named_and_the_rest_is_used(wrong):
    emitted, absorbed = series()
    if wrong == "dark":
        emitted[2] = emitted[2].assign(signal=emitted[2].signal * 0)
    elif wrong == "no excitation":
        emitted[2] = data.with_attrs(emitted[2], excitation_nm=None)
    elif wrong == "negative absorbance":
        absorbed[2] = absorbed[2].assign(signal=absorbed[2].signal - 0.3)
    else:
        emitted[2], absorbed[2] = (data.with_attrs(of[2], temperature_k=400.0) for of in (emitted, absorbed))
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene")
    assert result.curves.sizes["step"] == 6
    assert_allclose(result.activation_mev.value, 0.0, atol=0.02)
    assert any("left out" in w for w in result.warnings)


def test_excluded_range_is_bridged_by_a_straight_line():
    plain = points.light_of(Step(300.0, "", emission(300.0), "x"), None, (), None)
    ds = emission(300.0)
    line = ds["signal"].copy()
    line[(EM_EV > 1.89) & (EM_EV < 1.90)] += 1.0  # scattered laser light
    windows = [tuple(sorted(units.wavelength_from_energy(np.array([1.8895, 1.9005]), "vacuum")))]
    kept = points.light_of(Step(300.0, "", ds.assign(signal=line), "x"), None, windows, None)
    assert_allclose(kept.photons, plain.photons, rtol=2e-3)
    share = np.diff(norm.cdf([1.8895, 1.9005], gap(300.0) - 0.018, SIGMA_EV))
    assert_allclose(kept.bridged, share, rtol=0.08)  # the wing is hollow, a line is not
    assert plain.bridged == 0


def test_scattered_laser_light_is_found():
    emitted, absorbed = series()
    for i, ds in enumerate(emitted):
        at = units.energy_from_wavelength(ds.attrs["excitation_nm"], "vacuum")
        spike = 0.5 * float(ds.signal.max()) * np.exp(-0.5 * ((ds.energy - at) / 1e-3) ** 2)
        emitted[i] = ds.assign(signal=ds.signal.copy(data=ds.signal + spike))
    assert any("stands out at the excitation" in w for w in yield_activation(emitted, absorbed).warnings)
    assert not any("stands out" in w for w in found().warnings)


def test_what_a_filter_cuts_is_told_with_its_weight():
    emitted, absorbed = series()
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene", cut_nm=640.0)
    (said,) = [w for w in result.warnings if w.startswith("Only light bluer")]
    told = float(said.split("adds at least ")[1].split(" meV")[0])
    assert_allclose(result.activation_mev.value, told, rtol=0.15)
    assert abs(told) > 10
    assert result.constant.outcome == "inconclusive" and result.activation_mev.high < -10
    assert any("left open" in w for w in result.warnings)


def filtered(ds, cut_nm=640.0, width_nm=0.7):
    """Pass light through a filter that begins to cut there."""
    wavelength = data.wavelength_and_energy(ds)[0]
    passed = 1 / (1 + np.exp(np.clip((wavelength - cut_nm - 4 * width_nm) / width_nm, -300, 300)))
    return ds.assign(signal=ds.signal.copy(data=ds.signal.values * passed))


@pytest.mark.parametrize("where", ["behind a filter", "an end of the data"])
def test_a_cut_that_nobody_states_is_seen_and_nothing_is_decided(where):
    emitted, absorbed = series()
    end = 1.937
    cut = [filtered(ds) if where == "behind a filter" else ds.sel(energy=slice(end, None)) for ds in emitted]
    result = yield_activation(cut, absorbed, geometry="right-angle", solvent="toluene")
    assert result.activation_mev.high < -10 and result.constant.outcome == "inconclusive"
    assert any(where in w for w in result.warnings)
    assert not any("filter" in w or "an end of the data" in w for w in found().warnings)


def test_laser_light_that_does_not_count_does_not_stand_out():
    emitted, absorbed = series()
    for i, ds in enumerate(emitted):
        at = units.energy_from_wavelength(ds.attrs["excitation_nm"], "vacuum")
        spike = 0.5 * float(ds.signal.max()) * np.exp(-0.5 * ((ds.energy - at) / 1e-3) ** 2)
        emitted[i] = ds.assign(signal=ds.signal.copy(data=ds.signal + spike))
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene", cut_nm=636.0)
    assert not any("stands out" in w for w in result.warnings)


@pytest.mark.parametrize(("slope", "trap_mev", "outcome"), [(-0.017, 0.0, "inconclusive"), (0.0, 90.0, "contradicts")])
def test_counts_say_what_an_unknown_response_does(slope, trap_mev, outcome):
    emitted = []
    for t in T:
        ds = emission(t, trap_mev, integration_time_s=1.0)
        wavelength = data.wavelength_and_energy(ds)[0]
        sloping = ds.signal.copy(data=ds.signal.values * np.exp(slope * (wavelength - 632)))
        emitted.append(data.with_attrs(ds.assign(signal=sloping), quantity="counts"))
    absorbed = [absorption(t) for t in T]
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene", baseline_sd=1e-9)
    assert result.constant.outcome == outcome
    (said,) = [w for w in result.warnings if w.startswith("Counts carry")]
    told = float(said.split("per nm adds ")[1].split(" meV")[0])
    assert_allclose(
        result.activation_mev.value - trap_mev, told * slope / 0.01, atol=0.15 * abs(told * slope / 0.01) + 0.05
    )


def test_a_baseline_that_nobody_states_leaves_a_faint_tail_open():
    emitted = [emission(t) for t in T]
    lifted = [ds.assign(signal=ds.signal + 5e-4) for ds in [absorption(t, 0.05) for t in T]]
    how = {"geometry": "right-angle", "solvent": "toluene"}
    result = yield_activation(emitted, lifted, **how)
    assert result.activation_mev.low > 10 and result.constant.outcome == "inconclusive"
    assert yield_activation(emitted, lifted, **how, baseline_sd=1e-9).constant.outcome == "contradicts"


def test_two_points_decide_nothing():
    assert found((300.0, 360.0), trap_mev=90.0).constant.outcome == "inconclusive"


def test_one_branch_says_what_fading_does():
    emitted, absorbed = series()
    faded = [ds.assign(signal=ds.signal * 0.99**k) for k, ds in enumerate(emitted)]
    how = {"geometry": "right-angle", "solvent": "toluene"}
    result = yield_activation(faded, absorbed, **how)
    (said,) = [w for w in result.warnings if "a sample that fades" in w]
    told = float(said.split("would be ")[1].split(" meV")[0])
    assert_allclose(result.activation_mev.value, told, rtol=0.02)


# the solvent


def test_without_the_index_the_energy_is_seven_millielectronvolt_too_high():
    emitted, absorbed = series()
    n = solvent.index_ratio(TOLUENE, T, 300.0, 632.0).value
    result = yield_activation(emitted, absorbed, geometry="right-angle")
    assert_allclose(result.activation_mev.value, apparent_energy_mev(n**-2.0, T), atol=0.02)
    (said,) = [w for w in result.warnings if w.startswith("No solvent")]
    assert "+4.7%" in said and "+7.1 meV" in said


def test_error_of_the_index_is_in_the_interval():
    assert_allclose(found().activation_mev.sd, 7.07 * 0.3 / 5.6, rtol=0.03)


def test_absorption_at_one_temperature_serves_above_the_gap_only():
    emitted, absorbed = series(excitation_ev=2.5)
    result = yield_activation(
        emitted, absorbed[0], geometry="right-angle", solvent="toluene", absorption_at="one temperature"
    )
    assert_allclose(result.activation_mev.value, 0.0, atol=0.05)  # the plateau falls with the density
    assert any("no yield" in w for w in result.warnings)
    below, _ = series()
    with pytest.raises(DataError, match="measure it at each, or excite more than 100 meV above the band"):
        yield_activation(below, absorbed[0], solvent="toluene", absorption_at="one temperature")


def test_one_absorption_without_a_solvent_says_what_both_corrections_would_add():
    emitted, absorbed = series(excitation_ev=2.5)
    result = yield_activation(emitted, absorbed[0], geometry="front-face", absorption_at="one temperature")
    (said,) = [w for w in result.warnings if w.startswith("No solvent")]
    told = float(said.split("of the energy above, ")[1].split(" meV")[0])
    assert "-6.5%" in said and "+4.7%" in said
    assert_allclose(result.activation_mev.value, told, atol=0.5)


def test_a_band_that_is_saturated_beside_the_excitation_does_not_matter():
    emitted, _ = series()
    dense = [absorption(t, 20.0) for t in T]
    dense = [a.assign(signal=a.signal.copy(data=np.minimum(a.signal, 4.0))) for a in dense]
    result = yield_activation(emitted, dense, geometry="right-angle", solvent="toluene")
    assert_allclose(result.curves["absorbance"], [20 * absorbance(t, gap(t) - 0.068) for t in T], rtol=1e-4)


@pytest.mark.parametrize(("count", "at"), [(1, "each temperature"), (3, "one temperature"), (1, "any temperature")])
def test_how_the_absorption_was_taken_has_to_be_said(count, at):
    emitted, absorbed = series()
    with pytest.raises(DataError, match=f"{count} absorption spectra do not go with absorption_at='{at}'"):
        yield_activation(emitted, absorbed[:count], absorption_at=at)


def test_absorption_of_another_scale_is_refused():
    emitted, absorbed = series()
    absorbed = [data.with_attrs(ds, quantity="absorption_per_cm") for ds in absorbed]
    with pytest.raises(DataError, match="needs one of absorbance, absorptance, transmittance"):
        yield_activation(emitted, absorbed)


# noise of the absorption


def test_noise_of_the_absorbed_light_is_that_of_its_spectra():
    """Covariance of three points on two spectra, by moving every sample: noise, a mode and a baseline."""
    energy = np.linspace(1.85, 2.0, 31)
    values = np.outer([0.2, 0.3], np.exp((energy - 2.0) / 0.03))
    of, laser = [[0], [0, 1], [1]], np.array([1.9, 1.912, 1.93])
    sd, mode, baseline = np.full(31, 2e-4), 3e-4 * np.linspace(0, 1, 31), 5e-4
    beam = points.Beam("right-angle", (0.2, 0.8), 2.0, True)

    def absorbed(values):
        bands = [
            points.Band(energy, units.HC_EV_NM / energy, "vacuum", v, sd, mode[None], "absorbance", "x", ())
            for v in values
        ]
        return points.absorbed(bands, of, laser, beam, np.ones(3), baseline)

    def effect(*, spectrum, error):
        moved = values.copy()
        moved[spectrum] += 1e-3 * error
        return (absorbed(moved).signal - absorbed(values).signal) / 1e-3

    errors = [*(np.eye(31) * sd), mode, np.full(31, baseline)]
    effects = np.array([effect(spectrum=k, error=error) for k in (0, 1) for error in errors])
    expected = absorbed(values).covariance
    assert_allclose(effects.T @ effects, expected, rtol=2e-3, atol=1e-12)
    assert expected[0, 2] == 0 < expected[0, 1]


def test_bandpass_of_the_excitation_is_averaged_over():
    energy = np.linspace(1.8, 2.0, 401)
    value = 0.2 * np.exp((energy - 2.0) / 0.026)
    zero = np.zeros(energy.size)
    band = points.Band(energy, units.HC_EV_NM / energy, "vacuum", value, zero, zero[None], "absorbance", "x", ())
    beam = points.Beam("front-face", (0.5, 0.5), 8.0, True)
    one = points.absorbed([band], [[0]], np.array([1.9]), beam, np.ones(1), 0.0)
    offset = np.linspace(-8, 8, 20001)
    weight = 8 - np.abs(offset)
    under = 0.2 * np.exp((units.HC_EV_NM / (units.HC_EV_NM / 1.9 + offset) - 2.0) / 0.026)
    assert_allclose(one.signal[0], np.sum(weight * (1 - 10**-under)) / weight.sum(), rtol=1e-6)


def test_weight_of_a_baseline_is_what_it_does():
    emitted, absorbed = series()
    plain = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene")
    moved = [a.assign(signal=a.signal.copy(data=a.signal + 1e-5)) for a in absorbed]
    change = 100 * yield_activation(emitted, moved, geometry="right-angle", solvent="toluene").activation_mev.value
    (said,) = [w for w in plain.warnings if "baseline" in w]
    assert abs(float(said.split("energy by ")[1].split(" meV")[0]) - abs(change)) < 0.06
    stated = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene", common_baseline_sd=1e-3)
    both = np.hypot(plain.activation_mev.sd, change)
    assert_allclose(stated.activation_mev.sd, both, rtol=0.02)
    assert not any("baseline" in w for w in stated.warnings)


def test_own_baselines_widen_the_interval_as_least_squares_say():
    emitted, absorbed = series()
    result = yield_activation(emitted, absorbed, geometry="right-angle", solvent="toluene", baseline_sd=1e-3)
    true = np.array([absorbance(t, gap(t) - 0.068) for t in T])
    x = inverse_kt(np.array(T))
    h = 1e-6
    slope = (collected(true + h, "right-angle") - collected(true - h, "right-angle")) / (2 * h)
    weight = (collected(true, "right-angle") / (1e-3 * slope)) ** 2
    centred = x - weight @ x / weight.sum()
    noise = 1 / np.sqrt(weight @ centred**2)
    assert_allclose(result.activation_mev.sd, np.hypot(noise, found().activation_mev.sd), rtol=0.02)


def test_a_geometry_that_is_not_stated_is_said():
    emitted, absorbed = series()
    assert any(w.startswith("No geometry") for w in yield_activation(emitted, absorbed).warnings)
    stated = [data.with_attrs(e, geometry="front-face") for e in emitted]
    assert not any(w.startswith("No geometry") for w in yield_activation(stated, absorbed).warnings)
    stated[0] = data.with_attrs(emitted[0], geometry="sphere")
    with pytest.raises(DataError, match="several geometries"):
        yield_activation(stated, absorbed)
    with pytest.raises(DataError, match="geometry must be one of"):
        yield_activation(emitted, absorbed, geometry="backwards")


@pytest.mark.parametrize("wrong", [{"margin_mev": 0.0}, {"baseline_sd": -1.0}, {"cut_nm": 0.0}, {"tolerance_k": 0.0}])
def test_arguments_are_checked(wrong):
    emitted, absorbed = series()
    with pytest.raises(ValueError, match="must be 0 or more, margin_mev"):
        yield_activation(emitted, absorbed, **wrong)


def test_result_goes_to_tables_and_json():
    result = found()
    assert str(result).startswith(result.title) and "supports" in str(result)
    labels = [label for _, rows in as_tables(result) for label, _ in rows]
    assert "activation energy of the yield" in labels and "yield at 360 K over 300 K, traps 90 meV deep" in labels
    assert as_dict(result)["constant"]["outcome"] == "supports"
    assert_allclose(result.curves["yield_ratio"], 1.0, atol=1e-3)
    assert_allclose(result.curves["model"], 1.0, atol=1e-3)
    curves = yield_activation(*series(), solvent="toluene", baseline_sd=1e-3).curves
    assert ((curves["yield_low"] < curves["yield_ratio"]) & (curves["yield_ratio"] < curves["yield_high"])).all()
    assert (curves["yield_high"] - curves["yield_ratio"] > curves["yield_ratio"] - curves["yield_low"]).all()  # skew
