from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.clinics.hours import DEFAULT_SENDING_HOURS, Span, WeekHours, next_open, open_until

MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60
CHANGES = {
    "Europe/London": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),
    "Pacific/Apia": ("2011-12-30T10:00", "2012-03-31T14:00"),
    "Africa/Casablanca": ("2026-02-15T02:00", "2026-03-22T02:00"),
    "America/St_Johns": ("2010-03-14T03:31", "2010-11-07T02:31"),  # back over midnight, into the day before
    "Asia/Beirut": ("2026-03-28T22:00", "2026-10-24T21:00"),  # at midnight
}
NINE_TO_FIVE = WeekHours.daily(time(9), time(17))
SHUT: tuple[Span, ...] = ()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def only(day: int, opens: str, closes: str) -> WeekHours:
    span = Span(time.fromisoformat(opens), time.fromisoformat(closes))
    return WeekHours(tuple((span,) if day == other else SHUT for other in range(7)))


def at_minute(minute: int) -> time | None:
    return None if minute == MINUTES_A_DAY else time(minute // 60, minute % 60)


def first_open_minute(hours: WeekHours, at: datetime, zone: str, *, days: int) -> datetime | None:
    if hours.hold(at, zone):
        return at
    minute = at.replace(second=0, microsecond=0)
    for _ in range(days * MINUTES_A_DAY):
        minute += MINUTE
        if hours.hold(minute, zone):
            return minute
    return None


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, MINUTES_A_DAY), max_size=4)))
    return tuple(
        Span(time(opens // 60, opens % 60), at_minute(closes))
        for opens, closes in zip(edges[::2], edges[1::2], strict=False)
    )


weeks = st.tuples(*[spans_of_a_day()] * 7).map(WeekHours)


@st.composite
def instants_near_a_change(draw: st.DrawFn) -> tuple[str, datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = utc(draw(st.sampled_from(CHANGES[zone])))
    return zone, change + draw(st.timedeltas(-timedelta(days=2), timedelta(days=1)))


@settings(max_examples=60)  # the slow way takes milliseconds a day
@given(week=weeks, where=instants_near_a_change())
def test_the_next_opening_is_the_first_open_minute(week: WeekHours, where: tuple[str, datetime]) -> None:
    zone, at = where

    opening = next_open(week, at, zone)

    slow = first_open_minute(week, at, zone, days=3)
    if slow is not None or opening is None:
        assert opening == slow
    else:
        assert opening > at + timedelta(days=3)


@given(week=weeks, where=instants_near_a_change())
def test_the_next_opening_is_inside_the_hours_and_never_before(week: WeekHours, where: tuple[str, datetime]) -> None:
    zone, at = where

    opening = next_open(week, at, zone)

    if opening is None:
        assert not any(week.days)
    else:
        assert opening >= at
        assert opening.utcoffset() == timedelta(0)
        assert week.hold(opening, zone)
        assert next_open(week, opening, zone) == opening


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05T08:59:59", "2026-01-05T09:00"),
        ("2026-01-05T09:00", "2026-01-05T09:00"),
        ("2026-01-05T16:59:59", "2026-01-05T16:59:59"),
        ("2026-01-05T17:00", "2026-01-06T09:00"),  # the closing minute is outside
    ],
)
def test_hours_are_half_open(at: str, expected: str) -> None:
    assert next_open(NINE_TO_FIVE, utc(at), "Europe/London") == utc(expected)


def test_a_shut_day_waits_for_the_same_day_of_the_next_week() -> None:
    mondays = only(0, "09:00", "17:00")

    assert next_open(mondays, utc("2026-01-05T17:00"), "Europe/London") == utc("2026-01-12T09:00")


def test_a_week_without_hours_never_opens() -> None:
    assert next_open(WeekHours((SHUT,) * 7), utc("2026-01-05T17:00"), "Europe/London") is None


def test_hours_until_the_end_of_the_day_meet_those_of_the_next() -> None:
    always = WeekHours.daily(time(0), None)
    midnight = utc("2026-01-06T00:00")

    assert all(always.hold(midnight + step, "Europe/London") for step in (-MINUTE / 60, timedelta(0), MINUTE))


def test_opening_stays_at_the_wall_time_over_a_clock_change() -> None:
    before, after = utc("2026-03-28T06:00"), utc("2026-03-29T06:00")

    assert next_open(NINE_TO_FIVE, before, "Europe/London") == utc("2026-03-28T09:00")
    assert next_open(NINE_TO_FIVE, after, "Europe/London") == utc("2026-03-29T08:00")


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "expected"),
    [
        ("Europe/London", "01:30", "06:00", "2026-03-29T01:00"),  # 02:00 summer time
        ("Europe/London", "01:10", "01:50", "2026-04-05T00:10"),  # no such minute on that Sunday
        ("America/New_York", "02:30", "06:00", "2026-03-08T07:00"),
    ],
)
def test_a_skipped_opening_is_when_the_clock_arrives_behind_it(
    zone: str, opens: str, closes: str, expected: str
) -> None:
    sundays = only(6, opens, closes)
    saturday = utc(CHANGES[zone][0]) - timedelta(days=1)

    assert next_open(sundays, saturday, zone) == utc(expected)


