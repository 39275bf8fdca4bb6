"""Stored reminders whose times are off, as older zone data would have had them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.outbox import Record, Wanted
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    stored,
)


def due(database: Database, clinic: Clinic, view: SessionView) -> dict[str, datetime]:
    """When each rule's reminder of the session is due."""
    return {record.rule: record.due_at for record in stored(database, clinic, Wanted(session_id=view.id))}


def reminder(database: Database, clinic: Clinic, view: SessionView, rule: str) -> Record:
    records = stored(database, clinic, Wanted(session_id=view.id))
    return next(record for record in records if record.rule == rule)


def put_off(database: Database, clinic: Clinic, by: timedelta, *rules: str, **values: object) -> None:
    """Store reminders as older zone data would have had them: an hour or so off."""
    which = ReminderRow.rule.in_(rules) if rules else ReminderRow.intent_day.is_not(None)
    with database.write(clinic.id) as db:
        for row in db.scalars(select(ReminderRow).where(which)):
            row.due_at, row.next_at = row.due_at + by, row.due_at + by
            for name, value in values.items():
                setattr(row, name, value)
