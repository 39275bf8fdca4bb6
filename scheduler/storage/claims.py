"""Taking due reminders, giving them back, and the compare-and-set by which only one worker may send each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    select,
    union_all,
    update,
)

from scheduler.domain.delivery.reminders import Kind, Status, check_move
from scheduler.domain.people.patients import Channel
from scheduler.storage.among import among
from scheduler.storage.budgets import begin_turn, charge, has_budget
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, read_ends
from scheduler.storage.senders import SenderRow
from scheduler.storage.types import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A reminder that this worker took and may prepare for sending."""

    id: str
    clinic_id: str
    patient_id: str
    session_id: str
    version_id: str
    kind: Kind
    template: str
    topic_ends: dict[str, datetime]
    channel: Channel
    channels: tuple[Channel, ...]
    """Those that may bring it there; what was of no use already is left out."""
    sender_id: str
    due_at: datetime
    useful_until: datetime
    tries: int
    repeats: str | None
    """The attempt whose message goes once more just as it was."""
    token: str
    followers: tuple[Claimed, ...] = ()
    """Those that go with it as one message."""

    @property
    def members(self) -> tuple[Claimed, ...]:
        """It and its followers."""
        return (self, *self.followers)


def claim(
    db: Db, *, now: datetime, lease_until: datetime, limit: int, leaving_out: Collection[str] = ()
) -> list[Claimed]:
    """Due reminders of the longest-unserved sender that has any, of all but some: most urgent and oldest first.

    They are leased to the caller until `lease_until` under a fresh token, and a part of the sender's budget is taken
    for each. Each (sender, rank) is one range of `ix_reminders_waiting`, so the cost follows what can go now and not
    what is pending, held or over budget.
    """
    return claim_first(db, due_ranks(db, now, leaving_out), now=now, lease_until=lease_until, limit=limit)


def claim_first(
    db: Db, due: Sequence[tuple[str, int]], *, now: datetime, lease_until: datetime, limit: int
) -> list[Claimed]:
    """Due reminders of the first of the senders and ranks that `due_ranks` found in this transaction."""
    if not due:
        return []
    sender_id = due[0][0]
    purse = begin_turn(db, sender_id, now)
    if purse is None:
        return []
    most = purse.most(limit, now)
    token = new_id()
    claimed: list[Claimed] = []
    for _, rank in (pair for pair in due if pair[0] == sender_id):
        if len(claimed) < most:
            room = most - len(claimed)
            claimed += _take(db, sender_id, rank, now=now, lease_until=lease_until, limit=room, token=token)
    charge(db, purse, len(claimed), now)
    return claimed


def release_sender_claims(db: Db, sender_id: str, *, now: datetime) -> int:
    """Give back what workers have claimed for a sender that may send no more; it keeps its place. How many."""
    rows = db.scalars(
        update(ReminderRow)
        .where(ReminderRow.status == Status.CLAIMED, ReminderRow.sender_id == sender_id)
        .values(status=Status.SCHEDULED, status_reason="sender", status_at=now, claim_token=None, lease_until=None)
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(rows))


def next_due(db: Db) -> datetime | None:
    """When the next reminder that waits is to be tried; None if none waits."""
    waiting = select(func.min(ReminderRow.next_at)).where(
        ReminderRow.status == Status.SCHEDULED, ReminderRow.bundled_into.is_(None)
    )
    return db.execute(waiting).scalar()


def waiting_for(now: datetime) -> ColumnElement[bool]:
    """Reminders that could be claimed now, if their sender may: leads that wait and are due."""
    return and_(
        ReminderRow.next_at <= now,
        ReminderRow.status == literal(Status.SCHEDULED.value, literal_execute=True),
        ReminderRow.bundled_into.is_(None),
    )


def due_ranks(db: Db, now: datetime, leaving_out: Collection[str] = ()) -> list[tuple[str, int]]:
    """(sender, rank) pairs that have due reminders, the longest-unserved sender first, then by rank."""
    ranks = union_all(*(select(literal(kind.rank, Integer).label("rank")) for kind in Kind)).cte("ranks")
    # The first one alone, and not whether there is one: PostgreSQL would turn that into a join with all that waits.
    first = select(ReminderRow.id).where(_waiting(SenderRow.id, ranks.c.rank, now)).limit(1)
    due = first.correlate(SenderRow, ranks).scalar_subquery().is_not(None)
    rows = db.execute(
        select(SenderRow.id, ranks.c.rank)
        .select_from(SenderRow)
        .join(ranks, literal(1) == 1)
        .where(SenderRow.held_at.is_(None), ~among(SenderRow.id, leaving_out), has_budget(now), due)
        .order_by(SenderRow.served_at.asc().nulls_first(), SenderRow.id, ranks.c.rank)
    )
    return [(row.id, row.rank) for row in rows]


