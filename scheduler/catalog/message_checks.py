"""Whether the words that a protocol's rules send fit the rules: a channel they can go on, a date they can name."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.catalog.protocol_checks import Read
from scheduler.catalog.tables import Table
from scheduler.domain.care.protocols import ReminderRule
from scheduler.domain.delivery.messages import MessageTemplate, Placeholder, placeholders
from scheduler.domain.naming import quoted
from scheduler.domain.people.patients import Channel


def check_messages(rules: Read, messages: Mapping[tuple[str, str], MessageTemplate]) -> None:
    """Nothing, if each rule's template has words that fit it; each problem is told to the table of its rule."""
    windowed = {window.topic for _, window in rules.windows}
    for table, rule in rules.reminders:
        if not table.sound:
            continue
        for message in messages.values():
            if message.template == rule.template:
                _check(table, rule, message, dated=not rules.windows_sound or not windowed.isdisjoint(rule.topics))


def _check(table: Table, rule: ReminderRule, message: MessageTemplate, *, dated: bool) -> None:
    name = f"{quoted(message.template)} ({message.language})"
    if not any(_has_words(message, channel) for channel in rule.channels):
        channels = " or ".join(channel.value for channel in rule.channels)
        table.problem("channels", f"{name} has no words for {channels}; write them or send on another channel")
    if not dated and _names_date(message):
        table.problem(
            "topics", f"has none with a [[window]] here, and {name} says ((until)); name one or reword the template"
        )


def _has_words(message: MessageTemplate, channel: Channel) -> bool:
    return message.sms is not None if channel is Channel.SMS else message.email is not None


def _names_date(message: MessageTemplate) -> bool:
    return any(Placeholder.UNTIL in placeholders(text) for text in message.texts())
