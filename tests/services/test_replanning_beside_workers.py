from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.services import care
from scheduler.services.preparing import prepare
from scheduler.services.sending import start
from scheduler.services.views import SessionView
from scheduler.storage import claims
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.intents import start_sending
from scheduler.storage.patients import PatientRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
    drain_at,
    register,
)
from tests.fakes import AcceptingSender
from tests.services.off_times import due, put_off, reminder

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


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
