"""APScheduler's SQLAlchemyJobStore: a stored job a reminder, all due, run by threads of one process."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.one_job import OneJob
from scheduler.storage.database import make_engine

_LONG_AGO = datetime(2026, 3, 4, 10, tzinfo=UTC)
_works: list[OneJob] = []
"""A job of the store is named by its function, so what it works on can't be handed to it."""


def send(reminder_id: str) -> None:
    """The job."""
    _works[-1].send(reminder_id)


def run(work: OneJob, url: str, *, threads: int) -> None:
    """Store a job a reminder, then let the scheduler run them all."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    _works.append(work)
    engine = make_engine(url)  # the pragmas of this product, so that the disk is asked the same
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        executors={"default": ThreadPoolExecutor(threads)},
        # Without this all that wait over a second for a thread would be dropped.
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )
    scheduler.start(paused=True)
    for one in work.ids:
        scheduler.add_job("benchmarks.peers.by_job_store:send", "date", run_date=_LONG_AGO, args=[one], id=one)
    scheduler.resume()
    work.finished.wait()
    scheduler.shutdown()
    engine.dispose()
