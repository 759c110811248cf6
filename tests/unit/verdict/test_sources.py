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


def counts(light, frames=0, seed=0, ray=False, dark=0.0, **about):
    level = 1e5 * light * RESPONSE / max((light * RESPONSE).max(), 1e-300) + 20 + dark
    y = np.random.default_rng(seed).poisson(level, (frames or 1, NM.size)).astype(float) - 20
    if ray:
        y[1, 50] += 3e4
    more = {"along": {"frame": range(frames)}} if frames else {}
    return data.build(
        "wavelength", NM, y if frames else y[0], quantity="counts", kind="emission", medium="air", **more, **about
    )


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


def test_a_dark_is_subtracted_from_emission_and_lamp(folder):
    for name, ds in (
        ("pl.nc", counts(EMITTED, frames=4, dark=3000, integration_time_s=2.0)),
        ("dark.nc", counts(0 * NM, frames=4, seed=2, dark=3000, ray=True, integration_time_s=2.0)),
        ("lamp.csv", counts(LAMP, seed=1, dark=3000)),
        ("lamp dark.csv", counts(0 * NM, seed=3, dark=3000)),
    ):
        ans.write(ds, folder / name)
    lamp = '[calibration]\nfile = "lamp.csv"\ncolour_temperature_k = 2900\n'
    dark = studied(
        folder,
        'range_nm = [565, 735]\n[emission.dark]\nfile = "dark.nc"\ncosmic_rays = true\n'
        + lamp.replace('"lamp.csv"', '"lamp.csv"\ndark = "lamp dark.csv"'),
    )
    found, left = dark.emission_summary.mean_energy_ev, studied(folder, lamp).emission_summary.mean_energy_ev
    assert abs(found.value - mean_ev()) < 4 * found.sd + 2e-5 < abs(left.value - mean_ev())
    assert [i["file"] for i in dark.inputs] == ["pl.nc", "dark.nc", "lamp.csv", "lamp dark.csv"]
    for note in (
        "pl.nc: dark subtracted: dark.nc",
        "dark.nc: mean of 4 frames, 1 cosmic rays left out",
        "lamp.csv: the integration time of spectrum or dark is not stated: taken as equal",
    ):
        assert note in dark.notes


def test_a_dark_of_one_column_of_the_same_file(folder):
    rows = np.column_stack([NM, counts(EMITTED, dark=500)["signal"], counts(0 * NM, seed=1, dark=500)["signal"]])
    np.savetxt(folder / "both.csv", rows, "%.6g", ",", header="wavelength (nm),scope,dark", comments="")
    about = 'file = "both.csv"\ncolumn = "scope"\nquantity = "counts"\n'
    toml = f"[emission]\n{about}dark = {{ file = 'both.csv', column = 'dark' }}\n"
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = ans.study(folder)
    assert abs(np.median(study.emission["signal"].values[:20])) < 10
    assert "both.csv, column 'dark': quantity not stated, taken as counts" in study.notes
    assert len(study.inputs) == 1
    (folder / "study.toml").write_text(toml.replace(", column = 'dark'", ""), encoding="utf-8")
    with pytest.raises(ReadError, match=r"the columns 'scope', 'dark'. Name one: column .* \[emission.dark\]"):
        ans.study(folder)


def test_transmittance_has_a_dark_and_absorbance_has_none(folder):
    through = 0.5 + 0.3 * (NM > 600) - 0.2 * EMITTED

    def transmittance(y):
        return data.build("wavelength", NM, y, quantity="transmittance", kind="absorption", medium="air")

    ans.write(transmittance(through + 0.02), folder / "abs.nc")
    ans.write(transmittance(np.full(NM.size, 0.02)), folder / "zero.nc")
    study = studied(folder, '[absorption]\nfile = "abs.nc"\ndark = "zero.nc"\n')
    np.testing.assert_allclose(study.absorption["signal"], through)
    ans.write(ans.convert(transmittance(through), "absorbance"), folder / "abs.nc")
    with pytest.raises(
        ReadError, match=r"\[absorption.dark\]: expected a dark of .* Export transmittance, or give the"
    ):
        studied(folder, '[absorption]\nfile = "abs.nc"\ndark = "zero.nc"\n')


@pytest.mark.parametrize(
    ("axis", "along", "found"),
    [("wavelength", {"excitation": [400.0, 410.0]}, "2 excitation x 361 wavelength"), ("pixel", {}, "361 pixel")],
)
def test_what_is_no_spectrum_is_refused_in_the_words_of_the_terminal(folder, axis, along, found):
    x, shape = (NM if axis == "wavelength" else np.arange(NM.size)), (*(len(v) for v in along.values()), NM.size)
    ds = data.build(axis, x, np.ones(shape), along=along, quantity="counts", kind="emission")
    ans.write(ds, folder / "pl.nc")
    with pytest.raises(ReadError) as caught:
        studied(folder)
    assert (caught.value.where, caught.value.found) == ("[emission]", found)
    assert "isel" not in str(caught.value) and caught.value.advice == "Export the one spectrum that is meant."


def test_notes_of_all_that_was_read_are_kept(folder):
    lamp = data.with_attrs(counts(LAMP, seed=1), notes=["a note of the lamp"])
    ans.write(lamp, folder / "lamp.csv")
    study = studied(folder, '[calibration]\nfile = "lamp.csv"\ncolour_temperature_k = 2900\n')
    assert any(note.endswith("a note of the lamp") for note in study.notes)
    assert len(set(study.notes)) == len(study.notes)


def test_a_calibration_keeps_what_it_was_made_of(folder):
    curves = studied(folder, '[calibration]\nfile = "lamp.csv"\ncolour_temperature_k = 2900\n').calibration.curves
    np.testing.assert_allclose(curves["lamp_light"], LAMP / LAMP.max(), rtol=1e-6)
    np.testing.assert_array_equal(curves["lamp_counts"], counts(LAMP, seed=1)["signal"])
