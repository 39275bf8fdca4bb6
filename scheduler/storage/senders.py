"""Senders: a clinic's ways out, those shared by all who have none of their own, and their holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Words, key

SETTINGS = "settings"
"""Provider of the shared senders that the settings choose."""
SANDBOX = "sandbox"
"""Provider that stores what it would send; clinics in trial use it."""


class SenderRow(Base):
    """A way out on a channel. Without a clinic it is shared by all clinics that have none of their own."""

    __tablename__ = "senders"

    id: Mapped[str] = key()
    clinic_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"))
    channel: Mapped[Channel] = mapped_column(Words(Channel))
    provider: Mapped[str] = mapped_column(String(20))
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str | None] = mapped_column(String(500))
    served_at: Mapped[datetime | None]
    """When it was last claimed from: the longest unserved goes first."""


def shared_sender_id(channel: Channel, *, live: bool) -> str:
    """The id of the sender that clinics without their own use on a channel."""
    return f"{SETTINGS if live else SANDBOX}-{channel.value}"


SHARED_SENDERS = tuple(
    {"id": f"{provider}-{channel.value}", "channel": channel, "provider": provider}
    for provider in (SETTINGS, SANDBOX)
    for channel in Channel
)
"""The rows that every database starts with."""


def sender_for(db: Db, clinic_id: str, channel: Channel, *, live: bool) -> str:
    """The id of the sender that a clinic uses on a channel."""
    shared = shared_sender_id(channel, live=live)
    if not live:
        return shared
    own = select(SenderRow.id).where(SenderRow.clinic_id == clinic_id, SenderRow.channel == channel)
    return db.scalars(own.limit(1)).first() or shared


def hold_sender(db: Db, sender_id: str, *, reason: str, at: datetime) -> None:
    """Take nothing more from this sender until a person releases it; the first reason stays."""
    db.execute(
        update(SenderRow)
        .where(SenderRow.id == sender_id, SenderRow.held_at.is_(None))
        .values(held_at=at, held_reason=reason)
    )


def senders_by_id(db: Db, ids: set[str]) -> dict[str, tuple[Channel, str]]:
    """Channel and provider of several senders."""
    rows = db.execute(select(SenderRow.id, SenderRow.channel, SenderRow.provider).where(SenderRow.id.in_(ids)))
    return {row.id: (row.channel, row.provider) for row in rows}
