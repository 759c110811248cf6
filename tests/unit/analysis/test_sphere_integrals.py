import re

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.calibration import Calibration
from antistokes.analysis.correction import correct_response
from antistokes.analysis.factors import response_from_factors
from antistokes.analysis.sphere_integrals import Setup, sphere_integrals
from antistokes.analysis.yields import absolute_yield
from antistokes.errors import DataError
from antistokes.physics.sphere import collected
from antistokes.quantities import convert

X = np.arange(500.0, 700.5, 0.5)
LASER, EMISSION = (520.0, 544.0), (560.0, 690.0)
LINE = np.exp(-0.5 * ((X - 532) / 2.5) ** 2) / (2.5 * np.sqrt(2 * np.pi))
BAND = np.exp(-0.5 * ((X - 625) / 12) ** 2) / (12 * np.sqrt(2 * np.pi))
BANDS = {"laser_nm": LASER, "emission_nm": EMISSION}
A, Q, M = 0.3, 0.9, 0.05
SEEN = collected(A, Q, M)
FLAT = data.build("wavelength", [490.0, 710.0], [1.0, 1.0])


def spectrum(laser, emission, name, *, quantity="photons_per_nm", x=X, sd=1e-4, **more):
    y = 1000 * (laser * np.interp(x, X, LINE) + emission * np.interp(x, X, BAND))
    ds = data.build(
        "wavelength", x, y, kind="sphere", quantity="photons_per_nm", medium="air", signal_sd=np.full(x.size, sd)
    )
    return data.with_attrs(convert(ds, quantity), source={"file": name}, **more)


def run(indirect=True, **more):
    empty = spectrum(1.0, 0.0, "empty.csv", **more)
    direct = spectrum(SEEN.laser_direct, SEEN.emission_direct, "direct.csv", **more)
    beside = spectrum(SEEN.laser_indirect, SEEN.emission_indirect, "indirect.csv", **more)
    return data.Sphere((empty,), (direct,), (beside,) if indirect else ())


def as_counts(sphere, response, **attrs):
    def seen(ds):
        return data.with_attrs(ds.assign(signal=ds["signal"] * response(ds["wavelength"])), quantity="counts", **attrs)

    return data.Sphere(*(tuple(seen(ds) for ds in group) for group in sphere))


def response(x):
    return 1 + 0.004 * (x - 500)


def calibration(modes=(), low=490.0, high=710.0, response_sd=0.0):
    x = np.arange(low, high + 1, 1.0)
    factors = data.build("wavelength", x, 1 / response(x), medium="air", source={"file": "lamp.csv"})
    made = response_from_factors(factors, gives="photons_per_nm")
    grid = made.curves["wavelength"].values
    rows = np.array([mode(grid) for mode in modes]).reshape(len(modes), grid.size)
    curves = made.curves.drop_vars("response_modes").assign(
        response_modes=(("mode", "wavelength"), rows), response_sd=("wavelength", np.full(grid.size, response_sd))
    )
    names = [f for f in Calibration.__slots__ if f not in ("curves", "warnings")]
    return Calibration(**{name: getattr(made, name) for name in names}, curves=curves)


def said(found, words):
    return [w for w in found.warnings if words in w]


@pytest.mark.parametrize("quantity", ["photons_per_nm", "photons_per_ev", "power_per_nm", "power_per_ev"])
@pytest.mark.parametrize("indirect", [True, False])
def test_photons_are_counted_whatever_the_quantity(quantity, indirect):
    found = absolute_yield(run(indirect, quantity=quantity), **BANDS)
    assert found.method == ("three" if indirect else "two")
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)
    assert_allclose(found.absorptance.value, A if indirect else 1 - (1 - A) * (1 - M), rtol=1e-3)


def test_spectra_along_energy():
    def along_energy(ds):
        energy = units.energy_from_wavelength(X, "air")
        light = convert(ds, "photons_per_ev")["signal"].values
        sd = np.full(X.size, 1e-6)
        return data.build(
            "energy", energy, light, kind="sphere", quantity="photons_per_ev", medium="vacuum", signal_sd=sd
        )

    sphere = data.Sphere(*(tuple(along_energy(ds) for ds in group) for group in run()))
    found = absolute_yield(sphere, **BANDS)
    assert_allclose([found.observed_yield.value, found.absorptance.value], [Q, A], rtol=2e-3)


