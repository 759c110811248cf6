import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy.optimize import curve_fit

import antistokes as ans
from antistokes import data, units
from antistokes.analysis.comparison import compare_emission
from antistokes.analysis.result import as_dict, as_tables
from antistokes.errors import DataError, FitError
from antistokes.lab import spectra as lab
from antistokes.physics import ensemble, presets
from antistokes.physics.slit import triangle

MEAN, SIGMA = 1.96, 0.038
EV = np.linspace(1.75, 2.2, 301)
UP_EV = np.linspace(1.7605, 2.15, 251)
LASER_NM = float(units.wavelength_from_energy(1.775, "vacuum"))
SET_B = presets.preset("cdse-cds-zb").coupling


def gaussian(ev, mean=MEAN, sigma=SIGMA):
    return np.exp(-0.5 * ((ev - mean) / sigma) ** 2)


def emission(x, y, sd, nm=None, **attrs):
    attrs = {"medium": "vacuum", "excitation_nm": nm} | attrs
    sds = np.full(x.size, sd)
    return data.build("energy", x, y, kind="emission", quantity="photons_per_ev", signal_sd=sds, **attrs)


def noisy(shift=0.0, width=1.0, sd=2e-3, seed=0, **attrs):
    """A pair of Gaussians with noise."""
    rng = np.random.default_rng(seed)
    up = gaussian(UP_EV, MEAN + shift / 1e3, SIGMA * width) + sd * rng.standard_normal(UP_EV.size)
    down = gaussian(EV) + sd * rng.standard_normal(EV.size)
    return emission(UP_EV, up, sd, LASER_NM, **attrs), emission(EV, down, sd, 450.0)


def exact(shift=0.0, width=1.0):
    up = emission(UP_EV, 3 * gaussian(UP_EV, MEAN + shift / 1e3, SIGMA * width), 1e-6, LASER_NM)
    return up, emission(EV, 5 * gaussian(EV), 1e-6, 450.0)


@pytest.mark.parametrize(("shift", "width"), [(0.0, 1.0), (-5.0, 1.0), (4.0, 0.95), (-12.0, 1.06)])
def test_shift_and_width_without_noise(shift, width):
    found = compare_emission(*exact(shift, width))
    assert_allclose(found.pivot_ev, MEAN, atol=1e-5)
    assert_allclose(found.shift_mev.value, shift, atol=2e-3)
    assert_allclose(found.width_ratio.value, width, atol=1e-4)


@pytest.mark.parametrize("cut_ev", [1.93, 1.96])
def test_a_cut_spectrum_gives_the_same(cut_ev):
    cut_nm = float(units.wavelength_from_energy(cut_ev, "vacuum"))
    found = compare_emission(*exact(-5.0, 0.97), cut_nm=cut_nm)
    assert found.window_nm[1] <= cut_nm
    assert_allclose([found.shift_mev.value, found.width_ratio.value], [-5.0, 0.97], atol=5e-3)


def test_against_a_gaussian_fitted_to_each_alone():
    up, down = noisy(-3.0, 0.98)
    found = compare_emission(up, down)
    alone = []
    for ds in (up, down):
        x, y = ds["energy"].values, ds["signal"].values
        keep = (x > 1.86) & (x < 2.06)
        alone.append(curve_fit(lambda e, s, m, w: s * gaussian(e, m, w), x[keep], y[keep], (1, MEAN, SIGMA)))
    (first, of_first), (second, of_second) = alone
    sd = 1e3 * np.hypot(of_first[1, 1] ** 0.5, of_second[1, 1] ** 0.5)
    assert abs(found.shift_mev.value - 1e3 * (first[1] - second[1])) < sd
    assert abs(found.width_ratio.value - first[2] / second[2]) < found.width_ratio.sd
    assert 0.75 < found.shift_mev.sd / sd < 1.4


def test_overlap_of_gaussians():
    """Equal widths, d apart: exp(-d^2/4 sigma^2) over a window that holds both."""
    wide = (units.HC_EV_NM / 2.13, units.HC_EV_NM / 1.79)
    found = compare_emission(*exact(-12.0), common_nm=wide)
    assert_allclose(found.overlap.value, np.exp(-(12.0**2) / (4 * (1e3 * SIGMA) ** 2)), atol=1e-5)


def test_noise_is_taken_out_of_the_overlap():
    values = [compare_emission(*noisy(sd=0.05, seed=s)) for s in range(16)]
    overlap = np.array([v.overlap.value for v in values])
    assert abs(overlap.mean() - 1) < 3 * overlap.std() / 4
    assert np.mean([v.overlap.low <= 1 <= v.overlap.high for v in values]) >= 11 / 16  # the 99.9 % region of 16 at 95 %
    raw = [v.curves for v in values]
    plain = [float(np.sum(c.up * c.down) / np.sqrt(np.sum(c.up**2) * np.sum(c.down**2))) for c in raw]
    assert np.mean(plain) < 1 - 5 * overlap.std() / 4  # what noise alone would make of one spectrum


