"""Messages that a person must see to, as they did not reach the patient: finding them, and noting who was asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Db
from scheduler.storage.reminders import TO_RAISE, ReminderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LostMessage:
    """A message that did not arrive, or may not have."""

    id: str
    clinic_id: str
    patient_id: str
    session_id: str
    version_id: str
    rule: str
    template: str
    status: Status
    status_reason: str | None


def to_raise(db: Db, *, limit: int) -> list[LostMessage]:
    """Those that nobody was asked to see to yet, the oldest first; others' are left out while they are seen to.

    Safety messages that could not go or did not arrive, and all of which nobody knows.
    """
    rows = db.execute(
        select(*(getattr(ReminderRow, name) for name in _NAMES))
        .where(text(TO_RAISE))
        .order_by(ReminderRow.status_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [LostMessage(**{name: getattr(row, name) for name in _NAMES}) for row in rows]


def note_raised(db: Db, reminder_ids: Collection[str], *, now: datetime) -> None:
    """Note that somebody was asked to see to them."""
    if reminder_ids:
        db.execute(
            update(ReminderRow)
            .where(ReminderRow.id.in_(reminder_ids))
            .values(raised_at=now)
            .execution_options(synchronize_session=False)
        )


_NAMES = (
    "id",
    "clinic_id",
    "patient_id",
    "session_id",
    "version_id",
    "rule",
    "template",
    "status",
    "status_reason",
)
