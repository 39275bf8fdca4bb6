"""A clinic as it is after a year: what its pages are measured on. Patients, sessions, messages and their tries."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from benchmarks.bulk import Row, analyse, insert_all
from benchmarks.clinic import phone
from benchmarks.names import name_of
from scheduler.catalog.shipped import load_catalog
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.names import compared_name, name_beginnings
from scheduler.domain.people.patients import Channel, Line
from scheduler.domain.people.todos import TodoKind
from scheduler.services import clinics, registering
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.settings.model import shipped_config
from scheduler.storage import contacts, patients, schema, todos
from scheduler.storage.attempts import TO, Ending
from scheduler.storage.crypto import KeyRing, new_key_ring
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""Midday at the clinic."""
PER_PATIENT = 12
_DAYS = 365
_ENDS = (
    (Status.DELIVERED, None, 0.94),
    (Status.SENT, None, 0.02),
    (Status.UNDELIVERED, "undelivered 30003", 0.01),
    (Status.FAILED, "refused 21211", 0.005),
    (Status.SKIPPED, "person", 0.005),
    (Status.CANCELLED, "replanned", 0.01),
    (Status.EXPIRED, "not_useful", 0.01),
)
"""Where messages that are due already have come to, and their shares."""
_TRIED = frozenset({Status.DELIVERED, Status.SENT, Status.UNDELIVERED, Status.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A filled store."""

    url: str
    keys: KeyRing
    clinic_id: str
    patients: int
    reminders: int


def fill_year(url: str, *, patients_wanted: int) -> Year:
    """An empty store filled with so many patients of one session each, spread over the year until now.

    One of them is registered as everybody is; the others are copies of that one's rows, with names, numbers, times
    and states of their own.
    """
    keys = new_key_ring()
    schema.migrate(url)
    database = Database(url, keys)
    clinic_id, pattern = _pattern(database)
    made = _Made(keys, clinic_id, pattern, patients_wanted)
    reminders = 0
    for table, rows in made.tables():
        count = insert_all(database.engine, table, rows)
        reminders += count if table == "reminders" else 0
    analyse(database.engine)
    database.close()
    return Year(url=url, keys=keys, clinic_id=clinic_id, patients=patients_wanted, reminders=reminders)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The rows of the one who was registered."""

    patient: Mapping[str, Any]
    session: Mapping[str, Any]
    reminders: Sequence[Mapping[str, Any]]


def _pattern(database: Database) -> tuple[str, _Pattern]:
    catalog = load_catalog(shipped_config())
    clinic = clinics.new_clinic("Willow Skin", zone="Europe/London", country="GB", phone="020 7946 0018")
    ended = NOW - timedelta(hours=1)
    facts = {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}
    with database.write(clinic.id) as db:
        clinics.open_clinic(db, clinic, catalog=catalog, by="benchmark", now=ended)
        person = PersonGiven(name="Amira Khan", phone="+447700900321", consent=ConsentGiven(sms=True))
        given = registering.Given(procedure="microneedling", ended_at=ended, facts=facts, patient=person)
        registering.register(db, given, flags=catalog.flags, by="benchmark", now=ended)
    with database.read(clinic.id) as db:
        [patient] = db.scalars(select(patients.PatientRow))
        [session] = db.scalars(select(SessionRow))
        reminders = [_columns(row) for row in db.scalars(select(ReminderRow).order_by(ReminderRow.due_at))]
        return clinic.id, _Pattern(_columns(patient), _columns(session), reminders)


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401  a row of any table
    found = {column.name: getattr(row, column.key) for column in row.__table__.columns}
    # Written once, and not for every copy.
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in found.items()}


class _Made:
    """The copies, table by table in the order of what they refer to."""

    def __init__(self, keys: KeyRing, clinic_id: str, pattern: _Pattern, count: int) -> None:
        self._keys, self._clinic, self._pattern, self._count = keys, clinic_id, pattern, count
        self._lot = random.Random(7)  # noqa: S311  the same store each time, no secret
        self._hashes: dict[tuple[str, str], str] = {}
        self._tried: list[tuple[int, str, datetime, Status]] = []
        self._body = keys.seal("Willow Skin: keep your face clean tonight.", "attempt.body")
        self._details = keys.seal('{"rule": "check"}', todos.DETAILS)
        self._sentence = keys.seal("Registered a session.", "audit.sentence")

    def tables(self) -> Iterator[tuple[str, Iterator[Row]]]:
        yield "patients", (self._patient(number) for number in range(self._count))
        yield "patient_names", (row for number in range(self._count) for row in self._names(number))
        yield "contact_points", (self._contact(number) for number in range(self._count))
        yield "consents", (self._consent(number) for number in range(self._count))
        yield "sessions", (self._session(number) for number in range(self._count))
        yield "reminders", (row for number in range(self._count) for row in self._reminders(number))
        yield "attempts", (self._attempt(*tried) for tried in self._tried)
        yield "todos", (self._todo(number) for number in range(min(self._count, 5_000)))
        yield "audit", (self._audit(number) for number in range(self._count))

    def _patient(self, number: int) -> Row:
        name = name_of(number)
        return {
            **self._pattern.patient,
            "id": _id(1, number),
            "name_sealed": self._keys.seal(name, patients.NAME),
            "name_hash": self._hash(compared_name(name), patients.NAME),
            "created_at": self._ended(number),
        }

    def _names(self, number: int) -> Iterator[Row]:
        for beginning in name_beginnings(name_of(number)):
            hashed = self._hash(beginning, patients.BEGINNING)
            yield {"clinic_id": self._clinic, "patient_id": _id(1, number), "beginning_hash": hashed}

    def _contact(self, number: int) -> Row:
        value = phone(number)
        return {
            "id": _id(2, number),
            "clinic_id": self._clinic,
            "patient_id": _id(1, number),
            "channel": Channel.SMS,
            "line": Line.MOBILE,
            "value_sealed": self._keys.seal(value, contacts.VALUE),
            "value_hash": self._hash(value, contacts.VALUE),
            "last_four_hash": self._hash(value[-4:], contacts.LAST_FOUR),
            "added_at": self._ended(number),
        }

    def _consent(self, number: int) -> Row:
        return {
            "id": _id(3, number),
            "clinic_id": self._clinic,
            "patient_id": _id(1, number),
            "channel": "sms",
            "purpose": "care",
            "word": "given",
            "source": "desk",
            "position": 0,
            "recorded_by": "benchmark",
            "at": self._ended(number),
        }

    def _session(self, number: int) -> Row:
        ended = self._ended(number)
        own = {"id": _id(4, number), "patient_id": _id(1, number), "ended_at": ended, "day_0": ended.date()}
        return {**self._pattern.session, **own, "known_at": ended}

    def _reminders(self, number: int) -> Iterator[Row]:
        later = self._ended(number) - self._pattern.session["ended_at"]
        for place in range(PER_PATIENT):
            pattern = self._pattern.reminders[place % len(self._pattern.reminders)]
            row = {
                **pattern,
                "id": _id(5, number * PER_PATIENT + place),
                "patient_id": _id(1, number),
                "session_id": _id(4, number),
                "occurrence": place,
                "bundled_into": None,
            }
            for moment in ("intended_at", "due_at", "next_at", "useful_until", "created_at"):
                row[moment] = pattern[moment] + later
            yield {**row, **self._end(number, row)}

    def _end(self, number: int, row: Row) -> Row:
        due: datetime = row["due_at"]
        if due > NOW:
            return {"status": Status.SCHEDULED, "status_reason": None, "status_at": row["created_at"], "sent_at": None}
        status, reason = self._drawn()
        if status in _TRIED:
            self._tried.append((number, row["id"], due, status))
        sent_at = due if status in _TRIED - {Status.FAILED} else None
        return {"status": status, "status_reason": reason, "status_at": due, "sent_at": sent_at}

    def _drawn(self) -> tuple[Status, str | None]:
        lot = self._lot.random()
        for status, reason, share in _ENDS:
            lot -= share
            if lot < 0:
                return status, reason
        return Status.DELIVERED, None

    def _attempt(self, number: int, reminder_id: str, at: datetime, status: Status) -> Row:
        failed = status is Status.FAILED
        return {
            "id": str(UUID(int=UUID(reminder_id).int + (1 << 100))),
            "clinic_id": self._clinic,
            "reminder_id": reminder_id,
            "sender_id": self._pattern.reminders[0]["sender_id"],
            "started_at": at,
            "deadline_at": at,
            "to_sealed": self._keys.seal(phone(number), TO),
            "body_sealed": self._body,
            "ending": Ending.REFUSED if failed else Ending.ACCEPTED,
            "ended_at": at,
            "code": "21211" if failed else "30003" if status is Status.UNDELIVERED else None,
            "provider_id": None if failed else f"sandbox-{reminder_id}",
            "parts": 1,
        }

    def _todo(self, number: int) -> Row:
        done = number % 25 != 0
        return {
            "id": _id(6, number),
            "clinic_id": self._clinic,
            "kind": TodoKind.MAYBE_NOT_ARRIVED,
            "subject": f"/{_id(6, number)}//",
            "patient_id": _id(1, number),
            "session_id": _id(4, number),
            "details_sealed": self._details,
            "created_at": self._ended(number),
            "done_at": NOW if done else None,
            "done_by": "Sam Reed" if done else None,
        }

    def _audit(self, number: int) -> Row:
        return {
            "id": _id(7, number),
            "clinic_id": self._clinic,
            "at": self._ended(number),
            "actor": "Sam Reed",
            "action": "session.add",
            "subject": f"session {_id(4, number)}",
            "sentence_sealed": self._sentence,
        }

    def _ended(self, number: int) -> datetime:
        """A day of the last year, in the morning."""
        morning = NOW.replace(hour=8) - timedelta(days=number % _DAYS)
        return morning + timedelta(minutes=number // _DAYS % 230)

    def _hash(self, value: str, purpose: str) -> str:
        found = self._hashes.get((value, purpose))
        if found is None:
            found = self._hashes[value, purpose] = self._keys.lookup(value, purpose)
        return found


def _id(kind: int, number: int) -> str:
    # Rising, so that rows are appended; by their time, neighbours lie a whole year's round apart all the same.
    return str(UUID(int=(kind << 120) | number << 64 | number * 0x9E3779B97F4A7C15 & (1 << 64) - 1))


def patient_id(number: int) -> str:
    """The id of one of the patients, from 0 on."""
    return _id(1, number)


def session_id(number: int) -> str:
    """The id of that patient's session."""
    return _id(4, number)
