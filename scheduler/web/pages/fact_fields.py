"""A protocol's facts as fields of a form, and posted fields as facts again, for any protocol of a clinic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, assert_never

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.fact_words import label_words, value_words
from scheduler.domain.care.protocols import CareProtocol, Fact, FactType
from scheduler.domain.errors import Invalid, Problem

OTHER = "(other)"
UNKNOWN = "(unknown)"
"""Values of chips; no protocol has such words among its choices."""
_YES, _NO = "yes", "no"
_NUMBER = re.compile(r"-?(?:\d{1,6}(?:[.,]\d{1,6})?|[.,]\d{1,6})")


class Posted(Protocol):
    """A posted form."""

    def text(self, name: str, /) -> str:
        """A field's text. Raises Invalid for what can't be text."""
        ...

    def all(self, name: str, /) -> tuple[str, ...]:
        """Every value of a field. Raises Invalid as `text` does."""
        ...

    def as_typed(self, name: str, /) -> tuple[str, ...]:
        """Every value of a field for showing it again."""
        ...


class Kind(StrEnum):
    """How a field is asked for."""

    ONE = "one"
    """Chips of which one is chosen."""
    SEVERAL = "several"
    """Chips of which any are chosen."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """One chip."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FactField:
    """One fact on the form."""

    name: str
    kind: Kind
    label: str
    options: tuple[Option, ...] = ()
    text_name: str = ""
    """Of the field beside or in place of the chips, where something else may be written."""
    text: str = ""
    text_label: str = ""
    hint: str = ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(value, words) of each chip."""
        return [(option.value, option.words) for option in self.options]

    @property
    def is_words(self) -> bool:
        """Whether words are written beside or in place of the chips, not a number."""
        return self.kind is Kind.SEVERAL or bool(self.hint)

    @property
    def has_other(self) -> bool:
        """Whether a chip stands for what is written beside the chips."""
        return any(option.value == OTHER for option in self.options)


def fact_fields(protocol: CareProtocol, form: Posted) -> tuple[FactField, ...]:
    """The protocol's facts in its order, filled in as the form has them."""
    return tuple(_field(fact, form) for fact in protocol.facts.values())


def read_fact_fields(protocol: CareProtocol, form: Posted) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """The facts as registering takes them, without those that were left to their defaults; and what is wrong."""
    facts: dict[str, object] = {}
    problems: list[Problem] = []
    for fact in protocol.facts.values():
        try:
            value = _read(fact, form)
        except Invalid as error:
            problems += error.problems
        else:
            if value is not None:
                facts[fact.id] = value
    return facts, tuple(problems)


def posted_facts(protocol: CareProtocol, facts: Mapping[str, Value]) -> dict[str, tuple[str, ...]]:
    """The form's fields for facts of an earlier session; what the protocol doesn't know any more is left out."""
    return {name: values for fact in protocol.facts.values() for name, values in _posted(fact, facts.get(fact.id))}


def field_name(fact: Fact) -> str:
    """The name under which a fact is posted."""
    return f"fact.{fact.id}"


def text_name(fact: Fact) -> str:
    """The name of the field in which something else than the chips is written."""
    return f"{field_name(fact)}.text"


def _field(fact: Fact, form: Posted) -> FactField:
    name, unit = field_name(fact), f" in {fact.unit}" if fact.unit else ""
    chosen, text = form.as_typed(name), next(iter(form.as_typed(text_name(fact))), "")
    words = dict(_choices(fact))
    if fact.type is FactType.NUMBER and text and not chosen:
        chosen = (OTHER,)
    if not chosen and fact.if_missing is not None and fact.type is not FactType.LIST:
        default = dict(_posted(fact, fact.if_missing))
        chosen, text = default[name], text or next(iter(default.get(text_name(fact), ())), "")
    open_list = fact.type is FactType.LIST and not words
    writes = open_list or fact.type is FactType.NUMBER
    kind = Kind.SEVERAL if fact.type is FactType.LIST else Kind.ONE
    return FactField(
        name=name,
        kind=kind if words else Kind.TEXT,
        label=fact.label,
        options=tuple(Option(value, told, value in chosen) for value, told in words.items()),
        text_name=text_name(fact) if writes else "",
        text=text if writes else "",
        text_label=f"{fact.label}{unit}" if writes else "",
        hint=_hint(fact),
    )


def _hint(fact: Fact) -> str:
    if fact.type is not FactType.LIST:
        return ""
    usual = f"If none is given: {value_words(fact, fact.if_missing)}" if fact.if_missing else ""
    return ". ".join(part for part in ("" if fact.choices else "Separate several with commas", usual) if part)


