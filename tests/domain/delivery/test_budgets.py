from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.budgets import (
    Budget,
    Spent,
    allowed,
    as_of,
    charge,
    claimable,
    money_used_up,
    month_ends,
    spent_until,
)

NOW = datetime(2026, 3, 3, 14, 35, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Budget(parts_per_second=10)
MONEY = Budget(money_per_month=50_000_000, price_per_part=40_000, zone="Europe/Paris")
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


def test_money_pays_for_whole_parts_and_no_further() -> None:
    tight = Budget(money_per_month=100, price_per_part=30)

    spent = charge(tight, Spent(), 3, NOW)

    assert allowed(tight, Spent(), NOW) == 3
    assert allowed(tight, spent, NOW) == 0
    assert spent.money == 90
    assert money_used_up(tight, spent, NOW)
    assert not money_used_up(tight, Spent(), NOW)


def test_a_month_ends_at_midnight_of_the_zone() -> None:
    late = datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)  # 23:59:59 in Paris, where summer time began two days before
    april = late + SECOND
    spent = charge(MONEY, Spent(), 1250, late)

    assert spent_until(MONEY, spent, late) == april == month_ends(MONEY, late)
    assert allowed(MONEY, spent, late) == 0
    assert allowed(MONEY, spent, april) == 1250
    assert as_of(MONEY, spent, april).money == 0
    assert month_ends(MONEY, april) == datetime(2026, 4, 30, 22, tzinfo=UTC)


def test_december_ends_in_january() -> None:
    utc = Budget(money_per_month=1, price_per_part=1)

    assert month_ends(utc, datetime(2026, 12, 31, 23, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_ends(utc, datetime(2028, 2, 1, tzinfo=UTC)) == datetime(2028, 3, 1, tzinfo=UTC)


def test_what_longer_texts_took_beyond_the_money_is_owed_before_any_other_part() -> None:
    tight = Budget(money_per_month=100, price_per_part=10)
    owing = charge(tight, Spent(), 12, NOW)

    assert owing.money == 120
    assert allowed(tight, charge(tight, owing, -2, NOW), NOW) == 0
    assert allowed(tight, charge(tight, owing, -3, NOW), NOW) == 1


def test_a_part_keeps_the_price_of_its_time() -> None:
    dear = Budget(money_per_month=100, price_per_part=50)
    spent = charge(Budget(money_per_month=100, price_per_part=10), Spent(), 4, NOW)

    assert charge(dear, spent, 1, NOW).money == 90


def test_money_that_runs_short_is_claimed_for_texts_of_two_parts_and_then_one_by_one() -> None:
    tight = Budget(money_per_month=100, price_per_part=10)

    assert claimable(tight, Spent(), 50, NOW) == 5
    assert claimable(tight, charge(tight, Spent(), 9, NOW), 50, NOW) == 1
    assert claimable(tight, charge(tight, Spent(), 10, NOW), 50, NOW) == 0
    assert claimable(tight, Spent(), 3, NOW) == 3


def test_a_second_and_a_day_are_claimed_for_one_part_each() -> None:
    both = Budget(parts_per_second=10, parts_per_day=7)

    assert claimable(both, Spent(), 50, NOW) == 7
    assert claimable(Budget(), Spent(), 50, NOW) == 50


@given(
    st.integers(1, 100_000),
    st.integers(1, 5_000_000),
    st.lists(st.tuples(st.integers(0, 20 * 24 * 60), st.integers(-30, 60)), max_size=40),
)
def test_what_is_allowed_never_costs_more_than_the_months_money(
    price: int, money: int, asked: list[tuple[int, int]]
) -> None:
    budget = Budget(money_per_month=money, price_per_part=price, zone="Asia/Kolkata")
    spent, now, month, taken = Spent(), NOW, (2026, 3), 0
    for minutes, wanted in asked:
        now += timedelta(minutes=minutes)
        there = now + timedelta(hours=5, minutes=30)
        if (there.year, there.month) != month:
            month, taken = (there.year, there.month), 0
        may = max(wanted, -taken) if wanted < 0 else min(wanted, allowed(budget, spent, now) or 0)
        spent = charge(budget, spent, may, now)
        taken += may

        assert taken * price <= money
        assert as_of(budget, spent, now).money == taken * price
        assert allowed(budget, spent, now) == (money - taken * price) // price


@given(st.integers(1, 50), st.integers(0, 500), st.randoms(use_true_random=False))
def test_texts_of_up_to_two_parts_pass_the_money_by_no_more_than_one_part(
    price: int, money: int, chance: Random
) -> None:
    budget, spent = Budget(money_per_month=money, price_per_part=price), Spent()
    while (claimed := claimable(budget, spent, 20, NOW)) > 0:
        real = claimed + chance.randint(0, claimed)
        spent = charge(budget, charge(budget, spent, claimed, NOW), real - claimed, NOW)

    assert money - price < spent.money <= money + price


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


@given(st.floats(0.01, 500), st.integers(1, 100), st.integers(0, 100), st.integers(2, 200))
def test_when_it_is_spent_and_when_a_part_is_allowed_say_the_same(
    rate: float, parts: int, day: int, money: int
) -> None:
    budget = Budget(parts_per_second=rate, parts_per_day=day + 1, money_per_month=money, price_per_part=2)
    spent = charge(budget, Spent(), parts, NOW)

    until = spent_until(budget, spent, NOW)

    assert (until is None) == (allowed(budget, spent, NOW) != 0)
    if until is not None:
        assert allowed(budget, spent, until + timedelta(microseconds=1)) != 0