def _take(
    db: Db, sender_id: str, rank: int, *, now: datetime, lease_until: datetime, limit: int, token: str
) -> list[Claimed]:
    """The leads taken, oldest first; their followers are taken with them."""
    picked = locked(
        select(ReminderRow.id)
        .where(_waiting(literal(sender_id), literal(rank), now))
        .order_by(ReminderRow.next_at, ReminderRow.id)
        .limit(limit),
        "picked",
    )
    # Two look-ups by index: with an OR between two subqueries, PostgreSQL reads the whole table.
    following = (
        select(ReminderRow.id)
        .join(picked, ReminderRow.bundled_into == picked.c.id)
        .where(ReminderRow.status == Status.SCHEDULED)
    )
    taken = union_all(select(picked.c.id), following).cte("taken")
    rows = db.execute(
        update(ReminderRow)
        .where(ReminderRow.id.in_(select(taken.c.id)))
        .values(
            status=Status.CLAIMED,
            status_reason=None,
            status_at=now,
            claim_token=token,
            lease_until=lease_until,
        )
        .returning(*(getattr(ReminderRow, name) for name in _COLUMNS))
        .execution_options(synchronize_session=False)
    )
    leads: list[Row[Any]] = []
    followers: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        (leads if row.bundled_into is None else followers[row.bundled_into]).append(row)
    leads.sort(key=lambda row: (row.next_at, row.id))
    return [_claimed(lead, sorted(followers.get(lead.id, ()), key=_place)) for lead in leads]


def _waiting(sender_id: SQLColumnExpression[str], rank: SQLColumnExpression[int], now: datetime) -> ColumnElement[bool]:
    return and_(ReminderRow.sender_id == sender_id, ReminderRow.rank == rank, waiting_for(now))


def ours(chosen: ColumnElement[bool], token: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Those of the chosen that this claim still holds."""
    return and_(chosen, ReminderRow.status == Status.CLAIMED, ReminderRow.claim_token == token)


def locked(chosen: Select[Any], name: str) -> CTE:
    """The rows chosen, locked, skipping what another worker holds (SQLite has one writer and needs no locks).

    A CTE of its own: the planner may run an inlined one once a row, and lock more than the limit.
    """
    return chosen.with_for_update(skip_locked=True).cte(name)


def _place(row: Row[Any]) -> tuple[int, datetime, str]:
    """The order in which the messages of a bundle are read."""
    return row.kind.rank, row.intended_at, row.id


def _claimed(row: Row[Any], followers: Iterable[Row[Any]] = ()) -> Claimed:
    return Claimed(
        token=row.claim_token,
        topic_ends=read_ends(row.topic_ends),
        channels=tuple(Channel(channel) for channel in row.channels if channel not in (row.tried_channels or ())),
        followers=tuple(_claimed(follower) for follower in followers),
        **dict(zip(_PLAIN, row, strict=False)),
    )


_PLAIN = (
    "id",
    "clinic_id",
    "patient_id",
    "session_id",
    "version_id",
    "kind",
    "template",
    "channel",
    "sender_id",
    "due_at",
    "useful_until",
    "tries",
    "repeats",
)
"""First of the columns that are read, and named as what they become."""
_COLUMNS = (
    *_PLAIN,
    "topic_ends",
    "channels",
    "tried_channels",
    "claim_token",
    "bundled_into",
    "next_at",
    "intended_at",
)


def settle_claim(
    db: Db,
    claim: Claimed,
    after: Status,
    *,
    reason: str | None,
    now: datetime,
    next_at: datetime | None = None,
    values: Mapping[str, Any] | None = None,
) -> bool:
    """End a claim without sending; False if it was taken away meanwhile."""
    check_move(Status.CLAIMED, after)
    later = {} if next_at is None else {"next_at": next_at}
    rows = db.scalars(
        update(ReminderRow)
        .where(ours((ReminderRow.id == claim.id) | (ReminderRow.bundled_into == claim.id), claim.token))
        .values(
            status=after,
            status_reason=reason,
            status_at=now,
            claim_token=None,
            lease_until=None,
            **later,
            **(values or {}),
        )
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )
    return rows.first() is not None
