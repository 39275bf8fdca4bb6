"""A protocol's facts as files write them, `[facts.needle_mm]`, and back."""

from __future__ import annotations

from dataclasses import replace

from scheduler.catalog import scalars
from scheduler.catalog.condition_files import ANY_OF, dump_number
from scheduler.catalog.scalars import Mistake
from scheduler.catalog.tables import Table
from scheduler.domain.care.conditions import Value
from scheduler.domain.care.protocols import DERIVED_FACTS, Fact, FactType

_TAKEN = (*DERIVED_FACTS, ANY_OF)
_NUMBERS_ONLY = ("unit", "min", "max")


def read_fact(name: str, table: Table) -> Fact:
    """The fact that the table describes, as far as it can be read."""
    if name in _TAKEN:
        table.problem("", "has a name that the planner fills in itself; choose another")
    kind = table.need("type", scalars.member(FactType, "type of fact"), example='"number"')
    fact = Fact(
        id=name,
        type=kind or FactType.LIST,
        label=table.need("label", scalars.one_line, example='"Longest needle"') or name,
        unit=table.get("unit", scalars.one_line),
        min=table.get("min", scalars.number),
        max=table.get("max", scalars.number),
        choices=_choices(table, kind),
        required=table.get("required", scalars.yes_no) or False,
    )
    if kind is None:
        table.raw("if_missing")
    else:
        _check(fact, table)
        fact = _with_default(fact, table)
    table.close()
    return fact


def _choices(table: Table, kind: FactType | None) -> tuple[str | float, ...]:
    if kind is None:
        table.raw("choices")
        return ()
    if kind is FactType.NUMBER:
        return table.some("choices", scalars.number) or ()
    return table.some("choices", scalars.one_line) or ()


def dump_fact(fact: Fact) -> dict[str, object]:
    """The table that `read_fact` reads back to an equal fact."""
    default = list(fact.if_missing) if isinstance(fact.if_missing, tuple) else dump_number(fact.if_missing)
    table: dict[str, object | None] = {
        "type": fact.type.value,
        "label": fact.label,
        "unit": fact.unit,
        "min": dump_number(fact.min),
        "max": dump_number(fact.max),
        "choices": [dump_number(choice) for choice in fact.choices] or None,
        "required": fact.required or None,
        "if_missing": default,
    }
    return {key: value for key, value in table.items() if value is not None}


def _check(fact: Fact, table: Table) -> None:
    if fact.type is not FactType.NUMBER:
        for key in _NUMBERS_ONLY:
            if key in table.keys:
                table.problem(key, "is for facts of type number; take it out")
    if fact.type is FactType.CHOICE and "choices" not in table.keys:
        table.problem("choices", 'is missing; write the words to choose from, such as choices = ["pen", "rf"]')
    if fact.type is FactType.YES_NO and fact.choices:
        table.problem("choices", "is not for facts of type yes_no; take it out")
    if fact.min is not None and fact.max is not None and fact.min > fact.max:
        table.problem("max", "is under min; swap them")
    else:
        _check_picks(fact, table)


def _check_picks(fact: Fact, table: Table) -> None:
    for choice in fact.choices:
        if isinstance(choice, float) and not _inside(fact, choice):
            table.problem("choices", f"offers {choice:g}, which is outside min and max; change one of them")


def _with_default(fact: Fact, table: Table) -> Fact:
    if fact.required and table.raw("if_missing") is not None:
        table.problem("if_missing", "is never used, as the fact is required; take one of the two out")
    return replace(fact, if_missing=_default(fact, table))


def _default(fact: Fact, table: Table) -> Value | None:
    def word(value: object) -> str:
        return scalars.known("choice", [str(choice) for choice in fact.choices] or None)(value)

    match fact.type:
        case FactType.NUMBER:
            return table.get("if_missing", lambda value: _allowed(fact, scalars.number(value)))
        case FactType.CHOICE:
            return table.get("if_missing", word)
        case FactType.YES_NO:
            return table.get("if_missing", scalars.yes_no)
        case FactType.LIST:
            return () if table.raw("if_missing") == [] else table.some("if_missing", word)


def _allowed(fact: Fact, value: float) -> float:
    if not _inside(fact, value):
        raise Mistake("is outside min and max; change one of them")
    return value


def _inside(fact: Fact, value: float) -> bool:
    return (fact.min is None or value >= fact.min) and (fact.max is None or value <= fact.max)
