import numpy as np
import pytest
from numpy.testing import assert_allclose

import antistokes as ans
from antistokes import data, units
from antistokes.physics.moments import mean_energy

MEAN, SIGMA = 1.96, 0.038
LASER_NM = 660.0


def gaussian(ev, mean=MEAN, sigma=SIGMA):
    return np.exp(-0.5 * ((ev - mean) / sigma) ** 2)


def emission(nm, shape, photons, seed=None, **attrs):
    """Photons per nm in air; without a seed no noise to speak of."""
    y = shape(units.energy_from_wavelength(nm)) / units.nm_per_ev(nm)
    y = photons * y / y.max()
    sd = np.sqrt(y + 25) if seed is not None else np.full(nm.size, 1e-7 * photons)
    if seed is not None:
        y = y + sd * np.random.default_rng(seed).standard_normal(nm.size)
    return data.build(
        "wavelength", nm, y, kind="emission", quantity="photons_per_nm", medium="air", signal_sd=sd, **attrs
    )


def pair(seed=None, shift=-5.0, width=0.98, cut_nm=645.0):
    """A spectrum without its red side and with a laser line, and one above the gap."""
    x = np.arange(565.0, 700.0, 0.7)
    up = emission(x, lambda e: gaussian(e, MEAN + shift / 1e3, SIGMA * width), 1e4, seed, excitation_nm=LASER_NM)
    passed = 1 / (1 + np.exp(np.clip((x - cut_nm - 4) / 0.2, -300, 300)))
    seen = up["signal"].values * passed + 5e4 * np.exp(-0.5 * (x - LASER_NM) ** 2)
    down = emission(
        np.arange(540.0, 740.0, 0.5), gaussian, 1e5, None if seed is None else seed + 1, excitation_nm=450.0
    )
    return up, up.assign(signal=("wavelength", seen, up["signal"].attrs)), down


def true_mean(shift=-5.0, width=0.98):
    ev = np.linspace(1.7, 2.25, 4001)
    return mean_energy(ev, gaussian(ev, MEAN + shift / 1e3, SIGMA * width))


@pytest.mark.parametrize("cut_nm", [645.0, 632.0])
def test_what_was_cut_comes_back(cut_nm):
    whole, cut, down = pair(cut_nm=cut_nm)
    found = ans.complete_emission(cut, down, cut_nm)
    expected = np.interp(found["wavelength"], whole["wavelength"], whole["signal"])
    near = found["wavelength"].values < 699
    assert_allclose(found["signal"].values[near], expected[near], atol=5e-3 * expected.max())
    assert_allclose(ans.describe_emission(found).mean_energy_ev.value, true_mean(), atol=2e-5)


def test_what_was_measured_is_kept_to_the_digit():
    _, cut, down = pair(seed=0)
    found = ans.complete_emission(cut, down, 645.0)
    kept = cut.sel(wavelength=slice(None, 645.0))
    assert_allclose(found["signal"].sel(wavelength=kept["wavelength"]), kept["signal"], rtol=1e-12)
    assert_allclose(found["signal_sd"].sel(wavelength=kept["wavelength"]), kept["signal_sd"], rtol=1e-12)


def test_modes_are_the_scatter_of_what_is_filled_in():
    """Independent noise draws: what is filled in scatters as modes and sd together say."""
    values, said = [], []
    for seed in range(0, 48, 2):
        found = ans.complete_emission(*pair(seed=seed, width=1.0)[1:], 645.0)
        red = found.sel(wavelength=[650.0, 665.0])
        values.append(red["signal"].values)
        said.append(np.sqrt(red["signal_sd"].values ** 2 + np.sum(red["signal_modes"].values ** 2, axis=0)))
    ratio = np.std(values, axis=0) / np.median(said, axis=0)
    assert np.all((ratio > 0.55) & (ratio < 1.5))  # 24 draws: 99.9 % lie within .55-1.50


