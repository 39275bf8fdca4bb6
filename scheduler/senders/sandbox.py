"""The sender of a demo and of clinics in trial: it takes every message at once, nothing leaves the machine."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from scheduler.domain.delivery.outcomes import Accepted, Refused
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.receipts import ProviderMessage, ReceiptRank, body_hash
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel

_ARRIVES_AFTER = timedelta(seconds=5)


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
        return Accepted(_provider_id(posting), _parts(posting))


class TellingSandbox(Sandbox):
    """A sandbox for a demo, which says of its texts that they arrived when it is asked, as a provider does."""

    def send(self, posting: Posting, *, timeout: timedelta) -> Accepted | Refused:
        """As the sandbox; of a text it can be asked a moment later what became of it."""
        outcome = super().send(posting, timeout=timeout)
        if isinstance(outcome, Refused) or posting.channel is not Channel.SMS:
            return outcome
        return replace(outcome, ask_after=_ARRIVES_AFTER)

    def recent(self) -> list[ProviderMessage]:
        """The texts that it remembers: all have arrived."""
        return [_delivered(posting) for posting in self.sent if posting.channel is Channel.SMS]

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        """One of them; None if it doesn't remember it."""
        return next((one for one in self.recent() if one.provider_id == provider_id), None)


def _delivered(posting: Posting) -> ProviderMessage:
    return ProviderMessage(
        provider_id=_provider_id(posting),
        to=posting.to,
        body_hash=body_hash(posting.message.body),
        sender="sandbox",
        created_at=None,
        parts=_parts(posting),
        provider_status="delivered",
        rank=ReceiptRank.DELIVERED,
        failure=None,
    )


def _provider_id(posting: Posting) -> str:
    return f"sandbox-{posting.attempt_id}"


def _parts(posting: Posting) -> int | None:
    return parts(posting.message.body).parts if posting.channel is Channel.SMS else None
