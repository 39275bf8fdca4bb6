"""Taking back what a person just did to reminders: restoring, putting back, stopping; and a session just registered."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.domain.delivery.reminders import OPEN, Kind, Status
from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import care, reminders
from scheduler.services.message_titles import Titles
from scheduler.services.needing import need_person
from scheduler.storage import audit, outbox, patients, sessions, touching
from scheduler.storage.clinics import get_clinic
from scheduler.storage.crypto import KeyUnusable
from scheduler.storage.database import Db
from scheduler.storage.outbox import Record

UNDO_REGISTERING = timedelta(minutes=1)
"""How long whoever may register a session may take it back."""
_PURPOSE = "reminder.was"
_STOPPED, _STOPPED_AGAIN = "Stopped before it was sent.", "Stopped before it was sent again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """Where a reminder was before a person moved it or sent it now."""

    reminder_id: str
    status: Status
    due_at: datetime
    became: datetime
    """When it is due since."""
    sent_now: bool = False
    """Whether it was sent now, and so is stopped; else it was moved."""


def seal_was(db: Db, was: Was) -> str:
    """It as a word for addresses and forms, which nobody can make up."""
    told = [was.reminder_id, was.status.value, was.due_at.isoformat(), was.became.isoformat(), was.sent_now]
    return base64.urlsafe_b64encode(db.keys.seal(json.dumps(told), _PURPOSE)).decode()


def read_was(db: Db, word: str) -> Was:
    """What was sealed. Raises Invalid for anything else."""
    try:
        sealed = base64.b64decode(word.encode(), altchars=b"-_", validate=True)
        reminder_id, status, due_at, became, sent_now = json.loads(db.keys.open(sealed, _PURPOSE))
    except (KeyUnusable, ValueError) as error:
        raise Invalid.of("was", "this is no longer known; look at the message again") from error
    return Was(
        reminder_id=reminder_id,
        status=Status(status),
        due_at=datetime.fromisoformat(due_at),
        became=datetime.fromisoformat(became),
        sent_now=bool(sent_now),
    )


def put_back(db: Db, was: Was, *, by: str, now: datetime) -> bool:
    """Let a reminder be where it was before it was moved or sent now; whether it waits again.

    One that is stopped is left out where it had ended, or would go all the same: its time was over or about to be.
    A to-do asks for a person then, since the patient still lacks it.
    Raises NotFound, or NotNow where it went meanwhile, somebody else moved it, or the time from which it was moved is
    over.
    """
    record = outbox.get_record(db, was.reminder_id)
    patients.lock_patient(db, record.patient_id)  # before the row, as planning does
    record = outbox.get_record(db, was.reminder_id)
    if record.status not in OPEN or record.due_at != was.became:
        message = "It has changed since: it is on its way or done, or somebody moved it. Look at it again."
        raise NotNow(message)
    if not was.sent_now and was.due_at <= now:
        message = "Its time is over: move it, or send it now."
        raise NotNow(message)
    waited = was.status in OPEN and not (was.sent_now and was.due_at <= was.became)
    after = Status.SKIPPED if not waited else Status.HELD if record.status is Status.HELD else Status.SCHEDULED
    moved = touching.touch(
        db,
        record.id,
        after,
        only_from=frozenset({Status.HELD}) if after is Status.HELD else OPEN - {Status.HELD},
        by=by,
        note=None if waited else _STOPPED if was.status in OPEN else _STOPPED_AGAIN,
        now=now,
        values={"due_at": was.due_at, "next_at": was.due_at},
    )
    if not moved:
        message = "It is on its way and can't be stopped any more."
        raise NotNow(message)
    done = f"Put back: {record.rule}, due {was.due_at.isoformat()} as before." if waited else f"Stopped: {record.rule}."
    audit.record(db, at=now, actor=by, action="reminder.put-back", subject=f"reminder {record.id}", sentence=done)
    if not waited:
        need_person(db, _not_sent(db, record, was), now=now)
    hand_back(db, record.patient_id, {record.id}, now=now)
    return waited


def _not_sent(db: Db, record: Record, was: Was) -> Todo:
    """That the patient lacks what a stopped reminder says."""
    if record.kind is Kind.SAFETY:
        kind = TodoKind.SAFETY_NOT_SENT
    else:
        kind = TodoKind.MAYBE_NOT_ARRIVED if was.status is Status.UNKNOWN else TodoKind.NOT_ARRIVED
    titles = Titles(db, {record.version_id}, languages=get_clinic(db).languages)
    title = titles.title(record.version_id, rule=record.rule, template=record.template)
    again = "" if was.status in OPEN else " again"
    return Todo(
        kind=kind,
        details={"rule": f"“{title}”", "because": f"it was stopped before it was sent{again}"},
        patient_id=record.patient_id,
        session_id=record.session_id,
        reminder_id=record.id,
    )


def restore(db: Db, ids: Collection[str], *, by: str, now: datetime) -> None:
    """Let reminders of one patient that were left out wait again, those of a bundle together.

    Raises NotFound, or NotNow with the reason.
    """
    records = [outbox.get_record(db, one) for one in ids]
    for patient_id in {record.patient_id for record in records}:
        patients.lock_patient(db, patient_id)
        mine = [record.id for record in records if record.patient_id == patient_id]
        for one in mine:
            reminders.restore(db, one, by=by, now=now)
        hand_back(db, patient_id, mine, now=now)


def hand_back(db: Db, patient_id: str, ids: Collection[str], *, now: datetime) -> None:
    """Give reminders back to planning that stand where it would put them: they follow the plan and bundle again."""
    found = care.load_care(db, patient_id)
    freed = tuple(replace(row, touched=False) if row.id in ids else row for row in found.known)
    planned = {one.identity: one.due_at for one in replace(found, known=freed).plan(now).reminders}
    same = {row.id for row in freed if row.id in ids and planned.get(row.identity) == row.due_at}
    if same:
        touching.let_go(db, same)
        care.replan(db, patient_id, now=now)


def undo_registering(db: Db, session_id: str, *, by: str, now: datetime) -> None:
    """Void a session that was registered within the last minute. Raises NotFound, or NotNow for an older one."""
    handling = sessions.handling(db, session_id)
    if handling.voided_at is None and now - handling.registered_at > UNDO_REGISTERING:
        message = "It was registered over a minute ago: somebody who treats can void it on its page."
        raise NotNow(message)
    reminders.void(db, session_id, by=by, now=now)
