"""Sending a reminder now because a person says so, after a moment in which they can still stop it."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.care.history import KnownReminder
from scheduler.domain.delivery.doings import HOLD, SENDABLE
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from scheduler.domain.errors import NotNow
from scheduler.services.undoing import Was
from scheduler.storage import audit, outbox, patients, reminders, sessions, touching
from scheduler.storage.database import Db
from scheduler.storage.reminders import ANEW

_LEFT_OUT = frozenset({Status.SKIPPED, Status.CANCELLED})
_HELD = {
    "patient_paused": "the patient is paused; resume the patient first",
    "clinic_paused": "the clinic is paused",
}


def send_now(db: Db, reminder_id: str, *, by: str, now: datetime) -> Was:
    """Let a reminder be due in ten seconds, in which it can be stopped, and give how it was before.

    One that failed or may not have arrived is sent again. Skip, cancel and move stop it, as for any that waits.
    The last look before sending still counts: consent, hours, what other sessions forbid. Raises NotFound, or NotNow
    with the reason for one that is held, left out, on its way or with the patient, about to go, or of no use any more.
    """
    patients.lock_patient(db, outbox.get_record(db, reminder_id).patient_id)  # of two at once, one sees the other
    known, due_at = reminders.get_known(db, reminder_id), now + HOLD
    _check_status(db, known)
    if known.status in OPEN and known.touched and now <= known.due_at <= due_at:
        message = "It is about to go already."
        raise NotNow(message)
    if sessions.voided_among(db, {known.identity.session_id}):
        message = "The session was voided, so its reminders can't be sent."
        raise NotNow(message)
    if known.useful_until <= due_at:
        message = "The time in which this reminder is of use is over."
        raise NotNow(message)
    values = {"due_at": due_at, "next_at": due_at, "stop_asked": False, **ANEW}
    if not touching.touch(
        db, reminder_id, Status.SCHEDULED, only_from=SENDABLE, by=by, note=None, now=now, values=values
    ):
        message = "This reminder is on its way already."
        raise NotNow(message)
    audit.record(
        db,
        at=now,
        actor=by,
        action="reminder.send-now",
        subject=f"reminder {reminder_id}",
        sentence=f"Send now: {known.identity.rule}, which was {known.status.value} and due {known.due_at.isoformat()}.",
    )
    return Was(reminder_id=reminder_id, status=known.status, due_at=known.due_at, became=due_at, sent_now=True)


def _check_status(db: Db, known: KnownReminder) -> None:
    if known.status in SENDABLE:
        return
    if known.status is Status.HELD:
        because = outbox.get_record(db, known.id).status_reason or "held"
        message = f"This reminder is held: {_HELD.get(because, because)}."
    elif known.status in WITH_PROVIDER:
        message = "This reminder is on its way already."
    elif known.status in _LEFT_OUT:
        message = f"This reminder is {known.status.value}; restore it first."
    else:
        message = f"This reminder is {known.status.value}: the patient has it."
    raise NotNow(message)
