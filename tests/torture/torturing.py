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

from sqlalchemy import func, select

from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from scheduler.storage import keys, schema
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.torture.checker import Verdict, check
from tests.torture.filling import fill, taken, targets
from tests.torture.provider import Chances
from tests.torture.providing import providing
from tests.torture.working import COMMANDS, SHORT, Worker, environment

_HEAD_START = timedelta(seconds=3)
"""From filling the store to the first reminder that is due."""
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
    seconds_a_kill: float
    """The time that work and kills are spread over, by kill."""
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
    """Do it to an empty database; its key file, the ledger and the workers' logs stand in the folder."""
    began = time.monotonic()
    schema.migrate(url)
    key_file = folder / "aftercare.key"
    database = Database(url, keys.open_keys(url, key_file, now=utc_now()))
    window = timedelta(seconds=plan.kills * plan.seconds_a_kill)
    start = utc_now() + _HEAD_START
    due = [start + window * place / plan.reminders for place in range(plan.reminders)]
    filled = fill(database, due, now=utc_now())
    with providing(folder, chances=plan.chances, seed=plan.seed, judges=100) as provider:
        settings = {**plan.settings, **provider.environment()}
        with _working(plan, url, key_file, settings) as workers, _watching(database) as watch:
            at_work = _kill(plan, workers, watch, until=time.monotonic() + window.total_seconds())
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


def _kill(plan: Plan, workers: list[Worker], watch: _Watch, *, until: float) -> int:
    """Kill a worker that works, again and again, evenly until then but for a lot; how many were at work."""
    lot = random.Random(plan.seed)  # noqa: S311  the same lot each time, no secret
    begin, at_work = time.monotonic(), 0
    for kill in range(1, plan.kills + 1):
        worker = lot.choice(workers)
        worker.wait_until_ready()
        at = begin + (until - begin) * (kill - lot.random()) / plan.kills
        time.sleep(max(at - time.monotonic(), lot.uniform(0.05, 0.3)))
        worker.kill()
        at_work += watch.open_calls() > 0
        worker.start()
    return at_work


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
        found = select(func.count()).select_from(ReminderRow).where(ReminderRow.status.in_(statuses))
        return db.execute(found).scalar_one()


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

    def open_calls(self) -> int:
        """Attempts without an answer."""
        with self._database.read(ALL_CLINICS) as db:
            return db.execute(select(func.count()).where(AttemptRow.ending.is_(None))).scalar_one()

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
