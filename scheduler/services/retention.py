"""Purging patients who are past their clinic's retention, a chunk at a time, and counting who would go."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.errors import NotNow
from scheduler.storage import audit, clinics, patients, removal, retention
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

_SERVICE = "aftercare"
CHUNK = 50
"""Patients looked at in one transaction: a fraction of a second in which nobody else writes on SQLite."""
_MONTHS = 12

Clock = Callable[[Db], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What went, or would."""

    patients: int = 0
    sessions: int = 0
    messages: int = 0

    def __add__(self, other: Purged) -> Purged:
        """Both together."""
        return Purged(
            patients=self.patients + other.patients,
            sessions=self.sessions + other.sessions,
            messages=self.messages + other.messages,
        )


def would_purge(db: Db, *, now: datetime) -> Purged:
    """What is past the retention of the clinic in scope. Raises NotNow if it has none."""
    before = _before(db, now)
    found, after = Purged(), retention.FROM_THE_START
    while True:
        ids, last = retention.past(db, before, after=after, limit=CHUNK)
        sessions, messages = retention.count_of(db, ids)
        found += Purged(patients=len(ids), sessions=sessions, messages=messages)
        if last is None:
            return found
        after = last


def purge_clinic(database: Database, clinic_id: str, clock: Clock, *, by: str, chunk: int = CHUNK) -> Purged:
    """Purge all of a clinic that is past its retention. Raises NotFound, or NotNow if it has none."""
    done, after = Purged(), retention.FROM_THE_START
    while True:
        with database.write(clinic_id) as db:
            now = clock(db)
            part, last = _chunk(db, after, chunk, before=_before(db, now), by=by, now=now)
        done += part
        if last is None:
            database.settle_file()
            return done
        after = last


def keep_to_retention(
    database: Database, clock: Clock, *, until: Callable[[], bool] = lambda: False, chunk: int = CHUNK
) -> Purged:
    """Each clinic's round of the day, until all are done or `until` says so; the next call goes on from there."""
    with database.read(ALL_CLINICS) as db:
        due = retention.due_clinics(db, clock(db))
    done = Purged()
    for clinic_id in due:
        while not until():
            part = _next_chunk(database, clinic_id, clock, chunk)
            if part is None:
                break
            done += part
    return done


def _next_chunk(database: Database, clinic_id: str, clock: Clock, size: int) -> Purged | None:
    with database.write(clinic_id) as db:
        now = clock(db)
        after = retention.take(db, now)
        if after is None or clinics.get_clinic(db).retention_months is None:
            return None
        part, last = _chunk(db, after, size, before=_before(db, now), by=_SERVICE, now=now)
        retention.advance(db, last)
    return part


def _chunk(db: Db, after: str, size: int, *, before: datetime, by: str, now: datetime) -> tuple[Purged, str | None]:
    """What went of the next patients behind `after`, and behind whom to go on; None if nobody is left."""
    found, last = retention.past(db, before, after=after, limit=size)
    if not found:
        return Purged(), last
    patients.lock_patients(db, set(found))
    # Again, now that nobody else can register something for them.
    ids = set(retention.past(db, before, after=after, limit=size)[0]) & set(found)
    if not ids:
        return Purged(), last
    removed = removal.remove_care(db, ids)
    removal.remove_patients(db, ids)
    gone = Purged(patients=len(ids), sessions=removed.sessions, messages=removed.messages)
    audit.record_erasure(
        db,
        removed.subjects,
        at=now,
        actor=by,
        action="retention.purge",
        subject=f"clinic {db.clinic_id}",
        sentence=f"Purged what was older than {before.date().isoformat()}. Patients: {gone.patients}, sessions: "
        f"{gone.sessions}, messages: {gone.messages}.",
    )
    return gone, last


def _before(db: Db, now: datetime) -> datetime:
    months = clinics.get_clinic(db).retention_months
    if months is None:
        message = "This clinic has no retention: set one with aftercare clinic set ID retention '24 months'."
        raise NotNow(message)
    year, month = divmod(now.year * _MONTHS + now.month - 1 - months, _MONTHS)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)
