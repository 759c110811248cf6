"""Files of Andor: .sif of sif_parser and sifreader, the texts that Solis exported of them, kinetic series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import antistokes as ans
from antistokes import data
from antistokes.analysis.dark import subtract_dark
from antistokes.errors import DataError, ReadError
from antistokes.io.andor import is_sif, read_sif
from antistokes.io.andor_text import is_andor_text, read_andor_text
from antistokes.io.head import head_of

SPECTRA = {  # wavelength ends, first, last, min, max, exposure, detector
    "DD58_785_1_Fe2O3_5x10s.sif": (789.8354, 894.7611, 33205, 33451, 31937, 64030, 9.99996, "DU420_BX2DD"),
    "cli-0.sif": (586.5895, 1008.577, 20, 160, -80, 65080, 0.1, "DU420_OE"),
    "raman1.sif": (405.2332, 454.5533, 280099, 2923172, 280099, 3077877, 0.1, "DU888_BV"),
}


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "formats" / "andor_sif"


def sif(path: Path, strict: bool = True) -> xr.Dataset:
    assert is_sif(head_of(path))
    (ds,) = read_sif(path, strict)
    return ds


def solis(path: Path) -> xr.Dataset:
    assert is_andor_text(head_of(path))
    (ds,) = read_andor_text(path, strict=True)
    return ds


@pytest.mark.parametrize("name", SPECTRA)
def test_spectra(folder: Path, name: str) -> None:
    ds, (start, stop, *numbers, exposure, detector) = sif(folder / name), SPECTRA[name]
    x, s = ds["wavelength"].values, ds["signal"].values
    assert s.shape == (1024,) and [s[0], s[-1], s.min(), s.max()] == numbers
    np.testing.assert_allclose(x[[0, -1]], (start, stop), atol=5e-4)
    assert ds.attrs["integration_time_s"] == pytest.approx(exposure) and detector in ds.attrs["instrument"]
    assert "temperature_k" not in ds.attrs and "flag" not in ds


def test_what_the_headers_say(folder: Path) -> None:
    raman = sif(folder / "DD58_785_1_Fe2O3_5x10s.sif")
    assert raman.attrs["kind"] == "raman" and raman.attrs["excitation_nm"] == 785
    cli = sif(folder / "cli-0.sif")
    assert "the file also holds a background, which is not read" in data.notes_of(cli)
    assert "the numbers are Counts (Bg corrected per second)" in data.notes_of(cli)
    assert cli.attrs["rate"] == "per second" and "dark" in data.json_attr(cli, "corrections", {})
    with pytest.raises(DataError, match=r"cli-0.sif: a dark was subtracted from it already"):
        subtract_dark(cli, cli)
    assert raman.attrs["exposures"] == 5
    assert sif(folder / "raman1.sif").attrs["exposures"] == 500
    for name, temperature in (("DD58_785_1_Fe2O3_5x10s", -60), ("cli-0", -70), ("raman1", -50), ("image", -100)):
        assert data.json_attr(sif(folder / f"{name}.sif"), "raw_metadata", {})["detector_temperature_c"] == temperature
    assert data.json_attr(sif(folder / "test.sif"), "raw_metadata", {})["detector_temperature_c"] is None  # -999


@pytest.mark.parametrize(
    ("name", "shape", "numbers"),
    [("image.sif", (1, 512, 512), (887, 867, 851.6, 2664.65)), ("test.sif", (1, 256, 256), (851, 1208, 690, 15834))],
)
def test_images_have_no_wavelength(folder: Path, name: str, shape: tuple[int, ...], numbers: tuple[float, ...]) -> None:
    ds = sif(folder / name)
    s = ds["signal"].values
    assert ds["signal"].dims == ("frame", "y", "x") and s.shape == shape and ds.attrs["kind"] == "movie"
    np.testing.assert_allclose([s.flat[0], s.flat[-1], s.min(), s.max()], numbers, rtol=1e-7)
    assert "DU897" in ds.attrs["instrument"]


def test_a_corrupt_file_keeps_the_frames_it_has(folder: Path) -> None:
    ds = sif(folder / "c0rrupt.sif", strict=False)
    assert ds["signal"].shape == (2, 512, 512)
    assert "the file is cut off: the header promises 4 frames, 2 are whole" in data.notes_of(ds)
    with pytest.raises(ReadError, match="expected 4 whole frames, found 2"):
        read_sif(folder / "c0rrupt.sif", strict=True)


def test_a_spectrum_agrees_with_its_export(folder: Path) -> None:
    a, b = sif(folder / "raman1.sif"), solis(folder / "raman1.asc")
    np.testing.assert_allclose(a["wavelength"], b["wavelength"], rtol=0, atol=2e-5)
    np.testing.assert_allclose(a["signal"], b["signal"], rtol=0, atol=5)  # six digits: 1.6e-6 of the largest count
    x, s = b["wavelength"].values, b["signal"].values
    assert (len(x), x[0], x[-1], s[0], s[-1]) == (1024, 405.23318, 454.55334, 280099, 2923170)
    assert a.attrs["integration_time_s"] == b.attrs["integration_time_s"] == 0.1
    assert a.attrs["instrument"] == b.attrs["instrument"] == "DU888_BV, SR193i"
    both = set(data.notes_of(a)) & set(data.notes_of(b))
    assert any(note.startswith("the counts are the sum of 500 exposures") for note in both)


def test_an_image_of_a_spectrograph_agrees_with_its_export(folder: Path) -> None:
    """DU940P: an area that begins at column 900, from a file without a name of the spectrograph's accessory."""
    a, b = sif(folder / "test_spectrum.sif"), solis(folder / "test_spectrum.asc")
    assert a["signal"].dims == b["signal"].dims == ("frame", "y", "wavelength") and a["signal"].shape == (1, 51, 151)
    np.testing.assert_allclose(a["wavelength"], b["wavelength"], rtol=0, atol=6e-6)
    assert np.array_equal(a["signal"], b["signal"])
    assert b["wavelength"].values[0] == 736.28574 and b["signal"].values[0, :4, 0].tolist() == [603, 610, 603, 600]


