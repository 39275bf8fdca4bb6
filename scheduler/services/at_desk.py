"""Saving a session at the desk: once for a form however often it is sent, after a second look, undone for a minute."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from scheduler.domain.delivery.reminders import WITH_PROVIDER, Status
from scheduler.domain.errors import Invalid
from scheduler.services import registering
from scheduler.services.consequence import Doubt, consequence
from scheduler.services.idempotency import Answered, Asked, once
from scheduler.services.registering import Given
from scheduler.services.undoing import undo_registering
from scheduler.storage import outbox
from scheduler.storage.database import Db

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


def undo(db: Db, session_id: str, *, by: str, now: datetime) -> int:
    """Void a session that was just registered; how many of its messages had gone by then, and stay.

    Raises NotFound, or NotNow once it is a minute old.
    """
    undo_registering(db, session_id, by=by, now=now)
    return sum(record.status in _GONE for record in outbox.of_session(db, session_id))


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
