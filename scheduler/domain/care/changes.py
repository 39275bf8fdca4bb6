"""What a new plan changes of what is stored: nothing here is written, and nothing that a person touched moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.drafts import PlannedReminder, revives
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.planning import Plan
from scheduler.domain.delivery.reminders import OPEN, Identity, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stored reminder and what it becomes."""

    row: KnownReminder
    planned: PlannedReminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What storing a plan has to do."""

    add: tuple[PlannedReminder, ...] = ()
    change: tuple[Change, ...] = ()
    cancel: tuple[KnownReminder, ...] = ()
    keep: tuple[KnownReminder, ...] = ()
    correct: tuple[PlannedReminder, ...] = ()
    """Correction texts to add, for dates that patients were told and that no longer hold."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.add or self.change or self.cancel or self.correct)


def diff(plan: Plan, rows: Iterable[KnownReminder], now: datetime) -> Changes:
    """What makes the stored reminders of a patient equal to the plan.

    Rows that were sent or that a person touched stay as they are. What re-planning cancelled, or what could not
    go in time, comes back only with a time that is still useful at `now`.
    """
    known = tuple(rows)
    leads = {row.id: row.identity for row in known}
    add = {reminder.identity: reminder for reminder in plan.reminders}
    change: list[Change] = []
    cancel: list[KnownReminder] = []
    keep: list[KnownReminder] = []
    for row in known:
        reminder = add.pop(row.identity, None)
        if _stays(row, reminder, leads, now):
            keep.append(row)
        elif reminder is None:
            cancel.append(row)
        else:
            change.append(Change(row=row, planned=reminder))
    return Changes(
        add=tuple(reminder for reminder in add.values() if reminder.kind is not Kind.CORRECTION),
        change=tuple(change),
        cancel=tuple(cancel),
        keep=tuple(keep),
        correct=tuple(reminder for reminder in add.values() if reminder.kind is Kind.CORRECTION),
    )


def _stays(row: KnownReminder, reminder: PlannedReminder | None, leads: Mapping[str, Identity], now: datetime) -> bool:
    if row.touched:
        return True
    if row.status in OPEN:
        return reminder is not None and _same(row, reminder, leads)
    return reminder is None or not revives(row, reminder, now)


def _same(row: KnownReminder, reminder: PlannedReminder, leads: Mapping[str, Identity]) -> bool:
    return (
        row.due_at == reminder.due_at
        and row.useful_until == reminder.useful_until
        and row.channel is reminder.channel
        and row.intent == reminder.intent
        and dict(row.topic_ends) == dict(reminder.topic_ends)
        and leads.get(row.bundled_into or "") == reminder.bundled_into
        and (row.reasons is None or row.reasons == reminder.reasons)
    )
