"""The audit: sentences that are only ever added. Sealing them into a chain, and listing them, is elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, key, new_id

_SENTENCE = "audit.sentence"
BLANKED = "Erased, with the patient whom it was about."
"""In the place of a sentence that is gone."""
HASH_LENGTH = 64
_UNSEALED = text("sequence IS NULL")


class AuditRow(Owned, Base):
    """One thing that somebody did."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_clinic", "clinic_id", "at", "id"),
        Index("ix_audit_subject", "clinic_id", "subject", "at"),  # entries_about, was_recorded
        Index("uq_audit_sequence", "clinic_id", "sequence", unique=True),  # audit_chain.links
        # audit_chain.seal
        Index("ix_audit_unsealed", "clinic_id", "at", "id", postgresql_where=_UNSEALED, sqlite_where=_UNSEALED),
    )

    id: Mapped[str] = key()
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(100))
    """Kind and id of what it was done to: `session 4f0c…`."""
    sentence_sealed: Mapped[bytes]
    sequence: Mapped[int | None]
    """Its place in the clinic's hash chain, from 1; None until it is sealed into it."""
    sealed_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    """Its link of that chain."""
    sentence_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH))
    """Of a sentence that is gone: what the chain needs of it."""
    blanked_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The entry that tells of the erasure with which the sentence went."""
    blanks: Mapped[int | None]
    """Of such an entry: how many sentences went."""


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


def record_erasure(
    db: Db, about: Collection[str], *, at: datetime, actor: str, action: str, subject: str, sentence: str
) -> int:
    """Take the sentences about these subjects out of the audit, and add an entry that tells of it; how many went.

    Their hashes stay, so that the chain holds; an entry that tells of an erasure keeps its own sentence.
    """
    entry = AuditRow(id=new_id(), clinic_id=db.clinic_id, at=at, actor=actor, action=action, subject=subject)
    gone = db.scalars(
        select(AuditRow).where(among(AuditRow.subject, about), AuditRow.blanked_by.is_(None), AuditRow.blanks.is_(None))
    ).all()
    for row in gone:
        row.sentence_hash = sentence_hash(row.sentence_sealed)
        row.sentence_sealed, row.blanked_by = b"", entry.id
    entry.sentence_sealed, entry.blanks = db.keys.seal(sentence, _SENTENCE), len(gone)
    db.add(entry)
    db.flush()
    return len(gone)


def sentence_hash(sealed: bytes) -> str:
    """What the chain holds of a sealed sentence."""
    return hashlib.sha256(sealed).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that somebody did, as it is read."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    sentence: str


def entries_about(db: Db, subjects: Collection[str]) -> list[Entry]:
    """What was done to any of these, newest first."""
    # Ordered here: asked for in order, SQLite would walk all that the clinic ever did.
    rows = db.scalars(select(AuditRow).where(AuditRow.subject.in_(subjects)))
    return [_entry(db, row) for row in sorted(rows, key=lambda row: (row.at, row.id), reverse=True)]


def _entry(db: Db, row: AuditRow) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        sentence=sentence_of(db, row),
    )


def sentence_of(db: Db, row: AuditRow) -> str:
    """What an entry says."""
    return BLANKED if row.blanked_by else db.keys.open(row.sentence_sealed, _SENTENCE)


def was_recorded(db: Db, *, actor: str, action: str, subject: str, since: datetime) -> bool:
    """Whether somebody did this to it after an instant."""
    same = (AuditRow.subject == subject, AuditRow.action == action, AuditRow.actor == actor, AuditRow.at > since)
    return db.scalars(select(AuditRow.id).where(*same).limit(1)).first() is not None
