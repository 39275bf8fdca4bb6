"""A process of a cluster that loses what it needs: it goes on by itself as soon as it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.clock import utc_now
from scheduler.engine.cluster import ClusterEngine
from scheduler.services.drain import Drain
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from scheduler.storage.engine_jobs import jobs, note_run
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_drain
from tests.fakes import LONGEST_WAIT, AcceptingSender

_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database(fresh_cluster_url: str, key_ring: KeyRing) -> Iterator[Database]:
    database = Database(fresh_cluster_url, key_ring)
    yield database
    database.close()


@pytest.fixture
def engine(database: Database) -> Iterator[ClusterEngine]:
    drain = a_drain(database, AcceptingSender(), StoppedClock())
    engine = ClusterEngine(database, drain, StoppedClock(), utc_now=utc_now)
    engine.start()
    yield engine
    engine.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def all_ran(engine: ClusterEngine, *, since: datetime | None = None) -> bool:
    """Whether every tick that comes within seconds ended well, lately."""
    ends = [tick.last_ok for tick in engine.health() if tick.every.total_seconds() <= 10]
    return all(at is not None and (since is None or at > since) for at in ends)


@pytest.mark.slow
def test_a_worker_whose_connections_break_goes_on(database: Database, engine: ClusterEngine) -> None:
    wait_until(lambda: all_ran(engine))

    with database.read(ALL_CLINICS) as db:
        db.execute(text(_OTHERS))
    broken = utc_now()

    wait_until(lambda: all_ran(engine, since=broken))


@pytest.mark.slow
def test_a_worker_that_was_taken_for_dead_registers_again(database: Database, engine: ClusterEngine) -> None:
    wait_until(lambda: all_ran(engine))

    with database.write(ALL_CLINICS) as db:
        db.execute(text("DELETE FROM procrastinate_workers"))
    forgotten = utc_now()

    wait_until(lambda: all_ran(engine, since=forgotten))
    with database.read(ALL_CLINICS) as db:
        assert jobs(db).workers == 3


class Stuck(Drain):
    """A drain whose runs don't end until they are let go."""

    def __init__(self, drain: Drain) -> None:
        super().__init__(
            database=drain.database,
            find_sender=drain.find_sender,
            clock=drain.clock,
            lease=drain.lease,
            threads=drain.threads,
        )
        self.inside = threading.Event()
        self.free = threading.Event()

    def run(self, *, until: Callable[[], bool]) -> int:
        del until
        self.inside.set()
        assert self.free.wait(LONGEST_WAIT)
        return 0


@pytest.mark.slow
def test_a_drain_that_takes_long_has_one_job_waiting_and_other_ticks_go_on(database: Database) -> None:
    drain = Stuck(a_drain(database, AcceptingSender(), StoppedClock()))
    engine = ClusterEngine(database, drain, StoppedClock(), utc_now=utc_now)
    engine.start()
    assert drain.inside.wait(LONGEST_WAIT)
    stuck = utc_now()

    wait_until(lambda: ran_after(engine, "upkeep", stuck + timedelta(seconds=4)))  # while the drain's pump goes on
    with database.read(ALL_CLINICS) as db:
        waiting = {queue.name.partition(":")[0]: queue.count for queue in jobs(db).waiting}
    drain.free.set()
    engine.stop()

    assert waiting["drain"] == 2  # one run and one sign of life, which wait for the same turn


def ran_after(engine: ClusterEngine, name: str, moment: datetime) -> bool:
    [tick] = [tick for tick in engine.health() if tick.name == name]
    return tick.last_ok is not None and tick.last_ok > moment


def test_what_comes_seldom_runs_at_the_start_unless_it_did_lately_elsewhere(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        note_run(db, "tidy", now=NOW)
    drain = a_drain(database, AcceptingSender(), StoppedClock())
    engine = ClusterEngine(database, drain, StoppedClock(), utc_now=utc_now)

    engine.start()
    wait_until(lambda: all_ran(engine))
    engine.stop()

    [tidy] = [tick for tick in engine.health() if tick.name == "tidy"]
    assert tidy.last_ok == NOW
