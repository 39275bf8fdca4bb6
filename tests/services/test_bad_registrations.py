from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound
from scheduler.services import registering
from scheduler.services.people import PersonGiven
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    stored_rows,
)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


# Bad input stores nothing


BAD_TIMES = {
    "naive": datetime(2026, 3, 3, 14, 30),  # noqa: DTZ001  what must be refused
    "future": NOW + timedelta(minutes=5, microseconds=1),
    "long ago": NOW - timedelta(days=60, microseconds=1),
}
BAD_FACTS: dict[str, Mapping[str, object]] = {
    "unknown": {**FACTS, "needle": 0.5},
    "too deep": {**FACTS, "needle_mm": 3.6},
    "too short": {**FACTS, "needle_mm": 0.05},
    "not a number": {**FACTS, "needle_mm": math.nan},
    "infinite": {**FACTS, "needle_mm": math.inf},
    "too big for a float": {**FACTS, "needle_mm": 10**400},
    "text for a number": {**FACTS, "needle_mm": "0.5"},
    "yes for a number": {**FACTS, "needle_mm": True},
    "another device": {**FACTS, "modality": "laser"},
    "another area": {**FACTS, "areas": ["foot"]},
    "text for a list": {**FACTS, "areas": "face"},
    "missing": {"needle_mm": 0.5},
}
BAD_PEOPLE: dict[str, PersonGiven] = {
    "patient.name empty": a_person("  "),
    "patient.name marks": a_person("--"),
    "patient.name long": a_person("a" * 201),
    "patient.name lines": a_person("Amira\nKhan"),
    "patient.phone premium": a_person(phone="+449098790123"),
    "patient.phone short": a_person(phone="12"),
    "patient.phone text": a_person(phone="call me"),
    "patient.email": a_person(email="amira@"),
    "patient.language": a_person(language="xx"),
    "patient.zone": a_person(zone="Europe/Londn"),
    "patient.flags": a_person(flags=("pregnent",)),
    "patient.birth_date": a_person(birth_date=date(2026, 3, 4)),
}


def refused(database: Database, clinic: Clinic, given: registering.Given) -> Invalid:
    """Why it was refused, after a look that nothing was stored."""
    before = stored_rows(database)

    with pytest.raises(Invalid) as told:
        register(database, clinic, given)

    assert stored_rows(database) == before
    return told.value


def test_a_time_that_can_not_be_right_is_refused(database: Database, clinic: Clinic) -> None:
    for name, ended_at in BAD_TIMES.items():
        error = refused(database, clinic, a_session(ended_at=ended_at))

        assert [problem.field for problem in error.problems] == ["ended_at"], name


def test_five_minutes_ahead_and_sixty_days_ago_are_taken(database: Database, clinic: Clinic) -> None:
    ahead = register(database, clinic, a_session(ended_at=NOW + timedelta(minutes=5)))
    ago = register(database, clinic, a_session(ended_at=NOW - timedelta(days=60)))

    assert ahead.id
    assert ago.id


def test_a_fact_that_can_not_be_right_is_refused_by_name(database: Database, clinic: Clinic) -> None:
    for name, facts in BAD_FACTS.items():
        error = refused(database, clinic, a_session(facts=facts))

        assert all(problem.field.startswith("facts.") for problem in error.problems), name


def test_a_person_who_can_not_be_right_is_refused_by_field(database: Database, clinic: Clinic) -> None:
    for name, person in BAD_PEOPLE.items():
        error = refused(database, clinic, a_session(person))

        assert [problem.field for problem in error.problems] == [name.split()[0]], name


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name(database: Database, clinic: Clinic) -> None:
    flag = refused(database, clinic, a_session(BAD_PEOPLE["patient.flags"]))
    zone = refused(database, clinic, a_session(BAD_PEOPLE["patient.zone"]))
    procedure = refused(database, clinic, a_session(procedure="microneedeling"))
    fact = refused(database, clinic, a_session(facts=BAD_FACTS["unknown"]))

    assert "pregnant" in str(flag)
    assert "Europe/London" in str(zone)
    assert "microneedling" in str(procedure)
    assert "needle_mm" in str(fact)


def test_every_problem_is_told_at_once(database: Database, clinic: Clinic) -> None:
    person = a_person("", phone="12", email="x", flags=("no",), language="xx", zone="Mars")

    error = refused(database, clinic, a_session(person, facts={"needle_mm": 9}, ended_at=BAD_TIMES["future"]))

    assert {problem.field for problem in error.problems} == {
        "ended_at",
        "patient.name",
        "patient.phone",
        "patient.email",
        "patient.flags",
        "patient.language",
        "patient.zone",
        "facts.needle_mm",
        "facts.modality",
    }


def test_a_session_is_of_one_patient_said_in_one_way(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic)
    both = a_session(a_person(), patient_id=view.patient_id)
    neither = registering.Given(procedure="microneedling", ended_at=ENDED_AT, facts=FACTS)

    for given in (both, neither):
        error = refused(database, clinic, given)

        assert "not both and not neither" in str(error)


def test_another_clinics_patient_is_as_unknown_as_nobody(database: Database, clinic: Clinic) -> None:
    theirs = register(database, a_clinic(database, name="Birch"))
    before = stored_rows(database)

    for patient_id in (theirs.patient_id, "nobody"):
        with pytest.raises(NotFound, match="There is no patient"):
            register(database, clinic, a_session(patient_id=patient_id))

    assert stored_rows(database) == before


def test_numbers_of_films_and_tests_pass_in_trial_only(database: Database) -> None:
    trial, live = a_clinic(database), a_clinic(database, name="Birch", live=True)

    view = register(database, trial)
    error = refused(database, live, a_session())

    assert view.reminders
    assert "set aside for films and tests" in str(error)


def test_a_live_clinics_reminders_wait_for_the_senders_of_the_settings(database: Database) -> None:
    live = a_clinic(database, live=True)

    register(database, live, a_session(a_person(phone="+447911123456")))

    with database.read(live.id) as db:
        used = set(db.scalars(select(ReminderRow.sender_id)))
    assert used == {"settings-sms"}