def test_maxima_and_full_widths_where_the_window_holds_them():
    found = compare_emission(*noisy(-10.0, 0.95, sd=3e-4))
    assert found.peak_shift_nm is not None and found.fwhm_ratio is not None
    assert_allclose(found.peak_shift_nm.value, 10e-3 * units.HC_EV_NM / MEAN**2, atol=0.15)
    assert_allclose(found.fwhm_ratio.value, 0.96, atol=0.015)  # .95, in nm .01 wider where it is redder
    cut = compare_emission(*noisy(-10.0, 0.95, sd=3e-4), cut_nm=units.HC_EV_NM / 1.98)
    assert cut.peak_shift_nm is None and cut.fwhm_ratio is None


def test_equalities_are_of_the_window_and_say_so():
    found = compare_emission(*noisy())
    assert [t.outcome for t in found.tests] == ["supports", "supports"]
    assert "only" in found.claim and f"{found.window_nm[0]:.1f}" in found.claim
    moved = compare_emission(*noisy(-20.0))
    assert [t.outcome for t in moved.tests] == ["contradicts", "contradicts"]
    dim = compare_emission(*noisy(sd=0.3))
    assert dim.tests[0].outcome == "inconclusive"


def test_one_flank_is_said():
    found = compare_emission(*noisy(), cut_nm=units.HC_EV_NM / 1.985)
    assert abs(found.correlation["shift"]["width ratio"]) > 0.8
    assert any("one side of the band" in w for w in found.warnings)
    assert found.shift_mev.sd > 5 * compare_emission(*noisy()).shift_mev.sd


def test_a_laser_line_is_left_out_and_named():
    up, down = noisy()
    near = float(units.wavelength_from_energy(1.93, "vacuum"))
    lit = up.assign(signal=up["signal"] + 5 * np.exp(-0.5 * ((up["energy"] - 1.93) / 1e-3) ** 2))
    lit = data.with_attrs(lit, excitation_nm=near)
    found = compare_emission(lit, down)
    assert found.masked_nm == ((near - 4, near + 4),)
    assert abs(found.shift_mev.value) < 4 * found.shift_mev.sd
    assert found.reduced_chi2.value < 1.5


def test_a_saturated_laser_line_is_no_obstacle():
    up, down = noisy()
    flag = np.zeros(UP_EV.size, dtype=np.uint8)
    flag[np.argmin(np.abs(UP_EV - 1.775))] = data.FLAGS["saturated"]
    found = compare_emission(up.assign(flag=("energy", flag)), down)
    assert abs(found.shift_mev.value) < 4 * found.shift_mev.sd


def test_what_is_not_stated_is_said():
    up, down = noisy()
    found = compare_emission(data.with_attrs(up, excitation_nm=None), down)
    assert any("excitation_nm" in w for w in found.warnings)
    assert any("No prediction" in w for w in found.warnings) and found.predicted_shift_mev is None
    dots = ensemble.Ensemble(1.98, SET_B, 300.0, ensemble.gaussian_shifts(6))
    with pytest.raises(DataError, match="excitation"):
        compare_emission(data.with_attrs(up, excitation_nm=None), down, prediction=dots)
    only_one = compare_emission(data.with_attrs(up, bandpass_nm=2.0), down)
    assert any("Only" in w and "bandpass" in w for w in only_one.warnings)


@pytest.mark.parametrize("slits", [(5.0, 1.0), (1.0, 5.0)])
def test_unequal_slits(slits):
    """Seen through other slits, one and the same band keeps its width."""

    def seen(nm, bandpass):
        offset, weight = triangle(bandpass, 16)
        ev = units.energy_from_wavelength(nm[:, np.newaxis] + offset)
        per_nm = gaussian(ev, MEAN, 0.02) / units.nm_per_ev(nm[:, np.newaxis] + offset)
        return per_nm @ weight

    spectra = []
    for x, b in zip((np.arange(580, 700, 0.7), np.arange(570.0, 705.0, 0.5)), slits, strict=True):
        y = seen(x, b)
        attrs = {"medium": "air", "bandpass_nm": b, "signal_sd": np.full(x.size, 1e-5 * y.max())}
        spectra.append(data.build("wavelength", x, y, kind="emission", quantity="photons_per_nm", **attrs))
    found = compare_emission(*spectra)
    assert_allclose(found.width_ratio.value, 1.0, atol=2.5e-3)
    assert_allclose(found.shift_mev.value, 0.0, atol=0.05)
    assert any("Bandpasses differ" in w for w in found.warnings)
    alike = [data.with_attrs(ds, bandpass_nm=None) for ds in spectra]
    assert abs(compare_emission(*alike).width_ratio.value - 1) > 0.02  # what was undone


