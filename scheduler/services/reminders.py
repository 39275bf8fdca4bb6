"""What people do to single reminders and to a session: skip, restore, move, cancel, void. A person always wins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scheduler.domain.care.history import KnownReminder
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Kind, Status
from scheduler.domain.delivery.rendering import spoken_day
from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.roles import Act
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import care
from scheduler.services.needing import need_person
from scheduler.storage import audit, outbox, patients, reminders, sessions, touching
from scheduler.storage.database import Db

_SHORTEST_REASON = 3
_LONGEST_REASON = 200
_MAY_HAVE_REACHED = WITH_PROVIDER | {Status.SENT, Status.DELIVERED, Status.UNKNOWN}
_FROM = {
    Status.SKIPPED: OPEN,
    Status.CANCELLED: OPEN,
    Status.SCHEDULED: frozenset({Status.SKIPPED, Status.CANCELLED}),
}


def act_to_end(db: Db, reminder_id: str) -> Act:
    """Which act it is to skip or cancel this reminder: a safety text's is one of its own. Raises NotFound."""
    return Act.SKIP_SAFETY if reminders.get_known(db, reminder_id).kind is Kind.SAFETY else Act.SKIP


def skip(db: Db, reminder_id: str, *, reason: str, by: str, now: datetime) -> None:
    """Leave a reminder out. Raises NotFound, Invalid without a reason, NotNow once it was handed over or is done.

    A safety text can't be skipped here: only somebody who may decide on treatment cancels one.
    """
    known = _open(db, reminder_id, "skipped")
    if known.kind is Kind.SAFETY:
        message = "A safety text can't be skipped; whoever treats the patient may cancel it with a reason."
        raise NotNow(message)
    _touch(db, known, Status.SKIPPED, note=_reason(reason), by=by, now=now)


def cancel(db: Db, reminder_id: str, *, reason: str, by: str, now: datetime) -> str:
    """Cancel a reminder; `cancelled`, or `on its way` where it was already handed over and only its retries end.

    Raises NotFound, Invalid without a reason, NotNow for one that is done.
    """
    known = reminders.get_known(db, reminder_id)
    text = _reason(reason)
    if touching.ask_to_stop(db, reminder_id, by=by):
        _record(db, "cancel", known, text, by=by, now=now)
        return "on its way"
    _touch(db, _open(db, reminder_id, "cancelled"), Status.CANCELLED, note=text, by=by, now=now)
    return "cancelled"


def restore(db: Db, reminder_id: str, *, by: str, now: datetime) -> None:
    """Let a skipped or cancelled reminder wait for its time again. Raises NotFound, or NotNow if it can't."""
    known = reminders.get_known(db, reminder_id)
    if known.status not in {Status.SKIPPED, Status.CANCELLED}:
        message = f"This reminder is {known.status.value}; only skipped and cancelled ones can be restored."
        raise NotNow(message)
    if sessions.voided_among(db, {known.identity.session_id}):
        message = "The session was voided, so its reminders can't be restored."
        raise NotNow(message)
    if known.useful_until <= now:
        message = "The time in which this reminder is of use is over."
        raise NotNow(message)
    _touch(db, known, Status.SCHEDULED, note=None, by=by, now=now, values={"stop_asked": False})


def move(db: Db, reminder_id: str, *, to: datetime, by: str, now: datetime) -> None:
    """Send a reminder at another time. Raises NotFound, Invalid for a time that won't do, NotNow once handed over."""
    known = _open(db, reminder_id, "moved")
    if to.tzinfo is None:
        raise Invalid.of("to", "give the time with its zone, as in 2026-03-04T10:00:00+00:00")
    if to < now:
        raise Invalid.of("to", "this is in the past; give a coming time")
    if to >= known.useful_until:
        until = known.useful_until.isoformat()
        raise Invalid.of("to", f"the reminder is of no use from {until} on; give an earlier time")
    after = Status.HELD if known.status is Status.HELD else Status.SCHEDULED
    before = frozenset({known.status}) if after is Status.HELD else OPEN - {Status.HELD}
    values = {"due_at": to, "next_at": to}
    moved = touching.touch(db, reminder_id, after, only_from=before, by=by, note=None, now=now, values=values)
    _check_moved(moved, "moved")
    _record(db, "move", known, f"to {to.isoformat()}", by=by, now=now)


def void(db: Db, session_id: str, *, by: str, now: datetime, is_twin: bool = False) -> None:
    """Void a session: what it still had to send is cancelled, and the patient's other advice planned anew.

    If the patient may have read something of it, a to-do asks for a person, unless it is another session's twin, so
    that what was said holds all the same. Voiding a voided session does nothing. Raises NotFound.
    """
    patients.lock_patient(db, sessions.patient_of(db, session_id))  # first, as registering does
    if not sessions.void_session(db, session_id, by=by, at=now):
        return
    records = outbox.of_session(db, session_id)
    care.cancel(db, (record.id for record in records if record.status in OPEN), reason="voided", now=now)
    for record in records:
        if record.status in WITH_PROVIDER:
            touching.ask_to_stop(db, record.id, by=by)
    patient_id = sessions.patient_of(db, session_id)
    care.replan(db, patient_id, now=now)
    audit.record(
        db, at=now, actor=by, action="session.void", subject=f"session {session_id}", sentence="Voided the session."
    )
    told = sum(record.status in _MAY_HAVE_REACHED for record in records)
    if told and not is_twin:
        need_person(db, _voided(db, patient_id, session_id, told), now=now)


def _voided(db: Db, patient_id: str, session_id: str, told: int) -> Todo:
    found = care.load_care(db, patient_id)
    session = next(session for session in found.sessions if session.id == session_id)
    details: dict[str, str | int] = {
        "title": found.protocols[session.procedure, session.version].protocol.title,
        "day": spoken_day(zones.local(session.ended_at, found.clinic.zone).date()),
        "messages": told,
    }
    return Todo(kind=TodoKind.VOIDED, details=details, patient_id=patient_id, session_id=session_id)


def _open(db: Db, reminder_id: str, done: str) -> KnownReminder:
    known = reminders.get_known(db, reminder_id)
    if known.status in WITH_PROVIDER:
        message = f"This reminder is on its way and can't be {done}."
        raise NotNow(message)
    if known.status not in OPEN:
        is_done = known.status.value == done
        message = (
            f"It was {done} already." if is_done else f"This reminder is {known.status.value} and can't be {done}."
        )
        raise NotNow(message)
    return known


def _touch(
    db: Db,
    known: KnownReminder,
    after: Status,
    *,
    note: str | None,
    by: str,
    now: datetime,
    values: Mapping[str, object] | None = None,
) -> None:
    moved = touching.touch(db, known.id, after, only_from=_FROM[after], by=by, note=note, now=now, values=values)
    _check_moved(moved, after.value)
    _record(db, after.value, known, note or "", by=by, now=now)


def _check_moved(moved: bool, done: str) -> None:  # noqa: FBT001  the answer of the store, passed on
    if not moved:  # a worker was faster, between our look and our write
        message = f"This reminder is on its way and can't be {done}."
        raise NotNow(message)


def _reason(text: str) -> str:
    reason = text.strip()
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise Invalid.of("reason", "say why in 3 to 200 letters; staff will read it")
    return reason


def _record(db: Db, action: str, known: KnownReminder, detail: str, *, by: str, now: datetime) -> None:
    audit.record(
        db,
        at=now,
        actor=by,
        action=f"reminder.{action}",
        subject=f"reminder {known.id}",
        sentence=f"{action.capitalize()}: {known.identity.rule} {detail}".rstrip(),
    )
