"""What the first page of the day reads: open to-dos, messages that got lost, the day's messages and its sessions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, literal, or_, select

from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.todos import Detail, TodoKind
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Db
from scheduler.storage.patients import NAME, PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow, read_stored
from scheduler.storage.todos import DETAILS, TodoRow

LOST = (Status.FAILED, Status.UNDELIVERED, Status.UNKNOWN, Status.IN_DOUBT)
"""A message of one of these did not arrive, for all that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTodo:
    """A to-do with whom it is about."""

    id: str
    kind: TodoKind
    details: Mapping[str, Detail]
    created_at: datetime
    patient_id: str | None
    patient_name: str | None
    session_id: str | None
    reminder_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostMessage:
    """A reminder that did not arrive, with whose it is."""

    id: str
    patient_id: str
    patient_name: str
    session_id: str
    version_id: str
    rule: str
    template: str
    kind: Kind
    channel: Channel
    status: Status
    status_reason: str | None
    status_at: datetime
    useful_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many of the messages that are due in a time stand alike."""

    status: Status
    status_reason: str | None
    count: int
    first: datetime
    """When the first of them is to be tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOfDay:
    """A session with whose it is."""

    id: str
    patient_id: str
    patient_name: str
    patient_paused: bool
    has_contact: bool
    procedure: str
    version: int
    facts: Mapping[str, Any]
    ended_at: datetime
    voided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOfSession:
    """One of a session's reminders, as far as a list of sessions says it."""

    session_id: str
    version_id: str
    rule: str
    template: str
    status: Status
    due_at: datetime


def open_todos(db: Db, *, urgent: Collection[TodoKind], most: int) -> tuple[list[OpenTodo], int]:
    """The clinic's open to-dos, the urgent kinds first and then by age, and how many there are in all."""
    first = case((TodoRow.kind.in_(urgent), 0), else_=1)
    rows = db.execute(
        select(*(getattr(TodoRow, name) for name in _TODO), TodoRow.details_sealed, PatientRow.name_sealed)
        .add_columns(func.count().over().label("total"))
        .outerjoin(PatientRow, PatientRow.id == TodoRow.patient_id)
        .where(TodoRow.done_at.is_(None))
        .order_by(first, TodoRow.created_at, TodoRow.id)
        .limit(most)
    ).all()
    return [_todo(db, row) for row in rows], _total(rows)


_TODO = ("id", "kind", "created_at", "patient_id", "session_id", "reminder_id")


def _todo(db: Db, row: Row[Any]) -> OpenTodo:
    return OpenTodo(
        details=json.loads(db.keys.open(row.details_sealed, DETAILS)),
        patient_name=db.keys.open(row.name_sealed, NAME) if row.name_sealed else None,
        **{name: getattr(row, name) for name in _TODO},
    )


def lost_messages(db: Db, *, since: datetime, most: int) -> tuple[list[LostMessage], int]:
    """Messages that did not arrive since then and that nobody saw to, safety first and then the newest; and how many.

    A to-do about it that was done since, or is open and so stands in the list of those, sees to a message. One of a
    voided session needs nobody.
    """
    rows = db.execute(
        select(*(getattr(ReminderRow, name) for name in _LOST), PatientRow.name_sealed)
        .add_columns(func.count().over().label("total"))
        .join(PatientRow, PatientRow.id == ReminderRow.patient_id)
        .join(SessionRow, SessionRow.id == ReminderRow.session_id)
        .where(_is_lost(), ReminderRow.status_at >= since)
        .where(SessionRow.voided_at.is_(None), PatientRow.erased_at.is_(None), ~_seen_to())
        .order_by(ReminderRow.kind != Kind.SAFETY, ReminderRow.status_at.desc(), ReminderRow.id)
        .limit(most)
    ).all()
    return [_lost(db, row) for row in rows], _total(rows)


_LOST = (
    "id",
    "patient_id",
    "session_id",
    "version_id",
    "rule",
    "template",
    "kind",
    "channel",
    "status",
    "status_reason",
    "status_at",
    "useful_until",
)


