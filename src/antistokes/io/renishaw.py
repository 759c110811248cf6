"""Blocks of a Renishaw WiRE file (.wdf), held against its size before rosettasciio believes the counts in them.

A file is a row of blocks: name (4 bytes), number (u4), size (u8, with these 16 bytes), content. Blocks of settings
begin with ``PSET`` and a length (u4); then come entries: type (1 byte), flag (u1: 0 one value, 64 compressed, 128 an
array), key (u2) and value. A text, key, binary or nested set has its length (u4) before it, an array its count. The
layout is as rosettasciio reads it; there is no public document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from antistokes.errors import ReadError
from antistokes.io.binary import Binary

HEAD = 16  # bytes of a block before its content
IMAGE = b"WHTL"
_SETTINGS = (b"WXIS", b"WXCS", b"WXDA", b"ZLDC", b"WARP", b"WXDM", b"MAP")
_SIZES = {"c": 1, "?": 1, "s": 2, "i": 4, "w": 8, "r": 4, "q": 8, "t": 8}  # bytes of one value of each type
_WITH_LENGTH = "ukb"
_NESTED = "p"
_COMPRESSED, _ARRAY = 64, 128
MAX_DEPTH = 100  # of nested sets


class Block(NamedTuple):
    """A block: its name without blanks and zero bytes, and where its content begins and ends."""

    name: bytes
    start: int
    end: int


def check(file: Binary) -> list[Block]:
    """Return the blocks of a file, or raise a ReadError where a count or length in them goes beyond what is there."""
    points, capacity, count = file.numbers("<I2Q", 60)
    if not 1 <= count <= capacity or points < 1:
        raise ReadError(file.path, "byte 60", "a number of spectra and points", f"{count} of {capacity} with {points}")
    file.require(0, 4 * points * capacity)
    file.require(0, 4 * max(file.numbers("<2I", 88)))
    found = list(_blocks(file))
    if any(block.name == b"WDF1" for block in found[1:]):
        raise ReadError(file.path, "", "one block WDF1", "several", "Is it damaged?")
    for block in found:
        end = block.start + 8
        if block.name in _SETTINGS and file.raw[block.start : block.start + 4] == b"PSET":
            end = _check_settings(file, block)
        if block.name == b"MAP":  # numbers follow the settings
            _within(file, end, 8 + 4 * file.number("<Q", end), block.end)
    return found


def without_images(file: Binary, blocks: list[Block]) -> bytes:
    """Return the file with the blocks of its white-light images renamed, so that nobody looks into them."""
    raw = bytearray(file.raw)
    for block in blocks:
        if block.name == IMAGE:
            raw[block.start - HEAD : block.start - HEAD + 4] = b"SKIP"
    return bytes(raw)


def _blocks(file: Binary) -> Iterator[Block]:
    at = 0
    while at < len(file.raw):
        size = file.number("<Q", at + 8)
        if size < HEAD:
            raise ReadError(file.path, f"byte {at + 8}", f"a block of {HEAD} bytes or more", f"{size}")
        file.require(at, size)
        yield Block(file.raw[at : at + 4].translate(None, b" \0"), at + HEAD, at + size)
        at += size


def _check_settings(file: Binary, block: Block) -> int:
    """Walk the entries of a block of settings; return the byte behind them."""
    at = block.start + 8
    ends = [_within(file, at, file.number("<I", block.start + 4), block.end)]
    while ends:
        if at == ends[-1]:
            ends.pop()
            continue
        behind = _within(file, at, 4, ends[-1])
        kind, flag, at = file.text(at, 1), file.number("<B", at + 1), behind
        if kind == _NESTED and flag == 0:
            at, size = at + 4, file.number("<I", at)
            ends.append(_within(file, at, size, ends[-1]))
            if len(ends) > MAX_DEPTH:
                raise ReadError(file.path, f"byte {at}", f"settings at most {MAX_DEPTH} sets deep", "more")
        else:
            at = _within(file, at, _value_size(file, kind, flag, at), ends[-1])
    return at


def _value_size(file: Binary, kind: str, flag: int, at: int) -> int:
    """Return the bytes of a value, with its count or length, that begins at a byte."""
    if flag == _COMPRESSED or (flag == 0 and kind in _WITH_LENGTH and kind):
        return 4 + int(file.number("<I", at))
    if flag == _ARRAY and kind in _SIZES:
        return 4 + int(file.number("<I", at)) * _SIZES[kind]
    if flag == 0 and kind in _SIZES:
        return _SIZES[kind]
    raise ReadError(file.path, f"byte {at - 4}", "the type and flag of a setting", f"{kind!r} and {flag}")


def _within(file: Binary, at: int, size: int, end: int) -> int:
    """Return the byte behind a part of that size, or raise where it goes beyond the end of what holds it."""
    if at + size > end:
        raise ReadError(file.path, f"byte {at}", f"at most {end - at} bytes of settings", f"{size}", "Is it damaged?")
    return at + size
