"""TriVista, LabSpec XML, Hamamatsu and Renishaw files, with rosettasciio."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antistokes import data
from antistokes.io import gpl_extra
from antistokes.io.head import head_of

pytestmark = pytest.mark.real

# dims and ends of their positions, first, last, smallest and largest of the signal as the file has it (MANIFEST.md)
ROWS: dict[str, tuple[str, dict[str, tuple[int, float, float]], tuple[float, ...]]] = {
    "trivista_tvf/linescan.tvf": (
        "trivista",
        {"x": (21, -0.01, 0.01), "wavelength": (97, 910.310424804688, 914.129028320313)},
        (448, 488, 307, 1858),
    ),
    "trivista_tvf/spec_1s_1acc_1frame_average.tvf": (
        "trivista",
        {"wavelength": (1024, 794.220731002166, 835.667585594099)},
        (27732, 45818, -512, 65210),
    ),
    "horiba/jobinyvon_test_linescan.xml": (
        "labspec_xml",
        {"y": (3, 0.0, 1.0), "wavelength": (34, 522.574, 537.361)},
        (783, 1546, 741, 1614),
    ),
    "horiba/jobinyvon_test_spec.xml": (
        "labspec_xml",
        {"wavelength": (34, 522.574, 537.361)},
        (760, 1496, 727, 1496),
    ),
    "hamamatsu_streak/operate_mode.img": (
        "hamamatsu_streak",
        {"decay_time": (512, 0.0, 16009.395599365234), "wavelength": (672, 472.25201416015625, 526.844482421875)},
        (0, 0, 0, 2876657),
    ),
    "hamamatsu_streak/photon_counting.img": (
        "hamamatsu_streak",
        {"decay_time": (512, 0.0, 4.632347106933594), "wavelength": (672, 353.669921875, 364.9664001464844)},
        (0, 0, 0, 35),
    ),
    "renishaw_wdf/renishaw_test_spectrum.wdf": (
        "renishaw_wdf",
        {"wavelength": (36, 326.0163269042969, 328.98077392578125)},
        (65.36617, 68.10285, 59.75822, 272.7143),
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_recognised_by_content(real_data: Path, name: str) -> None:
    head = head_of(real_data / "formats" / name)._replace(suffix=".txt")
    family = [
        other for other in dict.fromkeys(row[0] for row in ROWS.values()) if getattr(gpl_extra, f"is_{other}")(head)
    ]
    assert family == [ROWS[name][0]]


@pytest.mark.parametrize("name", ROWS)
def test_measurements(real_data: Path, name: str) -> None:
    pytest.importorskip("rsciio", reason="rosettasciio is not installed")
    family, dims, expected = ROWS[name]
    read: Any = getattr(gpl_extra, f"read_{family}")
    (ds,) = read(real_data / "formats" / name, strict=True)
    assert ds["signal"].dims == tuple(dims)
    for dim, (size, first, last) in dims.items():
        assert ds.sizes[dim] == size
        np.testing.assert_allclose(ds[dim].values[[0, -1]], [first, last], rtol=1e-12, atol=1e-12)
    y = ds["signal"].values
    np.testing.assert_allclose([y.flat[0], y.flat[-1], y.min(), y.max()], expected, rtol=1e-6)
    assert ds.attrs["quantity"] == "counts"
    assert len(ds.attrs["acquired_at"]) >= 16
    assert data.json_attr(ds, "raw_metadata", {})


def test_what_the_files_say(real_data: Path) -> None:
    pytest.importorskip("rsciio", reason="rosettasciio is not installed")
    (ds,) = gpl_extra.read_labspec_xml(real_data / "formats/horiba/jobinyvon_test_spec.xml")
    assert (ds.attrs["excitation_nm"], ds.attrs["instrument"]) == (632.817, "LabRAM HR Evol")
    assert ds.attrs["acquired_at"] == "2022-06-27T16:26:24"
    (ds,) = gpl_extra.read_renishaw_wdf(real_data / "formats/renishaw_wdf/renishaw_test_spectrum.wdf")
    assert ds.attrs["excitation_nm"] == pytest.approx(325.0, abs=1e-3)


def test_the_image_in_a_wire_file_is_left_out_unseen(tmp_path: Path, real_data: Path) -> None:
    """A bitmap in a spectrum file may unpack to anything, and made rosettasciio's answer unreadable."""
    pytest.importorskip("rsciio", reason="rosettasciio is not installed")
    plain = real_data / "formats/renishaw_wdf/renishaw_test_spectrum.wdf"
    image = b"no picture"
    pictured = tmp_path / "pictured.wdf"
    pictured.write_bytes(plain.read_bytes() + struct.pack("<4sIQ", b"WHTL", 0, 16 + len(image)) + image)
    (expected,), (found,) = gpl_extra.read_renishaw_wdf(plain), gpl_extra.read_renishaw_wdf(pictured)
    assert found["signal"].equals(expected["signal"])
    assert data.notes_of(found) == (*data.notes_of(expected), "the white-light image is left out")
    assert data.json_attr(found, "source", {})["file"] == "pictured.wdf"
    assert found.attrs["excitation_nm"] == expected.attrs["excitation_nm"]
