"""Files that are recognised and not read, made here from their first bytes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antistokes.errors import ReadError
from antistokes.io.becker_hickl import is_becker_hickl
from antistokes.io.galactic import is_galactic
from antistokes.io.head import head_of
from antistokes.io.refused import REFUSED, is_refused, read_refused


def stream(clock: int = 95, photons: int = 200) -> bytes:
    """A photon stream: the clock, then photons with overflows of their own or in records between them."""
    random = np.random.default_rng(3)
    records = [0x80000000 | clock]
    before = 0
    for time in np.cumsum(random.integers(1, 9000, photons)):
        overflows = int(time) // 4096 - before
        before += overflows
        if overflows > 1:
            records.append(0xC0000000 | overflows)
        records.append((0x40000000 if overflows == 1 else 0) | int(random.integers(4096)) << 16 | int(time) % 4096)
    return struct.pack(f"<{len(records)}I", *records)


setup = bytearray(200)
setup[2:6] = struct.pack("<I", 42)
setup[32:34] = b"UU"
setup[42:57] = b"*IDENTIFICATION"

FILES = {
    "edinburgh binary": ("a.fl", b"EAI Multiple Scans\0\r\n" + bytes(300)),
    "cary binary": ("a.dsw", b"\x11Varian UV-VIS-NIR" + bytes(300)),
    "origin": ("a.opju", b"CPYUA 4.3380 111\n" + bytes(300)),
    "picoquant unified": ("a.ptu", b"PQTTTR\0\x001.0.00\0\0" + bytes(300)),
    "picoquant": ("a.pt3", b"PicoHarp 300\0\0\0\0002.0\0\0\0" + bytes(300)),
    "becker & hickl": ("a.sdt", bytes(setup)),
    "becker & hickl stream": ("a.spc", stream()),
    "datastation": ("a.txt", b"Sample 1\nTime calibration: 55E-03ns/ch\n12\n13\n"),
    "avantes binary": ("a.raw8", b"AVS82" + bytes(300)),
    "old excel": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300)),
    "nd2": ("a.nd2", b"\xda\xce\xbe\x0a" + bytes(12) + b"ND2 FILE SIGNATURE CHUNK NAME01!" + bytes(300)),
    "tiff": ("a.tif", b"MM\0*\0\0\0\x08" + bytes(300)),
}


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def write(content: bytes, name: str = "a.bin") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", REFUSED)
def test_each_is_recognised_by_one_only_and_refused_with_the_way_out(make: Any, name: str) -> None:
    suffix, content = FILES[name]
    path = make(content, suffix)
    assert [n for n, kind in REFUSED.items() if kind.recognises(head_of(path))] == [name]
    assert is_refused(head_of(path))
    with pytest.raises(ReadError) as caught:
        read_refused(path)
    assert caught.value.found == REFUSED[name].what
    assert "xport" in caught.value.advice or "csv" in caught.value.advice


def test_further_magic_numbers(make: Any) -> None:
    for content in (
        b"II*\0" + bytes(40),
        b"CPYA 4.2673 552#\n" + bytes(40),
        b"PQHISTO\0" + bytes(40),
        b"HydraHarp" + bytes(40),
    ):
        assert is_refused(head_of(make(content)))
    assert is_refused(head_of(make(b"\x01\x00\x02" * 50, "a.fs")))
    assert is_refused(head_of(make(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "a.nd2")))


@pytest.mark.parametrize(
    "content",
    [b"", b"#PicoHarp 300 Histogram Data\n", b"PicoHarp 300 is a card\n", b"CPY", bytes(4096), b"Labels,a\nType,b\n"],
)
def test_others_are_not(make: Any, content: bytes) -> None:
    path = make(content, "a.fs")
    assert is_refused(head_of(path)) is (content == bytes(4096))  # zeros named .fs are binary
    assert not is_refused(head_of(make(content, "a.dat")))
    with pytest.raises(ReadError, match="an unknown one"):
        read_refused(make(content, "a.dat"))


def test_a_photon_stream_is_told_by_its_times(make: Any) -> None:
    assert is_becker_hickl(head_of(make(stream())))
    assert not is_galactic(head_of(make(stream())))
    content = stream()
    backwards = content[:4] + b"".join(content[i : i + 4] for i in range(len(content) - 4, 0, -4))
    for other in (backwards, stream(clock=3), stream(photons=10), content[4:], content + b"\0", bytes(4000)):
        assert not is_becker_hickl(head_of(make(other)))
    random = np.random.default_rng(4)
    for _ in range(200):
        noise = b"\x5f\0\0\x80" + random.integers(0, 256, 4000, dtype=np.uint8).tobytes()
        assert not is_becker_hickl(head_of(make(noise)))
