from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from antistokes import data, units
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.lightfield import is_lightfield
from antistokes.io.spe import is_winspec, read_winspec

COUNTS = np.arange(24, dtype="<u2").reshape(2, 3, 4)  # frames, rows, columns
NM = (4, 2, (500.0, 0.5, -0.001))  # unit, order and coefficients of a calibration


def spe(counts: np.ndarray = COUNTS, calibration: tuple[Any, ...] | None = None, **said: Any) -> bytes:
    """Make a file as WinSpec does; ``said`` are (form, byte, values) to be written into the header."""
    frames, rows, columns = counts.shape
    head = bytearray(4100)
    kind = {"f4": 0, "i4": 1, "i2": 2, "u2": 3}[counts.dtype.str[1:]]
    fields = [("H", 42, columns), ("H", 656, rows), ("i", 1446, frames), ("h", 108, kind), ("f", 1992, 2.2)]
    fields += [("I", 2996, 0x01234567), ("H", 4098, 0x5555), ("f", 10, 0.1), ("i", 668, 1)]
    if calibration:
        unit, order, coefficients = calibration
        fields += [("b", 3098, 1), ("b", 3100, unit), ("b", 3101, order)]
        fields += [("d", 3263 + 8 * i, c) for i, c in enumerate(coefficients)]
    for form, at, *values in [*fields, *said.values()]:
        struct.pack_into(f"<{form}", head, at, *values)
    return bytes(head) + counts.tobytes()


def read(path: Path, raw: bytes, strict: bool = False) -> list[xr.Dataset]:
    path.write_bytes(raw)
    assert is_winspec(head_of(path)) and not is_lightfield(head_of(path))
    return read_winspec(path, strict)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.spe"


def test_images_keep_every_frame_and_their_type(path: Path) -> None:
    (ds,) = read(path, spe())
    assert ds["signal"].dims == ("frame", "y", "x") and ds.attrs["kind"] == "movie"
    assert ds["signal"].dtype == np.uint16 and np.array_equal(ds["signal"], COUNTS)
    assert ds.attrs["quantity"] == "counts" and ds.attrs["integration_time_s"] == 0.1
    assert data.json_attr(ds, "source", {})["reader"] == "winspec"
    assert data.json_attr(ds, "raw_metadata", {})["NumFrames"] == 2


@pytest.mark.parametrize("dtype", ["<f4", "<i4", "<i2", "<u2"])
def test_every_type_of_number(path: Path, dtype: str) -> None:
    counts = (np.arange(3) - (0 if dtype == "<u2" else 1)).astype(dtype).reshape(1, 1, 3)
    (ds,) = read(path, spe(counts))
    assert ds["signal"].dims == ("pixel",) and ds["signal"].dtype == np.dtype(dtype)
    assert np.array_equal(ds["signal"], counts.ravel())


def test_the_polynomial_is_in_pixels_from_one(path: Path) -> None:
    (ds,) = read(path, spe(COUNTS[:, :1], NM))
    assert ds["signal"].dims == ("frame", "wavelength") and ds.attrs["kind"] == "spectrum"
    n = np.arange(1, 5)
    np.testing.assert_allclose(ds["wavelength"], 500 + 0.5 * n - 0.001 * n**2)


def test_other_units_of_the_calibration(path: Path) -> None:
    (energy,) = read(path, spe(COUNTS[:1, :1], (5, 1, (20000.0, -10.0))))
    np.testing.assert_allclose(energy["energy"][-1], 19990 * units.HC_EV_NM * 1e-7)
    (shift,) = read(path, spe(COUNTS[:1, :1], (6, 1, (-10.0, 5.0)), laser=("d", 3311, 532.0)))
    assert shift["raman_shift"].values.tolist() == [-5, 0, 5, 10]
    assert shift.attrs["kind"] == "raman" and shift.attrs["excitation_nm"] == 532
    (unknown,) = read(path, spe(COUNTS[:1, :1], (3, 1, (0.0, 5.0))))
    assert unknown["signal"].dims == ("pixel",) and "not understood" in data.notes_of(unknown)[0]
    (zero_order,) = read(path, spe(COUNTS[:1, :1], (4, 1, (-2.0, 1.0))))
    assert zero_order["signal"].dims == ("pixel",) and "not positive" in data.notes_of(zero_order)[0]


def test_a_raman_display_names_the_laser(path: Path) -> None:
    shown = {"unit": ("b", 3016, 6), "laser": ("d", 3311, 785.0)}
    (ds,) = read(path, spe(COUNTS[:1, :1], NM, **shown))
    assert ds.attrs["kind"] == "raman" and ds.attrs["excitation_nm"] == 785 and "wavelength" in ds.dims
    (plain,) = read(path, spe(COUNTS[:1, :1], NM, laser=("d", 3311, 785.0)))
    assert "excitation_nm" not in plain.attrs


