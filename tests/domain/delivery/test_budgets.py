from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.budgets import Budget, Spent, allowed, charge, spent_until

NOW = datetime(2026, 3, 3, 14, 35, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Budget(parts_per_second=10)
DAY = Budget(parts_per_day=100, zone="Europe/Paris")


def test_without_a_budget_there_is_no_bound() -> None:
    assert allowed(Budget(), Spent(), NOW) is None
    assert spent_until(Budget(), Spent(parts_today=10**6), NOW) is None


def test_a_full_bucket_holds_one_second_and_fills_again() -> None:
    empty = charge(TEN, Spent(), 10, NOW)

    assert allowed(TEN, Spent(), NOW) == 10
    assert allowed(TEN, empty, NOW) == 0
    assert allowed(TEN, empty, NOW + SECOND / 2) == 5
    assert allowed(TEN, empty, NOW + 60 * SECOND) == 10


def test_a_slow_bucket_saves_up_for_a_whole_part() -> None:
    slow = Budget(parts_per_second=0.1)
    empty = charge(slow, Spent(), 1, NOW)

    assert spent_until(slow, empty, NOW) == NOW + 10 * SECOND
    assert allowed(slow, empty, NOW + 9 * SECOND) == 0
    assert allowed(slow, empty, NOW + 10 * SECOND) == 1


def test_a_bucket_that_owes_parts_waits_until_they_are_paid() -> None:
    owing = charge(TEN, Spent(), 30, NOW)

    assert spent_until(TEN, owing, NOW) == NOW + 2.1 * SECOND
    assert allowed(TEN, owing, NOW + 2 * SECOND) == 0


def test_giving_back_never_makes_more_than_a_full_bucket_or_less_than_an_empty_day() -> None:
    both = Budget(parts_per_second=10, parts_per_day=100)

    back = charge(both, charge(both, Spent(), 5, NOW), -50, NOW)

    assert (back.tokens, back.parts_today) == (10, 0)


def test_a_day_ends_at_midnight_of_the_zone() -> None:
    spent = charge(DAY, Spent(), 100, NOW)
    midnight_in_paris = datetime(2026, 3, 3, 23, tzinfo=UTC)

    assert spent_until(DAY, spent, NOW) == midnight_in_paris
    assert allowed(DAY, spent, midnight_in_paris - SECOND) == 0
    assert allowed(DAY, spent, midnight_in_paris) == 100


def test_the_tighter_of_two_bounds_counts() -> None:
    both = Budget(parts_per_second=10, parts_per_day=12)
    spent = charge(both, Spent(), 10, NOW)

    assert allowed(both, spent, NOW + 5 * SECOND) == 2
    assert spent_until(both, charge(both, spent, 2, NOW), NOW) == datetime(2026, 3, 4, tzinfo=UTC)


def test_a_clock_that_goes_back_fills_nothing() -> None:
    empty = charge(TEN, Spent(), 10, NOW)

    assert allowed(TEN, empty, NOW - 60 * SECOND) == 0


@given(st.floats(0.01, 500), st.lists(st.tuples(st.floats(0, 5), st.integers(0, 50)), max_size=30))
def test_what_is_allowed_never_adds_up_to_more_than_the_rate(rate: float, asked: list[tuple[float, int]]) -> None:
    budget, spent, now, taken = Budget(parts_per_second=rate), Spent(), NOW, 0
    for wait, wanted in asked:
        now += timedelta(seconds=wait)
        may = min(wanted, allowed(budget, spent, now) or 0)
        spent = charge(budget, spent, may, now)
        taken += may

    assert taken <= max(1, rate) + rate * (now - NOW).total_seconds() + 0.01


@given(st.floats(0.01, 500), st.integers(1, 100), st.integers(0, 100))
def test_when_it_is_spent_and_when_a_part_is_allowed_say_the_same(rate: float, parts: int, day: int) -> None:
    budget = Budget(parts_per_second=rate, parts_per_day=day + 1)
    spent = charge(budget, Spent(), parts, NOW)

    until = spent_until(budget, spent, NOW)

    assert (until is None) == (allowed(budget, spent, NOW) != 0)
    if until is not None:
        assert allowed(budget, spent, until + timedelta(microseconds=1)) != 0
