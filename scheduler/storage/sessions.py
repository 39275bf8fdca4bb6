"""Treatment sessions: the table and what reads and writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.errors import NotFound
from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Json, Owned, key


class SessionRow(Owned, Base):
    """One treatment of one patient."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        Index("ix_sessions_patient", "patient_id", "ended_at"),  # sessions_of
        Index("ix_sessions_clinic", "clinic_id", "ended_at", "id"),  # today.sessions_ended
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    procedure: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    ended_at: Mapped[datetime]
    day_0: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    known_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(200))
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None] = mapped_column(String(200))


def add_session(db: Db, session: TreatmentSession, *, patient_id: str, by: str) -> None:
    """Store a session."""
    db.add(
        SessionRow(
            id=session.id,
            clinic_id=db.clinic_id,
            patient_id=patient_id,
            procedure=session.procedure,
            version=session.version,
            ended_at=session.ended_at,
            day_0=session.day_0,
            facts={name: _stored(value) for name, value in session.facts.items()},
            known_at=session.known_at,
            registered_by=by,
        )
    )
    db.flush()


def void_session(db: Db, session_id: str, *, by: str, at: datetime) -> bool:
    """Void a session; False if it was voided before. Raises NotFound."""
    row = _row(db, session_id)
    if row.voided_at is not None:
        return False
    row.voided_at, row.voided_by = at, by
    db.flush()
    return True


def correct_session(db: Db, corrected: TreatmentSession) -> None:
    """Replace a session's time and facts. Raises NotFound."""
    row = _row(db, corrected.id)
    row.ended_at, row.day_0 = corrected.ended_at, corrected.day_0
    row.facts = {name: _stored(value) for name, value in corrected.facts.items()}
    db.flush()


def patient_of(db: Db, session_id: str) -> str:
    """The id of a session's patient. Raises NotFound."""
    # The column alone: who asks means to lock the patient next, and must read the session as it is by then.
    found = db.scalars(select(SessionRow.patient_id).where(SessionRow.id == session_id)).first()
    if found is None:
        raise NotFound("session", session_id)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who registered a session, and who voided it."""

    registered_by: str
    registered_at: datetime
    voided_by: str | None
    voided_at: datetime | None


def handling(db: Db, session_id: str) -> Handling:
    """Who did what to a session. Raises NotFound."""
    row = _row(db, session_id)
    return Handling(
        registered_by=row.registered_by,
        registered_at=row.known_at,
        voided_by=row.voided_by,
        voided_at=row.voided_at,
    )


def sessions_of(db: Db, patient_id: str) -> list[TreatmentSession]:
    """A patient's sessions, voided ones too, by the time they ended."""
    return sessions_by_patient(db, {patient_id}).get(patient_id, [])


def sessions_by_patient(db: Db, patient_ids: set[str]) -> dict[str, list[TreatmentSession]]:
    """The same of several patients; one who has none is left out."""
    theirs = select(SessionRow).where(SessionRow.patient_id.in_(patient_ids))
    ordered = theirs.order_by(SessionRow.ended_at, SessionRow.id)
    found: dict[str, list[TreatmentSession]] = defaultdict(list)
    # As stored: one that this transaction has read may since be another patient's.
    for row in db.scalars(ordered.execution_options(populate_existing=True)):
        found[row.patient_id].append(read_session(row))
    return found


def voided_among(db: Db, session_ids: set[str]) -> set[str]:
    """Those of the sessions that are voided."""
    return set(
        db.scalars(select(SessionRow.id).where(among(SessionRow.id, session_ids), SessionRow.voided_at.is_not(None)))
    )


def _row(db: Db, session_id: str) -> SessionRow:
    row = db.scalars(select(SessionRow).where(SessionRow.id == session_id)).first()
    if row is None:
        raise NotFound("session", session_id)
    return row


def read_session(row: SessionRow) -> TreatmentSession:
    """The session that a row says."""
    return TreatmentSession(
        id=row.id,
        procedure=row.procedure,
        version=row.version,
        ended_at=row.ended_at,
        day_0=row.day_0,
        facts=read_stored(row.facts),
        known_at=row.known_at,
        voided=row.voided_at is not None,
    )


def read_stored(facts: Mapping[str, Any]) -> dict[str, Value]:
    """Facts as values again: lists become tuples, whole numbers stay numbers."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def _stored(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value
