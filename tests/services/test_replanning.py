from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotFound
from scheduler.services import clinics, reminders, replanning
from scheduler.services.replanning import Replanned
from scheduler.services.views import SessionView
from scheduler.storage import store_state
from scheduler.storage.database import Database
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    let_pass,
    register,
    stored_rows,
)
from tests.fakes import AcceptingSender
from tests.services.off_times import due, put_off, reminder

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOCK = StoppedClock()


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def people(database: Database, clinic: Clinic, count: int) -> list[SessionView]:
    persons = (a_person(f"Patient {place:03}", phone=f"+447700900{place:03}") for place in range(count))
    return [register(database, clinic, a_session(person)) for person in persons]


def known_version(database: Database) -> str | None:
    with database.read(ALL_CLINICS) as db:
        return store_state.known_state(db, store_state.ZONE_DATA)


def tick(database: Database, zone_data: str, *, chunks: int = 1000) -> Replanned:
    """What a node with these zone data does in one slice of so many chunks of two patients."""
    left = iter(range(chunks))
    if not replanning.notice_zone_data(database, zone_data, CLOCK):
        return Replanned()
    return replanning.work_off(database, CLOCK, until=lambda: next(left, None) is None, chunk=2)


def test_a_plan_made_anew_changes_nothing_however_often_a_patient_was_told_something(
    database: Database, clinic: Clinic
) -> None:
    clock, sender = StoppedClock(NOW - 14 * DAY), AcceptingSender()
    register(database, clinic, a_session(ended_at=clock.now), now=clock.now)
    let_pass(database, sender, clock, NOW)
    second = register(database, clinic, a_session(), now=NOW)
    let_pass(database, sender, clock, NOW + DAY)  # "no retinol until after Tuesday 10 March" went

    done = replanning.replan_patient(database, str(second.patient_id), clock)

    assert done == Replanned(patients=1)


# Zone data


