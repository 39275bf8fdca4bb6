from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.care.needs import Need, NeedsPerson
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import needing, patient_details, reminders, same_patient, todos
from scheduler.services.todos import TodoView
from scheduler.services.views import SessionView
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.todos import TodoState, WantedTodos
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    stored_rows,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def not_told(view: SessionView, *topics: str) -> NeedsPerson:
    """What planning finds again and again."""
    reason = Reason(Why.NO_CONTACT)
    return NeedsPerson(
        kind=Need.CATCH_UP, session_id=str(view.id), rule="catch-up", topics=topics or ("acids",), reason=reason
    )


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
        needing.settle_planned(db, str(view.patient_id), found, now=NOW)


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


# Needing a person


def test_the_same_need_is_one_to_do_while_it_is_open(database: Database, clinic: Clinic, view: SessionView) -> None:
    first = need(database, clinic, unknown(view))

    again = need(database, clinic, unknown(view))

    assert again is None
    [todo] = listed(database, clinic)
    assert (todo.id, todo.kind, todo.created_at) == (first, TodoKind.MAYBE_NOT_ARRIVED, NOW)
    assert (todo.patient_id, todo.session_id, todo.reminder_id) == (view.patient_id, view.id, view.reminders[0].id)
    assert told(database, clinic) == [("aftercare", "todo.add", todo.sentence)]


def test_what_happens_again_after_it_was_done_needs_a_person_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    do(database, clinic, need(database, clinic, unknown(view)))

    assert need(database, clinic, unknown(view)) is not None


