"""Reminders that wait for a provider's answer, and what the answer makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from scheduler.domain.delivery.reminders import Status, sources
from scheduler.domain.people.patients import Channel
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, move, read_ends
from scheduler.storage.told_dates import Told, add_told_dates

_SETTLED_BY_ANSWER = frozenset({Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A reminder on its way, with the try that is open."""

    attempt_id: str
    reminder_id: str
    clinic_id: str
    patient_id: str
    sender_id: str
    told_until: datetime | None
    """The end that the message named; None where it named none."""
    channel: Channel
    status: Status
    tries: int
    useful_until: datetime
    stop_asked: bool
    topic_ends: dict[str, datetime]


def awaiting(db: Db, attempt_ids: set[str]) -> dict[str, Awaiting]:
    """By attempt, those whose reminder an answer can still settle."""
    rows = db.execute(
        select(
            AttemptRow.id.label("attempt_id"),
            AttemptRow.sender_id,
            AttemptRow.told_until,
            *(getattr(ReminderRow, name) for name in _COLUMNS),
        )
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
        .where(AttemptRow.id.in_(attempt_ids), ReminderRow.status.in_(_SETTLED_BY_ANSWER))
    )
    return {
        row.attempt_id: Awaiting(
            attempt_id=row.attempt_id,
            sender_id=row.sender_id,
            told_until=row.told_until,
            reminder_id=row.id,
            topic_ends=read_ends(row.topic_ends),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer makes of a reminder."""

    waiting: Awaiting
    after: Status
    reason: str | None
    next_at: datetime | None
    """When it is tried again, for one that waits again."""


def settle(db: Db, answered: list[Settled], *, now: datetime) -> None:
    """Store what answers make of their reminders, those of one kind in one statement.

    Where the table of moves says that an answer came too late for that, nothing is stored.
    """
    alike: dict[tuple[Status, str | None, datetime | None], list[Awaiting]] = defaultdict(list)
    for one in answered:
        alike[one.after, one.reason, one.next_at].append(one.waiting)
    for (after, reason, next_at), waiting in alike.items():
        values: dict[str, Any] = {"next_at": next_at} if next_at else {"sent_at": now} if after is Status.SENT else {}
        ids = {one.reminder_id for one in waiting}
        only_from = _SETTLED_BY_ANSWER & sources(after)
        moved = move(db, ids, after, reason=reason, now=now, only_from=only_from, values=values)
        if after is Status.SENT:
            add_told_dates(db, _told((one for one in waiting if one.reminder_id in moved), now), now=now)


def _told(sent: Iterable[Awaiting], now: datetime) -> Iterator[Told]:
    """The date that each message named, for every topic of it that still held."""
    for one in sent:
        for topic, end in one.topic_ends.items():
            if one.told_until is not None and end > now:
                yield Told(one.clinic_id, one.patient_id, one.reminder_id, topic, one.told_until)


_PLAIN = ("clinic_id", "patient_id", "channel", "status", "tries", "useful_until", "stop_asked")
_COLUMNS = ("id", *_PLAIN, "topic_ends")
