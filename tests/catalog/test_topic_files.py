from __future__ import annotations

import pytest

from scheduler.catalog.topic_files import dump_topics, parse_topics
from scheduler.domain.care.protocols import Advice, ToldBy, TopicWords
from scheduler.domain.errors import Invalid
from tests.catalog.samples import told

TOPICS = """\
format = 1

[topics.sunscreen]
advice = "avoid"
told_by = "text"
opposes = "daily"
words.en = { name = "sunscreen", counts = "Any kind." }
words.pt-BR = { name = "protetor solar" }

[topics.daily]
advice = "do"
words.en = { name = "daily sunscreen" }
"""


def test_topics_are_read_with_their_words_in_each_language() -> None:
    topics = parse_topics(TOPICS, file="topics.toml")

    assert list(topics) == ["sunscreen", "daily"]
    assert topics["sunscreen"].words == {
        "en": TopicWords(name="sunscreen", counts="Any kind."),
        "pt-BR": TopicWords(name="protetor solar"),
    }
    assert (topics["sunscreen"].advice, topics["sunscreen"].opposes) == (Advice.AVOID, "daily")
    assert (topics["daily"].told_by, topics["daily"].opposes) == (ToldBy.SHEET, None)


def test_topics_written_and_read_again_are_equal() -> None:
    topics = parse_topics(TOPICS, file="topics.toml")

    assert parse_topics(dump_topics(topics), file="topics.toml") == topics


@pytest.mark.parametrize(
    ("right", "wrong", "field", "mend"),
    [
        ("format = 1", "format = 2", "format", "must be 1"),
        ("[topics.sunscreen]", '[topics."a b"]', 'topic "a b"', "can't be an id"),
        ('advice = "do"', 'advice = "don\'t"', 'topic "daily": advice', "use one of: avoid, do"),
        ('advice = "do"', "", 'topic "daily": advice', 'is missing; write one, such as advice = "avoid"'),
        ('told_by = "text"', 'told_by = "txt"', 'topic "sunscreen": told_by', "did you mean text?"),
        ('opposes = "daily"', 'opposes = "dayly"', 'topic "sunscreen": opposes', "did you mean daily?"),
        ('opposes = "daily"', 'opposes = "sunscreen"', 'topic "sunscreen": opposes', "says avoid too"),
        ('words.en = { name = "daily sunscreen" }', "", 'topic "daily": words', "is missing"),
        ('words.en = { name = "daily sunscreen" }', "words = {}", 'topic "daily": words', "has no language"),
        ('words.en = { name = "daily sunscreen" }', 'words = "x"', 'topic "daily": words', "must be a table"),
        ('words.en = { name = "daily sunscreen" }', 'words.en = "x"', 'topic "daily": words.en', "must be a table"),
        ('{ name = "daily sunscreen" }', "{}", 'topic "daily": words.en.name', "is missing"),
        ('{ name = "daily sunscreen" }', '{ name = "a\\nb" }', 'topic "daily": words.en.name', "on one line"),
        ('{ name = "daily', '{ nam = "x", name = "daily', 'topic "daily": words.en.nam', "did you mean name?"),
        ("words.pt-BR", "words.English", 'topic "sunscreen": words.English', "is not a language tag"),
        ('told_by = "text"', "tell = 1", 'topic "sunscreen": tell', "there is no key"),
        ("format = 1", "[topcs]", "topcs", "did you mean topics?"),
    ],
)
def test_a_mistake_names_its_topic_and_key_and_says_the_mend(right: str, wrong: str, field: str, mend: str) -> None:
    assert right in TOPICS

    with pytest.raises(Invalid) as error:
        parse_topics(TOPICS.replace(right, wrong, 1), file="topics.toml")

    assert [problem.field for problem in error.value.problems] == [f"topics.toml: {field}"]
    assert mend in told(error.value)


def test_a_broken_file_tells_all_its_problems_at_once() -> None:
    text = TOPICS.replace('"avoid"', '"avoyd"').replace('"text"', "5").replace('advice = "do"', "")

    with pytest.raises(Invalid) as error:
        parse_topics(text, file="topics.toml")

    assert [problem.field for problem in error.value.problems] == [
        'topics.toml: topic "sunscreen": advice',
        'topics.toml: topic "sunscreen": told_by',
        'topics.toml: topic "daily": advice',
    ]
