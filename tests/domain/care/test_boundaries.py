from __future__ import annotations

from datetime import time

import pytest

from scheduler.domain.care.boundaries import plain_value, told_value, values
from scheduler.domain.care.conditions import Condition, Equal, Missing, Not, OneOf, Test, Value, Within
from scheduler.domain.care.protocols import Fact, FactType
from tests.domain.care.builders import a_fact, when

DEPTH = Fact(id="depth", type=FactType.NUMBER, label="Depth", unit="mm", min=0.1, max=3.5, required=True)
DEVICE = Fact(id="device", type=FactType.CHOICE, label="Device", choices=("pen", "rf"), required=True)


def asked(name: str, *tests: Test) -> list[Condition]:
    return [when(**{name: test}) for test in tests]


def test_a_number_is_tried_just_below_at_and_above_each_threshold_and_at_its_ends() -> None:
    found = values("depth", DEPTH, asked("depth", Within(over=0.3, max=0.5), Not(Equal(2.0))))

    assert found == (0.1, 0.29, 0.3, 0.31, 0.49, 0.5, 0.51, 1.99, 2.0, 2.01, 3.5)


def test_what_cannot_be_registered_is_not_tried() -> None:
    assert values("depth", DEPTH, asked("depth", Within(under=0.1), Within(over=9.0))) == (0.1, 0.11, 3.5)


def test_thresholds_far_apart_in_size_stay_numbers() -> None:
    fact = Fact(id="x", type=FactType.NUMBER, label="X", required=True)

    assert 1e300 in values("x", fact, asked("x", Within(over=1e300), Within(max=1e-300)))


def test_sessions_are_counted_whole_from_the_first_and_a_second_is_always_tried() -> None:
    assert values("session_number", None, asked("session_number", Within(min=4))) == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert values("session_number", None, []) == (1.0, 2.0)


def test_days_since_the_last_session_may_be_missing() -> None:
    found = values("days_since_last", None, asked("days_since_last", Within(over=180), Missing(missing=True)))

    assert found == (0.0, 179.0, 180.0, 181.0, None)


def test_times_are_tried_a_minute_around_and_stay_within_the_day() -> None:
    found = values("ended_time", None, asked("ended_time", Within(under=time(16)), Within(min=time(0))))

    assert found == (time(0), time(0, 1), time(15, 59), time(16), time(16, 1))
    assert values("ended_time", None, []) == (time(14, 30),)


def test_lists_are_tried_in_every_combination_and_long_ones_word_by_word() -> None:
    few = values("flags", None, asked("flags", OneOf(("a", "b"))))
    many = values("flags", None, asked("flags", OneOf(tuple("abcde"))))

    assert few == ((), ("a",), ("b",), ("a", "b"))
    assert len(values("flags", None, asked("flags", OneOf(tuple("abcd"))))) == 16
    assert many == ((), ("a",), ("b",), ("c",), ("d",), ("e",), ("a", "b", "c", "d", "e"))


def test_of_very_many_choices_those_that_rules_name_are_tried_and_one_other() -> None:
    fact = Fact(
        id="x", type=FactType.CHOICE, label="X", choices=tuple(f"c{place}" for place in range(50)), required=True
    )

    assert values("x", fact, [when(when(x="c7"), when(x="c9"))]) == ("c7", "c9", "c0")
    assert values("device", DEVICE, []) == ("pen", "rf")


def test_a_fact_that_may_be_left_out_is_tried_without() -> None:
    fact = Fact(id="x", type=FactType.YES_NO, label="X")

    assert values("x", fact, []) == (False, True, None)
    assert values("x", Fact(id="x", type=FactType.YES_NO, label="X", if_missing=True), []) == (False, True)
    assert values("depth", a_fact("depth"), []) == (1.0, None)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        (Fact(id="x", type=FactType.NUMBER, label="X", choices=(0.25, 0.5, 1.0, 1.5)), 0.5),
        (Fact(id="x", type=FactType.NUMBER, label="X", choices=(0.25, 0.5, 1.0)), 0.5),
        (Fact(id="x", type=FactType.NUMBER, label="X", min=1, max=3), 2.0),
        (Fact(id="x", type=FactType.NUMBER, label="X", max=3), 3),
        (Fact(id="x", type=FactType.NUMBER, label="X"), 1.0),
        (Fact(id="x", type=FactType.CHOICE, label="X", choices=("roller", "pen", "rf")), "pen"),
        (Fact(id="x", type=FactType.LIST, label="X"), ()),
        (Fact(id="x", type=FactType.YES_NO, label="X"), False),
        (Fact(id="x", type=FactType.YES_NO, label="X", if_missing=True), True),
    ],
)
def test_a_plain_value_is_the_default_or_from_the_middle(fact: Fact, value: Value) -> None:
    assert plain_value(fact) == value


@pytest.mark.parametrize(
    ("name", "fact", "value", "told"),
    [
        ("depth", DEPTH, 0.5, "depth 0.5 mm"),
        ("depth", DEPTH, None, "no depth"),
        ("device", DEVICE, "pen", "device pen"),
        ("x", Fact(id="x", type=FactType.YES_NO, label="Weeping"), True, "weeping: yes"),
        ("flags", None, (), "flags: none"),
        ("flags", None, ("melasma",), "flags: melasma"),
        ("session_number", None, 2.0, "session number 2"),
        ("ended_time", None, time(16), "ended at 16:00"),
    ],
)
def test_a_value_is_told_as_staff_say_it(name: str, fact: Fact | None, value: Value | None, told: str) -> None:
    assert told_value(name, fact, value) == told
