"""Figures of the whole store for whoever watches it: what waits, what is in doubt, what is held, who sends.

All are counted by index: they cost what is due, in doubt or of the last day, whatever else the store holds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.storage import backlog, heartbeats, orphans, senders
from scheduler.storage.backlog import Backlog, Doubts
from scheduler.storage.database import Database, DatabaseUnusable, Db
from scheduler.storage.heartbeats import Beat
from scheduler.storage.senders import StoredSender
from scheduler.storage.tenancy import ALL_CLINICS

LATELY = timedelta(days=1)
_KEPT_SECONDS = 5.0
_MOST_OF_THE_TIME = 0.05
"""Of a connection's time that counting may take: after a pile that takes a second to count, the next is 20 s later."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFigures:
    """The store at one moment."""

    at: datetime
    backlog: Mapping[str, Backlog]
    """By sender, what is due and has not gone."""
    by_status: Mapping[tuple[Status, Channel], int]
    """How many of the reminders that were due lately stand where."""
    doubts: Doubts
    orphans: int
    """Receipts that came lately and fit no attempt."""
    senders: tuple[StoredSender, ...]
    nodes: tuple[Beat, ...]


def read_figures(database: Database, clock: Callable[[Db], datetime]) -> StoreFigures:
    """The figures as of now. Raises DatabaseUnusable."""
    with database.read(ALL_CLINICS) as db:
        now = clock(db)
        return StoreFigures(
            at=now,
            backlog=backlog.due(db, now),
            by_status=backlog.by_status(db, since=now - LATELY, until=now),
            doubts=backlog.doubts(db),
            orphans=orphans.count_orphans(db, since=now - LATELY),
            senders=tuple(senders.list_senders(db)),
            nodes=tuple(heartbeats.beats(db)),
        )


class KeptFigures:
    """Gives figures that are a few seconds old at most, or older where counting them takes long."""

    def __init__(self, read: Callable[[], StoreFigures], *, seconds: Callable[[], float] = time.monotonic) -> None:
        """Nothing is read before it is asked; `seconds` is a clock that never goes back."""
        self._read = read
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: StoreFigures | None = None
        self._until: float | None = None

    def __call__(self) -> StoreFigures | None:
        """The figures; None where the database can't be used, which is logged."""
        with self._lock:
            begun = self._seconds()
            if self._until is None or begun >= self._until:
                self._kept = self._read_or_none()
                ended = self._seconds()
                self._until = ended + max(_KEPT_SECONDS, (ended - begun) / _MOST_OF_THE_TIME)
            return self._kept

    def _read_or_none(self) -> StoreFigures | None:
        try:
            return self._read()
        except DatabaseUnusable as error:
            _log.warning("the store's figures can't be read: %s", error)
            return None
