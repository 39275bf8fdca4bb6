"""A protocol as the text of a file, for one that was changed on screen; comments of an original are lost."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.catalog.condition_files import dump_condition
from scheduler.catalog.fact_files import dump_fact
from scheduler.catalog.rule_files import EVERY_BAND
from scheduler.catalog.tables import FORMAT
from scheduler.catalog.toml_text import block, document, dotted
from scheduler.domain.care.conditions import ALWAYS, Condition
from scheduler.domain.care.protocols import (
    Add,
    After,
    AtLeast,
    AtWindowEnd,
    Band,
    CareProtocol,
    Duration,
    Effect,
    Modifier,
    NextBand,
    OnDays,
    ReminderRule,
    SendTime,
    WindowRule,
)

Written = dict[str, object]


def dump_protocol(protocol: CareProtocol) -> str:
    """The text that `parse_protocol` reads back to an equal protocol."""
    top = {"format": FORMAT, "procedure": protocol.procedure, "title": protocol.title}
    return document(
        [
            block("", top),
            *(block(dotted("facts", name), dump_fact(fact)) for name, fact in protocol.facts.items()),
            *(block("[[band]]", _band(band)) for band in protocol.bands),
            *(block("[[window]]", _window(window)) for window in protocol.windows),
            *(block("[[modifier]]", _modifier(modifier)) for modifier in protocol.modifiers),
            *(block("[[reminder]]", _reminder(reminder)) for reminder in protocol.reminders),
        ]
    )


def _band(band: Band) -> Written:
    return _given({"id": band.id, "when": _when(band.when), "notice": band.notice})


def _window(window: WindowRule) -> Written:
    start = window.start
    return _given(
        {
            "topic": window.topic,
            "from": str(start) if isinstance(start, Duration) else start,
            "until": _until(window.until),
            "when": _when(window.when),
            "class": window.sign_off.value,
            "why": window.why or None,
            "source": window.source or None,
        }
    )


def _until(until: Mapping[str, Duration]) -> str | Written:
    if EVERY_BAND in until:
        return str(until[EVERY_BAND])
    return {band: str(length) for band, length in until.items()}


def _modifier(modifier: Modifier) -> Written:
    return _given(
        {
            "id": modifier.id,
            "when": _when(modifier.when),
            "topics": list(modifier.topics),
            "effect": _effect(modifier.effect),
            "why": modifier.why or None,
            "source": modifier.source or None,
        }
    )


def _effect(effect: Effect) -> Written:
    match effect:
        case AtLeast(length):
            return {"at_least": str(length)}
        case Add(more):
            return {"add": str(more)}
        case NextBand(at_deepest):
            return _given({"next_band": True, "at_deepest": str(at_deepest) if at_deepest else None})


def _reminder(rule: ReminderRule) -> Written:
    return _given(
        {
            "id": rule.id,
            "kind": rule.kind.value,
            "template": rule.template,
            "topics": list(rule.topics) or None,
            "send": _send(rule.send),
            "when": _when(rule.when),
            "channels": [channel.value for channel in rule.channels],
            "useful_for": str(rule.useful_for) if rule.useful_for else None,
            "same_as": rule.same_as,
        }
    )


def _send(send: SendTime) -> Written:
    match send:
        case After(delay):
            return {"after": str(delay)}
        case OnDays((day,), at):
            return {"day": day, "time": at}
        case OnDays(days, at):
            return {"days": list(days), "time": at}
        case AtWindowEnd(at):
            return {"window_end": True, "time": at}


def _when(condition: Condition) -> Written | None:
    return None if condition == ALWAYS else dump_condition(condition)


def _given(table: Mapping[str, object]) -> Written:
    return {key: value for key, value in table.items() if value is not None}
