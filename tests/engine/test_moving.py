"""The engine whose clock is moved: what is due on the way happens in order, and each at its own time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest

from scheduler.clock import MovableClock, utc_now
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.engine.moving import MovingEngine
from scheduler.services.drain import Drain
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_planned, a_quiet_session, add_reminders, stored, the_reminder
from tests.fakes import LONGEST_WAIT, AcceptingSender, HangingSender

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def still() -> float:
    """Seconds that don't pass."""
    return 0.0


def due_in(database: Database, clinic: Clinic, *hours: int, useful_for: timedelta = timedelta(days=2)) -> list[str]:
    """Reminders that are due so many hours from now, in sending hours or not."""
    session_id = a_quiet_session(database, clinic)
    planned = [
        a_planned(str(session_id.id), occurrence=place, due_at=NOW + hour * HOUR, useful_for=useful_for)
        for place, hour in enumerate(hours)
    ]
    return add_reminders(database, clinic, session_id, planned)


@contextmanager
def an_engine(
    database: Database, sender: AcceptingSender | None = None, clock: MovableClock | None = None
) -> Iterator[tuple[MovingEngine, MovableClock]]:
    clock = clock or MovableClock(NOW, seconds=still)
    drain = Drain(
        database=database,
        find_sender=lambda _: sender or AcceptingSender(),
        clock=clock,
        lease=timedelta(minutes=1),
        threads=2,
    )
    engine = MovingEngine(database, drain, clock, utc_now=utc_now)
    yield engine, clock
    engine.stop()


def test_what_is_due_on_the_way_goes_in_order_and_each_at_its_own_time(database: Database, clinic: Clinic) -> None:
    ids = due_in(database, clinic, 20, 0, 2, 1)  # afternoon; 20 hours on is the next morning
    sender = AcceptingSender()

    with an_engine(database, sender) as (engine, clock):
        engine.move_to(NOW + timedelta(days=1))

    hours = {one.id: one.sent_at for one in stored(database, clinic)}
    assert [hours[one] for one in ids] == [NOW + 20 * HOUR, NOW, NOW + 2 * HOUR, NOW + HOUR]
    assert [posting.due_at for posting in sender.sent] == [NOW + hour * HOUR for hour in (0, 1, 2, 20)]
    assert clock() == NOW + timedelta(days=1)


def test_no_time_passes_while_what_is_due_at_a_moment_is_done(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due_in(database, clinic, 1)
    passing = count()

    with an_engine(database, clock=MovableClock(NOW, seconds=lambda: float(next(passing)))) as (engine, _):
        engine.move_to(NOW + 2 * HOUR)

    assert the_reminder(database, clinic, reminder_id).sent_at == NOW + HOUR


def test_what_is_due_at_the_end_of_the_move_goes_and_what_is_due_after_it_waits(
    database: Database, clinic: Clinic
) -> None:
    first, second = due_in(database, clinic, 1, 2)

    with an_engine(database) as (engine, _):
        engine.move_to(NOW + HOUR)

    assert the_reminder(database, clinic, first).sent_at == NOW + HOUR
    assert the_reminder(database, clinic, second).status is Status.SCHEDULED


def test_what_waited_until_its_use_was_over_has_expired_by_then(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due_in(database, clinic, 6, useful_for=HOUR)  # 8:35pm: after sending hours

    with an_engine(database) as (engine, _):
        engine.move_to(NOW + timedelta(days=1))

    assert the_reminder(database, clinic, reminder_id).status is Status.EXPIRED


def test_moving_back_changes_nothing(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due_in(database, clinic, 1)

    with an_engine(database) as (engine, clock):
        engine.move_to(NOW - timedelta(days=1))

    assert clock() == NOW
    assert the_reminder(database, clinic, reminder_id).status is Status.SCHEDULED


def test_while_time_passes_what_is_due_goes_by_itself(database: Database, clinic: Clinic) -> None:
    due_in(database, clinic, 0)
    sender = HangingSender()
    sender.release()

    with an_engine(database, sender) as (engine, _):
        engine.start()
        sender.wait_for_calls(1)

    assert [one.status for one in stored(database, clinic)] == [Status.SENT]
    assert {tick.last_error for tick in engine.health()} == {None}


def test_a_stopped_engine_leaves_no_thread_behind(database: Database) -> None:
    before = set(threading.enumerate())

    with an_engine(database) as (engine, _):
        engine.start()

    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(LONGEST_WAIT)
    assert not any(thread.is_alive() for thread in left)
