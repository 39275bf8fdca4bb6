"""Lists of reminders, a page at a time, and single ones, as staff and other programs see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.services.views import ReminderView, reminder_view
from scheduler.storage import clinics, outbox
from scheduler.storage.database import Db
from scheduler.storage.outbox import Record, Wanted

Place = tuple[datetime, str]
"""Where in the order a reminder stands: its due time and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some reminders by due time, and the place behind which the next ones stand; None if these are the last."""

    items: tuple[ReminderView, ...]
    next: Place | None


def reminders_page(db: Db, wanted: Wanted, *, after: Place | None, limit: int) -> Page:
    """At most `limit` of the clinic's reminders behind a place, or from the first on."""
    records = outbox.listed(db, wanted, after=after, limit=limit + 1)
    shown = records[:limit]
    last = shown[-1] if len(records) > limit else None
    return Page(items=_views(db, shown), next=(last.due_at, last.id) if last else None)


def one_reminder(db: Db, reminder_id: str) -> ReminderView:
    """A reminder of the clinic. Raises NotFound."""
    return _views(db, [outbox.get_record(db, reminder_id)])[0]


def _views(db: Db, records: list[Record]) -> tuple[ReminderView, ...]:
    zone = clinics.get_clinic(db).zone
    return tuple(reminder_view(record, record.patient_zone or zone) for record in records)