def test_a_baseline_is_fitted_where_asked_for():
    up, down = exact(-4.0)
    lifted = up.assign(signal=up["signal"] + 0.15)
    found = compare_emission(lifted, down, baseline=True)
    assert_allclose(found.shift_mev.value, -4.0, atol=5e-3)
    assert_allclose(found.width_ratio.value, 1.0, atol=5e-4)
    assert "baseline" in found.correlation
    assert abs(compare_emission(lifted, down).width_ratio.value - 1) > 0.01


def test_two_shapes_are_told():
    up, down = noisy(sd=2e-3)
    odd = up.assign(signal=up["signal"] + 0.1 * gaussian(UP_EV, 1.90, 0.01))
    found = compare_emission(odd, down)
    assert any("more than place and width" in w for w in found.warnings)
    assert found.shift_mev.sd > 2 * compare_emission(up, down).shift_mev.sd


def sample(width, shifts=None):
    return lab.Sample(e00_ev=1.9833, coupling=SET_B, inhomogeneous_width_mev=width, shifts=shifts)


def measured(truth, seed=0, excitation_nm=660.0, photons=1e4):
    rng = np.random.default_rng(seed)
    x = np.arange(560.0, 720.25, 0.5)
    down = lab.measure_emission(truth, x, rng, excitation_nm=400.0, peak_photons=1e5)
    return lab.measure_emission(truth, x, rng, excitation_nm=excitation_nm, peak_photons=photons), down


# What excitation at 660 nm does to Gaussian ensembles: table in docs/models/ensemble.md.
@pytest.mark.parametrize(("width", "shift_nm"), [(3.0, 0.3), (6.0, 1.2), (10.0, 3.2), (15.0, 6.8)])
def test_unequal_dots_move_by_what_they_are_predicted_to(width, shift_nm):
    truth = sample(width)
    dots = ensemble.Ensemble(1.9833, SET_B, 300.0, ensemble.gaussian_shifts(width, 241), lab.CDSE_STATES, "tilted")
    found = compare_emission(*measured(truth), prediction=dots)
    assert abs(found.shift_mev.value - found.predicted_shift_mev.value) < 4 * found.shift_mev.sd
    assert_allclose(-found.shift_mev.value * 629.4**2 / units.HC_EV_NM / 1e3, shift_nm, atol=0.1 + 0.08 * shift_nm)
    assert [t.outcome for t in found.tests] == ["supports", "supports"]
    assert found.moved_overlap.value > 0.999 > found.overlap.value - 0.0009
    if width >= 10:
        bare = compare_emission(*measured(truth))
        assert [t.outcome for t in bare.tests] == ["contradicts", "contradicts"]


def test_a_sharp_red_edge_narrows():
    found = compare_emission(*measured(sample(3.0, ensemble.exponential_shifts(2, 8))))
    assert found.width_ratio.high < 0.98 and found.shift_mev.high < -3


def test_a_fit_predicts():
    truth = sample(10.0)
    absorption, emitted = lab.absorption_and_emission(
        truth, seed=1, absorption_nm=np.arange(505.0, 720.5), photons=1e7, peak_photons=1e4, excitation_nm=532.0
    )
    fit = ans.fit_lineshape(absorption, emitted, intervals="t")
    found = compare_emission(measured(truth)[0], emitted, prediction=fit, cut_nm=645.0)
    assert not any("excited all dots alike" in w for w in found.warnings)
    dots = ensemble.Ensemble(1.9833, SET_B, 300.0, ensemble.gaussian_shifts(10.0, 241), lab.CDSE_STATES, "tilted")
    known = compare_emission(measured(truth)[0], emitted, prediction=dots, cut_nm=645.0)
    assert found.predicted_shift_mev.low < known.predicted_shift_mev.value < found.predicted_shift_mev.high
    assert found.tests[0].outcome == "supports"
    assert found.tests[0].difference.sd > found.shift_mev.sd
    with pytest.raises(DataError, match="taken at 340 K, the line shape fitted at"):
        compare_emission(data.with_attrs(measured(truth)[0], temperature_k=340.0), emitted, prediction=fit)


def test_what_does_not_fit_decides_nothing():
    """A filter that acts bluer than is said: the moved spectrum fits badly, and is not told to be one or another."""
    up, down = noisy(-3.65)
    nm = units.wavelength_from_energy(UP_EV, "vacuum")
    passed = 1 / (1 + np.exp(np.clip((nm - 647) / 0.6, -300, 300)))
    behind = up.assign(signal=up["signal"] * passed)
    found = compare_emission(behind, down, cut_nm=650.0)
    assert found.reduced_chi2.value > 2
    assert [t.outcome for t in found.tests] == ["inconclusive", "inconclusive"]
    assert "more than place and width" in found.claim and any("Left open" in w for w in found.warnings)
    assert "more than" not in compare_emission(up, down).claim


