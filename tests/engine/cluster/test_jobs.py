"""The jobs that a cluster leaves, and what becomes of those of the dead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.clock import now, utc_now
from scheduler.engine.cluster import ClusterEngine
from scheduler.services.health import failed_checks
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from scheduler.storage.engine_jobs import Jobs, forget_queue, jobs, last_runs, note_run, purge_jobs
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_drain
from tests.fakes import LONGEST_WAIT, AcceptingSender

DEAD = "drain:gone:7:abcd"


@pytest.fixture
def database(fresh_cluster_url: str, key_ring: KeyRing) -> Iterator[Database]:
    database = Database(fresh_cluster_url, key_ring)
    yield database
    database.close()


def told(database: Database) -> Jobs:
    with database.read(ALL_CLINICS) as db:
        return jobs(db)


def run(database: Database, *statements: str) -> None:
    with database.write(ALL_CLINICS) as db:
        for statement in statements:
            db.execute(text(statement))


def a_job(database: Database, queue: str, *, age: timedelta = timedelta(0), worker: str = "todo") -> None:
    """One that was put there a while ago; a `dead` worker or a living one (`alive`) may have it."""
    put = "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES (:queue, 'drain') RETURNING id"
    beat = timedelta(minutes=1) if worker == "dead" else timedelta(0)
    with database.write(ALL_CLINICS) as db:
        job = db.scalar(text(put), {"queue": queue})
        if worker != "todo":
            born = text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - :beat) RETURNING id")
            held = text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE id = :job")
            db.execute(held, {"worker": db.scalar(born, {"beat": beat}), "job": job})
        db.execute(text("UPDATE procrastinate_events SET at = at - :age WHERE job_id = :job"), {"age": age, "job": job})


def purged(database: Database) -> int:
    with database.write(ALL_CLINICS) as db:
        return purge_jobs(db)


def test_what_a_dead_worker_held_is_cleared_away_and_what_a_living_one_holds_stays(database: Database) -> None:
    a_job(database, "upkeep", worker="dead")
    a_job(database, "upkeep", worker="alive")

    before = told(database)
    cleared = purged(database)

    assert (before.workers, before.count) == (1, 2)
    assert (cleared, told(database).count) == (1, 1)


def test_a_job_that_is_held_for_too_long_was_lost_whoever_holds_it(database: Database) -> None:
    a_job(database, "receipts", worker="alive", age=timedelta(minutes=14))
    kept = purged(database)
    a_job(database, "receipts", worker="alive", age=timedelta(minutes=15))

    assert (kept, purged(database)) == (0, 1)


def test_what_waits_for_a_process_that_is_gone_is_cleared_away_and_what_anybody_may_take_stays(
    database: Database,
) -> None:
    a_job(database, DEAD, age=timedelta(minutes=1))
    a_job(database, "drain:young:8:abcd", age=timedelta(seconds=50))
    a_job(database, "upkeep", age=timedelta(minutes=10))

    cleared = purged(database)

    assert cleared == 1
    assert [queue.name for queue in told(database).waiting] == ["drain:young:8:abcd", "upkeep"]


def test_finished_jobs_and_the_pump_s_memory_of_the_dead_are_cleared_away(database: Database) -> None:
    a_job(database, "upkeep")
    run(
        database,
        "UPDATE procrastinate_jobs SET status = 'failed'",
        "INSERT INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp) "
        "VALUES ('drain', 'drain:gone:7:abcd', extract(epoch FROM now()) - 61), "
        "('tidy', 'upkeep', extract(epoch FROM now()) - 3600)",
    )

    cleared = purged(database)

    with database.read(ALL_CLINICS) as db:
        left = list(db.scalars(text("SELECT periodic_id FROM procrastinate_periodic_defers")))
    assert (cleared, left) == (1, ["upkeep"])


def test_the_oldest_job_and_the_queues_are_told(database: Database) -> None:
    empty = told(database)
    a_job(database, "upkeep", age=timedelta(minutes=3))
    a_job(database, "receipts", age=timedelta(minutes=2))

    found = told(database)

    assert (empty.workers, empty.count, empty.oldest) == (0, 0, None)
    assert [(queue.name, queue.count) for queue in found.waiting] == [("receipts", 1), ("upkeep", 1)]
    assert found.oldest == found.waiting[1].since
    assert timedelta(minutes=3) <= utc_now() - found.waiting[1].since < timedelta(minutes=4)


def test_a_service_whose_jobs_nobody_takes_is_not_ready(database: Database) -> None:
    def failed() -> list[str]:
        return failed_checks(database, (), utc_now(), clock=now, clustered=True)

    a_job(database, "upkeep", age=timedelta(minutes=1, seconds=50))
    young = failed()
    a_job(database, "upkeep", age=timedelta(minutes=2, seconds=1))

    assert (young, failed()) == ([], ["jobs"])


def test_a_process_that_ends_leaves_no_jobs_to_itself(database: Database) -> None:
    a_job(database, DEAD)
    a_job(database, "upkeep")

    with database.write(ALL_CLINICS) as db:
        forget_queue(db, DEAD)

    assert [queue.name for queue in told(database).waiting] == ["upkeep"]


def test_the_last_good_run_of_a_tick_is_the_latest_that_was_told(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        note_run(db, "tidy", now=NOW)
        note_run(db, "tidy", now=NOW - timedelta(seconds=1))

    with database.read(ALL_CLINICS) as db:
        assert last_runs(db) == {"tidy": NOW}


def test_the_ticks_of_a_dead_process_go_on_in_another_and_its_jobs_are_gone(database: Database) -> None:
    for queue in ("upkeep", "receipts", DEAD):
        a_job(database, queue, worker="dead")
    a_job(database, DEAD, age=timedelta(minutes=1))
    engine = ClusterEngine(
        database, a_drain(database, AcceptingSender(), StoppedClock()), StoppedClock(), utc_now=utc_now
    )

    engine.start()
    end = time.monotonic() + LONGEST_WAIT
    while None in {tick.last_ok for tick in engine.health()}:
        assert time.monotonic() < end, engine.health()
        time.sleep(0.02)
    engine.stop()

    found = told(database)
    assert found.workers == 0
    assert DEAD not in {queue.name for queue in found.waiting}
    assert found.count <= 5
