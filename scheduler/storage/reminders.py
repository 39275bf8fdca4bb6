"""Reminders: the table, and what planning and people do to it. Claiming and sending are in modules of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Row,
    SQLColumnExpression,
    String,
    UniqueConstraint,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningUpdate

from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.reasons import from_stored, to_stored
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.timing import Intent
from scheduler.domain.delivery.reminders import Identity, Kind, Status, check_move, sources
from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Channel
from scheduler.storage.among import among_given
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Json, Owned, Words, key, new_id

NOTE = "reminder.note"
_WAITING = "status = 'scheduled' AND bundled_into IS NULL"
_OPEN = "status IN ('scheduled', 'held', 'claimed')"
_LOST = "status IN ('failed', 'undelivered', 'unknown', 'in_doubt')"
TO_RAISE = (
    "(status = 'unknown' OR (kind = 'safety' AND status IN ('failed', 'undelivered', 'expired')))"
    " AND (raised_at IS NULL OR raised_at < status_at)"
)
_DOUBT = "status = 'in_doubt'"
_FOLLOWS = "bundled_into IS NOT NULL"


class ReminderRow(Owned, Base):
    """One planned message of one rule to one patient."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        UniqueConstraint("session_id", "rule", "occurrence"),
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        ForeignKeyConstraint(["clinic_id", "session_id"], ["sessions.clinic_id", "sessions.id"]),
        ForeignKeyConstraint(["clinic_id", "version_id"], ["protocol_versions.clinic_id", "protocol_versions.id"]),
        ForeignKeyConstraint(["clinic_id", "bundled_into"], ["reminders.clinic_id", "reminders.id"]),
        # claims.claim: gives the order, so that a claim costs what can go now and not what is pending.
        Index(
            "ix_reminders_waiting",
            "sender_id",
            "rank",
            "next_at",
            "id",
            postgresql_where=text(_WAITING),
            sqlite_where=text(_WAITING),
        ),
        # stale.release_leases
        Index(
            "ix_reminders_leased",
            "lease_until",
            postgresql_where=text("status = 'claimed'"),
            sqlite_where=text("status = 'claimed'"),
        ),
        # stale.expire
        Index("ix_reminders_open", "useful_until", postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
        # outbox.listed; outbox_list counts and picks its pages from it alone
        Index("ix_reminders_clinic", "clinic_id", "due_at", "id", "status", "status_reason", "channel"),
        Index("ix_reminders_patient", "patient_id"),  # known_of
        # today.lost_messages
        Index("ix_reminders_lost", "clinic_id", "status_at", postgresql_where=text(_LOST), sqlite_where=text(_LOST)),
        # lost.to_raise
        Index("ix_reminders_to_raise", "status_at", postgresql_where=text(TO_RAISE), sqlite_where=text(TO_RAISE)),
        # backlog.doubts
        Index("ix_reminders_in_doubt", "status_at", postgresql_where=text(_DOUBT), sqlite_where=text(_DOUBT)),
        # move and claims.claim: followers go with their lead. Few rows are one, and SQLite must not look leads up here.
        Index("ix_reminders_bundle", "bundled_into", postgresql_where=text(_FOLLOWS), sqlite_where=text(_FOLLOWS)),
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    version_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    rule: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[int]
    kind: Mapped[Kind] = mapped_column(Words(Kind))
    rank: Mapped[int]
    template: Mapped[str] = mapped_column(String(64))
    topic_ends: Mapped[dict[str, str]] = mapped_column(Json)
    channel: Mapped[Channel] = mapped_column(Words(Channel))
    channels: Mapped[list[str]] = mapped_column(Json)
    sender_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("senders.id"))
    intent_day: Mapped[date | None]
    intent_time: Mapped[time | None]
    intent_zone: Mapped[str | None] = mapped_column(String(64))
    intended_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """What was promised; retries leave it."""
    next_at: Mapped[datetime]
    """When to try."""
    useful_until: Mapped[datetime]
    bundled_into: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    status: Mapped[Status] = mapped_column(Words(Status))
    status_reason: Mapped[str | None] = mapped_column(String(200))
    status_at: Mapped[datetime]
    touched_by: Mapped[str | None] = mapped_column(String(200))
    note_sealed: Mapped[bytes | None]
    """What the person who touched it gave as the reason."""
    stop_asked: Mapped[bool] = mapped_column(default=False)
    """Somebody cancelled it while it was on its way: if it turns out not sent, it ends there."""
    claim_token: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    resends: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often its text went again because the network had lost it."""
    tried_channels: Mapped[list[str] | None] = mapped_column(Json)
    """Channels that could not bring it there; it goes by none of them again unless a person sends it."""
    repeats: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The attempt whose message goes once more just as it was, as nobody knows whether it went."""
    raised_at: Mapped[datetime | None]
    """When staff were asked to see to it, as it did not reach the patient."""
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def add_reminder(
    db: Db, planned: PlannedReminder, *, patient_id: str, version_id: str, sender_id: str, now: datetime
) -> str:
    """Store a planned reminder and give its id."""
    row = ReminderRow(
        id=new_id(),
        clinic_id=db.clinic_id,
        patient_id=patient_id,
        session_id=planned.identity.session_id,
        rule=planned.identity.rule,
        occurrence=planned.identity.occurrence,
        status=Status.SCHEDULED,
        status_at=now,
        created_at=now,
        **planned_values(planned, version_id=version_id, sender_id=sender_id),
    )
    db.add(row)
    return row.id


