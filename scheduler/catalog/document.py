"""A published version as one document that needs nothing else: the protocol's text, its topics and its messages.

What is published keeps the text of the file, comments included, and the words as they were on that day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduler.catalog.message_files import message_table, read_message
from scheduler.catalog.protocol_files import parse_protocol, parse_published
from scheduler.catalog.scalars import JsonValue, Mistake
from scheduler.catalog.shipped import Catalog
from scheduler.catalog.tables import Problems, Table
from scheduler.catalog.topic_files import read_topic, topic_table
from scheduler.domain.care.protocols import CareProtocol, ProtocolVersion, Topic
from scheduler.domain.care.ruleless import RULELESS
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.delivery.rendering import BUNDLE, HOW_TO_STOP

__all__ = ["JsonValue", "Publishable", "from_document", "publishable", "to_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishable:
    """A protocol that passed every check, with what it would be published with."""

    source: str
    """The text of the file, word for word."""
    protocol: CareProtocol
    topics: Mapping[str, Topic]
    messages: Mapping[tuple[str, str], MessageTemplate]

    def version(self, number: int) -> ProtocolVersion:
        """It as the version of this number."""
        return ProtocolVersion(number=number, protocol=self.protocol, topics=self.topics, messages=self.messages)


def publishable(source: str, file: str, catalog: Catalog) -> Publishable:
    """The protocol in the text of a file, with the catalog's topics and messages that it uses.

    Among the messages are those that no rule names: how to stop texts, bundles, catch-up and correction.

    Raises Invalid with every problem of the file, and of its rules with the words that they send.
    """
    protocol = parse_protocol(
        source,
        file=file,
        topics=catalog.topics,
        flags=catalog.flags,
        templates=catalog.templates,
        messages=catalog.messages,
    )
    templates = {HOW_TO_STOP, BUNDLE, *RULELESS, *(rule.template for rule in protocol.reminders)}
    return Publishable(
        source=source,
        protocol=protocol,
        topics=_used_topics(protocol, catalog.topics),
        messages={key: message for key, message in catalog.messages.items() if key[0] in templates},
    )


def to_document(version: ProtocolVersion, source: str) -> dict[str, JsonValue]:
    """The version as JSON values; `source` is the text that its protocol was read from."""
    return {
        "source": source,
        "topics": {name: topic_table(topic) for name, topic in version.topics.items()},
        "messages": {
            template: {
                language: message_table(message)
                for (name, language), message in version.messages.items()
                if name == template
            }
            for template, _ in version.messages
        },
    }


def from_document(document: Mapping[str, JsonValue], number: int) -> ProtocolVersion:
    """The version of which `to_document` made the document. Raises Invalid if it isn't one."""
    file = f"version {number}"
    problems = Problems(file)
    table = Table(document, problems)
    source = table.need("source", _text, example='"…"') or ""
    topics = {name: read_topic(name, inner) for name, inner in table.named("topics", "topic")}
    messages = dict(_read_messages(table))
    problems.stop()
    protocol = parse_published(source, file=file, topics=topics)
    return ProtocolVersion(number=number, protocol=protocol, topics=topics, messages=messages)


def _text(value: object) -> str:
    # Not `scalars.any_text`: a file saved on Windows has a control character at each line's end.
    if not isinstance(value, str):
        raise Mistake("must be the text of a protocol")
    return value


def _read_messages(table: Table) -> Iterator[tuple[tuple[str, str], MessageTemplate]]:
    for template, languages in table.named("messages", "message"):
        for language in languages.keys:
            words = languages.inner(language, example='{ sms = "…" }')
            if words is not None:
                yield (template, language), read_message(words, template=template, language=language)


def _used_topics(protocol: CareProtocol, topics: Mapping[str, Topic]) -> dict[str, Topic]:
    named = set(_named_topics(protocol))
    opposed = {topics[name].opposes for name in named}
    return {name: topic for name, topic in topics.items() if name in named | opposed}


def _named_topics(protocol: CareProtocol) -> Iterator[str]:
    for window in protocol.windows:
        yield window.topic
        if isinstance(window.start, str):
            yield window.start
    for modifier in protocol.modifiers:
        yield from modifier.topics
    for reminder in protocol.reminders:
        yield from reminder.topics
