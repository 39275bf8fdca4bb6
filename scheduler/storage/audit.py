"""The audit: sentences that are only ever added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned, key

_SENTENCE = "audit.sentence"


class AuditRow(Owned, Base):
    """One thing that somebody did."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_clinic", "clinic_id", "at", "id"),)

    id: Mapped[str] = key()
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(100))
    """Kind and id of what it was done to: `session 4f0c…`."""
    sentence_sealed: Mapped[bytes]
    sealed_hash: Mapped[str | None] = mapped_column(String(64))
    """Link of the clinic's hash chain, set when the entry is sealed into it."""


def record(
    db: Db, *, at: datetime, actor: str, action: str, subject: str, sentence: str, clinic_id: str | None = None
) -> None:
    """Add an entry for the clinic in scope; `clinic_id` where the handle crosses clinics."""
    db.add(
        AuditRow(
            clinic_id=clinic_id or db.clinic_id,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            sentence_sealed=db.keys.seal(sentence, _SENTENCE),
        )
    )
    db.flush()
