"""Pausing a patient's messages, and letting them go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from scheduler.domain.delivery.gate import Because
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotNow
from scheduler.domain.people.pauses import Pause, PauseReason
from scheduler.services import care
from scheduler.services.patient_changes import open_patient, read_words, record, settle
from scheduler.storage import open_reminders, reminders
from scheduler.storage.database import Db
from scheduler.storage.patient_records import store_record


def pause(db: Db, patient_id: str, reason: PauseReason, note: str, *, by: str, now: datetime) -> Pause:
    """Hold all that a patient would get, from now on; the pause as it stands.

    Pausing a paused patient records the new reason. Raises NotFound or NotNow, or Invalid for a note that is too long.
    """
    before = open_patient(db, patient_id)
    words = read_words("note", note, "write a note") if note.strip() else ""
    if before.pause and (before.pause.reason, before.pause.note) == (reason, words):
        return before.pause
    since = before.pause.since if before.pause else now
    paused = Pause(reason=reason, note=words, since=since)
    store_record(db, replace(before, pause=paused))
    care.hold(db, patient_id, now=now)
    was = f", before that for {before.pause.reason.value}" if before.pause else ""
    record(db, patient_id, "pause", f"Paused for {reason.value}{was}. {words}".rstrip(), by=by, now=now)
    return paused


def mark(pause: Pause) -> str:
    """What tells a pause from others of the patient, for addresses."""
    return f"{pause.reason.value} {pause.since.isoformat()}"


def resume(db: Db, patient_id: str, reason: str, *, by: str, now: datetime, only: str | None = None) -> None:
    """Let what is held for the pause wait for its time again, and plan anew; late steps go if still of use.

    A patient who isn't paused stays as they are; `only`, a pause's mark, lets any other pause stand. Raises NotFound,
    NotNow, or Invalid where a death is taken back without saying why.
    """
    before = open_patient(db, patient_id)
    if before.pause is None:
        return
    if only is not None and only != mark(before.pause):
        message = "Somebody paused the messages again since, or for another reason. Look at it again."
        raise NotNow(message)
    said = reason.strip()
    if said or before.pause.reason is PauseReason.DEATH:
        said = read_words("reason", reason, "say why messages go on,")
    store_record(db, replace(before, pause=None))
    held = {
        row.id
        for row in open_reminders.open_of(db, patient_id)
        if row.status is Status.HELD and row.status_reason == Because.PATIENT_PAUSED.value
    }
    if held:
        reminders.move(db, held, Status.SCHEDULED, reason=None, now=now, only_from=frozenset({Status.HELD}))
    record(db, patient_id, "resume", f"Resumed after {before.pause.reason.value}. {said}".rstrip(), by=by, now=now)
    settle(db, patient_id, now=now)
