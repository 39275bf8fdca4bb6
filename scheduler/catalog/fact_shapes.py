"""What each fact may be compared with: a protocol's own facts, and those that the planner fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import Enum

from scheduler.catalog import scalars
from scheduler.catalog.scalars import Mistake
from scheduler.domain.care.conditions import Scalar
from scheduler.domain.care.protocols import Fact, FactType


class ShapeKind(Enum):
    """What a fact holds, as far as comparing goes; the value is how a sentence names it."""

    NUMBER = "a number"
    TIME = "a time"
    WORD = "a word"
    WORDS = "a list of words"
    YES_NO = "true or false"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a fact may be compared with."""

    kind: ShapeKind
    words: tuple[str, ...] | None = None
    """The only words that it knows; None: any."""
    noun: str = "choice"

    def scalar(self, value: object) -> Scalar:
        """The value, if the fact could equal or contain it. Raises Mistake."""
        match self.kind:
            case ShapeKind.NUMBER:
                return scalars.number(value)
            case ShapeKind.TIME:
                return scalars.clock_time(value)
            case ShapeKind.YES_NO:
                return scalars.yes_no(value)
            case ShapeKind.WORD | ShapeKind.WORDS:
                return scalars.known(self.noun, self.words)(value)

    def bound(self, value: object) -> float | time:
        """The value, if the fact could be more or less than it. Raises Mistake."""
        if self.kind is ShapeKind.NUMBER:
            return scalars.number(value)
        if self.kind is ShapeKind.TIME:
            return scalars.clock_time(value)
        raise Mistake(f"compares numbers and times, and this fact is {self.kind.value}; write a value or a list")

    def part(self, value: object) -> Scalar:
        """The value, if the fact could contain it. Raises Mistake."""
        if self.kind is not ShapeKind.WORDS:
            raise Mistake(f"is for lists, and this fact is {self.kind.value}; write the value by itself")
        return self.scalar(value)


Shapes = Mapping[str, Shape | None]
"""By the name of the fact; None where the fact is wrong itself, so that what it is compared with can't be."""


def shapes(facts: Mapping[str, Fact | None], *, flags: Iterable[str] | None, bands: Iterable[str] | None) -> Shapes:
    """Every fact that a condition can name: a protocol's own, and those that the planner fills in.

    Without `flags` any flag may be named; without `bands` no band, as in a band's own condition.
    """
    found = {name: _shape(fact) if fact else None for name, fact in facts.items()}
    found["session_number"] = found["days_since_last"] = Shape(ShapeKind.NUMBER)
    found["ended_time"] = Shape(ShapeKind.TIME)
    found["flags"] = Shape(ShapeKind.WORDS, None if flags is None else tuple(flags), noun="flag")
    if bands is not None:
        found["band"] = Shape(ShapeKind.WORD, tuple(bands), noun="band")
    return found


def _shape(fact: Fact) -> Shape:
    match fact.type:
        case FactType.NUMBER:
            return Shape(ShapeKind.NUMBER)
        case FactType.YES_NO:
            return Shape(ShapeKind.YES_NO)
        case FactType.CHOICE | FactType.LIST:
            words = tuple(str(choice) for choice in fact.choices) or None
            return Shape(ShapeKind.WORD if fact.type is FactType.CHOICE else ShapeKind.WORDS, words)
