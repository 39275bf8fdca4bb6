from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.retries import RetryPolicy

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
def test_the_eighth_try_is_the_last(tries: int) -> None:
    assert wait(RetryPolicy(), tries) is None


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
    stubborn = RetryPolicy(max_tries=100_001, spread=0)

    assert wait(stubborn, 100_000) == timedelta(minutes=30)
