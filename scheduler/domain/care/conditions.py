"""Conditions of rules: true, false or unknown over the facts of a session; only true matches.

Truth is `bool | None`, None for unknown (Kleene's three values): a missing fact makes a test unknown, and so the
opposite of the test too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time

Scalar = str | float | bool | time
"""One value of a fact; whole numbers are floats here as everywhere."""
Value = Scalar | tuple[str, ...]
"""A fact's value: a scalar, or several words (a list fact, the flags)."""
Facts = Mapping[str, Value]
Truth = bool | None


@dataclass(frozen=True, slots=True)
class Equal:
    """The value is this one; of a list, contains it."""

    value: Scalar

    def holds(self, value: Value) -> bool:
        """Whether a known value passes."""
        return self.value in value if isinstance(value, tuple) else value == self.value


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of these; of a list, contains one of them."""

    values: tuple[Scalar, ...]

    def holds(self, value: Value) -> bool:
        """Whether a known value passes."""
        return any(Equal(wanted).holds(value) for wanted in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The number or time lies inside the bounds; `min` and `max` are inside, `over` and `under` outside."""

    min: float | time | None = None
    max: float | time | None = None
    over: float | time | None = None
    under: float | time | None = None

    def holds(self, value: Value) -> bool:
        """Whether a known number or time passes. Raises TypeError for what can't be compared with the bounds."""
        return (
            (self.min is None or _not_less(value, self.min))
            and (self.over is None or not _not_less(self.over, value))
            and (self.max is None or _not_less(self.max, value))
            and (self.under is None or not _not_less(value, self.under))
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """The fact was not given (or, with `missing = false`, was): never unknown."""

    missing: bool


@dataclass(frozen=True, slots=True)
class Not:
    """None of the inner tests hold."""

    inner: Known


Known = Equal | OneOf | Within | Not
Test = Known | Missing


def _not_less(left: Value, right: Value) -> bool:
    if isinstance(left, time) and isinstance(right, time):
        return left >= right
    if isinstance(left, float | int) and isinstance(right, float | int):
        return left >= right
    raise TypeError("a condition compares numbers with numbers and times with times")


@dataclass(frozen=True, slots=True)
class FactTest:
    """A test of the fact of this name."""

    name: str
    test: Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All tests and, if there are any, at least one of the alternatives; without either, always true."""

    tests: tuple[FactTest, ...] = ()
    any_of: tuple[Condition, ...] = field(default=())

    def names(self) -> Iterator[str]:
        """Every fact name that the condition looks at, in the order it is written."""
        for test in self.tests:
            yield test.name
        for alternative in self.any_of:
            yield from alternative.names()


ALWAYS = Condition()


def truth(condition: Condition, facts: Facts) -> Truth:
    """True, false, or None where a missing fact leaves it open."""
    found: Truth = True
    for test in condition.tests:
        part = test_truth(test, facts)
        if part is False:
            return False
        found = found and part
    if condition.any_of:
        part = _any(truth(alternative, facts) for alternative in condition.any_of)
        found = part if part is False else found and part
    return found


def test_truth(test: FactTest, facts: Facts) -> Truth:
    """The truth of one test."""
    value = facts.get(test.name)
    if isinstance(test.test, Missing):
        return (value is None) is test.test.missing
    if value is None:
        return None
    return known_truth(test.test, value)


def known_truth(test: Known, value: Value) -> bool:
    """Whether a known value passes a test."""
    if isinstance(test, Not):
        return not known_truth(test.inner, value)
    return test.holds(value)


def grounds(condition: Condition, facts: Facts) -> tuple[FactTest, ...]:
    """Why a condition holds, to name in a sentence: its tests, and those of the first alternative that does."""
    holds = next((alternative for alternative in condition.any_of if truth(alternative, facts) is True), None)
    return condition.tests if holds is None else (*condition.tests, *grounds(holds, facts))


def failures(condition: Condition, facts: Facts) -> tuple[FactTest, ...]:
    """Why a condition doesn't hold: the first test that isn't true, else the first of each alternative."""
    failed = next((test for test in condition.tests if test_truth(test, facts) is not True), None)
    if failed is not None:
        return (failed,)
    return tuple(test for alternative in condition.any_of for test in failures(alternative, facts))


def _any(parts: Iterator[Truth]) -> Truth:
    found: Truth = False
    for part in parts:
        if part is True:
            return True
        found = part if part is None else found
    return found
