"""Whether this process can do its work: the database is usable and no tick of the engine is late."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.storage import schema
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
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


EngineHealth = tuple[TickHealth, ...]


def late_ticks(ticks: EngineHealth, now: datetime) -> EngineHealth:
    """Those that have not ended well for three intervals and a minute; one that was never started is late at once."""
    return tuple(tick for tick in ticks if _is_late(tick, now))


def failed_checks(database: Database, ticks: EngineHealth, now: datetime) -> list[str]:
    """What keeps this process from its work, by name (`database`, `tick send`); nothing if it can do it.

    `now` is by the clock that stamped the ticks. Why the database can't be used is only written to the log, since
    it may name hosts and users.
    """
    failed = [f"tick {tick.name}" for tick in late_ticks(ticks, now)]
    try:
        with database.read(ALL_CLINICS) as db:
            schema.check_open(db)
    except DatabaseUnusable as error:
        _log.warning("not ready: %s", error)
        return ["database", *failed]
    return failed


def _is_late(tick: TickHealth, now: datetime) -> bool:
    first_run = tick.last_started if tick.last_error is None else None
    since = tick.last_ok or first_run
    return since is None or now - since > _MISSED * tick.every + _GRACE
