"""What lists and result cards show of patients: found by keyed hashes, many of them in as many statements as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.people.consent import Consent
from scheduler.domain.people.patients import ContactPoint
from scheduler.storage.consents import consents_of
from scheduler.storage.contacts import contacts_of
from scheduler.storage.database import Db
from scheduler.storage.patient_records import WantedPatients, conditions_of
from scheduler.storage.patients import BIRTH_DATE, NAME, PatientRow
from scheduler.storage.sessions import SessionRow, read_session


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """One patient of a list."""

    id: str
    name: str
    birth_date: date | None
    language: str
    flags: tuple[str, ...]
    paused: bool
    contacts: tuple[ContactPoint, ...]
    consents: tuple[Consent, ...]
    last: TreatmentSession | None
    """The live session that ended last."""


def count_patients(db: Db, wanted: WantedPatients) -> int:
    """How many of the clinic's patients fit, without those merged or erased."""
    return db.execute(select(func.count()).select_from(PatientRow).where(*_present(db, wanted))).scalar_one()


def newest_patients(db: Db, wanted: WantedPatients, *, skip: int, most: int) -> list[str]:
    """Ids of those who fit, who was added last first."""
    chosen = select(PatientRow.id).where(*_present(db, wanted))
    chosen = chosen.order_by(PatientRow.created_at.desc(), PatientRow.id.desc())
    return list(db.scalars(chosen.offset(skip).limit(most)))


def names_of(db: Db, wanted: WantedPatients) -> list[tuple[str, str]]:
    """(id, name) of all who fit: for few, since each name is opened."""
    rows = db.execute(select(PatientRow.id, PatientRow.name_sealed).where(*_present(db, wanted)))
    return [(row.id, db.keys.open(row.name_sealed, NAME)) for row in rows]


def patient_lines(db: Db, ids: Sequence[str]) -> list[PatientLine]:
    """These patients, in this order; who isn't one of the clinic's, or is merged or erased, is left out."""
    wanted = set(ids)
    rows = db.scalars(select(PatientRow).where(PatientRow.id.in_(wanted), *_present(db, WantedPatients())))
    found = {row.id: row for row in rows}
    contacts, consents, last = contacts_of(db, wanted), consents_of(db, wanted), _last_sessions(db, wanted)
    return [
        PatientLine(
            id=row.id,
            name=db.keys.open(row.name_sealed, NAME),
            birth_date=_birth_date(db, row),
            language=row.language,
            flags=tuple(row.flags),
            paused=row.paused_at is not None,
            contacts=contacts.get(row.id, ()),
            consents=consents.get(row.id, ()),
            last=last.get(row.id),
        )
        for row in (found[one] for one in ids if one in found)
    ]


def _present(db: Db, wanted: WantedPatients) -> list[ColumnElement[bool]]:
    return [PatientRow.merged_into.is_(None), PatientRow.erased_at.is_(None), *conditions_of(db, wanted)]


def _birth_date(db: Db, row: PatientRow) -> date | None:
    return date.fromisoformat(db.keys.open(row.birth_date_sealed, BIRTH_DATE)) if row.birth_date_sealed else None


def _last_sessions(db: Db, patient_ids: set[str]) -> dict[str, TreatmentSession]:
    place = func.row_number().over(
        partition_by=SessionRow.patient_id, order_by=(SessionRow.ended_at.desc(), SessionRow.id.desc())
    )
    live = (SessionRow.patient_id.in_(patient_ids), SessionRow.voided_at.is_(None))
    placed = select(SessionRow.id, place.label("place")).where(*live).subquery()
    latest = select(placed.c.id).where(placed.c.place == 1)
    rows = db.scalars(select(SessionRow).where(SessionRow.id.in_(latest)))
    return {row.patient_id: read_session(row) for row in rows}
