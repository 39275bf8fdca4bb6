"""Patients' phones as a demo shows them: what has arrived on each, and when the next message comes. Never on a desk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.storage import attempts, moments, outbox, patient_records, patients
from scheduler.storage.database import Db

_MOST = 500
_ARRIVED = frozenset({Status.SENT, Status.DELIVERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number or address, and the patients who read what comes to it."""

    id: str
    """The first patient's."""
    patient_ids: tuple[str, ...]
    names: tuple[str, ...]
    address: str | None
    """None for somebody who can't be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message that came."""

    reminder_id: str
    """Its lead's."""
    session_id: str
    channel: Channel
    subject: str | None
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a phone shows."""

    phone: Phone
    arrived: tuple[Arrived, ...]
    """Newest last."""
    next_at: datetime | None
    """When the next message is due; None if none is planned."""


def phones(db: Db) -> tuple[Phone, ...]:
    """The phones of the clinic's patients, by name; those who share a number are together."""
    names = {one.id: one.name for one in patient_records.listed_patients(db, _ALL, after=None, limit=_MOST)}
    sharing: dict[str, list[str]] = defaultdict(list)
    for patient in patients.patients_by_id(db, set(names)).values():
        contact = patient.contact(Channel.SMS) or patient.contact(Channel.EMAIL)
        sharing[contact.value if contact else patient.id].append(patient.id)
    groups = [(value, sorted(ids, key=lambda one: (names[one], one))) for value, ids in sharing.items()]
    return tuple(
        Phone(
            id=ids[0],
            patient_ids=tuple(ids),
            names=tuple(names[one] for one in ids),
            address=None if value in names else value,
        )
        for value, ids in sorted(groups, key=lambda group: (names[group[1][0]], group[1][0]))
    )


def screen(db: Db, phone: Phone, *, now: datetime) -> Screen:
    """All that came to a phone, and when the next message to it is due."""
    stored = [
        one for patient_id in phone.patient_ids for one in outbox.listed(db, outbox.Wanted(patient_id=patient_id))
    ]
    leads = [one for one in stored if one.status in _ARRIVED and one.bundled_into is None]
    tried = attempts.last_tried(db, {one.id for one in leads})
    arrived = (
        Arrived(
            reminder_id=lead.id,
            session_id=lead.session_id,
            channel=lead.channel,
            subject=tried[lead.id].subject,
            body=tried[lead.id].body,
            at=lead.sent_at or lead.due_at,
        )
        for lead in leads
    )
    return Screen(
        phone=phone,
        arrived=tuple(sorted(arrived, key=lambda one: (one.at, one.reminder_id))),
        next_at=moments.next_try(db, phone.patient_ids, after=now),
    )


_ALL = patient_records.WantedPatients()