def _choices(fact: Fact) -> Iterator[tuple[str, str]]:
    """(value, words) of each chip."""
    match fact.type:
        case FactType.NUMBER:
            picks = _picks(fact)
            yield from ((told, value_words(fact, pick)) for told, pick in picks.items())
            if picks:
                yield OTHER, "Other"
        case FactType.CHOICE | FactType.LIST:
            words = [str(word) for word in fact.choices]
            yield from ((word, _capital(value_words(fact, word))) for word in words)
        case FactType.YES_NO:
            yield from ((_YES, "Yes"), (_NO, "No"))
        case _:
            assert_never(fact.type)
    if _may_be_unknown(fact):
        yield UNKNOWN, "Not known"


def _picks(fact: Fact) -> dict[str, float]:
    """A number's quick picks by the value of their chip."""
    return {f"{float(pick):g}": float(pick) for pick in fact.choices if not isinstance(pick, str)}


def _may_be_unknown(fact: Fact) -> bool:
    """Whether leaving it out is an answer of its own, which nobody should give by forgetting the field."""
    return not fact.required and fact.if_missing is None and fact.type is not FactType.LIST


def _read(fact: Fact, form: Posted) -> object | None:
    """The fact's value; None where it is left to its default. Raises Invalid with the mend."""
    values = form.all(field_name(fact))
    if _may_be_unknown(fact) and values == (UNKNOWN,) and (_picks(fact) or not form.text(text_name(fact))):
        return None
    if fact.type is FactType.LIST:
        return _read_list(fact, values, form)
    if fact.type is FactType.NUMBER:
        return _read_number(fact, values, form)
    known = dict(_choices(fact))
    if not values and not _is_asked(fact):
        return None
    if len(values) != 1 or values[0] not in known:
        raise _missing(fact)
    return values[0] == _YES if fact.type is FactType.YES_NO else values[0]


def _read_list(fact: Fact, values: tuple[str, ...], form: Posted) -> list[str] | None:
    if not fact.choices:
        values = tuple(part.strip() for part in form.text(text_name(fact)).split(",") if part.strip())
    elif not set(values) <= {str(word) for word in fact.choices}:
        raise _missing(fact)
    if values:
        return list(values)
    if fact.required:
        raise _missing(fact)
    return None


def _read_number(fact: Fact, values: tuple[str, ...], form: Posted) -> float | None:
    typed = form.text(text_name(fact))
    picked = values[0] if len(values) == 1 else ""
    if picked and picked not in {OTHER, UNKNOWN}:
        pick = _picks(fact).get(picked)
        if pick is None:
            raise _missing(fact)
        return pick
    if not typed and not picked:
        if _is_asked(fact):
            raise _missing(fact)
        return None
    number = _number(typed.removesuffix(fact.unit).strip() if fact.unit else typed)
    if number is None:
        unit = f" in {fact.unit}" if fact.unit else ""
        raise Invalid.of(text_name(fact), f"Enter the {label_words(fact)}{unit} as a number{_example(fact)}")
    if (fact.min is not None and number < fact.min) or (fact.max is not None and number > fact.max):
        raise Invalid.of(text_name(fact), f"Enter the {label_words(fact)} {_bounds(fact)}")
    return number


def _is_asked(fact: Fact) -> bool:
    """Whether saving without an answer is a mistake."""
    return fact.required or _may_be_unknown(fact)


def _number(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text)
    return float(plain.replace(",", ".")) if _NUMBER.fullmatch(plain) and plain.isascii() else None


def _missing(fact: Fact) -> Invalid:
    if fact.type is FactType.YES_NO:
        return Invalid.of(field_name(fact), f"Select yes or no: {label_words(fact)}")
    verb, name = ("Select", field_name(fact)) if dict(_choices(fact)) else ("Enter", text_name(fact))
    return Invalid.of(name, f"{verb} the {label_words(fact)}")


def _example(fact: Fact) -> str:
    pick = next((pick for pick in fact.choices if not isinstance(pick, str)), fact.min)
    return "" if pick is None else f", like {float(pick):g}"


def _bounds(fact: Fact) -> str:
    low = None if fact.min is None else value_words(fact, fact.min)
    high = None if fact.max is None else value_words(fact, fact.max)
    if low and high:
        return f"from {low} to {high}"
    return f"from {low} on" if low else f"up to {high}"


def _posted(fact: Fact, value: Value | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    name, known = field_name(fact), dict(_choices(fact))
    if value is None:
        if _may_be_unknown(fact):
            yield name, (UNKNOWN,)
    elif isinstance(value, bool):
        yield name, (_YES if value else _NO,)
    elif isinstance(value, tuple):
        if known:
            yield name, tuple(word for word in value if word in known)
        else:
            yield text_name(fact), (", ".join(value),)
    elif isinstance(value, str):
        yield name, ((value,) if value in known else ())
    else:
        told = f"{float(str(value)):g}"
        yield name, ((told,) if told in known else (OTHER,))
        yield text_name(fact), ("" if told in known else told,)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