def test_counts_are_corrected():
    found = absolute_yield(as_counts(run(), response), correction=calibration(), **BANDS)
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)
    with pytest.raises(DataError, match="a yield counts photons"):
        absolute_yield(as_counts(run(), response), **BANDS)
    with pytest.raises(DataError, match="only counts can be corrected"):
        absolute_yield(run(), correction=calibration(), **BANDS)


def test_the_response_is_one_error_for_all_spectra():
    """1 % in the emission's band alone: the yield moves by it and the absorptance by nothing."""
    sphere = as_counts(run(), response)
    step = calibration([lambda x: 0.01 * (x > 550)])
    found = absolute_yield(sphere, correction=step, **BANDS)
    assert_allclose(found.budget["response"].value, 1.0, rtol=0.03)
    noise = absolute_yield(sphere, correction=calibration(), **BANDS)
    assert_allclose(
        found.absorptance.high - found.absorptance.low, noise.absorptance.high - noise.absorptance.low, rtol=0.05
    )
    assert not said(found, "National laboratories") and said(noise, "National laboratories")
    common = absolute_yield(sphere, correction=calibration([lambda x: np.full(x.size, 0.05)]), **BANDS)
    assert common.budget["response"].value < 1e-6


def test_the_noise_of_a_lamp_is_shared_too():
    """Each node by itself, in the integral of a band: against draws of the response itself."""
    made, rng = calibration(response_sd=0.02), np.random.default_rng(0)
    found = absolute_yield(as_counts(run(), response), correction=made, **BANDS)
    grid, yields = made.curves["wavelength"].values, []
    for _ in range(300):
        factor = np.interp(X, grid, 1 + 0.02 * rng.standard_normal(grid.size))
        inside = [(X >= low) & (X <= high) for low, high in (LASER, EMISSION)]
        laser, emission = (np.sum((y * factor)[i]) / np.sum(y[i]) for y, i in zip((LINE, BAND), inside, strict=True))
        yields.append(emission / laser)
    assert_allclose(found.budget["response"].value, 100 * np.std(yields), rtol=0.15)


def test_repeats_hold_the_response_once():
    spheres = [as_counts(run(), lambda x, p=power: p * response(x)) for power in (1.0, 1.1, 1.3)]
    found = absolute_yield(spheres, correction=calibration([lambda x: 0.01 * (x > 550)]), **BANDS)
    assert_allclose(found.budget["response"].value, 1.0, rtol=0.03)


def test_spectra_corrected_beforehand_are_refused():
    """Laser and emission share the errors of their response, which only a correction of counts can carry."""
    made = calibration([lambda x: 0.01 * (x > 550)])
    sphere = as_counts(run(), response)
    corrected = data.Sphere(*(tuple(correct_response(ds, made) for ds in group) for group in sphere))
    with pytest.raises(DataError, match="empty.csv: it was divided by a response already.*Give the counts"):
        absolute_yield(corrected, **BANDS)


def test_noise_of_an_integral_is_that_of_the_trapezoid_rule():
    seen = sphere_integrals(run(sd=0.2), Setup(LASER, EMISSION))
    inner, ends = int((EMISSION[1] - EMISSION[0]) / 0.5) - 1, 2
    assert_allclose(seen.variance[2], 0.2**2 * 0.25 * (inner + ends / 4), rtol=1e-9)
    flat = Setup(LASER, EMISSION, response_from_factors(FLAT, gives="photons_per_nm"))
    longer = as_counts(run(sd=0.2), np.ones_like, integration_time_s=5.0)
    assert_allclose(sphere_integrals(longer, flat).variance[2], seen.variance[2] / 25)


def test_counts_of_photons_are_poisson():
    sphere = as_counts(run(), lambda x: 500.0)
    whole = data.Sphere(
        *(tuple(ds.drop_vars("signal_sd").assign(signal=np.round(ds["signal"])) for ds in group) for group in sphere)
    )
    flat = response_from_factors(FLAT, gives="photons_per_nm")
    seen = sphere_integrals(whole, Setup(LASER, EMISSION, flat))
    counted = seen.values / 0.5  # counts: an integral over steps of half a nm
    assert_allclose(seen.variance / 0.25, counted, rtol=1e-3)


