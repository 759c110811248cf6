"""Whether numbers are a rate, by what a file calls them."""

from __future__ import annotations

import re

from antistokes import data

_PER_SECOND = re.compile(
    r"(?:\bper\s+|/\s*)s(?:ec(?:onds?)?)?\b|\bs(?:ec)?\s*(?:\^?\s*[-\u2212]\s*1\b|\u207b\u00b9)|\b[kmg]?cps\b",
    re.IGNORECASE,
)


def rate_of(words: str) -> str | None:
    """Return the attribute ``rate`` of numbers that a file calls per second, such as "counts/s"; else None.

    The number of counts is lost in a rate, and so a rate and counts are no pair of spectrum and dark.
    """
    return data.RATE if _PER_SECOND.search(words) else None
