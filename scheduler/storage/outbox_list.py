"""The outbox as staff read it: a page of messages with whose they are and how their tries went, and their counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_

from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.senders import Provider
from scheduler.domain.delivery.state_words import HOLDS, SENDER_HELD, Word, statuses
from scheduler.domain.people.patients import Channel
from scheduler.storage.attempts import TO, AttemptRow
from scheduler.storage.database import Db
from scheduler.storage.patients import NAME, PatientRow
from scheduler.storage.reminders import NOTE, ReminderRow
from scheduler.storage.senders import SenderRow
from scheduler.storage.sessions import SessionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMessages:
    """Which messages the list is about; what is None doesn't narrow it."""

    start: datetime | None = None
    """From this due time on …"""
    end: datetime | None = None
    """… and before this one."""
    channel: Channel | None = None
    word: Word | None = None
    patient_ids: frozenset[str] | None = None
    """Few of them: they are looked up one by one."""
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message of the list."""

    id: str
    patient_id: str
    patient_name: str
    session_id: str
    session_voided: bool
    version_id: str
    rule: str
    template: str
    kind: Kind
    channel: Channel
    status: Status
    status_reason: str | None
    status_at: datetime
    due_at: datetime
    next_at: datetime
    useful_until: datetime
    sent_at: datetime | None
    bundled_into: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How a message was handed over, as of its last try."""

    count: int
    provider: Provider
    to: str
    code: str | None
    provider_id: str | None
    provider_status: str | None


Place = tuple[datetime, str]
"""Where in the order a message stands: its due time and id."""


def count_by_state(db: Db, wanted: WantedMessages) -> list[tuple[Status, str | None, int]]:
    """How many of the messages stand alike, whichever state is wanted."""
    chosen = select(ReminderRow.status, ReminderRow.status_reason, func.count())
    grouped = chosen.where(*_conditions(wanted)).group_by(ReminderRow.status, ReminderRow.status_reason)
    return [(row[0], row[1], row[2]) for row in db.execute(grouped)]


def rows_of_page(db: Db, wanted: WantedMessages, *, skip: int, most: int, newest_first: bool) -> list[OutboxRow]:
    """A page of the messages in order of due time and id."""
    conditions = [*_conditions(wanted), *_in_state(wanted.word)]
    page = _ordered(select(ReminderRow.id).where(*conditions), newest_first=newest_first).offset(skip).limit(most)
    return rows_by_id(db, list(db.scalars(page)), newest_first=newest_first)


def rows_behind(
    db: Db, wanted: WantedMessages, *, behind: Place | None, most: int, newest_first: bool
) -> list[OutboxRow]:
    """The next of the messages behind a place in the same order, or the first ones."""
    conditions = [*_conditions(wanted), *_in_state(wanted.word)]
    if behind is not None:
        place = tuple_(ReminderRow.due_at, ReminderRow.id)
        conditions.append(place < behind if newest_first else place > behind)
    page = _ordered(select(ReminderRow.id).where(*conditions), newest_first=newest_first).limit(most)
    return rows_by_id(db, list(db.scalars(page)), newest_first=newest_first)


def rows_by_id(db: Db, ids: Collection[str], *, newest_first: bool) -> list[OutboxRow]:
    """Single messages in order of due time and id; those that the clinic doesn't have are left out."""
    # A page is picked from the reminders alone, by their index; whose they are is looked up for these few.
    found = (
        select(*(getattr(ReminderRow, name) for name in _PLAIN), ReminderRow.note_sealed)
        .add_columns(PatientRow.name_sealed, SessionRow.voided_at)
        .join(PatientRow, PatientRow.id == ReminderRow.patient_id)
        .join(SessionRow, SessionRow.id == ReminderRow.session_id)
        .where(ReminderRow.id.in_(ids))
    )
    return [_row(db, row) for row in db.execute(_ordered(found, newest_first=newest_first))]


def _ordered(chosen: Select[Any], *, newest_first: bool) -> Select[Any]:
    if newest_first:
        return chosen.order_by(ReminderRow.due_at.desc(), ReminderRow.id.desc())
    return chosen.order_by(ReminderRow.due_at, ReminderRow.id)


def tries_of(db: Db, reminder_ids: Collection[str]) -> Mapping[str, Tries]:
    """How these reminders were handed over, by reminder; those that were not tried yet are left out."""
    columns = (getattr(AttemptRow, name) for name in (*_TRY, "reminder_id", "to_sealed"))
    chosen = select(*columns, SenderRow.provider).join(SenderRow, SenderRow.id == AttemptRow.sender_id)
    rows = db.execute(chosen.where(AttemptRow.reminder_id.in_(reminder_ids)).order_by(AttemptRow.started_at))
    found: dict[str, Tries] = {}
    for row in rows:
        before = found.get(row.reminder_id)
        found[row.reminder_id] = Tries(
            count=before.count + 1 if before else 1,
            provider=row.provider,
            to=db.keys.open(row.to_sealed, TO),
            **{name: getattr(row, name) for name in _TRY},
        )
    return found


_TRY = ("code", "provider_id", "provider_status")


def _conditions(wanted: WantedMessages) -> list[ColumnElement[bool]]:
    """All but the state."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(ReminderRow.due_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(ReminderRow.due_at < wanted.end)
    if wanted.channel is not None:
        conditions.append(ReminderRow.channel == wanted.channel)
    if wanted.patient_ids is not None:
        conditions.append(ReminderRow.patient_id.in_(wanted.patient_ids))
    if wanted.session_id is not None:
        conditions.append(ReminderRow.session_id == wanted.session_id)
    return conditions


def _in_state(word: Word | None) -> list[ColumnElement[bool]]:
    if word is None:
        return []
    waits = ReminderRow.status == Status.SCHEDULED
    reason = func.coalesce(ReminderRow.status_reason, "")
    kept = or_(reason.in_(HOLDS), reason.startswith(SENDER_HELD))
    if word is Word.PLANNED:
        return [waits, ~kept]
    if word is Word.HELD:
        return [or_(ReminderRow.status == Status.HELD, and_(waits, kept))]
    return [ReminderRow.status.in_(statuses(word))]


_PLAIN = (
    "id",
    "patient_id",
    "session_id",
    "version_id",
    "rule",
    "template",
    "kind",
    "channel",
    "status",
    "status_reason",
    "status_at",
    "due_at",
    "next_at",
    "useful_until",
    "sent_at",
    "bundled_into",
)


def _row(db: Db, row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        patient_name=db.keys.open(row.name_sealed, NAME),
        session_voided=row.voided_at is not None,
        note=db.keys.open(row.note_sealed, NOTE) if row.note_sealed else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )
