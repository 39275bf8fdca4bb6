"""Promise 4, as far as it reaches now: a resume text waits for all sessions of its patient."""

from __future__ import annotations

from datetime import timedelta

from scheduler.domain.delivery.reminders import Status
from scheduler.services import reminders
from scheduler.storage.database import Database
from tests.builders import BY, ENDED_AT, FACTS, NOW, a_clinic, a_session, register, stored
from tests.fakes import AcceptingSender
from tests.stories.days import let_pass

DEEP = {**FACTS, "needle_mm": 2.0}
LATER = timedelta(days=4)


def test_a_deeper_session_in_between_puts_the_restart_off_for_both(database: Database) -> None:
    clinic = a_clinic(database)
    first = register(database, clinic)
    second = register(database, clinic, a_session(facts=DEEP, ended_at=ENDED_AT + LATER), now=NOW + LATER)
    forbidden_until = max(window.until for window in second.windows if window.topic == "retinoid_otc")
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW + LATER, end=NOW + timedelta(days=40))

    restarts = [record for record in stored(database, clinic) if record.rule == "resume-actives"]
    assert {record.session_id for record in restarts} == {first.id, second.id}
    assert all(record.status is Status.SENT for record in restarts)
    assert all(record.sent_at is not None and record.sent_at >= forbidden_until for record in restarts)


def test_voiding_that_session_brings_the_restart_forward_again(database: Database) -> None:
    clinic = a_clinic(database)
    first = register(database, clinic)
    planned = next(reminder.due_at for reminder in first.reminders if reminder.rule == "resume-actives")
    second = register(database, clinic, a_session(facts=DEEP, ended_at=ENDED_AT + LATER), now=NOW + LATER)

    with database.write(clinic.id) as db:
        reminders.void(db, str(second.id), by=BY, now=NOW + LATER)

    restart = next(
        record
        for record in stored(database, clinic)
        if (record.rule, record.session_id) == ("resume-actives", first.id)
    )
    assert (restart.status, restart.due_at) == (Status.SCHEDULED, planned)


def test_who_is_pregnant_gets_no_text_that_permits_retinoids(database: Database) -> None:
    clinic = a_clinic(database)
    person = a_session().patient
    assert person is not None
    register(database, clinic)

    flagged = register(
        database,
        clinic,
        a_session(type(person)(name=person.name, phone=person.phone, flags=("pregnant",), consent=person.consent)),
    )

    assert flagged.patient_id is not None
    assert "resume-actives" not in {
        record.rule for record in stored(database, clinic) if record.status is Status.SCHEDULED
    }
