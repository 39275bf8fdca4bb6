"""Draining what is due: claim, prepare, and turn by turn hand over, with a bounded pool of calling threads.

One thread drives a drain and does all its writing; the threads of the pool only call senders. A turn stores the
answers that came back and the intents of as many calls as the pool starts at once, so a crash leaves few in doubt.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from scheduler.domain.delivery.outcomes import Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender, Posting, Sender
from scheduler.domain.delivery.waits import Waits
from scheduler.services.preparing import Ready, prepare
from scheduler.services.sending import WAITS, Answer, give_back, record, start
from scheduler.storage import claims
from scheduler.storage.claims import Claimed
from scheduler.storage.crypto import KeyUnusable
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

Clock = Callable[[Db], datetime]

_log = logging.getLogger(__name__)
_MOST_CLAIMED = 100
_GATHERING_SECONDS = 0.005
_QUEUED_SHARE = 0.5
"""Calls started beyond one a thread, as a share of the threads: no thread idles between two turns."""


@dataclass(slots=True)
class Drain:
    """The state of one process's sending: what it claimed, what it is calling, what came back and isn't stored."""

    database: Database
    find_sender: FindSender
    """Asked by the thread that drives, at each call: it must not take long."""
    clock: Clock
    lease: timedelta
    threads: int
    most_claimed: int | None = None
    """At once; None: enough for two turns."""
    waits: Waits = WAITS
    _pool: ThreadPoolExecutor = field(init=False)
    _waiting: deque[Ready] = field(init=False, default_factory=deque)
    _calls: dict[Future[Outcome], Ready] = field(init=False, default_factory=dict)
    _came_back: list[Answer] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Start no thread yet: the pool makes them as calls come."""
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="send")

    @property
    def busy(self) -> bool:
        """Whether anything is claimed, being called or not stored yet."""
        return bool(self._waiting or self._calls or self._came_back)

    def run(self, *, until: Callable[[], bool]) -> int:
        """Send what is due until nothing is left to do or `until` says so; how many calls were started.

        Calls that are still under way go on; a later run stores their answers.
        """
        started = 0
        while not until():
            claimed = not self._waiting and self._claim()
            started += self._turn()
            if not (claimed or self.busy):
                return started
            self._collect(timeout=0.1 if self._calls else 0)
        return started

    def stop(self, *, patience: timedelta | None = None) -> None:
        """Give back what was only claimed, finish what was posted, and store how it ended.

        Calls are waited for as long as one may take, or `patience`.
        """
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            for ready in self._waiting:
                claims.settle_claim(db, ready.claim, Status.SCHEDULED, reason="shutdown", now=now)
            give_back(db, list(self._waiting), now=now)
        self._waiting.clear()
        for call in [call for call in self._calls if call.cancel()]:  # never begun, so certainly not sent
            shut = NotSent("shutdown", "the process was stopped first", only_this=True)
            self._came_back.append(Answer(self._calls.pop(call).posting.attempt_id, shut))
        wait(self._calls, timeout=(self.waits.call if patience is None else patience).total_seconds())
        self._collect(timeout=0)
        if self._came_back:
            self._turn()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _claim(self) -> bool:
        """Take due reminders, and prepare them in a transaction of its own: a claim locks as briefly as it can.

        Whether there were any: none of them need be allowed to go, and more may be due.
        """
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            claimed = claims.claim(db, now=now, lease_until=now + self.lease, limit=self._batch)
        if not claimed:
            return False
        try:
            self._waiting.extend(self._prepare(claimed))
        except KeyUnusable:
            for claim in claimed:  # one value that can't be opened must not stop all others
                self._prepare_alone(claim)
        return True

    def _prepare(self, claimed: list[Claimed]) -> list[Ready]:
        with self.database.write(ALL_CLINICS) as db:
            return prepare(db, claimed, now=self.clock(db))

    def _prepare_alone(self, claim: Claimed) -> None:
        try:
            self._waiting.extend(self._prepare([claim]))
        except KeyUnusable:
            _log.error("a reminder can't be read", extra={"reminder": claim.id})
            with self.database.write(ALL_CLINICS) as db:
                claims.settle_claim(db, claim, Status.FAILED, reason="unreadable", now=self.clock(db))

    def _turn(self) -> int:
        """Store answers, then intents, together; call once they are committed. How many calls."""
        room = self._room()
        if not self._came_back and (room <= 0 or not self._waiting):
            return 0
        batch = list(islice(self._waiting, max(room, 0)))
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            record(db, self._came_back, now=now, waits=self.waits)
            going = start(db, batch, now=now, waits=self.waits)
        # Only here are they stored: had the commit failed, answers and batch would still be ours to store.
        self._came_back.clear()
        for _ in batch:
            self._waiting.popleft()
        for ready in going:
            call = self._pool.submit(_post, self.find_sender(ready.sender), ready.posting, self.waits.call)
            self._calls[call] = ready
        return len(going)

    def _room(self) -> int:
        """How many more calls to start."""
        return self._most_calls - len(self._calls)

    @property
    def _batch(self) -> int:
        return self.most_claimed or max(_MOST_CLAIMED, 2 * self._most_calls)

    @property
    def _most_calls(self) -> int:
        """What keeps the pool busy until the next turn, and no more: a crash leaves that many in doubt at most."""
        return self.threads + max(1, int(self.threads * _QUEUED_SHARE))

    def _collect(self, *, timeout: float) -> None:
        """Take answers that are there, after waiting for the first for at most `timeout` seconds."""
        if not self._calls:
            return
        done, _ = wait(self._calls, timeout=timeout, return_when=FIRST_COMPLETED)
        if done and timeout:  # those that come a moment later share its turn, and so its commit
            done, _ = wait(self._calls, timeout=_GATHERING_SECONDS)
        for call in done:
            self._came_back.append(Answer(self._calls.pop(call).posting.attempt_id, call.result()))


def _post(sender: Sender | None, posting: Posting, timeout: timedelta) -> Outcome:
    """The sender's answer; whatever it raises leaves the message in doubt, as it may have gone."""
    if sender is None:
        return Refused(Fault.CONFIG, "no_sender", "This process has no sender for the provider.")
    try:
        return sender.send(posting, timeout=timeout)
    except Exception as error:  # noqa: BLE001  a sender's bug must not lose the message, nor send it twice
        _log.error("a sender failed", extra={"attempt": posting.attempt_id}, exc_info=error)
        return Unknown(f"the sender failed: {type(error).__name__}")
