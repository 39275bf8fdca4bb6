"""What only shows when the rules of one protocol are seen together; whether they are wise is not asked here.

Rules that could not be read are left out, so that one mistake isn't told twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from scheduler.catalog.scalars import no_such
from scheduler.catalog.tables import Table
from scheduler.domain.care.protocols import (
    AtWindowEnd,
    Duration,
    Modifier,
    NextBand,
    OnDays,
    ReminderRule,
    WindowRule,
)
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.naming import quoted

_MOST_MESSAGES = 2000


@dataclass(frozen=True, slots=True)
class Read:
    """Rules as read, each beside the table that it stands in."""

    windows: Sequence[tuple[Table, WindowRule]]
    modifiers: Sequence[tuple[Table, Modifier]]
    reminders: Sequence[tuple[Table, ReminderRule]]

    @property
    def windows_sound(self) -> bool:
        """Whether every window could be read, so that a topic without one really has none."""
        return all(table.sound for table, _ in self.windows)


def check_rules(rules: Read, *, bands: Collection[str]) -> None:
    """Nothing, if the rules fit together; each problem is told to the table of its rule."""
    if rules.windows_sound:
        _check_starts(rules.windows)
    _check_repeated(rules.modifiers)
    _check_repeated(rules.reminders)
    _check_count(rules.reminders)
    for table, modifier in rules.modifiers:
        if isinstance(modifier.effect, NextBand) and not bands:
            table.problem("effect.next_band", "needs bands, and this protocol has none; use at_least or add")
    windowed = {window.topic for _, window in rules.windows}
    ids = {rule.id for _, rule in rules.reminders}
    for table, rule in rules.reminders:
        if table.sound:
            hold = any(topic in windowed for topic in rule.topics) or not rules.windows_sound
            _check_reminder(table, rule, hold=hold)
        if rule.same_as is not None:
            _check_same_as(table, rule, ids=ids)


def _check_count(reminders: Sequence[tuple[Table, ReminderRule]]) -> None:
    left = _MOST_MESSAGES
    for table, rule in reminders:
        left -= len(rule.send.days) if isinstance(rule.send, OnDays) else 1
        if left < 0:
            message = (
                f"makes more than {_MOST_MESSAGES} messages for each session, with the rules above; name fewer days"
            )
            table.problem("send", message)
            return


def _check_repeated(rules: Iterable[tuple[Table, Modifier]] | Iterable[tuple[Table, ReminderRule]]) -> None:
    seen: set[str] = set()
    for table, rule in rules:
        if rule.id and rule.id in seen:
            table.problem("id", f"{quoted(rule.id)} is the id of a rule above, too; give one of them another")
        seen.add(rule.id)


def _check_same_as(table: Table, rule: ReminderRule, *, ids: Collection[str]) -> None:
    if rule.same_as == rule.id:
        table.problem("same_as", "names the rule itself; take it out")
    elif rule.same_as and rule.same_as not in ids:
        table.problem("same_as", no_such("reminder", rule.same_as, ids))


def _check_reminder(table: Table, rule: ReminderRule, *, hold: bool) -> None:
    if rule.kind is Kind.RESUME and not rule.topics:
        table.problem("topics", "is missing; a resume rule must name what may be resumed")
    elif isinstance(rule.send, AtWindowEnd) and not hold:
        table.problem("send.window_end", "has nothing to wait for; name a topic that has a [[window]] here")
    elif rule.kind is Kind.INSTRUCT and not hold and rule.useful_for is None:
        table.problem(
            "topics", "has none with a [[window]] here, so it would never be useful; name one or write useful_for"
        )
    if rule.kind is Kind.REASSURE and rule.topics:
        table.problem("topics", "must be empty, as a text that reassures gives no advice; take them out")


def _check_starts(windows: Sequence[tuple[Table, WindowRule]]) -> None:
    windowed = {window.topic for _, window in windows}
    for table, window in windows:
        if isinstance(window.start, str) and window.start not in windowed:
            table.problem("from", f"waits for {quoted(window.start)}, which has no [[window]] here; add one")
        if isinstance(window.start, Duration):
            _check_length(table, window, start=window.start)
    _check_circle(windows)


def _check_length(table: Table, window: WindowRule, *, start: Duration) -> None:
    for band, length in window.until.items():
        if length.elapsed <= start.elapsed:
            key = f"until.{band}" if band else "until"
            table.problem(key, f"{length} ends before it starts, which is after {start}; write a longer time")


def _check_circle(windows: Sequence[tuple[Table, WindowRule]]) -> None:
    before: dict[str, set[str]] = {}
    for _, window in windows:
        if isinstance(window.start, str):
            before.setdefault(window.topic, set()).add(window.start)
    while circle := _circle(before):
        table = next(table for table, window in windows if window.topic == circle[-1] and window.start in circle)
        table.problem("from", f"goes in a circle ({' -> '.join(reversed(circle))}); start one of them by itself")
        del before[circle[-1]]


def _circle(before: Mapping[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return None
