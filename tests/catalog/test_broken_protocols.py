"""Ways to break the protocol that ships, each of which is one finding that says where and how to mend it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scheduler.catalog.checking import FileFinding, check_file
from scheduler.catalog.shipped import Catalog
from scheduler.domain.care.checks import Severity
from scheduler.domain.care.protocols import TopicWords
from tests.catalog.config_folder import FOLDER, shipped

SHIPPED = FOLDER / "protocols" / "microneedling.toml"
Broken = Mapping[str, str]
BROKEN: Mapping[str, Broken] = tomllib.loads(Path(__file__).with_name("broken_protocols.toml").read_text())


def half_german(*, template: str = "", topic: str = "") -> Catalog:
    """The words that ship, and the same in German without those of one template or topic."""
    catalog = shipped()
    german = {
        (name, "de"): replace(message, language="de")
        for (name, _), message in catalog.messages.items()
        if name != template
    }
    topics = {
        name: found if name == topic else replace(found, words={**found.words, "de": TopicWords(name=name)})
        for name, found in catalog.topics.items()
    }
    return replace(catalog, messages={**catalog.messages, **german}, topics=topics)


def starting_with(sms: str) -> Catalog:
    """The words that ship, with another first text."""
    catalog = shipped()
    start = replace(catalog.messages["start", "en"], sms=sms)
    return replace(catalog, messages={**catalog.messages, ("start", "en"): start})


CATALOGS: Mapping[str, Callable[[], Catalog]] = {
    "what ships": shipped,
    "half German": lambda: half_german(template="start"),
    "topics half German": lambda: half_german(topic="heat"),
    "wordy": lambda: starting_with("no " * 100 + "until after ((until))"),
    "accented": lambda: starting_with("Sŵn. " * 24),
}


@cache
def usual() -> frozenset[FileFinding]:
    """The notes about the file that ships."""
    return frozenset(replace(finding, file="") for finding in check_file(SHIPPED, shipped()))


def findings(broken: Broken, folder: Path) -> list[FileFinding]:
    """What is found that isn't so of the file that ships; notes only where one is looked for."""
    text = SHIPPED.read_text()
    right = broken.get("right", "")
    assert right in text
    file = folder / "broken.toml"
    file.write_text(f"{text.replace(right, broken.get('wrong', ''), 1)}\n{broken.get('added', '')}")
    found = check_file(file, CATALOGS[broken.get("with", "what ships")]())
    new = [finding for finding in found if replace(finding, file="") not in usual()]
    return [finding for finding in new if finding.severity is Severity.ERROR or "severity" in broken]


def test_the_file_that_ships_has_notes_only() -> None:
    assert {finding.severity for finding in usual()} == {Severity.NOTE}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_protocol_is_one_finding_with_its_rule_key_and_mend(broken: Broken, tmp_path: Path) -> None:
    (found,) = findings(broken, tmp_path)

    assert (found.rule, found.key) == (broken["rule"], broken["key"])
    assert broken["fault"] in found.fault
    assert broken["mend"] in found.mend
    assert found.file == broken.get("file", str(tmp_path / "broken.toml"))
    assert found.severity == broken.get("severity", "error")


def test_each_broken_protocol_is_told_apart_from_all_others() -> None:
    told = {(broken["rule"], broken["key"], broken["fault"]) for broken in BROKEN.values()}

    assert len(told) == len(BROKEN) >= 25
