"""Counts and lengths in the blocks of a WiRE file: believed only as far as the file goes."""

from __future__ import annotations

import struct

import pytest

from antistokes.errors import ReadError
from antistokes.io import renishaw
from antistokes.io.binary import Binary


def block(name: bytes, content: bytes, number: int = 0) -> bytes:
    return struct.pack("<4sIQ", name, number, renishaw.HEAD + len(content)) + content


def settings(*entries: bytes, more: bytes = b"") -> bytes:
    whole = b"".join(entries)
    return b"PSET" + struct.pack("<I", len(whole)) + whole + more


def entry(kind: bytes, flag: int, value: bytes) -> bytes:
    return kind + struct.pack("<BH", flag, 7) + value


def text(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    return entry(kind, 0, struct.pack("<I", len(content) if length is None else length) + content)


def array(kind: bytes, content: bytes, count: int) -> bytes:
    return entry(kind, 128, struct.pack("<I", count) + content)


def file(*blocks: bytes) -> Binary:
    head = bytearray(512)
    struct.pack_into("<4sIQ", head, 0, b"WDF1", 1, 512)
    struct.pack_into("<I2Q", head, 60, 4, 1, 1)
    struct.pack_into("<2I", head, 88, 1, 4)
    return Binary("a.wdf", bytes(head) + b"".join(blocks))


EACH = [
    text(b"k", b"Laser"),
    text(b"u", b"532 nm"),
    text(b"b", b"\1\2"),
    entry(b"u", 64, struct.pack("<I", 3) + b"zip"),
    text(b"p", text(b"k", b"Inner") + text(b"p", b"") + entry(b"q", 0, bytes(8))),
    *(entry(kind.encode(), 0, bytes(size)) for kind, size in {"c": 1, "?": 1, "s": 2, "i": 4, "r": 4}.items()),
    *(entry(kind.encode(), 0, bytes(8)) for kind in "wqt"),
    *(array(kind.encode(), bytes(3 * size), 3) for kind, size in {"c": 1, "s": 2, "r": 4, "t": 8}.items()),
]


def test_blocks_as_they_should_be_are_found() -> None:
    numbers = struct.pack("<Q3f", 3, 1, 2, 3)
    whole = file(block(b"WXCS", settings(*EACH)), block(b"MAP ", settings(*EACH, more=numbers)), block(b"WHTL", b"jpg"))
    found = renishaw.check(whole)
    assert [b.name for b in found] == [b"WDF1", b"WXCS", b"MAP", b"WHTL"]
    assert whole.raw[found[-1].start : found[-1].end] == b"jpg"


DEEP = b""
for _ in range(renishaw.MAX_DEPTH + 1):
    DEEP = text(b"p", DEEP)


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (block(b"WXCS", settings(text(b"u", b"abc", 10**9))), "at most 7 bytes of settings, found 1000000004"),
        (block(b"WXCS", settings(text(b"p", b"", 2**31))), "found 2147483648"),
        (block(b"WXCS", settings(entry(b"u", 64, struct.pack("<I", 99)))), "found 103"),
        (block(b"WXCS", settings(array(b"t", bytes(8), 2**32 - 1))), "found 34359738364"),
        (block(b"WXCS", settings(text(b"p", array(b"q", bytes(8), 2)), entry(b"q", 0, bytes(8)))), "found 20"),
        (block(b"WXCS", settings(entry(b"q", 0, b"")) + bytes(20)), "at most 0 bytes of settings, found 8"),
        (block(b"WXCS", b"PSET" + struct.pack("<I", 99)), "found 99"),
        (block(b"WXCS", settings(entry(b"z", 0, bytes(9)))), "the type and flag of a setting, found 'z' and 0"),
        (block(b"WXCS", settings(entry(b"\0", 0, bytes(9)))), "found '' and 0"),
        (block(b"WXCS", settings(entry(b"q", 3, bytes(9)))), "found 'q' and 3"),
        (block(b"WXCS", settings(array(b"u", bytes(9), 1))), "found 'u' and 128"),
        (block(b"WXCS", settings(DEEP)), "100 sets deep"),
        (block(b"MAP ", settings(more=struct.pack("<Qf", 2, 1))), "at most 12 bytes of settings, found 16"),
        (block(b"MAP\0", bytes(8) + struct.pack("<Qf", 10**9, 1)), "found 4000000008"),
        (block(b"WDF1", bytes(600), 1), "one block WDF1, found several"),
    ],
)
def test_what_goes_beyond_its_place_is_refused(damaged: bytes, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        renishaw.check(file(damaged))


def test_settings_that_nobody_reads_are_not_walked() -> None:
    renishaw.check(file(block(b"BKXL", settings(text(b"u", b"abc", 10**9)))))


def test_images_are_hidden_and_nothing_else_changes() -> None:
    whole = file(block(b"WHTL", b"WHTL"), block(b"TEXT", b"WHTL"))
    hidden = renishaw.without_images(whole, renishaw.check(whole))
    assert hidden == whole.raw[:512] + b"SKIP" + whole.raw[516:]
