"""A spectrometer of known response sees a lamp and an emission of known light; what it lost comes back."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.calibration import calibrate_response
from antistokes.analysis.correction import correct_response
from antistokes.analysis.spectra import describe_emission
from antistokes.errors import DataError
from antistokes.physics.planck import blackbody_photons_per_ev

NM = np.arange(500.0, 800.1, 0.5)
RESPONSE = np.exp(-0.5 * ((NM - 640) / 90) ** 2) * (1 + 0.02 * np.sin(NM / 3))
EMITTED = np.exp(-0.5 * ((units.energy_from_wavelength(NM) - 1.92) / 0.05) ** 2) * units.energy_from_wavelength(NM) ** 2


def planck_per_nm(nm, temperature_k):
    return blackbody_photons_per_ev(units.energy_from_wavelength(nm), temperature_k) / units.nm_per_ev(nm)


def seen(light, photons=None, seed=0, kind="emission", **more):
    counts = light * RESPONSE
    counts = counts / counts.max() * (photons or 1e6)
    if photons:
        counts = np.random.default_rng(seed).poisson(counts)
    return data.build("wavelength", NM, counts, kind=kind, quantity="counts", medium="air", **more)


def certificate(sd=None):
    nm = np.arange(450.0, 851.0, 25.0)
    power = planck_per_nm(nm, 2900.0) * units.energy_from_wavelength(nm)
    return data.build("wavelength", nm, power, signal_sd=sd and sd * power, quantity="power_per_nm", kind="emission")


def mean_ev(ds):
    return describe_emission(ds).mean_energy_ev


def test_response_and_light_come_back_from_a_colour_temperature():
    calibration = calibrate_response(seen(planck_per_nm(NM, 2900.0)), colour_temperature_k=2900.0)
    assert_allclose(calibration.curves["response"], RESPONSE / RESPONSE.max(), rtol=1e-9)
    found = correct_response(seen(EMITTED), calibration)
    assert found.attrs["quantity"] == "photons_per_nm" and "signal_modes" not in found
    assert_allclose(found["signal"] / found["signal"].max(), EMITTED / EMITTED.max(), rtol=1e-9)


def test_a_certificate_in_power_is_taken_as_photons():
    calibration = calibrate_response(seen(planck_per_nm(NM, 2900.0)), certificate=certificate())
    assert_allclose(calibration.curves["response"], RESPONSE / RESPONSE.max(), rtol=2e-5)
    assert any("states no uncertainty" in w for w in calibration.warnings)


def test_uncertainty_of_the_colour_temperature_is_that_of_moving_it():
    """The mode's effect on the mean energy equals the change when the lamp is taken 30 K hotter."""
    lamp, sample = seen(planck_per_nm(NM, 2900.0)), seen(EMITTED)
    energies = [
        mean_ev(correct_response(sample, calibrate_response(lamp, colour_temperature_k=t))).value
        for t in (2885.0, 2915.0)
    ]
    stated = mean_ev(correct_response(sample, calibrate_response(lamp, colour_temperature_k=(2900.0, 30.0))))
    assert_allclose(stated.sd, abs(energies[1] - energies[0]), rtol=0.02)


@pytest.mark.parametrize("correlation_nm", [0.0, 100.0])
def test_uncertainty_of_a_certificate_is_that_of_drawing_its_nodes(correlation_nm):
    """Errors that hang together are drawn as an autoregressive series, which has their exponential correlation."""
    lamp, sample, sd = seen(planck_per_nm(NM, 2900.0)), seen(EMITTED), 0.02
    known = calibrate_response(lamp, certificate=certificate(sd), correlation_nm=correlation_nm)
    stated = mean_ev(correct_response(sample, known)).sd
    rng, exact, drawn = np.random.default_rng(0), certificate(), []
    memory = np.exp(-25.0 / correlation_nm) if correlation_nm else 0.0
    for _ in range(200):
        errors = rng.standard_normal(exact["signal"].size)
        for i in range(1, errors.size):
            errors[i] = memory * errors[i - 1] + np.sqrt(1 - memory**2) * errors[i]
        moved = exact.copy(data={"signal": exact["signal"] * (1 + sd * errors)})
        drawn.append(mean_ev(correct_response(sample, calibrate_response(lamp, certificate=moved))).value)
    assert_allclose(stated, np.std(drawn), rtol=0.2)


def test_a_certificate_that_errs_as_a_whole_says_nothing_of_the_shape():
    lamp, sample = seen(planck_per_nm(NM, 2900.0)), seen(EMITTED)
    own, whole = (calibrate_response(lamp, certificate=certificate(0.02), correlation_nm=nm) for nm in (0.0, 1e16))
    assert mean_ev(correct_response(sample, whole)).sd < 1e-4 * mean_ev(correct_response(sample, own)).sd


def test_noise_of_lamp_and_sample_add():
    lamp = seen(planck_per_nm(NM, 2900.0), photons=1e4, signal_sd=np.full(NM.size, 30.0))
    sample = seen(EMITTED, photons=1e4, signal_sd=np.full(NM.size, 20.0))
    found = correct_response(sample, calibrate_response(lamp, colour_temperature_k=2900.0))
    ratio = (found["signal"] / sample["signal"].sel(wavelength=found["wavelength"])).values
    lamp_part = found["signal"] * 30.0 / lamp["signal"].sel(wavelength=found["wavelength"])
    with np.errstate(invalid="ignore"):
        expected = np.hypot(20.0 * ratio, lamp_part)
    there = sample["signal"].sel(wavelength=found["wavelength"]).values > 0
    assert_allclose(found["signal_sd"].values[there], expected.values[there], rtol=1e-9)


