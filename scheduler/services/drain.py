"""Draining what is due: claim, prepare, and turn by turn hand over, with a bounded pool of calling threads.

One thread drives a drain and does all its writing; the threads of the pool only call senders. A turn stores the
answers that came back and the intents of as many calls as the pool starts at once, so a crash leaves few in doubt.
What is claimed waits by sender, and senders take turns: one whose calls hang keeps no other waiting.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.domain.delivery.outcomes import Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender, Posting, Sender, SenderInfo
from scheduler.domain.delivery.waits import Waits
from scheduler.domain.errors import Invalid
from scheduler.services.meter import Meter, Unmetered
from scheduler.services.places import Place, Places, most_calls, reserve_of
from scheduler.services.preparing import Ready, prepare
from scheduler.services.sending import WAITS, Answer, give_back, record, start
from scheduler.storage import claims
from scheduler.storage.claims import Claimed
from scheduler.storage.crypto import KeyUnusable
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

Clock = Callable[[Db], datetime]

_log = logging.getLogger(__name__)
_MOST_CLAIMED = 200
_CLAIMED_A_THREAD = 25
"""More would wait for few threads until their lease is over."""
_BATCHES_WAITING = 4
"""While so many wait here, nothing more is claimed for the sake of other senders: leases run."""
_GATHERING_SECONDS = 0.005
_NOBODY = ""
"""Stands for any sender of which no call is under way."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One that is under way, and where."""

    ready: Ready
    place: Place


