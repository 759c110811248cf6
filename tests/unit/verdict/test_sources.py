"""What a study reads, on the way to its analyses: frames, a lamp, a range."""

from pathlib import Path

import numpy as np
import pytest

import antistokes as ans
from antistokes import data, units
from antistokes.errors import ReadError
from antistokes.physics.planck import blackbody_photons_per_ev

NM = np.arange(560.0, 740.1, 0.5)
RESPONSE = np.exp(-0.5 * ((NM - 600) / 60) ** 2)
EMITTED = np.exp(-0.5 * ((NM - 640) / 12) ** 2)
LAMP = blackbody_photons_per_ev(units.energy_from_wavelength(NM), 2900.0) / units.nm_per_ev(NM)


def counts(light, frames=0, seed=0, ray=False):
    level = 1e5 * light * RESPONSE / (light * RESPONSE).max() + 20
    y = np.random.default_rng(seed).poisson(level, (frames or 1, NM.size)).astype(float) - 20
    if ray:
        y[1, 50] += 3e4
    more = {"along": {"frame": range(frames)}} if frames else {}
    return data.build("wavelength", NM, y if frames else y[0], quantity="counts", kind="emission", medium="air", **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ans.write(counts(EMITTED, frames=4, ray=True), tmp_path / "pl.nc")
    ans.write(counts(LAMP, seed=1), tmp_path / "lamp.csv")
    power = data.build("wavelength", NM[::20], (LAMP * units.energy_from_wavelength(NM))[::20], quantity="power_per_nm")
    ans.write(power, tmp_path / "certificate.csv")
    return tmp_path


def studied(folder: Path, more: str = "") -> ans.study:
    (folder / "study.toml").write_text(f'[emission]\nfile = "pl.nc"\n{more}', encoding="utf-8")
    return ans.study(folder)


def mean_ev() -> float:
    return ans.describe_emission(
        data.build("wavelength", NM, EMITTED, quantity="photons_per_nm", kind="emission")
    ).mean_energy_ev.value


@pytest.mark.parametrize("light", ["colour_temperature_k = 2900", 'certificate = { file = "certificate.csv" }'])
def test_a_lamp_gives_the_light_back(folder, light):
    raw, lamp = studied(folder, "cosmic_rays = true\n"), f'[calibration]\nfile = "lamp.csv"\n{light}\n'
    corrected = studied(folder, f"cosmic_rays = true\n{lamp}")
    found = corrected.emission_summary.mean_energy_ev
    assert abs(raw.emission_summary.mean_energy_ev.value - mean_ev()) > 3e-3  # the response matters
    assert abs(found.value - mean_ev()) < 4 * found.sd + 2e-5
    assert corrected.results["calibration"].lamp.startswith("lamp.csv")
    assert any("divided by the response" in note for note in corrected.notes)
    files = [i["file"] for i in corrected.inputs]
    assert files[:2] == ["pl.nc", "lamp.csv"] and ("certificate.csv" in files) == ("certificate" in light)


def test_frames_are_averaged_and_rays_left_out_on_request(folder):
    kept, left = studied(folder).emission, studied(folder, "cosmic_rays = true\n").emission
    assert kept["signal"].dims == left["signal"].dims == ("wavelength",)
    assert kept["signal"].values[50] - left["signal"].values[50] == pytest.approx(7500, rel=0.05)
    assert any("mean of 4 frames, 1 cosmic rays left out" in note for note in data.notes_of(left))


def test_without_frames_no_rays_are_looked_for(folder):
    ans.write(counts(EMITTED), folder / "pl.nc")
    with pytest.raises(ReadError, match="expected repeated frames to compare, found one spectrum"):
        studied(folder, "cosmic_rays = true\n")


def test_a_lamp_wants_one_account_of_its_light(folder):
    lamp = '[calibration]\nfile = "lamp.csv"\n'
    with pytest.raises(ReadError, match="either a certificate or a colour_temperature_k, found 'none'"):
        studied(folder, lamp)
    with pytest.raises(ReadError, match="colour_temperature_k: expected 1000 to 10000"):
        studied(folder, f"{lamp}colour_temperature_k = 300")


def test_flagged_samples_are_asked_to_be_left_out(folder):
    ds = counts(EMITTED)
    flag = np.where(ds["signal"].values > 9e4, data.FLAGS["saturated"], 0).astype(np.uint8)
    ans.write(ds.assign(flag=("wavelength", flag)), folder / "pl.nc")
    with pytest.raises(ValueError, match=r"samples between 6\d\d.\d and 6\d\d.\d nm are flagged as saturated"):
        studied(folder)
    assert studied(folder, "range_nm = [650, 740]").emission_summary.peak_nm.value < 655