def test_hours_that_a_clock_change_repeats_are_open_twice() -> None:
    sundays = only(6, "01:15", "01:45")

    assert next_open(sundays, utc("2026-10-25T00:00"), "Europe/London") == utc("2026-10-25T00:15")
    assert next_open(sundays, utc("2026-10-25T00:45"), "Europe/London") == utc("2026-10-25T01:15")
    assert next_open(sundays, utc("2026-10-25T01:45"), "Europe/London") == utc("2026-11-01T01:15")


def test_a_day_that_does_not_exist_has_no_hours() -> None:
    fridays = only(4, "09:00", "17:00")
    thursday_evening = utc("2011-12-30T08:00")

    assert next_open(fridays, thursday_evening, "Pacific/Apia") == utc("2012-01-05T19:00")
    assert next_open(DEFAULT_SENDING_HOURS, thursday_evening, "Pacific/Apia") == utc("2011-12-30T18:00")


@pytest.mark.parametrize(
    ("opens", "closes", "mend"),
    [
        (time(20), time(8), "24:00"),
        (time(8), time(8), "24:00"),
        (time(8), time(0), "24:00"),
        (time(8, 0, 30), time(9), "leave out the seconds"),
        (time(8), time(9, 0, 0, 1), "leave out the seconds"),
    ],
)
def test_a_span_that_is_none_is_refused_with_the_mend(opens: time, closes: time, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        Span(opens, closes)


@pytest.mark.parametrize(
    "spans",
    [
        (Span(time(9), time(12)), Span(time(11), time(17))),
        (Span(time(9), None), Span(time(11), time(17))),
        (Span(time(13), time(17)), Span(time(9), time(12))),
    ],
)
def test_spans_of_a_day_that_overlap_or_stand_out_of_order_are_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="the hours of wed overlap: write them as one"):
        WeekHours((SHUT, SHUT, spans, SHUT, SHUT, SHUT, SHUT))


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days"):
        WeekHours((SHUT,) * 6)


@pytest.mark.parametrize(
    ("hours", "at", "shuts"),
    [
        (NINE_TO_FIVE, "2026-06-03T08:00", "2026-06-03T16:00"),  # in London, an hour ahead of UTC
        (NINE_TO_FIVE, "2026-06-03T15:59", "2026-06-03T16:00"),
        (NINE_TO_FIVE, "2026-06-03T16:00", "2026-06-03T16:00"),  # closed: now
        (NINE_TO_FIVE, "2026-06-03T07:59", "2026-06-03T07:59"),
        (WeekHours.daily(time(9), None), "2026-06-03T20:00", "2026-06-03T23:00"),
        (WeekHours.daily(time(0), None), "2026-06-03T20:00", "2026-06-03T23:00"),  # midnight, though it goes on
        (WeekHours.daily(time(0), time(1, 30)), "2026-10-25T00:10", "2026-10-25T00:30"),
        (WeekHours.daily(time(0), time(1, 30)), "2026-10-25T01:10", "2026-10-25T01:10"),  # the hour that comes again
    ],
)
def test_open_until_is_when_the_stretch_around_an_instant_shuts(hours: WeekHours, at: str, shuts: str) -> None:
    assert open_until(hours, utc(at), "Europe/London") == utc(shuts)
