from __future__ import annotations

from scheduler.catalog import scalars
from scheduler.catalog.tables import Problems, Table


def test_a_rule_with_a_mistake_in_an_inner_table_is_not_sound() -> None:
    rule = Table({"send": {"day": "x"}}, Problems("f.toml"), label='reminder "x"')
    inner = rule.inner("send", example="{ day = 1 }")
    assert inner is not None
    assert rule.sound

    inner.get("day", scalars.day)

    assert not rule.sound


def test_a_mistake_in_one_rule_leaves_the_others_sound() -> None:
    first, second = Table({"rule": [{}, {}]}, Problems("f.toml")).rules("rule", "id")

    first.need("id", scalars.identifier, example='"x"')

    assert (first.sound, second.sound) == (False, True)
