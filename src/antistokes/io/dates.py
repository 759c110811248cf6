"""Dates as instruments write them -> ISO text. No locale is asked: names of months are English.

A date that cannot be (31 February) is none, and so is one whose day and month could be each other: which comes first is
taken from the file (an ``Order``), from dots (12.5.2024 has the day first everywhere), or from a number above 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_CLOCK_OF_C = r"\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?"
_C = re.compile(rf"\b[A-Za-z]{{3}} +([A-Za-z]{{3}}) +(\d{{1,2}}) ({_CLOCK_OF_C})(?: ([A-Za-z]\S*))? (\d{{4}})\b")
_NAMED = re.compile(r"(\d{1,2})[-. /]?([A-Za-z]{3})[a-z]{0,6}\.?[-. /]?(\d{4})(?:[\s,T]+(.+))?")
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})[-/.](\d{1,4})(?:[\s,T]+(.+))?")
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*")
_PACKED = re.compile(r"\s*(\d\d)(\d\d)(\d\d)\s*")
_ZONE = re.compile(r"\s*(?:(UTC|GMT|Z)|([-+])(\d\d):?(\d\d))\s*$")
_LONGEST = 300  # no date is longer, and no search in it takes long
_YEARS = (1900, 2100)  # the years between are those of instruments; what is not set is often the first of its epoch
_FIRST_OF_LAST_CENTURY = 69  # of two digits, as POSIX has it: 69 to 99 are 1969 to 1999


class Order(NamedTuple):
    """Which of the three numbers of a date is which."""

    year: int
    month: int
    day: int


MONTH_FIRST, DAY_FIRST, YEAR_FIRST = Order(2, 0, 1), Order(2, 1, 0), Order(0, 1, 2)


class _Said(NamedTuple):
    """A date in numbers, and the time of day as it is written."""

    year: int
    month: int
    day: int
    clock: str


def order_of(pattern: str) -> Order | None:
    """Return the order that a pattern such as ``MM/dd/yyyy`` says, None where it says none."""
    letters = re.sub(r"[^ymd]", "", re.sub(r"(.)\1+", r"\1", pattern.lower()))
    return Order(*map(letters.index, "ymd")) if sorted(letters) == sorted("ymd") else None


def order_among(texts: Iterable[str]) -> Order | None:
    """Return the order of dates that one program wrote: that of the first that leaves no doubt."""
    found = (_NUMERIC.fullmatch(text[:_LONGEST].strip()) for text in texts)
    return next((order for match in found if match and (order := _order(match))), None)


def iso(text: str, order: Order | None = None) -> str | None:
    """Return a date as ISO text, with its time of day as far as it is written; None where there is none.

    Parameters
    ----------
    text : str
        As C and Java write it (``Mon Jan 14 17:36:35 GMT 2008``), with the name of the month (``4Jul2015 172717``), or
        three numbers, and a time of day. A zone is kept where it is UTC or a distance from it.
    order : Order, optional
        The order of the three numbers, where the file states it; a year of four digits at the start is recognised.
    """
    said = _said(text, order)
    when = said and _moment(said)
    if not said or not when:
        return None
    minutes = re.fullmatch(r"\s*\d{1,2}:\d\d\s*", said.clock)
    return when.isoformat(timespec="minutes") if minutes else text_of(when) if said.clock else when.date().isoformat()


def text_of(when: datetime) -> str:
    """Return a moment as ISO text, with milliseconds where it has them."""
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")


def since_1970(seconds: float) -> str | None:
    """Return the moment so many seconds after the first of January 1970 in UTC, as ISO text; None for 0 and less."""
    if not 0 < seconds < 1 << 32:
        return None
    return text_of(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


def moment(text: str, order: Order | None = None) -> datetime | None:
    """Return the moment that a date says, as ``iso`` reads it, None where it says none."""
    said = _said(text, order)
    return _moment(said) if said else None


def clock(text: str) -> timedelta | None:
    """Return the time since midnight, from a time of day of 24 hours, with AM and PM, or of six digits."""
    packed = _PACKED.fullmatch(text[:_LONGEST])
    found = _CLOCK.fullmatch(":".join(packed.groups()) if packed else text[:_LONGEST])
    if not found:
        return None
    hours, minutes, seconds = (int(g or 0) for g in found.groups()[:3])
    half = (found.group(5) or "").lower()
    if minutes > 59 or seconds > 60 or (half and not 1 <= hours <= 12) or hours > 23:
        return None
    hours = hours % 12 + 12 * (half == "p") if half else hours
    micro = int((found.group(4) or "0").ljust(6, "0"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micro)


def doubt(text: str) -> list[str]:
    """Return the note that the three numbers of a date can be read in several ways, none where they cannot."""
    if moment(text) or not any(moment(text, order) for order in (MONTH_FIRST, DAY_FIRST, YEAR_FIRST)):
        return []
    return [f"the order of day, month and year in {text.strip()!r} is not certain, the date is not read"]


def _said(text: str, order: Order | None) -> _Said | None:
    text = text[:_LONGEST].strip()
    if found := _C.search(text):
        month, day, time, zone, year = found.groups()
        return _Said(int(year), _MONTHS.get(month.lower(), 0), int(day), f"{time} {zone}" if _is_utc(zone) else time)
    if found := _NAMED.fullmatch(text):
        return _Said(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]), found[4] or "")
    found = _NUMERIC.fullmatch(text)
    order = found and (YEAR_FIRST if len(found[1]) == 4 else order or _order(found))
    if not found or not order:
        return None
    numbers = [found[1], found[3], found[4]]
    year, month, day = (int(numbers[i]) for i in order)
    if len(numbers[order.year]) <= 2:
        year += 1900 if year >= _FIRST_OF_LAST_CENTURY else 2000
    return _Said(year, month, day, found[5] or "")


def _order(found: re.Match[str]) -> Order | None:
    """Return the order of three numbers where they leave no doubt."""
    first, second, last = found[1], found[3], found[4]
    if len(first) == 4:
        return YEAR_FIRST
    if len(last) != 4:
        return None
    if found[2] == "." or int(first) > 12 or int(first) == int(second):
        return DAY_FIRST
    return MONTH_FIRST if int(second) > 12 else None


def _moment(said: _Said) -> datetime | None:
    zone = _ZONE.search(said.clock)
    since = clock(said.clock[: zone.start()] if zone else said.clock) if said.clock else timedelta(0)
    if since is None or not _YEARS[0] < said.year < _YEARS[1]:
        return None
    try:
        return datetime(said.year, said.month, said.day, tzinfo=_zone(zone)) + since
    except ValueError:
        return None


def _is_utc(zone: str | None) -> bool:
    return zone in ("UTC", "GMT", "Z")


def _zone(found: re.Match[str] | None) -> timezone | None:
    """Return the zone that a clock ends with; datetime refuses one of a day or more."""
    if found is None:
        return None
    if found[1]:
        return UTC
    distance = timedelta(hours=int(found[3]), minutes=int(found[4]))
    return timezone(-distance if found[2] == "-" else distance)
