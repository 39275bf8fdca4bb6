"""Reminders that wait for a provider's answer, and what the answer makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from scheduler.domain.delivery.aftermath import STOPPED_BY_A_PERSON, Next, Once, Posted
from scheduler.domain.delivery.reminders import Status, sources
from scheduler.domain.people.patients import Channel
from scheduler.storage.among import among_given
from scheduler.storage.attempts import AttemptRow, Tells, read_told
from scheduler.storage.bundles import leave
from scheduler.storage.database import Db
from scheduler.storage.reminders import ANEW, ReminderRow, move
from scheduler.storage.told_dates import Told, add_told_dates

_SETTLED_BY_ANSWER = frozenset({Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting(Posted):
    """A reminder on its way, with the try that is open."""

    attempt_id: str
    first_attempt_id: str
    """The first with this very message: itself, but for a repetition."""
    clinic_id: str
    patient_id: str
    sender_id: str
    told: tuple[Tells, ...]
    """What the message tells if it went."""
    status: Status
    raised_at: datetime | None
    """When staff were asked to see to it."""


def awaiting(db: Db, attempt_ids: set[str]) -> dict[str, Awaiting]:
    """By attempt, those whose reminder an answer can still settle."""
    rows = db.execute(_AWAITING, {"attempts": attempt_ids}) if attempt_ids else ()
    return {
        row.attempt_id: Awaiting(
            attempt_id=row.attempt_id,
            first_attempt_id=row.repeats or row.attempt_id,
            sender_id=row.sender_id,
            told=read_told(row.told),
            reminder_id=row.id,
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Another way that a reminder goes from now on."""

    channel: Channel
    sender_id: str
    tried: tuple[Channel, ...]
    """The channels that could not bring it there."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer makes of a reminder."""

    waiting: Awaiting
    following: Next
    way: Way | None = None
    """For one that goes by another channel."""


def way_values(following: Next, way: Way | None, *, attempt_id: str) -> dict[str, Any]:
    """What a step stores beside the status and its reason, by column.

    `attempt_id` is the first one with the message that a repetition goes with.
    """
    values: dict[str, Any] = {}
    if following.next_at is not None:
        values["next_at"] = following.next_at
    if not following.counts:
        values["tries"] = ReminderRow.tries - 1
    if following.once is Once.RESEND:
        values["resends"] = ReminderRow.resends + 1
    if following.once is Once.REPEAT:
        values["repeats"] = attempt_id
    if way is not None:
        tried = [channel.value for channel in way.tried]
        values |= {**ANEW, "channel": way.channel, "sender_id": way.sender_id, "tried_channels": tried}
    return values


def settle(db: Db, answered: list[Settled], *, now: datetime) -> None:
    """Store what answers make of their reminders, those of one kind in one statement.

    Where the table of moves says that an answer came too late for that, nothing is stored.
    """
    alike: dict[tuple[Next, Way | None, str], list[Awaiting]] = defaultdict(list)
    for one in answered:
        own = one.waiting.first_attempt_id if one.following.once is Once.REPEAT else ""
        alike[one.following, one.way, own].append(one.waiting)
    for (following, way, own), waiting in alike.items():
        _settle_alike(db, waiting, following, way_values(following, way, attempt_id=own), now=now)


def _settle_alike(db: Db, waiting: list[Awaiting], following: Next, values: dict[str, Any], *, now: datetime) -> None:
    after, reason = following.status, following.reason
    if after is Status.SENT:
        values["sent_at"] = now
    ids = {one.reminder_id for one in waiting}
    stopped = after is Status.CANCELLED and reason == STOPPED_BY_A_PERSON
    only_from = _settled_from(after)
    moved = move(db, ids, after, reason=reason, now=now, only_from=only_from, values=values, alone=stopped)
    if stopped:
        _go_on_without(db, moved, now)
    elif after is Status.SCHEDULED:
        end_stopped(db, moved, now)
    if after is Status.SENT:
        add_told_dates(db, _told((one for one in waiting if one.reminder_id in moved), now), now=now)


def _settled_from(after: Status) -> frozenset[Status]:
    """What an answer may move there: one that is unknown only forward, as a person was asked to see to it."""
    found = _SETTLED_BY_ANSWER & sources(after)
    return found if after is Status.SENT else found - {Status.UNKNOWN}


def _go_on_without(db: Db, stopped: set[str], now: datetime) -> None:
    """What went as one message with a reminder that was stopped meanwhile waits again."""
    others = set(db.scalars(select(ReminderRow.id).where(ReminderRow.bundled_into.in_(stopped))))
    if others:
        values = {"next_at": now}
        only_from = _settled_from(Status.SCHEDULED)
        move(db, others, Status.SCHEDULED, reason="bundle", now=now, only_from=only_from, values=values)
        leave(db, stopped)


def end_stopped(db: Db, waiting: set[str], now: datetime) -> None:
    """End those that somebody stopped while they were on their way, and that wait to go again."""
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


def superseded(db: Db, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts after which another was made for the same reminder."""
    if not attempt_ids:
        return set()
    later = aliased(AttemptRow)
    newer = select(later.id).where(
        later.reminder_id == AttemptRow.reminder_id, later.started_at > AttemptRow.started_at
    )
    return set(db.scalars(select(AttemptRow.id).where(AttemptRow.id.in_(attempt_ids), newer.exists())))


_PLAIN = (
    "clinic_id",
    "patient_id",
    "channel",
    "kind",
    "status",
    "tries",
    "resends",
    "useful_until",
    "stop_asked",
    "raised_at",
)
_COLUMNS = ("id", *_PLAIN)
_AWAITING = (
    select(
        AttemptRow.id.label("attempt_id"),
        AttemptRow.sender_id,
        AttemptRow.told,
        AttemptRow.repeats,
        *(getattr(ReminderRow, name) for name in _COLUMNS),
    )
    .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
    .where(among_given(AttemptRow.id, "attempts"), ReminderRow.status.in_(_SETTLED_BY_ANSWER))
)
