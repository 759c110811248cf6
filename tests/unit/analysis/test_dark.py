"""Subtracting a dark gives the light back, within the noise that is stated or found; what does not fit is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from antistokes import data
from antistokes.analysis.bands import emission_band
from antistokes.analysis.dark import subtract_dark
from antistokes.analysis.frames import average_frames
from antistokes.analysis.noise import noise_sd
from antistokes.errors import DataError

NM = np.linspace(560.0, 740.0, 400)
LIGHT = 5e4 * np.exp(-0.5 * ((NM - 640) / 12) ** 2)
PATTERN = 600 + 40 * np.random.default_rng(99).standard_normal(NM.size)  # what the pixels of a detector differ by


def counts(level, seed=0, frames=0, **about):
    rng = np.random.default_rng(seed)
    y = rng.poisson(level, (frames, NM.size) if frames else NM.size) + 5 * rng.standard_normal(
        (frames, NM.size) if frames else NM.size
    )
    about = {"kind": "emission", "quantity": "counts", "medium": "air", **about}
    return data.build("wavelength", NM, y, along={"frame": range(frames)} if frames else None, **about)


def pulls(found, sd):
    return (found["signal"].values - LIGHT) / sd


@pytest.mark.parametrize("seed", range(5))
def test_light_comes_back_within_its_stated_uncertainty(seed):
    bright, dark = (
        average_frames(counts(y, 10 * seed + i, frames=8)) for i, y in enumerate((LIGHT + PATTERN, PATTERN))
    )
    found = subtract_dark(bright, dark)
    sd = found["signal_sd"].values
    assert_allclose(sd, np.hypot(bright["signal_sd"], dark["signal_sd"]))
    assert 0.85 < np.std(pulls(found, sd)) < 1.15
    assert abs(np.mean(pulls(found, sd))) < 4 / NM.size**0.5


@pytest.mark.parametrize("frames", [(0, 0), (8, 0), (0, 8)])
@pytest.mark.parametrize("seed", range(3))
def test_where_one_states_none_the_scatter_of_the_difference_holds_both(frames, seed):
    bright, dark = (
        counts(y, 10 * seed + i, frames=n)
        for i, (y, n) in enumerate(zip((LIGHT + PATTERN, PATTERN), frames, strict=True))
    )
    bright, dark = (average_frames(ds) if "frame" in ds.dims else ds for ds in (bright, dark))
    found = subtract_dark(bright, dark)
    assert "signal_sd" not in found
    sd = noise_sd(NM, found["signal"].values)[0]
    assert 0.8 < np.std(pulls(found, sd)) < 1.2
    assert np.median(noise_sd(NM, dark["signal"].values)[0]) > 30  # the pattern would count as noise


def test_a_band_of_it_has_its_ends_at_zero():
    with_dark = emission_band(counts(LIGHT + PATTERN))
    without = emission_band(subtract_dark(counts(LIGHT + PATTERN), counts(PATTERN, 1)))
    assert any("background is left" in w for w in with_dark.warnings)
    assert not any("background is left" in w for w in without.warnings)


def test_whole_numbers_do_not_wrap_around():
    ds, dark = (
        data.build("wavelength", NM[:3], np.array(y, dtype=np.uint16), quantity="counts", kind="emission")
        for y in ([5, 6, 7], [6, 6, 6])
    )
    assert_array_equal(subtract_dark(ds, dark)["signal"], [-1.0, 0.0, 1.0])


def test_flags_of_both_and_what_was_done_are_kept():
    flags = [[0, data.FLAGS["cosmic"], 0], [0, data.FLAGS["saturated"], data.FLAGS["missing"]]]
    ds, dark = (
        data.build(
            "wavelength",
            NM[:3],
            np.where(np.array(flag) & 8, np.nan, [1.0, 2.0, 3.0]),
            flag=flag,
            quantity="counts",
            source={"file": name},
        )
        for flag, name in zip(flags, ("a.csv", "dark.csv"), strict=True)
    )
    found = subtract_dark(ds, dark)
    assert_array_equal(found["flag"], [0, 5, 8])
    assert "dark subtracted: dark.csv" in data.notes_of(found)
    assert data.json_attr(found, "corrections", {}) == {"dark": {"measurement": "dark.csv"}}
    with pytest.raises(DataError, match="a.csv: a dark was subtracted from it already"):
        subtract_dark(found, dark)


def test_shared_uncertainties_of_both_are_kept():
    ds = counts(LIGHT + PATTERN, signal_modes=[0.01 * LIGHT])
    dark = counts(PATTERN, 1, signal_modes=np.ones((2, NM.size)))
    found = subtract_dark(ds, dark)
    assert_array_equal(found["signal_modes"], [0.01 * LIGHT, *np.ones((2, NM.size))])


@pytest.mark.parametrize(("own", "its", "note"), [(2.0, 2.01, False), (2.0, None, True), (None, None, True)])
def test_integration_times(own, its, note):
    found = subtract_dark(counts(LIGHT + 500, integration_time_s=own), counts(LIGHT * 0 + 500, integration_time_s=its))
    assert any("is not stated: taken as equal" in n for n in data.notes_of(found)) is note


def test_another_integration_time_is_refused():
    with pytest.raises(DataError, match=r"integrated for 2.1 s, emission Dataset for 2 s; expected the same time"):
        subtract_dark(counts(LIGHT, integration_time_s=2.0), counts(LIGHT, integration_time_s=2.1))


@pytest.mark.parametrize(
    ("own", "its", "said"),
    [
        ({"exposures": 10}, {}, "emission Dataset sums 1 exposure, emission Dataset sums 10; expected as many"),
        ({}, {"exposures": 10}, "emission Dataset sums 10 exposures, emission Dataset sums 1; expected as many"),
        ({}, {"rate": data.RATE}, "holds counts per second, emission Dataset counts as summed; expected both alike"),
        ({"rate": data.RATE}, {}, "holds counts as summed, emission Dataset counts per second; expected both alike"),
    ],
)
def test_a_dark_of_another_sum_or_rate_is_refused(own, its, said):
    with pytest.raises(DataError, match=said):
        subtract_dark(counts(LIGHT, integration_time_s=1.0, **own), counts(LIGHT, integration_time_s=1.0, **its))


def test_sums_of_as_many_exposures_are_subtracted():
    about = {"integration_time_s": 2.0, "exposures": 10, "rate": data.RATE}
    found = subtract_dark(counts(LIGHT + PATTERN, **about), counts(PATTERN, 1, **about))
    assert about.items() <= found.attrs.items()


def test_what_a_program_subtracted_is_not_subtracted_again():
    done = counts(LIGHT, source={"file": "a.sif"}, corrections={"dark": {"by": "Andor Solis"}})
    for pair in ((done, counts(PATTERN)), (counts(LIGHT), done)):
        with pytest.raises(DataError, match=r"a.sif: a dark was subtracted from it already"):
            subtract_dark(*pair)


@pytest.mark.parametrize("which", [(True, False), (False, True), (True, True)])
def test_what_is_saturated_somewhere_stays_so(which):
    bright, dark = (
        counts(y, i, saturated="somewhere" if marked else None)
        for i, (y, marked) in enumerate(zip((LIGHT + PATTERN, PATTERN), which, strict=True))
    )
    found = subtract_dark(bright, dark)
    assert found.attrs["saturated"] == "somewhere"
    assert any("saturated, and not where" in w for w in emission_band(found).warnings)
    assert "saturated" not in subtract_dark(counts(LIGHT), counts(PATTERN)).attrs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ds: ds.isel(wavelength=slice(1, None)), "399 samples along wavelength from 560.4511 to 740 nm"),
        (lambda ds: ds.assign_coords(wavelength=ds.wavelength * (1 + 2e-6)), "up to 0.00148 nm apart"),
    ],
)
def test_other_samples_are_refused_with_both_grids(change, said):
    dark = counts(PATTERN)
    moved = change(dark)
    moved["wavelength"].attrs["units"] = "nm"
    with pytest.raises(DataError) as caught:
        subtract_dark(counts(LIGHT + PATTERN), moved)
    assert said in str(caught.value)
    assert "400 samples along wavelength from 560 to 740 nm" in str(caught.value)


def test_rounding_of_the_axis_does_not_matter():
    dark = counts(PATTERN)
    moved = dark.assign_coords(wavelength=dark.wavelength * (1 + 5e-7))
    moved["wavelength"].attrs["units"] = "nm"
    assert_array_equal(subtract_dark(counts(LIGHT + PATTERN), moved)["wavelength"], NM)


def test_a_saturated_detector_is_seen_before_the_dark_hides_it():
    bright = counts(LIGHT + PATTERN)
    clipped = bright.assign(signal=bright["signal"].clip(max=4e4).assign_attrs(units="counts"))
    with pytest.raises(DataError, match="the detector was saturated"):
        subtract_dark(clipped, counts(PATTERN, 1))


@pytest.mark.parametrize("quantity", ["absorbance", "absorption_per_cm"])
def test_absorbance_has_no_dark(quantity):
    with pytest.raises(DataError, match="needs one of photons_per_nm"):
        subtract_dark(counts(LIGHT, quantity=quantity, kind="absorption"), counts(LIGHT))


def test_a_dark_in_another_quantity_is_refused():
    with pytest.raises(DataError, match="must be in counts as well, found power_per_nm"):
        subtract_dark(counts(LIGHT), counts(LIGHT, quantity="power_per_nm"))
