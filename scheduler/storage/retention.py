"""Who is past a clinic's retention, and how far the day's round over its patients has come: a few ids, no names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db, lock_name
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.todos import TodoRow
from scheduler.storage.types import ID_LENGTH, Base, Owned

FROM_THE_START = ""
_EVERY = timedelta(days=1)
_UNDER_WAY = OPEN | WITH_PROVIDER


class RetentionRoundRow(Owned, Base):
    """A clinic's last round."""

    __tablename__ = "retention_rounds"

    clinic_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"), primary_key=True)
    begun_at: Mapped[datetime]
    after: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The patient who was looked at last; None once the round is done."""


def due_clinics(db: Db, now: datetime) -> list[str]:
    """Clinics that keep patients for a time, and whose round is under way or a day old."""
    round_ = RetentionRoundRow
    due = or_(round_.clinic_id.is_(None), round_.after.is_not(None), round_.begun_at <= now - _EVERY)
    chosen = select(ClinicRow.id).outerjoin(round_, round_.clinic_id == ClinicRow.id)
    return list(db.scalars(chosen.where(ClinicRow.retention_months.is_not(None), due).order_by(ClinicRow.id)))


def take(db: Db, now: datetime) -> str | None:
    """Behind whom the round of the clinic in scope goes on, empty where it begins; None if it is done for the day."""
    lock_name(db, "retention")
    row = db.get(RetentionRoundRow, db.clinic_id)
    if row is None:
        db.add(RetentionRoundRow(clinic_id=db.clinic_id, begun_at=now, after=FROM_THE_START))
        db.flush()
        return FROM_THE_START
    if row.after is None and row.begun_at <= now - _EVERY:
        row.begun_at, row.after = now, FROM_THE_START
    return row.after


def advance(db: Db, after: str | None) -> None:
    """Go on behind this patient the next time; None: the round is done."""
    db.get_one(RetentionRoundRow, db.clinic_id).after = after
    db.flush()


def past(db: Db, before: datetime, *, after: str, limit: int) -> tuple[list[str], str | None]:
    """Of the clinic's next patients behind `after`, `limit` in number, those of whom nothing is newer than `before`.

    With those merged into them, whatever their ids. And behind whom to go on; None if nobody is left. Whoever has an
    open reminder, one on its way or an open to-do is not among them.
    """
    mine = select(PatientRow.id, PatientRow.merged_into)
    theirs = (PatientRow.clinic_id == db.clinic_id, PatientRow.id > after)
    rows = db.execute(mine.where(*theirs).order_by(PatientRow.id).limit(limit)).all()
    own = {row.id for row in rows if row.merged_into is None}
    gone = set(db.scalars(select(PatientRow.id).where(PatientRow.id.in_(own), *_old(before))))
    # One of those merged into them may have been looked at, or registered, later: they go together or not at all.
    merged = aliased(PatientRow)
    of_theirs = db.execute(select(merged.id, merged.merged_into).where(merged.merged_into.in_(gone))).all()
    return sorted(gone | {row.id for row in of_theirs}), rows[-1].id if len(rows) == limit else None


def count_of(db: Db, patient_ids: Collection[str]) -> tuple[int, int]:
    """How many sessions and reminders these patients have."""
    sessions = select(func.count()).select_from(SessionRow).where(SessionRow.patient_id.in_(patient_ids))
    messages = select(func.count()).select_from(ReminderRow).where(ReminderRow.patient_id.in_(patient_ids))
    return db.scalar(sessions) or 0, db.scalar(messages) or 0


def _old(before: datetime) -> tuple[ColumnElement[bool], ...]:
    session = select(SessionRow.id).where(SessionRow.patient_id == PatientRow.id, SessionRow.ended_at >= before)
    newer = or_(ReminderRow.sent_at >= before, ReminderRow.status.in_(_UNDER_WAY))
    reminder = select(ReminderRow.id).where(ReminderRow.patient_id == PatientRow.id, newer)
    todo = select(TodoRow.id).where(TodoRow.patient_id == PatientRow.id, TodoRow.done_at.is_(None))
    young = or_(PatientRow.created_at >= before, PatientRow.erased_at >= before)
    return (func.coalesce(young, False).is_(False), ~session.exists(), ~reminder.exists(), ~todo.exists())
