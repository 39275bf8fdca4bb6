"""Lists of reminders as people and programs read them: frozen records, straight from SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, tuple_

from scheduler.domain.care.reasons import Reason, from_stored
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Db
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import NOTE, ReminderRow, read_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A stored reminder with what its list shows."""

    id: str
    patient_id: str
    session_id: str
    version_id: str
    rule: str
    occurrence: int
    kind: Kind
    template: str
    topic_ends: dict[str, datetime]
    channel: Channel
    status: Status
    status_reason: str | None
    status_at: datetime
    note: str | None
    """What a person who touched it gave as the reason."""
    touched_by: str | None
    due_at: datetime
    next_at: datetime
    """When it is tried: later than due while it waits for hours, or for another try."""
    useful_until: datetime
    sent_at: datetime | None
    bundled_into: str | None
    reasons: tuple[Reason, ...]
    patient_zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reminders a list is about; what is None doesn't narrow it."""

    status: Status | None = None
    patient_id: str | None = None
    session_id: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None


def get_record(db: Db, reminder_id: str) -> Record:
    """One reminder. Raises NotFound."""
    row = db.execute(_SELECT.where(ReminderRow.id == reminder_id)).first()
    if row is None:
        raise NotFound("reminder", reminder_id)
    return _record(db, row)


def of_session(db: Db, session_id: str) -> list[Record]:
    """A session's reminders by due time."""
    return listed(db, Wanted(session_id=session_id))


def listed(
    db: Db, wanted: Wanted, *, after: tuple[datetime, str] | None = None, limit: int | None = None
) -> list[Record]:
    """The clinic's reminders by due time and id, those behind `after` only; all of them without a limit."""
    chosen = _narrowed(_SELECT, wanted)
    if after is not None:
        chosen = chosen.where(tuple_(ReminderRow.due_at, ReminderRow.id) > after)
    if limit is not None:
        chosen = chosen.limit(limit)
    return [_record(db, row) for row in db.execute(chosen)]


def _narrowed(chosen: Select[Any], wanted: Wanted) -> Select[Any]:
    for column, value in (
        (ReminderRow.status, wanted.status),
        (ReminderRow.patient_id, wanted.patient_id),
        (ReminderRow.session_id, wanted.session_id),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    if wanted.due_from is not None:
        chosen = chosen.where(ReminderRow.due_at >= wanted.due_from)
    if wanted.due_before is not None:
        chosen = chosen.where(ReminderRow.due_at < wanted.due_before)
    return chosen


_PLAIN = (
    "id",
    "patient_id",
    "session_id",
    "version_id",
    "rule",
    "occurrence",
    "kind",
    "template",
    "channel",
    "status",
    "status_reason",
    "status_at",
    "touched_by",
    "due_at",
    "next_at",
    "useful_until",
    "sent_at",
    "bundled_into",
)
_COLUMNS: Sequence[str] = (*_PLAIN, "topic_ends", "reasons", "note_sealed")
_SELECT: Select[Any] = (
    select(*(getattr(ReminderRow, name) for name in _COLUMNS), PatientRow.zone.label("patient_zone"))
    .join(PatientRow, PatientRow.id == ReminderRow.patient_id)
    .order_by(ReminderRow.due_at, ReminderRow.id)
)


def _record(db: Db, row: Row[Any]) -> Record:
    return Record(
        note=db.keys.open(row.note_sealed, NOTE) if row.note_sealed else None,
        topic_ends=read_ends(row.topic_ends),
        reasons=from_stored(row.reasons),
        patient_zone=row.patient_zone,
        **{name: getattr(row, name) for name in _PLAIN},
    )
