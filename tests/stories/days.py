"""Letting days pass: every task of a node at each moment at which something is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.domain.delivery.senders import Sender
from scheduler.storage import claims
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import StoppedClock, a_drain, keep_up

STEP = timedelta(days=2)
"""The longest that a worker is idle between two looks."""


def let_pass(database: Database, sender: Sender, *, start: datetime, end: datetime) -> None:
    """A worker at work from one moment to another."""
    clock = StoppedClock(start)
    drain = a_drain(database, sender, clock)
    while clock.now < end:
        while drain.run(until=lambda: False) or drain.busy:
            pass
        keep_up(database, clock.now)
        with database.read(ALL_CLINICS) as db:
            due = claims.next_due(db)
        clock.now = min(end, max(due, clock.now + timedelta(seconds=1)) if due else end, clock.now + STEP)
    drain.stop()
