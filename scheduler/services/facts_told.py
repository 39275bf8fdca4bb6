"""The facts of a session in words, as staff see and correct them."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.fact_words import value_words
from scheduler.domain.care.protocols import CareProtocol


def told_facts(protocol: CareProtocol, facts: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Label and value of each fact that is recorded and says something, in the protocol's order."""
    return tuple(
        (fact.label, value_words(fact, facts[fact.id]))
        for fact in protocol.facts.values()
        if not _says_nothing(facts.get(fact.id))
    )


def told_value(value: Value | None) -> str:
    """`0.5`, `yes`, `face, neck`; `unrecorded` for none."""
    match value:
        case None:
            return "unrecorded"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(value) or "empty"
    return str(value)


def _says_nothing(value: Value | None) -> bool:
    return value is None or value is False or value == ()
