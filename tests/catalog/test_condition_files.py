from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.catalog.condition_files import dump_condition, read_condition
from scheduler.catalog.fact_shapes import Shape, ShapeKind
from scheduler.catalog.tables import Problems, Table
from scheduler.catalog.toml_files import read_toml
from scheduler.catalog.toml_text import block
from scheduler.domain.care.conditions import (
    Condition,
    Equal,
    FactTest,
    Known,
    Missing,
    Not,
    OneOf,
    Scalar,
    Test,
    Within,
    truth,
)

KNOWN = {
    "depth": Shape(ShapeKind.NUMBER),
    "at": Shape(ShapeKind.TIME),
    "device": Shape(ShapeKind.WORD),
    "areas": Shape(ShapeKind.WORDS),
    "weeping": Shape(ShapeKind.YES_NO),
}


def read(text: str) -> Condition:
    problems = Problems("f.toml")
    condition = read_condition(Table(read_toml(f"when = {text}\n", file="f.toml"), problems), KNOWN)
    problems.stop()
    return condition


@pytest.mark.parametrize(
    ("written", "tests"),
    [
        ("depth = 2", [Equal(2.0)]),
        ("depth = [1, 2.5]", [OneOf((1.0, 2.5))]),
        ("depth = { min = 1, under = 2 }", [Within(min=1.0, under=2.0)]),
        ("depth = { not = 2 }", [Not(Equal(2.0))]),
        ("depth = { not = [1, 2] }", [Not(OneOf((1.0, 2.0)))]),
        ("depth = { not = { over = 2 } }", [Not(Within(over=2.0))]),
        ("depth = { one_of = [1, 2] }", [OneOf((1.0, 2.0))]),
        ("depth = { missing = false, max = 3 }", [Within(max=3.0), Missing(missing=False)]),
        ("areas = { contains = 'neck', not = 'chest' }", [Equal("neck"), Not(Equal("chest"))]),
        ("areas = 'neck'", [Equal("neck")]),
        ("weeping = true", [Equal(value=True)]),
        ("device = { missing = true }", [Missing(missing=True)]),
        ("at = { min = 09:00:00, max = '17:30' }", [Within(min=time(9), max=time(17, 30))]),
        ("at = 12:00:00", [Equal(time(12))]),
    ],
)
def test_each_way_to_ask(written: str, tests: list[Test]) -> None:
    name = written.split(" ", maxsplit=1)[0]

    assert read(f"{{ {written} }}") == Condition(tests=tuple(FactTest(name, test) for test in tests))


def test_several_keys_in_one_table_must_all_hold() -> None:
    condition = read("{ depth = { min = 1, not = { over = 2 } } }")

    assert truth(condition, {"depth": 1.5}) is True
    assert truth(condition, {"depth": 2.5}) is False
    assert truth(condition, {"depth": 0.5}) is False


def test_one_alternative_is_enough() -> None:
    condition = read("{ device = 'pen', any_of = [{ depth = 1 }, { areas = 'neck', weeping = true }] }")

    assert truth(condition, {"device": "pen", "depth": 1.0, "areas": ()}) is True
    assert truth(condition, {"device": "pen", "depth": 2.0, "areas": ("neck",), "weeping": True}) is True
    assert truth(condition, {"device": "pen", "depth": 2.0, "areas": ("neck",), "weeping": False}) is False


def test_an_empty_condition_always_holds() -> None:
    assert truth(read("{}"), {}) is True


numbers = st.floats(allow_nan=False, allow_infinity=False)
times = st.times()
words = st.text(st.characters(min_codepoint=32, blacklist_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


def one_of(values: tuple[Scalar, ...]) -> Known:
    return OneOf(values)


def asking(
    values: st.SearchStrategy[float] | st.SearchStrategy[time] | st.SearchStrategy[str],
) -> st.SearchStrategy[Test]:
    scalars: st.SearchStrategy[Scalar] = st.one_of(values)
    plain: st.SearchStrategy[Known] = st.one_of(
        scalars.map(Equal), st.lists(scalars, min_size=1, unique=True).map(tuple).map(one_of)
    )
    return st.one_of(plain, plain.map(Not), st.booleans().map(Missing))


def bounds(values: st.SearchStrategy[float] | st.SearchStrategy[time]) -> st.SearchStrategy[Test]:
    some = st.none() | values
    within = st.builds(Within, min=some, max=some, over=some, under=values)
    return st.one_of(within, within.map(Not))


fact_tests = st.one_of(
    st.tuples(st.just("depth"), asking(numbers) | bounds(numbers)),
    st.tuples(st.just("at"), asking(times) | bounds(times)),
    st.tuples(st.just("device"), asking(words)),
    st.tuples(st.just("areas"), asking(words)),
).map(lambda pair: FactTest(*pair))
several = st.lists(fact_tests, min_size=1, max_size=4, unique_by=lambda test: test.name).map(tuple)
conditions = st.builds(
    Condition,
    tests=several,
    any_of=st.lists(several.map(lambda tests: Condition(tests=tests)), max_size=3).map(tuple),
)


@given(conditions)
def test_a_condition_written_and_read_again_is_equal(condition: Condition) -> None:
    written = block("", {"when": dump_condition(condition)})

    assert read(written.removeprefix("when = ")) == condition
