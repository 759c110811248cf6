import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data, units
from antistokes.analysis.spectra import describe_absorption, describe_emission
from antistokes.errors import DataError

FWHM = 2 * np.sqrt(2 * np.log(2))
NM = np.arange(560.0, 720.25, 0.5)
EV = np.linspace(1.70, 2.20, 501)


def per_nm(centre=632.0, sigma=12.0, noise=0.0, seed=0, **attrs):
    y = np.exp(-0.5 * ((NM - centre) / sigma) ** 2) + noise * np.random.default_rng(seed).standard_normal(NM.size)
    return data.build("wavelength", NM, y, kind="emission", quantity="photons_per_nm", **attrs)


def per_ev(centre=1.96, sigma=0.04):
    y = np.exp(-0.5 * ((EV - centre) / sigma) ** 2)
    return data.build("energy", EV, y, kind="emission", quantity="photons_per_ev")


def absorption(y, noise=0.0):
    y = y + noise * np.random.default_rng(0).standard_normal(NM.size)
    sd = np.full(NM.size, max(noise, 1e-6))
    return data.build("wavelength", NM, y, kind="absorption", quantity="absorbance", signal_sd=sd)


# --- emission


def test_a_gaussian_per_nm_on_its_own_axis():
    found = describe_emission(per_nm())
    assert_allclose(found.peak_nm.value, 632.0, atol=1e-6)  # the samples lie evenly around it
    assert_allclose(found.fwhm_nm.value, FWHM * 12.0, rtol=2e-4)  # straight lines between samples of sigma/24
    assert_allclose(found.centroid_nm.value, 632.0, atol=1e-6)
    assert (found.peak_nm.unit, found.fwhm_nm.unit, found.fwhm_mev.unit) == ("nm", "nm", "meV")


def test_a_gaussian_per_ev_on_its_own_axis():
    found = describe_emission(per_ev())
    assert_allclose(found.peak_ev.value, 1.96, atol=1e-8)
    assert_allclose(found.fwhm_mev.value, FWHM * 40.0, rtol=2e-4)
    assert_allclose(found.mean_energy_ev.value, 1.96, atol=1e-8)
    assert_allclose(found.mean_wavelength_nm.value, units.wavelength_from_energy(1.96, "air"), rtol=1e-8)


def test_the_maximum_per_nm_lies_bluer_than_per_ev():
    """Photons per nm are photons per eV times E^2 (vacuum): exp(-(E-m)^2/2s^2) E^2 peaks at (m + sqrt(m^2+8s^2))/2."""
    ds = data.with_attrs(per_ev(), medium="vacuum")
    expected = (1.96 + np.sqrt(1.96**2 + 8 * 0.04**2)) / 2
    found = describe_emission(ds)
    assert_allclose(
        found.peak_nm.value, units.HC_EV_NM / expected, atol=0.04
    )  # a quartic through a skew band: 0.3 % of its s.d.
    assert_allclose(units.HC_EV_NM / found.peak_nm.value - found.peak_ev.value, 2 * 0.04**2 / 1.96, atol=1.2e-4)


def test_power_and_photons_are_told_apart():
    """The same numbers as power: photons per nm are then the numbers times the wavelength, redder by sigma^2/lambda."""
    power = data.with_attrs(per_nm(medium="vacuum"), quantity="power_per_nm")
    shift = describe_emission(power).centroid_nm.value - 632.0
    assert_allclose(shift, 12.0**2 / 632.0, atol=1e-4)


def test_without_noise_intervals_close():
    found = describe_emission(per_nm())
    for e in (found.peak_nm, found.fwhm_nm, found.centroid_nm, found.mean_energy_ev):
        assert e.high - e.low < 1e-6 * e.value


def test_stated_uncertainty_is_the_scatter():
    """25 spectra: the s.d. of the numbers within 45 % (99.8 %: 1 +- 3.1/sqrt(50)) of the s.d. they state."""
    found = [describe_emission(per_nm(noise=0.01, seed=seed)) for seed in range(25)]
    for name in ("peak_nm", "fwhm_nm", "centroid_nm", "mean_energy_ev"):
        numbers = [getattr(f, name) for f in found]
        ratio = np.std([e.value for e in numbers], ddof=1) / np.mean([e.sd for e in numbers])
        assert_allclose(ratio, 1.0, atol=0.45, err_msg=name)


def test_low_and_high_are_in_order_on_both_axes():
    found = describe_emission(per_nm(noise=0.02))
    for e in (found.peak_nm, found.peak_ev, found.fwhm_nm, found.fwhm_mev, found.centroid_nm, found.mean_energy_ev):
        assert e.low < e.value < e.high


