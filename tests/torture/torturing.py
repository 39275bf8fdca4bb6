"""Killing workers at random times while a provider misbehaves, then a quiet phase, and the checker's verdict."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from scheduler.engine.cluster import engine_schema
from scheduler.storage import keys
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.engine_schema import migrate_engine
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.torture.checker import Verdict, check
from tests.torture.counting import count, open_calls
from tests.torture.filling import fill, taken, targets
from tests.torture.provider import Chances
from tests.torture.providing import providing
from tests.torture.working import COMMANDS, SHORT, Worker, environment

_NOT_YET = timedelta(days=30)
"""From filling the store to when reminders are due that aren't made due before."""
_AT_ANY_TIME = 0.25
"""The share of kills that wait for nothing, and so may come while a worker starts."""
_LONGEST_LUCK_SECONDS = 0.3
_PATIENCE_SECONDS = 60
_LATE_AFTER = timedelta(seconds=60)
_LOOK_SECONDS = 0.5
_KILLED = "no answer in time"
"""Why a call is in doubt whose worker is gone; a provider's faults give other reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done to a store."""

    engine: str = "local"
    kills: int
    reminders: int
    chances: Chances
    settings: Mapping[str, str] = field(default_factory=lambda: SHORT)
    seed: int = 1
    patience: timedelta = timedelta(minutes=15)
    """How long the quiet phase may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    plan: Plan
    kills: int
    at_work: int
    """Kills while a message was handed over or an answer to be stored."""
    taken: int
    sent: int
    """Reminders that the product says went."""
    doubts: int
    by_kills: int
    """Doubts because a worker died; the others are the provider's."""
    verdict: Verdict
    violations: tuple[str, ...]
    """Of the provider's own description, by the calls that were held to it."""
    seconds: float

    def lines(self) -> Iterator[str]:
        """What is printed."""
        yield f"kills     {self.kills}  {self.at_work} of them while messages were handed over"
        yield f"reminders {self.plan.reminders}  {self.sent} sent, {self.taken} messages taken"
        yield f"doubts    {self.doubts}  {self.by_kills} by kills ({self.by_kills / max(self.kills, 1):.1f} a kill)"
        yield f"settled   {self.doubts - len(self.verdict.unknown)}"
        yield from self.verdict.lines()
        yield f"time      {self.seconds:.0f} s"


def torture(plan: Plan, url: str, folder: Path) -> Outcome:
    """Do it to a migrated database without a clinic. Its key file, the ledger and the logs stand in the folder."""
    began = time.monotonic()
    key_file = folder / "aftercare.key"
    if plan.engine == "cluster":
        migrate_engine(url, engine_schema())
    database = Database(url, keys.open_keys(url, key_file, now=utc_now()))
    now = utc_now()
    filled = fill(database, [now + _NOT_YET] * plan.reminders, now=now)
    with providing(folder, chances=plan.chances, seed=plan.seed, judges=100) as provider:
        settings = {**plan.settings, **provider.environment(), "AFTERCARE_ENGINE": plan.engine}
        with _working(plan, url, key_file, settings) as workers, _watching(database) as watch:
            at_work = _kill(plan, workers, database)
            provider.tell(chances={})
            _wait_until_all_ended(database, plan, workers)
        violations = tuple(map(str, _listed(provider.tell()["violations"])))
        verdict = check(targets(database, filled, late_after=_LATE_AFTER), taken(provider, filled))
        outcome = Outcome(
            plan=plan,
            kills=plan.kills,
            at_work=at_work,
            taken=len(provider.taken()),
            sent=_count(database, Status.SENT, Status.DELIVERED, Status.UNDELIVERED) - 2,
            doubts=len(watch.doubted),
            by_kills=len(watch.killed),
            verdict=verdict,
            violations=violations,
            seconds=time.monotonic() - began,
        )
    database.close()
    return outcome


