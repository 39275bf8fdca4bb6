"""When something happens next by itself, for an engine whose clock is moved; one whose time passes just looks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, union_all

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


def next_moment(db: Db, *, after: datetime) -> datetime | None:
    """The first moment after this one at which a reminder is to be tried, or its use is over; None if there is none."""
    is_open = ReminderRow.status.in_((Status.SCHEDULED, Status.HELD))
    moments = union_all(
        select(ReminderRow.next_at.label("at")).where(ReminderRow.status == Status.SCHEDULED),
        select(ReminderRow.useful_until).where(is_open),
    ).subquery()
    return db.execute(select(func.min(moments.c.at)).where(moments.c.at > after)).scalar()


def next_try(db: Db, patient_ids: Collection[str] | None = None, *, after: datetime) -> datetime | None:
    """When the next message is to be tried, of these patients if they are given; None if none waits."""
    waiting = select(func.min(ReminderRow.next_at)).where(
        ReminderRow.status == Status.SCHEDULED, ReminderRow.bundled_into.is_(None), ReminderRow.next_at > after
    )
    if patient_ids is not None:
        waiting = waiting.where(ReminderRow.patient_id.in_(patient_ids))
    return db.execute(waiting).scalar()
