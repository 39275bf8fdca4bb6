"""Crash points by name, found from outside the product: a worker that dies at one of them, at once and for good.

A transaction is known by what it changed, so a point stays where it is however the product words its statements.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, NoReturn

from sqlalchemy import event

from scheduler.domain.delivery.outcomes import Outcome
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender, Posting, Sender, SenderInfo
from scheduler.storage.database import Db
from scheduler.storage.tenancy import ALL_CLINICS
from tests.torture.counting import Counted, counted
from tests.torture.providing import tell
from tests.torture.sending import Place, work

DIED = 77
_PATIENCE_SECONDS = 60
Changed = Callable[[Counted, Counted], bool]


def _grew(status: Status) -> Changed:
    return lambda before, after: after.of(status) > before.of(status)


def _moved(source: Status, end: Status) -> Changed:
    return lambda before, after: after.of(source) < before.of(source) and after.of(end) > before.of(end)


TRANSACTIONS: Mapping[str, Changed] = {
    "claim": _grew(Status.CLAIMED),
    "gate": _moved(Status.CLAIMED, Status.CANCELLED),
    "intents": lambda before, after: after.open > before.open,
    "answers": lambda before, after: (
        after.answered > before.answered and after.of(Status.SENT) > before.of(Status.SENT)
    ),
    "receipts": _grew(Status.DELIVERED),
    "expiry": _grew(Status.EXPIRED),
    "leases": _moved(Status.CLAIMED, Status.SCHEDULED),
    "doubts": _grew(Status.IN_DOUBT),
    "question": lambda before, after: before.of(Status.IN_DOUBT) > 0 and after.ask_next != before.ask_next,
    "found": lambda before, after: (
        _went(after) > _went(before) and after.of(Status.IN_DOUBT) < before.of(Status.IN_DOUBT)
    ),
    "unknown": _grew(Status.UNKNOWN),
    "again": _moved(Status.IN_DOUBT, Status.SCHEDULED),
}
"""What each transaction of sending changes."""
CALLS = ("call", "taken", "answered")
"""Around the provider: before it is called, when it has taken the message, when its answer has come."""


def die_at(point: str, place: Place, moments: Iterable[timedelta]) -> int | None:
    """Let a worker begin at these moments and die at a point: `before claim`, `after claim`, `call`; its exit code.

    It is DIED if it came to the point, else 0.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.torture.crashing", "scheduler.senders.twilio_sms"])
    child = context.Process(target=_work_and_die, args=(point, place, list(moments)))
    child.start()
    child.join(_PATIENCE_SECONDS)
    return child.exitcode


def _work_and_die(point: str, place: Place, moments: list[timedelta]) -> None:
    database, find_sender = place.open(), place.senders()
    if point in CALLS:
        find_sender = _dying_sender(find_sender, point, place)
    else:
        side, name = point.split()
        with database.read(ALL_CLINICS) as db:
            _DyingStore(TRANSACTIONS[name], side, counted(db)).listen()
    work(place, database, find_sender, moments)


def _die() -> NoReturn:
    os._exit(DIED)


class _DyingStore:
    """Dies on this or that side of the first commit that changes what it is told to wait for."""

    def __init__(self, changed: Changed, side: str, stored: Counted) -> None:
        self._changed, self._side = changed, side
        self._stored = self._coming = stored
        self._now = False

    def listen(self) -> None:
        event.listen(Db, "before_commit", self._before)
        event.listen(Db, "after_commit", self._after)

    def _before(self, db: Db) -> None:
        db.flush()
        self._coming = counted(db)
        self._now = self._changed(self._stored, self._coming)
        if self._now and self._side == "before":
            _die()

    def _after(self, _: Db) -> None:
        if self._now:
            _die()
        self._stored = self._coming


def _dying_sender(find_sender: FindSender, point: str, place: Place) -> FindSender:
    def find(sender: SenderInfo) -> Sender | None:
        way = find_sender(sender)
        return _Dying(way, point, place) if way is not None else None

    return find


class _Dying:
    """A way out that dies around its first call; whatever else it is asked, the real one answers."""

    def __init__(self, way: Sender, point: str, place: Place) -> None:
        self._way, self._point, self._place = way, point, place

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the real one has
        return getattr(self._way, name)

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        if self._point == "call":
            _die()
        if self._point == "taken":
            threading.Thread(target=self._die_when_taken, daemon=True).start()
        self._way.send(posting, timeout=timeout)
        _die()

    def _die_when_taken(self) -> None:
        while not tell(self._place.provider_url)["taken"]:
            pass
        _die()


def _went(store: Counted) -> int:
    return store.of(Status.SENT) + store.of(Status.DELIVERED)
