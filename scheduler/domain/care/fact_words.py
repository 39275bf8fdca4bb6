"""A session's facts as people say them: labels, values with their units, all on one line. Reading them is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.protocols import CareProtocol, Fact

_VOWELS = frozenset("aeiouy")


def label_words(fact: Fact) -> str:
    """The label within a sentence: `longest needle`; one that starts as an abbreviation stays (`RF device`)."""
    return fact.label if fact.label[1:2].isupper() else fact.label[:1].lower() + fact.label[1:]


def value_words(fact: Fact, value: Value) -> str:
    """A value with its unit: `0.5 mm`, `RF`, `face, neck`, `yes`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_choice_words(word) for word in value)
    if isinstance(value, str):
        return _choice_words(value)
    return f"{number_words(fact, float(str(value)))}{f' {fact.unit}' if fact.unit else ''}"


def number_words(fact: Fact, value: float) -> str:
    """A number as its quick picks are written: `1.0` where one of them has decimals, else `1`."""
    told = f"{value:g}"
    decimals = any(isinstance(pick, float) and not pick.is_integer() for pick in fact.choices)
    return f"{value:.1f}" if decimals and told.isdigit() else told


def facts_line(protocol: CareProtocol, facts: Mapping[str, Value]) -> str:
    """What was recorded, in the protocol's order: `0.5 mm, pen, face`; what is no, empty or not known is left out."""
    return ", ".join(_told(protocol, facts))


def _told(protocol: CareProtocol, facts: Mapping[str, Value]) -> Iterator[str]:
    for fact in protocol.facts.values():
        value = facts.get(fact.id)
        if value is True:
            yield label_words(fact)
        elif value is not None and value is not False and value != ():
            yield value_words(fact, value)


def _choice_words(word: str) -> str:
    """A choice's word as it is read: `tranexamic_acid` is `tranexamic acid`, `prp` is `PRP`."""
    return " ".join(part if _VOWELS & set(part) else part.upper() for part in word.split("_"))
