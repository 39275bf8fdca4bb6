from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.pauses import PauseReason
from scheduler.services import pausing, reminders
from scheduler.services.people import PersonGiven
from scheduler.services.today import PlanState, Today, today
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_session, register
from tests.services.put import put

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def seen(database: Database, clinic: Clinic, now: datetime = NOW) -> Today:
    with database.read(clinic.id) as db:
        return today(db, now=now)


def test_todays_sessions_stand_newest_first_with_their_plan_and_next_message(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    register(database, clinic, a_session(a_person("Jo Brown", phone="+447700900124"), ended_at=NOW - HOUR))
    register(database, clinic, a_session(a_person("Old Times", phone="+447700900125"), ended_at=NOW - DAY))

    found = seen(database, clinic)

    assert [(one.patient, one.treatment, one.facts, one.state) for one in found.sessions] == [
        ("Amira K", "Microneedling", "0.5 mm, pen, face", PlanState.ON),
        ("Jo B", "Microneedling", "0.5 mm, pen, face", PlanState.ON),
    ]
    first = min(view.reminders, key=lambda one: one.due_at)
    assert (found.sessions[0].next_at, found.sessions[0].next_title) == (first.due_at, "Your care today")
    assert (found.sessions_total, found.without_messages, found.is_new) == (2, 0, False)


@pytest.mark.parametrize(
    ("person", "state"),
    [
        (a_person(phone=None), PlanState.NO_NUMBER),
        (a_person(sms=False), PlanState.NO_MESSAGES),
    ],
)
def test_a_session_whose_patient_gets_nothing_says_so(
    database: Database, clinic: Clinic, person: PersonGiven, state: PlanState
) -> None:
    register(database, clinic, a_session(person))

    found = seen(database, clinic)

    assert found.sessions[0].state is state
    assert (found.sessions[0].next_at, found.without_messages) == (None, 1)


def test_a_paused_patients_session_and_a_voided_one_say_so(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    with database.write(clinic.id) as db:
        pausing.pause(db, str(view.patient_id), PauseReason.HOSPITAL, "", by=BY, now=NOW)
    paused = seen(database, clinic).sessions[0].state
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    assert paused is PlanState.PAUSED
    assert seen(database, clinic).sessions[0].state is PlanState.VOIDED


def test_a_session_all_of_whose_messages_went_is_finished(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    for one in view.reminders:
        put(database, one.id, Status.DELIVERED)

    assert seen(database, clinic).sessions[0].state is PlanState.FINISHED