def test_regions_of_one_width_are_parted(path: Path) -> None:
    rois = {"n": ("h", 1510, 2), "a": ("6H", 1512, 1, 4, 1, 11, 12, 1), "b": ("6H", 1524, 1, 4, 1, 41, 60, 20)}
    upper, lower = read(path, spe(calibration=NM, **rois))
    assert upper["signal"].shape == (2, 2, 4) and np.array_equal(upper["signal"], COUNTS[:, :2])
    assert lower["signal"].dims == ("frame", "wavelength") and np.array_equal(lower["signal"], COUNTS[:, 2])
    assert [data.json_attr(ds, "source", {})["column"] for ds in (upper, lower)] == ["region 1", "region 2"]
    (whole,) = read(path, spe(**{**rois, "b": ("6H", 1524, 1, 8, 1, 41, 60, 20)}))
    assert whole["signal"].shape == COUNTS.shape and "2 regions" in data.notes_of(whole)[0]
    shifted = read(path, spe(calibration=NM, **{**rois, "b": ("6H", 1524, 3, 6, 1, 41, 60, 20)}))
    assert any("different columns" in note for note in data.notes_of(shifted[0]))


def test_saturation(path: Path) -> None:
    counts = np.array([[[65535, 131070, 131069]]])
    (sums,) = read(path, spe(counts.astype("<i4"), accumulations=("i", 668, 2)))
    assert sums["flag"].values.tolist() == [0, data.FLAGS["saturated"], 0]
    assert "the counts are the sum of 2 exposures, single ones may have been saturated unseen" in data.notes_of(sums)
    assert sums.attrs["exposures"] == 2
    (one,) = read(path, spe(np.array([[[65535, 65534]]], "<u2")))
    assert one["flag"].values.tolist() == [data.FLAGS["saturated"], 0]
    (minus,) = read(path, spe(counts.astype("<i4"), background=("h", 150, 1)))
    assert "flag" not in minus and "exposures" not in minus.attrs
    assert data.json_attr(minus, "corrections", {}) == {"dark": {"by": "WinSpec"}}
    assert "the camera's background was subtracted" in data.notes_of(minus)


def test_corrected_numbers_are_not_called_counts(path: Path) -> None:
    (ds,) = read(path, spe(flat=("h", 706, 1)))
    assert "quantity" not in ds.attrs and "flatFieldApplied" in data.notes_of(ds)[0]
    (floats,) = read(path, spe(COUNTS[:1, :1].astype("<f4")))
    assert "quantity" not in floats.attrs and "not whole ones" in data.notes_of(floats)[0]


def test_date_and_words_of_the_header(path: Path) -> None:
    said = {"date": ("10s", 20, b"04Jul2015"), "time": ("7s", 172, b"172717"), "comment": ("80s", 280, b"toluene")}
    (ds,) = read(path, spe(**said, bad=("f", 36, float("nan"))))
    assert ds.attrs["acquired_at"] == "2015-07-04T17:27:17"
    (impossible,) = read(path, spe(**{**said, "date": ("10s", 20, b"31Feb2015")}))
    assert "acquired_at" not in impossible.attrs
    (hazy,) = read(path, spe(**{**said, "time": ("7s", 172, b"noon")}))
    assert hazy.attrs["acquired_at"] == "2015-07-04"
    raw = data.json_attr(ds, "raw_metadata", {})
    assert raw["Comments2"] == "toluene" and raw["DetTemperature"] == "nan"


def test_a_file_cut_off_keeps_its_whole_frames(path: Path) -> None:
    (ds,) = read(path, spe()[:-1])
    assert np.array_equal(ds["signal"], COUNTS[:1]) and "1 are whole" in data.notes_of(ds)[0]
    with pytest.raises(ReadError, match="byte 1446: expected 2 whole frames, found 1"):
        read_winspec(path, strict=True)
    for raw in (spe()[: 4100 + 23], spe(count=("i", 1446, 2**31 - 1))[:4100]):
        with pytest.raises(ReadError, match="whole frames, found 0"):
            read(path, raw)


def test_bytes_after_the_frames_are_noted(path: Path) -> None:
    (ds,) = read(path, spe() + b"abc")
    assert "3 bytes after the last frame are not read" in data.notes_of(ds)
    (ds,) = read(path, spe(count=("i", 1446, 0)))
    assert ds.sizes["frame"] == 2 and "the size of the file tells 2" in data.notes_of(ds)[0]


@pytest.mark.parametrize(
    ("field", "says"), [(("H", 42, 0), "byte 42: .* 0 columns"), (("h", 108, 77), "byte 108: .* found 77")]
)
def test_senseless_headers_are_refused(path: Path, field: tuple[Any, ...], says: str) -> None:
    with pytest.raises(ReadError, match=says):
        read(path, spe(field=field))


def test_without_its_marks_a_file_is_known_by_name_and_size(path: Path, tmp_path: Path) -> None:
    bare = spe(mark=("I", 2996, 0), end=("H", 4098, 0))
    assert len(read(path, bare)) == 1
    other = tmp_path / "a.dat"
    other.write_bytes(bare)
    assert not is_winspec(head_of(other))
    for raw in (bare + b"x", b"\0" * 5000, b"\0" * 100):
        path.write_bytes(raw)
        assert not is_winspec(head_of(path))