def test_noise_of_a_narrow_line_is_taken_beside_it():
    """The scatter of neighbours would call the line itself noise."""
    rng = np.random.default_rng(0)
    noisy = []
    for group in run():
        (ds,) = group
        narrow = np.where(np.abs(X - 532) < 0.6, ds["signal"].values, 0)
        y = np.where(X < 550, narrow, ds["signal"].values) + 0.05 * rng.standard_normal(X.size)
        noisy.append((ds.drop_vars("signal_sd").assign(signal=("wavelength", y, ds["signal"].attrs)),))
    seen = sphere_integrals(data.Sphere(*noisy), Setup(LASER, EMISSION))
    assert "too few samples wide" in " ".join(seen.of_noise)
    assert said(absolute_yield(data.Sphere(*noisy), **BANDS), "too few samples wide")
    again = data.Sphere(
        *((ds.assign(signal=(1.1 * ds["signal"]).assign_attrs(ds["signal"].attrs)),) for (ds,) in noisy)
    )
    assert not said(absolute_yield([data.Sphere(*noisy), again], **BANDS), "too few samples wide")  # noise is not used
    assert_allclose(np.sqrt(seen.variance[0] / np.sum(0.25 * np.ones(48))), 0.05, rtol=0.35)
    assert_allclose(np.sqrt(seen.variance[2] / (0.25 * 260)), 0.05, rtol=0.35)


def test_laser_and_emission_in_spectra_of_their_own_with_an_attenuator():
    """Scans of the laser through 1 %, emission with ten times the exposure."""
    whole, split = as_counts(run(), np.ones_like), []
    flat = response_from_factors(FLAT, gives="photons_per_nm")
    for (ds,) in whole:
        laser = ds.isel(wavelength=X < 550)
        dim = laser.assign(signal=0.01 * laser["signal"], signal_sd=0.01 * laser["signal_sd"])
        long = ds.isel(wavelength=X > 550)
        long = long.assign(signal=10 * long["signal"], signal_sd=10 * long["signal_sd"])
        split.append((data.with_attrs(dim, integration_time_s=0.1), data.with_attrs(long, integration_time_s=1.0)))
    found = absolute_yield(data.Sphere(*split), laser_transmission=(0.01, 1e-4), correction=flat, **BANDS)
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)
    assert_allclose(found.budget["attenuator of the laser"].value, 1.0, rtol=0.03)
    assert not said(found, "integration")
    with pytest.raises(DataError, match="one spectrum shows laser and emission"):
        absolute_yield(whole, laser_transmission=0.01, **BANDS)
    for none in (0.0, 1.5, 50.0):
        with pytest.raises(ValueError, match="laser_transmission must be above 0 and at most 1"):
            absolute_yield(whole, laser_transmission=none, **BANDS)


def test_integration_times():
    flat = {"correction": response_from_factors(FLAT, gives="photons_per_nm"), **BANDS}
    stated = as_counts(run(), np.ones_like, integration_time_s=0.5)
    longer = data.with_attrs(
        stated.direct[0].assign({k: 6 * stated.direct[0][k] for k in ("signal", "signal_sd")}), exposures=6
    )
    found = absolute_yield(stated._replace(direct=(longer,)), **flat)
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)
    silent = as_counts(run(), np.ones_like)
    with pytest.raises(DataError, match="direct.csv: no integration time is stated, and the others"):
        absolute_yield(stated._replace(direct=silent.direct), **flat)
    assert said(absolute_yield(silent, **flat), "No integration times")
    with pytest.raises(DataError, match="no integration time is stated, and the others"):
        absolute_yield([stated, silent], **flat)  # runs are weighed by their light
    per_second = data.with_attrs(as_counts(run(), np.ones_like).direct[0], rate="per second")
    rates = data.Sphere(*(tuple(data.with_attrs(ds, rate="per second") for ds in g) for g in silent))
    assert not said(absolute_yield(rates, **flat), "integration times")
    assert said(absolute_yield(stated._replace(direct=(per_second,)), **flat), "per second")
    light = run(integration_time_s=1.0)
    assert not said(absolute_yield(light, **BANDS), "integration times")
    with pytest.raises(DataError, match='over different times.*rate = "per second"'):
        absolute_yield(light._replace(direct=run(integration_time_s=2.0).direct), **BANDS)
    with pytest.raises(DataError, match="direct.csv: the numbers are sums.*expected spectra treated alike"):
        absolute_yield(light._replace(direct=stated.direct), **flat)


