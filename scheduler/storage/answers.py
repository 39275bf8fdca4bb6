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
from scheduler.storage.attempts import AttemptRow, Tells, read_told
from scheduler.storage.bundles import leave
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, move
from scheduler.storage.told_dates import Told, add_told_dates

STOPPED_BY_A_PERSON = "person"
"""Why a reminder is cancelled that somebody stopped while it was on its way, and that turned out not sent."""
_SETTLED_BY_ANSWER = frozenset({Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A reminder on its way, with the try that is open."""

    attempt_id: str
    reminder_id: str
    clinic_id: str
    patient_id: str
    sender_id: str
    told: tuple[Tells, ...]
    """What the message tells if it went."""
    channel: Channel
    status: Status
    tries: int
    useful_until: datetime
    stop_asked: bool


def awaiting(db: Db, attempt_ids: set[str]) -> dict[str, Awaiting]:
    """By attempt, those whose reminder an answer can still settle."""
    rows = db.execute(
        select(
            AttemptRow.id.label("attempt_id"),
            AttemptRow.sender_id,
            AttemptRow.told,
            *(getattr(ReminderRow, name) for name in _COLUMNS),
        )
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
        .where(AttemptRow.id.in_(attempt_ids), ReminderRow.status.in_(_SETTLED_BY_ANSWER))
    )
    return {
        row.attempt_id: Awaiting(
            attempt_id=row.attempt_id,
            sender_id=row.sender_id,
            told=read_told(row.told),
            reminder_id=row.id,
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
        stopped = after is Status.CANCELLED and reason == STOPPED_BY_A_PERSON
        moved = move(db, ids, after, reason=reason, now=now, only_from=only_from, values=values, alone=stopped)
        if stopped:
            _go_on_without(db, moved, now)
        elif after is Status.SCHEDULED:
            _stop_asked_among(db, moved, now)
        if after is Status.SENT:
            add_told_dates(db, _told((one for one in waiting if one.reminder_id in moved), now), now=now)


def _go_on_without(db: Db, stopped: set[str], now: datetime) -> None:
    """What went as one message with a reminder that was stopped meanwhile waits again."""
    others = set(db.scalars(select(ReminderRow.id).where(ReminderRow.bundled_into.in_(stopped))))
    if others:
        values = {"next_at": now}
        move(db, others, Status.SCHEDULED, reason="bundle", now=now, only_from=_SETTLED_BY_ANSWER, values=values)
        leave(db, stopped)


def _stop_asked_among(db: Db, waiting: set[str], now: datetime) -> None:
    """End those of a bundle that somebody stopped while it was on its way."""
    asked = select(ReminderRow.id).where(ReminderRow.id.in_(waiting), ReminderRow.stop_asked.is_(True))
    stopped = set(db.scalars(asked))
    if stopped:
        only_from = frozenset({Status.SCHEDULED})
        reason = STOPPED_BY_A_PERSON
        move(db, stopped, Status.CANCELLED, reason=reason, now=now, only_from=only_from, alone=True)
        leave(db, stopped)


def _told(sent: Iterable[Awaiting], now: datetime) -> Iterator[Told]:
    """The date that each message named, for every topic of it that still held."""
    for one in sent:
        for told in one.told:
            if told.end > now:
                yield Told(one.clinic_id, one.patient_id, told.reminder_id, told.topic, told.until)


_PLAIN = ("clinic_id", "patient_id", "channel", "status", "tries", "useful_until", "stop_asked")
_COLUMNS = ("id", *_PLAIN)
