"""A patient's own details as staff see and change them, and the search at the desk. Planning reads them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_

from scheduler.domain.errors import NotFound
from scheduler.domain.people.names import compared_name, name_beginnings, normal_name
from scheduler.domain.people.pauses import Pause, PauseReason
from scheduler.storage.contacts import LAST_FOUR, VALUE, ContactPointRow
from scheduler.storage.database import Db
from scheduler.storage.patients import BEGINNING, BIRTH_DATE, NAME, PatientNameRow, PatientRow

_PAUSE = "patient.paused_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A patient's details."""

    id: str
    name: str
    birth_date: date | None
    language: str
    zone: str | None
    flags: tuple[str, ...]
    private: bool
    pause: Pause | None
    erased: bool
    merged_into: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPatients:
    """Who is looked for; what is None doesn't narrow the list."""

    lookup: str | None = None
    """A whole number or address, in the form in which it is compared."""
    last_four: str | None = None
    name: str | None = None
    """The first three letters of each of its words must fit, or those of all of it."""


def get_patient_record(db: Db, patient_id: str) -> PatientRecord:
    """One patient, merged and erased ones too. Raises NotFound."""
    return _record(db, _row(db, patient_id))


def listed_patients(
    db: Db, wanted: WantedPatients, *, after: tuple[datetime, str] | None, limit: int
) -> list[PatientRecord]:
    """The clinic's patients by when they were added, behind `after` only, without those merged or erased."""
    chosen = (
        select(PatientRow)
        .where(PatientRow.merged_into.is_(None), PatientRow.erased_at.is_(None), *conditions_of(db, wanted))
        .order_by(PatientRow.created_at, PatientRow.id)
        .limit(limit)
    )
    if after is not None:
        chosen = chosen.where(tuple_(PatientRow.created_at, PatientRow.id) > after)
    return [_record(db, row) for row in db.scalars(chosen)]


def names_of(db: Db, patient_ids: set[str]) -> dict[str, str]:
    """The names of these patients, by id."""
    rows = db.scalars(select(PatientRow).where(PatientRow.id.in_(patient_ids)))
    return {row.id: db.keys.open(row.name_sealed, NAME) for row in rows}


def merged_into(db: Db, patient_id: str) -> set[str]:
    """Ids of those who turned out to be this patient."""
    return set(db.scalars(select(PatientRow.id).where(PatientRow.merged_into == patient_id)))


def store_record(db: Db, record: PatientRecord) -> None:
    """Store a patient's details as the record says. Raises NotFound."""
    row = _row(db, record.id)
    if db.keys.open(row.name_sealed, NAME) != record.name:
        _rename(db, row, record.name)
    row.birth_date_sealed = db.keys.seal(record.birth_date.isoformat(), BIRTH_DATE) if record.birth_date else None
    row.language, row.zone, row.private = record.language, record.zone, record.private
    row.flags = sorted(record.flags)
    row.merged_into = record.merged_into
    pause = record.pause
    row.paused_at = pause.since if pause else None
    row.paused_reason_sealed = db.keys.seal(f"{pause.reason.value} {pause.note}", _PAUSE) if pause else None
    db.flush()


def _row(db: Db, patient_id: str) -> PatientRow:
    row = db.scalars(
        select(PatientRow).where(PatientRow.id == patient_id).execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("patient", patient_id)
    return row


def _rename(db: Db, row: PatientRow, name: str) -> None:
    row.name_sealed = db.keys.seal(name, NAME)
    row.name_hash = db.keys.lookup(compared_name(name), NAME)
    db.execute(delete(PatientNameRow).where(PatientNameRow.patient_id == row.id))
    db.add_all(
        PatientNameRow(clinic_id=row.clinic_id, patient_id=row.id, beginning_hash=db.keys.lookup(beginning, BEGINNING))
        for beginning in name_beginnings(name)
    )
    db.flush()


def conditions_of(db: Db, wanted: WantedPatients) -> list[ColumnElement[bool]]:
    """What a patient's row must fulfil."""
    conditions: list[ColumnElement[bool]] = []
    points = select(ContactPointRow.patient_id)
    if wanted.lookup is not None:
        hashed = db.keys.lookup(wanted.lookup, VALUE)
        conditions.append(PatientRow.id.in_(points.where(ContactPointRow.value_hash == hashed)))
    if wanted.last_four is not None:
        hashed = db.keys.lookup(wanted.last_four, LAST_FOUR)
        conditions.append(PatientRow.id.in_(points.where(ContactPointRow.last_four_hash == hashed)))
    if wanted.name is not None:
        words = (_begins(db, word) for word in normal_name(wanted.name).split())
        conditions.append(or_(and_(*words), _begins(db, compared_name(wanted.name))))
    return conditions


def _begins(db: Db, word: str) -> ColumnElement[bool]:
    hashed = db.keys.lookup(word[:3], BEGINNING)
    return PatientRow.id.in_(select(PatientNameRow.patient_id).where(PatientNameRow.beginning_hash == hashed))


def _record(db: Db, row: PatientRow) -> PatientRecord:
    born = row.birth_date_sealed
    return PatientRecord(
        id=row.id,
        name=db.keys.open(row.name_sealed, NAME),
        birth_date=date.fromisoformat(db.keys.open(born, BIRTH_DATE)) if born else None,
        language=row.language,
        zone=row.zone,
        flags=tuple(sorted(row.flags)),
        private=row.private,
        pause=_pause(db, row),
        erased=row.erased_at is not None,
        merged_into=row.merged_into,
        created_at=row.created_at,
    )


def _pause(db: Db, row: PatientRow) -> Pause | None:
    if row.paused_at is None or row.paused_reason_sealed is None:
        return None
    reason, _, note = db.keys.open(row.paused_reason_sealed, _PAUSE).partition(" ")
    return Pause(reason=PauseReason(reason), note=note, since=row.paused_at)
