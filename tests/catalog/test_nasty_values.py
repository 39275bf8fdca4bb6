"""Whatever stands in a file, reading it ends with a value or with problems, never with anything else."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from scheduler.catalog.flag_files import parse_flags
from scheduler.catalog.message_files import parse_message
from scheduler.catalog.topic_files import parse_topics
from scheduler.domain.errors import Invalid
from tests.catalog.config_folder import FOLDER, shipped
from tests.catalog.samples import PROTOCOL, parse

NASTY = [
    0, -1, 10**400, 1.5, float("nan"), float("inf"), "", " ", "x", "\x00", "\n", "5d", "((x))", "é" * 300, True,
    [], [[]], [1, "a"], [{}], [{"a": 1}], {}, {"a": {}}, {"": 1}, {"min": "x", "not": {"not": {}}},
    time(1), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC),
]  # fmt: skip
Place = tuple[str | int, ...]


def places(value: object, here: Place = ()) -> Iterator[Place]:
    """Where anything stands in a file, as the keys and positions that lead to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*here, key)
        yield from places(item, (*here, key))


def changed(values: dict[str, Any], place: Place, nasty: object) -> str:
    copy = deepcopy(values)
    inner: Any = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = nasty
    return tomli_w.dumps(copy)


@pytest.mark.parametrize("nasty", NASTY, ids=repr)
def test_a_protocol_with_any_value_anywhere_is_read_or_refused(nasty: object) -> None:
    values = tomllib.loads(PROTOCOL)

    for place in places(values):
        with suppress(Invalid):
            parse(changed(values, place, nasty))


@pytest.mark.parametrize("nasty", NASTY, ids=repr)
def test_any_other_file_with_any_value_anywhere_is_read_or_refused(nasty: object) -> None:
    topics = {"topics": tomllib.loads((FOLDER / "topics.toml").read_text())["topics"]["spf_start"]}
    flags = {"flags": {"x": {"label": "X", "class": "M", "why": "x"}}}
    message = tomllib.loads((FOLDER / "messages/en/no-actives.toml").read_text())

    for place in places(topics):
        with suppress(Invalid):
            parse_topics(changed(topics, place, nasty), file="f")
    for place in places(flags):
        with suppress(Invalid):
            parse_flags(changed(flags, place, nasty), file="f")
    for place in places(message):
        with suppress(Invalid):
            parse_message(changed(message, place, nasty), file="f", template="x", language="en")


@given(st.data())
def test_a_protocol_with_a_piece_cut_out_or_put_in_is_read_or_refused(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([PROTOCOL, shipped().sources["microneedling"]]))
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 40)))
    piece = data.draw(st.text(st.sampled_from('[]{}="#\n 0d:,.a'), max_size=4))

    with suppress(Invalid):
        parse(source[:start] + piece + source[end:])
