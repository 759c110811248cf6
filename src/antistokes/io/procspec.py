"""ProcSpec of SpectraSuite: a zip with the XML that XStream makes of a processed spectrum, and its checksum.

The XML declares no encoding and holds bytes that XML forbids, so it is cleaned first. It is read with bounds on its
size, its elements and their depth, and without entities. A node that says ``reference="../../x"`` stands for another.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import xarray as xr
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from numpy.typing import NDArray

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io import dates, instrument_table
from antistokes.io.head import Head
from antistokes.io.source import source
from antistokes.units import FloatArray

_MEMBER = re.compile(
    rb"PK\x03\x04.{26}(?:[^\x00/]{1,200}/)?(?:ps_[0-9]+\.xml|OOISignatures\.xml|OOIVersion\.txt)", re.S
)
_SPECTRUM = re.compile(r"(?:.*/)?ps_[0-9]+\.xml")
_FORBIDDEN = re.compile(  # by XML 1.0, as characters or as references to them
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|"
    "&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bceBCEfF]|1[0-9a-fA-F]));"
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_LARGEST, _MOST_TAGS, _DEEPEST = 8 * 2**20, 400_000, 100  # a spectrum of 3648 pixels: 0.8 MB, 40,000 tags, 13 deep
_MOST_SPECTRA, _MOST_HOPS = 20, 10
_HASHES = {"SHA-512": "sha512", "SHA-256": "sha256", "SHA-1": "sha1", "MD5": "md5"}
_PROCESSED = {  # the unit of the processed spectrum: kind, quantity, factor
    "CountsIntensityDescriptor": ("spectrum", "counts", 1.0),
    "TransmissionIntensityDescriptor": ("absorption", "transmittance", 0.01),
    "AbsorbanceIntensityDescriptor": ("absorption", "absorbance", 1.0),
}


class _Tree(NamedTuple):
    """A parsed XML: its root, and the parent of each node, for references."""

    path: str | os.PathLike[str]
    member: str
    root: Element
    parents: dict[Element, Element]


class _Part(NamedTuple):
    """One of the spectra in a file."""

    name: str
    settings: Element
    x: FloatArray
    values: FloatArray
    flag: NDArray[np.uint8]
    notes: list[str]
    somewhere: bool  # saturated, the file does not say at which samples


def is_procspec(head: Head) -> bool:
    """Tell whether this is a zip with the members of a ProcSpec."""
    return head.start.startswith(b"PK\x03\x04") and _MEMBER.search(head.start) is not None


def read_procspec(path: str | os.PathLike[str], strict: bool = False) -> list[xr.Dataset]:
    """Read the spectra of a ProcSpec file.

    Parameters
    ----------
    path : path-like
        The file.
    strict : bool
        Make an error of a checksum that does not fit, and of a spectrum that is left out.

    Returns
    -------
    list of xarray.Dataset
        "processed", "scope" (as measured), "dark" and "reference", as far as they are there, shape (wavelength,).
        Where the whole spectrum is marked as saturated and no sample reaches the end of the range, a note says so, and
        the attribute ``saturated`` is "somewhere"; so it is for a processed spectrum that came out of such a one.

    Raises
    ------
    ReadError
        The zip or its XML is damaged, too large, too deep or has entities, or lengths do not fit together.
    """
    raw = Path(path).read_bytes()
    members = _members(path, raw)
    names = [name for name in members if _SPECTRUM.fullmatch(name)]
    if not names or len(names) > _MOST_SPECTRA:
        raise ReadError(path, "", f"a zip with 1 to {_MOST_SPECTRA} spectra, ps_<number>.xml", f"{len(names)}")
    out = []
    for name in names:
        checked, altered = _checksum(path, name, members)
        tree, encoding, cleaned = _parsed(path, name, members[name])
        parts, left = _parts(tree)
        if strict and (altered or left):
            raise ReadError(path, name, "a whole spectrum as the instrument wrote it", [*checked, *left][0])
        about = source(path, raw, "procspec", encoding=encoding)
        within = f"{name.rsplit('/', 1)[-1]} " if len(names) > 1 else ""
        out += [
            _dataset(tree, part, {**about, "column": within + part.name}, [*checked, *cleaned, *left]) for part in parts
        ]
    return out


def _members(path: str | os.PathLike[str], raw: bytes) -> dict[str, bytes]:
    """Unpack the members that belong to a ProcSpec, all of them together within bounds."""
    wanted: dict[str, bytes] = {}
    room = _LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in archive.infolist():
                if not _SPECTRUM.fullmatch(info.filename) and info.filename.split("/")[-1] != "OOISignatures.xml":
                    continue
                if not 0 < info.file_size <= room:
                    found = f"{info.file_size} in {info.filename[-60:]!r}"
                    raise ReadError(path, "", f"members of 1 to {_LARGEST} bytes in all", found)
                with archive.open(info) as member:
                    wanted[info.filename] = member.read(room)  # no more than file_size, whatever is packed
                room -= len(wanted[info.filename])
    except ReadError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        # RuntimeError: a password, or (NotImplementedError) another compression
        found = f"a damaged one ({str(error)[:60]})"
        raise ReadError(path, "", "a zip as SpectraSuite writes it", found, "Is it cut off?") from error
    return wanted


def _checksum(path: str | os.PathLike[str], name: str, members: Mapping[str, bytes]) -> tuple[list[str], bool]:
    """Compare a member with the checksum beside it; return a note where it does not fit or is missing, and which."""
    folder, _, file = name.rpartition("/")
    beside = f"{folder}/OOISignatures.xml" if folder else "OOISignatures.xml"
    signatures = list(_parsed(path, beside, members[beside])[0].root) if beside in members else []
    for node in signatures:
        if (node.findtext("fileName") or "").strip() != file:
            continue
        method = _HASHES.get((node.findtext("hashAlgorithm") or "").strip().upper())
        stated = "".join(pair.zfill(2) for pair in (node.findtext("hashValue") or "").lower().split())
        if method is None or not stated:
            return [f"the checksum of {file} is of an unknown kind and was not compared"], False
        if hashlib.new(method, members[name], usedforsecurity=False).hexdigest() == stated:
            return [], False
        return [f"{file} does not fit its checksum: it was altered after the software wrote it"], True
    return [f"{file} has no checksum beside it"], False


def _parsed(path: str | os.PathLike[str], name: str, content: bytes) -> tuple[_Tree, str, list[str]]:
    """Parse a member; return its tree, the encoding, and notes on what had to be cleaned."""
    notes = []
    try:
        text, encoding = content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = content.decode("cp1252", errors="replace"), "cp1252"
        notes.append("the XML is not UTF-8, read as cp1252")
    text, count = _FORBIDDEN.subn("�", _DECLARATION.sub("", text))
    if count:
        notes.append(f"{count} character{'s' * (count > 1)} that XML forbids replaced")
    if text.count("<") > _MOST_TAGS:
        raise ReadError(path, name, f"at most {_MOST_TAGS} tags", f"{text.count('<')}")
    root: Element | None = None
    parents: dict[Element, Element] = {}
    above: list[Element] = []
    try:
        for event, node in iterparse(io.BytesIO(text.encode()), ("start", "end"), forbid_dtd=True):
            if event == "end":
                above.pop()
                continue
            if above:
                parents[node] = above[-1]
            root = node if root is None else root
            above.append(node)
            if len(above) > _DEEPEST:
                raise ReadError(path, name, f"elements at most {_DEEPEST} deep", "deeper ones")
    except (ParseError, DefusedXmlException) as error:
        said = str(error) if isinstance(error, ParseError) else "a document type with entities"
        raise ReadError(path, name, "XML as SpectraSuite writes it", said[:80], "Is it damaged?") from error
    if root is None:
        raise ReadError(path, name, "XML as SpectraSuite writes it", "an empty one")
    return _Tree(path, name, root, parents), encoding, notes


def _resolved(tree: _Tree, node: Element | None) -> Element | None:
    """Return the node that a node refers to, or itself."""
    for _ in range(_MOST_HOPS):
        reference = node.get("reference") if node is not None else None
        if node is None or reference is None:
            return node
        for step in reference.split("/")[: 2 * _DEEPEST]:
            node = tree.parents.get(node) if step == ".." else _child(node, step)
            if node is None:
                raise ReadError(tree.path, tree.member, "the node of a reference", repr(reference[-60:]))
    raise ReadError(tree.path, tree.member, "a reference that leads to a node", "one that leads in circles")


def _child(node: Element, step: str) -> Element | None:
    """Return the child that a step of a reference names: ``name`` or ``name[2]``."""
    found = re.fullmatch(r"([^\[\]]+)(?:\[([0-9]{1,6})\])?", step)
    if not found:
        return None
    same = [child for child in node if child.tag == found.group(1)]
    at = int(found.group(2) or 1) - 1
    return same[at] if 0 <= at < len(same) else None


def _parts(tree: _Tree) -> tuple[list[_Part], list[str]]:
    """Return the spectra of a file: processed, scope, dark and reference; with notes on those that are missing."""
    measured, certificates = tree.root.findall("sourceSpectra/*"), tree.root.findall("certificates/*")
    if not tree.root.tag.endswith("ProcessedSpectrum") or not measured or not certificates:
        raise ReadError(tree.path, tree.member, "a ProcessedSpectrum with its source and certificates", tree.root.tag)
    last = certificates[-1]
    left = [f"{len(measured)} source spectra, the first was read"] if len(measured) > 1 else []
    first = _resolved(tree, measured[0])
    nodes = {"scope": first, **{k: _last(tree, certificates, f"{k}Spectrum") for k in ("dark", "reference")}}
    parts = []
    for name, node in nodes.items():
        pixels = None if node is None else _resolved(tree, node.find("pixelValues"))
        if node is None or pixels is None:
            left += [f"the {name} spectrum has no values, left out"] if node is not None else []
            continue
        parts.append(_raw(tree, name, node, pixels))
    processed = _resolved(tree, last.find("processedPixels"))
    if processed is None or first is None:
        left.append("the processed spectrum has no values, left out")
    elif processed is not _resolved(tree, first.find("pixelValues")):
        # what came out of it bears the flags of all that went in
        flags = [part.flag for part in parts]
        x = _doubles(tree, _resolved(tree, last.find("processedWavelengths")))
        values = _doubles(tree, processed, len(x))
        notes = [f"{part.name}: {note}" for part in parts for note in part.notes]
        flag = np.zeros(len(x), np.uint8)
        for one in flags:
            flag |= one if len(one) == len(x) else 0
        somewhere = any(part.somewhere or (part.flag.any() and len(part.flag) != len(x)) for part in parts)
        parts.insert(0, _Part("processed", first, x, values, flag, notes, somewhere))
    if not parts:
        raise ReadError(tree.path, tree.member, "a spectrum", "none with values")
    return parts, left


def _last(tree: _Tree, certificates: Iterable[Element], name: str) -> Element | None:
    """Return the last spectrum of that name that entered the processing."""
    found = [node for certificate in certificates if (node := certificate.find(name)) is not None]
    return _resolved(tree, found[-1]) if found else None


def _raw(tree: _Tree, name: str, node: Element, pixels: Element) -> _Part:
    """Return a spectrum as measured, its samples at the end of the range flagged."""
    x = _doubles(tree, _resolved(tree, node.find("channelWavelengths")))
    values = _doubles(tree, pixels, len(x))
    most = _float(node, "spectrometerMaximumIntensity")
    full = values >= most if most else np.zeros(len(x), bool)
    marked = (node.findtext("saturated") or "").strip() == "true"
    somewhere = marked and not full.any()
    notes = ["marked as saturated, no sample reaches the end of the range"] if somewhere else []
    return _Part(name, node, x, values, (full * data.FLAGS["saturated"]).astype(np.uint8), notes, somewhere)


def _doubles(tree: _Tree, node: Element | None, count: int | None = None) -> FloatArray:
    """Return the numbers of a node, ``count`` of them."""
    texts = [] if node is None else [child.text or "" for child in node.iterfind("double")]
    tag = "channelWavelengths" if node is None else node.tag
    try:
        values = np.array([float(text) for text in texts])
    except ValueError:
        bad = next(n for n, text in enumerate(texts) if not _is_float(text))
        raise ReadError(tree.path, f"{tree.member}, {tag}", "a number", repr(texts[bad][:40])) from None
    if not len(values) or (count is not None and len(values) != count):
        expected = "numbers" if count is None else f"{count} numbers, one for each wavelength"
        raise ReadError(tree.path, f"{tree.member}, {tag}", expected, f"{len(values)}")
    return values


def _dataset(tree: _Tree, part: _Part, about: dict[str, str], notes: list[str]) -> xr.Dataset:
    """Make a Dataset of one spectrum."""
    certificates = tree.root.findall("certificates/*")
    first, last = ((node.find("yUnits"), node.find("xUnits")) for node in (certificates[0], certificates[-1]))
    unit = _class(last[0]) if part.name == "processed" else _class(first[0])
    kind, quantity, factor = _PROCESSED.get(unit, ("spectrum", None, 1.0))
    if part.name != "processed" and quantity != "counts":
        kind, quantity, factor = "spectrum", None, 1.0
    axis, x, said = _axis(tree, part, _class(last[1]) if part.name == "processed" else "WavelengthDescriptor")
    values, flag, missing = instrument_table.missing_flag(part.values * factor)
    scaled = ["percent divided by 100"] if factor != 1.0 else []
    unknown = [f"the unit is a {unit}"] if unit and quantity is None else []
    node = part.settings
    scans, boxcar = _float(node, "scansToAverage"), _float(node, "boxcarWidth")
    microseconds, device = _float(node, "integrationTime"), (node.findtext("spectrometerClass") or "").split(".")[-1]
    names = [device, (node.findtext("spectrometerSerialNumber") or "").strip()]
    return data.build(
        axis,
        x,
        values,
        kind=kind,
        quantity=quantity,
        medium=instrument_table.medium_of(axis),
        axis_units={"abscissa": "unknown"},
        flag=flag | part.flag,
        notes=[*notes, *said, *scaled, *unknown, *part.notes, *missing],
        saturated="somewhere" if part.somewhere else None,
        integration_time_s=instrument_table.positive(None if microseconds is None else microseconds / 1e6),
        excitation_nm=instrument_table.positive(_float(node, "laserWavelength")),
        scans=None if scans is None else int(scans),
        boxcar=None if boxcar is None else int(boxcar),
        instrument=" ".join(filter(None, names)) or None,
        acquired_at=_acquired(node),
        source=about,
        raw_metadata={**_leaves(node), "yUnits": unit, "processors": _processors(certificates)},
    )


def _axis(tree: _Tree, part: _Part, unit: str) -> tuple[str, FloatArray, list[str]]:
    if unit in ("", "WavelengthDescriptor"):
        place = f"{tree.member}, channelWavelengths, number"
        return instrument_table.axis_of_wavelengths(tree.path, part.x, lambda n: f"{place} {n + 1}")
    return "abscissa", part.x, [f"the axis is a {unit}"]


def _class(node: Element | None) -> str:
    return "" if node is None else (node.get("class") or "").split(".")[-1]


def _acquired(node: Element) -> str | None:
    since = _float(node, "acquisitionTime/milliTime")
    return None if since is None else dates.since_1970(since / 1000)


def _leaves(node: Element) -> dict[str, str]:
    """Return names and texts of what stands in a node and one level deeper, without its numbers."""
    found = {child.tag: child.text or "" for child in node if not len(child) and child.get("reference") is None}
    for name in ("acquisitionTime", "channelCoefficients"):
        found.update({f"{name}/{leaf.tag}": leaf.text or "" for leaf in node.iterfind(f"{name}/*") if not len(leaf)})
    return found


def _processors(certificates: Iterable[Element]) -> list[str]:
    return [(node.findtext("clazz") or "").split(".")[-1] for node in certificates]


def _float(node: Element, name: str) -> float | None:
    text = node.findtext(name) or ""
    return float(text) if _is_float(text) and np.isfinite(float(text)) and abs(float(text)) < 1e18 else None


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
