"""The hash chain over each clinic's audit: sealing new entries into it, and reading it to be checked.

A link is keyed: whoever can write the database and has no key file can't make one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.audit import HASH_LENGTH, AuditRow, sentence_hash
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Db, lock_name
from scheduler.storage.types import ID_LENGTH, Base, Owned

START = ""
"""In the place of a link, before the first."""
_LINK = "audit.link"
_AT_ONCE = 500


class AuditChainRow(Owned, Base):
    """The last link of a clinic's chain: without it, nobody would miss entries at the end."""

    __tablename__ = "audit_chains"

    clinic_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"), primary_key=True)
    sequence: Mapped[int]
    head: Mapped[str] = mapped_column(String(HASH_LENGTH))
    sealed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a clinic's chain."""

    sequence: int
    """How many entries it holds."""
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry as the chain holds it."""

    entry_id: str
    sequence: int
    at: datetime
    action: str
    link: str | None
    content: str
    """All that the link is made of but the link before it."""
    blanked_by: str | None
    blanks: int | None
    kept: bool
    """Whether its sentence is there if nothing erased it, and gone if something did."""

    def after(self, previous: str, keys: KeyRing) -> str:
        """The link that this entry has behind that one."""
        return keys.lookup(f"{previous}\n{self.content}", _LINK)


def unsealed_clinics(db: Db) -> list[str]:
    """Clinics with entries that are not in the chain yet."""
    # By clinic and not by entry: each looks into the index once, however much is sealed already.
    unsealed = select(AuditRow.id).where(AuditRow.clinic_id == ClinicRow.id, AuditRow.sequence.is_(None))
    return list(db.scalars(select(ClinicRow.id).where(unsealed.exists())))


def seal(db: Db, *, now: datetime, limit: int = _AT_ONCE) -> int:
    """Put at most so many entries of the clinic in scope at the end of its chain; how many.

    In the order in which they are seen: what is committed later, of whatever time, comes behind. One node at a time.
    """
    lock_name(db, "audit chain")
    new = db.scalars(
        select(AuditRow).where(AuditRow.sequence.is_(None)).order_by(AuditRow.at, AuditRow.id).limit(limit)
    ).all()
    if not new:
        return 0
    chain = db.get(AuditChainRow, db.clinic_id)
    if chain is None:
        chain = AuditChainRow(clinic_id=db.clinic_id, sequence=0, head=START, sealed_at=now)
        db.add(chain)
    for row in new:
        chain.sequence += 1
        row.sequence = chain.sequence
        row.sealed_hash = chain.head = _link(row).after(chain.head, db.keys)
    chain.sealed_at = now
    db.flush()
    return len(new)


def links(db: Db) -> Iterator[Link]:
    """The chain of the clinic in scope, by sequence."""
    after: int | None = None
    while True:
        page = select(AuditRow).where(AuditRow.sequence.is_not(None)).order_by(AuditRow.sequence).limit(_AT_ONCE)
        rows = db.scalars(page if after is None else page.where(AuditRow.sequence > after)).all()
        yield from (_link(row) for row in rows)
        db.expunge_all()
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].sequence


def head(db: Db) -> Head:
    """Where the chain of the clinic in scope ends."""
    row = db.get(AuditChainRow, db.clinic_id)
    return Head(row.sequence, row.head) if row else Head(0, START)


def count_unsealed(db: Db) -> int:
    """How many entries of the clinic in scope are not in the chain yet."""
    return db.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.sequence.is_(None))) or 0


def count_blanked(db: Db, entry_id: str) -> int:
    """How many sentences of the clinic are gone with the erasure that this entry tells of, sealed or not."""
    return db.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.blanked_by == entry_id)) or 0


def told_blanks(db: Db, entry_id: str) -> int | None:
    """How many sentences went with the erasure that this entry of the clinic tells of; None if it tells of none."""
    return db.scalar(select(AuditRow.blanks).where(AuditRow.id == entry_id))


def _link(row: AuditRow) -> Link:
    gone = row.blanked_by is not None
    sentence = row.sentence_hash if gone else sentence_hash(row.sentence_sealed)
    content = (row.clinic_id, row.id, row.at.isoformat(), row.actor, row.action, row.subject, sentence, row.blanks)
    return Link(
        entry_id=row.id,
        sequence=row.sequence or 0,
        at=row.at,
        action=row.action,
        link=row.sealed_hash,
        content=json.dumps(content),
        blanked_by=row.blanked_by,
        blanks=row.blanks,
        kept=gone is (row.sentence_sealed == b""),
    )