def test_a_table_of_two_columns_agrees_too(folder: Path) -> None:
    path = folder / "cli-0.csv"
    assert not is_andor_text(head_of(path))
    a, b = sif(folder / "cli-0.sif"), ans.read(path)
    np.testing.assert_allclose(a["wavelength"], b["wavelength"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(a["signal"], b["signal"], rtol=1e-6)


def test_a_kinetic_series_of_images_packed_by_gzip(real_data: Path) -> None:
    """Ten images of 20 x 20, one below the other: 200 rows of 21 numbers."""
    ds = solis(real_data / "formats" / "andor_asc" / "kinetic.asc.gz")
    assert ds["signal"].dims == ("frame", "y", "x") and ds["signal"].shape == (10, 20, 20)
    first = ds["signal"].values[:, 0].ravel()  # the first column of values in the file
    assert (first[0], first[-1], first.min(), first.max()) == (99, 100, 98, 102)
    assert ds.attrs["integration_time_s"] == 0.050005 and ds.attrs["acquired_at"] == "2021-10-25T21:01:48"


def test_a_full_image_packed_by_gzip(real_data: Path) -> None:
    ds = solis(real_data / "data" / "emccd-andor-solis-wright" / "xpos ypos fluorescence.asc.gz")
    assert ds["signal"].shape == (1, 2160, 2560) and 99 < float(np.median(ds["signal"])) < 101


@pytest.mark.parametrize("name", [*SPECTRA, "image.sif", "test.sif", "c0rrupt.sif"])
def test_the_numbers_are_those_of_sif_parser(folder: Path, name: str) -> None:
    sif_parser = pytest.importorskip("sif_parser")
    if name == "c0rrupt.sif":
        with pytest.warns(UserWarning, match="might be corrupt"):
            truth, info = sif_parser.np_open(str(folder / name), ignore_corrupt=True)
    else:
        truth, info = sif_parser.np_open(str(folder / name))
    ds = sif(folder / name, strict=False)
    assert np.array_equal(ds["signal"].values.ravel(), truth.ravel())
    if "wavelength" in ds.dims:
        x = sif_parser.utils.extract_calibration(info)
        np.testing.assert_allclose(ds["wavelength"], x, rtol=0, atol=1e-9)


def test_no_other_sample_is_taken_for_andor(real_data: Path) -> None:
    own = {"andor_sif", "andor_asc", "emccd-andor-solis-wright"}
    for path in sorted(p for folder in ("formats", "data") for p in (real_data / folder).rglob("*") if p.is_file()):
        head = head_of(path)
        if is_sif(head) or is_andor_text(head):
            assert path.parent.name in own and path.suffix in (".sif", ".asc", ".gz"), path
