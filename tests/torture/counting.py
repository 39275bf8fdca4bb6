"""Counting what stands in a store: the state of its reminders and of the tries to send them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


def count(db: Db, *statuses: Status) -> int:
    """Reminders in these states."""
    found = select(func.count()).select_from(ReminderRow).where(ReminderRow.status.in_(statuses))
    return db.execute(found).scalar_one()


def open_calls(db: Db) -> int:
    """Tries without an answer."""
    return db.execute(select(func.count()).where(AttemptRow.ending.is_(None))).scalar_one()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A store at one moment, as far as a transaction of sending changes it."""

    reminders: dict[Status, int]
    open: int
    answered: int
    ask_next: datetime | None

    def of(self, status: Status) -> int:
        """How many reminders are in this state."""
        return self.reminders.get(status, 0)


def counted(db: Db) -> Counted:
    """As this transaction sees it."""
    states = db.execute(select(ReminderRow.status, func.count()).group_by(ReminderRow.status))
    tries = db.execute(select(func.count(), func.count(AttemptRow.ending), func.max(AttemptRow.ask_at))).one()
    return Counted(
        reminders={row[0]: row[1] for row in states}, open=tries[0] - tries[1], answered=tries[1], ask_next=tries[2]
    )
