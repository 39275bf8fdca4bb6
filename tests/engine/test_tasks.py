from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from scheduler.domain.delivery.reminders import Status
from scheduler.engine.tasks import Task, tasks
from scheduler.services import idempotency
from scheduler.services.drain import Drain
from scheduler.storage import claims
from scheduler.storage.database import Database
from scheduler.storage.heartbeats import last_beat
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_planned,
    a_quiet_session,
    add_reminders,
    register,
    statuses,
    stored,
    stored_rows,
)
from tests.fakes import AcceptingSender

LEASE = timedelta(minutes=1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def drain(database: Database, clock: StoppedClock) -> Drain:
    return a_drain(database, AcceptingSender(), clock)


def table(database: Database, drain: Drain, clock: StoppedClock, *, stopping: bool = False) -> dict[str, Task]:
    return {task.name: task for task in tasks(database, drain, clock, stopping=lambda: stopping)}


def test_the_table_names_what_a_node_does_and_how_often(database: Database, drain: Drain, clock: StoppedClock) -> None:
    every = {name: task.every for name, task in table(database, drain, clock).items()}

    assert every == {
        "drain": timedelta(seconds=1),
        "upkeep": timedelta(seconds=2),
        "replan": timedelta(seconds=5),
        "receipts": timedelta(seconds=5),
        "audit": timedelta(seconds=10),
        "heartbeat": timedelta(seconds=10),
        "retention": timedelta(minutes=1),
        "tidy": timedelta(hours=1),
    }


def test_the_drain_task_sends_what_is_due(database: Database, drain: Drain, clock: StoppedClock) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])

    table(database, drain, clock)["drain"].run()
    drain.stop()

    assert set(statuses(database, clinic).values()) == {Status.SENT}


def test_a_process_that_is_stopping_sends_nothing_new(database: Database, drain: Drain, clock: StoppedClock) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])

    table(database, drain, clock, stopping=True)["drain"].run()

    assert set(statuses(database, clinic).values()) == {Status.SCHEDULED}


def test_upkeep_releases_expires_and_doubts(database: Database, drain: Drain, clock: StoppedClock) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    planned = [
        a_planned(str(view.id), rule="long"),
        a_planned(str(view.id), rule="short", due_at=NOW + timedelta(seconds=1), useful_for=timedelta(seconds=30)),
    ]
    long, short = add_reminders(database, clinic, view, planned)
    with database.write(ALL_CLINICS) as db:
        claims.claim(db, now=NOW, lease_until=NOW + LEASE, limit=10)

    clock.now = NOW + LEASE
    table(database, drain, clock)["upkeep"].run()

    after = statuses(database, clinic)
    assert (after[long], after[short]) == (Status.SCHEDULED, Status.EXPIRED)


def test_a_node_says_that_it_lives_and_is_forgotten_after_a_week(
    database: Database, drain: Drain, clock: StoppedClock
) -> None:
    by_name = table(database, drain, clock)

    by_name["heartbeat"].run()
    clock.now = NOW + timedelta(seconds=10)
    by_name["heartbeat"].run()
    with database.read(ALL_CLINICS) as db:
        seen = last_beat(db)
    nodes = stored_rows(database)["heartbeats"]
    clock.now += timedelta(days=7, microseconds=1)
    by_name["tidy"].run()

    assert (seen, nodes) == (NOW + timedelta(seconds=10), 1)
    assert stored_rows(database)["heartbeats"] == 0


def test_tidying_forgets_answers_after_a_day(database: Database, drain: Drain, clock: StoppedClock) -> None:
    clinic = a_clinic(database)
    asked = idempotency.Asked(route="POST /sessions", key="k", body=b"{}")
    with database.write(clinic.id) as db:
        idempotency.once(db, asked, lambda: idempotency.Answered(status=201, body="{}"), now=NOW)
    tidy = table(database, drain, clock)["tidy"]

    clock.now = NOW + timedelta(hours=24, microseconds=-1)
    tidy.run()
    kept = stored_rows(database)["kept_answers"]
    clock.now = NOW + timedelta(hours=24)
    tidy.run()

    assert (kept, stored_rows(database)["kept_answers"]) == (1, 0)


def test_a_node_with_newer_zone_data_plans_anew_and_one_that_is_stopping_leaves_it(
    database: Database, drain: Drain, clock: StoppedClock
) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).values(next_at=NOW - LEASE, due_at=NOW - LEASE))

    def run(*, stopping: bool) -> set[bool]:
        ready = tasks(database, drain, clock, stopping=lambda: stopping, zone_data="2026.2")
        next(task for task in ready if task.name == "replan").run()
        return {record.due_at < NOW for record in stored(database, clinic)}

    assert run(stopping=True) == {True}
    assert run(stopping=False) == {False}
