from __future__ import annotations

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import camera


def test_one_row_of_one_frame_is_a_spectrum() -> None:
    ds = camera.measurement(np.array([[[3, 1, 2]]]), camera.calibrated("wavelength", np.array([503.0, 502.0, 501.0])))
    assert ds["signal"].dims == ("wavelength",) and ds["signal"].values.tolist() == [2, 1, 3]
    assert ds.attrs["medium"] == "air" and "medium not stated, read as air" in data.notes_of(ds)


def test_frames_and_rows_are_dimensions() -> None:
    axis = camera.calibrated("wavelength", np.array([500.0, 501.0, 502.0]))
    assert camera.measurement(np.zeros((2, 1, 3)), axis)["signal"].dims == ("frame", "wavelength")
    rows = camera.measurement(np.zeros((1, 2, 3)), axis, kind="raman")
    assert rows["signal"].dims == ("frame", "y", "wavelength") and rows.attrs["kind"] == "raman"


def test_rows_in_pixels_are_images() -> None:
    ds = camera.measurement(np.zeros((1, 2, 3), np.uint16), camera.pixels(3))
    assert ds["signal"].dims == ("frame", "y", "x") and ds.attrs["kind"] == "movie"
    assert ds["signal"].dtype == np.uint16 and "medium" not in ds.attrs
    assert camera.measurement(np.zeros((1, 1, 3)), camera.pixels(3))["signal"].dims == ("pixel",)


def test_saturated_and_missing_samples_are_flagged() -> None:
    ds = camera.measurement(np.array([[[1.0, np.inf, 65535.0, np.nan]]]), camera.pixels(4), ceiling=65535)
    missing, saturated = data.FLAGS["missing"], data.FLAGS["saturated"]
    assert ds["flag"].values.tolist() == [0, missing, saturated, missing]
    assert np.isnan(ds["signal"].values[1])
    assert "flag" not in camera.measurement(np.array([[[1, 65535]]]), camera.pixels(2))


def test_the_bytes_of_a_file_are_copied() -> None:
    raw = np.array([1, 2], ">u2").tobytes()
    ds = camera.measurement(np.frombuffer(raw, ">u2").reshape(1, 1, 2), camera.pixels(2))
    assert ds["signal"].values.tolist() == [1, 2] and ds["signal"].dtype.isnative
    ds["signal"].values[0] = 7


@pytest.mark.parametrize(
    ("name", "x", "says"),
    [
        ("wavelength", [-1.0, 0.0, 1.0], "not positive"),
        ("wavelength", [1.0, np.nan, 2.0], "not finite"),
        ("wavelength", [1.0, 2.0, 1.5], "one way"),
        ("raman_shift", [1.0, 1.0, 2.0], "one way"),
    ],
)
def test_an_axis_that_cannot_be_one_becomes_pixels(name: str, x: list[float], says: str) -> None:
    axis = camera.calibrated(name, np.array(x))
    assert axis.name == "pixel" and axis.x.tolist() == [0, 1, 2] and says in axis.notes[0]


def test_raman_shifts_may_be_negative() -> None:
    assert camera.calibrated("raman_shift", np.array([-10.0, 0.0, 10.0])).name == "raman_shift"


def test_whole_frames() -> None:
    assert camera.whole_frames("a", 3, 3, "byte 4", True) == (3, [])
    assert camera.whole_frames("a", 3, 9, "byte 4", True) == (3, [])
    count, notes = camera.whole_frames("a", 3, 2, "byte 4", False)
    assert count == 2 and notes == ["the file is cut off: the header promises 3 frames, 2 are whole"]
    count, notes = camera.whole_frames("a", 0, 2, "byte 4", False)
    assert count == 2 and "the size of the file tells 2" in notes[0]
    for promised, held, strict in ((3, 2, True), (3, 0, False), (0, 0, False), (1, -1, False)):
        with pytest.raises(ReadError, match="byte 4: expected [13] whole frame"):
            camera.whole_frames("a", promised, held, "byte 4", strict)


def test_attributes_that_are_not_positive_are_absent() -> None:
    ds = camera.measurement(np.ones((1, 1, 2)), camera.pixels(2), integration_time_s=0.0, excitation_nm=None)
    assert not {"integration_time_s", "excitation_nm"} & set(ds.attrs)


@pytest.mark.parametrize(
    ("stated", "taken"), [(None, 1), (-5, 1), (0, 1), (1, 1), (7.0, 7), (10**9, 10**9), (10**20, 1)]
)
def test_the_number_of_exposures_that_a_header_states(stated: float | None, taken: int) -> None:
    assert camera.exposures(stated) == taken


def test_sums_of_exposures_may_hide_saturated_ones() -> None:
    assert camera.summed(1) == []
    said = "the counts are the sum of 3 exposures, single ones may have been saturated unseen"
    assert camera.summed(3) == [said]
