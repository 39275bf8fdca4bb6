from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.clinics.hours import Span, WeekHours
from scheduler.domain.clinics.hours_text import format_week, parse_week

MINUTES_A_DAY = 24 * 60
SHUT: tuple[Span, ...] = ()
MORNING = Span(time(9), time(12))
AFTERNOON = Span(time(13), time(17))
CLOSED = WeekHours((SHUT,) * 7)


def a_week(**days: tuple[Span, ...]) -> WeekHours:
    return WeekHours(tuple(days.get(name, SHUT) for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, MINUTES_A_DAY), max_size=5)))
    return tuple(
        Span(
            time(opens // 60, opens % 60),
            None if closes == MINUTES_A_DAY else time(closes // 60, closes % 60),
        )
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    )


@st.composite
def weeks(draw: st.DrawFn) -> WeekHours:
    patterns = draw(st.lists(spans_of_a_day(), min_size=1, max_size=3))
    return WeekHours(tuple(draw(st.sampled_from(patterns)) for _ in range(7)))


@given(week=weeks())
def test_what_is_written_reads_back_equal(week: WeekHours) -> None:
    assert parse_week(format_week(week)) == week


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00-12:00", WeekHours.daily(time(9), time(12))),
        ("daily 9:00 to 12:00", WeekHours.daily(time(9), time(12))),
        ("every day: 09:00-12:00", WeekHours.daily(time(9), time(12))),
        ("mon-sun 09:00-12:00", WeekHours.daily(time(9), time(12))),
        ("00:00-24:00", WeekHours.daily(time(0), None)),
        ("Mon 09:00-12:00", a_week(mon=(MORNING,))),
        ("Monday to Wednesday 09:00 \u2013 12:00", a_week(mon=(MORNING,), tue=(MORNING,), wed=(MORNING,))),
        ("tues\u2013thurs 09:00-12:00", a_week(tue=(MORNING,), wed=(MORNING,), thu=(MORNING,))),
        ("sat - mon 09:00-12:00", a_week(sat=(MORNING,), sun=(MORNING,), mon=(MORNING,))),
        ("mon 13:00-17:00, mon = 09:00-12:00", a_week(mon=(MORNING, AFTERNOON))),
        ("  fri 09:00-12:00 ,sun 13:00-17:00 ", a_week(fri=(MORNING,), sun=(AFTERNOON,))),
        (" Closed ", CLOSED),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, expected: WeekHours) -> None:
    assert parse_week(text) == expected


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (WeekHours.daily(time(8), time(20)), "08:00-20:00"),
        (WeekHours.daily(time(0), None), "00:00-24:00"),
        (WeekHours(((MORNING, AFTERNOON),) * 7), "09:00-12:00, 13:00-17:00"),
        (a_week(mon=(MORNING,), tue=(MORNING,), sat=(AFTERNOON,)), "mon-tue 09:00-12:00, sat 13:00-17:00"),
        (a_week(sun=(MORNING,), mon=(MORNING,)), "mon 09:00-12:00, sun 09:00-12:00"),
        (CLOSED, "closed"),
    ],
)
def test_hours_are_written_short(week: WeekHours, expected: str) -> None:
    assert format_week(week) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ",",
        "09:00",
        "nine to five",
        "09:00-12:00 mon",
        "mon 09:00-12:00,",
        "mon 09:00-12:00 13:00-17:00",
        "monkey 09:00-12:00",
        "mo 09:00-12:00",
        "mon-tue-wed 09:00-12:00",
        "mon-feb 09:00-12:00",
        "sun closed",
        "closed, sun 09:00-12:00",
        "25:00-26:00",
        "09:00-12:60",
        "24:00-24:00",
        "09:00-24:01",
        "x" * 10_000,
    ],
)
def test_what_is_no_hours_is_refused_with_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match="write hours as 08:00-20:00 or mon-fri 09:00-17:00"):
        parse_week(text)


@pytest.mark.parametrize("text", ["20:00-08:00", "08:00-00:00", "mon-fri 12:00-12:00"])
def test_hours_that_end_before_they_start_are_refused_with_how_to_write_a_night(text: str) -> None:
    with pytest.raises(ValueError, match="write 24:00 for the end of the day"):
        parse_week(text)


def test_hours_of_a_day_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="the hours of tue overlap"):
        parse_week("mon-fri 09:00-17:00, tue 12:00-18:00")
