from __future__ import annotations

from datetime import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.care.conditions import (
    ALWAYS,
    Condition,
    Equal,
    Missing,
    Not,
    OneOf,
    Test,
    Truth,
    Value,
    Within,
    failures,
    grounds,
    truth,
)
from tests.domain.care.builders import when

TRUTHS: dict[Truth, Condition] = {
    True: when(known=True),
    False: when(known=False),
    None: when(unknown=True),
}
"""A condition of each truth, over the facts `{"known": True}`."""
FACTS = {"known": True}
MORNING, EVENING = time(9), time(18)


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (Equal("pen"), "pen", True),
        (Equal("pen"), "rf", False),
        (Equal(0.5), 0.5, True),
        (Equal(1), 1.0, True),
        (Equal(True), False, False),  # noqa: FBT003  the value that a fact may have
        (Equal(time(16)), time(16), True),
        (OneOf(("pen", "rf")), "rf", True),
        (OneOf(("pen", "rf")), "roller", False),
        (OneOf((1.0, 2.0)), 2.0, True),
        (Not(Equal("rf")), "pen", True),
        (Not(Equal("rf")), "rf", False),
        (Not(OneOf(("pen", "rf"))), "roller", True),
        (Not(OneOf(("pen", "rf"))), "rf", False),
        (Not(Not(Equal("rf"))), "rf", True),
    ],
)
def test_a_value_equals_or_is_one_of_or_is_not(test: Test, value: Value, *, expected: bool) -> None:
    assert truth(when(fact=test), {"fact": value}) is expected


@pytest.mark.parametrize(
    ("bounds", "value", "expected"),
    [
        (Within(min=0.5), 0.5, True),
        (Within(min=0.5), 0.49, False),
        (Within(max=0.5), 0.5, True),
        (Within(max=0.5), 0.51, False),
        (Within(over=0.5), 0.5, False),
        (Within(over=0.5), 0.51, True),
        (Within(under=0.5), 0.5, False),
        (Within(under=0.5), 0.49, True),
        (Within(over=0.3, max=0.5), 0.3, False),
        (Within(over=0.3, max=0.5), 0.5, True),
        (Within(min=0.3, under=0.5), 0.3, True),
        (Within(min=0.3, under=0.5), 0.5, False),
        (Not(Within(max=0.5)), 0.5, False),
        (Not(Within(max=0.5)), 0.6, True),
    ],
)
def test_min_and_max_are_inside_and_over_and_under_outside(bounds: Test, value: float, *, expected: bool) -> None:
    assert truth(when(needle_mm=bounds), {"needle_mm": value}) is expected


@pytest.mark.parametrize(
    ("bounds", "at", "expected"),
    [
        (Within(under=time(16)), time(15, 59, 59), True),
        (Within(under=time(16)), time(16), False),
        (Within(min=time(16)), time(16), True),
        (Within(min=MORNING, max=EVENING), EVENING, True),
        (Within(over=MORNING), MORNING, False),
        (Within(max=EVENING), time(18, 0, 1), False),
    ],
)
def test_bounds_also_take_times(bounds: Test, at: time, *, expected: bool) -> None:
    assert truth(when(ended_time=bounds), {"ended_time": at}) is expected


@pytest.mark.parametrize("value", ["0.5", True, ("a",), MORNING])
def test_what_cannot_be_compared_is_an_error_and_not_a_guess(value: Value) -> None:
    compared = Within(max=EVENING) if value is not MORNING else Within(max=0.5)

    with pytest.raises(TypeError, match="numbers with numbers and times with times"):
        truth(when(fact=compared), {"fact": value})


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (Equal("prp"), True),
        (Equal("vitamin_c"), False),
        (OneOf(("vitamin_c", "prp")), True),
        (OneOf(("vitamin_c", "acid")), False),
        (Not(Equal("prp")), False),
        (Not(OneOf(("vitamin_c", "prp"))), False),
        (Not(OneOf(("vitamin_c", "acid"))), True),
    ],
)
def test_of_a_list_a_test_asks_what_it_contains(test: Test, *, expected: bool) -> None:
    assert truth(when(adjuncts=test), {"adjuncts": ("prp", "tranexamic_acid")}) is expected


def test_an_empty_list_is_known_to_contain_nothing() -> None:
    assert truth(when(adjuncts="prp"), {"adjuncts": ()}) is False
    assert truth(when(adjuncts=Not(Equal("prp"))), {"adjuncts": ()}) is True


