"""Overrides: the table and what reads and writes it. Reasons are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Row, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Override
from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, key, new_id

REASON = "override.reason"


class OverrideRow(Owned, Base):
    """A clinician's own end for one topic of one session."""

    __tablename__ = "overrides"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        ForeignKeyConstraint(["clinic_id", "session_id"], ["sessions.clinic_id", "sessions.id"]),
        UniqueConstraint("session_id", "topic"),
        Index("ix_overrides_patient", "patient_id"),  # overrides_of
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    topic: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
    reason_sealed: Mapped[bytes]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRecord:
    """A stored override, with what planning doesn't ask for."""

    id: str
    override: Override
    at: datetime


def overrides_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[Override, ...]]:
    """Overrides by patient, as planning reads them."""
    found: dict[str, tuple[Override, ...]] = {}
    for row in db.execute(select(*_READ).where(among(OverrideRow.patient_id, patient_ids))):
        found[row.patient_id] = (*found.get(row.patient_id, ()), _override(db, row))
    return found


def records_of(db: Db, patient_id: str) -> list[OverrideRecord]:
    """A patient's overrides, oldest first."""
    mine = select(OverrideRow).where(OverrideRow.patient_id == patient_id).order_by(OverrideRow.at, OverrideRow.id)
    return [_record(db, row) for row in db.scalars(mine)]


def put_override(db: Db, patient_id: str, override: Override, *, now: datetime) -> str:
    """Store an override in the place of one for the same session and topic, if there is one, and give its id."""
    same = (OverrideRow.session_id == override.session_id, OverrideRow.topic == override.topic)
    db.execute(delete(OverrideRow).where(*same))
    row = OverrideRow(
        id=new_id(),
        clinic_id=db.clinic_id,
        patient_id=patient_id,
        session_id=override.session_id,
        topic=override.topic,
        until=override.until,
        by=override.by,
        reason_sealed=db.keys.seal(override.reason, REASON),
        at=now,
    )
    db.add(row)
    db.flush()
    return row.id


def get_override(db: Db, patient_id: str, override_id: str) -> OverrideRecord:
    """One override of a patient. Raises NotFound."""
    mine = (OverrideRow.patient_id == patient_id, OverrideRow.id == override_id)
    row = db.scalars(select(OverrideRow).where(*mine)).first()
    if row is None:
        raise NotFound("override", override_id)
    return _record(db, row)


def drop_override(db: Db, override_id: str) -> None:
    """Forget an override: the rules' own end holds again."""
    db.execute(delete(OverrideRow).where(OverrideRow.id == override_id))


def _record(db: Db, row: OverrideRow) -> OverrideRecord:
    return OverrideRecord(id=row.id, override=_override(db, row), at=row.at)


_READ = (
    OverrideRow.patient_id,
    OverrideRow.session_id,
    OverrideRow.topic,
    OverrideRow.until,
    OverrideRow.by,
    OverrideRow.reason_sealed,
)


def _override(db: Db, row: OverrideRow | Row[*tuple[Any, ...]]) -> Override:
    return Override(
        session_id=row.session_id,
        topic=row.topic,
        until=row.until,
        by=row.by,
        reason=db.keys.open(row.reason_sealed, REASON),
    )