def test_the_blank_s_emission_may_be_missing():
    sphere = run()
    cut = sphere.empty[0].isel(wavelength=X < 550)
    found = absolute_yield(sphere._replace(empty=(cut,)), **BANDS)
    assert said(found, "taken as zero")
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)
    with pytest.raises(DataError, match="emission_empty"):
        absolute_yield([sphere, sphere._replace(empty=(cut,))], **BANDS)


def test_what_is_missing_is_named():
    sphere = run()
    with pytest.raises(DataError, match="the blank is missing: the empty sphere has no spectrum"):
        absolute_yield(sphere._replace(empty=()), **BANDS)
    red, blue = sphere.empty[0].isel(wavelength=X > 550), sphere.direct[0].isel(wavelength=X < 550)
    message = "the empty sphere: the laser is missing; no spectrum covers 520-544 nm, found empty.csv 550.5-700 nm"
    with pytest.raises(DataError, match=message):
        absolute_yield(sphere._replace(empty=(red,)), **BANDS)
    with pytest.raises(DataError, match="direct excitation: the emission is missing"):
        absolute_yield(sphere._replace(direct=(blue,)), **BANDS)
    with pytest.raises(
        DataError, match=r"run 2, indirect excitation: empty\.csv and indirect\.csv both cover the laser"
    ):
        absolute_yield([sphere, sphere._replace(indirect=(*sphere.empty, *sphere.indirect))], **BANDS)


@pytest.mark.parametrize(
    ("laser_nm", "emission_nm", "words"),
    [
        ((520, 570), (560, 690), "must not overlap"),
        ((544, 520), (560, 690), "two rising wavelengths"),
        ((520, 544), (600, 600), "emission_nm must be"),
        ((520, 544), (600, np.inf), "emission_nm must be"),
    ],
)
def test_bands_that_are_none(laser_nm, emission_nm, words):
    with pytest.raises(ValueError, match=words):
        absolute_yield(run(), laser_nm=laser_nm, emission_nm=emission_nm)


def test_a_correction_shorter_than_a_band():
    short = calibration(low=510.0, high=650.0)
    with pytest.raises(
        DataError, match=r"lamp\.csv\) is known over 510-650 nm, shorter than the emission's band, 560-690"
    ):
        absolute_yield(as_counts(run(), response), correction=short, **BANDS)
    exactly = calibration(low=520.0, high=690.0)
    absolute_yield(as_counts(run(), response), correction=exactly, **BANDS)


def test_a_correction_in_vacuum_is_taken_at_the_light_s_place():
    """.17 nm on a response that changes by a fifth per nm in the emission; and it may end where the band does."""
    ends = [float(units.wavelength_from_energy(units.energy_from_wavelength(e, "air"), "vacuum")) for e in (520, 690)]
    assert ends[0] > 520.1

    def steep(x):
        return np.exp(np.maximum(x - 550, 0) / 5)

    x = np.concatenate([[ends[0]], np.arange(521.0, 690.0), [ends[1]]])
    lamp = data.build("wavelength", x, 1 / steep(x), medium="vacuum", source={"file": "lamp.csv"})
    correction = response_from_factors(lamp, gives="photons_per_nm")
    seen = as_counts(run(), lambda x: steep(units.wavelength_from_energy(units.energy_from_wavelength(x), "vacuum")))
    found = absolute_yield(seen, correction=correction, **BANDS)
    assert_allclose(found.observed_yield.value, Q, rtol=5e-3)


