"""The messages of a session as its page shows them: bundles as one message, words, reasons, and what may be done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.doings import Doing, Standing, doings
from scheduler.domain.delivery.reminders import OPEN, Kind, Status
from scheduler.domain.delivery.rendering import Occasion, spoken_day
from scheduler.domain.people.consent import Word
from scheduler.domain.people.patients import Channel, Patient
from scheduler.services import care, wording
from scheduler.services.contact_points import last_four
from scheduler.services.facts_told import told_facts
from scheduler.storage import attempts, dispatching
from scheduler.storage.database import Db
from scheduler.storage.outbox import Record

_SPOKEN = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One reminder of a message."""

    id: str
    session_id: str
    rule: str
    about: str
    """What it says, in a few words."""
    kind: Kind
    status: Status
    why: tuple[str, ...]
    """Sentences: the rule and its version, and facts of the patient."""
    doings: frozenset[Doing]
    useful_until: datetime
    due_at: datetime
    other_session: str | None
    """Which session it is of, where it is another one than the page's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineMessage:
    """What a patient gets, or would have got, as one message."""

    id: str
    """Its lead's."""
    about: str
    parts: tuple[Part, ...]
    """The lead first; one alone where it is no bundle."""
    kind: Kind
    channel: Channel
    to: str | None
    """The number's last four digits, or the address; None where there is none."""
    subject: str | None
    body: str | None
    """What was handed over, or what it would say; None where there are no words for it."""
    status: Status
    status_reason: str | None
    status_at: datetime
    note: str | None
    touched_by: str | None
    due_at: datetime
    next_at: datetime
    """When it is tried: later than due while it waits for hours, or for another try."""
    sent_at: datetime | None

    @property
    def at(self) -> datetime:
        """Where it stands in time: when it went, else when it is due."""
        return self.sent_at or self.due_at

    @property
    def is_open(self) -> bool:
        """Whether it is still to go."""
        return self.status in OPEN


def messages(
    db: Db, found: care.Care, stored: Sequence[Record], session_id: str, *, first_name: str, now: datetime
) -> tuple[TimelineMessage, ...]:
    """The session's messages in order of time, those of which a part is another session's too.

    `stored` are all reminders of the patient.
    """
    groups = [group for group in _groups(stored) if any(record.session_id == session_id for record in group)]
    tried = attempts.last_tried(db, {group[0].id for group in groups})
    texted = found.patient.id in dispatching.texted(db, {found.patient.id})
    look = _Look(found=found, session_id=session_id, first_name=first_name, now=now)
    made: list[TimelineMessage] = []
    for group in groups:
        lead = group[0]
        first = not texted and lead.status in OPEN and lead.channel is Channel.SMS
        texted = texted or first
        made.append(look.message(group, None if lead.status in OPEN else tried.get(lead.id), first_text=first))
    return tuple(sorted(made, key=lambda one: (one.at, one.id)))


def _groups(stored: Iterable[Record]) -> list[list[Record]]:
    """Reminders that go as one message, the lead first; in order of time."""
    by_lead: dict[str, list[Record]] = defaultdict(list)
    for record in stored:
        by_lead[record.bundled_into or record.id].append(record)
    ordered = [
        sorted(group, key=lambda one: (one.bundled_into is not None, one.kind.rank)) for group in by_lead.values()
    ]
    return sorted(ordered, key=lambda group: (group[0].due_at, group[0].id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What all messages of one page are looked at with."""

    found: care.Care
    session_id: str
    first_name: str
    now: datetime

    def message(self, group: Sequence[Record], tried: attempts.Tried | None, *, first_text: bool) -> TimelineMessage:
        lead = group[0]
        parts = tuple(self._part(record) for record in group)
        occasion = self._occasion(lead, first_text=first_text)
        words = tried or wording.would_say([self._piece(one) for one in group], lead.channel, occasion)
        return TimelineMessage(
            id=lead.id,
            about=parts[0].about,
            parts=parts,
            kind=lead.kind,
            channel=lead.channel,
            to=_masked(tried.to if tried else _address(self.found.patient, lead.channel), lead.channel),
            subject=words.subject if words else None,
            body=words.body if words else None,
            status=lead.status,
            status_reason=lead.status_reason,
            status_at=lead.status_at,
            note=lead.note,
            touched_by=lead.touched_by,
            due_at=lead.due_at,
            next_at=lead.next_at,
            sent_at=lead.sent_at,
        )

    def _part(self, record: Record) -> Part:
        session = next(one for one in self.found.sessions if one.id == record.session_id)
        standing = Standing(
            kind=record.kind,
            status=record.status,
            status_reason=record.status_reason,
            useful_until=record.useful_until,
            voided=session.voided,
        )
        return Part(
            id=record.id,
            session_id=record.session_id,
            rule=record.rule,
            about=wording.about(self._piece(record), self._occasion(record)),
            kind=record.kind,
            status=record.status,
            why=tuple(self._why(record)),
            doings=doings(standing, self.now),
            useful_until=record.useful_until,
            due_at=record.due_at,
            other_session=None if record.session_id == self.session_id else self._title(record.session_id),
        )

    def _why(self, record: Record) -> Iterable[str]:
        yield from (sentence(reason) for reason in record.reasons)
        if all(reason.code is not Why.MATCHED for reason in record.reasons):
            facts = self._facts(record)
            if facts:
                yield f"Recorded: {facts}."
        yield from _agreed(self.found.patient, record, self.first_name, self.zone)

    def _facts(self, record: Record) -> str:
        session = next(one for one in self.found.sessions if one.id == record.session_id)
        told = told_facts(self.found.protocols[session.procedure, session.version].protocol, session.facts)
        return ", ".join(f"{label[:1].lower()}{label[1:]} {value}" for label, value in told)

    def _piece(self, record: Record) -> wording.Piece:
        session = next(one for one in self.found.sessions if one.id == record.session_id)
        return wording.Piece(
            version=self.found.protocols[session.procedure, session.version],
            rule=record.rule,
            template=record.template,
            topic_ends=record.topic_ends,
        )

    def _occasion(self, record: Record, *, first_text: bool = False) -> Occasion:
        return Occasion(
            patient=self.found.patient,
            clinic=self.found.clinic,
            topic_ends=record.topic_ends,
            at=record.sent_at or record.due_at,
            first_text=first_text,
        )

    def _title(self, session_id: str) -> str:
        session = next(one for one in self.found.sessions if one.id == session_id)
        title = self.found.protocols[session.procedure, session.version].protocol.title
        return f"{title} of {spoken_day(zones.local(session.ended_at, self.zone).date())}"

    @property
    def zone(self) -> str:
        """The patient's wall clock."""
        return self.found.patient.zone or self.found.clinic.zone


def _agreed(patient: Patient, record: Record, first_name: str, zone: str) -> Iterable[str]:
    """When the patient agreed to messages of this kind; nothing where their last word is another."""
    purpose = record.kind.purpose
    said = [one for one in patient.consents if one.channel == record.channel and one.purpose is purpose]
    if said and said[-1].word is Word.GIVEN:
        day = spoken_day(zones.local(said[-1].at, zone).date())
        yield f"{first_name} agreed to {_SPOKEN[record.channel]} on {day}."


def _address(patient: Patient, channel: Channel) -> str | None:
    contact = patient.contact(channel)
    return contact.value if contact else None


def _masked(value: str | None, channel: Channel) -> str | None:
    return last_four(value) if value and channel is Channel.SMS else value
