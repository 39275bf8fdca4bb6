"""The port by which a process counts what it does; what becomes of the counts is for whoever hands a meter in."""

from __future__ import annotations

from typing import Protocol

from scheduler.domain.delivery.outcomes import Outcome
from scheduler.domain.delivery.senders import Posting


class Meter(Protocol):
    """What is told at the places where it happens. It must not take long, and never raises."""

    def answered(self, posting: Posting, outcome: Outcome) -> None:
        """A call to a provider ended just now; a message that was taken is handed over."""
        ...

    def settled(self, *, found: int, decided: int) -> None:
        """Doubts were settled by asking: found at the provider, or decided without news."""
        ...


class Unmetered:
    """Counts nothing."""

    def answered(self, posting: Posting, outcome: Outcome) -> None:
        """Nothing."""

    def settled(self, *, found: int, decided: int) -> None:
        """Nothing."""
