"""Numbers and texts at given bytes of a file; what lies beyond its end is a ReadError, never a guess."""

from __future__ import annotations

import os
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from antistokes.errors import ReadError


class Binary(NamedTuple):
    """The content of a file, and its name for messages."""

    path: str | os.PathLike[str]
    raw: bytes

    def numbers(self, form: str, at: int) -> tuple[Any, ...]:
        """Return what ``struct`` finds at a byte; ``form`` states the byte order."""
        self.require(at, struct.calcsize(form))
        return struct.unpack_from(form, self.raw, at)

    def number(self, form: str, at: int) -> Any:
        """Return the one number that ``struct`` finds at a byte."""
        return self.numbers(form, at)[0]

    def array(self, dtype: DTypeLike, at: int, count: int) -> NDArray[Any]:
        """Return numbers in a row, as a view of the file's content, shape (count,)."""
        kind = np.dtype(dtype)
        self.require(at, count * kind.itemsize)
        return np.frombuffer(self.raw, dtype=kind, count=count, offset=at)

    def text(self, at: int, size: int, encoding: str = "latin-1") -> str:
        """Return a text of at most ``size`` bytes, up to its first zero byte."""
        self.require(at, size)
        return self.raw[at : at + size].split(b"\0", 1)[0].decode(encoding, errors="replace").strip()

    def require(self, at: int, size: int) -> None:
        """Raise unless the file holds ``size`` bytes at a byte."""
        if at < 0 or size < 0 or at + size > len(self.raw):
            expected = f"{size} bytes" if size >= 0 else "a count that is not negative"
            raise ReadError(self.path, f"byte {at}", expected, f"a file of {len(self.raw)} bytes", "Is it cut off?")
