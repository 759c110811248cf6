"""SPE of Princeton Instruments: WinSpec files of hyperSpec, a WinView stack of pims, one LightField spectrum."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.io.head import head_of
from antistokes.io.lightfield import is_lightfield, read_lightfield
from antistokes.io.spe import is_winspec, read_winspec


def winspec(real_data: Path, name: str) -> xr.Dataset:
    path = real_data / "formats" / "spe2_winspec" / name
    assert is_winspec(head_of(path)) and not is_lightfield(head_of(path))
    (ds,) = read_winspec(path, strict=True)
    return ds


def ends(ds: xr.Dataset) -> tuple[float, ...]:
    s = ds["signal"].values
    return tuple(float(v) for v in (s.flat[0], s.flat[-1], s.min(), s.max()))


@pytest.mark.parametrize(
    ("name", "axis", "shape", "numbers", "total", "exposure", "when"),
    [
        ("HeNe.SPE", (781.106, 1083.365), (1340,), (5651, 6032, 5631, 266664), 13268580, 4.0, "2015-07-14T17:27:17"),
        ("blut1.SPE", (805.715, 1086.492), (10, 1023), (2711, 597, 581, 3226), 9678650, 3.0, "2013-08-20T16:50:14"),
        ("polystyrene.SPE", (803.2817, 1085.827), (1340,), (585, 586, 567, 3832), 909945, 0.1, "2015-06-23T15:14:26"),
    ],
)
def test_calibrated_spectra(
    real_data: Path,
    name: str,
    axis: tuple[float, float],
    shape: tuple[int, ...],
    numbers: tuple[float, ...],
    total: int,
    exposure: float,
    when: str,
) -> None:
    ds = winspec(real_data, name)
    assert ds["signal"].dims[-1] == "wavelength" and ds["signal"].shape == shape and ends(ds) == numbers
    np.testing.assert_allclose(ds["wavelength"].values[[0, -1]], axis, atol=6e-4)
    assert int(ds["signal"].values.sum(dtype=np.int64)) == total and "flag" not in ds
    assert ds.attrs["integration_time_s"] == exposure and ds.attrs["acquired_at"] == when


def test_the_calibration_is_that_of_the_header(real_data: Path) -> None:
    """And so is the rest: ten exposures of HeNe, the laser of the two that were shown as Raman shifts."""
    ds = winspec(real_data, "HeNe.SPE")
    assert ds.attrs["exposures"] == 10 and ds["signal"].min() > 9 * winspec(real_data, "blut1.SPE")["signal"].min()
    said = data.json_attr(ds, "raw_metadata", {})
    assert [said[f"xcal_polynocoeff{i}"] for i in range(4)] == pytest.approx(
        [780.87695, 0.22908087, -1.2323117e-06, -9.4258948e-10], rel=1e-7
    )
    assert any(note.startswith("the counts are the sum of 10 exposures") for note in data.notes_of(ds))
    assert "excitation_nm" not in ds.attrs
    assert winspec(real_data, "blut1.SPE").attrs["excitation_nm"] == 784.068
    assert winspec(real_data, "polystyrene.SPE").attrs["kind"] == "raman"


def test_the_strongest_line_of_polystyrene_lies_at_its_pixel(real_data: Path) -> None:
    """A check of the pixels 1 to N: the header puts 1001.4 cm^-1 at pixel 224.093, counted from 1 the line is there.

    The cubic of the header misses that calibration point of its own by 4 cm^-1, so the wavelength does not check it.
    """
    path = real_data / "formats" / "spe2_winspec" / "polystyrene.SPE"
    position, value = (struct.unpack_from("<d", path.read_bytes(), at + 2 * 8)[0] for at in (3103, 3183))
    assert (position, value) == (224.093, 1001.4)
    s = winspec(real_data, path.name)["signal"].values.astype(float)
    k = int(np.argmax(s[200:250])) + 200
    vertex = k + 1 + 0.5 * (s[k - 1] - s[k + 1]) / (s[k - 1] - 2 * s[k] + s[k + 1])
    assert vertex == pytest.approx(position, abs=0.2)


def test_a_stack_of_images(real_data: Path) -> None:
    ds = winspec(real_data, "spestack_test.spe")
    assert ds["signal"].dims == ("frame", "y", "x") and ds["signal"].shape == (5, 128, 128)
    assert ends(ds) == (182, 173, 127, 7914) and ds.attrs["kind"] == "movie"
    assert "integration_time_s" not in ds.attrs and ds["signal"].dtype == np.uint16


def test_lightfield(real_data: Path) -> None:
    folder = real_data / "formats" / "spe3_lightfield"
    path = folder / "spe_format_3.0.SPE"
    assert is_lightfield(head_of(path)) and not is_winspec(head_of(path))
    (ds,) = read_lightfield(path, strict=True)
    assert ds["signal"].dims == ("wavelength",) and ds["signal"].shape == (1340,) and ds["signal"].dtype == np.float32
    assert ends(ds)[:2] == (38, 28) and ends(ds)[3] == 46714 and ds["signal"].values.sum(dtype=float) == 13221163
    np.testing.assert_allclose(ds["wavelength"].values[[0, -1]], (782.170251, 1073.254190), atol=5e-7)
    assert ds.attrs["integration_time_s"] == 4.0 and ds.attrs["excitation_nm"] == 785
    assert "PIXIS: 100BR" in ds.attrs["instrument"] and ds.attrs["acquired_at"].startswith("2018-01-26T16:31:05")
    truth = (folder / "spe_format_3.0.SPE_metadata.xml").read_text(encoding="utf-8-sig")
    assert data.json_attr(ds, "raw_metadata", {})["xml"].lstrip("\ufeff").strip() == truth.strip()


def test_no_other_sample_is_taken_for_spe(real_data: Path) -> None:
    own = {"spe2_winspec", "spe3_lightfield", "movie-spe-pims"}
    for path in sorted(p for folder in ("formats", "data") for p in (real_data / folder).rglob("*") if p.is_file()):
        head = head_of(path)
        if is_winspec(head) or is_lightfield(head):
            assert path.parent.name in own and path.suffix.lower() == ".spe", path
