from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.services import reminders
from scheduler.services.views import SessionView, session_view
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    statuses,
    stored_rows,
)

DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def plan_of(view: SessionView) -> list[tuple[str, str]]:
    return [(reminder.rule, f"{reminder.due_local:%a %d %H:%M}") for reminder in view.reminders]


def test_a_session_becomes_a_plan_of_windows_and_reminders(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic)

    assert (view.procedure, view.protocol_version, view.band, view.notices) == ("microneedling", 1, "D1", ())
    assert plan_of(view) == [
        ("start", "Tue 03 15:30"),
        ("shade", "Tue 03 18:00"),
        ("no-actives", "Wed 04 10:00"),
        ("danger", "Wed 04 17:00"),
        ("heat-exercise", "Thu 05 09:00"),
        ("spf-sun", "Thu 05 09:00"),
        ("flaking", "Fri 06 10:00"),
        ("check", "Tue 10 10:00"),
        ("resume-actives", "Wed 11 10:00"),
        ("patches", "Tue 31 10:00"),
    ]
    retinol = next(window for window in view.windows if window.topic == "retinoid_otc")
    assert (retinol.advice, retinol.until_local) == ("avoid", date(2026, 3, 8))
    assert set(statuses(database, clinic).values()) == {Status.SCHEDULED}
    assert set(statuses(database, clinic)) == {reminder.id for reminder in view.reminders}
    assert all(reminder.because for reminder in view.reminders)
    assert {left.rule for left in view.not_planned} >= {"again", "rf-check", "blisters"}


def test_staff_see_a_stored_session_as_it_was_registered(database: Database, clinic: Clinic) -> None:
    registered = register(database, clinic)

    with database.read(clinic.id) as db:
        read = session_view(db, str(registered.id), now=NOW + 20 * DAY)

    assert read == registered


# The same session again


def test_the_same_session_again_is_the_stored_one(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)
    before = stored_rows(database)

    second = register(database, clinic, now=NOW + timedelta(minutes=2))

    assert (second.id, second.patient_id) == (first.id, first.patient_id)
    assert second.reminders == first.reminders
    assert second.notices == ("This session was registered already.",)
    assert stored_rows(database) == before


@pytest.mark.parametrize(
    ("ended_at", "facts"), [(ENDED_AT + timedelta(seconds=1), FACTS), (ENDED_AT, {**FACTS, "needle_mm": 1.0})]
)
def test_a_session_that_differs_is_another(
    database: Database, clinic: Clinic, ended_at: datetime, facts: Mapping[str, object]
) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(ended_at=ended_at, facts=facts))

    assert second.id != first.id
    assert second.patient_id == first.patient_id


def test_a_voided_session_can_be_registered_anew(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)
    with database.write(clinic.id) as db:
        reminders.void(db, str(first.id), by=BY, now=NOW)

    second = register(database, clinic)

    assert second.id != first.id
    assert plan_of(second) == plan_of(first)


def test_consent_that_comes_with_the_second_try_makes_the_plan(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(sms=None)))

    second = register(database, clinic, a_session(a_person(sms=True)))

    assert second.id == first.id
    assert first.reminders == ()
    assert "no-actives" in {reminder.rule for reminder in second.reminders}


# Ways to a patient


def test_a_landline_gets_no_text_and_the_plan_says_so(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(phone="+441632960103")))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"landline"}


def test_an_email_goes_where_a_text_can_not(database: Database, clinic: Clinic) -> None:
    person = a_person(phone="+441632960103", email="amira@example.com", mail=True)

    view = register(database, clinic, a_session(person))

    assert {reminder.channel for reminder in view.reminders} == {"email"}
    assert "By email, not text: the number is a landline" in view.reminders[0].because


def test_who_refused_texts_gets_none(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(sms=False)))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"no_consent"}


def test_who_has_no_number_gets_no_text(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(phone=None)))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"no_contact"}


def test_the_patients_own_zone_sets_the_wall_clock(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(zone="America/New_York")))

    actives = next(reminder for reminder in view.reminders if reminder.rule == "no-actives")
    assert f"{actives.due_local:%d %H:%M}" == "04 10:00"
    assert f"{actives.due_at:%d %H:%M}" == "04 15:00"
