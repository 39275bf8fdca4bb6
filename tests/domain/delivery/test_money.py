from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.money import money_told, read_money


@pytest.mark.parametrize(
    ("written", "millionths"),
    [("50", 50_000_000), ("50.00", 50_000_000), (" 0.04 ", 40_000), ("0.0395", 39_500), ("0.000001", 1), ("0", 0)],
)
def test_an_amount_is_read_to_the_last_digit(written: str, millionths: int) -> None:
    assert read_money(written) == millionths


@pytest.mark.parametrize("written", ["", "-1", "1,50", "£5", "1e3", ".5", "5.", "0.0000001", "1234567890", "nan", "٣"])
def test_what_is_no_amount_is_not_read(written: str) -> None:
    assert read_money(written) is None


@pytest.mark.parametrize(
    ("millionths", "told"),
    [(50_000_000, "50.00"), (39_500, "0.0395"), (-40_000, "-0.04"), (0, "0.00"), (1, "0.000001")],
)
def test_an_amount_is_told_with_two_digits_or_as_many_as_it_takes(millionths: int, told: str) -> None:
    assert money_told(millionths) == told


@given(st.integers(0, 10**15 - 1))
def test_what_is_told_is_read_again_and_is_the_same_amount(millionths: int) -> None:
    assert read_money(money_told(millionths)) == millionths
    assert Decimal(money_told(millionths)) * 1_000_000 == millionths
