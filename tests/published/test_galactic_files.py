"""Galactic .spc of others against their exports; the other formats of that suffix are told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antistokes import data, units
from antistokes.io.becker_hickl import is_becker_hickl
from antistokes.io.galactic import is_galactic, read_galactic
from antistokes.io.head import head_of
from antistokes.io.refused import REFUSED
from antistokes.io.shimadzu import is_shimadzu

CM = units.HC_EV_NM * 1e-7


@pytest.mark.parametrize(
    ("name", "axis", "factor", "scale", "expected"),
    [
        ("Ft-ir.spc", "energy", CM, 100, (4000, 450, 1776, 95.1375, 94.88349, 3.307271, 100)),
        ("RAMAN.SPC", "raman_shift", 1, 1, (3996.823, -3005.956, 3632, 0.01710212, 0.03207695, 0.0004763603, 137.4534)),
        ("RUBY18.SPC", "energy", CM, 1, (14700, 14200, 501, 62, 20, 1, 87)),
    ],
)
def test_spc_equals_its_export(
    real_data: Path, name: str, axis: str, factor: float, scale: float, expected: tuple[float, ...]
) -> None:
    path = real_data / "formats" / "galactic_spc" / name
    assert is_galactic(head_of(path))
    (ds,) = read_galactic(path, strict=True)
    truth = np.loadtxt(f"{path}.txt")[::-1]
    x, y = ds[axis].values / factor, ds["signal"].values * scale
    assert x == pytest.approx(truth[:, 0], rel=1e-9)
    assert y == pytest.approx(truth[:, 1], rel=1e-9)
    assert (x[-1], x[0], x.size, y[-1], y[0], y.min(), y.max()) == pytest.approx(expected, rel=5e-7)
    assert y.sum() == pytest.approx(truth[:, 1].sum(), rel=1e-9)
    assert len(data.json_attr(ds, "raw_metadata", {})["log"]) > 10


def test_what_the_headers_say(real_data: Path) -> None:
    folder = real_data / "formats" / "galactic_spc"
    infrared, raman, ruby = (read_galactic(folder / n)[0] for n in ("Ft-ir.spc", "RAMAN.SPC", "RUBY18.SPC"))
    assert (infrared.attrs["kind"], infrared.attrs["quantity"]) == ("absorption", "transmittance")
    assert [raman.attrs["kind"], ruby.attrs["kind"]] == ["raman", "spectrum"]
    assert infrared.attrs["acquired_at"] == "1995-04-18T09:20"
    assert not {"quantity"} & {*raman.attrs, *ruby.attrs}


def test_512_mass_spectra(real_data: Path) -> None:
    """The positions of the export are those floats taken for fixed-point numbers, so they are turned back here."""
    path = real_data / "formats/galactic_spc/m_xyxy.spc"
    found = read_galactic(path, strict=True)
    assert len(found) == 512
    y = found[0]["signal"].values[::-1]
    assert found[0]["abscissa"].values[[-1, 0]] == pytest.approx([43.9, 25.85], rel=1e-6)
    assert (y.size, y[0], y[-1], y.min(), y.max()) == (8, 6823, 3144, 2498, 17704)
    blocks = [np.loadtxt(b.splitlines(), ndmin=2) for b in Path(f"{path}.txt").read_text().split("\n\n") if b.strip()]
    assert len(blocks) == 512
    for ds, block in zip(found, blocks, strict=True):
        exponent = np.round(np.log2(block[0, 0] / (_as_integer(ds["abscissa"].values[-1:])[0] / 2.0**32)))
        turned = np.round(block[:, 0] * 2.0 ** (32 - exponent)).astype(np.int64).astype("<i4").view("<f4")
        assert ds["abscissa"].values == pytest.approx(turned[::-1], rel=1e-5)
        assert np.array_equal(ds["signal"].values, block[::-1, 1])


def _as_integer(x: np.ndarray) -> np.ndarray:
    return x.astype("<f4").view("<i4").astype(float)


def test_ocean_optics(real_data: Path) -> None:
    (ds,) = read_galactic(real_data / "formats/ocean_avantes/OceanOptics.spc", strict=True)
    x, y = ds["wavelength"].values, ds["signal"].values * 100
    assert (x[0], x[-1], y.size) == (pytest.approx(176.3604, abs=5e-5), pytest.approx(893.6943, abs=5e-5), 3648)
    assert (y[0], y[-1], y.min(), y.max()) == pytest.approx((0, 119.4252, -6900, 2200), rel=1e-6)
    assert ds.attrs["quantity"] == "transmittance"
    assert any("detector was saturated" in note for note in data.notes_of(ds))
    assert ds.attrs["saturated"] == "somewhere"


def test_three_formats_share_a_suffix(real_data: Path) -> None:
    found = sorted(path for path in real_data.rglob("*") if path.suffix.lower() == ".spc")
    assert len(found) >= 8
    for path in found:
        head = head_of(path)
        told = [is_galactic(head), is_shimadzu(head), is_becker_hickl(head)]
        folder = path.parent.name
        expected = 2 if "bh" in folder or "becker" in folder else int(folder == "shimadzu")
        assert [n for n, yes in enumerate(told) if yes] == [expected], path


def test_no_other_file_is_taken(real_data: Path) -> None:
    others = [path for path in real_data.rglob("*") if path.is_file() and path.suffix.lower() != ".spc"]
    assert not [path for path in others if is_galactic(head_of(path)) or is_becker_hickl(head_of(path))]


def test_refused_files(real_data: Path) -> None:
    told = {}
    for path in sorted((real_data / "formats").rglob("*")):
        if path.is_file():
            told[path.name] = [name for name, kind in REFUSED.items() if kind.recognises(head_of(path))]
    assert {name: kinds[0] for name, kinds in told.items() if kinds} == {
        "140507p.sdt": "becker & hickl",
        "test_noise.set": "becker & hickl",
        "failfile.txt": "avantes binary",
        "test_noise.spc": "becker & hickl stream",
        "cluster.nd2": "nd2",
        "stuck.tif": "tiff",
        **dict.fromkeys(("v10.ht2", "v10.ht3", "v20.phd", "v50.t3r", "v50.thd"), "picoquant"),
        "v30_t2.ptu": "picoquant unified",
    }
    assert max(map(len, told.values())) == 1
