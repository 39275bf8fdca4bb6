"""What waits longer than it should, counted by index for whoever watches: due reminders by sender, and doubts.

The cost follows what is due and what is in doubt, never what is pending or done.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Integer, Row, Select, case, func, literal, select, text, union_all

from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.storage.claims import waiting_for
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow

AGES = tuple(timedelta(seconds=seconds) for seconds in (0, 60, 300, 900, 3600, 21600, 86400))
"""How long one may have waited at least, for each of the counts of a backlog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Messages of a sender that could have gone by now."""

    since: datetime
    """When the one that waits longest could have gone first."""
    older_than: MappingProxyType[timedelta, int]
    """By age, how many wait for longer; at no age, all of them."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.older_than[timedelta()]


def due(db: Db, now: datetime) -> dict[str, Backlog]:
    """By sender, what is due and has not gone; senders without any are left out. Each message counts once."""
    _by_index_alone(db)
    found: defaultdict[str, list[Row[int, int, datetime]]] = defaultdict(list)
    for sender_id, rank in db.execute(_that_wait(now)).all():
        # By themselves: over all senders at once PostgreSQL would rather read whatever is open, due or not.
        found[sender_id] += db.execute(_by_age(sender_id, rank, now))
    return {sender_id: _backlog(rows) for sender_id, rows in found.items() if rows}


def _by_index_alone(db: Db) -> None:
    """Let the rest of this transaction go by the order of an index only.

    PostgreSQL takes time and status for independent: of much that is sent and much that waits it thinks half to be due,
    and would rather read whatever is open.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SET LOCAL enable_bitmapscan = off"))
        db.execute(text("SET LOCAL enable_seqscan = off"))


def _that_wait(now: datetime) -> Select[str, int]:
    """The pairs of sender and rank that have something due, held senders among them."""
    ranks = union_all(*(select(literal(kind.rank, Integer).label("rank")) for kind in Kind)).cte("ranks")
    theirs = (ReminderRow.sender_id == SenderRow.id) & (ReminderRow.rank == ranks.c.rank)
    first = select(ReminderRow.next_at).where(theirs, waiting_for(now)).order_by(ReminderRow.next_at).limit(1)
    pairs = select(SenderRow.id, ranks.c.rank).select_from(SenderRow).join(ranks, literal(1) == 1)
    # The first one, and not whether there is any: PostgreSQL would make a join of that, and read whatever is open.
    some = first.correlate(SenderRow, ranks).scalar_subquery().is_not(None)
    return pairs.where(some).order_by(SenderRow.id, ranks.c.rank)


def _by_age(sender_id: str, rank: int, now: datetime) -> Select[int, int, datetime]:
    steps = [(ReminderRow.next_at <= now - age, step) for step, age in reversed(list(enumerate(AGES)))]
    age = case(*steps, else_=0).label("age")
    return (
        select(age, func.count().label("waiting"), func.min(ReminderRow.next_at).label("since"))
        .where(ReminderRow.sender_id == sender_id, ReminderRow.rank == rank, waiting_for(now))
        .group_by(age)
    )


def _backlog(rows: list[Row[int, int, datetime]]) -> Backlog:
    older = {age: sum(row.waiting for row in rows if row.age >= step) for step, age in enumerate(AGES)}
    return Backlog(since=min(row.since for row in rows), older_than=MappingProxyType(older))


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Messages that were posted without an answer."""

    count: int
    since: datetime | None
    """Of the oldest; None where there is none."""


def doubts(db: Db) -> Doubts:
    """What is in doubt now."""
    in_doubt = ReminderRow.status == literal(Status.IN_DOUBT.value, literal_execute=True)
    row = db.execute(select(func.count(), func.min(ReminderRow.status_at)).where(in_doubt)).one()
    return Doubts(count=row[0], since=row[1])


def by_status(db: Db, *, since: datetime, until: datetime) -> dict[tuple[Status, Channel], int]:
    """How many of the reminders that are due from `since` and before `until` stand where, by channel."""
    standing = (
        select(ReminderRow.status, ReminderRow.channel, func.count())
        .select_from(ClinicRow)
        .join(
            ReminderRow,
            (ReminderRow.clinic_id == ClinicRow.id) & (ReminderRow.due_at >= since) & (ReminderRow.due_at < until),
        )
        .group_by(ReminderRow.status, ReminderRow.channel)
    )
    return {(row[0], row[1]): row[2] for row in db.execute(standing)}