def test_a_saturated_laser_is_named():
    sphere = as_counts(run(), response)
    (empty,) = sphere.empty
    clipped = empty.assign(signal=np.minimum(empty["signal"], 100.0).assign_attrs(empty["signal"].attrs))
    with pytest.raises(DataError, match=r"the empty sphere, laser: empty\.csv: .* the detector was saturated"):
        absolute_yield(sphere._replace(empty=(clipped,)), correction=calibration(), **BANDS)
    flag = np.where(np.abs(X - 532) < 1, data.FLAGS["saturated"], 0).astype(np.uint8)
    (direct,) = sphere.direct
    flagged = direct.assign(flag=("wavelength", flag))
    with pytest.raises(DataError, match=r"direct excitation, laser: direct\.csv: 3 samples .* flagged as saturated"):
        absolute_yield(sphere._replace(direct=(flagged,)), correction=calibration(), **BANDS)
    somewhere = data.with_attrs(direct, saturated="somewhere")
    found = absolute_yield(sphere._replace(direct=(somewhere,)), correction=calibration(), **BANDS)
    assert said(found, "saturated, and not where")


def test_saturation_outside_the_bands_does_no_harm():
    flag = np.where(X > 695, data.FLAGS["saturated"], 0).astype(np.uint8)
    sphere = run()
    (direct,) = sphere.direct
    found = absolute_yield(sphere._replace(direct=(direct.assign(flag=("wavelength", flag)),)), **BANDS)
    assert_allclose(found.observed_yield.value, Q, rtol=1e-3)


def test_bands_that_do_not_end_at_the_baseline():
    def lifted(ds, offset):
        return ds.assign(signal=(ds["signal"] + offset).assign_attrs(ds["signal"].attrs))

    sphere = run()
    clean = absolute_yield(sphere, **BANDS)
    assert not said(clean, "baseline") and not said(clean, "stands at")
    stray = lifted(sphere.direct[0], xr.where(sphere.direct[0]["wavelength"] < 575, 1.0, 0.0))
    found = absolute_yield(sphere._replace(direct=(stray,)), **BANDS)
    assert "scattered laser" in said(found, "at 560 nm the emission's band")[0]
    found = absolute_yield(sphere._replace(direct=(lifted(sphere.direct[0], 0.5),)), **BANDS)  # 12 of 1000
    (words,) = said(found, "the laser's band does not end at the baseline")
    assert "1.2 % of the empty sphere's laser light" in words and "absorptance would be higher by up to 0.01;" in words
    small = data.Sphere(*((lifted(group[0], 0.05),) for group in sphere))  # off by .0012 of .3, in noise less than that
    assert not said(absolute_yield(small, **BANDS), "the laser's band")
    more = data.Sphere(*((lifted(group[0], 0.1),) for group in sphere))
    assert "0.25 % of the empty" in said(absolute_yield(more, **BANDS), "the laser's band")[0]
    assert not said(absolute_yield(more, laser_sd=0.01, **BANDS), "the laser's band")  # A is not known that well
    noisy = run(sd=3.0)
    faint = lifted(noisy.direct[0], 2.0)  # a mean of three samples has a noise of 1.7
    assert not said(absolute_yield(noisy._replace(direct=(faint,)), **BANDS), "direct.csv")
    red = lifted(sphere.direct[0], xr.where(sphere.direct[0]["wavelength"] > 680, 1.0, 0.0))
    assert said(absolute_yield(sphere._replace(direct=(red,)), **BANDS), "at 690 nm the emission's band")


def test_laser_cut_alike_leaves_the_absorptance_and_lifts_the_yield():
    low, high = 530.0, 534.0
    inside = (X >= low) & (X <= high)
    kept = np.trapezoid(LINE[inside], X[inside]) / np.trapezoid(LINE, X)
    found = absolute_yield(run(), laser_nm=(low, high), emission_nm=EMISSION)
    assert_allclose([found.absorptance.value, found.observed_yield.value], [A, Q / kept], rtol=1e-3)
    assert "makes the yield too high by that part" in said(found, "the laser's band does not end at the baseline")[0]


