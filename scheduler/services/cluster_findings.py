"""What is wrong with the engine of many machines: its tables, its workers, and jobs that nobody takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.domain.findings import Finding, Severity
from scheduler.services.health import JOBS_TAKEN, anybody_sends
from scheduler.storage import engine_jobs, heartbeats
from scheduler.storage.database import Db
from scheduler.storage.engine_schema import MENDS, EngineSchema, engine_state
from scheduler.storage.schema import State

MOST_JOBS = 1000
"""A process has a handful of jobs; a table of many more is not being cleared away."""
_START = "Run aftercare worker, on as many machines as you like."


def cluster_findings(db: Db, wanted: EngineSchema, now: datetime) -> Iterator[Finding]:
    """What keeps the engine's workers from their work, in the order in which it is best mended."""
    state = engine_state(db, wanted)
    if state is not State.CURRENT:
        fault, _, mend = MENDS[state].partition(": ")
        yield Finding(f"{fault}.", mend[0].upper() + mend[1:])
        return
    jobs = engine_jobs.jobs(db)
    if not jobs.workers and anybody_sends(heartbeats.last_beat(db), now):
        yield Finding("No worker of the engine gives a sign of life, though one did just now.", _START)
    for queue in jobs.waiting:
        if now - queue.since > JOBS_TAKEN:
            yield Finding(
                f"Jobs of the queue {queue.name} wait since {queue.since:%Y-%m-%d %H:%M} UTC: {queue.count}. "
                f"Workers alive: {jobs.workers or 'none'}.",
                f"{_START} If they run, their logs say what keeps them.",
            )
    if jobs.count > MOST_JOBS:
        yield Finding(
            f"The engine has {jobs.count} jobs stored, where it should have a few for each worker.",
            "The task jobs clears them away: the log of a worker says what keeps it.",
            Severity.WARNING,
        )
