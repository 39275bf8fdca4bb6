"""Holds: reminders kept back while a clinic or a patient is paused, and let go again afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select, update

from scheduler.domain.delivery.gate import Because
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow, move


def hold_claimed(db: Db, *, reason: Because, now: datetime) -> None:
    """Take back what workers have claimed of the clinic in scope and not handed over, and hold it."""
    claimed = select(ReminderRow.id).where(ReminderRow.status == Status.CLAIMED)
    if ids := set(db.scalars(claimed)):
        move(db, ids, Status.HELD, reason=reason.value, now=now, only_from=frozenset({Status.CLAIMED}))


def release_held(db: Db, *, reason: str, now: datetime) -> int:
    """Let reminders of the clinic in scope that were held for this reason wait again; how many."""
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.status == Status.HELD, ReminderRow.status_reason == reason)
        .values(status=Status.SCHEDULED, status_reason=None, status_at=now)
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(rows))


def release_unpaused(db: Db, now: datetime) -> int:
    """Let what was held for a pause wait again where the pause is over, and give how many.

    A pause that ended while a worker was looking at it would leave its reminders held for ever.
    """
    running = select(ClinicRow.id).where(ClinicRow.paused_at.is_(None))
    well = select(PatientRow.id).where(PatientRow.paused_at.is_(None))
    over = and_(ReminderRow.status_reason == Because.CLINIC_PAUSED.value, ReminderRow.clinic_id.in_(running)) | and_(
        ReminderRow.status_reason == Because.PATIENT_PAUSED.value, ReminderRow.patient_id.in_(well)
    )
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.status == Status.HELD, over)
        .values(status=Status.SCHEDULED, status_reason=None, status_at=now)
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(rows))
