"""Needing a person: to-dos are made here, when something happens or planning finds that no message can say it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from scheduler.domain.care.needs import Need, NeedsPerson
from scheduler.domain.people.todos import Detail, Todo, TodoKind, todo_sentence
from scheduler.storage import audit, todos
from scheduler.storage.database import Db

_SERVICE = "aftercare"
"""Who does what no person did, as the audit names it."""
_KINDS = {
    Need.SAFETY: TodoKind.SAFETY_NOT_PLANNED,
    Need.CATCH_UP: TodoKind.NOT_TOLD,
    Need.CORRECTION: TodoKind.NOT_CORRECTED,
}


def need_person(db: Db, todo: Todo, *, now: datetime, clinic_id: str | None = None) -> str | None:
    """The id of the new to-do; None if the same one is open already, or somebody saw to what planning finds again.

    One that is open says from then on what this one says. `clinic_id` where the handle crosses clinics.
    """
    sentence = todo_sentence(todo.kind, todo.details)
    clinic_id = clinic_id or db.clinic_id
    for before in todos.same_todos(db, todo, clinic_id=clinic_id):
        if before.done_at is None:
            todos.reword(db, before.id, todo.details)
            return None
        if todo.kind.planned and before.done_by is not None and _topics(todo.details) <= _topics(before.details):
            return None
    todo_id = todos.add_todo(db, todo, clinic_id=clinic_id, now=now)
    if todo_id is not None:
        record(db, todo_id, "add", sentence, by=_SERVICE, now=now, clinic_id=clinic_id)
    return todo_id


def open_planned(db: Db, patient_ids: set[str]) -> dict[str, dict[str, tuple[TodoKind, str]]]:
    """By patient, the open to-dos that planning made: kind and subject by id."""
    return todos.open_of(db, patient_ids, [kind for kind in TodoKind if kind.planned])


def settle_planned(
    db: Db,
    patient_id: str,
    found: Iterable[NeedsPerson],
    *,
    before: Mapping[str, tuple[TodoKind, str]],
    now: datetime,
) -> None:
    """Make a patient's to-dos from planning equal to what the newest plan needs; what it needs no more is over.

    `before` are the patient's of `open_planned`.
    """
    needed = [_planned(one, patient_id) for one in found]
    subjects = {(todo.kind, todo.subject) for todo in needed}
    for todo_id, subject in before.items():
        if subject not in subjects and todos.end_todo(db, todo_id, by=None, now=now):
            record(db, todo_id, "done", "Planning needs nobody for it any more.", by=_SERVICE, now=now)
    for todo in needed:
        need_person(db, todo, now=now)


def over(
    db: Db, about: Collection[tuple[str, str]], kinds: Collection[TodoKind], sentence: str, *, now: datetime
) -> None:
    """End open to-dos of these kinds about these (patient, reminder), as nobody needs to see to them any more."""
    for todo_id, clinic_id in todos.open_about(db, about, kinds):
        if todos.end_todo(db, todo_id, by=None, now=now):
            record(db, todo_id, "done", sentence, by=_SERVICE, now=now, clinic_id=clinic_id)


def _planned(found: NeedsPerson, patient_id: str) -> Todo:
    return Todo(
        kind=_KINDS[found.kind],
        details={"sentence": found.sentence, "topics": " ".join(found.topics)},
        patient_id=patient_id,
        session_id=found.session_id,
        rule=f"{found.rule}/{found.occurrence}",
    )


def _topics(details: Mapping[str, Detail]) -> set[str]:
    """What a person is asked to tell, where planning found it."""
    return set(str(details.get("topics", "")).split())


def record(
    db: Db, todo_id: str, action: str, sentence: str, *, by: str, now: datetime, clinic_id: str | None = None
) -> None:
    """Add to the audit what was done with a to-do; `clinic_id` where the handle crosses clinics."""
    audit.record(
        db,
        at=now,
        actor=by,
        action=f"todo.{action}",
        subject=f"todo {todo_id}",
        sentence=sentence,
        clinic_id=clinic_id,
    )
