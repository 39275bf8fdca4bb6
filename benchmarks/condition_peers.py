"""Other engines that read conditions: the same conditions in their languages, and what they answer.

Imported only where the peers are installed: `make bench` does it, `make setup` doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import partial

import celpy
import rule_engine

from scheduler.domain.care.conditions import (
    Condition,
    Equal,
    Facts,
    FactTest,
    Known,
    Missing,
    Not,
    OneOf,
    Value,
    Within,
)

Ask = Callable[[], object]
"""Whether one condition holds for one session's facts; what could be made ready before is ready."""


@dataclass(frozen=True, slots=True)
class _Language:
    """How a condition is written."""

    both: str
    either: str
    no: str
    known: str
    name: str

    def written(self, condition: Condition) -> str:
        """Only what is known and true matches, as with us: each test asks first whether its fact is there."""
        parts = [self._test(test) for test in condition.tests]
        if condition.any_of:
            parts.append(f"({self.either.join(self.written(one) for one in condition.any_of)})")
        return f"({self.both.join(parts)})"

    def _test(self, test: FactTest) -> str:
        name = self.name.format(test.name)
        known = self.known.format(name)
        if isinstance(test.test, Missing):
            return f"{self.no}({known})" if test.test.missing else known
        return f"({known}{self.both}{self._known(name, test.test, listed=test.name in _LISTS)})"

    def _known(self, name: str, test: Known, *, listed: bool) -> str:
        match test:
            case Not(inner):
                return f"{self.no}({self._known(name, inner, listed=listed)})"
            case Equal(value):
                return f"({_literal(value)} in {name})" if listed else f"({name} == {_literal(value)})"
            case OneOf(values):
                each = (self._known(name, Equal(value), listed=listed) for value in values)
                return f"({self.either.join(each)})"
            case Within():
                return f"({self.both.join(_bounds(name, test))})"


_LISTS = frozenset({"flags", "adjuncts", "areas"})
_RULE_ENGINE = _Language(" and ", " or ", "not ", "{} != null", "{}")
_CEL = _Language(" && ", " || ", "!", "has({})", "f.{}")


def rule_engine_asks(condition: Condition, sessions: list[Facts]) -> list[Ask]:
    """One question for each session's facts, by rule-engine."""
    rule = rule_engine.Rule(_RULE_ENGINE.written(condition), context=rule_engine.Context(default_value=None))
    return [partial(rule.matches, _plain(facts)) for facts in sessions]


def cel_asks(condition: Condition, sessions: list[Facts]) -> list[Ask]:
    """The same by cel-python."""
    environment = celpy.Environment()
    program = environment.program(environment.compile(_CEL.written(condition)))
    return [partial(program.evaluate, {"f": celpy.json_to_cel(_plain(facts))}) for facts in sessions]


def _bounds(name: str, test: Within) -> Iterator[str]:
    for sign, bound in ((">=", test.min), ("<=", test.max), (">", test.over), ("<", test.under)):
        if bound is not None:
            yield f"{name} {sign} {_literal(bound)}"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(_number(value))


def _plain(facts: Facts) -> Mapping[str, object]:
    """Facts as these engines take them: lists, and times as seconds of the day."""
    return {name: _simple(value) for name, value in facts.items()}


def _simple(value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | bool) else _number(value)


def _number(value: Value) -> float:
    if isinstance(value, time):
        return float(value.hour * 3600 + value.minute * 60 + value.second)
    if isinstance(value, tuple | str):
        raise TypeError(value)
    return float(value)