def test_seed_and_level():
    one, same, other = (describe_emission(per_nm(noise=0.02), seed=s) for s in (0, 0, 1))
    assert one == same and one.peak_nm.low != other.peak_nm.low
    assert one.fwhm_nm.value == other.fwhm_nm.value and one.mean_energy_ev == other.mean_energy_ev
    # A peak is the median of 500 draws, known to sqrt(pi/2/500) = .056 of its s.d.; two of them differ by .08 of it.
    assert abs(one.peak_nm.value - other.peak_nm.value) < 3.3 * 0.08 * one.peak_nm.sd
    narrow = describe_emission(per_nm(noise=0.02), level=0.5).mean_energy_ev
    assert narrow.level == 0.5
    assert_allclose((narrow.high - narrow.low) / narrow.sd, 2 * 0.6744897502, rtol=1e-9)


def test_an_emission_cut_above_half_of_its_maximum_has_no_width():
    found = describe_emission(per_nm(noise=0.01).sel(wavelength=slice(625, 720)))
    assert found.fwhm_nm is None and found.fwhm_mev is None
    assert any("does not fall to half of its maximum" in w for w in found.warnings)
    assert_allclose(found.peak_nm.value, 632.0, atol=0.5)


@pytest.mark.parametrize(("cut_nm", "seed"), [(617.5, 1), (618.0, 2)])
def test_an_emission_cut_at_half_of_its_maximum_has_a_sensible_interval_or_none(cut_nm, seed):
    found = describe_emission(per_nm(noise=0.02, seed=seed).sel(wavelength=slice(cut_nm, 720))).fwhm_nm
    assert found is None or found.low <= found.value <= found.high


def test_nothing_but_noise_is_named():
    y = 0.5 * np.random.default_rng(3).standard_normal(NM.size) - 0.2
    ds = data.build(
        "wavelength",
        NM,
        y,
        kind="emission",
        quantity="photons_per_nm",
        source={"file": "pl.csv"},
        signal_sd=np.full(NM.size, 0.5),
    )
    with pytest.raises(DataError, match="pl.csv: the emission has no light to speak of"):
        describe_emission(ds)


def test_an_emission_cut_at_its_maximum():
    describe_emission(per_nm().sel(wavelength=slice(632, 720)))


def test_a_band_beside_a_smaller_one():
    y = np.exp(-0.5 * ((NM - 660) / 8) ** 2) + 0.15 * np.exp(-0.5 * ((NM - 600) / 8) ** 2)
    found = describe_emission(data.build("wavelength", NM, y, kind="emission", quantity="photons_per_nm"))
    assert_allclose(found.peak_nm.value, 660.0, atol=0.01)
    assert_allclose(found.fwhm_nm.value, FWHM * 8, rtol=1e-3)


def test_absorption_is_not_described_as_emission():
    with pytest.raises(DataError, match="needs one of photons_per_nm"):
        describe_emission(absorption(per_nm()["signal"].values))


# --- absorption


def gaussian(centre, sigma, height=1.0):
    return height * np.exp(-0.5 * ((NM - centre) / sigma) ** 2)


def test_first_maximum_is_the_reddest_and_another_can_be_asked_for():
    ds = absorption(gaussian(640, 10, 0.4) + gaussian(590, 10), noise=1e-4)
    first = describe_absorption(ds)
    assert_allclose(first.first_peak_nm.value, 640.0, atol=0.2)
    assert_allclose(first.first_peak_ev.value, units.energy_from_wavelength(first.first_peak_nm.value), rtol=1e-12)
    assert first.first_peak_nm.low < first.first_peak_nm.value < first.first_peak_nm.high
    assert_allclose(describe_absorption(ds, near_nm=600.0).first_peak_nm.value, 590.0, atol=0.2)


def test_a_shoulder_has_no_maximum_and_a_warning():
    found = describe_absorption(absorption(1 / (1 + np.exp((NM - 630) / 10)), noise=1e-4))
    assert found.first_peak_nm is None
    assert any("no absorption maximum stands out" in w for w in found.warnings)


def test_nearest_is_meant_along_the_axis():
    """Samples every 4 nm blue of 620 nm and every 0.5 nm red of it, as a splice may have them."""
    x = np.concatenate([np.arange(560.0, 620, 4), np.arange(620, 720, 0.5)])
    y = np.exp(-0.5 * ((x - 585) / 10) ** 2) + 0.8 * np.exp(-0.5 * ((x - 640) / 8) ** 2)
    ds = data.build("wavelength", x, y, kind="absorption", quantity="absorbance", signal_sd=np.full(x.size, 1e-4))
    assert_allclose(describe_absorption(ds, near_nm=618.0).first_peak_nm.value, 640.0, atol=1)
