"""Whether this process can do its work: the database is usable, no tick of the engine is late, somebody sends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.storage import engine_jobs, heartbeats, schema
from scheduler.storage.database import Database, DatabaseUnusable, Db
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
BEATS_MISSED = timedelta(minutes=2)
"""A node gives a sign of life every ten seconds; one that gave none for so long is gone, or does nothing."""
JOBS_TAKEN = timedelta(minutes=2)
"""Jobs of the engine of many machines are taken within seconds; one that waits for so long, nobody takes."""
_GRACE = timedelta(minutes=1)
_MISSED = 3
"""So many intervals may pass: one slow run, or one retry, is no alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickHealth:
    """How one tick of the engine fares. An engine runs each of its ticks once when it starts."""

    name: str
    every: timedelta
    last_started: datetime | None
    last_ok: datetime | None
    """When it last ended well."""
    last_error: str | None
    """How its last run failed; None where that ended well or hasn't ended yet."""
    last_seconds: float | None = None
    """How long its last whole run took, well or not."""
    errors: int = 0
    """How many of its runs failed."""
    first_started: datetime | None = None
    """When it was first run."""


EngineHealth = tuple[TickHealth, ...]


def late_ticks(ticks: EngineHealth, now: datetime) -> EngineHealth:
    """Those that have not ended well for three intervals and a minute, or so long after their first start.

    One that was never started is late at once.
    """
    return tuple(tick for tick in ticks if _is_late(tick, now))


def failed_checks(
    database: Database,
    ticks: EngineHealth | None,
    now: datetime,
    *,
    clock: Callable[[Db], datetime],
    clustered: bool = False,
) -> list[str]:
    """What keeps this process from its work, by name (`database`, `worker`, `jobs`, `tick send`); nothing if it can.

    `ticks` is None where no engine runs in this process: then another one must have been seen lately, by the store's
    `clock`. `now` is by the clock that stamped the ticks. `clustered` says that many machines share the engine's jobs,
    of which none must wait for minutes. Why the database can't be used is only written to the log,
    since it may name hosts and users.
    """
    failed = [f"tick {tick.name}" for tick in late_ticks(ticks or (), now)]
    try:
        with database.read(ALL_CLINICS) as db:
            schema.check_open(db)
            sends = ticks is not None or anybody_sends(heartbeats.last_beat(db), clock(db))
            oldest = engine_jobs.jobs(db).oldest if clustered else None
            taken = oldest is None or clock(db) - oldest <= JOBS_TAKEN
    except DatabaseUnusable as error:
        _log.warning("not ready: %s", error)
        return ["database", *failed]
    return [*([] if sends else ["worker"]), *([] if taken else ["jobs"]), *failed]


def anybody_sends(last_beat: datetime | None, now: datetime) -> bool:
    """Whether a process that sends was seen lately."""
    return last_beat is not None and now - last_beat <= BEATS_MISSED


def _is_late(tick: TickHealth, now: datetime) -> bool:
    # One that runs each hour and failed once, as the database was away, isn't late for the rest of that hour.
    since = tick.last_ok or tick.first_started
    return since is None or now - since > _MISSED * tick.every + _GRACE
