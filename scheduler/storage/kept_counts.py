"""How many sessions and messages there were, by month, of patients who are erased or purged: numbers and no ids."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned

Counts = Counter[tuple[date, str]]
"""How many of what, by the first day of the month in UTC: `sessions`, `sms delivered`."""


class KeptCountRow(Owned, Base):
    """So many of something in a month."""

    __tablename__ = "kept_counts"

    clinic_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int]


def month_of(at: datetime) -> date:
    """The first day of its month."""
    return at.date().replace(day=1)


def add_counts(db: Db, counts: Counts) -> None:
    """Add to what is counted; whoever calls holds the clinic's lock for it."""
    for (month, what), number in counts.items():
        row = db.get(KeptCountRow, (db.clinic_id, month, what))
        if row is None:
            db.add(KeptCountRow(clinic_id=db.clinic_id, month=month, what=what, number=number))
        else:
            row.number += number
    db.flush()


def kept_counts(db: Db) -> Counts:
    """All that is counted of the clinic in scope."""
    return Counter({(row.month, row.what): row.number for row in db.scalars(select(KeptCountRow))})