def test_one_flank_decides_no_shift_and_a_short_window_no_overlap():
    up, down = noisy(-2.0, sd=3e-4)
    found = compare_emission(up, down, cut_nm=float(units.wavelength_from_energy(2.0, "vacuum")))
    assert abs(found.shift_mev.sd) < 3 and found.tests[0].outcome == "inconclusive"
    assert any("one flank" in w for w in found.warnings)
    assert found.overlap.low > 0.98 and found.tests[1].outcome == "inconclusive"
    assert any("this window would show" in w for w in found.warnings)
    assert compare_emission(up, down).tests[1].outcome == "supports"


def test_overlap_knows_that_the_noise_was_understated():
    up, down = noisy(sd=0.02)
    low = up.assign(signal_sd=0.3 * up["signal_sd"])
    assert compare_emission(low, down).overlap.sd > compare_emission(up, down).overlap.sd > 0


def test_samples_of_no_photons_are_not_exact():
    rng = np.random.default_rng(3)
    down = emission(EV, gaussian(EV) + 1e-3 * rng.standard_normal(EV.size), 1e-3, 450.0)
    outcomes = []
    for _ in range(12):
        counted = rng.poisson(8.0 * gaussian(UP_EV)).astype(float)
        known = {"kind": "emission", "quantity": "photons_per_ev", "medium": "vacuum", "excitation_nm": LASER_NM}
        outcomes.append(compare_emission(data.build("energy", UP_EV, counted, **known), down).tests[-1].outcome)
    assert outcomes.count("contradicts") <= 1


def test_a_baseline_that_is_fitted_is_no_light_of_the_overlap():
    up, down = noisy()
    lifted = up.assign(signal=up["signal"] + 0.3)
    assert compare_emission(lifted, down, baseline=True).overlap.value > 0.998
    assert compare_emission(lifted, down).overlap.value < 0.99


def test_what_the_two_spectra_are_is_looked_at():
    up, down = noisy()
    with pytest.raises(DataError, match="up is excited at 450 nm, down at .* are they swapped"):
        compare_emission(down, up)
    with pytest.raises(DataError, match="are they swapped"):
        ans.complete_emission(down, up, 650.0)
    with pytest.raises(DataError, match="one and the same"):
        compare_emission(up, data.with_attrs(up, excitation_nm=450.0))
    with pytest.raises(DataError, match="counts"):
        compare_emission(data.with_attrs(up, quantity="counts"), down)
    with pytest.raises(DataError, match=r"0 samples are left blue of cut_nm = 1.93 nm; the spectrum covers 576"):
        compare_emission(up, down, cut_nm=1.93)
    other = compare_emission(*(data.with_attrs(ds, temperature_k=t) for ds, t in ((up, 340.0), (down, 300.0))))
    assert other.tests[0].outcome == "inconclusive" and any("340 and 300 K" in w for w in other.warnings)
    bluer = compare_emission(data.with_attrs(up, excitation_nm=532.0), down)
    assert any("no up-conversion" in w for w in bluer.warnings)


def test_refusals():
    up, down = noisy()
    with pytest.raises(ValueError, match="cut_nm"):
        compare_emission(up, down, cut_nm=-1.0)
    with pytest.raises(ValueError, match="overlap_margin"):
        compare_emission(up, down, overlap_margin=1.2)
    with pytest.raises(ValueError, match="common_nm"):
        compare_emission(up, down, common_nm=(300.0, 640.0))
    with pytest.raises(ValueError, match="exclude_nm"):
        compare_emission(up, down, exclude_nm=[(640.0, 630.0)])
    with pytest.raises(DataError, match="share"):
        compare_emission(up, down, cut_nm=595.0)
    other = down.assign_coords(energy=("energy", EV + 0.11, down["energy"].attrs))
    with pytest.raises(FitError, match="wider window"):
        compare_emission(up, other, common_nm=(586.0, 640.0))
    with pytest.raises(DataError, match="with itself"):
        compare_emission(ans.complete_emission(up, down, 650.0), down)


def test_result_goes_to_tables_and_json():
    found = compare_emission(*noisy())
    assert str(found).startswith(found.title) and "supports" in str(found)
    assert any(label.startswith("shift") for label, _ in as_tables(found)[0][1])
    assert as_dict(found)["tests"][1]["margin_high"] is None
    assert isinstance(found.curves, xr.Dataset) and {"up", "down", "model", "residual"} <= set(found.curves)
