"""What every engine promises, each on every database that it runs on; tests wait for what it does, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import pytest

from scheduler.clock import utc_now
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.engine.cluster import ClusterEngine
from scheduler.engine.local import LocalEngine
from scheduler.engine.running import Engine
from scheduler.engine.tasks import tasks
from scheduler.services.drain import Drain
from scheduler.services.health import TickHealth
from scheduler.storage import claims, replans
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_clinic, a_drain, a_planned, a_quiet_session, add_reminders, statuses
from tests.fakes import LONGEST_WAIT, AcceptingSender, HangingSender

SETTINGS = ("sqlite+local", "postgresql+local", "postgresql+cluster")


@dataclass(frozen=True, slots=True)
class Setting:
    """An engine on a database of its own."""

    name: str
    database: Database

    def engine(self, drain: Drain, clock: Callable[[Db], datetime] | None = None) -> Engine:
        """One process of it."""
        kind = ClusterEngine if self.name.endswith("cluster") else LocalEngine
        return kind(self.database, drain, clock or StoppedClock(), utc_now=utc_now)


@pytest.fixture(params=SETTINGS)
def setting(request: pytest.FixtureRequest, key_ring: KeyRing) -> Iterator[Setting]:
    name: str = request.param
    backend, _, engine = name.partition("+")
    url = request.getfixturevalue("fresh_cluster_url" if engine == "cluster" else f"fresh_{backend}_url")
    database = Database(url, key_ring)
    yield Setting(name, database)
    database.close()


def due(database: Database, count: int) -> Clinic:
    """A clinic with reminders that are due."""
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])
    return clinic


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def health(engine: Engine) -> dict[str, TickHealth]:
    return {tick.name: tick for tick in engine.health()}


def test_each_task_of_the_table_runs(setting: Setting) -> None:
    clinic = due(setting.database, 2)
    drain = a_drain(setting.database, AcceptingSender(), StoppedClock())
    named = {task.name for task in tasks(setting.database, drain, StoppedClock(), stopping=lambda: True)}
    engine = setting.engine(drain)

    engine.start()
    wait_until(lambda: None not in {tick.last_ok for tick in engine.health()})
    wait_until(lambda: set(statuses(setting.database, clinic).values()) == {Status.SENT})
    engine.stop()

    assert named <= set(health(engine))
    assert {tick.last_error for tick in engine.health()} == {None}


class Watched(Drain):
    """A drain that tells how often it was run, and whether twice at once."""

    def __init__(self, drain: Drain) -> None:
        super().__init__(
            database=drain.database,
            find_sender=drain.find_sender,
            clock=drain.clock,
            lease=drain.lease,
            threads=drain.threads,
        )
        self.runs = 0
        self.at_once = 0
        self._runs = threading.Semaphore(1)

    def run(self, *, until: Callable[[], bool]) -> int:
        if not self._runs.acquire(blocking=False):
            self.at_once += 1
            return 0
        try:
            self.runs += 1
            time.sleep(1.2)  # longer than to the next tick
            return super().run(until=until)
        finally:
            self._runs.release()


@pytest.mark.slow
def test_the_drain_of_a_process_never_runs_twice_at_once(setting: Setting) -> None:
    watched = [Watched(a_drain(setting.database, AcceptingSender(), StoppedClock())) for _ in range(2)]
    engines = [setting.engine(drain) for drain in watched]

    for engine in engines:
        engine.start()
    wait_until(lambda: min(drain.runs for drain in watched) >= 3)
    for engine in engines:
        engine.stop()

    assert [drain.at_once for drain in watched] == [0, 0]


def test_what_a_dead_worker_had_claimed_is_sent_by_the_next(setting: Setting) -> None:
    clinic = due(setting.database, 2)
    with setting.database.write(ALL_CLINICS) as db:  # and no more is heard of who did
        claims.claim(db, now=NOW, lease_until=NOW, limit=10)
    sender = AcceptingSender()
    engine = setting.engine(a_drain(setting.database, sender, StoppedClock()))

    before = set(statuses(setting.database, clinic).values())
    engine.start()
    wait_until(lambda: set(statuses(setting.database, clinic).values()) == {Status.SENT})
    engine.stop()

    assert before == {Status.CLAIMED}
    assert len(sender.sent) == 2


def test_a_stop_finishes_what_was_posted_and_gives_back_what_was_claimed(setting: Setting) -> None:
    clinic = due(setting.database, 8)
    sender = HangingSender()
    engine = setting.engine(a_drain(setting.database, sender, StoppedClock(), threads=1))
    engine.start()
    sender.wait_for_calls(1)
    wait_until(lambda: Status.SCHEDULED not in set(statuses(setting.database, clinic).values()))

    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(engine.stop)
        wait_until(lambda: Status.CLAIMED not in set(statuses(setting.database, clinic).values()))
        on_its_way = sum(status is Status.SENDING for status in statuses(setting.database, clinic).values())
        sender.release()
        stopping.result(LONGEST_WAIT)

    left = list(statuses(setting.database, clinic).values())
    assert on_its_way >= 1
    assert set(left) == {Status.SENT, Status.SCHEDULED}
    assert left.count(Status.SENT) == len(sender.sent)


class Mending:
    """A clock that stands still until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.asked = 0

    def __call__(self, db: Db | None = None) -> datetime:
        del db
        self.asked += 1
        if not self.mended:
            raise OSError("the clock stands still")
        return NOW


def test_a_task_that_fails_is_told_by_health_and_tried_again(setting: Setting) -> None:
    clock = Mending()
    engine = setting.engine(a_drain(setting.database, AcceptingSender(), StoppedClock()), clock)

    engine.start()
    wait_until(lambda: health(engine)["upkeep"].errors >= 2)
    failing = health(engine)
    clock.mended = True
    wait_until(lambda: health(engine)["upkeep"].last_ok is not None)
    engine.stop()

    assert failing["upkeep"].last_error == "OSError: the clock stands still"
    assert failing["upkeep"].last_ok is None
    assert failing["drain"].last_ok is not None
    assert health(engine)["upkeep"].last_error is None


def test_plans_that_are_asked_for_are_made_anew(setting: Setting) -> None:
    clinics = [a_clinic(setting.database) for _ in range(3)]
    for clinic in clinics:
        with setting.database.write(clinic.id) as db:
            replans.ask(db, now=NOW)
    engine = setting.engine(a_drain(setting.database, AcceptingSender(), StoppedClock()))

    engine.start()
    wait_until(lambda: not asked(setting.database))
    engine.stop()


def asked(database: Database) -> list[str]:
    with database.read(ALL_CLINICS) as db:
        return replans.asked_clinics(db)


def test_one_that_was_never_started_can_be_stopped_and_a_stopped_one_again(setting: Setting) -> None:
    idle, engine = (setting.engine(a_drain(setting.database, AcceptingSender(), StoppedClock())) for _ in range(2))

    idle.stop()
    idle.stop()
    engine.start()
    engine.stop()
    engine.stop()

    assert {tick.last_started for tick in idle.health()} == {None}
