from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.clinics import zones

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Beirut",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/London", "2026-03-28", "09:00", "2026-03-28T09:00"),
        ("Europe/London", "2026-03-29", "09:00", "2026-03-29T08:00"),
        ("America/New_York", "2026-03-08", "09:00", "2026-03-08T13:00"),
        ("Asia/Kathmandu", "2026-03-08", "09:00", "2026-03-08T03:15"),
    ],
)
def test_nine_is_nine_on_the_wall_clock(zone: str, day: str, at: str, expected: str) -> None:
    assert zones.instant(date.fromisoformat(day), time.fromisoformat(at), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "day", "at", "wall"),
    [
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T02:30"),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T03:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-04T02:40"),  # its gap is half an hour
        ("Africa/Casablanca", "2026-03-22", "02:45", "2026-03-22T03:45"),  # the end of Ramadan
        ("Asia/Beirut", "2026-03-29", "00:00", "2026-03-29T01:00"),  # no midnight on that day
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-31T09:00"),  # no such day
    ],
)
def test_a_skipped_time_moves_forward_by_the_gap(zone: str, day: str, at: str, wall: str) -> None:
    instant = zones.instant(date.fromisoformat(day), time.fromisoformat(at), zone)

    assert zones.local(instant, zone).replace(tzinfo=None) == datetime.fromisoformat(wall)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30"),
        ("America/New_York", "2026-11-01", "01:00", "2026-11-01T05:00"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30"),
        ("Asia/Beirut", "2026-10-24", "23:30", "2026-10-24T20:30"),
    ],
)
def test_a_repeated_time_means_the_first(zone: str, day: str, at: str, expected: str) -> None:
    second = time.fromisoformat(at).replace(fold=1)

    assert zones.instant(date.fromisoformat(day), second, zone) == utc(expected)


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2008, 1, 1), date(2030, 12, 31)),
    at=st.times(),
)
def test_an_instant_shows_the_wall_time_it_was_made_of_or_one_later_by_a_gap(zone: str, day: date, at: time) -> None:
    wanted = datetime.combine(day, at)

    shown = zones.local(zones.instant(day, at, zone), zone).replace(tzinfo=None)

    assert shown - wanted in {
        timedelta(0),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(days=1),
    }


def test_a_day_is_over_at_the_next_local_midnight() -> None:
    assert zones.midnight_after(date(2026, 3, 28), "Europe/London") == utc("2026-03-29T00:00")
    assert zones.midnight_after(date(2026, 3, 29), "Europe/London") == utc("2026-03-29T23:00")


def test_a_day_before_one_without_midnight_is_over_when_the_clock_jumps() -> None:
    assert zones.midnight_after(date(2026, 3, 28), "Asia/Beirut") == utc("2026-03-28T22:00")


def test_a_day_whose_last_hour_is_repeated_is_over_after_the_second() -> None:
    assert zones.midnight_after(date(2026, 10, 24), "Asia/Beirut") == utc("2026-10-24T22:00")


def test_a_day_that_does_not_exist_is_over_when_the_day_before_is() -> None:
    over = utc("2011-12-30T10:00")

    assert zones.midnight_after(date(2011, 12, 29), "Pacific/Apia") == over
    assert zones.midnight_after(date(2011, 12, 30), "Pacific/Apia") == over


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2008, 1, 1), date(2030, 12, 31)))
def test_the_last_instant_before_midnight_is_never_on_a_later_date(zone: str, day: date) -> None:
    last = zones.midnight_after(day, zone) - timedelta(microseconds=1)

    assert zones.local(last, zone).date() <= day


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/London", "2026-03-29T01:00"),
        ("Europe/London", "2026-10-25T01:00"),
        ("America/New_York", "2026-11-01T06:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T10:00"),
        ("Africa/Casablanca", "2026-02-15T02:00"),
    ],
)
@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=6.9)])
def test_a_change_is_found_to_the_second(zone: str, change: str, ahead: timedelta) -> None:
    at = utc(change)

    assert zones.next_change(at - ahead, at, zone) == at
    assert zones.next_change(at - ahead, at + timedelta(days=3.3), zone) == at


def test_there_is_no_change_before_it_nor_after_it() -> None:
    change = utc("2026-03-29T01:00")

    assert zones.next_change(change - timedelta(days=7), change - timedelta(microseconds=1), "Europe/London") is None
    assert zones.next_change(change, change + timedelta(days=7), "Europe/London") is None
    assert zones.next_change(change, change - timedelta(days=7), "Europe/London") is None


@pytest.mark.parametrize("name", ["Nowhere/Town", "Europe", "", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 300])
def test_a_name_without_a_zone_is_refused_with_one_of_two_errors(name: str) -> None:
    with pytest.raises((ZoneInfoNotFoundError, ValueError)):
        zones.zone(name)


def test_zones_that_mean_another_on_each_machine_are_not_known() -> None:
    known = zones.known_zones()

    assert {"Europe/London", "Asia/Kathmandu", "UTC"} <= known
    assert not {"localtime", "Factory"} & known
