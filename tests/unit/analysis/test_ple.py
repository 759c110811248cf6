import json

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.special import ndtri

import antistokes as ans
from antistokes import data, units
from antistokes.analysis.ple import ple_ratio
from antistokes.analysis.ple_signal import Signal, absorbance, measured, predicted
from antistokes.analysis.ple_slope import slope_of_quotient
from antistokes.analysis.result import as_dict, as_tables
from antistokes.errors import DataError
from antistokes.physics.inner_filter import collected
from tests.unit.analysis.ple_bench import DETECTION_NM, WINDOW, clean, measure, true_absorbance

SD = 2e-4


def compare(ple, absorption, lamp=None, **more):
    return ple_ratio(ple, absorption, **({"lamp": lamp, "window": WINDOW, "baseline_sd": SD} | more))


def exact(peak, geometry, bandpass=2.0, **attrs):
    """PLE and absorption without noise to speak of."""
    nm, y = clean(peak, geometry, bandpass, 1.0)
    where = np.arange(505.0, 715.0, 0.5)
    a = true_absorbance(where, peak)
    attrs = {"geometry": geometry, "detection_nm": DETECTION_NM, "bandpass_nm": bandpass} | attrs
    ple = data.build("wavelength", nm, 1e6 * y, kind="ple", quantity="counts", signal_sd=np.full(y.size, 1e-2), **attrs)
    absorption = data.build(
        "wavelength", where, a, kind="absorption", quantity="absorbance", signal_sd=np.full(a.size, 1e-7)
    )
    return ple, absorption


def steps(deep, thin, **attrs):
    """Absorbance ``deep`` blue of 632 nm and ``thin`` red of it; the PLE of a right angle's middle."""
    nm = np.arange(560.0, 700.0, 2.0)
    where = np.arange(550.0, 710.0, 1.0)
    levels = [np.where(x < 632, deep, thin) for x in (nm, where)]
    y = 1e6 * collected(levels[0], "right-angle") + 1e-6 * nm  # no three alike, as of a saturated detector
    attrs = {"geometry": "right-angle", "detection_nm": 630.0, "bandpass_nm": 2.0} | attrs
    ple = data.build("wavelength", nm, y, kind="ple", quantity="counts", signal_sd=np.full(nm.size, 1.0), **attrs)
    absorption = data.build(
        "wavelength", where, levels[1], kind="absorption", quantity="absorbance", signal_sd=np.full(where.size, 1e-6)
    )
    return ple, absorption


@pytest.mark.parametrize("geometry", ["front-face", "right-angle", "sphere"])
@pytest.mark.parametrize("peak", [0.05, 1.0])
def test_equal_yields_give_one_in_every_geometry(geometry, peak):
    found = compare(*exact(peak, geometry), baseline_sd=0.0)
    assert found.ratio.value == pytest.approx(1, abs=1e-3)  # 41 lines against the quadrature of the slit
    assert found.down_slope.value == pytest.approx(0, abs=0.05)
    assert found.equivalences[0].outcome == "supports"


@pytest.mark.parametrize(("deep", "overstated"), [(0.3, 1.0200), (0.5, 1.0562), (1.0, 1.2360)])
def test_absorptance_at_right_angles_overstates_by_what_the_page_says(deep, overstated):
    ple, absorption = steps(deep, 1e-3)
    right = ple_ratio(ple, absorption)
    assert right.ratio.value == pytest.approx(1, abs=1e-4)
    wrong = ple_ratio(ple, absorption, geometry="front-face")
    assert wrong.ratio.value == pytest.approx(overstated, abs=5e-4)


def test_geometry_must_be_declared():
    ple, absorption = steps(0.5, 1e-3, geometry=None)
    with pytest.raises(ValueError, match="geometry must be declared.*2, 6 and 24 %"):
        ple_ratio(ple, absorption)
    assert ple_ratio(ple, absorption, geometry="right-angle").geometry == "right-angle"


