"""Messages that no rule asks for: catch-up and correction, carried by the patient's newest session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from scheduler.domain.care.drafts import Draft, PlannedReminder
from scheduler.domain.care.history import History, KnownReminder
from scheduler.domain.care.merging import Merged
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.protocols import AtWindowEnd, ReminderRule, Topic
from scheduler.domain.care.reasons import Reason, Why, day_and_time
from scheduler.domain.care.windows import Course
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import OPEN, Identity, Kind
from scheduler.domain.delivery.rendering import has_wording
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel, Patient
from scheduler.domain.people.reach import NoReach, first_reach

CATCH_UP = "catch-up"
"""Template and reserved rule id of what tells topics that no other message names."""
CORRECTION = "correction"
"""Template and reserved rule id of what tells that dates have moved."""
RULELESS = (CATCH_UP, CORRECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """A patient's whole plan so far, as far as a message without a rule depends on it."""

    patient: Patient
    courses: Mapping[str, Course]
    """In order of the sessions' ends; not empty."""
    merged: Merged
    topics: Mapping[str, Topic]
    drafts: tuple[Draft, ...]
    """Every reminder that is planned."""
    history: History
    openings: Openings
    now: datetime

    @property
    def carrier(self) -> Course:
        """The newest session."""
        return self.courses[max(self.courses, key=lambda id_: (self.courses[id_].session.ended_at, id_))]

    def turn(self, rule: str) -> tuple[int, KnownReminder | None]:
        """The occurrence of the message that may be needed now, and its row if one waits already.

        One that was ever sent or ended keeps its number: what comes later is another message.
        """
        rows = self.history.of(self.carrier.session.id, rule)
        waiting = next((row for row in rows if row.status in OPEN), None)
        if waiting is not None:
            return waiting.identity.occurrence, waiting
        return max((row.identity.occurrence + 1 for row in rows), default=0), None

    def asked_at(self, row: KnownReminder | None) -> datetime:
        """When the need for it was seen: of one that waits, then; never before its session was known."""
        seen_at = row.planned_at if row is not None else None
        return max(seen_at or self.now, self.carrier.session.known_at)

    def names(self, topics: Iterable[str]) -> str:
        """The topics' names for staff, in the clinic's first language."""
        language = self.openings.clinic.languages[0]
        return ", ".join(_name(self.topics.get(topic), topic, language) for topic in topics)

    def too_late(self, end: datetime) -> Reason:
        """That nothing can go before an end."""
        return Reason(Why.TOO_LATE, {"until": day_and_time(zones.local(end, self.openings.zone))})

    def draft(self, rule: str, kind: Kind, ends: Mapping[str, datetime], why: Reason) -> Draft | Reason:
        """The message on these topics, as soon as it may go; or why it can't."""
        occurrence, row = self.turn(rule)
        asked_at = self.asked_at(row)
        reach = first_reach(self.patient, tuple(Channel), Purpose.CARE)
        if isinstance(reach, NoReach):
            return Reason(Why(reach.value))
        if not has_wording(self.carrier.version.messages, rule, reach[0]):
            return Reason(Why.NO_WORDING)
        due_at, useful_until = self.openings.hours(asked_at, kind), max(ends.values())
        if due_at is None:
            return Reason(Why.NEVER_OPEN)
        if due_at >= useful_until:
            return self.too_late(useful_until)
        reminder = PlannedReminder(
            identity=Identity(self.carrier.session.id, rule, occurrence),
            kind=kind,
            template=rule,
            topic_ends=dict(ends),
            channel=reach[0],
            channels=tuple(Channel),
            intent=None,
            intended_at=asked_at,
            due_at=due_at,
            useful_until=useful_until,
            reasons=(why,),
        )
        asks = ReminderRule(id=rule, kind=kind, template=rule, send=AtWindowEnd(time()), topics=tuple(ends))
        return Draft(reminder=reminder, rule=asks, course=self.carrier, floor=asked_at, row=row)


def _name(topic: Topic | None, topic_id: str, language: str) -> str:
    words = topic.words.get(language) if topic else None
    return words.name if words else topic_id
