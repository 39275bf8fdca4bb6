"""A treatment session and its facts: reading what staff gave, and what the planner derives besides."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.protocols import CareProtocol, Fact, FactType
from scheduler.domain.clinics import zones
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.naming import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentSession:
    """One treatment of one patient."""

    id: str
    procedure: str
    version: int
    """Of the protocol under which it is planned."""
    ended_at: datetime
    day_0: date
    """Date of `ended_at` in the clinic's zone when it was recorded; a later change of that zone leaves it."""
    facts: Mapping[str, Value]
    known_at: datetime
    """When it was registered: steps already past by then go then."""
    voided: bool = False


def read_facts(protocol: CareProtocol, given: Mapping[str, object]) -> dict[str, Value]:
    """The facts as values, with defaults for those that were left out.

    Raises Invalid with a problem for each fact that is unknown, required but missing, or of a wrong value.
    """
    problems = [_unknown(protocol, name) for name in given if name not in protocol.facts]
    facts: dict[str, Value] = {}
    for fact in protocol.facts.values():
        value = given.get(fact.id)
        if value is None:
            if fact.if_missing is not None:
                facts[fact.id] = fact.if_missing
            elif fact.required:
                problems.append(_problem(fact, f"{fact.label} is required; {_allowed(fact)}"))
            continue
        read = _read(fact, value)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            facts[fact.id] = read
    if problems:
        raise Invalid(*problems)
    return facts


def derived_facts(
    session: TreatmentSession, live: Sequence[TreatmentSession], *, zone: str, flags: Iterable[str]
) -> dict[str, Value]:
    """The session's facts with those that the planner fills in.

    `live` holds all live sessions of the patient. `session_number` counts those of the same procedure up to
    this one; `days_since_last` is missing for the first.
    """
    before = [
        other
        for other in live
        if other.procedure == session.procedure and (other.ended_at, other.id) < (session.ended_at, session.id)
    ]
    facts: dict[str, Value] = {
        **session.facts,
        "session_number": float(len(before) + 1),
        "ended_time": zones.local(session.ended_at, zone).time(),
        "flags": tuple(sorted(flags)),
    }
    if before:
        facts["days_since_last"] = float((session.day_0 - max(other.day_0 for other in before)).days)
    return facts


def _unknown(protocol: CareProtocol, name: str) -> Problem:
    return Problem(f"facts.{name}", f"{protocol.title} has no fact of this name; {did_you_mean(name, protocol.facts)}")


def _problem(fact: Fact, message: str) -> Problem:
    return Problem(f"facts.{fact.id}", message)


def _read(fact: Fact, value: object) -> Value | Problem:
    match fact.type:
        case FactType.NUMBER:
            return _read_number(fact, value)
        case FactType.CHOICE:
            return value if isinstance(value, str) and value in fact.choices else _problem(fact, _expected(fact))
        case FactType.LIST:
            return _read_list(fact, value)
        case FactType.YES_NO:
            return value if isinstance(value, bool) else _problem(fact, _expected(fact))
        case _:
            assert_never(fact.type)


def _read_number(fact: Fact, value: object) -> Value | Problem:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _problem(fact, _expected(fact))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    too_small = fact.min is not None and number < fact.min
    too_big = fact.max is not None and number > fact.max
    if not math.isfinite(number) or too_small or too_big:
        return _problem(fact, _expected(fact))
    return number


def _read_list(fact: Fact, value: object) -> Value | Problem:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        return _problem(fact, _expected(fact))
    words = tuple(dict.fromkeys(str(word) for word in value))
    if fact.choices and not set(words) <= set(fact.choices):
        return _problem(fact, _expected(fact))
    return words


def _expected(fact: Fact) -> str:
    return f"{fact.label} can't be this; {_allowed(fact)}"


def _allowed(fact: Fact) -> str:
    unit = f" {fact.unit}" if fact.unit else ""
    choices = ", ".join(str(choice) for choice in fact.choices)
    match fact.type:
        case FactType.NUMBER:
            low = "" if fact.min is None else f" from {fact.min:g}{unit}"
            high = "" if fact.max is None else f" up to {fact.max:g}{unit}"
            return f"give a number{low}{high}"
        case FactType.CHOICE:
            return f"give one of: {choices}"
        case FactType.LIST:
            return f"give a list of: {choices}" if choices else "give a list of words"
        case FactType.YES_NO:
            return "give true or false"
        case _:
            assert_never(fact.type)
