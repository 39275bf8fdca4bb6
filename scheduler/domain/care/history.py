"""What already happened to a patient's reminders, as far as planning must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.care.reasons import Reason
from scheduler.domain.care.timing import Intent
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Identity, Kind, Status
from scheduler.domain.people.patients import Channel

_WENT = WITH_PROVIDER | {Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReminder:
    """A reminder as it is stored."""

    id: str
    identity: Identity
    kind: Kind
    status: Status
    channel: Channel
    due_at: datetime
    useful_until: datetime
    intended_at: datetime | None = None
    """None: when it was due."""
    intent: Intent | None = None
    topic_ends: Mapping[str, datetime] = field(default_factory=dict)
    touched: bool = False
    """A person moved, skipped, cancelled or restored it: planning leaves it alone."""
    planned_at: datetime | None = None
    """When it was first planned, so that re-planning finds the same time; None: with its session."""
    sent_at: datetime | None = None
    bundled_into: str | None = None
    reasons: tuple[Reason, ...] | None = None
    """Why it was planned; None: not known, and so not compared."""

    @property
    def meant_at(self) -> datetime:
        """The intended time, by whose date it counts."""
        return self.intended_at or self.due_at

    @property
    def went(self) -> bool:
        """Whether it was handed over, or is just being."""
        return self.status in _WENT

    @property
    def settled(self) -> bool:
        """Whether planning takes its time as given: it went, or a person left it waiting."""
        return self.went or (self.touched and self.status in OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDate:
    """A date that a sent message told the patient for a topic."""

    topic: str
    until: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything planned, sent or touched so far for one patient."""

    reminders: Mapping[Identity, KnownReminder] = field(default_factory=dict)
    told: tuple[ToldDate, ...] = ()

    def of(self, session_id: str, rule: str) -> tuple[KnownReminder, ...]:
        """What is stored of one rule of one session."""
        return tuple(row for row in self.reminders.values() if row.identity[:2] == (session_id, rule))

    def last_told(self, topics: tuple[str, ...], *, before: datetime | None = None) -> datetime | None:
        """The latest end that a sent message told for any of the topics, before an instant if one is given."""
        known = (told for told in self.told if before is None or told.told_at < before)
        return max((told.until for told in known if told.topic in topics), default=None)


NOTHING_YET = History()
