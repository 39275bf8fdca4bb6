from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.care.needs import Need, NeedsPerson
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import needing, patient_details
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.todos import TodoState, add_todo
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
)
from tests.services.todo_lists import do, listed, need, settle, told, unknown

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def not_told(view: SessionView, *topics: str) -> NeedsPerson:
    """What planning finds again and again."""
    told = topics or ("acids",)
    return NeedsPerson(
        kind=Need.CATCH_UP,
        session_id=str(view.id),
        rule="catch-up",
        topics=told,
        names=", ".join(told),
        reason=Reason(Why.NO_CONTACT),
    )


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


def test_the_second_of_two_workers_who_find_the_same_at_once_loses_no_other_work(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    with database.write(clinic.id) as db:
        made = [add_todo(db, unknown(view), clinic_id=clinic.id, now=NOW) for _ in range(2)]
        needing.record(db, str(made[0]), "add", "Its other work.", by=BY, now=NOW)

    assert [todo.id for todo in listed(database, clinic)] == made[:1]
    assert made[1] is None
    assert told(database, clinic) == [(BY, "todo.add", "Its other work.")]


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
