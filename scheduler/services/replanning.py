"""Making plans anew that nobody changed: when zone data or a clinic's zone did, or somebody says so; in chunks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.changes import Changes
from scheduler.domain.errors import NotFound, SchedulerError
from scheduler.services import care
from scheduler.services.drain import Clock
from scheduler.storage import clinics, replans, store_state
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
_FAULTS = (SchedulerError, LookupError, ValueError)
"""What keeps one patient's plan from being made, such as a zone that the data don't know any more."""
CHUNK = 50
"""Patients planned anew in one transaction: a fraction of a second in which nobody else writes on SQLite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """What came of planning anew."""

    patients: int = 0
    moved: int = 0
    """Reminders that are due at another time."""
    reworded: int = 0
    """Due as before, and another date in their words, channel or reason."""
    added: int = 0
    cancelled: int = 0
    failed: tuple[str, ...] = ()
    """Ids of patients whose plan could not be made; what they had stays."""

    def __add__(self, other: Replanned) -> Replanned:
        """Both together."""
        return Replanned(
            patients=self.patients + other.patients,
            moved=self.moved + other.moved,
            reworded=self.reworded + other.reworded,
            added=self.added + other.added,
            cancelled=self.cancelled + other.cancelled,
            failed=self.failed + other.failed,
        )


def keep_current(database: Database, zone_data: str | None, clock: Clock, *, until: Callable[[], bool]) -> Replanned:
    """Make plans anew that are to be, until `until` says so; with None it isn't asked whether zone data are newer."""
    if zone_data is not None and not notice_zone_data(database, zone_data, clock):
        return Replanned()
    return work_off(database, clock, until=until)


def asked_for(database: Database, zone_data: str | None, clock: Clock) -> list[str]:
    """Clinics whose plans are to be made anew, the longest-waiting first; none where this node's zone data are older.

    With None it isn't asked whether zone data are newer.
    """
    if zone_data is not None and not notice_zone_data(database, zone_data, clock):
        return []
    with database.read(ALL_CLINICS) as db:
        return replans.asked_clinics(db)


def notice_zone_data(database: Database, zone_data: str, clock: Clock) -> bool:
    """Ask for all plans anew where the zone data are newer than those that stored times were derived with.

    False where they are older: another node knows more than this one, which then leaves such work alone.
    """
    with database.read(ALL_CLINICS) as db:
        known = store_state.known_state(db, store_state.ZONE_DATA)
        if known == zone_data:
            return True
        if known is not None and _numbers(zone_data) < _numbers(known):
            return False
        ids = [clinic.id for clinic in clinics.list_clinics(db)]
    for clinic_id in ids:
        with database.write(clinic_id) as db:
            replans.ask(db, now=clock(db))
    with database.write(ALL_CLINICS) as db:  # last: if this process dies before, all is asked for again
        store_state.set_state(db, store_state.ZONE_DATA, zone_data, now=clock(db))
    return True


def work_off(database: Database, clock: Clock, *, until: Callable[[], bool], chunk: int = CHUNK) -> Replanned:
    """Make plans anew that were asked for, until all are done or `until` says so; the next call goes on from there."""
    done = Replanned()
    for clinic_id in asked_for(database, None, clock):
        while not until():
            part = _next_chunk(database, clinic_id, clock, chunk)
            if part is None:
                break
            done += part
    return done


def work_off_clinic(
    database: Database, clinic_id: str, clock: Clock, *, until: Callable[[], bool], chunk: int = CHUNK
) -> bool:
    """Make plans of one clinic anew that were asked for, until `until` says so; whether any are left for us to do."""
    while not until():
        if _next_chunk(database, clinic_id, clock, chunk) is None:
            return False
    return True


def replan_clinic(database: Database, clinic_id: str, clock: Clock, *, chunk: int = CHUNK) -> Replanned:
    """Make all plans of a clinic anew at once, and with them what was asked for. Raises NotFound."""
    with database.read(clinic_id) as db:
        clinics.get_clinic(db)
    done = Replanned()
    after: str | None = replans.FROM_THE_START
    while after is not None:
        with database.write(clinic_id) as db:
            part, after = _chunk(db, after, chunk, now=clock(db))
        done += part
    with database.write(clinic_id) as db:
        replans.advance(db, None)
    return done


def replan_patient(database: Database, patient_id: str, clock: Clock, *, clinic_id: str | None = None) -> Replanned:
    """Make one patient's plan anew. Raises NotFound if there is no such patient, or not in the clinic that is given."""
    with database.read(ALL_CLINICS) as db:
        found = replans.clinic_of(db, patient_id)
    if found is None or clinic_id not in {None, found}:
        raise NotFound("patient", patient_id)
    with database.write(found) as db:
        return _replan(db, [patient_id], now=clock(db))


def _next_chunk(database: Database, clinic_id: str, clock: Clock, size: int) -> Replanned | None:
    """The next chunk of what was asked for; None if there is none, or another process is at it."""
    with database.write(clinic_id) as db:
        after = replans.take(db)
        if after is None:
            return None
        part, after = _chunk(db, after, size, now=clock(db))
        replans.advance(db, after)
    return part


def _chunk(db: Db, after: str, size: int, *, now: datetime) -> tuple[Replanned, str | None]:
    """What came of the next patients behind `after`, and behind whom to go on; None if nobody is left."""
    ids, last = replans.waiting_patients(db, after=after, limit=size)
    return _replan(db, ids, now=now), last


def _replan(db: Db, patient_ids: Sequence[str], *, now: datetime) -> Replanned:
    found = _lock(db, patient_ids)
    fresh: list[care.Fresh] = []
    failed: list[str] = []
    for patient_id in patient_ids:
        try:
            fresh.append(care.afresh(found[patient_id] if found else _lock_one(db, patient_id), now=now))
        except _FAULTS:
            # Nothing is written yet, and the others must not wait for this one.
            _log.exception("the plan of patient %s could not be made anew", patient_id)
            failed.append(patient_id)
    care.store(db, fresh, now=now)
    return sum((_counted(one.changes) for one in fresh), Replanned(failed=tuple(failed)))


def _lock(db: Db, patient_ids: Sequence[str]) -> Mapping[str, care.Locked]:
    """All of them, in a few statements; nobody where one of them can't be read, so that each is tried alone."""
    try:
        return care.lock(db, set(patient_ids))
    except _FAULTS:
        return {}


def _lock_one(db: Db, patient_id: str) -> care.Locked:
    found = care.lock(db, {patient_id}).get(patient_id)
    if found is None:
        raise NotFound("patient", patient_id)
    return found


def _counted(changes: Changes) -> Replanned:
    moved = sum(change.row.due_at != change.planned.due_at for change in changes.change)
    return Replanned(
        patients=1,
        moved=moved,
        reworded=len(changes.change) - moved,
        added=len(changes.add),
        cancelled=len(changes.cancel),
    )


def _numbers(version: str) -> tuple[int, ...]:
    """`2026.1` in its order among others; words count as nothing."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
