"""The work of one reminder, for queues that hand out one job a reminder: this project's own functions, a job at a time.

Load the patient, the clinic and the text; gate, render, decrypt and encrypt; store the intent; call a sender that
answers at once; store the answer. Two transactions, as few as an intent before a call allows.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import select, update

from benchmarks.clinic import DUE, AtOnce
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.services.preparing import prepare
from scheduler.services.sending import Answer, record, start
from scheduler.storage.claims import Claimed, waiting_for
from scheduler.storage.crypto import read_key_file
from scheduler.storage.database import Database, Db
from scheduler.storage.reminders import ReminderRow, read_ends
from scheduler.storage.tenancy import ALL_CLINICS

WARM_UP = 30
"""Reminders that are not timed: a process that has just started compiles its statements, once."""
_LEASE = timedelta(minutes=1)
_MADE = {"token", "topic_ends", "channels", "followers"}
_PLAIN = tuple(each.name for each in fields(Claimed) if each.name not in _MADE)
_COLUMNS = tuple(getattr(ReminderRow, name) for name in (*_PLAIN, "topic_ends", "channels"))


class OneJob:
    """Sends one reminder a call, from any thread, and keeps the time of a number of them."""

    def __init__(self, url: str, key_file: Path, *, jobs: int) -> None:
        self._database = Database(url, read_key_file(key_file))
        self.ids = self._due(jobs)
        one_writer = url.startswith("sqlite")
        # Threads that fight for SQLite's one lock would sleep most of the time; taking turns is kinder.
        self._writing = threading.Lock() if one_writer else nullcontext()
        self._counting = threading.Lock()
        self._left = len(self.ids)
        self._began = self._ended = 0.0
        self.finished = threading.Event()

    def send(self, reminder_id: str) -> None:
        """Hand one reminder over and store all that comes of it."""
        with self._writing, self._database.write(ALL_CLINICS) as db:
            db.server_now()  # as our own dispatch asks it
            going = start(db, prepare(db, [_claim(db, reminder_id)], now=DUE), now=DUE)
        sender = AtOnce()
        came_back = [Answer(one.posting.attempt_id, sender.send(one.posting, timeout=_LEASE)) for one in going]
        with self._writing, self._database.write(ALL_CLINICS) as db:
            db.server_now()
            record(db, came_back, now=DUE)
        self._count()

    @property
    def rate(self) -> float:
        """Reminders a second, from the one that ended the warming up to the last."""
        return (len(self.ids) - WARM_UP) / (self._ended - self._began)

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def _due(self, jobs: int) -> list[str]:
        due = select(ReminderRow.id).where(waiting_for(DUE)).order_by(ReminderRow.next_at, ReminderRow.id).limit(jobs)
        with self._database.read(ALL_CLINICS) as db:
            return list(db.scalars(due))

    def _count(self) -> None:
        with self._counting:
            self._left -= 1
            if self._left == len(self.ids) - WARM_UP:
                self._began = perf_counter()
            if not self._left:
                self._ended = perf_counter()
                self.finished.set()


def _claim(db: Db, reminder_id: str) -> Claimed:
    row = db.execute(
        update(ReminderRow)
        .where(ReminderRow.id == reminder_id, ReminderRow.status == Status.SCHEDULED)
        .values(status=Status.CLAIMED, status_at=DUE, claim_token=reminder_id, lease_until=DUE + _LEASE)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    ).one()
    return Claimed(
        token=reminder_id,
        topic_ends=read_ends(row.topic_ends),
        channels=tuple(Channel(channel) for channel in row.channels),
        **{name: getattr(row, name) for name in _PLAIN},
    )