@dataclass(slots=True)
class Drain:
    """The state of one process's sending: what it claimed, what it is calling, what came back and isn't stored."""

    database: Database
    find_sender: FindSender
    """Asked by the thread that drives, at each call: it must not take long."""
    clock: Clock
    lease: timedelta
    threads: int
    """For all senders together. Beside them a few are kept for senders that become due while others' calls hang."""
    meter: Meter = field(default_factory=Unmetered)
    most_claimed: int | None = None
    """At once; None: enough for two turns."""
    waits: Waits = WAITS
    _pools: dict[Place, ThreadPoolExecutor] = field(init=False)
    _places: Places = field(init=False)
    _waiting: dict[str, deque[Ready]] = field(init=False, default_factory=dict)
    """By sender, those that started nothing for longest first; a sender with nothing that waits isn't here."""
    _more: set[str] = field(init=False, default_factory=set)
    """Senders from which as much was claimed as may be at once, so that more may be due."""
    _others: bool = field(init=False, default=True)
    """Whether senders of which nothing waits here may have due reminders."""
    _calls: dict[Future[Outcome], _Call] = field(init=False, default_factory=dict)
    _came_back: list[Answer] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Start no thread yet: the pools make them as calls come."""
        self._places = Places(self.threads)
        self._pools = {Place.POOL: ThreadPoolExecutor(self.threads, thread_name_prefix="send")}
        reserve = reserve_of(self.threads)
        if reserve:
            self._pools[Place.RESERVE] = ThreadPoolExecutor(reserve, thread_name_prefix="send-reserve")

    @property
    def busy(self) -> bool:
        """Whether anything is claimed, being called or not stored yet."""
        return bool(self._waiting or self._calls or self._came_back)

    def run(self, *, until: Callable[[], bool]) -> int:
        """Send what is due until nothing is left to do or `until` says so; how many calls were started.

        Calls that are still under way go on; a later run stores their answers.
        """
        started, heard = 0, False
        self._others = True
        while not until():
            claimed, heard = self._claim(), heard or bool(self._came_back)
            started += self._turn()
            if not (claimed or heard or self.busy):
                return started
            if heard and not self.busy:  # an answer may have given back what was claimed, or sent it another way
                heard, self._others = False, True
            self._collect(timeout=0.1 if self._calls else 0)
        return started

    def stop(self, *, patience: timedelta | None = None) -> None:
        """Give back what was only claimed, finish what was posted, and store how it ended.

        Calls are waited for as long as one may take, or `patience`.
        """
        waiting = [ready for own in self._waiting.values() for ready in own]
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            for ready in waiting:
                claims.settle_claim(db, ready.claim, Status.SCHEDULED, reason="shutdown", now=now)
            give_back(db, waiting, now=now)
        self._waiting.clear()
        for call in [call for call in self._calls if call.cancel()]:  # never begun, so certainly not sent
            self._over(call, NotSent("shutdown", "the process was stopped first", only_this=True))
        wait(self._calls, timeout=(self.waits.call if patience is None else patience).total_seconds())
        self._collect(timeout=0)
        if self._came_back:
            self._turn()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _claim(self) -> bool:
        """Take due reminders, and prepare them in a transaction of its own: a claim locks as briefly as it can.

        Whether there were any: none of them need be allowed to go, and more may be due.
        """
        leaving_out = self._leaving_out()
        if leaving_out is None:
            return False
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            due = claims.due_ranks(db, now, leaving_out)
            claimed = claims.claim_first(db, due, now=now, lease_until=now + self.lease, limit=self._batch)
        self._others = len({sender_id for sender_id, _ in due}) > 1
        if not claimed:
            return False
        sender_id = claimed[0].sender_id
        (self._more.add if len(claimed) >= self._batch else self._more.discard)(sender_id)
        try:
            self._await_turn(self._prepare(claimed))
        except KeyUnusable:
            for claim in claimed:  # one value that can't be opened must not stop all others
                self._prepare_alone(claim)
        return True

    def _leaving_out(self) -> set[str] | None:
        """Senders from which nothing is to be claimed now; None: it isn't worth a look at all.

        It is where nothing that waits could go, where other senders may have something due, and where a sender of which
        more is due has less here than a turn takes: a claim is best made while calls are under way.
        """
        counts = self._counts()
        short = {one for one in self._more if counts.get(one, 0) < self._most_calls}
        others = self._others and sum(counts.values()) < _BATCHES_WAITING * self._batch
        if not (short or others) and self._places.share_out(counts):
            return None
        stocked = counts.keys() - short
        known = counts.keys() | self._more | self._places.calling
        full = self._places.full({*known, _NOBODY})
        return None if _NOBODY in full and known <= stocked | full else stocked | full

    def _prepare(self, claimed: list[Claimed]) -> list[Ready]:
        with self.database.write(ALL_CLINICS) as db:
            return prepare(db, claimed, now=self.clock(db))

    def _prepare_alone(self, claim: Claimed) -> None:
        try:
            self._await_turn(self._prepare([claim]))
        except KeyUnusable:
            _log.error("a reminder can't be read", extra={"reminder": claim.id})
            with self.database.write(ALL_CLINICS) as db:
                claims.settle_claim(db, claim, Status.FAILED, reason="unreadable", now=self.clock(db))

    def _turn(self) -> int:
        """Store answers, then intents, together; call once they are committed. How many calls."""
        chosen = self._places.share_out(self._counts())
        if not (chosen or self._came_back):
            return 0
        taken = Counter(sender_id for sender_id, _ in chosen)
        lines = {sender_id: iter(self._waiting[sender_id]) for sender_id in taken}
        batch = [next(lines[sender_id]) for sender_id, _ in chosen]
        ways = {sender: self._way(sender) for sender in {ready.sender for ready in batch}}
        with self.database.write(ALL_CLINICS) as db:
            now = self.clock(db)
            record(db, self._came_back, now=now, waits=self.waits)
            going = start(db, batch, now=now, waits=self.waits)
        # Only here are they stored: had the commit failed, answers and batch would still be ours to store.
        self._came_back.clear()
        self._leave(taken)
        places = {ready.posting.attempt_id: place for ready, (_, place) in zip(batch, chosen, strict=True)}
        for ready in going:
            self._call(ready, ways[ready.sender], places[ready.posting.attempt_id])
        return len(going)

    def _way(self, sender: SenderInfo) -> Sender | None:
        """Made before its first intent is stored: that takes a moment, in which a process that dies must lose nothing.

        One that can't be made is none, and so holds its own messages back and no others.
        """
        try:
            return self.find_sender(sender)
        except Invalid as error:
            _log.error("a sender can't be used: %s", error, extra={"sender": sender.id})
            return None

    def _call(self, ready: Ready, way: Sender | None, place: Place) -> None:
        call = self._pools[place].submit(_post, way, ready.posting, self.waits.call)
        self._calls[call] = _Call(ready, place)
        self._places.take(ready.claim.sender_id, place)

    def _over(self, call: Future[Outcome], outcome: Outcome) -> None:
        over = self._calls.pop(call)
        self._places.free(over.ready.claim.sender_id, over.place)
        self._came_back.append(Answer(over.ready.posting.attempt_id, outcome))

    def _counts(self) -> dict[str, int]:
        """How many wait, by sender."""
        return {sender_id: len(own) for sender_id, own in self._waiting.items()}

    def _await_turn(self, made: list[Ready]) -> None:
        for ready in made:
            self._waiting.setdefault(ready.claim.sender_id, deque()).append(ready)

    def _leave(self, taken: Counter[str]) -> None:
        """Take the first ones of these senders out, who are the last to have had a turn now."""
        for sender_id, count in taken.items():
            own = self._waiting.pop(sender_id)
            for _ in range(count):
                own.popleft()
            if own:
                self._waiting[sender_id] = own

    @property
    def _batch(self) -> int:
        return self.most_claimed or max(2 * self._most_calls, min(_MOST_CLAIMED, _CLAIMED_A_THREAD * self.threads))

    @property
    def _most_calls(self) -> int:
        return most_calls(self.threads)

    def _collect(self, *, timeout: float) -> None:
        """Take answers that are there, after waiting for the first for at most `timeout` seconds."""
        if not self._calls:
            return
        done, _ = wait(self._calls, timeout=timeout, return_when=FIRST_COMPLETED)
        if done and timeout:  # those that come a moment later share its turn, and so its commit
            done, _ = wait(self._calls, timeout=_GATHERING_SECONDS)
        for call in done:
            self.meter.answered(self._calls[call].ready.posting, call.result())
            self._over(call, call.result())


def _post(sender: Sender | None, posting: Posting, timeout: timedelta) -> Outcome:
    """The sender's answer; whatever it raises leaves the message in doubt, as it may have gone."""
    if sender is None:
        return Refused(Fault.CONFIG, "no_sender", "This process has no sender for the provider.")
    try:
        return sender.send(posting, timeout=timeout)
    except Exception as error:  # noqa: BLE001  a sender's bug must not lose the message, nor send it twice
        _log.error("a sender failed", extra={"attempt": posting.attempt_id}, exc_info=error)
        return Unknown(f"the sender failed: {type(error).__name__}")