def test_what_planning_finds_again_after_a_person_saw_to_it_is_done(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    settle(database, clinic, view, not_told(view, "acids", "heat"))
    [todo] = listed(database, clinic)
    do(database, clinic, todo.id)

    settle(database, clinic, view, not_told(view, "acids", "heat"))
    settle(database, clinic, view, not_told(view, "acids"))
    less = listed(database, clinic)
    settle(database, clinic, view, not_told(view, "acids", "makeup"))

    assert less == ()
    assert "(acids, makeup)" in listed(database, clinic)[0].sentence


def test_an_open_one_says_what_the_newest_plan_says(database: Database, clinic: Clinic, view: SessionView) -> None:
    settle(database, clinic, view, not_told(view, "acids"))

    settle(database, clinic, view, not_told(view, "acids", "heat"))

    [todo] = listed(database, clinic)
    assert todo.sentence == (
        "Tell the patient what to leave out (acids, heat); no message does: "
        "there is no number or address to send it to."
    )


def test_what_planning_needs_no_more_is_over_and_can_come_back(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    settle(database, clinic, view, not_told(view))
    event = need(database, clinic, unknown(view))

    settle(database, clinic, view)
    [over] = listed(database, clinic, TodoState.DONE)
    left = [todo.id for todo in listed(database, clinic)]
    settle(database, clinic, view, not_told(view))

    assert (over.kind, over.done_by, over.done_at) == (TodoKind.NOT_TOLD, None, NOW)
    assert left == [event]
    assert {todo.kind for todo in listed(database, clinic)} == {TodoKind.NOT_TOLD, TodoKind.MAYBE_NOT_ARRIVED}
    with pytest.raises(NotNow, match="over already"):
        do(database, clinic, over.id)


def test_a_patient_whom_no_message_reaches_is_told_by_a_person_until_a_number_comes(
    database: Database, clinic: Clinic
) -> None:
    view = register(database, clinic, a_session(a_person("Bea Osei", phone=None, email=None)))
    unreached = {todo.kind for todo in listed(database, clinic)}

    with database.write(clinic.id) as db:
        change = patient_details.PatientChange(phone="+447700900124")
        patient_details.change(db, str(view.patient_id), change, flags=CATALOG.flags, by=BY, now=NOW)

    assert unreached == {TodoKind.SAFETY_NOT_PLANNED, TodoKind.NOT_TOLD}
    assert listed(database, clinic) == ()


def test_a_handle_that_crosses_clinics_says_whose_it_is(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = a_clinic(database, name="Birch")

    with database.write(ALL_CLINICS) as db:
        needing.need_person(db, unknown(view), now=NOW, clinic_id=clinic.id)

    assert len(listed(database, clinic)) == 1
    assert listed(database, other) == ()
    assert len(told(database, clinic)) == 1


def test_two_workers_at_once_make_one_and_neither_loses_its_work(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    together = threading.Barrier(4)

    def worker(_: int) -> str | None:
        together.wait()
        return need(database, clinic, unknown(view))

    with ThreadPoolExecutor(4) as pool:
        made = [todo_id for todo_id in pool.map(worker, range(4)) if todo_id is not None]

    assert [todo.id for todo in listed(database, clinic)] == made


def test_a_to_do_whose_sentence_cannot_be_made_is_not_stored(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    with pytest.raises(KeyError):
        need(database, clinic, Todo(kind=TodoKind.VOIDED, session_id=view.id))

    assert listed(database, clinic) == ()


# Doing it


def test_a_to_do_is_done_once_with_who_did_it_and_what_came_of_it(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    todo_id = need(database, clinic, unknown(view))

    do(database, clinic, todo_id, "  Called her; she knows. ")
    with pytest.raises(NotNow, match=r"done already, by Ada Osei\."):
        do(database, clinic, todo_id, "Again")

    [todo] = listed(database, clinic, TodoState.DONE)
    assert (todo.done_by, todo.done_at, todo.note) == ("Ada Osei", NOW + HOUR, "Called her; she knows.")
    assert listed(database, clinic) == ()
    assert told(database, clinic)[1:] == [("Ada Osei", "todo.done", "Did it. Called her; she knows.")]


@pytest.mark.parametrize("note", ["x", "x" * 501])
def test_a_note_that_says_nothing_or_too_much_is_refused(
    database: Database, clinic: Clinic, view: SessionView, note: str
) -> None:
    todo_id = need(database, clinic, unknown(view))

    with pytest.raises(Invalid, match="note: say what came of it in 3 to 500 letters"):
        do(database, clinic, todo_id, note)

    assert len(listed(database, clinic)) == 1


def test_another_clinics_to_do_is_not_found(database: Database, clinic: Clinic, view: SessionView) -> None:
    todo_id = need(database, clinic, unknown(view))

    with pytest.raises(NotFound):
        do(database, a_clinic(database, name="Birch"), todo_id)

    assert len(listed(database, clinic)) == 1


# Voiding


def become(database: Database, clinic: Clinic, view: SessionView, *statuses: Status) -> None:
    """Put the session's first reminders where the test wants them."""
    with database.write(clinic.id) as db:
        for reminder, status in zip(view.reminders, statuses, strict=False):
            db.execute(update(ReminderRow).where(ReminderRow.id == reminder.id).values(status=status))


def void(database: Database, clinic: Clinic, view: SessionView) -> None:
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)


def test_voiding_after_texts_went_out_needs_a_person_to_tell_the_patient(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    become(database, clinic, view, Status.DELIVERED, Status.SENT, Status.SKIPPED)

    void(database, clinic, view)
    void(database, clinic, view)

    [todo] = listed(database, clinic)
    assert (todo.kind, todo.patient_id, todo.session_id) == (TodoKind.VOIDED, view.patient_id, view.id)
    assert todo.sentence == (
        "Microneedling of Tuesday 3 March was voided when 2 of its messages had gone out or were on their way: "
        "tell the patient what holds now."
    )


@pytest.mark.parametrize(
    ("status", "needed"),
    [
        (Status.SENDING, True),
        (Status.IN_DOUBT, True),
        (Status.UNKNOWN, True),
        (Status.SENT, True),
        (Status.DELIVERED, True),
        (Status.CLAIMED, False),
        (Status.SCHEDULED, False),
        (Status.FAILED, False),
        (Status.EXPIRED, False),
        (Status.UNDELIVERED, False),
    ],
)
def test_voiding_needs_a_person_where_the_patient_may_have_read_something(
    database: Database, clinic: Clinic, view: SessionView, status: Status, *, needed: bool
) -> None:
    become(database, clinic, view, status)

    void(database, clinic, view)

    assert bool(listed(database, clinic)) is needed


# When two records are one person, or one is two


def test_to_dos_go_with_the_patient_who_is_merged(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = register(database, clinic, a_session(a_person("Bea Osei", phone="+447700900124")))
    need(database, clinic, unknown(other))

    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)

    assert [todo.patient_id for todo in listed(database, clinic)] == [view.patient_id]


def test_a_session_that_both_had_is_voided_and_nobody_must_be_told(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amira Kahn")))
    become(database, clinic, other, Status.SENT)

    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)

    assert listed(database, clinic) == ()


def test_to_dos_go_with_the_session_that_is_split_off(database: Database, clinic: Clinic, view: SessionView) -> None:
    need(database, clinic, unknown(view))
    wanted = same_patient.Split(sessions=(str(view.id),), person=a_person("Bea Osei", phone="+447700900124"))

    with database.write(clinic.id) as db:
        other = same_patient.split(db, str(view.patient_id), wanted, flags=CATALOG.flags, by=BY, now=NOW)

    assert [todo.patient_id for todo in listed(database, clinic)] == [other]
    assert stored_rows(database)["todos"] == 1
