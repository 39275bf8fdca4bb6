"""Reminders on their way into a plan: as one rule gave them, and what became of them before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from scheduler.domain.care.conditions import Condition, FactTest, Not
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.protocols import ReminderRule
from scheduler.domain.care.reasons import FLAGS, Reason
from scheduler.domain.care.timing import Intent
from scheduler.domain.care.windows import Course
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import OPEN, Identity, Kind, Status
from scheduler.domain.people.patients import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReminder:
    """One message of one rule to one patient, with its time and its reasons."""

    identity: Identity
    kind: Kind
    template: str
    topic_ends: Mapping[str, datetime] = field(default_factory=dict)
    """When each of the rule's topics ends for the patient: what its text may name."""
    channel: Channel
    channels: tuple[Channel, ...]
    """All that the rule allows, in order of preference."""
    intent: Intent | None
    """None where the time is elapsed time and no wall clock was meant."""
    intended_at: datetime
    due_at: datetime
    """What is promised."""
    useful_until: datetime
    """Exclusive: from then on it is not sent."""
    bundled_into: Identity | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A rule that gives no reminder for a session, and why."""

    session_id: str
    rule: str
    reason: Reason
    occurrence: int = 0
    """The first day that gives none for this reason, of a rule on several days."""


class Standing(StrEnum):
    """What planning may still do with a reminder."""

    FREE = "free"
    """It waits, or isn't stored yet."""
    FIXED = "fixed"
    """It went, or a person gave it its time."""
    GONE = "gone"
    """It won't go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reminder as one rule gives it, before it is seen together with the patient's others."""

    reminder: PlannedReminder
    rule: ReminderRule
    course: Course
    floor: datetime
    """Before this instant it can't go."""
    row: KnownReminder | None
    """What is stored of it."""
    speaks_for: tuple[str, ...] = ()
    """The other sessions that asked for the same on the same day: it is theirs as well, and counts for any of them."""

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions whose course it may count in, its own first."""
        return (self.identity.session_id, *self.speaks_for)

    @property
    def identity(self) -> Identity:
        """Which reminder it is."""
        return self.reminder.identity

    @property
    def exempt(self) -> bool:
        """Whether limits leave it alone."""
        return self.reminder.kind in UNLIMITED or needs_flag(self.rule.when)

    @property
    def goes_at(self) -> datetime:
        """When it goes, or went."""
        return self.reminder.due_at if self.row is None or not self.row.settled else self.row.due_at

    def local_day(self, at: datetime) -> date:
        """The patient's date at an instant."""
        return zones.local(at, self.course.zone).date()

    def because(self, *more: Reason) -> Draft:
        """The same with further reasons."""
        return replace(self, reminder=replace(self.reminder, reasons=(*self.reminder.reasons, *more)))

    def refused(self, reason: Reason) -> NotPlanned:
        """It, left out."""
        session_id, rule, occurrence = self.identity
        return NotPlanned(session_id=session_id, rule=rule, reason=reason, occurrence=occurrence)

    def standing(self, now: datetime) -> Standing:
        """What may still be done with it."""
        row = self.row
        if row is None:
            return Standing.FREE
        if row.settled:
            return Standing.FIXED
        if row.touched:
            return Standing.GONE
        if row.status in OPEN or revives(row, self.reminder, now):
            return Standing.FREE
        return Standing.GONE


def revives(row: KnownReminder, reminder: PlannedReminder, now: datetime) -> bool:
    """Whether what re-planning cancelled, or what could not go in time, waits again with the plan's time.

    The one always, the other only with a later time; both only while it is useful.
    """
    if row.touched or row.status not in _MAY_REVIVE:
        return False
    moved = row.status is Status.CANCELLED or reminder.due_at > row.due_at
    return moved and reminder.useful_until > now


def needs_flag(condition: Condition) -> bool:
    """Whether a condition holds only for patients with some flag."""
    return any(_asks_for_flag(test) for test in condition.tests) or (
        bool(condition.any_of) and all(needs_flag(alternative) for alternative in condition.any_of)
    )


def _asks_for_flag(test: FactTest) -> bool:
    return test.name == FLAGS and not isinstance(test.test, Not)


UNLIMITED = frozenset({Kind.SAFETY, Kind.CORRECTION})
"""Kinds that limits leave alone."""
_MAY_REVIVE = frozenset({Status.CANCELLED, Status.EXPIRED, Status.FAILED})
