"""Names of the scans in a file, told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def distinct(names: Sequence[str]) -> list[str]:
    """Return the names with a number behind those that repeat; a scan without a name gets one.

    Parameters
    ----------
    names : sequence of str
        The names in the order of the file, "" where there is none.
    """
    counts: Counter[str] = Counter()
    out: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        base = label = name or f"scan {place}"
        while label in out:
            counts[base] += 1
            label = f"{base} ({counts[base] + 1})"
        out[label] = None
    return list(out)
