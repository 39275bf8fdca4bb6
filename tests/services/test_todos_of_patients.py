from __future__ import annotations

import pytest
from sqlalchemy import update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.todos import TodoKind
from scheduler.services import reminders, same_patient
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
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
from tests.services.todo_lists import listed, need, unknown


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


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


def test_a_session_that_both_had_is_voided_and_nobody_must_be_told_of_that(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amira Kahn")))
    become(database, clinic, other, Status.SENT)

    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)

    assert TodoKind.VOIDED not in {todo.kind for todo in listed(database, clinic)}


def test_to_dos_go_with_the_session_that_is_split_off(database: Database, clinic: Clinic, view: SessionView) -> None:
    need(database, clinic, unknown(view))
    wanted = same_patient.Split(sessions=(str(view.id),), person=a_person("Bea Osei", phone="+447700900124"))

    with database.write(clinic.id) as db:
        other = same_patient.split(db, str(view.patient_id), wanted, flags=CATALOG.flags, by=BY, now=NOW)

    assert [todo.patient_id for todo in listed(database, clinic)] == [other]
    assert stored_rows(database)["todos"] == 1