def test_the_window_is_the_datasets_own_unless_stated():
    ple, absorption = steps(0.5, 1e-3, window=[0.2, 0.4])
    assert ple_ratio(ple, absorption).window == (0.2, 0.4)
    assert ple_ratio(ple, absorption, window=(0.1, 0.3)).window == (0.1, 0.3)
    assert not any("state window" in w for w in ple_ratio(ple, absorption).warnings)
    middle, absorption = steps(0.5, 1e-3)
    (said,) = [w for w in ple_ratio(middle, absorption).warnings if "state window" in w]
    assert f"{100 * (10 ** (-0.5 * 0.05) - 1):+.1f} %" in said


def test_the_bandpass_of_the_detection_counts_for_scatter():
    ple, absorption = steps(0.5, 1e-2, detection_bandpass_nm=10.0)
    found = ple_ratio(ple, absorption)
    assert found.masked["scatter of the excitation reaches the detection"] == ((618.0, 642.0),)
    assert not any("taken as that of the excitation" in w for w in found.warnings)


def test_detection_must_be_declared():
    ple, absorption = steps(0.5, 1e-3, detection_nm=None)
    with pytest.raises(ValueError, match="detection_nm must be declared"):
        ple_ratio(ple, absorption)


def test_slope_against_a_fit_of_every_true_value():
    """The true denominators as parameters of their own give the same slope, chi-square and interval."""
    rng = np.random.default_rng(3)
    energy = np.linspace(1.85, 1.95, 25)
    true = np.exp(30 * (energy - 1.9))
    f_sd, s_sd = 0.05 * np.ones(25), 0.03 * np.sqrt(true)
    f = true + f_sd * rng.standard_normal(25)
    s = 2 * np.exp(1.5 * (energy - energy.mean())) * true + s_sd * rng.standard_normal(25)
    over, under = Signal(s, s_sd, np.diag(s_sd**2)), Signal(f, f_sd, np.diag(f_sd**2))
    found = slope_of_quotient(energy, over, under, 0.95)

    def chi2(slope):
        def residuals(p):
            g = np.exp(p[0] + slope * (energy - energy.mean()))
            return np.concatenate([(s - g * p[1:]) / s_sd, (f - p[1:]) / f_sd])

        return 2 * least_squares(residuals, np.concatenate([[np.log(2)], f]), xtol=1e-12, ftol=1e-12).cost

    least = chi2(found.value)
    assert found.reduced_chi2 == pytest.approx(least / 23, rel=1e-5)
    scale = max(least / 23, 1.0)
    for end in (found.low, found.high):
        assert chi2(end) - least == pytest.approx(scale * ndtri(0.975) ** 2, rel=0.02)


def test_slope_of_many_samples_is_that_of_their_bins():
    rng = np.random.default_rng(0)
    energy = np.linspace(1.9, 2.3, 600)
    f = np.full(600, 0.5)
    s = np.exp(0.3 * (energy - energy.mean())) * f + 1e-3 * rng.standard_normal(600)
    exactly, noisy = np.zeros((600, 600)), np.diag(np.full(600, 1e-6))
    found = slope_of_quotient(energy, Signal(s, np.full(600, 1e-3), noisy), Signal(f, np.zeros(600), exactly), 0.95)
    x = energy - energy.mean()
    expected_sd = 2e-3 / np.sqrt(np.sum(x**2))
    assert found.sd == pytest.approx(expected_sd, rel=0.05)
    assert found.value == pytest.approx(0.3, abs=4 * expected_sd)


def test_ratio_has_fiellers_interval():
    """Absorbance offset alone: the tail's sum is normal, so the ends are the closed form's."""
    ple, absorption = steps(0.3, 0.01)
    sd = 1e-3
    found = ple_ratio(ple, absorption, baseline_sd=sd)
    z = ndtri(0.975)
    up, down = (collected(a, "right-angle") for a in (0.01, 0.3))
    d_up, d_down = ((collected(a + 1e-5, "right-angle") - collected(a, "right-angle")) / 1e-5 for a in (0.01, 0.3))
    ends = [(1 + k * sd * d_down / down) / (1 + k * sd * d_up / up) for k in (z, -z)]
    assert [found.ratio.low, found.ratio.high] == pytest.approx(ends, rel=0.01)
    assert found.ratio.high - 1 > 1.3 * (1 - found.ratio.low)  # skew


