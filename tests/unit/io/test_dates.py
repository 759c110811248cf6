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
        ("8/27/2025", "2025-08-27T00:00:00"),
        ("27/8/2025 1:00", None),
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
    assert day_first is not None and dates.iso("05.11.2024 10:00", day_first) == "2024-11-05T10:00:00"
    assert dates.order_of("hh:mm:ss") is None and dates.order_of("") is None


def test_an_ambiguous_date_is_told() -> None:
    assert dates.is_ambiguous("3/4/2025") and dates.is_ambiguous("3/4/2025 10:00:00")
    assert not any(map(dates.is_ambiguous, ["3/3/2025", "13/4/2025", "2025-03-04", "noon"]))


def test_clock() -> None:
    assert dates.clock("10:59:31.196") == timedelta(hours=10, minutes=59, seconds=31, milliseconds=196)
    assert dates.clock("12:00 PM") == timedelta(hours=12) and dates.clock("12:60") is None
