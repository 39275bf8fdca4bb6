"""To-dos: the table and what reads and writes it. What they say is sealed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, String, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import NotFound
from scheduler.domain.people.todos import Detail, Todo, TodoKind
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, Words, key, new_id

DETAILS = "todo.details"
_NOTE = "todo.note"
_IS_OPEN = text("done_at IS NULL")


class TodoRow(Owned, Base):
    """Something that a person of the clinic must do."""

    __tablename__ = "todos"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        ForeignKeyConstraint(["clinic_id", "session_id"], ["sessions.clinic_id", "sessions.id"]),
        ForeignKeyConstraint(["clinic_id", "reminder_id"], ["reminders.clinic_id", "reminders.id"]),
        # add_todo: of a kind, one about the same subject is open at a time.
        Index(
            "ix_todos_open_once",
            "clinic_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
        Index("ix_todos_subject", "clinic_id", "kind", "subject"),  # same_todos
        Index("ix_todos_clinic", "clinic_id", "created_at", "id"),  # listed_todos
        Index("ix_todos_patient", "patient_id"),  # open_of
        Index("ix_todos_session", "session_id"),  # the keys of what is removed
        Index("ix_todos_reminder", "reminder_id"),
    )

    id: Mapped[str] = key()
    kind: Mapped[TodoKind] = mapped_column(Words(TodoKind))
    subject: Mapped[str] = mapped_column(String(250))
    patient_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    session_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    reminder_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    topic: Mapped[str | None] = mapped_column(String(64))
    details_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(200))
    """None where it was over by itself."""
    note_sealed: Mapped[bytes | None]
    """What came of it."""


class TodoState(StrEnum):
    """Which to-dos a list holds."""

    OPEN = "open"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTodos:
    """Which to-dos a list is about; what is None doesn't narrow it."""

    state: TodoState = TodoState.OPEN
    kind: TodoKind | None = None
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoRecord:
    """A stored to-do."""

    id: str
    kind: TodoKind
    patient_id: str | None
    session_id: str | None
    reminder_id: str | None
    topic: str | None
    details: Mapping[str, Detail]
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    note: str | None


def add_todo(db: Db, todo: Todo, *, clinic_id: str, now: datetime) -> str | None:
    """The id of a new to-do; None if one of its kind about the same subject is open already."""
    values = {
        "id": new_id(),
        "clinic_id": clinic_id,
        "kind": todo.kind,
        "subject": todo.subject,
        "patient_id": todo.patient_id,
        "session_id": todo.session_id,
        "reminder_id": todo.reminder_id,
        "topic": todo.topic,
        "details_sealed": _sealed(db, todo.details),
        "created_at": now,
    }
    # Two workers may find the same at once; the one that comes second must not lose its other work for it.
    if db.get_bind().dialect.name == "postgresql":
        new = postgresql.insert(TodoRow).values(values).on_conflict_do_nothing().returning(TodoRow.id)
    else:
        new = sqlite.insert(TodoRow).values(values).on_conflict_do_nothing().returning(TodoRow.id)
    return db.scalars(new).first()


def same_todos(db: Db, todo: Todo, *, clinic_id: str) -> list[TodoRecord]:
    """All of its kind about the same subject, open or done."""
    same = (TodoRow.clinic_id == clinic_id, TodoRow.kind == todo.kind, TodoRow.subject == todo.subject)
    return [
        _record(db, row) for row in db.scalars(select(TodoRow).where(*same).execution_options(populate_existing=True))
    ]


def reword(db: Db, todo_id: str, details: Mapping[str, Detail]) -> None:
    """Let an open to-do say something newer."""
    sealed = _sealed(db, details)
    mine = (TodoRow.id == todo_id, TodoRow.done_at.is_(None))
    db.execute(update(TodoRow).where(*mine).values(details_sealed=sealed).execution_options(synchronize_session=False))