@pytest.mark.parametrize(("end", "share"), [(640.0, 0.118), (655.0, 0.00625)])
def test_emission_that_is_cut_is_told_with_what_is_lost(end, share):
    """A Gaussian is cut at 1.25 and 2.5 sd: the end says what is beyond within a factor of two."""
    found = absolute_yield(run(sd=0.05), laser_nm=LASER, emission_nm=(560.0, end))
    (words,) = said(found, f"at {end:g} nm the emission's band stands at")
    lost = float(re.search(r"cut off, ([\d.]+)% of it", words)[1]) / 100
    assert share / 2 < lost < 2 * share
    assert "% +- 0." in words


def test_a_level_at_the_band_s_end_is_a_mean_over_enough_samples():
    """A level of 1.5 in noise of .9 a sample: not seen in three samples (4 sd are 2.1), seen in eleven."""
    sphere = run(sd=0.9)
    lit = sphere.direct[0].assign(signal=(sphere.direct[0]["signal"] + 1.5).assign_attrs(units="photons/nm"))
    assert "+- 2.4% of its maximum: " in said(absolute_yield(sphere._replace(direct=(lit,)), **BANDS), "stands at")[0]


def without(ds, low, high):
    return ds.isel(wavelength=(ds["wavelength"].values <= low) | (ds["wavelength"].values >= high))


def test_gaps_are_told_with_the_light_that_they_bridge():
    sphere = run()
    (direct,) = sphere.direct
    found = absolute_yield(sphere._replace(direct=(without(direct, 640.0, 650.0),)), **BANDS)
    there = ((X >= 560) & (X <= 640)) | ((X >= 650) & (X <= 690))
    bridged = 10 * (np.interp(640, X, BAND) + np.interp(650, X, BAND)) / 2 / np.trapezoid(BAND[there], X[there])
    (words,) = said(found, "gap")
    assert words == f"direct.csv: {bridged:.1%} of the emission's light is a straight line over a gap (640-650 nm)."
    assert not said(absolute_yield(sphere, **BANDS), "gap")
    assert not said(absolute_yield(sphere._replace(direct=(without(direct, 675, 680),)), **BANDS), "gap")  # no light
    fine = direct.interp(wavelength=np.linspace(500, 700, 2001))
    fine["signal"].attrs = direct["signal"].attrs
    bright = absolute_yield(sphere._replace(direct=(without(fine, 624.8, 625.2),)), **BANDS)  # of a band 28 nm wide
    assert "1.3% of the emission's light" in said(bright, "gap")[0]
    assert_allclose(bright.observed_yield.value, Q, rtol=1e-3)
    with pytest.raises(DataError, match=r"direct\.csv: no samples between 618 and 630 nm .* maximum lies at its edge"):
        absolute_yield(sphere._replace(direct=(without(direct, 618, 630),)), **BANDS)
    with pytest.raises(DataError, match=r"empty\.csv: no samples between 600 and 640 nm .* that is 31% of the band"):
        absolute_yield(sphere._replace(empty=(without(sphere.empty[0], 600, 640),)), **BANDS)
    with pytest.raises(DataError, match="in the laser's band, and the maximum"):
        absolute_yield(sphere._replace(direct=(without(direct, 530.5, 533),)), **BANDS)
    dark = without(sphere.empty[0], 600.0, 610.0)
    spike = dark.assign(
        signal=dark["signal"].copy(data=dark["signal"].values + 0.1 * (dark["wavelength"].values == 600))
    )
    assert not said(absolute_yield(sphere._replace(empty=(spike,)), **BANDS), "gap")  # of noise
    coarse = direct.isel(wavelength=(X < 600) | (X % 4 == 0))
    assert not said(absolute_yield(sphere._replace(direct=(coarse,)), **BANDS), "gap")  # coarser steps are none


