from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.andor import is_sif, read_sif
from antistokes.io.head import head_of

NM = "500.25 0.5 -1e-4 0"
PIXELS = "0 1 0 0"


def text(words: str) -> str:
    return f"{len(words)}\n{words}"


def sif(
    *tracks: np.ndarray,
    calibration: str = NM,
    axis: str = "Wavelength",
    kind: str = "Counts",
    left: int = 1,
    binning: int = 1,
    sums: int = 1,
    laser: str = "433",
    version: int = 65541,
    spectrograph: bool = True,
    comment: bytes = b"",
    stamps: str | None = None,
    end: bytes = b"0\n0\n0\n0\n",
    **changed: Any,
) -> bytes:
    """Make a file as Solis does: each track of shape (frames, rows, columns)."""
    frames = len(tracks[0])
    length = sum(t[0].size for t in tracks)
    areas, row = [], 1
    for t in tracks:
        areas.append(f"65538 {left} {row + t.shape[1] - 1} {left + t.shape[2] * binning - 1} {row} 1 {binning} 0")
        row += t.shape[1]
    size = [changed.get("frames", frames), changed.get("tracks", len(tracks))]
    size += [changed.get("total", frames * length), changed.get("length", length)]
    head = (
        "Andor Technology Multi-Channel File\n65538 1\n"
        f"65567 0 0 1 1525945533 -60 \0 \0 \0 \2 \0 0 0.25 0.3 0.3 {sums} \0 0.5 1e-07 0 1 0\n"
        "DU940P \n 2048 512 5\na.sif \n65538 2048\n"
    ).encode("latin-1")
    head += comment + bytes(2048 - len(comment))
    head += "\n65538 \1 \2 \3 \0 0 0\n65540 1 1 740 1 0 599.999 500\n0 10\n".encode("latin-1")
    head += b"0 SR750\n" if spectrograph else b""
    head += f"65539 \2 \0 \1 \0 \1 \0\n{calibration}\n0 1 0 0\n0 1 0 0\n{laser}\n13.5\n13.5\n".encode("latin-1")
    head += (text(axis) + text(kind) + text("Pixel number")).encode()
    head += f"{version} 1 512 2048 1 {' '.join(map(str, size))}\n".encode()
    head += "".join(a + "\n" for a in areas).encode()
    head += (b"         0\n" * frames) if stamps is None else stamps.encode()
    head += b"0\n" if version > 65538 else b""
    body = b"".join(t[f].astype("<f4").tobytes() for f in range(frames) for t in tracks)
    return head + body + end


def counts(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=float).reshape(shape)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.sif"


def read(path: Path, raw: bytes, strict: bool = False) -> list[xr.Dataset]:
    path.write_bytes(raw)
    assert is_sif(head_of(path))
    return read_sif(path, strict)


def test_a_spectrum_with_what_the_header_says(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 8), sums=3), strict=True)
    n = np.arange(1, 9)
    np.testing.assert_allclose(ds["wavelength"], 500.25 + 0.5 * n - 1e-4 * n**2)
    assert ds["signal"].dtype == np.float32 and np.array_equal(ds["signal"], np.arange(8))
    assert ds.attrs["quantity"] == "counts" and ds.attrs["integration_time_s"] == 0.25
    assert ds.attrs["acquired_at"] == "2018-05-10T09:45:33+00:00" and ds.attrs["instrument"] == "DU940P, SR750"
    assert "temperature_k" not in ds.attrs and "excitation_nm" not in ds.attrs
    assert "the counts are the sum of 3 exposures, single ones may have been saturated unseen" in data.notes_of(ds)
    assert ds.attrs["exposures"] == 3 and not {"rate", "corrections"} & set(ds.attrs)
    said = data.json_attr(ds, "raw_metadata", {})
    assert said["detector_temperature_c"] == -60 and "DU940P " in said["header"] and len(said["header"]) < 40


