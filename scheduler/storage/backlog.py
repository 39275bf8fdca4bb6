"""What waits longer than it should, for a check of the set-up: due reminders by sender, and doubts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.claims import waiting_for
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


def due_since(db: Db, sender_ids: list[str], now: datetime) -> dict[str, datetime]:
    """By sender, when the reminder was due that has waited longest; those without a due one are left out."""
    oldest = select(ReminderRow.sender_id, func.min(ReminderRow.next_at)).where(
        ReminderRow.sender_id.in_(sender_ids), waiting_for(now)
    )
    return {row[0]: row[1] for row in db.execute(oldest.group_by(ReminderRow.sender_id))}


def count_doubts(db: Db) -> int:
    """How many reminders were posted without an answer."""
    return db.execute(
        select(func.count()).select_from(ReminderRow).where(ReminderRow.status == Status.IN_DOUBT)
    ).scalar_one()
