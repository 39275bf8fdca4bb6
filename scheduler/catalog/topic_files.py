"""`topics.toml`: every piece of advice that rules may name, with its words in each language."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from scheduler.catalog import scalars
from scheduler.catalog.scalars import JsonValue, Mistake, no_such
from scheduler.catalog.tables import FORMAT, Problems, Table
from scheduler.catalog.toml_files import read_toml
from scheduler.catalog.toml_text import block, document, dotted
from scheduler.domain.care.protocols import Advice, ToldBy, Topic, TopicWords
from scheduler.domain.naming import quoted

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_WORDS = '{ en = { name = "make-up" } }'


def parse_topics(text: str, *, file: str) -> dict[str, Topic]:
    """The topics of a file by id. Raises Invalid with every problem."""
    problems = Problems(file)
    table = Table(read_toml(text, file=file), problems)
    table.check_format()
    read = [(inner, read_topic(name, inner)) for name, inner in table.named("topics", "topic")]
    table.close()
    topics = {topic.id: topic for _, topic in read}
    sound = {topic.id for inner, topic in read if inner.sound}
    for inner, topic in read:
        _check_opposite(inner, topic, topics, sound=sound)
    problems.stop()
    return topics


def dump_topics(topics: Mapping[str, Topic]) -> str:
    """The text that `parse_topics` reads back to equal topics."""
    tables = (block(dotted("topics", name), topic_table(topic)) for name, topic in topics.items())
    return document([block("", {"format": FORMAT}), *tables])


def read_topic(name: str, table: Table) -> Topic:
    """The topic that the table describes, as far as it can be read."""
    topic = Topic(
        id=name,
        advice=table.need("advice", scalars.member(Advice, "advice"), example='"avoid"') or Advice.AVOID,
        told_by=table.get("told_by", scalars.member(ToldBy, "way of telling")) or ToldBy.SHEET,
        opposes=table.get("opposes", scalars.one_line),
        words=_read_words(table),
    )
    table.close()
    return topic


def topic_table(topic: Topic) -> dict[str, JsonValue]:
    """The table that `read_topic` reads back to an equal topic."""
    words: dict[str, JsonValue] = {
        language: {"name": said.name, "counts": said.counts} if said.counts else {"name": said.name}
        for language, said in topic.words.items()
    }
    table: dict[str, JsonValue] = {"advice": topic.advice.value, "told_by": topic.told_by.value}
    return {**table, "opposes": topic.opposes, "words": words} if topic.opposes else {**table, "words": words}


def language(value: object) -> str:
    """A language's tag, such as `en` or `pt-BR`. Raises Mistake."""
    tag = scalars.one_line(value)
    if not _LANGUAGE.fullmatch(tag):
        raise Mistake(f"{quoted(tag)} is not a language tag; write one such as en, de or pt-BR")
    return tag


def _read_words(table: Table) -> dict[str, TopicWords]:
    inner = table.inner("words", example=_WORDS, required=True)
    if inner is None:
        return {}
    if not inner.keys:
        inner.problem("", f"has no language; write one, such as words = {_WORDS}")
    found: dict[str, TopicWords] = {}
    for tag in inner.keys:
        inner.check(tag, language, tag)
        said = inner.inner(tag, example='{ name = "make-up" }')
        if said is not None:
            found[tag] = _read_said(said)
    return found


def _read_said(table: Table) -> TopicWords:
    words = TopicWords(
        name=table.need("name", scalars.one_line, example='"make-up"') or "",
        counts=table.get("counts", scalars.any_text) or "",
    )
    table.close()
    return words


def _check_opposite(table: Table, topic: Topic, topics: Mapping[str, Topic], *, sound: Collection[str]) -> None:
    if topic.opposes is None:
        return
    opposite = topics.get(topic.opposes)
    if opposite is None:
        table.problem("opposes", no_such("topic", topic.opposes, topics))
    elif opposite.advice is topic.advice and {topic.id, opposite.id}.issubset(sound):
        table.problem("opposes", f"names {quoted(topic.opposes)}, which says {topic.advice.value} too; one must differ")
