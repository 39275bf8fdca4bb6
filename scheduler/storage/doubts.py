"""Attempts whose answer was lost: those that it is time to ask about, and what asking brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from scheduler.domain.delivery.aftermath import Posted
from scheduler.domain.delivery.receipts import body_hash
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.attempts import BODY, TO, AttemptRow, Ending
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt(Posted):
    """A message that may have gone, with what its provider would know it by."""

    attempt_id: str
    first_attempt_id: str
    """The first with this very message: itself, but for a repetition."""
    clinic_id: str
    patient_id: str
    sender_id: str
    to: str
    body_hash: str
    started_at: datetime
    asks: int
    """How often its provider was asked in vain."""


def to_settle(db: Db, now: datetime, *, limit: int) -> list[Doubt]:
    """Doubts that it is time to ask about, the longest due first; others' are left out while they are asked about.

    One of which the reminder has moved on is asked about too: what went is evidence, whatever came of the reminder.
    """
    names = ("clinic_id", "patient_id", "channel", "kind", "tries", "resends", "useful_until", "stop_asked")
    rows = db.execute(
        select(AttemptRow, *(getattr(ReminderRow, name) for name in names))
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
        .where(AttemptRow.ask_at <= now, AttemptRow.ending == Ending.UNKNOWN)
        .order_by(AttemptRow.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=AttemptRow)
    )
    return [
        Doubt(
            attempt_id=row.AttemptRow.id,
            first_attempt_id=row.AttemptRow.repeats or row.AttemptRow.id,
            reminder_id=row.AttemptRow.reminder_id,
            sender_id=row.AttemptRow.sender_id,
            to=db.keys.open(row.AttemptRow.to_sealed, TO),
            body_hash=body_hash(db.keys.open(row.AttemptRow.body_sealed, BODY)),
            started_at=row.AttemptRow.started_at,
            asks=row.AttemptRow.asks,
            **{name: getattr(row, name) for name in names},
        )
        for row in rows
    ]


def ask_later(db: Db, attempt_ids: Collection[str], at: datetime | None, *, asked: bool = False) -> None:
    """When to ask about doubts next, None for never again; `asked` counts one more question in vain."""
    if not attempt_ids:
        return
    counted = {"asks": AttemptRow.asks + 1} if asked else {}
    db.execute(
        update(AttemptRow)
        .where(AttemptRow.id.in_(attempt_ids), AttemptRow.ending == Ending.UNKNOWN)
        .values(ask_at=at, **counted)
        .execution_options(synchronize_session=False)
    )


def still_open(db: Db, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts that are still what their reminder is in doubt about; both stay locked."""
    rows = db.execute(
        select(AttemptRow.id)
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
        .where(AttemptRow.id.in_(attempt_ids), AttemptRow.ending == Ending.UNKNOWN)
        .where(ReminderRow.status == Status.IN_DOUBT)
        .with_for_update()
    )
    return {row.id for row in rows}


def unanswered(db: Db, doubt: Doubt) -> bool:
    """Whether another call to the patient by the same sender has no answer yet: what is listed may be that one's."""
    others = (
        select(AttemptRow.id)
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
        .where(ReminderRow.patient_id == doubt.patient_id, AttemptRow.sender_id == doubt.sender_id)
        .where(AttemptRow.ending.is_(None))
    )
    return db.scalars(others.limit(1)).first() is not None
