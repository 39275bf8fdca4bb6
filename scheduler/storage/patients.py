"""Patients: names sealed, found by keyed hashes; loaded with contact points, consent and overrides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import NotFound
from scheduler.domain.people.names import compared_name, name_beginnings
from scheduler.domain.people.patients import Patient
from scheduler.storage.among import among
from scheduler.storage.consents import consents_of
from scheduler.storage.contacts import HASH_LENGTH, contacts_of
from scheduler.storage.database import Db
from scheduler.storage.overrides import overrides_of
from scheduler.storage.types import ID_LENGTH, Base, Json, Owned, key

NAME = "patient.name"
BIRTH_DATE = "patient.birth_date"
BEGINNING = "patient.name_beginning"
_MERGED = "merged_into IS NOT NULL"
_ERASED = text("erased_at IS NOT NULL")


class PatientRow(Owned, Base):
    """A person."""

    __tablename__ = "patients"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        Index(
            "ix_patients_merged",
            "merged_into",
            postgresql_where=text(_MERGED),
            sqlite_where=text(_MERGED),
        ),  # patient_records.merged_into
        Index("ix_patients_erased", "id", postgresql_where=_ERASED, sqlite_where=_ERASED),  # removal.left_of_erased
    )

    id: Mapped[str] = key()
    name_sealed: Mapped[bytes]
    name_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    birth_date_sealed: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(String(20))
    zone: Mapped[str | None] = mapped_column(String(64))
    flags: Mapped[list[str]] = mapped_column(Json)
    private: Mapped[bool] = mapped_column(default=False)
    paused_at: Mapped[datetime | None]
    paused_reason_sealed: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]
    merged_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime]


class PatientNameRow(Owned, Base):
    """A hash of the first letters of one word of a name, for searching sealed names."""

    __tablename__ = "patient_names"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        Index("ix_patient_names_beginning", "clinic_id", "beginning_hash"),  # search at the desk
    )

    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    beginning_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), primary_key=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """What registering knows of a person."""

    id: str
    name: str
    language: str
    birth_date: date | None
    zone: str | None
    flags: tuple[str, ...]
    private: bool


def add_patient(db: Db, new: NewPatient, *, now: datetime) -> None:
    """Store a person, and the beginnings of their name for searching."""
    birth_date = db.keys.seal(new.birth_date.isoformat(), BIRTH_DATE) if new.birth_date else None
    db.add(
        PatientRow(
            id=new.id,
            clinic_id=db.clinic_id,
            name_sealed=db.keys.seal(new.name, NAME),
            name_hash=db.keys.lookup(compared_name(new.name), NAME),
            birth_date_sealed=birth_date,
            language=new.language,
            zone=new.zone,
            flags=list(new.flags),
            private=new.private,
            created_at=now,
        )
    )
    db.flush()
    db.add_all(
        PatientNameRow(clinic_id=db.clinic_id, patient_id=new.id, beginning_hash=db.keys.lookup(beginning, BEGINNING))
        for beginning in name_beginnings(new.name)
    )
    db.flush()


def same_person(db: Db, candidates: list[str], *, name: str, birth_date: date | None) -> str | None:
    """The first of the candidates with the same normalised name, and birth date where both have one."""
    rows = db.scalars(
        select(PatientRow).where(
            PatientRow.id.in_(candidates),
            PatientRow.name_hash == db.keys.lookup(compared_name(name), NAME),
            PatientRow.erased_at.is_(None),
            PatientRow.merged_into.is_(None),
        )
    )
    fitting = {row.id for row in rows if _same_birth_date(db, row, birth_date)}
    return next((candidate for candidate in candidates if candidate in fitting), None)


def lock_patient(db: Db, patient_id: str) -> None:
    """Wait for whoever else plans for this patient. Raises NotFound if the clinic has no such patient."""
    if not lock_patients(db, {patient_id}):
        raise NotFound("patient", patient_id)


def lock_patients(db: Db, patient_ids: set[str]) -> set[str]:
    """Wait for whoever else plans for these patients, one after the other in the order of their ids; who was found."""
    # Not the whole key: a worker that stores what became of a message points at the patient, and must not wait.
    theirs = select(PatientRow.id).where(PatientRow.id.in_(patient_ids)).order_by(PatientRow.id)
    return set(db.scalars(theirs.with_for_update(key_share=True)))


def get_patient(db: Db, patient_id: str) -> Patient:
    """One patient. Raises NotFound."""
    found = patients_by_id(db, {patient_id}).get(patient_id)
    if found is None:
        raise NotFound("patient", patient_id)
    return found


def patients_by_id(db: Db, ids: set[str]) -> dict[str, Patient]:
    """Patients with all that planning and the gate ask for."""
    rows = db.execute(select(*_ASKED_FOR).where(among(PatientRow.id, ids))).all()
    contacts, consents, overrides = contacts_of(db, ids), consents_of(db, ids), overrides_of(db, ids)
    return {
        row.id: Patient(
            id=row.id,
            language=row.language,
            zone=row.zone,
            flags=frozenset(row.flags),
            contacts=contacts.get(row.id, ()),
            consents=consents.get(row.id, ()),
            overrides=overrides.get(row.id, ()),
            private=row.private,
            paused=row.paused_at is not None,
            erased=row.erased_at is not None,
        )
        for row in rows
    }


_ASKED_FOR = (
    PatientRow.id,
    PatientRow.language,
    PatientRow.zone,
    PatientRow.flags,
    PatientRow.private,
    PatientRow.paused_at,
    PatientRow.erased_at,
)


def add_details(db: Db, patient_id: str, *, flags: tuple[str, ...], birth_date: date | None) -> None:
    """Record flags beside those that the patient has, and the birth date of one who had none yet."""
    row = db.get_one(PatientRow, patient_id)
    row.flags = sorted({*row.flags, *flags})
    if birth_date is not None and row.birth_date_sealed is None:
        row.birth_date_sealed = db.keys.seal(birth_date.isoformat(), BIRTH_DATE)


def _same_birth_date(db: Db, row: PatientRow, birth_date: date | None) -> bool:
    if birth_date is None or row.birth_date_sealed is None:
        return True
    return db.keys.open(row.birth_date_sealed, BIRTH_DATE) == birth_date.isoformat()
