"""What the store knows of itself as a whole, a word a row; no clinic's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base

ZONE_DATA = "zone_data"
"""Version of the zone data with which stored times were derived."""


class StoreStateRow(Base):
    """One thing that is known."""

    __tablename__ = "store_state"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]


def known_state(db: Db, name: str) -> str | None:
    """What is known under a name; None if nothing is yet."""
    return db.scalars(select(StoreStateRow.value).where(StoreStateRow.name == name)).first()


def set_state(db: Db, name: str, value: str, *, now: datetime) -> None:
    """Know this under a name from now on."""
    db.merge(StoreStateRow(name=name, value=value, set_at=now))
    db.flush()