def test_gain_of_a_cut_spectrum_is_too_large_and_of_a_completed_one_is_not():
    _, cut, down = pair(seed=0)
    truth = 1e3 * (true_mean() - units.energy_from_wavelength(LASER_NM))
    gain = ans.energy_gain(ans.complete_emission(cut, down, 645.0), LASER_NM).mean_mev
    assert gain.low < truth < gain.high and gain.sd < 1
    assert ans.energy_gain(cut.sel(wavelength=slice(None, 645.0)), LASER_NM).mean_mev.value > truth + 5


def test_only_the_laser_line():
    whole, cut, down = pair(seed=0, cut_nm=900.0)
    found = ans.complete_emission(cut, down, None)
    assert data.json_attr(found, "corrections", {})["completion"]["replaced_nm"] == [[656.0, 664.0]]
    far = whole.sel(wavelength=slice(668.0, None))
    assert_allclose(found["signal"].sel(wavelength=far["wavelength"]), far["signal"], rtol=1e-12)
    assert found["signal"].sel(wavelength=slice(656, 664)).max() < 0.3 * found["signal"].max()


def test_ranges_that_overlap_are_said_as_one():
    _, cut, down = pair(seed=0, cut_nm=900.0)
    found = ans.complete_emission(cut, down, None, exclude_nm=[(655.0, 665.0), (600.0, 604.0)])
    assert data.json_attr(found, "corrections", {})["completion"]["replaced_nm"] == [[600.0, 604.0], [655.0, 665.0]]


def test_it_says_what_it_is():
    _, cut, down = pair(seed=0)
    found = ans.complete_emission(cut, down, 645.0, exclude_nm=[(600.0, 604.0)])
    said = data.json_attr(found, "corrections", {})["completion"]
    assert said["serves"] == "mean energy and yield only"
    assert said["replaced_nm"][0] == [600.0, 604.0]  # that of the laser, 656 to 664 nm, lies behind the filter
    assert [low for low, _ in said["replaced_nm"][1:]] == [645.0]
    assert any("no comparison" in note for note in data.notes_of(found))
    assert found.attrs["excitation_nm"] == LASER_NM
    with pytest.raises(ans.DataError, match="with itself"):
        ans.compare_emission(found, down)
    with pytest.raises(ans.DataError, match="with itself"):
        ans.complete_emission(found, down, 645.0)


def test_flags_of_what_is_kept_stay():
    _, cut, down = pair(seed=0)
    flag = np.zeros(cut["wavelength"].size, dtype=np.uint8)
    flag[50], flag[np.argmax(cut["signal"].values)] = data.FLAGS["cosmic"], data.FLAGS["saturated"]
    found = ans.complete_emission(cut.assign(flag=("wavelength", flag)), down, 645.0)
    assert found["flag"].sel(wavelength=cut["wavelength"][50]) == data.FLAGS["cosmic"]
    assert not data.flagged(found, "saturated").any()


def test_spectra_over_energy_and_power():
    _, cut, down = pair(seed=0)
    plain = ans.energy_gain(ans.complete_emission(cut, down, 645.0), LASER_NM).mean_mev
    other = ans.energy_gain(ans.complete_emission(ans.convert(cut, "power_per_nm"), down, 645.0), LASER_NM).mean_mev
    assert_allclose([other.value, other.sd], [plain.value, plain.sd], rtol=1e-9)


def test_nothing_to_replace():
    _, cut, down = pair(seed=0)
    with pytest.raises(ValueError, match="nothing"):
        ans.complete_emission(data.with_attrs(cut, excitation_nm=None), down, None)


def test_a_stretch_beyond_noise_widens_the_interval():
    sds = []
    for width in (1.0, 0.9):
        _, cut, down = pair(width=width)
        sds.append(ans.energy_gain(ans.complete_emission(cut, down, 645.0), LASER_NM).mean_mev.sd)
    assert sds[1] > 0.3 > 30 * sds[0]
