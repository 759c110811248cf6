"""Rays put into repeated frames are found, and without rays hardly anything is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from antistokes import data
from antistokes.analysis.frames import average_frames, find_cosmic_rays
from antistokes.errors import DataError

NM = np.linspace(500, 700, 600)
CAMERAS = {
    "counter": {"peak": 1000.0},
    "counter, dark": {"peak": 5.0, "dark": 0.1},
    "unsteady lamp": {"peak": 1e5, "gain": 2.0, "read": 10.0, "offset": 600.0, "drift": 0.02},
    "read noise only": {"peak": 1e-3, "read": 3.0, "offset": 100.0},
    "read noise only, digitised": {"peak": 1e-3, "read": 3.0, "offset": 100.0, "digitised": True},
    "counter, dim and even": {"peak": 1e-3, "dark": 0.3},
    "large offset": {"peak": 3e4, "gain": 0.25, "read": 2.0, "offset": 1000.0},
}


def frames(seed, n, *, peak, dark=0.0, gain=1.0, read=0.0, offset=0.0, drift=0.0, digitised=False, rays=0):
    rng = np.random.default_rng(seed)
    light = peak * np.exp(-0.5 * ((NM - 600) / 25) ** 2) + dark
    brightness = 1 + drift * rng.standard_normal(n)
    y = gain * rng.poisson(light * brightness[:, None]) + read * rng.standard_normal((n, NM.size)) + offset
    at = [(int(rng.integers(n)), int(rng.integers(NM.size))) for _ in range(rays)]
    for i, j in at:
        y[i, j] += np.ceil(10 * np.sqrt(gain**2 * peak + read**2) + 20 * gain)
    y = np.round(y) if digitised else y
    ds = data.build("wavelength", NM, y, along={"frame": range(n)}, quantity="counts", kind="emission", medium="air")
    return ds, at


def count(camera, n, quiet_runs, runs):
    """Measurements without rays that get a flag; rays that are found, and all."""
    false = sum(
        data.flagged(find_cosmic_rays(frames(seed, n, **CAMERAS[camera])[0]), "cosmic").any()
        for seed in range(quiet_runs)
    )
    found = 0
    for seed in range(runs):
        ds, at = frames(seed, n, rays=5, **CAMERAS[camera])
        flagged = data.flagged(find_cosmic_rays(ds), "cosmic")
        found += sum(flagged[i, j] for i, j in at)
    return false, found, 5 * runs


def least(camera, n, share):
    """Share of rays to be found; in two dim frames they spoil the noise of one measurement in six, and all are lost."""
    return share - 0.4 if (camera, n) == ("counter, dim and even", 2) else share


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("camera", CAMERAS)
def test_rays_are_found_and_hardly_anything_else(camera, n):
    false, found, total = count(camera, n, 20, 6)
    assert false <= 2  # 99.9 % binomial bound of .01
    assert found >= least(camera, n, 0.9) * total


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("camera", CAMERAS)
def test_rays_are_found_and_hardly_anything_else_large(camera, n):
    false, found, total = count(camera, n, 400, 60)
    assert false <= 12  # 99.9 % binomial bound of .01
    assert found >= least(camera, n, 0.97) * total


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("rate", [0.01, 0.03, 1.0])
def test_single_photons_are_no_rays(rate, n):
    """Where the light does not tell what a count is, the step of the signal does; a ray is found all the same."""
    false = 0
    for seed in range(8):
        y = 4.0 + 0.5 * np.random.default_rng(seed).poisson(rate, (n, NM.size))  # counts for two seconds, less a dark
        y[:, 200] += [20.0] + [0.0] * (n - 1)
        ds = data.build("wavelength", NM, y, along={"frame": range(n)}, quantity="counts", kind="emission")
        flagged = data.flagged(find_cosmic_rays(ds), "cosmic")
        assert flagged[0, 200]
        false += flagged.sum() > 1
    assert false <= 1  # 99.9 % binomial bound of .01


@pytest.mark.parametrize("fading", [(1, 0.8, 0.6), (1, 0.5), (1, 0.5, 0.25), tuple(np.linspace(1, 0.6, 10))])
@pytest.mark.parametrize("peak", [500.0, 20000.0])
def test_frames_that_fade_have_no_rays_but_those_put_in(fading, peak):
    """And the mean has the light of the mean frame, also where a frame is left out, with its noise."""
    light = peak * np.exp(-0.5 * ((NM - 600) / 25) ** 2) + 2
    b, false, z = np.array(fading), 0, []
    for seed in range(12):
        y = np.random.default_rng(seed).poisson(light * b[:, None])
        build = {"along": {"frame": range(b.size)}, "quantity": "counts", "kind": "emission"}
        false += data.flagged(find_cosmic_rays(data.build("wavelength", NM, y, **build)), "cosmic").any()
        y[0, 300] += 20 * int(np.sqrt(peak)) + 20
        found = find_cosmic_rays(data.build("wavelength", NM, y, **build))
        assert data.flagged(found, "cosmic")[0, 300]
        mean = average_frames(found)
        z.append((mean["signal"].values - light * b.mean()) / mean["signal_sd"].values)
    assert false <= 1
    assert abs(np.mean(z, axis=0)[300]) < 4 / np.sqrt(12)
    assert_allclose(np.std(z), 1.0, atol=0.1)


@pytest.mark.parametrize("at", [0, 1, -1])
def test_rays_at_the_ends_are_found(at):
    for seed in range(5):
        ds, _ = frames(seed, 10, peak=1000.0, dark=100.0)
        ds["signal"][4, at] += 600
        assert data.flagged(find_cosmic_rays(ds), "cosmic")[4, at]


@pytest.mark.parametrize(("samples", "n", "most"), [(16, 10, 1.15), (32, 5, 1.1), (48, 10, 1.1)])
def test_few_samples_keep_their_noise(samples, n, most):
    """A line fitted to each frame would take their noise; frames that are alike within chance are left as they are."""
    nm, false, pulls = np.linspace(500, 700, samples), 0, []
    light = 1000 * np.exp(-0.5 * ((nm - 600) / 25) ** 2) + 100
    for seed in range(60):
        y = np.random.default_rng(seed).poisson(light, (n, samples))
        ds = data.build("wavelength", nm, y, along={"frame": range(n)}, quantity="counts", kind="emission")
        false += data.flagged(find_cosmic_rays(ds), "cosmic").any()
        mean = average_frames(ds)
        pulls.append((mean["signal"].values - light) / mean["signal_sd"].values)
    assert false <= 5  # 99.9 % binomial bound of .02
    assert 0.85 < np.std(pulls) < most


def test_two_rays_at_one_place_and_neighbours():
    ds, _ = frames(0, 5, peak=100.0)
    ds["signal"][1, 300] += 500
    ds["signal"][3, 300] += 400
    ds["signal"][3, 301] += 300
    flagged = data.flagged(find_cosmic_rays(ds), "cosmic")
    assert flagged[1, 300] and flagged[3, 300] and flagged[3, 301] and flagged.sum() == 3


def test_mean_without_rays_has_the_light_and_its_noise():
    light = 1000 * np.exp(-0.5 * ((NM - 600) / 25) ** 2)
    pulls = []
    for seed in range(30):
        ds, _ = frames(seed, 8, peak=1000.0, rays=10)
        mean = average_frames(find_cosmic_rays(ds))
        assert mean["signal"].dims == ("wavelength",)
        bright = light > 20
        pulls.append(((mean["signal"].values - light) / mean["signal_sd"].values)[bright])
    assert_allclose(np.std(pulls), 1.0, rtol=0.05)
    assert abs(np.mean(pulls)) < 0.05


def test_counts_of_integers_can_be_averaged():
    ds = data.build("wavelength", NM, np.arange(1200, dtype=np.uint16).reshape(2, 600), along={"frame": [0, 1]})
    assert_allclose(average_frames(ds)["signal"], 300 + np.arange(600))


def test_flags_of_frames_stay():
    flag = np.zeros((3, NM.size), dtype=np.uint8)
    flag[1, 10] = data.FLAGS["saturated"]
    flag[:, 20] = data.FLAGS["cosmic"]
    base, _ = frames(0, 3, peak=100.0)
    mean = average_frames(base.assign(flag=(base["signal"].dims, flag)))
    assert np.flatnonzero(data.flagged(mean, "saturated")).tolist() == [10]
    assert np.flatnonzero(data.flagged(mean, "missing")).tolist() == [20]
    assert np.isnan(mean["signal"].values[20])


def test_one_frame_is_itself():
    ds, _ = frames(0, 1, peak=100.0)
    mean = average_frames(ds)
    assert_allclose(mean["signal"], ds["signal"][0])
    assert "signal_sd" not in mean


@pytest.mark.parametrize("shape", [(1, 600), (3, 5)])
def test_what_cannot_be_compared(shape):
    ds = data.build("wavelength", NM[: shape[1]], np.ones(shape), along={"frame": range(shape[0])})
    with pytest.raises(DataError, match="expected at least 2 frames"):
        find_cosmic_rays(ds)
    with pytest.raises(ValueError, match="false_alarms must be between 0 and 1"):
        find_cosmic_rays(ds, false_alarms=0)
