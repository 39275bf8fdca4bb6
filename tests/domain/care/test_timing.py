from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.care.timing import Intent, end_after, extended, first_at, last_day
from scheduler.domain.clinics import zones
from tests.domain.care.builders import ENDED, LONDON, lasts, on_clock, utc, wall

TUESDAY = date(2026, 3, 3)
NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"
ZONES = [LONDON, NEW_YORK, LORD_HOWE, "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Honolulu", "America/Santiago"]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("2s", "2026-03-03T14:30:02"),
        ("90m", "2026-03-03T16:00"),
        ("8h", "2026-03-03T22:30"),
        ("72h", "2026-03-06T14:30"),
    ],
)
def test_seconds_minutes_and_hours_are_elapsed_time_to_the_second(length: str, expected: str) -> None:
    assert end_after(lasts(length), ENDED, day_0=TUESDAY, zone=LONDON) == utc(expected)


def test_hours_elapse_through_a_clock_change() -> None:
    saturday = wall("2026-03-28T12:00")

    end = end_after(lasts("24h"), saturday, day_0=date(2026, 3, 28), zone=LONDON)

    assert on_clock(end) == "2026-03-29 13:00"


def test_five_days_after_tuesday_3_march_are_until_after_sunday_8_march() -> None:
    end = end_after(lasts("5d"), ENDED, day_0=TUESDAY, zone=LONDON)

    assert end == utc("2026-03-09T00:00")
    assert last_day(end, LONDON) == date(2026, 3, 8)


def test_days_end_at_local_midnight_through_a_clock_change() -> None:
    end = end_after(lasts("28d"), ENDED, day_0=TUESDAY, zone=LONDON)

    assert end == utc("2026-03-31T23:00")
    assert on_clock(end) == "2026-04-01 00:00"


def test_a_day_shorter_than_24_hours_is_made_up_by_another() -> None:
    late_on_saturday = wall("2026-03-28T23:50")  # the next day has 23 hours

    end = end_after(lasts("1d"), late_on_saturday, day_0=date(2026, 3, 28), zone=LONDON)

    assert on_clock(end) == "2026-03-31 00:00"


def test_a_day_that_makes_up_exactly_24_hours_is_enough() -> None:
    eleven_on_saturday = wall("2026-03-28T23:00")

    end = end_after(lasts("1d"), eleven_on_saturday, day_0=date(2026, 3, 28), zone=LONDON)

    assert end - eleven_on_saturday == timedelta(hours=24)
    assert on_clock(end) == "2026-03-30 00:00"


def test_a_patient_far_ahead_of_the_clinic_gets_no_shorter_day() -> None:
    evening_in_honolulu = wall("2026-03-03T23:50", "Pacific/Honolulu")

    end = end_after(lasts("1d"), evening_in_honolulu, day_0=TUESDAY, zone="Pacific/Kiritimati")

    assert on_clock(end, "Pacific/Kiritimati") == "2026-03-06 00:00"
    assert end - evening_in_honolulu == timedelta(hours=24, minutes=10)


@given(
    days=st.integers(1, 60),
    ended_at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  bounds of st.datetimes are naive
    clinic=st.sampled_from(ZONES),
    patient=st.sampled_from(ZONES),
)
def test_days_are_never_shorter_than_as_many_times_24_hours(
    days: int, ended_at: datetime, clinic: str, patient: str
) -> None:
    day_0 = zones.local(ended_at, clinic).date()

    end = end_after(lasts(f"{days}d"), ended_at, day_0=day_0, zone=patient)

    assert end - ended_at >= timedelta(days=days)
    assert end - ended_at < timedelta(days=days + 3)
    assert zones.local(end, patient).time() in {time(0), time(1)}  # where a change skips midnight, the day begins at 1


@pytest.mark.parametrize(
    ("more", "expected"), [("36h", "2026-03-30 13:00"), ("30m", "2026-03-29 00:30"), ("2d", "2026-03-31 00:00")]
)
def test_an_end_pushed_on_by_days_keeps_its_wall_time_and_by_hours_does_not(more: str, expected: str) -> None:
    end = wall("2026-03-29T00:00")

    assert on_clock(extended(end, lasts(more), LONDON)) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-03-08T00:00", "2026-03-08 10:00"),
        ("2026-03-08T10:00", "2026-03-08 10:00"),
        ("2026-03-08T10:00:01", "2026-03-09 10:00"),
        ("2026-03-08T23:59", "2026-03-09 10:00"),
    ],
)
def test_the_first_such_time_may_be_the_same_minute(after: str, expected: str) -> None:
    intent = first_at(time(10), wall(after), LONDON)

    assert on_clock(intent.instant()) == expected


def test_the_first_such_time_keeps_what_was_meant() -> None:
    assert first_at(time(10), utc("2026-07-08T09:30"), LONDON) == Intent(day=date(2026, 7, 9), at=time(10), zone=LONDON)


@pytest.mark.parametrize(
    ("zone", "meant", "instant"),
    [
        (LONDON, "2026-03-29T01:30", "2026-03-29T01:30"),  # 02:30 summer time
        (NEW_YORK, "2026-03-08T02:30", "2026-03-08T07:30"),  # 03:30 summer time
        (LORD_HOWE, "2026-10-04T02:10", "2026-10-03T15:40"),  # 02:40: the gap is half an hour
    ],
)
def test_a_time_that_a_clock_change_skips_moves_forward_by_the_gap(zone: str, meant: str, instant: str) -> None:
    day, at = meant.split("T")

    assert Intent(day=date.fromisoformat(day), at=time.fromisoformat(at), zone=zone).instant() == utc(instant)


@pytest.mark.parametrize(
    ("zone", "meant", "instant"),
    [
        (LONDON, "2026-10-25T01:30", "2026-10-25T00:30"),
        (NEW_YORK, "2026-11-01T01:30", "2026-11-01T05:30"),
        (LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45"),
    ],
)
def test_a_repeated_time_means_the_first(zone: str, meant: str, instant: str) -> None:
    day, at = meant.split("T")

    assert Intent(day=date.fromisoformat(day), at=time.fromisoformat(at), zone=zone).instant() == utc(instant)


def test_after_the_first_of_a_repeated_time_the_next_is_a_day_later() -> None:
    between = utc("2026-10-25T00:45")

    assert on_clock(first_at(time(1, 30), between, LONDON).instant()) == "2026-10-26 01:30"


@pytest.mark.parametrize(
    ("end", "day"),
    [
        ("2026-03-09T00:00", date(2026, 3, 8)),
        ("2026-03-09T00:00:01", date(2026, 3, 9)),
        ("2026-07-09T23:00", date(2026, 7, 9)),
    ],
)
def test_the_last_day_is_that_of_the_last_instant_inside(end: str, day: date) -> None:
    assert last_day(utc(end), LONDON) == day
