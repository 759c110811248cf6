"""Shimadzu UVProbe .spc: OLE2 files made here, sector by sector."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antistokes import data
from antistokes.errors import ReadError
from antistokes.io.head import head_of
from antistokes.io.shimadzu import MAGIC, is_shimadzu, read_shimadzu

FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
Tree = dict[str, Any]  # bytes are streams, further trees are storages


def ole2(tree: Tree) -> bytes:
    """An OLE2 file with every stream in sectors of 512 bytes of their own (small streams made long with zeros)."""
    entries: list[list[Any]] = [["Root Entry", 5, FREE, FREE, END, 0]]
    sectors: list[bytes] = []
    chains: list[int] = []

    def store(content: bytes) -> int:
        first = len(sectors)
        pieces = [content[i : i + 512].ljust(512, b"\0") for i in range(0, len(content), 512)]
        sectors.extend(pieces)
        chains.extend([*range(first + 1, first + len(pieces)), END])
        return first

    def add(parent: int, children: Tree) -> None:
        before = None
        for name, child in children.items():  # siblings as a list to the right: no balanced tree is needed
            number = len(entries)
            if before is None:
                entries[parent][3] = number
            else:
                entries[before][2] = number
            before = number
            if isinstance(child, bytes):
                entries.append([name, 2, FREE, FREE, store(child), len(child)])
            else:
                entries.append([name, 1, FREE, FREE, 0, 0])
                add(number, child)

    add(0, tree)
    packed = b""
    for name, kind, right, child, start, size in entries:
        text = (name + "\0").encode("utf-16-le")
        packed += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, right, child)
        packed += bytes(36) + struct.pack("<IQ", start, size)
    packed += b"".join(
        bytes(66) + struct.pack("<BBIII", 0, 1, FREE, FREE, FREE) + bytes(48) for _ in range(-len(entries) % 4)
    )
    directory = store(packed)
    table = len(sectors)
    chains.append(TABLE)
    assert len(chains) <= 128
    sectors.append(struct.pack("<128I", *chains, *[FREE] * (128 - len(chains))))
    head = MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, END, 0, END, 0) + struct.pack(
        "<109I", table, *[FREE] * 108
    )
    return head + b"".join(sectors)


def pascal(*texts: str) -> bytes:
    return b"".join(bytes([len(text)]) + text.encode("cp1252") for text in texts)


def page(title: str, **pairs: str) -> bytes:
    said = [word for key, value in pairs.items() for word in (key.replace("_", " ") + ":", value)]
    return bytes(8) + pascal(title) + struct.pack("<I", len(pairs)) + pascal(*said)


def floats(values: Any) -> bytes:
    return np.asarray(values, dtype="<f8").tobytes()


def data_set(x: Any, y: Any, mode: str = "Absorbance", name: str = "RawData", padded: int = 4096) -> Tree:
    info = pascal(name) + bytes(4) + struct.pack("<d", 43873.70262)
    measured = page("[Measurement]", **{"Wavelength_Range_(nm.)": "498.00 to 500.00"})
    instrument = page(
        "[Instrument]", Instrument_Type="UV-2600", Measuring_Mode=mode, Slit_Width="2.0", Accumulation_time="0.1 sec."
    )
    return {
        "DataSetHeaderInfo": info.ljust(padded, b"\0"),
        "DataSpectrumStorage": {"Data": {"X Data.1": floats(x), "Y Data.1": floats(y)}},
        "MethodStorage": {"PageTexts0": measured.ljust(padded, b"\0"), "PageTexts1": instrument.ljust(padded, b"\0")},
    }


def whole(*sets: Tree) -> bytes:
    named = {f"DataSet{n}": one for n, one in enumerate(sets, 1)}
    return ole2({"DataStorage1": {"DataSetGroup": named}})


X = np.linspace(800, 300, 600)  # more than 4096 bytes: shorter streams lie in sectors of another size


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(content: bytes, name: str = "a.spc") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def test_a_data_set(make: Any) -> None:
    path = make(whole(data_set(X, 0.001 * X)))
    assert is_shimadzu(head_of(path))
    (ds,) = read_shimadzu(path)
    assert np.array_equal(ds["wavelength"].values, X[::-1])
    assert np.array_equal(ds["signal"].values, 0.001 * X[::-1])
    expected = {"kind": "absorption", "quantity": "absorbance", "instrument": "UV-2600", "bandpass_nm": 2.0}
    expected |= {"integration_time_s": 0.1, "acquired_at": "2020-02-12T16:51:46"}
    assert {key: ds.attrs.get(key) for key in expected} == expected
    assert data.json_attr(ds, "source", {})["column"] == "DataSet1"
    assert data.notes_of(ds) == ("medium not stated, read as air",)


def test_other_modes(make: Any) -> None:
    (ds,) = read_shimadzu(make(whole(data_set(X, 0.1 * X, mode="Transmittance"))))
    assert float(ds["signal"].max()) == pytest.approx(0.8)
    assert "transmittance read as percent, divided by 100" in data.notes_of(ds)
    (ds,) = read_shimadzu(make(whole(data_set(X, X, mode="Reflectance"))))
    assert (ds.attrs["kind"], ds.attrs.get("quantity")) == ("spectrum", None)


def test_several_data_sets(make: Any) -> None:
    raw, smooth = read_shimadzu(make(whole(data_set(X, X), data_set(X, X, name="Smoothed"))))
    assert [data.json_attr(ds, "source", {})["column"] for ds in (raw, smooth)] == ["DataSet1", "Smoothed"]
    assert "quantity" not in smooth.attrs
    assert any("computed from a measurement" in note for note in data.notes_of(smooth))


def test_numbers_that_do_not_fit_together(make: Any) -> None:
    path = make(whole(data_set(X, X[:-5])))
    (ds,) = read_shimadzu(path)
    assert ds.sizes["wavelength"] == 595
    assert any("only the first 595" in note for note in data.notes_of(ds))
    with pytest.raises(ReadError, match="as many positions"):
        read_shimadzu(path, strict=True)
    bad = np.where(np.arange(600) == 3, np.nan, X)
    assert int((read_shimadzu(make(whole(data_set(X, bad))))[0]["flag"] > 0).sum()) == 1
    for x, message in ((bad, "position 4"), (np.where(X == X[3], X[2], X), "position 4.*twice")):
        with pytest.raises(ReadError, match=message):
            read_shimadzu(make(whole(data_set(x, X))))
    (ds,) = read_shimadzu(make(whole(data_set(X - X.min(), X))))
    assert data.axis_of(ds) == "pixel"


def test_an_axis_of_unknown_unit(make: Any) -> None:
    one = data_set(X * 100, X)
    one["MethodStorage"] = {}
    (ds,) = read_shimadzu(make(whole(one)))
    assert data.axis_of(ds) == "abscissa" and "medium" not in ds.attrs
    assert any("may be others than nm" in note for note in data.notes_of(ds))


def test_settings_that_are_damaged_are_left_out(make: Any) -> None:
    one = data_set(X, X)
    one["MethodStorage"]["PageTexts1"] = (bytes(8) + b"\x03abc" + b"\xff" * 40).ljust(4096, b"\xff")
    one["DataSetHeaderInfo"] = b"\xff" * 4096
    (ds,) = read_shimadzu(make(whole(one)))
    assert "quantity" not in ds.attrs
    assert "acquired_at" not in ds.attrs


def test_an_ole2_file_without_spectra(make: Any) -> None:
    path = make(ole2({"Workbook": bytes(5000)}), "a.xls")
    assert not is_shimadzu(head_of(path))
    with pytest.raises(ReadError, match="spectra"):
        read_shimadzu(path)
    with pytest.raises(ReadError, match="beside it"):
        read_shimadzu(make(ole2({"DataStorage1": {"Data": {"Y Data.1": bytes(4800)}}})))


def changed(content: bytes, at: int, form: str, *values: int) -> bytes:
    return content[:at] + struct.pack(form, *values) + content[at + struct.calcsize(form) :]


@pytest.mark.parametrize("at", [40, 44, 64, 72])
def test_absurd_counts_in_the_header(make: Any, at: int) -> None:
    with pytest.raises(ReadError, match=f"byte {at}"):
        read_shimadzu(make(changed(whole(data_set(X, X)), at, "<I", 2**31)))


@pytest.mark.parametrize("content", [b"", MAGIC, MAGIC + bytes(2000), b"PK" + bytes(3000)])
def test_damage_is_a_read_error(make: Any, content: bytes) -> None:
    with pytest.raises(ReadError):
        read_shimadzu(make(content))


def test_loops_and_large_streams_do_not_multiply_the_file(make: Any) -> None:
    content = whole(data_set(X, X))
    table = 512 * (1 + struct.unpack_from("<I", content, 76)[0])
    for n in range(20):  # every chain a loop on itself
        path = make(changed(content, table + 4 * n, "<I", n))
        try:
            found = read_shimadzu(path)
        except ReadError:
            continue
        assert sum(ds["signal"].nbytes for ds in found) <= len(content)
    directory = 512 * (1 + struct.unpack_from("<I", content, 48)[0])
    for n in range(1, 10):
        with_size = changed(content, directory + 128 * n + 120, "<I", 2**31 - 1)
        try:
            found = read_shimadzu(make(with_size))
        except ReadError:
            continue
        assert sum(ds["signal"].nbytes for ds in found) <= len(content)


def test_every_cut_and_flip_ends_well(make: Any) -> None:
    content = whole(data_set(X, X))
    for length in range(0, len(content), 499):
        with pytest.raises(ReadError):
            read_shimadzu(make(content[:length]))
    random = np.random.default_rng(1)
    for at in random.integers(0, len(content), 150):
        try:
            found = read_shimadzu(
                make(changed(content, min(int(at), len(content) - 1), "<B", int(random.integers(256))))
            )
        except ReadError:
            continue
        assert sum(ds["signal"].nbytes for ds in found) <= len(content)