def test_uncertainty_of_the_prediction_against_drawn_spectra():
    """Interpolation, slit and shared offset: covariance of the prediction as repeated scans have it."""
    where, at = np.arange(600.0, 660.0, 1.3), np.arange(610.0, 650.0, 1.0)
    true, rng, rows = true_absorbance(where, 0.5), np.random.default_rng(1), []

    def run(values):
        sd = np.full(where.size, 1e-3)
        ds = data.build("wavelength", where, values, kind="absorption", quantity="absorbance", signal_sd=sd)
        return predicted(absorbance(ds, None, 5e-4), at, "air", 3.0, "right-angle", (0.3, 0.6))[0]

    for _ in range(300):
        rows.append(run(true + 1e-3 * rng.standard_normal(where.size) + 5e-4 * rng.standard_normal()).value)
    said, counted = run(true).covariance, np.cov(np.array(rows).T)
    assert np.sqrt(np.diag(counted)) == pytest.approx(np.sqrt(np.diag(said)), rel=0.17)
    assert np.corrcoef(said[np.triu_indices(at.size)], counted[np.triu_indices(at.size)])[0, 1] > 0.98


def test_the_slit_is_averaged():
    ple, absorption = exact(0.5, "right-angle", bandpass=8.0)
    assert compare(ple, absorption).ratio.value == pytest.approx(1, abs=2e-3)
    sharp = compare(ple.assign_attrs(bandpass_nm=0.01), absorption, up_nm=(646, 690))
    assert sharp.ratio.value > 1.3  # the edge seems to reach further red
    already = absorption.assign_attrs(bandpass_nm=8.0)
    assert any("no bandpass" not in w for w in compare(ple, already).warnings)


def test_bandpass_of_the_absorption_counts_in_quadrature():
    """Absorption seen through 4.8 nm and PLE through 8 nm: what is left to average is 6.4 nm."""
    nm = np.arange(505.0, 715.0, 0.5)
    tooth = np.linspace(-1, 1, 41)
    weight = (1 - np.abs(tooth)) / np.sum(1 - np.abs(tooth))
    seen = true_absorbance(nm[:, None] + 4.8 * tooth, 0.05) @ weight
    blurred = data.build(
        "wavelength",
        nm,
        seen,
        kind="absorption",
        quantity="absorbance",
        signal_sd=np.full(nm.size, 1e-7),
        bandpass_nm=4.8,
    )
    ple, _ = exact(0.05, "right-angle", bandpass=8.0)
    assert compare(ple, blurred).ratio.value == pytest.approx(1, abs=3e-3)
    said = [w for w in compare(ple, blurred.assign_attrs(bandpass_nm=12.0)).warnings if "not sharpened" in w]
    assert len(said) == 1


def test_lamp_as_power_as_photons_and_none():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    by_power = compare(ple, absorption, lamp)
    by_photons = compare(ple, absorption, ans.convert(lamp, "photons_per_nm"))
    meter = data.with_attrs(lamp, quantity="power")
    assert by_photons.ratio.value == pytest.approx(by_power.ratio.value, rel=1e-12)
    assert compare(ple, absorption, meter).ratio.value == pytest.approx(by_power.ratio.value, rel=1e-12)
    assert abs(by_power.ratio.value - 1) < 0.02
    without = compare(ple, absorption)
    assert abs(without.ratio.value - 1) > 0.1 and any("no lamp was given" in w for w in without.warnings)
    assert not any("no lamp was given" in w for w in by_power.warnings)


def test_lamp_in_counts_is_refused():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    with pytest.raises(DataError, match="photodiode"):
        compare(ple, absorption, data.with_attrs(lamp, quantity="counts"))


