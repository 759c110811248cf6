from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.procspec import is_procspec, read_procspec

FOLDER = Path("formats/ocean_avantes")
ALTERED = "does not fit its checksum"


def named(path: Path, strict: bool = False) -> dict[str, xr.Dataset]:
    assert is_procspec(head_of(path))
    return {data.json_attr(ds, "source", {})["column"]: ds for ds in read_procspec(path, strict=strict)}


def ends(ds: xr.Dataset) -> tuple[float, ...]:
    x, y = ds["wavelength"].values, ds["signal"].values
    return len(x), x[0], x[-1], y[0], y[-1], y.min(), y.max()


def wavelengths_by_polynomial(ds: xr.Dataset) -> np.ndarray:
    said = data.json_attr(ds, "raw_metadata", {})
    names = ("__WlIntercept", "__WlFirst", "__WlSecond", "__WlThird")
    return np.polynomial.Polynomial([float(said[f"channelCoefficients/{n}"]) for n in names])(
        np.arange(ds.sizes["wavelength"])
    )


def test_a_file_as_the_software_wrote_it(real_data: Path) -> None:
    found = named(real_data / FOLDER / "OceanOptics_Windows.ProcSpec", strict=True)
    assert list(found) == ["processed", "scope", "dark", "reference"]
    percent = (282.8571, 40.05032, -771.9263, 5148)
    processed = found["processed"]
    assert ends(processed) == pytest.approx((2048, 190.9393, 888.2335, *(p / 100 for p in percent)), rel=1e-6)
    assert ends(found["scope"])[3:] == pytest.approx((-35.22618, 193.85112, -35.52138, 7155.91166))
    assert ends(found["dark"])[3:] == pytest.approx((-22.51770, -26.50294, -56.90882, 22.50071))
    assert ends(found["reference"])[3:] == pytest.approx((-27.01060, 523.69004, -27.01060, 57087.03710))
    assert (processed.attrs["kind"], processed.attrs["quantity"]) == ("absorption", "transmittance")
    assert all(found[name].attrs["quantity"] == "counts" for name in ("scope", "dark", "reference"))
    assert processed.attrs["integration_time_s"] == 0.06 and processed.attrs["scans"] == 15
    assert processed.attrs["acquired_at"] == "2015-12-04T10:29:14.221+00:00"
    assert not any(ALTERED in note for note in data.notes_of(processed))
    scope, dark, reference = (found[name]["signal"].values for name in ("scope", "dark", "reference"))
    np.testing.assert_allclose(processed["signal"].values, (scope - dark) / (reference - dark), rtol=1e-9)
    np.testing.assert_allclose(found["scope"]["wavelength"].values, wavelengths_by_polynomial(found["scope"]))


def test_a_file_edited_by_hand(real_data: Path) -> None:
    """Its source was replaced by 2049 times 100 under another name, its reference by 100; so the checksum differs."""
    path = real_data / FOLDER / "OceanOptics_badencode.ProcSpec"
    found = named(path)
    assert list(found) == ["processed", "dark", "reference"]
    expected = (2048, 179.2525, 882.6895, -1381.782, -271.6497, -1918.269, 30.26289)
    assert ends(found["processed"]) == pytest.approx(expected, rel=1e-6)
    assert "quantity" not in found["processed"].attrs  # a reflection
    assert found["processed"].attrs["integration_time_s"] == 0.02 and found["processed"].attrs["scans"] == 100
    said = {name: data.json_attr(ds, "raw_metadata", {})["saturated"] for name, ds in found.items()}
    assert said == {"processed": "false", "dark": "false", "reference": "true"}
    marked = {name: ds.attrs.get("saturated") for name, ds in found.items()}
    assert marked == {"processed": "somewhere", "dark": None, "reference": "somewhere"}
    assert (found["reference"]["signal"].values == 100).all()
    for part in (ALTERED, "3 characters that XML forbids", "scope spectrum has no values"):
        assert any(part in note for note in data.notes_of(found["processed"]))
    with pytest.raises(ReadError, match=ALTERED):
        read_procspec(path, strict=True)


def test_the_tampered_file(real_data: Path) -> None:
    """One sample of its source was altered; put back, and without the last line end, the checksum is right again."""
    path = real_data / FOLDER / "tampered_procspec.zip"
    found = named(path)
    assert list(found) == ["processed", "scope", "dark", "reference"]
    assert all(ALTERED in data.notes_of(ds)[0] for ds in found.values())
    with pytest.raises(ReadError, match=ALTERED):
        read_procspec(path, strict=True)
    scope, dark, reference = (found[name]["signal"].values for name in ("scope", "dark", "reference"))
    rest = reference != dark
    computed = 100 * (scope - dark)[rest] / (reference - dark)[rest]
    off = np.abs(computed - found["processed"]["signal"].values[rest]) > 1e-6 * (1 + np.abs(computed))
    assert list(np.flatnonzero(rest)[off]) == [7] and scope[7] == 3398.38828125
    with zipfile.ZipFile(path) as archive:
        text = archive.read("whiteref.ProcSpec_FILES/ps_13.xml")
        stated = re.search(rb"<hashValue>([^<]*)", archive.read("whiteref.ProcSpec_FILES/OOISignatures.xml"))
    assert stated is not None
    mended = text.replace(b">3398.38828125<", b">3389.38828125<", 1).removesuffix(b"\n")
    assert hashlib.sha512(mended).hexdigest() == stated.group(1).replace(b" ", b"").decode()


def test_a_part_of_each_is_refused(real_data: Path, tmp_path: Path) -> None:
    for name in ("OceanOptics_Windows.ProcSpec", "tampered_procspec.zip"):
        whole = (real_data / FOLDER / name).read_bytes()
        for size in np.linspace(0, len(whole) - 150, 9, dtype=int):  # the end is a comment
            (tmp_path / name).write_bytes(whole[:size])
            with pytest.raises(ReadError):
                read_procspec(tmp_path / name)
