"""Where a measurement comes from, as its attribute ``source`` says it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def source(path: str | os.PathLike[str], raw: bytes, reader: str, **more: str | None) -> dict[str, str]:
    """Return file name, hash and reader of a measurement.

    Parameters
    ----------
    path : path-like
        The file.
    raw : bytes
        Its content.
    reader : str
        The key of ``FORMATS``.
    **more
        ``encoding`` of a text; ``column``, which names one of several measurements in a file. None is left out.
    """
    said = {k: v for k, v in more.items() if v is not None}
    return {"file": Path(path).name, "sha256": hashlib.sha256(raw).hexdigest(), "reader": reader, **said}
