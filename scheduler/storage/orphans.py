"""Receipts that fit no attempt of ours, kept as evidence: after a restored backup they tell what went meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.delivery.receipts import Receipt
from scheduler.storage.database import Db
from scheduler.storage.types import Base, key

_LONGEST_ID, _LONGEST_STATUS, _LONGEST_CODE = 100, 30, 60


class OrphanReceiptRow(Base):
    """A provider's word on a message that no attempt here stands for. It holds nothing of a patient's."""

    __tablename__ = "orphan_receipts"
    __table_args__ = (Index("ix_orphan_receipts_received", "received_at"),)

    id: Mapped[str] = key()
    received_at: Mapped[datetime]
    attempt_id: Mapped[str | None] = mapped_column(String(_LONGEST_ID))
    """The id that it came with."""
    provider_id: Mapped[str] = mapped_column(String(_LONGEST_ID))
    provider_status: Mapped[str] = mapped_column(String(_LONGEST_STATUS))
    code: Mapped[str | None] = mapped_column(String(_LONGEST_CODE))


def keep_orphan(db: Db, receipt: Receipt, *, now: datetime) -> None:
    """Store a receipt as it came."""
    db.add(
        OrphanReceiptRow(
            received_at=now,
            attempt_id=receipt.attempt_id[:_LONGEST_ID] if receipt.attempt_id else None,
            provider_id=receipt.provider_id[:_LONGEST_ID],
            provider_status=receipt.provider_status[:_LONGEST_STATUS],
            code=receipt.error_code[:_LONGEST_CODE] if receipt.error_code else None,
        )
    )
    db.flush()


def count_orphans(db: Db, *, since: datetime) -> int:
    """How many came since then."""
    came = select(func.count()).select_from(OrphanReceiptRow).where(OrphanReceiptRow.received_at >= since)
    return db.execute(came).scalar_one()


def forget_orphans(db: Db, before: datetime) -> None:
    """Drop those that came before."""
    db.execute(delete(OrphanReceiptRow).where(OrphanReceiptRow.received_at < before))
