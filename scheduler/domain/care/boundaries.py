"""Values of facts at which a protocol's rules may answer otherwise: around each threshold, each choice, and nothing.

What is planned for a session with such values is not made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations

from scheduler.domain.care.conditions import Condition, Equal, FactTest, Not, OneOf, Scalar, Value, Within
from scheduler.domain.care.protocols import CareProtocol, Fact, FactType

SESSION_NUMBER = "session_number"
DAYS_SINCE_LAST = "days_since_last"
ENDED_TIME = "ended_time"
FLAGS = "flags"
BAND = "band"
ORDINARY_END = time(14, 30)
"""When a session ends that is nothing special."""
_WHOLE = frozenset({SESSION_NUMBER, DAYS_SINCE_LAST})
_MOST_CHOICES = 12
"""Of a fact with more words than these, only those that a rule names are tried, and one other."""
_MOST_JOINED = 4
"""Words of a list that are tried in every combination; of more, each alone and all together."""
_MOST_DECIMALS = 9
_SECOND = 2.0
"""The first number of a session that has one before it."""
_MINUTE = timedelta(minutes=1)
_ANY_DAY = date(2026, 1, 1)

Values = tuple[Value | None, ...]


def conditions(protocol: CareProtocol) -> Iterator[Condition]:
    """Every condition of the protocol, in the order of its rules."""
    yield from (band.when for band in protocol.bands)
    yield from (window.when for window in protocol.windows)
    yield from (modifier.when for modifier in protocol.modifiers)
    yield from (reminder.when for reminder in protocol.reminders)


def values(name: str, fact: Fact | None, asked: Iterable[Condition]) -> Values:
    """What a fact may be where the conditions ask for it; None stands for a session that doesn't say.

    `fact` is None for what the planner fills in. There is always one value at least.
    """
    named = tuple(dict.fromkeys(_named(name, asked)))
    found = _found(name, fact, named)
    return (*found, None) if _may_miss(name, fact) else found


def plain_value(fact: Fact) -> Value | None:
    """What a fact is where nobody says why not: its default, else a quick pick or choice from the middle."""
    if fact.if_missing is not None:
        return fact.if_missing
    match fact.type:
        case FactType.LIST:
            return ()
        case FactType.YES_NO:
            return False
        case FactType.CHOICE:
            return fact.choices[(len(fact.choices) - 1) // 2]
        case _:
            return _middle(fact)


def _middle(fact: Fact) -> float:
    if fact.choices:
        return float(fact.choices[(len(fact.choices) - 1) // 2])
    low, high = fact.min, fact.max
    if low is not None and high is not None:
        return (low + high) / 2
    return next((bound for bound in (low, high) if bound is not None), 1.0)


def _may_miss(name: str, fact: Fact | None) -> bool:
    if fact is None:
        return name == DAYS_SINCE_LAST
    return not fact.required and fact.if_missing is None


def _named(name: str, asked: Iterable[Condition]) -> Iterator[Scalar]:
    """Every value that the conditions name for the fact."""
    for condition in asked:
        yield from _named_by(test for test in condition.tests if test.name == name)
        yield from _named(name, condition.any_of)


def _named_by(tests: Iterable[FactTest]) -> Iterator[Scalar]:
    for found in tests:
        test = found.test
        while isinstance(test, Not):
            test = test.inner
        if isinstance(test, Equal):
            yield test.value
        elif isinstance(test, OneOf):
            yield from test.values
        elif isinstance(test, Within):
            yield from (bound for bound in (test.min, test.over, test.max, test.under) if bound is not None)


def _found(name: str, fact: Fact | None, named: tuple[Scalar, ...]) -> Values:
    if name == ENDED_TIME:
        return _times(found for found in named if isinstance(found, time))
    if name == FLAGS or (fact is not None and fact.type is FactType.LIST):
        return _lists(tuple(found for found in named if isinstance(found, str)))
    if fact is None or fact.type is FactType.NUMBER:
        return _numbers(name, fact, [float(found) for found in named if isinstance(found, int | float)])
    return (False, True) if fact.type is FactType.YES_NO else _choices(fact, named)


def _numbers(name: str, fact: Fact | None, named: Iterable[float]) -> Values:
    low = 1.0 if name == SESSION_NUMBER else (fact.min if fact else 0.0)
    high = fact.max if fact else None
    decimals = 0 if name in _WHOLE else 1 + max((_decimals(bound) for bound in named), default=0)
    step = float(Decimal(1).scaleb(-decimals))
    around = {round(near, decimals) for bound in named for near in (bound - step, bound, bound + step)}
    ends = {end for end in (low, high, _SECOND if name == SESSION_NUMBER else None) if end is not None}
    inside = (near for near in around | ends if (low is None or near >= low) and (high is None or near <= high))
    return tuple(sorted(inside)) or (_middle(fact) if fact else 1.0,)


def _decimals(bound: float) -> int:
    exponent = Decimal(repr(bound)).normalize().as_tuple().exponent
    return min(_MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0


def _times(named: Iterable[time]) -> Values:
    around = (
        near
        for at in named
        for near in (datetime.combine(_ANY_DAY, at) + step for step in (-_MINUTE, timedelta(), _MINUTE))
        if near.date() == _ANY_DAY
    )
    return tuple(sorted({near.time() for near in around})) or (ORDINARY_END,)


def _lists(named: tuple[str, ...]) -> Values:
    if len(named) > _MOST_JOINED:
        return ((), *((word,) for word in named), named)
    return tuple(several for size in range(len(named) + 1) for several in combinations(named, size))


def _choices(fact: Fact, named: tuple[Scalar, ...]) -> Values:
    if len(fact.choices) <= _MOST_CHOICES:
        return fact.choices
    kept = tuple(choice for choice in fact.choices if choice in named)
    return (*kept, *[choice for choice in fact.choices if choice not in named][:1])


def told_value(name: str, fact: Fact | None, value: Value | None) -> str:
    """What a fact is, as staff say it: `longest needle 0.5 mm`, `no device`, `flags melasma, keloid`."""
    label = _SPOKEN.get(name, name) if fact is None else fact.label[:1].lower() + fact.label[1:]
    if value is None:
        return f"no {label}"
    if isinstance(value, bool):
        return f"{label}: {'yes' if value else 'no'}"
    if isinstance(value, tuple):
        return f"{label}: {', '.join(value) or 'none'}"
    if isinstance(value, time):
        return f"{label} {value:%H:%M}"
    told = value if isinstance(value, str) else f"{value:.12g}"
    return f"{label} {told}{f' {fact.unit}' if fact and fact.unit else ''}"


_SPOKEN = {SESSION_NUMBER: "session number", DAYS_SINCE_LAST: "days since the last session", ENDED_TIME: "ended at"}
