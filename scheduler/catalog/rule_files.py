"""Bands, windows, modifiers and reminder rules as files write them, each read by itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from scheduler.catalog import scalars
from scheduler.catalog.condition_files import read_condition
from scheduler.catalog.fact_shapes import Shapes
from scheduler.catalog.tables import Table
from scheduler.domain.care.protocols import (
    Add,
    After,
    AtLeast,
    AtWindowEnd,
    Band,
    Duration,
    Effect,
    Modifier,
    NextBand,
    OnDays,
    ReminderRule,
    SendTime,
    SignOff,
    Unit,
    WindowRule,
)
from scheduler.domain.care.ruleless import RULELESS
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.naming import quoted
from scheduler.domain.people.patients import Channel

EVERY_BAND = ""
_ANY = Duration(1, Unit.DAYS)
"""Stands where a length could not be read; the problem that was added keeps it from being used."""
_WAYS = ("after", "day", "days", "window_end")
_EFFECTS = ("at_least", "add", "next_band")
_SEND = "{ day = 1, time = 10:00:00 }"
_EFFECT = '{ at_least = "24h" }'


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the rules of a protocol may refer to."""

    topics: Collection[str]
    bands: tuple[str, ...]
    facts: Shapes
    templates: Collection[str] | None
    """None: any template, as the words are checked elsewhere."""

    def topic(self, value: object) -> str:
        """The id of a topic. Raises Mistake."""
        return scalars.known("topic", self.topics)(value)


def read_band(table: Table, facts: Shapes) -> Band:
    """A `[[band]]`."""
    band = Band(
        id=table.need("id", scalars.identifier, example='"D1"') or "",
        when=read_condition(table, facts),
        notice=table.get("notice", scalars.any_text),
    )
    table.close()
    return band


def read_window(table: Table, names: Names) -> WindowRule:
    """A `[[window]]`."""
    window = WindowRule(
        topic=table.need("topic", names.topic, example='"makeup"') or "",
        until=_read_until(table, names.bands),
        start=table.get("from", _start_reader(names)),
        when=read_condition(table, names.facts),
        sign_off=table.get("class", scalars.member(SignOff, "class")) or SignOff.PROTOCOL,
        why=table.get("why", scalars.any_text) or "",
        source=table.get("source", scalars.any_text) or "",
    )
    table.close()
    return window


def read_modifier(table: Table, names: Names) -> Modifier:
    """A `[[modifier]]`."""
    if "topics" not in table.keys:
        table.problem("topics", 'is missing; name what it lengthens, such as topics = ["makeup"]')
    modifier = Modifier(
        id=table.need("id", scalars.identifier, example='"darker-skin"') or "",
        when=read_condition(table, names.facts),
        topics=table.some("topics", names.topic) or (),
        effect=_read_effect(table),
        why=table.get("why", scalars.any_text) or "",
        source=table.get("source", scalars.any_text) or "",
    )
    table.close()
    return modifier


def read_reminder(table: Table, names: Names) -> ReminderRule:
    """A `[[reminder]]`."""
    rule = ReminderRule(
        id=table.need("id", scalars.identifier, example='"no-actives"') or "",
        kind=table.need("kind", scalars.member(Kind, "kind"), example='"instruct"') or Kind.CHECK,
        template=table.need("template", scalars.known("template", names.templates), example='"no-actives"') or "",
        send=_read_send(table),
        topics=() if table.raw("topics") == [] else table.some("topics", names.topic) or (),
        channels=table.some("channels", scalars.member(Channel, "channel")) or (Channel.SMS, Channel.EMAIL),
        when=read_condition(table, names.facts),
        useful_for=table.get("useful_for", scalars.duration),
        same_as=table.get("same_as", scalars.one_line),
    )
    if rule.id in RULELESS:
        table.problem("id", f"{quoted(rule.id)} is the name of a message that no rule sends; choose another")
    table.close()
    return rule


def _read_until(table: Table, bands: tuple[str, ...]) -> dict[str, Duration]:
    example = "{ " + ", ".join(f'{band} = "5d"' for band in bands[:2]) + ", … }" if bands else '"5d"'
    if not isinstance(table.raw("until"), dict):
        length = table.need("until", scalars.duration, example=example)
        return {} if length is None else {EVERY_BAND: length}
    inner = table.inner("until", example=example)
    if inner is None or not bands:
        table.problem("until", 'names bands, and this protocol has none; write until = "5d"')
        return {}
    lengths = {band: inner.need(band, scalars.duration, example='"5d"') for band in bands}
    inner.close("band")
    return {band: length for band, length in lengths.items() if length is not None}


def _start_reader(names: Names) -> scalars.Reader[Duration | str]:
    def read(value: object) -> Duration | str:
        if isinstance(value, str) and (value in names.topics or value[:1].isalpha()):
            return names.topic(value)
        return scalars.duration(value)

    return read


def _read_effect(table: Table) -> Effect:
    inner = table.inner("effect", example=_EFFECT, required=True)
    if inner is None:
        return AtLeast(_ANY)
    effect = _one_effect(inner)
    inner.close()
    return effect


def _one_effect(table: Table) -> Effect:
    at_least = table.get("at_least", scalars.duration)
    add = table.get("add", scalars.duration)
    next_band = table.get("next_band", scalars.only_true)
    at_deepest = table.get("at_deepest", scalars.duration)
    _check_one(table, _EFFECTS, example=_EFFECT)
    if "at_deepest" in table.keys and "next_band" not in table.keys:
        table.problem("at_deepest", "goes with next_band = true; add that or take it out")
    if add is not None:
        return Add(add)
    return NextBand(at_deepest) if next_band else AtLeast(at_least or _ANY)


def _read_send(table: Table) -> SendTime:
    inner = table.inner("send", example=_SEND, required=True)
    if inner is None:
        return After(_ANY)
    send = _one_send(inner)
    inner.close()
    return send


def _one_send(table: Table) -> SendTime:
    after = table.get("after", scalars.duration)
    day = table.get("day", scalars.day)
    days = table.some("days", scalars.day)
    table.get("window_end", scalars.only_true)
    _check_one(table, _WAYS, example=_SEND)
    at = _read_time(table)
    if after is not None:
        return After(after)
    if "window_end" in table.keys:
        return AtWindowEnd(at)
    return OnDays(days or (() if day is None else (day,)), at)


def _read_time(table: Table) -> time:
    if "after" not in table.keys:
        return table.need("time", scalars.clock_time, example="10:00:00") or time()
    if table.raw("time") is not None:
        table.problem("time", "has no meaning beside after, which counts elapsed time; take one of the two out")
    return time()


def _check_one(table: Table, keys: tuple[str, ...], *, example: str) -> None:
    there = [key for key in keys if key in table.keys]
    if not there:
        table.problem("", f"says none of {', '.join(keys)}; write one, such as {example}")
    if len(there) > 1:
        table.problem("", f"says {' and '.join(there)}; keep one of them")
