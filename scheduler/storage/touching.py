"""What people do to one reminder, in competition with the workers that may just send it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update

from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from scheduler.storage.bundles import leave
from scheduler.storage.database import Db
from scheduler.storage.reminders import NOTE, ReminderRow, move


def touch(
    db: Db,
    reminder_id: str,
    after: Status,
    *,
    only_from: frozenset[Status],
    by: str,
    note: str | None,
    now: datetime,
    values: Mapping[str, Any] | None = None,
) -> bool:
    """A person moves a reminder, from then on left alone by planning; False if a worker was faster.

    It leaves its bundle; those that it led go on without it.
    """
    sealed = db.keys.seal(note, NOTE) if note else None
    touched = {"touched_by": by, "note_sealed": sealed, "bundled_into": None, **(values or {})}
    moved = move(db, {reminder_id}, after, reason="person", now=now, only_from=only_from, values=touched, alone=True)
    leave(db, moved)
    return bool(moved)


def ask_to_stop(db: Db, reminder_id: str, *, by: str) -> bool:
    """Note that a reminder on its way should end if it turns out not sent; False if it isn't on its way any more."""
    statement = (
        update(ReminderRow)
        .where(ReminderRow.id == reminder_id, ReminderRow.status.in_(WITH_PROVIDER))
        .values(stop_asked=True, touched_by=by)
        .returning(ReminderRow.id)
    )
    return db.scalars(statement).first() is not None


def let_go(db: Db, ids: Collection[str]) -> None:
    """Give reminders that wait back to planning, as if no person had touched them."""
    statement = (
        update(ReminderRow)
        .where(ReminderRow.id.in_(ids), ReminderRow.status.in_(OPEN))
        .values(touched_by=None, note_sealed=None)
        .execution_options(synchronize_session=False)
    )
    db.execute(statement)
