from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotFound
from scheduler.services import care, clinics, reminders, replanning
from scheduler.services.preparing import prepare
from scheduler.services.replanning import Replanned
from scheduler.services.sending import start
from scheduler.services.views import SessionView
from scheduler.storage import claims, store_state
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.intents import start_sending
from scheduler.storage.outbox import Record, Wanted
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
    drain_at,
    register,
    stored,
    stored_rows,
)
from tests.fakes import AcceptingSender

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CLOCK = StoppedClock()


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def due(database: Database, clinic: Clinic, view: SessionView) -> dict[str, datetime]:
    """When each rule's reminder of the session is due."""
    return {record.rule: record.due_at for record in stored(database, clinic, Wanted(session_id=view.id))}


def reminder(database: Database, clinic: Clinic, view: SessionView, rule: str) -> Record:
    records = stored(database, clinic, Wanted(session_id=view.id))
    return next(record for record in records if record.rule == rule)


def put_off(database: Database, clinic: Clinic, by: timedelta, *rules: str, **values: object) -> None:
    """Store reminders as older zone data would have had them: an hour or so off."""
    which = ReminderRow.rule.in_(rules) if rules else ReminderRow.intent_day.is_not(None)
    with database.write(clinic.id) as db:
        for row in db.scalars(select(ReminderRow).where(which)):
            row.due_at, row.next_at = row.due_at + by, row.due_at + by
            for name, value in values.items():
                setattr(row, name, value)


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


# Beside a worker


@contextmanager
def before_the_first_write(database: Database, act: Callable[[], None]) -> Iterator[None]:
    """Within the block, let this happen once planning has read everything, and before it writes any reminder."""
    waiting = [act]

    def look(*given: Any) -> None:  # noqa: ANN401  the event's own arguments
        if given[2].startswith("UPDATE reminders") and waiting:
            waiting.pop()()

    event.listen(database.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", look)
    assert not waiting, "nothing was written"


def other_worker(database: Database) -> Database:
    """Another process on the same store, which doesn't wait for locks."""
    url = database.engine.url
    impatient = url.update_query_dict({"timeout": "0.05"}) if url.get_backend_name() == "sqlite" else url
    return Database(impatient.render_as_string(hide_password=False), database.keys, pool_size=1)


def replan_beside(
    database: Database, clinic: Clinic, view: SessionView, act: Callable[[Database], None]
) -> list[Exception]:
    """Plan anew while another process acts between reading and writing; what kept it from acting."""
    stopped: list[Exception] = []
    worker = other_worker(database)

    def try_to_act() -> None:
        try:
            act(worker)
        except DatabaseUnusable as error:
            stopped.append(error)

    with before_the_first_write(database, try_to_act), database.write(clinic.id) as db:
        care.replan(db, str(view.patient_id), now=NOW)
    worker.close()
    return stopped


def test_a_claim_between_reading_and_writing_loses_to_the_new_plan(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    right = due(database, clinic, view)["no-actives"]
    put_off(database, clinic, NOW - right, "no-actives")  # due now, as older zone data had it
    claimed: list[Claimed] = []

    def claim(worker: Database) -> None:
        with worker.write(ALL_CLINICS) as db:
            claimed.extend(claims.claim(db, now=NOW, lease_until=NOW + HOUR, limit=10))

    stopped = replan_beside(database, clinic, view, claim)

    on_sqlite = database.engine.dialect.name == "sqlite"  # its one writer keeps every other out meanwhile
    assert (bool(stopped), len(claimed)) == (on_sqlite, 0 if on_sqlite else 1)
    with database.write(ALL_CLINICS) as db:
        assert start_sending(db, claimed, now=NOW) == set()
    after = reminder(database, clinic, view, "no-actives")
    assert (after.status, after.due_at) == (Status.SCHEDULED, right)
    sender = AcceptingSender()
    assert (drain_at(database, sender, NOW), sender.sent) == (0, [])


def test_what_is_handed_over_between_reading_and_writing_stays_as_it_went(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    right = due(database, clinic, view)["no-actives"]
    put_off(database, clinic, NOW - right, "no-actives")

    def hand_over(worker: Database) -> None:
        with worker.write(ALL_CLINICS) as db:
            claimed = claims.claim(db, now=NOW, lease_until=NOW + HOUR, limit=10)
        with worker.write(ALL_CLINICS) as db:
            ready = prepare(db, claimed, now=NOW)
        with worker.write(ALL_CLINICS) as db:
            assert start(db, ready, now=NOW)

    stopped = replan_beside(database, clinic, view, hand_over)

    after = reminder(database, clinic, view, "no-actives")
    expected = (Status.SCHEDULED, right) if stopped else (Status.SENDING, NOW)
    assert (after.status, after.due_at) == expected


def test_two_who_plan_for_one_patient_wait_for_each_other(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    put_off(database, clinic, HOUR)
    worker = other_worker(database)
    waited: list[str] = []

    def plan_too() -> None:
        # On PostgreSQL, asks for the patient without waiting: a lock that is held is an error there at once.
        try:
            with worker.write(clinic.id) as db:
                locked = select(PatientRow.id).where(PatientRow.id == view.patient_id).with_for_update(nowait=True)
                db.scalars(locked).all()
        except DatabaseUnusable as error:
            waited.append(str(error))

    with before_the_first_write(database, plan_too), database.write(clinic.id) as db:
        care.replan(db, str(view.patient_id), now=NOW)
    worker.close()

    assert len(waited) == 1


def test_counts_add_up() -> None:
    one = Replanned(patients=1, moved=2, reworded=3, added=4, cancelled=5, failed=("a",))

    assert one + Replanned() == one
    assert one + replace(one, failed=("b",)) == Replanned(
        patients=2, moved=4, reworded=6, added=8, cancelled=10, failed=("a", "b")
    )
