"""Filling a store quickly: a live clinic that sends at any hour, one patient and one number for each reminder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Table, select

from benchmarks.bulk import Row, analyse, insert_all
from benchmarks.clinic import phone
from scheduler.bootstrap.zone_data import zone_data_version
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.storage import contacts, schema
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.store_state import ZONE_DATA, set_state
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import StoppedClock, a_clinic, a_drain, a_person, a_planned, a_quiet_session, add_reminders
from tests.fakes import AcceptingSender
from tests.torture.checker import Taken, Target
from tests.torture.providing import ProviderProcess

_SPACE = UUID("3b0c3a56-2b1e-4f6a-9a3e-5f3f5b0f2c11")
_POINTING = ("id", "patient_id", "session_id")
_TABLES = ("patients", "patient_names", "contact_points", "consents", "sessions")
_OF_A_TRY = ("tries", "sent_at", "status_reason", "claim_token", "lease_until")
_ONE_IN = 10
"""One in so many is of a kind that is sent again in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the store."""

    clinic_id: str
    body: str
    """What every text says."""
    ending: str
    """What the first text to a patient says besides."""


def fill(
    database: Database, due: Sequence[datetime], *, now: datetime, useful_for: timedelta = timedelta(days=2)
) -> Filled:
    """So many reminders, each due at its moment and useful for so long after; each tenth repeats in doubt.

    One is registered and sent as everybody's is, by a sender that keeps it; the others are copies of its rows.
    """
    clinic = a_clinic(database, live=True, now=now, settings={"sending_hours": "00:00-24:00"})
    view = a_quiet_session(database, clinic, a_person(phone=phone(0)))
    planned = [a_planned(str(view.id), occurrence=place, due_at=now, topic_ends=_until(now)) for place in (0, 1)]
    [pattern, _] = add_reminders(database, clinic, view, planned, sender_id="settings-sms")
    first, body = _sent(database, now)
    with database.write(ALL_CLINICS) as db:  # as after any earlier start: no plan is to be made anew
        set_state(db, ZONE_DATA, zone_data_version() or "", now=now)
    rows = _Copies(database, pattern)
    for name in _TABLES:
        insert_all(database.engine, name, rows.of(name, len(due)))
    insert_all(database.engine, "reminders", rows.reminders(due, useful_for, now))
    analyse(database.engine)
    return Filled(clinic_id=clinic.id, body=body, ending=first.removeprefix(body))


def _until(now: datetime) -> dict[str, datetime]:
    return {"retinoid_otc": now + timedelta(days=20)}


def _sent(database: Database, now: datetime) -> list[str]:
    """The words of what was due."""
    sender = AcceptingSender()
    drain = a_drain(database, sender, StoppedClock(now), threads=1)
    drain.run(until=lambda: False)
    drain.stop()
    return [posting.message.body for posting in sender.sent]


class _Copies:
    """The rows of the one who was registered, and those of the others made of them."""

    def __init__(self, database: Database, reminder_id: str) -> None:
        self._keys = database.keys
        with database.read(ALL_CLINICS) as db:
            self._rows = {
                name: [dict(row) for row in db.execute(select(_table(name))).mappings()]
                for name in (*_TABLES, "reminders")
            }
        [self._reminder] = [row for row in self._rows["reminders"] if row["id"] == reminder_id]

    def of(self, name: str, count: int) -> Iterator[Row]:
        for number in range(1, count + 1):
            for row in self._rows[name]:
                yield self._copy(row, number) | (self._contact(number) if name == "contact_points" else {})

    def reminders(self, due: Iterable[datetime], useful_for: timedelta, now: datetime) -> Iterator[Row]:
        for number, at in enumerate(due, 1):
            kind = Kind.SAFETY if number % _ONE_IN == 0 else Kind.INSTRUCT
            times = dict.fromkeys(("intended_at", "due_at", "next_at"), at)
            state = {"status": Status.SCHEDULED, "status_at": now, "useful_until": at + useful_for}
            fresh = dict.fromkeys(_OF_A_TRY) | {"tries": 0}
            yield self._copy(self._reminder, number) | fresh | times | state | {"kind": kind, "rank": kind.rank}

    def _contact(self, number: int) -> dict[str, Any]:
        value = phone(number)
        return {
            "value_sealed": self._keys.seal(value, contacts.VALUE),
            "value_hash": self._keys.lookup(value, contacts.VALUE),
        }

    def _copy(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        return {name: _renamed(name, value, number) for name, value in row.items()}


def _renamed(name: str, value: object, number: int) -> object:
    if name in _POINTING and value is not None:
        return str(uuid5(_SPACE, f"{value}/{number}"))
    return json.dumps(value) if isinstance(value, dict | list) else value


def _table(name: str) -> Table:
    return schema.metadata().tables[name]


def taken(provider: ProviderProcess, filled: Filled) -> list[Taken]:
    """What the provider took, without what only a first text says: of two tries, either may have been the first."""
    return [replace(one, body=one.body.removesuffix(filled.ending)) for one in provider.taken()]


def targets(database: Database, filled: Filled, *, late_after: timedelta) -> list[Target]:
    """The reminders that were filled in, as they stand now."""
    rows = select(
        ReminderRow.id, ReminderRow.due_at, ReminderRow.status, ReminderRow.kind, ContactPointRow.value_sealed
    ).join(ContactPointRow, ContactPointRow.patient_id == ReminderRow.patient_id)
    with database.read(ALL_CLINICS) as db:
        return [
            Target(
                id=row.id,
                number=number,
                body=filled.body,
                due=row.due_at,
                until=row.due_at + late_after,
                status=row.status,
                repeats=row.kind.repeats_in_doubt,
            )
            for row in db.execute(rows)
            if (number := db.keys.open(row.value_sealed, contacts.VALUE)) != phone(0)
        ]