def test_a_file_given_twice_is_found():
    sphere = run()
    with pytest.raises(DataError, match=r"direct excitation and indirect excitation hold the same numbers \(direct"):
        absolute_yield(sphere._replace(indirect=sphere.direct), **BANDS)
    other = as_counts(run(), lambda x: 1.02 * response(x))
    sphere = as_counts(run(), response)
    with pytest.raises(DataError, match="run 2 and run 3 hold the same numbers"):
        absolute_yield([other, sphere, sphere], correction=calibration(), **BANDS)
    shared = absolute_yield([sphere, other._replace(empty=sphere.empty)], correction=calibration(), **BANDS)
    assert said(shared, "Runs share spectra of the empty sphere")
    assert not said(absolute_yield([sphere, other], correction=calibration(), **BANDS), "share spectra")
    silent = []
    for each in (sphere, other):  # no count in the blank's emission, twice
        (empty,) = each.empty
        red = empty.isel(wavelength=X > 550)
        dark = red.assign(signal=(0 * red["signal"]).assign_attrs(red["signal"].attrs))
        silent.append(each._replace(empty=(empty.isel(wavelength=X < 550), dark)))
    assert not said(absolute_yield(silent, correction=calibration(), **BANDS), "share spectra")


def noisy_runs(n, noise, stated):
    rng = np.random.default_rng(0)

    def seen(ds):
        y = ds["signal"] + noise * rng.standard_normal(X.size)
        sd = ("wavelength", np.full(X.size, stated), dict(ds["signal"].attrs))
        return ds.assign(signal=y.assign_attrs(ds["signal"].attrs), signal_sd=sd)

    return [data.Sphere(*(tuple(seen(ds) for ds in group) for group in run())) for _ in range(n)]


def test_repeats_that_scatter_less_than_their_samples_are_told():
    assert said(absolute_yield(noisy_runs(3, 0.01, 1.0), **BANDS), "The repeats scatter by 0.0093 of")
    assert not said(absolute_yield(noisy_runs(3, 1.0, 1.0), **BANDS), "repeats scatter")
    assert not said(absolute_yield(noisy_runs(6, 0.45, 1.0), **BANDS), "repeats scatter")  # a noise that is guessed


def test_a_pattern_that_all_runs_share_is_named():
    """Pixels of unlike response, 1 %, under little noise: what neighbours show is no noise of the repeats."""
    rng = np.random.default_rng(0)
    pattern = 1 + 0.01 * rng.standard_normal(X.size)

    def seen(ds):
        y = (ds["signal"] + 1) * pattern + 1e-3 * rng.standard_normal(X.size)
        return ds.drop_vars("signal_sd").assign(signal=y.assign_attrs(ds["signal"].attrs))

    runs = [data.Sphere(*(tuple(seen(ds) for ds in group) for group in run())) for _ in range(3)]
    (words,) = said(absolute_yield(runs, **BANDS), "The repeats scatter by")
    assert "their noise, told from neighbouring samples, is a pattern that all runs share" in words
    assert "processed" not in words


def test_a_blank_of_noise_alone_is_not_told():
    """Its noise, 10 % of the yield, is in the interval; light is told."""
    sphere, rng = run(sd=5.0), np.random.default_rng(0)

    def blank(light):
        y = sphere.empty[0]["signal"] + 5 * rng.standard_normal(X.size) + light * BAND
        return sphere._replace(empty=(sphere.empty[0].assign(signal=y.assign_attrs(units="photons/nm")),))

    told = [bool(said(absolute_yield(blank(0.0), draws=1000, **BANDS), "The blank shows")) for _ in range(10)]
    assert not any(told)
    assert said(absolute_yield(blank(300.0), **BANDS), "The blank shows")


def test_what_differs_in_numbers_only_is_said_once():
    steps = [as_counts(run(), lambda x, s=s: s * response(x)) for s in (1, 1.01, 1.02)]
    cut = [s._replace(direct=(without(s.direct[0], 640 - i, 650.0),)) for i, s in enumerate(steps)]
    (words,) = said(absolute_yield(cut, correction=calibration(), **BANDS), "straight line over a gap")
    assert words.startswith("Run 1: direct.csv: ")
    assert words.endswith("(640-650 nm). Alike: run 2, direct.csv; run 3, direct.csv.")


def test_a_background_under_the_emission_ends_where_both_ends_do():
    """9 at the blue end and nothing at the red one: half of what a level throughout would be."""
    sphere = run()
    slope = (9 * (690 - X) / 130) * (X > 550)
    lit = sphere.direct[0].assign(signal=(sphere.direct[0]["signal"] + slope).assign_attrs(units="photons/nm"))
    (words,) = said(absolute_yield(sphere._replace(direct=(lit,)), **BANDS), "at 560 nm the emission's band")
    share = float(re.search(r"([\d.]+)% of the emission if the band stands on a straight line", words)[1]) / 100
    assert share == pytest.approx(65 * 9 / (65 * 9 + 1000 * SEEN.emission_direct), rel=0.05)


