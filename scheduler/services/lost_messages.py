"""Asking staff to see to messages that a patient may lack: once, and over by itself when one turns out to have gone.

A safety message that could not go, did not arrive or was too late; and any of which nobody knows whether it arrived.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.state_words import because
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services.message_titles import Titles
from scheduler.services.needing import need_person, over
from scheduler.storage import lost
from scheduler.storage.clinics import clinics_by_id
from scheduler.storage.database import Db
from scheduler.storage.lost import LostMessage

_KINDS = (TodoKind.SAFETY_NOT_SENT, TodoKind.MAYBE_NOT_ARRIVED)


def raise_lost(db: Db, *, now: datetime, limit: int) -> int:
    """Make a to-do of each that nobody was asked to see to yet, and give how many. The handle crosses clinics."""
    found = lost.to_raise(db, limit=limit)
    clinics = clinics_by_id(db, {one.clinic_id for one in found})
    titles = {
        clinic_id: Titles(db, {one.version_id for one in found}, languages=clinic.languages)
        for clinic_id, clinic in clinics.items()
    }
    for one in found:
        need_person(db, _todo(one, titles[one.clinic_id]), now=now, clinic_id=one.clinic_id)
    lost.note_raised(db, [one.id for one in found], now=now)
    return len(found)


def settle(db: Db, arrived: Collection[tuple[str, str]], *, now: datetime) -> None:
    """End what was asked of staff about messages that turned out to have gone: (patient, reminder) each."""
    if arrived:
        over(db, arrived, _KINDS, "It turned out to have been sent.", now=now)


def _todo(one: LostMessage, titles: Titles) -> Todo:
    unknown = one.status is Status.UNKNOWN
    title = titles.title(one.version_id, rule=one.rule, template=one.template)
    return Todo(
        kind=TodoKind.MAYBE_NOT_ARRIVED if unknown else TodoKind.SAFETY_NOT_SENT,
        details={"rule": f"“{title}”"} | ({} if unknown else {"because": because(one.status, one.status_reason)}),
        patient_id=one.patient_id,
        session_id=one.session_id,
        reminder_id=one.id,
    )
