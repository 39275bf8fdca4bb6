"""Dispatch over HTTP to a Twilio that answers after 100 ms: ours beside the SDK's own loop that does nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from time import perf_counter

from twilio.rest import Client

from benchmarks.answering import ACCOUNT, DELAY_SECONDS, SERVICE, TOKEN, answering
from benchmarks.clinic import DUE, Due, fill, handed_over, new_drain, phone
from benchmarks.rows import DISPATCH, Benchmark, Figures, NotCounted, Row, Setting
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES, Store
from scheduler.domain.delivery.outcomes import Outcome
from scheduler.domain.delivery.senders import Posting, Sender
from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from scheduler.storage.database import Database

_THREADS = 32
_REGISTERED, _TIMES, _ROUNDS = 100, 15, 3
_TIMES_QUICK, _ROUNDS_QUICK = 6, 1
_WARM = 2 * _THREADS
_BODY = "Willow Skin: Do not use retinol, acids, vitamin C, scrubs or alcohol toner until after Sunday 8 March. " * 2


def _run(kind: str, setting: Setting) -> Figures:
    store = setting.stores.open(kind)
    times, rounds = (_TIMES_QUICK, _ROUNDS_QUICK) if setting.quick else (_TIMES, _ROUNDS)
    due = fill(store, patients=_REGISTERED, times=times)
    with answering() as url:
        pairs = [(_ours(store, due, url), _loop(url, calls=due.reminders)) for _ in range(rounds)]
    yield "ours", [ours for ours, _ in pairs]
    yield "sdk", [theirs for _, theirs in pairs]
    yield "share", [100 * ours / theirs for ours, theirs in pairs]


def _ours(store: Store, due: Due, api: str) -> float:
    """Texts a second, from the end of the first few to the last stored answer."""
    url = store.copy(due.url)
    database = Database(url, due.keys)
    account = TwilioAccount(Credentials(account_sid=ACCOUNT, auth_token=TOKEN), threads=_THREADS, base_url=api)
    sender = TwilioSms(account, utc_now=lambda: DUE, messaging_service_sid=SERVICE)
    pace = _Pace(due.reminders)
    drain = new_drain(database, at=DUE, threads=_THREADS, sender=_Counted(sender, pace))
    drain.run(until=lambda: False)
    rate = pace.rate(until=perf_counter())
    drain.stop()
    account.close()
    database.close()
    found = handed_over(url, due.keys)
    if found != due.reminders:
        message = f"{found} of {due.reminders} texts were sent and recorded"
        raise NotCounted(message)
    store.drop(url)
    return rate


def _loop(api: str, *, calls: int) -> float:
    """Calls a second of threads that only call `messages.create`, each with a client of its own."""
    pace = _Pace(calls)

    def work() -> None:
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = api
        while (number := pace.next()) is not None:
            client.messages.create(to=phone(number), body=_BODY, messaging_service_sid=SERVICE)
            pace.done()

    with ThreadPoolExecutor(_THREADS) as pool:
        for worker in [pool.submit(work) for _ in range(_THREADS)]:
            worker.result()
    return pace.rate(until=perf_counter())


@dataclass(slots=True)
class _Pace:
    """How quickly calls are done, once the first few are: those make the connections."""

    calls: int
    _given: Iterator[int] = field(default_factory=count)
    _done: int = 0
    _began: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int | None:
        """The number of a call that is still to make."""
        number = next(self._given)
        return number if number < self.calls else None

    def done(self) -> None:
        """One more has its answer."""
        with self._lock:
            self._done += 1
            if self._done == _WARM:
                self._began = perf_counter()

    def rate(self, *, until: float) -> float:
        """Calls a second."""
        return (self._done - _WARM) / (until - self._began)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A sender whose answers are counted."""

    sender: Sender
    pace: _Pace

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """What the sender answers."""
        outcome = self.sender.send(posting, timeout=timeout)
        self.pace.done()
        return outcome


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    return Benchmark(
        name=f"over-http-{kind}",
        title="Dispatch over HTTP",
        about=(
            f"{_REGISTERED * _TIMES:,} texts through the sender for Twilio, from claim to stored answer, by one "
            f"process with {_THREADS} threads, to a server in a process of its own that answers each call after "
            f"{1000 * DELAY_SECONDS:.0f} ms. Beside it, in turns, as many calls of `messages.create` by {_THREADS} "
            "threads that do nothing else, each with a client of the SDK and a connection of its own. Both are timed "
            f"from their {_WARM}th answer on."
        ),
        rows=(
            Row(name="ours", what=f"{title}, ours", unit="texts/s"),
            Row(name="sdk", what=f"{title}, in turn with it: the SDK's own loop", unit="texts/s"),
            Row(name="share", what=f"{title}, ours of the SDK's own loop", unit="%", aim="at least 85"),
        ),
        run=partial(_run, kind),
        suite=DISPATCH,
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
