from __future__ import annotations

import json

import pytest

from scheduler.catalog.document import JsonValue, from_document, publishable, to_document
from scheduler.catalog.shipped import Catalog
from scheduler.domain.errors import Invalid
from tests.catalog.config_folder import shipped
from tests.catalog.samples import FLAGS, MESSAGES, PROTOCOL, TOPICS, told

CATALOG = Catalog(topics=TOPICS, flags=FLAGS, messages=MESSAGES, protocols={}, sources={})


@pytest.mark.parametrize(
    ("source", "catalog"),
    [
        (PROTOCOL, CATALOG),
        (f"# A comment\n{PROTOCOL}".replace("\n", "\r\n"), CATALOG),
        (shipped().sources["microneedling"], shipped()),
    ],
    ids=["sample", "windows", "shipped"],
)
def test_a_version_comes_back_equal_from_its_document(source: str, catalog: Catalog) -> None:
    version = publishable(source, "peel.toml", catalog).version(3)

    document = json.loads(json.dumps(to_document(version, source)))

    assert from_document(document, 3) == version
    assert document["source"] == source
    assert set(document) == {"source", "topics", "messages"}


def test_a_version_carries_only_the_topics_and_messages_that_it_uses() -> None:
    version = publishable(PROTOCOL, "peel.toml", CATALOG).version(1)

    assert set(version.topics) == {"makeup", "cleanse"}
    assert set(version.messages) == {("start", "en")}


def test_a_version_carries_what_its_topics_oppose_and_the_messages_that_no_rule_names() -> None:
    source = """procedure = "p"\ntitle = "P"\n[[window]]\ntopic = "spf_daily"\nuntil = "5d"\n"""

    version = publishable(source, "p.toml", shipped()).version(1)

    assert set(version.topics) == {"spf_daily", "spf_start"}
    assert {name for name, _ in version.messages} == {"bundle", "how-to-stop", "catch-up", "correction"}


def test_what_has_problems_cannot_be_published() -> None:
    with pytest.raises(Invalid) as error:
        publishable(PROTOCOL.replace('"melasma"', '"melasm"'), "peel.toml", CATALOG)

    assert 'peel.toml: modifier "longer": when.flags' in told(error.value)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "version 2: source"),
        ({"source": 5, "topics": {}, "messages": {}}, "version 2: source"),
        ({"source": PROTOCOL, "topics": {}, "messages": {}}, 'version 2: window "makeup": topic'),
        ({"source": PROTOCOL, "topics": {"makeup": {}}, "messages": {}}, 'version 2: topic "makeup": advice'),
        ({"source": PROTOCOL, "topics": {}, "messages": {"a": {"en": {}}}}, 'version 2: message "a": en'),
    ],
)
def test_what_is_no_document_of_a_version_says_where(document: dict[str, JsonValue], field: str) -> None:
    with pytest.raises(Invalid) as error:
        from_document(document, 2)

    assert error.value.problems[0].field == field
