from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.retries import RetryPolicy, rest

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NEXT_YEAR = NOON + timedelta(days=365)
UNSPREAD = RetryPolicy(spread=0)
SECOND = timedelta(seconds=1)


def wait(policy: RetryPolicy, tries: int, salt: str = "a reminder") -> timedelta | None:
    at = policy.next_attempt_at(tries=tries, failed_at=NOON, useful_until=NEXT_YEAR, salt=salt)
    return None if at is None else at - NOON


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1800)],
)
def test_waits_double_from_30_seconds_to_30_minutes(tries: int, seconds: int) -> None:
    assert wait(UNSPREAD, tries) == timedelta(seconds=seconds)


@pytest.mark.parametrize("tries", [8, 9, 1000])
def test_it_is_tried_each_half_hour_for_as_long_as_it_is_of_use(tries: int) -> None:
    assert wait(UNSPREAD, tries) == timedelta(minutes=30)


@given(tries=st.integers(1, 7), salt=st.text(st.characters(codec="utf-8")))
def test_a_wait_is_spread_by_a_fifth_at_most(tries: int, salt: str) -> None:
    even, spread = wait(UNSPREAD, tries), wait(RetryPolicy(), tries, salt)

    assert even is not None
    assert spread is not None
    assert even * 0.8 <= spread <= even * 1.2


def test_the_same_salt_gives_the_same_wait_on_every_node() -> None:
    assert wait(RetryPolicy(), 3, "r-1") == timedelta(seconds=100, microseconds=123374)


def test_reminders_that_failed_together_are_tried_apart() -> None:
    waits = {wait(RetryPolicy(), 1, f"r-{number}") for number in range(100)}

    assert len(waits) == 100


def test_each_try_of_a_reminder_is_spread_anew() -> None:
    flat = RetryPolicy(longest=timedelta(seconds=30))

    assert len({wait(flat, tries) for tries in range(1, 8)}) == 7


@pytest.mark.parametrize(
    ("useful_for", "expected"),
    [(30 * SECOND, None), (29 * SECOND, None), (31 * SECOND, NOON + 30 * SECOND), (-SECOND, None)],
)
def test_no_try_is_made_at_or_after_the_end_of_use(useful_for: timedelta, expected: datetime | None) -> None:
    at = UNSPREAD.next_attempt_at(tries=1, failed_at=NOON, useful_until=NOON + useful_for, salt="r")

    assert at == expected


def test_very_many_tries_still_give_the_longest_wait() -> None:
    assert wait(UNSPREAD, 1_000_000_000) == timedelta(minutes=30)


# Rests


def test_a_provider_that_is_out_of_reach_is_left_alone_for_a_second_first() -> None:
    assert rest(None, None, NOON) == (NOON, NOON + SECOND)


@pytest.mark.parametrize(
    ("out_for", "rests"),
    [(5 * SECOND, 1), (20 * SECOND, 2), (300 * SECOND, 30), (600 * SECOND, 60), (6 * 3600 * SECOND, 60)],
)
def test_the_longer_it_is_out_of_reach_the_longer_the_rests_up_to_a_minute(out_for: timedelta, rests: int) -> None:
    now = NOON + out_for

    assert rest(NOON, now - SECOND, now) == (NOON, now + rests * SECOND)


@pytest.mark.parametrize(("in_reach_for", "begins"), [(120, False), (121, True)])
def test_one_that_was_in_reach_for_two_minutes_is_out_of_reach_anew(in_reach_for: int, *, begins: bool) -> None:
    last_until = NOON + timedelta(hours=1)
    now = last_until + in_reach_for * SECOND

    since, _ = rest(NOON, last_until, now)

    assert since == (now if begins else NOON)