def test_a_short_lamp_masks_what_it_does_not_reach():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    found = compare(ple, absorption, lamp.sel(wavelength=slice(540, 700)))
    assert found.masked["lamp unknown or too weak"] == ((520.0, 539.0),)
    assert found.down_nm[0] == 540 and abs(found.ratio.value - 1) < 0.02


def test_quantities_of_absorption_agree():
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    found = [compare(ple, ans.convert(absorption, q), lamp) for q in ("absorbance", "absorptance", "transmittance")]
    assert [f.ratio.value for f in found] == pytest.approx([found[0].ratio.value] * 3, rel=1e-9)
    assert [f.ratio.high for f in found] == pytest.approx([found[0].ratio.high] * 3, rel=1e-9)


def test_vacuum_wavelengths_of_the_excitation_meet_air_wavelengths_of_absorption():
    ple, absorption = exact(0.5, "right-angle")
    moved = ple.assign_coords(
        wavelength=("wavelength", units.air_to_vacuum_nm(ple["wavelength"].values), {"units": "nm"})
    ).assign_attrs(medium="vacuum", detection_nm=float(units.air_to_vacuum_nm(DETECTION_NM)))
    assert compare(moved, absorption).ratio.value == pytest.approx(compare(ple, absorption).ratio.value, rel=1e-4)


def test_scatter_and_its_second_order_are_masked():
    ple, absorption = steps(0.5, 1e-2, detection_nm=630.0)
    clean_ratio = ple_ratio(ple, absorption).ratio.value
    y = ple["signal"].values + 1e8 * (np.abs(ple["wavelength"].values - 630) < 4)
    found = ple_ratio(ple.assign(signal=("wavelength", y, ple["signal"].attrs)), absorption)
    assert found.ratio.value == pytest.approx(clean_ratio, rel=1e-9)
    assert found.masked["scatter of the excitation reaches the detection"] == ((626.0, 634.0),)
    low = ple_ratio(ple, absorption, detection_nm=1240.0, down_nm=(560, 600), up_nm=(650, 690))
    assert low.masked["second order of the excitation passes the emission monochromator"] == ((618.0, 622.0),)


def test_saturated_samples_are_left_out_and_named():
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    y = ple["signal"].values.astype(float)
    flag = np.zeros(y.size, np.uint8)
    y[20:23], flag[20:23] = 10 * y.max(), 1
    y[30], flag[30] = np.nan, 8
    attrs = {k: v for k, v in ple.attrs.items() if k != "kind"}
    sd = np.where(np.isnan(y), np.nan, np.sqrt(np.maximum(np.nan_to_num(y), 1)))
    bad = data.build("wavelength", ple["wavelength"].values, y, kind="ple", signal_sd=sd, flag=flag, **attrs)
    found = compare(bad, absorption, lamp)
    assert found.masked["excitation spectrum saturated or missing"] == ((540.0, 542.0), (550.0, 550.0))
    assert abs(found.ratio.value - 1) < 0.02


def test_saturated_absorption_is_left_out():
    ple, absorption = exact(1.0, "right-angle")
    a = absorption["signal"].values.copy()
    high = absorption["wavelength"].values < 530
    a[high] = 4.5
    found = compare(ple, absorption.assign(signal=("wavelength", a, absorption["signal"].attrs)))
    assert found.masked["absorption unknown or saturated"] == ((520.0, 531.0),)
    assert found.ratio.value == pytest.approx(1, abs=1e-3)


def test_the_tail_ends_where_absorption_is_noise():
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    found = compare(ple, absorption, lamp)
    ((start, end),) = found.masked["absorption less than 3.3 times its uncertainty"]
    assert end == 689.0 and found.up_nm[1] < start
    assert true_absorbance(start, 0.25) == pytest.approx(3.3 * SD, rel=0.5)
    assert found.defect.kind == "upper limit" and found.defect_nm[0] >= start


