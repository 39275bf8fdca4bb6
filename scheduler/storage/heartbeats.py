"""Signs of life of the nodes that send, by which a check of the set-up sees whether anything does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base, Json

_LONGEST_NODE = 200
_NONE: Mapping[str, datetime | None] = MappingProxyType({})


class HeartbeatRow(Base):
    """One machine that sends, and when it last did its rounds."""

    __tablename__ = "heartbeats"

    node: Mapped[str] = mapped_column(String(_LONGEST_NODE), primary_key=True)
    last_tick_at: Mapped[datetime]
    late_ticks: Mapped[dict[str, str | None] | None] = mapped_column(Json)
    """By name, when each tick of the node that was late then had last ended well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A machine that sends, as it was when it last did its rounds."""

    node: str
    at: datetime
    late: Mapping[str, datetime | None]
    """Its late ticks: when each last ended well; None where it never did."""


def beat(db: Db, node: str, *, now: datetime, late: Mapping[str, datetime | None] = _NONE) -> None:
    """Note that a node is alive, and which of its ticks are late."""
    node = node[:_LONGEST_NODE]
    kept = {name: None if at is None else at.isoformat() for name, at in late.items()} or None
    mine = update(HeartbeatRow).where(HeartbeatRow.node == node).values(last_tick_at=now, late_ticks=kept)
    if db.scalars(mine.returning(HeartbeatRow.node)).first() is None:
        db.merge(HeartbeatRow(node=node, last_tick_at=now, late_ticks=kept))


def beats(db: Db) -> list[Beat]:
    """Every node that is remembered, by name."""
    rows = db.execute(
        select(HeartbeatRow.node, HeartbeatRow.last_tick_at, HeartbeatRow.late_ticks).order_by(HeartbeatRow.node)
    )
    return [Beat(node=row.node, at=row.last_tick_at, late=_read_late(row.late_ticks)) for row in rows]


def _read_late(kept: Mapping[str, str | None] | None) -> dict[str, datetime | None]:
    return {name: None if at is None else datetime.fromisoformat(at) for name, at in (kept or {}).items()}


def last_beat(db: Db) -> datetime | None:
    """When any node was last alive; None if none ever was, or long ago."""
    return db.execute(select(func.max(HeartbeatRow.last_tick_at))).scalar()


def forget_beats(db: Db, before: datetime) -> None:
    """Drop nodes that were not seen since; containers have a new name each time."""
    db.execute(delete(HeartbeatRow).where(HeartbeatRow.last_tick_at < before))
