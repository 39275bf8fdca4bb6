"""Plans that are to be made anew, clinic by clinic, and how far that has come: a few ids, whatever their number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, exists, select
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


def waiting_patients(db: Db, *, after: str, limit: int) -> list[str]:
    """Ids of the clinic's patients who have an open reminder, in their order, behind `after` only."""
    has_open = exists().where(ReminderRow.patient_id == PatientRow.id, ReminderRow.status.in_(OPEN))
    chosen = select(PatientRow.id).where(PatientRow.clinic_id == db.clinic_id, PatientRow.id > after, has_open)
    return list(db.scalars(chosen.order_by(PatientRow.id).limit(limit)))


def clinic_of(db: Db, patient_id: str) -> str | None:
    """The clinic whose patient this is; None if there is no such patient. The handle may cross clinics."""
    return db.scalars(select(PatientRow.clinic_id).where(PatientRow.id == patient_id)).first()
