from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import procspec
from antistokes.io.head import head_of
from antistokes.io.procspec import is_procspec, read_procspec

UNITS = "com.oceanoptics.spectrasuite.unitdescriptors"
RAW = """
  <saturated>{saturated}</saturated><integrationTime>60000</integrationTime>
  <pixelValues>{values}</pixelValues>
  <acquisitionTime><milliTime>1449224954221</milliTime></acquisitionTime>
  <boxcarWidth>0</boxcarWidth><scansToAverage>15</scansToAverage>
  {x}
  <laserWavelength>0.0</laserWavelength><spectrometerSerialNumber>S1</spectrometerSerialNumber>
  <spectrometerFirmwareVersion>F\x01 &#x1;</spectrometerFirmwareVersion>
  <spectrometerClass>com.x.JazUSB</spectrometerClass>
  <spectrometerMaximumIntensity>65535.0</spectrometerMaximumIntensity>
"""


def doubles(*values: float) -> str:
    return "".join(f"<double>{v}</double>" for v in values)


def xml(unit: str = "Transmission", processed: str = "", saturated: str = "false", reference: float = 210) -> str:
    up = "../../../sourceSpectra/Omni"
    x = f"<channelWavelengths>{doubles(400, 401.5, 403)}</channelWavelengths>"
    same = '<channelWavelengths reference="../../../../sourceSpectra/Omni/channelWavelengths"/>'
    dark = RAW.format(values=doubles(10, 10, 10), x=same, saturated="false")
    ref = RAW.format(values=doubles(reference, 210, 210), x=same, saturated=saturated)
    return f"""<com.oceanoptics.spectrasuite.processors.ProcessedSpectrum>
<sourceSpectra><Omni>{RAW.format(values=doubles(60, 110, 160), x=x, saturated="false")}</Omni></sourceSpectra>
<certificates>
<Cert><processedPixels reference="{up}/pixelValues"/><processedWavelengths reference="{up}/channelWavelengths"/>
<yUnits class="{UNITS}.CountsIntensityDescriptor"/><clazz>a.Null</clazz></Cert>
<Cert><processedPixels>{processed or doubles(25, 50, 75)}</processedPixels>
<processedWavelengths reference="{up}/channelWavelengths"/>
<darkSpectrum>{dark}</darkSpectrum><referenceSpectrum>{ref}</referenceSpectrum>
<xUnits class="{UNITS}.WavelengthDescriptor"/><yUnits class="{UNITS}.{unit}IntensityDescriptor"/></Cert>
<Cert><processedPixels reference="../../Cert[2]/processedPixels"/>
<processedWavelengths reference="{up}/channelWavelengths"/>
<darkSpectrum reference="../../Cert[2]/darkSpectrum"/>
<xUnits class="{UNITS}.WavelengthDescriptor" reference="../../Cert[2]/xUnits"/>
<yUnits class="{UNITS}.{unit}IntensityDescriptor" reference="../../Cert[2]/yUnits"/></Cert>
</certificates><currency>\x80</currency></com.oceanoptics.spectrasuite.processors.ProcessedSpectrum>"""


def pack(tmp_path: Path, content: str | bytes, signed: bytes | None = None, folder: str = "", **more: bytes) -> Path:
    content = content if isinstance(content, bytes) else content.encode("latin-1")
    digest = hashlib.sha512(content if signed is None else signed).digest().hex(" ")
    signature = (
        f"<Signatures><Signature><fileName>ps_1.xml</fileName><hashValue>{digest} </hashValue>"
        "<hashAlgorithm>SHA-512</hashAlgorithm></Signature></Signatures>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}ps_1.xml", content)
        archive.writestr(f"{folder}OOISignatures.xml", more.pop("signature", signature.encode()))
        archive.writestr(f"{folder}OOIVersion.txt", "1")
    (tmp_path / "a.ProcSpec").write_bytes(made.getvalue())
    return tmp_path / "a.ProcSpec"


def named(found: list[xr.Dataset]) -> dict[str, xr.Dataset]:
    return {data.json_attr(ds, "source", {})["column"]: ds for ds in found}


def test_the_spectra_of_a_file(tmp_path: Path) -> None:
    path = pack(tmp_path, xml())
    assert is_procspec(head_of(path))
    found = named(read_procspec(path, strict=True))
    assert list(found) == ["processed", "scope", "dark", "reference"]
    assert all(list(ds["wavelength"].values) == [400, 401.5, 403] for ds in found.values())
    assert list(found["scope"]["signal"].values) == [60, 110, 160] and found["dark"].attrs["quantity"] == "counts"
    assert list(found["reference"]["signal"].values) == [210, 210, 210]
    ds = found["processed"]
    assert list(ds["signal"].values) == [0.25, 0.5, 0.75]
    assert (ds.attrs["kind"], ds.attrs["quantity"]) == ("absorption", "transmittance")
    wanted = {"integration_time_s": 0.06, "scans": 15, "boxcar": 0, "instrument": "JazUSB S1"}
    assert {k: ds.attrs[k] for k in wanted} == wanted
    assert ds.attrs["acquired_at"] == "2015-12-04T10:29:14.221+00:00" and "excitation_nm" not in ds.attrs
    notes = " ".join(data.notes_of(ds))
    assert "read as cp1252" in notes and "6 characters that XML forbids" in notes and "percent" in notes
    assert data.json_attr(ds, "raw_metadata", {})["integrationTime"] == "60000"


