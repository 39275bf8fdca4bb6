"""What providers say of messages later: the attempts that it is about, and those to ask about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, func, select, tuple_, update

from scheduler.domain.delivery.aftermath import Posted
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Posted):
    """An attempt that a receipt is about, with the reminder it was made for."""

    attempt_id: str
    clinic_id: str
    patient_id: str
    sender_id: str
    provider_id: str | None
    """None while no answer, or none that settled it, is stored."""
    answered: bool
    """Whether an answer is stored that settled it."""
    status: Status
    """The reminder's."""
    newest: bool
    """Whether no later attempt was made for the reminder."""


def reported(db: Db, attempt_ids: Collection[str]) -> dict[str, Reported]:
    """By id, those of the attempts that are stored; their reminders are locked until the end of the transaction."""
    last = (
        select(AttemptRow.reminder_id, func.max(AttemptRow.started_at).label("started_at"))
        .where(AttemptRow.reminder_id.in_(select(AttemptRow.reminder_id).where(AttemptRow.id.in_(attempt_ids))))
        .group_by(AttemptRow.reminder_id)
        .subquery()
    )
    rows = db.execute(
        _about()
        .add_columns((AttemptRow.started_at == last.c.started_at).label("newest"))
        .join(last, last.c.reminder_id == AttemptRow.reminder_id)
        .where(AttemptRow.id.in_(attempt_ids))
        .with_for_update(of=ReminderRow)
    )
    return {
        row.attempt_id: Reported(
            attempt_id=row.attempt_id,
            answered=row.ending not in {None, Ending.UNKNOWN},
            newest=bool(row.newest),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    }


def _about() -> Select[tuple[str, Ending | None]]:
    columns = (AttemptRow.provider_id, AttemptRow.sender_id, AttemptRow.reminder_id)
    names = ("clinic_id", "patient_id", "channel", "status", "kind", "tries", "resends", "useful_until", "stop_asked")
    more = (getattr(ReminderRow, name) for name in names)
    return (
        select(AttemptRow.id.label("attempt_id"), AttemptRow.ending)
        .add_columns(*columns, *more)
        .join(ReminderRow, ReminderRow.id == AttemptRow.reminder_id)
    )


_PLAIN = (
    "clinic_id",
    "patient_id",
    "reminder_id",
    "sender_id",
    "channel",
    "provider_id",
    "status",
    "kind",
    "tries",
    "resends",
    "useful_until",
    "stop_asked",
)


def taken_ids(db: Db, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The attempt that each sender and id of the provider's belongs to already."""
    rows = db.execute(
        select(AttemptRow.sender_id, AttemptRow.provider_id, AttemptRow.id).where(
            tuple_(AttemptRow.sender_id, AttemptRow.provider_id).in_(ids)
        )
    )
    return {(row.sender_id, row.provider_id or ""): row.id for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is kept of a receipt beside its attempt."""

    attempt_id: str
    provider_status: str
    code: str | None
    reason: str | None
    ended: bool
    """Whether the provider will say nothing more that counts."""


def keep_reports(db: Db, reports: list[Report], *, now: datetime) -> None:
    """Store the provider's words beside their attempts; after a word that ends it, nobody asks any more."""
    for ended in (False, True):
        rows = [
            {
                "attempt": one.attempt_id,
                "new_status": one.provider_status,
                "new_code": one.code,
                "new_reason": one.reason,
                "new_at": now,
            }
            for one in reports
            if one.ended is ended
        ]
        if not rows:
            continue
        table = AttemptRow.__table__
        statement = (
            update(AttemptRow)
            .where(table.c.id == bindparam("attempt"))
            .values(
                provider_status=bindparam("new_status"),
                code=func.coalesce(bindparam("new_code"), AttemptRow.code),
                reason=func.coalesce(bindparam("new_reason"), AttemptRow.reason),
                reported_at=bindparam("new_at"),
                **({"ask_at": None} if ended else {}),
            )
        )
        db.connection().execute(statement, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAsk:
    """An attempt whose end the provider must be asked for; whether it has it at all is asked in `doubts`."""

    attempt_id: str
    sender_id: str
    provider_id: str
    started_at: datetime


def to_ask(db: Db, now: datetime, *, limit: int) -> list[ToAsk]:
    """Attempts that it is time to ask about, the longest due first; others' are left out while they are asked for."""
    rows = db.execute(
        select(AttemptRow.id, AttemptRow.sender_id, AttemptRow.provider_id, AttemptRow.started_at)
        .where(AttemptRow.ask_at <= now, AttemptRow.provider_id.is_not(None))
        .order_by(AttemptRow.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        ToAsk(attempt_id=row.id, sender_id=row.sender_id, provider_id=row.provider_id or "", started_at=row.started_at)
        for row in rows
    ]


def ask_again(db: Db, times: Mapping[str, datetime | None]) -> None:
    """When to ask about attempts next; None: never again."""
    if not times:
        return
    table = AttemptRow.__table__
    statement = (
        update(AttemptRow).where(table.c.id == bindparam("attempt")).values(ask_at=bindparam("next", type_=_TIME))
    )
    db.connection().execute(statement, [{"attempt": one, "next": at} for one, at in times.items()])


_TIME = AttemptRow.__table__.c.ask_at.type
