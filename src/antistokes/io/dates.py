"""Dates as instruments write them -> ISO text. No locale is asked: names of months are English."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_JAVA = re.compile(r"\b[A-Za-z]{3} ([A-Za-z]{3}) +(\d{1,2}) (\d{1,2}):(\d\d):(\d\d)(?: ([A-Za-z]\S*))? (\d{4})\b")
_NUMERIC = re.compile(r"\s*(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[\s,T]+(.+))?")
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*")
_LONGEST = 300  # no date is longer, and no search in it takes long
_UTC = ("UTC", "GMT", "Z")


class Order(NamedTuple):
    """Which of the three numbers of a date is which."""

    year: int
    month: int
    day: int


MONTH_FIRST = Order(2, 0, 1)


def order_of(pattern: str) -> Order | None:
    """Return the order that a pattern such as ``MM/dd/yyyy`` says, None where it says none."""
    letters = re.sub(r"[^ymd]", "", re.sub(r"(.)\1+", r"\1", pattern.lower()))
    return Order(*map(letters.index, "ymd")) if sorted(letters) == sorted("ymd") else None


def iso(text: str, order: Order = MONTH_FIRST) -> str | None:
    """Return date and time as ISO text, None where there is no date; a zone is kept only where it is UTC.

    Parameters
    ----------
    text : str
        As Java writes it (``Mon Jan 14 17:36:35 GMT 2008``), or three numbers and a time of day.
    order : Order
        The order of the three numbers; a year of four digits at the start is recognised.
    """
    text = text[:_LONGEST]
    java = _JAVA.search(text)
    when = _from_java(java) if java else moment(text, order)
    return text_of(when) if when else None


def text_of(when: datetime) -> str:
    """Return a moment as ISO text, with milliseconds where it has them."""
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")


def moment(text: str, order: Order = MONTH_FIRST) -> datetime | None:
    """Return the moment that three numbers and a time of day say, None where they say none."""
    found = _NUMERIC.fullmatch(text[:_LONGEST].strip())
    if not found:
        return None
    numbers = [int(g) for g in found.groups()[:3]]
    order = Order(0, 1, 2) if len(found.group(1)) == 4 else order
    since = clock(found.group(4)) if found.group(4) else timedelta(0)
    if since is None:
        return None
    try:
        return datetime(numbers[order.year], numbers[order.month], numbers[order.day]) + since
    except ValueError:
        return None


def clock(text: str) -> timedelta | None:
    """Return the time since midnight, from a time of day of 24 hours or with AM and PM."""
    found = _CLOCK.fullmatch(text[:_LONGEST])
    if not found:
        return None
    hours, minutes, seconds = (int(g or 0) for g in found.groups()[:3])
    half = (found.group(5) or "").lower()
    if minutes > 59 or seconds > 60 or (half and not 1 <= hours <= 12) or hours > 23:
        return None
    hours = hours % 12 + 12 * (half == "p") if half else hours
    micro = int((found.group(4) or "0").ljust(6, "0"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micro)


def is_ambiguous(text: str) -> bool:
    """Tell whether the first two of three numbers may each be the month, so that their order was guessed."""
    found = _NUMERIC.match(text)
    if not found or len(found.group(1)) == 4:
        return False
    first, second = int(found.group(1)), int(found.group(2))
    return first != second and max(first, second) <= 12


def _from_java(found: re.Match[str]) -> datetime | None:
    month, day, hour, minute, second, zone, year = found.groups()
    try:
        return datetime(
            int(year),
            _MONTHS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=UTC if zone in _UTC else None,
        )
    except (ValueError, KeyError):
        return None
