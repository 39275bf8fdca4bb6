"""The world that the machine plays in: one clinic, its patients, three workers, one provider, one clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from scheduler.domain.errors import Invalid, NotNow
from scheduler.services.asking import ask
from scheduler.services.sending import WAITS
from scheduler.services.settling import settle
from scheduler.services.upkeep import mend
from scheduler.storage.database import Db
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock
from tests.machine.promises import Promises, Row, Who
from tests.machine.provider import Provider
from tests.machine.stores import Store
from tests.machine.workers import Worker

WORKERS = 3
T = TypeVar("T")


class World:
    """What one example changes. Each doing of anybody's ends with a look at all promises."""

    def __init__(self, store: Store) -> None:
        store.empty()
        self.store, self.clock = store, StoppedClock(NOW)
        self.database = store.database
        self.provider = Provider(self.clock)
        self.promises = Promises(store, self.provider)
        self.workers = [Worker(store.database, self.provider, self.clock) for _ in range(WORKERS)]
        self.sessions: list[tuple[str, str]] = []
        """Session and patient, as they were registered."""

    @property
    def now(self) -> datetime:
        return self.clock.now

    @property
    def patients(self) -> list[str]:
        """Their ids, in the order in which they first came."""
        return list(dict.fromkeys(patient_id for _, patient_id in self.sessions))

    @property
    def rows(self) -> list[Row]:
        """All reminders, in an order that doesn't depend on their ids."""
        order = {session_id: place for place, (session_id, _) in enumerate(self.sessions)}
        return sorted(self.promises.rows.values(), key=lambda row: (order[row.session_id], row.rule, row.occurrence))

    def person(self, doing: Callable[[Db], T]) -> T | None:
        """What came of something that staff of the clinic do; None where they were told that it can't be."""
        done: T | None = None
        try:
            with self.database.write(self.store.clinic.id) as db:
                done = doing(db)
        except (Invalid, NotNow):
            return None
        self.promises.look(Who.PERSON)
        return done

    def operator(self, doing: Callable[[Db], object]) -> None:
        """The same for those who run the service."""
        try:
            with self.database.write(ALL_CLINICS) as db:
                doing(db)
        except (Invalid, NotNow):
            return
        self.promises.look(Who.PERSON)

    def keep_up(self) -> None:
        """What every node does every few seconds."""
        with self.database.write(ALL_CLINICS) as db:
            mend(db, now=self.now)
        self.promises.look(Who.UPKEEP)

    def ask(self) -> None:
        """Ask the provider what became of messages."""
        ask(self.database, lambda _: self.provider, self.clock, stopping=lambda: False)
        settle(self.database, lambda _: self.provider, self.clock, waits=WAITS, stopping=lambda: False)
        self.promises.look(Who.UPKEEP)

    def wait(self, span: timedelta) -> None:
        self.clock.now += span
