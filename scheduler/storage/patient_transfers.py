"""Handing what belongs to one patient over to another, when two records are one person or one record is two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update

from scheduler.storage.consents import give_history
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Db
from scheduler.storage.overrides import OverrideRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.todos import TodoRow
from scheduler.storage.told_dates import ToldDateRow


def hand_over_everything(db: Db, patient_id: str, to: str) -> None:
    """Give another patient all sessions with what hangs on them, all contact points and the consent history."""
    _drop_points_of_both(db, patient_id, to)
    for table in (ReminderRow, ToldDateRow, OverrideRow, TodoRow, SessionRow, ContactPointRow):
        _give(db, table, table.patient_id == patient_id, to)
    give_history(db, patient_id, to)
    db.expire_all()  # rows that were read before say whose they were


def hand_over_sessions(db: Db, session_ids: Iterable[str], to: str) -> None:
    """Give another patient these sessions with their reminders, told dates, overrides and to-dos."""
    ids = set(session_ids)
    reminders = select(ReminderRow.id).where(ReminderRow.session_id.in_(ids))
    _give(db, ToldDateRow, ToldDateRow.reminder_id.in_(reminders), to)
    _give(db, ReminderRow, ReminderRow.session_id.in_(ids), to)
    _give(db, OverrideRow, OverrideRow.session_id.in_(ids), to)
    _give(db, TodoRow, TodoRow.session_id.in_(ids), to)
    _give(db, SessionRow, SessionRow.id.in_(ids), to)
    db.expire_all()


def drop_contacts(db: Db, patient_id: str, contact_ids: Iterable[str]) -> None:
    """Forget numbers and addresses of a patient; what was sent there stays on record."""
    mine = (ContactPointRow.patient_id == patient_id, ContactPointRow.id.in_(set(contact_ids)))
    db.execute(delete(ContactPointRow).where(*mine))


def _drop_points_of_both(db: Db, patient_id: str, to: str) -> None:
    kept = select(ContactPointRow.value_hash).where(ContactPointRow.patient_id == to)
    twice = set(
        db.scalars(
            select(ContactPointRow.id).where(
                ContactPointRow.patient_id == patient_id, ContactPointRow.value_hash.in_(kept)
            )
        )
    )
    drop_contacts(db, patient_id, twice)


def _give(db: Db, table: Any, which: Any, to: str) -> None:  # noqa: ANN401  any mapped class and a condition on it
    db.execute(update(table).where(which).values(patient_id=to).execution_options(synchronize_session=False))
