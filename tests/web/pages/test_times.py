from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.web.pages.times import ago_words, clock_words, day_words, local_day, moment_words, zone_words

LONDON = "Europe/London"
NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
        (9, 0, "9am"),
        (11, 59, "11:59am"),
        (12, 0, "midday"),
        (12, 1, "12:01pm"),
        (15, 30, "3:30pm"),
        (23, 0, "11pm"),
    ],
)
def test_a_time_is_said_as_britons_write_it(hour: int, minute: int, words: str) -> None:
    assert clock_words(datetime(2026, 3, 4, hour, minute, tzinfo=UTC), LONDON) == words


def test_a_time_is_that_of_the_clinics_wall_clock() -> None:
    at = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    assert clock_words(at, LONDON) == "12:30am"
    assert local_day(at, LONDON) == date(2026, 7, 2)
    assert moment_words(at, LONDON) == "Thursday 2 July at 12:30am"


def test_a_day_has_its_year_only_where_it_is_another_one() -> None:
    assert day_words(date(2026, 3, 4)) == "Wednesday 4 March"
    assert day_words(date(2026, 3, 4), today=date(2026, 12, 31)) == "Wednesday 4 March"
    assert day_words(date(2027, 1, 1), today=date(2026, 12, 31)) == "Friday 1 January 2027"
    assert moment_words(NOW, LONDON, now=NOW + timedelta(days=365)) == "Wednesday 4 March 2026 at 3:30pm"


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=119), "119 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=-3), "in 3 days"),
        (timedelta(minutes=-40), "in 40 minutes"),
    ],
)
def test_how_long_ago_is_said_in_whole_units(apart: timedelta, words: str) -> None:
    assert ago_words(NOW - apart, NOW) == words


def test_a_zone_is_called_by_its_city() -> None:
    assert zone_words("Europe/London") == "London"
    assert zone_words("America/Argentina/Buenos_Aires") == "Buenos Aires"
