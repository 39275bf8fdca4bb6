"""Putting stored reminders where a test wants them, past the moves that lead there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, event, update

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW


def put(
    database: Database,
    reminder_id: str | None,
    status: Status,
    reason: str | None = None,
    *,
    at: datetime = NOW,
    **more: object,
) -> str:
    """Give a reminder this status as of then, and other columns as named; its id."""
    with database.write(ALL_CLINICS) as db:
        values = {"status": status, "status_reason": reason, "status_at": at, **more}
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(values))
    return str(reminder_id)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that is run within the block."""
    seen: list[str] = []

    def note(_: Connection, __: object, sql: str, *___: object) -> None:
        seen.append(sql)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)
