"""What already happened to a patient's reminders, as far as planning must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.care.reasons import Reason
from scheduler.domain.care.timing import Intent
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.patients import Channel


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

    def last_told(self, topics: tuple[str, ...]) -> datetime | None:
        """The latest end that a sent message told for any of the topics."""
        return max((told.until for told in self.told if told.topic in topics), default=None)


NOTHING_YET = History()
