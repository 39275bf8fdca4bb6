"""The jobs of the engine of many machines, looked at and cleared away from outside; its own library runs them.

PostgreSQL only. A job is work to do now, and what it works on stands in our tables: any job may be cleared away, and
the next tick brings the work again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from scheduler.storage.database import Db
from scheduler.storage.store_state import StoreStateRow

OWN_QUEUE = "drain:"
"""How the queue of one process begins: nobody but that process takes what is in it."""
WORKER_GONE = timedelta(seconds=30)
"""A worker gives a sign of life every ten seconds; one that gave none for so long is taken for dead."""
_NOBODY_TAKES_IT = timedelta(minutes=1)
"""A process takes what is in its own queue within a second or two."""
_LONGEST_RUN = timedelta(minutes=15)
"""A job works for a slice, or waits for a few providers; one that is held for longer was lost when it ended."""
_TICKS_KEPT = timedelta(days=7)
_TICK = "tick "


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Jobs that wait under one name."""

    name: str
    count: int
    since: datetime
    """When the oldest was put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What an engine of many machines has under way."""

    workers: int
    """Threads of work that gave a sign of life lately; a process has a few."""
    count: int
    """All jobs that are stored, in whatever state."""
    waiting: tuple[Queue, ...]

    @property
    def oldest(self) -> datetime | None:
        """When the job that waits for longest was made."""
        return min((queue.since for queue in self.waiting), default=None)


def jobs(db: Db) -> Jobs:
    """What there is now."""
    workers = db.scalar(text(_WORKERS), {"gone": WORKER_GONE})
    waiting = db.execute(text(_WAITING))
    return Jobs(
        workers=workers or 0,
        count=db.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0,
        waiting=tuple(Queue(name=row.queue_name, count=row.jobs, since=row.since.astimezone(UTC)) for row in waiting),
    )


def purge_jobs(db: Db) -> int:
    """Clear away what dead workers left and what is over; how many jobs that were."""
    db.execute(text(_GONE), {"gone": WORKER_GONE})
    cleared = db.scalars(
        text(_OVER), {"own": f"{OWN_QUEUE}%", "longest": _LONGEST_RUN, "untaken": _NOBODY_TAKES_IT}
    ).all()
    db.execute(text(_OLD_TICKS), {"own": f"{OWN_QUEUE}%", "untaken": _NOBODY_TAKES_IT, "kept": _TICKS_KEPT})
    return len(cleared)


def forget_queue(db: Db, queue: str) -> None:
    """Clear away what waits in the queue of a process that ends."""
    db.execute(text("DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo'"), {"queue": queue})
    db.execute(
        text("DELETE FROM procrastinate_periodic_defers WHERE periodic_id = :queue AND job_id IS NULL"),
        {"queue": queue},
    )


def note_run(db: Db, tick: str, *, now: datetime) -> None:
    """Note that a tick which any process may run ended well."""
    row = insert(StoreStateRow).values(name=f"{_TICK}{tick}", value="well", set_at=now)
    latest = func.greatest(StoreStateRow.set_at, row.excluded.set_at)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"set_at": latest}))


def last_runs(db: Db) -> Mapping[str, datetime]:
    """When each of those ticks last ended well, in whatever process."""
    rows = db.execute(
        select(StoreStateRow.name, StoreStateRow.set_at).where(StoreStateRow.name.startswith(_TICK, autoescape=True))
    )
    return {row.name.removeprefix(_TICK): row.set_at for row in rows}


_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - CAST(:gone AS interval)"
_WAITING = """
SELECT queue_name, count(DISTINCT job.id) AS jobs, min(event.at) AS since
FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status = 'todo' GROUP BY queue_name ORDER BY queue_name
"""
# What their jobs name as their worker becomes null by itself. SKIP LOCKED: two that purge at once don't wait.
_GONE = """
DELETE FROM procrastinate_workers WHERE id IN (
    SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - CAST(:gone AS interval)
    FOR UPDATE SKIP LOCKED)
"""
_OVER = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.status NOT IN ('todo', 'doing')
        OR (job.status = 'doing' AND job.worker_id IS NULL)
        OR (job.status = 'doing' AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.at > now() - CAST(:longest AS interval)))
        OR (job.status = 'todo' AND job.queue_name LIKE :own AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.at > now() - CAST(:untaken AS interval)))
    ORDER BY job.id FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_OLD_TICKS = """
DELETE FROM procrastinate_periodic_defers WHERE id IN (
    SELECT id FROM procrastinate_periodic_defers
    WHERE job_id IS NULL AND (
        defer_timestamp < extract(epoch FROM now() - CAST(:kept AS interval))
        OR (periodic_id LIKE :own AND defer_timestamp < extract(epoch FROM now() - CAST(:untaken AS interval))))
    ORDER BY id FOR UPDATE SKIP LOCKED)
"""
