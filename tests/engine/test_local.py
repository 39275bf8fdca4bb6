"""The engine of one machine, with real ticks: tests wait for what it does, never for a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from scheduler.clock import utc_now
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.engine.local import LocalEngine
from scheduler.services.drain import Clock
from scheduler.services.health import TickHealth
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, Db
from scheduler.storage.heartbeats import beats
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    StoppedClock,
    a_clinic,
    a_drain,
    a_planned,
    a_quiet_session,
    add_reminders,
    statuses,
)
from tests.fakes import LONGEST_WAIT, AcceptingSender, HangingSender


@pytest.fixture
def clinic(database: Database) -> Clinic:
    """A clinic with two reminders due."""
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(2)])
    return clinic


class Counting:
    """The clock of ticks, or of their work, that tells how often it was asked."""

    def __init__(self, *, fails: bool = False) -> None:
        self._fails = fails
        self._asked = threading.Semaphore(0)

    def __call__(self, db: Db | None = None) -> datetime:
        del db
        self._asked.release()
        if self._fails:
            raise OSError("the clock stands still")
        return utc_now()

    def wait_for(self, times: int) -> None:
        for _ in range(times):
            assert self._asked.acquire(timeout=LONGEST_WAIT), "no tick came"


def an_engine(
    database: Database,
    sender: AcceptingSender,
    *,
    clock: Clock | None = None,
    ticks: Callable[[], datetime] = utc_now,
) -> LocalEngine:
    """An engine whose work is done at `NOW`, and whose ticks come in real time."""
    return LocalEngine(database, a_drain(database, sender, StoppedClock()), clock or StoppedClock(), utc_now=ticks)


def health(engine: LocalEngine) -> dict[str, TickHealth]:
    return {tick.name: tick for tick in engine.health()}


def test_ticks_run_the_tasks_until_it_is_stopped(database: Database, clinic: Clinic) -> None:
    sender, ticks = HangingSender(), Counting()
    sender.release()
    engine = an_engine(database, sender, ticks=ticks)

    engine.start()
    sender.wait_for_calls(2)
    ticks.wait_for(15)  # one at the start, two for each of the six tasks, one of the heartbeat, one of a second run
    engine.stop()

    assert set(statuses(database, clinic).values()) == {Status.SENT}
    assert None not in {tick.last_ok for tick in engine.health()}
    assert {tick.last_error for tick in engine.health()} == {None}


def test_before_the_first_tick_health_knows_nothing(database: Database) -> None:
    engine = an_engine(database, AcceptingSender())

    assert set(health(engine)) == {"drain", "upkeep", "replan", "receipts", "audit", "heartbeat", "retention", "tidy"}
    assert {(tick.last_started, tick.last_ok, tick.last_error) for tick in engine.health()} == {(None, None, None)}
    engine.stop()


def test_a_task_that_fails_stops_no_other_and_shows_in_health(database: Database, clinic: Clinic) -> None:
    sender, clock = HangingSender(), Counting(fails=True)
    sender.release()
    engine = an_engine(database, sender, clock=clock)

    engine.start()
    clock.wait_for(3)  # upkeep failed and was run again
    sender.wait_for_calls(2)
    engine.stop()

    found = health(engine)
    assert found["upkeep"].last_error == "OSError: the clock stands still"
    assert found["tidy"].last_error == "OSError: the clock stands still"
    assert found["upkeep"].last_started is not None
    assert found["upkeep"].last_ok is None
    assert found["drain"].last_ok is not None
    assert found["drain"].last_error is None
    assert set(statuses(database, clinic).values()) == {Status.SENT}


@pytest.mark.slow
def test_the_store_is_told_which_ticks_of_a_node_are_late(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    database = Database(fresh_sqlite_url, key_ring)
    drain = a_drain(database, AcceptingSender(), StoppedClock())
    drain.clock = Counting(fails=True)
    ticks = Counting()
    engine = LocalEngine(database, drain, StoppedClock(), utc_now=ticks)

    engine.start()
    while not (late := late_told(database)):  # at the second beat, if the first came before the drain
        ticks.wait_for(1)
    drain.clock = StoppedClock()
    engine.stop()
    database.close()

    assert late == {"drain": None}
    assert health(engine)["drain"].errors >= 1
    assert {tick.name for tick in engine.health() if tick.last_seconds is None} == set()


def late_told(database: Database) -> dict[str, datetime | None]:
    with database.read(ALL_CLINICS) as db:
        return {name: at for beat in beats(db) for name, at in beat.late.items()}


def test_stopping_finishes_what_was_posted(database: Database, clinic: Clinic) -> None:
    sender = HangingSender()
    engine = an_engine(database, sender)
    engine.start()
    sender.wait_for_calls(2)

    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(engine.stop)
        sender.release()
        stopping.result()

    assert set(statuses(database, clinic).values()) == {Status.SENT}


def test_an_engine_that_was_never_started_can_be_stopped_and_a_stopped_one_again(database: Database) -> None:
    engine = an_engine(database, AcceptingSender())

    engine.stop()
    engine.stop()

    assert {tick.last_started for tick in engine.health()} == {None}


def test_two_engines_one_after_the_other_leave_no_thread_behind(database: Database, clinic: Clinic) -> None:
    before = set(threading.enumerate())

    for _ in range(2):
        sender = AcceptingSender()
        ticks = Counting()
        engine = an_engine(database, sender, ticks=ticks)
        engine.start()
        ticks.wait_for(13)  # one at the start, two for each of the six tasks
        engine.stop()

    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(LONGEST_WAIT)
    assert not any(thread.is_alive() for thread in left)
    assert set(statuses(database, clinic).values()) == {Status.SENT}
