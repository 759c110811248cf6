"""What tells formats apart: the name, the size and the first bytes of a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from antistokes.errors import ReadError

START_BYTES = 65536


class Head(NamedTuple):
    """The beginning of a file.

    ``suffix`` is lower-case with its dot; ``start`` the first bytes; ``text`` the same loosely decoded, with the line
    ends of Unix, empty where the file is binary.
    """

    path: str
    suffix: str
    size: int
    start: bytes
    text: str


def head_of(path: str | os.PathLike[str]) -> Head:
    """Return the beginning of a file, or raise a ReadError that says why there is none.

    Parameters
    ----------
    path : path-like
        The file.
    """
    file = Path(path)
    if not file.exists():
        near = "" if file.parent.is_dir() else f" (the folder {str(file.parent)!r} does not exist either)"
        raise ReadError(path, "", "a file", f"nothing there{near}", "Check the name and the folder you are in.")
    if file.is_dir():
        raise ReadError(path, "", "a file", "a folder", "Name one of the files in it.")
    try:
        with file.open("rb") as opened:
            start = opened.read(START_BYTES)
            size = os.fstat(opened.fileno()).st_size
    except OSError as error:
        raise ReadError(path, "", "a file that can be read", f"{error.strerror}") from error
    return Head(os.fspath(path), file.suffix.lower(), size, start, _text(start))


def _text(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    elif start[1:4000:2].count(0) > 0.35 * len(start[:4000]):
        text = start[: len(start) // 2 * 2].decode("utf-16-le", errors="replace")
    elif b"\0" in (plain := start.rstrip(b"\0")):
        return ""
    else:
        text = plain.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