def move(
    db: Db,
    ids: set[str],
    after: Status,
    *,
    reason: str | None,
    now: datetime,
    only_from: frozenset[Status] | None = None,
    values: Mapping[str, Any] | None = None,
    alone: bool = False,
) -> set[str]:
    """Move reminders, with the followers of their bundle unless `alone`, and give the ids of those that moved.

    Those whose status does not allow the move (or isn't among `only_from`) are left alone: the caller that
    misses one has lost it to somebody else. One that stays held keeps the reason for it.
    """
    allowed = sources(after) if only_from is None else only_from
    for before in allowed:
        check_move(before, after)
    told: dict[str, Any] = {} if allowed == {after} else {"status_reason": reason}
    freed: dict[str, Any] = {} if after is Status.CLAIMED else {"claim_token": None, "lease_until": None}
    new = {"status": after, "status_at": now, **told, **freed, **(values or {})}
    made = {name: value for name, value in new.items() if isinstance(value, SQLColumnExpression)}
    plain = {f"new_{name}": value for name, value in new.items() if name not in made}
    statement = _moving(frozenset(allowed), tuple(plain), alone=alone)
    return set(db.scalars(statement.values(made) if made else statement, {"ids": ids, **plain}))


@lru_cache(maxsize=256)
def _moving(allowed: frozenset[Status], names: tuple[str, ...], *, alone: bool) -> ReturningUpdate[str]:
    """The statement by which reminders move, made once for all moves that store the same columns."""
    chosen = among_given(ReminderRow.id, "ids")
    with_followers = chosen | among_given(ReminderRow.bundled_into, "ids")
    return (
        update(ReminderRow)
        .where(chosen if alone else with_followers, ReminderRow.status.in_(allowed))
        .values({name.removeprefix("new_"): bindparam(name) for name in names})
        .returning(ReminderRow.id)
        .execution_options(synchronize_session=False)
    )


ANEW: Mapping[str, Any] = {"tries": 0, "resends": 0, "tried_channels": None, "repeats": None}
"""What a reminder has of itself that a person sends again: none of what was tried before counts."""


def known_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[KnownReminder, ...]]:
    """Stored reminders by patient."""
    found: dict[str, list[KnownReminder]] = defaultdict(list)
    for row in db.execute(select(*_KNOWN).where(ReminderRow.patient_id.in_(patient_ids))):
        found[row.patient_id].append(_known(row))
    return {patient_id: tuple(known) for patient_id, known in found.items()}


def get_known(db: Db, reminder_id: str) -> KnownReminder:
    """One stored reminder. Raises NotFound."""
    row = db.execute(select(*_KNOWN).where(ReminderRow.id == reminder_id)).first()
    if row is None:
        raise NotFound("reminder", reminder_id)
    return _known(row)


def planned_values(planned: PlannedReminder, *, version_id: str, sender_id: str) -> dict[str, Any]:
    """What a plan says of a reminder, by column."""
    intent = planned.intent
    return {
        "version_id": version_id,
        "kind": planned.kind,
        "rank": planned.kind.rank,
        "template": planned.template,
        "topic_ends": {topic: end.isoformat() for topic, end in planned.topic_ends.items()},
        "channel": planned.channel,
        "channels": [channel.value for channel in planned.channels],
        "sender_id": sender_id,
        "intent_day": intent.day if intent else None,
        "intent_time": intent.at if intent else None,
        "intent_zone": intent.zone if intent else None,
        "intended_at": planned.intended_at,
        "due_at": planned.due_at,
        "next_at": planned.due_at,
        "useful_until": planned.useful_until,
        "repeats": None,
        "reasons": to_stored(planned.reasons),
    }


_KNOWN = (
    ReminderRow.patient_id,
    ReminderRow.id,
    ReminderRow.session_id,
    ReminderRow.rule,
    ReminderRow.occurrence,
    ReminderRow.kind,
    ReminderRow.status,
    ReminderRow.channel,
    ReminderRow.due_at,
    ReminderRow.useful_until,
    ReminderRow.intended_at,
    ReminderRow.intent_day,
    ReminderRow.intent_time,
    ReminderRow.intent_zone,
    ReminderRow.topic_ends,
    ReminderRow.created_at,
    ReminderRow.touched_by,
    ReminderRow.sent_at,
    ReminderRow.bundled_into,
    ReminderRow.reasons,
)
"""What planning asks of a reminder: columns alone, as a patient has many rows and each may be read for every plan."""


def _known(row: Row[Any]) -> KnownReminder:
    intent = None
    if row.intent_day is not None and row.intent_time is not None and row.intent_zone is not None:
        intent = Intent(day=row.intent_day, at=row.intent_time, zone=row.intent_zone)
    return KnownReminder(
        id=row.id,
        identity=Identity(row.session_id, row.rule, row.occurrence),
        kind=row.kind,
        status=row.status,
        channel=row.channel,
        due_at=row.due_at,
        useful_until=row.useful_until,
        intended_at=row.intended_at,
        intent=intent,
        topic_ends=read_ends(row.topic_ends),
        planned_at=row.created_at,
        touched=row.touched_by is not None,
        sent_at=row.sent_at,
        bundled_into=row.bundled_into,
        reasons=from_stored(row.reasons),
    )


def read_ends(stored: Mapping[str, str]) -> dict[str, datetime]:
    """Ends of topics as instants again."""
    return {topic: datetime.fromisoformat(end) for topic, end in stored.items()}