@contextmanager
def _working(plan: Plan, url: str, key_file: Path, settings: Mapping[str, str]) -> Iterator[list[Worker]]:
    """The processes that the engine has on such a database; none is left at the end of the block."""
    port = _free_port()
    if any("{port}" in words for words in _commands(plan, url)):
        settings = {**settings, "AFTERCARE_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    given = environment(url, key_file, settings)
    workers = [
        Worker(tuple(word.format(port=port) for word in words), given, key_file.with_name(f"worker-{place}.log"))
        for place, words in enumerate(_commands(plan, url))
    ]
    try:
        for worker in workers:
            worker.start()
        yield workers
    finally:
        for worker in workers:
            worker.kill()


def _commands(plan: Plan, url: str) -> tuple[tuple[str, ...], ...]:
    return COMMANDS[plan.engine, url.partition(":")[0].partition("+")[0]]


def _kill(plan: Plan, workers: list[Worker], database: Database) -> int:
    """Make as many due as there are for a kill, and kill a worker that is at it, again and again; how many were."""
    lot = random.Random(plan.seed)  # noqa: S311  the same lot each time, no secret
    at_work = 0
    for kill in range(1, plan.kills + 1):
        worker = lot.choice(workers)
        at_any_time = lot.random() < _AT_ANY_TIME
        if not at_any_time:
            worker.wait_until_ready()
        make_due(database, plan.reminders * kill // plan.kills - plan.reminders * (kill - 1) // plan.kills)
        if not at_any_time:
            _wait_for_calls(database)
        time.sleep(lot.uniform(0, _LONGEST_LUCK_SECONDS))
        worker.kill()
        at_work += _open_calls(database) > 0
        worker.start()
    return at_work


def make_due(database: Database, most: int) -> None:
    """Let so many that are not due yet be due now."""
    with database.write(ALL_CLINICS) as db:
        now = utc_now()
        some = select(ReminderRow.id).where(ReminderRow.due_at > now, ReminderRow.status == Status.SCHEDULED)
        chosen = update(ReminderRow).where(ReminderRow.id.in_(some.limit(most).with_for_update()))
        db.execute(chosen.values(due_at=now, next_at=now, intended_at=now).execution_options(synchronize_session=False))


def _wait_for_calls(database: Database) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not _open_calls(database):
        assert time.monotonic() < end, "nobody sends what is due"
        time.sleep(0.01)


def _open_calls(database: Database) -> int:
    with database.read(ALL_CLINICS) as db:
        return open_calls(db)


def _wait_until_all_ended(database: Database, plan: Plan, workers: list[Worker]) -> None:
    """Until no reminder is open or on its way; raises TimeoutError, with where they are, if that takes too long."""
    end = time.monotonic() + plan.patience.total_seconds()
    while _count(database, *OPEN, *WITH_PROVIDER):
        if time.monotonic() > end:
            where = {status.value: _count(database, status) for status in (*OPEN, *WITH_PROVIDER)}
            raise TimeoutError(f"not ended: {where}; {workers[0].said()[-2000:]}")
        time.sleep(_LOOK_SECONDS)


def _count(database: Database, *statuses: Status) -> int:
    with database.read(ALL_CLINICS) as db:
        return count(db, *statuses)


class _Watch:
    """Looks at the store, often enough to see every doubt."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._over = threading.Event()
        self.doubted: set[str] = set()
        """Attempts that were in doubt at some time."""
        self.killed: set[str] = set()
        """Those of them whose worker died."""
        self._thread = threading.Thread(target=self._look)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        doubts = (
            select(AttemptRow.id, AttemptRow.reason)
            .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
            .where(ReminderRow.status == Status.IN_DOUBT)
        )
        while not self._over.wait(_LOOK_SECONDS):
            with self._database.read(ALL_CLINICS) as db:
                found = [(row.id, row.reason) for row in db.execute(doubts)]
            self.doubted |= {attempt_id for attempt_id, _ in found}
            self.killed |= {attempt_id for attempt_id, reason in found if reason == _KILLED}


@contextmanager
def _watching(database: Database) -> Iterator[_Watch]:
    watch = _Watch(database)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def _listed(found: object) -> list[object]:
    return list(found) if isinstance(found, list) else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
