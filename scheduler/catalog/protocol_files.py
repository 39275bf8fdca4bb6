"""A protocol file read whole: facts, bands, windows, modifiers and reminder rules, with all its problems at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scheduler.catalog import scalars
from scheduler.catalog.fact_files import read_fact
from scheduler.catalog.fact_shapes import shapes
from scheduler.catalog.message_checks import check_messages
from scheduler.catalog.protocol_checks import Read, check_rules
from scheduler.catalog.protocol_dump import dump_protocol
from scheduler.catalog.rule_files import Names, read_band, read_modifier, read_reminder, read_window
from scheduler.catalog.scalars import Mistake
from scheduler.catalog.tables import Problems, Table
from scheduler.catalog.toml_files import read_toml
from scheduler.domain.care.protocols import CareProtocol, Fact, Topic
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.people.flags import Flag

__all__ = ["dump_protocol", "parse_protocol", "parse_published"]

_LONGEST_NAME = 80


def parse_protocol(
    text: str,
    *,
    file: str,
    topics: Mapping[str, Topic],
    flags: Mapping[str, Flag] | None,
    templates: Collection[str] | None,
    messages: Mapping[tuple[str, str], MessageTemplate] | None = None,
) -> CareProtocol:
    """The protocol that the text of a file describes.

    `flags` and `templates` are what rules may name, and `messages` the words that must fit them; None leaves that
    unchecked. `file` is how problems call the file. Raises Invalid with every problem, each with a field such as
    `microneedling.toml: reminder "start": kind`.
    """
    problems = Problems(file)
    table = Table(read_toml(text, file=file), problems)
    protocol, rules = _read(table, topics=topics, flags=flags, templates=templates)
    check_rules(rules, bands=protocol.band_order)
    check_messages(rules, messages or {})
    problems.stop()
    return protocol


def parse_published(text: str, *, file: str, topics: Mapping[str, Topic]) -> CareProtocol:
    """The protocol in a text that was checked when it was published.

    Whether its rules fit together isn't asked again: what was published stays readable when checks grow.
    Raises Invalid if it isn't a protocol.
    """
    problems = Problems(file)
    protocol, _ = _read(Table(read_toml(text, file=file), problems), topics=topics, flags=None, templates=None)
    problems.stop()
    return protocol


def _read(
    table: Table,
    *,
    topics: Mapping[str, Topic],
    flags: Mapping[str, Flag] | None,
    templates: Collection[str] | None,
) -> tuple[CareProtocol, Read]:
    table.check_format()
    procedure = table.need("procedure", _procedure, example='"microneedling"') or ""
    title = table.need("title", scalars.one_line, example='"Microneedling"') or ""
    facts, comparable = _read_facts(table)
    bandless = shapes(comparable, flags=flags, bands=None)
    bands = tuple(read_band(inner, bandless) for inner in table.rules("band", "id"))
    order = tuple(dict.fromkeys(band.id for band in bands if band.id))
    known = shapes(comparable, flags=flags, bands=order)
    rules = _read_rules(table, Names(topics=topics, bands=order, facts=known, templates=templates))
    table.close()
    protocol = CareProtocol(
        procedure=procedure,
        title=title,
        facts=facts,
        bands=bands,
        windows=tuple(window for _, window in rules.windows),
        modifiers=tuple(modifier for _, modifier in rules.modifiers),
        reminders=tuple(reminder for _, reminder in rules.reminders),
    )
    return protocol, rules


def _read_facts(table: Table) -> tuple[dict[str, Fact], dict[str, Fact | None]]:
    read = [(inner, read_fact(name, inner)) for name, inner in table.named("facts", "fact")]
    facts = {fact.id: fact for _, fact in read}
    return facts, {fact.id: fact if inner.sound else None for inner, fact in read}


def _read_rules(table: Table, names: Names) -> Read:
    return Read(
        windows=[(inner, read_window(inner, names)) for inner in table.rules("window", "topic")],
        modifiers=[(inner, read_modifier(inner, names)) for inner in table.rules("modifier", "id")],
        reminders=[(inner, read_reminder(inner, names)) for inner in table.rules("reminder", "id")],
    )


def _procedure(value: object) -> str:
    name = scalars.one_line(value)
    if name != name.strip() or "/" in name or len(name) > _LONGEST_NAME:
        raise Mistake(f"must be at most {_LONGEST_NAME} characters without / and without blanks around it")
    return name