def get_todo(db: Db, todo_id: str) -> TodoRecord:
    """One to-do. Raises NotFound."""
    row = db.scalars(select(TodoRow).where(TodoRow.id == todo_id).execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound("to-do", todo_id)
    return _record(db, row)


def listed_todos(
    db: Db, wanted: WantedTodos, *, after: tuple[datetime, str] | None = None, limit: int
) -> list[TodoRecord]:
    """The clinic's to-dos, oldest first, those behind `after` only."""
    chosen = select(TodoRow).where(*_conditions(wanted)).order_by(TodoRow.created_at, TodoRow.id).limit(limit)
    if after is not None:
        chosen = chosen.where(tuple_(TodoRow.created_at, TodoRow.id) > after)
    return [_record(db, row) for row in db.scalars(chosen)]


def open_of(db: Db, patient_ids: set[str], kinds: Collection[TodoKind]) -> dict[str, dict[str, tuple[TodoKind, str]]]:
    """Open to-dos of these kinds by patient: kind and subject by id."""
    theirs = (TodoRow.patient_id.in_(patient_ids), TodoRow.kind.in_(kinds), TodoRow.done_at.is_(None))
    found: dict[str, dict[str, tuple[TodoKind, str]]] = defaultdict(dict)
    for row in db.execute(select(TodoRow.patient_id, TodoRow.id, TodoRow.kind, TodoRow.subject).where(*theirs)):
        found[row.patient_id][row.id] = (row.kind, row.subject)
    return found


def open_about(db: Db, about: Collection[tuple[str, str]], kinds: Collection[TodoKind]) -> list[tuple[str, str]]:
    """Open to-dos of these kinds about these (patient, reminder): id and clinic. The handle may cross clinics."""
    theirs = (TodoRow.patient_id.in_({patient_id for patient_id, _ in about}), TodoRow.done_at.is_(None))
    wanted = (TodoRow.kind.in_(kinds), TodoRow.reminder_id.in_({reminder_id for _, reminder_id in about}))
    return [
        (row.id, row.clinic_id) for row in db.execute(select(TodoRow.id, TodoRow.clinic_id).where(*theirs, *wanted))
    ]


def todo_ids_of(db: Db, patient_ids: set[str]) -> set[str]:
    """Ids of all to-dos of these patients, open or done."""
    return set(db.scalars(select(TodoRow.id).where(TodoRow.patient_id.in_(patient_ids))))


def end_todo(db: Db, todo_id: str, *, by: str | None, note: str = "", now: datetime) -> bool:
    """Note that a to-do is done, or over by itself where nobody did it; False if it was before."""
    sealed = db.keys.seal(note, _NOTE) if note else None
    ended = db.scalars(
        update(TodoRow)
        .where(TodoRow.id == todo_id, TodoRow.done_at.is_(None))
        .values(done_at=now, done_by=by, note_sealed=sealed)
        .returning(TodoRow.id)
        .execution_options(synchronize_session=False)
    )
    return ended.first() is not None


def _conditions(wanted: WantedTodos) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is TodoState.OPEN:
        conditions.append(TodoRow.done_at.is_(None))
    elif wanted.state is TodoState.DONE:
        conditions.append(TodoRow.done_at.is_not(None))
    if wanted.kind is not None:
        conditions.append(TodoRow.kind == wanted.kind)
    if wanted.patient_id is not None:
        conditions.append(TodoRow.patient_id == wanted.patient_id)
    return conditions


def _sealed(db: Db, details: Mapping[str, Detail]) -> bytes:
    return db.keys.seal(json.dumps(dict(details)), DETAILS)


def _record(db: Db, row: TodoRow) -> TodoRecord:
    return TodoRecord(
        id=row.id,
        kind=row.kind,
        patient_id=row.patient_id,
        session_id=row.session_id,
        reminder_id=row.reminder_id,
        topic=row.topic,
        details=json.loads(db.keys.open(row.details_sealed, DETAILS)),
        created_at=row.created_at,
        done_at=row.done_at,
        done_by=row.done_by,
        note=db.keys.open(row.note_sealed, _NOTE) if row.note_sealed else None,
    )
