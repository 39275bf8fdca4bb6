"""Plans that are to be made anew, clinic by clinic, and how far that has come: a few ids, whatever their number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.delivery.reminders import OPEN
from scheduler.storage.database import Db, lock_name
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.types import ID_LENGTH, Base, Owned

FROM_THE_START = ""
"""In the place of the last patient, before the first."""


class ReplanRow(Owned, Base):
    """A clinic whose plans are to be made anew."""

    __tablename__ = "replans"

    clinic_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"), primary_key=True)
    after: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The patient who was last; empty before the first."""
    asked_at: Mapped[datetime]


def ask(db: Db, *, now: datetime) -> None:
    """Have the plans of the clinic in scope made anew, from the first patient on; what is under way begins again."""
    lock_name(db, "replans")
    row = db.scalars(select(ReplanRow).where(ReplanRow.clinic_id == db.clinic_id).with_for_update()).first()
    if row is None:
        db.add(ReplanRow(clinic_id=db.clinic_id, after=FROM_THE_START, asked_at=now))
    else:
        row.after, row.asked_at = FROM_THE_START, now
    db.flush()


def asked_clinics(db: Db) -> list[str]:
    """Clinics whose plans are to be made anew, the longest-waiting first."""
    return list(db.scalars(select(ReplanRow.clinic_id).order_by(ReplanRow.asked_at, ReplanRow.clinic_id)))


def take(db: Db) -> str | None:
    """The last patient whose plan was made anew in the clinic in scope, empty before the first, held for us.

    None if there is nothing to do, or another process is at it.
    """
    mine = select(ReplanRow.after).where(ReplanRow.clinic_id == db.clinic_id)
    return db.scalars(mine.with_for_update(skip_locked=True)).first()


def advance(db: Db, after: str | None) -> None:
    """Go on behind this patient the next time; None: all is done."""
    if after is None:
        db.execute(delete(ReplanRow).where(ReplanRow.clinic_id == db.clinic_id))
    else:
        row = db.scalars(select(ReplanRow).where(ReplanRow.clinic_id == db.clinic_id)).one()
        row.after = after
    db.flush()


def waiting_patients(db: Db, *, after: str, limit: int) -> tuple[list[str], str | None]:
    """Of the clinic's next patients behind `after`, `limit` in number, the ids of those who have an open reminder.

    And the patient behind whom to go on; None if nobody is left. It may be that none of them has any.
    """
    theirs = (PatientRow.clinic_id == db.clinic_id, PatientRow.id > after)
    ids = list(db.scalars(select(PatientRow.id).where(*theirs).order_by(PatientRow.id).limit(limit)))
    # Two statements: of one over both tables, PostgreSQL makes a plan that reads either whole.
    has_open = (ReminderRow.patient_id.in_(ids), ReminderRow.status.in_(OPEN))
    waiting = db.scalars(select(ReminderRow.patient_id).where(*has_open).distinct())
    return sorted(waiting), ids[-1] if len(ids) == limit else None


def clinic_of(db: Db, patient_id: str) -> str | None:
    """The clinic whose patient this is; None if there is no such patient. The handle may cross clinics."""
    return db.scalars(select(PatientRow.clinic_id).where(PatientRow.id == patient_id)).first()