def test_a_blank_is_subtracted_with_its_noise():
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    nm = np.arange(495.0, 725.0, 2.0)
    solvent = data.build(
        "wavelength", nm, 0.01 + 1e-4 * (nm - 600), kind="absorption", quantity="absorbance", signal_sd=0 * nm + 1e-6
    )
    added = 0.01 + 1e-4 * (absorption["wavelength"].values - 600)
    dirty = absorption.assign(signal=absorption["signal"] + added)
    dirty["signal"].attrs["units"] = "1"
    plain = compare(ple, absorption, lamp)
    found = compare(ple, dirty, lamp, absorption_blank=solvent)
    assert found.ratio.value == pytest.approx(plain.ratio.value, rel=1e-6)
    noisy = solvent.assign(signal_sd=solvent["signal_sd"] + 2e-3)
    noisy["signal_sd"].attrs["units"] = "1"
    assert compare(ple, dirty, lamp, absorption_blank=noisy, up_nm=(636, 645)).ratio.sd > 2 * plain.ratio.sd
    with pytest.raises(DataError, match="the blank has no samples near"):
        compare(ple, absorption, lamp, absorption_blank=solvent.sel(wavelength=slice(560, 720)))


def test_no_counts_in_the_far_red_are_limited_as_poisson_says():
    ple, absorption, _ = measure(0, 0.25, "right-angle", photons=1e4)
    found = compare(ple, absorption, defect_nm=(685, 689))
    assert ple["signal"].sel(wavelength=slice(685, 689)).values.sum() == 0
    assert found.defect.value == pytest.approx(2.9957 / 5 / ple["signal"].values.max(), rel=1e-4)


def test_signal_beyond_what_absorption_explains_is_a_value():
    ple, absorption, lamp = measure(0, 0.25, "right-angle", extra=lambda nm: 0.01)
    found = compare(ple, absorption, lamp)
    assert found.defect.kind == "value" and found.defect.low < found.defect.value < found.defect.high
    assert found.defect.value == pytest.approx(0.01 / (0.01 + clean(0.25, "right-angle", 2.0)[1].max()), rel=0.05)
    assert "exceeds what absorption explains" in found.warnings[0]


def test_a_scan_that_ends_in_the_tail_limits_nothing():
    ple, absorption, lamp = measure(0, 1.0, "right-angle")
    found = compare(ple.sel(wavelength=slice(520, 650)), absorption, lamp)
    assert found.defect is None and any("does not go beyond" in w for w in found.warnings)


def test_a_filter_in_the_exciting_beam_quiets_the_second_order():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    said = [w for w in compare(ple, absorption, lamp).warnings if "order_filter_nm" in w]
    assert len(said) == 1
    for quiet in (
        compare(ple, absorption, lamp, order_filter_nm=400.0),
        compare(ple.assign_attrs(order_filter_nm=400.0), absorption, lamp),
    ):
        assert not any("order_filter_nm" in w for w in quiet.warnings)
    assert any("order_filter_nm" in w for w in compare(ple, absorption, lamp, order_filter_nm=300.0).warnings)


def test_reabsorption_at_the_front_face_is_said_with_its_size():
    """Absorbance 1 above, nearly none below, .5 at the detection: A (1 - 10^-(A + B)) / (A + B) against 1 - 10^-A."""
    ple, absorption = steps(1.0, 1e-3, geometry="front-face")
    a = absorption["signal"].values.copy()
    a[np.abs(absorption["wavelength"].values - 630) < 3] = 0.5
    found = ple_ratio(ple, absorption.assign(signal=("wavelength", a, absorption["signal"].attrs)), down_nm=(560, 620))
    thin, thick = (1 - 10**-0.5) / (np.log(10) * 0.5), (1 - 10**-1.5) / 1.5 / 0.9
    (said,) = [w for w in found.warnings if "reabsorption moves" in w]
    assert f"{100 * (thin / thick - 1):+.1f} %" in said
    assert not any("reabsorption" in w for w in ple_ratio(ple, absorption, geometry="right-angle").warnings)


