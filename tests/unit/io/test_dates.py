from __future__ import annotations

from datetime import timedelta

import pytest

from antistokes.io import dates


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Date: Mon Jan 14 17:36:35 GMT 2008", "2008-01-14T17:36:35+00:00"),
        ("Fecha: Thu Apr 20 21:15:04 CEST 2017", "2017-04-20T21:15:04"),
        ("Mon Aug 29 16:23:13 2011", "2011-08-29T16:23:13"),
        ("03-23-2011, 12:15:51", "2011-03-23T12:15:51"),
        ("8/27/2025 2:04:04 PM", "2025-08-27T14:04:04"),
        ("8/27/2025 12:04:04 a.m.", "2025-08-27T00:04:04"),
        ("2025-08-27T14:04:04.5", "2025-08-27T14:04:04.500"),
        ("8/27/2025", "2025-08-27"),
        ("27/8/2025 1:00", "2025-08-27T01:00"),
        ("4.3.2025 10:00", "2025-03-04T10:00"),
        ("3/3/2025", "2025-03-03"),
        ("3/4/2025", None),
        ("3-4-2025 10:00:00", None),
        ("31.02.2025", None),
        ("2025/2/31 10:00", None),
        ("03/04/25", None),
        ("4Jul2015 172717", "2015-07-04T17:27:17"),
        ("4 July 2015, 17:27:17.5", "2015-07-04T17:27:17.500"),
        ("04-jul-2015", "2015-07-04"),
        ("31Feb2015", None),
        ("4Tue2015", None),
        ("Fri Sep  8 15:03:52.25 2017", "2017-09-08T15:03:52.250"),
        ("1998/07/16 10:23:45.00 -0500", "1998-07-16T10:23:45-05:00"),
        ("2018-01-26T16:31:05.0987990+01:00", "2018-01-26T16:31:05.098+01:00"),
        ("2018-01-26T16:31:05+99:00", None),
        ("1899-12-30", None),
        ("2025-08-27 noon", None),
        ("8/27/2025 13:04:04 PM", None),
        ("8/27/2025 25:00", None),
        ("Mon Foo 29 16:23:13 2011", None),
        ("Mon Feb 30 16:23:13 2011", None),
        ("0/0/0", None),
        ("", None),
    ],
)
def test_dates_become_iso(text: str, iso: str | None) -> None:
    assert dates.iso(text) == iso


def test_the_order_is_read_from_a_pattern() -> None:
    assert dates.order_of("MM/dd/yyyy") == dates.MONTH_FIRST
    day_first = dates.order_of("dd.MM.yyyy")
    assert day_first is not None and dates.iso("05.11.2024 10:00", day_first) == "2024-11-05T10:00"
    assert dates.order_of("hh:mm:ss") is None and dates.order_of("") is None


def test_years_of_two_digits_are_those_of_posix() -> None:
    found = [dates.iso(text, dates.YEAR_FIRST) for text in ("24/02/27 16:45:12.00", "69/01/02", "68/01/02", "24/02/30")]
    assert found == ["2024-02-27T16:45:12", "1969-01-02", "2068-01-02", None]


def test_the_order_is_told_by_the_dates_of_one_program() -> None:
    assert dates.order_among(["3/4/2025", "3/14/2025"]) == dates.MONTH_FIRST
    assert dates.order_among(["3/4/2025", "14/3/2025"]) == dates.DAY_FIRST
    assert dates.order_among(["3/4/2025", "4/4/25", "noon"]) is None


def test_a_date_in_doubt_is_told() -> None:
    said = "the order of day, month and year in '3/4/2025' is not certain, the date is not read"
    assert dates.doubt(" 3/4/2025") == [said]
    assert all(map(dates.doubt, ["3/4/2025 10:00:00", "03/04/25"]))
    assert not any(map(dates.doubt, ["3/3/2025", "13/4/2025", "2025-03-04", "noon", "14/15/2025"]))


def test_seconds_since_1970() -> None:
    assert dates.since_1970(1525945533) == "2018-05-10T09:45:33+00:00"
    assert [dates.since_1970(s) for s in (0, -5, 1e12, float("nan"))] == [None] * 4


def test_clock() -> None:
    assert dates.clock("10:59:31.196") == timedelta(hours=10, minutes=59, seconds=31, milliseconds=196)
    assert dates.clock("12:00 PM") == timedelta(hours=12) and dates.clock("12:60") is None
    assert dates.clock("172717") == timedelta(hours=17, minutes=27, seconds=17) and dates.clock("1727") is None
