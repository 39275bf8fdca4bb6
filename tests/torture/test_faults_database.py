"""The database goes away while messages are handed over and comes back; or its disk is full for a while."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import event, make_url

from scheduler import clock
from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER
from scheduler.domain.delivery.waits import Waits
from scheduler.engine.local import LocalEngine
from scheduler.services.drain import Drain
from scheduler.services.health import failed_checks
from scheduler.storage import schema
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_drain, keep_up
from tests.cli.test_serve import wait_for
from tests.databases.binaries import find_binaries
from tests.databases.databases import create_database, drop_database
from tests.databases.server import Server, start, start_again, stop
from tests.torture.counting import count
from tests.torture.filling import fill
from tests.torture.recording import RecordingSender, judge
from tests.torture.torturing import make_due

REMINDERS = 300
THREADS = 4
MOST_CALLS = 6
WAITS = Waits(call=timedelta(seconds=1), doubt=timedelta(seconds=1))
A_MOMENT = 0.02
"""Seconds that the provider takes for a message: long enough for a fault to come in between."""
Seen = Callable[[], None]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of these tests' own, to do with as they like."""
    binaries = find_binaries({})
    assert binaries is not None
    with TemporaryDirectory(prefix="aftercare-server-") as folder:  # where `nobody` may enter, unlike pytest's
        server = start(binaries, Path(folder))
        yield server
        stop(server)


@pytest.fixture
def away(server: Server, key_ring: KeyRing) -> Iterator[Database]:
    """A store on it."""
    url = create_database(server.url, "aftercare")
    schema.migrate(url)
    database = Database(url, key_ring)
    yield database
    database.close()
    drop_database(server.url, "aftercare")


def restart(server: Server, seen: Seen) -> None:
    stop(server)
    seen()
    start_again(server)


def cut_connections(server: Server, seen: Seen) -> None:
    """End every connection but this one, several times over."""
    del seen
    url = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(5):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            time.sleep(0.1)  # meanwhile they connect again


@pytest.mark.slow
@pytest.mark.parametrize("fault", [restart, cut_connections])
def test_a_database_that_goes_away_while_messages_are_sent_loses_none_and_sends_none_twice(
    away: Database, server: Server, fault: Callable[[Server, Seen], None]
) -> None:
    def slowly() -> None:
        time.sleep(A_MOMENT)

    filled = fill(away, [utc_now() + timedelta(days=1)] * REMINDERS, now=utc_now())
    sender = RecordingSender(utc_now, refuses=slowly)
    drain = Drain(
        database=away,
        find_sender=lambda _: sender,
        clock=clock.now,
        lease=timedelta(seconds=2),
        threads=THREADS,
        waits=WAITS,
    )
    engine = LocalEngine(away, drain, clock.now, utc_now=utc_now)
    told: list[list[str]] = []

    def operator_looks() -> None:
        wait_for(lambda: any(tick.last_error for tick in engine.health()))
        told.append(failed_checks(away, engine.health(), utc_now(), clock=clock.now))

    def ended() -> bool:
        with away.read(ALL_CLINICS) as db:
            return not count(db, *OPEN, *WITH_PROVIDER)

    engine.start()
    wait_for(lambda: all(tick.last_ok for tick in engine.health()))
    make_due(away, REMINDERS)
    wait_for(lambda: len(sender.taken) > 40)
    fault(server, operator_looks)
    wait_for(ended)
    engine.stop()

    verdict = judge(away, filled, sender, late_after=timedelta(minutes=1))
    assert verdict.kept, list(verdict.lines())
    assert (verdict.late, verdict.expired, verdict.stopped) == ((), (), ())
    assert len(verdict.unknown) <= MOST_CALLS  # of a turn whose commit nobody heard of: stored, and never called
    assert all("database" in failed for failed in told)
    assert failed_checks(away, engine.health(), utc_now(), clock=clock.now) == []


@pytest.mark.slow
def test_a_full_disk_stops_sending_with_a_mend_and_nothing_goes_twice(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    filling = Database(fresh_sqlite_url, key_ring)
    filled = fill(filling, [NOW] * REMINDERS, now=NOW)
    filling.close()
    database = Database(fresh_sqlite_url, key_ring)
    event.listen(database.engine, "connect", _leave_little_room)
    sender, now = RecordingSender(lambda: NOW), StoppedClock(NOW)
    drain = a_drain(database, sender, now, threads=THREADS)

    told = []
    for _ in range(3):
        with pytest.raises(DatabaseUnusable) as full:
            drain.run(until=lambda: False)
        told.append(str(full.value))
    while_full = sender.asked
    event.remove(database.engine, "connect", _leave_little_room)
    database.close()
    drain.run(until=lambda: False)
    now.now = NOW + timedelta(minutes=2)  # what was claimed in the fault waits for its lease
    keep_up(database, now.now)
    drain.run(until=lambda: False)
    drain.stop()

    verdict = judge(database, filled, sender, late_after=timedelta(minutes=5))
    assert verdict.kept, list(verdict.lines())
    assert (verdict.unknown, verdict.late, verdict.expired, verdict.stopped) == ((), (), (), ())
    assert 0 < while_full < REMINDERS
    assert set(told) == {"The disk is full: free some space; nothing of this request was stored."}
    database.close()


def _leave_little_room(connection: sqlite3.Connection, _: object) -> None:
    """As a disk that has room for a few more pages."""
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 8}")
