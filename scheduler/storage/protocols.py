"""Published versions of protocols: immutable documents, the newest of a procedure is the one in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, func, select, tuple_, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned, key


class ProtocolVersionRow(Owned, Base):
    """One published version with everything that it needs: rules, topics, messages."""

    __tablename__ = "protocol_versions"
    __table_args__ = (UniqueConstraint("clinic_id", "id"), UniqueConstraint("clinic_id", "procedure", "number"))

    id: Mapped[str] = key()
    procedure: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(200))
    signed_by: Mapped[str | None] = mapped_column(String(200))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A version as stored; what the document means is the catalog's."""

    id: str
    procedure: str
    number: int
    title: str
    document: str
    published_at: datetime
    signed_by: str | None


def publish(db: Db, *, procedure: str, title: str, document: str, by: str, signed_by: str | None, at: datetime) -> int:
    """Store the next version of a procedure and give its number."""
    newest = select(func.max(ProtocolVersionRow.number)).where(ProtocolVersionRow.procedure == procedure)
    number = (db.execute(newest).scalar() or 0) + 1
    db.add(
        ProtocolVersionRow(
            clinic_id=db.clinic_id,
            procedure=procedure,
            number=number,
            title=title,
            document=document,
            published_at=at,
            published_by=by,
            signed_by=signed_by,
        )
    )
    db.flush()
    return number


def sign_unsigned(db: Db, signed_by: str) -> None:
    """Sign the clinic's versions that nobody signed yet; a signature is never replaced."""
    db.execute(
        update(ProtocolVersionRow)
        .where(ProtocolVersionRow.clinic_id == db.clinic_id, ProtocolVersionRow.signed_by.is_(None))
        .values(signed_by=signed_by)
        .execution_options(synchronize_session=False)
    )


def current_version(db: Db, procedure: str) -> StoredVersion | None:
    """The newest version of a procedure; None if the clinic has no protocol for it."""
    row = db.scalars(
        select(ProtocolVersionRow)
        .where(ProtocolVersionRow.procedure == procedure)
        .order_by(ProtocolVersionRow.number.desc())
        .limit(1)
    ).first()
    return _version(row) if row else None


def versions(db: Db, wanted: set[tuple[str, int]], *, clinic_id: str) -> dict[tuple[str, int], StoredVersion]:
    """A clinic's versions of these procedures and numbers."""
    columns = tuple_(ProtocolVersionRow.procedure, ProtocolVersionRow.number)
    of_clinic = select(ProtocolVersionRow).where(ProtocolVersionRow.clinic_id == clinic_id)
    rows = db.scalars(of_clinic.where(columns.in_(wanted)))
    return {(row.procedure, row.number): _version(row) for row in rows}


def documents(db: Db, version_ids: set[str]) -> dict[str, tuple[int, str]]:
    """Number and document of versions by their id, whichever clinics' they are."""
    found = select(ProtocolVersionRow.id, ProtocolVersionRow.number, ProtocolVersionRow.document)
    rows = db.execute(found.where(ProtocolVersionRow.id.in_(version_ids)))
    return {row.id: (row.number, row.document) for row in rows}


def unsigned_in_force(db: Db) -> list[tuple[str, str, int]]:
    """(clinic, procedure, number) of newest versions that no clinician signed, of clinics in scope that are live."""
    newer = aliased(ProtocolVersionRow)
    same = (newer.clinic_id == ProtocolVersionRow.clinic_id, newer.procedure == ProtocolVersionRow.procedure)
    found = (
        select(ProtocolVersionRow.clinic_id, ProtocolVersionRow.procedure, ProtocolVersionRow.number)
        .join(ClinicRow, ClinicRow.id == ProtocolVersionRow.clinic_id)
        .where(
            ClinicRow.live,
            ProtocolVersionRow.signed_by.is_(None),
            ~select(newer.id).where(*same, newer.number > ProtocolVersionRow.number).exists(),
        )
        .order_by(ProtocolVersionRow.clinic_id, ProtocolVersionRow.procedure)
    )
    return [(row.clinic_id, row.procedure, row.number) for row in db.execute(found)]


def procedures(db: Db) -> list[str]:
    """Procedures that the clinic has a protocol for, in order of name."""
    return list(db.scalars(select(ProtocolVersionRow.procedure).distinct().order_by(ProtocolVersionRow.procedure)))


def _version(row: ProtocolVersionRow) -> StoredVersion:
    return StoredVersion(
        id=row.id,
        procedure=row.procedure,
        number=row.number,
        title=row.title,
        document=row.document,
        published_at=row.published_at,
        signed_by=row.signed_by,
    )
