"""The budget of a sender: taken when reminders are claimed, corrected when their messages are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from scheduler.domain.delivery import budgets
from scheduler.domain.delivery.budgets import Budget, Spent
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db
from scheduler.storage.senders import SenderRow, read_budget, read_spent

_COLUMNS = (
    SenderRow.parts_per_second,
    SenderRow.parts_per_day,
    SenderRow.money_per_month,
    SenderRow.price_per_part,
    SenderRow.clinic_id,
    SenderRow.tokens,
    SenderRow.refilled_at,
    SenderRow.day,
    SenderRow.parts_today,
    SenderRow.month,
    SenderRow.money_spent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What a sender that the caller has locked may take."""

    sender_id: str
    budget: Budget
    spent: Spent

    def most(self, limit: int, now: datetime) -> int:
        """How many reminders may be claimed, whose parts aren't counted yet."""
        return budgets.claimable(self.budget, self.spent, limit, now)


def has_budget(now: datetime) -> ColumnElement[bool]:
    """Senders that may take a part now: they have budget or none is set, and their provider can be reached."""
    rested = or_(SenderRow.rests_until.is_(None), SenderRow.rests_until <= now)
    return and_(or_(SenderRow.spent_until.is_(None), SenderRow.spent_until <= now), rested)


def begin_turn(db: Db, sender_id: str, now: datetime) -> Purse | None:
    """Lock a sender for a claim and note its turn; None if another worker held it or took its budget meanwhile."""
    row = db.execute(
        update(SenderRow)
        .where(SenderRow.id == sender_id, SenderRow.held_at.is_(None), has_budget(now))
        .values(served_at=now)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    ).first()
    return None if row is None else _purse(db, sender_id, row)


def charge(db: Db, purse: Purse, parts: int, now: datetime) -> None:
    """Store that so many more parts are taken; fewer than none gives back. Writes nothing where no budget is set.

    For no part at all it stores until when there is none, so that the sender is left alone meanwhile.
    """
    until = budgets.spent_until(purse.budget, purse.spent, now)
    if not purse.budget.bounded or (not parts and until is None):
        return
    spent = budgets.charge(purse.budget, purse.spent, parts, now)
    db.execute(
        update(SenderRow)
        .where(SenderRow.id == purse.sender_id)
        .values(
            tokens=spent.tokens,
            refilled_at=spent.refilled_at,
            day=spent.day,
            parts_today=spent.parts_today,
            month=spent.month,
            money_spent=spent.money,
            spent_until=budgets.spent_until(purse.budget, spent, now),
        )
        .execution_options(synchronize_session=False)
    )


def correct(db: Db, parts: Mapping[str, int], now: datetime) -> None:
    """Charge senders so many more parts than was taken for them at the claim, or give back what is below nothing."""
    changed = sorted(sender_id for sender_id, more in parts.items() if more)
    if not changed:
        return
    limited = select(SenderRow.id, *_COLUMNS).where(SenderRow.id.in_(changed), _BOUNDED)
    # A weaker lock than FOR UPDATE, which would wait for whoever stores a reminder that points to the sender.
    for row in db.execute(limited.order_by(SenderRow.id).with_for_update(key_share=True)).all():
        charge(db, _purse(db, row.id, row), parts[row.id], now)


_BOUNDED = or_(
    SenderRow.parts_per_second.is_not(None),
    SenderRow.parts_per_day.is_not(None),
    SenderRow.money_per_month.is_not(None),
)


def _purse(db: Db, sender_id: str, row: Row[*tuple[Any, ...]]) -> Purse:
    budget = read_budget(row, zone="UTC")
    if budget.bounded and row.clinic_id is not None:
        zone = db.scalars(select(ClinicRow.zone).where(ClinicRow.id == row.clinic_id)).first()
        budget = replace(budget, zone=zone or "UTC")
    return Purse(sender_id=sender_id, budget=budget, spent=read_spent(row))
