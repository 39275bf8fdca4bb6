"""Senders that stand in for a provider, at the port and nowhere else. They are called from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from scheduler.domain.delivery.outcomes import Accepted, Outcome
from scheduler.domain.delivery.senders import Posting

LONGEST_WAIT = 30
"""Seconds after which a test that waits for a thread has failed."""


class AcceptingSender:
    """Takes every message and keeps it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: list[Posting] = []

    @property
    def sent(self) -> list[Posting]:
        """What it was handed, in order of the calls, whatever it answered."""
        with self._lock:
            return list(self._sent)

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """Accepted, under an id made of the attempt's."""
        del timeout
        with self._lock:
            self._sent.append(posting)
        return self.answer(posting)

    def answer(self, posting: Posting) -> Outcome:
        """What it says to a message that it keeps."""
        return Accepted(f"fake-{posting.attempt_id}")


class AnsweringSender(AcceptingSender):
    """Answers what it is told: a message a value, and the last one from then on; or what a function says."""

    def __init__(self, *outcomes: Outcome, by: Callable[[Posting], Outcome] | None = None) -> None:
        super().__init__()
        self._outcomes = list(outcomes)
        self._by = by

    def answer(self, posting: Posting) -> Outcome:
        if self._by is not None:
            return self._by(posting)
        with self._lock:
            return self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]


class RaisingSender(AcceptingSender):
    """Fails after it may have handed the message over."""

    def answer(self, posting: Posting) -> Outcome:
        raise ConnectionResetError(f"while posting {posting.attempt_id}")


class HangingSender(AcceptingSender):
    """Keeps its callers until they are released."""

    def __init__(self) -> None:
        super().__init__()
        self._released = threading.Event()
        self._called = threading.Semaphore(0)

    def answer(self, posting: Posting) -> Outcome:
        self._called.release()
        assert self._released.wait(LONGEST_WAIT), "nobody released the sender"
        return super().answer(posting)

    def wait_for_calls(self, count: int) -> None:
        """Until so many more calls are inside."""
        for _ in range(count):
            assert self._called.acquire(timeout=LONGEST_WAIT), "the sender was not called"

    def release(self) -> None:
        """Let all callers go, and those still to come."""
        self._released.set()


class MeetingSender(AcceptingSender):
    """Waits at its first call until the other process makes one, too."""

    def __init__(self, together: threading.Barrier) -> None:
        super().__init__()
        self._together = together
        self._met = threading.Lock()

    def answer(self, posting: Posting) -> Outcome:
        if self._met.acquire(blocking=False):
            self._together.wait()
        return super().answer(posting)
