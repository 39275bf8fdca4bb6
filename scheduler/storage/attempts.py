"""Attempts: one try each to hand a message over, stored before the provider is called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.types import ID_LENGTH, Base, Json, Owned, Words, key

BODY = "attempt.body"
_SUBJECT = "attempt.subject"
TO = "attempt.to"


class Ending(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class AttemptRow(Owned, Base):
    """One try to hand a reminder's message to a provider."""

    __tablename__ = "attempts"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "reminder_id"], ["reminders.clinic_id", "reminders.id"]),
        UniqueConstraint("sender_id", "provider_id"),
        Index("ix_attempts_reminder", "reminder_id"),
        # overdue
        Index(
            "ix_attempts_open",
            "deadline_at",
            postgresql_where=text("ending IS NULL"),
            sqlite_where=text("ending IS NULL"),
        ),
        # receipts.to_ask
        Index(
            "ix_attempts_to_ask",
            "ask_at",
            postgresql_where=text("ask_at IS NOT NULL"),
            sqlite_where=text("ask_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = key()
    reminder_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sender_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("senders.id"))
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    to_sealed: Mapped[bytes]
    subject_sealed: Mapped[bytes | None]
    body_sealed: Mapped[bytes]
    ending: Mapped[Ending | None] = mapped_column(Words(Ending))
    """None while no answer is stored."""
    ended_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(500))
    provider_id: Mapped[str | None] = mapped_column(String(100))
    parts: Mapped[int | None]
    provider_status: Mapped[str | None] = mapped_column(String(30))
    """The provider's own later word, of several the one that went furthest."""
    reported_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    """When the provider is asked what became of it; None: nothing more to ask, or it calls back."""
    asks: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was asked in vain whether it has this one, whose answer was lost."""
    repeats: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The first attempt with this very message, where it is not the first."""
    told: Mapped[list[dict[str, str]] | None] = mapped_column(Json)
    """What the message tells, if it arrives; of each reminder and topic in it the end, and the end that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tells:
    """The end that a message names for one topic of one of its reminders."""

    reminder_id: str
    topic: str
    end: datetime
    """The topic's own."""
    until: datetime
    """The one that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """What is stored of a try before it is made."""

    id: str
    clinic_id: str
    reminder_id: str
    sender_id: str
    deadline_at: datetime
    to: str
    subject: str | None
    body: str
    parts: int | None
    told: tuple[Tells, ...] = ()
    repeats: str | None = None
    """The first attempt with this very message, where it goes once more."""


def add_attempts(db: Db, new: list[NewAttempt], *, now: datetime) -> None:
    """Store tries that are about to be made, in one statement."""
    if new:
        db.connection().execute(_ADDED, [_values(db, attempt, now) for attempt in new])


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAttempt:
    """How a try ended."""

    id: str
    ending: Ending
    code: str | None
    reason: str | None
    provider_id: str | None
    parts: int | None = None
    """As the provider counted them; None leaves what was counted here."""
    ask_at: datetime | None = None


def end_attempts(db: Db, ended: list[EndedAttempt], *, now: datetime) -> None:
    """Store how tries ended, in one statement; a later answer replaces an unknown one and nothing else."""
    if not ended:
        return
    rows = [
        {
            "attempt_id": one.id,
            "new_ended_at": now,
            "new_ending": one.ending,
            "new_code": one.code,
            "new_reason": one.reason,
            "new_provider_id": one.provider_id,
            "new_parts": one.parts,
            "new_ask_at": one.ask_at,
        }
        for one in ended
    ]
    db.connection().execute(_ENDED, rows)


_OTHER = aliased(AttemptRow)
_NEW_ID = bindparam("new_provider_id", type_=String)
# An id that another attempt took while this one's answer was lost stays there: refusing the answer would keep the
# process from storing any that come after it.
_FREE_ID = case(
    (
        select(_OTHER.id)
        .where(_OTHER.sender_id == AttemptRow.sender_id, _OTHER.provider_id == _NEW_ID, _OTHER.id != AttemptRow.id)
        .correlate(AttemptRow)
        .exists(),
        null(),
    ),
    else_=_NEW_ID,
)
_ENDED = (
    update(AttemptRow)
    .where(AttemptRow.__table__.c.id == bindparam("attempt_id"))
    .where(AttemptRow.ending.is_(None) | (AttemptRow.ending == Ending.UNKNOWN))
    .values({name: bindparam(f"new_{name}") for name in ("ended_at", "ending", "code", "reason", "ask_at")})
    .values(provider_id=_FREE_ID, parts=func.coalesce(bindparam("new_parts", type_=Integer), AttemptRow.parts))
)
_ADDED = insert(cast("Table", AttemptRow.__table__))
"""Into the table itself: for rows of the class, SQLAlchemy goes through each by itself first."""


def overdue(db: Db, now: datetime, *, limit: int) -> list[tuple[str, str]]:
    """Ids of tries without an answer past their deadline, each with its reminder's."""
    rows = db.execute(
        select(AttemptRow.id, AttemptRow.reminder_id)
        .where(AttemptRow.ending.is_(None), AttemptRow.deadline_at <= now)
        .order_by(AttemptRow.deadline_at)
        .limit(limit)
    )
    return [(row.id, row.reminder_id) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was last handed over, or tried to, for a reminder."""

    to: str
    subject: str | None
    body: str
    reason: str | None


def last_tried(db: Db, reminder_ids: set[str]) -> dict[str, Tried]:
    """The newest try by reminder."""
    rows = db.scalars(
        select(AttemptRow).where(AttemptRow.reminder_id.in_(reminder_ids)).order_by(AttemptRow.started_at)
    )
    return {
        row.reminder_id: Tried(
            to=db.keys.open(row.to_sealed, TO),
            subject=db.keys.open(row.subject_sealed, _SUBJECT) if row.subject_sealed else None,
            body=db.keys.open(row.body_sealed, BODY),
            reason=row.reason,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What an attempt handed over, to be handed over once more just as it was."""

    to: str
    subject: str | None
    body: str
    told: tuple[Tells, ...]


def handed(db: Db, attempt_ids: Collection[str]) -> dict[str, Handed]:
    """By id, what attempts handed over."""
    rows = db.scalars(select(AttemptRow).where(AttemptRow.id.in_(attempt_ids))) if attempt_ids else ()
    return {
        row.id: Handed(
            to=db.keys.open(row.to_sealed, TO),
            subject=db.keys.open(row.subject_sealed, _SUBJECT) if row.subject_sealed else None,
            body=db.keys.open(row.body_sealed, BODY),
            told=read_told(row.told),
        )
        for row in rows
    }


def _told_value(one: Tells) -> dict[str, str]:
    end, until = one.end.isoformat(), one.until.isoformat()
    return {"reminder": one.reminder_id, "topic": one.topic, "end": end, "until": until}


def read_told(stored: list[dict[str, str]] | None) -> tuple[Tells, ...]:
    """What was stored of it."""
    return tuple(
        Tells(
            reminder_id=one["reminder"],
            topic=one["topic"],
            end=datetime.fromisoformat(one["end"]),
            until=datetime.fromisoformat(one["until"]),
        )
        for one in stored or ()
    )


def recipient(db: Db, attempt_id: str, *, channel: Channel) -> tuple[str, str] | None:
    """The clinic and the patient of a message that went by a channel; None if there is no such attempt."""
    row = db.execute(
        select(ReminderRow.clinic_id, ReminderRow.patient_id)
        .join(AttemptRow, AttemptRow.reminder_id == ReminderRow.id)
        .where(AttemptRow.id == attempt_id, ReminderRow.channel == channel)
    ).first()
    return None if row is None else (row.clinic_id, row.patient_id)


def _values(db: Db, attempt: NewAttempt, now: datetime) -> dict[str, object]:
    seal = db.keys.seal
    return {
        "id": attempt.id,
        "clinic_id": attempt.clinic_id,
        "reminder_id": attempt.reminder_id,
        "sender_id": attempt.sender_id,
        "started_at": now,
        "deadline_at": attempt.deadline_at,
        "to_sealed": seal(attempt.to, TO),
        "subject_sealed": seal(attempt.subject, _SUBJECT) if attempt.subject else None,
        "body_sealed": seal(attempt.body, BODY),
        "parts": attempt.parts,
        "told": [_told_value(one) for one in attempt.told],
        "repeats": attempt.repeats,
    }