def _is_lost() -> ColumnElement[bool]:
    # Written out: with parameters in their place, a database does not see that the partial index holds these.
    return ReminderRow.status.in_([literal(status.value, literal_execute=True) for status in LOST])


def _seen_to() -> ColumnElement[bool]:
    about = and_(TodoRow.patient_id == ReminderRow.patient_id, TodoRow.reminder_id == ReminderRow.id)
    return exists().where(about, or_(TodoRow.done_at.is_(None), TodoRow.done_at >= ReminderRow.status_at))


def _lost(db: Db, row: Row[Any]) -> LostMessage:
    name = db.keys.open(row.name_sealed, NAME)
    return LostMessage(patient_name=name, **{column: getattr(row, column) for column in _LOST})


def day_counts(db: Db, *, start: datetime, end: datetime) -> list[DayCount]:
    """How the messages stand that are due from `start` on and before `end`; what goes with another one counts too."""
    rows = db.execute(
        select(
            ReminderRow.status, ReminderRow.status_reason, func.count(), func.min(ReminderRow.next_at, type_=_INSTANT)
        )
        .where(ReminderRow.due_at >= start, ReminderRow.due_at < end)
        .group_by(ReminderRow.status, ReminderRow.status_reason)
    )
    return [DayCount(status=row[0], status_reason=row[1], count=row[2], first=row[3]) for row in rows]


_INSTANT = ReminderRow.__table__.c.next_at.type


def next_due(db: Db, now: datetime) -> datetime | None:
    """When the clinic's next message is due; None where none waits."""
    waiting = (ReminderRow.status == Status.SCHEDULED, ReminderRow.due_at >= now)
    found = select(ReminderRow.due_at).where(*waiting)
    return db.scalars(found.order_by(ReminderRow.due_at).limit(1)).first()


def sessions_ended(db: Db, *, start: datetime, end: datetime, most: int) -> tuple[list[SessionOfDay], int]:
    """Sessions that ended from `start` on and before `end`, the newest first; and how many in all."""
    contact = exists().where(ContactPointRow.patient_id == PatientRow.id).label("has_contact")
    rows = db.execute(
        select(*(getattr(SessionRow, name) for name in _SESSION), SessionRow.facts, SessionRow.voided_at)
        .add_columns(PatientRow.name_sealed, PatientRow.paused_at, contact, func.count().over().label("total"))
        .join(PatientRow, PatientRow.id == SessionRow.patient_id)
        .where(SessionRow.ended_at >= start, SessionRow.ended_at < end)
        .order_by(SessionRow.ended_at.desc(), SessionRow.id)
        .limit(most)
    ).all()
    return [_session(db, row) for row in rows], _total(rows)


_SESSION = ("id", "patient_id", "procedure", "version", "ended_at")


def _session(db: Db, row: Row[Any]) -> SessionOfDay:
    return SessionOfDay(
        patient_name=db.keys.open(row.name_sealed, NAME),
        patient_paused=row.paused_at is not None,
        has_contact=row.has_contact,
        facts=read_stored(row.facts),
        voided=row.voided_at is not None,
        **{name: getattr(row, name) for name in _SESSION},
    )


def messages_of(db: Db, session_ids: Collection[str]) -> list[MessageOfSession]:
    """All reminders of these sessions by due time."""
    columns = [getattr(ReminderRow, name) for name in _MESSAGE]
    rows = db.execute(select(*columns).where(ReminderRow.session_id.in_(session_ids))) if session_ids else ()
    found = [MessageOfSession(**{name: getattr(row, name) for name in _MESSAGE}) for row in rows]
    # Not in SQL: a database that is to put them in order may walk all of the clinic's in that order instead.
    return sorted(found, key=lambda one: (one.due_at, one.rule))


_MESSAGE = ("session_id", "version_id", "rule", "template", "status", "due_at")


def any_session(db: Db) -> bool:
    """Whether the clinic ever registered one."""
    return db.scalars(select(SessionRow.id).limit(1)).first() is not None


def _total(rows: Collection[Row[Any]]) -> int:
    return next((int(row.total) for row in rows), 0)