def test_a_flat_top_is_saturation():
    lamp = seen(planck_per_nm(NM, 2900.0))
    flat = lamp.copy(data={"signal": np.minimum(lamp["signal"], 7e5)})
    with pytest.raises(DataError, match="equal the maximum, 700000: the detector was saturated"):
        calibrate_response(flat, colour_temperature_k=2900.0)
    emission = seen(EMITTED)
    with pytest.raises(DataError, match="the detector was saturated"):
        describe_emission(emission.copy(data={"signal": np.minimum(emission["signal"], 7e5)}))


def test_missing_samples_of_the_lamp_are_left_out_and_of_a_certificate_refused():
    flag = np.where(np.abs(NM - 510) < 1, data.FLAGS["missing"], 0).astype(np.uint8)
    light = seen(planck_per_nm(NM, 2900.0))
    lamp = light.copy(data={"signal": np.where(flag > 0, np.nan, light["signal"])}).assign(flag=("wavelength", flag))
    assert_allclose(calibrate_response(lamp, colour_temperature_k=2900.0).curves["response"].values.max(), 1.0)
    known = certificate()
    gone = np.zeros(known["signal"].size, dtype=np.uint8)
    gone[3] = data.FLAGS["missing"]
    bad = known.copy(data={"signal": np.where(gone > 0, np.nan, known["signal"])}).assign(flag=("wavelength", gone))
    with pytest.raises(DataError, match="a certificate cannot have flagged samples"):
        calibrate_response(light, certificate=bad)


def test_doubts_are_said():
    light = seen(planck_per_nm(NM, 2900.0))
    dark = calibrate_response(light.copy(data={"signal": light["signal"] + 5e4}), colour_temperature_k=2900.0)
    assert any("if a dark level is left in it" in w for w in dark.warnings)
    flag = np.where(np.abs(NM - 620) < 5, data.FLAGS["saturated"], 0)
    ended = calibrate_response(seen(planck_per_nm(NM, 2900.0), flag=flag), colour_temperature_k=2900.0)
    assert any("19 samples are saturated" in w for w in ended.warnings)
    nm = np.arange(450.0, 851.0, 1.0)
    power = planck_per_nm(nm, 2900.0) * units.energy_from_wavelength(nm)
    dense = data.build("wavelength", nm, power, signal_sd=0.02 * power, quantity="power_per_nm", kind="emission")
    assert any("closer than 4.9 nm" in w for w in calibrate_response(light, certificate=dense).warnings)


def test_nothing_is_corrected_twice():
    calibration = calibrate_response(seen(planck_per_nm(NM, 2900.0)), colour_temperature_k=2900.0)
    once = correct_response(seen(EMITTED), calibration)
    with pytest.raises(DataError, match="divided by a response already"):
        correct_response(data.with_attrs(once, quantity="counts"), calibration)


def test_what_lies_outside_is_left_out_with_a_note():
    lamp = seen(planck_per_nm(NM, 2900.0)).sel(wavelength=slice(520, 700))
    found = correct_response(seen(EMITTED), calibrate_response(lamp, colour_temperature_k=2900.0))
    assert (found["wavelength"].values[0], found["wavelength"].values[-1]) == (520.0, 700.0)
    assert any("240 samples outside the calibration" in note for note in data.notes_of(found))


def test_saturated_samples_of_the_lamp_make_no_response():
    flag = np.where(NM > 600, data.FLAGS["saturated"], 0)
    lamp = seen(planck_per_nm(NM, 2900.0), flag=flag)
    assert calibrate_response(lamp, colour_temperature_k=2900.0).range_nm == (500.0, 600.0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda ds: data.with_attrs(ds, quantity="photons_per_nm"), "the lamp must be counts"),
        (lambda ds: ds.copy(data={"signal": np.random.default_rng(0).normal(size=NM.size)}), "stands nowhere 10 times"),
        (lambda ds: ds.isel(wavelength=slice(5)), "5 samples are too few"),
    ],
)
def test_a_lamp_that_does_not_do(change, match):
    with pytest.raises(DataError, match=match):
        calibrate_response(change(seen(planck_per_nm(NM, 2900.0))), colour_temperature_k=2900.0)


def test_bad_arguments():
    lamp = seen(planck_per_nm(NM, 2900.0))
    with pytest.raises(ValueError, match="either the lamp's certificate or its colour_temperature_k"):
        calibrate_response(lamp)
    with pytest.raises(ValueError, match="correlation_nm is the certificate's"):
        calibrate_response(lamp, colour_temperature_k=2900.0, correlation_nm=50.0)
    with pytest.raises(ValueError, match="colour_temperature_k must be 1000 to 10000 K"):
        calibrate_response(lamp, colour_temperature_k=300.0)
    far = data.build("wavelength", np.arange(1000.0, 1100, 5), np.ones(20), quantity="power_per_nm", kind="emission")
    with pytest.raises(DataError, match="does not overlap the measured lamp"):
        calibrate_response(lamp, certificate=far)
    calibration = calibrate_response(lamp, colour_temperature_k=2900.0)
    photons: xr.Dataset = data.with_attrs(seen(EMITTED), quantity="photons_per_nm")
    with pytest.raises(DataError, match="only counts can be corrected"):
        correct_response(photons, calibration)
