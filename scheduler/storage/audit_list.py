"""The audit as a list, newest first, narrowed by who did what to what and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, tuple_

from scheduler.storage.audit import AuditRow, Entry, sentence_of
from scheduler.storage.database import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """Which entries a list is about; what is None doesn't narrow it."""

    subject: str | None = None
    actor: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    """Not itself included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry(Entry):
    """An entry with its place in the clinic's chain; None until it is sealed."""

    sequence: int | None


def listed_entries(
    db: Db, wanted: WantedEntries, *, after: tuple[datetime, str] | None = None, limit: int
) -> list[ListedEntry]:
    """The clinic's entries, newest first, those behind `after` only."""
    chosen = select(AuditRow).where(*_conditions(wanted)).order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit)
    if after is not None:
        chosen = chosen.where(tuple_(AuditRow.at, AuditRow.id) < after)
    return [
        ListedEntry(
            id=row.id,
            at=row.at,
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            sentence=sentence_of(db, row),
            sequence=row.sequence,
        )
        for row in db.scalars(chosen)
    ]


def _conditions(wanted: WantedEntries) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.subject is not None:
        conditions.append(AuditRow.subject == wanted.subject)
    if wanted.actor is not None:
        conditions.append(AuditRow.actor == wanted.actor)
    if wanted.since is not None:
        conditions.append(AuditRow.at >= wanted.since)
    if wanted.before is not None:
        conditions.append(AuditRow.at < wanted.before)
    return conditions
