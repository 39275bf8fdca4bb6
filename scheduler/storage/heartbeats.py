"""Signs of life of the nodes that send, by which a check of the set-up sees whether anything does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base

_LONGEST_NODE = 200


class HeartbeatRow(Base):
    """One machine that sends, and when it last did its rounds."""

    __tablename__ = "heartbeats"

    node: Mapped[str] = mapped_column(String(_LONGEST_NODE), primary_key=True)
    last_tick_at: Mapped[datetime]


def beat(db: Db, node: str, *, now: datetime) -> None:
    """Note that a node is alive."""
    node = node[:_LONGEST_NODE]
    mine = update(HeartbeatRow).where(HeartbeatRow.node == node).values(last_tick_at=now)
    if db.scalars(mine.returning(HeartbeatRow.node)).first() is None:
        db.merge(HeartbeatRow(node=node, last_tick_at=now))


def last_beat(db: Db) -> datetime | None:
    """When any node was last alive; None if none ever was, or long ago."""
    return db.execute(select(func.max(HeartbeatRow.last_tick_at))).scalar()


def forget_beats(db: Db, before: datetime) -> None:
    """Drop nodes that were not seen since; containers have a new name each time."""
    db.execute(delete(HeartbeatRow).where(HeartbeatRow.last_tick_at < before))
