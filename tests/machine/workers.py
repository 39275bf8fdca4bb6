"""Workers whose steps the machine takes one by one, so that several are half-way at once; and how they die."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from scheduler.domain.delivery.outcomes import NotSent
from scheduler.domain.delivery.reminders import Status
from scheduler.services.preparing import Ready, prepare
from scheduler.services.sending import Answer, give_back, record, start
from scheduler.storage import claims
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock
from tests.machine.provider import Fate, Provider

LEASE = timedelta(minutes=1)
_MOST_CLAIMED = 6
_MOST_CALLS = 2
T = TypeVar("T")


class Commit(Enum):
    """How a transaction of a worker ends: whether it is stored, and what is left of the worker."""

    WELL = "stored"
    DIES_BEFORE = "not stored, and the process is gone"
    DIES_AFTER = "stored, and the process is gone"
    FAILS = "not stored, and the process goes on"
    UNHEARD = "stored, and the process doesn't know"

    @property
    def stored(self) -> bool:
        return self in {Commit.WELL, Commit.DIES_AFTER, Commit.UNHEARD}

    @property
    def dies(self) -> bool:
        return self in {Commit.DIES_BEFORE, Commit.DIES_AFTER}


@dataclass(slots=True)
class Worker:
    """What one process holds in its memory, in the order in which a reminder goes through it."""

    database: Database
    provider: Provider
    clock: StoppedClock
    claimed_at: datetime = NOW
    """When the oldest of what is claimed or ready was."""
    claimed: list[Claimed] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    to_call: list[Ready] = field(default_factory=list)
    """Intents that are stored, and not called yet."""
    on_the_line: list[Answer] = field(default_factory=list)
    """What the provider said, and nobody has heard yet."""
    came_back: list[Answer] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether anything would be lost with it."""
        return bool(self.claimed or self.ready or self.to_call or self.on_the_line or self.came_back)

    def claim(self, commit: Commit) -> None:
        """Take what is due, beside what is ready already, as a drain does."""
        if self.claimed:
            return
        if not self.ready:
            self.claimed_at = self.clock.now

        def work(db: Db) -> list[Claimed]:
            until = self.clock.now + LEASE
            return claims.claim(db, now=self.clock.now, lease_until=until, limit=_MOST_CLAIMED)

        self.claimed = self._commit(commit, work) or []

    def prepare(self, commit: Commit) -> None:
        """Let the gate look at what was claimed; what it was is lost where that isn't stored, as in a drain."""
        claimed, self.claimed = self.claimed, []
        self.ready += self._commit(commit, lambda db: prepare(db, claimed, now=self.clock.now)) or []

    def turn(self, commit: Commit) -> list[Ready]:
        """Store answers, then intents, together; what is going for all that the store knows."""
        room = _MOST_CALLS - len(self.to_call) - len(self.on_the_line)
        answers, batch = list(self.came_back), self.ready[: max(room, 0)]
        going: list[Ready] = []

        def work(db: Db) -> list[Ready]:
            record(db, answers, now=self.clock.now)
            going.extend(start(db, batch, now=self.clock.now))
            return going

        if self._commit(commit, work) is not None:
            self.came_back.clear()
            del self.ready[: len(batch)]
            self.to_call.extend(going)
        return going if commit.stored else []

    def call(self, fate: Fate) -> Ready | None:
        """Call the provider for the next intent; its answer is on the line."""
        if not self.to_call:
            return None
        ready = self.to_call.pop(0)
        self.provider.fate = fate
        answer = self.provider.send(ready.posting, timeout=timedelta(seconds=40))
        self.on_the_line.append(Answer(ready.posting.attempt_id, answer))
        return ready

    def hear(self) -> None:
        """Let the oldest answer come in."""
        if self.on_the_line:
            self.came_back.append(self.on_the_line.pop(0))

    def die(self) -> None:
        """Lose all that isn't stored."""
        for held in (self.claimed, self.ready, self.to_call, self.on_the_line, self.came_back):
            held.clear()

    def stop(self) -> None:
        """End in good order, as `Drain.stop` does: give back, call off, store."""
        with self.database.write(ALL_CLINICS) as db:
            for ready in self.ready:
                claims.settle_claim(db, ready.claim, Status.SCHEDULED, reason="shutdown", now=self.clock.now)
            give_back(db, self.ready, now=self.clock.now)
        shut = NotSent("shutdown", "the process was stopped first", only_this=True)
        self.came_back += [Answer(ready.posting.attempt_id, shut) for ready in self.to_call] + self.on_the_line
        with self.database.write(ALL_CLINICS) as db:
            record(db, self.came_back, now=self.clock.now)
        self.die()

    def _commit(self, commit: Commit, work: Callable[[Db], T]) -> T | None:
        """What some work gave, in a transaction that ends as told; None where the process doesn't know."""
        with self.database.write(ALL_CLINICS) as db:
            found = work(db)
            if not commit.stored:
                db.rollback()
        if commit.dies:
            self.die()
        return found if commit is Commit.WELL else None
