"""Conditions as files write them, `when = { needle_mm = { max = 0.3 }, modality = "pen" }`, and back."""

from __future__ import annotations

from itertools import groupby

from scheduler.catalog import scalars
from scheduler.catalog.fact_shapes import Shape, Shapes
from scheduler.catalog.scalars import no_such
from scheduler.catalog.tables import Table
from scheduler.domain.care.conditions import (
    ALWAYS,
    Condition,
    Equal,
    FactTest,
    Known,
    Missing,
    Not,
    OneOf,
    Test,
    Within,
)

ANY_OF = "any_of"
_BOUNDS = ("min", "over", "max", "under")
_OPERATORS = (*_BOUNDS, "contains", "one_of", "not", "missing")


def read_condition(rule: Table, known: Shapes, *, key: str = "when") -> Condition:
    """The condition under the key; always true where there is none."""
    table = rule.inner(key, example='{ modality = "pen" }')
    if table is None:
        return ALWAYS
    any_of = tuple(_alternative(inner, known) for inner in table.alternatives(ANY_OF))
    return Condition(tests=_tests(table, known, names=[name for name in table.keys if name != ANY_OF]), any_of=any_of)


def dump_condition(condition: Condition) -> dict[str, object]:
    """The table that `read_condition` reads back to an equal condition."""
    table: dict[str, object] = {
        name: _dump_tests([test.test for test in tests])
        for name, tests in groupby(condition.tests, key=lambda test: test.name)
    }
    if condition.any_of:
        table[ANY_OF] = [dump_condition(alternative) for alternative in condition.any_of]
    return table


def dump_number(value: object) -> object:
    """Whole numbers without a point, anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _alternative(table: Table, known: Shapes) -> Condition:
    if ANY_OF in table.keys:
        table.problem(ANY_OF, "can't stand inside another any_of; list all alternatives in one")
    if not table.keys:
        table.problem("", "is empty and would always hold; name a fact or take it out")
    return Condition(tests=_tests(table, known, names=[name for name in table.keys if name != ANY_OF]))


def _tests(table: Table, known: Shapes, *, names: list[str]) -> tuple[FactTest, ...]:
    found: list[FactTest] = []
    for name in names:
        if name not in known:
            table.problem(name, _no_fact(name, known))
        elif shape := known[name]:
            found += [FactTest(name, test) for test in _fact_tests(table, name, shape)]
    return tuple(found)


def _no_fact(name: str, known: Shapes) -> str:
    if name == "band":
        return "can't be asked for here, where the band is being found; ask for a fact"
    return no_such("fact", name, known)


def _fact_tests(table: Table, name: str, shape: Shape) -> list[Test]:
    if isinstance(table.raw(name), dict):
        return _operators(table.inner(name, example=""), shape)
    known = _plain(table, name, shape)
    return [] if known is None else [known]


def _plain(table: Table, name: str, shape: Shape) -> Known | None:
    if isinstance(table.raw(name), list):
        values = table.some(name, shape.scalar)
        return OneOf(values) if values else None
    value = table.get(name, shape.scalar)
    return None if value is None else Equal(value)


def _operators(table: Table | None, shape: Shape) -> list[Test]:
    if table is None:
        return []
    if not table.keys:
        table.problem("", f"is an empty table; write one of {', '.join(_OPERATORS)}")
    tests = [_bounds(table, shape), _contains(table, shape), _one_of(table, shape), _not(table, shape)]
    missing = table.get("missing", scalars.yes_no)
    table.close()
    found: list[Test] = [test for test in tests if test is not None]
    return found if missing is None else [*found, Missing(missing)]


def _bounds(table: Table, shape: Shape) -> Within | None:
    bounds = {key: table.get(key, shape.bound) for key in _BOUNDS}
    return Within(**bounds) if any(value is not None for value in bounds.values()) else None


def _contains(table: Table, shape: Shape) -> Equal | None:
    value = table.get("contains", shape.part)
    return None if value is None else Equal(value)


def _one_of(table: Table, shape: Shape) -> OneOf | None:
    values = table.some("one_of", shape.scalar)
    return OneOf(values) if values else None


def _not(table: Table, shape: Shape) -> Not | None:
    if not isinstance(table.raw("not"), dict):
        inner = None if table.raw("not") is None else _plain(table, "not", shape)
        return None if inner is None else Not(inner)
    tests = _operators(table.inner("not", example=""), shape)
    match tests:
        case [Equal() | OneOf() | Within() as only]:
            return Not(only)
        case []:
            return None
    table.problem("not", "takes one test, and neither missing nor another not; write missing = true or false instead")
    return None


def _dump_tests(tests: list[Test]) -> object:
    match tests:
        case [Equal(value)]:
            return dump_number(value)
        case [OneOf(values)]:
            return [dump_number(value) for value in values]
    return {key: value for test in tests for key, value in _dump_test(test).items()}


def _dump_test(test: Test) -> dict[str, object]:
    match test:
        case Equal(value):
            return {"contains": dump_number(value)}
        case OneOf(values):
            return {"one_of": [dump_number(value) for value in values]}
        case Within():
            return {key: dump_number(value) for key in _BOUNDS if (value := getattr(test, key)) is not None}
        case Not(inner):
            return {"not": _dump_tests([inner])}
        case Missing(missing):
            return {"missing": missing}
