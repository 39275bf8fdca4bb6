"""The sender of a demo and of clinics in trial: it takes every message at once, nothing leaves the machine."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import timedelta

from scheduler.domain.delivery.outcomes import Accepted, Refused
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel


class Sandbox:
    """Accepts everything, but for what goes to the numbers and addresses that a demo says it refuses.

    It remembers the last postings that it took, for a display while the process runs.

    What a patient would have got is on record with the attempts, whichever sender took it: don't ask here.
    """

    def __init__(self, *, keeps: int = 1000, refuses: Mapping[str, Refused] | None = None) -> None:
        self._refuses = dict(refuses or {})
        self._lock = threading.Lock()
        self._sent: deque[Posting] = deque(maxlen=keeps)

    @property
    def sent(self) -> tuple[Posting, ...]:
        """The last postings, oldest first, as they stood at the call."""
        with self._lock:
            return tuple(self._sent)

    def send(self, posting: Posting, *, timeout: timedelta) -> Accepted | Refused:  # noqa: ARG002 - the port hands it over
        """Accepted, under an id made of the attempt's, unless it goes where nothing is taken."""
        refused = self._refuses.get(posting.to)
        if refused is not None:
            return refused
        with self._lock:
            self._sent.append(posting)
        return Accepted(f"sandbox-{posting.attempt_id}", _parts(posting))


def _parts(posting: Posting) -> int | None:
    return parts(posting.message.body).parts if posting.channel is Channel.SMS else None