def test_excitation_and_kind_that_contradict_the_bands():
    with pytest.raises(DataError, match=r"empty\.csv: .* excited at 405 nm, outside laser_nm = 520-544 nm"):
        absolute_yield(run(excitation_nm=405.0), **BANDS)
    with pytest.raises(DataError, match="are the bands swapped"):
        absolute_yield(run(excitation_nm=532.0), laser_nm=EMISSION, emission_nm=LASER)
    with pytest.raises(DataError, match="Are the bands swapped"):
        absolute_yield(run(), laser_nm=EMISSION, emission_nm=LASER)
    absolute_yield(run(excitation_nm=532.0), **BANDS)
    sphere = run()
    with pytest.raises(DataError, match="of kind 'absorption'"):
        absolute_yield(sphere._replace(direct=(data.with_attrs(sphere.direct[0], kind="absorption"),)), **BANDS)


def test_the_laser_in_second_order():
    """At 1064 nm; where that is cut out of the emission there is no such light."""
    x = np.arange(500.0, 1200.0)

    def far(ds):
        emission = 1000 * SEEN.emission_direct * np.exp(-0.5 * ((x - 950) / 40) ** 2) / (40 * np.sqrt(2 * np.pi))
        y = np.interp(x, X, ds["signal"].values) * (x < 560) + emission * (ds is not sphere.empty[0])
        return data.build(
            "wavelength", x, y, kind="sphere", quantity="photons_per_nm", medium="air", signal_sd=np.full(x.size, 1e-4)
        )

    sphere = run(indirect=False)
    red = data.Sphere(*(tuple(far(ds) for ds in group) for group in sphere))
    bands = {"laser_nm": LASER, "emission_nm": (800.0, 1150.0)}
    (empty,) = red.empty
    untold = red._replace(empty=(empty.isel(wavelength=x < 600),))
    assert said(absolute_yield(untold, **bands), "1064 nm, twice the laser's wavelength, lies in")
    assert not said(absolute_yield(red, **bands), "twice the laser")  # the blank shows that there is none
    line = 10 * np.exp(-0.5 * ((x - 1064) / 2) ** 2) / (2 * np.sqrt(2 * np.pi))
    second = empty.assign(signal=(empty["signal"] + line).assign_attrs(empty["signal"].attrs))
    (words,) = said(absolute_yield(red._replace(empty=(second,)), **bands), "twice the laser")
    share = float(re.search(r"empty sphere shows ([\d.]+)% \+-", words)[1]) / 100
    assert share == pytest.approx(10 / (1000 * SEEN.emission_direct), rel=0.05)
    assert not said(absolute_yield(untold, laser_nm=LASER, emission_nm=(800.0, 1060.0)), "twice the laser")
    cut = untold._replace(direct=tuple(without(ds, 1055, 1075) for ds in red.direct))
    assert not said(absolute_yield(cut, **bands), "twice the laser")


def test_too_few_samples_and_no_light():
    with pytest.raises(DataError, match="expected 3 or more"):
        absolute_yield(run(), laser_nm=(531.6, 531.9), emission_nm=EMISSION)
    dark = spectrum(0.0, 0.0, "dark.csv")
    with pytest.raises(DataError, match="no laser light"):
        absolute_yield(run()._replace(empty=(dark,)), **BANDS)


def test_what_is_no_sphere():
    sphere = run()
    for wrong in (tuple(sphere), [sphere, sphere.empty], sphere._replace(empty=sphere.empty[0])):
        with pytest.raises(ValueError, match="sphere must be a Sphere"):
            absolute_yield(wrong, **BANDS)


def test_spectra_that_do_not_say_what_they_are():
    with pytest.raises(DataError, match="nothing says what the numbers are"):
        absolute_yield(
            data.Sphere(*(tuple(data.with_attrs(ds, quantity=None) for ds in group) for group in run())), **BANDS
        )
