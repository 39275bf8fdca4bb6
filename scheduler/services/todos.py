"""To-dos as people work them off: listing them, and noting what came of them. `needing` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.delivery.state_words import because
from scheduler.domain.errors import NotNow
from scheduler.domain.people.todos import Todo, TodoKind, todo_sentence
from scheduler.services.needing import need_person, record
from scheduler.services.patient_changes import read_words
from scheduler.storage import outbox, todos
from scheduler.storage.database import Db
from scheduler.storage.today import LOST
from scheduler.storage.todos import TodoRecord, WantedTodos


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoView:
    """A to-do as staff see it."""

    id: str
    kind: TodoKind
    sentence: str
    patient_id: str | None
    session_id: str | None
    reminder_id: str | None
    topic: str | None
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoPage:
    """Some to-dos, oldest first, and the place behind which the next ones stand; None if these are the last."""

    items: tuple[TodoView, ...]
    next: tuple[datetime, str] | None


def todos_page(db: Db, wanted: WantedTodos, *, after: tuple[datetime, str] | None, limit: int) -> TodoPage:
    """At most `limit` of the clinic's to-dos behind a place, or from the first on."""
    records = todos.listed_todos(db, wanted, after=after, limit=limit + 1)
    shown = records[:limit]
    last = shown[-1] if len(records) > limit else None
    return TodoPage(items=tuple(_view(one) for one in shown), next=(last.created_at, last.id) if last else None)


def one_todo(db: Db, todo_id: str) -> TodoView:
    """A to-do of the clinic. Raises NotFound."""
    return _view(todos.get_todo(db, todo_id))


def do(db: Db, todo_id: str, note: str, *, by: str, now: datetime) -> None:
    """Note that a to-do is done, and what came of it, if there is something to say.

    Raises NotFound, Invalid for a note that is too short or too long, NotNow if somebody did it before.
    """
    todos.get_todo(db, todo_id)
    words = read_words("note", note, "say what came of it") if note.strip() else ""
    if not todos.end_todo(db, todo_id, by=by, note=words, now=now):
        before = todos.get_todo(db, todo_id)
        message = f"This was done already, by {before.done_by}." if before.done_by else "This is over already."
        raise NotNow(message)
    record(db, todo_id, "done", f"Did it. {words}".rstrip(), by=by, now=now)


def note_told(db: Db, reminder_id: str, note: str, *, by: str, now: datetime) -> None:
    """Note that the patient was told what a message did not bring, and what came of it.

    Raises NotFound, Invalid for a note that is too short or too long, NotNow for a message that is not lost.
    """
    record = outbox.get_record(db, reminder_id)
    if record.status not in LOST:
        message = f"This message is {record.status.value}, so there is nothing to see to."
        raise NotNow(message)
    lost = Todo(
        kind=TodoKind.NOT_ARRIVED,
        details={"rule": record.rule, "because": because(record.status, record.status_reason)},
        patient_id=record.patient_id,
        session_id=record.session_id,
        reminder_id=record.id,
    )
    todo_id = need_person(db, lost, now=now)
    if todo_id is not None:
        do(db, todo_id, note, by=by, now=now)


def _view(record: TodoRecord) -> TodoView:
    return TodoView(
        id=record.id,
        kind=record.kind,
        sentence=todo_sentence(record.kind, record.details),
        patient_id=record.patient_id,
        session_id=record.session_id,
        reminder_id=record.reminder_id,
        topic=record.topic,
        created_at=record.created_at,
        done_at=record.done_at,
        done_by=record.done_by,
        note=record.note,
    )
