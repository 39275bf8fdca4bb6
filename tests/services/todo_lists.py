"""To-dos of a clinic as tests make, do and read them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from scheduler.domain.care.needs import NeedsPerson
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import needing, todos
from scheduler.services.todos import TodoView
from scheduler.services.views import SessionView
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.todos import TodoState, WantedTodos
from tests.builders import (
    NOW,
)

HOUR = timedelta(hours=1)


def unknown(view: SessionView) -> Todo:
    """What happens to a message."""
    return Todo(
        kind=TodoKind.MAYBE_NOT_ARRIVED,
        details={"rule": "check"},
        patient_id=view.patient_id,
        session_id=view.id,
        reminder_id=view.reminders[0].id,
    )


def need(database: Database, clinic: Clinic, todo: Todo) -> str | None:
    with database.write(clinic.id) as db:
        return needing.need_person(db, todo, now=NOW)


def settle(database: Database, clinic: Clinic, view: SessionView, *found: NeedsPerson) -> None:
    with database.write(clinic.id) as db:
        before = needing.open_planned(db, {str(view.patient_id)}).get(str(view.patient_id), {})
        needing.settle_planned(db, str(view.patient_id), found, before=before, now=NOW)


def do(database: Database, clinic: Clinic, todo_id: str | None, note: str = "") -> None:
    with database.write(clinic.id) as db:
        todos.do(db, str(todo_id), note, by="Ada Osei", now=NOW + HOUR)


def listed(database: Database, clinic: Clinic, state: TodoState = TodoState.OPEN) -> tuple[TodoView, ...]:
    with database.read(clinic.id) as db:
        return todos.todos_page(db, WantedTodos(state=state), after=None, limit=200).items


def told(database: Database, clinic: Clinic) -> list[tuple[str, str, str]]:
    """(who, what, words) of the audit of to-dos."""
    with database.read(clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action.startswith("todo.")).order_by(AuditRow.at))
        return [(row.actor, row.action, db.keys.open(row.sentence_sealed, "audit.sentence")) for row in rows]
