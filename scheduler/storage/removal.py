"""Removing all that hangs on patients, for erasure and retention: rows go, numbers and stops stay.

A message on its way keeps its reminder, session and attempt until it has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from scheduler.domain.delivery.reminders import WITH_PROVIDER
from scheduler.storage.among import among
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.consents import ConsentRow
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Db, lock_name
from scheduler.storage.idempotency import KeptAnswerRow, answer_of
from scheduler.storage.kept_counts import Counts, add_counts, month_of
from scheduler.storage.kept_stops import keep_stops
from scheduler.storage.overrides import OverrideRow
from scheduler.storage.patients import NAME, PatientNameRow, PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.todos import TodoRow
from scheduler.storage.told_dates import ToldDateRow

ERASED_NAME = "Erased patient"
"""What stands in the place of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What went."""

    sessions: int
    messages: int
    on_their_way: int
    """Messages that stay until they have ended."""
    subjects: set[str] = field(repr=False)
    """What audit entries about it are about."""


def remove_care(db: Db, patient_ids: set[str]) -> Removed:
    """Remove what hangs on patients of the clinic, who are locked; their own rows stay.

    Counts by month and what they stopped are kept. Nobody else removes anything of the clinic meanwhile.
    """
    lock_name(db, "removal")
    mine = select(ReminderRow.id, ReminderRow.session_id, ReminderRow.status, ReminderRow.channel, ReminderRow.due_at)
    # Held, so that no worker hands one over between this look and its going.
    reminders = db.execute(mine.where(among(ReminderRow.patient_id, patient_ids)).with_for_update()).all()
    sessions = db.execute(
        select(SessionRow.id, SessionRow.ended_at).where(among(SessionRow.patient_id, patient_ids))
    ).all()
    staying = {row.id for row in reminders if row.status in WITH_PROVIDER}
    needed = {row.session_id for row in reminders if row.id in staying}
    going = {row.id for row in reminders} - staying
    ended = {row.id for row in sessions} - needed
    todos = _todos(db, patient_ids, {row.id for row in sessions}, {row.id for row in reminders})
    keep_stops(db, patient_ids)
    counts: Counts = Counter((month_of(row.ended_at), "sessions") for row in sessions if row.id in ended)
    counts.update((month_of(row.due_at), f"{row.channel} {row.status}") for row in reminders if row.id in going)
    add_counts(db, counts)
    _delete(db, patient_ids, reminders=going, sessions=ended, todos=todos)
    _blank(db, sessions=needed, reminders=staying)
    return Removed(
        sessions=len(ended),
        messages=len(going),
        on_their_way=len(staying),
        subjects={
            *(f"patient {one}" for one in patient_ids),
            *(f"session {row.id}" for row in sessions),
            *(f"reminder {row.id}" for row in reminders),
            *(f"todo {one}" for one in todos),
        },
    )


def blank_patients(db: Db, patient_ids: set[str], *, now: datetime) -> None:
    """Leave of patients who they were nothing but that they were erased."""
    for row in db.scalars(select(PatientRow).where(among(PatientRow.id, patient_ids))):
        row.name_sealed, row.name_hash = db.keys.seal(ERASED_NAME, NAME), ""
        row.birth_date_sealed = row.paused_reason_sealed = row.paused_at = row.zone = None
        row.flags, row.private = [], False
        row.erased_at = row.erased_at or now
    db.flush()


def remove_patients(db: Db, patient_ids: set[str]) -> None:
    """Remove the rows of patients of whom nothing else is left."""
    db.execute(delete(PatientRow).where(among(PatientRow.id, patient_ids)).execution_options(**_UNSEEN))
    db.expire_all()


def forget_answers_about(db: Db, ids: Collection[str]) -> None:
    """Drop kept answers of the clinic in which one of these ids stands."""
    about = [row.key_hash for row in db.scalars(select(KeptAnswerRow)) if any(one in answer_of(db, row) for one in ids)]
    db.execute(delete(KeptAnswerRow).where(among(KeptAnswerRow.key_hash, about)).execution_options(**_UNSEEN))


def left_of_erased(db: Db) -> list[tuple[str, str]]:
    """Erased patients of whom something was on its way, and isn't any more: clinic and id. Crosses clinics."""
    left = select(ReminderRow.id).where(ReminderRow.patient_id == PatientRow.id)
    going = left.where(ReminderRow.status.in_(WITH_PROVIDER))
    found = select(PatientRow.clinic_id, PatientRow.id).where(PatientRow.erased_at.is_not(None))
    rows = db.execute(found.where(left.exists(), ~going.exists()).order_by(PatientRow.id))
    return [(row.clinic_id, row.id) for row in rows]


_UNSEEN = {"synchronize_session": False}


def _todos(db: Db, patient_ids: set[str], sessions: set[str], reminders: set[str]) -> set[str]:
    of_theirs = among(TodoRow.session_id, sessions), among(TodoRow.reminder_id, reminders)
    return set(db.scalars(select(TodoRow.id).where(or_(among(TodoRow.patient_id, patient_ids), *of_theirs))))


def _delete(db: Db, patient_ids: set[str], *, reminders: set[str], sessions: set[str], todos: set[str]) -> None:
    for statement in (
        delete(TodoRow).where(among(TodoRow.id, todos)),
        delete(ToldDateRow).where(among(ToldDateRow.patient_id, patient_ids)),
        delete(OverrideRow).where(among(OverrideRow.patient_id, patient_ids)),
        delete(AttemptRow).where(among(AttemptRow.reminder_id, reminders)),
        delete(ReminderRow).where(among(ReminderRow.id, reminders)),
        delete(SessionRow).where(among(SessionRow.id, sessions)),
        delete(ContactPointRow).where(among(ContactPointRow.patient_id, patient_ids)),
        delete(ConsentRow).where(among(ConsentRow.patient_id, patient_ids)),
        delete(PatientNameRow).where(among(PatientNameRow.patient_id, patient_ids)),
    ):
        db.execute(statement.execution_options(**_UNSEEN))
    db.expire_all()


def _blank(db: Db, *, sessions: set[str], reminders: set[str]) -> None:
    """What must stay for a while tells no more than it must; a message that is called for is held by its attempt."""
    if not reminders:
        return
    theirs = update(ReminderRow).where(among(ReminderRow.id, reminders)).execution_options(**_UNSEEN)
    db.execute(theirs.values(stop_asked=True, note_sealed=None, reasons=[], topic_ends={}))
    facts = update(SessionRow).where(among(SessionRow.id, sessions)).execution_options(**_UNSEEN)
    db.execute(facts.values(facts={}))
