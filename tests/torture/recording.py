"""A sender in this process that keeps a ledger, for faults that aren't the provider's; and what the checker says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.domain.delivery.outcomes import Accepted, Outcome
from scheduler.domain.delivery.senders import Posting
from scheduler.storage.database import Database
from tests.torture.checker import Taken, Verdict, check
from tests.torture.filling import Filled, targets


class RecordingSender:
    """Takes every message, unless `refuses` says what to answer instead; called from several threads."""

    def __init__(self, now: Callable[[], datetime], *, refuses: Callable[[], Outcome | None] = lambda: None) -> None:
        self._now, self._refuses = now, refuses
        self._lock = threading.Lock()
        self.taken: list[Taken] = []
        """In order."""
        self.asked = 0
        """How often it was called."""

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """Accepted, under an id made of the attempt's."""
        del timeout
        refused = self._refuses()
        with self._lock:
            self.asked += 1
            if refused is not None:
                return refused
            id_, body = f"fake-{posting.attempt_id}", posting.message.body
            self.taken.append(Taken(id=id_, number=posting.to, body=body, at=self._now()))
        return Accepted(id_)


def judge(database: Database, filled: Filled, sender: RecordingSender, *, late_after: timedelta) -> Verdict:
    """What the checker says of what it took."""
    said = [replace(one, body=one.body.removesuffix(filled.ending)) for one in sender.taken]
    return check(targets(database, filled, late_after=late_after), said)