def test_frames_rows_and_tracks(path: Path) -> None:
    (frames,) = read(path, sif(counts(3, 1, 8)))
    assert frames["signal"].dims == ("frame", "wavelength") and np.array_equal(frames["signal"], counts(3, 1, 8)[:, 0])
    (image,) = read(path, sif(counts(2, 3, 8)))
    assert image["signal"].dims == ("frame", "y", "wavelength") and np.array_equal(image["signal"], counts(2, 3, 8))
    one, two = read(path, sif(counts(2, 1, 8), counts(2, 3, 8) + 100))
    assert one["signal"].dims == ("frame", "wavelength") and np.array_equal(one["signal"], counts(2, 1, 8)[:, 0])
    assert two["signal"].dims == ("frame", "y", "wavelength") and np.array_equal(two["signal"], counts(2, 3, 8) + 100)
    assert [data.json_attr(ds, "source", {})["column"] for ds in (one, two)] == ["track 1", "track 2"]


def test_images_without_calibration_have_no_wavelength(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 6, 8), calibration=PIXELS, axis="Pixel number"))
    assert ds["signal"].dims == ("frame", "y", "x") and ds.attrs["kind"] == "movie"
    assert ds.attrs["instrument"] == "DU940P"
    (row,) = read(path, sif(counts(1, 1, 8), calibration=PIXELS, axis="Pixel number"))
    assert row["signal"].dims == ("pixel",) and "medium" not in row.attrs


def test_the_polynomial_is_in_pixels_of_the_sensor(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 4), left=101, binning=2, calibration="500 0.5 0 0"))
    np.testing.assert_allclose(ds["wavelength"], 500 + 0.5 * np.array([101.5, 103.5, 105.5, 107.5]))


def test_every_frame_may_have_its_own_wavelengths(path: Path) -> None:
    comment = b"Calibration data for frame 1: 500,1,0,0\nCalibration data for frame 2: 600,1,0,0\n"
    one, two = read(path, sif(counts(2, 1, 4), comment=comment, calibration=PIXELS))
    assert one["wavelength"].values.tolist() == [501, 502, 503, 504] and one["signal"].values.tolist() == [0, 1, 2, 3]
    assert two["wavelength"].values.tolist() == [601, 602, 603, 604] and two["signal"].values.tolist() == [4, 5, 6, 7]
    assert data.json_attr(two, "source", {})["column"] == "frame 2"


def test_a_raman_axis_names_the_laser(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 4), axis="Raman shift", laser="532"))
    assert ds.attrs["kind"] == "raman" and ds.attrs["excitation_nm"] == 532 and "wavelength" in ds.dims
    (shown,) = read(path, sif(counts(1, 1, 4), axis="Pixel number"))
    assert "wavelength" in shown.dims and any("'Pixel number'" in note for note in data.notes_of(shown))


def test_what_the_numbers_are(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 4) + 65533, kind="Counts (Bg corrected per second)"))
    assert "the numbers are Counts (Bg corrected per second)" in data.notes_of(ds) and "flag" not in ds
    assert ds.attrs["rate"] == data.RATE and "exposures" not in ds.attrs
    assert data.json_attr(ds, "corrections", {}) == {"dark": {"by": "Andor Solis"}}
    (plain,) = read(path, sif(counts(1, 1, 4), kind="Counts (per second)"))
    assert plain.attrs["rate"] == data.RATE and "corrections" not in plain.attrs
    (percent,) = read(path, sif(counts(1, 1, 4), kind="% Transmittance"))
    assert (percent.attrs["quantity"], percent.attrs["kind"]) == ("transmittance", "absorption")
    assert np.allclose(percent["signal"], [0, 0.01, 0.02, 0.03])
    assert any("percent divided by 100" in note for note in data.notes_of(percent))
    (ds,) = read(path, sif(counts(1, 1, 4) + 65533))
    assert ds["flag"].values.tolist() == [0, 0, data.FLAGS["saturated"], data.FLAGS["saturated"]]
    (ds,) = read(path, sif(counts(1, 1, 4) + 65533 + 65535, sums=2))
    assert ds["flag"].values.tolist() == [0, 0, data.FLAGS["saturated"], data.FLAGS["saturated"]]


