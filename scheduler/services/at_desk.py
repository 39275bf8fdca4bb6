"""Saving a session at the desk: once for a form however often it is sent, after a second look, undone for a minute."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.reminders import WITH_PROVIDER, Status
from scheduler.domain.errors import Invalid, NotFound
from scheduler.services import registering, reminders
from scheduler.services.consequence import Doubt, consequence
from scheduler.services.idempotency import Answered, Asked, once
from scheduler.services.registering import Given
from scheduler.storage import outbox
from scheduler.storage.database import Db
from scheduler.storage.patient_lines import registered

UNDO_FOR = timedelta(minutes=1)
_ON_THE_WAY = timedelta(seconds=15)
"""A press in the last second is still counted when it comes."""
_GONE = WITH_PROVIDER | {Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.UNKNOWN}
_ROUTE = "/register"
_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A filled-in form."""

    key: str
    """Made when the form was shown."""
    content: bytes
    """All that was filled in, to tell the same form sent again from another one under its key."""
    given: Given
    seen: frozenset[str] = frozenset()
    """Names of the doubts that whoever saves has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A stored session, and what is said of it."""

    session_id: str
    first_at: str | None
    """ISO, in UTC; None where nothing is planned."""
    channel: str | None
    """Of the first message."""
    known: bool
    """Whether it was registered before, by another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """Not saved: somebody must look at these first."""

    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedKey:
    """Not saved: this form was saved before with something else in it."""


class _StopsHereError(Exception):
    def __init__(self, doubts: tuple[Doubt, ...]) -> None:
        super().__init__()
        self.doubts = doubts


def save(db: Db, sheet: Sheet, *, flags: Collection[str], by: str, now: datetime) -> Saved | Doubted | UsedKey:
    """Register what the sheet says; the same sheet again gives the first answer, and stores nothing.

    Raises Invalid with every problem, NotFound or NotNow as registering does; then nothing is stored.
    """
    asked = Asked(route=_ROUTE, key=sheet.key, body=sheet.content)
    try:
        answered = once(db, asked, lambda: _saved(db, sheet, flags=flags, by=by, now=now), now=now)
    except _StopsHereError as stop:
        return Doubted(doubts=stop.doubts)
    except Invalid as error:
        if any(problem.field == _HEADER for problem in error.problems):
            return UsedKey()
        raise
    return Saved(**json.loads(answered.body))


def undo(db: Db, session_id: str, *, by: str, now: datetime) -> int | None:
    """Void a session that this person registered within the last minute; how many of its messages had gone by then.

    None where it is too late, or somebody else's: then nothing is done. Raises NotFound.
    """
    found = registered(db, session_id)
    if found is None:
        raise NotFound("session", session_id)
    if found[0] != by or now - found[1] > UNDO_FOR + _ON_THE_WAY:
        return None
    gone = sum(record.status in _GONE for record in outbox.of_session(db, session_id))
    reminders.void(db, session_id, by=by, now=now)
    return gone


def _saved(db: Db, sheet: Sheet, *, flags: Collection[str], by: str, now: datetime) -> Answered:
    ahead = consequence(db, sheet.given, flags=flags, now=now)
    unseen = tuple(doubt for doubt in ahead.doubts if doubt.name not in sheet.seen)
    if unseen:
        raise _StopsHereError(ahead.doubts)
    view = registering.register(db, sheet.given, flags=flags, by=by, now=now)
    first = view.reminders[0] if view.reminders else None
    saved = Saved(
        session_id=str(view.id),
        first_at=first.due_at.isoformat() if first else None,
        channel=first.channel if first else None,
        known=ahead.is_twin,
    )
    return Answered(status=201, body=json.dumps(asdict(saved)))