@pytest.mark.parametrize(
    "test",
    [
        Equal("rf"),
        OneOf(("rf", "pen")),
        Within(max=1.5),
        Not(Equal("rf")),
        Not(OneOf(("rf", "pen"))),
        Not(Within(max=1.5)),
        Not(Not(Equal("rf"))),
    ],
)
def test_a_missing_fact_is_unknown_and_so_is_its_opposite(test: Test) -> None:
    assert truth(when(modality=test), {}) is None


@pytest.mark.parametrize("asked", [True, False])
def test_missing_is_never_unknown(*, asked: bool) -> None:
    assert truth(when(needle_mm=Missing(asked)), {}) is asked
    assert truth(when(needle_mm=Missing(asked)), {"needle_mm": 0.5}) is not asked


@pytest.mark.parametrize("value", [False, 0.0, "", ()])
def test_a_fact_that_is_no_or_nothing_is_not_missing(value: Value) -> None:
    assert truth(when(fact=Missing(missing=True)), {"fact": value}) is False


def test_without_tests_a_condition_always_holds() -> None:
    assert truth(ALWAYS, {}) is True


@pytest.mark.parametrize(("one", "other"), list(product(TRUTHS, repeat=2)))
def test_all_tests_must_hold_where_one_false_outweighs_unknown(one: Truth, other: Truth) -> None:
    both = Condition(tests=(*TRUTHS[one].tests, *TRUTHS[other].tests))

    expected = False if False in (one, other) else None if None in (one, other) else True
    assert truth(both, FACTS) is expected


@pytest.mark.parametrize(("one", "other"), list(product(TRUTHS, repeat=2)))
def test_any_of_needs_one_where_one_true_outweighs_unknown(one: Truth, other: Truth) -> None:
    either = when(TRUTHS[one], TRUTHS[other])

    expected = True if True in (one, other) else None if None in (one, other) else False
    assert truth(either, FACTS) is expected


@pytest.mark.parametrize(("tests", "alternatives"), list(product(TRUTHS, repeat=2)))
def test_tests_and_any_of_must_both_hold(tests: Truth, alternatives: Truth) -> None:
    both = Condition(tests=TRUTHS[tests].tests, any_of=(TRUTHS[alternatives],))

    expected = False if False in (tests, alternatives) else None if None in (tests, alternatives) else True
    assert truth(both, FACTS) is expected


@given(
    st.lists(st.sampled_from(["known", "unknown"]), min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(["known", "unknown"]), st.booleans()),
)
def test_learning_a_missing_fact_never_turns_a_known_truth(names: list[str], learnt: dict[str, bool]) -> None:
    condition = when(*(when(**{name: True}) for name in names), known=True)

    before = truth(condition, FACTS)

    after = truth(condition, {**learnt, **FACTS})
    assert before is None or after is before


def test_a_flag_that_is_not_recorded_is_false_and_not_unknown() -> None:
    flags: dict[str, Value] = {"flags": ()}

    assert truth(when(flags="herpes"), flags) is False
    assert truth(when(flags=Not(OneOf(("pregnant", "breastfeeding")))), flags) is True


def test_any_one_of_several_flags_is_enough() -> None:
    darker = when(flags=OneOf(("fitzpatrick_4_6", "melasma", "dark_marks")))

    assert truth(darker, {"flags": ("herpes", "melasma")}) is True


def test_the_names_stand_in_the_order_in_which_they_are_written() -> None:
    condition = when(when(b="x", a="y"), when(c="z"), d="x", a="x")

    assert list(condition.names()) == ["d", "a", "b", "a", "c"]


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"a": "x", "c": "x"}, ["a", "c"]),
        ({"a": "x", "d": "x"}, ["a", "d"]),
        ({"a": "x", "c": "x", "d": "x"}, ["a", "c"]),
    ],
)
def test_what_made_it_hold_is_its_tests_and_the_first_alternative_that_does(
    facts: dict[str, Value], names: list[str]
) -> None:
    condition = when(when(c="x"), when(d="x"), a="x")

    assert [test.name for test in grounds(condition, facts)] == names
    assert grounds(ALWAYS, facts) == ()


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"a": "x"}, ["b"]),  # unknown is a failure, too
        ({"b": "x"}, ["a"]),
        ({"a": "y"}, ["a"]),
        ({"a": "x", "b": "x", "c": "y", "e": "x"}, ["c", "d"]),
    ],
)
def test_what_failed_is_the_first_of_its_tests_else_the_first_of_each_alternative(
    facts: dict[str, Value], names: list[str]
) -> None:
    condition = when(when(c="x"), when(e="x", d="x"), a="x", b="x")

    assert [test.name for test in failures(condition, facts)] == names