@pytest.mark.parametrize("version", [65538, 65541])
def test_versions_differ_in_lines_before_the_numbers(path: Path, version: int) -> None:
    (ds,) = read(path, sif(counts(2, 1, 4), version=version, spectrograph=False))
    assert ds["signal"].values.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]] and ds.attrs["instrument"] == "DU940P"


def test_more_time_stamps_before_the_numbers(path: Path) -> None:
    (ds,) = read(path, sif(counts(2, 1, 4), version=65538, stamps="  0\n  5\n"))
    assert data.json_attr(ds, "raw_metadata", {})["stamps"] == [0, 5]
    raw = sif(counts(2, 1, 4)).replace(b"\n         0\n         0\n0\n", b"\n         0\n         0\n1\n  11\n  12\n")
    (ds,) = read(path, raw)
    assert ds["signal"].values.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_other_sections_are_noted(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 4), end=b"0\n1\n65567 0 0 1"))
    assert "the file also holds a background, which is not read" in data.notes_of(ds)


def test_fewer_frames_than_promised(path: Path) -> None:
    """What follows the last frame is longer than a frame, and is no frame."""
    promised = {"frames": 4, "total": 16, "stamps": "  0\n" * 4}
    raw = sif(counts(2, 1, 4), end=b"0\n0\n0\n0\n<?xml version='1.0'?>" + b"x" * 99, **promised)
    (ds,) = read(path, raw)
    assert ds.sizes["frame"] == 2 and "2 are whole" in data.notes_of(ds)[0]
    with pytest.raises(ReadError, match="expected 4 whole frames, found 2"):
        read_sif(path, strict=True)
    (cut,) = read(path, sif(counts(2, 1, 4), end=b"")[:-1])
    assert cut.sizes == {"wavelength": 4}
    with pytest.raises(ReadError, match="found 0"):
        read(path, sif(counts(1, 1, 4), end=b"")[:-1])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"length": 10**17}, "areas of 100000000000000000 numbers"),
        ({"total": 7}, "7 in all"),
        ({"tracks": 10**9}, "1000000000 areas"),
        ({"tracks": 0}, "expected 0 areas"),
        ({"frames": 10**9, "total": 4 * 10**9}, "expected 1000000000 time stamps, found 2"),
        ({"left": -5}, "an area of the sensor"),
    ],
)
def test_absurd_counts_are_refused(path: Path, changed: dict[str, int], says: str) -> None:
    with pytest.raises(ReadError, match=says):
        read(path, sif(counts(1, 1, 4), **changed))


def test_no_image_is_refused(path: Path) -> None:
    for raw in (sif(counts(1, 1, 4))[:900], sif(counts(1, 1, 4)).replace(b"10\nWave", b"11\nWave")):
        with pytest.raises(ReadError, match="the texts and the size of an Andor image"):
            read(path, raw)
    path.write_bytes(b"SoMat file\n")
    assert not is_sif(head_of(path))


def test_settings_that_are_not_understood_are_noted(path: Path) -> None:
    (ds,) = read(path, sif(counts(1, 1, 4)).replace(b"65567 0 0 1", b"65567 0 9 1"))
    assert "exposure and date are unknown" in data.notes_of(ds)[0] and "integration_time_s" not in ds.attrs
    (odd,) = read(path, sif(counts(1, 1, 4), calibration="1 x 0 0"))
    assert odd["signal"].dims == ("pixel",)
    (none,) = read(path, sif(counts(1, 1, 4)).replace(b"65539 \2", b"75539 \2"))
    assert none["signal"].dims == ("pixel",)
    (damaged,) = read(path, sif(counts(1, 1, 4), calibration="1e300 1e308 1e308 1e308"))
    assert damaged["signal"].dims == ("pixel",)
