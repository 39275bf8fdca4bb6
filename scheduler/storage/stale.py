"""What has waited too long: claims whose worker has not come on, and reminders whose use is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, select, update

from scheduler.domain.delivery.failures import NO_MONEY
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.bundles import leave
from scheduler.storage.claims import locked
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


def release_leases(db: Db, now: datetime) -> int:
    """Give back what was claimed by a worker that has not come on; nothing was handed over, so nothing doubles."""
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.status == Status.CLAIMED, ReminderRow.lease_until <= now)
        .values(status=Status.SCHEDULED, status_reason="lease", status_at=now, claim_token=None, lease_until=None)
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(rows))


def expire(db: Db, now: datetime, *, limit: int) -> int:
    """End open reminders whose use is over, at most `limit` at once, and give how many."""
    stale = locked(
        select(ReminderRow.id)
        .where(
            ReminderRow.status.in_((Status.SCHEDULED, Status.HELD, Status.CLAIMED)),
            ReminderRow.useful_until <= now,
        )
        .order_by(ReminderRow.useful_until)
        .limit(limit),
        "stale",
    )
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.id.in_(select(stale.c.id)))
        .values(
            status=Status.EXPIRED,
            status_reason=case((ReminderRow.status_reason == NO_MONEY, NO_MONEY), else_="not_useful"),
            status_at=now,
            claim_token=None,
            lease_until=None,
        )
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    ended = list(rows)
    leave(db, ended)
    return len(ended)