@pytest.mark.parametrize(
    ("unit", "quantity", "first"),
    [
        ("Absorbance", "absorbance", 25),
        ("Reflection", None, 25),
        ("Counts", "counts", 25),
        ("Transmission", "transmittance", 0.25),
    ],
)
def test_the_unit_tells_the_quantity(tmp_path: Path, unit: str, quantity: str | None, first: float) -> None:
    ds = named(read_procspec(pack(tmp_path, xml(unit))))["processed"]
    assert ds.attrs.get("quantity") == quantity and ds["signal"].values[0] == first


def test_saturated_samples_are_flagged(tmp_path: Path) -> None:
    found = named(read_procspec(pack(tmp_path, xml(saturated="true", reference=65535))))
    assert list(found["reference"]["flag"].values) == [1, 0, 0] == list(found["processed"]["flag"].values)
    assert "flag" not in found["scope"] and not any("saturated" in ds.attrs for ds in found.values())
    found = named(read_procspec(pack(tmp_path, xml(saturated="true"))))
    assert any("marked as saturated" in note for note in data.notes_of(found["reference"]))
    assert any("reference: marked as saturated" in note for note in data.notes_of(found["processed"]))
    marked = {name: ds.attrs.get("saturated") for name, ds in found.items()}
    assert marked == {"processed": "somewhere", "scope": None, "dark": None, "reference": "somewhere"}


def test_infinite_values_are_missing(tmp_path: Path) -> None:
    text = xml(processed="<double>NaN</double><double>Infinity</double><double>75</double>")
    ds = named(read_procspec(pack(tmp_path, text)))["processed"]
    assert np.isnan(ds["signal"].values[:2]).all() and list(ds["flag"].values) == [8, 8, 0]


def test_a_scope_alone_is_given_once(tmp_path: Path) -> None:
    text = xml().replace("../../Cert[2]/processedPixels", "../../../sourceSpectra/Omni/pixelValues")
    assert list(named(read_procspec(pack(tmp_path, text)))) == ["scope", "dark", "reference"]


def test_what_was_altered_is_noted(tmp_path: Path) -> None:
    path = pack(tmp_path, xml(), signed=xml().replace("160", "161").encode("latin-1"), folder="b.ProcSpec_FILES/")
    assert is_procspec(head_of(path))
    assert all("does not fit its checksum" in data.notes_of(ds)[0] for ds in read_procspec(path))
    with pytest.raises(ReadError, match="altered"):
        read_procspec(path, strict=True)
    path = pack(tmp_path, xml(), signature=b"<Signatures/>")
    assert "ps_1.xml has no checksum beside it" in data.notes_of(read_procspec(path, strict=True)[0])
    odd = b"<S><T><fileName>ps_1.xml</fileName><hashValue>1</hashValue><hashAlgorithm>X</hashAlgorithm></T></S>"
    assert "unknown kind" in data.notes_of(read_procspec(pack(tmp_path, xml(), signature=odd))[0])[0]


def test_a_spectrum_without_values_is_noted(tmp_path: Path) -> None:
    path = pack(tmp_path, xml().replace("pixelValues>", "pixelValue>", 2))  # those of the source
    found = read_procspec(path)
    assert list(named(found)) == ["processed", "dark", "reference"]
    assert "the scope spectrum has no values, left out" in data.notes_of(found[0])
    with pytest.raises(ReadError, match="left out"):
        read_procspec(path, strict=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<double>60</double>", "", "3 numbers, one for each wavelength, found 2"),
        ("<double>60</double>", "<double>x</double>", "a number, found 'x'"),
        ("<double>60</double>", "<double/>", "a number, found ''"),
        ("<double>401.5</double>", "<double>400</double>", "400 nm twice"),
        ("Cert[2]/processedPixels", "Cert[9]/processedPixels", "the node of a reference"),
        ("Cert[2]/processedPixels", "Cert[3]/processedPixels", "leads in circles"),
        ("Cert[2]/processedPixels", "Cert[x]/processedPixels", "the node of a reference"),
        ("Cert[2]/processedPixels", "../" * 900, "the node of a reference"),
        ("certificates>", "certificate>", "a ProcessedSpectrum"),
        ("</certificates>", "", "XML as SpectraSuite writes it"),
    ],
)
def test_damaged_xml_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_procspec(pack(tmp_path, xml().replace(old, new)))


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    outside = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for bomb, message in (
        (laughs, "entities"),
        (outside, "entities"),
        ("<a>" * 50_000 + "</a>" * 50_000, "deep"),
        ("<a/>" * 500_000, "tags"),
        (b" " * (procspec._LARGEST + 1), "bytes in all"),
        (b"", "bytes in all"),
    ):
        with pytest.raises(ReadError, match=message):
            read_procspec(pack(tmp_path, bomb))
    with pytest.raises(ReadError, match="entities"):
        read_procspec(pack(tmp_path, xml(), signature=laughs.encode()))


def test_damaged_zips_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path, xml())
    whole = path.read_bytes()
    for damaged in (whole[:100], whole[:-30], whole[:400] + bytes(100) + whole[500:], b"PK\x03\x04"):
        path.write_bytes(damaged)
        with pytest.raises(ReadError):
            read_procspec(path)
    at = whole.index(b"PK\x01\x02")
    path.write_bytes(whole[: at + 8] + b"\x01" + whole[at + 9 :])  # says that it is encrypted
    with pytest.raises(ReadError, match="damaged"):
        read_procspec(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.xml", "<a/>")
    assert not is_procspec(head_of(path))
    with pytest.raises(ReadError, match="1 to 20 spectra"):
        read_procspec(path)
