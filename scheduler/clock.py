"""The only reader of the clock. Everything else takes `now` as an argument; only the edges ask here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol


class KeepsTime(Protocol):
    """A database that may have a clock of its own, which every node of a clinic chain then shares."""

    def server_now(self) -> datetime | None:
        """The server's time, aware; None where the database is a file and this process's clock must do."""
        ...


def utc_now() -> datetime:
    """This process's time, aware, in UTC."""
    return datetime.now(UTC)


def now(db: KeepsTime) -> datetime:
    """The time that the nodes sharing `db` agree on, aware, in UTC. Read it once a transaction."""
    server = db.server_now()
    return utc_now() if server is None else server.astimezone(UTC)


class MovableClock:
    """A clock that runs from a given moment on and can be set forward, never back; for a demo.

    One object is asked by all of a process, from any thread, so that all of it is at the same time.
    """

    def __init__(self, start: datetime, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """Run on from `start`; `seconds` tells how time passes."""
        self._seconds = seconds
        self._lock = Lock()
        self._base = start
        self._since = seconds()
        self._stood = 0
        """How many want it to stand still."""

    def __call__(self, db: object = None) -> datetime:
        """Its time, aware, in UTC; no database has another one."""
        del db
        with self._lock:
            return self._now()

    def set_forward(self, moment: datetime) -> None:
        """Be at a moment; where that is past already, stay."""
        with self._lock:
            self._be(max(self._now(), moment))

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Within the block, and others like it, its time passes only by being set."""
        with self._lock:
            self._be(self._now())
            self._stood += 1
        try:
            yield
        finally:
            with self._lock:
                self._be(self._now())
                self._stood -= 1

    def _now(self) -> datetime:
        passed = 0.0 if self._stood else self._seconds() - self._since
        return self._base + timedelta(seconds=passed)

    def _be(self, moment: datetime) -> None:
        self._base, self._since = moment, self._seconds()
