from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.services import reminders
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.moments import next_moment, next_try
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, NOW, a_clinic, a_person, a_planned, a_quiet_session, add_reminders

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def test_without_a_reminder_nothing_happens_by_itself(database: Database, view: SessionView) -> None:
    with database.read(ALL_CLINICS) as db:
        assert next_moment(db, after=NOW) is None
        assert next_try(db, {str(view.patient_id)}, after=NOW) is None


def test_the_next_moment_is_when_something_is_due_and_then_when_its_use_is_over(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    add_reminders(database, clinic, view, [a_planned(str(view.id), due_at=NOW + HOUR, useful_for=HOUR)])

    with database.read(ALL_CLINICS) as db:
        assert next_moment(db, after=NOW) == NOW + HOUR
        assert next_moment(db, after=NOW + HOUR) == NOW + 2 * HOUR
        assert next_moment(db, after=NOW + 2 * HOUR) is None


def test_what_has_ended_is_no_moment(database: Database, clinic: Clinic, view: SessionView) -> None:
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id), due_at=NOW + HOUR)])
    with database.write(clinic.id) as db:
        reminders.skip(db, reminder_id, reason="told in person", by=BY, now=NOW)

    with database.read(ALL_CLINICS) as db:
        assert next_moment(db, after=NOW) is None


def test_the_next_try_is_that_of_the_patients_asked_for(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = a_quiet_session(database, clinic, a_person("Ben Cole", phone="+447700900999"))
    add_reminders(database, clinic, other, [a_planned(str(other.id), due_at=NOW + HOUR)])
    add_reminders(database, clinic, view, [a_planned(str(view.id), due_at=NOW + 2 * HOUR)])

    with database.read(clinic.id) as db:
        assert next_try(db, {str(view.patient_id)}, after=NOW) == NOW + 2 * HOUR
        assert next_try(db, {str(view.patient_id), str(other.patient_id)}, after=NOW) == NOW + HOUR
