"""The outbox of a clinic: every reminder with its words, those that were handed over and those still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.reasons import sentences
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.rendering import NoWording, Occasion, render
from scheduler.domain.people.patients import Patient
from scheduler.services.documents import read_version
from scheduler.storage import attempts, clinics, outbox, patients, protocols
from scheduler.storage.database import Db

_AT_ONCE = 1000
"""Reminders whose patients and attempts are looked up together: a query may hold only so many values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One reminder as the outbox shows it, numbers unmasked."""

    reminder_id: str
    session_id: str
    rule: str
    kind: str
    channel: str
    to: str | None
    """None where the patient has no number or address for the channel (any more)."""
    body: str | None
    """What was handed over; for one still to come, what it would say at its time.

    The first text to a patient also says how to stop; that is added when it goes.
    """
    status: str
    due_at: datetime
    sent_at: datetime | None
    reason: str | None
    """Why it is in this status, where something put it there."""
    because: str
    """Why it was planned."""


def entries(db: Db, *, wanted: outbox.Wanted | None = None) -> list[OutboxEntry]:
    """The reminders of the clinic in scope, by due time."""
    records = outbox.listed(db, wanted or outbox.Wanted())
    clinic = clinics.get_clinic(db)
    starts = range(0, len(records), _AT_ONCE)
    return [entry for start in starts for entry in _entries(db, clinic, records[start : start + _AT_ONCE])]


def _entries(db: Db, clinic: Clinic, records: list[outbox.Record]) -> list[OutboxEntry]:
    people = patients.patients_by_id(db, {record.patient_id for record in records})
    tried = attempts.last_tried(db, {_handed_over_as(record) for record in records})
    documents = protocols.documents(db, {record.version_id for record in records})
    return [
        _entry(
            record,
            tried.get(_handed_over_as(record)),
            people[record.patient_id],
            _words(record, people[record.patient_id], clinic, documents[record.version_id]),
        )
        for record in records
    ]


def _handed_over_as(record: outbox.Record) -> str:
    """The reminder under which its message goes: its bundle's lead, or itself."""
    return record.bundled_into or record.id


def _entry(record: outbox.Record, tried: attempts.Tried | None, patient: Patient, words: Message | None) -> OutboxEntry:
    contact = patient.contact(record.channel)
    return OutboxEntry(
        reminder_id=record.id,
        session_id=record.session_id,
        rule=record.rule,
        kind=record.kind.value,
        channel=record.channel.value,
        to=tried.to if tried else contact.value if contact else None,
        body=tried.body if tried else words.body if words else None,
        status=record.status.value,
        due_at=record.due_at,
        sent_at=record.sent_at,
        reason=record.note or record.status_reason,
        because=sentences(record.reasons),
    )


def _words(record: outbox.Record, patient: Patient, clinic: Clinic, document: tuple[int, str]) -> Message | None:
    """What it would say at its time."""
    number, text = document
    version = read_version(text, number)
    occasion = Occasion(
        patient=patient,
        clinic=clinic,
        topic_ends=record.topic_ends,
        at=record.due_at,
        topic_names=version.topic_names(patient.language, *clinic.languages),
    )
    try:
        return render(version.messages, record.template, record.channel, occasion)
    except NoWording:
        return None
