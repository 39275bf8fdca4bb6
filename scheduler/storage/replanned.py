"""Stored reminders take the times and words of a newer plan: all of one patient's in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, Update, bindparam, or_, update

from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.delivery.reminders import Status, check_move
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, planned_values

_TABLE = cast("Table", ReminderRow.__table__)
_REPLANNABLE = frozenset({Status.SCHEDULED, Status.CLAIMED, Status.CANCELLED, Status.EXPIRED, Status.FAILED})


class Replanned(NamedTuple):
    """A stored reminder with what the plan makes of it."""

    row: KnownReminder
    planned: PlannedReminder
    version_id: str
    sender_id: str


def replan_reminders(db: Db, replanned: Iterable[Replanned], *, now: datetime) -> None:
    """Give stored reminders the plan's new times and words; one that was handed over meanwhile keeps its own.

    A held one stays held; one that had been cancelled, or could not go, waits again. Each alone: what follows it in
    a bundle has words of its own.
    """
    found: dict[Status, list[dict[str, Any]]] = defaultdict(list)
    for row, planned, version_id, sender_id in replanned:
        values = planned_values(planned, version_id=version_id, sender_id=sender_id)
        after = Status.HELD if row.status is Status.HELD else Status.SCHEDULED
        found[after].append({"row": row.id, **{f"new_{name}": value for name, value in values.items()}})
    for after, rows in found.items():
        names = [name.removeprefix("new_") for name in rows[0] if name != "row"]
        db.connection().execute(_replanning(after, names, clinic_id=db.clinic_id, now=now), rows)


def _replanning(after: Status, names: Iterable[str], *, clinic_id: str, now: datetime) -> Update:
    """The statement for reminders that are in one status afterwards; on the table itself, so that it runs for many."""
    before = frozenset({Status.HELD}) if after is Status.HELD else _REPLANNABLE
    for status in before:
        check_move(status, after)
    told: dict[str, Any] = {} if after is Status.HELD else {"status_reason": None}
    return (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("row"), _TABLE.c.clinic_id == clinic_id)
        .where(or_(*(_TABLE.c.status == status for status in sorted(before))))
        .values(status=after, status_at=now, claim_token=None, lease_until=None, **told)
        .values({name: bindparam(f"new_{name}") for name in names})
    )
