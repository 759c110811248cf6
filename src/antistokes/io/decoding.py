"""Bytes -> lines of text, whatever the encoding and the line ends.

In this order: a byte-order mark; UTF-16 by the places of its zero bytes; UTF-8 if it is valid; GB18030 if it is valid
and reads like Chinese; else cp1252. What no mark says is a guess, and a note. A long text is never held decoded as a
whole: its lines are decoded piece by piece, so that reading it takes little more memory than its bytes.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from io import BytesIO
from os import PathLike
from typing import NamedTuple, overload

from antistokes.errors import ReadError

Path = str | PathLike[str]
PIECE = 1 << 16  # bytes that are decoded at a time; as lines of Python they may take 30 times as much
LONGEST_LINE = 8 << 20  # bytes; beyond it a text has no lines
_BLANK = b" \t\r\n\x1a"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_GB_CHARACTER = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_GB_COMMON = re.compile(rb"[\xa1-\xa9\xb0-\xd7][\xa1-\xfe]")  # GB2312: signs, and the 3755 usual characters
_GB_WORD = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe]){2}")


class Text(NamedTuple):
    """A decoded file: its lines, the encoding, and what had to be guessed."""

    lines: Sequence[str]
    encoding: str
    notes: tuple[str, ...]


class Lines(Sequence[str]):
    """The lines of a long text, decoded a piece at a time; it keeps the last piece it was asked for."""

    def __init__(self, data: bytes, pieces: Sequence[tuple[int, int]], encoding: str) -> None:
        self._data, self._pieces, self._encoding = data, pieces, encoding
        self._first = [0]  # the number of the first line of each piece, and of the line after the last one
        for start, stop in pieces:
            ends = sum(sign * data.count(end, start, stop) for end, sign in ((b"\n", 1), (b"\r", 1), (b"\r\n", -1)))
            self._first.append(self._first[-1] + ends + (data[stop - 1 : stop] not in (b"\n", b"\r")))
        self._kept: tuple[int, list[str]] = (-1, [])

    def __len__(self) -> int:
        return self._first[-1]

    def __iter__(self) -> Iterator[str]:
        for start, stop in self._pieces:
            yield from _split(self._data[start:stop], self._encoding)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        n = range(len(self))[at]
        piece = bisect_right(self._first, n) - 1
        if piece != self._kept[0]:
            start, stop = self._pieces[piece]
            self._kept = (piece, _split(self._data[start:stop], self._encoding))
        return self._kept[1][n - self._first[piece]]


def decode(path: Path, data: bytes) -> Text:
    """Turn the bytes of a file into lines of text.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    data : bytes
        Its content: UTF-8 or UTF-16, with or without byte-order mark, GB18030, or else cp1252.

    Raises
    ------
    ReadError
        The file is empty, or it is no text.
    """
    if not re.search(rb"[^ \t\r\n\x00\x1a]", data):
        raise _empty(path)
    encoding, notes = _by_mark(data)
    if encoding.startswith("utf-16"):
        data, notes = _recoded(path, data, encoding, notes)
    end = _end(data, len(data), b"\0")
    notes = (*notes, "zero bytes at the end left out") if end < len(data) else notes
    if data.find(b"\0", 0, end) >= 0:
        raise _binary(path)
    if not encoding:
        encoding, notes = _by_content(data, notes)
    codec = "utf-8" if encoding.startswith("utf") else encoding
    start = 3 if encoding == "utf-8-sig" else 0
    beginning = data[start : min(end, start + 100_000)].decode(codec, errors="ignore")
    if len(_CONTROL.findall(beginning)) > 0.002 * len(beginning) or (start and not _is_valid(data, codec)):
        raise _binary(path)
    return Text(lines_of(path, data, codec, start, end), encoding, notes)


def lines_of(path: Path, data: bytes, encoding: str, start: int = 0, end: int | None = None) -> Sequence[str]:
    """Return the lines of a text without blank ones at its end; a long text stays as bytes.

    Parameters
    ----------
    path : path-like
        The file, for messages.
    data : bytes
        The text.
    encoding : str
        Its encoding, one that continues ASCII.
    start, end : int
        Which bytes are meant; all by default.

    Raises
    ------
    ReadError
        Nothing but blanks is there, or a line is too long.
    """
    pieces = _pieces(path, data, start, _end(data, len(data) if end is None else end, _BLANK))
    return Lines(data, pieces, encoding) if len(pieces) > 1 else _split(data[slice(*pieces[0])], encoding)


def _by_mark(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the encoding that the first bytes tell, or ""."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ()
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", ()
    beginning = data[:4000].rstrip(b"\0")
    even, odd = beginning[::2], beginning[1::2]
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        share = zeros.count(0) / max(len(zeros), 1)
        if share > 0.7 or (share > 0.25 and 0 not in others):  # a header of other letters has fewer
            return encoding, (f"no byte-order mark, read as {encoding}",)
    return "", ()


def _by_content(data: bytes, notes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if data.isascii() or _is_valid(data, "utf-8"):
        return "utf-8", notes
    if _looks_chinese(data) and _is_valid(data, "gb18030"):
        return "gb18030", (*notes, "the text is not UTF-8, read as GB18030")
    return "cp1252", (*notes, "the text is not UTF-8, read as cp1252")


def _looks_chinese(data: bytes) -> bool:
    """Tell whether the bytes beyond ASCII are Chinese words.

    A degree sign or an accented letter of cp1252 makes one character of GB18030 with the ASCII letter after it, and a
    rare one. Words have two or more of the usual characters in a row, and few others.
    """
    found = _GB_CHARACTER.findall(data[: 1 << 16])
    common = sum(_GB_COMMON.fullmatch(character) is not None for character in found)
    return common > 0.7 * len(found) and _GB_WORD.search(data) is not None


def _is_valid(data: bytes, encoding: str) -> bool:
    """Tell whether the bytes are of an encoding, without holding the text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(data), PIECE):
            decoder.decode(data[at : at + PIECE])
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _recoded(path: Path, data: bytes, encoding: str, notes: tuple[str, ...]) -> tuple[bytes, tuple[str, ...]]:
    """Return a text of UTF-16 in UTF-8."""
    whole = len(data) // 2 * 2
    decoder, out = codecs.getincrementaldecoder(encoding)(), BytesIO()
    try:
        for at in range(0, whole, PIECE):
            out.write(decoder.decode(data[at : min(at + PIECE, whole)]).encode("utf-8"))
        decoder.decode(b"", True)
    except UnicodeError as error:
        raise _binary(path) from error
    made = out.getvalue()  # the bytes themselves, no copy
    if not made:
        raise _binary(path)
    return made, notes if whole == len(data) else (*notes, "half a character at the end left out")


def _end(data: bytes, end: int, blanks: bytes) -> int:
    """Return where the data end without the blanks before ``end``, and without a copy of them."""
    while end:
        start = max(0, end - 4096)
        kept = len(data[start:end].rstrip(blanks))
        end = start + kept
        if kept:
            break
    return end


def _pieces(path: Path, data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Cut the data at ends of lines."""
    pieces: list[tuple[int, int]] = []
    while start < end:
        found = _LINE_END.search(data, start + PIECE, end)
        stop = found.end() if found else end
        if stop - start > LONGEST_LINE + PIECE:
            raise ReadError(path, "", "text in lines", f"a line of more than {LONGEST_LINE >> 20} MB")
        pieces.append((start, stop))
        start = stop
    if not pieces:
        raise _empty(path)
    return pieces


def _split(piece: bytes, encoding: str) -> list[str]:
    text = piece.decode(encoding, errors="replace" if encoding == "cp1252" else "strict")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _empty(path: Path) -> ReadError:
    return ReadError(path, "", "a table of numbers", "an empty file")


def _binary(path: Path) -> ReadError:
    return ReadError(path, "", "text with a table of numbers", "binary data", "Export the measurement as text or csv.")
