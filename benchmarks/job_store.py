"""The peer on this machine: APScheduler's SQLAlchemyJobStore with one job a message, on the same kind of database.

Two ways of using it: a job that only calls the sender, and one that also stores that it is about to call, and how
that ended, as this project does. Neither decides, renders or encrypts anything: the text stands ready in a row.
"""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Column, Engine, MetaData, String, Table, insert, select, update

from scheduler.storage.database import make_engine

_THREADS = 16
_PATIENCE_SECONDS = 300
_LONG_AGO = datetime(2026, 3, 4, 10, tzinfo=UTC)
_TABLES = MetaData()
_MESSAGES = Table(
    "messages",
    _TABLES,
    Column("id", String(36), primary_key=True),
    Column("to", String(20)),
    Column("body", String(500)),
    Column("status", String(20)),
    Column("provider_id", String(100)),
)
_BODY = "Willow Skin: Do not use retinol, acids, vitamin C, scrubs or alcohol toner until after Sunday 8 March. " * 2


@dataclass(slots=True)
class _Run:
    """What the jobs of one run share: a job of the store is named by its function, so it can't be handed to them."""

    engine: Engine
    left: int
    done: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock | nullcontext[None] = field(default_factory=nullcontext)

    def count(self) -> None:
        with self.counting:
            self.left -= 1
            if not self.left:
                self.done.set()


_runs: list[_Run] = []


def call_only(message_id: str) -> None:
    """The job that keeps no record."""
    _call(message_id)
    _runs[-1].count()


def call_and_record(message_id: str) -> None:
    """The job that stores `sending` before the call and `sent` after it."""
    run = _runs[-1]
    mine = _MESSAGES.c.id == message_id
    with run.writing, run.engine.begin() as db:
        db.execute(select(_MESSAGES.c.to, _MESSAGES.c.body).where(mine)).one()
        db.execute(update(_MESSAGES).where(mine).values(status="sending"))
    provider_id = _call(message_id)
    with run.writing, run.engine.begin() as db:
        db.execute(update(_MESSAGES).where(mine).values(status="sent", provider_id=provider_id))
    run.count()


def _call(message_id: str) -> str:
    return f"at-once-{message_id}"


def seconds(url: str, *, messages: int, record: bool) -> float:
    """How long it takes in an empty database to run one job a message, all due at once."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    engine = make_engine(url)  # the pragmas of this product, so that the disk is asked the same
    one_writer = engine.dialect.name == "sqlite"
    # Sixteen threads that fight for SQLite's one lock would sleep most of the time; taking turns is kinder to the peer.
    run = _Run(engine, messages, writing=threading.Lock() if one_writer else nullcontext())
    _runs.append(run)
    scheduler = _scheduler(engine, messages, record=record)
    start = perf_counter()
    scheduler.resume()
    finished = run.done.wait(_PATIENCE_SECONDS)
    taken = perf_counter() - start
    scheduler.shutdown()
    engine.dispose()
    if not finished:
        message = f"{run.left} jobs of the job store never ran"
        raise RuntimeError(message)
    return taken


def _scheduler(engine: Engine, messages: int, *, record: bool) -> BackgroundScheduler:
    """A scheduler that is started and paused, its jobs stored."""
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        executors={"default": ThreadPoolExecutor(_THREADS)},
        # Without this all that wait over a second for a thread would be dropped.
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )
    scheduler.start(paused=True)
    _TABLES.create_all(engine)
    ids = [f"{number:036}" for number in range(messages)]
    with engine.begin() as db:
        rows = [{"id": one, "to": "+447700900101", "body": _BODY, "status": "scheduled"} for one in ids]
        db.execute(insert(_MESSAGES), rows)
    for one in ids:
        scheduler.add_job(call_and_record if record else call_only, "date", run_date=_LONG_AGO, args=[one], id=one)
    return scheduler
