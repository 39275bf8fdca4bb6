from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.services import care, replanning
from scheduler.services.replanning import Replanned
from scheduler.services.views import SessionView
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from tests.builders import NOW, StoppedClock, a_clinic, a_person, a_session, register

CLOCK = StoppedClock()
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def people(database: Database, clinic: Clinic, count: int) -> list[SessionView]:
    persons = (a_person(f"Patient {place:03}", phone=f"+447700900{place:03}") for place in range(count))
    return [register(database, clinic, a_session(person)) for person in persons]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked within the block."""
    asked: list[str] = []

    def look(*given: Any) -> None:  # noqa: ANN401  the event's own arguments
        asked.append(given[2])

    event.listen(database.engine, "before_cursor_execute", look)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", look)


def test_many_patients_whose_plans_stay_take_no_more_statements_than_one(database: Database, clinic: Clinic) -> None:
    people(database, clinic, 1)
    with statements(database) as for_one:
        replanning.replan_clinic(database, clinic.id, CLOCK)
    people(database, clinic, 6)

    with statements(database) as for_six:
        done = replanning.replan_clinic(database, clinic.id, CLOCK)

    assert done == Replanned(patients=6)
    assert len(for_six) == len(for_one)


def test_what_stays_as_it_is_is_not_written(database: Database, clinic: Clinic) -> None:
    people(database, clinic, 2)

    with statements(database) as asked:
        replanning.replan_clinic(database, clinic.id, CLOCK)

    assert not [words for words in asked if words.startswith("UPDATE reminders")]


def test_a_patient_who_can_not_be_read_keeps_no_other_from_a_new_plan(database: Database, clinic: Clinic) -> None:
    lost, *others = people(database, clinic, 3)
    with database.write(clinic.id) as db:
        db.execute(
            update(ContactPointRow).where(ContactPointRow.patient_id == lost.patient_id).values(value_sealed=b"x")
        )

    done = replanning.replan_clinic(database, clinic.id, CLOCK)

    assert done == Replanned(patients=len(others), failed=(str(lost.patient_id),))


def test_a_lead_that_revives_takes_nothing_along_that_does_not(database: Database, clinic: Clinic) -> None:
    (view,) = people(database, clinic, 1)
    with database.write(clinic.id) as db:
        follower = db.scalars(select(ReminderRow).where(ReminderRow.bundled_into.is_not(None))).one()
        lead = db.get_one(ReminderRow, follower.bundled_into)
        lead.status = follower.status = Status.EXPIRED
        lead.due_at -= HOUR  # the plan's time is later, so that it waits again …
        follower.due_at += HOUR  # … and here it is not
        rule, template = follower.rule, follower.template

    with database.write(clinic.id) as db:
        care.replan(db, str(view.patient_id), now=NOW)

    with database.read(clinic.id) as db:
        rows = {row.id: row for row in db.scalars(select(ReminderRow))}
    assert rows[lead.id].status is Status.SCHEDULED
    assert (rows[follower.id].status, rows[follower.id].rule, rows[follower.id].template) == (
        Status.EXPIRED,
        rule,
        template,
    )