@pytest.mark.parametrize(("detection", "beside"), [(630.0, False), (631.0, False), (634.0, True), (622.0, True)])
def test_detection_beside_the_emission_is_told(detection, beside):
    ple, absorption = exact(0.5, "right-angle", detection_nm=detection)
    nm = np.arange(590.0, 680.0, 1.0)
    peak = data.build(
        "wavelength", nm, np.exp(-0.5 * ((nm - 630) / 13) ** 2), kind="emission", quantity="photons_per_nm"
    )
    found = compare(ple, absorption, emission=peak)
    assert any("stands beside the maximum" in w for w in found.warnings) == beside
    assert any("give the emission" in w for w in compare(ple, absorption).warnings)


def test_the_baseline_of_nobody_is_told():
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    assert any("state baseline_sd" in w for w in compare(ple, absorption, lamp, baseline_sd=0.0).warnings)
    assert not any("state baseline_sd" in w for w in compare(ple, absorption, lamp).warnings)


def test_stated_ranges_are_used():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    found = compare(ple, absorption, lamp, up_nm=(640, 650), down_nm=(530, 590))
    assert (found.up_nm, found.down_nm) == ((640.0, 650.0), (530.0, 590.0))


def test_result_is_json_and_tables_and_curves():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    found = compare(ple, absorption, lamp)
    assert json.loads(json.dumps(as_dict(found)))["geometry"] == "right-angle"
    titles = [title for title, _ in as_tables(found)]
    assert len(titles) == 4 and titles[0] == "Excitation spectrum over absorption"
    c = found.curves
    used = c["range"].values > 0
    assert np.all(c["mask"].values[used] == 0)
    assert c["measured"].values[used].max() == pytest.approx(1)
    pull = (c["ratio"].values - 1)[used] / c["ratio_sd"].values[used]
    assert np.std(pull) < 1.3


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"margin": 0.0}, "margin must be above 0"),
        ({"slope_margin": -1.0}, "slope_margin must be above 0"),
        ({"baseline_sd": -1e-3}, "baseline_sd must be 0 or more"),
        ({"up_nm": (650, 640)}, "up_nm must be"),
        ({"bandpass_nm": -1.0}, "bandpass_nm must be a positive number"),
        ({"window": (0.7, 0.2)}, "fractions of the path"),
        ({"geometry": "backside"}, "geometry must be declared"),
        ({"defect_nm": (900, 950)}, "no samples to use in defect_nm"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, match):
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    with pytest.raises(ValueError, match=match):
        compare(ple, absorption, lamp, **wrong)


def test_spectra_of_another_kind_are_refused():
    ple, absorption, lamp = measure(0, 0.5, "right-angle")
    with pytest.raises(DataError, match="kind 'ple'"):
        compare(ple.assign_attrs(kind="emission"), absorption, lamp)
    with pytest.raises(DataError, match="absorbance"):
        compare(ple, data.with_attrs(absorption, quantity="absorption_per_cm"), lamp)
    with pytest.raises(DataError, match="samples are left for up-conversion"):
        compare(ple.sel(wavelength=slice(520, 634)), absorption, lamp)


def test_noise_that_nobody_states_is_taken_from_the_scatter():
    ple, absorption, lamp = (ds.drop_vars("signal_sd") for ds in measure(1, 0.25, "right-angle"))
    stated = compare(*measure(1, 0.25, "right-angle"))
    found = compare(ple, absorption, lamp)
    assert found.ratio.sd == pytest.approx(stated.ratio.sd, rel=0.2)


def test_measured_divides_by_the_lamp():
    ple, _, lamp = measure(0, 0.25, "right-angle")
    m = measured(ple, lamp)
    photons = lamp["signal"].values / units.energy_from_wavelength(lamp["wavelength"].values)
    expected = ple["signal"].values / photons
    assert m.signal.value / m.signal.value[0] == pytest.approx(expected / expected[0], rel=1e-9)


def test_a_blank_does_not_silence_the_doubt_of_the_baseline():
    """Its noise is not the offset of the sample's own scan."""
    ple, absorption, lamp = measure(0, 0.25, "right-angle")
    where = absorption["wavelength"].values
    noise = 1e-4 * np.random.default_rng(1).standard_normal(where.size)
    blank = data.build("wavelength", where, noise, kind="absorption", quantity="absorbance", signal_sd=1e-4 + 0 * where)
    found = compare(ple, absorption, lamp, baseline_sd=0.0, absorption_blank=blank)
    assert any("state baseline_sd" in w for w in found.warnings)
    stated = compare(ple, absorption, lamp, absorption_blank=blank)
    assert not any("state baseline_sd" in w for w in stated.warnings)