def test_newer_zone_data_derive_the_times_of_what_waits_anew(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    tick(database, "2026.1")
    right = due(database, clinic, view)
    put_off(database, clinic, HOUR)

    same = tick(database, "2026.1")
    newer = tick(database, "2026.2")

    assert same == Replanned()
    assert (newer.patients, newer.added, newer.cancelled, newer.reworded) == (1, 0, 0, 0)
    assert newer.moved == sum(1 for rule in right if rule != "start")
    assert due(database, clinic, view) == right
    assert known_version(database) == "2026.2"


def test_what_is_tried_next_moves_with_what_was_promised(database: Database, clinic: Clinic, view: SessionView) -> None:
    put_off(database, clinic, HOUR)

    tick(database, "2026.2")

    with database.read(clinic.id) as db:
        rows = db.execute(select(ReminderRow.due_at, ReminderRow.next_at)).all()
    assert all(row.due_at == row.next_at for row in rows)
    assert view.reminders


def test_a_retry_keeps_its_time_where_nothing_changed(database: Database, clinic: Clinic, view: SessionView) -> None:
    retry = NOW + 3 * HOUR
    with database.write(clinic.id) as db:
        start_id = reminder(database, clinic, view, "start").id
        db.execute(update(ReminderRow).where(ReminderRow.id == start_id).values(next_at=retry))

    tick(database, "2026.2")

    with database.read(clinic.id) as db:
        assert db.scalars(select(ReminderRow.next_at).where(ReminderRow.id == start_id)).one() == retry


def test_what_was_sent_or_touched_by_a_person_stays(database: Database, clinic: Clinic, view: SessionView) -> None:
    put_off(database, clinic, HOUR, "check", status=Status.SENT, sent_at=NOW)
    with database.write(clinic.id) as db:
        moved = reminder(database, clinic, view, "no-actives")
        reminders.move(db, moved.id, to=moved.due_at + HOUR, by=BY, now=NOW)
    before = due(database, clinic, view)

    done = tick(database, "2026.2")

    assert (done.patients, done.moved) == (1, 0)
    assert due(database, clinic, view) == before


def test_work_that_is_interrupted_goes_on_where_it_stopped(database: Database, clinic: Clinic) -> None:
    views = people(database, clinic, 5)
    right = {view.id: due(database, clinic, view) for view in views}
    put_off(database, clinic, HOUR, "no-actives")

    parts = [tick(database, "2026.2", chunks=1).patients for _ in range(4)]

    assert parts == [2, 2, 1, 0]
    assert {view.id: due(database, clinic, view) for view in views} == right
    assert stored_rows(database)["replans"] == 0


def test_asking_again_begins_again(database: Database, clinic: Clinic) -> None:
    people(database, clinic, 3)

    first = tick(database, "2026.2", chunks=1)
    rest = tick(database, "2026.3")

    assert (first.patients, rest.patients) == (2, 3)


def test_a_node_with_older_zone_data_leaves_it_to_one_that_knows_more(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    tick(database, "2026.10", chunks=0)
    put_off(database, clinic, HOUR)
    before = due(database, clinic, view)

    older = tick(database, "2026.9")

    assert older == Replanned()
    assert due(database, clinic, view) == before
    assert known_version(database) == "2026.10"
    assert tick(database, "2026.10").moved > 0


def test_patients_who_wait_for_nothing_are_not_looked_at(database: Database, clinic: Clinic, view: SessionView) -> None:
    put_off(database, clinic, HOUR, *due(database, clinic, view), status=Status.SENT)

    assert tick(database, "2026.2") == Replanned()


def test_a_patient_whose_plan_cannot_be_made_holds_up_no_other(
    database: Database, clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    lost, *others = people(database, clinic, 3)
    with database.write(clinic.id) as db:
        db.execute(update(PatientRow).where(PatientRow.id == lost.patient_id).values(zone="Mars/Olympus"))
    put_off(database, clinic, HOUR)
    before = due(database, clinic, lost)

    done = tick(database, "2026.2")

    assert (done.patients, done.failed) == (2, (lost.patient_id,))
    assert due(database, clinic, lost) == before
    assert all(due(database, clinic, other)["no-actives"] == NOW.replace(day=4, hour=10, minute=0) for other in others)
    assert str(lost.patient_id) in caplog.text


# A clinic's zone


def set_zone(database: Database, clinic: Clinic, zone: str) -> Clinic:
    with database.write(clinic.id) as db:
        return clinics.set_setting(db, "zone", zone, catalog=CATALOG, by=BY, now=NOW)


def test_a_changed_zone_of_the_clinic_moves_plans_to_its_wall_clock(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    before = due(database, clinic, view)
    other = a_clinic(database, name="Birch")
    theirs = register(database, other)

    set_zone(database, clinic, "Europe/Berlin")
    done = replanning.work_off(database, CLOCK, until=lambda: False)

    after = due(database, clinic, view)
    assert done.patients == 1
    assert (before["no-actives"], after["no-actives"]) == (
        NOW.replace(day=4, hour=10, minute=0),
        NOW.replace(day=4, hour=9, minute=0),
    )
    assert after["start"] == before["start"]
    assert due(database, other, theirs) == before


def test_a_patient_with_a_zone_of_their_own_keeps_their_times(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(zone="Asia/Kolkata")))
    before = due(database, clinic, view)

    set_zone(database, clinic, "Europe/Berlin")
    replanning.work_off(database, CLOCK, until=lambda: False)

    assert due(database, clinic, view) == before


def test_other_settings_ask_for_nothing(database: Database, clinic: Clinic) -> None:
    set_zone(database, clinic, "Europe/London")
    with database.write(clinic.id) as db:
        clinics.set_setting(db, "name", "Oak Skin", catalog=CATALOG, by=BY, now=NOW)

    assert stored_rows(database)["replans"] == 0


# By hand


def test_by_hand_all_plans_of_a_clinic_are_made_anew_and_counted(database: Database, clinic: Clinic) -> None:
    views = people(database, clinic, 3)
    right = due(database, clinic, views[0])
    put_off(database, clinic, HOUR, "no-actives")
    set_zone(database, clinic, "Europe/Berlin")
    set_zone(database, clinic, "Europe/London")

    done = replanning.replan_clinic(database, clinic.id, CLOCK, chunk=2)

    assert (done.patients, done.moved) == (3, 3)
    assert due(database, clinic, views[2]) == right
    assert stored_rows(database)["replans"] == 0


def test_by_hand_one_patients_plan_is_made_anew(database: Database, clinic: Clinic, view: SessionView) -> None:
    patient_id = str(view.patient_id)
    put_off(database, clinic, HOUR, "no-actives")

    done = replanning.replan_patient(database, patient_id, CLOCK)

    assert (done.patients, done.moved) == (1, 1)
    with pytest.raises(NotFound):
        replanning.replan_patient(database, patient_id, CLOCK, clinic_id=a_clinic(database, name="Birch").id)
    with pytest.raises(NotFound):
        replanning.replan_patient(database, "nobody", CLOCK)
    with pytest.raises(NotFound):
        replanning.replan_clinic(database, "none", CLOCK)


def test_counts_add_up() -> None:
    one = Replanned(patients=1, moved=2, reworded=3, added=4, cancelled=5, failed=("a",))

    assert one + Replanned() == one
    assert one + replace(one, failed=("b",)) == Replanned(
        patients=2, moved=4, reworded=6, added=8, cancelled=10, failed=("a", "b")
    )
