"""Senders whose money of the month is used up, and the reminders that wait for more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import literal, or_, select, union_all, update

from scheduler.domain.delivery.failures import NO_MONEY
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.storage.claims import waiting_for
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyStop:
    """A sender that has no money left."""

    sender_id: str
    month: date | None
    marked: datetime | None
    """Up to which `next_at` what waits says so; None: nothing does yet."""


def used_up(db: Db, now: datetime) -> list[MoneyStop]:
    """The senders that can't pay a further part before their month is over."""
    gone = SenderRow.money_spent + SenderRow.price_per_part > SenderRow.money_per_month
    rows = db.execute(
        select(SenderRow.id, SenderRow.month, SenderRow.money_told, SenderRow.money_marked)
        .where(gone, SenderRow.spent_until > now)
        .order_by(SenderRow.id)
    )
    return [
        MoneyStop(sender_id=row.id, month=row.month, marked=row.money_marked if row.money_told == row.month else None)
        for row in rows
    ]


def note_told(db: Db, stop: MoneyStop) -> bool:
    """Note that the month's stop is told; False if it was already, by whichever process."""
    rows = db.scalars(
        update(SenderRow)
        .where(SenderRow.id == stop.sender_id, SenderRow.money_told.is_distinct_from(stop.month))
        .values(money_told=stop.month, money_marked=None)
        .returning(SenderRow.id)
        .execution_options(synchronize_session=False)
    )
    return rows.first() is not None


def mark_waiting(db: Db, stop: MoneyStop, now: datetime, *, limit: int) -> int:
    """Give the reason to what became due since the last time, at most `limit` of a kind; how many messages there were.

    What was marked before is not read again: cost follows what becomes due. A person who moves one into the past
    finds it planned until the next month.
    """
    marked = [_mark(db, stop, kind, now, limit=limit) for kind in Kind]
    if max(marked) < limit:
        db.execute(update(SenderRow).where(SenderRow.id == stop.sender_id).values(money_marked=now))
    return sum(marked)


def _mark(db: Db, stop: MoneyStop, kind: Kind, now: datetime, *, limit: int) -> int:
    waiting = select(ReminderRow.id).where(
        ReminderRow.sender_id == stop.sender_id,
        ReminderRow.rank == literal(kind.rank),
        waiting_for(now),
        or_(ReminderRow.status_reason.is_(None), ReminderRow.status_reason != NO_MONEY),
    )
    if stop.marked is not None:
        waiting = waiting.where(ReminderRow.next_at > stop.marked)
    picked = waiting.order_by(ReminderRow.next_at, ReminderRow.id).limit(limit).with_for_update(skip_locked=True)
    leads = picked.cte("picked")
    followers = select(ReminderRow.id).join(leads, ReminderRow.bundled_into == leads.c.id)
    marked = union_all(select(leads.c.id), followers).cte("marked")
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.id.in_(select(marked.c.id)), ReminderRow.status == Status.SCHEDULED)
        .values(status_reason=NO_MONEY)
        .returning(ReminderRow.bundled_into)
        .execution_options(synchronize_session=False)
    )
    return list(rows).count(None)