def test_what_is_not_the_sample_leaves_equality_open():
    leak = measure(0, 0.25, "right-angle", extra=lambda nm: 0.0015 + 0 * nm)
    found = compare(*leak, margin=0.3)
    assert 0.7 < found.equivalences[0].difference.low and found.equivalences[0].difference.high < 1.3
    assert found.defect.kind == "value" and found.equivalences[0].outcome == "inconclusive"
    assert any("left open: there is signal red of the absorption tail" in w for w in found.warnings)
    clean_ = compare(*measure(0, 0.25, "right-angle"), margin=0.3)
    assert clean_.equivalences[0].outcome == "supports" and not any("left open" in w for w in clean_.warnings)


def test_a_bend_over_up_conversion_leaves_equality_open():
    band = measure(0, 0.5, "right-angle", extra=lambda nm: 0.004 * np.exp(-0.5 * ((nm - 650) / 4) ** 2))
    up_nm = (635.0, 662.0)
    found = compare(*band, margin=0.6, up_nm=up_nm, defect_nm=(688.0, 689.0))
    assert found.equivalences[0].difference.high < 1.6
    assert found.equivalences[0].outcome == "inconclusive" and any("ratio bends over up" in w for w in found.warnings)


def test_counts_from_a_file_are_limited_as_poisson_says_though_they_are_floats():
    ple, absorption, lamp = measure(0, 0.05, "right-angle")
    floats = ple.assign(signal=("wavelength", ple["signal"].values.astype(float), ple["signal"].attrs))
    whole, same = compare(ple, absorption, lamp).defect, compare(floats, absorption, lamp).defect
    assert "Poisson" in same.how and same.value == whole.value


def test_an_emission_spectrum_in_place_of_an_excitation_spectrum_is_asked_for():
    ple, absorption = exact(0.5, "right-angle")
    nm = ple["wavelength"].values
    y = 1e6 * np.exp(-0.5 * ((nm - 630) / 15) ** 2) + 1e-3 * nm
    found = compare(ple.assign(signal=("wavelength", y, ple["signal"].attrs)), absorption)
    assert any("Is it an emission spectrum" in w for w in found.warnings)
    assert not any("Is it an emission" in w for w in compare(ple, absorption).warnings)


def test_a_scan_of_up_conversion_alone_says_where_it_begins():
    ple, absorption, _ = measure(0, 0.5, "right-angle")
    with pytest.raises(DataError, match=r"the scan begins at 640.0 nm, red of 6\d\d.\d nm"):
        compare(ple.sel(wavelength=slice(640, None)), absorption)
    with pytest.raises(DataError, match=r"the scan ends at 620.0 nm, blue of the detection, 630.0 nm"):
        compare(ple.sel(wavelength=slice(None, 620)), absorption)


def test_what_to_do_about_a_file_that_was_not_read_as_ple():
    ple, absorption, _ = measure(0, 0.5, "right-angle")
    with pytest.raises(TypeError, match=r"ple must be a measurement, found 'ple.csv'; read a file with ans.read"):
        compare("ple.csv", absorption)
    with pytest.raises(TypeError, match="absorption must be a measurement"):
        compare(ple, "abs.csv")
    with pytest.raises(DataError, match=r'read it with ans.read\(..., kind="ple"\)'):
        compare(data.with_attrs(ple, kind="spectrum"), absorption)
    with pytest.raises(DataError, match="any of them serves here"):
        compare(data.with_attrs(ple, quantity=None), absorption)


def test_the_bandpass_of_the_detection_is_asked_for():
    said = compare(*exact(0.5, "right-angle")).warnings
    assert any("attribute detection_bandpass_nm" in w for w in said)
