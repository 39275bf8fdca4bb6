"""Told dates: what sent messages told patients about the ends of topics."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ForeignKeyConstraint, Index, String, bindparam, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.care.history import ToldDate
from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, read_ends
from scheduler.storage.types import ID_LENGTH, Base, Owned, UtcDateTime, key


class ToldDateRow(Owned, Base):
    """A date that a sent message told a patient for a topic."""

    __tablename__ = "told_dates"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        ForeignKeyConstraint(["clinic_id", "reminder_id"], ["reminders.clinic_id", "reminders.id"]),
        Index("ix_told_dates_patient", "patient_id"),
        Index("ix_told_dates_reminder", "reminder_id"),  # forget_told; the key of a reminder that is removed
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    reminder_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    topic: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    told_at: Mapped[datetime]


class Told(NamedTuple):
    """One date that one message told for one topic."""

    clinic_id: str
    patient_id: str
    reminder_id: str
    topic: str
    until: datetime


def add_told_dates(db: Db, told: Iterable[Told], *, now: datetime) -> None:
    """Keep what sent messages told, in one statement."""
    dialect = db.get_bind().dialect.name
    topics: dict[tuple[str, str, str, datetime], list[str]] = defaultdict(list)
    for one in told:
        topics[one.clinic_id, one.patient_id, one.reminder_id, one.until].append(one.topic)
    if not topics:
        return
    messages = [
        {"clinic": clinic, "patient": patient, "reminder": reminder, "until": _written(until, dialect), "topics": named}
        for (clinic, patient, reminder, until), named in topics.items()
    ]
    db.execute(_ADDED[dialect], {"messages": json.dumps(messages), "now": now})


def _written(at: datetime, dialect: str) -> str:
    """An instant as the database keeps or reads it."""
    utc = at.astimezone(UTC)
    return (utc.replace(tzinfo=None) if dialect == "sqlite" else utc).isoformat(" ", "microseconds")


_NOW = bindparam("now", type_=UtcDateTime())
_ADDED = {
    "sqlite": text(
        "INSERT INTO told_dates (id, clinic_id, patient_id, reminder_id, topic, until, told_at)"
        " SELECT lower(hex(randomblob(16))), json_extract(message.value, '$.clinic'),"
        " json_extract(message.value, '$.patient'), json_extract(message.value, '$.reminder'), topic.value,"
        " json_extract(message.value, '$.until'), :now"
        " FROM json_each(:messages) AS message, json_each(message.value, '$.topics') AS topic"
    ).bindparams(_NOW),
    "postgresql": text(
        "INSERT INTO told_dates (id, clinic_id, patient_id, reminder_id, topic, until, told_at)"
        " SELECT gen_random_uuid(), clinic, patient, reminder, topic, until, :now"
        " FROM jsonb_to_recordset(CAST(:messages AS jsonb))"
        " AS message (clinic text, patient text, reminder text, until timestamptz, topics jsonb),"
        " jsonb_array_elements_text(topics) AS topic"
    ).bindparams(_NOW),
}
"""Rows are made of one parameter, and their ids by the database: a message that tells five dates makes five of them."""


def forget_told(db: Db, reminder_ids: set[str]) -> None:
    """Drop what messages would have told that turned out not to have arrived."""
    db.execute(delete(ToldDateRow).where(ToldDateRow.reminder_id.in_(reminder_ids)))


def told_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[ToldDate, ...]]:
    """What patients were told, by patient, oldest first."""
    columns = select(ToldDateRow.patient_id, ToldDateRow.topic, ToldDateRow.until, ToldDateRow.told_at)
    found: dict[str, list[ToldDate]] = defaultdict(list)
    for row in db.execute(columns.where(ToldDateRow.patient_id.in_(patient_ids)).order_by(ToldDateRow.told_at)):
        found[row.patient_id].append(ToldDate(topic=row.topic, until=row.until, told_at=row.told_at))
    return {patient_id: tuple(dates) for patient_id, dates in found.items()}


class ToldWhere(NamedTuple):
    """A date that a sent message told, and how it went."""

    topic: str
    until: datetime
    """The end that it named, of all that it spoke of the last."""
    own_end: datetime
    """The topic's own."""
    told_at: datetime
    channel: Channel


def told_where(db: Db, patient_id: str) -> list[ToldWhere]:
    """What a patient was told and by which channel, oldest first."""
    rows = db.execute(
        select(ToldDateRow, ReminderRow.channel, ReminderRow.topic_ends)
        .join(ReminderRow, ReminderRow.id == ToldDateRow.reminder_id)
        .where(ToldDateRow.patient_id == patient_id)
        .order_by(ToldDateRow.told_at, ToldDateRow.until, ToldDateRow.topic)
    )
    return [
        ToldWhere(
            topic=told.topic,
            until=told.until,
            own_end=read_ends(ends).get(told.topic, told.until),
            told_at=told.told_at,
            channel=channel,
        )
        for told, channel, ends in rows
    ]
