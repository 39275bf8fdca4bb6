"""What docs/protocols.md shows must work as it says."""

from __future__ import annotations

import re
from pathlib import Path

from scheduler.catalog.document import publishable
from scheduler.domain.care.conditions import Equal, FactTest
from scheduler.domain.delivery.messages import Placeholder
from scheduler.domain.delivery.reminders import Kind
from tests.catalog.config_folder import shipped
from tests.catalog.samples import PROTOCOL, parse

PAGE = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
FACTS = 'title = "Peel"\n[facts.needle_mm]\ntype = "number"\nlabel = "N"\n[facts.modality]\ntype = "list"\nlabel = "M"'


def test_the_example_can_be_published_as_it_stands() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)

    version = publishable(example, "example.toml", shipped()).version(1)

    assert version.protocol.procedure == "light-peel"
    assert len([line for line in example.splitlines() if line]) == 12
    assert "no-actives" in {template for template, _ in version.messages}


def test_each_condition_on_the_page_is_one() -> None:
    section = PAGE.split("## Conditions")[1].split("\n## ")[0]
    written = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    text = PROTOCOL.replace('title = "Peel"', FACTS, 1)

    for condition in written:
        protocol = parse(text.replace('flags = "melasma"', condition))
        assert protocol.modifiers[0].when != parse(text).modifiers[0].when
    assert len(written) == 8
    assert parse(text).modifiers[0].when.tests == (FactTest("flags", Equal("melasma")),)


def test_each_send_and_effect_on_the_page_is_one() -> None:
    sends = re.findall(r"^\| `(\{ (?:after|day|window).*?\})`", PAGE, flags=re.MULTILINE)
    effects = re.findall(r"^- `(\{ .*?\})`", PAGE, flags=re.MULTILINE)

    for send in sends:
        parse(PROTOCOL.replace("{ day = 1, time = 10:00:00 }", send))
    for effect in effects:
        parse(PROTOCOL.replace('{ next_band = true, at_deepest = "7d" }', effect))
    assert (len(sends), len(effects)) == (4, 3)


def test_the_page_names_every_kind_and_placeholder() -> None:
    assert [kind for kind in Kind if f"| `{kind.value}` |" not in PAGE] == []
    assert [name for name in Placeholder if f"`(({name.value}))`" not in PAGE] == []
